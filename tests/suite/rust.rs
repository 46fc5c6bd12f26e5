//! `djc generate --target rust` and `djc::build`: Rust that compiles without a warning whatever the pipeline, and that depends on the pipeline alone.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use djc::codegen::rust::{self, Options, Rust};
use djc::codegen::{Input, Target, python};
use djc::core::dialect;
use djc::core::ir::{Generation, SchemaId};
use djc::diag::{Level, Sink, codes};
use djc::output::Files;
use djc::project::{self, LoadOptions, Project};

use crate::random;
use crate::support::{TestProject, root};

/// Returns the Rust of all schemas of the project in a folder.
fn rust_of(folder: &Path) -> Files {
    with_input(folder, |input| {
        let mut sink = Sink::new();
        let files = Rust.generate(input, &mut sink);
        assert!(sink.diagnostics().is_empty(), "{:#?}", sink.diagnostics());
        files
    })
}

/// Reads the project in a folder, and hands over what a target needs of it.
pub(crate) fn with_input<T>(folder: &Path, run: impl FnOnce(&Input<'_>) -> T) -> T {
    let mut options = LoadOptions::new(folder);
    options.environment.clear();
    let project = Project::load(&options).expect("the project can be read");
    let project::Compiled { pipeline, names, mut diagnostics } = project::compile(&project);
    diagnostics.retain(|found| found.level == Level::Error && found.code.id != codes::UNSET_VARIABLE.id);
    assert!(diagnostics.is_empty(), "{}: {diagnostics:#?}", folder.display());
    run(&Input {
        pipeline: &pipeline,
        names: &names,
        files: &project.files,
        sources: &project.sources,
        config: &project.config,
        defaults: &project.defaults,
        wanted: (0..pipeline.schemas.len() as u32).map(SchemaId).collect(),
        lowering: dialect::Options::default(),
        methods: python::Methods::default(),
    })
}

fn settings(generation: Generation) -> String {
    format!(
        "[pipeline]\nname = \"case\"\nsources = [\"*.dj\"]\ndatajoint = \"{generation}\"\n\n[stores.raw]\nprotocol = \"file\"\nlocation = \"raw\"\n"
    )
}

/// Returns a project with the files of a random pipeline.
fn random_project(seed: u64, generation: Generation) -> TestProject {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let numbers: Vec<u16> = (0..400)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u16
        })
        .collect();
    let project = TestProject::with(&[("djc.toml", &settings(generation))]);
    for (module, text) in random::pipeline(&numbers, generation) {
        project.write(&format!("{module}.dj"), &text);
    }
    project
}

fn odd(case: &str, generation: Generation) -> TestProject {
    let text = fs::read_to_string(root().join(format!("tests/data/rust/{case}.dj"))).expect("the case is there");
    TestProject::with(&[("djc.toml", &settings(generation)), (&format!("{case}.dj"), &text)])
}

/// A crate of generated modules, compiled against the runtime that this binary is linked with: cargo would build it anew.
struct Checked {
    folder: TestProject,
    text: String,
}

impl Checked {
    fn new() -> Self {
        Checked { folder: TestProject::new(), text: "//! Generated modules.\n".to_string() }
    }

    fn add(&mut self, module: &str, files: &Files) {
        files.iter().for_each(|(path, text)| self.folder.write(&format!("{module}/{}", path.display()), text));
        writeln!(self.text, "pub mod {module};").expect("a String takes all that is written");
    }

