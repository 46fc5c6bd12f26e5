//! `djc new`: a project that compiles.

use std::io;
use std::path::{Path, PathBuf};

use super::{Error, Exit, Ui};
use crate::output::Files;

/// Start a project: djc.toml, a first pipeline, a CI file
///
/// The folder must be new or empty. What is written compiles as it stands: `djc check`, then `djc deploy --database dev`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where; its last part becomes the name of the project
    #[arg(value_name = "DIR")]
    project: PathBuf,

    /// Which DataJoint the tables belong to: "0.14" or "2"
    #[arg(long, value_name = "VERSION", default_value = "0.14", value_parser = ["0.14", "2"])]
    datajoint: String,
}

/// What is written, by path; `{{…}}` is filled in.
const TEMPLATES: &[(&str, &str)] = &[
    ("djc.toml", include_str!("new_project/djc.toml")),
    ("README.md", include_str!("new_project/README.md")),
    (".gitignore", include_str!("new_project/gitignore")),
    (".github/workflows/djc.yml", include_str!("new_project/workflow.yml")),
];

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    refuse_used(&args.project)?;
    let name = project_name(&args.project)?;
    let pipeline = match args.datajoint.as_str() {
        "2" => include_str!("new_project/modern.dj"),
        _ => include_str!("new_project/classic.dj"),
    };
    let fill = |text: &str| text.replace("{{name}}", &name).replace("{{datajoint}}", &args.datajoint);
    let mut files = Files::new();
    for (path, text) in TEMPLATES {
        files.add(path, fill(text));
    }
    files.add(format!("pipelines/{name}.dj"), fill(pipeline));
    files.write(&args.project)?;
    ui.say(format!("created `{}`:", args.project.display()))?;
    for (path, _) in files.iter() {
        ui.say(format!("  {}", path.display()))?;
    }
    ui.say(format!("next: djc -C {} check", args.project.display()))?;
    Ok(Exit::Fine)
}

fn refuse_used(directory: &Path) -> Result<(), Error> {
    match std::fs::read_dir(directory) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(Error::Usage(format!("`{}` is not empty; a project starts in a new or empty folder", directory.display()))),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(Error::Read { path: directory.to_path_buf(), source }),
    }
}

/// Returns a module name made of the folder's: lower case, `_` for what a name cannot hold.
pub(super) fn project_name(directory: &Path) -> Result<String, Error> {
    let full = std::path::absolute(directory).map_err(|source| Error::Read { path: directory.to_path_buf(), source })?;
    // `.` and `..` have a name once they are absolute and clean.
    let full = std::fs::canonicalize(&full).unwrap_or(full);
    let last = full.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let mut name: String = last.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    name = name.trim_matches('_').to_string();
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        name = format!("lab_{name}").trim_end_matches('_').to_string();
    }
    Ok(name.chars().take(40).collect())
}
