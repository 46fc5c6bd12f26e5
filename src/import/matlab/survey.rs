//! Finds the tables among the files of the packages, the schemas that they belong to, and the masters of the parts.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::read::{Definition, Unit, is_definition};
use super::schema_name::{Made, Variable, schema_name};
use crate::core::source::Span;
use crate::core::text::Text;
use crate::diag::{Code, Diagnostic, codes};
use crate::import::Layout;
use crate::parser::ast::TierWord;

/// How deep classes inherit, and packages hand on; circles are longer.
const DEPTH_MAX: usize = 40;

/// All that was found.
#[derive(Default)]
pub struct Survey<'u> {
    /// The modules, in order of their names.
    pub modules: Vec<Module<'u>>,
    /// Where each table went, by the name that MATLAB gives it.
    pub homes: HashMap<String, Home>,
    /// Variables of schema names.
    pub variables: Vec<Variable>,
    /// Table classes that were found, parts included.
    pub found: usize,
    /// What is left out, by the finding that says why.
    pub left_out: Vec<&'static Code>,
    /// What a person should know or decide.
    pub findings: Vec<Diagnostic>,
}

/// Where a table went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The module, by position in [`Survey::modules`].
    pub module: usize,
    /// `Table` or `Table.Part`.
    pub path: String,
}

/// A module of the language.
pub struct Module<'u> {
    /// Its name.
    pub name: String,
    /// The schema name, with `${VARIABLE}` for what is not known.
    pub physical: Text,
    /// Where the schema is made.
    pub span: Span,
    /// Its tables.
    pub tables: Vec<Table<'u>>,
}

/// A table.
pub struct Table<'u> {
    /// Its file.
    pub unit: &'u Unit,
    /// Its tier.
    pub tier: TierWord,
    /// What it is called: a part without the name of its master.
    pub name: String,
    /// Its parts.
    pub parts: Vec<Table<'u>>,
}

/// What a file is.
enum Role {
    Table(TierWord),
    /// The table of reserved jobs.
    Jobs,
    /// No table.
    Other,
    /// A table by its looks, but not which.
    Unknown(Diagnostic),
}

/// A schema that a package makes.
struct Package {
    /// The package whose `getSchema` makes it.
    name: String,
    physical: Text,
    span: Span,
}

/// Returns the tables of all files; `schemas` are names that the command line gives to packages.
pub fn survey<'u>(units: &'u [Unit], schemas: &[(String, String)], layout: Layout) -> Survey<'u> {
    let by_path: HashMap<String, &Unit> = units.iter().map(|unit| (unit.path(), unit)).collect();
    let classes = units.iter().filter_map(|unit| unit.class.as_ref());
    let templates = classes.flat_map(|class| &class.bases).map(|base| base.value.clone()).collect();
    let mut surveyor = Surveyor { by_path, templates, schemas, out: Survey::default(), packages: BTreeMap::new() };
    let mut masters: Vec<(&Unit, TierWord)> = Vec::new();
    let mut parts: Vec<&Unit> = Vec::new();
    for unit in units {
        match surveyor.role(unit) {
            Role::Table(TierWord::Part) => parts.push(unit),
            Role::Table(tier) => masters.push((unit, tier)),
            Role::Jobs => {
                let message = format!("`{}` is a table of reserved jobs", unit.path());
                let finding = codes::MATLAB_JOBS
                    .at(unit.span(), message)
                    .help("datajoint makes it when jobs are reserved; a pipeline does not declare it");
                surveyor.skip(finding, unit);
            }
            Role::Unknown(finding) => surveyor.skip(finding, unit),
            Role::Other => {}
        }
    }
    let tables = surveyor.tables(masters, parts);
    surveyor.place(tables, layout);
    surveyor.out
}

struct Surveyor<'u, 'o> {
    by_path: HashMap<String, &'u Unit>,
    /// Classes that others inherit from.
    templates: HashSet<String>,
    schemas: &'o [(String, String)],
    out: Survey<'u>,
    /// The schemas that were looked up, by the package that makes them.
    packages: BTreeMap<String, Package>,
}

