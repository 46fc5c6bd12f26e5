//! Which datajoint the tables of a live schema belong to, and what shows it.
//!
//! Nothing on a server says it outright, except on SQLite. Each generation leaves its own traces: the spellings in `:type:` markers,
//! unmarked packed blobs, the service tables beside, the rows of `~lineage`. A schema may hold tables of both.

use super::{ColumnType, Schema, Table};
use crate::dialect::{Server, split_marker};
use crate::ir::type_text::{self, TypeContext};
use crate::ir::{Generation, Size};

/// One trace of a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Whose trace it is.
    pub generation: Generation,
    /// The stored name of the table that has it.
    pub table: String,
    /// What it is, as a phrase: ``the marker `:int32:` of `id` ``.
    pub trace: String,
}

/// Returns the traces in one table, at most one for each generation.
///
/// `schema` is the schema that holds it: the rows of its `~lineage` are traces of generation 2.
pub fn of_table(table: &Table, schema: &Schema) -> Vec<Evidence> {
    let mut out = Vec::new();
    let mut add = |generation, trace: String| {
        if !out.iter().any(|known: &Evidence| known.generation == generation) {
            out.push(Evidence { generation, table: table.name.clone(), trace });
        }
    };
    if let Some(generation) = table.generation {
        add(generation, "what djc noted when it made the table".to_string());
        return out;
    }
    if table.name.starts_with('~') {
        if let Some(generation) = of_service(&table.name) {
            add(generation, format!("the table `{}`", table.name));
        }
        return out;
    }
    for column in &table.columns {
        let name = &column.name;
        match split_marker(&column.comment).0 {
            Some(marker) => {
                if let Some(generation) = of_marker(marker) {
                    add(generation, format!("the marker `:{marker}:` of `{name}`"));
                }
            }
            // datajoint 2 marks its packed blobs; 0.14 packs all and marks none.
            None if column.ty == ColumnType::Blob(Size::Long) => add(Generation::Classic, format!("the unmarked blob `{name}`")),
            None => {}
        }
        if matches!(name.as_str(), "_job_start_time" | "_job_duration" | "_job_version" | "_singleton" | "_prov") {
            add(Generation::Modern, format!("the hidden column `{name}`"));
        }
    }
    let traced = schema.lineage.as_ref().is_some_and(|rows| rows.keys().any(|(owner, _)| *owner == table.name));
    if traced {
        add(Generation::Modern, "its rows in `~lineage`".to_string());
    }
    out
}

/// Returns the generation that makes a service table of this name.
fn of_service(name: &str) -> Option<Generation> {
    match name {
        "~lineage" => Some(Generation::Modern),
        "~jobs" | "~external" => Some(Generation::Classic),
        name if name.starts_with("~~") => Some(Generation::Modern),
        name if name.starts_with("~external_") => Some(Generation::Classic),
        // Both keep a `~log`.
        _ => None,
    }
}

/// Returns the generation that writes a marker which the other would not.
fn of_marker(marker: &str) -> Option<Generation> {
    // Adapters and codecs of a project's own have names that both could give.
    if marker.starts_with('<') {
        let inner = marker.strip_prefix('<')?.strip_suffix('>')?;
        return type_text::is_codec(inner).then_some(Generation::Modern);
    }
    let marks = |generation| {
        let context = TypeContext { filepath: true, ..TypeContext::default() };
        type_text::parse(marker, generation, &context).is_ok_and(|declared| declared.marker)
    };
    match (marks(Generation::Classic), marks(Generation::Modern)) {
        (true, false) => Some(Generation::Classic),
        (false, true) => Some(Generation::Modern),
        (true, true) | (false, false) => None,
    }
}

/// Returns the generation that most tables of a schema belong to, with all that shows it; 0.14 where nothing does.
///
/// Where both have left as many traces in tables, the service tables decide. PostgreSQL is served by datajoint 2 alone, which keeps a
/// `~lineage` in every schema; without one, the tables are those that djc makes for 0.14, whose markers look like either's.
pub fn of_schema(schema: &Schema, server: Server) -> (Generation, Vec<Evidence>) {
    if server == Server::Postgres {
        let generation = if schema.tables.contains_key("~lineage") { Generation::Modern } else { Generation::Classic };
        let trace = match generation {
            Generation::Modern => "the table `~lineage`",
            Generation::Classic => "there is no `~lineage`",
        };
        return (generation, vec![Evidence { generation, table: "~lineage".to_string(), trace: trace.to_string() }]);
    }
    let evidence: Vec<Evidence> = schema.tables.values().flat_map(|table| of_table(table, schema)).collect();
    let count = |generation, service: bool| {
        evidence.iter().filter(|trace| trace.generation == generation && trace.table.starts_with('~') == service).count()
    };
    let tables = count(Generation::Modern, false).cmp(&count(Generation::Classic, false));
    let service = count(Generation::Modern, true).cmp(&count(Generation::Classic, true));
    let generation = if tables.then(service).is_gt() { Generation::Modern } else { Generation::Classic };
    (generation, evidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_tell_the_generations_apart() {
        for (marker, generation) in [
            ("int32", Some(Generation::Modern)),
            ("varchar(32)", Some(Generation::Modern)),
            ("enum('a','b')", Some(Generation::Modern)),
            ("<blob>", Some(Generation::Modern)),
            ("<npy@raw>", Some(Generation::Modern)),
            ("blob@raw", Some(Generation::Classic)),
            ("filepath@raw", Some(Generation::Classic)),
            ("attach", Some(Generation::Classic)),
            ("uuid", None),
            ("<graph>", None),
            ("see below", None),
        ] {
            assert_eq!(of_marker(marker), generation, "{marker}");
        }
    }

    #[test]
    fn service_tables_have_their_makers() {
        assert_eq!(of_service("~~calc"), Some(Generation::Modern));
        assert_eq!(of_service("~external_raw"), Some(Generation::Classic));
        assert_eq!(of_service("~log"), None);
    }
}
