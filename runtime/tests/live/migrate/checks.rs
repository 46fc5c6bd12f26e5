//! Rows that a plan would not survive.

use djc_core::plan::{Check, CheckKind};
use djc_runtime::migrate::{MigrateError, rehearse};

use super::way::{Way, options};
use crate::support::On;

fn checks(way: &Way) -> Vec<Check> {
    let check = |table: &str, key: &[&str], kind: CheckKind| Check {
        table: way.table(table),
        key: key.iter().map(|it| it.to_string()).collect(),
        kind,
        step: 0,
        remedy: "mend it".into(),
    };
    let orphans = CheckKind::Orphans { columns: vec!["session".into()], parent: way.table("note"), parent_columns: vec!["note_id".into()] };
    vec![
        check("subject", &["subject_id"], CheckKind::Null { column: "weight".into() }),
        check("subject", &["subject_id"], CheckKind::TooLong { column: "name".into(), max: 4, bytes: false }),
        check("session", &["subject_id", "session"], orphans),
        check("session", &["subject_id", "session"], CheckKind::Duplicates { columns: vec!["subject_id".into(), "session".into()] }),
        check("gone", &["id"], CheckKind::AnyRow),
    ]
}

#[tokio::test]
async fn rows_in_the_way_are_counted_and_named_before_anything_is_sent() {
    for on in On::ALL {
        let Some(mut way) = Way::new(on).await else { continue };
        way.plan.checks = checks(&way);
        let mut db = way.place.connect().await;
        let found = rehearse(&mut db, &way.plan, &way.before).await.unwrap_or_else(|error| panic!("{on:?}: {error:?}"));
        let broken: Vec<(u64, String)> = found
            .broken
            .iter()
            .map(|it| (it.rows, it.keys.iter().map(|key| key[..it.check.key.len()].join(" ")).collect::<Vec<_>>().join(", ")))
            .collect();
        let named = |rows: u64, keys: &str| (rows, keys.to_string());
        assert_eq!(broken, [named(1, "2"), named(1, "2"), named(3, "1 1, 1 2, 2 1")], "{on:?}: {found:?}");
        assert_eq!(found.unasked.iter().map(|it| it.check.table.table.as_str()).collect::<Vec<_>>(), ["gone"], "{on:?}");
        let sizes: Vec<&str> = found.sizes.iter().map(|it| it.table.table.as_str()).collect();
        assert_eq!(sizes, ["#kind", "note", "session", "subject"], "{on:?}");
        let error = way.attempt(&mut db, &way.ledger(), &options()).await.expect_err("rows are in the way");
        assert!(matches!(&error, MigrateError::Broken { broken } if broken.len() == 3), "{on:?}: {error:?}");
        assert!(way.ledger().read(&mut db).await.expect("no ledger").is_empty(), "{on:?}");
        way.plan.checks.clear();
        way.run(&mut db).await;
        way.clean().await;
    }
}
