//! `djc patch rename`.

use std::path::PathBuf;

use djc_core::ir::{Generation, Pipeline, TableId};
use djc_core::nearest::nearest;
use djc_core::source::SourceMap;

use super::draft::Draft;
use super::{Error, Exit, Mode, Ui};
use crate::commands::Format;
use crate::commands::ui::Channel;
use crate::diag::{Diagnostic, Level, codes, counted};
use crate::parser::ast;
use crate::patch::place::Places;
use crate::patch::rename::{self, Renaming};
use crate::patch::{Planned, Refusal, Unit, outcome, settle};

/// Rename an attribute and everything that inherits it, or a table
///
/// The line of the attribute, index lines, `.proj` and rows by name change in the table and in all tables below that have the attribute under this name. The old name
/// stays at the head of the comment, `{old}`, where DataJoint and migrations look for it. Other places in Python that say the name are listed, not changed.
///
/// A table or a part is renamed in `.dj` files, with `@renamed_from` above it; for a class of Python the places are listed that a person must change.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What is renamed: `module.Table.attribute`, or `module.Table`; of a part `module.Master.Part.attribute`
    #[arg(value_name = "NAME")]
    name: String,

    /// The new name
    #[arg(value_name = "NEW")]
    new: String,

    /// Files and folders; without any, the sources of djc.toml
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Do not leave the old name in the comment, or above the table
    #[arg(long = "no-note")]
    no_note: bool,

    #[command(flatten)]
    mode: Mode,
}

/// Finds the tables of a model that are not as they should be.
type Comparison<'p> = Box<dyn Fn(&Pipeline) -> Vec<String> + 'p>;

/// A rename that can be carried out.
struct Plan<'p> {
    edits: Result<Vec<Planned>, Refusal>,
    /// Places that a person should look at.
    by_hand: Vec<Diagnostic>,
    /// What is said when it is done.
    remarks: Vec<String>,
    /// Whether the old name is put into a comment.
    braces: bool,
    /// How many tables get the name.
    tables: usize,
    /// Returns the tables that the result should not have changed.
    changed: Comparison<'p>,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let mut draft = Draft::new(ui, &args.paths)?;
    if draft.before.has_errors() {
        let errors: Vec<_> = draft.before.diagnostics.iter().filter(|found| found.level == Level::Error).cloned().collect();
        ui.report(Channel::Out, draft.before.sources(), &errors)?;
        ui.say("nothing is renamed in a pipeline with errors: what cannot be read may say the name")?;
        return Ok(draft.before.exit());
    }
    let sources = draft.before.sources().clone();
    let pipeline = draft.before.pipeline.clone();
    let (id, old) = target(&pipeline, &args.name)?;
    let places = Places::new(&sources, &draft.before.project.files);
    let plan = match &old {
        Some(old) => attribute(&pipeline, &sources, &places, Renaming { table: id, old, new: &args.new, note: !args.no_note })?,
        None => table(&pipeline, &sources, &places, &draft.before.project.files, id, args)?,
    };
    let plan = match plan {
        Ok(plan) => plan,
        Err(conflicts) => {
            let (by_hand, conflicts): (Vec<_>, Vec<_>) = conflicts.into_iter().partition(|found| found.code.id == codes::RENAME_BY_HAND.id);
            report(ui, &sources, &conflicts, &by_hand)?;
            return Ok(Exit::Findings);
        }
    };
    let unit = Unit { name: pipeline.qualified_name(id), span: pipeline.table(id).name_span, edits: plan.edits };
    let settled = settle(&sources, &places, &[unit]);
    let mut findings = settled.refused.clone();
    if findings.is_empty() {
        draft.take(&sources, &settled);
        let objection = draft.objection(&draft.compiled()?, &plan.changed);
        findings.extend(objection.map(|found| if plan.braces { found.help("`--no-note` leaves the comment as it is") } else { found }));
    }
    if !findings.is_empty() {
        report(ui, &sources, &findings, &[])?;
        ui.say("nothing is renamed")?;
        return Ok(Exit::Findings);
    }
    let exit = draft.finish(args.mode)?;
    report(ui, &sources, &[], &plan.by_hand)?;
    let (tables, files) = (counted(plan.tables, "table"), counted(draft.files(), "file"));
    ui.say(format!("`{}` {} to `{}`: {tables}, {files}", args.name, args.mode.said("renamed"), args.new))?;
    for remark in &plan.remarks {
        ui.say(remark)?;
    }
    Ok(exit)
}

