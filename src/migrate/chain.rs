//! The chain of a history: each migration names the hash of the one before, so that what was edited, lost or made twice can be named.

use std::collections::{BTreeMap, BTreeSet};

use super::hand;
use super::history::{Folder, History, MANIFEST, Migration, RESTORE, STATE, hash, number, read_migration};
use crate::core::source::{SourceMap, Span};
use crate::diag::{Diagnostic, Sink, codes};

/// Reads a history whole; what is wrong with its files and its chain is reported.
///
/// `place` is the path of its folder for messages. Folders that begin with a dot, and files beside the folders, are no part of it.
pub fn read(folder: &Folder, place: &str, sources: &mut SourceMap, sink: &mut Sink) -> History {
    let mut folders: BTreeMap<&str, Folder> = BTreeMap::new();
    for (path, bytes) in folder {
        let Some((name, file)) = path.split_once('/').filter(|(name, _)| !name.starts_with('.')) else { continue };
        folders.entry(name).or_default().insert(file.to_string(), bytes.clone());
    }
    let mut found: Vec<Migration> = Vec::new();
    let mut unread: Vec<&str> = Vec::new();
    for (name, files) in folders {
        // A folder of something else is none of ours.
        if !files.contains_key(MANIFEST) && number(name).is_none() {
            continue;
        }
        match read_migration(name, files, place, sources, sink) {
            Some(migration) => found.push(migration),
            None => unread.push(name),
        }
    }
    for migration in &found {
        edits(migration, place, sources, sink);
    }
    let history = order(found, &unread, sink);
    numbers(&history, sink);
    history
}

/// Reports what is not as it was when it was written.
fn edits(migration: &Migration, place: &str, sources: &SourceMap, sink: &mut Sink) {
    let Migration { manifest, files, folder, .. } = migration;
    let path = |file: &str| format!("{place}/{folder}/{file}");
    let edited =
        |file: &str| at_head(codes::HISTORY_EDITED.anywhere(format!("`{}` is not as it was written", path(file))), &path(file), sources);
    if migration.hash != manifest.hash {
        sink.report(edited(MANIFEST).help(RESTORE).help("a change of what was meant is a migration of its own: `djc migrate new`"));
    }
    if files.get(STATE).is_some_and(|bytes| hash(bytes) != manifest.state) {
        sink.report(edited(STATE).help(RESTORE));
    }
    for (file, known) in &manifest.hand {
        match files.get(file) {
            None => sink.report(codes::HISTORY_MISSING.anywhere(format!("`{}` is missing", path(file))).help(RESTORE)),
            Some(bytes) if hash(bytes) != *known => sink.report(edited(file).help(AMEND)),
            Some(_) => {}
        }
    }
    for file in files.keys().filter(|file| is_hand(file) && !manifest.hand.contains_key(*file)) {
        let message = format!("`{}` is not sealed: it is no part of the migration yet", path(file));
        sink.report(at_head(codes::HISTORY_EDITED.anywhere(message), &path(file), sources).help(AMEND));
    }
    for (file, known) in &manifest.generated {
        match files.get(file) {
            None => sink.report(codes::HISTORY_MISSING.anywhere(format!("`{}` is missing", path(file))).help(RESTORE)),
            Some(bytes) if hash(bytes) != *known => {
                let message = format!("`{}` was edited; `djc migrate apply` does not read it", path(file));
                let found = codes::HISTORY_SQL_EDITED.anywhere(message);
                sink.report(found.help(RESTORE).help("SQL of one's own belongs into a hand-written step: `djc migrate new NAME --hand`"));
            }
            Some(_) => {}
        }
    }
    if manifest.name != *folder {
        let message = format!("`{place}/{folder}` was made as `{}`, and its folder has another name now", manifest.name);
        sink.report(codes::HISTORY_REORDERED.anywhere(message).help(format!("call it `{}` again", manifest.name)));
    }
    for (at, step) in migration.hand.iter().enumerate() {
        for fault in step.faults(files) {
            let message = format!("`{}`, step {}: {fault}", path(hand::FILE), at + 1);
            sink.report(codes::HAND_STEP.anywhere(message).help("write it, then `djc migrate new --amend` seals it"));
        }
    }
}

const AMEND: &str = "if this is the newest migration and was applied nowhere, `djc migrate new --amend` seals it as it is now";

/// Reports migrations that were made against a history below as it is not.
pub fn used(history: &History, place: &str, below: &BTreeMap<String, History>, sink: &mut Sink) {
    for migration in &history.migrations {
        for (name, head) in &migration.manifest.uses {
            let at = format!("`{place}/{}`", migration.folder);
            let short = &head[..head.len().min(12)];
            let (message, help) = match below.get(name) {
                None => (
                    format!("{at} was made against the history `{name}`, which djc.toml does not name"),
                    "add its folder to `uses` below `[migrate]`",
                ),
                Some(below) if below.migrations.iter().any(|it| it.hash == *head) => continue,
                Some(_) => (
                    format!("{at} was made against the migration {short} of `{name}`, which is not there"),
                    "bring the package to the version that it was made with, or a later one",
                ),
            };
            sink.report(codes::HISTORY_USED.anywhere(message).help(help));
        }
    }
}

