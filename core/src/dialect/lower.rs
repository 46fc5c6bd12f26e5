//! From the logical model to the tables that datajoint would have made.
//!
//! Tables are lowered parents first, because a column that a reference brings is what the *server* would report of the
//! parent's column: its physical type, and its comment as stored.

mod column;
mod index;
mod limits;
mod lineage;
mod reference;
mod service;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub use column::inherited;
pub(crate) use column::without_auto_increment;

use super::names::{EnumNames, IndexNames};
use super::text::Layers;
use super::{Dialect, Problem, ProblemKind, Server, Target};
use crate::catalog::{Catalog, Change, Charset, Column, ForeignKey, Index, Schema, Table, TableKind};
use crate::ir::{self, Generation, Pipeline, SchemaId, TableId, table_name_max};
use crate::parallel;
use crate::source::Span;

/// Fewer tables than this are not worth a thread.
const LEAST: usize = 250;

/// What [`lower`] is asked for beside the pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The hidden timestamp of datajoint 0.14 in every classic table.
    pub add_hidden_timestamp: bool,
    /// The hidden job columns of datajoint 2 in imported and computed tables.
    pub add_job_metadata: bool,
    /// The hidden `_prov` column of datajoint 2 in manual tables.
    pub provenance: bool,
    /// Schemas to make changes for; all that djc owns when `None`. Schemas that are not owned never yield changes.
    pub wanted: Option<BTreeSet<SchemaId>>,
    /// Names of the stores that are configured; not checked when `None`.
    pub stores: Option<BTreeSet<String>>,
    /// Tables (`module.Class`) that may have children of the other generation.
    pub mixed_parents: BTreeSet<String>,
    /// Charsets of schemas that exist, by physical name. A schema keeps its own, whatever the pipeline says.
    pub live_charsets: BTreeMap<String, Charset>,
}

/// A pipeline as one server would hold it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lowered {
    /// All schemas, those that djc does not own included.
    pub catalog: Catalog,
    /// What creates the wanted schemas from nothing, in dependency order.
    pub changes: Vec<Change>,
    /// What the target cannot hold, in the wanted schemas only.
    pub problems: Vec<Problem>,
}

/// Lowers a pipeline for a target; `names` are the physical schema names by [`SchemaId`].
///
/// Where there are problems the catalog is as near as it can be, and the changes must not be executed. Attributes of
/// type [`Invalid`](ir::AttributeType::Invalid), which have been reported before, are left out in silence.
pub fn lower(pipeline: &Pipeline, names: &[String], target: &Target, options: &Options) -> Lowered {
    let charsets = charsets_in_force(pipeline, names, target, options);
    let dialect = target.server.dialect();
    let pass = Pass { pipeline, names, target, options, dialect, charsets: &charsets, problems: Vec::new() };
    let mut seen = vec![false; pipeline.tables.len()];
    let rest = (0..pipeline.tables.len()).map(|at| TableId(at as u32));
    let mut order: Vec<TableId> = pipeline.order.iter().copied().chain(rest).collect();
    order.retain(|id| !std::mem::replace(&mut seen[id.0 as usize], true));

    // What a table says by itself, on all processors; then what it has from its parents, parents first; then keys and limits,
    // which look at parents that are whole, on all processors again; last what depends on all that came before.
    let own = parallel::chunks(&order, LEAST, |ids| {
        let mut pass = pass.fork();
        ids.iter().map(|id| pass.own_columns(*id)).collect::<Vec<_>>()
    });
    let mut whole = Whole::new(pass.fork());
    whole.schemas();
    whole.settled = whole.pass.problems.len();
    for (id, own) in order.iter().zip(own.into_iter().flatten()) {
        whole.draft(*id, own);
    }
    let drafts = &whole.drafts;
    let keys = parallel::chunks(&order, LEAST, |ids| {
        let mut pass = pass.fork();
        ids.iter().map(|id| pass.keys(*id, drafts)).collect::<Vec<_>>()
    });
    for (id, keys) in order.iter().zip(keys.into_iter().flatten()) {
        whole.finish(*id, keys);
    }
    whole.out.problems = whole.pass.problems;
    whole.out
}

/// Where a problem stands.
#[derive(Debug, Clone, Copy)]
struct At<'a> {
    table: TableId,
    span: Span,
    attribute: Option<&'a str>,
}

/// The charset that new tables of a schema have.
#[derive(Debug, Clone, PartialEq, Eq)]
enum InForce {
    /// Said by the pipeline, or seen on the server.
    Known(Charset),
    /// The server's own; its collation is not known.
    Server(String),
    /// That of a schema of somebody else which no server was asked about: the server's own, for want of better.
    Guess(String),
}

