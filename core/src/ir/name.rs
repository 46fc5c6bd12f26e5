//! Names and their stored forms.
//!
//! A class name is CamelCase (`MyTable`); the database knows it as a tier prefix and a snake-case word
//! (`__my_table`), a part under the name of its master (`__my_table__unit`). The physical name of a schema may
//! hold variables, and stays a template until it is resolved at the edge.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Generation, Tier};

/// Why a class name has no stored form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClassNameError {
    /// It is not CamelCase: `[A-Z][A-Za-z0-9]*`.
    #[error("a table name must be CamelCase: a capital first, then ASCII letters and digits")]
    NotCamelCase,
    /// It has an underscore, which datajoint 0.14 refuses.
    #[error("datajoint 0.14 refuses `_` in a table name")]
    Underscore,
}

/// Returns the snake-case word of a class name: `EEGData` is `e_e_g_data`, `Scan2P3x` is `scan2_p3x`.
///
/// Generation 2 deletes underscores first (and warns); classic refuses them.
pub fn snake_case(class: &str, generation: Generation) -> Result<String, ClassNameError> {
    let has_underscore = class.contains('_');
    let plain: String = class.chars().filter(|c| *c != '_').collect();
    let camel = plain.starts_with(|c: char| c.is_ascii_uppercase()) && plain.chars().all(|c| c.is_ascii_alphanumeric());
    if !camel {
        return Err(ClassNameError::NotCamelCase);
    }
    if has_underscore && generation == Generation::Classic {
        return Err(ClassNameError::Underscore);
    }
    let mut out = String::with_capacity(plain.len() + 8);
    for (at, c) in plain.chars().enumerate() {
        if c.is_ascii_uppercase() && at > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    Ok(out)
}

/// Returns the CamelCase class name that generated classes get for a stored table name (`__my_table` → `MyTable`).
///
/// For a part give only what stands behind the master's `__`. Not the inverse of [`snake_case`] in general:
/// names that differ only in digits next to capitals may come back the same.
pub fn camel_case(stored: &str) -> String {
    let mut out = String::with_capacity(stored.len());
    let mut upper = true;
    for c in stored.trim_start_matches(['#', '_']).chars() {
        if c == '_' || !c.is_alphanumeric() {
            upper = true;
        } else if upper {
            out.extend(c.to_uppercase());
            upper = false;
        } else {
            out.push(c);
        }
    }
    out
}

/// The parts of a stored table name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredName {
    /// Tier of the table, or of the master for a part.
    pub tier: StoredTier,
    /// The stored name of the master when this is a part.
    pub master: Option<String>,
    /// The word without prefix and master.
    pub base: String,
}

/// A tier as a stored name shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoredTier {
    /// No prefix.
    Manual,
    /// `#`.
    Lookup,
    /// `_`.
    Imported,
    /// `__`.
    Computed,
}

impl StoredTier {
    /// Returns what stands before the word.
    pub fn prefix(self) -> &'static str {
        match self {
            StoredTier::Manual => "",
            StoredTier::Lookup => "#",
            StoredTier::Imported => "_",
            StoredTier::Computed => "__",
        }
    }
}

/// Reads a stored table name; `None` when datajoint would not know it as a user table (`~log`, `scan_2`).
pub fn parse_stored(name: &str) -> Option<StoredName> {
    fn word(text: &str) -> bool {
        !text.is_empty()
            && text.split('_').all(|piece| {
                piece.starts_with(|c: char| c.is_ascii_lowercase()) && piece.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            })
    }
    let (tier, rest) = if let Some(rest) = name.strip_prefix('#') {
        (StoredTier::Lookup, rest)
    } else if let Some(rest) = name.strip_prefix("__") {
        (StoredTier::Computed, rest)
    } else if let Some(rest) = name.strip_prefix('_') {
        (StoredTier::Imported, rest)
    } else {
        (StoredTier::Manual, name)
    };
    match rest.split_once("__") {
        None if word(rest) => Some(StoredName { tier, master: None, base: rest.to_string() }),
        Some((master, base)) if word(master) && word(base) => {
            Some(StoredName { tier, master: Some(format!("{}{master}", tier.prefix())), base: base.to_string() })
        }
        _ => None,
    }
}

