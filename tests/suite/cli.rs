//! The commands are wired as scripts and CI rely on: exit codes, channels, files.

use std::io::Read;

use crate::support::{TestProject, outcome, root, server, snapshot};

#[test]
fn help_of_each_command_is_as_recorded() {
    let project = TestProject::new();
    let commands = [
        "",
        "check",
        "sql",
        "fmt",
        "deploy",
        "migrate",
        "migrate apply",
        "migrate rollback",
        "migrate baseline",
        "migrate status",
        "migrate finish",
        "generate",
        "import",
        "import python",
        "import matlab",
        "patch",
        "patch format",
        "patch fix",
        "patch rename",
        "new",
        "status",
        "diff",
        "config",
        "explain",
        "completions",
    ];
    for command in commands {
        let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let said = project.djc(&words).exits(0);
        let name = if command.is_empty() { "djc".to_string() } else { command.replace(' ', "_") };
        snapshot("cli/help", &name, &said.stdout);
    }
}

#[test]
fn reference_page_of_the_commands_is_current() {
    let path = root().join("docs/book/commands.md");
    let wanted = djc::commands::reference();
    if std::env::var_os("DJC_REGEN").is_some() {
        std::fs::write(&path, &wanted).expect("writable");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "docs/book/commands.md is stale: DJC_REGEN=1 cargo test -p djc reference_page");
}

#[test]
fn explain_takes_numbers_and_names_in_any_letter_case() {
    let project = TestProject::new();
    let by_number = project.djc(&["explain", "dj0001"]).exits(0).stdout;
    assert!(by_number.starts_with("DJ0001: text that fits no rule of the language\n---"), "{by_number}");
    assert_eq!(project.djc(&["explain", "Syntax"]).exits(0).stdout, by_number);
    let json: serde_json::Value =
        serde_json::from_str(&project.djc(&["explain", "DJ0001", "--format", "json"]).exits(0).stdout).expect("JSON");
    assert_eq!(json["codes"][0]["name"], "syntax");
}

#[test]
fn explain_alone_lists_every_code() {
    let listed = TestProject::new().djc(&["explain"]).exits(0).stdout;
    assert_eq!(listed.lines().count(), djc::diag::codes::CODES.len());
}

#[test]
fn unknown_code_is_a_usage_error_that_suggests() {
    let said = TestProject::new().djc(&["explain", "syntaxx"]).exits(2);
    assert!(said.stderr.contains("did you mean `syntax` (DJ0001)"), "{}", said.stderr);
    assert!(said.stdout.is_empty());
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = TestProject::new().djc(&["completions", shell]).exits(0).stdout;
        assert!(script.contains("explain"), "{shell}");
    }
}

#[test]
fn new_refuses_a_folder_that_is_not_empty_and_changes_nothing() {
    let project = TestProject::with(&[("lab/notes.txt", "mine")]);
    let said = project.djc(&["new", "lab"]).exits(2);
    assert!(said.stderr.contains("`lab` is not empty"), "{}", said.stderr);
    assert_eq!(std::fs::read_dir(project.path().join("lab")).expect("readable").count(), 1);
}

#[test]
fn new_refuses_a_file() {
    let project = TestProject::with(&[("lab", "mine")]);
    project.djc(&["new", "lab"]).exits(2);
    assert_eq!(project.read("lab"), "mine");
}

#[test]
fn new_project_is_clean_formatted_and_deploys() {
    for (version, dialects) in [("0.14", ["mysql", "postgres", "sqlite"]), ("2", ["mysql", "postgres", "sqlite"])] {
        let project = TestProject::new();
        project.djc(&["new", "My Lab", "--datajoint", version]).exits(0);
        let in_it = |arguments: &[&str]| project.djc(&[&["-C", "My Lab"], arguments].concat());
        in_it(&["check", "--deny", "warnings"]).exits(0);
        in_it(&["fmt", "--check"]).exits(0);
        for dialect in dialects {
            let sql = in_it(&["sql", "--dialect", dialect]).exits(0).stdout;
            assert!(sql.contains("CREATE TABLE") && sql.contains("my_lab"), "{sql}");
        }
        in_it(&["deploy", "--database", "dev"]).exits(0);
        assert!(project.path().join("My Lab/dev.db").is_file());
        in_it(&["deploy", "--database", "dev"]).exits(0);
    }
}

