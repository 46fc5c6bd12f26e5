//! `djc pull`: what is written of a database makes the same database again, on every server.
//!
//! The law, over all definitions that the other tests have: a pipeline is deployed and pulled; the files have no errors, say the same tables
//! as the pipeline, and make a database that is equal to the first one.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use djc::check;
use djc::config;
use djc::core::catalog::{Catalog, Change};
use djc::core::dialect::{Lowered, Options, Server, Target, lower};
use djc::core::diff::{What, diff};
use djc::core::ir::{Charset, Generation};
use djc::core::source::SourceMap;
use djc::diag::{Diagnostic, Level, Sink, human};
use djc::import::database::{self, Pulled};
use djc::project::{self, LoadOptions, Project};
use djc::{parser, resolve};
use djc_runtime::{ConnectOptions, DatabaseUrl, Db, InspectOptions};
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::random;
use crate::replay::{self, server_url};
use crate::support::{TestProject, collect, root, snapshot};

/// A server for round trips.
pub(crate) struct Place {
    pub db: Db,
    url: DatabaseUrl,
}

impl Place {
    pub async fn new(server: Server) -> Option<Place> {
        let url = DatabaseUrl::parse(&server_url(server)?).expect("the test URL is one");
        let db = Db::connect(&url, &ConnectOptions::default()).await.expect("the server answers");
        Some(Place { db, url })
    }

    /// Drops schemas; SQLite in memory is thrown away.
    pub async fn clean(&mut self, schemas: &BTreeSet<String>) {
        let quoting = self.db.server().dialect().facts().quoting;
        match self.db.server() {
            Server::Sqlite => self.db = Db::connect(&self.url, &ConnectOptions::default()).await.expect("memory is there"),
            Server::MySql | Server::MariaDb => {
                self.db.execute("SET SESSION foreign_key_checks = 0").await.expect("a session variable");
                for schema in schemas {
                    self.db
                        .execute(&format!("DROP DATABASE IF EXISTS {}", quoting.name(schema)))
                        .await
                        .expect("a schema of this test goes");
                }
                self.db.execute("SET SESSION foreign_key_checks = 1").await.expect("a session variable");
            }
            Server::Postgres => {
                for schema in schemas {
                    let sql = format!("DROP SCHEMA IF EXISTS {} CASCADE", quoting.name(schema));
                    self.db.execute(&sql).await.expect("a schema of this test goes");
                }
            }
        }
    }

    /// Creates what the changes say.
    pub async fn create(&mut self, changes: &[Change]) -> Result<(), String> {
        let dialect = self.db.server().dialect();
        for statement in changes.iter().flat_map(|change| dialect.render(change)) {
            self.db.execute(&statement.sql).await.map_err(|error| format!("{error}\n{}", statement.sql))?;
        }
        Ok(())
    }

    /// Deploys, pulls, deploys again and compares; returns what is not as it should be.
    pub async fn round_trip(&mut self, ours: &Lowered, generation: Option<Generation>) -> Vec<String> {
        let schemas: BTreeSet<String> = ours.catalog.schemas.keys().cloned().collect();
        self.clean(&schemas).await;
        if let Err(error) = self.create(&ours.changes).await {
            self.clean(&schemas).await;
            return vec![format!("the server refuses: {error}")];
        }
        let wrong = self.pull_and_deploy_again(&schemas, Some(&ours.catalog), generation).await;
        self.clean(&schemas).await;
        wrong
    }

    /// Pulls schemas that are there, makes them anew from the files, and compares.
    pub async fn pull_and_deploy_again(
        &mut self,
        schemas: &BTreeSet<String>,
        declared: Option<&Catalog>,
        generation: Option<Generation>,
    ) -> Vec<String> {
        let server = self.db.server();
        let read = InspectOptions::of(schemas.iter().cloned().collect());
        let before = self.db.inspect_as_reported(&read).await.expect("an inspection").catalog;
        let written = Written::of(&before, schemas, self.db.target());
        let mut wrong = written.errors.clone();
        let others = written.pulled.files.iter().filter(|file| generation.is_some_and(|generation| generation != file.generation));
        wrong.extend(others.map(|file| format!("{} is taken for datajoint {}", file.module, file.generation)));
        if let Some(declared) = declared {
            wrong.extend(differences(declared, &written.lowered.catalog, server, "the pulled file says otherwise"));
        }
        self.clean(schemas).await;
        if let Err(error) = self.create(&written.lowered.changes).await {
            wrong.push(format!("the server refuses what was pulled: {error}"));
        }
        let after = self.db.inspect_as_reported(&read).await.expect("an inspection").catalog;
        wrong.extend(differences(&before, &after, server, "made again"));
        if !wrong.is_empty() {
            wrong.extend(written.pulled.files.iter().map(|file| file.text.clone()));
            wrong.push(written.pulled.config);
        }
        wrong
    }
}

