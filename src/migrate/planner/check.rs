//! The questions to the rows that a change of a table depends on.

use djc_core::catalog::{ForeignKey, IndexPart};
use djc_core::plan::{CheckKind, FillFrom, Hazard, HazardKind, PARKED_COLUMN, TableName};

use super::analysis::{Analysis, TableChange};
use super::columns::ColumnKind;
use super::convert;
use super::draft::Draft;
use super::fill::Source;

impl Draft<'_> {
    /// Adds the checks of a table, for the step that comes next; returns the hazards that they stand for.
    pub fn checks_of(&mut self, analysis: &Analysis<'_>, change: &TableChange<'_>) -> Vec<Hazard> {
        let mut hazards = Vec::new();
        for (kind, remedy) in questions(self, analysis, change) {
            let key = change.from.primary_key.clone();
            let words = kind.words();
            let number = self.check(change.was.clone(), key, kind, remedy);
            hazards.push(Hazard { kind: HazardKind::MayFail, allow: None, words: format!("where {words} (check {number})") });
        }
        hazards
    }
}

/// Returns each question with what to do about the rows that it finds.
fn questions(draft: &Draft<'_>, analysis: &Analysis<'_>, change: &TableChange<'_>) -> Vec<(CheckKind, String)> {
    let mut out = Vec::new();
    for (column, source) in change.columns.iter().zip(&change.sources) {
        let (Some(from), Some(to)) = (column.from, column.to) else { continue };
        let filled = matches!(source, Some(Source::From(from)) if !matches!(from, FillFrom::Column(_)));
        if let ColumnKind::Kept { checks, .. } | ColumnKind::Converted { checks, .. } | ColumnKind::Renewed { checks, .. } = &column.kind
            && !filled
        {
            out.extend(checks.iter().map(|check| (check.clone(), remedy(check))));
        }
        if from.nullable && !to.nullable && !filled {
            let kind = CheckKind::Null { column: from.name.clone() };
            // On the way back there is nobody who could say it.
            let say = format!(", or say `@fill({} = …)` above the table", to.name);
            let say = if from.name.starts_with(PARKED_COLUMN) { String::new() } else { say };
            out.push((kind.clone(), remedy(&kind) + &say));
        }
    }
    let mut unique: Vec<Vec<&str>> = Vec::new();
    if change.key_changes {
        unique.push(change.to.primary_key.iter().map(String::as_str).collect());
    }
    for index in change.indexes.added.iter().filter(|index| index.unique) {
        let columns: Option<Vec<&str>> = index.parts.iter().map(whole_column).collect();
        unique.extend(columns);
    }
    for columns in unique {
        if let Some(columns) = colliding(analysis, change, &columns) {
            let kind = CheckKind::Duplicates { columns };
            out.push((kind.clone(), remedy(&kind)));
        }
    }
    for (key, joined) in change.to.foreign_keys.iter().zip(&change.foreign_keys.joined) {
        if joined.is_none()
            && let Some(kind) = orphans(draft, analysis, change, key)
        {
            out.push((kind.clone(), remedy(&kind)));
        }
    }
    out
}

fn whole_column(part: &IndexPart) -> Option<&str> {
    match part {
        IndexPart::Column { name, length: None, .. } => Some(name),
        IndexPart::Column { .. } | IndexPart::Expression(_) => None,
    }
}

/// Returns the old columns by which rows collide when these columns become unique; `None` where they cannot.
fn colliding(analysis: &Analysis<'_>, change: &TableChange<'_>, columns: &[&str]) -> Option<Vec<String>> {
    let mut out: Vec<String> = Vec::new();
    for name in columns {
        let at = change.position(name)?;
        match (change.columns[at].from, &change.sources[at]) {
            (Some(from), _) => out.push(from.name.clone()),
            // Rows of one parent get one value.
            (None, Some(Source::From(FillFrom::Parent { on, .. }))) => {
                let old = |working: &String| {
                    change.from.columns.iter().find(|column| change.working_name(&column.name, &analysis.request) == *working)
                };
                out.extend(on.iter().filter_map(|(child, _)| old(child)).map(|column| column.name.clone()));
            }
            // One value for all, or nobody knows which.
            (None, Some(Source::From(FillFrom::Literal(_)))) => {}
            (None, Some(Source::Server { .. })) if change.columns[at].to.is_some_and(|to| !to.nullable && !to.auto_increment) => {}
            (None, _) => return None,
        }
    }
    let mut seen = std::collections::HashSet::new();
    out.retain(|name| seen.insert(name.clone()));
    let holds = |unique: &[String]| !unique.is_empty() && unique.iter().all(|name| out.contains(name));
    let was_unique = holds(&change.from.primary_key)
        || change.from.indexes.iter().filter(|index| index.unique).any(|index| {
            let columns: Option<Vec<String>> = index.parts.iter().map(|part| whole_column(part).map(str::to_string)).collect();
            columns.is_some_and(|columns| holds(&columns))
        });
    // None at all where the same value goes into every row.
    (!was_unique && !columns.is_empty()).then_some(out)
}

/// Returns the question for rows without a parent, where both have all columns, and values that can be compared before any is converted.
fn orphans(draft: &Draft<'_>, analysis: &Analysis<'_>, change: &TableChange<'_>, key: &ForeignKey) -> Option<CheckKind> {
    let parent_name = TableName::new(&key.parent_schema, &key.parent_table);
    let was = draft.names.origin(&parent_name);
    let parent_table = draft.request.from.table(&was.schema, &was.table)?;
    let parent = analysis.change(&key.parent_schema, &key.parent_table);
    let (mut columns, mut parent_columns) = (Vec::new(), Vec::new());
    for (name, parent_name) in key.columns.iter().zip(&key.parent_columns) {
        let child = change.columns[change.position(name)?].from?;
        let above = match parent {
            Some(parent) => parent.columns[parent.position(parent_name)?].from?,
            None => parent_table.column(parent_name)?,
        };
        if !convert::is_comparable(child, above, analysis.server()) {
            return None;
        }
        columns.push(child.name.clone());
        parent_columns.push(above.name.clone());
    }
    Some(CheckKind::Orphans { columns, parent: was.clone(), parent_columns })
}

/// Returns what to do about the rows that a question finds.
fn remedy(kind: &CheckKind) -> String {
    match kind {
        CheckKind::Null { column } => format!("give `{column}` a value in those rows"),
        CheckKind::TooLong { max, bytes, .. } => {
            format!("shorten those values, or keep a type of more than {max} {}", if *bytes { "bytes" } else { "characters" })
        }
        CheckKind::OutOfRange { .. } => "change those values, or keep a type that holds them".to_string(),
        CheckKind::LosesDigits { .. } => "round those values, or keep the digits".to_string(),
        CheckKind::NotOfType { .. } => "change those values, or say with `@fill` what becomes of them".to_string(),
        CheckKind::NotInEnum { .. } => "change those values, or keep them in the enum".to_string(),
        CheckKind::Duplicates { .. } => "delete or change all but one of each".to_string(),
        CheckKind::Orphans { parent, .. } => format!("insert the missing rows of {parent}, or change or delete these"),
        CheckKind::InUse { child, .. } => format!("change those rows of {child}"),
        CheckKind::AnyRow => "keep the rows elsewhere".to_string(),
    }
}
