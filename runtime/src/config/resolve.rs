//! From what was found to one address.

use std::path::PathBuf;

use djc_core::ir::Generation;
use djc_core::secret::Secret;
use djc_core::settings::{Origin, ProblemKind, Settings};
use serde_json::Value;

use super::{Found, Notice, Part, ResolveError, Resolved, Variables, Wanted};
use crate::url::{DatabaseUrl, Family, Location, Tls, TlsFiles};

/// A value with its origin.
type Said<T> = Option<(T, Origin)>;

impl Found {
    /// Returns the database that is meant, complete with what variables and files say about it, and what is odd about variables.
    ///
    /// # Errors
    /// When the URL is none, nothing names a host, or what names it is no address.
    pub fn resolve(&self, wanted: &Wanted) -> Result<(Resolved, Vec<Notice>), ResolveError> {
        let (settings, problems) = self.settings();
        let notices: Vec<Notice> = problems.into_iter().map(Notice::Setting).collect();
        let (url, origin) = match wanted {
            Wanted::Url(url) => (DatabaseUrl::parse(url)?, Origin::CommandLine),
            Wanted::Named { name, url } => (DatabaseUrl::parse(url)?, Origin::Project((*name).to_string())),
            Wanted::Datajoint => return Ok((self.datajoint(settings)?, notices)),
        };
        let resolved = match url {
            DatabaseUrl::Server(location) => self.complete(location, &origin, settings),
            DatabaseUrl::SqliteFile(path) => {
                let parts = vec![(Part::File, path.display().to_string(), origin)];
                Resolved { url: DatabaseUrl::SqliteFile(path), parts, settings }
            }
            DatabaseUrl::SqliteMemory => {
                let parts = vec![(Part::File, ":memory:".to_string(), origin)];
                Resolved { url: DatabaseUrl::SqliteMemory, parts, settings }
            }
        };
        // A variable that decides about another server than the one that is named is nothing to talk about.
        Ok((resolved, Vec::new()))
    }

    /// Returns what datajoint would see: its file, with the environment over it. Without a file the variables of both generations count.
    fn settings(&self) -> (Settings, Vec<djc_core::settings::Problem>) {
        let file = self.files.first().map(|file| file.settings.clone());
        file.unwrap_or_else(|| Settings::new(Generation::Modern)).with_environment(&self.variables.0)
    }

    /// Completes a URL that names a server.
    fn complete(&self, mut location: Location, origin: &Origin, settings: Settings) -> Resolved {
        let environment = Environment { variables: &self.variables, location: &location };
        let is_project = matches!(origin, Origin::Project(_));
        let file = self.files.iter().map(|file| &file.settings).find(|settings| speaks_for(settings, &location));

        let written = location.user.clone().map(|user| (user, origin.clone()));
        let ours = environment.ours("DJC_DATABASE_USER");
        // The environment wins over a file, and the command line over the environment.
        let user = if is_project { ours.or(written.clone()) } else { written.clone().or(ours) };
        let from_file = || file.and_then(|settings| settings.text("database.user")).map(own);
        let user = user.or_else(|| environment.theirs("DJ_USER")).or_else(from_file);

        let name = user.as_ref().map(|(name, _)| name.as_str());
        // A password does not follow another user.
        let written = location.password.clone().filter(|_| written.as_ref().map(|(name, _)| name.as_str()) == name);
        let written = written.map(|password| (password, origin.clone()));
        let ours = environment.ours("DJC_DATABASE_PASSWORD").map(secret);
        let theirs = || match environment.theirs("DJ_USER") {
            Some((theirs, _)) if name.is_some_and(|name| name != theirs) => None,
            _ => environment.theirs("DJ_PASS").map(secret),
        };
        let from_file = || {
            let settings = file?;
            let fits = settings.text("database.user").is_none_or(|(theirs, _)| name == Some(theirs));
            settings.secret("database.password").filter(|_| fits).map(|(password, origin)| (password.clone(), origin.clone()))
        };
        let password = if is_project { ours.or(written) } else { written.or(ours) };
        let password = password.or_else(theirs).or_else(from_file);

        let tls = location.tls.clone().map(|tls| (tls, origin.clone()));
        let from_variable = || {
            let (text, origin) = environment.theirs("DJ_USE_TLS")?;
            let value = serde_json::from_str(&text.to_ascii_lowercase()).ok()?;
            Some((tls_of(&value)?, origin))
        };
        let tls = tls.or_else(from_variable).or_else(|| file.and_then(tls_said));

        let port = location.port.map(|port| (port, origin.clone()));
        let from_variable = || {
            // A port without a host says nothing about a server that is named elsewhere.
            environment.variables.get("DJ_HOST")?;
            let (text, origin) = environment.theirs("DJ_PORT")?;
            Some((text.parse().ok().filter(|port| *port > 0)?, origin))
        };
        let port = port.or_else(from_variable);

        let database = location.database.clone().map(|name| (name, origin.clone()));
        let is_postgres = location.family == Family::Postgres;
        let from_variable = || environment.theirs("DJ_DATABASE_NAME").filter(|_| is_postgres);
        let from_file = || file.filter(|_| is_postgres)?.text("database.name").map(own);
        let database = database.or_else(from_variable).or_else(from_file);

        let backend = (location.family, origin.clone());
        let host = (location.host.clone(), origin.clone());
        (location.user, location.password) = (value(&user), value(&password));
        (location.tls, location.port, location.database) = (value(&tls), value(&port), value(&database));
        resolved(location, Origins { backend, host, port, user, password, database, tls }, settings)
    }

