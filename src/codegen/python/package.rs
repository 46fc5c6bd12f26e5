//! Which modules a package has, and whether Python can have them.

use std::collections::BTreeMap;

use super::METHODS;
use crate::codegen::Input;
use crate::core::ir::{Generation, ReferenceId, SchemaId, TableId, Tier};
use crate::core::source::Span;
use crate::diag::{Sink, codes};
use crate::graph::{Edge, Graph, Step};

/// What Python does not let a name be.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
    "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try",
    "while", "with", "yield",
];

/// Tells whether Python does not let a name be.
pub(super) fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}

/// What a module holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Classes.
    Classes,
    /// Tables of somebody else, which datajoint reads from the database.
    Virtual,
}

/// The package that is written.
pub(super) struct Package<'a> {
    pub input: &'a Input<'a>,
    /// The DataJoint that its modules import.
    pub generation: Generation,
    /// The modules, with all that they need.
    pub schemas: BTreeMap<SchemaId, Kind>,
}

impl<'a> Package<'a> {
    /// Returns the package of the schemas that are asked for and of those that they need; `None` when Python cannot have it, which has been reported.
    pub fn new(input: &'a Input<'a>, sink: &mut Sink) -> Option<Self> {
        let generation = generation(input, sink)?;
        let mut schemas = BTreeMap::new();
        let mut open: Vec<SchemaId> = input.wanted.iter().copied().collect();
        while let Some(id) = open.pop() {
            if schemas.contains_key(&id) {
                continue;
            }
            let schema = input.pipeline.schema(id);
            let kind = if schema.owned && schema.generation == generation { Kind::Classes } else { Kind::Virtual };
            schemas.insert(id, kind);
            if kind == Kind::Classes {
                open.extend(needs(input, id));
            }
        }
        let package = Package { input, generation, schemas };
        let fits = package.names_fit(sink) & package.modules_stand(sink);
        fits.then_some(package)
    }

    pub fn kind(&self, id: SchemaId) -> Kind {
        // A table that nothing needs by reference may still be named by an expression.
        self.schemas.get(&id).copied().unwrap_or(Kind::Virtual)
    }

    /// Tells whether every module and class can have its name.
    fn names_fit(&self, sink: &mut Sink) -> bool {
        let mut fit = true;
        let mut check = |name: &str, span: Span, what: &str| {
            let owner = match name {
                METHODS => Some("the folder of hand-written methods"),
                name if is_keyword(name) => Some("a word of Python"),
                _ => None,
            };
            if let Some(owner) = owner {
                fit = false;
                let found = codes::PYTHON_NAME.at(span, format!("`{name}` is {owner}, so no {what} can have this name"));
                let help = if what == "module" {
                    format!("`schema other_name as \"{name}\"` keeps the schema of the database")
                } else {
                    "give it another name; `@renamed_from` says which it had".to_string()
                };
                sink.report(found.help(help));
            }
        };
        for id in self.schemas.keys() {
            let schema = self.input.pipeline.schema(*id);
            check(&schema.module, schema.span, "module");
            for table in &schema.tables {
                let table = self.input.pipeline.table(*table);
                check(&table.class, table.name_span, "class");
            }
        }
        fit
    }

    /// Tells whether the modules can import each other.
    fn modules_stand(&self, sink: &mut Sink) -> bool {
        let pipeline = self.input.pipeline;
        let mut because: BTreeMap<(SchemaId, SchemaId), (TableId, Span)> = BTreeMap::new();
        for id in self.schemas.iter().filter(|(_, kind)| **kind == Kind::Classes).map(|(id, _)| *id) {
            for table in &pipeline.schema(id).tables {
                for reference in &pipeline.table(*table).references {
                    let parent = pipeline.table(reference.parent).schema;
                    if parent != id && self.kind(parent) == Kind::Classes {
                        because.entry((id, parent)).or_insert((*table, reference.target_span));
                    }
                }
            }
        }
        let steps = because.keys().map(|(child, parent)| step(child.0, parent.0));
        let cycles = Graph::from_steps(pipeline.schemas.len(), steps).cycles();
        for cycle in &cycles {
            let links: Vec<(SchemaId, SchemaId)> =
                cycle.steps.iter().map(|step| (SchemaId(step.child.0), SchemaId(step.parent.0))).collect();
            let module = |id: SchemaId| pipeline.schema(id).module.as_str();
            let way: Vec<&str> = links.iter().map(|(child, _)| module(*child)).chain([module(links[0].0)]).collect();
            let mut found =
                codes::MODULE_CYCLE.at(because[&links[0]].1, format!("the modules would import each other: {}", way.join(" → ")));
            for link in &links[1..] {
                let (table, span) = because[link];
                found = found.label(span, format!("`{}` needs `{}`", pipeline.qualified_name(table), module(link.1)));
            }
            sink.report(found.help("move a table into another schema, so that all arrows between two schemas lead one way"));
        }
        cycles.is_empty()
    }
}

