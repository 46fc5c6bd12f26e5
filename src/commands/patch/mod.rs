//! `djc patch`: definitions are changed where they stand, in Python classes or `.dj` files.

mod draft;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Subcommand;
use djc_core::ir::{Generation, Pipeline, TableId};
use djc_core::nearest::nearest;
use djc_core::source::SourceMap;

use self::draft::Draft;
use super::compile::Compiled;
use super::ui::Channel;
use super::{Error, Exit, Format, Ui};
use crate::diag::codes::{self, CODES};
use crate::diag::{Diagnostic, Level, counted};
use crate::patch::place::Places;
use crate::patch::rename::{self, Renaming};
use crate::patch::{Unit, fix, format, outcome, settle};

/// A fix may make room for the next one.
const ROUNDS_MAX: usize = 10;

/// Change definitions where they stand, in Python classes and `.dj` files
///
/// In a Python file only what stands between the quotes of a definition is written anew; every other byte stays. The result is compiled before anything is
/// written: a patch that would bring an error, or another meaning, is thrown away. What cannot be changed safely is reported with its place.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Format(FormatArgs),
    Fix(FixArgs),
    Rename(RenameArgs),
}

/// Bring definitions into the form of `djc fmt`
///
/// Aligns colons and comments within a definition, with the indentation that it has in its class. A definition with mistakes stays as it is.
#[derive(Debug, clap::Args)]
struct FormatArgs {
    /// Files and folders; without any, the sources of djc.toml
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    mode: Mode,
}

/// Apply the safe fixes of `djc check`, then check again
#[derive(Debug, clap::Args)]
struct FixArgs {
    /// Files and folders; without any, the sources of djc.toml
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Only the fixes of a code (number or name)
    #[arg(long = "code", value_name = "CODE")]
    codes: Vec<String>,

    /// Apply fixes that are only likely as well; for codes that are named
    #[arg(long, requires = "codes")]
    likely: bool,

    #[command(flatten)]
    mode: Mode,
}

/// Rename an attribute, and everything that inherits it
///
/// The line of the attribute, index lines, `.proj` and rows by name change in the table and in all tables below that have the attribute under this name. The old name
/// stays at the head of the comment, `{old}`, where DataJoint and migrations look for it. Other places in Python that say the name are listed, not changed.
#[derive(Debug, clap::Args)]
struct RenameArgs {
    /// What is renamed: `module.Table.attribute`, of a part `module.Master.Part.attribute`
    #[arg(value_name = "NAME")]
    name: String,

    /// The new name
    #[arg(value_name = "NEW")]
    new: String,

    /// Files and folders; without any, the sources of djc.toml
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Do not leave the old name in the comment
    #[arg(long = "no-note")]
    no_note: bool,

    #[command(flatten)]
    mode: Mode,
}

/// What is done with the result.
#[derive(Debug, Clone, Copy, clap::Args)]
struct Mode {
    /// Write nothing; show what would change
    #[arg(long, visible_alias = "dry-run")]
    diff: bool,

    /// Write nothing; show what would change, and exit with 1 if anything would
    #[arg(long)]
    check: bool,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    match &args.what {
        What::Format(args) => run_format(ui, args),
        What::Fix(args) => run_fix(ui, args),
        What::Rename(args) => run_rename(ui, args),
    }
}

impl Mode {
    fn writes(self) -> bool {
        !self.diff && !self.check
    }

    /// Returns the verb for what was done, or would be.
    fn said(self, done: &str) -> String {
        if self.writes() { done.to_string() } else { format!("would be {done}") }
    }
}

fn run_format(ui: &Ui, args: &FormatArgs) -> Result<Exit, Error> {
    let mut draft = Draft::new(ui, &args.paths)?;
    let before = &draft.before;
    let selected = &before.project.selected;
    let places = Places::new(before.sources(), &before.project.files);
    let units = format::units(before.sources(), &places, &before.project.files, |file| selected.contains(&file));
    let settled = settle(before.sources(), &places, &units);
    // What is wrong with a text keeps it from being formatted.
    let mut findings: Vec<Diagnostic> = before.diagnostics.iter().filter(|found| keeps_unformatted(found)).cloned().collect();
    findings.extend(settled.refused.iter().cloned());
    if args.mode.check && ui.format() != Format::Human {
        let unformatted =
            |at: &usize| codes::NOT_FORMATTED.at(units[*at].span, "not in the form of `djc fmt`").help("run `djc patch format`");
        findings.extend(settled.done.iter().map(unformatted));
    }
    drop(places);
    let sources = draft.before.sources().clone();
    draft.take(&sources, &settled);
    // A `.dj` file is formatted whole.
    let mut count = settled.done.iter().filter(|at| !sources.file(units[**at].span.file).segments().is_empty()).count();
    if let Some(objection) = draft.objection(&draft.compiled()?, |after| outcome::changed(&draft.before.pipeline, after)) {
        findings.push(objection);
        draft.clear();
        count = 0;
    }
    let exit = draft.finish(args.mode)?;
    ui.report_any(if args.mode.check { Channel::Out } else { Channel::Err }, draft.before.sources(), &findings)?;
    let files = counted(draft.files(), "file");
    ui.say(match (draft.files(), count) {
        (0, _) => "nothing to format".to_string(),
        (_, 0) => format!("{files} {}", args.mode.said("formatted")),
        (_, count) => format!("{} in {files} {}", counted(count, "definition"), args.mode.said("formatted")),
    })?;
    Ok(if findings.is_empty() { exit } else { exit.and(Exit::Findings) })
}

