//! Generated code on a database that is not the one it was built for (E-15), and values that it does not know.

use djc_generated::modern::{self, modern as tables};
use djc_generated::workshop::workshop::{MyAnalysisSelection, MyParams, Subject};
use djc_runtime::{Connection, ErrorKind, Options, Session};

use super::{Lab, everywhere, options};
use crate::support::{On, Place};

impl Lab {
    fn table(&self, stored: &str) -> String {
        self.on.server().table_sql(&self.place.schema("workshop"), stored)
    }

    async fn run(&self, sql: &str) {
        let mut db = self.db.lock().await.expect("a session");
        db.execute(sql).await.unwrap_or_else(|error| panic!("{:?}: {error}\n{sql}", self.on));
    }

    /// Opens a connection of somebody who starts now.
    async fn fresh(&self, allow_drift: bool) -> Connection {
        Connection::open(&self.place.link(), Options { allow_drift, ..options(&self.place) }).await.expect("a connection")
    }
}

#[tokio::test]
async fn generated_connect_refuses_a_database_that_has_drifted() {
    let place = Place::new(On::Sqlite).expect("SQLite is always there");
    let db = djc_runtime::connect(&place.link()).await.expect("a file");
    let error = modern::connect(&place.link()).await.map(drop).expect_err("there are no tables");
    assert_eq!(error.kind(), ErrorKind::MissingTable, "{error}");
    modern::deploy(&db).await.unwrap_or_else(|error| panic!("{error}"));
    modern::connect(&place.link()).await.unwrap_or_else(|error| panic!("{error}"));
    let session = db.lock().await.expect("a session").execute("ALTER TABLE \"modern.recording\" ADD COLUMN mean_result float").await;
    session.expect("a column");
    let error = modern::connect(&place.link()).await.map(drop).expect_err("a column is new");
    assert_eq!(error.kind(), ErrorKind::Drift, "{error}");
    for words in ["1 difference", "`mean_result`", "modern.Recording", &modern::FINGERPRINT[..12], "allow_drift", "djc migrate apply"] {
        assert!(error.to_string().contains(words), "no {words} in {error}");
    }
    let allowed = Connection::open(&place.link(), Options { allow_drift: true, ..Options::default() }).await.expect("a connection");
    assert!(tables::Recording::all().is_empty(&allowed).await.unwrap_or_else(|error| panic!("{error}")));
}

#[tokio::test]
async fn every_table_of_a_query_is_looked_at_before_it_is_read() {
    everywhere(async |lab: &Lab| {
        lab.run(&format!("ALTER TABLE {} ADD COLUMN odd integer", lab.table("my_analysis_selection"))).await;
        // Of a join and of what restricts.
        for query in [(MyParams::all() * MyAnalysisSelection::all()).proj(()), (MyParams::all() & MyAnalysisSelection::all()).dynamic()] {
            let db = lab.fresh(false).await;
            let error = query.count(&db).await.expect_err("a column is new");
            assert_eq!(error.kind(), ErrorKind::Drift, "{:?}: {error}", lab.on);
            assert!(error.to_string().contains("`odd`"), "{:?}: {error}", lab.on);
        }
        let db = lab.fresh(false).await;
        let error = Subject::all().delete(&db).await.expect_err("nothing is deleted from what has drifted");
        assert_eq!(error.kind(), ErrorKind::Drift, "{:?}: {error}", lab.on);
    })
    .await;
}

#[tokio::test]
async fn a_value_that_the_enum_of_the_program_lacks_is_named() {
    everywhere(async |lab: &Lab| {
        let subject = lab.table("subject");
        match lab.on {
            On::MariaDb | On::MySql => {
                lab.run(&format!("ALTER TABLE {subject} MODIFY species enum('mouse','rat','other','hamster') NOT NULL DEFAULT 'mouse'")).await;
            }
            On::Postgres => {
                let sql = "SELECT format_type(a.atttypid, a.atttypmod) AS a FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attname = 'species'";
                let ty = lab.db.lock().await.expect("a session").query(sql, &[subject.as_str().into()]).await.expect("its type");
                lab.run(&format!("ALTER TYPE {} ADD VALUE 'hamster'", ty[0].text(0).expect("a name"))).await;
            }
            On::Sqlite => lab.run("PRAGMA ignore_check_constraints = ON").await,
        }
        lab.run(&format!("UPDATE {subject} SET species = 'hamster' WHERE subject_id = 'r1'")).await;
        let db = lab.fresh(true).await;
        let error = Subject::all().fetch(&db).await.expect_err("there are no hamsters");
        assert_eq!(error.kind(), ErrorKind::Read, "{:?}: {error}", lab.on);
        for words in ["`species`", "workshop.Subject", "'hamster'", "enum that this program was built with"] {
            assert!(error.to_string().contains(words), "{:?}: no {words} in {error}", lab.on);
        }
        assert!(error.details().values.contains(&("subject_id".to_string(), "'r1'".to_string())), "{:?}", error.details());
        assert_eq!(Subject::all().fetch_maps(&db).await.expect("maps have texts").len(), 3, "{:?}", lab.on);
    })
    .await;
}
