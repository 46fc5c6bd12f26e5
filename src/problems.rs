//! What lowering for a server found, as diagnostics: the one place that gives each
//! [`ProblemKind`] its code and its help.

use djc_core::dialect::{DefaultProblem, KeyKind, Problem, ProblemKind, Server};
use djc_core::ir::{AttributeType, Codec, CodecStore, Origin, Pipeline, Table};

use crate::config::Config;
use crate::diag::codes::{
    self, AUTO_INCREMENT_NOT_KEY, CLASSIC_UNDER_MODERN, COLUMN_TYPE, COMMENT_TOO_LONG, DEFAULT_VALUE, ENUM_DUPLICATE, ENUM_VALUE_TOO_LONG,
    FOREIGN_KEY_CHARSET, FOREIGN_KEY_TYPE, INDEX_COLUMNS, INDEX_EXPRESSION, INDEX_TOO_MANY_COLUMNS, INDEX_TOO_WIDE, KEY_TYPE,
    MODERN_UNDER_CLASSIC, NAME_TOO_LONG, ROW_TOO_LARGE, SCHEMA_LETTER_CASE, SECOND_AUTO_INCREMENT, STORE_NOT_CONFIGURED, STORED_TWICE,
    STRING_TOO_LONG,
};
use crate::diag::{Code, Diagnostic, Level, Sink};

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

/// Warns of codecs whose store `djc.toml` does not name, where it names any: datajoint 2 asks for the store when a value comes, not before.
pub fn unknown_stores(pipeline: &Pipeline, config: &Config, found: &mut Vec<Diagnostic>) {
    let ours = pipeline.tables().filter(|(_, table)| pipeline.schema(table.schema).owned && !allows(table, &STORE_NOT_CONFIGURED));
    for (id, table) in ours {
        for attribute in table.heading.attributes.iter().filter(|attribute| attribute.origin == Origin::Own) {
            let AttributeType::Codec(Codec { store: CodecStore::Named(store), .. }) = &attribute.ty else { continue };
            if config.stores.is_empty() || config.stores.contains_key(store) {
                continue;
            }
            let mut warning = STORE_NOT_CONFIGURED
                .at(attribute.type_span, format!("the store `{store}` is not configured"))
                .help(format!("add `[stores.{store}]` with `protocol` and `location` to djc.toml"))
                .help("datajoint 2 makes the table all the same, and fails when a value is inserted")
                .table(pipeline.qualified_name(id))
                .attribute(&attribute.name);
            warning.level = Level::Warning;
            found.push(warning);
        }
    }
}

/// Takes away the lints that say more mildly what a server's refusal says, so that each fact is told once; the refusal gets their fixes.
pub fn supersede(diagnostics: &mut Vec<Diagnostic>) {
    let pairs: [(&Code, &[&Code]); 4] = [
        (&COLUMN_TYPE, &[&codes::MYSQL_ONLY_TYPE, &codes::RAW_BLOB]),
        (&KEY_TYPE, &[&codes::RAW_BLOB]),
        (&DEFAULT_VALUE, &[&codes::FUNCTION_DEFAULT]),
        (&INDEX_EXPRESSION, &[&codes::SERVER_ONLY_INDEX]),
    ];
    for (refusal, lints) in pairs {
        let is_lint = |found: &Diagnostic| lints.iter().any(|lint| lint.id == found.code.id);
        let milder: Vec<Diagnostic> = diagnostics.iter().filter(|found| is_lint(found)).cloned().collect();
        for lint in milder {
            let same = |found: &&mut Diagnostic| found.code.id == refusal.id && is_about_the_same(found, &lint);
            let Some(refused) = diagnostics.iter_mut().find(same) else { continue };
            if refusal.id != KEY_TYPE.id && refused.fixes.is_empty() {
                refused.fixes.clone_from(&lint.fixes);
            }
            diagnostics.retain(|found| *found != lint);
        }
    }
}

/// Returns whether two findings are about one attribute, or where none is named about one line.
fn is_about_the_same(a: &Diagnostic, b: &Diagnostic) -> bool {
    let overlap = a.span.zip(b.span).is_some_and(|(a, b)| a.file == b.file && a.start < b.end && b.start < a.end);
    a.table == b.table && (overlap || a.attribute.is_some() && a.attribute == b.attribute)
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
            "attribute" if *max < 64 => {
                format!("shorten it to {max} characters; PostgreSQL would cut it in silence, and datajoint's own records would not fit it")
            }
            "table" => format!("shorten the class name; with tier prefix and, for a part, the master's name it may have {max} characters"),
            _ => format!("shorten it to {max} characters"),
        },
        ProblemKind::DuplicateTable { .. } => "rename one of the two, or give one of the modules a physical schema of its own".to_string(),
        ProblemKind::SchemaCase { .. } => "give the schemas names that differ in more than letter case".to_string(),
        ProblemKind::KeyType { kind, type_text } => {
            let rows = "identify rows by a short text or a number, and keep this below the `---`";
            match kind {
                KeyKind::Primary if type_text.contains('@') => format!("{rows}; datajoint makes the table and then fails on every use of it"),
                KeyKind::Primary => format!("{rows}; MySQL refuses it, and on PostgreSQL datajoint fails whenever it reads the table"),
                KeyKind::Index | KeyKind::ForeignKey => rows.to_string(),
            }
        }
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
            DefaultProblem::NotACall(_) => {
                "insert the value when the row is made; datajoint quotes it: MySQL refuses that, PostgreSQL keeps the moment of the declaration".to_string()
            }
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
