//! What datajoint made of 312 definitions, replayed: our tables, and our refusals, against the recorded ones.
//!
//! Offline, the lowered table is compared with the recorded columns, keys, indexes and comments. On servers (see
//! `cargo xtask test`) our SQL is executed and what the server reports is compared with the lowered table, which closes the
//! circle. Every difference stands in `tests/data/replay-exceptions.json` with its reason; one that is gone fails the test.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use djc::config::{Adapter, Config, SchemaConfig};
use djc::core::catalog::{Action, Column, ColumnDefault, ColumnType, ForeignKey, Index, IndexOrigin, IndexPart, Table, TableKind};
use djc::core::dialect::{Lowered, Options, Server, Target, lower};
use djc::core::ir::{Charset, Generation};
use djc::core::source::SourceMap;
use djc::diag::{Level, Sink};
use djc::{parser, resolve};
use djc_runtime::inspect::{mysql_type, postgres_type};
use djc_runtime::{ConnectOptions, DatabaseUrl, Db, InspectOptions};
use serde::Deserialize;
use serde_json::Value;

use crate::support::root;

/// One of the three recordings.
#[derive(Debug, Clone, Copy)]
struct Recording {
    /// The key in the case file, and the name in the exceptions.
    key: &'static str,
    generation: Generation,
    server: Server,
}

const RECORDINGS: [Recording; 3] = [
    Recording { key: "result_014", generation: Generation::Classic, server: Server::MariaDb },
    Recording { key: "result_23_mysql", generation: Generation::Modern, server: Server::MariaDb },
    Recording { key: "result_23_postgres", generation: Generation::Modern, server: Server::Postgres },
];

