//! What datajoint's rules say about three subjects and their sessions.

use djc_core::query::{Keep, Matching, Order, Projection, Query, QueryError, Restriction, Top};
use djc_core::value::Value;

use super::world::{World, equal, map, not, pairs, text};
use crate::support::On;

async fn lab(on: On) -> Option<World> {
    let tables = [
        ("Subj", "subj : varchar(8)\n---\nage=null : int32\nnote='' : varchar(64)"),
        ("Sess", "-> 0\nsess : int32\n---\nrig : varchar(8)"),
        ("Other", "subj : varchar(8)\n---\nweight=null : int32"),
        ("Far", "far : int32"),
        ("Full", "full : int32"),
        ("Noted", "noted : int32\n---\nnote='' : varchar(64)"),
        ("Link", "link : int32\n---\n-> [nullable] 1"),
    ];
    let world = World::new(on, &tables).await?;
    let subj = |subj: &str, age: Value, note: &str| map(&[("subj", subj.into()), ("age", age), ("note", note.into())]);
    world.put("Subj", vec![subj("s1", 3.into(), ""), subj("s2", Value::Null, "it\"s"), subj("s3", 5.into(), "a%b")]).await;
    let sess = |subj: &str, sess: i64, rig: &str| map(&[("subj", subj.into()), ("sess", sess.into()), ("rig", rig.into())]);
    world.put("Sess", vec![sess("s1", 1, "A"), sess("s1", 2, "B"), sess("s2", 1, "A"), sess("s2", 3, "B")]).await;
    world.put("Other", vec![map(&[("subj", "s1".into()), ("weight", 9.into())]), map(&[("subj", "s9".into())])]).await;
    world.put("Full", vec![map(&[("full", 1.into())])]).await;
    let link = |link: i64, subj: Value, sess: Value| map(&[("link", link.into()), ("subj", subj), ("sess", sess)]);
    world.put("Link", vec![link(1, "s1".into(), 1.into()), link(2, Value::Null, Value::Null)]).await;
    Some(world)
}

fn key(query: &Query) -> Query {
    query.project(&Projection::default()).expect("the key")
}

fn top(limit: Option<u64>, order: &[(&str, bool)], offset: u64) -> Top {
    let order =
        order.iter().map(|(name, descending)| Order { attribute: (*name != "KEY").then(|| name.to_string()), descending: *descending });
    Top { limit, offset, order: Some(order.collect::<Vec<_>>()).filter(|order| !order.is_empty()) }
}

