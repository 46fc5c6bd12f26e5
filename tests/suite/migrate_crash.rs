//! A migration that is cut off anywhere is finished by one more run: djc killed, the server killed, two runs at once.
//!
//! The migration (`tests/data/migrate_crash/{before,after}.dj`) adds an attribute to a key that eleven tables inherit, changes types of keys, renames tables and
//! attributes, changes tiers, parks and creates: more than thirty steps. The real `djc` takes them, and is killed when it says that a step begins or that it is
//! done. Behind the last run the database is as a run leaves it that nobody cut off, each value where it was.
//!
//! One run in a row is killed at each step; `DJC_CRASH=all` begins anew for each of them, and kills the server at every step and not at some.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use djc::core::dialect::Server;
use djc::core::ir::Generation;
use djc_runtime::{ConnectOptions, DatabaseUrl, Db, SqlValue};
use xtask::servers::{Kind, Private};

use crate::edits::Compiled;
use crate::hashes::Contents;
use crate::kept::orphans;
use crate::rows::{self, Wanted};
use crate::support::{Outcome, TestProject, root, server};

/// A database with rows, and a migration that is to change it.
struct Site {
    project: TestProject,
    server: Server,
    url: String,
    prefix: String,
}

/// When a run is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// When it says that a step begins.
    During,
    /// When it says that a step is done.
    Behind,
}

/// The names of the two migrations.
const MIGRATIONS: [&str; 2] = ["0001_start", "0002_colonies"];

impl Site {
    /// Writes the project with both migrations. The database has nothing yet.
    fn new(server: Server, url: Option<&str>, tag: &str) -> Site {
        let prefix = format!("djck{}{tag}_", crate::support::run_id());
        let project = TestProject::new();
        let url = url.map_or_else(|| format!("sqlite:{}", project.path().join("lab.db").display()), str::to_string);
        project.write(
            "djc.toml",
            &format!("[pipeline]\nname = \"lab\"\ndatajoint = \"2\"\nsources = [\"*.dj\"]\n\n[schemas.lab]\nname = \"{prefix}lab\"\n"),
        );
        let site = Site { project, server, url, prefix };
        for (file, migration) in [("before.dj", "start"), ("after.dj", "colonies")] {
            site.project.write("lab.dj", &text(file));
            site.project.djc(&["migrate", "new", migration]).exits(0);
        }
        site
    }

    /// Makes the database anew: the tables from before, with rows.
    fn begin(&self) {
        let connect = ConnectOptions { create: true, ..ConnectOptions::default() };
        if self.server == Server::Sqlite {
            let _ = std::fs::remove_file(self.project.path().join("lab.db"));
        } else {
            self.drop_schema();
        }
        let url = DatabaseUrl::parse(&self.url).expect("a URL");
        block_on(async { Db::connect(&url, &connect).await.expect("the server answers").close().await });
        self.apply(&["--to", MIGRATIONS[0]]).exits(0);
        block_on(async {
            let mut db = self.connect().await;
            let before = self.compiled("before.dj", &db);
            let rows = |seed| rows::rows(&before.lowered.catalog, self.server, Wanted { seed, most: 12, tame: true });
            let all = |tables: &Vec<rows::TableRows>| tables.iter().all(|table| !table.rows.is_empty());
            let rows = (0..).map(rows).find(all).expect("some seed has rows for every table");
            // The rows of `contents` are there already.
            let rows: Vec<_> = rows.into_iter().filter(|table| !table.table.name.ends_with("species")).collect();
            rows::insert(&mut db, &with_species(rows)).await.expect("valid rows");
            db.close().await;
        });
    }

    fn drop_schema(&self) {
        let quoting = self.server.dialect().facts().quoting;
        let name = quoting.name(&format!("{}lab", self.prefix));
        let sql = match self.server {
            Server::Postgres => format!("DROP SCHEMA IF EXISTS {name} CASCADE"),
            Server::MySql | Server::MariaDb => format!("DROP DATABASE IF EXISTS {name}"),
            Server::Sqlite => return,
        };
        crate::support::run_sql(&DatabaseUrl::parse(&self.url).expect("a URL"), &[sql]);
    }

    async fn connect(&self) -> Db {
        let url = DatabaseUrl::parse(&self.url).expect("a URL");
        Db::connect(&url, &ConnectOptions::default()).await.expect("the server answers")
    }

