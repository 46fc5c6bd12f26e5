//! Files by their names on this machine.

use std::io;
use std::path::{Path, PathBuf};

use super::Format;
use crate::fault::{Error, ErrorKind};
use crate::store::{StorePath, blocking, target_unwritable, write_whole};

/// Returns whether a text can be the name of a file in any folder.
fn is_file_name(name: &str) -> bool {
    StorePath::new(name).is_ok_and(|path| path.as_str() == name) && !name.contains('/')
}

/// Returns the name, unless it would lead somewhere else.
pub(crate) fn file_name(name: &str) -> Result<&str, Error> {
    if is_file_name(name) {
        return Ok(name);
    }
    Err(Error::new(ErrorKind::Store, format!("an attachment is called {name:?}, which is no name of a file"))
        .next_step("find out who wrote this row: no program of datajoint calls a file so"))
}

/// Returns the names for a file where one of that name is already, as each generation counts them.
pub(super) fn aliases(folder: &Path, name: &str, format: Format) -> impl Iterator<Item = PathBuf> {
    let path = Path::new(name);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let ending = path.extension().map_or(String::new(), |ending| format!(".{}", ending.to_string_lossy()));
    let folder = folder.to_path_buf();
    let first = folder.join(name);
    let others = (0u32..).map(move |at| {
        folder.join(match format {
            Format::Tracked(_) => format!("{stem}_{at:04x}{ending}"),
            Format::Hashed(_) | Format::Npy | Format::Object | Format::Filepath => format!("{stem}_{}{ending}", at + 1),
        })
    });
    std::iter::once(first).chain(others)
}

/// Writes a file under its name, or where another one is called so, under the next that is free; one that is there with this content is
/// left as it is. Returns where it is.
pub(crate) async fn save(name: &str, bytes: Vec<u8>, folder: &Path, format: Format) -> Result<PathBuf, Error> {
    let (name, folder) = (file_name(name)?.to_string(), folder.to_path_buf());
    blocking(move || {
        let write = || -> io::Result<PathBuf> {
            std::fs::create_dir_all(&folder)?;
            for place in aliases(&folder, &name, format) {
                match std::fs::read(&place) {
                    Ok(found) if found == bytes => return Ok(place),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        write_whole(&place, |file| io::Write::write_all(file, &bytes))?;
                        return Ok(place);
                    }
                    // A folder of that name.
                    Err(_) if place.exists() => {}
                    Err(error) => return Err(error),
                }
            }
            unreachable!("there is always another name")
        };
        write().map_err(|error| target_unwritable(&folder.join(&name), &error))
    })
    .await
}

#[cfg(test)]
mod tests {
    use djc_core::ir::ExternalKind;

    use super::*;
    use crate::codec::Inner;

    #[test]
    fn only_names_of_files_are_names() {
        for name in ["plain.txt", ".hidden", "ümläut name.tar.gz", "trailing.", "..."] {
            assert!(file_name(name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", "a/b", "/etc/passwd", "a/", "a\0b"] {
            assert!(file_name(name).is_err(), "{name}");
        }
    }

    #[tokio::test]
    async fn another_file_of_that_name_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let tracked = Format::Tracked(ExternalKind::Attach);
        let hashed = Format::Hashed(Inner::Attachment);
        for (content, format, name) in [
            ("one", tracked, "a.tar.gz"),
            ("one", tracked, "a.tar.gz"),
            ("two", tracked, "a.tar_0000.gz"),
            ("three", tracked, "a.tar_0001.gz"),
            ("two", tracked, "a.tar_0000.gz"),
            ("two", hashed, "a.tar_1.gz"),
            ("three", hashed, "a.tar_2.gz"),
        ] {
            let saved = save("a.tar.gz", content.into(), folder.path(), format).await.expect("it can be written");
            assert_eq!(saved, folder.path().join(name));
            assert_eq!(std::fs::read_to_string(saved).expect("it is there"), content);
        }
        let saved = save(".hidden", b"x".to_vec(), folder.path(), tracked).await.expect("it can be written");
        std::fs::write(&saved, "y").expect("it can be written");
        let saved = save(".hidden", b"x".to_vec(), folder.path(), tracked).await.expect("it can be written");
        assert_eq!(saved, folder.path().join(".hidden_0000"));
    }
}
