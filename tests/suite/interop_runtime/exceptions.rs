//! What the two cannot have in common, each with its reason. One that no longer holds fails; docs/book/interop.md has all reasons.

use serde_json::{Value as Json, json};

use super::cases::Place;
use super::notation::plain;

/// Which way a value goes, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// datajoint inserts it.
    PythonInserts,
    /// Rust inserts it.
    RustInserts,
    /// Rust fetches what datajoint inserted.
    RustFetchesPythons,
    /// Rust fetches what it inserted itself.
    RustFetchesItsOwn,
    /// Rust finds the rows that have it.
    RustRestricts,
    /// datajoint fetches what it inserted itself.
    PythonFetchesItsOwn,
    /// datajoint fetches what Rust inserted.
    PythonFetchesRusts,
}

const PYTHON_FETCHES: &[Step] = &[Step::PythonFetchesItsOwn, Step::PythonFetchesRusts];
const RUST_FETCHES: &[Step] = &[Step::RustFetchesPythons, Step::RustFetchesItsOwn];
const ALL_FETCH: &[Step] = &[Step::PythonFetchesItsOwn, Step::PythonFetchesRusts, Step::RustFetchesPythons, Step::RustFetchesItsOwn];
const FETCH_OF_PYTHON: &[Step] = &[Step::PythonFetchesItsOwn, Step::RustFetchesPythons];

/// What happens instead.
pub enum Instead {
    /// An error with this in it.
    Error(&'static str),
    /// Another value.
    Value(Json),
    /// The same value as another type of Python.
    Kind(&'static str),
}

/// Where steps come to something else.
pub struct Exception {
    pub places: &'static [Place],
    pub steps: &'static [Step],
    /// The types.
    pub types: &'static [&'static str],
    /// The values by their names; all but NULL where there is none.
    pub values: &'static [&'static str],
    pub instead: Instead,
    pub reason: &'static str,
}

const CLASSIC: &[Place] = &[Place::ClassicMariaDb, Place::ClassicMySql];
const MODERN: &[Place] = &[Place::ModernMariaDb, Place::ModernPostgres];
const MARIADB: &[Place] = &[Place::ClassicMariaDb, Place::ModernMariaDb];
const POSTGRES: &[Place] = &[Place::ModernPostgres];

/// Returns all of them.
pub fn exceptions() -> Vec<Exception> {
    vec![
        Exception {
            places: MARIADB,
            steps: ALL_FETCH,
            types: &["float", "float32", "float64", "double", "real", "float(53)"],
            values: &["-0.0"],
            instead: Instead::Value(plain("float", "0.0")),
            reason: "MariaDB knows one zero: -0.0 is stored as 0.0.",
        },
        Exception {
            places: POSTGRES,
            steps: FETCH_OF_PYTHON,
            types: &["float64", "float"],
            values: &["-0.0"],
            instead: Instead::Value(plain("float", "0.0")),
            reason: "datajoint 2.3.5 sends -0.0 to PostgreSQL as a decimal number, and those know one zero.",
        },
        Exception {
            places: CLASSIC,
            steps: PYTHON_FETCHES,
            types: &["longblob"],
            values: &["matcell"],
            instead: Instead::Error("inhomogeneous shape"),
            reason: "datajoint 0.14 cannot unpack a MATLAB cell array whose cells differ in shape.",
        },
        Exception {
            places: CLASSIC,
            steps: PYTHON_FETCHES,
            types: &["longblob"],
            values: &["matcell_pyint"],
            instead: Instead::Value(json!({"t": "cell", "shape": [1, 2], "values": ["1", "x"], "dtype": "str"})),
            reason: "datajoint 0.14 makes texts of the cells of a MATLAB cell array of which one is a text.",
        },
        Exception {
            places: CLASSIC,
            steps: &[Step::RustInserts],
            types: &["<pairs>"],
            values: &[],
            instead: Instead::Error("djc cannot write values of the adapter <pairs>"),
            reason: "What an adapter or a codec of one's own makes of a value, only the Python knows that has it: Rust reads what is stored and inserts nothing.",
        },
        Exception {
            places: MODERN,
            steps: &[Step::RustInserts],
            types: &["<pairs>"],
            values: &[],
            instead: Instead::Error("djc cannot write values of the codec <pairs>"),
            reason: "What an adapter or a codec of one's own makes of a value, only the Python knows that has it: Rust reads what is stored and inserts nothing.",
        },
        Exception {
            places: POSTGRES,
            steps: &[Step::PythonInserts],
            types: &["uuid"],
            values: &[],
            instead: Instead::Error("expression is of type bytea"),
            reason: "datajoint 2.3.5 sends a UUID to PostgreSQL as bytes, which the server refuses.",
        },
        Exception {
            places: POSTGRES,
            steps: &[Step::PythonFetchesRusts],
            types: &["uuid"],
            values: &[],
            instead: Instead::Error("bytes is not a 16-char string"),
            reason: "datajoint 2.3.5 expects bytes where PostgreSQL returns a UUID.",
        },
        Exception {
            places: POSTGRES,
            steps: PYTHON_FETCHES,
            types: &["<attach>"],
            values: &[],
            instead: Instead::Error("'memoryview' object has no attribute"),
            reason: "datajoint 2.3.5 cannot unpack an attachment on PostgreSQL, whoever put it there.",
        },
        Exception {
            places: POSTGRES,
            steps: PYTHON_FETCHES,
            types: &["bytes"],
            values: &[],
            instead: Instead::Kind("memoryview"),
            reason: "datajoint 2.3.5 returns `bytes` from PostgreSQL as a `memoryview` with the same content.",
        },
        Exception {
            places: POSTGRES,
            steps: PYTHON_FETCHES,
            types: &["json"],
            values: &["\"text\"", "\"\""],
            instead: Instead::Error("JSONDecodeError"),
            reason: "datajoint 2.3.5 reads a text that is a whole JSON document a second time on PostgreSQL, and fails or finds something else in it.",
        },
        Exception {
            places: POSTGRES,
            steps: PYTHON_FETCHES,
            types: &["json"],
            values: &["\"5\""],
            instead: Instead::Value(plain("int", "5")),
            reason: "datajoint 2.3.5 reads a text that is a whole JSON document a second time on PostgreSQL, and fails or finds something else in it.",
        },
        Exception {
            places: POSTGRES,
            steps: PYTHON_FETCHES,
            types: &["json"],
            values: &["[1e300]"],
            instead: Instead::Value(json!({"t": "list", "v": [plain("int", &format!("1{}", "0".repeat(300)))]})),
            reason: "PostgreSQL keeps numbers of JSON as decimals, so that Python reads 1e300 as a whole number.",
        },
        Exception {
            places: POSTGRES,
            steps: RUST_FETCHES,
            types: &["enum('a','NULL')"],
            values: &["a", "NULL", "(null)"],
            instead: Instead::Error("enum_labels"),
            reason: "sqlx 0.9 cannot read an enum of PostgreSQL that has the value `NULL`.",
        },
    ]
}
