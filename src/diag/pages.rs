//! The pages behind `djc explain`: one Markdown text per code, compiled in.
//!
//! The files are `docs/codes/DJxxxx.md`; the build script lists them. JSON and SARIF carry the same texts.

use super::Code;
use super::codes::CODES;

static PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// Returns all pages: the number of the code and its Markdown, in order of number.
pub fn pages() -> &'static [(&'static str, &'static str)] {
    PAGES
}

impl Code {
    /// Returns the Markdown page; a code without one (which a test forbids) answers with its title.
    pub fn page(&self) -> &'static str {
        PAGES.binary_search_by_key(&self.id, |(id, _)| id).map_or(self.title, |at| PAGES[at].1)
    }

    /// Returns the code of that number or slug, in any letter case: `DJ0001`, `dj0001`, `syntax`.
    pub fn find(name: &str) -> Option<&'static Code> {
        CODES.iter().copied().find(|code| code.id.eq_ignore_ascii_case(name) || code.slug.eq_ignore_ascii_case(name))
    }
}

/// Returns Markdown as plain text: marks of headings and fences gone, code indented, links as their words.
pub fn text(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut fenced = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            out.push_str(if line.is_empty() { "" } else { "    " });
            out.push_str(line);
            out.push('\n');
        } else {
            out.push_str(line.trim_start_matches('#').trim_start());
            out.push('\n');
        }
    }
    out
}
