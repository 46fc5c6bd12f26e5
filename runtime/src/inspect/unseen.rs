//! What the account of a session may not see. Servers leave it out without an error, so that its absence proves nothing.

use std::fmt;

/// Something that may be there and is not in the catalog, or is there only in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// What it is.
    pub what: Hidden,
    /// The statement by which an administrator shows it: ``GRANT SELECT ON `lab`.* TO 'ana'@'%'``.
    pub grant: String,
}

/// What an account may not see.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hidden {
    /// Whole schemas, of a server that was read without saying which: those on which the account has no rights.
    Schemas,
    /// A schema that was asked for by name: it does not exist, or the account has no rights on it.
    Schema {
        /// Its name.
        schema: String,
    },
    /// Tables of a schema, which shows only those on which the account has rights.
    Tables {
        /// The schema.
        schema: String,
    },
    /// Columns, keys and indexes of a table of which the account may read only some columns.
    Columns {
        /// Its schema.
        schema: String,
        /// The table.
        table: String,
    },
    /// What the foreign keys of a schema do on update and delete (MariaDB, without any right but to read). The catalog
    /// then says what datajoint declares: cascade on update, restrict on delete.
    Actions {
        /// The schema.
        schema: String,
    },
    /// Foreign keys from schemas that were not read onto those that were. Only looked for when asked for.
    Referrers,
    /// The rows of `~lineage` in a schema; the catalog says `None` for them, as where there is no such table.
    Lineage {
        /// The schema.
        schema: String,
    },
}

impl Hidden {
    /// Returns the schema that it is about, if it is one.
    pub fn schema(&self) -> Option<&str> {
        match self {
            Hidden::Schemas | Hidden::Referrers => None,
            Hidden::Schema { schema }
            | Hidden::Tables { schema }
            | Hidden::Columns { schema, .. }
            | Hidden::Actions { schema }
            | Hidden::Lineage { schema } => Some(schema),
        }
    }
}

/// As what follows "the account does not see".
impl fmt::Display for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hidden::Schemas => f.write_str("schemas on which it has no rights"),
            Hidden::Schema { schema } => write!(f, "schema `{schema}`, if it exists"),
            Hidden::Tables { schema } => write!(f, "tables of schema `{schema}` on which it has no rights"),
            Hidden::Columns { schema, table } => {
                write!(f, "columns, keys and indexes of table `{schema}.{table}`, of which it may read some columns only")
            }
            Hidden::Actions { schema } => write!(f, "what the foreign keys of schema `{schema}` do on update and delete"),
            Hidden::Referrers => f.write_str("foreign keys from schemas that were not read"),
            Hidden::Lineage { schema } => write!(f, "the rows of `~lineage` in schema `{schema}`"),
        }
    }
}
