//! A history as the files have it, with the settings around it. No source is read: what a database should be is in the history.

use std::collections::{BTreeMap, BTreeSet};

use djc_core::source::SourceMap;
use djc_runtime::migrate::Ledger;

use super::super::ui::Channel;
use super::super::{Error, Exit, Ui};
use super::folder::Histories;
use crate::diag::{Diagnostic, Level};
use crate::migrate::{History, Migration, Naming};
use crate::project::{self, LoadOptions, Settings};

/// The files.
pub(super) struct Opened {
    /// djc.toml.
    pub settings: Settings,
    /// The texts that findings point into.
    pub sources: SourceMap,
    /// The project's own history, and those of packages below.
    pub histories: Histories,
    /// Variables of schema names.
    pub vars: BTreeMap<String, String>,
}

impl Opened {
    /// Reads djc.toml and the history. What is wrong with them is reported, and then there is nothing to work with.
    pub fn read(ui: &Ui) -> Result<Result<Opened, Exit>, Error> {
        let options = LoadOptions::new(".");
        let mut settings = project::settings(&options)?;
        let mut sources = std::mem::take(&mut settings.sources);
        let mut sink = std::mem::take(&mut settings.sink);
        let histories = Histories::read(&settings.root, &settings.config, &mut sources, &mut sink)?;
        let mut vars = settings.config.vars.clone();
        vars.extend(options.environment);
        vars.extend(ui.vars().iter().cloned());
        let found: Vec<Diagnostic> = sink.into_sorted().into_iter().filter(|it| it.level == Level::Error).collect();
        if !found.is_empty() {
            ui.report(Channel::Err, &sources, &found)?;
            return Ok(Err(Exit::Findings));
        }
        let opened = Opened { settings, sources, histories, vars };
        if opened.history().migrations.is_empty() {
            return Err(Error::Usage(format!(
                "there is no migration in `{}`; `djc migrate new init` makes the first one of what the sources declare",
                opened.histories.place
            )));
        }
        opened.check_variables()?;
        Ok(Ok(opened))
    }

    /// Returns the project's own history.
    pub fn history(&self) -> &History {
        &self.histories.own
    }

    /// Returns how many migrations lead to the named one; all of them where none is named.
    pub fn count_to(&self, word: Option<&str>) -> Result<usize, Error> {
        let migrations = &self.history().migrations;
        let Some(word) = word else { return Ok(migrations.len()) };
        let found = self.history().find(word).and_then(|found| migrations.iter().position(|it| it.folder == found.folder));
        found.map(|at| at + 1).ok_or_else(|| {
            let (first, last) = (&migrations[0].folder, &migrations[migrations.len() - 1].folder);
            Error::Usage(format!("there is no migration `{word}` in `{}`: it has `{first}` to `{last}`", self.histories.place))
        })
    }

    /// Returns the physical names of all schemas that any state has.
    pub fn schema_names(&self) -> Vec<String> {
        let naming = Naming::Variables(&self.vars);
        let names: BTreeSet<String> = self.history().migrations.iter().flat_map(|it| naming.names(&it.state.pipeline)).collect();
        names.into_iter().collect()
    }

    /// Returns where it is noted what a database has. Without a setting that is a schema of the first migration, which stays when others come and go.
    pub fn ledger(&self) -> Ledger {
        match self.settings.config.migrate.ledger.as_deref() {
            Some(place) => match (place.strip_prefix("file:"), place.split_once('.')) {
                (Some(path), _) => Ledger::file(self.settings.root.join(path)),
                (None, Some((schema, table))) => Ledger::table(self.resolved(schema), table),
                (None, None) => Ledger::in_schema(self.resolved(place)),
            },
            None => Ledger::in_schema(self.first_schema()),
        }
    }

    /// Returns the physical name of the first schema that the first migration owns.
    pub fn first_schema(&self) -> String {
        let Migration { manifest, state, .. } = &self.history().migrations[0];
        let naming = Naming::Variables(&self.vars);
        let owned = state.pipeline.schemas.iter().find(|schema| manifest.owns.contains(&schema.module));
        owned.or(state.pipeline.schemas.first()).map_or_else(|| self.histories.name.clone(), |schema| naming.name(&schema.name))
    }

    /// Puts variables into a name of djc.toml.
    fn resolved(&self, name: &str) -> String {
        Naming::Variables(&self.vars).name(&djc_core::ir::SchemaName::new(name))
    }

    /// Says which variable of a schema name is not set.
    fn check_variables(&self) -> Result<(), Error> {
        for schema in self.history().migrations.iter().flat_map(|it| &it.state.pipeline.schemas) {
            if let Err(error) = schema.name.resolve(&self.vars) {
                let variable = &error.variable;
                return Err(Error::Usage(format!(
                    "schema `{}`: {error}; set it: `--var {variable}=VALUE`, or the environment variable",
                    schema.module
                )));
            }
        }
        Ok(())
    }
}
