//! A catalog that was inspected, as a model: what Python declared, without its sources.
//!
//! Everything is taken that a delete or a query may meet: tables that datajoint would not know by their names are tables here too, with
//! their stored name for a class, since their foreign keys hold rows as well as any other's. Left out are views, tables that are hidden (`~…`), and
//! foreign keys onto such. A foreign key that sets NULL is no reference: rows stay when the parent goes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::Model;
use crate::catalog::{self, Action, Catalog, ColumnType, TableKind, evidence};
use crate::dialect::Server;
use crate::dialect::declared::{Adapters, Speller, normalized};
use crate::graph::{Edge, Graph, Step};
use crate::ir::type_text::{self, DeclaredType, TypeContext};
use crate::ir::{
    Annotations, Attribute, AttributeType, Charset, ColumnMap, Decimal, DecimalWord, Default, Float, FloatWord, ForeignKey, Generation,
    Heading, Index, IndexPart, Integer, Lineage, Origin, Pipeline, ReferenceId, Schema, SchemaId, SchemaName, Size, SqlLiteral, StoredName,
    StoredTier, Table, TableId, Tier, camel_case, parse_stored,
};
use crate::source::Span;
use crate::state::{Lowering, State};

/// A column or table that could not be understood, and is treated by its physical type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlifted {
    /// Physical schema.
    pub schema: String,
    /// Stored name.
    pub table: String,
    /// The column; `None` for the table as a whole.
    pub column: Option<String>,
    /// Why, as a sentence without a capital and a period.
    pub reason: String,
}

impl Model {
    /// Returns the model of what a server reports. Classes get the names that `camel_case` gives, modules are the physical schemas.
    ///
    /// Types come from the marker in the comment where there is one, else from the column; a column that refers to another has the other's. Lineage
    /// comes from `~lineage`, and where a schema has none, along the foreign keys. Hidden and service tables (`~…`) are left out, hidden columns
    /// (`_…`) are marked. Tables of the other generation in a schema make a module of their own, `schema@0.14` or `schema@2`.
    pub fn lift(catalog: &Catalog, server: Server) -> (Arc<Model>, Vec<Unlifted>) {
        let mut lift = Lift::new(catalog, server);
        lift.references();
        let steps = lift.found.iter().enumerate().flat_map(|(at, found)| {
            let references = found.references.iter().enumerate();
            references.map(move |(edge, reference)| Step {
                child: TableId(at as u32),
                parent: reference.parent,
                edge: Edge::Reference(ReferenceId(edge as u32)),
            })
        });
        let order = Graph::from_steps(lift.found.len(), steps.collect::<Vec<_>>()).order();
        for id in &order {
            lift.heading(*id);
        }
        for id in &order {
            lift.lineage(*id);
        }
        let (pipeline, unlifted) = lift.finish();
        (Model::new(State { pipeline, lowering: Lowering::default() }, BTreeMap::new(), ""), unlifted)
    }
}

/// A table on its way into the model.
struct Found<'c> {
    live: &'c catalog::Table,
    schema: &'c catalog::Schema,
    module: SchemaId,
    generation: Generation,
    class: String,
    tier: Tier,
    references: Vec<ForeignKey>,
    heading: Heading,
}

struct Lift<'c> {
    server: Server,
    types: TypeContext,
    schemas: Vec<Schema>,
    found: Vec<Found<'c>>,
    ids: HashMap<(&'c str, &'c str), TableId>,
    unlifted: Vec<Unlifted>,
}

/// Where a file of SQLite has the tables whose names have no dot.
const SQLITE_MAIN: &str = "main";

impl<'c> Lift<'c> {
    fn new(catalog: &'c Catalog, server: Server) -> Self {
        let mut lift = Lift {
            server,
            types: TypeContext::default(),
            schemas: Vec::new(),
            found: Vec::new(),
            ids: HashMap::new(),
            unlifted: Vec::new(),
        };
        for schema in catalog.schemas.values() {
            if server == Server::Sqlite && schema.name == SQLITE_MAIN {
                continue;
            }
            lift.schema(schema);
        }
        let columns = lift.found.iter().flat_map(|found| found.live.columns.iter().map(|column| (column, found.generation)));
        lift.types = Adapters::read(columns, server).context();
        lift
    }

