//! Steps of a migration that a person wrote: what cannot follow from two definitions, as splitting or merging tables.
//!
//! `hand.toml` lists them. A step is SQL in files beside it, or a command; a query proves it done. In SQL, `${lab.Subject}` stands for the table under the
//! name and in the quotes of the server, `${NAME}` for a variable of schema names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::history::Folder;
use super::mapping::Moment;
use crate::core::dialect::Server;
use crate::core::plan::{HandStep, Script, TableName};
use crate::core::source::{FileId, Span};
use crate::diag::{Sink, codes};

/// The file that lists them.
pub const FILE: &str = "hand.toml";

/// A step as `hand.toml` says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandWritten {
    /// What it does, for people.
    pub summary: String,
    /// When it runs.
    #[serde(default = "between")]
    pub moment: Moment,
    /// The file with its SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<PerServer>,
    /// Or a command, run in the folder of the migration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// A query that proves it done: it brings no rows, or 0.
    pub check: PerServer,
    /// The tables that it changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub touches: Vec<String>,
    /// What takes it back; without it a rollback leaves its effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
}

/// What takes a step back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// The file with its SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<PerServer>,
    /// Or a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// A query that proves it done.
    pub check: PerServer,
}

/// One text for all servers, or one for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PerServer {
    /// For all.
    All(String),
    /// By dialect: `mysql`, `postgres`, `sqlite`.
    Each(BTreeMap<String, String>),
}

impl PerServer {
    fn get(&self, server: Server) -> Option<&str> {
        match self {
            PerServer::All(text) => Some(text),
            PerServer::Each(texts) => texts.get(server.dialect().facts().name).map(String::as_str),
        }
    }

    fn texts(&self) -> Vec<&str> {
        match self {
            PerServer::All(text) => vec![text],
            PerServer::Each(texts) => texts.values().map(String::as_str).collect(),
        }
    }
}

fn between() -> Moment {
    Moment::Between
}

/// Reads `hand.toml`; what is wrong with it is reported.
pub(super) fn read(file: FileId, text: &str, sink: &mut Sink) -> Vec<HandWritten> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Whole {
        #[serde(default)]
        step: Vec<HandWritten>,
    }
    match toml::from_str::<Whole>(text) {
        Ok(whole) => whole.step,
        Err(error) => {
            let range = error.span().unwrap_or(0..0);
            let message = error.message().lines().next().unwrap_or("this is not TOML").to_string();
            let found = codes::HAND_STEP.at(Span::new(file, range.start, range.end), message);
            sink.report(found.help("a `[[step]]` has `summary`, `moment`, `sql` or `command`, `check`, `touches` and `undo`"));
            Vec::new()
        }
    }
}

/// Puts names in for `${…}`: tables, variables.
pub type Expand<'a> = &'a dyn Fn(&str) -> Option<String>;

impl HandWritten {
    /// Returns what keeps the step from running, in words.
    pub fn faults(&self, files: &Folder) -> Vec<String> {
        let mut out = Vec::new();
        let mut scripts = vec![("", &self.sql, &self.command, &self.check)];
        scripts.extend(self.undo.iter().map(|undo| ("the undo ", &undo.sql, &undo.command, &undo.check)));
        if self.summary.trim().is_empty() {
            out.push("`summary` does not say what it does".to_string());
        }
        for (which, sql, command, check) in scripts {
            match (sql, command) {
                (Some(_), Some(_)) => out.push(format!("{which}has both `sql` and `command`")),
                (None, None) => out.push(format!("{which}has neither `sql` nor `command`")),
                (None, Some(command)) if command.is_empty() => out.push(format!("{which}has an empty `command`")),
                (None, Some(_)) => {}
                (Some(sql), None) => {
                    for path in sql.texts() {
                        match files.get(path).map(|bytes| String::from_utf8_lossy(bytes)) {
                            None => out.push(format!("`{path}` is missing")),
                            Some(text) if is_empty(&text) => out.push(format!("`{path}` has no statement")),
                            Some(_) => {}
                        }
                    }
                }
            }
            if check.texts().iter().any(|check| check.trim().is_empty()) || check.texts().is_empty() {
                out.push(format!("{which}has no `check`, so nobody could tell whether it was done"));
            }
        }
        out
    }

    /// Returns the step for a server; `None` where nothing is written for it.
    pub fn step(&self, server: Server, files: &Folder, touches: Vec<TableName>, expand: Expand<'_>) -> Option<HandStep> {
        let run = script(&self.sql, &self.command, server, files, expand)?;
        let check = expanded(self.check.get(server)?, expand);
        Some(HandStep { summary: self.summary.clone(), run, check, touches })
    }

    /// Returns the step that takes it back.
    pub fn undo_step(&self, server: Server, files: &Folder, touches: Vec<TableName>, expand: Expand<'_>) -> Option<HandStep> {
        let undo = self.undo.as_ref()?;
        let run = script(&undo.sql, &undo.command, server, files, expand)?;
        let check = expanded(undo.check.get(server)?, expand);
        Some(HandStep { summary: format!("undo: {}", self.summary), run, check, touches })
    }
}

impl Moment {
    /// Returns when the way back takes the step back.
    pub fn mirrored(self) -> Moment {
        match self {
            Moment::First => Moment::Last,
            Moment::Between => Moment::Between,
            Moment::Last => Moment::First,
        }
    }
}

fn script(sql: &Option<PerServer>, command: &Option<Vec<String>>, server: Server, files: &Folder, expand: Expand<'_>) -> Option<Script> {
    if let Some(command) = command {
        return Some(Script::Command(command.clone()));
    }
    let bytes = files.get(sql.as_ref()?.get(server)?)?;
    Some(Script::Sql(expanded(&String::from_utf8_lossy(bytes), expand)))
}

/// Returns the text with the names put in; what is not known stays.
fn expanded(text: &str, expand: Expand<'_>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(end) = rest[start..].find('}') else { break };
        out.push_str(&rest[..start]);
        let word = &rest[start + 2..start + end];
        out.push_str(&expand(word).unwrap_or_else(|| rest[start..=start + end].to_string()));
        rest = &rest[start + end + 1..];
    }
    out.push_str(rest);
    out
}

/// Returns whether a script has nothing but comments.
fn is_empty(sql: &str) -> bool {
    sql.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with("--"))
}

/// Returns the files that a person fills in.
pub fn template() -> Vec<(&'static str, String)> {
    let toml = include_str!("hand/hand.toml").to_string();
    vec![(FILE, toml), ("hand/step.sql", include_str!("hand/step.sql").to_string())]
}
