//! Differences for people: table by table, what was and what is.

use djc_core::catalog::Table;
use djc_core::diff::TypeEffect;
use similar::{ChangeTag, TextDiff};
use unicode_width::UnicodeWidthStr;

use super::super::grid::Style;
use super::entry::Entry;
use crate::diag::counted;
use crate::diag::human::Look;

/// Narrower terminals get the lines of two texts one below the other.
const TWO_COLUMNS_MIN: usize = 100;

pub(super) fn show(entries: &[Entry], names: &(String, String), look: Look) -> String {
    if entries.is_empty() {
        return format!("{} and {}: no difference\n", names.0, names.1);
    }
    let mut out = String::new();
    let mut last: Option<(&String, &Option<String>)> = None;
    for entry in entries {
        let place = (&entry.schema, &entry.table);
        if last != Some(place) {
            out.push_str(if last.is_some() && !(entry.is_whole() && is_whole(entries, last)) { "\n" } else { "" });
            let title = entry.class.as_ref().map_or(format!("schema {}", entry.schema), |class| format!("{}.{class}", entry.schema));
            let (sign, style) = match entry.kind.as_str() {
                "table_added" | "schema_added" => ("+ ", Style::Green),
                "table_removed" | "schema_removed" => ("- ", Style::Red),
                _ => ("", Style::Bold),
            };
            out.push_str(&style.paint(&format!("{sign}{title}"), look.color));
            out.push_str(&if entry.is_whole() { format!("  {}\n", whole(entry)) } else { "\n".to_string() });
            last = Some(place);
            if entry.is_whole() {
                also(&mut out, entry, look);
                continue;
            }
        }
        line(&mut out, entry, look);
        also(&mut out, entry, look);
    }
    let tables = {
        let mut places: Vec<_> = entries.iter().map(|entry| (&entry.schema, &entry.table)).collect();
        places.dedup();
        places.iter().filter(|(_, table)| table.is_some()).count()
    };
    let tables = if tables == 0 { String::new() } else { format!(" in {}", counted(tables, "table")) };
    out.push_str(&format!("\n{}{tables}: {} -> {}\n", counted(entries.len(), "difference"), names.0, names.1));
    out
}

/// Returns whether the table that was shown last is wholly new or gone: such stand one below the other.
fn is_whole(entries: &[Entry], place: Option<(&String, &Option<String>)>) -> bool {
    entries.iter().any(|entry| Some((&entry.schema, &entry.table)) == place && entry.is_whole())
}

/// Says how much a table or schema is that only one side has.
fn whole(entry: &Entry) -> String {
    let table: Option<Table> = serde_json::from_value(entry.detail["table"].clone()).ok();
    match table {
        Some(table) => counted(table.columns.len(), "attribute"),
        None => entry.from.clone().or_else(|| entry.to.clone()).unwrap_or_default(),
    }
}

fn line(out: &mut String, entry: &Entry, look: Look) {
    let Entry { subject, from, to, .. } = entry;
    let effect = effect(entry).map_or(String::new(), |words| format!("  ({words})"));
    let arrow = if look.unicode { "→" } else { "->" };
    let text = match (from, to) {
        (Some(from), Some(to)) if from.contains('\n') || to.contains('\n') => {
            out.push_str(&format!("  {} {subject}\n", Style::Yellow.paint("~", look.color)));
            out.push_str(&texts(from, to, look));
            return;
        }
        (Some(from), Some(to)) => format!(
            "{} {subject}: {} {arrow} {}{effect}",
            Style::Yellow.paint("~", look.color),
            Style::Red.paint(from, look.color),
            Style::Green.paint(to, look.color)
        ),
        (Some(from), None) => format!("{}{effect}", Style::Red.paint(&one(&format!("- {subject}"), from), look.color)),
        (None, Some(to)) => Style::Green.paint(&one(&format!("+ {subject}"), to), look.color),
        (None, None) => format!("{} {subject}", Style::Yellow.paint("~", look.color)),
    };
    out.push_str(&format!("  {text}\n"));
}

/// A subject with what one side has of it, each further line below.
fn one(subject: &str, text: &str) -> String {
    if text.is_empty() { subject.to_string() } else { format!("{subject}: {}", text.replace('\n', "\n      ")) }
}

/// What becomes of the values of a column.
fn effect(entry: &Entry) -> Option<&'static str> {
    match (entry.effect, entry.kind.as_str()) {
        (Some(TypeEffect::Same), _) => Some("values stay as they are"),
        (Some(TypeEffect::Widened), _) => Some("all values fit"),
        (Some(TypeEffect::Narrowed), _) => Some("some values may not fit"),
        (Some(TypeEffect::Changed), _) => Some("values become something else"),
        (None, "column_removed") => Some("its values go"),
        (None, "nullable") if entry.to.as_deref() == Some("not null") => Some("rows without a value do not fit"),
        (None, _) => None,
    }
}

