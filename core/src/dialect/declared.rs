//! The attribute line that a live column comes from: its type, default and comment, in the spelling of its generation.
//!
//! The type is what the marker in the comment says, where the column is what that type is stored as, else what the server's own word means in
//! the generation. `djc pull` writes such lines, and a model of a live database is made of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Server, Unlayered, split_marker};
use crate::catalog::{Column, ColumnDefault, ColumnType, Table, TableKind};
use crate::ir::type_text::{self, TypeContext};
use crate::ir::{Generation, Size};

/// How columns of one generation on one server are said.
#[derive(Debug, Clone)]
pub struct Speller<'a> {
    /// Where the columns were found.
    pub server: Server,
    /// That of their tables.
    pub generation: Generation,
    /// Adapters and codecs of a project's own.
    pub types: &'a TypeContext,
}

/// A column as a line says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelled {
    /// The type, which [`type_text::parse`] reads.
    pub type_text: String,
    /// What stands behind `=`, if anything.
    pub default: Option<String>,
    /// The comment without a marker.
    pub comment: String,
}

impl Speller<'_> {
    /// Returns the line, or `None` when the generation has no type for the column.
    pub fn attribute(&self, column: &Column) -> Option<Spelled> {
        let (type_text, comment) = self.type_and_comment(column)?;
        Some(Spelled { type_text, default: self.default(column), comment: self.unlayered().attribute_comment(comment) })
    }

    fn unlayered(&self) -> Unlayered {
        Unlayered { generation: self.generation, server: self.server }
    }

    /// Returns the text of a table comment.
    pub fn table_comment(&self, comment: &str) -> String {
        self.unlayered().comment(comment)
    }

    /// Returns the type, and what is left of the stored comment.
    fn type_and_comment<'c>(&self, column: &'c Column) -> Option<(String, &'c str)> {
        if self.server == Server::Sqlite {
            // The type is kept beside the comment there, as it was declared.
            let declared = column.declared.clone().or_else(|| self.native(column))?;
            return type_text::parse(&declared, self.generation, self.types).is_ok().then_some((declared, column.comment.as_str()));
        }
        if let (Some(marker), rest) = split_marker(&column.comment)
            && let Some(text) = self.marked(marker, column)
        {
            return Some((text, rest));
        }
        let text = self.native(column)?;
        let known = type_text::parse(&text, self.generation, self.types).is_ok();
        known.then_some((text, column.comment.as_str()))
    }

    /// Returns the type that a marker says, if the column is what it would be stored as.
    fn marked(&self, marker: &str, column: &Column) -> Option<String> {
        if let ColumnType::Enum { values, .. } = &column.ty {
            let text = self.unlayered().enumeration(values);
            let layers_undone = self.unlayered().comment(marker);
            // As it was written, where that says the same.
            let same = type_text::parse(&layers_undone, self.generation, self.types).is_ok() && squeezed(&layers_undone) == squeezed(&text);
            return marker.starts_with("enum").then_some(if same { layers_undone } else { text });
        }
        let text = match (self.server, self.generation, marker) {
            // What datajoint 2 calls them there, so that it reads them.
            (Server::Postgres, Generation::Classic, "<blob>") => "longblob",
            (Server::Postgres, Generation::Classic, "<attach>") => "attach",
            _ => marker,
        };
        let declared = type_text::parse(text, self.generation, self.types).ok()?;
        let dialect = self.server.dialect();
        let stored = dialect.column_type(&declared.ty, self.generation).ok()?;
        let marks = dialect.has_marker(&declared.ty, self.generation, declared.marker);
        (marks && self.same_type(&stored, &column.ty)).then(|| text.to_string())
    }

    fn same_type(&self, a: &ColumnType, b: &ColumnType) -> bool {
        let normal = |ty: &ColumnType| normalized(ty, self.server);
        normal(a) == normal(b)
    }

    /// Returns the type that the server's own word for the column means in the generation.
    fn native(&self, column: &Column) -> Option<String> {
        let modern = self.generation == Generation::Modern;
        let postgres = self.server == Server::Postgres;
        let sign = |unsigned: bool| if unsigned { " unsigned" } else { "" };
        let pair = |arguments: &Option<(u32, u32)>| arguments.map(|(a, b)| format!("({a},{b})")).unwrap_or_default();
        let digits = |word: &str, digits: &Option<u8>| digits.map_or(word.to_string(), |digits| format!("{word}({digits})"));
        let text = match &column.ty {
            ColumnType::Integer { bits: 32, .. } if column.auto_increment && postgres && modern => "serial".to_string(),
            ColumnType::Integer { bits: 8, unsigned: false, display_width: Some(1) } if !modern && is_truth(&column.default) => {
                "bool".to_string()
            }
            ColumnType::Integer { bits, unsigned, display_width } => {
                let word = match bits {
                    8 => "tinyint",
                    16 => "smallint",
                    24 => "mediumint",
                    32 => "int",
                    _ => "bigint",
                };
                let width = display_width.map(|width| format!("({width})")).unwrap_or_default();
                let numbered = if column.auto_increment { " auto_increment" } else { "" };
                format!("{word}{width}{}{numbered}", sign(*unsigned))
            }
            ColumnType::Decimal { zerofill: true, .. } if !modern => return None,
            ColumnType::Decimal { precision, scale, unsigned, zerofill } => {
                // In generation 2 `decimal(p,s)` has a marker, and this column has none.
                let word = if modern && !unsigned && !zerofill { "numeric" } else { "decimal" };
                let arguments = precision.map(|precision| format!("({precision},{scale})")).unwrap_or_default();
                format!("{word}{arguments}{}{}", sign(*unsigned), if *zerofill { " zerofill" } else { "" })
            }
            ColumnType::Float { .. } if postgres && modern => "real".to_string(),
            ColumnType::Double { .. } if postgres && modern => "float".to_string(),
            ColumnType::Float { arguments, unsigned } => format!("float{}{}", pair(arguments), sign(*unsigned)),
            ColumnType::Double { arguments, unsigned } => format!("double{}{}", pair(arguments), sign(*unsigned)),
            ColumnType::Char(length) => format!("char({length})"),
            ColumnType::Varchar(length) => format!("varchar({length})"),
            ColumnType::Text(_) if postgres && modern => "text".to_string(),
            ColumnType::Text(size) if modern => format!("{}text", size.prefix()),
            ColumnType::Blob(_) if postgres => if modern { "bytes" } else { "longblob" }.to_string(),
            ColumnType::Blob(size) => format!("{}blob", size.prefix()),
            ColumnType::Boolean => "bool".to_string(),
            ColumnType::Date => "date".to_string(),
            ColumnType::Time(fraction) => digits("time", fraction),
            ColumnType::Datetime(fraction) if postgres && modern => digits("timestamp", fraction),
            ColumnType::Datetime(fraction) => digits("datetime", fraction),
            ColumnType::Timestamp(fraction) => digits("timestamp", fraction),
            ColumnType::Year => "year".to_string(),
            ColumnType::Json => "json".to_string(),
            ColumnType::Uuid => "uuid".to_string(),
            ColumnType::Enum { values, .. } => self.unlayered().enumeration(values),
            ColumnType::Text(_) | ColumnType::Binary(_) | ColumnType::Varbinary(_) | ColumnType::Other(_) => return None,
        };
        Some(text)
    }

    fn default(&self, column: &Column) -> Option<String> {
        match &normalized_column(column, self.server).default {
            ColumnDefault::Null | ColumnDefault::None => column.nullable.then(|| "null".to_string()),
            ColumnDefault::Literal(text) => Some(self.constant(&column.ty, text)),
            ColumnDefault::CurrentTimestamp(digits) => Some(match column.on_update {
                // datajoint passes it on in the form with parentheses only.
                Some(again) => format!("CURRENT_TIMESTAMP({digits}) ON UPDATE CURRENT_TIMESTAMP({again})"),
                None if *digits == 0 => "CURRENT_TIMESTAMP".to_string(),
                None => format!("CURRENT_TIMESTAMP({digits})"),
            }),
            ColumnDefault::Expression(_) => None,
        }
    }

    fn constant(&self, ty: &ColumnType, text: &str) -> String {
        let number = match ty {
            ColumnType::Integer { .. } | ColumnType::Decimal { .. } | ColumnType::Float { .. } | ColumnType::Double { .. } => true,
            ColumnType::Year => true,
            ColumnType::Boolean => {
                return match text {
                    "true" | "t" | "1" => "1".to_string(),
                    _ => "0".to_string(),
                };
            }
            _ => false,
        };
        let bare = number && text.parse::<f64>().is_ok_and(f64::is_finite) && !text.contains([' ', '+']);
        if bare { text.to_string() } else { self.unlayered().literal(text) }
    }
}