impl InForce {
    fn charset(&self) -> &str {
        match self {
            InForce::Known(known) => &known.charset,
            InForce::Server(charset) | InForce::Guess(charset) => charset,
        }
    }

    /// Returns what to call the two, when InnoDB refuses a foreign key over text between them.
    fn clash(&self, other: &InForce) -> Option<(String, String)> {
        match (self, other) {
            (InForce::Guess(_), _) | (_, InForce::Guess(_)) => None,
            (InForce::Known(a), InForce::Known(b)) if a.charset == b.charset => {
                (!a.joins(b)).then(|| (a.collation.clone(), b.collation.clone()))
            }
            (InForce::Known(a), InForce::Known(b)) if a.joins(b) => None,
            (InForce::Known(_) | InForce::Server(_), InForce::Known(_) | InForce::Server(_)) => {
                (self.charset() != other.charset()).then(|| (self.charset().to_string(), other.charset().to_string()))
            }
        }
    }
}

/// Returns the charset of each physical schema: that of the schema which exists, else that of the first module that djc makes it for.
fn charsets_in_force(pipeline: &Pipeline, names: &[String], target: &Target, options: &Options) -> BTreeMap<String, InForce> {
    let mut out: BTreeMap<String, InForce> = BTreeMap::new();
    let (owned, others): (Vec<_>, Vec<_>) = pipeline.schemas.iter().enumerate().partition(|(_, schema)| schema.owned);
    for (at, schema) in owned.into_iter().chain(others) {
        let name = names.get(at).map_or_else(|| schema.name.template(), String::as_str);
        out.entry(name.to_string()).or_insert_with(|| match (options.live_charsets.get(name), &schema.charset) {
            (Some(live), _) => InForce::Known(live.clone()),
            (None, ir::Charset::Named { charset, collation }) => InForce::Known(written(charset, collation.as_deref())),
            (None, ir::Charset::Server) if schema.owned => InForce::Server(target.charset.clone()),
            (None, ir::Charset::Server) => InForce::Guess(target.charset.clone()),
        });
    }
    out
}

/// Returns the charset of the pipeline as it is written into a statement.
fn written(charset: &str, collation: Option<&str>) -> Charset {
    Charset { charset: charset.to_string(), collation: collation.map_or_else(|| default_collation(charset), str::to_string) }
}

/// A table before its keys, and what was found so far.
struct Draft {
    table: Table,
    problems: Vec<Problem>,
}

/// Tables without keys by [`TableId`]; `None` where the turn has not come.
type Drafts = [Option<Draft>];

/// An attribute that a line of the table declares, as a column if it can be one.
struct OwnColumn {
    column: Option<Column>,
    problems: Vec<Problem>,
}

/// Foreign keys and indexes of one table.
#[derive(Default)]
struct Keys {
    foreign_keys: Vec<ForeignKey>,
    indexes: Vec<Index>,
    problems: Vec<Problem>,
}

/// What can be said of one table without those before it.
struct Pass<'a> {
    pipeline: &'a Pipeline,
    names: &'a [String],
    target: &'a Target,
    options: &'a Options,
    dialect: &'static dyn Dialect,
    /// Charsets in force, by physical schema.
    charsets: &'a BTreeMap<String, InForce>,
    problems: Vec<Problem>,
}

/// What depends on all tables that came before: names that are given once, and who is the first to use something.
struct Whole<'a> {
    pass: Pass<'a>,
    drafts: Vec<Option<Draft>>,
    /// How many of the problems are of schemas; those of a table wait with its draft.
    settled: usize,
    out: Lowered,
    /// Table → attribute → `schema.table.attribute`.
    lineage: BTreeMap<TableId, BTreeMap<String, String>>,
    /// Enum types by schema.
    enums: BTreeMap<String, EnumNames>,
    /// Index names by schema.
    indexes: BTreeMap<String, IndexNames>,
    /// Service tables that exist, by schema.
    service: BTreeMap<String, BTreeSet<String>>,
    /// Physical names that are taken, by schema.
    stored: BTreeMap<&'a str, HashMap<&'a str, TableId>>,
    /// Enum types that a change creates: schema and name.
    created_enums: BTreeSet<(String, String)>,
}

impl<'a> Pass<'a> {
    /// Returns one that has found nothing yet.
    fn fork(&self) -> Self {
        Pass { problems: Vec::new(), ..*self }
    }

    fn server(&self) -> Server {
        self.target.server
    }

