//! Whether the database is what generated code was built for (E-15).

use std::collections::BTreeSet;
use std::sync::Arc;

use djc_core::catalog::{Catalog, Charset};
use djc_core::diff::diff;
use djc_core::ir::{AttributeType, SchemaId, tracking_table};
use djc_core::model::Model;

use super::drift::Drift;
use super::{Connection, Session};
use crate::db::Db;
use crate::fault::{Error, ErrorKind};
use crate::inspect::InspectOptions;

/// Makes sure that the tables of a model are in the database as the model has them: what everything does first that reads or writes tables of generated code.
///
/// The database is looked at once for each model and connection. A model that was read from a live database needs no proof, and
/// [`Options::allow_drift`](super::Options::allow_drift) waives it.
///
/// # Errors
/// As [`Connection::verify`].
pub(crate) async fn ready(session: &dyn Session, model: &Arc<Model>) -> Result<(), Error> {
    let connection = session.connection();
    let fingerprint = model.fingerprint();
    if fingerprint.is_empty() || connection.options.allow_drift || connection.is_verified(fingerprint) {
        return Ok(());
    }
    let drift = {
        let mut db = session.lock().await?;
        connection.look(&mut db, model).await?
    };
    match drift.into_error(model) {
        Some(error) => Err(error),
        None => {
            connection.set_verified(fingerprint);
            Ok(())
        }
    }
}

/// Does the same for the models of all tables that a query reads.
pub(crate) async fn all_ready(session: &dyn Session, models: impl IntoIterator<Item = &Arc<Model>>) -> Result<(), Error> {
    for model in models {
        ready(session, model).await?;
    }
    Ok(())
}

impl Connection {
    /// Holds the database against what generated code was built for, once for each model. The first use of one of its tables does the same.
    ///
    /// What changes the meaning of the code counts: tables that are missing, attributes that are missing, new, of another type or in another place, defaults, keys and
    /// references. Comments, indexes, charsets, lineage and tables that the code does not know do not. What the account may not see is not taken for missing.
    ///
    /// # Errors
    /// [`ErrorKind::MissingTable`] when tables are not there and nothing else differs, else [`ErrorKind::Drift`] with every difference; unless
    /// [`Options::allow_drift`](super::Options::allow_drift) is set.
    pub async fn verify(&self, model: &Arc<Model>) -> Result<(), Error> {
        ready(self, model).await
    }

    fn is_verified(&self, fingerprint: &str) -> bool {
        self.verified.lock().is_ok_and(|verified| verified.contains(fingerprint))
    }

    fn set_verified(&self, fingerprint: &str) {
        if let Ok(mut verified) = self.verified.lock() {
            verified.insert(fingerprint.to_string());
        }
    }

    /// Returns the physical names of the schemas of a model, by [`SchemaId`].
    ///
    /// # Errors
    /// A variable that nothing gives a value.
    pub(super) fn schema_names(&self, model: &Model) -> Result<Vec<String>, Error> {
        let mut variables = model.variables().clone();
        variables.extend(self.scope.variables.clone());
        let resolve = |schema: &djc_core::ir::Schema| {
            schema.name.resolve(&variables).map_err(|unset| {
                Error::new(ErrorKind::Refused, unset.to_string())
                    .next_step(format!("set the environment variable `{}`, or give it in `Options::variables`", unset.variable))
            })
        };
        model.pipeline().schemas.iter().map(resolve).collect()
    }

    /// Compares the tables of a model with those that are there; a constant number of queries.
    async fn look(&self, db: &mut Db, model: &Model) -> Result<Drift, Error> {
        let names = self.schema_names(model)?;
        let pipeline = model.pipeline();
        let used: BTreeSet<SchemaId> = pipeline.tables.iter().map(|table| table.schema).collect();
        let schemas: BTreeSet<String> = used.iter().map(|id| names[id.0 as usize].clone()).collect();
        let mut tables: BTreeSet<String> = pipeline.tables.iter().map(|table| table.stored.clone()).collect();
        let attributes = pipeline.tables.iter().flat_map(|table| &table.heading.attributes);
        tables.extend(attributes.filter_map(|attribute| tracked_in(&attribute.ty)));
        let options = InspectOptions {
            schemas: Some(schemas.iter().cloned().collect()),
            tables: Some(tables.into_iter().collect()),
            referrers: false,
        };
        let live = db.inspect(&options).await?;
        let charsets = |catalog: &Catalog| {
            let of = |(name, schema): (&String, &djc_core::catalog::Schema)| Some((name.clone(), Charset::clone(schema.charset.as_ref()?)));
            catalog.schemas.iter().filter_map(of).collect()
        };
        let modules = used.iter().map(|id| pipeline.schema(*id).module.clone()).collect();
        let mut expected = model.state().lower_beside(&names, &modules, db.target(), &charsets(&live.catalog)).catalog;
        let dialect = db.server().dialect();
        for table in expected.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
            dialect.normalize(Arc::make_mut(table));
        }
        let mut differences = diff(&expected, &live.catalog, Some(&schemas));
        differences.retain(|difference| !live.may_explain(difference));
        Ok(Drift::of(differences, db.server(), &names))
    }
}

/// Returns the table that an attribute of datajoint 0.14 refers to for what it keeps in a store.
fn tracked_in(ty: &AttributeType) -> Option<String> {
    match ty {
        AttributeType::External(external) => Some(tracking_table(&external.store)),
        AttributeType::Adapted { stored, .. } => tracked_in(stored),
        _ => None,
    }
}