fn data(name: &str) -> Value {
    let path = root().join("tests/data").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The definitions around one case, as files of a project.
struct Sources {
    files: Vec<(String, String)>,
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn table_source(definition: &Value, inner: &str) -> String {
    format!("{} {} {{\n{}\n{inner}}}\n", text(definition, "tier"), text(definition, "class_name"), text(definition, "text"))
}

impl Sources {
    /// Writes a case as `.dj`: the case in a module `replay`, its context there too or in modules of its own.
    fn new(case: &Value, context: &Value) -> Self {
        let mut files: BTreeMap<&str, String> = BTreeMap::from([("replay", "schema replay\n".to_string())]);
        let names = case["context_tables"].as_array().cloned().unwrap_or_default();
        let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect::<Vec<_>>();
        for module in ["lab", "other"] {
            if names.iter().any(|name| name.starts_with(&format!("{module}."))) {
                files.insert(module, format!("schema {module}\n"));
                files.get_mut("replay").expect("just put there").push_str(&format!("use {module}\n"));
            }
        }
        for name in names {
            let (module, class) = name.split_once('.').unwrap_or(("replay", name));
            let definition = &context[class];
            let parts = definition["parts"].as_object().cloned().unwrap_or_default();
            let parts: String = parts
                .iter()
                .map(|(name, body)| format!("part {name} {{\n{}\n}}\n", body.as_str().expect("a definition is text")))
                .collect();
            files.get_mut(module).expect("all modules are there").push_str(&table_source(definition, &parts));
        }
        let source = match &case["master"] {
            Value::Null => table_source(case, ""),
            master => table_source(master, &table_source(case, "")),
        };
        files.get_mut("replay").expect("put there first").push_str(&source);
        Sources { files: files.into_iter().map(|(module, text)| (format!("{module}.dj"), text)).collect() }
    }
}

/// What djc makes of a case.
struct Outcome {
    lowered: Lowered,
    /// The physical schemas, that of the case first.
    schemas: Vec<String>,
    /// Names of the errors and problems; empty when accepted.
    refusals: Vec<String>,
}

fn compile(case: &Value, context: &Value, recording: Recording, prefix: &str, charset: &str) -> Outcome {
    let switches = &case["config"];
    let on = |key: &str| switches[key] == true;
    let mut config = Config { generation: recording.generation, charset: Charset::Server, ..Config::default() };
    config.datajoint.support_filepath_management = on("filepath");
    config.datajoint.support_adapted_types = Some(on("adapted"));
    let adapters: &[(&str, &str)] = match recording.generation {
        Generation::Classic => &[("graphy", "longblob")],
        Generation::Modern => &[("mycodec", "bytes"), ("graphy", "json")],
    };
    for (name, ty) in adapters {
        config.adapters.insert(name.to_string(), Adapter { type_text: ty.to_string(), ..Adapter::default() });
    }
    // The digest in the name of the hidden timestamp was taken over the schema that the case was recorded in.
    let lab = if text(case, "id") == "cfg01" { "c0_cfg01".to_string() } else { format!("{prefix}lab") };
    for (module, schema) in [("replay", lab.clone()), ("lab", lab.clone()), ("other", format!("{prefix}other_schema"))] {
        config.schemas.insert(module.to_string(), SchemaConfig { name: Some(schema), ..SchemaConfig::default() });
    }

    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let files: Vec<_> = Sources::new(case, context)
        .files
        .into_iter()
        .map(|(name, text)| {
            let file = sources.add(name, text.as_str());
            parser::parse(file, &text, &mut sink)
        })
        .collect();
    let pipeline = resolve::resolve(&files, &config, &mut sink);
    let names: Vec<String> =
        pipeline.schemas.iter().map(|schema| schema.name.resolve(&config.vars).expect("the names have no variables")).collect();
    let target = Target { server: recording.server, version: None, charset: charset.to_string() };
    let options = Options {
        add_hidden_timestamp: on("add_hidden_timestamp"),
        add_job_metadata: on("jobs.add_job_metadata"),
        provenance: on("provenance.capture"),
        stores: Some(BTreeSet::from(["ext".to_string()])),
        ..Options::default()
    };
    let lowered = lower(&pipeline, &names, &target, &options);
    let mut refusals: Vec<String> = sink
        .diagnostics()
        .iter()
        .filter(|diagnostic| diagnostic.code.level == Level::Error)
        .map(|diagnostic| diagnostic.code.slug.to_string())
        .collect();
    refusals.extend(lowered.problems.iter().map(|problem| {
        let debug = format!("{:?}", problem.kind);
        debug.split([' ', '{', '(']).next().unwrap_or_default().to_string()
    }));
    refusals.dedup();
    let mut schemas: Vec<String> = vec![lab];
    schemas.extend(names);
    let mut seen = BTreeSet::new();
    schemas.retain(|name| seen.insert(name.clone()));
    Outcome { lowered, schemas, refusals }
}

/// Returns the cases that djc accepts for a server, each with its name and in schemas of its own.
pub(crate) fn accepted(generation: Generation, server: Server, prefix: &str, charset: &str) -> Vec<(String, Lowered)> {
    let file = data("definition-cases.json");
    let recording = Recording { key: "", generation, server };
    let lower = |case: &Value| {
        let id = text(case, "id");
        let outcome = compile(case, &file["context_definitions"], recording, &format!("{prefix}{id}_"), charset);
        outcome.refusals.is_empty().then(|| (id.to_string(), outcome.lowered))
    };
    file["cases"].as_array().expect("`cases` is a list").iter().filter_map(lower).collect()
}

/// Reads a recorded table into the catalog, as inspection would.
fn recorded_table(recorded: &Value, schema: &str, ours: &Table, recording: Recording) -> Table {
    let list = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().map(|name| name.as_str().expect("a name").to_string()).collect()
    };
    let columns = recorded["columns"].as_array().expect("columns are recorded").iter().map(|column| {
        let name = text(column, "name").to_string();
        let spelled = text(column, "column_type");
        let ty = match recording.server {
            Server::Postgres => match spelled.split_once(".enum_") {
                // The values of a type were not recorded; its name is a digest of them.
                Some((schema, digest)) => ColumnType::Enum {
                    name: Some((schema.to_string(), format!("enum_{digest}"))),
                    values: match ours.column(&name).map(|column| &column.ty) {
                        Some(ColumnType::Enum { values, .. }) => values.clone(),
                        _ => Vec::new(),
                    },
                },
                None => postgres_type(spelled),
            },
            Server::MySql | Server::MariaDb | Server::Sqlite if spelled == "longtext" => ColumnType::Json,
            Server::MySql | Server::MariaDb | Server::Sqlite => mysql_type(spelled),
        };
        let extra = text(column, "extra").to_lowercase();
        let on_update = extra
            .split_once("on update current_timestamp")
            .map(|(_, rest)| rest.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0));
        let default = column["default"].as_str().map_or(ColumnDefault::None, |text| ColumnDefault::Expression(text.to_string()));
        // The recorder of MariaDB put `on update` behind the default.
        Column {
            ty,
            nullable: column["nullable"] == true,
            default,
            comment: text(column, "comment").to_string(),
            auto_increment: extra.contains("auto_increment"),
            on_update,
            charset: None,
            declared: None,
            name,
        }
    });
    let action = |word: &str| match word {
        "CASCADE" => Action::Cascade,
        "RESTRICT" => Action::Restrict,
        other => panic!("no such action was recorded: {other}"),
    };
    let foreign_keys = recorded["foreign_keys"].as_array().into_iter().flatten().map(|key| ForeignKey {
        name: None,
        columns: list(&key["columns"]),
        parent_schema: text(key, "ref_schema").to_string(),
        parent_table: text(key, "ref_table").to_string(),
        parent_columns: list(&key["ref_columns"]),
        on_update: action(text(key, "on_update")),
        on_delete: action(text(key, "on_delete")),
    });
    let indexes = recorded["indexes"].as_array().into_iter().flatten().map(|index| Index {
        name: Some(text(index, "name").to_string()),
        unique: index["unique"] == true,
        parts: list(&index["columns"])
            .into_iter()
            .map(|column| match column.split_once('(') {
                None => IndexPart::Column { name: column, length: None, descending: false },
                Some((name, length)) => {
                    let length = length.trim_end_matches(')').parse().ok();
                    IndexPart::Column { name: name.to_string(), length, descending: false }
                }
            })
            .collect(),
        origin: IndexOrigin::Live,
    });
    Table {
        schema: schema.to_string(),
        name: text(recorded, "table_name").to_string(),
        kind: TableKind::Base,
        columns: columns.collect(),
        primary_key: list(&recorded["primary_key"]),
        foreign_keys: foreign_keys.collect(),
        indexes: indexes.collect(),
        comment: text(recorded, "table_comment").to_string(),
        engine: recording.server.is_mysql_family().then(|| "InnoDB".to_string()),
        charset: None,
        generation: None,
    }
}

