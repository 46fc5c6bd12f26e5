//! Results as Arrow record batches, which dataframes take without a copy.
//!
//! | attribute | Arrow |
//! |---|---|
//! | integers, `year` | `Int8` … `Int64`, `UInt8` … `UInt64`; 24 bits as 32; `year` is `UInt16` |
//! | `bool` | `Boolean` |
//! | `float32`, `float` of datajoint 0.14; other floats | `Float32`; `Float64` |
//! | `decimal(p,s)` | `Decimal128(p,s)`, beyond 38 digits `Utf8` |
//! | `char`, `varchar`, `text`, `json` | `Utf8` |
//! | `enum` | `Dictionary(Int32, Utf8)` with the declared values in their order |
//! | `date`; `datetime`, `timestamp`; `time` | `Date32`; `Timestamp(µs)` without a zone; `Duration(µs)`, since it goes beyond a day |
//! | `uuid`, references into stores of 0.14 | `FixedSizeBinary(16)`, marked as `arrow.uuid` |
//! | packed values, bytes, attachments | `Binary`, as they are stored |
//! | what an expression computes | by what the server says, a decimal as `Decimal128(38,s)` with the most digits of the first batch |
//!
//! NULL is null. What a type cannot hold is an error as it is for rows.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, BooleanBuilder, FixedSizeBinaryBuilder, PrimitiveBuilder, StringBuilder};
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{ArrayRef, DictionaryArray, NullArray, RecordBatch, StringArray};
use arrow_schema::{DataType, Field as ArrowField, Schema, SchemaRef, TimeUnit};
use chrono::{NaiveDate, NaiveDateTime};
use djc_core::dialect::Server;
use djc_core::ir::{AttributeType, FloatWord, Generation};
use djc_core::query::{Attribute, AttributeKind, Columns};
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;

use super::request::Request;
use crate::connection::Session;
use crate::db::raw::Raw;
use crate::db::{Layout, WireRow};
use crate::error::SqlError;
use crate::fault::Error;
use crate::field::{Cell, Decimal, Field, ReadError};
use crate::table::Query;

/// Rows of a batch at most.
const ROWS_MAX: usize = 65_536;
/// Bytes of a batch at which it is ended; one row may go beyond.
const BYTES_MAX: usize = 64 << 20;

impl<T> Query<T> {
    /// Fetches all rows as record batches; without a row one empty batch, which has the columns.
    pub async fn arrow(&self, db: &dyn Session) -> Result<Vec<RecordBatch>, Error> {
        self.arrow_stream(db).try_collect().await
    }

    /// Fetches record batches one after the other, for results that are larger than memory; see [`Query::stream`] for what that means for the
    /// session. A batch has up to 65 536 rows, or some 64 MB.
    pub fn arrow_stream<'d>(&self, db: &'d dyn Session) -> BoxStream<'d, Result<RecordBatch, Error>> {
        let request = self.check().map_err(Error::from).and_then(|query| Request::new(query, db, &Columns::All));
        let server = db.connection().dialect().server;
        Box::pin(async_stream::try_stream! {
            let request = request?;
            request.ready(db).await?;
            let mut session = db.lock().await?;
            let mut rows = session.patient_rows(&request.sql).await.map_err(|error| request.refused(error))?;
            let mut schema: Option<SchemaRef> = None;
            loop {
                let mut batch = Batch::default();
                let layout = loop {
                    match rows.next().await.map_err(|error| request.refused(error))? {
                        None => break rows.layout(),
                        Some((row, layout)) => {
                            request.check(layout)?;
                            batch.bytes += row.size(layout);
                            batch.rows.push(row);
                            if batch.rows.len() == ROWS_MAX || batch.bytes >= BYTES_MAX {
                                break Some(layout);
                            }
                        }
                    }
                };
                let ended = batch.rows.len() < ROWS_MAX && batch.bytes < BYTES_MAX;
                let first = schema.is_none();
                let schema = schema.get_or_insert_with(|| schema_of(&request, server, &batch, layout));
                if first || !batch.rows.is_empty() {
                    yield record_batch(&request, schema, &batch, layout)?;
                }
                if ended {
                    break;
                }
            }
        })
    }
}

#[derive(Default)]
struct Batch {
    rows: Vec<WireRow>,
    bytes: usize,
}

/// One column of a batch.
struct Slice<'b> {
    attribute: &'b Attribute,
    rows: &'b [WireRow],
    layout: Option<&'b Layout>,
    at: usize,
    nullable: bool,
}

/// Why a batch cannot be made, and for which of its rows.
type Failed = (usize, ReadError);

