//! Schemas, enum types and whole tables; rows of `contents` and of `~lineage`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use djc_core::catalog::{Change, ColumnType, ForeignKey, IndexOrigin, Table};
use djc_core::plan::{Action, Alteration, CheckKind, Parked, TableName};

use super::analysis::{Analysis, is_service};
use super::columns::ColumnKind;
use super::draft::Draft;
use super::slots::Slot;
use super::{Moment, hazard, parking};
use crate::migrate::contents::in_use;

fn name_of(table: &Table) -> TableName {
    TableName::new(&table.schema, &table.name)
}

impl Draft<'_> {
    /// Makes schemas and enum types that are missing, and gives enum types their values.
    pub fn schemas_and_enums(&mut self) {
        let to = self.request.to;
        for schema in to.schemas.values().filter(|schema| self.request.schemas.contains(&schema.name)) {
            if !self.now.schemas.contains_key(&schema.name) {
                let change = Change::CreateSchema { name: schema.name.clone(), charset: schema.charset.clone() };
                self.step(Action::Create(change), format!("new schema {}", schema.name), Vec::new());
            }
            for (name, values) in &schema.enums {
                let known = self.now.schemas.get(&schema.name).and_then(|schema| schema.enums.get(name));
                let (schema, name, values) = (schema.name.clone(), name.clone(), values.clone());
                match known {
                    Some(known) if *known == values => {}
                    Some(_) => {
                        let reason = format!("{schema}.{name}: values {}", values.join(", "));
                        self.step(Action::AlterEnum { schema, name, values, grown: None }, reason, Vec::new());
                    }
                    None => {
                        let reason = format!("{schema}: an enum of {}", values.join(", "));
                        let action = match self.growing_enum(&schema, &name, &values) {
                            Some(old) => Action::AlterEnum { schema, name: old, values, grown: Some(name) },
                            None => Action::Create(Change::CreateEnum { schema, name, values }),
                        };
                        self.step(action, reason, Vec::new());
                    }
                }
            }
        }
    }

    /// Deletes the rows of `contents` that go, once it is sure that nothing depends on them.
    pub fn deletes(&mut self) {
        let contents = &self.request.mapping.contents;
        let checks = in_use(contents, self.request.from);
        for (at, action) in contents.iter().enumerate() {
            let Action::DeleteRow { table, .. } = action else { continue };
            for check in checks.iter().filter(|check| check.step == at) {
                self.check(check.table.clone(), check.key.clone(), check.kind.clone(), check.remedy.clone());
            }
            self.contents[at] = true;
            self.step(action.clone(), format!("{table}: a row of `contents` that is no longer declared"), vec![hazard::deleted_row(table)]);
        }
    }

    /// Gives tables their new names, schemas and tiers; a name that is taken becomes free before.
    pub fn rename_tables(&mut self) {
        let (to, schemas) = (self.request.to, self.request.schemas);
        let is_wanted = |name: &TableName| schemas.contains(&name.schema) && to.table(&name.schema, &name.table).is_some();
        let mut pending: Vec<(TableName, TableName)> = Vec::new();
        let back = self.request.park.back().iter().filter(|parked| parked.column.is_none()).map(|parked| (&parked.table, &parked.was));
        for (from, to) in self.request.mapping.tables.iter().chain(back) {
            let is_there = schemas.contains(&from.schema) && self.now.table(&from.schema, &from.table).is_some();
            if from != to && is_there && is_wanted(to) && !pending.iter().any(|(one, other)| one == from || other == to) {
                pending.push((from.clone(), to.clone()));
            }
        }
        let moving: BTreeSet<TableName> = pending.iter().map(|(from, _)| from.clone()).collect();
        let occupied: Vec<TableName> = pending
            .iter()
            .map(|(_, to)| to)
            .filter(|to| !moving.contains(to) && self.now.table(&to.schema, &to.table).is_some())
            .cloned()
            .collect();
        for name in occupied {
            let hidden = parking::parked_table(self.request.park, &name.table).unwrap_or_else(|| parking::passing_table(&name.table));
            let hidden = TableName::new(&name.schema, hidden);
            self.move_table(name.clone(), hidden.clone(), format!("{name}: dropped, and its name is used again"));
            self.names.displaced.insert(hidden);
        }
        while !pending.is_empty() {
            let free = pending.iter().position(|(_, to)| self.now.table(&to.schema, &to.table).is_none());
            match free {
                Some(at) => {
                    let (from, to) = pending.remove(at);
                    let reason = format!("{}: {}", self.names.origin(&from), hazard::table_words(self.names.origin(&from), &to));
                    self.move_table(from, to, reason);
                }
                // Tables change names among each other.
                None => {
                    let from = pending[0].0.clone();
                    let passing = TableName::new(&from.schema, parking::passing_table(&from.table));
                    self.move_table(from.clone(), passing.clone(), format!("{from}: makes room for another table of that name"));
                    pending[0].0 = passing;
                }
            }
        }
    }

    fn move_table(&mut self, from: TableName, to: TableName, reason: String) {
        let origin = self.names.origins.remove(&from).unwrap_or_else(|| from.clone());
        self.names.origins.insert(to.clone(), origin);
        let hazards = vec![hazard::renamed_table(&from, &to)];
        self.step(Action::RenameTable { from, to }, reason, hazards);
    }

    /// Makes the new tables that need no table which is yet to change. Where a person moves rows in between, all of them.
    pub fn new_tables(&mut self, analysis: &Analysis<'_>, named_first: &dyn Fn(usize) -> bool) {
        let by_hand = self.request.mapping.hand.iter().any(|(moment, _)| *moment == Moment::Between);
        let mut ready: BTreeSet<TableName> = BTreeSet::new();
        for table in &analysis.created {
            let stands = |key: &ForeignKey| {
                let parent = TableName::new(&key.parent_schema, &key.parent_table);
                if analysis.created.iter().any(|table| name_of(table) == parent) {
                    return ready.contains(&parent);
                }
                let Some(at) = analysis.position_of(&parent) else { return true };
                let change = &analysis.changes[at];
                let settled = |name: &String| {
                    let column = change.position(name).map(|at| &change.columns[at]);
                    column.is_some_and(|column| match (&column.kind, column.from) {
                        (ColumnKind::Kept { retyped: false, .. }, Some(from)) => from.name == *name || named_first(at),
                        _ => false,
                    })
                };
                !change.key_changes && key.parent_columns.iter().all(settled)
            };
            let standing: Vec<bool> = table.foreign_keys.iter().map(stands).collect();
            if standing.iter().all(|stands| *stands) {
                self.create_now(table);
            } else if by_hand {
                let mut bare = Table::clone(table);
                let mut stands = standing.iter();
                bare.foreign_keys.retain(|_| *stands.next().expect("one for each key"));
                let keys = bare.foreign_keys.clone();
                bare.indexes.retain(|index| index.origin != IndexOrigin::Implied || keys.iter().any(|key| covers(key, index)));
                self.create_now(&Arc::new(bare));
            } else {
                continue;
            }
            ready.insert(name_of(table));
        }
    }

    fn create_now(&mut self, table: &Arc<Table>) {
        let reason = match is_service(&table.name) {
            true => format!("{}.{}: the tables of the schema need it", table.schema, table.name),
            false => format!("{}.{}: new table", table.schema, table.name),
        };
        self.step(Action::Create(Change::CreateTable(Arc::clone(table))), reason, Vec::new());
    }

    /// Makes a new table, or what it lacks.
    pub fn create(&mut self, table: &Arc<Table>) {
        let Some(there) = self.now.table(&table.schema, &table.name) else { return self.create_now(table) };
        let keys: Vec<&ForeignKey> = table.foreign_keys.iter().filter(|key| !there.foreign_keys.contains(key)).collect();
        let indexes = table.indexes.iter().filter(|index| !there.indexes.contains(index));
        let mut alterations: Vec<Alteration> = keys.iter().map(|key| Alteration::AddForeignKey((*key).clone())).collect();
        alterations.extend(indexes.cloned().map(Alteration::AddIndex));
        self.alter(&name_of(table), &Slot { alterations, ..Slot::default() }, Vec::new());
    }

    /// Inserts and updates the rows of `contents` of a table that has its last form.
    pub fn contents_of(&mut self, table: &TableName) {
        self.rows(|of| of == table);
    }

    /// Inserts and updates what rows are left.
    pub fn remaining_contents(&mut self) {
        self.rows(|_| true);
    }

    fn rows(&mut self, wanted: impl Fn(&TableName) -> bool) {
        let mapping = self.request.mapping;
        for (at, action) in mapping.contents.iter().enumerate() {
            let (Action::InsertRows { table, .. } | Action::UpdateRow { table, .. } | Action::DeleteRow { table, .. }) = action else {
                continue;
            };
            if !self.contents[at] && wanted(table) {
                self.contents[at] = true;
                self.step(action.clone(), format!("{table}: rows of `contents`"), Vec::new());
            }
        }
    }

    /// Tables that go lose their keys and get a hidden name, or are dropped; children first.
    pub fn part_with_tables(&mut self, analysis: &Analysis<'_>) {
        for table in &analysis.gone {
            let name = name_of(table);
            let was = self.names.origin(&name).clone();
            if self.request.park.mark().is_none() {
                let key = self.request.from.table(&was.schema, &was.table).map(|table| table.primary_key.clone()).unwrap_or_default();
                let remedy = format!("leave `--no-park` away to keep the rows, or drop the table with `--allow drop:{was}`");
                self.check(was.clone(), key, CheckKind::AnyRow, remedy);
                self.step(Action::DropTable(name), format!("{was}: no longer declared"), hazard::dropped_table(&was));
                continue;
            }
            let keys = (0..table.foreign_keys.len()).filter(|at| !analysis.is_early(&table.foreign_keys[*at])).collect();
            // The names of indexes are free for another table where they are names of the schema.
            let named = !analysis.server().is_mysql_family();
            let indexes = if named { (0..table.indexes.len()).collect() } else { Vec::new() };
            self.alter(&name, &Slot { keys, indexes, ..Slot::default() }, Vec::new());
            let hidden = match self.names.displaced.contains(&name) {
                true => name,
                false => {
                    let hidden = parking::parked_table(self.request.park, &table.name).expect("something is kept");
                    let hidden = TableName::new(&table.schema, hidden);
                    let hazards = vec![hazard::parked_table(&was, &hidden)];
                    self.step(Action::RenameTable { from: name, to: hidden.clone() }, format!("{was}: no longer declared"), hazards);
                    hidden
                }
            };
            self.parked.push(Parked { table: hidden, was, column: None });
        }
    }

    /// Drops enum types that no column has, and schemas without tables where nothing is kept.
    pub fn drop_enums_and_schemas(&mut self) {
        let mut used: BTreeSet<(String, String)> = BTreeSet::new();
        for column in self.now.tables().flat_map(|table| &table.columns) {
            if let ColumnType::Enum { name: Some(name), .. } = &column.ty {
                used.insert(name.clone());
            }
        }
        let (to, schemas) = (self.request.to, self.request.schemas);
        let in_scope = self.now.schemas.values().filter(|schema| schemas.contains(&schema.name));
        let mut unused: Vec<(String, String)> = Vec::new();
        for schema in in_scope {
            let wanted = to.schemas.get(&schema.name);
            let is_unused = |name: &&String| {
                let name = (schema.name.clone(), (*name).clone());
                !used.contains(&name) && wanted.is_none_or(|wanted| !wanted.enums.contains_key(&name.1))
            };
            unused.extend(schema.enums.keys().filter(is_unused).map(|name| (schema.name.clone(), name.clone())));
        }
        for (schema, name) in unused {
            self.step(
                Action::DropEnum { schema: schema.clone(), name },
                format!("{schema}: no attribute has the enum any more"),
                Vec::new(),
            );
        }
    }

    /// Writes the `~lineage` rows that differ.
    pub fn lineage(&mut self) {
        let (to, schemas) = (self.request.to, self.request.schemas);
        for schema in to.schemas.values().filter(|schema| schemas.contains(&schema.name)) {
            let Some(wanted) = &schema.lineage else { continue };
            let now = self.now.schemas.get(&schema.name).and_then(|schema| schema.lineage.clone()).unwrap_or_default();
            let by_table = |rows: &BTreeMap<(String, String), String>| {
                let mut out: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
                for ((table, attribute), origin) in rows {
                    out.entry(table.clone()).or_default().push((attribute.clone(), origin.clone()));
                }
                out
            };
            let (now, wanted) = (by_table(&now), by_table(wanted));
            for table in now.keys().filter(|table| !wanted.contains_key(*table)) {
                let name = TableName::new(&schema.name, table);
                self.step(Action::ClearLineage(name.clone()), format!("{name}: lineage of a table that is gone"), Vec::new());
            }
            for (table, rows) in wanted {
                if now.get(&table) != Some(&rows) {
                    let reason = format!("{}.{table}: lineage", schema.name);
                    self.step(Action::Create(Change::SetLineage { schema: schema.name.clone(), table, rows }), reason, Vec::new());
                }
            }
        }
    }
}

fn covers(key: &ForeignKey, index: &djc_core::catalog::Index) -> bool {
    use djc_core::catalog::IndexPart;
    index.parts.iter().zip(&key.columns).all(|(part, column)| matches!(part, IndexPart::Column { name, .. } if name == column))
}
