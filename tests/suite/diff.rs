//! What differs between two catalogs: files below `tests/data/diff`, cut by the line `# --- to` into what was and what is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use djc::config::Config;
use djc::core::catalog::{Action, Catalog, Charset, Table, TableKind};
use djc::core::dialect::{Options, SERVERS, Server, Target, lower};
use djc::core::diff::{self, Difference, What, diff};
use djc::core::ir::Generation;
use djc::core::source::SourceMap;
use djc::diag::Sink;
use djc::{parser, resolve};

use crate::support::{cases, collect, root};

/// Returns what a server would report of a text.
fn catalog(text: &str, generation: Generation, server: Server) -> Catalog {
    let config = Config { generation, ..Config::default() };
    let (mut sources, mut sink) = (SourceMap::new(), Sink::new());
    let file = sources.add("lab.dj", text);
    let tree = parser::parse(file, text, &mut sink);
    let pipeline = resolve::resolve(&[tree], &config, &mut sink);
    assert!(!sink.has_errors(), "the sources are without fault: {:#?}", sink.diagnostics());
    let names: Vec<String> = pipeline.schemas.iter().map(|schema| schema.name.template().to_string()).collect();
    let mut catalog = lower(&pipeline, &names, &Target::new(server), &Options::default()).catalog;
    let tables = catalog.schemas.values_mut().flat_map(|schema| schema.tables.values_mut());
    tables.for_each(|table| server.dialect().normalize(std::sync::Arc::make_mut(table)));
    catalog
}

/// Returns the differences as a person reads them.
fn told(found: &[Difference], server: Server) -> String {
    let mut out = String::new();
    for difference in found {
        let place = difference.table.as_ref().map_or(difference.schema.clone(), |table| format!("{}.{table}", difference.schema));
        let what = serde_json::to_value(&difference.what).expect("a difference is data");
        writeln!(out, "{place}: {}: {}", what["kind"].as_str().expect("a kind"), difference.words(server)).expect("a string");
        if let What::ColumnType { effect, .. } | What::EnumValues { effect, .. } = &difference.what {
            writeln!(out, "    values: {effect:?}").expect("a string");
        }
        for place in &difference.consequences {
            let column = place.column.as_ref().map_or(String::new(), |column| format!(".{column}"));
            writeln!(out, "    so in {}.{}{column}", place.schema, place.table).expect("a string");
        }
    }
    out
}

#[test]
fn every_difference_is_said_once() {
    cases("diff", |name, text| {
        let (from, to) = text.split_once("# --- to\n").expect("a case has two sides");
        let generation = if name.starts_with("modern") { Generation::Modern } else { Generation::Classic };
        let mut out = String::new();
        let mut said: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut order = Vec::new();
        for server in SERVERS {
            let (from, to) = (catalog(from, generation, server), catalog(to, generation, server));
            let found = diff(&from, &to, None);
            let text = serde_json::to_string(&found).expect("differences are data");
            assert_eq!(serde_json::from_str::<Vec<Difference>>(&text).expect("it is read back"), found);
            let told = told(&found, server);
            if !said.contains_key(&told) {
                order.push(told.clone());
            }
            said.entry(told).or_default().push(server.as_str());
        }
        for told in order {
            writeln!(out, "== {}\n{told}", said[&told].join(", ")).expect("a string");
        }
        out
    });
}

/// Returns all texts of the SQL cases, which hold every form of the language.
fn all_sql_cases() -> Vec<(Generation, String)> {
    let mut paths = Vec::new();
    collect(&root().join("tests/data/sql"), &mut paths);
    let read = |path: std::path::PathBuf| {
        let modern = path.to_string_lossy().contains("/modern");
        let text = std::fs::read_to_string(&path).expect("a case is readable UTF-8");
        (if modern { Generation::Modern } else { Generation::Classic }, text)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn what_is_equal_does_not_differ() {
    for (generation, text) in all_sql_cases() {
        for server in SERVERS {
            let catalog = catalog(&text, generation, server);
            assert_eq!(diff(&catalog, &catalog.clone(), None), []);
        }
    }
}

const LAB: &str = "schema lab\n\nmanual Subject {\n    subject : varchar(8)\n    ---\n    name : varchar(20)\n}\n\nmanual Session {\n    -> Subject\n    session : int\n}\n";

/// Returns the kinds of what a change of the live side makes differ.
fn kinds(change: impl Fn(&mut Catalog)) -> Vec<String> {
    let from = catalog(LAB, Generation::Classic, Server::MariaDb);
    let mut to = from.clone();
    change(&mut to);
    told(&diff(&from, &to, None), Server::MariaDb).lines().map(str::to_string).collect()
}

fn table<'c>(catalog: &'c mut Catalog, name: &str) -> &'c mut Table {
    let schema = catalog.schemas.get_mut("lab").expect("the schema");
    std::sync::Arc::make_mut(schema.tables.get_mut(name).expect("the table"))
}

