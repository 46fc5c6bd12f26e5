//! Making a connection, and saying why there is none.

use std::io;
use std::path::Path;

use djc_core::dialect::{Server, Target};

use super::standing::{Prepared, Standing};
use super::{ConnectOptions, Db, Link, mysql, postgres, sqlite};
use crate::error::{ConnectError, SqlError};
use crate::url::{DatabaseUrl, Family, Location, Tls, TlsFiles};

/// What datajoint sets for its sessions; without `NO_BACKSLASH_ESCAPES` and `ANSI_QUOTES`, whatever the server's default.
const SQL_MODE: &str =
    "NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY";

/// How long a statement waits for a lock on PostgreSQL unless told otherwise, in milliseconds: as long as InnoDB does.
const LOCK_WAIT_MS: u128 = 50_000;

pub(super) async fn connect(url: &DatabaseUrl, options: &ConnectOptions) -> Result<Db, ConnectError> {
    built_in(url)?;
    let limit = options.connect_timeout;
    let work = async {
        let link = open(url, options).await?;
        // Replaced as soon as the server has said what it is; `settle` and `query` do not look at the version.
        let server = match &link {
            Link::MySql(_) => Server::MySql,
            Link::Postgres(_) => Server::Postgres,
            Link::Sqlite(_) | Link::Closed { .. } => Server::Sqlite,
        };
        let target = Target { server, version: None, charset: String::new() };
        let mut db = Db {
            link,
            url: url.clone(),
            options: options.clone(),
            target,
            version_text: String::new(),
            encrypted: false,
            last_statement: String::new(),
            statements: 0,
            in_transaction: false,
            standing: Standing::Ready,
            prepared: Prepared::default(),
            patient: false,
            taken: std::time::Instant::now(),
            in_savepoint: false,
        };
        set_up(&mut db).await.map_err(|source| set_up_error(url, source))?;
        let minimum = match db.target.server {
            Server::MySql => (8, 0, 0),
            Server::MariaDb => (10, 5, 0),
            Server::Postgres => (14, 0, 0),
            Server::Sqlite => (0, 0, 0),
        };
        if db.target.version.is_some_and(|version| version < minimum) {
            return Err(ConnectError::TooOld { database: url.to_string(), version: db.version_text.clone() });
        }
        Ok(db)
    };
    match tokio::time::timeout(limit, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(ConnectError::Timeout { database: url.to_string(), seconds: limit.as_secs() }),
    }
}

async fn open(url: &DatabaseUrl, options: &ConnectOptions) -> Result<Link, ConnectError> {
    match url {
        DatabaseUrl::Server(location) => {
            let tls = location.tls();
            match open_server(location, &tls).await {
                // The server offers TLS of a kind that this client does not speak.
                Err(first) if tls == Tls::Preferred && is_handshake(&first) => {
                    open_server(location, &Tls::Off).await.map_err(|_| explain(location, first))
                }
                outcome => outcome.map_err(|error| explain(location, error)),
            }
        }
        DatabaseUrl::SqliteFile(path) => {
            let file = |cause: String| ConnectError::File { path: path.display().to_string(), cause };
            if let Some(cause) = no_file(path, options.create) {
                return Err(file(cause));
            }
            match sqlite::open(Some(path), options).await {
                Ok(link) => Ok(Link::Sqlite(link)),
                Err(sqlx::Error::Database(error)) => Err(file(error.message().to_string())),
                Err(other) => Err(file(other.to_string())),
            }
        }
        DatabaseUrl::SqliteMemory => sqlite::open(None::<&Path>, options)
            .await
            .map(Link::Sqlite)
            .map_err(|error| ConnectError::File { path: ":memory:".to_string(), cause: error.to_string() }),
    }
}

