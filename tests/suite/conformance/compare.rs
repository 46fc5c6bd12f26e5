//! Holds the tables of djc against those of datajoint, and what differs against the list of what is known.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use djc::core::ir::Tier;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::compiled::Compiled;
use super::declared::{Declared, Facts};
use super::packages::conformance;

/// One thing that is not the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Difference {
    /// As in `subject.zygosity`, schema and table.
    pub table: String,
    /// As in `columns: age.COLUMN_TYPE`.
    pub what: String,
    pub ours: String,
    pub theirs: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { table, what, ours, theirs } = self;
        write!(out, "{table}: {what}\n        djc       {ours}\n        datajoint {theirs}")
    }
}

/// What became of every table of a workflow.
#[derive(Default)]
pub struct Outcome {
    /// Both made them, and nothing differs.
    pub identical: BTreeSet<String>,
    pub differing: BTreeMap<String, Vec<Difference>>,
    /// Both refuse them, each for its reasons.
    pub refused: BTreeMap<String, Refused>,
    /// Datajoint has no say: the package's own code fails under this version, or what the table needs is not there.
    pub untold: BTreeMap<String, String>,
    /// Tables of datajoint's own (`~external_…`, `~lineage`) that are the same.
    pub service: BTreeSet<String>,
}

/// Why neither makes a table.
pub struct Refused {
    pub ours: String,
    pub theirs: String,
}

/// Compares everything: datajoint on the tables that djc deployed, and on its own. `whole` is the package with what djc refused of it.
pub fn compare(whole: &Compiled, ours: &Declared, theirs: &Declared) -> Outcome {
    let refused_here = whole.refused();
    let refused_there: BTreeMap<&str, (&str, bool)> =
        theirs.refused.iter().map(|one| (one.table.as_str(), (one.error.as_str(), one.own))).collect();
    let mut out = Outcome::default();
    let mut seen = BTreeSet::new();
    // In order of need, so that what a missing table takes along is known when its turn comes.
    for id in &whole.pipeline.order {
        let name = whole.stored(*id);
        seen.insert(name.clone());
        let table = whole.pipeline.table(*id);
        let needs = table.references.iter().map(|key| key.parent).chain(match table.tier {
            Tier::Part { master } => Some(master),
            Tier::Manual | Tier::Lookup | Tier::Imported | Tier::Computed => None,
        });
        let needs: Vec<String> = needs.filter(|need| need != id).map(|need| whole.stored(need)).collect();
        let one_sided = |name: &String| out.untold.contains_key(name) || out.differing.get(name).is_some_and(|all| all[0].what == PRESENCE);
        let lost = needs.iter().find(|need| one_sided(need));
        match (ours.tables.get(&name), theirs.tables.get(&name)) {
            (Some(mine), Some(reference)) => match differences(&name, mine, reference) {
                found if found.is_empty() => drop(out.identical.insert(name)),
                found => drop(out.differing.insert(name, found)),
            },
            (None, None) => {
                let ours = refused_here.get(&name).cloned().unwrap_or_default();
                let theirs = refused_there.get(name.as_str()).map_or("no class declares it", |(error, _)| error).to_string();
                out.refused.insert(name, Refused { ours, theirs });
            }
            (Some(_), None) => match (refused_there.get(name.as_str()), lost) {
                (Some((error, true)), _) => drop(out.untold.insert(name, (*error).to_string())),
                (_, Some(need)) => drop(out.untold.insert(name, format!("needs {need}"))),
                (there, None) => {
                    let there = there.map_or("there is no such table".to_string(), |(error, _)| format!("refused: {error}"));
                    out.differing.insert(name.clone(), vec![presence(&name, "declared".to_string(), there)]);
                }
            },
            (None, Some(_)) => match lost {
                Some(need) => drop(out.untold.insert(name, format!("needs {need}"))),
                None => {
                    let here = refused_here.get(&name).map_or("there is no such table".to_string(), |why| format!("refused: {why}"));
                    out.differing.insert(name.clone(), vec![presence(&name, here, "declared".to_string())]);
                }
            },
        }
    }
    for name in ours.tables.keys().chain(theirs.tables.keys()).collect::<BTreeSet<_>>() {
        if seen.contains(name) {
            continue;
        }
        let found = match (ours.tables.get(name), theirs.tables.get(name)) {
            (Some(mine), Some(reference)) => differences(name, mine, reference),
            // Where one side has no table of a schema, that is said of the tables.
            _ if name.ends_with(".~lineage") && out.is_partial(name) => continue,
            (Some(_), None) => vec![presence(name, "declared".to_string(), "there is no such table".to_string())],
            (None, _) => vec![presence(name, "there is no such table".to_string(), "declared".to_string())],
        };
        match found.is_empty() {
            true => drop(out.service.insert(name.clone())),
            false => drop(out.differing.insert(name.clone(), found)),
        }
    }
    out
}

