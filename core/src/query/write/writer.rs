//! The clauses of a `SELECT`.

use std::collections::BTreeSet;

use super::super::block::{Block, Expr, Source, What};
use super::super::condition::Condition;
use super::super::{Attribute, QueryError, Sql, constant};
use crate::dialect::{Quoting, Server};
use crate::model::Scope;
use crate::plan::Literal;
use crate::predicate::Holds;

/// What is selected.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// Attributes, by position.
    Attributes(&'a [usize]),
    /// How many rows.
    Count,
    /// Something, where only the number of rows matters.
    Anything,
}

/// What becomes of an order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Kept,
    /// Needed to know which rows are first, and no further.
    IfCut,
    Dropped,
}

/// Whether a new name stands for another column in `ORDER BY`, `GROUP BY` or `HAVING`, as after a swap of two names.
fn is_shadowed(block: &Block) -> bool {
    let attributes = block.heading.names().zip(&block.columns);
    let new = attributes.filter(|(attribute, column)| !matches!(column, Expr::Column { name, .. } if name == attribute));
    let new: BTreeSet<&str> = new.map(|(attribute, _)| attribute).collect();
    let mut shadowed = false;
    let mut look = |expr: &Expr| shadowed |= matches!(expr, Expr::Column { name, .. } if new.contains(name.as_str()));
    block.top.iter().flat_map(|top| &top.order).for_each(|sort| look(&sort.operand.expr));
    if let Some(group) = &block.group {
        group.by.iter().for_each(&mut look);
        group.having.iter().for_each(|condition| condition.each_operand(&mut |expr, _| look(expr)));
    }
    shadowed
}

/// How the sources of a block are called; nothing where columns are named plainly.
#[derive(Default)]
pub(super) struct Names {
    pub aliases: Vec<String>,
}

pub(super) struct Writer<'s> {
    pub scope: &'s Scope,
    pub server: Server,
    pub quoting: Quoting,
    pub out: String,
    pub values: Vec<Literal>,
    pub aliases: BTreeSet<String>,
    /// How many statements are around this place.
    pub depth: usize,
}

impl<'s> Writer<'s> {
    pub fn new(scope: &'s Scope) -> Self {
        let server = scope.server;
        let quoting = server.dialect().facts().quoting;
        Writer { scope, server, quoting, out: String::new(), values: Vec::new(), aliases: BTreeSet::new(), depth: 0 }
    }

    pub fn finish(self, columns: Vec<Attribute>) -> Sql {
        Sql { server: self.server, text: self.out, values: self.values, columns }
    }

    pub fn raw(&mut self, sql: &str) -> &mut Self {
        self.out.push_str(sql);
        self
    }

    pub fn name(&mut self, name: &str) -> &mut Self {
        self.out.push_str(&self.quoting.name(name));
        self
    }

    /// Begins a clause; that of the statement itself on a new line.
    pub fn clause(&mut self, word: &str) -> &mut Self {
        self.raw(if self.depth == 0 { "\n" } else { " " }).raw(word).raw(" ")
    }

    /// Returns a name that no other source of the statement has.
    pub fn alias(&mut self, wanted: &str) -> String {
        let mut alias = wanted.to_string();
        let mut number = 1;
        while !self.aliases.insert(alias.clone()) {
            number += 1;
            alias = format!("{wanted}_{number}");
        }
        alias
    }

    fn source_alias(&mut self, source: &Source) -> String {
        match &source.what {
            What::Table(model, id) => {
                let stored = model.table(*id).stored.trim_start_matches(['#', '_', '~']).to_string();
                self.alias(&stored)
            }
            What::Query(_) => self.alias("query"),
            What::Union(..) => self.alias("both"),
        }
    }

    /// Names the sources of a block, where they need names.
    ///
    /// Where columns from outside are named, plain names would not do: a table of the same name inside would take them for its own.
    pub fn names(&mut self, block: &Block, names_outside: bool) -> Names {
        let having = block.group.iter().flat_map(|group| &group.having);
        let correlated = block.conditions.iter().chain(having).any(Condition::is_correlated);
        if block.sources.len() == 1 && !correlated && !names_outside && !is_shadowed(block) {
            return Names::default();
        }
        Names { aliases: block.sources.iter().map(|source| self.source_alias(source)).collect() }
    }

