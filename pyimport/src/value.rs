//! Values that expressions are known to have, and how they are written as literals.

use djc_core::source::Span;
use djc_core::text::Text;

/// A value, and the expression that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The expression.
    pub span: Span,
    /// What it is.
    pub kind: ValueKind,
}

/// The kinds of values that can be known without running the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueKind {
    /// A string.
    Text(Text),
    /// A number, as written, with its sign.
    Number(String),
    /// `None`, `True`, `False`.
    Constant(&'static str),
    /// Bytes, a set, a complex number: what the language reads as it is written.
    Literal(String),
    /// `[…]`, and all that is gone through once: `range`, `zip`, generators.
    List(Vec<Value>),
    /// `(…)`.
    Tuple(Vec<Value>),
    /// `{…}`, each key once.
    Dict(Vec<(Value, Value)>),
    /// A date and its like, by the call that the language knows as well.
    Call(String, Vec<Value>),
}

impl Value {
    /// Returns a string.
    pub fn of_text(text: Text, span: Span) -> Self {
        Value { span, kind: ValueKind::Text(text) }
    }

    /// Returns a whole number.
    pub fn of_int(number: i64, span: Span) -> Self {
        Value { span, kind: ValueKind::Number(number.to_string()) }
    }

    /// Returns the whole number that it is.
    pub fn int(&self) -> Option<i64> {
        match &self.kind {
            ValueKind::Number(number) => number.replace('_', "").parse().ok(),
            _ => None,
        }
    }

    /// Returns what `str` makes of it, where that is certain.
    pub fn shown(&self) -> Option<Text> {
        match &self.kind {
            ValueKind::Text(text) => Some(text.clone()),
            ValueKind::Constant(word) => Some(Text::new(*word, self.span)),
            ValueKind::Number(number) => {
                let plain = number.replace('_', "");
                if let Ok(number) = plain.parse::<i64>() {
                    return Some(Text::new(number.to_string(), self.span));
                }
                let number: f64 = plain.parse().ok()?;
                // Python writes others with an exponent of its own form.
                let short = number == 0.0 || (1e-4..1e16).contains(&number.abs());
                short.then(|| Text::new(format!("{number:?}"), self.span))
            }
            ValueKind::Literal(_) | ValueKind::List(_) | ValueKind::Tuple(_) | ValueKind::Dict(_) | ValueKind::Call(..) => None,
        }
    }

    /// Returns what a format such as `03d` or `.2f` makes of it.
    pub fn formatted(&self, spec: &str) -> Option<Text> {
        if spec.is_empty() {
            return self.shown();
        }
        let (head, kind) = match spec.chars().last()? {
            kind @ ('d' | 's' | 'f') => (&spec[..spec.len() - 1], Some(kind)),
            _ => (spec, None),
        };
        let text = match (&self.kind, kind) {
            (ValueKind::Text(text), None | Some('s')) if head.is_empty() => text.text.clone(),
            (ValueKind::Number(number), Some('f')) => {
                let digits: usize = head.strip_prefix('.')?.parse().ok()?;
                format!("{:.digits$}", number.replace('_', "").parse::<f64>().ok()?)
            }
            (ValueKind::Number(_), None | Some('d')) => {
                let number = self.int()?;
                let width: usize = if head.is_empty() { 0 } else { head.parse().ok()? };
                if head.starts_with('0') { format!("{number:0width$}") } else { format!("{number:width$}") }
            }
            _ => return None,
        };
        Some(Text::new(text, self.span))
    }

    /// Returns what going through it gives.
    pub fn elements(&self) -> Option<Vec<Value>> {
        match &self.kind {
            ValueKind::List(items) | ValueKind::Tuple(items) => Some(items.clone()),
            ValueKind::Dict(items) => Some(items.iter().map(|(key, _)| key.clone()).collect()),
            ValueKind::Text(text) => {
                let letter = |(at, c): (usize, char)| Value::of_text(text.slice(at..at + c.len_utf8()), self.span);
                Some(text.text.char_indices().map(letter).collect())
            }
            ValueKind::Number(_) | ValueKind::Constant(_) | ValueKind::Literal(_) | ValueKind::Call(..) => None,
        }
    }

    /// Returns whether Python takes two values for the same, by how they are written.
    pub fn is(&self, other: &Value) -> bool {
        match (self.int(), other.int()) {
            (Some(one), Some(other)) => one == other,
            _ => self.literal().text == other.literal().text,
        }
    }