/// Says so where the URL is of a server whose driver was left out of this build.
fn built_in(url: &DatabaseUrl) -> Result<(), ConnectError> {
    let (built_in, feature, server) = match url {
        DatabaseUrl::Server(location) => match location.family {
            Family::MySql => (mysql::BUILT_IN, "mysql", "MySQL and MariaDB"),
            Family::Postgres => (postgres::BUILT_IN, "postgres", "PostgreSQL"),
        },
        DatabaseUrl::SqliteFile(_) | DatabaseUrl::SqliteMemory => (sqlite::BUILT_IN, "sqlite", "SQLite"),
    };
    if built_in { Ok(()) } else { Err(ConnectError::NotBuiltIn { database: url.to_string(), server, feature }) }
}

/// Says what is wrong with the path of an SQLite file; the engine itself only says that it cannot open it.
fn no_file(path: &Path, create: bool) -> Option<String> {
    if path.is_dir() {
        return Some("it is a folder".to_string());
    }
    if path.exists() {
        return None;
    }
    if !create {
        return Some("there is no such file".to_string());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty())?;
    (!folder.is_dir()).then(|| format!("there is no folder {}", folder.display()))
}

/// Says why a session could not be set up. SQLite looks into a file only now.
fn set_up_error(url: &DatabaseUrl, source: SqlError) -> ConnectError {
    if let (DatabaseUrl::SqliteFile(path), Some(code)) = (url, source.code()) {
        // The lower byte is the kind of the error, the others its finer points.
        let cause = match code.number.map(|number| number & 0xff) {
            Some(26) => Some("it is no SQLite database, or an encrypted one"),
            Some(11) => Some("the database in it is damaged"),
            Some(5 | 6) => Some("another process keeps it locked"),
            _ => None,
        };
        if let Some(cause) = cause {
            return ConnectError::File { path: path.display().to_string(), cause: cause.to_string() };
        }
    }
    ConnectError::Setup { database: url.to_string(), source }
}

/// Returns whether a connection failed where encryption is agreed on, or may have.
fn is_handshake(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(cause) => matches!(cause.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof),
        _ => false,
    }
}

async fn open_server(location: &Location, tls: &Tls) -> Result<Link, sqlx::Error> {
    match location.family {
        Family::MySql => mysql::open(location, tls).await.map(Link::MySql),
        Family::Postgres => postgres::open(location, tls).await.map(Link::Postgres),
    }
}

/// Says in a user's words why the server could not be reached.
fn explain(location: &Location, error: sqlx::Error) -> ConnectError {
    let database = location.to_string();
    let verified = matches!(location.tls(), Tls::Files(TlsFiles { ca: Some(_), .. }));
    match error {
        sqlx::Error::Database(error) => {
            let code = super::server_code(error.as_ref());
            let message = error.message().to_string();
            let login = matches!(code.number, Some(1045 | 1130 | 1698 | 1251 | 1524))
                || (code.number.is_none() && matches!(code.state.as_deref(), Some("28P01" | "28000")));
            let no_database = matches!(code.number, Some(1049)) || code.state.as_deref() == Some("3D000");
            match &location.database {
                Some(name) if no_database => ConnectError::NoDatabase { name: name.clone(), database },
                _ if login => ConnectError::Login {
                    database,
                    user: location.user.as_ref().map_or("a login without a user".to_string(), |user| format!("user `{user}`")),
                    with_password: location.password.is_some(),
                    message,
                },
                _ => ConnectError::Server { database, code, message },
            }
        }
        sqlx::Error::Tls(cause) => ConnectError::Tls { database, verified, cause: cause.to_string() },
        sqlx::Error::Io(cause) => match cause.kind() {
            // A file of a certificate that cannot be read, and a certificate that does not convince, arrive like this.
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidData
                if matches!(location.tls(), Tls::Files(_)) =>
            {
                ConnectError::Tls { database, verified, cause: cause.to_string() }
            }
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => {
                ConnectError::Protocol { database, scheme: location.family.scheme(), cause: cause.to_string() }
            }
            _ => ConnectError::Unreachable { host: location.host.clone(), port: location.port(), cause: cause.to_string() },
        },
        // PostgreSQL asks for a password with a message that sqlx answers itself when it has none.
        sqlx::Error::Configuration(cause) if location.password.is_none() => ConnectError::Login {
            database,
            user: location.user.as_ref().map_or("a login without a user".to_string(), |user| format!("user `{user}`")),
            with_password: false,
            message: cause.to_string(),
        },
        other => ConnectError::Protocol { database, scheme: location.family.scheme(), cause: other.to_string() },
    }
}

