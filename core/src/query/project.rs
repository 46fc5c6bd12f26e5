//! `query.proj(…)`.

use std::collections::BTreeSet;

use super::block::{Block, Expr};
use super::{Attribute, AttributeKind, Heading, Projection, QueryError};
use crate::predicate::Predicate;

impl Block {
    /// Selects, renames and computes attributes; the key stays.
    pub fn projected(&self, projection: &Projection) -> Result<Block, QueryError> {
        self.check_names(projection)?;
        let mut computed = Vec::new();
        for (name, text) in &projection.computed {
            let predicate = Predicate::expression(text, false)?;
            for (attribute, _) in predicate.attributes() {
                self.attribute(&attribute)?;
            }
            computed.push((name, predicate));
        }
        let mentioned: BTreeSet<String> =
            computed.iter().flat_map(|(_, predicate)| predicate.attributes()).map(|(attribute, _)| attribute).collect();
        let mut block = if mentioned.iter().any(|name| self.computes(name)) { self.wrapped() } else { self.clone() };

        let (mut heading, mut columns) = (Heading::default(), Vec::new());
        for (at, attribute) in block.heading.attributes.iter().enumerate() {
            let renamed = projection.renamed.iter().find(|(_, old)| *old == attribute.name);
            let named = projection.names.contains(&attribute.name);
            let kept = projection.all && !projection.without.contains(&attribute.name);
            if let Some((new, _)) = renamed {
                heading.attributes.push(Attribute { name: new.clone(), ..attribute.clone() });
                columns.push(block.columns[at].clone());
            } else if attribute.in_key || named || kept {
                heading.attributes.push(attribute.clone());
                columns.push(block.columns[at].clone());
            }
        }
        for (name, predicate) in computed {
            let bare = predicate.text().trim_matches(['(', ')', ' ', '`']);
            match block.position(bare) {
                // `(a)` has the values of `a` under a second name.
                Some(at) => {
                    let attribute = &block.heading.attributes[at];
                    heading.attributes.push(Attribute { name: name.clone(), in_key: false, lineage: None, ..attribute.clone() });
                    columns.push(block.columns[at].clone());
                }
                None => {
                    heading.attributes.push(computed_attribute(name));
                    columns.push(Expr::Computed(block.said(predicate)?));
                }
            }
        }
        (block.heading, block.columns) = (heading, columns);
        Ok(block)
    }

    /// Refuses what no projection may do.
    fn check_names(&self, projection: &Projection) -> Result<(), QueryError> {
        for name in &projection.names {
            self.attribute(name)?;
        }
        for name in &projection.without {
            let (_, attribute) = self.attribute(name)?;
            if attribute.in_key {
                return Err(QueryError::Refused(format!("`{name}` is in the key and stays in every projection; rename it instead")));
            }
            if !projection.all {
                return Err(QueryError::Refused(format!("`{name}` is left out of a projection that does not keep the other attributes")));
            }
        }
        let mut sources = BTreeSet::new();
        for (new, old) in &projection.renamed {
            self.attribute(old)?;
            if !sources.insert(old) {
                return Err(QueryError::Refused(format!(
                    "`{old}` is renamed twice; as an expression, `{new} = ({old})`, it has a second name"
                )));
            }
        }
        let stays = |name: &String| {
            let renamed = projection.renamed.iter().any(|(_, old)| old == name);
            let kept = self.heading.get(name).is_some_and(|attribute| attribute.in_key) || projection.names.contains(name);
            !renamed && (kept || (projection.all && self.position(name).is_some() && !projection.without.contains(name)))
        };
        let mut taken = BTreeSet::new();
        for (new, _) in projection.renamed.iter().chain(&projection.computed) {
            if new.is_empty() {
                return Err(QueryError::Refused("an attribute needs a name".to_string()));
            }
            if stays(new) || !taken.insert(new) {
                return Err(QueryError::Refused(format!("there is an attribute `{new}` in the projection already")));
            }
        }
        Ok(())
    }
}

/// Returns an attribute that an expression computes.
pub(super) fn computed_attribute(name: &str) -> Attribute {
    Attribute { name: name.to_string(), in_key: false, nullable: true, kind: AttributeKind::Computed, lineage: None, home: None }
}
