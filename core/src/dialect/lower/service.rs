//! Tables that datajoint keeps for itself and that ours need: `~external_<store>` and `~lineage`.

use std::sync::Arc;

use super::column::platform;
use super::{At, Keys, Pass, Whole};
use crate::catalog::{Action, Change, ForeignKey, Table, TableKind};
use crate::dialect::ProblemKind;
use crate::dialect::defaults::leaf;
use crate::ir::{self, Attribute, AttributeType, Generation, Heading, Origin, SchemaId, TableId, tracking_table};

impl Pass<'_> {
    /// Adds foreign keys onto `~external_<store>`.
    pub(super) fn external_references(&mut self, id: TableId, table: &ir::Table, lowered: &Table, keys: &mut Keys) {
        for attribute in table.heading.attributes.iter().filter(|attribute| attribute.origin == Origin::Own) {
            let AttributeType::External(external) = leaf(&attribute.ty) else { continue };
            if lowered.column(&attribute.name).is_none() {
                continue;
            }
            if self.options.stores.as_ref().is_some_and(|stores| !stores.contains(&external.store)) {
                let at = At { table: id, span: attribute.type_span, attribute: Some(&attribute.name) };
                self.report(at, ProblemKind::StoreUnknown { store: external.store.clone() });
            }
            keys.foreign_keys.push(ForeignKey {
                name: None,
                columns: vec![attribute.name.clone()],
                parent_schema: lowered.schema.clone(),
                parent_table: tracking_table(&external.store),
                parent_columns: vec!["hash".to_string()],
                on_update: Action::Restrict,
                on_delete: Action::Restrict,
            });
        }
    }
}

impl Whole<'_> {
    /// Adds the tables `~external_<store>` that a table refers to where they are missing.
    pub(super) fn external_tables(&mut self, id: TableId, table: &ir::Table, lowered: &Table) {
        for attribute in table.heading.attributes.iter().filter(|attribute| attribute.origin == Origin::Own) {
            let AttributeType::External(external) = leaf(&attribute.ty) else { continue };
            if lowered.column(&attribute.name).is_some() {
                self.external_table(id, table.schema, &tracking_table(&external.store));
            }
        }
    }

    /// Makes a tracking table of datajoint 0.14; the definition is the one that it declares itself.
    fn external_table(&mut self, user: TableId, schema: SchemaId, name: &str) {
        let line = |name, ty, default, comment| platform(name, ty, default, comment, Generation::Classic);
        let attributes = vec![
            line("hash", "uuid", "", "hash of contents (blob), of filename + contents (attach), or relative filepath (filepath)"),
            line("size", "bigint unsigned", "", "size of object in bytes"),
            line("attachment_name", "varchar(255)", "null", "the filename of an attachment"),
            line("filepath", "varchar(1000)", "null", "relative filepath or attachment filename"),
            line("contents_hash", "uuid", "null", "used for the filepath datatype"),
            line("timestamp", "timestamp", "CURRENT_TIMESTAMP", "automatic timestamp"),
        ];
        self.service_table(user, schema, name, "external storage tracking", attributes, 1, Generation::Classic);
    }

    /// Makes the `~lineage` table of a schema of generation 2.
    pub(super) fn lineage_table(&mut self, schema: SchemaId) {
        let Some(user) = self.pass.pipeline.schema(schema).tables.first().copied() else { return };
        // Datajoint writes these comments into the definition, and PostgreSQL takes none there.
        let mysql = self.pass.server().is_mysql_family();
        let line = |name, ty, comment| {
            let comment = if mysql { comment } else { "" };
            Attribute { marker: false, ..platform(name, ty, "", comment, Generation::Modern) }
        };
        let attributes = vec![
            line("table_name", "varchar(64)", "table name within the schema"),
            line("attribute_name", "varchar(64)", "attribute name"),
            line("lineage", "varchar(255)", "origin: schema.table.attribute"),
        ];
        self.service_table(user, schema, "~lineage", "", attributes, 2, Generation::Modern);
    }

    #[allow(clippy::too_many_arguments, reason = "one call site per service table, each saying all of it")]
    fn service_table(
        &mut self,
        user: TableId,
        schema: SchemaId,
        name: &str,
        comment: &str,
        attributes: Vec<Attribute>,
        key: usize,
        generation: Generation,
    ) {
        let schema_name = self.pass.name(schema).to_string();
        if !self.service.entry(schema_name.clone()).or_default().insert(name.to_string()) {
            return;
        }
        let primary_key = attributes[..key].iter().map(|attribute| attribute.name.clone()).collect();
        let heading = Heading { attributes, key: (0..key).collect() };
        let table = ir::Table { heading, comment: comment.to_string(), ..self.pass.pipeline.table(user).clone() };
        let columns = table.heading.attributes.iter().filter_map(|attribute| self.pass.own_column(user, &table, attribute)).collect();
        let lowered = Table {
            schema: schema_name.clone(),
            name: name.to_string(),
            kind: TableKind::Base,
            columns,
            primary_key,
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
            comment: comment.to_string(),
            engine: self.pass.server().is_mysql_family().then(|| "InnoDB".to_string()),
            charset: None,
            generation: Some(generation),
        };
        let lowered = Arc::new(lowered);
        if self.pass.is_wanted(schema) {
            self.out.changes.push(Change::CreateTable(lowered.clone()));
        }
        if let Some(entry) = self.out.catalog.schemas.get_mut(&schema_name) {
            entry.tables.insert(name.to_string(), lowered);
        }
    }
}