fn attribute<'p>(
    pipeline: &'p Pipeline,
    sources: &SourceMap,
    places: &Places<'_>,
    asked: Renaming<'_>,
) -> Result<Result<Plan<'p>, Vec<Diagnostic>>, Error> {
    let Renaming { table, old, new, .. } = asked;
    if !is_attribute_name(new) {
        let said = "a lower-case letter, then lower-case letters, digits and `_`";
        return Err(Error::Usage(format!("`{new}` is no name for an attribute: {said}")));
    }
    let renamed = match rename::attribute(pipeline, places, asked) {
        Ok(renamed) => renamed,
        Err(conflict) => return Ok(Err(vec![*conflict])),
    };
    let by_hand = rename::by_hand(sources, places, &renamed, old);
    let mut remarks = Vec::new();
    if let Some(older) = &renamed.older {
        let again = format!("where a database still has that name, write `{older}` for `{old}` again");
        remarks.push(format!("it says no longer that `{old}` was `{older}`: {again}"));
    }
    if renamed.braces && pipeline.schema(pipeline.table(table).schema).generation == Generation::Classic {
        let help = "take it out when every database has the new name";
        remarks.push(format!("datajoint 0.14 alters a table with `{{{old}}}` in a comment and cannot declare a new one: {help}"));
    }
    let expected = renamed.expected;
    let changed = move |after: &Pipeline| outcome::changed(&expected, after);
    Ok(Ok(Plan {
        edits: renamed.edits,
        by_hand,
        remarks,
        braces: renamed.braces,
        tables: renamed.tables.len(),
        changed: Box::new(changed),
    }))
}

fn table<'p>(
    pipeline: &'p Pipeline,
    sources: &SourceMap,
    places: &Places<'_>,
    trees: &[ast::File],
    id: TableId,
    args: &Args,
) -> Result<Result<Plan<'p>, Vec<Diagnostic>>, Error> {
    let new = args.new.as_str();
    if !new.starts_with(|c: char| c.is_ascii_uppercase()) || !new.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Error::Usage(format!("`{new}` is no name for a table: an upper-case letter, then letters and digits")));
    }
    let renamed = match rename::table(pipeline, sources, places, trees, id, new, !args.no_note) {
        Ok(renamed) => renamed,
        Err(places) => return Ok(Err(places)),
    };
    let new = new.to_string();
    let changed = move |after: &Pipeline| outcome::changed(pipeline, &rename::restored(pipeline, after, id, &new));
    Ok(Ok(Plan {
        edits: renamed.edits,
        by_hand: renamed.by_hand,
        remarks: Vec::new(),
        braces: false,
        tables: 1,
        changed: Box::new(changed),
    }))
}

/// Prints what is in the way and the places for a person: in a machine format as one report, else the places as lines below each other.
fn report(ui: &Ui, sources: &SourceMap, conflicts: &[Diagnostic], by_hand: &[Diagnostic]) -> Result<(), Error> {
    if ui.format() != Format::Human {
        return ui.report(Channel::Out, sources, &[conflicts, by_hand].concat());
    }
    ui.report_any(Channel::Out, sources, conflicts)?;
    if !by_hand.is_empty() {
        ui.say(format!("{} left for you to look at ({}):", counted(by_hand.len(), "line"), codes::RENAME_BY_HAND.id))?;
    }
    for span in by_hand.iter().filter_map(|found| found.span) {
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

/// Finds the table, and perhaps its attribute, that a name means.
fn target(pipeline: &Pipeline, name: &str) -> Result<(TableId, Option<String>), Error> {
    let tables: Vec<(TableId, String)> = pipeline.tables().map(|(id, _)| (id, pipeline.qualified_name(id))).collect();
    let table = |path: &str| tables.iter().find(|(_, name)| name == path).map(|(id, _)| *id);
    if let Some(id) = table(name) {
        return Ok((id, None));
    }
    let perhaps = |near: Option<&str>| near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    let nearest_table = |path: &str| {
        let names = || tables.iter().map(|(_, name)| name.as_str());
        // In Python a module may be called otherwise than its schema, whose name it is here.
        let class = path.rsplit('.').next();
        perhaps(nearest(path, names()).or_else(|| names().find(|name| name.rsplit('.').next() == class)))
    };
    let Some((path, attribute)) = name.rsplit_once('.') else {
        return Err(Error::Usage(format!("write `module.Table.attribute` or `module.Table`, not `{name}`")));
    };
    let Some(id) = table(path) else {
        // The last word says whether a table or an attribute was meant.
        let path = if attribute.starts_with(|c: char| c.is_ascii_uppercase()) { name } else { path };
        return Err(Error::Usage(format!("there is no table `{path}`{}", nearest_table(path))));
    };
    let heading = &pipeline.table(id).heading;
    if heading.get(attribute).is_none() {
        let near = nearest(attribute, heading.attributes.iter().map(|attribute| attribute.name.as_str()));
        return Err(Error::Usage(format!("`{path}` has no attribute `{attribute}`{}", perhaps(near))));
    }
    Ok((id, Some(attribute.to_string())))
}