/// Says what differs between two normalised tables, theirs first.
fn differences(theirs: &Table, ours: &Table) -> Vec<String> {
    let mut out = Vec::new();
    if theirs.name != ours.name {
        out.push(format!("table name: {} → {}", theirs.name, ours.name));
    }
    if theirs.comment != ours.comment {
        out.push(format!("table comment: {:?} → {:?}", theirs.comment, ours.comment));
    }
    let names = |table: &Table| table.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    if names(theirs) != names(ours) {
        out.push(format!("columns: {:?} → {:?}", names(theirs), names(ours)));
    }
    for (theirs, ours) in theirs.columns.iter().filter_map(|column| Some((column, ours.column(&column.name)?))) {
        if theirs != ours {
            let mut line = format!("column {}:", theirs.name);
            if theirs.ty != ours.ty {
                write!(line, " type {:?} → {:?}", theirs.ty, ours.ty).expect("a string");
            }
            if theirs.comment != ours.comment {
                write!(line, " comment {:?} → {:?}", theirs.comment, ours.comment).expect("a string");
            }
            let rest = |column: &Column| {
                format!(
                    "{:?}",
                    (column.nullable, &column.default, column.auto_increment, column.on_update, &column.charset, &column.declared)
                )
            };
            if rest(theirs) != rest(ours) {
                write!(line, " {} → {}", rest(theirs), rest(ours)).expect("a string");
            }
            out.push(line);
        }
    }
    if theirs.primary_key != ours.primary_key {
        out.push(format!("primary key: {:?} → {:?}", theirs.primary_key, ours.primary_key));
    }
    if theirs.foreign_keys != ours.foreign_keys {
        out.push(format!("foreign keys: {:?} → {:?}", theirs.foreign_keys, ours.foreign_keys));
    }
    if theirs.indexes != ours.indexes {
        out.push(format!("indexes: {:?} → {:?}", theirs.indexes, ours.indexes));
    }
    out
}

