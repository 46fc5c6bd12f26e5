//! What the algebra means, row by row: no SQL, no cleverness.

use std::collections::{BTreeMap, BTreeSet};

pub type Row = BTreeMap<String, Option<i64>>;

/// A relation that is all there.
#[derive(Debug, Clone)]
pub struct Relation {
    pub attributes: BTreeSet<String>,
    pub key: BTreeSet<String>,
    pub rows: Vec<Row>,
}

impl Relation {
    pub fn restrict(&self, keep: impl Fn(&Row) -> Option<bool>) -> Relation {
        Relation { rows: self.rows.iter().filter(|row| keep(row) == Some(true)).cloned().collect(), ..self.clone() }
    }

    /// Keeps rows that match a row of another relation in all names that both have, or those that match none.
    pub fn matching(&self, other: &Relation, wanted: bool) -> Relation {
        let shared = self.shared(other);
        self.restrict(|row| Some(other.rows.iter().any(|other| matches(row, other, &shared)) == wanted))
    }

    pub fn shared(&self, other: &Relation) -> Vec<String> {
        self.attributes.intersection(&other.attributes).cloned().collect()
    }

    pub fn keep(&self, names: &BTreeSet<String>) -> Relation {
        let row = |row: &Row| row.iter().filter(|(name, _)| names.contains(*name)).map(|(name, value)| (name.clone(), *value)).collect();
        Relation { attributes: names.clone(), key: self.key.clone(), rows: self.rows.iter().map(row).collect() }
    }

    pub fn rename(&self, new: &str, old: &str) -> Relation {
        let name = |name: &String| if name == old { new.to_string() } else { name.clone() };
        Relation {
            attributes: self.attributes.iter().map(name).collect(),
            key: self.key.iter().map(name).collect(),
            rows: self.rows.iter().map(|row| row.iter().map(|(key, value)| (name(key), *value)).collect()).collect(),
        }
    }

    pub fn compute(&self, new: &str, value: impl Fn(&Row) -> Option<i64>) -> Relation {
        let mut relation = self.clone();
        relation.attributes.insert(new.to_string());
        for row in &mut relation.rows {
            let value = value(row);
            row.insert(new.to_string(), value);
        }
        relation
    }

    pub fn join(&self, other: &Relation, left: bool) -> Relation {
        let shared = self.shared(other);
        let mut rows = Vec::new();
        for row in &self.rows {
            let found: Vec<&Row> = other.rows.iter().filter(|other| matches(row, other, &shared)).collect();
            rows.extend(found.iter().map(|other| other.iter().chain(row).map(|(name, value)| (name.clone(), *value)).collect::<Row>()));
            if left && found.is_empty() {
                let mut row = row.clone();
                other.attributes.iter().for_each(|name| _ = row.entry(name.clone()).or_insert(None));
                rows.push(row);
            }
        }
        let key = if left { self.key.clone() } else { self.key.union(&other.key).cloned().collect() };
        Relation { attributes: self.attributes.union(&other.attributes).cloned().collect(), key, rows }
    }

    /// Groups by some attributes: how many rows and how many values of an attribute there are, and the greatest of them.
    pub fn group(&self, by: &BTreeSet<String>, of: &str) -> Relation {
        let mut groups: BTreeMap<Row, Vec<Option<i64>>> = BTreeMap::new();
        if by.is_empty() {
            groups.insert(Row::new(), Vec::new());
        }
        for row in &self.rows {
            let group = row.iter().filter(|(name, _)| by.contains(*name)).map(|(name, value)| (name.clone(), *value)).collect();
            groups.entry(group).or_default().push(row[of]);
        }
        let rows = groups.into_iter().map(|(mut row, values)| {
            row.insert("n".to_string(), Some(values.len() as i64));
            row.insert("v".to_string(), Some(values.iter().flatten().count() as i64));
            row.insert("m".to_string(), values.iter().flatten().max().copied());
            row
        });
        let attributes = by.iter().cloned().chain(["n", "v", "m"].map(str::to_string)).collect();
        Relation { attributes, key: by.clone(), rows: rows.collect() }
    }

    pub fn distinct(&self, names: &BTreeSet<String>) -> Relation {
        let rows: BTreeSet<Row> = self.keep(names).rows.into_iter().collect();
        Relation { attributes: names.clone(), key: names.clone(), rows: rows.into_iter().collect() }
    }

    /// The rows of both; what one side does not have is NULL in rows that only the other has.
    pub fn union(&self, other: &Relation) -> Relation {
        if self.attributes == self.key && other.attributes == other.key {
            let rows: BTreeSet<Row> = self.rows.iter().chain(&other.rows).cloned().collect();
            return Relation { rows: rows.into_iter().collect(), ..self.clone() };
        }
        let mut joined = self.join(other, true);
        let mut rest = other.matching(&self.keep(&self.key), false);
        for row in &mut rest.rows {
            joined.attributes.iter().for_each(|name| _ = row.entry(name.clone()).or_insert(None));
        }
        joined.rows.extend(rest.rows);
        joined
    }

    /// The first rows by these attributes, NULL before everything else.
    pub fn top(&self, order: &[(String, bool)], limit: Option<usize>, offset: usize) -> Relation {
        let mut rows = self.rows.clone();
        rows.sort_by(|a, b| {
            let levels = order.iter().map(|(name, descending)| if *descending { b[name].cmp(&a[name]) } else { a[name].cmp(&b[name]) });
            levels.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        });
        Relation { rows: rows.into_iter().skip(offset).take(limit.unwrap_or(usize::MAX)).collect(), ..self.clone() }
    }
}

fn matches(row: &Row, other: &Row, names: &[String]) -> bool {
    names.iter().all(|name| row[name].is_some() && row[name] == other[name])
}
