//! The reference page of the commands, written from the same words as `--help`.

use std::fmt::Write as _;

use clap::{Arg, CommandFactory};

use super::Cli;

const EXIT_CODES: &str = "\
## Exit codes

| code | meaning |
|---|---|
| 0 | fine |
| 1 | findings, or refused: errors, denied warnings, files that are not formatted |
| 2 | could not run, connect, or read all; wrong usage |
| 3 | what exists in the database differs from the pipeline |

Where several apply, 2 wins over 1, and 1 over 3. Findings of `djc check` go to stdout; those of other commands go to stderr, because their
stdout is SQL, a script or a page.

## Machine output

`--format json` prints one object: `version` (1), `diagnostics`, `summary`. A diagnostic has `code`, `level` (`error`, `warning`, `note`), `message`,
`file`, `line`, `column`, `end_line`, `end_column`, `labels`, `help`, `fixes`, `table`, `attribute`; what does not apply is null or empty. Lines
and columns count from 1, columns in characters, and an end is the place behind the last character. A fix has a `title`, `safe` (whether
`djc check --fix` applies it), and `edits`: places with the text that replaces them. Fields may be added in later versions; none is renamed or removed.

`--format github` prints workflow commands, which GitHub shows beside the lines of a pull request. `--format sarif` prints a SARIF 2.1.0 log for
code scanning, with the page of each code as help and the fixes as proposals.

";

/// Returns `docs/book/commands.md`.
pub fn reference() -> String {
    let mut root = Cli::command();
    root.build();
    let mut out =
        String::from("# Commands\n\n<!-- Written from the help texts in src/commands; a test says how to write it again. -->\n\n");
    section(&mut out, &root, 0);
    out.push_str(EXIT_CODES);
    out.push_str("## Options of every command\n\n");
    options(&mut out, root.get_arguments().filter(|arg| arg.is_global_set() && !arg.is_hide_set()));
    for command in root.get_subcommands().filter(|command| !command.is_hide_set()) {
        writeln!(out, "## `djc {}`\n", command.get_name()).expect("a String takes all that is written");
        one(&mut out, command);
        for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
            writeln!(out, "### `djc {} {}`\n", command.get_name(), inner.get_name()).expect("a String takes all that is written");
            one(&mut out, inner);
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn one(out: &mut String, command: &clap::Command) {
    section(out, command, 1);
    let own: Vec<&Arg> = command.get_arguments().filter(|arg| !arg.is_global_set() && arg.get_id() != "help").collect();
    if !own.is_empty() {
        options(out, own.into_iter());
    }
}

fn section(out: &mut String, command: &clap::Command, depth: usize) {
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    writeln!(out, "{}\n", about.trim()).expect("a String takes all that is written");
    if depth > 0 {
        let usage = command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage:").trim();
        writeln!(out, "```\n{usage}\n```\n").expect("a String takes all that is written");
    }
}

fn options<'a>(out: &mut String, args: impl Iterator<Item = &'a Arg>) {
    out.push_str("| option | |\n|---|---|\n");
    for arg in args {
        let mut name = String::new();
        if let Some(short) = arg.get_short() {
            write!(name, "-{short}").expect("a String takes all that is written");
        }
        if let Some(long) = arg.get_long() {
            write!(name, "{}--{long}", if name.is_empty() { "" } else { ", " }).expect("a String takes all that is written");
        }
        let value = arg.get_value_names().map(|names| names.join(" ")).filter(|_| arg.get_action().takes_values());
        if let Some(value) = value {
            write!(name, "{}{value}", if name.is_empty() { "" } else { " " }).expect("a String takes all that is written");
        }
        let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
        let mut help = help.replace("\n\n", "<br>").replace('\n', " ");
        let values: Vec<String> =
            arg.get_possible_values().iter().filter(|value| !value.is_hide_set()).map(|value| format!("`{}`", value.get_name())).collect();
        if !values.is_empty() && arg.get_action().takes_values() {
            write!(help, " ({})", values.join(", ")).expect("a String takes all that is written");
        }
        writeln!(out, "| `{name}` | {} |", help.replace('|', "\\|")).expect("a String takes all that is written");
    }
    out.push('\n');
}