/// The recorder did not look at the direction of index columns.
fn forget_direction(table: &mut Table) {
    for index in &mut table.indexes {
        for part in &mut index.parts {
            if let IndexPart::Column { descending, .. } = part {
                *descending = false;
            }
        }
    }
}

/// A known difference.
#[derive(Debug, Deserialize)]
struct Exception {
    case: String,
    target: String,
    /// Why it differs.
    reason: String,
    /// Whether the specification marks what datajoint does there as a defect.
    bug: bool,
    difference: String,
}

/// Compares one outcome with its recording; `None` when they agree.
fn difference(case: &Value, recording: Recording, outcome: &Outcome) -> Option<String> {
    let recorded = &case[recording.key];
    let kind = recorded["error_kind"].as_str().unwrap_or_default();
    match (recorded["ok"] == true, outcome.refusals.is_empty()) {
        (true, false) => Some(format!("accepted → refused: {}", outcome.refusals.join(", "))),
        (false, true) => Some(format!("refused: {kind} → accepted")),
        (false, false) => {
            let expected = kinds(kind);
            let fits = expected.is_empty() || outcome.refusals.iter().any(|refusal| expected.contains(&refusal.as_str()));
            (!fits).then(|| format!("refused: {kind} → refused: {}", outcome.refusals.join(", ")))
        }
        (true, true) => {
            let schema = &outcome.schemas[0];
            let Some(ours) = outcome.lowered.catalog.table(schema, text(recorded, "table_name")) else {
                return Some(format!("no table {}", text(recorded, "table_name")));
            };
            let mut ours = ours.clone();
            let mut theirs = recorded_table(recorded, schema, &ours, recording);
            let dialect = recording.server.dialect();
            dialect.normalize(&mut theirs);
            dialect.normalize(&mut ours);
            forget_direction(&mut ours);
            let found = differences(&theirs, &ours);
            assert_eq!(found.is_empty(), theirs == ours, "every part of a table is looked at");
            (!found.is_empty()).then(|| found.join("; "))
        }
    }
}

/// Returns the slugs that a kind of refusal may have here; none for those of the server, where the recording has a number only.
fn kinds(kind: &str) -> &'static [&'static str] {
    match kind {
        "attribute_syntax" => {
            &["attribute-syntax", "attribute-name", "syntax", "host-language-text", "index-syntax", "reference-syntax", "legacy-reference"]
        }
        "unsupported_type" => &["unsupported-type"],
        "core_type_spelling" => &["core-type-spelling"],
        "nullable_key" => &["nullable-key"],
        "nullable_key_reference" => &["nullable-key-reference", "nullable-key"],
        "reference_option" => &["reference-option"],
        "reference_syntax" => &["reference-syntax", "legacy-reference"],
        "reference_unresolved" => &["unknown-table", "reference-target", "reference-expression", "self-reference", "reference-option"],
        "reference_unsupported" => &["reference-expression", "reference-target"],
        "attribute_comment_colon" => &["attribute-comment-colon"],
        "table_comment_colon" => &["table-comment-colon"],
        "no_primary_key" => &["no-primary-key"],
        "name_too_long" => &["NameTooLong"],
        "class_name" => &["class-name", "table-name-case", "table-head"],
        "index_syntax" => &["index-syntax", "index-attribute"],
        "blob_default" => &["blob-default"],
        "reserved_underscore" => &["reserved-underscore", "underscore-separator"],
        "codec_unknown" => &["codec-unknown"],
        "codec_needs_store" => &["codec-needs-store"],
        "adapted_disabled" => &["adapted-disabled"],
        "filepath_disabled" => &["filepath-disabled"],
        _ => &[],
    }
}