/// Returns whether a file of a migration is written by hand.
pub fn is_hand(file: &str) -> bool {
    file == hand::FILE || file.starts_with("hand/")
}

/// Puts a finding at the head of a file, where the file is text.
fn at_head(mut found: Diagnostic, path: &str, sources: &SourceMap) -> Diagnostic {
    found.span = sources.files().find(|(_, file)| file.name == path).map(|(id, _)| Span::new(id, 0, 0));
    found
}

/// Puts the migrations in the order of the chain; reports forks, gaps and beginnings.
fn order(found: Vec<Migration>, unread: &[&str], sink: &mut Sink) -> History {
    // A migration whose file was edited is still the one that its child names.
    let by_hash: BTreeMap<&str, usize> = found
        .iter()
        .enumerate()
        .flat_map(|(at, migration)| [(migration.manifest.hash.as_str(), at), (migration.hash.as_str(), at)])
        .collect();
    let parent: Vec<Option<usize>> =
        found.iter().map(|migration| migration.manifest.parent.as_deref().and_then(|hash| by_hash.get(hash)).copied()).collect();
    let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (at, migration) in found.iter().enumerate() {
        match (&migration.manifest.parent, parent[at]) {
            (Some(hash), None) => {
                children.entry(None).or_default().push(at);
                // One that cannot be read is probably the one, and has been reported.
                if unread.is_empty() {
                    let message = format!(
                        "the migration before `{}` is missing: no file has the hash {}",
                        migration.folder,
                        &hash[..hash.len().min(12)]
                    );
                    sink.report(
                        codes::HISTORY_MISSING
                            .anywhere(message)
                            .help("take it back from version control, or from the branch that it was made on"),
                    );
                }
            }
            (_, known) => children.entry(known).or_default().push(at),
        }
    }
    for (after, branches) in children.iter().filter(|(_, branches)| branches.len() > 1) {
        let roots = branches.iter().filter(|at| found[**at].manifest.parent.is_none()).count();
        if after.is_none() && roots < 2 {
            continue;
        }
        let names: Vec<String> = branches.iter().map(|at| format!("`{}`", found[*at].folder)).collect();
        let behind = after.map_or("begin the history".to_string(), |at| format!("follow `{}`", found[at].folder));
        let message = format!("two migrations {behind}: {}", names.join(" and "));
        let help = "`djc migrate rebase` puts the ones that the main branch does not have behind the others";
        sink.report(codes::HISTORY_HEADS.anywhere(message).help(help));
    }
    let mut order = Vec::new();
    let mut open: Vec<usize> = children.get(&None).into_iter().flatten().rev().copied().collect();
    let mut seen = BTreeSet::new();
    while let Some(at) = open.pop() {
        if seen.insert(at) {
            order.push(at);
            open.extend(children.get(&Some(at)).into_iter().flatten().rev());
        }
    }
    let heads = order.iter().filter(|at| !children.contains_key(&Some(**at))).map(|at| found[*at].folder.clone()).collect();
    let mut found: Vec<Option<Migration>> = found.into_iter().map(Some).collect();
    let migrations: Vec<Migration> = order.into_iter().filter_map(|at| found[at].take()).collect();
    History { name: migrations.first().map(|it| it.manifest.history.clone()), migrations, heads }
}

/// Reports numbers that do not grow along the chain.
fn numbers(history: &History, sink: &mut Sink) {
    let forked = history.heads.len() > 1;
    for migration in &history.migrations {
        let Some(before) = history.before(migration) else { continue };
        let (Some(one), Some(other)) = (before.number(), migration.number()) else { continue };
        if one > other {
            let message = format!("`{}` comes behind `{}`, and their numbers say the reverse", migration.folder, before.folder);
            let help = format!(
                "the chain counts, not the numbers: give them back the names that they were made with (`{}`)",
                migration.manifest.name
            );
            sink.report(codes::HISTORY_REORDERED.anywhere(message).help(help));
        }
    }
    let mut by_number: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for migration in &history.migrations {
        if let Some(number) = migration.number() {
            by_number.entry(number).or_default().push(&migration.folder);
        }
    }
    // Two branches usually take one number, which is said as what it is.
    for folders in by_number.values().filter(|folders| folders.len() > 1 && !forked) {
        let names: Vec<String> = folders.iter().map(|folder| format!("`{folder}`")).collect();
        let message = format!("one number stands before {}", names.join(" and "));
        sink.report(codes::HISTORY_NUMBER.anywhere(message).help("give the folders the names that they were made with"));
    }
}
