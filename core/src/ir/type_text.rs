//! Reading the type text of an attribute line, as each generation reads it.
//!
//! [`parse`] knows the types of both generations and refuses what the library or every server would refuse. The few
//! spellings that datajoint 2 recognises and then trips over (`UUID`, `enum (…)`, `Varchar(12)`) are accepted;
//! [`DeclaredType::text`] then holds the spelling that datajoint reads back. [`parse_default`] and
//! [`parse_index_argument`] do the same for the text behind `=` and for one argument of an index line.

mod default_text;
mod error;
mod index_text;
mod scan;

use std::collections::BTreeMap;

use super::{
    AttributeType, Codec, CodecStore, Decimal, DecimalWord, External, ExternalKind, Float, FloatWord, Generation, Integer, Size, SqlLiteral,
};

pub use default_text::{DefaultError, parse_default};
pub use error::{Replacement, TypeError, is_type_word};
pub use index_text::{IndexArgumentError, parse_index_argument};

use crate::nearest::nearest;
use error::suggestion;
use scan::{Scan, quoted_list};

/// What reading a type needs to know about the project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeContext {
    /// Classic adapters and codecs of generation 2 that are not built in: name → the type text that they are stored as.
    pub adapters: BTreeMap<String, String>,
    /// Whether classic `<name>` types are switched on (`DJ_SUPPORT_ADAPTED_TYPES`).
    pub adapted_types: bool,
    /// Whether classic `filepath@store` is switched on (`DJ_SUPPORT_FILEPATH_MANAGEMENT`).
    pub filepath: bool,
}

/// A type text that has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredType {
    /// What it means.
    pub ty: AttributeType,
    /// Whether the comment of an own column repeats it as `:type:`.
    pub marker: bool,
    /// The spelling that markers repeat: as written, but in lower case and without a blank before the parenthesis where
    /// datajoint 2 would not read a core type otherwise.
    pub text: String,
}

/// Returns whether what stands between `<` and `>` names a codec that datajoint 2 brings along.
pub fn is_codec(inner: &str) -> bool {
    let name = inner.split('@').next().unwrap_or(inner).trim();
    CODECS.iter().any(|(known, _)| *known == name)
}

/// How deep one adapter or codec may name another before it is taken for a cycle.
const ADAPTER_DEPTH_MAX: usize = 16;

/// The codecs that datajoint 2 brings along, and whether they can do without a store.
const CODECS: [(&str, bool); 6] =
    [("blob", true), ("attach", true), ("hash", false), ("object", false), ("npy", false), ("filepath", false)];

/// Reads the type text of an attribute line.
///
/// Errors tell the kinds of `definition-cases.json` apart ([`TypeError::kind`]) and carry what to write instead.
pub fn parse(text: &str, generation: Generation, context: &TypeContext) -> Result<DeclaredType, TypeError> {
    let text = text.trim();
    if text.starts_with('<') {
        return match generation {
            Generation::Classic => adapted(text, context, 0),
            Generation::Modern => codec(text, context, &CodecStore::Inline, 0),
        };
    }
    match generation {
        Generation::Classic => classic(text, context),
        Generation::Modern => modern(text),
    }
}

