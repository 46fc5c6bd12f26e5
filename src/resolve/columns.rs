//! The attributes of a table while its lines are read.

use std::collections::HashMap;

use crate::core::ir::{Attribute, Heading};

/// Attributes in order of first appearance.
#[derive(Debug, Default)]
pub(super) struct Columns {
    attributes: Vec<Attribute>,
    key_len: usize,
    /// Names → positions; filled only for wide tables, where looking through all would take long.
    positions: HashMap<String, usize>,
}

/// From how many attributes on names are looked up in the map.
const WIDE: usize = 24;

impl Columns {
    /// Returns no columns, with room for as many as a body of `lines` lines has when each brings one.
    pub fn with_room(lines: usize) -> Self {
        Columns { attributes: Vec::with_capacity(lines), ..Columns::default() }
    }

    /// Returns the position of an attribute.
    pub fn position(&self, name: &str) -> Option<usize> {
        if self.attributes.len() < WIDE {
            self.attributes.iter().position(|attribute| attribute.name == name)
        } else {
            self.positions.get(name).copied()
        }
    }

    /// Returns the attribute at a position.
    pub fn get_mut(&mut self, at: usize) -> &mut Attribute {
        &mut self.attributes[at]
    }

    /// Returns all attributes.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// Returns how many attributes are in the key.
    pub fn key_len(&self) -> usize {
        self.key_len
    }

    /// Adds an attribute that is not there yet. The key section comes first, so the key is a head of the attributes.
    pub fn push(&mut self, attribute: Attribute, in_key: bool) {
        debug_assert!(!in_key || self.key_len == self.attributes.len(), "no way leads back to the key section");
        self.key_len += usize::from(in_key);
        if self.attributes.len() + 1 == WIDE {
            self.positions = self.attributes.iter().enumerate().map(|(at, known)| (known.name.clone(), at)).collect();
        }
        if self.attributes.len() + 1 >= WIDE {
            self.positions.insert(attribute.name.clone(), self.attributes.len());
        }
        self.attributes.push(attribute);
    }

    /// Returns the heading.
    pub fn into_heading(self) -> Heading {
        Heading { key: (0..self.key_len).collect(), attributes: self.attributes }
    }
}
