//! Drift: where a live database is not what its pipeline says, as findings in the source.
//!
//! A pure pass. It is handed the model, what the model comes to on the server ([`Expected`]), and what is there ([`Inspection`]). One
//! difference of meaning is one finding with its own code, at the attribute, arrow, index or table that says otherwise; what follows from another
//! difference is told with it. What the account may not see is a finding too, and never taken for missing.

pub mod baseline;
mod expected;
mod finding;
mod generation;
mod patterns;
mod place;
mod remedy;
mod unseen;

use std::sync::Arc;

use djc_core::dialect::Server;
use djc_core::diff::diff;
use djc_core::ir::type_text::TypeContext;
use djc_runtime::inspect::Inspection;

use crate::check::Levels;
use crate::diag::{Diagnostic, Level};

pub use expected::Expected;
pub use patterns::{Ignored, Patterns};

use place::Places;
use unseen::Unproven;

/// A finding with what it is known by from one run to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What is told.
    pub diagnostic: Diagnostic,
    /// Code, place and both sides, in one line: the same as long as the difference is the same.
    pub identity: String,
    /// Physical schema.
    pub schema: String,
}

/// Brings what was read to one spelling per meaning, charsets kept: normalising takes them away, because lowered tables have none.
pub fn normalised(mut live: Inspection, server: Server) -> Inspection {
    for table in live.catalog.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
        let table = Arc::make_mut(table);
        let charset = table.charset.take();
        server.dialect().normalize(table);
        table.charset = charset;
    }
    live
}

/// What the project says about differences.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Levels from `djc.toml` and the command line.
    pub levels: Levels,
    /// What to leave alone.
    pub ignored: Ignored,
    /// What reading a type of datajoint 0.14 needs to know: the adapters of the project.
    pub types: TypeContext,
}

/// Compares what is expected with what is there, in the schemas that are compared.
///
/// Levels, `@allow` and patterns of what to leave alone have been heeded: a finding that one of them silences has [`Level::Allow`].
pub fn findings(expected: &Expected, live: &Inspection, server: Server, settings: &Settings) -> Vec<Finding> {
    let places = Places::new(expected.pipeline, expected.names);
    let unproven = Unproven::of(live, expected);
    let mut out = unproven.findings(&places);
    let mut differences = diff(&expected.catalog, &live.catalog, Some(&expected.compared));
    differences.retain(|difference| !unproven.covers(difference) && expected.wants(&places, difference));
    out.extend(generation::findings(expected, &live.catalog, server, &settings.types, &places, &mut differences));
    out.extend(differences.iter().map(|difference| finding::finding(difference, &places, server)));
    for finding in &mut out {
        let code = finding.diagnostic.code;
        finding.diagnostic.level = settings.levels.of(code, finding.diagnostic.level);
        let table = finding.diagnostic.table.as_deref();
        let silent = settings.ignored.covers(&finding.identity) || table.is_some_and(|name| places.is_allowed(name, code));
        if silent {
            finding.diagnostic.level = Level::Allow;
        }
    }
    out
}
