//! What URLs, variables and the files of datajoint say together, as `spec`-like scenarios: one line for each part and its origin.

use std::fs;
use std::path::Path;

use djc_runtime::config::{Found, Notice, ResolveError, Surroundings, Variables, Wanted};
use djc_runtime::{DatabaseUrl, Tls, TlsFiles};
use tempfile::TempDir;

/// A folder with settings, a home and an environment.
struct Case {
    folder: TempDir,
    around: Surroundings,
}

fn case(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Case {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files.iter().copied().chain([("home/x", ""), ("project/x", "")]) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        fs::write(&path, text).expect("writable");
        private(&path);
    }
    let around = Surroundings {
        directory: folder.path().join("project"),
        home: Some(folder.path().join("home")),
        run_secrets: folder.path().join("run"),
        variables: Variables(variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()),
    };
    Case { folder, around }
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("our own file");
}

#[cfg(not(unix))]
fn private(_path: &Path) {}

impl Case {
    /// Returns the address and a line for each part.
    fn resolve(&self, wanted: Wanted) -> String {
        match Found::read(&self.around).resolve(&wanted) {
            Ok((resolved, _)) => {
                let lines = resolved.parts.iter().map(|(part, value, origin)| format!("\n{} {value} ({origin})", part.word()));
                let text = format!("{}{}", resolved.url, lines.collect::<String>());
                assert!(!format!("{text} {resolved:?}").contains("geheim"), "a password is printed: {text}");
                text
            }
            Err(error) => format!("error: {error}"),
        }
    }

    fn notices(&self) -> Vec<Notice> {
        let found = Found::read(&self.around);
        let of_variables = found.resolve(&Wanted::Datajoint).map(|(_, notices)| notices).unwrap_or_default();
        found.notices.into_iter().chain(of_variables).collect()
    }
}

