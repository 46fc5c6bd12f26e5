//! The way back: edits of definitions become edits of the files in which they are written.
//!
//! A definition in Python is a string literal, or several; djc reads it as a piece of a derived text. [`place::Places`] finds where each edited byte stands and
//! spells the new text for that literal, [`settle`] keeps only what is whole: a [`Unit`] is done with all its edits or not at all, and a literal that
//! several tables share changes only where all of them ask for the same. What cannot be done is a finding with its place and reason. [`format`] and
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
    let mut taken: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    for at in alive {
        let clash = edits(at).iter().any(|planned| {
            let others = taken.get(&planned.edit.span.file).map_or(&[][..], Vec::as_slice);
            !others.contains(&planned.edit) && others.iter().any(|other| crate::diag::fix::touches(other.span, planned.edit.span))
        });
        if clash {
            out.waiting.push(at);
            continue;
        }
        for Planned { edit, .. } in edits(at) {
            let file = taken.entry(edit.span.file).or_default();
            if !file.contains(edit) {
                file.push(edit.clone());
            }
        }
        out.done.push(at);
    }
    out.texts = taken.into_iter().map(|(file, edits)| (file, crate::diag::fix::edited(&sources.file(file).text, &edits))).collect();
    out
}
