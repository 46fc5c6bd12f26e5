//! Reading a project: where files, folders and the environment enter.
//!
//! [`Project::load`] finds `djc.toml`, lists and reads the sources and parses them; [`compile`] does the rest without touching the
//! world. What is wrong with a file is a diagnostic, so that the others are still read; only what leaves nothing to work
//! on is a [`ProjectError`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use crate::config::{self, Config};
use crate::core::ir::{Charset, Generation, Pipeline, TableId};
use crate::core::nearest::nearest;
use crate::core::secret::{masked, without_passwords};
use crate::core::source::{FileId, SourceMap, Span};
use crate::diag::{Diagnostic, Fix, Sink, codes};
use crate::migrate::{self, Declared, State};
use crate::parallel;
use crate::parser::{self, ast};
use crate::resolve::{self, report_same_table};

/// The file with the settings of a project.
pub const CONFIG_NAME: &str = "djc.toml";

/// Sources larger than this are refused: no pipeline is, and a data file named by mistake may be.
const SOURCE_MAX: u64 = 50_000_000;

/// What to read, and what wins over the files.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// The working folder: paths and names of files are relative to it.
    pub directory: PathBuf,
    /// Files and folders; empty for the sources that `djc.toml` names.
    pub paths: Vec<PathBuf>,
    /// Variables of the environment.
    pub environment: BTreeMap<String, String>,
    /// Variables of the command line.
    pub vars: Vec<(String, String)>,
    /// A generation that wins over `djc.toml`.
    pub generation: Option<Generation>,
    /// A charset that wins over `djc.toml`.
    pub charset: Option<Charset>,
    /// Texts that count instead of what the disk holds, by the name that messages print.
    pub unsaved: BTreeMap<String, String>,
}

impl LoadOptions {
    /// Returns the options for the project in or above a folder, with the environment of the process.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        // What is not Unicode cannot be part of a schema name.
        let environment = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        LoadOptions {
            directory: directory.into(),
            paths: Vec::new(),
            environment: environment.collect(),
            vars: Vec::new(),
            generation: None,
            charset: None,
            unsaved: BTreeMap::new(),
        }
    }
}

/// A project that was read and parsed.
#[derive(Debug)]
pub struct Project {
    /// The folder of `djc.toml`, or the working folder.
    pub root: PathBuf,
    /// The settings.
    pub config: Config,
    /// All texts, `djc.toml` included.
    pub sources: SourceMap,
    /// The trees, in order of their paths.
    pub files: Vec<ast::File>,
    /// The files that the paths meant; all when there were no paths. Names resolve against all files.
    pub selected: BTreeSet<FileId>,
    /// Variables of schema names: `djc.toml`, then the environment, then the command line.
    pub vars: BTreeMap<String, String>,
    /// The same without the environment: what generated code takes where the environment of its own run says nothing.
    pub defaults: BTreeMap<String, String>,
    /// What was found while reading and parsing.
    pub sink: Sink,
}

/// Why there is nothing to work on; exit 2.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// A path that was given does not exist.
    #[error("no file or folder `{}`", without_passwords(&path.to_string_lossy()))]
    NotFound {
        /// As given.
        path: PathBuf,
    },
    /// `djc.toml` or a folder cannot be read.
    #[error("cannot read `{}`", without_passwords(&path.to_string_lossy()))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `djc.toml` is no text.
    #[error("`{}` is not UTF-8 text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// Paths of two projects.
    #[error("`{}` and `{}` belong to two projects; run djc once for each", first.display(), second.display())]
    TwoProjects {
        /// The settings of one.
        first: PathBuf,
        /// The settings of the other.
        second: PathBuf,
    },
    /// No path, no `djc.toml`, no source.
    #[error("nothing to read in `{}`: no `djc.toml` here or above, and no `.dj` file; name a path, or start with `djc new`", directory.display())]
    Nothing {
        /// The working folder.
        directory: PathBuf,
    },
}

