//! The same index twice.
//!
//! The MySQL family keeps both, and every insert writes both. Generation 2 on PostgreSQL names an index after its columns, cut at 30 characters: a second one of that name fails after the
//! table exists, and leaves it without the rest.

use super::prelude::*;
use crate::core::ir::{Index, IndexPart};

/// The rule.
pub const RULE: Rule = Rule { code: &codes::DUPLICATE_INDEX, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    let indexes = &subject.table.indexes;
    for (at, index) in indexes.iter().enumerate() {
        let same = indexes[..at].iter().find(|first| first.parts == index.parts);
        let clash = indexes[..at].iter().find(|first| !subject.is_classic() && cut_name(first) == cut_name(index));
        let (first, message) = match (same, clash) {
            (Some(first), _) => (first, "this index is here twice".to_string()),
            (None, Some(first)) => (first, "datajoint 2 gives two indexes one name on PostgreSQL".to_string()),
            (None, None) => continue,
        };
        let mut found = RULE.code.at(index.span, message).label(first.span, "first");
        if same.is_some() {
            found = found.fix(Fix::likely("remove the line", subject.line_removal(index.span, None), ""));
        } else {
            found = found.help("the first 30 characters of the columns, joined by `_`, must differ; change their order");
        }
        sink.report(found);
    }
}

fn cut_name(index: &Index) -> String {
    let names: Vec<&str> = index
        .parts
        .iter()
        .map(|part| match part {
            IndexPart::Attribute { name, .. } | IndexPart::JsonPath { name, .. } => name.as_str(),
            IndexPart::Expression(text) => text.as_str(),
        })
        .collect();
    names.join("_").chars().take(30).collect()
}
