//! `djc pull`: the tables of a live database become `.dj` files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use djc_core::catalog::Catalog;
use djc_core::ir::Generation;
use djc_core::source::SourceMap;
use djc_runtime::{ConnectOptions, DatabaseUrl, Db, InspectOptions, Inspection};
use serde_json::json;

use super::database::{DatabaseName, database, runtime, warn_if_exposed};
use super::ui::Channel;
use super::{Error, Exit, Format, Ui};
use crate::diag::codes::UNSEEN;
use crate::diag::machine::Output;
use crate::diag::{Level, Sink, counted};
use crate::import::database::{self as front, Fate, Pulled};
use crate::output::Files;
use crate::project::{self, CONFIG_NAME, LoadOptions};

/// Write the tables of a live database as `.dj` files
///
/// One formatted file per schema, and djc.toml with the generation of each, which is read from the traces that DataJoint leaves. The database is
/// only read, in a read-only session. The result is compiled and held against what was read: views, tables that are not DataJoint's, and whatever no
/// definition can say are listed, and nothing is left out silently. Exit 1 when something could not be said exactly.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to read: a URL (mysql://, postgres://, sqlite:FILE) or the name of a [database] in djc.toml
    #[arg(long, value_name = "URL|NAME")]
    database: DatabaseName,

    /// Physical names of schemas, with `*` and `?`; without any, all that the account sees
    ///
    /// Tables of other schemas that these refer to are written as `extern schema`, as far as it takes to refer to them.
    #[arg(long = "schema", value_name = "GLOB")]
    schemas: Vec<String>,

    /// Where the files are written
    #[arg(short = 'o', long = "out", value_name = "DIR")]
    out: PathBuf,

    /// Write `extern schema` files: keys and types alone, for a pipeline that refers to tables of others
    #[arg(long = "extern")]
    external: bool,

    /// Which DataJoint all tables belong to, where the traces in the database mislead: "0.14" or "2"
    #[arg(long, value_name = "VERSION", value_parser = ["0.14", "2"])]
    datajoint: Option<String>,

    /// Replace `.dj` files that exist in DIR; djc.toml is kept
    #[arg(long)]
    force: bool,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let project::Settings { config, root, .. } = project::settings(&LoadOptions::new("."))?;
    let url = database(ui, Some(&args.database), &config, &root)?;
    let runtime = runtime()?;
    runtime.block_on(pull(ui, args, &url))
}

async fn pull(ui: &Ui, args: &Args, url: &DatabaseUrl) -> Result<Exit, Error> {
    let options = ConnectOptions { read_only: true, ..ConnectOptions::default() };
    let mut db = Db::connect(url, &options).await.map_err(Box::new)?;
    warn_if_exposed(ui, &db)?;
    ui.say(format!("{url}: {}", db.version_text()))?;
    let patience = ui.patience("reading the database");
    let (wanted, inspection) = inspect(&mut db, &args.schemas).await?;
    let target = db.target().clone();
    db.close().await;
    patience.say("writing definitions".to_string());

    let options = front::Options {
        target,
        name: super::new::project_name(&args.out)?,
        schemas: wanted,
        only: None,
        modules: BTreeMap::new(),
        external: args.external,
        generation: args.datajoint.as_deref().map(|version| if version == "2" { Generation::Modern } else { Generation::Classic }),
        url: without_login(url),
        folder: args.out.to_string_lossy().replace('\\', "/"),
    };
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    for unseen in &inspection.unseen {
        let found = UNSEEN.anywhere(format!("the account does not see {}", unseen.what));
        sink.report(found.help(format!("ask for: {}", unseen.grant)));
    }
    let pulled = front::pull(&inspection.catalog, &BTreeMap::new(), &options, &mut sources, &mut sink);
    drop(patience);
    finish(ui, args, &pulled, &sources, sink)
}

/// Reads the schemas that the patterns mean, and those that they refer to; returns the names of the former.
async fn inspect(db: &mut Db, patterns: &[String]) -> Result<(BTreeSet<String>, Inspection), Error> {
    if patterns.is_empty() {
        let inspection = db.inspect_as_reported(&InspectOptions::default()).await.map_err(Box::new)?;
        return Ok((inspection.catalog.schemas.keys().cloned().collect(), inspection));
    }
    let known = db.schema_names().await.map_err(Box::new)?;
    let mut wanted = BTreeSet::new();
    for text in patterns {
        let pattern = glob::Pattern::new(text).map_err(|error| Error::Usage(format!("`{text}` is no pattern: {error}")))?;
        let before = wanted.len();
        wanted.extend(known.iter().filter(|name| pattern.matches(name)).cloned());
        if wanted.len() == before && !known.iter().any(|name| pattern.matches(name)) {
            return Err(nothing_like(db, text, &known).await?);
        }
    }
    let mut read: BTreeSet<String> = wanted.clone();
    loop {
        let inspection = db.inspect_as_reported(&InspectOptions::of(read.iter().cloned().collect())).await.map_err(Box::new)?;
        let parents = parents(&inspection.catalog).filter(|name| known.contains(name) && !read.contains(name)).collect::<BTreeSet<_>>();
        if parents.is_empty() {
            return Ok((wanted, inspection));
        }
        read.extend(parents);
    }
}

/// Returns the schemas that foreign keys lead to.
fn parents(catalog: &Catalog) -> impl Iterator<Item = String> {
    let keys = catalog.tables().flat_map(|table| &table.foreign_keys);
    keys.map(|key| key.parent_schema.clone()).collect::<BTreeSet<_>>().into_iter()
}

