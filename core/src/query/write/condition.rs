//! Conditions, and the expressions in them.

use std::cell::RefCell;

use super::super::block::{Block, Expr, Operand, Said, Sorted};
use super::super::condition::{Compared, Condition};
use super::super::{Comparison, QueryError, constant};
use super::writer::{Names, Order, Wanted, Writer};
use crate::dialect::Server;
use crate::plan::Literal;
use crate::predicate::{self, Holds, PredicateError};
use crate::value::Value;

/// How many conditions stand side by side; servers read only so many.
const MEMBERS_MAX: usize = 200;

/// How many rows stand in a list on PostgreSQL; more of them are a table.
const ROWS_MAX: usize = 1000;

impl Writer<'_> {
    /// Writes a clause of conditions. `pairs` are equalities of what stands outside, already written, and attributes of the block.
    pub fn conditions(
        &mut self,
        word: &str,
        names: &Names,
        conditions: &[Condition],
        block: &Block,
        pairs: &[(String, usize)],
    ) -> Result<(), QueryError> {
        let mut first = true;
        for (outside, at) in pairs {
            self.next_condition(word, &mut first);
            self.expr(names, &block.columns[*at])?;
            self.raw(" = ").raw(outside);
        }
        if conditions.len() > MEMBERS_MAX {
            self.next_condition(word, &mut first);
            return self.members(names, conditions, " AND ");
        }
        for condition in conditions {
            self.next_condition(word, &mut first);
            self.condition(names, condition)?;
        }
        Ok(())
    }

    fn next_condition(&mut self, word: &str, first: &mut bool) {
        if *first {
            self.clause(word);
            *first = false;
        } else {
            self.raw(if self.depth == 0 { "\n  AND " } else { " AND " });
        }
    }

    /// Writes a condition so that it can stand beside AND.
    fn condition(&mut self, names: &Names, condition: &Condition) -> Result<(), QueryError> {
        match condition {
            Condition::True => self.out.push_str("TRUE"),
            Condition::False => self.out.push_str("FALSE"),
            Condition::Compare(compared, comparison) => self.compare(names, compared, comparison)?,
            Condition::Rows(compared, rows) => self.rows(names, compared, rows)?,
            Condition::Said(said) => self.said(names, said)?,
            Condition::Path(said, value) => {
                self.said(names, said)?;
                let holds = said.holds();
                if *value == Value::Null {
                    self.raw(" IS NULL");
                } else {
                    let literal = constant::path(holds, value).map_err(|reason| self.value(said.predicate.text(), reason))?;
                    self.raw(" = ");
                    self.bind(constant::holds(holds, value), literal);
                }
            }
            Condition::Match { query, pairs, negated: true } => {
                self.raw("NOT EXISTS (");
                self.matching(names, query.block(), pairs)?;
                self.raw(")");
            }
            Condition::Match { query, pairs, negated: false } if pairs.is_empty() => {
                self.raw("EXISTS (");
                self.matching(names, query.block(), pairs)?;
                self.raw(")");
            }
            Condition::Match { query, pairs, negated: false } => self.within(names, query.block(), pairs)?,
            Condition::All(members) => self.members(names, members, " AND ")?,
            Condition::Any(members) => self.members(names, members, " OR ")?,
            Condition::Not(inner) => {
                self.raw("NOT (");
                self.condition(names, inner)?;
                self.raw(")");
            }
        }
        Ok(())
    }

    /// Writes a list of conditions; a long one as a tree, since servers read only so many levels.
    fn members(&mut self, names: &Names, members: &[Condition], between: &str) -> Result<(), QueryError> {
        self.raw("(");
        if members.len() > MEMBERS_MAX {
            for (at, half) in members.chunks(members.len().div_ceil(2)).enumerate() {
                self.raw(if at > 0 { between } else { "" });
                self.members(names, half, between)?;
            }
        } else {
            for (at, member) in members.iter().enumerate() {
                self.raw(if at > 0 { between } else { "" });
                self.condition(names, member)?;
            }
        }
        self.raw(")");
        Ok(())
    }

    fn compare(&mut self, names: &Names, compared: &Compared, comparison: &Comparison) -> Result<(), QueryError> {
        let holds = compared.operand.holds;
        match comparison {
            Comparison::Null | Comparison::NotNull => self.operand(names, &compared.operand)?,
            Comparison::Like(_)
            | Comparison::Eq(_)
            | Comparison::Ne(_)
            | Comparison::Lt(_)
            | Comparison::Le(_)
            | Comparison::Gt(_)
            | Comparison::Ge(_)
            | Comparison::In(_)
            | Comparison::Between(_, _) => self.comparand(names, &compared.operand)?,
        }
        match comparison {
            Comparison::Null => self.out.push_str(" IS NULL"),
            Comparison::NotNull => self.out.push_str(" IS NOT NULL"),
            Comparison::Eq(value) => self.operator(" = ", compared, value)?,
            Comparison::Ne(value) => self.operator(" <> ", compared, value)?,
            Comparison::Lt(value) => self.operator(" < ", compared, value)?,
            Comparison::Le(value) => self.operator(" <= ", compared, value)?,
            Comparison::Gt(value) => self.operator(" > ", compared, value)?,
            Comparison::Ge(value) => self.operator(" >= ", compared, value)?,
            Comparison::Between(from, to) => {
                self.operator(" BETWEEN ", compared, from)?;
                self.operator(" AND ", compared, to)?;
            }
            Comparison::In(values) => {
                for (at, value) in values.iter().enumerate() {
                    self.operator(if at > 0 { ", " } else { " IN (" }, compared, value)?;
                }
                self.raw(")");
            }
            Comparison::Like(pattern) => {
                // Letter case counts nowhere, as on the MySQL family.
                self.raw(if self.server == Server::Postgres { " ILIKE " } else { " LIKE " });
                self.bind(holds, Literal::Text(pattern.clone()));
                if self.server == Server::Sqlite {
                    self.raw(" ESCAPE '\\'");
                }
            }
        }
        Ok(())
    }

    fn operator(&mut self, operator: &str, compared: &Compared, value: &Value) -> Result<(), QueryError> {
        self.raw(operator);
        self.constant(compared, value)
    }

    fn constant(&mut self, compared: &Compared, value: &Value) -> Result<(), QueryError> {
        let literal = constant::constant(&compared.attribute.kind, value, self.server)
            .map_err(|reason| self.value(&compared.attribute.name, reason))?;
        self.bind(constant::holds(compared.operand.holds, value), literal);
        Ok(())
    }

    fn value(&self, attribute: &str, reason: String) -> QueryError {
        QueryError::Value { attribute: attribute.to_string(), reason }
    }

    /// Writes that attributes are together one of these rows.
    fn rows(&mut self, names: &Names, compared: &[Compared], rows: &[Vec<Value>]) -> Result<(), QueryError> {
        let single = compared.len() == 1;
        self.raw(if single { "" } else { "(" });
        for (at, compared) in compared.iter().enumerate() {
            self.raw(if at > 0 { ", " } else { "" });
            self.comparand(names, &compared.operand)?;
        }
        // SQLite compares rows with a table of rows only. PostgreSQL makes an OR in an OR of a list, one level deeper for each row.
        self.raw(match (single, self.server) {
            (true, _) => " IN (",
            (false, Server::Sqlite) => ") IN (VALUES ",
            (false, Server::Postgres) if rows.len() > ROWS_MAX => ") IN (VALUES ",
            (false, Server::MySql | Server::MariaDb | Server::Postgres) => ") IN (",
        });
        for (at, row) in rows.iter().enumerate() {
            self.raw(if at > 0 { ", " } else { "" }).raw(if single { "" } else { "(" });
            for (at, (compared, value)) in compared.iter().zip(row).enumerate() {
                self.raw(if at > 0 { ", " } else { "" });
                self.constant(compared, value)?;
            }
            self.raw(if single { "" } else { ")" });
        }
        self.raw(")");
        Ok(())
    }

    /// Writes that a row of the query matches: what it is compared with stands in a list that the server makes once.
    fn within(&mut self, names: &Names, block: &Block, pairs: &[(Operand, String)]) -> Result<(), QueryError> {
        let single = pairs.len() == 1;
        self.raw(if single { "" } else { "(" });
        for (at, (operand, _)) in pairs.iter().enumerate() {
            self.raw(if at > 0 { ", " } else { "" });
            self.operand(names, operand)?;
        }
        self.raw(if single { " IN (" } else { ") IN (" });
        // The MySQL family has no LIMIT in such a list.
        let wrapped = block.top.as_ref().is_some_and(Sorted::cuts).then(|| block.wrapped());
        let block = wrapped.as_ref().unwrap_or(block);
        let wanted: Vec<usize> = pairs.iter().filter_map(|(_, name)| block.position(name)).collect();
        self.depth += 1;
        self.select(block, Wanted::Attributes(&wanted), &[], Order::Dropped)?;
        self.depth -= 1;
        self.raw(")");
        Ok(())
    }

    /// Writes the query for a row that matches. Unlike a list it is false, and not NULL, where a value is missing.
    fn matching(&mut self, names: &Names, block: &Block, pairs: &[(Operand, String)]) -> Result<(), QueryError> {
        let open = if pairs.is_empty() { block.clone() } else { block.open(|name| pairs.iter().any(|(_, pair)| pair == name)) };
        let mut equal = Vec::new();
        for (operand, name) in pairs {
            let start = self.out.len();
            self.operand(names, operand)?;
            let outside = self.out.split_off(start);
            equal.extend(open.position(name).map(|at| (outside, at)));
        }
        self.depth += 1;
        self.select(&open, Wanted::Anything, &equal, Order::IfCut)?;
        self.depth -= 1;
        Ok(())
    }

    fn operand(&mut self, names: &Names, operand: &Operand) -> Result<(), QueryError> {
        self.expr(names, &operand.expr)
    }

    fn comparand(&mut self, names: &Names, operand: &Operand) -> Result<(), QueryError> {
        let start = self.out.len();
        self.operand(names, operand)?;
        let column = self.out.split_off(start);
        self.out.push_str(&constant::comparand(self.server, operand.holds, column));
        Ok(())
    }

    /// Binds a value, in the form in which it is compared with what holds that.
    fn bind(&mut self, holds: Holds, literal: Literal) {
        let cast = |placeholder: String| constant::placeholder(self.server, holds, &literal, placeholder);
        let sql = cast(predicate::bound(self.server, literal.clone(), &mut self.values));
        self.out.push_str(&sql);
    }

    /// Writes what a value is made of.
    pub fn expr(&mut self, names: &Names, expr: &Expr) -> Result<(), QueryError> {
        match expr {
            Expr::Column { source, name } => {
                let column = self.column(names, *source, name);
                self.out.push_str(&column);
                Ok(())
            }
            Expr::Computed(said) => self.said(names, said),
            Expr::Null => {
                self.out.push_str("NULL");
                Ok(())
            }
        }
    }

    fn column(&self, names: &Names, source: usize, name: &str) -> String {
        match names.aliases.get(source) {
            Some(alias) => self.quoting.qualified(alias, name),
            None => self.quoting.name(name),
        }
    }

    /// Writes a text as this server wants it.
    fn said(&mut self, names: &Names, said: &Said) -> Result<(), QueryError> {
        let (mut out, mut values) = (std::mem::take(&mut self.out), std::mem::take(&mut self.values));
        let operands = Operands { writer: self, names, said, failed: RefCell::new(None) };
        let outcome = said.predicate.write(self.server, &operands, &mut out, &mut values);
        let failed = operands.failed.into_inner();
        (self.out, self.values) = (out, values);
        outcome?;
        failed.map_or(Ok(()), |error| Err(error.into()))
    }
}

