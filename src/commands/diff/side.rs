//! One side of a comparison: sources in files, sources in a git revision, or a database.

use std::collections::BTreeSet;
use std::path::PathBuf;

use djc_core::catalog::Catalog;
use djc_core::dialect::{Server, Target};
use djc_core::secret::without_passwords;
use djc_runtime::{Db, InspectOptions};

use super::super::compile::{Compiled, Request, compile};
use super::super::database::{DatabaseName, connect_to_read, database};
use super::super::ui::Channel;
use super::super::{Error, Ui};
use super::git::Revision;
use crate::config::Config;
use crate::diag::Level;

/// What an argument names.
#[derive(Debug)]
pub(super) enum Side {
    /// A file or folder.
    Path(PathBuf),
    /// A git revision.
    Revision(Revision),
    /// A database.
    Database(DatabaseName),
}

impl Side {
    /// Finds out what an argument names: `git:…`, a file or folder that exists, a database of djc.toml, or a URL.
    pub fn parse(name: &DatabaseName, config: &Config) -> Result<Side, Error> {
        let text = name.as_str();
        if let Some(rest) = text.strip_prefix("git:") {
            return Revision::parse(rest).map(Side::Revision);
        }
        let path = PathBuf::from(text);
        if path.exists() {
            return Ok(Side::Path(path));
        }
        if config.databases.contains_key(text) || is_url(text) {
            return Ok(Side::Database(name.clone()));
        }
        let databases: Vec<String> = config.databases.keys().map(|name| format!("`{name}`")).collect();
        let known = if databases.is_empty() { "none".to_string() } else { databases.join(", ") };
        Err(Error::Usage(format!(
            "`{}` is no file or folder that exists, and no database of djc.toml (it has {known}): write a path, git:REVISION, a URL or such a name",
            without_passwords(text)
        )))
    }
}

/// Returns whether a text has the scheme of a URL; one letter before a colon is a drive.
fn is_url(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// A side that was read.
pub(super) enum Read {
    /// Sources that compile.
    Sources(Box<Compiled>),
    /// A database that is connected to.
    Database(Box<Db>),
}

impl Read {
    /// Reads sources, or connects.
    ///
    /// # Errors
    /// When sources have errors, which are reported before: a part of a pipeline is nothing to compare.
    pub async fn of(ui: &Ui, side: &Side, config: &Config, root: &std::path::Path) -> Result<Read, Error> {
        let compiled = match side {
            Side::Database(name) => {
                let url = database(ui, Some(name), config, root)?;
                return connect_to_read(ui, &url).await.map(|db| Read::Database(Box::new(db)));
            }
            Side::Path(path) => compile(ui, &Request { paths: std::slice::from_ref(path), ..Request::default() })?,
            Side::Revision(revision) => {
                let tree = revision.read()?;
                // Without a path the whole project of the place counts.
                let paths = if tree.narrowed { vec![tree.place()] } else { Vec::new() };
                let directory = if tree.narrowed { tree.top().to_path_buf() } else { tree.place() };
                let request =
                    Request { paths: &paths, directory: Some((&directory, tree.top())), label: revision.prefix(), ..Request::default() };
                compile(ui, &request)?
            }
        };
        if compiled.has_errors() {
            let errors: Vec<_> = compiled.diagnostics.iter().filter(|found| found.level == Level::Error).cloned().collect();
            ui.report(Channel::Err, compiled.sources(), &errors)?;
            let what = match side {
                Side::Path(path) => path.display().to_string(),
                Side::Revision(revision) => revision.prefix().trim_end_matches(':').to_string(),
                Side::Database(_) => String::new(),
            };
            return Err(Error::Usage(format!("`{what}` has errors, so there is nothing to compare")));
        }
        Ok(Read::Sources(Box::new(compiled)))
    }

    /// Returns the server, where the side is one.
    pub fn server(&self) -> Option<Server> {
        match self {
            Read::Sources(_) => None,
            Read::Database(db) => Some(db.server()),
        }
    }

    /// Returns the physical schemas that the side declares; `None` for a database, which may have others' as well.
    pub fn schemas(&self) -> Option<BTreeSet<String>> {
        match self {
            Read::Sources(compiled) => Some(compiled.wanted().iter().map(|id| compiled.names[id.0 as usize].clone()).collect()),
            Read::Database(_) => None,
        }
    }

    /// Returns the tables as a server holds them, normalised. `schemas` says which a database is asked for.
    pub async fn catalog(&mut self, target: &Target, other: Option<&mut Db>, schemas: Option<Vec<String>>) -> Result<Catalog, Error> {
        match self {
            Read::Database(db) => {
                let options = InspectOptions { schemas, ..InspectOptions::default() };
                Ok(db.inspect(&options).await.map_err(Box::new)?.catalog)
            }
            Read::Sources(compiled) => {
                // A schema that exists keeps its charset.
                if let Some(db) = other {
                    compiled.live_charsets = db.charsets_of(&compiled.names).await.map_err(Box::new)?;
                }
                Ok(compiled.catalog(target))
            }
        }
    }
}
