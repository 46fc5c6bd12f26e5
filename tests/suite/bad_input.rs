//! Whatever djc is given: a clear message, the right exit code, no panic, nothing half-written.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Outcome, TestProject, collect, outcome, root, server};

const CLEAN: &str = "schema lab\n\nmanual Subject {\n    # animals\n    subject : varchar(32)  # name\n}\n";
const MORE: &str = "schema lab\n\nmanual Subject {\n    # animals\n    subject : varchar(32)  # name\n}\n\nmanual Cage {\n    # cages\n    cage : int\n}\n";

/// Asserts that the exit code is this, and that all of it is said.
#[track_caller]
fn says(said: Outcome, code: i32, parts: &[&str]) -> Outcome {
    let text = said.text();
    assert_eq!(said.code, code, "{text}");
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    assert!(!text.contains("panicked"), "{text}");
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "control characters reach the terminal: {text:?}");
    said
}

#[test]
fn files_that_are_no_text_are_named() {
    let project = TestProject::with(&[("empty.dj", ""), ("blank.dj", "\n\n"), ("ok.dj", CLEAN)]);
    says(project.djc(&["check", "empty.dj"]), 1, &["empty.dj:1:1", "this file declares nothing", "schema my_schema"]);
    says(project.djc(&["check", "blank.dj"]), 1, &["this file declares nothing"]);
    let files: [(&str, &[u8], &str); 4] = [
        ("binary.dj", b"\x7fELF\0\x01\x1b[31m\xff\xfe", "it is binary"),
        ("latin1.dj", b"schema lab\n# gr\xf6\xdfe\n", "byte 0xf6"),
        ("utf16.dj", b"\xff\xfes\0c\0", "it is UTF-16"),
        ("escape.dj", b"schema lab\nmanual A { \x1b[31m\n", "escape.dj:2"),
    ];
    for (name, bytes, wanted) in files {
        fs::write(project.path().join(name), bytes).expect("writable");
        let code = if name == "escape.dj" { 1 } else { 2 };
        says(project.djc(&["check", name]), code, &[name, wanted]);
        says(project.djc(&["sql", "--dialect", "mysql", name]), code, &[name, wanted]);
        says(project.djc(&["fmt", name]), code, &[name]);
        assert_eq!(fs::read(project.path().join(name)).expect("readable"), bytes, "fmt leaves {name} as it is");
    }
    // The file beside it is still looked at.
    says(project.djc(&["fmt", "binary.dj", "ok.dj"]), 2, &["`binary.dj` is not UTF-8 text and stays as it is", "1 unchanged"]);
}

#[test]
fn line_ends_byte_order_mark_and_tabs_mean_nothing() {
    let project = TestProject::with(&[("plain.dj", CLEAN)]);
    let odd = format!("\u{feff}{}", CLEAN.replace('\n', "\r\n").replace("    ", "\t"));
    project.write("odd.dj", &odd);
    says(project.djc(&["check", "odd.dj"]), 0, &["1 table: no findings"]);
    let sql = |file| project.djc(&["sql", "--dialect", "mysql", file]).exits(0).stdout;
    assert_eq!(sql("odd.dj"), sql("plain.dj"));
    project.djc(&["fmt", "odd.dj"]).exits(0);
    says(project.djc(&["fmt", "--check", "odd.dj"]), 0, &[]);
}