/// A pipeline without findings.
const CLEAN: &str =
    "schema lab\n\nmanual Subject {\n    # animals\n    subject : varchar(32)  # name\n    ---\n    note = '' : varchar(255)\n}\n";
/// A pipeline with one error.
const BROKEN: &str = "schema lab\n\nmanual Session {\n    # visits\n    -> Subjct\n    session : int\n}\n";
/// A pipeline with one warning.
const FLOATING: &str = "schema lab\n\nmanual Depth {\n    # depths\n    depth : float  # in mm\n}\n";

#[test]
fn clean_pipeline_exits_with_zero() {
    let said = TestProject::with(&[("lab.dj", CLEAN)]).djc(&["check", "lab.dj"]).exits(0);
    assert_eq!(said.stderr, "");
    snapshot("cli", "check_clean", &said.text());
}

#[test]
fn errors_are_shown_on_stdout_with_their_source() {
    snapshot("cli", "check_error", &TestProject::with(&[("lab.dj", BROKEN)]).djc(&["check", "lab.dj"]).exits(1).text());
}

#[test]
fn warnings_are_denied_or_allowed_on_the_command_line() {
    let project = TestProject::with(&[("lab.dj", FLOATING)]);
    let said = project.djc(&["check", "lab.dj"]).exits(0);
    assert!(said.stdout.contains("warning[DJ0301]"), "{}", said.stdout);
    project.djc(&["check", "lab.dj", "--deny", "warnings"]).exits(1);
    project.djc(&["check", "lab.dj", "--deny", "DJ0301"]).exits(1);
    project.djc(&["check", "lab.dj", "--deny", "float-in-key"]).exits(1);
    let said = project.djc(&["check", "lab.dj", "--deny", "warnings", "--allow", "DJ0301"]).exits(0);
    assert!(!said.stdout.contains("DJ0301"), "{}", said.stdout);
    project.djc(&["check", "lab.dj", "--deny", "DJ9999"]).exits(2);
}

#[test]
fn machine_formats_stand_alone_on_stdout() {
    let project = TestProject::with(&[("lab.dj", BROKEN)]);
    let json = project.djc(&["check", "lab.dj", "--format", "json"]).exits(1);
    let value: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON alone");
    assert_eq!((value["version"].as_u64(), value["summary"]["errors"].as_u64()), (Some(1), Some(1)));
    assert_eq!(value["diagnostics"][0]["file"], "lab.dj");
    assert_eq!(json.stderr, "");
    let sarif: serde_json::Value =
        serde_json::from_str(&project.djc(&["check", "lab.dj", "--format", "sarif"]).exits(1).stdout).expect("JSON alone");
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(1));
    let github = project.djc(&["check", "lab.dj", "--format", "github"]).exits(1).stdout;
    assert!(github.starts_with("::error file=lab.dj,line=5,"), "{github}");
    project.write("lab.dj", CLEAN);
    let json = project.djc(&["check", "lab.dj", "--format", "json"]).exits(0);
    let value: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON without findings too");
    assert_eq!(value["diagnostics"].as_array().map(Vec::len), Some(0));
}

#[test]
fn one_run_reports_the_errors_of_every_file() {
    let project =
        TestProject::with(&[("a.dj", "schema a\n\nmanual A {\n    a int\n}\n"), ("b.dj", "schema b\n\nmanual B {\n    b : floot\n}\n")]);
    let said = project.djc(&["check", "a.dj", "b.dj"]).exits(1).stdout;
    assert!(said.contains("[a.dj:4:") && said.contains("[b.dj:4:"), "{said}");
}

