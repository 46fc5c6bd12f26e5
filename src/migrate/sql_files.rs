//! The SQL of a migration for people: to be read before it runs, and to be run by hand where that is how things are done.

use std::fmt::Write as _;

use super::change::Planned;
use super::history::Manifest;
use crate::core::dialect::Server;
use crate::core::plan::{Action, Script, Step};
use crate::diag::counted;

/// The files of a migration: dialect, and what its server is called.
pub const DIALECTS: [(Server, &str, &str); 3] =
    [(Server::MySql, "mysql", "MySQL and MariaDB"), (Server::Postgres, "postgres", "PostgreSQL"), (Server::Sqlite, "sqlite", "SQLite")];

/// Which way the file leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the state of the migration.
    Up,
    /// Back to the one before.
    Down,
}

/// Returns the path of the file inside of the migration's folder.
pub fn path(dialect: &str, way: Way) -> String {
    match way {
        Way::Up => format!("{dialect}.sql"),
        Way::Down => format!("undo/{dialect}.sql"),
    }
}

/// Returns the text of the file.
pub fn text(manifest: &Manifest, planned: &Planned, server: Server, way: Way) -> String {
    let mut out = String::new();
    head(&mut out, manifest, planned, server, way);
    checks(&mut out, planned, server);
    let transaction = server.dialect().facts().transactional_ddl;
    if planned.plan.steps.is_empty() {
        out.push_str("\n-- Nothing to do on this server.\n");
        return out;
    }
    if server == Server::Sqlite {
        out.push_str("\nPRAGMA foreign_keys = OFF;\n");
    }
    if transaction {
        out.push_str("\nBEGIN;\n");
    }
    out.push_str(&steps(planned, server));
    if server == Server::Sqlite {
        out.push_str("\n-- Brings no row where all references lead somewhere; else ROLLBACK.\nPRAGMA foreign_key_check;\n");
    }
    if transaction {
        out.push_str("\nCOMMIT;\n");
    }
    out
}

fn head(out: &mut String, manifest: &Manifest, planned: &Planned, server: Server, way: Way) {
    let what = match way {
        Way::Up => format!("Migration {} of {}", manifest.name, manifest.history),
        Way::Down => format!("The way back from migration {} of {}", manifest.name, manifest.history),
    };
    let name = DIALECTS.iter().find(|(it, ..)| *it == server).map_or(server.as_str(), |(_, _, name)| name);
    line(out, &format!("{what}, for {name}: {}.", counted(planned.plan.steps.len(), "step")));
    line(out, "Written by djc. `djc migrate apply` does the same step by step and notes what is done; it does not read this file, and");
    line(
        out,
        "`djc migrate verify` names an edit. To run it by hand: all statements in order, then `djc migrate apply` (or `rollback`), which sees by the",
    );
    line(out, "tables that they are done and notes it.");
    if planned.schemas.iter().any(|schema| schema.contains("${")) {
        line(out, "Replace what stands in ${…} first: names of schemas have variables in them.");
    }
    match server {
        Server::MySql | Server::MariaDb => {
            line(
                out,
                "Each statement stands for itself: the server keeps what is done when a later one fails. Written for any version; newer ones may do",
            );
            line(out, "with less locking than it says.");
            if steps(planned, server).contains("_ibfk_") {
                line(
                    out,
                    "Names as `t_ibfk_1` are those that the server would have chosen; `SHOW CREATE TABLE` tells whether yours has chosen them.",
                );
            }
        }
        Server::Postgres | Server::Sqlite => {}
    }
    if !manifest.changes.is_empty() && way == Way::Up {
        line(out, "");
        manifest.changes.iter().for_each(|change| line(out, &format!("* {change}")));
    }
}

/// Questions to the rows that come before the first step.
fn checks(out: &mut String, planned: &Planned, server: Server) {
    let checks = &planned.plan.checks;
    if checks.is_empty() {
        return;
    }
    out.push('\n');
    line(out, "Ask first: each of these must bring no row.");
    for check in checks {
        line(out, &format!("step {} fails on rows of {} in which {}: {}", check.step + 1, check.table, check.kind.words(), check.remedy));
        line(out, &format!("  {};", check.sql(server, &planned.from).rows));
    }
}

/// Returns the statements of all steps, each step under what it is.
fn steps(planned: &Planned, server: Server) -> String {
    let mut out = String::new();
    let plan = &planned.plan;
    let catalogs = plan.catalogs_with_names(&planned.from, server);
    for (at, (step, before)) in plan.steps.iter().zip(&catalogs).enumerate() {
        out.push('\n');
        line(&mut out, &format!("step {}/{}: {}{}", at + 1, plan.steps.len(), step.reason, kinds(step)));
        for hazard in &step.hazards {
            let allow = hazard.allow.as_ref().map_or(String::new(), |word| format!(" (--allow {word})"));
            line(&mut out, &format!("  {}: {}{allow}", hazard.kind.as_str(), hazard.words));
        }
        match &step.action {
            Action::Hand(hand) => match &hand.run {
                Script::Sql(sql) => writeln!(out, "{}", sql.trim_end()).expect("a String takes all that is written"),
                Script::Command(command) => line(&mut out, &format!("  run in the folder of the migration: {}", command.join(" "))),
            },
            action => {
                for statement in server.dialect().alter(action, before) {
                    writeln!(out, "{};", statement.sql).expect("a String takes all that is written");
                }
            }
        }
        if let Action::Hand(hand) = &step.action {
            line(&mut out, "  done when this brings no row, or 0:");
            hand.check.trim().lines().for_each(|sql| line(&mut out, &format!("    {sql}")));
        }
    }
    out
}

/// Returns the hazards of a step in brackets.
fn kinds(step: &Step) -> String {
    let mut kinds: Vec<&str> = step.hazards.iter().map(|hazard| hazard.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() { String::new() } else { format!(" [{}]", kinds.join(", ")) }
}

fn line(out: &mut String, text: &str) {
    // What people wrote may have line ends, behind which it would be SQL.
    for text in text.split('\n') {
        out.push_str(if text.is_empty() { "--" } else { "-- " });
        out.push_str(text.trim_end());
        out.push('\n');
    }
}
