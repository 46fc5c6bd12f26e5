//! Names that nobody writes: enum types, indexes, the hidden timestamp.

use std::collections::BTreeMap;
use std::fmt::Write;

use md5::{Digest, Md5};

use crate::catalog::IndexPart;

/// Returns the first bytes of a digest as lower-case hex.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").expect("writing into a string cannot fail");
        out
    })
}

/// Returns the column that datajoint 0.14 hides in every table when `add_hidden_timestamp` is on.
pub fn hidden_timestamp_name(schema: &str, table: &str) -> String {
    let digest = <sha1::Sha1 as sha1::Digest>::digest(format!("{schema}.{table}").as_bytes());
    format!("_{}_timestamp", hex(&digest))
}

/// The enum types of one PostgreSQL schema, named as datajoint 2 names them.
///
/// The name is a digest of the values without their order, so that different enums may get one name. datajoint then gives
/// the second column the values of the first; here the second type gets a number behind its name.
#[derive(Debug, Default)]
pub(super) struct EnumNames {
    by_name: BTreeMap<String, Vec<String>>,
}

impl EnumNames {
    /// Returns the name of the type with these values, and whether it is new.
    pub fn name(&mut self, values: &[String]) -> (String, bool) {
        let mut sorted = values.to_vec();
        sorted.sort();
        let base = format!("enum_{}", hex(&Md5::digest(sorted.join("_").as_bytes())[..4]));
        let mut name = base.clone();
        let mut number = 1;
        loop {
            match self.by_name.get(&name) {
                None => {
                    self.by_name.insert(name.clone(), values.to_vec());
                    return (name, true);
                }
                Some(known) if known == values => return (name, false),
                Some(_) => {
                    number += 1;
                    name = format!("{base}_{number}");
                }
            }
        }
    }
}

/// Names of indexes in one schema, each given once.
#[derive(Debug, Default)]
pub(super) struct IndexNames {
    taken: std::collections::BTreeSet<String>,
}

impl IndexNames {
    /// Returns the base, or the base with a number when it is taken; at most `max` bytes long.
    pub fn unique(&mut self, base: &str, max: usize) -> String {
        let mut number = 1;
        loop {
            let suffix = if number == 1 { String::new() } else { format!("_{number}") };
            let name = format!("{}{suffix}", truncated(base, max - suffix.len()));
            if self.taken.insert(name.clone()) {
                return name;
            }
            number += 1;
        }
    }
}

/// Returns the name that datajoint 2 gives an index on PostgreSQL, before any number.
fn postgres_index_name(table: &str, columns: &[String]) -> String {
    format!("idx_{table}_{}", columns.join("_").chars().take(30).collect::<String>())
}

/// Returns what an index of these parts is called, before any number, where names of indexes are given: on PostgreSQL and on SQLite.
pub(crate) fn index_name_bases(schema: &str, table: &str, parts: &[IndexPart]) -> [String; 2] {
    let columns: Vec<String> = parts
        .iter()
        .map(|part| match part {
            IndexPart::Column { name, .. } => name.clone(),
            IndexPart::Expression(_) => "expression".to_string(),
        })
        .collect();
    [postgres_index_name(table, &columns), format!("{schema}.{table}.{}", columns.join("_"))]
}

fn truncated(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| word.to_string()).collect()
    }

    #[test]
    fn enum_types_are_named_by_digest_and_number() {
        let mut names = EnumNames::default();
        assert_eq!(names.name(&values(&["a", "b"])), ("enum_dbf08e00".to_string(), true));
        assert_eq!(names.name(&values(&["a", "b"])), ("enum_dbf08e00".to_string(), false));
        assert_eq!(names.name(&values(&["b", "a"])), ("enum_dbf08e00_2".to_string(), true));
        assert_eq!(names.name(&values(&["calm", "wild"])).0, "enum_98733bfa");
    }

    #[test]
    fn hidden_timestamp_is_the_digest_of_the_full_name() {
        assert_eq!(hidden_timestamp_name("c0_cfg01", "probe"), "_100a9b8d1d54b9153a166b9c2637bed686d1d579_timestamp");
    }

    #[test]
    fn index_names_stay_apart_when_cut() {
        let mut names = IndexNames::default();
        let base = postgres_index_name("probe", &values(&["a_rather_long_attribute", "and_another_one"]));
        assert_eq!(base, "idx_probe_a_rather_long_attribute_and_an");
        assert_eq!(names.unique(&base, 63), base);
        assert_eq!(names.unique(&base, 63), format!("{base}_2"));
    }
}
