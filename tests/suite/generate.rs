//! `djc generate`: files that are what they should be, that nobody loses, and from which the pipeline can be read back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use djc::codegen::python::{Methods, Python};
use djc::codegen::{Input, Target};
use djc::core::dialect::{self, Server, lower};
use djc::core::ir::{Generation, Pipeline, SchemaId, TableId};
use djc::core::source::SourceMap;
use djc::diag::{Diagnostic, Level, Sink, codes};
use djc::import::{python, python_files};
use djc::output::Files;
use djc::parser::ast::{self, UseNames};
use djc::project::{self, LoadOptions, Project};
use serde_json::Value;

use crate::python::with_datajoint;
use crate::support::{TestProject, cases, collect, root, server};

const PIPELINES: [&str; 4] = ["workshop", "image", "spyglass", "modern"];

/// A pipeline that was read from a folder.
struct Read {
    project: Project,
    pipeline: Pipeline,
    names: Vec<String>,
    errors: Vec<Diagnostic>,
}

impl Read {
    fn of(folder: &Path) -> Option<Read> {
        let mut options = LoadOptions::new(folder);
        options.environment.clear();
        let project = Project::load(&options).ok()?;
        let project::Compiled { pipeline, names, mut diagnostics } = project::compile(&project);
        diagnostics.retain(|found| found.level == Level::Error && found.code.id != codes::UNSET_VARIABLE.id);
        Some(Read { project, pipeline, names, errors: diagnostics })
    }

    /// Returns the Python of all its schemas, and what was found.
    fn python(&self) -> (Files, Vec<Diagnostic>) {
        let mut sink = Sink::new();
        let input = Input {
            pipeline: &self.pipeline,
            names: &self.names,
            files: &self.project.files,
            sources: &self.project.sources,
            config: &self.project.config,
            defaults: &self.project.defaults,
            wanted: (0..self.pipeline.schemas.len() as u32).map(SchemaId).collect(),
            lowering: dialect::Options::default(),
            methods: Methods::default(),
        };
        let files = Python.generate(&input, &mut sink);
        (files, sink.into_sorted())
    }

    /// Returns everything that the tables are, by name; ids, which depend on the order of files, are names.
    fn facts(&self) -> BTreeMap<String, Value> {
        let mut facts = BTreeMap::new();
        for schema in &self.pipeline.schemas {
            let mut value = serde_json::to_value(schema).expect("the model is plain data");
            value["tables"] = Value::from(schema.tables.len());
            facts.insert(schema.module.clone(), value);
        }
        for (id, table) in self.pipeline.tables() {
            let mut value = serde_json::to_value(table).expect("the model is plain data");
            self.with_names(&mut value);
            if let Some(written) = value["annotations"]["key_source"].as_str() {
                let file = self.project.files.iter().find(|file| file.file == table.span.file).expect("its tree");
                value["annotations"]["key_source"] = Value::from(plain(written, file));
            }
            facts.insert(self.pipeline.qualified_name(id), value);
        }
        facts
    }

