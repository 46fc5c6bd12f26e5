//! `djc migrate new`: what the sources changed since the last migration, as the next one.

use std::collections::BTreeSet;
use std::path::Path;

use djc_core::dialect::{Server, Target};
use djc_core::plan::HazardKind;
use serde_json::json;

use super::super::compile::{Compiled, Request, compile};
use super::super::question::can_ask;
use super::super::ui::Channel;
use super::super::{Error, Exit, Format, Ui};
use super::folder::{Histories, state_of};
use super::refused;
use crate::diag::{Diagnostic, Level, Sink, codes, counted};
use crate::migrate::{
    Answers, Change, Draft, Folder, Intent, Manifest, Migration, Pairs, Side, State, Suspicion, Ways, is_hand, is_name, suspicions,
    template,
};
use crate::output::Files;

/// Write the next migration: what the sources change since the last one
///
/// Compares the sources with the state of the newest migration and writes a folder with what changes, the state afterwards, and the SQL for each server, there and back. No database
/// is asked. What looks like a rename is asked about; what another server cannot hold is left out for it. Values of what goes or narrows are parked when the migration runs.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What it is about: the name of its folder, behind its number
    #[arg(value_name = "NAME", required_unless_present = "amend")]
    name: Option<String>,

    /// What has another name: `lab.Subject.weight=mass`, `lab.Animal=Subject`, `lab.Animal=ephys.Animal`
    #[arg(long = "rename", value_name = "OLD=NEW", value_parser = super::super::variable)]
    renames: Vec<(String, String)>,

    /// What goes, though something new looks like it: `lab.Subject.weight`, `lab.Animal`
    #[arg(long = "drop", value_name = "OLD")]
    drops: Vec<String>,

    /// Add a template for steps written by hand
    #[arg(long)]
    hand: bool,

    /// Write it although nothing changes, for steps written by hand
    #[arg(long)]
    empty: bool,

    /// Make the newest migration again: with the sources as they are now, and with its hand-written steps as they are now
    #[arg(long, conflicts_with = "empty")]
    amend: bool,
}

/// A migration that the sources ask for.
pub(super) struct Proposal {
    pub histories: Histories,
    pub draft: Draft,
    /// Hand-written files that come with it.
    pub hand: Folder,
    /// Servers without SQL, and why.
    pub left_out: Vec<String>,
}

/// What is to be proposed.
#[derive(Debug, Default)]
pub(super) struct Wanted<'a> {
    /// The name behind the number; that of the newest migration when it is amended.
    pub name: Option<&'a str>,
    pub answers: Answers,
    pub hand: bool,
    pub amend: bool,
    /// Whether a person may be asked.
    pub ask: bool,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let name = args.name.as_deref().map(slug).transpose()?;
    let answers = Answers { renames: args.renames.clone(), drops: args.drops.clone() };
    let wanted = Wanted { name: name.as_deref(), answers, hand: args.hand, amend: args.amend, ask: true };
    let Proposal { draft, histories, hand, left_out, .. } = match propose(ui, &wanted)? {
        Ok(proposal) => proposal,
        Err(exit) => return Ok(exit),
    };
    let written_by_hand = args.empty || args.hand || !hand.is_empty();
    if draft.is_empty() && !written_by_hand {
        match ui.format() {
            Format::Json => ui.print_json(&json!({"version": 1, "migration": null, "changes": []}))?,
            Format::Human | Format::Github | Format::Sarif => {
                let since = histories
                    .own
                    .head()
                    .map_or("there are no tables".to_string(), |head| format!("nothing changed since `{}`", head.folder));
                ui.say(format!("{since}; no migration is needed"))?;
            }
        }
        return Ok(Exit::Fine);
    }
    let folder = histories.folder.join(&draft.manifest.name);
    if folder.exists() && !args.amend {
        return Err(Error::Usage(format!("`{}/{}` is there already", histories.place, draft.manifest.name)));
    }
    write(&folder, &draft, if args.hand && !args.amend { Some(&hand) } else { None })?;
    report(ui, &draft, &histories.place, &left_out, !hand.is_empty())?;
    Ok(Exit::Fine)
}