#[test]
fn missing_path_is_named() {
    for command in ["check", "sql", "fmt"] {
        let said = TestProject::new().djc(&[command, "nowhere.dj"]).exits(2);
        assert!(said.stderr.contains("nowhere.dj"), "{command}: {}", said.stderr);
    }
}

#[test]
fn folder_without_a_project_says_what_to_do() {
    let said = TestProject::new().djc(&["check"]).exits(2);
    assert!(said.stderr.contains("djc.toml"), "{}", said.stderr);
}

#[test]
fn binary_and_empty_files_are_findings_not_panics() {
    let project = TestProject::with(&[("empty.dj", ""), ("lab.dj", CLEAN)]);
    std::fs::write(project.path().join("binary.dj"), [0xff, 0xfe, 0, 1, 2, 0x80]).expect("writable");
    let said = project.djc(&["check", "binary.dj", "lab.dj"]);
    assert!(said.code == 1 || said.code == 2, "{}", said.text());
    assert!((said.stdout + &said.stderr).contains("binary.dj"));
    project.djc(&["check", "empty.dj"]).exits(1);
}

#[test]
fn fix_mends_what_is_safe_and_says_so() {
    let project = TestProject::with(&[
        ("lab.dj", "schema lab\nuse rig\n\nmanual Subject {\n    # animals\n    subject : int\n}\n"),
        ("rig.dj", "schema rig\n\nmanual Rig {\n    # rigs\n    rig : int\n}\n"),
    ]);
    project.djc(&["check", "lab.dj", "rig.dj", "--deny", "warnings"]).exits(1);
    let said = project.djc(&["check", "lab.dj", "rig.dj", "--fix", "--deny", "warnings"]).exits(0);
    assert!(!project.read("lab.dj").contains("use rig"));
    assert!(project.read("rig.dj").contains("rig : int"));
    snapshot("cli", "check_fix", &said.text());
    project.djc(&["check", "lab.dj", "rig.dj", "--fix", "--deny", "warnings"]).exits(0);
}

#[test]
fn fmt_writes_shows_and_pipes() {
    let odd = "schema lab\nmanual Subject{\n  # animals\n  subject:varchar(32)# name\n}\n";
    let project = TestProject::with(&[("lab.dj", odd), ("deep/clean.dj", CLEAN)]);
    let said = project.djc(&["fmt", "--check", "."]).exits(1);
    assert!(said.stdout.contains("--- ./lab.dj") || said.stdout.contains("--- lab.dj"), "{}", said.stdout);
    assert_eq!(project.read("lab.dj"), odd, "--check changes nothing");
    let github = project.djc(&["fmt", "--check", ".", "--format", "github"]).exits(1).stdout;
    assert!(github.starts_with("::warning file=") && github.contains("DJ0090"), "{github}");
    project.djc(&["fmt", "."]).exits(0);
    let formatted = project.read("lab.dj");
    assert_ne!(formatted, odd);
    project.djc(&["fmt", "--check", "."]).exits(0);
    let piped = outcome(project.command().args(["fmt", "-"]).write_stdin(odd)).exits(0);
    assert_eq!(piped.stdout, formatted);
    assert_eq!(outcome(project.command().args(["fmt", "-"]).write_stdin("manual {{{")).exits(1).stdout, "");
}

#[test]
fn fmt_leaves_a_file_with_errors_as_it_is() {
    let broken = "schema lab\nmanual Subject {\n  subject varchar\n}\n";
    let project = TestProject::with(&[("lab.dj", broken)]);
    project.djc(&["fmt", "lab.dj"]).exits(1);
    assert_eq!(project.read("lab.dj"), broken);
}

