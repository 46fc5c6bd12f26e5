//! Connecting, and values on the wire.

use std::time::Duration;

use djc_runtime::{ConnectError, ConnectOptions, DatabaseUrl, Db, SqlError, SqlValue};

use crate::support::{On, Place};

fn quick() -> ConnectOptions {
    ConnectOptions { connect_timeout: Duration::from_secs(3), operation_timeout: Duration::from_secs(1), ..ConnectOptions::default() }
}

async fn refused(url: &str) -> ConnectError {
    Db::connect(&DatabaseUrl::parse(url).expect("a URL"), &quick()).await.expect_err("it must not connect")
}

#[tokio::test]
async fn server_and_version_are_found_out() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let db = place.connect().await;
        assert_eq!(db.server(), on.server(), "{}", db.version_text());
        assert!(db.target().version.is_some() && !db.target().charset.is_empty(), "{:?}", db.target());
    }
}

#[tokio::test]
async fn wrong_password_host_and_database_are_told_apart() {
    let error = refused("mysql://127.0.0.1:1").await;
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
    let error = refused("postgres://no-such-host.invalid").await;
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
    for on in [On::MariaDb, On::Postgres, On::MySql] {
        let Some(url) = on.url() else { continue };
        let address = url.rsplit_once('@').expect("a login").1.to_string();
        let scheme = url.split_once(':').expect("a scheme").0;
        let error = refused(&format!("{scheme}://nobody:geheim@{address}")).await;
        assert!(matches!(error, ConnectError::Login { with_password: true, .. }), "{on:?} {error}");
        assert!(!format!("{error} {error:?}").contains("geheim"), "the password is printed");
        // A fresh MariaDB lets an anonymous user in, so this asks as the user that has a password.
        let user = url.split_once("://").expect("a scheme").1.split_once(':').expect("a user").0;
        let error = refused(&format!("{scheme}://{user}@{address}")).await;
        assert!(matches!(error, ConnectError::Login { with_password: false, .. }), "{on:?} {error}");
        let error = refused(&format!("{url}/no_such_database")).await;
        assert!(matches!(error, ConnectError::NoDatabase { .. }), "{on:?} {error}");
        assert!(error.help().is_some());
    }
}

#[tokio::test]
async fn encryption_is_tried_first_and_required_where_asked() {
    // MySQL makes its own certificates when it is installed; the others have none here.
    for on in [On::MariaDb, On::Postgres, On::MySql] {
        let Some(url) = on.url() else { continue };
        let open = |query: &str| {
            let url = DatabaseUrl::parse(&format!("{url}{query}")).expect("a URL");
            async move { Db::connect(&url, &quick()).await }
        };
        let has_tls = on == On::MySql;
        let preferred = open("").await.expect("with or without");
        assert_eq!(preferred.is_encrypted(), has_tls, "{on:?}");
        assert!(!preferred.is_exposed(), "{on:?}: nobody listens on the way to the own machine");
        assert!(!open("?tls=off").await.expect("without").is_encrypted(), "{on:?}");
        match open("?tls=required").await {
            Ok(db) => assert!(has_tls && db.is_encrypted(), "{on:?}"),
            Err(error) => assert!(!has_tls && matches!(error, ConnectError::Tls { .. }), "{on:?} {error}"),
        }
    }
}

