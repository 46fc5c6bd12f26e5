//! `djc status`: how a database is doing, on one page.

mod declared;
mod json;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use djc_core::catalog::{Catalog, Schema, Table, TableKind, evidence};
use djc_core::dialect::Server;
use djc_core::ir::{Generation, StoredTier, camel_case, parse_stored};
use djc_runtime::inspect::Unseen;
use djc_runtime::status::{Count, Status, StatusOptions, TableKey, TableStatus};
use djc_runtime::{Db, InspectOptions};

use super::compile::{Compiled, Request, compile};
use super::database::{DatabaseName, connect_to_read, database, runtime};
use super::{Error, Exit, Format, Ui};
use crate::project::{self, LoadOptions, ProjectError};

use declared::{Declared, Drift};

/// Show how a database is doing: tables, rows, sizes, what is not populated, jobs
///
/// One line for each schema, then what needs a look: populated tables that lack keys, jobs that failed or hang, how the sources differ. Only reads. Rows are estimates
/// of the server (`~`) unless --exact counts them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Sources to compare with; without any, those of djc.toml, if there is one
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Where: a URL, or the name of a [database] in djc.toml; without it, where datajoint itself would connect
    #[arg(long, value_name = "URL|NAME")]
    database: Option<DatabaseName>,

    /// Only schemas whose names match: `lab_*`
    #[arg(long = "schema", value_name = "PATTERN")]
    schemas: Vec<String>,

    /// Count rows, and keys that are not populated, instead of estimating
    #[arg(long)]
    exact: bool,

    /// List every table
    #[arg(long)]
    tables: bool,

    /// List tables that no source declares, with what refers to them
    #[arg(long)]
    unused: bool,
}

/// What a table is to datajoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Manual,
    Lookup,
    Imported,
    Computed,
    Part,
    /// datajoint's own, `~log` and the like.
    Service,
    View,
    /// A name that datajoint would not give.
    Other,
}

impl Kind {
    fn of(table: &Table) -> Kind {
        if table.kind == TableKind::View {
            return Kind::View;
        }
        if table.name.starts_with('~') {
            return Kind::Service;
        }
        match parse_stored(&table.name) {
            None => Kind::Other,
            Some(stored) if stored.master.is_some() => Kind::Part,
            Some(stored) => match stored.tier {
                StoredTier::Manual => Kind::Manual,
                StoredTier::Lookup => Kind::Lookup,
                StoredTier::Imported => Kind::Imported,
                StoredTier::Computed => Kind::Computed,
            },
        }
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Manual => "manual",
            Kind::Lookup => "lookup",
            Kind::Imported => "imported",
            Kind::Computed => "computed",
            Kind::Part => "part",
            Kind::Service => "service",
            Kind::View => "view",
            Kind::Other => "other",
        }
    }
}

/// The class that a stored name stands for: `Sorting`, `Sorting.Spike`; the stored name itself where it is none.
pub(super) fn class(stored: &str) -> String {
    match parse_stored(stored) {
        Some(name) => match &name.master {
            Some(master) => format!("{}.{}", camel_case(master), camel_case(&name.base)),
            None => camel_case(&name.base),
        },
        None => stored.to_string(),
    }
}

/// Which datajoint the tables of a schema belong to.
struct Generations {
    /// That of most of them.
    usual: Generation,
    /// Whether tables of both are among them.
    both: bool,
}

impl Generations {
    /// Returns what the tables show; `None` for a schema without any of datajoint's.
    fn of(schema: &Schema, server: Server) -> Option<Generations> {
        let ours = |table: &Arc<Table>| !matches!(Kind::of(table), Kind::View | Kind::Other | Kind::Service);
        if !schema.tables.values().any(ours) {
            return None;
        }
        let (usual, evidence) = evidence::of_schema(schema, server);
        let both = evidence.iter().any(|trace| trace.generation != usual && !trace.table.starts_with('~'));
        Some(Generations { usual, both })
    }

    fn text(&self) -> String {
        if self.both { "both".to_string() } else { self.usual.to_string() }
    }
}

/// A table that no source declares.
struct Unused {
    key: TableKey,
    /// Who refers to it.
    referrers: Vec<TableKey>,
}

/// All that the page shows.
struct Page {
    url: String,
    /// As the command line names it.
    name: Option<String>,
    server: String,
    exact: bool,
    catalog: Catalog,
    /// By schema.
    generations: BTreeMap<String, Generations>,
    status: Status,
    unseen: Vec<Unseen>,
    drift: Option<Drift>,
    unused: Option<Vec<Unused>>,
}

impl Page {
    fn of(&self, table: &Table) -> &TableStatus {
        &self.status.tables[&(table.schema.clone(), table.name.clone())]
    }

