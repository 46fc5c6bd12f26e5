//! Where a database is and who logs in: `mysql://user@host:3306`, `postgres://host/name`, `sqlite:file.db`.
//!
//! A password is a [`Secret`]: neither `Debug` nor `Display` of anything here prints it.

use std::fmt;
use std::path::PathBuf;

use djc_core::secret::Secret;
use percent_encoding::percent_decode_str;
use thiserror::Error;

/// The protocol that a URL names. Whether `mysql://` leads to MySQL or MariaDB is only known when connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `mysql://` and `mariadb://`.
    MySql,
    /// `postgres://` and `postgresql://`.
    Postgres,
}

impl Family {
    /// Returns the port that a URL without one means.
    pub fn default_port(self) -> u16 {
        match self {
            Family::MySql => 3306,
            Family::Postgres => 5432,
        }
    }

    /// Returns the scheme that is printed.
    pub fn scheme(self) -> &'static str {
        match self {
            Family::MySql => "mysql",
            Family::Postgres => "postgres",
        }
    }
}

/// Whether the wire is encrypted: `?tls=preferred`, `required` or `off`, or `?ca=FILE&cert=FILE&key=FILE`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Tls {
    /// Tried first; without it where the server cannot. What datajoint does when `use_tls` is null.
    #[default]
    Preferred,
    /// An error where the server cannot. Who answers is not verified, as with datajoint's `use_tls = true`.
    Required,
    /// Never.
    Off,
    /// Required, with certificates.
    Files(TlsFiles),
}

/// Certificates in PEM files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Whom to trust; without it the server is not verified.
    pub ca: Option<PathBuf>,
    /// Who we are.
    pub cert: Option<PathBuf>,
    /// The key to `cert`.
    pub key: Option<PathBuf>,
    /// Whether the server's certificate need not name the host, where there is a `ca`.
    pub any_host: bool,
}

impl fmt::Display for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tls::Preferred => f.write_str("preferred"),
            Tls::Required => f.write_str("required"),
            Tls::Off => f.write_str("off"),
            Tls::Files(TlsFiles { ca: Some(_), .. }) => f.write_str("required, the server verified"),
            Tls::Files(_) => f.write_str("required, with a certificate"),
        }
    }
}

/// Where a server listens and who logs in.
#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    /// The protocol.
    pub family: Family,
    /// Host name or address, without brackets.
    pub host: String,
    /// Port, where one is said.
    pub port: Option<u16>,
    /// User, where one is said.
    pub user: Option<String>,
    /// Password, where one is said.
    pub password: Option<Secret>,
    /// Database behind the `/`: what PostgreSQL connects to (`postgres` where none is said); a default schema on MySQL.
    pub database: Option<String>,
    /// Encryption, where something is said.
    pub tls: Option<Tls>,
}

impl Location {
    /// Returns the port that is used.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(self.family.default_port())
    }

    /// Returns the encryption that is used.
    pub fn tls(&self) -> Tls {
        self.tls.clone().unwrap_or_default()
    }
}

/// A database URL, read but not tried.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A server.
    Server(Location),
    /// One file of SQLite.
    SqliteFile(PathBuf),
    /// `sqlite::memory:`, gone when the connection ends.
    SqliteMemory,
}

/// Why a text is no database URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UrlError {
    /// No scheme at all.
    #[error("`{0}` is not a database URL: write mysql://HOST, mariadb://HOST, postgres://HOST or sqlite:FILE")]
    NoScheme(String),
    /// A scheme that djc does not know.
    #[error("djc does not know databases of the kind `{0}`: write mysql://, mariadb://, postgres:// or sqlite:")]
    UnknownScheme(String),
    /// `mysql://` and no more.
    #[error("the database URL names no host: write {0}://HOST")]
    NoHost(&'static str),
    /// The port is no number between 1 and 65535.
    #[error(
        "`{0}` is not a port: write a number from 1 to 65535 behind the host (a `/`, `#` or `?` in a password is written %2F, %23, %3F)"
    )]
    BadPort(String),
    /// `sqlite:` and no more.
    #[error("the database URL names no file: write sqlite:FILE, or sqlite::memory:")]
    NoFile,
    /// `?name=` that djc does not know.
    #[error(
        "the database URL has `{0}`: `tls=preferred`, `tls=required` or `tls=off`, and `ca=FILE`, `cert=FILE`, `key=FILE`, \
         `any_host=true` may stand behind `?`"
    )]
    UnknownParameter(String),
    /// Certificates beside `tls=off` or `tls=preferred`.
    #[error("the database URL names certificates, which only an encrypted connection uses: leave `tls=` away, or write tls=required")]
    CertificateWithoutTls,
    /// `%` escapes that give no UTF-8.
    #[error("the {0} in the database URL is not UTF-8 when its %-escapes are read")]
    NotUtf8(&'static str),
}

