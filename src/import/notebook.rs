//! Notebooks: the code of their cells as one text that leads back into the file, line by line.

use std::ops::Range;

use crate::core::source::{FileId, Segment, SourceMap, Span};
use crate::diag::Diagnostic;

/// A cell with code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Where it stands in the text of all code.
    pub code: Range<usize>,
    /// Its number among all cells, counted from one.
    number: usize,
    /// Where each of its lines stands in the notebook.
    lines: Vec<Span>,
}

#[derive(serde::Deserialize)]
struct Notebook {
    #[serde(default)]
    cells: Vec<RawCell>,
    /// Before 2015 the cells stood in sheets.
    #[serde(default)]
    worksheets: Vec<Worksheet>,
    nbformat: u32,
}

#[derive(serde::Deserialize)]
struct Worksheet {
    cells: Vec<RawCell>,
}

#[derive(serde::Deserialize)]
struct RawCell {
    cell_type: String,
    #[serde(alias = "input", default)]
    source: Lines,
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Lines {
    One(String),
    Many(Vec<String>),
}

impl Default for Lines {
    fn default() -> Self {
        Lines::Many(Vec::new())
    }
}

/// Adds a notebook and the code of its cells to the map; returns the text of the code, and its cells.
///
/// # Errors
/// When the text is no notebook; with the place.
pub fn cells(name: &str, text: &str, sources: &mut SourceMap) -> Result<(FileId, Vec<Cell>), (Span, String)> {
    let real = sources.add(name, text);
    let notebook: Notebook = serde_json::from_str(text).map_err(|error| {
        let start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let at = (start + error.column().saturating_sub(1)).min(text.len());
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        (Span::new(real, text.floor_char_boundary(at), text.floor_char_boundary(at)), message.to_string())
    })?;
    let raw = if notebook.nbformat < 4 { notebook.worksheets.into_iter().flat_map(|sheet| sheet.cells).collect() } else { notebook.cells };
    let mut code = String::new();
    let mut segments = Vec::new();
    let mut cells = Vec::new();
    let mut from = 0;
    for (at, cell) in raw.into_iter().enumerate() {
        let lines: Vec<String> = match cell.source {
            Lines::One(text) => text.split_inclusive('\n').map(str::to_string).collect(),
            Lines::Many(lines) => lines,
        };
        if cell.cell_type != "code" {
            continue;
        }
        let mut out = Cell { code: code.len()..code.len(), number: at + 1, lines: Vec::new() };
        for line in lines {
            // Where the line stands in JSON; its escapes are as long there as the writers of notebooks write them.
            let written = serde_json::Value::from(line.as_str()).to_string();
            let written = &written[1..written.len() - 1];
            let origin = match text[from..].find(written) {
                Some(at) => {
                    let start = from + at;
                    from = start + written.len();
                    Span::new(real, start, from)
                }
                None => Span::new(real, from, from),
            };
            out.lines.push(origin);
            segments.push(Segment { start: code.len() as u32, origin });
            code.push_str(&line);
        }
        if !code.is_empty() && !code.ends_with('\n') {
            code.push('\n');
        }
        out.code.end = code.len();
        // What is for another program than Python: `%%bash`, `%%html`.
        let foreign = code[out.code.clone()].trim_start().starts_with("%%") && !code[out.code.clone()].trim_start().starts_with("%%time");
        if !foreign {
            cells.push(out);
        }
    }
    Ok((sources.add_derived(name, code, segments), cells))
}

/// Says in which cell of a notebook a message belongs.
pub fn name_cell(diagnostic: Diagnostic, cells: &[&Cell], sources: &SourceMap) -> Diagnostic {
    let Some(place) = diagnostic.span.map(|span| sources.origin(span)) else { return diagnostic };
    for cell in cells {
        let holds = |line: &Span| line.file == place.file && line.start <= place.start && place.start <= line.end;
        if let Some(line) = cell.lines.iter().position(holds) {
            return diagnostic.help(format!("this is cell {} of the notebook, line {}", cell.number, line + 1));
        }
    }
    diagnostic
}
