//! Two parents whose keys happen to use one name.
//!
//! Attributes that references bring are shared by name. When the two parents introduced the name independently (`id`, `session`), one
//! column must be in both tables at once: rows whose numbers do not happen to agree cannot be inserted, and `populate` joins what has
//! nothing to do with each other. Generation 2 refuses to join such tables.

use std::collections::HashMap;

use super::prelude::*;
use crate::core::ir::Lineage;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::HOMONYM, check: Check::Table(check) };

fn check(cx: &Context, subject: &Subject, sink: &mut Sink) {
    let mut seen: HashMap<&str, (&Lineage, Span)> = HashMap::new();
    for reference in &subject.table.references {
        let parent = cx.pipeline.table(reference.parent);
        for map in &reference.columns {
            let lineage = parent.heading.get(&map.parent).and_then(|attribute| attribute.lineage.as_ref());
            let Some(lineage) = lineage else { continue };
            match seen.get(map.child.as_str()) {
                None => {
                    seen.insert(&map.child, (lineage, reference.target_span));
                }
                Some((first, _)) if *first == lineage => {}
                Some((first, span)) => {
                    let name = |lineage: &Lineage| format!("{}.{}", cx.pipeline.qualified_name(lineage.table), lineage.attribute);
                    sink.report(
                        RULE.code
                            .at(reference.target_span, format!("`{}` would be one column for two unrelated attributes", map.child))
                            .here(format!("here it is `{}`", name(lineage)))
                            .label(*span, format!("here it is `{}`", name(first)))
                            .help(format!(
                                "rename one of the two: `.proj({}_{}='{}')`",
                                parent.stored.trim_start_matches(['_', '#']),
                                map.parent,
                                map.parent
                            ))
                            .attribute(&map.child),
                    );
                }
            }
        }
    }
}