    fn compiled(&self, file: &str, db: &Db) -> Compiled {
        let files = [("lab".to_string(), text(file))];
        Compiled::of(&files, Generation::Modern, &self.prefix, db.target()).expect("the files have no errors")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_djc"));
        command.current_dir(self.project.path()).env_clear().env("LC_ALL", "C.UTF-8").env("HOME", self.project.path());
        command.args(["migrate", "apply", "--database", &self.url]).args(arguments);
        command
    }

    fn apply(&self, arguments: &[&str]) -> Outcome {
        let output = self.command(arguments).output().expect("djc starts");
        Outcome {
            code: output.status.code().expect("djc ends by itself"),
            stdout: String::from_utf8(output.stdout).expect("djc prints UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("djc says UTF-8"),
        }
    }

    /// Starts a run and calls `cut` at the first step from `from` on; returns the step, or `None` when the run came to its end before. What it said comes along.
    fn cut(&self, from: usize, moment: Moment, mut cut: impl FnMut(&mut std::process::Child)) -> (Option<usize>, String) {
        let mut child = self.command(&[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("djc starts");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let (mut said, mut reached) = (String::new(), None);
        for line in stdout.lines() {
            let Ok(line) = line else { break };
            said.push_str(&line);
            said.push('\n');
            if reached.is_none()
                && let Some((step, words)) = step(&line)
                && step >= from
                && words != "was done before"
                && (words == "done") == (moment == Moment::Behind)
            {
                reached = Some(step);
                cut(&mut child);
            }
        }
        let output = child.wait_with_output().expect("it ends");
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        if reached.is_none() {
            assert!(output.status.success(), "a run that nobody cut off ends well:\n{said}");
        }
        (reached, said)
    }

    /// Returns what the tables hold behind the migration.
    fn contents(&self) -> Contents {
        block_on(async {
            let mut db = self.connect().await;
            let after = self.compiled("after.dj", &db);
            let contents = Contents::read(&mut db, &after.lowered.catalog).await;
            assert_eq!(orphans(&after.lowered.catalog, &contents), [""; 0]);
            db.close().await;
            contents
        })
    }

    /// Holds the database against what a run leaves that nobody cut off.
    fn is_like(&self, expected: &Contents, when: &str) {
        self.project.djc(&["migrate", "status", "--database", &self.url]).exits(0);
        let drift = self.project.djc(&["check", "--database", &self.url]);
        assert_eq!(drift.code, 0, "{when}: {}", drift.text());
        assert_eq!(expected.differences(&self.contents()), [""; 0], "{when}");
    }

    /// Returns what an uncut run leaves, and how many steps it takes.
    fn uncut(&self) -> (Contents, usize) {
        self.begin();
        let outcome = self.apply(&[]).exits(0);
        let steps = outcome.stdout.lines().filter_map(step).map(|(step, _)| step).max().unwrap_or(0);
        let contents = self.contents();
        assert!(contents.len() > 60, "there are {} rows", contents.len());
        self.project.djc(&["check", "--database", &self.url]).exits(0);
        (contents, steps)
    }
}

/// Reads a line `step 3/31 words`.
fn step(line: &str) -> Option<(usize, &str)> {
    let (place, words) = line.strip_prefix("step ")?.split_once(' ')?;
    Some((place.split_once('/')?.0.parse().ok()?, words))
}

fn text(file: &str) -> String {
    let path = root().join("tests/data/migrate_crash").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Has every subject be of a species that `contents` names.
fn with_species(mut rows: Vec<rows::TableRows>) -> Vec<rows::TableRows> {
    for table in &mut rows {
        let Some(at) = table.table.columns.iter().position(|column| column.name == "species") else { continue };
        for (number, row) in table.rows.iter_mut().enumerate() {
            row[at] = SqlValue::Text(["mouse", "rat", "ferret"][number % 3].to_string());
        }
    }
    rows
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts").block_on(work)
}

fn is_all() -> bool {
    std::env::var("DJC_CRASH").is_ok_and(|value| value == "all")
}

/// Kills djc during and behind every step.
fn djc_is_killed_on(server: Server, url: Option<&str>) {
    let begin = Instant::now();
    let site = Site::new(server, url, "d");
    let (expected, steps) = site.uncut();
    assert!(steps >= 30, "the migration has {steps} steps only");
    let mut kills = 0;
    for moment in [Moment::During, Moment::Behind] {
        site.begin();
        let mut next = 1;
        while next <= steps {
            // A step is a millisecond or some: killed at once it has hardly begun, a little later it is under way.
            let pause = Duration::from_micros(if moment == Moment::During { 700 * (next % 4) as u64 } else { 0 });
            let (reached, _) = site.cut(next, moment, |child| {
                std::thread::sleep(pause);
                child.kill().expect("it can be killed");
            });
            kills += usize::from(reached.is_some());
            let Some(reached) = reached else { break };
            if is_all() || next % 12 == 5 {
                site.apply(&[]).exits(0);
                site.is_like(&expected, &format!("killed {moment:?} step {reached}"));
                site.begin();
            }
            // Where all steps are one transaction, behind one is during the next.
            let every = is_all() || server.is_mysql_family() || moment == Moment::During;
            next = reached + if every { 1 } else { 6 };
        }
        site.apply(&[]).exits(0);
        site.is_like(&expected, &format!("killed {moment:?} each step in a row"));
    }
    site.drop_schema();
    println!("{}: djc killed {kills} times in a migration of {steps} steps, in {:.1} s", server.as_str(), begin.elapsed().as_secs_f64());
    assert!(kills >= steps, "{kills} kills");
}

#[test]
fn djc_killed_anywhere_is_finished_by_one_more_run_on_sqlite() {
    djc_is_killed_on(Server::Sqlite, None);
}

#[test]
fn djc_killed_anywhere_is_finished_by_one_more_run_on_mariadb() {
    let Some(url) = server("DJC_TEST_MARIADB") else { return };
    djc_is_killed_on(Server::MariaDb, Some(&url));
}

#[test]
fn djc_killed_anywhere_is_finished_by_one_more_run_on_postgres() {
    let Some(url) = server("DJC_TEST_POSTGRES") else { return };
    djc_is_killed_on(Server::Postgres, Some(&url));
}

#[test]
fn djc_killed_anywhere_is_finished_by_one_more_run_on_mysql() {
    let Some(url) = server("DJC_TEST_MYSQL") else { return };
    djc_is_killed_on(Server::MySql, Some(&url));
}

/// Starts a run while the session of a dead one still has a table in its hands.
fn the_dead_are_waited_for_on(server: Server, url: &str) {
    let site = Site::new(server, Some(url), "w");
    let (expected, _) = site.uncut();
    site.begin();
    let lab = format!("{}lab", site.prefix);
    let name = format!("djc {lab}.~migrations");
    let quoting = server.dialect().facts().quoting;
    let rename = |from: &str, to: &str| match server {
        Server::Postgres => format!("ALTER TABLE {} RENAME TO {}", quoting.qualified(&lab, from), quoting.name(to)),
        Server::MySql | Server::MariaDb | Server::Sqlite => {
            format!("RENAME TABLE {} TO {}", quoting.qualified(&lab, from), quoting.qualified(&lab, to))
        }
    };
    let lock = match server {
        Server::Postgres => format!("SELECT pg_advisory_lock(hashtextextended('{name}', 0))::text AS a"),
        Server::MySql | Server::MariaDb | Server::Sqlite => format!("SELECT GET_LOCK('{name}', 0) AS a"),
    };
    let run = block_on(async {
        let mut dead = site.connect().await;
        dead.query(&lock, &[]).await.expect("the lock");
        dead.execute(&rename("subject", "half_done")).await.expect("a table in the middle of a step");
        let run = site.command(&[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("djc starts");
        tokio::time::sleep(Duration::from_millis(1500)).await;
        dead.execute(&rename("half_done", "subject")).await.expect("the step ends");
        dead.close().await;
        run
    });
    let output = run.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("waiting for a lock to begin: held by session"), "{said}");
    site.is_like(&expected, "a dead session was at it");
    site.drop_schema();
}

#[test]
fn last_statement_of_a_dead_run_is_waited_for() {
    for (server, variable) in
        [(Server::MariaDb, "DJC_TEST_MARIADB"), (Server::Postgres, "DJC_TEST_POSTGRES"), (Server::MySql, "DJC_TEST_MYSQL")]
    {
        if let Some(url) = crate::support::server(variable) {
            the_dead_are_waited_for_on(server, &url);
        }
    }
}

/// Kills the server in the middle of steps, and starts it again on its data.
fn server_is_killed_on(server: Server, kind: Kind) {
    let begin = Instant::now();
    let mut private = match Private::start(kind).unwrap_or_else(|error| panic!("{error}")) {
        Ok(private) => private,
        Err(why) => return eprintln!("SKIPPED: killing {}: {why}", server.as_str()),
    };
    let url = private.url();
    let site = Site::new(server, Some(&url), "s");
    let (expected, steps) = site.uncut();
    site.begin();
    let stride = if is_all() { 1 } else { steps.div_ceil(6) };
    let (mut next, mut kills) = (1, 0);
    while next <= steps {
        let pause = Duration::from_micros(900 * (next % 5) as u64);
        let (reached, said) = site.cut(next, Moment::During, |_| {
            std::thread::sleep(pause);
            private.kill();
        });
        let Some(reached) = reached else { break };
        kills += 1;
        assert!(said.contains("djc migrate"), "the next command is named:\n{said}");
        private.restart().unwrap_or_else(|error| panic!("killed in step {reached}: {error}"));
        next = reached + stride;
    }
    site.apply(&[]).exits(0);
    site.is_like(&expected, "the server was killed");
    let left = block_on(async {
        let mut db = site.connect().await;
        let sql = "SELECT count(*) FROM information_schema.tables WHERE table_name LIKE '#sql%'";
        db.query_value(sql, &[]).await.expect("a count")
    });
    assert!(matches!(left, SqlValue::I64(0) | SqlValue::U64(0)), "half-made tables: {left:?}");
    println!("{}: the server killed {kills} times in {steps} steps, in {:.1} s", server.as_str(), begin.elapsed().as_secs_f64());
    assert!(kills >= 5, "{kills} kills");
}

#[test]
fn mariadb_killed_in_a_step_is_finished_by_one_more_run() {
    if server("DJC_TEST_MARIADB").is_some() {
        server_is_killed_on(Server::MariaDb, Kind::MariaDb);
    }
}

#[test]
fn postgres_killed_in_a_step_is_finished_by_one_more_run() {
    if server("DJC_TEST_POSTGRES").is_some() {
        server_is_killed_on(Server::Postgres, Kind::Postgres);
    }
}

#[test]
fn mysql_killed_in_a_step_is_finished_by_one_more_run() {
    if server("DJC_TEST_MYSQL").is_some() {
        server_is_killed_on(Server::MySql, Kind::MySql);
    }
}

/// Starts two runs at once.
fn two_at_once_on(server: Server, url: Option<&str>) {
    let site = Site::new(server, url, "c");
    let (expected, _) = site.uncut();
    for _ in 0..if is_all() { 20 } else { 1 } {
        site.begin();
        let both = std::thread::scope(|scope| {
            let one = scope.spawn(|| site.apply(&[]));
            let other = scope.spawn(|| site.apply(&[]));
            [one, other].map(|run| run.join().expect("a run does not panic"))
        });
        assert!(both.iter().any(|run| run.code == 0), "one wins:\n{}\n{}", both[0].text(), both[1].text());
        for loser in both.iter().filter(|run| run.code != 0) {
            assert!(loser.stderr.contains("works with the ledger"), "{}", loser.text());
        }
        site.is_like(&expected, "two runs at once");
        let rows = block_on(async {
            let mut db = site.connect().await;
            let ledger = site.server.table_sql(&format!("{}lab", site.prefix), "~migrations");
            db.query_value(&format!("SELECT count(*) FROM {ledger}"), &[]).await.expect("a count")
        });
        assert!(matches!(rows, SqlValue::I64(2) | SqlValue::U64(2)), "each migration ran once: {rows:?}");
    }
    site.drop_schema();
}

#[test]
fn two_runs_at_once_are_one_on_sqlite() {
    two_at_once_on(Server::Sqlite, None);
}

#[test]
fn two_runs_at_once_are_one_on_mariadb() {
    let Some(url) = server("DJC_TEST_MARIADB") else { return };
    two_at_once_on(Server::MariaDb, Some(&url));
}

#[test]
fn two_runs_at_once_are_one_on_postgres() {
    let Some(url) = server("DJC_TEST_POSTGRES") else { return };
    two_at_once_on(Server::Postgres, Some(&url));
}

#[test]
fn two_runs_at_once_are_one_on_mysql() {
    let Some(url) = server("DJC_TEST_MYSQL") else { return };
    two_at_once_on(Server::MySql, Some(&url));
}
