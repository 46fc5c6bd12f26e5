//! Lints: what datajoint or a server accepts and a pipeline regrets later.
//!
//! The passes before this one report what cannot be. Here stand the traps: each rule in [`rules`] names a failure that
//! somebody would meet after the tables exist, or on the next server, or in the other generation. Rules are data and a
//! function ([`Rule`]); they look at the resolved pipeline and, where resolving dropped what they need, at the tree of the
//! text beside it. They never change a meaning and never stop a table from being made, unless a level says so.

mod context;
pub mod levels;
pub mod rules;
mod words;

pub use context::{Context, Subject, name_span};
pub use levels::Levels;

use crate::config::Config;
use crate::core::ir::{self, Tier};
use crate::core::source::Span;
use crate::diag::{Code, Level, Sink};
use crate::parallel;
use crate::parser::ast;

/// One lint: its code, and what looks for it.
#[derive(Debug)]
pub struct Rule {
    /// What it reports; the page behind the code says why.
    pub code: &'static Code,
    /// What it looks at.
    pub check: Check,
}

/// What a rule looks at, and how.
#[derive(Debug)]
pub enum Check {
    /// One table or part of ours at a time.
    Table(fn(&Context, &Subject, &mut Sink)),
    /// One file at a time, as it is written.
    File(fn(&Context, &ast::File, &mut Sink)),
    /// Everything at once.
    Pipeline(fn(&Context, &mut Sink)),
}

/// Fewer tables than this are not worth a thread.
const LEAST: usize = 500;

/// What the project says about its lints.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Levels from `djc.toml` and the command line.
    pub levels: Levels,
}

impl From<&Config> for Settings {
    /// Returns what `djc.toml` says; the command line is laid over [`Settings::levels`].
    fn from(config: &Config) -> Self {
        let levels = Levels::new(config.check.allow.iter().map(|name| &name.value), config.check.deny.iter().map(|name| &name.value));
        Settings { levels }
    }
}

/// Runs every rule and reports what `@allow` and the levels let through.
///
/// Tables of an `extern schema` are somebody else's: they are looked up and not judged.
pub fn check(pipeline: &ir::Pipeline, files: &[ast::File], settings: &Settings, sink: &mut Sink) {
    let context = Context::new(pipeline, files);
    let allowed = AllowedPlaces::of(pipeline);
    let rules: Vec<&Rule> = rules::RULES.iter().filter(|rule| settings.levels.of(rule.code, rule.code.level) != Level::Allow).collect();
    // Table by table rather than rule by rule: what one rule has read is at hand for the next.
    let subjects: Vec<Subject> = context.subjects().collect();
    let pieces = parallel::chunks(&subjects, LEAST, |subjects| {
        let mut found: Vec<Sink> = rules.iter().map(|_| Sink::new()).collect();
        for subject in subjects {
            for (rule, found) in rules.iter().zip(&mut found) {
                if let Check::Table(check) = rule.check {
                    let mut of_table = Sink::new();
                    check(&context, subject, &mut of_table);
                    for mut diagnostic in of_table.into_sorted() {
                        diagnostic.table.get_or_insert_with(|| pipeline.qualified_name(subject.id));
                        found.report(diagnostic);
                    }
                }
            }
        }
        found
    });
    let mut found: Vec<Sink> = rules.iter().map(|_| Sink::new()).collect();
    for piece in pieces {
        found.iter_mut().zip(piece).for_each(|(found, piece)| found.append(piece));
    }
    for (rule, mut found) in rules.into_iter().zip(found) {
        match rule.check {
            // Done above.
            Check::Table(_) => {}
            Check::File(check) => files.iter().for_each(|file| check(&context, file, &mut found)),
            Check::Pipeline(check) => check(&context, &mut found),
        }
        for mut diagnostic in found.into_sorted() {
            if diagnostic.span.is_some_and(|span| allowed.covers(span, rule.code)) {
                continue;
            }
            diagnostic.level = settings.levels.of(rule.code, diagnostic.level);
            if diagnostic.level != Level::Allow {
                sink.report(diagnostic);
            }
        }
    }
}

/// The tables with `@allow`, by place: what they cover and what they silence.
struct AllowedPlaces<'a> {
    // Neither masters nor parts overlap among themselves, so at most one of each covers a place.
    masters: Vec<(Span, &'a [String])>,
    parts: Vec<(Span, &'a [String])>,
}

impl<'a> AllowedPlaces<'a> {
    fn of(pipeline: &'a ir::Pipeline) -> Self {
        let (mut masters, mut parts) = (Vec::new(), Vec::new());
        for table in pipeline.tables.iter().filter(|table| !table.annotations.allow.is_empty()) {
            let places = match table.tier {
                Tier::Part { .. } => &mut parts,
                Tier::Manual | Tier::Lookup | Tier::Imported | Tier::Computed => &mut masters,
            };
            places.push((table.span, table.annotations.allow.as_slice()));
        }
        masters.sort_unstable();
        parts.sort_unstable();
        AllowedPlaces { masters, parts }
    }

    /// An `@allow` on a master covers its parts, because their text stands inside.
    fn covers(&self, span: Span, code: &Code) -> bool {
        [&self.masters, &self.parts].into_iter().any(|places| {
            let at = places.partition_point(|(outer, _)| (outer.file, outer.start) <= (span.file, span.start));
            let last = at.checked_sub(1).map(|at| places[at]);
            last.is_some_and(|(outer, names)| {
                outer.file == span.file && span.end <= outer.end && names.iter().any(|name| levels::names(name, code))
            })
        })
    }
}