impl DatabaseUrl {
    /// Reads a database URL. User, password and database may hold `%` escapes.
    pub fn parse(text: &str) -> Result<DatabaseUrl, UrlError> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(UrlError::NoScheme(text.to_string()));
        };
        let family = match scheme.to_ascii_lowercase().as_str() {
            "mysql" | "mariadb" => Family::MySql,
            "postgres" | "postgresql" => Family::Postgres,
            "sqlite" => return parse_sqlite(rest),
            // `lab.example.org:3306`: a host, not a scheme.
            _ if !rest.starts_with("//") => return Err(UrlError::NoScheme(redacted(text))),
            other => return Err(UrlError::UnknownScheme(other.to_string())),
        };
        let Some(rest) = rest.strip_prefix("//") else { return Err(UrlError::NoHost(family.scheme())) };
        parse_server(family, rest).map(DatabaseUrl::Server)
    }
}

fn parse_sqlite(rest: &str) -> Result<DatabaseUrl, UrlError> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    match path {
        "" => Err(UrlError::NoFile),
        ":memory:" => Ok(DatabaseUrl::SqliteMemory),
        path => Ok(DatabaseUrl::SqliteFile(PathBuf::from(path))),
    }
}

fn parse_server(family: Family, rest: &str) -> Result<Location, UrlError> {
    let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    // The last `@` ends the login, so that a password may hold one.
    let (login, address) = match authority.rsplit_once('@') {
        Some((login, address)) => (Some(login), address),
        None => (None, authority),
    };
    let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
        None => (None, None),
        Some((user, password)) => (decoded(user, "user")?, decoded(password, "password")?),
    };
    let (host, port) = match address.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, behind)) => (host, behind.strip_prefix(':')),
        None => match address.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        },
    };
    if host.is_empty() {
        return Err(UrlError::NoHost(family.scheme()));
    }
    let port = match port {
        None => None,
        Some(port) => match port.parse::<u16>() {
            Ok(number) if number > 0 => Some(number),
            // What stands there may be a piece of a password with `/` in it: with a login in sight it is not repeated.
            _ => return Err(UrlError::BadPort(if login.is_some() || !authority_is_plain(port) { "…".into() } else { port.into() })),
        },
    };
    let tls = parse_tls(parameters)?;
    Ok(Location {
        family,
        host: host.to_string(),
        port,
        user,
        password: password.map(Secret::new),
        database: decoded(database, "database")?,
        tls,
    })
}

/// Reads what stands behind `?`.
fn parse_tls(parameters: &str) -> Result<Option<Tls>, UrlError> {
    let unknown = |parameter: &str| UrlError::UnknownParameter(parameter.split('=').next().unwrap_or(parameter).to_string());
    let mut tls = None;
    let mut files = TlsFiles::default();
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter {
            "tls=preferred" => tls = Some(Tls::Preferred),
            "tls=required" => tls = Some(Tls::Required),
            "tls=off" => tls = Some(Tls::Off),
            "any_host=true" => files.any_host = true,
            other => {
                let (name, value) = other.split_once('=').ok_or_else(|| unknown(other))?;
                let file = match name {
                    "ca" => &mut files.ca,
                    "cert" => &mut files.cert,
                    "key" => &mut files.key,
                    _ => return Err(unknown(other)),
                };
                *file = decoded(value, "path of a certificate")?.map(PathBuf::from);
            }
        }
    }
    match tls {
        None | Some(Tls::Required) if files != TlsFiles::default() => Ok(Some(Tls::Files(files))),
        Some(Tls::Preferred | Tls::Off) if files != TlsFiles::default() => Err(UrlError::CertificateWithoutTls),
        tls => Ok(tls),
    }
}

fn authority_is_plain(port: &str) -> bool {
    port.chars().all(|c| c.is_ascii_digit() || c == '-') && port.len() <= 8
}

fn decoded(text: &str, what: &'static str) -> Result<Option<String>, UrlError> {
    if text.is_empty() {
        return Ok(None);
    }
    percent_decode_str(text).decode_utf8().map(|text| Some(text.into_owned())).map_err(|_| UrlError::NotUtf8(what))
}

