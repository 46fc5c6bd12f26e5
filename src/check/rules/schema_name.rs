//! A schema name that datajoint or a server loses.
//!
//! datajoint finds the master of a part by a pattern that holds word characters only: in a schema with a hyphen, deleting from parts is unprotected. Generation 2 asks PostgreSQL
//! for unquoted names, which are folded to lower case and not found.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::SCHEMA_NAME, check: Check::Pipeline(check) };

fn check(cx: &Context, sink: &mut Sink) {
    for schema in cx.pipeline.schemas.iter().filter(|schema| schema.owned) {
        let template = schema.name.template();
        let mut fixed = template.to_string();
        for variable in schema.name.variables() {
            fixed = fixed.replace(&format!("${{{variable}}}"), "");
        }
        let mut report = |message: String, help: &str| sink.report(RULE.code.at(schema.span, message).help(help));
        if let Some(c) = fixed.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '_') {
            report(
                format!("datajoint does not tie parts to masters in a schema with `{c}` in its name"),
                "use lower-case letters, digits and `_`",
            );
        }
        if schema.generation == Generation::Modern && fixed.chars().any(|c| c.is_ascii_uppercase()) {
            report("datajoint 2 does not find a schema with capitals on PostgreSQL".to_string(), "use lower-case letters, digits and `_`");
        }
    }
}
