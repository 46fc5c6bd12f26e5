//! A native blob in generation 2 holds bytes, not values.
//!
//! In 0.14 `longblob` packs arrays and structures. In 2 the same word is a raw column: inserting an array fails, and what is fetched is bytes. The
//! packing has moved into `<blob>`. PostgreSQL has none of the blob types.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::RAW_BLOB, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    if subject.is_classic() {
        return;
    }
    for attribute in subject.own().filter(|attribute| matches!(attribute.ty, AttributeType::Blob(_))) {
        sink.report(
            RULE.code
                .at(attribute.type_span, format!("`{}` holds raw bytes in datajoint 2", attribute.type_text))
                .help("write `<blob>` for arrays and structures, `bytes` for raw bytes")
                .fix(Fix::likely("write `<blob>`", attribute.type_span, "<blob>"))
                .attribute(&attribute.name),
        );
    }
}
