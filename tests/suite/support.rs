//! What the modules share: cases from folders, where snapshots live, projects in temporary folders, servers.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use djc_runtime::{ConnectOptions, DatabaseUrl, Db, Family};
use tempfile::TempDir;

/// Returns the folder of the package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Builds examples/workshop with the features that everything has in a run of all tests, so that nothing is compiled for it there.
pub fn build_example() {
    let mut cargo = Command::from_std(xtask::cargo());
    cargo.args(["test", "--quiet", "--offline", "--workspace", "--no-run", "--test", "example_workshop"]);
    outcome(&mut cargo).exits(0);
}

/// Runs every `.dj` file under `tests/data/PROMISE` and holds what `run` makes of its name and text against
/// `snapshots/PROMISE/…`, the same path with `.snap`.
///
/// All cases run before the test fails, so that one `cargo insta review` shows all that changed.
#[allow(dead_code, reason = "each promise brings its cases with its own branch")]
pub fn cases(promise: &str, run: impl Fn(&str, &str) -> String + std::panic::RefUnwindSafe) {
    cases_into(promise, promise, run);
}

/// As [`cases`], with the snapshots in a folder of its own: `snapshots/FOLDER/…`.
#[allow(dead_code, reason = "each promise brings its cases with its own branch")]
pub fn cases_into(promise: &str, folder: &str, run: impl Fn(&str, &str) -> String + std::panic::RefUnwindSafe) {
    let data = root().join("tests/data").join(promise);
    let mut paths = Vec::new();
    collect(&data, &mut paths);
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "dj"));
    assert!(!paths.is_empty(), "{} holds no case", data.display());
    let mut failed = Vec::new();
    for path in paths {
        let relative = path.strip_prefix(&data).expect("collected below the folder");
        let text = fs::read_to_string(&path).expect("a case is readable UTF-8");
        let name = relative.with_extension("");
        let name = name.to_str().expect("names of cases are ASCII").replace('\\', "/");
        let outcome = std::panic::catch_unwind(|| snapshot(folder, &name, &run(&format!("{name}.dj"), &text)));
        if outcome.is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "cases of {promise} that differ from their snapshots: {failed:?}");
}

/// Holds a text against `snapshots/FOLDER/NAME.snap`.
pub fn snapshot(folder: &str, name: &str, text: &str) {
    let (sub, file) = name.rsplit_once('/').map_or(("", name), |(sub, file)| (sub, file));
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(root().join("snapshots").join(folder).join(sub));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(file, text));
}

/// Puts all files below a folder into `out`, in order of name.
pub fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, out);
        } else {
            out.push(path);
        }
    }
}

/// A folder of its own in which `djc` runs.
pub struct TestProject {
    folder: TempDir,
}

/// What a run of `djc` did.
pub struct Outcome {
    /// The exit code.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
}

impl TestProject {
    /// Returns an empty one.
    pub fn new() -> Self {
        TestProject { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// Returns one with these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let project = TestProject::new();
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("writable");
        fs::write(path, text).expect("writable");
    }

    /// Reads a file.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Returns the command `djc` in the folder, in an environment that says nothing.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_djc"));
        command.current_dir(self.path()).env_clear().env("LC_ALL", "C.UTF-8").env("HOME", self.path());
        command
    }

    /// Runs `djc` with these arguments.
    pub fn djc(&self, arguments: &[&str]) -> Outcome {
        outcome(self.command().args(arguments))
    }
}

/// Returns a page with its fenced blocks as `block` says them, given their language and text.
pub fn walked(page: &str, mut block: impl FnMut(&str, &str) -> String) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some((prose, from)) = rest.split_once("\n```") {
        let (language, from) = from.split_once('\n').expect("a block begins with its language");
        let (text, after) = from.split_once("```\n").expect("a block ends");
        out.push_str(&format!("{prose}\n```{language}\n{}```\n", block(language, text)));
        rest = after;
    }
    out + rest
}

/// Returns a block of commands with what `shell` says to each line that begins with `$ `.
pub fn console(block: &str, mut shell: impl FnMut(&str) -> String) -> String {
    block.lines().filter_map(|line| line.strip_prefix("$ ")).map(|line| format!("$ {line}\n{}", shell(line))).collect()
}

