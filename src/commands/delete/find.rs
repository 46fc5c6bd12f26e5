//! Which table is meant: by its name on the server, by its class, or by its name in the project.

use djc_core::nearest::nearest;
use djc_runtime::Db;

use super::said::Stop;
use crate::commands::Ui;
use crate::commands::compile::{Request, compile};
use crate::commands::status::class;
use crate::diag::codes::DELETE_TABLE;

/// Returns schema and stored name.
pub(super) async fn find(ui: &Ui, db: &mut Db, text: &str) -> Result<(String, String), Stop> {
    let tables = db.table_names().await.map_err(Box::new)?;
    let plain: String = text.chars().filter(|c| !matches!(c, '`' | '"')).collect();
    let stored = |(schema, table): &&(String, String)| format!("{schema}.{table}") == plain;
    if let Some(found) = tables.iter().find(stored) {
        return Ok(found.clone());
    }
    if let Some(found) = declared(ui, &plain).filter(|found| tables.contains(found)) {
        return Ok(found);
    }
    let called = |(schema, table): &&(String, String)| {
        let class = class(table);
        class == plain || format!("{schema}.{class}") == plain
    };
    let found: Vec<&(String, String)> = tables.iter().filter(called).collect();
    match found.as_slice() {
        [found] => Ok((*found).clone()),
        [] => {
            let mut known: Vec<String> = Vec::new();
            for (schema, table) in &tables {
                known.extend([format!("{schema}.{table}"), format!("{schema}.{}", class(table)), class(table)]);
            }
            let near = nearest(&plain, known.iter().map(String::as_str));
            let found = DELETE_TABLE.anywhere(format!("there is no table `{text}` that this account sees"));
            Err(Stop::found(match near {
                Some(near) => found.help(format!("did you mean `{near}`?")),
                None => found.help("write `schema.table` as the server has it, or the name of the class"),
            }))
        }
        several => {
            let names: Vec<String> = several.iter().map(|(schema, table)| format!("`{schema}.{table}`")).collect();
            let found = DELETE_TABLE.anywhere(format!("`{text}` is the class of several tables"));
            Err(Stop::found(found.help(format!("write one of {}", names.join(", ")))))
        }
    }
}

/// Returns the table that the sources around call so.
fn declared(ui: &Ui, name: &str) -> Option<(String, String)> {
    let compiled = compile(ui, &Request::default()).ok()?;
    let (_, table) = compiled.pipeline.tables().find(|(id, _)| compiled.pipeline.qualified_name(*id) == name)?;
    Some((compiled.names.get(table.schema.0 as usize)?.clone(), table.stored.clone()))
}
