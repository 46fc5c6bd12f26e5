//! Words for common slips: what a line that fits no rule was probably meant to be.
//!
//! Each function takes a line that the grammar refused and returns the diagnostic that helps most. Nothing here changes what is accepted.

use djc_core::nearest::nearest;
use djc_core::source::Spanned;

use super::ast::TierWord;
use super::expected::Failure;
use super::pairs::{self, Place, TableHead};
use super::recover::{head, head_word, strip};
use crate::diag::{Code, Diagnostic, Fix, codes};

const TIERS: [&str; 5] = ["manual", "lookup", "imported", "computed", "part"];

/// Returns the diagnostic of a failure for which there is nothing better to say than what the grammar expected.
fn plain(code: &'static Code, text: &str, place: Place, failure: &Failure) -> Diagnostic {
    let at = failure.at.min(text.len());
    let (word, _) = head_word(&text[at..]);
    let width = text[at..].chars().next().map_or(0, char::len_utf8).max(word.len());
    let found = match text[at..].chars().next() {
        None => "the end of the line".to_owned(),
        Some(_) if !word.is_empty() => format!("`{word}`"),
        Some(c) => format!("`{c}`"),
    };
    let message = match failure.message() {
        Some(expected) => format!("{expected}, found {found}"),
        None => "this line is not complete".to_owned(),
    };
    code.at(place.span(at, at + width), message)
}

/// Returns the tier that a word is probably meant to be; DataJoint 2 has names of its own for some.
pub(super) fn nearest_tier(word: &str) -> Option<TierWord> {
    let lower = word.to_lowercase();
    let lower = lower.strip_prefix("dj.").unwrap_or(&lower);
    let known = match lower {
        "entry" => Some("manual"),
        "ingest" | "import" => Some("imported"),
        "compute" | "calculated" => Some("computed"),
        _ => nearest(lower, TIERS),
    };
    known.and_then(pairs::tier_word)
}

/// Returns the name as DataJoint's classes are named: `my_table` becomes `MyTable`.
pub(super) fn camel_case(name: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty());
    let capital = |word: &str| word.chars().take(1).map(|first| first.to_ascii_uppercase()).chain(word.chars().skip(1)).collect::<String>();
    let camel: String = words.map(capital).collect();
    if camel.starts_with(|c: char| c.is_ascii_uppercase()) { camel } else { String::new() }
}

/// Returns the diagnostic for Python or MATLAB around a definition.
fn host_language(text: &str, place: Place) -> Option<Diagnostic> {
    let whole = place.span(0, text.len());
    let at = |message: &str| codes::HOST_LANGUAGE_TEXT.at(whole, message);
    let (word, rest) = head_word(text);
    let rest = rest.trim_start();
    let inside = "paste only what stands between the quotes of `definition`, between the braces of a table";
    if text.starts_with("\"\"\"") || text.starts_with("'''") {
        return Some(at("the quotes of Python are not part of a definition").help(inside));
    }
    if text.starts_with("%{") || text.starts_with("%}") {
        return Some(at("the comment marks of MATLAB are not part of a definition").help("paste only what stands between `%{` and `%}`"));
    }
    match word {
        "definition" if rest.starts_with('=') && rest.contains(['"', '\'']) => Some(at("this is a line of Python").help(inside)),
        "class" if rest.contains('(') || rest.ends_with(':') => {
            let (name, bases) = head_word(rest);
            let tier = TIERS.into_iter().find(|tier| bases.to_lowercase().contains(tier));
            let head = format!("{} {name} {{", tier.unwrap_or("manual"));
            Some(at("a class of Python").help(format!("write `{head}`, and paste what stands between the quotes of `definition` below it")))
        }
        "def" | "import" | "from" | "return" | "self" if !rest.starts_with([':', '=']) => {
            Some(at("this is a line of Python").help("a `.dj` file holds definitions only; code stays in Python"))
        }
        "contents" if rest.starts_with('=') => {
            Some(at("`contents` is written without `=`").help("write `contents [`, with literal values only"))
        }
        _ => None,
    }
}

