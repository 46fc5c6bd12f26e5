//! `djc migrate plan --database`: what pending migrations would do to the rows that are there.

use djc_runtime::ConnectOptions;
use serde_json::json;

use super::super::database::DatabaseName;
use super::super::{Error, Exit, Format, Ui};
use super::apply::print;
use super::opened::Opened;
use super::preview::{self, Asking};
use super::site::{Site, Stop};
use super::told;
use crate::diag::Diagnostic;

/// Shows the pending migrations on a database, in a session that only reads; ends with 1 where something would keep them from running.
pub(super) fn run(ui: &Ui, database: &DatabaseName, to: Option<&str>) -> Result<Exit, Error> {
    told::on_history(ui, async |opened| rehearse(ui, database, opened, opened.count_to(to)?).await)
}

async fn rehearse(ui: &Ui, database: &DatabaseName, opened: &Opened, until: usize) -> Result<Exit, Stop> {
    let patience = ui.patience("asking the rows");
    let connect = ConnectOptions { read_only: true, ..ConnectOptions::default() };
    let mut site = Site::alone(ui, opened, database, connect).await?;
    let mut legs: Vec<_> = site.unfinished()?.into_iter().collect();
    if legs.is_empty() {
        legs = site.pending(site.standing.applied, until, &site.parked(), None)?;
    }
    let sights = preview::look(&mut site, &legs, &Asking::default()).await?;
    drop(patience);
    if ui.format() == Format::Human {
        ui.print(site.place() + "\n")?;
    }
    if legs.is_empty() && ui.format() == Format::Human {
        ui.print("nothing is pending\n")?;
    }
    print(ui, &site, &legs, &sights)?;
    let findings: Vec<Diagnostic> = sights.iter().flat_map(|sight| sight.findings.clone()).collect();
    let missing: Vec<&String> = sights.iter().flat_map(|sight| &sight.missing).collect();
    if ui.format() == Format::Human {
        for grant in &missing {
            ui.print(format!("the account lacks: {grant}\n"))?;
        }
        ui.list(super::super::ui::Channel::Out, &opened.sources, &findings)?;
        if findings.is_empty() && !legs.is_empty() {
            ui.print("no row is in the way\n")?;
        }
    }
    let about = json!({
        "command": "plan",
        "database": site.db.url().to_string(),
        "migrations": preview::objects(&site, &legs, &sights),
    });
    told::object(ui, opened, &findings, about)?;
    site.db.close().await;
    Ok(if findings.is_empty() { Exit::Fine } else { Exit::Findings })
}