    /// Takes the tables of a schema, masters before their parts.
    fn schema(&mut self, schema: &'c catalog::Schema) {
        let generation = evidence::of_schema(schema, self.server).0;
        let mut modules: BTreeMap<Generation, SchemaId> = BTreeMap::new();
        let mut classes: BTreeSet<(Option<TableId>, String)> = BTreeSet::new();
        let tables = schema.tables.values().filter(|table| table.kind == TableKind::Base && !table.name.starts_with('~'));
        let mut named: Vec<(&catalog::Table, Option<StoredName>)> = tables.map(|table| (&**table, parse_stored(&table.name))).collect();
        named.sort_by_key(|(table, name)| {
            let master = name.as_ref().and_then(|name| name.master.clone());
            (master.clone().unwrap_or_else(|| table.name.clone()), master.is_some(), &table.name)
        });
        for (live, name) in named {
            let master = name.as_ref().and_then(|name| name.master.as_deref());
            let master = master.and_then(|master| self.ids.get(&(schema.name.as_str(), master)).copied());
            let generation = match master {
                Some(master) => self.found[master.0 as usize].generation,
                None => self.generation_of(live, schema, generation),
            };
            let module = *modules.entry(generation).or_insert_with(|| {
                let id = SchemaId(self.schemas.len() as u32);
                let main = generation == evidence::of_schema(schema, self.server).0;
                let module = if main { schema.name.clone() } else { format!("{}@{generation}", schema.name) };
                self.schemas.push(live_schema(module, &schema.name, generation));
                id
            });
            let tier = match (master, &name) {
                (Some(master), _) => Tier::Part { master },
                (None, None) => Tier::Manual,
                (None, Some(name)) => match name.tier {
                    StoredTier::Manual => Tier::Manual,
                    StoredTier::Lookup => Tier::Lookup,
                    StoredTier::Imported => Tier::Imported,
                    StoredTier::Computed => Tier::Computed,
                },
            };
            // A part whose master is not there keeps its whole name.
            let class = match &name {
                Some(name) if name.master.is_none() || master.is_some() => camel_case(&name.base),
                Some(_) | None => live.name.clone(),
            };
            let class = if classes.insert((master, class.clone())) { class } else { live.name.clone() };
            let id = TableId(self.found.len() as u32);
            self.schemas[module.0 as usize].tables.push(id);
            self.ids.insert((&schema.name, &live.name), id);
            self.found.push(Found { live, schema, module, generation, class, tier, references: Vec::new(), heading: Heading::default() });
        }
    }

    /// Returns the generation of a table: that of its schema, unless everything it shows is the other's.
    fn generation_of(&self, table: &catalog::Table, schema: &catalog::Schema, generation: Generation) -> Generation {
        // There all is read by datajoint 2, and markers look like either's.
        if self.server == Server::Postgres {
            return generation;
        }
        let evidence = evidence::of_table(table, schema);
        match evidence.first() {
            Some(trace) if evidence.iter().all(|other| other.generation == trace.generation) => trace.generation,
            Some(_) | None => generation,
        }
    }

    /// Finds out who refers to whom.
    fn references(&mut self) {
        for at in 0..self.found.len() {
            let found = &self.found[at];
            let live = found.live;
            let mut references: Vec<ForeignKey> = Vec::new();
            for key in &live.foreign_keys {
                let rows_stay = matches!(key.on_delete, Action::SetNull | Action::SetDefault);
                if key.parent_table.starts_with('~') || rows_stay {
                    continue;
                }
                let Some(parent) = self.ids.get(&(key.parent_schema.as_str(), key.parent_table.as_str())).copied() else { continue };
                references.push(reference(live, key, parent, self.found[parent.0 as usize].live));
            }
            if let Tier::Part { master } = found.tier {
                let ties = |reference: &&mut ForeignKey| reference.parent == master && reference.primary && !reference.is_renamed();
                if let Some(reference) = references.iter_mut().find(ties) {
                    reference.part_of = true;
                }
            }
            self.found[at].references = references;
        }
    }

    /// Reads the attributes of a table; those of its parents are there, except around a circle.
    fn heading(&mut self, id: TableId) {
        let found = &self.found[id.0 as usize];
        let mut attributes = Vec::with_capacity(found.live.columns.len());
        for column in &found.live.columns {
            let mut attribute = self.own(id, column);
            let brought = found.references.iter().enumerate().find_map(|(at, reference)| {
                let map = reference.columns.iter().find(|map| map.child == column.name)?;
                let parent = &self.found[reference.parent.0 as usize].heading;
                let place = parent.attributes.iter().position(|attribute| attribute.name == map.parent)?;
                Some((ReferenceId(at as u32), place, &parent.attributes[place]))
            });
            if let Some((reference, parent_attribute, parent)) = brought {
                attribute.ty = parent.ty.clone();
                attribute.type_text = parent.type_text.clone();
                attribute.marker = parent.marker;
                attribute.origin = Origin::Reference { reference, parent_attribute };
            } else if attribute.ty == AttributeType::Invalid {
                self.unlifted.push(Unlifted {
                    schema: found.live.schema.clone(),
                    table: found.live.name.clone(),
                    column: Some(column.name.clone()),
                    reason: format!("datajoint {} has no type for `{}`", found.generation, self.server.dialect().type_sql(&column.ty)),
                });
            }
            attributes.push(attribute);
        }
        let position = |name: &String| attributes.iter().position(|attribute| attribute.name == *name);
        let key = found.live.primary_key.iter().filter_map(position).collect();
        self.found[id.0 as usize].heading = Heading { attributes, key };
    }