    /// Returns the database of datajoint's own settings.
    fn datajoint(&self, settings: Settings) -> Result<Resolved, ResolveError> {
        let backend = settings.text("database.backend").map_or(("mysql".to_string(), Origin::Default), own);
        let family = match backend.0.as_str() {
            "mysql" => Family::MySql,
            "postgresql" => Family::Postgres,
            "sqlite" => {
                let (path, origin) = settings.text("database.path").map(own).ok_or(ResolveError::NoFile)?;
                let parts = vec![(Part::Backend, backend.0, backend.1), (Part::File, path.clone(), origin)];
                return Ok(Resolved { url: DatabaseUrl::SqliteFile(PathBuf::from(path)), parts, settings });
            }
            _ => return Err(ResolveError::Backend { backend: backend.0, origin: backend.1 }),
        };
        let Some((text, origin)) = settings.text("database.host").map(own) else {
            return Err(self.broken().unwrap_or(ResolveError::Nothing));
        };
        if text.contains("://") {
            return Err(ResolveError::Plugin { origin });
        }
        let (host, in_host) = host_and_port(&text);
        let bad_port = |port: String, origin: &Origin| ResolveError::Port { port, origin: origin.clone() };
        let port = match in_host {
            // datajoint lets the port of the host win.
            Some(port) => Some((
                port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(|| bad_port(port.to_string(), &origin))?,
                origin.clone(),
            )),
            None => match settings.number("database.port") {
                Some((port, origin)) => {
                    let number = u16::try_from(port).ok().filter(|port| *port > 0).ok_or_else(|| bad_port(port.to_string(), origin))?;
                    Some((number, origin.clone()))
                }
                None => None,
            },
        };
        let variable = |name: &str| self.variables.get(name).map(|value| (value.to_string(), Origin::Environment(name.to_string())));
        let theirs = settings.text("database.user").map(own);
        let user = variable("DJC_DATABASE_USER").or_else(|| theirs.clone());
        let same = value(&user) == value(&theirs);
        let from_settings =
            || settings.secret("database.password").filter(|_| same).map(|(secret, origin)| (secret.clone(), origin.clone()));
        let password = variable("DJC_DATABASE_PASSWORD").map(secret).or_else(from_settings);
        let database = settings.text("database.name").map(own).filter(|_| family == Family::Postgres);
        let tls = tls_said(&settings);
        let location = Location {
            family,
            host: host.to_string(),
            port: value(&port),
            user: value(&user),
            password: value(&password),
            database: value(&database),
            tls: value(&tls),
        };
        let origins = Origins { backend: (family, backend.1), host: (location.host.clone(), origin), port, user, password, database, tls };
        Ok(resolved(location, origins, settings))
    }

    /// Returns the error of settings that could not be read at all.
    fn broken(&self) -> Option<ResolveError> {
        self.notices.iter().find_map(|notice| match notice {
            Notice::Setting(problem) => match (&problem.kind, &problem.file) {
                (ProblemKind::Malformed { message }, Some(file)) => {
                    Some(ResolveError::Malformed { file: file.clone(), message: message.clone() })
                }
                _ => None,
            },
            Notice::Unread { file, cause } => Some(ResolveError::Malformed { file: file.clone(), message: cause.clone() }),
            Notice::Shadowed { .. } | Notice::Exposed { .. } => None,
        })
    }
}

/// Where the parts of an address came from.
struct Origins {
    backend: (Family, Origin),
    host: (String, Origin),
    port: Said<u16>,
    user: Said<String>,
    password: Said<Secret>,
    database: Said<String>,
    tls: Said<Tls>,
}

