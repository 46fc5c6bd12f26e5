//! Rows that break a plan, in words.

use djc_core::plan::{Check, CheckKind};
use djc_runtime::migrate::{Broken, Unasked};
use serde_json::{Value, json};

use crate::diag::codes::ROWS_IN_THE_WAY;
use crate::diag::{Diagnostic, counted};

/// Returns what is wrong with the rows that a check finds, as what follows `3 rows of `lab.subject``.
fn fault(kind: &CheckKind) -> String {
    let list = |columns: &[String]| columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ");
    match kind {
        CheckKind::Null { column } => format!("with NULL in `{column}`, which shall have none"),
        CheckKind::TooLong { column, max, bytes } => {
            format!("with more than {max} {} in `{column}`", if *bytes { "bytes" } else { "characters" })
        }
        CheckKind::OutOfRange { column, min, max } => format!("with `{column}` outside of {min} to {max}"),
        CheckKind::LosesDigits { column, digits } => format!("with more than {} in `{column}`", counted(*digits as usize, "digit")),
        CheckKind::NotOfType { column, ty } => format!("with a value in `{column}` that is no {ty}"),
        CheckKind::NotInEnum { column, values } => {
            let values: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
            format!("with a value in `{column}` that is not among {}", values.join(", "))
        }
        CheckKind::Duplicates { columns } if columns.is_empty() => "that all get one value in what shall be unique".to_string(),
        CheckKind::Duplicates { columns } => format!("that are equal in {}, which shall be unique", list(columns)),
        CheckKind::Orphans { columns, parent, .. } => format!("whose {} has no row in `{parent}`", list(columns)),
        CheckKind::InUse { child, .. } => format!("of contents that shall go, and that rows of `{child}` depend on"),
        CheckKind::AnyRow => "in a table that should have none".to_string(),
    }
}

/// Returns the keys of rows: `subject = M1`, `subject = M2, session = 3`.
fn keys(check: &Check, keys: &[Vec<String>]) -> String {
    let one = |key: &Vec<String>| {
        let pairs: Vec<String> = check.key.iter().zip(key).map(|(name, value)| format!("{name} = {value}")).collect();
        pairs.join(", ")
    };
    keys.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Says which rows break a plan, one finding for each check.
pub(super) fn finding(broken: &Broken) -> Diagnostic {
    let Broken { check, rows, keys: first } = broken;
    let count = counted(usize::try_from(*rows).unwrap_or(usize::MAX), "row");
    let found = ROWS_IN_THE_WAY.anywhere(format!("{count} of `{}` {}", check.table, fault(&check.kind))).table(check.table.to_string());
    let found = match first.as_slice() {
        [] => found,
        first => {
            let rest = rows.saturating_sub(first.len() as u64);
            let more = if rest > 0 { format!("; and {rest} more") } else { String::new() };
            found.help(format!("where {}{more}", keys(check, first)))
        }
    };
    if check.remedy.is_empty() { found } else { found.help(&check.remedy) }
}

/// Says that the server did not answer a question.
pub(super) fn unasked(unasked: &Unasked) -> String {
    format!("`{}`: not known whether it has rows {}: {}", unasked.check.table, fault(&unasked.check.kind), unasked.cause)
}

/// Returns the rows for programs.
pub(super) fn json(broken: &Broken) -> Value {
    let Broken { check, rows, keys } = broken;
    json!({
        "table": check.table.to_string(),
        "step": check.step + 1,
        "fault": fault(&check.kind),
        "rows": rows,
        "key": check.key,
        "first": keys,
        "remedy": check.remedy,
    })
}
