//! Holds what was written against what is there: the files are compiled and lowered for the server they came from.
//!
//! So whatever a definition cannot say is found, without a list of such things.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::{Plan, TableAt, is_hidden};
use super::{Finding, Options, Place};
use crate::config;
use crate::core::catalog::{Catalog, ForeignKey, Index, IndexOrigin, Table};
use crate::core::dialect::{self, Lowered, lower};
use crate::core::diff::{Difference, What, tables};
use crate::core::source::SourceMap;
use crate::diag::{Sink, codes};
use crate::parser::ast;
use crate::resolve;

/// What the files say, as tables of the server.
pub(super) struct Result {
    lowered: Lowered,
    /// What is wrong with the files themselves.
    pub sink: Sink,
}

/// Compiles and lowers the files.
pub(super) fn compile(files: &[ast::File], settings: &str, catalog: &Catalog, options: &Options, sources: &mut SourceMap) -> Result {
    let mut sink = Sink::new();
    let config = config::read(sources.add(crate::project::CONFIG_NAME, settings), settings, &mut sink);
    let pipeline = resolve::resolve(files, &config, &mut sink);
    let names = crate::project::schema_names(&pipeline, &BTreeMap::new(), &mut sink);
    let lowering = dialect::Options {
        add_hidden_timestamp: config.datajoint.add_hidden_timestamp,
        add_job_metadata: config.datajoint.add_job_metadata,
        provenance: config.datajoint.provenance,
        live_charsets: catalog.schemas.values().filter_map(|schema| Some((schema.name.clone(), schema.charset.clone()?))).collect(),
        ..dialect::Options::default()
    };
    let lowered = lower(&pipeline, &names, &options.target, &lowering);
    crate::problems::report(&pipeline, &lowered.problems, &mut sink);
    Result { lowered, sink }
}

impl Result {
    /// Returns places of live indexes that were taken for the server's own and are not made.
    pub fn missing_indexes(&self, plan: &Plan, options: &Options) -> BTreeSet<(TableAt, usize)> {
        let dialect = options.target.server.dialect();
        let mut out = BTreeSet::new();
        for (at, table) in plan.tables.iter().enumerate().filter(|(_, table)| !plan.modules[table.module].external) {
            let Some(ours) = self.lowered.catalog.table(&table.live.schema, &table.live.name) else { continue };
            let mut ours = ours.clone();
            dialect.normalize(&mut ours);
            let mut made: Vec<Index> = ours.indexes.iter().map(nameless).collect();
            for (place, index) in table.live.indexes.iter().enumerate() {
                let mut alone = Table { indexes: vec![index.clone()], ..table.live.clone() };
                dialect.normalize(&mut alone);
                let index = nameless(&alone.indexes[0]);
                match made.iter().position(|known| *known == index) {
                    Some(known) => drop(made.remove(known)),
                    None => drop(out.insert((TableAt(at), place))),
                }
            }
        }
        out
    }

    /// Reports what differs, table by table; what has been reported as lost is not said again.
    pub fn report(&self, plan: &Plan, catalog: &Catalog, options: &Options, findings: &mut Vec<Finding>) {
        let dialect = options.target.server.dialect();
        for table in &plan.tables {
            let module = &plan.modules[table.module];
            let place = |attribute: Option<&str>| match attribute {
                Some(name) => Place::Attribute(table.live.schema.clone(), table.live.name.clone(), name.to_string()),
                None => Place::Table(table.live.schema.clone(), table.live.name.clone()),
            };
            let Some(ours) = self.lowered.catalog.table(&table.live.schema, &table.live.name) else { continue };
            let (mut ours, mut theirs) = (ours.clone(), table.live.clone());
            if module.external {
                keep_key(&mut ours);
                keep_key(&mut theirs);
            } else {
                collations(&theirs, catalog, &place, findings);
            }
            dialect.normalize(&mut ours);
            dialect.normalize(&mut theirs);
            for difference in tables(&ours, &theirs) {
                if !is_known(&difference, findings, &place) {
                    let code = if is_slight(&difference.what) { &codes::INEXACT_DETAIL } else { &codes::INEXACT_TABLE };
                    let (message, help) = said(&difference, options);
                    findings.push(Finding::new(code, place(difference.column()), message).help(help));
                }
            }
        }
    }
}

