//! Differences in words.

use std::fmt;

use super::{Difference, Section, Sides, What};
use crate::catalog::{Action, Charset, Column, ColumnDefault, ForeignKey, Index, IndexPart, TableKind};
use crate::dialect::Server;
use crate::ir::StoredTier;

/// A difference in words: what it is about, and what each side has.
///
/// `Display` writes them as the declared and the live side: ``attribute `age`: declared int, found bigint``.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What it is about: ``attribute `age` ``, `foreign key`, `table`.
    pub subject: String,
    /// What `from` has; `None` when only `to` has it.
    pub from: Option<String>,
    /// What `to` has; `None` when it is missing there.
    pub to: Option<String>,
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Words { subject, from, to } = self;
        match (from.as_deref(), to.as_deref()) {
            (Some(from), Some(to)) => write!(f, "{subject}: declared {from}, found {to}"),
            (Some(""), None) => write!(f, "{subject} is missing"),
            (Some(from), None) => write!(f, "{subject} is missing: declared {from}"),
            (None, Some("")) => write!(f, "{subject} is not declared"),
            (None, Some(to)) => write!(f, "{subject} is not declared: found {to}"),
            (None, None) => f.write_str(subject),
        }
    }
}

impl Difference {
    /// Says the difference in words; types are spelled as the server spells them.
    pub fn words(&self, server: Server) -> Words {
        let say = |subject: String, from: Option<String>, to: Option<String>| Words { subject, from, to };
        let both = |subject: String, sides: Sides<String>| say(subject, Some(sides.from), Some(sides.to));
        let word = |subject: &str, sides: Sides<String>| both(subject.to_string(), sides);
        let attribute = |name: &str| format!("attribute `{name}`");
        let of = |what: &str, name: &str| format!("{what} of attribute `{name}`");
        match &self.what {
            What::SchemaRemoved { tables } => say("schema".into(), Some(tables_text(*tables)), None),
            What::SchemaAdded { tables } => say("schema".into(), None, Some(tables_text(*tables))),
            What::SchemaCharset(charsets) => word("charset of the schema", charset_texts(charsets)),
            What::LineageRemoved { broken: false } => say("`~lineage`".into(), Some(String::new()), None),
            What::LineageRemoved { broken: true } => say("`~lineage` lacks columns that it should have".into(), None, None),
            What::TableRemoved { .. } => say("table".into(), Some(String::new()), None),
            What::TableAdded { .. } => say("table".into(), None, Some(String::new())),
            What::TableRenamed { to } => word("name", Sides::new(quoted(self.table.as_deref().unwrap_or_default()), quoted(to))),
            What::TierChanged { tiers, .. } => word("tier", Sides::new(tier(tiers.from), tier(tiers.to))),
            What::Relation(kinds) => word("kind", Sides::new(relation(kinds.from), relation(kinds.to))),
            What::Generation(generations) => word("generation", Sides::new(generations.from.to_string(), generations.to.to_string())),
            What::Unrecorded => say("declared types and comments are not recorded".into(), None, None),
            What::TableComment(comments) => word("table comment", Sides::new(text(&comments.from), text(&comments.to))),
            What::CommentsEncodedTwice { comments } => {
                let first = comments.first().map(|it| it.comments.clone()).unwrap_or_else(|| Sides::new(String::new(), String::new()));
                let subject = match comments.len() {
                    1 => "a comment encoded twice".to_string(),
                    more => format!("{more} comments encoded twice"),
                };
                both(subject, Sides::new(text(&first.from), text(&first.to)))
            }
            What::Engine(engines) => word("engine", engines.clone()),
            What::TableCharset(charsets) => word("charset of the table", charset_texts(charsets)),
            What::ColumnRemoved { column, section } => say(attribute(&column.name), Some(placed(column, *section, server)), None),
            What::ColumnAdded { column, section } => say(attribute(&column.name), None, Some(placed(column, *section, server))),
            What::ColumnRenamed { column, to } => both("name of an attribute".into(), Sides::new(quoted(column), quoted(to))),
            What::ColumnSection { column, sections } => both(attribute(column), Sides::new(place(sections.from), place(sections.to))),
            What::ColumnOrder(orders) => word("order of the attributes", moved(orders)),
            What::ColumnType { column, columns, .. } => {
                both(of("type", column), Sides::new(type_text(&columns.from, server), type_text(&columns.to, server)))
            }
            What::EnumValues { column, enums, .. } => both(of("values", column), values(&enums.values)),
            What::Marker { column, markers } => {
                let marker = |marker: &Option<String>| marker.as_ref().map_or("none".to_string(), |ty| format!("`:{ty}:`"));
                both(of("type marker", column), Sides::new(marker(&markers.from), marker(&markers.to)))
            }
            What::Nullable { column, nullable } => {
                let word = |nullable: bool| if nullable { "null".to_string() } else { "not null".to_string() };
                both(attribute(column), Sides::new(word(nullable.from), word(nullable.to)))
            }
            What::Default { column, defaults } => {
                both(of("default", column), Sides::new(default_text(&defaults.from), default_text(&defaults.to)))
            }
            What::ColumnComment { column, comments } => both(of("comment", column), Sides::new(text(&comments.from), text(&comments.to))),
            What::AutoIncrement { column, numbered } => {
                let word = |numbered: bool| if numbered { "auto_increment".to_string() } else { "not numbered".to_string() };
                both(attribute(column), Sides::new(word(numbered.from), word(numbered.to)))
            }
            What::OnUpdate { column, digits } => both(of("on update", column), Sides::new(on_update(digits.from), on_update(digits.to))),
            What::ColumnCharset { column, charsets } => both(of("charset", column), charset_texts(charsets)),
            What::PrimaryKey(keys) => {
                let key = |columns: &Vec<String>| (!columns.is_empty()).then(|| list(columns));
                say("primary key".into(), key(&keys.from), key(&keys.to))
            }
            What::KeyOrder(orders) => word("order of the primary key", lists(orders)),
            What::ForeignKeyRemoved(key) => say("foreign key".into(), Some(key_text(key)), None),
            What::ForeignKeyAdded(key) => say("foreign key".into(), None, Some(key_text(key))),
            What::ForeignKeyTarget { keys, .. } | What::ForeignKeyColumns(keys) => {
                word("foreign key", Sides::new(reference(&keys.from), reference(&keys.to)))
            }
            What::ForeignKeyActions(keys) => {
                both(format!("foreign key {}", reference(&keys.from)), Sides::new(actions(&keys.from), actions(&keys.to)))
            }
            What::IndexRemoved(index) => say("index".into(), Some(index_text(index)), None),
            What::IndexAdded(index) => say("index".into(), None, Some(index_text(index))),
            What::IndexChanged(indexes) => word("index", Sides::new(index_text(&indexes.from), index_text(&indexes.to))),
            What::Lineage { rows } => {
                let row = |attribute: &str, origin: &Option<String>| origin.as_ref().map(|origin| format!("{attribute} from {origin}"));
                let side = |origin: fn(&Sides<Option<String>>) -> &Option<String>| {
                    let rows: Vec<String> = rows.iter().filter_map(|it| row(&it.attribute, origin(&it.origins))).collect();
                    (!rows.is_empty()).then(|| rows.join(", "))
                };
                say("rows of `~lineage`".into(), side(|origins| &origins.from), side(|origins| &origins.to))
            }
        }
    }
}

