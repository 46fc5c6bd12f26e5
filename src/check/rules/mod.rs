//! Every lint, one file and one line each; `cargo xtask new-rule NAME` adds both.

pub mod backslash;
pub mod bool_default;
pub mod braces;
pub mod code_as_comment;
pub mod contents_ignored;
pub mod default_on_key;
pub mod duplicate_attribute;
pub mod duplicate_index;
pub mod duplicate_reference;
pub mod enum_double_quotes;
pub mod enum_marker;
pub mod enum_shared_type;
pub mod float_in_key;
pub mod function_default;
pub mod homonym;
pub mod integer_alias;
pub mod job_table_collision;
pub mod job_table_key;
pub mod long_name;
pub mod lookup_part;
pub mod lookup_without_contents;
pub mod merge_lookalike;
pub mod merge_table;
pub mod missing_comment;
pub mod mysql_only_type;
pub mod native_type;
pub mod nullable_in_unique;
pub mod nullable_without_effect;
pub mod own_key_in_computed;
pub mod part_without_master;
pub mod percent;
pub mod proj_without_effect;
pub mod quote_in_comment;
pub mod raw_blob;
pub mod reserved_word;
pub mod schema_name;
pub mod server_only_index;
pub mod shadowed_attribute;
pub mod singleton;
pub mod type_spelling;
pub mod unpopulatable;
pub mod unused_use;
pub mod wide_character;
pub mod wide_key;
pub mod wide_string_key;

use super::Rule;

/// What most rules need.
mod prelude {
    pub use crate::check::context::name_span;
    pub use crate::check::{Check, Context, Rule, Subject};
    pub use crate::core::ir::{AttributeType, Generation, Tier};
    pub use crate::core::source::Span;
    pub use crate::diag::{Diagnostic, Fix, Level, Sink, codes};

    /// Names the attribute of a finding, where there is one.
    pub fn with_attribute(found: Diagnostic, attribute: Option<&str>) -> Diagnostic {
        match attribute {
            Some(name) => found.attribute(name),
            None => found,
        }
    }
}

/// All rules, in order of their codes.
pub const RULES: &[Rule] = &[
    float_in_key::RULE,
    wide_key::RULE,
    part_without_master::RULE,
    long_name::RULE,
    own_key_in_computed::RULE,
    unpopulatable::RULE,
    unused_use::RULE,
    nullable_in_unique::RULE,
    reserved_word::RULE,
    enum_double_quotes::RULE,
    percent::RULE,
    braces::RULE,
    backslash::RULE,
    quote_in_comment::RULE,
    duplicate_attribute::RULE,
    shadowed_attribute::RULE,
    duplicate_reference::RULE,
    homonym::RULE,
    proj_without_effect::RULE,
    mysql_only_type::RULE,
    native_type::RULE,
    raw_blob::RULE,
    default_on_key::RULE,
    wide_string_key::RULE,
    job_table_key::RULE,
    enum_marker::RULE,
    enum_shared_type::RULE,
    merge_table::RULE,
    merge_lookalike::RULE,
    lookup_without_contents::RULE,
    contents_ignored::RULE,
    job_table_collision::RULE,
    missing_comment::RULE,
    wide_character::RULE,
    code_as_comment::RULE,
    schema_name::RULE,
    lookup_part::RULE,
    integer_alias::RULE,
    singleton::RULE,
    nullable_without_effect::RULE,
    type_spelling::RULE,
    function_default::RULE,
    bool_default::RULE,
    duplicate_index::RULE,
    server_only_index::RULE,
];