    fn with_names(&self, value: &mut Value) {
        match value {
            Value::Object(entries) => {
                for (key, inner) in entries {
                    match (key.as_str(), inner.as_u64()) {
                        ("parent" | "master" | "table" | "nwb_table", Some(id)) => {
                            *inner = Value::from(self.pipeline.qualified_name(TableId(id as u32)));
                        }
                        ("schema", Some(id)) => *inner = Value::from(self.pipeline.schema(SchemaId(id as u32)).module.clone()),
                        _ => self.with_names(inner),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.with_names(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Returns the tables as a server would have them, in order of name.
    fn catalog(&self) -> Vec<String> {
        let lowered = lower(&self.pipeline, &self.names, &dialect::Target::new(Server::MySql), &dialect::Options::default());
        let rendered = lowered.changes.iter().flat_map(|change| Server::MySql.dialect().render(change));
        let mut statements: Vec<String> = rendered.map(|statement| statement.sql).collect();
        statements.sort();
        statements
    }
}

/// Returns an expression without blanks, in one kind of quotes, and its tables by their own names: aliases and modules are a matter of the file.
fn plain(expression: &str, file: &ast::File) -> String {
    let mut aliases = BTreeMap::new();
    for line in file.uses() {
        let names = match &line.names {
            UseNames::Module(_) => &[][..],
            UseNames::One(one) => std::slice::from_ref(one),
            UseNames::Many(many) => many,
        };
        aliases.extend(names.iter().filter_map(|name| Some((name.alias.as_ref()?.value.as_str(), name.name.value.as_str()))));
    }
    let text: String = expression.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '\'' { '"' } else { c }).collect();
    let mut out = String::new();
    for word in text.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_')) {
        let is_module = word.ends_with('.') && word.starts_with(|c: char| c.is_ascii_lowercase());
        let (name, behind) = word.split_at(word.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(word.len()));
        if !is_module {
            out.extend([aliases.get(name).copied().unwrap_or(name), behind]);
        }
    }
    out
}

/// Imports generated files as a project beside the settings of the one they were made from.
fn imported(original: &Read, generated: &Files, settings: &str) -> TestProject {
    let project = TestProject::new();
    generated.iter().for_each(|(path, text)| project.write(&format!("src/lab/{}", path.display()), text));
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let files = python_files(&[PathBuf::from("src/lab")], project.path(), &BTreeMap::new(), &mut sources, &mut sink)
        .expect("generated files are readable");
    let options = python::Options {
        generation: original.project.config.generation,
        name: "lab".to_string(),
        schemas: Vec::new(),
        links: Vec::new(),
        layout: djc::import::Layout::Schema,
    };
    for file in python::import(&files, &options, &mut sources, &mut sink).files {
        project.write(&format!("out/{}.dj", file.module), &file.text);
    }
    project.write("out/djc.toml", settings);
    // Tables of somebody else are no classes: their files go with the project.
    for schema in original.pipeline.schemas.iter().filter(|schema| !schema.owned) {
        let file = original.project.sources.file(schema.span.file);
        project.write(&format!("out/{}", Path::new(&file.name).file_name().expect("a file").display()), &file.text);
    }
    project
}

/// Holds what is read back from the generated Python against the original; returns what differs.
fn round_trip(original: &Read, settings: &str) -> Result<(), String> {
    let (files, found) = original.python();
    if let Some(error) = found.first() {
        return Err(format!("not generated: {} {}", error.code.id, error.message));
    }
    let project = imported(original, &files, settings);
    let again = Read::of(&project.path().join("out")).ok_or("nothing was read back")?;
    if let Some(error) = again.errors.first() {
        return Err(format!("read back with an error: {} {}", error.code.id, error.message));
    }
    let (before, after) = (original.facts(), again.facts());
    for name in before.keys().chain(after.keys()) {
        if before.get(name) != after.get(name) {
            let text = |value: Option<&Value>| value.map_or_else(String::new, |value| serde_json::to_string_pretty(value).expect("JSON"));
            let (from, to) = (text(before.get(name)), text(after.get(name)));
            let changes = similar::TextDiff::from_lines(&from, &to).unified_diff().context_radius(2).to_string();
            return Err(format!("`{name}` is another one:\n{changes}"));
        }
    }
    if original.catalog() == again.catalog() { Ok(()) } else { Err("the tables of the server differ".to_string()) }
}

fn settings_of(folder: &Path) -> String {
    let text = fs::read_to_string(folder.join("djc.toml")).unwrap_or_default();
    text.lines()
        .map(|line| if line.starts_with("sources") { "sources = [\"*.dj\"]" } else { line })
        .map(|line| format!("{line}\n"))
        .collect()
}

/// Generates the Python of the project in a folder and reads it back; returns how many tables that were.
pub fn reads_back(folder: &Path) -> Result<usize, String> {
    let original = Read::of(folder).ok_or("it cannot be read")?;
    round_trip(&original, &settings_of(folder)).map(|()| original.pipeline.tables.len())
}

#[test]
fn shipped_pipelines_are_read_back_from_their_python() {
    for name in PIPELINES {
        reads_back(&root().join("pipelines").join(name)).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
}

/// Cuts a case of one file into the files of its project.
fn pieces(name: &str, text: &str, generation: Generation) -> TestProject {
    let mut files = vec![(format!("{name}.dj"), String::new())];
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("# --- ") {
            Some(name) => files.push((name.trim().to_string(), String::new())),
            None => files.last_mut().expect("there is a first file").1.push_str(line),
        }
    }
    let project = TestProject::new();
    let mut settings = String::new();
    for (name, text) in files {
        if name == "djc.toml" {
            settings = text;
        } else if !text.is_empty() {
            project.write(&name, &text);
        }
    }
    if !settings.contains("[pipeline]") {
        settings = format!("[pipeline]\nsources = [\"*.dj\"]\ndatajoint = \"{generation}\"\n{settings}");
    }
    project.write("djc.toml", &settings);
    project
}

#[test]
fn cases_are_read_back_from_their_python() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for folder in ["parse/ok", "resolve/ok", "sql", "forms", "check", "generate/ok"] {
        let mut paths = Vec::new();
        collect(&root().join("tests/data").join(folder), &mut paths);
        for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "dj")) {
            let name = path.strip_prefix(root().join("tests/data")).expect("collected below").display().to_string();
            let text = fs::read_to_string(path).expect("a case is readable");
            for generation in [Generation::Classic, Generation::Modern] {
                let case = pieces("case", &text, generation);
                let Some(original) = Read::of(case.path()).filter(|read| read.errors.is_empty() && !read.pipeline.tables.is_empty()) else {
                    continue;
                };
                seen += 1;
                if let Err(why) = round_trip(&original, &case.read("djc.toml")) {
                    wrong.push(format!("{name} ({generation}): {why}"));
                }
            }
        }
    }
    assert!(seen > 150, "only {seen} cases were seen");
    println!("{seen} cases are read back from their Python");
    assert!(wrong.is_empty(), "{} of {seen}:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn python_is_as_recorded() {
    cases("generate", |name, text| {
        let case = pieces(name.rsplit('/').next().and_then(|name| name.strip_suffix(".dj")).unwrap_or(name), text, Generation::Classic);
        let said = case.djc(&["generate", "--target", "python", "-o", "python"]);
        let mut out = said.text();
        let mut paths = Vec::new();
        collect(&case.path().join("python"), &mut paths);
        for path in paths.iter().filter(|path| !path.ends_with(format!("methods/{}", path.file_name().expect("a file").display()))) {
            let name = path.strip_prefix(case.path()).expect("collected below").display();
            out.push_str(&format!("\n=== {name}\n{}", fs::read_to_string(path).expect("djc writes UTF-8")));
        }
        out
    });
}

/// Returns the folder of a Python environment with `black` and `pyflakes`, made on first use; `None` where PyPI is out of reach.
fn tools() -> Option<PathBuf> {
    let home = root().join("target/python/black");
    let ready = home.join("ready");
    if !ready.exists() {
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(home.parent().expect("a folder in target")).expect("target can be written");
        let made = Command::new("python3").args(["-m", "venv"]).arg(&home).output().is_ok_and(|made| made.status.success());
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "black==25.9.0", "pyflakes==3.4.0"];
        let installed = made && Command::new(home.join("bin/python")).args(install).output().is_ok_and(|out| out.status.success());
        if !installed {
            eprintln!("SKIPPED: the form of generated Python; `python3 -m venv` and PyPI are needed for black and pyflakes");
            return None;
        }
        fs::write(&ready, install.join(" ")).expect("target can be written");
    }
    Some(home.join("bin"))
}

#[test]
fn python_is_as_black_leaves_it() {
    let Some(bin) = tools() else { return };
    let project = TestProject::new();
    let mut written = 0;
    let mut add = |name: &str, read: &Read| {
        for (path, text) in read.python().0.iter() {
            project.write(&format!("{name}/{}", path.display()), text);
            let code = |line: &&str| line.starts_with(['#', '@', 'c', 'f', 'i', 's']) || line.trim_start().starts_with("class ");
            let long = text.lines().filter(code).find(|line| line.chars().count() > 88);
            assert_eq!(long, None, "{name}");
            written += 1;
        }
    };
    for name in PIPELINES {
        add(name, &Read::of(&root().join("pipelines").join(name)).expect("a shipped pipeline"));
    }
    let mut paths = Vec::new();
    ["generate/ok", "parse/ok", "resolve/ok", "forms"]
        .iter()
        .for_each(|folder| collect(&root().join("tests/data").join(folder), &mut paths));
    for (at, path) in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "dj")).enumerate() {
        let case = pieces("case", &fs::read_to_string(path).expect("a case is readable"), Generation::Classic);
        if let Some(read) = Read::of(case.path()).filter(|read| read.errors.is_empty()) {
            add(&format!("case_{at}"), &read);
        }
    }
    assert!(written > 100, "only {written} files");
    for (tool, arguments) in [("black", &["--check", "--diff", "--quiet"][..]), ("pyflakes", &[])] {
        let said = Command::new(bin.join(tool)).args(arguments).arg(project.path()).output().expect("the tool starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(said.status.success(), "{tool}: {}{}", text(&said.stdout), text(&said.stderr));
    }
    println!("{written} generated files are as black leaves them");
}

