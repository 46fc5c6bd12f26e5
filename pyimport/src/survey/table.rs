//! Tables: a master with its parts, each with its definition and its attributes.

use std::collections::HashSet;

use djc_core::source::Span;
use djc_core::text::Text;

use super::{Home, Role, Surveyor, Tier};
use crate::evaluate::{self, Place, Unknown};
use crate::literal;
use crate::sources::{Ancestor, ClassRef, Member, class_members, class_values};
use crate::tree::{Expr, Function, Kind, Statement};
use crate::value::{Value, ValueKind};
use crate::{Finding, FindingKind, annotation};

/// The longest expression that a message repeats.
const WORDS_MAX: usize = 40;

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
    /// Classes of the lab that it inherits from beside its tier, by the names in [`Survey::mixins`](super::Survey::mixins).
    pub mixins: Vec<Text>,
    /// Its parts.
    pub parts: Vec<Table<'t>>,
}

impl<'t> Surveyor<'_, 't> {
    pub(super) fn table(&mut self, this: ClassRef<'t>, tier: Tier, role: Role, home: usize, call: &'t Expr) {
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
                    let finding = finding.or_these(&unknown.others);
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
            None => Err(Unknown::new(this.id(), "none of the classes that were read has it")),
        }
    }

    /// Returns what an attribute of a class is assigned, in the class or where it inherits from.
    fn value(&self, this: ClassRef<'t>, name: &str) -> Option<(Place<'t>, &'t Expr)> {
        self.sources.ancestors(this).into_iter().find_map(|base| {
            let Ancestor::Read(base) = base else { return None };
            class_values(&base.class.body, name).next_back().map(|value| (Place::of_class(base, this), value))
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
                let file = self.sources.modules.iter().find(|module| module.tree.file == unknown.span.file);
                let written = file.map_or("", |module| &module.tree.text[unknown.span.range()]);
                let subject =
                    if written.len() <= WORDS_MAX && !written.contains('\n') { format!("`{written}`") } else { "this".to_string() };
                let message = format!("the contents of `{path}` are left out: {subject} is {}", unknown.why);
                let finding = Finding::new(FindingKind::Contents, unknown.span, message);
                self.out
                    .findings
                    .push(finding.or_these(&unknown.others).help("write the rows into `contents [ … ]`, or let the code insert them"));
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

    /// Returns what the class's own `_djc` says; a base class says it for itself.
    fn annotations(&mut self, this: ClassRef<'t>, path: &str) -> Vec<(Text, Option<Text>)> {
        let Some(written) = class_values(&this.class.body, "_djc").next_back() else { return Vec::new() };
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
