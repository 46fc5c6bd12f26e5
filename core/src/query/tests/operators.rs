//! Projection, join, aggregation, union, order.

use super::*;

fn projected(query: &Query, projection: Projection) -> Query {
    query.project(&projection).expect("a projection of the test")
}

fn restricted(query: &Query, text: &str) -> Query {
    query.restrict(&Restriction::Predicate(text.to_string())).expect("a restriction of the test")
}

fn joined(left: &Query, right: &Query) -> Query {
    left.join(right, Matching::Semantic, Keep::Matching).expect("a join of the test")
}

fn names(query: &Query) -> Vec<(&str, bool)> {
    query.heading().attributes.iter().map(|attribute| (attribute.name.as_str(), attribute.in_key)).collect()
}

fn top(limit: Option<u64>, offset: u64, order: &[Order]) -> Top {
    Top { limit, offset, order: (!order.is_empty()).then(|| order.to_vec()) }
}

#[test]
fn a_projection_keeps_the_key() {
    let sess = table("Sess");
    assert_eq!(names(&projected(&sess, Projection::default())), [("subj", true), ("sess", true)]);
    let renamed = projected(&sess, Projection { renamed: pairs(&[("r2", "rig"), ("subject", "subj")]), ..Projection::default() });
    assert_eq!(names(&renamed), [("subject", true), ("sess", true), ("r2", false)]);
    insta::assert_snapshot!("renamed", fetched(&restricted(&renamed, "r2 = 'A'")));
    let computed = projected(&sess, Projection { computed: pairs(&[("s10", "sess * 10"), ("again", "(rig)")]), ..Projection::default() });
    insta::assert_snapshot!("computed", fetched(&computed));
    insta::assert_snapshot!("computed_restricted", fetched(&restricted(&computed, "s10 > 10")));
    let swapped = projected(&table("Subj"), Projection { renamed: pairs(&[("age", "note"), ("note", "age")]), ..Projection::default() });
    assert_eq!(names(&swapped), [("subj", true), ("note", false), ("age", false)]);
    insta::assert_snapshot!("swapped_ordered", fetched(&swapped.top(&top(None, 0, &[by("age", false)])).expect("an order")));
}

#[test]
fn a_projection_that_cannot_be_is_refused() {
    let sess = table("Sess");
    let errors = [
        refused(sess.project(&Projection { all: true, without: vec!["subj".into()], ..Projection::default() })),
        refused(sess.project(&Projection { all: true, without: vec!["nope".into()], ..Projection::default() })),
        refused(sess.project(&Projection { without: vec!["rig".into()], ..Projection::default() })),
        refused(sess.project(&Projection { names: vec!["rigg".into()], ..Projection::default() })),
        refused(sess.project(&Projection { renamed: pairs(&[("a", "rig"), ("b", "rig")]), ..Projection::default() })),
        refused(sess.project(&Projection { renamed: pairs(&[("subj", "rig")]), ..Projection::default() })),
        refused(sess.project(&Projection { all: true, computed: pairs(&[("rig", "sess + 1")]), ..Projection::default() })),
        refused(sess.project(&Projection { computed: pairs(&[("n", "count(*)")]), ..Projection::default() })),
        refused(sess.project(&Projection { computed: pairs(&[("n", "nope + 1")]), ..Projection::default() })),
        refused(sess.restrict(&Restriction::Predicate("nope = 1".into()))),
    ];
    insta::assert_snapshot!("projection_errors", errors.join("\n"));
}

