//! Rows to be measured with, and the tables that hold them; `peer.py` makes the same.

use djc_runtime::chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use djc_runtime::core::value::{Array, Decimal, Value};

use super::pipeline::Definition;

/// Bytes of a large blob.
pub const BLOB_BYTES: usize = 100_000;

pub type Two = (i32, f64);

pub fn two_table() -> Definition {
    Definition::new("Two", &[("id", "int"), ("x", "double")])
}

pub fn two(id: u64) -> Two {
    (id as i32, id as f64 * 0.5)
}

pub type Mixed = (i32, String, f64, i32, NaiveDate, NaiveDateTime, Decimal, String);

pub fn mixed_table() -> Definition {
    let attributes = [
        ("id", "int"),
        ("name", "varchar(40)"),
        ("x", "double"),
        ("n", "smallint"),
        ("day", "date"),
        ("at", "datetime"),
        ("price", "decimal(8,2)"),
        ("kind", "enum('a','b','c')"),
    ];
    Definition::new("Mixed", &attributes)
}

pub fn mixed(id: u64) -> Mixed {
    let day = NaiveDate::from_ymd_opt(2020, 1, 1).expect("a day") + Days::new(id % 1000);
    (
        id as i32,
        format!("the row called {id}"),
        id as f64 / 3.0,
        (id % 1000) as i32,
        day,
        day.and_hms_opt(12, 0, 0).expect("a time") + TimeDelta::seconds((id % 3600) as i64),
        format!("{}.25", id % 10_000).parse().expect("a number"),
        ["a", "b", "c"][(id % 3) as usize].to_string(),
    )
}

pub fn large_table(class: &str) -> Definition {
    Definition::new(class, &[("id", "int"), ("body", "longblob")])
}

/// Numbers as they are measured: their first bits are alike, their last are not, so that compressing hardly helps.
pub fn noise(seed: u64) -> Value {
    let mut state = seed + 1;
    let numbers = (0..BLOB_BYTES / 8).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    });
    Value::from(Array::vector(numbers.collect::<Vec<f64>>().into()))
}

/// A trace of samples of 16 bits, each near the one before, as recordings have them.
pub fn trace(seed: u64) -> Value {
    let (mut state, mut level) = (seed + 1, 0i16);
    let samples = (0..BLOB_BYTES / 2).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        level = level.wrapping_add((state >> 33) as i16 % 5);
        level
    });
    Value::from(Array::vector(samples.collect::<Vec<i16>>().into()))
}
