//! Names, keys and types: what the files under `tests/data/resolve` resolve to, and what is said where they do not.
//!
//! A case is one file; lines `# --- NAME` cut it into several, `# --- djc.toml` among them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use djc::config::{self, Config};
use djc::core::ir::{self, Default, Lineage, Origin, Pipeline, TableId};
use djc::core::source::SourceMap;
use djc::diag::codes::CODES;
use djc::diag::human::{self, Look};
use djc::diag::{Confidence, Diagnostic, Level, Sink};
use djc::parser;
use djc::project::{self, LoadOptions, Project, ProjectError, compile};
use djc::resolve::resolve;

use crate::support::{TestProject, cases, root};

/// Resolves the files of a case.
fn run(name: &str, text: &str) -> (SourceMap, Pipeline, Vec<Diagnostic>) {
    let mut pieces = vec![(name.rsplit('/').next().unwrap_or(name).to_string(), String::new())];
    for line in text.lines() {
        match line.strip_prefix("# --- ") {
            Some(name) => pieces.push((name.trim().to_string(), String::new())),
            None => {
                let piece = &mut pieces.last_mut().expect("there is a first piece").1;
                piece.push_str(line);
                piece.push('\n');
            }
        }
    }
    let (mut sources, mut sink) = (SourceMap::new(), Sink::new());
    let (mut settings, mut files) = (Config::default(), Vec::new());
    for (name, text) in pieces.iter().filter(|(_, text)| !text.is_empty()) {
        let file = sources.add(name.clone(), text.clone());
        if name == "djc.toml" {
            settings = config::read(file, text, &mut sink);
        } else {
            files.push(parser::parse(file, text, &mut sink));
        }
    }
    let pipeline = resolve(&files, &settings, &mut sink);
    let _ = project::schema_names(&pipeline, &settings.vars, &mut sink);
    (sources, pipeline, sink.into_sorted())
}

fn rendered(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    let mut out = Vec::new();
    human::write(&mut out, sources, diagnostics, Look { unicode: true, ..Look::default() }).expect("a Vec takes all");
    let mut text = String::from_utf8(out).expect("messages are UTF-8");
    for fix in diagnostics.iter().flat_map(|found| &found.fixes) {
        let confidence = match fix.confidence {
            Confidence::Safe | Confidence::Patch => "safe",
            Confidence::Likely => "likely",
        };
        let edits: Vec<String> = fix.edits.iter().map(|edit| format!("{:?} -> {:?}", sources.text(edit.span), edit.text)).collect();
        let _ = writeln!(text, "{confidence} fix: {}: {}", fix.title, edits.join(", "));
    }
    text
}

/// Writes a pipeline in few lines.
fn dump(pipeline: &Pipeline) -> String {
    let mut out = String::new();
    for schema in &pipeline.schemas {
        let external = if schema.owned { "" } else { ", not ours" };
        let _ = writeln!(out, "schema {} = {:?}, datajoint {}{external}", schema.module, schema.name.template(), schema.generation);
        schema.doc.iter().for_each(|doc| out.push_str(&format!("  ## {doc:?}\n")));
        schema.tables.iter().for_each(|id| dump_table(&mut out, pipeline, *id));
    }
    let order: Vec<String> = pipeline.order.iter().map(|id| pipeline.qualified_name(*id)).collect();
    let _ = writeln!(out, "order: {}", order.join(", "));
    out
}

