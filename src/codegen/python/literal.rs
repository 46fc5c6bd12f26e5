//! Values as literals of Python, laid out as `black` would.

use std::collections::BTreeSet;

use super::text::{self, WIDTH, pad, quoted, width};
use crate::core::value::{Complex, Value};

/// A literal before it is known how much fits on a line.
enum Layout {
    /// What is not taken apart.
    Atom(String),
    /// Items between brackets, those of a mapping with their keys.
    Group { open: &'static str, close: &'static str, items: Vec<(String, Layout)>, alone: bool },
}

/// Returns a value as a literal for a line that is `indent` deep and goes on with `behind` cells.
pub(super) fn literal(value: &Value, indent: usize, behind: usize) -> String {
    let mut out = String::new();
    layout(value).write(indent, indent, behind, &mut out);
    out
}

/// Adds the modules of Python's library that the literal of a value needs.
pub(super) fn modules(value: &Value, out: &mut BTreeSet<&'static str>) {
    match value {
        Value::Decimal(_) => drop(out.insert("decimal")),
        Value::Date(_) | Value::Time(_) | Value::DateTime(_) => drop(out.insert("datetime")),
        Value::Uuid(_) => drop(out.insert("uuid")),
        Value::List(values) | Value::Tuple(values) | Value::Set(values) => values.iter().for_each(|value| modules(value, out)),
        Value::Map(entries) => entries.iter().for_each(|(key, value)| {
            modules(key, out);
            modules(value, out);
        }),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Complex(_)
        | Value::Text(_)
        | Value::Bytes(_)
        | Value::Array(_)
        | Value::Records(_)
        | Value::Cell(_)
        | Value::Struct(_) => {}
    }
}

fn layout(value: &Value) -> Layout {
    let group = |open, close, values: &[Value]| Layout::Group {
        open,
        close,
        items: values.iter().map(|value| (String::new(), layout(value))).collect(),
        alone: open == "(" && values.len() == 1,
    };
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) => Layout::Atom(value.to_string()),
        Value::Float(float) => Layout::Atom(self::float(*float)),
        Value::Complex(complex) => Layout::Atom(self::complex(*complex)),
        Value::Text(text) => Layout::Atom(quoted(text)),
        Value::Bytes(bytes) => Layout::Atom(text::bytes(bytes)),
        Value::List(values) => group("[", "]", values),
        Value::Tuple(values) => group("(", ")", values),
        Value::Set(values) if values.is_empty() => Layout::Atom("set()".to_string()),
        Value::Set(values) => group("{", "}", values),
        Value::Map(entries) => Layout::Group {
            open: "{",
            close: "}",
            items: entries.iter().map(|(key, value)| (format!("{}: ", layout(key).flat()), layout(value))).collect(),
            alone: false,
        },
        Value::Decimal(decimal) => Layout::Atom(format!("decimal.Decimal(\"{decimal}\")")),
        Value::Date(_) | Value::Time(_) | Value::DateTime(_) => Layout::Atom(value.to_string()),
        Value::Uuid(uuid) => Layout::Atom(format!("uuid.UUID(\"{uuid}\")")),
        Value::Array(_) | Value::Records(_) | Value::Cell(_) | Value::Struct(_) => {
            unreachable!("`contents` are literals, and there is none for {}", value.kind())
        }
    }
}

fn float(float: f64) -> String {
    if float.is_nan() {
        "float(\"nan\")".to_string()
    } else if float.is_infinite() {
        format!("float(\"{}inf\")", if float < 0.0 { "-" } else { "" })
    } else {
        // `black` takes a plus sign away.
        Value::Float(float).to_string().replace("e+", "e")
    }
}

fn complex(Complex { re, im }: Complex) -> String {
    // `-2j` is the negative of `2j`, so that its real part is `-0.0`.
    if re == 0.0 && im.is_finite() && re.is_sign_negative() == im.is_sign_negative() {
        let sign = if im.is_sign_negative() { "-" } else { "" };
        format!("{sign}{}", Value::complex(0.0, im.abs())).replace("e+", "e")
    } else {
        format!("complex({}, {})", float(re), float(im))
    }
}

impl Layout {
    fn flat(&self) -> String {
        match self {
            Layout::Atom(text) => text.clone(),
            Layout::Group { open, close, items, alone } => {
                let items: Vec<String> = items.iter().map(|(key, item)| format!("{key}{}", item.flat())).collect();
                format!("{open}{}{}{close}", items.join(", "), if *alone { "," } else { "" })
            }
        }
    }

    /// Writes at column `at` of a line that is `indent` deep.
    fn write(&self, indent: usize, at: usize, behind: usize, out: &mut String) {
        let flat = self.flat();
        match self {
            Layout::Group { open, close, items, .. } if !items.is_empty() && at + width(&flat) + behind > WIDTH => {
                out.push_str(open);
                out.push('\n');
                for (key, item) in items {
                    out.push_str(&pad(indent + 4));
                    out.push_str(key);
                    item.write(indent + 4, indent + 4 + width(key), 1, out);
                    out.push_str(",\n");
                }
                out.push_str(&pad(indent));
                out.push_str(close);
            }
            Layout::Atom(_) | Layout::Group { .. } => out.push_str(&flat),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_numbers_have_a_literal() {
        for (value, wanted) in [
            (Value::from(f64::NAN), "float(\"nan\")"),
            (Value::from(f64::NEG_INFINITY), "float(\"-inf\")"),
            (Value::from(1e-5), "1e-05"),
            (Value::from(1e16), "1e16"),
            (Value::complex(0.0, 2.0), "2j"),
            (Value::complex(-0.0, -2.0), "-2j"),
            (Value::complex(1.0, -2.0), "complex(1.0, -2.0)"),
            (Value::Tuple(vec![Value::Null]), "(None,)"),
        ] {
            assert_eq!(literal(&value, 0, 0), wanted);
        }
    }

    #[test]
    fn what_does_not_fit_stands_a_line_each() {
        let long = Value::Text("x".repeat(40));
        let value = Value::Tuple(vec![long.clone(), Value::Map(vec![(Value::from("a"), Value::List(vec![long.clone(), long]))])]);
        let x = "x".repeat(40);
        let wanted = format!(
            "(\n        \"{x}\",\n        {{\n            \"a\": [\n                \"{x}\",\n                \"{x}\",\n            ],\n        }},\n    )"
        );
        assert_eq!(literal(&value, 4, 1), wanted);
    }
}
