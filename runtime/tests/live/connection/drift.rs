//! E-15: a database that is not what the code was built for.

use std::collections::BTreeMap;

use djc_core::ir::Generation;
use djc_runtime::connection::Session;
use djc_runtime::{Connection, ErrorKind, Options};

use super::lab::{Lab, everywhere, model};
use crate::account::Account;
use crate::support::{On, Place};

const BOTH: [Generation; 2] = [Generation::Modern, Generation::Classic];

#[tokio::test]
async fn what_deploy_makes_is_accepted() {
    for generation in BOTH {
        everywhere(generation, async |lab: &Lab| {
            lab.deploy().await;
            lab.verify().await.unwrap_or_else(|error| panic!("{:?} {generation:?}: {error}", lab.on));
            // Once more makes nothing and finds nothing.
            lab.deploy().await;
        })
        .await;
    }
}

#[tokio::test]
async fn tables_that_are_missing_are_named_with_what_makes_them() {
    everywhere(Generation::Modern, async |lab: &Lab| {
        let error = lab.refused().await;
        assert_eq!(error.kind(), ErrorKind::MissingTable, "{:?}: {error}", lab.on);
        lab.deploy().await;
        lab.by_hand(&[format!("DROP TABLE {}", lab.table("__mean"))]).await;
        let error = lab.refused().await;
        assert_eq!(error.kind(), ErrorKind::MissingTable, "{:?}: {error}", lab.on);
        assert_eq!(error.details().table.as_deref(), Some("lab.Mean"), "{:?}", lab.on);
        let text = error.to_string();
        assert!(text.contains("lab.Mean") && text.contains("deploy") && !text.contains("lab.Session"), "{:?}: {text}", lab.on);
        lab.deploy().await;
        lab.verify().await.expect("it is there again");
    })
    .await;
}

#[tokio::test]
async fn what_changes_the_meaning_is_refused_in_words() {
    everywhere(Generation::Modern, async |lab: &Lab| {
        lab.deploy().await;
        let (subject, session) = (lab.table("subject"), lab.table("session"));
        let mut cases = vec![
            (format!("ALTER TABLE {subject} ADD COLUMN mean_result float"), vec!["1 difference", "`mean_result`", "lab.Subject"]),
            (format!("ALTER TABLE {subject} DROP COLUMN mean_result"), vec![]),
            (format!("ALTER TABLE {session} RENAME COLUMN rig TO setup"), vec!["`rig`", "`setup`", "lab.Session"]),
            (format!("ALTER TABLE {session} RENAME COLUMN setup TO rig"), vec![]),
        ];
        let weight = |ty: &str, null: &str| match lab.on {
            On::MariaDb | On::MySql => {
                Some(vec![format!("ALTER TABLE {subject} MODIFY weight {ty} {null} DEFAULT NULL COMMENT ':float64:'")])
            }
            On::Postgres => Some(vec![format!("ALTER TABLE {subject} ALTER COLUMN weight TYPE {ty}")]),
            On::Sqlite => None,
        };
        let (float, double) = if lab.is_mysql_family() { ("float", "double") } else { ("real", "double precision") };
        for (ty, words) in [(float, vec!["1 difference", "`weight`", "lab.Subject"]), (double, vec![])] {
            cases.extend(weight(ty, "").into_iter().flatten().map(|sql| (sql, words.clone())));
        }
        let rig = |null: &str| match lab.on {
            On::MariaDb | On::MySql => Some(format!("ALTER TABLE {session} MODIFY rig varchar(8) {null} NULL COMMENT ':varchar(8):'")),
            On::Postgres => {
                Some(format!("ALTER TABLE {session} ALTER COLUMN rig {} NOT NULL", if null.is_empty() { "DROP" } else { "SET" }))
            }
            On::Sqlite => None,
        };
        cases.extend(rig("").map(|sql| (sql, vec!["1 difference", "`rig`", "null"])));
        cases.extend(rig("NOT").map(|sql| (sql, vec![])));
        for (sql, words) in cases {
            lab.by_hand(std::slice::from_ref(&sql)).await;
            if words.is_empty() {
                lab.verify().await.unwrap_or_else(|error| panic!("{:?}: {sql}: {error}", lab.on));
                continue;
            }
            let error = lab.refused().await;
            assert_eq!(error.kind(), ErrorKind::Drift, "{:?}: {error}", lab.on);
            let text = error.to_string();
            for word in words.into_iter().chain(["fingerprint 0000", "djc migrate apply"]) {
                assert!(text.contains(word), "{:?}: no {word} in\n{text}", lab.on);
            }
            let options = Options { allow_drift: true, ..lab.options() };
            let db = Connection::open(&lab.url(), options).await.expect("a connection");
            db.verify(&lab.model).await.expect("who allows drift is not refused");
        }
        // Keys and references.
        let drop = match lab.on {
            On::MariaDb | On::MySql | On::Postgres => foreign_key(lab).await,
            On::Sqlite => return,
        };
        lab.by_hand(&[drop]).await;
        let error = lab.refused().await;
        assert!(error.kind() == ErrorKind::Drift && error.to_string().contains("foreign key"), "{:?}: {error}", lab.on);
    })
    .await;
}

