//! Two branches of a history become one chain: the migrations of one are put behind those of the other.
//!
//! What the sources declare by then is what both branches come to. That is held against what each of them did since they parted; one thing
//! that both change, each its own way, is for a person to decide.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::history::{History, Migration};
use super::intent::{Answers, Pairs};
use crate::core::ir::{IndexPart, Origin, TableId};
use crate::core::state::State;
use crate::diag::{Diagnostic, codes};

/// Where a history parts, and what follows on each side.
#[derive(Debug, Clone)]
pub struct Fork<'h> {
    /// The last migration that both have; `None` where both begin the history.
    pub base: Option<&'h Migration>,
    /// The branches, each in the order of its chain.
    pub branches: Vec<Vec<&'h Migration>>,
}

impl<'h> Fork<'h> {
    /// Returns the first fork of a history.
    pub fn find(history: &'h History) -> Option<Fork<'h>> {
        let children = |of: Option<&Migration>| -> Vec<&'h Migration> {
            let follows = |it: &&Migration| history.before(it).map(|it| &it.folder) == of.map(|it| &it.folder);
            history.migrations.iter().filter(follows).collect()
        };
        let mut at = None;
        loop {
            let next = children(at);
            match next.as_slice() {
                [] => return None,
                [one] => at = Some(*one),
                branches => {
                    let branch = |first: &&'h Migration| {
                        let mut out = vec![*first];
                        // A fork inside of a branch is the next one to be settled.
                        while let [one] = children(out.last().copied()).as_slice() {
                            out.push(one);
                        }
                        out
                    };
                    return Some(Fork { base: at, branches: branches.iter().map(branch).collect() });
                }
            }
        }
    }
}

/// What was done to the names of one branch since the fork: name at the fork → name at its end.
#[derive(Debug, Clone, Default)]
struct Names {
    tables: BTreeMap<String, String>,
    /// Table at the fork → attribute at the fork → attribute at the end.
    attributes: BTreeMap<String, BTreeMap<String, String>>,
}

impl Names {
    fn along(base: &State, branch: &[&Migration]) -> Names {
        let own = |state: &State, id: TableId| -> BTreeMap<String, String> {
            state.pipeline.table(id).heading.attributes.iter().map(|it| (it.name.clone(), it.name.clone())).collect()
        };
        let mut names = Names::default();
        for (id, _) in base.pipeline.tables() {
            let name = base.pipeline.qualified_name(id);
            names.attributes.insert(name.clone(), own(base, id));
            names.tables.insert(name.clone(), name);
        }
        let mut before = base;
        for migration in branch {
            let now = &migration.state;
            let pairs = Pairs::new(&before.pipeline, &now.pipeline, &migration.manifest.intent);
            let moved: BTreeMap<String, (String, BTreeMap<String, String>)> = pairs
                .tables
                .iter()
                .map(|(new, old)| {
                    let renames = pairs.attributes.get(new).into_iter().flatten().map(|(new, old)| (old.clone(), new.clone())).collect();
                    (before.pipeline.qualified_name(*old), (now.pipeline.qualified_name(*new), renames))
                })
                .collect();
            for (first, name) in &mut names.tables {
                let Some((new, renames)) = moved.get(name) else { continue };
                name.clone_from(new);
                for attribute in names.attributes.get_mut(first).into_iter().flat_map(BTreeMap::values_mut) {
                    if let Some(new) = renames.get(attribute) {
                        attribute.clone_from(new);
                    }
                }
            }
            before = now;
        }
        names
    }

    fn table<'n>(&'n self, name: &'n str) -> &'n str {
        self.tables.get(name).map_or(name, String::as_str)
    }

    fn attribute<'n>(&'n self, table: &str, name: &'n str) -> &'n str {
        self.attributes.get(table).and_then(|names| names.get(name)).map_or(name, String::as_str)
    }
}

/// One thing that a state says of a table: which table, what, and the words about it.
type Items = BTreeMap<(String, String), String>;

