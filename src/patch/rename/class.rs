//! Renaming a table or a part of a `.dj` file.
//!
//! A class of Python is not renamed: its name stands in the code, in imports and in the code of others, of which djc sees a part and changes none. Half a rename
//! would leave files that do not compile, so that the places are listed instead.

use std::collections::BTreeSet;
use std::ops::Range;

use djc_pyimport::strings;

use super::super::place::Places;
use super::super::table::Placed;
use super::super::{Planned, Refusal};
use super::{bare_words, in_python, replaced};
use crate::core::ir::{self, Pipeline, TableId, Tier};
use crate::core::source::{FileId, SourceMap, Span};
use crate::diag::{Diagnostic, Edit, codes};
use crate::parser::ast::{self, BodyItem, Ident, UseName, UseNames};

/// A rename of a table, planned.
#[derive(Debug)]
pub struct RenamedTable {
    /// The edits, or the first that cannot be made.
    pub edits: Result<Vec<Planned>, Refusal>,
    /// Key sources that say the name and may mean another table, for a person to look at.
    pub by_hand: Vec<Diagnostic>,
}

/// Plans the rename of a table; `note` leaves `@renamed_from` above it.
///
/// # Errors
/// For a class of Python: each place that a person must change, the class first.
pub fn table(
    pipeline: &Pipeline,
    sources: &SourceMap,
    places: &Places<'_>,
    trees: &[ast::File],
    id: TableId,
    new: &str,
    note: bool,
) -> Result<RenamedTable, Vec<Diagnostic>> {
    let root = pipeline.table(id);
    let old = root.class.as_str();
    if !sources.file(root.name_span.file).segments().is_empty() {
        return Err(in_code(pipeline, sources, places, id));
    }
    let mut renaming = Renaming { places, id, old, new, edits: Ok(Vec::new()), by_hand: Vec::new() };
    let placed = places.table_named(root.name_span);
    if let Some(placed) = placed {
        if note {
            renaming.annotate(sources, placed);
        }
        renaming.put(&placed.name, placed.table.name.span, new);
    }
    let module = pipeline.schema(root.schema).module.as_str();
    if pipeline.master(root).is_none() {
        trees.iter().flat_map(ast::File::uses).filter(|line| line.module.value == module).for_each(|line| renaming.use_line(line));
    }
    // The files in which the bare name means the table.
    let is_use =
        |line: &ast::Use| line.module.value == module && names(line).iter().any(|name| name.name.value == old && name.alias.is_none());
    let knows = |tree: &&ast::File| tree.schemas().any(|line| line.name.value == module) || tree.uses().any(is_use);
    let known: BTreeSet<FileId> = trees.iter().filter(knows).map(|tree| tree.file).collect();
    for (_, table) in pipeline.tables() {
        if let Some(placed) = places.table_named(table.name_span) {
            renaming.references(pipeline, table, placed);
            let known = pipeline.master(root).is_none().then_some(&known);
            renaming.annotations(module, known, table, placed);
        }
    }
    Ok(RenamedTable { edits: renaming.edits, by_hand: renaming.by_hand })
}

/// Returns the places where Python says the name of a class.
fn in_code(pipeline: &Pipeline, sources: &SourceMap, places: &Places<'_>, id: TableId) -> Vec<Diagnostic> {
    let root = pipeline.table(id);
    let class = sources.origin(root.name_span);
    let name = pipeline.qualified_name(id);
    let refused = codes::RENAME_CLASS
        .at(root.name_span, format!("`{name}` is a class of Python, which a person must rename"))
        .help("change the lines below, and say `# djc: renamed_from OldName` above the class for a migration");
    let line = |span: Span| (span.file, sources.file(span.file).line_column(span.start).line);
    let places = in_python(sources, places, |text| strings::uses(text, &root.class)).into_iter();
    let others = places.filter(|span| line(*span) != line(class));
    let other = |span| codes::RENAME_BY_HAND.at(span, format!("the code says `{}`", root.class));
    std::iter::once(refused.table(name)).chain(others.map(other)).collect()
}

/// Returns the model as it was before a table was renamed, for comparison.
pub fn restored(before: &Pipeline, after: &Pipeline, id: TableId, new: &str) -> Pipeline {
    let mut out = after.clone();
    let was = before.table(id);
    let renamed = |table: &ir::Table| table.class == new && table.schema == was.schema;
    for (at, table) in out.tables.iter_mut().enumerate() {
        let Some(old) = before.tables.get(at) else { continue };
        if at == id.0 as usize && renamed(table) {
            table.class.clone_from(&old.class);
            table.annotations.renamed_from.clone_from(&old.annotations.renamed_from);
        }
        if let (Some(then), Some(now)) = (&old.annotations.key_source, &mut table.annotations.key_source)
            && replaced(now, new, &was.class) == *then
        {
            now.clone_from(then);
        }
        // The stored name of a part begins with that of its master.
        if at == id.0 as usize || matches!(old.tier, Tier::Part { master } if master == id) {
            table.stored.clone_from(&old.stored);
        }
    }
    out
}

