//! What an account needs, what it may not see, and what hangs on the tables from outside.

use djc_core::plan::{Action, Step};
use djc_runtime::migrate::{Ledger, MigrateError, preflight};

use super::way::{Way, options};
use crate::account::Account;
use crate::support::On;

/// An account that may read, and no more.
async fn reader(way: &Way) -> Account<'_> {
    let grants: &[&str] = match way.on() {
        On::Postgres => &["GRANT USAGE ON SCHEMA $Slab TO $A", "GRANT SELECT ON ALL TABLES IN SCHEMA $Slab TO $A"],
        On::MariaDb | On::MySql | On::Sqlite => &["GRANT SELECT, SHOW VIEW ON `$Slab`.* TO $A", "GRANT PROCESS ON *.* TO $A"],
    };
    Account::new(&way.place, "r", grants).await
}

#[tokio::test]
async fn missing_grants_are_all_that_is_missing() {
    for on in [On::MariaDb, On::MySql, On::Postgres] {
        let Some(way) = Way::new(on).await else { continue };
        let account = reader(&way).await;
        let mut db = account.connect(false).await;
        let found = preflight(&mut db, Some(&way.ledger()), &way.plan, &way.before).await.expect("it may read");
        let plain = |text: &str| text.replace("\\_", "_").replace(&way.place.prefix, "$S");
        let missing: Vec<String> = found.missing.iter().map(|it| plain(&it.grant)).collect();
        match on {
            On::Postgres => {
                assert!(
                    missing
                        .contains(&format!("GRANT USAGE, CREATE ON SCHEMA \"$Slab\" TO \"{}\"", plain(&format!("{}r", way.place.prefix)))),
                    "{missing:?}"
                );
                assert!(missing.iter().any(|it| it.starts_with("GRANT \"")), "the owner's role: {missing:?}");
            }
            On::MariaDb | On::MySql | On::Sqlite => {
                assert_eq!(missing, ["GRANT ALTER, CREATE, DROP, INSERT, REFERENCES, UPDATE ON `$Slab`.* TO '$Sr'@'%'"], "{on:?}");
            }
        }
        // Without them it is refused at once, and the refusal says what to grant.
        let error = way.attempt(&mut db, &way.ledger(), &options()).await.expect_err("it may not");
        assert!(matches!(error, MigrateError::Denied { .. }), "{on:?}: {error:?}");
        let grants: Vec<String> = found.missing.iter().map(|it| it.grant.clone()).collect();
        account.grant(&grants).await;
        db.close().await;
        let mut db = account.connect(false).await;
        let found = preflight(&mut db, Some(&way.ledger()), &way.plan, &way.before).await.expect("it may read");
        assert!(found.missing.is_empty(), "{on:?}: {found:?}");
        way.run(&mut db).await;
        way.assert_arrived("as an account").await;
        db.close().await;
        account.drop().await;
        way.clean().await;
    }
}

#[tokio::test]
async fn an_account_that_creates_no_table_keeps_its_ledger_in_a_file() {
    for on in [On::MariaDb, On::MySql] {
        let Some(mut way) = Way::new(on).await else { continue };
        // One step that needs no new table.
        way.plan.steps.retain(|step| matches!(&step.action, Action::AlterTable { table, .. } if table.table == "subject"));
        way.plan.steps.truncate(1);
        let account = Account::new(&way.place, "f", &["GRANT SELECT, SHOW VIEW, ALTER, INSERT ON `$Slab`.* TO $A"]).await;
        let mut db = account.connect(false).await;
        let error = way.attempt(&mut db, &way.ledger(), &options()).await.expect_err("it creates none");
        assert!(matches!(error, MigrateError::Denied { .. }), "{on:?}: {error:?}");
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::file(folder.path().join("ledger.jsonl"));
        way.attempt(&mut db, &ledger, &options()).await.unwrap_or_else(|error| panic!("{on:?}: {error:?}"));
        assert_eq!(ledger.read(&mut db).await.expect("the ledger").len(), 1, "{on:?}");
        db.close().await;
        account.drop().await;
        way.clean().await;
    }
}

