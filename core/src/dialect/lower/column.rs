//! Attributes become columns.

use super::{At, Drafts, OwnColumn, Pass, Whole};
use crate::catalog::{Column, ColumnDefault, ColumnType, Table};
use crate::dialect::defaults::{self, LoweredDefault, Typed, leaf};
use crate::dialect::text::{Layers, split_marker};
use crate::dialect::{DefaultProblem, ProblemKind, Server, names::hidden_timestamp_name};
use crate::ir::type_text::{self, TypeContext};
use crate::ir::{self, Attribute, AttributeType, Default, Generation, Origin, TableId, Tier};
use crate::source::Span;

impl Whole<'_> {
    /// Puts the columns of a table together in their order: its own, and those that references bring.
    pub(super) fn columns(&mut self, id: TableId, table: &ir::Table, own: Vec<OwnColumn>) -> Vec<Column> {
        let mut columns: Vec<Column> = Vec::with_capacity(table.heading.attributes.len());
        let mut own = own.into_iter();
        for attribute in &table.heading.attributes {
            let lowered = match attribute.origin {
                Origin::Own | Origin::Platform => own.next(),
                Origin::Reference { .. } => None,
            };
            // datajoint drops a second line of the same name; the front end has said so.
            if columns.iter().any(|column| column.name == attribute.name) {
                continue;
            }
            let column = match attribute.origin {
                Origin::Own | Origin::Platform => lowered.and_then(|OwnColumn { mut column, problems }| {
                    self.pass.problems.extend(problems);
                    column.iter_mut().for_each(|column| self.name_enum(table, &mut column.ty));
                    column
                }),
                Origin::Reference { reference, parent_attribute } => {
                    let parent = table.references.get(reference.0 as usize).map(|reference| reference.parent);
                    self.pass.inherited_column(id, table, attribute, parent, parent_attribute, &self.drafts)
                }
            };
            columns.extend(column);
        }
        for column in &columns {
            let length = self.pass.identifier_length(&column.name);
            let max = self.pass.dialect.facts().identifier_max;
            if length > max {
                let span = table.heading.get(&column.name).map_or(table.name_span, |attribute| attribute.span);
                let at = At { table: id, span, attribute: Some(&column.name) };
                self.pass.report(at, ProblemKind::NameTooLong { what: "attribute", name: column.name.clone(), length, max });
            }
        }
        columns
    }

    /// Gives an enum its name on PostgreSQL.
    fn name_enum(&mut self, table: &ir::Table, ty: &mut ColumnType) {
        let ColumnType::Enum { name, values } = ty else { return };
        if self.pass.server() == Server::Postgres {
            let schema = self.pass.name(table.schema).to_string();
            let (given, new) = self.enums.entry(schema.clone()).or_default().name(values);
            if new && let Some(entry) = self.out.catalog.schemas.get_mut(&schema) {
                entry.enums.insert(given.clone(), values.clone());
            }
            *name = Some((schema, given));
        }
    }
}

