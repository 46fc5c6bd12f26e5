//! Connecting by datajoint's own settings (C-1 to C-8, E-19).

use djc_runtime::{Connection, DatabaseUrl, ErrorKind, Location, Options, connect};

use crate::support::On;

fn location(on: On) -> Option<Location> {
    match DatabaseUrl::parse(&on.url()?).expect("a URL") {
        DatabaseUrl::Server(location) => Some(location),
        DatabaseUrl::SqliteFile(_) | DatabaseUrl::SqliteMemory => None,
    }
}

/// Writes a file of settings, readable by everybody.
fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    path.display().to_string()
}

/// Whether the environment of the test decides about datajoint's settings itself.
fn is_disturbed() -> bool {
    std::env::vars().any(|(name, _)| name.starts_with("DJ_"))
}

#[tokio::test]
async fn files_of_both_generations_name_the_server() {
    if is_disturbed() {
        return println!("skipped: the environment has variables of datajoint");
    }
    for on in [On::MariaDb, On::MySql, On::Postgres] {
        let Some(location) = location(on) else { continue };
        let folder = tempfile::tempdir().expect("a folder");
        let backend = if on == On::Postgres { "postgresql" } else { "mysql" };
        let (user, password) = (location.user.as_deref().unwrap_or_default(), location.password.as_ref().expect("a password").reveal());
        let (host, port) = (&location.host, location.port());
        let mut files = vec![(
            "datajoint.json",
            format!(
                r#"{{"database": {{"host": "{host}", "port": {port}, "user": "{user}", "password": "{password}", "backend": "{backend}"}}}}"#
            ),
        )];
        if on != On::Postgres {
            // The port of the host wins over the other one.
            let text = format!(
                r#"{{"database.host": "{host}:{port}", "database.port": 1, "database.user": "{user}", "database.password": "{password}", "sefemode": true}}"#
            );
            files.push(("dj_local_conf.json", text));
        }
        for (name, text) in files {
            let path = file(&folder, name, &text);
            let db = connect(&path).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
            db.ping().await.expect("it answers");
            assert_eq!(db.dialect().server, on.server());
            let notices = db.notices().join("\n");
            assert!(notices.contains("may be read by other users"), "{on:?}: {notices}");
            assert!(name == "datajoint.json" || notices.contains("sefemode"), "{on:?}: {notices}");
            assert!(!notices.contains(password), "a password is printed");

            let path = file(&folder, name, &text.replace(password, "geheim"));
            let Err(error) = connect(&path).await else { panic!("{on:?}: a wrong password") };
            assert_eq!(error.kind(), ErrorKind::Connect, "{on:?}: {error}");
            let text = format!("{error} {error:?} {:?}", error.details());
            assert!(!text.contains("geheim"), "the password is printed: {text}");
            for word in ["host", "port", "user", "password ***", name] {
                assert!(text.contains(word), "{on:?}: no {word} in {text}");
            }
        }
    }
}

#[tokio::test]
async fn a_backend_of_sqlite_names_its_file() {
    if is_disturbed() {
        return println!("skipped: the environment has variables of datajoint");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("lab.db");
    let path = file(&folder, "datajoint.json", &format!(r#"{{"database": {{"backend": "sqlite", "path": "{}"}}}}"#, database.display()));
    let error = Connection::open(&path, Options::default()).await.map(drop).expect_err("it is not there");
    assert!(error.kind() == ErrorKind::Connect && error.to_string().contains("no such file"), "{error}");
    let db = connect(&path).await.expect("it is made");
    db.ping().await.expect("it answers");
    use djc_runtime::connection::Session as _;
    let mut session = db.lock().await.expect("a session");
    for (pragma, expected) in [("journal_mode", "wal"), ("foreign_keys", "1"), ("busy_timeout", "5000")] {
        let value = session.query(&format!("PRAGMA {pragma}"), &[]).await.expect("a setting")[0].text(0);
        let value = value.or_else(|_| Ok::<_, djc_runtime::SqlError>(String::new())).expect("a text");
        assert!(value.is_empty() || value == expected, "{pragma} is {value}");
    }
}

#[tokio::test]
async fn what_names_no_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text, word) in [
        ("dj_local_conf.json", "{\n  \"database.host\": \"x\",,\n}", "dj_local_conf.json"),
        ("dj_local_conf.json", "{}", "no database is named"),
        ("datajoint.json", r#"{"database": {"backend": "oracle", "host": "x"}}"#, "oracle"),
    ] {
        let path = file(&folder, name, text);
        if is_disturbed() {
            continue;
        }
        let Err(error) = connect(&path).await else { panic!("{text} names nothing") };
        assert!(error.kind() == ErrorKind::Connect && error.to_string().contains(word), "{error}");
    }
    let Err(error) = connect("http://lab").await else { panic!("it is no URL of a database") };
    assert!(error.kind() == ErrorKind::Connect && error.to_string().contains("sqlite:FILE"), "{error}");
}
