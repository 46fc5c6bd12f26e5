//! Which database `--database` means, and who logs in.
//!
//! A URL, or the name of a `[database.NAME]` of `djc.toml`, completed by the environment and by the settings of datajoint
//! ([`djc_runtime::config`]). What is odd about those settings becomes a finding with a place in their file; no password is ever printed.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use djc_core::secret::without_passwords;
use djc_core::settings::{Problem, ProblemKind};
use djc_core::source::{SourceMap, Span};
use djc_runtime::config::{Found, Notice, Resolved, Surroundings, Wanted};
use djc_runtime::{ConnectOptions, DatabaseUrl, Db, Tls};

use super::ui::Channel;
use super::{Error, Format, Ui};
use crate::config::Config;
use crate::diag::codes::{
    SETTINGS_EXPOSED, SETTINGS_KEY, SETTINGS_SHADOWED, SETTINGS_SYNTAX, SETTINGS_UNREADABLE, SETTINGS_VALUE, SETTINGS_VARIABLE,
    STORE_PREFIXES,
};
use crate::diag::{Diagnostic, Fix, Level};

/// What stands behind `--database`. Printing it hides a password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseName(String);

impl DatabaseName {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseName {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(DatabaseName(text.to_string()))
    }
}

impl fmt::Display for DatabaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_passwords(&self.0))
    }
}

impl fmt::Debug for DatabaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Returns the database that is meant, the one of datajoint's own settings where none is named; what keeps those settings from
/// working is reported. A file that `djc.toml` names is relative to its folder.
pub(super) fn database(ui: &Ui, name: Option<&DatabaseName>, config: &Config, root: &Path) -> Result<DatabaseUrl, Error> {
    let found = Found::read(&Surroundings::of_process());
    let (resolved, notices) = resolve(&found, name, config, root)?;
    if ui.format() == Format::Human {
        let mut sources = SourceMap::new();
        let mut diagnostics = diagnostics(&found, &notices, &mut sources);
        let from = |file: &Option<String>| resolved.parts.iter().any(|(_, _, origin)| Some(origin.to_string()) == *file);
        // Lesser things are told by `djc config`, and a file that others may read where it is used.
        let exposed =
            |found: &Diagnostic| found.code.id != SETTINGS_EXPOSED.id || from(&found.span.map(|span| sources.file(span.file).name.clone()));
        diagnostics.retain(|found| found.level >= Level::Warning && exposed(found));
        ui.list(Channel::Err, &sources, &diagnostics)?;
    }
    Ok(resolved.url)
}

/// Returns the database with where each part of its address came from.
pub(super) fn resolve(found: &Found, name: Option<&DatabaseName>, config: &Config, root: &Path) -> Result<(Resolved, Vec<Notice>), Error> {
    let usage = |error: djc_runtime::config::ResolveError| Error::Usage(error.to_string());
    let text = name.map(DatabaseName::as_str);
    let named = text.and_then(|text| config.databases.get_key_value(text));
    let wanted = match (named, text) {
        (Some((name, database)), _) => Wanted::Named { name, url: &database.url },
        (None, Some(text)) if !text.contains(':') => return Err(unknown(text, config)),
        (None, Some(text)) => Wanted::Url(text),
        (None, None) => Wanted::Datajoint,
    };
    let (mut resolved, notices) = found.resolve(&wanted).map_err(usage)?;
    if let (Some(_), DatabaseUrl::SqliteFile(path)) = (named, &resolved.url)
        && std::env::current_dir().is_ok_and(|here| here != root)
    {
        resolved.url = DatabaseUrl::SqliteFile(root.join(path));
    }
    Ok((resolved, notices))
}

/// Opens a connection that can only read.
pub(super) async fn connect_to_read(ui: &Ui, url: &DatabaseUrl) -> Result<Db, Error> {
    let options = ConnectOptions { read_only: true, ..ConnectOptions::default() };
    let db = Db::connect(url, &options).await.map_err(Box::new)?;
    warn_if_exposed(ui, &db)?;
    Ok(db)
}

/// Says that the server has no encryption, where the connection leaves this machine and nobody asked for that.
pub(super) fn warn_if_exposed(ui: &Ui, db: &Db) -> Result<(), Error> {
    if db.is_exposed() && !matches!(db.url(), DatabaseUrl::Server(location) if location.tls() == Tls::Off) {
        ui.say("warning: the server offers no encryption, so the connection has none (`?tls=required` refuses it, `?tls=off` is silent)")?;
    }
    Ok(())
}

