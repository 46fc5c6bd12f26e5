//! Texts that are nested deeper than a parser can follow.
//!
//! Python refuses more than two hundred open brackets, and gives up on expressions of some thousand operators in a row. Recursive parsers end their process
//! there, so that such texts must not reach them.

/// How many brackets may be open: as many as Python allows.
const BRACKETS_MAX: usize = 200;

/// How many operators may follow each other, brackets included.
const LINKS_MAX: usize = 3000;

/// Returns the place where a text is nested too deep.
pub fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // For each open bracket, the operators before it; what follows a comma begins anew.
    let mut open: Vec<usize> = Vec::new();
    let (mut links, mut total) = (0_usize, 0_usize);
    let mut at = 0;
    while at < bytes.len() {
        let mut next = at + 1;
        match bytes[at] {
            b'#' => next = text[at..].find('\n').map_or(bytes.len(), |end| at + end),
            b'"' | b'\'' => next = string_end(bytes, at),
            b'\\' => next = at + 2,
            b'(' | b'[' | b'{' => {
                open.push(links + 1);
                total += links + 1;
                links = 0;
                if open.len() > BRACKETS_MAX {
                    return Some(at);
                }
            }
            b')' | b']' | b'}' => {
                if let Some(outer) = open.pop() {
                    total -= outer;
                    links = outer;
                }
            }
            b'\n' if open.is_empty() => links = 0,
            b',' | b';' => links = 0,
            b'+' | b'-' | b'*' | b'/' | b'~' | b'.' | b'%' | b'|' | b'&' | b'^' | b'@' | b'<' | b'>' | b'=' | b':' => links += 1,
            c if c.is_ascii_alphabetic() || c == b'_' || c >= 0x80 => {
                while bytes.get(next).is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_' || *c >= 0x80) {
                    next += 1;
                }
                // Any word may be an operator: `not`, `if`, `lambda`, `await`.
                links += 1;
            }
            _ => {}
        }
        if total + links > LINKS_MAX {
            return Some(at);
        }
        at = next;
    }
    None
}

/// Returns the end of the string that begins at a quote.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let long = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if long { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'\n' if !long => return at,
            c if c == quote && !long => return at + 1,
            c if c == quote && bytes[at..].starts_with(&[quote; 3]) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_allows_is_not_too_deep() {
        let rows = "x = [\n".to_string() + &"    (-1.5, 'a(((', {\"k\": [1, 2]}),\n".repeat(10_000) + "]\n";
        assert_eq!(too_deep(&rows), None);
        assert_eq!(too_deep(&format!("x = {}1{}", "(".repeat(200), ")".repeat(200))), None);
        assert_eq!(too_deep(&format!("x = 'a'{}", " + 'a'".repeat(1000))), None);
        assert_eq!(too_deep("s = '\\'(' # (((\nt = \"\"\"(\"\"\"\n"), None);
    }

    #[test]
    fn what_no_parser_follows_is_too_deep() {
        assert!(too_deep(&"(".repeat(100_000)).is_some());
        assert!(too_deep(&format!("x = {}1", "-".repeat(100_000))).is_some());
        assert!(too_deep(&format!("x = {}1", "not ".repeat(100_000))).is_some());
        assert!(too_deep(&format!("x = a{}", ".b".repeat(100_000))).is_some());
        assert!(too_deep(&format!("x = {}", "f(a +".repeat(190)).repeat(1)).is_none(), "190 brackets are allowed");
    }
}