#[test]
fn a_join_matches_what_means_the_same() {
    let both = joined(&table("Subj"), &table("Sess"));
    assert_eq!(names(&both), [("subj", true), ("sess", true), ("age", false), ("note", false), ("rig", false)]);
    insta::assert_snapshot!("join", fetched(&restricted(&both, "rig = 'A' and age > 1")));
    // The column of a renamed attribute keeps its own name inside.
    let sources =
        projected(&table("Ref"), Projection { renamed: pairs(&[("subj", "src_subj"), ("sess", "src_sess")]), ..Projection::default() });
    insta::assert_snapshot!("join_three", fetched(&joined(&both, &sources)));
    let far = projected(&table("Far"), Projection::default());
    insta::assert_snapshot!("join_nothing_shared", fetched(&joined(&table("Sess"), &far)));
    let limited = table("Sess").top(&top(Some(2), 0, &[])).expect("a limit");
    insta::assert_snapshot!("join_limited", fetched(&joined(&table("Subj"), &limited)));
    let errors = [
        refused(table("Subj").join(&table("Other"), Matching::Semantic, Keep::Matching)),
        refused(table("Subj").join(&table("Far"), Matching::Semantic, Keep::Matching)),
        refused(table("Subj").join(&table("Sess"), Matching::Semantic, Keep::Left)),
    ];
    insta::assert_snapshot!("join_errors", errors.join("\n"));
    let natural = table("Subj").join(&table("Other"), Matching::Natural, Keep::Matching).expect("by names");
    assert_eq!(names(&natural), [("subj", true), ("age", false), ("note", false), ("weight", false)]);
}

#[test]
fn a_left_join_keeps_rows_and_the_key_of_the_left_side() {
    let left = table("Sess").join(&restricted(&table("Subj"), "age > 4"), Matching::Semantic, Keep::Left).expect("determined");
    assert_eq!(names(&left), [("subj", true), ("sess", true), ("rig", false), ("age", false), ("note", false)]);
    assert!(left.heading().get("note").is_some_and(|note| note.nullable));
    insta::assert_snapshot!("left_join", fetched(&restricted(&left, "age is null")));
}

#[test]
fn groups_are_restricted_after_they_are_made() {
    let counted = table("Subj").aggregate(&table("Sess"), &pairs(&[("n", "count(sess)"), ("last", "max(sess)")]), true).expect("groups");
    assert_eq!(names(&counted), [("subj", true), ("n", false), ("last", false)]);
    insta::assert_snapshot!("aggregate", fetched(&restricted(&counted, "n > 1")));
    insta::assert_snapshot!("aggregate_key", fetched(&counted.restrict(&equal(&[("subj", "s1".into())])).expect("a key")));
    let matching = table("Subj").aggregate(&table("Sess"), &pairs(&[("n", "count(*)")]), false).expect("groups");
    insta::assert_snapshot!("aggregate_matching", fetched(&matching));
    insta::assert_snapshot!("aggregate_joined", fetched(&joined(&table("Subj"), &restricted(&matching, "n > 1"))));
    insta::assert_snapshot!("aggregate_exists", everywhere(|scope| matching.exists(scope)));
    insta::assert_snapshot!("aggregate_count", everywhere(|scope| matching.count(scope)));
    let constant = table("Subj").aggregate(&table("Sess"), &pairs(&[("n", "sum(rig = 'A')")]), true).expect("groups");
    insta::assert_snapshot!("aggregate_constant", fetched(&restricted(&constant, "n > 1 and subj <> 's2'")));
    assert!(matches!(table("Subj").aggregate(&table("Sess"), &pairs(&[("subj", "count(*)")]), true), Err(QueryError::Refused(_))));
}

#[test]
fn universal_sets_group_by_anything() {
    let rigs = table("Sess").distinct(&["rig"]).expect("an attribute");
    assert_eq!(names(&rigs), [("rig", true)]);
    insta::assert_snapshot!("distinct", fetched(&rigs));
    insta::assert_snapshot!("distinct_count", everywhere(|scope| rigs.count(scope)));
    let all = table("Sess").distinct(&["sess", "subj"]).expect("the key");
    insta::assert_snapshot!("distinct_key", fetched(&all));
    let by_rig = table("Sess").group_by(&["rig"], &pairs(&[("n", "count(*)")])).expect("groups");
    insta::assert_snapshot!("group_by", fetched(&by_rig));
    let one = table("Sess").group_by(&[], &pairs(&[("n", "max(sess)")])).expect("one group");
    insta::assert_snapshot!("group_all", fetched(&restricted(&one, "n > 1")));
    insta::assert_snapshot!("group_all_exists", everywhere(|scope| one.exists(scope)));
}

