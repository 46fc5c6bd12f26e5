//! A run that is cut off, begun by hand, or finds a database that nobody expected.

use djc_core::plan::{Hazard, HazardKind};
use djc_runtime::migrate::{Ledger, LedgerFault, MigrateError, Outcome, Position, RunOptions, Silent, State, position, run};

use super::way::{HISTORY, MIGRATION, Way, options};
use crate::support::On;

#[tokio::test]
async fn the_plan_runs_once() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        let report = way.run(&mut db).await;
        assert_eq!((report.began_at, report.resumed, report.steps.len()), (0, false, 11), "{on:?}");
        way.assert_arrived("once").await;
        let again = way.run(&mut db).await;
        assert!(again.steps.is_empty(), "{on:?}: {again:?}");
        let entries = way.ledger().read(&mut db).await.expect("the ledger");
        let [entry] = entries.as_slice() else { panic!("{on:?}: {entries:?}") };
        assert_eq!((entry.history.as_str(), entry.migration.as_str(), entry.state), (HISTORY, MIGRATION, State::Done), "{on:?}");
        assert_eq!((entry.step, entry.steps, entry.by.as_str()), (11, 11, "ana@rig3"), "{on:?}");
        assert_eq!(entry.stored.as_ref().map(|it| &it.plan), Some(&way.plan), "{on:?}");
        way.clean().await;
    }
}

/// Runs with the wire cut after 1, 2, 3 … statements, each time from the beginning, each time finished by a second run.
async fn cuts_converge(on: On, in_file: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = |way: &Way| match in_file {
        false => way.ledger(),
        true => Ledger::file(folder.path().join(&way.place.prefix).join("ledger.jsonl")),
    };
    let Some(whole) = Way::new(on).await else { return };
    let mut db = whole.place.connect().await;
    let statements = whole.attempt(&mut db, &ledger(&whole), &options()).await.expect("nothing is cut").statements;
    whole.assert_arrived("whole").await;
    whole.clean().await;
    // A file is written at the same places as a table, so that a third of them will do.
    for cut in (1..=statements).step_by(if in_file { 3 } else { 1 }) {
        let Some(way) = Way::new(on).await else { return };
        let ledger = ledger(&way);
        let mut db = way.place.connect().await;
        let options = RunOptions { cut_after: Some(cut), ..options() };
        let error = way.attempt(&mut db, &ledger, &options).await.expect_err("the wire is cut");
        assert!(matches!(error, MigrateError::Lost { .. }), "{on:?} cut {cut}: {error:?}");
        drop(db);
        let mut db = way.place.connect().await;
        way.attempt(&mut db, &ledger, &super::way::options()).await.unwrap_or_else(|error| panic!("{on:?} cut {cut}: {error:?}"));
        way.assert_arrived(&format!("cut {cut}")).await;
        let entries = ledger.read(&mut db).await.expect("the ledger");
        assert_eq!(entries.iter().map(|it| it.state).collect::<Vec<_>>(), [State::Done], "{on:?} cut {cut}");
        db.close().await;
        way.clean().await;
    }
}

#[tokio::test]
async fn cuts_converge_on_sqlite() {
    cuts_converge(On::Sqlite, false).await;
    cuts_converge(On::Sqlite, true).await;
}

#[tokio::test]
async fn cuts_converge_on_mariadb() {
    cuts_converge(On::MariaDb, false).await;
}

#[tokio::test]
async fn cuts_converge_on_mariadb_with_the_ledger_in_a_file() {
    cuts_converge(On::MariaDb, true).await;
}

#[tokio::test]
async fn cuts_converge_on_mysql() {
    cuts_converge(On::MySql, false).await;
}

#[tokio::test]
async fn cuts_converge_on_postgres() {
    cuts_converge(On::Postgres, false).await;
    cuts_converge(On::Postgres, true).await;
}

/// Sends the statements of the first steps as somebody would from the files.
async fn steps_by_hand(way: &Way, count: usize) {
    let mut db = way.place.connect().await;
    let mut catalog = way.before.clone();
    for step in &way.plan.steps[..count] {
        let live = db.inspect_as_reported(&djc_runtime::InspectOptions::of(vec![way.schema()])).await.expect("an inspection").catalog;
        for name in step.action.touches() {
            let expected = catalog.schemas.get_mut(&name.schema).and_then(|schema| schema.tables.get_mut(&name.table));
            if let (Some(expected), Some(live)) = (expected, live.table(&name.schema, &name.table)) {
                djc_core::plan::adopt_names(std::sync::Arc::make_mut(expected), live);
            }
        }
        if way.on() == On::Sqlite {
            db.execute("PRAGMA foreign_keys = OFF").await.expect("a setting");
        }
        for statement in db.server().dialect().alter(&step.action, &catalog) {
            db.execute(&statement.sql).await.unwrap_or_else(|error| panic!("{:?}: {error}", way.on()));
        }
        step.action.apply(&mut catalog);
    }
    db.close().await;
}