/// The result of all pure passes up to the model.
#[derive(Debug)]
pub struct Compiled {
    /// The model.
    pub pipeline: Pipeline,
    /// The physical names of its schemas, by [`SchemaId`](crate::core::ir::SchemaId); a name with an unset variable is its template.
    pub names: Vec<String>,
    /// All findings so far, those of reading and parsing included, by place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Project {
    /// Reads the project that the options mean.
    ///
    /// # Errors
    /// When a path does not exist, `djc.toml` cannot be read, or there is nothing to read; all else is in the sink.
    pub fn load(options: &LoadOptions) -> Result<Self, ProjectError> {
        let Found { directory, root, mut config, mut sources, mut sink, paths: found, wanted, foreign } = find(options)?;
        let mut texts = Vec::new();
        let mut selected = BTreeSet::new();
        for path in &found {
            let name = name_of(path, &directory);
            if let Some(file) = read_source(path, &name, &options.unsaved, &mut sources, &mut sink) {
                texts.push(file);
                if options.paths.is_empty() || wanted.contains(path) {
                    selected.insert(file);
                }
            }
        }
        let mut files = parse_all(&sources, &texts, &mut sink);
        let mut vars = BTreeMap::new();
        if !foreign.is_empty() {
            let unsaved = &options.unsaved;
            let mut read =
                Reading { config: &config, unsaved, sources: &mut sources, sink: &mut sink, selected: &mut selected, vars: &mut vars };
            let found = read.foreign(&foreign, &directory, !options.paths.is_empty())?;
            files.extend(found.trees);
            for (name, type_text) in found.adapters {
                config.adapters.entry(name).or_insert(config::Adapter { type_text, span: Span::default() });
            }
            for (name, class) in found.mixins {
                config.mixins.entry(name).or_insert(config::Mixin { class, part: None, span: Span::default() });
            }
        }
        files.extend(below(&root, &directory, &mut config, &files, &mut sources, &mut sink));
        vars.extend(config.vars.clone());
        let mut defaults = vars.clone();
        defaults.extend(options.vars.iter().cloned());
        vars.extend(options.environment.clone());
        vars.extend(options.vars.iter().cloned());
        Ok(Project { root, config, sources, files, selected, vars, defaults, sink })
    }
}

/// Returns the tables of the histories below, for modules that no source declares.
fn below(
    root: &Path,
    directory: &Path,
    config: &mut Config,
    files: &[ast::File],
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Vec<ast::File> {
    let mut known: BTreeSet<String> = files.iter().flat_map(ast::File::schemas).map(|line| line.name.value.clone()).collect();
    let mut out = Vec::new();
    for dir in config.migrate.uses.clone() {
        let folder = normal(&root.join(&dir.value));
        let place = name_of(&folder, directory);
        let state = match newest_state(&folder) {
            Ok(state) => state,
            Err(message) => {
                let found = codes::HISTORY_USED.at(dir.span, format!("`{place}`: {message}"));
                sink.report(found.help("name the folder of a history, relative to that of djc.toml"));
                continue;
            }
        };
        for Declared { module, generation, text } in migrate::declared(&state) {
            if !known.insert(module.clone()) {
                continue;
            }
            let schema = config.schemas.entry(module.clone()).or_default();
            schema.generation.get_or_insert(generation);
            schema.owned = Some(false);
            let file = sources.add(format!("{place} ({module})"), text.as_str());
            out.push(parser::parse(file, &text, sink));
        }
    }
    out
}

/// Reads the state behind the newest migration of a history.
fn newest_state(folder: &Path) -> Result<State, String> {
    let unreadable = |path: &Path, error: io::Error| format!("cannot read `{}`: {error}", path.display());
    let mut manifests = BTreeMap::new();
    let none = || "there is no migration".to_string();
    let entries = fs::read_dir(folder).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => none(),
        _ => unreadable(folder, error),
    })?;
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(folder, error))?;
        let path = entry.path().join(migrate::MANIFEST);
        if path.is_file() {
            let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
            manifests.insert(entry.file_name().to_string_lossy().into_owned(), text);
        }
    }
    let newest = migrate::newest(&manifests).ok_or_else(none)?;
    let path = folder.join(newest).join(migrate::STATE);
    let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
    State::read(&text).map_err(|error| format!("`{newest}/{}`: {error}", migrate::STATE))
}

