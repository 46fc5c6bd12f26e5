//! What a catalog is behind a step.

use std::sync::Arc;

use super::index_names::{follow_column, follow_table, index_names, keep_apart};
use super::{Action, Alteration, Position, TableName};
use crate::catalog::{Catalog, Change, Column, ColumnType, Schema, Table};

impl Action {
    /// Does to a catalog what the step does to a database. What does not exist is left alone.
    pub fn apply(&self, catalog: &mut Catalog) {
        match self {
            Action::Create(change) => create(change, catalog),
            Action::DropSchema { name } => drop(catalog.schemas.remove(name)),
            Action::AlterEnum { schema, name, values, grown } => {
                alter_enum(catalog, schema, name, grown.as_deref().unwrap_or(name), values)
            }
            Action::DropEnum { schema, name } => {
                if let Some(schema) = catalog.schemas.get_mut(schema) {
                    schema.enums.remove(name);
                }
            }
            Action::DropTable(table) => {
                if let Some(schema) = catalog.schemas.get_mut(&table.schema) {
                    schema.tables.shift_remove(&table.table);
                }
            }
            Action::RenameTable { from, to } => rename_table(catalog, from, to),
            Action::AlterTable { table, alterations } => {
                for alteration in alterations {
                    alter(catalog, table, alteration);
                }
            }
            Action::ClearLineage(table) => {
                if let Some(lineage) = catalog.schemas.get_mut(&table.schema).and_then(|schema| schema.lineage.as_mut()) {
                    lineage.retain(|(owner, _), _| *owner != table.table);
                }
            }
            Action::Fill(_) | Action::InsertRows { .. } | Action::UpdateRow { .. } | Action::DeleteRow { .. } | Action::Hand(_) => {}
        }
    }
}

fn create(change: &Change, catalog: &mut Catalog) {
    match change {
        Change::CreateSchema { name, charset } => {
            catalog.schemas.entry(name.clone()).or_insert_with(|| Schema {
                name: name.clone(),
                charset: charset.clone(),
                ..Schema::default()
            });
        }
        Change::CreateEnum { schema, name, values } => {
            let schema = catalog.schemas.entry(schema.clone()).or_insert_with(|| Schema { name: schema.clone(), ..Schema::default() });
            schema.enums.insert(name.clone(), values.clone());
        }
        Change::CreateTable(table) => {
            let schema =
                catalog.schemas.entry(table.schema.clone()).or_insert_with(|| Schema { name: table.schema.clone(), ..Schema::default() });
            let mut table = Arc::clone(table);
            if table.indexes.iter().any(|index| index.name.is_some()) {
                let taken = index_names(schema);
                if table.indexes.iter().filter_map(|index| index.name.as_ref()).any(|name| taken.contains(name)) {
                    keep_apart(&mut Arc::make_mut(&mut table).indexes, taken);
                }
            }
            schema.tables.insert(table.name.clone(), Arc::clone(&table));
            if table.name == "~lineage" {
                schema.lineage.get_or_insert_default();
            }
        }
        Change::AddForeignKey { schema, table, foreign_key } => {
            alter(catalog, &TableName::new(schema, table), &Alteration::AddForeignKey(foreign_key.clone()));
        }
        Change::SetLineage { schema, table, rows } => {
            let Some(schema) = catalog.schemas.get_mut(schema) else { return };
            let lineage = schema.lineage.get_or_insert_default();
            lineage.retain(|(owner, _), _| owner != table);
            lineage.extend(rows.iter().map(|(attribute, origin)| ((table.clone(), attribute.clone()), origin.clone())));
        }
    }
}

fn table_mut<'a>(catalog: &'a mut Catalog, name: &TableName) -> Option<&'a mut Table> {
    catalog.schemas.get_mut(&name.schema)?.tables.get_mut(&name.table).map(Arc::make_mut)
}

/// Calls `change` for every table that `wanted` picks; the others stay shared.
fn each_table(catalog: &mut Catalog, wanted: impl Fn(&Table) -> bool, change: impl Fn(&mut Table)) {
    for table in catalog.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
        if wanted(table) {
            change(Arc::make_mut(table));
        }
    }
}

fn alter_enum(catalog: &mut Catalog, schema: &str, name: &str, new_name: &str, values: &[String]) {
    if let Some(schema) = catalog.schemas.get_mut(schema) {
        schema.enums.remove(name);
        schema.enums.insert(new_name.to_string(), values.to_vec());
    }
    let of_type = |column: &Column| matches!(&column.ty, ColumnType::Enum { name: Some((owner, ty)), .. } if owner == schema && ty == name);
    each_table(
        catalog,
        |table| table.columns.iter().any(of_type),
        |table| {
            for column in table.columns.iter_mut().filter(|column| of_type(column)) {
                column.ty = ColumnType::Enum { name: Some((schema.to_string(), new_name.to_string())), values: values.to_vec() };
            }
        },
    );
}

