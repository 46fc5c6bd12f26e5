//! Tables to be measured with, made by hand: this crate cannot parse.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use djc_runtime::core::ir::type_text::{self, TypeContext};
use djc_runtime::core::ir::{
    Annotations, Attribute, Charset, Default as AttributeDefault, Generation, Heading, Lineage, Origin, Pipeline, Schema, SchemaId,
    SchemaName, Table, TableId, Tier,
};
use djc_runtime::core::model::Model;
use djc_runtime::core::source::Span;
use djc_runtime::core::state::{Lowering, State};
use djc_runtime::deploy::{DeployOptions, Desired, Silent, deploy};
use djc_runtime::{ConnectOptions, DatabaseUrl, Db};

/// A table: its class, and its attributes with their types, the first of which is the key.
pub type Definition = (&'static str, &'static [(&'static str, &'static str)]);

/// Makes the tables in a schema and returns their model.
pub async fn deployed(url: &str, schema: &str, tables: &[Definition]) -> Arc<Model> {
    let generation = Generation::Modern;
    let mut pipeline = Pipeline::default();
    pipeline.schemas.push(Schema {
        module: "speed".to_string(),
        name: SchemaName::new(schema),
        generation,
        owned: true,
        charset: Charset::default(),
        doc: None,
        tables: Vec::new(),
        span: Span::default(),
    });
    for (at, (class, attributes)) in tables.iter().enumerate() {
        let id = TableId(at as u32);
        pipeline.tables.push(table(id, class, attributes, generation));
        pipeline.schemas[0].tables.push(id);
        pipeline.order.push(id);
    }
    let state = State::new(&pipeline, &BTreeSet::from(["speed".to_string()]), Lowering::default());
    let mut db = Db::connect(&DatabaseUrl::parse(url).expect("a URL"), &ConnectOptions::default()).await.expect("a connection");
    let names = [schema.to_string()];
    let lowered = state.lower(&names, &BTreeSet::from(["speed".to_string()]), db.target());
    let desired = Desired::new(&state.pipeline, &names, lowered);
    deploy(&mut db, &desired, &DeployOptions::default(), &mut Silent).await.expect("tables are made");
    db.close().await;
    Model::new(state, BTreeMap::new(), "")
}

fn table(id: TableId, class: &str, attributes: &[(&str, &str)], generation: Generation) -> Table {
    let attribute = |(at, (name, ty)): (usize, &(&str, &str))| {
        let declared = type_text::parse(ty, generation, &TypeContext::default()).expect("a type");
        Attribute {
            name: name.to_string(),
            ty: declared.ty,
            type_text: declared.text,
            marker: declared.marker,
            default: AttributeDefault::Required,
            comment: String::new(),
            origin: Origin::Own,
            lineage: (at == 0).then(|| Lineage { table: id, attribute: name.to_string() }),
            hidden: false,
            renamed_from: None,
            span: Span::default(),
            type_span: Span::default(),
        }
    };
    Table {
        schema: SchemaId(0),
        class: class.to_string(),
        stored: class.to_lowercase(),
        tier: Tier::Manual,
        comment: String::new(),
        doc: None,
        heading: Heading { attributes: attributes.iter().enumerate().map(attribute).collect(), key: vec![0] },
        references: Vec::new(),
        indexes: Vec::new(),
        contents: Vec::new(),
        annotations: Annotations::default(),
        span: Span::default(),
        name_span: Span::default(),
    }
}

/// Drops a schema.
pub async fn dropped(url: &str, schema: &str) {
    let mut db = Db::connect(&DatabaseUrl::parse(url).expect("a URL"), &ConnectOptions::default()).await.expect("a connection");
    db.execute(&format!("DROP DATABASE `{schema}`")).await.expect("the schema goes");
    db.close().await;
}
