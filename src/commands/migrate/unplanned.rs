//! Why no plan can be made for the server that is there.

use djc_core::dialect::Server;
use djc_core::ir::Pipeline;

use crate::diag::codes::STEP_REFUSED;
use crate::diag::{Diagnostic, Sink};
use crate::migrate::NoPlan;
use crate::problems;

/// Says why; the sources are not at hand, so that there is no place to point at.
pub(super) fn findings(why: &NoPlan, migration: &str, pipeline: &Pipeline, names: &[String], server: Server) -> Vec<Diagnostic> {
    match why {
        NoPlan::Problems(found) => {
            let mut sink = Sink::new();
            problems::report(pipeline, found, &mut sink);
            sink.into_sorted().into_iter().map(placeless).collect()
        }
        NoPlan::Refused(refusals) => refusals.iter().map(|refusal| placeless(refusal.diagnostic(pipeline, names, server))).collect(),
        NoPlan::Hand(steps) => {
            let of = |step: &String| {
                STEP_REFUSED
                    .anywhere(format!("`{migration}`: nothing is written for {} in the hand-written step `{step}`", server.as_str()))
                    .help("write it, then `djc migrate new --amend` seals it")
            };
            steps.iter().map(of).collect()
        }
    }
}

fn placeless(found: Diagnostic) -> Diagnostic {
    Diagnostic { span: None, label: None, labels: Vec::new(), fixes: Vec::new(), ..found }
}
