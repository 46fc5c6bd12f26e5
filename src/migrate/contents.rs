//! Rows of `contents` that a change of the definitions adds, changes or takes away.
//!
//! datajoint inserts the rows whose key is not there and never changes or deletes one. A migration does what the change of the text asks for and keeps what
//! people wrote: a row is changed or deleted only where the old contents still stand in it, one that other rows depend on is never deleted ([`in_use`]), and
//! one that stands in the old and the new contents alike is not touched, whatever the database has. As in datajoint, a table that numbers its rows gets none.

use std::collections::BTreeMap;

use crate::core::catalog::{self, Catalog, ColumnDefault, ColumnType};
use crate::core::contents::literal;
use crate::core::dialect::Server;
use crate::core::ir::{self, ContentRow, Generation, Pipeline, Tier};
use crate::core::plan::{Action, Check, CheckKind, FillFrom, Literal, TableName};
use crate::core::source::Span;
use crate::core::value::Value;
use crate::diag::{Sink, codes};

use super::Mapping;

/// One state of the definitions with the tables that they make on a server.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The definitions.
    pub pipeline: &'a Pipeline,
    /// The physical name of each schema.
    pub names: &'a [String],
    /// The tables.
    pub catalog: &'a Catalog,
}

/// Rows in one action at most, as in a deploy.
const ROWS_MAX: usize = 500;

/// Returns what a change of `contents` asks for, for [`Mapping::contents`]; the mapping's names and fills are read.
///
/// Deletes come first, children before parents, in the names of `from`; inserts and updates follow in the names of `to`, parents first. Rows are the
/// same when their keys are, in the names and types of `to`: a column that joins the key has the value that fills it. A value that the server cannot hold is reported
/// (DJ0590).
pub fn changes(from: &Side<'_>, to: &Side<'_>, mapping: &Mapping, server: Server, sink: &mut Sink) -> Vec<Action> {
    let old_names: BTreeMap<&TableName, &TableName> = mapping.tables.iter().map(|(from, to)| (to, from)).collect();
    let mut old_halves: BTreeMap<TableName, Half<'_>> = from.lookups(server).map(|half| (half.name(), half)).collect();
    let mut deletes: BTreeMap<TableName, Vec<Action>> = BTreeMap::new();
    let mut out = Vec::new();
    for new in to.lookups(server) {
        let name = new.name();
        let old = match old_names.get(&name) {
            Some(old) => old_halves.remove(old),
            None if mapping.tables.contains_key(&name) => None,
            None => old_halves.remove(&name),
        };
        if new.numbers_rows() || old.as_ref().is_some_and(Half::numbers_rows) {
            continue;
        }
        let mut pair = Pair { old, new, mapping, sink };
        let gone = pair.compare(&mut out);
        if let Some(old) = &pair.old {
            deletes.insert(old.name(), gone);
        }
    }
    let names: Vec<TableName> = from.lookups(server).map(|half| half.name()).collect();
    let mut all: Vec<Action> = names.iter().rev().filter_map(|name| deletes.remove(name)).flatten().collect();
    all.extend(out);
    all
}

/// Returns the questions that keep rows which others depend on from being deleted: one for each delete among the actions and each foreign key onto its
/// table in `from`. The step of each is the position of its action.
pub fn in_use(actions: &[Action], from: &Catalog) -> Vec<Check> {
    let mut out = Vec::new();
    for (step, action) in actions.iter().enumerate() {
        let Action::DeleteRow { table, key, .. } = action else { continue };
        for child in from.tables() {
            let name = TableName::new(&child.schema, &child.name);
            let onto = child.foreign_keys.iter().filter(|it| it.parent_schema == table.schema && it.parent_table == table.table);
            for foreign_key in onto {
                let except = actions[..step].iter().filter_map(|action| match action {
                    Action::DeleteRow { table, key, .. } if *table == name => Some(key.clone()),
                    _ => None,
                });
                out.push(Check {
                    table: table.clone(),
                    key: key.iter().map(|(column, _)| column.clone()).collect(),
                    kind: CheckKind::InUse {
                        key: key.clone(),
                        child: name.clone(),
                        columns: foreign_key.columns.clone(),
                        parent_columns: foreign_key.parent_columns.clone(),
                        except: except.collect(),
                    },
                    step,
                    remedy: format!(
                        "let the row stay in `contents`, or delete the rows of {name} that depend on it; to give it another key, \
                         UPDATE it before the migration: what depends on it follows"
                    ),
                });
            }
        }
    }
    out
}

