//! From pest's pairs to the tree, one line at a time.
//!
//! The grammars in `grammar/` become Rust here. Apart from [`super::expected`] and [`super::literal`], which speak of the
//! rules by name, nothing else in djc knows that pest exists.

use std::num::NonZeroUsize;
use std::sync::Once;

use djc_core::source::{FileId, Span, Spanned};
use pest::Parser;
use pest::iterators::Pair;

use super::ast;
use super::expected::Failure;
use super::recover::strip;

/// The grammar of `.dj` files.
#[derive(pest_derive::Parser)]
#[grammar = "grammar/definition.pest"]
#[grammar = "grammar/expression.pest"]
#[grammar = "grammar/dj.pest"]
pub(super) struct Grammar;

/// How many steps pest may take for one line or one row; more than the longest honest row of contents needs.
const CALL_LIMIT: usize = 100_000_000;

/// Where a piece of text begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The file.
    pub file: FileId,
    /// The first byte of the piece.
    pub start: usize,
}

impl Place {
    /// Returns the span of bytes `from..to` of the piece.
    pub fn span(self, from: usize, to: usize) -> Span {
        Span::new(self.file, self.start + from, self.start + to)
    }

    fn of(self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        self.span(span.start(), span.end())
    }

    fn ident(self, pair: &Pair<'_, Rule>) -> ast::Ident {
        Spanned::new(pair.as_str().to_owned(), self.of(pair))
    }

    /// Returns the pair's text without the white space that Python's `strip` removes.
    fn stripped(self, pair: &Pair<'_, Rule>) -> Spanned<String> {
        self.strip(pair.as_span().start(), pair.as_str())
    }

    /// Returns `text`, which begins at byte `from` of the piece, stripped.
    fn strip(self, from: usize, text: &str) -> Spanned<String> {
        let stripped = strip(text);
        let from = if stripped.is_empty() { from } else { from + (stripped.as_ptr() as usize - text.as_ptr() as usize) };
        Spanned::new(stripped.to_owned(), self.span(from, from + stripped.len()))
    }

    /// Returns the comment that a `comment` pair holds, trimmed.
    fn comment(self, pair: Pair<'_, Rule>) -> Spanned<String> {
        self.strip(pair.as_span().start() + 1, &pair.as_str()[1..])
    }
}

/// Parses `text` as `rule`.
///
/// pest's table of attempts (`set_error_detail`) stays off: it costs a third of the speed for every good line and adds
/// character classes to the list of rules, which alone already has words in [`super::expected`].
pub(super) fn parse(rule: Rule, text: &str) -> Result<Pair<'_, Rule>, Failure> {
    static LIMIT: Once = Once::new();
    LIMIT.call_once(|| pest::set_call_limit(NonZeroUsize::new(CALL_LIMIT)));
    let mut pairs = Grammar::parse(rule, text).map_err(|error| Failure::new(&error))?;
    Ok(pairs.next().expect("a rule that matched yields its pair"))
}

/// Returns the tier that a word names.
pub(super) fn tier_word(word: &str) -> Option<ast::TierWord> {
    Some(match word {
        "manual" => ast::TierWord::Manual,
        "lookup" => ast::TierWord::Lookup,
        "imported" => ast::TierWord::Imported,
        "computed" => ast::TierWord::Computed,
        "part" => ast::TierWord::Part,
        _ => return None,
    })
}

/// Parses an attribute line.
pub(super) fn attribute(text: &str, place: Place) -> Result<ast::Attribute, Failure> {
    let line = parse(Rule::attribute_line, text)?;
    let (mut name, mut default, mut ty, mut comment) = (None, None, None, None);
    let mut end = text.len();
    for pair in line.into_inner() {
        match pair.as_rule() {
            Rule::attribute_name => name = Some(place.ident(&pair)),
            Rule::default_text => default = Some(place.stripped(&pair)),
            Rule::type_text | Rule::codec => ty = Some(place.stripped(&pair)),
            Rule::comment => {
                let start = pair.as_span().start();
                end = start;
                // DataJoint removes every `#` at the end of the line, then white space.
                comment = Some(place.strip(start + 1, pair.as_str()[1..].trim_end_matches('#')));
            }
            _ => {}
        }
    }
    let ty = ty.expect("the grammar has a type in every attribute");
    let span = place.span(0, strip(&text[..end]).len());
    Ok(ast::Attribute { name: name.expect("the grammar has a name in every attribute"), default, ty, comment, span })
}

