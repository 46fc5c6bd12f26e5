//! `djc check --database`: what is there, held against the pipeline.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use djc_core::dialect::Server;
use djc_runtime::inspect::{InspectOptions, Inspection};
use djc_runtime::{ConnectOptions, DatabaseUrl, Db};
use serde_json::{Value, json};

use super::compile::Compiled;
use super::database::{DatabaseName, database, runtime, warn_if_exposed};
use super::{Error, Exit, Ui};
use crate::config::Config;
use crate::diag::codes::{DRIFT_SETTLED, NOT_SEEN, UNDECLARED_SCHEMA};
use crate::diag::{Diagnostic, Level, counted};
use crate::drift::baseline::{self, Baseline};
use crate::drift::{self, Expected, Finding, Ignored, Patterns};
use crate::output::Files;

/// What is asked about a database.
pub(super) struct Request<'a> {
    /// Which one.
    pub database: &'a DatabaseName,
    /// Patterns of what to leave alone.
    pub ignore: &'a [String],
    /// Whether what differs is known from now on.
    pub accept: bool,
    /// The file of known drift, where it is not the one of djc.toml.
    pub baseline: Option<&'a Path>,
}

/// What comparing found.
pub(super) struct Drift {
    /// What is to be told, accepted differences left out.
    pub diagnostics: Vec<Diagnostic>,
    /// Where it is.
    database: String,
    /// What the server calls itself.
    server: String,
    /// Tables that were compared.
    tables: usize,
    /// Differences left out because they are known.
    known: usize,
    /// What was accepted just now.
    accepted: Option<Accepted>,
    /// Whether all of it could be seen.
    whole: bool,
}

/// What `--accept` wrote.
struct Accepted {
    file: PathBuf,
    by_code: BTreeMap<&'static str, (&'static str, usize)>,
    by_schema: BTreeMap<String, usize>,
    before: usize,
}

impl Drift {
    /// Returns how a command ends that found only this.
    pub fn exit(&self) -> Exit {
        if !self.whole {
            return Exit::Failed;
        }
        let counts = |diagnostic: &Diagnostic| diagnostic.level >= Level::Warning;
        if self.diagnostics.iter().any(counts) { Exit::Differs } else { Exit::Fine }
    }

    /// Returns what machine output says beside the findings.
    pub fn json(&self) -> Value {
        json!({
            "database": self.database,
            "server": self.server,
            "tables": self.tables,
            "differences": self.diagnostics.iter().filter(|it| it.code.id != DRIFT_SETTLED.id).count(),
            "known": self.known,
            "accepted": self.accepted.as_ref().map(Accepted::count),
            "complete": self.whole,
        })
    }

    /// Returns the lines for people below the findings.
    pub fn summary(&self) -> String {
        let mut out = String::new();
        if let Some(accepted) = &self.accepted {
            out.push_str(&accepted.page());
        }
        let known = match self.known {
            0 => String::new(),
            known => format!(", {} left out", counted(known, "known difference")),
        };
        out.push_str(&format!("{}: {}: {} compared{known}\n", self.database, self.server, counted(self.tables, "table")));
        out
    }
}

impl Accepted {
    fn count(&self) -> usize {
        self.by_schema.values().sum()
    }

    /// Returns one page, however much was accepted.
    fn page(&self) -> String {
        const SCHEMAS_MAX: usize = 20;
        let mut out = format!("{} accepted, written to `{}`", counted(self.count(), "difference"), self.file.display());
        if self.before > 0 {
            out.push_str(&format!(" (there were {})", self.before));
        }
        out.push('\n');
        for (id, (title, count)) in &self.by_code {
            out.push_str(&format!("{count:>7}  {id} {title}\n"));
        }
        let mut schemas: Vec<(&String, &usize)> = self.by_schema.iter().collect();
        schemas.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), name.as_str()));
        for (name, count) in schemas.iter().take(SCHEMAS_MAX) {
            out.push_str(&format!("{count:>7}  in schema {name}\n"));
        }
        if schemas.len() > SCHEMAS_MAX {
            out.push_str(&format!("         and in {}\n", counted(schemas.len() - SCHEMAS_MAX, "more schema")));
        }
        out
    }
}

