//! What is read, what is refused, and how each server is told.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{Column, Holds, Predicate, PredicateError};
use crate::dialect::{SERVERS, Server};
use crate::plan::Literal;

/// What the attributes of these tests hold.
fn kind(name: &str) -> Holds {
    match name {
        "age" | "sess" | "n" | "weight" => Holds::Number,
        "price" => Holds::Decimal,
        "rig" | "note" | "subject" => Holds::Text,
        "species" => Holds::Choice,
        "good" => Holds::Truth,
        "born" => Holds::Day,
        "start" | "stop" => Holds::Moment,
        "clock" => Holds::Time,
        "id" => Holds::Uuid,
        "params" => Holds::Json,
        "data" => Holds::Bytes,
        _ => Holds::Unknown,
    }
}

fn written(predicate: &Predicate, server: Server) -> Result<(String, Vec<Literal>), PredicateError> {
    let column = |name: &str| Column { sql: server.dialect().facts().quoting.name(name), holds: kind(name) };
    let (mut sql, mut values) = (String::new(), Vec::new());
    predicate.write(server, &column, &mut sql, &mut values)?;
    Ok((sql, values))
}

/// Each text as the servers are told; servers that are told the same share a line.
fn told(texts: &[&str], read: fn(&str) -> Result<Predicate, PredicateError>) -> String {
    let mut out = String::new();
    for text in texts {
        writeln!(out, "{text}").expect("a string");
        let predicate = read(text).unwrap_or_else(|error| panic!("{error}"));
        let mut lines: Vec<(Vec<&str>, String)> = Vec::new();
        for server in SERVERS {
            let line = match written(&predicate, server) {
                Ok((sql, values)) if values.is_empty() => sql,
                Ok((sql, values)) => format!("{sql}  {values:?}"),
                Err(error) => format!("! {}", error.message),
            };
            match lines.iter_mut().find(|(_, known)| *known == line) {
                Some((servers, _)) => servers.push(server.as_str()),
                None => lines.push((vec![server.as_str()], line)),
            }
        }
        for (servers, line) in lines {
            writeln!(out, "    {}: {line}", servers.join(", ")).expect("a string");
        }
    }
    out
}

/// Each text with why it is refused, and a mark below the place.
fn refused(texts: &[&str], read: fn(&str) -> Result<Predicate, PredicateError>) -> String {
    let mut out = String::new();
    for text in texts {
        let error = read(text).expect_err(text);
        let column = text[..error.at].chars().count();
        writeln!(out, "{text}\n{}^ {}", " ".repeat(column), error.message).expect("a string");
    }
    out
}

#[test]
fn comparisons_take_the_form_of_their_column() {
    insta::assert_snapshot!(told(
        &[
            "rig = 'A' and sess > 1",
            "`rig` != \"it's\" && sess<>-2.5 || !(age <=> null)",
            "subject = 5",
            "subject in (5, 'x')",
            "age = '12'",
            "price > 3",
            "species = 'mouse' or species in ('rat', 'ferret')",
            "good = 1 and good <> false",
            "good",
            "age",
            "not age or good xor age",
            "born = '2024-1-2'",
            "born < '2024-01-02 12:00'",
            "start >= 20240102",
            "start between '2024-01-02' and '2024-01-03T12:30:00.50'",
            "born = start",
            "clock > '9:30'",
            "id = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' or id = X'A0EEBC999C0B4EF8BB6D6BB9BD380A11'",
            "data = 'abc' and data is not null",
            "other = 'x' and other > 3",
            "(sess, rig) in ((1, 'A'), (2, 'B')) and (sess, rig) <> (3, 'C')",
            "(a=1 or a=2 or a=3) and not (b=4) and c is not true",
            "a = b = c",
            "1 <= sess and \"x\" = rig",
        ],
        Predicate::parse,
    ));
}

#[test]
fn patterns_look_at_no_letter_case() {
    insta::assert_snapshot!(told(
        &[
            r#"note like "a%""#,
            r"note not like 'a\_b\%c%'",
            r"note like '50|%%' escape '|'",
            r"note like 'ends in a backslash\\'",
            "note like binary 'A%[x]_'",
            "note collate utf8mb4_bin like 'A%'",
            "note collate utf8mb4_bin = 'A'",
            "note collate utf8mb4_general_ci = 'a'",
            "start like '2024-01%' and age like '1%'",
            "note regexp '^a+$' and note not rlike binary 'B'",
        ],
        Predicate::parse,
    ));
}

