//! What rows give to stores, put before the rows are sent.

use djc_core::ir::AttributeType;
use djc_core::plan::Literal;
use djc_core::value::Value;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::target::Target;
use crate::codec::{self, For, Kept};
use crate::connection::{BoxFuture, Session};
use crate::fault::Error;
use crate::field::Given;
use crate::table::Place;

/// Rows whose content is on its way at once.
const ROWS_MAX: usize = 8;

/// What is done to a value before its row is made ready.
enum Before {
    /// It goes into a store.
    Put(Kept),
    /// A file goes into the table itself.
    Attach,
}

impl Before {
    fn of(ty: &AttributeType) -> Option<Before> {
        match ty {
            AttributeType::Attach => Some(Before::Attach),
            AttributeType::Adapted { stored, .. } => Before::of(stored),
            AttributeType::Codec(codec) if codec.name == "attach" && *codec.stored == AttributeType::Bytes => Some(Before::Attach),
            ty => Kept::of(ty).map(Before::Put),
        }
    }
}

/// Puts what the rows give to stores; in its place stands what goes into the column.
pub(super) async fn put(session: &dyn Session, target: &Target, rows: Vec<&mut [(Place, Given)]>) -> Result<(), Error> {
    let before: Vec<Option<Before>> = target.attributes.iter().map(|attribute| Before::of(&attribute.ty)).collect();
    if before.iter().all(Option::is_none) {
        return Ok(());
    }
    let mut puts: Vec<BoxFuture<'_, Result<(), Error>>> = Vec::with_capacity(rows.len());
    for (at, row) in rows.into_iter().enumerate() {
        puts.push(Box::pin(put_row(session, target, &before, at, row)));
    }
    stream::iter(puts).buffer_unordered(ROWS_MAX).try_collect().await
}

async fn put_row(
    session: &dyn Session,
    target: &Target,
    before: &[Option<Before>],
    at: usize,
    row: &mut [(Place, Given)],
) -> Result<(), Error> {
    let positions: Vec<Option<usize>> = row.iter().enumerate().map(|(at, (place, _))| target.position_of(at, place)).collect();
    let mut key = Vec::new();
    for (own, attribute) in target.attributes.iter().enumerate().filter(|(_, attribute)| attribute.in_key) {
        let found = positions.iter().position(|position| *position == Some(own));
        // A number that the server gives is not known yet, and left out of paths, as datajoint does.
        if let Some(Given::Value(value)) = found.map(|at| &row[at].1).filter(|given| **given != Given::Value(Value::Null)) {
            key.push((attribute.name.clone(), value.clone()));
        }
    }
    for (at_value, (_, given)) in row.iter_mut().enumerate() {
        // What the table does not have is reported when the row is made ready.
        let Some(own) = positions[at_value].filter(|own| *own < before.len()) else { continue };
        let Some(before) = &before[own] else { continue };
        let attribute = target.attributes[own].name.as_str();
        let place = For { schema: &target.table.schema, table: &target.table.name, attribute, key: &key };
        let taken = std::mem::replace(given, Given::Default);
        let put = match before {
            Before::Put(kept) => codec::put(session, kept, place, taken).await,
            Before::Attach => codec::attached(place, taken).await.map(|given| match given {
                Given::Value(Value::Bytes(bytes)) => Given::Column(Literal::Bytes(bytes)),
                other => other,
            }),
        };
        *given = put.map_err(|error| error.table(&target.name).value("row", (at + 1).to_string()))?;
    }
    Ok(())
}

/// Returns whether what the attribute is given goes into a store, and is known when it is there.
pub(super) fn is_kept(ty: &AttributeType) -> bool {
    Before::of(ty).is_some()
}