/// Reads a classic type that is not an adapter.
fn classic(text: &str, context: &TypeContext) -> Result<DeclaredType, TypeError> {
    let unsupported = || suggestion(text, Generation::Classic);
    if let Some((kind, store)) = text.split_once('@') {
        let kind = match kind.to_ascii_lowercase().as_str() {
            "blob" => ExternalKind::Blob,
            "attach" => ExternalKind::Attach,
            "filepath" => ExternalKind::Filepath,
            _ => return Err(unsupported()),
        };
        let named =
            store.starts_with(|c: char| c.is_ascii_lowercase()) && store.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
        if !named {
            return Err(unsupported());
        }
        if kind == ExternalKind::Filepath && !context.filepath {
            return Err(TypeError::FilepathDisabled { text: text.to_string() });
        }
        return Ok(marked(AttributeType::External(External { kind, store: store.to_string() }), text));
    }

    let scan = Scan::new(text).ok_or_else(unsupported)?;
    let ty = match scan.word.as_str() {
        "uuid" => return scan.bare(unsupported).map(|()| marked(AttributeType::Uuid, text)),
        "attach" => return scan.bare(unsupported).map(|()| marked(AttributeType::Attach, text)),
        "serial" => scan.bare(unsupported).map(|()| AttributeType::Serial)?,
        "bool" | "boolean" => scan.bare(unsupported).map(|()| AttributeType::Bool)?,
        "json" => scan.bare(unsupported).map(|()| AttributeType::Json)?,
        "date" => scan.bare(unsupported).map(|()| AttributeType::Date)?,
        "tinyblob" | "blob" | "mediumblob" | "longblob" => {
            scan.bare(unsupported).map(|()| AttributeType::Blob(size_of(&scan.word, "blob")))?
        }
        // The aliases of other databases that the MySQL family understands; datajoint 0.14 lets everything through that begins with `int`.
        "int1" | "int2" | "int3" | "int4" | "int8" => integer(&scan, alias_bits(&scan.word), Generation::Classic)?,
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "integer" => {
            integer(&scan, integer_bits(&scan.word), Generation::Classic)?
        }
        "decimal" | "numeric" => decimal(&scan, false)?,
        "float" | "double" | "real" => float(&scan).map_err(|error| replaced(error, unsupported))?,
        "char" | "varchar" if scan.arguments.is_none() => return Err(length_missing(&scan.word)),
        "char" | "varchar" => string(&scan)?,
        "enum" if scan.arguments.is_some() => AttributeType::Enum(enumeration(&scan)?),
        "datetime" | "time" | "timestamp" | "year" => temporal(&scan)?,
        _ => return Err(unsupported()),
    };
    Ok(DeclaredType { ty, marker: false, text: text.to_string() })
}

/// Reads a type of generation 2 that is not a codec.
fn modern(text: &str) -> Result<DeclaredType, TypeError> {
    let unsupported = || suggestion(text, Generation::Modern);
    let scan = Scan::new(text).ok_or_else(unsupported)?;
    let core = |ty: AttributeType| DeclaredType { ty, marker: true, text: canonical_core(text, &scan) };
    let native = |ty: AttributeType| DeclaredType { ty, marker: false, text: text.to_string() };
    let declared = match scan.word.as_str() {
        "int8" | "int16" | "int32" | "int64" => {
            scan.bare(unsupported)?;
            let bits = scan.word["int".len()..].parse().expect("the word ends in one of four numbers");
            core(AttributeType::CoreInteger(bits))
        }
        "float32" => scan.bare(unsupported).map(|()| core(AttributeType::CoreFloat(32)))?,
        "float64" => scan.bare(unsupported).map(|()| core(AttributeType::CoreFloat(64)))?,
        "bool" => scan.bare(unsupported).map(|()| core(AttributeType::Bool))?,
        "uuid" => scan.bare(unsupported).map(|()| core(AttributeType::Uuid))?,
        "json" => scan.bare(unsupported).map(|()| core(AttributeType::Json))?,
        "bytes" => scan.bare(unsupported).map(|()| core(AttributeType::Bytes))?,
        "date" => scan.bare(unsupported).map(|()| core(AttributeType::Date))?,
        "datetime" => core(temporal(&scan)?),
        "char" | "varchar" => match scan.arguments {
            None => return Err(length_missing(&scan.word)),
            Some(digits) if !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit()) => core(string(&scan)?),
            Some(_) => native(string(&scan)?),
        },
        "enum" if scan.arguments.is_some() => core(AttributeType::Enum(enumeration(&scan)?)),
        "decimal" if scan.rest.is_empty() && is_number_pair(scan.arguments) => core(decimal(&scan, true)?),
        "decimal" | "numeric" | "dec" | "fixed" => native(decimal(&scan, true)?),
        "float" | "double" | "real" => native(float(&scan).map_err(|error| replaced(error, unsupported))?),
        "serial" => scan.bare(unsupported).map(|()| native(AttributeType::Serial))?,
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "integer" => {
            native(integer(&scan, integer_bits(&scan.word), Generation::Modern)?)
        }
        "time" | "timestamp" | "year" => native(temporal(&scan)?),
        "tinyblob" | "blob" | "mediumblob" | "longblob" => {
            scan.bare(unsupported).map(|()| native(AttributeType::Blob(size_of(&scan.word, "blob"))))?
        }
        "tinytext" | "text" | "mediumtext" | "longtext" => {
            scan.bare(unsupported).map(|()| native(AttributeType::Text(size_of(&scan.word, "text"))))?
        }
        _ => return Err(unsupported()),
    };
    Ok(declared)
}

