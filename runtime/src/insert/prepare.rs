//! Rows, checked and cut into batches.
//!
//! Rows that leave the same attributes to their defaults go together, since a statement names its columns once. Where rows of a table refer to each
//! other their order is kept, at the price of more statements.

use std::sync::Arc;

use djc_core::value::Value;

use super::kept;
use super::packed::Packed;
use super::source::Rows;
use super::target::{Lack, Target};
use crate::encode::size;
use crate::fault::{Error, ErrorKind};
use crate::field::Given;
use crate::table::Place;
use crate::value::SqlValue;

/// Rows that name the same columns, ready to be sent.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The columns: positions in [`Target::attributes`], in order.
    pub columns: Vec<usize>,
    /// Which rows these are.
    pub rows: Vec<usize>,
    /// Their values, row by row.
    pub values: Vec<SqlValue>,
}

/// Makes rows ready, round by round.
pub(super) struct Preparation {
    pub target: Arc<Target>,
    pub rows: Arc<Rows>,
    /// Whether attributes that the table does not have are left out.
    pub ignore_extra_fields: bool,
    /// About how many bytes a round may have.
    pub bytes_max: usize,
    /// How many rows.
    pub rows_max: usize,
    /// The next row.
    at: usize,
    cells: Cells,
    /// Of a table that packs values.
    packed: Option<Packed>,
}

/// The values of one row by attribute, and what is known of the row before.
#[derive(Debug, Default)]
struct Cells {
    values: Vec<Option<SqlValue>>,
    given: Vec<bool>,
    /// Positions of the attributes that the row before named; the next one is likely to name the same.
    names: Vec<usize>,
    /// What the row takes that is ready and had no room any more.
    waiting: Option<usize>,
}

/// Fewer rows than this are made ready on the spot.
const FEW: usize = 32;

/// Rows in one round at most: they are all in memory twice.
const ROWS_MAX: usize = 8192;

impl Preparation {
    pub fn new(target: Arc<Target>, rows: Arc<Rows>, ignore_extra_fields: bool, bytes_max: usize) -> Self {
        let cells = Cells { given: vec![false; target.attributes.len()], ..Cells::default() };
        let packed = (0..target.attributes.len()).any(|at| target.packs(at)).then(Packed::default);
        Preparation { target, rows, ignore_extra_fields, bytes_max, rows_max: ROWS_MAX, at: 0, cells, packed }
    }

    /// Returns whether the rows take some time.
    pub fn is_long(&self) -> bool {
        self.rows.len() > FEW || self.packed.is_some()
    }

    /// Returns whether all rows are done.
    pub fn is_done(&self) -> bool {
        self.at == self.rows.len()
    }

    /// Makes the next rows ready.
    pub fn round(&mut self) -> Result<Vec<Batch>, Error> {
        let mut batches: Vec<Batch> = Vec::new();
        let (mut bytes, mut count, mut last) = (0, 0, 0);
        while !self.is_done() && count < self.rows_max {
            let own = match self.cells.waiting.take() {
                Some(own) => own,
                None => self.encode(self.at)?,
            };
            if count > 0 && bytes + own > self.bytes_max {
                self.cells.waiting = Some(own);
                break;
            }
            bytes += own;
            let fits = |batch: &Batch| {
                let mut columns = batch.columns.iter();
                self.cells.values.iter().enumerate().filter(|(_, value)| value.is_some()).all(|(at, _)| columns.next() == Some(&at))
                    && columns.next().is_none()
            };
            let found = if batches.get(last).is_some_and(fits) {
                Some(last)
            } else if self.target.refers_to_itself {
                None
            } else {
                batches.iter().position(fits)
            };
            last = found.unwrap_or_else(|| {
                let named = self.cells.values.iter().enumerate().filter(|(_, value)| value.is_some());
                batches.push(Batch { columns: named.map(|(at, _)| at).collect(), ..Batch::default() });
                batches.len() - 1
            });
            batches[last].rows.push(self.at);
            batches[last].values.extend(self.cells.values.drain(..).flatten());
            self.at += 1;
            count += 1;
        }
        Ok(batches)
    }

    /// Checks the remaining rows and returns what is wrong with them, at most so many errors.
    pub fn errors(&mut self, max: usize) -> Vec<Error> {
        let mut out = Vec::new();
        while !self.is_done() && out.len() < max {
            out.extend(self.encode(self.at).err());
            self.at += 1;
        }
        out
    }

