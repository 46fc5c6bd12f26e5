//! Conformance: djc's tables of public packages are those that the real datajoint declares from the packages' own modules.
//!
//! conformance/packages.toml lists the packages; they are downloaded when the test runs and nothing of them is kept in the repository.
//! djc imports each and deploys it; `conformance/declare.py` has datajoint import the same Python modules and declare their tables in a second set of
//! schemas, then bind the same classes to djc's tables, where it must find nothing to declare. What the server reports, what `describe()`
//! says and what a no-change `alter()` would send must be equal. Known differences stand in conformance/exceptions.json; one that is gone fails.
//!
//! Without Python, PyPI or a MariaDB the tests say aloud what they skip.

mod compare;
pub mod compiled;
mod declared;
pub mod packages;
mod verdict;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use compiled::Compiled;
use declared::Run;
use djc::core::ir::Generation;
use djc::import::Layout;
use packages::{Workflow, cache, folder_name, modules_of, workflows};
use verdict::{Evidence, Times, Verdict};

use crate::python::with_datajoint;
use crate::support::{TestProject, outcome, server};

const GENERATIONS: [Generation; 2] = [Generation::Classic, Generation::Modern];

#[test]
fn definitions_of_public_packages_compile() {
    let mut wrong = Vec::new();
    for workflow in workflows() {
        let Some(folders) = workflow.fetch() else { continue };
        for generation in GENERATIONS {
            let started = Instant::now();
            let out = project_folder("compile", &workflow, generation);
            let imported = workflow.import(&folders, generation, Layout::Schema, &out);
            let compiled = Compiled::of(&out, &workflow.vars);
            assert_eq!(compiled.tables(), imported.counts.converted, "every table class that was converted is in the pipeline");
            for package in &workflow.packages {
                let (good, all) = compiled.count(&modules_of(&imported, package));
                assert!(all > 0, "{package} holds tables");
                println!("{package}, generation {}: {good} of {all} tables compile", generation.as_str());
            }
            println!("    {} ms; findings: {}", started.elapsed().as_millis(), compiled.codes());
            match generation {
                Generation::Classic => {
                    wrong.extend(compiled.errors());
                    crate::pull::project_survives(&out, &workflow.vars, generation);
                    let modules = project_folder("modules", &workflow, generation);
                    workflow.import(&folders, generation, Layout::Module, &modules);
                    let by_module = Compiled::of(&modules, &workflow.vars);
                    assert!(by_module.catalog == compiled.catalog, "the layout of the files changes no table");
                    for folder in [&out, &modules] {
                        let read = crate::generate::reads_back(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
                        println!("    {read} tables are read back from the Python that djc generates");
                    }
                }
                Generation::Modern => compiled.refusals().iter().for_each(|line| println!("    {line}")),
            }
        }
    }
    assert!(wrong.is_empty(), "what datajoint 0.14 accepts and djc refuses:\n{}", wrong.join("\n"));
}

#[test]
fn datajoint_declares_the_same_tables() {
    let Some(url) = server("DJC_TEST_MARIADB") else { return };
    let workflows = workflows();
    let jobs: Vec<(usize, Generation)> = (0..workflows.len()).flat_map(|at| GENERATIONS.map(|generation| (at, generation))).collect();
    let (next, done) = (Mutex::new(jobs.iter()), Mutex::new(BTreeMap::new()));
    let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some((at, generation)) = next.lock().expect("no worker panics with it").next() else { break };
                    if let Some(verdict) = hold(&workflows[*at], *at, *generation, &url) {
                        print!("{}", verdict.told());
                        done.lock().expect("no worker panics with it").insert((*at, *generation == Generation::Modern), verdict);
                    }
                }
            });
        }
    });
    let done = done.into_inner().expect("no worker panicked");
    print!("{}", verdict::table(done.values()));
    let wrong: Vec<String> = done.values().flat_map(Verdict::wrong).collect();
    assert!(wrong.is_empty(), "not as datajoint:\n{}", wrong.join("\n"));
}

/// Deploys a workflow with djc, has datajoint declare it a second time and bind its classes to djc's tables, and compares.
fn hold(workflow: &Workflow, at: usize, generation: Generation, url: &str) -> Option<Verdict> {
    let python = with_datajoint(generation)?;
    let folders = workflow.fetch()?;
    let tag = format!("c{}{at}{}", crate::support::run_id(), &generation.as_str()[..1]);
    let (mine, reference) = (format!("{tag}o_"), format!("{tag}t_"));
    let ours = Run { python: &python, url, generation, prefix: &mine };
    let theirs = Run { prefix: &reference, ..ours };

    let project = TestProject::new();
    let generated_python = project.path().join("python");
    let ((imported, whole, import, deploy), (declared, declare)) = std::thread::scope(|scope| {
        let declared = scope.spawn(|| timed(|| theirs.packages(workflow, &folders)));
        let started = Instant::now();
        let out = project_folder("deploy", workflow, generation);
        let imported = workflow.import(&folders, generation, Layout::Schema, &out);
        let whole = Compiled::of(&out, &workflow.vars);
        let import = started.elapsed();
        let ((), deploy) = timed(|| {
            whole.rename_schemas(&mine);
            Compiled::of(&out, &workflow.vars).without_faults();
            let folder = out.to_str().expect("the folder of the sources is UTF-8");
            let djc = |words: &[&str]| outcome(project.command().args(["-C", folder]).args(words)).exits(0);
            djc(&["deploy", "--database", url, "--charset", "server"]);
            let package = generated_python.join("pipeline");
            djc(&["generate", "--target", "python", "--out", package.to_str().expect("a temporary folder is UTF-8")]);
        });
        ((imported, whole, import, deploy), declared.join().expect("datajoint reports"))
    });
    let ((bound, generated), bind) = timed(|| (ours.packages(workflow, &folders), ours.generated(workflow, &generated_python, &folders)));
    ours.drop_schemas();
    theirs.drop_schemas();
    let times = Times { import, deploy, python: declare + bind };
    Some(Verdict::new(&Evidence {
        workflow,
        generation,
        imported: &imported,
        whole: &whole,
        bound: &bound,
        generated: &generated,
        declared: &declared,
        times,
    }))
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let result = run();
    (result, started.elapsed())
}

/// Returns the folder for the `.dj` files of a workflow; each test has its own.
fn project_folder(test: &str, workflow: &Workflow, generation: Generation) -> PathBuf {
    cache().join(format!("{test}-{}-{}", folder_name(&workflow.packages[0]), generation.as_str()))
}
