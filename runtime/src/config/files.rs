//! Finding the files of both generations.

use std::fs;
use std::path::{Path, PathBuf};

use djc_core::ir::Generation;
use djc_core::secret::masked;
use djc_core::settings::Settings;

use super::{Found, Notice, SettingsFile, Surroundings};

impl Found {
    /// Reads the files that datajoint of either generation would look at.
    ///
    /// For 2 that is the nearest `datajoint.json` in or above the working folder, not beyond a folder with `.git` or `.hg`, with `.secrets` beside it;
    /// for 0.14 `dj_local_conf.json` in the working folder, else `~/.datajoint_config.json`. Where both exist, `datajoint.json` comes first.
    pub fn read(around: &Surroundings) -> Found {
        let mut found = Found { files: Vec::new(), notices: Vec::new(), variables: around.variables.clone() };
        let ignore = around
            .variables
            .get("DJ_IGNORE_CONFIG_FILE")
            .is_some_and(|word| matches!(word.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on" | "t" | "y"));
        if !ignore {
            found.modern(around);
        }
        let local = around.directory.join("dj_local_conf.json");
        let global = around.home.as_ref().map(|home| home.join(".datajoint_config.json"));
        if let Some(path) = [Some(local), global].into_iter().flatten().find(|path| path.is_file()) {
            found.file(around, &path, Generation::Classic);
        }
        if let [first, second] = found.files.as_slice() {
            found.notices.push(Notice::Shadowed { file: second.name.clone(), by: first.name.clone() });
        }
        found
    }

    /// Reads one file that somebody names, of either generation: datajoint 2 nests its keys, 0.14 writes them with dots.
    pub fn of_file(around: &Surroundings, path: &Path) -> Found {
        let mut found = Found { files: Vec::new(), notices: Vec::new(), variables: around.variables.clone() };
        let keys: Option<serde_json::Map<String, serde_json::Value>> =
            fs::read_to_string(path).ok().and_then(|text| serde_json::from_str(&text).ok());
        let is_modern = path.file_name().is_some_and(|name| name == "datajoint.json")
            || keys.is_some_and(|keys| keys.values().any(serde_json::Value::is_object) && !keys.keys().any(|key| key.contains('.')));
        let generation = if is_modern { Generation::Modern } else { Generation::Classic };
        if found.file(around, path, generation) && is_modern {
            let secrets = path.with_file_name(".secrets");
            found.secrets(around, &if secrets.is_dir() { secrets } else { around.run_secrets.clone() }, true);
        }
        found
    }

    fn modern(&mut self, around: &Surroundings) {
        let mut config = None;
        for folder in around.directory.ancestors() {
            let path = folder.join("datajoint.json");
            if path.is_file() {
                config = Some(path);
                break;
            }
            if folder.join(".git").exists() || folder.join(".hg").exists() {
                break;
            }
        }
        let beside = config.as_ref().map(|path| path.with_file_name(".secrets")).filter(|folder| folder.is_dir());
        let secrets = beside.or_else(|| Some(around.run_secrets.clone()).filter(|folder| folder.is_dir()));
        let read = config.is_some_and(|path| self.file(around, &path, Generation::Modern));
        if let Some(secrets) = secrets {
            self.secrets(around, &secrets, read);
        }
    }

    /// Fills what is missing from a folder of secrets. Without a file that was `read` they stand for themselves.
    fn secrets(&mut self, around: &Surroundings, secrets: &Path, read: bool) {
        let entries = secret_files(secrets);
        if !read && !entries.is_empty() {
            let name = shown(around, secrets);
            self.files.push(SettingsFile { name, settings: Settings::new(Generation::Modern), text: String::new() });
        }
        let Some(file) = self.files.last_mut() else { return };
        for (key, path) in entries {
            let name = shown(around, &path);
            match fs::read_to_string(&path) {
                Ok(text) => file.settings.fill_secret(&key, &name, &text),
                Err(error) => self.notices.push(Notice::Unread { file: name.clone(), cause: error.to_string() }),
            }
            if others_may_read(&path) {
                self.notices.push(Notice::Exposed { file: name });
            }
        }
    }

    /// Reads one file; returns whether it could be read.
    fn file(&mut self, around: &Surroundings, path: &Path, generation: Generation) -> bool {
        let name = shown(around, path);
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                self.notices.push(Notice::Unread { file: name, cause: error.to_string() });
                return false;
            }
        };
        let (settings, problems) = Settings::read(generation, &name, &text);
        self.notices.extend(problems.into_iter().map(Notice::Setting));
        if settings.secret("database.password").is_some() && others_may_read(path) {
            self.notices.push(Notice::Exposed { file: name.clone() });
        }
        self.files.push(SettingsFile { name, settings, text: masked(&text) });
        true
    }
}

/// Returns the files of a folder of secrets, with the keys that their names are.
fn secret_files(folder: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<(String, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.to_string();
            let is_key = name == "database.user" || name == "database.password" || name.starts_with("stores.");
            (is_key && path.is_file()).then_some((name, path))
        })
        .collect();
    files.sort();
    files
}

/// Returns a path as a person at the keyboard would write it.
fn shown(around: &Surroundings, path: &Path) -> String {
    if let Ok(rest) = path.strip_prefix(&around.directory) {
        return rest.display().to_string();
    }
    match around.home.as_ref().and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

#[cfg(unix)]
fn others_may_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_path: &Path) -> bool {
    false
}