/// Returns whether two unknown lines at the top level are one mistake.
pub(super) fn is_same_mistake(before: &str, line: &str) -> bool {
    let own = |text: &str| host_language(text, Place { file: Default::default(), start: 0 }).is_some() || text.starts_with('}');
    !own(line) && !before.rsplit('\n').next().is_some_and(|last| strip(last).starts_with('}'))
}

/// Returns the diagnostic of a line that is nothing at the top level.
pub(super) fn top_level(text: &str, place: Place) -> Diagnostic {
    let whole = place.span(0, text.len());
    if let Some(diagnostic) = host_language(text, place) {
        return diagnostic;
    }
    if text.starts_with('}') {
        return codes::STRAY_BRACE.at(place.span(0, 1), "`}` closes nothing").help("is one brace too many, or a `{` missing above?");
    }
    if text.starts_with('{') {
        return codes::TABLE_HEAD
            .at(place.span(0, 1), "`{` has no table in front of it")
            .help("a table begins with a line such as `manual Subject {`");
    }
    let inside = "lines of a definition stand between the braces of a table: `manual Subject {`";
    if text.starts_with("->") || text.starts_with("---") || pairs::attribute(text, place).is_ok() {
        return codes::SYNTAX.at(whole, "a line of a definition outside of a table").help(inside);
    }
    let (word, rest) = head_word(text);
    if let Some(tier) = nearest_tier(word).filter(|_| rest.starts_with([' ', '\t'])) {
        return unknown_tier(word, tier, place);
    }
    codes::SYNTAX
        .at(whole, "this is neither a schema line, nor a `use` line, nor a table")
        .help("a table begins with its tier: `manual`, `lookup`, `imported` or `computed`, then its name and `{`")
}

fn unknown_tier(word: &str, tier: TierWord, place: Place) -> Diagnostic {
    let span = place.span(0, word.len());
    codes::UNKNOWN_TIER.at(span, format!("`{word}` is no tier")).help(format!("did you mean `{}`?", tier.word())).fix(Fix::likely(
        format!("write `{}`", tier.word()),
        span,
        tier.word(),
    ))
}

/// What could be saved of the head of a table.
pub(super) struct HeadFix {
    /// What the head means after all.
    pub head: Option<TableHead>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether it is wrong even when the table closes on the same line.
    pub always: bool,
}