#[tokio::test]
async fn restrictions() {
    for on in On::ALL {
        let Some(lab) = lab(on).await else { continue };
        let (subj, sess) = (lab.table("Subj"), lab.table("Sess"));
        let keys = |restriction: Restriction| subj.restrict(&restriction).map(|query| key(&query));

        assert_eq!(lab.sorted(keys(equal(&[("subj", "s1".into()), ("zzz", 1.into())]))).await, ["s1"]);
        let unknown = subj.restrict(&equal(&[("zzz", 1.into())])).expect("no effect");
        assert_eq!(unknown.notices().len(), 1);
        assert_eq!(lab.sorted(Ok(key(&unknown))).await, ["s1", "s2", "s3"]);
        assert_eq!(lab.sorted(keys(equal(&[("age", Value::Null)]))).await, ["s2"]);
        assert!(lab.sorted(keys(Restriction::Any(vec![]))).await.is_empty());
        assert_eq!(lab.sorted(keys(Restriction::All(vec![]))).await.len(), 3);
        assert_eq!(lab.sorted(keys(Restriction::Any(vec![equal(&[("subj", "s1".into())]), text("age>4")]))).await, ["s1", "s3"]);
        let two = Restriction::Any(vec![equal(&[("subj", "s1".into())]), equal(&[("subj", "s2".into())])]);
        assert_eq!(lab.sorted(keys(not(two))).await, ["s3"]);

        assert_eq!(lab.sorted(keys(Restriction::Query(sess.clone()))).await, ["s1", "s2"]);
        assert_eq!(lab.sorted(keys(not(Restriction::Query(sess.clone())))).await, ["s3"]);
        let first = sess.restrict(&text("rig='A' and sess=1")).expect("a restriction");
        assert_eq!(lab.sorted(keys(Restriction::Query(first))).await, ["s1", "s2"]);
        assert_eq!(lab.sorted(keys(equal(&[("note", "it\"s".into())]))).await, ["s2"]);
        assert_eq!(lab.sorted(keys(text("note like 'a%'"))).await, ["s3"]);
        assert!(matches!(subj.restrict(&text("nope=1")), Err(QueryError::UnknownAttribute { attribute, .. }) if attribute == "nope"));

        assert!(lab.sorted(keys(Restriction::Query(lab.table("Far")))).await.is_empty());
        assert_eq!(lab.sorted(keys(Restriction::Query(lab.table("Full")))).await.len(), 3);
        assert_eq!(lab.sorted(keys(not(Restriction::Query(lab.table("Far"))))).await.len(), 3);

        // A NULL on the other side matches nothing, and hides nothing either.
        let link = lab.table("Link");
        assert_eq!(lab.sorted(sess.restrict(&Restriction::Query(link.clone())).map(|query| key(&query))).await, ["s1 1"]);
        assert_eq!(
            lab.sorted(sess.restrict(&not(Restriction::Query(link.clone()))).map(|query| key(&query))).await,
            ["s1 2", "s2 1", "s2 3"]
        );
        assert_eq!(lab.sorted(link.restrict(&not(Restriction::Query(sess.clone()))).map(|query| key(&query))).await, ["2"]);
        // Values that would be SQL, or patterns, or escapes.
        for nasty in ["x' OR '1'='1", "\\", "a\\", "'", "\"", "?", "$1", "%", "`"] {
            assert!(lab.sorted(keys(equal(&[("note", nasty.into())]))).await.is_empty(), "{on:?}: {nasty}");
        }
        // Many keys at once.
        let many = (0..3000).map(|number| equal(&[("subj", format!("s{number}").as_str().into()), ("age", (number + 2).into())])).collect();
        assert_eq!(lab.sorted(keys(Restriction::Any(many))).await, ["s1", "s3"]);
        lab.clean().await;
    }
}

#[tokio::test]
async fn lists_of_keys_are_as_long_as_they_are() {
    use djc_core::query::Comparison;
    for on in On::ALL {
        let Some(lab) = lab(on).await else { continue };
        let (subj, sess) = (lab.table("Subj"), lab.table("Sess"));
        // Values that would be SQL stand behind those that are bound.
        let nasty = ["it's", "\\", "a\\", "' OR 1=1 -- ", "\"", "ß → 你", "$1 ? %"];
        let notes = nasty.iter().zip(100i64..).map(|(note, number)| map(&[("noted", number.into()), ("note", (*note).into())]));
        lab.put("Noted", notes.collect()).await;
        let of = |number: usize| equal(&[("subj", format!("s{number}").as_str().into()), ("sess", (number as i64).into())]);
        let mut keys: Vec<Restriction> = (100..17_000).map(of).collect();
        keys.extend([equal(&[("subj", "s1".into()), ("sess", 2.into())]), equal(&[("subj", "s2".into()), ("sess", 2.into())])]);
        assert_eq!(lab.sorted(sess.restrict(&Restriction::Any(keys.clone())).map(|query| key(&query))).await, ["s1 2"], "{on:?}");
        let all = Restriction::All((2..1200).map(|number| not(of(number))).collect());
        assert_eq!(lab.sorted(sess.restrict(&all).map(|query| key(&query))).await.len(), 4, "{on:?}");
        let others = sess.restrict(&not(Restriction::Any(keys))).map(|query| key(&query));
        assert_eq!(lab.sorted(others).await, ["s1 1", "s2 1", "s2 3"], "{on:?}");
        let mut values: Vec<Value> = (0..66_000).map(|number| format!("x{number}").into()).collect();
        values.extend(nasty.map(Value::from));
        let noted = Restriction::Compare { attribute: "note".to_string(), comparison: Comparison::In(values) };
        assert_eq!(lab.sorted(lab.table("Noted").restrict(&noted)).await.len(), nasty.len(), "{on:?}");
        if on != On::Sqlite {
            lab.clean().await;
            continue;
        }
        // The server with the lowest limit.
        let list: Vec<String> = (2..33_000).map(|number| format!("'s{number}'")).collect();
        let predicate = text(&format!("subj in ({})", list.join(", ")));
        assert_eq!(lab.sorted(subj.restrict(&predicate).map(|query| key(&query))).await, ["s2", "s3"], "{on:?}");
        lab.clean().await;
    }
}