#[test]
fn expressions_mean_the_same() {
    insta::assert_snapshot!(told(
        &[
            "sess * 10 + 1",
            "-age - -3",
            "- -3 - - -age",
            "sess / 3",
            "sess div 3 + sess % 3 + sess mod 2",
            "sess & 4 | 1 << 2",
            "ifnull(age, 0)",
            "if(age > 3, 'old', 'young')",
            "coalesce(born, '2024-1-2')",
            "greatest(age, 3.5)",
            "concat(subject, '-', sess)",
            "length(note) + char_length(note)",
            "substr(note, 2, 3)",
            "left(upper(trim(note)), 3)",
            "case species when 'mouse' then 1 when 'rat' then 2 else 0 end",
            "case when age > 3 then born end",
            "cast(note as signed) + cast(age as char)",
            "cast('2024-1-2' as date)",
            "year(start) * 100 + month(born)",
            "extract(hour from clock)",
            "datediff(stop, '2024-1-2')",
            "start + interval 90 minute",
            "born - interval 1 month",
            "interval 2 quarter + born",
            "date_sub(start, interval age week)",
            "'2024-01-31' + interval 1 day",
            "timestampdiff(hour, start, stop)",
            "timestampdiff(month, start, stop)",
            "now()",
            "current_date",
            "params.rate",
            "params.list[0].`b c`:decimal(5,2)",
            "params.on = true",
            "sqrt(weight) + round(weight, 2) + floor(weight)",
            "date '2024-1-2'",
            "age > 3",
        ],
        |text| Predicate::expression(text, false),
    ));
}

#[test]
fn aggregates_belong_to_aggregations() {
    insta::assert_snapshot!(told(
        &[
            "count(*)",
            "count(distinct rig)",
            "max(sess) - min(sess)",
            "sum(age > 3)",
            "avg(price)",
            "max(good)",
            "std(weight)",
            "group_concat(distinct rig order by sess desc separator '; ')",
            "group_concat(rig)",
            "any_value(note)",
        ],
        |text| Predicate::expression(text, true),
    ));
    insta::assert_snapshot!(
        "aggregates_refused",
        refused(&["count(*)", "max(sess) > 1"], |text| Predicate::expression(text, false))
            + &refused(&["max(count(*))", "count(rig, sess)", "sum(*)", "abs(distinct age)"], |text| Predicate::expression(text, true))
    );
}

#[test]
fn what_is_no_predicate_is_refused_where_it_stops_being_one() {
    insta::assert_snapshot!(refused(
        &[
            "",
            "  ",
            "rig =",
            "rig = 'A' and",
            "rig = 'A' sess > 1",
            "rig == 'A'",
            "rig = 'A",
            "rig = 'A''",
            "'A'",
            "rig = 'A'; drop table subject",
            "rig = 'A' -- and sess = 1",
            "rig = 'A' /* x */",
            "rig = 'A' # x",
            "sess in (select sess from other)",
            "exists (select 1)",
            "where rig = 'A'",
            "rig = 'A' order by sess",
            "rig = 'A' limit 1",
            "rig = ?",
            "rig = %s",
            "rig = :rig",
            "rig = $1",
            "rig = @x",
            "rig ilike 'a'",
            "cuont(rig)",
            "lenght(rig) > 1",
            "sleep(10)",
            "json_extract(params, '$.a') = 1",
            "round(age, 1, 2)",
            "age = null",
            "age in (1, null)",
            "age in ()",
            "age in (1,)",
            "age in [1, 2]",
            "(sess = 1",
            "sess = 1)",
            "(sess, rig)",
            "(sess, rig) = 1",
            "(sess, rig) in ((1, 2, 3))",
            "start > interval 1 day",
            "start > now() - interval 1 dya",
            "start > now() - interval '1 day'",
            "concat(rig, 'x') and sess",
            "rig::text = 'A'",
            "rig ~ 'A'",
            "sess ^ 2 = 1",
            "params->'$.a' = 1",
            "rig:signed = 1",
            "cast(sess as blob) = 1",
            "case when 1 end",
            "x'abc' = data",
            "`rig = 1",
            "`rig`(1)",
            "and sess",
            "{rig} = 1",
            "f(x) over () = 1",
            "rig 'A'",
            "größe = 1",
            "count(*) > 1",
        ],
        Predicate::parse,
    ));
}

