//! What stands behind a query: one `SELECT`, taken apart.
//!
//! Operators work on a [`Block`] and give another. What one `SELECT` cannot say becomes the source of a new one ([`Block::wrapped`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Attribute, AttributeKind, Heading, Home, Notice, Query, QueryError};
use crate::ir::{AttributeType, TableId};
use crate::model::Model;
use crate::nearest::nearest;
use crate::predicate::{Holds, Predicate};

use super::condition::Condition;

/// Returns whether a table of the schema says where values are (`~external_store`).
fn is_tracked(ty: &AttributeType) -> bool {
    match ty {
        AttributeType::Adapted { stored, .. } => is_tracked(stored),
        ty => matches!(ty, AttributeType::External(_)),
    }
}

/// A `SELECT`.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    /// What a row has.
    pub heading: Heading,
    /// What each attribute of the heading is, in its order.
    pub columns: Vec<Expr>,
    /// Where rows come from: `FROM` and its joins.
    pub sources: Vec<Source>,
    /// `WHERE`: all of them.
    pub conditions: Vec<Condition>,
    /// `GROUP BY`.
    pub group: Option<Group>,
    /// `DISTINCT`.
    pub distinct: bool,
    /// `ORDER BY`, `LIMIT`, `OFFSET`.
    pub top: Option<Sorted>,
    /// Restrictions that changed nothing, those of the sources included.
    pub notices: Vec<Notice>,
}

/// A relation in `FROM`.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub what: What,
    /// How it is joined to those before it; the first one is not.
    pub join: Join,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    /// A table.
    Table(Arc<Model>, TableId),
    /// A `SELECT` of its own.
    Query(Query),
    /// The rows of both, each once. They have the same attributes in the same order.
    Union(Query, Query),
}

/// How a source is joined.
#[derive(Debug, Clone, Default)]
pub(super) struct Join {
    /// Whether rows before it stay without a match.
    pub left: bool,
    /// What is equal: an expression over the sources before, and one over this source.
    pub on: Vec<(Expr, Expr)>,
}

/// What a value is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// A column of a source.
    Column {
        /// Position of the source.
        source: usize,
        /// The name of the column there.
        name: String,
    },
    /// An expression over columns.
    Computed(Said),
    /// NULL, where one side of a union has no such attribute.
    Null,
}

/// A text that was parsed, and what its names stand for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub predicate: Predicate,
    pub operands: BTreeMap<String, Operand>,
}

/// An attribute in a condition or an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operand {
    pub expr: Expr,
    pub holds: Holds,
}

/// What rows are taken together by.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    /// Columns that are equal in a group; without any, all rows are one group.
    pub by: Vec<Expr>,
    /// Conditions on groups.
    pub having: Vec<Condition>,
}

/// An order, and which rows of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sorted {
    pub order: Vec<Sort>,
    pub limit: Option<u64>,
    pub offset: u64,
}

impl Sorted {
    /// Whether it leaves rows out.
    pub fn cuts(&self) -> bool {
        self.limit.is_some() || self.offset > 0
    }
}

/// One level of an order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sort {
    pub operand: Operand,
    pub nullable: bool,
    pub descending: bool,
}

impl Block {
    /// Returns all rows of a table.
    pub fn table(model: &Arc<Model>, id: TableId) -> Block {
        let table = model.table(id);
        let generation = model.pipeline().schema(table.schema).generation;
        let mut heading = Heading::default();
        let key = table.heading.primary_key().map(|attribute| (attribute, true));
        let dependent = table.heading.dependent().map(|attribute| (attribute, false));
        for (attribute, in_key) in key.chain(dependent) {
            // Of two lines with one name datajoint takes the first.
            if attribute.hidden || heading.get(&attribute.name).is_some() {
                continue;
            }
            heading.attributes.push(Attribute {
                name: attribute.name.clone(),
                in_key,
                nullable: !in_key && attribute.nullable(),
                kind: AttributeKind::Declared { ty: attribute.ty.clone(), generation },
                lineage: model.lineage(id, &attribute.name),
                home: is_tracked(&attribute.ty).then(|| {
                    let schema = model.pipeline().schema(table.schema).name.clone();
                    Arc::new(Home { schema, variables: model.variables().clone() })
                }),
            });
        }
        Block::over(heading, What::Table(model.clone(), id))
    }

    /// Returns the rows of one source, with all that is in the heading.
    pub fn over(heading: Heading, what: What) -> Block {
        let columns = heading.names().map(|name| Expr::Column { source: 0, name: name.to_string() }).collect();
        Block { heading, columns, sources: vec![Source { what, join: Join::default() }], ..Block::default() }
    }

    /// Returns a block that has this one as its source. An order stays as far as its attributes are still there.
    pub fn wrapped(&self) -> Block {
        let mut block = Block::over(self.heading.clone(), What::Query(Query::of(self.clone())));
        block.notices = self.notices.clone();
        if let Some(top) = &self.top {
            let order = top.order.iter().map_while(|sort| {
                let at = self.columns.iter().position(|column| *column == sort.operand.expr)?;
                Some(Sort { operand: Operand { expr: block.columns[at].clone(), holds: sort.operand.holds }, ..sort.clone() })
            });
            block.top = Some(Sorted { order: order.collect(), limit: None, offset: 0 }).filter(|top| !top.order.is_empty());
        }
        block
    }