impl Pass<'_> {
    /// Lowers the attributes that lines of the table declare, in their order.
    pub(super) fn own_columns(&mut self, id: TableId) -> Vec<OwnColumn> {
        let table = self.pipeline.table(id);
        let own = table.heading.attributes.iter().filter(|attribute| match attribute.origin {
            Origin::Own | Origin::Platform => true,
            Origin::Reference { .. } => false,
        });
        own.map(|attribute| {
            let column = self.own_column(id, table, attribute);
            OwnColumn { column, problems: std::mem::take(&mut self.problems) }
        })
        .collect()
    }

    /// Lowers an attribute that a line of the table declares, or that datajoint adds.
    pub(super) fn own_column(&mut self, id: TableId, table: &ir::Table, attribute: &Attribute) -> Option<Column> {
        let generation = self.generation(table);
        let layers = self.layers(table);
        if *leaf(&attribute.ty) == AttributeType::Invalid {
            return None;
        }
        let at = At { table: id, span: attribute.type_span, attribute: Some(&attribute.name) };
        let text = type_text::canonical(&attribute.type_text, generation);
        let mut ty = match self.dialect.column_type(&attribute.ty, generation) {
            Ok(ty) => ty,
            Err(unsupported) => {
                let reason = match &attribute.ty {
                    // The name is fine; what djc.toml says of it is not.
                    AttributeType::Adapted { .. } | AttributeType::Codec(_) => {
                        format!("what it is stored as is a type of MySQL; {}", unsupported.reason)
                    }
                    _ => unsupported.reason,
                };
                let kind = ProblemKind::UnsupportedType { server: self.server(), type_text: text, reason };
                self.report(at, kind);
                return None;
            }
        };
        self.enum_type(at, leaf(&attribute.ty), &mut ty, layers);

        let values = match &ty {
            ColumnType::Enum { values, .. } => values.clone(),
            _ => Vec::new(),
        };
        let typed = Typed { ty: &attribute.ty, server: self.server(), values: &values };
        let literal = match &attribute.default {
            Default::Literal(literal) => Some(layers.literal(literal)),
            Default::Required | Default::Null | Default::CurrentTimestamp { .. } => None,
        };
        let in_key = table.heading.is_key(&attribute.name);
        let lowered = match attribute.default {
            Default::Null if in_key => Err(DefaultProblem::NullKey),
            _ => defaults::lower(&attribute.default, literal.as_deref(), &typed),
        };
        let LoweredDefault { default, on_update } = lowered.unwrap_or_else(|problem| {
            let at = At { span: attribute.span, ..at };
            self.report(at, ProblemKind::BadDefault { type_text: text.clone(), problem });
            defaults::as_written(&attribute.default, literal)
        });

        // The marker goes through the same layers as the comment, but datajoint escapes no quotes in it.
        let marker = self.dialect.has_marker(&attribute.ty, generation, attribute.marker);
        let comment = layers.attribute_comment(&attribute.comment);
        let comment = if marker {
            let written = self.written_marker(attribute, &text, generation);
            format!(":{}:{comment}", layers.comment(&written))
        } else {
            comment
        };
        Some(Column {
            name: attribute.name.clone(),
            ty,
            nullable: attribute.default == Default::Null && !in_key,
            default,
            comment,
            auto_increment: is_numbered(&attribute.ty),
            on_update,
            charset: None,
            declared: Some(text),
        })
    }

    /// Returns the text between the colons: on PostgreSQL classic blobs and attachments say what datajoint 2 calls them.
    fn written_marker(&self, attribute: &Attribute, text: &str, generation: Generation) -> String {
        match (&attribute.ty, self.server(), generation) {
            (AttributeType::Blob(_), Server::Postgres, Generation::Classic) => "<blob>".to_string(),
            (AttributeType::Attach, Server::Postgres, Generation::Classic) => "<attach>".to_string(),
            _ => text.to_string(),
        }
    }

    /// Gives an enum its values as the server reads them.
    fn enum_type(&mut self, at: At<'_>, logical: &AttributeType, ty: &mut ColumnType, layers: Layers<'_>) {
        let (AttributeType::Enum(literals), ColumnType::Enum { values, .. }) = (logical, ty) else { return };
        let family = self.server().is_mysql_family();
        *values = literals.iter().map(|literal| layers.literal(literal)).collect();
        if family {
            // The family cuts blanks at the end of the values of an enum.
            values.iter_mut().for_each(|value| value.truncate(value.trim_end_matches(' ').len()));
        }
        let fold = |value: &String| if family { value.to_lowercase() } else { value.clone() };
        let twice = values.iter().enumerate().find(|(at, value)| values[..*at].iter().any(|earlier| fold(earlier) == fold(value)));
        if let Some((_, value)) = twice {
            self.report(at, ProblemKind::EnumDuplicate { value: value.clone() });
            return;
        }
        let (max, unit) = match self.server() {
            Server::MySql => (255, "characters"),
            Server::Postgres => (63, "bytes"),
            Server::MariaDb | Server::Sqlite => (usize::MAX, "bytes"),
        };
        let long = values.iter().find(|value| if family { value.chars().count() > max } else { value.len() > max });
        if let Some(value) = long {
            self.report(at, ProblemKind::EnumValueTooLong { value: value.clone(), max, unit });
        }
    }

    /// Lowers an attribute that a reference brought: what the server reports of the parent's column.
    fn inherited_column(
        &mut self,
        id: TableId,
        table: &ir::Table,
        attribute: &Attribute,
        parent: Option<TableId>,
        parent_attribute: usize,
        drafts: &Drafts,
    ) -> Option<Column> {
        let parent_id = parent?;
        let parent_table = self.pipeline.table(parent_id);
        let parent_name = &parent_table.heading.attributes.get(parent_attribute)?.name;
        let parent_column = drafts[parent_id.0 as usize].as_ref()?.table.column(parent_name)?;
        let generation = self.generation(table);
        if generation == Generation::Classic
            && self.generation(parent_table) == Generation::Modern
            && let (Some(marker), _) = split_marker(&parent_column.comment)
            && marker != "uuid"
        {
            let at = At { table: id, span: attribute.span, attribute: Some(&attribute.name) };
            let kind = ProblemKind::ClassicUnderModern { parent: self.pipeline.qualified_name(parent_id), type_text: marker.to_string() };
            self.report(at, kind);
        }
        let nullable = attribute.default == Default::Null;
        Some(Column {
            name: attribute.name.clone(),
            nullable: nullable && !table.heading.is_key(&attribute.name),
            default: if nullable { ColumnDefault::Null } else { ColumnDefault::None },
            ..inherited(parent_column, generation, self.server(), self.name(table.schema))
        })
    }

    /// Adds the hidden key of a table of datajoint 2 that declares none.
    pub(super) fn add_singleton(&mut self, id: TableId, lowered: &mut Table) {
        let attribute = platform("_singleton", "bool", "1", "singleton primary key", Generation::Modern);
        lowered.columns.extend(self.own_column(id, self.pipeline.table(id), &attribute));
        lowered.primary_key = vec![attribute.name];
    }

    /// Adds the hidden columns that are switched on and not there yet.
    pub(super) fn add_hidden(&mut self, id: TableId, table: &ir::Table, lowered: &mut Table) {
        let generation = self.generation(table);
        let mut hidden = Vec::new();
        match generation {
            Generation::Classic if self.options.add_hidden_timestamp => {
                let name = hidden_timestamp_name(&lowered.schema, &lowered.name);
                hidden.push(platform(&name, "timestamp", "CURRENT_TIMESTAMP", "", generation));
            }
            Generation::Classic => {}
            Generation::Modern => {
                let computed = match table.tier {
                    Tier::Imported | Tier::Computed => true,
                    Tier::Manual | Tier::Lookup | Tier::Part { .. } => false,
                };
                if computed && self.options.add_job_metadata {
                    hidden.push(platform("_job_start_time", "datetime(3)", "null", "when computation began", generation));
                    hidden.push(platform("_job_duration", "float32", "null", "computation duration in seconds", generation));
                    hidden.push(platform("_job_version", "varchar(64)", "\"\"", "code version", generation));
                }
                if table.tier == Tier::Manual && self.options.provenance {
                    let comment = "extrinsic provenance for a row that entered from outside";
                    hidden.push(platform("_prov", "json", "null", comment, generation));
                }
            }
        }
        for attribute in hidden {
            if lowered.column(&attribute.name).is_none() {
                lowered.columns.extend(self.own_column(id, table, &attribute));
            }
        }
    }
}