/// Returns the files that the options mean, in order, whether they can be read or not; relative to the working folder.
///
/// # Errors
/// As [`Project::load`].
pub fn list(options: &LoadOptions) -> Result<Vec<PathBuf>, ProjectError> {
    let found = find(options)?;
    let relative = |path: &PathBuf| if path.to_str().is_some() { PathBuf::from(name_of(path, &found.directory)) } else { path.clone() };
    Ok(found.paths.iter().map(relative).collect())
}

/// What `djc.toml` says, for commands that need no sources.
#[derive(Debug)]
pub struct Settings {
    /// The folder of `djc.toml`, or the working folder.
    pub root: PathBuf,
    /// The settings; the defaults without a file.
    pub config: Config,
    /// The text of `djc.toml`, without passwords.
    pub sources: SourceMap,
    /// What is wrong with it.
    pub sink: Sink,
}

/// Reads the `djc.toml` in or above the working folder, where there is one.
///
/// # Errors
/// When there is one that cannot be read.
pub fn settings(options: &LoadOptions) -> Result<Settings, ProjectError> {
    let directory = absolute(&options.directory)?;
    let path = find_settings(&directory, &[])?;
    read_settings(&directory, path.as_deref())
}

fn read_settings(directory: &Path, path: Option<&Path>) -> Result<Settings, ProjectError> {
    let root = path.and_then(Path::parent).unwrap_or(directory).to_path_buf();
    let mut settings = Settings { root, config: Config::default(), sources: SourceMap::new(), sink: Sink::new() };
    if let Some(path) = path {
        let bytes = fs::read(path).map_err(|source| ProjectError::Read { path: path.to_path_buf(), source })?;
        let text = String::from_utf8(bytes).map_err(|_| ProjectError::NotText { path: path.to_path_buf() })?;
        // Messages show lines of the file, and a URL in it may hold a password.
        let file = settings.sources.add(name_of(path, directory), masked(&text));
        settings.config = config::read(file, &text, &mut settings.sink);
    }
    Ok(settings)
}

/// What is known before any source is read.
struct Found {
    directory: PathBuf,
    root: PathBuf,
    config: Config,
    sources: SourceMap,
    sink: Sink,
    /// All files of the project.
    paths: BTreeSet<PathBuf>,
    /// Those that the command line means.
    wanted: BTreeSet<PathBuf>,
    /// Files in other languages and folders of them, and whether the command line means them.
    foreign: BTreeMap<PathBuf, bool>,
}

fn find(options: &LoadOptions) -> Result<Found, ProjectError> {
    let directory = absolute(&options.directory)?;
    let paths: Vec<PathBuf> = options.paths.iter().map(|path| normal(&directory.join(path))).collect();
    for (path, given) in paths.iter().zip(&options.paths) {
        if !path.exists() {
            return Err(ProjectError::NotFound { path: given.clone() });
        }
    }
    let settings = find_settings(&directory, &paths)?;
    let Settings { root, mut config, sources, mut sink } = read_settings(&directory, settings.as_deref())?;
    if let Some(generation) = options.generation {
        config.generation = generation;
        config.schemas.values_mut().for_each(|schema| schema.generation = None);
    }
    if let Some(charset) = &options.charset {
        config.charset = charset.clone();
        config.schemas.values_mut().for_each(|schema| schema.charset = None);
    }
    let mut found: BTreeSet<PathBuf> = BTreeSet::new();
    let mut foreign: BTreeMap<PathBuf, bool> = BTreeMap::new();
    if settings.is_some() {
        find_sources(&root, &config, &mut found, &mut foreign, &mut sink);
    } else if paths.is_empty() {
        found.extend(dj_files(&directory, false)?);
        if found.is_empty() {
            return Err(ProjectError::Nothing { directory });
        }
    }
    let mut wanted: BTreeSet<PathBuf> = BTreeSet::new();
    for path in &paths {
        if path.is_dir() {
            let inside = dj_files(path, true)?;
            if inside.is_empty() && is_foreign_source(path) {
                foreign.insert(path.clone(), true);
            }
            wanted.extend(inside);
        } else if is_foreign_source(path) {
            foreign.insert(path.clone(), true);
        } else {
            wanted.insert(path.clone());
        }
    }
    found.extend(wanted.iter().cloned());
    Ok(Found { directory, root, config, sources, sink, paths: found, wanted, foreign })
}

