//! Annotations of the language as Python spells them: comments `# djc: renamed_from Old`, and the mapping `_djc` of a class.
//!
//! What they mean, and whether it is right, is for the language; here they only get its form, and every piece keeps its place.

use djc_core::text::Text;

use crate::value::{Value, ValueKind};

/// Returns the name and the arguments of the annotation that a comment means; `None` for any other comment.
pub fn of_comment(comment: &Text) -> Option<(Text, Option<Text>)> {
    let from = comment.text.len() - comment.text.trim_start_matches('#').trim_start().len();
    if !comment.text[from..].starts_with("djc:") {
        return None;
    }
    let words = comment.slice(from + "djc:".len()..comment.text.len()).trimmed();
    let end = words.text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(words.text.len());
    let (name, rest) = (words.slice(0..end), words.slice(end..words.text.len()).trimmed());
    if rest.text.is_empty() {
        return Some((name, None));
    }
    // As in the language, with brackets around all of it.
    let bracketed = words.text[end..].starts_with('(') && rest.text.ends_with(')');
    let arguments = if bracketed { rest.slice(1..rest.text.len() - 1) } else { rest };
    Some((name, Some(arguments)))
}

/// Returns the annotations that the entries of `_djc` mean.
pub fn of_entries(items: &[(Value, Value)]) -> Vec<(Text, Option<Text>)> {
    items.iter().filter_map(|(key, value)| Some((plain(key), arguments(&plain(key).text, value)?))).collect()
}

/// Returns the arguments of an annotation, `Some(None)` where it has none, `None` where it is switched off.
fn arguments(name: &str, value: &Value) -> Option<Option<Text>> {
    let mut out = Text::default();
    match &value.kind {
        ValueKind::Constant("True") => return Some(None),
        ValueKind::Constant(_) => return None,
        ValueKind::List(items) | ValueKind::Tuple(items) => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_glue(", ", item.span);
                }
                out.push(&plain(item));
            }
        }
        ValueKind::Dict(items) => {
            for (at, (key, value)) in items.iter().enumerate() {
                if at > 0 {
                    out.push_glue(", ", key.span);
                }
                out.push(&plain(key));
                match (name, &value.kind) {
                    ("renamed", _) => {
                        out.push_glue(" -> ", value.span);
                        out.push(&plain(value));
                    }
                    // What existing rows get may be an expression of the server.
                    (_, ValueKind::Dict(inner)) if inner.len() == 1 && plain(&inner[0].0).text == "sql" => {
                        out.push_glue(" = sql(", value.span);
                        inner[0].1.write(&mut out);
                        out.push_glue(")", value.span);
                    }
                    _ => {
                        out.push_glue(" = ", value.span);
                        value.write(&mut out);
                    }
                }
            }
        }
        ValueKind::Text(_) | ValueKind::Number(_) | ValueKind::Literal(_) | ValueKind::Call(..) => out.push(&plain(value)),
    }
    Some(Some(out))
}

/// Returns the text of a value, without quotes.
fn plain(value: &Value) -> Text {
    match &value.kind {
        ValueKind::Text(text) => text.clone(),
        _ => value.literal(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use djc_core::source::Span;

    #[test]
    fn comments_become_annotations() {
        let annotation = |comment: &str| {
            let found = of_comment(&Text::new(comment, Span::default()))?;
            Some((found.0.text, found.1.map(|arguments| arguments.text)))
        };
        let of = |name: &str, arguments: Option<&str>| Some((name.to_string(), arguments.map(str::to_string)));
        assert_eq!(annotation("# djc: renamed_from Old"), of("renamed_from", Some("Old")));
        assert_eq!(annotation("#djc: merge"), of("merge", None));
        assert_eq!(annotation("# djc: fill(a = 'x')"), of("fill", Some("a = 'x'")));
        assert_eq!(annotation("# djc: key_source (A & B) * C"), of("key_source", Some("(A & B) * C")));
        assert_eq!(annotation("# djc:"), of("", None));
        assert_eq!(annotation("# djc"), None);
        assert_eq!(annotation("# a remark"), None);
    }
}
