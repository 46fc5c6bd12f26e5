//! Classes that are left out, and why.

use super::Surveyor;
use super::role::{Role, tier_of};
use crate::sources::{Ancestor, ClassRef, Found};
use crate::tree::{Class, Expr, Kind};
use crate::{Finding, FindingKind};

impl<'t> Surveyor<'_, 't> {
    pub(super) fn skip(&mut self, kind: FindingKind, class: &Class, message: String, help: &str) {
        self.out.findings.push(Finding::new(kind, class.name.span, message).help(help).skipping(&class.name.value));
    }

    pub(super) fn skip_parts(&mut self, master: &str, parts: &[(ClassRef<'t>, Role)]) {
        for (part, _) in parts {
            let name = &part.class.name.value;
            let finding = Finding::new(FindingKind::Place, part.id(), format!("the master of the part `{name}` is left out"));
            self.out.findings.push(finding.skipping(format!("{master}.{name}")));
        }
    }

    /// Reports a table class that is made by `type(name, (dj.Manual,), {…})`.
    pub(super) fn made_by_type(&mut self, module: usize, value: &'t Expr) {
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
            let (what, name) = match &arguments[0].kind {
                Kind::Text(name) => (format!("the table class `{}`", name.text), name.text.as_str()),
                _ => ("a table class".to_string(), "a table"),
            };
            self.out.found += 1;
            let finding = Finding::new(FindingKind::Place, value.span, format!("{what} is made by `type`, when the code runs"));
            self.out.findings.push(finding.help("write it as a class: `class Name(dj.Manual):`").skipping(name));
        }
    }

    /// Reports a class that a schema decorates, and that no base which was read makes a table.
    pub(super) fn unknown_base(&mut self, this: ClassRef<'t>) {
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
    pub(super) fn without_schema(&mut self, this: ClassRef<'t>) {
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
}
