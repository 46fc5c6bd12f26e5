//! Diagnostics for people: the message, the source under it, what to do.
//!
//! The same input gives the same bytes whatever the machine: colour, character set and width are asked for, never
//! guessed here.

use std::fmt;
use std::io;

use djc_core::source::SourceMap;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity, SourceCode, ThemeCharacters, ThemeStyles};

use super::excerpt::{Excerpt, plain};
use super::{Confidence, Diagnostic, Level, Summary};

/// How messages look.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// With colours.
    pub color: bool,
    /// Frames and signs beyond ASCII.
    pub unicode: bool,
    /// Where to break lines of prose; `None` leaves them whole, so that a search in a log finds them.
    pub width: Option<usize>,
}

/// Writes all diagnostics that have a level above [`Level::Allow`], in the order given.
pub fn write(out: &mut dyn io::Write, sources: &SourceMap, diagnostics: &[Diagnostic], look: Look) -> io::Result<()> {
    let handler = handler(look);
    let mut text = String::new();
    for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.level != Level::Allow) {
        text.clear();
        let report = Report { diagnostic, excerpt: Excerpt::of(sources, diagnostic, look.unicode), unicode: look.unicode };
        handler.render_report(&mut text, &report).map_err(io::Error::other)?;
        // miette sets a blank line behind the code.
        for (_, line) in text.lines().enumerate().filter(|(at, line)| *at != 1 || !line.is_empty()) {
            writeln!(out, "{}", line.trim_end())?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Writes the diagnostics and the line that counts them; nothing where there are none.
pub fn write_all(out: &mut dyn io::Write, sources: &SourceMap, diagnostics: &[Diagnostic], look: Look) -> io::Result<()> {
    write(out, sources, diagnostics, look)?;
    let summary = Summary::of(sources, diagnostics);
    if summary.is_empty() {
        return Ok(());
    }
    write!(out, "{summary}")?;
    for (count, command) in [(summary.fixable, "djc check --fix"), (summary.patchable, "djc patch fix")] {
        if count > 0 {
            write!(out, "; {count} can be fixed with `{command}`")?;
        }
    }
    writeln!(out)
}

fn handler(look: Look) -> GraphicalReportHandler {
    let characters = if look.unicode {
        ThemeCharacters::unicode()
    } else {
        ThemeCharacters {
            // miette's own set says `[x]` and `[!]`; the word stands in the line above already.
            error: "x".into(),
            warning: "!".into(),
            advice: "-".into(),
            ..ThemeCharacters::ascii()
        }
    };
    let styles = if look.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_links(false)
        .with_urls(false)
        .with_context_lines(1)
        .with_break_words(false)
        .without_syntax_highlighting();
    match look.width {
        Some(width) => handler.with_width(width.max(40)),
        None => handler.with_wrap_lines(false),
    }
}

/// A diagnostic as miette sees it.
#[derive(Debug)]
struct Report<'a> {
    diagnostic: &'a Diagnostic,
    excerpt: Option<Excerpt>,
    unicode: bool,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(&self.diagnostic.message, self.unicode))
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(format!("{}[{}]", self.diagnostic.level.word(), self.diagnostic.code.id)))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.diagnostic.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Note | Level::Allow => Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let mut lines: Vec<String> = self.diagnostic.help.iter().map(|help| plain(help, self.unicode).into_owned()).collect();
        for fix in &self.diagnostic.fixes {
            let title = plain(&fix.title, self.unicode);
            lines.push(match fix.confidence {
                Confidence::Safe => format!("fix: {title} (`djc check --fix`)"),
                Confidence::Patch => format!("fix: {title} (`djc patch fix`)"),
                Confidence::Likely => format!("perhaps: {title}"),
            });
        }
        (!lines.is_empty()).then(|| Box::new(lines.join("\n")) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let excerpt = self.excerpt.as_ref()?;
        Some(Box::new(excerpt.labels().iter().cloned()))
    }
}