fn dump_table(out: &mut String, pipeline: &Pipeline, id: TableId) {
    let table = pipeline.table(id);
    let _ = writeln!(out, "  {} {} = {:?} {:?}", table.tier.word(), pipeline.qualified_name(id), table.stored, table.comment);
    table.doc.iter().for_each(|doc| out.push_str(&format!("    ## {doc:?}\n")));
    if table.annotations != ir::Annotations::default() {
        let _ = writeln!(out, "    {:?}", table.annotations);
    }
    for (at, attribute) in table.heading.attributes.iter().enumerate() {
        let key = if table.heading.key.contains(&at) { '*' } else { ' ' };
        let default = match &attribute.default {
            Default::Required => String::new(),
            Default::Null => " = null".to_string(),
            Default::Literal(literal) => format!(" = {:?}", literal.raw),
            Default::CurrentTimestamp { .. } => " = now".to_string(),
        };
        let origin = match attribute.origin {
            Origin::Own => String::new(),
            Origin::Reference { reference, parent_attribute } => {
                let parent = table.references[reference.0 as usize].parent;
                format!(" <- {}.{}", pipeline.qualified_name(parent), pipeline.table(parent).heading.attributes[parent_attribute].name)
            }
            Origin::Platform => " <- datajoint".to_string(),
        };
        let own = Lineage { table: id, attribute: attribute.name.clone() };
        let lineage = match &attribute.lineage {
            None => String::new(),
            Some(lineage) if *lineage == own => " (lineage: own)".to_string(),
            Some(lineage) => format!(" (lineage: {}.{})", pipeline.qualified_name(lineage.table), lineage.attribute),
        };
        let renamed = attribute.renamed_from.as_ref().map_or(String::new(), |old| format!(" (was {old})"));
        let comment = if attribute.comment.is_empty() { String::new() } else { format!(" # {}", attribute.comment) };
        let _ = writeln!(out, "    {key} {}{default} : {:?}{origin}{lineage}{renamed}{comment}", attribute.name, attribute.ty);
    }
    for reference in &table.references {
        let columns: Vec<String> = reference.columns.iter().map(|map| format!("{}={}", map.child, map.parent)).collect();
        let flags =
            [(reference.primary, "key"), (reference.nullable, "nullable"), (reference.unique, "unique"), (reference.part_of, "part of")];
        let flags: Vec<&str> = flags.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
        let _ = writeln!(out, "    -> {} ({}) [{}]", pipeline.qualified_name(reference.parent), columns.join(", "), flags.join(", "));
    }
    for index in &table.indexes {
        let _ = writeln!(out, "    {}index {:?}", if index.unique { "unique " } else { "" }, index.parts);
    }
    for row in &table.contents {
        let values: Vec<String> = row.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let _ = writeln!(out, "    row {}", values.join(", "));
    }
}

#[test]
fn good_files_resolve() {
    cases("resolve/ok", |name, text| {
        let (sources, pipeline, diagnostics) = run(name, text);
        let errors: Vec<_> = diagnostics.iter().filter(|found| found.level == Level::Error).cloned().collect();
        assert!(errors.is_empty(), "{}", rendered(&sources, &errors));
        format!("{text}\n==========\n{}{}", dump(&pipeline), rendered(&sources, &diagnostics))
    });
}

#[test]
fn mistakes_are_explained() {
    cases("resolve/err", |name, text| {
        let (sources, _, diagnostics) = run(name, text);
        assert!(diagnostics.iter().any(|found| found.level >= Level::Warning), "{name} has nothing to report");
        rendered(&sources, &diagnostics)
    });
}

#[test]
fn every_code_of_resolving_has_a_case() {
    let mut seen = std::collections::BTreeSet::new();
    let mut paths = Vec::new();
    crate::support::collect(&root().join("tests/data/resolve"), &mut paths);
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("cases are readable");
        seen.extend(run("case.dj", &text).2.iter().map(|found| found.code.id));
    }
    // Files that cannot be read have tests of their own below.
    let elsewhere = ["DJ0805", "DJ0806", "DJ0807", "DJ0808", "DJ0809", "DJ0810"];
    let ours = |id: &str| {
        ["DJ01", "DJ02", "DJ0401", "DJ0402", "DJ0403", "DJ0404", "DJ0405", "DJ0406", "DJ080", "DJ0810"]
            .iter()
            .any(|band| id.starts_with(band))
    };
    let missing: Vec<&str> =
        CODES.iter().map(|code| code.id).filter(|id| ours(id) && !elsewhere.contains(id) && !seen.contains(id)).collect();
    assert!(missing.is_empty(), "codes that no case under tests/data/resolve provokes: {missing:?}");
}

