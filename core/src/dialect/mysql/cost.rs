//! How the MySQL family takes a step.
//!
//! The rules are those of InnoDB, measured by asking the servers for `ALGORITHM` and `LOCK` and by looking whether the table was
//! written anew (`runtime/tests/live/alter/innodb.rs` holds them to it). A table with row format `COMPRESSED` or a full-text index,
//! and one that has had its 64 instant changes, is rewritten where `Instant` stands here; datajoint makes neither of the first two.

use super::Flavor;
use super::changes::{Changes, Slot, is_indexed, is_referenced};
use super::types::{bytes_per_char, row_bytes};
use crate::catalog::{Catalog, Change, Charset, Column, ColumnType, Table};
use crate::plan::{Action, Algorithm, Alteration, Cost, Lock};

/// A server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub flavor: Flavor,
    /// `None` counts as the oldest that djc knows.
    pub version: Option<(u32, u32, u32)>,
}

impl Target {
    pub fn is_mysql(self) -> bool {
        self.flavor == Flavor::MySql
    }

    /// Returns whether it is MySQL and at least of this version.
    fn is_mysql_from(self, version: (u32, u32, u32)) -> bool {
        self.is_mysql() && self.version.is_some_and(|it| it >= version)
    }
}

/// What one thing in an `ALTER TABLE` comes to. The dearest one decides for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    /// A note in the catalog of the server, with `ALGORITHM=INSTANT`.
    Instant,
    /// A note in the catalog too, which MySQL does not count as instant.
    Note,
    /// Instant, unless something stands beside it that is not: then the table is written anew.
    InstantOrRebuild,
    /// An index is built.
    Scan,
    /// The table is written anew, and others may write meanwhile.
    Rebuild,
    /// As before, and others may only read.
    NumberedRebuild,
    /// The table is copied, and others may only read.
    Copy,
}

pub(super) fn cost(action: &Action, before: &Catalog, target: Target) -> Cost {
    let instant = Cost { algorithm: Algorithm::Instant, lock: Lock::None };
    match action {
        Action::Create(Change::AddForeignKey { .. }) => Cost { algorithm: Algorithm::Copy, lock: Lock::Writers },
        Action::Create(_)
        | Action::DropSchema { .. }
        | Action::AlterEnum { .. }
        | Action::DropEnum { .. }
        | Action::DropTable(_)
        | Action::RenameTable { .. }
        | Action::InsertRows { .. }
        | Action::UpdateRow { .. }
        | Action::DeleteRow { .. }
        | Action::ClearLineage(_)
        | Action::Hand(_) => instant,
        // Every row is written in one transaction, which keeps it locked until the end.
        Action::Fill(_) => Cost { algorithm: Algorithm::Rebuild, lock: Lock::Writers },
        Action::AlterTable { table, alterations } => match before.table(&table.schema, &table.table) {
            Some(now) => of_table(now, alterations, before, target),
            None => instant,
        },
    }
}

fn of_table(table: &Table, alterations: &[Alteration], before: &Catalog, target: Target) -> Cost {
    let changes = Changes::read(table, alterations);
    let charset = before.schemas.get(&table.schema).and_then(|schema| schema.charset.as_ref());
    let works = works(table, &changes, charset, target, &|column| is_referenced(before, table, column));
    let has = |work: Work| works.contains(&work);
    // What is instant by itself is not beside what is not.
    let spoiled = has(Work::InstantOrRebuild) && (has(Work::Scan) || (target.is_mysql() && has(Work::Note)));
    let (algorithm, lock) = match works.iter().max() {
        Some(Work::Copy) => (Algorithm::Copy, Lock::Writers),
        Some(Work::NumberedRebuild) => (Algorithm::Rebuild, Lock::Writers),
        Some(Work::Rebuild) => (Algorithm::Rebuild, Lock::None),
        _ if spoiled => (Algorithm::Rebuild, Lock::None),
        Some(Work::Scan) => (Algorithm::Scan, Lock::None),
        None | Some(Work::Instant | Work::Note | Work::InstantOrRebuild) => (Algorithm::Instant, Lock::None),
    };
    Cost { algorithm, lock }
}

fn works(table: &Table, changes: &Changes, charset: Option<&Charset>, target: Target, is_referenced: &dyn Fn(&str) -> bool) -> Vec<Work> {
    let mut out = Vec::new();
    out.extend(changes.dropped_keys.iter().chain(&changes.dropped_indexes).map(|_| Work::Note));
    out.extend(changes.comment.then_some(Work::Note));
    if changes.drops_primary_key || changes.adds_primary_key {
        out.push(Work::Rebuild);
    }
    let drops = if target.is_mysql() && !target.is_mysql_from((8, 0, 29)) { Work::Rebuild } else { Work::InstantOrRebuild };
    out.extend(changes.dropped_columns.iter().map(|_| drops));
    for (at, slot) in changes.columns.iter().enumerate() {
        let Some(column) = changes.after.column(&slot.name) else { continue };
        let Some(old) = slot.was.as_ref().and_then(|was| table.column(was)) else {
            out.push(added(column, changes.is_end(at), target));
            continue;
        };
        if old.name != slot.name {
            let instant = !target.is_mysql() || (target.is_mysql_from((8, 0, 28)) && !is_referenced(&old.name));
            out.push(if instant { Work::Instant } else { Work::Note });
        }
        if slot.modified {
            out.push(modified(old, column, slot, table, charset, target));
        }
    }
    out.extend(changes.new_indexes().map(|_| Work::Scan));
    out.extend(changes.new_keys().map(|_| Work::Copy));
    out
}

