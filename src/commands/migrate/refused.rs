//! Servers for which a migration cannot be written.

use std::collections::BTreeSet;

use djc_core::dialect::Server;
use djc_core::ir::Pipeline;

use crate::diag::{Diagnostic, Sink, codes, counted};
use crate::migrate::{Naming, NoPlan, Ways};

/// Reports why there is no plan to these definitions for a server of the project; returns in words which other servers are left out.
pub(super) fn report(ways: &[Ways], now: &Pipeline, servers: &BTreeSet<Server>, sink: &mut Sink) -> Vec<String> {
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
                        let found = refusal.diagnostic(now, &Naming::Templates.names(now), ways.server);
                        // Servers mostly refuse the same.
                        let known =
                            |other: &Diagnostic| (other.code.id, other.span, &other.table) == (found.code.id, found.span, &found.table);
                        if !sink.diagnostics().iter().any(known) {
                            sink.report(found);
                        }
                    }
                }
                "its plan is refused".to_string()
            }
        };
        left_out.push(format!("no SQL for {}: {reason}", ways.name));
    }
    left_out
}

/// Says why there is no plan, in one sentence, where no definition is at hand to point at.
pub(super) fn words(why: &NoPlan, name: &str, server: Server) -> String {
    let reasons: Vec<String> = match why {
        NoPlan::Problems(problems) => problems.iter().map(|problem| problem.kind.to_string()).collect(),
        NoPlan::Hand(steps) => steps.iter().map(|step| format!("nothing is written for it in the hand-written step `{step}`")).collect(),
        NoPlan::Refused(refusals) => refusals.iter().map(|refusal| refusal.diagnostic(&Pipeline::default(), &[], server).message).collect(),
    };
    format!("there is no plan for {name}: {}", reasons.join("; "))
}
