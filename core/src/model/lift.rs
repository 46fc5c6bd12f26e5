//! A catalog that was inspected, as a model: what Python declared, without its sources.

use std::sync::Arc;

use super::Model;
use crate::catalog::Catalog;
use crate::dialect::Server;

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
    /// Types come from the marker in the comment where there is one, else from the column. Lineage comes from `~lineage`, and where a schema
    /// has none, along the foreign keys. Hidden and service tables (`~…`) are left out, hidden columns (`_…`) are marked.
    pub fn lift(catalog: &Catalog, server: Server) -> (Arc<Model>, Vec<Unlifted>) {
        let _ = (catalog, server);
        todo!("live")
    }
}