/// Files that were pulled, and what they make.
struct Written {
    pulled: Pulled,
    lowered: Lowered,
    /// Errors of pulling, of compiling, of checking.
    errors: Vec<String>,
}

impl Written {
    fn of(catalog: &Catalog, schemas: &BTreeSet<String>, target: &Target) -> Written {
        let (mut sources, mut sink) = (SourceMap::new(), Sink::new());
        let pulled = database::pull(catalog, &BTreeMap::new(), &options(schemas, target), &mut sources, &mut sink);
        let mut errors = rendered(&sources, &sink.into_sorted());
        let (mut sources, mut sink) = (SourceMap::new(), Sink::new());
        let config = config::read(sources.add("djc.toml", pulled.config.as_str()), &pulled.config, &mut sink);
        let mut one = |file: &database::PulledFile| {
            let id = sources.add(format!("{}.dj", file.module), file.text.as_str());
            parser::parse(id, &file.text, &mut sink)
        };
        let files: Vec<_> = pulled.files.iter().map(&mut one).collect();
        let pipeline = resolve::resolve(&files, &config, &mut sink);
        check::check(&pipeline, &files, &check::Settings::default(), &mut sink);
        let names: Vec<String> = pipeline.schemas.iter().map(|schema| schema.name.template().to_string()).collect();
        let options = Options {
            add_hidden_timestamp: config.datajoint.add_hidden_timestamp,
            add_job_metadata: config.datajoint.add_job_metadata,
            provenance: config.datajoint.provenance,
            ..Options::default()
        };
        let lowered = lower(&pipeline, &names, target, &options);
        djc::problems::report(&pipeline, &lowered.problems, &mut sink);
        errors.extend(rendered(&sources, &sink.into_sorted()));
        for file in &pulled.files {
            let tree = parser::parse(Default::default(), &file.text, &mut Sink::new());
            if parser::format::format(&file.text, &tree) != file.text {
                errors.push(format!("{} is not in the one form", file.module));
            }
        }
        Written { pulled, lowered, errors }
    }
}

fn options(schemas: &BTreeSet<String>, target: &Target) -> database::Options {
    database::Options {
        target: target.clone(),
        name: "pulled".to_string(),
        schemas: schemas.clone(),
        only: None,
        modules: BTreeMap::new(),
        external: false,
        generation: None,
        url: None,
        folder: String::new(),
    }
}

fn rendered(sources: &SourceMap, found: &[Diagnostic]) -> Vec<String> {
    let look = human::Look { color: false, unicode: false, width: None };
    let errors = found.iter().filter(|diagnostic| diagnostic.level == Level::Error);
    errors
        .map(|error| {
            let mut out = Vec::new();
            human::write(&mut out, sources, std::slice::from_ref(error), look).expect("a Vec takes all that is written");
            String::from_utf8(out).expect("messages are UTF-8")
        })
        .collect()
}

/// Compares two catalogs; lineage and enum types too. Charsets of schemas are those of the server or written in djc.toml.
fn differences(from: &Catalog, to: &Catalog, server: Server, what: &str) -> Vec<String> {
    let normal = |catalog: &Catalog| {
        let mut catalog = catalog.clone();
        for schema in catalog.schemas.values_mut() {
            schema.tables.retain(|name, _| !name.starts_with('~'));
            for table in schema.tables.values_mut().map(std::sync::Arc::make_mut) {
                server.dialect().normalize(table);
                // datajoint's own columns come with switches of a whole project.
                let djc::core::catalog::Table { columns, primary_key, .. } = table;
                columns.retain(|column| !column.name.starts_with('_') || primary_key.contains(&column.name));
            }
            schema.tables.sort_keys();
        }
        catalog
    };
    let (from, to) = (normal(from), normal(to));
    let mut out: Vec<String> = diff(&from, &to, None)
        .iter()
        // A schema without a table has no file.
        .filter(|difference| !matches!(difference.what, What::SchemaCharset(_) | What::SchemaRemoved { tables: 0 }))
        .map(|difference| {
            format!("{what}: {}.{}: {}", difference.schema, difference.table.as_deref().unwrap_or("-"), difference.words(server))
        })
        .collect();
    // What the comparison by meaning does not look at.
    for (one, other) in from.schemas.values().filter_map(|one| Some((one, to.schemas.get(&one.name)?))) {
        if out.is_empty() && one.enums != other.enums {
            out.push(format!("{what}: {}: enum types {:?} and {:?}", one.name, one.enums, other.enums));
        }
        let odd = one.tables.values().zip(other.tables.values()).find(|(a, b)| a != b);
        if let Some((a, b)) = odd.filter(|_| out.is_empty()) {
            out.push(format!("{what}: {}.{}: {a:#?}\n{b:#?}", one.name, a.name));
        }
    }
    out
}

