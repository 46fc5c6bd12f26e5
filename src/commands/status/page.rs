//! The page for people.

use djc_core::catalog::{Schema, Table};
use djc_runtime::status::{Count, Progress, TableKey};

use super::super::grid::{Cell, Grid, Style};
use super::super::numbers::{bytes, count};
use super::declared::{Comparison, Drift};
use super::{Generations, Kind, Page, class};
use crate::diag::counted;

pub(super) fn page(page: &Page, tables: bool, color: bool) -> String {
    let mut out = head(page, color);
    if page.catalog.schemas.is_empty() {
        out.push_str("no tables here\n");
    } else {
        section(&mut out, &schemas(page), color);
    }
    if tables {
        for schema in page.catalog.schemas.values() {
            section(&mut out, &all_tables(page, schema), color);
        }
    }
    section(&mut out, &to_populate(page), color);
    section(&mut out, &jobs(page), color);
    if page.unused.is_some() {
        section(&mut out, &unused(page), color);
    }
    let last = last_lines(page, color);
    if !last.is_empty() {
        out.push('\n');
        out.push_str(&last);
    }
    out
}

fn head(page: &Page, color: bool) -> String {
    let all = page.catalog.schemas.values().flat_map(|schema| schema.tables.values());
    let shown: Vec<_> = all.filter(|table| Kind::of(table) != Kind::Service).collect();
    let (rows, size) = page.sums(shown.iter().copied());
    let facts = format!(
        "{}, {}, {} rows, {}",
        counted(page.catalog.schemas.len(), "schema"),
        counted(shown.len(), "table"),
        count(rows),
        bytes(size)
    );
    format!("{}: {}\n{facts}\n", Style::Bold.paint(&page.url, color), page.server)
}

fn section(out: &mut String, grid: &Grid, color: bool) {
    if !grid.is_empty() {
        out.push('\n');
        out.push_str(&grid.render(0, color));
    }
}

fn heads(words: &[&str], right_from: usize, right_to: usize) -> Vec<Cell> {
    let cell = |(at, word): (usize, &&str)| {
        let cell = if (right_from..right_to).contains(&at) { Cell::number(*word) } else { Cell::new(*word) };
        cell.styled(Style::Dim)
    };
    words.iter().enumerate().map(cell).collect()
}

/// A number, and nothing for none.
fn few(number: usize) -> Cell {
    Cell::number(if number == 0 { String::new() } else { number.to_string() })
}

fn rows_of(rows: Option<Count>) -> Cell {
    Cell::number(rows.map_or("?".to_string(), count))
}

fn schemas(page: &Page) -> Grid {
    let mut grid = Grid::default();
    grid.row(heads(
        &["schema", "datajoint", "manual", "lookup", "imported", "computed", "part", "other", "rows", "size", "last write"],
        2,
        10,
    ));
    for schema in page.catalog.schemas.values() {
        let of = |kinds: &[Kind]| schema.tables.values().filter(|table| kinds.contains(&Kind::of(table))).count();
        let (rows, size) = page.sums(schema.tables.values().filter(|table| Kind::of(table) != Kind::Service));
        grid.row([
            Cell::new(&schema.name),
            Cell::new(page.generations.get(&schema.name).map_or(String::new(), Generations::text)),
            few(of(&[Kind::Manual])),
            few(of(&[Kind::Lookup])),
            few(of(&[Kind::Imported])),
            few(of(&[Kind::Computed])),
            few(of(&[Kind::Part])),
            few(of(&[Kind::View, Kind::Other])),
            Cell::number(count(rows)),
            Cell::number(bytes(size)),
            Cell::new(last_write(page, schema)),
        ]);
    }
    grid
}

/// What is newer: what the server remembers of its tables, or the log with who it was.
fn last_write(page: &Page, schema: &Schema) -> String {
    let tables = schema.tables.values().filter(|table| Kind::of(table) != Kind::Service);
    let written = tables.filter_map(|table| page.of(table).last_write.as_deref()).max();
    let short = |at: &str| at.get(..16).unwrap_or(at).to_string();
    match (page.status.log.get(&schema.name), written) {
        (Some(event), written) if written.is_none_or(|written| written <= event.at.as_str()) => {
            let user = event.user.split('@').next().unwrap_or_default();
            format!("{} {user}", short(&event.at))
        }
        (_, Some(written)) => short(written),
        (_, None) => String::new(),
    }
}

