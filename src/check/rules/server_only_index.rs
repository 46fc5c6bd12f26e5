//! An index that not every server has.
//!
//! MariaDB has no indexes on expressions (error 1064), and a json path is one. Generation 2 on PostgreSQL cuts prefix lengths, directions, expressions and json paths at the first `)` and
//! quotes the rest as one name: the index fails after the table was made.

use super::prelude::*;
use crate::core::ir::IndexPart;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::SERVER_ONLY_INDEX, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    for index in &subject.table.indexes {
        for part in &index.parts {
            let what = match part {
                IndexPart::Attribute { length: None, descending: false, .. } => continue,
                IndexPart::Attribute { .. } if subject.is_classic() => continue,
                IndexPart::Attribute { .. } => "datajoint 2 cannot make prefix or descending indexes on PostgreSQL",
                IndexPart::JsonPath { .. } if subject.is_classic() => "MariaDB has no index on a json path",
                IndexPart::Expression(_) if subject.is_classic() => "MariaDB has no index on an expression",
                IndexPart::JsonPath { .. } => "MariaDB has no index on a json path, and datajoint 2 makes none on PostgreSQL",
                IndexPart::Expression(_) => "MariaDB has no index on an expression, and datajoint 2 makes none on PostgreSQL",
            };
            sink.report(RULE.code.at(index.span, what).help("index a plain attribute; what is searched often may deserve one of its own"));
        }
    }
}