impl<'u> Surveyor<'u, '_> {
    fn skip(&mut self, finding: Diagnostic, unit: &Unit) {
        self.out.found += 1;
        self.out.left_out.push(finding.code);
        self.out.findings.push(finding.table(unit.path()));
    }

    fn skip_parts(&mut self, parts: Vec<Table<'u>>) {
        for part in parts {
            let message = format!("the master of the part `{}` is left out", part.unit.path());
            self.skip(codes::TABLE_CLASS_PLACE.at(part.unit.span(), message), part.unit);
        }
    }

    fn role(&self, unit: &Unit) -> Role {
        let old_tier = unit.definition.as_ref().and_then(|definition| definition.tier.as_ref());
        if unit.definition.as_ref().is_some_and(|definition| definition.text.text.contains("<<JobFields>>")) {
            return Role::Jobs;
        }
        let Some(class) = &unit.class else {
            return match (&unit.definition, old_tier) {
                (Some(definition), _) if !definition.closed => Role::Unknown(endless(unit, definition)),
                // A definition needs no class: `dj.Relvar('package.Table')` reads it.
                (_, Some(tier)) => self.old_tier(unit, tier),
                // A file with nothing but a definition is that of a table; a script may show one.
                (Some(definition), None) if unit.is_comment() && is_definition(&definition.text.text) => Role::Unknown(no_tier(unit)),
                _ => Role::Other,
            };
        };
        if unit.definition.is_none() && self.templates.contains(&unit.path()) {
            return Role::Other;
        }
        let mut bases = Vec::new();
        self.bases(unit, &mut bases, 0);
        let mut relvar = false;
        for base in &bases {
            match base.strip_prefix("dj.") {
                Some("Manual") => return Role::Table(TierWord::Manual),
                Some("Lookup") => return Role::Table(TierWord::Lookup),
                Some("Imported") => return Role::Table(TierWord::Imported),
                Some("Computed") => return Role::Table(TierWord::Computed),
                Some("Part") => return Role::Table(TierWord::Part),
                Some("Jobs") => return Role::Jobs,
                Some("Relvar" | "BaseRelvar" | "AutoPopulate" | "Automatic" | "internal.UserRelation" | "internal.AutoPopulate") => {
                    relvar = true
                }
                _ => {}
            }
        }
        if let Some(tier) = old_tier {
            return self.old_tier(unit, tier);
        }
        if relvar {
            return match undefined(unit) {
                Some(finding) => Role::Unknown(finding),
                None if class.name.value == "Jobs" => Role::Jobs,
                None => Role::Unknown(no_tier(unit)),
            };
        }
        let looks_so = unit.definition.as_ref().is_some_and(|definition| is_definition(&definition.text.text));
        let unread = |base: &&String| base.contains('.') && !base.starts_with("dj.") && !self.by_path.contains_key(*base);
        match bases.iter().find(unread).filter(|_| looks_so) {
            Some(base) => Role::Unknown(no_tier(unit).help(format!("import the sources of `{base}` as well"))),
            None => Role::Other,
        }
    }

    fn old_tier(&self, unit: &Unit, tier: &crate::core::source::Spanned<String>) -> Role {
        match tier.value.as_str() {
            "manual" => Role::Table(TierWord::Manual),
            "lookup" => Role::Table(TierWord::Lookup),
            "imported" => Role::Table(TierWord::Imported),
            "computed" => Role::Table(TierWord::Computed),
            "job" => Role::Jobs,
            other => {
                let finding = codes::MATLAB_TIER.at(tier.span, format!("`{other}`, of `{}`, is no tier", unit.path()));
                Role::Unknown(finding.help("the tiers are `manual`, `lookup`, `imported` and `computed`"))
            }
        }
    }

    /// Gathers what a class inherits from, through the classes that were read.
    fn bases(&self, unit: &Unit, out: &mut Vec<String>, depth: usize) {
        for base in unit.class.iter().flat_map(|class| &class.bases) {
            if out.contains(&base.value) || depth > DEPTH_MAX {
                continue;
            }
            out.push(base.value.clone());
            if let Some(read) = self.by_path.get(&base.value) {
                self.bases(read, out, depth + 1);
            }
        }
    }

    /// Returns the tables with their parts, those without a definition left out.
    fn tables(&mut self, masters: Vec<(&'u Unit, TierWord)>, parts: Vec<&'u Unit>) -> Vec<Table<'u>> {
        let mut of: HashMap<String, Vec<Table<'u>>> = HashMap::new();
        let known: HashSet<String> = masters.iter().map(|(unit, _)| unit.path()).collect();
        for unit in parts {
            match self.master(unit, &known) {
                Ok(master) => {
                    let name = unit.path()[master.len()..].to_string();
                    of.entry(master).or_default().push(Table { unit, tier: TierWord::Part, name, parts: Vec::new() });
                }
                Err(finding) => self.skip(*finding, unit),
            }
        }
        let mut out = Vec::new();
        for (unit, tier) in masters {
            let parts = of.remove(&unit.path()).unwrap_or_default();
            if let Some(finding) = undefined(unit) {
                self.skip(finding, unit);
                self.skip_parts(parts);
                continue;
            }
            let mut table = Table { unit, tier, name: unit.name.clone(), parts: Vec::new() };
            for part in parts {
                match undefined(part.unit) {
                    Some(finding) => self.skip(finding, part.unit),
                    None => table.parts.push(part),
                }
            }
            out.push(table);
        }
        out
    }

    /// Returns the master that a part names, which its own name must begin with.
    fn master(&self, unit: &Unit, known: &HashSet<String>) -> Result<String, Box<Diagnostic>> {
        let path = unit.path();
        let Some(tokens) = unit.property("master") else {
            let finding = codes::TABLE_CLASS_PLACE.at(unit.span(), format!("the part `{path}` does not say which table is its master"));
            return Err(Box::new(finding.help("write `properties (SetAccess = protected)`, `master = package.Table`, `end`")));
        };
        let place = unit.place_of(tokens);
        let words: String =
            tokens.iter().take_while(|token| !matches!(unit.words(token), "(" | ";")).map(|token| unit.words(token)).collect();
        if !known.contains(&words) {
            let finding = codes::TABLE_CLASS_PLACE.at(place, format!("`{words}`, the master of `{path}`, is no table that was read"));
            return Err(Box::new(finding.help("import its sources as well; the master of a part is no part itself")));
        }
        let begins = path.strip_prefix(&words).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
        if !begins {
            let finding =
                codes::TABLE_CLASS_PLACE.at(unit.span(), format!("the name of the part `{path}` does not begin with that of its master"));
            let finding = finding.label(place, "its master");
            return Err(Box::new(finding.help(format!("datajoint takes `{words}` and a word behind it"))));
        }
        Ok(words)
    }

    /// Puts the tables into modules.
    fn place(&mut self, tables: Vec<Table<'u>>, layout: Layout) {
        let mut modules: Vec<(Module<'u>, String)> = Vec::new();
        for table in tables {
            let package = table.unit.package.join(".");
            let Some(maker) = self.package(table.unit) else {
                let path = table.unit.path();
                let finding = codes::TABLE_WITHOUT_SCHEMA.at(table.unit.span(), format!("`{path}` stands in no package"));
                let finding = finding.help("tables belong to the schema of their package: a folder whose name begins with `+`");
                self.skip(finding, table.unit);
                self.skip_parts(table.parts);
                continue;
            };
            let Package { name, physical, span } = &self.packages[&maker];
            let same = |(module, of): &(Module<'u>, String)| match layout {
                Layout::Schema => module.physical.text == physical.text,
                Layout::Module => *of == package,
            };
            let at = modules.iter().position(same).unwrap_or_else(|| {
                let named_after = if layout == Layout::Schema { name } else { &package };
                let module = Module { name: clean(named_after), physical: physical.clone(), span: *span, tables: Vec::new() };
                modules.push((module, package));
                modules.len() - 1
            });
            let module = &mut modules[at].0;
            let twin = module.tables.iter().find(|other| other.name == table.name).map(|twin| twin.unit);
            match twin {
                Some(twin) => {
                    let finding = codes::CLASS_TWICE.at(table.unit.span(), format!("a second class `{}` in one schema", table.name));
                    self.skip(finding.label(twin.span(), "this one is converted"), table.unit);
                    self.skip_parts(table.parts);
                }
                None => module.tables.push(table),
            }
        }
        let mut modules: Vec<Module<'u>> = modules.into_iter().map(|(module, _)| module).collect();
        modules.sort_by(|a, b| a.name.cmp(&b.name));
        for at in 1..modules.len() {
            // `+Lab` and `+lab` are two packages.
            let taken = |name: &str| modules[..at].iter().any(|module| module.name == name);
            if taken(&modules[at].name) {
                let name = &modules[at].name;
                let free = (2..).map(|number| format!("{name}_{number}")).find(|name| !taken(name)).expect("numbers do not end");
                modules[at].name = free;
            }
        }
        for (at, module) in modules.iter().enumerate() {
            for table in &module.tables {
                self.out.found += 1 + table.parts.len();
                self.out.homes.insert(table.unit.path(), Home { module: at, path: table.name.clone() });
                for part in &table.parts {
                    self.out.homes.insert(part.unit.path(), Home { module: at, path: format!("{}.{}", table.name, part.name) });
                }
            }
        }
        self.out.modules = modules;
    }

    /// Returns the package whose `getSchema` a table uses: the outermost that has one. Its name is looked up once.
    fn package(&mut self, unit: &Unit) -> Option<String> {
        unit.package.first()?;
        let prefixes = (1..=unit.package.len()).map(|length| unit.package[..length].join("."));
        let given = |package: &String| self.schemas.iter().any(|(name, _)| name == package);
        let found = prefixes.into_iter().find(|package| given(package) || self.by_path.contains_key(&format!("{package}.getSchema")));
        let package = found.unwrap_or_else(|| unit.package.join("."));
        if !self.packages.contains_key(&package) {
            let made = self.make(&package, unit, 0);
            self.packages.insert(package.clone(), made);
        }
        Some(package)
    }

    fn make(&mut self, package: &str, unit: &Unit, depth: usize) -> Package {
        let maker = self.by_path.get(&format!("{package}.getSchema")).copied();
        let span = maker.map_or_else(|| unit.span(), Unit::span);
        if let Some((_, name)) = self.schemas.iter().find(|(known, _)| known == package) {
            return Package { name: package.to_string(), physical: Text::new(name, span), span };
        }
        let assumed = package.replace('.', "_");
        let message = match maker.map(|maker| (schema_name(maker), maker)) {
            Some((Made::Named(name), _)) => {
                for Variable { name, span } in &name.variables {
                    let message = format!("a part of this schema name is known at run time only; it is `${{{name}}}` in the schema line");
                    let set = format!("set `{name}` in djc.toml, in the environment, or with `--var {name}=…`");
                    self.out.findings.push(codes::ASSUMED_SCHEMA_NAME.at(*span, message).help(set));
                }
                self.out.variables.extend(name.variables);
                return Package { name: package.to_string(), physical: name.text, span };
            }
            Some((Made::Handed(other), maker)) if other != package && depth < DEPTH_MAX => return self.make(&other, maker, depth + 1),
            Some((Made::Handed(_), _)) => {
                codes::ASSUMED_SCHEMA_NAME.at(span, format!("the package `{package}` takes its schema from itself; `{assumed}` is assumed"))
            }
            Some((Made::Unknown(span), _)) => codes::ASSUMED_SCHEMA_NAME
                .at(span, format!("only running `{package}.getSchema` tells its schema name; `{assumed}` is assumed")),
            None => codes::ASSUMED_SCHEMA_NAME
                .at(span, format!("the package `{package}` has no `getSchema.m`; the schema name `{assumed}` is assumed")),
        };
        self.out.findings.push(message.help(format!("say another with `djc import --schema {package}=NAME`")));
        Package { name: package.to_string(), physical: Text::new(assumed, span), span }
    }
}