#[test]
fn tables_and_refusals_are_those_that_datajoint_gave() {
    let file = data("definition-cases.json");
    let cases = file["cases"].as_array().expect("`cases` is a list");
    assert_eq!(cases.len(), 312, "all recorded cases are replayed");
    let exceptions: Vec<Exception> = serde_json::from_value(data("replay-exceptions.json")).expect("exceptions have their five keys");
    let known: BTreeMap<(&str, &str), &Exception> =
        exceptions.iter().map(|exception| ((exception.case.as_str(), exception.target.as_str()), exception)).collect();
    assert_eq!(known.len(), exceptions.len(), "an exception stands twice");

    let mut failures = Vec::new();
    let mut used = BTreeSet::new();
    for recording in RECORDINGS {
        let (mut accepted, mut refused, mut excepted) = (0, 0, 0);
        for case in cases {
            let id = text(case, "id");
            let outcome = compile(case, &file["context_definitions"], recording, "", "latin1");
            let found = difference(case, recording, &outcome);
            let exception = known.get(&(id, recording.key));
            match (&found, exception) {
                (Some(found), Some(exception)) if *found == exception.difference => {
                    used.insert((id, recording.key));
                    excepted += 1;
                }
                (Some(found), _) => failures.push(format!("{id} {}: {found}", recording.key)),
                (None, Some(exception)) => failures.push(format!("{id} {}: no longer differs ({})", recording.key, exception.reason)),
                (None, None) if case[recording.key]["ok"] == true => accepted += 1,
                (None, None) => refused += 1,
            }
        }
        println!("{}: {accepted} tables and {refused} refusals as recorded, {excepted} exceptions", recording.key);
    }
    let beside_bugs = exceptions.iter().filter(|exception| !exception.bug).count();
    println!("exceptions: {} where datajoint is at fault, {beside_bugs} beside", exceptions.len() - beside_bugs);
    assert!(failures.is_empty(), "{} outcomes differ:\n{}", failures.len(), failures.join("\n"));
    assert!(
        exceptions.iter().all(|exception| used.contains(&(exception.case.as_str(), exception.target.as_str()))),
        "an exception of no case"
    );
    assert!(beside_bugs <= 15, "{beside_bugs} exceptions outside of datajoint's own defects");
    assert!(exceptions.iter().all(|exception| !exception.reason.trim().is_empty()), "an exception says why");
}

/// Returns the URL of a server, or says aloud that it is skipped.
pub(crate) fn server_url(server: Server) -> Option<String> {
    let variable = match server {
        Server::MariaDb => "DJC_TEST_MARIADB",
        Server::MySql => "DJC_TEST_MYSQL",
        Server::Postgres => "DJC_TEST_POSTGRES",
        Server::Sqlite => return Some("sqlite::memory:".to_string()),
    };
    match std::env::var(variable) {
        Ok(url) if !url.is_empty() => Some(url),
        Ok(_) | Err(_) => {
            let required = std::env::var("DJC_REQUIRE_SERVERS").is_ok_and(|value| !value.is_empty() && value != "0");
            assert!(!required || server == Server::MySql, "DJC_REQUIRE_SERVERS is set, but {variable} is not");
            println!("skipped: replay on {}, because {variable} is not set", server.as_str());
            None
        }
    }
}