    /// Runs a compiler over the crate; returns what it says, nothing where the machine has none of that name.
    fn said(&self, tool: &str, arguments: &[&str]) -> Option<String> {
        self.folder.write("lib.rs", &self.text);
        let deps = std::env::current_exe().expect("this binary has a path").parent().expect("in a folder").to_path_buf();
        let mut command = Command::new(tool);
        command.args(["--edition", "2024", "--crate-type", "lib", "--crate-name", "checked", "-D", "warnings"]).args(arguments);
        command.arg("--extern").arg(format!("djc_runtime={}", runtime(&deps).display()));
        command.arg("-L").arg(format!("dependency={}", deps.display())).arg("lib.rs").current_dir(self.folder.path());
        match command.output() {
            Ok(output) if output.status.success() => Some(String::new()),
            Ok(output) => Some(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(_) => {
                println!("SKIPPED: there is no `{tool}`");
                None
            }
        }
    }

    #[track_caller]
    fn compiles(&self) {
        let metadata = ["--emit=metadata", "-W", "missing_docs"];
        let said = self.said("rustc", &metadata).expect("whoever runs tests has a compiler");
        assert!(said.is_empty(), "{said}");
        let linted = self.said("clippy-driver", &[&metadata[..], &["-W", "clippy::all"]].concat());
        assert!(linted.as_deref().unwrap_or_default().is_empty(), "{}", linted.unwrap_or_default());
    }
}

/// Returns the newest library of the runtime, which is the one that cargo has just linked.
fn runtime(deps: &Path) -> PathBuf {
    let entries = fs::read_dir(deps).expect("the folder of this binary").flatten().map(|entry| entry.path());
    let is_runtime = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("libdjc_runtime-") && name.ends_with(".rlib")
    };
    let modified = |path: &PathBuf| fs::metadata(path).and_then(|about| about.modified()).ok();
    entries.filter(is_runtime).max_by_key(modified).expect("the suite is linked with the runtime")
}

#[test]
fn names_that_rust_keeps_for_itself_compile_without_a_warning() {
    let mut checked = Checked::new();
    checked.add("odd", &rust_of(odd("odd", Generation::Classic).path()));
    checked.add("modern", &rust_of(odd("modern", Generation::Modern).path()));
    checked.compiles();
    let documented = checked.said("rustdoc", &["-o", "doc"]);
    assert!(documented.as_deref().unwrap_or_default().is_empty(), "{}", documented.unwrap_or_default());
}

#[test]
fn random_pipelines_compile_without_a_warning() {
    let mut checked = Checked::new();
    for seed in 0..10 {
        for (generation, word) in [(Generation::Classic, "classic"), (Generation::Modern, "modern")] {
            checked.add(&format!("{word}{seed}"), &rust_of(random_project(seed, generation).path()));
        }
    }
    checked.compiles();
}

#[test]
fn many_random_pipelines_are_rust_and_the_same_each_time() {
    for seed in 100..140 {
        for generation in [Generation::Classic, Generation::Modern] {
            let project = random_project(seed, generation);
            let files = rust_of(project.path());
            let again = rust_of(project.path());
            assert!(files.iter().eq(again.iter()), "seed {seed}");
            for (path, text) in files.iter() {
                assert!(djc::codegen::is_generated(text));
                if let Err(error) = syn::parse_file(text) {
                    panic!("seed {seed}, {}: {error}", path.display());
                }
            }
        }
    }
}

#[test]
fn neither_names_nor_order_of_files_count() {
    let text = |name: &str| fs::read_to_string(root().join("pipelines/spyglass").join(name)).expect("a pipeline");
    let names = [
        "common_device.dj",
        "common_interval.dj",
        "common_lab.dj",
        "common_nwbfile.dj",
        "common_session.dj",
        "common_subject.dj",
        "common_usage.dj",
    ];
    let of = |name: &dyn Fn(usize, &str) -> String| {
        let project = TestProject::with(&[("djc.toml", &text("djc.toml"))]);
        names.iter().enumerate().for_each(|(at, file)| project.write(&name(at, file), &text(file)));
        rust_of(project.path())
    };
    let (one, other) = (of(&|_, file| file.to_string()), of(&|at, _| format!("{}.dj", (b'z' - at as u8) as char)));
    assert!(one.iter().eq(other.iter()));
}

