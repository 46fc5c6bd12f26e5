//! The sources of a git revision, read with the `git` program: its files are listed and read, nothing is checked out.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use djc_core::nearest::nearest;
use tempfile::TempDir;

use super::super::Error;
use crate::project::CONFIG_NAME;

/// A revision and a place in it: `main`, `HEAD~3:pipelines`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Revision {
    name: String,
    /// As git takes it: from the top of the repository, or from here behind `./`.
    path: Option<String>,
}

/// The files of a revision that djc reads, in a temporary folder.
pub(super) struct Tree {
    folder: TempDir,
    /// The place that was asked for, relative to the folder.
    place: PathBuf,
    /// Whether the place is all that was asked for, rather than the project around it.
    pub narrowed: bool,
}

impl Tree {
    /// Returns the folder that stands for the top of the repository.
    pub fn top(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the file or folder that was asked for.
    pub fn place(&self) -> PathBuf {
        self.folder.path().join(&self.place)
    }
}

impl Revision {
    /// Reads what stands behind `git:`.
    pub fn parse(text: &str) -> Result<Revision, Error> {
        let (name, path) = text.split_once(':').map_or((text, None), |(name, path)| (name, Some(path)));
        if name.is_empty() {
            return Err(Error::Usage("`git:` names no revision: write git:main, git:HEAD~3 or git:v1.2:pipelines".to_string()));
        }
        Ok(Revision { name: name.to_string(), path: path.filter(|path| !path.is_empty()).map(str::to_string) })
    }

    /// Returns what messages put before the name of a file.
    pub fn prefix(&self) -> String {
        format!("git:{}:", self.name)
    }

    /// Reads the files: `.dj` files, djc.toml, Python files, notebooks, and MATLAB files.
    ///
    /// # Errors
    /// When there is no git, no repository, no such revision, or no such place in it.
    pub fn read(&self) -> Result<Tree, Error> {
        let here = std::env::current_dir().map_err(|source| Error::Folder { path: PathBuf::from("."), source })?;
        let inside = run(&here, &["rev-parse", "--show-prefix"]).map_err(|failed| match failed {
            Failed::Start(error) => Error::Usage(format!("`git:{}` needs the program git, which cannot be started: {error}", self.name)),
            Failed::Said(message) => {
                let said = message.lines().next().unwrap_or_default().trim_start_matches("fatal: ").to_string();
                Error::Usage(format!("`git:{}` needs a git repository, and `{}` is in none ({said})", self.name, here.display()))
            }
        })?;
        let inside = inside.trim_end_matches('\n').trim_end_matches('/').to_string();
        let wanted = format!("{}^{{commit}}", self.name);
        let commit = run(&here, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).map_err(|_| self.unknown(&here))?;
        let listed = run(&here, &["ls-tree", "-r", "-z", "--full-tree", commit.trim()]).map_err(|failed| failed.told("ls-tree"))?;
        let blobs = blobs(&listed);

        let place = match &self.path {
            Some(path) if path == "." || path.starts_with("./") || path.starts_with("../") => normal(&Path::new(&inside).join(path)),
            Some(path) => normal(Path::new(path)),
            None => PathBuf::from(&inside),
        };
        let below = |path: &str, folder: &Path| Path::new(path).starts_with(folder);
        if place != Path::new("") && !blobs.keys().any(|path| below(path, &place)) {
            let path = place.display();
            let hint = if self.path.is_some() { "; paths begin at the top of the repository, or here with `./`" } else { "" };
            return Err(Error::Usage(format!("there is no `{path}` in `git:{}`{hint}", self.name)));
        }
        // Names resolve against the whole project: the folder of the nearest djc.toml.
        let project = place.ancestors().find(|folder| blobs.contains_key(slashes(&folder.join(CONFIG_NAME)).as_str()));
        let root = project.unwrap_or(&place);
        let wanted: Vec<(&str, &str)> =
            blobs.iter().filter(|(path, _)| below(path, root) && is_source(path)).map(|(path, id)| (*path, *id)).collect();
        let folder = tempfile::tempdir()?;
        let texts = contents(&here, &wanted)?;
        for ((path, _), text) in wanted.iter().zip(texts) {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a file below the folder"))?;
            fs::write(path, text)?;
        }
        if project.is_none() {
            // A djc.toml that happens to lie above temporary folders is none of the revision's.
            fs::write(folder.path().join(CONFIG_NAME), "")?;
        }
        Ok(Tree { folder, narrowed: self.path.is_some(), place })
    }

