//! What has to change, table by table, before anything is put in order.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use djc_core::catalog::{Catalog, Column, ForeignKey, Table};
use djc_core::dialect::Server;
use djc_core::plan::TableName;

use super::columns::{self, Around, ColumnChange, ColumnKind};
use super::draft::Names;
use super::fill::Source;
use super::keys::{self, ForeignKeys, Indexes};
use super::{Refusal, RefusalKind, Request, fill, order, parking};

/// What has to change.
pub(super) struct Analysis<'a> {
    pub request: Request<'a>,
    /// Tables on both sides, parents first as `to` has them.
    pub changes: Vec<TableChange<'a>>,
    /// Tables that only `to` has, parents first.
    pub created: Vec<&'a Arc<Table>>,
    /// All tables of `to` that may be changed, parents first.
    pub order: Vec<Place>,
    /// Tables that go, children first.
    pub gone: Vec<&'a Table>,
    /// Where the change of a table stands, by its name in `to`.
    at: HashMap<(&'a str, &'a str), usize>,
    pub refusals: Vec<Refusal>,
}

/// Where a table of `to` stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Changed(usize),
    Created(usize),
}

/// What has to change in one table.
pub(super) struct TableChange<'a> {
    /// The name in `to`.
    pub name: TableName,
    /// The name in `from`.
    pub was: TableName,
    /// As it is behind the renames of tables.
    pub from: &'a Table,
    /// As it shall be.
    pub to: &'a Table,
    pub columns: Vec<ColumnChange<'a>>,
    /// Where each column of `to` gets its values from, if it is new or converted: by position in `columns`.
    pub sources: Vec<Option<Source>>,
    /// Whether the primary key is of other columns, or in another order.
    pub key_changes: bool,
    /// Whether the comment of the table differs.
    pub comment_changes: bool,
    pub foreign_keys: ForeignKeys<'a>,
    pub indexes: Indexes,
    /// Position in `columns` by the name in `from`.
    by_old: HashMap<&'a str, usize>,
    /// Position in `columns` by the name in `to`.
    by_new: HashMap<&'a str, usize>,
}

impl<'a> TableChange<'a> {
    /// Returns what becomes of a column of the old table.
    pub fn of_old(&self, name: &str) -> Option<&ColumnChange<'a>> {
        self.by_old.get(name).map(|at| &self.columns[*at])
    }

    /// Returns the position of a column of the new table.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.by_new.get(name).copied()
    }

    /// Returns the name that a column of the old table has behind everything; `None` when it is dropped for good.
    pub fn final_name(&self, old: &str, request: &Request<'_>) -> Option<String> {
        let Some(change) = self.of_old(old) else { return Some(old.to_string()) };
        match (&change.kind, change.to) {
            (ColumnKind::Kept { .. } | ColumnKind::Renewed { .. }, Some(to)) => Some(to.name.clone()),
            (ColumnKind::Converted { .. } | ColumnKind::Gone { .. }, _) => parking::parked_column(request.park, old),
            (ColumnKind::Kept { .. } | ColumnKind::Renewed { .. } | ColumnKind::Added, _) => Some(old.to_string()),
        }
    }

    /// Returns the name that a column of the old table has while values are filled in.
    pub fn working_name(&self, old: &str, request: &Request<'_>) -> String {
        let Some(change) = self.of_old(old) else { return old.to_string() };
        match (&change.kind, change.to) {
            (ColumnKind::Kept { .. } | ColumnKind::Converted { .. } | ColumnKind::Renewed { .. }, Some(to)) => to.name.clone(),
            (ColumnKind::Gone { displaced: true }, _) => self.displaced_name(old, request),
            _ => old.to_string(),
        }
    }

    /// Returns where a column that goes waits when another needs its name.
    pub fn displaced_name(&self, old: &str, request: &Request<'_>) -> String {
        parking::parked_column(request.park, old).unwrap_or_else(|| parking::passing_column(old))
    }

    /// Returns the column that holds the new values of a column of `to` while values are filled in.
    pub fn filled_name(&self, new: &str) -> String {
        match self.position(new).map(|at| &self.columns[at].kind) {
            Some(ColumnKind::Converted { through, .. } | ColumnKind::Renewed { through, .. }) => through.clone(),
            _ => new.to_string(),
        }
    }

    /// Returns whether nothing can refer to the table by these of its old columns while it changes.
    pub fn is_unsettled(&self, old_columns: &[String]) -> bool {
        self.key_changes || old_columns.iter().any(|column| self.of_old(column).is_some_and(ColumnChange::is_unsettled))
    }
}