/// Reports collations that are not those of the schema; normalising takes them away.
fn collations(live: &Table, catalog: &Catalog, place: &impl Fn(Option<&str>) -> Place, findings: &mut Vec<Finding>) {
    let help = "a new table gets what its schema has";
    let schema = catalog.schemas.get(&live.schema).and_then(|schema| schema.charset.as_ref());
    if let (Some(own), Some(schema)) = (&live.charset, schema)
        && !own.joins(schema)
    {
        let message = format!("collation of the table: {} in the database, {} when made from this file", own.collation, schema.collation);
        findings.push(Finding::new(&codes::INEXACT_DETAIL, place(None), message).help(help));
    }
    for column in live.columns.iter().filter(|column| !is_hidden(&column.name)) {
        if let Some(own) = &column.charset {
            let message = format!(
                "collation of attribute `{}`: {} in the database, none of its own when made from this file",
                column.name, own.collation
            );
            findings.push(Finding::new(&codes::INEXACT_DETAIL, place(Some(&column.name)), message).help(help));
        }
    }
}

/// Whether datajoint sees no difference: comments that an arrow brings anew, and what no definition says.
fn is_slight(what: &What) -> bool {
    matches!(
        what,
        What::ColumnComment { .. }
            | What::Engine(_)
            | What::TableCharset(_)
            | What::ColumnCharset { .. }
            | What::CommentsEncodedTwice { .. }
    )
}

/// Says a difference from the side of the database, and what follows.
fn said(difference: &Difference, options: &Options) -> (String, &'static str) {
    let words = difference.words(options.target.server);
    let subject = words.subject;
    let message = match (words.from.as_deref(), words.to.as_deref()) {
        (Some(ours), Some(theirs)) => format!("{subject}: {theirs} in the database, {ours} when made from this file"),
        (None, Some("")) | (Some(""), None) | (None, None) => subject,
        (None, Some(theirs)) => format!("{subject} that no definition says: {theirs}"),
        (Some(ours), None) => format!("{subject} that is not in the database: {ours}"),
    };
    let help = match &difference.what {
        What::ColumnComment { .. } => "an arrow brings the parent's comment, or the comment has a form that no definition has",
        What::Engine(_) | What::TableCharset(_) | What::ColumnCharset { .. } => "a new table gets what its schema has",
        _ => "the tables that are there stay as they are; a table made anew from the file would differ in this",
    };
    (message, help)
}

/// Whether the difference follows from something that was reported.
fn is_known(difference: &Difference, findings: &[Finding], place: &impl Fn(Option<&str>) -> Place) -> bool {
    let reported = |code: &'static crate::diag::Code, place: &Place, text: &str| {
        findings.iter().any(|finding| finding.code.id == code.id && finding.place == *place && finding.message.contains(text))
    };
    let lost = |key: &ForeignKey| {
        let first = place(key.columns.first().map(String::as_str));
        reported(&codes::UNSAYABLE_REFERENCE, &first, &format!("({})", key.columns.join(", ")))
    };
    match &difference.what {
        What::ForeignKeyAdded(key) => lost(key),
        What::ForeignKeyTarget { keys, .. } => lost(&keys.to),
        What::ForeignKeyColumns(keys) | What::ForeignKeyActions(keys) => lost(&keys.to),
        What::ColumnAdded { column, .. } => reported(&codes::UNSAYABLE_COLUMN, &place(None), &format!("`{}`", column.name)),
        _ => false,
    }
}

/// Leaves what others can refer to.
fn keep_key(table: &mut Table) {
    let Table { columns, primary_key, foreign_keys, indexes, .. } = table;
    columns.retain(|column| primary_key.contains(&column.name));
    foreign_keys.clear();
    indexes.clear();
}

fn nameless(index: &Index) -> Index {
    Index { name: None, origin: IndexOrigin::Live, ..index.clone() }
}
