//! From grammar rules to a scientist's words.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::pairs::Rule;

/// Where a line stopped fitting its rule, and what could have stood there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The first byte that does not fit, counted from the head of the line.
    pub at: usize,
    /// What could have stood there, in the language of the people who write definitions; without repetitions.
    pub expected: Vec<&'static str>,
}

impl Failure {
    pub(super) fn new(error: &Error<Rule>) -> Self {
        let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
        let rules = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
            ErrorVariant::CustomError { .. } => &[],
        };
        let mut expected = Vec::new();
        for word in rules.iter().filter_map(|rule| words(*rule)) {
            if !expected.contains(&word) {
                expected.push(word);
            }
        }
        Failure { at, expected }
    }

    /// Returns "expected A, B or C", or nothing where no rule has words.
    pub(super) fn message(&self) -> Option<String> {
        let (last, others) = self.expected.split_last()?;
        if others.is_empty() {
            return Some(format!("expected {last}"));
        }
        Some(format!("expected {} or {last}", others.join(", ")))
    }
}

/// Returns what a rule is called outside of the grammar; `None` for rules that only serve others.
fn words(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::EOI => "the end of the line",
        Rule::comment => "a `#` comment",
        Rule::attribute_line | Rule::attribute_name => "the name of an attribute",
        Rule::equals => "`=` and a default",
        Rule::colon => "`:` and a type",
        Rule::default_text => "a default",
        Rule::type_text => "a type, such as `int` or `varchar(32)`",
        Rule::codec => "a codec in angle brackets, such as `<blob>`",
        Rule::options => "options in brackets, `[nullable]` or `[unique]`",
        Rule::option => "an option, `nullable` or `unique`",
        Rule::query | Rule::target | Rule::path => "a table",
        Rule::word => "a name",
        Rule::called => "`()`",
        Rule::projection => "`.proj(…)`",
        Rule::projection_end => "`)`",
        Rule::ellipsis => "`...`",
        Rule::rename => "`new='old'`",
        Rule::string_word => "a name in quotes",
        Rule::operator | Rule::group => return None,
        Rule::unique => "`unique`",
        Rule::open => "`(`",
        Rule::close => "`)`",
        Rule::index_argument | Rule::nested => "an attribute",
        Rule::external => "`extern`",
        Rule::schema_word => "`schema`",
        Rule::schema_name => "the name of the schema",
        Rule::module => "the name of a module",
        Rule::alias => "another name",
        Rule::use_list => "tables in braces",
        Rule::use_name | Rule::table_name => "the name of a table",
        Rule::manual | Rule::lookup | Rule::imported | Rule::computed | Rule::part => {
            "a tier: `manual`, `lookup`, `imported`, `computed` or `part`"
        }
        Rule::brace => "`{`",
        Rule::annotation_name => "the name of an annotation",
        Rule::arguments | Rule::balanced => "arguments in parentheses",
        Rule::list | Rule::tuple | Rule::braced | Rule::constant | Rule::number | Rule::radix | Rule::decimal | Rule::special => "a value",
        Rule::text | Rule::text_literal | Rule::call | Rule::function | Rule::sign | Rule::digits | Rule::prefix => "a value",
        Rule::long_single | Rule::long_double | Rule::short_single | Rule::short_double => "a string in quotes",
        Rule::list_end => "`]`",
        Rule::tuple_end => "`)`",
        Rule::braced_end => "`}`",
        Rule::comma => "`,`",
        Rule::entry => "an entry",
        Rule::keyword | Rule::call_argument => "an argument",
        Rule::value | Rule::row => "a value",
        Rule::blank
        | Rule::gap
        | Rule::rest
        | Rule::quoted
        | Rule::attribute_type
        | Rule::reference_line
        | Rule::index_line
        | Rule::operand
        | Rule::projection_argument
        | Rule::single_inner
        | Rule::double_inner
        | Rule::schema_line
        | Rule::use_line
        | Rule::lines
        | Rule::table_head
        | Rule::tier_word
        | Rule::annotation
        | Rule::space
        | Rule::remark
        | Rule::long_single_inner
        | Rule::long_double_inner
        | Rule::short_single_inner
        | Rule::short_double_inner => return None,
    })
}