/// Reads the head of a table that the grammar refused.
pub(super) fn table_head(text: &str, place: Place, failure: &Failure) -> HeadFix {
    let mut diagnostics = Vec::new();
    let mut always = false;
    let (word, rest) = head_word(text);
    let mut mended = text.to_owned();
    // A misspelt tier keeps its bytes in place for the spans of what follows.
    let tier = pairs::tier_word(word);
    if tier.is_none() {
        always = true;
        let near = nearest_tier(word);
        diagnostics.push(match near {
            Some(near) => unknown_tier(word, near, place),
            None => codes::UNKNOWN_TIER
                .at(place.span(0, word.len()), format!("`{word}` is no tier"))
                .help("the tiers are `manual`, `lookup`, `imported`, `computed` and, inside another table, `part`"),
        });
        let tier = near.unwrap_or(TierWord::Manual);
        let line = format!("{} {}", tier.word(), rest.trim_start());
        // Spans behind the word move by the difference; the name is found again in the text as written.
        let Some((name_at, name)) = name_of(text) else { return HeadFix { head: None, diagnostics, always } };
        let ok = pairs::table_head(&line, place).ok();
        let comment = ok.and_then(|head| head.comment).and_then(|comment| {
            let at = text.rfind(comment.value.as_str()).filter(|_| !comment.value.is_empty())?;
            Some(Spanned::new(comment.value.clone(), place.span(at, at + comment.value.len())))
        });
        let head = TableHead {
            tier: Spanned::new(tier, place.span(0, word.len())),
            name: Spanned::new(name.to_owned(), place.span(name_at, name_at + name.len())),
            comment,
        };
        if let Some(tail) = tail_problem(text, place) {
            diagnostics.push(tail);
        }
        return HeadFix { head: Some(head), diagnostics, always };
    }
    if let Some(brace) = text.find('{') {
        mended.truncate(brace + 1);
        if let Ok(head) = pairs::table_head(&mended, place) {
            diagnostics.extend(tail_problem(text, place));
            return HeadFix { head: Some(head), diagnostics, always };
        }
        always = true;
        if strip(&rest[..rest.find('{').unwrap_or(rest.len())]).is_empty() {
            let at = place.span(word.len(), word.len());
            let help = format!("write `{word} MyTable {{`");
            diagnostics.push(codes::TABLE_HEAD.at(at, "a table without a name").help(help));
            return HeadFix { head: None, diagnostics, always };
        }
        let diagnostic = plain(&codes::TABLE_HEAD, text, place, failure);
        let bases = rest.contains('(').then_some("there are no base classes here; the tier stands in front of the name");
        diagnostics.push(diagnostic.help(bases.unwrap_or("a table begins with a line such as `manual Subject {`, its name in CamelCase")));
        let head = name_of(text).and_then(|(at, name)| {
            let tier = Spanned::new(pairs::tier_word(word)?, place.span(0, word.len()));
            Some(TableHead { tier, name: Spanned::new(name.to_owned(), place.span(at, at + name.len())), comment: None })
        });
        return HeadFix { head, diagnostics, always };
    }
    let code_end = strip(text[..text.find('#').unwrap_or(text.len())].trim_end_matches(':')).trim_end_matches(':').len();
    mended.truncate(code_end);
    mended.push_str(" {");
    match (head(text), pairs::table_head(&mended, place)) {
        (Some(_), Ok(found)) => {
            let hash = text.find('#').unwrap_or(text.len());
            let span = place.span(code_end, strip(&text[..hash]).len());
            diagnostics.push(
                codes::TABLE_HEAD
                    .at(span, "the opening brace is missing")
                    .help("a table begins with its tier, its name and `{`")
                    .fix(Fix::likely("write `{`", span, " {")),
            );
            HeadFix { head: Some(found), diagnostics, always: true }
        }
        (_, _) => {
            diagnostics.push(plain(&codes::TABLE_HEAD, text, place, failure).help("a table begins with a line such as `manual Subject {`"));
            HeadFix { head: None, diagnostics, always: true }
        }
    }
}

/// Returns the second word of a line and its place.
fn name_of(text: &str) -> Option<(usize, &str)> {
    let (word, rest) = head_word(text);
    let at = word.len() + (rest.len() - rest.trim_start().len());
    let (name, _) = head_word(&text[at..]);
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_').then_some((at, name))
}

/// Returns the diagnostic for what follows the opening brace on its line.
fn tail_problem(text: &str, place: Place) -> Option<Diagnostic> {
    let brace = text.find('{')?;
    let tail = strip(&text[brace + 1..]);
    if tail.is_empty() || tail.starts_with(['#', '}']) {
        return None;
    }
    let start = text.len() - tail.len();
    Some(
        codes::TABLE_HEAD
            .at(place.span(start, text.len()), "text behind the opening brace")
            .help("every line of a definition stands on a line of its own, the closing brace too")
            .fix(Fix::safe("begin a new line", place.span(brace + 1, start), "\n    ")),
    )
}

