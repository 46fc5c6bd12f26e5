//! Rows of a text file.

use std::path::Path;

use djc_core::value::Value;

use super::source::{IntoRows, Source};
use crate::fault::{Error, ErrorKind};
use crate::table::RowMap;

/// Rows of a CSV file: the first line names the attributes, values are separated by commas, a value with a comma, a quote or a line break stands in `"`.
///
/// Values are read as the types of their attributes read texts; an empty one is the default of a number and an empty text otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Csv {
    rows: Vec<RowMap>,
}

impl Csv {
    /// Reads a file.
    ///
    /// # Errors
    /// A file that cannot be read, is not UTF-8, or has a row of another length than the first line; with the line.
    pub fn read(path: impl AsRef<Path>) -> Result<Csv, Error> {
        let path = path.as_ref();
        let file = std::fs::File::open(path)
            .map_err(|error| Error::new(ErrorKind::Refused, format!("{} cannot be read", path.display())).cause(error.to_string()))?;
        Csv::from_reader(file, &path.display().to_string())
    }

    /// Reads the text of a file; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`Csv::read`].
    pub fn from_reader(reader: impl std::io::Read, name: &str) -> Result<Csv, Error> {
        let wrong =
            |error: ::csv::Error| Error::new(ErrorKind::Value, format!("{name} is no CSV file with a header")).cause(error.to_string());
        let mut reader = ::csv::Reader::from_reader(reader);
        let header: Vec<String> = reader.headers().map_err(wrong)?.iter().map(|name| name.trim().to_string()).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(wrong)?;
            rows.push(header.iter().cloned().zip(record.iter().map(Value::from)).collect());
        }
        Ok(Csv { rows })
    }
}

impl<T> IntoRows<T> for Csv {
    fn into_rows(self) -> Source {
        IntoRows::<T>::into_rows(self.rows)
    }
}
