//! One cause is one difference: what follows from another difference joins its consequences.

use std::collections::{HashMap, HashSet};

use super::{Consequence, Difference, What};
use crate::catalog::{Catalog, ColumnType, ForeignKey};
use crate::ir::parse_stored;

/// Returns the causes, each with its consequences.
pub(super) fn consequences(from: &Catalog, to: &Catalog, mut found: Vec<Difference>) -> Vec<Difference> {
    let causes = Causes::of(&found);
    let cause_of: Vec<Option<usize>> = found.iter().map(|difference| causes.cause(difference, from, to, &found)).collect();
    let root = |start: usize| {
        let (mut at, mut steps) = (start, 0);
        while let Some(next) = cause_of[at] {
            // Tables that refer to each other in a circle explain nothing.
            if steps > cause_of.len() {
                return start;
            }
            (at, steps) = (next, steps + 1);
        }
        at
    };
    let roots: Vec<usize> = (0..found.len()).map(root).collect();
    for (at, root) in roots.iter().enumerate().filter(|(at, root)| at != *root) {
        let difference = &found[at];
        let place = Consequence {
            schema: difference.schema.clone(),
            table: difference.table.clone().unwrap_or_default(),
            column: difference.column().map(str::to_string),
        };
        found[*root].consequences.push(place);
    }
    let mut at = 0;
    found.retain(|_| {
        at += 1;
        roots[at - 1] == at - 1
    });
    for difference in &mut found {
        difference.consequences.sort();
        difference.consequences.dedup();
        if let What::ForeignKeyTarget { keys, vestigial } = &mut difference.what {
            // A schema that `from` does not know at all may well be somebody else's; the table is unknown all the same.
            *vestigial = from.table(&keys.to.parent_schema, &keys.to.parent_table).is_none();
        }
    }
    sort(from, &mut found);
    found
}

/// Brings the differences into the order of the tables of `from`.
fn sort(from: &Catalog, found: &mut [Difference]) {
    let place = |difference: &Difference| {
        let schema = from.schemas.get(&difference.schema);
        let table = difference.table.as_ref().map(|name| schema.and_then(|schema| schema.tables.get_index_of(name)).unwrap_or(usize::MAX));
        (difference.schema.clone(), table, difference.table.clone())
    };
    found.sort_by_cached_key(place);
}

/// What may explain something else, by where it is.
struct Causes<'a> {
    columns: HashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
    tables: HashMap<(&'a str, &'a str), usize>,
    schemas: HashMap<&'a str, usize>,
    enums: HashMap<&'a (String, String), usize>,
}

impl<'a> Causes<'a> {
    fn of(found: &'a [Difference]) -> Self {
        let mut causes = Causes { columns: HashMap::new(), tables: HashMap::new(), schemas: HashMap::new(), enums: HashMap::new() };
        for (at, difference) in found.iter().enumerate() {
            let schema = difference.schema.as_str();
            match (&difference.what, &difference.table) {
                (What::SchemaRemoved { .. }, _) => drop(causes.schemas.insert(schema, at)),
                (What::TableRemoved { .. } | What::TableAdded { .. }, Some(table)) => drop(causes.tables.insert((schema, table), at)),
                (_, Some(table)) => {
                    if let Some(column) = difference.column() {
                        causes.columns.entry((schema, table, column)).or_default().push(at);
                    }
                    if let What::EnumValues { enums, .. } = &difference.what
                        && let Some(name) = &enums.name
                    {
                        causes.enums.entry(name).or_insert(at);
                    }
                }
                (_, None) => {}
            }
        }
        causes
    }

    /// Returns the difference that explains this one.
    fn cause(&self, difference: &Difference, from: &Catalog, to: &Catalog, found: &[Difference]) -> Option<usize> {
        if let What::ForeignKeyRemoved(key) = &difference.what {
            let table = self.tables.get(&(key.parent_schema.as_str(), key.parent_table.as_str()));
            let table = table.filter(|at| matches!(found[**at].what, What::TableRemoved { .. }));
            return table.or_else(|| self.schemas.get(key.parent_schema.as_str())).copied();
        }
        let table = difference.table.as_deref()?;
        if let What::TableRemoved { .. } | What::TableAdded { .. } = &difference.what {
            // A part comes and goes with its master.
            let master = parse_stored(table)?.master?;
            let same = |at: &usize| std::mem::discriminant(&found[*at].what) == std::mem::discriminant(&difference.what);
            return self.tables.get(&(difference.schema.as_str(), master.as_str())).copied().filter(same);
        }
        let column = difference.column()?;
        let keys = from.table(&difference.schema, table).into_iter().chain(to.table(&difference.schema, table));
        let own = (difference.schema.as_str(), table, column);
        let mut seen = HashSet::new();
        for (schema, parent, parent_column) in keys.flat_map(|table| &table.foreign_keys).filter_map(|key| parent_of(key, column)) {
            let place = (schema, parent, parent_column);
            if place == own || !seen.insert(place) {
                continue;
            }
            let above = self.columns.get(&place).into_iter().flatten();
            if let Some(at) = above.copied().find(|at| is_inherited(&difference.what, &found[*at].what)) {
                return Some(at);
            }
        }
        // All columns of one enum type change with it.
        let What::EnumValues { enums, .. } = &difference.what else { return None };
        let first = *self.enums.get(enums.name.as_ref()?)?;
        (found[first] != *difference).then_some(first)
    }
}

fn parent_of<'k>(key: &'k ForeignKey, column: &str) -> Option<(&'k str, &'k str, &'k str)> {
    let at = key.columns.iter().position(|name| name == column)?;
    Some((&key.parent_schema, &key.parent_table, key.parent_columns.get(at)?))
}

/// Returns whether a column has from its parent's what differs in it.
fn is_inherited(child: &What, parent: &What) -> bool {
    match (child, parent) {
        (What::ColumnType { columns, .. }, What::ColumnType { columns: above, .. }) => {
            plain(&columns.from.ty) == plain(&above.from.ty) && plain(&columns.to.ty) == plain(&above.to.ty)
        }
        (What::EnumValues { enums, .. }, What::EnumValues { enums: above, .. }) => enums.values == above.values,
        (What::Marker { markers, .. }, What::Marker { markers: above, .. }) => markers == above,
        (What::ColumnComment { comments, .. }, What::ColumnComment { comments: above, .. }) => comments == above,
        (What::ColumnCharset { charsets, .. }, What::ColumnCharset { charsets: above, .. }) => charsets == above,
        (What::ColumnRenamed { column, to }, What::ColumnRenamed { column: above, to: above_to }) => column == above && to == above_to,
        (What::ColumnRemoved { column, .. }, What::ColumnRemoved { column: above, .. })
        | (What::ColumnAdded { column, .. }, What::ColumnAdded { column: above, .. }) => plain(&column.ty) == plain(&above.ty),
        _ => false,
    }
}

/// Returns the type without what datajoint does not copy.
fn plain(ty: &ColumnType) -> ColumnType {
    match ty {
        ColumnType::Integer { bits, unsigned, .. } => ColumnType::Integer { bits: *bits, unsigned: *unsigned, display_width: None },
        other => other.clone(),
    }
}
