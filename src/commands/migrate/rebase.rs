//! `djc migrate rebase`: after a merge of two branches, one chain again.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::super::compile::{Request, compile};
use super::super::ui::Channel;
use super::super::{Error, Exit, Format, Ui};
use super::folder::{Histories, state_of};
use super::new::{intent, ways, write};
use super::refused;
use crate::diag::{Diagnostic, Level, Sink, codes, counted};
use crate::migrate::{Change, Draft, Folder, Fork, Intent, Manifest, Migration, Rebase, State, is_hand};

/// Put the migrations of one branch behind those of another, after both were merged
///
/// Finds where the history parts. The migrations that the main branch does not have get new numbers, new parents, and SQL for the tables as they are by then; the last of them leads
/// to what the sources declare. Where both branches change one thing, or the sources are not what both come to, nothing is written.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A migration of the branch that stays as it is; without it, git tells which one the main branch has
    #[arg(long, value_name = "MIGRATION")]
    onto: Option<String>,

    /// Say what would be done
    #[arg(long)]
    dry_run: bool,
}

/// One migration in its new place.
struct Moved {
    was: String,
    draft: Draft,
    hand: Folder,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let mut compiled = compile(ui, &Request::default())?;
    compiled.diagnostics.retain(|found| found.level == Level::Error && found.code.id != codes::UNSET_VARIABLE.id);
    let mut sink = Sink::new();
    let (root, config) = (compiled.project.root.clone(), compiled.project.config.clone());
    let histories = Histories::read(&root, &config, &mut compiled.project.sources, &mut sink)?;
    // Two heads are what this is for.
    let found = sink.into_sorted().into_iter().filter(|found| found.level == Level::Error && found.code.id != codes::HISTORY_HEADS.id);
    compiled.diagnostics.extend(found);
    ui.report_any(Channel::Err, compiled.sources(), &compiled.diagnostics)?;
    if compiled.has_errors() {
        return Ok(compiled.exit());
    }
    let Histories { own, place, folder, .. } = &histories;
    let Some(fork) = Fork::find(own) else {
        ui.say(format!("`{place}` is one chain; there is nothing to rebase"))?;
        return Ok(Exit::Fine);
    };
    let onto = onto(&fork, args.onto.as_deref(), folder)?;
    let theirs = fork.branches[onto].clone();
    let ours: Vec<&Migration> =
        fork.branches.iter().enumerate().filter(|(at, _)| *at != onto).flat_map(|(_, branch)| branch.clone()).collect();

    let nothing = State::default();
    let base = fork.base.map_or(&nothing, |base| &base.state);
    let mut owned = histories.owned(&compiled.pipeline);
    let now = state_of(&compiled, &owned);
    let modules = owned.clone();
    owned.extend(theirs.last().into_iter().flat_map(|last| last.manifest.owns.iter().cloned()));
    let rebase = Rebase { base, theirs: &theirs, ours: &ours };
    let obstacles = rebase.obstacles(&now);
    if !obstacles.is_empty() {
        ui.report(Channel::Err, compiled.sources(), &obstacles)?;
        return Ok(Exit::Findings);
    }

    let mut moved: Vec<Moved> = Vec::new();
    let mut sink = Sink::new();
    let mut number = theirs.iter().chain(&fork.base.into_iter().collect::<Vec<_>>()).filter_map(|it| it.number()).max().unwrap_or(0);
    let mut parent = theirs.last().map(|last| last.hash.clone());
    let mut before = theirs.last().map_or(base, |last| &last.state).clone();
    for (at, migration) in ours.iter().enumerate() {
        number += 1;
        let about = migration.manifest.name.split_once('_').map_or("next", |(_, about)| about);
        let name = format!("{number:04}_{about}");
        let answers = rebase.answers(migration);
        let (after, intent) = if at + 1 == ours.len() {
            match intent(ui, &compiled, &before, &owned, answers, false, &mut sink)? {
                Some(intent) => (now.clone(), intent),
                None => return Ok(Exit::Findings),
            }
        } else {
            let after = match State::merged(base, &theirs.last().map_or(base, |last| &last.state).clone(), &migration.state) {
                Ok(after) => after,
                Err(tables) => {
                    ui.report(Channel::Err, compiled.sources(), &[both_change(&tables, migration)])?;
                    return Ok(Exit::Findings);
                }
            };
            let intent = Intent::of(&before.pipeline, &after.pipeline, &owned, &answers, &mut sink);
            (after, intent)
        };
        let hand: Folder =
            migration.files.iter().filter(|(file, _)| is_hand(file)).map(|(file, bytes)| (file.clone(), bytes.clone())).collect();
        let mark = format!("{number:04}");
        let change =
            Change { before: &before, now: &after, intent: &intent, hand: &migration.hand, files: &hand, owned: &owned, mark: &mark };
        let ways = ways(&change, &compiled, &mut sink);
        refused::report(&ways, &compiled.pipeline, &config.servers(), &mut sink);
        let mut manifest = Manifest::new(&histories.name, name, parent.clone());
        manifest.uses = histories.used_heads();
        manifest.owns = modules.clone();
        let draft = Draft::new(&change, manifest, ways);
        parent = Some(draft.manifest.hash.clone());
        before = after;
        moved.push(Moved { was: migration.folder.clone(), draft, hand });
    }
    let failed = sink.has_errors();
    ui.report_any(Channel::Err, compiled.sources(), &sink.into_sorted())?;
    if failed {
        return Ok(Exit::Findings);
    }
    if !args.dry_run {
        put(folder, &moved)?;
    }
    report(ui, &moved, place, args.dry_run)?;
    Ok(Exit::Fine)
}