    /// Writes a `SELECT`. `pairs` are equalities of what stands outside and attributes of the block.
    pub fn select(&mut self, block: &Block, wanted: Wanted<'_>, pairs: &[(String, usize)], order: Order) -> Result<(), QueryError> {
        let names = self.names(block, !pairs.is_empty());
        let top = block.top.as_ref().filter(|top| match order {
            Order::Kept => true,
            Order::IfCut => top.cuts(),
            Order::Dropped => false,
        });
        self.raw("SELECT ");
        match wanted {
            Wanted::Attributes(positions) => {
                self.raw(if block.distinct { "DISTINCT " } else { "" });
                for (at, position) in positions.iter().enumerate() {
                    self.raw(if at > 0 { ", " } else { "" });
                    self.selected(block, &names, *position)?;
                }
                if positions.is_empty() {
                    self.raw(self.something(block));
                }
            }
            Wanted::Count => {
                self.raw("count(*)");
            }
            Wanted::Anything => {
                self.raw(self.something(block));
            }
        }
        self.from(block, &names)?;
        self.conditions("WHERE", &names, &block.conditions, block, pairs)?;
        if let Some(group) = &block.group {
            for (at, expr) in group.by.iter().enumerate() {
                if at == 0 {
                    self.clause("GROUP BY");
                } else {
                    self.raw(", ");
                }
                self.expr(&names, expr)?;
            }
            self.conditions("HAVING", &names, &group.having, block, &[])?;
        }
        let Some(top) = top else { return Ok(()) };
        for (at, sort) in top.order.iter().enumerate() {
            if at == 0 {
                self.clause("ORDER BY");
            } else {
                self.raw(", ");
            }
            let selected = match wanted {
                Wanted::Attributes(positions) => positions.iter().find(|position| block.columns[**position] == sort.operand.expr),
                Wanted::Count | Wanted::Anything => None,
            };
            match (&sort.operand.expr, selected) {
                // What is computed has a name by now.
                (Expr::Computed(_), Some(position)) => {
                    let name = block.heading.attributes[*position].name.clone();
                    self.name(&name);
                }
                (expr, _) => {
                    let start = self.out.len();
                    self.expr(&names, expr)?;
                    let column = self.out.split_off(start);
                    // An enum sorts by the order of its values.
                    let holds = if sort.operand.holds == Holds::Choice { Holds::Unknown } else { sort.operand.holds };
                    self.out.push_str(&constant::comparand(self.server, holds, column));
                }
            }
            self.raw(if sort.descending { " DESC" } else { "" });
            if sort.nullable && self.server == Server::Postgres {
                // Where the others have it.
                self.raw(if sort.descending { " NULLS LAST" } else { " NULLS FIRST" });
            }
        }
        self.limit(top.limit, top.offset);
        Ok(())
    }

    /// Returns what is selected where the number of rows is all that matters. Without columns to group by, an aggregate makes a group of all rows.
    fn something(&self, block: &Block) -> &'static str {
        if block.group.as_ref().is_some_and(|group| group.by.is_empty()) { "count(*)" } else { "1" }
    }

    fn limit(&mut self, limit: Option<u64>, offset: u64) {
        // The greatest that the servers take.
        let most = if self.server.is_mysql_family() { u64::MAX } else { i64::MAX as u64 };
        match limit {
            Some(limit) => {
                self.clause("LIMIT").raw(&limit.min(most).to_string());
            }
            // An offset alone is what only PostgreSQL has.
            None if offset > 0 && self.server != Server::Postgres => {
                self.clause("LIMIT").raw(&most.to_string());
            }
            None => {}
        }
        if offset > 0 {
            self.raw(" OFFSET ").raw(&offset.min(most).to_string());
        }
    }

    fn selected(&mut self, block: &Block, names: &Names, at: usize) -> Result<(), QueryError> {
        self.expr(names, &block.columns[at])?;
        let attribute = &block.heading.attributes[at].name;
        match &block.columns[at] {
            Expr::Column { name, .. } if name == attribute => {}
            Expr::Column { .. } | Expr::Computed(_) | Expr::Null => {
                self.raw(" AS ").name(attribute);
            }
        }
        Ok(())
    }

    fn from(&mut self, block: &Block, names: &Names) -> Result<(), QueryError> {
        for (at, source) in block.sources.iter().enumerate() {
            if at == 0 {
                self.clause("FROM");
            } else {
                self.raw(if self.depth == 0 { "\n  " } else { " " });
                self.raw(match (source.join.left, source.join.on.is_empty()) {
                    (true, _) => "LEFT JOIN ",
                    (false, true) => "CROSS JOIN ",
                    (false, false) => "JOIN ",
                });
            }
            self.depth += 1;
            match &source.what {
                What::Table(model, id) => {
                    let table = self.scope.table_sql(model, *id)?;
                    self.raw(&table);
                }
                What::Query(query) => {
                    self.raw("(");
                    self.whole(query.block())?;
                    self.raw(")");
                }
                What::Union(one, other) => {
                    self.raw("(");
                    self.member(one.block())?;
                    self.raw(" UNION ");
                    self.member(other.block())?;
                    self.raw(")");
                }
            }
            self.depth -= 1;
            match (names.aliases.get(at), &source.what) {
                (Some(alias), _) => {
                    self.raw(" AS ").name(alias);
                }
                (None, What::Table(..)) => {}
                // A query in FROM needs a name, even where nobody says it.
                (None, What::Query(_) | What::Union(..)) => {
                    let alias = self.source_alias(source);
                    self.raw(" AS ").name(&alias);
                }
            }
            for (at, (before, this)) in source.join.on.iter().enumerate() {
                self.raw(if at > 0 { " AND " } else { " ON " });
                self.expr(names, this)?;
                self.raw(" = ");
                self.expr(names, before)?;
            }
            if source.join.left && source.join.on.is_empty() {
                self.raw(" ON TRUE");
            }
        }
        Ok(())
    }

    /// Writes a block with all its attributes.
    fn whole(&mut self, block: &Block) -> Result<(), QueryError> {
        let wanted: Vec<usize> = (0..block.columns.len()).collect();
        self.select(block, Wanted::Attributes(&wanted), &[], Order::IfCut)
    }

    /// Writes one side of a union, which has no order of its own.
    fn member(&mut self, block: &Block) -> Result<(), QueryError> {
        if block.cuts() { self.whole(&block.wrapped()) } else { self.whole(block) }
    }
}
