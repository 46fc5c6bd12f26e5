//! Drift: seeded mutations of a live database of a few hundred tables, each of which is exactly one finding of the right code at the right
//! place, and none where nothing was changed; and what `djc check --database` prints, accepts and leaves alone.
//!
//! The mutations are data (`tests/data/drift/mutations.toml`): a name, the SQL of each server, the code, the place.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use djc::core::catalog::{Catalog, Change, TableKind};
use djc::core::dialect::{Lowered, Options, Server, lower};
use djc::core::ir::{Pipeline, SchemaId};
use djc::drift::{Expected, Finding, Settings, findings, normalised};
use djc::project::{self, LoadOptions, Project};
use djc_runtime::inspect::InspectOptions;
use djc_runtime::{ConnectOptions, DatabaseUrl, Db};
use serde::Deserialize;

use crate::support::{TestProject, collect, root, server, snapshot};

#[derive(Deserialize)]
struct Mutations {
    mutation: Vec<Mutation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutation {
    name: String,
    code: String,
    place: String,
    at: String,
    level: Option<String>,
    mysql: Option<Vec<String>>,
    postgres: Option<Vec<String>>,
    sqlite: Option<Vec<String>>,
}

impl Mutation {
    fn statements(&self, server: Server) -> Option<&[String]> {
        match server {
            Server::MySql | Server::MariaDb => self.mysql.as_deref(),
            Server::Postgres => self.postgres.as_deref(),
            Server::Sqlite => self.sqlite.as_deref(),
        }
    }
}

/// Tables around those that are changed: (schemas, tables of each).
const AROUND: (usize, usize) = (5, 40);

/// A pipeline of a few hundred tables in a database of its own.
struct Lab {
    project: TestProject,
    source: Project,
    pipeline: Pipeline,
    names: Vec<String>,
    url: DatabaseUrl,
}

impl Lab {
    /// Deploys it.
    fn new(tag: &str, url: Option<String>) -> Self {
        let prefix = format!("djd{}{tag}", crate::support::run_id());
        let project = TestProject::new();
        let mut toml = "[pipeline]\nsources = [\"*.dj\"]\n[stores.raw]\nprotocol = \"file\"\nlocation = \"raw\"\n[stores.analysis]\nprotocol = \"file\"\nlocation = \"analysis\"\n[datajoint]\nsupport_filepath_management = true\n".to_string();
        let mut name = |module: &str, more: &str| {
            writeln!(toml, "[schemas.{module}]\nname = \"{prefix}_{module}\"\n{more}").expect("a string");
        };
        for file in ["lab", "modern"] {
            let text = std::fs::read_to_string(root().join(format!("tests/data/drift/{file}.dj"))).expect("a case");
            project.write(&format!("{file}.dj"), &text);
        }
        name("lab", "");
        name("modern", "datajoint = \"2\"");
        let mut shipped = Vec::new();
        collect(&root().join("pipelines/spyglass"), &mut shipped);
        for path in shipped.iter().filter(|path| path.extension().is_some_and(|extension| extension == "dj")) {
            let file = path.file_stem().and_then(|stem| stem.to_str()).expect("a shipped file has a name");
            project.write(&format!("{file}.dj"), &std::fs::read_to_string(path).expect("a shipped file"));
            name(file, "");
        }
        for at in 0..AROUND.0 {
            project.write(&format!("around{at}.dj"), &around(at));
            name(&format!("around{at}"), "");
        }
        project.write("djc.toml", &toml);
        let url = url.unwrap_or_else(|| format!("sqlite:{}", project.path().join("lab.db").display()));
        project.djc(&["deploy", "--database", &url]).exits(0);
        let source = Project::load(&LoadOptions::new(project.path())).expect("the project is there");
        let project::Compiled { pipeline, names, .. } = project::compile(&source);
        Lab { project, source, pipeline, names, url: DatabaseUrl::parse(&url).expect("a URL") }
    }

    async fn connect(&self) -> Db {
        Db::connect(&self.url, &ConnectOptions::default()).await.expect("the server is there")
    }

