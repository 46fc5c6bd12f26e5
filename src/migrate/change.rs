//! What one migration stands between, and the plans that lead there and back.

use std::collections::{BTreeMap, BTreeSet};

use super::hand::HandWritten;
use super::history::{Folder, History, Migration};
use super::intent::{Intent, Pairs};
use super::parked::with_parked;
use super::planner::{self, Park, Request};
use super::{Mapping, Moment, Refusal, Side, State, changes, contents, words};
use crate::core::catalog::{Catalog, Charset};
use crate::core::dialect::{Problem, Server, Target};
use crate::core::ir::{Pipeline, SchemaName};
use crate::core::plan::{Action, HandStep, Hazard, HazardKind, Plan, TableName};
use crate::diag::Sink;

/// Two states, and what was said about the way between them.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// What was.
    pub before: &'a State,
    /// What shall be.
    pub now: &'a State,
    /// What a person said.
    pub intent: &'a Intent,
    /// Hand-written steps.
    pub hand: &'a [HandWritten],
    /// The files that they name.
    pub files: &'a Folder,
    /// The modules whose tables may change, those of before included.
    pub owned: &'a BTreeSet<String>,
    /// What parked things carry in their names: `0007`.
    pub mark: &'a str,
}

/// How names of schemas become physical.
#[derive(Debug, Clone, Copy)]
pub enum Naming<'a> {
    /// They keep their variables, as in SQL files.
    Templates,
    /// These variables are put in; one that is not among them stays.
    Variables(&'a BTreeMap<String, String>),
}

impl Naming<'_> {
    /// Returns the physical name.
    pub fn name(&self, name: &SchemaName) -> String {
        match self {
            Naming::Templates => name.template().to_string(),
            Naming::Variables(vars) => name.resolve(vars).unwrap_or_else(|_| name.template().to_string()),
        }
    }

    /// Returns the physical names of all schemas, by their position.
    pub fn names(&self, pipeline: &Pipeline) -> Vec<String> {
        pipeline.schemas.iter().map(|schema| self.name(&schema.name)).collect()
    }

    fn variable(&self, name: &str) -> Option<String> {
        match self {
            Naming::Templates => None,
            Naming::Variables(vars) => vars.get(name).cloned(),
        }
    }
}

/// The server that a plan is made for.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// How names of schemas become physical.
    pub naming: Naming<'a>,
    /// The server.
    pub target: &'a Target,
    /// Charsets of the schemas that exist.
    pub charsets: &'a BTreeMap<String, Charset>,
}

impl<'a> Ground<'a> {
    /// Puts it together.
    pub fn new(naming: Naming<'a>, target: &'a Target, charsets: &'a BTreeMap<String, Charset>) -> Self {
        Ground { naming, target, charsets }
    }
}

/// A way from one catalog to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// What is there before.
    pub from: Catalog,
    /// What shall be there.
    pub to: Catalog,
    /// What has another name.
    pub mapping: Mapping,
    /// The physical schemas that may change.
    pub schemas: BTreeSet<String>,
    /// The steps.
    pub plan: Plan,
}

/// Why there is no way.
#[derive(Debug, Clone, PartialEq)]
pub enum NoPlan {
    /// The server cannot hold what shall be there.
    Problems(Vec<Problem>),
    /// The planner refuses.
    Refused(Vec<Refusal>),
    /// These hand-written steps have nothing for the server.
    Hand(Vec<String>),
}

