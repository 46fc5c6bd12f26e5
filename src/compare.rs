//! What two pipelines say that no database shows: documentation, annotations, contents, generations.
//!
//! What a database shows is compared by [`djc_core::diff`]; together both say all that differs between two states of the sources. Tables are matched by
//! physical schema and stored name: what is renamed is that comparison's to find, and is not looked into here.

use std::collections::BTreeMap;

use djc_core::diff::Sides;
use djc_core::ir::{Annotations, ContentRow, Fill, Generation, Pipeline, Table};
use serde::Serialize;

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Said {
    /// Physical schema.
    pub schema: String,
    /// Stored name; `None` for a difference of the schema itself.
    pub table: Option<String>,
    /// What differs.
    #[serde(flatten)]
    pub what: SaidWhat,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SaidWhat {
    /// Which datajoint a schema belongs to.
    Generation {
        /// The generations.
        generations: Sides<Generation>,
    },
    /// Whether djc makes the tables of a schema.
    Owned {
        /// Whether it does.
        owned: Sides<bool>,
    },
    /// The `##` text.
    Doc {
        /// The texts.
        docs: Sides<Option<String>>,
    },
    /// An annotation, `@key_source(…)` and the like.
    Annotation {
        /// Its name, without the `@`.
        name: &'static str,
        /// What stands between its parentheses; empty for one without.
        values: Sides<Option<String>>,
    },
    /// Only `from` has the row.
    RowRemoved {
        /// The row: `subject = 1, name = 'x'`.
        row: String,
    },
    /// Only `to` has the row.
    RowAdded {
        /// The row.
        row: String,
    },
    /// The row of one key says other values.
    RowChanged {
        /// The key: `subject = 1`.
        key: String,
        /// What is not in the key, as far as it differs.
        values: Sides<String>,
    },
}

/// A pipeline with the physical names of its schemas.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The model.
    pub pipeline: &'a Pipeline,
    /// Physical names, by [`SchemaId`](djc_core::ir::SchemaId).
    pub names: &'a [String],
}

impl<'a> Named<'a> {
    fn tables(self) -> BTreeMap<(&'a str, &'a str), &'a Table> {
        let key = |table: &'a Table| (self.names[table.schema.0 as usize].as_str(), table.stored.as_str());
        self.pipeline.tables.iter().map(|table| (key(table), table)).collect()
    }
}

/// Compares two pipelines: schemas first, then the tables that both have, in order of their stored names.
pub fn compare(from: Named, to: Named) -> Vec<Said> {
    let mut found = Vec::new();
    for (ours, name) in from.pipeline.schemas.iter().zip(from.names) {
        let Some(at) = to.names.iter().position(|other| other == name) else { continue };
        let theirs = &to.pipeline.schemas[at];
        let mut say = |what| found.push(Said { schema: name.clone(), table: None, what });
        if ours.generation != theirs.generation {
            say(SaidWhat::Generation { generations: Sides::new(ours.generation, theirs.generation) });
        }
        if ours.owned != theirs.owned {
            say(SaidWhat::Owned { owned: Sides::new(ours.owned, theirs.owned) });
        }
        if ours.doc != theirs.doc {
            say(SaidWhat::Doc { docs: Sides::new(ours.doc.clone(), theirs.doc.clone()) });
        }
    }
    let theirs = to.tables();
    for (key, ours) in from.tables() {
        let Some(theirs) = theirs.get(&key) else { continue };
        let mut say = |what| found.push(Said { schema: key.0.to_string(), table: Some(key.1.to_string()), what });
        if ours.doc != theirs.doc {
            say(SaidWhat::Doc { docs: Sides::new(ours.doc.clone(), theirs.doc.clone()) });
        }
        let (one, other) = (annotations(from.pipeline, &ours.annotations), annotations(to.pipeline, &theirs.annotations));
        for ((name, from), (_, to)) in one.into_iter().zip(other) {
            if from != to {
                say(SaidWhat::Annotation { name, values: Sides::new(from, to) });
            }
        }
        contents(ours, theirs, &mut say);
    }
    found
}

/// Returns every annotation with what it says; `None` where it is absent. The list is the same for all tables.
fn annotations(pipeline: &Pipeline, annotations: &Annotations) -> Vec<(&'static str, Option<String>)> {
    let Annotations { mixins, merge, key_source, parallel_make, no_transaction, nwb_table, renamed_from, renamed, fill, allow } =
        annotations;
    let flag = |on: bool| on.then(String::new);
    let list = |words: &[String]| (!words.is_empty()).then(|| words.join(", "));
    let renames: Vec<String> = renamed.iter().map(|(new, old)| format!("{old} -> {new}")).collect();
    let fills: Vec<String> = fill
        .iter()
        .map(|(name, fill)| match fill {
            Fill::Value(value) => format!("{name} = {value}"),
            Fill::Sql(sql) => format!("{name} = sql({sql:?})"),
        })
        .collect();
    vec![
        ("mixin", list(mixins)),
        ("merge", flag(*merge)),
        ("key_source", key_source.as_ref().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))),
        ("parallel_make", flag(*parallel_make)),
        ("no_transaction", flag(*no_transaction)),
        ("nwb_table", nwb_table.map(|table| pipeline.qualified_name(table))),
        ("renamed_from", renamed_from.clone()),
        ("renamed", list(&renames)),
        ("fill", list(&fills)),
        ("allow", list(allow)),
    ]
}

/// Compares rows by their keys; their order says nothing.
fn contents(from: &Table, to: &Table, say: &mut impl FnMut(SaidWhat)) {
    let text = |row: &ContentRow, wanted: &dyn Fn(&str) -> bool| {
        let values = row.values.iter().filter(|(name, _)| wanted(name));
        values.map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
    };
    let keyed = |table: &Table| {
        let is_key = |name: &str| from.heading.is_key(name) && to.heading.is_key(name);
        let rows = table.contents.iter().map(|row| (text(row, &is_key), row.clone()));
        rows.collect::<Vec<(String, ContentRow)>>()
    };
    let (ours, theirs) = (keyed(from), keyed(to));
    for (key, row) in &ours {
        match theirs.iter().find(|(other, _)| other == key) {
            None => say(SaidWhat::RowRemoved { row: text(row, &|_| true) }),
            Some((_, other)) => {
                let differs = |name: &str| row.values.get(name) != other.values.get(name);
                let values = Sides::new(text(row, &differs), text(other, &differs));
                if values.from != values.to {
                    say(SaidWhat::RowChanged { key: key.clone(), values });
                }
            }
        }
    }
    for (key, row) in &theirs {
        if !ours.iter().any(|(other, _)| other == key) {
            say(SaidWhat::RowAdded { row: text(row, &|_| true) });
        }
    }
}
