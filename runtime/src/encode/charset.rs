//! Which charset a column has, and which characters that can hold.

use djc_core::catalog::{Catalog, Charset};

/// Returns the charset of a column: its own, else the live table's, else that of the schema it will be made in; `None` where the server
/// will choose it.
pub(crate) fn charset_of<'a>(schema: &str, table: &str, column: &str, declared: &'a Catalog, live: &'a Catalog) -> Option<&'a Charset> {
    let live_table = live.table(schema, table);
    let own = live_table.and_then(|table| table.column(column)).and_then(|column| column.charset.as_ref());
    let of_table = live_table.and_then(|table| table.charset.as_ref());
    let of_schema = match live.schemas.get(schema) {
        Some(schema) => schema.charset.as_ref(),
        None => declared.schemas.get(schema).and_then(|schema| schema.charset.as_ref()),
    };
    own.or(of_table).or(of_schema)
}

/// What MySQL's `latin1` (which is Windows-1252) holds beyond ISO 8859-1's upper half.
const CP1252: &str = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\u{81}\u{8d}\u{8f}\u{90}\u{9d}";

/// Returns the first character of a text that the charset cannot hold; `None` too for charsets that djc does not
/// know, where the server has the last word.
pub(crate) fn first_unholdable(text: &str, charset: &str) -> Option<char> {
    let holds: fn(char) -> bool = match charset {
        "latin1" => |c| c.is_ascii() || ('\u{a0}'..='\u{ff}').contains(&c) || CP1252.contains(c),
        "ascii" => |c| c.is_ascii(),
        "utf8" | "utf8mb3" | "ucs2" => |c| c <= '\u{ffff}',
        _ => return None,
    };
    text.chars().find(|c| !holds(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charsets_hold_what_the_servers_say() {
        assert_eq!(first_unholdable("größe – 5 €", "latin1"), None);
        assert_eq!(first_unholdable("5 µm, Łódź", "latin1"), Some('Ł'));
        assert_eq!(first_unholdable("größe", "ascii"), Some('ö'));
        assert_eq!(first_unholdable("日本 😀", "utf8mb3"), Some('😀'));
        assert_eq!(first_unholdable("日本 😀", "utf8mb4"), None);
    }
}