fn marked(ty: AttributeType, text: &str) -> DeclaredType {
    DeclaredType { ty, marker: true, text: text.to_string() }
}

/// `double precision` is another type to datajoint, not `double` with something behind it.
fn replaced(error: TypeError, unsupported: impl FnOnce() -> TypeError) -> TypeError {
    match error {
        TypeError::TextAfter { ref rest, .. } if rest.eq_ignore_ascii_case("precision") => unsupported(),
        other => other,
    }
}

fn length_missing(word: &str) -> TypeError {
    TypeError::LengthMissing { word: word.to_string() }
}

/// Returns the spelling of a type text that markers repeat, as [`DeclaredType::text`] has it.
pub fn canonical(text: &str, generation: Generation) -> String {
    let text = text.trim();
    match generation {
        Generation::Modern if !text.starts_with('<') => modern(text).map_or_else(|_| text.to_string(), |declared| declared.text),
        Generation::Classic | Generation::Modern => text.to_string(),
    }
}

/// Returns the spelling of a core type that datajoint 2 itself reads: it looks at the words in lower case, and for all but
/// `datetime` with the parenthesis directly behind the word.
fn canonical_core(text: &str, scan: &Scan<'_>) -> String {
    let written = &text[..scan.word.len()];
    let lower = written == scan.word;
    match scan.arguments {
        Some(_) if lower && (scan.word == "datetime" || text.as_bytes().get(scan.word.len()) == Some(&b'(')) => text.to_string(),
        Some(arguments) => format!("{}({arguments})", scan.word),
        None => scan.word.clone(),
    }
}

fn size_of(word: &str, suffix: &str) -> Size {
    match word.strip_suffix(suffix) {
        Some("tiny") => Size::Tiny,
        Some("medium") => Size::Medium,
        Some("long") => Size::Long,
        _ => Size::Regular,
    }
}

fn integer_bits(word: &str) -> u8 {
    match word {
        "tinyint" => 8,
        "smallint" => 16,
        "mediumint" => 24,
        "bigint" => 64,
        _ => 32,
    }
}

fn alias_bits(word: &str) -> u8 {
    match word {
        "int1" => 8,
        "int2" => 16,
        "int3" => 24,
        "int4" => 32,
        _ => 64,
    }
}

fn integer(scan: &Scan<'_>, bits: u8, generation: Generation) -> Result<AttributeType, TypeError> {
    let display_width = match scan.arguments {
        None => None,
        Some(text) => match text.trim().parse() {
            Ok(width) if width <= 255 => Some(width),
            _ => return Err(scan.bad_arguments("a display width up to 255, which means nothing; leave it out")),
        },
    };
    if generation == Generation::Modern && scan.rest_is_glued() {
        return Err(scan.text_after());
    }
    let mut words = scan.rest.split_ascii_whitespace().map(str::to_ascii_lowercase).peekable();
    if generation == Generation::Classic {
        words.next_if_eq("signed");
    }
    let unsigned = words.next_if_eq("unsigned").is_some();
    let auto_increment = words.next_if_eq("auto_increment").is_some();
    if words.next().is_some() {
        return Err(scan.text_after());
    }
    Ok(AttributeType::Integer(Integer { bits, display_width, unsigned, auto_increment }))
}