fn added(column: &Column, last: bool, target: Target) -> Work {
    if column.auto_increment {
        return Work::NumberedRebuild;
    }
    let first_version = if last { (8, 0, 12) } else { (8, 0, 29) };
    if target.is_mysql() && !target.is_mysql_from(first_version) { Work::Rebuild } else { Work::InstantOrRebuild }
}

fn modified(old: &Column, new: &Column, slot: &Slot, table: &Table, charset: Option<&Charset>, target: Target) -> Work {
    let mut work = retyped(old, new, table, charset, target);
    if new.auto_increment && !old.auto_increment {
        work = work.max(Work::Copy);
    }
    if new.nullable != old.nullable {
        work = work.max(Work::Rebuild);
    }
    if slot.moved {
        work = work.max(if target.is_mysql() { Work::Rebuild } else { Work::InstantOrRebuild });
    }
    if new.default != old.default && target.is_mysql() && !target.is_mysql_from((8, 0, 12)) {
        work = work.max(Work::Note);
    }
    work
}

/// Returns what another type, charset or collation comes to.
fn retyped(old: &Column, new: &Column, table: &Table, charset: Option<&Charset>, target: Target) -> Work {
    let indexed = is_indexed(table, &old.name);
    let charsets = (old.charset.as_ref().or(charset), new.charset.as_ref().or(charset));
    let recoded = match charsets {
        _ if !new.ty.is_text() || old.charset == new.charset => Work::Instant,
        (Some(old), Some(new)) if old == new => Work::Instant,
        (Some(old), Some(new)) if old.charset == new.charset => match (target.flavor, indexed) {
            (Flavor::MySql, true) => Work::Copy,
            (Flavor::MySql, false) => Work::Note,
            (Flavor::MariaDb, true) => Work::Scan,
            (Flavor::MariaDb, false) => Work::Instant,
        },
        _ => Work::Copy,
    };
    let resized = match (&old.ty, &new.ty) {
        (old, new) if is_same(old, new, target.flavor) => Work::Instant,
        (ColumnType::Varchar(from), ColumnType::Varchar(to)) if from < to => {
            // The length of a value takes one byte or two.
            let bytes = |length: u32| u64::from(length) * bytes_per_char(charsets.1.map_or("utf8mb4", |it| it.charset.as_str()));
            longer(bytes(*from), bytes(*to), target)
        }
        (ColumnType::Varbinary(from), ColumnType::Varbinary(to)) if from < to => longer(u64::from(*from), u64::from(*to), target),
        (ColumnType::Enum { values: from, .. }, ColumnType::Enum { values: to, .. })
            if to.starts_with(from) && row_bytes(&old.ty, 1) == row_bytes(&new.ty, 1) =>
        {
            Work::Instant
        }
        _ => Work::Copy,
    };
    recoded.max(resized)
}

fn longer(from: u64, to: u64, target: Target) -> Work {
    match target.flavor {
        Flavor::MariaDb => Work::Instant,
        Flavor::MySql if (from > 255) == (to > 255) => Work::Note,
        Flavor::MySql => Work::Copy,
    }
}

fn is_same(old: &ColumnType, new: &ColumnType, flavor: Flavor) -> bool {
    let normal = |ty: &ColumnType| {
        let mut ty = ty.clone();
        super::normalize::column_type(&mut ty, flavor);
        // How wide numbers are shown is no part of what is stored.
        if let ColumnType::Integer { display_width, .. } = &mut ty {
            *display_width = None;
        }
        ty
    };
    old == new || normal(old) == normal(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ColumnDefault, Schema};
    use crate::plan::{Position, TableName};

    fn column(name: &str) -> Column {
        Column {
            name: name.to_string(),
            ty: ColumnType::Date,
            nullable: true,
            default: ColumnDefault::Null,
            comment: String::new(),
            auto_increment: false,
            on_update: None,
            charset: None,
            declared: None,
        }
    }

    fn catalog() -> Catalog {
        let table = Table {
            schema: "lab".into(),
            name: "subject".into(),
            kind: crate::catalog::TableKind::Base,
            columns: vec![column("a"), column("b")],
            primary_key: vec!["a".into()],
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
            comment: String::new(),
            engine: None,
            charset: None,
            generation: None,
        };
        let tables = [("subject".to_string(), std::sync::Arc::new(table))].into_iter().collect();
        Catalog { schemas: [("lab".to_string(), Schema { name: "lab".into(), tables, ..Schema::default() })].into() }
    }

    #[test]
    fn older_versions_of_mysql_rewrite_more() {
        let algorithm = |alteration: &Alteration, flavor, version| {
            let action = Action::AlterTable { table: TableName::new("lab", "subject"), alterations: vec![alteration.clone()] };
            cost(&action, &catalog(), Target { flavor, version }).algorithm
        };
        let last = Alteration::AddColumn { column: column("c"), position: Position::Last };
        let first = Alteration::AddColumn { column: column("c"), position: Position::First };
        let gone = Alteration::DropColumn("b".into());
        for (version, expected) in [
            (None, [Algorithm::Rebuild; 3]),
            (Some((8, 0, 11)), [Algorithm::Rebuild; 3]),
            (Some((8, 0, 12)), [Algorithm::Instant, Algorithm::Rebuild, Algorithm::Rebuild]),
            (Some((8, 0, 28)), [Algorithm::Instant, Algorithm::Rebuild, Algorithm::Rebuild]),
            (Some((8, 0, 29)), [Algorithm::Instant; 3]),
            (Some((9, 7, 0)), [Algorithm::Instant; 3]),
        ] {
            let found = [&last, &first, &gone].map(|alteration| algorithm(alteration, Flavor::MySql, version));
            assert_eq!(found, expected, "{version:?}");
        }
        assert_eq!([&last, &first, &gone].map(|it| algorithm(it, Flavor::MariaDb, None)), [Algorithm::Instant; 3]);
    }
}
