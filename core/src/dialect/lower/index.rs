//! Indexes: declared ones, those of `unique` references and `serial`, and those that foreign keys need.

use std::collections::BTreeSet;

use super::{At, Keys, Pass, Whole};
use crate::catalog::{ColumnType, Index, IndexOrigin, IndexPart, Table};
use crate::dialect::mysql::types::{bytes_per_char, key_bytes};
use crate::dialect::names::index_name_bases;
use crate::dialect::{KeyKind, ProblemKind, Server};
use crate::ir::{self, AttributeType, Generation, TableId};

/// Width of an InnoDB index in bytes.
pub(super) const INNODB_KEY_BYTES: u64 = 3072;

impl Pass<'_> {
    /// Adds all indexes, in the order in which datajoint writes them.
    pub(super) fn indexes(&mut self, id: TableId, table: &ir::Table, lowered: &Table, keys: &mut Keys) {
        if self.server().is_mysql_family() {
            for attribute in &table.heading.attributes {
                if attribute.ty == AttributeType::Serial && lowered.column(&attribute.name).is_some_and(|column| column.auto_increment) {
                    keys.indexes.push(index(true, std::slice::from_ref(&attribute.name), IndexOrigin::Declared));
                }
            }
        }
        for reference in table.references.iter().filter(|reference| reference.unique) {
            let columns: Vec<String> = reference.columns.iter().map(|map| map.child.clone()).collect();
            if columns.iter().all(|name| lowered.column(name).is_some()) {
                keys.indexes.push(index(true, &columns, IndexOrigin::Declared));
            }
        }
        for declared in &table.indexes {
            let parts = self.parts(id, table, declared, lowered);
            if let Some(parts) = parts {
                keys.indexes.push(Index { name: None, unique: declared.unique, parts, origin: IndexOrigin::Declared });
            }
        }
        if self.server().is_mysql_family() {
            add_implied(&lowered.primary_key, keys);
        } else {
            let unique: BTreeSet<usize> =
                table.references.iter().enumerate().filter(|(_, reference)| reference.unique).map(|(at, _)| at).collect();
            add_supporting(&lowered.primary_key, keys, &unique);
        }
    }

    /// Lowers the arguments of an index line; `None` when the index does not come to be.
    fn parts(&mut self, id: TableId, table: &ir::Table, declared: &ir::Index, lowered: &Table) -> Option<Vec<IndexPart>> {
        let at = At { table: id, span: declared.span, attribute: None };
        let modern_postgres = self.server() == Server::Postgres && self.generation(table) == Generation::Modern;
        if declared.parts.is_empty() {
            // datajoint 2 drops the line on PostgreSQL and says nothing.
            if !modern_postgres {
                self.report(at, ProblemKind::IndexEmpty);
            }
            return None;
        }
        let mut parts: Vec<IndexPart> = Vec::with_capacity(declared.parts.len());
        for part in &declared.parts {
            match part {
                ir::IndexPart::Attribute { name, length, descending } => {
                    let Some(column) = lowered.column(name) else {
                        // The attribute may be there and have a type that could not be lowered, which has been said.
                        if table.heading.get(name).is_none() {
                            self.report(At { attribute: Some(name), ..at }, ProblemKind::IndexColumnUnknown { column: name.clone() });
                        }
                        return None;
                    };
                    let ty = column.ty.clone();
                    let twice = parts.iter().any(|part| matches!(part, IndexPart::Column { name: earlier, .. } if earlier == name));
                    if twice {
                        self.report(At { attribute: Some(name), ..at }, ProblemKind::IndexColumnTwice { column: name.clone() });
                    }
                    let length = self.prefix(at, table, declared, name, *length, &ty)?;
                    if *descending && modern_postgres {
                        let reason = "datajoint 2 quotes the whole argument there and fails; leave `DESC` out";
                        self.report(at, ProblemKind::IndexArgument { server: self.server(), argument: format!("{name} DESC"), reason });
                        return None;
                    }
                    // MariaDB knows descending indexes since 10.8.
                    parts.push(IndexPart::Column { name: name.clone(), length, descending: *descending });
                }
                ir::IndexPart::JsonPath { name, path, returning } => {
                    let argument = format!("{name}.{path}");
                    if let Some(reason) = self.no_expressions() {
                        self.report(at, ProblemKind::IndexArgument { server: self.server(), argument, reason });
                    }
                    if lowered.column(name).is_none() {
                        self.report(At { attribute: Some(name), ..at }, ProblemKind::IndexColumnUnknown { column: name.clone() });
                        return None;
                    }
                    let quoting = self.dialect.facts().quoting;
                    let path = quoting.text(&format!("$.{path}"));
                    let returning = returning.as_ref().map(|ty| format!(" returning {ty}")).unwrap_or_default();
                    parts.push(IndexPart::Expression(format!("json_value({}, _utf8mb4{path}{returning})", quoting.name(name))));
                }
                ir::IndexPart::Expression(expression) => {
                    if let Some(reason) = self.no_expressions() {
                        self.report(at, ProblemKind::IndexArgument { server: self.server(), argument: expression.clone(), reason });
                    }
                    let inner = expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(expression);
                    parts.push(IndexPart::Expression(inner.to_string()));
                }
            }
        }
        Some(parts)
    }

    /// Returns why the server has no index over an expression, if so.
    fn no_expressions(&self) -> Option<&'static str> {
        match self.server() {
            Server::MySql => None,
            Server::MariaDb => Some("it only indexes attributes"),
            Server::Postgres => Some("datajoint quotes the whole argument there and fails; the expression is MySQL's besides"),
            Server::Sqlite => Some("the expression is MySQL's"),
        }
    }

    /// Returns the prefix length that the index gets; the outer `None` when it does not come to be.
    fn prefix(
        &mut self,
        at: At<'_>,
        table: &ir::Table,
        declared: &ir::Index,
        name: &str,
        length: Option<u32>,
        ty: &ColumnType,
    ) -> Option<Option<u32>> {
        let charset_bytes = bytes_per_char(self.charset(table.schema));
        let type_text = table.heading.get(name).map(|attribute| attribute.type_text.clone()).unwrap_or_default();
        let at = At { attribute: Some(name), ..at };
        if !self.server().is_mysql_family() {
            let Some(length) = length else { return Some(None) };
            // Elsewhere an index over the whole value finds as much, but a unique one is not the same.
            let modern_postgres = self.server() == Server::Postgres && self.generation(table) == Generation::Modern;
            if declared.unique || modern_postgres {
                let reason = "it has no prefix lengths; leave the length out";
                self.report(at, ProblemKind::IndexArgument { server: self.server(), argument: format!("{name}({length})"), reason });
                return None;
            }
            return Some(None);
        }
        let whole = key_bytes(ty, charset_bytes);
        match (length, whole) {
            // MariaDB cuts the prefix of a plain index as it cuts a whole column.
            (Some(length), None) if self.server() == Server::MariaDb && !declared.unique => {
                let per_unit = if matches!(ty, ColumnType::Blob(_)) { 1 } else { charset_bytes };
                Some(Some(length.min((INNODB_KEY_BYTES / per_unit) as u32)))
            }
            (Some(length), Some(whole)) if u64::from(length) * charset_bytes == whole && whole > INNODB_KEY_BYTES => {
                self.prefix(at, table, declared, name, None, ty)
            }
            (Some(length), whole) => {
                let texty = matches!(
                    ty,
                    ColumnType::Char(_)
                        | ColumnType::Varchar(_)
                        | ColumnType::Text(_)
                        | ColumnType::Blob(_)
                        | ColumnType::Json
                        | ColumnType::Binary(_)
                );
                let per_unit = if matches!(ty, ColumnType::Blob(_) | ColumnType::Binary(_)) { 1 } else { charset_bytes };
                if !texty || whole.is_some_and(|whole| u64::from(length) * per_unit > whole) {
                    let reason = "a prefix length is for text and blobs that are longer";
                    self.report(at, ProblemKind::IndexArgument { server: self.server(), argument: format!("{name}({length})"), reason });
                    return Some(Some(length));
                }
                // A prefix as long as the column is the whole column.
                let all = whole.is_some_and(|whole| u64::from(length) * per_unit == whole);
                Some(if all { None } else { Some(length) })
            }
            // MariaDB cuts a plain index by itself and warns; nobody else takes it.
            (None, None) if self.server() == Server::MariaDb && !declared.unique => {
                let per_unit = if matches!(ty, ColumnType::Blob(_)) { 1 } else { charset_bytes };
                Some(Some((INNODB_KEY_BYTES / per_unit) as u32))
            }
            // A unique one becomes a digest of the whole value.
            (None, None) if self.server() == Server::MariaDb => Some(None),
            (None, None) => {
                self.report(at, ProblemKind::KeyType { type_text, kind: KeyKind::Index });
                Some(None)
            }
            (None, Some(whole)) if whole > INNODB_KEY_BYTES && self.server() == Server::MariaDb && !declared.unique => {
                Some(Some((INNODB_KEY_BYTES / charset_bytes) as u32))
            }
            (None, Some(_)) => Some(None),
        }
    }
}

