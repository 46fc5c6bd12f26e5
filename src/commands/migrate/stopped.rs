//! Why a run stopped, with its code and the next command.

use djc_runtime::migrate::{At, LedgerFault, MigrateError, TableDrift};

use super::super::Exit;
use super::super::database::DatabaseName;
use super::rows;
use crate::diag::codes::{
    DATABASE_AHEAD, HAND_STEP_FAILED, LEDGER_BROKEN, LEDGER_LOCKED, LOCK_NOT_HAD, MIGRATION_EDITED, MISSING_GRANTS, ROWS_IN_THE_WAY,
    RUN_CUT_OFF, RUN_UNFINISHED, SERVER_FULL, STEP_NOT_ALLOWED, STEP_REFUSED, TABLES_DRIFTED,
};
use crate::diag::{Code, Diagnostic, counted};

/// What was going on.
pub(super) struct Scene<'a> {
    /// The migration; empty where none had begun.
    pub migration: &'a str,
    /// The database, as it was called on the command line.
    pub database: Option<&'a DatabaseName>,
}

impl Scene<'_> {
    /// Returns a command on the same database, to be copied: without a password, where there was one.
    pub fn command(&self, words: &str) -> String {
        let database = match self.database {
            None => String::new(),
            Some(name) if name.to_string() == name.as_str() => format!(" --database {name}"),
            Some(_) => " --database URL".to_string(),
        };
        format!("djc migrate {words}{database}")
    }

    fn resume(&self) -> String {
        format!("`{}` goes on where it stopped", self.command("resume"))
    }

    fn again(&self) -> String {
        format!("then `{}`", self.command("apply"))
    }

    fn at(&self, code: &'static Code, at: &At, words: impl std::fmt::Display) -> Diagnostic {
        let place = if self.migration.is_empty() { String::new() } else { format!("`{}`, ", self.migration) };
        code.anywhere(format!("{place}{at}: {words}"))
    }
}

/// Says a stop as findings. What djc itself refuses ends with 1, what it could not do with 2.
pub(super) fn findings(error: &MigrateError, scene: &Scene<'_>) -> (Vec<Diagnostic>, Exit) {
    let whole = "no row is lost, and no step is half done";
    let one = |found: Diagnostic, exit: Exit| (vec![found], exit);
    match error {
        MigrateError::Lost { at, source } => {
            one(scene.at(&RUN_CUT_OFF, at, source).help(format!("{whole}; {}", scene.resume())), Exit::Failed)
        }
        MigrateError::Blocked { at, attempts, blockers, .. } => {
            let held = match blockers.as_slice() {
                [] => "the server does not tell this account by whom".to_string(),
                blockers => format!("held by {}", blockers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", and by ")),
            };
            let found = scene.at(&LOCK_NOT_HAD, at, format!("no lock in {}; {held}", counted(*attempts as usize, "attempt")));
            let found = found.help("end the transaction of that session, or wait until it ends it; `--lock-wait SECONDS` waits longer");
            one(found.help(format!("{whole}; {}", scene.resume())), Exit::Failed)
        }
        MigrateError::Denied { at, grant, source } => {
            let found = scene.at(&MISSING_GRANTS, at, source).help(format!("the account needs: {grant}"));
            one(found.help(format!("{whole}; {}", scene.resume())), Exit::Findings)
        }
        MigrateError::Full { at, source } => {
            let found = scene.at(&SERVER_FULL, at, source).help("make room; a table that is rewritten needs its own size once more");
            one(found.help(format!("{whole}; {}", scene.resume())), Exit::Failed)
        }
        MigrateError::Rows { at, fault, source } => {
            let found = scene.at(&ROWS_IN_THE_WAY, at, format!("{}: {source}", fault.as_str())).help("mend the rows");
            one(found.help(format!("{whole}; {}", scene.resume())), Exit::Findings)
        }
        MigrateError::Refused { at, source } => {
            let mut found = scene.at(&STEP_REFUSED, at, source);
            if !at.sql.is_empty() {
                found = found.help(format!("the statement was: {}", at.sql));
            }
            let back = scene.command("rollback");
            one(
                found.help(format!("{whole}; when the reason is mended, {}; `{back}` takes back what was done", scene.resume())),
                Exit::Failed,
            )
        }
        MigrateError::Orphans { table, parent, rows } => {
            let count = counted(usize::try_from(*rows).unwrap_or(usize::MAX), "row");
            let found = ROWS_IN_THE_WAY.anywhere(format!("{count} of `{table}` would have no parent in `{parent}`"));
            one(
                found.help(format!("all was rolled back; give those rows their parents, or delete them, {}", scene.again())),
                Exit::Findings,
            )
        }
        MigrateError::Hand { at, fault } => {
            let back = scene.command("rollback");
            let found = scene
                .at(&HAND_STEP_FAILED, at, fault)
                .help("mend the script and seal it with `djc migrate new --amend`, or do by hand what it should: what its check finds done is passed over");
            one(found.help(format!("{whole}; {}, with this step; `{back}` takes back what was done", scene.resume())), Exit::Failed)
        }
        MigrateError::Busy { ledger, holders } => {
            let held = match holders.as_slice() {
                [] => String::new(),
                holders => format!(": {}", holders.iter().map(ToString::to_string).collect::<Vec<_>>().join(", and ")),
            };
            let found = LEDGER_LOCKED.anywhere(format!("another run works with the ledger {ledger}{held}"));
            one(found.help("wait until it ends; the lock goes with its session, and nothing was done by this run"), Exit::Failed)
        }
        MigrateError::Underway { entry } => {
            let found = RUN_UNFINISHED.anywhere(format!("`{}` began and did not end: {}", entry.migration, entry.progress()));
            let back = scene.command("rollback");
            one(found.help(format!("{}; `{back}` takes it back", scene.resume())), Exit::Findings)
        }
        MigrateError::Drifted { drift, nearest } => (vec![drifted(drift, *nearest, scene)], Exit::Findings),
        MigrateError::NotAllowed { hazards } => {
            let of = |(step, hazard): &(usize, djc_core::plan::Hazard)| {
                let found = STEP_NOT_ALLOWED.anywhere(format!("`{}`, step {}: {}", scene.migration, step + 1, hazard.words));
                match &hazard.allow {
                    Some(allow) => found.help(format!("nothing was changed; where that is wanted, add `--allow {allow}`")),
                    None => found,
                }
            };
            (hazards.iter().map(of).collect(), Exit::Findings)
        }
        MigrateError::Broken { broken } => (broken.iter().map(rows::finding).collect(), Exit::Findings),
        MigrateError::Ledger(fault) => one(ledger_fault(fault), Exit::Findings),
        MigrateError::Read(error) if error.is_lost() => {
            one(RUN_CUT_OFF.anywhere(error.to_string()).help(format!("{whole}; {}", scene.resume())), Exit::Failed)
        }
        MigrateError::Read(error) => one(STEP_REFUSED.anywhere(format!("the database could not be read: {error}")), Exit::Failed),
    }
}