    fn name(&self, schema: SchemaId) -> &'a str {
        self.names.get(schema.0 as usize).map_or_else(|| self.pipeline.schema(schema).name.template(), String::as_str)
    }

    /// Returns whether changes and problems of the schema are asked for.
    fn is_wanted(&self, id: SchemaId) -> bool {
        self.pipeline.schema(id).owned && self.options.wanted.as_ref().is_none_or(|wanted| wanted.contains(&id))
    }

    fn generation(&self, table: &ir::Table) -> Generation {
        self.pipeline.schema(table.schema).generation
    }

    fn layers(&self, table: &ir::Table) -> Layers<'a> {
        Layers { generation: self.generation(table), server: self.server(), schema: self.name(table.schema) }
    }

    /// Returns the charset that new tables of the schema have.
    fn charset(&self, id: SchemaId) -> &'a str {
        self.in_force(id).charset()
    }

    fn in_force(&self, id: SchemaId) -> &'a InForce {
        self.charsets.get(self.name(id)).expect("every schema has a charset in force")
    }

    fn report(&mut self, at: At<'_>, kind: ProblemKind) {
        if self.is_wanted(self.pipeline.table(at.table).schema) {
            let attribute = at.attribute.map(str::to_string);
            self.problems.push(Problem { kind, span: at.span, table: at.table, attribute });
        }
    }

    /// Returns the length as the server counts it.
    fn identifier_length(&self, name: &str) -> usize {
        if self.server().is_mysql_family() { name.chars().count() } else { name.len() }
    }

    /// Returns the foreign keys and indexes of a table, and checks the whole of it.
    fn keys(&mut self, id: TableId, drafts: &Drafts) -> Keys {
        let table = self.pipeline.table(id);
        let Some(Draft { table: lowered, .. }) = &drafts[id.0 as usize] else { return Keys::default() };
        let mut keys = Keys::default();
        self.references(id, table, lowered, drafts, &mut keys);
        self.external_references(id, table, lowered, &mut keys);
        self.indexes(id, table, lowered, &mut keys);
        self.limits(id, table, lowered, &keys);
        keys.problems = std::mem::take(&mut self.problems);
        keys
    }
}

impl<'a> Whole<'a> {
    fn new(pass: Pass<'a>) -> Self {
        Whole {
            drafts: pass.pipeline.tables.iter().map(|_| None).collect(),
            pass,
            settled: 0,
            out: Lowered::default(),
            lineage: BTreeMap::new(),
            enums: BTreeMap::new(),
            indexes: BTreeMap::new(),
            service: BTreeMap::new(),
            stored: BTreeMap::new(),
            created_enums: BTreeSet::new(),
        }
    }

    /// Adds the schemas, one for each physical name.
    fn schemas(&mut self) {
        for at in 0..self.pass.pipeline.schemas.len() {
            let id = SchemaId(at as u32);
            let schema = self.pass.pipeline.schema(id);
            let name = self.pass.name(id);
            let charset = match &schema.charset {
                ir::Charset::Named { charset, collation } if self.pass.server().is_mysql_family() => {
                    Some(written(charset, collation.as_deref()))
                }
                ir::Charset::Named { .. } | ir::Charset::Server => None,
            };
            let known = self.out.catalog.schemas.contains_key(name);
            let entry = self.out.catalog.schemas.entry(name.to_string()).or_insert_with(|| Schema {
                name: name.to_string(),
                charset: charset.clone(),
                ..Schema::default()
            });
            if schema.generation == Generation::Modern && schema.owned {
                entry.lineage.get_or_insert_default();
            }
            if self.pass.is_wanted(id) {
                // Modules that share a schema make it once, with the charset of the first.
                let made = |change: &Change| matches!(change, Change::CreateSchema { name: made, .. } if made == name);
                if !self.out.changes.iter().any(made) {
                    self.out.changes.push(Change::CreateSchema { name: name.to_string(), charset });
                }
            }
            if !known {
                self.schema_name(id);
            }
        }
        for at in 0..self.pass.pipeline.schemas.len() {
            let id = SchemaId(at as u32);
            if self.pass.is_wanted(id) && self.pass.pipeline.schema(id).generation == Generation::Modern {
                self.lineage_table(id);
            }
        }
    }

