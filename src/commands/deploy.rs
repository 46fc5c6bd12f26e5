//! `djc deploy`: creates what is missing, alters nothing.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use djc_core::dialect::{Lowered, Server, Target};
use djc_core::ir::{Charset, TableId};
use djc_runtime::deploy::{self, Blocker, DeployError, DeployOptions, Desired, Progress, Report, Silent, TableDifference};
use djc_runtime::{ConnectOptions, DatabaseUrl, Db, Family};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::compile::{Compiled, Request, compile};
use super::database::{DatabaseName, database, runtime, warn_if_exposed};
use super::question::{agreed, can_ask};
use super::ui::Channel;
use super::{Error, Exit, Format, Ui};
use crate::diag::codes::TABLE_DIFFERS;
use crate::diag::machine::Output;
use crate::diag::{Diagnostic, Level, counted};

/// Create the missing tables of a pipeline in a database
///
/// Schemas, tables and the contents of lookup tables are made in dependency order. What exists is compared and never altered, so that running it
/// again is safe: after a failure it goes on where it stopped. Exits with 3 when a table that exists differs.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files and folders; without any, the sources of djc.toml
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Where: a URL (mysql://, postgres://, sqlite:FILE) or the name of a [database] in djc.toml
    ///
    /// User and password may stand in the URL, in DJC_DATABASE_USER and DJC_DATABASE_PASSWORD (or DJ_USER and DJ_PASS), or in the files of datajoint:
    /// dj_local_conf.json, datajoint.json with .secrets. `djc config` shows which of them counts.
    #[arg(long, value_name = "URL|NAME")]
    database: DatabaseName,

    /// Charset of new schemas: a name, or `server` for the server's own; wins over djc.toml
    #[arg(long, value_name = "NAME")]
    charset: Option<String>,

    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask before changing a server
    #[arg(short, long)]
    yes: bool,

    /// A table, module or schema of datajoint 0.14 under which tables of datajoint 2 may stand
    #[arg(long = "allow-shared", value_name = "NAME")]
    shared: Vec<String>,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let charset = args.charset.as_deref().map(charset).transpose()?;
    let request = Request { paths: &args.paths, charset, shared: &args.shared, ..Request::default() };
    let mut compiled = compile(ui, &request)?;
    compiled.diagnostics.retain(|diagnostic| diagnostic.level == Level::Error);
    let url = database(ui, Some(&args.database), &compiled.project.config, &compiled.project.root)?;
    // What the kind of server cannot hold is known before anybody connects.
    if let (false, Some(server)) = (compiled.has_errors(), server_of(&url)) {
        compiled.lower(&Target::new(server));
    }
    if compiled.has_errors() {
        ui.report(Channel::Err, compiled.sources(), &compiled.diagnostics)?;
        return Ok(compiled.exit());
    }
    let runtime = runtime()?;
    runtime.block_on(deploy_to(ui, args, compiled, url))
}

async fn deploy_to(ui: &Ui, args: &Args, mut compiled: Compiled, url: DatabaseUrl) -> Result<Exit, Error> {
    let mut db = connect(&url, args.dry_run).await?;
    warn_if_exposed(ui, &db)?;
    compiled.live_charsets = db.charsets_of(&compiled.names).await.map_err(|error| Box::new(DeployError::Inspect(error)))?;
    let lowered = compiled.lower(&db.target().clone());
    if compiled.has_errors() {
        ui.report(Channel::Err, compiled.sources(), &compiled.diagnostics)?;
        return Ok(compiled.exit());
    }
    let desired = desired(&compiled, lowered);
    let options = DeployOptions { allow_shared: compiled.shared_schemas(), dry_run: args.dry_run, ..DeployOptions::default() };
    ui.say(format!("{url}: {}", db.version_text()))?;
    if !args.dry_run && !args.yes && asks(&db) {
        let planned = DeployOptions { dry_run: true, ..options.clone() };
        let plan = deploy::deploy(&mut db, &desired, &planned, &mut Silent).await.map_err(Box::new)?;
        if !plan.is_unchanged() && !is_agreed(ui, &plan)? {
            ui.say("nothing was changed")?;
            return Ok(Exit::Findings);
        }
    }
    let mut steps = Steps::new(ui, args.dry_run);
    let outcome = deploy::deploy(&mut db, &desired, &options, &mut steps).await;
    steps.bar.finish_and_clear();
    let report = outcome.map_err(Box::new)?;
    db.close().await;
    tell(ui, args, &compiled, &report)?;
    Ok(if report.differs() { Exit::Differs } else { Exit::Fine })
}

