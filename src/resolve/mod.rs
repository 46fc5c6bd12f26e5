//! From trees to the typed model: every name looked up, keys flowed along references.
//!
//! Two passes. The first collects what is declared (`scope`) and finds the table behind every arrow; that gives the
//! dependency order. The second builds the tables in that order, so that a parent's key is known when a child asks for it (`key`).
//! Nothing here fails: what is wrong is reported, and a table that lacks something because of it is marked
//! incomplete, so that one mistake is one message. Where datajoint accepts a definition, the result is what it would declare;
//! what is merely unwise belongs to the lints.

mod annotation;
mod attribute;
mod columns;
mod contents;
mod index;
mod key;
mod mixin;
mod scope;
mod table;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::config::Config;
use crate::core::ir::type_text::TypeContext;
use crate::core::ir::{self, Pipeline, ReferenceId, SchemaName, TableId, Tier};
use crate::diag::{Sink, codes};
use crate::graph::{Cycle, Edge, Graph, Step};
use crate::parser::ast::{self, BodyItem, TierWord};
use scope::{Declared, Scopes};

/// Returns the pipeline that the files declare, as complete as its mistakes allow; they are reported into `sink`.
pub fn resolve(files: &[ast::File], config: &Config, sink: &mut Sink) -> Pipeline {
    let scopes = Scopes::collect(files, sink);
    let mut pipeline = skeleton(&scopes, config, sink);
    let mut targets = find_targets(&scopes, &pipeline, sink);
    let graph = graph(&scopes, &targets);
    let mut incomplete = vec![false; scopes.tables.len()];
    for cycle in graph.cycles() {
        report_cycle(&cycle, &scopes, &pipeline, sink);
        for table in &cycle.tables {
            incomplete[table.0 as usize] = true;
            // The arrows within the group lead nowhere, so that everything else can be ordered.
            for target in &mut targets[table.0 as usize] {
                target.take_if(|target| cycle.tables.binary_search(target).is_ok());
            }
        }
    }
    pipeline.order = graph.order();
    let types = config.type_context();
    let order = pipeline.order.clone();
    let mixins = mixin::MIXINS.into_iter().chain(config.mixins.keys().map(String::as_str)).collect();
    let mut builder = Builder { scopes: &scopes, targets, pipeline, incomplete, types, mixins, sink: Sink::new() };
    for id in order {
        builder.build(id);
        let found = std::mem::take(&mut builder.sink);
        report_for(found, || builder.pipeline.qualified_name(id), sink);
    }
    let pipeline = builder.pipeline;
    report_same_stored(&pipeline, sink);
    pipeline
}

/// What the second pass works with.
struct Builder<'a> {
    scopes: &'a Scopes<'a>,
    /// The tables behind the arrows of each table, in the order of its lines; `None` where that has been reported.
    targets: Vec<Vec<Option<TableId>>>,
    pipeline: Pipeline,
    /// Tables that lack something because of a mistake, which must not be blamed on anybody else.
    incomplete: Vec<bool>,
    types: TypeContext,
    /// The names that `@mixin` knows.
    mixins: Vec<&'a str>,
    /// What was found in the table that is being built.
    sink: Sink,
}

/// Reports findings under the name of the table they are about.
fn report_for(found: Sink, name: impl Fn() -> String, sink: &mut Sink) {
    for mut found in found.into_sorted() {
        found.table.get_or_insert_with(&name);
        sink.report(found);
    }
}

/// Returns the arrows of a table in order.
fn arrows(table: &ast::Table) -> impl Iterator<Item = &ast::Reference> {
    table.body.iter().filter_map(|item| match item {
        BodyItem::Reference(reference) => Some(reference),
        BodyItem::TableComment(_)
        | BodyItem::Comment(_)
        | BodyItem::Blank(_)
        | BodyItem::Separator(_)
        | BodyItem::Attribute(_)
        | BodyItem::Index(_)
        | BodyItem::Part(_)
        | BodyItem::Contents(_)
        | BodyItem::Error(_) => None,
    })
}

fn find_targets<'a>(scopes: &Scopes<'a>, pipeline: &Pipeline, sink: &mut Sink) -> Vec<Vec<Option<TableId>>> {
    let mut find = |at: usize, declared: &Declared<'a>| {
        let id = TableId(at as u32);
        let mut found = Sink::new();
        let find = |arrow: &'a ast::Reference| match scopes.look_up(id, &arrow.target.path, &mut found) {
            Some(target) if target == id => {
                let name = &declared.ast.name.value;
                let itself = codes::SELF_REFERENCE
                    .at(arrow.target.span, format!("`{name}` refers to itself"))
                    .help("datajoint cannot declare such a table: when the arrow is read, the table does not exist yet")
                    .help(format!("keep the relation in a second table that refers to `{name}` twice, once with `.proj(new='old')`"));
                found.report(itself);
                None
            }
            target => target,
        };
        let targets = arrows(declared.ast).map(find).collect();
        report_for(found, || pipeline.qualified_name(id), sink);
        targets
    };
    scopes.tables.iter().enumerate().map(|(at, declared)| find(at, declared)).collect()
}

fn graph(scopes: &Scopes, targets: &[Vec<Option<TableId>>]) -> Graph {
    let steps = scopes.tables.iter().enumerate().flat_map(|(at, declared)| {
        let child = TableId(at as u32);
        let master = declared.master.map(|parent| Step { child, parent, edge: Edge::Part });
        let references = targets[at].iter().enumerate().filter_map(move |(line, target)| {
            let edge = Edge::Reference(ReferenceId(line as u32));
            target.map(|parent| Step { child, parent, edge })
        });
        master.into_iter().chain(references)
    });
    Graph::from_steps(scopes.tables.len(), steps)
}

