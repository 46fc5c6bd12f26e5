//! Steps that a person wrote.

use djc_core::plan::{Action, HandStep, Plan, Script, Step};
use djc_runtime::migrate::{Blocker, HandFault, Job, LedgerFault, MigrateError, Outcome, Progress, RowFault, RunOptions, State, run};

use super::way::{Way, by_hand, options};
use crate::support::On;

/// Hears what commands say.
#[derive(Default)]
struct Heard(Vec<String>);

impl Progress for Heard {
    fn started(&mut self, _: usize) {}
    fn statement(&mut self, _: &str) {}
    fn done(&mut self) {}
    fn waiting(&mut self, _: &str, _: &[Blocker]) {}
    fn output(&mut self, line: &str) {
        self.0.push(line.to_string());
    }
}

const REGIONS: &str = "-- two more
INSERT INTO {region} (region_id, region)
  VALUES (4, 'pons; of all');
INSERT INTO {region} (region_id, region) VALUES (5, 'tectum');
";

const ALL_THERE: &str = "SELECT 2 - count(*) AS missing FROM {region} WHERE region_id IN (4, 5)";

impl Way {
    /// Puts a step where regions are there.
    fn with(&self, step: Step) -> Plan {
        let mut plan = self.plan.clone();
        plan.steps.insert(5, step);
        plan
    }
}

#[tokio::test]
async fn sql_runs_once_and_is_proved() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        let plan = way.with(by_hand("two regions", &way.sql(REGIONS), &way.sql(ALL_THERE), vec![way.table("region")]));
        let job = Job { plan: &plan, ..way.job() };
        let report =
            run(&mut db, &way.ledger(), &job, &options(), &mut Heard::default()).await.unwrap_or_else(|error| panic!("{on:?}: {error:?}"));
        assert_eq!((report.steps[5].statements.len(), report.steps[5].rows), (2, 2), "{on:?}");
        assert_eq!(way.rows(&mut db, "SELECT region FROM {region} WHERE region_id = 4").await, [["pons; of all"]], "{on:?}");
        way.clean().await;
    }
}

#[tokio::test]
async fn what_is_proved_already_is_not_run() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        let check = way.sql("SELECT * FROM {subject} WHERE subject_id > 100");
        let plan = way.with(by_hand("nothing to do", "INSERT INTO nowhere VALUES (1);", &check, Vec::new()));
        let job = Job { plan: &plan, ..way.job() };
        let report =
            run(&mut db, &way.ledger(), &job, &options(), &mut Heard::default()).await.unwrap_or_else(|error| panic!("{on:?}: {error:?}"));
        assert_eq!(report.steps[5].outcome, Outcome::Found, "{on:?}");
        way.assert_arrived("nothing by hand").await;
        way.clean().await;
    }
}

#[tokio::test]
async fn failing_sql_is_mended_and_the_run_goes_on() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        let script = way.sql("INSERT INTO {region} (region_id, region) VALUES (4, 'pons');\nINSERT INTO {region} (region_id, region) SELECT note_id, text FROM {note};\n");
        let check = way.sql("SELECT 2 - count(*) AS missing FROM {region} WHERE region_id IN (4, 5)");
        let plan = way.with(by_hand("regions of notes", &script, &check, Vec::new()));
        let job = Job { plan: &plan, ..way.job() };
        // The note has number 7, so the check finds one missing.
        let error = run(&mut db, &way.ledger(), &job, &options(), &mut Heard::default()).await.expect_err("one is missing");
        let MigrateError::Hand { at, fault: HandFault::Unproved { found } } = &error else { panic!("{on:?}: {error:?}") };
        assert_eq!((at.step, found.as_str()), (5, "1"), "{on:?}");
        assert_eq!(error.to_string(), "step 6 of 12, regions of notes: its check still finds 1", "{on:?}");
        let entries = way.ledger().read(&mut db).await.expect("the ledger");
        assert_eq!(entries.iter().map(|it| it.state).collect::<Vec<_>>(), [State::Failed], "{on:?}");
        // On the MySQL family the script has run, elsewhere it was rolled back with all the rest.
        way.execute(&mut db, "UPDATE {note} SET note_id = 5").await;
        if matches!(on, On::MariaDb | On::MySql) {
            way.execute(&mut db, "DELETE FROM {region} WHERE region_id IN (4, 7)").await;
        }
        run(&mut db, &way.ledger(), &job, &options(), &mut Heard::default()).await.unwrap_or_else(|error| panic!("{on:?}: {error:?}"));
        assert_eq!(way.rows(&mut db, "SELECT region FROM {region} WHERE region_id = 5").await, [["kept"]], "{on:?}");
        let entries = way.ledger().read(&mut db).await.expect("the ledger");
        assert_eq!(entries.iter().map(|it| it.state).collect::<Vec<_>>(), [State::Done], "{on:?}");
        way.clean().await;
    }
}

