//! `djc explain`: the page of a code.

use std::fmt::Write as _;

use serde_json::json;

use super::ui::Channel;
use super::{Error, Exit, Format, Ui};
use crate::diag::Code;
use crate::diag::codes::CODES;

/// Explain a code
///
/// Every message has a code (`DJ0001`); this prints the page about it. Without a code all of them are listed.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Numbers or names of codes: `DJ0001`, `syntax`
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let mut wanted = Vec::new();
    for name in &args.codes {
        wanted.push(Code::find(name).ok_or_else(|| unknown(name))?);
    }
    if matches!(ui.format(), Format::Json) {
        let codes = if wanted.is_empty() { CODES } else { &wanted };
        let listed: Vec<_> = codes.iter().map(|code| entry(code)).collect();
        ui.print_json(&json!({ "version": 1, "codes": listed }))?;
    } else if wanted.is_empty() {
        ui.print(list())?;
    } else {
        let color = ui.look(Channel::Out).color;
        for (at, code) in wanted.iter().enumerate() {
            ui.print(if at > 0 { "\n" } else { "" })?;
            ui.print(page(code, color))?;
        }
    }
    Ok(Exit::Fine)
}

fn entry(code: &Code) -> serde_json::Value {
    json!({ "code": code.id, "name": code.slug, "level": code.level.word(), "title": code.title, "page": code.page() })
}

fn unknown(name: &str) -> Error {
    let lower = name.to_ascii_lowercase();
    let near = CODES.iter().find(|code| lower.len() > 2 && (code.slug.contains(&lower) || lower.contains(code.slug)));
    let hint = near.map_or_else(String::new, |code| format!("did you mean `{}` ({})? ", code.slug, code.id));
    Error::Usage(format!("there is no code `{name}`; {hint}`djc explain` lists all of them"))
}

fn list() -> String {
    let slug_width = CODES.iter().map(|code| code.slug.len()).max().unwrap_or(0);
    let mut out = String::new();
    for code in CODES {
        writeln!(out, "{}  {:7}  {:slug_width$}  {}", code.id, code.level.word(), code.slug, code.title)
            .expect("a String takes all that is written");
    }
    out
}

/// Returns the page for a terminal: headings bold (or underlined), code indented.
fn page(code: &Code, color: bool) -> String {
    let mut out = String::new();
    let mut fenced = false;
    for line in code.page().lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let heading = line.trim_start_matches('#');
        if fenced {
            out.push_str(if line.is_empty() { "" } else { "    " });
            out.push_str(line);
        } else if heading.len() < line.len() && heading.starts_with(' ') {
            let heading = heading.trim();
            if color {
                write!(out, "\u{1b}[1m{heading}\u{1b}[0m").expect("a String takes all that is written");
            } else {
                write!(out, "{heading}\n{}", "-".repeat(heading.chars().count())).expect("a String takes all that is written");
            }
        } else {
            out.push_str(line);
        }
        out.push('\n');
    }
    writeln!(out, "\nName: {}. Level unless djc.toml or `@allow` says otherwise: {}.", code.slug, code.level.word())
        .expect("a String takes all that is written");
    out
}
