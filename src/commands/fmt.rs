//! `djc fmt`: the one form of `.dj` files.

use std::collections::HashMap;
use std::io::{ErrorKind, Read as _};
use std::path::PathBuf;

use djc_core::source::{FileId, SourceMap, Span};
use similar::TextDiff;

use super::ui::Channel;
use super::{Error, Exit, Format, Ui};
use crate::diag::codes::NOT_FORMATTED;
use crate::diag::{Diagnostic, Sink, counted};
use crate::output::Files;
use crate::parser;

/// Bring `.dj` files into their one form
///
/// Aligns colons and comments, keeps every comment, never changes a meaning. Files with syntax errors are left as they are and reported.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files and folders; `-` reads stdin and writes stdout; without any, the sources of djc.toml
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Change nothing; show what would change, and exit with 1 if anything would
    #[arg(long)]
    check: bool,
}

/// What came of one run.
#[derive(Default)]
struct Formatted {
    changed: Vec<(FileId, String)>,
    findings: Vec<Diagnostic>,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let stdin = args.paths.iter().any(|path| path.as_os_str() == "-");
    if stdin && args.paths.len() > 1 {
        return Err(Error::Usage("`-` (stdin) stands alone: give it no other paths".to_string()));
    }
    let mut sources = SourceMap::new();
    // Names are for people: a path that is not UTF-8 cannot be had back from one.
    let mut paths: HashMap<FileId, PathBuf> = HashMap::new();
    let mut exit = Exit::Fine;
    if stdin {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|source| Error::Read { path: "-".into(), source })?;
        sources.add("<stdin>", text);
    } else {
        for path in super::files::dj_files(ui, &args.paths)? {
            match std::fs::read_to_string(&path) {
                Ok(text) => {
                    let id = sources.add(path.display().to_string().replace('\\', "/"), text);
                    paths.insert(id, path);
                }
                Err(error) if error.kind() == ErrorKind::InvalidData => {
                    let said = format!("`{}` is not UTF-8 text and stays as it is", path.display());
                    exit = exit.and(ui.fail(&Error::Usage(said)));
                }
                // The others are formatted all the same.
                Err(source) => exit = exit.and(ui.fail(&Error::Read { path, source })),
            }
        }
    }
    let mut formatted = format_all(&sources);
    if !formatted.findings.is_empty() {
        exit = exit.and(Exit::Findings);
    }
    let count = formatted.changed.len();
    if args.check {
        if count > 0 {
            exit = exit.and(Exit::Findings);
        }
        if ui.format() == Format::Human {
            for (file, text) in &formatted.changed {
                ui.print(diff(&sources, *file, text))?;
            }
            ui.report(Channel::Err, &sources, &formatted.findings)?;
        } else {
            formatted.findings.extend(formatted.changed.iter().map(|(file, text)| unformatted(&sources, *file, text)));
            ui.report(Channel::Out, &sources, &formatted.findings)?;
        }
        let verb = if count == 1 { "is" } else { "are" };
        ui.say(format!("{} of {} {verb} not formatted", count, counted(sources.files().count(), "file")))?;
        return Ok(exit);
    }
    if stdin {
        // What cannot be formatted is not passed on, so that an editor keeps its buffer.
        if formatted.findings.is_empty() {
            let text = formatted.changed.first().map_or(sources.file(FileId(0)).text.as_ref(), |(_, text)| text);
            ui.print(text)?;
        }
    } else {
        let mut files = Files::new();
        for (file, text) in &formatted.changed {
            if let Some(path) = paths.get(file) {
                files.add(path, text.as_str());
            }
        }
        files.write(".".as_ref())?;
        ui.say(format!("{} formatted, {} unchanged", counted(count, "file"), sources.files().count() - count))?;
    }
    ui.report_any(Channel::Err, &sources, &formatted.findings)?;
    Ok(exit)
}

fn format_all(sources: &SourceMap) -> Formatted {
    let mut out = Formatted::default();
    for (id, file) in sources.files() {
        let mut sink = Sink::new();
        let tree = parser::parse(id, &file.text, &mut sink);
        if sink.has_errors() {
            out.findings.extend(sink.into_sorted());
            continue;
        }
        let text = parser::format::format(&file.text, &tree);
        if text != *file.text {
            out.changed.push((id, text));
        }
    }
    out
}

fn diff(sources: &SourceMap, file: FileId, text: &str) -> String {
    let file = sources.file(file);
    TextDiff::from_lines(&*file.text, text)
        .unified_diff()
        .context_radius(3)
        .header(&file.name, &format!("{} (formatted)", file.name))
        .to_string()
}

/// Returns the finding of a file that is not in its form, at the first line that would change.
fn unformatted(sources: &SourceMap, id: FileId, text: &str) -> Diagnostic {
    let file = sources.file(id);
    let same: usize =
        file.text.split_inclusive('\n').zip(text.split_inclusive('\n')).take_while(|(a, b)| a == b).map(|(a, _)| a.len()).sum();
    let line = file.text[same..].split_inclusive('\n').next().unwrap_or_default();
    NOT_FORMATTED.at(Span::new(id, same, same + line.trim_end().len()), "not in the form of `djc fmt`").help("run `djc fmt`")
}
