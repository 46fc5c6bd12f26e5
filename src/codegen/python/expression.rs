//! Query expressions of an author in the form that `black` gives them.
//!
//! What is written in a way that is not known here is kept as it is, and `black` is told to keep it.

use super::names::Names;
use super::text::{WIDTH, pad, quoted, width};

/// One piece of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A name, perhaps with dots.
    Name(String),
    /// A number or a string, in its one form.
    Literal(String),
    /// `&`, `*`, `-`, `+`, `==` and the like.
    Operator(String),
    Open(char),
    Close(char),
    Comma,
    Colon,
}

const WORDS: [&str; 7] = ["and", "or", "not", "in", "is", "if", "else"];

/// Returns the lines of `return EXPRESSION`, `indent` deep, with the names that its tables have here.
pub(super) fn returned(written: &str, names: &mut Names<'_>, indent: usize) -> String {
    let Some(mut tokens) = tokens(written) else {
        return kept(&renamed(written, names), indent);
    };
    for token in &mut tokens {
        if let Token::Name(name) = token {
            let words: Vec<&str> = name.split('.').collect();
            if let Some((new, used)) = names.expression(&words) {
                let rest = &words[used..];
                *name = std::iter::once(new.as_str()).chain(rest.iter().copied()).collect::<Vec<_>>().join(".");
            }
        }
    }
    while let Some(inner) = unwrapped(&tokens) {
        tokens = inner;
    }
    let pad = pad(indent);
    let line = format!("{pad}return {}", printed(&tokens));
    if width(&line) <= WIDTH {
        return line;
    }
    let pieces = pieces(&tokens);
    let body: String = pieces.iter().map(|piece| format!("{pad}    {piece}\n")).collect();
    let fits = body.lines().all(|line| width(line) <= WIDTH);
    let text = format!("{pad}return (\n{body}{pad})");
    // Of two operands `black` would rather break the brackets of the last one.
    let bracket_first =
        pieces.len() == 2 && matches!((tokens.first(), tokens.last()), (Some(Token::Open(_)), _) | (_, Some(Token::Close(_))));
    if fits && pieces.len() > 1 && !bracket_first { text } else { skipped(&text, indent) }
}

/// Returns lines that `black` is told to leave alone.
fn skipped(text: &str, indent: usize) -> String {
    let pad = pad(indent);
    format!("{pad}# fmt: off\n{text}\n{pad}# fmt: on")
}

/// Returns the operands between the operators that bind least, each with its operator in front.
fn pieces(tokens: &[Token]) -> Vec<String> {
    let binding = |operator: &str| ["|", "^", "&", "-+", "*@"].iter().position(|group| group.contains(operator));
    let mut depth = 0;
    let mut places: Vec<(usize, usize)> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Open(_) => depth += 1,
            Token::Close(_) => depth -= 1,
            Token::Operator(operator) if depth == 0 && at > 0 && !matches!(tokens[at - 1], Token::Operator(_)) => {
                places.extend(binding(operator).map(|binding| (binding, at)));
            }
            _ => {}
        }
    }
    let least = places.iter().map(|(binding, _)| *binding).min();
    let mut starts: Vec<usize> = places.iter().filter(|(binding, _)| Some(*binding) == least).map(|(_, at)| *at).collect();
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([tokens.len()]);
    let piece = |(start, end): (usize, usize)| match &tokens[start..end] {
        [Token::Operator(operator), operand @ ..] if start > 0 => format!("{operator} {}", printed(operand)),
        operand => printed(operand),
    };
    starts.iter().copied().zip(ends).map(piece).collect()
}

/// Returns an expression as it is written.
fn kept(written: &str, indent: usize) -> String {
    let pad = pad(indent);
    let lines: Vec<&str> = written.trim().lines().map(str::trim).collect();
    match lines.as_slice() {
        [one] if width(one) + indent + 7 <= WIDTH => skipped(&format!("{pad}return {one}"), indent),
        lines => {
            let body: String = lines.iter().map(|line| format!("{pad}    {line}\n")).collect();
            skipped(&format!("{pad}return (\n{body}{pad})"), indent)
        }
    }
}