const TABLE: &str = "schema lab\n\nmanual A {\n    a : int\n}\n";
const TOML: &str = "[pipeline]\nsources = [\"*.dj\"]\n\n[generate.sql]\nout = \"sql\"\n\n[generate.python]\nout = \"python/lab\"\n";

#[test]
fn everything_that_settings_ask_for_is_written() {
    let project = TestProject::with(&[("lab.dj", TABLE), ("djc.toml", TOML)]);
    let said = project.djc(&["generate"]).exits(0);
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("", "3 files written, 0 unchanged\n"));
    assert!(project.read("sql/mysql.sql").contains("CREATE TABLE IF NOT EXISTS `lab`.`a`"));
    assert!(project.read("python/lab/lab.py").contains("class A(dj.Manual):"));
    let said = project.djc(&["generate"]).exits(0);
    assert_eq!(said.stderr, "0 files written, 3 unchanged\n");
    // From anywhere, the folders are those of djc.toml.
    fs::create_dir(project.path().join("deep")).expect("writable");
    project.djc(&["generate", "-C", "deep", "--check"]).exits(0);
}

#[test]
fn check_names_what_is_stale_and_writes_nothing() {
    let project = TestProject::with(&[("lab.dj", TABLE), ("djc.toml", TOML)]);
    let said = project.djc(&["generate", "--check"]).exits(1);
    assert_eq!(said.stdout, "`python/lab/__init__.py` is missing\n`python/lab/lab.py` is missing\n`sql/mysql.sql` is missing\n");
    assert!(!project.path().join("sql").exists());
    project.djc(&["generate"]).exits(0);
    let said = project.djc(&["generate", "--check"]).exits(0);
    assert_eq!(said.stderr, "3 files up to date\n");
    project.write("lab.dj", &TABLE.replace("a : int", "a : int  # number"));
    let before = project.read("python/lab/lab.py");
    let said = project.djc(&["generate", "--check"]).exits(1);
    assert_eq!(said.stdout, "`python/lab/lab.py` is stale from line 11 on\n`sql/mysql.sql` is stale from line 8 on\n");
    assert_eq!(project.read("python/lab/lab.py"), before);
}

