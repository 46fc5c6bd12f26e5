//! `keySource` and `popRel`: expressions of tables, as `@key_source` writes them.
//!
//! `*`, `&` and `-` bind as they do in Python. `lab.Trial('valid = 1')` is a restriction, and `pro` is `proj`.

use super::read::Unit;
use super::scan::{Kind, Token};
use crate::core::source::Span;
use crate::core::text::Text;

/// How a table that MATLAB names is written here; `None` for what is no table.
pub type Names<'n> = dyn FnMut(&str) -> Option<String> + 'n;

/// Returns the expression in the language.
///
/// # Errors
/// The first place that is more than tables, their restrictions by a text, joins, differences and simple projections.
pub fn expression(unit: &Unit, tokens: &[Token], names: &mut Names<'_>) -> Result<Text, Span> {
    let says = |token: &&Token| !matches!(token.kind, Kind::Newline | Kind::Comment);
    let tokens: Vec<Token> = tokens.iter().filter(says).cloned().collect();
    let mut reader = Reader { unit, tokens: &tokens, at: 0, out: Text::default() };
    while reader.at < tokens.len() {
        reader.step(names)?;
    }
    Ok(reader.out)
}

struct Reader<'u> {
    unit: &'u Unit,
    tokens: &'u [Token],
    at: usize,
    out: Text,
}

impl Reader<'_> {
    fn step(&mut self, names: &mut Names<'_>) -> Result<(), Span> {
        let token = &self.tokens[self.at];
        let span = self.unit.place(token);
        match &token.kind {
            Kind::Symbol(c @ ('*' | '&' | '-')) => {
                self.out.push_str(&format!(" {c} "), span);
                self.at += 1;
            }
            Kind::Symbol(c @ ('(' | ')')) => {
                self.out.push_str(&c.to_string(), span);
                self.at += 1;
            }
            Kind::Text(says) => {
                self.out.push_str(&quoted(says).ok_or(span)?, span);
                self.at += 1;
            }
            Kind::Word if self.is_projection(span) => {
                self.at += 2;
                let (table, place) = self.path().ok_or(span)?;
                let name = names(&table).ok_or(place)?;
                self.out.push_str(&name, place);
                if self.takes('(') && !self.takes(')') {
                    return Err(place);
                }
                let arguments = if self.takes(',') { self.strings()? } else { self.closed()? };
                self.projection(&arguments)?;
            }
            Kind::Word => {
                let (path, place) = self.path().ok_or(span)?;
                let (table, method) = match path.rsplit_once('.') {
                    Some((table, "proj" | "pro")) => (table, true),
                    _ => (path.as_str(), false),
                };
                let name = names(table).ok_or(place)?;
                let arguments = if self.takes('(') { self.strings()? } else { Vec::new() };
                if method {
                    self.out.push_str(&name, place);
                    self.projection(&arguments)?;
                } else if arguments.is_empty() {
                    self.out.push_str(&name, place);
                } else {
                    // `A('x = 1') * B` restricts before it joins.
                    let alone = self.at == self.tokens.len() && self.out.text.is_empty();
                    self.out.push_glue(if alone { "" } else { "(" }, place);
                    self.out.push_str(&name, place);
                    for (says, span) in &arguments {
                        self.out.push_glue(" & ", *span);
                        self.out.push_str(&quoted(says).ok_or(*span)?, *span);
                    }
                    self.out.push_glue(if alone { "" } else { ")" }, place);
                }
            }
            _ => return Err(span),
        }
        Ok(())
    }

    /// Returns whether `pro(` or `proj(` begins here.
    fn is_projection(&self, span: Span) -> bool {
        let called = self.tokens.get(self.at + 1).is_some_and(|next| next.kind == Kind::Symbol('('));
        called && matches!(&self.unit.text[span.range()], "pro" | "proj")
    }

    fn takes(&mut self, symbol: char) -> bool {
        let found = self.tokens.get(self.at).is_some_and(|token| token.kind == Kind::Symbol(symbol));
        self.at += usize::from(found);
        found
    }

    /// Reads `a.b.c`.
    fn path(&mut self) -> Option<(String, Span)> {
        let mut path = String::new();
        let mut place: Option<Span> = None;
        loop {
            let token = self.tokens.get(self.at).filter(|token| token.kind == Kind::Word)?;
            path.push_str(self.unit.words(token));
            let here = self.unit.place(token);
            place = Some(place.map_or(here, |place| place.to(here)));
            self.at += 1;
            if !self.takes('.') {
                return Some((path, place?));
            }
            path.push('.');
        }
    }

    /// Reads strings up to the `)` behind them.
    fn strings(&mut self) -> Result<Vec<(String, Span)>, Span> {
        let mut out = Vec::new();
        loop {
            if self.takes(')') {
                return Ok(out);
            }
            let token = self.tokens.get(self.at).ok_or_else(|| self.unit.place_of(self.tokens))?;
            let span = self.unit.place(token);
            let Kind::Text(says) = &token.kind else { return Err(span) };
            out.push((says.trim().to_string(), span));
            self.at += 1;
            self.takes(',');
        }
    }

    fn closed(&mut self) -> Result<Vec<(String, Span)>, Span> {
        if self.takes(')') { Ok(Vec::new()) } else { Err(self.unit.place_of(self.tokens)) }
    }

    /// Writes `.proj(…)`; `'old->new'` is a rename.
    fn projection(&mut self, arguments: &[(String, Span)]) -> Result<(), Span> {
        let near = self.unit.place_of(self.tokens);
        self.out.push_glue(".proj(", near);
        for (at, (says, span)) in arguments.iter().enumerate() {
            let is_name = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let written = match says.split_once("->") {
                Some((old, new)) if is_name(old.trim()) && is_name(new.trim()) => format!("{}='{}'", new.trim(), old.trim()),
                None if is_name(says) => format!("'{says}'"),
                _ => return Err(*span),
            };
            self.out.push_glue(if at > 0 { ", " } else { "" }, *span);
            self.out.push_str(&written, *span);
        }
        self.out.push_glue(")", near);
        Ok(())
    }
}