    fn name(&self, module: &str) -> &str {
        let at = self.pipeline.schemas.iter().position(|schema| schema.module == module).expect("a module");
        &self.names[at]
    }

    /// Puts the names of this run in.
    fn fill(&self, text: &str) -> String {
        let unknown = format!("{}x", self.name("lab"));
        text.replace("{L}", self.name("lab")).replace("{M}", self.name("modern")).replace("{X}", &unknown)
    }

    async fn lowered(&self, db: &mut Db) -> Lowered {
        let live_charsets = db.charsets_of(&self.names).await.expect("charsets");
        lower(&self.pipeline, &self.names, &db.target().clone(), &Options { live_charsets, ..Options::default() })
    }

    fn expected(&self, lowered: &Lowered, server: Server) -> Expected<'_> {
        let wanted = (0..self.pipeline.schemas.len()).map(|at| SchemaId(at as u32)).collect::<BTreeSet<_>>();
        Expected::new(&self.pipeline, &self.names, wanted, lowered.catalog.clone(), server, |_| false)
    }

    /// Compares as `djc check --database` does.
    async fn findings(&self, expected: &Expected<'_>) -> Result<Vec<Finding>, String> {
        let options = ConnectOptions { read_only: true, ..ConnectOptions::default() };
        let mut db = Db::connect(&self.url, &options).await.map_err(|error| error.to_string())?;
        let live = db.inspect_as_reported(&InspectOptions::of(expected.schemas())).await.map_err(|error| error.to_string())?;
        let live = normalised(live, db.server());
        let mut expected = expected.clone();
        expected.ask_charsets(&self.source.config, &live.catalog);
        let found = findings(&expected, &live, db.server(), &Settings::default());
        db.close().await;
        Ok(found)
    }

    /// Returns the schemas that mutations are about, as they are.
    async fn mutable(&self, db: &mut Db) -> Catalog {
        let schemas = vec![self.name("lab").to_string(), self.name("modern").to_string()];
        let live = db.inspect_as_reported(&InspectOptions::of(schemas)).await.expect("an inspection");
        normalised(live, db.server()).catalog
    }

