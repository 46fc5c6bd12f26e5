//! Questions to a person at a terminal.

use std::io::{IsTerminal, Write};

use super::{Error, Ui};

/// Returns whether there is a person who can be asked.
pub(super) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks a question and returns the answer; no answer is an empty one.
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
