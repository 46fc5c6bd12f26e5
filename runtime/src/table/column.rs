//! Attributes of tables, with the type of their values.

use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use djc_core::query::{Comparison, Order, Restriction};

use crate::field::{Field, Given};

/// An attribute of the table `T` with values of the type `V`.
pub struct Column<T, V> {
    name: &'static str,
    types: PhantomData<fn() -> (T, V)>,
}

impl<T, V> Clone for Column<T, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, V> Copy for Column<T, V> {}

impl<T, V: Field> Column<T, V> {
    /// Returns the attribute of that name; generated code calls it.
    pub const fn new(name: &'static str) -> Self {
        Column { name, types: PhantomData }
    }

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Is equal to the value.
    pub fn eq(self, value: impl Into<V>) -> Condition<T> {
        self.compare(Comparison::Eq(plain(value.into())))
    }

    /// Sorts upwards.
    pub fn asc(self) -> OrderBy<T> {
        OrderBy { order: Order { attribute: Some(self.name.to_string()), descending: false }, table: PhantomData }
    }

    /// Sorts downwards.
    pub fn desc(self) -> OrderBy<T> {
        OrderBy { order: Order { attribute: Some(self.name.to_string()), descending: true }, table: PhantomData }
    }

    fn compare(self, comparison: Comparison) -> Condition<T> {
        Condition::new(Restriction::Compare { attribute: self.name.to_string(), comparison })
    }
}

fn plain<V: Field>(value: V) -> djc_core::value::Value {
    match value.give() {
        Given::Value(value) => value,
        Given::Default | Given::Attachment { .. } | Given::Path(_) | Given::Stored(_) | Given::Column(_) => djc_core::value::Value::Null,
    }
}

/// A condition on the rows of the table `T`, checked by the compiler.
#[derive(Debug, Clone)]
pub struct Condition<T> {
    pub(crate) restriction: Restriction,
    table: PhantomData<fn() -> T>,
}

impl<T> Condition<T> {
    fn new(restriction: Restriction) -> Self {
        Condition { restriction, table: PhantomData }
    }
}

impl<T> BitAnd for Condition<T> {
    type Output = Condition<T>;

    fn bitand(self, other: Self) -> Self {
        Condition::new(Restriction::All(vec![self.restriction, other.restriction]))
    }
}

impl<T> BitOr for Condition<T> {
    type Output = Condition<T>;

    fn bitor(self, other: Self) -> Self {
        Condition::new(Restriction::Any(vec![self.restriction, other.restriction]))
    }
}

impl<T> Not for Condition<T> {
    type Output = Condition<T>;

    fn not(self) -> Self {
        Condition::new(Restriction::Not(Box::new(self.restriction)))
    }
}

/// An order of the rows of the table `T`.
#[derive(Debug, Clone)]
pub struct OrderBy<T> {
    pub(crate) order: Order,
    table: PhantomData<fn() -> T>,
}

impl<T> From<OrderBy<T>> for Vec<Order> {
    fn from(order: OrderBy<T>) -> Self {
        vec![order.order]
    }
}
