//! From what a program says to a session, with what is worth knowing about the way.

use std::collections::BTreeMap;
use std::path::Path;

use djc_core::secret::is_secret;
use djc_core::settings::Origin;

use super::Options;
use crate::config::{Found, Part, Resolved, Surroundings, Wanted};
use crate::db::Db;
use crate::fault::{Error, ErrorKind};
use crate::url::{DatabaseUrl, Tls};

/// A session and what is worth knowing about it.
pub(super) struct Opened {
    pub db: Db,
    pub notices: Vec<String>,
}

/// Connects to what a text names.
pub(super) async fn open(text: &str, options: &Options) -> Result<Opened, Error> {
    let (resolved, mut notices) = resolve(text)?;
    let mut session = options.session.clone();
    session.reconnect = match resolved.settings.value("database.reconnect") {
        Some((value, _)) => value.as_bool().unwrap_or(true),
        None => true,
    };
    let mut db = Db::connect(&resolved.url, &session).await.map_err(|error| {
        let fault = Error::new(ErrorKind::Connect, error.to_string());
        told(&resolved, error.help().into_iter().fold(fault, Error::next_step))
    })?;
    if let DatabaseUrl::SqliteFile(_) = &resolved.url
        && !session.read_only
    {
        // Readers and one writer at once; a file system that cannot keeps what it has.
        let _ = db.query("PRAGMA journal_mode = WAL", &[]).await;
    }
    if let DatabaseUrl::Server(location) = &resolved.url
        && db.is_exposed()
    {
        let how = match location.tls() {
            Tls::Preferred => "the server offers no encryption",
            Tls::Off | Tls::Required | Tls::Files(_) => "encryption is switched off",
        };
        notices.push(format!("everybody on the way to {} can read along: {how}", location.host));
    }
    Ok(Opened { db, notices })
}

/// Adds where each part of the address came from; a password is `***`.
fn told(resolved: &Resolved, fault: Error) -> Error {
    let origin = |origin: &Origin| match origin {
        Origin::CommandLine => "the URL".to_string(),
        Origin::Environment(_) | Origin::File(_) | Origin::Project(_) | Origin::SecretFile(_) | Origin::Default => origin.to_string(),
    };
    let said = |(part, value, from): &(Part, String, Origin)| (part.word(), format!("{value} ({})", origin(from)));
    let words: Vec<String> = resolved.parts.iter().map(said).map(|(part, value)| format!("{part} {value}")).collect();
    resolved
        .parts
        .iter()
        .map(said)
        .fold(fault.cause(format!("it was tried with {}", words.join(", "))), |fault, (part, value)| fault.value(part, value))
}

/// Finds out what a text names.
fn resolve(text: &str) -> Result<(Resolved, Vec<String>), Error> {
    let around = Surroundings::of_process();
    let refused = |error: crate::config::ResolveError| {
        Error::new(ErrorKind::Connect, error.to_string()).next_step(
            "name the database: `sqlite:FILE`, `mysql://USER@HOST`, `postgres://USER@HOST/NAME`, or a file of datajoint's settings",
        )
    };
    let is_file = text.ends_with(".json") && !text.contains("://");
    let (found, wanted) = match text {
        "" => (Found::read(&around), Wanted::Datajoint),
        path if is_file => (Found::of_file(&around, Path::new(path)), Wanted::Datajoint),
        url => (Found::read(&around), Wanted::Url(url)),
    };
    let (resolved, of_variables) = found.resolve(&wanted).map_err(refused)?;
    // What is odd about files that say nothing about this database is no matter.
    let from_files = matches!(wanted, Wanted::Datajoint);
    let notices = if from_files { found.notices.iter().chain(&of_variables).map(ToString::to_string).collect() } else { Vec::new() };
    Ok((resolved, notices))
}

/// Returns the variables of schema names: what the environment says, and over it what the program says.
///
/// Which variables a pipeline has is only known when one is used, so all are kept that may be one; datajoint's own and those that hold
/// secrets are none.
pub(super) fn variables(options: &Options) -> BTreeMap<String, String> {
    let is_variable = |name: &str| !name.starts_with("DJ_") && !name.starts_with("DJC_") && !is_secret(&name.to_ascii_lowercase());
    let mut out = Surroundings::of_process().variables.0;
    out.retain(|name, value| is_variable(name) && is_schema_part(value));
    out.extend(options.variables.clone());
    out
}

/// Returns whether a value may be part of the name of a schema.
fn is_schema_part(value: &str) -> bool {
    !value.is_empty() && value.len() <= 64 && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