    /// Returns rows and bytes of some tables together; rows are exact when all are.
    fn sums<'t>(&self, tables: impl Iterator<Item = &'t Arc<Table>>) -> (Count, u64) {
        let (mut rows, mut bytes, mut exact) = (0, 0, true);
        for table in tables {
            let status = self.of(table);
            rows += status.rows.map_or(0, Count::number);
            exact &= status.rows.is_none_or(Count::is_exact);
            bytes += status.data_bytes.unwrap_or(0) + status.index_bytes.unwrap_or(0);
        }
        (if exact { Count::Exact(rows) } else { Count::Estimated(rows) }, bytes)
    }
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let patterns = patterns(&args.schemas)?;
    let sources = sources(ui, &args.paths)?;
    if args.unused && sources.is_none() {
        let help = "--unused compares with sources: name their files or folders, or work in a folder with djc.toml";
        return Err(Error::Usage(help.to_string()));
    }
    let settings = project::settings(&LoadOptions::new("."))?;
    let (config, root) = match &sources {
        Some(compiled) => (&compiled.project.config, &compiled.project.root),
        None => (&settings.config, &settings.root),
    };
    let url = database(ui, args.database.as_ref(), config, root)?;
    let runtime = runtime()?;
    let page = runtime.block_on(async {
        let mut db = connect_to_read(ui, &url).await?;
        let page = read(&mut db, args, &patterns, sources).await;
        db.close().await;
        page
    })?;
    match ui.format() {
        Format::Json => {
            ui.print_json(&json::json(&page))?;
        }
        Format::Human | Format::Github | Format::Sarif => {
            ui.print(page::page(&page, args.tables, ui.look(super::ui::Channel::Out).color))?;
        }
    }
    Ok(Exit::Fine)
}

/// Reads patterns of schema names.
pub(super) fn patterns(texts: &[String]) -> Result<Vec<glob::Pattern>, Error> {
    let pattern =
        |text: &String| glob::Pattern::new(text).map_err(|error| Error::Usage(format!("`{text}` is no pattern of names: {}", error.msg)));
    texts.iter().map(pattern).collect()
}

/// Reads the sources that there are; none where no path is named and no project is around.
fn sources(ui: &Ui, paths: &[PathBuf]) -> Result<Option<Compiled>, Error> {
    match compile(ui, &Request { paths, ..Request::default() }) {
        Ok(compiled) if paths.is_empty() && compiled.pipeline.schemas.is_empty() && !compiled.has_errors() => Ok(None),
        Ok(compiled) => Ok(Some(compiled)),
        Err(Error::Project(ProjectError::Nothing { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn read(db: &mut Db, args: &Args, patterns: &[glob::Pattern], sources: Option<Compiled>) -> Result<Page, Error> {
    let names = match patterns {
        [] => None,
        patterns => {
            let mut names = db.schema_names().await.map_err(Box::new)?;
            names.retain(|name| patterns.iter().any(|pattern| pattern.matches(name)));
            Some(names)
        }
    };
    let options = InspectOptions { referrers: args.unused && names.is_some(), schemas: names, ..InspectOptions::default() };
    let inspection = db.inspect_as_reported(&options).await.map_err(Box::new)?;
    let inspection = crate::drift::normalised(inspection, db.server());
    let declared = match sources {
        Some(compiled) => Some(Declared::of(db, compiled).await?),
        None => None,
    };
    let drift = declared.as_ref().map(|declared| declared.drift(&inspection, db.server(), patterns)).transpose()?;
    let mut catalog = inspection.catalog;
    let options = StatusOptions {
        exact: args.exact,
        own_key_source: declared.as_ref().map(|declared| declared.own_key_source.clone()).unwrap_or_default(),
        mentions: args.unused,
    };
    let status = db.status(&catalog, &options).await.map_err(Box::new)?;
    let unused = declared.filter(|_| args.unused).map(|declared| {
        let mut referrers: BTreeMap<TableKey, BTreeSet<TableKey>> = BTreeMap::new();
        let mut refers = |child: (&String, &String), parent: (&String, &String)| {
            let child = (child.0.clone(), child.1.clone());
            referrers.entry((parent.0.clone(), parent.1.clone())).or_default().insert(child);
        };
        for table in catalog.tables() {
            table.foreign_keys.iter().for_each(|key| refers((&table.schema, &table.name), (&key.parent_schema, &key.parent_table)));
        }
        inspection.referrers.iter().for_each(|it| refers((&it.schema, &it.table), (&it.parent_schema, &it.parent_table)));
        let unused = catalog.tables().filter(|table| Kind::of(table) != Kind::Service);
        let keys = unused.map(|table| (table.schema.clone(), table.name.clone())).filter(|key| !declared.tables.contains(key));
        keys.map(|key| Unused { referrers: referrers.remove(&key).unwrap_or_default().into_iter().collect(), key }).collect()
    });
    // A schema without tables says nothing.
    catalog.schemas.retain(|_, schema| !schema.tables.is_empty());
    let generations = catalog.schemas.iter().filter_map(|(name, schema)| Some((name.clone(), Generations::of(schema, db.server())?)));
    Ok(Page {
        generations: generations.collect(),
        url: db.url().to_string(),
        name: args.database.as_ref().map(ToString::to_string),
        server: db.version_text().to_string(),
        exact: args.exact,
        catalog,
        status,
        unseen: inspection.unseen,
        drift,
        unused,
    })
}
