//! Reads the type texts that servers report.

use djc_core::catalog::ColumnType;
use djc_core::ir::{Size, SqlLiteral};

/// Returns what a `COLUMN_TYPE` of MySQL or MariaDB means: `int(10) unsigned`, `enum('a','b')`.
///
/// A display width that is the server's own default is dropped, except that of `tinyint(1)`. What has no variant of its
/// own stays as it is spelled.
pub fn mysql_type(text: &str) -> ColumnType {
    known_mysql_type(text).unwrap_or_else(|| ColumnType::Other(text.to_string()))
}

fn known_mysql_type(text: &str) -> Option<ColumnType> {
    let word_end = text.find(['(', ' ']).unwrap_or(text.len());
    let word = text[..word_end].to_ascii_lowercase();
    let (arguments, behind) = match text[word_end..].strip_prefix('(') {
        Some(inner) => {
            let end = inner.rfind(')')?;
            (Some(&inner[..end]), &inner[end + 1..])
        }
        None => (None, &text[word_end..]),
    };
    let (mut unsigned, mut zerofill) = (false, false);
    for modifier in behind.split_ascii_whitespace() {
        match modifier {
            "unsigned" => unsigned = true,
            "zerofill" => zerofill = true,
            // MariaDB marks columns that are compressed and the like in a comment behind the type.
            _ => return None,
        }
    }
    let number = || arguments.and_then(|text| text.trim().parse::<u32>().ok());
    let digits = || match arguments {
        None => Some(None),
        Some(text) => text.trim().parse::<u8>().ok().map(Some),
    };
    let pair = || {
        let (first, second) = arguments?.split_once(',')?;
        Some((first.trim().parse().ok()?, second.trim().parse().ok()?))
    };
    let integer = |bits: u8, signed_width: u32, unsigned_width: u32| {
        let own = if unsigned { unsigned_width } else { signed_width };
        let display_width = number().filter(|width| *width != own);
        if zerofill { None } else { Some(ColumnType::Integer { bits, unsigned, display_width }) }
    };
    let plain = |ty: ColumnType| if unsigned || zerofill { None } else { Some(ty) };
    match word.as_str() {
        "tinyint" => integer(8, 4, 3),
        "smallint" => integer(16, 6, 5),
        "mediumint" => integer(24, 9, 8),
        "int" | "integer" => integer(32, 11, 10),
        "bigint" => integer(64, 20, 20),
        "decimal" => {
            let (precision, scale) = pair().or_else(|| number().map(|precision| (precision, 0)))?;
            Some(ColumnType::Decimal { precision: Some(precision), scale, unsigned, zerofill })
        }
        "float" if !zerofill && (arguments.is_none() || pair().is_some()) => Some(ColumnType::Float { arguments: pair(), unsigned }),
        "double" if !zerofill && (arguments.is_none() || pair().is_some()) => Some(ColumnType::Double { arguments: pair(), unsigned }),
        "char" => plain(ColumnType::Char(number()?)),
        "varchar" => plain(ColumnType::Varchar(number()?)),
        "tinytext" => plain(ColumnType::Text(Size::Tiny)),
        "text" => plain(ColumnType::Text(Size::Regular)),
        "mediumtext" => plain(ColumnType::Text(Size::Medium)),
        "longtext" => plain(ColumnType::Text(Size::Long)),
        "binary" => plain(ColumnType::Binary(number()?)),
        "varbinary" => plain(ColumnType::Varbinary(number()?)),
        "tinyblob" => plain(ColumnType::Blob(Size::Tiny)),
        "blob" => plain(ColumnType::Blob(Size::Regular)),
        "mediumblob" => plain(ColumnType::Blob(Size::Medium)),
        "longblob" => plain(ColumnType::Blob(Size::Long)),
        "date" => plain(ColumnType::Date),
        "time" => plain(ColumnType::Time(digits()?)),
        "datetime" => plain(ColumnType::Datetime(digits()?)),
        "timestamp" => plain(ColumnType::Timestamp(digits()?)),
        "year" => plain(ColumnType::Year),
        "json" => plain(ColumnType::Json),
        "enum" => plain(ColumnType::Enum { name: None, values: quoted_list(arguments?)? }),
        _ => None,
    }
}

/// Reads `'a','it''s'` as the MySQL family prints it: doubled quotes, backslash escapes.
fn quoted_list(text: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.strip_prefix('\'')?;
        let end = quote_end(rest)?;
        values.push(SqlLiteral::quoted(&rest[..end]).value(true));
        rest = &rest[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more.trim_start(),
            None if rest.is_empty() => return Some(values),
            None => return None,
        }
    }
}

/// Returns where the quote stands that ends a literal.
fn quote_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// Returns what a `format_type` of PostgreSQL means: `character varying(32)`, `timestamp(3) without time zone`.
///
/// Enum types are told by the catalog, not by their text, and are not known here.
pub fn postgres_type(text: &str) -> ColumnType {
    known_postgres_type(text).unwrap_or_else(|| ColumnType::Other(text.to_string()))
}