/// Asks the server what it is and sets the session up.
async fn set_up(db: &mut Db) -> Result<(), SqlError> {
    match db.target.server {
        Server::MySql | Server::MariaDb => {
            db.execute(&format!("SET SESSION sql_mode = '{SQL_MODE}', SESSION foreign_key_checks = 1")).await?;
            let rows = db.query("SELECT version() AS a, @@version_comment AS b, @@character_set_server AS c", &[]).await?;
            let row = rows.first().ok_or_else(|| SqlError::Unexpected("the server does not say its version".to_string()))?;
            let version = row.text(0)?;
            let maria = version.contains("MariaDB") || row.text(1)?.to_ascii_lowercase().contains("mariadb");
            db.target.server = if maria { Server::MariaDb } else { Server::MySql };
            // Replication's old prefix: `5.5.5-10.11.6-MariaDB`.
            db.target.version = version_numbers(version.strip_prefix("5.5.5-").unwrap_or(&version));
            db.target.charset = row.text(2)?;
            db.version_text = if maria { format!("MariaDB {version}") } else { format!("MySQL {version}") };
            db.encrypted = !db
                .query("SHOW SESSION STATUS LIKE 'Ssl_cipher'", &[])
                .await?
                .iter()
                .all(|row| row.text(1).is_ok_and(|cipher| cipher.is_empty()));
            if db.options.read_only {
                db.execute("SET SESSION TRANSACTION READ ONLY").await?;
            }
        }
        Server::Postgres => {
            let limit = db.options.operation_timeout.as_millis();
            db.execute(&format!("SET statement_timeout = {limit}")).await?;
            // Its own default is to wait for a lock for as long as it takes, and then nobody is told that there was one.
            let lock_wait = limit.clamp(1, LOCK_WAIT_MS);
            let sql = format!(
                "SELECT current_setting('server_version') AS a, current_setting('server_version_num') AS b, \
                 current_setting('server_encoding') AS c, \
                 (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS d, \
                 set_config('lock_timeout', '{lock_wait}', false) AS e"
            );
            let rows = db.query(&sql, &[]).await?;
            let row = rows.first().ok_or_else(|| SqlError::Unexpected("the server does not say its version".to_string()))?;
            let number = row.u64(1)? as u32;
            db.target.version = Some((number / 10000, number % 10000, 0));
            db.target.charset = row.text(2)?.to_ascii_lowercase();
            db.version_text = format!("PostgreSQL {}", row.text(0)?);
            db.encrypted = row.flag(3);
            if db.options.read_only {
                db.execute("SET default_transaction_read_only = on").await?;
            }
        }
        Server::Sqlite => {
            let version = match db.query("SELECT sqlite_version() AS a", &[]).await?.first() {
                Some(row) => row.text(0)?,
                None => String::new(),
            };
            // A file that is no database is only noticed when it is read.
            db.query("SELECT count(*) AS a FROM sqlite_master", &[]).await?;
            db.target.version = version_numbers(&version);
            db.target.charset = "utf8".to_string();
            db.version_text = format!("SQLite {version}");
        }
    }
    Ok(())
}

/// Reads `10.11.6-MariaDB-1` as (10, 11, 6).
fn version_numbers(text: &str) -> Option<(u32, u32, u32)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let mut parts = text[..end].split('.').map(|part| part.parse::<u32>().ok());
    Some((parts.next()??, parts.next().flatten().unwrap_or(0), parts.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version_numbers("10.11.6-MariaDB-1"), Some((10, 11, 6)));
        assert_eq!(version_numbers("9.7.0"), Some((9, 7, 0)));
        assert_eq!(version_numbers("devel"), None);
    }
}