#[test]
fn files_of_others_are_never_replaced_unasked() {
    let mine = "# mine\n";
    let project = TestProject::with(&[("lab.dj", TABLE), ("djc.toml", TOML), ("python/lab/lab.py", mine), ("python/lab/notes.py", mine)]);
    let said = project.djc(&["generate"]).exits(2);
    assert!(said.stderr.contains("`python/lab/lab.py` would be replaced, and djc did not generate it"), "{}", said.stderr);
    assert_eq!(project.read("python/lab/lab.py"), mine);
    assert!(!project.path().join("sql").exists(), "all or nothing");
    project.djc(&["generate", "--check"]).exits(1);
    project.djc(&["generate", "--force"]).exits(0);
    assert!(project.read("python/lab/lab.py").contains("class A(dj.Manual):"));
    assert_eq!(project.read("python/lab/notes.py"), mine);
}

#[test]
fn a_module_without_its_schema_goes() {
    let second = TABLE.replace("schema lab", "schema second");
    let project = TestProject::with(&[("lab.dj", TABLE), ("second.dj", &second), ("djc.toml", TOML), ("python/lab/mine.py", "# mine\n")]);
    project.djc(&["generate"]).exits(0);
    fs::remove_file(project.path().join("second.dj")).expect("it is there");
    let said = project.djc(&["generate", "--check"]).exits(1);
    assert!(said.stdout.contains("`python/lab/second.py` is made by nothing any more"), "{}", said.stdout);
    // Some files of a project say nothing about the modules of the others.
    project.djc(&["generate", "lab.dj"]).exits(0);
    assert!(project.path().join("python/lab/second.py").exists());
    project.djc(&["generate"]).exits(0);
    assert!(!project.path().join("python/lab/second.py").exists());
    assert!(project.path().join("python/lab/mine.py").exists());
    project.djc(&["generate", "--check"]).exits(0);
}

