//! One text, one meaning: restrictions and expressions give the same rows and values on every server.

use djc_core::catalog::ColumnType;
use djc_core::contents::literal;
use djc_core::ir::type_text::{self, TypeContext};
use djc_core::ir::{AttributeType, Generation};
use djc_core::plan::Literal;
use djc_core::predicate::{Column, Holds, Predicate};
use djc_core::value::Value;
use djc_runtime::{Db, SqlValue};

use crate::support::{On, Place};

/// Attributes of the one table, which has a row for each number.
const ATTRIBUTES: [(&str, &str, [Option<&str>; 4]); 13] = [
    ("n", "int32", [Some("1"), Some("2"), Some("3"), Some("4")]),
    ("age", "int16", [Some("3"), None, Some("-5"), Some("12")]),
    ("weight", "float64", [Some("0.5"), Some("2.25"), None, Some("-1.75")]),
    ("price", "decimal(8,2)", [Some("9.50"), Some("10.00"), Some("-100.25"), None]),
    ("rig", "varchar(32)", [Some("a"), Some("b%c"), Some("it's \"b_c\""), Some("back\\slash")]),
    ("species", "enum('mouse','rat','ferret')", [Some("mouse"), Some("rat"), None, Some("ferret")]),
    ("good", "bool", [Some("1"), Some("0"), None, Some("1")]),
    ("born", "date", [Some("2024-01-31"), Some("2024-02-29"), None, Some("2023-12-31")]),
    ("start", "datetime", [Some("2024-01-31 23:30:00"), Some("2024-02-29 00:00:00"), Some("2024-03-01 12:15:45"), None]),
    ("clock", "time", [Some("09:30:00"), Some("00:00:00"), Some("23:59:59"), None]),
    (
        "id",
        "uuid",
        [
            Some("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
            Some("00000000-0000-0000-0000-000000000001"),
            None,
            Some("ffffffff-ffff-ffff-ffff-ffffffffffff"),
        ],
    ),
    (
        "params",
        "json",
        [
            Some(r#"{"rate": 30.5, "on": true, "tags": ["x", "y"]}"#),
            Some(r#"{"rate": 20, "on": false, "a b": {"c": 1}}"#),
            Some("{}"),
            None,
        ],
    ),
    ("data", "bytes", [Some("abc"), Some(""), None, Some("\u{1}")]),
];

/// Restrictions, and the numbers of the rows that they keep.
const RESTRICTIONS: [(&str, &[i64]); 79] = [
    ("n > 2", &[3, 4]),
    ("n", &[1, 2, 3, 4]),
    ("age + 5", &[1, 4]),
    ("age is null", &[2]),
    ("age <=> null or age <=> 3", &[1, 2]),
    ("not (age > 3)", &[1, 3]),
    ("age <> 3", &[3, 4]),
    ("age in (3, '12')", &[1, 4]),
    ("age not in (3, 12)", &[3]),
    ("age between -5 and 3", &[1, 3]),
    ("age not between -5 and 3", &[4]),
    ("age = '3'", &[1]),
    ("n = 1 || n = 2 && age = 12", &[1]),
    ("n = 1 xor age = 3", &[]),
    ("n < 3 xor n > 1", &[1, 3, 4]),
    ("!good", &[2]),
    ("good", &[1, 4]),
    ("good = 1", &[1, 4]),
    ("good = false", &[2]),
    ("good in (0, 1)", &[1, 2, 4]),
    ("good is not true", &[2, 3]),
    ("good + good = 2", &[1, 4]),
    ("weight > 0.5 or weight = 0.5", &[1, 2]),
    ("weight < -1.5e0", &[4]),
    ("price > 9.5", &[2]),
    ("price = 10", &[2]),
    ("price < 0 and price in (-100.25)", &[3]),
    ("price between '9' and '10'", &[1, 2]),
    ("rig = 'a'", &[1]),
    (r#"rig = "it's ""b_c""""#, &[3]),
    (r"rig = 'back\\slash'", &[4]),
    ("rig in ('a', 'b%c')", &[1, 2]),
    ("rig like '%B%'", &[2, 3, 4]),
    (r"rig like '%\_c%'", &[3]),
    (r"rig like 'b\%c'", &[2]),
    ("rig like 'b|%c' escape '|'", &[2]),
    (r"rig like 'back\\\\%'", &[4]),
    ("rig not like '%b%'", &[1]),
    ("rig like binary '%B%'", &[]),
    ("rig like binary '%b_c%'", &[2, 3, 4]),
    (r"rig like binary '%b\_c%'", &[3]),
    ("rig > 'a' and rig < 'c'", &[2, 4]),
    ("species = 'mouse'", &[1]),
    ("species in ('rat', 'cat')", &[2]),
    ("species <> 'mouse'", &[2, 4]),
    ("species like 'M%'", &[1]),
    ("born = '2024-02-29'", &[2]),
    ("born = '2024-2-29'", &[2]),
    ("born > 20240101", &[1, 2]),
    ("born < '2024-02-29 12:00:00'", &[1, 2, 4]),
    ("born = '2024-02-29 12:00:00'", &[]),
    ("born = start", &[2]),
    ("born < start", &[1]),
    ("born like '2024-0%'", &[1, 2]),
    ("start >= '2024-02-29'", &[2, 3]),
    ("start = '2024-02-29'", &[2]),
    ("start between '2024-01-31' and '2024-03-01'", &[1, 2]),
    ("start > date '2024-02-29' - interval 1 hour", &[2, 3]),
    ("start + interval 30 minute = '2024-02-01'", &[1]),
    ("born + interval 1 month = '2024-02-29'", &[1]),
    ("born - interval 1 day < '2024-01-01'", &[4]),
    ("start < now()", &[1, 2, 3]),
    ("born <= curdate() - interval 1 day", &[1, 2, 4]),
    ("date(start) = '2024-03-01'", &[3]),
    ("clock >= '9:30'", &[1, 3]),
    ("hour(clock) = 9 and minute(clock) = 30", &[1]),
    ("id = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", &[1]),
    ("id in ('00000000000000000000000000000001', X'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF')", &[2, 4]),
    ("params.rate > '3'", &[1]),
    ("params.rate:decimal(10,2) < 30", &[2]),
    ("params.rate:double = 30.5", &[1]),
    ("params.tags[1] = 'y'", &[1]),
    ("params.`a b`.c:signed = 1", &[2]),
    ("params.on = true", &[1]),
    ("params.rate is null", &[3, 4]),
    ("data = 'abc' or data = X'01'", &[1, 4]),
    ("(n, rig) in ((1, 'a'), (2, 'a'))", &[1]),
    ("(n, age) <> (3, -5) and case when n > 2 then good else true end", &[1, 2, 4]),
    ("if(age > 0, rig, 'none') = 'none'", &[2, 3]),
];

/// Expressions, the row that they are computed for, and what they give.
const EXPRESSIONS: [(&str, i64, Option<&str>); 64] = [
    ("n * 10 + 1", 1, Some("11")),
    ("-age - -1", 3, Some("6")),
    ("n / 2", 1, Some("0.5")),
    ("n / 0", 1, None),
    ("7 div n", 2, Some("3")),
    ("-7 div 2", 1, Some("-3")),
    ("7.5 div 2", 1, Some("3")),
    ("age % 3", 3, Some("-2")),
    ("7.5 % n", 2, Some("1.5")),
    ("n % 0", 2, None),
    ("age & 9 | 16", 4, Some("24")),
    ("n << 3 >> 1", 3, Some("12")),
    ("price * 2", 1, Some("19")),
    ("abs(age) + sign(age)", 3, Some("4")),
    ("ceil(weight)", 2, Some("3")),
    ("floor(weight)", 4, Some("-2")),
    ("ceil(weight)", 4, Some("-1")),
    ("round(weight, 1)", 4, Some("-1.8")),
    ("round(price)", 1, Some("10")),
    ("greatest(age, n, 4)", 1, Some("4")),
    ("greatest(age, n)", 2, None),
    ("least(age, n)", 3, Some("-5")),
    ("if(good, 'yes', 'no')", 1, Some("yes")),
    ("if(good, 'yes', 'no')", 3, Some("no")),
    ("ifnull(age, 0)", 2, Some("0")),
    ("coalesce(age, n, 7)", 2, Some("2")),
    ("nullif(n, 2)", 2, None),
    ("isnull(age)", 2, Some("1")),
    ("concat(rig, '-', n)", 1, Some("a-1")),
    ("concat(rig, age)", 2, None),
    ("concat_ws('-', rig, age, n)", 2, Some("b%c-2")),
    ("length(rig)", 3, Some("10")),
    ("length('größe') - char_length('größe')", 1, Some("2")),
    ("length(data)", 1, Some("3")),
    ("upper(substr(rig, 2, 3))", 4, Some("ACK")),
    ("substring(rig, -5)", 4, Some("slash")),
    ("left(rig, 2)", 4, Some("ba")),
    ("right(rig, 3)", 4, Some("ash")),
    ("trim('  x ')", 1, Some("x")),
    ("replace(rig, 'b', 'B')", 2, Some("B%c")),
    ("instr(rig, 'c') + locate('%', rig)", 2, Some("5")),
    ("repeat(rig, 3)", 1, Some("aaa")),
    ("case species when 'mouse' then 1 when 'rat' then 2 end", 2, Some("2")),
    ("case when age > 3 then 'old' when age > 0 then 'young' else 'none' end", 1, Some("young")),
    ("cast('12' as signed) + 1", 1, Some("13")),
    ("cast(weight as signed)", 2, Some("2")),
    ("cast(2.5 as signed)", 2, Some("3")),
    ("cast(age as char)", 4, Some("12")),
    ("cast(price as decimal(8,1))", 3, Some("-100.3")),
    ("year(start) * 100 + month(born)", 1, Some("202401")),
    ("day(start) + quarter(start) + dayofyear(start)", 2, Some("90")),
    ("dayofweek(born) * 10 + weekday(born)", 1, Some("42")),
    ("extract(second from start)", 3, Some("45")),
    ("weekofyear(born)", 4, Some("52")),
    ("datediff(born, '2024-1-1')", 2, Some("59")),
    ("last_day(born - interval 1 month)", 2, Some("2024-01-31")),
    ("born + interval 1 quarter", 4, Some("2024-03-31")),
    ("start - interval 90 second", 2, Some("2024-02-28 23:58:30")),
    ("start + interval n week", 2, Some("2024-03-14 00:00:00")),
    ("'2024-01-31' + interval 1 month", 1, Some("2024-02-29")),
    ("timestampdiff(minute, '2024-01-31 23:00', start)", 1, Some("30")),
    ("timestampdiff(day, start, '2024-02-28 23:59:59')", 2, Some("0")),
    ("params.tags[0]", 1, Some("x")),
    ("age > 3", 4, Some("1")),
];

/// Aggregates over all rows.
const AGGREGATES: [(&str, Option<&str>); 12] = [
    ("count(*)", Some("4")),
    ("count(age)", Some("3")),
    ("count(distinct good)", Some("2")),
    ("sum(age) + max(n) * min(n)", Some("14")),
    ("sum(age > 0)", Some("2")),
    ("avg(weight) * 6", Some("2")),
    ("max(price)", Some("10")),
    ("max(good)", Some("1")),
    ("max(start)", Some("2024-03-01 12:15:45")),
    ("min(born)", Some("2023-12-31")),
    ("group_concat(n order by n desc separator '; ')", Some("4; 3; 2; 1")),
    ("max(if(good, age, 0))", Some("12")),
];

struct Table {
    on: On,
    name: String,
}

impl Table {
    async fn make(place: &Place, db: &mut Db) -> Table {
        let (on, dialect) = (place.on, place.on.server().dialect());
        let schema = place.schema("predicate");
        let name = on.server().table_sql(&schema, "samples");
        match on {
            On::Sqlite => {}
            On::MariaDb | On::MySql => {
                db.execute(&format!("CREATE DATABASE {} CHARACTER SET utf8mb4", dialect.facts().quoting.name(&schema)))
                    .await
                    .expect("a schema");
            }
            On::Postgres => {
                db.execute(&format!("CREATE SCHEMA {}", dialect.facts().quoting.name(&schema))).await.expect("a schema");
                let ty = dialect.facts().quoting.qualified(&schema, "species");
                db.execute(&format!("CREATE TYPE {ty} AS ENUM ('mouse', 'rat', 'ferret')")).await.expect("a type");
            }
        }
        let mut columns = Vec::new();
        let mut rows = vec![Vec::new(); 4];
        for (attribute, text, values) in ATTRIBUTES {
            let ty = declared(text);
            let mut column = dialect.column_type(&ty, Generation::Modern).expect("every server holds it");
            if let ColumnType::Enum { name, values } = &mut column {
                *name = Some((schema.clone(), "species".to_string()));
                *values = ["mouse", "rat", "ferret"].map(str::to_string).to_vec();
            }
            columns.push(format!("{} {} NULL", dialect.facts().quoting.name(attribute), dialect.type_sql(&column)));
            for (row, value) in rows.iter_mut().zip(values) {
                let value = match (value, &ty) {
                    (None, _) => Value::Null,
                    (Some(text), AttributeType::Bytes) => Value::Bytes(text.as_bytes().to_vec()),
                    (Some(text), AttributeType::Json) => {
                        row.push(dialect.literal_sql(&Literal::Text(text.to_string()), &column));
                        continue;
                    }
                    (Some(text), _) => Value::Text(text.to_string()),
                };
                let stored = match value {
                    Value::Null => Literal::Null,
                    value => literal(&value, &ty, &column, Generation::Modern, on.server()).expect("the value fits"),
                };
                row.push(dialect.literal_sql(&stored, &column));
            }
        }
        db.execute(&format!("CREATE TABLE {name} ({})", columns.join(", "))).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        for row in rows {
            let sql = format!("INSERT INTO {name} VALUES ({})", row.join(", "));
            db.execute(&sql).await.unwrap_or_else(|error| panic!("{on:?}: {error}\n{sql}"));
        }
        Table { on, name }
    }

    fn written(&self, predicate: &Predicate) -> (String, Vec<SqlValue>) {
        let server = self.on.server();
        let column = |name: &str| Column { sql: format!("t.{}", server.dialect().facts().quoting.name(name)), holds: holds(name) };
        let (mut sql, mut values) = (String::new(), Vec::new());
        predicate.write(server, &column, &mut sql, &mut values).unwrap_or_else(|error| panic!("{:?}: {error}", self.on));
        let values = values.into_iter().map(|value| match value {
            Literal::Text(text) => SqlValue::Text(text),
            Literal::Bytes(bytes) => SqlValue::Bytes(bytes),
            other => panic!("only texts and bytes are bound: {other:?}"),
        });
        (sql, values.collect())
    }

    async fn rows(&self, db: &mut Db, text: &str) -> Result<Vec<u64>, String> {
        let predicate = Predicate::parse(text).map_err(|error| error.to_string())?;
        let (condition, values) = self.written(&predicate);
        let sql = format!("SELECT n FROM {} t WHERE {condition} ORDER BY n", self.name);
        let rows = db.query(&sql, &values).await.map_err(|error| format!("{error}\n{sql}"))?;
        Ok(rows.iter().map(|row| row.u64(0).expect("a number")).collect())
    }

    async fn value(&self, db: &mut Db, text: &str, from: &str) -> Result<Option<String>, String> {
        let predicate = Predicate::expression(text, true).map_err(|error| error.to_string())?;
        let (expression, values) = self.written(&predicate);
        let sql = format!("SELECT {expression} AS a FROM {} t {from}", self.name);
        let rows = db.query(&sql, &values).await.map_err(|error| format!("{error}\n{sql}"))?;
        Ok(match rows[0].get(0) {
            SqlValue::Bool(value) => Some(u8::from(*value).to_string()),
            SqlValue::F64(value) => Some(value.to_string()),
            SqlValue::Null => None,
            _ => rows[0].opt_text(0).expect("a text or a number").map(|text| plain(&text)),
        })
    }
}

/// Servers show a different number of digits behind the point; a moment of PostgreSQL may stand for a day.
fn plain(text: &str) -> String {
    let is_number = text.contains('.') && text.parse::<f64>().is_ok();
    if is_number { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text.replace(".000000", "") }
}

fn declared(text: &str) -> AttributeType {
    type_text::parse(text, Generation::Modern, &TypeContext::default()).expect("a type").ty
}

fn holds(name: &str) -> Holds {
    ATTRIBUTES.iter().find(|(known, ..)| *known == name).map_or(Holds::Unknown, |(_, text, _)| Holds::of(&declared(text)))
}

async fn one_meaning(on: On) {
    let Some(place) = Place::new(on) else { return };
    let mut db = place.connect().await;
    let table = Table::make(&place, &mut db).await;
    let mut wrong = Vec::new();
    for (text, wanted) in RESTRICTIONS {
        let found = table.rows(&mut db, text).await;
        let wanted: Vec<u64> = wanted.iter().map(|number| *number as u64).collect();
        if found != Ok(wanted.clone()) {
            wrong.push(format!("{text}: {found:?}, not {wanted:?}"));
        }
    }
    for (text, row, wanted) in EXPRESSIONS {
        let found = table.value(&mut db, text, &format!("WHERE n = {row}")).await;
        if found != Ok(wanted.map(str::to_string)) {
            wrong.push(format!("{text} of row {row}: {found:?}, not {wanted:?}"));
        }
    }
    for (text, wanted) in AGGREGATES {
        let found = table.value(&mut db, text, "").await;
        if found != Ok(wanted.map(str::to_string)) {
            wrong.push(format!("{text}: {found:?}, not {wanted:?}"));
        }
    }
    // Patterns of the MySQL family and of PostgreSQL; SQLite says that it has none.
    if on != On::Sqlite {
        for (text, wanted) in [("rig regexp '^B.C$'", &[2][..]), ("rig not rlike 'b'", &[1]), ("rig regexp binary 'B'", &[])] {
            let found = table.rows(&mut db, text).await;
            if found != Ok(wanted.to_vec()) {
                wrong.push(format!("{text}: {found:?}, not {wanted:?}"));
            }
        }
        for (text, wanted) in [("sqrt(n) * 10", "20"), ("pow(n, 2)", "16"), ("timestampdiff(month, '2023-01-31', born)", "11")] {
            let found = table.value(&mut db, text, "WHERE n = 4").await;
            if found != Ok(Some(wanted.to_string())) {
                wrong.push(format!("{text}: {found:?}, not {wanted}"));
            }
        }
    }
    db.close().await;
    place.clean().await;
    assert!(wrong.is_empty(), "{on:?}:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn one_meaning_on_sqlite() {
    one_meaning(On::Sqlite).await;
}

#[tokio::test]
async fn one_meaning_on_mariadb() {
    one_meaning(On::MariaDb).await;
}

#[tokio::test]
async fn one_meaning_on_postgres() {
    one_meaning(On::Postgres).await;
}

#[tokio::test]
async fn one_meaning_on_mysql() {
    one_meaning(On::MySql).await;
}
