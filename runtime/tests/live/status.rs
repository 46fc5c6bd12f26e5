//! Rows, sizes, jobs and what is not populated, on every server.

use djc_runtime::InspectOptions;
use djc_runtime::status::{Count, Progress, Status, StatusOptions};

use crate::support::{On, Place};

/// Tables as datajoint 0.14 and 2 make them, in words that all servers know. `[schema.table]` is a table, `<name>` a column.
const SCRIPT: &str = "
CREATE TABLE [lab.subject] (<subject> int NOT NULL, PRIMARY KEY (<subject>))
;
CREATE TABLE [lab.#method] (<method> int NOT NULL, PRIMARY KEY (<method>))
;
CREATE TABLE [lab.session] (<subject> int NOT NULL, <session> int NOT NULL, PRIMARY KEY (<subject>, <session>),
    FOREIGN KEY (<subject>) REFERENCES [lab.subject] (<subject>))
;
CREATE TABLE [lab._scan] (<subject> int NOT NULL, <session> int NOT NULL, <depth> int, PRIMARY KEY (<subject>, <session>),
    FOREIGN KEY (<subject>, <session>) REFERENCES [lab.session] (<subject>, <session>))
;
CREATE TABLE [lab.__sorting] (<subject> int NOT NULL, <take> int NOT NULL, <method> int NOT NULL, <unit> int NOT NULL,
    PRIMARY KEY (<subject>, <take>, <method>, <unit>),
    FOREIGN KEY (<subject>, <take>) REFERENCES [lab.session] (<subject>, <session>),
    FOREIGN KEY (<method>) REFERENCES [lab.#method] (<method>))
;
CREATE TABLE [lab.__sorting__spike] (<subject> int NOT NULL, PRIMARY KEY (<subject>))
;
CREATE TABLE [lab.__twice] (<subject> int NOT NULL, <session> int NOT NULL, <other> int NOT NULL, PRIMARY KEY (<subject>, <session>, <other>),
    FOREIGN KEY (<subject>, <session>) REFERENCES [lab.session] (<subject>, <session>),
    FOREIGN KEY (<subject>, <other>) REFERENCES [lab._scan] (<subject>, <session>))
;
CREATE TABLE [lab.~jobs] (<table_name> varchar(64) NOT NULL, <key_hash> char(32) NOT NULL, <status> varchar(10), <error_message> varchar(2047),
    <timestamp> timestamp NULL, PRIMARY KEY (<table_name>, <key_hash>))
;
CREATE TABLE [lab.~~sorting] (<subject> int NOT NULL, <status> varchar(10), <error_message> varchar(2047), <reserved_time> timestamp NULL,
    <completed_time> timestamp NULL, PRIMARY KEY (<subject>))
;
CREATE TABLE [lab.~log] (<id> int NOT NULL, <timestamp> timestamp NULL, <user> varchar(255), <event> varchar(255), PRIMARY KEY (<id>))
;
INSERT INTO [lab.subject] VALUES (1), (2)
;
INSERT INTO [lab.#method] VALUES (1), (2), (3)
;
INSERT INTO [lab.session] VALUES (1, 1), (1, 2), (2, 1)
;
INSERT INTO [lab._scan] VALUES (1, 1, 10)
;
INSERT INTO [lab.__sorting] VALUES (1, 1, 1, 1), (1, 1, 1, 2), (1, 2, 3, 1)
;
INSERT INTO [lab.~jobs] VALUES ('_scan', 'a', 'reserved', '', '2026-01-02 03:04:05'), ('_scan', 'b', 'error', 'ValueError: old', '2026-01-01 00:00:00'),
    ('_scan', 'c', 'error', 'ValueError: new', '2026-01-03 00:00:00'), ('gone', 'd', 'error', 'x', '2026-01-03 00:00:00')
;
INSERT INTO [lab.~~sorting] VALUES (1, 'pending', '', NULL, NULL), (2, 'success', '', '2026-01-01 00:00:00', '2026-01-01 00:00:01')
;
INSERT INTO [lab.~log] VALUES (1, '2026-01-01 00:00:00', 'ana@lab', 'Declared $Q$Slab$Q.$Q_scan$Q'), (2, '2026-01-05 00:00:00', 'ben@lab', 'created')
";

async fn filled(place: &Place) {
    let (quote, schema) = match place.on {
        On::MariaDb | On::MySql => ('`', "CREATE DATABASE `$Slab`\n;\n"),
        On::Postgres => ('"', "CREATE SCHEMA \"$Slab\"\n;\n"),
        On::Sqlite => ('"', ""),
    };
    let between = if place.on == On::Sqlite { ".".to_string() } else { format!("{quote}.{quote}") };
    let script = SCRIPT.replace("[lab.", &format!("{quote}$Slab{between}")).replace("$Q", "`").replace(['<', '>', ']'], &quote.to_string());
    place.run(&format!("{schema}{script}")).await;
}

async fn status(place: &Place, options: StatusOptions) -> (Status, u64) {
    let mut db = place.connect().await;
    let catalog = db.inspect(&InspectOptions::of(vec![place.schema("lab")])).await.expect("an inspection").catalog;
    let before = db.statements_sent();
    let status = db.status(&catalog, &options).await.expect("a status");
    (status, db.statements_sent() - before)
}

#[tokio::test]
async fn counted_rows_and_keys_are_right() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        filled(&place).await;
        let (status, _) = status(&place, StatusOptions { exact: true, mentions: true, ..StatusOptions::default() }).await;
        assert_eq!(status.notes, [""; 0], "{on:?}");
        let table = |name: &str| &status.tables[&(place.schema("lab"), name.to_string())];
        assert_eq!(table("session").rows, Some(Count::Exact(3)), "{on:?}");
        let keys = |total, missing| Some(Progress::Keys { total: Count::Exact(total), missing: Count::Exact(missing) });
        assert_eq!(table("_scan").progress, keys(3, 2), "{on:?}");
        // Every session with every method; two rows of one key are one key, and the renamed column is followed.
        assert_eq!(table("__sorting").progress, keys(9, 7), "{on:?}");
        // Sessions and scans that share the subject.
        assert_eq!(table("__twice").progress, keys(2, 2), "{on:?}");
        assert_eq!(table("__sorting__spike").progress, None, "{on:?}");
        assert_eq!(table("subject").progress, None, "{on:?}");

        let jobs = &table("_scan").jobs;
        assert_eq!((jobs.reserved, jobs.error, jobs.oldest_reserved.as_deref()), (1, 2, Some("2026-01-02 03:04:05")), "{on:?}");
        let error = jobs.last_error.as_ref().expect("an error");
        assert_eq!((error.at.as_str(), error.message.as_str()), ("2026-01-03 00:00:00", "ValueError: new"), "{on:?}");
        let jobs = &table("__sorting").jobs;
        assert_eq!((jobs.pending, jobs.success, jobs.error), (1, 1, 0), "{on:?}");

        let last = &status.log[&place.schema("lab")];
        assert_eq!((last.at.as_str(), last.user.as_str(), last.event.as_str()), ("2026-01-05 00:00:00", "ben@lab", "created"), "{on:?}");
        let mention = table("_scan").mention.as_ref().expect("it was declared");
        assert_eq!((mention.at.as_str(), mention.what.as_str()), ("2026-01-01 00:00:00", "Declared"), "{on:?}");
        assert_eq!(table("session").mention, None, "{on:?}");
        place.clean().await;
    }
}

#[tokio::test]
async fn estimates_cost_a_constant_number_of_queries() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        filled(&place).await;
        let mut db = place.connect().await;
        match on {
            On::Sqlite => {}
            On::Postgres => drop(db.execute("ANALYZE").await.expect("statistics")),
            On::MariaDb | On::MySql => {
                for table in ["session", "_scan", "#method", "__sorting"] {
                    db.query(&format!("ANALYZE TABLE `{}`.`{table}`", place.schema("lab")), &[]).await.expect("statistics");
                }
            }
        }
        let (status, statements) = status(&place, StatusOptions::default()).await;
        // Statistics (MySQL and SQLite in two statements), jobs, their last errors, the log.
        assert!(statements <= 5, "{on:?}: {statements} statements");
        let table = |name: &str| &status.tables[&(place.schema("lab"), name.to_string())];
        assert_eq!(table("session").rows.map(Count::number), Some(3), "{on:?}");
        assert!(table("session").data_bytes.is_some_and(|bytes| bytes > 0), "{on:?}");
        let progress = |name: &str| match table(name).progress {
            Some(Progress::Keys { total, missing }) => (total.number(), missing.number()),
            other => panic!("{on:?} {name}: {other:?}"),
        };
        assert_eq!(progress("_scan"), (3, 2), "{on:?}");
        assert_eq!(progress("__sorting"), (9, 6), "{on:?}");
        assert_eq!(table("__twice").progress, Some(Progress::Unknown), "{on:?}");
        let own = StatusOptions { own_key_source: [(place.schema("lab"), "_scan".to_string())].into(), ..StatusOptions::default() };
        let (status, _) = self::status(&place, own).await;
        assert_eq!(status.tables[&(place.schema("lab"), "_scan".to_string())].progress, Some(Progress::OwnKeySource), "{on:?}");
        place.clean().await;
    }
}

