//! The terminal: what is printed where, and how it looks.

use std::cell::RefCell;
use std::io::{self, BufWriter, IsTerminal, Write};

use clap::ValueEnum;
use djc_core::source::SourceMap;

use super::{Error, Exit};
use crate::diag::human::{self, Look};
use crate::diag::{Diagnostic, machine, sarif};

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How findings are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The source with the message under it
    Human,
    /// One JSON object
    Json,
    /// GitHub workflow commands, shown in pull requests
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// Where findings go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    /// They are what the command is for.
    Out,
    /// Stdout belongs to something else.
    Err,
}

/// What a command prints with.
pub struct Ui {
    format: Format,
    color: Color,
    vars: Vec<(String, String)>,
    out: RefCell<Stream<BufWriter<io::Stdout>>>,
    err: RefCell<Stream<io::Stderr>>,
}

impl Ui {
    pub(super) fn new(color: Color, format: Format, vars: Vec<(String, String)>) -> Ui {
        Ui {
            format,
            color,
            vars,
            out: RefCell::new(Stream { inner: BufWriter::with_capacity(1 << 16, io::stdout()), closed: false }),
            err: RefCell::new(Stream { inner: io::stderr(), closed: false }),
        }
    }

    /// Returns how findings are reported.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Returns the variables of the command line, later ones last.
    pub(super) fn vars(&self) -> &[(String, String)] {
        &self.vars
    }

    /// Prints to stdout.
    pub(super) fn print(&self, text: impl AsRef<str>) -> Result<(), Error> {
        Ok(self.out.borrow_mut().write_all(text.as_ref().as_bytes())?)
    }

    /// Prints the object for programs to stdout.
    pub(super) fn print_json(&self, value: &impl serde::Serialize) -> Result<(), Error> {
        self.print(serde_json::to_string_pretty(value).map_err(io::Error::from)? + "\n")
    }

    /// Prints a line for people to stderr; with a machine format nothing, so that logs stay clean.
    pub(super) fn say(&self, line: impl AsRef<str>) -> Result<(), Error> {
        if self.format == Format::Human {
            writeln!(self.err.borrow_mut(), "{}", line.as_ref())?;
        }
        Ok(())
    }

    /// Prints findings in the format that was asked for.
    pub(super) fn report(&self, channel: Channel, sources: &SourceMap, diagnostics: &[Diagnostic]) -> Result<(), Error> {
        let mut out;
        let mut err;
        let writer: &mut dyn Write = match channel {
            Channel::Out => {
                out = self.out.borrow_mut();
                &mut *out
            }
            Channel::Err => {
                err = BufWriter::new(io::stderr());
                &mut err
            }
        };
        match self.format {
            Format::Human => human::write_all(writer, sources, diagnostics, self.look(channel))?,
            Format::Json => machine::write_json(writer, sources, diagnostics)?,
            Format::Github => machine::write_github(writer, sources, diagnostics)?,
            Format::Sarif => sarif::write(writer, sources, diagnostics)?,
        }
        Ok(writer.flush()?)
    }

    /// Prints findings if there are any; a machine format without findings is left out too.
    pub(super) fn report_any(&self, channel: Channel, sources: &SourceMap, diagnostics: &[Diagnostic]) -> Result<(), Error> {
        if diagnostics.is_empty() { Ok(()) } else { self.report(channel, sources, diagnostics) }
    }

    /// Prints findings for people without the line that counts them.
    pub(super) fn list(&self, channel: Channel, sources: &SourceMap, diagnostics: &[Diagnostic]) -> Result<(), Error> {
        let mut text = Vec::new();
        human::write(&mut text, sources, diagnostics, self.look(channel))?;
        match channel {
            Channel::Out => self.out.borrow_mut().write_all(&text)?,
            Channel::Err => self.err.borrow_mut().write_all(&text)?,
        }
        Ok(())
    }

    /// Returns how text on a channel looks.
    pub(super) fn look(&self, channel: Channel) -> Look {
        let terminal = match channel {
            Channel::Out => io::stdout().is_terminal(),
            Channel::Err => io::stderr().is_terminal(),
        };
        let size = match channel {
            Channel::Out => terminal_size::terminal_size_of(io::stdout()),
            Channel::Err => terminal_size::terminal_size_of(io::stderr()),
        };
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let color = match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !dumb && !set("NO_COLOR"),
        };
        let width = size.map(|(width, _)| usize::from(width.0)).filter(|_| terminal);
        Look { color, unicode: terminal && !dumb && speaks_utf8(), width: width.map(|width| width.min(140)) }
    }

    /// Prints why the command could not run; returns the exit code of that.
    pub(super) fn fail(&self, error: &Error) -> Exit {
        let mut text = format!("djc: {error}");
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            // Many errors print their source themselves.
            if !text.ends_with(&cause_text) {
                text.push_str(": ");
                text.push_str(&cause_text);
            }
            source = cause.source();
        }
        // What was printed before belongs before it; and there is nowhere to say it when stderr is closed.
        let _ = self.out.borrow_mut().flush();
        let _ = writeln!(self.err.borrow_mut(), "{text}");
        if let Some(help) = error.help() {
            let _ = writeln!(self.err.borrow_mut(), "help: {help}");
        }
        error.exit()
    }

    /// Writes out what is still in the buffer.
    pub(super) fn flush(&self) -> Result<(), Error> {
        Ok(self.out.borrow_mut().flush()?)
    }
}

/// Returns whether the locale says UTF-8; Windows terminals do since they are called so.
fn speaks_utf8() -> bool {
    let first = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    match first {
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
        None => cfg!(windows),
    }
}

/// A writer for which a reader that went away (`djc sql | head`) is no failure.
struct Stream<W: Write> {
    inner: W,
    closed: bool,
}

impl<W: Write> Stream<W> {
    fn forgive<T>(&mut self, result: io::Result<T>, instead: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(instead)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Stream<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let result = self.inner.write(bytes);
        self.forgive(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let result = self.inner.flush();
        self.forgive(result, ())
    }
}
