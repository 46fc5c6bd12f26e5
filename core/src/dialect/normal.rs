//! What normalising does on every server.

use super::defaults::canonical;
use crate::catalog::{Action, Column, ColumnDefault, ForeignKey, IndexOrigin, Table};

/// Where a server chooses names by itself, and what means the same there.
pub(super) struct Rules {
    /// Index names are the server's choice.
    pub index_names: bool,
    /// `NO ACTION` refuses at once, as `RESTRICT` does.
    pub no_action_restricts: bool,
    /// The declared type is part of the catalog.
    pub keeps_declared: bool,
}

/// Applies what does not depend on the types; columns are normalised before.
pub(super) fn table(table: &mut Table, rules: &Rules) {
    table.charset = None;
    if !rules.keeps_declared {
        table.generation = None;
    }
    for column in &mut table.columns {
        if !rules.keeps_declared {
            column.declared = None;
        }
        if column.nullable && column.default == ColumnDefault::None {
            column.default = ColumnDefault::Null;
        }
        if !column.nullable && column.default == ColumnDefault::Null {
            column.default = ColumnDefault::None;
        }
        if let ColumnDefault::Literal(text) = &column.default {
            column.default = ColumnDefault::Literal(canonical(&column.ty, text));
        }
    }
    for key in &mut table.foreign_keys {
        key.name = None;
        if rules.no_action_restricts {
            restrict(key);
        }
    }
    table.foreign_keys.sort_by(|a, b| {
        (&a.columns, &a.parent_schema, &a.parent_table, &a.parent_columns).cmp(&(
            &b.columns,
            &b.parent_schema,
            &b.parent_table,
            &b.parent_columns,
        ))
    });
    for index in &mut table.indexes {
        index.origin = IndexOrigin::Live;
        if rules.index_names {
            index.name = None;
        }
    }
    table.indexes.sort_by_cached_key(|index| (format!("{:?}", index.parts), index.unique, index.name.clone()));
}

fn restrict(key: &mut ForeignKey) {
    for action in [&mut key.on_update, &mut key.on_delete] {
        if *action == Action::NoAction {
            *action = Action::Restrict;
        }
    }
}

/// Reads `CURRENT_TIMESTAMP`, `current_timestamp()`, `now(3)`: the digits.
pub(super) fn current_timestamp(text: &str) -> Option<u8> {
    let lower = text.trim().to_ascii_lowercase();
    let rest = lower.strip_prefix("current_timestamp").or_else(|| lower.strip_prefix("now"))?;
    match rest.trim() {
        "" | "()" => Some(0),
        digits => digits.strip_prefix('(')?.strip_suffix(')')?.trim().parse().ok(),
    }
}

/// Replaces the default by what `read` makes of an expression in the server's spelling.
pub(super) fn read_expression(column: &mut Column, read: impl Fn(&str) -> Option<ColumnDefault>) {
    if let ColumnDefault::Expression(text) = &column.default
        && let Some(default) = read(text)
    {
        column.default = default;
    }
}

/// Reads a string literal in single quotes with nothing behind it.
pub(super) fn string_literal(text: &str, backslash: bool) -> Option<String> {
    let inner = text.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' if chars.next() == Some('\'') => out.push('\''),
            '\'' => return None,
            '\\' if backslash => {
                let escaped = ['\\', chars.next()?];
                out.push_str(&crate::ir::mysql_unescape(&String::from_iter(escaped)));
            }
            other => out.push(other),
        }
    }
    Some(out)
}