    /// Makes anew what some statements changed.
    async fn restore(&self, db: &mut Db, lowered: &Lowered, made: &Catalog, statements: &[String]) {
        let mentioned = |mark: &str| statements.iter().any(|sql| sql.contains(mark));
        let mutated = [("{L}", "lab"), ("{M}", "modern")].into_iter().filter(|(mark, _)| mentioned(mark));
        let mutated: Vec<String> = mutated.map(|(_, module)| self.name(module).to_string()).collect();
        let unknown = self.fill("{X}");
        let mut run: Vec<String> = Vec::new();
        if db.server().is_mysql_family() {
            // Without checks, because a mutation may have left keys between the schemas.
            run.push("SET FOREIGN_KEY_CHECKS = 0".to_string());
            let now = self.mutable(db).await;
            for name in &mutated {
                run.extend(anew(db.server(), lowered, made, &now, name));
            }
            run.push(format!("DROP DATABASE IF EXISTS {unknown}"));
            run.push("SET FOREIGN_KEY_CHECKS = 1".to_string());
        } else {
            run.extend(mutated.iter().chain([&unknown]).map(|name| format!("DROP SCHEMA IF EXISTS {name} CASCADE")));
            run.extend(mutated.iter().flat_map(|name| making(db.server(), lowered, name, |_| true)));
        }
        for sql in run {
            db.execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }

    async fn clean(&self, db: &mut Db) {
        for name in self.names.iter().chain([&self.fill("{X}")]) {
            let sql = match db.server() {
                Server::MySql | Server::MariaDb => format!("DROP DATABASE IF EXISTS {name}"),
                Server::Postgres => format!("DROP SCHEMA IF EXISTS {name} CASCADE"),
                Server::Sqlite => return,
            };
            if db.server().is_mysql_family() {
                db.execute("SET FOREIGN_KEY_CHECKS = 0").await.expect("a session of its own");
            }
            db.execute(&sql).await.expect("dropped");
        }
    }
}

/// Returns the statements that make the wanted pieces of a schema.
fn making(server: Server, lowered: &Lowered, name: &str, wanted: impl Fn(&Change) -> bool) -> Vec<String> {
    let changes = lowered.changes.iter().filter(|change| schema_of(change) == name && wanted(change));
    changes.flat_map(|change| server.dialect().render(change)).map(|statement| statement.sql).collect()
}

/// Returns the statements that make a schema of the MySQL family what it was. Only the tables that differ are made anew, which takes a tenth
/// of the time; what refers to them keeps its keys.
fn anew(server: Server, lowered: &Lowered, made: &Catalog, now: &Catalog, name: &str) -> Vec<String> {
    let was = &made.schemas[name];
    let whole = now.schemas.get(name).filter(|now| now.charset == was.charset && now.lineage.is_some() == was.lineage.is_some());
    let Some(now) = whole else {
        return std::iter::once(format!("DROP DATABASE IF EXISTS {name}")).chain(making(server, lowered, name, |_| true)).collect();
    };
    let quoting = server.dialect().facts().quoting;
    let differs = |table: &str| was.tables.get(table) != now.tables.get(table);
    let gone = now.tables.values().filter(|table| differs(&table.name)).map(|table| {
        let kind = if table.kind == TableKind::View { "VIEW" } else { "TABLE" };
        format!("DROP {kind} {}", quoting.qualified(name, &table.name))
    });
    let wanted = |change: &Change| match change {
        Change::CreateTable(table) => differs(&table.name),
        Change::SetLineage { .. } => was.lineage != now.lineage || differs("~lineage"),
        Change::CreateSchema { .. } | Change::CreateEnum { .. } | Change::AddForeignKey { .. } => false,
    };
    gone.chain(making(server, lowered, name, wanted)).collect()
}

fn schema_of(change: &Change) -> &str {
    match change {
        Change::CreateSchema { name, .. } => name,
        Change::CreateTable(table) => &table.schema,
        Change::CreateEnum { schema, .. } | Change::AddForeignKey { schema, .. } | Change::SetLineage { schema, .. } => schema,
    }
}

/// Returns a schema of tables that refer to each other, in both of their sections.
fn around(at: usize) -> String {
    let mut out = format!("schema around{at}\n");
    for table in 0..AROUND.1 {
        write!(out, "\nmanual Table{}x{} {{\n    # table {table}\n", at, table).expect("a string");
        match table {
            0 => out.push_str("    root : int\n    ---\n"),
            _ => write!(out, "    -> Table{at}x{}\n    own{table} : smallint\n    ---\n", (table - 1) / 3).expect("a string"),
        }
        out.push_str("    value : float           # a value\n    kind = 'a' : enum('a', 'b')\n    said = '' : varchar(64)\n    at = null : datetime\n    index (at, kind)\n}\n");
    }
    out
}

/// Applies every mutation; returns what did not come out as it should, and what was told.
async fn mutate(lab: &Lab) -> (Vec<String>, String, usize) {
    let text = std::fs::read_to_string(root().join("tests/data/drift/mutations.toml")).expect("the mutations");
    let mutations: Mutations = toml::from_str(&text).expect("mutations are data");
    let mut db = lab.connect().await;
    let server = db.server();
    let lowered = lab.lowered(&mut db).await;
    let made = lab.mutable(&mut db).await;
    let file = lab.project.path().join("lab.db");
    let kept = lab.project.path().join("kept.db");
    if server == Server::Sqlite {
        std::fs::copy(&file, &kept).expect("a copy");
    }
    let expected = lab.expected(&lowered, server);
    let before: Vec<String> = lab.findings(&expected).await.expect("it can be read").into_iter().map(|finding| finding.identity).collect();
    let mut wrong = before.iter().map(|found| format!("without a mutation: {found}")).collect::<Vec<_>>();
    let (mut told, mut count) = (String::new(), 0);
    for mutation in &mutations.mutation {
        let Some(statements) = mutation.statements(server) else { continue };
        count += 1;
        for sql in statements {
            if let Err(error) = db.execute(&lab.fill(sql)).await {
                wrong.push(format!("{}: {error}", mutation.name));
            }
        }
        let found = match lab.findings(&expected).await {
            Ok(found) => found,
            Err(error) => {
                wrong.push(format!("{}: {error}", mutation.name));
                Vec::new()
            }
        };
        let right = |finding: &Finding| {
            let diagnostic = &finding.diagnostic;
            let at = diagnostic.span.map(|span| lab.source.sources.text(span));
            let place = djc::drift::baseline::place(&finding.identity);
            diagnostic.code.id == mutation.code
                && place == lab.fill(&mutation.place)
                && at.is_some_and(|at| at == mutation.at || (mutation.at.starts_with("schema ") && at.starts_with(&mutation.at)))
                && mutation.level.as_deref().is_none_or(|level| level == diagnostic.level.word())
        };
        if !matches!(found.as_slice(), [only] if right(only)) {
            let found: Vec<String> = found.iter().map(|it| describe(lab, it)).collect();
            wrong.push(format!("{}: {} at {} `{}`, and got {found:#?}", mutation.name, mutation.code, mutation.place, mutation.at));
        }
        wrong.extend(remedy(lab, &mut db, &expected, &found).await.map(|left| format!("{}: not mended: {left}", mutation.name)));
        let tell = |finding: &Finding| describe(lab, finding).replace(lab.name("lab"), "{L}").replace(lab.name("modern"), "{M}");
        writeln!(told, "{}: {}", mutation.name, found.iter().map(tell).collect::<Vec<_>>().join("\n    ")).expect("a string");
        if server == Server::Sqlite {
            db.close().await;
            std::fs::copy(&kept, &file).expect("the file as it was");
            db = lab.connect().await;
        } else {
            lab.restore(&mut db, &lowered, &made, statements).await;
        }
    }
    let after = lab.findings(&expected).await.expect("it can be read");
    wrong.extend(after.iter().map(|finding| format!("after all: {}", finding.identity)));
    lab.clean(&mut db).await;
    db.close().await;
    (wrong, told, count)
}

/// Runs the statements that a finding offers; returns what is left of it, where it offers any.
async fn remedy(lab: &Lab, db: &mut Db, expected: &Expected<'_>, found: &[Finding]) -> Option<String> {
    let offered = found.iter().filter(|finding| finding.diagnostic.code.id == "DJ0641").flat_map(|finding| &finding.diagnostic.help);
    let statements: Vec<&String> = offered.filter(|help| help.starts_with(|c: char| c.is_ascii_uppercase())).collect();
    for sql in &statements {
        if let Err(error) = db.execute(sql).await {
            return Some(error.to_string());
        }
    }
    let left = if statements.is_empty() { Vec::new() } else { lab.findings(expected).await.ok()? };
    left.first().map(|finding| finding.identity.clone())
}

fn describe(lab: &Lab, finding: &Finding) -> String {
    let diagnostic = &finding.diagnostic;
    let at = diagnostic.span.map_or("nowhere", |span| lab.source.sources.text(span).lines().next().unwrap_or_default());
    let label = diagnostic.label.as_ref().map_or(String::new(), |label| format!(": {label}"));
    let help = diagnostic.help.iter().map(|help| format!("; {help}")).collect::<String>();
    format!("{}[{}] `{at}`: {}{label}{help}", diagnostic.level.word(), diagnostic.code.id, diagnostic.message)
}

/// Runs all mutations on one server.
fn hold(name: &str, url: Option<String>, least: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let lab = Lab::new(&name[..2], url);
    assert!(lab.pipeline.tables.len() > 200, "{} tables", lab.pipeline.tables.len());
    let (wrong, told, count) = runtime.block_on(mutate(&lab));
    assert!(wrong.is_empty(), "{} of {count} mutations on {name}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= least, "{count} mutations on {name}");
    snapshot("drift", name, &told);
}

#[test]
fn each_mutation_is_one_finding_on_sqlite() {
    hold("sqlite", None, 60);
}

#[test]
fn each_mutation_is_one_finding_on_mariadb() {
    let Some(url) = server("DJC_TEST_MARIADB") else { return };
    hold("mariadb", Some(url), 60);
}

#[test]
fn each_mutation_is_one_finding_on_postgres() {
    let Some(url) = server("DJC_TEST_POSTGRES") else { return };
    hold("postgres", Some(url), 60);
}

#[test]
fn each_mutation_is_one_finding_on_mysql() {
    let Some(url) = server("DJC_TEST_MYSQL") else { return };
    hold("mysql", Some(url), 60);
}

const LAB: &str = "schema lab\n\nmanual Subject {\n    # an animal\n    subject : varchar(16)   # its name\n    ---\n    born = null : date      # day of birth\n    weight : float\n}\n\nmanual Session {\n    -> Subject\n    session : int\n}\n";

/// Returns a project with a deployed SQLite file in which things were changed by hand.
fn drifted(files: &[(&str, &str)], statements: &[&str]) -> TestProject {
    let project = TestProject::with(files);
    project.djc(&["deploy", "--database", "sqlite:lab.db"]).exits(0);
    change(&project, statements);
    project
}

/// Runs statements in the SQLite file of a project.
fn change(project: &TestProject, statements: &[&str]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let url = DatabaseUrl::parse(&format!("sqlite:{}", project.path().join("lab.db").display())).expect("a URL");
    runtime.block_on(async {
        let mut db = Db::connect(&url, &ConnectOptions::default()).await.expect("the file is there");
        for sql in statements {
            db.execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        db.close().await;
    });
}

const CHANGES: &[&str] = &[
    "ALTER TABLE \"lab.subject\" DROP COLUMN weight",
    "ALTER TABLE \"lab.subject\" ADD COLUMN sex TEXT",
    "CREATE TABLE \"lab.leftover\" (a INTEGER PRIMARY KEY)",
    "UPDATE \"~djc\" SET comment = 'birthday' WHERE \"column\" = 'born'",
];

#[test]
fn what_differs_is_told_in_every_format() {
    let project = drifted(&[("lab.dj", LAB)], CHANGES);
    for format in ["human", "json", "github", "sarif"] {
        let said = project.djc(&["check", "--database", "sqlite:lab.db", "--format", format]).exits(3);
        let version = said
            .text()
            .lines()
            .find_map(|line| line.split("SQLite ").nth(1).map(|rest| rest.split([':', '"']).next().unwrap_or("").to_string()));
        let text = version.map_or_else(|| said.text(), |version| said.text().replace(&version, "VERSION"));
        snapshot("drift", &format!("told_{format}"), &text);
    }
}

#[test]
fn nothing_is_said_of_a_database_that_is_as_declared() {
    let project = drifted(&[("lab.dj", LAB)], &[]);
    let said = project.djc(&["check", "--database", "sqlite:lab.db"]).exits(0);
    assert!(said.stdout.starts_with("1 file, 2 tables: no findings\n") && said.stdout.contains("2 tables compared"), "{}", said.text());
}

#[test]
fn known_drift_is_kept_in_a_file_and_only_what_is_new_is_told() {
    let project = drifted(&[("lab.dj", LAB)], CHANGES);
    let check = |more: &[&str]| project.djc(&[&["check", "--database", "sqlite:lab.db"], more].concat());
    let page = check(&["--accept"]).exits(0);
    assert!(page.stdout.contains("4 differences accepted, written to `djc.drift`"), "{}", page.text());
    snapshot("drift", "accepted_file", &project.read("djc.drift"));
    let again = check(&[]).exits(0);
    assert!(again.stdout.contains("4 known differences left out"), "{}", again.text());
    assert_eq!(check(&["--accept"]).exits(0).stdout.matches("(there were 4)").count(), 1);

    // What becomes another difference is new, and what is mended is said.
    change(&project, &["ALTER TABLE \"lab.subject\" DROP COLUMN sex", "ALTER TABLE \"lab.subject\" ADD COLUMN sex INTEGER"]);
    let changed = check(&[]).exits(3);
    assert!(changed.stdout.contains("DJ0611") && changed.stdout.contains("note[DJ0653]"), "{}", changed.text());
    // What is left out is not taken for mended.
    let ignored = check(&["--ignore", "lab.subject.sex"]).exits(0);
    assert!(!ignored.stdout.contains("DJ0653"), "{}", ignored.text());
    assert_eq!(project.read("djc.drift").matches("sex").count(), 2);
}

#[test]
fn a_broken_file_of_known_drift_is_refused() {
    let project = drifted(&[("lab.dj", LAB)], &[]);
    project.write("djc.drift", "<<<<<<< ours\n");
    let said = project.djc(&["check", "--database", "sqlite:lab.db"]).exits(2);
    assert!(said.stderr.contains("`djc.drift` is no file of known drift"), "{}", said.text());
    project.write("djc.drift", "# djc drift, version 7\n");
    let said = project.djc(&["check", "--database", "sqlite:lab.db", "--accept"]).exits(2);
    assert!(said.stderr.contains("version 7") && project.read("djc.drift") == "# djc drift, version 7\n", "{}", said.text());
}

#[test]
fn what_is_to_be_left_alone_is() {
    let allowed = LAB.replace("manual Subject", "@allow(DJ0610, undeclared-attribute)\nmanual Subject");
    let project = drifted(&[("lab.dj", &allowed)], CHANGES);
    let check = |more: &[&str]| project.djc(&[&["check", "--database", "sqlite:lab.db"], more].concat());
    let said = check(&["--ignore", "lab.left*"]).exits(0);
    assert!(said.stdout.contains("DJ0621") && !said.stdout.contains("DJ0610") && !said.stdout.contains("DJ0604"), "{}", said.text());
    // A comment is no drift until somebody says so.
    check(&["--ignore", "lab.left*", "--deny", "DJ0621"]).exits(3);
    check(&["--allow", "undeclared-table"]).exits(0);
    project.write("djc.toml", "[drift]\nignore = [\"lab.leftover\"]\n[check]\nallow = [\"DJ0621\"]\n");
    assert!(check(&[]).exits(0).stdout.contains("no findings"));
    project.write("djc.toml", "[drift]\nignore_schemas = [\"l?b\"]\n");
    assert!(check(&[]).exits(0).stdout.contains("0 tables compared"));
    let said = check(&["--ignore", "[a"]).exits(2);
    assert!(said.stderr.contains("`[a` is no pattern of names"), "{}", said.text());
    project.write("djc.toml", "[drift]\nignore = [\"[a\"]\n");
    assert!(check(&[]).exits(1).stdout.contains("DJ0804"));
}

#[test]
fn a_schema_that_is_ours_by_its_name_and_not_declared_is_told() {
    let toml = "[pipeline]\nsources = [\"*.dj\"]\n[drift]\nschemas = [\"lab*\"]\n";
    let project = drifted(
        &[("lab.dj", LAB), ("djc.toml", toml)],
        &["CREATE TABLE \"lab_old.a\" (a INTEGER PRIMARY KEY)", "CREATE TABLE \"other.a\" (a INTEGER PRIMARY KEY)"],
    );
    let said = project.djc(&["check", "--database", "sqlite:lab.db"]).exits(3);
    assert!(said.stdout.contains("warning[DJ0609]") && said.stdout.contains("djc.toml:4"), "{}", said.text());
    assert!(!said.stdout.contains("`other`"), "{}", said.text());
}

#[test]
fn python_sources_are_held_against_a_database_as_well() {
    let python = "import datajoint as dj\n\nschema = dj.schema('lab')\n\n\n@schema\nclass Subject(dj.Manual):\n    definition = \"\"\"\n    # an animal\n    subject : varchar(16)   # its name\n    ---\n    weight : float\n    \"\"\"\n";
    let toml = "[pipeline]\nsources = [\"lab.py\"]\n";
    let project = drifted(
        &[("lab.py", python), ("djc.toml", toml)],
        &["UPDATE \"~djc\" SET type = 'varchar(8)' WHERE \"column\" = 'subject'", "ALTER TABLE \"lab.subject\" DROP COLUMN weight"],
    );
    let said = project.djc(&["check", "--database", "sqlite:lab.db"]).exits(3);
    for place in ["DJ0616", "lab.py:10:15", "DJ0610", "lab.py:12:5"] {
        assert!(said.stdout.contains(place), "{place}\n{}", said.text());
    }
}

#[test]
fn a_pipeline_with_errors_is_not_held_against_anything() {
    let project = drifted(&[("lab.dj", LAB)], CHANGES);
    project.write("lab.dj", &LAB.replace("-> Subject", "-> Subjekt"));
    let said = project.djc(&["check", "--database", "sqlite:lab.db"]).exits(1);
    assert!(
        said.stdout.contains("DJ0201") && !said.stdout.contains("DJ0610") && said.stderr.contains("was not compared"),
        "{}",
        said.text()
    );
}

#[test]
fn a_database_that_is_not_there_is_no_drift() {
    let project = TestProject::with(&[("lab.dj", LAB)]);
    let said = project.djc(&["check", "--database", "sqlite:nowhere.db"]).exits(2);
    assert!(said.stderr.contains("nowhere.db") && !project.path().join("nowhere.db").exists(), "{}", said.text());
}

#[test]
fn what_the_account_may_not_see_is_told_and_not_taken_for_missing() {
    let Some(url) = server("DJC_TEST_MARIADB") else { return };
    let (name, user) = (format!("djd{}_seen", crate::support::run_id()), format!("djd{}", crate::support::run_id()));
    let project = TestProject::with(&[("lab.dj", &LAB.replace("schema lab", &format!("schema lab as \"{name}\"")))]);
    project.djc(&["deploy", "--database", &url]).exits(0);
    let admin = |sql: &[String]| administer(&url, sql);
    admin(&[format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'sesame'")]);
    let at = url.rsplit_once('@').expect("a URL with a host").1;
    let theirs = format!("mysql://{user}:sesame@{at}");
    let nothing = project.djc(&["check", "--database", &theirs]).exits(2);
    assert!(nothing.stdout.contains("error[DJ0652]") && !nothing.stdout.contains("DJ0602"), "{}", nothing.text());
    admin(&[format!("GRANT SELECT ON {name}.session TO '{user}'@'%'")]);
    let some = project.djc(&["check", "--database", &theirs]).exits(2);
    assert!(
        some.stdout.contains("error[DJ0652]") && some.stdout.contains("GRANT SELECT") && !some.stdout.contains("DJ0603"),
        "{}",
        some.text()
    );
    admin(&[format!("GRANT SELECT, SHOW VIEW, REFERENCES ON {name}.* TO '{user}'@'%'")]);
    let all = project.djc(&["check", "--database", &theirs]);
    admin(&[format!("DROP USER '{user}'@'%'"), format!("DROP DATABASE {name}")]);
    assert!(all.exits(0).stdout.contains("2 tables compared"));
}

/// Runs statements as the administrator of a server.
fn administer(url: &str, statements: &[String]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut db = Db::connect(&DatabaseUrl::parse(url).expect("a URL"), &ConnectOptions::default()).await.expect("the server");
        for sql in statements {
            db.execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        db.close().await;
    });
}

#[test]
fn tables_that_come_and_go_while_they_are_read_do_no_harm() {
    let Some(url) = server("DJC_TEST_MARIADB") else { return };
    let name = format!("djd{}_busy", crate::support::run_id());
    let project = TestProject::with(&[("lab.dj", &LAB.replace("schema lab", &format!("schema lab as \"{name}\"")))]);
    project.djc(&["deploy", "--database", &url]).exits(0);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let make = (0..5).map(|at| format!("CREATE OR REPLACE TABLE {name}.extra{at} (a int PRIMARY KEY)"));
                let drop = (0..5).map(|at| format!("DROP TABLE {name}.extra{at}"));
                administer(&url, &make.chain(drop).collect::<Vec<_>>());
            }
        });
        let codes: Vec<i32> = (0..8).map(|_| project.djc(&["check", "--database", &url]).code).collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(codes.iter().all(|code| [0, 3].contains(code)), "{codes:?}");
    });
    administer(&url, &[format!("DROP DATABASE {name}")]);
}