fn tables_text(tables: usize) -> String {
    format!("{tables} table{}", if tables == 1 { "" } else { "s" })
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

fn text(comment: &str) -> String {
    format!("{comment:?}")
}

fn list(names: &[String]) -> String {
    format!("({})", names.join(", "))
}

fn lists(sides: &Sides<Vec<String>>) -> Sides<String> {
    Sides::new(list(&sides.from), list(&sides.to))
}

/// Returns the stretch in which two orders differ.
fn moved(sides: &Sides<Vec<String>>) -> Sides<String> {
    let (from, to) = (&sides.from, &sides.to);
    let head = from.iter().zip(to).take_while(|(one, other)| one == other).count();
    let tail = from[head..].iter().rev().zip(to[head..].iter().rev()).take_while(|(one, other)| one == other).count();
    Sides::new(list(&from[head..from.len() - tail]), list(&to[head..to.len() - tail]))
}

fn values(sides: &Sides<Vec<String>>) -> Sides<String> {
    let say = |values: &Vec<String>| list(&values.iter().map(|value| format!("'{value}'")).collect::<Vec<_>>());
    Sides::new(say(&sides.from), say(&sides.to))
}

fn tier(tier: StoredTier) -> String {
    match tier {
        StoredTier::Manual => "manual",
        StoredTier::Lookup => "lookup",
        StoredTier::Imported => "imported",
        StoredTier::Computed => "computed",
    }
    .to_string()
}

fn relation(kind: TableKind) -> String {
    match kind {
        TableKind::Base => "a table",
        TableKind::View => "a view",
    }
    .to_string()
}

fn place(section: Section) -> String {
    match section {
        Section::Key => "in the primary key",
        Section::Dependent => "not in the primary key",
    }
    .to_string()
}

fn charset_texts(sides: &Sides<Charset>) -> Sides<String> {
    let name = |it: &Charset| if sides.from.charset == sides.to.charset { it.collation.clone() } else { it.charset.clone() };
    Sides::new(name(&sides.from), name(&sides.to))
}

/// Returns the type of a column, with what SQLite knows of it.
fn type_text(column: &Column, server: Server) -> String {
    match &column.declared {
        // The declared type is the type: four storage classes say little.
        Some(declared) if server == Server::Sqlite => declared.clone(),
        _ => server.dialect().type_sql(&column.ty),
    }
}

fn placed(column: &Column, section: Section, server: Server) -> String {
    let text = column_text(column, server);
    match section {
        Section::Key => format!("{text}, in the primary key"),
        Section::Dependent => text,
    }
}

fn column_text(column: &Column, server: Server) -> String {
    let mut out = type_text(column, server);
    out.push_str(if column.nullable { " null" } else { " not null" });
    match &column.default {
        ColumnDefault::None | ColumnDefault::Null => {}
        default => out.push_str(&format!(" default {}", default_text(default))),
    }
    if column.auto_increment {
        out.push_str(" auto_increment");
    }
    if column.on_update.is_some() {
        out.push_str(&format!(" on update {}", on_update(column.on_update)));
    }
    out
}

fn default_text(default: &ColumnDefault) -> String {
    match default {
        ColumnDefault::None => "none".to_string(),
        ColumnDefault::Null => "null".to_string(),
        ColumnDefault::Literal(text) => format!("'{text}'"),
        ColumnDefault::CurrentTimestamp(digits) => on_update(Some(*digits)),
        ColumnDefault::Expression(text) => text.clone(),
    }
}

fn on_update(digits: Option<u8>) -> String {
    match digits {
        None => "nothing".to_string(),
        Some(0) => "current_timestamp".to_string(),
        Some(digits) => format!("current_timestamp({digits})"),
    }
}

fn reference(key: &ForeignKey) -> String {
    format!("{} -> {}.{} {}", list(&key.columns), key.parent_schema, key.parent_table, list(&key.parent_columns))
}

fn actions(key: &ForeignKey) -> String {
    let word = |action: Action| action.as_sql().to_lowercase();
    format!("on update {} on delete {}", word(key.on_update), word(key.on_delete))
}

fn key_text(key: &ForeignKey) -> String {
    format!("{} {}", reference(key), actions(key))
}

fn index_text(index: &Index) -> String {
    let parts: Vec<String> = index
        .parts
        .iter()
        .map(|part| match part {
            IndexPart::Column { name, length, descending } => {
                let length = length.map_or(String::new(), |length| format!("({length})"));
                format!("{name}{length}{}", if *descending { " desc" } else { "" })
            }
            IndexPart::Expression(text) => text.clone(),
        })
        .collect();
    format!("{}{}", if index.unique { "unique " } else { "" }, list(&parts))
}
