//! One table: its body read line by line into heading, references, indexes and contents.

use super::columns::Columns;
use super::{Builder, attribute, contents, index, mixin};
use crate::core::ir::{Attribute, AttributeType, ClassNameError, Default, Generation, Lineage, Origin, SqlLiteral, TableId, snake_case};
use crate::diag::{Fix, Sink, codes};
use crate::parser::ast::{self, BodyItem};

impl Builder<'_> {
    /// Fills the table in; everything that it refers to stands already.
    pub(super) fn build(&mut self, id: TableId) {
        let declared = self.scopes.tables[id.0 as usize];
        let ast = declared.ast;
        let generation = self.pipeline.schema(declared.module).generation;
        let mut columns = Columns::with_room(ast.body.len());
        let mut references = Vec::new();
        let mut rows = Vec::new();
        let mut index_lines = Vec::new();
        let mut complete = !self.incomplete[id.0 as usize];
        let mut in_key = true;
        let mut arrow = 0;
        let is_merge = mixin::is_merge(ast);
        if is_merge && mixin::is_bodiless(ast) {
            mixin::push_merge_attributes(ast, id, generation, &mut columns);
        }
        for item in &ast.body {
            match item {
                BodyItem::TableComment(comment) => self.pipeline.tables[id.0 as usize].comment = comment.value.trim().to_string(),
                BodyItem::Comment(_) | BodyItem::Blank(_) | BodyItem::Part(_) => {}
                BodyItem::Separator(line) => {
                    in_key = false;
                    check_separator(line, generation, &mut self.sink);
                }
                BodyItem::Attribute(line) => {
                    // Of two lines with one name datajoint drops the second, whatever it says; a lint tells.
                    if columns.position(&line.name.value).is_none() {
                        let mut read = attribute::read(line, in_key, generation, &self.types, &mut self.sink);
                        read.lineage = in_key.then(|| Lineage { table: id, attribute: read.name.clone() });
                        columns.push(read, in_key);
                    }
                }
                BodyItem::Reference(line) => {
                    let target = self.targets[id.0 as usize][arrow];
                    arrow += 1;
                    complete &= self.refer(id, line, target, in_key, &mut columns, &mut references);
                }
                BodyItem::Index(line) => index_lines.push(line),
                BodyItem::Contents(contents) => rows.push(contents),
                BodyItem::Error(_) => complete = false,
            }
        }
        let singleton = complete && columns.key_len() == 0 && self.keyless(id, generation);
        if is_merge && complete {
            mixin::check_merge(ast, &columns, &mut self.sink);
        }
        let mut heading = columns.into_heading();
        if singleton {
            heading.key = vec![heading.attributes.len()];
            heading.attributes.push(singleton_attribute(id, ast));
        }
        let indexes = index_lines.iter().filter_map(|line| index::read(line, &heading, complete, generation, &mut self.sink)).collect();
        let contents = contents::read(&rows, &heading, generation, complete, &mut self.sink);
        self.incomplete[id.0 as usize] = !complete;
        let table = &mut self.pipeline.tables[id.0 as usize];
        table.heading = heading;
        table.references = references;
        table.indexes = indexes;
        table.contents = contents;
        self.annotate(id, complete);
    }

    /// Reports a table without key attributes in classic; returns whether generation 2 makes it a table of one row.
    fn keyless(&mut self, id: TableId, generation: Generation) -> bool {
        let table = self.pipeline.table(id);
        match generation {
            Generation::Modern => true,
            Generation::Classic => {
                let found = codes::NO_PRIMARY_KEY
                    .at(table.name_span, format!("`{}` has no key attribute", table.class))
                    .help("write an attribute or a reference above `---`");
                self.sink.report(found);
                false
            }
        }
    }
}

fn check_separator(line: &ast::Separator, generation: Generation, sink: &mut Sink) {
    if !line.underscores || generation == Generation::Classic {
        return;
    }
    // Only the first three characters separate; what follows them is free text.
    let mark = crate::core::source::Span { end: (line.span.start + 3).min(line.span.end), ..line.span };
    let found = codes::UNDERSCORE_SEPARATOR
        .at(line.span, "datajoint 2 takes `___` for a name that it keeps for itself")
        .help("write `---`")
        .fix(Fix::safe("write `---`", mark, "---"));
    sink.report(found);
}

/// The column that generation 2 adds to a definition without key attributes; it limits the table to one row.
fn singleton_attribute(table: TableId, ast: &ast::Table) -> Attribute {
    Attribute {
        name: SINGLETON.to_string(),
        ty: AttributeType::Bool,
        type_text: "bool".to_string(),
        marker: true,
        default: Default::Literal(SqlLiteral::bare("1")),
        comment: "singleton primary key".to_string(),
        origin: Origin::Platform,
        lineage: Some(Lineage { table, attribute: SINGLETON.to_string() }),
        hidden: true,
        renamed_from: None,
        span: ast.name.span,
        type_span: ast.name.span,
    }
}

const SINGLETON: &str = "_singleton";

/// Returns the word of a class name in stored names; a refused name is reported and gets a word all the same.
pub(super) fn stored_word(name: &ast::Ident, generation: Generation, sink: &mut Sink) -> String {
    let class = name.value.as_str();
    match snake_case(class, generation) {
        Ok(word) => {
            if class.contains('_') && !class.starts_with('_') {
                let plain: String = class.chars().filter(|c| *c != '_').collect();
                let found = codes::CLASS_NAME_UNDERSCORE
                    .at(name.span, format!("datajoint 2 deletes the `_` and stores `{class}` as `{word}`"))
                    .help(format!("write `{plain}`, which is stored under the same name"))
                    .fix(Fix::likely(format!("write `{plain}`"), name.span, plain));
                sink.report(found);
            }
            word
        }
        // A name in lower case is the parser's finding: it reads no table there otherwise.
        Err(_) if class.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') => class.trim_start_matches('_').to_lowercase(),
        Err(error) => {
            let mut found = codes::CLASS_NAME.at(name.span, format!("`{class}` is no table name: {error}"));
            match error {
                ClassNameError::Underscore => {
                    let plain: String = class.chars().filter(|c| *c != '_').collect();
                    found = found.fix(Fix::likely(format!("write `{plain}`"), name.span, plain));
                }
                ClassNameError::NotCamelCase => found = found.help("for example `MyTable`"),
            }
            sink.report(found);
            class.to_lowercase()
        }
    }
}