/// Returns the diagnostic of a schema line.
pub(super) fn schema(text: &str, place: Place, failure: &Failure) -> Diagnostic {
    let words: Vec<&str> = text.split('#').next().unwrap_or_default().split_whitespace().collect();
    let plain = plain(&codes::SCHEMA_LINE, text, place, failure);
    if let ["schema", equals, ..] = words.as_slice()
        && equals.starts_with('=')
    {
        let name = text.split(['"', '\'']).nth(1).filter(|name| !name.is_empty() && head_word(name).1.is_empty());
        return codes::HOST_LANGUAGE_TEXT
            .at(place.span(0, text.len()), "this is a line of Python")
            .help(format!("write `schema {}`", name.unwrap_or("my_schema")));
    }
    match words.as_slice() {
        ["schema"] | ["extern", "schema"] => codes::SCHEMA_LINE
            .at(place.span(0, strip(text.split('#').next().unwrap_or_default()).len()), "the schema has no name")
            .help("name the schema: `schema my_schema`; a name that is only known later is a variable: `schema my_schema as \"${NAME}\"`"),
        ["extern", ..] if words.get(1) != Some(&"schema") => plain.help("write `extern schema NAME`"),
        [.., name] if words.len() <= 3 && !words.contains(&"as") => {
            let name = name.trim_matches(['"', '\'', ';', ':', '=']);
            let word: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
            let written = if word == name { format!("schema {word}") } else { format!("schema {word} as \"{name}\"") };
            plain.help(format!("a module name is one word: letters, digits, `_`; write `{written}`"))
        }
        _ => plain.help("write `schema NAME`, or `schema NAME as \"PHYSICAL\"` with the physical name in quotes"),
    }
}

/// Returns the diagnostic of a `use` line.
pub(super) fn use_line(text: &str, place: Place, failure: &Failure) -> Diagnostic {
    let plain = plain(&codes::USE_LINE, text, place, failure);
    let help = if text.contains('*') {
        "tables are brought in by name: `use a.{B, C}`; `use a` brings in the module, then `-> a.B`"
    } else if text.contains(" import ") {
        "write `use a.{B, C}`"
    } else if text.contains('{') && !text.contains('}') {
        "close the list of tables with `}`"
    } else {
        "write `use a`, `use a as m`, `use a.B`, `use a.B as C` or `use a.{B, C as D}`"
    };
    plain.help(help)
}

/// Returns the diagnostic of `@schema` above a class of Python.
pub(super) fn schema_decorator(text: &str, place: Place) -> Diagnostic {
    codes::HOST_LANGUAGE_TEXT
        .at(place.span(0, text.len()), "a decorator of Python")
        .help("the schema is named once, at the head of the file: `schema my_schema`")
}

/// Returns the diagnostic of an annotation.
pub(super) fn annotation(text: &str, place: Place, failure: &Failure) -> Diagnostic {
    plain(&codes::ANNOTATION_SYNTAX, text, place, failure).help("write `@name` or `@name(arguments)`, on lines of their own above a table")
}

/// Returns the diagnostic of a line with an arrow that does not begin with it.
pub(super) fn arrow_inside(text: &str, place: Place) -> Diagnostic {
    let arrow = text.find("->").expect("the line was recognised by its arrow");
    let before = strip(&text[..arrow]);
    let span = place.span(arrow, arrow + 2);
    let names = before.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(before);
    let new: Vec<&str> = names.split(',').map(strip).filter(|name| !name.is_empty()).collect();
    let legacy = !new.is_empty() && new.iter().all(|name| head_word(name).1.is_empty());
    if !legacy {
        let mut diagnostic = codes::REFERENCE_SYNTAX.at(span, "the arrow does not stand at the head of its line");
        diagnostic = match before.contains([':', '=']) {
            true => diagnostic.help("DataJoint takes any line with `->` for a reference; put quotes around a default that holds an arrow"),
            false => diagnostic.help("a reference is `-> Table`, and nothing stands before the arrow"),
        };
        return diagnostic;
    }
    let whole = place.span(0, text.len());
    let diagnostic = codes::LEGACY_REFERENCE.at(whole, "names before the arrow are a form that DataJoint gave up with 0.14");
    let code = strip(text[arrow + 2..].split('#').next().unwrap_or_default());
    let (options, code) = match code.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((options, rest)) => (format!("[{options}] "), strip(rest)),
        None => (String::new(), code),
    };
    let path_end = code.bytes().position(|b| !(b.is_ascii_alphanumeric() || b == b'_' || b == b'.')).unwrap_or(code.len());
    let (path, arguments) = code.split_at(path_end);
    let old: Vec<&str> = strip(arguments).trim_matches(['(', ')']).split(',').map(strip).filter(|name| !name.is_empty()).collect();
    if old.len() == new.len() && !path.is_empty() && old.iter().all(|name| head_word(name).1.is_empty()) {
        let renames: Vec<String> = new.iter().zip(&old).map(|(new, old)| format!("{new}='{old}'")).collect();
        let written = format!("-> {options}{path}.proj({})", renames.join(", "));
        // A comment at the end of the line stays.
        let end = arrow + 2 + text[arrow + 2..].find('#').unwrap_or(text.len() - arrow - 2);
        let end = strip(&text[..end]).len();
        return diagnostic.help(format!("write `{written}`")).fix(Fix::likely("rename by projection", place.span(0, end), written));
    }
    diagnostic.help(format!("write `-> {options}{path}.proj({}='…')`, with the attribute of `{path}` that gets the new name", new[0]))
}

