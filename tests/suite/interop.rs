//! The real datajoint on djc's tables: Python of both generations opens, fills and describes what djc deployed.
//!
//! For each shipped pipeline, djc deploys one set of schemas and `tests/python/interop.py` has datajoint declare the same definitions
//! in another; both must be the same for the server, for `describe()` and for a no-change `alter()`, and rows must go in and come
//! back. A Rust program that is built from the definitions must accept what datajoint declared. The Python environments are made under
//! target/python from PyPI; where that cannot be had the test says so and is skipped.

use std::path::PathBuf;
use std::process::Command;

use djc::core::ir::{Generation, Pipeline, TableId, Tier};
use djc::core::source::SourceMap;
use djc::diag::Sink;
use djc::parser::{self, ast};
use djc::{config, resolve};
use serde_json::{Value, json};

use crate::python::with_datajoint;
use crate::support::{TestProject, collect, root, server};

const MARIADB: &str = "DJC_TEST_MARIADB";
const MYSQL: &str = "DJC_TEST_MYSQL";
const POSTGRES: &str = "DJC_TEST_POSTGRES";

#[test]
fn datajoint_0_14_reads_and_writes_the_classic_pipelines() {
    for pipeline in ["workshop", "image", "spyglass"] {
        hold_against_datajoint(pipeline, Generation::Classic, MARIADB);
    }
}

#[test]
fn datajoint_2_reads_and_writes_the_modern_pipeline_on_mariadb() {
    hold_against_datajoint("modern", Generation::Modern, MARIADB);
}

#[test]
fn datajoint_2_reads_and_writes_the_modern_pipeline_on_postgres() {
    hold_against_datajoint("modern", Generation::Modern, POSTGRES);
}

#[test]
fn datajoint_2_reads_and_writes_the_modern_pipeline_on_mysql() {
    hold_against_datajoint("modern", Generation::Modern, MYSQL);
}

#[test]
fn datajoint_0_14_reads_and_writes_the_workshop_on_mysql() {
    hold_against_datajoint("workshop", Generation::Classic, MYSQL);
}

/// Definitions that datajoint shall declare.
pub(crate) struct Shipped {
    toml: String,
    sources: SourceMap,
    files: Vec<ast::File>,
    pipeline: Pipeline,
}

impl Shipped {
    /// Reads one of the pipelines in pipelines/.
    fn read(name: &str) -> Self {
        let mut paths = Vec::new();
        collect(&root().join("pipelines").join(name), &mut paths);
        let read = |path: &PathBuf| std::fs::read_to_string(path).expect("a shipped file is readable");
        let toml = paths.iter().find(|path| path.ends_with("djc.toml")).map(read).expect("a pipeline has a djc.toml");
        let dj = paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "dj"));
        let files = dj.map(|path| (path.file_name().expect("a file").to_string_lossy().into_owned(), read(path)));
        Shipped::of(toml, files.collect())
    }

    /// Returns files `(name, text)` that have no errors.
    pub(crate) fn of(toml: String, texts: Vec<(String, String)>) -> Self {
        let mut sources = SourceMap::new();
        let mut sink = Sink::new();
        let mut settings = SourceMap::new();
        let config = config::read(settings.add("djc.toml", toml.as_str()), &toml, &mut sink);
        let mut files = Vec::new();
        for (name, text) in texts {
            let file = sources.add(name, text.as_str());
            files.push(parser::parse(file, &text, &mut sink));
        }
        let pipeline = resolve::resolve(&files, &config, &mut sink);
        assert!(!sink.has_errors(), "there are errors: {:?}", sink.diagnostics());
        Shipped { toml, sources, files, pipeline }
    }

    /// Returns what `tests/python/interop.py` wants to know of each table.
    pub(crate) fn tables(&self) -> Vec<Value> {
        let of = |file: &ast::File| {
            let module = file.schemas().next().expect("a file has a schema line").name.value.clone();
            let names = names_in_scope(file);
            file.tables().map(|table| table_spec(self, &module, table, &names)).collect::<Vec<_>>()
        };
        self.files.iter().flat_map(of).collect()
    }
}

