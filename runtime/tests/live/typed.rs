//! Tables of the generated crate on every server: what a program writes, from the type of a table to rows.

#[path = "typed/conditions.rs"]
mod conditions;
#[path = "typed/delete.rs"]
mod delete;
#[path = "typed/drift.rs"]
mod drift;
#[path = "typed/operators.rs"]
mod operators;

use std::collections::BTreeMap;

use djc_core::value::Value;
use djc_generated::workshop::workshop::analysis_output::{MyAnalysis as OutputOfMyAnalysis, my_analysis as output_of_my_analysis};
use djc_generated::workshop::workshop::my_analysis::{MyPart, my_part};
use djc_generated::workshop::workshop::my_grouping::{MyUnit, my_unit};
use djc_generated::workshop::workshop::subject::Species;
use djc_generated::workshop::workshop::{
    AnalysisOutput, MyAnalysis, MyAnalysisSelection, MyGrouping, NewAnalysisOutput, NewMyAnalysis, NewMyAnalysisSelection, NewMyGrouping,
    NewSubjBlinded, NewSubject, SubjBlinded, Subject,
};
use djc_runtime::chrono::NaiveDate;
use djc_runtime::uuid::Uuid;
use djc_runtime::{ConnectOptions, Connection, Error, Options, Query, insert};

use crate::support::{On, Place};

/// The workshop on a server, with two blinded mice, a rat, groups and analyses.
pub struct Lab {
    pub on: On,
    pub db: Connection,
    place: Place,
}

/// The random name of an animal.
pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// Runs a test on every server.
pub async fn everywhere(test: impl AsyncFn(&Lab)) {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let db = Connection::open(&place.link(), options(&place)).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        djc_generated::workshop::deploy(&db).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        let lab = Lab { on, db, place };
        lab.fill().await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        test(&lab).await;
        let Lab { db, place, .. } = lab;
        drop(db);
        place.clean().await;
    }
}

fn options(place: &Place) -> Options {
    let session = ConnectOptions { create: true, ..ConnectOptions::default() };
    let prefix = place.prefix.trim_end_matches('_').to_string();
    Options { session, variables: BTreeMap::from([("SCHEMA_PREFIX".to_string(), prefix)]), ..Options::default() }
}

impl Lab {
    async fn fill(&self) -> Result<(), Error> {
        let db = &self.db;
        let born = day("2024-02-29");
        let subjects = [
            NewSubject::new("m1").date_of_birth(born),
            NewSubject::new("m2").note("a%b 'quoted'"),
            NewSubject::new("r1").species(Species::Rat),
        ];
        Subject::insert(db, subjects).await?;
        SubjBlinded::insert(db, [NewSubjBlinded::new(id(1), "m1"), NewSubjBlinded::new(id(2), "m2")]).await?;
        MyGrouping::insert(db, [NewMyGrouping::new("controls").group_id(1), NewMyGrouping::new("all").group_id(2)]).await?;
        MyUnit::insert(db, [(1, id(1)), (2, id(1)), (2, id(2))].map(|(group, animal)| my_unit::New::new(group, animal))).await?;
        let selected = [(1, "default"), (1, "fast"), (2, "default")];
        MyAnalysisSelection::insert(db, selected.map(|(animal, name)| NewMyAnalysisSelection::new(id(animal), name))).await?;
        let made = [NewMyAnalysis::new(id(1), "default", 1.5), NewMyAnalysis::new(id(2), "default", 2.5)];
        insert::made::<MyAnalysis>(db, made).await?;
        let windows = [("0", 3), ("1.5", 4)].map(|(start, events)| {
            let start = start.parse().expect("a number");
            my_part::New::new(id(1), "default", start, events)
        });
        insert::made::<MyPart>(db, windows).await?;
        AnalysisOutput::insert1(db, NewAnalysisOutput::new(id(9), "MyAnalysis")).await?;
        OutputOfMyAnalysis::insert1(db, output_of_my_analysis::New::new(id(9), id(1), "default")).await?;
        Ok(())
    }

    /// Returns the rows as texts, `m1 mouse`, sorted.
    pub async fn rows<T>(&self, query: &Query<T>) -> Vec<String> {
        let mut rows = self.in_order(query).await;
        rows.sort();
        rows
    }

    /// Returns the rows as texts in the order in which they come.
    pub async fn in_order<T>(&self, query: &Query<T>) -> Vec<String> {
        let shown = |value: &Value| match value {
            Value::Null => "-".to_string(),
            Value::Text(text) => text.clone(),
            // The last digit tells the random names of this lab apart.
            Value::Uuid(id) => format!("u{}", id.as_u128()),
            other => other.to_string(),
        };
        let rows = query.fetch_maps(&self.db).await.unwrap_or_else(|error| panic!("{:?}: {error}", self.on));
        rows.iter().map(|row| row.values().iter().map(shown).collect::<Vec<_>>().join(" ")).collect()
    }

    /// Returns how many rows each table has that a delete may touch.
    pub async fn counts(&self) -> BTreeMap<&'static str, u64> {
        let db = &self.db;
        let mut out = BTreeMap::new();
        let mut put = |name, rows: Result<u64, Error>| out.insert(name, rows.unwrap_or_else(|error| panic!("{:?}: {error}", self.on)));
        put("Subject", Subject::all().count(db).await);
        put("SubjBlinded", SubjBlinded::all().count(db).await);
        put("MyGrouping", MyGrouping::all().count(db).await);
        put("MyGrouping.MyUnit", MyUnit::all().count(db).await);
        put("MyAnalysisSelection", MyAnalysisSelection::all().count(db).await);
        put("MyAnalysis", MyAnalysis::all().count(db).await);
        put("MyAnalysis.MyPart", MyPart::all().count(db).await);
        put("AnalysisOutput", AnalysisOutput::all().count(db).await);
        put("AnalysisOutput.MyAnalysis", OutputOfMyAnalysis::all().count(db).await);
        out
    }
}
