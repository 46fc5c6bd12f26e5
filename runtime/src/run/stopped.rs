//! Why a statement did not end well, told apart by what to do about it.

use djc_core::dialect::Server;

use super::blocker::Blocker;
use crate::error::SqlError;

/// A unit of statements stopped.
pub(crate) struct Stopped {
    /// What was being done.
    pub statement: String,
    /// The whole statement, where one was sent.
    pub sql: String,
    /// Why.
    pub why: Why,
    /// The server's words, or what the client saw.
    pub source: Box<SqlError>,
}

/// The reasons to stop.
pub(crate) enum Why {
    /// The connection is gone.
    Lost,
    /// A lock was not to be had.
    Blocked { attempts: u32, blockers: Vec<Blocker> },
    /// The account may not do this; with the grant that is missing.
    Denied { grant: String },
    /// The server refused for another reason.
    Refused,
}

/// Names those who hold a lock, as the end of a sentence.
pub(crate) fn held_by(blockers: &[Blocker]) -> String {
    match blockers {
        [] => String::new(),
        blockers => {
            let names: Vec<String> = blockers.iter().map(Blocker::to_string).collect();
            format!("; held by {}", names.join(", and by "))
        }
    }
}

/// Returns the statement that grants what a refused one needs.
pub(crate) fn missing_grant(server: Server, schema: Option<&str>, account: &str, message: &str) -> String {
    let schema = schema.unwrap_or("SCHEMA");
    match server {
        Server::MySql | Server::MariaDb => {
            // ``CREATE command denied to user 'x'@'y' for table `a`.`b` ``
            let denied = message.split(" command denied").next().filter(|_| message.contains(" command denied"));
            let place = message.rsplit_once("for table ").map_or("", |(_, place)| place);
            let place = place.split_once('.').map_or(schema, |(schema, _)| schema.trim_matches(['`', '\'']));
            match denied {
                Some(command) if !command.contains("CREATE") => format!("GRANT {command} ON `{place}`.* TO {account}"),
                _ => format!("GRANT CREATE, REFERENCES, INDEX, SELECT, INSERT, DELETE ON `{schema}`.* TO {account}"),
            }
        }
        Server::Postgres if message.contains("for database") => {
            let database = message.rsplit_once(' ').map_or("DATABASE", |(_, name)| name);
            format!("GRANT CREATE ON DATABASE {database} TO {account}")
        }
        Server::Postgres if message.contains("for table") || message.contains("for relation") => {
            let table = message.rsplit_once(' ').map_or("TABLE", |(_, name)| name);
            format!("GRANT SELECT, INSERT, DELETE, REFERENCES ON \"{schema}\".\"{table}\" TO {account}")
        }
        Server::Postgres => {
            let schema = message.rsplit_once("for schema ").map_or(schema, |(_, name)| name);
            format!("GRANT USAGE, CREATE ON SCHEMA \"{schema}\" TO {account}")
        }
        Server::Sqlite => "the right to write to the file and its folder".to_string(),
    }
}
