//! Which modules there are, and how everything in them is called.

use std::collections::{BTreeMap, BTreeSet};

use super::Options;
use super::field::RustType;
use super::name::{Taken, ident, pascal, plain, snake};
use crate::codegen::Input;
use crate::core::ir::{Attribute, AttributeType, Origin, Pipeline, SchemaId, TableId, Tier};
use crate::diag::{Sink, codes};

/// What the module of a table holds in any case.
const TYPES: [&str; 3] = ["Row", "Key", "New"];

/// Its constants.
const CONSTANTS: [&str; 2] = ["ATTRIBUTES", "PRIMARY_KEY"];

/// The modules that are written.
pub(super) struct Package<'a> {
    pub pipeline: &'a Pipeline,
    /// Those that are asked for and those that they need, with the name of their module.
    pub schemas: BTreeMap<SchemaId, String>,
    tables: BTreeMap<TableId, Names>,
    /// Types of the user's, by table and attribute.
    custom: BTreeMap<(TableId, String), String>,
}

/// How a table and what belongs to it are called.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// The type that stands for the table.
    pub class: String,
    /// The module with its row, key and attributes.
    pub module: String,
    /// How its row, its key and what is inserted are called beside it: the type, and the name; where that is free.
    pub aliases: Vec<(&'static str, String)>,
    /// Fields and constants, by attribute.
    pub fields: BTreeMap<String, String>,
    /// Enums, by attribute of the table's own.
    pub enums: BTreeMap<String, String>,
    /// Names of types and modules that are not those of the language in the table's module.
    pub types: Taken,
}

impl<'a> Package<'a> {
    /// Returns the package of the schemas that are asked for and of those that they need; `None` when a type of the user's is for nothing, which is reported.
    pub fn new(input: &'a Input<'a>, options: &Options, sink: &mut Sink) -> Option<Self> {
        let pipeline = input.pipeline;
        let mut modules = Taken::new(["_model"]);
        let schemas = closure(pipeline, &input.wanted)
            .into_iter()
            .map(|id| {
                let module = pipeline.schema(id).module.as_str();
                // A file of that name would be the one that declares the others.
                let wanted = if module == "mod" { "mod_" } else { module };
                (id, modules.free(wanted, "_"))
            })
            .collect();
        let mut package = Package { pipeline, schemas, tables: BTreeMap::new(), custom: BTreeMap::new() };
        for id in package.schemas.keys() {
            package.tables.extend(schema_names(pipeline, *id));
        }
        package.take_types(options, sink).then_some(package)
    }

    /// Returns how a table is called.
    pub fn names(&self, id: TableId) -> &Names {
        &self.tables[&id]
    }