/// Returns the stored name of a table: prefix and word, or `master__word` for a part.
pub fn stored_name(tier: &Tier, master_stored: Option<&str>, word: &str) -> String {
    match (tier, master_stored) {
        (Tier::Part { .. }, Some(master)) => format!("{master}__{word}"),
        (Tier::Part { .. }, None) => format!("__{word}"),
        (Tier::Manual, _) => word.to_string(),
        (Tier::Lookup, _) => format!("#{word}"),
        (Tier::Imported, _) => format!("_{word}"),
        (Tier::Computed, _) => format!("__{word}"),
    }
}

/// Returns the greatest length of a stored table name in bytes: classic 63, generation 2 64 on the MySQL family and 63 on PostgreSQL.
pub fn table_name_max(generation: Generation, postgres: bool) -> usize {
    match (generation, postgres) {
        (Generation::Classic, _) | (Generation::Modern, true) => 63,
        (Generation::Modern, false) => 64,
    }
}

/// The physical name of a schema, with `${VAR}` for what is only known at the edge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SchemaName(String);

/// A variable in a schema name that nothing sets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the variable `{variable}` of schema name `{template}` is not set")]
pub struct UnsetVariable {
    /// The name inside `${…}`.
    pub variable: String,
    /// The whole template.
    pub template: String,
}

impl SchemaName {
    /// Returns the name with this template.
    pub fn new(template: impl Into<String>) -> Self {
        SchemaName(template.into())
    }

    /// Returns the template as written.
    pub fn template(&self) -> &str {
        &self.0
    }

    /// Returns the names of the variables, in order of appearance.
    pub fn variables(&self) -> Vec<&str> {
        let mut out = Vec::new();
        let mut rest = self.0.as_str();
        while let Some(start) = rest.find("${") {
            rest = &rest[start + 2..];
            let Some(end) = rest.find('}') else { break };
            out.push(&rest[..end]);
            rest = &rest[end + 1..];
        }
        out
    }

    /// Returns the name with its variables replaced; fails on the first one that `vars` lacks.
    pub fn resolve(&self, vars: &BTreeMap<String, String>) -> Result<String, UnsetVariable> {
        let mut out = String::new();
        let mut rest = self.0.as_str();
        while let Some(start) = rest.find("${") {
            let Some(end) = rest[start..].find('}') else { break };
            out.push_str(&rest[..start]);
            let variable = &rest[start + 2..start + end];
            let value = vars.get(variable).ok_or_else(|| UnsetVariable { variable: variable.to_string(), template: self.0.clone() })?;
            out.push_str(value);
            rest = &rest[start + end + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }
}

impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_names_become_snake_case_as_datajoint_writes_them() {
        for (class, word) in [("Subject", "subject"), ("EEGData", "e_e_g_data"), ("Scan2P3x", "scan2_p3x"), ("Q", "q"), ("A1B", "a1_b")] {
            assert_eq!(snake_case(class, Generation::Classic).as_deref(), Ok(word));
        }
        assert_eq!(snake_case("Probe_Two", Generation::Classic), Err(ClassNameError::Underscore));
        assert_eq!(snake_case("Probe_Two", Generation::Modern).as_deref(), Ok("probe_two"));
        assert_eq!(snake_case("probe", Generation::Modern), Err(ClassNameError::NotCamelCase));
    }

    #[test]
    fn stored_names_tell_tier_and_master() {
        let part = parse_stored("__calc__peak").expect("a part of a computed table");
        assert_eq!((part.tier, part.master.as_deref(), part.base.as_str()), (StoredTier::Computed, Some("__calc"), "peak"));
        assert_eq!(parse_stored("#rig").map(|name| name.tier), Some(StoredTier::Lookup));
        assert_eq!(parse_stored("scan_2"), None);
        assert_eq!(parse_stored("~log"), None);
    }

    #[test]
    fn unset_variable_is_named() {
        let name = SchemaName::new("${USER}_workshop");
        let vars = BTreeMap::from([("USER".to_string(), "ana".to_string())]);
        assert_eq!(name.resolve(&vars).as_deref(), Ok("ana_workshop"));
        assert_eq!(name.resolve(&BTreeMap::new()).unwrap_err().variable, "USER");
    }
}