/// Writes the migrations into their new places, then takes the old ones away.
fn put(folder: &Path, moved: &[Moved]) -> Result<(), Error> {
    for it in moved {
        write(&folder.join(&it.draft.manifest.name), &it.draft, Some(&it.hand))?;
    }
    for it in moved.iter().filter(|it| !moved.iter().any(|other| other.draft.manifest.name == it.was)) {
        let old = folder.join(&it.was);
        std::fs::remove_dir_all(&old).map_err(|source| Error::Remove { path: old, source })?;
    }
    Ok(())
}

fn report(ui: &Ui, moved: &[Moved], place: &str, dry_run: bool) -> Result<(), Error> {
    if ui.format() == Format::Json {
        let list: Vec<_> =
            moved.iter().map(|it| json!({"was": it.was, "is": it.draft.manifest.name, "hash": it.draft.manifest.hash})).collect();
        return ui.print_json(&json!({"version": 1, "dry_run": dry_run, "moved": list}));
    }
    for Moved { was, draft, .. } in moved {
        let manifest = &draft.manifest;
        ui.print(format!("{place}/{was} -> {}: {}\n", manifest.name, counted(manifest.changes.len(), "change")))?;
        for change in &manifest.changes {
            ui.print(format!("  {change}\n"))?;
        }
    }
    if dry_run {
        ui.say("nothing was written")
    } else {
        ui.say("next: a database that has one of them under its old name is named by `djc migrate status`; then `djc migrate verify`")
    }
}

fn both_change(tables: &[String], migration: &Migration) -> Diagnostic {
    let message = format!("both branches change {}, and this one does so in more than one migration", tables.join(", "));
    let help = format!("make one of those from `{}` on: delete their folders, then `djc migrate new`", migration.folder);
    codes::REBASE_CONFLICT.anywhere(message).help(help)
}

/// Returns which branch stays as it is.
fn onto(fork: &Fork<'_>, said: Option<&str>, folder: &Path) -> Result<usize, Error> {
    let firsts: Vec<&str> = fork.branches.iter().map(|branch| branch[0].folder.as_str()).collect();
    let has = |branch: &Vec<&Migration>, word: &str| branch.iter().any(|it| it.folder == word || it.hash.starts_with(word));
    if let Some(word) = said {
        return fork
            .branches
            .iter()
            .position(|branch| has(branch, word))
            .ok_or_else(|| Error::Usage(format!("`{word}` is on no branch of the fork; it has {}", listed(&firsts))));
    }
    for reference in ["origin/HEAD", "origin/main", "origin/master", "main", "master", "MERGE_HEAD"] {
        let Some(names) = folders_of(reference, folder) else { continue };
        let there: Vec<usize> = (0..firsts.len()).filter(|at| names.iter().any(|name| name == firsts[*at])).collect();
        if let [one] = there.as_slice() {
            return Ok(*one);
        }
    }
    let flags: Vec<String> = firsts.iter().map(|first| format!("`--onto {first}`")).collect();
    Err(Error::Usage(format!("git does not tell which branch others have already; say which stays as it is: {}", flags.join(" or "))))
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Returns what stands in the folder at a revision; `None` where there is no git, no repository, or no such revision.
fn folders_of(reference: &str, folder: &Path) -> Option<Vec<String>> {
    let output = Command::new("git").arg("-C").arg(folder).args(["ls-tree", "--name-only", "-z", reference]).output().ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.split('\0').filter(|name| !name.is_empty()).map(str::to_string).collect())
}
