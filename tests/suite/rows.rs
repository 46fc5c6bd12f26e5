//! Random rows for any lowered catalog, for laws about tables that have data.
//!
//! Rows are valid: parents come first, foreign keys are satisfied (a nullable one is NULL now and then), keys and unique indexes hold, on a server that looks at
//! letter case and on one that does not. They are also nasty: greatest and least values, text with quotes, percent signs and letters of many scripts, bytes with
//! zeros, duplicates wherever they are allowed. Everything follows from a seed; a smaller number of rows makes a simpler case.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use djc::core::catalog::{Catalog, Column, ColumnType, ForeignKey, IndexPart, Table, TableKind};
use djc::core::dialect::Server;
use djc::core::ir::Generation;
use djc::core::ir::type_text::{self, TypeContext};
use djc::core::plan::TableName;
use djc_runtime::{Db, SqlValue};

use crate::hashes::Contents;
use crate::pull::{Place, lowered_random};

/// What rows to make.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// What everything follows from.
    pub seed: u64,
    /// Rows of one table at most.
    pub most: usize,
    /// Whether values keep away from the ends of their types, so that a narrower type holds them too.
    pub tame: bool,
}

/// Rows of one table: a value for each column.
#[derive(Debug, Clone)]
pub struct TableRows {
    /// The table.
    pub table: Arc<Table>,
    /// Its rows.
    pub rows: Vec<Vec<SqlValue>>,
}

/// Returns rows for all tables, parents first. `~lineage` has none: what stands in it belongs to the catalog.
pub fn rows(catalog: &Catalog, server: Server, wanted: Wanted) -> Vec<TableRows> {
    let mut made: BTreeMap<TableName, TableRows> = BTreeMap::new();
    let mut order = Vec::new();
    let mut open: Vec<&Arc<Table>> = catalog
        .schemas
        .values()
        .flat_map(|schema| schema.tables.values())
        .filter(|table| table.kind == TableKind::Base && table.name != "~lineage")
        .collect();
    while !open.is_empty() {
        let is_made = |key: &ForeignKey, table: &Table| {
            let parent = TableName::new(&key.parent_schema, &key.parent_table);
            made.contains_key(&parent) || parent == TableName::new(&table.schema, &table.name)
        };
        let (ready, later): (Vec<_>, Vec<_>) = open.into_iter().partition(|table| table.foreign_keys.iter().all(|key| is_made(key, table)));
        assert!(!ready.is_empty(), "tables that wait for each other: {:?}", later.iter().map(|table| &table.name).collect::<Vec<_>>());
        for table in ready {
            let name = TableName::new(&table.schema, &table.name);
            // What a table gets depends on itself and its parents alone, so that one more table changes nothing in the others; and on no prefix of a run.
            let place = catalog.schemas.keys().position(|schema| *schema == table.schema).expect("the table is of a schema");
            let random = Random::new(wanted.seed, &format!("{place}.{}", table.name));
            let charset = catalog.schemas.get(&table.schema).and_then(|schema| schema.charset.as_ref());
            let all_letters = !server.is_mysql_family() || charset.is_some_and(|charset| charset.charset == "utf8mb4");
            let filler = Filler { table, server, tame: wanted.tame, all_letters, random, made: &made, rows: Vec::new() };
            let rows = filler.fill(wanted.most);
            made.insert(name.clone(), TableRows { table: Arc::clone(table), rows });
            order.push(name);
        }
        open = later;
    }
    order.into_iter().map(|name| made.remove(&name).expect("it was made")).collect()
}

/// Inserts rows by plain SQL, in one transaction.
///
/// # Errors
/// What the server says, with the statement.
pub async fn insert(db: &mut Db, all: &[TableRows]) -> Result<(), String> {
    db.begin().await.map_err(|error| error.to_string())?;
    for TableRows { table, rows } in all.iter().filter(|it| !it.rows.is_empty()) {
        let sql = insert_sql(table, rows.len(), db);
        let values: Vec<SqlValue> = rows.iter().flatten().cloned().collect();
        db.execute_with(&sql, &values).await.map_err(|error| format!("{error}\n{sql}\n{values:?}"))?;
    }
    db.commit().await.map_err(|error| error.to_string())
}

