//! Steps that a person wrote: SQL or a command, and the query that proves them done.

use std::process::Stdio;

use djc_core::plan::HandStep;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use super::Job;
use super::error::HandFault;
use crate::db::Db;
use crate::error::SqlError;
use crate::run::Progress;
use crate::url::DatabaseUrl;
use crate::value::SqlValue;

/// Returns what keeps a step from being done, by its check; `None` when it is done, or has no check.
pub(super) async fn unproved(db: &mut Db, hand: &HandStep) -> Result<Option<String>, SqlError> {
    if hand.check.trim().is_empty() {
        return Ok(None);
    }
    let rows = db.query(hand.check.trim().trim_end_matches(';'), &[]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    Ok(match first.get(0) {
        SqlValue::I64(0) | SqlValue::U64(0) | SqlValue::Bool(false) => None,
        SqlValue::Text(text) if text.trim_start_matches('-').trim_matches(['0', '.']).is_empty() && text.contains('0') => None,
        SqlValue::F64(number) if *number == 0.0 => None,
        SqlValue::I64(number) if rows.len() == 1 => Some(number.to_string()),
        SqlValue::U64(number) if rows.len() == 1 => Some(number.to_string()),
        _ => Some(format!("{} row{}", rows.len(), if rows.len() == 1 { "" } else { "s" })),
    })
}

/// Cuts a script into statements, at each `;` that ends a line. Pieces that are comments alone are left out.
pub(super) fn statements(script: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut piece = String::new();
    for line in script.lines().chain([";"]) {
        let line = line.trim_end();
        piece.push_str(line);
        piece.push('\n');
        if line.ends_with(';') {
            let statement = piece.trim().trim_end_matches(';').trim_end();
            let says_something = statement.lines().map(str::trim).any(|line| !line.is_empty() && !line.starts_with("--"));
            if says_something {
                out.push(statement.to_string());
            }
            piece.clear();
        }
    }
    out
}

/// Runs a command in the folder of the migration, with the database in its environment, and passes on what it says.
pub(super) async fn command(db: &Db, job: &Job<'_>, arguments: &[String], progress: &mut dyn Progress) -> Result<(), HandFault> {
    let folder = job.folder.ok_or(HandFault::NoFolder)?;
    let name = arguments.join(" ");
    let fail = |cause: std::io::Error| HandFault::Start { command: name.clone(), cause };
    let (program, rest) = arguments.split_first().ok_or_else(|| fail(std::io::ErrorKind::InvalidInput.into()))?;
    let mut child = tokio::process::Command::new(program)
        .args(rest)
        .current_dir(folder)
        .envs(environment(db.url()))
        .envs(job.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(fail)?;
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    if let Some(out) = child.stdout.take() {
        tokio::spawn(lines(out, sender.clone()));
    }
    if let Some(err) = child.stderr.take() {
        tokio::spawn(lines(err, sender.clone()));
    }
    drop(sender);
    while let Some(line) = receiver.recv().await {
        progress.output(&line);
    }
    let status = child.wait().await.map_err(fail)?;
    if status.success() { Ok(()) } else { Err(HandFault::Command { command: name, status: status.to_string() }) }
}

async fn lines(out: impl AsyncRead + Unpin, sender: tokio::sync::mpsc::UnboundedSender<String>) {
    let mut lines = BufReader::new(out).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        // Whoever listened is gone together with the run.
        let _ = sender.send(line);
    }
}

/// Returns where the database is, in the variables that djc and datajoint read; the password stands in those of passwords only.
fn environment(url: &DatabaseUrl) -> Vec<(&'static str, String)> {
    match url {
        DatabaseUrl::Server(location) => {
            let mut plain = location.clone();
            plain.password = None;
            let mut out = vec![
                ("DJC_DATABASE_URL", plain.to_string()),
                ("DJ_HOST", location.host.clone()),
                ("DJ_PORT", location.port().to_string()),
                ("DJ_BACKEND", if plain.family == crate::Family::Postgres { "postgresql" } else { "mysql" }.to_string()),
            ];
            if let Some(user) = &location.user {
                out.push(("DJ_USER", user.clone()));
            }
            if let Some(password) = &location.password {
                out.push(("DJC_DATABASE_PASSWORD", password.reveal().to_string()));
                out.push(("DJ_PASS", password.reveal().to_string()));
            }
            out
        }
        DatabaseUrl::SqliteFile(path) => {
            // The command runs elsewhere.
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            vec![("DJC_DATABASE_URL", DatabaseUrl::SqliteFile(path).to_string())]
        }
        DatabaseUrl::SqliteMemory => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_cut_where_a_semicolon_ends_a_line() {
        let script = "-- moves the rows\nINSERT INTO a\n  SELECT ';' FROM b;\n\n-- nothing\n;\nDELETE FROM b WHERE x = 'a;b'";
        assert_eq!(statements(script), ["-- moves the rows\nINSERT INTO a\n  SELECT ';' FROM b", "DELETE FROM b WHERE x = 'a;b'"]);
        assert!(statements("-- only words\n").is_empty());
    }
}