    /// Returns the position of an attribute.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.heading.attributes.iter().position(|attribute| attribute.name == name)
    }

    /// Returns the attribute and its position, or says which it could have been.
    pub fn attribute(&self, name: &str) -> Result<(usize, &Attribute), QueryError> {
        match self.position(name) {
            Some(at) => Ok((at, &self.heading.attributes[at])),
            None => Err(QueryError::UnknownAttribute {
                attribute: name.to_string(),
                nearest: nearest(name, self.heading.names()).map(str::to_string),
                known: self.heading.names().map(str::to_string).collect(),
            }),
        }
    }

    /// Returns what stands for the attribute at a position.
    pub fn operand(&self, at: usize) -> Operand {
        Operand { expr: self.columns[at].clone(), holds: self.holds(at) }
    }

    /// Returns what the attribute at a position holds.
    pub fn holds(&self, at: usize) -> Holds {
        match &self.heading.attributes[at].kind {
            AttributeKind::Declared { ty, .. } => Holds::of(ty),
            AttributeKind::Computed => match &self.columns[at] {
                Expr::Column { source, name } => match &self.sources[*source].what {
                    What::Query(query) | What::Union(query, _) => query.block().holds_by_name(name),
                    What::Table(..) => Holds::Unknown,
                },
                Expr::Computed(said) => said.holds(),
                Expr::Null => Holds::Unknown,
            },
        }
    }

    fn holds_by_name(&self, name: &str) -> Holds {
        self.position(name).map_or(Holds::Unknown, |at| self.holds(at))
    }

    /// Reads an expression over the attributes of this block.
    pub fn said(&self, predicate: Predicate) -> Result<Said, QueryError> {
        let mut operands = BTreeMap::new();
        for (name, _) in predicate.attributes() {
            let (at, _) = self.attribute(&name)?;
            operands.insert(name, self.operand(at));
        }
        Ok(Said { predicate, operands })
    }

    /// Whether the attribute is computed here, so that naming it again would say the expression twice.
    pub fn computes(&self, name: &str) -> bool {
        self.position(name).is_some_and(|at| matches!(self.columns[at], Expr::Computed(_)))
    }

    /// Whether rows are left out, here or in a source.
    pub fn is_restricted(&self) -> bool {
        let of_source = |source: &Source| match &source.what {
            What::Table(..) => false,
            What::Query(query) => query.is_restricted(),
            What::Union(one, other) => one.is_restricted() || other.is_restricted(),
        };
        !self.conditions.is_empty()
            || self.group.as_ref().is_some_and(|group| !group.having.is_empty())
            || self.top.as_ref().is_some_and(Sorted::cuts)
            || self.sources.iter().any(of_source)
    }

    /// Collects the models of all tables that are read: those of the rows, and of what restricts them.
    pub fn models<'b>(&'b self, models: &mut Vec<&'b Arc<Model>>) {
        for source in &self.sources {
            match &source.what {
                What::Table(model, _) if models.iter().any(|known| Arc::ptr_eq(known, model)) => {}
                What::Table(model, _) => models.push(model),
                What::Query(query) => query.block().models(models),
                What::Union(one, other) => {
                    one.block().models(models);
                    other.block().models(models);
                }
            }
        }
        let having = self.group.iter().flat_map(|group| &group.having);
        self.conditions.iter().chain(having).for_each(|condition| condition.models(models));
    }

    /// Returns this block, or one around it, as something that conditions, joins and groups can be added to: rows of sources, neither grouped nor
    /// cut. What `mentions` names is a column of a source.
    pub fn open(&self, mentions: impl Fn(&str) -> bool) -> Block {
        let computed = || self.heading.names().any(|name| mentions(name) && self.computes(name));
        if self.group.is_some() || self.distinct || self.top.as_ref().is_some_and(Sorted::cuts) || computed() {
            self.wrapped()
        } else {
            self.clone()
        }
    }
}

impl Said {
    /// Returns what the expression comes to.
    pub fn holds(&self) -> Holds {
        self.predicate.holds(&|name| self.operands.get(name).map_or(Holds::Unknown, |operand| operand.holds))
    }
}

impl Expr {
    /// Moves a column to another position of its source.
    pub fn moved(&self, by: usize) -> Expr {
        match self {
            Expr::Column { source, name } => Expr::Column { source: source + by, name: name.clone() },
            Expr::Computed(said) => Expr::Computed(said.moved(by)),
            Expr::Null => Expr::Null,
        }
    }
}

impl Said {
    /// Moves its columns.
    pub fn moved(&self, by: usize) -> Said {
        let operands = self.operands.iter().map(|(name, operand)| (name.clone(), operand.moved(by))).collect();
        Said { predicate: self.predicate.clone(), operands }
    }
}

impl Operand {
    /// Moves its columns.
    pub fn moved(&self, by: usize) -> Operand {
        Operand { expr: self.expr.moved(by), holds: self.holds }
    }
}
