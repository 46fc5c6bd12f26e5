//! Holds what stands in a migration's files against what djc makes of them now.

use std::collections::BTreeSet;

use super::change::{Change, Naming, NoPlan};
use super::draft::{self, Ways, astray};
use super::history::{History, Migration};
use super::sql_files::{self, Way};
use super::{Refusal, State};
use crate::diag::{Diagnostic, Sink, codes};

/// What is found when a migration is planned again.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// What it does on each server.
    pub ways: Vec<Ways>,
    /// SQL files that are as they were written, and that djc would write otherwise now: path and new text.
    pub stale: Vec<(String, String)>,
    /// What does not hold.
    pub found: Vec<Diagnostic>,
}

/// Returns the modules whose tables a migration may change: its own, and those that the one before had.
pub fn owned_by(history: &History, migration: &Migration) -> BTreeSet<String> {
    let before = history.before(migration).into_iter().flat_map(|before| &before.manifest.owns);
    before.chain(&migration.manifest.owns).cloned().collect()
}

/// Plans a migration again, both ways on every server, and compares with its files. `place` is the path of the history for messages.
pub fn replay(history: &History, migration: &Migration, place: &str) -> Replayed {
    let nothing = State::default();
    let owned = owned_by(history, migration);
    let change = Change::of(history, migration, &nothing, &owned);
    let mut sink = Sink::new();
    let ways = Ways::all(&change, &mut sink);
    let at = format!("{place}/{}", migration.folder);
    let mut found: Vec<Diagnostic> = Vec::new();
    for ways in &ways {
        let written = migration.manifest.generated.contains_key(&sql_files::path(ways.dialect, Way::Up));
        let broken = |what: String| codes::HISTORY_STATE.anywhere(format!("`{at}`, {}: {what}", ways.name));
        match &ways.up {
            Ok(up) => found
                .extend(astray(up, ways.server).into_iter().map(|words| broken(format!("its steps do not lead to its state: {words}")))),
            // What another server could not hold was left out when it was written, too.
            Err(_) if !written => {}
            Err(NoPlan::Refused(refusals)) => {
                let names = Naming::Templates.names(&migration.state.pipeline);
                let words = |refusal: &Refusal| refusal.diagnostic(&migration.state.pipeline, &names, ways.server).message;
                found.extend(refusals.iter().map(|refusal| broken(format!("no way leads to its state: {}", words(refusal)))));
            }
            Err(NoPlan::Problems(problems)) => found.extend(problems.iter().map(|problem| broken(problem.kind.to_string()))),
            Err(NoPlan::Hand(steps)) => {
                found
                    .extend(steps.iter().map(|step| codes::HAND_STEP.anywhere(format!("`{at}`: `{step}` says nothing for {}", ways.name))));
            }
        }
        if let Ok(down) = &ways.down {
            let back = astray(down, ways.server).into_iter();
            found.extend(back.map(|words| broken(format!("its way back does not lead to the state before: {words}"))));
        }
    }
    found.extend(sink.into_sorted().into_iter().map(|it| Diagnostic {
        span: None,
        label: None,
        labels: Vec::new(),
        fixes: Vec::new(),
        ..it
    }));
    let mut stale = Vec::new();
    for (path, text) in draft::sql(&migration.manifest, &ways) {
        let known = migration.manifest.generated.get(&path);
        let on_disk = migration.files.get(&path);
        let is_ours = known.is_some() && on_disk.map(|bytes| super::hash(bytes)).as_ref() == known;
        let differs = known.is_some_and(|known| *known != super::hash(text.as_bytes()));
        if is_ours && differs {
            let message = format!("`{at}/{path}`: djc would write it otherwise now");
            found.push(
                codes::HISTORY_SQL_STALE
                    .anywhere(message)
                    .help("`djc migrate verify --write` writes it anew; the hash of the migration stays"),
            );
            stale.push((path, text));
        }
    }
    Replayed { ways, stale, found }
}