impl Outcome {
    /// Returns whether tables of the schema that this name begins with are on one side only.
    fn is_partial(&self, name: &str) -> bool {
        let schema = &name[..=name.find('.').unwrap_or(0)];
        let presence = self.differing.iter().filter(|(_, all)| all[0].what == PRESENCE).map(|(name, _)| name);
        self.untold.keys().chain(presence).any(|name| name.starts_with(schema))
    }
}

const PRESENCE: &str = "the table itself";

fn presence(table: &str, ours: String, theirs: String) -> Difference {
    Difference { table: table.to_string(), what: PRESENCE.to_string(), ours, theirs }
}

fn differences(table: &str, ours: &Facts, theirs: &Facts) -> Vec<Difference> {
    let mut out = Vec::new();
    let mut push = |what: String, ours: String, theirs: String| out.push(Difference { table: table.to_string(), what, ours, theirs });
    // Which class is bound to a table is no fact of it.
    let facts: BTreeSet<&String> = ours.keys().chain(theirs.keys()).filter(|fact| *fact != "class").collect();
    for fact in facts {
        let (mine, reference) = (ours.get(fact).unwrap_or(&Value::Null), theirs.get(fact).unwrap_or(&Value::Null));
        if mine == reference {
            continue;
        }
        let (Some(mine_rows), Some(reference_rows)) = (mine.as_array(), reference.as_array()) else {
            let (mine, reference) = (text(mine), text(reference));
            push(fact.clone(), lines_only_in(&mine, &reference), lines_only_in(&reference, &mine));
            continue;
        };
        let named = mine_rows.iter().zip(reference_rows).all(|(a, b)| name(a) == name(b));
        if named && mine_rows.len() == reference_rows.len() {
            for (a, b) in mine_rows.iter().zip(reference_rows) {
                for (field, value) in a.as_object().into_iter().flatten().filter(|(field, value)| b.get(field) != Some(value)) {
                    push(format!("{fact}: {}.{field}", text(name(a))), text(value), b.get(field).map_or_else(String::new, text));
                }
            }
        } else {
            let only = |rows: &[Value], others: &[Value]| {
                let rows: Vec<String> = rows.iter().filter(|row| !others.contains(row)).map(text).collect();
                if rows.is_empty() { "the same, in another order".to_string() } else { rows.join(" ") }
            };
            push(fact.clone(), only(mine_rows, reference_rows), only(reference_rows, mine_rows));
        }
    }
    out
}

fn lines_only_in(text: &str, other: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !other.lines().any(|of_other| of_other == *line)).collect();
    lines.join("\n")
}

/// Returns what names a row: its first field.
fn name(row: &Value) -> &Value {
    row.as_object().and_then(|fields| fields.values().next()).unwrap_or(&Value::Null)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// A difference that is known, and why it is one of datajoint's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    pub package: String,
    pub datajoint: String,
    pub reason: String,
    pub table: String,
    pub what: String,
    pub ours: String,
    pub theirs: String,
}

impl Exception {
    /// Returns all that are known: conformance/exceptions.json.
    pub fn known() -> Vec<Exception> {
        let text = std::fs::read_to_string(conformance().join("exceptions.json")).expect("conformance/exceptions.json is readable");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("conformance/exceptions.json: {error}"))
    }

    /// Returns whether this is the difference that is known.
    pub fn is(&self, found: &Difference) -> bool {
        let Exception { table, what, ours, theirs, .. } = self;
        (table, what, ours, theirs) == (&found.table, &found.what, &found.ours, &found.theirs)
    }
}
