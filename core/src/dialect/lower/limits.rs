//! What is too long, too wide or too many for the server.

use super::index::INNODB_KEY_BYTES;
use super::{At, Keys, Pass};
use crate::catalog::{ColumnType, IndexOrigin, IndexPart, Table};
use crate::dialect::defaults::leaf;
use crate::dialect::mysql::types::{bytes_per_char, key_bytes, page_bytes, row_bytes};
use crate::dialect::{KeyKind, ProblemKind, Server};
use crate::ir::{self, AttributeType, TableId};

/// Bytes of a row on the MySQL family.
const ROW_BYTES: u64 = 65_535;
/// Bytes of a row inside one page of InnoDB, and what InnoDB itself adds to each row.
const PAGE_BYTES: u64 = 8_126;
const PAGE_OVERHEAD: u64 = 5 + 6 + 7;

impl Pass<'_> {
    pub(super) fn limits(&mut self, id: TableId, table: &ir::Table, lowered: &Table, keys: &Keys) {
        self.key_types(id, table, lowered);
        self.index_sizes(id, table, lowered, keys);
        self.numbered(id, table, lowered, keys);
        if self.server().is_mysql_family() {
            self.strings(id, table, lowered);
            self.comments(id, table, lowered);
            self.row(id, table, lowered);
        }
    }

    fn at<'n>(&self, id: TableId, table: &ir::Table, name: &'n str) -> At<'n> {
        let span = table.heading.get(name).map_or(table.name_span, |attribute| attribute.type_span);
        At { table: id, span, attribute: Some(name) }
    }

    fn type_text(&self, table: &ir::Table, name: &str) -> String {
        table.heading.get(name).map(|attribute| attribute.type_text.clone()).unwrap_or_default()
    }

    /// Blobs, json, text and what lies in a store cannot be in a key: servers refuse it, or datajoint fails on every read.
    fn key_types(&mut self, id: TableId, table: &ir::Table, lowered: &Table) {
        for name in &lowered.primary_key {
            let Some(column) = lowered.column(name) else { continue };
            let logical = table.heading.get(name).map(|attribute| leaf(&attribute.ty));
            let refused = match logical {
                Some(
                    AttributeType::Blob(_)
                    | AttributeType::Bytes
                    | AttributeType::Attach
                    | AttributeType::Json
                    | AttributeType::External(_),
                ) => true,
                Some(AttributeType::Text(_)) => self.server().is_mysql_family(),
                _ => matches!(column.ty, ColumnType::Blob(_) | ColumnType::Json) && self.server() != Server::Sqlite,
            };
            if refused {
                let kind = ProblemKind::KeyType { type_text: self.type_text(table, name), kind: KeyKind::Primary };
                self.report(self.at(id, table, name), kind);
            }
        }
    }

    fn index_sizes(&mut self, id: TableId, table: &ir::Table, lowered: &Table, keys: &Keys) {
        let charset = self.charset(table.schema);
        let per_char = bytes_per_char(charset);
        let whole = |name| (name, None);
        let mut sized = vec![(KeyKind::Primary, true, lowered.primary_key.iter().map(whole).collect::<Vec<_>>())];
        for index in &keys.indexes {
            let kind = match index.origin {
                IndexOrigin::Implied | IndexOrigin::Supporting => KeyKind::ForeignKey,
                IndexOrigin::Declared | IndexOrigin::Live => KeyKind::Index,
            };
            let columns = index.parts.iter().filter_map(|part| match part {
                IndexPart::Column { name, length, .. } => Some((name, *length)),
                IndexPart::Expression(_) => None,
            });
            sized.push((kind, index.unique, columns.collect()));
        }
        let max_columns = match self.server() {
            Server::MySql => 16,
            Server::MariaDb | Server::Postgres => 32,
            Server::Sqlite => usize::MAX,
        };
        for (kind, unique, columns) in sized {
            let at = At { table: id, span: table.name_span, attribute: None };
            if columns.len() > max_columns {
                let problem = ProblemKind::IndexTooManyColumns { server: self.server(), kind, count: columns.len(), max: max_columns };
                self.report(at, problem);
            }
            if !self.server().is_mysql_family() {
                continue;
            }
            let mut bytes = 0;
            for (name, length) in &columns {
                let Some(column) = lowered.column(name) else { continue };
                let whole = key_bytes(&column.ty, per_char).unwrap_or(0);
                bytes += match length {
                    None => whole,
                    Some(length) if matches!(column.ty, ColumnType::Blob(_) | ColumnType::Binary(_)) => u64::from(*length),
                    Some(length) => u64::from(*length) * per_char,
                };
            }
            // MariaDB keeps a digest for a unique index that is too wide.
            let digested = self.server() == Server::MariaDb && unique && kind == KeyKind::Index;
            if bytes > INNODB_KEY_BYTES && !digested {
                let columns = columns.into_iter().map(|(name, _)| name.clone()).collect();
                let server = self.server();
                let problem =
                    ProblemKind::IndexTooWide { server, kind, columns, bytes, max: INNODB_KEY_BYTES, charset: charset.to_string() };
                self.report(at, problem);
            }
        }
    }

    /// Checks columns that the server numbers.
    fn numbered(&mut self, id: TableId, table: &ir::Table, lowered: &Table, keys: &Keys) {
        let numbered: Vec<String> =
            lowered.columns.iter().filter(|column| column.auto_increment).map(|column| column.name.clone()).collect();
        let Some(first) = numbered.first() else { return };
        match self.server() {
            // A sequence needs neither a key nor company of its own.
            Server::Postgres => {}
            Server::Sqlite => {
                if lowered.primary_key != [first.clone()] {
                    let reason = "it only numbers the rows of a table whose whole primary key is that attribute";
                    let kind = ProblemKind::UnsupportedType {
                        server: Server::Sqlite,
                        type_text: self.type_text(table, first),
                        reason: reason.to_string(),
                    };
                    self.report(self.at(id, table, first), kind);
                }
            }
            Server::MySql | Server::MariaDb => {
                if let Some(second) = numbered.get(1) {
                    self.report(self.at(id, table, second), ProblemKind::SecondAutoIncrement { first: first.clone() });
                }
                let leads = lowered.primary_key.first() == Some(first)
                    || keys
                        .indexes
                        .iter()
                        .any(|index| matches!(index.parts.first(), Some(IndexPart::Column { name, .. }) if name == first));
                if !leads {
                    self.report(self.at(id, table, first), ProblemKind::AutoIncrementNotKey);
                }
            }
        }
    }

    /// Checks `char` and `varchar` against what the charset leaves of 255 characters and 65 535 bytes.
    fn strings(&mut self, id: TableId, table: &ir::Table, lowered: &Table) {
        let charset = self.charset(table.schema);
        let varchar_max = (ROW_BYTES / bytes_per_char(charset)) as u32;
        for column in &lowered.columns {
            let max = match column.ty {
                ColumnType::Char(length) if length > 255 => 255,
                ColumnType::Varchar(length) if length > varchar_max => varchar_max,
                _ => continue,
            };
            let type_text = self.type_text(table, &column.name);
            let kind = ProblemKind::StringTooLong { server: self.server(), type_text, max, charset: charset.to_string() };
            self.report(self.at(id, table, &column.name), kind);
        }
    }

    fn comments(&mut self, id: TableId, table: &ir::Table, lowered: &Table) {
        const COLUMN_MAX: usize = 1024;
        const TABLE_MAX: usize = 2048;
        let server = self.server();
        let length = lowered.comment.chars().count();
        if length > TABLE_MAX {
            let at = At { table: id, span: table.name_span, attribute: None };
            self.report(at, ProblemKind::CommentTooLong { server, length, max: TABLE_MAX, marker: false });
        }
        for column in &lowered.columns {
            let length = column.comment.chars().count();
            if length > COLUMN_MAX {
                let span = table.heading.get(&column.name).map_or(table.name_span, |attribute| attribute.span);
                let at = At { table: id, span, attribute: Some(&column.name) };
                let marker = column.comment.starts_with(':');
                self.report(at, ProblemKind::CommentTooLong { server, length, max: COLUMN_MAX, marker });
            }
        }
    }

    fn row(&mut self, id: TableId, table: &ir::Table, lowered: &Table) {
        // A column that is too long by itself has been reported.
        let per_char = bytes_per_char(self.charset(table.schema));
        let varchar_max = (ROW_BYTES / per_char) as u32;
        if lowered.columns.iter().any(|column| matches!(column.ty, ColumnType::Varchar(length) if length > varchar_max)) {
            return;
        }
        let null_bytes = (lowered.columns.iter().filter(|column| column.nullable).count() as u64).div_ceil(8);
        let at = At { table: id, span: table.name_span, attribute: None };
        let bytes = null_bytes + lowered.columns.iter().map(|column| row_bytes(&column.ty, per_char)).sum::<u64>();
        let server = self.server();
        if bytes > ROW_BYTES {
            self.report(at, ProblemKind::RowTooLarge { server, bytes, max: ROW_BYTES, how: "" });
            return;
        }
        let bytes = PAGE_OVERHEAD + null_bytes + lowered.columns.iter().map(|column| page_bytes(&column.ty, per_char, server)).sum::<u64>();
        if bytes > PAGE_BYTES {
            self.report(at, ProblemKind::RowTooLarge { server, bytes, max: PAGE_BYTES, how: " within a page" });
        }
    }
}
