//! What a person said about a change: which tables and attributes have another name, what goes, what fills new attributes.
//!
//! Sources say it with `@renamed_from`, `@renamed`, `{old}` and `@fill`, the command line with `--rename` and `--drop`. What is said and already so is no
//! change, and may stay in the sources. What nobody said is never concluded: [`suspicions`](super::suspicion) become questions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::State;
use crate::core::ir::{Fill, Origin, Pipeline, Table, TableId, Tier};
use crate::core::nearest::nearest;
use crate::core::source::Span;
use crate::diag::{Diagnostic, Sink, codes};

/// What a person said about a change, in names of the definitions. It is part of a migration and the same for every server.
///
/// Tables are called `module.Class` or `module.Master.Part`. Whatever is not named here keeps its name, is new, or goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Tables with another name, module or master: new → old. A part whose master has another name follows without being named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, String>,
    /// Attributes with another name: table (new name) → new → old. Those that inherit them follow without being named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, BTreeMap<String, String>>,
    /// What rows that are there get in a new attribute: table (new name) → attribute → value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fill: BTreeMap<String, BTreeMap<String, Fill>>,
    /// Tables (`module.Class`) and attributes (`module.Class.attribute`) of which it was said that they go, though something new looks like them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub drops: BTreeSet<String>,
}

/// What the command line says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// `--rename lab.Subject.weight=mass`, `--rename lab.Animal=Subject`: old name, new one.
    pub renames: Vec<(String, String)>,
    /// `--drop lab.Subject.weight`, `--drop lab.Animal`.
    pub drops: Vec<String>,
}

impl Answers {
    /// Adds what was said when a migration was made before, as far as it still makes sense.
    pub fn add(&mut self, intent: &Intent, before: &State, now: &State) {
        let (old, new) = (Names::of(&before.pipeline), Names::of(&now.pipeline));
        for (table, was) in &intent.tables {
            if old.table(was).is_some() && new.table(table).is_some() && !self.drops.contains(was) {
                self.renames.push((was.clone(), table.clone()));
            }
        }
        for (table, renames) in &intent.attributes {
            let was = intent.tables.get(table).unwrap_or(table);
            let has = |names: &Names<'_>, table: &str, attribute: &str| {
                names.table(table).is_some_and(|id| names.pipeline.table(id).heading.get(attribute).is_some())
            };
            for (to, from) in renames {
                if has(&old, was, from) && has(&new, table, to) && !self.drops.contains(&format!("{was}.{from}")) {
                    self.renames.push((format!("{table}.{from}"), to.clone()));
                }
            }
        }
        let is_there = |word: &&String| {
            let table = if is_class(word) { word.as_str() } else { word.rsplit_once('.').map_or("", |(table, _)| table) };
            let renamed = self.renames.iter().any(|(from, _)| from == *word);
            old.table(table).is_some() && !renamed
        };
        let drops: Vec<String> = intent.drops.iter().filter(is_there).cloned().collect();
        self.drops.extend(drops);
    }
}

/// Which table and attribute now is which one before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Tables: now → before.
    pub tables: BTreeMap<TableId, TableId>,
    /// Attributes with another name, inherited ones included: table now → name now → name before.
    pub attributes: BTreeMap<TableId, BTreeMap<String, String>>,
}

impl Pairs {
    /// Pairs tables and attributes of two pipelines as the intent says; what inherits a renamed attribute has it under the new name, too.
    pub fn new(before: &Pipeline, now: &Pipeline, intent: &Intent) -> Self {
        let mut pairs = Pairs::default();
        let known = Names::of(before);
        let renamed: BTreeSet<&String> = intent.tables.values().collect();
        // Masters stand before their parts.
        for (id, table) in now.tables() {
            let name = now.qualified_name(id);
            let follows = pairs.name_by_master(before, now, table);
            let old = match intent.tables.get(&name) {
                Some(old) => Some(old),
                None => {
                    [follows.as_ref(), Some(&name)].into_iter().flatten().find(|old| known.table(old).is_some() && !renamed.contains(old))
                }
            };
            if let Some(old) = old.and_then(|old| known.table(old)) {
                pairs.tables.insert(id, old);
            }
        }
        let rest = now.tables().map(|(id, _)| id).filter(|id| !now.order.contains(id));
        for id in now.order.iter().copied().chain(rest).collect::<Vec<_>>() {
            let Some(old) = pairs.tables.get(&id) else { continue };
            let said = intent.attributes.get(&now.qualified_name(id));
            let renames = pairs.renamed_attributes(before.table(*old), now, now.table(id), said);
            if !renames.is_empty() {
                pairs.attributes.insert(id, renames);
            }
        }
        pairs
    }