/// Hides what stands before an `@`.
fn redacted(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => text.to_string(),
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.family.scheme())?;
        if let Some(user) = &self.user {
            write!(f, "{user}")?;
            if self.password.is_some() {
                f.write_str(":***")?;
            }
            f.write_str("@")?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?
        } else {
            f.write_str(&self.host)?
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        match &self.database {
            Some(database) => write!(f, "/{database}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Server(location) => location.fmt(f),
            DatabaseUrl::SqliteFile(path) => write!(f, "sqlite:{}", path.display()),
            DatabaseUrl::SqliteMemory => f.write_str("sqlite::memory:"),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Location, UrlError> {
        match DatabaseUrl::parse(text)? {
            DatabaseUrl::Server(location) => Ok(location),
            other => panic!("{other} is no server"),
        }
    }

    #[test]
    fn server_urls_are_read_with_escapes() {
        let location = parse("mariadb://ana:p%40ss%2Fw@lab.example.org:3307/x?tls=off").expect("a URL");
        assert_eq!((location.host.as_str(), location.port(), location.tls()), ("lab.example.org", 3307, Tls::Off));
        assert_eq!((location.user.as_deref(), location.database.as_deref()), (Some("ana"), Some("x")));
        assert_eq!(location.password.map(|secret| secret.reveal().to_string()), Some("p@ss/w".to_string()));
        assert_eq!(parse("postgresql://[::1]").map(|location| (location.host.clone(), location.port())), Ok(("::1".to_string(), 5432)));
    }

    #[test]
    fn password_is_never_printed() {
        let url = DatabaseUrl::parse("mysql://ana:geheim@host/x").expect("a URL");
        assert_eq!(format!("{url} {url:?}"), "mysql://ana:***@host/x mysql://ana:***@host/x");
        // A password with a bare slash puts half of itself where a port should be.
        for text in ["mysql://ana:geheim/x@host", "mysql://ana:ge#heim/geheim@host:1"] {
            let error = DatabaseUrl::parse(text).expect_err("no port").to_string();
            assert!(!error.contains("geheim"), "{error}");
        }
    }

    #[test]
    fn bad_urls_say_what_to_write() {
        assert_eq!(DatabaseUrl::parse("oracle://host"), Err(UrlError::UnknownScheme("oracle".into())));
        assert_eq!(DatabaseUrl::parse("lab"), Err(UrlError::NoScheme("lab".into())));
        assert_eq!(DatabaseUrl::parse("lab:3306"), Err(UrlError::NoScheme("lab:3306".into())));
        assert_eq!(DatabaseUrl::parse("mysql://"), Err(UrlError::NoHost("mysql")));
        assert_eq!(DatabaseUrl::parse("mysql://:3306"), Err(UrlError::NoHost("mysql")));
        assert_eq!(DatabaseUrl::parse("mysql://host:99999"), Err(UrlError::BadPort("99999".into())));
        assert_eq!(DatabaseUrl::parse("mysql://host:0"), Err(UrlError::BadPort("0".into())));
        assert_eq!(DatabaseUrl::parse("sqlite:"), Err(UrlError::NoFile));
        assert_eq!(DatabaseUrl::parse("mysql://host?ssl=1"), Err(UrlError::UnknownParameter("ssl".into())));
    }

    #[test]
    fn certificates_ask_for_encryption() {
        let location = parse("mysql://host?ca=a%20b.pem&any_host=true").expect("a URL");
        let files = TlsFiles { ca: Some("a b.pem".into()), any_host: true, ..TlsFiles::default() };
        assert_eq!(location.tls(), Tls::Files(files));
        assert_eq!(parse("mysql://host?tls=off&ca=x").map(|_| ()), Err(UrlError::CertificateWithoutTls));
        assert_eq!(parse("mysql://host").expect("a URL").tls(), Tls::Preferred);
    }

    #[test]
    fn sqlite_paths_are_taken_as_written() {
        assert_eq!(DatabaseUrl::parse("sqlite:a b.db"), Ok(DatabaseUrl::SqliteFile("a b.db".into())));
        assert_eq!(DatabaseUrl::parse("sqlite:///tmp/x.db"), Ok(DatabaseUrl::SqliteFile("/tmp/x.db".into())));
        assert_eq!(DatabaseUrl::parse("sqlite::memory:"), Ok(DatabaseUrl::SqliteMemory));
    }
}
