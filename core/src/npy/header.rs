//! The header: a version, and a Python dict that says type, order and shape.

use super::{MAGIC, NpyError, unit};
use crate::value::array::{TimeUnit, element_count};

/// What the elements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float32,
    Float64,
    Complex64,
    Complex128,
    DateTime(TimeUnit),
    /// Four bytes a character.
    Text,
}

/// What a file says of its elements.
#[derive(Debug)]
pub(super) struct Header {
    pub kind: Kind,
    /// Bytes of an element.
    pub width: usize,
    pub big_endian: bool,
    pub column_major: bool,
    pub shape: Vec<usize>,
}

impl Header {
    /// Reads it, and returns the bytes behind.
    pub(super) fn read(bytes: &[u8]) -> Result<(Header, &[u8]), NpyError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(NpyError::Magic)?;
        let cut = || NpyError::Header("it is cut off".to_string());
        let ([version, _], rest) = rest.split_first_chunk::<2>().ok_or_else(cut)?;
        let (len, rest) = match version {
            1 => rest.split_first_chunk::<2>().map(|(len, rest)| (usize::from(u16::from_le_bytes(*len)), rest)).ok_or_else(cut)?,
            2 | 3 => rest.split_first_chunk::<4>().map(|(len, rest)| (u32::from_le_bytes(*len) as usize, rest)).ok_or_else(cut)?,
            other => return Err(NpyError::Version(*other)),
        };
        let (text, data) = rest.split_at_checked(len).ok_or_else(cut)?;
        let text = std::str::from_utf8(text).map_err(|_| NpyError::Header("it is no text".to_string()))?;
        Ok((dict(text)?, data))
    }

    /// Returns how many elements there are.
    pub(super) fn count(&self) -> Result<usize, NpyError> {
        element_count(&self.shape).ok_or_else(|| NpyError::Header("its shape is beyond all machines".to_string()))
    }
}

/// Returns a file up to its elements, which are aligned to 64 bytes.
pub(super) fn written(descr: &str, shape: &[usize]) -> Vec<u8> {
    let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
    let shape = match lengths.as_slice() {
        [one] => format!("({one},)"),
        many => format!("({})", many.join(", ")),
    };
    // As numpy has it: an array of one dimension is in row-major order.
    let order = if lengths.len() > 1 { "True" } else { "False" };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    // Magic, version, and the length in two bytes or four.
    let (version, before) = if text.len() + 74 < usize::from(u16::MAX) { (1, 10) } else { (2, 12) };
    let padded = (before + text.len() + 1).next_multiple_of(64) - before;
    text.extend(std::iter::repeat_n(' ', padded - text.len() - 1).chain(['\n']));
    let mut out = MAGIC.to_vec();
    out.extend([version, 0]);
    match version {
        1 => out.extend((text.len() as u16).to_le_bytes()),
        _ => out.extend((text.len() as u32).to_le_bytes()),
    }
    out.extend(text.into_bytes());
    out
}

/// Reads the dict.
fn dict(text: &str) -> Result<Header, NpyError> {
    let mut scan = Scan(text.trim());
    let (mut descr, mut column_major, mut shape) = (None, None, None);
    scan.expect('{')?;
    while !scan.takes('}') {
        let key = scan.quoted()?.to_string();
        scan.expect(':')?;
        match key.as_str() {
            "descr" if scan.begins('[') => return Err(NpyError::Element(scan.list().to_string())),
            "descr" => descr = Some(scan.quoted()?.to_string()),
            "fortran_order" => column_major = Some(scan.truth()?),
            "shape" => shape = Some(scan.lengths()?),
            other => return Err(NpyError::Header(format!("`{other}` is unknown"))),
        }
        if !scan.takes(',') && !scan.begins('}') {
            return Err(scan.unread());
        }
    }
    let missing = |key: &str| NpyError::Header(format!("`{key}` is missing"));
    let descr = descr.ok_or_else(|| missing("descr"))?;
    let (kind, width) = kind(&descr).ok_or_else(|| NpyError::Element(descr.clone()))?;
    Ok(Header {
        kind,
        width,
        big_endian: descr.starts_with('>'),
        column_major: column_major.ok_or_else(|| missing("fortran_order"))?,
        shape: shape.ok_or_else(|| missing("shape"))?,
    })
}

fn kind(descr: &str) -> Option<(Kind, usize)> {
    let name = descr.strip_prefix(['<', '>', '|', '='])?;
    let kind = match name {
        "b1" => Kind::Bool,
        "i1" => Kind::Int8,
        "i2" => Kind::Int16,
        "i4" => Kind::Int32,
        "i8" => Kind::Int64,
        "u1" => Kind::UInt8,
        "u2" => Kind::UInt16,
        "u4" => Kind::UInt32,
        "u8" => Kind::UInt64,
        "f4" => Kind::Float32,
        "f8" => Kind::Float64,
        "c8" => Kind::Complex64,
        "c16" => Kind::Complex128,
        other => match other.strip_prefix('U') {
            Some(characters) => return Some((Kind::Text, characters.parse::<usize>().ok()?.checked_mul(4)?)),
            None => return Some((Kind::DateTime(unit(other.strip_prefix("M8[")?.strip_suffix(']')?)?), 8)),
        },
    };
    let width = name[1..].parse().ok()?;
    Some((kind, width))
}

/// What is left of the dict.
struct Scan<'a>(&'a str);

impl<'a> Scan<'a> {
    fn begins(&self, c: char) -> bool {
        self.0.trim_start().starts_with(c)
    }

    fn takes(&mut self, c: char) -> bool {
        let rest = self.0.trim_start().strip_prefix(c);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expect(&mut self, c: char) -> Result<(), NpyError> {
        if self.takes(c) { Ok(()) } else { Err(self.unread()) }
    }

    fn unread(&self) -> NpyError {
        NpyError::Header(format!("what is meant by `{}`?", self.0.chars().take(20).collect::<String>()))
    }

    fn quoted(&mut self) -> Result<&'a str, NpyError> {
        let rest = self.0.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"')).ok_or_else(|| self.unread())?;
        let (text, after) = rest[1..].split_once(quote).ok_or_else(|| self.unread())?;
        self.0 = after;
        Ok(text)
    }

    /// Returns the list that begins here, to its last bracket, for a message.
    fn list(&self) -> &'a str {
        let rest = self.0.trim_start();
        &rest[..rest.rfind(']').map_or(rest.len(), |end| end + 1)]
    }

    fn truth(&mut self) -> Result<bool, NpyError> {
        let rest = self.0.trim_start();
        for (word, value) in [("True", true), ("False", false)] {
            if let Some(after) = rest.strip_prefix(word) {
                self.0 = after;
                return Ok(value);
            }
        }
        Err(self.unread())
    }

    fn lengths(&mut self) -> Result<Vec<usize>, NpyError> {
        self.expect('(')?;
        let mut out = Vec::new();
        while !self.takes(')') {
            let rest = self.0.trim_start();
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            out.push(rest[..end].parse().map_err(|_| self.unread())?);
            // Python 2 wrote long numbers with an L.
            self.0 = rest[end..].trim_start_matches('L');
            if !self.takes(',') && !self.begins(')') {
                return Err(self.unread());
            }
        }
        Ok(out)
    }
}