/// Returns what is wrong with the definition of a table, if it cannot be read.
fn undefined(unit: &Unit) -> Option<Diagnostic> {
    let path = unit.path();
    match &unit.definition {
        Some(definition) if !definition.closed => Some(endless(unit, definition)),
        Some(definition) if definition.text.text.is_empty() => Some(
            codes::RUN_TIME_DEFINITION
                .at(unit.span(), format!("the table class `{path}` has no definition: the comment `%{{ … %}}` is empty")),
        ),
        Some(_) => None,
        None => {
            let finding = codes::RUN_TIME_DEFINITION
                .at(unit.span(), format!("the table class `{path}` has no definition: its file has no `%{{ … %}}`"));
            Some(finding.help("the table may be declared elsewhere, perhaps in Python; import that, or paste what `describe` prints"))
        }
    }
}

fn no_tier(unit: &Unit) -> Diagnostic {
    let path = unit.path();
    let first = format!("begin the definition with `{path} (manual) # comment`, or inherit from `dj.Manual` and its like");
    codes::MATLAB_TIER.at(unit.span(), format!("nothing tells the tier of `{path}`")).help(first)
}

fn endless(unit: &Unit, definition: &Definition) -> Diagnostic {
    let finding = codes::MATLAB_BLOCK.at(definition.span, format!("the comment with the definition of `{}` has no end", unit.path()));
    finding.help("write `%}` on a line of its own behind the definition")
}

/// Returns the name of a module.
fn clean(package: &str) -> String {
    let mut out: String = package.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    if !out.starts_with(|c: char| c.is_ascii_lowercase()) {
        out = format!("schema_{}", out.trim_start_matches('_'));
    }
    out
}
