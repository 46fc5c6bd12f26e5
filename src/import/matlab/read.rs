//! One MATLAB file: its class, its definition, its help text and its properties.

use std::ops::Range;
use std::sync::Arc;

use super::scan::{Kind, Token, scan};
use crate::core::source::{FileId, SourceMap, Span, Spanned};
use crate::core::text::Text;

/// One `.m` file of a package.
#[derive(Debug)]
pub struct Unit {
    /// The file.
    pub file: FileId,
    /// The packages around it, outermost first.
    pub package: Vec<String>,
    /// What the file is called, which is what its class is called.
    pub name: String,
    /// Its text.
    pub text: Arc<str>,
    /// The pieces of its text.
    pub tokens: Vec<Token>,
    /// What it says of the table.
    pub definition: Option<Definition>,
    /// Its help text: the lines of comment around the head of the class.
    pub help: Vec<Text>,
    /// The class, if it makes one.
    pub class: Option<Class>,
}

/// A definition in a comment.
#[derive(Debug)]
pub struct Definition {
    /// What stands between the braces of a table.
    pub text: Text,
    /// Where it begins.
    pub span: Span,
    /// The tier that the first line of old classes tells.
    pub tier: Option<Spanned<String>>,
    /// Whether its end was found.
    pub closed: bool,
}

/// The head of a class.
#[derive(Debug)]
pub struct Class {
    /// What it is called.
    pub name: Spanned<String>,
    /// What it inherits from, with packages.
    pub bases: Vec<Spanned<String>>,
}

impl Unit {
    /// Reads a file.
    pub fn read(file: FileId, package: Vec<String>, name: String, sources: &SourceMap) -> Unit {
        let text = Arc::clone(&sources.file(file).text);
        let tokens = scan(&text);
        let mut unit = Unit { file, package, name, text, tokens, definition: None, help: Vec::new(), class: None };
        let head = unit.word_at_start(0, "classdef");
        unit.class = head.and_then(|head| unit.class_at(head));
        let mut comments = unit.comments(head);
        unit.definition = unit.first_block(head).or_else(|| unit.old_comments(&mut comments));
        unit.help = unit.help_lines(&comments);
        unit
    }

    /// Returns the name with its packages.
    pub fn path(&self) -> String {
        self.package.iter().chain([&self.name]).map(String::as_str).collect::<Vec<_>>().join(".")
    }

    /// Returns the place that stands for the whole: the name of the class, or the start of the definition.
    pub fn span(&self) -> Span {
        let first = || Span::new(self.file, 0, self.text.find('\n').unwrap_or(self.text.len()));
        match (&self.class, &self.definition) {
            (Some(class), _) => class.name.span,
            (None, Some(definition)) => definition.span,
            (None, None) => first(),
        }
    }

    /// Returns the words of a token.
    pub fn words(&self, token: &Token) -> &str {
        &self.text[token.range.clone()]
    }

    /// Returns the place of a token.
    pub fn place(&self, token: &Token) -> Span {
        Span::new(self.file, token.range.start, token.range.end)
    }

