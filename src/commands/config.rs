//! `djc config`: where connections lead, and why.

use djc_core::settings::{Entry, Settings};
use djc_runtime::config::{Found, Resolved, Surroundings};
use serde_json::{Value, json};

use super::database::{self, DatabaseName, resolve};
use super::grid::{Cell, Grid, Style};
use super::ui::Channel;
use super::{Error, Exit, Format, Ui};
use crate::diag::Level;
use crate::diag::machine::Output;
use crate::project::{self, LoadOptions, Settings as ProjectSettings};

/// Show which databases are known, who logs in, and where each value comes from
///
/// Lists the databases of djc.toml and the one that datajoint itself would connect to, with every part of their addresses and its origin: command
/// line, environment, djc.toml, datajoint.json with .secrets, dj_local_conf.json. Passwords are shown as `***`. Nothing is connected to.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this database: a URL, or the name of a [database] in djc.toml
    #[arg(long, value_name = "URL|NAME")]
    database: Option<DatabaseName>,
}

/// A database that is known.
struct Known {
    /// Its name in djc.toml, where it has one.
    name: Option<String>,
    title: String,
    resolved: Result<Resolved, Error>,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let ProjectSettings { config, root, mut sources, sink } = project::settings(&LoadOptions::new("."))?;
    let found = Found::read(&Surroundings::of_process());
    let of_datajoint = resolve(&found, None, &config, &root);
    let mut notices = of_datajoint.as_ref().map(|(_, notices)| notices.clone()).unwrap_or_default();
    let mut known = Vec::new();
    match &args.database {
        Some(name) => {
            let (resolved, own) = resolve(&found, Some(name), &config, &root)?;
            notices = own;
            let is_name = config.databases.contains_key(name.as_str());
            let name = is_name.then(|| name.as_str().to_string());
            let title = name.as_ref().map_or("database".to_string(), |name| format!("database {name}"));
            known.push(Known { name, title, resolved: Ok(resolved) });
        }
        None => {
            for name in config.databases.keys() {
                let wanted: DatabaseName = name.parse().unwrap_or_else(|never| match never {});
                let resolved = resolve(&found, Some(&wanted), &config, &root).map(|(resolved, _)| resolved);
                known.push(Known { name: Some(name.clone()), title: format!("database {name}"), resolved });
            }
            let title = "settings of datajoint".to_string();
            known.push(Known { name: None, title, resolved: of_datajoint.map(|(resolved, _)| resolved) });
        }
    }
    let mut diagnostics = sink.into_sorted();
    diagnostics.extend(database::diagnostics(&found, &notices, &mut sources));
    let settings = known.iter().find_map(|known| known.resolved.as_ref().ok()).map(|resolved| &resolved.settings);
    match ui.format() {
        Format::Json => {
            let mut output = serde_json::to_value(Output::of(&sources, &diagnostics)).map_err(std::io::Error::from)?;
            output["databases"] = known.iter().map(database_json).collect();
            output["settings"] = settings.map(settings_json).unwrap_or_else(|| json!([]));
            ui.print_json(&output)?;
        }
        Format::Github | Format::Sarif => ui.report(Channel::Out, &sources, &diagnostics)?,
        Format::Human => {
            let color = ui.look(Channel::Out).color;
            for (at, database) in known.iter().enumerate() {
                ui.print(if at > 0 { "\n" } else { "" })?;
                ui.print(block(database, color))?;
            }
            if let (Some(settings), None) = (settings, &args.database) {
                ui.print(others(settings, color))?;
            }
            if !diagnostics.is_empty() {
                ui.print("\n")?;
            }
            ui.list(Channel::Out, &sources, &diagnostics)?;
        }
    }
    let broken = diagnostics.iter().any(|found| found.level == Level::Error);
    Ok(if broken { Exit::Findings } else { Exit::Fine })
}

fn block(known: &Known, color: bool) -> String {
    match &known.resolved {
        Ok(resolved) => {
            let mut grid = Grid::default();
            for (part, value, origin) in &resolved.parts {
                grid.row([Cell::new(part.word()), Cell::new(value), Cell::new(origin.to_string()).styled(Style::Dim)]);
            }
            format!("{}: {}\n{}", Style::Bold.paint(&known.title, color), resolved.url, grid.render(2, color))
        }
        Err(error) => format!("{}: {error}\n", Style::Bold.paint(&known.title, color)),
    }
}

/// Returns whether a setting is shown with the address already.
fn is_address(key: &str) -> bool {
    let parts = ["host", "port", "user", "password", "backend", "name", "use_tls", "path"];
    key.strip_prefix("database.").is_some_and(|part| parts.contains(&part))
}

fn others(settings: &Settings, color: bool) -> String {
    let mut grid = Grid::default();
    for (key, Entry { value, origin }) in settings.entries().filter(|(key, _)| !is_address(key)) {
        grid.row([Cell::new(key), Cell::new(value.to_string()), Cell::new(origin.to_string()).styled(Style::Dim)]);
    }
    if grid.is_empty() {
        return String::new();
    }
    let head = format!("other settings of datajoint {}", settings.generation);
    format!("\n{}\n{}", Style::Bold.paint(&head, color), grid.render(2, color))
}

fn database_json(known: &Known) -> Value {
    match &known.resolved {
        Ok(resolved) => json!({
            "name": known.name,
            "url": resolved.url.to_string(),
            "error": null,
            "parts": resolved.parts.iter().map(|(part, value, origin)| json!({
                "part": part.word(), "value": value, "origin": origin.to_string(),
            })).collect::<Vec<_>>(),
        }),
        Err(error) => json!({ "name": known.name, "url": null, "error": error.to_string(), "parts": [] }),
    }
}

fn settings_json(settings: &Settings) -> Value {
    let entries = settings.entries().filter(|(key, _)| !is_address(key));
    entries.map(|(key, entry)| json!({ "key": key, "value": entry.value.to_string(), "origin": entry.origin.to_string() })).collect()
}