impl Slice<'_> {
    /// Hands over each value, `None` for NULL.
    fn each(&self, mut take: impl FnMut(Option<Cell<'_>>) -> Result<(), ReadError>) -> Result<(), Failed> {
        let Some(layout) = self.layout else { return Ok(()) };
        for (number, row) in self.rows.iter().enumerate() {
            let raw = row.raw(layout, self.at).map_err(|error| (number, unreadable(self.attribute, &error)))?;
            let cell = Cell { attribute: self.attribute, raw };
            let done = match (cell.is_null(), self.nullable) {
                (true, true) => take(None),
                (true, false) => Err(cell.wrong("a value, which the attribute always has")),
                (false, _) => take(Some(cell)),
            };
            done.map_err(|error| (number, error))?;
        }
        Ok(())
    }

    fn numbers<P: ArrowPrimitiveType>(
        &self,
        read: impl Fn(&Cell<'_>) -> Result<P::Native, ReadError>,
    ) -> Result<PrimitiveBuilder<P>, Failed> {
        let mut builder = PrimitiveBuilder::<P>::with_capacity(self.rows.len());
        self.each(|cell| {
            match cell {
                Some(cell) => builder.append_value(read(&cell)?),
                None => builder.append_null(),
            }
            Ok(())
        })?;
        Ok(builder)
    }

    fn fields<P: ArrowPrimitiveType>(&self) -> Result<ArrayRef, Failed>
    where
        P::Native: Field,
    {
        Ok(Arc::new(self.numbers::<P>(P::Native::read)?.finish()))
    }

    fn array(&self, ty: &DataType) -> Result<ArrayRef, Failed> {
        match ty {
            DataType::Int8 => self.fields::<Int8Type>(),
            DataType::Int16 => self.fields::<Int16Type>(),
            DataType::Int32 => self.fields::<Int32Type>(),
            DataType::Int64 => self.fields::<Int64Type>(),
            DataType::UInt8 => self.fields::<UInt8Type>(),
            DataType::UInt16 => self.fields::<UInt16Type>(),
            DataType::UInt32 => self.fields::<UInt32Type>(),
            DataType::UInt64 => self.fields::<UInt64Type>(),
            DataType::Float32 => self.fields::<Float32Type>(),
            DataType::Float64 => self.fields::<Float64Type>(),
            DataType::Boolean => self.booleans(),
            DataType::Date32 => {
                let days = |date: NaiveDate| i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days());
                let read = |cell: &Cell<'_>| days(NaiveDate::read(cell)?).map_err(|_| cell.wrong("a date of Arrow"));
                Ok(Arc::new(self.numbers::<Date32Type>(read)?.finish()))
            }
            DataType::Timestamp(_, _) => {
                let read = |cell: &Cell<'_>| Ok(NaiveDateTime::read(cell)?.and_utc().timestamp_micros());
                Ok(Arc::new(self.numbers::<TimestampMicrosecondType>(read)?.finish()))
            }
            DataType::Duration(_) => Ok(Arc::new(self.numbers::<DurationMicrosecondType>(|cell| cell.micros())?.finish())),
            DataType::Decimal128(_, scale) => {
                let read = |cell: &Cell<'_>| {
                    let digits = Decimal::read(cell)?;
                    scaled(digits.as_str(), *scale).ok_or_else(|| {
                        cell.error(format!("it does not fit 38 digits, {scale} of them behind the point; cast it in the query"))
                    })
                };
                Ok(Arc::new(self.numbers::<Decimal128Type>(read)?.with_data_type(ty.clone()).finish()))
            }
            DataType::Utf8 => self.texts(),
            DataType::Binary => self.bytes(),
            DataType::FixedSizeBinary(_) => self.uuids(),
            DataType::Dictionary(_, _) => self.variants(),
            _ => Ok(Arc::new(NullArray::new(self.rows.len()))),
        }
    }

    fn booleans(&self) -> Result<ArrayRef, Failed> {
        let mut builder = BooleanBuilder::with_capacity(self.rows.len());
        self.each(|cell| {
            builder.append_option(cell.map(|cell| bool::read(&cell)).transpose()?);
            Ok(())
        })?;
        Ok(Arc::new(builder.finish()))
    }

    fn texts(&self) -> Result<ArrayRef, Failed> {
        let mut builder = StringBuilder::with_capacity(self.rows.len(), 0);
        self.each(|cell| {
            match cell {
                None => builder.append_null(),
                Some(Cell { raw: Raw::Decimal(digits), .. }) => builder.append_value(digits),
                Some(cell) => builder.append_value(cell.text()?),
            }
            Ok(())
        })?;
        Ok(Arc::new(builder.finish()))
    }

    fn bytes(&self) -> Result<ArrayRef, Failed> {
        let mut builder = BinaryBuilder::with_capacity(self.rows.len(), 0);
        self.each(|cell| {
            match &cell {
                None => builder.append_null(),
                Some(cell) => builder.append_value(cell.bytes()?),
            }
            Ok(())
        })?;
        Ok(Arc::new(builder.finish()))
    }

    fn uuids(&self) -> Result<ArrayRef, Failed> {
        let mut builder = FixedSizeBinaryBuilder::with_capacity(self.rows.len(), 16);
        self.each(|cell| {
            match cell {
                None => builder.append_null(),
                Some(cell) => {
                    let id = uuid::Uuid::read(&cell)?;
                    builder.append_value(id.as_bytes()).map_err(|error| cell.error(error.to_string()))?;
                }
            }
            Ok(())
        })?;
        Ok(Arc::new(builder.finish()))
    }

    fn variants(&self) -> Result<ArrayRef, Failed> {
        let values = values(self.attribute);
        let places: HashMap<&str, i32> = values.iter().zip(0..).map(|(value, at)| (value.as_str(), at)).collect();
        let mut keys = self.numbers::<Int32Type>(|cell| cell.variant(|text| places.get(text).copied()))?;
        let array = DictionaryArray::new(keys.finish(), Arc::new(StringArray::from(values)));
        Ok(Arc::new(array))
    }
}