/// Compares. The session only reads.
///
/// # Errors
/// When the database cannot be read, or the file of known drift cannot be read or written.
pub(super) fn drift(ui: &Ui, compiled: &mut Compiled, request: &Request) -> Result<Drift, Error> {
    let ignored = ignored(&compiled.project.config, request.ignore)?;
    let file = baseline_file(compiled, request);
    // What is wrong with it is known before anybody connects.
    let known = read_baseline(&file, request.accept)?;
    let url = database(ui, Some(request.database), &compiled.project.config, &compiled.project.root)?;
    let runtime = runtime()?;
    let patience = ui.patience("reading the database");
    let db = runtime.block_on(connect(ui, compiled, &url))?;
    let server = db.server();
    let catalog = compiled.lower(&db.target().clone()).catalog;
    if compiled.has_errors() {
        return Ok(Drift::nothing());
    }
    let leave = |schema: &str| ignored.schemas.matches(schema);
    let mut expected = Expected::new(&compiled.pipeline, &compiled.names, compiled.wanted(), catalog, server, leave);
    let live = runtime.block_on(read(db, compiled, &expected, &ignored))?;
    drop(patience);
    expected.ask_charsets(&compiled.project.config, &live.inspection.catalog);
    let types = compiled.project.config.type_context();
    let settings = drift::Settings { levels: compiled.levels.clone(), ignored, types };
    told(compiled, request, &expected, &live, &settings, known, file)
}

impl Drift {
    /// What is said where the pipeline cannot be made on the server at all.
    fn nothing() -> Self {
        Drift { diagnostics: Vec::new(), database: String::new(), server: String::new(), tables: 0, known: 0, accepted: None, whole: true }
    }

    /// Returns whether anything was compared.
    pub fn is_compared(&self) -> bool {
        !self.server.is_empty()
    }
}

/// What there is.
struct Live {
    inspection: Inspection,
    server: Server,
    name: String,
    version: String,
    /// Schemas of ours by their names that nothing declares.
    undeclared: Vec<String>,
}

async fn connect(ui: &Ui, compiled: &mut Compiled, url: &DatabaseUrl) -> Result<Db, Error> {
    let options = ConnectOptions { read_only: true, ..ConnectOptions::default() };
    let mut db = Db::connect(url, &options).await.map_err(Box::new)?;
    warn_if_exposed(ui, &db)?;
    compiled.live_charsets = db.charsets_of(&compiled.names).await.map_err(Box::new)?;
    Ok(db)
}

async fn read(mut db: Db, compiled: &Compiled, expected: &Expected<'_>, ignored: &Ignored) -> Result<Live, Error> {
    let server = db.server();
    let inspection = db.inspect_as_reported(&InspectOptions::of(expected.schemas())).await.map_err(Box::new)?;
    let inspection = drift::normalised(inspection, server);
    let ours = patterns(compiled.project.config.drift.schemas.iter().map(|pattern| pattern.value.as_str()))?;
    let mut undeclared = Vec::new();
    if !ours.is_empty() {
        undeclared = db.schema_names().await.map_err(Box::new)?;
        undeclared.retain(|name| ours.matches(name) && !ignored.schemas.matches(name) && !compiled.names.contains(name));
    }
    let (name, version) = (db.url().to_string(), db.version_text().to_string());
    db.close().await;
    Ok(Live { inspection, server, name, version, undeclared })
}

fn told(
    compiled: &Compiled,
    request: &Request,
    expected: &Expected,
    live: &Live,
    settings: &drift::Settings,
    known: Baseline,
    file: PathBuf,
) -> Result<Drift, Error> {
    let mut findings = drift::findings(expected, &live.inspection, live.server, settings);
    findings.extend(live.undeclared.iter().map(|schema| undeclared_schema(schema, compiled)));
    let is_hidden = |finding: &Finding| finding.diagnostic.code.id == NOT_SEEN.id;
    let whole = !findings.iter().any(|finding| is_hidden(finding) && finding.diagnostic.level >= Level::Warning);
    let hidden: BTreeSet<&str> = findings.iter().filter(|finding| is_hidden(finding)).map(|finding| finding.schema.as_str()).collect();
    // Nothing is settled where not all was seen or looked at.
    let looked_at = |entry: &str| {
        let schema = baseline::schema(entry);
        expected.compared.contains(schema) && !settings.ignored.covers(entry) && !hidden.contains(schema)
    };
    let acceptable = |finding: &&Finding| !is_hidden(finding) && finding.diagnostic.level != Level::Allow;
    let mut accepted = None;
    let mut baseline = known;
    if request.accept {
        let before = baseline.len();
        let now: Vec<&Finding> = findings.iter().filter(acceptable).collect();
        baseline = baseline.accepting(now.iter().copied(), |entry| !looked_at(entry));
        let mut page = Accepted { file: file.clone(), by_code: BTreeMap::new(), by_schema: BTreeMap::new(), before };
        for finding in now {
            let code = finding.diagnostic.code;
            page.by_code.entry(code.id).or_insert((code.title, 0)).1 += 1;
            *page.by_schema.entry(finding.schema.clone()).or_default() += 1;
        }
        let mut files = Files::new();
        files.add(&file, baseline.text());
        files.write(".".as_ref())?;
        accepted = Some(page);
    }
    let there: HashSet<&str> = findings.iter().map(|finding| finding.identity.as_str()).collect();
    let settled: Vec<Diagnostic> =
        baseline.entries().filter(|entry| !there.contains(entry) && looked_at(entry)).map(|entry| settled(entry, &file)).collect();
    let tables = expected.compared.iter().filter_map(|schema| expected.catalog.schemas.get(schema));
    let tables = tables.flat_map(|schema| schema.tables.keys()).filter(|table| !table.starts_with('~')).count();
    let count = findings.len();
    findings.retain(|finding| !baseline.knows(&finding.identity));
    let known = count - findings.len();
    let told = findings.into_iter().map(|finding| finding.diagnostic).filter(|diagnostic| diagnostic.level != Level::Allow);
    let mut diagnostics: Vec<Diagnostic> = told.chain(settled).collect();
    compiled.levels.apply(&mut diagnostics);
    Ok(Drift { diagnostics, database: live.name.clone(), server: live.version.clone(), tables, known, accepted, whole })
}