    /// Checks the physical name of a schema, with its first table to blame.
    fn schema_name(&mut self, id: SchemaId) {
        let name = self.pass.name(id);
        let Some(table) = self.pass.pipeline.schema(id).tables.first().copied() else { return };
        let at = At { table, span: self.pass.pipeline.schema(id).span, attribute: None };
        let max = self.pass.dialect.facts().identifier_max;
        let length = self.pass.identifier_length(name);
        if length > max {
            self.pass.report(at, ProblemKind::NameTooLong { what: "schema", name: name.to_string(), length, max });
        }
        let other = self.out.catalog.schemas.keys().find(|other| *other != name && other.to_lowercase() == name.to_lowercase());
        if let (true, Some(first)) = (self.pass.server().is_mysql_family(), other.cloned()) {
            self.pass.report(at, ProblemKind::SchemaCase { first, second: name.to_string() });
        }
    }

    /// Makes the table with its columns, those of its parents included.
    fn draft(&mut self, id: TableId, own: Vec<OwnColumn>) {
        let table = self.pass.pipeline.table(id);
        let schema = self.pass.name(table.schema);
        let at = At { table: id, span: table.name_span, attribute: None };
        self.table_name(at, table, schema);

        let columns = self.columns(id, table, own);
        let generation = self.pass.generation(table);
        let mut lowered = Table {
            schema: schema.to_string(),
            name: table.stored.clone(),
            kind: TableKind::Base,
            primary_key: table.heading.primary_key().map(|attribute| attribute.name.clone()).collect(),
            columns,
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
            comment: self.pass.layers(table).comment(&table.comment),
            engine: self.pass.server().is_mysql_family().then(|| "InnoDB".to_string()),
            charset: None,
            generation: Some(generation),
        };
        if lowered.primary_key.is_empty() && generation == Generation::Modern {
            self.pass.add_singleton(id, &mut lowered);
        }
        self.pass.add_hidden(id, table, &mut lowered);
        // What is invalid has been reported; a key must not name a column that is not there.
        let Table { primary_key, columns, .. } = &mut lowered;
        primary_key.retain(|name| columns.iter().any(|column| column.name == *name));
        let problems = self.pass.problems.split_off(self.settled);
        self.drafts[id.0 as usize] = Some(Draft { table: lowered, problems });
    }

    /// Puts the table with its keys into the catalog and, where it is wanted, into the changes.
    fn finish(&mut self, id: TableId, keys: Keys) {
        let table = self.pass.pipeline.table(id);
        let schema = self.pass.name(table.schema);
        let Draft { table: mut lowered, problems } = self.drafts[id.0 as usize].take().expect("every table was drafted");
        self.pass.problems.extend(problems);
        self.pass.problems.extend(keys.problems);
        lowered.foreign_keys = keys.foreign_keys;
        lowered.indexes = keys.indexes;
        self.external_tables(id, table, &lowered);
        if !self.pass.server().is_mysql_family() {
            self.name_indexes(&mut lowered);
        }

        let lowered = Arc::new(lowered);
        if self.pass.is_wanted(table.schema) {
            self.new_enums(&lowered);
            self.out.changes.push(Change::CreateTable(lowered.clone()));
        }
        self.lineage_of(id, table);
        let entry = self.out.catalog.schemas.get_mut(schema).expect("all schemas were added first");
        entry.tables.entry(table.stored.clone()).or_insert(lowered);
    }

    fn table_name(&mut self, at: At<'_>, table: &'a ir::Table, schema: &'a str) {
        let max = table_name_max(self.pass.generation(table), self.pass.server() == Server::Postgres);
        let length = self.pass.identifier_length(&table.stored);
        if length > max {
            self.pass.report(at, ProblemKind::NameTooLong { what: "table", name: table.stored.clone(), length, max });
        }
        let other = *self.stored.entry(schema).or_default().entry(&table.stored).or_insert(at.table);
        if other != at.table {
            self.pass.report(at, ProblemKind::DuplicateTable { schema: schema.to_string(), table: table.stored.clone(), other });
        }
    }

    /// Adds a change for each enum type that a table is the first to use.
    fn new_enums(&mut self, table: &Table) {
        for column in &table.columns {
            let crate::catalog::ColumnType::Enum { name: Some((schema, name)), values } = &column.ty else { continue };
            // A type of another schema came with a reference and is there already.
            if *schema == table.schema && self.created_enums.insert((schema.clone(), name.clone())) {
                self.out.changes.push(Change::CreateEnum { schema: schema.clone(), name: name.clone(), values: values.clone() });
            }
        }
    }
}

/// Returns the collation that is written for a charset when none is said: one that both MySQL and MariaDB have.
fn default_collation(charset: &str) -> String {
    match charset {
        "latin1" => "latin1_swedish_ci".to_string(),
        "binary" => "binary".to_string(),
        other => format!("{other}_general_ci"),
    }
}
