//! All files that were read, and how names lead from one to another.

use std::collections::HashMap;

use djc_core::source::Span;

use crate::tree::{Class, Expr, Function, Kind, Statement, Tree};

/// One Python module.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its dotted name: `lab.pipeline.session`.
    pub dotted: String,
    /// Another name that it may have, where the folder that Python starts from is not known for sure.
    pub also: Option<String>,
    /// Whether it is the `__init__` of a package.
    pub package: bool,
    /// What it says.
    pub tree: Tree,
}

impl Module {
    /// Returns the last part of the dotted name.
    pub fn stem(&self) -> &str {
        self.dotted.rsplit('.').next().unwrap_or_default()
    }
}

/// A class and the module that it stands in.
#[derive(Debug, Clone, Copy)]
pub struct ClassRef<'t> {
    /// By position in [`Sources::modules`].
    pub module: usize,
    /// The class.
    pub class: &'t Class,
}

impl ClassRef<'_> {
    /// Returns what tells two classes apart.
    pub fn id(&self) -> Span {
        self.class.name.span
    }
}

/// What a name means.
#[derive(Debug, Clone)]
pub enum Found<'t> {
    /// A class that was read.
    Class(ClassRef<'t>),
    /// A function of a module.
    Function(usize, &'t Function),
    /// What was assigned last.
    Value(usize, &'t Expr),
    /// A module that was read.
    Module(usize),
    /// Something of a module that was not read, with its dotted name.
    Foreign(String),
}

/// What a name of a module is bound to.
#[derive(Debug, Clone)]
enum Binding<'t> {
    Class(&'t Class),
    Function(&'t Function),
    Value(&'t Expr),
    /// A module, or a name of one.
    Import(String, Option<String>),
}

/// How deep names are followed; circles of imports are longer.
const DEPTH_MAX: usize = 40;

/// All modules with their names.
pub struct Sources<'t> {
    /// The modules.
    pub modules: &'t [Module],
    names: Vec<HashMap<&'t str, Binding<'t>>>,
    stars: Vec<Vec<String>>,
    by_dotted: HashMap<&'t str, usize>,
}

impl<'t> Sources<'t> {
    /// Returns the modules with all their names bound.
    pub fn new(modules: &'t [Module]) -> Self {
        let mut sources = Sources {
            modules,
            names: vec![HashMap::new(); modules.len()],
            stars: vec![Vec::new(); modules.len()],
            by_dotted: modules.iter().enumerate().map(|(at, module)| (module.dotted.as_str(), at)).collect(),
        };
        for (at, module) in modules.iter().enumerate() {
            let Some(also) = module.also.as_deref() else { continue };
            let twin = |other: &Module| other.also.as_deref() == Some(also) || other.dotted == also;
            if modules.iter().filter(|other| twin(other)).count() == 1 {
                sources.by_dotted.insert(also, at);
            }
        }
        for (at, module) in modules.iter().enumerate() {
            sources.bind(at, &module.tree.body, false);
        }
        sources
    }

    /// Binds the names of some statements; `attempt` for those of a `try`, where a module that was read stands in for one that was not.
    fn bind(&mut self, at: usize, body: &'t [Statement], attempt: bool) {
        for statement in body {
            match statement {
                Statement::Class(class) => {
                    self.names[at].insert(&class.name.value, Binding::Class(class));
                }
                Statement::Function(function) => {
                    self.names[at].insert(&function.name.value, Binding::Function(function));
                }
                Statement::Assign { targets, value } => {
                    for target in targets {
                        if let Kind::Name(name) = &target.kind {
                            // `Table = schema(Table)` is still the class.
                            let class = matches!(self.names[at].get(name.as_str()), Some(Binding::Class(_)));
                            if !(class && is_call_on(value, name)) {
                                self.names[at].insert(name, Binding::Value(value));
                            }
                        }
                    }
                }
                Statement::Import(names) => {
                    for (dotted, alias) in names {
                        let first = dotted.split('.').next().unwrap_or_default();
                        let (bound, module) = match alias {
                            Some(alias) => (alias.as_str(), dotted.as_str()),
                            None => (first, first),
                        };
                        self.names[at].insert(bound, Binding::Import(module.to_string(), None));
                    }
                }
                Statement::ImportFrom { level, module, names } => {
                    let base = self.absolute(at, *level, module.as_deref());
                    for (name, alias) in names {
                        if name == "*" {
                            self.stars[at].push(base.clone());
                        } else {
                            let bound = alias.as_deref().unwrap_or(name);
                            let stands_in = |known: &Binding<'t>| matches!(known, Binding::Import(base, _) if self.module(base).is_some());
                            let lost = attempt && !base.starts_with("datajoint") && self.module(&base).is_none();
                            if lost && self.names[at].get(bound).is_some_and(stands_in) {
                                continue;
                            }
                            self.names[at].insert(bound, Binding::Import(base.clone(), Some(name.clone())));
                        }
                    }
                }
                Statement::Block(_) | Statement::Loop(_) | Statement::Choice { .. } => {
                    let attempt = attempt || matches!(statement, Statement::Choice { attempt: true, .. });
                    statement.blocks().into_iter().for_each(|body| self.bind(at, body, attempt));
                }
                Statement::Expression(_) => {}
            }
        }
    }

    fn absolute(&self, at: usize, level: u32, module: Option<&str>) -> String {
        let mut parts: Vec<&str> = Vec::new();
        if level > 0 {
            parts = self.modules[at].dotted.split('.').collect();
            let up = level as usize - usize::from(self.modules[at].package);
            parts.truncate(parts.len().saturating_sub(up));
        }
        parts.extend(module);
        parts.join(".")
    }

    /// Returns the module of a dotted name. Where the folder that Python starts from is not known, the end of the name decides, if only one module has it.
    pub fn module(&self, dotted: &str) -> Option<usize> {
        if let Some(at) = self.by_dotted.get(dotted) {
            return Some(*at);
        }
        let ends = |long: &str, short: &str| long.strip_suffix(short).is_some_and(|rest| rest.ends_with('.'));
        let mut near = self.modules.iter().enumerate().filter(|(_, module)| {
            // A bare last word (`utils`) is too little to go by.
            ends(&module.dotted, dotted) && dotted.contains('.') || ends(dotted, &module.dotted) && module.dotted.contains('.')
        });
        match (near.next(), near.next()) {
            (Some((at, _)), None) => Some(at),
            _ => None,
        }
    }

    /// Returns what a name at the top level of a module means, through imports, stars and assignments.
    pub fn look_up(&self, module: usize, name: &str) -> Option<Found<'t>> {
        self.look_up_at(module, name, 0)
    }

    fn look_up_at(&self, module: usize, name: &str, depth: usize) -> Option<Found<'t>> {
        if depth > DEPTH_MAX {
            return None;
        }
        match self.names[module].get(name) {
            Some(Binding::Class(class)) => Some(Found::Class(ClassRef { module, class })),
            Some(Binding::Function(function)) => Some(Found::Function(module, function)),
            Some(Binding::Value(value)) => match &value.kind {
                Kind::Name(other) if other == name => None,
                Kind::Name(_) | Kind::Attribute(..) => {
                    Some(self.follow_at(module, value, depth + 1).unwrap_or(Found::Value(module, value)))
                }
                // `Stored = schema(Table)` is still the class.
                Kind::Call { function, arguments, keywords } if keywords.is_empty() && arguments.len() == 1 => {
                    let class = self.follow_at(module, &arguments[0], depth + 1).filter(|found| matches!(found, Found::Class(_)));
                    let decorated = class.filter(|_| matches!(self.follow_at(module, function, depth + 1), Some(Found::Value(..))));
                    Some(decorated.unwrap_or(Found::Value(module, value)))
                }
                _ => Some(Found::Value(module, value)),
            },
            Some(Binding::Import(base, None)) => Some(self.module_or_foreign(base)),
            Some(Binding::Import(base, Some(name))) => {
                let base_module = self.module(base);
                if let Some(at) = base_module
                    && at != module
                    && let Some(found) = self.look_up_at(at, name, depth + 1)
                {
                    return Some(found);
                }
                let dotted = if base.is_empty() { name.clone() } else { format!("{base}.{name}") };
                Some(self.module_or_foreign(&dotted))
            }
            None => {
                for star in self.stars[module].iter().rev() {
                    if let Some(at) = self.module(star).filter(|at| *at != module)
                        && let Some(found) = self.look_up_at(at, name, depth + 1)
                    {
                        return Some(found);
                    }
                }
                let inner = format!("{}.{name}", self.modules[module].dotted);
                let inner = self.by_dotted.get(inner.as_str()).filter(|_| self.modules[module].package);
                inner.map(|at| Found::Module(*at))
            }
        }
    }

    /// Returns whether a value at the top level of a module is still the same when the code has run: its name is bound once, and
    /// nothing is put into it or done with it.
    pub fn is_constant(&self, module: usize, value: &Expr) -> bool {
        let body = &self.modules[module].tree.body;
        let mut names = Vec::new();
        names_of(body, value.span, &mut names);
        names.iter().all(|name| changes(body, name) == 1)
    }

    fn module_or_foreign(&self, dotted: &str) -> Found<'t> {
        self.module(dotted).map_or_else(|| Found::Foreign(dotted.to_string()), Found::Module)
    }

    /// Returns what an expression of names and dots means.
    pub fn follow(&self, module: usize, expr: &Expr) -> Option<Found<'t>> {
        self.follow_at(module, expr, 0)
    }

    fn follow_at(&self, module: usize, expr: &Expr, depth: usize) -> Option<Found<'t>> {
        match &expr.kind {
            Kind::Name(name) => self.look_up_at(module, name, depth + 1),
            Kind::Attribute(value, name) => {
                let found = self.follow_at(module, value, depth + 1)?;
                self.member_at(&found, name, depth + 1)
            }
            _ => None,
        }
    }

    /// Returns what `found.name` means.
    pub fn member(&self, found: &Found<'t>, name: &str) -> Option<Found<'t>> {
        self.member_at(found, name, 0)
    }

    fn member_at(&self, found: &Found<'t>, name: &str, depth: usize) -> Option<Found<'t>> {
        match found {
            Found::Module(at) => self.look_up_at(*at, name, depth + 1).or_else(|| {
                let inner = format!("{}.{name}", self.modules[*at].dotted);
                self.by_dotted.get(inner.as_str()).map(|at| Found::Module(*at))
            }),
            Found::Foreign(dotted) => Some(self.module_or_foreign(&format!("{dotted}.{name}"))),
            Found::Class(class) => self.ancestors(*class).into_iter().find_map(|base| {
                let Ancestor::Read(base) = base else { return None };
                class_members(&base.class.body).find_map(|member| match member {
                    Member::Class(class) if class.name.value == name => Some(Found::Class(ClassRef { module: base.module, class })),
                    Member::Value(known, value) if known == name => {
                        Some(self.follow_at(base.module, value, depth + 1).unwrap_or(Found::Value(base.module, value)))
                    }
                    _ => None,
                })
            }),
            Found::Function(..) | Found::Value(..) => None,
        }
    }

    /// Returns a class and all that it inherits from, nearest first.
    pub fn ancestors(&self, class: ClassRef<'t>) -> Vec<Ancestor<'t>> {
        let mut out = Vec::new();
        self.ancestors_into(class, &mut out, 0);
        out
    }

    fn ancestors_into(&self, class: ClassRef<'t>, out: &mut Vec<Ancestor<'t>>, depth: usize) {
        let known = out.iter().any(|other| matches!(other, Ancestor::Read(other) if other.id() == class.id()));
        if known || depth > DEPTH_MAX {
            return;
        }
        out.push(Ancestor::Read(class));
        for base in &class.class.bases {
            match self.follow(class.module, base) {
                Some(Found::Class(base)) => self.ancestors_into(base, out, depth + 1),
                Some(Found::Foreign(dotted)) => out.push(Ancestor::Foreign(dotted)),
                Some(Found::Function(..) | Found::Value(..) | Found::Module(_)) | None => {}
            }
        }
    }
}

/// Returns whether a value is `function(name)`.
fn is_call_on(value: &Expr, name: &str) -> bool {
    match &value.kind {
        Kind::Call { arguments, .. } => matches!(arguments.as_slice(), [Expr { kind: Kind::Name(only), .. }] if only == name),
        _ => false,
    }
}

/// Finds the names that a value is assigned to.
pub(crate) fn names_of<'t>(body: &'t [Statement], value: Span, out: &mut Vec<&'t str>) {
    for statement in body {
        match statement {
            Statement::Assign { targets, value: found } if found.span == value => {
                out.extend(targets.iter().filter_map(|target| match &target.kind {
                    Kind::Name(name) => Some(name.as_str()),
                    _ => None,
                }));
            }
            other => other.blocks().into_iter().for_each(|body| names_of(body, value, out)),
        }
    }
}

/// Counts the statements that bind a name, put something into its value, or call a method of it.
pub fn changes(body: &[Statement], name: &str) -> usize {
    let is = |expr: &Expr| matches!(&expr.kind, Kind::Name(found) if found == name);
    let within = |mut expr: &Expr| loop {
        match &expr.kind {
            Kind::Subscript(value, _) | Kind::Attribute(value, _) => expr = value,
            _ => break is(expr),
        }
    };
    body.iter()
        .map(|statement| match statement {
            Statement::Assign { targets, .. } => targets.iter().filter(|target| within(target)).count(),
            Statement::Expression(Expr { kind: Kind::Call { function, .. }, .. }) => usize::from(!is(function) && within(function)),
            other => other.blocks().into_iter().map(|body| changes(body, name)).sum(),
        })
        .sum()
}

/// A class among the ancestors of another.
#[derive(Debug, Clone)]
pub enum Ancestor<'t> {
    /// One that was read.
    Read(ClassRef<'t>),
    /// One of a module that was not read, with its dotted name.
    Foreign(String),
}

/// Something in the body of a class.
#[derive(Debug, Clone, Copy)]
pub enum Member<'t> {
    /// A class.
    Class(&'t Class),
    /// A method or property.
    Function(&'t Function),
    /// An assignment.
    Value(&'t str, &'t Expr),
}

/// Returns the members of a class in order; of branches, all.
pub fn class_members(body: &[Statement]) -> impl DoubleEndedIterator<Item = Member<'_>> {
    let mut out = Vec::new();
    collect(body, &mut out);
    out.into_iter()
}

/// Returns what a name is assigned in the body of a class, in order.
pub fn class_values<'t>(body: &'t [Statement], name: &str) -> impl DoubleEndedIterator<Item = &'t Expr> {
    class_members(body).filter_map(move |member| match member {
        Member::Value(known, value) if known == name => Some(value),
        Member::Value(..) | Member::Function(_) | Member::Class(_) => None,
    })
}

fn collect<'t>(body: &'t [Statement], out: &mut Vec<Member<'t>>) {
    for statement in body {
        match statement {
            Statement::Class(class) => out.push(Member::Class(class)),
            Statement::Function(function) => out.push(Member::Function(function)),
            Statement::Assign { targets, value } => {
                for target in targets {
                    if let Kind::Name(name) = &target.kind {
                        out.push(Member::Value(name, value));
                    }
                }
            }
            Statement::Block(_) | Statement::Loop(_) | Statement::Choice { .. } => {
                statement.blocks().into_iter().for_each(|body| collect(body, out));
            }
            Statement::Import(_) | Statement::ImportFrom { .. } | Statement::Expression(_) => {}
        }
    }
}
