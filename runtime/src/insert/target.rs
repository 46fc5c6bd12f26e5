//! A table as rows are written into it, on one server.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use djc_core::catalog::{self, Catalog, ColumnDefault, ColumnType, IndexPart};
use djc_core::dialect::Server;
use djc_core::ir::{AttributeType, Generation, TableId};
use djc_core::model::{Model, Scope};

use crate::db::Db;
use crate::encode::{Slot, packet_max};
use crate::error::SqlError;
use crate::fault::{Error, ErrorKind};
use crate::field::packs;
use crate::table::Place;

/// Tables that rows were written into on this connection.
#[derive(Default)]
pub(crate) struct Targets {
    /// Models as the server holds them. The model is kept, so that its address is no other's.
    lowered: Mutex<Vec<(Arc<Model>, Arc<Catalog>)>>,
    tables: Mutex<HashMap<(usize, TableId), Arc<Target>>>,
}

/// A table, its attributes and their columns.
#[derive(Debug)]
pub(crate) struct Target {
    pub server: Server,
    /// `module.Class`.
    pub name: String,
    /// The table in SQL.
    pub sql: String,
    /// What its types mean.
    pub generation: Generation,
    /// Attributes that rows may name, in the order of the heading.
    pub attributes: Vec<Attribute>,
    /// The table itself.
    pub table: catalog::Table,
    /// Whether its rows refer to each other, so that their order counts.
    pub refers_to_itself: bool,
    /// The greatest statement that the server takes, in bytes.
    pub packet_max: usize,
}

/// An attribute that can be written.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub name: String,
    pub ty: AttributeType,
    /// The type as it was declared.
    pub declared: String,
    pub column: catalog::Column,
    pub charset: Option<String>,
    pub in_key: bool,
    /// What a row that says nothing gets.
    pub lack: Lack,
}

/// What happens where a row has no value for an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lack {
    /// It is NULL.
    Null,
    /// The server knows what to put there.
    Default,
    /// The row cannot be inserted.
    Refuse,
}

impl Target {
    /// Returns the attribute's column for the encoder.
    pub fn slot(&self, at: usize) -> Slot<'_> {
        let Attribute { ty, column, charset, .. } = &self.attributes[at];
        Slot { ty, generation: self.generation, column, server: self.server, charset: charset.as_deref() }
    }

    /// Returns the position of an attribute.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.attributes.iter().position(|attribute| attribute.name == name)
    }

    /// Returns the position of the attribute that a value of a row is meant for; `at` is the value's place in the row.
    pub fn position_of(&self, at: usize, place: &Place) -> Option<usize> {
        match place {
            Place::InOrder => Some(at).filter(|at| *at < self.attributes.len()),
            Place::Named(name) => self.position(name),
        }
    }

    /// Returns whether values of an attribute are packed.
    pub fn packs(&self, at: usize) -> bool {
        packs(&self.attributes[at].ty, self.generation)
    }

    /// Returns the names of the attributes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|attribute| attribute.name.as_str())
    }

    /// Returns unique indexes besides the key: the columns of each.
    pub fn unique(&self) -> impl Iterator<Item = Vec<&str>> {
        self.table.indexes.iter().filter(|index| index.unique).map(|index| {
            let columns = index.parts.iter().filter_map(|part| match part {
                IndexPart::Column { name, .. } => Some(name.as_str()),
                IndexPart::Expression(_) => None,
            });
            columns.collect()
        })
    }

    /// Returns the position of the attribute that the server numbers.
    pub fn numbered(&self) -> Option<usize> {
        self.attributes.iter().position(|attribute| attribute.column.auto_increment)
    }

    /// Returns an error about an attribute that the table does not have.
    pub fn unknown(&self, attribute: &str, row: Option<usize>) -> Error {
        let nearest = djc_core::nearest::nearest(attribute, self.names());
        let at = row.map(|row| format!("row {}: ", row + 1)).unwrap_or_default();
        let message = match nearest {
            Some(nearest) => format!("{at}{} has no attribute `{attribute}`; did you mean `{nearest}`?", self.name),
            None => format!("{at}{} has no attribute `{attribute}`", self.name),
        };
        let error = Error::new(ErrorKind::UnknownAttribute, message).table(&self.name);
        let error = match nearest {
            Some(nearest) => error.next_step(format!("write `{nearest}`")),
            None => error.next_step(format!("its attributes are {}", self.names().collect::<Vec<_>>().join(", "))),
        };
        error.next_step("to leave out what the table does not have, say ignore_extra_fields()")
    }
}

