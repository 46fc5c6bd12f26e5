//! The plan as it grows: each step is done to a catalog at once, so that the next one is made for what is then there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use djc_core::catalog::Catalog;
use djc_core::plan::{Action, Alteration, Check, CheckKind, Hazard, Parked, Plan, Step, TableName};

use super::analysis::{Analysis, Place, TableChange};
use super::slots::{Slot, Slots};
use super::{Moment, Request, hazard, order};

/// A plan that grows.
pub(super) struct Draft<'a> {
    pub request: Request<'a>,
    /// What is there behind the steps so far.
    pub now: Catalog,
    pub names: Names,
    pub steps: Vec<Step>,
    pub checks: Vec<Check>,
    pub parked: Vec<Parked>,
    /// Foreign keys and indexes that have been dropped, by table: positions in the table before.
    dropped: HashMap<TableName, Dropped>,
    /// Which of the changes of `contents` are in the plan.
    pub contents: Vec<bool>,
}

/// What tables were called before.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Tables that have another name than in `from`: the name now → the name there.
    pub origins: BTreeMap<TableName, TableName>,
    /// Tables that go and whose names others needed: the name now.
    pub displaced: BTreeSet<TableName>,
}

impl Names {
    /// Returns the name in `from`.
    pub fn origin<'n>(&'n self, now: &'n TableName) -> &'n TableName {
        self.origins.get(now).unwrap_or(now)
    }
}

#[derive(Debug, Default)]
struct Dropped {
    keys: BTreeSet<usize>,
    indexes: BTreeSet<usize>,
}

/// Returns where the item stands now that stood at `at` before some were taken away.
fn moved(at: usize, dropped: &BTreeSet<usize>) -> usize {
    at - dropped.range(..at).count()
}

impl<'a> Draft<'a> {
    pub fn new(request: Request<'a>) -> Self {
        Draft {
            now: request.from.clone(),
            names: Names::default(),
            steps: Vec::new(),
            checks: Vec::new(),
            parked: Vec::new(),
            dropped: HashMap::new(),
            contents: vec![false; request.mapping.contents.len()],
            request,
        }
    }

    /// Adds a step and takes it.
    pub fn step(&mut self, action: Action, reason: String, mut hazards: Vec<Hazard>) {
        let target = self.request.target;
        let cost = target.server.dialect().cost(&action, &self.now, target.version);
        hazards.extend(hazard::of_cost(cost, target.server));
        hazards.sort_by_key(|hazard| hazard.kind);
        action.apply(&mut self.now);
        self.steps.push(Step { action, hazards, reason });
    }

    /// Adds a check of the rows for a step, the one that comes next; returns its number as people count.
    pub fn check(&mut self, table: TableName, key: Vec<String>, kind: CheckKind, remedy: String) -> usize {
        let check = Check { table, key, kind, step: self.steps.len(), remedy };
        match self.checks.iter().position(|known| (&known.table, &known.kind) == (&check.table, &check.kind)) {
            Some(at) => at + 1,
            None => {
                self.checks.push(check);
                self.checks.len()
            }
        }
    }

    /// Adds the hand-written steps of a moment.
    pub fn hand(&mut self, moment: Moment) {
        for (when, hand) in &self.request.mapping.hand {
            if *when == moment {
                self.step(Action::Hand(hand.clone()), hand.summary.clone(), Vec::new());
            }
        }
    }

