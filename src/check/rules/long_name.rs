//! A stored name that fits, but only just.
//!
//! Generation 2 keeps the jobs of imported `_scan` and computed `__scan` in `~~scan`: one character more than an imported table has. Where the table's own name is as long as names can be, the
//! table is declared, and `populate(reserve_jobs=True)` fails. Names of foreign keys are lowering's matter, which knows the server.

use super::prelude::*;
use crate::core::ir::table_name_max;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::LONG_NAME, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    if subject.is_classic() || !subject.is_populated() {
        return;
    }
    let stored = &subject.table.stored;
    let jobs = stored.trim_start_matches('_').len() + "~~".len();
    let (mysql, postgres) = (table_name_max(Generation::Modern, false), table_name_max(Generation::Modern, true));
    if jobs <= postgres {
        return;
    }
    let servers = if jobs > mysql { "MySQL and PostgreSQL" } else { "PostgreSQL" };
    sink.report(
        RULE.code
            .at(subject.table.name_span, format!("`{stored}` cannot have a job table on {servers}"))
            .here(format!("`~~…` has {jobs} characters, MySQL holds {mysql}, PostgreSQL {postgres}"))
            .help("shorten the class name: every capital costs an underscore"),
    );
}
