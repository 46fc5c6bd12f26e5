//! Parents before children.

use std::collections::HashMap;

use djc_core::catalog::Table;

/// Returns the positions of tables so that each stands behind those that it refers to, and otherwise in the order in which they are given.
pub(super) fn parents_first(tables: &[&Table]) -> Vec<usize> {
    let at: HashMap<(&str, &str), usize> =
        tables.iter().enumerate().map(|(at, table)| ((table.schema.as_str(), table.name.as_str()), at)).collect();
    let mut out = Vec::with_capacity(tables.len());
    let mut seen = vec![false; tables.len()];
    // A stack of our own: a chain of references may be longer than the stack of the thread.
    let mut stack: Vec<(usize, usize)> = Vec::new();
    for start in 0..tables.len() {
        if !std::mem::replace(&mut seen[start], true) {
            stack.push((start, 0));
        }
        while let Some((table, next)) = stack.last_mut() {
            match tables[*table].foreign_keys.get(*next) {
                Some(key) => {
                    *next += 1;
                    let parent = at.get(&(key.parent_schema.as_str(), key.parent_table.as_str()));
                    if let Some(parent) = parent.copied()
                        && !std::mem::replace(&mut seen[parent], true)
                    {
                        stack.push((parent, 0));
                    }
                }
                None => {
                    out.push(*table);
                    stack.pop();
                }
            }
        }
    }
    out
}
