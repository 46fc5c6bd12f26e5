//! From a `build.rs`: a pipeline becomes Rust before the crate that uses it is compiled. No server is asked.
//!
//! ```no_run
//! // build.rs; Cargo.toml has `djc = { version = "0.1", default-features = false }` below [build-dependencies]
//! djc::build::Config::new().project("pipeline").compile();
//! ```
//!
//! ```ignore
//! // src/main.rs; Cargo.toml has `djc-runtime` below [dependencies]
//! include!(concat!(env!("OUT_DIR"), "/djc.rs"));
//! ```
//!
//! Cargo is told which files and folders count, so that nothing runs again without need, and the file is only written when it changes. What is wrong in a `.dj` file
//! is shown as `djc check` shows it and the build fails; what is unwise becomes a warning of the build. What is made depends on the files alone: variables of schema names
//! have their values of `djc.toml` unless the program's own environment says otherwise when it runs.

mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use crate::check::{self, Settings};
use crate::codegen::{self, Input, python, rust};
use crate::core::dialect;
use crate::core::ir::{Pipeline, SchemaId};
use crate::core::nearest::nearest;
use crate::core::source::SourceMap;
use crate::diag::{Diagnostic, Level, Sink, codes, human};
use crate::problems;
use crate::project::{self, LoadOptions, Project};

/// The file in `OUT_DIR` unless another is asked for.
const FILE: &str = "djc.rs";

/// What is compiled, and how.
#[derive(Debug, Clone, Default)]
#[must_use = "nothing happens until `compile` is called"]
pub struct Config {
    paths: Vec<PathBuf>,
    schemas: Vec<String>,
    emit_to: Option<PathBuf>,
    rust: rust::Options,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The file.
    pub path: PathBuf,
    /// Whether it was written; it was not where it had this text already.
    pub written: bool,
}

/// Why nothing was made: mistakes in the files, shown with their lines, or what the system says.
#[derive(Debug)]
pub struct Error {
    text: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

impl Error {
    fn new(text: impl Into<String>) -> Self {
        Error { text: text.into() }
    }

    fn of_file(what: &str, path: &Path, error: &io::Error) -> Self {
        Error::new(format!("cannot {what} `{}`: {error}", path.display()))
    }
}

impl Config {
    /// Returns the configuration for the pipeline of the package itself: the `djc.toml` beside `Cargo.toml` or above it, else the `.dj` files beside it.
    pub fn new() -> Self {
        Config::default()
    }

    /// Takes the pipeline of a `djc.toml`, named by itself or by its folder; relative to the package.
    pub fn project(mut self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let is_settings = path.file_name().is_some_and(|name| name == project::CONFIG_NAME);
        self.paths.push(if is_settings { path.parent().map(Path::to_path_buf).unwrap_or_default() } else { path });
        self
    }

    /// Takes a `.dj` file or a folder of them; relative to the package. A `djc.toml` above it counts, as it does for `djc`. With sources named, only their
    /// schemas are written, and those that they refer to.
    pub fn source(mut self, path: impl Into<PathBuf>) -> Self {
        self.paths.push(path.into());
        self
    }

    /// Writes only these schemas, by the names of their `schema` lines, and those that they refer to.
    pub fn schemas<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.schemas.extend(names.into_iter().map(Into::into));
        self
    }

    /// Gives a blob or json attribute (`workshop.MyParams.params`) a type of the program's own (`crate::Params`). serde reads and writes it, and rows
    /// that have it derive `Debug`, `Clone` and `PartialEq`.
    pub fn field_type(mut self, attribute: impl Into<String>, ty: impl Into<String>) -> Self {
        self.rust.field_types.insert(attribute.into(), ty.into());
        self
    }

    /// Writes to this file instead of `djc.rs`; a relative path is one in `OUT_DIR`.
    pub fn emit_to(mut self, path: impl Into<PathBuf>) -> Self {
        self.emit_to = Some(path.into());
        self
    }

