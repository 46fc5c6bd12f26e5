//! Python files and notebooks from the disk: where the front-end touches the world.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::core::source::{FileId, Segment, SourceMap, Span};
use crate::diag::{Sink, codes};
use crate::project;

/// Larger files are refused: no module with tables is, and a data file named by mistake may be.
const SIZE_MAX: u64 = 20_000_000;

/// What was read from the disk.
#[derive(Debug, Default)]
pub struct PythonFiles {
    /// The modules: the text, the dotted name, whether it is a package, whether it was a notebook.
    pub modules: Vec<PythonFile>,
}

/// One Python module.
#[derive(Debug, Clone)]
pub struct PythonFile {
    /// Its text; a derived one for a notebook.
    pub file: FileId,
    /// Where it was read.
    pub path: PathBuf,
    /// Its dotted name.
    pub dotted: String,
    /// Another name that code may import it by.
    pub also: Option<String>,
    /// Whether it is the `__init__` of a package.
    pub package: bool,
    /// Whether it was a notebook.
    pub notebook: bool,
}

/// Reads all Python files and notebooks of some paths; what is wrong with one is reported, and the others are read.
///
/// Texts of `unsaved` count instead of what the disk holds, by the name that messages print. Paths are relative to `directory`, and so are the names in messages. Folders that begin with a dot, and those that hold installed or built things, are left out; links to folders are not followed, so that no circle
/// is walked.
///
/// # Errors
/// When a path that was given does not exist, or a folder cannot be listed; with the path.
pub fn python_files(
    paths: &[PathBuf],
    directory: &Path,
    unsaved: &BTreeMap<String, String>,
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Result<PythonFiles, (PathBuf, io::Error)> {
    let mut found: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for given in paths {
        let failed = |error| (given.clone(), error);
        let path = project::normal(&directory.join(given));
        let meta = fs::metadata(&path).map_err(failed)?;
        let start = if meta.is_dir() { path.as_path() } else { path.parent().unwrap_or(&path) };
        // Python starts from the folder above the outermost package.
        let root = start.ancestors().find(|folder| !folder.join("__init__.py").exists()).unwrap_or(start).to_path_buf();
        if meta.is_dir() {
            below(&path, &mut |file| {
                found.entry(file).or_insert_with(|| root.clone());
                true
            })?;
        } else {
            found.entry(path).or_insert(root);
        }
    }
    let names = dotted_names(&found);
    let mut files = PythonFiles::default();
    for (path, Names { dotted, also, package }) in found.into_keys().zip(names) {
        let name = project::name_of(&path, directory);
        let Some(text) = unsaved.get(&name).cloned().or_else(|| read(&path, &name, sources, sink)) else { continue };
        let notebook = path.extension().is_some_and(|extension| extension == "ipynb");
        let file = if notebook {
            match cells(&name, &text, sources) {
                Ok(file) => file,
                Err(error) => {
                    sink.report(codes::PYTHON_SYNTAX.anywhere(format!("`{name}` is no notebook: {error}")));
                    continue;
                }
            }
        } else {
            sources.add(name, text)
        };
        files.modules.push(PythonFile { file, path, dotted, also, package, notebook });
    }
    Ok(files)
}

/// Returns whether a folder holds Python files or notebooks.
pub fn holds_python(folder: &Path) -> bool {
    let mut any = false;
    // What cannot be listed is reported by those who read it.
    let _ = below(folder, &mut |_| {
        any = true;
        false
    });
    any
}

/// Hands over all Python files below a folder, until one is refused.
fn below(folder: &Path, take: &mut dyn FnMut(PathBuf) -> bool) -> Result<(), (PathBuf, io::Error)> {
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let failed = |error| (folder.clone(), error);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if entry.file_type().map_err(failed)?.is_dir() {
                if !name.starts_with('.') && !matches!(name.as_str(), "__pycache__" | "node_modules" | "site-packages" | "build") {
                    open.push(path);
                }
            } else if is_python(&path) && !take(path) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Returns whether a path is that of a Python file or a notebook, by its ending.
pub fn is_python(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "py" || extension == "ipynb")
}

/// What a module is called.
struct Names {
    dotted: String,
    also: Option<String>,
    package: bool,
}

/// Returns the names of all files, each with the folder that was given.
///
/// A file in a package is named from the outermost folder with an `__init__.py`, as Python does once that folder's parent (`src`, mostly) is on its path. Any
/// other is named from the folder that was given, and by its bare name, as scripts beside each other import themselves.
fn dotted_names(found: &BTreeMap<PathBuf, PathBuf>) -> Vec<Names> {
    let mut packages: HashMap<PathBuf, bool> = HashMap::new();
    let mut is_package = |folder: &Path| *packages.entry(folder.to_path_buf()).or_insert_with(|| folder.join("__init__.py").exists());
    let mut out = Vec::new();
    for (path, root) in found {
        let (given, package) = dotted(path, root);
        let folder = path.parent().unwrap_or(path);
        let top = folder.ancestors().find(|folder| !is_package(folder)).unwrap_or(folder);
        let names = if top == folder {
            let stem = given.rsplit('.').next().unwrap_or_default().to_string();
            Names { also: (stem != given).then_some(stem), dotted: given, package }
        } else {
            let (dotted, package) = dotted(path, top);
            Names { also: (dotted != given).then_some(given), dotted, package }
        };
        out.push(names);
    }
    // Of two packages of one name none has it to itself.
    let mut count: HashMap<String, usize> = HashMap::new();
    for names in &out {
        *count.entry(names.dotted.clone()).or_default() += 1;
    }
    for names in &mut out {
        if count[&names.dotted] > 1
            && let Some(also) = names.also.take()
        {
            names.dotted = also;
        }
    }
    out
}

/// Returns the dotted name of a file below the folder that Python starts from.
fn dotted(path: &Path, root: &Path) -> (String, bool) {
    let inner = path.strip_prefix(root).unwrap_or(path).with_extension("");
    let mut parts: Vec<String> = inner.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let package = parts.len() > 1 && parts.last().is_some_and(|last| last == "__init__");
    if package {
        parts.pop();
    }
    (parts.join("."), package)
}

fn read(path: &Path, name: &str, sources: &mut SourceMap, sink: &mut Sink) -> Option<String> {
    let unreadable = |error: io::Error| codes::UNREADABLE_SOURCE.anywhere(format!("cannot read `{name}`: {error}"));
    let bytes = match fs::metadata(path) {
        Ok(meta) if meta.len() > SIZE_MAX => {
            let size = meta.len() / 1_000_000;
            sink.report(codes::SOURCE_TOO_LARGE.anywhere(format!("`{name}` has {size} MB; a module with tables has less")));
            return None;
        }
        Ok(meta) if !meta.is_file() => {
            sink.report(codes::UNREADABLE_SOURCE.anywhere(format!("`{name}` is no file")));
            return None;
        }
        Ok(_) => fs::read(path),
        Err(error) => Err(error),
    };
    match bytes.map(String::from_utf8) {
        // An editor's byte order mark is no part of the text.
        Ok(Ok(text)) => Some(text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text)),
        Ok(Err(error)) => {
            let valid = error.utf8_error().valid_up_to();
            let head = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
            let file = sources.add(name, format!("{head}\u{fffd}\n"));
            let span = Span::new(file, valid, valid + '\u{fffd}'.len_utf8());
            let message = format!("`{name}` is not UTF-8 text: byte 0x{:02x}", error.as_bytes()[valid]);
            sink.report(codes::SOURCE_NOT_TEXT.at(span, message).help("save it as UTF-8; it may be Latin-1 now"));
            None
        }
        Err(error) => {
            sink.report(unreadable(error));
            None
        }
    }
}

