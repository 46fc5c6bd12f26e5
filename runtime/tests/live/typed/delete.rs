//! Deletes through typed queries: what a preview says is what goes.

use std::collections::BTreeMap;

use djc_generated::workshop::workshop::my_grouping::{MyUnit, my_unit};
use djc_generated::workshop::workshop::subject::Species;
use djc_generated::workshop::workshop::{
    AnalysisOutput, MyAnalysis, MyAnalysisSelection, MyGrouping, MyParamsKey, SubjBlinded, SubjBlindedKey, Subject, SubjectKey,
    my_analysis, my_grouping, subject,
};
use djc_runtime::delete::{self, Delete, Preview};
use djc_runtime::table::Projection;
use djc_runtime::{ErrorKind, Session};

use super::{Lab, everywhere, id};

/// Returns what a preview says, by class.
fn said(preview: &Preview) -> BTreeMap<String, u64> {
    // Behind the schema: `lab_workshop.MyAnalysis.MyPart`.
    let name = |name: &str| name.split_once('.').expect("a schema").1.to_string();
    preview.tables.iter().filter(|loss| loss.rows > 0).map(|loss| (name(&loss.name), loss.rows)).collect()
}

fn map(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
    pairs.iter().map(|(name, rows)| (name.to_string(), *rows)).collect()
}

impl Lab {
    /// Previews and deletes in a transaction that is rolled back. What goes is what the preview says and what is expected, and what is left is what was
    /// there before without that.
    async fn loses(&self, expected: &[(&str, u64)], delete: impl for<'s> Fn(&'s dyn Session) -> Delete<'s>) {
        let before = self.counts().await;
        let preview = delete(&self.db).preview().await.unwrap_or_else(|error| panic!("{:?}: {error}", self.on));
        assert_eq!(said(&preview), map(expected), "{:?}", self.on);
        assert_eq!(self.counts().await, before, "{:?}: a preview changes nothing", self.on);
        let transaction = self.db.begin().await.unwrap_or_else(|error| panic!("{:?}: {error}", self.on));
        let deleted = delete(&transaction).exactly(preview.clone()).await.unwrap_or_else(|error| panic!("{:?}: {error}", self.on));
        assert_eq!(deleted.rows, preview.tables[preview.root].rows, "{:?}", self.on);
        let lost: BTreeMap<String, u64> =
            deleted.tables.iter().map(|loss| (loss.name.split_once('.').expect("a schema").1.to_string(), loss.rows)).collect();
        assert_eq!(lost, map(expected), "{:?}", self.on);
        transaction.rollback().await.unwrap_or_else(|error| panic!("{:?}: {error}", self.on));
        assert_eq!(self.counts().await, before, "{:?}: it went with the transaction", self.on);
    }

    async fn refuses(&self, kind: ErrorKind, words: &[&str], delete: Delete<'_>) {
        let before = self.counts().await;
        let Err(error) = delete.await else { panic!("{:?}: it was deleted", self.on) };
        assert_eq!(error.kind(), kind, "{:?}: {error}", self.on);
        for word in words {
            assert!(error.to_string().contains(word), "{:?}: no `{word}` in {error}", self.on);
        }
        assert_eq!(self.counts().await, before, "{:?}", self.on);
    }
}

#[tokio::test]
async fn what_a_preview_says_is_what_goes() {
    everywhere(async |lab: &Lab| {
        let fast = MyAnalysis::all() & my_analysis::mean_rate.gt(2.0f32) & my_analysis::param_name.eq("default");
        lab.loses(&[("MyAnalysis", 1)], |db| fast.delete(db)).await;
        let first = SubjBlindedKey { subject_id: id(1) };
        let analyses = MyAnalysis::all() & &first;
        let all = [("MyAnalysis", 1), ("MyAnalysis.MyPart", 2), ("AnalysisOutput.MyAnalysis", 1)];
        lab.loses(&all, |db| analyses.delete(db).force_parts()).await;
        let with_master = [("MyAnalysis", 1), ("MyAnalysis.MyPart", 2), ("AnalysisOutput.MyAnalysis", 1), ("AnalysisOutput", 1)];
        lab.loses(&with_master, |db| analyses.delete(db).force_masters()).await;
        // A renamed attribute leads down, and masters come along with their other parts.
        let second = Subject::all() & SubjectKey { subject_id: "m2".into() };
        let below = [
            ("Subject", 1),
            ("SubjBlinded", 1),
            ("MyAnalysisSelection", 1),
            ("MyAnalysis", 1),
            ("MyGrouping", 1),
            ("MyGrouping.MyUnit", 2),
        ];
        lab.loses(&below, |db| second.delete(db).force_masters()).await;
        // Rows are chosen by an order, by other tables, by lists.
        lab.loses(&[("Subject", 1)], |db| Subject::all().order_by(subject::subject_id.desc()).limit(1).delete(db)).await;
        let blinded = SubjBlinded::all().proj(Projection::key().rename("random", "subject_id").rename("subject_id", "actual_id"));
        lab.loses(&[("Subject", 1)], |db| Subject::all().exclude(&blinded).delete(db)).await;
        let todo = MyAnalysisSelection::all() - MyAnalysis::all();
        lab.loses(&[("MyAnalysisSelection", 1)], |db| todo.delete(db)).await;
        let either = MyGrouping::all() & [my_grouping::group_id.eq(1), my_grouping::group_name.eq("all")];
        lab.loses(&[("MyGrouping", 2), ("MyGrouping.MyUnit", 3)], |db| either.delete(db)).await;
        lab.loses(&[], |db| (Subject::all() & false).delete(db)).await;
        lab.loses(&[("MyGrouping.MyUnit", 2)], |db| (MyUnit::all() & my_unit::subject_id.eq(id(1))).delete_part(db).force_parts()).await;
    })
    .await;
}

