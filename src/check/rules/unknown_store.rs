//! A store that nobody configured.
//!
//! 0.14 refuses to declare the table. 2 does not look: the table is made, and the first insert fails.

use super::prelude::*;
use crate::core::ir::CodecStore;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::UNKNOWN_STORE, check: Check::Table(check) };

fn check(cx: &Context, subject: &Subject, sink: &mut Sink) {
    let Some(stores) = cx.stores else { return };
    for attribute in subject.own() {
        let store = match &attribute.ty {
            AttributeType::External(external) => &external.store,
            AttributeType::Codec(codec) => match &codec.store {
                CodecStore::Named(store) => store,
                CodecStore::Inline | CodecStore::Default => continue,
            },
            _ => continue,
        };
        if !stores.contains(store) {
            let known = stores.iter().map(|store| format!("`{store}`")).collect::<Vec<_>>().join(", ");
            sink.report(
                RULE.code
                    .at(attribute.type_span, format!("the store `{store}` is not configured"))
                    .here(if subject.is_classic() { "datajoint cannot declare this" } else { "inserts will fail" })
                    .help(format!("add `[stores.{store}]` to djc.toml, or use {known}"))
                    .attribute(&attribute.name),
            );
        }
    }
}