/// Returns the diagnostic of a reference line.
pub(super) fn reference(text: &str, place: Place, failure: &Failure) -> Diagnostic {
    let rest = strip(&text[2..]);
    let start = text.len() - rest.len();
    let rest_span = place.span(start, text.len());
    if rest.is_empty() || rest.starts_with('#') {
        return codes::REFERENCE_TARGET.at(place.span(0, 2), "the arrow points at nothing").help("name a table: `-> Subject`");
    }
    if let Some(inner) = rest.strip_prefix('[') {
        let Some(end) = inner.find(']') else {
            return codes::REFERENCE_TARGET.at(place.span(start, start + 1), "`[` is never closed").help("write `-> [nullable] Table`");
        };
        if strip(&inner[..end]).is_empty() {
            let span = place.span(start, start + end + 2);
            return codes::REFERENCE_TARGET
                .at(span, "empty brackets are no options")
                .help("write `-> Table`, or `-> [nullable] Table`")
                .fix(Fix::likely("remove the brackets", place.span(start, text.len() - strip(&inner[end + 1..]).len()), ""));
        }
    }
    let at = failure.at.min(text.len());
    if let Some(options) = text[at..].find('[').map(|open| at + open).filter(|open| strip(&text[at..*open]).is_empty() && *open > start) {
        let end = text[options..].find(']').map_or(text.len(), |close| options + close + 1);
        let written = format!("{} ", &text[options..end]);
        let kept = strip(&text[..options]).len();
        return codes::REFERENCE_TARGET
            .at(place.span(options, end), "options stand behind the table")
            .help("options stand between the arrow and the table: `-> [nullable] Table`")
            .fix(Fix::likely("move the options", place.span(kept, end), "").and(place.span(start, start), written));
    }
    if let Some(argument) = unquoted_projection(text, at) {
        let (from, to) = argument;
        let word = &text[from..to];
        return codes::REFERENCE_TARGET
            .at(place.span(from, to), format!("`{word}` is an attribute, and stands in quotes here"))
            .help("as in Python: `.proj(new='old')`")
            .fix(Fix::likely("put it in quotes", place.span(from, to), format!("'{word}'")));
    }
    if rest.ends_with([';', ',']) {
        let span = place.span(text.len() - 1, text.len());
        return codes::REFERENCE_TARGET
            .at(span, format!("`{}` at the end of the line", &text[text.len() - 1..]))
            .help("a line ends where it ends")
            .fix(Fix::safe("remove it", span, ""));
    }
    let (word, after) = head_word(rest);
    if !word.is_empty() && strip(after).starts_with('(') && !strip(after).starts_with("()") {
        return codes::REFERENCE_TARGET
            .at(rest_span, "a table is not called with attributes")
            .help(format!("to rename, write `-> {word}.proj(new='old')`; otherwise `-> {word}` alone"));
    }
    plain(&codes::REFERENCE_TARGET, text, place, failure).help("a reference is `-> Table`, `-> module.Table` or `-> Table.proj(new='old')`")
}

