//! Columns of two tables.

use std::collections::{BTreeMap, HashMap};

use super::table::Around;
use super::{EncodedTwice, EnumSides, Section, Sides, TypeEffect, What, encoded_once, is_hidden};
use crate::catalog::{Charset, Column, ColumnDefault, ColumnType, Table};
use crate::dialect::{Server, split_marker, without_auto_increment};
use crate::ir::Generation;
use crate::ir::type_text::{self, TypeContext};

/// Returns the columns of `from` that probably have another name in `to`: each side lacks the other's name, the definitions are
/// equal, and no third column would do as well.
pub(super) fn renamed<'a>(from: &'a Table, to: &'a Table) -> BTreeMap<&'a str, &'a str> {
    let mut out = BTreeMap::new();
    let only = |one: &'a Table, other: &Table| -> Vec<&'a Column> {
        one.columns.iter().filter(|column| !is_hidden(&column.name) && other.column(&column.name).is_none()).collect()
    };
    if from.columns == to.columns {
        return out;
    }
    // What is the same but for the name, on both sides.
    let mut alike: BTreeMap<String, (Vec<&str>, Vec<&str>)> = BTreeMap::new();
    let definition = |table: &Table, column: &Column| {
        let nameless = Column { name: String::new(), ..column.clone() };
        format!("{:?} {nameless:?}", section(table, &column.name))
    };
    for column in only(from, to) {
        alike.entry(definition(from, column)).or_default().0.push(&column.name);
    }
    for column in only(to, from) {
        if let Some((_, new)) = alike.get_mut(&definition(to, column)) {
            new.push(&column.name);
        }
    }
    for candidates in alike.into_values() {
        if let ([gone], [new]) = (candidates.0.as_slice(), candidates.1.as_slice()) {
            out.insert(*gone, *new);
        }
    }
    out
}

pub(super) fn section(table: &Table, column: &str) -> Section {
    if table.primary_key.iter().any(|key| key == column) { Section::Key } else { Section::Dependent }
}

/// Compares the columns, the order of the dependent ones, and the comments of the table and its columns.
pub(super) fn compare(from: &Table, to: &Table, around: &Around, out: &mut Vec<What>) {
    let new_name = |name: &str| around.names.column(&from.schema, &from.name, name).to_string();
    let visible =
        |table: &Table| -> Vec<String> { table.columns.iter().map(|column| column.name.clone()).filter(|name| !is_hidden(name)).collect() };
    // The server keeps types and comments in a table of its own; without a row there, only what the columns say is known.
    let recorded = |table: &Table| table.columns.iter().any(|column| !is_hidden(&column.name) && column.declared.is_some());
    let unrecorded = recorded(from) && !recorded(to);
    if unrecorded {
        out.push(What::Unrecorded);
    }
    let mut comments = Comments::default();
    let theirs: HashMap<&str, &Column> = to.columns.iter().map(|column| (column.name.as_str(), column)).collect();
    let mut matched = Vec::new();
    for column in from.columns.iter().filter(|column| !is_hidden(&column.name)) {
        let name = new_name(&column.name);
        match theirs.get(name.as_str()) {
            None => out.push(What::ColumnRemoved { column: column.clone(), section: section(from, &column.name) }),
            Some(other) => {
                if *other.name != *column.name {
                    out.push(What::ColumnRenamed { column: column.name.clone(), to: other.name.clone() });
                }
                definition(column, other, from, to, around, unrecorded, &mut comments, out);
                matched.push(other.name.clone());
            }
        }
    }
    for column in to.columns.iter().filter(|column| !is_hidden(&column.name) && !matched.contains(&column.name)) {
        out.push(What::ColumnAdded { column: column.clone(), section: section(to, &column.name) });
    }
    if !unrecorded && from.comment != to.comment && !comments.takes(None, None, &from.comment, &to.comment) {
        out.push(What::TableComment(Sides::new(&from.comment, &to.comment).cloned()));
    }
    comments.finish(out);

    // A column that moved into the key or out of it stands somewhere else for that reason.
    let same_section = |name: &String| section(from, name) == section(to, &new_name(name));
    let ours: Vec<String> =
        visible(from).into_iter().filter(same_section).map(|name| new_name(&name)).filter(|name| matched.contains(name)).collect();
    let theirs: Vec<String> = visible(to).into_iter().filter(|name| ours.contains(name)).collect();
    if ours != theirs {
        out.push(What::ColumnOrder(Sides::new(ours, theirs)));
    }
}