#[tokio::test]
async fn steps_that_a_person_did_are_found() {
    for on in On::ALL {
        for count in [1, 3, 4, 8, 11] {
            let Some(way) = Way::new(on).await else { continue };
            steps_by_hand(&way, count).await;
            let mut db = way.place.connect().await;
            let report = way.run(&mut db).await;
            // Rows leave no trace in a catalog: such steps run again.
            let expected = match count {
                4 => 4,
                11 => 10,
                other => other,
            };
            assert_eq!(report.began_at, expected, "{on:?}, {count} by hand");
            let found = report.steps.iter().filter(|step| step.outcome == Outcome::Found).count();
            assert_eq!(found, expected, "{on:?}, {count} by hand");
            way.assert_arrived(&format!("{count} by hand")).await;
            way.clean().await;
        }
    }
}

#[tokio::test]
async fn drift_stops_before_the_first_statement() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        way.execute(&mut db, "ALTER TABLE {session} ADD COLUMN extra int").await;
        way.execute(&mut db, "ALTER TABLE {untouched} ADD COLUMN extra int").await;
        let error = way.attempt(&mut db, &way.ledger(), &options()).await.expect_err("it drifted");
        let MigrateError::Drifted { drift, nearest: 0 } = &error else { panic!("{on:?}: {error:?}") };
        let [table] = drift.as_slice() else { panic!("{on:?}: {drift:?}") };
        assert_eq!(table.table, way.table("session"), "{on:?}");
        assert_eq!(table.differences.iter().map(|it| it.subject.as_str()).collect::<Vec<_>>(), ["attribute `extra`"], "{on:?}");
        assert_eq!(error.to_string(), "1 table of this migration is not as it expects", "{on:?}");
        assert!(way.ledger().read(&mut db).await.expect("no ledger").is_empty(), "{on:?}");
        // A table that the plan leaves alone may look like anything.
        way.execute(&mut db, "ALTER TABLE {session} DROP COLUMN extra").await;
        way.run(&mut db).await;
        way.execute(&mut db, "ALTER TABLE {untouched} DROP COLUMN extra").await;
        way.assert_arrived("mended").await;
        way.clean().await;
    }
}

#[tokio::test]
async fn position_is_told_without_a_run() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        assert_eq!(position(&mut db, &way.job(), 0).await.expect("a position"), Position::At(0), "{on:?}");
        way.run(&mut db).await;
        assert_eq!(position(&mut db, &way.job(), 11).await.expect("a position"), Position::Done, "{on:?}");
        // The table behind the plan lacks what the plan begins with.
        way.execute(&mut db, "DROP TABLE {~djc_0002_note}").await;
        let Position::Drifted { nearest, drift } = position(&mut db, &way.job(), 0).await.expect("a position") else { panic!("{on:?}") };
        assert!(nearest >= 9 && drift.len() == 1 && drift[0].table.table.ends_with("note"), "{on:?}: {nearest} {drift:?}");
        way.clean().await;
    }
}

#[tokio::test]
async fn nothing_is_sent_in_a_dry_run_and_without_leave() {
    for on in On::ALL {
        let Some(mut way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        let dry = RunOptions { dry_run: true, ..options() };
        let report = way.attempt(&mut db, &way.ledger(), &dry).await.expect("a dry run");
        assert!(
            report.steps.len() == 11 && report.steps.iter().all(|step| step.outcome == Outcome::Planned && !step.statements.is_empty()),
            "{on:?}"
        );
        assert_eq!(report.statements, 0, "{on:?}");
        let hazard = Hazard { kind: HazardKind::LosesData, allow: Some("drop:lab.other".into()), words: "100 rows go".into() };
        way.plan.steps[9].hazards.push(hazard);
        let error = way.attempt(&mut db, &way.ledger(), &options()).await.expect_err("nobody allowed it");
        assert_eq!(error.to_string(), "100 rows go runs only when allowed by name", "{on:?}");
        assert_eq!(error.help().as_deref(), Some("Nothing was sent. Where that is wanted, add --allow drop:lab.other."), "{on:?}");
        assert!(way.ledger().read(&mut db).await.expect("no ledger").is_empty(), "{on:?}");
        assert_eq!(position(&mut db, &way.job(), 0).await.expect("a position"), Position::At(0), "{on:?}");
        way.clean().await;
    }
}

#[tokio::test]
async fn an_edited_ledger_or_migration_is_refused() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        way.run(&mut db).await;
        let edited = djc_runtime::migrate::Job { hash: "other", ..way.job() };
        let error = run(&mut db, &way.ledger(), &edited, &options(), &mut Silent).await.expect_err("another hash");
        assert!(matches!(error, MigrateError::Ledger(LedgerFault::Edited { .. })), "{on:?}: {error:?}");
        let quote = if matches!(on, On::MariaDb | On::MySql) { '`' } else { '"' };
        way.execute(&mut db, &format!("UPDATE {{~migrations}} SET {quote}state{quote} = 'perhaps'")).await;
        let error = way.ledger().read(&mut db).await.expect_err("no such state");
        assert!(matches!(error, MigrateError::Ledger(LedgerFault::Damaged { number: 1, .. })), "{on:?}: {error:?}");
        way.execute(&mut db, "DROP TABLE {~migrations}").await;
        way.execute(&mut db, "CREATE TABLE {~migrations} (a int)").await;
        let error = way.ledger().read(&mut db).await.expect_err("no ledger");
        assert!(matches!(error, MigrateError::Ledger(LedgerFault::Foreign { .. })), "{on:?}: {error:?}");
        way.clean().await;
    }
}