/// Returns a string of expressions, which knows no escapes.
fn quoted(says: &str) -> Option<String> {
    match (says.contains('\''), says.contains('"')) {
        (false, _) => Some(format!("'{says}'")),
        (true, false) => Some(format!("\"{says}\"")),
        (true, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::source::SourceMap;

    fn read(value: &str) -> Result<String, String> {
        let mut sources = SourceMap::new();
        let file = sources.add("A.m", format!("classdef A < dj.Computed\nproperties\nkeySource = {value}\nend\nend\n"));
        let unit = Unit::read(file, Vec::new(), "A".to_string(), &sources);
        let tokens = unit.property("keySource").expect("a value");
        let mut names = |path: &str| path.strip_prefix("lab.").map(str::to_string);
        expression(&unit, tokens, &mut names).map(|text| text.text).map_err(|span| unit.text[span.range()].to_string())
    }

    #[test]
    fn joins_restrictions_and_projections_are_read() {
        let wanted = "A * (B & 'x > 1') & \"y = 'z'\"";
        assert_eq!(read("lab.A * lab.B('x > 1') ... and\n & 'y = ''z'''").expect("simple"), wanted);
        assert_eq!(read("(lab.A & lab.B()) - lab.C").expect("simple"), "(A & B) - C");
        assert_eq!(read("pro(lab.A, 'id->other') * lab.B.pro").expect("simple"), "A.proj(other='id') * B.proj()");
    }

    #[test]
    fn what_is_more_is_named() {
        assert_eq!(read("lab.A & struct('x', 1)"), Err("struct".to_string()));
        assert_eq!(read("lab.A & {'a' 'b'}"), Err("{".to_string()));
        assert_eq!(read("pro(lab.A, lab.B, 'count(*) -> n')"), Err("lab".to_string()));
        assert_eq!(read("0"), Err("0".to_string()));
    }
}