/// Returns where the values of an attribute that gets `@fill` come from.
///
/// # Errors
/// A constant that the column cannot hold, as a sentence without a capital and a period.
pub fn fill(
    fill: &ir::Fill,
    attribute: &ir::Attribute,
    column: &catalog::Column,
    generation: Generation,
    server: Server,
) -> Result<FillFrom, String> {
    match fill {
        ir::Fill::Sql(sql) => Ok(FillFrom::Sql(sql.clone())),
        ir::Fill::Value(value) => match literal(value, &attribute.ty, &column.ty, generation, server)? {
            Literal::Default => {
                default(column).map(FillFrom::Literal).ok_or_else(|| format!("{value} stands for the default, and there is none"))
            }
            other => Ok(FillFrom::Literal(other)),
        },
    }
}

impl<'a> Side<'a> {
    /// The lookup tables that we make, parents first.
    fn lookups(&self, server: Server) -> impl Iterator<Item = Half<'a>> + use<'a> {
        let side = *self;
        side.pipeline.order.iter().filter_map(move |id| {
            let declared = side.pipeline.table(*id);
            let schema = side.pipeline.schema(declared.schema);
            let table = side.catalog.table(side.names.get(declared.schema.0 as usize)?, &declared.stored)?;
            let said = side.pipeline.qualified_name(*id);
            let half = Half { said, declared, table, generation: schema.generation, server };
            (schema.owned && declared.tier == Tier::Lookup).then_some(half)
        })
    }
}

/// One lookup table of one side.
struct Half<'a> {
    /// `module.Class`.
    said: String,
    declared: &'a ir::Table,
    table: &'a catalog::Table,
    generation: Generation,
    server: Server,
}

impl Half<'_> {
    fn name(&self) -> TableName {
        TableName::new(&self.table.schema, &self.table.name)
    }

    fn numbers_rows(&self) -> bool {
        self.table.columns.iter().any(|column| column.auto_increment)
    }

    /// Returns a value as the column stores it; the default only where it is not a constant.
    fn stored(&self, attribute: &ir::Attribute, value: Option<&Value>) -> Result<Literal, String> {
        let column = self.table.column(&attribute.name).ok_or("the table has no such column")?;
        let stored = match value {
            Some(value) => literal(value, &attribute.ty, &column.ty, self.generation, self.server)?,
            None => Literal::Default,
        };
        Ok(if stored == Literal::Default { default(column).unwrap_or(Literal::Default) } else { stored })
    }

    /// The attributes that are not in the key and that rows may name.
    fn dependent(&self) -> impl Iterator<Item = &ir::Attribute> {
        self.declared.heading.dependent().filter(|attribute| !attribute.hidden)
    }

    /// Returns the key of an own row, or `None` where it is not known before the server has it.
    fn key(&self, row: &ContentRow) -> Option<Vec<(String, Literal)>> {
        let known = |attribute: &ir::Attribute| {
            let stored = self.stored(attribute, row.values.get(&attribute.name)).ok()?;
            (stored != Literal::Default).then(|| (attribute.name.clone(), stored))
        };
        self.declared.heading.primary_key().map(known).collect()
    }

    /// Returns whether what stands in the column can be asked for with `=`, and the answer means what it says.
    fn comparable(&self, attribute: &str) -> bool {
        let column = self.table.column(attribute);
        column.is_some_and(|column| match column.ty {
            ColumnType::Integer { .. }
            | ColumnType::Decimal { .. }
            | ColumnType::Char(_)
            | ColumnType::Varchar(_)
            | ColumnType::Text(_)
            | ColumnType::Boolean
            | ColumnType::Date
            | ColumnType::Time(_)
            | ColumnType::Datetime(_)
            | ColumnType::Timestamp(_)
            | ColumnType::Year
            | ColumnType::Uuid
            | ColumnType::Enum { .. } => true,
            // 16 bytes are a UUID where the server has none.
            ColumnType::Binary(length) => length == 16,
            // Binary fractions, and what two programs pack or spell in two ways.
            ColumnType::Float { .. }
            | ColumnType::Double { .. }
            | ColumnType::Varbinary(_)
            | ColumnType::Blob(_)
            | ColumnType::Json
            | ColumnType::Other(_) => false,
        })
    }
}

