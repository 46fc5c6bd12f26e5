//! What a delete would take, over ten levels.

use djc_runtime::core::value::Value;
use djc_runtime::delete::{self, Target};
use djc_runtime::insert::into_table;
use djc_runtime::serde_json::json;

use super::peer::Peer;
use super::pipeline::{Definition, Place};
use super::race::Race;

const LEVELS: usize = 10;

/// How many rows stand on each row; one in ten levels has 29 524 with itself.
const CHILDREN: i64 = 3;

/// Rows of the first level, of which one is to go.
const ROOTS: i64 = 2;

/// How often everything is measured.
const TIMES: usize = 3;

pub async fn measure(place: &Place, peers: &mut [Peer]) {
    let definition = |level: usize| Definition {
        class: format!("Level{level}"),
        parent: level.checked_sub(1),
        attributes: vec![(format!("k{level}"), "int"), ("note".to_string(), "varchar(8)")],
    };
    let tables = place.deploy(&(0..LEVELS).map(definition).collect::<Vec<_>>()).await;
    let mut keys: Vec<Vec<Value>> = (0..ROOTS).map(|root| vec![Value::from(root)]).collect();
    for level in 0..LEVELS {
        let row = |key: &Vec<Value>| [key.clone(), vec![Value::from("a note")]].concat();
        let rows: Vec<Vec<Value>> = keys.iter().map(row).collect();
        into_table(&tables.db, &tables.model, tables.id(&format!("Level{level}")), rows).await.expect("rows that fit");
        let below = |key: &Vec<Value>| (0..CHILDREN).map(|child| [key.clone(), vec![Value::from(child)]].concat()).collect::<Vec<_>>();
        keys = keys.iter().flat_map(below).collect();
    }
    let restriction = "k0 = 1";
    let root = tables.query("Level0").restrict(restriction);
    let target = Target::of(root.check().expect("a condition"), tables.db.dialect()).expect("a table");
    let rows: u64 = (0..LEVELS as u32).map(|level| CHILDREN.pow(level) as u64).sum();
    let what = format!("count the {rows} rows that a delete over {LEVELS} levels takes, before anything is deleted");
    let question = ("preview", json!({"of": tables.name("Level0"), "restriction": restriction}));
    let ours = async || delete::delete(&tables.db, target.clone()).preview().await.expect("a preview");
    Race { what: &what, times: TIMES, question }.run(peers, async || {}, ours, |preview| preview.rows()).await;
}