/// What a reference line may be instead of a reference.
pub(super) enum ReferenceProblem {
    /// It fits no rule.
    Syntax(Failure),
    /// It points at something other than a table or its projection.
    Expression {
        /// What is too much.
        span: Span,
        /// The character or word that makes it so.
        what: String,
    },
}

/// Parses a reference line.
pub(super) fn reference(text: &str, place: Place) -> Result<ast::Reference, ReferenceProblem> {
    let line = parse(Rule::reference_line, text).map_err(ReferenceProblem::Syntax)?;
    let (mut options, mut found, mut comment) = (Vec::new(), None, None);
    let mut end = text.len();
    for pair in line.into_inner() {
        match pair.as_rule() {
            Rule::options => options = pair.into_inner().map(|option| place.ident(&option)).collect(),
            Rule::query => {
                let mut parts = pair.into_inner();
                let first = parts.next().expect("a query begins with an operand");
                if first.as_rule() != Rule::target {
                    let what = if first.as_rule() == Rule::string_word { "a string" } else { "an expression" };
                    return Err(ReferenceProblem::Expression { span: place.of(&first), what: what.to_owned() });
                }
                if let Some(operator) = parts.next() {
                    let last = parts.last().unwrap_or_else(|| operator.clone());
                    let span = place.of(&operator).to(place.of(&last));
                    return Err(ReferenceProblem::Expression { span, what: format!("`{}`", operator.as_str()) });
                }
                found = Some(target(first, place)?);
            }
            Rule::comment => {
                end = pair.as_span().start();
                comment = Some(place.comment(pair));
            }
            _ => {}
        }
    }
    let span = place.span(0, strip(&text[..end]).len());
    Ok(ast::Reference { options, target: found.expect("the grammar has a query in every reference"), comment, span })
}

fn target(pair: Pair<'_, Rule>, place: Place) -> Result<ast::Target, ReferenceProblem> {
    let span = place.of(&pair);
    let (mut path, mut called, mut projection) = (Vec::new(), false, None);
    for pair in pair.into_inner() {
        match pair.as_rule() {
            Rule::path => path = pair.into_inner().map(|word| place.ident(&word)).collect(),
            Rule::called => called = true,
            Rule::projection if projection.is_some() => {
                return Err(ReferenceProblem::Expression { span: place.of(&pair), what: "a second `.proj`".to_owned() });
            }
            Rule::projection => projection = Some(self::projection(pair, place)),
            _ => {}
        }
    }
    Ok(ast::Target { path, called, projection, span })
}

fn projection(pair: Pair<'_, Rule>, place: Place) -> ast::Projection {
    let span = place.of(&pair);
    let arguments = pair.into_inner().filter_map(|pair| match pair.as_rule() {
        Rule::ellipsis => Some(ast::ProjectionArgument::Ellipsis(place.of(&pair))),
        Rule::string_word => Some(ast::ProjectionArgument::Attribute(string_word(pair, place))),
        Rule::rename => {
            let mut parts = pair.into_inner();
            let new = place.ident(&parts.next().expect("a rename begins with its new name"));
            let old = string_word(parts.next().expect("a rename ends with a string"), place);
            Some(ast::ProjectionArgument::Rename { new, old })
        }
        _ => None,
    });
    ast::Projection { arguments: arguments.collect(), span }
}

fn string_word(pair: Pair<'_, Rule>, place: Place) -> Spanned<String> {
    let inner = pair.into_inner().next().expect("a string has an inside");
    place.ident(&inner)
}