#[test]
fn a_lineage_table_with_bytes_in_it_is_a_finding() {
    let Some(url) = server("DJC_TEST_MARIADB") else { return };
    let name = format!("djd{}_bytes", crate::support::run_id());
    let modern = format!("schema lab as \"{name}\"\n\nmanual Scan {{\n    scan : int32\n}}\n");
    let project = TestProject::with(&[("lab.dj", &modern), ("djc.toml", "[pipeline]\nsources = [\"*.dj\"]\ndatajoint = \"2\"\n")]);
    project.djc(&["deploy", "--database", &url]).exits(0);
    administer(
        &url,
        &[
            format!("ALTER TABLE {name}.`~lineage` MODIFY lineage varbinary(255) NOT NULL, MODIFY attribute_name varbinary(64) NOT NULL"),
            format!("UPDATE {name}.`~lineage` SET lineage = 0xE4FF"),
            format!("INSERT INTO {name}.`~lineage` VALUES ('scan', 0xE4, 0xE4)"),
        ],
    );
    let said = project.djc(&["check", "--database", &url]);
    administer(&url, &[format!("DROP DATABASE {name}")]);
    assert!(said.stdout.contains("DJ0647") || said.stdout.contains("DJ0646"), "{}", said.text());
    assert_eq!(said.code, 3, "{}", said.text());
}

