//! A stored name that fits, but only just.
//!
//! datajoint checks the name of the table itself. What it and the server derive from the name is longer: MySQL names a foreign key
//! `<table>_ibfk_<n>` and refuses more than 64 characters (error 1059), generation 2 keeps the jobs of `_x` in `~~x`.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::LONG_NAME, check: Check::Table(check) };

const MYSQL_MAX: usize = 64;
const POSTGRES_MAX: usize = 63;

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    let stored = &subject.table.stored;
    let length = stored.chars().count();
    let reason = if subject.table.references.is_empty() { None } else { too_long(stored, "_ibfk_", subject.table.references.len()) };
    let reason = reason.or_else(|| {
        let jobs = length + 2 - stored.chars().take_while(|c| *c == '_').count();
        match (subject.is_classic(), subject.is_populated() && jobs > POSTGRES_MAX, length > POSTGRES_MAX) {
            (true, _, _) | (false, false, false) => None,
            (false, _, true) => Some(format!("PostgreSQL holds {POSTGRES_MAX} bytes, this has {length}")),
            (false, true, false) => Some(format!("its job table `~~…` has {jobs} characters, PostgreSQL holds {POSTGRES_MAX}")),
        }
    });
    if let Some(reason) = reason {
        sink.report(
            RULE.code
                .at(subject.table.name_span, format!("the stored name `{stored}` leaves no room for the names derived from it"))
                .here(reason)
                .help("shorten the class name: every capital costs an underscore, and a part carries the name of its master"),
        );
    }
}

fn too_long(stored: &str, suffix: &str, number: usize) -> Option<String> {
    let derived = stored.chars().count() + suffix.len() + number.to_string().len();
    let name = format!("`…{suffix}{number}`");
    (derived > MYSQL_MAX).then(|| format!("its foreign key {name} has {derived} characters, MySQL holds {MYSQL_MAX}"))
}