impl Targets {
    /// Returns the table as it is written into.
    pub async fn get(&self, db: &mut Db, scope: &Scope, model: &Arc<Model>, id: TableId) -> Result<Arc<Target>, Error> {
        let key = (Arc::as_ptr(model) as usize, id);
        if let Some(target) = self.tables.lock().expect("nothing panics with it").get(&key) {
            return Ok(target.clone());
        }
        let catalog = self.lowered(db, scope, model)?;
        let schema = scope.schema(model, id).map_err(|error| Error::new(ErrorKind::Refused, error.to_string()))?;
        let target = Arc::new(read(db, model, id, &schema, &catalog).await?);
        self.tables.lock().expect("nothing panics with it").insert(key, target.clone());
        Ok(target)
    }

    fn lowered(&self, db: &Db, scope: &Scope, model: &Arc<Model>) -> Result<Arc<Catalog>, Error> {
        let mut known = self.lowered.lock().expect("nothing panics with it");
        if let Some((_, catalog)) = known.iter().find(|(other, _)| Arc::ptr_eq(other, model)) {
            return Ok(catalog.clone());
        }
        let names: Vec<String> = model
            .pipeline()
            .schemas
            .iter()
            // A schema whose name is not known is not written into now; its types do not depend on the name.
            .map(|schema| scope.resolve(model, &schema.name).unwrap_or_else(|_| schema.name.template().to_string()))
            .collect();
        let lowered = model.state().lower(&names, &BTreeSet::new(), db.target());
        let catalog = Arc::new(lowered.catalog);
        known.push((model.clone(), catalog.clone()));
        Ok(catalog)
    }
}

async fn read(db: &mut Db, model: &Arc<Model>, id: TableId, schema: &str, catalog: &Catalog) -> Result<Target, Error> {
    let server = db.server();
    let declared = model.table(id);
    let name = model.display_name(id);
    let table = catalog
        .table(schema, &declared.stored)
        .cloned()
        .ok_or_else(|| Error::new(ErrorKind::Refused, format!("{} cannot hold {name}", server.as_str())).table(&name))?;
    let charsets = charsets(db, &table).await?;
    let packet_max = packet_max(db).await?;
    let mut attributes = Vec::new();
    for attribute in declared.heading.attributes.iter().filter(|attribute| !attribute.hidden) {
        let Some(column) = table.column(&attribute.name) else { continue };
        let lack = match column.default {
            _ if column.auto_increment => Lack::Default,
            ColumnDefault::None | ColumnDefault::Null if column.nullable => Lack::Null,
            ColumnDefault::None | ColumnDefault::Null => Lack::Refuse,
            ColumnDefault::Literal(_) | ColumnDefault::CurrentTimestamp(_) | ColumnDefault::Expression(_) => Lack::Default,
        };
        attributes.push(Attribute {
            name: attribute.name.clone(),
            ty: attribute.ty.clone(),
            declared: attribute.type_text.clone(),
            charset: charsets.get(&attribute.name).cloned(),
            column: column.clone(),
            in_key: declared.heading.is_key(&attribute.name),
            lack,
        });
    }
    Ok(Target {
        server,
        name,
        sql: server.table_sql(schema, &declared.stored),
        generation: model.pipeline().schema(declared.schema).generation,
        attributes,
        table,
        refers_to_itself: declared.references.iter().any(|reference| reference.parent == id),
        packet_max,
    })
}

/// Returns the charsets of the columns that hold text. Only the MySQL family has them, and the server may have been told otherwise than the pipeline.
async fn charsets(db: &mut Db, table: &catalog::Table) -> Result<HashMap<String, String>, SqlError> {
    let holds_text = |column: &catalog::Column| {
        matches!(column.ty, ColumnType::Char(_) | ColumnType::Varchar(_) | ColumnType::Text(_) | ColumnType::Enum { .. })
    };
    if !db.server().is_mysql_family() || !table.columns.iter().any(holds_text) {
        return Ok(HashMap::new());
    }
    let sql = "SELECT COLUMN_NAME AS a, CHARACTER_SET_NAME AS b FROM information_schema.COLUMNS \
               WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND CHARACTER_SET_NAME IS NOT NULL";
    let rows = db.query(sql, &[table.schema.as_str().into(), table.name.as_str().into()]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}