pub(crate) async fn drop_schemas(db: &mut Db, schemas: &[String]) {
    let quoting = db.server().dialect().facts().quoting;
    // A schema of the second name may be referenced by the first, so that the first goes first.
    for schema in schemas {
        let name = quoting.name(schema);
        let sql = match db.server() {
            Server::MySql | Server::MariaDb => format!("DROP DATABASE IF EXISTS {name}"),
            Server::Postgres => format!("DROP SCHEMA IF EXISTS {name} CASCADE"),
            Server::Sqlite => continue,
        };
        db.execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

/// Executes our SQL for every case that djc accepts, twice, and holds what the server reports against the lowered tables.
async fn replay_on(recording: Recording, url: &str) -> (usize, Vec<String>) {
    let file = data("definition-cases.json");
    let dialect = recording.server.dialect();
    let prefix = format!("djcr{}_{}_", crate::support::run_id(), recording.key.len());
    let (mut compared, mut failures) = (0, Vec::new());
    let url = DatabaseUrl::parse(url).expect("the test URL is one");
    let mut db = Db::connect(&url, &ConnectOptions::default()).await.expect("the server answers");
    let charset = db.target().charset.clone();
    for case in file["cases"].as_array().expect("`cases` is a list") {
        let id = text(case, "id");
        let outcome = compile(case, &file["context_definitions"], recording, &prefix, &charset);
        if !outcome.refusals.is_empty() {
            continue;
        }
        if recording.server == Server::Sqlite {
            db = Db::connect(&url, &ConnectOptions::default()).await.expect("memory is there");
        }
        drop_schemas(&mut db, &outcome.schemas).await;
        let mut refused = None;
        // What has run once can run again.
        for change in outcome.lowered.changes.iter().chain(&outcome.lowered.changes) {
            for statement in dialect.render(change) {
                if refused.is_none()
                    && let Err(error) = db.execute(&statement.sql).await
                {
                    refused = Some(format!("{id} {}: the server refuses: {error}\n{}", recording.key, statement.sql));
                }
            }
        }
        if let Some(refused) = refused {
            failures.push(refused);
            drop_schemas(&mut db, &outcome.schemas).await;
            continue;
        }
        let schemas = Some(outcome.schemas.clone());
        let live =
            db.inspect(&InspectOptions { schemas, ..InspectOptions::default() }).await.expect("what was created can be read").catalog;
        for ours in outcome.lowered.catalog.tables() {
            let mut ours = ours.clone();
            dialect.normalize(&mut ours);
            let Some(theirs) = live.table(&ours.schema, &ours.name) else {
                failures.push(format!("{id} {}: `{}`.`{}` is not there", recording.key, ours.schema, ours.name));
                continue;
            };
            let mut theirs = theirs.clone();
            dialect.normalize(&mut theirs);
            let found = differences(&theirs, &ours);
            if theirs != ours {
                failures.push(format!(
                    "{id} {} {}: {} / {:?} {:?}",
                    recording.key,
                    ours.name,
                    found.join("; "),
                    (theirs.kind, &theirs.engine, theirs.generation),
                    (ours.kind, &ours.engine, ours.generation)
                ));
            }
        }
        for (name, schema) in &outcome.lowered.catalog.schemas {
            let theirs = live.schemas.get(name).and_then(|schema| schema.lineage.clone());
            if schema.lineage != theirs {
                failures.push(format!("{id} {}: lineage of {name}: {theirs:?} → {:?}", recording.key, schema.lineage));
            }
        }
        compared += 1;
        drop_schemas(&mut db, &outcome.schemas).await;
    }
    db.close().await;
    (compared, failures)
}

fn replay_live(recordings: &[Recording]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let mut failures = Vec::new();
    for recording in recordings {
        let Some(url) = server_url(recording.server) else { continue };
        let (compared, found) = runtime.block_on(replay_on(*recording, &url));
        println!("{} on {}: {compared} cases created and read back", recording.key, recording.server.as_str());
        failures.extend(found);
    }
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn mariadb_reports_the_tables_that_were_lowered() {
    replay_live(&RECORDINGS[..2]);
}

#[test]
fn postgres_reports_the_tables_that_were_lowered() {
    let classic = Recording { key: "result_014", generation: Generation::Classic, server: Server::Postgres };
    replay_live(&[RECORDINGS[2], classic]);
}

#[test]
fn mysql_reports_the_tables_that_were_lowered() {
    replay_live(&RECORDINGS[..2].iter().map(|recording| Recording { server: Server::MySql, ..*recording }).collect::<Vec<_>>());
}

#[test]
fn sqlite_reports_the_tables_that_were_lowered() {
    replay_live(&RECORDINGS[..2].iter().map(|recording| Recording { server: Server::Sqlite, ..*recording }).collect::<Vec<_>>());
}
