//! What lowering for a server found, as diagnostics: the one place that gives each
//! [`ProblemKind`] its code and its help.

use djc_core::dialect::{DefaultProblem, Problem, ProblemKind, Server};
use djc_core::ir::{Pipeline, Table};

use crate::diag::codes::{
    AUTO_INCREMENT_NOT_KEY, CLASSIC_UNDER_MODERN, COLUMN_TYPE, COMMENT_TOO_LONG, DEFAULT_VALUE, ENUM_DUPLICATE, ENUM_VALUE_TOO_LONG,
    FOREIGN_KEY_CHARSET, FOREIGN_KEY_TYPE, INDEX_COLUMNS, INDEX_EXPRESSION, INDEX_TOO_MANY_COLUMNS, INDEX_TOO_WIDE, KEY_TYPE,
    MODERN_UNDER_CLASSIC, NAME_TOO_LONG, ROW_TOO_LARGE, SCHEMA_LETTER_CASE, SECOND_AUTO_INCREMENT, STORE_NOT_CONFIGURED, STORED_TWICE,
    STRING_TOO_LONG,
};
use crate::diag::{Code, Diagnostic, Sink};

/// Reports the problems of one lowering.
///
/// A table that stands between the generations can be allowed by name, with `@allow` above it; nothing else here can, because the
/// server or datajoint would refuse it.
pub fn report(pipeline: &Pipeline, problems: &[Problem], sink: &mut Sink) {
    for problem in problems {
        let code = code(&problem.kind);
        let between = code.id == MODERN_UNDER_CLASSIC.id || code.id == CLASSIC_UNDER_MODERN.id;
        if between && allows(pipeline.table(problem.table), code) {
            continue;
        }
        let diagnostic = diagnostic(pipeline, problem, code);
        // Two servers often say the same.
        if !sink.diagnostics().contains(&diagnostic) {
            sink.report(diagnostic);
        }
    }
}

/// Returns whether a table says that it may stand under one of datajoint 0.14 although it belongs to datajoint 2.
pub fn allows_mixing(table: &Table) -> bool {
    allows(table, &MODERN_UNDER_CLASSIC)
}

fn allows(table: &Table, code: &Code) -> bool {
    table.annotations.allow.iter().any(|name| name.eq_ignore_ascii_case(code.id) || name.eq_ignore_ascii_case(code.slug))
}

fn diagnostic(pipeline: &Pipeline, problem: &Problem, code: &'static Code) -> Diagnostic {
    let mut diagnostic = code.at(problem.span, problem.kind.to_string()).table(pipeline.qualified_name(problem.table));
    diagnostic.attribute.clone_from(&problem.attribute);
    if let ProblemKind::DuplicateTable { other, .. } = &problem.kind {
        diagnostic = diagnostic.label(pipeline.table(*other).name_span, "the other one");
    }
    match help(&problem.kind) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// Returns the code of a kind.
pub fn code(kind: &ProblemKind) -> &'static Code {
    match kind {
        ProblemKind::UnsupportedType { .. } => &COLUMN_TYPE,
        ProblemKind::StringTooLong { .. } => &STRING_TOO_LONG,
        ProblemKind::NameTooLong { .. } => &NAME_TOO_LONG,
        ProblemKind::DuplicateTable { .. } => &STORED_TWICE,
        ProblemKind::SchemaCase { .. } => &SCHEMA_LETTER_CASE,
        ProblemKind::KeyType { .. } => &KEY_TYPE,
        ProblemKind::IndexTooWide { .. } => &INDEX_TOO_WIDE,
        ProblemKind::IndexTooManyColumns { .. } => &INDEX_TOO_MANY_COLUMNS,
        ProblemKind::RowTooLarge { .. } => &ROW_TOO_LARGE,
        ProblemKind::SecondAutoIncrement { .. } => &SECOND_AUTO_INCREMENT,
        ProblemKind::AutoIncrementNotKey => &AUTO_INCREMENT_NOT_KEY,
        ProblemKind::BadDefault { .. } => &DEFAULT_VALUE,
        ProblemKind::CommentTooLong { .. } => &COMMENT_TOO_LONG,
        ProblemKind::ForeignKeyType { .. } => &FOREIGN_KEY_TYPE,
        ProblemKind::ForeignKeyCharset { .. } => &FOREIGN_KEY_CHARSET,
        ProblemKind::IndexColumnUnknown { .. } | ProblemKind::IndexColumnTwice { .. } | ProblemKind::IndexEmpty => &INDEX_COLUMNS,
        ProblemKind::IndexArgument { .. } => &INDEX_EXPRESSION,
        ProblemKind::EnumDuplicate { .. } => &ENUM_DUPLICATE,
        ProblemKind::EnumValueTooLong { .. } => &ENUM_VALUE_TOO_LONG,
        ProblemKind::StoreUnknown { .. } => &STORE_NOT_CONFIGURED,
        ProblemKind::ModernUnderClassic { .. } => &MODERN_UNDER_CLASSIC,
        ProblemKind::ClassicUnderModern { .. } => &CLASSIC_UNDER_MODERN,
    }
}

