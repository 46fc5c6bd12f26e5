//! Sends rows, all or none.

use std::collections::HashMap;
use std::sync::Arc;

use djc_core::dialect::Server;
use djc_core::ir::TableId;
use djc_core::model::Model;

use super::kept;
use super::prepare::{Batch, Preparation};
use super::refused::Refused;
use super::source::{Kind, Rows, Source};
use super::statement::{ArrayType, SKIPPED};
use super::target::Target;
use super::{Existing, Inserted, Options, select};
use crate::blocking::{begin, blocking};
use crate::connection::{Session, ready};
use crate::db::Db;
use crate::error::SqlError;
use crate::fault::{Error, ErrorKind};
use crate::value::{SqlArray, SqlValue};

/// What an insert comes down to.
pub(super) struct Plan<'s> {
    pub session: &'s dyn Session,
    pub model: Arc<Model>,
    pub id: TableId,
    pub source: Source,
    pub options: Options,
}

/// Bytes in one statement at most, however great a packet the server takes: the next rows are made ready meanwhile.
const BYTES_MAX: usize = 8 << 20;

/// Placeholders in one statement at most. More bring nothing, and the server keeps the statement prepared.
const PLACEHOLDERS_MAX: usize = 8192;

/// How many rows that are wrong `validate` shows.
const ERRORS_MAX: usize = 20;

/// Why rows were not inserted.
pub(super) enum Failure {
    /// We found out.
    Ours(Error),
    /// The server said so, of these rows.
    Server(SqlError, Vec<usize>),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Ours(error)
    }
}

/// Inserts.
pub(super) async fn run(plan: Plan<'_>) -> Result<Inserted, Error> {
    let Plan { session, model, id, mut source, options } = plan;
    ready(session, &model).await?;
    let connection = session.connection();
    let mut db = session.lock().await?;
    let target = connection.targets().get(&mut db, connection.dialect(), &model, id).await?;
    if let Kind::Rows(rows) = &mut source.0 {
        // Content comes before its row, and takes the session now and then.
        drop(db);
        kept::put(session, &target, rows.rows_mut()).await?;
        db = session.lock().await?;
    }
    let mut rows = Arc::default();
    let mut sender = Sender { db: &mut db, target, options, texts: HashMap::new(), sent: 0 };
    let outcome = match source.0 {
        Kind::Failed(error) => return Err(error),
        Kind::Query(query) => {
            let select = select::Select::new(&query, connection.dialect(), &sender.target, sender.options.ignore_extra_fields)?;
            sender.select(select).await
        }
        Kind::Rows(given) if given.len() == 0 => return Ok(Inserted::default()),
        Kind::Rows(given) => {
            rows = Arc::new(given);
            sender.rows(&rows).await
        }
    };
    let Sender { target, options, .. } = sender;
    match outcome {
        Ok(inserted) => Ok(inserted),
        Err(Failure::Ours(error)) => Err(error),
        Err(Failure::Server(error, of)) => {
            let refused = Refused { scope: connection.dialect(), model: &model, id, target: &target };
            Err(refused.rows(&mut db, &rows, &of, options.existing, error).await)
        }
    }
}

/// Checks what an insert would insert.
pub(super) async fn validate(plan: Plan<'_>) -> Result<(), Error> {
    let Plan { session, model, id, source, options } = plan;
    ready(session, &model).await?;
    let connection = session.connection();
    let mut db = session.lock().await?;
    let target = connection.targets().get(&mut db, connection.dialect(), &model, id).await?;
    drop(db);
    let errors = match source.0 {
        Kind::Failed(error) => return Err(error),
        Kind::Query(query) => return select::Select::new(&query, connection.dialect(), &target, options.ignore_extra_fields).map(drop),
        Kind::Rows(rows) => {
            let mut preparation = Preparation::new(target.clone(), Arc::new(rows), options.ignore_extra_fields, BYTES_MAX);
            blocking(move || preparation.errors(ERRORS_MAX)).await
        }
    };
    let mut errors = errors.into_iter();
    let (Some(first), second) = (errors.next(), errors.next()) else { return Ok(()) };
    let Some(second) = second else { return Err(first) };
    let lines: Vec<String> = [first, second].into_iter().chain(errors).map(|error| error.details().message.clone()).collect();
    let many = if lines.len() == ERRORS_MAX { " at least" } else { "" };
    Err(Error::new(ErrorKind::Value, format!("{many} {} rows cannot be inserted into {}", lines.len(), target.name).trim())
        .table(&target.name)
        .cause(lines.join("\n           ")))
}

