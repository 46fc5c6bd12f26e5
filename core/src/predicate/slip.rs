//! What was probably meant where a text stops being a predicate.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::Wrong;
use super::build::Rule;

/// Says why a text cannot be read, with the first byte that does not fit.
pub(super) fn explain(error: &Error<Rule>, text: &str) -> Wrong {
    let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
    // Blanks are passed over: what does not fit is what stands behind them.
    let at = at + (text[at..].len() - text[at..].trim_start_matches([' ', '\t', '\r', '\n']).len());
    let rules = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
        ErrorVariant::CustomError { .. } => &[],
    };
    let rest = &text[at..];
    let message = slip(rest, &text[..at]).unwrap_or_else(|| {
        let wanted = wanted(rules);
        if rest.is_empty() {
            format!("the text ends where {wanted} is missing")
        } else {
            format!("expected {wanted} before `{}`", token(rest))
        }
    });
    Wrong::new(at, message)
}

/// Returns what could have stood there.
fn wanted(rules: &[Rule]) -> String {
    let value = [Rule::name, Rule::word, Rule::text, Rule::number, Rule::constant, Rule::minus, Rule::expr, Rule::sums];
    let words: [(&str, &[Rule]); 8] = [
        ("a value (an attribute, a number, a text in quotes or a function)", &value),
        ("WHEN", &[Rule::when]),
        ("THEN", &[Rule::then]),
        ("END", &[Rule::case_end]),
        ("a unit of time (`day`, `hour`)", &[Rule::unit]),
        ("AND", &[Rule::and_word]),
        ("`)`", &[Rule::close]),
        ("an operator (`=`, `<`, AND, OR, IN, LIKE)", &[Rule::compare, Rule::and, Rule::matched]),
    ];
    let mut found = words.iter().filter(|(_, of)| rules.iter().any(|rule| of.contains(rule))).map(|(word, _)| *word);
    match (found.next(), found.next()) {
        (None, _) => "something else".to_string(),
        (Some(word), None) => word.to_string(),
        (Some(word), Some(other)) => format!("{word} or {other}"),
    }
}

/// Returns the word or the character that a text begins with.
fn token(rest: &str) -> &str {
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let first = rest.chars().next().map_or(0, char::len_utf8);
    &rest[..word.max(first).min(rest.char_indices().nth(30).map_or(rest.len(), |(at, _)| at))]
}

/// Words behind which a text may stand.
const TEXT_FOLLOWS: [&str; 14] =
    ["like", "regexp", "rlike", "and", "or", "xor", "not", "when", "then", "else", "case", "escape", "separator", "between"];

/// Recognises what people bring along from elsewhere.
fn slip(rest: &str, before: &str) -> Option<String> {
    let word = token(rest).to_ascii_lowercase();
    let behind_word = before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let message = match word.as_str() {
        "select" | "exists" => "a subquery has no place in a predicate: restrict by the other query itself",
        "where" => "leave out WHERE: the text is the condition alone",
        "limit" | "order" | "group" | "having" => "order, limit and groups are methods of the query and no part of a predicate",
        "union" | "insert" | "update" | "delete" | "drop" => "a predicate is no statement",
        "ilike" => "write LIKE: it does not look at letter case",
        "glob" | "similar" | "match" => "write LIKE with `%` and `_`, or REGEXP",
        "over" => "window functions have no place in a predicate",
        "notnull" => "write IS NOT NULL",
        "isnull" => "write IS NULL",
        "escape" => "ESCAPE wants one character in quotes",
        "div" | "mod" | "and" | "or" | "xor" | "like" | "between" | "in" | "is" if before.trim().is_empty() => {
            return Some(format!("`{}` wants a value before it", token(rest)));
        }
        _ => match rest.as_bytes() {
            [b';', ..] => "a predicate is one condition, and behind `;` stands another statement",
            [b'-', b'-', ..] | [b'#', ..] | [b'/', b'*', ..] => "comments have no place in a predicate",
            [b'=', b'=', ..] => "write `=` for equal",
            [b'=', b'<' | b'>', ..] => "write `<=` or `>=`",
            [b'-', b'>', ..] => "write a path into JSON as `attribute.path` or `attribute.path:decimal(10,2)`",
            [b':', b':', ..] => "write `cast(x as type)`",
            [b'?' | b'$' | b':', ..] | [b'%', b's' | b'(', ..] | [b'@', ..] if !behind_word => {
                "a predicate has no placeholders and variables: write the value, or restrict by a key or a typed condition"
            }
            [b':', ..] => "a type (`:signed`) stands behind a path into JSON only",
            [b'^', ..] => "`^` means another thing on each server; write `pow(x, y)` or compare the numbers",
            [b'~', ..] => "write REGEXP for a pattern; bits cannot be turned over",
            [b'{' | b'}', ..] => "braces have no place in a predicate; was a text meant to be formatted?",
            [b'[', ..] => "write a list in parentheses: `x IN (1, 2)`",
            [b'\'' | b'"', inner @ ..] => {
                let before = before.trim_end();
                let last = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default().to_ascii_lowercase();
                if !inner.contains(&rest.as_bytes()[0])
                    || last.is_empty() && !before.ends_with(['\'', '"'])
                    || TEXT_FOLLOWS.contains(&last.as_str())
                {
                    "the text that begins here has no end; a quote within a text is written twice"
                } else {
                    "a comma or an operator is missing before this text"
                }
            }
            [b'`', ..] => "the name that begins here has no end",
            [b')', ..] if before.matches('(').count() <= before.matches(')').count() => "nothing was opened that this parenthesis closes",
            [b')', ..] if before.trim_end().ends_with(',') => "there is a comma too many before the parenthesis",
            [b')', ..] if before.trim_end().ends_with('(') => {
                "there is nothing between the parentheses; an empty list has no rows: restrict by `false`"
            }
            [128..=255, ..] => "a name with letters outside of ASCII stands in back-quotes",
            [b',', ..] => "a comma stands between values of a list only",
            _ => return None,
        },
    };
    Some(message.to_string())
}
