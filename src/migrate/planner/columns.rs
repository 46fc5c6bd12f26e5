//! Which column of the old table is which of the new one.

use std::collections::{BTreeMap, HashMap, HashSet};

use djc_core::catalog::{Column, ColumnDefault, Table};
use djc_core::dialect::Server;
use djc_core::plan::{CheckKind, PARKED_COLUMN, Parked, TableName};

use super::convert::{self, Conversion};
use super::{Park, parking};

/// What becomes of one column.
#[derive(Debug)]
pub(super) struct ColumnChange<'a> {
    /// As it is; `None` for a new one.
    pub from: Option<&'a Column>,
    /// As it shall be; `None` for one that goes.
    pub to: Option<&'a Column>,
    /// How.
    pub kind: ColumnKind,
}

#[derive(Debug, PartialEq)]
pub(super) enum ColumnKind {
    /// The column stays, perhaps with another name, and `modified` where its definition differs.
    Kept {
        /// Whether it needs a `ModifyColumn`.
        modified: bool,
        /// Whether its values or their layout change.
        retyped: bool,
        /// What must be true of its rows.
        checks: Vec<CheckKind>,
    },
    /// A second column takes the converted values, and then the name; the old one goes.
    Converted {
        /// The second column's name until then.
        through: String,
        /// Whether it is there already: parked by the plan that is undone.
        parked_before: bool,
        /// Whether it refers to another column of its parent than before: the values are the parent's.
        rekeyed: bool,
        /// What must be true of its rows.
        checks: Vec<CheckKind>,
    },
    /// The column is made a second time behind others, with all its values, and the old one goes: PostgreSQL puts a column nowhere else, and
    /// datajoint reads a table's columns in the order in which they stand.
    Renewed {
        /// The second column's name until the old one is gone.
        through: String,
        /// What must be true of its rows.
        checks: Vec<CheckKind>,
    },
    /// New.
    Added,
    /// It goes; `displaced` where another column needs its name before.
    Gone {
        /// Whether another column needs its name.
        displaced: bool,
    },
}

impl ColumnChange<'_> {
    /// Returns the name that the column has in both, as `to` says it.
    pub fn logical(&self) -> Option<&str> {
        self.from.and(self.to).map(|to| to.name.as_str())
    }

    /// Returns whether a foreign key over the column cannot stand while it changes.
    pub fn is_unsettled(&self) -> bool {
        match &self.kind {
            ColumnKind::Kept { retyped, .. } => *retyped,
            ColumnKind::Converted { .. } | ColumnKind::Renewed { .. } | ColumnKind::Gone { .. } => true,
            ColumnKind::Added => false,
        }
    }
}

/// Returns whether datajoint hides the column and djc leaves it alone.
pub(super) fn is_hidden(name: &str) -> bool {
    name.starts_with('_') && name != "_singleton"
}

/// What [`pair`] needs to know beside the two tables.
pub(super) struct Around<'a> {
    pub server: Server,
    pub park: Park<'a>,
    /// The table's name in `from`.
    pub was: &'a TableName,
    /// Old → new.
    pub renamed: Option<&'a BTreeMap<String, String>>,
    /// Columns of `to` for which a person said where values come from.
    pub filled: HashSet<&'a str>,
}

