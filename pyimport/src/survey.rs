//! Finds the table classes and the schemas that they belong to.

use std::collections::{BTreeMap, HashMap, HashSet};

use djc_core::source::Span;

use crate::evaluate::{self, Place, Unknown, Variable};
use crate::literal;
use crate::sources::{Ancestor, ClassRef, Found, Member, Sources, class_members, names_of};
use crate::tree::{Class, Expr, Function, Kind, Statement};
use crate::value::{Value, ValueKind};
use crate::{Finding, FindingKind, annotation};
use djc_core::text::Text;

/// How deep bases are followed.
const DEPTH_MAX: usize = 40;

/// The longest expression that a message repeats.
const WORDS_MAX: usize = 40;

/// What the command line decides.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--schema MODULE=NAME`: the schema name of a Python module that leaves it to `activate`.
    pub schemas: Vec<(String, String)>,
    /// `--link NAME=MODULE[.Table]`: what a name means that only a linking module would know.
    pub links: Vec<(String, String)>,
}

/// The kind of a table class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// `dj.Manual`
    Manual,
    /// `dj.Lookup`
    Lookup,
    /// `dj.Imported`
    Imported,
    /// `dj.Computed`
    Computed,
    /// `dj.Part`
    Part,
}

impl Tier {
    /// Returns the word of the language.
    pub fn word(self) -> &'static str {
        match self {
            Tier::Manual => "manual",
            Tier::Lookup => "lookup",
            Tier::Imported => "imported",
            Tier::Computed => "computed",
            Tier::Part => "part",
        }
    }

    fn of(class: &str) -> Option<Tier> {
        Some(match class {
            "Manual" => Tier::Manual,
            "Lookup" => Tier::Lookup,
            "Imported" => Tier::Imported,
            "Computed" => Tier::Computed,
            "Part" => Tier::Part,
            _ => return None,
        })
    }
}

/// Returns whether a class is one of the mixins of Spyglass, which the language knows by themselves.
fn is_of_spyglass(class: &str) -> bool {
    class.starts_with("Spyglass") || matches!(class, "Merge" | "_Merge")
}

/// Returns the tier that a base outside of the sources gives, by its dotted name.
fn tier_of(dotted: &str) -> Option<Tier> {
    let (package, name) = dotted.split_once('.')?;
    if package == "datajoint" { Tier::of(name.rsplit('.').next().unwrap_or_default()) } else { None }
}

/// What a class is, from its ancestors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Role {
    /// Its tier; `None` for a class that is no table.
    pub tier: Option<Tier>,
    /// Whether it has the mixin of Spyglass.
    pub spyglass: bool,
    /// Whether it is a merge table.
    pub merge: bool,
}

/// One table.
#[derive(Debug, Clone)]
pub struct Table<'t> {
    /// Its class.
    pub class: ClassRef<'t>,
    /// Its tier.
    pub tier: Tier,
    /// What else its ancestors say.
    pub role: Role,
    /// What stands between the braces.
    pub definition: Text,
    /// The rows between the brackets of `contents`.
    pub contents: Option<Text>,
    /// `key_source`, where it is one expression.
    pub key_source: Option<Text>,
    /// `_nwb_table`, as an expression of names.
    pub nwb_table: Option<(usize, &'t Expr)>,
    /// `_parallel_make = True`
    pub parallel_make: bool,
    /// `_use_transaction = False`
    pub no_transaction: bool,
    /// What `_djc` says: the name of each annotation and its arguments.
    pub annotations: Vec<(Text, Option<Text>)>,
    /// Classes of the lab that it inherits from beside its tier, by the names in [`Survey::mixins`].
    pub mixins: Vec<Text>,
    /// Its parts.
    pub parts: Vec<Table<'t>>,
}