/// Returns what a state says itself; what follows from it (inherited attributes) is left out. `rename` gives the names that count.
fn items(state: &State, rename: &dyn Fn(&str, Option<&str>) -> String) -> Items {
    let mut out = Items::new();
    for (id, table) in state.pipeline.tables().filter(|(_, table)| state.pipeline.schema(table.schema).owned) {
        let old = state.pipeline.qualified_name(id);
        let name = rename(&old, None);
        let attribute = |attribute: &str| rename(&old, Some(attribute));
        let mut add = |what: String, value: Json| drop(out.insert((name.clone(), what), value.to_string()));
        add("table".to_string(), json!([table.tier.word(), table.comment]));
        for it in table.heading.attributes.iter().filter(|it| it.origin == Origin::Own) {
            let value = json!([it.type_text, it.default, it.comment, table.heading.is_key(&it.name)]);
            add(format!("attribute `{}`", attribute(&it.name)), value);
        }
        for reference in &table.references {
            let parent = state.pipeline.qualified_name(reference.parent);
            let map = |map: &crate::core::ir::ColumnMap| (attribute(&map.child), rename(&parent, Some(&map.parent)));
            // Columns that have the parent's name follow it.
            let own: Vec<String> = reference
                .columns
                .iter()
                .map(map)
                .filter(|(child, parent)| child != parent)
                .map(|(child, parent)| format!("{child}={parent}"))
                .collect();
            let own = if own.is_empty() { String::new() } else { format!(" ({})", own.join(", ")) };
            add(format!("-> {}{own}", rename(&parent, None)), json!([reference.nullable, reference.unique, reference.primary]));
        }
        for index in &table.indexes {
            let parts: Vec<String> = index
                .parts
                .iter()
                .map(|part| match part {
                    IndexPart::Attribute { name, .. } => attribute(name),
                    other => format!("{other:?}"),
                })
                .collect();
            add(format!("index ({})", parts.join(", ")), json!([index.unique]));
        }
        for row in &table.contents {
            add(format!("row {}", json!(row.values)), Json::Null);
        }
    }
    out
}

/// What two branches come to, as far as their migrations say.
struct Merged {
    items: Items,
    conflicts: Vec<Diagnostic>,
}

fn conflict(table: &str, what: &str, ours: &str, theirs: &str) -> Diagnostic {
    let message = format!("{table}: `{ours}` and `{theirs}` both change {what}, each its own way");
    let help = format!("take `{ours}` back, bring the sources to what should hold, and make it again with `djc migrate new`");
    codes::REBASE_CONFLICT.anywhere(message).help(help).table(table)
}

fn merge(base: &Items, theirs: &Items, ours: &Items, names: (&str, &str)) -> Merged {
    let mut merged = Merged { items: Items::new(), conflicts: Vec::new() };
    let keys: BTreeSet<&(String, String)> = base.keys().chain(theirs.keys()).chain(ours.keys()).collect();
    for key in keys {
        let (was, one, other) = (base.get(key), theirs.get(key), ours.get(key));
        let value = if one == was || one == other {
            other
        } else if other == was {
            one
        } else {
            merged.conflicts.push(conflict(&key.0, &key.1, names.1, names.0));
            one
        };
        if let Some(value) = value {
            merged.items.insert(key.clone(), value.clone());
        }
    }
    // What one branch says of a table that the other has dropped.
    let orphans: BTreeSet<&String> = merged
        .items
        .keys()
        .filter(|(table, _)| !merged.items.contains_key(&(table.clone(), "table".to_string())))
        .map(|(table, _)| table)
        .collect();
    for table in orphans {
        let message = format!("one of `{}` and `{}` drops `{table}`, and the other changes it", names.0, names.1);
        let help = format!("take `{}` back, bring the sources to what should hold, and make it again with `djc migrate new`", names.1);
        merged.conflicts.push(codes::REBASE_CONFLICT.anywhere(message).help(help).table(table));
    }
    merged
}

/// A branch that goes behind another one.
#[derive(Debug)]
pub struct Rebase<'h> {
    /// Where they part.
    pub base: &'h State,
    /// The branch that stays as it is.
    pub theirs: &'h [&'h Migration],
    /// The branch that goes behind it.
    pub ours: &'h [&'h Migration],
}