/// Returns the statement that drops the foreign key of `session`.
async fn foreign_key(lab: &Lab) -> String {
    let mut db = lab.place.connect().await;
    let sql = format!(
        "SELECT constraint_name AS a FROM information_schema.table_constraints \
         WHERE table_schema = '{}' AND table_name = 'session' AND constraint_type = 'FOREIGN KEY'",
        lab.schema()
    );
    let name = db.query(&sql, &[]).await.expect("its keys")[0].text(0).expect("a name");
    let session = lab.table("session");
    if lab.on == On::Postgres {
        format!("ALTER TABLE {session} DROP CONSTRAINT \"{name}\"")
    } else {
        format!("ALTER TABLE {session} DROP FOREIGN KEY `{name}`")
    }
}

#[tokio::test]
async fn what_changes_nothing_for_code_is_accepted() {
    everywhere(Generation::Modern, async |lab: &Lab| {
        lab.deploy().await;
        let (subject, session) = (lab.table("subject"), lab.table("session"));
        let index = if lab.on == On::Sqlite {
            format!("CREATE INDEX \"{}more\" ON {session} (rig)", lab.schema())
        } else {
            format!("CREATE INDEX more ON {session} (rig)")
        };
        let mut statements = vec![index, format!("CREATE TABLE {} (a int PRIMARY KEY)", lab.table("of_others"))];
        match lab.on {
            On::MariaDb | On::MySql => statements.push(format!("ALTER TABLE {subject} COMMENT 'other words', ENGINE = InnoDB")),
            On::Postgres => statements.push(format!("COMMENT ON COLUMN {subject}.note IS ':varchar(40):other words'")),
            On::Sqlite => {}
        }
        lab.by_hand(&statements).await;
        lab.verify().await.unwrap_or_else(|error| panic!("{:?}: {error}", lab.on));
    })
    .await;
}

#[tokio::test]
async fn a_database_is_looked_at_once_with_as_many_questions_for_many_tables() {
    everywhere(Generation::Modern, async |lab: &Lab| {
        let mut asked = Vec::new();
        for more in [1, 40] {
            let model = model(Generation::Modern, more);
            lab.connect().await.deploy(&model).await.unwrap_or_else(|error| panic!("{:?}: {error}", lab.on));
            let db = lab.connect().await;
            let sent = async || db.lock().await.expect("a session").statements_sent();
            let before = sent().await;
            db.verify(&model).await.expect("it was just made");
            let behind = sent().await;
            asked.push(behind - before);
            db.verify(&model).await.expect("nobody looks again");
            assert_eq!(sent().await, behind, "{:?}", lab.on);
        }
        println!("{:?}: {} statements", lab.on, asked[0]);
        assert_eq!(asked[0], asked[1], "{:?}", lab.on);
    })
    .await;
}

#[tokio::test]
async fn a_transaction_may_be_the_first_that_looks() {
    everywhere(Generation::Modern, async |lab: &Lab| {
        lab.deploy().await;
        lab.by_hand(&[format!("ALTER TABLE {} ADD COLUMN odd int", lab.table("subject"))]).await;
        let db = lab.connect().await;
        let transaction = db.begin().await.expect("a transaction");
        let rows = djc_runtime::insert::into_table(
            &transaction,
            &lab.model,
            lab.model.find("lab.Subject").expect("a table"),
            [[("subject", djc_core::value::Value::from("a"))].into_iter().collect::<djc_runtime::table::RowMap>()],
        );
        let error = rows.await.expect_err("the first use looks");
        assert_eq!(error.kind(), ErrorKind::Drift, "{:?}: {error}", lab.on);
        transaction.rollback().await.expect("it rolls back");
    })
    .await;
}

#[tokio::test]
async fn an_account_that_sees_some_tables_is_not_told_of_the_others() {
    for on in [On::MariaDb, On::MySql, On::Postgres] {
        let Some(place) = Place::new(on) else { continue };
        let lab = Lab { on, model: model(Generation::Modern, 0), place };
        lab.deploy().await;
        let grants: &[&str] = match on {
            On::Postgres => &["GRANT USAGE ON SCHEMA \"$Slab\" TO $A", "GRANT SELECT ON \"$Slab\".\"subject\" TO $A"],
            On::MariaDb | On::MySql | On::Sqlite => &["GRANT SELECT, SHOW VIEW ON `$Slab`.`subject` TO $A"],
        };
        let account = Account::new(&lab.place, "some", grants).await;
        let db = Connection::open(&account.url(), lab.options()).await.expect("it may log in");
        db.verify(&lab.model).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        let rights = db.grants().await.expect("its rights").join("\n");
        assert!(rights.contains("subject"), "{on:?}: {rights}");
        drop(db);
        lab.by_hand(&[format!("ALTER TABLE {} ADD COLUMN odd int", lab.table("subject"))]).await;
        let db = Connection::open(&account.url(), lab.options()).await.expect("it may log in");
        let error = db.verify(&lab.model).await.expect_err("what it sees is compared");
        assert_eq!(error.kind(), ErrorKind::Drift, "{on:?}: {error}");
        drop(db);
        account.drop().await;
        lab.place.clean().await;
    }
}

#[tokio::test]
async fn a_variable_without_a_value_is_named() {
    let Some(place) = Place::new(On::Sqlite) else { return };
    let lab = Lab { on: On::Sqlite, model: model(Generation::Modern, 0), place };
    let options = Options { variables: BTreeMap::new(), ..lab.options() };
    let db = Connection::open(&lab.url(), options).await.expect("a file");
    let error = db.verify(&lab.model).await.expect_err("SITE is not known");
    assert!(error.kind() == ErrorKind::Refused && error.to_string().contains("`SITE`"), "{error}");
}
