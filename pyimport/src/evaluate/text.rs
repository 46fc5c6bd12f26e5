//! The text that an expression is or becomes, and texts with places that are filled in: `str.format` and `%`.

use djc_core::text::Text;

use super::call::Call;
use super::scope::{Locals, Place};
use super::variable::variable;
use super::{Evaluator, Mode, Unknown};
use crate::tree::{Expr, Format, Kind, keyword};

/// Why a text with places to fill in is not known.
const FORMATTED: &str = "formatted in a way that djc does not follow";

impl<'t> Evaluator<'_, 't, '_> {
    /// Returns the text of an expression; what is not known may become a variable.
    pub(super) fn text(&mut self, place: Place<'t>, expr: &'t Expr, locals: &Locals, depth: usize) -> Result<Text, Unknown> {
        self.written(place, expr, &Format::Plain, locals, depth)
    }

    /// Returns the text that an expression becomes inside of another one.
    pub(super) fn written(
        &mut self,
        place: Place<'t>,
        expr: &'t Expr,
        format: &Format,
        locals: &Locals,
        depth: usize,
    ) -> Result<Text, Unknown> {
        let wrong = || Unknown::new(expr.span, FORMATTED);
        let found = self.value(place, expr, locals, depth).and_then(|value| match format {
            Format::Plain => value.shown().ok_or_else(|| Unknown::new(expr.span, "no text")),
            Format::Spec(spec) => value.formatted(spec).ok_or_else(wrong),
            Format::Other => Err(wrong()),
        });
        match (found, &mut self.mode) {
            (Err(_), Mode::Variables(variables)) => {
                let variable = variable(self.sources, place.module, expr);
                let text = Text::new(format!("${{{}}}", variable.name), expr.span);
                variables.push(variable);
                Ok(text)
            }
            (found, _) => found,
        }
    }

    /// Returns a template of `str.format` with its fields filled in.
    pub(super) fn format(
        &mut self,
        place: Place<'t>,
        call: Call<'t>,
        template: &Text,
        locals: &Locals,
        depth: usize,
    ) -> Result<Text, Unknown> {
        let wrong = || Unknown::new(call.whole, FORMATTED);
        let mut out = Text::default();
        let mut next = 0;
        let mut at = 0;
        let bytes = template.text.as_bytes();
        while let Some(brace) = template.text[at..].find(['{', '}']).map(|offset| at + offset) {
            out.push(&template.slice(at..brace));
            if bytes.get(brace + 1) == Some(&bytes[brace]) {
                out.push(&template.slice(brace..brace + 1));
                at = brace + 2;
                continue;
            }
            let end = template.text[brace..].find('}').map(|offset| brace + offset).ok_or_else(wrong)?;
            let field = template.text.get(brace + 1..end).ok_or_else(wrong)?;
            let (field, spec) = field.split_once(':').unwrap_or((field, ""));
            let value = if field.is_empty() {
                next += 1;
                call.arguments.get(next - 1)
            } else if let Ok(position) = field.parse::<usize>() {
                call.arguments.get(position)
            } else {
                keyword(call.keywords, field)
            };
            let format = if spec.is_empty() { Format::Plain } else { Format::Spec(spec.to_string()) };
            out.push(&self.written(place, value.ok_or_else(wrong)?, &format, locals, depth)?);
            at = end + 1;
        }
        out.push(&template.slice(at..bytes.len()));
        Ok(out)
    }

    /// Returns `template % values`.
    pub(super) fn percent(
        &mut self,
        place: Place<'t>,
        whole: &'t Expr,
        template: &'t Expr,
        values: &'t Expr,
        locals: &Locals,
        depth: usize,
    ) -> Result<Text, Unknown> {
        let wrong = || Unknown::new(whole.span, FORMATTED);
        let template = self.text(place, template, locals, depth)?;
        let by_position: Vec<&'t Expr> = match &values.kind {
            Kind::Tuple(values) => values.iter().collect(),
            _ => vec![values],
        };
        let by_name: &'t [(Option<Expr>, Expr)] = match &values.kind {
            Kind::Dict(items) => items,
            _ => &[],
        };
        let mut out = Text::default();
        let (mut at, mut next) = (0, 0);
        while let Some(sign) = template.text[at..].find('%').map(|offset| at + offset) {
            out.push(&template.slice(at..sign));
            let rest = &template.text[sign + 1..];
            if rest.starts_with('%') {
                out.push(&template.slice(sign..sign + 1));
                at = sign + 2;
                continue;
            }
            let (name, spec) = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
                Some((name, spec)) => (Some(name), spec),
                None => (None, rest),
            };
            let length = spec.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)? + 1;
            let format = match &spec[..length] {
                "s" => Format::Plain,
                "i" => Format::Spec("d".to_string()),
                other => Format::Spec(other.to_string()),
            };
            let value = match name {
                Some(name) => {
                    let is_key = |key: &Option<Expr>| matches!(key, Some(Expr { kind: Kind::Text(key), .. }) if key.text == name);
                    by_name.iter().find(|(key, _)| is_key(key)).map(|(_, value)| value)
                }
                None => {
                    next += 1;
                    by_position.get(next - 1).copied()
                }
            };
            out.push(&self.written(place, value.ok_or_else(wrong)?, &format, locals, depth)?);
            at = sign + 1 + (rest.len() - spec.len()) + length;
        }
        out.push(&template.slice(at..template.text.len()));
        Ok(out)
    }
}
