//! What djc and the code it generates need of a live DataJoint database.
//!
//! sqlx ends in this crate. [`config`] finds out which server is meant, [`DatabaseUrl`] says it, [`Db`] is one dedicated connection to
//! it, [`inspect`] reads what is there into the catalog model of `djc-core` and says what its account may not see, and [`deploy`]
//! creates what is missing. The least account for deploying has `CREATE`, `REFERENCES`, `INDEX`, `INSERT` and `SELECT`.

pub mod config;
mod db;
pub mod deploy;
mod error;
pub mod inspect;
pub mod migrate;
mod run;
pub mod status;
mod url;
mod value;

pub use db::{ConnectOptions, Db};
pub use djc_core::secret::Secret;
pub use error::{ConnectError, Error, ServerCode};
pub use inspect::{InspectOptions, Inspection};
pub use url::{DatabaseUrl, Family, Location, Tls, TlsFiles, UrlError};
pub use value::{Row, SqlValue};
