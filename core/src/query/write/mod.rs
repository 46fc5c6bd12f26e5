//! From a block to SQL.
//!
//! Clauses of the outermost statement stand on lines of their own. Where rows come from one table, its columns are named plainly; where they come from
//! several, or a query inside names columns of this one, each source has an alias. Joins say what is equal (`ON`) and not which names are
//! (`USING`): a column that was renamed, that is hidden, or that the model does not know of cannot get in the way.

mod condition;
mod writer;

use super::block::{Block, Expr, Source, What};
use super::condition::Condition;
use super::{Attribute, AttributeKind, Columns, Heading, QueryError, Sql};
use crate::ir::{AttributeType, Generation};
use crate::model::Scope;
use writer::{Order, Wanted, Writer};

impl Block {
    /// Writes the query that fetches.
    pub fn select(&self, scope: &Scope, columns: &Columns) -> Result<Sql, QueryError> {
        let wanted: Vec<usize> = match columns {
            Columns::All => (0..self.columns.len()).collect(),
            Columns::Key => (0..self.columns.len()).filter(|at| self.heading.attributes[*at].in_key).collect(),
            Columns::Named(names) => names.iter().map(|name| Ok(self.attribute(name)?.0)).collect::<Result<_, QueryError>>()?,
        };
        if self.distinct && *columns != Columns::All && wanted.len() < self.columns.len() {
            // Fewer attributes would be fewer rows.
            return self.wrapped().select(scope, columns);
        }
        let mut writer = Writer::new(scope);
        writer.select(self, Wanted::Attributes(&wanted), &[], Order::Kept)?;
        Ok(writer.finish(wanted.iter().map(|at| self.heading.attributes[*at].clone()).collect()))
    }

    /// Writes the query that counts rows.
    pub fn count(&self, scope: &Scope) -> Result<Sql, QueryError> {
        let mut writer = Writer::new(scope);
        if self.group.is_some() || self.distinct || self.cuts() {
            writer.raw("SELECT count(*) FROM (");
            writer.depth += 1;
            let wanted: Vec<usize> = (0..self.columns.len()).filter(|at| self.heading.attributes[*at].in_key).collect();
            writer.select(self, Wanted::Attributes(&wanted), &[], Order::IfCut)?;
            let alias = writer.alias("rows");
            writer.raw(") AS ").name(&alias);
        } else {
            writer.select(self, Wanted::Count, &[], Order::Dropped)?;
        }
        Ok(writer.finish(vec![answer("count", AttributeType::CoreInteger(64))]))
    }

    /// Writes the query that tells whether there is a row.
    pub fn exists(&self, scope: &Scope) -> Result<Sql, QueryError> {
        let mut writer = Writer::new(scope);
        writer.raw("SELECT EXISTS (");
        writer.depth += 1;
        writer.select(self, Wanted::Anything, &[], Order::IfCut)?;
        writer.raw(")");
        Ok(writer.finish(vec![answer("exists", AttributeType::Bool)]))
    }

    /// Writes the statement that deletes the rows of a table.
    pub fn delete(&self, scope: &Scope) -> Result<Sql, QueryError> {
        let [Source { what: What::Table(model, id), .. }] = self.sources.as_slice() else {
            return Err(QueryError::Refused("rows are deleted from one table; this query has others in it".to_string()));
        };
        if self.group.is_some() || self.distinct {
            return Err(QueryError::Refused("rows are deleted from a table; this query has groups of rows".to_string()));
        }
        let mut writer = Writer::new(scope);
        let table = scope.table_sql(model, *id)?;
        writer.raw("DELETE FROM ").raw(&table);
        let queries = self.conditions.iter().any(Condition::has_query);
        if self.cuts() || (queries && scope.server.is_mysql_family()) {
            // The MySQL family does not read the table that it deletes from, unless its rows were set aside before: DISTINCT makes it do so.
            let columns: Vec<String> = model.table(*id).heading.primary_key().map(|attribute| attribute.name.clone()).collect();
            let rows = Block {
                columns: columns.iter().map(|name| Expr::Column { source: 0, name: name.clone() }).collect(),
                heading: Heading { attributes: columns.iter().map(|name| answer(name, AttributeType::Invalid)).collect() },
                distinct: scope.server.is_mysql_family() && !self.cuts(),
                ..self.clone()
            };
            let list = |writer: &mut Writer<'_>| {
                for (at, name) in columns.iter().enumerate() {
                    writer.raw(if at > 0 { ", " } else { "" }).name(name);
                }
            };
            writer.clause("WHERE").raw("(");
            list(&mut writer);
            writer.raw(") IN (SELECT ");
            list(&mut writer);
            writer.raw(" FROM (");
            writer.depth += 1;
            let wanted: Vec<usize> = (0..columns.len()).collect();
            writer.select(&rows, Wanted::Attributes(&wanted), &[], Order::IfCut)?;
            let alias = writer.alias("rows");
            writer.raw(") AS ").name(&alias).raw(")");
        } else {
            let names = writer.names(self, false);
            if let Some(alias) = names.aliases.first() {
                writer.raw(" AS ").name(alias);
            }
            writer.conditions("WHERE", &names, &self.conditions, self, &[])?;
        }
        Ok(writer.finish(Vec::new()))
    }

    fn cuts(&self) -> bool {
        self.top.as_ref().is_some_and(|top| top.cuts())
    }
}

fn answer(name: &str, ty: AttributeType) -> Attribute {
    let kind = AttributeKind::Declared { ty, generation: Generation::Modern };
    Attribute { name: name.to_string(), in_key: false, nullable: false, kind, lineage: None, home: None }
}