fn latin() -> Option<Charset> {
    Some(Charset { charset: "latin1".to_string(), collation: "latin1_swedish_ci".to_string() })
}

#[test]
fn what_no_definition_can_say_is_told_apart() {
    assert_eq!(
        kinds(|to| table(to, "session").foreign_keys[0].on_delete = Action::Cascade),
        [
            "lab.session: foreign_key_actions: foreign key (subject) -> lab.subject (subject): declared on update cascade on delete restrict, found on update cascade on delete cascade"
        ]
    );
    assert_eq!(kinds(|to| table(to, "session").kind = TableKind::View), ["lab.session: relation: kind: declared a table, found a view"]);
    assert_eq!(
        kinds(|to| table(to, "session").engine = Some("MyISAM".to_string())),
        ["lab.session: engine: engine: declared InnoDB, found MyISAM"]
    );
    assert_eq!(
        kinds(|to| table(to, "session").primary_key.clear()),
        ["lab.session: primary_key: primary key is missing: declared (subject, session)"]
    );
    assert_eq!(kinds(|to| drop(to.schemas.remove("lab"))), ["lab: schema_removed: schema is missing: declared 2 tables"]);
}

#[test]
fn a_charset_is_told_where_it_was_changed() {
    assert_eq!(
        kinds(|to| to.schemas.get_mut("lab").expect("the schema").charset = latin()),
        ["lab: schema_charset: charset of the schema: declared utf8mb4, found latin1"]
    );
    assert_eq!(
        kinds(|to| table(to, "subject").charset = latin()),
        ["lab.subject: table_charset: charset of the table: declared utf8mb4, found latin1"]
    );
    assert_eq!(
        kinds(|to| table(to, "subject").columns[1].charset = latin()),
        ["lab.subject: column_charset: charset of attribute `name`: declared utf8mb4, found latin1"]
    );
    // The columns of a key have one charset on both ends.
    assert_eq!(
        kinds(|to| {
            table(to, "subject").columns[0].charset = latin();
            table(to, "session").columns[0].charset = latin();
        }),
        ["lab.subject: column_charset: charset of attribute `subject`: declared utf8mb4, found latin1", "    so in lab.session.subject"]
    );
}

#[test]
fn a_part_without_its_master_is_known() {
    let found = kinds(|to| {
        let mut orphan = table(to, "session").clone();
        orphan.name = "scan__field".to_string();
        orphan.foreign_keys.clear();
        to.schemas.get_mut("lab").expect("the schema").tables.insert(orphan.name.clone(), orphan.into());
    });
    assert_eq!(found, ["lab.scan__field: table_added: table is not declared"]);
    let from = catalog(LAB, Generation::Classic, Server::MariaDb);
    let one = from.table("lab", "subject").expect("the table");
    assert_eq!(diff::tables(one, one), []);
}

#[test]
fn a_table_of_five_thousand_columns_is_compared_at_once() {
    let mut one = catalog(LAB, Generation::Classic, Server::MariaDb).table("lab", "subject").expect("the table").clone();
    let column = one.columns[1].clone();
    let named = |name: String| djc::core::catalog::Column { name, ..column.clone() };
    let mut other = one.clone();
    one.columns.extend((0..5000).map(|at| named(format!("a{at}"))));
    other.columns.extend((0..5000).map(|at| named(format!("b{at}"))));
    assert_eq!(diff::tables(&one, &other).len(), 10_000);
    // One that differs from all others has a name of its own.
    one.columns[3000].comment = "the one".to_string();
    other.columns[1000].comment = "the one".to_string();
    let renamed = diff::tables(&one, &other).into_iter().filter(|it| matches!(it.what, What::ColumnRenamed { .. })).count();
    assert_eq!(renamed, 1);
}