/// Returns what to do; `None` where the headline says it (`reason`).
fn help(kind: &ProblemKind) -> Option<String> {
    let text = match kind {
        ProblemKind::UnsupportedType { .. } | ProblemKind::IndexArgument { .. } => return None,
        ProblemKind::StringTooLong { max, .. } => {
            format!("use at most {max}, or keep long text in a file or a blob")
        }
        ProblemKind::NameTooLong { what, max, .. } => match *what {
            "table" => format!("shorten the class name; with tier prefix and, for a part, the master's name it may have {max} characters"),
            _ => format!("shorten it to {max} characters"),
        },
        ProblemKind::DuplicateTable { .. } => "rename one of the two, or give one of the modules a physical schema of its own".to_string(),
        ProblemKind::SchemaCase { .. } => "give the schemas names that differ in more than letter case".to_string(),
        ProblemKind::KeyType { .. } => "identify rows by a short text or a number, and keep this below the `---`".to_string(),
        ProblemKind::IndexTooWide { max, server, .. } => {
            let narrow = match server {
                Server::MySql | Server::MariaDb => "; `charset = \"latin1\"` in djc.toml makes each character one byte",
                Server::Postgres | Server::Sqlite => "",
            };
            format!("shorten the `varchar` attributes, or give the table a key of its own, to stay within {max} bytes{narrow}")
        }
        ProblemKind::IndexTooManyColumns { max, .. } => {
            format!("keep to {max} columns: a table in between with a short key of its own carries the rest")
        }
        ProblemKind::RowTooLarge { .. } => "use blobs, which are kept outside of the row, or move attributes into a part".to_string(),
        ProblemKind::SecondAutoIncrement { .. } => "let one of them be an ordinary integer".to_string(),
        ProblemKind::AutoIncrementNotKey => "put it first in the primary key, or add an index that begins with it".to_string(),
        ProblemKind::BadDefault { problem, .. } => match problem {
            DefaultProblem::NoDefault(_) => "write `= null`, or leave the default out and insert a value".to_string(),
            DefaultProblem::NotACall(_) => "insert the value when the row is made".to_string(),
            DefaultProblem::AutoIncrement => "write `name : int auto_increment`".to_string(),
            DefaultProblem::NullKey => "leave the default out: each row must say its key".to_string(),
            DefaultProblem::NotANumber(_)
            | DefaultProblem::OutOfRange(_)
            | DefaultProblem::NotABool(_)
            | DefaultProblem::NotInEnum(_)
            | DefaultProblem::NotATime(..)
            | DefaultProblem::TooLong(_)
            | DefaultProblem::NotJson(_)
            | DefaultProblem::NotAUuid(_)
            | DefaultProblem::CurrentTimestamp(_) => "write a value of the type, or change the type".to_string(),
        },
        ProblemKind::CommentTooLong { .. } => {
            "shorten it; a `##` line above the table is not stored and may be as long as you like".to_string()
        }
        ProblemKind::ForeignKeyType { .. } => {
            "declare the attribute by the reference alone, so that it takes the parent's type".to_string()
        }
        ProblemKind::ForeignKeyCharset { parent, .. } => {
            format!("give the schema the parent's charset: `charset = \"{parent}\"` below `[schemas.NAME]` in djc.toml")
        }
        ProblemKind::IndexColumnUnknown { .. } => "index attributes of this table, those that references bring included".to_string(),
        ProblemKind::IndexColumnTwice { .. } => "name each attribute once".to_string(),
        ProblemKind::IndexEmpty => "name the attributes between the parentheses".to_string(),
        ProblemKind::EnumDuplicate { .. } => "write each value once".to_string(),
        ProblemKind::EnumValueTooLong { .. } => "shorten the value, or make it an attribute of a lookup table".to_string(),
        ProblemKind::StoreUnknown { store } => format!("add `[stores.{store}]` with `protocol` and `location` to djc.toml"),
        ProblemKind::ModernUnderClassic { .. } | ProblemKind::ClassicUnderModern { .. } => {
            "keep the table in the generation of its parent, or allow it by name with `@allow` once nobody uses the other".to_string()
        }
    };
    Some(text)
}
