//! The SQL of many changes as one text.

use crate::core::catalog::Change;
use crate::core::dialect::Dialect;
use crate::parallel;

/// Fewer changes than this are not worth a thread.
const LEAST: usize = 500;

/// Returns the statements of all changes in order, an empty line before and a semicolon behind each.
pub fn script(changes: &[Change], dialect: &'static dyn Dialect) -> String {
    let pieces = parallel::chunks(changes, LEAST, |changes| {
        let mut out = String::new();
        for statement in changes.iter().flat_map(|change| dialect.render(change)) {
            out.push('\n');
            out.push_str(&statement.sql);
            out.push_str(";\n");
        }
        out
    });
    pieces.concat()
}