fn all_tables(page: &Page, schema: &Schema) -> Grid {
    let mut grid = Grid::default();
    grid.row(heads(&[&schema.name, "tier", "rows", "data", "indexes", "last write"], 2, 5));
    for table in schema.tables.values() {
        let status = page.of(table);
        let size = |size: Option<u64>| Cell::number(size.map_or(String::new(), bytes));
        let kind = Kind::of(table);
        let cells = [
            Cell::new(format!("  {}", class(&table.name))),
            Cell::new(kind.word()),
            if kind == Kind::View { Cell::number("") } else { rows_of(status.rows) },
            size(status.data_bytes),
            size(status.index_bytes),
            Cell::new(status.last_write.clone().unwrap_or_default()),
        ];
        grid.row(cells.into_iter().map(|cell| if kind == Kind::Service { cell.styled(Style::Dim) } else { cell }));
    }
    grid
}

fn name(key: &TableKey) -> String {
    format!("{}.{}", key.0, class(&key.1))
}

fn name_of(table: &Table) -> String {
    name(&(table.schema.clone(), table.name.clone()))
}

fn to_populate(page: &Page) -> Grid {
    let mut grid = Grid::default();
    for table in page.catalog.tables() {
        let Some(Progress::Keys { total, missing }) = page.of(table).progress else { continue };
        if missing.number() == 0 {
            continue;
        }
        let done = Count::Exact(total.number() - missing.number());
        let share = format!("{} %", done.number() * 100 / total.number().max(1));
        grid.row([
            Cell::new(format!("  {}", name_of(table))),
            Cell::new(Kind::of(table).word()),
            Cell::number(count(missing)).styled(Style::Yellow),
            Cell::new(format!("of {}", count(total))),
            Cell::number(share),
        ]);
    }
    with_head(grid, "to populate", &["", "keys missing", "", "done"])
}

/// Puts a line over a grid that is not empty.
fn with_head(mut grid: Grid, head: &str, others: &[&str]) -> Grid {
    if !grid.is_empty() {
        let others = others.iter().map(|word| Cell::new(*word).styled(Style::Dim));
        grid.head([Cell::new(head).styled(Style::Bold)].into_iter().chain(others));
    }
    grid
}

fn jobs(page: &Page) -> Grid {
    let mut grid = Grid::default();
    for table in page.catalog.tables() {
        let jobs = &page.of(table).jobs;
        if jobs.is_empty() {
            continue;
        }
        let mut words = Vec::new();
        for (number, word) in [(jobs.pending, "pending"), (jobs.ignore, "ignored"), (jobs.success, "kept")] {
            if number > 0 {
                words.push(format!("{number} {word}"));
            }
        }
        if jobs.reserved > 0 {
            let since = jobs.oldest_reserved.as_deref().map_or(String::new(), |at| format!(" since {at}"));
            words.insert(0, format!("{} reserved{since}", jobs.reserved));
        }
        let error = jobs.last_error.as_ref().map_or(String::new(), |error| format!("last {}: {}", error.at, shortened(&error.message)));
        grid.row([
            Cell::new(format!("  {}", name_of(table))),
            Cell::new(if jobs.error > 0 { counted(jobs.error as usize, "error") } else { String::new() }).styled(Style::Red),
            Cell::new(words.join(", ")),
            Cell::new(error),
        ]);
    }
    with_head(grid, "jobs", &[])
}

fn shortened(message: &str) -> String {
    const MAX: usize = 60;
    if message.chars().count() <= MAX { message.to_string() } else { message.chars().take(MAX - 1).chain(['…']).collect() }
}