fn rename_table(catalog: &mut Catalog, from: &TableName, to: &TableName) {
    let Some(schema) = catalog.schemas.get_mut(&from.schema) else { return };
    let Some((at, _, mut table)) = schema.tables.shift_remove_full(&from.table) else { return };
    let mut taken = index_names(schema);
    let changed = Arc::make_mut(&mut table);
    changed.schema.clone_from(&to.schema);
    changed.name.clone_from(&to.table);
    let target = catalog.schemas.entry(to.schema.clone()).or_insert_with(|| Schema { name: to.schema.clone(), ..Schema::default() });
    let at = if from.schema == to.schema { at } else { target.tables.len() };
    taken.extend(index_names(target));
    follow_table(changed, from, &taken);
    target.tables.shift_insert(at, to.table.clone(), table);
    let refers = |table: &Table| table.foreign_keys.iter().any(|key| key.parent_schema == from.schema && key.parent_table == from.table);
    each_table(catalog, refers, |table| {
        for key in &mut table.foreign_keys {
            if key.parent_schema == from.schema && key.parent_table == from.table {
                key.parent_schema.clone_from(&to.schema);
                key.parent_table.clone_from(&to.table);
            }
        }
    });
}

fn alter(catalog: &mut Catalog, name: &TableName, alteration: &Alteration) {
    if let Alteration::RenameColumn { from, to } = alteration {
        return rename_column(catalog, name, from, to);
    }
    let named = matches!(alteration, Alteration::AddIndex(index) if index.name.is_some());
    let taken = catalog.schemas.get(&name.schema).filter(|_| named).map(index_names).unwrap_or_default();
    let Some(table) = table_mut(catalog, name) else { return };
    match alteration {
        Alteration::AddColumn { column, position } => insert(table, column.clone(), position),
        Alteration::DropColumn(column) => table.columns.retain(|it| it.name != *column),
        Alteration::RenameColumn { .. } => unreachable!("it is done above, for all tables"),
        Alteration::ModifyColumn { column, position } => {
            let Some(at) = table.columns.iter().position(|it| it.name == column.name) else { return };
            match position {
                None => table.columns[at] = column.clone(),
                Some(position) => {
                    table.columns.remove(at);
                    insert(table, column.clone(), position);
                }
            }
        }
        Alteration::SetPrimaryKey(columns) => table.primary_key.clone_from(columns),
        Alteration::AddForeignKey(key) => table.foreign_keys.push(key.clone()),
        Alteration::DropForeignKey(key) => remove_first(&mut table.foreign_keys, |it| {
            it.columns == key.columns
                && (&it.parent_schema, &it.parent_table) == (&key.parent_schema, &key.parent_table)
                && it.parent_columns == key.parent_columns
        }),
        Alteration::AddIndex(index) => {
            let mut index = [index.clone()];
            keep_apart(&mut index, taken);
            table.indexes.extend(index);
        }
        Alteration::DropIndex(index) => {
            remove_first(&mut table.indexes, |it| it.unique == index.unique && it.parts == index.parts);
        }
        Alteration::SetComment(comment) => table.comment.clone_from(comment),
        Alteration::SetGeneration(generation) => table.generation = Some(*generation),
    }
}

fn remove_first<T>(items: &mut Vec<T>, is: impl Fn(&T) -> bool) {
    if let Some(at) = items.iter().position(is) {
        items.remove(at);
    }
}

fn insert(table: &mut Table, column: Column, position: &Position) {
    let at = match position {
        Position::First => 0,
        Position::After(name) => table.columns.iter().position(|it| it.name == *name).map_or(table.columns.len(), |at| at + 1),
        Position::Last => table.columns.len(),
    };
    table.columns.insert(at, column);
}

/// Renames a column wherever it is known: in its table, and in the foreign keys of those that refer to it.
fn rename_column(catalog: &mut Catalog, name: &TableName, from: &str, to: &str) {
    let rename = |column: &mut String| {
        if column == from {
            *column = to.to_string();
        }
    };
    let taken = catalog.schemas.get(&name.schema).map(index_names).unwrap_or_default();
    if let Some(table) = table_mut(catalog, name) {
        table.columns.iter_mut().for_each(|column| rename(&mut column.name));
        table.primary_key.iter_mut().for_each(rename);
        table.foreign_keys.iter_mut().flat_map(|key| &mut key.columns).for_each(rename);
        follow_column(table, from, to, &taken);
    }
    let is_parent = |key: &crate::catalog::ForeignKey| key.parent_schema == name.schema && key.parent_table == name.table;
    let refers = |table: &Table| table.foreign_keys.iter().any(|key| is_parent(key) && key.parent_columns.iter().any(|it| it == from));
    each_table(catalog, refers, |table| {
        for key in table.foreign_keys.iter_mut().filter(|key| is_parent(key)) {
            key.parent_columns.iter_mut().for_each(rename);
        }
    });
}
