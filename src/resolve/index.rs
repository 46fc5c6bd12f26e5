//! One index line.

use crate::core::ir::type_text::parse_index_argument;
use crate::core::ir::{Generation, Heading, Index, IndexPart};
use crate::core::nearest::nearest;
use crate::diag::{Fix, Sink, codes};
use crate::parser::ast;

/// Returns the index that a line declares; an attribute that the table lacks is reported when the heading is complete.
pub(super) fn read(line: &ast::Index, heading: &Heading, complete: bool, generation: Generation, sink: &mut Sink) -> Option<Index> {
    let arguments: Vec<_> =
        line.arguments.iter().filter(|argument| line.arguments.len() > 1 || !argument.value.trim().is_empty()).collect();
    if arguments.is_empty() {
        // datajoint hands the empty list to the server, which refuses it; on PostgreSQL generation 2 drops it without a word.
        let mut found = codes::INDEX_ARGUMENT.at(line.span, "an index over nothing").help("name the attributes: `index (a, b)`");
        if generation == Generation::Modern {
            found = found.help("on PostgreSQL datajoint 2 drops the line without a word; on MySQL the server refuses it");
        }
        sink.report(found);
        return None;
    }
    let mut parts = Vec::with_capacity(arguments.len());
    for argument in arguments {
        match parse_index_argument(&argument.value) {
            Err(error) => sink.report(codes::INDEX_ARGUMENT.at(argument.span, error.to_string())),
            Ok(part) => {
                let name = match &part {
                    IndexPart::Attribute { name, .. } | IndexPart::JsonPath { name, .. } => Some(name.as_str()),
                    IndexPart::Expression(_) => None,
                };
                if let Some(name) = name.filter(|name| complete && heading.get(name).is_none()) {
                    let mut found = codes::INDEX_ARGUMENT.at(argument.span, format!("the table has no attribute `{name}`")).attribute(name);
                    if let Some(near) = nearest(name, heading.attributes.iter().map(|attribute| attribute.name.as_str())) {
                        found = found.help(format!("did you mean `{near}`?"));
                        if argument.value.trim() == name {
                            found = found.fix(Fix::likely(format!("write `{near}`"), argument.span, near));
                        }
                    }
                    sink.report(found);
                }
                parts.push(part);
            }
        }
    }
    Some(Index { unique: line.unique, parts, span: line.span })
}