#[tokio::test]
async fn certificates_are_verified_where_one_is_named() {
    let Some(url) = On::MySql.url() else { return };
    let open = |query: String| {
        let url = DatabaseUrl::parse(&format!("{url}?{query}")).expect("a URL");
        async move { Db::connect(&url, &quick()).await }
    };
    let mut db = open(String::new()).await.expect("a connection");
    let row = &db.query("SELECT @@datadir AS a, @@ssl_ca AS b", &[]).await.expect("its variables")[0];
    let ca = std::path::Path::new(&row.text(0).expect("a folder")).join(row.text(1).expect("a file"));
    if !ca.is_file() {
        eprintln!("SKIPPED: the certificate of the server cannot be read from here");
        return;
    }
    let trusted = open(format!("ca={}&any_host=true", ca.display())).await.expect("the server's own authority");
    assert!(trusted.is_encrypted());
    // The certificate that MySQL makes names no host.
    let error = open(format!("ca={}", ca.display())).await.expect_err("another host");
    assert!(matches!(error, ConnectError::Tls { .. }), "{error}");
    let folder = tempfile::tempdir().expect("a folder");
    let other = folder.path().join("other.pem");
    std::fs::write(&other, "no certificate").expect("a file");
    for file in [other, folder.path().join("missing.pem")] {
        let error = open(format!("ca={}&any_host=true", file.display())).await.expect_err("no such authority");
        assert!(matches!(error, ConnectError::Tls { .. }), "{error}");
        assert!(error.help().is_some_and(|help| !help.contains("tls=off")), "{:?}", error.help());
    }
}

#[tokio::test]
async fn wrong_protocol_is_named() {
    let (Some(maria), Some(postgres)) = (On::MariaDb.url(), On::Postgres.url()) else { return };
    let swap = |url: &str, scheme: &str| format!("{scheme}://x:y@{}", url.rsplit_once('@').expect("a login").1);
    for url in [swap(&maria, "postgres"), swap(&postgres, "mysql")] {
        let error = refused(&url).await;
        assert!(matches!(error, ConnectError::Protocol { .. } | ConnectError::Timeout { .. }), "{error}");
    }
}

#[tokio::test]
async fn sqlite_file_is_only_made_when_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = DatabaseUrl::SqliteFile(folder.path().join("x.db"));
    assert!(matches!(Db::connect(&url, &quick()).await, Err(ConnectError::File { .. })));
    let nowhere = DatabaseUrl::SqliteFile(folder.path().join("no/x.db"));
    let create = ConnectOptions { create: true, ..quick() };
    assert!(matches!(Db::connect(&nowhere, &create).await, Err(ConnectError::File { .. })));
    std::fs::write(folder.path().join("text"), "this is no database, only a text that is long enough").expect("a file");
    let text = DatabaseUrl::SqliteFile(folder.path().join("text"));
    assert!(Db::connect(&text, &quick()).await.is_err());
    Db::connect(&url, &create).await.expect("it is made");
}

#[tokio::test]
async fn values_come_back_as_they_went() {
    let script = [
        (On::Sqlite, "CREATE TABLE t (a INTEGER, b TEXT, c REAL, d BLOB)"),
        (On::MariaDb, "CREATE TABLE t (a bigint, b longtext, c double, d longblob) CHARSET utf8mb4"),
        (On::MySql, "CREATE TABLE t (a bigint, b longtext, c double, d longblob) CHARSET utf8mb4"),
        (On::Postgres, "CREATE TABLE t (a bigint, b text, c float8, d bytea)"),
    ];
    for (on, create) in script {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let schema = place.schema("wire");
        match on {
            On::Sqlite => {}
            On::MariaDb | On::MySql => {
                db.execute(&format!("CREATE DATABASE {schema}")).await.expect("a schema");
                db.execute(&format!("USE {schema}")).await.expect("it is there");
            }
            On::Postgres => {
                db.execute(&format!("CREATE SCHEMA {schema}")).await.expect("a schema");
                db.execute(&format!("SET search_path = {schema}")).await.expect("it is there");
            }
        }
        db.execute(create).await.expect("a table");
        let rows = [
            vec![SqlValue::I64(i64::MIN), "größer 𝄞 'x'\\".into(), SqlValue::F64(0.1), SqlValue::Bytes(vec![0, 255, 39])],
            vec![SqlValue::Null, SqlValue::Null, SqlValue::Null, SqlValue::Null],
        ];
        let marks: Vec<String> = (0..4).map(|at| db.placeholder(at)).collect();
        for row in &rows {
            db.execute_with(&format!("INSERT INTO t VALUES ({})", marks.join(", ")), row).await.expect("an insert");
        }
        let back = db.query("SELECT a, b, c, d FROM t", &[]).await.expect("the rows");
        assert_eq!(back.iter().map(|row| row.values().to_vec()).collect::<Vec<_>>(), rows, "{on:?}");
        place.clean().await;
    }
}

