//! Finds the table classes and the schemas that they belong to.

use std::collections::{BTreeMap, HashMap, HashSet};

use djc_core::source::Span;

use crate::evaluate::{self, Place, Unknown, Variable};
use crate::literal;
use crate::sources::{Ancestor, ClassRef, Found, Member, Sources, class_members};
use crate::tree::{Class, Expr, Kind, Statement};
use crate::{Finding, FindingKind};
use djc_core::text::Text;

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
        surveyor.walk(at, &module.tree.body, false);
    }
    surveyor.finish()
}

fn lower(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
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
                Statement::Block(body) => self.bases_of(module, body),
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
                    if let Kind::Call { function, arguments, .. } = &value.kind
                        && let [argument] = arguments.as_slice()
                        && let Some(Found::Class(class)) = self.sources.follow(module, argument)
                    {
                        self.called.insert(class.id(), (module, function));
                    }
                }
                Statement::Block(body) => self.calls(module, body),
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

    fn walk(&mut self, module: usize, body: &'t [Statement], inside: bool) {
        for statement in body {
            match statement {
                Statement::Class(class) => self.class(module, class, inside),
                Statement::Block(body) => self.walk(module, body, inside),
                Statement::Function(function) => self.walk(module, &function.body, true),
                Statement::Import(_) | Statement::ImportFrom { .. } | Statement::Assign { .. } | Statement::Expression(_) => {}
            }
        }
    }

    fn skip(&mut self, kind: FindingKind, class: &Class, message: String) {
        self.out.findings.push(Finding::new(kind, class.name.span, message).skipping(&class.name.value));
    }

    fn class(&mut self, module: usize, class: &'t Class, inside: bool) {
        let this = ClassRef { module, class };
        let role = self.role(this);
        let Some(tier) = role.tier else {
            // A class that is no table may still hold some.
            self.walk(module, &class.body, inside);
            return;
        };
        let schema = class.decorators.iter().find_map(|decorator| self.schema_of(module, decorator));
        let schema = schema.or_else(|| self.called.get(&this.id()).and_then(|(module, function)| self.schema_of(*module, function)));
        let name = &class.name.value;
        if schema.is_none() || tier == Tier::Part || inside {
            let has_definition = evaluate::member(self.sources, this, "definition") != Ok(None);
            // A template for other classes is no table itself.
            if !has_definition || schema.is_none() && self.bases.contains(&this.id()) {
                return;
            }
            self.out.found += 1;
            if tier == Tier::Part {
                self.skip(FindingKind::Place, class, format!("the part `{name}` does not stand in its master"));
            } else if inside {
                self.skip(FindingKind::Place, class, format!("the table class `{name}` is made by a function, when it is called"));
            } else {
                let message = format!("the table class `{name}` belongs to no schema that can be told without running the code");
                self.skip(FindingKind::NoSchema, class, message);
            }
            return;
        }
        let Some((home, call)) = schema else { return };
        self.table(this, tier, role, home, call);
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
                        seen.insert(function.name.as_str());
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
            if package == Some("datajoint") && role.tier.is_none() {
                role.tier = Tier::of(name);
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
        let is_maker = |module: usize, call: &Expr| match &call.kind {
            Kind::Call { function, .. } => match self.sources.follow(module, function) {
                Some(Found::Foreign(dotted)) => {
                    dotted.starts_with("datajoint.") && matches!(dotted.rsplit('.').next(), Some("schema" | "Schema"))
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
            (None, None) => match (activated(self.sources, home), self.activated.get(&home)) {
                (Some(name), _) => name,
                (None, Some((module, name))) => {
                    let stem = self.sources.modules[home].stem();
                    evaluate::template(self.sources, *module, name, &mut variables).unwrap_or_else(|_| Text::new(stem, call.span))
                }
                (None, None) => {
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
        let known =
            self.out.schemas.iter().position(|schema| schema.physical.text == physical.text && (argument.is_some() || given.is_some()));
        let at = known.unwrap_or_else(|| {
            for variable in variables.iter().filter(|variable| variable.default.is_none()) {
                let message =
                    format!("a part of this schema name is known at run time only; it is `${{{}}}` in the schema line", variable.name);
                self.out.findings.push(
                    Finding::new(FindingKind::SchemaName, variable.span, message)
                        .help(format!("set `{}` in djc.toml, in the environment, or with `--var {}=…`", variable.name, variable.name)),
                );
            }
            let wanted = known_words(&physical.text).map_or_else(|| clean(module.stem()), |words| clean(&words));
            let module = self.free_name(wanted, home);
            self.out.schemas.push(Schema { module, physical, variables, span: call.span, tables: Vec::new() });
            self.out.schemas.len() - 1
        });
        self.by_key.insert(place_key, at);
        at
    }

    /// Returns a module name that no other schema has.
    fn free_name(&self, wanted: String, home: usize) -> String {
        let taken = |name: &str| self.out.schemas.iter().any(|schema| schema.module == name);
        if !taken(&wanted) {
            return wanted;
        }
        let parts: Vec<&str> = self.sources.modules[home].dotted.split('.').collect();
        let longer = clean(&parts[parts.len().saturating_sub(2)..].join("_"));
        if !taken(&longer) {
            return longer;
        }
        (2..).map(|number| format!("{longer}_{number}")).find(|name| !taken(name)).expect("numbers do not end")
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
                    Finding::new(FindingKind::Definition, this.id(), message).label(unknown.span, unknown.why)
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
            parts: Vec::new(),
        })
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
            None => Err(Unknown { span: this.id(), why: "none of the classes that were read has it" }),
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
            found.map(|value| (Place { module: base.module, home: Some(base), owner: Some(this) }, value))
        })
    }

    /// Returns the one expression that a property returns, when nothing else happens in it.
    fn property(&self, this: ClassRef<'t>, name: &str) -> Option<Result<(Place<'t>, &'t Expr), Span>> {
        self.sources.ancestors(this).into_iter().find_map(|base| {
            let Ancestor::Read(base) = base else { return None };
            let place = Place { module: base.module, home: Some(base), owner: Some(this) };
            class_members(&base.class.body).rev().find_map(|member| match member {
                Member::Function(function) if function.name == name => {
                    let simple = function.body.iter().all(|statement| match statement {
                        Statement::Expression(expr) => matches!(expr.kind, Kind::Text(_)),
                        _ => false,
                    });
                    Some(match function.returns.as_slice() {
                        [Some(value)] if simple => Ok((place, value)),
                        [Some(value), ..] => Err(value.span),
                        _ => Err(base.class.name.span),
                    })
                }
                Member::Value(known, value) if known == name => Some(Ok((place, value))),
                Member::Value(..) | Member::Function(_) | Member::Class(_) => None,
            })
        })
    }

    fn contents(&mut self, this: ClassRef<'t>, tier: Tier, path: &str) -> Option<Text> {
        let found = self.property(this, "contents")?;
        let rows = found.and_then(|(place, value)| literal::rows(self.sources, place, value));
        match rows {
            Ok(rows) => Some(rows),
            Err(_) if tier != Tier::Lookup => None,
            Err(span) => {
                let message = format!("the contents of `{path}` are made when the code runs; they are left out");
                let finding = Finding::new(FindingKind::Contents, span, message);
                self.out.findings.push(finding.help("write the rows into `contents [ … ]`, or let the code insert them"));
                None
            }
        }
    }

    fn key_source(&mut self, this: ClassRef<'t>, path: &str) -> Option<Text> {
        let found = self.property(this, "key_source")?;
        let written = found.and_then(|(place, value)| {
            let text = &self.sources.modules[place.module].tree.text[value.span.range()];
            let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            if words.any(|word| matches!(word, "self" | "super" | "lambda" | "cls")) || text.contains('#') {
                return Err(value.span);
            }
            Ok(Text::new(text, value.span))
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

/// Returns the name that the module itself passes to `activate`, at its top level.
fn activated(sources: &Sources<'_>, module: usize) -> Option<Text> {
    sources.modules[module].tree.body.iter().find_map(|statement| {
        let Statement::Expression(Expr { kind: Kind::Call { function, arguments, .. }, .. }) = statement else { return None };
        match (&function.kind, arguments.first()) {
            (Kind::Attribute(_, method), Some(name)) if method == "activate" => evaluate::text(sources, Place::top(module), name).ok(),
            _ => None,
        }
    })
}

/// Returns what of a schema name is not variable.
fn known_words(physical: &str) -> Option<String> {
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