/// Writes a migration in one step; files of an earlier draft that are no longer written go.
pub(super) fn write(folder: &Path, draft: &Draft, hand: Option<&Folder>) -> Result<(), Error> {
    let mut files = Files::new();
    for (path, text) in &draft.texts {
        files.add(path, text.as_str());
    }
    for (path, bytes) in hand.into_iter().flatten() {
        files.add(path, String::from_utf8_lossy(bytes));
    }
    files.write(folder)?;
    for (_, dialect, _) in crate::migrate::DIALECTS {
        for way in [crate::migrate::Way::Up, crate::migrate::Way::Down] {
            let path = crate::migrate::sql_path(dialect, way);
            let stale = folder.join(&path);
            if !draft.texts.contains_key(&path) && stale.exists() {
                std::fs::remove_file(&stale).map_err(|source| Error::Remove { path: stale, source })?;
            }
        }
    }
    Ok(())
}

/// Returns the migration that the sources ask for, or the exit code of what was found instead, which has been printed.
pub(super) fn propose(ui: &Ui, wanted: &Wanted<'_>) -> Result<Result<Proposal, Exit>, Error> {
    let mut compiled = compile(ui, &Request::default())?;
    // Migrations keep the variables in names of schemas: whoever applies them sets these.
    compiled.diagnostics.retain(|found| found.level == Level::Error && found.code.id != codes::UNSET_VARIABLE.id);
    let mut sink = Sink::new();
    let root = compiled.project.root.clone();
    let histories = Histories::read(&root, &compiled.project.config, &mut compiled.project.sources, &mut sink)?;
    // What `--amend` makes again may be in any state.
    let mut found = sink.into_sorted();
    let amended = wanted.amend.then(|| histories.own.head()).flatten();
    found.retain(|found| !amended.is_some_and(|head| is_about(found, &histories.place, head)) && found.level == Level::Error);
    // Loading has said of a history below what there is to say.
    found.retain(|found| !compiled.diagnostics.contains(found));
    compiled.diagnostics.extend(found);
    // What a server of the project cannot hold has its place in the sources.
    let servers = compiled.project.config.servers();
    for server in &servers {
        compiled.lower(&Target::new(*server));
    }
    ui.report_any(Channel::Err, compiled.sources(), &compiled.diagnostics)?;
    if compiled.has_errors() {
        return Ok(Err(compiled.exit()));
    }
    if wanted.amend && amended.is_none() {
        return Err(Error::Usage(format!("there is no migration in `{}` to make again", histories.place)));
    }

    let nothing = State::default();
    let base = match amended {
        Some(head) => histories.own.before(head),
        None => histories.own.head(),
    };
    let before = base.map_or(&nothing, |base| &base.state);
    let now_owned = histories.owned(&compiled.pipeline);
    let now = state_of(&compiled, &now_owned);
    let mut owned = now_owned.clone();
    let given_away = |module: &String| compiled.pipeline.schemas.iter().any(|schema| schema.module == *module);
    owned.extend(base.into_iter().flat_map(|base| &base.manifest.owns).filter(|module| !given_away(module)).cloned());

    let mut answers = wanted.answers.clone();
    if let Some(head) = amended {
        answers.add(&head.manifest.intent, before, &now);
    }
    let mut sink = Sink::new();
    let intent = match intent(ui, &compiled, before, &owned, answers, wanted.ask, &mut sink)? {
        Some(intent) => intent,
        None => return Ok(Err(Exit::Findings)),
    };
    let mut hand: Folder = amended.map(|head| head.files.iter().filter(|(file, _)| is_hand(file)).map(own).collect()).unwrap_or_default();
    if wanted.hand && hand.is_empty() {
        hand = template().into_iter().map(|(path, text)| (path.to_string(), text.into_bytes())).collect();
    }
    let name = match (amended, wanted.name) {
        (Some(head), None) => head.folder.clone(),
        (Some(head), Some(_)) => return Err(Error::Usage(format!("`{}` keeps its name when it is made again", head.folder))),
        (None, name) => format!("{:04}_{}", histories.own.next_number(), name.unwrap_or("next")),
    };
    let steps = amended.map_or(&[][..], |head| &head.hand);
    let mark = name.split('_').next().unwrap_or(&name).to_string();
    let change = Change { before, now: &now, intent: &intent, hand: steps, files: &hand, owned: &owned, mark: &mark };
    if let Some(head) = amended {
        for fault in head.hand.iter().flat_map(|step| step.faults(&head.files)) {
            let message = format!("`{}/{}/hand.toml`: {fault}", histories.place, head.folder);
            sink.report(codes::HAND_STEP.anywhere(message).help("write it, then run the same command again"));
        }
    }
    let ways = ways(&change, &compiled, &mut sink);
    let left_out = refused::report(&ways, &compiled.pipeline, &servers, &mut sink);
    let failed = sink.has_errors();
    ui.report_any(Channel::Err, compiled.sources(), &sink.into_sorted())?;
    if failed {
        return Ok(Err(Exit::Findings));
    }
    let mut manifest = Manifest::new(&histories.name, name, base.map(|base| base.hash.clone()));
    manifest.uses = histories.used_heads();
    manifest.owns = now_owned;
    let draft = Draft::new(&change, manifest, ways);
    Ok(Ok(Proposal { draft, hand, left_out, histories }))
}

