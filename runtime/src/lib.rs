//! What djc and the code it generates need of a live DataJoint database.
//!
//! sqlx ends in this crate. [`config`] finds out which server is meant, [`DatabaseUrl`] says it, [`Db`] is one dedicated connection to
//! it, [`inspect`] reads what is there into the catalog model of `djc-core` and says what its account may not see, and [`deploy`]
//! creates what is missing. The least account for deploying has `CREATE`, `REFERENCES`, `INDEX`, `INSERT` and `SELECT`.
//!
//! Generated code stands on the other half: [`connect`] gives a [`Connection`], a [`Query`] is a relation over typed tables ([`table`]), [`field`] is what
//! attributes are in Rust, and an [`Error`] says what to do next.

mod blocking;
pub mod codec;
pub mod config;
pub mod connection;
mod db;
pub mod delete;
pub mod deploy;
mod encode;
mod error;
pub mod fault;
pub mod fetch;
pub mod field;
pub mod insert;
pub mod inspect;
pub mod migrate;
mod run;
pub mod status;
pub mod store;
pub mod table;
mod url;
mod value;

pub use chrono;
pub use connection::{Connection, Options, Session, Transaction, connect};
pub use db::{ConnectOptions, Db};
pub use djc_core as core;
pub use djc_core::secret::Secret;
pub use error::{ConnectError, ServerCode, SqlError};
pub use fault::{Error, ErrorKind};
pub use futures_util::{StreamExt, TryStreamExt};
pub use inspect::{InspectOptions, Inspection};
pub use rust_decimal;
pub use serde_json;
pub use table::Query;
pub use url::{DatabaseUrl, Family, Location, Tls, TlsFiles, UrlError};
pub use uuid;
pub use value::{Row, SqlValue};
