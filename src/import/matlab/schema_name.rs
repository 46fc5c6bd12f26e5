//! The schema name in `getSchema.m`: what `dj.Schema(dj.conn, 'package', NAME)` is handed.
//!
//! A name that is put together at run time is a template; what is not known is a variable of it.

use super::read::Unit;
use super::scan::{Kind, Token};
use crate::core::source::Span;
use crate::core::text::Text;

/// How deep names are followed.
const DEPTH_MAX: usize = 20;

/// Something that a schema name takes from a setting or the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name in the template.
    pub name: String,
    /// Where it is read.
    pub span: Span,
}

/// A schema name.
#[derive(Debug, Clone, Default)]
pub struct SchemaName {
    /// With `${VARIABLE}` for what is not known.
    pub text: Text,
    /// What stands for the unknown.
    pub variables: Vec<Variable>,
}

/// What `getSchema.m` says.
pub enum Made {
    /// It makes a schema of this name.
    Named(SchemaName),
    /// It makes a schema whose name only running it can tell.
    Unknown(Span),
    /// It hands on to the one of another package.
    Handed(String),
}

/// Reads `getSchema.m`.
pub fn schema_name(unit: &Unit) -> Made {
    let calls = |word: &'static str| {
        let found = (0..unit.tokens.len()).filter_map(|at| unit.dotted(at));
        found.filter(move |(path, _)| path.value == word || path.value.ends_with(&format!(".{word}")))
    };
    let Some((call, behind)) = calls("dj.Schema").next() else {
        let handed = calls("getSchema").find_map(|(path, _)| path.value.strip_suffix(".getSchema").map(str::to_string));
        return handed.map_or_else(|| Made::Unknown(unit.span()), Made::Handed);
    };
    let arguments = arguments(unit, behind);
    // The oldest form, with package, host, name, user and password, has it in the same place.
    let Some(argument) = arguments.get(2) else { return Made::Unknown(call.span) };
    let mut name = SchemaName::default();
    let mut reader = Evaluation { unit, variables: &mut name.variables };
    match reader.concatenation(argument, 0).filter(|text| !text.text.is_empty()) {
        Some(text) => {
            name.text = text;
            name.variables.dedup_by(|a, b| a.name == b.name);
            Made::Named(name)
        }
        None => Made::Unknown(unit.place_of(argument)),
    }
}

/// Returns the arguments of a call whose `(` is the token `at`.
fn arguments(unit: &Unit, at: usize) -> Vec<&[Token]> {
    if !unit.is_symbol(at, '(') { Vec::new() } else { split(&unit.tokens[at + 1..]) }
}

