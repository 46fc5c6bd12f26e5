//! The DDL of a whole pipeline as one text, in dependency order.

use std::fmt::Write as _;

use super::{Input, MARK, Target};
use crate::config;
use crate::core::catalog::Change;
use crate::core::dialect::{self, Dialect, Server};
use crate::core::ir::{Generation, Schema};
use crate::diag::{Sink, counted};
use crate::output::Files;
use crate::{parallel, problems};

/// Fewer changes than this are not worth a thread.
const LEAST: usize = 500;

/// One SQL script for each kind of server that djc.toml names.
#[derive(Debug, Clone, Copy)]
pub struct Sql;

impl Target for Sql {
    fn name(&self) -> &'static str {
        "sql"
    }

    fn out<'c>(&self, settings: &'c config::Generate) -> Option<&'c str> {
        settings.sql.as_deref()
    }

    fn needs_variables(&self) -> bool {
        true
    }

    fn generate(&self, input: &Input<'_>, sink: &mut Sink) -> Files {
        let mut files = Files::new();
        for server in input.config.servers() {
            let lowered = dialect::lower(input.pipeline, input.names, &dialect::Target::new(server), &input.lowering);
            problems::report(input.pipeline, &lowered.problems, sink);
            let schemas = input.wanted.iter().map(|id| input.pipeline.schema(*id));
            let name = match server {
                Server::MySql | Server::MariaDb => "mysql.sql",
                Server::Postgres => "postgres.sql",
                Server::Sqlite => "sqlite.sql",
            };
            files.add(name, format!("-- {MARK}: do not edit, run `djc generate`.\n{}", whole(&lowered.changes, schemas, server)));
        }
        files
    }
}

/// Returns the script that makes the tables of these schemas from nothing, with a head that says what it is.
pub fn whole<'a>(changes: &[Change], schemas: impl Iterator<Item = &'a Schema>, server: Server) -> String {
    let schemas: Vec<&Schema> = schemas.filter(|schema| schema.owned).collect();
    let mut generations: Vec<Generation> = schemas.iter().map(|schema| schema.generation).collect();
    generations.sort_unstable();
    generations.dedup();
    let generations: Vec<String> = generations.iter().map(|generation| format!("datajoint {generation}")).collect();
    let tables = changes.iter().filter(|change| matches!(change, Change::CreateTable(_))).count();
    let name = match server {
        Server::MySql | Server::MariaDb => "MySQL and MariaDB",
        Server::Postgres => "PostgreSQL",
        Server::Sqlite => "SQLite",
    };
    let mut out = String::new();
    writeln!(
        out,
        "-- Written by `djc sql` for {name}, as {} would declare it: {} in {}.",
        generations.join(" and "),
        counted(tables, "table"),
        counted(schemas.len(), "schema")
    )
    .expect("a String takes all that is written");
    out.push_str("-- `djc deploy` makes the same tables, leaves those that exist as they are, and inserts contents.\n");
    out.push_str(&script(changes, server.dialect()));
    out
}

/// Returns the statements of all changes in order, an empty line before and a semicolon behind each.
pub fn script(changes: &[Change], dialect: &'static dyn Dialect) -> String {
    let pieces = parallel::chunks(changes, LEAST, |changes| {
        let mut out = String::new();
        for statement in changes.iter().flat_map(|change| dialect.render(change)) {
            out.push('\n');
            out.push_str(&statement.sql);
            out.push_str(";\n");
        }
        out
    });
    pieces.concat()
}
