//! Enum types that have a name (PostgreSQL): called after their values, so that other values are another type.

use std::collections::BTreeSet;

use djc_core::catalog::{Catalog, Column, ColumnDefault, ColumnType};
use djc_core::plan::{Action, Literal, TableName};

use super::draft::Draft;

/// A column of a catalog.
type Place = (TableName, String);

/// Returns the columns that have an enum type.
fn of_type<'a>(catalog: &'a Catalog, schema: &'a str, name: &'a str) -> impl Iterator<Item = (Place, &'a Column)> {
    let has =
        move |column: &&Column| matches!(&column.ty, ColumnType::Enum { name: Some((owner, ty)), .. } if owner == schema && ty == name);
    catalog.tables().flat_map(move |table| {
        let place = move |column: &Column| (TableName::new(&table.schema, &table.name), column.name.clone());
        table.columns.iter().filter(has).map(move |column| (place(column), column))
    })
}

/// Returns whether the values stand in the other list in the same order.
fn is_part(values: &[String], of: &[String]) -> bool {
    let mut rest = of.iter();
    values.iter().all(|value| rest.any(|other| other == value))
}

impl Draft<'_> {
    /// Returns the enum type of the schema that becomes the new one by adding values alone, while every row stays as it is.
    ///
    /// The server lets nobody use an added value before the commit, so that nothing in the plan may: no default, no row of
    /// `contents`, no value of a new column, no conversion from another type, no hand-written step.
    pub(super) fn growing_enum(&self, schema: &str, new: &str, values: &[String]) -> Option<String> {
        let wanted = &self.request.to.schemas.get(schema)?.enums;
        let candidates = self.now.schemas.get(schema)?.enums.iter();
        let mut candidates = candidates.filter(|(name, known)| !wanted.contains_key(*name) && is_part(known, values));
        candidates.find(|(old, known)| self.grows(schema, old, new, &added(known, values))).map(|(old, _)| old.clone())
    }

    fn grows(&self, schema: &str, old: &str, new: &str, added: &BTreeSet<&String>) -> bool {
        let (to, mapping) = (self.request.to, self.request.mapping);
        let goal = |(table, column): Place| {
            let renamed = mapping.columns.get(&table).and_then(|renames| renames.get(&column)).cloned();
            (mapping.tables.get(&table).cloned().unwrap_or(table), renamed.unwrap_or(column))
        };
        let had: BTreeSet<Place> = of_type(&self.now, schema, old).map(|(place, _)| goal(place)).collect();
        let gets: BTreeSet<Place> = of_type(to, schema, new).map(|(place, _)| place).collect();
        let before: BTreeSet<Place> = self
            .now
            .tables()
            .flat_map(|table| table.columns.iter().map(|column| goal((TableName::new(&table.schema, &table.name), column.name.clone()))))
            .collect();
        let is_filled = |(table, column): &Place| mapping.fills.get(table).is_some_and(|fills| fills.contains_key(column));
        let is_said = |literal: &Literal| matches!(literal, Literal::Text(text) if added.contains(text));
        let uses = mapping.contents.iter().any(|action| match action {
            Action::InsertRows { rows, .. } => rows.iter().flatten().any(is_said),
            Action::UpdateRow { set, .. } => set.iter().any(|(_, literal)| is_said(literal)),
            _ => false,
        });
        let default = |column: &Column| matches!(&column.default, ColumnDefault::Literal(text) if added.contains(text));
        !had.is_empty()
            && had.is_subset(&gets)
            && gets.difference(&had).all(|place| !before.contains(place))
            && !gets.iter().any(is_filled)
            && !of_type(to, schema, new).any(|(_, column)| default(column))
            && !uses
            && mapping.hand.is_empty()
    }
}

fn added<'v>(known: &[String], values: &'v [String]) -> BTreeSet<&'v String> {
    values.iter().filter(|value| !known.contains(value)).collect()
}
