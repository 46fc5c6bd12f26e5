//! What the rows of a query have.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ir::{AttributeType, Generation, SchemaName, UnsetVariable};
use crate::model::Scope;

/// The attributes of a query, those of the key first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heading {
    /// In order; hidden attributes are left out.
    pub attributes: Vec<Attribute>,
}

impl Heading {
    /// Returns the attributes of the key.
    pub fn primary_key(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().filter(|attribute| attribute.in_key)
    }

    /// Returns the attribute of that name.
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// Returns all names, for messages and selections.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|attribute| attribute.name.as_str())
    }
}

/// One attribute of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Its name here.
    pub name: String,
    /// Whether it tells rows apart.
    pub in_key: bool,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// What it holds.
    pub kind: AttributeKind,
    /// Where it was first introduced (`schema.table.attribute`); attributes match in a join when theirs are equal.
    pub lineage: Option<String>,
    /// The schema of the table that has it, where values cannot be read without: `blob@store` and the like of datajoint 0.14.
    pub home: Option<Arc<Home>>,
}

/// A schema as a model names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// Its name, with variables in it.
    pub schema: SchemaName,
    /// What the variables come to where the [`Scope`] does not say otherwise.
    pub variables: BTreeMap<String, String>,
}

impl Home {
    /// Returns the name on the server.
    ///
    /// # Errors
    /// A variable that nothing gives a value.
    pub fn resolve(&self, scope: &Scope) -> Result<String, UnsetVariable> {
        let mut variables = self.variables.clone();
        variables.extend(scope.variables.iter().map(|(name, value)| (name.clone(), value.clone())));
        self.schema.resolve(&variables)
    }
}

/// What an attribute of a query holds.
#[derive(Debug, Clone, PartialEq)]
pub enum AttributeKind {
    /// A value of a declared type.
    Declared {
        /// The type.
        ty: AttributeType,
        /// What the type means.
        generation: Generation,
    },
    /// What an expression gives; its type is the server's to say.
    Computed,
}