    /// Brings the values of a row into the cells, and returns what they take.
    fn encode(&mut self, row: usize) -> Result<usize, Error> {
        let Preparation { target, rows, cells, packed, .. } = self;
        let attributes = &target.attributes;
        let values = rows.row(row);
        cells.values.clear();
        cells.values.resize(attributes.len(), None);
        cells.given.fill(false);
        if values.iter().any(|(place, _)| *place == Place::InOrder) && values.len() != attributes.len() {
            let message = format!("row {}: {} values given, {} has {} attributes", row + 1, values.len(), target.name, attributes.len());
            let names: Vec<&str> = target.names().collect();
            return Err(Error::new(ErrorKind::Value, message)
                .table(&target.name)
                .next_step(format!("give the values in this order: {}", names.join(", "))));
        }
        if let Some(packed) = packed {
            packed.ready(target, rows, row);
        }
        for (at, (place, given)) in values.iter().enumerate() {
            let position = match place {
                Place::InOrder => at,
                Place::Named(name) => match cells.names.get(at) {
                    Some(position) if attributes[*position].name == *name => *position,
                    Some(_) | None => match target.position(name) {
                        Some(position) => position,
                        None if self.ignore_extra_fields => continue,
                        None => return Err(target.unknown(name, Some(row))),
                    },
                },
            };
            if let Some(name) = cells.names.get_mut(at) {
                *name = position;
            } else if cells.names.len() == at {
                cells.names.push(position);
            }
            if std::mem::replace(&mut cells.given[position], true) {
                let message = format!("row {}: `{}` is given twice", row + 1, attributes[position].name);
                return Err(Error::new(ErrorKind::Value, message).table(&target.name));
            }
            let packed = packed.as_mut().and_then(|packed| packed.take(row, at));
            let encoded = packed.unwrap_or_else(|| target.encode(position, given));
            cells.values[position] = encoded.map_err(|reason| target.unfit(row, position, given, &reason))?;
        }
        let mut bytes = 0;
        for (at, (attribute, value)) in attributes.iter().zip(&mut cells.values).enumerate() {
            match (&value, attribute.lack) {
                (Some(value), _) => bytes += size(value),
                (None, Lack::Null) => *value = Some(SqlValue::Null),
                (None, Lack::Default) => {}
                (None, Lack::Refuse) => return Err(target.missing(row, at)),
            }
        }
        if bytes > target.packet_max {
            return Err(target.too_large(row, bytes, &cells.values));
        }
        Ok(bytes)
    }
}

impl Target {
    /// Returns what an attribute is given as it is bound; `None` for its default.
    pub(super) fn encode(&self, at: usize, given: &Given) -> Result<Option<SqlValue>, String> {
        let is_null = matches!(given, Given::Value(Value::Null));
        match given {
            Given::Default => Ok(None),
            Given::Column(literal) => Ok(SqlValue::from_literal(literal.clone())),
            // Rows that are only checked are not put into stores; rows that are sent were.
            Given::Value(_) | Given::Attachment { .. } | Given::Path(_) | Given::Stored(_)
                if !is_null && kept::is_kept(&self.attributes[at].ty) =>
            {
                Ok(Some(SqlValue::Bytes(Vec::new())))
            }
            Given::Value(value) => self.slot(at).encode(value),
            Given::Attachment { .. } | Given::Path(_) => Err("the attribute keeps no files".to_string()),
            Given::Stored(_) => Err("the attribute keeps nothing in a store".to_string()),
        }
    }

    fn unfit(&self, row: usize, at: usize, given: &Given, reason: &str) -> Error {
        let attribute = &self.attributes[at];
        let message = format!("row {}: `{}` ({}): {reason}", row + 1, attribute.name, attribute.declared);
        Error::new(ErrorKind::Value, message).table(&self.name).value(&attribute.name, shown(given))
    }

    fn missing(&self, row: usize, at: usize) -> Error {
        let attribute = &self.attributes[at];
        let message = format!("row {}: `{}` ({}) has no value, and no default", row + 1, attribute.name, attribute.declared);
        Error::new(ErrorKind::MissingValue, message)
            .table(&self.name)
            .value(&attribute.name, "")
            .next_step(format!("give `{}` a value, or a default in its definition", attribute.name))
    }

    fn too_large(&self, row: usize, bytes: usize, values: &[Option<SqlValue>]) -> Error {
        let greatest = values.iter().enumerate().filter_map(|(at, value)| Some((size(value.as_ref()?), at))).max();
        let (own, at) = greatest.unwrap_or_default();
        let attribute = &self.attributes[at];
        let limit = match self.server.is_mysql_family() {
            true => "max_allowed_packet",
            false => "the limit of the server",
        };
        let message = format!(
            "row {}: it takes {bytes} bytes, {own} of them `{}`; the server takes {} at once ({limit})",
            row + 1,
            attribute.name,
            self.packet_max
        );
        Error::new(ErrorKind::Value, message)
            .table(&self.name)
            .value(&attribute.name, format!("{own} bytes"))
            .next_step("keep such values in a store")
            .next_step("or let the administrator of the server raise max_allowed_packet")
    }
}

/// Returns a value as messages show it.
fn shown(given: &Given) -> String {
    const WIDTH: usize = 60;
    let text = match given {
        Given::Default => "DEFAULT".to_string(),
        Given::Value(value) => value.to_string(),
        Given::Attachment { name, .. } => name.clone(),
        Given::Path(path) => path.display().to_string(),
        Given::Stored(_) => "a reference into a store".to_string(),
        Given::Column(_) => "what stands in a column".to_string(),
    };
    if text.chars().count() <= WIDTH { text } else { text.chars().take(WIDTH - 1).chain(['…']).collect() }
}