    /// Returns the attribute that a column is by itself.
    fn own(&self, id: TableId, column: &catalog::Column) -> Attribute {
        let found = &self.found[id.0 as usize];
        let speller = Speller { server: self.server, generation: found.generation, types: &self.types };
        let spelled = speller.attribute(column);
        let declared = spelled.as_ref().and_then(|spelled| type_text::parse(&spelled.type_text, found.generation, &self.types).ok());
        let DeclaredType { ty, marker, text } = declared.unwrap_or_else(|| {
            let ty = by_column(&column.ty, self.server);
            DeclaredType { ty, marker: false, text: self.server.dialect().type_sql(&column.ty) }
        });
        let default = spelled.as_ref().and_then(|spelled| spelled.default.as_deref());
        let default = match default.map(|text| type_text::parse_default(text, found.generation)) {
            Some(Ok(default)) => default,
            Some(Err(_)) | None if column.nullable => Default::Null,
            Some(Err(_)) | None => Default::Required,
        };
        let hidden = column.name.starts_with('_');
        Attribute {
            name: column.name.clone(),
            ty,
            type_text: text,
            marker,
            default,
            comment: spelled.map_or_else(|| column.comment.clone(), |spelled| spelled.comment),
            origin: if hidden { Origin::Platform } else { Origin::Own },
            lineage: None,
            hidden,
            renamed_from: None,
            span: Span::default(),
            type_span: Span::default(),
        }
    }

    /// Traces the attributes of a table to where their values were first introduced.
    fn lineage(&mut self, id: TableId) {
        let found = &self.found[id.0 as usize];
        let mut traced: Vec<Option<Lineage>> = Vec::with_capacity(found.heading.attributes.len());
        for attribute in &found.heading.attributes {
            let stored = found.schema.lineage.as_ref().and_then(|rows| {
                let text = rows.get(&(found.live.name.clone(), attribute.name.clone()))?;
                let (place, name) = text.rsplit_once('.')?;
                let (schema, table) = place.rsplit_once('.')?;
                let table = self.ids.get(&(schema, table)).copied()?;
                Some(Lineage { table, attribute: name.to_string() })
            });
            // As datajoint 2 does, the last reference wins.
            let along = || {
                found.references.iter().rev().find_map(|reference| {
                    let map = reference.columns.iter().find(|map| map.child == attribute.name)?;
                    let itself = || Lineage { table: reference.parent, attribute: map.parent.clone() };
                    let parent = self.found[reference.parent.0 as usize].heading.get(&map.parent);
                    Some(parent.and_then(|parent| parent.lineage.clone()).unwrap_or_else(itself))
                })
            };
            let own = || {
                let in_key = found.live.primary_key.contains(&attribute.name);
                in_key.then(|| Lineage { table: id, attribute: attribute.name.clone() })
            };
            traced.push(stored.or_else(along).or_else(own));
        }
        let heading = &mut self.found[id.0 as usize].heading;
        heading.attributes.iter_mut().zip(traced).for_each(|(attribute, lineage)| attribute.lineage = lineage);
    }

    fn finish(self) -> (Pipeline, Vec<Unlifted>) {
        let mut pipeline = Pipeline { schemas: self.schemas, ..Pipeline::default() };
        for found in self.found {
            let speller = Speller { server: self.server, generation: found.generation, types: &self.types };
            pipeline.tables.push(Table {
                schema: found.module,
                class: found.class,
                stored: found.live.name.clone(),
                tier: found.tier,
                comment: speller.table_comment(&found.live.comment),
                doc: None,
                indexes: indexes(found.live, &found.references),
                heading: found.heading,
                references: found.references,
                contents: Vec::new(),
                annotations: Annotations::default(),
                span: Span::default(),
                name_span: Span::default(),
            });
        }
        pipeline.order = Graph::new(&pipeline).order();
        (pipeline, self.unlifted)
    }
}

fn live_schema(module: String, physical: &str, generation: Generation) -> Schema {
    Schema {
        module,
        name: SchemaName::new(physical),
        generation,
        owned: false,
        charset: Charset::default(),
        doc: None,
        tables: Vec::new(),
        span: Span::default(),
    }
}

