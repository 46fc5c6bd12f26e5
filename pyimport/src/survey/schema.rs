//! Schemas: the calls that make them, their names, and which of them are one.

use djc_core::source::Span;
use djc_core::text::Text;

use super::name::{clean, known_words, numbered, said_name};
use super::{Surveyor, Table};
use crate::evaluate::{self, Variable};
use crate::sources::{Ancestor, Found, Sources, names_of};
use crate::tree::{Expr, Kind, Statement, keyword};
use crate::{Finding, FindingKind};

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

impl<'t> Surveyor<'_, 't> {
    /// Returns the call that makes a schema, behind a decorator.
    pub(super) fn schema_of(&self, module: usize, decorator: &'t Expr) -> Option<(usize, &'t Expr)> {
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
    pub(super) fn schema(&mut self, home: usize, call: &'t Expr) -> usize {
        let (arguments, keywords) = match &call.kind {
            Kind::Call { arguments, keywords, .. } => (arguments.as_slice(), keywords.as_slice()),
            _ => (&[][..], &[][..]),
        };
        if let Some(known) = self.made.get(&call.span) {
            return *known;
        }
        let argument =
            arguments.first().or(keyword(keywords, "schema_name")).filter(|argument| !matches!(argument.kind, Kind::Constant("None")));
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
        self.made.insert(call.span, at);
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
            self.out
                .findings
                .push(finding.or_these(&chosen).help("where it is another, say so as `name` below `[schemas.NAME]` in djc.toml"));
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
        numbered(wanted, |name| !taken(name))
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
        arguments.first().or(keyword(keywords, "schema_name"))
    })
}