/// Says a ledger that does not fit the files, or that cannot be read.
pub(super) fn ledger_fault(fault: &LedgerFault) -> Diagnostic {
    match fault {
        LedgerFault::Edited { migration, applied, here } => MIGRATION_EDITED
            .anywhere(format!("`{migration}` was applied as {}, and the files have {}", brief(applied), brief(here)))
            .help(format!("bring its files back (`git log -- migrations/{migration}`), and put the change into a new migration")),
        LedgerFault::Unknown { migration, hash } => DATABASE_AHEAD
            .anywhere(format!("`{migration}` ({}) was applied to this database and is not among the files", brief(hash)))
            .help("get its files: pull, or check out the branch that has them; `djc migrate rebase` puts branches in a row"),
        LedgerFault::Gap { .. }
        | LedgerFault::Damaged { .. }
        | LedgerFault::Foreign { .. }
        | LedgerFault::File { .. }
        | LedgerFault::TwoRunning { .. }
        | LedgerFault::NotEmpty { .. } => LEDGER_BROKEN.anywhere(fault.to_string()).help(fault.help()),
    }
}

fn brief(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// Says how the tables differ from the nearest point of a plan.
pub(super) fn drifted(drift: &[TableDrift], nearest: usize, scene: &Scene<'_>) -> Diagnostic {
    let point = if nearest == 0 { "expects before its first step".to_string() } else { format!("has behind step {nearest}") };
    let tables = counted(drift.len(), "table");
    let verb = if drift.len() == 1 { "is" } else { "are" };
    let mut found = TABLES_DRIFTED.anywhere(format!("{tables} {verb} not as `{}` {point}", scene.migration));
    for table in drift {
        for words in &table.differences {
            found = found.help(format!("`{}`: {words}", table.table));
        }
    }
    let check = scene.command("X").replace("djc migrate X", "djc check");
    found.help(format!(
        "nothing was sent; `{check}` compares everything; bring the tables back by hand and run the same command again, or make the change in the sources"
    ))
}
