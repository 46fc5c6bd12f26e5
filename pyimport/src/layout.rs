//! The layout of one file per Python module: several modules of the language share a schema, and each keeps the tables of its file.

use std::collections::{BTreeMap, HashMap};

use crate::sources::Sources;
use crate::survey::{Schema, Survey, clean, numbered};

/// What one Python module has of a schema.
struct Piece<'t> {
    schema: Schema<'t>,
    /// The whole schema, by its former position.
    of: usize,
    /// The Python module, by position.
    module: usize,
}

impl<'t> Survey<'t> {
    /// Splits each schema by the Python modules that its tables stand in, and names the pieces after these.
    pub fn split_by_module(&mut self, sources: &Sources<'t>) {
        let mut pieces = Vec::new();
        for (of, mut schema) in std::mem::take(&mut self.schemas).into_iter().enumerate() {
            let mut tables: BTreeMap<usize, Vec<_>> = BTreeMap::new();
            for table in std::mem::take(&mut schema.tables) {
                tables.entry(table.class.module).or_default().push(table);
            }
            for (module, tables) in tables {
                // What is said about a schema is said where it is made, or else where this module begins to use it.
                let first = tables[0].class.id();
                let span = if first.file == schema.span.file { schema.span } else { first };
                pieces.push(Piece { schema: Schema { tables, span, ..schema.clone() }, of, module });
            }
        }
        let names = names(&pieces, sources);
        for (piece, name) in pieces.iter_mut().zip(names) {
            piece.schema.module = name;
        }
        pieces.sort_by(|a, b| a.schema.module.cmp(&b.schema.module));
        let mut homes = HashMap::new();
        for (at, piece) in pieces.iter().enumerate() {
            homes.extend(piece.schema.tables.iter().map(|table| ((piece.of, table.class.class.name.value.clone()), at)));
        }
        for home in self.home.values_mut() {
            let table = home.path.split('.').next().unwrap_or_default();
            home.schema = homes[&(home.schema, table.to_string())];
        }
        self.schemas = pieces.into_iter().map(|piece| piece.schema).collect();
    }
}

/// Returns as much of the end of each module's dotted name as tells it from the others; a second schema of one Python file keeps its own name.
fn names(pieces: &[Piece<'_>], sources: &Sources<'_>) -> Vec<String> {
    let end = |piece: &Piece<'_>, length: usize| {
        let parts: Vec<&str> = sources.modules[piece.module].dotted.split('.').collect();
        clean(&parts[parts.len().saturating_sub(length)..].join("_"))
    };
    let depth = pieces.iter().map(|piece| sources.modules[piece.module].dotted.split('.').count()).max().unwrap_or(1);
    let mut out: Vec<String> = Vec::new();
    for piece in pieces {
        let alone = |length: &usize| pieces.iter().filter(|other| end(other, *length) == end(piece, *length)).count() == 1;
        let name = (1..=depth).find(alone).map_or_else(|| piece.schema.module.clone(), |length| end(piece, length));
        let name = numbered(name, |name| !out.iter().any(|other| other == name));
        out.push(name);
    }
    out
}
