//! Why no plan can be made.

use crate::core::dialect::Server;
use crate::core::ir::{Origin, Pipeline, TableId};
use crate::core::plan::TableName;
use crate::diag::{Diagnostic, codes};

use super::intent::span_of;

/// Why no plan can be made. Each becomes a diagnostic of the DJ05xx band.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// What it is about, as `to` calls it; as `from` does where `to` lacks it.
    pub table: TableName,
    /// The column, if one.
    pub column: Option<String>,
    /// Why.
    pub kind: RefusalKind,
}

/// The reasons not to plan.
#[derive(Debug, Clone, PartialEq)]
pub enum RefusalKind {
    /// Existing rows need a value in a new column, and nothing says which: `@fill`, a default, or a parent.
    NeedsFill {
        /// Whether the column joins the primary key.
        key: bool,
    },
    /// The server cannot convert one type into the other.
    Unconvertible {
        /// As written in SQL.
        from: String,
        /// As written in SQL.
        to: String,
    },
    /// A table outside of the schemas that may be changed refers to what changes.
    Foreign {
        /// The table that refers.
        child: TableName,
    },
    /// The table lives with another generation of datajoint afterwards.
    Generation,
    /// A table becomes a view or the reverse.
    Relation,
}

impl Refusal {
    /// Returns the refusal as a diagnostic at the attribute or table of the new pipeline, as far as it is there; `names` are the physical names of its schemas.
    pub fn diagnostic(&self, now: &Pipeline, names: &[String], server: Server) -> Diagnostic {
        let is_it = |id: &TableId| {
            let table = now.table(*id);
            table.stored == self.table.table && names.get(table.schema.0 as usize) == Some(&self.table.schema)
        };
        let id = now.tables().map(|(id, _)| id).find(is_it);
        let table = id.map_or_else(|| self.table.to_string(), |id| now.qualified_name(id));
        let column = self.column.as_deref().unwrap_or_default();
        let (code, message) = match &self.kind {
            RefusalKind::NeedsFill { key: true } => {
                (&codes::NEEDS_FILL, format!("`{column}` joins the key of `{table}`, and nothing says which value rows that are there get"))
            }
            RefusalKind::NeedsFill { key: false } => {
                (&codes::NEEDS_FILL, format!("`{column}` of `{table}` is new, and nothing says which value rows that are there get"))
            }
            RefusalKind::Unconvertible { from, to } => {
                (&codes::UNCONVERTIBLE, format!("{} does not make {to} of {from}, which `{column}` of `{table}` was", server.as_str()))
            }
            RefusalKind::Foreign { child } => {
                (&codes::FOREIGN_REFERRER, format!("`{child}` refers to `{table}` and would have to change with it"))
            }
            RefusalKind::Generation => (&codes::GENERATION_CHANGED, format!("`{table}` goes over to the other generation of DataJoint")),
            RefusalKind::Relation => (&codes::RELATION_CHANGED, format!("`{table}` is a view on one side and a table on the other")),
        };
        let inherited = id.and_then(|id| now.table(id).heading.get(column)).is_some_and(|it| matches!(it.origin, Origin::Reference { .. }));
        let mut out = match id {
            Some(id) => code.at(span_of(now, id, self.column.as_deref()), message).table(table),
            None => code.anywhere(message).table(table),
        };
        if let Some(column) = &self.column {
            out = out.attribute(column);
        }
        for help in self.helps(column, inherited) {
            out = out.help(help);
        }
        out
    }

    fn helps(&self, column: &str, inherited: bool) -> Vec<String> {
        match &self.kind {
            RefusalKind::NeedsFill { key } => {
                let mut out = vec![format!(
                    "say it above the table: one value, `@fill({column} = …)`, or an expression over the attributes of the row, `@fill({column} = sql(\"…\"))`"
                )];
                if inherited {
                    out.push(
                        "the reference is new, so that no row knows its parent yet; the value has to be one that the parent has"
                            .to_string(),
                    );
                    out.extend((!key).then(|| "or let the reference be `[nullable]`".to_string()));
                } else if !key {
                    out.push(format!("or give `{column}` a default, `= null` among them"));
                }
                out
            }
            RefusalKind::Unconvertible { .. } => vec![
                format!("say how, above the table: `@fill({column} = sql(\"…\"))`; the old values stay parked under a hidden name"),
                format!("or keep `{column}` and let the new type be another attribute"),
            ],
            RefusalKind::Foreign { child } => vec![format!(
                "let the migration own the schema `{}` too, or ask who owns it to let go of the reference first; djc does not change what it was not given",
                child.schema
            )],
            RefusalKind::Generation => {
                vec![
                    "keep the generation of the schema: there is no translation between the two; make a new schema and copy the rows"
                        .to_string(),
                ]
            }
            RefusalKind::Relation => vec!["drop the view by hand first, or give the table another name".to_string()],
        }
    }
}