/// Returns the default, where it is a constant.
pub(super) fn default(column: &catalog::Column) -> Option<Literal> {
    match &column.default {
        ColumnDefault::Null => Some(Literal::Null),
        ColumnDefault::None => column.nullable.then_some(Literal::Null),
        ColumnDefault::Literal(text) => Some(match column.ty {
            ColumnType::Boolean => Literal::Bool(text == "true"),
            ColumnType::Integer { .. } => text.parse().map_or_else(|_| Literal::Text(text.clone()), Literal::Integer),
            _ => Literal::Text(text.clone()),
        }),
        ColumnDefault::CurrentTimestamp(_) | ColumnDefault::Expression(_) => None,
    }
}

/// A lookup table before and after, and who wants to know what does not fit.
struct Pair<'a, 's> {
    old: Option<Half<'a>>,
    new: Half<'a>,
    mapping: &'a Mapping,
    sink: &'s mut Sink,
}

impl Pair<'_, '_> {
    /// Adds inserts and updates, and returns the deletes.
    fn compare(&mut self, out: &mut Vec<Action>) -> Vec<Action> {
        let old_rows = self.old.as_ref().map_or(&[][..], |old| &old.declared.contents);
        let mut unmatched: BTreeMap<String, Vec<&ContentRow>> = BTreeMap::new();
        for row in old_rows {
            if let Some(key) = self.carried_key(row) {
                unmatched.entry(format!("{key:?}")).or_default().push(row);
            }
        }
        let mut inserts = Inserts::default();
        let mut updates = Vec::new();
        for row in &self.new.declared.contents {
            let key = self.new.key(row);
            let old = key.as_ref().and_then(|key| unmatched.remove(&format!("{key:?}"))).and_then(|rows| rows.first().copied());
            match (key, old) {
                (Some(key), Some(old)) => updates.extend(self.update(key, old, row)),
                _ => inserts.extend(self.insert(row)),
            }
        }
        out.extend(inserts.actions(&self.new.name()));
        out.extend(updates);
        let old_order = old_rows.iter().filter(|row| unmatched.values().flatten().any(|gone| std::ptr::eq(*gone, *row)));
        old_order.filter_map(|row| self.delete(row)).collect()
    }

    /// Returns what the old table calls an attribute, if it has it.
    fn old_name<'n>(&'n self, attribute: &'n str) -> Option<&'n str> {
        let old = self.old.as_ref()?;
        let renamed = self.mapping.columns.get(&old.name());
        let by_rename = renamed.and_then(|renamed| renamed.iter().find(|(_, new)| *new == attribute)).map(|(old, _)| old.as_str());
        let kept = || renamed.is_none_or(|renamed| !renamed.contains_key(attribute)).then_some(attribute);
        by_rename.or_else(kept).filter(|name| old.declared.heading.get(name).is_some())
    }

    /// Returns what an old row has in a new column behind the change of the table, where that is known.
    fn carried(&self, row: &ContentRow, attribute: &ir::Attribute) -> Option<Literal> {
        let known = |literal: Literal| (literal != Literal::Default).then_some(literal);
        if let (Some(old), Some(name)) = (&self.old, self.old_name(&attribute.name)) {
            return match row.values.get(name) {
                Some(value) => self.new.stored(attribute, Some(value)).ok().and_then(known),
                None => old.stored(old.declared.heading.get(name)?, None).ok().and_then(known),
            };
        }
        let fills = self.mapping.fills.get(&self.new.name());
        match fills.and_then(|fills| fills.get(&attribute.name)) {
            Some(FillFrom::Literal(literal)) => known(literal.clone()),
            Some(FillFrom::Sql(_) | FillFrom::Column(_) | FillFrom::Parent { .. }) => None,
            None => self.new.stored(attribute, None).ok().and_then(known),
        }
    }

