//! Which differences change the meaning of compiled code, and how they are said.

use djc_core::dialect::Server;
use djc_core::diff::{Difference, TypeEffect, What, Words};
use djc_core::model::Model;

use crate::fault::{Error, ErrorKind};

/// What keeps a database from being used by the code.
pub(super) struct Drift {
    /// Tables and schemas that are not there: schema, and table.
    missing: Vec<(String, Option<String>)>,
    /// What is otherwise than the code was built for.
    changed: Vec<Changed>,
    names: Vec<String>,
}

struct Changed {
    schema: String,
    table: Option<String>,
    words: Words,
}

impl Drift {
    /// Keeps of the differences what matters. `names` are the physical schema names of the model.
    pub fn of(differences: Vec<Difference>, server: Server, names: &[String]) -> Drift {
        let mut drift = Drift { missing: Vec::new(), changed: Vec::new(), names: names.to_vec() };
        for difference in differences {
            match weight(&difference.what) {
                Weight::None => {}
                Weight::Missing => drift.missing.push((difference.schema, difference.table)),
                Weight::Changed => {
                    let words = difference.words(server);
                    drift.changed.push(Changed { schema: difference.schema, table: difference.table, words });
                }
            }
        }
        drift
    }

    /// Returns the refusal, if there is a reason for one.
    pub fn into_error(self, model: &Model) -> Option<Error> {
        let place = |schema: &str, table: Option<&String>| match table {
            Some(table) => self
                .class(model, schema, table)
                .map_or_else(|| format!("`{schema}.{table}`"), |class| format!("{class} (`{schema}.{table}`)")),
            None => format!("schema `{schema}`"),
        };
        let missing: Vec<String> = self.missing.iter().map(|(schema, table)| place(schema, table.as_ref())).collect();
        let make = "make what is missing with `deploy` of the generated code, or with `djc deploy`; if it should be there, look at the variables of schema names";
        if self.changed.is_empty() {
            let first = self.missing.first()?;
            let error = Error::new(ErrorKind::MissingTable, format!("not in the database: {}", missing.join(", "))).next_step(make);
            return Some(match &first.1 {
                Some(table) if self.missing.len() == 1 => match self.class(model, &first.0, table) {
                    Some(class) => error.table(class),
                    None => error,
                },
                Some(_) | None => error,
            });
        }
        let count = self.changed.len() + missing.len();
        let plural = if count == 1 { "" } else { "s" };
        let mut message = format!("the database is not what this code was built for: {count} difference{plural}");
        let lines = self.changed.iter().map(|changed| (place(&changed.schema, changed.table.as_ref()), changed.words.to_string()));
        let lines: Vec<(String, String)> = lines.chain(missing.into_iter().map(|place| (place, "is missing".to_string()))).collect();
        for (place, words) in &lines {
            message.push_str(&format!("\n  {place}: {words}"));
        }
        let error = Error::new(ErrorKind::Drift, message)
            .cause(format!("the code was built from definitions with the fingerprint {}", brief(model.fingerprint())))
            .next_step("generate and build the code anew from the definitions that the database has, or bring the database there with `djc migrate apply`")
            .next_step("`djc check` shows each difference where it is declared; `Options::allow_drift` uses the database as it is");
        let error = match self.changed.as_slice() {
            [Changed { schema, table: Some(table), .. }] => self.class(model, schema, table).into_iter().fold(error, Error::table),
            _ => error,
        };
        Some(lines.into_iter().fold(error, |error, (place, words)| error.value(place, words)))
    }

    /// Returns the class of a stored table.
    fn class(&self, model: &Model, schema: &str, stored: &str) -> Option<String> {
        let is = |table: &djc_core::ir::Table| table.stored == stored && self.names[table.schema.0 as usize] == schema;
        model.pipeline().tables().find(|(_, table)| is(table)).map(|(id, _)| model.display_name(id))
    }
}

fn brief(fingerprint: &str) -> &str {
    fingerprint.get(..12).unwrap_or(fingerprint)
}

/// What a difference is to the code.
enum Weight {
    /// Nothing: it reads and writes the same.
    None,
    /// A table is not there.
    Missing,
    /// It would read or write something else, or fail.
    Changed,
}

fn weight(what: &What) -> Weight {
    match what {
        What::SchemaRemoved { .. } | What::TableRemoved { .. } | What::TableRenamed { .. } => Weight::Missing,
        What::TierChanged { .. }
        | What::Relation(_)
        | What::Generation(_)
        | What::ColumnRemoved { .. }
        | What::ColumnAdded { .. }
        | What::ColumnRenamed { .. }
        | What::ColumnSection { .. }
        | What::Marker { .. }
        | What::Nullable { .. }
        | What::Default { .. }
        | What::AutoIncrement { .. }
        | What::PrimaryKey(_)
        | What::ForeignKeyRemoved(_)
        | What::ForeignKeyAdded(_)
        | What::ForeignKeyTarget { .. }
        | What::ForeignKeyActions(_)
        | What::ForeignKeyColumns(_) => Weight::Changed,
        What::ColumnType { effect, .. } | What::EnumValues { effect, .. } => match effect {
            TypeEffect::Same => Weight::None,
            TypeEffect::Widened | TypeEffect::Narrowed | TypeEffect::Changed => Weight::Changed,
        },
        What::SchemaAdded { .. }
        | What::SchemaCharset(_)
        | What::LineageRemoved { .. }
        | What::TableAdded { .. }
        | What::Unrecorded
        | What::TableComment(_)
        | What::CommentsEncodedTwice { .. }
        | What::Engine(_)
        | What::TableCharset(_)
        | What::ColumnOrder(_)
        | What::ColumnComment { .. }
        | What::OnUpdate { .. }
        | What::ColumnCharset { .. }
        | What::KeyOrder(_)
        | What::IndexRemoved(_)
        | What::IndexAdded(_)
        | What::IndexChanged(_)
        | What::Lineage { .. } => Weight::None,
    }
}
