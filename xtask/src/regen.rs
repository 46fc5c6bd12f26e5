//! `cargo xtask regen`: writes what is committed under `generated/`, or proves that it is what djc would write now.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::{binary_folder, cargo, process, report, workspace_root};

/// Everything that is generated. Each entry owns one folder: a file there that no job writes is stale.
const GENERATED: &[Generated] = &[
    Generated { folder: "generated/sql", jobs: sql },
    Generated { folder: "generated/python", jobs: python },
    Generated { folder: "generated/src", jobs: rust },
    // The next thing that is generated and committed is one more line here and a function below.
];

/// The servers that the committed DDL is written for.
const DIALECTS: [&str; 3] = ["mysql", "postgres", "sqlite"];

/// How many lines of a difference are shown for one file.
const DIFF_LINES_MAX: usize = 20;

/// One kind of generated files.
struct Generated {
    folder: &'static str,
    jobs: fn(&Path) -> Result<Vec<Job>>,
}

/// One run of djc, or a file that names what the others make.
struct Job {
    arguments: Vec<String>,
    out: Out,
}

/// Where what a job makes is committed.
enum Out {
    /// Its stdout is this file.
    File(String),
    /// It writes into a folder (`-o` is added), and this is its place.
    Folder(String),
    /// Nothing is run: this file has this text.
    Text(String, String),
}

/// Returns the DDL of each pipeline on each server.
fn sql(root: &Path) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for pipeline in pipelines(root)? {
        for dialect in DIALECTS {
            let source = format!("pipelines/{pipeline}");
            jobs.push(Job {
                arguments: ["sql", "--dialect", dialect, &source].map(str::to_owned).to_vec(),
                out: Out::File(format!("generated/sql/{dialect}/{pipeline}.sql")),
            });
        }
    }
    Ok(jobs)
}

/// Returns the Python classes of each pipeline.
fn python(root: &Path) -> Result<Vec<Job>> {
    let job = |pipeline: String| Job {
        arguments: ["generate", "--target", "python", &format!("pipelines/{pipeline}")].map(str::to_owned).to_vec(),
        out: Out::Folder(format!("generated/python/{pipeline}")),
    };
    Ok(pipelines(root)?.into_iter().map(job).collect())
}

/// Returns the Rust modules of each pipeline, and the crate that they are.
fn rust(root: &Path) -> Result<Vec<Job>> {
    let pipelines = pipelines(root)?;
    let mut crate_text = String::from(
        "// Written by `cargo xtask regen`; do not edit.\n//! The tables of pipelines/, a module for each: what `djc generate --target rust` writes.\n",
    );
    for pipeline in &pipelines {
        crate_text.push_str(&format!("\n#[rustfmt::skip]\npub mod {pipeline};\n"));
    }
    let job = |pipeline: String| Job {
        arguments: ["generate", "--target", "rust", &format!("pipelines/{pipeline}")].map(str::to_owned).to_vec(),
        out: Out::Folder(format!("generated/src/{pipeline}")),
    };
    let whole = Job { arguments: Vec::new(), out: Out::Text("generated/src/lib.rs".to_owned(), crate_text) };
    Ok(pipelines.into_iter().map(job).chain([whole]).collect())
}

/// Returns the names of the folders of `pipelines/`, sorted.
fn pipelines(root: &Path) -> Result<BTreeSet<String>> {
    let folder = root.join("pipelines");
    let mut names = BTreeSet::new();
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(names) };
    for entry in entries {
        let entry = entry.map_err(|e| Error::io("list pipelines/", e))?;
        if entry.path().is_dir() {
            names.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// Builds djc, then writes the files or with `check` compares them.
pub fn run(check: bool) -> Result<()> {
    report::step("build djc", || process::run(cargo().args(["build", "--workspace", "--bin", "djc"])))?;
    run_built(check)
}

/// Writes the files with the `djc` that is built, or with `check` compares them and fails with [`Error::Stale`] when one differs.
pub fn run_built(check: bool) -> Result<()> {
    let root = workspace_root();
    let djc = binary_folder()?.join("djc");
    let name = if check { "compare generated files" } else { "write generated files" };
    report::step(name, || {
        let mut wanted = BTreeMap::new();
        for generated in GENERATED {
            for job in (generated.jobs)(root)? {
                wanted.extend(generate(&djc, root, &job)?);
            }
        }
        let present = committed(root)?;
        if check { compare(&wanted, &present) } else { write(root, &wanted, &present) }
    })
}

/// Runs one job and returns the files that it makes.
fn generate(djc: &Path, root: &Path, job: &Job) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    if let Out::Text(path, text) = &job.out {
        return Ok(vec![(PathBuf::from(path), text.clone().into_bytes())]);
    }
    let mut command = Command::new(djc);
    // Variables of a pipeline may come from the environment; what is committed must not depend on who runs this.
    command.env_clear().env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1").args(&job.arguments).current_dir(root);
    command.stdin(Stdio::null());
    let folder = tempfile::tempdir().map_err(|e| Error::io("make a temporary folder", e))?;
    if let Out::Folder(_) = job.out {
        command.arg("-o").arg(folder.path());
    }
    let line = format!("djc {}", job.arguments.join(" "));
    let output = command.output().map_err(|e| Error::io(format!("run {line}"), e))?;
    crate::interrupt::check()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Error::failed(format!("{line}: {}\n{}", output.status, process::tail(&said, 40))));
    }
    let files = match &job.out {
        Out::File(path) if output.stdout.is_empty() => return Err(Error::failed(format!("{line} printed nothing for {path}"))),
        Out::File(path) => vec![(PathBuf::from(path), output.stdout)],
        Out::Folder(place) => {
            let made = files_below(folder.path(), Path::new(""))?;
            made.into_iter().map(|(path, bytes)| (Path::new(place).join(path), bytes)).collect()
        }
        Out::Text(..) => unreachable!("nothing is run for a text"),
    };
    // Nothing would be committed and agree with itself for ever after.
    if files.is_empty() { Err(Error::failed(format!("{line} wrote nothing"))) } else { Ok(files) }
}

