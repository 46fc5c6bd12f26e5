//! Which database `--database` means, and who logs in.
//!
//! A URL, or the name of a `[database.NAME]` of `djc.toml`. User and password come from a URL on the command line, else from the
//! environment, else from a URL in `djc.toml`, else from the files in which datajoint keeps them: `dj_local_conf.json` and
//! `~/.datajoint_config.json` (0.14), `datajoint.json` with its folder `.secrets` (2). A file speaks for its own host and user only, and no
//! password is ever printed.

use std::fs;
use std::path::{Path, PathBuf};

use djc_runtime::{DatabaseUrl, Location, Secret};
use serde_json::Value;

use super::Error;

/// What a file of datajoint's says about a server.
#[derive(Default)]
struct Login {
    host: Option<String>,
    user: Option<String>,
    password: Option<String>,
}

/// Returns the URL with a login, of a text that is a URL or one of `names`; a file that `djc.toml` names is relative to its folder.
pub(super) fn database(text: &str, names: &[(String, String)], root: &Path) -> Result<DatabaseUrl, Error> {
    let environment = |name: &str| std::env::var(name).ok();
    let parse = |url: &str| DatabaseUrl::parse(url).map_err(|error| Error::Usage(error.to_string()));
    let url = match names.iter().find(|(name, _)| name == text) {
        Some((_, url)) => match parse(url)?.overridden(environment) {
            DatabaseUrl::SqliteFile(path) if std::env::current_dir().is_ok_and(|here| here != root) => {
                DatabaseUrl::SqliteFile(root.join(path))
            }
            url => url,
        },
        None if !text.contains(':') => return Err(unknown(text, names)),
        None => parse(text)?,
    };
    let url = url.with_environment(environment);
    Ok(match url {
        DatabaseUrl::Server(location) => DatabaseUrl::Server(from_files(location, &logins())),
        DatabaseUrl::SqliteFile(_) | DatabaseUrl::SqliteMemory => url,
    })
}

fn unknown(text: &str, names: &[(String, String)]) -> Error {
    let known: Vec<String> = names.iter().map(|(name, _)| format!("`{name}`")).collect();
    let known = match known.as_slice() {
        [] => "djc.toml names no database".to_string(),
        known => format!("djc.toml has {}", known.join(", ")),
    };
    Error::Usage(format!("there is no database `{text}`: {known}; or write a URL: mysql://HOST, postgres://HOST, sqlite:FILE"))
}

/// Fills what the URL leaves open from the first file that speaks for its host.
fn from_files(mut location: Location, logins: &[Login]) -> Location {
    let fits = |login: &&Login| {
        let host = login.host.as_ref().is_some_and(|host| same_host(host, &location));
        let user = location.user.is_none() || login.user.is_none() || location.user == login.user;
        host && user
    };
    let Some(login) = logins.iter().find(fits) else { return location };
    if location.user.is_none() {
        location.user.clone_from(&login.user);
    }
    if location.password.is_none() {
        location.password = login.password.clone().map(Secret::new);
    }
    location
}

/// datajoint writes `host` or `host:port`.
fn same_host(text: &str, location: &Location) -> bool {
    match text.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) => {
            host.eq_ignore_ascii_case(&location.host) && port.parse() == Ok(location.port())
        }
        _ => text.eq_ignore_ascii_case(&location.host) && location.port() == location.family.default_port(),
    }
}

/// Reads the files that exist; one that cannot be read or makes no sense says nothing.
fn logins() -> Vec<Login> {
    let mut logins = Vec::new();
    logins.extend(classic(Path::new("dj_local_conf.json")));
    if let Ok(here) = std::env::current_dir() {
        // datajoint 2 looks upwards for its file.
        logins.extend(
            here.ancestors().map(|folder| folder.join("datajoint.json")).find(|path| path.is_file()).and_then(|path| modern(&path)),
        );
    }
    if let Some(home) = std::env::var_os("HOME") {
        logins.extend(classic(&PathBuf::from(home).join(".datajoint_config.json")));
    }
    logins
}

fn classic(path: &Path) -> Option<Login> {
    let value: Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    let word = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_string);
    let port = value.get("database.port").and_then(Value::as_u64);
    Some(Login { host: with_port(word("database.host"), port), user: word("database.user"), password: word("database.password") })
}

fn modern(path: &Path) -> Option<Login> {
    let value: Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    let database = value.get("database").cloned().unwrap_or(Value::Null);
    let word = |name: &str| database.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_string);
    let secrets = path.with_file_name(".secrets");
    let secret = |name: &str| {
        let text = fs::read_to_string(secrets.join(name)).ok()?;
        let text = text.trim_end_matches(['\n', '\r']).to_string();
        (!text.is_empty()).then_some(text)
    };
    Some(Login {
        host: with_port(word("host"), database.get("port").and_then(Value::as_u64)),
        user: word("user").or_else(|| secret("database.user")),
        password: secret("database.password").or_else(|| word("password")),
    })
}

fn with_port(host: Option<String>, port: Option<u64>) -> Option<String> {
    match (host, port) {
        (Some(host), Some(port)) if !host.contains(':') => Some(format!("{host}:{port}")),
        (host, _) => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(url: &str) -> Location {
        match DatabaseUrl::parse(url).expect("a URL") {
            DatabaseUrl::Server(location) => location,
            DatabaseUrl::SqliteFile(_) | DatabaseUrl::SqliteMemory => panic!("no server"),
        }
    }

    fn login(host: &str, user: &str) -> Login {
        Login { host: Some(host.to_string()), user: Some(user.to_string()), password: Some("sesame".to_string()) }
    }

    #[test]
    fn a_file_speaks_for_its_own_host_and_user_only() {
        let filled = |url: &str, host: &str| from_files(location(url), &[login(host, "ana")]).password.is_some();
        assert!(filled("mysql://lab.example.org", "lab.example.org"));
        assert!(filled("mysql://ana@lab.example.org:3307", "lab.example.org:3307"));
        assert!(!filled("mysql://lab.example.org", "other.example.org"));
        assert!(!filled("mysql://lab.example.org:3307", "lab.example.org"));
        assert!(!filled("mysql://ben@lab.example.org", "lab.example.org"));
    }

    #[test]
    fn a_password_in_the_url_wins() {
        let url = location("mysql://ana:mine@lab.example.org");
        let filled = from_files(url.clone(), &[login("lab.example.org", "ana")]);
        assert!(filled == url);
    }
}
