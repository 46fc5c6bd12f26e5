//! Rows that datajoint never inserts.
//!
//! Both generations look at `contents` of lookup tables only, and not even there when an attribute counts by itself: then they warn and insert nothing.

use super::prelude::*;
use crate::parser::ast::BodyItem;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::CONTENTS_IGNORED, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    let contents = subject.body().iter().find_map(|item| match item {
        BodyItem::Contents(contents) => Some(contents),
        _ => None,
    });
    let Some(contents) = contents else { return };
    // The word alone, so that the message does not underline a screenful of rows.
    let word = Span { end: contents.span.start + "contents".len() as u32, ..contents.span };
    let table = subject.table;
    if table.tier != Tier::Lookup {
        let article = if table.tier == Tier::Imported { "an" } else { "a" };
        sink.report(
            RULE.code
                .at(word, format!("datajoint ignores the contents of {article} {} table", table.tier.word()))
                .label(table.name_span, "not a lookup table")
                .help("make it `lookup`, or insert the rows elsewhere"),
        );
        return;
    }
    let counting = table.heading.attributes.iter().find(|attribute| match &attribute.ty {
        AttributeType::Integer(integer) => integer.auto_increment,
        AttributeType::Serial => true,
        _ => false,
    });
    if let Some(attribute) = counting {
        sink.report(
            RULE.code
                .at(word, "datajoint does not insert contents into a table that counts its rows itself")
                .label(attribute.type_span, "counts by itself")
                .help("give the rows numbers of their own and drop `auto_increment`")
                .attribute(&attribute.name),
        );
    }
}
