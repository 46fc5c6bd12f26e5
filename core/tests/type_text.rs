//! Type texts, defaults and index arguments against what datajoint made of them.

use djc_core::ir::type_text::{DefaultError, Replacement, TypeContext, TypeError, parse, parse_default, parse_index_argument};
use djc_core::ir::{AttributeType, Default, Generation, IndexPart, SqlLiteral};
use serde_json::Value;

fn cases() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/definition-cases.json");
    let text = std::fs::read_to_string(path).expect("the recorded cases are part of the repository");
    let mut file: Value = serde_json::from_str(&text).expect("the recorded cases are JSON");
    file["cases"].take().as_array().expect("`cases` is a list").clone()
}

fn context() -> TypeContext {
    TypeContext { adapters: [("mycodec".to_string(), "<blob>".to_string())].into(), ..TypeContext::default() }
}

/// The type behind `v : ` of the cases that try one type each.
fn probed_type(case: &Value) -> Option<String> {
    let line = case["text"].as_str()?.lines().find(|line| line.starts_with("v : "))?;
    Some(line["v : ".len()..].rsplit_once(" # ")?.0.to_string())
}

#[test]
fn every_recorded_type_is_accepted_or_refused_as_datajoint_did() {
    let mut seen = 0;
    for case in cases().iter().filter(|case| case["id"].as_str().is_some_and(|id| id.starts_with("typ"))) {
        let Some(text) = probed_type(case) else { continue };
        for (generation, key) in [(Generation::Classic, "result_014"), (Generation::Modern, "result_23_mysql")] {
            let recorded = &case[key];
            let id = format!("{} `{text}` in {generation}", case["id"]);
            seen += 1;
            match (parse(&text, generation, &context()), recorded["ok"] == true) {
                (Ok(declared), true) => {
                    let comment = recorded["columns"][1]["comment"].as_str().expect("the column has a comment");
                    let ours = if declared.marker { format!(":{}:value", declared.text) } else { "value".to_string() };
                    assert_eq!(ours, comment, "{id}");
                }
                // What datajoint 2 fails on by accident of letter case, or of a double quote, is read.
                (Ok(_), false) => {
                    let kind = recorded["error_kind"].as_str();
                    let limit = recorded["server_code"].as_i64();
                    assert!(
                        kind == Some("core_type_spelling") || matches!(limit, Some(1064 | 1074)),
                        "{id}: accepted, recorded {recorded}"
                    );
                }
                (Err(error), ok) => {
                    assert!(!ok, "{id}: refused with {error}");
                    // The server refuses what classic lets through because it begins like an integer.
                    if recorded["error_kind"] != "server_error" {
                        assert_eq!(error.kind(), recorded["error_kind"].as_str().expect("a refusal has a kind"), "{id}");
                    }
                }
            }
        }
    }
    assert!(seen > 180, "only {seen} types were compared");
}

#[test]
fn spellings_that_datajoint_2_trips_over_get_the_marker_that_it_reads() {
    for (written, marker) in [
        ("UUID", "uuid"),
        ("Varchar(12)", "varchar(12)"),
        ("varchar (12)", "varchar(12)"),
        ("ENUM('x','y')", "enum('x','y')"),
        ("enum ('x','y')", "enum('x','y')"),
        ("decimal (6,2)", "decimal(6,2)"),
        ("datetime (3)", "datetime (3)"),
        ("INT32", "int32"),
    ] {
        let declared = parse(written, Generation::Modern, &context()).expect(written);
        assert_eq!((declared.text.as_str(), declared.marker), (marker, true));
    }
}

#[test]
fn types_of_the_other_generation_carry_a_replacement() {
    let replacement = |text, generation| {
        let error = parse(text, generation, &TypeContext { adapted_types: true, ..context() }).expect_err(text);
        error.replacement().map(|Replacement { text, same_meaning }| (text, same_meaning))
    };
    for (classic, modern) in
        [("blob@raw", "<blob@raw>"), ("attach@raw", "<attach@raw>"), ("filepath@raw", "<filepath@raw>"), ("attach", "<attach>")]
    {
        assert_eq!(replacement(classic, Generation::Modern), Some((modern.to_string(), true)));
        assert_eq!(replacement(modern, Generation::Classic), Some((classic.to_string(), true)));
    }
    assert_eq!(replacement("boolean", Generation::Modern), Some(("bool".to_string(), true)));
    assert_eq!(replacement("int32", Generation::Classic), Some(("int".to_string(), true)));
    assert_eq!(replacement("float32", Generation::Classic), Some(("float".to_string(), true)));
    assert_eq!(replacement("<blob>", Generation::Classic), Some(("longblob".to_string(), true)));
    assert_eq!(replacement("dec(6,2)", Generation::Classic), Some(("decimal(6,2)".to_string(), true)));
    assert_eq!(replacement("varchr(20)", Generation::Classic), Some(("varchar(20)".to_string(), false)));
    assert_eq!(replacement("double precision", Generation::Classic), Some(("double".to_string(), false)));
}

