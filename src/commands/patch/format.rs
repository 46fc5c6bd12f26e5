//! `djc patch format`.

use std::path::PathBuf;

use super::draft::Draft;
use super::{Error, Exit, Mode, Ui};
use crate::commands::Format;
use crate::commands::ui::Channel;
use crate::diag::{Diagnostic, Level, codes, counted};
use crate::patch::place::Places;
use crate::patch::{format, outcome, settle};

/// Bring definitions into the form of `djc fmt`
///
/// Aligns colons and comments within a definition, with the indentation that it has in its class. A definition with mistakes stays as it is.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files and folders; without any, the sources of djc.toml
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    mode: Mode,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
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
