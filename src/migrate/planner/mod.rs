//! From two catalogs to the steps between them.
//!
//! The order of the steps is one for all servers:
//!
//! 1. schemas, enum types, rows of `contents` that go;
//! 2. tables get their new names;
//! 3. foreign keys that stand in the way go, columns get their new names, columns that something has to fill are added (still nullable);
//! 4. new tables that need nothing else;
//! 5. hand-written steps in between, then the values of new columns, parents first;
//! 6. each table, parents first, becomes what it shall be: in one step with all that is left, and its rows of `contents` behind it;
//! 7. tables that go, enum types that nothing has, lineage.
//!
//! A table takes part in 3 only where it must, so that most changes are one step; what a server does not take in one statement is cut by its dialect. What is dropped keeps its values under a hidden name, in step 6 as well: until
//! then every old column stands where it stood, and an expression of `@fill` may read it.

mod analysis;
mod check;
mod columns;
mod convert;
mod draft;
mod enums;
mod fill;
mod hazard;
mod keys;
mod order;
mod parking;
mod proof;
mod slots;
mod tables;

use std::collections::BTreeSet;

use djc_core::catalog::Catalog;
use djc_core::dialect::Target;
use djc_core::plan::{Parked, Plan};

pub use super::refusal::{Refusal, RefusalKind};
pub use proof::differences;

use super::{Mapping, Moment};
use analysis::Analysis;
use draft::Draft;

/// What is to be planned.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What is there: lowered for the target, with the parked columns and tables of earlier migrations where they matter.
    pub from: &'a Catalog,
    /// What shall be there, lowered for the same target.
    pub to: &'a Catalog,
    /// What has another name, what fills new columns, rows of contents, hand-written steps.
    pub mapping: &'a Mapping,
    /// The server.
    pub target: &'a Target,
    /// The physical schemas that may be changed; tables of others are only referred to.
    pub schemas: &'a BTreeSet<String>,
    /// Where what is dropped, or converted with a loss, goes.
    pub park: Park<'a>,
}

/// Where what is dropped, or converted with a loss, goes.
#[derive(Debug, Clone, Copy)]
pub enum Park<'a> {
    /// Under a hidden name with this mark (`0007`), until the migration is finished.
    Under(&'a str),
    /// Nowhere: it is gone.
    No,
    /// Back: the plan undoes one that parked these, and brings them out again.
    Back {
        /// What the plan that is undone has parked.
        parked: &'a [Parked],
        /// What the undoing itself parks under.
        mark: &'a str,
    },
}

impl<'a> Park<'a> {
    /// Returns what hidden names are marked with; `None` where nothing is kept.
    fn mark(self) -> Option<&'a str> {
        match self {
            Park::Under(mark) | Park::Back { mark, .. } => Some(mark),
            Park::No => None,
        }
    }

    /// Returns what is to be brought back.
    fn back(self) -> &'a [Parked] {
        match self {
            Park::Back { parked, .. } => parked,
            Park::Under(_) | Park::No => &[],
        }
    }
}

/// Plans the way from one catalog to the other.
///
/// The plan proves itself: behind its last step the simulated catalog is `to`, but for what is parked ([`differences`] is empty); anything else is a
/// bug of djc.
///
/// # Errors
/// All reasons not to plan, at once.
pub fn plan(request: &Request<'_>) -> Result<Plan, Vec<Refusal>> {
    let mut draft = Draft::new(*request);
    draft.hand(Moment::First);
    draft.schemas_and_enums();
    draft.deletes();
    draft.rename_tables();

    let base = draft.now.clone();
    let analysis = Analysis::new(*request, &base, &draft.names);
    if !analysis.refusals.is_empty() {
        return Err(analysis.refusals);
    }
    let slots = slots::Slots::new(&analysis);
    draft.clear_the_way(&analysis, &slots);
    draft.new_tables(&analysis, &|at| slots.tables[at].named_first);
    draft.hand(Moment::Between);
    draft.fill(&analysis);
    draft.settle(&analysis, &slots);
    draft.part_with_tables(&analysis);
    draft.drop_enums_and_schemas();
    draft.lineage();
    draft.remaining_contents();
    draft.hand(Moment::Last);
    let (plan, last) = draft.finish();
    debug_assert_eq!(differences(request, &last), Vec::<String>::new(), "a plan ends where it was asked to");
    Ok(plan)
}
