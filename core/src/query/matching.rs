//! Which attributes of two relations are the same.

use super::{Heading, Matching, QueryError};

/// Returns the names that both have.
///
/// # Errors
/// A name that does not mean the same on both sides, where meaning counts.
pub(super) fn shared(left: &Heading, right: &Heading, matching: Matching) -> Result<Vec<String>, QueryError> {
    let mut names = Vec::new();
    for attribute in &left.attributes {
        let Some(other) = right.get(&attribute.name) else { continue };
        let same = attribute.lineage.is_some() && attribute.lineage == other.lineage;
        match matching {
            Matching::Semantic if !same => {
                return Err(QueryError::Lineage {
                    attribute: attribute.name.clone(),
                    left: attribute.lineage.clone(),
                    right: other.lineage.clone(),
                });
            }
            Matching::Semantic | Matching::Natural => names.push(attribute.name.clone()),
        }
    }
    Ok(names)
}
