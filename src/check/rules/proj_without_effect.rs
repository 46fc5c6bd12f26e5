//! An argument of `.proj` that does nothing in a reference.
//!
//! A reference brings the parent's key and nothing else. Arguments that name or rename a dependent attribute, or compute one, are silently without
//! effect in both generations: the attribute that the line promises is not there.

use super::prelude::*;
use crate::parser::ast::ProjectionArgument;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::PROJ_WITHOUT_EFFECT, check: Check::Table(check) };

fn check(cx: &Context, subject: &Subject, sink: &mut Sink) {
    for reference in &subject.table.references {
        let Some(line) = subject.reference_line(reference) else { continue };
        let Some(projection) = &line.target.projection else { continue };
        let parent = cx.pipeline.table(reference.parent);
        let mut kept = Vec::new();
        let mut idle = Vec::new();
        for argument in &projection.arguments {
            match argument {
                // What a reference brings anyway promises nothing that is missing.
                ProjectionArgument::Ellipsis(_) => kept.push("...".to_string()),
                ProjectionArgument::Attribute(name) if parent.heading.is_key(&name.value) => kept.push(format!("'{}'", name.value)),
                ProjectionArgument::Attribute(name) => idle.push((name.span, name.value.as_str())),
                ProjectionArgument::Rename { new, old } if parent.heading.is_key(&old.value) => {
                    kept.push(format!("{}='{}'", new.value, old.value));
                }
                ProjectionArgument::Rename { new, old } => idle.push((new.span.to(old.span), old.value.as_str())),
            }
        }
        let text = if kept.is_empty() { String::new() } else { format!(".proj({})", kept.join(", ")) };
        for (at, (span, old)) in idle.iter().enumerate() {
            let reason = match parent.heading.get(old) {
                Some(_) => format!("`{old}` is not in the key of `{}`, so it does not come along", parent.class),
                None => format!("`{}` has no key attribute `{old}`", parent.class),
            };
            let mut found = RULE.code.at(*span, "this argument of `.proj` has no effect in a reference").here(reason);
            // One edit writes the projection again without all of them.
            if at == 0 {
                found = found.fix(Fix::safe("remove what has no effect", projection.span, text.clone()));
            }
            sink.report(found);
        }
    }
}