/// Whether the default of a `tinyint(1)` is one that a truth value could have.
fn is_truth(default: &ColumnDefault) -> bool {
    match default {
        ColumnDefault::None | ColumnDefault::Null => true,
        ColumnDefault::Literal(text) => matches!(text.as_str(), "0" | "1"),
        ColumnDefault::CurrentTimestamp(_) | ColumnDefault::Expression(_) => false,
    }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '"' { '\'' } else { c }).collect()
}

/// Returns a type as normalising leaves it.
pub fn normalized(ty: &ColumnType, server: Server) -> ColumnType {
    let column = Column {
        name: String::new(),
        ty: ty.clone(),
        nullable: false,
        default: ColumnDefault::None,
        comment: String::new(),
        auto_increment: false,
        on_update: None,
        charset: None,
        declared: None,
    };
    normalized_column(&column, server).ty
}

/// Returns a column as normalising leaves it.
pub fn normalized_column(column: &Column, server: Server) -> Column {
    let mut table = Table {
        schema: String::new(),
        name: String::new(),
        kind: TableKind::Base,
        columns: vec![column.clone()],
        primary_key: Vec::new(),
        foreign_keys: Vec::new(),
        indexes: Vec::new(),
        comment: String::new(),
        engine: None,
        charset: None,
        generation: None,
    };
    server.dialect().normalize(&mut table);
    table.columns.pop().expect("a table keeps its columns")
}

