//! `contents [ … ]`: rows that belong to the definition.
//!
//! A tuple or list gives its values in the order of the columns, a mapping by name. What no server
//! would take is refused here; what one server cannot hold is for the deploy on it.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::core::contents::{Stored, Unfit, store};
use crate::core::ir::{self, AttributeType, ContentRow, Default, Generation, Heading};
use crate::core::nearest::nearest;
use crate::core::source::Span;
use crate::core::value::Value;
use crate::diag::{Sink, codes};
use crate::parser::ast::{Contents, ContentsItem};

/// Returns the rows; those that fit nothing are reported and left out. An incomplete heading blames no row.
pub(super) fn read(blocks: &[&Contents], heading: &Heading, generation: Generation, complete: bool, sink: &mut Sink) -> Vec<ContentRow> {
    let mut rows = Vec::new();
    let mut keys: HashMap<String, Span> = HashMap::new();
    let attributes: Vec<&ir::Attribute> = heading.attributes.iter().filter(|attribute| !attribute.hidden).collect();
    for item in blocks.iter().flat_map(|block| &block.rows) {
        let (value, span) = match item {
            ContentsItem::Row { value, span, .. } => (value, *span),
            ContentsItem::Comment(_) | ContentsItem::Blank(_) | ContentsItem::Error(_) => continue,
        };
        let reader = Reader { attributes: &attributes, complete, span };
        let Some(values) = reader.values(value, sink) else { continue };
        if !reader.fit(&values, generation, sink) {
            continue;
        }
        if let Some(key) = key_text(heading, &values) {
            match keys.entry(key) {
                std::collections::hash_map::Entry::Vacant(entry) => {
                    entry.insert(span);
                }
                std::collections::hash_map::Entry::Occupied(first) => {
                    let found = codes::CONTENTS_DUPLICATE
                        .at(span, "a second row with the same key")
                        .label(*first.get(), "the first one")
                        .help("datajoint would insert the first row and skip this one; give it another key, or remove it");
                    sink.report(found);
                    continue;
                }
            }
        }
        rows.push(ContentRow { values, span });
    }
    rows
}

struct Reader<'a> {
    attributes: &'a [&'a ir::Attribute],
    complete: bool,
    span: Span,
}

impl Reader<'_> {
    fn values(&self, row: &Value, sink: &mut Sink) -> Option<IndexMap<String, Value>> {
        match row {
            Value::Tuple(values) | Value::List(values) => self.by_position(values, sink),
            Value::Map(entries) => self.by_name(entries, sink),
            other => {
                let found = codes::CONTENTS_ROW
                    .at(self.span, format!("a row is a tuple or a mapping, not {}", kind(other)))
                    .help("write `(value,)` for a row of one value");
                sink.report(found);
                None
            }
        }
    }

    fn by_position(&self, values: &[Value], sink: &mut Sink) -> Option<IndexMap<String, Value>> {
        if values.len() == self.attributes.len() {
            return Some(self.attributes.iter().map(|attribute| attribute.name.clone()).zip(values.iter().cloned()).collect());
        }
        if self.complete {
            let names: Vec<String> = self.attributes.iter().map(|attribute| format!("`{}`", attribute.name)).collect();
            let counted = if values.len() == 1 { "1 value".to_string() } else { format!("{} values", values.len()) };
            let found = codes::CONTENTS_ROW
                .at(self.span, format!("the row has {counted}, the table {}", self.attributes.len()))
                .help(format!("a row gives a value for each attribute: {}", names.join(", ")))
                .help("a mapping may leave out attributes that have a default: `{\"name\": value}`");
            sink.report(found);
        }
        None
    }

    fn by_name(&self, entries: &[(Value, Value)], sink: &mut Sink) -> Option<IndexMap<String, Value>> {
        let mut values = IndexMap::with_capacity(entries.len());
        let mut good = true;
        let report = |message: String, help: String, attribute: &str, sink: &mut Sink| {
            if self.complete {
                sink.report(codes::CONTENTS_ATTRIBUTE.at(self.span, message).help(help).attribute(attribute));
            }
        };
        for (name, value) in entries {
            let Value::Text(name) = name else {
                report("a row names its attributes by texts".to_string(), "write `{\"name\": value}`".to_string(), "", sink);
                good = false;
                continue;
            };
            if self.attributes.iter().any(|attribute| attribute.name == *name) {
                values.insert(name.clone(), value.clone());
            } else {
                let names = || self.attributes.iter().map(|attribute| attribute.name.as_str());
                let help = match nearest(name, names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the attributes are {}", names().collect::<Vec<_>>().join(", ")),
                };
                report(format!("the table has no attribute `{name}`"), help, name, sink);
                good = false;
            }
        }
        if !good {
            return None;
        }
        for attribute in self.attributes {
            if needs_value(attribute) && !values.contains_key(&attribute.name) {
                let help = "the attribute has no default, so the server would refuse the row".to_string();
                report(format!("the row says nothing about `{}`", attribute.name), help, &attribute.name, sink);
                good = false;
            }
        }
        good.then_some(values)
    }

    /// Returns whether every value fits its type, with a finding for each that does not.
    fn fit(&self, values: &IndexMap<String, Value>, generation: Generation, sink: &mut Sink) -> bool {
        let mut good = true;
        for attribute in self.attributes {
            let Some(value) = values.get(&attribute.name) else { continue };
            let reason = match store(value, &attribute.ty, generation) {
                Ok(Stored::Default) if needs_value(attribute) => {
                    format!("{value} stands for the default, and the attribute has none")
                }
                // What only djc cannot write is no fault of the definition.
                Ok(_) | Err(Unfit::Unwritable(_)) => continue,
                Err(Unfit::Value(reason)) => reason,
            };
            let mut found = codes::CONTENTS_VALUE
                .at(self.span, format!("a value does not fit `{} : {}`: {reason}", attribute.name, attribute.type_text))
                .attribute(&attribute.name);
            if attribute.type_span.start < attribute.type_span.end {
                found = found.label(attribute.type_span, "the type");
            }
            sink.report(found);
            good = false;
        }
        good
    }
}

/// Whether no server has anything to put where a row says nothing. The MySQL family puts the first value of an enum.
fn needs_value(attribute: &ir::Attribute) -> bool {
    let has_own = match &attribute.ty {
        AttributeType::Serial | AttributeType::Enum(_) => true,
        AttributeType::Integer(integer) => integer.auto_increment,
        _ => false,
    };
    attribute.default == Default::Required && !has_own
}

/// Returns the key of a row as a text to compare; `None` when the row leaves part of it to a default.
fn key_text(heading: &Heading, values: &IndexMap<String, Value>) -> Option<String> {
    let mut text = String::new();
    for attribute in heading.primary_key() {
        let value = values.get(&attribute.name)?;
        text.push_str(&value.to_string());
        text.push('\u{0}');
    }
    (!text.is_empty()).then_some(text)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "`None`",
        Value::Bool(_) => "a truth value",
        Value::Int(_) | Value::Float(_) | Value::Complex(_) | Value::Decimal(_) => "a number",
        Value::Text(_) => "a text",
        Value::Set(_) => "a set",
        _ => "this",
    }
}
