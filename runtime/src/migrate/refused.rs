//! What a server means when it refuses a step.

use super::error::{At, MigrateError, RowFault};
use crate::error::{ServerCode, SqlError};
use crate::run::{Stopped, Why};

/// Makes an error of ours of a unit that stopped.
pub(super) fn explained(stopped: Stopped, step: usize, steps: usize) -> MigrateError {
    let Stopped { statement, sql, why, source } = stopped;
    let at = At { step, steps, statement, sql };
    match why {
        Why::Lost => MigrateError::Lost { at, source },
        Why::Blocked { attempts, blockers } => MigrateError::Blocked { at, attempts, blockers, source },
        Why::Denied { grant } => MigrateError::Denied { at, grant, source },
        Why::Refused => sorted(at, source),
    }
}

/// Tells refusals apart by what to do about them.
pub(super) fn sorted(at: At, source: Box<SqlError>) -> MigrateError {
    let code = source.code();
    if code.is_some_and(ServerCode::is_full) {
        return MigrateError::Full { at, source };
    }
    match code.and_then(ServerCode::row_fault) {
        Some(fault) => MigrateError::Rows { at, fault, source },
        None => MigrateError::Refused { at, source },
    }
}

impl ServerCode {
    /// Returns what the server says of rows.
    fn row_fault(&self) -> Option<RowFault> {
        if self.is(&[1062, 1169, 1586, 1761, 1762, 1555, 2067], &["23505"]) {
            Some(RowFault::Duplicate)
        } else if self.is(&[1048, 1138, 1299], &["23502"]) {
            Some(RowFault::Null)
        } else if self.is(&[1264, 1265, 1292, 1366, 1406], &["22001", "22003", "22007", "22008", "22P02"]) {
            Some(RowFault::Unfit)
        } else if self.is(&[1216, 1217, 1451, 1452, 787], &["23503"]) {
            Some(RowFault::Reference)
        } else if self.is(&[3819, 4025, 275], &["23514"]) {
            Some(RowFault::Check)
        } else {
            None
        }
    }
}