/// Resolves a project; what was found before is among the diagnostics.
pub fn compile(project: &Project) -> Compiled {
    let mut sink = project.sink.clone();
    let pipeline = resolve::resolve(&project.files, &project.config, &mut sink);
    let names = schema_names(&pipeline, &project.vars, &mut sink);
    report_same_physical(&pipeline, &names, &mut sink);
    report_unused_settings(&pipeline, &project.config, &mut sink);
    Compiled { pipeline, names, diagnostics: sink.into_sorted() }
}

/// Returns the physical names of all schemas; unset variables are reported at the schema line.
pub fn schema_names(pipeline: &Pipeline, vars: &BTreeMap<String, String>, sink: &mut Sink) -> Vec<String> {
    let resolve = |schema: &crate::core::ir::Schema| match schema.name.resolve(vars) {
        Ok(name) => name,
        Err(error) => {
            let variable = &error.variable;
            let found = codes::UNSET_VARIABLE
                .at(schema.span, error.to_string())
                .help(format!("set it: `--var {variable}=VALUE`, the environment variable `{variable}`, or `[pipeline.vars]` in djc.toml"));
            sink.report(match nearest(variable, vars.keys().map(String::as_str).filter(|known| known.len() > 2)) {
                Some(near) => found.help(format!("`{near}` is set; was it meant?")),
                None => found,
            });
            schema.name.template().to_string()
        }
    };
    pipeline.schemas.iter().map(resolve).collect()
}

/// Reports tables of modules whose different templates mean one schema; those with one template have been reported.
fn report_same_physical(pipeline: &Pipeline, names: &[String], sink: &mut Sink) {
    let mut first: HashMap<(&str, &str), TableId> = HashMap::with_capacity(pipeline.tables.len());
    for (id, table) in pipeline.tables() {
        let name = names[table.schema.0 as usize].as_str();
        let other = *first.entry((name, table.stored.as_str())).or_insert(id);
        let template = |id: TableId| &pipeline.schema(pipeline.table(id).schema).name;
        if other != id && template(other) != template(id) {
            report_same_table(pipeline, other, id, name, sink);
        }
    }
}

fn report_unused_settings(pipeline: &Pipeline, config: &Config, sink: &mut Sink) {
    for (name, settings) in &config.schemas {
        let modules = || pipeline.schemas.iter().map(|schema| schema.module.as_str());
        if modules().any(|module| module == name) {
            continue;
        }
        let found = codes::CONFIG_UNUSED_SCHEMA.at(settings.span, format!("no file declares the schema `{name}`"));
        sink.report(match nearest(name, modules()) {
            Some(near) => found.help(format!("did you mean `{near}`?")).fix(Fix::likely(format!("write `{near}`"), settings.span, near)),
            None => found.help("the name is that of the `schema` line, not the physical one"),
        });
    }
}

fn absolute(path: &Path) -> Result<PathBuf, ProjectError> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    std::path::absolute(path).map(|path| normal(&path)).map_err(|source| ProjectError::Read { path: path.to_path_buf(), source })
}

/// Takes `.` and `..` out of a path without asking the file system, so that one file has one name.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// Returns the settings in or above the paths, or the working folder.
fn find_settings(directory: &Path, paths: &[PathBuf]) -> Result<Option<PathBuf>, ProjectError> {
    let above = |start: &Path| start.ancestors().map(|folder| folder.join(CONFIG_NAME)).find(|path| path.is_file());
    let mut starts = paths.iter().map(|path| if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(path) });
    let Some(start) = starts.next() else { return Ok(above(directory)) };
    let first = above(start);
    for start in starts {
        let other = above(start);
        if other != first {
            let none = || directory.join("(no djc.toml)");
            return Err(ProjectError::TwoProjects { first: first.unwrap_or_else(none), second: other.unwrap_or_else(none) });
        }
    }
    Ok(first)
}

