//! What `populate` fills is identified by what it is made from.
//!
//! Generation 2 means to refuse key attributes of its own in such a table, but the check is never reached; 0.14 has none. `populate`
//! asks for each entity of the referenced tables once: when `make` inserts some of the rows and fails, or a method is added
//! later, the rest is never made, because the entity counts as done. Imported tables that list what a file holds are made in one go, so there it is a note. Generation 2's job table leaves such attributes out.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::OWN_KEY_IN_COMPUTED, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    // A table without any reference in its key has a greater trouble, which has its own rule.
    if !subject.is_populated() || !subject.table.references.iter().any(|reference| reference.primary) {
        return;
    }
    for attribute in subject.own_key() {
        let tier = subject.table.tier.word();
        let mut found = RULE
            .code
            .at(name_span(attribute), format!("the key of the {tier} table `{}` has an attribute of its own", subject.table.class))
            .here("does not come from a reference")
            .help("refer to a lookup table of its values, or move the rows into a part")
            .attribute(&attribute.name);
        if subject.table.tier == Tier::Imported {
            found.level = Level::Note;
        }
        sink.report(found);
    }
}
