//! Finds the table classes and the schemas that they belong to.

mod elsewhere;
mod left_out;
mod name;
mod role;
mod schema;
mod table;

use std::collections::{BTreeMap, HashMap, HashSet};

use djc_core::source::Span;

use crate::evaluate;
use crate::sources::{ClassRef, Sources};
use crate::tree::{Class, Expr, Statement};
use crate::{Finding, FindingKind};

pub(crate) use name::{clean, known_words, numbered, said_name};
pub use role::{Role, Tier};
pub use schema::Schema;
pub use table::Table;

/// What the command line decides.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--schema MODULE=NAME`: the schema name of a Python module that leaves it to `activate`.
    pub schemas: Vec<(String, String)>,
    /// `--link NAME=MODULE[.Table]`: what a name means that only a linking module would know.
    pub links: Vec<(String, String)>,
}

/// Where a table class went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The schema, by position in [`Survey::schemas`].
    pub schema: usize,
    /// `Table` or `Table.Part`.
    pub path: String,
}

/// All that was found.
#[derive(Debug, Clone, Default)]
pub struct Survey<'t> {
    /// The schemas, in order of their modules' names.
    pub schemas: Vec<Schema<'t>>,
    /// How many table classes there are, those that are left out included.
    pub found: usize,
    /// What a person should know or decide.
    pub findings: Vec<Finding>,
    /// Where each class went, by the place of its name.
    pub home: HashMap<Span, Home>,
    /// Modules that are activated by another one, which tells them what their names mean.
    pub linking: HashMap<usize, usize>,
    /// The schemas of which a module takes all tables that the database has, by their names.
    pub spawned: HashMap<usize, Vec<String>>,
    /// Classes that tables inherit from beside their tier: the name of each in the language, and its dotted name in Python.
    pub mixins: BTreeMap<String, String>,
    /// Adapters and codecs of the sources, with what they store.
    pub adapters: BTreeMap<String, String>,
}

impl Survey<'_> {
    /// Returns how many tables were converted, parts included.
    pub fn converted(&self) -> usize {
        self.schemas.iter().flat_map(|schema| &schema.tables).map(|table| 1 + table.parts.len()).sum()
    }

    /// Returns the module that holds a table of a schema, which several modules may share.
    pub fn module_of(&self, physical: &str, table: &str) -> Option<usize> {
        let holds = |schema: &Schema<'_>| schema.tables.iter().any(|other| other.class.class.name.value == table);
        self.schemas.iter().position(|schema| schema.physical.text == physical && holds(schema))
    }
}

/// Returns the tables of all modules.
pub fn survey<'t>(sources: &Sources<'t>, options: &Options) -> Survey<'t> {
    let mut surveyor = Surveyor {
        sources,
        options,
        out: Survey::default(),
        made: HashMap::new(),
        bases: HashSet::new(),
        called: HashMap::new(),
        activated: HashMap::new(),
    };
    for (at, module) in sources.modules.iter().enumerate() {
        surveyor.bases_of(at, &module.tree.body);
        surveyor.calls(at, &module.tree.body);
        surveyor.adapters(at);
    }
    for (at, module) in sources.modules.iter().enumerate() {
        for error in module.tree.errors.iter().take(1) {
            let more = module.tree.errors.len() - 1;
            let mut finding = Finding::new(FindingKind::Syntax, error.span, format!("not Python 3: {}", lower(&error.value)));
            if more > 0 {
                let places = if more == 1 { "place" } else { "places" };
                finding = finding.help(format!("{more} more {places} in this file"));
            }
            surveyor.out.findings.push(finding.help("the classes that can be told apart are read all the same"));
        }
        surveyor.walk(at, &module.tree.body, Around::Nothing);
    }
    surveyor.finish()
}

fn lower(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// What a class stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    Nothing,
    Loop,
    Function,
}

struct Surveyor<'s, 't> {
    sources: &'s Sources<'t>,
    options: &'s Options,
    out: Survey<'t>,
    /// Schemas by the call that makes them, by position.
    made: HashMap<Span, usize>,
    /// Classes that others inherit from.
    bases: HashSet<Span>,
    /// Classes that `schema(Class)` decorates.
    called: HashMap<Span, (usize, &'t Expr)>,
    /// The names that `module.activate(name)` gives to modules.
    activated: HashMap<usize, (usize, &'t Expr)>,
}

impl<'t> Surveyor<'_, 't> {
    fn walk(&mut self, module: usize, body: &'t [Statement], around: Around) {
        for statement in body {
            match statement {
                Statement::Class(class) => self.class(module, class, around),
                Statement::Block(body) => self.walk(module, body, around),
                Statement::Choice { branches, .. } => branches.iter().for_each(|body| self.walk(module, body, around)),
                Statement::Loop(body) => self.walk(module, body, if around == Around::Function { around } else { Around::Loop }),
                Statement::Function(function) => {
                    self.walk(module, &function.body, Around::Function);
                    function.returns.iter().flatten().for_each(|value| self.made_by_type(module, value));
                }
                Statement::Assign { value, .. } | Statement::Expression(value) => self.made_by_type(module, value),
                Statement::Import(_) | Statement::ImportFrom { .. } => {}
            }
        }
    }

    fn class(&mut self, module: usize, class: &'t Class, around: Around) {
        let this = ClassRef { module, class };
        let role = self.role(this);
        let schema = class.decorators.iter().find_map(|decorator| self.schema_of(module, decorator));
        let schema = schema.or_else(|| self.called.get(&this.id()).and_then(|(module, function)| self.schema_of(*module, function)));
        let Some(tier) = role.tier else {
            if schema.is_some() {
                self.unknown_base(this);
            }
            // A class that is no table may still hold some.
            self.walk(module, &class.body, around);
            return;
        };
        let name = &class.name.value;
        if schema.is_none() || tier == Tier::Part || around != Around::Nothing {
            let has_definition = evaluate::member(self.sources, this, "definition") != Ok(None);
            // A template for other classes is no table itself.
            if !has_definition || schema.is_none() && self.bases.contains(&this.id()) {
                return;
            }
            self.out.found += 1;
            match around {
                _ if tier == Tier::Part => {
                    let message = format!("the part `{name}` does not stand in its master");
                    self.skip(FindingKind::Place, class, message, "move it into the class of its master");
                }
                Around::Function => {
                    let message = format!("the table class `{name}` is made by a function, when it is called");
                    self.skip(
                        FindingKind::Place,
                        class,
                        message,
                        "its name and schema are known then; write it at the top level, or by hand in `.dj`",
                    );
                }
                Around::Loop => {
                    let message = format!("the table class `{name}` is made in a loop");
                    self.skip(FindingKind::Place, class, message, "write each table as a class of its own");
                }
                Around::Nothing => self.without_schema(this),
            }
            return;
        }
        let Some((home, call)) = schema else { return };
        self.table(this, tier, role, home, call);
    }

    fn finish(mut self) -> Survey<'t> {
        let mut order: Vec<usize> = (0..self.out.schemas.len()).collect();
        order.sort_by(|a, b| self.out.schemas[*a].module.cmp(&self.out.schemas[*b].module));
        let mut position = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            position[*old] = new;
        }
        for home in self.out.home.values_mut() {
            home.schema = position[home.schema];
        }
        self.out.schemas.sort_by(|a, b| a.module.cmp(&b.module));
        self.out
    }
}