/// Adds the files that `sources` means.
fn find_sources(root: &Path, config: &Config, found: &mut BTreeSet<PathBuf>, foreign: &mut BTreeMap<PathBuf, bool>, sink: &mut Sink) {
    let base = glob::Pattern::escape(&root.display().to_string());
    for source in &config.sources {
        // A default has no place in a file.
        let at_source = |code: &'static crate::diag::Code, message: String| {
            if source.span == Span::default() { code.anywhere(message) } else { code.at(source.span, message) }
        };
        let paths = match glob::glob(&format!("{base}/{}", source.value)) {
            Ok(paths) => paths,
            Err(error) => {
                sink.report(codes::CONFIG_VALUE.at(source.span, format!("`{}` is no pattern of files: {}", source.value, error.msg)));
                continue;
            }
        };
        let mut matched = false;
        let mut others = Vec::new();
        for path in paths {
            match path {
                Ok(path) if path.is_dir() => match dj_files(&normal(&path), true) {
                    // A folder without a `.dj` file may be one of Python or MATLAB sources.
                    Ok(inside) if inside.is_empty() && is_foreign_source(&path) => {
                        matched = true;
                        foreign.insert(normal(&path), false);
                    }
                    Ok(inside) => {
                        matched |= !inside.is_empty();
                        found.extend(inside);
                    }
                    Err(error) => sink.report(at_source(&codes::UNREADABLE_SOURCE, error.to_string())),
                },
                Ok(path) if is_dj(&path) => {
                    matched = true;
                    found.insert(normal(&path));
                }
                Ok(path) if is_foreign_source(&path) => {
                    matched = true;
                    foreign.insert(normal(&path), false);
                }
                Ok(path) => others.push(path),
                Err(error) => {
                    let message = format!("cannot read `{}`: {}", name_of(error.path(), root), error.error());
                    sink.report(at_source(&codes::UNREADABLE_SOURCE, message));
                }
            }
        }
        match others.first() {
            Some(other) => {
                let message = format!("`{}` is no `.dj` file", name_of(other, root));
                let found = at_source(&codes::SOURCE_KIND, message).help("name `.dj` files or folders of them");
                sink.report(if others.len() > 1 { found.help(format!("so are {} more files", others.len() - 1)) } else { found });
            }
            None if !matched => {
                let found = at_source(&codes::NO_SOURCES, format!("no source matches `{}`", source.value));
                sink.report(found.help("patterns are relative to the folder of djc.toml; `**` means any folders between"));
            }
            None => {}
        }
    }
}

fn is_dj(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "dj")
}

/// Returns whether a path is a source in another language, or a folder with some.
#[cfg(feature = "cli")]
fn is_foreign_source(path: &Path) -> bool {
    crate::import::is_source(path)
}

#[cfg(not(feature = "cli"))]
fn is_foreign_source(_path: &Path) -> bool {
    false
}

/// What reading sources in other languages adds to.
struct Reading<'p> {
    config: &'p Config,
    unsaved: &'p BTreeMap<String, String>,
    sources: &'p mut SourceMap,
    sink: &'p mut Sink,
    selected: &'p mut BTreeSet<FileId>,
    vars: &'p mut BTreeMap<String, String>,
}

/// What sources in other languages declare.
#[derive(Default)]
struct ForeignTrees {
    trees: Vec<ast::File>,
    /// Adapters of types, with what they store.
    adapters: BTreeMap<String, String>,
    /// Mixins, with their classes.
    mixins: BTreeMap<String, String>,
}