/// Returns whether a finding says why a definition stays as it is: it has mistakes of syntax, or only running the code can tell what it is.
fn keeps_unformatted(found: &Diagnostic) -> bool {
    let is_left_out = [&codes::PYTHON_SYNTAX, &codes::RUN_TIME_DEFINITION].iter().any(|code| code.id == found.code.id);
    found.level == Level::Error && (found.code.id < codes::CLASS_NAME.id || is_left_out)
}

fn run_fix(ui: &Ui, args: &FixArgs) -> Result<Exit, Error> {
    let choice = fix::Choice { codes: args.codes.iter().map(|name| code(name)).collect::<Result<_, _>>()?, likely: args.likely };
    let mut draft = Draft::new(ui, &args.paths)?;
    let mut after: Option<Compiled> = None;
    let mut applied: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
    let mut refused = Vec::new();
    for _ in 0..ROUNDS_MAX {
        let now = after.as_ref().unwrap_or(&draft.before);
        let (sources, selected) = (now.sources().clone(), &now.project.selected);
        let places = Places::new(&sources, &now.project.files);
        let wanted = |found: &&Diagnostic| found.span.is_some_and(|span| selected.contains(&sources.origin(span).file));
        let findings: Vec<Diagnostic> = now.diagnostics.iter().filter(wanted).cloned().collect();
        let fixings = fix::units(&sources, &places, &findings, &choice);
        let units: Vec<Unit> = fixings.iter().map(|fixing| fixing.unit.clone()).collect();
        let settled = settle(&sources, &places, &units);
        refused.clone_from(&settled.refused);
        if settled.texts.is_empty() {
            break;
        }
        for at in &settled.done {
            *applied.entry(fixings[*at].what.clone()).or_default() += 1;
        }
        drop(places);
        draft.take(&sources, &settled);
        after = Some(draft.compiled()?);
    }
    if let Some(compiled) = &after {
        // A guess may change what a table means, and so may anything that mends an error.
        let broken = draft::broken(&draft.before);
        let changed = |after: &Pipeline| {
            let mut names = if args.likely { Vec::new() } else { outcome::stored_otherwise(&draft.before.pipeline, after) };
            names.retain(|name| !broken.contains(name));
            names
        };
        if let Some(objection) = draft.objection(compiled, changed) {
            draft.clear();
            ui.report(Channel::Out, draft.before.sources(), &[objection])?;
            return Ok(Exit::Findings);
        }
    }
    let exit = draft.finish(args.mode)?;
    for ((code, title), times) in &applied {
        let times = if *times > 1 { format!(" ({times} times)") } else { String::new() };
        ui.say(format!("{code}: {title}{times}"))?;
    }
    let count = applied.values().sum::<usize>();
    let fixes = counted(count, "fix").replace("fixs", "fixes");
    ui.say(if count > 0 {
        format!("{fixes} in {} {}", counted(draft.files(), "file"), args.mode.said("applied"))
    } else {
        "nothing to fix".to_string()
    })?;
    let now = after.as_ref().unwrap_or(&draft.before);
    if !args.mode.writes() {
        ui.report_any(Channel::Err, now.sources(), &refused)?;
        return Ok(exit);
    }
    let findings: Vec<Diagnostic> = now.diagnostics.iter().cloned().chain(refused).collect();
    ui.report(Channel::Out, now.sources(), &findings)?;
    Ok(exit.and(now.exit()))
}

/// Returns the number of a code by its number or name.
fn code(name: &str) -> Result<&'static str, Error> {
    let found = CODES.iter().find(|code| code.id.eq_ignore_ascii_case(name) || code.slug.eq_ignore_ascii_case(name));
    found.map(|code| code.id).ok_or_else(|| Error::Usage(format!("there is no code `{name}`; `djc explain` lists all of them")))
}

