//! `djc patch fix`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use djc_core::ir::Pipeline;

use super::draft::{self, Draft};
use super::{Error, Exit, Mode, Ui};
use crate::commands::compile::Compiled;
use crate::commands::ui::Channel;
use crate::diag::codes::CODES;
use crate::diag::{Diagnostic, counted};
use crate::patch::place::Places;
use crate::patch::{Unit, fix, outcome, settle};

/// A fix may make room for the next one.
const ROUNDS_MAX: usize = 10;

/// Apply the safe fixes of `djc check`, then check again
#[derive(Debug, clap::Args)]
pub(super) struct Args {
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

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
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
    ui.say(if count > 0 {
        format!("{} in {} {}", counted(count, "fix"), counted(draft.files(), "file"), args.mode.said("applied"))
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