/// Returns the word at `at` where it is an argument of `.proj` without its quotes.
fn unquoted_projection(text: &str, at: usize) -> Option<(usize, usize)> {
    let open = text[..at].rfind("proj").filter(|proj| text[..*proj].trim_end().ends_with('.'))?;
    let inside = text[open..at].contains('(') && !text[open..at].contains(')');
    let mut from = at;
    let bytes = text.as_bytes();
    // The failure may stand behind the word; a positional name is read as the head of a rename.
    while from > open && matches!(bytes[from - 1], b' ' | b'\t') {
        from -= 1;
    }
    while from > open && (bytes[from - 1].is_ascii_alphanumeric() || bytes[from - 1] == b'_') {
        from -= 1;
    }
    let (mut word, _) = head_word(&text[from..]);
    if word.is_empty() {
        from = at;
        word = head_word(&text[at..]).0;
    }
    (inside && !word.is_empty() && word.as_bytes()[0].is_ascii_alphabetic()).then_some((from, from + word.len()))
}

/// Returns the diagnostic of a reference to something that is no table.
pub(super) fn expression(span: djc_core::source::Span, what: &str) -> Diagnostic {
    let message = match what {
        "a string" => "an arrow points at a table, not at a text".to_owned(),
        "`&`" | "`-`" => format!("a reference cannot be restricted with {what}"),
        "`*`" => "a reference points at one table, not at a join".to_owned(),
        _ => format!("an arrow points at a table or its projection, not at {what}"),
    };
    let help = match what {
        "a string" => "write the name of the table without quotes",
        "`*`" => "write one arrow per table, each on its own line",
        "`&`" | "`-`" => "a foreign key holds for all rows of its table; restrict in `@key_source`, or where the rows are made",
        _ => "write `-> Table` or `-> Table.proj(new='old')`",
    };
    codes::REFERENCE_EXPRESSION.at(span, message).help(help)
}

/// Returns the diagnostic of an index line.
pub(super) fn index(text: &str, place: Place, failure: &Failure) -> Diagnostic {
    let help = "write `index (a, b)` or `unique index (a, b)`";
    if text.ends_with([';', ',']) {
        let span = place.span(text.len() - 1, text.len());
        return codes::INDEX_SYNTAX
            .at(span, format!("`{}` at the end of the line", &text[text.len() - 1..]))
            .help("a line ends where it ends")
            .fix(Fix::safe("remove it", span, ""));
    }
    plain(&codes::INDEX_SYNTAX, text, place, failure).help(help)
}