/// Returns a text with the names that its tables have here, and nothing else changed.
fn renamed(written: &str, names: &mut Names<'_>) -> String {
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let mut out = String::new();
    let mut rest = written;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' | '"' => rest[1..].find(c).map_or(rest.len(), |end| end + 2),
            c if c.is_alphabetic() || c == '_' => rest.find(|c: char| !is_name(c)).unwrap_or(rest.len()),
            c if c.is_numeric() => rest.find(|c: char| !is_name(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (piece, behind) = rest.split_at(length);
        let words: Vec<&str> = piece.split('.').collect();
        match names.expression(&words) {
            Some((new, used)) => {
                out.push_str(&std::iter::once(new.as_str()).chain(words[used..].iter().copied()).collect::<Vec<_>>().join("."))
            }
            None => out.push_str(piece),
        }
        rest = behind;
    }
    out
}

fn tokens(written: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut rest = written.trim_start();
    while let Some(c) = rest.chars().next() {
        let (token, length) = match c {
            '(' | '[' | '{' => (Token::Open(c), 1),
            ')' | ']' | '}' => (Token::Close(c), 1),
            ',' => (Token::Comma, 1),
            ':' => (Token::Colon, 1),
            '\'' | '"' => {
                let end = rest[1..].find(c)? + 1;
                let inner = &rest[1..end];
                if inner.contains(['\\', '\n']) || rest[end + 1..].starts_with(c) {
                    return None;
                }
                (Token::Literal(quoted(inner)), end + 1)
            }
            c if c.is_alphabetic() || c == '_' => {
                let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
                let word = &rest[..length];
                // A prefix of a string, or a word with rules of its own.
                if rest[length..].starts_with(['\'', '"']) || ["lambda", "for", "await", "yield"].contains(&word) || word.ends_with('.') {
                    return None;
                }
                (Token::Name(word.to_string()), length)
            }
            '.' if rest.starts_with("...") => (Token::Literal("...".to_string()), 3),
            // A method behind a bracket.
            '.' if matches!(out.last(), Some(Token::Close(_))) => {
                let length = 1 + rest[1..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len() - 1);
                (Token::Name(rest[..length].to_string()), length)
            }
            c if c.is_ascii_digit() => {
                let length = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
                if rest[length..].starts_with(|c: char| c.is_alphanumeric() || c == '_') {
                    return None;
                }
                (Token::Literal(rest[..length].to_string()), length)
            }
            _ => {
                let operator = ["==", "!=", "<=", ">=", "&", "*", "-", "+", "@", "=", "<", ">", "|", "^"];
                let found = operator.iter().find(|operator| rest.starts_with(**operator))?;
                if rest.starts_with("**") {
                    return None;
                }
                (Token::Operator((*found).to_string()), found.len())
            }
        };
        out.push(token);
        rest = rest[length..].trim_start();
    }
    // A comma in front of a bracket would make `black` spread the brackets over lines; a subscript has rules of its own.
    let is_odd = |pair: &[Token]| {
        matches!(
            pair,
            [Token::Comma, Token::Close(_)]
                | [Token::Name(_) | Token::Close(_), Token::Open('[' | '{')]
                | [Token::Name(_) | Token::Literal(_) | Token::Close(_), Token::Literal(_)]
        )
    };
    let odd = out.windows(2).any(is_odd);
    (!odd && is_balanced(&out)).then_some(out)
}

fn is_balanced(tokens: &[Token]) -> bool {
    let mut depth = 0;
    tokens.iter().all(|token| {
        match token {
            Token::Open(_) => depth += 1,
            Token::Close(_) => depth -= 1,
            _ => {}
        }
        depth >= 0
    }) && depth == 0
}

/// Takes away brackets around the whole.
fn unwrapped(tokens: &[Token]) -> Option<Vec<Token>> {
    let [Token::Open('('), inner @ .., Token::Close(')')] = tokens else { return None };
    (is_balanced(inner) && !inner.is_empty() && !inner.contains(&Token::Comma)).then(|| inner.to_vec())
}

fn printed(tokens: &[Token]) -> String {
    let mut out = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        let is_keyword = |token: &Token| matches!(token, Token::Name(word) if WORDS.contains(&word.as_str()));
        let opens = |token: Option<&Token>| {
            token.is_none_or(|token| match token {
                Token::Open(_) | Token::Comma | Token::Operator(_) | Token::Colon => true,
                token => is_keyword(token),
            })
        };
        let is_sign = |at: usize| {
            matches!(&tokens[at], Token::Operator(sign) if sign == "-" || sign == "+")
                && opens(at.checked_sub(1).map(|before| &tokens[before]))
        };
        let is_equals = |token: Option<&Token>| matches!(token, Some(Token::Operator(sign)) if sign == "=");
        let glued = match (before, token) {
            (None | Some(Token::Open(_)), _) | (_, Token::Close(_) | Token::Comma | Token::Colon) => true,
            (Some(Token::Name(_)), Token::Open('(')) => !before.is_some_and(is_keyword),
            (Some(Token::Close(_)), Token::Open('(')) => true,
            (_, Token::Name(method)) if method.starts_with('.') => true,
            (_, token) if is_equals(Some(token)) || is_equals(before) => true,
            (Some(Token::Operator(_)), _) => is_sign(at - 1),
            _ => false,
        };
        if !glued {
            out.push(' ');
        }
        match token {
            Token::Name(text) | Token::Literal(text) | Token::Operator(text) => out.push_str(text),
            Token::Open(c) | Token::Close(c) => out.push(*c),
            Token::Comma => out.push(','),
            Token::Colon => out.push(':'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_spaced_and_quoted_as_black_does() {
        for (written, wanted) in [
            ("A*B & 'x > 0'", Some("A * B & \"x > 0\"")),
            ("(A&B)", Some("(A & B)")),
            ("A.proj( new = 'old' ) - {'a':-1}", Some("A.proj(new=\"old\") - {\"a\": -1}")),
            ("A & [ 'a', \"b\" ]", Some("A & [\"a\", \"b\"]")),
            ("dj.U('a')&A()", Some("dj.U(\"a\") & A()")),
            ("(A & B).proj() - C().proj(...)", Some("(A & B).proj() - C().proj(...)")),
            ("A & f'x'", None),
            ("A & 'it\\'s'", None),
            ("A & dict(a=1,)", None),
        ] {
            assert_eq!(tokens(written).map(|tokens| printed(&tokens)).as_deref(), wanted, "{written}");
        }
        let found = pieces(&tokens("A & B - C & -(D & E)").expect("known"));
        assert_eq!(found, ["A", "& B - C", "& -(D & E)"]);
        let inner = unwrapped(&tokens("(A & B)").expect("known")).expect("brackets around the whole");
        assert_eq!(printed(&inner), "A & B");
        assert_eq!(unwrapped(&tokens("(A) & (B)").expect("known")), None);
    }
}
