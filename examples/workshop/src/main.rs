//! The workshop pipeline from Rust: tables that are made, rows that go in and come out.
//!
//! `cargo run -p djc-example-workshop -- sqlite:workshop.db`, or any other URL.

use djc_runtime::uuid::Uuid;
use djc_runtime::{Connection, Error};
use serde::{Deserialize, Serialize};

mod pipeline {
    include!(concat!(env!("OUT_DIR"), "/djc.rs"));
}

use pipeline::workshop::my_analysis_selection::New as NewSelection;
use pipeline::workshop::subject::Species;
use pipeline::workshop::{
    MyAnalysisSelection, MyParams, NewMyParams, NewSubjBlinded, NewSubject, SubjBlinded, Subject, my_params, subject,
};

/// What stands in the blob `params`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Length of a window, in seconds.
    pub window_s: f64,
    /// Events are what is above it.
    pub threshold: f64,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let url = std::env::args().nth(1).unwrap_or("sqlite:workshop.db".to_string());
    let db = djc_runtime::connect(&url).await?;
    pipeline::deploy(&db).await?;
    fill(&db).await?;
    ask(&db).await
}

async fn fill(db: &Connection) -> Result<(), Error> {
    let rows = vec![NewSubject::new("M001"), NewSubject::new("M002").note("shy"), NewSubject::new("R001").species(Species::Rat)];
    let inserted = Subject::insert(db, rows).skip_duplicates().await?;
    println!("{} animals are new", inserted.inserted);

    SubjBlinded::insert1(db, NewSubjBlinded::new(Uuid::from_u128(1), "M001")).skip_duplicates().await?;
    let slow = NewMyParams::new("slow", Params { window_s: 5.0, threshold: 0.5 });
    MyParams::insert1(db, slow).skip_duplicates().await?;
    MyAnalysisSelection::insert1(db, NewSelection::new(Uuid::from_u128(1), "slow")).skip_duplicates().await?;
    Ok(())
}

async fn ask(db: &Connection) -> Result<(), Error> {
    let mice = Subject::all() & subject::species.eq(Species::Mouse);
    for mouse in mice.order_by(subject::subject_id.asc()).fetch(db).await? {
        println!("{} is a {}", mouse.subject_id, mouse.species);
    }

    // The key of a child restricts its parents.
    for key in MyAnalysisSelection::all().keys(db).await? {
        let params = (MyParams::all() & &key).fetch1(db).await?;
        println!("{} has windows of {} s", params.param_name, params.params.window_s);
    }

    let pairs = SubjBlinded::all() * MyParams::all();
    let todo = pairs - MyAnalysisSelection::all();
    println!("{} pairs are not selected", todo.count(db).await?);
    println!("{}", (MyParams::all() & my_params::param_name.eq("slow")).to_sql(db.dialect())?);

    // What would go with an animal, and nothing goes.
    let first = Subject::all() & subject::subject_id.eq("M001");
    print!("{}", first.delete(db).preview().await?);
    Ok(())
}