/// Returns whether a table is datajoint's own, or parked.
pub(super) fn is_service(name: &str) -> bool {
    name.starts_with('~')
}

impl<'a> Analysis<'a> {
    /// Looks at everything; `base` is what is there behind the renames of tables, `origins` says what those were called in `from`.
    pub fn new(request: Request<'a>, base: &'a Catalog, names: &Names) -> Self {
        let in_scope = |catalog: &'a Catalog| -> Vec<&'a Arc<Table>> {
            let schemas = catalog.schemas.values().filter(|schema| request.schemas.contains(&schema.name));
            schemas.flat_map(|schema| schema.tables.values()).collect()
        };
        let wanted = in_scope(request.to);
        let mut out = Analysis {
            request,
            changes: Vec::new(),
            created: Vec::new(),
            order: Vec::new(),
            gone: Vec::new(),
            at: HashMap::new(),
            refusals: Vec::new(),
        };
        for at in order::parents_first(&wanted.iter().map(|table| table.as_ref()).collect::<Vec<_>>()) {
            let table = wanted[at];
            match base.table(&table.schema, &table.name) {
                Some(_) if is_service(&table.name) => {}
                Some(old) => {
                    out.order.push(Place::Changed(out.changes.len()));
                    out.add(old, table, &names.origins);
                }
                None => {
                    out.order.push(Place::Created(out.created.len()));
                    out.created.push(table);
                }
            }
        }
        let there: Vec<&Table> = in_scope(base).into_iter().map(Arc::as_ref).collect();
        let goes = |table: &&Table| match is_service(&table.name) {
            true => names.displaced.contains(&TableName::new(&table.schema, &table.name)),
            false => request.to.table(&table.schema, &table.name).is_none(),
        };
        out.gone = order::parents_first(&there).into_iter().rev().map(|at| there[at]).filter(goes).collect();

        out.keys();
        out.outside(base);
        fill::sources(&mut out);
        out
    }