    /// Returns the name that a part had before if only its master was renamed.
    fn name_by_master(&self, before: &Pipeline, now: &Pipeline, table: &Table) -> Option<String> {
        now.master(table)?;
        let Tier::Part { master } = table.tier else { return None };
        let old = self.tables.get(&master)?;
        Some(format!("{}.{}", before.qualified_name(*old), table.class))
    }

    fn renamed_attributes(
        &self,
        old: &Table,
        now: &Pipeline,
        new: &Table,
        said: Option<&BTreeMap<String, String>>,
    ) -> BTreeMap<String, String> {
        let mut out = said.cloned().unwrap_or_default();
        let said_old: BTreeSet<String> = out.values().cloned().collect();
        for attribute in &new.heading.attributes {
            let name = &attribute.name;
            if out.contains_key(name) || (old.heading.get(name).is_some() && !said_old.contains(name)) {
                continue;
            }
            let Origin::Reference { reference, parent_attribute } = attribute.origin else { continue };
            let Some(reference) = new.references.get(reference.0 as usize) else { continue };
            let Some(parent) = now.table(reference.parent).heading.attributes.get(parent_attribute) else { continue };
            let Some(old_parent) = self.tables.get(&reference.parent) else { continue };
            let Some(old_name) = self.attributes.get(&reference.parent).and_then(|renames| renames.get(&parent.name)) else { continue };
            // A column that has a name of its own in the child keeps it until somebody says otherwise.
            let inherited = |it: &&crate::core::ir::ForeignKey| {
                it.parent == *old_parent && it.columns.iter().any(|map| map.parent == *old_name && map.child == *old_name)
            };
            let is_plain = *name == parent.name && old.references.iter().any(|it| inherited(&it));
            if is_plain && new.heading.get(old_name).is_none() && !out.values().any(|taken| taken == old_name) {
                out.insert(name.clone(), old_name.clone());
            }
        }
        out
    }

    /// Returns the name that an attribute of a table had before, if the table had it.
    pub fn attribute_before<'p>(&'p self, before: &'p Pipeline, id: TableId, name: &'p str) -> Option<&'p str> {
        let old = before.table(*self.tables.get(&id)?);
        let renames = self.attributes.get(&id);
        match renames.and_then(|renames| renames.get(name)) {
            Some(old) => Some(old),
            None if renames.is_some_and(|renames| renames.values().any(|taken| taken == name)) => None,
            None => old.heading.get(name).map(|_| name),
        }
    }
}

/// Tables of a pipeline by name.
pub(super) struct Names<'p> {
    pub pipeline: &'p Pipeline,
    ids: HashMap<String, TableId>,
}

impl<'p> Names<'p> {
    pub fn of(pipeline: &'p Pipeline) -> Self {
        Names { pipeline, ids: pipeline.tables().map(|(id, _)| (pipeline.qualified_name(id), id)).collect() }
    }

    pub fn table(&self, name: &str) -> Option<TableId> {
        self.ids.get(name).copied()
    }

    fn near(&self, name: &str) -> Option<&str> {
        let mut names: Vec<&str> = self.ids.keys().map(String::as_str).collect();
        names.sort_unstable();
        nearest(name, names)
    }
}

/// Reads what sources and command line say about the way from one pipeline to another.
struct Reader<'a> {
    before: Names<'a>,
    now: Names<'a>,
    intent: Intent,
}

impl Intent {
    /// Returns what is said about the way from one pipeline to another, as far as it is not so already.
    ///
    /// `owned` are the modules that the history has; what is said about other tables is somebody else's. What names nothing is reported.
    pub fn of(before: &Pipeline, now: &Pipeline, owned: &BTreeSet<String>, answers: &Answers, sink: &mut Sink) -> Intent {
        let mut reader = Reader { before: Names::of(before), now: Names::of(now), intent: Intent::default() };
        // Nothing has another name than before where there is no before.
        if before.tables.is_empty() {
            return reader.intent;
        }
        let attributes = reader.table_answers(answers, sink);
        let tables = || now.tables().filter(|(_, table)| owned.contains(&now.schema(table.schema).module));
        for (id, table) in tables() {
            reader.renamed_from(id, table, sink);
        }
        let pairs = Pairs::new(before, now, &reader.intent);
        reader.attribute_answers(&attributes, &pairs, sink);
        for (id, table) in tables() {
            reader.renamed(id, table, &pairs, sink);
        }
        reader.drops(answers, sink);
        let pairs = Pairs::new(before, now, &reader.intent);
        for (id, table) in tables().filter(|(id, _)| pairs.tables.contains_key(id)) {
            for (name, fill) in &table.annotations.fill {
                if asks_to_fill(before, now, &pairs, id, name, fill) {
                    reader.intent.fill.entry(now.qualified_name(id)).or_default().insert(name.clone(), fill.clone());
                }
            }
        }
        reader.intent
    }
}

