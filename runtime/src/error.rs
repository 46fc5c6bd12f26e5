//! What can go wrong with a server, told apart by what a user would do about it.

use std::fmt;

use thiserror::Error;

use crate::url::UrlError;

/// How a server numbers its errors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerCode {
    /// Number of the MySQL family (`1146`) or of SQLite (`787`).
    pub number: Option<u32>,
    /// SQLSTATE (`42S02`, `42P01`).
    pub state: Option<String>,
}

impl ServerCode {
    pub(crate) fn is(&self, numbers: &[u32], states: &[&str]) -> bool {
        // MySQL numbers begin at 1000 and SQLite's end before 10000; only SQLite has some below 1000.
        self.number.is_some_and(|number| numbers.contains(&number))
            || (self.number.is_none() && self.state.as_deref().is_some_and(|state| states.contains(&state)))
    }

    /// Returns whether a lock was not to be had in time, or another transaction won: trying again may help.
    pub fn is_contention(&self) -> bool {
        // SQLite: BUSY is 5 and LOCKED 6, with more in the higher bytes.
        let sqlite = self.number.is_some_and(|number| number < 1000 && matches!(number & 0xff, 5 | 6));
        sqlite || self.is(&[1205, 1213], &["40P01", "40001", "55P03"])
    }

    /// Returns whether sessions waited for each other, or changed the same rows, and the server ended what this one did.
    pub(crate) fn is_deadlock(&self) -> bool {
        self.is(&[1213], &["40P01", "40001"])
    }

    /// Returns whether another program writes to the file of SQLite.
    pub(crate) fn is_busy_file(&self) -> bool {
        self.number.is_some_and(|number| number < 1000) && self.is_contention()
    }

    /// Returns whether rows of other tables refer to what was to go.
    pub(crate) fn is_held(&self) -> bool {
        self.is(&[1451, 1217, 787, 1811], &["23503", "23001"])
    }

    /// Returns whether other tables refer to one that was to go.
    pub(crate) fn is_referenced(&self) -> bool {
        self.is_held() || self.is(&[3730], &["2BP01"])
    }

    /// Returns whether a statement is longer than the server takes.
    pub(crate) fn is_too_long(&self) -> bool {
        self.is(&[1153, 1301], &[])
    }

    /// Returns whether the account may not do this.
    pub fn is_denied(&self) -> bool {
        self.is(&[1044, 1142, 1143, 1227, 1370], &["42501"])
    }

    /// Returns whether the thing is already there.
    pub fn is_exists(&self) -> bool {
        self.is(&[1007, 1050, 1061], &["42P06", "42P07", "42710"])
    }

    /// Returns whether the table, schema or relation is not there (any more).
    pub fn is_missing(&self) -> bool {
        self.is(&[1049, 1146, 1356], &["42P01", "3F000", "XX000"])
    }

    /// Returns whether a column is named that the table lacks.
    pub(crate) fn is_unknown_column(&self) -> bool {
        // SQLite has no number of its own for it.
        self.is(&[1054, 1], &["42703"])
    }

    /// Returns whether the server has no room left.
    pub fn is_full(&self) -> bool {
        // SQLite has no SQLSTATE, and its code for it is 13; 3 of the MySQL family is an error of writing.
        let small = match self.state {
            None => self.number.is_some_and(|number| number < 1000 && number & 0xff == 13),
            Some(_) => self.number == Some(3),
        };
        small || self.is(&[1021, 1026, 1114], &["53100"])
    }

    /// Returns whether the server runs without its grant tables, so that everybody may do everything.
    pub(crate) fn has_no_grants(&self) -> bool {
        self.is(&[1290], &[])
    }

    /// Returns whether the server has ended the connection.
    pub(crate) fn is_lost(&self) -> bool {
        self.is(&[1053, 1927, 2006, 2013, 4031], &["57P01", "57P02", "57P03", "08006", "08003", "08000"])
    }
}

impl fmt::Display for ServerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.number, &self.state) {
            (Some(number), _) => write!(f, "{number}"),
            (None, Some(state)) => f.write_str(state),
            (None, None) => f.write_str("no code"),
        }
    }
}

