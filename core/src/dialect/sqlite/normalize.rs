//! One spelling per meaning on SQLite: the storage class, with the declared type beside it.

use super::types::type_sql;
use crate::catalog::{Column, ColumnDefault, ColumnType, Table};
use crate::dialect::normal::{self, Rules};
use crate::ir::Size;

pub(super) fn normalize(table: &mut Table) {
    for column in &mut table.columns {
        column.ty = match type_sql(&column.ty) {
            "INTEGER" => ColumnType::Integer { bits: 64, unsigned: false, display_width: None },
            "REAL" => ColumnType::Double { arguments: None, unsigned: false },
            "BLOB" => ColumnType::Blob(Size::Long),
            _ => ColumnType::Text(Size::Long),
        };
        default(column);
    }
    // Only the key of one integer column numbers itself, and it does so whether asked to or not.
    let [only] = table.primary_key.as_slice() else {
        table.columns.iter_mut().for_each(|column| column.auto_increment = false);
        return finish(table);
    };
    let only = only.clone();
    for column in &mut table.columns {
        let declared = column.declared.as_deref().unwrap_or_default().to_ascii_lowercase();
        column.auto_increment = column.name == only && (declared.contains("auto_increment") || declared == "serial");
    }
    finish(table);
}

fn finish(table: &mut Table) {
    table.engine = None;
    normal::table(table, &Rules { index_names: false, no_action_restricts: false, keeps_declared: true });
}

/// Reads the default as `pragma table_info` shows it: SQL as written.
fn default(column: &mut Column) {
    normal::read_expression(column, |text| {
        let text = text.trim();
        if text.eq_ignore_ascii_case("null") {
            return Some(ColumnDefault::Null);
        }
        if text.contains("strftime(") {
            return Some(ColumnDefault::CurrentTimestamp(3));
        }
        if let Some(digits) = normal::current_timestamp(text) {
            return Some(ColumnDefault::CurrentTimestamp(digits));
        }
        if let Some(constant) = normal::string_literal(text, false) {
            return Some(ColumnDefault::Literal(constant));
        }
        text.parse::<f64>().is_ok().then(|| ColumnDefault::Literal(text.to_string()))
    });
    if matches!(column.default, ColumnDefault::CurrentTimestamp(1..)) {
        // The server's own clock has milliseconds or none.
        column.default = ColumnDefault::CurrentTimestamp(3);
    }
}
