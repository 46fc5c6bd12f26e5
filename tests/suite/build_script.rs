//! `djc::build`: the build script of examples/workshop, run as cargo runs it, on a pipeline that is good, unwise, or broken.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

use crate::support::{Outcome, TestProject, build_example, outcome, root};

/// Returns the build script, built.
fn script() -> PathBuf {
    build_example();
    let suite = std::env::current_exe().expect("this binary has a path");
    let built = suite.parent().and_then(Path::parent).expect("target/debug/deps").join("build");
    let scripts = fs::read_dir(built).expect("cargo keeps build scripts there").flatten().map(|entry| entry.path());
    let ours = scripts
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("djc-example-workshop-")))
        .map(|path| path.join("build-script-build"))
        .filter(|path| path.is_file());
    let modified = |path: &PathBuf| fs::metadata(path).and_then(|about| about.modified()).ok();
    ours.max_by_key(modified).expect("the example has a build script")
}

/// A place with the folders that the script expects, and the pipeline changed by `edit`.
fn place(edit: impl Fn(&str) -> String) -> TestProject {
    let project = TestProject::new();
    for name in ["workshop.dj", "djc.toml"] {
        let text = fs::read_to_string(root().join("pipelines/workshop").join(name)).expect("the pipeline is there");
        project.write(&format!("pipelines/workshop/{name}"), &if name == "workshop.dj" { edit(&text) } else { text });
    }
    project.write("examples/workshop/Cargo.toml", "");
    project
}

fn run(script: &Path, project: &TestProject) -> Outcome {
    let package = project.path().join("examples/workshop");
    let mut command = Command::new(script);
    command.current_dir(&package).env_clear().env("CARGO_MANIFEST_DIR", &package).env("OUT_DIR", project.path().join("out"));
    // What is made must not depend on who makes it.
    command.env("SCHEMA_PREFIX", "another");
    outcome(&mut command)
}

#[test]
fn build_script_writes_what_changed_and_says_what_is_wrong() {
    let script = script();

    let good = place(str::to_string);
    let said = run(&script, &good).exits(0);
    assert_eq!(said.stderr, "");
    let watched = format!("cargo::rerun-if-changed={}\n", good.path().join("pipelines/workshop").display());
    assert!(said.stdout.contains(&watched), "{}", said.stdout);
    let file = good.path().join("out/djc.rs");
    let text = fs::read_to_string(&file).expect("it was written");
    assert!(text.contains("pub params: crate::Params,"), "the type of the program's own");
    assert!(text.contains("(\"SCHEMA_PREFIX\", \"demo\")"), "the value of djc.toml, not of whoever builds");
    let written = |file: &Path| fs::metadata(file).and_then(|about| about.modified()).expect("a time");
    let first = written(&file);
    run(&script, &good).exits(0);
    assert_eq!(written(&file), first, "what has not changed is not written");

    let unwise = place(|text| text.replace("window_start : decimal(9, 3)", "window_start : float"));
    let said = run(&script, &unwise).exits(0);
    let warned = said.stdout.lines().find(|line| line.starts_with("cargo::warning=")).unwrap_or_default();
    assert!(warned.contains("workshop.dj:") && warned.contains("[DJ03") && !warned.contains("\x1b"), "{}", said.text());

    let broken = place(|text| text.replace("-> SubjBlinded\n", "-> SubjBlindet\n"));
    let said = run(&script, &broken).exits(1);
    for part in [
        "error[DJ0201]",
        "no table",
        "`SubjBlindet`",
        "pipelines/workshop/workshop.dj:",
        "        -> SubjBlindet",
        "^^^^^^^^^^^",
        "did you mean `SubjBlinded`?",
    ] {
        assert!(said.stderr.contains(part), "stderr lacks `{part}`:\n{}", said.stderr);
    }
    assert!(!broken.path().join("out/djc.rs").exists(), "nothing is made of a broken pipeline");
    assert!(said.stdout.contains("cargo::rerun-if-changed="), "cargo runs it again when the file is mended");
}