#[tokio::test]
async fn a_mended_step_is_taken_and_an_edited_one_refused() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        let broken = way.with(by_hand("regions", &way.sql("INSERT INTO {nowhere} VALUES (1);"), "", Vec::new()));
        let job = Job { plan: &broken, ..way.job() };
        let error = run(&mut db, &way.ledger(), &job, &options(), &mut Heard::default()).await.expect_err("no such table");
        assert!(matches!(&error, MigrateError::Refused { at, .. } if at.step == 5), "{on:?}: {error:?}");
        let mended = way.with(by_hand("regions", &way.sql(REGIONS), &way.sql(ALL_THERE), Vec::new()));
        let mut other = mended.clone();
        other.steps.swap(0, 9);
        let job = Job { plan: &other, hash: "a2", ..way.job() };
        let edited = run(&mut db, &way.ledger(), &job, &RunOptions { dry_run: true, ..options() }, &mut Heard::default()).await;
        // Where all was rolled back nothing of it was done, and any plan will do.
        match on {
            On::MariaDb | On::MySql => {
                let is_edited = matches!(edited, Err(MigrateError::Ledger(LedgerFault::Edited { .. })));
                assert!(is_edited, "{on:?}: {edited:?}");
            }
            On::Sqlite | On::Postgres => drop(edited.unwrap_or_else(|error| panic!("{on:?}: {error:?}"))),
        }
        let job = Job { plan: &mended, hash: "a3", ..way.job() };
        run(&mut db, &way.ledger(), &job, &options(), &mut Heard::default()).await.unwrap_or_else(|error| panic!("{on:?}: {error:?}"));
        let entries = way.ledger().read(&mut db).await.expect("the ledger");
        let [entry] = entries.as_slice() else { panic!("{on:?}: {entries:?}") };
        assert_eq!((entry.hash.as_str(), entry.state), ("a3", State::Done), "{on:?}");
        assert_eq!(entry.stored.as_ref().map(|it| &it.plan), Some(&mended), "{on:?}");
        way.clean().await;
    }
}

#[tokio::test]
async fn rows_in_the_way_are_told_and_mended() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        let script = way.sql("INSERT INTO {region} (region_id, region) VALUES (1, 'twice');");
        let plan = way.with(by_hand("a region", &script, "", Vec::new()));
        let job = Job { plan: &plan, ..way.job() };
        let error = run(&mut db, &way.ledger(), &job, &options(), &mut Heard::default()).await.expect_err("a duplicate");
        assert!(matches!(&error, MigrateError::Rows { at, fault: RowFault::Duplicate, .. } if at.step == 5), "{on:?}: {error:?}");
        way.clean().await;
    }
}

#[tokio::test]
async fn a_command_has_the_database_and_is_heard() {
    let folder = tempfile::tempdir().expect("a folder");
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        let script = "echo \"$DJC_DATABASE_URL $EXTRA\"; test -e repaired || { echo 'not yet' >&2; exit 3; }";
        let command = Script::Command(["sh", "-c", script].map(String::from).to_vec());
        let hand = HandStep { summary: "a script".into(), run: command, check: way.sql("SELECT 0 AS a"), touches: Vec::new() };
        // Its check would say that it is done, so it has none.
        let hand = HandStep { check: String::new(), ..hand };
        let plan = way.with(Step { action: Action::Hand(hand), hazards: Vec::new(), reason: "a script".into() });
        let environment = [("EXTRA".to_string(), "more".to_string())];
        let job = Job { plan: &plan, folder: Some(folder.path()), environment: &environment, ..way.job() };
        let mut heard = Heard::default();
        let error = run(&mut db, &way.ledger(), &job, &options(), &mut heard).await.expect_err("exit 3");
        assert!(matches!(&error, MigrateError::Hand { at, fault: HandFault::Command { .. } } if at.step == 5), "{on:?}: {error:?}");
        assert!(error.to_string().ends_with("ended with exit status: 3"), "{on:?}: {error}");
        let scheme = way.place.url.to_string().split(':').next().unwrap_or_default().to_string();
        let [one, other] = heard.0.as_slice() else { panic!("{on:?}: {:?}", heard.0) };
        let (url, words) = if one == "not yet" { (other, one) } else { (one, other) };
        assert!(url.starts_with(&scheme) && url.ends_with(" more") && !url.contains("***") && words == "not yet", "{on:?}: {url}, {words}");
        // What was done before the command is done, on every server.
        let entries = way.ledger().read(&mut db).await.expect("the ledger");
        assert_eq!(entries.iter().map(|it| (it.state, it.step)).collect::<Vec<_>>(), [(State::Failed, 5)], "{on:?}");
        std::fs::write(folder.path().join("repaired"), "").expect("a file");
        let report =
            run(&mut db, &way.ledger(), &job, &options(), &mut Heard::default()).await.unwrap_or_else(|error| panic!("{on:?}: {error:?}"));
        assert_eq!((report.began_at, report.resumed), (5, true), "{on:?}");
        way.assert_arrived("a command").await;
        std::fs::remove_file(folder.path().join("repaired")).expect("a file");
        way.clean().await;
    }
}
