//! What is known before the first statement: where the database stands, what rows are in the way, what the account lacks, what has to be allowed.

use std::collections::BTreeSet;

use djc_core::plan::{Plan, TableName};
use djc_runtime::migrate::{Direction, Position, position, preflight, rehearse};
use serde_json::{Value, json};

use super::super::Exit;
use super::course::Leg;
use super::rows;
use super::show::{self, Showing, Size, Sizes, table_of};
use super::site::{Refused, Site};
use super::stopped::{Scene, drifted};
use crate::diag::codes::{MISSING_GRANTS, NO_LEDGER, OUTSIDE_DEPENDANTS, STEP_NOT_ALLOWED, STEP_REFUSED, UNSEEN_REFERENCES};
use crate::diag::{Diagnostic, counted};

/// What the command line says about what is asked.
#[derive(Default)]
pub(super) struct Asking<'a> {
    /// Hazards that may happen.
    pub allow: &'a [String],
    /// Schemas of others that may be changed along.
    pub also: &'a [String],
    /// Whether hazards that nobody allowed and rights that are missing are findings; else they are only shown.
    pub strict: bool,
}

/// One migration as it will run here.
pub(super) struct Sight {
    /// Steps that are done already.
    pub done: usize,
    /// The tables.
    pub sizes: Sizes,
    /// What it asks of the account, by an administrator.
    pub missing: Vec<String>,
    /// What keeps it from running.
    pub findings: Vec<Diagnostic>,
    /// What is worth knowing.
    pub notes: Vec<String>,
    /// The rows in its way, for programs.
    pub broken: Vec<Value>,
}

/// Looks at migrations that would run one behind the other. Only reads.
pub(super) async fn look(site: &mut Site<'_>, legs: &[Leg], asking: &Asking<'_>) -> Result<Vec<Sight>, Refused> {
    let mut out = Vec::new();
    let mut touched: BTreeSet<TableName> = BTreeSet::new();
    for leg in legs {
        let first = out.is_empty();
        let done = if first { stands_at(site, leg).await? } else { 0 };
        let mut sight =
            Sight { done, sizes: Sizes::new(), missing: Vec::new(), findings: Vec::new(), notes: Vec::new(), broken: Vec::new() };
        rights(site, leg, asking, &mut sight).await?;
        rows_of(site, leg, &touched, &mut sight).await?;
        hazards(site, leg, asking, &mut sight);
        touched.extend(leg.plan.steps.iter().flat_map(|step| step.action.touches()));
        touched.extend(leg.plan.steps.iter().filter_map(|step| table_of(&step.action).cloned()));
        out.push(sight);
    }
    Ok(out)
}

/// Returns how many steps of a plan are done.
async fn stands_at(site: &mut Site<'_>, leg: &Leg) -> Result<usize, Refused> {
    // What is known of a run on its way up says nothing of the plan that takes it back.
    let began = site.standing.unfinished.as_ref().filter(|entry| entry.direction == leg.direction && entry.steps == leg.plan.steps.len());
    let known = began.map_or(0, |entry| entry.step);
    let Site { db, course, runner, entries, database, .. } = site;
    let scene = Scene { migration: &course.migration(leg.at).folder, database: Some(database) };
    match position(db, &course.job(leg, runner), known).await.map_err(|error| Refused::of(&error, &scene))? {
        Position::At(done) => Ok(done),
        Position::Done => Ok(leg.plan.steps.len()),
        // Tables that nobody here made are another matter than tables that somebody changed.
        Position::Drifted { drift, .. }
            if leg.at == 0 && leg.direction == Direction::Up && !entries.iter().any(|it| it.history == course.name) =>
        {
            let found = NO_LEDGER.anywhere(format!(
                "{} of the history {} here already, and no ledger says who made them",
                counted(drift.len(), "table"),
                if drift.len() == 1 { "is" } else { "are" }
            ));
            let found = found.help(format!(
                "`{}` compares them with a state of the history and adopts them; nothing was changed",
                scene.command("baseline")
            ));
            Err(Refused::one(drift.iter().fold(found, |found, table| {
                table.differences.iter().fold(found, |found, words| found.help(format!("`{}`: {words}", table.table)))
            })))
        }
        Position::Drifted { drift, nearest } => Err(Refused::one(drifted(&drift, nearest, &scene))),
    }
}

