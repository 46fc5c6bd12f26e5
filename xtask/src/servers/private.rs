//! A server of one test's own, which it may kill.

use super::{Care, Fetch, Fleet, Found, mariadb, mysql, postgres};
use crate::error::Result;

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// MariaDB.
    MariaDb,
    /// The real MySQL.
    MySql,
    /// PostgreSQL.
    Postgres,
}

/// A server that keeps what it says is done, and can be killed and started again. Dropping it ends it and deletes its data.
///
/// The thread that starts it must outlive it.
pub struct Private {
    fleet: Fleet,
}

impl Private {
    /// Starts one; the reason where its programs are not here. Nothing is fetched.
    ///
    /// # Errors
    /// A server that is there and does not start.
    pub fn start(kind: Kind) -> Result<std::result::Result<Private, String>> {
        let found = match kind {
            Kind::MariaDb => mariadb::find(Fetch::Never)?,
            Kind::MySql => mysql::find(Fetch::Never)?,
            Kind::Postgres => postgres::find(Fetch::Never)?,
        };
        match found {
            Found::Here(server) => Ok(Ok(Private { fleet: Fleet::launch(vec![server], Vec::new(), Care::Durable)? })),
            Found::Missing(why) => Ok(Err(why)),
        }
    }

    /// Returns the URL of its administrator.
    pub fn url(&self) -> String {
        self.fleet.variables().next().expect("it is one server").1
    }

    /// Kills the server and all its processes, as when the power goes.
    pub fn kill(&mut self) {
        self.fleet.kill();
    }

    /// Starts it again on its data, and waits until it answers.
    ///
    /// # Errors
    /// It does not come up.
    pub fn restart(&mut self) -> Result<()> {
        self.fleet.restart()
    }
}