/// Returns the schemas that the tables of a schema refer to.
fn needs<'p>(input: &'p Input<'_>, id: SchemaId) -> impl Iterator<Item = SchemaId> + 'p {
    let pipeline = input.pipeline;
    let tables = pipeline.schema(id).tables.iter().map(|table| pipeline.table(*table));
    tables.flat_map(|table| {
        let parents = table.references.iter().map(|reference| reference.parent).chain(table.annotations.nwb_table);
        parents.map(|parent| pipeline.table(parent).schema).collect::<Vec<_>>()
    })
}

/// Returns the one DataJoint of the schemas that are asked for.
fn generation(input: &Input<'_>, sink: &mut Sink) -> Option<Generation> {
    let schemas: Vec<_> = input.wanted.iter().map(|id| input.pipeline.schema(*id)).collect();
    let mut owned = schemas.iter().filter(|schema| schema.owned);
    let Some(first) = owned.next() else { return schemas.first().map(|schema| schema.generation) };
    if let Some(other) = owned.find(|schema| schema.generation != first.generation) {
        let message =
            format!("`{}` is of datajoint {}, `{}` of datajoint {}", first.module, first.generation, other.module, other.generation);
        sink.report(
            codes::PYTHON_GENERATIONS
                .at(other.span, message)
                .label(first.span, format!("of datajoint {}", first.generation))
                .help("one Python has one datajoint: generate them by two runs, each with its paths and `-o DIR`"),
        );
        return None;
    }
    Some(first.generation)
}

/// Returns tables of one schema (parts left out) in an order in which each stands behind all that its class needs; `None` for a circle, which has been reported.
pub(super) fn in_order(input: &Input<'_>, id: SchemaId, sink: &mut Sink) -> Option<Vec<TableId>> {
    let pipeline = input.pipeline;
    let top = |id: TableId| match pipeline.table(id).tier {
        Tier::Part { master } => master,
        Tier::Manual | Tier::Lookup | Tier::Imported | Tier::Computed => id,
    };
    let tables = &pipeline.schema(id).tables;
    let mut because: BTreeMap<(TableId, TableId), Span> = BTreeMap::new();
    for table in tables {
        let declared = pipeline.table(*table);
        let references = declared.references.iter().map(|reference| (reference.parent, reference.target_span));
        for (parent, span) in references.chain(declared.annotations.nwb_table.map(|parent| (parent, declared.name_span))) {
            if pipeline.table(parent).schema == id && top(parent) != top(*table) {
                because.entry((top(*table), top(parent))).or_insert(span);
            }
        }
    }
    let (order, cycles) = ordered(tables, because.keys().copied());
    for cycle in &cycles {
        let class = |id: TableId| pipeline.table(id).class.as_str();
        let names: Vec<&str> = cycle.iter().map(|(child, _)| class(*child)).chain([class(cycle[0].0)]).collect();
        let message = format!("the classes would need each other: {}", names.join(" → "));
        let mut found = codes::CLASS_CYCLE.at(because[&cycle[0]], message);
        for link in &cycle[1..] {
            found = found.label(because[link], format!("`{}` needs `{}`", class(link.0), class(link.1)));
        }
        sink.report(found.help("a master and its parts are one class in Python: make the part a table of its own, or move the reference"));
    }
    cycles.is_empty().then(|| order.into_iter().filter(|id| top(*id) == *id).collect())
}

/// Returns the parts of a master, each behind those that it refers to.
pub(super) fn parts_in_order(input: &Input<'_>, master: TableId) -> Vec<TableId> {
    let pipeline = input.pipeline;
    let is_part = |id: &TableId| pipeline.table(*id).tier == Tier::Part { master };
    // Parts stand behind their master.
    let parts: Vec<TableId> = (master.0 + 1..pipeline.tables.len() as u32).map(TableId).take_while(is_part).collect();
    let links = parts.iter().flat_map(|part| {
        let parents = pipeline.table(*part).references.iter().map(|reference| reference.parent);
        parents.filter(is_part).map(|parent| (*part, parent)).collect::<Vec<_>>()
    });
    ordered(&parts, links).0
}

/// A way around: who needs whom.
type Circle = Vec<(TableId, TableId)>;

/// Returns sorted tables in an order in which each stands behind those that it needs, and the circles among them.
fn ordered(tables: &[TableId], links: impl Iterator<Item = (TableId, TableId)>) -> (Vec<TableId>, Vec<Circle>) {
    let position = |id: TableId| tables.binary_search(&id).expect("both ends are among the tables") as u32;
    let graph = Graph::from_steps(tables.len(), links.map(|(child, parent)| step(position(child), position(parent))));
    let table = |position: TableId| tables[position.0 as usize];
    let circle = |steps: &[Step]| steps.iter().map(|step| (table(step.child), table(step.parent))).collect();
    (graph.order().into_iter().map(table).collect(), graph.cycles().iter().map(|cycle| circle(&cycle.steps)).collect())
}

fn step(child: u32, parent: u32) -> Step {
    Step { child: TableId(child), parent: TableId(parent), edge: Edge::Reference(ReferenceId(0)) }
}