    /// Returns the attributes that programs see.
    pub fn attributes(&self, id: TableId) -> impl Iterator<Item = &'a Attribute> {
        self.pipeline.table(id).heading.attributes.iter().filter(|attribute| !attribute.hidden)
    }

    /// Returns the attributes of the key that programs see.
    pub fn key(&self, id: TableId) -> impl Iterator<Item = &'a Attribute> {
        self.pipeline.table(id).heading.primary_key().filter(|attribute| !attribute.hidden)
    }

    /// Returns the parts of a master, in order of declaration.
    pub fn parts(&self, master: TableId) -> Vec<TableId> {
        let tables = &self.pipeline.schema(self.pipeline.table(master).schema).tables;
        tables.iter().copied().filter(|id| self.pipeline.table(*id).tier == Tier::Part { master }).collect()
    }

    /// Returns the type of an attribute; where it came with a reference, that of its origin.
    pub fn rust_type(&self, id: TableId, name: &str) -> RustType {
        let table = self.pipeline.table(id);
        let attribute = table.heading.get(name).expect("attributes are named by their own table");
        if let Origin::Reference { reference, parent_attribute } = attribute.origin {
            let parent = table.references[reference.0 as usize].parent;
            return self.rust_type(parent, &self.pipeline.table(parent).heading.attributes[parent_attribute].name);
        }
        match self.custom.get(&(id, name.to_string())) {
            Some(custom) => RustType::Custom(custom.clone()),
            None => RustType::of(id, name, &attribute.ty, self.pipeline.schema(table.schema).generation),
        }
    }

    /// Returns how many modules stand around the module of a table: the schema, perhaps the master, and what holds the schemas.
    pub fn depth(&self, id: TableId) -> usize {
        if self.pipeline.master(self.pipeline.table(id)).is_some() { 3 } else { 2 }
    }

    /// Returns the path of a table's module, from what holds the schemas.
    pub fn path(&self, id: TableId) -> String {
        let table = self.pipeline.table(id);
        let outer = match table.tier {
            Tier::Part { master } => self.path(master),
            Tier::Manual | Tier::Lookup | Tier::Imported | Tier::Computed => self.schemas[&table.schema].clone(),
        };
        format!("{outer}::{}", self.names(id).module)
    }

    /// Keeps the types of the user's; tells whether each is for an attribute that can have one.
    fn take_types(&mut self, options: &Options, sink: &mut Sink) -> bool {
        let mut fits = true;
        for (path, text) in &options.field_types {
            let (table, attribute) = path.rsplit_once('.').unwrap_or(("", path));
            let found = self.pipeline.tables().find(|(id, _)| self.pipeline.qualified_name(*id) == table);
            if found.is_some_and(|(id, _)| !self.tables.contains_key(&id)) {
                // It is of a schema that is not asked for.
                continue;
            }
            let of =
                found.and_then(|(id, found)| Some((id, found.heading.get(attribute).filter(|attribute| attribute.origin == Origin::Own)?)));
            let problem = match &of {
                None => {
                    Some(format!("no table declares `{path}`; write `module.Class.attribute`, a part as `module.Master.Part.attribute`"))
                }
                Some((_, attribute)) if !is_structured(attribute) => {
                    Some(format!("`{path}` is `{}`; only blobs and json take a type of your own", attribute.type_text))
                }
                Some(_) if syn::parse_str::<syn::Type>(text).is_err() => Some(format!("`{text}` is no type of Rust, wanted for `{path}`")),
                Some(_) => None,
            };
            match (problem, of) {
                (Some(problem), _) => {
                    fits = false;
                    sink.report(codes::RUST_FIELD_TYPE.anywhere(problem));
                }
                (None, Some((id, _))) => {
                    self.custom.insert((id, attribute.to_string()), text.clone());
                }
                (None, None) => unreachable!("what is not found is a problem"),
            }
        }
        fits
    }
}

/// Tells whether serde can read the values of an attribute.
fn is_structured(attribute: &Attribute) -> bool {
    match &attribute.ty {
        AttributeType::Blob(_) | AttributeType::Json => true,
        AttributeType::Codec(codec) => codec.name == "blob" && codec.store == crate::core::ir::CodecStore::Inline,
        AttributeType::Integer(_)
        | AttributeType::Serial
        | AttributeType::CoreInteger(_)
        | AttributeType::CoreFloat(_)
        | AttributeType::Decimal(_)
        | AttributeType::Float(_)
        | AttributeType::Char(_)
        | AttributeType::Varchar(_)
        | AttributeType::Text(_)
        | AttributeType::Enum(_)
        | AttributeType::Bool
        | AttributeType::Date
        | AttributeType::Datetime(_)
        | AttributeType::Time(_)
        | AttributeType::Timestamp(_)
        | AttributeType::Year
        | AttributeType::Uuid
        | AttributeType::Bytes
        | AttributeType::Attach
        | AttributeType::External(_)
        | AttributeType::Adapted { .. }
        | AttributeType::Invalid => false,
    }
}

/// Returns schemas with all that their tables refer to.
fn closure(pipeline: &Pipeline, wanted: &BTreeSet<SchemaId>) -> BTreeSet<SchemaId> {
    let mut schemas = BTreeSet::new();
    let mut open: Vec<SchemaId> = wanted.iter().copied().collect();
    while let Some(id) = open.pop() {
        if schemas.insert(id) {
            let tables = pipeline.schema(id).tables.iter().map(|table| pipeline.table(*table));
            let parents = tables.flat_map(|table| {
                let references = table.references.iter().map(|reference| reference.parent);
                references.chain(table.annotations.nwb_table)
            });
            open.extend(parents.map(|parent| pipeline.table(parent).schema));
        }
    }
    schemas
}