    /// Returns the place of several tokens.
    pub fn place_of(&self, tokens: &[Token]) -> Span {
        match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => Span::new(self.file, first.range.start, last.range.end),
            _ => self.span(),
        }
    }

    /// Returns whether the file has no code.
    pub fn is_comment(&self) -> bool {
        self.tokens.iter().all(|token| matches!(token.kind, Kind::Newline | Kind::Comment | Kind::Block { .. }))
    }

    /// Returns whether a token is this word.
    pub fn is_word(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == Kind::Word && self.words(token) == word)
    }

    /// Returns whether a token is this symbol.
    pub fn is_symbol(&self, at: usize, symbol: char) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == Kind::Symbol(symbol))
    }

    /// Returns whether a statement can begin at a token.
    fn starts(&self, at: usize) -> bool {
        at.checked_sub(1).is_none_or(|before| {
            matches!(self.tokens[before].kind, Kind::Newline | Kind::Comment | Kind::Block { .. } | Kind::Symbol(';' | ','))
        })
    }

    /// Returns the first token from `from` on that begins a statement with this word.
    fn word_at_start(&self, from: usize, word: &str) -> Option<usize> {
        (from..self.tokens.len()).find(|at| self.is_word(*at, word) && self.starts(*at))
    }

    /// Reads `a.b.c` and returns it with the token behind it.
    pub fn dotted(&self, at: usize) -> Option<(Spanned<String>, usize)> {
        let first = self.tokens.get(at).filter(|token| token.kind == Kind::Word)?;
        let mut end = at + 1;
        while self.is_symbol(end, '.') && self.tokens.get(end + 1).is_some_and(|token| token.kind == Kind::Word) {
            end += 2;
        }
        let range = first.range.start..self.tokens[end - 1].range.end;
        let words: String = self.text[range.clone()].chars().filter(|c| !c.is_whitespace()).collect();
        Some((Spanned::new(words, Span::new(self.file, range.start, range.end)), end))
    }

    fn class_at(&self, head: usize) -> Option<Class> {
        let mut at = head + 1;
        if self.is_symbol(at, '(') {
            at = (at..self.tokens.len()).find(|at| self.is_symbol(*at, ')'))? + 1;
        }
        let (name, mut at) = self.dotted(at)?;
        let mut bases = Vec::new();
        if self.is_symbol(at, '<') {
            while let Some((base, next)) = self.dotted(at + 1) {
                bases.push(base);
                at = next;
                if !self.is_symbol(at, '&') {
                    break;
                }
            }
        }
        Some(Class { name, bases })
    }

    /// Returns the first block comment: datajoint looks for no other. Inside of the class it may be anything.
    fn first_block(&self, head: Option<usize>) -> Option<Definition> {
        let (at, token, inner, closed) = self.tokens.iter().enumerate().find_map(|(at, token)| match &token.kind {
            Kind::Block { inner, closed } => Some((at, token, inner.clone(), *closed)),
            _ => None,
        })?;
        if head.is_some_and(|head| head < at) && !is_definition(&self.text[inner.clone()]) {
            return None;
        }
        let text = Text::new(&self.text[inner.clone()], Span::new(self.file, inner.start, inner.end));
        let (text, tier) = without_head(text, &self.path());
        Some(Definition { text, span: Span::new(self.file, token.range.start, token.range.start + 2), tier, closed })
    }

    /// Takes a definition of `%` lines, as the oldest classes have it, out of the comments.
    fn old_comments(&self, comments: &mut Vec<usize>) -> Option<Definition> {
        let line = |at: usize| uncommented(self.words(&self.tokens[at]));
        let first = comments.iter().position(|at| head(line(*at), &self.path()).is_some())?;
        let mut end = first + 1;
        while end < comments.len() && comments[end] == comments[end - 1] + 2 {
            end += 1;
        }
        let taken: Vec<usize> = comments.drain(first..end).collect();
        let mut text = Text::default();
        for at in &taken {
            let token = &self.tokens[*at];
            let line = line(*at);
            text.push_str(line, Span::new(self.file, token.range.end - line.len(), token.range.end));
            text.push_glue("\n", self.place(token).after());
        }
        let (text, tier) = without_head(text, &self.path());
        Some(Definition { text, span: self.place(&self.tokens[taken[0]]), tier, closed: true })
    }

    /// Returns the comments before the class and right below its head; before the first statement where there is no class.
    fn comments(&self, head: Option<usize>) -> Vec<usize> {
        let quiet = |at: &usize| matches!(self.tokens[*at].kind, Kind::Newline | Kind::Comment | Kind::Block { .. });
        let all = 0..self.tokens.len();
        let mut out: Vec<usize> = match head {
            Some(head) => (0..head).collect(),
            None => all.clone().take_while(quiet).collect(),
        };
        if let Some(head) = head {
            let end = (head..all.end).find(|at| self.tokens[*at].kind == Kind::Newline).unwrap_or(all.end);
            out.extend((end..all.end).take_while(quiet));
        }
        let first = self.tokens.iter().position(|token| matches!(token.kind, Kind::Block { .. }));
        out.retain(|at| self.tokens[*at].kind != Kind::Newline && Some(*at) != first);
        out
    }

    fn help_lines(&self, comments: &[usize]) -> Vec<Text> {
        let mut out: Vec<Text> = Vec::new();
        let mut before: Option<usize> = None;
        for at in comments {
            // An empty line between two comments stays one.
            if before.is_some_and(|before| *at > before + 2) {
                out.push(Text::default());
            }
            before = Some(*at);
            let token = &self.tokens[*at];
            match &token.kind {
                // `%#ok` speaks to the editor of MATLAB.
                Kind::Comment if self.words(token).starts_with("%#") => {}
                Kind::Comment => {
                    let line = uncommented(self.words(token));
                    out.push(Text::new(line, Span::new(self.file, token.range.end - line.len(), token.range.end)));
                }
                Kind::Block { inner, .. } => out.extend(
                    lines(&self.text, inner.clone())
                        .map(|line| Text::new(self.text[line.clone()].trim(), Span::new(self.file, line.start, line.end))),
                ),
                _ => {}
            }
        }
        let says = |line: &Text| !line.text.trim().is_empty();
        let start = out.iter().position(says).unwrap_or(out.len());
        let end = out.iter().rposition(says).map_or(start, |last| last + 1);
        out.drain(start..end).collect()
    }

    /// Returns the tokens of the value that a property of the class is given.
    pub fn property(&self, name: &str) -> Option<&[Token]> {
        let mut at = 0;
        while let Some(block) = self.word_at_start(at, "properties") {
            at = block + 1;
            if self.is_symbol(at, '(') {
                at = (at..self.tokens.len()).find(|at| self.is_symbol(*at, ')'))? + 1;
            }
            if !self.tokens.get(at).is_some_and(|token| matches!(token.kind, Kind::Newline | Kind::Comment)) {
                continue;
            }
            while at < self.tokens.len() && !(self.is_word(at, "end") && self.starts(at)) {
                let end = self.statement_end(at);
                if self.is_word(at, name)
                    && let Some(value) = self.assigned(at + 1..end)
                {
                    return Some(&self.tokens[value]);
                }
                at = end + 1;
            }
        }
        None
    }

    /// Returns the tokens of all values that a name is assigned, in statements of their own.
    pub fn assignments(&self, name: &str) -> Vec<&[Token]> {
        let starts = (0..self.tokens.len()).filter(|at| self.is_word(*at, name) && self.starts(*at) && self.is_symbol(at + 1, '='));
        let value = |at: usize| self.assigned(at + 1..self.statement_end(at)).map(|range| &self.tokens[range]);
        starts.filter_map(value).collect()
    }

    /// Returns the one expression that `function x = get.NAME(self)` assigns, or where it does more.
    pub fn getter(&self, name: &str) -> Option<Result<&[Token], Span>> {
        let mut at = 0;
        while let Some(function) = self.word_at_start(at, "function") {
            at = function + 1;
            let is_getter =
                self.is_symbol(at + 1, '=') && self.is_word(at + 2, "get") && self.is_symbol(at + 3, '.') && self.is_word(at + 4, name);
            if !is_getter {
                continue;
            }
            let place = self.place(&self.tokens[at + 4]);
            let mut body = self.statement_end(at) + 1;
            while self.tokens.get(body).is_some_and(|token| matches!(token.kind, Kind::Newline | Kind::Comment | Kind::Symbol(';'))) {
                body += 1;
            }
            let end = self.statement_end(body);
            let value = self.is_word(body, self.words(&self.tokens[at])).then(|| self.assigned(body + 1..end)).flatten();
            let mut next = end;
            while self.tokens.get(next).is_some_and(|token| matches!(token.kind, Kind::Newline | Kind::Comment | Kind::Symbol(';'))) {
                next += 1;
            }
            return Some(match value {
                Some(value) if self.is_word(next, "end") => Ok(&self.tokens[value]),
                _ => Err(place),
            });
        }
        None
    }

    /// Returns the token that ends the statement at `at`.
    fn statement_end(&self, at: usize) -> usize {
        let mut depth = 0usize;
        for (next, token) in self.tokens.iter().enumerate().skip(at) {
            match token.kind {
                Kind::Symbol('(' | '[' | '{') => depth += 1,
                Kind::Symbol(')' | ']' | '}') => depth = depth.saturating_sub(1),
                Kind::Newline | Kind::Comment | Kind::Symbol(';') if depth == 0 => return next,
                _ => {}
            }
        }
        self.tokens.len()
    }

    /// Returns the range behind the first `=` of a range of tokens.
    fn assigned(&self, range: Range<usize>) -> Option<Range<usize>> {
        let equal = range.clone().find(|at| self.is_symbol(*at, '='))?;
        let value = equal + 1..range.end;
        (!value.is_empty() && !self.is_symbol(equal + 1, '=')).then_some(value)
    }
}