/// Adapters and codecs of a project's own, and what the columns show that they are stored as.
#[derive(Debug, Clone, Default)]
pub struct Adapters {
    /// Name → type text.
    pub types: BTreeMap<String, String>,
}

impl Adapters {
    /// Reads the markers `<name>` of columns of one generation, each with its column.
    pub fn read<'c>(columns: impl Iterator<Item = (&'c Column, Generation)>, server: Server) -> Adapters {
        let mut stored: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
        let mut sized: BTreeMap<String, String> = BTreeMap::new();
        for (column, generation) in columns {
            let marker = match server {
                Server::Sqlite => column.declared.as_deref(),
                Server::MySql | Server::MariaDb | Server::Postgres => split_marker(&column.comment).0,
            };
            let Some(inner) = marker.and_then(|marker| marker.strip_prefix('<')?.strip_suffix('>')) else { continue };
            let name = inner.split('@').next().unwrap_or(inner).trim().to_string();
            let ours = server == Server::Postgres && generation == Generation::Classic && matches!(inner, "blob" | "attach");
            if ours || generation == Generation::Modern && type_text::is_codec(inner) {
                continue;
            }
            let classic = generation == Generation::Classic;
            let word = match &column.ty {
                ColumnType::Json => "json",
                ColumnType::Blob(Size::Long) if !classic => "bytes",
                ColumnType::Binary(16) | ColumnType::Uuid => "uuid",
                ColumnType::Blob(_) => "longblob",
                _ => {
                    let speller = Speller { server, generation, types: &TypeContext::default() };
                    sized.extend(speller.native(column).map(|text| (name.clone(), text)));
                    continue;
                }
            };
            stored.entry(name).or_default().insert(word);
        }
        let mut types: BTreeMap<String, String> = sized;
        for (name, words) in stored {
            // In a store it is json, inside of the table bytes: what `<blob>` does.
            let word = if words.len() > 1 { "<blob>" } else { words.first().copied().unwrap_or("json") };
            types.insert(name, word.to_string());
        }
        Adapters { types }
    }

    /// Returns what reading a type needs to know.
    pub fn context(&self) -> TypeContext {
        TypeContext { adapters: self.types.clone(), adapted_types: true, filepath: true }
    }
}