fn reference(live: &catalog::Table, key: &catalog::ForeignKey, parent: TableId, target: &catalog::Table) -> ForeignKey {
    let mut columns: Vec<ColumnMap> = key
        .columns
        .iter()
        .zip(&key.parent_columns)
        .map(|(child, parent)| ColumnMap { child: child.clone(), parent: parent.clone() })
        .collect();
    columns.sort_by_key(|map| target.primary_key.iter().position(|name| *name == map.parent));
    let unique = live.indexes.iter().any(|index| index.unique && whole(index).is_some_and(|names| same(&names, &key.columns)));
    ForeignKey {
        parent,
        columns,
        nullable: key.columns.iter().any(|name| live.column(name).is_some_and(|column| column.nullable)),
        unique,
        primary: key.columns.iter().all(|name| live.primary_key.contains(name)),
        part_of: false,
        span: Span::default(),
        target_span: Span::default(),
    }
}

/// Returns the indexes that no reference brings.
fn indexes(live: &catalog::Table, references: &[ForeignKey]) -> Vec<Index> {
    let brought = |index: &catalog::Index| {
        let Some(names) = whole(index) else { return false };
        references.iter().any(|reference| {
            let columns: Vec<String> = reference.columns.iter().map(|map| map.child.clone()).collect();
            same(&names, &columns)
        })
    };
    let part = |part: &catalog::IndexPart| match part {
        catalog::IndexPart::Column { name, length, descending } => {
            IndexPart::Attribute { name: name.clone(), length: *length, descending: *descending }
        }
        catalog::IndexPart::Expression(text) => IndexPart::Expression(text.clone()),
    };
    let own = live.indexes.iter().filter(|index| !brought(index));
    own.map(|index| Index { unique: index.unique, parts: index.parts.iter().map(part).collect(), span: Span::default() }).collect()
}

/// Returns the columns of an index over nothing but whole columns.
fn whole(index: &catalog::Index) -> Option<Vec<&str>> {
    fn name(part: &catalog::IndexPart) -> Option<&str> {
        match part {
            catalog::IndexPart::Column { name, length: None, .. } => Some(name),
            catalog::IndexPart::Column { .. } | catalog::IndexPart::Expression(_) => None,
        }
    }
    index.parts.iter().map(name).collect()
}

fn same(names: &[&str], columns: &[String]) -> bool {
    names.len() == columns.len() && columns.iter().all(|column| names.contains(&column.as_str()))
}

/// Returns the nearest attribute type for a column that its generation has no word for.
fn by_column(ty: &ColumnType, server: Server) -> AttributeType {
    match ty {
        ColumnType::Integer { bits, unsigned, display_width } => {
            AttributeType::Integer(Integer { bits: *bits, display_width: *display_width, unsigned: *unsigned, auto_increment: false })
        }
        ColumnType::Decimal { precision, scale, unsigned, zerofill } => AttributeType::Decimal(Decimal {
            word: DecimalWord::Decimal,
            precision: *precision,
            scale: Some(*scale),
            unsigned: *unsigned,
            zerofill: *zerofill,
        }),
        ColumnType::Float { unsigned, .. } => AttributeType::Float(Float { word: FloatWord::Float, arguments: None, unsigned: *unsigned }),
        ColumnType::Double { unsigned, .. } => {
            AttributeType::Float(Float { word: FloatWord::Double, arguments: None, unsigned: *unsigned })
        }
        ColumnType::Char(length) => AttributeType::Char(*length),
        ColumnType::Varchar(length) => AttributeType::Varchar(*length),
        ColumnType::Text(size) => AttributeType::Text(*size),
        ColumnType::Binary(_) | ColumnType::Varbinary(_) | ColumnType::Blob(_) => AttributeType::Bytes,
        ColumnType::Boolean => AttributeType::Bool,
        ColumnType::Date => AttributeType::Date,
        ColumnType::Time(digits) => AttributeType::Time(*digits),
        ColumnType::Datetime(digits) => AttributeType::Datetime(*digits),
        ColumnType::Timestamp(digits) => AttributeType::Timestamp(*digits),
        ColumnType::Year => AttributeType::Year,
        ColumnType::Json => AttributeType::Json,
        ColumnType::Uuid => AttributeType::Uuid,
        ColumnType::Enum { values, .. } => {
            AttributeType::Enum(values.iter().map(|value| SqlLiteral::quoted(value.replace('\'', "''"))).collect())
        }
        // Some word of SQLite's, which normalising reads by its rules of affinity.
        ColumnType::Other(_) if server == Server::Sqlite => by_column(&normalized(ty, server), server),
        ColumnType::Other(text) if text.starts_with("character") || text.starts_with("bpchar") => AttributeType::Text(Size::Long),
        ColumnType::Other(_) => AttributeType::Invalid,
    }
}