/// Deploys the pipeline with djc, has datajoint declare it a second time, and compares.
fn hold_against_datajoint(name: &str, generation: Generation, variable: &str) {
    let Some(url) = server(variable) else { return };
    let Some(python) = with_datajoint(generation) else { return };
    let shipped = Shipped::read(name);
    let tag = format!("i{}{}", crate::support::run_id(), variable.chars().last().expect("a name").to_ascii_lowercase());

    let project = TestProject::new();
    let (mut toml, mut their_toml) = (shipped.toml.clone(), shipped.toml.clone());
    let mut schemas = Vec::new();
    for schema in &shipped.pipeline.schemas {
        let (ours, theirs) = (format!("{tag}o_{}", schema.module), format!("{tag}t_{}", schema.module));
        toml.push_str(&format!("\n[schemas.{}]\nname = \"{ours}\"\n", schema.module));
        their_toml.push_str(&format!("\n[schemas.{}]\nname = \"{theirs}\"\n", schema.module));
        schemas.push(json!({ "module": schema.module, "ours": ours, "theirs": theirs }));
    }
    project.write("djc.toml", &toml);
    project.write("theirs/djc.toml", &their_toml);
    for (_, file) in shipped.sources.files() {
        project.write(&file.name, &file.text);
        project.write(&format!("theirs/{}", file.name), &file.text);
    }
    let files: Vec<&str> = shipped.sources.files().map(|(_, file)| file.name.as_str()).collect();
    project.djc(&[&["deploy", "--database", &url, "--charset", "server"], files.as_slice()].concat()).exits(0);
    // Both are held against the definitions when datajoint has declared, filled and altered what it likes.
    let check = |folder: &str| {
        let folder = project.path().join(folder).display().to_string();
        let check = [env!("CARGO_BIN_EXE_djc"), "-C", &folder, "check", "--database", &url];
        check.into_iter().chain(files.iter().copied()).map(str::to_string).collect::<Vec<String>>()
    };
    let checks = json!({ "ours": check("."), "theirs": check("theirs") });

    let tables = shipped.tables();
    let spec = json!({
        "generation": generation.as_str(), "url": url, "stores": ["raw", "analysis"], "schemas": schemas, "tables": tables, "checks": checks,
        "keep": true,
    });
    project.write("interop.json", &spec.to_string());
    let out = Command::new(python)
        .arg(root().join("tests/python/interop.py"))
        .arg(project.path().join("interop.json"))
        .output()
        .expect("python starts");
    let printed = String::from_utf8_lossy(&out.stdout);
    let errors = String::from_utf8_lossy(&out.stderr);
    let last = printed.lines().last().unwrap_or_default();
    let report: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("no report of {name}:\n{printed}\n{errors}"));
    let findings = report["findings"].as_array().expect("a list of findings");
    assert!(findings.is_empty(), "{name} on {variable}:\n{}", serde_json::to_string_pretty(findings).expect("JSON"));
    crate::interop_runtime::accepts(&url, &project.path().join("theirs"));
    let theirs = schemas.iter().map(|schema| schema["theirs"].as_str().expect("a name").to_string()).collect();
    crate::pull::survives(&url, &theirs, generation);
    let parts: usize = tables.iter().map(|table| table["parts"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!(report["tables"], json!(tables.len() + parts), "every table was looked at");
    println!(
        "datajoint {} on {variable}: {name}: {} tables identical, {} rows there and back; skipped: {}",
        report["datajoint"].as_str().unwrap_or("?"),
        report["tables"],
        report["rows"],
        report["skipped"]
    );
}

/// What a `use` line brings in: (name here, module, class or none for the module itself).
fn names_in_scope(file: &ast::File) -> Vec<Value> {
    let mut out = Vec::new();
    for line in file.uses() {
        let module = &line.module.value;
        let mut one = |name: &ast::UseName| {
            let alias = name.alias.as_ref().unwrap_or(&name.name);
            out.push(json!([alias.value, module, name.name.value]));
        };
        match &line.names {
            ast::UseNames::Module(alias) => {
                let alias = alias.as_ref().map_or(module, |alias| &alias.value).clone();
                out.push(json!([alias, module, Value::Null]));
            }
            ast::UseNames::One(name) => one(name),
            ast::UseNames::Many(names) => names.iter().for_each(one),
        }
    }
    out
}

fn table_spec(shipped: &Shipped, module: &str, table: &ast::Table, names: &[Value]) -> Value {
    let Shipped { sources, pipeline, .. } = shipped;
    let id = find(pipeline, module, &table.name.value);
    let family: Vec<TableId> = pipeline
        .tables()
        .filter(|(other, candidate)| *other == id || matches!(candidate.tier, Tier::Part { master } if master == id))
        .map(|(other, _)| other)
        .collect();
    let mut needs: Vec<String> = family
        .iter()
        .flat_map(|member| &pipeline.table(*member).references)
        .map(|reference| {
            let parent = pipeline.table(reference.parent);
            let top = match parent.tier {
                Tier::Part { master } => pipeline.table(master),
                _ => parent,
            };
            format!("{}.{}", pipeline.schema(top.schema).module, top.class)
        })
        .filter(|need| *need != format!("{module}.{}", table.name.value))
        .collect();
    needs.sort();
    needs.dedup();
    let contents: Vec<&str> = table
        .body
        .iter()
        .filter_map(|item| match item {
            ast::BodyItem::Contents(contents) => Some(contents),
            _ => None,
        })
        .flat_map(|contents| &contents.rows)
        .filter_map(|row| match row {
            ast::ContentsItem::Row { span, .. } => Some(sources.text(*span)),
            ast::ContentsItem::Comment(_) | ast::ContentsItem::Blank(_) | ast::ContentsItem::Error(_) => None,
        })
        .collect();
    let mut definition = definition(sources, table);
    if pipeline.table(id).annotations.merge && !definition.contains(':') {
        definition.push_str("merge_id : uuid\n---\nsource : varchar(32)\n");
    }
    json!({
        "module": module, "class": table.name.value, "tier": pipeline.table(id).tier.word(), "definition": definition,
        "parts": table.parts().map(|part| json!({ "class": part.name.value, "definition": self::definition(sources, part) })).collect::<Vec<_>>(),
        "needs": needs, "contents": contents, "names": names,
    })
}

fn find(pipeline: &Pipeline, module: &str, class: &str) -> TableId {
    pipeline
        .tables()
        .find(|(_, table)| {
            table.class == class && pipeline.schema(table.schema).module == module && !matches!(table.tier, Tier::Part { .. })
        })
        .map(|(id, _)| id)
        .expect("every table of the tree is in the pipeline")
}

/// The definition as a Python class would hold it: the source lines of the body, without parts and contents.
fn definition(sources: &SourceMap, table: &ast::Table) -> String {
    let mut out = String::new();
    for item in &table.body {
        let span = match item {
            ast::BodyItem::TableComment(text) => text.span,
            ast::BodyItem::Separator(line) => line.span,
            ast::BodyItem::Attribute(line) => line.span,
            ast::BodyItem::Reference(line) => line.span,
            ast::BodyItem::Index(line) => line.span,
            ast::BodyItem::Comment(_)
            | ast::BodyItem::Blank(_)
            | ast::BodyItem::Part(_)
            | ast::BodyItem::Contents(_)
            | ast::BodyItem::Error(_) => continue,
        };
        let file = sources.file(span.file);
        out.push_str(file.line(file.line_column(span.start).line).trim());
        out.push('\n');
    }
    out
}
