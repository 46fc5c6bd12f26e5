//! What must be known of all modules before the first table is read: what is said about a class or a schema in another place.

use super::Surveyor;
use crate::evaluate;
use crate::sources::{Ancestor, ClassRef, Found};
use crate::tree::{Expr, Kind, Statement, keyword};

impl<'t> Surveyor<'_, 't> {
    /// Notes the classes that others inherit from.
    pub(super) fn bases_of(&mut self, module: usize, body: &'t [Statement]) {
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
    pub(super) fn calls(&mut self, module: usize, body: &'t [Statement]) {
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
        // Elements name the parameter after their own schema: `ephys_schema_name`.
        let named =
            || keywords.iter().find(|(name, _)| name.as_ref().is_some_and(|name| name.ends_with("schema_name"))).map(|(_, name)| name);
        if let Some(name) = arguments.first().or_else(named) {
            self.activated.insert(target, (module, name));
        }
        let linking = keyword(keywords, "linking_module").and_then(|linking| match &linking.kind {
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
        if let Some(name) = arguments.first().or(keyword(keywords, "schema_name"))
            && let Ok(name) = evaluate::template(self.sources, home, name, &mut Vec::new())
        {
            self.out.spawned.entry(module).or_default().push(name.text);
        }
    }

    /// Notes `graph = GraphAdapter()`, and codecs, which have their name in the class.
    pub(super) fn adapters(&mut self, module: usize) {
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
}
