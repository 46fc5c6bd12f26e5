//! Values as they travel to and from a server, in one type for all servers.
//!
//! What is neither truth, number nor bytes travels as text in the form that SQL literals have: `2024-05-01`,
//! `2024-05-01 12:00:00.5`, `-01:30:00`, `12.50`. So nothing is lost on the way, and nothing is interpreted twice.

use std::sync::Arc;

use djc_core::plan::Literal;

use crate::error::SqlError;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    /// NULL.
    Null,
    /// A truth value (PostgreSQL; the others count).
    Bool(bool),
    /// A whole number.
    I64(i64),
    /// A whole number of an unsigned column.
    U64(u64),
    /// A floating-point number.
    F64(f64),
    /// Text, and everything that is written like text: decimals, dates, times, JSON, UUID of PostgreSQL.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl From<&str> for SqlValue {
    fn from(text: &str) -> Self {
        SqlValue::Text(text.to_string())
    }
}

impl From<String> for SqlValue {
    fn from(text: String) -> Self {
        SqlValue::Text(text)
    }
}

impl SqlValue {
    /// Returns a constant as it is bound, or `None` for the column's default, which no value says.
    pub(crate) fn from_literal(literal: Literal) -> Option<SqlValue> {
        Some(match literal {
            Literal::Default => return None,
            Literal::Null => SqlValue::Null,
            Literal::Bool(value) => SqlValue::Bool(value),
            Literal::Integer(number) => match (i64::try_from(number), u64::try_from(number)) {
                (Ok(number), _) => SqlValue::I64(number),
                (Err(_), Ok(number)) => SqlValue::U64(number),
                (Err(_), Err(_)) => SqlValue::Text(number.to_string()),
            },
            Literal::Real(number) => SqlValue::F64(number),
            Literal::Text(text) => SqlValue::Text(text),
            Literal::Bytes(bytes) => SqlValue::Bytes(bytes),
        })
    }
}

/// The values of one column of many rows (PostgreSQL).
#[derive(Debug)]
pub(crate) enum SqlArray {
    Bool(Vec<Option<bool>>),
    I64(Vec<Option<i64>>),
    F64(Vec<Option<f64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl SqlArray {
    /// Adds a value.
    ///
    /// # Errors
    /// The value, where the array is of another type. A text takes numbers.
    pub(crate) fn push(&mut self, value: SqlValue) -> Result<(), SqlValue> {
        match (self, value) {
            (SqlArray::Bool(array), SqlValue::Null) => array.push(None),
            (SqlArray::I64(array), SqlValue::Null) => array.push(None),
            (SqlArray::F64(array), SqlValue::Null) => array.push(None),
            (SqlArray::Text(array), SqlValue::Null) => array.push(None),
            (SqlArray::Bytes(array), SqlValue::Null) => array.push(None),
            (SqlArray::Bool(array), SqlValue::Bool(value)) => array.push(Some(value)),
            (SqlArray::I64(array), SqlValue::I64(value)) => array.push(Some(value)),
            (SqlArray::F64(array), SqlValue::F64(value)) => array.push(Some(value)),
            (SqlArray::Text(array), SqlValue::Text(value)) => array.push(Some(value)),
            (SqlArray::Bytes(array), SqlValue::Bytes(value)) => array.push(Some(value)),
            (SqlArray::Text(array), SqlValue::Bool(value)) => array.push(Some(value.to_string())),
            (SqlArray::Text(array), SqlValue::I64(value)) => array.push(Some(value.to_string())),
            (SqlArray::Text(array), SqlValue::U64(value)) => array.push(Some(value.to_string())),
            (SqlArray::Text(array), SqlValue::F64(value)) => array.push(Some(value.to_string())),
            (SqlArray::Bool(_) | SqlArray::I64(_) | SqlArray::F64(_) | SqlArray::Text(_) | SqlArray::Bytes(_), value) => return Err(value),
        }
        Ok(())
    }
}

/// One row of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub(crate) columns: Arc<[String]>,
    pub(crate) values: Vec<SqlValue>,
}

impl Row {
    /// Returns the names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the values in order of the columns.
    pub fn values(&self) -> &[SqlValue] {
        &self.values
    }

    /// Returns the value of a column by its position.
    pub fn get(&self, at: usize) -> &SqlValue {
        self.values.get(at).unwrap_or(&SqlValue::Null)
    }

    /// Returns a text, or `None` for NULL. System tables of MySQL call their text bytes, so bytes are read as UTF-8.
    pub fn opt_text(&self, at: usize) -> Result<Option<String>, SqlError> {
        match self.get(at) {
            SqlValue::Null => Ok(None),
            SqlValue::Text(text) => Ok(Some(text.clone())),
            SqlValue::Bytes(bytes) => match String::from_utf8(bytes.clone()) {
                Ok(text) => Ok(Some(text)),
                Err(_) => Err(self.wrong(at, "text")),
            },
            SqlValue::Bool(value) => Ok(Some(value.to_string())),
            SqlValue::I64(value) => Ok(Some(value.to_string())),
            SqlValue::U64(value) => Ok(Some(value.to_string())),
            SqlValue::F64(value) => Ok(Some(value.to_string())),
        }
    }

    /// Returns a text; NULL is the empty text.
    pub fn text(&self, at: usize) -> Result<String, SqlError> {
        Ok(self.opt_text(at)?.unwrap_or_default())
    }

    /// Returns a whole number that is not negative, or `None` for NULL.
    pub fn opt_u64(&self, at: usize) -> Result<Option<u64>, SqlError> {
        match self.get(at) {
            SqlValue::Null => Ok(None),
            SqlValue::U64(value) => Ok(Some(*value)),
            SqlValue::I64(value) => u64::try_from(*value).map(Some).map_err(|_| self.wrong(at, "a count")),
            SqlValue::Bool(value) => Ok(Some(u64::from(*value))),
            SqlValue::Text(text) => text.parse().map(Some).map_err(|_| self.wrong(at, "a count")),
            SqlValue::F64(_) | SqlValue::Bytes(_) => Err(self.wrong(at, "a count")),
        }
    }

    /// Returns a whole number that is not negative; NULL is 0.
    pub fn u64(&self, at: usize) -> Result<u64, SqlError> {
        Ok(self.opt_u64(at)?.unwrap_or_default())
    }

    /// Returns a truth value: true, a number other than 0, `YES`, `t`.
    pub fn flag(&self, at: usize) -> bool {
        match self.get(at) {
            SqlValue::Null => false,
            SqlValue::Bool(value) => *value,
            SqlValue::I64(value) => *value != 0,
            SqlValue::U64(value) => *value != 0,
            SqlValue::F64(value) => *value != 0.0,
            SqlValue::Text(text) => matches!(text.as_str(), "YES" | "yes" | "t" | "true" | "1"),
            SqlValue::Bytes(bytes) => matches!(bytes.as_slice(), b"YES" | b"yes" | b"t" | b"true" | b"1"),
        }
    }

    fn wrong(&self, at: usize, wanted: &str) -> SqlError {
        SqlError::Decode {
            column: self.columns.get(at).cloned().unwrap_or_default(),
            type_name: format!("{:?}", self.get(at)).chars().take(40).collect(),
            cause: format!("it is not {wanted}"),
        }
    }
}
