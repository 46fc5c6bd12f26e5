//! Servers for which a migration cannot be written.

use std::collections::BTreeSet;

use djc_core::dialect::Server;

use crate::diag::{Sink, codes, counted};
use crate::migrate::{NoPlan, Ways};

/// Reports why there is no plan for a server of the project; returns in words which other servers are left out.
pub(super) fn report(ways: &[Ways], servers: &BTreeSet<Server>, sink: &mut Sink) -> Vec<String> {
    let mut left_out = Vec::new();
    for ways in ways {
        let Err(why) = &ways.up else { continue };
        let ours = servers.contains(&ways.server);
        let reason = match why {
            NoPlan::Problems(problems) => {
                format!("{} that it cannot hold (`djc check --dialect {}`)", counted(problems.len(), "thing"), ways.dialect)
            }
            NoPlan::Hand(steps) => {
                if ours {
                    let message = format!("nothing is written for {} in the hand-written steps: {}", ways.name, steps.join(", "));
                    sink.report(codes::HAND_STEP.anywhere(message));
                }
                "a hand-written step says nothing for it".to_string()
            }
            NoPlan::Refused(refusals) => {
                if ours {
                    for refusal in refusals {
                        sink.report(codes::HISTORY_USED.anywhere(format!("{refusal:?}")));
                    }
                }
                "its plan is refused".to_string()
            }
        };
        left_out.push(format!("no SQL for {}: {reason}", ways.name));
    }
    left_out
}
