//! How a server does a step: what it rewrites and whom it keeps waiting.

/// How a server does a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// What happens to the table.
    pub algorithm: Algorithm,
    /// Who waits while it runs; all wait for an instant at its beginning and end.
    ///
    /// On the MySQL family that instant comes when the last transaction has ended that has used the table, be it only for reading (on MySQL: or
    /// a table that refers to it, or that it refers to), and whoever comes meanwhile waits behind the step, readers too. So even a step that
    /// is instant and locks nobody out must not wait for long.
    pub lock: Lock,
}

/// What happens to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// Only the catalog changes, whatever the size of the table.
    Instant,
    /// Every row is read, none is written (a constraint is proved), or an index is built beside the table.
    Scan,
    /// The table is written anew inside of the engine, others may work on it as `lock` says.
    Rebuild,
    /// The table is copied row by row.
    Copy,
}

/// Who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// Nobody.
    None,
    /// Those who write.
    Writers,
    /// Everybody.
    Everybody,
}