/// Returns the files that stand in the generated folders now.
fn committed(root: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for generated in GENERATED {
        files.extend(files_below(root, Path::new(generated.folder))?);
    }
    Ok(files)
}

/// Returns all files below a folder of `root`; none where there is no such folder.
fn files_below(root: &Path, folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let fail = |e| Error::io(format!("read {}", folder.display()), e);
        let Ok(entries) = fs::read_dir(root.join(&folder)) else { continue };
        for entry in entries {
            let entry = entry.map_err(fail)?;
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                open.push(path);
            } else {
                files.insert(path, fs::read(entry.path()).map_err(fail)?);
            }
        }
    }
    Ok(files)
}

fn write(root: &Path, wanted: &BTreeMap<PathBuf, Vec<u8>>, present: &BTreeMap<PathBuf, Vec<u8>>) -> Result<()> {
    let mut changed = 0;
    for (path, bytes) in wanted.iter().filter(|(path, bytes)| present.get(*path) != Some(bytes)) {
        let file = root.join(path);
        let fail = |e| Error::io(format!("write {}", path.display()), e);
        fs::create_dir_all(file.parent().expect("a job's file stands in a folder")).map_err(fail)?;
        fs::write(&file, bytes).map_err(fail)?;
        report::say(&format!("    wrote {}", path.display()));
        changed += 1;
    }
    for path in present.keys().filter(|path| !wanted.contains_key(*path)) {
        fs::remove_file(root.join(path)).map_err(|e| Error::io(format!("delete {}", path.display()), e))?;
        report::say(&format!("    deleted {}: nothing makes it any more", path.display()));
        changed += 1;
    }
    report::say(&format!("    {} files, {changed} changed", wanted.len()));
    Ok(())
}

fn compare(wanted: &BTreeMap<PathBuf, Vec<u8>>, present: &BTreeMap<PathBuf, Vec<u8>>) -> Result<()> {
    let all: BTreeSet<&PathBuf> = wanted.keys().chain(present.keys()).collect();
    let mut differing = 0;
    for path in all {
        let what = match (present.get(path), wanted.get(path)) {
            (Some(from), Some(to)) if from == to => continue,
            (Some(from), Some(to)) => format!("differs\n{}", short_diff(from, to)),
            (None, _) => "is not committed".to_owned(),
            (_, None) => "is made by nothing any more".to_owned(),
        };
        report::say(&format!("    {} {what}", path.display()));
        differing += 1;
    }
    if differing == 0 {
        report::say(&format!("    {} files are up to date", wanted.len()));
        return Ok(());
    }
    Err(Error::Stale(format!("{differing} generated files are stale; `cargo xtask regen` writes them, then commit")))
}

/// Returns the head of a unified diff from what is committed to what is generated.
fn short_diff(from: &[u8], to: &[u8]) -> String {
    let (from, to) = (String::from_utf8_lossy(from), String::from_utf8_lossy(to));
    let whole = similar::TextDiff::from_lines(from.as_ref(), to.as_ref())
        .unified_diff()
        .context_radius(1)
        .header("committed", "generated")
        .to_string();
    let mut lines: Vec<String> = whole.lines().take(DIFF_LINES_MAX).map(|line| format!("      {line}")).collect();
    let rest = whole.lines().count().saturating_sub(DIFF_LINES_MAX);
    if rest > 0 {
        lines.push(format!("      … {rest} lines more"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(entries: &[(&str, &str)]) -> BTreeMap<PathBuf, Vec<u8>> {
        entries.iter().map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn stale_missing_and_orphaned_files_all_count() {
        let wanted = files(&[("a", "1\n"), ("b", "2\n"), ("c", "3\n")]);
        let present = files(&[("a", "1\n"), ("b", "x\n"), ("d", "4\n")]);
        let error = compare(&wanted, &present).expect_err("three files differ");
        assert_eq!(error.exit_code(), 3);
        assert!(error.to_string().starts_with("3 generated files"), "{error}");
        compare(&wanted, &wanted).expect("equal files are fine");
    }

    #[test]
    fn writing_leaves_exactly_what_is_wanted() {
        let root = tempfile::tempdir().expect("there is room for a folder");
        let wanted = files(&[("generated/sql/mysql/a.sql", "new\n")]);
        let present = files(&[("generated/sql/mysql/a.sql", "old\n"), ("generated/sql/mysql/gone.sql", "")]);
        write(root.path(), &present, &BTreeMap::new()).expect("the folder is ours");
        write(root.path(), &wanted, &present).expect("the folder is ours");
        assert_eq!(committed(root.path()).expect("the folder is ours"), wanted);
    }

    #[test]
    fn a_long_difference_is_cut() {
        let to: String = (0..100).map(|n| format!("{n}\n")).collect();
        let shown = short_diff(b"", to.as_bytes());
        assert_eq!(shown.lines().count(), DIFF_LINES_MAX + 1);
        assert!(shown.contains("+0\n"), "{shown}");
    }
}
