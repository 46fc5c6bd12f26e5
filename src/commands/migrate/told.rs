//! How these commands answer: findings, one object for programs, one question for people.

use std::io::{IsTerminal, Write};

use serde_json::Value;

use super::super::database::runtime;
use super::super::ui::Channel;
use super::super::{Error, Exit, Format, Ui};
use super::opened::Opened;
use super::site::{Refused, Stop};
use crate::diag::Diagnostic;
use crate::diag::machine::Output;

/// Does the work of a command on the history, and prints why it is refused where it is.
pub(super) fn on_history(ui: &Ui, work: impl AsyncFnOnce(&Opened) -> Result<Exit, Stop>) -> Result<Exit, Error> {
    let opened = match Opened::read(ui)? {
        Ok(opened) => opened,
        Err(exit) => return Ok(exit),
    };
    match runtime()?.block_on(work(&opened)) {
        Ok(exit) => Ok(exit),
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::Refused(Refused { findings, exit })) => {
            ui.flush()?;
            let channel = if ui.format() == Format::Human { Channel::Err } else { Channel::Out };
            ui.report(channel, &opened.sources, &findings)?;
            Ok(exit)
        }
    }
}

/// Prints the object for programs.
pub(super) fn object(ui: &Ui, opened: &Opened, findings: &[Diagnostic], about: Value) -> Result<(), Error> {
    match ui.format() {
        Format::Json => {
            let mut output = serde_json::to_value(Output::of(&opened.sources, findings)).map_err(std::io::Error::from)?;
            output["migrate"] = about;
            let text = serde_json::to_string_pretty(&output).map_err(std::io::Error::from)?;
            ui.print(text + "\n")
        }
        Format::Github | Format::Sarif => ui.report(Channel::Out, &opened.sources, findings),
        Format::Human => Ok(()),
    }
}

/// Returns whether a person can be asked.
pub(super) fn is_asked() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks a question at the terminal and returns the answer.
pub(super) fn ask(ui: &Ui, question: &str) -> Result<String, Error> {
    ui.flush()?;
    let mut err = std::io::stderr();
    write!(err, "{question} ")?;
    err.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().to_string())
}

/// Asks whether to go on.
pub(super) fn agreed(ui: &Ui) -> Result<bool, Error> {
    Ok(matches!(ask(ui, "Go on? [y/N]")?.to_ascii_lowercase().as_str(), "y" | "yes"))
}
