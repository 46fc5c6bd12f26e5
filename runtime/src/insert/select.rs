//! `INSERT … SELECT`: rows that the server has already.

use djc_core::model::Scope;
use djc_core::query::{Columns, Query};

use super::target::{Lack, Target};
use crate::fault::{Error, ErrorKind};
use crate::value::SqlValue;

/// A query whose columns are those of a table.
pub(super) struct Select {
    /// The columns: positions in [`Target::attributes`].
    pub columns: Vec<usize>,
    pub text: String,
    pub values: Vec<SqlValue>,
}

impl Select {
    /// Selects of the query what the table has.
    ///
    /// # Errors
    /// Attributes that the table does not have, unless they are ignored, and one that it needs and the query lacks.
    pub fn new(query: &Query, scope: &Scope, target: &Target, ignore_extra_fields: bool) -> Result<Select, Error> {
        let mut columns = Vec::new();
        let mut names = Vec::new();
        for attribute in &query.heading().attributes {
            match target.position(&attribute.name) {
                Some(at) => {
                    columns.push(at);
                    names.push(attribute.name.clone());
                }
                None if ignore_extra_fields => {}
                None => return Err(target.unknown(&attribute.name, None)),
            }
        }
        let lacking = target.attributes.iter().enumerate().find(|(at, attribute)| attribute.lack == Lack::Refuse && !columns.contains(at));
        if let Some((_, attribute)) = lacking {
            let message =
                format!("the query has no `{}` ({}), and {} has no default for it", attribute.name, attribute.declared, target.name);
            return Err(Error::new(ErrorKind::MissingValue, message)
                .table(&target.name)
                .value(&attribute.name, "")
                .next_step(format!("compute or rename an attribute of the query to `{}` with proj", attribute.name)));
        }
        let sql = query.select(scope, &Columns::Named(names))?;
        let values = sql.values.into_iter().filter_map(SqlValue::from_literal).collect();
        Ok(Select { columns, text: sql.text, values })
    }
}