/// Looks at what the account lacks and what hangs on the tables from outside.
async fn rights(site: &mut Site<'_>, leg: &Leg, asking: &Asking<'_>, sight: &mut Sight) -> Result<(), Refused> {
    let Site { db, ledger, course, database, .. } = site;
    let scene = Scene { migration: &course.migration(leg.at).folder, database: Some(database) };
    let rest = Plan { steps: leg.plan.steps[sight.done..].to_vec(), ..leg.plan.clone() };
    let found = preflight(db, Some(ledger), &rest, &leg.from).await.map_err(|error| Refused::of(&error, &scene))?;
    sight.missing = found.missing.iter().map(|missing| missing.grant.clone()).collect();
    if !sight.missing.is_empty() && asking.strict {
        let count = counted(sight.missing.len(), "right");
        let finding = MISSING_GRANTS.anywhere(format!("the account lacks {count} that `{}` needs", scene.migration));
        let finding = sight.missing.iter().fold(finding, |finding, grant| finding.help(grant.clone()));
        sight.findings.push(
            finding
                .help(format!("nothing was changed; or `{}` writes what an administrator has to run", scene.command("apply --split DIR"))),
        );
    }
    if !found.unseen.is_empty() {
        let finding = UNSEEN_REFERENCES.anywhere("the account may not see all references to the tables that change");
        let finding = found.unseen.iter().fold(finding, |finding, unseen| finding.help(format!("{} shows {}", unseen.grant, unseen.what)));
        sight.findings.push(finding.help("nothing was changed; the right can be taken away again afterwards"));
    }
    for referrer in found.outside.iter().filter(|referrer| !asking.also.contains(&referrer.schema)) {
        let (child, parent) =
            (format!("{}.{}", referrer.schema, referrer.table), format!("{}.{}", referrer.parent_schema, referrer.parent_table));
        let finding = OUTSIDE_DEPENDANTS.anywhere(format!("`{child}` depends on `{parent}`, which changes, and is none of this history's"));
        sight.findings.push(
            finding.help(format!("ask its owner; `--also {}` says that the plan may carry its changes into that schema", referrer.schema)),
        );
    }
    for trigger in &found.triggers {
        match trigger.in_the_way_of {
            Some(step) => {
                let message =
                    format!("trigger `{}` of `{}` keeps step {} from running", trigger.name, trigger.table, step + 1 + sight.done);
                sight.findings.push(
                    STEP_REFUSED
                        .anywhere(message)
                        .help("drop it before, and make it again afterwards; the server refuses to move a table that has one"),
                );
            }
            None => {
                sight.notes.push(format!("trigger `{}` of `{}` stays, and runs for rows that a step changes", trigger.name, trigger.table))
            }
        }
    }
    Ok(())
}

/// Asks the rows; of what an earlier migration changes first, nothing can be asked yet.
async fn rows_of(site: &mut Site<'_>, leg: &Leg, touched: &BTreeSet<TableName>, sight: &mut Sight) -> Result<(), Refused> {
    let Site { db, course, database, .. } = site;
    let scene = Scene { migration: &course.migration(leg.at).folder, database: Some(database) };
    let mut plan = leg.plan.clone();
    let count = plan.checks.len();
    if sight.done > 0 {
        // The names of the questions are those from before; the run asks what can still be asked.
        plan.checks.clear();
    }
    plan.checks.retain(|check| !touched.contains(&check.table));
    if plan.checks.len() < count && sight.done == 0 {
        let later = counted(count - plan.checks.len(), "question");
        sight.notes.push(format!("{later} to the rows of `{}` can be asked when the migrations before it are applied", scene.migration));
    }
    let found = rehearse(db, &plan, &leg.from).await.map_err(|error| Refused::of(&error, &scene))?;
    for size in found.sizes {
        sight.sizes.insert(size.table, Size { rows: size.rows, bytes: size.bytes });
    }
    sight.findings.extend(found.broken.iter().map(rows::finding));
    sight.broken = found.broken.iter().map(rows::json).collect();
    sight.notes.extend(found.unasked.iter().map(rows::unasked));
    Ok(())
}

fn hazards(site: &Site<'_>, leg: &Leg, asking: &Asking<'_>, sight: &mut Sight) {
    if !asking.strict {
        return;
    }
    let migration = &site.course.migration(leg.at).folder;
    for (at, step) in leg.plan.steps.iter().enumerate().skip(sight.done) {
        for hazard in &step.hazards {
            let Some(allow) = hazard.allow.as_ref().filter(|allow| !asking.allow.contains(allow)) else { continue };
            let finding = STEP_NOT_ALLOWED.anywhere(format!("`{migration}`, step {}: {}", at + 1, hazard.words));
            sight.findings.push(finding.help(format!("nothing was changed; where that is wanted, add `--allow {allow}`")));
        }
    }
}

/// Returns what `--allow` named and nothing asks for.
pub(super) fn allowed_in_vain<'a>(legs: &[Leg], allow: &'a [String]) -> Vec<&'a str> {
    let asked: BTreeSet<&String> =
        legs.iter().flat_map(|leg| &leg.plan.steps).flat_map(|step| &step.hazards).filter_map(|hazard| hazard.allow.as_ref()).collect();
    allow.iter().filter(|name| !asked.contains(name)).map(String::as_str).collect()
}

/// Returns all findings; where there are some, nothing may be started.
pub(super) fn findings(sights: &[Sight]) -> Option<Refused> {
    let all: Vec<Diagnostic> = sights.iter().flat_map(|sight| sight.findings.clone()).collect();
    (!all.is_empty()).then_some(Refused { findings: all, exit: Exit::Findings })
}

/// Returns the pages for people.
pub(super) fn pages(site: &Site<'_>, legs: &[Leg], sights: &[Sight], color: bool) -> String {
    let mut out = String::new();
    for (leg, sight) in legs.iter().zip(sights) {
        out.push('\n');
        out.push_str(&show::page(&showing(site, leg, sight), color));
        for note in &sight.notes {
            out.push_str(&format!("  note: {note}\n"));
        }
    }
    out
}

/// Returns the objects for programs.
pub(super) fn objects(site: &Site<'_>, legs: &[Leg], sights: &[Sight]) -> Vec<Value> {
    let one = |(leg, sight): (&Leg, &Sight)| {
        let mut object = show::json(&showing(site, leg, sight));
        object["rows_in_the_way"] = json!(sight.broken);
        object["missing_grants"] = json!(sight.missing);
        object["notes"] = json!(sight.notes);
        object
    };
    legs.iter().zip(sights).map(one).collect()
}

fn showing<'a>(site: &Site<'a>, leg: &'a Leg, sight: &'a Sight) -> Showing<'a> {
    Showing {
        name: &site.course.migration(leg.at).folder,
        down: leg.direction == Direction::Down,
        plan: &leg.plan,
        done: sight.done,
        sizes: &sight.sizes,
    }
}