/// Adds the code of a notebook as one text that leads back to the lines of its cells.
fn cells(name: &str, text: &str, sources: &mut SourceMap) -> Result<FileId, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Notebook {
        cells: Vec<Cell>,
    }
    #[derive(serde::Deserialize)]
    struct Cell {
        cell_type: String,
        source: Lines,
    }
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Lines {
        One(String),
        Many(Vec<String>),
    }
    let notebook: Notebook = serde_json::from_str(text)?;
    let real = sources.add(name, text);
    let mut code = String::new();
    let mut segments = Vec::new();
    let mut from = 0;
    for cell in notebook.cells {
        let lines = match cell.source {
            Lines::One(text) => text.split_inclusive('\n').map(str::to_string).collect(),
            Lines::Many(lines) => lines,
        };
        for line in lines.into_iter().filter(|_| cell.cell_type == "code") {
            // Where the line stands in JSON; its escapes are as long there as the writers of notebooks write them.
            let written = serde_json::to_string(&line)?;
            let written = written.trim_matches('"');
            let origin = match text[from..].find(written) {
                Some(at) => {
                    let start = from + at;
                    from = start + written.len();
                    Span::new(real, start, from)
                }
                None => Span::new(real, from, from),
            };
            segments.push(Segment { start: code.len() as u32, origin });
            code.push_str(&line);
        }
        if !code.is_empty() && !code.ends_with('\n') {
            code.push('\n');
        }
    }
    Ok(sources.add_derived(name, code, segments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_modules_are_dotted() {
        assert_eq!(dotted(Path::new("/lab/p/a/b.py"), Path::new("/lab/p")), ("a.b".to_string(), false));
        assert_eq!(dotted(Path::new("/lab/p/a/__init__.py"), Path::new("/lab/p")), ("a".to_string(), true));
    }
}
