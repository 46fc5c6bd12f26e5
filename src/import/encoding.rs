//! The encoding of source files. Python: UTF-8, or what the first two lines declare, as PEP 263 says. MATLAB: UTF-8, or what it wrote before, Windows-1252.

use std::ops::Range;

/// Why a file is no text.
#[derive(Debug)]
pub struct Refused {
    /// What is wrong.
    pub why: String,
    /// What to do.
    pub help: &'static str,
    /// The text up to the first byte that cannot be read, and how long that is.
    pub head: Option<(String, usize)>,
}

/// Returns the text of a file, without a byte order mark.
///
/// # Errors
/// When it is neither UTF-8 nor in a declared encoding that djc knows.
pub fn decode(bytes: Vec<u8>) -> Result<String, Refused> {
    let refused = |why: &str, help| Err(Refused { why: why.to_string(), help, head: None });
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return refused("it is UTF-16, which Python does not read", "save it as UTF-8");
    }
    let declared = declared(&bytes);
    if let Some(name) = &declared
        && !bytes.starts_with(b"\xef\xbb\xbf")
    {
        match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "utf-8" | "utf8" | "utf-8-sig" | "u8" | "ascii" | "us-ascii" | "646" => {}
            // Every byte is the character of its number.
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" | "8859" | "cp819" => {
                return Ok(bytes.iter().map(|byte| char::from(*byte)).collect());
            }
            _ if bytes.is_ascii() => {}
            _ => {
                let why = format!("its first lines declare the encoding `{name}`");
                return Err(Refused { why, help: "djc reads UTF-8 and Latin-1; save it as UTF-8", head: None });
            }
        }
    }
    match String::from_utf8(bytes) {
        // An editor's byte order mark is no part of the text.
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            if error.as_bytes()[..valid].contains(&0) {
                return refused("it is binary", "name Python files and folders of them");
            }
            let help = match declared {
                None => "save it as UTF-8; if it is Latin-1, its first line may say so: `# -*- coding: latin-1 -*-`",
                Some(_) => "save it as UTF-8, as its first lines say",
            };
            let head = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
            Err(Refused { why: format!("the byte 0x{:02x} is not UTF-8", error.as_bytes()[valid]), help, head: Some((head, valid)) })
        }
    }
}

/// Returns the encoding that a comment in the first two lines declares.
fn declared(bytes: &[u8]) -> Option<String> {
    for line in bytes.split(|byte| *byte == b'\n').take(2) {
        let line = String::from_utf8_lossy(line);
        let code = line.trim_start_matches(['\u{feff}', ' ', '\t', '\u{c}']);
        if !code.starts_with('#') {
            // The second line counts only behind a comment or a blank one.
            if code.trim().is_empty() {
                continue;
            }
            return None;
        }
        let Some(at) = code.find("coding") else { continue };
        let Some(rest) = code[at + "coding".len()..].strip_prefix([':', '=']) else { continue };
        let name: String =
            rest.trim_start_matches([' ', '\t']).chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
        if !name.is_empty() {
            return Some(name);
        }
    }
    None
}

/// Returns the text of a MATLAB file and, when it is not UTF-8 and so read as Windows-1252, the first character that shows it.
pub fn decode_matlab(bytes: Vec<u8>) -> (String, Option<Range<usize>>) {
    match String::from_utf8(bytes) {
        Ok(text) => (text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text), None),
        Err(error) => {
            let (valid, bytes) = (error.utf8_error().valid_up_to(), error.into_bytes());
            // What was UTF-8 up to there becomes other characters, too.
            let start = bytes[..valid].iter().map(|byte| windows_1252(*byte).len_utf8()).sum();
            let odd = start..start + windows_1252(bytes[valid]).len_utf8();
            (bytes.into_iter().map(windows_1252).collect(), Some(odd))
        }
    }
}

/// Returns the character of a byte of Windows-1252: Latin-1 but for 32 of them.
fn windows_1252(byte: u8) -> char {
    const DIFFERENT: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    let different = byte.checked_sub(0x80).and_then(|at| DIFFERENT.chars().nth(usize::from(at)));
    different.unwrap_or_else(|| char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_matlab_files_are_read_as_windows_wrote_them() {
        let (text, odd) = decode_matlab(b"5 \xb5m \x80 \x9f \xa0\xff".to_vec());
        assert_eq!(text, "5 µm € Ÿ \u{a0}ÿ");
        assert_eq!(odd.map(|odd| &text[odd]), Some("µ"));
        assert_eq!(decode_matlab("\u{feff}5 µm".into()), ("5 µm".to_string(), None));
    }

    #[test]
    fn declared_encodings_count() {
        assert_eq!(
            decode(b"# -*- coding: latin-1 -*-\ns = 'gr\xfcn'\n".to_vec()).expect("Latin-1").lines().nth(1),
            Some("s = 'gr\u{fc}n'")
        );
        assert_eq!(
            decode(b"#!/usr/bin/python\n# vim: set fileencoding=iso-8859-1 :\n\xe9".to_vec()).expect("Latin-1").chars().last(),
            Some('\u{e9}')
        );
        assert!(decode(b"x = 1\n\n# coding: latin-1\n\xe9".to_vec()).is_err(), "the third line is too late");
        assert!(decode(b"# coding: koi8-r\n\xe9".to_vec()).expect_err("not known").why.contains("koi8-r"));
        assert_eq!(decode(b"# coding: koi8-r\nx = 1\n".to_vec()).expect("ASCII is the same in it").lines().count(), 2);
        assert_eq!(decode(b"\xef\xbb\xbfx".to_vec()).expect("UTF-8"), "x");
    }
}