fn unused(page: &Page) -> Grid {
    let is_view = |(schema, name): &TableKey| page.catalog.table(schema, name).is_some_and(|table| Kind::of(table) == Kind::View);
    let mut grid = Grid::default();
    for unused in page.unused.iter().flatten() {
        let status = &page.status.tables[&unused.key];
        let referrers: Vec<String> = unused.referrers.iter().take(2).map(name).collect();
        let more = unused.referrers.len().saturating_sub(referrers.len());
        let referred = match (referrers.is_empty(), more) {
            (true, _) => "nothing".to_string(),
            (false, 0) => referrers.join(", "),
            (false, more) => format!("{} and {more} more", referrers.join(", ")),
        };
        let mention = status.mention.as_ref().map(|mention| format!("{} {}", mention.at, mention.what.to_lowercase()));
        let written = status.last_write.clone();
        grid.row([
            Cell::new(format!("  {}", name(&unused.key))),
            if is_view(&unused.key) { Cell::number("") } else { rows_of(status.rows) },
            Cell::new(unused.key.0.split('_').next().unwrap_or_default()),
            Cell::new(mention.into_iter().chain(written).max().unwrap_or_default()),
            Cell::new(referred),
        ]);
    }
    with_head(grid, "declared by no source", &["rows", "prefix", "last write", "referred to by"])
}

fn compared(found: &Comparison, name: Option<&str>, color: bool) -> String {
    let Comparison { declared, missing, differing, undeclared, known } = found;
    let of = format!("of {}", counted(*declared, "declared table"));
    let mut words = Vec::new();
    match differing.len() {
        0 => {}
        1 => words.push("1 differs".to_string()),
        more => words.push(format!("{more} differ")),
    }
    match missing {
        0 => {}
        1 => words.push("1 is missing".to_string()),
        more => words.push(format!("{more} are missing")),
    }
    let mut others = match undeclared {
        0 => String::new(),
        1 => "; 1 table is declared by no source".to_string(),
        more => format!("; {more} tables are declared by no source"),
    };
    if *known > 0 {
        others.push_str(&format!("; {} left out", counted(*known, "known difference")));
    }
    if !words.is_empty() || *undeclared > 0 {
        others.push_str(&name.map_or("\n".to_string(), |name| format!(" (djc check --database {name})\n")));
    } else {
        others.push('\n');
    }
    if words.is_empty() {
        format!("{}{others}", Style::Green.paint(&format!("{} as declared", counted(*declared, "table")), color))
    } else {
        format!("{of} {}{others}", Style::Yellow.paint(&words.join(" and "), color))
    }
}

fn last_lines(page: &Page, color: bool) -> String {
    let mut out = String::new();
    if page.unused.as_ref().is_some_and(Vec::is_empty) {
        out.push_str("every table is declared by a source\n");
    }
    match &page.drift {
        None => {}
        Some(Drift::Broken) => out.push_str("the sources have errors, so nothing is compared: djc check\n"),
        Some(Drift::Elsewhere { schemas: 1 }) => out.push_str("the schema of the sources is not here\n"),
        Some(Drift::Elsewhere { schemas }) => out.push_str(&format!("none of the {schemas} schemas of the sources is here\n")),
        Some(Drift::Compared(found)) => out.push_str(&compared(found, page.name.as_deref(), color)),
    }
    let own = page.status.tables.values().filter(|table| table.progress == Some(Progress::OwnKeySource)).count();
    let unknown = page.status.tables.values().filter(|table| table.progress == Some(Progress::Unknown)).count();
    match own {
        0 => {}
        1 => out.push_str("1 table has its own key source: whether it is populated is not known here\n"),
        more => out.push_str(&format!("{more} tables have their own key source: whether they are populated is not known here\n")),
    }
    if unknown > 0 && !page.exact {
        let verb = if unknown == 1 { "has a key source that is" } else { "have key sources that are" };
        out.push_str(&format!("{} {verb} not estimated: --exact counts\n", counted(unknown, "table")));
    }
    for note in &page.status.notes {
        out.push_str(&format!("note: {note}\n"));
    }
    for unseen in &page.unseen {
        out.push_str(&format!("not seen: {} ({})\n", unseen.what, unseen.grant));
    }
    out
}