#[test]
fn what_is_declared_is_what_a_program_sees() {
    let files = rust_of(odd("odd", Generation::Classic).path());
    let text: String = files.iter().filter(|(path, _)| path.ends_with("odd.rs")).map(|(_, text)| text).collect();
    for part in [
        // A part keeps its name unless the module of its master needs it.
        "pub struct RowPart;",
        "pub struct KeyPart;",
        "pub struct Option;",
        "pub r#type: Type,",
        "pub self_: ::std::string::String,",
        // Enum values that are no identifiers, or that collide.
        "Empty,",
        "V1,",
        "ItS,",
        "A,",
        "A2,",
        "LeftHand,",
        "Ca1,",
        "SelfValue,",
        "Value9,",
        // A class of Rust's own name; an alias that a table has is left out.
        "pub struct Self_;",
        "pub use subject::Key as SubjectKey;",
        // Two arrows to one parent are told apart, on the key and on the row.
        "pub fn subject_key_by_first(",
        "pub fn table_key_by_left_table(",
        // Keys of grandparents, where there is one way only.
        "impl From<&Key> for super::super::super::odd::pair::Key",
        "impl From<&Key> for super::super::super::odd::table::Key",
        "#[allow(clippy::too_many_arguments)]",
        "pub i: ::djc_runtime::field::Decimal,",
        "pub h: ::djc_runtime::rust_decimal::Decimal,",
    ] {
        assert!(text.contains(part), "the file lacks `{part}`");
    }
    assert!(!text.contains("impl From<&Key> for super::super::super::odd::subject::Key {\n            fn from(key: &Key) -> Self {\n                super::super::super::odd::subject::Key {\n                    subject: key.first"));
}

#[test]
fn types_of_ones_own_are_for_blobs_and_json() {
    let of = |attribute: &str, ty: &str| {
        let options = Options { field_types: [(attribute.to_string(), ty.to_string())].into() };
        let mut sink = Sink::new();
        let text = with_input(&root().join("pipelines/workshop"), |input| rust::one_file(input, &options, &mut sink));
        (text, sink.into_sorted())
    };
    let (text, found) = of("workshop.MyParams.params", "crate::Params");
    assert!(found.is_empty() && text.is_some_and(|text| text.contains("pub params: crate::Params,")));
    for (attribute, ty, said) in [
        ("workshop.Subject.note", "crate::Note", "`workshop.Subject.note` is `varchar(255)`"),
        ("workshop.Nobody.note", "crate::Note", "no table declares `workshop.Nobody.note`"),
        ("params", "crate::Params", "no table declares `params`"),
        ("workshop.MyParams.params", "crate::{", "`crate::{` is no type of Rust"),
    ] {
        let (text, found) = of(attribute, ty);
        assert!(text.is_none());
        assert_eq!(found.iter().map(|found| found.code.id).collect::<Vec<_>>(), ["DJ0850"], "{attribute}");
        assert!(found[0].message.contains(said), "{}", found[0].message);
    }
}

#[test]
fn types_of_ones_own_stand_in_the_settings_too() {
    let project = TestProject::new();
    let settings = |attribute: &str| {
        format!("[pipeline]\nname = \"lab\"\n[generate.rust]\nout = \"src\"\nfield_types = {{ \"{attribute}\" = \"crate::Shape\" }}\n")
    };
    project.write("lab.dj", "schema lab\n\nmanual Cell {\n    cell : int\n    ---\n    shape : longblob\n}\n");
    project.write("other.dj", "schema other\n\nmanual Thing {\n    thing : int\n}\n");
    project.write("djc.toml", &settings("lab.Cell.shape"));
    project.djc(&["generate"]).exits(0);
    let text = fs::read_to_string(project.path().join("src/lab.rs")).expect("it was written");
    assert!(text.contains("pub shape: crate::Shape,"), "{text}");
    // A schema that is not asked for has no say.
    project.djc(&["generate", "--target", "rust", "-o", "some", "other.dj"]).exits(0);
    project.write("djc.toml", &settings("lab.Cell.size"));
    let said = project.djc(&["generate"]).exits(1);
    assert!(said.text().contains("DJ0850") && said.text().contains("no table declares `lab.Cell.size`"), "{}", said.text());
}

#[test]
fn every_pipeline_that_is_shipped_is_committed_as_a_module() {
    let names: BTreeSet<String> = fs::read_dir(root().join("pipelines"))
        .expect("there are pipelines")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    for name in names {
        let files = rust_of(&root().join("pipelines").join(&name));
        for (path, text) in files.iter() {
            let committed = root().join("generated/src").join(&name).join(path);
            let found = fs::read_to_string(&committed).unwrap_or_default();
            assert!(found == text, "{} is stale: `cargo xtask regen`", committed.display());
        }
    }
}