fn unknown(text: &str, config: &Config) -> Error {
    let known: Vec<String> = config.databases.keys().map(|name| format!("`{name}`")).collect();
    let known = match known.as_slice() {
        [] => "djc.toml names no database".to_string(),
        known => format!("djc.toml has {}", known.join(", ")),
    };
    Error::Usage(format!("there is no database `{text}`: {known}; or write a URL: mysql://HOST, postgres://HOST, sqlite:FILE"))
}

/// Returns what is odd about the settings of datajoint; adds the texts that the places are in, without their passwords.
pub(super) fn diagnostics(found: &Found, of_variables: &[Notice], sources: &mut SourceMap) -> Vec<Diagnostic> {
    for file in &found.files {
        sources.add(file.name.clone(), file.text.as_str());
    }
    found.notices.iter().chain(of_variables).map(|notice| diagnostic(sources, notice)).collect()
}

fn diagnostic(sources: &mut SourceMap, notice: &Notice) -> Diagnostic {
    let mut head = |file: &str| {
        let id = sources.files().find(|(_, known)| known.name == file).map(|(id, _)| id);
        let id = id.unwrap_or_else(|| sources.add(file, ""));
        Span::new(id, 0, 0)
    };
    match notice {
        Notice::Setting(problem) => of_setting(sources, problem),
        Notice::Unread { file, cause } => SETTINGS_UNREADABLE.anywhere(format!("cannot read `{file}`: {cause}")),
        Notice::Shadowed { file, by } => SETTINGS_SHADOWED
            .at(head(file), format!("`{file}` does not count beside `{by}`"))
            .help("datajoint 2 reads the one, datajoint 0.14 the other; a database that is named gets its login from the file that names its host"),
        Notice::Exposed { file } => SETTINGS_EXPOSED
            .at(head(file), format!("`{file}` holds a password and may be read by other users of this machine"))
            .help(format!("chmod 600 {file}")),
    }
}

fn of_setting(sources: &SourceMap, problem: &Problem) -> Diagnostic {
    let code = match &problem.kind {
        ProblemKind::Malformed { .. } => &SETTINGS_SYNTAX,
        ProblemKind::UnknownKey { .. } => &SETTINGS_KEY,
        ProblemKind::Value { .. } => &SETTINGS_VALUE,
        ProblemKind::StorePrefixes { .. } => &STORE_PREFIXES,
        ProblemKind::IgnoredVariable { .. } => &SETTINGS_VARIABLE,
    };
    let file = sources.files().find(|(_, file)| Some(&file.name) == problem.file.as_ref()).map(|(id, _)| id);
    let span = file.zip(problem.at.clone()).map(|(file, at)| Span::new(file, at.start, at.end));
    let found = Diagnostic { span: span.or(file.map(|file| Span::new(file, 0, 0))), ..code.anywhere(problem.kind.to_string()) };
    match (&problem.kind, span) {
        (ProblemKind::Malformed { .. }, _) => found.help("nothing of the file is used; datajoint 0.14 stops at it, and datajoint 2 warns"),
        (ProblemKind::UnknownKey { near: Some(near), .. }, Some(span)) if problem.at.is_some() => {
            let near = near.rsplit('.').next().filter(|_| !sources.text(span).contains('.')).unwrap_or(near);
            let fix = Fix::likely(format!("write `{near}`"), span, format!("\"{near}\""));
            found.help(format!("it does nothing; did you mean `{near}`?")).fix(fix)
        }
        (ProblemKind::UnknownKey { .. }, _) => found.help("it does nothing; settings of a laboratory's own stand below `custom`"),
        (ProblemKind::Value { .. }, _) => found.help("what stands there is not used"),
        (ProblemKind::StorePrefixes { .. }, _) => {
            found.help("give each section a folder of its own; datajoint 2 refuses the store as soon as it is used")
        }
        (ProblemKind::IgnoredVariable { .. }, _) => {
            found.help("write the value into the settings file, or name the database: `--database URL`")
        }
    }
}

/// Returns what a command waits for a server with: one thread, since it has one connection.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Print)
}
