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

impl Attachment {
    /// Writes the file into a folder and returns where it is: under its name, or where another file is called so, under the next that is free
    /// (`name_0000.ext`, as datajoint 0.14 counts). A file that is there with this content is left as it is.
    ///
    /// # Errors
    /// A name that would lead somewhere else, and a folder that cannot be written ([`ErrorKind::Store`](crate::ErrorKind::Store)).
    pub async fn save(&self, folder: &std::path::Path) -> Result<std::path::PathBuf, crate::fault::Error> {
        let format = crate::codec::Format::Tracked(djc_core::ir::ExternalKind::Attach);
        crate::codec::save(&self.name, self.bytes.clone(), folder, format).await
    }
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