fn is_number_pair(arguments: Option<&str>) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    arguments.and_then(|text| text.split_once(',')).is_some_and(|(p, s)| number(p.trim()) && number(s.trim()))
}

/// Reads one or two numbers.
fn numbers(scan: &Scan<'_>) -> Result<Option<(u32, Option<u32>)>, TypeError> {
    let Some(text) = scan.arguments else { return Ok(None) };
    let mut parts = text.split(',').map(|part| part.trim().parse::<u32>());
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(first)), None, None) => Ok(Some((first, None))),
        (Some(Ok(first)), Some(Ok(second)), None) => Ok(Some((first, Some(second)))),
        _ => Err(scan.bad_arguments("one or two numbers")),
    }
}

fn decimal(scan: &Scan<'_>, zerofill_known: bool) -> Result<AttributeType, TypeError> {
    let word = match scan.word.as_str() {
        "numeric" => DecimalWord::Numeric,
        "dec" => DecimalWord::Dec,
        "fixed" => DecimalWord::Fixed,
        _ => DecimalWord::Decimal,
    };
    let arguments = numbers(scan)?;
    if scan.rest_is_glued() {
        return Err(scan.text_after());
    }
    let mut words = scan.rest.split_ascii_whitespace().map(str::to_ascii_lowercase).peekable();
    let unsigned = words.next_if_eq("unsigned").is_some();
    let zerofill = zerofill_known && words.next_if_eq("zerofill").is_some();
    if words.next().is_some() {
        return Err(scan.text_after());
    }
    let (precision, scale) = match arguments {
        None => (None, None),
        Some((precision, scale)) => (Some(precision), scale),
    };
    if scale.unwrap_or(0) > precision.unwrap_or(10) {
        return Err(scan.bad_arguments("at least as many digits as decimals"));
    }
    Ok(AttributeType::Decimal(Decimal { word, precision, scale, unsigned, zerofill }))
}

fn float(scan: &Scan<'_>) -> Result<AttributeType, TypeError> {
    let word = match scan.word.as_str() {
        "double" => FloatWord::Double,
        "real" => FloatWord::Real,
        _ => FloatWord::Float,
    };
    let arguments = numbers(scan)?;
    if let Some((digits, Some(decimals))) = arguments
        && decimals > digits
    {
        return Err(scan.bad_arguments("at least as many digits as decimals"));
    }
    if word != FloatWord::Float && matches!(arguments, Some((_, None))) {
        return Err(scan.bad_arguments("digits and decimals, as in `(8,2)`"));
    }
    let unsigned = scan.rest.eq_ignore_ascii_case("unsigned") && !scan.rest_is_glued();
    if !unsigned && !scan.rest.is_empty() {
        return Err(scan.text_after());
    }
    Ok(AttributeType::Float(Float { word, arguments, unsigned }))
}

fn string(scan: &Scan<'_>) -> Result<AttributeType, TypeError> {
    let length = scan.arguments.and_then(|text| text.trim().parse().ok());
    let Some(length) = length else { return Err(scan.bad_arguments("a length, as in `(255)`")) };
    if !scan.rest.is_empty() {
        return Err(scan.text_after());
    }
    Ok(if scan.word == "char" { AttributeType::Char(length) } else { AttributeType::Varchar(length) })
}

fn enumeration(scan: &Scan<'_>) -> Result<Vec<SqlLiteral>, TypeError> {
    if !scan.rest.is_empty() {
        return Err(scan.text_after());
    }
    quoted_list(scan.arguments.unwrap_or_default())
        .filter(|values| !values.is_empty())
        .ok_or_else(|| scan.bad_arguments("quoted values with commas between, as in `('left','right')`"))
}