#[test]
fn sql_goes_to_stdout_or_whole_into_a_file() {
    let project = TestProject::with(&[("lab.dj", CLEAN)]);
    let printed = project.djc(&["sql", "lab.dj"]).exits(0).stdout;
    assert!(printed.starts_with("-- ") && printed.contains("CREATE TABLE"), "{printed}");
    project.djc(&["sql", "lab.dj", "-o", "out/lab.sql"]).exits(0);
    assert_eq!(project.read("out/lab.sql"), printed);
    assert_eq!(project.djc(&["sql", "lab.dj"]).stdout, printed, "the same input gives the same bytes");
}

#[test]
fn sql_of_a_broken_pipeline_is_nothing() {
    let project = TestProject::with(&[("lab.dj", BROKEN), ("old.sql", "old")]);
    let said = project.djc(&["sql", "lab.dj", "-o", "old.sql"]).exits(1);
    assert_eq!((said.stdout.as_str(), project.read("old.sql").as_str()), ("", "old"));
    assert!(said.stderr.contains("Subjct"), "{}", said.stderr);
}

#[test]
fn unwritable_output_is_named_and_leaves_nothing_behind() {
    let project = TestProject::with(&[("lab.dj", CLEAN), ("folder/file", "")]);
    for out in ["folder", "lab.dj/below.sql"] {
        let said = project.djc(&["sql", "lab.dj", "-o", out]).exits(2);
        assert!(said.stderr.starts_with("djc: cannot write `") && said.stderr.contains(out), "{}", said.stderr);
    }
    assert_eq!(std::fs::read_dir(project.path()).expect("readable").count(), 2);
}

#[test]
fn variables_come_from_the_file_the_environment_and_the_command_line_each_winning() {
    let project = TestProject::with(&[
        ("djc.toml", "[pipeline]\nsources = [\"*.dj\"]\n[pipeline.vars]\nWHO = \"file\"\n"),
        ("lab.dj", &CLEAN.replace("schema lab", "schema lab as \"${WHO}_lab\"")),
    ]);
    assert!(project.djc(&["sql"]).exits(0).stdout.contains("file_lab"));
    let environment = outcome(project.command().arg("sql").env("WHO", "env")).exits(0);
    assert!(environment.stdout.contains("env_lab"));
    let line = outcome(project.command().args(["sql", "--var", "WHO=line"]).env("WHO", "env")).exits(0);
    assert!(line.stdout.contains("line_lab"));
}

#[test]
fn unset_variable_is_named() {
    let project = TestProject::with(&[("lab.dj", &CLEAN.replace("schema lab", "schema lab as \"${NOBODY_SETS_THIS}_lab\""))]);
    let said = project.djc(&["sql", "lab.dj"]);
    assert!(said.code == 1 || said.code == 2, "{}", said.text());
    assert!(said.stderr.contains("NOBODY_SETS_THIS"), "{}", said.stderr);
    assert_eq!(said.stdout, "");
}

#[test]
fn deploy_creates_then_has_nothing_to_do_then_reports_what_differs() {
    let project = TestProject::with(&[("lab.dj", CLEAN)]);
    let first = project.djc(&["deploy", "lab.dj", "--database", "sqlite:lab.db"]).exits(0);
    snapshot("cli", "deploy_first", &first.stdout);
    let second = project.djc(&["deploy", "lab.dj", "--database", "sqlite:lab.db"]).exits(0);
    snapshot("cli", "deploy_second", &second.stdout);
    project.write("lab.dj", &CLEAN.replace("varchar(255)", "varchar(99)"));
    let third = project.djc(&["deploy", "lab.dj", "--database", "sqlite:lab.db"]).exits(3);
    snapshot("cli", "deploy_differs", &third.stdout);
}

#[test]
fn dry_run_of_deploy_changes_nothing() {
    let project = TestProject::with(&[("lab.dj", CLEAN)]);
    let said = project.djc(&["deploy", "lab.dj", "--database", "sqlite:lab.db", "--dry-run"]).exits(0);
    assert!(said.stdout.contains("CREATE TABLE") || said.stdout.contains("would"), "{}", said.text());
    assert!(!project.path().join("lab.db").exists(), "{}", said.text());
}

