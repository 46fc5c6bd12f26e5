//! Writes each module as `.dj` text, with the `use` lines that its references need.
//!
//! Definitions are copied, so that every byte leads back to the `.m` file; only names of tables are written as the language has them: a part
//! is `Session.Trial` and not `SessionTrial`.

use super::contents;
use super::expression::expression;
use super::read::Unit;
use super::survey::{Survey, Table};
use crate::core::arrow::{Uses, arrows};
use crate::core::source::Span;
use crate::core::text::Text;
use crate::diag::{Diagnostic, codes};
use crate::parser::ast::TierWord;

/// What writing gave.
#[derive(Default)]
pub struct Written {
    /// The text of each module, in the order of [`Survey::modules`].
    pub texts: Vec<Text>,
    /// References that lead to no table.
    pub unread: Vec<Span>,
    /// What a person should know or decide.
    pub findings: Vec<Diagnostic>,
}

/// Writes all modules.
pub fn write(survey: &Survey<'_>) -> Written {
    let mut out = Written::default();
    for at in 0..survey.modules.len() {
        let mut writer = Writer { survey, at, uses: Uses::default(), out: &mut out };
        let text = writer.module();
        out.texts.push(text);
    }
    out
}

/// How a table is written in a file, and the module that the file must use for it.
struct Name {
    path: String,
    module: Option<String>,
}

struct Writer<'s, 'u> {
    survey: &'s Survey<'u>,
    at: usize,
    uses: Uses,
    out: &'s mut Written,
}

impl<'u> Writer<'_, 'u> {
    fn module(&mut self) -> Text {
        let module = &self.survey.modules[self.at];
        let near = module.span;
        let mut body = Text::default();
        for table in &module.tables {
            body.push_glue("\n", table.unit.span());
            self.table(table, None, &mut body);
        }
        let mut out = Text::default();
        out.push_glue("schema ", near);
        out.push_str(&module.name, near);
        if module.physical.text != module.name {
            out.push_glue(" as \"", near);
            out.push(&module.physical);
            out.push_glue("\"", near);
        }
        out.push_glue("\n\n", near);
        out.push_glue(&self.uses.lines(), near);
        out.push(&body);
        out
    }

    fn table(&mut self, table: &Table<'u>, master: Option<&Table<'u>>, out: &mut Text) {
        let near = table.unit.span();
        for line in &table.unit.help {
            out.push_glue(if line.text.is_empty() { "##" } else { "## " }, near);
            out.push(line);
            out.push_glue("\n", near);
        }
        if let Some(key_source) = self.key_source(table) {
            out.push_glue("@key_source(", near);
            out.push(&key_source);
            out.push_glue(")\n", near);
        }
        out.push_glue(table.tier.word(), near);
        out.push_glue(" ", near);
        out.push_str(&table.name, near);
        out.push_glue(" {\n", near.after());
        out.push(&self.definition(table, master));
        out.push_glue("\n", near);
        for part in &table.parts {
            out.push_glue("\n", near);
            self.table(part, Some(table), out);
        }
        if let Some(rows) = self.contents(table) {
            out.push_glue("\ncontents [", near);
            out.push(&rows);
            out.push_glue("\n]\n", near);
        }
        out.push_glue("}\n", near);
    }

    /// Returns the definition with its references as they are written here.
    fn definition(&mut self, table: &Table<'u>, master: Option<&Table<'u>>) -> Text {
        let mut text = table.unit.definition.as_ref().map(|definition| definition.text.clone()).unwrap_or_default();
        for path in arrows(&text.text).into_iter().rev() {
            let span = text.origin(path.clone()).unwrap_or_else(|| table.unit.span());
            let words = text.text[path.clone()].to_string();
            let renamed = text.text[path.end..].starts_with(['(', '.']);
            let new = match master {
                Some(master) if words == master.unit.path() && !renamed => Some("master".to_string()),
                _ => self.reference(table.unit, &words, span),
            };
            if let Some(new) = new.filter(|new| *new != words) {
                text.replace(path, &Text::new(new, span));
            }
        }
        text
    }

    /// Returns how a table is written here; what was not read is reported.
    fn reference(&mut self, unit: &Unit, words: &str, span: Span) -> Option<String> {
        if words == "master" {
            return None;
        }
        let found = self.name_of(unit, words);
        if let Some(found) = &found {
            self.uses.modules.extend(found.module.clone());
        } else {
            let finding = codes::UNREAD_TABLE.at(span, format!("`{words}` is declared by none of the sources"));
            let package = words.rsplit_once('.').map_or(words, |(package, _)| package);
            self.out.findings.push(finding.help(format!("import the package `{package}` as well, or look how the class is called")));
            self.out.unread.push(span);
        }
        Some(found?.path)
    }

    /// Returns how a table that MATLAB names is written here.
    fn name_of(&self, unit: &Unit, words: &str) -> Option<Name> {
        let homes = &self.survey.homes;
        // Python's forms stand in definitions that both languages read: a bare name, and `Master.Part`.
        let beside = || unit.package.iter().map(String::as_str).chain([words]).collect::<Vec<_>>().join(".");
        let as_part = || words.rsplit_once('.').map(|(master, part)| format!("{master}{part}"));
        let home = homes.get(words).or_else(|| homes.get(&beside())).or_else(|| homes.get(&as_part()?))?;
        if home.module == self.at {
            return Some(Name { path: home.path.clone(), module: None });
        }
        let module = self.survey.modules[home.module].name.clone();
        Some(Name { path: format!("{module}.{}", home.path), module: Some(module) })
    }

    fn contents(&mut self, table: &Table<'u>) -> Option<Text> {
        let tokens = table.unit.property("contents").filter(|_| table.tier == TierWord::Lookup)?;
        match contents::rows(table.unit, tokens) {
            Ok(rows) => (!rows.text.is_empty()).then_some(rows),
            Err(span) => {
                let message = format!("the contents of `{}` are made when the code runs; they are left out", table.unit.path());
                let finding = codes::RUN_TIME_CONTENTS.at(span, message);
                self.out.findings.push(finding.help("write the rows into `contents [ … ]`, or let the code insert them"));
                None
            }
        }
    }

    fn key_source(&mut self, table: &Table<'u>) -> Option<Text> {
        if !matches!(table.tier, TierWord::Imported | TierWord::Computed) {
            return None;
        }
        let unit = table.unit;
        let property = unit.property("keySource").or_else(|| unit.property("popRel")).map(Ok);
        let found = property.or_else(|| unit.getter("keySource")).or_else(|| unit.getter("popRel"))?;
        let mut modules = Vec::new();
        let mut names = |words: &str| {
            let name = self.name_of(unit, words)?;
            modules.extend(name.module);
            Some(name.path)
        };
        match found.and_then(|tokens| expression(unit, tokens, &mut names)) {
            Ok(text) => {
                self.uses.modules.extend(modules);
                Some(text)
            }
            Err(span) => {
                let message = format!("the key source of `{}` is more than an expression of tables; it is left out", unit.path());
                self.out
                    .findings
                    .push(codes::RUN_TIME_ATTRIBUTE.at(span, message).help("the MATLAB class keeps it; the tables do not depend on it"));
                None
            }
        }
    }
}
