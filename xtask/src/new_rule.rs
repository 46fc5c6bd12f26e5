//! `cargo xtask new-rule NAME`: the five places of a lint, so that the author only writes the lint.
//!
//! A rule stands in a file of its own, in one line of `RULES`, in one line of the table of codes, on one page and in one folder of cases. All are
//! written or none: what cannot be placed is found out before the first write.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::report;

const CODES: &str = "src/diag/codes.rs";
const RULES: &str = "src/check/rules/mod.rs";
/// Lints have a hundred numbers.
const NUMBERS: std::ops::Range<u32> = 301..400;

/// Writes the files of a new rule below `root`.
pub fn run(root: &Path, name: &str) -> Result<()> {
    let files = plan(name, &read(root, CODES)?, &read(root, RULES)?)?;
    for (path, _) in &files {
        let known = path.as_path() == Path::new(CODES) || path.as_path() == Path::new(RULES);
        if !known && root.join(path).exists() {
            return Err(Error::Usage(format!("{} exists already", path.display())));
        }
    }
    for (path, text) in &files {
        let target = root.join(path);
        let folder = target.parent().expect("every file of a rule stands in a folder");
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&target, text))
            .map_err(|error| Error::io(format!("write {}", path.display()), error))?;
        report::say(&format!("wrote {}", path.display()));
    }
    Ok(())
}

fn read(root: &Path, path: &str) -> Result<String> {
    fs::read_to_string(root.join(path)).map_err(|error| Error::io(format!("read {path}"), error))
}

/// Returns every file with its new text.
fn plan(name: &str, codes: &str, rules: &str) -> Result<Vec<(PathBuf, String)>> {
    let slug = name.replace('_', "-");
    let well_formed = slug.starts_with(|c: char| c.is_ascii_lowercase())
        && slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !slug.ends_with('-')
        && !slug.contains("--");
    if !well_formed {
        return Err(Error::Usage(format!("`{name}` is no name for a rule; write it like `float-in-key`")));
    }
    if codes.contains(&format!("\"{slug}\"")) {
        return Err(Error::Usage(format!("there is a code `{slug}` already")));
    }
    let module = slug.replace('-', "_");
    let constant = module.to_ascii_uppercase();
    let number = NUMBERS.rev().find(|number| codes.contains(&format!("\"DJ{number:04}\""))).map_or(NUMBERS.start, |last| last + 1);
    if !NUMBERS.contains(&number) {
        return Err(Error::failed("the numbers of lints are used up"));
    }
    let code = format!("DJ{number:04}");
    let title = slug.replace('-', " ");
    let line = format!("    {constant} = \"{code}\" \"{slug}\" Warning \"{title}\";\n");
    let cases = PathBuf::from("tests/data/check").join(&module);
    Ok(vec![
        (CODES.into(), with_code(codes, number, &line)?),
        (RULES.into(), with_rule(rules, &module)?),
        (format!("src/check/rules/{module}.rs").into(), rule(&constant)),
        (format!("docs/codes/{code}.md").into(), page(&code, &slug, &title)),
        (cases.join("hit.dj"), CASE.to_string()),
        (cases.join("near_miss.dj"), CASE.to_string()),
    ])
}

/// Puts the line behind that of the number before it, or at the end of the table.
fn with_code(codes: &str, number: u32, line: &str) -> Result<String> {
    let before = format!("= \"DJ{:04}\"", number - 1);
    let at = match codes.find(&before) {
        Some(at) => codes[at..].find('\n').map(|end| at + end + 1),
        None => codes.rfind("\n}\n").map(|end| end + 1),
    };
    let at = at.ok_or_else(|| Error::failed(format!("{CODES} does not end as expected")))?;
    Ok(format!("{}{line}{}", &codes[..at], &codes[at..]))
}

/// Adds the module, in order of the alphabet, and the line of `RULES`.
fn with_rule(rules: &str, module: &str) -> Result<String> {
    let lost = || Error::failed(format!("{RULES} does not look as expected"));
    let declaration = format!("pub mod {module};\n");
    let end = rules.rfind("\n];").ok_or_else(lost)? + 1;
    let mut text = format!("{}    {module}::RULE,\n{}", &rules[..end], &rules[end..]);
    let mut at = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("pub mod ") {
            let after = line > declaration.as_str();
            if after {
                at = Some(offset);
                break;
            }
            at = Some(offset + line.len());
        }
        offset += line.len();
    }
    text.insert_str(at.ok_or_else(lost)?, &declaration);
    Ok(text)
}

fn rule(constant: &str) -> String {
    format!(
        "//! What goes wrong, in one line.
//!
//! What datajoint and the servers do, in both generations, and when somebody notices.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule {{ code: &codes::{constant}, check: Check::Table(check) }};

fn check(_cx: &Context, _subject: &Subject, _sink: &mut Sink) {{}}
"
    )
}

fn page(code: &str, slug: &str, title: &str) -> String {
    format!(
        "# {code}: {title}

What is wrong, in a scientist's words; what datajoint and the servers do with it, in both generations; what to write instead.

Reported:

```
{CASE}```

Fine:

```
{CASE}```

Default level: warning. Silence it for one table with `@allow({code})` above it, for the project with `allow = [\"{code}\"]` under `[check]` in `djc.toml`;
`{slug}` works in place of the number.
"
    )
}

/// Reports nothing: the test of the rules fails until the case is written.
const CASE: &str = "schema rig

manual Scan {
    scan : int
}
";

#[cfg(test)]
mod tests {
    use super::*;

    const CODES_TEXT: &str = "codes! {\n    A = \"DJ0001\" \"a\" Error \"a\";\n    B = \"DJ0301\" \"b\" Warning \"b\";\n    C = \"DJ0401\" \"c\" Error \"c\";\n}\n";
    const RULES_TEXT: &str = "pub mod b;\npub mod n;\n\npub const RULES: &[Rule] = &[\n    b::RULE,\n    n::RULE,\n];\n";

    #[test]
    fn a_rule_gets_the_next_number_and_a_line_everywhere() {
        let files = plan("late_key", CODES_TEXT, RULES_TEXT).expect("a good name");
        let text = |path: &str| files.iter().find(|(known, _)| known == Path::new(path)).map(|(_, text)| text.as_str());
        let codes = text(CODES).expect("the codes change");
        assert!(codes.contains("\"b\";\n    LATE_KEY = \"DJ0302\" \"late-key\" Warning \"late key\";\n    C ="), "{codes}");
        let rules = text(RULES).expect("the rules change");
        assert!(rules.starts_with("pub mod b;\npub mod late_key;\npub mod n;\n"), "{rules}");
        assert!(rules.ends_with("    n::RULE,\n    late_key::RULE,\n];\n"), "{rules}");
        assert!(text("docs/codes/DJ0302.md").is_some_and(|page| page.starts_with("# DJ0302: late key\n")));
        assert!(text("tests/data/check/late_key/hit.dj").is_some());
    }

    #[test]
    fn names_that_are_taken_or_odd_are_refused() {
        for name in ["b", "Late", "late--key", "-x", ""] {
            assert!(plan(name, CODES_TEXT, RULES_TEXT).is_err(), "{name}");
        }
    }
}