#[test]
fn deploy_refuses_wrong_urls_and_names_without_a_word_of_the_password() {
    let project = TestProject::with(&[
        ("lab.dj", CLEAN),
        ("djc.toml", "[pipeline]\nsources = [\"*.dj\"]\n[database.dev]\nurl = \"sqlite:dev.db\"\n"),
    ]);
    for url in [
        "oracle://ana:sesame@db/x",
        "mysql://ana:sesame@127.0.0.1:1/x",
        "postgres://ana:sesame@127.0.0.1:1/x",
        "nowhere",
        "sqlite:missing/folder/lab.db",
    ] {
        let said = project.djc(&["deploy", "--database", url]).exits(2);
        assert!(said.stderr.starts_with("djc: "), "{url}: {}", said.stderr);
        assert!(!said.text().contains("sesame"), "{url}: {}", said.text());
    }
    let unknown = project.djc(&["deploy", "--database", "dve"]).exits(2);
    assert!(unknown.stderr.contains("dve") && unknown.stderr.contains("dev"), "{}", unknown.stderr);
}

#[test]
fn deploy_of_a_broken_pipeline_touches_nothing() {
    let project = TestProject::with(&[("lab.dj", BROKEN)]);
    project.djc(&["deploy", "lab.dj", "--database", "sqlite:lab.db"]).exits(1);
    assert!(!project.path().join("lab.db").exists());
}

#[test]
fn wrong_password_is_exit_two_and_is_not_printed() {
    let project = TestProject::with(&[("lab.dj", CLEAN)]);
    for variable in ["DJC_TEST_MARIADB", "DJC_TEST_MYSQL", "DJC_TEST_POSTGRES"] {
        let Some(url) = server(variable) else { continue };
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        let wrong = format!("{scheme}://djc_nobody:sesame@{host}");
        let said = project.djc(&["deploy", "lab.dj", "--database", &wrong]).exits(2);
        assert!(!said.text().contains("sesame"), "{}", said.text());
    }
}

#[test]
fn working_folder_that_is_not_there_is_named() {
    let said = TestProject::new().djc(&["-C", "missing", "explain"]).exits(2);
    assert!(said.stderr.starts_with("djc: cannot work in `missing`"), "{}", said.stderr);
}

#[test]
fn wrong_usage_exits_with_two() {
    let project = TestProject::new();
    project.djc(&["frobnicate"]).exits(2);
    project.djc(&["explain", "--format", "xml"]).exits(2);
    project.djc(&["explain", "--var", "novalue"]).exits(2);
    project.djc(&[]).exits(2);
}

#[test]
fn reader_that_goes_away_is_no_failure() {
    let project = TestProject::new();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_djc"));
    let mut child = command
        .args(["completions", "zsh"])
        .current_dir(project.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("djc starts");
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("readable");
    assert_eq!(child.wait().expect("djc ends").code(), Some(0), "{said}");
    assert!(said.is_empty(), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_behind_stdout_is_a_failure() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("linux has it");
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_djc")).arg("explain").stdout(full).output().expect("djc starts");
    assert_eq!(status.status.code(), Some(2));
}

#[test]
fn no_color_and_pipes_keep_colors_out_and_always_brings_them() {
    let project = TestProject::new();
    assert!(!project.djc(&["explain", "syntax"]).stdout.contains('\u{1b}'));
    assert!(project.djc(&["explain", "syntax", "--color", "always"]).stdout.contains('\u{1b}'));
    assert!(!outcome(project.command().args(["explain", "syntax"]).env("NO_COLOR", "1")).stdout.contains('\u{1b}'));
}

#[test]
fn fmt_of_a_project_names_the_source_that_is_no_text() {
    let project = TestProject::with(&[("lab.dj", CLEAN)]);
    std::fs::write(project.path().join("odd.dj"), b"\xff\xfe\x00").expect("writable");
    let said = project.djc(&["fmt", "--check"]).exits(2);
    assert!(said.stderr.contains("odd.dj"), "{}", said.text());
}
