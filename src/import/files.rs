//! Source files of other languages from the disk: where the front-ends touch the world.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::encoding;
use super::notebook::{self, Cell};
use crate::core::source::{FileId, SourceMap, Span};
use crate::diag::{Sink, codes};
use crate::project;

/// Larger files are refused: no module with tables is, and a data file named by mistake may be.
const SIZE_MAX: u64 = 20_000_000;

/// What was read from the disk.
#[derive(Debug, Default)]
pub struct PythonFiles {
    /// The modules.
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
    /// The cells of a notebook.
    pub cells: Option<Vec<Cell>>,
}

/// One MATLAB file.
#[derive(Debug, Clone)]
pub struct MatlabFile {
    /// Its text.
    pub file: FileId,
    /// Where it was read.
    pub path: PathBuf,
    /// The packages around it, outermost first.
    pub package: Vec<String>,
    /// Its name, which is that of its class.
    pub name: String,
}

/// Reads all Python files and notebooks of some paths; what is wrong with one is reported, and the others are read.
///
/// Texts of `unsaved` count instead of what the disk holds, by the name that messages print. Paths are relative to `directory`, and so are the names in messages. Folders that begin with a dot, and those that hold installed or built things, are left out; links to folders are followed once, so that no circle
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
            let mut take = |file| {
                found.entry(file).or_insert_with(|| root.clone());
                true
            };
            below(&path, &is_python, &mut take, &mut |folder, error| {
                let message = format!("cannot read `{}`: {error}", project::name_of(folder, directory));
                sink.report(codes::UNREADABLE_SOURCE.anywhere(message).help("the Python files in it are not read"));
            })?;
        } else {
            found.entry(path).or_insert(root);
        }
    }
    let names = dotted_names(&found);
    let mut files = PythonFiles::default();
    for (path, Names { dotted, also, package }) in found.into_keys().zip(names) {
        let name = project::name_of(&path, directory);
        let Some(text) = unsaved.get(&name).cloned().or_else(|| read_python(&path, &name, sources, sink)) else { continue };
        let (file, cells) = if path.extension().is_some_and(|extension| extension == "ipynb") {
            match notebook::cells(&name, &text, sources) {
                Ok((file, cells)) => (file, Some(cells)),
                Err((span, error)) => {
                    sink.report(
                        codes::PYTHON_SYNTAX
                            .at(span, format!("this is no notebook: {error}"))
                            .help("a notebook is JSON with `cells`, as Jupyter saves it"),
                    );
                    continue;
                }
            }
        } else {
            (sources.add(name, text), None)
        };
        files.modules.push(PythonFile { file, path, dotted, also, package, cells });
    }
    Ok(files)
}

