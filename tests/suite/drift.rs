//! Drift: seeded mutations of a live database of a few hundred tables, each of which is exactly one finding of the right code at the right
//! place, and none where nothing was changed; and what `djc check --database` prints, accepts and leaves alone.
//!
//! The mutations are data (`tests/data/drift/mutations.toml`): a name, the SQL of each server, the code, the place.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use djc::check::Levels;
use djc::core::catalog::Change;
use djc::core::dialect::{Lowered, Options, Server, lower};
use djc::core::ir::{Pipeline, SchemaId};
use djc::drift::{Expected, Finding, Ignored, findings, normalised};
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
        let prefix = format!("djd{}{tag}", std::process::id());
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
        let found = findings(&expected, &live, db.server(), &Levels::default(), &Ignored::default());
        db.close().await;
        Ok(found)
    }

    /// Makes the schemas anew that some statements were about.
    async fn restore(&self, db: &mut Db, lowered: &Lowered, statements: &[String]) {
        let mentioned = |mark: &str| statements.iter().any(|sql| sql.contains(mark));
        let mutated = [("{L}", "lab"), ("{M}", "modern")].into_iter().filter(|(mark, _)| mentioned(mark));
        let mutated: Vec<String> = mutated.map(|(_, module)| self.name(module).to_string()).collect();
        let unknown = self.fill("{X}");
        let drop: Vec<String> = match db.server() {
            // Without checks, because a mutation may have left keys between the three.
            Server::MySql | Server::MariaDb => std::iter::once("SET FOREIGN_KEY_CHECKS = 0".to_string())
                .chain(mutated.iter().chain([&unknown]).map(|name| format!("DROP DATABASE IF EXISTS {name}")))
                .chain(["SET FOREIGN_KEY_CHECKS = 1".to_string()])
                .collect(),
            Server::Postgres => mutated.iter().chain([&unknown]).map(|name| format!("DROP SCHEMA IF EXISTS {name} CASCADE")).collect(),
            Server::Sqlite => Vec::new(),
        };
        for sql in drop {
            db.execute(&sql).await.expect("dropped");
        }
        for change in lowered.changes.iter().filter(|change| mutated.iter().any(|name| schema_of(change) == name)) {
            for statement in db.server().dialect().render(change) {
                db.execute(&statement.sql).await.expect("made again");
            }
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
        let tell = |finding: &Finding| describe(lab, finding).replace(lab.name("lab"), "{L}").replace(lab.name("modern"), "{M}");
        writeln!(told, "{}: {}", mutation.name, found.iter().map(tell).collect::<Vec<_>>().join("\n    ")).expect("a string");
        if server == Server::Sqlite {
            db.close().await;
            std::fs::copy(&kept, &file).expect("the file as it was");
            db = lab.connect().await;
        } else {
            lab.restore(&mut db, &lowered, statements).await;
        }
    }
    let after = lab.findings(&expected).await.expect("it can be read");
    wrong.extend(after.iter().map(|finding| format!("after all: {}", finding.identity)));
    lab.clean(&mut db).await;
    db.close().await;
    (wrong, told, count)
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
