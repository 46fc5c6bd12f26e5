//! Migrating: a plan of every kind of step, cut anywhere, half done by hand, by two at once, by accounts with few rights.

#[path = "migrate/accounts.rs"]
mod accounts;
#[path = "migrate/checks.rs"]
mod checks;
#[path = "migrate/cuts.rs"]
mod cuts;
#[path = "migrate/ends.rs"]
mod ends;
#[path = "migrate/hand.rs"]
mod hand;
#[path = "migrate/locks.rs"]
mod locks;
#[path = "migrate/way.rs"]
mod way;
