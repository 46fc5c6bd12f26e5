//! datajoint's operators on typed tables, each with the rows that it gives.

use djc_generated::workshop::workshop::subject::Species;
use djc_generated::workshop::workshop::{
    MyAnalysis, MyAnalysisKey, MyAnalysisSelection, MyAnalysisSelectionRow, MyParams, MyParamsKey, SubjBlinded, SubjBlindedKey,
    SubjBlindedRow, Subject, SubjectKey, my_analysis, my_analysis_selection, subj_blinded, subject,
};
use djc_runtime::core::query::QueryError;
use djc_runtime::table::{Projection, U, all_of, any_of, not};

use super::{Lab, everywhere, id};

fn subject_key(name: &str) -> SubjectKey {
    SubjectKey { subject_id: name.into() }
}

#[tokio::test]
async fn restrictions() {
    everywhere(async |lab: &Lab| {
        let names = async |query: djc_runtime::Query<Subject>| lab.rows(&query.proj(())).await;
        let all = Subject::all;
        assert_eq!(names(all() & subject_key("m1")).await, ["m1"]);
        assert_eq!(names(all() - &subject_key("m1")).await, ["m2", "r1"]);
        assert_eq!(names(all() & subject::species.eq(Species::Mouse)).await, ["m1", "m2"]);
        assert_eq!(names(all() & "note like 'a%'").await, ["m2"]);
        assert_eq!(names(all() & subject::note.eq("a%b 'quoted'")).await, ["m2"]);
        assert_eq!(names(all() & subject::date_of_birth.is_null()).await, ["m2", "r1"]);
        assert_eq!(names(all() & [subject_key("m1"), subject_key("r1")]).await, ["m1", "r1"]);
        assert_eq!(names(all() - [subject_key("m1"), subject_key("m2")]).await, ["r1"]);
        assert_eq!(names(all() & any_of((subject_key("m1"), subject::species.eq(Species::Rat)))).await, ["m1", "r1"]);
        assert_eq!(names(all() & all_of((subject::species.eq(Species::Mouse), "note = ''"))).await, ["m1"]);
        assert_eq!(names(all() & not(subject::species.eq(Species::Mouse))).await, ["r1"]);
        assert!(names(all() & Vec::<SubjectKey>::new()).await.is_empty());
        assert!(names(all() & false).await.is_empty());
        assert_eq!(names(all() & true & U::of("note")).await.len(), 3);
        // Rows of another table; the key of a child is a key of its parents.
        assert_eq!(lab.rows(&(SubjBlinded::all() & MyAnalysisSelection::all())).await, ["u1 m1", "u2 m2"]);
        let fast = MyAnalysisSelection::all() & my_analysis_selection::param_name.eq("fast");
        assert_eq!(lab.rows(&(SubjBlinded::all() & &fast)).await, ["u1 m1"]);
        assert_eq!(lab.rows(&(SubjBlinded::all() - &fast)).await, ["u2 m2"]);
        assert_eq!(lab.rows(&(MyAnalysisSelection::all() - MyAnalysis::all())).await, ["u1 fast"]);
        let child = MyAnalysisKey { subject_id: id(1), param_name: "fast".into() };
        assert_eq!((MyParams::all() & &child).count(&lab.db).await.expect("a count"), 1);
        assert_eq!(lab.rows(&(SubjBlinded::all() & SubjBlindedKey::from(&child))).await, ["u1 m1"]);
        assert_eq!((Subject::all() & MyParamsKey { param_name: "fast".into() }).notices().len(), 1);
        let wrong = Subject::all() & "nope = 1";
        assert!(matches!(wrong.check(), Err(QueryError::UnknownAttribute { attribute, .. }) if attribute == "nope"));
    })
    .await;
}

