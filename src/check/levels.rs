//! How loud each code is: `[check]` of `djc.toml`, then the command line.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Level, codes};

/// Levels that were set by name; the last setting of a code wins, whichever of its names was used.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    /// By number for codes that exist, else by the name that nothing has.
    by_name: BTreeMap<String, Level>,
    /// `--deny warnings`: what would be a warning is an error.
    pub deny_warnings: bool,
}

impl Levels {
    /// Returns the levels of a `[check]` table: what is allowed, and what is denied.
    pub fn new<'a>(allow: impl IntoIterator<Item = &'a String>, deny: impl IntoIterator<Item = &'a String>) -> Self {
        let mut levels = Levels::default();
        allow.into_iter().for_each(|name| levels.set(name, Level::Allow));
        deny.into_iter().for_each(|name| levels.set(name, Level::Error));
        levels
    }

    /// Sets the level of a code, by its number or its short name; `warnings` stands for all warnings.
    pub fn set(&mut self, name: &str, level: Level) {
        if name.eq_ignore_ascii_case("warnings") {
            self.deny_warnings = level == Level::Error;
        } else {
            let code = codes::CODES.iter().find(|code| names(name, code));
            self.by_name.insert(code.map_or(name, |code| code.id).to_string(), level);
        }
    }

    /// Returns the names that no code has, so that a misspelt setting is not silently without effect.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str).filter(|name| !codes::CODES.iter().any(|code| names(name, code)))
    }

    /// Returns the level of a finding whose rule gave it the level `level`.
    pub fn of(&self, code: &Code, level: Level) -> Level {
        match self.by_name.get(code.id) {
            Some(set) => *set,
            None if self.deny_warnings && level == Level::Warning => Level::Error,
            None => level,
        }
    }

    /// Gives every finding of the other passes its level. What those passes call an error stays one: nothing can be
    /// generated from it, whatever the settings say.
    pub fn apply(&self, diagnostics: &mut Vec<Diagnostic>) {
        for diagnostic in diagnostics.iter_mut().filter(|diagnostic| diagnostic.level != Level::Error) {
            diagnostic.level = self.of(diagnostic.code, diagnostic.level);
        }
        diagnostics.retain(|diagnostic| diagnostic.level != Level::Allow);
    }
}

/// Returns whether `name`, as a person writes it in a setting, means this code.
pub fn names(name: &str, code: &Code) -> bool {
    name.eq_ignore_ascii_case(code.id) || name.eq_ignore_ascii_case(code.slug)
}

#[cfg(test)]
mod tests {
    use super::*;
    use codes::{FLOAT_IN_KEY, UNUSED_USE};

    #[test]
    fn a_code_is_set_by_number_or_by_name() {
        let levels = Levels::new(&["dj0301".to_string()], &["unused-use".to_string()]);
        assert_eq!(levels.of(&FLOAT_IN_KEY, Level::Warning), Level::Allow);
        assert_eq!(levels.of(&UNUSED_USE, Level::Warning), Level::Error);
        assert_eq!(levels.unknown().count(), 0);
    }

    #[test]
    fn the_command_line_wins_whichever_name_it_uses() {
        let mut levels = Levels::new(&[], &["DJ0301".to_string()]);
        levels.set("float-in-key", Level::Allow);
        assert_eq!(levels.of(&FLOAT_IN_KEY, Level::Warning), Level::Allow);
    }

    #[test]
    fn denied_warnings_leave_notes_alone() {
        let mut levels = Levels::default();
        levels.set("warnings", Level::Error);
        assert_eq!(levels.of(&FLOAT_IN_KEY, Level::Warning), Level::Error);
        assert_eq!(levels.of(&FLOAT_IN_KEY, Level::Note), Level::Note);
    }

    #[test]
    fn a_misspelt_code_is_named() {
        let levels = Levels::new(&["flaot-in-key".to_string()], &[]);
        assert_eq!(levels.unknown().collect::<Vec<_>>(), ["flaot-in-key"]);
    }

    #[test]
    fn errors_of_other_passes_cannot_be_allowed() {
        let levels = Levels::new(&["syntax".to_string()], &[]);
        let mut diagnostics = vec![codes::SYNTAX.anywhere("text that fits nothing")];
        levels.apply(&mut diagnostics);
        assert_eq!(diagnostics.len(), 1);
    }
}