/// Compares what two columns of one name are.
#[allow(clippy::too_many_arguments, reason = "one call site, and all of it is about one pair of columns")]
fn definition(
    ours: &Column,
    theirs: &Column,
    from: &Table,
    to: &Table,
    around: &Around,
    unrecorded: bool,
    comments: &mut Comments,
    out: &mut Vec<What>,
) {
    let column = ours.name.clone();
    let mut charsets = (charset(ours, from, around.ours.charset.as_ref()), charset(theirs, to, around.theirs.charset.as_ref()));
    if ours == theirs && charsets.0.is_none() {
        return;
    }
    // Whether the server numbers the rows is a difference of its own.
    let plain = |column: &Column| column.declared.as_deref().map(without_auto_increment);
    let respelled = !unrecorded && ours.declared.is_some() && plain(ours) != plain(theirs);
    let types = Sides::new(ours, theirs);
    let types = types.map(|column| if respelled { declared_type(column, from.generation) } else { column.ty.clone() });
    let other_type = ours.ty != theirs.ty || types.from != types.to;
    let enums = match (&types.from, &types.to) {
        (ColumnType::Enum { values, .. }, ColumnType::Enum { name, values: to }) if values != to => {
            Some(EnumSides { name: name.clone(), values: Sides::new(values, to).cloned() })
        }
        _ => None,
    };
    let (marker, comment) = split_marker(&ours.comment);
    let (to_marker, to_comment) = split_marker(&theirs.comment);
    let mut marker_lost = false;
    if let Some(enums) = enums {
        out.push(What::EnumValues { column: column.clone(), effect: TypeEffect::between(&types.from, &types.to), enums });
    } else if other_type {
        let effect = TypeEffect::between(&types.from, &types.to);
        let columns = Box::new(Sides::new(ours, theirs).cloned());
        out.push(What::ColumnType { column: column.clone(), effect, columns });
    } else if respelled {
        let markers = Sides::new(ours.declared.clone(), theirs.declared.clone());
        out.push(What::Marker { column: column.clone(), markers });
    } else if marker != to_marker {
        marker_lost = theirs.comment.is_empty();
        let markers = Sides::new(marker.map(str::to_string), to_marker.map(str::to_string));
        out.push(What::Marker { column: column.clone(), markers });
    }
    // A whole comment that is gone took its marker along.
    if comment != to_comment && !unrecorded && !marker_lost && !comments.takes(Some(&column), Some(theirs), comment, to_comment) {
        let comments = Sides::new(comment.to_string(), to_comment.to_string());
        out.push(What::ColumnComment { column: column.clone(), comments });
    }
    // A key attribute cannot be NULL, so one that moved has no choice.
    let moved = section(from, &ours.name) != section(to, &theirs.name);
    if ours.nullable != theirs.nullable && !moved {
        out.push(What::Nullable { column: column.clone(), nullable: Sides::new(ours.nullable, theirs.nullable) });
    }
    if !same_default(ours, theirs, other_type) {
        out.push(What::Default { column: column.clone(), defaults: Sides::new(&ours.default, &theirs.default).cloned() });
    }
    if ours.auto_increment != theirs.auto_increment {
        out.push(What::AutoIncrement { column: column.clone(), numbered: Sides::new(ours.auto_increment, theirs.auto_increment) });
    }
    if ours.on_update != theirs.on_update {
        out.push(What::OnUpdate { column: column.clone(), digits: Sides::new(ours.on_update, theirs.on_update) });
    }
    if let (Some(one), Some(other)) = (charsets.0.take(), charsets.1.take())
        && !one.joins(&other)
        && !around.explains_charset(from, to, &one, &other)
        && ours.ty.is_text()
        && theirs.ty.is_text()
    {
        out.push(What::ColumnCharset { column, charsets: Sides::new(one, other) });
    }
}

/// Returns what a declared type would be on a server that keeps types apart: the four storage classes of SQLite say little.
fn declared_type(column: &Column, generation: Option<Generation>) -> ColumnType {
    let Some(text) = &column.declared else { return column.ty.clone() };
    let generation = generation.unwrap_or_default();
    let declared = type_text::parse(text, generation, &TypeContext::default()).ok();
    match declared.and_then(|declared| Server::MySql.dialect().column_type(&declared.ty, generation).ok()) {
        Some(ty) => ty,
        // What a codec of a project's own is stored as is the column's matter, and its name that of the marker.
        None if text.starts_with('<') => column.ty.clone(),
        None => ColumnType::Other(text.clone()),
    }
}

/// Returns the charset of the values, where it is known.
fn charset(column: &Column, table: &Table, schema: Option<&Charset>) -> Option<Charset> {
    column.charset.as_ref().or(table.charset.as_ref()).or(schema).cloned()
}

/// Returns whether a row that does not say gets the same. No default and the default NULL are one thing when only one of the two
/// may be NULL, which has been said; a number keeps its value in another type.
fn same_default(ours: &Column, theirs: &Column, other_type: bool) -> bool {
    let none = |default: &ColumnDefault| matches!(default, ColumnDefault::None | ColumnDefault::Null);
    match (&ours.default, &theirs.default) {
        (one, other) if one == other => true,
        (one, other) if none(one) && none(other) => ours.nullable != theirs.nullable,
        (ColumnDefault::Literal(one), ColumnDefault::Literal(other)) if other_type => {
            matches!((one.parse::<f64>(), other.parse::<f64>()), (Ok(one), Ok(other)) if one == other)
        }
        _ => false,
    }
}

/// The comments of one table that were encoded twice: one cause, however many they are.
#[derive(Default)]
struct Comments {
    twice: Vec<EncodedTwice>,
}

impl Comments {
    /// Returns whether the comment of `to` is that of `from`, encoded twice.
    fn takes(&mut self, column: Option<&str>, found: Option<&Column>, from: &str, to: &str) -> bool {
        let twice = encoded_once(to).is_some_and(|once| once == from);
        if twice {
            let comments = Sides::new(from.to_string(), to.to_string());
            self.twice.push(EncodedTwice { column: column.map(str::to_string), comments, found: found.cloned() });
        }
        twice
    }

    fn finish(self, out: &mut Vec<What>) {
        if !self.twice.is_empty() {
            out.push(What::CommentsEncodedTwice { comments: self.twice });
        }
    }
}
