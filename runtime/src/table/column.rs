//! Attributes of tables, with the type of their values.

use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use djc_core::query::{Comparison, Restriction};
use djc_core::value::Value;

use crate::field::{Field, Given};

/// An attribute of the table `T` with values of the type `V`; `Option` where it may be NULL.
///
/// Its methods make conditions that the compiler checks. Values are bound, never written into SQL.
///
/// A number is not compared with a text:
///
/// ```compile_fail,E0277
/// use djc_runtime::table::Column;
/// # enum Session {}
/// const TRIALS: Column<Session, u16> = Column::new("trials");
/// let _ = TRIALS.eq("many");
/// ```
///
/// ```
/// use djc_runtime::table::Column;
/// # enum Session {}
/// const TRIALS: Column<Session, u16> = Column::new("trials");
/// let _ = TRIALS.eq(5) & !TRIALS.is_in([7, 8]);
/// ```
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

impl<T, V> std::fmt::Debug for Column<T, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Column").field(&self.name).finish()
    }
}

impl<T, V> Column<T, V> {
    pub(super) fn text(self) -> &'static str {
        self.name
    }
}

/// What becomes a value of the type `V`: the value, what an `Option` holds, a `&str` for a [`String`].
pub trait IntoField<V> {
    /// Returns the value.
    fn into_field(self) -> V;
}

impl<V: Field> IntoField<V> for V {
    fn into_field(self) -> V {
        self
    }
}

impl<V: Field> IntoField<Option<V>> for V {
    fn into_field(self) -> Option<V> {
        Some(self)
    }
}

impl IntoField<String> for &str {
    fn into_field(self) -> String {
        self.to_string()
    }
}

impl IntoField<Option<String>> for &str {
    fn into_field(self) -> Option<String> {
        Some(self.to_string())
    }
}

impl IntoField<String> for &String {
    fn into_field(self) -> String {
        self.clone()
    }
}

impl IntoField<Option<String>> for &String {
    fn into_field(self) -> Option<String> {
        Some(self.clone())
    }
}

/// Types that are texts, which patterns are for.
pub trait TextField: Field {}

impl TextField for String {}
impl TextField for Option<String> {}

impl<T, V: Field> Column<T, V> {
    /// Returns the attribute of that name; generated code calls it.
    pub const fn new(name: &'static str) -> Self {
        Column { name, types: PhantomData }
    }

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Is equal to the value; to `None`, is NULL.
    pub fn eq(self, value: impl IntoField<V>) -> Condition<T> {
        self.compare(Comparison::Eq(plain(value.into_field())))
    }

    /// Is another value, and not NULL; `None` asks for any value at all.
    pub fn ne(self, value: impl IntoField<V>) -> Condition<T> {
        self.compare(Comparison::Ne(plain(value.into_field())))
    }

    /// Is less than the value.
    pub fn lt(self, value: impl IntoField<V>) -> Condition<T> {
        self.compare(Comparison::Lt(plain(value.into_field())))
    }

    /// Is less than the value, or equal.
    pub fn le(self, value: impl IntoField<V>) -> Condition<T> {
        self.compare(Comparison::Le(plain(value.into_field())))
    }

    /// Is greater than the value.
    pub fn gt(self, value: impl IntoField<V>) -> Condition<T> {
        self.compare(Comparison::Gt(plain(value.into_field())))
    }

    /// Is greater than the value, or equal.
    pub fn ge(self, value: impl IntoField<V>) -> Condition<T> {
        self.compare(Comparison::Ge(plain(value.into_field())))
    }

    /// Is one of the values; of none, nothing is.
    pub fn is_in<F: IntoField<V>>(self, values: impl IntoIterator<Item = F>) -> Condition<T> {
        self.compare(Comparison::In(values.into_iter().map(|value| plain(value.into_field())).collect()))
    }

    /// Lies between two values, which are part of it.
    pub fn between(self, from: impl IntoField<V>, to: impl IntoField<V>) -> Condition<T> {
        self.compare(Comparison::Between(plain(from.into_field()), plain(to.into_field())))
    }

    /// Is NULL: for an attribute that may be, or that a left join leaves empty.
    pub fn is_null(self) -> Condition<T> {
        self.compare(Comparison::Null)
    }

    /// Is not NULL.
    pub fn is_not_null(self) -> Condition<T> {
        self.compare(Comparison::NotNull)
    }

    fn compare(self, comparison: Comparison) -> Condition<T> {
        Condition::new(Restriction::Compare { attribute: self.name.to_string(), comparison })
    }
}

impl<T, V: TextField> Column<T, V> {
    /// Matches a pattern: `%` stands for any characters, `_` for one, and `\` before one of them for itself. Letter case does not count.
    pub fn like(self, pattern: impl Into<String>) -> Condition<T> {
        self.compare(Comparison::Like(pattern.into()))
    }
}

fn plain<V: Field>(value: V) -> Value {
    match value.give() {
        Given::Value(value) => value,
        // Nothing is equal to a file; restricting by this says so for attributes of every kind that files are in.
        Given::Default | Given::Attachment { .. } | Given::Path(_) | Given::Stored(_) | Given::Column(_) => Value::List(Vec::new()),
    }
}

/// A condition on the rows of the table `T`, checked by the compiler.
///
/// Conditions of one table are joined by `&` and `|`, and turned around by `!`.
pub struct Condition<T> {
    restriction: Restriction,
    table: PhantomData<fn() -> T>,
}

impl<T> Condition<T> {
    fn new(restriction: Restriction) -> Self {
        Condition { restriction, table: PhantomData }
    }

    /// Returns the restriction.
    pub fn restriction(&self) -> &Restriction {
        &self.restriction
    }
}

impl<T> Clone for Condition<T> {
    fn clone(&self) -> Self {
        Condition::new(self.restriction.clone())
    }
}

impl<T> std::fmt::Debug for Condition<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.restriction.fmt(f)
    }
}

impl<T> From<Condition<T>> for Restriction {
    fn from(condition: Condition<T>) -> Self {
        condition.restriction
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