#[test]
fn a_union_has_each_row_once() {
    let key = |text: &str| projected(&restricted(&table("Subj"), text), Projection::default());
    let both = key("age > 4").union(&key("age is null")).expect("the same key");
    insta::assert_snapshot!("union", fetched(&both.top(&top(Some(1), 0, &[by("subj", true)])).expect("an order")));
    let notes = projected(&table("Subj"), Projection { names: vec!["note".into()], ..Projection::default() });
    let ages = projected(&table("Subj"), Projection { names: vec!["age".into()], ..Projection::default() });
    insta::assert_snapshot!("union_dependent", fetched(&restricted(&notes, "note <> ''").union(&ages).expect("nothing in common")));
    let errors = [refused(table("Subj").union(&restricted(&table("Subj"), "age > 4"))), refused(table("Subj").union(&table("Sess")))];
    insta::assert_snapshot!("union_errors", errors.join("\n"));
}

#[test]
fn an_order_ends_with_the_key_and_limits_add_up() {
    let sess = table("Sess");
    insta::assert_snapshot!("order", fetched(&sess.top(&top(None, 0, &[by("rig", true)])).expect("an order")));
    insta::assert_snapshot!(
        "order_nulls",
        fetched(&table("Subj").top(&top(None, 0, &[by("age", false), by("note", true)])).expect("an order"))
    );
    let key = Order { attribute: None, descending: true };
    let second = sess.top(&top(Some(2), 1, &[key])).expect("a top");
    insta::assert_snapshot!("top", fetched(&second));
    insta::assert_snapshot!("top_other_order", fetched(&second.top(&top(Some(1), 0, &[by("rig", false)])).expect("a top")));
    insta::assert_snapshot!("top_restricted", fetched(&restricted(&second, "rig = 'A'")));
    insta::assert_snapshot!("offset", fetched(&sess.top(&top(None, 3, &[])).expect("an offset")));
    // Of rows 2 to 6, those from the third on: rows 4, 5 and 6.
    let twice = sess.top(&top(Some(5), 1, &[])).and_then(|query| query.top(&top(Some(9), 2, &[]))).expect("tops");
    let sql = twice.select(&Scope::new(crate::dialect::Server::Sqlite), &Columns::All).expect("SQL");
    assert!(sql.text.ends_with("LIMIT 3 OFFSET 3"), "{sql}");
    // An order alone is no limit: it stays, and the rows are restricted where they are.
    insta::assert_snapshot!(
        "ordered_restricted",
        fetched(&restricted(&sess.top(&top(None, 0, &[by("rig", false)])).expect("an order"), "sess > 1"))
    );
    insta::assert_snapshot!("none", everywhere(|scope| sess.top(&top(Some(0), 0, &[]))?.exists(scope)));
    assert!(matches!(sess.top(&top(None, 0, &[by("rgi", false)])), Err(QueryError::UnknownAttribute { .. })));
}

#[test]
fn a_table_is_told_from_what_was_made_of_it() {
    assert!(restricted(&table("Subj"), "age > 1").base().is_some());
    assert!(projected(&table("Subj"), Projection::default()).base().is_some());
    assert!(joined(&table("Subj"), &table("Sess")).base().is_none());
    assert!(table("Subj").distinct(&["age"]).expect("an attribute").base().is_none());
    assert!(!table("Subj").top(&top(None, 0, &[by("age", false)])).expect("an order").is_restricted());
    assert!(table("Subj").top(&top(Some(1), 0, &[])).expect("a limit").is_restricted());
    assert!(joined(&table("Sess"), &restricted(&table("Subj"), "age > 1")).is_restricted());
    assert_eq!(joined(&table("Subj"), &table("Sess")).models().len(), 2);
}

#[test]
fn a_table_inside_does_not_take_the_names_of_the_one_outside() {
    let key = projected(&restricted(&table("Sess"), "rig = 'A'"), Projection::default());
    let others = table("Sess").restrict(&not(Restriction::Query(key))).expect("the same key");
    insta::assert_snapshot!("antijoin_itself", fetched(&others));
}
