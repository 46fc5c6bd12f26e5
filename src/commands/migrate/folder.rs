//! The folders of histories: the project's own, and those of the packages below.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use djc_core::ir::Pipeline;
use djc_core::source::SourceMap;

use super::super::Error;
use super::super::compile::Compiled;
use super::super::new::project_name;
use crate::config::Config;
use crate::diag::{Sink, codes};
use crate::migrate::{self, Folder, History, Lowering, State};
use crate::project::{name_of, normal};

/// A file larger than this is not read: hand-written steps bring scripts, not data.
const FILE_MAX: u64 = 50_000_000;

/// The histories that a project has to do with.
pub(super) struct Histories {
    /// The name of the project's own.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The same as messages print it.
    pub place: String,
    /// What stands in it.
    pub own: History,
    /// Those of packages below, by name.
    pub used: BTreeMap<String, History>,
}

impl Histories {
    /// Reads them; what is wrong with their files is reported.
    pub fn read(root: &Path, config: &Config, sources: &mut SourceMap, sink: &mut Sink) -> Result<Histories, Error> {
        let here = std::path::absolute(".")?;
        let at = |dir: &str| {
            let folder = normal(&root.join(dir));
            let place = name_of(&folder, &here);
            (folder, place)
        };
        let (folder, place) = at(&config.migrate.dir);
        let own = migrate::read(&read_folder(&folder)?, &place, sources, sink);
        let said = config.migrate.name.clone().or_else(|| config.name.clone());
        let name = match said.or_else(|| own.name.clone()) {
            Some(name) => name,
            None => project_name(root)?,
        };
        let mut used = BTreeMap::new();
        for dir in &config.migrate.uses {
            let (folder, place) = at(&dir.value);
            let history = migrate::read(&read_folder(&folder)?, &place, sources, sink);
            match &history.name {
                Some(name) => drop(used.insert(name.clone(), history)),
                None => {
                    let found = codes::HISTORY_USED.at(dir.span, format!("`{place}`: there is no migration"));
                    sink.report(found.help("name the folder of a history, relative to that of djc.toml"));
                }
            }
        }
        migrate::used(&own, &place, &used, sink);
        Ok(Histories { name, folder, place, own, used })
    }

    /// Returns the modules of the histories below.
    pub fn used_modules(&self) -> BTreeSet<&String> {
        self.used.values().filter_map(History::head).flat_map(|head| &head.manifest.owns).collect()
    }

    /// Returns the modules of the sources whose tables are the project's to change.
    pub fn owned(&self, pipeline: &Pipeline) -> BTreeSet<String> {
        let used = self.used_modules();
        pipeline
            .schemas
            .iter()
            .filter(|schema| schema.owned && !used.contains(&schema.module))
            .map(|schema| schema.module.clone())
            .collect()
    }

    /// Returns the heads of the histories below, which a migration notes.
    pub fn used_heads(&self) -> BTreeMap<String, String> {
        self.used.iter().filter_map(|(name, history)| Some((name.clone(), history.head()?.hash.clone()))).collect()
    }
}

/// Returns the state that sources declare.
pub(super) fn state_of(compiled: &Compiled, owned: &BTreeSet<String>) -> State {
    let options = compiled.lowering();
    let lowering = Lowering {
        add_hidden_timestamp: options.add_hidden_timestamp,
        add_job_metadata: options.add_job_metadata,
        provenance: options.provenance,
        mixed_parents: options.mixed_parents,
    };
    State::new(&compiled.pipeline, owned, lowering)
}

/// Reads all files below a folder; nothing where there is no such folder.
fn read_folder(folder: &Path) -> Result<Folder, Error> {
    let mut out = Folder::new();
    let mut open = vec![(folder.to_path_buf(), String::new())];
    while let Some((at, prefix)) = open.pop() {
        let failed = |path: &Path, source: io::Error| Error::Read { path: path.to_path_buf(), source };
        let entries = match fs::read_dir(&at) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound && prefix.is_empty() => return Ok(out),
            Err(error) => return Err(failed(&at, error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| failed(&at, error))?;
            let (path, name) = (entry.path(), format!("{prefix}{}", entry.file_name().to_string_lossy()));
            let about = fs::metadata(&path).map_err(|error| failed(&path, error))?;
            if about.is_dir() {
                // What Python and editors leave behind is no part of a migration.
                let left = name.rsplit('/').next().is_some_and(|name| name.starts_with('.') || name == "__pycache__");
                if !left {
                    open.push((path, format!("{name}/")));
                }
            } else if about.is_file() && !prefix.is_empty() {
                if about.len() > FILE_MAX {
                    let megabytes = about.len() / 1_000_000;
                    return Err(Error::Usage(format!("`{}` has {megabytes} MB, which is no script; keep data elsewhere", path.display())));
                }
                out.insert(name, fs::read(&path).map_err(|error| failed(&path, error))?);
            }
        }
    }
    Ok(out)
}