#[tokio::test]
async fn projections_joins_groups_and_orders() {
    everywhere(async |lab: &Lab| {
        let (blinded, selected, made) = (SubjBlinded::all(), MyAnalysisSelection::all(), MyAnalysis::all());
        assert_eq!(lab.rows(&made.proj(())).await, ["u1 default", "u2 default"]);
        assert_eq!(lab.rows(&made.proj(my_analysis::mean_rate)).await, ["u1 default 1.5", "u2 default 2.5"]);
        let renamed = Subject::all().proj(Projection::key().rename("kind", subject::species));
        assert_eq!(lab.rows(&(renamed & "kind = 'rat'")).await, ["r1 rat"]);
        let computed = made.proj(Projection::key().compute("twice", "mean_rate * 2"));
        assert_eq!(lab.rows(&(computed & "twice > 4").proj(())).await, ["u2 default"]);
        assert!(made.proj(Projection::all().without("param_name")).check().is_err(), "a key stays whole");

        // One attribute of two origins: an error, and a way around it.
        let lineage = Subject::all() * &blinded;
        assert!(matches!(lineage.check(), Err(QueryError::Lineage { attribute, .. }) if attribute == "subject_id"));
        let named =
            blinded.proj(Projection::key().rename("random", subj_blinded::subject_id).rename("subject_id", subj_blinded::actual_id));
        let joined = (Subject::all() * &named).proj(["species", "note"]);
        assert_eq!(lab.rows(&joined.proj(())).await, ["m1 u1", "m2 u2"]);
        let pairs: Vec<(SubjBlindedRow, MyAnalysisSelectionRow)> =
            (&blinded * &selected).fetch_as(&lab.db).await.unwrap_or_else(|error| panic!("{:?}: {error}", lab.on));
        let mut pairs: Vec<String> = pairs.iter().map(|(animal, pair)| format!("{} {}", animal.actual_id, pair.param_name)).collect();
        pairs.sort();
        assert_eq!(pairs, ["m1 default", "m1 fast", "m2 default"]);
        let todo = (&blinded * MyParams::all()).proj(()) - &selected;
        assert_eq!(lab.rows(&todo).await, ["u2 fast"]);
        let kept = selected.left_join(&made.proj(my_analysis::mean_rate));
        assert_eq!(lab.rows(&kept).await, ["u1 default 1.5", "u1 fast -", "u2 default 2.5"]);
        assert!(blinded.left_join(&selected).check().is_err(), "an animal determines no selection");

        let counted = [("n", "count(param_name)")];
        assert_eq!(lab.rows(&blinded.aggr(&selected, counted)).await, ["u1 2", "u2 1"]);
        let slow = &selected & my_analysis_selection::param_name.eq("fast");
        assert_eq!(lab.rows(&blinded.aggr(&slow, counted)).await, ["u1 1", "u2 0"]);
        assert_eq!(lab.rows(&blinded.aggr_matching(&slow, counted)).await, ["u1 1"]);
        assert_eq!(lab.rows(&(blinded.aggr(&selected, counted) & "n > 1")).await, ["u1 2"]);
        assert_eq!(lab.rows(&U::of("param_name").aggr(&selected, ("n", "count(*)"))).await, ["default 2", "fast 1"]);
        assert_eq!(lab.rows(&U::of(()).aggr(&made, ("n", "count(*)"))).await, ["2"]);
        assert_eq!(lab.rows(&U::of(()).aggr(&(&made & false), ("n", "count(*)"))).await, ["0"]);
        assert_eq!(lab.rows(&(U::of(my_analysis_selection::param_name) & &selected)).await, ["default", "fast"]);
        assert_eq!(lab.rows(&selected.distinct("param_name")).await, ["default", "fast"]);

        let of = |species: Species| (Subject::all() & subject::species.eq(species)).proj(());
        let both = of(Species::Mouse) + of(Species::Rat);
        assert_eq!(lab.in_order(&both.order_by("subject_id desc").limit(2)).await, ["r1", "m2"]);
        assert!((Subject::all() + Subject::all()).check().is_err(), "both have dependent attributes");

        let ordered = selected.order_by((my_analysis_selection::param_name.desc(), my_analysis_selection::subject_id.asc()));
        assert_eq!(lab.in_order(&ordered).await, ["u1 fast", "u1 default", "u2 default"]);
        assert_eq!(lab.in_order(&ordered.limit(1).offset(0)).await, ["u1 fast"]);
        assert_eq!(lab.in_order(&ordered.offset(1).limit(1)).await, ["u1 default"]);
        assert!(lab.in_order(&ordered.limit(0)).await.is_empty());
        assert_eq!(
            lab.rows(&(ordered.limit(1) & "param_name = 'default'")).await,
            Vec::<String>::new(),
            "rows are cut before they are restricted"
        );
    })
    .await;
}
