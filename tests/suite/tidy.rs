//! What is true of the repository itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use djc::diag::codes::CODES;
use djc::diag::pages;

use crate::support::{collect, root};

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let codes: BTreeSet<&str> = CODES.iter().map(|code| code.id).collect();
    let pages: BTreeSet<&str> = pages::pages().iter().map(|(id, _)| *id).collect();
    let lonely: Vec<_> = codes.symmetric_difference(&pages).collect();
    assert!(lonely.is_empty(), "codes without a page in docs/codes, or pages without a code: {lonely:?}");
}

#[test]
fn every_page_opens_with_its_code_and_title() {
    for code in CODES {
        let first = code.page().lines().next().unwrap_or_default();
        assert_eq!(first, format!("# {}: {}", code.id, code.title));
    }
}

#[test]
fn codes_are_unique_and_in_order() {
    let ids: Vec<&str> = CODES.iter().map(|code| code.id).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(ids, sorted);
    let slugs: BTreeSet<&str> = CODES.iter().map(|code| code.slug).collect();
    assert_eq!(slugs.len(), CODES.len(), "two codes share a name");
    for code in CODES {
        let number = code.id.strip_prefix("DJ").expect("codes begin with DJ");
        assert!(number.len() == 4 && number.chars().all(|c| c.is_ascii_digit()), "{}", code.id);
        assert!(code.slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{}", code.slug);
        assert!(!code.title.ends_with('.'), "{}", code.id);
    }
}

#[test]
fn every_file_beside_main_is_a_module_of_the_suite() {
    let main = fs::read_to_string(root().join("tests/suite/main.rs")).expect("readable");
    for entry in fs::read_dir(root().join("tests/suite")).expect("readable") {
        let path = entry.expect("readable").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("ASCII").to_string();
        assert!(name == "main" || main.contains(&format!("mod {name};")), "tests/suite/{name}.rs is in no `mod` line of main.rs");
    }
}

/// Returns the files that are committed, or would be: what git knows and what it does not ignore.
fn committed() -> Vec<PathBuf> {
    let output =
        std::process::Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root()).output();
    let listed = output.ok().filter(|output| output.status.success()).map(|output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().map(|line| root().join(line)).filter(|path| path.is_file()).collect()
    });
    // A published package has no git folder; what it holds is what counts then.
    listed.unwrap_or_else(|| {
        let mut paths = Vec::new();
        for folder in ["src", "core", "runtime", "xtask", "tests", "docs", "pipelines", "snapshots", "generated"] {
            collect(&root().join(folder), &mut paths);
        }
        paths
    })
}

#[test]
fn no_committed_file_names_a_folder_of_one_machine() {
    // Written in pieces, so that this file does not hold what it looks for.
    let home = |name: &str| ["", name, ""].join("/");
    let words = [home("work") + "shared", home("work") + "main", home("root") + ".", home("tmp") + "wt", ["..", "shared"].join("/")];
    let mut found = Vec::new();
    for path in committed() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for word in &words {
            if text.contains(word.as_str()) {
                found.push(format!("{}: {word}", path.strip_prefix(root()).unwrap_or(&path).display()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_module_says_what_it_is_for() {
    let mut silent = Vec::new();
    for path in committed() {
        let relative = path.strip_prefix(root()).unwrap_or(&path).to_path_buf();
        // Files that a derive reads (templates) and fixtures are not modules.
        if relative.extension().is_none_or(|extension| extension != "rs") || relative.starts_with("generated") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("sources are UTF-8");
        let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#!["));
        if !first.is_some_and(|line| line.starts_with("//!") && line.len() > 8) {
            silent.push(relative);
        }
    }
    assert!(silent.is_empty(), "modules without `//!`: {silent:?}");
}

#[test]
fn the_map_names_what_exists() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("readable");
    let missing: Vec<&str> = map
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| ["src/", "core/", "runtime/", "pyimport/", "tests/", "docs/"].iter().any(|folder| word.starts_with(folder)))
        // Names in capitals stand for any; braces for several.
        .filter(|path| !path.contains(|c: char| c.is_ascii_uppercase() || "{ ".contains(c)) && !root().join(path).exists())
        .collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names {missing:?}");
}
