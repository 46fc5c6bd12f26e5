//! What has named fields or cells: numpy's record arrays, MATLAB's cells and structs.

use serde::{Deserialize, Serialize};

use super::Value;
use super::array::{Array, ShapeError, check_count, element_count};

/// A numpy record array: one array per field, all of one shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(String, Field)>", into = "Vec<(String, Field)>")]
pub struct RecordArray {
    fields: Vec<(String, Field)>,
}

/// One field of a [`RecordArray`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// A field of plain elements.
    Array(Array),
    /// A field that has fields itself.
    Records(RecordArray),
}

impl Field {
    /// Returns the length along each dimension.
    pub fn shape(&self) -> &[usize] {
        match self {
            Field::Array(array) => array.shape(),
            Field::Records(records) => records.shape(),
        }
    }
}

fn check_names<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), ShapeError> {
    let mut sorted: Vec<&str> = names.map(String::as_str).collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(ShapeError::Duplicate(pair[0].to_owned())),
        None => Ok(()),
    }
}

impl RecordArray {
    /// Returns the record array with these fields, in their order.
    ///
    /// # Errors
    /// All fields must have one shape, and different names. DataJoint knows no fields that are arrays
    /// within one record: it takes the shape of the first field for that of the whole.
    pub fn new(fields: Vec<(String, Field)>) -> Result<Self, ShapeError> {
        check_names(fields.iter().map(|(name, _)| name))?;
        let shape = fields.first().map_or(&[][..], |(_, field)| field.shape());
        if let Some((name, field)) = fields.iter().find(|(_, field)| field.shape() != shape) {
            return Err(ShapeError::Field { field: name.clone(), found: field.shape().to_vec(), shape: shape.to_vec() });
        }
        Ok(Self { fields })
    }

    /// Returns the length along each dimension, which is that of every field.
    pub fn shape(&self) -> &[usize] {
        self.fields.first().map_or(&[], |(_, field)| field.shape())
    }

    /// Returns the fields in their order.
    pub fn fields(&self) -> &[(String, Field)] {
        &self.fields
    }

    /// Returns the fields, without copying.
    pub fn into_fields(self) -> Vec<(String, Field)> {
        self.fields
    }
}

impl TryFrom<Vec<(String, Field)>> for RecordArray {
    type Error = ShapeError;

    fn try_from(fields: Vec<(String, Field)>) -> Result<Self, ShapeError> {
        Self::new(fields)
    }
}

impl From<RecordArray> for Vec<(String, Field)> {
    fn from(records: RecordArray) -> Self {
        records.fields
    }
}

/// A MATLAB cell array: any values in a shape, column-major.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedCell")]
pub struct Cell {
    shape: Vec<usize>,
    values: Vec<Value>,
}

#[derive(Deserialize)]
struct UncheckedCell {
    shape: Vec<usize>,
    values: Vec<Value>,
}

impl TryFrom<UncheckedCell> for Cell {
    type Error = ShapeError;

    fn try_from(cell: UncheckedCell) -> Result<Self, ShapeError> {
        Self::new(cell.shape, cell.values)
    }
}

impl Cell {
    /// Returns the cell array of this shape with these values in column-major order.
    ///
    /// # Errors
    /// The shape must hold as many values as there are.
    pub fn new(shape: Vec<usize>, values: Vec<Value>) -> Result<Self, ShapeError> {
        check_count(&shape, values.len())?;
        Ok(Self { shape, values })
    }

    /// Returns the length along each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the values in column-major order.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Returns the shape and the values, without copying.
    pub fn into_parts(self) -> (Vec<usize>, Vec<Value>) {
        (self.shape, self.values)
    }
}

/// Returns how many values a struct array of this shape has, unless no machine could count them.
pub(crate) fn value_count(shape: &[usize], fields: usize) -> Option<usize> {
    match fields {
        0 => Some(0),
        fields => element_count(shape)?.checked_mul(fields),
    }
}

/// A MATLAB struct array: the same named fields in every element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedStruct")]
pub struct Struct {
    shape: Vec<usize>,
    fields: Vec<String>,
    values: Vec<Value>,
}

#[derive(Deserialize)]
struct UncheckedStruct {
    shape: Vec<usize>,
    fields: Vec<String>,
    values: Vec<Value>,
}

impl TryFrom<UncheckedStruct> for Struct {
    type Error = ShapeError;

    fn try_from(unchecked: UncheckedStruct) -> Result<Self, ShapeError> {
        Self::new(unchecked.shape, unchecked.fields, unchecked.values)
    }
}

impl Struct {
    /// Returns the struct array of this shape. `values` has the fields of the first element in the order of
    /// `fields`, then those of the next element, elements in column-major order.
    ///
    /// # Errors
    /// There must be one value per element and field, and the names must differ. Without fields there are no
    /// values, whatever the shape.
    pub fn new(shape: Vec<usize>, fields: Vec<String>, values: Vec<Value>) -> Result<Self, ShapeError> {
        check_names(fields.iter())?;
        match value_count(&shape, fields.len()) == Some(values.len()) {
            true => Ok(Self { shape, fields, values }),
            false => Err(ShapeError::Values { shape, fields: fields.len(), found: values.len() }),
        }
    }

    /// Returns the length along each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the names of the fields.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// Returns the values, field by field within each element.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Returns the values of each element in turn; nothing if there are no fields.
    pub fn rows(&self) -> impl Iterator<Item = &[Value]> {
        self.values.chunks(self.fields.len().max(1))
    }

    /// Returns the shape, the names and the values, without copying.
    pub fn into_parts(self) -> (Vec<usize>, Vec<String>, Vec<Value>) {
        (self.shape, self.fields, self.values)
    }
}
