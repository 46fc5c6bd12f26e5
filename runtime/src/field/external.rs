//! Values that are kept in a store.

use std::marker::PhantomData;

use super::{Cell, Field, Given, ReadError};

/// A value that is kept in a store: a reference in the table, and the content elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct External<K> {
    content: PhantomData<K>,
}

/// A file that lives in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePath {}

/// A numpy array in a file of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Npy {}

/// A file or a folder of files that belongs to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {}

impl<K> Field for External<K> {
    fn read(_: &Cell<'_>) -> Result<Self, ReadError> {
        todo!("store")
    }

    fn give(self) -> Given {
        todo!("store")
    }
}
