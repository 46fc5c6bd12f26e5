//! What this crate does to real servers.
//!
//! SQLite is always there. `DJC_TEST_MARIADB`, `DJC_TEST_POSTGRES` and `DJC_TEST_MYSQL` hold the URLs of the others
//! (`cargo xtask servers -- CMD` sets them); one that is not set is skipped aloud, and is a failure when
//! `DJC_REQUIRE_SERVERS` is set. Every test uses schemas of its own and drops them.

#[path = "live/account.rs"]
mod account;
#[path = "live/algebra.rs"]
mod algebra;
#[path = "live/alter.rs"]
mod alter;
#[path = "live/connect.rs"]
mod connect;
#[path = "live/connection.rs"]
mod connection;
#[path = "live/delete.rs"]
mod delete;
#[path = "live/deploy.rs"]
mod deploy;
#[path = "live/fetch.rs"]
mod fetch;
#[path = "live/guidance.rs"]
mod guidance;
#[path = "live/insert.rs"]
mod insert;
#[path = "live/inspect.rs"]
mod inspect;
#[path = "live/migrate.rs"]
mod migrate;
#[path = "live/names.rs"]
mod names;
#[path = "live/pipeline.rs"]
mod pipeline;
#[path = "live/predicate.rs"]
mod predicate;
#[path = "live/status.rs"]
mod status;
#[path = "live/store.rs"]
mod store;
#[path = "live/support.rs"]
mod support;
#[path = "live/typed.rs"]
mod typed;
#[path = "live/types.rs"]
mod types;
#[path = "live/unseen.rs"]
mod unseen;
