//! Which names are meant: `u_*`, `lab_*.tmp_*`.

use glob::{MatchOptions, Pattern, PatternError};

/// Patterns of names, where `*` and `?` stand for any text and any character. Letter case counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns {
    patterns: Vec<Pattern>,
}

impl Patterns {
    /// Reads them.
    ///
    /// # Errors
    /// The first that is no pattern, with what is wrong about it.
    pub fn new<'p>(texts: impl IntoIterator<Item = &'p str>) -> Result<Self, (String, PatternError)> {
        let read = |text: &str| Pattern::new(text).map_err(|error| (text.to_string(), error));
        Ok(Patterns { patterns: texts.into_iter().map(read).collect::<Result<_, _>>()? })
    }

    /// Returns whether one of them means the name.
    pub fn matches(&self, name: &str) -> bool {
        let options = MatchOptions { case_sensitive: true, require_literal_separator: false, require_literal_leading_dot: false };
        self.patterns.iter().any(|pattern| pattern.matches_with(name, options))
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }
}

/// What nobody wants to hear of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored {
    /// Physical schemas.
    pub schemas: Patterns,
    /// `schema.table`, `schema.table.attribute`.
    pub places: Patterns,
}

impl Ignored {
    /// Returns whether a finding, by its identity, is about something to leave alone: the place itself, or what it is in.
    pub fn covers(&self, identity: &str) -> bool {
        let place = super::baseline::place(identity);
        let mut head = Some(place);
        while let Some(name) = head {
            if self.places.matches(name) {
                return true;
            }
            head = name.rsplit_once('.').map(|(head, _)| head);
        }
        self.schemas.matches(super::baseline::schema(identity))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_what_is_inside() {
        let ignored = Ignored {
            schemas: Patterns::new(["u_*"]).expect("patterns"),
            places: Patterns::new(["lab.tmp_*", "lab.cell.note"]).expect("patterns"),
        };
        assert!(ignored.covers("DJ0604 lab.tmp_x: table is not declared"));
        assert!(ignored.covers("DJ0611 lab.tmp_x.age: attribute"));
        assert!(ignored.covers("DJ0621 lab.cell.note: comment"));
        assert!(!ignored.covers("DJ0621 lab.cell.size: comment"));
        assert!(ignored.covers("DJ0604 u_ana.x: table is not declared"));
    }
}