/// Reads all MATLAB files of some paths; what is wrong with one is reported, and the others are read.
///
/// Texts of `unsaved` count as for [`python_files`]. Packages are the folders `+name` around a file, those above the path included; a class may stand in a folder `@Class` of its own. A file that is not
/// UTF-8 is read as Windows-1252, which MATLAB wrote for long, and named.
///
/// # Errors
/// When a path that was given does not exist, or a folder cannot be listed; with the path.
pub fn matlab_files(
    paths: &[PathBuf],
    directory: &Path,
    unsaved: &BTreeMap<String, String>,
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Result<Vec<MatlabFile>, (PathBuf, io::Error)> {
    let mut found: BTreeSet<PathBuf> = BTreeSet::new();
    for given in paths {
        let path = project::normal(&directory.join(given));
        if fs::metadata(&path).map_err(|error| (given.clone(), error))?.is_dir() {
            let mut take = |file| {
                found.insert(file);
                true
            };
            below(&path, &is_matlab, &mut take, &mut |folder, error| {
                let message = format!("cannot read `{}`: {error}", project::name_of(folder, directory));
                sink.report(codes::UNREADABLE_SOURCE.anywhere(message).help("the MATLAB files in it are not read"));
            })?;
        } else {
            found.insert(path);
        }
    }
    let mut files = Vec::new();
    for path in found {
        let name = project::name_of(&path, directory);
        let (text, odd) = match unsaved.get(&name) {
            Some(text) => (text.clone(), None),
            None => match read(&path, &name, sink) {
                Some(bytes) => encoding::decode_matlab(bytes),
                None => continue,
            },
        };
        let file = sources.add(name.as_str(), text);
        if let Some(odd) = odd {
            let message = format!("`{name}` is not UTF-8 text; it is read as Windows-1252");
            let found = codes::MATLAB_ENCODING.at(Span::new(file, odd.start, odd.end), message);
            sink.report(found.help("save it as UTF-8 when this character, or another, is not the one that was meant"));
        }
        let (package, name) = package(&path);
        files.push(MatlabFile { file, path, package, name });
    }
    Ok(files)
}

/// Returns the packages around a MATLAB file and its name.
fn package(path: &Path) -> (Vec<String>, String) {
    let folders = path.parent().into_iter().flat_map(Path::components).map(|part| part.as_os_str().to_string_lossy().into_owned());
    let packages = folders.filter_map(|folder| folder.strip_prefix('+').map(str::to_string));
    (packages.collect(), path.file_stem().unwrap_or_default().to_string_lossy().into_owned())
}

/// Returns whether a path is that of a source in another language, or of a folder with some: Python files, notebooks, MATLAB packages.
pub fn is_source(path: &Path) -> bool {
    if !path.is_dir() {
        return is_foreign(path);
    }
    // A script of MATLAB beside other things is no source; a file in a package is.
    let in_package = |path: &Path| !package(path).0.is_empty();
    holds(path, &|file| is_python(file) || is_matlab(file) && in_package(file))
}

/// Returns whether a path is that of a file that is wanted, or of a folder with one.
pub fn holds(path: &Path, wanted: &dyn Fn(&Path) -> bool) -> bool {
    if !path.is_dir() {
        return wanted(path);
    }
    let mut any = false;
    let mut take = |_| {
        any = true;
        false
    };
    // What cannot be listed is reported by those who read it.
    let _ = below(path, wanted, &mut take, &mut |_, _| {});
    any
}

/// Returns whether a path is that of a file in another language, by its ending.
pub fn is_foreign(path: &Path) -> bool {
    is_python(path) || is_matlab(path)
}

/// Hands over all files below a folder that are wanted, until one is refused; folders inside that cannot be listed are reported.
fn below(
    folder: &Path,
    wanted: &dyn Fn(&Path) -> bool,
    take: &mut dyn FnMut(PathBuf) -> bool,
    unreadable: &mut dyn FnMut(&Path, io::Error),
) -> Result<(), (PathBuf, io::Error)> {
    let failed = |error| (folder.to_path_buf(), error);
    let top = fs::canonicalize(folder).map_err(failed)?;
    let mut seen: HashSet<PathBuf> = HashSet::from([top.clone()]);
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if open.is_empty() && seen.len() == 1 => return Err((folder, error)),
            Err(error) => {
                unreadable(&folder, error);
                continue;
            }
        };
        for entry in entries.flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                if matches!(name.as_str(), "__pycache__" | "node_modules" | "site-packages" | "build") {
                    continue;
                }
                // A link leads anywhere: to a folder that is read already, or to one around it, it is not followed.
                match fs::canonicalize(&path) {
                    Ok(real) if top.starts_with(&real) || !seen.insert(real.clone()) => {}
                    Ok(_) => open.push(path),
                    Err(error) => unreadable(&path, error),
                }
            } else if wanted(&path) && !take(path) {
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

/// Returns whether a path is that of a MATLAB file, by its ending.
pub fn is_matlab(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "m")
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

/// Reads a text in the encoding that Python would read it in; `None` when a finding says why not.
fn read_python(path: &Path, name: &str, sources: &mut SourceMap, sink: &mut Sink) -> Option<String> {
    match encoding::decode(read(path, name, sink)?) {
        Ok(text) => Some(text),
        Err(refused) => {
            let message = format!("`{name}` cannot be read as text: {}", refused.why);
            let Some((head, valid)) = refused.head else {
                sink.report(codes::SOURCE_NOT_TEXT.anywhere(message).help(refused.help));
                return None;
            };
            let file = sources.add(name, format!("{head}\u{fffd}\n"));
            let span = Span::new(file, valid, valid + '\u{fffd}'.len_utf8());
            sink.report(codes::SOURCE_NOT_TEXT.at(span, message).help(refused.help));
            None
        }
    }
}

/// Reads a file; `None` when a finding says why not.
fn read(path: &Path, name: &str, sink: &mut Sink) -> Option<Vec<u8>> {
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
    match bytes {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            sink.report(codes::UNREADABLE_SOURCE.anywhere(format!("cannot read `{name}`: {error}")));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_the_folders_with_a_plus() {
        let package = |path: &str| package(Path::new(path));
        assert_eq!(package("/m/+lab/+sub/Session.m"), (vec!["lab".to_string(), "sub".to_string()], "Session".to_string()));
        assert_eq!(package("/m/+lab/@Session/Session.m"), (vec!["lab".to_string()], "Session".to_string()));
        assert_eq!(package("/m/run.m"), (Vec::new(), "run".to_string()));
    }

    #[test]
    fn names_of_modules_are_dotted() {
        assert_eq!(dotted(Path::new("/lab/p/a/b.py"), Path::new("/lab/p")), ("a.b".to_string(), false));
        assert_eq!(dotted(Path::new("/lab/p/a/__init__.py"), Path::new("/lab/p")), ("a".to_string(), true));
    }
}