    fn unknown(&self, here: &Path) -> Error {
        let names =
            run(here, &["for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes"]).unwrap_or_default();
        let known: Vec<&str> = std::iter::once("HEAD").chain(names.lines()).collect();
        let near = match nearest(&self.name, known.iter().copied()) {
            Some(near) => format!("; did you mean `git:{near}`?"),
            None => format!("; it has {}", known.iter().take(6).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        };
        let shallow = run(here, &["rev-parse", "--is-shallow-repository"]).is_ok_and(|said| said.trim() == "true");
        let hint = if shallow { "; this repository is shallow: `git fetch --unshallow` brings the rest" } else { "" };
        Error::Usage(format!("there is no revision `{}` in this repository{near}{hint}", self.name))
    }
}

/// Why git said nothing.
enum Failed {
    Start(std::io::Error),
    Said(String),
}

impl Failed {
    fn told(self, what: &str) -> Error {
        match self {
            Failed::Start(error) => Error::Usage(format!("git cannot be started: {error}")),
            Failed::Said(message) => Error::Usage(format!("git {what} failed: {}", message.trim())),
        }
    }
}

fn git(here: &Path) -> Command {
    let mut git = Command::new("git");
    // Reading takes no locks, and asks nobody for a password.
    git.current_dir(here).env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C").stdin(Stdio::null());
    git
}

fn run(here: &Path, arguments: &[&str]) -> Result<String, Failed> {
    let output = git(here).args(arguments).output().map_err(Failed::Start)?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Failed::Said(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

/// Reads `MODE blob ID\tPATH\0…`; links and submodules are left out.
fn blobs(listed: &str) -> BTreeMap<&str, &str> {
    let entries = listed.split('\0').filter_map(|entry| {
        let (head, path) = entry.split_once('\t')?;
        let mut words = head.split(' ');
        let (mode, kind, id) = (words.next()?, words.next()?, words.next()?);
        (kind == "blob" && mode != "120000").then_some((path, id))
    });
    entries.collect()
}

fn is_source(path: &str) -> bool {
    let path = Path::new(path);
    path.file_name().is_some_and(|name| name == CONFIG_NAME)
        || path.extension().is_some_and(|extension| ["dj", "py", "ipynb", "m"].iter().any(|known| extension == *known))
}

/// Reads files by their ids, all with one run of git.
fn contents(here: &Path, wanted: &[(&str, &str)]) -> Result<Vec<Vec<u8>>, Error> {
    let failed = |what: &str| Error::Usage(format!("git cat-file failed: {what}"));
    let mut child = git(here)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(&error.to_string()))?;
    let mut stdin = child.stdin.take().expect("it is piped");
    let ids: String = wanted.iter().map(|(_, id)| format!("{id}\n")).collect();
    // Git answers while it is still asked, so somebody must read meanwhile.
    let asking = std::thread::spawn(move || stdin.write_all(ids.as_bytes()));
    let mut out = Vec::new();
    child.stdout.take().expect("it is piped").read_to_end(&mut out)?;
    let status = child.wait()?;
    if !status.success() || !matches!(asking.join(), Ok(Ok(()))) {
        return Err(failed("it ended early"));
    }
    let mut rest = out.as_slice();
    let mut texts = Vec::with_capacity(wanted.len());
    for (path, _) in wanted {
        // `ID blob SIZE`, the bytes, and a line end.
        let line = rest.iter().position(|byte| *byte == b'\n').ok_or_else(|| failed(path))?;
        let head = String::from_utf8_lossy(&rest[..line]).into_owned();
        let size: usize = head.rsplit(' ').next().and_then(|size| size.parse().ok()).ok_or_else(|| failed(&format!("{path}: {head}")))?;
        let text = rest.get(line + 1..line + 1 + size).ok_or_else(|| failed(path))?;
        texts.push(text.to_vec());
        rest = rest.get(line + 2 + size..).unwrap_or_default();
    }
    Ok(texts)
}

/// Takes `.` and `..` out of a path inside a repository.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => out.push(name),
            Component::ParentDir => drop(out.pop()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    out
}

/// Returns a path as git writes it.
fn slashes(path: &Path) -> String {
    path.components().map(|component| component.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