/// Returns whether `@fill` says something about this change: the attribute is new, or has another type or no NULL any more, and it was not said before.
fn asks_to_fill(before: &Pipeline, now: &Pipeline, pairs: &Pairs, id: TableId, name: &str, fill: &Fill) -> bool {
    let Some(old_name) = pairs.attribute_before(before, id, name) else { return true };
    let old_table = pairs.tables.get(&id).map(|old| before.table(*old));
    let old = old_table.and_then(|table| table.heading.get(old_name));
    let (Some(table), Some(old), Some(new)) = (old_table, old, now.table(id).heading.get(name)) else { return false };
    let changes = old.ty != new.ty || (old.nullable() && !new.nullable());
    // What stands there since an earlier migration is about that one.
    changes && table.annotations.fill.get(old_name) != Some(fill)
}

impl Reader<'_> {
    /// Takes `--rename` of tables; returns those of attributes.
    fn table_answers(&mut self, answers: &Answers, sink: &mut Sink) -> Vec<(String, String)> {
        let mut attributes = Vec::new();
        for (old, new) in &answers.renames {
            if !is_class(old) {
                attributes.push((old.clone(), new.clone()));
                continue;
            }
            let whole = if is_module(new) { new.clone() } else { beside(old, new) };
            if self.before.table(old).is_none() {
                sink.report(unknown(format!("--rename {old}={new}: there was no table `{old}`"), self.before.near(old)));
            } else if self.now.table(&whole).is_none() {
                sink.report(unknown(format!("--rename {old}={new}: no source declares `{whole}`"), self.now.near(&whole)));
            } else {
                self.intent.tables.insert(whole, old.clone());
            }
        }
        attributes
    }

    fn attribute_answers(&mut self, renames: &[(String, String)], pairs: &Pairs, sink: &mut Sink) {
        for (old, new) in renames {
            let flag = format!("--rename {old}={new}");
            let Some((table, attribute)) = old.rsplit_once('.') else {
                sink.report(
                    unknown(format!("{flag}: `{old}` does not say which table"), None).help("write `--rename lab.Subject.weight=mass`"),
                );
                continue;
            };
            let by_old = || pairs.tables.iter().find(|(_, old)| self.before.pipeline.qualified_name(**old) == table).map(|(id, _)| *id);
            let Some(id) = self.now.table(table).or_else(by_old) else {
                sink.report(unknown(format!("{flag}: no source declares a table `{table}`"), self.now.near(table)));
                continue;
            };
            let name = self.now.pipeline.qualified_name(id);
            let declared = self.now.pipeline.table(id);
            let old_table = pairs.tables.get(&id).map(|old| self.before.pipeline.table(*old));
            let new = new.rsplit('.').next().unwrap_or(new);
            if old_table.is_none_or(|table| table.heading.get(attribute).is_none()) {
                let near = old_table.and_then(|table| nearest(attribute, table.heading.attributes.iter().map(|it| it.name.as_str())));
                sink.report(unknown(format!("{flag}: `{table}` had no attribute `{attribute}`"), near).table(name));
            } else if declared.heading.get(new).is_none() {
                let near = nearest(new, declared.heading.attributes.iter().map(|it| it.name.as_str()));
                sink.report(unknown(format!("{flag}: `{name}` has no attribute `{new}`"), near).table(name));
            } else {
                self.intent.attributes.entry(name).or_default().insert(new.to_string(), attribute.to_string());
            }
        }
    }

    fn drops(&mut self, answers: &Answers, sink: &mut Sink) {
        for word in &answers.drops {
            let (table, attribute) = match word.rsplit_once('.') {
                Some((table, attribute)) if !is_class(word) => (table, Some(attribute)),
                _ => (word.as_str(), None),
            };
            let found = self.before.table(table).map(|id| self.before.pipeline.table(id));
            let message = match (found, attribute) {
                (None, _) => Some((format!("--drop {word}: there was no table `{table}`"), self.before.near(table))),
                (Some(found), Some(attribute)) if found.heading.get(attribute).is_none() => {
                    let near = nearest(attribute, found.heading.attributes.iter().map(|it| it.name.as_str()));
                    Some((format!("--drop {word}: `{table}` had no attribute `{attribute}`"), near))
                }
                (Some(_), _) => None,
            };
            match message {
                Some((message, near)) => sink.report(unknown(message, near)),
                None => drop(self.intent.drops.insert(word.clone())),
            }
        }
    }

    /// Reads `@renamed_from`.
    fn renamed_from(&mut self, id: TableId, table: &Table, sink: &mut Sink) {
        let name = self.now.pipeline.qualified_name(id);
        let Some(written) = &table.annotations.renamed_from else { return };
        let follows = Pairs::new(self.before.pipeline, self.now.pipeline, &self.intent).tables.contains_key(&id);
        if follows || self.intent.tables.contains_key(&name) {
            return;
        }
        let candidates = self.old_names(table, written);
        match candidates.iter().find(|old| self.before.table(old).is_some()) {
            Some(old) => {
                self.intent.tables.insert(name, old.clone());
            }
            None => {
                let old = candidates.first().cloned().unwrap_or_else(|| written.clone());
                let found =
                    codes::RENAME_UNKNOWN.at(table.name_span, format!("`{name}` is new, and there was no `{old}` that it could have been"));
                let found = near_help(found, self.before.near(&old)).help("remove `@renamed_from` if the table is new");
                sink.report(found.table(name));
            }
        }
    }

    /// Returns what `@renamed_from` may mean above a table, the likeliest first.
    fn old_names(&self, table: &Table, written: &str) -> Vec<String> {
        if is_module(written) {
            return vec![written.to_string()];
        }
        let module = &self.now.pipeline.schema(table.schema).module;
        let beside = format!("{module}.{written}");
        let Tier::Part { master } = table.tier else { return vec![beside] };
        // The master may have another name, too; a part is known by either.
        let class = written.rsplit('.').next().unwrap_or(written);
        let master = self.now.pipeline.qualified_name(master);
        let old_master = self.intent.tables.get(&master).unwrap_or(&master);
        let mut names = vec![format!("{old_master}.{class}")];
        names.insert(usize::from(!written.contains('.')), beside);
        names
    }

    /// Reads `{old}` and `@renamed`.
    fn renamed(&mut self, id: TableId, table: &Table, pairs: &Pairs, sink: &mut Sink) {
        let Some(old_table) = pairs.tables.get(&id).map(|old| self.before.pipeline.table(*old)) else { return };
        let name = self.now.pipeline.qualified_name(id);
        for attribute in &table.heading.attributes {
            let said = table.annotations.renamed.get(&attribute.name).or(attribute.renamed_from.as_ref());
            let Some(old) = said else { continue };
            let answered = self.intent.attributes.get(&name).is_some_and(|renames| renames.contains_key(&attribute.name));
            if answered || old_table.heading.get(&attribute.name).is_some() {
                continue;
            }
            if old_table.heading.get(old).is_some() {
                self.intent.attributes.entry(name.clone()).or_default().insert(attribute.name.clone(), old.clone());
                continue;
            }
            let near = nearest(old, old_table.heading.attributes.iter().map(|it| it.name.as_str()));
            let message = format!("`{}` is new, and there was no attribute `{old}` that it could have been", attribute.name);
            let found = near_help(codes::RENAME_UNKNOWN.at(attribute.span, message), near);
            sink.report(found.help("take the old name out if the attribute is new").table(&name).attribute(&attribute.name));
        }
    }
}

