//! Holds what was written against what is there: the files are compiled and lowered for the server they came from.
//!
//! So whatever a definition cannot say is found, without a list of such things.

use std::collections::{BTreeMap, BTreeSet};

use djc_runtime::deploy::{Difference, differences};

use super::plan::{Plan, TableAt, is_hidden};
use super::{Finding, Options, Place};
use crate::config;
use crate::core::catalog::{Catalog, Index, IndexOrigin, Table};
use crate::core::dialect::{self, Lowered, lower};
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
    pub fn report(&self, plan: &Plan, options: &Options, findings: &mut Vec<Finding>) {
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
                not_carried(&theirs, &place(None), findings);
            }
            dialect.normalize(&mut ours);
            dialect.normalize(&mut theirs);
            for difference in differences(&ours, &theirs, options.target.server) {
                if is_known(&difference, &theirs, findings, &place) {
                    continue;
                }
                let column = difference.subject.split('`').nth(1);
                let comment = difference.subject.starts_with("comment of");
                let code = if comment { &codes::INEXACT_COMMENT } else { &codes::INEXACT_TABLE };
                findings.push(Finding::new(code, place(column), said(&difference)).help(if comment {
                    "an arrow brings the parent's comment, and the stored comments of the two differ"
                } else {
                    "a table made anew from the file would differ in this"
                }));
            }
        }
    }
}

/// Says a difference from the side of the database.
fn said(difference: &Difference) -> String {
    let subject = &difference.subject;
    match (&difference.declared, &difference.found) {
        (Some(ours), Some(theirs)) => format!("{subject} is {theirs} in the database and would be {ours}"),
        (None, Some(theirs)) => format!("{subject} cannot be said: {theirs}"),
        (Some(ours), None) => format!("{subject} would be there and is not: {ours}"),
        (None, None) => subject.clone(),
    }
}

/// Whether the difference follows from something that was reported.
fn is_known(difference: &Difference, live: &Table, findings: &[Finding], place: &impl Fn(Option<&str>) -> Place) -> bool {
    let reported = |code: &'static crate::diag::Code, place: &Place, text: &str| {
        findings.iter().any(|finding| finding.code.id == code.id && finding.place == *place && finding.message.contains(text))
    };
    let column = difference.subject.split('`').nth(1).unwrap_or_default();
    match difference.subject.as_str() {
        "foreign key" if difference.declared.is_none() => live.foreign_keys.iter().any(|key| {
            let first = place(key.columns.first().map(String::as_str));
            reported(&codes::UNSAYABLE_REFERENCE, &first, &format!("({})", key.columns.join(", ")))
        }),
        subject if subject.starts_with("column") => reported(&codes::UNSAYABLE_COLUMN, &place(None), &format!("`{column}`")),
        _ => false,
    }
}

/// Reports what no definition says: engines and charsets of their own.
fn not_carried(live: &Table, place: &Place, findings: &mut Vec<Finding>) {
    let mut lost = Vec::new();
    if let Some(engine) = live.engine.as_deref().filter(|engine| !engine.eq_ignore_ascii_case("InnoDB")) {
        lost.push(format!("the engine {engine}"));
    }
    for column in live.columns.iter().filter(|column| !is_hidden(&column.name)) {
        if let Some(charset) = &column.charset {
            lost.push(format!("the collation {} of `{}`", charset.collation, column.name));
        }
    }
    if !lost.is_empty() {
        let message = format!("no definition says {}", lost.join(", "));
        findings.push(Finding::new(&codes::INEXACT_COMMENT, place.clone(), message).help("a new table gets what its schema has"));
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