#[test]
fn fifty_megabytes_and_deep_nesting_are_answered_at_once() {
    let project = TestProject::new();
    project.write("big.dj", &format!("schema lab\n{}", "# a line of text\n".repeat(3_000_000)));
    let brackets = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    project.write("deep.dj", &format!("schema lab\nlookup A {{\n a : int\n ---\n b : blob\n contents [\n (1, {brackets}),\n ]\n}}\n"));
    project.write("type.dj", &format!("schema lab\nmanual A {{\n a : {}\n}}\n", "(".repeat(50_000)));
    project.write("blocks.dj", &"schema lab\nmanual A {\n".repeat(2000));
    let start = Instant::now();
    says(project.djc(&["check", "big.dj"]), 2, &["`big.dj` has 51 MB; sources have less than 50 MB"]);
    says(project.djc(&["check", "deep.dj"]), 1, &["nest deeper than"]);
    says(project.djc(&["check", "type.dj"]), 1, &["this is no type"]);
    says(project.djc(&["check", "blocks.dj"]), 1, &["no closing brace"]);
    for file in ["deep.dj", "type.dj", "blocks.dj"] {
        says(project.djc(&["fmt", file]), 1, &[file]);
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn mistakes_are_shown_at_their_place() {
    let cases: [(&str, &str, &[&str]); 8] = [
        ("names", "schema lab\nmanual Größe {\n a : int\n}\n", &["names.dj:2:", "CamelCase"]),
        ("attributes", "schema lab\nmanual A {\n größe : int\n}\n", &["attributes.dj:3:2", "`größe` cannot be the name of an attribute"]),
        ("open", "schema lab\nmanual A {\n a : int\n", &["open.dj:2:1", "`A` has no closing brace"]),
        ("rows", "schema lab\nlookup A {\n a : int\n contents [\n (1,\n}\n", &["rows.dj:5:2", "`(` is never closed"]),
        ("use", "schema lab\nuse nowhere\nmanual A {\n -> nowhere.X\n}\n", &["use.dj:2:5", "no file declares the schema `nowhere`"]),
        (
            "circle",
            "schema lab\nmanual A {\n -> B\n}\nmanual B {\n -> A\n}\n",
            &["tables refer to each other in a circle: `lab.A` -> `lab.B` -> `lab.A`"],
        ),
        (
            "twice",
            "schema lab\nmanual FooBar {\n a : int\n}\nmanual FooBar {\n a : int\n}\n",
            &["`FooBar` is declared twice in `lab`", "declared here first"],
        ),
        ("unset", "schema lab as \"lab_${NOPE}\"\nmanual A {\n a : int\n}\n", &["the variable `NOPE`", "--var NOPE=VALUE"]),
    ];
    for (name, text, parts) in cases {
        let project = TestProject::new();
        let file = format!("{name}.dj");
        project.write(&file, text);
        says(project.djc(&["check", &file]), 1, parts);
        let said = says(project.djc(&["sql", "--dialect", "mysql", &file, "--output", "out.sql"]), 1, parts);
        assert!(said.stdout.is_empty() && !project.path().join("out.sql").exists(), "{name}: no SQL of a broken pipeline");
        says(project.djc(&["deploy", "--database", "sqlite:lab.db", &file]), 1, parts);
        assert!(!project.path().join("lab.db").exists(), "{name}: nothing is made");
    }
}

#[test]
fn two_modules_may_not_make_one_table() {
    let project = TestProject::with(&[
        ("a.dj", "schema a as \"lab\"\nmanual Subject {\n a : int\n}\n"),
        ("b.dj", "schema b as \"lab\"\nmanual Subject {\n b : int\n}\n"),
    ]);
    says(project.djc(&["check", "a.dj", "b.dj"]), 1, &["`a.Subject` and `b.Subject` would both be the table `lab`.`subject`"]);
}

#[test]
fn unwritable_output_is_named_and_nothing_is_left() {
    let project = TestProject::with(&[("ok.dj", CLEAN), ("file/inside", "")]);
    let sql = |to: &str| project.djc(&["sql", "--dialect", "mysql", "ok.dj", "--output", to]);
    says(sql("file"), 2, &["cannot write", "file"]);
    says(sql("ok.dj/x.sql"), 2, &["cannot write", "x.sql"]);
    assert_eq!(project.read("ok.dj"), CLEAN);
    if cfg!(target_os = "linux") {
        says(sql("/dev/full"), 2, &["cannot write `/dev/full`", "No space left on device"]);
        says(sql("/proc/x.sql"), 2, &["cannot write `/proc/x.sql`"]);
    }
}

#[test]
fn settings_that_cannot_be_read_are_named() {
    let cases: [(&[u8], i32, &str); 5] = [
        (b"[pipeline\nsources = 3\n", 1, "djc.toml:1:10"),
        (b"[pipelin]\n", 1, "did you mean `pipeline`?"),
        (b"[pipeline]\ndatajoint = \"7\"\n", 1, "`7` is not a generation of DataJoint"),
        (b"[pipeline]\nsources = [\"none/*.dj\"]\n", 0, "no source matches `none/*.dj`"),
        (b"\xff\xfe", 2, "is not UTF-8 text"),
    ];
    for (text, code, wanted) in cases {
        let project = TestProject::with(&[("lab.dj", CLEAN)]);
        fs::write(project.path().join("djc.toml"), text).expect("writable");
        says(project.djc(&["check"]), code, &[wanted]);
    }
}

#[test]
fn paths_are_where_they_are() {
    let project = TestProject::with(&[
        ("one/djc.toml", "[pipeline]\n"),
        ("one/a.dj", CLEAN),
        ("two/djc.toml", "[pipeline]\n"),
        ("two/a.dj", CLEAN),
        ("ok.dj", CLEAN),
    ]);
    says(project.djc(&["check", "nowhere"]), 2, &["no file or folder `nowhere`"]);
    says(project.djc(&["check", "nowhere.dj", "ok.dj"]), 2, &["no file or folder `nowhere.dj`"]);
    says(project.djc(&["fmt", "nowhere.dj"]), 2, &["`nowhere.dj`"]);
    says(project.djc(&["check", "one", "two"]), 2, &["belong to two projects; run djc once for each"]);
    says(project.djc(&["-C", "nowhere", "check"]), 2, &["cannot work in `nowhere`"]);
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end() {
    let project = TestProject::with(&[("lab/a.dj", CLEAN)]);
    std::os::unix::fs::symlink("../lab", project.path().join("lab/again")).expect("a link");
    says(project.djc(&["check", "lab"]), 0, &["1 file, 1 table"]);
    says(project.djc(&["fmt", "--check", "lab"]), 0, &["0 of 1 file"]);
    std::os::unix::fs::symlink("self.dj", project.path().join("lab/self.dj")).expect("a link");
    says(project.djc(&["check", "lab"]), 2, &["cannot read `lab/self.dj`", "symbolic links"]);
    says(project.djc(&["fmt", "lab"]), 2, &["self.dj"]);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_unicode_are_still_files() {
    use std::os::unix::ffi::OsStrExt as _;
    let project = TestProject::new();
    let name = std::ffi::OsStr::from_bytes(b"lab\xe9.dj");
    let ragged = CLEAN.replace("    subject", " subject");
    fs::write(project.path().join(name), &ragged).expect("writable");
    says(outcome(project.command().arg("check").arg(name)), 0, &["1 table"]);
    says(outcome(project.command().arg("fmt").arg(name)), 0, &["1 file formatted"]);
    assert_eq!(fs::read_to_string(project.path().join(name)).expect("readable"), CLEAN);
    assert_eq!(fs::read_dir(project.path()).expect("readable").count(), 1, "no file of a like name is made");
}

#[cfg(unix)]
#[test]
fn files_without_permission_are_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = TestProject::with(&[("lab/a.dj", CLEAN), ("lab/b.dj", CLEAN)]);
    let secret = project.path().join("lab/b.dj");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o0)).expect("a mode");
    if fs::read(&secret).is_ok() {
        eprintln!("SKIPPED: this user may read everything");
        return;
    }
    says(project.djc(&["check", "lab"]), 2, &["cannot read `lab/b.dj`", "Permission denied"]);
    says(project.djc(&["fmt", "lab"]), 2, &["cannot read `lab/b.dj`", "1 unchanged"]);
    project.write("lab/djc.toml", "[pipeline]\n");
    fs::set_permissions(project.path().join("lab/djc.toml"), fs::Permissions::from_mode(0o0)).expect("a mode");
    says(project.djc(&["check", "lab"]), 2, &["djc.toml", "Permission denied"]);
}

#[test]
fn urls_that_lead_nowhere_are_explained() {
    let project = TestProject::with(&[("ok.dj", CLEAN), ("folder/x", ""), ("text.db", "no database, but a text that is long enough\n")]);
    let cases = [
        ("oracle://host", "mysql://, mariadb://, postgres:// or sqlite:"),
        ("mysql://", "names no host"),
        ("mysql://host:99999", "`99999` is not a port"),
        ("sqlite:", "names no file"),
        ("nowhere", "there is no database `nowhere`"),
        ("mysql://u:geheim@127.0.0.1:1", "nothing answers at 127.0.0.1:1"),
        ("postgres://u:geheim@127.0.0.1:1/lab", "nothing answers at 127.0.0.1:1"),
        ("mysql://nowhere.invalid", "nowhere.invalid"),
        ("sqlite:nowhere/a.db", "there is no folder nowhere"),
        ("sqlite:folder", "it is a folder"),
        ("sqlite:text.db", "it is no SQLite database"),
    ];
    for (url, wanted) in cases {
        let said = says(project.djc(&["deploy", "--yes", "--database", url, "ok.dj"]), 2, &[wanted]);
        assert!(!said.text().contains("geheim"), "{}", said.text());
    }
    assert_eq!(project.read("text.db"), "no database, but a text that is long enough\n");
    assert!(!project.path().join("nowhere").exists());
}

#[test]
fn locked_sqlite_file_is_named_after_a_short_wait() {
    let project = TestProject::with(&[("ok.dj", CLEAN), ("more.dj", MORE)]);
    project.djc(&["deploy", "--database", "sqlite:lab.db", "ok.dj"]).exits(0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let url = djc_runtime::DatabaseUrl::SqliteFile(project.path().join("lab.db"));
    let mut other = runtime.block_on(djc_runtime::Db::connect(&url, &djc_runtime::ConnectOptions::default())).expect("SQLite");
    runtime.block_on(other.execute("BEGIN EXCLUSIVE")).expect("the lock");
    let start = Instant::now();
    says(project.djc(&["deploy", "--database", "sqlite:lab.db", "more.dj"]), 2, &["lab.db", "another process keeps it locked"]);
    assert!(start.elapsed() < Duration::from_secs(30));
    runtime.block_on(other.execute("ROLLBACK")).expect("the lock goes");
    says(project.djc(&["deploy", "--database", "sqlite:lab.db", "more.dj"]), 0, &["1 table created, 1 table as declared"]);
}

#[test]
fn sqlite_file_that_may_only_be_read_is_named() {
    let project = TestProject::with(&[("ok.dj", CLEAN), ("more.dj", MORE)]);
    project.djc(&["deploy", "--database", "sqlite:lab.db", "ok.dj"]).exits(0);
    let path = project.path().join("lab.db");
    let mut permissions = fs::metadata(&path).expect("there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).expect("a mode");
    if fs::OpenOptions::new().write(true).open(&path).is_ok() {
        eprintln!("SKIPPED: this user may write everything");
        return;
    }
    says(project.djc(&["deploy", "--database", "sqlite:lab.db", "more.dj"]), 2, &["readonly database"]);
    // What is there can be compared all the same.
    says(project.djc(&["deploy", "--database", "sqlite:lab.db", "ok.dj"]), 0, &["nothing to create"]);
}

/// The servers, with what their URLs say.
const SERVERS: [&str; 3] = ["DJC_TEST_MARIADB", "DJC_TEST_POSTGRES", "DJC_TEST_MYSQL"];

#[test]
fn wrong_password_and_wrong_kind_of_server_are_explained() {
    let project = TestProject::with(&[("ok.dj", CLEAN)]);
    for variable in SERVERS {
        let Some(url) = server(variable) else { continue };
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (login, host) = rest.rsplit_once('@').expect("a login");
        let user = login.split(':').next().expect("a user");
        let wrong = format!("{scheme}://{user}:geheim@{host}");
        let said = says(project.djc(&["deploy", "--yes", "--database", &wrong, "ok.dj"]), 2, &[user]);
        assert!(!said.text().contains("geheim"), "{}", said.text());
        let other = if scheme == "postgres" { "mysql" } else { "postgres" };
        let said = project.djc(&["deploy", "--yes", "--database", &format!("{other}://{login}@{host}"), "ok.dj"]);
        says(said, 2, &["3306", "5432"]);
    }
}

/// Writes the shipped pipelines into projects whose schemas nobody else uses: name of the pipeline, project, schemas.
fn shipped(tag: &str) -> Vec<(String, TestProject, Vec<String>)> {
    let mut out = Vec::new();
    for name in ["workshop", "modern", "image", "spyglass"] {
        let project = TestProject::new();
        let mut paths = Vec::new();
        collect(&root().join("pipelines").join(name), &mut paths);
        let mut toml = fs::read_to_string(root().join("pipelines").join(name).join("djc.toml")).expect("shipped");
        let mut schemas = Vec::new();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "dj")) {
            let text = fs::read_to_string(path).expect("shipped");
            let module = text.lines().find_map(|line| line.strip_prefix("schema ")).expect("a schema line");
            let module = module.split_whitespace().next().expect("a name").to_string();
            toml.push_str(&format!("\n[schemas.{module}]\nname = \"{tag}{module}\"\n"));
            schemas.push(format!("{tag}{module}"));
            project.write(&path.file_name().expect("a file").to_string_lossy(), &text);
        }
        project.write("djc.toml", &toml);
        out.push((name.to_string(), project, schemas));
    }
    out
}

#[test]
fn shipped_pipelines_deploy_and_then_have_nothing_to_create() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut urls = vec![("SQLITE", "sqlite:lab.db".to_string())];
    urls.extend(SERVERS.iter().filter_map(|variable| Some((*variable, server(variable)?))));
    for (on, url) in urls {
        for (name, project, schemas) in shipped(&format!("djcb{}_", crate::support::run_id())) {
            let first = project.djc(&["deploy", "--yes", "--database", &url]);
            let second = project.djc(&["deploy", "--yes", "--database", &url]);
            if on != "SQLITE" {
                runtime.block_on(drop_schemas(&url, &schemas));
            }
            says(first, 0, &["created"]);
            let second = says(second, 0, &["nothing to create"]);
            assert!(!second.stdout.contains("differ"), "{name} on {on}: {}", second.text());
        }
    }
}

