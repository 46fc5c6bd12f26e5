//! A second line of the same name is dropped, silently.
//!
//! Both generations keep the first line, whatever type, default, comment and section the second one has. An attribute that a reference has
//! already brought is not declared again either.

use std::collections::HashMap;

use super::prelude::*;
use crate::core::ir::Origin;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::DUPLICATE_ATTRIBUTE, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    let mut seen: HashMap<&str, &crate::parser::ast::Attribute> = HashMap::new();
    for line in subject.attribute_lines() {
        let name = line.name.value.as_str();
        let removal = subject.line_removal(line.span, line.comment.as_ref());
        if let Some(first) = seen.get(name) {
            let same = first.ty.value == line.ty.value
                && first.default.as_ref().map(|text| &text.value) == line.default.as_ref().map(|text| &text.value);
            let fix = if same { Fix::safe("remove the line", removal, "") } else { Fix::likely("remove the line", removal, "") };
            sink.report(
                RULE.code
                    .at(line.name.span, format!("`{name}` is declared twice, and datajoint drops this line"))
                    .label(first.name.span, "this one counts")
                    .help("remove one of the two, or rename it")
                    .fix(fix)
                    .attribute(name),
            );
            continue;
        }
        seen.insert(name, line);
        let Some(attribute) = subject.table.heading.get(name) else { continue };
        let inherited = matches!(attribute.origin, Origin::Reference { .. });
        if inherited && attribute.span.file == line.span.file && attribute.span.start < line.span.start {
            sink.report(
                RULE.code
                    .at(line.name.span, format!("a reference has already brought `{name}`, and datajoint drops this line"))
                    .label(name_span(attribute), "brought here")
                    .help("remove the line, or rename one of the two")
                    .fix(Fix::likely("remove the line", removal, ""))
                    .attribute(name),
            );
        }
    }
}