/// Returns the diagnostic of a line that is nothing else, and no attribute either.
pub(super) fn attribute(text: &str, place: Place, failure: &Failure) -> Diagnostic {
    let whole = place.span(0, text.len());
    if let Some(diagnostic) = host_language(text, place) {
        return diagnostic;
    }
    let at = |from: usize, to: usize, message: String| codes::ATTRIBUTE_SYNTAX.at(place.span(from, to), message);
    if text.starts_with('-') {
        let dashes = text.len() - text.trim_start_matches('-').len();
        return at(0, dashes, "a separator has three dashes".to_owned())
            .help("write `---` between the key and the other attributes")
            .fix(Fix::likely("write `---`", place.span(0, dashes), "---"));
    }
    if let Some(rest) = text.strip_prefix("<-") {
        let help = format!("the arrow points at the table that this one depends on: `-> {}`", strip(rest));
        return at(0, 2, "the arrow is the wrong way around".to_owned()).help(help).fix(Fix::likely(
            "turn it around",
            place.span(0, 2),
            "->",
        ));
    }
    if text.starts_with('@') {
        return at(0, text.len(), "an annotation does not stand here".to_owned())
            .help("annotations stand above a table or part of a `.dj` file");
    }
    let (word, rest) = head_word(text);
    let after = rest.trim_start_matches([' ', '\t', '\r']);
    let word_end = word.len();
    if let Some(diagnostic) = index_without_list(text, word, after, place) {
        return diagnostic;
    }
    if rest.starts_with('\u{a0}') {
        return at(word_end, word_end + 2, "a no-break space, which DataJoint does not take for a blank".to_owned())
            .help("it often comes with text from a web page or a word processor; type an ordinary blank")
            .fix(Fix::likely("write a blank", place.span(word_end, word_end + 2), " "));
    }
    let code_end = text.find('#').unwrap_or(text.len());
    if let Some(diagnostic) = bad_name(text, place) {
        return diagnostic;
    }
    if !text[..code_end].contains(':') {
        let code = strip(&text[..code_end]);
        if after.starts_with(['=']) || after.starts_with('#') || after.is_empty() {
            let end = code.len();
            return at(end, end, "`:` and a type are missing".to_owned())
                .help(format!("write `{code} : type`, for example `{code} : int`"));
        }
        if after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '<') {
            let gap = place.span(word_end, text.len() - after.len());
            return at(word_end, text.len() - after.len(), format!("`:` is missing between `{word}` and its type"))
                .help(format!(
                    "write `{}`",
                    format_args!("{word} : {}", strip(&text[text.len() - after.len()..code_end.max(text.len() - after.len())]))
                ))
                .fix(Fix::likely("write `:`", gap, " : "));
        }
    }
    if let Some(quote) = unclosed_quote(text, failure) {
        return at(quote, quote + 1, "a quote without its partner".to_owned()).help("close it on the same line; quotes have no escapes");
    }
    // What follows the name, and the colon where there is one.
    if let Some(colon) = text[..failure.at.min(text.len())].rfind(':') {
        let tail = text[colon + 1..].trim_start_matches([' ', '\t', '\r']);
        let tail_at = text.len() - tail.len();
        if tail.is_empty() || tail.starts_with('#') {
            return at(colon, colon + 1, "the type is missing".to_owned())
                .help(format!("write `{} : int`, with the type after the colon", strip(&text[..colon])));
        }
        if let Some(ty) = tail.strip_prefix(':') {
            return at(tail_at, tail_at + 1, "a second colon".to_owned())
                .help(format!("write `{} : {}`", strip(&text[..colon]), strip(ty)))
                .fix(Fix::likely("remove it", place.span(colon + 1, tail_at + 1), ""));
        }
        let equals = text[..colon].find('=');
        if let Some(last) = tail.rfind(':').filter(|_| equals.is_some()) {
            let from = equals.unwrap_or(0) + 1;
            let default = strip(&text[from..tail_at + last]);
            let from = text.len() - text[from..].trim_start().len();
            let span = place.span(from, from + default.len());
            return codes::ATTRIBUTE_SYNTAX
                .at(span, "a default with a colon needs quotes")
                .help(format!("write `'{default}'`"))
                .fix(Fix::likely("put it in quotes", span, format!("'{default}'")));
        }
        if tail.starts_with('<') {
            return match tail.find('>') {
                Some(close) => {
                    at(tail_at + close + 1, text.len(), "text behind a codec".to_owned()).help("nothing but a `#` comment follows `>`")
                }
                None => at(tail_at, tail_at + 1, "`<` is never closed".to_owned()).help("a codec stands in angle brackets: `<blob>`"),
            };
        }
        return at(tail_at, text.len(), "this is no type".to_owned())
            .help("a type begins with a letter, as `int` or `varchar(32)`, or is a codec such as `<blob>`");
    }
    let diagnostic = plain(&codes::ATTRIBUTE_SYNTAX, text, place, failure);
    let diagnostic = if word.is_empty() {
        Diagnostic { span: Some(whole), message: "this is no line of a definition".to_owned(), ..diagnostic }
    } else {
        diagnostic
    };
    if text.matches(')').count() > text.matches('(').count() {
        return diagnostic.help("a line of a definition cannot go on in the next one; write the whole type on one line");
    }
    diagnostic.help("an attribute is `name : type`, `name = default : type`, each with a `# comment` if you like")
}

