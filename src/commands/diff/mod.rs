//! `djc diff`: what differs between two states of a pipeline, by meaning.

mod entry;
mod git;
mod show;
mod side;

use std::collections::BTreeSet;

use djc_core::dialect::{Server, Target};
use djc_core::diff::diff;
use serde_json::json;

use super::compile::{Compiled, DialectName};
use super::database::{DatabaseName, runtime};
use super::ui::Channel;
use super::{Error, Exit, Format, Ui};
use crate::compare::{self, Named};
use crate::project::{self, LoadOptions};

use entry::Entry;
use side::{Read, Side};

/// Compare two states of a pipeline: files, git revisions, databases
///
/// Each side is a file or folder, `git:REVISION` or `git:REVISION:PATH`, a database URL, or the name of a [database] in djc.toml. Differences are those of meaning, said once each;
/// between sources also documentation, annotations and contents. Exits with 3 when something differs.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What was
    #[arg(value_name = "FROM")]
    from: DatabaseName,

    /// What is
    #[arg(value_name = "TO", default_value = ".")]
    to: DatabaseName,

    /// The server in whose types both sides are compared; that of a database, or MySQL
    #[arg(long, value_enum, value_name = "SERVER")]
    dialect: Option<DialectName>,

    /// Only schemas whose names match: `lab_*`
    #[arg(long = "schema", value_name = "PATTERN")]
    schemas: Vec<String>,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let patterns = super::status::patterns(&args.schemas)?;
    let settings = project::settings(&LoadOptions::new("."))?;
    let sides = (Side::parse(&args.from, &settings.config)?, Side::parse(&args.to, &settings.config)?);
    let runtime = runtime()?;
    let (entries, server) = runtime.block_on(async {
        let mut from = Read::of(ui, &sides.0, &settings.config, &settings.root).await?;
        let mut to = Read::of(ui, &sides.1, &settings.config, &settings.root).await?;
        entries(args, &patterns, &mut from, &mut to).await
    })?;
    let names = (args.from.to_string(), args.to.to_string());
    match ui.format() {
        Format::Json => {
            let output = json!({
                "version": 1,
                "from": names.0,
                "to": names.1,
                "dialect": server.as_str().to_ascii_lowercase(),
                "same": entries.is_empty(),
                "differences": entries,
            });
            ui.print_json(&output)?;
        }
        Format::Human | Format::Github | Format::Sarif => {
            ui.print(show::show(&entries, &names, ui.look(Channel::Out)))?;
        }
    }
    Ok(if entries.is_empty() { Exit::Fine } else { Exit::Differs })
}

async fn entries(args: &Args, patterns: &[glob::Pattern], from: &mut Read, to: &mut Read) -> Result<(Vec<Entry>, Server), Error> {
    let target = target(args.dialect, from, to)?;
    let wanted = |name: &str| patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(name));
    // Beside sources, a database is asked for their schemas only: others on the server are somebody else's.
    let declared = match (from.schemas(), to.schemas()) {
        (Some(ours), Some(theirs)) => Some(ours.union(&theirs).cloned().collect()),
        (ours, theirs) => ours.or(theirs),
    };
    let asked = declared.map(|names: BTreeSet<String>| names.into_iter().filter(|name| wanted(name)).collect::<Vec<_>>());
    let ours = {
        let other = if let Read::Database(db) = &mut *to { Some(db.as_mut()) } else { None };
        from.catalog(&target, other, asked.clone()).await?
    };
    let theirs = {
        let other = if let Read::Database(db) = &mut *from { Some(db.as_mut()) } else { None };
        to.catalog(&target, other, asked).await?
    };
    let schemas: BTreeSet<String> = ours.schemas.keys().chain(theirs.schemas.keys()).filter(|name| wanted(name)).cloned().collect();
    // Nothing compared is no agreement.
    if schemas.is_empty() {
        let which = if patterns.is_empty() { "a schema".to_string() } else { format!("a schema that matches {}", args.schemas.join(", ")) };
        return Err(Error::Usage(format!("neither `{}` nor `{}` has {which}", args.from, args.to)));
    }
    let found = diff(&ours, &theirs, Some(&schemas));
    let mut entries: Vec<Entry> = found.iter().map(|difference| Entry::of_catalog(difference, target.server)).collect();
    if let (Read::Sources(from), Read::Sources(to)) = (&*from, &*to) {
        let said = compare::compare(named(from), named(to));
        entries.extend(said.iter().filter(|said| schemas.contains(&said.schema)).map(Entry::of_sources));
    }
    Ok((entry::grouped(entries, &ours, &theirs), target.server))
}

fn named(compiled: &Compiled) -> Named<'_> {
    Named { pipeline: &compiled.pipeline, names: &compiled.names }
}

/// Returns the server in whose spelling both sides are compared.
fn target(dialect: Option<DialectName>, from: &Read, to: &Read) -> Result<Target, Error> {
    let asked = dialect.map(DialectName::server);
    let live = match (from.server(), to.server()) {
        (Some(one), Some(other)) if one != other && !(one.is_mysql_family() && other.is_mysql_family()) => {
            return Err(Error::Usage(format!(
                "a database of {} and one of {} have no common spelling: compare each with the sources",
                one.as_str(),
                other.as_str()
            )));
        }
        (one, other) => one.or(other),
    };
    match (asked, live) {
        (Some(asked), Some(live)) if asked != live && !(asked.is_mysql_family() && live.is_mysql_family()) => {
            Err(Error::Usage(format!("--dialect {} does not fit a database of {}", asked.as_str(), live.as_str())))
        }
        (_, Some(live)) => {
            let db = [from, to].into_iter().find_map(|side| match side {
                Read::Database(db) if db.server() == live => Some(db.target().clone()),
                Read::Database(_) | Read::Sources(_) => None,
            });
            Ok(db.unwrap_or_else(|| Target::new(live)))
        }
        (asked, None) => Ok(Target::new(asked.unwrap_or(Server::MySql))),
    }
}