#[test]
fn constants_that_cannot_be_are_refused_when_they_are_written() {
    let mut out = String::new();
    for text in [
        "born = 'today'",
        "id = 'x'",
        "age = 'old'",
        "subject < 5",
        "id like 'a%'",
        "note + 1 > 2",
        "stop - start > 3",
        "not note",
        "rig.x = 1",
        "good = 'maybe'",
        "id = 5",
        "note regexp 'a'",
        "sqrt(age) > 2",
    ] {
        let predicate = Predicate::parse(text).unwrap_or_else(|error| panic!("{error}"));
        let error = SERVERS.iter().rev().find_map(|server| written(&predicate, *server).err()).expect(text);
        writeln!(out, "{error}").expect("a string");
    }
    insta::assert_snapshot!(out);
}

#[test]
fn attributes_are_named_with_their_places() {
    let predicate =
        Predicate::parse("b = 1 and (`a b` > c or b in (d, year(e))) and params.rate > 1 and now() > 'f'").expect("a predicate");
    let names = ["b", "a b", "c", "d", "e", "params"];
    let places = [0, 11, 19, 30, 38, 47];
    assert_eq!(predicate.attributes(), names.map(str::to_string).into_iter().zip(places).collect::<Vec<_>>());
}

#[test]
fn placeholders_go_on_counting() {
    let predicate = Predicate::parse("rig = 'A' or rig = 'B'").expect("a predicate");
    let column = |name: &str| Column { sql: format!("t.\"{name}\""), holds: Holds::Text };
    let (mut sql, mut values) = ("x = $1 AND ".to_string(), vec![Literal::Integer(1)]);
    predicate.write(Server::Postgres, &column, &mut sql, &mut values).expect("texts are compared");
    assert_eq!(sql, "x = $1 AND ((t.\"rig\" = $2) OR (t.\"rig\" = $3))");
    assert_eq!(values.len(), 3);
}

#[test]
fn deep_and_long_texts_are_read_or_refused_soon() {
    // Each of them would take more than the age of the world if an alternative were tried twice at every level.
    for (open, close) in
        [("(", ")"), ("abs(", ")"), ("cast(", " as signed)"), ("case when ", " then 1 end"), ("if(", ",1,2)"), ("x in (", ")")]
    {
        for depth in [60, 1_000] {
            let good = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(Predicate::parse(&good).is_ok(), depth == 60, "{open}");
            assert!(Predicate::parse(&format!("{}%{}", open.repeat(depth), close.repeat(depth))).is_err(), "{open}");
            assert!(Predicate::parse(&open.repeat(depth)).is_err(), "{open}");
        }
    }
    for prefix in ["- ", "! ", "not ", "+", "binary ", "interval "] {
        assert!(Predicate::parse(&format!("{}1 = 1", prefix.repeat(5_000))).is_err(), "{prefix}");
    }
    let alternatives = format!("a = 1{}", " or a = 1".repeat(2_000));
    let predicate = Predicate::parse(&alternatives).expect("a flat list of alternatives");
    assert!(written(&predicate, Server::Sqlite).is_ok());
    assert!(Predicate::parse(&format!("1{} = 1", "+1".repeat(2_000))).is_err(), "two thousand sums stand on each other");
    assert!(Predicate::parse(&format!("a{}", " is null".repeat(2_000))).is_err());
    // What a server is told twice at every level is cut off.
    for text in
        ["floor(".repeat(40) + "1.5" + &")".repeat(40), format!("a{}", " % 2".repeat(150)), "substr(".repeat(40) + "a" + &",2)".repeat(40)]
    {
        let predicate = Predicate::expression(&text, false).expect("it is not too deep");
        for server in SERVERS {
            let length = written(&predicate, server).map_or(0, |(sql, _)| sql.len());
            assert!(length < 200_000, "{text}");
        }
    }
    let list = format!("a in (1{})", ",1".repeat(5_000));
    assert!(Predicate::parse(&list).is_ok());
}