#[tokio::test]
async fn one_text_with_values_of_several_kinds_is_several_statements() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let sql = format!("SELECT CASE WHEN CAST(10 AS decimal(5,2)) = {} THEN 1 ELSE 0 END AS a", db.placeholder(0));
        // A statement that was prepared for one kind would read the other's bits.
        for (value, equal) in
            [(SqlValue::F64(10.0), true), (SqlValue::I64(10), true), (SqlValue::F64(10.5), false), (SqlValue::I64(11), false)]
        {
            let rows = db.query(&sql, std::slice::from_ref(&value)).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
            assert_eq!(rows[0].flag(0), equal, "{on:?}: {value:?}");
        }
        db.close().await;
        place.clean().await;
    }
}

#[tokio::test]
async fn refusals_keep_the_code_and_slow_statements_end_the_connection() {
    for (on, number, state) in
        [(On::Sqlite, Some(1), None), (On::MariaDb, Some(1146), None), (On::MySql, Some(1146), None), (On::Postgres, None, Some("42P01"))]
    {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let sql = if on.server() == djc_core::dialect::Server::Postgres || on == On::Sqlite {
            "SELECT 1 FROM nowhere"
        } else {
            "SELECT 1 FROM mysql.nowhere"
        };
        match db.query(sql, &[]).await {
            Err(SqlError::Server { code, statement, .. }) => {
                assert_eq!(code.number, number, "{on:?}");
                if state.is_some() {
                    assert_eq!(code.state.as_deref(), state, "{on:?}");
                }
                assert_eq!(statement, sql);
            }
            other => panic!("{on:?}: {other:?}"),
        }
        db.query("SELECT 1 AS a", &[]).await.expect("a refusal leaves the connection whole");
        let sleep = match on {
            On::Sqlite => continue,
            On::MariaDb | On::MySql => "SELECT SLEEP(9)",
            On::Postgres => "SELECT 1 FROM pg_sleep(9)",
        };
        let options = ConnectOptions { operation_timeout: Duration::from_millis(300), ..ConnectOptions::default() };
        let mut db = Db::connect(&place.url, &options).await.expect("a connection");
        let error = db.query(sleep, &[]).await.expect_err("too slow");
        // PostgreSQL may be faster with its own timeout.
        assert!(error.is_lost() || error.code().is_some_and(|code| code.state.as_deref() == Some("57014")), "{on:?} {error}");
    }
}

#[tokio::test]
async fn killed_session_is_a_lost_connection() {
    for on in [On::MariaDb, On::MySql, On::Postgres] {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let mut killer = db.sibling().await.expect("a second connection");
        let (which, kill) = match on {
            On::Postgres => ("SELECT pg_backend_pid()::bigint AS a", "SELECT pg_terminate_backend($ID) AS a"),
            On::MariaDb | On::MySql | On::Sqlite => ("SELECT CONNECTION_ID() AS a", "KILL $ID"),
        };
        let id = db.query(which, &[]).await.expect("an id")[0].u64(0).expect("a number");
        killer.query(&kill.replace("$ID", &id.to_string()), &[]).await.expect("it may");
        tokio::time::sleep(Duration::from_millis(200)).await;
        let error = db.execute("SELECT 1").await.expect_err("the session is gone");
        assert!(error.is_lost(), "{on:?}: {error}");
        // And it stays gone: the state of a session is not guessed.
        assert!(db.execute("SELECT 1").await.expect_err("still gone").is_lost(), "{on:?}");
    }
}
