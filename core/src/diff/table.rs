//! Two schemas of one name, and two tables that are one.

use super::names::Names;
use super::{Difference, Sides, What, columns, keys};
use crate::catalog::{Charset, Schema, Table};

/// What stands around two tables.
pub(super) struct Around<'a> {
    pub ours: &'a Schema,
    pub theirs: &'a Schema,
    pub names: &'a Names<'a>,
}

impl Around<'_> {
    /// Returns whether the charset of a table, or of its schema, differs in the same way as that of a column.
    pub fn explains_charset(&self, from: &Table, to: &Table, one: &Charset, other: &Charset) -> bool {
        let same = |ours: Option<&Charset>, theirs: Option<&Charset>| ours == Some(one) && theirs == Some(other);
        same(self.table_charset(from), to.charset.as_ref().or(self.theirs.charset.as_ref()))
            || same(self.ours.charset.as_ref(), self.theirs.charset.as_ref())
    }

    /// Returns the charset that a table of `from` has, as far as it is known; a schema that leaves it to the server has that of `to`.
    fn table_charset<'t>(&'t self, from: &'t Table) -> Option<&'t Charset> {
        from.charset.as_ref().or(self.ours.charset.as_ref()).or(self.theirs.charset.as_ref())
    }
}

/// Compares what two schemas are, their tables aside.
pub(super) fn schema(ours: &Schema, theirs: &Schema, out: &mut Vec<Difference>) {
    if let (Some(one), Some(other)) = (&ours.charset, &theirs.charset)
        && !one.joins(other)
    {
        out.push(Difference::of_schema(&ours.name, What::SchemaCharset(Sides::new(one, other).cloned())));
    }
}

/// Compares two tables that are one.
pub(super) fn compare(from: &Table, to: &Table, around: &Around, out: &mut Vec<Difference>) {
    let mut found = Vec::new();
    if from.kind != to.kind {
        out.push(Difference::of_table(from, What::Relation(Sides::new(from.kind, to.kind))));
        return;
    }
    if let (Some(one), Some(other)) = (from.generation, to.generation)
        && one != other
    {
        found.push(What::Generation(Sides::new(one, other)));
    }
    if let (Some(one), Some(other)) = (&from.engine, &to.engine)
        && !one.eq_ignore_ascii_case(other)
    {
        found.push(What::Engine(Sides::new(one, other).cloned()));
    }
    // Schemas that differ in the same way have said it.
    let schemas = around.ours.charset.as_ref().zip(around.theirs.charset.as_ref());
    if let (Some(one), Some(other)) = (around.table_charset(from), to.charset.as_ref())
        && !one.joins(other)
        && schemas != Some((one, other))
    {
        found.push(What::TableCharset(Sides::new(one, other).cloned()));
    }
    columns::compare(from, to, around, &mut found);
    keys::compare(from, to, around, &mut found);
    out.extend(found.into_iter().map(|what| Difference::of_table(from, what)));
}
