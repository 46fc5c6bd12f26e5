//! Why nothing was deleted, as findings with codes.

use djc_core::source::SourceMap;
use djc_runtime::ErrorKind;

use super::show::{Told, json};
use crate::commands::ui::Channel;
use crate::commands::{Error, Exit, Format, Ui};
use crate::diag::codes::{DELETE_CHANGED, DELETE_CIRCLE, DELETE_HELD, DELETE_LOCKED, DELETE_PART, DELETE_RESTRICTION, DELETE_TABLE};
use crate::diag::machine::Output;
use crate::diag::{Diagnostic, Level};

/// Why a delete ended early.
pub(super) enum Stop {
    /// It could not run.
    Error(Error),
    /// It was refused; what had been found out by then goes with it.
    Found(Option<Box<Told>>, Vec<Diagnostic>),
}

impl Stop {
    pub fn found(diagnostic: Diagnostic) -> Stop {
        Stop::Found(None, vec![diagnostic])
    }
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Stop::Error(error.into())
    }
}

impl From<djc_runtime::Error> for Stop {
    fn from(error: djc_runtime::Error) -> Self {
        let code = match error.kind() {
            ErrorKind::MissingTable => &DELETE_TABLE,
            ErrorKind::NoEffect | ErrorKind::UnknownAttribute | ErrorKind::Predicate | ErrorKind::Value => &DELETE_RESTRICTION,
            ErrorKind::PartBeforeMaster | ErrorKind::PartDirectly => &DELETE_PART,
            ErrorKind::HasChildren | ErrorKind::Denied => &DELETE_HELD,
            ErrorKind::Changed => &DELETE_CHANGED,
            ErrorKind::Contention => &DELETE_LOCKED,
            ErrorKind::Refused => &DELETE_CIRCLE,
            _ => return Stop::Error(Error::Runtime(Box::new(error))),
        };
        let details = error.details();
        let mut found = code.anywhere(details.message.clone());
        if let Some(cause) = &details.cause {
            found = found.help(cause.clone());
        }
        for step in &details.next_steps {
            found = found.help(step.clone());
        }
        found.table = details.table.clone();
        Stop::found(found)
    }
}

/// Reports what was found, and with it for programs what is known. Exit 1.
pub(super) fn report(ui: &Ui, told: Option<&Told>, found: Vec<Diagnostic>) -> Result<Exit, Error> {
    say(ui, told, &found)?;
    Ok(Exit::Findings)
}

/// Ends a command that did what it was asked for.
pub(super) fn finish(ui: &Ui, told: &Told, notes: Vec<Diagnostic>) -> Result<Exit, Error> {
    say(ui, Some(told), &notes)?;
    let error = notes.iter().any(|note| note.level >= Level::Error);
    Ok(if error { Exit::Findings } else { Exit::Fine })
}

fn say(ui: &Ui, told: Option<&Told>, found: &[Diagnostic]) -> Result<(), Error> {
    let sources = SourceMap::new();
    match ui.format() {
        Format::Json => {
            let mut output = serde_json::to_value(Output::of(&sources, found)).map_err(std::io::Error::from)?;
            output["delete"] = told.map(json).unwrap_or_default();
            ui.print_json(&output)
        }
        Format::Human | Format::Github | Format::Sarif if found.is_empty() => Ok(()),
        Format::Human | Format::Github | Format::Sarif => ui.report(Channel::Err, &sources, found),
    }
}
