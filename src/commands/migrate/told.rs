//! How these commands answer: findings, one object for programs, one question for people.

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
            ui.print_json(&output)
        }
        Format::Github | Format::Sarif => ui.report(Channel::Out, &opened.sources, findings),
        Format::Human => Ok(()),
    }
}
