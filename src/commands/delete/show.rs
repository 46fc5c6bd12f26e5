//! What goes, as a page and as JSON.

use djc_runtime::delete::{Deleted, Lonely, Loss, Preview, Target};
use serde_json::{Value as Json, json};

use crate::commands::grid::{Cell, Grid, Style};
use crate::commands::ui::Channel;
use crate::commands::{Error, Ui};
use crate::diag::counted;

/// What was found out, and what was done.
pub(super) struct Told {
    pub target: Target,
    pub preview: Preview,
    pub deleted: Option<Deleted>,
}

/// Prints the tables that lose rows.
pub(super) fn preview(ui: &Ui, preview: &Preview) -> Result<(), Error> {
    let mut grid = Grid::default();
    for (at, loss) in preview.tables.iter().enumerate() {
        let style = if at == preview.root { Style::Bold } else { Style::Plain };
        grid.row([Cell::new(&loss.name).styled(style), Cell::number(grouped(loss.rows)), Cell::new(stored(loss)).styled(Style::Dim)]);
    }
    grid.head([Cell::new("table").styled(Style::Dim), Cell::number("rows").styled(Style::Dim), Cell::new("")]);
    ui.print(grid.render(0, ui.look(Channel::Out).color))?;
    for Lonely { part, master, rows, masters } in &preview.lonely {
        let (rows, masters) = (counted(*rows as usize, "row"), counted(*masters as usize, "row"));
        ui.print(format!("{part} loses {rows} of {masters} of {master} that stay\n"))?;
    }
    Ok(())
}

fn stored(loss: &Loss) -> String {
    format!("{}.{}", loss.schema, loss.table)
}

/// Writes a number with a blank between thousands.
fn grouped(number: u64) -> String {
    crate::commands::numbers::count(djc_runtime::status::Count::Exact(number))
}

/// Returns the whole story for programs.
pub(super) fn json(told: &Told) -> Json {
    let loss = |loss: &Loss| json!({ "schema": loss.schema, "table": loss.table, "name": loss.name, "rows": loss.rows });
    let lonely = |it: &Lonely| json!({ "part": it.part, "master": it.master, "rows": it.rows, "masters": it.masters });
    json!({
        "schema": told.target.schema,
        "table": told.target.table,
        "tables": told.preview.tables.iter().map(loss).collect::<Vec<_>>(),
        "rows": told.preview.rows(),
        "parts": told.preview.lonely.iter().map(lonely).collect::<Vec<_>>(),
        "unseen": told.preview.unseen,
        "deleted": told.deleted.is_some(),
    })
}