    /// Makes the file. Where that cannot be, says why and ends the build.
    pub fn compile(self) {
        if let Err(error) = self.try_compile() {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }

    /// Makes the file.
    ///
    /// # Errors
    /// Mistakes in the files, an option that fits nothing, and what cannot be read or written.
    pub fn try_compile(self) -> Result<Output, Error> {
        let package = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
        let path = self.path()?;
        // Nothing that is made depends on the environment.
        let options = LoadOptions { paths: self.paths.clone(), environment: BTreeMap::new(), ..LoadOptions::new(package) };
        for line in watch::lines(&options, env::var_os("OUT_DIR").as_deref().map(Path::new)) {
            println!("cargo::rerun-if-changed={line}");
        }
        let text = self.text(&options, |warning| println!("cargo::warning={warning}"))?;
        let is_current = fs::read(&path).is_ok_and(|found| found == text.as_bytes());
        if !is_current {
            let folder = path.parent().unwrap_or(Path::new(""));
            fs::create_dir_all(folder).map_err(|error| Error::of_file("make the folder", folder, &error))?;
            fs::write(&path, text).map_err(|error| Error::of_file("write", &path, &error))?;
        }
        Ok(Output { path, written: !is_current })
    }

    fn path(&self) -> Result<PathBuf, Error> {
        match (&self.emit_to, env::var_os("OUT_DIR")) {
            (Some(path), _) if path.is_absolute() => Ok(path.clone()),
            (path, Some(folder)) => Ok(Path::new(&folder).join(path.as_deref().unwrap_or(Path::new(FILE)))),
            (_, None) => Err(Error::new("`OUT_DIR` is not set: djc::build is for build scripts, which cargo runs")),
        }
    }

    /// Returns the text of the file; a line for each warning goes to `warn`.
    fn text(&self, options: &LoadOptions, mut warn: impl FnMut(String)) -> Result<String, Error> {
        let project = Project::load(options).map_err(|error| {
            let source = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
            Error::new(format!("{error}{source}"))
        })?;
        let settings = Settings::from(&project.config);
        let project::Compiled { pipeline, names, mut diagnostics } = project::compile(&project);
        // Variables are for the program to say, when it runs.
        diagnostics.retain(|diagnostic| diagnostic.code.id != codes::UNSET_VARIABLE.id);
        problems::unknown_stores(&pipeline, &project.config, &mut diagnostics);
        settings.levels.apply(&mut diagnostics);
        let mut sink = Sink::new();
        diagnostics.into_iter().for_each(|diagnostic| sink.report(diagnostic));
        check::check(&pipeline, &project.files, &settings, &mut sink);
        let wanted = self.wanted(&pipeline, &project)?;
        let text = if sink.has_errors() { None } else { self.generate(&project, &pipeline, &names, wanted, &mut sink) };
        let found = sink.into_sorted();
        for diagnostic in found.iter().filter(|diagnostic| diagnostic.level == Level::Warning) {
            warn(warning(&project.sources, diagnostic));
        }
        text.ok_or_else(|| {
            let errors: Vec<Diagnostic> = found.into_iter().filter(|diagnostic| diagnostic.level == Level::Error).collect();
            let mut text = Vec::new();
            human::write_all(&mut text, &project.sources, &errors, human::Look::default()).expect("a Vec takes all that is written");
            Error::new(String::from_utf8_lossy(&text).trim_end())
        })
    }

    fn generate(
        &self,
        project: &Project,
        pipeline: &Pipeline,
        names: &[String],
        wanted: BTreeSet<SchemaId>,
        sink: &mut Sink,
    ) -> Option<String> {
        let config = &project.config;
        let allowing = pipeline.tables.iter().filter(|table| problems::allows_mixing(table));
        let shared = allowing.flat_map(|table| table.references.iter().map(|reference| pipeline.qualified_name(reference.parent)));
        let lowering = dialect::Options {
            add_hidden_timestamp: config.datajoint.add_hidden_timestamp,
            add_job_metadata: config.datajoint.add_job_metadata,
            provenance: config.datajoint.provenance,
            mixed_parents: shared.collect(),
            ..dialect::Options::default()
        };
        let input = Input {
            pipeline,
            names,
            files: &project.files,
            sources: &project.sources,
            config,
            defaults: &project.defaults,
            wanted,
            lowering,
            methods: python::Methods::default(),
        };
        let mut options = rust::Options::of(config);
        options.field_types.extend(self.rust.field_types.clone());
        codegen::rust::one_file(&input, &options, sink)
    }

    /// Returns the schemas that are asked for.
    fn wanted(&self, pipeline: &Pipeline, project: &Project) -> Result<BTreeSet<SchemaId>, Error> {
        let schemas = || pipeline.schemas.iter().enumerate().map(|(at, schema)| (SchemaId(at as u32), schema));
        if self.schemas.is_empty() {
            return Ok(schemas().filter(|(_, schema)| project.selected.contains(&schema.span.file)).map(|(id, _)| id).collect());
        }
        let find = |name: &String| {
            let found = schemas().find(|(_, schema)| schema.module == *name).map(|(id, _)| id);
            found.ok_or_else(|| {
                let near = nearest(name, schemas().map(|(_, schema)| schema.module.as_str()));
                let help = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                Error::new(format!("no file declares the schema `{name}`{help}"))
            })
        };
        self.schemas.iter().map(find).collect()
    }
}

/// Returns a finding in one line.
fn warning(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let place = diagnostic.span.map(|span| {
        let span = sources.origin(span);
        let file = sources.file(span.file);
        let at = file.line_column(span.start);
        format!("{}:{}:{}: ", file.name, at.line, at.column)
    });
    let help = diagnostic.help.first().map(|help| format!("; {help}")).unwrap_or_default();
    format!("{}{} [{}]{help}", place.unwrap_or_default(), diagnostic.message, diagnostic.code.id).replace('\n', " ")
}
