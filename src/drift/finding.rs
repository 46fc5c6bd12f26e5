//! What is said of each difference: code, level, place, and what to do.

use djc_core::catalog::{Action, TableKind};
use djc_core::dialect::Server;
use djc_core::diff::{Consequence, Difference, Section, TypeEffect, What, Words};
use djc_core::ir::{Table, TableId, parse_stored};
use djc_core::source::Span;

use super::place::{self, Places};
use super::{Finding, baseline, remedy};
use crate::diag::codes::{
    ATTRIBUTE_COMMENT, ATTRIBUTE_MISSING, ATTRIBUTE_NARROWED, ATTRIBUTE_NULLABLE, ATTRIBUTE_ORDER, ATTRIBUTE_RENAMED, ATTRIBUTE_SECTION,
    ATTRIBUTE_TYPE, AUTO_INCREMENT, COLUMN_CHARSET, COMMENT_ENCODING, DEFAULT_DIFFERS, ENUM_VALUES, GENERATION_MIX, INDEX_DIFFERS,
    INDEX_MISSING, KEY_ORDER, LINEAGE_DIFFERS, LINEAGE_MISSING, ON_UPDATE, PRIMARY_KEY, REFERENCE_ACTIONS, REFERENCE_ATTRIBUTES,
    REFERENCE_MISSING, REFERENCE_TARGET_DIFFERS, SCHEMA_CHARSET, SCHEMA_MISSING, STRAY_PART, TABLE_COMMENT, TABLE_ENGINE, TABLE_KIND,
    TABLE_MISSING, TABLE_RENAMED, TABLE_TIER, TYPE_MARKER, UNDECLARED_ATTRIBUTE, UNDECLARED_INDEX, UNDECLARED_REFERENCE, UNDECLARED_SCHEMA,
    UNDECLARED_TABLE, UNRECORDED_TABLE, VESTIGIAL_REFERENCE,
};
use crate::diag::{Code, Diagnostic, Level};

/// Consequences that are named; the others are counted.
const NAMED_MAX: usize = 4;

/// Returns the finding of a difference.
pub(super) fn finding(difference: &Difference, places: &Places, server: Server) -> Finding {
    let words = difference.words(server);
    let declared = difference.table.as_deref().and_then(|table| places.table(&difference.schema, table));
    let subject = Subject { difference, places, server, words: &words, declared: declared.map(|(_, table)| table) };
    let (code, level) = subject.code();
    let mut diagnostic = match subject.span() {
        Some(span) => code.at(span, subject.headline()),
        None => code.anywhere(subject.headline()),
    };
    diagnostic.level = level;
    diagnostic.label = subject.label();
    diagnostic = subject.helps().into_iter().fold(diagnostic, Diagnostic::help);
    diagnostic = consequences(diagnostic, &difference.consequences);
    diagnostic.table = declared.map(|(id, _): (TableId, _)| places.name(id)).or_else(|| subject.physical_table());
    diagnostic.attribute = difference.column().map(str::to_string);
    let mut place = subject.physical();
    if let Some(column) = difference.column() {
        place = format!("{place}.{column}");
    }
    let identity = baseline::identity(code.id, &place, &words.to_string());
    Finding { diagnostic, identity, schema: difference.schema.clone() }
}

/// Says where else it shows.
fn consequences(diagnostic: Diagnostic, consequences: &[Consequence]) -> Diagnostic {
    if consequences.is_empty() {
        return diagnostic;
    }
    let name = |it: &Consequence| {
        let column = it.column.as_ref().map_or(String::new(), |column| format!(".{column}"));
        format!("`{}.{}{column}`", it.schema, it.table)
    };
    let mut names: Vec<String> = consequences.iter().take(NAMED_MAX).map(name).collect();
    if consequences.len() > NAMED_MAX {
        names.push(format!("{} more", consequences.len() - NAMED_MAX));
    }
    diagnostic.help(format!("for the same reason: {}", names.join(", ")))
}