#[test]
fn the_corpus_of_the_fuzzer_is_read_or_refused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/predicate");
    let mut count = 0;
    for file in std::fs::read_dir(folder).expect("the corpus") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("a text");
        law(&text);
        count += 1;
    }
    assert!(count >= 8, "the corpus is smaller than it was: {count}");
}

/// What holds for every text.
fn law(text: &str) {
    for outcome in [Predicate::parse(text), Predicate::expression(text, true)] {
        match outcome {
            Err(error) => assert!(text.is_char_boundary(error.at) && !error.to_string().is_empty(), "{error:?}"),
            Ok(predicate) => {
                for (name, at) in predicate.attributes() {
                    assert!(text[at..].starts_with('`') || text[at..].starts_with(&name), "{name} at {at} of {text}");
                }
                for server in SERVERS {
                    match written(&predicate, server) {
                        Ok((sql, values)) if server == Server::Postgres && !text.contains('$') => {
                            assert_eq!(sql.matches('$').count(), values.len(), "{text}: {sql}");
                        }
                        Ok((sql, _)) => assert!(!sql.is_empty() && (text.contains("--") || !sql.contains("--")), "{sql}"),
                        Err(error) => assert!(text.is_char_boundary(error.at), "{error:?}"),
                    }
                }
            }
        }
    }
}

/// What MySQL is told, with its values in it: a text of the same language.
fn as_text(predicate: &Predicate) -> Option<String> {
    let (sql, values) = written(predicate, Server::MySql).ok()?;
    let dialect = Server::MySql.dialect();
    let mut pieces = sql.split('?');
    let mut out = pieces.next()?.to_string();
    for (value, piece) in values.iter().zip(pieces) {
        out.push_str(&dialect.literal_sql(value, &crate::catalog::ColumnType::Text(crate::ir::Size::Long)));
        out.push_str(piece);
    }
    Some(out)
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "age",
        "sess",
        "weight",
        "`n`",
        "rig",
        "note",
        "species",
        "good",
        "born",
        "start",
        "other",
        "1",
        "2.5",
        "'x'",
        "\"it's\"",
        "'2024-01-02'",
        "true",
        "price",
    ])
    .prop_map(str::to_string);
    leaf.prop_recursive(5, 40, 3, |inner| {
        let binary = prop::sample::select(vec![
            "=", "<>", "<", ">=", "<=>", "and", "or", "xor", "&&", "||", "+", "-", "*", "/", "div", "%", "&", "<<",
        ]);
        prop_oneof![
            (inner.clone(), binary, inner.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.clone().prop_map(|a| format!("not {a}")),
            inner.clone().prop_map(|a| format!("-{a}")),
            inner.clone().prop_map(|a| format!("{a} is null")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} in ({b}, {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} between {b} and {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} not like {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("case when {a} then {b} else {a} end")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("if({a}, {b}, 3)")),
            inner.clone().prop_map(|a| format!("concat({a}, 'x')")),
            inner.prop_map(|a| format!("{a} + interval 1 day")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        law(&text);
    }

    #[test]
    fn any_words_of_the_language_are_read_or_refused(words in prop::collection::vec(prop::sample::select(vec![
        "a", "'x'", "1", "(", ")", ",", "and", "or", "not", "in", "like", "between", "is", "null", "case", "when", "then", "else", "end", "interval", "day",
        "-", "+", "=", "!", "count(*)", "abs", "cast(", " as signed)", "`", "\"", "\\", ".", ":", "[0]", "binary", "collate", "escape", "%", ";", "ü",
    ]), 0..30), glue in prop::sample::select(vec!["", " "])) {
        law(&words.join(glue));
    }

    #[test]
    fn what_mysql_is_told_means_what_was_read(text in value()) {
        law(&text);
        if let Ok(predicate) = Predicate::expression(&text, false)
            && let Some(once) = as_text(&predicate)
        {
            let again = Predicate::expression(&once, false).unwrap_or_else(|error| panic!("{text}: {error}"));
            prop_assert_eq!(as_text(&again), Some(once), "{}", text);
        }
    }
}