fn unreadable(attribute: &Attribute, error: &SqlError) -> ReadError {
    ReadError { attribute: attribute.name.clone(), value: String::new(), reason: error.to_string() }
}

/// Returns the values of an enum in the order of its declaration.
fn values(attribute: &Attribute) -> Vec<String> {
    match stored(&attribute.kind) {
        Some((AttributeType::Enum(values), _)) => values.iter().map(|value| value.value(true).trim_end_matches(' ').to_string()).collect(),
        _ => Vec::new(),
    }
}

/// Returns the type that a column has: of an adapter or a codec the one that it is stored as.
fn stored(kind: &AttributeKind) -> Option<(&AttributeType, Generation)> {
    let AttributeKind::Declared { ty, generation } = kind else { return None };
    let mut ty = ty;
    loop {
        match ty {
            AttributeType::Adapted { stored, .. } => ty = stored,
            AttributeType::Codec(codec) => ty = &codec.stored,
            _ => return Some((ty, *generation)),
        }
    }
}

/// Returns a number as a count of its smallest digit, if it has no more digits than `scale` behind the point.
fn scaled(digits: &str, scale: i8) -> Option<i128> {
    let scale = usize::try_from(scale).ok()?;
    let (sign, digits) = digits.strip_prefix('-').map_or((1, digits), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (kept, beyond) = fraction.split_at(fraction.len().min(scale));
    if beyond.bytes().any(|digit| digit != b'0') {
        return None;
    }
    let count: i128 = format!("{whole}{kept:0<scale$}").parse().ok()?;
    (count < 10i128.pow(38)).then_some(sign * count)
}

fn schema_of(request: &Request, server: Server, batch: &Batch, layout: Option<&Layout>) -> SchemaRef {
    let fields = request.selection.columns.iter().enumerate().map(|(at, attribute)| {
        let ty = declared(&attribute.kind, server).unwrap_or_else(|| computed(batch, layout, at));
        let nullable = attribute.nullable || attribute.kind == AttributeKind::Computed;
        let uuid = ty == DataType::FixedSizeBinary(16);
        let field = ArrowField::new(&attribute.name, ty, nullable);
        if uuid { field.with_metadata(HashMap::from([("ARROW:extension:name".to_string(), "arrow.uuid".to_string())])) } else { field }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Returns what a declared type is in Arrow; `None` where only the values tell.
fn declared(kind: &AttributeKind, server: Server) -> Option<DataType> {
    let (ty, generation) = stored(kind)?;
    let whole = |bits: u8, unsigned: bool| match (bits, unsigned) {
        (8, false) => DataType::Int8,
        (16, false) => DataType::Int16,
        (24 | 32, false) => DataType::Int32,
        (_, false) => DataType::Int64,
        (8, true) => DataType::UInt8,
        (16, true) => DataType::UInt16,
        (24 | 32, true) => DataType::UInt32,
        (_, true) => DataType::UInt64,
    };
    Some(match ty {
        AttributeType::Integer(integer) => whole(integer.bits, integer.unsigned),
        AttributeType::Serial => DataType::UInt64,
        AttributeType::CoreInteger(bits) => whole(*bits, false),
        AttributeType::Year => DataType::UInt16,
        AttributeType::Bool => DataType::Boolean,
        AttributeType::CoreFloat(32) => DataType::Float32,
        AttributeType::CoreFloat(_) => DataType::Float64,
        // `float` of PostgreSQL has eight bytes, and generation 2 hands it over as it is.
        AttributeType::Float(float) => {
            let wide = matches!(float.arguments, Some((25.., None))) || (generation == Generation::Modern && server == Server::Postgres);
            if float.word == FloatWord::Float && !wide { DataType::Float32 } else { DataType::Float64 }
        }
        AttributeType::Decimal(decimal) => {
            let precision = decimal.precision.or((server != Server::Postgres).then_some(10))?;
            let scale = i8::try_from(decimal.scale.unwrap_or(0));
            match (u8::try_from(precision), scale) {
                (Ok(precision @ 1..=38), Ok(scale)) => DataType::Decimal128(precision, scale),
                (Ok(0), Ok(scale)) => DataType::Decimal128(10, scale),
                (Ok(_) | Err(_), _) => DataType::Utf8,
            }
        }
        AttributeType::Char(_) | AttributeType::Varchar(_) | AttributeType::Text(_) | AttributeType::Json => DataType::Utf8,
        AttributeType::Enum(_) => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        AttributeType::Date => DataType::Date32,
        AttributeType::Datetime(_) | AttributeType::Timestamp(_) => DataType::Timestamp(TimeUnit::Microsecond, None),
        AttributeType::Time(_) => DataType::Duration(TimeUnit::Microsecond),
        AttributeType::Uuid | AttributeType::External(_) => DataType::FixedSizeBinary(16),
        AttributeType::Blob(_) | AttributeType::Bytes | AttributeType::Attach => DataType::Binary,
        // Looked through above.
        AttributeType::Adapted { .. } | AttributeType::Codec(_) => return None,
        AttributeType::Invalid => return None,
    })
}

/// Returns the type that the values of a column have, of the first batch and as the server says it.
fn computed(batch: &Batch, layout: Option<&Layout>, at: usize) -> DataType {
    let Some(layout) = layout else { return DataType::Null };
    let said = layout.example(at).map(|raw| nature(&raw)).unwrap_or(DataType::Null);
    let values = batch.rows.iter().filter_map(|row| row.raw(layout, at).ok());
    values.map(|raw| nature(&raw)).fold(said, wider)
}

fn nature(raw: &Raw<'_>) -> DataType {
    match raw {
        Raw::Null | Raw::ZeroDate => DataType::Null,
        Raw::Bool(_) => DataType::Boolean,
        Raw::Int(_) => DataType::Int64,
        Raw::UInt(_) => DataType::UInt64,
        Raw::Float(_) => DataType::Float32,
        Raw::Double(_) => DataType::Float64,
        Raw::Decimal(digits) => {
            let behind = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            DataType::Decimal128(38, i8::try_from(behind).unwrap_or(38).min(38))
        }
        Raw::Text(_) | Raw::Json(_) | Raw::Odd(_) => DataType::Utf8,
        Raw::Bytes(_) => DataType::Binary,
        Raw::Date(_) => DataType::Date32,
        Raw::Moment(_) => DataType::Timestamp(TimeUnit::Microsecond, None),
        Raw::Time(_) => DataType::Duration(TimeUnit::Microsecond),
        Raw::Uuid(_) => DataType::FixedSizeBinary(16),
    }
}

/// Returns the type that holds both; where there is none the first, and reading says which value it is not.
fn wider(left: DataType, right: DataType) -> DataType {
    match (left, right) {
        (DataType::Null, other) | (other, DataType::Null) => other,
        (DataType::Decimal128(_, left), DataType::Decimal128(_, right)) => DataType::Decimal128(38, left.max(right)),
        (DataType::Int64, wide @ DataType::Float64) | (wide @ DataType::Float64, DataType::Int64) => wide,
        (left, _) => left,
    }
}

fn record_batch(request: &Request, schema: &SchemaRef, batch: &Batch, layout: Option<&Layout>) -> Result<RecordBatch, Error> {
    let mut arrays = Vec::with_capacity(schema.fields().len());
    for (at, (attribute, field)) in request.selection.columns.iter().zip(schema.fields()).enumerate() {
        let slice = Slice { attribute, rows: &batch.rows, layout, at, nullable: field.is_nullable() };
        let array = slice.array(field.data_type()).map_err(|(number, error)| match layout {
            Some(layout) => request.unreadable(error, &batch.rows[number], layout),
            None => SqlError::Unexpected(error.to_string()).into(),
        })?;
        arrays.push(array);
    }
    // With no columns at all a batch would not know how many rows it has.
    let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(batch.rows.len()));
    RecordBatch::try_new_with_options(schema.clone(), arrays, &options).map_err(|error| SqlError::Unexpected(error.to_string()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_counted_in_their_smallest_digit() {
        assert_eq!(scaled("-12.5", 2), Some(-1250));
        assert_eq!(scaled("12.500", 1), Some(125));
        assert_eq!(scaled("12.55", 1), None);
        assert_eq!(scaled("0.05", 2), Some(5));
        assert_eq!(scaled("1E+5", 0), None);
        assert_eq!(scaled(&"9".repeat(38), 0), Some(10i128.pow(38) - 1));
        assert_eq!(scaled(&"9".repeat(39), 0), None);
    }
}