    /// Adds what a table needs at one time, if it is anything: one step, or as many as the server wants. Keys and indexes are those that are there now.
    pub fn alter(&mut self, table: &TableName, slot: &Slot, hazards: Vec<Hazard>) {
        if slot.is_empty() {
            return;
        }
        let mut alterations = Vec::new();
        let there = self.now.table(&table.schema, &table.table).expect("a table that changes is there");
        let dropped = self.dropped.entry(table.clone()).or_default();
        let keys = slot.keys.iter().map(|at| there.foreign_keys[moved(*at, &dropped.keys)].clone());
        alterations.extend(keys.map(Alteration::DropForeignKey));
        let indexes = slot.indexes.iter().map(|at| there.indexes[moved(*at, &dropped.indexes)].clone());
        alterations.extend(indexes.map(Alteration::DropIndex));
        dropped.keys.extend(&slot.keys);
        dropped.indexes.extend(&slot.indexes);
        alterations.extend(slot.alterations.iter().cloned());

        let target = self.request.target;
        let pieces = target.server.dialect().split(table, &alterations, &self.now, target.version);
        let (first, last) = (self.steps.len(), self.steps.len() + pieces.len().saturating_sub(1));
        // What may fail is the piece that does most, which comes last.
        self.checks.iter_mut().filter(|check| check.step == first).for_each(|check| check.step = last);
        let mut hazards = Some(hazards);
        for alterations in pieces {
            let there = self.now.table(&table.schema, &table.table).expect("as before");
            let reason = format!("{table}: {}", hazard::reason(&alterations, there, target.server));
            let hazards = if self.steps.len() == last { hazards.take() } else { None };
            self.step(Action::AlterTable { table: table.clone(), alterations }, reason, hazards.unwrap_or_default());
        }
    }

    /// Foreign keys in the way go, columns get their names, and those that something fills are added: children first, so that a key goes before
    /// what it stands on.
    pub fn clear_the_way(&mut self, analysis: &Analysis<'_>, slots: &Slots) {
        for table in &analysis.gone {
            let keys = table.foreign_keys.iter().enumerate().filter(|(_, key)| analysis.is_early(key)).map(|(at, _)| at).collect();
            let slot = Slot { keys, ..Slot::default() };
            self.alter(&TableName::new(&table.schema, &table.name), &slot, Vec::new());
        }
        let tables: Vec<_> = analysis.changes.iter().map(|change| change.from).collect();
        for at in order::parents_first(&tables).into_iter().rev() {
            let (change, slots) = (&analysis.changes[at], &slots.tables[at]);
            self.alter(&change.name, &slots.aside, hazard::of_names(change, &slots.aside));
            let mut hazards = hazard::of_names(change, &slots.first);
            hazards.extend(hazard::of_early_keys(change, &slots.first));
            self.alter(&change.name, &slots.first, hazards);
        }
    }

    /// Each table becomes what it shall be, parents first; rows of `contents` come behind their table.
    pub fn settle(&mut self, analysis: &Analysis<'_>, slots: &Slots) {
        for place in &analysis.order {
            match place {
                Place::Changed(at) => {
                    let change = &analysis.changes[*at];
                    let mut hazards = hazard::of_main(analysis, change, &slots.tables[*at].main);
                    hazards.extend(self.checks_of(analysis, change));
                    self.park_columns(change);
                    self.alter(&change.name, &slots.tables[*at].main, hazards);
                    self.contents_of(&change.name);
                }
                Place::Created(at) => {
                    let table = analysis.created[*at];
                    let name = TableName::new(&table.schema, &table.name);
                    self.create(table);
                    self.contents_of(&name);
                }
            }
        }
    }

    /// Notes what of a table is kept under hidden names.
    fn park_columns(&mut self, change: &TableChange<'_>) {
        use super::columns::ColumnKind;
        for column in &change.columns {
            let (ColumnKind::Converted { .. } | ColumnKind::Gone { .. }, Some(from)) = (&column.kind, column.from) else { continue };
            if let Some(hidden) = super::parking::parked_column(self.request.park, &from.name) {
                let column = Some((hidden, from.name.clone()));
                self.parked.push(Parked { table: change.name.clone(), was: change.was.clone(), column });
            }
        }
    }

    /// Returns the plan, and the catalog behind it.
    pub fn finish(self) -> (Plan, Catalog) {
        (Plan { steps: self.steps, checks: self.checks, parked: self.parked }, self.now)
    }
}
