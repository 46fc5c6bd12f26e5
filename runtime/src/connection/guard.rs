//! A session in one's hands.

use std::ops::{Deref, DerefMut};

use tokio::sync::{MappedMutexGuard, MutexGuard};

use crate::db::Db;

/// A session that is held; it is given back when this is dropped.
pub struct Guard<'s>(Held<'s>);

impl<'s> Guard<'s> {
    pub(super) fn own(db: MutexGuard<'s, Db>) -> Guard<'s> {
        Guard(Held::Own(db))
    }

    pub(super) fn lent(db: MappedMutexGuard<'s, Db>) -> Guard<'s> {
        Guard(Held::Lent(db))
    }
}

enum Held<'s> {
    Own(MutexGuard<'s, Db>),
    Lent(MappedMutexGuard<'s, Db>),
}

impl Deref for Guard<'_> {
    type Target = Db;

    fn deref(&self) -> &Db {
        match &self.0 {
            Held::Own(db) => db,
            Held::Lent(db) => db,
        }
    }
}

impl DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut Db {
        match &mut self.0 {
            Held::Own(db) => db,
            Held::Lent(db) => db,
        }
    }
}