/// A statement did not end well.
#[derive(Debug, Error)]
pub enum SqlError {
    /// The server refused it.
    #[error("{statement}: {message} (server error {code})")]
    Server {
        /// The server's number for it.
        code: ServerCode,
        /// The server's words.
        message: String,
        /// The statement in brief.
        statement: String,
    },
    /// The connection is gone; what the last statement did is not known.
    #[error("the connection was lost at: {statement} ({cause})")]
    Lost {
        /// The last statement in brief.
        statement: String,
        /// What the client saw.
        cause: String,
    },
    /// No answer in time. The connection is given up.
    #[error("no answer within {seconds} s to: {statement}")]
    Timeout {
        /// How long was waited.
        seconds: u64,
        /// The statement in brief.
        statement: String,
    },
    /// A value has a type that djc cannot read.
    #[error("column `{column}` of type {type_name} cannot be read: {cause}")]
    Decode {
        /// The column of the result.
        column: String,
        /// Its type as the server says it.
        type_name: String,
        /// Why.
        cause: String,
    },
    /// Placeholders and values do not fit; nothing was sent.
    #[error("{statement}: {expected} placeholders but {given} values")]
    Arguments {
        /// Placeholders in the SQL.
        expected: usize,
        /// Values given.
        given: usize,
        /// The statement in brief.
        statement: String,
    },
    /// What the server reported makes no sense to djc.
    #[error("{0}")]
    Unexpected(String),
}

impl SqlError {
    /// Returns the server's code, where the server has spoken.
    pub fn code(&self) -> Option<&ServerCode> {
        match self {
            SqlError::Server { code, .. } => Some(code),
            SqlError::Lost { .. }
            | SqlError::Timeout { .. }
            | SqlError::Decode { .. }
            | SqlError::Arguments { .. }
            | SqlError::Unexpected(_) => None,
        }
    }

    /// Returns whether the connection is gone or has been given up.
    pub fn is_lost(&self) -> bool {
        matches!(self, SqlError::Lost { .. } | SqlError::Timeout { .. })
    }

    /// Makes an error of sqlx ours.
    pub(crate) fn from_sqlx(error: sqlx::Error, statement: &str) -> SqlError {
        let statement = || brief(statement);
        match error {
            sqlx::Error::Database(error) => {
                let code = crate::db::server_code(error.as_ref());
                let message = error.message().to_string();
                if code.is_lost() {
                    SqlError::Lost { statement: statement(), cause: message }
                } else {
                    SqlError::Server { code, message, statement: statement() }
                }
            }
            sqlx::Error::ColumnDecode { index, source } => {
                SqlError::Decode { column: index, type_name: "unknown".to_string(), cause: source.to_string() }
            }
            error @ (sqlx::Error::Encode(_) | sqlx::Error::Decode(_)) => SqlError::Unexpected(format!("{}: {error}", statement())),
            other => SqlError::Lost { statement: statement(), cause: other.to_string() },
        }
    }
}

/// Returns the first line of a statement, cut at a width that fits into a message.
pub(crate) fn brief(sql: &str) -> String {
    const WIDTH: usize = 100;
    let line = sql.trim().lines().next().unwrap_or_default().trim_end();
    let cut = line.chars().count() > WIDTH;
    let mut out: String = line.chars().take(WIDTH).collect();
    if cut || sql.trim().lines().nth(1).is_some() {
        out.push('…');
    }
    out
}

/// No connection came about.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The URL is none.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Nobody answers there.
    #[error("nothing answers at {host}:{port}: {cause}")]
    Unreachable {
        /// Host.
        host: String,
        /// Port.
        port: u16,
        /// What the operating system says.
        cause: String,
    },
    /// Somebody is there but does not answer in time.
    #[error("no connection to {database} within {seconds} s")]
    Timeout {
        /// The URL without its password.
        database: String,
        /// How long was waited.
        seconds: u64,
    },
    /// User or password is wrong, or the user may not come from here.
    #[error("{database} refuses {user}: {message}")]
    Login {
        /// The URL without its password.
        database: String,
        /// `user \`ana\`` or `a login without a user`.
        user: String,
        /// Whether a password was given.
        with_password: bool,
        /// The server's words.
        message: String,
    },
    /// There is no database of that name.
    #[error("there is no database `{name}` at {database}")]
    NoDatabase {
        /// The name behind the `/`.
        name: String,
        /// The URL without its password.
        database: String,
    },
    /// The encryption did not come about.
    #[error("no encrypted connection to {database}: {cause}")]
    Tls {
        /// The URL without its password.
        database: String,
        /// Whether the server's certificate was to be verified.
        verified: bool,
        /// Why.
        cause: String,
    },
    /// What answers speaks another protocol.
    #[error("what answers at {database} does not speak the protocol of `{scheme}://`: {cause}")]
    Protocol {
        /// The URL without its password.
        database: String,
        /// The scheme of the URL.
        scheme: &'static str,
        /// What the client saw.
        cause: String,
    },
    /// The driver of that server was left out when this program was built.
    #[error("{database}: this program was built without {server}")]
    NotBuiltIn {
        /// The URL without its password.
        database: String,
        /// What it is.
        server: &'static str,
        /// The cargo feature of `djc-runtime`.
        feature: &'static str,
    },
    /// The SQLite file cannot be opened.
    #[error("the SQLite file {path} cannot be opened: {cause}")]
    File {
        /// The file.
        path: String,
        /// Why.
        cause: String,
    },
    /// The server is older than djc knows.
    #[error("{database} runs {version}; djc needs MySQL 8, MariaDB 10.5 or PostgreSQL 14 at least")]
    TooOld {
        /// The URL without its password.
        database: String,
        /// What the server calls itself.
        version: String,
    },
    /// The server refused for another reason.
    #[error("{database} refuses the connection: {message} (server error {code})")]
    Server {
        /// The URL without its password.
        database: String,
        /// Its number.
        code: ServerCode,
        /// Its words.
        message: String,
    },
    /// The connection came about, and the first questions failed.
    #[error("the connection to {database} could not be set up: {source}")]
    Setup {
        /// The URL without its password.
        database: String,
        /// What failed.
        source: SqlError,
    },
}