/// Parses an index line.
pub(super) fn index(text: &str, place: Place) -> Result<ast::Index, Failure> {
    let line = parse(Rule::index_line, text)?;
    let mut index = ast::Index { unique: false, arguments: Vec::new(), comment: None, span: place.span(0, text.len()) };
    for pair in line.into_inner() {
        match pair.as_rule() {
            Rule::unique => index.unique = true,
            Rule::index_argument => {
                let argument = place.stripped(&pair);
                if !argument.value.is_empty() {
                    index.arguments.push(argument);
                }
            }
            Rule::close => index.span = place.span(0, pair.as_span().end()),
            Rule::comment => index.comment = Some(place.comment(pair)),
            _ => {}
        }
    }
    Ok(index)
}

/// Parses a schema line; documentation is the caller's.
pub(super) fn schema(text: &str, place: Place) -> Result<ast::SchemaLine, Failure> {
    let line = parse(Rule::schema_line, text)?;
    let (mut external, mut name, mut physical, mut comment) = (false, None, None, None);
    for pair in line.into_inner() {
        match pair.as_rule() {
            Rule::external => external = true,
            Rule::schema_name => name = Some(place.ident(&pair)),
            Rule::string_word => physical = Some(string_word(pair, place)),
            Rule::comment => comment = Some(place.comment(pair)),
            _ => {}
        }
    }
    let name = name.expect("the grammar has a name in every schema line");
    Ok(ast::SchemaLine { doc: Vec::new(), external, name, physical, comment, span: place.span(0, text.len()) })
}

/// Parses a `use` line.
pub(super) fn use_line(text: &str, place: Place) -> Result<ast::Use, Failure> {
    let line = parse(Rule::use_line, text)?;
    let (mut module, mut names, mut comment) = (None, ast::UseNames::Module(None), None);
    for pair in line.into_inner() {
        match pair.as_rule() {
            Rule::module => module = Some(place.ident(&pair)),
            Rule::alias => names = ast::UseNames::Module(Some(place.ident(&pair))),
            Rule::use_name => names = ast::UseNames::One(use_name(pair, place)),
            Rule::use_list => names = ast::UseNames::Many(pair.into_inner().map(|pair| use_name(pair, place)).collect()),
            Rule::comment => comment = Some(place.comment(pair)),
            _ => {}
        }
    }
    let module = module.expect("the grammar has a module in every use line");
    Ok(ast::Use { module, names, comment, span: place.span(0, text.len()) })
}

fn use_name(pair: Pair<'_, Rule>, place: Place) -> ast::UseName {
    let mut words = pair.into_inner().map(|word| place.ident(&word));
    ast::UseName { name: words.next().expect("a used table has a name"), alias: words.next() }
}

/// The head of a table, up to the end of its line.
pub(super) struct TableHead {
    pub tier: Spanned<ast::TierWord>,
    pub name: ast::Ident,
    pub comment: Option<Spanned<String>>,
}

/// Parses the head of a table or part.
pub(super) fn table_head(text: &str, place: Place) -> Result<TableHead, Failure> {
    let line = parse(Rule::table_head, text)?;
    let (mut tier, mut name, mut comment) = (None, None, None);
    for pair in line.into_inner() {
        match pair.as_rule() {
            Rule::table_name => name = Some(place.ident(&pair)),
            Rule::comment => comment = Some(place.comment(pair)),
            _ => {
                if let Some(word) = tier_word(pair.as_str()) {
                    tier = Some(Spanned::new(word, place.of(&pair)));
                }
            }
        }
    }
    let tier = tier.expect("the grammar has a tier in every head");
    Ok(TableHead { tier, name: name.expect("the grammar has a name in every head"), comment })
}

/// Parses an annotation.
pub(super) fn annotation(text: &str, place: Place) -> Result<ast::Annotation, Failure> {
    let line = parse(Rule::annotation, text)?;
    let (mut name, mut arguments, mut comment) = (None, None, None);
    let mut end = text.len();
    for pair in line.into_inner() {
        match pair.as_rule() {
            Rule::annotation_name => name = Some(place.ident(&pair)),
            Rule::arguments => arguments = Some(place.ident(&pair)),
            Rule::comment => {
                end = pair.as_span().start();
                comment = Some(place.comment(pair));
            }
            _ => {}
        }
    }
    let span = place.span(0, strip(&text[..end]).len());
    Ok(ast::Annotation { name: name.expect("the grammar has a name in every annotation"), arguments, comment, span })
}
