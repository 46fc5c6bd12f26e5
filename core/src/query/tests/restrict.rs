//! `query & restriction`.

use uuid::Uuid;

use super::*;

fn restricted(class: &str, restriction: Restriction) -> Query {
    table(class).restrict(&restriction).expect("a restriction of the test")
}

#[test]
fn a_table_is_fetched_key_first_without_hidden_attributes() {
    insta::assert_snapshot!("table", fetched(&table("Sess")));
    let model = model::model(&[("A", "a : int32\n---\nb : int32\n_hidden=null : int32")]);
    let query = Query::table(&model, TableId(0));
    assert_eq!(query.heading().names().collect::<Vec<_>>(), ["a", "b"]);
    insta::assert_snapshot!("key", everywhere(|scope| table("Sess").select(scope, &Columns::Key)));
    insta::assert_snapshot!("named", everywhere(|scope| table("Sess").select(scope, &Columns::Named(vec!["rig".into(), "subj".into()]))));
}

#[test]
fn a_map_restricts_by_the_attributes_that_exist() {
    insta::assert_snapshot!("map", fetched(&restricted("Subj", equal(&[("subj", "s1".into()), ("zzz", 1.into())]))));
    insta::assert_snapshot!("map_null", fetched(&restricted("Subj", equal(&[("age", Value::Null)]))));
    insta::assert_snapshot!("map_not", fetched(&restricted("Subj", not(equal(&[("subj", "s1".into()), ("age", 3.into())])))));
}

#[test]
fn constants_take_the_form_of_the_column_on_each_server() {
    let moment = Value::DateTime("2024-05-01T12:00:00.4".parse().expect("a moment"));
    let map = equal(&[
        ("id", Value::Uuid(Uuid::from_u128(1))),
        ("number", 3.into()),
        ("flag", true.into()),
        ("price", "1.005".into()),
        ("ratio", 0.5.into()),
        ("day", "2024-05-01".into()),
        ("start", moment),
        ("clock", "12:30".into()),
        ("kind", "a".into()),
        ("name", "longer than four".into()),
        ("raw", Value::Bytes(vec![1, 2])),
    ]);
    insta::assert_snapshot!("constants", fetched(&restricted("Typed", map)));
    let text = equal(&[("id", "00000000-0000-0000-0000-000000000001".into())]);
    insta::assert_snapshot!("uuid_text", fetched(&restricted("Typed", text)));
}

#[test]
fn a_value_that_the_attribute_cannot_hold_is_an_error_before_any_sql() {
    let error = |attribute: &str, value: Value| refused(table("Typed").restrict(&equal(&[(attribute, value)])));
    let errors = [
        error("id", "nonsense".into()),
        error("number", "3".into()),
        error("number", 2.5.into()),
        error("flag", "true".into()),
        error("kind", "c".into()),
        error("day", "today".into()),
        error("price", "much".into()),
        error("info", 1.into()),
        error("data", 1.into()),
        refused(table("Typed").restrict(&compare("number", Comparison::Like("1%".into())))),
        refused(table("Subj").restrict(&compare("agee", Comparison::Eq(1.into())))),
    ];
    insta::assert_snapshot!("value_errors", errors.join("\n"));
}

#[test]
fn more_values_than_servers_bind_are_written_out() {
    let nasty = "it's \\ \"x\" $1 ?";
    let key = |subj: &str, sess: i64| equal(&[("subj", subj.into()), ("sess", sess.into())]);
    let mut keys: Vec<Restriction> = (0..20_000).map(|number| key(&format!("s{number}"), number)).collect();
    keys.push(key(nasty, -1));
    let query = restricted("Sess", Restriction::Any(keys));
    for server in SERVERS {
        let sql = query.select(&Scope::new(server), &Columns::All).expect("a list");
        assert_eq!(sql.values.len(), 30_000, "{server:?}");
        let quoting = server.dialect().facts().quoting;
        assert!(
            sql.text.ends_with(&format!("('s19999', 19999), ({}, -1))", quoting.text(nasty))),
            "{server:?}: {}",
            &sql.text[sql.text.len() - 80..]
        );
    }
    // What no server could read written out is bound all the same.
    let texts: Vec<Value> = (0..30_001).map(|number| format!("s{number}\0").into()).collect();
    let query = restricted("Subj", compare("subj", Comparison::In(texts)));
    assert_eq!(query.select(&Scope::new(Server::Sqlite), &Columns::All).expect("a list").values.len(), 30_001);
}