    /// Returns it as a literal.
    pub fn literal(&self) -> Text {
        let mut out = Text::default();
        self.write(&mut out);
        out
    }

    /// Writes it as a literal.
    pub fn write(&self, out: &mut Text) {
        let mut list = |open: &str, items: &[Value], close: &str| {
            out.push_glue(open, self.span);
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_glue(", ", item.span);
                }
                item.write(out);
            }
            out.push_glue(close, self.span);
        };
        match &self.kind {
            ValueKind::Text(text) => out.push_str(&quoted(&text.text), self.span),
            ValueKind::Number(number) | ValueKind::Literal(number) => out.push_str(number, self.span),
            ValueKind::Constant(word) => out.push_str(word, self.span),
            ValueKind::List(items) => list("[", items, "]"),
            ValueKind::Tuple(items) => list("(", items, if items.len() == 1 { ",)" } else { ")" }),
            ValueKind::Call(name, arguments) => list(&format!("{name}("), arguments, ")"),
            ValueKind::Dict(items) => {
                out.push_glue("{", self.span);
                for (at, (key, value)) in items.iter().enumerate() {
                    if at > 0 {
                        out.push_glue(", ", self.span);
                    }
                    key.write(out);
                    out.push_glue(": ", self.span);
                    value.write(out);
                }
                out.push_glue("}", self.span);
            }
        }
    }
}

/// Puts an entry into a mapping; a later value wins and keeps the first one's place, as in Python.
pub fn enter(items: &mut Vec<(Value, Value)>, key: Value, value: Value) {
    match items.iter_mut().find(|(known, _)| known.is(&key)) {
        Some((_, known)) => *known = value,
        None => items.push((key, value)),
    }
}

/// Returns a text without the indentation that its lines share, as `textwrap.dedent` does; the first line is left out of it for `inspect.cleandoc`.
pub fn dedented(text: &Text, first_line_apart: bool) -> Text {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.text.split_inclusive('\n') {
        lines.push(start..start + line.len());
        start += line.len();
    }
    let code = |line: &std::ops::Range<usize>| !text.text[line.clone()].trim().is_empty();
    let shared = lines.iter().skip(usize::from(first_line_apart)).filter(|line| code(line)).map(|line| {
        let line = &text.text[line.clone()];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    });
    let shared = shared.reduce(|one, other| {
        let length = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
        &one[..length]
    });
    let cut = shared.map_or(0, str::len);
    let mut out = Text::default();
    for (at, line) in lines.into_iter().enumerate() {
        let from = match () {
            () if at == 0 && first_line_apart => line.start + text.text[line.clone()].len() - text.text[line.clone()].trim_start().len(),
            // A blank line keeps its end only.
            () if !code(&line) => line.end - usize::from(text.text[line.clone()].ends_with('\n')),
            () => line.start + cut,
        };
        out.push(&text.slice(from.min(line.end)..line.end));
    }
    if first_line_apart {
        let start = out.text.len() - out.text.trim_start_matches('\n').len();
        let end = out.text.trim_end_matches('\n').len().max(start);
        return out.slice(start..end);
    }
    out
}

/// Returns a text as a literal of Python.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_python_shows_them() {
        let shown = |number: &str| {
            let value = Value { span: Span::default(), kind: ValueKind::Number(number.to_string()) };
            value.shown().map(|text| text.text)
        };
        assert_eq!(shown("1_000").as_deref(), Some("1000"));
        assert_eq!(shown("1.50").as_deref(), Some("1.5"));
        assert_eq!(shown("1e3").as_deref(), Some("1000.0"));
        assert_eq!(shown("1e-9"), None, "Python writes 1e-09");
        assert_eq!(shown("0x10"), None);
    }

    #[test]
    fn formats_of_numbers_are_those_of_python() {
        let formatted = |spec: &str| Value::of_int(7, Span::default()).formatted(spec).map(|text| text.text);
        assert_eq!(formatted("03d").as_deref(), Some("007"));
        assert_eq!(formatted("3").as_deref(), Some("  7"));
        assert_eq!(formatted(".2f").as_deref(), Some("7.00"));
        assert_eq!(formatted("x"), None);
    }

    #[test]
    fn shared_indentation_is_taken_away() {
        let text = |text: &str| Text::new(text, Span::default());
        assert_eq!(dedented(&text("\n  a\n    b\n   \n"), false).text, "\na\n  b\n\n");
        assert_eq!(dedented(&text("  a\n    b\n    c\n    "), true).text, "a\nb\nc");
    }
}