impl Whole<'_> {
    /// Names indexes where the server does not: `idx_<table>_<columns>` on PostgreSQL, with schema and table on SQLite.
    pub(super) fn name_indexes(&mut self, lowered: &mut Table) {
        let server = self.pass.server();
        let (scope, max) = match server {
            Server::Postgres => (lowered.schema.clone(), 63),
            Server::MySql | Server::MariaDb | Server::Sqlite => (String::new(), usize::MAX),
        };
        let names = self.indexes.entry(scope).or_default();
        for index in &mut lowered.indexes {
            let [on_postgres, on_sqlite] = index_name_bases(&lowered.schema, &lowered.name, &index.parts);
            let base = if server == Server::Sqlite { on_sqlite } else { on_postgres };
            index.name = Some(names.unique(&base, max));
        }
    }
}

fn index(unique: bool, columns: &[String], origin: IndexOrigin) -> Index {
    let parts = columns.iter().map(|name| IndexPart::Column { name: name.clone(), length: None, descending: false }).collect();
    Index { name: None, unique, parts, origin }
}

/// Returns the columns that an index holds whole, from its first on.
fn whole_columns(index: &Index) -> Vec<&str> {
    index
        .parts
        .iter()
        .map_while(|part| match part {
            IndexPart::Column { name, length: None, .. } => Some(name.as_str()),
            IndexPart::Column { .. } | IndexPart::Expression(_) => None,
        })
        .collect()
}