async fn drop_schemas(url: &str, schemas: &[String]) {
    let url = djc_runtime::DatabaseUrl::parse(url).expect("a URL");
    let mut db = djc_runtime::Db::connect(&url, &djc_runtime::ConnectOptions::default()).await.expect("the server");
    let mysql = db.server().is_mysql_family();
    if mysql {
        db.execute("SET SESSION foreign_key_checks = 0").await.expect("a session variable");
    }
    for schema in schemas {
        let sql = if mysql { format!("DROP DATABASE IF EXISTS `{schema}`") } else { format!("DROP SCHEMA IF EXISTS \"{schema}\" CASCADE") };
        db.execute(&sql).await.expect("the schema goes");
    }
}

/// A project of many tables, so that something can happen in the middle.
fn many(schema: &str) -> TestProject {
    let mut text = format!("schema lab as \"{schema}\"\n");
    for number in 0..MANY {
        text.push_str(&format!("\nmanual Kept{number} {{\n    # table {number}\n    kept{number} : int\n}}\n"));
    }
    TestProject::with(&[("lab.dj", &text)])
}

const MANY: usize = 120;

/// Starts a deploy and returns when its first tables are there.
fn begun(project: &TestProject, url: &str) -> (std::process::Child, Lines) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_djc"));
    command.current_dir(project.path()).args(["deploy", "--yes", "--database", url, "lab.dj"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("djc starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let reached = lines.by_ref().map_while(Result::ok).any(|line| line.contains("kept3"));
    assert!(reached, "the deploy gets as far as its fourth table");
    (child, lines)
}

type Lines = std::io::Lines<BufReader<std::process::ChildStdout>>;

/// Two more runs: one that finishes, one that has nothing to do.
fn is_finished_by_the_next(project: &TestProject, url: &str) {
    let next = project.djc(&["deploy", "--yes", "--database", url, "lab.dj"]);
    says(next, 0, &["as declared"]);
    let last = project.djc(&["deploy", "--yes", "--database", url, "lab.dj"]);
    says(last, 0, &[&format!("nothing to create, {MANY} tables as declared")]);
}

#[test]
fn deploy_whose_process_is_killed_is_finished_by_the_next() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut urls = vec![("SQLITE", "sqlite:lab.db".to_string())];
    urls.extend(SERVERS.iter().filter_map(|variable| Some((*variable, server(variable)?))));
    for (on, url) in urls {
        let schema = format!("djck{}", crate::support::run_id());
        let project = many(&schema);
        let (mut child, _lines) = begun(&project, &url);
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
        is_finished_by_the_next(&project, &url);
        if on != "SQLITE" {
            runtime.block_on(drop_schemas(&url, &[schema]));
        }
    }
}

#[test]
fn deploy_whose_session_the_server_ends_says_so_and_is_finished_by_the_next() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for url in SERVERS.iter().filter_map(|variable| server(variable)) {
        let schema = format!("djcs{}", crate::support::run_id());
        let project = many(&schema);
        let (mut child, lines) = begun(&project, &url);
        runtime.block_on(end_session(&url, &schema));
        let printed: Vec<String> = lines.map_while(Result::ok).collect();
        let mut stderr = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
        let code = child.wait().expect("it ends").code();
        assert_eq!(code, Some(2), "{url}: {stderr}\n{}", printed.join("\n"));
        assert!(stderr.contains("the connection was lost") && stderr.contains("again"), "{stderr}");
        is_finished_by_the_next(&project, &url);
        runtime.block_on(drop_schemas(&url, &[schema]));
    }
}

/// Ends the session that works in a schema.
async fn end_session(url: &str, schema: &str) {
    let url = djc_runtime::DatabaseUrl::parse(url).expect("a URL");
    let mut db = djc_runtime::Db::connect(&url, &djc_runtime::ConnectOptions::default()).await.expect("the server");
    let mysql = db.server().is_mysql_family();
    let (find, end) = if mysql {
        ("SELECT ID FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND INFO LIKE", "KILL")
    } else {
        ("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE", "SELECT pg_terminate_backend")
    };
    for _ in 0..10_000 {
        for row in db.query(&format!("{find} '%{schema}%'"), &[]).await.expect("the sessions") {
            let id = row.u64(0).expect("a number");
            let sql = if mysql { format!("{end} {id}") } else { format!("{end}({id})") };
            // It may have ended by itself in the meantime, which the exit code will show.
            if db.execute(&sql).await.is_ok() {
                return;
            }
        }
    }
    panic!("the session of the deploy is not seen at work");
}