#[test]
fn datajoint_itself_is_asked_when_no_database_is_named() {
    let json = r#"{"database": {"host": "lab", "user": "ana", "backend": "postgresql", "name": "pipes"}}"#;
    let modern = case(&[("project/datajoint.json", json), ("project/.secrets/database.password", "geheim\n")], &[("DJ_PORT", "5433")]);
    insta::assert_snapshot!(modern.resolve(Wanted::Datajoint), @"
    postgres://ana:***@lab:5433/pipes
    backend postgres (datajoint.json)
    host lab (datajoint.json)
    port 5433 (environment, DJ_PORT)
    user ana (datajoint.json)
    password *** (.secrets/database.password)
    database pipes (datajoint.json)
    tls preferred (default)
    ");
    let json = r#"{"database.host": "lab:3307", "database.port": 3308, "database.user": "ana", "database.password": "geheim", "database.use_tls": true}"#;
    let classic = case(&[("home/.datajoint_config.json", json)], &[("DJ_USER", "ben"), ("DJ_PORT", "9")]);
    insta::assert_snapshot!(classic.resolve(Wanted::Datajoint), @"
    mysql://ben:***@lab:3307
    backend mysql (default)
    host lab (~/.datajoint_config.json)
    port 3307 (~/.datajoint_config.json)
    user ben (environment, DJ_USER)
    password *** (~/.datajoint_config.json)
    tls required (~/.datajoint_config.json)
    ");
    insta::assert_debug_snapshot!(classic.notices(), @r#"
    [
        Setting(
            Problem {
                file: None,
                at: None,
                kind: IgnoredVariable {
                    name: "DJ_PORT",
                    generation: Classic,
                },
            },
        ),
    ]
    "#);
    insta::assert_snapshot!(case(&[], &[]).resolve(Wanted::Datajoint), @"error: no database is named: write --database URL, or let DJ_HOST, datajoint.json or dj_local_conf.json name a host");
    insta::assert_snapshot!(case(&[], &[("DJ_HOST", "lab"), ("DJ_BACKEND", "oracle")]).resolve(Wanted::Datajoint), @"error: `oracle` (environment, DJ_BACKEND) is no kind of server: datajoint knows `mysql` and `postgresql`, djc `sqlite` too");
    insta::assert_snapshot!(case(&[], &[("DJ_HOST", "lab:x")]).resolve(Wanted::Datajoint), @"error: `x` (environment, DJ_HOST) is not a port: write a number from 1 to 65535");
    insta::assert_snapshot!(case(&[], &[("DJ_HOST", "rac://lab")]).resolve(Wanted::Datajoint), @"error: the host (environment, DJ_HOST) is looked up by a plugin of datajoint, which djc cannot run: write --database mysql://HOST");
    let sqlite = r#"{"database": {"backend": "sqlite", "path": "lab.db"}}"#;
    insta::assert_snapshot!(case(&[("project/datajoint.json", sqlite)], &[]).resolve(Wanted::Datajoint), @"
    sqlite:lab.db
    backend sqlite (datajoint.json)
    file lab.db (datajoint.json)
    ");
    let broken = case(&[("project/datajoint.json", "{\"database\": {\"password\": \"geheim\", }}")], &[]);
    insta::assert_snapshot!(broken.resolve(Wanted::Datajoint), @"error: datajoint.json cannot be read, so it is not known which database is meant: trailing comma");
}

#[test]
fn the_search_upwards_ends_at_a_repository() {
    let json = r#"{"database.host": "lab"}"#;
    let above = case(&[("datajoint.json", json)], &[]);
    assert!(above.resolve(Wanted::Datajoint).starts_with("mysql://lab"));
    let border = case(&[("datajoint.json", json), ("project/.git/HEAD", "")], &[]);
    assert!(border.resolve(Wanted::Datajoint).starts_with("error: no database"));
    let ignored = case(&[("datajoint.json", json)], &[("DJ_IGNORE_CONFIG_FILE", "true")]);
    assert!(ignored.resolve(Wanted::Datajoint).starts_with("error: no database"));
}

#[test]
fn the_file_of_generation_2_hides_that_of_0_14() {
    let files = [
        ("project/datajoint.json", r#"{"database.host": "new"}"#),
        ("project/dj_local_conf.json", r#"{"database.host": "old"}"#),
        ("home/.datajoint_config.json", r#"{"database.host": "older"}"#),
    ];
    let both = case(&files, &[]);
    assert!(both.resolve(Wanted::Datajoint).starts_with("mysql://new"));
    let shadowed = Notice::Shadowed { file: "dj_local_conf.json".to_string(), by: "datajoint.json".to_string() };
    assert_eq!(both.notices(), [shadowed]);
    assert!(case(&files[1..], &[]).resolve(Wanted::Datajoint).starts_with("mysql://old"));
}

#[test]
fn secrets_of_the_platform_count_without_a_file() {
    let platform = case(&[("run/database.user", "ana"), ("run/database.password", "geheim")], &[("DJ_HOST", "lab")]);
    assert!(platform.resolve(Wanted::Datajoint).starts_with("mysql://ana:***@lab\n"), "{}", platform.resolve(Wanted::Datajoint));
}

#[test]
fn a_url_is_completed_by_what_speaks_for_its_server() {
    let json = r#"{"database.host": "lab", "database.user": "ana", "database.password": "geheim", "database.use_tls": false}"#;
    let file = [("project/dj_local_conf.json", json)];
    let quiet = case(&file, &[]);
    insta::assert_snapshot!(quiet.resolve(Wanted::Url("mysql://lab")), @"
    mysql://ana:***@lab
    backend mysql (command line)
    host lab (command line)
    port 3306 (default)
    user ana (dj_local_conf.json)
    password *** (dj_local_conf.json)
    tls off (dj_local_conf.json)
    ");
    let first = |case: &Case, wanted: Wanted| case.resolve(wanted).lines().next().unwrap_or_default().to_string();
    assert_eq!(first(&quiet, Wanted::Url("mysql://other")), "mysql://other");
    assert_eq!(first(&quiet, Wanted::Url("mysql://lab:3307")), "mysql://lab:3307");
    assert_eq!(first(&quiet, Wanted::Url("mysql://ben@lab")), "mysql://ben@lab");
    assert_eq!(first(&quiet, Wanted::Url("mysql://ben:his@lab")), "mysql://ben:***@lab");

    // The environment wins over the file, and speaks for its own server only.
    let loud = case(&file, &[("DJ_HOST", "lab"), ("DJ_USER", "cyd"), ("DJ_PASS", "geheim"), ("DJ_USE_TLS", "True")]);
    insta::assert_snapshot!(loud.resolve(Wanted::Url("mysql://lab")), @"
    mysql://cyd:***@lab
    backend mysql (command line)
    host lab (command line)
    port 3306 (default)
    user cyd (environment, DJ_USER)
    password *** (environment, DJ_PASS)
    tls required (environment, DJ_USE_TLS)
    ");
    assert_eq!(first(&loud, Wanted::Url("mysql://other")), "mysql://other");
    assert_eq!(first(&loud, Wanted::Url("mysql://ana@lab")), "mysql://ana:***@lab");
    assert!(loud.resolve(Wanted::Url("mysql://ana@lab")).contains("password *** (dj_local_conf.json)"));
}

#[test]
fn the_command_line_wins_over_the_environment_and_that_over_djc_toml() {
    let ours = case(&[], &[("DJC_DATABASE_USER", "ana"), ("DJC_DATABASE_PASSWORD", "geheim")]);
    insta::assert_snapshot!(ours.resolve(Wanted::Named { name: "lab", url: "mysql://ben:geheim@lab?tls=off" }), @"
    mysql://ana:***@lab
    backend mysql (djc.toml, [database.lab])
    host lab (djc.toml, [database.lab])
    port 3306 (default)
    user ana (environment, DJC_DATABASE_USER)
    password *** (environment, DJC_DATABASE_PASSWORD)
    tls off (djc.toml, [database.lab])
    ");
    let line = ours.resolve(Wanted::Url("mysql://ben:geheim@lab"));
    assert!(line.contains("user ben (command line)\npassword *** (command line)"), "{line}");
    // A password does not follow another user.
    let user = case(&[], &[("DJC_DATABASE_USER", "ana")]);
    assert!(!user.resolve(Wanted::Named { name: "lab", url: "mysql://ben:geheim@lab" }).contains("password"));
    let same = user.resolve(Wanted::Named { name: "lab", url: "mysql://ana:geheim@lab" });
    assert!(same.contains("password *** (djc.toml, [database.lab])"), "{same}");
}

#[test]
fn use_tls_is_read_in_all_its_forms() {
    let tls = |value: &str| {
        let json = format!(r#"{{"database.host": "lab", "database.use_tls": {value}}}"#);
        let case = case(&[("project/dj_local_conf.json", &json)], &[]);
        match Found::read(&case.around).resolve(&Wanted::Datajoint).expect("a host").0.url {
            DatabaseUrl::Server(location) => location.tls(),
            other => panic!("{other}"),
        }
    };
    assert_eq!(tls("null"), Tls::Preferred);
    assert_eq!(tls("true"), Tls::Required);
    assert_eq!(tls("false"), Tls::Off);
    assert_eq!(tls("{}"), Tls::Required);
    let files = TlsFiles { ca: Some("ca.pem".into()), any_host: true, ..TlsFiles::default() };
    assert_eq!(tls(r#"{"ca": "ca.pem", "check_hostname": false}"#), Tls::Files(files));
    assert_eq!(tls(r#"{"ca": "ca.pem", "verify_mode": "none"}"#), Tls::Required);
}

#[cfg(unix)]
#[test]
fn a_password_that_others_may_read_is_noticed() {
    use std::os::unix::fs::PermissionsExt;
    let json = r#"{"database.host": "lab", "database.password": "geheim"}"#;
    let case = case(&[("project/dj_local_conf.json", json)], &[]);
    assert_eq!(case.notices(), []);
    let path = case.folder.path().join("project/dj_local_conf.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("our own file");
    assert_eq!(case.notices(), [Notice::Exposed { file: "dj_local_conf.json".to_string() }]);
    assert_eq!(
        Found::read(&case.around).resolve(&Wanted::Url("")).map(|_| ()).map_err(|error| matches!(error, ResolveError::Url(_))),
        Err(true)
    );
}