#[test]
fn what_makes_no_sense_is_usage() {
    let project = TestProject::with(&[("lab.dj", TABLE)]);
    let said = project.djc(&["generate"]).exits(2);
    assert!(said.stderr.contains("djc.toml asks for nothing"), "{}", said.stderr);
    let said = project.djc(&["generate", "--target", "python"]).exits(2);
    assert!(said.stderr.contains("say `-o DIR`"), "{}", said.stderr);
    project.djc(&["generate", "--target", "cobol", "-o", "x"]).exits(2);
    project.djc(&["generate", "-o", "x"]).exits(2);
    project.write("djc.toml", "[generate.docs]\nout = \"x\"\n");
    project.djc(&["generate"]).exits(2);
    // What is wrong with the pipeline is a finding, and nothing is written.
    project.write("lab.dj", "schema lab\n\nmanual A {\n    -> Nobody\n}\n");
    project.djc(&["generate", "--target", "python", "-o", "x"]).exits(1);
    assert!(!project.path().join("x").exists());
}

#[test]
fn names_of_schemas_are_for_the_environment_of_python() {
    let project = TestProject::with(&[("lab.dj", &TABLE.replace("schema lab", "schema lab as \"${WHO}_lab\""))]);
    project.djc(&["generate", "--target", "python", "-o", "a"]).exits(0);
    assert!(project.read("a/_variables.py").contains("WHO = os.environ[\"WHO\"]"));
    project.djc(&["generate", "--target", "python", "-o", "b", "--var", "WHO=ana"]).exits(0);
    assert!(project.read("b/_variables.py").contains("WHO = os.getenv(\"WHO\", \"ana\")"));
    // SQL holds the names themselves.
    let said = project.djc(&["generate", "--target", "sql", "-o", "c"]).exits(1);
    assert!(said.stderr.contains("DJ0801"), "{}", said.stderr);
}