#[test]
fn a_schema_of_the_other_datajoint_is_one_finding() {
    let Some(url) = server("DJC_TEST_MARIADB") else { return };
    let name = format!("djd{}_old", crate::support::run_id());
    let lab = |int: &str, float: &str| {
        let scan = format!("manual Scan {{\n    scan : {int}\n    ---\n    depth : {float}\n}}\n");
        format!("schema lab as \"{name}\"\n\n{scan}\nmanual Field {{\n    -> Scan\n    field : {int}\n}}\n")
    };
    let project = TestProject::with(&[("lab.dj", &lab("int", "float"))]);
    project.djc(&["deploy", "--database", &url]).exits(0);
    project.write("lab.dj", &lab("int32", "float32"));
    project.write("djc.toml", "[pipeline]\nsources = [\"*.dj\"]\ndatajoint = \"2\"\n");
    let said = project.djc(&["check", "--database", &url, "--format", "github"]);
    administer(&url, &[format!("DROP DATABASE {name}")]);
    assert_eq!((said.code, said.stdout.lines().count()), (3, 1), "{}", said.text());
    assert!(said.stdout.contains("DJ0650") && said.stdout.contains("line=1,"), "{}", said.text());
}

#[test]
fn a_connection_that_is_cut_is_no_drift() {
    let Some(url) = server("DJC_TEST_MARIADB") else { return };
    let (name, user) = (format!("djd{}_cut", crate::support::run_id()), format!("djdcut{}", crate::support::run_id()));
    let project = TestProject::with(&[("lab.dj", &LAB.replace("schema lab", &format!("schema lab as \"{name}\"")))]);
    project.djc(&["deploy", "--database", &url]).exits(0);
    administer(&url, &[format!("CREATE USER '{user}'@'%'"), format!("GRANT SELECT, SHOW VIEW ON {name}.* TO '{user}'@'%'")]);
    let theirs = format!("mysql://{user}@{}", url.rsplit_once('@').expect("a URL with a host").1);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                administer(&url, &[format!("KILL CONNECTION USER {user}")]);
            }
        });
        let said: Vec<_> = (0..10).map(|_| project.djc(&["check", "--database", &theirs])).collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        for outcome in said {
            let failed = outcome.code == 2 && !outcome.stderr.is_empty() && !outcome.stdout.contains("DJ06");
            assert!(outcome.code == 0 || failed, "{}", outcome.text());
        }
    });
    administer(&url, &[format!("DROP USER '{user}'@'%'"), format!("DROP DATABASE {name}")]);
}
