//! Values as the data of a program: any type of serde to a [`Value`], and back.
//!
//! [`from`] makes of a struct the mapping that Python would have written (`{'window_s': 1.0}`), [`to`] reads one, whoever wrote it. This is not the
//! form that `Value` itself has with serde, where each value is tagged by its kind.
//!
//! | serde | Value |
//! |---|---|
//! | struct, map | a dict; fields are text keys |
//! | sequence | a list; with [`as_array`] a numpy array |
//! | tuple | a tuple |
//! | `None`, unit | `None` |
//! | variant | its name, or a dict of its name and what it holds |
//!
//! Reading is generous where MATLAB and numpy have another form for the same: an array is a sequence (of sequences, by rows), a scalar or an array of
//! one element is its element where one is asked for, a struct of MATLAB is a map.

pub mod as_array;
mod read;
mod write;

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

use super::Value;

/// Why data and value do not go into each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainError(String);

impl PlainError {
    fn new(message: impl Into<String>) -> Self {
        PlainError(message.into())
    }
}

impl fmt::Display for PlainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PlainError {}

impl serde::ser::Error for PlainError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        PlainError(message.to_string())
    }
}

impl serde::de::Error for PlainError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        PlainError(message.to_string())
    }
}

/// Returns the value that the data is.
///
/// ```
/// #[derive(serde::Serialize)]
/// struct Params {
///     window_s: f64,
///     channels: Vec<u32>,
/// }
/// let value = djc_core::value::plain::from(&Params { window_s: 1.0, channels: vec![1, 2] })?;
/// assert_eq!(value.to_string(), "{'window_s': 1.0, 'channels': [1, 2]}");
/// # Ok::<(), djc_core::value::plain::PlainError>(())
/// ```
///
/// # Errors
/// Keys of a map that Python could not hash, and what the type itself refuses.
pub fn from<T: Serialize + ?Sized>(data: &T) -> Result<Value, PlainError> {
    data.serialize(write::Writer)
}

/// Returns the data that the value is.
///
/// # Errors
/// What the type does not hold: missing and unknown fields, numbers out of range, text for a number.
pub fn to<T: DeserializeOwned>(value: Value) -> Result<T, PlainError> {
    T::deserialize(read::Reader(value))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::value::{Array, Decimal, Struct};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Method {
        Raw,
        Filter(f64, f64),
        Named { name: String },
        Level(u8),
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Params {
        window_s: f64,
        note: Option<String>,
        pair: (i8, u64),
        methods: Vec<Method>,
        by_channel: BTreeMap<u16, bool>,
        #[serde(with = "as_array")]
        trace: Vec<f32>,
        #[serde(default)]
        extra: Vec<u8>,
    }

    #[test]
    fn data_comes_back_from_its_value() {
        let params = Params {
            window_s: 0.5,
            note: None,
            pair: (-1, u64::MAX),
            methods: vec![Method::Raw, Method::Filter(1.0, 2.0), Method::Named { name: "é".into() }, Method::Level(3)],
            by_channel: [(7, true)].into(),
            trace: vec![1.0, f32::NAN],
            extra: vec![1],
        };
        let value = from(&params).expect("it has a form");
        insta::assert_snapshot!(value, @"{'window_s': 0.5, 'note': None, 'pair': (-1, 18446744073709551615), 'methods': ['Raw', {'Filter': (1.0, 2.0)}, {'Named': {'name': 'é'}}, {'Level': 3}], 'by_channel': {7: True}, 'trace': <array of float32, shape (2,)>, 'extra': [1]}");
        let back: Params = to(value.clone()).expect("it is one");
        assert_eq!(from(&back), Ok(value));
        assert_eq!(back.methods, params.methods);
    }

    #[test]
    fn what_numpy_and_matlab_write_is_read() {
        let rows = Value::from(Array::of(vec![2, 3], vec![1, 4, 2, 5, 3, 6]).expect("it fits"));
        assert_eq!(to::<Vec<Vec<u8>>>(rows), Ok(vec![vec![1, 2, 3], vec![4, 5, 6]]));
        let one = || Value::from(Array::of(vec![1, 1], vec![2.0f64]).expect("it fits"));
        assert_eq!(to::<f64>(one()), Ok(2.0));
        // MATLAB knows no whole numbers but those of floats.
        assert_eq!(to::<u8>(one()), Ok(2));
        let text = Value::from(Array::vector(vec![Value::from("mouse")].into()));
        assert_eq!(to::<String>(text), Ok("mouse".to_string()));
        let structs = Struct::new(vec![1, 1], vec!["rate".into()], vec![one()]).expect("it fits");
        assert_eq!(to::<BTreeMap<String, f64>>(Value::from(structs)), Ok([("rate".to_string(), 2.0)].into()));
        assert_eq!(to::<Vec<bool>>(Value::Set(vec![Value::from(true)])), Ok(vec![true]));
        let decimal: Decimal = "1.50".parse().expect("a number");
        assert_eq!(to::<String>(Value::from(decimal)), Ok("1.50".to_string()));
        let day = chrono::NaiveDate::from_ymd_opt(2024, 2, 29).expect("a day");
        assert_eq!(to::<chrono::NaiveDate>(Value::from(day)), Ok(day));
        let moment = day.and_hms_micro_opt(1, 2, 3, 4).expect("a time");
        assert_eq!(to::<chrono::NaiveDateTime>(Value::from(moment)), Ok(moment));
        let id = uuid::Uuid::from_u128(7);
        assert_eq!(to::<uuid::Uuid>(Value::from(id)), Ok(id));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let message = |error: PlainError| error.to_string();
        assert_eq!(message(to::<u8>(Value::from(256)).expect_err("too large")), "invalid value: integer `256`, expected u8");
        assert_eq!(message(to::<f64>(Value::from("x")).expect_err("text")), "invalid type: string \"x\", expected f64");
        assert_eq!(message(to::<u8>(Value::from(1.5)).expect_err("a fraction")), "invalid type: floating point `1.5`, expected u8");
        let huge = Value::from(1i128 << 100);
        assert_eq!(message(to::<u64>(huge).expect_err("too large")), "1267650600228229401496703205376 does not fit 64 bits");
        let missing = Value::dict([(Value::from("pair"), Value::Null)]).expect("text keys");
        assert_eq!(
            message(to::<Method>(missing).expect_err("no method")),
            "unknown variant `pair`, expected one of `Raw`, `Filter`, `Named`, `Level`"
        );
        let listed: BTreeMap<Vec<u8>, u8> = [(vec![1], 1)].into();
        assert_eq!(
            message(from(&listed).expect_err("a list as key")),
            "a list cannot be a key or an element of a set, because it can change"
        );
    }
}