/// Plans for every server; states have no places, so that what is found gets that of the sources.
pub(super) fn ways(change: &Change<'_>, compiled: &Compiled, sink: &mut Sink) -> Vec<Ways> {
    let mut found = Sink::new();
    let ways = Ways::all(change, &mut found);
    let pipeline = &compiled.pipeline;
    for mut found in found.into_sorted() {
        let table = pipeline.tables().find(|(id, _)| found.table.as_ref() == Some(&pipeline.qualified_name(*id))).map(|(_, table)| table);
        let attribute = table.zip(found.attribute.as_ref()).and_then(|(table, name)| table.heading.get(name));
        found.span = attribute.map(|attribute| attribute.span).or(table.map(|table| table.name_span));
        sink.report(found);
    }
    ways
}

fn own((path, bytes): (&String, &Vec<u8>)) -> (String, Vec<u8>) {
    (path.clone(), bytes.clone())
}

/// Returns whether a finding is about the migration that is made again, or about the sources.
fn is_about(found: &Diagnostic, place: &str, head: &Migration) -> bool {
    found.message.contains(&format!("`{place}/{}/", head.folder))
}

/// Returns what is said about the change, after asking what looks like a rename; `None` when that has to be said first.
pub(super) fn intent(
    ui: &Ui,
    compiled: &Compiled,
    before: &State,
    owned: &BTreeSet<String>,
    mut answers: Answers,
    ask: bool,
    sink: &mut Sink,
) -> Result<Option<Intent>, Error> {
    let target = Target::new(Server::MySql);
    let templates = before.templates();
    let from = before.lower(&templates, owned, &target).catalog;
    let names: Vec<String> = compiled.pipeline.schemas.iter().map(|schema| schema.name.template().to_string()).collect();
    let to = djc_core::dialect::lower(&compiled.pipeline, &names, &target, &compiled.lowering()).catalog;
    let from = Side { pipeline: &before.pipeline, names: &templates, catalog: &from };
    let to = Side { pipeline: &compiled.pipeline, names: &names, catalog: &to };
    let ask = ask && ui.format() == Format::Human && can_ask();
    loop {
        let mut found = Sink::new();
        let intent = Intent::of(from.pipeline, to.pipeline, owned, &answers, &mut found);
        if found.has_errors() {
            sink.append(found);
        }
        let pairs = Pairs::new(from.pipeline, to.pipeline, &intent);
        let suspected = suspicions(&intent, &pairs, &from, &to, owned);
        match suspected.first() {
            Some(first) if ask && !sink.has_errors() => match question(ui, first)? {
                true => answers.renames.push((first.old.clone(), first.new.clone())),
                false => answers.drops.push(first.old.clone()),
            },
            Some(_) => {
                let mut all = std::mem::take(sink);
                suspected.iter().for_each(|suspicion| all.report(suspicion.finding(&to)));
                ui.report_any(Channel::Err, compiled.sources(), &all.into_sorted())?;
                return Ok(None);
            }
            None => return Ok(Some(intent)),
        }
    }
}