impl<'a> Change<'a> {
    /// Returns what a migration of a history changes; `nothing` is the state before the first.
    pub fn of(history: &'a History, migration: &'a Migration, nothing: &'a State, owned: &'a BTreeSet<String>) -> Change<'a> {
        Change {
            before: history.before(migration).map_or(nothing, |before| &before.state),
            now: &migration.state,
            intent: &migration.manifest.intent,
            hand: &migration.hand,
            files: &migration.files,
            owned,
            mark: migration.mark(),
        }
    }

    /// Plans the way from before to now.
    ///
    /// # Errors
    /// What the server cannot hold, and why the planner refuses. A value of `@fill` or `contents` that does not fit is reported.
    pub fn up(&self, naming: Naming<'_>, target: &Target, sink: &mut Sink) -> Result<Planned, NoPlan> {
        self.up_on(&Ground::new(naming, target, &BTreeMap::new()), &Catalog::default(), Park::Under(self.mark), sink)
    }

    /// Plans the way back from where `up` has led.
    ///
    /// # Errors
    /// As [`Change::up`].
    pub fn down(&self, up: &Planned, naming: Naming<'_>, target: &Target, sink: &mut Sink) -> Result<Planned, NoPlan> {
        let from = up.plan.catalogs(&up.from).pop().unwrap_or_else(|| up.from.clone());
        let mark = format!("{}u", self.mark);
        self.down_on(&Ground::new(naming, target, &BTreeMap::new()), &from, Park::Back { parked: &up.plan.parked, mark: &mark }, sink)
    }

    /// Plans the way from before to now on a database that has parked things beside what the state before says.
    ///
    /// # Errors
    /// As [`Change::up`].
    pub fn up_on(&self, ground: &Ground<'_>, parked: &Catalog, park: Park<'_>, sink: &mut Sink) -> Result<Planned, NoPlan> {
        let Ground { naming, target, .. } = *ground;
        let Lowered { names, before: from, now: to } = self.lowered(ground)?;
        let before = Side { pipeline: &self.before.pipeline, names: &names.0, catalog: &from };
        let now = Side { pipeline: &self.now.pipeline, names: &names.1, catalog: &to };
        let pairs = Pairs::new(before.pipeline, now.pipeline, self.intent);
        let mut mapping = Mapping::new(self.intent, &pairs, &before, &now, target.server, sink);
        mapping.contents = contents::changes(&before, &now, &mapping, target.server, sink);
        let sides = Sides { before, now, naming, server: target.server };
        mapping.hand = self.hand_steps(&sides, false)?;
        let schemas = self.schemas(&sides);
        let standing = with_parked(from.clone(), parked);
        let request = Request { from: &standing, to: &to, mapping: &mapping, target, schemas: &schemas, park };
        let mut plan = planner::plan(&request).map_err(NoPlan::Refused)?;
        self.mark_irreversible(&mut plan, target.server);
        words::by_class(&mut plan, [&sides.before, &sides.now]);
        Ok(Planned { from: standing, to, mapping, schemas, plan })
    }

    /// Plans the way to the state before from where a database stands: behind the migration or somewhere in it.
    ///
    /// # Errors
    /// As [`Change::up`].
    pub fn down_on(&self, ground: &Ground<'_>, from: &Catalog, park: Park<'_>, sink: &mut Sink) -> Result<Planned, NoPlan> {
        let Ground { naming, target, .. } = *ground;
        let Lowered { names, before: to, now } = self.lowered(ground)?;
        let before = Side { pipeline: &self.before.pipeline, names: &names.0, catalog: &to };
        let now = Side { pipeline: &self.now.pipeline, names: &names.1, catalog: &now };
        let pairs = Pairs::new(before.pipeline, now.pipeline, self.intent);
        // What does not fit was reported on the way up.
        let mut mapping = Mapping::new(self.intent, &pairs, &before, &now, target.server, &mut Sink::new()).inverse();
        mapping.contents = contents::changes(&now, &before, &mapping, target.server, sink);
        let sides = Sides { before, now, naming, server: target.server };
        mapping.hand = self.hand_steps(&sides, true)?;
        let schemas = self.schemas(&sides);
        let request = Request { from, to: &to, mapping: &mapping, target, schemas: &schemas, park };
        let mut plan = planner::plan(&request).map_err(NoPlan::Refused)?;
        words::by_class(&mut plan, [&sides.now, &sides.before]);
        Ok(Planned { from: from.clone(), to, mapping, schemas, plan })
    }

    /// Returns the names of the schemas on both sides, and the tables before and now.
    fn lowered(&self, ground: &Ground<'_>) -> Result<Lowered, NoPlan> {
        let Ground { naming, target, charsets } = *ground;
        let names = (naming.names(&self.before.pipeline), naming.names(&self.now.pipeline));
        let before = self.before.lower_beside(&names.0, self.owned, target, charsets);
        let now = self.now.lower_beside(&names.1, self.owned, target, charsets);
        if now.problems.is_empty() {
            Ok(Lowered { names, before: before.catalog, now: now.catalog })
        } else {
            Err(NoPlan::Problems(now.problems))
        }
    }

    /// Returns what changes, in words: each cause once, whatever steps it takes.
    pub fn words(&self) -> Vec<String> {
        let (server, naming) = (Server::MySql, Naming::Templates);
        let names = (naming.names(&self.before.pipeline), naming.names(&self.now.pipeline));
        let target = Target::new(server);
        let from = self.before.lower(&names.0, self.owned, &target).catalog;
        let to = self.now.lower(&names.1, self.owned, &target).catalog;
        let before = Side { pipeline: &self.before.pipeline, names: &names.0, catalog: &from };
        let now = Side { pipeline: &self.now.pipeline, names: &names.1, catalog: &to };
        let pairs = Pairs::new(before.pipeline, now.pipeline, self.intent);
        let mut sink = Sink::new();
        let mut mapping = Mapping::new(self.intent, &pairs, &before, &now, server, &mut sink);
        mapping.contents = contents::changes(&before, &now, &mapping, server, &mut sink);
        let schemas = self.schemas(&Sides { before, now, naming, server });
        let mut out = changes::changes(&before, &now, &mapping, &schemas, server);
        out.extend(self.hand.iter().map(|hand| format!("by hand: {}", hand.summary)));
        out
    }

    /// Returns the physical schemas of the modules that may change.
    fn schemas(&self, sides: &Sides<'_>) -> BTreeSet<String> {
        // Its tables stay where they are; another history has them now.
        let is_anothers = |module: &String| self.now.pipeline.schemas.iter().any(|schema| schema.module == *module && !schema.owned);
        let of = |side: &Side<'_>| -> Vec<String> {
            let schemas = side.pipeline.schemas.iter().zip(side.names);
            schemas
                .filter(|(schema, _)| self.owned.contains(&schema.module) && !is_anothers(&schema.module))
                .map(|(_, name)| name.clone())
                .collect()
        };
        of(&sides.before).into_iter().chain(of(&sides.now)).collect()
    }

    fn hand_steps(&self, sides: &Sides<'_>, undo: bool) -> Result<Vec<(Moment, HandStep)>, NoPlan> {
        let mut out = Vec::new();
        let mut lacking = Vec::new();
        for hand in self.hand {
            let expand = |word: &str| sides.expand(word, hand.moment);
            let touches: Vec<TableName> = hand.touches.iter().flat_map(|name| sides.tables(name, hand.moment)).collect();
            if !undo {
                match hand.step(sides.server, self.files, touches, &expand) {
                    Some(step) => out.push((hand.moment, step)),
                    None => lacking.push(hand.summary.clone()),
                }
            } else if let Some(step) = hand.undo_step(sides.server, self.files, touches, &expand) {
                out.insert(0, (hand.moment.mirrored(), step));
            }
        }
        if lacking.is_empty() { Ok(out) } else { Err(NoPlan::Hand(lacking)) }
    }

    /// Says of hand-written steps without a way back that they have none.
    fn mark_irreversible(&self, plan: &mut Plan, server: Server) {
        let has_undo = |summary: &str| {
            let mut of = self.hand.iter().filter(|hand| hand.summary == summary);
            of.any(|hand| hand.undo_step(server, self.files, Vec::new(), &|_| None).is_some())
        };
        for step in &mut plan.steps {
            if let Action::Hand(hand) = &step.action
                && !has_undo(&hand.summary)
            {
                let words = "written by hand, and nobody wrote what takes it back: a rollback leaves what it did".to_string();
                step.hazards.push(Hazard { kind: HazardKind::Irreversible, allow: None, words });
            }
        }
    }
}

/// Both sides as a server would have them.
struct Lowered {
    /// Physical names of the schemas before and now, by their position.
    names: (Vec<String>, Vec<String>),
    before: Catalog,
    now: Catalog,
}

/// Both sides with their physical names.
struct Sides<'a> {
    before: Side<'a>,
    now: Side<'a>,
    naming: Naming<'a>,
    server: Server,
}

impl Sides<'_> {
    /// Returns the physical names of a table at a moment: before anything it has its old one, later the new one, until it goes.
    fn tables(&self, name: &str, moment: Moment) -> Vec<TableName> {
        let find = |side: &Side<'_>| {
            let id = side.pipeline.tables().map(|(id, _)| id).find(|id| side.pipeline.qualified_name(*id) == name)?;
            Some(side.table(id))
        };
        let (first, second) = match moment {
            Moment::First => (&self.before, &self.now),
            Moment::Between | Moment::Last => (&self.now, &self.before),
        };
        find(first).or_else(|| find(second)).into_iter().collect()
    }

    fn expand(&self, word: &str, moment: Moment) -> Option<String> {
        match self.tables(word, moment).first() {
            Some(table) => Some(self.server.table_sql(&table.schema, &table.table)),
            None => self.naming.variable(word),
        }
    }
}