/// Returns a text with one moment, one account and one duration in the place of those of this run.
pub fn on_any_day(text: &str) -> String {
    const MOMENT: &str = "2026-11-26T10:00:00Z";
    let is_moment = |word: &str| word.len() == MOMENT.len() && word.ends_with('Z') && word.as_bytes()[10] == b'T';
    let line = |line: &str| {
        let words = line.split(' ').map(|word| match word {
            word if is_moment(word) => MOMENT,
            word if word.split_once('@').is_some_and(|(name, _)| name.starts_with(|c: char| c.is_ascii_alphanumeric())) => "ana@lab",
            word => word,
        });
        let line = words.collect::<Vec<_>>().join(" ");
        match line.rsplit_once(" steps in ") {
            Some((done, _)) => format!("{done} steps in 0.1 s\n"),
            None => line + "\n",
        }
    };
    text.lines().map(line).collect()
}

/// Asserts that a page says what was said; with DJC_REGEN it is written anew instead. The message is the lines that differ.
#[track_caller]
pub fn page_says(path: &str, page: &str, said: &str) {
    if std::env::var_os("DJC_REGEN").is_some() {
        fs::write(root().join(path), said).expect("the page can be written");
    }
    let lost: Vec<&str> = page.lines().filter(|line| !said.contains(line)).collect();
    let new: Vec<&str> = said.lines().filter(|line| !page.contains(line)).collect();
    assert!(page == said, "{path} has: {lost:#?}\nwas said: {new:#?}\nDJC_REGEN=1 writes it anew");
}

/// Returns a command line in a shell in which `djc` is known and nothing else is said.
pub fn shell(folder: &Path, line: &str) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_djc")).parent().expect("a folder");
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("exec 2>&1; {line}")).current_dir(folder).env_clear().env("PATH", path);
    command.env("LC_ALL", "C.UTF-8").env("HOME", folder);
    command
}

/// Runs a command; paths of the temporary folder are not replaced, tests name files relatively.
pub fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().expect("djc starts");
    Outcome {
        code: output.status.code().expect("djc ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("djc prints UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("djc says UTF-8"),
    }
}

impl Outcome {
    /// Returns the outcome as a text for snapshots.
    pub fn text(&self) -> String {
        let mut out = format!("exit {}\n", self.code);
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                out.push_str(&format!("--- {name}\n{text}"));
            }
        }
        out
    }

    /// Asserts the exit code, with all that was said in the message.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.text());
        self
    }
}

/// Returns what tells the schemas of this run from those of others on the same server: always five digits, so that carets and columns in snapshots are as long
/// in every run.
pub fn run_id() -> String {
    format!("{:05}", std::process::id() % 100_000)
}

/// Returns the URL of a server for tests from the variable that `cargo xtask test` sets, `DJC_TEST_MARIADB` say.
///
/// Without it the test says aloud that it skips; where DJC_REQUIRE_SERVERS is set it fails.
#[allow(dead_code, reason = "used by the tests of live databases")]
pub fn server(variable: &str) -> Option<String> {
    let url = std::env::var(variable).ok().filter(|url| !url.is_empty());
    if url.is_none() {
        // The real MySQL is optional everywhere: `cargo xtask test --mysql` brings it.
        let required = std::env::var_os("DJC_REQUIRE_SERVERS").is_some() && variable != "DJC_TEST_MYSQL";
        assert!(!required, "{variable} is not set, and DJC_REQUIRE_SERVERS wants every server");
        eprintln!("SKIPPED: {variable} is not set; `cargo xtask test` starts a server and sets it");
    }
    url
}

/// Runs statements on a database.
pub fn run_sql(url: &DatabaseUrl, statements: &[String]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut db = Db::connect(url, &ConnectOptions::default()).await.expect("a connection");
        for sql in statements {
            db.execute(sql).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        }
        db.close().await;
    });
}

/// Drops a schema of a server, so that the next run of the tests finds none.
pub fn drop_schema(url: &str, schema: &str) {
    let url = DatabaseUrl::parse(url).expect("a URL");
    let sql = match &url {
        DatabaseUrl::Server(location) if location.family == Family::Postgres => format!("DROP SCHEMA \"{schema}\" CASCADE"),
        DatabaseUrl::Server(_) => format!("DROP DATABASE `{schema}`"),
        DatabaseUrl::SqliteFile(_) | DatabaseUrl::SqliteMemory => return,
    };
    run_sql(&url, &[sql]);
}
