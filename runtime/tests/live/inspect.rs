//! CREATE statements in, catalog out.

use djc_runtime::InspectOptions;

use crate::support::{On, Place, picture};

async fn inspected(place: &Place, schemas: &[&str]) -> String {
    let mut db = place.connect().await;
    let schemas = schemas.iter().map(|name| place.schema(name)).collect();
    let catalog = db.inspect_as_reported(&InspectOptions::of(schemas)).await.expect("an inspection").catalog;
    db.close().await;
    picture(&catalog, &place.prefix)
}

#[tokio::test]
async fn mariadb_reports_what_was_created() {
    let Some(place) = Place::new(On::MariaDb) else { return };
    place.run(include_str!("create/mysql.sql")).await;
    insta::assert_snapshot!(inspected(&place, &["lab", "ephys", "nowhere"]).await);
    place.clean().await;
}

#[tokio::test]
async fn mysql_reports_what_was_created() {
    let Some(place) = Place::new(On::MySql) else { return };
    place.run(include_str!("create/mysql.sql")).await;
    insta::assert_snapshot!(inspected(&place, &["lab", "ephys", "nowhere"]).await);
    place.clean().await;
}

#[tokio::test]
async fn postgres_reports_what_was_created() {
    let Some(place) = Place::new(On::Postgres) else { return };
    place.run(include_str!("create/postgres.sql")).await;
    insta::assert_snapshot!(inspected(&place, &["lab", "ephys", "nowhere"]).await);
    place.clean().await;
}

#[tokio::test]
async fn sqlite_reports_what_was_created() {
    let Some(place) = Place::new(On::Sqlite) else { return };
    place.run(include_str!("create/sqlite.sql")).await;
    insta::assert_snapshot!(inspected(&place, &["lab", "ephys", "nowhere"]).await);
    let mut db = place.connect().await;
    let all = db.inspect(&InspectOptions::default()).await.expect("an inspection").catalog;
    assert!(all.table("main", "foreigner").is_some_and(|table| table.columns.len() == 1));
}

#[tokio::test]
async fn whole_server_is_read_without_its_own_schemas() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let catalog = db.inspect(&InspectOptions::default()).await.expect("an inspection").catalog;
        for schema in ["mysql", "information_schema", "performance_schema", "sys", "pg_catalog"] {
            assert!(!catalog.schemas.contains_key(schema), "{on:?} {schema}");
        }
    }
}

#[tokio::test]
async fn number_of_queries_does_not_grow_with_tables_and_schemas() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let mut counts = Vec::new();
        for round in 0..3 {
            let schema = place.schema(&format!("s{round}"));
            if on != On::Sqlite {
                db.execute(&format!("CREATE SCHEMA {schema}")).await.expect("a schema");
            }
            for table in ["a", "b", "~lineage"] {
                let name = match on {
                    On::Sqlite => format!("\"{schema}.{table}\""),
                    On::Postgres => format!("\"{schema}\".\"{table}\""),
                    On::MariaDb | On::MySql => format!("`{schema}`.`{table}`"),
                };
                let columns = "table_name varchar(9) PRIMARY KEY, attribute_name varchar(9), lineage varchar(9)";
                db.execute(&format!("CREATE TABLE {name} ({columns})")).await.expect("a table");
            }
            let schemas = (0..=round).map(|round| place.schema(&format!("s{round}"))).collect();
            let before = db.statements_sent();
            let catalog = db.inspect(&InspectOptions::of(schemas)).await.expect("an inspection").catalog;
            assert_eq!(catalog.tables().count(), 3 * (round + 1), "{on:?}");
            counts.push(db.statements_sent() - before);
        }
        assert!(counts[0] <= 12 && counts.iter().all(|count| *count == counts[0]), "{on:?}: {counts:?}");
        place.clean().await;
    }
}
