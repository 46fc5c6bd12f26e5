//! The way back: edits of definitions become edits of the files in which they are written.
//!
//! A definition in Python is a string literal, or several; djc reads it as a piece of a derived text. [`place::Places`] finds where each edited byte stands and
//! spells the new text for that literal, [`settle`] keeps only what is whole: a [`Unit`] is done with all its edits or not at all, and a literal that
//! several tables share changes only where all of them ask for the same. What cannot be done is a finding with its place and reason. [`mod@format`] and
//! [`rename`] say what is to change; nothing here touches the world, and whoever writes the texts compiles them first ([`outcome`] compares).

pub mod fix;
pub mod format;
pub mod outcome;
pub mod place;
pub mod rename;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use crate::core::source::{FileId, SourceMap, Span};
use crate::diag::{Code, Diagnostic, Edit, codes};
use place::Places;

/// Edits that belong together.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The table that it is about, or the file.
    pub name: String,
    /// Where messages about it point.
    pub span: Span,
    /// The edits in real files, or why they cannot be made.
    pub edits: Result<Vec<Planned>, Refusal>,
}

/// An edit of a real file, in the spelling of that place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The table whose definition asks for it; `None` outside of tables.
    pub table: Option<String>,
    /// The edit.
    pub edit: Edit,
}

/// Why an edit cannot be made.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Which kind of reason.
    pub code: &'static Code,
    /// Where.
    pub span: Span,
    /// The reason, as a headline.
    pub message: String,
    /// A second place with a word about it.
    pub label: Option<(Span, String)>,
    /// What to do.
    pub help: &'static str,
}

impl Refusal {
    fn new(code: &'static Code, span: Span, message: impl Into<String>, help: &'static str) -> Self {
        Refusal { code, span, message: message.into(), label: None, help }
    }

    /// Returns the finding of a refusal.
    pub fn diagnostic(&self, table: &str) -> Diagnostic {
        let found = self.code.at(self.span, self.message.as_str()).help(self.help).table(table);
        match &self.label {
            Some((span, text)) => found.label(*span, text.as_str()),
            None => found,
        }
    }
}

/// What comes of some units.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// New texts of the real files that change.
    pub texts: BTreeMap<FileId, String>,
    /// The positions of the units that are done.
    pub done: Vec<usize>,
    /// The positions of those that overlap others, for another round.
    pub waiting: Vec<usize>,
    /// What could not be done, and why.
    pub refused: Vec<Diagnostic>,
}

/// Applies the units that can be applied whole.
pub fn settle(sources: &SourceMap, places: &Places<'_>, units: &[Unit]) -> Settled {
    let mut out = Settled::default();
    let mut alive: BTreeSet<usize> = BTreeSet::new();
    for (at, unit) in units.iter().enumerate() {
        match &unit.edits {
            Ok(edits) if edits.is_empty() => {}
            Ok(_) => drop(alive.insert(at)),
            Err(refusal) => out.refused.push(refusal.diagnostic(&unit.name)),
        }
    }
    let edits = |at: usize| units[at].edits.as_deref().unwrap_or_default();
    // A refusal may take away the edit that another table counted on.
    loop {
        let mut asked: BTreeMap<(&Option<String>, Span, &str), usize> = BTreeMap::new();
        for planned in alive.iter().flat_map(|at| edits(*at)) {
            *asked.entry((&planned.table, planned.edit.span, &planned.edit.text)).or_default() += 1;
        }
        let unshared = alive.iter().find_map(|at| {
            let lone = edits(*at).iter().find_map(|planned| {
                let tables = places.tables_of(planned.edit.span);
                let times = |table: &Option<String>| asked.get(&(table, planned.edit.span, planned.edit.text.as_str())).copied();
                tables.into_iter().find(|(table, count)| times(table).unwrap_or(0) < *count).map(|(table, _)| (planned.edit.span, table))
            });
            lone.map(|(span, table)| (*at, span, table))
        });
        let Some((at, span, table)) = unshared else { break };
        alive.remove(&at);
        let message = match table.filter(|table| *table != units[at].name) {
            Some(table) => format!("this text is part of the definition of `{table}` too, which would change with it"),
            None => "this text is used a second time, where the change does not belong".to_string(),
        };
        let help = "give each table a text of its own, or change the text by hand for all of them";
        out.refused.push(Refusal::new(&codes::PATCH_SHARED, span, message, help).diagnostic(&units[at].name));
    }
    let mut taken: BTreeMap<FileId, Taken> = BTreeMap::new();
    for at in alive {
        if edits(at).iter().any(|planned| taken.get(&planned.edit.span.file).is_some_and(|taken| taken.clashes(&planned.edit))) {
            out.waiting.push(at);
            continue;
        }
        for Planned { edit, .. } in edits(at) {
            taken.entry(edit.span.file).or_default().add(edit);
        }
        out.done.push(at);
    }
    out.texts = taken.into_iter().map(|(file, taken)| (file, taken.applied(&sources.file(file).text))).collect();
    out
}

/// The edits of one file: by place, those that insert at one point in the order in which they came.
#[derive(Default)]
struct Taken(BTreeMap<(u32, u32), Vec<String>>);

impl Taken {
    fn has(&self, edit: &Edit) -> bool {
        self.0.get(&(edit.span.start, edit.span.end)).is_some_and(|texts| texts.contains(&edit.text))
    }

    /// Returns whether an edit overlaps or touches another one; the very same edit twice is one edit.
    fn clashes(&self, edit: &Edit) -> bool {
        // Edits do not overlap, so that only the last ones that begin before its end can reach it.
        let near = self.0.range(..=(edit.span.end, u32::MAX)).rev().take_while(|((_, end), _)| *end >= edit.span.start);
        !self.has(edit) && near.count() > 0
    }

    fn add(&mut self, edit: &Edit) {
        if !self.has(edit) {
            self.0.entry((edit.span.start, edit.span.end)).or_default().push(edit.text.clone());
        }
    }

    fn applied(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for ((start, end), texts) in &self.0 {
            out.push_str(&text[at..*start as usize]);
            texts.iter().for_each(|text| out.push_str(text));
            at = *end as usize;
        }
        out.push_str(&text[at..]);
        out
    }
}