    /// Returns the change of a table by its name in `to`.
    pub fn change(&self, schema: &str, table: &str) -> Option<&TableChange<'a>> {
        self.at.get(&(schema, table)).map(|at| &self.changes[*at])
    }

    /// Returns the position of the change of a table in [`Analysis::changes`].
    pub fn position_of(&self, table: &TableName) -> Option<usize> {
        self.at.get(&(table.schema.as_str(), table.table.as_str())).copied()
    }

    pub fn server(&self) -> Server {
        self.request.target.server
    }

    fn add(&mut self, old: &'a Table, new: &'a Table, origins: &BTreeMap<TableName, TableName>) {
        let name = TableName::new(&new.schema, &new.name);
        let was = origins.get(&name).unwrap_or(&name).clone();
        let mut refuse = |column: Option<String>, kind| self.refusals.push(Refusal { table: name.clone(), column, kind });
        if old.kind != new.kind {
            refuse(None, RefusalKind::Relation);
        }
        if old.generation.zip(new.generation).is_some_and(|(old, new)| old != new) {
            refuse(None, RefusalKind::Generation);
        }
        let mapping = self.request.mapping;
        let filled: HashSet<&str> = mapping.fills.get(&name).into_iter().flatten().map(|(column, _)| column.as_str()).collect();
        let around =
            Around { server: self.request.target.server, park: self.request.park, was: &was, renamed: mapping.columns.get(&was), filled };
        let columns = columns::pair(old, new, &around).unwrap_or_else(|refused| {
            for (column, from, to) in refused {
                refuse(Some(column), RefusalKind::Unconvertible { from, to });
            }
            Vec::new()
        });
        let by = |side: fn(&ColumnChange<'a>) -> Option<&'a Column>| {
            columns.iter().enumerate().filter_map(|(at, change)| Some((side(change)?.name.as_str(), at))).collect()
        };
        let (by_old, by_new) = (by(|change| change.from), by(|change| change.to));
        self.at.insert((&new.schema, &new.name), self.changes.len());
        self.changes.push(TableChange {
            name,
            was,
            from: old,
            to: new,
            sources: columns.iter().map(|_| None).collect(),
            columns,
            key_changes: false,
            comment_changes: old.comment != new.comment,
            foreign_keys: ForeignKeys::default(),
            indexes: Indexes::default(),
            by_old,
            by_new,
        });
    }

    /// Compares keys and indexes; for that the fate of all columns is known.
    fn keys(&mut self) {
        for at in 0..self.changes.len() {
            self.changes[at].foreign_keys.joined = keys::joined(self, &self.changes[at]);
        }
        for at in 0..self.changes.len() {
            for position in keys::rekeyed(self, &self.changes[at]) {
                let park = self.request.park;
                let column = &mut self.changes[at].columns[position];
                if let Some(to) = column.to {
                    let (through, parked_before) = match &column.kind {
                        ColumnKind::Converted { through, parked_before, .. } => (through.clone(), *parked_before),
                        _ => (parking::working_column(park, &to.name), false),
                    };
                    column.kind = ColumnKind::Converted { through, parked_before, rekeyed: true, checks: Vec::new() };
                }
            }
        }
        for at in 0..self.changes.len() {
            let change = &self.changes[at];
            let old: Vec<Option<String>> = change.from.primary_key.iter().map(|column| change.final_name(column, &self.request)).collect();
            let same =
                old.len() == change.to.primary_key.len() && old.iter().zip(&change.to.primary_key).all(|(a, b)| a.as_ref() == Some(b));
            self.changes[at].key_changes = !same;
        }
        for at in 0..self.changes.len() {
            let foreign_keys = keys::foreign_keys(self, &self.changes[at]);
            let indexes = keys::indexes(self, &self.changes[at], &foreign_keys);
            self.changes[at].foreign_keys = foreign_keys;
            self.changes[at].indexes = indexes;
        }
    }

    /// Returns whether a foreign key of a table that goes has to go before its parent changes.
    pub fn is_early(&self, key: &ForeignKey) -> bool {
        let parent = self.change(&key.parent_schema, &key.parent_table);
        self.server() != Server::Sqlite && parent.is_some_and(|parent| parent.is_unsettled(&key.parent_columns))
    }

    /// Refuses what tables outside of the schemas that may be changed refer to.
    fn outside(&mut self, base: &Catalog) {
        let gone: BTreeSet<(&str, &str)> = self.gone.iter().map(|table| (table.schema.as_str(), table.name.as_str())).collect();
        let outside = base.schemas.values().filter(|schema| !self.request.schemas.contains(&schema.name));
        for table in outside.flat_map(|schema| schema.tables.values()) {
            for key in &table.foreign_keys {
                let parent = (key.parent_schema.as_str(), key.parent_table.as_str());
                let unsettled = self.change(parent.0, parent.1).is_some_and(|change| change.is_unsettled(&key.parent_columns));
                if unsettled || gone.contains(&parent) {
                    let child = TableName::new(&table.schema, &table.name);
                    let refusal = Refusal { table: TableName::new(parent.0, parent.1), column: None, kind: RefusalKind::Foreign { child } };
                    if !self.refusals.contains(&refusal) {
                        self.refusals.push(refusal);
                    }
                }
            }
        }
    }
}