fn options(project: &TestProject, paths: &[&str]) -> LoadOptions {
    LoadOptions { paths: paths.iter().map(PathBuf::from).collect(), environment: BTreeMap::new(), ..LoadOptions::new(project.path()) }
}

fn found(project: &TestProject, paths: &[&str]) -> Vec<String> {
    let loaded = Project::load(&options(project, paths)).expect("the project can be read");
    let compiled = compile(&loaded);
    let place = |found: &Diagnostic| {
        found.span.map_or(String::new(), |span| {
            let file = loaded.sources.file(span.file);
            let place = file.line_column(span.start);
            format!("{}:{}:{}: ", file.name, place.line, place.column)
        })
    };
    compiled.diagnostics.iter().map(|found| format!("{}{} {}", place(found), found.code.id, found.message)).collect()
}

const LAB: &str = "schema lab\n\nmanual Subject {\n    subject : int\n}\n";
const RIG: &str = "schema rig\nuse lab\n\nmanual Rig {\n    -> lab.Subject\n}\n";

#[test]
fn the_pipelines_of_the_repository_resolve_without_errors() {
    for name in ["workshop", "modern", "image", "spyglass"] {
        let mut options = LoadOptions::new(root().join("pipelines").join(name));
        options.environment.clear();
        let loaded = Project::load(&options).expect("a pipeline of ours");
        let compiled = compile(&loaded);
        let errors: Vec<_> = compiled.diagnostics.into_iter().filter(|found| found.level == Level::Error).collect();
        assert!(errors.is_empty(), "{name}\n{}", rendered(&loaded.sources, &errors));
    }
}

#[test]
fn one_file_resolves_against_the_sources_of_its_project() {
    let project = TestProject::with(&[("djc.toml", "[pipeline]\nsources = [\"dj/*.dj\"]\n"), ("dj/lab.dj", LAB), ("dj/rig.dj", RIG)]);
    assert_eq!(found(&project, &["dj/rig.dj"]), Vec::<String>::new());
    let loaded = Project::load(&options(&project, &["dj/rig.dj"])).expect("readable");
    let selected: Vec<&str> = loaded.selected.iter().map(|file| loaded.sources.file(*file).name.as_str()).collect();
    assert_eq!(selected, ["dj/rig.dj"]);
    assert_eq!(loaded.files.len(), 2);
}

#[test]
fn files_without_settings_are_read_where_they_stand() {
    let project = TestProject::with(&[("lab.dj", LAB), ("rig.dj", RIG), ("deep/other.dj", "schema other\n")]);
    assert_eq!(found(&project, &[]), Vec::<String>::new());
    assert_eq!(Project::load(&options(&project, &[])).expect("readable").files.len(), 2);
    assert_eq!(Project::load(&options(&project, &["deep"])).expect("readable").files.len(), 1);
}