/// One schema with its tables.
#[derive(Debug, Clone)]
pub struct Schema<'t> {
    /// The name of its module in the language.
    pub module: String,
    /// The schema name, with `${VARIABLE}` for what is not known.
    pub physical: Text,
    /// What stands for the unknown.
    pub variables: Vec<Variable>,
    /// The documentation string of the Python module.
    pub doc: Option<Text>,
    /// Where it is made.
    pub span: Span,
    /// The tables.
    pub tables: Vec<Table<'t>>,
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
        by_key: BTreeMap::new(),
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
    /// Schemas by name, or by place for those whose name is assumed.
    by_key: BTreeMap<String, usize>,
    /// Classes that others inherit from.
    bases: HashSet<Span>,
    /// Classes that `schema(Class)` decorates.
    called: HashMap<Span, (usize, &'t Expr)>,
    /// The names that `module.activate(name)` gives to modules.
    activated: HashMap<usize, (usize, &'t Expr)>,
}

impl<'t> Surveyor<'_, 't> {
    fn bases_of(&mut self, module: usize, body: &'t [Statement]) {
        for statement in body {
            match statement {
                Statement::Class(class) => {
                    for base in &class.bases {
                        if let Some(Found::Class(base)) = self.sources.follow(module, base) {
                            self.bases.insert(base.id());
                        }
                    }
                    self.bases_of(module, &class.body);
                }
                Statement::Block(_) | Statement::Loop(_) | Statement::Choice { .. } => {
                    statement.blocks().into_iter().for_each(|body| self.bases_of(module, body));
                }
                Statement::Function(function) => self.bases_of(module, &function.body),
                Statement::Import(_) | Statement::ImportFrom { .. } | Statement::Assign { .. } | Statement::Expression(_) => {}
            }
        }
    }

    /// Notes `schema(Class)`.
    fn calls(&mut self, module: usize, body: &'t [Statement]) {
        for statement in body {
            match statement {
                Statement::Expression(value) | Statement::Assign { value, .. } => {
                    self.activation(module, value);
                    self.spawning(module, value);
                    if let Kind::Call { function, arguments, .. } = &value.kind
                        && let [argument] = arguments.as_slice()
                        && let Some(Found::Class(class)) = self.sources.follow(module, argument)
                    {
                        self.called.insert(class.id(), (module, function));
                    }
                }
                Statement::Block(_) | Statement::Loop(_) | Statement::Choice { .. } => {
                    statement.blocks().into_iter().for_each(|body| self.calls(module, body));
                }
                Statement::Class(_) | Statement::Function(_) | Statement::Import(_) | Statement::ImportFrom { .. } => {}
            }
        }
    }

    /// Notes `element.activate("name", linking_module=__name__)`.
    fn activation(&mut self, module: usize, call: &'t Expr) {
        let Kind::Call { function, arguments, keywords } = &call.kind else { return };
        let Kind::Attribute(value, method) = &function.kind else { return };
        let Some(Found::Module(target)) = self.sources.follow(module, value).filter(|_| method == "activate") else { return };
        let keyword = |wanted: &str| keywords.iter().find(|(name, _)| name.as_deref() == Some(wanted)).map(|(_, value)| value);
        // Elements name the parameter after their own schema: `ephys_schema_name`.
        let named =
            || keywords.iter().find(|(name, _)| name.as_ref().is_some_and(|name| name.ends_with("schema_name"))).map(|(_, name)| name);
        if let Some(name) = arguments.first().or_else(named) {
            self.activated.insert(target, (module, name));
        }
        let linking = keyword("linking_module").and_then(|linking| match &linking.kind {
            Kind::Name(name) if name == "__name__" => Some(module),
            Kind::Text(dotted) => self.sources.module(&dotted.text),
            _ => match self.sources.follow(module, linking) {
                Some(Found::Module(linking)) => Some(linking),
                _ => None,
            },
        });
        if let Some(linking) = linking {
            self.out.linking.insert(target, linking);
        }
    }

    /// Notes `dj.schema("name").spawn_missing_classes()`.
    fn spawning(&mut self, module: usize, call: &'t Expr) {
        let Kind::Call { function, .. } = &call.kind else { return };
        let Kind::Attribute(value, method) = &function.kind else { return };
        if method != "spawn_missing_classes" {
            return;
        }
        let Some((home, Expr { kind: Kind::Call { arguments, keywords, .. }, .. })) = self.schema_of(module, value) else { return };
        let named = keywords.iter().find(|(name, _)| name.as_deref() == Some("schema_name")).map(|(_, value)| value);
        if let Some(name) = arguments.first().or(named)
            && let Ok(name) = evaluate::template(self.sources, home, name, &mut Vec::new())
        {
            self.out.spawned.entry(module).or_default().push(name.text);
        }
    }

    /// Notes `graph = GraphAdapter()`, and codecs, which have their name in the class.
    fn adapters(&mut self, module: usize) {
        let is_a = |class: ClassRef<'t>, wanted: &str| {
            self.sources.ancestors(class).iter().any(|base| matches!(base, Ancestor::Foreign(dotted) if dotted == wanted))
        };
        let mut found = Vec::new();
        for statement in &self.sources.modules[module].tree.body {
            match statement {
                Statement::Assign { targets, value: Expr { kind: Kind::Call { function, .. }, .. } } => {
                    if let Some(Found::Class(class)) = self.sources.follow(module, function)
                        && is_a(class, "datajoint.AttributeAdapter")
                        && let Ok(Some(stored)) = evaluate::member(self.sources, class, "attribute_type")
                    {
                        found.extend(targets.iter().filter_map(|target| match &target.kind {
                            Kind::Name(name) => Some((name.clone(), stored.text.clone())),
                            _ => None,
                        }));
                    }
                }
                Statement::Class(class) => {
                    let class = ClassRef { module, class };
                    if is_a(class, "datajoint.Codec")
                        && let Ok(Some(name)) = evaluate::member(self.sources, class, "name")
                        && let Ok(Some(stored)) = evaluate::member(self.sources, class, "get_dtype")
                    {
                        found.push((name.text, stored.text));
                    }
                }
                _ => {}
            }
        }
        for (name, stored) in found {
            self.out.adapters.entry(name).or_insert(stored);
        }
    }

    fn walk(&mut self, module: usize, body: &'t [Statement], around: Around) {
        for statement in body {
            match statement {
                Statement::Class(class) => self.class(module, class, around),
                Statement::Block(body) => self.walk(module, body, around),
                Statement::Choice { branches, .. } => branches.iter().for_each(|body| self.walk(module, body, around)),
                Statement::Loop(body) => self.walk(module, body, if around == Around::Function { around } else { Around::Loop }),
                Statement::Function(function) => self.walk(module, &function.body, Around::Function),
                Statement::Assign { value, .. } | Statement::Expression(value) => self.made_by_type(module, value),
                Statement::Import(_) | Statement::ImportFrom { .. } => {}
            }
        }
    }

    /// Reports a table class that is made by `type(name, (dj.Manual,), {…})`.
    fn made_by_type(&mut self, module: usize, value: &'t Expr) {
        let Kind::Call { function, arguments, .. } = &value.kind else { return };
        let bases = match arguments.as_slice() {
            [_, Expr { kind: Kind::Tuple(bases), .. }, _] if matches!(&function.kind, Kind::Name(name) if name == "type") => bases,
            _ => return arguments.iter().for_each(|argument| self.made_by_type(module, argument)),
        };
        let is_table = |base: &Expr| match self.sources.follow(module, base) {
            Some(Found::Class(class)) => self.role(class).tier.is_some(),
            Some(Found::Foreign(dotted)) => tier_of(&dotted).is_some(),
            _ => false,
        };
        if bases.iter().any(is_table) {
            let name = match &arguments[0].kind {
                Kind::Text(name) => name.text.clone(),
                _ => "a table".to_string(),
            };
            self.out.found += 1;
            let finding =
                Finding::new(FindingKind::Place, value.span, format!("the table class `{name}` is made by `type`, when the code runs"));
            self.out.findings.push(finding.help("write it as a class: `class Name(dj.Manual):`").skipping(name));
        }
    }

    fn skip(&mut self, kind: FindingKind, class: &Class, message: String, help: &str) {
        self.out.findings.push(Finding::new(kind, class.name.span, message).help(help).skipping(&class.name.value));
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

    /// Reports a class that a schema decorates, and that no base which was read makes a table.
    fn unknown_base(&mut self, this: ClassRef<'t>) {
        let name = &this.class.name.value;
        self.out.found += 1;
        let finding = Finding::new(
            FindingKind::UnknownBase,
            this.id(),
            format!("`{name}` is decorated with a schema, and none of its bases is known to be a table"),
        );
        let mut finding = finding.skipping(name);
        let mut unread = Vec::new();
        for base in self.sources.ancestors(this) {
            let Ancestor::Read(base) = base else { continue };
            for expr in &base.class.bases {
                let text = &self.sources.modules[base.module].tree.text[expr.span.range()];
                match self.sources.follow(base.module, expr) {
                    Some(Found::Foreign(dotted)) if dotted.ends_with(".AutoPopulate") => {}
                    Some(Found::Foreign(dotted)) if dotted.starts_with("datajoint.") => {
                        finding = finding
                            .label(expr.span, "of a datajoint that was given up")
                            .help(format!("`{text}` says no tier; write `dj.Manual`, `dj.Lookup`, `dj.Imported` or `dj.Computed`"));
                    }
                    Some(Found::Foreign(dotted)) => {
                        finding = finding.label(expr.span, format!("`{dotted}` was not read"));
                        unread.push(dotted.split('.').next().unwrap_or_default().to_string());
                    }
                    Some(Found::Class(_)) => {}
                    _ => finding = finding.label(expr.span, "no class that was read"),
                }
            }
        }
        unread.dedup();
        if !unread.is_empty() {
            finding = finding.help(format!("read `{}` as well: name its folder behind `djc import python`", unread.join("`, `")));
        }
        if this.class.bases.is_empty() {
            finding = finding.help("inherit from `dj.Manual`, `dj.Lookup`, `dj.Imported` or `dj.Computed`");
        }
        self.out.findings.push(finding);
    }

    /// Reports a table class without a schema that can be told.
    fn without_schema(&mut self, this: ClassRef<'t>) {
        let (module, class) = (this.module, this.class);
        let name = &class.name.value;
        let message = format!("the table class `{name}` belongs to no schema that can be told without running the code");
        let mut finding = Finding::new(FindingKind::NoSchema, class.name.span, message).skipping(name);
        finding = match class.decorators.first() {
            None => finding.help("decorate it with its schema; a class that is only a base for others needs no definition"),
            Some(decorator) => match self.sources.follow(module, decorator) {
                Some(Found::Foreign(dotted)) => {
                    let package = dotted.split('.').next().unwrap_or_default();
                    finding
                        .label(decorator.span, format!("`{dotted}` was not read"))
                        .help(format!("read `{package}` as well: name its folder behind `djc import python`"))
                }
                Some(Found::Value(_, value)) => {
                    finding.label(value.span, "made here, in a way that djc does not follow").help("write `dj.Schema(\"name\")`")
                }
                Some(_) => finding.label(decorator.span, "no schema"),
                None => finding
                    .label(decorator.span, "no name of this module says what it is")
                    .help("assign it in the module: `schema = dj.Schema(\"name\")`"),
            },
        };
        self.out.findings.push(finding);
    }

    fn table(&mut self, this: ClassRef<'t>, tier: Tier, role: Role, home: usize, call: &'t Expr) {
        let class = this.class;
        let parts = self.parts(this);
        self.out.found += 1 + parts.len();
        let schema = self.schema(home, call);
        let twin = self.out.schemas[schema].tables.iter().find(|table| table.class.class.name.value == class.name.value);
        if let Some(twin) = twin {
            let (first, name) = (twin.class.id(), &class.name.value);
            let finding = Finding::new(FindingKind::Twice, class.name.span, format!("a second class `{name}` in one schema"));
            self.out.findings.push(finding.label(first, "this one is converted").skipping(name));
            self.skip_parts(&class.name.value, &parts);
            return;
        }
        let Some(mut table) = self.read(this, tier, role, &class.name.value) else {
            self.skip_parts(&class.name.value, &parts);
            return;
        };
        self.out.home.insert(this.id(), Home { schema, path: class.name.value.clone() });
        for (part, role) in parts {
            let path = format!("{}.{}", class.name.value, part.class.name.value);
            if let Some(read) = self.read(part, Tier::Part, role, &path) {
                self.out.home.insert(part.id(), Home { schema, path });
                table.parts.push(read);
            }
        }
        self.out.schemas[schema].tables.push(table);
    }

    fn skip_parts(&mut self, master: &str, parts: &[(ClassRef<'t>, Role)]) {
        for (part, _) in parts {
            let name = &part.class.name.value;
            let finding = Finding::new(FindingKind::Place, part.id(), format!("the master of the part `{name}` is left out"));
            self.out.findings.push(finding.skipping(format!("{master}.{name}")));
        }
    }

    /// Returns the parts of a master, those of its ancestors included, as `@schema` decorates them.
    fn parts(&self, master: ClassRef<'t>) -> Vec<(ClassRef<'t>, Role)> {
        let mut seen = HashSet::new();
        let mut out = Vec::new();
        for base in self.sources.ancestors(master) {
            let Ancestor::Read(base) = base else { continue };
            for member in class_members(&base.class.body) {
                let class = match member {
                    Member::Class(class) => class,
                    Member::Function(function) => {
                        seen.insert(function.name.value.as_str());
                        continue;
                    }
                    Member::Value(name, _) => {
                        seen.insert(name);
                        continue;
                    }
                };
                let part = ClassRef { module: base.module, class };
                let role = self.role(part);
                if seen.insert(&class.name.value) && role.tier == Some(Tier::Part) {
                    out.push((part, role));
                }
            }
        }
        out
    }

    /// Returns what a class is.
    fn role(&self, class: ClassRef<'t>) -> Role {
        let mut role = Role::default();
        for base in self.sources.ancestors(class) {
            let (name, foreign) = match &base {
                Ancestor::Read(base) => (base.class.name.value.as_str(), None),
                Ancestor::Foreign(dotted) => (dotted.rsplit('.').next().unwrap_or_default(), Some(dotted.as_str())),
            };
            let package = foreign.map(|dotted| dotted.split('.').next().unwrap_or_default());
            let of_spyglass = match &base {
                Ancestor::Read(base) => self.sources.modules[base.module].dotted.split('.').any(|part| part == "spyglass"),
                Ancestor::Foreign(_) => package == Some("spyglass"),
            };
            let itself = matches!(&base, Ancestor::Read(base) if base.id() == class.id());
            if role.tier.is_none() {
                role.tier = foreign.and_then(tier_of);
            }
            if of_spyglass && !itself {
                match name {
                    "SpyglassMixin" | "SpyglassIngestion" | "SpyglassAnalysis" => role.spyglass = true,
                    "SpyglassMixinPart" => {
                        role.spyglass = true;
                        role.tier = role.tier.or(foreign.map(|_| Tier::Part));
                    }
                    "Merge" | "_Merge" => {
                        role.merge = true;
                        role.tier = role.tier.or(foreign.map(|_| Tier::Manual));
                    }
                    _ => {}
                }
            }
        }
        role
    }

    /// Returns the call that makes a schema, behind a decorator.
    fn schema_of(&self, module: usize, decorator: &'t Expr) -> Option<(usize, &'t Expr)> {
        let is_schema = |dotted: &str| dotted.starts_with("datajoint.") && matches!(dotted.rsplit('.').next(), Some("schema" | "Schema"));
        let is_maker = |module: usize, call: &Expr| match &call.kind {
            Kind::Call { function, .. } => match self.sources.follow(module, function) {
                Some(Found::Foreign(dotted)) => is_schema(&dotted),
                // A class of the lab that is a schema.
                Some(Found::Class(class)) => {
                    self.sources.ancestors(class).iter().any(|base| matches!(base, Ancestor::Foreign(dotted) if is_schema(dotted)))
                }
                _ => false,
            },
            _ => false,
        };
        if is_maker(module, decorator) {
            return Some((module, decorator));
        }
        match self.sources.follow(module, decorator) {
            Some(Found::Value(home, value)) if is_maker(home, value) => Some((home, value)),
            _ => match &decorator.kind {
                // `@schema(context=…)`
                Kind::Call { function, .. } => self.schema_of(module, function),
                _ => None,
            },
        }
    }

    /// Returns the schema that a call makes.
    fn schema(&mut self, home: usize, call: &'t Expr) -> usize {
        let (arguments, keywords) = match &call.kind {
            Kind::Call { arguments, keywords, .. } => (arguments.as_slice(), keywords.as_slice()),
            _ => (&[][..], &[][..]),
        };
        let place_key = format!("{}:{}", call.span.file.0, call.span.start);
        if let Some(known) = self.by_key.get(&place_key) {
            return *known;
        }
        let named = keywords.iter().find(|(name, _)| name.as_deref() == Some("schema_name")).map(|(_, value)| value);
        let argument = arguments.first().or(named).filter(|argument| !matches!(argument.kind, Kind::Constant("None")));
        let module = &self.sources.modules[home];
        let mut variables = Vec::new();
        let given = self.options.schemas.iter().find(|(name, _)| *name == module.dotted || name == module.stem());
        let physical = match (given, argument) {
            (Some((_, name)), _) => Text::new(name, call.span),
            (None, Some(argument)) => {
                let name = evaluate::template(self.sources, home, argument, &mut variables);
                name.unwrap_or_else(|_| Text::new(module.stem(), call.span))
            }
            (None, None) => match activated(self.sources, home).map(|name| (home, name)).or(self.activated.get(&home).copied()) {
                Some((module, name)) => {
                    let stem = self.sources.modules[home].stem();
                    evaluate::template(self.sources, module, name, &mut variables).unwrap_or_else(|_| Text::new(stem, call.span))
                }
                None => {
                    let stem = clean(module.stem());
                    let message = format!("this schema gets its name from `activate`, when the code runs; `{stem}` is assumed");
                    self.out.findings.push(Finding::new(FindingKind::SchemaName, call.span, message).help(format!(
                        "say another with `djc import --schema {}=NAME`, or as `name` below `[schemas.{stem}]` in djc.toml",
                        module.dotted
                    )));
                    Text::new(stem, call.span)
                }
            },
        };
        variables.dedup_by(|a, b| a.name == b.name);
        // Several schema objects of one name are one schema.
        self.chosen_schema(home, call, &physical.text);
        let said = said_name(&module.tree.text, call.span);
        let known = self.out.schemas.iter().position(|schema| {
            let other = said.as_ref().is_some_and(|said| *said != schema.module);
            schema.physical.text == physical.text && (argument.is_some() || given.is_some()) && !other
        });
        let at = known.unwrap_or_else(|| {
            for variable in variables.iter().filter(|variable| variable.default.is_none()) {
                let message =
                    format!("a part of this schema name is known at run time only; it is `${{{}}}` in the schema line", variable.name);
                self.out.findings.push(
                    Finding::new(FindingKind::SchemaName, variable.span, message)
                        .help(format!("set `{}` in djc.toml, in the environment, or with `--var {}=…`", variable.name, variable.name)),
                );
            }
            let words = || known_words(&physical.text).map_or_else(|| clean(module.stem()), |words| clean(&words));
            let wanted = said.clone().unwrap_or_else(words);
            let doc = module.tree.doc.clone();
            let module = self.free_name(wanted, home);
            self.out.schemas.push(Schema { module, physical, variables, doc, span: call.span, tables: Vec::new() });
            self.out.schemas.len() - 1
        });
        self.by_key.insert(place_key, at);
        at
    }

    /// Reports a schema that is one of several, as a condition decides.
    fn chosen_schema(&mut self, home: usize, call: &Expr, taken: &str) {
        let body = &self.sources.modules[home].tree.body;
        let mut names = Vec::new();
        names_of(body, call.span, &mut names);
        let chosen: Vec<Span> = names.iter().flat_map(|name| evaluate::chosen(body, name)).filter(|span| *span != call.span).collect();
        if !chosen.is_empty() {
            let finding =
                Finding::new(FindingKind::SchemaName, call.span, format!("a condition decides about this schema; `{taken}` is taken"));
            let finding = chosen.into_iter().fold(finding, |finding, other| finding.label(other, "or this"));
            self.out.findings.push(finding.help("where it is another, say so as `name` below `[schemas.NAME]` in djc.toml"));
        }
    }

    /// Returns a module name that no other schema has.
    fn free_name(&self, wanted: String, home: usize) -> String {
        let taken = |name: &str| self.out.schemas.iter().any(|schema| schema.module == name);
        if !taken(&wanted) {
            return wanted;
        }
        let parts: Vec<&str> = self.sources.modules[home].dotted.split('.').collect();
        let longer = clean(&parts[parts.len().saturating_sub(2)..].join("_"));
        if longer.ends_with(&wanted) && !taken(&longer) {
            return longer;
        }
        (2..).map(|number| format!("{wanted}_{number}")).find(|name| !taken(name)).expect("numbers do not end")
    }

    /// Reads a table class; what keeps it from being one is reported.
    fn read(&mut self, this: ClassRef<'t>, tier: Tier, role: Role, path: &str) -> Option<Table<'t>> {
        let definition = match self.definition(this, role) {
            Ok(definition) => definition,
            Err(unknown) => {
                let finding = if unknown.span == this.id() {
                    Finding::new(FindingKind::Definition, this.id(), format!("the table class `{path}` has no definition: {}", unknown.why))
                } else {
                    let message = format!("the definition of `{path}` is made when the code runs");
                    let finding = Finding::new(FindingKind::Definition, this.id(), message).label(unknown.span, unknown.why);
                    let finding = unknown.others.iter().fold(finding, |finding, other| finding.label(*other, "or this"));
                    match unknown.others.as_slice() {
                        [] => finding.help("write it as one text, or write this table in `.dj`"),
                        _ => finding.help("keep the one that your tables have"),
                    }
                };
                self.out.findings.push(finding.skipping(path));
                return None;
            }
        };
        let populated = matches!(tier, Tier::Imported | Tier::Computed);
        let switch = |name: &str, value: &str| {
            self.value(this, name).is_some_and(|(_, found)| matches!(found.kind, Kind::Constant(word) if word == value))
        };
        let (parallel_make, no_transaction) =
            (populated && switch("_parallel_make", "True"), populated && switch("_use_transaction", "False"));
        let nwb_table = self.value(this, "_nwb_table").filter(|(_, value)| matches!(value.kind, Kind::Name(_) | Kind::Attribute(..)));
        let contents = self.contents(this, tier, path);
        let key_source = if populated { self.key_source(this, path) } else { None };
        Some(Table {
            class: this,
            tier,
            role: Role { merge: role.merge && tier == Tier::Manual, ..role },
            definition,
            contents,
            key_source,
            nwb_table: nwb_table.map(|(place, value)| (place.module, value)),
            parallel_make,
            no_transaction,
            annotations: self.annotations(this, path),
            mixins: self.mixins(this),
            parts: Vec::new(),
        })
    }

    /// Returns the classes of the lab that a table inherits from beside its tier, nearest first.
    fn mixins(&mut self, this: ClassRef<'t>) -> Vec<Text> {
        let mut found = Vec::new();
        self.mixins_into(this, &mut found, 0);
        let mut out: Vec<Text> = Vec::new();
        for (name, dotted, span) in found {
            let name = self.mixin_name(&name, &dotted);
            if !out.iter().any(|known| known.text == name) {
                out.push(Text::new(name, span));
            }
        }
        out
    }

    fn mixins_into(&self, class: ClassRef<'t>, out: &mut Vec<(String, String, Span)>, depth: usize) {
        for base in class.class.bases.iter().filter(|_| depth < DEPTH_MAX) {
            match self.sources.follow(class.module, base) {
                Some(Found::Class(found)) if is_of_spyglass(&found.class.name.value) => {}
                Some(Found::Class(found)) => {
                    if self.role(found).tier.is_some() {
                        self.mixins_into(found, out, depth + 1);
                    } else {
                        let name = &found.class.name.value;
                        out.push((name.clone(), format!("{}.{name}", self.sources.modules[found.module].dotted), base.span));
                    }
                }
                Some(Found::Foreign(dotted)) => {
                    let package = dotted.split('.').next().unwrap_or_default();
                    let name = dotted.rsplit('.').next().unwrap_or_default();
                    if !matches!(package, "datajoint" | "abc" | "typing") && !is_of_spyglass(name) && dotted.contains('.') {
                        out.push((name.to_string(), dotted.clone(), base.span));
                    }
                }
                Some(Found::Function(..) | Found::Value(..) | Found::Module(_)) | None => {}
            }
        }
    }

    /// Returns the name that a mixin has in the language.
    fn mixin_name(&mut self, class: &str, dotted: &str) -> String {
        let mut words = String::new();
        for (at, c) in class.char_indices() {
            if c.is_uppercase() && at > 0 && !words.ends_with('_') {
                words.push('_');
            }
            words.extend(c.to_lowercase());
        }
        let words = clean(words.trim_start_matches('_'));
        let numbered = (2..).map(|number| format!("{words}_{number}"));
        let free = |name: &String| self.out.mixins.get(name).is_none_or(|known| known == dotted);
        let name = std::iter::once(words.clone()).chain(numbered).find(free).expect("numbers do not end");
        self.out.mixins.insert(name.clone(), dotted.to_string());
        name
    }

    /// Returns what the class's own `_djc` says; a base class says it for itself.
    fn annotations(&mut self, this: ClassRef<'t>, path: &str) -> Vec<(Text, Option<Text>)> {
        let own = class_members(&this.class.body).rev().find_map(|member| match member {
            Member::Value("_djc", value) => Some(value),
            Member::Value(..) | Member::Function(_) | Member::Class(_) => None,
        });
        let Some(written) = own else { return Vec::new() };
        let found = evaluate::value(self.sources, Place::of_class(this, this), written);
        let (span, why) = match found {
            Ok(Value { kind: ValueKind::Dict(items), .. }) => return annotation::of_entries(&items),
            Ok(value) => (value.span, "no mapping"),
            Err(unknown) => (unknown.span, unknown.why),
        };
        let message = format!("the annotations of `{path}` are left out: this is {why}");
        let finding = Finding::new(FindingKind::Annotations, span, message);
        self.out.findings.push(finding.help("write `_djc` as a mapping of literals: `_djc = {\"renamed_from\": \"Old\"}`"));
        Vec::new()
    }

    fn definition(&self, this: ClassRef<'t>, role: Role) -> Result<Text, Unknown> {
        let own = evaluate::member(self.sources, this, "definition")?;
        let says_something = |text: &str| {
            let code = |line: &str| line.split('#').next().is_some_and(|code| code.contains(':') || code.contains("->"));
            text.lines().any(code)
        };
        if let Some(own) = own.as_ref().filter(|own| says_something(&own.text)) {
            return Ok(own.trimmed());
        }
        // A mere remark: a base class puts the definition in its place when an object is made.
        if let Some(assigned) = evaluate::assigned_to_self(self.sources, this, "definition")? {
            return Ok(assigned.trimmed());
        }
        match own {
            Some(own) => Ok(own.trimmed()),
            None if role.merge => Ok(Text::default()),
            None => Err(Unknown { span: this.id(), why: "none of the classes that were read has it", others: Vec::new() }),
        }
    }

    /// Returns what an attribute of a class is assigned, in the class or where it inherits from.
    fn value(&self, this: ClassRef<'t>, name: &str) -> Option<(Place<'t>, &'t Expr)> {
        self.sources.ancestors(this).into_iter().find_map(|base| {
            let Ancestor::Read(base) = base else { return None };
            let found = class_members(&base.class.body).rev().find_map(|member| match member {
                Member::Value(known, value) if known == name => Some(value),
                Member::Value(..) | Member::Function(_) | Member::Class(_) => None,
            });
            found.map(|value| (Place::of_class(base, this), value))
        })
    }

    /// Returns what a class has under a name, and where that stands.
    fn member(&self, this: ClassRef<'t>, name: &str) -> Option<(ClassRef<'t>, Member<'t>)> {
        self.sources.ancestors(this).into_iter().find_map(|base| {
            let Ancestor::Read(base) = base else { return None };
            let found = class_members(&base.class.body).rev().find(|member| match member {
                Member::Function(function) => function.name.value == name,
                Member::Value(known, _) => *known == name,
                Member::Class(_) => false,
            });
            found.map(|member| (base, member))
        })
    }

    fn contents(&mut self, this: ClassRef<'t>, tier: Tier, path: &str) -> Option<Text> {
        let (base, member) = self.member(this, "contents")?;
        let chosen = evaluate::chosen(&base.class.body, "contents");
        let rows = match member {
            _ if chosen.len() > 1 => Err(Unknown::chosen(chosen)),
            Member::Value(_, value) => literal::rows(self.sources, Place::of_class(base, this), value),
            Member::Function(function) => match only_expression(function) {
                Some(value) => literal::rows(self.sources, Place::of_method(base, this), value),
                None => evaluate::returned(self.sources, Place::of_method(base, this), function)
                    .and_then(|value| literal::of_value(&value, function.name.span)),
            },
            Member::Class(_) => return None,
        };
        match rows {
            Ok(rows) => Some(rows),
            Err(_) if tier != Tier::Lookup => None,
            Err(unknown) => {
                let file = &self.sources.modules.iter().find(|module| module.tree.file == unknown.span.file);
                let written = file.map_or("", |module| &module.tree.text[unknown.span.range()]);
                let subject =
                    if written.len() <= WORDS_MAX && !written.contains('\n') { format!("`{written}`") } else { "this".to_string() };
                let message = format!("the contents of `{path}` are left out: {subject} is {}", unknown.why);
                let finding = Finding::new(FindingKind::Contents, unknown.span, message);
                let finding = unknown.others.iter().fold(finding, |finding, other| finding.label(*other, "or this"));
                self.out.findings.push(finding.help("write the rows into `contents [ … ]`, or let the code insert them"));
                None
            }
        }
    }

    fn key_source(&mut self, this: ClassRef<'t>, path: &str) -> Option<Text> {
        let (base, member) = self.member(this, "key_source")?;
        let found = match member {
            Member::Value(_, value) => Ok(value),
            Member::Function(function) => only_expression(function)
                .ok_or_else(|| function.returns.iter().flatten().next().map_or(function.name.span, |value| value.span)),
            Member::Class(_) => return None,
        };
        let written = found.and_then(|value| {
            let text = &self.sources.modules[base.module].tree.text[value.span.range()];
            let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            if words.any(|word| matches!(word, "self" | "super" | "lambda" | "cls")) || text.contains('#') {
                return Err(value.span);
            }
            Ok(on_one_line(&Text::new(text, value.span)))
        });
        match written {
            Ok(text) => Some(text),
            Err(span) => {
                let message = format!("the key source of `{path}` is more than one expression of tables; it is left out");
                let finding = Finding::new(FindingKind::Attribute, span, message);
                self.out.findings.push(finding.help("the Python class keeps it; the tables do not depend on it"));
                None
            }
        }
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

/// Returns an expression without the ends of lines that Python allows inside of brackets.
fn on_one_line(expression: &Text) -> Text {
    let mut out = Text::default();
    let mut start = 0;
    for line in expression.text.split_inclusive('\n') {
        let from = if start == 0 { 0 } else { line.len() - line.trim_start().len() };
        let to = line.trim_end().trim_end_matches('\\').trim_end().len().max(from);
        if start > 0 && to > from && !out.text.ends_with(['(', '[', '{']) && !line[from..].starts_with([')', ']', '}']) {
            out.push_glue(" ", out.segments.last().map_or(Span::default(), |segment| segment.origin));
        }
        out.push(&expression.slice(start + from..start + to));
        start += line.len();
    }
    out
}

/// Returns the one expression that a function returns, when nothing else happens in it.
fn only_expression(function: &Function) -> Option<&Expr> {
    let is_remark = |statement: &Statement| matches!(statement, Statement::Expression(Expr { kind: Kind::Text(_), .. }));
    match function.returns.as_slice() {
        [Some(value)] if function.body.iter().all(is_remark) => Some(value),
        _ => None,
    }
}

/// Returns the name that the module itself passes to `activate`, at its top level.
fn activated<'t>(sources: &Sources<'t>, module: usize) -> Option<&'t Expr> {
    sources.modules[module].tree.body.iter().find_map(|statement| {
        let Statement::Expression(Expr { kind: Kind::Call { function, arguments, keywords }, .. }) = statement else { return None };
        let Kind::Attribute(value, method) = &function.kind else { return None };
        // `element.activate(…)` is about another module.
        if method != "activate" || matches!(sources.follow(module, value), Some(Found::Module(_) | Found::Foreign(_))) {
            return None;
        }
        let named = keywords.iter().find(|(name, _)| name.as_deref() == Some("schema_name")).map(|(_, value)| value);
        arguments.first().or(named)
    })
}

/// Returns the name that a comment `# djc: schema NAME` above the line of a call gives to its schema.
pub(crate) fn said_name(text: &str, call: Span) -> Option<String> {
    let line = text.get(..call.start as usize)?.rfind('\n')?;
    let words = text[..line].lines().last()?.trim().strip_prefix("# djc:")?.trim().strip_prefix("schema")?;
    let name = words.trim();
    (!name.is_empty() && clean(name) == name).then(|| name.to_string())
}

/// Returns what of a schema name is not variable.
pub(crate) fn known_words(physical: &str) -> Option<String> {
    let mut words = Vec::new();
    for piece in physical.split("${") {
        let known =
            if words.is_empty() && !physical.starts_with("${") { piece } else { piece.split_once('}').map_or(piece, |(_, rest)| rest) };
        words.push(known.trim_matches(['_', '-', '.']));
    }
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join("_"))
}

/// Returns a name that a module of the language can have.
pub(crate) fn clean(name: &str) -> String {
    let mut out: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    if !out.starts_with(|c: char| c.is_ascii_lowercase()) {
        out = format!("schema_{}", out.trim_start_matches('_'));
    }
    out
}
