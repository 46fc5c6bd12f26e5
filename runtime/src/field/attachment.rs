//! Files that are kept in a table.

use super::{Cell, Field, Given, ReadError};

/// A file in a table: `attach` of datajoint 0.14, `<attach>` of datajoint 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The file's name, without folders.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Field for Attachment {
    /// Reads name, zero byte and contents, as datajoint writes them.
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        let stored = cell.bytes()?;
        let end = stored.iter().position(|byte| *byte == 0);
        let name = end.and_then(|end| std::str::from_utf8(&stored[..end]).ok()).filter(|name| !name.is_empty());
        match (name, end) {
            (Some(name), Some(end)) => Ok(Attachment { name: name.to_string(), bytes: stored[end + 1..].to_vec() }),
            _ => Err(cell.wrong("an attachment: a file name and a zero byte in front of the contents")),
        }
    }

    fn give(self) -> Given {
        Given::Attachment { name: self.name, bytes: self.bytes }
    }
}
