//! Key attributes that generation 2's job table cannot hold.
//!
//! The job table of a populated table repeats its inherited key, with the types as the server spells them. On PostgreSQL datajoint
//! cannot read its own spelling of datetime, time, enum, float and bool, so `Table.jobs` and `populate(reserve_jobs=True)` fail; a
//! `time` key makes populate with reservations fail on MariaDB too.

use super::prelude::*;
use crate::core::ir::Origin;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::JOB_TABLE_KEY, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    if subject.is_classic() || !subject.is_populated() {
        return;
    }
    for attribute in subject.table.heading.primary_key() {
        if !matches!(attribute.origin, Origin::Reference { .. }) {
            continue;
        }
        let mut found = RULE.code.at(name_span(attribute), format!("`{}` cannot stand in a job table on PostgreSQL", attribute.name));
        match attribute.ty {
            AttributeType::Time(_) => {
                found.level = Level::Warning;
                found.message = format!("`{}` cannot stand in a job table", attribute.name);
            }
            AttributeType::Datetime(_)
            | AttributeType::Timestamp(_)
            | AttributeType::Enum(_)
            | AttributeType::Float(_)
            | AttributeType::CoreFloat(_)
            | AttributeType::Bool => {}
            _ => continue,
        }
        sink.report(
            found
                .here(format!("`{}` in the key of this {} table", attribute.type_text, subject.table.tier.word()))
                .help("populate without `reserve_jobs`, or give the parent a key of integers or text")
                .attribute(&attribute.name),
        );
    }
}