fn desired(compiled: &Compiled, lowered: Lowered) -> Desired {
    Desired::new(&compiled.pipeline, &compiled.names, lowered)
}

fn charset(text: &str) -> Result<Charset, Error> {
    Charset::parse(text)
        .ok_or_else(|| Error::Usage(format!("`{text}` is no charset: write utf8mb4, latin1, a collation such as utf8mb4_bin, or server")))
}

/// Returns the server, where the URL tells all that its limits depend on: MySQL and MariaDB look alike from outside, and how wide a
/// key may be depends on the charset that a schema there has.
fn server_of(url: &DatabaseUrl) -> Option<Server> {
    match url {
        DatabaseUrl::Server(location) => match location.family {
            Family::MySql => None,
            Family::Postgres => Some(Server::Postgres),
        },
        DatabaseUrl::SqliteFile(_) | DatabaseUrl::SqliteMemory => Some(Server::Sqlite),
    }
}

async fn connect(url: &DatabaseUrl, dry_run: bool) -> Result<Db, Error> {
    // A file that is not there yet is an empty database; looking must not make it.
    let url = match url {
        DatabaseUrl::SqliteFile(path) if dry_run && !path.exists() => &DatabaseUrl::SqliteMemory,
        other => other,
    };
    let options = ConnectOptions { create: !dry_run, ..ConnectOptions::default() };
    Ok(Db::connect(url, &options).await.map_err(Box::new)?)
}

/// Only a person at a terminal is asked, and only before a server is changed: a file of SQLite can be thrown away.
fn asks(db: &Db) -> bool {
    db.server() != Server::Sqlite && can_ask()
}

fn is_agreed(ui: &Ui, plan: &Report) -> Result<bool, Error> {
    let mut err = std::io::stderr();
    for schema in &plan.created_schemas {
        writeln!(err, "  create schema {schema}")?;
    }
    for (schema, table) in &plan.created_tables {
        writeln!(err, "  create table {schema}.{table}")?;
    }
    for (schema, table, rows) in &plan.inserted {
        writeln!(err, "  insert {} into {schema}.{table}", counted(*rows as usize, "row"))?;
    }
    agreed(ui)
}

/// Prints what differs and what was done.
fn tell(ui: &Ui, args: &Args, compiled: &Compiled, report: &Report) -> Result<(), Error> {
    let differing: Vec<Diagnostic> = report.differing.iter().map(|found| difference(compiled, found)).collect();
    match ui.format() {
        Format::Json => {
            let mut output = serde_json::to_value(Output::of(compiled.sources(), &differing)).map_err(std::io::Error::from)?;
            output["deploy"] = json!({
                "dry_run": args.dry_run,
                "created_schemas": report.created_schemas,
                "created_tables": report.created_tables.iter().map(|(schema, table)| json!([schema, table])).collect::<Vec<_>>(),
                "inserted": report.inserted.iter().map(|(schema, table, rows)| json!([schema, table, rows])).collect::<Vec<_>>(),
                "unchanged": report.unchanged,
                "differing": report.differing.len(),
                "lineage_written": report.lineage_written,
                "notes": report.notes,
            });
            ui.print_json(&output)
        }
        Format::Github | Format::Sarif => ui.report(Channel::Out, compiled.sources(), &differing),
        Format::Human => {
            for note in &report.notes {
                ui.print(format!("note: {note}\n"))?;
            }
            if !differing.is_empty() {
                ui.print("\n")?;
            }
            ui.list(Channel::Out, compiled.sources(), &differing)?;
            ui.print(summary(report, args.dry_run) + "\n")
        }
    }
}

