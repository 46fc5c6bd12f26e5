//! What a target cannot hold.

use std::fmt;

use super::Server;
use crate::ir::TableId;
use crate::source::Span;

/// Something that the target cannot hold or that datajoint would have been refused; callers turn it into a diagnostic.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Where.
    pub span: Span,
    /// The table.
    pub table: TableId,
    /// The attribute, if one is to blame.
    pub attribute: Option<String>,
}

/// The kinds of [`Problem`]; a closed list that the front end gives codes to. The text is the headline of a diagnostic.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProblemKind {
    /// The server has no such type.
    #[error("{server} cannot hold the type `{type_text}`: {reason}", server = server.as_str())]
    UnsupportedType {
        /// The server.
        server: Server,
        /// As written.
        type_text: String,
        /// Why, and what to write instead.
        reason: String,
    },
    /// `char` or `varchar` longer than the server allows in this charset.
    #[error("`{type_text}` is too long: {server} takes at most {max} characters in charset {charset}", server = server.as_str())]
    StringTooLong {
        /// The server.
        server: Server,
        /// As written.
        type_text: String,
        /// Greatest length in characters.
        max: u32,
        /// The charset in force.
        charset: String,
    },
    /// An identifier longer than generation or server allow.
    #[error("the {what} name `{name}` has {length} characters, at most {max} are allowed")]
    NameTooLong {
        /// `table`, `attribute`, `schema`, or `foreign key` for one that the server would make up.
        what: &'static str,
        /// The name.
        name: String,
        /// Its length.
        length: usize,
        /// The limit.
        max: usize,
    },
    /// Two tables of one physical schema with one stored name.
    #[error("two tables are both stored as `{schema}`.`{table}`")]
    DuplicateTable {
        /// Physical schema.
        schema: String,
        /// Stored name.
        table: String,
        /// The other one.
        other: TableId,
    },
    /// Schema names that differ only in letter case; InnoDB keeps the names of foreign keys without case.
    #[error("the schemas `{first}` and `{second}` differ only in letter case")]
    SchemaCase {
        /// One name.
        first: String,
        /// The other.
        second: String,
    },
    /// Text or values out of line are in a key or in an index.
    #[error("`{type_text}` cannot be part of the {kind}")]
    KeyType {
        /// As written.
        type_text: String,
        /// Where it stands.
        kind: KeyKind,
    },
    /// An index or key with more bytes than InnoDB takes.
    #[error("the {kind} needs {bytes} bytes in charset {charset}, {server} takes at most {max}", server = server.as_str())]
    IndexTooWide {
        /// The server.
        server: Server,
        /// What is indexed.
        kind: KeyKind,
        /// The columns.
        columns: Vec<String>,
        /// Its width.
        bytes: u64,
        /// The limit.
        max: u64,
        /// The charset in force.
        charset: String,
    },
    /// An index or key of more columns than the server takes.
    #[error("the {kind} has {count} columns, {server} takes at most {max}", server = server.as_str())]
    IndexTooManyColumns {
        /// The server.
        server: Server,
        /// What is indexed.
        kind: KeyKind,
        /// How many.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// The columns of a row together need more than the server takes.
    #[error("a row needs {bytes} bytes{how}, {server} takes at most {max}", server = server.as_str())]
    RowTooLarge {
        /// The server.
        server: Server,
        /// Its width.
        bytes: u64,
        /// The limit.
        max: u64,
        /// Empty, or ` within a page`.
        how: &'static str,
    },
    /// More than one column that the server numbers.
    #[error("a table can have one auto_increment attribute, `{first}` is one already")]
    SecondAutoIncrement {
        /// The first of them.
        first: String,
    },
    /// A numbered column that no key or index begins with.
    #[error("an auto_increment attribute must be the first of the primary key or of an index")]
    AutoIncrementNotKey,
    /// The default is no value of the type.
    #[error("the default does not fit the type `{type_text}`: {problem}")]
    BadDefault {
        /// As written.
        type_text: String,
        /// What is wrong with it.
        problem: DefaultProblem,
    },
    /// A comment longer than the server keeps.
    #[error("the comment has {length} characters{marker}, {server} keeps at most {max}", server = server.as_str(), marker = if *.marker { " with its type marker" } else { "" })]
    CommentTooLong {
        /// The server.
        server: Server,
        /// Its length in characters.
        length: usize,
        /// The limit.
        max: usize,
        /// Whether a type marker is part of it.
        marker: bool,
    },
    /// A foreign key whose columns have another type than those of the parent.
    #[error("`{column}` is {child}, but `{parent_column}` of the parent is {parent}")]
    ForeignKeyType {
        /// Column of the child.
        column: String,
        /// Its type in SQL.
        child: String,
        /// Column of the parent.
        parent_column: String,
        /// Its type in SQL.
        parent: String,
    },
    /// A foreign key of text between two charsets.
    #[error("the foreign key joins `{column}` in charset {child} with a parent in charset {parent}")]
    ForeignKeyCharset {
        /// Column of the child.
        column: String,
        /// Charset of the child's schema, or its collation where only that differs.
        child: String,
        /// The same of the parent's schema.
        parent: String,
    },
    /// An index line names an attribute that the table lacks.
    #[error("the index names `{column}`, which is not an attribute of this table")]
    IndexColumnUnknown {
        /// The name.
        column: String,
    },
    /// An index line names an attribute twice.
    #[error("the index names `{column}` twice")]
    IndexColumnTwice {
        /// The name.
        column: String,
    },
    /// An index over nothing.
    #[error("the index has no columns")]
    IndexEmpty,
    /// An index argument that the server does not have.
    #[error("{server} has no index over `{argument}`: {reason}", server = server.as_str())]
    IndexArgument {
        /// The server.
        server: Server,
        /// The argument.
        argument: String,
        /// Why, and what to write instead.
        reason: &'static str,
    },
    /// An enum with one value twice, or twice but for letter case on the MySQL family.
    #[error("the enum has the value `{value}` twice")]
    EnumDuplicate {
        /// The value.
        value: String,
    },
    /// An enum value that the server cannot hold.
    #[error("the enum value `{value}` is longer than {max} {unit}")]
    EnumValueTooLong {
        /// The value.
        value: String,
        /// The limit.
        max: usize,
        /// `bytes` or `characters`.
        unit: &'static str,
    },
    /// A store that `djc.toml` does not configure.
    #[error("the store `{store}` is not configured")]
    StoreUnknown {
        /// The store.
        store: String,
    },
    /// A table of generation 2 under a classic parent: its markers make datajoint 0.14 fail on the parent's cascading deletes.
    #[error("a datajoint 2 table under the datajoint 0.14 table `{parent}` makes 0.14 fail when it deletes from the parent")]
    ModernUnderClassic {
        /// The parent, as messages print it.
        parent: String,
    },
    /// A classic table under a parent of generation 2 whose markers datajoint 0.14 cannot read.
    #[error("datajoint 0.14 cannot read the type `{type_text}` of the datajoint 2 parent `{parent}`")]
    ClassicUnderModern {
        /// The parent, as messages print it.
        parent: String,
        /// The type in the marker.
        type_text: String,
    },
}

