//! All files of one migration, made of what it changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::{Change, Naming, NoPlan, Planned};
use super::history::{MANIFEST, Manifest, STATE, hash};
use super::sql_files::{self, DIALECTS, Way};
use crate::core::catalog::Catalog;
use crate::core::dialect::{Server, Target};
use crate::core::diff::{self, What};
use crate::core::plan::is_parked_table;
use crate::diag::Sink;

/// A migration that is written, or could be.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What it says of itself, with all hashes.
    pub manifest: Manifest,
    /// Its texts by path inside of its folder, hand-written files left out.
    pub texts: BTreeMap<String, String>,
    /// What it does on each server.
    pub ways: Vec<Ways>,
}

/// What a migration does on one server.
#[derive(Debug, Clone)]
pub struct Ways {
    /// The server.
    pub server: Server,
    /// `mysql`, `postgres`, `sqlite`.
    pub dialect: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// To the state of the migration.
    pub up: Result<Planned, NoPlan>,
    /// Back; an error where there is no way up either.
    pub down: Result<Planned, NoPlan>,
}

impl Ways {
    /// Plans both ways for every server.
    pub fn all(change: &Change<'_>, sink: &mut Sink) -> Vec<Ways> {
        let plan = |(server, dialect, name): (Server, &'static str, &'static str)| {
            let target = Target::new(server);
            let mut found = Sink::new();
            let up = change.up(Naming::Templates, &target, &mut found);
            let down = up.clone().and_then(|up| change.down(&up, Naming::Templates, &target, &mut Sink::new()));
            // Servers mostly say the same.
            for diagnostic in found.into_sorted() {
                if !sink.diagnostics().contains(&diagnostic) {
                    sink.report(diagnostic);
                }
            }
            Ways { server, dialect, name, up, down }
        };
        DIALECTS.into_iter().map(plan).collect()
    }
}

impl Draft {
    /// Returns the files of a migration. `manifest` says all that the change itself does not: name, parent, modules.
    ///
    /// For a server that cannot hold the state, or whose plan is refused, no SQL is written.
    pub fn new(change: &Change<'_>, mut manifest: Manifest, ways: Vec<Ways>) -> Draft {
        manifest.intent = change.intent.clone();
        manifest.changes = change.words();
        let state = change.now.write();
        manifest.state = hash(state.as_bytes());
        let hand = change.files.iter().filter(|(file, _)| super::is_hand(file));
        manifest.hand = hand.map(|(file, bytes)| (file.clone(), hash(bytes))).collect();
        let mut texts = sql(&manifest, &ways);
        manifest.generated = texts.iter().map(|(path, text)| (path.clone(), hash(text.as_bytes()))).collect();
        texts.insert(STATE.to_string(), state);
        texts.insert(MANIFEST.to_string(), manifest.write());
        Draft { manifest, texts, ways }
    }

    /// Returns whether the migration changes no table on any server.
    pub fn is_empty(&self) -> bool {
        self.ways.iter().all(|ways| ways.up.as_ref().is_ok_and(|up| up.plan.steps.is_empty()))
    }
}

/// Returns the SQL files of a migration by their paths.
pub fn sql(manifest: &Manifest, ways: &[Ways]) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for Ways { server, dialect, up, down, .. } in ways {
        for (way, planned) in [(Way::Up, up), (Way::Down, down)] {
            if let Ok(planned) = planned {
                texts.insert(sql_files::path(dialect, way), sql_files::text(manifest, planned, *server, way));
            }
        }
    }
    texts
}

/// Returns in words where the steps of a plan lead elsewhere than to what it is for.
pub fn astray(planned: &Planned, server: Server) -> Vec<String> {
    let dialect = server.dialect();
    let normalised = |mut catalog: Catalog| {
        for schema in catalog.schemas.values_mut() {
            schema.tables.retain(|name, _| !is_parked_table(name));
            schema.tables.values_mut().for_each(|table| dialect.normalize(Arc::make_mut(table)));
        }
        catalog
    };
    let last = planned.plan.catalogs(&planned.from).pop().unwrap_or_default();
    let is_left = |it: &diff::Difference| match it.what {
        // A schema with parked tables in it stays.
        What::SchemaAdded { tables: 0 } => true,
        // Only the MySQL family puts a column anywhere but at the end.
        What::ColumnOrder(_) => !server.is_mysql_family(),
        _ => false,
    };
    let found = diff::diff(&normalised(planned.to.clone()), &normalised(last), Some(&planned.schemas));
    let place = |it: &diff::Difference| it.table.as_ref().map_or(it.schema.clone(), |table| format!("{}.{table}", it.schema));
    found.iter().filter(|it| !is_left(it)).map(|it| format!("{}: {}", place(it), it.words(server))).collect()
}