fn summary(report: &Report, dry_run: bool) -> String {
    let rows: u64 = report.inserted.iter().map(|(_, _, rows)| rows).sum();
    let mut words = Vec::new();
    if report.is_unchanged() {
        words.push("nothing to create".to_string());
    } else {
        let made = [(report.created_schemas.len(), "schema"), (report.created_tables.len(), "table")];
        let made: Vec<String> = made.iter().filter(|(count, _)| *count > 0).map(|(count, word)| counted(*count, word)).collect();
        if !made.is_empty() {
            words.push(format!("{} created", made.join(" and ")));
        }
        if rows > 0 {
            words.push(format!("{} inserted", counted(rows as usize, "row")));
        }
        if report.lineage_written > 0 {
            words.push(format!("lineage of {} written", counted(report.lineage_written, "table")));
        }
    }
    if report.unchanged > 0 {
        words.push(format!("{} as declared", counted(report.unchanged, "table")));
    }
    if report.differs() {
        let verb = if report.differing.len() == 1 { "differs" } else { "differ" };
        words.push(format!("{} {verb}", counted(report.differing.len(), "table")));
    }
    let would = if dry_run { "dry run, nothing was changed: " } else { "" };
    format!("{would}{}", words.join(", "))
}

/// Returns a table that differs as a finding at its definition.
fn difference(compiled: &Compiled, found: &TableDifference) -> Diagnostic {
    let is = |(_, table): &(TableId, &djc_core::ir::Table)| {
        table.stored == found.table && compiled.names[table.schema.0 as usize] == found.schema
    };
    let message = format!("`{}.{}` exists and is not as declared", found.schema, found.table);
    let mut diagnostic = match compiled.pipeline.tables().find(is) {
        Some((id, table)) => TABLE_DIFFERS.at(table.name_span, message).table(compiled.pipeline.qualified_name(id)),
        None => TABLE_DIFFERS.anywhere(message),
    };
    for difference in &found.differences {
        diagnostic = diagnostic.help(difference.to_string());
    }
    diagnostic
}

/// Says how far a deploy is: a bar on a terminal, a line for each step that is done.
struct Steps<'a> {
    ui: &'a Ui,
    bar: ProgressBar,
    current: String,
    dry_run: bool,
}

impl<'a> Steps<'a> {
    fn new(ui: &'a Ui, dry_run: bool) -> Self {
        let shown = ui.format() == Format::Human && std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(None, if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() });
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {wide_msg}").expect("the template is well formed");
        bar.set_style(style.progress_chars("=> "));
        Steps { ui, bar, current: String::new(), dry_run }
    }
}

impl Progress for Steps<'_> {
    fn started(&mut self, total: usize) {
        self.bar.set_length(total as u64);
        self.bar.enable_steady_tick(Duration::from_millis(100));
    }

    fn statement(&mut self, summary: &str) {
        // A step of several statements is one line, that of its first.
        if self.current.is_empty() {
            self.current = summary.to_string();
        }
        self.bar.set_message(summary.to_string());
    }

    fn done(&mut self) {
        let step = std::mem::take(&mut self.current);
        if self.ui.format() == Format::Human && !step.is_empty() {
            let would = if self.dry_run { "would " } else { "" };
            // A line that cannot be printed must not stop a deploy halfway; the summary at its end will fail.
            let _ = self.bar.suspend(|| self.ui.print(format!("{would}{step}\n")).and_then(|()| self.ui.flush()));
        }
        self.bar.inc(1);
    }

    fn waiting(&mut self, summary: &str, blockers: &[Blocker]) {
        let held = match blockers {
            [] => "the server does not tell by whom".to_string(),
            blockers => blockers.iter().map(|blocker| format!("held by {blocker}")).collect::<Vec<_>>().join(", "),
        };
        let _ = self.bar.suspend(|| self.ui.say(format!("waiting for a lock to {summary}: {held}")));
    }
}