    fn carried_key(&self, row: &ContentRow) -> Option<Vec<(String, Literal)>> {
        let key = self.new.declared.heading.primary_key();
        key.map(|attribute| Some((attribute.name.clone(), self.carried(row, attribute)?))).collect()
    }

    fn insert(&mut self, row: &ContentRow) -> Option<(Vec<String>, Vec<Literal>)> {
        let mut out = (Vec::new(), Vec::new());
        for (attribute, value) in &row.values {
            let Some(attribute) = self.new.declared.heading.get(attribute) else { continue };
            match self.new.stored(attribute, Some(value)) {
                Ok(Literal::Default) => {}
                Ok(literal) => {
                    out.0.push(attribute.name.clone());
                    out.1.push(literal);
                }
                Err(reason) => {
                    self.report(row, &attribute.name, &reason);
                    return None;
                }
            }
        }
        Some(out)
    }

    fn update(&mut self, key: Vec<(String, Literal)>, old: &ContentRow, row: &ContentRow) -> Option<Action> {
        let (mut was, mut set) = (Vec::new(), Vec::new());
        let mut unwritable = Vec::new();
        for attribute in self.new.dependent() {
            let value = row.values.get(&attribute.name);
            let old_name = self.old_name(&attribute.name);
            // Equal on both sides, or new and not named: whatever fills the column is meant.
            if old_name.map_or(value.is_none(), |name| old.values.get(name) == value) {
                continue;
            }
            let wanted = match self.new.stored(attribute, value) {
                // What the server computes for new rows says nothing about one that is there.
                Ok(Literal::Default) => continue,
                Ok(wanted) => wanted,
                Err(reason) => {
                    unwritable.push((attribute.name.clone(), reason));
                    continue;
                }
            };
            let stands = self.carried(old, attribute);
            if stands.as_ref() == Some(&wanted) {
                continue;
            }
            // What has just been filled is nobody's.
            if let (Some(stands), Some(_), true) = (stands, old_name, self.new.comparable(&attribute.name)) {
                was.push((attribute.name.clone(), stands));
            }
            set.push((attribute.name.clone(), wanted));
        }
        for (attribute, reason) in unwritable {
            self.report(row, &attribute, &reason);
        }
        (!set.is_empty()).then(|| Action::UpdateRow { table: self.new.name(), key, was, set })
    }

    fn delete(&self, row: &ContentRow) -> Option<Action> {
        let old = self.old.as_ref()?;
        let key = old.key(row)?;
        let stands = |attribute: &ir::Attribute| {
            let literal = old.stored(attribute, row.values.get(&attribute.name)).ok()?;
            (literal != Literal::Default && old.comparable(&attribute.name)).then(|| (attribute.name.clone(), literal))
        };
        Some(Action::DeleteRow { table: old.name(), key, was: old.dependent().filter_map(stands).collect() })
    }

    fn report(&mut self, row: &ContentRow, attribute: &str, reason: &str) {
        let message = format!("a row of contents that {} cannot get: `{attribute}`: {reason}", self.new.server.as_str());
        // A row of the history has no place in a file.
        let found = if row.span == Span::default() {
            codes::CONTENTS_UNWRITABLE.anywhere(message)
        } else {
            codes::CONTENTS_UNWRITABLE.at(row.span, message)
        };
        self.sink.report(found.table(&self.new.said).attribute(attribute).help("change the value, or insert the row from Python"));
    }
}

/// Rows to insert: runs of rows that name the same columns.
#[derive(Default)]
struct Inserts(Vec<(Vec<String>, Vec<Vec<Literal>>)>);

impl Inserts {
    fn extend(&mut self, row: Option<(Vec<String>, Vec<Literal>)>) {
        let Some((columns, values)) = row else { return };
        match self.0.last_mut() {
            Some((last, rows)) if *last == columns && rows.len() < ROWS_MAX => rows.push(values),
            _ => self.0.push((columns, vec![values])),
        }
    }

    fn actions(self, table: &TableName) -> impl Iterator<Item = Action> {
        self.0.into_iter().map(|(columns, rows)| Action::InsertRows { table: table.clone(), columns, rows })
    }
}
