//! Making what generated code needs.

use std::collections::BTreeSet;
use std::sync::Arc;

use djc_core::model::Model;

use super::{Connection, Session, ready};
use crate::deploy::{DeployError, DeployOptions, Desired, Silent, deploy};
use crate::fault::{Error, ErrorKind};

impl Connection {
    /// Makes the schemas and tables of generated code that are missing, with the rows of their `contents`, as `djc deploy` does. What exists is not altered.
    ///
    /// # Errors
    /// What the server cannot hold or refuses; running again goes on where it stopped. [`ErrorKind::Drift`] when tables were there and are not as the code
    /// has them, unless [`Options::allow_drift`](super::Options::allow_drift) is set.
    pub async fn deploy(&self, model: &Arc<Model>) -> Result<(), Error> {
        let names = self.schema_names(model)?;
        {
            let mut db = self.lock().await?;
            let charsets = db.charsets_of(&names).await?;
            let owned: BTreeSet<String> =
                model.pipeline().schemas.iter().filter(|schema| schema.owned).map(|it| it.module.clone()).collect();
            let lowered = model.state().lower_beside(&names, &owned, db.target(), &charsets);
            if let Some(problem) = lowered.problems.first() {
                let others = lowered.problems[1..].iter().map(|problem| problem.kind.to_string());
                let error = Error::new(ErrorKind::Refused, problem.kind.to_string()).table(model.display_name(problem.table));
                let error = problem.attribute.iter().fold(error, |error, attribute| error.value(attribute, "cannot be held"));
                return Err(others.fold(error, Error::next_step));
            }
            let desired = Desired::new(model.pipeline(), &names, lowered);
            let report = deploy(&mut db, &desired, &DeployOptions::default(), &mut Silent).await;
            report.map_err(refused)?;
        }
        ready(self, model).await
    }
}

fn refused(error: DeployError) -> Error {
    let kind = match &error {
        DeployError::Lost { .. } => ErrorKind::Lost,
        DeployError::Blocked { .. } => ErrorKind::Contention,
        DeployError::Denied { .. } => ErrorKind::Denied,
        DeployError::MissingParent { .. } => ErrorKind::MissingTable,
        DeployError::Contents { .. } => ErrorKind::Value,
        DeployError::SharedParent { .. } | DeployError::ParentCharset { .. } => ErrorKind::Refused,
        DeployError::Refused { .. } | DeployError::Inspect(_) => ErrorKind::Server,
    };
    let help = error.help();
    let fault = help.into_iter().fold(Error::new(kind, error.to_string()), Error::next_step);
    match error {
        DeployError::Lost { source, .. }
        | DeployError::Blocked { source, .. }
        | DeployError::Denied { source, .. }
        | DeployError::Refused { source, .. } => fault.source(*source),
        DeployError::Inspect(source) => fault.source(source),
        DeployError::MissingParent { .. }
        | DeployError::SharedParent { .. }
        | DeployError::ParentCharset { .. }
        | DeployError::Contents { .. } => fault,
    }
}