fn unknown(message: String, near: Option<&str>) -> Diagnostic {
    near_help(codes::RENAME_UNKNOWN.anywhere(message), near)
}

fn near_help(found: Diagnostic, near: Option<&str>) -> Diagnostic {
    match near {
        Some(near) => found.help(format!("was `{near}` meant?")),
        None => found,
    }
}

/// Returns whether the last name is that of a class.
fn is_class(path: &str) -> bool {
    path.rsplit('.').next().is_some_and(|name| name.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Returns whether the first name is that of a module.
fn is_module(path: &str) -> bool {
    path.contains('.') && path.starts_with(|c: char| !c.is_ascii_uppercase())
}

/// Returns the whole name of a table that was written without the module of another one, for a part without its master.
fn beside(old: &str, new: &str) -> String {
    let depth = new.split('.').count();
    let names: Vec<&str> = old.split('.').collect();
    let kept = names.len().saturating_sub(depth).max(1);
    format!("{}.{new}", names[..kept].join("."))
}

/// Returns the place of a table or an attribute in the sources.
pub(super) fn span_of(pipeline: &Pipeline, id: TableId, attribute: Option<&str>) -> Span {
    let table = pipeline.table(id);
    attribute.and_then(|name| table.heading.get(name)).map_or(table.name_span, |attribute| attribute.span)
}