#[test]
fn a_list_is_or_and_many_maps_are_one_condition() {
    let key = |subj: &str, sess: i64| equal(&[("subj", subj.into()), ("sess", sess.into())]);
    insta::assert_snapshot!("list_rows", fetched(&restricted("Sess", Restriction::Any(vec![key("s1", 1), key("s2", 3)]))));
    let subjects = ["s1", "s2"].map(|subj| equal(&[("subj", subj.into())]));
    insta::assert_snapshot!("list_values", fetched(&restricted("Subj", Restriction::Any(subjects.into()))));
    let mixed = Restriction::Any(vec![equal(&[("subj", "s1".into())]), compare("age", Comparison::Gt(4.into())), Restriction::False]);
    insta::assert_snapshot!("list_mixed", fetched(&restricted("Subj", mixed.clone())));
    insta::assert_snapshot!("list_not", fetched(&restricted("Subj", not(mixed))));
    insta::assert_snapshot!("list_empty", fetched(&restricted("Subj", Restriction::Any(vec![]))));
    assert!(!restricted("Subj", Restriction::Any(vec![Restriction::False, Restriction::True])).is_restricted());
    assert!(!restricted("Subj", Restriction::All(vec![])).is_restricted());
}

#[test]
fn comparisons_are_written_as_they_are_called() {
    let all = Restriction::All(vec![
        compare("age", Comparison::Ne(1.into())),
        compare("age", Comparison::In(vec![1.into(), Value::Null, 2.into()])),
        compare("age", Comparison::Between(1.into(), 5.into())),
        compare("note", Comparison::Like("a\\%%".into())),
        compare("age", Comparison::NotNull),
        compare("age", Comparison::Ne(Value::Null)),
        compare("age", Comparison::Eq(Value::Null)),
        not(compare("age", Comparison::Le(7.into()))),
    ]);
    insta::assert_snapshot!("comparisons", fetched(&restricted("Subj", all)));
}

#[test]
fn another_query_restricts_by_what_both_have() {
    let sessions = restricted("Sess", compare("rig", Comparison::Eq("A".into())));
    insta::assert_snapshot!("semijoin", fetched(&restricted("Subj", Restriction::Query(sessions.clone()))));
    insta::assert_snapshot!("antijoin", fetched(&restricted("Subj", not(Restriction::Query(sessions.clone())))));
    let sources =
        table("Ref").project(&Projection { renamed: pairs(&[("subj", "src_subj"), ("sess", "src_sess")]), ..Projection::default() });
    let sources = sources.expect("a projection");
    insta::assert_snapshot!("semijoin_two", fetched(&restricted("Sess", Restriction::Query(sources.clone()))));
    insta::assert_snapshot!("antijoin_two", fetched(&restricted("Sess", not(Restriction::Query(sources)))));
    // Nothing shared: is there a row at all?
    let far = restricted("Far", compare("far", Comparison::Gt(0.into()))).project(&Projection::default()).expect("a projection");
    insta::assert_snapshot!("unrelated", fetched(&restricted("Subj", Restriction::Query(far.clone()))));
    insta::assert_snapshot!("unrelated_not", fetched(&restricted("Subj", not(Restriction::Query(far)))));
    // A query in a query in a list.
    let nested = Restriction::Any(vec![not(Restriction::Query(sessions)), compare("age", Comparison::Null)]);
    insta::assert_snapshot!("nested", fetched(&restricted("Subj", not(nested))));
}

