//! Where a history begins and what becomes of what was parked; the way back.

use djc_core::plan::{Action, Alteration, Parked, Plan, Step};
use djc_runtime::migrate::{Direction, Job, LedgerFault, Link, MigrateError, RunOptions, Silent, State, baseline, finish, run, standing};

use super::way::{HISTORY, MIGRATION, Way, options};
use crate::support::On;

fn chain() -> [Link; 1] {
    [Link { migration: MIGRATION.into(), hash: "a1".into() }]
}

#[tokio::test]
async fn what_was_parked_goes_when_it_is_finished() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        way.run(&mut db).await;
        let dry = RunOptions { dry_run: true, ..options() };
        let counted = finish(&mut db, &way.ledger(), HISTORY, None, &dry, &mut Silent).await.expect("counts");
        let rows: Vec<(String, u64)> = counted.dropped.iter().map(|it| (it.parked.was.table.clone(), it.rows)).collect();
        assert_eq!(rows, [("subject".to_string(), 1), ("note".to_string(), 1)], "{on:?}");
        way.assert_arrived("only counted").await;
        let done = finish(&mut db, &way.ledger(), HISTORY, Some(MIGRATION), &options(), &mut Silent)
            .await
            .unwrap_or_else(|error| panic!("{on:?}: {error:?}"));
        assert_eq!(done, counted, "{on:?}");
        let live = db.inspect(&djc_runtime::InspectOptions::of(vec![way.schema()])).await.expect("an inspection").catalog;
        assert!(live.table(&way.schema(), "~djc_0002_note").is_none(), "{on:?}");
        let subject = live.table(&way.schema(), "subject").expect("the table");
        assert_eq!(subject.columns.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().len(), 4, "{on:?}: {subject:?}");
        assert_eq!(way.rows(&mut db, "SELECT count(*) AS a FROM {subject}").await, [["2"]], "{on:?}");
        let entries = way.ledger().read(&mut db).await.expect("the ledger");
        assert_eq!(entries.iter().map(|it| it.state).collect::<Vec<_>>(), [State::Finished], "{on:?}");
        let again = finish(&mut db, &way.ledger(), HISTORY, None, &options(), &mut Silent).await.expect("nothing is left");
        assert!(again.dropped.is_empty() && again.finished.is_empty(), "{on:?}");
        way.clean().await;
    }
}

#[tokio::test]
async fn the_way_back_is_written_down() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        way.run(&mut db).await;
        // Back as far as this test cares: the parked column and table have their names again, and what was new is put aside.
        let behind = way.plan.catalogs(&way.before).pop().expect("the last catalog");
        let rename = |from: &str, to: &str| Alteration::RenameColumn { from: from.into(), to: to.into() };
        let columns = vec![rename("_djc_0002_weight", "weight"), rename("sex", "_djc_0002_sex")];
        let actions = [
            Action::AlterTable { table: way.table("subject"), alterations: columns },
            Action::RenameTable { from: way.table("~djc_0002_note"), to: way.table("note") },
        ];
        let steps = actions.map(|action| Step { action, hazards: Vec::new(), reason: "back".into() }).to_vec();
        let sex = Some(("_djc_0002_sex".to_string(), "sex".to_string()));
        let parked = vec![Parked { table: way.table("subject"), was: way.table("subject"), column: sex }];
        let plan = Plan { steps, parked, ..Plan::default() };
        let job = Job { direction: Direction::Down, plan: &plan, from: &behind, ..way.job() };
        run(&mut db, &way.ledger(), &job, &options(), &mut Silent).await.unwrap_or_else(|error| panic!("{on:?}: {error:?}"));
        let entries = way.ledger().read(&mut db).await.expect("the ledger");
        let states: Vec<_> = entries.iter().map(|it| (it.direction, it.state)).collect();
        assert_eq!(states, [(Direction::Up, State::RolledBack), (Direction::Down, State::Done)], "{on:?}");
        assert_eq!(standing(&entries, HISTORY, &chain()).expect("in order").applied, 0, "{on:?}");
        assert_eq!(way.rows(&mut db, "SELECT weight FROM {subject} WHERE subject_id = 1").await, [["300"]], "{on:?}");
        let done = finish(&mut db, &way.ledger(), HISTORY, None, &options(), &mut Silent)
            .await
            .unwrap_or_else(|error| panic!("{on:?}: {error:?}"));
        let gone: Vec<_> = done.dropped.iter().map(|it| (it.parked.column.clone().map(|it| it.1), it.rows)).collect();
        assert_eq!(gone, [(Some("sex".to_string()), 2)], "{on:?}");
        way.clean().await;
    }
}

#[tokio::test]
async fn a_baseline_is_the_first_row() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        baseline(&mut db, &way.ledger(), &way.job(), &options()).await.unwrap_or_else(|error| panic!("{on:?}: {error:?}"));
        let entries = way.ledger().read(&mut db).await.expect("the ledger");
        assert_eq!(standing(&entries, HISTORY, &chain()).expect("in order").applied, 1, "{on:?}");
        let error = baseline(&mut db, &way.ledger(), &way.job(), &options()).await.expect_err("a second one");
        assert!(matches!(error, MigrateError::Ledger(LedgerFault::NotEmpty { .. })), "{on:?}: {error:?}");
        way.clean().await;
    }
}