/// Returns what a reference makes of a column of the parent's key, in a table of this generation and schema: under the parent's name,
/// and never NULL.
pub fn inherited(parent: &Column, generation: Generation, server: Server, schema: &str) -> Column {
    let layers = Layers { generation, server, schema };
    let (marker, rest) = split_marker(&parent.comment);
    let comment = match (generation, server) {
        // There the comment is ours alone, and not read again as SQL.
        (Generation::Classic, Server::Postgres | Server::Sqlite) | (Generation::Modern, Server::Sqlite) => parent.comment.clone(),
        // datajoint puts the stored comment into the new statement, where the layers read it once more.
        (Generation::Classic, Server::MySql | Server::MariaDb) => layers.comment(&parent.comment),
        (Generation::Modern, Server::MySql | Server::MariaDb) => match marker {
            Some("uuid") => format!(":uuid:{}", layers.comment(rest)),
            _ => layers.comment(rest),
        },
        (Generation::Modern, Server::Postgres) => String::new(),
    };
    Column {
        name: parent.name.clone(),
        ty: without_display_width(&parent.ty),
        nullable: false,
        default: ColumnDefault::None,
        comment,
        auto_increment: false,
        on_update: None,
        charset: None,
        declared: parent.declared.as_deref().map(without_auto_increment),
    }
}

/// Returns an attribute that datajoint adds, said in the language itself.
pub(super) fn platform(name: &str, type_text: &str, default: &str, comment: &str, generation: Generation) -> Attribute {
    let declared = type_text::parse(type_text, generation, &TypeContext::default()).expect("the types of platform columns are known");
    Attribute {
        name: name.to_string(),
        ty: declared.ty,
        type_text: declared.text,
        marker: declared.marker,
        default: type_text::parse_default(default, generation).expect("the defaults of platform columns are known"),
        comment: comment.to_string(),
        origin: Origin::Platform,
        lineage: None,
        hidden: true,
        renamed_from: None,
        span: Span::default(),
        type_span: Span::default(),
    }
}

/// Returns whether the server numbers the rows.
fn is_numbered(ty: &AttributeType) -> bool {
    match leaf(ty) {
        AttributeType::Serial => true,
        AttributeType::Integer(integer) => integer.auto_increment,
        _ => false,
    }
}

/// Returns the type as datajoint reads it from a parent: integers without their display width, `tinyint(1)` too.
fn without_display_width(ty: &ColumnType) -> ColumnType {
    match ty {
        ColumnType::Integer { bits, unsigned, .. } => ColumnType::Integer { bits: *bits, unsigned: *unsigned, display_width: None },
        other => other.clone(),
    }
}

/// Returns the type text of a column that refers to one with this type text.
pub(crate) fn without_auto_increment(text: &str) -> String {
    if text.eq_ignore_ascii_case("serial") {
        return "bigint unsigned".to_string();
    }
    let words: Vec<&str> = text.split_ascii_whitespace().filter(|word| !word.eq_ignore_ascii_case("auto_increment")).collect();
    if words.len() == text.split_ascii_whitespace().count() { text.to_string() } else { words.join(" ") }
}