/// Pulls schemas that datajoint itself declared, makes them again, and drops them.
pub(crate) fn survives(url: &str, schemas: &BTreeSet<String>, generation: Generation) {
    block_on(async {
        let url = DatabaseUrl::parse(url).expect("the test URL is one");
        let db = Db::connect(&url, &ConnectOptions::default()).await.expect("the server answers");
        let mut place = Place { db, url };
        let wrong = place.pull_and_deploy_again(schemas, None, Some(generation)).await;
        place.clean(schemas).await;
        assert!(wrong.is_empty(), "declared by datajoint {generation}:\n{}", wrong.join("\n"));
    });
}

/// Holds a project of many tables to the law, where that is quick.
pub(crate) fn project_survives(folder: &Path, vars: &BTreeMap<String, String>, generation: Generation) {
    block_on(async {
        for server in [Server::Sqlite, Server::Postgres] {
            let Some(mut place) = Place::new(server).await else { continue };
            let ours = lowered(folder, vars, &format!("djcw{}_", crate::support::run_id()), &place);
            let tables = ours.catalog.tables().count();
            let started = Instant::now();
            let wrong = place.round_trip(&ours, Some(generation)).await;
            assert!(wrong.is_empty(), "{} on {}:\n{}", folder.display(), server.as_str(), wrong.join("\n"));
            println!("    {tables} tables deployed, pulled and deployed on {} in {} ms", server.as_str(), started.elapsed().as_millis());
        }
    });
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts").block_on(future)
}

/// Reads a project and lowers it for the server, in schemas of this test alone.
fn lowered(folder: &Path, vars: &BTreeMap<String, String>, prefix: &str, place: &Place) -> Lowered {
    let mut options = LoadOptions::new(folder);
    options.environment = BTreeMap::new();
    options.charset = Some(Charset::Server);
    options.vars.extend(vars.clone());
    let project = Project::load(&options).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let compiled = project::compile(&project);
    let names: Vec<String> = compiled.names.iter().map(|name| format!("{prefix}{name}")).collect();
    let switches = &project.config.datajoint;
    let options = Options {
        add_hidden_timestamp: switches.add_hidden_timestamp,
        add_job_metadata: switches.add_job_metadata,
        provenance: switches.provenance,
        ..Options::default()
    };
    lower(&compiled.pipeline, &names, place.db.target(), &options)
}

fn shipped_pipelines_survive_on(server: Server, names: &[&str]) {
    block_on(async {
        let Some(mut place) = Place::new(server).await else { return };
        for name in names {
            let prefix = format!("djcp{}_", crate::support::run_id());
            let ours = lowered(&root().join("pipelines").join(name), &BTreeMap::new(), &prefix, &place);
            let wrong = place.round_trip(&ours, None).await;
            assert!(wrong.is_empty(), "{name} on {}:\n{}", server.as_str(), wrong.join("\n"));
            println!("{name} on {}: {} tables there and back", server.as_str(), ours.catalog.tables().count());
        }
    });
}

#[test]
fn shipped_pipelines_survive_on_sqlite() {
    shipped_pipelines_survive_on(Server::Sqlite, &["workshop", "modern", "image", "spyglass"]);
}

#[test]
fn shipped_pipelines_survive_on_mariadb() {
    shipped_pipelines_survive_on(Server::MariaDb, &["workshop", "modern", "image", "spyglass"]);
}

#[test]
fn shipped_pipelines_survive_on_mysql() {
    shipped_pipelines_survive_on(Server::MySql, &["workshop", "modern", "image", "spyglass"]);
}

#[test]
fn shipped_pipelines_survive_on_postgres() {
    shipped_pipelines_survive_on(Server::Postgres, &["workshop", "modern", "image", "spyglass"]);
}

/// How many cases share a database, as schemas do.
const BATCH: usize = 60;