fn resolved(location: Location, origins: Origins, settings: Settings) -> Resolved {
    let or_default = |said: Option<(String, Origin)>, default: String| said.unwrap_or((default, Origin::Default));
    let mut parts =
        vec![(Part::Backend, origins.backend.0.scheme().to_string(), origins.backend.1), (Part::Host, origins.host.0, origins.host.1)];
    let (port, origin) = or_default(origins.port.map(|(port, origin)| (port.to_string(), origin)), location.port().to_string());
    parts.push((Part::Port, port, origin));
    parts.extend(origins.user.map(|(user, origin)| (Part::User, user, origin)));
    parts.extend(origins.password.map(|(password, origin)| (Part::Password, password.to_string(), origin)));
    parts.extend(origins.database.map(|(database, origin)| (Part::Database, database, origin)));
    let (tls, origin) = or_default(origins.tls.map(|(tls, origin)| (tls.to_string(), origin)), Tls::default().to_string());
    parts.push((Part::Tls, tls, origin));
    Resolved { url: DatabaseUrl::Server(location), parts, settings }
}

/// The environment as it is seen from one server.
struct Environment<'a> {
    variables: &'a Variables,
    location: &'a Location,
}

impl Environment<'_> {
    /// Returns a variable of djc's.
    fn ours(&self, name: &str) -> Said<String> {
        self.variables.get(name).map(|value| (value.to_string(), Origin::Environment(name.to_string())))
    }

    /// Returns a variable of datajoint's, unless `DJ_HOST` says that it is about another server.
    fn theirs(&self, name: &str) -> Said<String> {
        let speaks = self.variables.get("DJ_HOST").is_none_or(|text| {
            let (host, port) = host_and_port(text);
            let port = port.or_else(|| self.variables.get("DJ_PORT")).map(str::parse);
            let same_port = self.location.port.is_none() || port.is_none_or(|port| port == Ok(self.location.port()));
            host.eq_ignore_ascii_case(&self.location.host) && same_port
        });
        if speaks { self.ours(name) } else { None }
    }
}

/// Returns whether a file is about this server: datajoint writes `host` or `host:port`.
fn speaks_for(settings: &Settings, location: &Location) -> bool {
    let Some((text, _)) = settings.text("database.host") else { return false };
    let (host, port) = host_and_port(text);
    let default = match settings.text("database.backend") {
        Some(("postgresql", _)) => Family::Postgres.default_port(),
        _ => Family::MySql.default_port(),
    };
    let port = match port {
        Some(port) => port.parse().ok(),
        None => Some(settings.number("database.port").map_or(default, |(port, _)| u16::try_from(port).unwrap_or(0))),
    };
    host.eq_ignore_ascii_case(&location.host) && port == Some(location.port())
}

/// Takes `host:3307` and `[::1]:3307` apart; an address with many colons is one.
fn host_and_port(text: &str) -> (&str, Option<&str>) {
    if let Some((host, behind)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, behind.strip_prefix(':'));
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (text, None),
    }
}

fn tls_said(settings: &Settings) -> Said<Tls> {
    let (value, origin) = settings.value("database.use_tls")?;
    Some((tls_of(value)?, origin.clone()))
}

/// Reads `use_tls`: `null` says nothing, a map asks for encryption and names certificates as PyMySQL does.
///
/// An empty map asks for encryption too. (PyMySQL takes it for nothing said, and so does datajoint 2 with `true` on MySQL.)
fn tls_of(value: &Value) -> Option<Tls> {
    match value {
        Value::Bool(true) => Some(Tls::Required),
        Value::Bool(false) => Some(Tls::Off),
        Value::Object(map) => {
            let file = |name: &str| map.get(name).and_then(Value::as_str).map(PathBuf::from);
            let unverified = matches!(map.get("verify_mode"), Some(Value::Bool(false)))
                || map.get("verify_mode").and_then(Value::as_str).is_some_and(|mode| matches!(mode, "none" | "0" | "false" | "no"));
            let files = TlsFiles {
                ca: file("ca").filter(|_| !unverified),
                cert: file("cert"),
                key: file("key"),
                any_host: map.get("check_hostname") == Some(&Value::Bool(false)),
            };
            let names_any = files.ca.is_some() || files.cert.is_some() || files.key.is_some();
            Some(if names_any { Tls::Files(files) } else { Tls::Required })
        }
        _ => None,
    }
}

fn own((text, origin): (&str, &Origin)) -> (String, Origin) {
    (text.to_string(), origin.clone())
}

fn secret((text, origin): (String, Origin)) -> (Secret, Origin) {
    (Secret::new(text), origin)
}

fn value<T: Clone>(said: &Said<T>) -> Option<T> {
    said.as_ref().map(|(value, _)| value.clone())
}