fn temporal(scan: &Scan<'_>) -> Result<AttributeType, TypeError> {
    let digits = match scan.arguments {
        None => None,
        Some(text) => match text.trim().parse::<u8>() {
            Ok(digits) => Some(digits),
            Err(_) => return Err(scan.bad_arguments("the digits of the second's fraction, 0 to 6")),
        },
    };
    if !scan.rest.is_empty() {
        return Err(scan.text_after());
    }
    if scan.word == "year" {
        return match digits {
            None | Some(4) => Ok(AttributeType::Year),
            Some(_) => Err(scan.bad_arguments("nothing: a year has four digits")),
        };
    }
    if digits.is_some_and(|digits| digits > 6) {
        return Err(scan.bad_arguments("the digits of the second's fraction, 0 to 6"));
    }
    Ok(match scan.word.as_str() {
        "datetime" => AttributeType::Datetime(digits),
        "time" => AttributeType::Time(digits),
        _ => AttributeType::Timestamp(digits),
    })
}

/// Returns what stands between `<` and `>`, when nothing stands behind.
fn bracketed(text: &str) -> Option<&str> {
    let (inner, rest) = text.strip_prefix('<')?.split_once('>')?;
    rest.trim().is_empty().then_some(inner)
}

/// Reads a classic `<adapter>`.
fn adapted(text: &str, context: &TypeContext, depth: usize) -> Result<DeclaredType, TypeError> {
    let Some(name) = bracketed(text).map(str::trim) else { return Err(suggestion(text, Generation::Classic)) };
    if !context.adapted_types {
        return Err(TypeError::AdaptedDisabled { name: name.to_string(), replacement: error::classic_of_codec(name) });
    }
    let Some(stored_text) = context.adapters.get(name) else {
        return Err(TypeError::AdapterUnknown {
            name: name.to_string(),
            nearest: nearest(name, context.adapters.keys().map(String::as_str)).map(str::to_string),
            replacement: error::classic_of_codec(name),
        });
    };
    if depth >= ADAPTER_DEPTH_MAX {
        return Err(TypeError::AdapterCycle { name: name.to_string() });
    }
    let stored_text = stored_text.trim();
    let stored = if stored_text.starts_with('<') { adapted(stored_text, context, depth + 1)? } else { classic(stored_text, context)? };
    let stored = match stored.ty {
        AttributeType::Adapted { stored, .. } => stored,
        leaf => Box::new(leaf),
    };
    Ok(marked(AttributeType::Adapted { name: name.to_string(), stored }, text))
}

/// Reads `<codec>`, `<codec@>`, `<codec@store>`; `outer` is the store of the codec that names this one.
fn codec(text: &str, context: &TypeContext, outer: &CodecStore, depth: usize) -> Result<DeclaredType, TypeError> {
    let Some(inner) = bracketed(text) else { return Err(suggestion(text, Generation::Modern)) };
    let (name, store) = match inner.split_once('@') {
        None => (inner.trim(), outer.clone()),
        Some((name, store)) => match store.trim() {
            "" => (name.trim(), CodecStore::Default),
            store => (name.trim(), CodecStore::Named(store.to_string())),
        },
    };
    let stored = match CODECS.iter().find(|(known, _)| *known == name) {
        Some((_, in_table)) => match (&store, in_table) {
            (CodecStore::Inline, true) => AttributeType::Bytes,
            (CodecStore::Inline, false) => return Err(TypeError::CodecNeedsStore { name: name.to_string() }),
            (CodecStore::Default | CodecStore::Named(_), _) => AttributeType::Json,
        },
        None => {
            let Some(stored_text) = context.adapters.get(name) else {
                return Err(TypeError::CodecUnknown {
                    name: name.to_string(),
                    nearest: nearest(name, CODECS.iter().map(|(known, _)| *known).chain(context.adapters.keys().map(String::as_str)))
                        .map(str::to_string),
                });
            };
            if depth >= ADAPTER_DEPTH_MAX {
                return Err(TypeError::AdapterCycle { name: name.to_string() });
            }
            let stored_text = stored_text.trim();
            let stored = if stored_text.starts_with('<') { codec(stored_text, context, &store, depth + 1)? } else { modern(stored_text)? };
            match stored.ty {
                AttributeType::Codec(inner) => *inner.stored,
                leaf => leaf,
            }
        }
    };
    Ok(marked(AttributeType::Codec(Codec { name: name.to_string(), store, stored: Box::new(stored) }), text))
}
