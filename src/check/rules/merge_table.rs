//! A merge table whose parts do not fit.
//!
//! Spyglass finds the source of a merge row by names: `source` (32 characters) holds the class name of the part, which must be the class name of the table that the
//! part refers to, and the part's key must be the `merge_id` of its master. Where that does not hold, inserting fails or `merge_get_parent` finds nothing.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::MERGE_TABLE, check: Check::Table(check) };

/// Length of the attribute `source`.
const SOURCE_MAX: usize = 32;

fn check(cx: &Context, subject: &Subject, sink: &mut Sink) {
    let Some(master) = cx.pipeline.master(subject.table) else { return };
    if !master.annotations.merge {
        return;
    }
    let part = subject.table;
    let mut report = |span: Span, message: String, help: &str| sink.report(RULE.code.at(span, message).help(help));
    if part.class.chars().count() > SOURCE_MAX {
        let length = part.class.chars().count();
        report(
            part.name_span,
            format!("the part name has {length} characters, `source` holds {SOURCE_MAX}"),
            "shorten the name of the source table and of the part",
        );
    }
    // A part without a master line has a rule of its own.
    let tied = part.references.iter().any(|reference| reference.part_of);
    if tied && part.heading.primary_key().map(|attribute| attribute.name.as_str()).ne(["merge_id"]) {
        report(
            part.name_span,
            format!("the key of the merge part `{}` is more than its master's", part.class),
            "keep only `-> master` above `---`",
        );
    }
    let sources: Vec<_> = part.references.iter().filter(|reference| !reference.part_of).collect();
    match sources.as_slice() {
        [] => report(part.name_span, format!("the merge part `{}` refers to no source table", part.class), "write `-> Source` below `---`"),
        [source] => {
            let class = &cx.pipeline.table(source.parent).class;
            if *class != part.class {
                report(
                    part.name_span,
                    format!("the merge part `{}` is not named like its source `{class}`", part.class),
                    "Spyglass looks the source table up by the name of the part; give both one name",
                );
            }
        }
        [_, second, ..] => report(
            second.span,
            format!("the merge part `{}` refers to {} source tables", part.class, sources.len()),
            "write one part for each source table",
        ),
    }
}