fn also(out: &mut String, entry: &Entry, look: Look) {
    if entry.consequences.is_empty() {
        return;
    }
    const MAX: usize = 4;
    let name = |(schema, table, column): &(String, String, Option<String>)| {
        let class = super::super::status::class(table);
        column.as_ref().map_or(format!("{schema}.{class}"), |column| format!("{schema}.{class}.{column}"))
    };
    let mut places: Vec<String> = entry.consequences.iter().map(name).collect();
    places.dedup();
    let more = places.len().saturating_sub(MAX);
    places.truncate(MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let text = format!("so in {}{more}", places.join(", "));
    out.push_str(&format!("      {}\n", Style::Dim.paint(&text, look.color)));
}

/// Two texts of several lines: side by side where there is room, else their differing lines one below the other.
fn texts(from: &str, to: &str, look: Look) -> String {
    let diff = TextDiff::from_lines(from, to);
    match look.width {
        Some(width) if width >= TWO_COLUMNS_MIN => beside(&diff, (width - 9) / 2, look),
        _ => below(&diff, look),
    }
}

fn below(diff: &TextDiff<'_, '_, str>, look: Look) -> String {
    let mut out = String::new();
    for change in diff.iter_all_changes() {
        let (sign, style) = style_of(change.tag());
        let text = format!("      {sign} {}", change.value().trim_end_matches('\n'));
        out.push_str(&style.paint(text.trim_end(), look.color));
        out.push('\n');
    }
    out
}

fn style_of(tag: ChangeTag) -> (char, Style) {
    match tag {
        ChangeTag::Equal => (' ', Style::Plain),
        ChangeTag::Delete => ('-', Style::Red),
        ChangeTag::Insert => ('+', Style::Green),
    }
}

/// A line of one side with its sign; `None` where the other side has more.
type Line<'t> = Option<(char, &'t str)>;

fn beside(diff: &TextDiff<'_, '_, str>, width: usize, look: Look) -> String {
    // What is taken away stands beside what takes its place.
    let mut rows: Vec<(Line, Line)> = Vec::new();
    let mut open = 0;
    for change in diff.iter_all_changes() {
        let text = change.value().trim_end_matches('\n');
        match change.tag() {
            ChangeTag::Equal => {
                rows.push((Some((' ', text)), Some((' ', text))));
                open = rows.len();
            }
            ChangeTag::Delete => rows.push((Some(('-', text)), None)),
            ChangeTag::Insert => match rows[open..].iter_mut().find(|(_, right)| right.is_none()) {
                Some((_, right)) => *right = Some(('+', text)),
                None => rows.push((None, Some(('+', text)))),
            },
        }
    }
    let mut out = String::new();
    let bar = if look.unicode { "│" } else { "|" };
    for (left, right) in rows {
        let cell = |side: Line| {
            let (sign, text) = side.unwrap_or((' ', ""));
            let shown = cut(text, width.saturating_sub(2));
            let blank = " ".repeat(width.saturating_sub(2 + shown.width()));
            let style = if sign == '-' {
                Style::Red
            } else if sign == '+' {
                Style::Green
            } else {
                Style::Plain
            };
            format!("{}{blank}", style.paint(&format!("{sign} {shown}"), look.color))
        };
        out.push_str(format!("    {} {bar} {}", cell(left), cell(right)).trim_end());
        out.push('\n');
    }
    out
}

fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_string();
    }
    let mut out = String::new();
    for c in text.chars() {
        if out.width() + 2 > width {
            break;
        }
        out.push(c);
    }
    out + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(width: Option<usize>) -> Look {
        Look { color: false, unicode: true, width }
    }

    #[test]
    fn texts_stand_side_by_side_where_there_is_room() {
        let (from, to) = ("One animal.\nBorn here.\n", "One animal.\nBorn here, or bought.\nNever given away.\n");
        let wide = texts(from, to, look(Some(100)));
        let lines: Vec<Vec<&str>> = wide.lines().map(|line| line.split('│').map(str::trim).collect()).collect();
        assert_eq!(lines, [["One animal.", "One animal."], ["- Born here.", "+ Born here, or bought."], ["", "+ Never given away."]]);
        let bars: Vec<usize> = wide.lines().map(|line| line.chars().position(|c| c == '│').expect("a bar")).collect();
        assert_eq!(bars, [bars[0]; 3]);
        assert_eq!(texts(from, to, look(Some(80))).lines().count(), 4);
        assert_eq!(texts(from, to, look(None)).lines().count(), 4);
    }

    #[test]
    fn what_is_too_wide_is_cut() {
        let long = "x".repeat(200);
        let shown = texts(&format!("{long}\n"), "short\n", look(Some(120)));
        assert!(shown.lines().all(|line| line.width() <= 120) && shown.contains('…'), "{shown}");
    }
}