fn insert_sql(table: &Table, rows: usize, db: &Db) -> String {
    let (server, dialect) = (db.server(), db.server().dialect());
    let mut at = 0;
    let mut one = || {
        let marks: Vec<String> = table
            .columns
            .iter()
            .map(|column| {
                let mark = db.placeholder(at);
                at += 1;
                // A bound text goes into a date, a uuid or an enum only when told so.
                if server == Server::Postgres { format!("CAST({mark} AS {})", dialect.type_sql(&column.ty)) } else { mark }
            })
            .collect();
        format!("({})", marks.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(|_| one()).collect();
    let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let into = server.table_sql(&table.schema, &table.name);
    format!("INSERT INTO {into} {} VALUES {}", dialect.facts().quoting.names(&columns), rows.join(", "))
}

/// Numbers that follow from a seed and a name.
struct Random(blake3::OutputReader);

impl Random {
    fn new(seed: u64, name: &str) -> Random {
        Random(blake3::Hasher::new().update(&seed.to_le_bytes()).update(name.as_bytes()).finalize_xof())
    }

    fn next(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn of<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> &'t T {
        all[self.below(all.len())]
    }

    fn between(&mut self, least: i128, most: i128) -> i128 {
        least + (i128::from(self.next()) % (most - least + 1))
    }
}

struct Filler<'a> {
    table: &'a Arc<Table>,
    server: Server,
    tame: bool,
    /// Whether text may have letters beyond latin1, which some servers have for their own charset.
    all_letters: bool,
    random: Random,
    made: &'a BTreeMap<TableName, TableRows>,
    rows: Vec<Vec<SqlValue>>,
}

impl Filler<'_> {
    fn fill(mut self, most: usize) -> Vec<Vec<SqlValue>> {
        let unique = self.unique_columns();
        let mut taken: Vec<BTreeSet<Vec<String>>> = vec![BTreeSet::new(); unique.len()];
        for _ in 0..self.random.below(most + 1) {
            let Some(row) = self.row() else { continue };
            let seen: Vec<Option<Vec<String>>> = unique.iter().map(|columns| fingerprint(&row, columns)).collect();
            if seen.iter().zip(&taken).any(|(seen, taken)| seen.as_ref().is_some_and(|seen| taken.contains(seen))) {
                continue;
            }
            for (seen, taken) in seen.into_iter().zip(&mut taken) {
                taken.extend(seen);
            }
            self.rows.push(row);
        }
        self.rows
    }

    /// Returns the columns of the primary key and of each unique index.
    fn unique_columns(&self) -> Vec<Vec<usize>> {
        let indexes = self.table.indexes.iter().filter(|index| index.unique).map(|index| {
            let column = |part: &IndexPart| match part {
                IndexPart::Column { name, .. } => name.clone(),
                IndexPart::Expression(expression) => panic!("rows for a unique index of an expression: {expression}"),
            };
            index.parts.iter().map(column).collect::<Vec<_>>()
        });
        let keys = std::iter::once(self.table.primary_key.clone()).chain(indexes);
        keys.map(|names| names.iter().map(|name| position(self.table, name)).collect()).collect()
    }

    /// Returns a row; `None` where a parent has none that would do.
    fn row(&mut self) -> Option<Vec<SqlValue>> {
        let mut row: Vec<Option<SqlValue>> = vec![None; self.table.columns.len()];
        let table = Arc::clone(self.table);
        for key in &table.foreign_keys {
            self.refer(key, &mut row)?;
        }
        let in_key = |column: &Column| table.primary_key.contains(&column.name);
        let values = row.into_iter().zip(&table.columns).map(|(value, column)| {
            value.unwrap_or_else(|| {
                if column.nullable && self.random.once_in(4) { SqlValue::Null } else { self.value(column, in_key(column)) }
            })
        });
        Some(values.collect())
    }

    /// Gives the columns of a foreign key the values of a parent's row, or NULL where that is allowed.
    fn refer(&mut self, key: &ForeignKey, row: &mut [Option<SqlValue>]) -> Option<()> {
        let own: Vec<usize> = key.columns.iter().map(|name| position(self.table, name)).collect();
        let open: Vec<usize> = own.iter().copied().filter(|at| row[*at].is_none()).collect();
        let nullable: Vec<usize> = open.iter().copied().filter(|at| self.table.columns[*at].nullable).collect();
        let is_null = own.iter().any(|at| row[*at] == Some(SqlValue::Null));
        let parent = TableName::new(&key.parent_schema, &key.parent_table);
        let (parent_table, rows) = match self.made.get(&parent) {
            Some(made) => (&made.table, &made.rows),
            None => (self.table, &self.rows),
        };
        let theirs: Vec<usize> = key.parent_columns.iter().map(|name| position(parent_table, name)).collect();
        let fits = |candidate: &&Vec<SqlValue>| {
            let mut pairs = own.iter().zip(&theirs);
            pairs.all(|(own, theirs)| {
                let inherits = &candidate[*theirs];
                (*inherits != SqlValue::Null || self.table.columns[*own].nullable)
                    && row[*own].as_ref().is_none_or(|value| value == inherits)
            })
        };
        let candidates: Vec<&Vec<SqlValue>> = rows.iter().filter(fits).collect();
        if !nullable.is_empty() && (is_null || candidates.is_empty() || self.random.once_in(4)) {
            nullable.iter().for_each(|at| row[*at] = Some(SqlValue::Null));
            return Some(());
        }
        if open.is_empty() && is_null {
            return Some(());
        }
        let chosen = candidates.get(self.random.below(candidates.len()))?;
        for (own, theirs) in own.iter().zip(&theirs) {
            row[*own] = Some(chosen[*theirs].clone());
        }
        Some(())
    }

    /// Returns a value of the column's own.
    fn value(&mut self, column: &Column, in_key: bool) -> SqlValue {
        let ty = meant(self.table, column, self.server);
        let extreme = !self.tame && self.random.once_in(3);
        match &ty {
            ColumnType::Integer { bits: 8, display_width: Some(1), .. } => SqlValue::I64(self.random.below(2) as i64),
            ColumnType::Integer { bits, unsigned, .. } => self.integer(*bits, *unsigned, extreme),
            ColumnType::Decimal { precision, scale, unsigned, .. } => {
                SqlValue::Text(self.decimal(precision.unwrap_or(12).min(30), *scale, *unsigned, extreme))
            }
            ColumnType::Float { .. } | ColumnType::Double { .. } => self.real(&ty, extreme),
            ColumnType::Char(length) | ColumnType::Varchar(length) => SqlValue::Text(self.text(*length as usize, extreme)),
            ColumnType::Text(_) => SqlValue::Text(self.text(if in_key { 20 } else { 80 }, extreme)),
            ColumnType::Binary(length) => SqlValue::Bytes((0..*length).map(|_| self.random.next() as u8).collect()),
            ColumnType::Varbinary(_) | ColumnType::Blob(_) => {
                let length = if extreme { 0 } else { self.random.below(60) };
                SqlValue::Bytes((0..length).map(|at| (at * self.random.below(5)) as u8).collect())
            }
            ColumnType::Boolean => SqlValue::Bool(self.random.once_in(2)),
            ColumnType::Date => SqlValue::Text(self.day(extreme)),
            ColumnType::Time(_) => SqlValue::Text(self.time()),
            ColumnType::Datetime(_) => SqlValue::Text(format!("{} {}", self.day(extreme), self.time())),
            // The moments of the MySQL family end in 2038.
            ColumnType::Timestamp(_) => SqlValue::Text(format!("{} {}", self.day(false), self.time())),
            ColumnType::Year => SqlValue::I64(self.random.between(1901, 2155) as i64),
            ColumnType::Json => SqlValue::Text(self.random.of(DOCUMENTS).to_string()),
            ColumnType::Uuid => {
                let bytes = u128::from(self.random.next()) << 64 | u128::from(self.random.next());
                SqlValue::Text(uuid::Uuid::from_u128(bytes).to_string())
            }
            ColumnType::Enum { values, .. } => SqlValue::Text(values[self.random.below(values.len())].clone()),
            ColumnType::Other(text) => panic!("rows for a column of type {text}"),
        }
    }

    fn integer(&mut self, bits: u8, unsigned: bool, extreme: bool) -> SqlValue {
        let wide = i128::from(bits);
        let (least, most) = if unsigned { (0, (1_i128 << wide) - 1) } else { (-(1_i128 << (wide - 1)), (1_i128 << (wide - 1)) - 1) };
        // Only the MySQL family counts further than 2^63.
        let most = if self.server.is_mysql_family() { most } else { most.min(i64::MAX.into()) };
        let number = match (extreme, self.random.below(2)) {
            (true, 0) => least,
            (true, _) => most,
            (false, _) => self.random.between(if unsigned || self.tame { 0 } else { -9 }, 40),
        };
        match i64::try_from(number) {
            Ok(number) => SqlValue::I64(number),
            Err(_) => SqlValue::U64(number as u64),
        }
    }

    fn decimal(&mut self, precision: u32, scale: u32, unsigned: bool, extreme: bool) -> String {
        let (whole, scale) = ((precision - scale) as usize, scale as usize);
        let digits = |random: &mut Random, count: usize| -> String {
            (0..count).map(|_| char::from(b'0' + if extreme { 9 } else { random.below(10) as u8 })).collect()
        };
        let front = digits(&mut self.random, if extreme { whole } else { whole.min(2) });
        let front = front.trim_start_matches('0');
        let front = if front.is_empty() { "0" } else { front };
        let back = digits(&mut self.random, scale);
        let text = if scale == 0 { front.to_string() } else { format!("{front}.{back}") };
        let is_zero = text.bytes().all(|byte| byte == b'0' || byte == b'.');
        if unsigned || is_zero || self.random.once_in(2) { text } else { format!("-{text}") }
    }

    fn real(&mut self, ty: &ColumnType, extreme: bool) -> SqlValue {
        // All of these are exact in four bytes.
        const USUAL: [f64; 7] = [0.0, 1.0, -1.5, 0.25, 30000.0, -7.0, 0.125];
        let limited = matches!(ty, ColumnType::Float { arguments: Some(_), .. } | ColumnType::Double { arguments: Some(_), .. });
        let unsigned = matches!(ty, ColumnType::Float { unsigned: true, .. } | ColumnType::Double { unsigned: true, .. });
        let number = match (ty, extreme && !limited) {
            (ColumnType::Float { .. }, true) => f64::from(1.0e30_f32),
            (_, true) => 1.0e300,
            (_, false) if limited => 1.0,
            (_, false) => USUAL[self.random.below(USUAL.len())],
        };
        SqlValue::F64(if unsigned { number.abs() } else { number })
    }

    fn text(&mut self, most: usize, extreme: bool) -> String {
        if !self.tame && self.random.once_in(8) {
            return String::new();
        }
        let mut text = format!("{}{}", self.random.of(WORDS), self.random.below(200));
        if extreme {
            while text.chars().count() < most.min(300) {
                text.push_str(self.random.of(WORDS));
            }
        }
        let most = if self.tame { most.min(5) } else { most };
        let cut: String = text.chars().filter(|c| self.all_letters || u32::from(*c) < 256).take(most).collect();
        // The servers do not agree about blanks at the end.
        cut.trim_end().to_string()
    }

    fn day(&mut self, extreme: bool) -> String {
        if extreme {
            return self.random.of(&["1000-01-01", "9999-12-31", "2000-02-29", "1969-12-31"]).to_string();
        }
        let (month, day) = (1 + self.random.below(12), 1 + self.random.below(28));
        format!("{}-{month:02}-{day:02}", 1971 + self.random.below(66))
    }

    fn time(&mut self) -> String {
        format!("{:02}:{:02}:{:02}", self.random.below(24), self.random.below(60), self.random.below(60))
    }
}

