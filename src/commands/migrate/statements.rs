//! The SQL of plans as it would run on the database that is there.

use std::sync::Arc;

use djc_core::plan::{Action, Script, adopt_names};
use djc_runtime::inspect::InspectOptions;

use super::course::Leg;
use super::preview::Sight;
use super::site::{Refused, Site};
use super::stopped::Scene;

/// The statements of one step.
pub(super) struct StepSql {
    /// Its place in the plan, from 0.
    pub at: usize,
    /// The change in the definitions that asks for it.
    pub reason: String,
    /// What is sent; a comment for a command.
    pub statements: Vec<String>,
}

/// Returns the statements of the steps that are left, by migration. Names that the server chose are read from the live tables.
pub(super) async fn of(site: &mut Site<'_>, legs: &[Leg], sights: &[Sight]) -> Result<Vec<Vec<StepSql>>, Refused> {
    let Site { db, database, .. } = site;
    let server = db.server();
    let mut schemas: Vec<String> = legs.iter().flat_map(|leg| leg.from.schemas.keys().cloned()).collect();
    schemas.sort();
    schemas.dedup();
    let scene = Scene { migration: "", database: Some(database) };
    let live = db.inspect_as_reported(&InspectOptions::of(schemas)).await.map_err(|error| Refused::of(&error.into(), &scene))?.catalog;
    let mut out = Vec::new();
    for (leg, sight) in legs.iter().zip(sights) {
        let mut now = leg.from.clone();
        leg.plan.steps[..sight.done].iter().for_each(|step| step.action.apply(&mut now));
        for table in now.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
            if let Some(reported) = live.table(&table.schema, &table.name) {
                adopt_names(Arc::make_mut(table), reported);
            }
        }
        let mut script = Vec::new();
        for (at, step) in leg.plan.steps.iter().enumerate().skip(sight.done) {
            let statements = match &step.action {
                Action::Hand(hand) => match &hand.run {
                    Script::Sql(sql) => vec![sql.trim().trim_end_matches(';').to_string()],
                    Script::Command(words) => vec![format!("-- run in the folder of the migration: {}", words.join(" "))],
                },
                action => server.dialect().alter(action, &now).into_iter().map(|statement| statement.sql).collect(),
            };
            step.action.apply(&mut now);
            script.push(StepSql { at, reason: step.reason.clone(), statements });
        }
        out.push(script);
    }
    Ok(out)
}