/// What makes several statements one.
enum Frame {
    /// One statement needs nothing around it.
    None,
    /// A transaction of its own.
    Transaction,
    /// A part of a transaction that runs.
    Savepoint,
}

struct Sender<'d> {
    db: &'d mut Db,
    target: Arc<Target>,
    options: Options,
    /// Statements by their columns and number of rows.
    texts: HashMap<(Vec<usize>, usize), String>,
    /// How many rows were touched, as the server counts.
    sent: u64,
}

impl Sender<'_> {
    async fn rows(&mut self, rows: &Arc<Rows>) -> Result<Inserted, Failure> {
        let bytes_max = self.options.batch_bytes.unwrap_or_else(|| (self.target.packet_max / 2).min(BYTES_MAX));
        let mut preparation = Preparation::new(self.target.clone(), rows.clone(), self.options.ignore_extra_fields, bytes_max);
        let first = if preparation.is_long() {
            let (back, first) = blocking(move || {
                let first = preparation.round();
                (preparation, first)
            })
            .await;
            preparation = back;
            first?
        } else {
            preparation.round()?
        };
        let alone = preparation.is_done() && first.len() == 1 && self.statements(&first[0]).len() == 1;
        let numbered = match (self.target.numbered(), first.first(), rows.len()) {
            (Some(at), Some(batch), 1) => !batch.columns.contains(&at),
            _ => false,
        };
        let frame = self.begin(alone).await.map_err(|error| Failure::Server(error, Vec::new()))?;
        let outcome = self.within(first, preparation, rows.len() as u64, numbered).await;
        self.end(frame, outcome).await
    }

    async fn within(
        &mut self,
        mut next: Vec<Batch>,
        mut preparation: Preparation,
        count: u64,
        numbered: bool,
    ) -> Result<Inserted, Failure> {
        let counts = self.counts_skipped();
        if counts {
            self.execute(&format!("SET {SKIPPED} = 0")).await?;
        }
        loop {
            // The next rows are made ready while the server has these.
            let ahead = if preparation.is_done() {
                None
            } else {
                Some(begin(move || {
                    let next = preparation.round();
                    (preparation, next)
                }))
            };
            for batch in next {
                self.batch(batch).await?;
            }
            let Some(ahead) = ahead else { break };
            let (back, round) = ahead.done().await;
            (preparation, next) = (back, round?);
        }
        let inserted = if counts { count - self.number(&format!("SELECT {SKIPPED} AS a")).await?.min(count) } else { self.counted(count) };
        let id = if numbered && inserted == 1 { Some(self.number(self.last_id()).await?) } else { None };
        Ok(Inserted { inserted, skipped: count - inserted, id })
    }

    async fn select(&mut self, select: select::Select) -> Result<Inserted, Failure> {
        let sql = self.target.insert_select(&select.columns, &select.text, self.options.existing);
        let frame = self.begin(true).await.map_err(|error| Failure::Server(error, Vec::new()))?;
        let outcome = async {
            let counts = self.counts_skipped();
            if counts {
                self.execute(&format!("SET {SKIPPED} = 0")).await?;
            }
            let skips = matches!(self.options.existing, Existing::Skip | Existing::SkipAny);
            let all = if skips && !counts { Some(self.rows_of(&select).await?) } else { None };
            let touched = self.db.execute_with(&sql, &select.values).await.map_err(|error| Failure::Server(error, Vec::new()))?;
            let skipped = match all {
                Some(all) => all.saturating_sub(touched),
                None if counts => self.number(&format!("SELECT {SKIPPED} AS a")).await?.min(touched),
                None => 0,
            };
            Ok(Inserted { inserted: if counts { touched - skipped } else { touched }, skipped, id: None })
        };
        let outcome = outcome.await;
        self.end(frame, outcome).await
    }

    /// Returns how many rows a query has, where the server does not say how many of them were skipped.
    async fn rows_of(&mut self, select: &select::Select) -> Result<u64, Failure> {
        let sql = format!("SELECT count(*) AS a FROM ({}) AS given", select.text);
        let rows = self.db.query(&sql, &select.values).await.map_err(|error| Failure::Server(error, Vec::new()))?;
        rows.first().map_or(Ok(0), |row| row.u64(0)).map_err(|error| Failure::Server(error, Vec::new()))
    }

    /// Whether rows that are kept are counted by a variable.
    fn counts_skipped(&self) -> bool {
        let skips = matches!(self.options.existing, Existing::Skip | Existing::SkipAny);
        skips && self.target.server.is_mysql_family() && !self.target.table.primary_key.is_empty()
    }

    /// Returns how many of the rows are new, by what the server counted.
    fn counted(&self, count: u64) -> u64 {
        match self.options.existing {
            // A row that takes another's place counts twice on the MySQL family.
            Existing::Refuse | Existing::Replace => count,
            Existing::Skip | Existing::SkipAny => self.sent.min(count),
        }
    }

    fn last_id(&self) -> &'static str {
        match self.target.server {
            Server::MySql | Server::MariaDb => "SELECT LAST_INSERT_ID() AS a",
            Server::Postgres => "SELECT lastval() AS a",
            Server::Sqlite => "SELECT last_insert_rowid() AS a",
        }
    }

    async fn execute(&mut self, sql: &str) -> Result<(), Failure> {
        self.db.execute(sql).await.map(drop).map_err(|error| Failure::Server(error, Vec::new()))
    }

    async fn number(&mut self, sql: &str) -> Result<u64, Failure> {
        let rows = self.db.query(sql, &[]).await.map_err(|error| Failure::Server(error, Vec::new()))?;
        rows.first().map_or(Ok(0), |row| row.u64(0)).map_err(|error| Failure::Server(error, Vec::new()))
    }

    /// Returns how many rows each statement of a batch takes.
    fn statements(&self, batch: &Batch) -> Vec<usize> {
        let columns = batch.columns.len().max(1);
        match self.target.server {
            Server::Postgres if !batch.columns.is_empty() => vec![batch.rows.len()],
            Server::MySql | Server::MariaDb | Server::Postgres | Server::Sqlite => {
                pieces(batch.rows.len(), (PLACEHOLDERS_MAX / columns).max(1))
            }
        }
    }

    async fn batch(&mut self, batch: Batch) -> Result<(), Failure> {
        let existing = self.options.existing;
        if self.target.server == Server::Postgres && !batch.columns.is_empty() {
            let Batch { columns, rows, values } = self.settled(batch);
            let sql = self.texts.entry((columns.clone(), 0)).or_insert_with(|| self.target.insert_arrays(&columns, existing));
            let arrays = arrays(&self.target, &columns, rows.len(), values)?;
            match self.db.execute_arrays(sql, arrays).await {
                Ok(touched) => self.sent += touched,
                Err(error) => return Err(Failure::Server(error, rows)),
            }
            return Ok(());
        }
        let mut at = 0;
        for rows in self.statements(&batch) {
            let width = batch.columns.len();
            let sql = self
                .texts
                .entry((batch.columns.clone(), rows))
                .or_insert_with(|| self.target.insert_values(&batch.columns, rows, existing));
            match self.db.execute_kept(sql, &batch.values[at * width..(at + rows) * width]).await {
                Ok(touched) => self.sent += touched,
                Err(error) => return Err(Failure::Server(error, batch.rows[at..at + rows].to_vec())),
            }
            at += rows;
        }
        Ok(())
    }

    /// Leaves of rows with one key the last, which replaces those before: PostgreSQL changes no row twice in a statement.
    fn settled(&self, batch: Batch) -> Batch {
        let key: Option<Vec<usize>> = self
            .target
            .table
            .primary_key
            .iter()
            .map(|name| batch.columns.iter().position(|at| self.target.attributes[*at].name == *name))
            .collect();
        let (Existing::Replace, Some(key)) = (self.options.existing, key) else { return batch };
        let Batch { columns, rows, values } = batch;
        let width = columns.len();
        let mut last = HashMap::new();
        let key_of = |at: usize| key.iter().map(|column| format!("{:?}", values[at * width + column])).collect::<Vec<_>>();
        for at in 0..rows.len() {
            last.insert(key_of(at), at);
        }
        if last.len() == rows.len() {
            return Batch { columns, rows, values };
        }
        let kept: Vec<bool> = (0..rows.len()).map(|at| last[&key_of(at)] == at).collect();
        let values = values.into_iter().enumerate().filter(|(at, _)| kept[at / width]).map(|(_, value)| value).collect();
        let rows = rows.into_iter().enumerate().filter(|(at, _)| kept[*at]).map(|(_, row)| row).collect();
        Batch { columns, rows, values }
    }

    async fn begin(&mut self, alone: bool) -> Result<Frame, SqlError> {
        match (self.db.in_transaction(), alone, self.target.server) {
            (false, true, _) => Ok(Frame::None),
            // There an error ends the whole transaction; elsewhere one statement leaves nothing behind by itself.
            (true, true, Server::MySql | Server::MariaDb | Server::Sqlite) => Ok(Frame::None),
            (true, _, _) => self.db.savepoint().await.map(|()| Frame::Savepoint),
            (false, false, _) => self.db.begin().await.map(|()| Frame::Transaction),
        }
    }

    async fn end(&mut self, frame: Frame, outcome: Result<Inserted, Failure>) -> Result<Inserted, Failure> {
        let done = match (frame, &outcome) {
            (Frame::None, _) => Ok(()),
            (Frame::Transaction, Ok(_)) => self.db.commit().await,
            (Frame::Savepoint, Ok(_)) => self.db.release_savepoint().await,
            (Frame::Transaction, Err(_)) => self.db.rollback().await,
            (Frame::Savepoint, Err(_)) => self.db.rollback_to_savepoint().await,
        };
        match (outcome, done) {
            (Ok(_), Err(error)) => Err(Failure::Server(error, Vec::new())),
            // Why it failed says more than that it could not be taken back, which follows from it: a deadlock ends the transaction.
            (outcome, _) => outcome,
        }
    }
}

