//! `djc migrate apply --split`: a plan as files, by who may run them.

use std::path::Path;

use djc_core::dialect::Server;
use djc_core::plan::Plan;
use djc_runtime::migrate::preflight;
use serde_json::json;

use super::super::{Error, Exit, Format, Ui};
use super::course::Leg;
use super::opened::Opened;
use super::preview::{self, Sight};
use super::site::{Refused, Site, Stop};
use super::statements::{self, StepSql};
use super::stopped::Scene;
use super::told;
use crate::output::Files;

/// Steps that one person runs in one go.
struct Part {
    admin: bool,
    sql: String,
    steps: usize,
    /// What the account would need for it.
    grants: Vec<String>,
}

/// Writes `1-admin.sql`, `2-user.sql` and so on: the steps in their order, cut where another has to run them.
pub(super) async fn write(
    ui: &Ui,
    opened: &Opened,
    site: &mut Site<'_>,
    legs: &[Leg],
    sights: &[Sight],
    folder: &Path,
) -> Result<Exit, Stop> {
    let scripts = statements::of(site, legs, sights).await?;
    let mut parts: Vec<Part> = Vec::new();
    for (leg, script) in legs.iter().zip(&scripts) {
        let catalogs = leg.plan.catalogs(&leg.from);
        for step in script {
            let grants = lacking(site, leg, step.at, &catalogs[step.at]).await?;
            let admin = !grants.is_empty();
            if parts.last().is_none_or(|part| part.admin != admin) {
                parts.push(Part { admin, sql: String::new(), steps: 0, grants: Vec::new() });
            }
            let part = parts.last_mut().expect("one was just made");
            part.steps += 1;
            part.grants.extend(grants);
            part.sql.push_str(&text(&site.course.migration(leg.at).folder, leg.plan.steps.len(), step));
        }
    }
    let names: Vec<String> = parts.iter().enumerate().map(|(at, part)| format!("{}-{}.sql", at + 1, who(part))).collect();
    let scene = Scene { migration: "", database: Some(site.database) };
    let apply = scene.command("apply");
    let mut files = Files::new();
    for (at, (part, name)) in parts.iter().zip(&names).enumerate() {
        files.add(name, format!("{}{}", head(part, at, &names, &apply, site.db.server()), part.sql));
    }
    if parts.is_empty() {
        return Err(Error::Usage("all steps are done; there is nothing to write".to_string()).into());
    }
    files.write(folder)?;
    if ui.format() == Format::Human {
        for (part, name) in parts.iter().zip(&names) {
            let who = if part.admin { "for an administrator" } else { "for your account" };
            ui.print(format!("{}: {} {who}\n", folder.join(name).display(), crate::diag::counted(part.steps, "step")))?;
        }
        ui.print(format!(
            "Run them in this order; then `{apply}`, which sees by the tables what is done, does the rest and writes the ledger.\n"
        ))?;
    }
    let about = json!({
        "command": "apply",
        "database": site.db.url().to_string(),
        "migrations": preview::objects(site, legs, sights),
        "applied": [],
        "files": parts.iter().zip(&names).map(|(part, name)| json!({
            "file": folder.join(name).display().to_string(), "for": who(part), "steps": part.steps, "missing_grants": part.grants,
        })).collect::<Vec<_>>(),
    });
    told::object(ui, opened, &[], about)?;
    Ok(Exit::Fine)
}

/// Returns the rights that one step needs and the account lacks.
async fn lacking(site: &mut Site<'_>, leg: &Leg, at: usize, before: &djc_core::catalog::Catalog) -> Result<Vec<String>, Refused> {
    let Site { db, course, database, .. } = site;
    let scene = Scene { migration: &course.migration(leg.at).folder, database: Some(database) };
    let plan = Plan { steps: vec![leg.plan.steps[at].clone()], ..Plan::default() };
    let found = preflight(db, None, &plan, before).await.map_err(|error| Refused::of(&error, &scene))?;
    Ok(found.missing.into_iter().map(|missing| missing.grant).collect())
}

fn who(part: &Part) -> &'static str {
    if part.admin { "admin" } else { "user" }
}

fn text(migration: &str, total: usize, step: &StepSql) -> String {
    let mut out = format!("\n-- {migration}, step {}/{total}: {}\n", step.at + 1, step.reason.replace('\n', " "));
    for statement in &step.statements {
        out.push_str(statement);
        out.push_str(if statement.starts_with("-- ") { "\n" } else { ";\n" });
    }
    out
}

fn head(part: &Part, at: usize, names: &[String], apply: &str, server: Server) -> String {
    let mut out = String::new();
    let mut line = |text: String| out.push_str(&format!("-- {text}\n"));
    line(match part.admin {
        true => format!("{}: what the account of the migration may not do; for an administrator.", names[at]),
        false => format!("{}: what the account of the migration may do.", names[at]),
    });
    if names.len() > 1 {
        line(format!("Order: {}. Each begins when the one before is done.", names.join(", ")));
    }
    line(format!("When all are done: `{apply}`, which sees by the tables what is done, and writes the ledger."));
    let mut grants = part.grants.clone();
    grants.sort();
    grants.dedup();
    if !grants.is_empty() {
        line("With these rights the account could do it by itself:".to_string());
        grants.iter().for_each(|grant| line(format!("  {grant};")));
    }
    match server {
        Server::Sqlite => line("SQLite: `PRAGMA foreign_keys = OFF;` before, `PRAGMA foreign_key_check;` behind.".to_string()),
        Server::Postgres => {
            line("PostgreSQL: `psql --single-transaction -v ON_ERROR_STOP=1 -f FILE` does all of it or nothing.".to_string())
        }
        Server::MySql | Server::MariaDb => {}
    }
    out
}