impl Rebase<'_> {
    fn folders(&self) -> (&str, &str) {
        (self.theirs.last().map_or("", |it| it.folder.as_str()), self.ours.last().map_or("", |it| it.folder.as_str()))
    }

    /// Returns what keeps the branch from going behind the other: one thing that both change, or sources that are not what both come to.
    pub fn obstacles(&self, now: &State) -> Vec<Diagnostic> {
        let (theirs, ours) = (Names::along(self.base, self.theirs), Names::along(self.base, self.ours));
        let (their_folder, our_folder) = self.folders();
        let their_state = self.theirs.last().map_or(self.base, |it| &it.state);
        let our_state = self.ours.last().map_or(self.base, |it| &it.state);
        let mut found = Vec::new();
        // The name behind both branches: that of the one which changed it.
        let mut last = Names::default();
        for first in theirs.tables.keys() {
            let choose = |one: &str, other: &str, was: &str| -> Result<String, ()> {
                match (one == was, other == was) {
                    (true, _) => Ok(other.to_string()),
                    (_, true) => Ok(one.to_string()),
                    _ if one == other => Ok(one.to_string()),
                    _ => Err(()),
                }
            };
            match choose(theirs.table(first), ours.table(first), first) {
                Ok(name) => drop(last.tables.insert(first.clone(), name)),
                Err(()) => found.push(conflict(first, "its name", our_folder, their_folder)),
            }
            for attribute in theirs.attributes[first].keys() {
                match choose(theirs.attribute(first, attribute), ours.attribute(first, attribute), attribute) {
                    Ok(name) => drop(last.attributes.entry(first.clone()).or_default().insert(attribute.clone(), name)),
                    Err(()) => found.push(conflict(first, &format!("the name of `{attribute}`"), our_folder, their_folder)),
                }
            }
        }
        if !found.is_empty() {
            return found;
        }
        let from = |names: &Names| {
            let names = names.clone();
            let last = last.clone();
            move |table: &str, attribute: Option<&str>| -> String {
                let first = names.tables.iter().find(|(_, now)| *now == table).map(|(first, _)| first.clone());
                match (first, attribute) {
                    (None, None) => table.to_string(),
                    (None, Some(attribute)) => attribute.to_string(),
                    (Some(first), None) => last.table(&first).to_string(),
                    (Some(first), Some(attribute)) => {
                        let known = names.attributes.get(&first);
                        let was = known.and_then(|known| known.iter().find(|(_, now)| *now == attribute)).map(|(was, _)| was.clone());
                        was.map_or(attribute.to_string(), |was| last.attribute(&first, &was).to_string())
                    }
                }
            }
        };
        let unchanged = Names::along(self.base, &[]);
        let base_items = items(self.base, &from(&unchanged));
        let their_items = items(their_state, &from(&theirs));
        let our_items = items(our_state, &from(&ours));
        let Merged { items: wanted, conflicts } = merge(&base_items, &their_items, &our_items, (their_folder, our_folder));
        if !conflicts.is_empty() {
            return conflicts;
        }
        let there = items(now, &|table, attribute| attribute.unwrap_or(table).to_string());
        let keys: BTreeSet<&(String, String)> = wanted.keys().chain(there.keys()).collect();
        for key @ (table, what) in keys.into_iter().filter(|key| wanted.get(*key) != there.get(*key)) {
            let message = match (wanted.get(key), there.get(key)) {
                (Some(_), None) => format!("{table}: the sources lack {what}, which a migration has"),
                (None, Some(_)) => format!("{table}: the sources have {what}, which no migration makes"),
                _ => format!("{table}: {what} is not as the migrations have it"),
            };
            let help = "rebase once the sources are what both branches made of them, and nothing more: merge the other branch, set edits of yours aside";
            found.push(codes::REBASE_CONFLICT.anywhere(message).help(help).table(table));
        }
        found
    }

    /// Returns what was said in a migration of ours, in the names that hold behind the other branch.
    pub fn answers(&self, migration: &Migration) -> Answers {
        let theirs = Names::along(self.base, self.theirs);
        let intent = &migration.manifest.intent;
        let path = |word: &str| -> String {
            match word.rsplit_once('.') {
                Some((table, attribute)) if attribute.starts_with(|c: char| !c.is_ascii_uppercase()) => {
                    format!("{}.{}", theirs.table(table), theirs.attribute(table, attribute))
                }
                _ => theirs.table(word).to_string(),
            }
        };
        let mut answers = Answers::default();
        for (new, old) in &intent.tables {
            answers.renames.push((path(old), new.clone()));
        }
        for (table, renames) in &intent.attributes {
            let was = intent.tables.get(table).unwrap_or(table);
            answers.renames.extend(renames.iter().map(|(new, old)| (path(&format!("{was}.{old}")), new.clone())));
        }
        answers.drops = intent.drops.iter().map(|word| path(word)).collect();
        answers
    }
}
