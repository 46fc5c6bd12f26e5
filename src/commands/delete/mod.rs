//! `djc delete`: rows with everything that stands on them, on any DataJoint database.

mod find;
mod restriction;
mod said;
mod show;

use djc_runtime::delete::{self, Delete, Deleted, Preview, Rows, Target};
use djc_runtime::{ConnectOptions, Connection, Db};

use super::database::{DatabaseName, database, runtime, warn_if_exposed};
use super::question::{ask, can_ask};
use super::{Error, Exit, Format, Ui};
use crate::diag::codes::{DELETE_ALL, DELETE_PART, DELETE_UNASKED, DELETE_UNSEEN};
use crate::diag::{Diagnostic, counted};
use crate::project::{self, LoadOptions};

use said::Stop;
use show::Told;

/// Delete rows with everything that stands on them, in any DataJoint database
///
/// Follows the foreign keys of the live database through all its schemas, shows exactly what would go, asks, and deletes in one transaction. Python pipelines of both
/// generations are welcome, and no sources are needed. Rows of a part never go without their master unless --force-parts or --force-masters say how.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The table: `schema.stored_name`, `schema.Class`, `Class`, `Master.Part`, or `module.Class` of djc.toml
    #[arg(value_name = "TABLE")]
    table: String,

    /// Which rows: a predicate (`subject = 's1' and session > 3`) or a JSON map ('{"subject": "s1"}'); several are all to hold
    #[arg(value_name = "RESTRICTION")]
    restrictions: Vec<String>,

    /// Delete every row of the table
    #[arg(long, conflicts_with = "restrictions")]
    all: bool,

    /// Show what would go, and change nothing
    #[arg(long)]
    preview: bool,

    /// Let rows of parts go while their masters stay
    #[arg(long, conflicts_with = "force_masters")]
    force_parts: bool,

    /// Take the masters of parts along that lose rows, with all of their parts
    #[arg(long)]
    force_masters: bool,

    /// Delete without a question
    #[arg(short = 'y', long)]
    yes: bool,

    /// Where: a URL, or the name of a [database] in djc.toml; without it, where datajoint itself would connect
    #[arg(long, value_name = "URL|NAME")]
    database: Option<DatabaseName>,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    if args.restrictions.is_empty() && !args.all {
        let found = DELETE_ALL.anywhere(format!("no restriction says which rows of `{}` are meant", args.table));
        return said::report(ui, None, vec![found.help("write one, or `--all` for every row")]);
    }
    let restrictions = match args.restrictions.iter().map(|text| restriction::read(text)).collect::<Result<Vec<_>, _>>() {
        Ok(restrictions) => restrictions,
        Err(found) => return said::report(ui, None, vec![*found]),
    };
    let settings = project::settings(&LoadOptions::new("."))?;
    let url = database(ui, args.database.as_ref(), &settings.config, &settings.root)?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let options = ConnectOptions { read_only: false, ..ConnectOptions::default() };
        let mut db = Db::connect(&url, &options).await.map_err(Box::new)?;
        warn_if_exposed(ui, &db)?;
        if ui.format() == Format::Human {
            ui.say(format!("{url}: {}", db.version_text()))?;
        }
        let (schema, table) = find::find(ui, &mut db, &args.table).await?;
        let target = Target { schema, table, rows: Rows::Restricted(restrictions) };
        let connection = Connection::over(db);
        delete(ui, args, &connection, &target).await
    });
    match outcome {
        Ok(exit) => Ok(exit),
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::Found(told, found)) => said::report(ui, told.as_deref(), found),
    }
}

/// Returns the delete that the arguments mean.
fn meant<'s>(args: &Args, connection: &'s Connection, target: &Target) -> Delete<'s> {
    let delete = delete::delete(connection, target.clone());
    match (args.force_parts, args.force_masters) {
        (true, _) => delete.force_parts(),
        (false, true) => delete.force_masters(),
        (false, false) => delete,
    }
}

async fn delete(ui: &Ui, args: &Args, connection: &Connection, target: &Target) -> Result<Exit, Stop> {
    let patience = ui.patience("counting what would go");
    let preview = meant(args, connection, target).preview().await?;
    drop(patience);
    let mut told = Told { target: target.clone(), preview, deleted: None };
    if ui.format() == Format::Human {
        show::preview(ui, &told.preview)?;
    }
    let mut notes: Vec<Diagnostic> = told.preview.unseen.iter().map(unseen).collect();
    if let Some(found) = broken(args, &told.preview) {
        notes.push(found);
        return Err(Stop::Found(Some(Box::new(told)), notes));
    }
    if told.preview.is_empty() {
        ui.say("Nothing to delete.")?;
        return Ok(said::finish(ui, &told, notes)?);
    }
    if args.preview {
        return Ok(said::finish(ui, &told, notes)?);
    }
    if !args.yes {
        if !can_ask() {
            let rows = counted(told.preview.rows() as usize, "row");
            notes.push(
                DELETE_UNASKED
                    .anywhere(format!("nobody can be asked whether to delete {rows}"))
                    .help("look at the numbers, and write `--yes`"),
            );
            return Err(Stop::Found(Some(Box::new(told)), notes));
        }
        let answer = ask(ui, "Commit deletes? [yes, No]")?;
        if !answer.eq_ignore_ascii_case("yes") {
            ui.say("nothing was deleted")?;
            return Ok(Exit::Findings);
        }
    }
    let patience = ui.patience("deleting");
    let deleted: Deleted = meant(args, connection, target).exactly(told.preview.clone()).await?;
    drop(patience);
    for line in &deleted.unlogged {
        ui.say(format!("note: {line}"))?;
    }
    if ui.format() == Format::Human {
        let all: u64 = deleted.tables.iter().map(|loss| loss.rows).sum();
        ui.print(format!("deleted {}\n", counted(all as usize, "row")))?;
    }
    told.deleted = Some(deleted);
    Ok(said::finish(ui, &told, notes)?)
}

/// Says what part integrity forbids, for the arguments that were given.
fn broken(args: &Args, preview: &Preview) -> Option<Diagnostic> {
    if args.force_parts || args.force_masters {
        return None;
    }
    let lonely = preview.lonely.first()?;
    let (part, master) = (&lonely.part, &lonely.master);
    let rows = counted(lonely.rows as usize, "row");
    let masters = counted(lonely.masters as usize, "row");
    let directly = preview.tables[preview.root].name == *part;
    let message = if directly {
        format!("`{part}` is a part of `{master}`: its {rows} would go, and {masters} of the master would stay")
    } else {
        format!("{rows} of part `{part}` would go, and {masters} of its master `{master}` would stay")
    };
    let found = DELETE_PART.anywhere(message);
    Some(
        found
            .help(format!("delete from `{master}`; its parts go with it"))
            .help("`--force-masters` takes these masters along, with all of their parts")
            .help("`--force-parts` deletes the rows of the part and leaves their masters incomplete"),
    )
}

fn unseen(table: &String) -> Diagnostic {
    let found = DELETE_UNSEEN.anywhere(format!("`{table}` stands on these tables, and this account does not see it"));
    found.help("when its rows refer to rows that are to go, the server refuses and nothing is deleted")
}