impl ConnectError {
    /// Returns a sentence that says what to try.
    pub fn help(&self) -> Option<String> {
        match self {
            ConnectError::Url(_) => None,
            ConnectError::Unreachable { host, port, .. } => Some(format!(
                "Check the host name and the port in the URL, and that the server runs and may be reached from here (`nc -z {host} {port}`)."
            )),
            ConnectError::Timeout { .. } => {
                Some("A firewall often drops packets silently: check the host, the port, and whether a VPN is needed. A PostgreSQL server (port 5432) is silent too when it is asked as MySQL (port 3306).".to_string())
            }
            ConnectError::Login { with_password: true, .. } => {
                Some("Check user and password; a password with special characters is written with %-escapes in the URL.".to_string())
            }
            ConnectError::Login { with_password: false, .. } => Some(
                "No password was given: set DJC_DATABASE_PASSWORD (or DJ_PASS), or write it into the URL as mysql://USER:PASSWORD@HOST."
                    .to_string(),
            ),
            ConnectError::NoDatabase { name, .. } => Some(format!(
                "Leave `/{name}` away, or name a database that exists; the schemas of the pipeline are created in it by `djc deploy`."
            )),
            ConnectError::Tls { verified: true, .. } => Some(
                "Check that `ca` names the authority of the server's certificate, and that the certificate names the host (`any_host=true` \
                 does not ask for that)."
                    .to_string(),
            ),
            ConnectError::Tls { .. } => Some(
                "The server offers no encryption: leave `tls=required` (`use_tls` true) away, or say `?tls=off`, where the network can be trusted."
                    .to_string(),
            ),
            ConnectError::Protocol { .. } => {
                Some("Check scheme and port: MySQL and MariaDB listen at 3306, PostgreSQL at 5432.".to_string())
            }
            // The engine's own words say nothing; ours do.
            ConnectError::File { cause, .. } if cause.contains("unable to open") => {
                Some("Check that the file and its folder may be read and written.".to_string())
            }
            ConnectError::File { .. } => None,
            ConnectError::NotBuiltIn { feature, .. } => {
                Some(format!("Switch the feature `{feature}` of djc-runtime on; by default all servers are built in."))
            }
            ConnectError::TooOld { .. } | ConnectError::Server { .. } | ConnectError::Setup { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart_per_server() {
        let mysql = |number| ServerCode { number: Some(number), state: Some("HY000".into()) };
        let postgres = |state: &str| ServerCode { number: None, state: Some(state.into()) };
        let sqlite = |number| ServerCode { number: Some(number), state: None };
        assert!(mysql(1205).is_contention() && postgres("55P03").is_contention() && sqlite(517).is_contention());
        assert!(!mysql(1064).is_contention() && !postgres("42601").is_contention() && !sqlite(787).is_contention());
        assert!(mysql(1142).is_denied() && postgres("42501").is_denied());
        assert!(mysql(3).is_full() && mysql(1114).is_full() && postgres("53100").is_full() && sqlite(13).is_full());
        assert!(!sqlite(3).is_full() && !mysql(13).is_full());
    }

    #[test]
    fn brief_keeps_one_line() {
        assert_eq!(brief("CREATE TABLE `a` (\n`b` int)"), "CREATE TABLE `a` (…");
        assert_eq!(brief("SELECT 1"), "SELECT 1");
    }
}
