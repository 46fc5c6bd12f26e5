//! The attributes of a table.

use serde::{Deserialize, Serialize};

use super::{AttributeType, ReferenceId, SqlLiteral, TableId};
use crate::source::Span;

/// The attributes of a table in the order of its columns, and which of them are the key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Heading {
    /// All attributes in column order: those of the key section first, as DataJoint declares them, except for `_singleton`, which stands last.
    pub attributes: Vec<Attribute>,
    /// Positions of the key attributes, in the order of the primary key constraint.
    pub key: Vec<usize>,
}

impl Heading {
    /// Returns the key attributes in the order of the primary key.
    pub fn primary_key(&self) -> impl Iterator<Item = &Attribute> {
        self.key.iter().map(|at| &self.attributes[*at])
    }

    /// Returns the attributes that are not in the key, in column order.
    pub fn dependent(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().enumerate().filter(|(at, _)| !self.key.contains(at)).map(|(_, attribute)| attribute)
    }

    /// Returns the attribute of that name.
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// Returns whether the attribute of that name is in the key.
    pub fn is_key(&self, name: &str) -> bool {
        self.primary_key().any(|attribute| attribute.name == name)
    }
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// The name.
    pub name: String,
    /// The type; for an inherited attribute that of its origin.
    pub ty: AttributeType,
    /// The type text as written by its author (`int unsigned`), which markers repeat; for an inherited attribute that of its origin.
    pub type_text: String,
    /// Whether generation and type ask for a `:type:` marker in the comment of an *own* column.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub marker: bool,
    /// What a row gets that does not say; never inherited.
    pub default: Default,
    /// The comment without marker and without a `{old_name}` head.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
    /// Where the attribute comes from.
    pub origin: Origin,
    /// Where it was first introduced: itself for an own key attribute, `None` for an own dependent attribute.
    pub lineage: Option<Lineage>,
    /// Columns beginning with `_` that datajoint adds itself and hides.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub hidden: bool,
    /// The name that it had before, said by `{old_name}` or `@renamed`.
    pub renamed_from: Option<String>,
    /// The attribute's line, or the reference that brought it.
    #[serde(skip)]
    pub span: Span,
    /// Where the type is written; the reference for an inherited attribute.
    #[serde(skip)]
    pub type_span: Span,
}

impl Attribute {
    /// Returns whether a row may leave it NULL.
    pub fn nullable(&self) -> bool {
        self.default == Default::Null
    }
}

/// Where an attribute comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// A line of the table itself.
    Own,
    /// A reference that brought it; the first one, when several share the column.
    Reference {
        /// The reference, of this table.
        reference: ReferenceId,
        /// Position of the parent's attribute in the parent's heading.
        parent_attribute: usize,
    },
    /// datajoint adds it (`_singleton`, job metadata, hidden timestamp).
    Platform,
}

/// What a row gets that does not name the attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Default {
    /// Nothing: the value must be given.
    Required,
    /// NULL.
    Null,
    /// A constant.
    Literal(SqlLiteral),
    /// The moment of the insert.
    CurrentTimestamp {
        /// Digits of the second's fraction when written in parentheses.
        precision: Option<u8>,
        /// Digits for `ON UPDATE CURRENT_TIMESTAMP(n)`, MySQL family only; `Some(None)` when without parentheses.
        #[serde(default, with = "on_update")]
        on_update: Option<Option<u8>>,
    },
}

/// serde writes `Some(None)` as it writes `None`; here the one is an empty list.
mod on_update {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(digits: &Option<Option<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        digits.map(|digits| digits.into_iter().collect::<Vec<u8>>()).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u8>>, D::Error> {
        let digits: Option<Vec<u8>> = Option::deserialize(deserializer)?;
        Ok(digits.map(|digits| digits.first().copied()))
    }
}

/// The table and attribute in which a value was first introduced; two attributes match in a join when theirs are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lineage {
    /// The table.
    pub table: TableId,
    /// Its attribute.
    pub attribute: String,
}