/// Splits tokens at commas, up to the bracket that closes them.
fn split(tokens: &[Token]) -> Vec<&[Token]> {
    let mut out = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Symbol('(' | '[' | '{') => depth += 1,
            Kind::Symbol(')' | ']' | '}') if depth == 0 => {
                out.push(&tokens[start..at]);
                return out.into_iter().filter(|argument| !argument.is_empty()).collect();
            }
            Kind::Symbol(')' | ']' | '}') => depth -= 1,
            Kind::Symbol(',') if depth == 0 => {
                out.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    out
}

struct Evaluation<'u, 'v> {
    unit: &'u Unit,
    variables: &'v mut Vec<Variable>,
}

impl<'u> Evaluation<'u, '_> {
    /// Returns the text of operands that stand one behind the other; `None` for what djc does not follow.
    fn concatenation(&mut self, tokens: &'u [Token], depth: usize) -> Option<Text> {
        let mut out = Text::default();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match &token.kind {
                Kind::Symbol(',' | '+') | Kind::Newline | Kind::Comment => at += 1,
                Kind::Text(says) => {
                    out.push_str(says, self.unit.place(token));
                    at += 1;
                }
                Kind::Symbol('[' | '(') => {
                    let end = closing(tokens, at)?;
                    out.push(&self.concatenation(&tokens[at + 1..end], depth + 1)?);
                    at = end + 1;
                }
                Kind::Word => {
                    let (text, next) = self.named(tokens, at, depth)?;
                    out.push(&text);
                    at = next;
                }
                Kind::Number | Kind::Symbol(_) | Kind::Block { .. } => return None,
            }
        }
        Some(out)
    }

    /// Returns what a name or a call is, and the token behind it.
    fn named(&mut self, tokens: &'u [Token], at: usize, depth: usize) -> Option<(Text, usize)> {
        let word = |at: usize| tokens.get(at).filter(|token| token.kind == Kind::Word);
        let is = |at: usize, symbol: char| tokens.get(at).is_some_and(|token| token.kind == Kind::Symbol(symbol));
        let mut end = at + 1;
        while is(end, '.') && word(end + 1).is_some() {
            end += 2;
        }
        let path: String = tokens[at..end].iter().map(|token| self.unit.words(token)).collect();
        let span = self.unit.place_of(&tokens[at..end]);
        if depth > DEPTH_MAX {
            return None;
        }
        if is(end, '(') && tokens.get(end).is_some_and(|open| !open.spaced) {
            let close = closing(tokens, end)?;
            let inner = &tokens[end + 1..close];
            let mut arguments = split(&tokens[end + 1..=close]).into_iter();
            let text = match path.as_str() {
                "strcat" | "horzcat" | "char" | "string" | "lower" => self.concatenation(inner, depth + 1)?,
                "sprintf" => {
                    let [Token { kind: Kind::Text(format), .. }] = arguments.next()? else { return None };
                    self.formatted(format, arguments, span, depth)?
                }
                "getenv" | "dj.config" | "dj.config.get" => match arguments.next()? {
                    [Token { kind: Kind::Text(key), .. }] => self.variable(key.rsplit('.').next()?, span),
                    _ => return None,
                },
                _ => return None,
            };
            return Some((text, close + 1));
        }
        let text = match path.split_once('.') {
            // A setting: `config.custom.databasePrefix`.
            Some(_) => self.variable(path.rsplit('.').next()?, span),
            None => {
                let mark = self.variables.len();
                let values = self.unit.assignments(&path);
                let known = match values.as_slice() {
                    [value] => self.concatenation(value, depth + 1),
                    _ => None,
                };
                known.unwrap_or_else(|| {
                    self.variables.truncate(mark);
                    self.variable(&path, span)
                })
            }
        };
        Some((text, end))
    }

    fn formatted(&mut self, format: &str, arguments: impl Iterator<Item = &'u [Token]>, span: Span, depth: usize) -> Option<Text> {
        let mut out = Text::default();
        let mut arguments = arguments;
        let mut pieces = format.split("%s");
        out.push_str(pieces.next()?, span);
        for piece in pieces {
            out.push(&self.concatenation(arguments.next()?, depth + 1)?);
            out.push_str(piece, span);
        }
        (!out.text.contains('%')).then_some(out)
    }

    fn variable(&mut self, name: &str, span: Span) -> Text {
        let mut clean = String::new();
        for c in name.chars() {
            // `databasePrefix` is DATABASE_PREFIX.
            if c.is_ascii_uppercase() && clean.ends_with(|last: char| last.is_ascii_lowercase()) {
                clean.push('_');
            }
            clean.push(if c.is_ascii_alphanumeric() { c } else { '_' });
        }
        let mut name = clean.to_ascii_uppercase().trim_matches('_').to_string();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            name = format!("NAME_{name}");
        }
        self.variables.push(Variable { name: name.clone(), span });
        Text::new(format!("${{{name}}}"), span)
    }
}

/// Returns the bracket that closes the one at `at`.
fn closing(tokens: &[Token], at: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (next, token) in tokens.iter().enumerate().skip(at) {
        match token.kind {
            Kind::Symbol('(' | '[' | '{') => depth += 1,
            Kind::Symbol(')' | ']' | '}') => {
                depth -= 1;
                if depth == 0 {
                    return Some(next);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::source::SourceMap;

    fn read(text: &str) -> String {
        let mut sources = SourceMap::new();
        let file = sources.add("getSchema.m", text);
        let unit = Unit::read(file, vec!["lab".to_string()], "getSchema".to_string(), &sources);
        match schema_name(&unit) {
            Made::Named(name) => name.text.text,
            Made::Unknown(span) => format!("unknown at {}", &unit.text[span.range()]),
            Made::Handed(package) => format!("handed to {package}"),
        }
    }

    #[test]
    fn names_are_literals_or_templates() {
        assert_eq!(read("obj = dj.Schema(dj.conn, 'lab', 'mylab_lab');"), "mylab_lab");
        assert_eq!(read("load('djuser');\nobj = dj.Schema('lab', 'db.lab.org', ...\n 'mylab_lab', user, pass);"), "mylab_lab");
        assert_eq!(read("global databasePrefix\nobj = dj.Schema(dj.conn, 'lab', [databasePrefix, 'lab']);"), "${DATABASE_PREFIX}lab");
        assert_eq!(read("prefix = getenv('DB_PREFIX');\nobj = dj.Schema(dj.conn, 'lab', [prefix 'lab']);"), "${DB_PREFIX}lab");
        assert_eq!(read("c = dj.config;\nobj = dj.Schema(dj.conn, 'lab', [c.custom.databasePrefix, 'lab']);"), "${DATABASE_PREFIX}lab");
        assert_eq!(read("obj = dj.Schema(dj.conn, 'lab', strcat(dj.config('custom.prefix'), '_lab'));"), "${PREFIX}_lab");
        assert_eq!(read("obj = dj.Schema(dj.conn, 'lab', sprintf('%s_lab', getenv('USER')));"), "${USER}_lab");
        assert_eq!(read("if x\n p = 'a';\nelse\n p = 'b';\nend\nobj = dj.Schema(dj.conn, 'lab', [p '_lab']);"), "${P}_lab");
        assert_eq!(read("obj = dj.Schema(dj.conn, 'lab', name('lab'));"), "unknown at name('lab')");
        assert_eq!(read("obj = pipeline.getSchema();"), "handed to pipeline");
    }
}
