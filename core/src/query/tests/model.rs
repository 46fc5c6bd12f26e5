//! A small model out of lines.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ir::type_text::{self, TypeContext};
use crate::ir::{
    Annotations, Attribute, Charset, ColumnMap, Default as Fallback, ForeignKey, Generation, Heading, Lineage, Origin, Pipeline,
    ReferenceId, Schema, SchemaId, SchemaName, Table, TableId, Tier, snake_case,
};
use crate::model::Model;
use crate::source::Span;
use crate::state::State;

/// Returns a model of one module, `lab`. Lines of a table are `name[=default] : type`, `---`, and `-> Class` or `-> Class (child=parent, …)`.
pub(super) fn model(tables: &[(&str, &str)]) -> Arc<Model> {
    let mut pipeline = Pipeline {
        schemas: vec![Schema {
            module: "lab".to_string(),
            name: SchemaName::new("lab"),
            generation: Generation::Modern,
            owned: true,
            charset: Charset::default(),
            doc: None,
            tables: Vec::new(),
            span: Span::default(),
        }],
        ..Pipeline::default()
    };
    for (class, lines) in tables {
        let table = table(&pipeline, class, lines);
        let id = TableId(pipeline.tables.len() as u32);
        pipeline.tables.push(table);
        pipeline.schemas[0].tables.push(id);
        pipeline.order.push(id);
    }
    Model::new(State { pipeline, ..State::default() }, BTreeMap::new(), "")
}

fn table(pipeline: &Pipeline, class: &str, lines: &str) -> Table {
    let id = TableId(pipeline.tables.len() as u32);
    let mut table = Table {
        schema: SchemaId(0),
        class: class.to_string(),
        stored: snake_case(class, Generation::Modern).expect("a class name"),
        tier: Tier::Manual,
        comment: String::new(),
        doc: None,
        heading: Heading::default(),
        references: Vec::new(),
        indexes: Vec::new(),
        contents: Vec::new(),
        annotations: Annotations::default(),
        span: Span::default(),
        name_span: Span::default(),
    };
    let mut in_key = true;
    for line in lines.lines().map(str::trim) {
        if line == "---" {
            in_key = false;
        } else if let Some(arrow) = line.strip_prefix("-> ") {
            reference(pipeline, &mut table, arrow, in_key);
        } else {
            let (name, ty) = line.split_once(" : ").expect("a type");
            let (name, default) = name.split_once('=').unwrap_or((name, ""));
            let declared = type_text::parse(ty, Generation::Modern, &TypeContext::default()).expect("a type");
            let attribute = Attribute {
                name: name.to_string(),
                ty: declared.ty,
                type_text: declared.text,
                marker: declared.marker,
                default: match default {
                    "" => Fallback::Required,
                    text => type_text::parse_default(text, Generation::Modern).expect("a default"),
                },
                comment: String::new(),
                origin: Origin::Own,
                lineage: in_key.then(|| Lineage { table: id, attribute: name.to_string() }),
                hidden: name.starts_with('_'),
                renamed_from: None,
                span: Span::default(),
                type_span: Span::default(),
            };
            add(&mut table, attribute, in_key);
        }
    }
    table
}

fn reference(pipeline: &Pipeline, table: &mut Table, arrow: &str, in_key: bool) {
    let (class, renamed) = arrow.split_once(" (").unwrap_or((arrow, ""));
    let renamed: Vec<(&str, &str)> = renamed.trim_end_matches(')').split(", ").filter_map(|pair| pair.split_once('=')).collect();
    let (parent, owner) = pipeline.tables().find(|(_, table)| table.class == class).expect("a parent");
    let reference = ReferenceId(table.references.len() as u32);
    let mut columns = Vec::new();
    for at in &owner.heading.key {
        let origin = &owner.heading.attributes[*at];
        let child = renamed.iter().find(|(_, parent)| *parent == origin.name).map_or(origin.name.as_str(), |(child, _)| child);
        columns.push(ColumnMap { child: child.to_string(), parent: origin.name.clone() });
        let origin_of = Origin::Reference { reference, parent_attribute: *at };
        add(table, Attribute { name: child.to_string(), origin: origin_of, ..origin.clone() }, in_key);
    }
    table.references.push(ForeignKey {
        parent,
        columns,
        nullable: false,
        unique: false,
        primary: in_key,
        part_of: false,
        span: Span::default(),
        target_span: Span::default(),
    });
}

fn add(table: &mut Table, attribute: Attribute, in_key: bool) {
    table.heading.attributes.push(attribute);
    if in_key {
        table.heading.key.push(table.heading.attributes.len() - 1);
    }
}