#[tokio::test]
async fn what_the_account_may_not_read_is_a_note() {
    let Some(place) = Place::new(On::Postgres) else { return };
    filled(&place).await;
    let role = format!("{}reader", place.prefix);
    let lab = place.schema("lab");
    let mut db = place.connect().await;
    for sql in [
        format!("CREATE ROLE \"{role}\" LOGIN PASSWORD 'x'"),
        format!("GRANT USAGE ON SCHEMA \"{lab}\" TO \"{role}\""),
        format!("GRANT SELECT ON \"{lab}\".session, \"{lab}\"._scan TO \"{role}\""),
    ] {
        db.execute(&sql).await.expect("the test may");
    }
    let catalog = db.inspect(&InspectOptions::of(vec![lab.clone()])).await.expect("an inspection").catalog;
    db.execute(&format!("SET ROLE \"{role}\"")).await.expect("the test may");
    let status = db.status(&catalog, &StatusOptions { exact: true, ..StatusOptions::default() }).await.expect("a status");
    assert_eq!(status.tables[&(lab.clone(), "session".to_string())].rows, Some(Count::Exact(3)));
    assert!(status.notes.iter().any(|note| note.starts_with("jobs could not be read: permission denied")), "{:?}", status.notes);
    db.execute("RESET ROLE").await.expect("the test may");
    db.execute(&format!("DROP OWNED BY \"{role}\"")).await.expect("the test may");
    db.execute(&format!("DROP ROLE \"{role}\"")).await.expect("the test may");
    place.clean().await;
}
