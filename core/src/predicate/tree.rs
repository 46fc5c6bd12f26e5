//! What a predicate says, apart from how it was written.

use super::Holds;
use super::function::Function;

/// A part of a predicate.
#[derive(Debug)]
pub(super) struct Expr {
    pub node: Node,
    /// The byte of the text where it begins; for an operator with two sides, that of the operator.
    pub at: usize,
    /// How many nodes stand on each other here; see [`DEPTH_MAX`].
    depth: usize,
}

/// Deeper trees are refused, so that every walk over one may recurse.
pub(super) const DEPTH_MAX: usize = 200;

#[derive(Debug)]
pub(super) enum Node {
    Null,
    Truth(bool),
    /// Digits as they were written.
    Number(String),
    Text(String),
    Bytes(Vec<u8>),
    /// `DATE '…'`: a text that says itself what it is.
    Dated(Holds, String),
    Attribute(String),
    /// A place in an attribute that holds JSON.
    Path(Path),
    /// `(a, b)`.
    Row(Vec<Expr>),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    /// Compared byte by byte.
    Binary(Box<Expr>),
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Xor(Box<Expr>, Box<Expr>),
    Compare(Compare, Box<Expr>, Box<Expr>),
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// A span of time; stands beside `+` and `-` and in `date_add` only.
    Interval(Box<Expr>, Unit),
    /// A moment, earlier or later.
    Shifted {
        moment: Box<Expr>,
        earlier: bool,
        amount: Box<Expr>,
        unit: Unit,
    },
    /// `timestampdiff`: how many whole units lie between two moments.
    Elapsed(Unit, Box<Expr>, Box<Expr>),
    IsNull(Box<Expr>, Negated),
    IsTruth(Box<Expr>, bool, Negated),
    In(Box<Expr>, Vec<Expr>, Negated),
    Between(Box<Expr>, Box<Expr>, Box<Expr>, Negated),
    Like {
        operand: Box<Expr>,
        pattern: Box<Expr>,
        escape: Option<char>,
        negated: Negated,
    },
    Regexp(Box<Expr>, Box<Expr>, Negated),
    Collate(Box<Expr>, String),
    Case {
        operand: Option<Box<Expr>>,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Cast(Box<Expr>, CastType),
    Call(Call),
}

/// Whether there was a `NOT` in the operator.
pub(super) type Negated = bool;

/// A call of a function.
#[derive(Debug)]
pub(super) struct Call {
    pub function: &'static Function,
    /// `count(*)`.
    pub star: bool,
    pub distinct: bool,
    pub arguments: Vec<Expr>,
    /// Each with whether it goes downwards.
    pub order: Vec<(Expr, bool)>,
    pub separator: Option<String>,
}

/// A place in JSON, and what its value is taken for.
#[derive(Debug)]
pub(super) struct Path {
    pub attribute: String,
    pub steps: Vec<Step>,
    /// A text where it does not say.
    pub ty: Option<CastType>,
}

#[derive(Debug)]
pub(super) enum Step {
    Member(String),
    Element(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Eq,
    /// `<=>`: NULL equals NULL.
    NullSafe,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// `DIV`: without the fraction.
    Quotient,
    Remainder,
    ShiftLeft,
    ShiftRight,
    BitAnd,
    BitOr,
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Microsecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    pub const ALL: [Unit; 9] =
        [Unit::Microsecond, Unit::Second, Unit::Minute, Unit::Hour, Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year];

    /// Returns the unit's name in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Unit::Microsecond => "microsecond",
            Unit::Second => "second",
            Unit::Minute => "minute",
            Unit::Hour => "hour",
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
            Unit::Quarter => "quarter",
            Unit::Year => "year",
        }
    }

    /// Returns whether a day plus whole units of it is a day again.
    pub fn is_of_days(self) -> bool {
        match self {
            Unit::Microsecond | Unit::Second | Unit::Minute | Unit::Hour => false,
            Unit::Day | Unit::Week | Unit::Month | Unit::Quarter | Unit::Year => true,
        }
    }
}

/// What `CAST` makes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CastType {
    Signed,
    Unsigned,
    /// Digits, and those behind the point.
    Decimal(u32, u32),
    Double,
    /// A text, perhaps cut.
    Char(Option<u32>),
    Day,
    Moment,
    Time,
    Json,
}

impl CastType {
    /// Returns what the value then is.
    pub fn holds(self) -> Holds {
        match self {
            CastType::Signed | CastType::Unsigned | CastType::Decimal(..) | CastType::Double => Holds::Number,
            CastType::Char(_) => Holds::Text,
            CastType::Day => Holds::Day,
            CastType::Moment => Holds::Moment,
            CastType::Time => Holds::Time,
            CastType::Json => Holds::Json,
        }
    }
}

impl Expr {
    pub fn new(node: Node, at: usize) -> Expr {
        let mut below = 0;
        node.each(&mut |part| below = below.max(part.depth));
        Expr { node, at, depth: below + 1 }
    }

    pub fn is_too_deep(&self) -> bool {
        self.depth > DEPTH_MAX
    }

    /// Calls for this and for all below it, from left to right.
    pub fn walk<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        visit(self);
        self.node.each(&mut |part| part.walk(visit));
    }
}

impl Node {
    /// Calls for each part that stands right below, from left to right.
    pub fn each<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        match self {
            Node::Null
            | Node::Truth(_)
            | Node::Number(_)
            | Node::Text(_)
            | Node::Bytes(_)
            | Node::Dated(..)
            | Node::Attribute(_)
            | Node::Path(_) => {}
            Node::Row(parts) | Node::All(parts) | Node::Any(parts) => parts.iter().for_each(visit),
            Node::Not(part)
            | Node::Negative(part)
            | Node::Binary(part)
            | Node::Interval(part, _)
            | Node::IsNull(part, _)
            | Node::IsTruth(part, ..)
            | Node::Collate(part, _)
            | Node::Cast(part, _) => visit(part),
            Node::Xor(left, right)
            | Node::Compare(_, left, right)
            | Node::Arithmetic(_, left, right)
            | Node::Elapsed(_, left, right)
            | Node::Regexp(left, right, _) => {
                visit(left);
                visit(right);
            }
            Node::Shifted { moment, amount, .. } => {
                visit(moment);
                visit(amount);
            }
            Node::In(operand, list, _) => {
                visit(operand);
                list.iter().for_each(visit);
            }
            Node::Between(operand, low, high, _) => {
                visit(operand);
                visit(low);
                visit(high);
            }
            Node::Like { operand, pattern, .. } => {
                visit(operand);
                visit(pattern);
            }
            Node::Case { operand, branches, otherwise } => {
                operand.iter().for_each(|part| visit(part));
                for (condition, value) in branches {
                    visit(condition);
                    visit(value);
                }
                otherwise.iter().for_each(|part| visit(part));
            }
            Node::Call(call) => {
                call.arguments.iter().for_each(&mut *visit);
                call.order.iter().for_each(|(part, _)| visit(part));
            }
        }
    }
}
