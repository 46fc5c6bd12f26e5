//! How the MySQL family takes a step.

use crate::catalog::Catalog;
use crate::plan::{Action, Algorithm, Cost, Lock};

pub(super) fn cost(_action: &Action, _before: &Catalog, _version: Option<(u32, u32, u32)>) -> Cost {
    Cost { algorithm: Algorithm::Instant, lock: Lock::None }
}