fn report_cycle(cycle: &Cycle, scopes: &Scopes, pipeline: &Pipeline, sink: &mut Sink) {
    let name = |id: TableId| pipeline.qualified_name(id);
    let Some(first) = cycle.steps.first() else { return };
    let mut way: Vec<String> = cycle.steps.iter().map(|step| format!("`{}`", name(step.child))).collect();
    way.push(format!("`{}`", name(first.child)));
    let place = |step: &Step| {
        let ast = scopes.tables[step.child.0 as usize].ast;
        match step.edge {
            Edge::Reference(line) => arrows(ast).nth(line.0 as usize).map_or(ast.name.span, |arrow| arrow.target.span),
            Edge::Part => ast.name.span,
        }
    };
    let text = |step: &Step| match step.edge {
        Edge::Reference(_) => format!("`{}` refers to `{}`", name(step.child), name(step.parent)),
        Edge::Part => format!("`{}` is a part of `{}`", name(step.child), name(step.parent)),
    };
    let mut found = codes::REFERENCE_CYCLE
        .at(place(first), format!("tables refer to each other in a circle: {}", way.join(" -> ")))
        .here(text(first))
        .help("no table of a circle can be declared first; move one of the arrows into a table of its own");
    for step in &cycle.steps[1..] {
        found = found.label(place(step), text(step));
    }
    sink.report(found.table(name(first.child)));
}

/// Returns the pipeline with all schemas and tables, names and tiers known, headings still empty.
fn skeleton(scopes: &Scopes, config: &Config, sink: &mut Sink) -> Pipeline {
    let schemas: Vec<ir::Schema> = scopes
        .modules
        .iter()
        .map(|module| {
            let settings = config.schemas.get(module.name);
            let written = module.line.and_then(|line| line.physical.as_ref()).map(|name| name.value.as_str());
            let name = settings.and_then(|settings| settings.name.as_deref()).or(written).unwrap_or(module.name);
            let external = module.line.is_some_and(|line| line.external);
            let owned = settings.and_then(|settings| settings.owned).unwrap_or(!external);
            // The charset of new schemas says nothing about one that somebody else has made.
            let charset = match settings.and_then(|settings| settings.charset.as_ref()) {
                None if !owned => &ir::Charset::Server,
                Some(_) | None => config.charset(module.name),
            };
            ir::Schema {
                module: module.name.to_string(),
                name: SchemaName::new(name),
                generation: config.generation(module.name),
                owned,
                charset: charset.clone(),
                doc: module.line.and_then(|line| doc(&line.doc)),
                tables: module.tables.clone(),
                span: module.line.map(|line| line.span).unwrap_or_default(),
            }
        })
        .collect();
    let mut tables: Vec<ir::Table> = Vec::with_capacity(scopes.tables.len());
    for declared in &scopes.tables {
        let ast = declared.ast;
        let tier = tier(ast.tier.value, declared.master);
        let word = table::stored_word(&ast.name, schemas[declared.module.0 as usize].generation, sink);
        // Masters stand before their parts, so the stored name is known.
        let master = declared.master.map(|master| tables[master.0 as usize].stored.as_str());
        let stored = ir::stored_name(&tier, master, &word);
        tables.push(ir::Table {
            schema: declared.module,
            class: ast.name.value.clone(),
            stored,
            tier,
            comment: String::new(),
            doc: doc(&ast.doc),
            heading: ir::Heading::default(),
            references: Vec::new(),
            indexes: Vec::new(),
            contents: Vec::new(),
            annotations: ir::Annotations::default(),
            span: ast.span,
            name_span: ast.name.span,
        });
    }
    Pipeline { schemas, tables, order: Vec::new() }
}

fn tier(word: TierWord, master: Option<TableId>) -> Tier {
    match (master, word) {
        // Whatever word a nested table is written with, it is a part; the parser has reported the word.
        (Some(master), _) => Tier::Part { master },
        (None, TierWord::Lookup) => Tier::Lookup,
        (None, TierWord::Imported) => Tier::Imported,
        (None, TierWord::Computed) => Tier::Computed,
        // A part outside of any master has been reported by the parser.
        (None, TierWord::Manual | TierWord::Part) => Tier::Manual,
    }
}

fn doc(lines: &[crate::core::source::Spanned<String>]) -> Option<String> {
    let lines: Vec<&str> = lines.iter().map(|line| line.value.as_str()).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Reports tables of one schema, by its template, that have one stored name: `Probe_Two` beside `ProbeTwo`, or modules that share a schema.
fn report_same_stored(pipeline: &Pipeline, sink: &mut Sink) {
    let mut first: HashMap<(&str, &str), TableId> = HashMap::with_capacity(pipeline.tables.len());
    for (id, table) in pipeline.tables() {
        let schema = pipeline.schema(table.schema).name.template();
        match first.entry((schema, &table.stored)) {
            Entry::Vacant(entry) => {
                entry.insert(id);
            }
            Entry::Occupied(other) => report_same_table(pipeline, *other.get(), id, schema, sink),
        }
    }
}

/// Reports two tables that would be one in the database; also for names that are only known with their variables.
pub(crate) fn report_same_table(pipeline: &Pipeline, first: TableId, second: TableId, schema: &str, sink: &mut Sink) {
    let (one, two) = (pipeline.table(first), pipeline.table(second));
    let found = codes::SAME_STORED_TABLE
        .at(
            two.name_span,
            format!(
                "`{}` and `{}` would both be the table `{schema}`.`{}`",
                pipeline.qualified_name(first),
                pipeline.qualified_name(second),
                two.stored
            ),
        )
        .label(one.name_span, "the other one")
        .help("give one of them another name, or its module another physical schema")
        .table(pipeline.qualified_name(second));
    sink.report(found);
}