/// Says that an accepted difference is no more.
fn settled(entry: &str, file: &Path) -> Diagnostic {
    DRIFT_SETTLED.anywhere(format!("known drift is no more: {entry}")).help(format!("`--accept` takes it out of `{}`", file.display()))
}

fn undeclared_schema(schema: &str, compiled: &Compiled) -> Finding {
    let message = format!("schema `{schema}` is in the database, and no source declares it");
    let pattern = compiled.project.config.drift.schemas.first().map(|pattern| pattern.span);
    let diagnostic = match pattern {
        Some(span) => UNDECLARED_SCHEMA.at(span, message),
        None => UNDECLARED_SCHEMA.anywhere(message),
    };
    let diagnostic = diagnostic.help(format!("declare it; or leave it alone: `ignore_schemas = [\"{schema}\"]` below [drift] in djc.toml"));
    let identity = format!("{} {schema}: schema is not declared", UNDECLARED_SCHEMA.id);
    Finding { diagnostic, identity, schema: schema.to_string() }
}

/// Returns what nobody wants to hear of: djc.toml and the command line together.
pub(super) fn ignored(config: &Config, line: &[String]) -> Result<Ignored, Error> {
    let schemas = patterns(config.drift.ignore_schemas.iter().map(|pattern| pattern.value.as_str()))?;
    let places = config.drift.ignore.iter().map(|pattern| pattern.value.as_str()).chain(line.iter().map(String::as_str));
    Ok(Ignored { schemas, places: patterns(places)? })
}

fn patterns<'p>(texts: impl IntoIterator<Item = &'p str>) -> Result<Patterns, Error> {
    Patterns::new(texts).map_err(|(text, error)| Error::Usage(format!("`{text}` is no pattern of names: {}", error.msg)))
}

/// Returns the file of known drift, relative to the working folder.
fn baseline_file(compiled: &Compiled, request: &Request) -> PathBuf {
    request.baseline.map_or_else(|| usual_baseline_file(compiled), Path::to_path_buf)
}

/// Returns the drift that the project knows.
pub(super) fn known(compiled: &Compiled) -> Result<Baseline, Error> {
    read_baseline(&usual_baseline_file(compiled), false)
}

fn usual_baseline_file(compiled: &Compiled) -> PathBuf {
    let file = compiled.project.config.drift.baseline.as_deref().unwrap_or(baseline::FILE);
    match std::env::current_dir() {
        Ok(here) => PathBuf::from(crate::project::name_of(&compiled.project.root.join(file), &here)),
        Err(_) => compiled.project.root.join(file),
    }
}

/// Reads the file of known drift; one that is not there knows nothing, unless it was asked for by name.
fn read_baseline(file: &Path, accept: bool) -> Result<Baseline, Error> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Baseline::default()),
        Err(source) => return Err(Error::Read { path: file.to_path_buf(), source }),
    };
    Baseline::read(&text).map_err(|error| {
        let remedy = if accept { "move it away, or name another file with --baseline" } else { "write it anew with --accept" };
        Error::Usage(format!("`{}` is no file of known drift: {error}; {remedy}", file.display()))
    })
}