#[test]
fn one_name_with_two_meanings_is_an_error_and_natural_matching_is_not() {
    let errors = [
        refused(table("Subj").restrict(&Restriction::Query(table("Other")))),
        refused(table("Subj").restrict(&Restriction::Query(table("Subj")))),
        refused(table("Far").restrict(&Restriction::Query(
            table("Subj").project(&Projection { renamed: pairs(&[("far", "note")]), ..Projection::default() }).expect("a projection"),
        ))),
    ];
    insta::assert_snapshot!("lineage_errors", errors.join("\n"));
    let natural = table("Subj").restrict_to(&table("Other"), Matching::Natural).expect("by name alone");
    insta::assert_snapshot!("natural", fetched(&natural));
}

#[test]
fn a_restriction_without_effect_is_noticed() {
    let notices = |restriction: &Restriction| table("Subj").restrict(restriction).expect("a restriction").notices().len();
    assert_eq!(notices(&equal(&[("zzz", 1.into())])), 1);
    assert_eq!(notices(&equal(&[])), 1);
    assert_eq!(notices(&Restriction::All(vec![])), 1);
    assert_eq!(notices(&Restriction::Query(table("Far").project(&Projection::default()).expect("a projection"))), 1);
    assert_eq!(notices(&Restriction::True), 0);
    assert_eq!(notices(&Restriction::False), 0);
    assert_eq!(notices(&Restriction::Any(vec![])), 0);
    assert_eq!(notices(&equal(&[("subj", "s1".into())])), 0);
    assert_eq!(notices(&compare("age", Comparison::Gt(1.into()))), 0);
    // The opposite of a map without known attributes is nothing.
    let none = table("Subj").restrict(&not(equal(&[("zzz", 1.into())]))).expect("a restriction");
    assert!(none.is_restricted());
    assert_eq!(none.notices().len(), 0);
}

#[test]
fn counting_asking_and_deleting() {
    let some = restricted("Sess", compare("rig", Comparison::Eq("A".into())));
    insta::assert_snapshot!("count", everywhere(|scope| some.count(scope)));
    insta::assert_snapshot!("exists", everywhere(|scope| some.exists(scope)));
    insta::assert_snapshot!("delete", everywhere(|scope| some.delete(scope)));
    insta::assert_snapshot!("delete_all", everywhere(|scope| table("Subj").delete(scope)));
    let linked = restricted("Sess", Restriction::Query(restricted("Subj", compare("age", Comparison::Gt(4.into())))));
    insta::assert_snapshot!("delete_linked", everywhere(|scope| linked.delete(scope)));
    let unlinked = restricted("Sess", not(Restriction::Query(restricted("Subj", compare("age", Comparison::Gt(4.into()))))));
    insta::assert_snapshot!("delete_unlinked", everywhere(|scope| unlinked.delete(scope)));
}

#[test]
fn a_printed_statement_has_its_values_in_it() {
    let restriction =
        Restriction::All(vec![equal(&[("note", "it's \\ ? $1".into())]), compare("age", Comparison::In(vec![1.into(), 2.into()]))]);
    let query = restricted("Subj", restriction);
    for (server, shown) in [
        (
            crate::dialect::Server::MySql,
            "SELECT `subj`, `age`, `note`\nFROM `lab`.`subj`\nWHERE `note` = 'it''s \\\\ ? $1'\n  AND `age` IN (1, 2)",
        ),
        (
            crate::dialect::Server::Postgres,
            "SELECT \"subj\", \"age\", \"note\"\nFROM \"lab\".\"subj\"\nWHERE \"note\" = 'it''s \\ ? $1'\n  AND \"age\" IN (1, 2)",
        ),
    ] {
        let sql = query.select(&Scope::new(server), &Columns::All).expect("SQL");
        assert_eq!(sql.to_string(), shown);
    }
}