#[test]
fn sources_that_are_no_text_are_reported_and_the_rest_is_read() {
    let project = TestProject::with(&[("djc.toml", ""), ("lab.dj", LAB), ("empty.dj", "")]);
    std::fs::write(project.path().join("latin.dj"), b"schema latin\n\nmanual Gr\xf6sse {\n").expect("writable");
    std::fs::write(project.path().join("utf16.dj"), b"\xff\xfes\0c\0").expect("writable");
    std::fs::write(project.path().join("binary.dj"), b"\x7fELF\0\0\xff\xfe").expect("writable");
    let big = std::fs::File::create(project.path().join("big.dj")).expect("writable");
    big.set_len(50_000_000).expect("a sparse file costs nothing");
    std::fs::create_dir(project.path().join("folder.dj")).expect("writable");
    assert_eq!(
        found(&project, &[]),
        [
            "empty.dj:1:1: DJ0018 this file declares nothing",
            "latin.dj:3:10: DJ0806 `latin.dj` is not UTF-8 text: byte 0xf6",
            "DJ0806 `binary.dj` is not UTF-8 text: it is binary",
            "DJ0806 `utf16.dj` is not UTF-8 text: it is UTF-16",
            "DJ0807 `big.dj` has 50 MB; sources have less than 50 MB",
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_dangling_link_is_reported() {
    let project = TestProject::with(&[("djc.toml", "[pipeline]\nsources = [\"*.dj\"]\n"), ("lab.dj", LAB)]);
    std::os::unix::fs::symlink("nowhere.dj", project.path().join("link.dj")).expect("links can be made");
    let found = found(&project, &["."]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("DJ0805 cannot read `link.dj`"), "{found:?}");
}

#[test]
fn patterns_that_match_nothing_or_something_else_are_reported_in_djc_toml() {
    let settings = "[pipeline]\nsources = [\"*.dj\", \"src/*.dj\", \"*.md\"]\n\n[schemas.labb]\nowned = false\n";
    let project = TestProject::with(&[("djc.toml", settings), ("lab.dj", LAB), ("a.md", ""), ("b.md", "")]);
    assert_eq!(
        found(&project, &[]),
        [
            "djc.toml:2:20: DJ0808 no source matches `src/*.dj`",
            "djc.toml:2:32: DJ0809 `a.md` is no `.dj` file",
            "djc.toml:4:10: DJ0810 no file declares the schema `labb`",
        ]
    );
}

#[test]
fn nothing_to_work_on_is_an_error_of_the_call() {
    let project = TestProject::new();
    assert!(matches!(Project::load(&options(&project, &[])), Err(ProjectError::Nothing { .. })));
    assert!(matches!(Project::load(&options(&project, &["nowhere.dj"])), Err(ProjectError::NotFound { .. })));
    let two = TestProject::with(&[("a/djc.toml", ""), ("b/djc.toml", ""), ("a/lab.dj", LAB), ("b/lab.dj", LAB)]);
    assert!(matches!(Project::load(&options(&two, &["a", "b"])), Err(ProjectError::TwoProjects { .. })));
    let latin = TestProject::with(&[("lab.dj", LAB)]);
    std::fs::write(latin.path().join("djc.toml"), b"name = \"\xf6\"").expect("writable");
    assert!(matches!(Project::load(&options(&latin, &[])), Err(ProjectError::NotText { .. })));
}

#[test]
fn the_command_line_wins_over_the_environment_and_both_over_the_file() {
    let settings = "[pipeline.vars]\nA = \"file\"\nB = \"file\"\nC = \"file\"\n";
    let project = TestProject::with(&[("djc.toml", settings), ("lab.dj", "schema lab as \"${A}_${B}_${C}\"\n")]);
    let mut options = options(&project, &[]);
    options.environment = BTreeMap::from(["B", "C"].map(|name| (name.to_string(), "environment".to_string())));
    options.vars = vec![("C".to_string(), "command".to_string())];
    let compiled = compile(&Project::load(&options).expect("readable"));
    assert_eq!(compiled.names, ["file_environment_command"]);
}

#[test]
fn modules_may_share_a_schema_and_may_not_share_a_table() {
    let other = |table: &str| format!("schema b as \"${{X}}\"\nmanual {table} {{\n    b : int\n}}\n");
    let a = "schema a as \"lab\"\nmanual Subject {\n    a : int\n}\n";
    let settings = "[pipeline.vars]\nX = \"lab\"\n";
    let fine = TestProject::with(&[("djc.toml", settings), ("a.dj", a), ("b.dj", &other("Session"))]);
    assert_eq!(found(&fine, &[]), Vec::<String>::new());
    let clash = TestProject::with(&[("djc.toml", settings), ("a.dj", a), ("b.dj", &other("Subject"))]);
    assert_eq!(found(&clash, &[]), ["b.dj:2:8: DJ0109 `a.Subject` and `b.Subject` would both be the table `lab`.`subject`"]);
}
