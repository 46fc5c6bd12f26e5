//! What generated code and a live database know of tables: the pipeline, what its variables come to by default, and who stands on whom.
//!
//! Generated code carries a [`State`] as text and reads it once; [`lift`](Model::lift) makes the same of a catalog that was inspected, so that
//! queries, cascades and inserts work on any DataJoint database, its Python tables included. A model is shared (`Arc`) and never changes.

mod lift;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::dialect::Server;
use crate::ir::{Pipeline, ReferenceId, SchemaName, Table, TableId};
use crate::state::{State, StateError};

pub use lift::Unlifted;

/// Tables that queries can be made of.
#[derive(Debug)]
pub struct Model {
    state: State,
    variables: BTreeMap<String, String>,
    fingerprint: String,
    by_name: HashMap<String, TableId>,
    children: Vec<Vec<(TableId, ReferenceId)>>,
}

impl Model {
    /// Returns the model of a state. `variables` are the values of schema names that the pipeline's own settings give; `fingerprint` is what
    /// generated code was built from, empty for a database that was inspected.
    pub fn new(state: State, variables: BTreeMap<String, String>, fingerprint: impl Into<String>) -> Arc<Model> {
        let pipeline = &state.pipeline;
        let by_name = pipeline.tables().map(|(id, _)| (pipeline.qualified_name(id), id)).collect();
        let mut children = vec![Vec::new(); pipeline.tables.len()];
        for (id, table) in pipeline.tables() {
            for (at, reference) in table.references.iter().enumerate() {
                children[reference.parent.0 as usize].push((id, ReferenceId(at as u32)));
            }
        }
        Arc::new(Model { variables, fingerprint: fingerprint.into(), by_name, children, state })
    }

    /// Reads what generated code carries.
    ///
    /// # Errors
    /// As [`State::read`]; generated code that was not edited reads.
    pub fn read(state: &str, variables: &[(&str, &str)], fingerprint: &str) -> Result<Arc<Model>, StateError> {
        let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Ok(Model::new(State::read(state)?, variables, fingerprint))
    }

    /// Returns the tables.
    pub fn pipeline(&self) -> &Pipeline {
        &self.state.pipeline
    }

    /// Returns the state that the model was made of.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Returns the values that variables of schema names have where the environment sets none.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// Returns what generated code was built from: blake3 of the state, in hexadecimal digits. Empty for an inspected database.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Returns the table.
    pub fn table(&self, id: TableId) -> &Table {
        self.state.pipeline.table(id)
    }

    /// Returns the table that is called so: `module.Class`, `module.Master.Part`, or `schema.stored_name` with the schema's template or name.
    pub fn find(&self, name: &str) -> Option<TableId> {
        if let Some(id) = self.by_name.get(name) {
            return Some(*id);
        }
        let plain: String = name.chars().filter(|c| !matches!(c, '`' | '"')).collect();
        let (schema, stored) = plain.split_once('.')?;
        let pipeline = &self.state.pipeline;
        let mut found = pipeline.tables().filter(|(_, table)| {
            let name = &pipeline.schema(table.schema).name;
            table.stored == stored && (name.template() == schema || name.resolve(&self.variables).is_ok_and(|name| name == schema))
        });
        found.next().map(|(id, _)| id)
    }

    /// Returns the references to a table, in order of the tables that have them; two from one table are two.
    pub fn children(&self, id: TableId) -> &[(TableId, ReferenceId)] {
        &self.children[id.0 as usize]
    }

    /// Returns where an attribute was first introduced, as datajoint 2 stores it: `schema.table.attribute`, the schema with its variables
    /// unresolved. `None` for a dependent attribute of the table's own, which joins nothing.
    pub fn lineage(&self, id: TableId, attribute: &str) -> Option<String> {
        let lineage = self.table(id).heading.get(attribute)?.lineage.as_ref()?;
        let origin = self.table(lineage.table);
        let schema = self.state.pipeline.schema(origin.schema).name.template();
        Some(format!("{schema}.{}.{}", origin.stored, lineage.attribute))
    }

    /// Returns the name that messages print: `module.Class`, `module.Master.Part`.
    pub fn display_name(&self, id: TableId) -> String {
        self.state.pipeline.qualified_name(id)
    }
}

/// Which server SQL is written for, and what the variables of schema names come to there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The server.
    pub server: Server,
    /// Variables that win over those of a [`Model`].
    pub variables: BTreeMap<String, String>,
}

impl Scope {
    /// Returns a scope that leaves variables to the model.
    pub fn new(server: Server) -> Self {
        Scope { server, variables: BTreeMap::new() }
    }

    /// Returns the physical name of a table's schema.
    ///
    /// # Errors
    /// A variable that nothing gives a value.
    pub fn schema(&self, model: &Model, id: TableId) -> Result<String, crate::ir::UnsetVariable> {
        self.resolve(model, &model.pipeline().schema(model.table(id).schema).name)
    }

    /// Returns what a name comes to.
    ///
    /// # Errors
    /// A variable that nothing gives a value.
    pub fn resolve(&self, model: &Model, name: &SchemaName) -> Result<String, crate::ir::UnsetVariable> {
        if self.variables.is_empty() {
            return name.resolve(model.variables());
        }
        let mut variables = model.variables().clone();
        variables.extend(self.variables.iter().map(|(name, value)| (name.clone(), value.clone())));
        name.resolve(&variables)
    }

    /// Returns the table as SQL has it.
    ///
    /// # Errors
    /// As [`Scope::schema`].
    pub fn table_sql(&self, model: &Model, id: TableId) -> Result<String, crate::ir::UnsetVariable> {
        Ok(self.server.table_sql(&self.schema(model, id)?, &model.table(id).stored))
    }
}