/// Returns whether a comment says something of a table.
pub fn is_definition(text: &str) -> bool {
    let code = |line: &str| line.split('#').next().is_some_and(|code| code.contains(':') || code.trim_start().starts_with("->"));
    text.lines().any(|line| line.trim_start().starts_with("---")) && text.lines().any(code)
}

/// Returns the ranges of the lines of a range, without their ends.
fn lines(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut start = range.start;
    text[range].split_inclusive('\n').map(move |line| {
        let from = start;
        start += line.len();
        from..from + line.trim_end().len()
    })
}

/// Returns a comment without its marks.
fn uncommented(comment: &str) -> &str {
    let inner = comment.trim_start_matches('%');
    inner.strip_prefix(' ').unwrap_or(inner)
}

/// What `package.Table (tier) # comment` says; the ranges are those of the line.
struct Head {
    tier: Range<usize>,
    comment: Option<Range<usize>>,
}

/// Reads the first line of an old definition; `None` for any other line.
fn head(line: &str, path: &str) -> Option<Head> {
    let start = line.len() - line.trim_start().len();
    let behind = line[start..].strip_prefix(path)?.trim_start();
    let inner = behind.strip_prefix('(')?;
    let (tier, rest) = inner.split_once(')')?;
    let at = |part: &str| part.as_ptr() as usize - line.as_ptr() as usize;
    let word = tier.trim();
    if word.is_empty() || !word.chars().all(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    let rest = rest.trim();
    if !rest.is_empty() && !rest.starts_with('#') {
        return None;
    }
    let range = |part: &str| at(part)..at(part) + part.len();
    Some(Head { tier: range(word), comment: (!rest.is_empty()).then(|| range(rest)) })
}

/// Returns a definition without the first line of old classes, whose comment is that of the table, and the tier that it tells.
fn without_head(text: Text, path: &str) -> (Text, Option<Spanned<String>>) {
    let text = joined(text);
    let mut ranges = lines(&text.text, 0..text.text.len());
    // Datajoint drops empty lines and comments before it.
    let first = ranges.find(|range| {
        let line = text.text[range.clone()].trim_start();
        !line.is_empty() && !line.starts_with('#')
    });
    let Some((range, found)) = first.and_then(|range| Some((range.clone(), head(&text.text[range], path)?))) else {
        return (text.trimmed(), None);
    };
    let shifted = |inner: Range<usize>| range.start + inner.start..range.start + inner.end;
    let tier = text.slice(shifted(found.tier));
    let origin = tier.segments[0].origin;
    let mut rest = text.slice(0..range.start);
    rest.push(&text.slice((range.end + 1).min(text.text.len())..text.text.len()));
    let mut out = Text::default();
    if let Some(comment) = found.comment.map(|comment| text.slice(shifted(comment))) {
        // An empty comment is written only where the next one would be taken for that of the table.
        if comment.text != "#" || rest.text.trim_start().starts_with('#') {
            out.push(&comment);
            out.push_glue("\n", origin);
        }
    }
    out.push(&rest);
    (out.trimmed(), Some(Spanned::new(tier.text, origin)))
}

/// Joins lines that end in a backslash with the next ones.
fn joined(mut text: Text) -> Text {
    while let Some(at) = text.text.find("\\\n").or_else(|| text.text.find("\\\r\n")) {
        let end = at + text.text[at..].find('\n').unwrap_or(0) + 1;
        let indent = text.text[end..].len() - text.text[end..].trim_start_matches([' ', '\t']).len();
        let origin = text.origin(at..at + 1).expect("every byte of a definition leads back");
        text.replace(at..end + indent, &Text::new(" ", origin));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(text: &str) -> Unit {
        let mut sources = SourceMap::new();
        let file = sources.add("+lab/Session.m", text);
        Unit::read(file, vec!["lab".to_string()], "Session".to_string(), &sources)
    }

    #[test]
    fn old_first_lines_tell_tier_and_comment() {
        let unit = unit(
            "%{\n# above\nlab.Session (computed) # of a day\n-> lab.Rig\nx : int \\\n   # long\n%}\nclassdef Session < dj.Relvar\nend\n",
        );
        let definition = unit.definition.expect("a block");
        assert_eq!(definition.tier.expect("a tier").value, "computed");
        assert_eq!(definition.text.text, "# of a day\n# above\n-> lab.Rig\nx : int  # long");
    }

    #[test]
    fn definitions_of_the_oldest_classes_are_lines_of_comment() {
        let unit = unit("% lab.Session (manual) # of a day\n% id : int\n\n% Help.\nclassdef Session < dj.Relvar\n% more\nend\n");
        let definition = unit.definition.as_ref().expect("lines");
        assert_eq!(definition.text.text, "# of a day\nid : int");
        assert_eq!(unit.help.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["Help.", "", "more"]);
    }

    #[test]
    fn properties_and_getters_are_found() {
        let unit = unit(
            "classdef (Sealed) Session < dj.Manual & lab.Base\n  properties (SetAccess=protected)\n    a (1,1) double = 1; b = {\n 'x' % y\n }\n  end\n  methods\n    function s = get.keySource(self)\n      s = lab.Rig; % all\n    end\n  end\nend\n",
        );
        let words = |tokens: &[Token]| tokens.iter().map(|token| unit.words(token)).collect::<Vec<_>>().join(" ");
        assert_eq!(words(unit.property("a").expect("a value")), "1");
        assert_eq!(words(unit.property("b").expect("a value")), "{ \n 'x' % y \n }");
        assert_eq!(words(unit.getter("keySource").expect("a getter").expect("one expression")), "lab . Rig");
        assert_eq!(unit.class.as_ref().expect("a class").bases[1].value, "lab.Base");
    }
}
