//! `[nullable]` on a reference whose attributes are all there already.
//!
//! A reference makes nullable what it adds. Attributes that an earlier line brought stay required, so a row without the parent cannot be inserted.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::NULLABLE_WITHOUT_EFFECT, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    let heading = &subject.table.heading;
    for reference in subject.table.references.iter().filter(|reference| reference.nullable) {
        let attributes: Vec<_> = reference.columns.iter().filter_map(|map| heading.get(&map.child)).collect();
        if attributes.is_empty() || attributes.iter().any(|attribute| attribute.nullable()) {
            continue;
        }
        let mut found = RULE.code.at(reference.span, "`[nullable]` has no effect: every attribute is there already, and required");
        for attribute in attributes.iter().filter(|attribute| attribute.span != reference.span) {
            found = found.label(name_span(attribute), format!("`{}` is required from here on", attribute.name));
        }
        found = found.help("remove it, or rename the attributes with `.proj(new='old')` so that the reference has its own");
        if let Some(line) = subject.reference_line(reference) {
            let kept: Vec<&str> =
                line.options.iter().map(|word| word.value.as_str()).filter(|word| !word.eq_ignore_ascii_case("nullable")).collect();
            let options = if kept.is_empty() { String::new() } else { format!("[{}] ", kept.join(", ")) };
            let head = Span { end: line.target.span.start, ..line.span };
            found = found.fix(Fix::safe("remove `nullable`", head, format!("-> {options}")));
        }
        sink.report(found);
    }
}
