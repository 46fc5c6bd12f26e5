//! Rows whose columns stand under each other, for people and for pipes.

use unicode_width::UnicodeWidthStr;

/// How a cell looks where there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
}

impl Style {
    /// Returns the text in this style.
    pub fn paint(self, text: &str, color: bool) -> String {
        let code = match self {
            _ if !color || text.is_empty() => return text.to_string(),
            Style::Plain => return text.to_string(),
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Red => "31",
            Style::Green => "32",
            Style::Yellow => "33",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// One cell.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    text: String,
    style: Style,
    right: bool,
}

impl Cell {
    /// Returns a cell that begins at the left end of its column.
    pub fn new(text: impl Into<String>) -> Cell {
        // Names on a server may hold anything; nothing of them commands the terminal.
        let text = text.into().chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        Cell { text, style: Style::Plain, right: false }
    }

    /// Returns a cell that ends at the right end of its column, as numbers do.
    pub fn number(text: impl Into<String>) -> Cell {
        Cell { right: true, ..Cell::new(text) }
    }

    /// Returns the cell in a style.
    pub fn styled(self, style: Style) -> Cell {
        Cell { style, ..self }
    }
}

/// Rows of cells.
#[derive(Debug, Default)]
pub(super) struct Grid {
    rows: Vec<Vec<Cell>>,
}

impl Grid {
    /// Adds a row; rows may have different lengths.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Puts a row above all others.
    pub fn head(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.insert(0, cells.into_iter().collect());
    }

    /// Returns whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the lines, each behind `indent` blanks, two blanks between columns and none at the end.
    pub fn render(&self, indent: usize, color: bool) -> String {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |at: usize| self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.text.width()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..count).map(width).collect();
        let mut out = String::new();
        for row in &self.rows {
            let last = row.iter().rposition(|cell| !cell.text.is_empty()).map_or(0, |last| last + 1);
            let mut line = " ".repeat(indent);
            for (at, cell) in row.iter().take(last).enumerate() {
                let blank = " ".repeat(widths[at] - cell.text.width());
                let text = cell.style.paint(&cell.text, color);
                let gap = if at == 0 { "" } else { "  " };
                line += &if cell.right { format!("{gap}{blank}{text}") } else { format!("{gap}{text}{blank}") };
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let mut grid = Grid::default();
        grid.row([Cell::new("größe").styled(Style::Dim), Cell::number("12"), Cell::new("")]);
        grid.row([Cell::new("日本"), Cell::number("1 234"), Cell::new("x\u{1b}y")]);
        assert_eq!(grid.render(2, false), "  größe     12\n  日本   1 234  x?y\n");
        assert!(grid.render(0, true).contains("\u{1b}[2mgröße\u{1b}[0m"));
    }
}