/// What an index serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// The primary key.
    Primary,
    /// An index line, or `unique` of a reference.
    Index,
    /// The index that a foreign key needs.
    ForeignKey,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyKind::Primary => "primary key",
            KeyKind::Index => "index",
            KeyKind::ForeignKey => "index of the foreign key",
        })
    }
}

/// What is wrong with a default.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefaultProblem {
    /// Not a number.
    #[error("`{0}` is not a number")]
    NotANumber(String),
    /// A number that the type cannot hold.
    #[error("`{0}` is out of range")]
    OutOfRange(String),
    /// Not a truth value.
    #[error("`{0}` is not a truth value")]
    NotABool(String),
    /// Not a value of the enum.
    #[error("`{0}` is not one of the values")]
    NotInEnum(String),
    /// Not a date, a time or both.
    #[error("`{0}` is not {1}")]
    NotATime(String, &'static str),
    /// Looks like a call; only CURRENT_TIMESTAMP is one.
    #[error("`{0}` is a text here, not a call; only CURRENT_TIMESTAMP is computed")]
    NotACall(String),
    /// Longer than the type.
    #[error("`{0}` is too long")]
    TooLong(String),
    /// Not JSON.
    #[error("`{0}` is not JSON")]
    NotJson(String),
    /// Not a UUID.
    #[error("`{0}` is not a UUID")]
    NotAUuid(String),
    /// The type takes no constant as its default there.
    #[error("{0} takes no default but null here")]
    NoDefault(&'static str),
    /// CURRENT_TIMESTAMP for a type without time, or with other digits.
    #[error("CURRENT_TIMESTAMP {0}")]
    CurrentTimestamp(&'static str),
    /// `auto_increment` belongs to the type.
    #[error("auto_increment belongs behind the type, not behind `=`")]
    AutoIncrement,
    /// NULL in the key.
    #[error("an attribute of the primary key cannot be null")]
    NullKey,
}