struct Renaming<'r, 's> {
    places: &'r Places<'s>,
    id: TableId,
    old: &'r str,
    new: &'r str,
    edits: Result<Vec<Planned>, Refusal>,
    by_hand: Vec<Diagnostic>,
}

impl Renaming<'_, '_> {
    /// Says the old name above the table.
    fn annotate(&mut self, sources: &SourceMap, placed: &Placed<'_>) {
        let known = placed.table.annotations.iter().find(|annotation| annotation.name.value == "renamed_from");
        if let Some(arguments) = known.and_then(|annotation| annotation.arguments.as_ref()) {
            self.put(&placed.name, arguments.span, self.old);
            return;
        }
        let text = &sources.file(placed.table.span.file).text;
        let start = placed.table.span.start as usize;
        let head = &text[text[..start].rfind('\n').map_or(0, |end| end + 1)..start];
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let place = Span { end: placed.table.span.start, ..placed.table.span };
        self.put(&placed.name, place, &format!("@renamed_from({}){line_end}{head}", self.old));
    }

    fn use_line(&mut self, line: &ast::Use) {
        names(line).into_iter().for_each(|name| self.ident("", Some(&name.name)));
    }

    fn references(&mut self, pipeline: &Pipeline, table: &ir::Table, placed: &Placed<'_>) {
        for item in &placed.table.body {
            let BodyItem::Reference(line) = item else { continue };
            let Some(reference) = table.references.iter().find(|reference| reference.span == line.span) else { continue };
            let path = &line.target.path;
            let master = match pipeline.table(reference.parent).tier {
                Tier::Part { master } => Some(master),
                _ => None,
            };
            if reference.parent == self.id {
                self.ident(&placed.name, path.last());
            } else if master == Some(self.id) && path.len() > 1 {
                self.ident(&placed.name, path.get(path.len() - 2));
            }
        }
    }

    /// Renames the table in what stands above another; `known` are the files in which its bare name means it.
    fn annotations(&mut self, module: &str, known: Option<&BTreeSet<FileId>>, table: &ir::Table, placed: &Placed<'_>) {
        for annotation in &placed.table.annotations {
            let Some(arguments) = &annotation.arguments else { continue };
            let text = &arguments.value;
            let place = |word: &Range<usize>| {
                let start = arguments.span.start as usize;
                Span::new(arguments.span.file, start + word.start, start + word.end)
            };
            match annotation.name.value.as_str() {
                "nwb_table" if table.annotations.nwb_table == Some(self.id) => {
                    if let Some(word) = strings::words(text, self.old).last() {
                        self.put(&placed.name, place(&word), self.new);
                    }
                }
                "key_source" => {
                    let bare = bare_words(text, self.old);
                    for word in strings::words(text, self.old) {
                        let before =
                            text[..word.start].strip_suffix('.').map(|head| head.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next());
                        let sure = known.is_some_and(|known| match before {
                            Some(before) => before == Some(module),
                            None => known.contains(&arguments.span.file),
                        });
                        if sure && bare.contains(&word) {
                            self.put(&placed.name, place(&word), self.new);
                        } else {
                            self.by_hand.push(codes::RENAME_BY_HAND.at(place(&word), format!("the key source says `{}`", self.old)));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Renames a word of a path, unless it is an alias.
    fn ident(&mut self, table: &str, ident: Option<&Ident>) {
        if let Some(ident) = ident.filter(|ident| ident.value == self.old) {
            self.put(table, ident.span, self.new);
        }
    }

    fn put(&mut self, table: &str, span: Span, by: &str) {
        let text = self.places.text(span.file);
        let edit: Result<Edit, Refusal> = self.places.edit(&text, span.range(), span.range(), by);
        let planned = edit.map(|edit| Planned { table: (!table.is_empty()).then(|| table.to_string()), edit });
        match (&mut self.edits, planned) {
            (Ok(edits), Ok(planned)) => edits.push(planned),
            (edits @ Ok(_), Err(refusal)) => *edits = Err(refusal),
            (Err(_), _) => {}
        }
    }
}

/// Returns the tables that a `use` line names.
fn names(line: &ast::Use) -> Vec<&UseName> {
    match &line.names {
        UseNames::Module(_) => Vec::new(),
        UseNames::One(name) => vec![name],
        UseNames::Many(names) => names.iter().collect(),
    }
}