/// Texts that something along the way might read.
const WORDS: &[&str] =
    &["m", "Mouse ", "été", "日本", "it's", "a\\b", "100%", "\"q\"", "{x}", "µ", "-", "ß", "🐭", ";--", "#", "NULL", "0", "line\nline"];

/// Documents; PostgreSQL orders what it keeps, so objects have one member.
const DOCUMENTS: &[&str] =
    &["{}", "[]", "null", "true", "\"it's\"", "12", "{\"a\": [1, 2, {\"b\": null}]}", "\"日本 %s {x}\"", "[1.5, -2]"];

fn position(table: &Table, column: &str) -> usize {
    table.columns.iter().position(|it| it.name == column).unwrap_or_else(|| panic!("{} has a column {column}", table.name))
}

/// Returns what a column is for its author: SQLite stores a date as text, and says so only in the declaration.
pub fn meant(table: &Table, column: &Column, server: Server) -> ColumnType {
    let (Server::Sqlite, Some(declared), Some(generation)) = (server, &column.declared, table.generation) else { return column.ty.clone() };
    let declared = type_text::parse(declared, generation, &TypeContext::default())
        .unwrap_or_else(|error| panic!("{}.{}: {declared}: {error:?}", table.name, column.name));
    Server::MariaDb.dialect().column_type(&declared.ty, generation).expect("a type that was lowered before")
}

