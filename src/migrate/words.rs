//! Tables in words as their authors call them.

use super::contents::Side;
use crate::core::plan::{Plan, TableName};

/// Says in the reasons of a plan `lab.Subject` instead of `lab.subject`, the name on the server.
pub(super) fn by_class(plan: &mut Plan, sides: [&Side<'_>; 2]) {
    let mut names: Vec<(String, String)> = Vec::new();
    for side in sides {
        let tables = side.pipeline.tables().map(|(id, _)| (side.table(id), side.pipeline.qualified_name(id)));
        names.extend(tables.map(|(name, class): (TableName, String)| (name.to_string(), class)));
    }
    // The longest first: a part's name begins with its master's.
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    names.dedup_by(|one, other| one.0 == other.0);
    for step in &mut plan.steps {
        step.reason = replaced(&step.reason, &names);
    }
}

fn replaced(text: &str, names: &[(String, String)]) -> String {
    let is_inside = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut rest = text;
    let mut before = None;
    while let Some(first) = rest.chars().next() {
        let starts = |name: &String| rest.starts_with(name.as_str()) && !rest[name.len()..].starts_with(is_inside);
        match names.iter().find(|(name, _)| !before.is_some_and(is_inside) && starts(name)) {
            Some((name, class)) => {
                out.push_str(class);
                rest = &rest[name.len()..];
                before = Some('_');
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
                before = Some(first);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_alone_or_not_at_all() {
        let names = [("lab.scan__trial".to_string(), "lab.Scan.Trial".to_string()), ("lab.scan".to_string(), "lab.Scan".to_string())];
        assert_eq!(replaced("lab.scan__trial: lets go of lab.scan", &names), "lab.Scan.Trial: lets go of lab.Scan");
        assert_eq!(replaced("lab.scanner and xlab.scan: `lab.scan`", &names), "lab.scanner and xlab.scan: `lab.Scan`");
    }
}