fn known_postgres_type(text: &str) -> Option<ColumnType> {
    let (word, arguments, behind) = match text.split_once('(') {
        Some((word, rest)) => {
            let (arguments, behind) = rest.split_once(')')?;
            (word.trim(), Some(arguments), behind.trim())
        }
        None => match text.split_once(" with") {
            // `timestamp without time zone`
            Some((word, _)) => (word, None, text[word.len()..].trim()),
            None => (text, None, ""),
        },
    };
    let number = || arguments.and_then(|text| text.trim().parse::<u32>().ok());
    let digits = || match arguments {
        None => Some(None),
        Some(text) => text.trim().parse::<u8>().ok().map(Some),
    };
    let integer = |bits| Some(ColumnType::Integer { bits, unsigned: false, display_width: None });
    match (word, behind) {
        ("smallint", "") => integer(16),
        ("integer", "") => integer(32),
        ("bigint", "") => integer(64),
        ("real", "") => Some(ColumnType::Float { arguments: None, unsigned: false }),
        ("double precision", "") => Some(ColumnType::Double { arguments: None, unsigned: false }),
        ("numeric", "") => {
            let (precision, scale) = match arguments {
                None => (None, 0),
                Some(text) => {
                    let (precision, scale) = text.split_once(',').unwrap_or((text, "0"));
                    (Some(precision.trim().parse().ok()?), scale.trim().parse().ok()?)
                }
            };
            Some(ColumnType::Decimal { precision, scale, unsigned: false, zerofill: false })
        }
        ("character", "") => Some(ColumnType::Char(number()?)),
        ("character varying", "") => Some(ColumnType::Varchar(number()?)),
        ("text", "") => Some(ColumnType::Text(Size::Long)),
        ("bytea", "") => Some(ColumnType::Blob(Size::Long)),
        ("boolean", "") => Some(ColumnType::Boolean),
        ("date", "") => Some(ColumnType::Date),
        ("time", "without time zone") => Some(ColumnType::Time(digits()?)),
        ("timestamp", "without time zone") => Some(ColumnType::Datetime(digits()?)),
        ("jsonb", "") => Some(ColumnType::Json),
        ("uuid", "") => Some(ColumnType::Uuid),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(bits: u8, unsigned: bool, display_width: Option<u32>) -> ColumnType {
        ColumnType::Integer { bits, unsigned, display_width }
    }

    #[test]
    fn widths_that_the_server_adds_are_dropped() {
        assert_eq!(mysql_type("int(11)"), integer(32, false, None));
        assert_eq!(mysql_type("int"), integer(32, false, None));
        assert_eq!(mysql_type("int(10) unsigned"), integer(32, true, None));
        assert_eq!(mysql_type("int(3)"), integer(32, false, Some(3)));
        assert_eq!(mysql_type("tinyint(1)"), integer(8, false, Some(1)));
        assert_eq!(mysql_type("bigint(20) unsigned"), integer(64, true, None));
    }

    #[test]
    fn enum_values_are_unquoted() {
        let values = ["a", "it's", "x,y", "b\\c"].map(String::from).to_vec();
        assert_eq!(mysql_type(r"enum('a','it''s','x,y','b\\c')"), ColumnType::Enum { name: None, values });
    }

    #[test]
    fn types_of_others_stay_as_spelled() {
        for text in ["set('a','b')", "geometry", "int(5) unsigned zerofill", "bit(1)", "inet6", "varchar(3) /*M!100301 COMPRESSED*/"] {
            assert_eq!(mysql_type(text), ColumnType::Other(text.to_string()));
        }
        for text in ["timestamp with time zone", "character varying", "integer[]", "json", "interval", "time(3) with time zone"] {
            assert_eq!(postgres_type(text), ColumnType::Other(text.to_string()));
        }
    }

    #[test]
    fn fractions_of_seconds_are_kept_where_said() {
        assert_eq!(postgres_type("timestamp without time zone"), ColumnType::Datetime(None));
        assert_eq!(postgres_type("timestamp(3) without time zone"), ColumnType::Datetime(Some(3)));
        assert_eq!(mysql_type("datetime"), ColumnType::Datetime(None));
        assert_eq!(mysql_type("timestamp(6)"), ColumnType::Timestamp(Some(6)));
    }

    #[test]
    fn decimals_keep_their_digits() {
        let decimal = |precision, scale, unsigned, zerofill| ColumnType::Decimal { precision, scale, unsigned, zerofill };
        assert_eq!(mysql_type("decimal(6,2) unsigned zerofill"), decimal(Some(6), 2, true, true));
        assert_eq!(postgres_type("numeric(6,2)"), decimal(Some(6), 2, false, false));
        assert_eq!(postgres_type("numeric"), decimal(None, 0, false, false));
        assert_eq!(mysql_type("float(5,2)"), ColumnType::Float { arguments: Some((5, 2)), unsigned: false });
    }
}