/// Names the tables of a schema. Classes have their own names wherever Rust allows; all that is made up gives way.
fn schema_names(pipeline: &Pipeline, id: SchemaId) -> BTreeMap<TableId, Names> {
    let tables = &pipeline.schema(id).tables;
    let is_part = |id: &TableId| matches!(pipeline.table(*id).tier, Tier::Part { .. });
    let (parts, masters): (Vec<TableId>, Vec<TableId>) = tables.iter().copied().partition(is_part);
    let mut types = Taken::default();
    let mut names = class_names(pipeline, &masters, &mut types, "Table");
    for master in &masters {
        let own: Vec<TableId> = parts.iter().copied().filter(|part| pipeline.table(*part).tier == Tier::Part { master: *master }).collect();
        let mut inside = Taken::new(TYPES);
        let mut of_parts = class_names(pipeline, &own, &mut inside, "Part");
        let constants: Vec<String> = of_parts.values().map(|names| names.class.clone()).collect();
        let name = names.get_mut(master).expect("every master was just named");
        attribute_names(pipeline, *master, &constants, &mut inside, name);
        add_aliases(&own, &mut inside, &mut of_parts);
        name.types = inside;
        for (part, names) in &mut of_parts {
            let mut inside = Taken::new(TYPES);
            attribute_names(pipeline, *part, &[], &mut inside, names);
            names.types = inside;
        }
        names.extend(of_parts);
    }
    add_aliases(&masters, &mut types, &mut names);
    names
}

fn class_names(pipeline: &Pipeline, tables: &[TableId], types: &mut Taken, apart: &str) -> BTreeMap<TableId, Names> {
    let mut names: BTreeMap<TableId, Names> = BTreeMap::new();
    for id in tables {
        names.entry(*id).or_default().class = types.free(&pipeline.table(*id).class, apart);
    }
    for id in tables {
        names.entry(*id).or_default().module = types.free(&snake(&pipeline.table(*id).class), "_");
    }
    names
}

fn add_aliases(tables: &[TableId], types: &mut Taken, names: &mut BTreeMap<TableId, Names>) {
    for id in tables {
        let names = names.get_mut(id).expect("classes were named first");
        let class = plain(&names.class);
        let aliases = [("Row", format!("{class}Row")), ("Key", format!("{class}Key")), ("New", format!("New{class}"))];
        names.aliases = aliases.into_iter().filter(|(_, alias)| types.take(alias)).collect();
    }
}

fn attribute_names(pipeline: &Pipeline, id: TableId, constants: &[String], types: &mut Taken, names: &mut Names) {
    let mut fields = Taken::new(CONSTANTS.into_iter().chain(constants.iter().map(String::as_str)));
    for attribute in pipeline.table(id).heading.attributes.iter().filter(|attribute| !attribute.hidden) {
        names.fields.insert(attribute.name.clone(), fields.free(plain(&ident(&attribute.name)), "_"));
        if attribute.origin == Origin::Own && is_enum(&attribute.ty) {
            let wanted = pascal(&attribute.name).unwrap_or_else(|| "Values".to_string());
            names.enums.insert(attribute.name.clone(), types.free(&wanted, "Value"));
        }
    }
}

/// Tells whether an attribute becomes an enum, behind adapters and codecs too.
fn is_enum(ty: &AttributeType) -> bool {
    match ty {
        AttributeType::Enum(_) => true,
        AttributeType::Adapted { stored, .. } => is_enum(stored),
        AttributeType::Codec(codec) => is_enum(&codec.stored),
        AttributeType::Integer(_)
        | AttributeType::Serial
        | AttributeType::CoreInteger(_)
        | AttributeType::CoreFloat(_)
        | AttributeType::Decimal(_)
        | AttributeType::Float(_)
        | AttributeType::Char(_)
        | AttributeType::Varchar(_)
        | AttributeType::Text(_)
        | AttributeType::Bool
        | AttributeType::Date
        | AttributeType::Datetime(_)
        | AttributeType::Time(_)
        | AttributeType::Timestamp(_)
        | AttributeType::Year
        | AttributeType::Json
        | AttributeType::Uuid
        | AttributeType::Blob(_)
        | AttributeType::Bytes
        | AttributeType::Attach
        | AttributeType::External(_)
        | AttributeType::Invalid => false,
    }
}