/// Returns the diagnostic of `index a`, `index my_name (a)`, `fulltext index (a)`, `key (a)`.
fn index_without_list(text: &str, word: &str, after: &str, place: Place) -> Option<Diagnostic> {
    if after.starts_with([':', '=']) {
        return None;
    }
    let lower = word.to_lowercase();
    let (second, behind) = head_word(after);
    let whole = place.span(0, text.len());
    let index = |what: &str| {
        let at = text.len() - what.len();
        let (name, rest) = head_word(what);
        let rest = strip(rest);
        match rest.strip_prefix('(') {
            Some(_) if !name.is_empty() => codes::INDEX_SYNTAX
                .at(place.span(at, at + name.len()), "an index has no name")
                .help(format!("write `index {rest}`; the server names it"))
                .fix(Fix::likely("remove the name", place.span(at, text.len() - rest.len()), "")),
            _ => codes::INDEX_SYNTAX
                .at(place.span(at, text.len()), "the attributes of an index stand in parentheses")
                .help("write `index (a, b)` or `unique index (a, b)`"),
        }
    };
    match lower.as_str() {
        "index" => Some(index(after)),
        "unique" if second.eq_ignore_ascii_case("index") => Some(index(behind.trim_start())),
        "unique" if after.starts_with('(') => {
            let span = place.span(word.len(), word.len());
            Some(codes::INDEX_SYNTAX.at(whole, "`index` is missing").help("write `unique index (a, b)`").fix(Fix::likely(
                "write `index`",
                span,
                " index",
            )))
        }
        "fulltext" | "spatial" | "primary" | "key" | "foreign" | "constraint" if after.contains('(') => Some(
            codes::ATTRIBUTE_SYNTAX
                .at(whole, "this is SQL, not a definition")
                .help("DataJoint has `index (a, b)` and `unique index (a, b)`; the key is what stands above `---`"),
        ),
        _ => None,
    }
}

/// Returns the diagnostic of a name that is no word: `größe`, `2nd`, `probe-id`, `my name`.
fn bad_name(text: &str, place: Place) -> Option<Diagnostic> {
    let end = text.find([':', '=', '#']).unwrap_or(text.len());
    let name = strip(&text[..end]);
    let word: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    let honest = word == name && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if honest
        || name.is_empty()
        || end == text.len() && name.contains([' ', '\t']) && head_word(name).0.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
    {
        return None;
    }
    let first = name.chars().next().unwrap_or(' ');
    let likely = name.chars().all(|c| c.is_alphanumeric() || "_-. \t".contains(c)) && (first.is_alphanumeric() || first == '_');
    if !likely || end == text.len() {
        return None;
    }
    let span = place.span(0, name.len());
    let help = "names are lower-case letters, digits and `_`, beginning with a letter";
    let diagnostic = codes::ATTRIBUTE_SYNTAX.at(span, format!("`{name}` cannot be the name of an attribute")).help(help);
    if name.is_ascii() && !first.is_ascii_digit() {
        return Some(diagnostic.fix(Fix::likely(format!("write `{word}`"), span, word)));
    }
    Some(diagnostic)
}

/// Returns the quote that swallowed what was missing at the failure.
fn unclosed_quote(text: &str, failure: &Failure) -> Option<usize> {
    let reached = failure.at >= strip(text).len();
    let mut open: Option<(usize, char)> = None;
    for (at, c) in text.char_indices() {
        match (open, c) {
            (Some((_, quote)), c) if c == quote => open = None,
            (None, '"' | '\'') => open = Some((at, c)),
            (None, '#') => break,
            _ => {}
        }
    }
    open.filter(|_| reached || text.contains(':')).map(|(at, _)| at)
}
