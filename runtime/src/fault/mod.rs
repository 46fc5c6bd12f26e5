//! Errors that teach: what happened, to which table and values, why, and what to do next.

mod attempt;
mod denied;
mod explain;
mod parents;
mod said;

use std::fmt;

use djc_core::query::QueryError;

use crate::error::{ConnectError, SqlError};

pub use attempt::{Attempt, Values, Verb};
pub use explain::explain;
pub use parents::{ParentRows, find_insert_fail};
pub(crate) use said::foreign_key;

/// What kind of thing went wrong; spec ids E-1 to E-23.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A row refers to a parent that is not there (E-1).
    MissingParent,
    /// A row cannot go because children refer to it (E-2).
    HasChildren,
    /// The account may not do it (E-3).
    Denied,
    /// Rows of a part would go, and their master's would stay (E-4).
    PartBeforeMaster,
    /// A part is deleted from or dropped by itself (E-5).
    PartDirectly,
    /// The key is there already (E-6).
    Duplicate,
    /// An attribute that the table or query does not have (E-7).
    UnknownAttribute,
    /// An attribute without a value and without a default (E-8).
    MissingValue,
    /// A row of a table that `populate` fills was to be inserted by hand (E-9).
    DirectInsert,
    /// A value that the attribute cannot hold.
    Value,
    /// A value in the database that the type of the program cannot hold.
    Read,
    /// The table is not there (E-14).
    MissingTable,
    /// The database is not what the code was built for (E-15).
    Drift,
    /// Attributes of one name that do not mean the same (E-16).
    Lineage,
    /// The connection is gone (E-17).
    Lost,
    /// A lock was not to be had, or another transaction won (E-17).
    Contention,
    /// Rows came or went between counting them and deleting them.
    Changed,
    /// No connection came about (E-19).
    Connect,
    /// A file or object of a store is missing or not what it was (E-21).
    Store,
    /// A restriction that changed nothing, where that would be dangerous (E-22).
    NoEffect,
    /// The number of rows is not what the call needs (`fetch1`, `update1`).
    Count,
    /// A text is no predicate.
    Predicate,
    /// The call is not possible on this query or in this state.
    Refused,
    /// The server refused for another reason.
    Server,
}

/// Why an operation did not happen. Nothing of it is left behind.
pub struct Error(Box<Details>);

/// What an [`Error`] knows.
#[derive(Debug, Default)]
pub struct Details {
    /// What kind of thing went wrong.
    pub kind: Option<ErrorKind>,
    /// What happened, in one line.
    pub message: String,
    /// The table, as `module.Class`.
    pub table: Option<String>,
    /// Attributes and values that are to blame.
    pub values: Vec<(String, String)>,
    /// Why, where that is known.
    pub cause: Option<String>,
    /// What to do; the likeliest first.
    pub next_steps: Vec<String>,
    /// What the server said.
    pub source: Option<SqlError>,
}

impl Error {
    /// Returns an error of this kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Details { kind: Some(kind), message: message.into(), ..Details::default() }))
    }

    /// Returns what kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind.unwrap_or(ErrorKind::Server)
    }

    /// Returns everything that is known.
    pub fn details(&self) -> &Details {
        &self.0
    }

    /// Adds the table.
    pub fn table(mut self, table: impl Into<String>) -> Error {
        self.0.table = Some(table.into());
        self
    }

    /// Adds an attribute and its value.
    pub fn value(mut self, attribute: impl Into<String>, value: impl Into<String>) -> Error {
        self.0.values.push((attribute.into(), value.into()));
        self
    }

    /// Adds why.
    pub fn cause(mut self, cause: impl Into<String>) -> Error {
        self.0.cause = Some(cause.into());
        self
    }

    /// Adds what to do.
    pub fn next_step(mut self, step: impl Into<String>) -> Error {
        self.0.next_steps.push(step.into());
        self
    }

    /// Says what happened in other words.
    pub(crate) fn reworded(mut self, message: impl Into<String>) -> Error {
        self.0.message = message.into();
        self
    }

    /// Adds what the server said.
    pub fn source(mut self, source: SqlError) -> Error {
        self.0.source = Some(source);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(cause) = &self.0.cause {
            write!(f, "\n  because: {cause}")?;
        }
        for step in &self.0.next_steps {
            write!(f, "\n  next: {step}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `main` prints this when a program ends with `?`.
        write!(f, "{self}")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}

impl From<SqlError> for Error {
    fn from(error: SqlError) -> Self {
        let fault = |kind| Error::new(kind, error.to_string());
        let explained = match error.code() {
            Some(code) if code.is_contention() => explain::after_contention(fault(ErrorKind::Contention), code),
            Some(code) if code.is_denied() => {
                fault(ErrorKind::Denied).next_step("ask an administrator for the privilege; SHOW GRANTS lists those that the account has")
            }
            Some(code) if code.is_missing() => {
                let step = "compare the database with the definition: `djc diff`; declare what is missing: `djc deploy`";
                fault(ErrorKind::MissingTable).next_step(step)
            }
            Some(code) if code.is_too_long() => explain::after_length(fault(ErrorKind::Refused)),
            _ if error.is_lost() => explain::after_loss(fault(ErrorKind::Lost)),
            _ => fault(ErrorKind::Server),
        };
        explained.source(error)
    }
}

impl From<ConnectError> for Error {
    fn from(error: ConnectError) -> Self {
        let fault = Error::new(ErrorKind::Connect, error.to_string());
        match error.help() {
            Some(help) => fault.next_step(help),
            None => fault,
        }
    }
}

impl From<QueryError> for Error {
    fn from(error: QueryError) -> Self {
        let kind = match &error {
            QueryError::Predicate(_) => ErrorKind::Predicate,
            QueryError::UnknownAttribute { .. } => ErrorKind::UnknownAttribute,
            QueryError::Value { .. } => ErrorKind::Value,
            QueryError::Lineage { .. } => ErrorKind::Lineage,
            QueryError::Refused(_) | QueryError::Variable(_) => ErrorKind::Refused,
        };
        let fault = Error::new(kind, error.to_string());
        match error {
            QueryError::UnknownAttribute { attribute, nearest: Some(nearest), .. } => {
                fault.value(attribute, "").next_step(format!("write `{nearest}`"))
            }
            QueryError::UnknownAttribute { attribute, nearest: None, known } => {
                fault.value(attribute, "").next_step(format!("its attributes are {}", known.join(", ")))
            }
            QueryError::Lineage { attribute, left, right } => {
                let lineage = |lineage: Option<String>| lineage.unwrap_or_else(|| "none".to_string());
                let rename = format!("rename one of them: project `{attribute}` to another name, such as `{attribute}_2`");
                fault
                    .value(format!("{attribute} on the left"), lineage(left))
                    .value(format!("{attribute} on the right"), lineage(right))
                    .next_step(rename)
                    .next_step("or join by names alone, where both mean the same: `join_natural`")
            }
            QueryError::Predicate(error) => fault.value(format!("character {}", error.text[..error.at].chars().count() + 1), error.text),
            QueryError::Value { attribute, .. } => fault.value(attribute, ""),
            QueryError::Refused(_) | QueryError::Variable(_) => fault,
        }
    }
}
