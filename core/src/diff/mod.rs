//! What differs between two catalogs, by meaning.
//!
//! [`diff`] compares two catalogs, both normalised for one server, and says each difference once. What follows from
//! another difference is no difference of its own but a consequence of it: the foreign keys onto a table that is gone, the names
//! that change with a renamed table, the columns below a key attribute whose type changed. [`tables`] compares two tables alone.
//!
//! The two sides are called `from` and `to`; who asks what drifted hands over the declared catalog and the live one.
//! A rename is a suggestion: something is gone and something else with the same body is there. Nothing is concluded from it.
//!
//! Left out are columns whose names begin with `_`, which datajoint adds and hides itself, and the bodies of `~` tables, which
//! versions of datajoint declare a little differently.

mod columns;
mod effect;
mod encoding;
mod fold;
mod keys;
mod lineage;
mod moved;
mod names;
mod table;
mod what;
mod words;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Table};

pub use effect::TypeEffect;
pub use encoding::encoded_once;
pub use what::{EncodedTwice, EnumSides, LineageRow, Section, Sides, What};
pub use words::Words;

use moved::Moved;
use names::Names;

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Physical schema.
    pub schema: String,
    /// Stored name of the table, as `from` calls it where both have it; `None` for a difference of the schema itself.
    pub table: Option<String>,
    /// What differs.
    pub what: What,
    /// Where else it shows, because of this and for no other reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consequences: Vec<Consequence>,
}

/// A place where the same cause shows again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Consequence {
    /// Physical schema.
    pub schema: String,
    /// Stored name of the table.
    pub table: String,
    /// The column; `None` where it is about the table or its keys.
    pub column: Option<String>,
}

impl Difference {
    fn of_schema(schema: &str, what: What) -> Self {
        Difference { schema: schema.to_string(), table: None, what, consequences: Vec::new() }
    }

    fn of_table(table: &Table, what: What) -> Self {
        Difference { schema: table.schema.clone(), table: Some(table.name.clone()), what, consequences: Vec::new() }
    }

    /// Returns the column that it is about.
    pub fn column(&self) -> Option<&str> {
        self.what.column()
    }
}

/// Compares two catalogs, in the given schemas or in all that one of them has; the others may still be parents.
///
/// Differences come schema by schema, tables in the order of `from`, those that only `to` has behind them.
pub fn diff(from: &Catalog, to: &Catalog, schemas: Option<&BTreeSet<String>>) -> Vec<Difference> {
    let compared = |name: &str| schemas.is_none_or(|schemas| schemas.contains(name));
    let Moved { mut names, mut found } = Moved::find(from, to, &compared);
    let both = |name: &str| Some((from.schemas.get(name)?, to.schemas.get(name)?));
    let schemas: BTreeSet<&String> = from.schemas.keys().chain(to.schemas.keys()).filter(|name| compared(name)).collect();

    // A column may have a new name in every table that inherits it, so all new names are known before anything is compared.
    let mut pairs: Vec<(&Table, &Table)> = Vec::new();
    for (ours, theirs) in schemas.iter().filter_map(|name| both(name)) {
        for table in ours.tables.values().filter(|table| !is_service(&table.name)) {
            let (_, name) = names.table(&ours.name, &table.name);
            if let Some(other) = theirs.tables.get(name) {
                pairs.push((table, other));
            }
        }
    }
    for (ours, theirs) in &pairs {
        names.add_columns(ours, columns::renamed(ours, theirs));
    }
    let mut next = pairs.into_iter().peekable();
    for name in schemas {
        match (from.schemas.get(name), to.schemas.get(name)) {
            (Some(ours), None) => found.push(Difference::of_schema(name, What::SchemaRemoved { tables: count(ours) })),
            (None, Some(theirs)) => found.push(Difference::of_schema(name, What::SchemaAdded { tables: count(theirs) })),
            (Some(ours), Some(theirs)) => {
                table::schema(ours, theirs, &mut found);
                while let Some((one, other)) = next.next_if(|(one, _)| one.schema == *name) {
                    table::compare(one, other, &table::Around { ours, theirs, names: &names }, &mut found);
                }
                lineage::compare(ours, theirs, &names, &mut found);
            }
            (None, None) => {}
        }
    }
    fold::consequences(from, to, found)
}

/// Compares two tables of one name alone: what they have from others is a difference of theirs, too.
pub fn tables(from: &Table, to: &Table) -> Vec<Difference> {
    let mut names = Names::default();
    names.add_columns(from, columns::renamed(from, to));
    let (ours, theirs) = (Default::default(), Default::default());
    let mut found = Vec::new();
    table::compare(from, to, &table::Around { ours: &ours, theirs: &theirs, names: &names }, &mut found);
    found
}

/// Returns whether a table is datajoint's own.
fn is_service(table: &str) -> bool {
    table.starts_with('~')
}

/// Returns whether a column is datajoint's own.
fn is_hidden(column: &str) -> bool {
    column.starts_with('_')
}

fn count(schema: &crate::catalog::Schema) -> usize {
    schema.tables.keys().filter(|name| !is_service(name)).count()
}
