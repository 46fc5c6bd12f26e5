//! Statements that mend what no definition can: comments that a client encoded twice.

use djc_core::catalog::{Column, ColumnDefault};
use djc_core::dialect::{DJC_TABLE, Quoting, Server};
use djc_core::diff::EncodedTwice;

/// Returns the statement that writes a comment as it was meant; `None` where it would say more about the column than is known.
pub(super) fn comment(server: Server, schema: &str, table: &str, twice: &EncodedTwice) -> Option<String> {
    let quoting = server.dialect().facts().quoting;
    let place = quoting.qualified(schema, table);
    // The marker stands before the comment and is right.
    let meant = match &twice.found {
        Some(column) => format!("{}{}", column.comment.strip_suffix(twice.comments.to.as_str())?, twice.comments.from),
        None => twice.comments.from.clone(),
    };
    let meant = quoting.text(&meant);
    Some(match (server, &twice.found) {
        (Server::MySql | Server::MariaDb, None) => format!("ALTER TABLE {place} COMMENT = {meant}"),
        (Server::MySql | Server::MariaDb, Some(column)) => {
            format!("ALTER TABLE {place} MODIFY {} COMMENT {meant}", definition(server, quoting, column)?)
        }
        (Server::Postgres, None) => format!("COMMENT ON TABLE {place} IS {meant}"),
        (Server::Postgres, Some(column)) => format!("COMMENT ON COLUMN {place}.{} IS {meant}", quoting.name(&column.name)),
        (Server::Sqlite, column) => {
            let name = column.as_ref().map_or("", |column| column.name.as_str());
            let own = [("schema", schema), ("table", table), ("column", name)];
            let own = own.map(|(key, value)| format!("{} = {}", quoting.name(key), quoting.text(value)));
            format!("UPDATE {} SET comment = {meant} WHERE {}", quoting.name(DJC_TABLE), own.join(" AND "))
        }
    })
}

/// Returns a column as the MySQL family wants it said again in full, the comment aside.
fn definition(server: Server, quoting: Quoting, column: &Column) -> Option<String> {
    if column.charset.is_some() {
        return None;
    }
    let now = |digits: u8| if digits == 0 { "CURRENT_TIMESTAMP".to_string() } else { format!("CURRENT_TIMESTAMP({digits})") };
    let default = match &column.default {
        ColumnDefault::None => String::new(),
        ColumnDefault::Null => " DEFAULT NULL".to_string(),
        ColumnDefault::Literal(text) => format!(" DEFAULT {}", quoting.text(text)),
        ColumnDefault::CurrentTimestamp(digits) => format!(" DEFAULT {}", now(*digits)),
        ColumnDefault::Expression(_) => return None,
    };
    let null = if column.nullable { " NULL" } else { " NOT NULL" };
    let numbered = if column.auto_increment { " AUTO_INCREMENT" } else { "" };
    let update = column.on_update.map_or(String::new(), |digits| format!(" ON UPDATE {}", now(digits)));
    Some(format!("{} {}{null}{default}{numbered}{update}", quoting.name(&column.name), server.dialect().type_sql(&column.ty)))
}
