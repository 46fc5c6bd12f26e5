//! `@merge`: the table that Spyglass calls a merge table, written in one word.
//!
//! Its key is `merge_id : uuid` and beside it stands `source : varchar(32)`, the name of the part that holds a row. A body that
//! says this itself may stand; any other cannot. Whether the parts fit is for a lint.

use super::columns::Columns;
use crate::core::ir::type_text::{self, TypeContext};
use crate::core::ir::{Attribute, AttributeType, Default, Generation, Lineage, Origin, TableId};
use crate::core::source::Span;
use crate::diag::{Sink, codes};
use crate::parser::ast::{self, BodyItem};

/// The mixins that need no djc.toml.
pub(super) const MIXINS: [&str; 1] = ["spyglass"];

const MERGE_ID: &str = "merge_id";
const SOURCE: &str = "source";
const SOURCE_LENGTH: u32 = 32;

/// Returns whether `@merge` stands above the table.
pub(super) fn is_merge(table: &ast::Table) -> bool {
    merge_span(table).is_some()
}

fn merge_span(table: &ast::Table) -> Option<Span> {
    table.annotations.iter().find(|annotation| annotation.name.value == "merge").map(|annotation| annotation.span)
}

/// Returns whether the table says nothing about its attributes.
pub(super) fn is_bodiless(table: &ast::Table) -> bool {
    table.body.iter().all(|item| match item {
        BodyItem::TableComment(_) | BodyItem::Comment(_) | BodyItem::Blank(_) | BodyItem::Part(_) => true,
        BodyItem::Separator(_)
        | BodyItem::Attribute(_)
        | BodyItem::Reference(_)
        | BodyItem::Index(_)
        | BodyItem::Contents(_)
        | BodyItem::Error(_) => false,
    })
}

/// Adds the two attributes that `@merge` implies.
pub(super) fn push_merge_attributes(table: &ast::Table, id: TableId, generation: Generation, columns: &mut Columns) {
    let span = merge_span(table).unwrap_or(table.name.span);
    let attribute = |name: &str, ty: AttributeType, type_text: &str, lineage: Option<Lineage>| Attribute {
        name: name.to_string(),
        marker: type_text::parse(type_text, generation, &TypeContext::default()).is_ok_and(|declared| declared.marker),
        ty,
        type_text: type_text.to_string(),
        default: Default::Required,
        comment: String::new(),
        origin: Origin::Own,
        lineage,
        hidden: false,
        renamed_from: None,
        span,
        type_span: span,
    };
    let lineage = Some(Lineage { table: id, attribute: MERGE_ID.to_string() });
    columns.push(attribute(MERGE_ID, AttributeType::Uuid, "uuid", lineage), true);
    columns.push(attribute(SOURCE, AttributeType::Varchar(SOURCE_LENGTH), "varchar(32)", None), false);
}

/// Checks a body that was written out.
pub(super) fn check_merge(table: &ast::Table, columns: &Columns, sink: &mut Sink) {
    let fits = match columns.attributes() {
        [id, source] => {
            columns.key_len() == 1
                && (id.name.as_str(), &id.ty) == (MERGE_ID, &AttributeType::Uuid)
                && (source.name.as_str(), &source.ty) == (SOURCE, &AttributeType::Varchar(SOURCE_LENGTH))
        }
        _ => false,
    };
    if fits {
        return;
    }
    let found = codes::MERGE_BODY
        .at(table.name.span, format!("the attributes of `{}` are not those of a merge table", table.name.value))
        .help("leave them out: `@merge` means `merge_id : uuid`, `---`, `source : varchar(32)`; or take `@merge` away");
    let found = match merge_span(table) {
        Some(span) => found.label(span, "said to be one here"),
        None => found,
    };
    sink.report(found);
}