fn definition_cases_survive_on(server: Server, generations: &[Generation]) {
    block_on(async {
        let Some(mut place) = Place::new(server).await else { return };
        let charset = place.db.target().charset.clone();
        let mut wrong = Vec::new();
        for generation in generations {
            let prefix = format!("djcq{}_{}_", crate::support::run_id(), generation.as_str().len());
            let cases = replay::accepted(*generation, server, &prefix, &charset);
            for batch in cases.chunks(BATCH) {
                let mut all = Lowered::default();
                for (_, ours) in batch {
                    all.changes.extend(ours.changes.iter().cloned());
                    all.catalog.schemas.extend(ours.catalog.schemas.clone());
                }
                wrong.extend(place.round_trip(&all, Some(*generation)).await);
            }
            println!("{} cases of {generation} on {}", cases.len(), server.as_str());
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

const BOTH: &[Generation] = &[Generation::Classic, Generation::Modern];

#[test]
fn definition_cases_survive_on_sqlite() {
    definition_cases_survive_on(Server::Sqlite, BOTH);
}

#[test]
fn definition_cases_survive_on_mariadb() {
    definition_cases_survive_on(Server::MariaDb, BOTH);
}

#[test]
fn definition_cases_survive_on_mysql() {
    definition_cases_survive_on(Server::MySql, BOTH);
}

#[test]
fn definition_cases_survive_on_postgres() {
    definition_cases_survive_on(Server::Postgres, BOTH);
}

/// A database that somebody else made, and a name for all that is in it.
struct Made {
    place: Place,
    prefix: String,
    project: TestProject,
}

impl Made {
    /// Runs a script of `tests/data/pull`; `$S` in it is the prefix.
    async fn new(server: Server, script: &str) -> Option<Made> {
        let project = TestProject::new();
        let url = match server {
            Server::Sqlite => DatabaseUrl::SqliteFile(project.path().join("lab.db")),
            Server::MySql | Server::MariaDb | Server::Postgres => DatabaseUrl::parse(&server_url(server)?).expect("the test URL is one"),
        };
        let options = ConnectOptions { create: true, ..ConnectOptions::default() };
        let mut db = Db::connect(&url, &options).await.expect("the server answers");
        let prefix = format!("djc{}{}{}_", script.len(), crate::support::run_id(), &server.as_str()[..2].to_lowercase());
        let path = root().join("tests/data/pull").join(script);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for statement in text.replace("$S", &prefix).split("\n;\n") {
            db.execute(statement.trim()).await.unwrap_or_else(|error| panic!("{error}\n{statement}"));
        }
        Some(Made { place: Place { db, url }, prefix, project })
    }

    /// Runs `djc pull` and returns what it said and wrote, without versions, addresses and the prefix.
    fn pull(&self, url: &str, arguments: &[&str]) -> String {
        let mut out = self.project.djc(&[&["pull", "--database", url, "-o", "out"], arguments].concat()).text();
        let mut paths = Vec::new();
        collect(&self.project.path().join("out"), &mut paths);
        for path in paths {
            let name = path.strip_prefix(self.project.path()).expect("collected below").display().to_string();
            out.push_str(&format!("--- {name}\n{}", self.project.read(&name)));
        }
        let plain = |line: &&str| !line.starts_with("url = ") && !line.contains("sqlite:lab.db: ") && !line.starts_with("mysql://");
        let escaped = self.prefix.replace('_', "\\_");
        let lines = out.lines().filter(plain).map(|line| line.replace(&escaped, "$S").replace(&self.prefix, "$S"));
        lines.collect::<Vec<_>>().join("\n") + "\n"
    }

    async fn clean(mut self) {
        if self.place.db.server() != Server::Sqlite {
            let schemas =
                self.place.db.schema_names().await.expect("the schemas").into_iter().filter(|name| name.starts_with(&self.prefix));
            self.place.clean(&schemas.collect()).await;
        }
    }
}

#[test]
fn nothing_of_an_odd_database_is_dropped_silently() {
    block_on(async {
        for (server, script) in [(Server::Sqlite, "odd.sqlite.sql"), (Server::MariaDb, "odd.mysql.sql"), (Server::MySql, "odd.mysql.sql")] {
            let Some(made) = Made::new(server, script).await else { continue };
            let pattern = format!("{}*", made.prefix);
            let text = match server_url(server).filter(|_| server != Server::Sqlite) {
                Some(url) => made.pull(&url, &["--schema", &pattern]),
                None => made.pull("sqlite:lab.db", &[]),
            };
            made.clean().await;
            snapshot("pull", &format!("odd_{}", server.as_str().to_lowercase()), &text);
        }
    });
}

#[test]
fn what_the_account_may_not_see_is_said_with_the_grant_that_shows_it() {
    block_on(async {
        for server in [Server::MariaDb, Server::MySql] {
            let Some(mut made) = Made::new(server, "least.mysql.sql").await else { continue };
            let user = format!("{}ana", made.prefix);
            let DatabaseUrl::Server(location) = made.place.url.clone() else { panic!("a server") };
            let url = format!("mysql://{user}:Least_1x@{}:{}", location.host, location.port());
            let lab = format!("{}lab", made.prefix);
            let mut text = made.pull(&url, &[]);
            text.push_str(&made.pull(&url, &["--schema", &lab, "--force", "--extern"]));
            let common = format!("{}common", made.prefix);
            text.push_str(&made.project.djc(&["pull", "--database", &url, "-o", "new", "--schema", &common]).text());
            made.place.db.execute(&format!("DROP USER '{user}'@'%'")).await.expect("the account goes");
            let text = text.replace(&made.prefix.replace('_', "\\_"), "$S").replace(&made.prefix, "$S");
            made.clean().await;
            let text: Vec<&str> = text.lines().filter(|line| !line.starts_with("mysql://")).collect();
            snapshot("pull", &format!("least_{}", server.as_str().to_lowercase()), &(text.join("\n") + "\n"));
        }
    });
}

/// Lowers a random pipeline; `None` for one that has an error.
pub(crate) fn lowered_random(numbers: &[u16], generation: Generation, prefix: &str, target: &Target) -> Option<Lowered> {
    let (mut sources, mut sink) = (SourceMap::new(), Sink::new());
    let config = config::Config { generation, charset: Charset::Server, ..config::Config::default() };
    let mut one = |(module, text): (String, String)| {
        let file = sources.add(format!("{module}.dj"), text.as_str());
        parser::parse(file, &text, &mut sink)
    };
    let files: Vec<_> = random::pipeline(numbers, generation).into_iter().map(&mut one).collect();
    let pipeline = resolve::resolve(&files, &config, &mut sink);
    let names: Vec<String> = pipeline.schemas.iter().map(|schema| format!("{prefix}{}", schema.module)).collect();
    let lowered = lower(&pipeline, &names, target, &Options::default());
    (!sink.has_errors() && lowered.problems.is_empty()).then_some(lowered)
}

fn random_pipelines_survive_on(server: Server, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let Some(place) = runtime.block_on(Place::new(server)) else { return };
    let place = RefCell::new(place);
    let prefix = format!("djcr{}_", crate::support::run_id());
    let (held, tables, refused) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let config = proptest::test_runner::Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Default::default() };
    let strategy = (proptest::collection::vec(proptest::num::u16::ANY, 0..120), proptest::bool::ANY);
    let outcome = TestRunner::new(config).run(&strategy, |(numbers, modern)| {
        let generation = if modern { Generation::Modern } else { Generation::Classic };
        let target = place.borrow().db.target().clone();
        let Some(ours) = lowered_random(&numbers, generation, &prefix, &target) else {
            refused.set(refused.get() + 1);
            return Ok(());
        };
        let wrong = runtime.block_on(place.borrow_mut().round_trip(&ours, Some(generation)));
        held.set(held.get() + 1);
        tables.set(tables.get() + ours.catalog.tables().count());
        if wrong.is_empty() {
            return Ok(());
        }
        let texts: Vec<String> = random::pipeline(&numbers, generation).into_iter().map(|(_, text)| text).collect();
        Err(TestCaseError::fail(format!("{}\n== of\n{}", wrong.join("\n"), texts.join("\n"))))
    });
    println!("{} random pipelines of {} tables on {}", held.get(), tables.get(), server.as_str());
    outcome.unwrap_or_else(|error| panic!("{}: {error}", server.as_str()));
    assert!(held.get() > 4 * refused.get(), "the generator makes {} pipelines with errors", refused.get());
}

#[test]
fn random_pipelines_survive_on_sqlite() {
    random_pipelines_survive_on(Server::Sqlite, 200);
}

#[test]
fn random_pipelines_survive_on_mariadb() {
    random_pipelines_survive_on(Server::MariaDb, 24);
}

#[test]
fn random_pipelines_survive_on_mysql() {
    random_pipelines_survive_on(Server::MySql, 24);
}

#[test]
fn random_pipelines_survive_on_postgres() {
    random_pipelines_survive_on(Server::Postgres, 48);
}
