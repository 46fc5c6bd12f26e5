//! What a server's refusal of rows means.

use std::sync::Arc;

use super::Existing;
use super::source::Rows;
use super::target::Target;
use crate::db::Db;
use crate::error::SqlError;
use crate::fault::{Error, ErrorKind};

/// Says what went wrong with rows; `of` are those of the statement that failed.
pub(super) async fn explain(_db: &mut Db, target: &Target, _rows: &Arc<Rows>, of: &[usize], existing: Existing, error: SqlError) -> Error {
    let Some(code) = error.code().cloned() else { return Error::from(error).table(&target.name) };
    let place = match (of.first(), of.last()) {
        (Some(first), Some(last)) if first == last => format!(" (row {})", first + 1),
        (Some(first), Some(last)) => format!(" (one of the rows {} to {})", first + 1, last + 1),
        _ => String::new(),
    };
    let name = &target.name;
    // NULL in the key of a row that is kept: it was found by another index than the key.
    let kept = existing == Existing::Skip && target.server.is_mysql_family() && code.is(&[1048], &[]);
    let (kind, message, steps): (ErrorKind, String, Vec<String>) = if kept || code.is(&[1062, 1555, 2067], &["23505"]) {
        let unique: Vec<String> = target.unique().map(|columns| format!("({})", columns.join(", "))).collect();
        let message = match (kept || existing == Existing::Skip, unique.as_slice()) {
            (true, []) => format!("a row of {name} with another key has the same value in a unique index{place}"),
            (true, unique) => format!("a row of {name} with another key has the same {}{place}", unique.join(" or ")),
            (false, _) => format!("a row of {name} is there already{place}"),
        };
        let step = match existing {
            Existing::Skip => "to leave such rows out too, say skip_any_duplicates()",
            Existing::Refuse | Existing::SkipAny | Existing::Replace => "to leave out rows that are there, say skip_duplicates()",
        };
        (ErrorKind::Duplicate, message, vec![step.into(), "to change the row that is there, use update1".into()])
    } else if code.is(&[1452, 1216, 787], &[]) || (code.is(&[], &["23503"]) && !error.to_string().contains("update or delete")) {
        (
            ErrorKind::MissingParent,
            format!("a row of {name} refers to a parent that is not there{place}"),
            vec!["insert the parents first".into()],
        )
    } else if code.is(&[1451, 1217], &["23503"]) {
        let step = "use update1, or delete the row with what refers to it".into();
        (ErrorKind::HasChildren, format!("rows of other tables refer to a row of {name}{place}"), vec![step])
    } else if code.is(&[1364, 1048, 1299], &["23502"]) {
        (ErrorKind::MissingValue, format!("an attribute of {name} has no value{place}"), Vec::new())
    } else if code.is_unknown_column() {
        let step = "compare the table with its definition: djc diff".into();
        (ErrorKind::UnknownAttribute, format!("{name} in the database lacks an attribute that its definition has"), vec![step])
    } else if code.is(&[1264, 1265, 1366, 1406, 1292], &["22001", "22003", "22007", "22P02"]) {
        (ErrorKind::Value, format!("{name} cannot hold a value{place}"), Vec::new())
    } else {
        return Error::from(error).table(name);
    };
    let cause = error.to_string();
    steps.into_iter().fold(Error::new(kind, message).table(name).cause(cause).source(error), Error::next_step)
}
