//! Comments that a client stored twice encoded: it sent UTF-8 over a connection that was said to be Latin-1.

/// Returns the text that was meant, when `text` is its UTF-8 read as Latin-1 (the MySQL family's `latin1`, which is Windows-1252).
///
/// `None` where nothing was encoded twice: the text is plain ASCII, has a character that Latin-1 lacks, or its bytes are no UTF-8.
pub fn encoded_once(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> = text.chars().map(byte).collect();
    String::from_utf8(bytes?).ok()
}

/// Returns the byte that the servers' `latin1` reads as this character.
fn byte(c: char) -> Option<u8> {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•',
        '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match u32::from(c) {
        code @ (0..=0x7f | 0xa0..=0xff) => u8::try_from(code).ok(),
        _ => HIGH.iter().position(|high| *high == c).map(|at| 0x80 + at as u8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_read_as_latin1_is_undone() {
        assert_eq!(encoded_once("grÃ¶ÃŸe in Âµm").as_deref(), Some("größe in µm"));
        assert_eq!(encoded_once("it â€œisâ€\u{9d}").as_deref(), Some("it “is”"));
        assert_eq!(encoded_once("größe"), None);
        assert_eq!(encoded_once("plain"), None);
    }
}
