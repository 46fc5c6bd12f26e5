//! Migrations as files: what is meant by a change, the chain and what breaks it.
//!
//! `tests/data/migrate-history/intent/NAME` holds definitions before and after; `snapshots/migrate-history` what was understood.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use djc::config::Config;
use djc::core::dialect::{Server, Target};
use djc::core::ir::Pipeline;
use djc::core::plan::Plan;
use djc::core::source::SourceMap;
use djc::diag::human::{self, Look};
use djc::diag::{Diagnostic, Sink};
use djc::migrate::{
    Answers, Change, DIALECTS, Draft, Folder, History, Intent, Lowering, Manifest, Mapping, Naming, Pairs, Planned, Side, State, Ways,
    read, suspicions, used,
};
use djc::{parser, resolve::resolve};

use crate::support::{root, snapshot};

/// Definitions that have no errors.
fn pipeline(sources: &mut SourceMap, name: &str, text: &str) -> Pipeline {
    let mut sink = Sink::new();
    let file = sources.add(name, text);
    let pipeline = resolve(&[parser::parse(file, text, &mut sink)], &Config::default(), &mut sink);
    assert!(!sink.has_errors(), "{name}: {:#?}", sink.diagnostics());
    pipeline
}

fn lab() -> BTreeSet<String> {
    BTreeSet::from(["lab".to_string()])
}

fn state(text: &str) -> State {
    State::new(&pipeline(&mut SourceMap::new(), "lab.dj", text), &lab(), Lowering::default())
}

fn shown(sources: &SourceMap, found: &[Diagnostic]) -> String {
    let mut out = Vec::new();
    human::write(&mut out, sources, found, Look { color: false, unicode: false, width: None }).expect("a list takes all");
    String::from_utf8(out).expect("messages are UTF-8")
}

/// Returns what is understood of a change, and what is asked.
fn understood(before: &str, after: &str, answers: &Answers) -> String {
    let mut sources = SourceMap::new();
    let before = state(before);
    let now = pipeline(&mut sources, "after.dj", after);
    let mut sink = Sink::new();
    let intent = Intent::of(&before.pipeline, &now, &lab(), answers, &mut sink);
    let pairs = Pairs::new(&before.pipeline, &now, &intent);
    let names = (before.templates(), Naming::Templates.names(&now));
    let target = Target::new(Server::MySql);
    let from = before.lower(&names.0, &lab(), &target).catalog;
    let to = State { pipeline: now.clone(), lowering: Lowering::default() }.lower(&names.1, &lab(), &target).catalog;
    let from = Side { pipeline: &before.pipeline, names: &names.0, catalog: &from };
    let to = Side { pipeline: &now, names: &names.1, catalog: &to };
    let mapping = Mapping::new(&intent, &pairs, &from, &to, Server::MySql, &mut sink);
    for suspicion in suspicions(&intent, &pairs, &from, &to, &lab()) {
        sink.report(suspicion.finding(&to));
    }
    let mut out = format!("{}\n", serde_json::to_string_pretty(&intent).expect("an intent is plain"));
    for (from, to) in &mapping.tables {
        writeln!(out, "table {from} -> {to}").expect("a String takes all");
    }
    for (table, renames) in &mapping.columns {
        for (old, new) in renames {
            writeln!(out, "column {table}.{old} -> {new}").expect("a String takes all");
        }
    }
    for (table, fills) in &mapping.fills {
        for (column, from) in fills {
            writeln!(out, "fill {table}.{column} from {from:?}").expect("a String takes all");
        }
    }
    assert_eq!(mapping.inverse().inverse().tables, mapping.tables);
    assert_eq!(mapping.inverse().inverse().columns, mapping.columns);
    out + &shown(&sources, &sink.into_sorted())
}

#[test]
fn what_is_said_about_a_change_is_understood() {
    let folder = root().join("tests/data/migrate-history/intent");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("cases")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("names of cases are ASCII"))
        .collect();
    names.sort();
    assert!(names.len() >= 9, "cases of intents: {names:?}");
    for name in names {
        let text = |file: &str| fs::read_to_string(folder.join(&name).join(file)).expect("a case is readable");
        snapshot("migrate-history/intent", &name, &understood(&text("before.dj"), &text("after.dj"), &Answers::default()));
    }
}

const WEIGHT: &str = "schema lab\n\nmanual Subject {\n    subject : int\n    ---\n    weight : float\n}\n";
const MASS: &str = "schema lab\n\nmanual Subject {\n    subject : int\n    ---\n    mass : float\n}\n";

