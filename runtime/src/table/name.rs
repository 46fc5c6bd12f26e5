//! Attributes by name or column, in calls that take either.

use super::Column;

/// The name of an attribute: a text, or a [`Column`].
pub trait IntoName {
    /// Returns the name.
    fn into_name(self) -> String;
}

impl IntoName for &str {
    fn into_name(self) -> String {
        self.to_string()
    }
}

impl IntoName for String {
    fn into_name(self) -> String {
        self
    }
}

impl IntoName for &String {
    fn into_name(self) -> String {
        self.clone()
    }
}

impl<T, V> IntoName for Column<T, V> {
    fn into_name(self) -> String {
        self.text().to_string()
    }
}

/// Several attributes: one, an array, a `Vec`, or a tuple where columns have different types; `()` for none.
pub trait IntoNames {
    /// Returns the names.
    fn into_names(self) -> Vec<String>;
}

impl IntoNames for () {
    fn into_names(self) -> Vec<String> {
        Vec::new()
    }
}

impl IntoNames for &str {
    fn into_names(self) -> Vec<String> {
        vec![self.to_string()]
    }
}

impl<T, V> IntoNames for Column<T, V> {
    fn into_names(self) -> Vec<String> {
        vec![self.into_name()]
    }
}

impl<N: IntoName, const COUNT: usize> IntoNames for [N; COUNT] {
    fn into_names(self) -> Vec<String> {
        self.into_iter().map(IntoName::into_name).collect()
    }
}

impl<N: IntoName> IntoNames for Vec<N> {
    fn into_names(self) -> Vec<String> {
        self.into_iter().map(IntoName::into_name).collect()
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: IntoName),+> IntoNames for ($($name,)+) {
            #[allow(non_snake_case, reason = "a value is called as its type")]
            fn into_names(self) -> Vec<String> {
                let ($($name,)+) = self;
                vec![$($name.into_name()),+]
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