/// What people would write beside the generated classes: by pipeline, the module and its methods.
const METHODS: [(&str, &str, &str); 2] = [
    (
        "image",
        "image",
        "\
class FilteredImage:
    def make(self, key):
        from .. import image

        pixels = (image.Image & key).fetch1(\"pixels\")
        self.insert1(dict(key, filtered=[row[::-1] for row in pixels]))
",
    ),
    (
        "modern",
        "modern",
        "\
class MyAnalysis:
    def make(self, key):
        self.insert1({**key, \"mean_rate\": 1.5, \"events\": 3})
        self.Window.insert1({**key, \"window_start\": 0, \"events\": self.Window.answer()})

    class Window:
        @classmethod
        def answer(cls):
            return 42
",
    ),
];

/// Writes the pipeline with schemas of a prefix into a project, and its Python below `package`.
fn package(project: &TestProject, pipeline: &str, prefix: &str, package: &str) {
    let shipped = Read::of(&root().join("pipelines").join(pipeline)).expect("a shipped pipeline");
    let mut toml = settings_of(&root().join("pipelines").join(pipeline));
    for schema in &shipped.pipeline.schemas {
        toml.push_str(&format!("\n[schemas.{}]\nname = \"{prefix}{}\"\n", schema.module, schema.module));
        let file = shipped.project.sources.file(schema.span.file);
        project.write(&format!("{prefix}/{}.dj", schema.module), &file.text);
    }
    project.write(&format!("{prefix}/djc.toml"), &toml);
    for (_, module, text) in METHODS.iter().filter(|(name, _, _)| *name == pipeline) {
        project.write(&format!("{package}/methods/{module}.py"), text);
    }
    project.djc(&["-C", prefix, "generate", "--target", "python", "-o", &format!("../{package}")]).exits(0);
}

fn imported_by_datajoint(pipeline: &str, generation: Generation) {
    let Some(url) = server("DJC_TEST_MARIADB") else { return };
    let Some(python) = with_datajoint(generation) else { return };
    let project = TestProject::new();
    let tag = format!("g{}{pipeline}", crate::support::run_id());
    let (deployed, empty) = (format!("{tag}_a_"), format!("{tag}_b_"));
    package(&project, pipeline, &deployed, "with_tables");
    package(&project, pipeline, &empty, "without_tables");
    project.djc(&["-C", &deployed, "deploy", "--database", &url, "--charset", "server"]).exits(0);
    let spec = serde_json::json!({
        "generation": generation.as_str(), "url": url, "pipeline": pipeline, "deployed_prefix": deployed, "empty_prefix": empty,
        "deployed": project.path().join("with_tables"), "empty": project.path().join("without_tables"),
    });
    project.write("spec.json", &spec.to_string());
    let script = root().join("tests/python/generated.py");
    let out = Command::new(python).arg(script).arg(project.path().join("spec.json")).output().expect("python starts");
    let (printed, errors) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    let last = printed.lines().last().unwrap_or_default();
    let report: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("no report of {pipeline}:\n{printed}\n{errors}"));
    assert_eq!(report["findings"], serde_json::json!([]), "{pipeline}: {report:#}");
    let tables = Read::of(&root().join("pipelines").join(pipeline)).expect("a shipped pipeline").pipeline.tables.len();
    assert_eq!((&report["tables"], &report["classes"]), (&Value::from(tables), &Value::from(tables)), "{pipeline}");
    assert_eq!(report["populated"].as_u64() > Some(0), METHODS.iter().any(|(name, _, _)| *name == pipeline), "{pipeline}: {report}");
    println!(
        "datajoint {generation} imports {pipeline}: {tables} tables, nothing declared beside djc's and the same ones declared alone; {} rows of contents, {} populated",
        report["rows"], report["populated"]
    );
}

#[test]
fn datajoint_0_14_imports_the_classic_pipelines() {
    ["workshop", "image", "spyglass"].iter().for_each(|pipeline| imported_by_datajoint(pipeline, Generation::Classic));
}

#[test]
fn datajoint_2_imports_the_modern_pipeline() {
    imported_by_datajoint("modern", Generation::Modern);
}