fn answers(renames: &[(&str, &str)], drops: &[&str]) -> Answers {
    Answers {
        renames: renames.iter().map(|(old, new)| (old.to_string(), new.to_string())).collect(),
        drops: drops.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn either_answer_settles_a_suspicion() {
    assert!(understood(WEIGHT, MASS, &Answers::default()).contains("DJ0530"));
    let renamed = understood(WEIGHT, MASS, &answers(&[("lab.Subject.weight", "mass")], &[]));
    assert!(renamed.contains("column lab.subject.weight -> mass") && !renamed.contains("DJ05"), "{renamed}");
    let dropped = understood(WEIGHT, MASS, &answers(&[], &["lab.Subject.weight"]));
    assert!(!dropped.contains("column ") && !dropped.contains("DJ05"), "{dropped}");
    for wrong in
        [answers(&[("lab.Subject.wieght", "mass")], &[]), answers(&[("lab.Subjekt.weight", "mass")], &[]), answers(&[], &["lab.Rig"])]
    {
        assert!(understood(WEIGHT, MASS, &wrong).contains("DJ0531"), "{wrong:?}");
    }
}

#[test]
fn states_read_as_they_were_written() {
    let text = "schema lab as \"${USER}_lab\"\n\n## what is known\nlookup Species {\n    species : varchar(12)\n    ---\n    note = null : varchar(20)\n    contents [\n        ('mouse', None),\n        ('rat', 'big'),\n    ]\n}\n\nmanual Subject {\n    subject : int unsigned\n    ---\n    -> Species\n    seen = CURRENT_TIMESTAMP : timestamp\n    data : longblob\n    index (seen)\n    part Mark {\n        -> master\n        mark : int\n    }\n}\n";
    let written = state(text);
    let again = State::read(&written.write()).expect("it was just written");
    assert_eq!(again, written);
    assert_eq!(again.write(), written.write());
    // One line for each table, so that a change of one is a change of few lines.
    let changed = state(&text.replace("mark : int", "mark : smallint")).write();
    let differing = written.write().lines().zip(changed.lines()).filter(|(one, other)| one != other).count();
    assert_eq!(differing, 1);
}

/// Ways on which nothing happens: no chain depends on SQL.
fn idle() -> Vec<Ways> {
    let nothing = || {
        let (from, to, mapping, schemas) = Default::default();
        Ok(Planned { from, to, mapping, schemas, plan: Plan::default() })
    };
    DIALECTS.into_iter().map(|(server, dialect, name)| Ways { server, dialect, name, up: nothing(), down: nothing() }).collect()
}

/// Returns the files of a migration behind another.
fn migration(history: &History, name: &str, before: &str, now: &str, hand: &Folder) -> (String, Folder) {
    let (before, now) = (if before.is_empty() { State::default() } else { state(before) }, state(now));
    let intent = Intent::of(&before.pipeline, &now.pipeline, &lab(), &Answers::default(), &mut Sink::new());
    let owned = lab();
    let change = Change { before: &before, now: &now, intent: &intent, hand: &[], files: hand, owned: &owned, mark: "0001" };
    let mut manifest = Manifest::new("lab", name, history.head().map(|head| head.hash.clone()));
    manifest.owns = lab();
    let draft = Draft::new(&change, manifest, idle());
    let texts = draft.texts.into_iter().map(|(path, text)| (format!("{name}/{path}"), text.into_bytes()));
    let hash = draft.manifest.hash.clone();
    (hash, texts.chain(hand.iter().map(|(path, bytes)| (format!("{name}/{path}"), bytes.clone()))).collect())
}

fn plain(folder: &Folder) -> (History, String) {
    let (mut sources, mut sink) = (SourceMap::new(), Sink::new());
    let history = read(folder, "migrations", &mut sources, &mut sink);
    (history, shown(&sources, &sink.into_sorted()))
}

/// Three migrations: the numbers in front of their names, and all their files.
fn three() -> Folder {
    let mut folder = Folder::new();
    let mut before = "";
    let texts = [WEIGHT.to_string(), WEIGHT.replace("weight", "mass"), WEIGHT.replace("weight", "volume")];
    for (at, text) in texts.iter().enumerate() {
        let (history, said) = plain(&folder);
        assert_eq!(said, "", "a history that was just written is whole");
        folder.extend(migration(&history, &format!("{:04}_step", at + 1), before, text, &Folder::new()).1);
        before = text;
    }
    folder
}

#[test]
fn a_history_is_the_chain_of_its_hashes() {
    let (history, said) = plain(&three());
    assert_eq!(said, "");
    let names: Vec<&str> = history.migrations.iter().map(|it| it.folder.as_str()).collect();
    assert_eq!(names, ["0001_step", "0002_step", "0003_step"]);
    assert_eq!(history.head().map(|head| head.folder.as_str()), Some("0003_step"));
    assert_eq!(history.find("2").map(|it| it.folder.as_str()), Some("0002_step"));
    assert_eq!(history.next_number(), 4);
    assert_eq!(three(), three());
}

fn edited(path: &str, edit: impl Fn(&str) -> Option<String>) -> String {
    let mut folder = three();
    let text = String::from_utf8(folder.remove(path).expect("the file is there")).expect("texts are UTF-8");
    if let Some(text) = edit(&text) {
        folder.insert(path.to_string(), text.into_bytes());
    }
    plain(&folder).1
}

#[test]
fn what_happened_to_a_file_is_named() {
    let manifest = "0002_step/migration.json";
    let state = "0002_step/state.json";
    let mut out = String::new();
    let mut case = |what: &str, said: String| write!(out, "## {what}\n{said}\n").expect("a String takes all");
    case("a manifest says something else", edited(manifest, |text| Some(text.replace("\"lab\"", "\"other\""))));
    case("a state says something else", edited(state, |text| Some(text.replace("mass", "muss"))));
    case("a state is cut off", edited(state, |text| Some(text[..text.len() / 2].to_string())));
    case("a manifest is cut off", edited(manifest, |text| Some(text[..text.len() / 2].to_string())));
    case("a state is something else", edited(state, |_| Some("{\"tables\": []}\n".to_string())));
    case("a state is of a newer djc", edited(state, |text| Some(text.replace("\"djc_state\":1", "\"djc_state\":9"))));
    case("a manifest is of a newer djc", edited(manifest, |text| Some(text.replace("\"djc_migration\": 1", "\"djc_migration\": 9"))));
    case("git left both sides", edited(state, |text| Some(format!("<<<<<<< HEAD\n{text}=======\n>>>>>>> other\n"))));
    case("a state is gone", edited(state, |_| None));
    case("SQL was edited", edited("0002_step/undo/mysql.sql", |text| Some(text.replace("Nothing", "Something"))));
    case("SQL is gone", edited("0002_step/sqlite.sql", |_| None));
    snapshot("migrate-history", "files", &out);
}

#[test]
fn line_ends_and_spaces_are_no_edit() {
    assert_eq!(edited("0002_step/state.json", |text| Some(text.replace('\n', "\r\n"))), "");
    assert_eq!(edited("0002_step/migration.json", |text| Some(text.replace("\n", "\r\n").replace("  ", "\t"))), "");
}

fn moved(from: &str, to: &str, mut folder: Folder) -> Folder {
    let paths: Vec<String> = folder.keys().filter(|path| path.starts_with(from)).cloned().collect();
    for path in paths {
        let bytes = folder.remove(&path).expect("listed");
        folder.insert(path.replacen(from, to, 1), bytes);
    }
    folder
}

#[test]
fn what_happened_to_the_chain_is_named() {
    let mut out = String::new();
    let mut case = |what: &str, folder: &Folder| write!(out, "## {what}\n{}\n", plain(folder).1).expect("a String takes all");
    let without: Folder = three().into_iter().filter(|(path, _)| !path.starts_with("0002")).collect();
    case("one in the middle is missing", &without);
    let swapped = moved("tmp", "0003_step", moved("0003_step", "0002_step", moved("0002_step", "tmp", three())));
    case("two changed places", &swapped);
    case("two of one number", &moved("0003_step", "0002_other", three()));
    let mut fork = three();
    let branch: Folder = three().into_iter().filter(|(path, _)| path < &"0003".to_string()).collect();
    let (_, other) = migration(&plain(&branch).0, "0003_other", MASS, WEIGHT, &Folder::new());
    fork.extend(other);
    case("two branches", &fork);
    let (_, hand) = migration(&plain(&three()).0, "0004_hand", MASS, MASS, &hand_files("SELECT 0"));
    let mut with_hand = three();
    with_hand.extend(hand.clone());
    assert_eq!(plain(&with_hand).1, "");
    with_hand.insert("0004_hand/hand/step.sql".to_string(), b"DELETE FROM x;\n".to_vec());
    case("a script was edited", &with_hand);
    with_hand.extend(hand);
    with_hand.insert("0004_hand/hand/more.sql".to_string(), b"DELETE FROM x;\n".to_vec());
    case("a script was added", &with_hand);
    let (_, empty) = migration(&plain(&three()).0, "0004_hand", MASS, MASS, &hand_files(""));
    let mut unchecked = three();
    unchecked.extend(empty);
    case("a step without a check", &unchecked);
    snapshot("migrate-history", "chain", &out);
}

#[test]
fn a_history_below_is_the_one_that_was_known() {
    let (below, _) = plain(&three());
    let mut lab = below.clone();
    let known = below.migrations[1].hash.clone();
    lab.migrations[2].manifest.uses = BTreeMap::from([("spyglass".to_string(), known)]);
    let said = |below: &BTreeMap<String, History>| {
        let mut sink = Sink::new();
        used(&lab, "migrations", below, &mut sink);
        shown(&SourceMap::new(), &sink.into_sorted())
    };
    assert_eq!(said(&BTreeMap::from([("spyglass".to_string(), below.clone())])), "");
    let mut older = below.clone();
    older.migrations.truncate(1);
    let out = format!("{}\n{}", said(&BTreeMap::new()), said(&BTreeMap::from([("spyglass".to_string(), older)])));
    snapshot("migrate-history", "used", &out);
}

fn hand_files(check: &str) -> Folder {
    let toml = format!("[[step]]\nsummary = \"split names\"\nsql = \"hand/step.sql\"\ncheck = \"{check}\"\n");
    BTreeMap::from([
        ("hand.toml".to_string(), toml.into_bytes()),
        ("hand/step.sql".to_string(), b"UPDATE ${lab.Subject} SET mass = 1;\n".to_vec()),
    ])
}
