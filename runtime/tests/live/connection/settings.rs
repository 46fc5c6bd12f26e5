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

/// What a program does that names no database: it says where it came out. Other tests run it with an environment and a folder of their own.
#[tokio::test]
#[ignore = "run by the tests below, in a process of its own"]
async fn connects_without_a_name() {
    match connect("").await {
        Ok(db) => {
            db.ping().await.expect("it answers");
            println!("server: {:?}", db.dialect().server);
            db.notices().iter().for_each(|notice| println!("notice: {notice}"));
        }
        Err(error) => println!("error: {error}"),
    }
}

/// Runs [`connects_without_a_name`] with these variables in a folder with these settings, and returns what it says.
fn without_a_name(settings: &str, variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    file(&folder, "datajoint.json", settings);
    let mut command = std::process::Command::new(std::env::current_exe().expect("this test"));
    command.args(["--ignored", "--exact", "--nocapture", "connection::settings::connects_without_a_name"]);
    command.current_dir(folder.path()).env("HOME", folder.path()).envs(variables.iter().copied());
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && !said.contains("geheim"), "{said}");
    said
}

#[test]
fn without_a_name_it_is_the_database_of_settings_and_the_environment_wins() {
    if is_disturbed() {
        return println!("skipped: the environment has variables of datajoint");
    }
    for on in [On::MariaDb, On::MySql, On::Postgres] {
        let Some(location) = location(on) else { continue };
        let backend = if on == On::Postgres { "postgresql" } else { "mysql" };
        let (user, password) = (location.user.as_deref().unwrap_or_default(), location.password.as_ref().expect("a password").reveal());
        // Another way to say 127.0.0.1, which is not known to stay on this machine.
        let host = "127.1";
        let settings = |user: &str, password: &str| {
            let port = location.port();
            format!(
                r#"{{"database": {{"host": "{host}", "port": {port}, "user": "{user}", "password": "{password}", "backend": "{backend}", "use_tls": null}}}}"#
            )
        };
        let server = format!("server: {:?}", on.server());
        let said = without_a_name(&settings(user, password), &[]);
        assert!(said.contains(&server), "{on:?}: {said}");
        // Encryption is tried, and where there is none the program is told. The certificate of MySQL is for no such name.
        let told = said.contains("can read along: the server offers no encryption");
        assert!(told || on == On::MySql, "{on:?}: {said}");
        let said = without_a_name(&settings("nobody", "geheim"), &[("DJ_USER", user), ("DJ_PASS", password)]);
        assert!(said.contains(&server), "{on:?}: the environment wins: {said}");
        let said = without_a_name(&settings(user, password), &[("DJ_PASS", "geheim")]);
        for words in
            ["error: ", "password *** (environment, DJ_PASS)", "host 127.1 (datajoint.json)", &format!("user {user} (datajoint.json)")]
        {
            assert!(said.contains(words), "{on:?}: no {words} in {said}");
        }
        let whole = [
            ("DJ_HOST", host),
            ("DJ_PORT", &location.port().to_string()),
            ("DJ_BACKEND", backend),
            ("DJ_USER", user),
            ("DJ_PASS", password),
        ];
        assert!(without_a_name("{}", &whole).contains(&server), "{on:?}: the environment is enough");
    }
    let said = without_a_name("{}", &[]);
    assert!(said.contains("error: no database is named") && said.contains("next: name the database"), "{said}");
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