/// Asks a person whether something is what it looks like.
fn question(ui: &Ui, suspicion: &Suspicion) -> Result<bool, Error> {
    let Suspicion { old, new, .. } = suspicion;
    let gone = old.rsplit('.').next().unwrap_or(old);
    loop {
        ui.say(format!("`{old}` is gone, and `{new}` is new and looks like it. Is it the same under another name?"))?;
        ui.say(format!("  y  yes: its values stay (as --rename {old}={new})"))?;
        ui.say(format!("  n  no: `{gone}` goes and its values are parked, `{new}` is new (as --drop {old})"))?;
        let mut answer = String::new();
        if std::io::stdin().read_line(&mut answer)? == 0 {
            return Err(Error::Usage("no answer; nothing was written".to_string()));
        }
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => {}
        }
    }
}

/// Returns a name as it can stand in the name of a folder.
fn slug(name: &str) -> Result<String, Error> {
    let lower = name.trim().to_lowercase();
    let slug: String = lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let slug: Vec<&str> = slug.split('_').filter(|word| !word.is_empty()).collect();
    let slug = slug.join("_");
    if is_name(&slug) {
        Ok(slug)
    } else {
        Err(Error::Usage(format!(
            "`{name}` is no name of a migration; write what it is about, for example `add_region` (at most 60 letters)"
        )))
    }
}

/// Says what was written, and what comes next.
fn report(ui: &Ui, draft: &Draft, place: &str, left_out: &[String], by_hand: bool) -> Result<(), Error> {
    let Draft { manifest, ways, .. } = draft;
    if ui.format() == Format::Json {
        return ui.print_json(&json(draft, place, left_out));
    }
    let folder = format!("{place}/{}", manifest.name);
    ui.print(format!("{folder}: {}\n", counted(manifest.changes.len(), "change")))?;
    for change in &manifest.changes {
        ui.print(format!("  {change}\n"))?;
    }
    ui.print(summary(ways))?;
    for line in left_out {
        ui.print(format!("{line}\n"))?;
    }
    if by_hand {
        ui.say(format!("next: write the steps in `{folder}/hand.toml`, then `djc migrate new --amend`"))?;
    } else {
        ui.say(format!("next: read `{folder}`, then `djc migrate plan --database URL`"))?;
    }
    Ok(())
}

/// Returns how many steps each server takes, and what a person should know before, in lines.
pub(super) fn summary(ways: &[Ways]) -> String {
    let plans: Vec<(&Ways, _)> = ways.iter().filter_map(|ways| Some((ways, ways.up.as_ref().ok()?))).collect();
    let steps: Vec<String> = plans.iter().map(|(ways, up)| format!("{} on {}", counted(up.plan.steps.len(), "step"), ways.name)).collect();
    let mut out = format!("{}\n", steps.join(", "));
    // The worst first, each once. What a step costs a server stands in its plan.
    let mut hazards: Vec<(HazardKind, String)> = Vec::new();
    for hazard in plans.iter().flat_map(|(_, up)| up.plan.steps.iter().flat_map(|step| &step.hazards)) {
        let allow = hazard.allow.as_ref().map_or(String::new(), |word| format!(" (--allow {word})"));
        let hazard = (hazard.kind, format!("{}{allow}", hazard.words));
        if hazard.0 <= HazardKind::BreaksReaders && !hazards.contains(&hazard) {
            hazards.push(hazard);
        }
    }
    hazards.sort_by_key(|(kind, _)| *kind);
    for (kind, words) in hazards {
        out.push_str(&format!("  {}: {words}\n", kind.as_str()));
    }
    out
}

/// Returns a migration for programs.
pub(super) fn json(draft: &Draft, place: &str, left_out: &[String]) -> serde_json::Value {
    let Draft { manifest, texts, ways } = draft;
    let files: Vec<String> = texts.keys().map(|file| format!("{place}/{}/{file}", manifest.name)).collect();
    let dialects: serde_json::Map<String, serde_json::Value> = ways
        .iter()
        .filter_map(|ways| {
            let plan = &ways.up.as_ref().ok()?.plan;
            let steps: Vec<_> = plan.steps.iter().map(|step| json!({"reason": step.reason, "hazards": step.hazards})).collect();
            Some((ways.dialect.to_string(), json!({"steps": steps, "parked": plan.parked})))
        })
        .collect();
    json!({
        "version": 1,
        "migration": manifest.name,
        "hash": manifest.hash,
        "parent": manifest.parent,
        "changes": manifest.changes,
        "files": files,
        "dialects": dialects,
        "left_out": left_out,
    })
}
