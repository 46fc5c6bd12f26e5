//! Tables to be measured with, made by hand: this crate cannot parse.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use djc_runtime::core::ir::type_text::{self, TypeContext};
use djc_runtime::core::ir::{
    Annotations, Attribute, Charset, ColumnMap, Default as AttributeDefault, ForeignKey, Generation, Heading, Lineage, Origin, Pipeline,
    ReferenceId, Schema, SchemaId, SchemaName, Table, TableId, Tier,
};
use djc_runtime::core::model::Model;
use djc_runtime::core::query;
use djc_runtime::core::source::Span;
use djc_runtime::core::state::{Lowering, State};
use djc_runtime::deploy::{DeployOptions, Desired, Silent, deploy};
use djc_runtime::table::Dynamic;
use djc_runtime::{ConnectOptions, Connection, DatabaseUrl, Db, Query, Session};

use super::peer::Peer;

/// Where tables are made: a schema on a server.
pub struct Place {
    pub url: String,
    pub schema: String,
}

/// A table.
pub struct Definition {
    pub class: String,
    /// The table that it stands on, whose key is the first of its own.
    pub parent: Option<usize>,
    /// Its own attributes with their types; the first belongs to the key.
    pub attributes: Vec<(String, &'static str)>,
}

impl Definition {
    pub fn new(class: &str, attributes: &[(&str, &'static str)]) -> Definition {
        let attributes = attributes.iter().map(|(name, ty)| (name.to_string(), *ty)).collect();
        Definition { class: class.to_string(), parent: None, attributes }
    }
}

/// Tables that are there, with a session to use them.
pub struct Deployed {
    pub db: Connection,
    pub model: Arc<Model>,
    schema: String,
}

impl Deployed {
    pub fn id(&self, class: &str) -> TableId {
        self.model.find(&format!("speed.{class}")).expect("a table")
    }

    pub fn query(&self, class: &str) -> Query<Dynamic> {
        Query::from_core(Ok(query::Query::table(&self.model, self.id(class))))
    }

    /// Returns the name that the server knows.
    pub fn name(&self, class: &str) -> String {
        format!("`{}`.`{}`", self.schema, class.to_lowercase())
    }

    /// Gives the column of a large table the comment by which this datajoint knows what is in it.
    pub async fn mark_blobs(&self, class: &str, peers: &[Peer]) {
        let marker = peers.first().map_or("", Peer::blob_marker);
        self.execute(&format!("ALTER TABLE {} MODIFY body longblob NOT NULL COMMENT '{marker}'", self.name(class))).await;
    }

    pub async fn execute(&self, sql: &str) {
        self.db.lock().await.expect("a session").execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

impl Place {
    /// Makes the tables. Their types are the server's own, which both generations of datajoint read.
    pub async fn deploy(&self, tables: &[Definition]) -> Deployed {
        let mut pipeline = Pipeline::default();
        pipeline.schemas.push(Schema {
            module: "speed".to_string(),
            name: SchemaName::new(&self.schema),
            generation: Generation::Classic,
            owned: true,
            charset: Charset::default(),
            doc: None,
            tables: Vec::new(),
            span: Span::default(),
        });
        for definition in tables {
            let id = TableId(pipeline.tables.len() as u32);
            pipeline.tables.push(table(id, definition, &pipeline));
            pipeline.schemas[0].tables.push(id);
            pipeline.order.push(id);
        }
        let state = State::new(&pipeline, &BTreeSet::from(["speed".to_string()]), Lowering::default());
        let mut db = self.connect().await;
        let names = [self.schema.clone()];
        let lowered = state.lower(&names, &BTreeSet::from(["speed".to_string()]), db.target());
        let desired = Desired::new(&state.pipeline, &names, lowered);
        deploy(&mut db, &desired, &DeployOptions::default(), &mut Silent).await.expect("tables are made");
        let model = Model::new(state, BTreeMap::new(), "");
        Deployed { db: Connection::over(db), model, schema: self.schema.clone() }
    }

    async fn connect(&self) -> Db {
        Db::connect(&DatabaseUrl::parse(&self.url).expect("a URL"), &ConnectOptions::default()).await.expect("a connection")
    }

    /// Drops the tables and the schema.
    pub async fn drop(&self) {
        let mut db = self.connect().await;
        db.execute(&format!("DROP DATABASE IF EXISTS `{}`", self.schema)).await.expect("the schema goes");
        db.close().await;
    }
}

fn table(id: TableId, definition: &Definition, pipeline: &Pipeline) -> Table {
    let parent = definition.parent.map(|at| &pipeline.tables[at]);
    let mut attributes: Vec<Attribute> = Vec::new();
    for (at, attribute) in parent.iter().flat_map(|parent| parent.heading.primary_key()).enumerate() {
        let origin = Origin::Reference { reference: ReferenceId(0), parent_attribute: at };
        attributes.push(Attribute { origin, ..attribute.clone() });
    }
    let key = (0..=attributes.len()).collect();
    for (at, (name, ty)) in definition.attributes.iter().enumerate() {
        let declared = type_text::parse(ty, Generation::Classic, &TypeContext::default()).expect("a type");
        attributes.push(Attribute {
            name: name.clone(),
            ty: declared.ty,
            type_text: declared.text,
            marker: declared.marker,
            default: AttributeDefault::Required,
            comment: String::new(),
            origin: Origin::Own,
            lineage: (at == 0).then(|| Lineage { table: id, attribute: name.clone() }),
            hidden: false,
            renamed_from: None,
            span: Span::default(),
            type_span: Span::default(),
        });
    }
    let reference = |at: usize| {
        let key = pipeline.tables[at].heading.primary_key();
        ForeignKey {
            parent: TableId(at as u32),
            columns: key.map(|attribute| ColumnMap { child: attribute.name.clone(), parent: attribute.name.clone() }).collect(),
            nullable: false,
            unique: false,
            primary: true,
            part_of: false,
            span: Span::default(),
            target_span: Span::default(),
        }
    };
    Table {
        schema: SchemaId(0),
        class: definition.class.clone(),
        stored: definition.class.to_lowercase(),
        tier: Tier::Manual,
        comment: String::new(),
        doc: None,
        heading: Heading { attributes, key },
        references: definition.parent.into_iter().map(reference).collect(),
        indexes: Vec::new(),
        contents: Vec::new(),
        annotations: Annotations::default(),
        span: Span::default(),
        name_span: Span::default(),
    }
}
