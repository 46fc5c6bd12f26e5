//! In which order rows come.

use std::marker::PhantomData;

use djc_core::query::Order;

use super::{Column, Dynamic, Table};

/// An order of the rows of the table `T`.
pub struct OrderBy<T> {
    order: Order,
    table: PhantomData<fn() -> T>,
}

impl<T> Clone for OrderBy<T> {
    fn clone(&self) -> Self {
        OrderBy { order: self.order.clone(), table: PhantomData }
    }
}

impl<T> std::fmt::Debug for OrderBy<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.order.fmt(f)
    }
}

impl<T, V> Column<T, V> {
    /// Sorts upwards, NULL first.
    pub fn asc(self) -> OrderBy<T> {
        OrderBy { order: Order { attribute: Some(self.text().to_string()), descending: false }, table: PhantomData }
    }

    /// Sorts downwards, NULL last.
    pub fn desc(self) -> OrderBy<T> {
        OrderBy { order: Order { attribute: Some(self.text().to_string()), descending: true }, table: PhantomData }
    }
}

/// What sorts a query over `T`: `session::start.desc()`, `"start DESC"`, `"KEY"`, arrays, `Vec`s and tuples of such, the first counting most.
pub trait IntoOrder<T> {
    /// Returns the levels of the order.
    fn into_order(self) -> Vec<Order>;
}

impl<T: Table> IntoOrder<T> for OrderBy<T> {
    fn into_order(self) -> Vec<Order> {
        vec![self.order]
    }
}

impl<U> IntoOrder<Dynamic> for OrderBy<U> {
    fn into_order(self) -> Vec<Order> {
        vec![self.order]
    }
}

impl<T> IntoOrder<T> for Order {
    fn into_order(self) -> Vec<Order> {
        vec![self]
    }
}

impl<T> IntoOrder<T> for Vec<Order> {
    fn into_order(self) -> Vec<Order> {
        self
    }
}

impl<T> IntoOrder<T> for &str {
    fn into_order(self) -> Vec<Order> {
        let text = self.trim();
        let (name, descending) = match text.rsplit_once(char::is_whitespace) {
            Some((name, word)) if word.eq_ignore_ascii_case("desc") => (name.trim(), true),
            Some((name, word)) if word.eq_ignore_ascii_case("asc") => (name.trim(), false),
            // A text of two words is the name of no attribute; the query says so.
            Some(_) | None => (text, false),
        };
        let attribute = (name != "KEY").then(|| name.trim_matches('`').to_string());
        vec![Order { attribute, descending }]
    }
}

impl<T, O: IntoOrder<T>, const COUNT: usize> IntoOrder<T> for [O; COUNT] {
    fn into_order(self) -> Vec<Order> {
        self.into_iter().flat_map(IntoOrder::into_order).collect()
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<T, $($name: IntoOrder<T>),+> IntoOrder<T> for ($($name,)+) {
            #[allow(non_snake_case, reason = "a value is called as its type")]
            fn into_order(self) -> Vec<Order> {
                let ($($name,)+) = self;
                [$($name.into_order()),+].into_iter().flatten().collect()
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