#[test]
fn codecs_are_stored_as_their_last_link_says() {
    let adapters = [("graph", "<hash@>"), ("mesh", "<blob>"), ("round", "<round>"), ("note", "varchar(80)")];
    let context =
        TypeContext { adapters: adapters.map(|(a, b)| (a.to_string(), b.to_string())).into(), adapted_types: true, filepath: false };
    let stored = |text| match parse(text, Generation::Modern, &context).map(|declared| declared.ty) {
        Ok(AttributeType::Codec(codec)) => Ok(*codec.stored),
        Ok(other) => panic!("{text} is {other:?}, not a codec"),
        Err(error) => Err(error),
    };
    assert_eq!(stored("<graph>"), Ok(AttributeType::Json));
    assert_eq!(stored("<mesh>"), Ok(AttributeType::Bytes));
    assert_eq!(stored("<mesh@raw>"), Ok(AttributeType::Json), "a store given outside is passed inward");
    assert_eq!(stored("<note>"), Ok(AttributeType::Varchar(80)));
    assert!(matches!(stored("<round>"), Err(TypeError::AdapterCycle { .. })));
    assert!(
        matches!(parse("<mash>", Generation::Classic, &context), Err(TypeError::AdapterUnknown { nearest: Some(near), .. }) if near == "mesh")
    );
}

#[test]
fn text_behind_a_type_is_not_swallowed() {
    for text in ["int ; mass : float", "varchar(30) unique", "int unsigned zerofill extra", "datetime(3) x"] {
        assert!(matches!(parse(text, Generation::Classic, &context()), Err(TypeError::TextAfter { .. })), "{text}");
    }
    assert!(parse("decimal(4,2)unsigned", Generation::Classic, &context()).is_err());
    assert!(parse("enum('a'", Generation::Classic, &context()).is_err());
    assert!(parse("int()", Generation::Classic, &context()).is_err());
}

#[test]
fn defaults_follow_the_table_of_the_generation() {
    let classic = |text| parse_default(text, Generation::Classic);
    let modern = |text| parse_default(text, Generation::Modern);
    let value = |default: Result<Default, DefaultError>| match default {
        Ok(Default::Literal(literal)) => literal.value(true),
        other => panic!("expected a literal, found {other:?}"),
    };
    assert_eq!(classic(""), Ok(Default::Required));
    assert_eq!(classic("NULL"), Ok(Default::Null));
    assert_eq!(classic("'null'"), Ok(Default::Literal(SqlLiteral::quoted("null"))));
    assert_eq!(classic("current_timestamp"), Ok(Default::CurrentTimestamp { precision: None, on_update: None }));
    assert_eq!(
        modern("CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)"),
        Ok(Default::CurrentTimestamp { precision: Some(3), on_update: Some(Some(3)) })
    );
    assert_eq!(classic("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"), Err(DefaultError::OnUpdateWithoutParentheses));
    assert_eq!(classic("'x\""), Err(DefaultError::Unterminated));
    assert_eq!(value(modern("\"it's\"")), "it's");
    assert_eq!(value(classic("'it''s'")), "it's");
    assert_eq!(value(classic("now()")), "now()");
    assert_eq!(value(classic("'a\\\\b'")), "a\\b");
}

#[test]
fn index_arguments_are_told_apart() {
    let attribute = |name: &str, length, descending| IndexPart::Attribute { name: name.to_string(), length, descending };
    for (text, part) in [
        ("a", attribute("a", None, false)),
        (" `a` ", attribute("a", None, false)),
        ("a(10)", attribute("a", Some(10), false)),
        ("a DESC", attribute("a", None, true)),
        (
            "j.name:char(20)",
            IndexPart::JsonPath { name: "j".to_string(), path: "name".to_string(), returning: Some("char(20)".to_string()) },
        ),
        ("(a + 1)", IndexPart::Expression("(a + 1)".to_string())),
    ] {
        assert_eq!(parse_index_argument(text), Ok(part), "{text}");
    }
    assert!(parse_index_argument(" ").is_err());
}
