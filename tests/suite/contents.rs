//! Rows of `contents` that a change adds, changes or takes away, and what keeps them from it.
//!
//! A case is a folder of `tests/data/contents` with the definitions before and after.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use djc::config::Config;
use djc::core::dialect::{Lowered, Options, Server, Target, lower};
use djc::core::ir::Pipeline;
use djc::core::plan::{Action, CheckKind, Literal, TableName};
use djc::core::source::SourceMap;
use djc::diag::Sink;
use djc::diag::human::{self, Look};
use djc::migrate::Mapping;
use djc::migrate::contents::{Side, changes, fill, in_use};
use djc::{parser, resolve::resolve};

use crate::support::{root, snapshot};

const NAMES: &[&str] = &["lab"];

fn names() -> Vec<String> {
    NAMES.iter().map(ToString::to_string).collect()
}

fn read(sources: &mut SourceMap, name: &str, text: &str) -> Pipeline {
    let mut sink = Sink::new();
    let file = sources.add(name, text);
    let pipeline = resolve(&[parser::parse(file, text, &mut sink)], &Config::default(), &mut sink);
    let found = sink.into_sorted();
    assert!(found.is_empty(), "{name}: {found:#?}");
    pipeline
}

fn tables(pipeline: &Pipeline, server: Server) -> Lowered {
    lower(pipeline, &names(), &Target::new(server), &Options::default())
}

/// What the annotations of the cases say.
fn mapping(after: &Pipeline, to: &Lowered, server: Server) -> Mapping {
    let mut out = Mapping::default();
    for (_, table) in after.tables() {
        let name = TableName::new("lab", &table.stored);
        let old = match table.annotations.renamed_from.as_deref() {
            Some(class) => TableName::new("lab", format!("#{}", class.to_lowercase())),
            None => name.clone(),
        };
        if old != name {
            out.tables.insert(old.clone(), name.clone());
        }
        let columns: BTreeMap<String, String> = table.annotations.renamed.iter().map(|(new, old)| (old.clone(), new.clone())).collect();
        if !columns.is_empty() {
            out.columns.insert(old, columns);
        }
        for (attribute, value) in &table.annotations.fill {
            let declared = table.heading.get(attribute).expect("the attribute is declared");
            let column = to.catalog.table("lab", &table.stored).and_then(|table| table.column(attribute)).expect("the column is there");
            let from = fill(value, declared, column, after.schema(table.schema).generation, server).expect("the fill fits");
            out.fills.entry(name.clone()).or_default().insert(attribute.clone(), from);
        }
    }
    out
}

fn pairs(pairs: &[(String, Literal)]) -> String {
    pairs.iter().map(|(column, literal)| format!("{column} = {}", said(literal))).collect::<Vec<_>>().join(", ")
}

fn said(literal: &Literal) -> String {
    match literal {
        Literal::Bytes(bytes) => format!("{} bytes", bytes.len()),
        other => format!("{other:?}"),
    }
}

fn line(action: &Action) -> String {
    match action {
        Action::InsertRows { table, columns, rows } => {
            let rows: Vec<String> = rows.iter().map(|row| row.iter().map(said).collect::<Vec<_>>().join(", ")).collect();
            format!("insert {table} ({})\n  {}", columns.join(", "), rows.join("\n  "))
        }
        Action::UpdateRow { table, key, was, set } => {
            format!("update {table} where {}\n  was {}\n  set {}", pairs(key), pairs(was), pairs(set))
        }
        Action::DeleteRow { table, key, was } => format!("delete {table} where {}\n  was {}", pairs(key), pairs(was)),
        other => panic!("{other:?} is no change of rows"),
    }
}

/// Returns what the change comes to on a server.
fn run(before: &str, after: &str, server: Server) -> String {
    let mut sources = SourceMap::new();
    let (before, after) = (read(&mut sources, "before.dj", before), read(&mut sources, "after.dj", after));
    let (from, to) = (tables(&before, server), tables(&after, server));
    let mapping = mapping(&after, &to, server);
    let names = names();
    let mut sink = Sink::new();
    let old = Side { pipeline: &before, names: &names, catalog: &from.catalog };
    let new = Side { pipeline: &after, names: &names, catalog: &to.catalog };
    let actions = changes(&old, &new, &mapping, server, &mut sink);
    let mut out = String::new();
    for action in &actions {
        let _ = writeln!(out, "{}", line(action));
    }
    for check in in_use(&actions, &from.catalog) {
        let CheckKind::InUse { key, child, columns, parent_columns, except } = &check.kind else { panic!("{check:?}") };
        let (columns, parents) = (columns.join(", "), parent_columns.join(", "));
        let _ =
            writeln!(out, "check step {}: {} where {} is used by {child} ({columns} -> {parents})", check.step, check.table, pairs(key));
        for key in except {
            let _ = writeln!(out, "  except {}", pairs(key));
        }
        let _ = writeln!(out, "  remedy: {}", check.remedy);
    }
    let mut said = Vec::new();
    let look = Look { unicode: true, ..Look::default() };
    human::write(&mut said, &sources, &sink.into_sorted(), look).expect("a Vec takes all");
    out + &String::from_utf8(said).expect("messages are UTF-8")
}

#[test]
fn contents_change_as_the_text_does() {
    let folder = root().join("tests/data/contents");
    let mut seen = Vec::new();
    for entry in fs::read_dir(&folder).expect("the cases are there") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = |file: &str| fs::read_to_string(path.join(file)).expect("the file is there");
        let (before, after) = (text("before.dj"), text("after.dj"));
        let mut out: Vec<(String, String)> = Vec::new();
        for server in [Server::MariaDb, Server::Postgres, Server::Sqlite] {
            let said = run(&before, &after, server);
            match out.iter_mut().find(|(_, other)| *other == said) {
                Some((servers, _)) => *servers += &format!(", {}", server.as_str()),
                None => out.push((server.as_str().to_string(), said)),
            }
            assert_eq!(run(&before, &before, server), "", "{name}: no change is no action");
        }
        let text: String = out.iter().map(|(servers, said)| format!("== {servers}\n{said}")).collect();
        snapshot("contents", &name, &text);
        seen.push(name);
    }
    assert!(seen.len() >= 5, "{seen:?}");
}
