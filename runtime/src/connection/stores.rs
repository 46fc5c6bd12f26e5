//! The stores of a connection.

use super::Connection;
use crate::config::Surroundings;
use crate::fault::{Error, ErrorKind};
use crate::store::{self, Store, Stores};

impl Connection {
    /// Returns the stores that are known: those of [`Options::stores`](super::Options::stores), then those of datajoint's own settings around the working folder.
    pub fn stores(&self) -> &Stores {
        self.stores.get_or_init(|| self.options.stores.clone().unwrap_or_default().or(crate::config::stores(&Surroundings::of_process())))
    }

    /// Returns a store by its name; `None` is the default one, of which files that others put have their own.
    ///
    /// # Errors
    /// A store that no settings name, or that cannot be used ([`ErrorKind::Store`]).
    pub fn store(&self, name: Option<&str>, of_files: bool) -> Result<Store, Error> {
        let stores = self.stores();
        let (default, key) = if of_files { (&stores.filepath_default, "filepath_default") } else { (&stores.default, "default") };
        let name = match name.or(default.as_deref()) {
            Some(name) => name,
            None => {
                return Err(Error::new(ErrorKind::Store, format!("no store is named, and `stores.{key}` is not set"))
                    .next_step(format!("set `stores.{key}` in datajoint.json to the name of a store")));
            }
        };
        let mut opened = self.opened.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(store) = opened.get(name) {
            return Ok(store.clone());
        }
        let spec = match stores.get(name) {
            Some(Ok(spec)) => spec.clone(),
            Some(Err(why)) => return Err(store::unusable(name, why)),
            None => {
                let near = djc_core::nearest::nearest(name, stores.names());
                let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                return Err(store::unusable(name, &format!("no settings name it{hint}")));
            }
        };
        let store = Store::open(name, spec)?;
        opened.insert(name.to_string(), store.clone());
        Ok(store)
    }
}
