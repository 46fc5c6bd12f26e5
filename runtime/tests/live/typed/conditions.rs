//! Conditions on columns of every type: what is bound is what the column holds, on every server.

use djc_generated::workshop::workshop::my_analysis::{MyPart, my_part};
use djc_generated::workshop::workshop::subject::Species;
use djc_generated::workshop::workshop::{MyAnalysis, MyGrouping, SubjBlinded, Subject, my_analysis, my_grouping, subj_blinded, subject};
use djc_runtime::rust_decimal::Decimal;
use djc_runtime::table::Condition;
use djc_runtime::{Query, table::Table};

use super::{Lab, day, everywhere, id};

fn number(text: &str) -> Decimal {
    text.parse().expect("a number")
}

#[tokio::test]
async fn every_type_is_compared_as_it_is_stored() {
    everywhere(async |lab: &Lab| {
        // Texts, enums, days and what is not there.
        let of = |condition: Condition<Subject>| (Subject::all() & condition).proj(());
        for (condition, rows) in [
            (subject::subject_id.ge("m2"), vec!["m2", "r1"]),
            (subject::subject_id.is_in(["m1", "x"]), vec!["m1"]),
            (subject::subject_id.between("m2", "r0"), vec!["m2"]),
            (subject::subject_id.like("m_"), vec!["m1", "m2"]),
            (subject::note.ne(""), vec!["m2"]),
            (subject::species.ne(Species::Mouse), vec!["r1"]),
            (subject::species.is_in([Species::Rat, Species::Other]), vec!["r1"]),
            (subject::date_of_birth.eq(day("2024-02-29")), vec!["m1"]),
            (subject::date_of_birth.lt(day("2024-03-01")), vec!["m1"]),
            (subject::date_of_birth.between(day("2024-01-01"), day("2024-02-28")), vec![]),
            (subject::date_of_birth.is_not_null(), vec!["m1"]),
            (subject::date_of_birth.eq(None), vec!["m2", "r1"]),
        ] {
            assert_eq!(lab.rows(&of(condition.clone())).await, rows, "{:?}: {condition:?}", lab.on);
        }
        // UUIDs.
        assert_eq!(lab.rows(&(SubjBlinded::all() & subj_blinded::subject_id.eq(id(2)))).await, ["u2 m2"]);
        assert_eq!(lab.rows(&(SubjBlinded::all() & subj_blinded::subject_id.is_in([id(1), id(7)]))).await, ["u1 m1"]);
        // Whole numbers, decimals, floats and moments.
        count(lab, MyGrouping::all() & my_grouping::group_id.gt(1), 1).await;
        count(lab, MyPart::all() & my_part::window_start.eq(number("1.5")), 1).await;
        count(lab, MyPart::all() & my_part::window_start.ge(number("0.001")), 1).await;
        count(lab, MyPart::all() & my_part::window_start.is_in([number("0"), number("1.500")]), 2).await;
        count(lab, MyPart::all() & my_part::events.le(3u32), 1).await;
        count(lab, MyAnalysis::all() & my_analysis::mean_rate.between(1.0f32, 2.0f32), 1).await;
        count(lab, MyAnalysis::all() & my_analysis::mean_rate.eq(2.5f32), 1).await;
        let past = day("2020-01-01").and_hms_opt(0, 0, 0).expect("midnight");
        count(lab, MyAnalysis::all() & my_analysis::analysed_at.gt(past), 2).await;
        count(lab, MyAnalysis::all() & my_analysis::analysed_at.le(past), 0).await;
    })
    .await;
}

async fn count<T: Table>(lab: &Lab, query: Query<T>, rows: u64) {
    let sql = query.to_sql(lab.db.dialect()).map(|sql| sql.to_string()).unwrap_or_default();
    let found = query.count(&lab.db).await.unwrap_or_else(|error| panic!("{:?}: {error}\n{sql}", lab.on));
    assert_eq!(found, rows, "{:?}: {sql}", lab.on);
}