#[tokio::test]
async fn tables_are_dropped_with_what_stands_on_them_or_alone() {
    everywhere(async |lab: &Lab| {
        let db = &lab.db;
        let error = delete::drop_quick::<SubjBlinded>(db).await.expect_err("tables refer to it");
        assert_eq!(error.kind(), ErrorKind::HasChildren, "{:?}: {error}", lab.on);
        for words in ["SubjBlinded", "MyAnalysisSelection", "MyGrouping.MyUnit", "`drop` takes along"] {
            assert!(error.to_string().contains(words), "{:?}: no {words} in {error}", lab.on);
        }
        let error = delete::drop::<MyAnalysis>(db).await.expect_err("a part of a master that stays refers to it");
        assert_eq!(error.kind(), ErrorKind::PartBeforeMaster, "{:?}: {error}", lab.on);
        lab.counts().await;
        let preview = delete::drop::<AnalysisOutput>(db).preview().await.unwrap_or_else(|error| panic!("{:?}: {error}", lab.on));
        let all = [("AnalysisOutput", 1), ("AnalysisOutput.MyAnalysis", 1)];
        assert_eq!((said(&preview), preview.tables.len()), (map(&all), 3), "{:?}", lab.on);
        let dropped = delete::drop::<AnalysisOutput>(db).await.unwrap_or_else(|error| panic!("{:?}: {error}", lab.on));
        assert_eq!(dropped.tables, preview.tables, "{:?}", lab.on);
        let dropped = delete::drop::<MyAnalysis>(db).await.unwrap_or_else(|error| panic!("{:?}: {error}", lab.on));
        assert_eq!(dropped.tables.iter().map(|loss| loss.rows).collect::<Vec<_>>(), [2, 2], "{:?}", lab.on);
        let missing = MyAnalysis::all().count(db).await.expect_err("it is gone");
        assert_eq!(missing.kind(), ErrorKind::MissingTable, "{:?}: {missing}", lab.on);
    })
    .await;
}

#[tokio::test]
async fn what_would_leave_half_a_result_is_refused() {
    everywhere(async |lab: &Lab| {
        let db = &lab.db;
        let mice = Subject::all() & subject::species.eq(Species::Mouse);
        lab.refuses(ErrorKind::PartBeforeMaster, &["part table", "MyUnit", "force_masters"], mice.delete(db)).await;
        let part = MyUnit::all() & my_unit::group_id.eq(1);
        lab.refuses(ErrorKind::PartDirectly, &["Cannot delete from a Part directly", "MyGrouping"], part.delete_part(db)).await;
        // The key of a table that has nothing to do with it.
        let nothing = Subject::all() & MyParamsKey { param_name: "default".into() };
        lab.refuses(ErrorKind::NoEffect, &["`param_name`", "`subject_id`"], nothing.delete(db)).await;
        lab.refuses(ErrorKind::UnknownAttribute, &["`specie`", "species"], (Subject::all() & "specie = 'rat'").delete(db)).await;
        // Without a cascade the server refuses, and the children are counted.
        let before = lab.counts().await;
        for transaction in [false, true] {
            let first = SubjBlinded::all() & SubjBlindedKey { subject_id: id(1) };
            let error = match transaction {
                false => first.delete_quick(db).await,
                true => {
                    let transaction = db.begin().await.expect("a transaction");
                    let outcome = first.delete_quick(&transaction).await;
                    assert_eq!(SubjBlinded::all().count(&transaction).await.expect("it goes on"), 2, "{:?}", lab.on);
                    transaction.commit().await.expect("it commits");
                    outcome
                }
            };
            let error = error.expect_err("rows stand on it");
            assert_eq!(error.kind(), ErrorKind::HasChildren, "{:?}: {error}", lab.on);
            for words in ["2 row(s) of workshop.MyAnalysisSelection", "2 row(s) of workshop.MyGrouping.MyUnit", "use `delete`"] {
                assert!(error.to_string().contains(words), "{:?}: {error}", lab.on);
            }
        }
        assert_eq!(lab.counts().await, before, "{:?}", lab.on);
        let rat = Subject::all() & subject::species.eq(Species::Rat);
        assert_eq!(rat.delete_quick(db).await.unwrap_or_else(|error| panic!("{:?}: {error}", lab.on)), 1);
        assert!(rat.is_empty(db).await.expect("an answer"), "{:?}", lab.on);
    })
    .await;
}