impl Reading<'_> {
    /// Reads sources in other languages as files of the project, with the adapters that stand there; those of one language together, since names lead from one to another.
    #[cfg(feature = "cli")]
    fn foreign(&mut self, paths: &BTreeMap<PathBuf, bool>, directory: &Path, some: bool) -> Result<ForeignTrees, ProjectError> {
        use crate::import::{is_matlab, is_python, matlab, matlab_files, python, python_files};
        let failed = |(path, source)| ProjectError::Read { path, source };
        let of = |is: fn(&Path) -> bool| -> Vec<PathBuf> { paths.keys().filter(|path| path.is_dir() || is(path)).cloned().collect() };
        let named = self.config.schemas.iter().filter_map(|(module, schema)| Some((module.clone(), schema.name.clone()?)));
        let names: Vec<(String, String)> = named.collect();
        let links: Vec<(String, String)> = self.config.python_links.clone().into_iter().collect();
        let mut out = ForeignTrees::default();
        let files = python_files(&of(is_python), directory, self.unsaved, self.sources, self.sink).map_err(failed)?;
        if !files.modules.is_empty() {
            let declared = python::sources(&files, &names, &links, self.sources, self.sink);
            self.select(files.modules.iter().map(|file| (file.file, file.path.as_path())), paths, some);
            self.take(declared, &mut out);
        }
        let mut files = matlab_files(&of(is_matlab), directory, self.unsaved, self.sources, self.sink).map_err(failed)?;
        // Scripts beside Python are no packages.
        files.retain(|file| !file.package.is_empty());
        if !files.is_empty() {
            let declared = matlab::sources(&files, &names, self.sources, self.sink);
            self.select(files.iter().map(|file| (file.file, file.path.as_path())), paths, some);
            self.take(declared, &mut out);
        }
        Ok(out)
    }

    /// Notes the files that the command line means.
    #[cfg(feature = "cli")]
    fn select<'f>(&mut self, files: impl Iterator<Item = (FileId, &'f Path)>, paths: &BTreeMap<PathBuf, bool>, some: bool) {
        let wanted = |path: &Path| !some || paths.iter().any(|(known, wanted)| *wanted && path.starts_with(known));
        for (file, _) in files.filter(|(_, path)| wanted(path)) {
            self.selected.insert(self.sources.origin(Span::new(file, 0, 0)).file);
        }
    }

    /// Takes over what the sources declare.
    #[cfg(feature = "cli")]
    fn take(&mut self, declared: crate::import::Declared, out: &mut ForeignTrees) {
        for tree in &declared.trees {
            if self.selected.contains(&self.sources.origin(Span::new(tree.file, 0, 0)).file) {
                self.selected.insert(tree.file);
            }
        }
        let defaults = declared.variables.into_iter().filter_map(|(name, default)| Some((name, default?)));
        self.vars.extend(defaults);
        out.trees.extend(declared.trees);
        out.adapters.extend(declared.adapters);
        out.mixins.extend(declared.mixins);
    }

    #[cfg(not(feature = "cli"))]
    fn foreign(&mut self, _paths: &BTreeMap<PathBuf, bool>, _directory: &Path, _some: bool) -> Result<ForeignTrees, ProjectError> {
        let _ = (self.config, self.unsaved, &self.sources, &self.sink, &self.selected, &self.vars);
        Ok(ForeignTrees::default())
    }
}

/// Returns the `.dj` files of a folder, and of the folders in it when `deep`; hidden folders are left out.
fn dj_files(folder: &Path, deep: bool) -> Result<Vec<PathBuf>, ProjectError> {
    let mut out = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let failed = |source| ProjectError::Read { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // Links to folders are not followed, so that no circle is walked.
            let is_folder = entry.file_type().map_err(failed)?.is_dir();
            let path = entry.path();
            if is_folder {
                let hidden = entry.file_name().to_string_lossy().starts_with('.');
                if deep && !hidden {
                    open.push(path);
                }
            } else if is_dj(&path) {
                out.push(path);
            }
        }
    }
    out.sort();
    Ok(out)
}