/// Returns what makes two rows equal for any server: letters without case and accents, nothing else of a text; `None` with a NULL in it.
fn fingerprint(row: &[SqlValue], columns: &[usize]) -> Option<Vec<String>> {
    let plain = |value: &SqlValue| match value {
        SqlValue::Null => None,
        SqlValue::Text(text) => Some(text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()),
        other => Some(format!("{other:?}")),
    };
    columns.iter().map(|at| plain(&row[*at])).collect()
}

#[test]
fn random_rows_go_in_and_come_back_on_every_server() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    for server in [Server::Sqlite, Server::MariaDb, Server::Postgres, Server::MySql] {
        let (mut count, mut values) = (0, 0);
        let found = runtime.block_on(async {
            let mut place = Place::new(server).await?;
            let prefix = format!("djcw{}_", crate::support::run_id());
            for seed in 0..if server == Server::Sqlite { 40 } else { 8 } {
                let mut random = Random::new(seed, "numbers");
                let numbers: Vec<u16> = (0..80).map(|_| random.next() as u16).collect();
                let generation = if seed % 2 == 0 { Generation::Classic } else { Generation::Modern };
                let target = place.db.target().clone();
                let Some(lowered) = lowered_random(&numbers, generation, &prefix, &target) else { continue };
                let schemas = lowered.catalog.schemas.keys().cloned().collect();
                place.clean(&schemas).await;
                place.create(&lowered.changes).await.expect("the tables are made");
                let made = rows(&lowered.catalog, server, Wanted { seed, most: 20, tame: seed % 3 == 0 });
                insert(&mut place.db, &made).await.unwrap_or_else(|error| panic!("{}: {error}", server.as_str()));
                let held = Contents::read(&mut place.db, &lowered.catalog).await;
                assert_eq!(held.len(), made.iter().map(|table| table.rows.len()).sum::<usize>());
                assert_eq!(held.differences(&Contents::read(&mut place.db, &lowered.catalog).await), Vec::<String>::new());
                count += held.len();
                values += made.iter().map(|table| table.rows.len() * table.table.columns.len()).sum::<usize>();
                place.clean(&schemas).await;
            }
            Some(())
        });
        if found.is_some() {
            println!("{}: {count} random rows, {values} values", server.as_str());
            assert!(count > 200, "{} gets {count} rows only", server.as_str());
        }
    }
}