/// One difference on its way to becoming a finding.
struct Subject<'a> {
    difference: &'a Difference,
    places: &'a Places<'a>,
    server: Server,
    words: &'a Words,
    declared: Option<&'a Table>,
}

impl Subject<'_> {
    /// Returns `schema.table`, or the schema.
    fn physical(&self) -> String {
        match &self.difference.table {
            Some(table) => format!("{}.{table}", self.difference.schema),
            None => self.difference.schema.clone(),
        }
    }

    fn physical_table(&self) -> Option<String> {
        self.difference.table.as_ref().map(|_| self.physical())
    }

    fn code(&self) -> (&'static Code, Level) {
        let usual = |code: &'static Code| (code, code.level);
        // What only takes more than declared breaks nobody who reads.
        let by_effect = |code: &'static Code, effect: TypeEffect| match effect {
            TypeEffect::Narrowed | TypeEffect::Changed => (code, Level::Error),
            TypeEffect::Widened | TypeEffect::Same => (code, Level::Warning),
        };
        match &self.difference.what {
            What::SchemaRemoved { .. } => usual(&SCHEMA_MISSING),
            What::SchemaAdded { .. } => usual(&UNDECLARED_SCHEMA),
            What::SchemaCharset(_) => usual(&SCHEMA_CHARSET),
            What::LineageRemoved { .. } => usual(&LINEAGE_MISSING),
            What::TableRemoved { parts, .. } if !parts.is_empty() => usual(&STRAY_PART),
            What::TableRemoved { .. } => usual(&TABLE_MISSING),
            What::TableAdded { orphan: true, .. } => (&STRAY_PART, Level::Warning),
            What::TableAdded { .. } => usual(&UNDECLARED_TABLE),
            What::TableRenamed { .. } => usual(&TABLE_RENAMED),
            What::TierChanged { .. } => usual(&TABLE_TIER),
            What::Relation(_) => usual(&TABLE_KIND),
            What::Generation(_) => usual(&GENERATION_MIX),
            What::Unrecorded => usual(&UNRECORDED_TABLE),
            What::TableComment(_) => usual(&TABLE_COMMENT),
            What::CommentsEncodedTwice { .. } => usual(&COMMENT_ENCODING),
            What::Engine(_) => usual(&TABLE_ENGINE),
            What::TableCharset(_) | What::ColumnCharset { .. } => usual(&COLUMN_CHARSET),
            What::ColumnRemoved { .. } => usual(&ATTRIBUTE_MISSING),
            What::ColumnAdded { section: Section::Key, .. } => (&UNDECLARED_ATTRIBUTE, Level::Error),
            // An insert that does not name it fails.
            What::ColumnAdded { column, .. } if !column.nullable && is_required(column) => (&UNDECLARED_ATTRIBUTE, Level::Error),
            What::ColumnAdded { .. } => usual(&UNDECLARED_ATTRIBUTE),
            What::ColumnRenamed { .. } => usual(&ATTRIBUTE_RENAMED),
            What::ColumnSection { .. } => usual(&ATTRIBUTE_SECTION),
            What::ColumnOrder(_) if self.server.is_mysql_family() => usual(&ATTRIBUTE_ORDER),
            // The others can only append, so that an attribute which was added later stands last.
            What::ColumnOrder(_) => (&ATTRIBUTE_ORDER, Level::Note),
            What::ColumnType { effect: TypeEffect::Narrowed, .. } => usual(&ATTRIBUTE_NARROWED),
            What::ColumnType { effect, .. } => by_effect(&ATTRIBUTE_TYPE, *effect),
            What::EnumValues { effect, .. } => by_effect(&ENUM_VALUES, *effect),
            What::Marker { .. } => usual(&TYPE_MARKER),
            What::Nullable { .. } => usual(&ATTRIBUTE_NULLABLE),
            What::Default { .. } => usual(&DEFAULT_DIFFERS),
            What::ColumnComment { .. } => usual(&ATTRIBUTE_COMMENT),
            What::AutoIncrement { .. } => usual(&AUTO_INCREMENT),
            What::OnUpdate { .. } => usual(&ON_UPDATE),
            What::PrimaryKey(_) => usual(&PRIMARY_KEY),
            What::KeyOrder(_) => usual(&KEY_ORDER),
            What::ForeignKeyRemoved(_) => usual(&REFERENCE_MISSING),
            What::ForeignKeyAdded(_) => usual(&UNDECLARED_REFERENCE),
            What::ForeignKeyTarget { vestigial: true, .. } => usual(&VESTIGIAL_REFERENCE),
            What::ForeignKeyTarget { .. } => usual(&REFERENCE_TARGET_DIFFERS),
            What::ForeignKeyActions(keys) => match keys.to.on_delete {
                // Rows go, or lose their reference, where datajoint would refuse or ask.
                Action::Cascade | Action::SetNull | Action::SetDefault => (&REFERENCE_ACTIONS, Level::Error),
                Action::Restrict | Action::NoAction => usual(&REFERENCE_ACTIONS),
            },
            What::ForeignKeyColumns(_) => usual(&REFERENCE_ATTRIBUTES),
            // Duplicates come in.
            What::IndexRemoved(index) if index.unique => (&INDEX_MISSING, Level::Error),
            What::IndexRemoved(_) => usual(&INDEX_MISSING),
            What::IndexAdded(_) => usual(&UNDECLARED_INDEX),
            What::IndexChanged(_) => usual(&INDEX_DIFFERS),
            What::Lineage { .. } => usual(&LINEAGE_DIFFERS),
        }
    }

    /// Returns the smallest place that says otherwise.
    fn span(&self) -> Option<Span> {
        let Some(table) = self.declared else { return self.places.schema(&self.difference.schema) };
        let part = match &self.difference.what {
            What::ColumnRemoved { column, .. } => place::attribute(table, &column.name),
            What::ColumnType { column, .. } | What::EnumValues { column, .. } | What::Marker { column, .. } => {
                place::attribute_type(table, column)
            }
            What::Default { column, .. } | What::Nullable { column, .. } | What::OnUpdate { column, .. } => {
                place::attribute_line(table, column)
            }
            What::ColumnRenamed { column, .. }
            | What::ColumnSection { column, .. }
            | What::ColumnComment { column, .. }
            | What::AutoIncrement { column, .. }
            | What::ColumnCharset { column, .. } => place::attribute(table, column),
            What::ForeignKeyRemoved(key) => place::reference(table, key),
            What::ForeignKeyTarget { keys, .. } | What::ForeignKeyActions(keys) | What::ForeignKeyColumns(keys) => {
                place::reference(table, &keys.from)
            }
            What::IndexRemoved(index) => place::index(table, index),
            What::IndexChanged(indexes) => place::index(table, &indexes.from),
            What::CommentsEncodedTwice { comments } => {
                let only = comments.first().filter(|_| comments.len() == 1);
                only.and_then(|it| place::attribute(table, it.column.as_ref()?))
            }
            What::Lineage { rows } => match rows.as_slice() {
                [row] => place::attribute(table, &row.attribute),
                _ => None,
            },
            _ => None,
        };
        Some(part.unwrap_or(table.name_span))
    }

    fn headline(&self) -> String {
        let table = self.physical();
        let what = if self.declared.is_some_and(place::is_part) { "part" } else { "table" };
        let of = |name: &str| format!("attribute `{name}` of `{table}`");
        match &self.difference.what {
            What::SchemaRemoved { .. } => format!("schema `{table}` is not in the database"),
            What::SchemaAdded { .. } => format!("schema `{table}` is in the database, and no source declares it"),
            What::SchemaCharset(_) => format!("schema `{table}` has another charset"),
            What::LineageRemoved { broken: false } => format!("schema `{table}` keeps no lineage"),
            What::LineageRemoved { broken: true } => format!("`{table}.~lineage` lacks columns that it should have"),
            What::TableRemoved { parts, .. } if !parts.is_empty() => format!("the parts of `{table}` are in the database, and it is not"),
            What::TableRemoved { .. } => format!("{what} `{table}` is not in the database"),
            What::TableAdded { orphan: true, .. } => format!("`{table}` is in the database as a part without its master"),
            What::TableAdded { table: found, .. } => match (found.kind, parse_stored(&found.name)) {
                (TableKind::View, _) => format!("view `{table}` is in the database, and no source declares it"),
                (TableKind::Base, Some(_)) => format!("table `{table}` is in the database, and no source declares it"),
                (TableKind::Base, None) => format!("table `{table}` is in the database, with a name that is none of datajoint's"),
            },
            What::TableRenamed { to } => {
                format!("{what} `{table}` is not in the database, and `{}.{to}` has the same body", self.difference.schema)
            }
            What::TierChanged { to, .. } => format!("{what} `{table}` has another tier in the database: `{to}`"),
            What::Relation(_) => format!("`{table}` is no table in the database"),
            What::Generation(_) => format!("`{table}` belongs to the other generation of datajoint"),
            What::Unrecorded => format!("`{table}` was made or altered without djc"),
            What::TableComment(_) => format!("{what} `{table}` has another comment"),
            What::CommentsEncodedTwice { .. } => format!("`{table}` has {}", self.words.subject),
            What::Engine(_) => format!("`{table}` has another storage engine"),
            What::TableCharset(_) => format!("`{table}` has another charset"),
            What::ColumnRemoved { column, .. } => format!("{} is not in the database", of(&column.name)),
            What::ColumnAdded { column, .. } => format!("{} is in the database, and not declared", of(&column.name)),
            What::ColumnRenamed { column, to } => format!("{} is called `{to}` in the database", of(column)),
            What::ColumnSection { column, sections } => match sections.to {
                Section::Key => format!("{} is in the primary key", of(column)),
                Section::Dependent => format!("{} is not in the primary key", of(column)),
            },
            What::ColumnOrder(_) => format!("the attributes of `{table}` stand in another order"),
            What::ColumnType { column, effect: TypeEffect::Narrowed, .. } => format!("{} holds less than declared", of(column)),
            What::ColumnType { column, effect: TypeEffect::Widened, .. } => format!("{} holds more than declared", of(column)),
            What::ColumnType { column, .. } => format!("{} has another type", of(column)),
            What::EnumValues { column, .. } => format!("{} has other values", of(column)),
            What::Marker { column, .. } => format!("{} has another type for datajoint", of(column)),
            What::Nullable { column, nullable } if nullable.to => format!("{} may be NULL", of(column)),
            What::Nullable { column, .. } => format!("{} may not be NULL", of(column)),
            What::Default { column, .. } => format!("{} has another default", of(column)),
            What::ColumnComment { column, .. } => format!("{} has another comment", of(column)),
            What::AutoIncrement { column, numbered } if numbered.to => format!("{} is numbered by the server", of(column)),
            What::AutoIncrement { column, .. } => format!("{} is not numbered by the server", of(column)),
            What::OnUpdate { column, .. } => format!("{} changes otherwise when its row is updated", of(column)),
            What::ColumnCharset { column, .. } => format!("{} has another charset", of(column)),
            What::PrimaryKey(keys) if keys.to.is_empty() => format!("`{table}` has no primary key"),
            What::PrimaryKey(_) => format!("`{table}` has a primary key"),
            What::KeyOrder(_) => format!("the primary key of `{table}` has another order"),
            What::ForeignKeyRemoved(_) => format!("`{table}` lacks a foreign key"),
            What::ForeignKeyAdded(key) => {
                format!("`{table}` has a foreign key onto `{}.{}` that is not declared", key.parent_schema, key.parent_table)
            }
            What::ForeignKeyTarget { keys, vestigial } => {
                let known = if *vestigial { ", which no source declares" } else { "" };
                format!("a foreign key of `{table}` refers to `{}.{}`{known}", keys.to.parent_schema, keys.to.parent_table)
            }
            What::ForeignKeyActions(_) => format!("a foreign key of `{table}` acts otherwise on delete or update"),
            What::ForeignKeyColumns(_) => format!("a foreign key of `{table}` has other attributes"),
            What::IndexRemoved(index) => format!("`{table}` lacks {} index", if index.unique { "a unique" } else { "an" }),
            What::IndexAdded(index) => format!("`{table}` has {} index that is not declared", if index.unique { "a unique" } else { "an" }),
            What::IndexChanged(_) => format!("an index of `{table}` differs"),
            What::Lineage { .. } => format!("`~lineage` says something else of `{table}`"),
        }
    }

    /// Returns both sides, for under the carets; `None` where the headline says it.
    fn label(&self) -> Option<String> {
        match &self.difference.what {
            What::SchemaRemoved { .. }
            | What::LineageRemoved { .. }
            | What::TableRemoved { .. }
            | What::TableAdded { .. }
            | What::TableRenamed { .. }
            | What::ColumnRenamed { .. }
            | What::Unrecorded => None,
            _ => match (&self.words.from, &self.words.to) {
                (Some(from), Some(to)) => Some(format!("declared {from}, found {to}")),
                (Some(from), None) => Some(format!("declared {from}")),
                (None, Some(to)) => Some(format!("found {to}")),
                (None, None) => None,
            },
        }
    }

    fn helps(&self) -> Vec<String> {
        let table = self.physical();
        match &self.difference.what {
            What::SchemaRemoved { .. } | What::TableRemoved { .. } => {
                let mut helps = vec!["`djc deploy` creates what is missing".to_string()];
                if let What::TableRemoved { parts, .. } = &self.difference.what
                    && !parts.is_empty()
                {
                    helps.insert(
                        0,
                        format!("in the database: {}", parts.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(", ")),
                    );
                }
                helps
            }
            What::TableAdded { .. } => {
                vec![format!("declare it; or leave it alone: `ignore = [\"{table}\"]` below [drift] in djc.toml")]
            }
            What::SchemaAdded { .. } => {
                vec![format!("declare it; or leave it alone: `ignore_schemas = [\"{table}\"]` below [drift] in djc.toml")]
            }
            What::TableRenamed { to } => vec![format!("rename it where it is wrong: the class, or `{to}`; djc renames nothing by itself")],
            What::ColumnRenamed { .. } => vec!["rename it where it is wrong; djc renames nothing by itself".to_string()],
            What::CommentsEncodedTwice { comments } => {
                let mut helps =
                    vec!["a client sent UTF-8 over a connection of another charset; a connection in utf8mb4 mends it:".to_string()];
                let stored = self.difference.table.as_deref().unwrap_or_default();
                let statements = comments.iter().filter_map(|it| remedy::comment(self.server, &self.difference.schema, stored, it));
                helps.extend(statements);
                helps
            }
            What::ForeignKeyActions(keys) if matches!(keys.to.on_delete, Action::Cascade | Action::SetNull | Action::SetDefault) => {
                vec!["deleting from the parent changes this table in silence, without datajoint asking".to_string()]
            }
            What::LineageRemoved { .. } | What::Lineage { .. } => {
                vec!["datajoint 2 joins by it; `djc deploy` writes the rows of tables that are as declared".to_string()]
            }
            _ => Vec::new(),
        }
    }
}

fn is_required(column: &djc_core::catalog::Column) -> bool {
    use djc_core::catalog::ColumnDefault;
    let given = match column.default {
        ColumnDefault::None => false,
        ColumnDefault::Null | ColumnDefault::Literal(_) | ColumnDefault::CurrentTimestamp(_) | ColumnDefault::Expression(_) => true,
    };
    !given && !column.auto_increment
}