/// Reads one source into the map; what is wrong with it is reported.
fn read_source(path: &Path, name: &str, unsaved: &BTreeMap<String, String>, sources: &mut SourceMap, sink: &mut Sink) -> Option<FileId> {
    if !is_dj(path) {
        sink.report(codes::SOURCE_KIND.anywhere(format!("`{name}` is no `.dj` file")).help("name `.dj` files or folders of them"));
        return None;
    }
    if let Some(text) = unsaved.get(name) {
        return Some(sources.add(name, text.as_str()));
    }
    let unreadable = |error: io::Error| codes::UNREADABLE_SOURCE.anywhere(format!("cannot read `{name}`: {error}"));
    match fs::metadata(path) {
        Ok(about) if !about.is_file() => {
            sink.report(codes::UNREADABLE_SOURCE.anywhere(format!("`{name}` is no file")));
            return None;
        }
        Ok(about) if about.len() >= SOURCE_MAX => {
            let message = format!("`{name}` has {} MB; sources have less than {} MB", about.len() / 1_000_000, SOURCE_MAX / 1_000_000);
            sink.report(codes::SOURCE_TOO_LARGE.anywhere(message).help("is this a data file? split it if it is not"));
            return None;
        }
        Ok(_) => {}
        Err(error) => {
            sink.report(unreadable(error));
            return None;
        }
    }
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            sink.report(unreadable(error));
            return None;
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => Some(sources.add(name, text)),
        Err(error) => {
            sink.report(not_text(name, error.as_bytes(), error.utf8_error().valid_up_to(), sources));
            None
        }
    }
}

/// Says where a text stops being UTF-8; the map gets the text up to there, so that the place can be shown.
fn not_text(name: &str, bytes: &[u8], valid: usize, sources: &mut SourceMap) -> Diagnostic {
    let message = |what: &str| format!("`{name}` is not UTF-8 text: {what}");
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return codes::SOURCE_NOT_TEXT.anywhere(message("it is UTF-16")).help("save it as UTF-8");
    }
    if bytes[..valid].contains(&0) {
        return codes::SOURCE_NOT_TEXT.anywhere(message("it is binary")).help("only `.dj` files of text are sources");
    }
    let head = String::from_utf8_lossy(&bytes[..valid]);
    let file = sources.add(name, format!("{head}\u{fffd}\n"));
    codes::SOURCE_NOT_TEXT
        .at(Span::new(file, valid, valid + '\u{fffd}'.len_utf8()), message(&format!("byte 0x{:02x}", bytes[valid])))
        .help("save it as UTF-8; it may be Latin-1 now")
}

/// Parses all texts, on all processors; trees and findings come back in the order of the texts.
pub fn parse_all(sources: &SourceMap, texts: &[FileId], sink: &mut Sink) -> Vec<ast::File> {
    let parse = |file: FileId| {
        let mut sink = Sink::new();
        let tree = parser::parse(file, &sources.file(file).text, &mut sink);
        (tree, sink)
    };
    let parsed: Vec<(ast::File, Sink)> =
        parallel::chunks(texts, 1, |texts| texts.iter().map(|file| parse(*file)).collect::<Vec<_>>()).into_iter().flatten().collect();
    let mut files = Vec::with_capacity(parsed.len());
    for (tree, found) in parsed {
        files.push(tree);
        sink.append(found);
    }
    files
}

/// Returns a path as messages print it: relative to the working folder, with `/`.
pub(crate) fn name_of(path: &Path, directory: &Path) -> String {
    let common = path.components().zip(directory.components()).take_while(|(a, b)| a == b).count();
    let up = directory.components().count() - common;
    // Somewhere else entirely the whole path says more than a ladder of `..`.
    if common <= 1 && up > 0 {
        return path.display().to_string();
    }
    let down = path.components().skip(common).map(|component| component.as_os_str().to_string_lossy().into_owned());
    std::iter::repeat_n("..".to_string(), up).chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_working_folder() {
        assert_eq!(name_of(Path::new("/lab/p/a.dj"), Path::new("/lab/p")), "a.dj");
        assert_eq!(name_of(Path::new("/lab/q/a.dj"), Path::new("/lab/p")), "../q/a.dj");
        assert_eq!(name_of(Path::new("/data/a.dj"), Path::new("/lab/p")), "/data/a.dj");
    }
}