/// What the names in a text are.
struct Operands<'a> {
    writer: &'a Writer<'a>,
    names: &'a Names,
    said: &'a Said,
    /// What an expression inside of the text could not say.
    failed: RefCell<Option<PredicateError>>,
}

impl predicate::Columns for Operands<'_> {
    fn holds(&self, name: &str) -> Holds {
        self.said.operands.get(name).map_or(Holds::Unknown, |operand| operand.holds)
    }

    fn write(&self, name: &str, out: &mut String, values: &mut Vec<Literal>) {
        match self.said.operands.get(name).map(|operand| &operand.expr) {
            Some(Expr::Column { source, name }) => out.push_str(&self.writer.column(self.names, *source, name)),
            // An aggregate in a condition on groups.
            Some(Expr::Computed(said)) => {
                let inner = Operands { writer: self.writer, names: self.names, said, failed: RefCell::new(None) };
                let start = out.len();
                let outcome = said.predicate.write(self.writer.server, &inner, out, values);
                if !is_call(&out[start..]) {
                    out.insert(start, '(');
                    out.push(')');
                }
                if let Some(error) = outcome.err().or(inner.failed.into_inner()) {
                    self.failed.replace(Some(error));
                }
            }
            Some(Expr::Null) => out.push_str("NULL"),
            None => out.push_str(&self.writer.quoting.name(name)),
        }
    }
}

/// Whether the text is a call and nothing else, `count(*)`, which needs no parentheses.
fn is_call(sql: &str) -> bool {
    let Some((word, rest)) = sql.split_once('(') else { return false };
    let is_word = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_word && rest.strip_suffix(')').is_some_and(|inside| !inside.contains(['(', ')']))
}
