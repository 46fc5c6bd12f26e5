//! Many rows and large rows.

use std::time::Duration;

use djc_core::value::Value;
use djc_runtime::ErrorKind;
use djc_runtime::insert::into_table;

use super::world::{everywhere, int, row, text};

/// A kilobyte as it is stored: shorter by so much that packing does not try to shrink it, which takes long without optimisation.
fn noise(id: i64) -> Value {
    let mut state = id as u64 + 1;
    let bytes: Vec<u8> = (0..960)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        })
        .collect();
    Value::from(bytes)
}

#[tokio::test]
async fn a_hundred_thousand_rows_of_a_kilobyte_go_together_or_not_at_all() {
    everywhere(async |world| {
        if world.db.dialect().server.is_mysql_family() {
            use djc_runtime::connection::Session;
            let packet = world.db.lock().await.expect("a session").query_value("SELECT @@max_allowed_packet AS a", &[]).await;
            println!("{:?}: max_allowed_packet {packet:?}", world.on);
        }
        let rows = |count: i64| (0..count).map(|id| row([("id", int(id)), ("body", noise(id))]));
        let last = row([("id", int(5)), ("body", noise(5))]);
        let error = world.refused(world.insert("Bulk", rows(20_000).chain([last]))).await;
        assert_eq!(error.kind(), ErrorKind::Duplicate, "{:?}: {error}", world.on);
        assert_eq!(world.count("Bulk").await, 0, "{:?}", world.on);
        let done = world.put("Bulk", rows(100_000)).await;
        assert_eq!(done.inserted, 100_000);
        assert_eq!(world.count("Bulk").await, 100_000, "{:?}", world.on);
    })
    .await;
}

#[tokio::test]
async fn a_row_that_no_packet_holds_is_named_before_it_is_sent() {
    everywhere(async |world| {
        if !world.db.dialect().server.is_mysql_family() {
            return;
        }
        use djc_runtime::connection::Session;
        let packet = world.db.lock().await.expect("a session").query_value("SELECT @@max_allowed_packet AS a", &[]).await;
        let djc_runtime::SqlValue::U64(packet) = packet.expect("a variable") else { panic!("a count") };
        if packet > 64 << 20 {
            println!("skipped: {:?} takes packets of {packet} bytes", world.on);
            return;
        }
        let mut bytes = Vec::with_capacity(packet as usize + 1000);
        let mut seed = 1;
        while bytes.len() <= packet as usize {
            let Value::Bytes(more) = noise(seed) else { panic!("bytes") };
            bytes.extend(more);
            seed += 1;
        }
        let rows = [row([("id", int(1)), ("body", noise(1))]), row([("id", int(2)), ("body", Value::from(bytes))])];
        let error = world.refused(world.insert("Bulk", rows)).await;
        assert_eq!(error.kind(), ErrorKind::Value, "{error}");
        for part in ["row 2", "`body`", "max_allowed_packet", &packet.to_string()] {
            assert!(error.details().message.contains(part), "{error}");
        }
        assert_eq!(world.count("Bulk").await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_insert_that_is_dropped_half_way_leaves_nothing() {
    everywhere(async |world| {
        let rows = || (0..20_000).map(|id| row([("id", int(id)), ("body", Value::from(vec![7u8; 10]))])).collect::<Vec<_>>();
        let cut = tokio::time::timeout(Duration::from_millis(60), world.insert("Bulk", rows()).batch_bytes(2000)).await;
        assert!(cut.is_err(), "{:?}: it was done before it could be dropped", world.on);
        // The same connection goes on.
        world.put("Subj", [row([("subj", text("s1"))])]).await;
        assert_eq!(world.count("Bulk").await, 0, "{:?}", world.on);
        // In a transaction what was done before stays, and what comes after is kept.
        let transaction = world.db.begin().await.expect("a transaction");
        let bulk = world.table("Bulk");
        into_table(&transaction, &world.model, bulk, rows()[..1].to_vec()).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        let insert = into_table(&transaction, &world.model, bulk, rows()[1..].to_vec()).batch_bytes(2000);
        let cut = tokio::time::timeout(Duration::from_millis(60), insert).await;
        assert!(cut.is_err(), "{:?}: it was done before it could be dropped", world.on);
        match into_table(&transaction, &world.model, bulk, rows()[2..3].to_vec()).await {
            Ok(_) => {
                transaction.commit().await.expect("it is committed");
                assert_eq!(world.rows("Bulk", "id").await, ["0", "2"], "{:?}", world.on);
            }
            // Cut in the middle of an answer, the session is given up, and the transaction with it.
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Lost, "{:?}: {error}", world.on);
                drop(transaction);
                assert_eq!(world.count("Bulk").await, 0, "{:?}", world.on);
            }
        }
    })
    .await;
}
