//! `djc.toml` as data.
//!
//! Reading the text is in [`read`]; finding the file is [`project`](crate::project)'s matter. Every key may be absent; without a file
//! everything has its default. What the environment and the command line say is laid over it at the edge.

mod read;

use std::collections::{BTreeMap, BTreeSet};

use crate::core::dialect::Server;
use crate::core::ir::type_text::TypeContext;
use crate::core::ir::{Charset, Generation};
use crate::core::source::{Span, Spanned};

pub use read::read;

/// All settings of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// `[pipeline] name`.
    pub name: Option<String>,
    /// `[pipeline] sources`: patterns relative to the folder of `djc.toml`.
    pub sources: Vec<Spanned<String>>,
    /// `[pipeline] datajoint`: the generation of schemas that do not say their own.
    pub generation: Generation,
    /// `[pipeline] charset`.
    pub charset: Charset,
    /// Where the file says it; `None` where it does not.
    pub charset_span: Option<Span>,
    /// `[pipeline.vars]`: variables of schema names; the environment and the command line win over them.
    pub vars: BTreeMap<String, String>,
    /// `[schemas.NAME]`, by module name.
    pub schemas: BTreeMap<String, SchemaConfig>,
    /// `[datajoint]`.
    pub datajoint: Switches,
    /// `[stores.NAME]`.
    pub stores: BTreeMap<String, Store>,
    /// `[stores] default`.
    pub default_store: Option<String>,
    /// `[python.links]`: what names of Python sources mean that only a linking module would know, `MODULE` or `MODULE.Table`.
    pub python_links: BTreeMap<String, String>,
    /// `[adapters.NAME]`.
    pub adapters: BTreeMap<String, Adapter>,
    /// `[mixins.NAME]`: where the classes of `@mixin(NAME)` live.
    pub mixins: BTreeMap<String, Mixin>,
    /// `[database.NAME]`.
    pub databases: BTreeMap<String, Database>,
    /// `[check]`.
    pub check: Check,
    /// `[drift]`.
    pub drift: Drift,
    /// `[generate.*]`.
    pub generate: Generate,
    /// `[migrate]`.
    pub migrate: Migrate,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            name: None,
            sources: vec![Spanned::new("**/*.dj".to_string(), Span::default())],
            generation: Generation::default(),
            charset: Charset::default(),
            charset_span: None,
            vars: BTreeMap::new(),
            schemas: BTreeMap::new(),
            datajoint: Switches::default(),
            stores: BTreeMap::new(),
            default_store: None,
            python_links: BTreeMap::new(),
            adapters: BTreeMap::new(),
            mixins: BTreeMap::new(),
            databases: BTreeMap::new(),
            check: Check::default(),
            drift: Drift::default(),
            generate: Generate::default(),
            migrate: Migrate::default(),
        }
    }
}

impl Config {
    /// Returns the generation of a module.
    pub fn generation(&self, module: &str) -> Generation {
        self.schemas.get(module).and_then(|schema| schema.generation).unwrap_or(self.generation)
    }

    /// Returns the charset that a new schema of a module gets.
    pub fn charset(&self, module: &str) -> &Charset {
        self.schemas.get(module).and_then(|schema| schema.charset.as_ref()).unwrap_or(&self.charset)
    }

    /// Returns the servers that a project is for: those of its databases. One that names only SQLite, for trying things, will
    /// move to a server one day.
    pub fn servers(&self) -> BTreeSet<Server> {
        let mut servers = BTreeSet::new();
        for database in self.databases.values() {
            match database.url.split(':').next() {
                Some("mysql" | "mariadb") => drop(servers.insert(Server::MySql)),
                Some("postgres" | "postgresql") => drop(servers.insert(Server::Postgres)),
                Some("sqlite") => drop(servers.insert(Server::Sqlite)),
                Some(_) | None => {}
            }
        }
        if !servers.contains(&Server::Postgres) {
            servers.insert(Server::MySql);
        }
        servers
    }