#[tokio::test]
async fn keys_from_outside_are_listed_or_said_to_be_unseen() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let other = way.place.schema("other");
        let (schema, child) = match on {
            On::Sqlite => (String::new(), format!("\"{other}.child\"")),
            On::MariaDb | On::MySql | On::Postgres => (format!("CREATE SCHEMA {other}\n;\n"), format!("{other}.child")),
        };
        let table = "CREATE TABLE $C (subject_id int NOT NULL PRIMARY KEY, FOREIGN KEY (subject_id) REFERENCES {subject} (subject_id))";
        let table = way.sql(&table.replace("$C", &child));
        way.place.run(&format!("{schema}{table}")).await;
        let mut db = way.place.connect().await;
        // The parent goes by another name.
        let mut plan = way.plan.clone();
        let renamed = Action::RenameTable { from: way.table("subject"), to: way.table("animal") };
        plan.steps.push(Step { action: renamed, hazards: Vec::new(), reason: "renamed".into() });
        let found = preflight(&mut db, None, &plan, &way.before).await.expect("it may read");
        let outside: Vec<_> = found.outside.iter().map(|it| (it.schema == other, it.table.as_str(), it.parent_table.as_str())).collect();
        assert_eq!((outside, found.unseen.len()), (vec![(true, "child", "subject")], 0), "{on:?}");
        // Columns come and go in the subject as the plan has it, and no key notices.
        let found = preflight(&mut db, None, &way.plan, &way.before).await.expect("it may read");
        assert!(found.outside.is_empty(), "{on:?}: {found:?}");
        if matches!(on, On::MariaDb | On::MySql) {
            let account = Account::new(&way.place, "b", &["GRANT SELECT, SHOW VIEW ON `$Slab`.* TO $A"]).await;
            let mut db = account.connect(true).await;
            let found = preflight(&mut db, None, &way.plan, &way.before).await.expect("it may read");
            let grants: Vec<String> = found.unseen.iter().map(|it| it.grant.replace(&way.place.prefix, "$S")).collect();
            assert_eq!(grants, ["GRANT PROCESS ON *.* TO '$Sb'@'%'"], "{on:?}");
            db.close().await;
            account.drop().await;
        }
        way.clean().await;
    }
}

#[tokio::test]
async fn triggers_are_named_and_stay() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let mut db = way.place.connect().await;
        let body = match on {
            On::Sqlite => "CREATE TRIGGER noted AFTER INSERT ON {session} BEGIN UPDATE {untouched} SET value = 1; END",
            On::MariaDb | On::MySql => "CREATE TRIGGER noted AFTER INSERT ON {session} FOR EACH ROW UPDATE {untouched} SET value = 1",
            On::Postgres => {
                "CREATE TRIGGER noted BEFORE UPDATE ON {session} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
            }
        };
        let body = match on {
            On::MariaDb | On::MySql => body.replace("TRIGGER noted", &format!("TRIGGER `{}`.noted", way.schema())),
            On::Sqlite | On::Postgres => body.to_string(),
        };
        way.execute(&mut db, &body).await;
        let found = preflight(&mut db, None, &way.plan, &way.before).await.expect("it may read");
        let named: Vec<_> = found.triggers.iter().map(|it| (it.table.table.as_str(), it.name.as_str(), it.in_the_way_of)).collect();
        assert_eq!(named, [("session", "noted", None)], "{on:?}");
        way.run(&mut db).await;
        way.assert_arrived("with a trigger").await;
        let found = preflight(&mut db, None, &way.plan, &way.before).await.expect("it may read");
        assert_eq!(found.triggers.len(), 1, "{on:?}");
        way.clean().await;
    }
}