/// Pairs the columns of two tables: those of `to` in their order, then those that go.
///
/// # Errors
/// The columns whose values no server converts: name in `to`, old type, new type.
pub(super) fn pair<'a>(
    from: &'a Table,
    to: &'a Table,
    around: &Around<'_>,
) -> Result<Vec<ColumnChange<'a>>, Vec<(String, String, String)>> {
    let dialect = around.server.dialect();
    let normal = |table: &Table| {
        let mut table = table.clone();
        dialect.normalize(&mut table);
        table
    };
    let same_tables = from.columns == to.columns;
    let (normal_from, normal_to) = (normal(from), normal(to));
    let old: HashMap<&str, &'a Column> = from.columns.iter().map(|column| (column.name.as_str(), column)).collect();
    let parked_back: Vec<&Parked> =
        around.park.back().iter().filter(|parked| parked.table == *around.was && parked.column.is_some()).collect();

    // By what a person said first, then by name, then what was parked.
    let mut source: HashMap<&'a str, &'a Column> = HashMap::new();
    let mut taken: HashSet<&str> = HashSet::new();
    let wanted: HashMap<&'a str, &'a Column> =
        to.columns.iter().filter(|column| !is_hidden(&column.name)).map(|column| (column.name.as_str(), column)).collect();
    let mut claim = |new: &str, old: Option<&'a Column>, source: &mut HashMap<&'a str, &'a Column>| {
        if let (Some((new, _)), Some(column)) = (wanted.get_key_value(new), old)
            && !source.contains_key(new)
            && taken.insert(column.name.as_str())
        {
            source.insert(*new, column);
        }
    };
    for (old_name, new_name) in around.renamed.into_iter().flatten() {
        claim(new_name, old.get(old_name.as_str()).copied(), &mut source);
    }
    for column in &to.columns {
        claim(&column.name, old.get(column.name.as_str()).copied(), &mut source);
    }
    let mut brought_back: HashMap<&str, &'a Column> = HashMap::new();
    for parked in parked_back {
        let Some((hidden, name)) = &parked.column else { continue };
        let (Some(column), Some((name, _))) = (old.get(hidden.as_str()).copied(), wanted.get_key_value(name.as_str())) else { continue };
        if source.contains_key(name) {
            brought_back.insert(*name, column);
        } else {
            claim(name, Some(column), &mut source);
        }
    }
    let used: HashSet<&str> = source.values().chain(brought_back.values()).map(|column| column.name.as_str()).collect();

    let (mut out, mut refused) = (Vec::with_capacity(to.columns.len()), Vec::new());
    for column in to.columns.iter().filter(|column| !is_hidden(&column.name)) {
        let Some(old) = source.get(column.name.as_str()).copied() else {
            out.push(ColumnChange { from: None, to: Some(column), kind: ColumnKind::Added });
            continue;
        };
        if let Some(parked) = brought_back.get(column.name.as_str()) {
            let kind = ColumnKind::Converted { through: parked.name.clone(), parked_before: true, rekeyed: false, checks: Vec::new() };
            out.push(ColumnChange { from: Some(old), to: Some(column), kind });
            continue;
        }
        if same_tables {
            let kind = ColumnKind::Kept { modified: false, retyped: false, checks: Vec::new() };
            out.push(ColumnChange { from: Some(old), to: Some(column), kind });
            continue;
        }
        let (a, b) =
            (normal_from.column(&old.name).expect("normalising keeps columns"), normal_to.column(&column.name).expect("as before"));
        let modified = Column { name: String::new(), ..a.clone() } != Column { name: String::new(), ..b.clone() };
        let retyped = a.ty != b.ty || a.charset != b.charset || (around.server == Server::Sqlite && old.ty != column.ty);
        let meant_otherwise = around.server == Server::Sqlite && old.declared != column.declared;
        let conversion = match convert::conversion(old, column, around.server) {
            conversion if retyped => conversion,
            // SQLite stores a day and a moment alike, and only the definition says what of a value stays. It holds nobody to a length.
            Conversion::Through(checks) if meant_otherwise => Conversion::Through(checks),
            Conversion::InPlace(mut checks) if meant_otherwise => {
                checks.retain(|check| matches!(check, CheckKind::LosesDigits { .. }));
                Conversion::InPlace(checks)
            }
            Conversion::InPlace(_) | Conversion::Through(_) | Conversion::Impossible => Conversion::InPlace(Vec::new()),
        };
        let filled = around.filled.contains(column.name.as_str());
        let through = || parking::working_column(around.park, &column.name);
        let kind = match conversion {
            Conversion::InPlace(checks) if !(filled && retyped) => ColumnKind::Kept { modified, retyped, checks },
            Conversion::Through(checks) if !filled => {
                ColumnKind::Converted { through: through(), parked_before: false, rekeyed: false, checks }
            }
            Conversion::Impossible if !filled => {
                refused.push((column.name.clone(), dialect.type_sql(&old.ty), dialect.type_sql(&column.ty)));
                continue;
            }
            // A person said how.
            Conversion::InPlace(_) | Conversion::Through(_) | Conversion::Impossible => {
                ColumnKind::Converted { through: through(), parked_before: false, rekeyed: false, checks: Vec::new() }
            }
        };
        out.push(ColumnChange { from: Some(old), to: Some(column), kind });
    }
    if around.server == Server::Postgres {
        renew(&mut out, from, to, around);
    }
    for column in &from.columns {
        let left_alone = used.contains(column.name.as_str()) || column.name.starts_with(PARKED_COLUMN) || is_hidden(&column.name);
        if !left_alone {
            let displaced = wanted.contains_key(column.name.as_str());
            out.push(ColumnChange { from: Some(column), to: None, kind: ColumnKind::Gone { displaced } });
        }
    }
    if refused.is_empty() { Ok(out) } else { Err(refused) }
}

/// Has columns made anew where one would stand in front of a column of the key that belongs before it. `columns` are those of `to`, in order.
///
/// A key that gets a column has its rows written anew in any case. Other columns stand where they stand: a new attribute costs no such thing.
fn renew(columns: &mut [ColumnChange<'_>], from: &Table, to: &Table, around: &Around<'_>) {
    let place = |column: &ColumnChange<'_>| match (&column.kind, column.from) {
        (ColumnKind::Kept { .. }, Some(old)) => from.columns.iter().position(|it| it.name == old.name),
        (ColumnKind::Converted { through, parked_before: true, .. }, _) => from.columns.iter().position(|it| it.name == *through),
        _ => None,
    };
    let places: Vec<Option<usize>> = columns.iter().map(place).collect();
    let in_key = |column: &ColumnChange<'_>| column.to.is_some_and(|to_be| to.primary_key.contains(&to_be.name));
    let is_kept = |column: &ColumnChange<'_>| matches!(column.kind, ColumnKind::Kept { .. });
    let overtaken = |at: usize| {
        let behind = (at + 1..columns.len()).filter(|later| is_kept(&columns[*later]));
        in_key(&columns[at]) && behind.into_iter().any(|later| places[at].is_none() || places[later] < places[at])
    };
    if !(0..columns.len()).any(overtaken) {
        return;
    }
    let rises = |at: &usize| places[*at].is_some() && (*at == 0 || places[*at] > places[*at - 1]);
    let first = (0..columns.len()).take_while(rises).count();
    let cannot = |column: &ColumnChange<'_>| {
        let to = column.to.filter(|_| is_kept(column));
        to.is_some_and(|to| to.auto_increment || around.filled.contains(to.name.as_str()))
    };
    if columns[first..].iter().any(cannot) {
        return;
    }
    for column in &mut columns[first..] {
        if let (ColumnKind::Kept { checks, .. }, Some(to)) = (&mut column.kind, column.to) {
            let through = parking::working_column(around.park, &to.name);
            column.kind = ColumnKind::Renewed { through, checks: std::mem::take(checks) };
        }
    }
}

/// Returns a column that takes values before it becomes what it shall be.
pub(super) fn unfilled(column: &Column, name: &str) -> Column {
    Column {
        name: name.to_string(),
        nullable: true,
        default: ColumnDefault::Null,
        auto_increment: false,
        on_update: None,
        ..column.clone()
    }
}