    /// Returns what reading a type needs to know. Naming an adapter switches adapted types on, unless the switch says no.
    pub fn type_context(&self) -> TypeContext {
        TypeContext {
            adapters: self.adapters.iter().map(|(name, adapter)| (name.clone(), adapter.type_text.clone())).collect(),
            adapted_types: self.datajoint.support_adapted_types.unwrap_or(!self.adapters.is_empty()),
            filepath: self.datajoint.support_filepath_management,
        }
    }
}

/// Settings of one schema.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SchemaConfig {
    /// `datajoint`.
    pub generation: Option<Generation>,
    /// `charset`.
    pub charset: Option<Charset>,
    /// `owned`; `false` is the same as `extern schema`.
    pub owned: Option<bool>,
    /// `name`: the physical name, perhaps with variables; it wins over `as "…"` in the source.
    pub name: Option<String>,
    /// The module name in the section's head.
    pub span: Span,
}

/// Switches of datajoint itself; off as there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Switches {
    /// 0.14: every table gets a hidden column with the moment of the insert.
    pub add_hidden_timestamp: bool,
    /// 2: populated tables get hidden columns about the job.
    pub add_job_metadata: bool,
    /// 2: manual tables get a hidden column `_prov`.
    pub provenance: bool,
    /// 0.14: `filepath@store` may be used.
    pub support_filepath_management: bool,
    /// 0.14: `<adapter>` may be used; when absent, it may if adapters are named.
    pub support_adapted_types: Option<bool>,
}

/// A store of external data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Store {
    /// `file` or `s3`.
    pub protocol: String,
    /// Folder, or prefix in the bucket.
    pub location: String,
    /// The other settings, as text.
    pub options: BTreeMap<String, String>,
    /// The name in the section's head.
    pub span: Span,
}

/// An adapter or codec of the project's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adapter {
    /// What it is stored as.
    pub type_text: String,
    /// The name in the section's head.
    pub span: Span,
}

/// A Python class that tables with `@mixin(NAME)` inherit from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mixin {
    /// Its dotted name, `lab.mixins.Audited`; with a dot first, inside of the generated package.
    pub class: String,
    /// The one for parts, where it is another.
    pub part: Option<String>,
    /// The name in the section's head.
    pub span: Span,
}

/// A database that commands can be told by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Database {
    /// Its URL; user and password come from elsewhere.
    pub url: String,
    /// The URL's place.
    pub span: Span,
}

/// How loud codes are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Check {
    /// Codes that are errors.
    pub deny: Vec<Spanned<String>>,
    /// Codes that are silent.
    pub allow: Vec<Spanned<String>>,
}

/// How a live database is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// Patterns of physical schema names that are left out.
    pub ignore_schemas: Vec<Spanned<String>>,
    /// Patterns of `schema.table` and `schema.table.attribute` that are left out.
    pub ignore: Vec<Spanned<String>>,
    /// Patterns of physical schema names that are ours: one on the server that no source declares is reported.
    pub schemas: Vec<Spanned<String>>,
    /// The file of known drift, relative to the folder of `djc.toml`.
    pub baseline: Option<String>,
}

/// What `djc generate` writes; `None` for what is not asked for. Folders are relative to that of `djc.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generate {
    /// `[generate.sql] out`.
    pub sql: Option<String>,
    /// `[generate.rust] out`.
    pub rust: Option<String>,
    /// `[generate.rust.field_types]`: types of Rust for blobs and json, by `module.Class.attribute`.
    pub rust_field_types: BTreeMap<String, String>,
    /// `[generate.python] out`.
    pub python: Option<String>,
    /// `[generate.docs] out`.
    pub docs: Option<String>,
}

/// Where migrations are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrate {
    /// The folder, relative to that of `djc.toml`.
    pub dir: String,
    /// The name of the history; that of the pipeline when absent.
    pub name: Option<String>,
    /// Folders with the histories of packages below, relative to that of `djc.toml`.
    pub uses: Vec<Spanned<String>>,
    /// Where it is noted what a database has: a schema, `schema.table`, or `file:PATH`.
    pub ledger: Option<String>,
}

impl Default for Migrate {
    fn default() -> Self {
        Migrate { dir: "migrations".to_string(), name: None, uses: Vec::new(), ledger: None }
    }
}