fn run_rename(ui: &Ui, args: &RenameArgs) -> Result<Exit, Error> {
    if !is_attribute_name(&args.new) {
        return Err(Error::Usage(format!(
            "`{}` is no name for an attribute: a lower-case letter, then lower-case letters, digits and `_`",
            args.new
        )));
    }
    let mut draft = Draft::new(ui, &args.paths)?;
    if draft.before.has_errors() {
        ui.report(Channel::Err, draft.before.sources(), &draft.before.diagnostics)?;
        ui.say("nothing is renamed in a pipeline with errors: what refers to what is not known")?;
        return Ok(draft.before.exit());
    }
    let before = &draft.before;
    let (table, old) = target(&before.pipeline, &args.name)?;
    let asked = Renaming { table, old: &old, new: &args.new, note: !args.no_note };
    let sources = before.sources().clone();
    let places = Places::new(&sources, &before.project.files);
    let mut renamed = match rename::attribute(&before.pipeline, &places, asked) {
        Ok(renamed) => renamed,
        Err(conflict) => {
            ui.report(Channel::Err, &sources, &[*conflict])?;
            return Ok(Exit::Findings);
        }
    };
    let unit = Unit {
        name: before.pipeline.qualified_name(table),
        span: before.pipeline.table(table).name_span,
        edits: std::mem::replace(&mut renamed.edits, Ok(Vec::new())),
    };
    let settled = settle(&sources, &places, &[unit]);
    let by_hand = rename::by_hand(&sources, &places, &renamed, &old);
    let mut findings = settled.refused.clone();
    if findings.is_empty() {
        draft.take(&sources, &settled);
        let objection = draft.objection(&draft.compiled()?, |after| outcome::changed(&renamed.expected, after));
        let without =
            |objection: Diagnostic| if asked.note { objection.help("`--no-note` leaves the comment as it is") } else { objection };
        findings.extend(objection.map(without));
    }
    if !findings.is_empty() {
        ui.report(Channel::Err, &sources, &findings)?;
        ui.say("nothing is renamed")?;
        return Ok(Exit::Findings);
    }
    let exit = draft.finish(args.mode)?;
    list(ui, &sources, &by_hand)?;
    let files = counted(draft.files(), "file");
    ui.say(format!(
        "`{}` {} to `{}` in {} of {files}",
        args.name,
        args.mode.said("renamed"),
        args.new,
        counted(renamed.tables.len(), "table")
    ))?;
    if let Some(older) = &renamed.older {
        ui.say(format!(
            "it says no longer that `{old}` was `{older}`: where a database still has that name, write `{older}` for `{old}` again"
        ))?;
    }
    let classic = draft.before.pipeline.schema(draft.before.pipeline.table(table).schema).generation == Generation::Classic;
    if renamed.braces && classic && args.mode.writes() {
        ui.say(format!("datajoint 0.14 alters a table with `{{{old}}}` in a comment and cannot declare a new one: take it out when every database has the new name"))?;
    }
    Ok(exit)
}

/// Prints places for a person: with their lines below each other, or in the format that was asked for.
fn list(ui: &Ui, sources: &SourceMap, findings: &[Diagnostic]) -> Result<(), Error> {
    if ui.format() != Format::Human {
        return ui.report_any(Channel::Err, sources, findings);
    }
    if !findings.is_empty() {
        ui.say(format!("{} left for you to look at ({}):", counted(findings.len(), "line"), codes::RENAME_BY_HAND.id))?;
    }
    for span in findings.iter().filter_map(|found| found.span) {
        let span = sources.origin(span);
        let file = sources.file(span.file);
        let line = file.line_column(span.start).line;
        ui.say(format!("  {}:{line}: {}", file.name, file.line(line).trim()))?;
    }
    Ok(())
}

fn is_attribute_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Finds the table and the attribute that a name means.
fn target(pipeline: &Pipeline, name: &str) -> Result<(TableId, String), Error> {
    let Some((path, attribute)) = name.rsplit_once('.') else {
        return Err(Error::Usage(format!("write `module.Table.attribute`, not `{name}`")));
    };
    let tables: Vec<(TableId, String)> = pipeline.tables().map(|(id, _)| (id, pipeline.qualified_name(id))).collect();
    let perhaps = |near: Option<&str>| near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    let Some((id, _)) = tables.iter().find(|(_, name)| name == path) else {
        if tables.iter().any(|(_, known)| known == name) {
            return Err(Error::Usage(format!("`{name}` is a table; name an attribute: `{name}.attribute`")));
        }
        let near = nearest(path, tables.iter().map(|(_, name)| name.as_str()));
        return Err(Error::Usage(format!("there is no table `{path}`{}", perhaps(near))));
    };
    let heading = &pipeline.table(*id).heading;
    if heading.get(attribute).is_none() {
        let near = nearest(attribute, heading.attributes.iter().map(|attribute| attribute.name.as_str()));
        return Err(Error::Usage(format!("`{path}` has no attribute `{attribute}`{}", perhaps(near))));
    }
    Ok((*id, attribute.to_string()))
}