/// Cuts a number of rows into few different numbers, so that statements are prepared once and used again: full ones, then numbers with three
/// leading binary digits.
fn pieces(rows: usize, max: usize) -> Vec<usize> {
    let mut out = Vec::new();
    let mut rest = rows;
    while rest > 0 {
        let size = if rest >= max { max } else { rounded(rest) };
        out.push(size);
        rest -= size;
    }
    out
}

fn rounded(count: usize) -> usize {
    let digits = usize::BITS - count.leading_zeros();
    let dropped = digits.saturating_sub(3);
    if count <= 16 { count } else { count >> dropped << dropped }
}

/// Turns rows into columns.
fn arrays(target: &Target, columns: &[usize], rows: usize, values: Vec<SqlValue>) -> Result<Vec<SqlArray>, Error> {
    let array = |at: &usize| match ArrayType::of(&target.attributes[*at].column) {
        ArrayType::Bool => SqlArray::Bool(Vec::with_capacity(rows)),
        ArrayType::Integer => SqlArray::I64(Vec::with_capacity(rows)),
        ArrayType::Real => SqlArray::F64(Vec::with_capacity(rows)),
        ArrayType::Bytes => SqlArray::Bytes(Vec::with_capacity(rows)),
        ArrayType::Text => SqlArray::Text(Vec::with_capacity(rows)),
    };
    let mut out: Vec<SqlArray> = columns.iter().map(array).collect();
    for (at, value) in values.into_iter().enumerate() {
        out[at % columns.len()].push(value).map_err(|value| {
            let attribute = &target.attributes[columns[at % columns.len()]];
            Error::new(ErrorKind::Value, format!("`{}` cannot hold {value:?}", attribute.name)).table(&target.name)
        })?;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_few_different_numbers() {
        assert_eq!(pieces(3, 1000), [3]);
        assert_eq!(pieces(2500, 1000), [1000, 1000, 448, 48, 4]);
        let different: std::collections::BTreeSet<usize> = (1..5000).flat_map(|rows| pieces(rows, 1000)).collect();
        assert!(different.len() < 50, "{different:?}");
        assert!((1..5000).all(|rows| pieces(rows, 1000).iter().sum::<usize>() == rows));
    }
}
