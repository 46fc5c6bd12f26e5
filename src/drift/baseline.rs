//! Known drift: a file with one line for each difference that somebody has accepted.
//!
//! The line is the identity of the finding, so that a difference which becomes another one is new again. The file is sorted and holds no
//! date, no machine and no source place: it changes when the database does.

use std::collections::BTreeSet;

use super::Finding;

/// What the first line says.
const HEAD: &str = "# djc drift, version 1";

/// Where it is kept when nothing says otherwise, beside djc.toml.
pub const FILE: &str = "djc.drift";

/// The accepted differences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeSet<String>,
}

/// Why a file is no baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// It does not begin as one does.
    #[error("it does not begin with `{HEAD}`")]
    Head,
    /// A version of djc that is still to come wrote it.
    #[error("it is of version {0}, this djc reads version 1")]
    Version(String),
    /// A line that is no difference.
    #[error("line {line} is no difference: `{text}`")]
    Line {
        /// Counted from 1.
        line: usize,
        /// The line.
        text: String,
    },
}

impl Baseline {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// When it is none of this version.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        let first = text.lines().next().unwrap_or_default().trim();
        if first != HEAD {
            return Err(match first.strip_prefix("# djc drift, version ") {
                Some(version) => BaselineError::Version(version.to_string()),
                None => BaselineError::Head,
            });
        }
        let mut entries = BTreeSet::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let is_entry = line.split_once(' ').is_some_and(|(code, rest)| code.starts_with("DJ") && rest.contains(": "));
            if !is_entry {
                return Err(BaselineError::Line { line: at + 1, text: line.to_string() });
            }
            entries.insert(line.to_string());
        }
        Ok(Baseline { entries })
    }

    /// Returns the one that accepts these findings, and keeps what `keep` says of the entries that were there.
    pub fn accepting<'f>(&self, findings: impl IntoIterator<Item = &'f Finding>, keep: impl Fn(&str) -> bool) -> Self {
        let kept = self.entries.iter().filter(|entry| keep(entry)).cloned();
        Baseline { entries: kept.chain(findings.into_iter().map(|finding| finding.identity.clone())).collect() }
    }

    /// Returns whether a difference is known.
    pub fn knows(&self, identity: &str) -> bool {
        self.entries.contains(identity)
    }

    /// Returns the entries in order.
    pub fn entries(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(String::as_str)
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the text of the file.
    pub fn text(&self) -> String {
        let mut out = format!(
            "{HEAD}\n# Differences between pipeline and database that are known; `djc check --database NAME --accept` writes them.\n"
        );
        // By place first: what happened to one table stands together.
        let mut entries: Vec<&String> = self.entries.iter().collect();
        entries.sort_by_key(|entry| (place(entry), entry.as_str()));
        let mut schema = None;
        for entry in entries {
            if schema != Some(self::schema(entry)) {
                schema = Some(self::schema(entry));
                out.push('\n');
            }
            out.push_str(entry);
            out.push('\n');
        }
        out
    }
}

/// Returns the identity of a difference; line breaks in names and texts are written out.
pub(super) fn identity(code: &str, place: &str, words: &str) -> String {
    // A colon and a blank end the place.
    format!("{code} {}: {words}", place.replace(": ", ":%20")).replace('\r', "\\r").replace('\n', "\\n")
}

/// Returns the place in an identity: `lab.subject.age`.
pub fn place(identity: &str) -> &str {
    let rest = identity.split_once(' ').map_or(identity, |(_, rest)| rest);
    rest.split_once(": ").map_or(rest, |(place, _)| place)
}

/// Returns the schema in an identity.
pub fn schema(identity: &str) -> &str {
    let place = place(identity);
    place.split_once('.').map_or(place, |(schema, _)| schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(entries: &[&str]) -> Baseline {
        Baseline { entries: entries.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let known =
            baseline(&["DJ0611 lab.subject.age: attribute `age` is not declared: found int null", "DJ0604 lab.old: table is not declared"]);
        let text = known.text();
        assert_eq!(Baseline::read(&text), Ok(known));
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("DJ")).map(|line| &line[..6]).collect();
        assert_eq!(lines, ["DJ0604", "DJ0611"], "sorted by place");
    }

    #[test]
    fn what_is_no_baseline_is_not_taken_for_an_empty_one() {
        assert_eq!(Baseline::read(""), Err(BaselineError::Head));
        assert_eq!(Baseline::read("# djc drift, version 2\n"), Err(BaselineError::Version("2".to_string())));
        let broken = format!("{HEAD}\n<<<<<<< ours\n");
        assert_eq!(Baseline::read(&broken), Err(BaselineError::Line { line: 2, text: "<<<<<<< ours".to_string() }));
    }

    #[test]
    fn identities_are_one_line() {
        assert_eq!(identity("DJ0604", "lab.a\nb", "x\ny"), "DJ0604 lab.a\\nb: x\\ny");
        let odd = identity("DJ0604", "lab.note: x", "table is not declared");
        assert_eq!(place(&odd), "lab.note:%20x");
        assert_eq!((place("DJ0604 lab.old: x: y"), schema("DJ0604 lab.old: x")), ("lab.old", "lab"));
    }
}