#[tokio::test]
async fn values_inside_of_json_are_compared() {
    for on in On::ALL {
        let tables = [("Info", "info : int32\n---\nparams=null : json")];
        let Some(lab) = World::new(on, &tables).await else { continue };
        let row = |info: i64, json: &str| {
            let json: serde_json::Value = serde_json::from_str(json).expect("JSON");
            map(&[("info", info.into()), ("params", Value::from(json))])
        };
        let rows = [
            row(1, r#"{"rate": 2.5, "name": "it's", "on": true, "tags": ["a", "b"], "deep": {"n": 7}}"#),
            row(2, r#"{"rate": 10, "name": "b", "on": false, "tags": [], "deep": {"n": 8}}"#),
            row(3, r#"{"name": null}"#),
        ];
        lab.put("Info", rows.into()).await;
        let info = lab.table("Info");
        let keys = |restriction: Restriction| info.restrict(&restriction).map(|query| key(&query));
        for (path, value, found) in [
            ("params.name", "it's".into(), vec!["1"]),
            ("params.rate:decimal(5,2)", Value::from(2.5), vec!["1"]),
            ("params.rate:decimal(5,2)", Value::from(10), vec!["2"]),
            ("params.deep.n:signed", Value::from(8), vec!["2"]),
            ("params.deep.n", Value::from(7), vec!["1"]),
            ("params.tags[1]", "b".into(), vec!["1"]),
            ("params.rate", Value::Null, vec!["3"]),
            ("params.nothing", "x".into(), vec![]),
        ] {
            let restriction = equal(&[(path, value.clone())]);
            assert_eq!(lab.sorted(keys(restriction.clone())).await, found, "{on:?}: {path} = {value}");
            let both = Restriction::All(vec![restriction, equal(&[("info", 1.into())])]);
            assert_eq!(lab.sorted(keys(both)).await.len(), usize::from(found == ["1"]), "{on:?}: {path} = {value} and 1");
        }
        assert_eq!(lab.sorted(keys(text("params.rate:decimal(5,2) > 3 and params.name <> 'x'"))).await, ["2"], "{on:?}");
        lab.clean().await;
    }
}

#[tokio::test]
async fn projections_and_joins() {
    for on in On::ALL {
        let Some(lab) = lab(on).await else { continue };
        let (subj, sess, other) = (lab.table("Subj"), lab.table("Sess"), lab.table("Other"));
        let renamed = sess.project(&Projection { renamed: pairs(&[("r2", "rig")]), ..Projection::default() }).expect("a projection");
        assert_eq!(lab.sorted(renamed.restrict(&text("r2='A'"))).await, ["s1 1 A", "s2 1 A"]);
        let computed = sess.project(&Projection { computed: pairs(&[("s10", "sess*10")]), ..Projection::default() }).expect("a projection");
        assert_eq!(lab.sorted(computed.restrict(&text("s10 > 10"))).await, ["s1 2 20", "s2 3 30"]);

        let both = subj.join(&sess, Matching::Semantic, Keep::Matching).expect("a join");
        assert_eq!(lab.sorted(Ok(both)).await, ["s1 1 3  A", "s1 2 3  B", "s2 1 - it\"s A", "s2 3 - it\"s B"]);
        assert!(matches!(subj.join(&other, Matching::Semantic, Keep::Matching), Err(QueryError::Lineage { .. })));
        assert_eq!(lab.sorted(subj.join(&other, Matching::Natural, Keep::Matching)).await, ["s1 3  9"]);
        let noted = lab.table("Noted");
        assert!(matches!(subj.join(&noted, Matching::Semantic, Keep::Matching), Err(QueryError::Lineage { .. })));
        let second = noted.project(&Projection { renamed: pairs(&[("n2", "note")]), ..Projection::default() }).expect("a projection");
        assert!(lab.sorted(subj.join(&second, Matching::Semantic, Keep::Matching)).await.is_empty());

        let old = subj.restrict(&text("age > 2")).expect("a restriction");
        assert_eq!(
            lab.sorted(sess.join(&old, Matching::Semantic, Keep::Left)).await,
            ["s1 1 A 3 ", "s1 2 B 3 ", "s2 1 A - -", "s2 3 B - -"]
        );
        assert!(matches!(subj.join(&sess, Matching::Semantic, Keep::Left), Err(QueryError::Refused(_))));
        lab.clean().await;
    }
}

#[tokio::test]
async fn groups_unions_and_tops() {
    for on in On::ALL {
        let Some(lab) = lab(on).await else { continue };
        let (subj, sess) = (lab.table("Subj"), lab.table("Sess"));
        let kept = subj.aggregate(&sess, &pairs(&[("n", "count(sess)")]), true).expect("groups");
        assert_eq!(lab.sorted(Ok(kept.clone())).await, ["s1 2", "s2 2", "s3 0"]);
        assert_eq!(lab.sorted(subj.aggregate(&sess, &pairs(&[("n", "count(sess)")]), false)).await, ["s1 2", "s2 2"]);
        assert_eq!(lab.sorted(kept.restrict(&text("n>1"))).await, ["s1 2", "s2 2"]);
        assert_eq!(lab.sorted(sess.group_by(&["rig"], &pairs(&[("n", "count(*)")]))).await, ["A 2", "B 2"]);
        assert_eq!(lab.sorted(sess.group_by(&[], &pairs(&[("n", "max(sess)")]))).await, ["3"]);
        assert_eq!(lab.sorted(sess.distinct(&["rig"])).await, ["A", "B"]);
        let nothing = subj.restrict(&Restriction::False).expect("nothing");
        assert!(lab.sorted(nothing.aggregate(&sess, &pairs(&[("n", "count(sess)")]), true)).await.is_empty());

        let part = |restriction: &str| key(&subj.restrict(&text(restriction)).expect("a restriction"));
        let both = part("age > 4").union(&part("age is null")).expect("one key");
        assert_eq!(lab.sorted(Ok(both.clone())).await, ["s2", "s3"]);
        assert_eq!(lab.rows(&both.top(&top(Some(1), &[("KEY", true)], 0)).expect("a top")).await, ["s3"]);
        assert!(matches!(subj.union(&subj.restrict(&text("age > 4")).expect("a restriction")), Err(QueryError::Refused(_))));

        let second = sess.top(&top(Some(2), &[("KEY", true)], 1)).expect("a top");
        assert_eq!(lab.rows(&key(&second)).await, ["s2 1", "s1 2"]);
        assert_eq!(lab.rows(&key(&second.top(&top(Some(1), &[("KEY", false)], 0)).expect("a top"))).await, ["s1 2"]);
        assert!(lab.sorted(sess.top(&top(Some(0), &[], 0))).await.is_empty());
        assert_eq!(lab.rows(&key(&sess.top(&top(Some(2), &[("sess", true), ("subj", false)], 0)).expect("a top"))).await, ["s2 3", "s1 2"]);
        assert_eq!(lab.rows(&key(&sess.top(&top(None, &[], 1)).expect("an offset"))).await, ["s1 2", "s2 1", "s2 3"]);
        // NULL comes first everywhere.
        assert_eq!(lab.rows(&key(&subj.top(&top(None, &[("age", false)], 0)).expect("an order"))).await, ["s2", "s1", "s3"]);
        assert_eq!(lab.rows(&key(&subj.top(&top(None, &[("age", true)], 0)).expect("an order"))).await, ["s3", "s1", "s2"]);
        lab.clean().await;
    }
}

#[tokio::test]
async fn rows_are_deleted_by_what_restricts_them() {
    for on in On::ALL {
        let Some(lab) = lab(on).await else { continue };
        let (sess, link) = (lab.table("Sess"), lab.table("Link"));
        let delete = async |query: Query| {
            let sql = query.delete(lab.db.dialect()).expect("a table").to_string();
            let mut db = djc_runtime::Session::lock(&lab.db).await.expect("the session");
            db.execute(&sql).await.unwrap_or_else(|error| panic!("{on:?}: {error}\n{sql}"))
        };
        assert_eq!(delete(link.restrict(&not(Restriction::Query(sess.clone()))).expect("a restriction")).await, 1);
        assert_eq!(delete(link).await, 1);
        let itself = key(&sess.restrict(&text("rig = 'A'")).expect("a restriction"));
        assert_eq!(delete(sess.restrict(&Restriction::Query(itself)).expect("a restriction")).await, 2);
        assert_eq!(delete(sess.top(&top(Some(1), &[("KEY", true)], 0)).expect("a top")).await, 1);
        assert_eq!(lab.sorted(Ok(key(&sess))).await, ["s1 2"]);
        lab.clean().await;
    }
}
