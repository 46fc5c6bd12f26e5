//! Record batches hold what rows hold.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int32Type, TimestampMicrosecondType,
    UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use djc_core::blob;
use djc_core::query::Query as Untyped;
use djc_core::value::Value;
use djc_runtime::Query;
use djc_runtime::table::RowMap;

use crate::insert::world::{everywhere, int, row, text};
use crate::support::On;

/// The value at `at` as a row would have it, read back out of the column.
fn value(batch: &RecordBatch, name: &str, at: usize) -> Value {
    let column = batch.column_by_name(name).expect("a column");
    if column.is_null(at) {
        return Value::Null;
    }
    let date = |days: i32| chrono::NaiveDate::default() + chrono::Days::new(u64::try_from(days).expect("after 1970"));
    match column.data_type() {
        DataType::Int8 => int(column.as_primitive::<Int8Type>().value(at).into()),
        DataType::Int32 => int(column.as_primitive::<Int32Type>().value(at).into()),
        DataType::UInt64 => Value::from(column.as_primitive::<UInt64Type>().value(at)),
        DataType::Boolean => Value::Bool(column.as_boolean().value(at)),
        DataType::Float32 => Value::Float(column.as_primitive::<Float32Type>().value(at).into()),
        DataType::Float64 => Value::Float(column.as_primitive::<Float64Type>().value(at)),
        DataType::Decimal128(_, scale) => {
            let number = rust_decimal::Decimal::from_i128_with_scale(column.as_primitive::<Decimal128Type>().value(at), *scale as u32);
            Value::Decimal(number.into())
        }
        DataType::Utf8 if name == "info" => {
            Value::from(serde_json::from_str::<serde_json::Value>(column.as_string::<i32>().value(at)).expect("JSON"))
        }
        DataType::Utf8 => text(column.as_string::<i32>().value(at)),
        DataType::Dictionary(_, _) => {
            let dictionary = column.as_dictionary::<Int32Type>();
            let key = dictionary.keys().value(at) as usize;
            text(dictionary.values().as_string::<i32>().value(key))
        }
        DataType::Date32 => Value::Date(date(column.as_primitive::<Date32Type>().value(at))),
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(at);
            Value::DateTime(chrono::DateTime::from_timestamp_micros(micros).expect("a moment").naive_utc())
        }
        DataType::Duration(TimeUnit::Microsecond) => {
            let micros = column.as_primitive::<DurationMicrosecondType>().value(at);
            Value::Time(chrono::NaiveTime::MIN + chrono::TimeDelta::microseconds(micros))
        }
        DataType::FixedSizeBinary(16) => {
            Value::Uuid(uuid::Uuid::from_slice(column.as_fixed_size_binary().value(at)).expect("sixteen bytes"))
        }
        DataType::Binary => blob::unpack(column.as_binary::<i32>().value(at), &blob::Limits::default()).expect("a blob"),
        other => panic!("{name}: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_hold_what_rows_hold() {
    everywhere(async |world| {
        let on = world.on;
        let day = |text: &str| Value::Date(text.parse().expect("a date"));
        let full = row([
            ("id", int(1)),
            ("tiny", int(-128)),
            ("ubig", Value::from(i64::MAX as u64)),
            ("flag", Value::Bool(true)),
            ("narrow", Value::Float(f64::from(0.1f32))),
            ("wide", Value::Float(0.1)),
            ("price", Value::Decimal("-12.50".parse().expect("a decimal"))),
            ("code", Value::Uuid(uuid::Uuid::from_u128(7))),
            ("day", day("2024-02-29")),
            ("at", Value::DateTime("2024-02-29T12:30:00.250".parse().expect("a moment"))),
            ("clock", Value::Time("01:02:03".parse().expect("a time"))),
            ("kind", text("it's")),
            ("letters", text("größe")),
            ("prose", text("日本 😀")),
            ("info", Value::List(vec![int(1), Value::Null])),
        ]);
        let params = ("params".to_string(), Value::Map(vec![(text("x"), Value::Float(0.5))]));
        let full: RowMap = full.into_iter().chain([params]).collect();
        world.put("Every", [full]).await;
        world.put("Every", [row([("id", int(2))])]).await;
        let query: Query = Query::from_core(Ok(Untyped::table(&world.model, world.table("Every"))));
        let rows: Vec<RowMap> = query.fetch_maps(&world.db).await.expect("rows");
        let batches = query.arrow(&world.db).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        assert_eq!((batches.len(), batches[0].num_rows()), (1, 2), "{on:?}");
        for (at, row) in rows.iter().enumerate() {
            for (name, expected) in row.iter() {
                assert_eq!(value(&batches[0], name, at), *expected, "{on:?} {name}");
            }
        }
        let schema = batches[0].schema();
        assert_eq!(schema.field_with_name("price").expect("it is there").data_type(), &DataType::Decimal128(6, 2));
        let code = schema.field_with_name("code").expect("it is there");
        assert_eq!(code.metadata().get("ARROW:extension:name").map(String::as_str), Some("arrow.uuid"));
        assert!(!schema.field_with_name("id").expect("it is there").is_nullable());

        let none = Query::from_core(query.check().expect("a query").restrict(&djc_core::query::Restriction::False));
        let none: Query = none;
        let batches = none.arrow(&world.db).await.expect("an empty batch");
        assert_eq!((batches.len(), batches[0].num_rows(), batches[0].num_columns()), (1, 0, rows[0].values().len()), "{on:?}");
    })
    .await;
}

/// More rows than a batch has, and columns whose types only the server knows.
#[tokio::test(flavor = "multi_thread")]
async fn batches_are_bounded_and_expressions_have_types() {
    everywhere(async |world| {
        if world.on != On::Sqlite && world.on != On::MariaDb {
            return;
        }
        let count = 150_000i64;
        for start in (0..count).step_by(50_000) {
            world.put("Node", (start..start + 50_000).map(|node| row([("node", int(node))]))).await;
        }
        let projection = djc_core::query::Projection {
            computed: vec![("half".into(), "node / 2.0".into()), ("word".into(), "concat('n', node)".into())],
            ..Default::default()
        };
        let query = Untyped::table(&world.model, world.table("Node"));
        let query: Query = Query::from_core(query.project(&projection));
        let batches = query.arrow(&world.db).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [65_536, 65_536, 18_928], "{:?}", world.on);
        assert_eq!(batches[0].schema(), batches[2].schema());
        let half = batches[0].schema().field_with_name("half").expect("it is there").data_type().clone();
        assert!(matches!(half, DataType::Float64 | DataType::Decimal128(38, _)), "{:?} {half}", world.on);
        assert_eq!(value(&batches[2], "node", 18_927), int(count - 1));
        assert_eq!(value(&batches[0], "word", 5), text("n5"));
    })
    .await;
}