fn begins_with(columns: &[&str], first: &[String]) -> bool {
    columns.len() >= first.len() && columns.iter().zip(first).all(|(a, b)| a == b)
}

/// Adds the indexes that the MySQL family makes for foreign keys which no other index begins with.
fn add_implied(primary_key: &[String], keys: &mut Keys) {
    let primary: Vec<&str> = primary_key.iter().map(String::as_str).collect();
    let candidates: Vec<&Vec<String>> = keys.foreign_keys.iter().map(|key| &key.columns).collect();
    let mut implied = Vec::new();
    for (at, columns) in candidates.iter().enumerate() {
        let covered = begins_with(&primary, columns)
            || keys.indexes.iter().any(|index| begins_with(&whole_columns(index), columns))
            || candidates.iter().enumerate().any(|(other_at, other)| {
                let other: Vec<&str> = other.iter().map(String::as_str).collect();
                other_at != at && begins_with(&other, columns) && (other.len() > columns.len() || other_at < at)
            });
        if !covered {
            implied.push(index(false, columns, IndexOrigin::Implied));
        }
    }
    keys.indexes.extend(implied);
}

/// Adds the indexes that datajoint 2 writes on PostgreSQL: for references that neither the key, nor a declared index, nor a
/// longer reference begins with.
fn add_supporting(primary_key: &[String], keys: &mut Keys, unique: &BTreeSet<usize>) {
    let primary: Vec<&str> = primary_key.iter().map(String::as_str).collect();
    let mut candidates: Vec<(usize, Vec<String>)> =
        keys.foreign_keys.iter().enumerate().filter(|(at, _)| !unique.contains(at)).map(|(at, key)| (at, key.columns.clone())).collect();
    candidates.sort_by_key(|(_, columns)| std::cmp::Reverse(columns.len()));
    let mut accepted: Vec<(usize, Vec<String>)> = Vec::new();
    for (at, columns) in candidates {
        let covered = begins_with(&primary, &columns)
            || keys.indexes.iter().any(|index| begins_with(&whole_columns(index), &columns))
            || accepted.iter().any(|(_, longer)| begins_with(&longer.iter().map(String::as_str).collect::<Vec<_>>(), &columns));
        if !covered {
            accepted.push((at, columns));
        }
    }
    accepted.sort_by_key(|(at, _)| *at);
    keys.indexes.extend(accepted.into_iter().map(|(_, columns)| index(false, &columns, IndexOrigin::Supporting)));
}
