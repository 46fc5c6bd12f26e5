//! What a delete takes away, in numbers.

use std::fmt;

/// What a delete would take away, with exact numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The tables that lose rows, parents before their children; the table that is deleted from is always there.
    pub tables: Vec<Loss>,
    /// The table that is deleted from, by its position in `tables`.
    pub root: usize,
    /// Parts that would lose rows while their masters stay.
    pub lonely: Vec<Lonely>,
    /// Tables that stand on these and that this account does not see (`schema.table`). When their rows refer to rows that are to go, the server
    /// refuses, and nothing is deleted.
    pub unseen: Vec<String>,
}

/// What one table loses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Physical schema.
    pub schema: String,
    /// Stored name.
    pub table: String,
    /// The name that messages print: `schema.Class`, `schema.Master.Part`.
    pub name: String,
    /// How many rows.
    pub rows: u64,
}

/// Rows of a part whose masters stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lonely {
    /// The part.
    pub part: String,
    /// Its master.
    pub master: String,
    /// How many rows of the part would go.
    pub rows: u64,
    /// How many rows of the master they belong to.
    pub masters: u64,
}

impl Preview {
    /// Returns how many rows would go in all.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|loss| loss.rows).sum()
    }

    /// Returns whether nothing would go.
    pub fn is_empty(&self) -> bool {
        self.rows() == 0
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.tables.iter().map(|loss| loss.name.chars().count()).max().unwrap_or(0);
        for loss in &self.tables {
            writeln!(f, "{:width$}  {:>9}", loss.name, loss.rows)?;
        }
        for lonely in &self.lonely {
            let Lonely { part, master, rows, masters } = lonely;
            writeln!(f, "{part} would lose {rows} of {masters} rows of {master} that stay")?;
        }
        Ok(())
    }
}

/// What was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deleted {
    /// How many rows of the table that was deleted from.
    pub rows: u64,
    /// The tables that lost rows, parents before their children. Empty where the answer was no.
    pub tables: Vec<Loss>,
    /// What could not be written to `~log`, as a sentence; the rows are deleted all the same.
    pub unlogged: Vec<String>,
}