/// Says that no schema has such a name, or that the account may not see it.
async fn nothing_like(db: &mut Db, text: &str, known: &[String]) -> Result<Error, Error> {
    let exact = !text.contains(['*', '?', '[']);
    if !exact {
        return Ok(Error::Usage(format!("no schema that this account sees is called like `{text}`")));
    }
    let inspection = db.inspect_as_reported(&InspectOptions::of(vec![text.to_string()])).await.map_err(Box::new)?;
    let near = djc_core::nearest::nearest(text, known.iter().map(String::as_str));
    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Ok(Error::Usage(match inspection.may_hide_tables_of(text) {
        Some(unseen) => format!("the account sees no schema `{text}`; if there is one, ask for {}{near}", unseen.grant),
        None => format!("there is no schema `{text}`{near}"),
    }))
}

/// Returns the URL as `djc.toml` may hold it.
fn without_login(url: &DatabaseUrl) -> Option<String> {
    match url {
        DatabaseUrl::Server(location) => {
            let mut location = location.clone();
            (location.user, location.password) = (None, None);
            Some(location.to_string())
        }
        DatabaseUrl::SqliteFile(_) | DatabaseUrl::SqliteMemory => None,
    }
}

/// Writes the files and says what became of the tables.
fn finish(ui: &Ui, args: &Args, pulled: &Pulled, sources: &SourceMap, sink: Sink) -> Result<Exit, Error> {
    let diagnostics = sink.into_sorted();
    let mut out = Files::new();
    for file in &pulled.files {
        out.add(format!("{}.dj", file.module), file.text.as_str());
    }
    refuse_to_replace(args, &out)?;
    let keeps_settings = args.out.join(CONFIG_NAME).exists();
    if !keeps_settings && !pulled.files.is_empty() {
        out.add(CONFIG_NAME, pulled.config.as_str());
    }
    out.write(&args.out)?;
    if ui.format() == Format::Json {
        let mut output = serde_json::to_value(Output::of(sources, &diagnostics)).map_err(std::io::Error::from)?;
        output["pull"] = counts_as_json(pulled);
        ui.print_json(&output)?;
    } else {
        ui.report_any(Channel::Err, sources, &diagnostics)?;
    }
    ui.say(summary(pulled))?;
    if keeps_settings {
        ui.say(format!("`{}` is kept as it is", args.out.join(CONFIG_NAME).display()))?;
    }
    if !pulled.files.is_empty() {
        ui.say(format!("next: djc -C {} check", args.out.display()))?;
    }
    let failed = diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error);
    Ok(if failed { Exit::Findings } else { Exit::Fine })
}

/// What became of tables, as people say it, and how many.
fn fates(pulled: &Pulled) -> Vec<(&'static str, usize)> {
    let mut counts: BTreeMap<(u8, &'static str), usize> = BTreeMap::new();
    for fate in pulled.fates.values() {
        let kind = match fate {
            Fate::Written => continue,
            Fate::Service => (0, "of DataJoint's own (`~…`)"),
            Fate::View => (1, "left out: views"),
            Fate::NotDataJoint(_) => (2, "left out: not DataJoint's"),
            Fate::Orphan(_) => (3, "left out: parts without their master"),
            Fate::KeyName(_) | Fate::KeyType(_) => (4, "left out: a key that no definition can say"),
        };
        *counts.entry(kind).or_default() += 1;
    }
    counts.into_iter().map(|((_, words), count)| (words, count)).collect()
}

fn summary(pulled: &Pulled) -> String {
    let written = pulled.fates.values().filter(|fate| **fate == Fate::Written).count();
    let owned = pulled.files.iter().filter(|file| !file.external).count();
    let external = pulled.files.len() - owned;
    let mut files = counted(owned, "file");
    if external > 0 {
        files.push_str(&format!(" and {}", counted(external, "`extern` file")));
    }
    let mut out = format!("{} found: {written} written into {files}", counted(pulled.fates.len(), "table"));
    for (words, count) in fates(pulled) {
        out.push_str(&format!("\n  {count} {words}"));
    }
    for file in &pulled.files {
        let external = if file.external { ", extern" } else { "" };
        let physical = if file.physical == file.module { String::new() } else { format!(" ({})", file.physical) };
        let tables = counted(file.tables, "table");
        out.push_str(&format!("\n  {}.dj{physical}: {tables} of datajoint {}{external}", file.module, file.generation));
    }
    out
}

fn counts_as_json(pulled: &Pulled) -> serde_json::Value {
    let word = |fate: &Fate| match fate {
        Fate::Written => "written",
        Fate::Service => "service",
        Fate::View => "view",
        Fate::NotDataJoint(_) => "not_datajoint",
        Fate::Orphan(_) => "orphan",
        Fate::KeyName(_) | Fate::KeyType(_) => "key",
    };
    let file = |file: &front::PulledFile| {
        json!({
            "file": format!("{}.dj", file.module), "schema": file.physical, "datajoint": file.generation.as_str(),
            "extern": file.external, "tables": file.tables,
        })
    };
    let table = |((schema, table), fate): (&(String, String), &Fate)| json!({ "schema": schema, "table": table, "fate": word(fate) });
    json!({
        "files": pulled.files.iter().map(file).collect::<Vec<_>>(),
        "tables": pulled.fates.iter().map(table).collect::<Vec<_>>(),
    })
}

fn refuse_to_replace(args: &Args, files: &Files) -> Result<(), Error> {
    let taken: Vec<&Path> = files.iter().map(|(path, _)| path).filter(|path| args.out.join(path).exists()).collect();
    match taken.as_slice() {
        [first, rest @ ..] if !args.force => {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", counted(rest.len(), "file")) };
            let first = args.out.join(first);
            Err(Error::Usage(format!("`{}`{more} would be replaced; say `--force`, or name another folder", first.display())))
        }
        _ => Ok(()),
    }
}
