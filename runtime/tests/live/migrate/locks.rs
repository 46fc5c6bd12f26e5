//! Two at once, and others who hold what a run needs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use djc_core::plan::Plan;
use djc_runtime::migrate::{Blocker, Job, MigrateError, Progress, RunOptions, Silent, run};
use djc_runtime::{ConnectOptions, DatabaseUrl, Db, Location};

use super::way::{Way, by_hand, options};
use crate::support::On;

const SERVERS: [On; 3] = [On::MariaDb, On::MySql, On::Postgres];

#[tokio::test]
async fn of_two_runs_one_does_it() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let (mut one, mut other) = (way.place.connect().await, way.place.connect().await);
        let patient = RunOptions { ledger_wait: Duration::from_secs(60), lock_wait: Duration::from_secs(5), ..options() };
        let ledger = way.ledger();
        let (first, second) = tokio::join!(way.attempt(&mut one, &ledger, &patient), way.attempt(&mut other, &ledger, &patient));
        let [first, second] = [first, second].map(|it| it.unwrap_or_else(|error| panic!("{on:?}: {error:?}")).steps.len());
        assert_eq!((first.min(second), first.max(second)), (0, 11), "{on:?}");
        way.assert_arrived("two at once").await;
        assert_eq!(ledger.read(&mut one).await.expect("the ledger").len(), 1, "{on:?}");
        way.clean().await;
    }
}

#[tokio::test]
async fn another_holder_of_the_ledger_is_named() {
    for on in SERVERS {
        let Some(way) = Way::new(on).await else { continue };
        let (mut holder, mut db) = (way.place.connect().await, way.place.connect().await);
        let name = format!("djc {}.~migrations", way.schema());
        let (take, number) = match on {
            On::Postgres => (format!("SELECT pg_advisory_lock(hashtextextended('{name}', 0))::text AS a"), "SELECT pg_backend_pid() AS a"),
            On::MariaDb | On::MySql | On::Sqlite => (format!("SELECT GET_LOCK('{name}', 0) AS a"), "SELECT CONNECTION_ID() AS a"),
        };
        holder.query(&take, &[]).await.expect("the lock");
        let session = holder.query(number, &[]).await.expect("a number")[0].u64(0).expect("a number");
        let hasty = RunOptions { ledger_wait: Duration::ZERO, ..options() };
        let error = way.attempt(&mut db, &way.ledger(), &hasty).await.expect_err("it is taken");
        let MigrateError::Busy { holders, .. } = &error else { panic!("{on:?}: {error:?}") };
        assert_eq!(holders.iter().map(|it| it.session).collect::<Vec<_>>(), [session], "{on:?}: {error}");
        assert!(error.to_string().contains(&format!("held by session {session} of ")), "{on:?}: {error}");
        holder.close().await;
        way.run(&mut db).await;
        way.clean().await;
    }
}

#[tokio::test]
async fn a_session_whose_process_died_is_waited_for() {
    for on in SERVERS {
        let Some(way) = Way::new(on).await else { continue };
        let sleep = if on == On::Postgres { "SELECT pg_sleep(4);" } else { "DO SLEEP(4);" };
        // MariaDB and MySQL end a sleep as soon as the client is gone; a lock that is waited for they do not.
        let mut plan: Plan = way.plan.clone();
        plan.steps.insert(0, by_hand("a long statement", sleep, "", Vec::new()));
        let mut gone = way.place.connect().await;
        let (ledger, options) = (way.ledger(), options());
        let job = Job { plan: &plan, ..way.job() };
        let cut = tokio::time::timeout(Duration::from_millis(1500), run(&mut gone, &ledger, &job, &options, &mut Silent)).await;
        assert!(cut.is_err(), "{on:?}: it sleeps");
        // The connection stays open as that of a process that hangs does; nobody reads from it.
        let mut db = way.place.connect().await;
        let waits = Waits::default();
        let report = run(&mut db, &ledger, &job, &options, &mut waits.clone()).await;
        drop(gone);
        let report = match report {
            Ok(report) => report,
            Err(MigrateError::Busy { .. }) => {
                // The server ends the session now that its client is gone.
                let patient = RunOptions { ledger_wait: Duration::from_secs(30), ..options.clone() };
                run(&mut db, &ledger, &job, &patient, &mut Silent).await.unwrap_or_else(|error| panic!("{on:?}: {error:?}"))
            }
            Err(error) => panic!("{on:?}: {error:?}"),
        };
        assert_eq!(report.steps.len(), 12, "{on:?}");
        let seen = waits.0.lock().expect("one thread").clone();
        assert!(seen.iter().any(|it| it.contains("SLEEP(4)") || it.contains("pg_sleep(4)")), "{on:?}: {seen:?}");
        way.assert_arrived("after the dead").await;
        way.clean().await;
    }
}

/// Notes who kept it waiting.
#[derive(Default, Clone)]
struct Waits(Arc<Mutex<Vec<String>>>);

impl Progress for Waits {
    fn started(&mut self, _: usize) {}
    fn statement(&mut self, _: &str) {}
    fn done(&mut self) {}
    fn waiting(&mut self, _: &str, blockers: &[Blocker]) {
        self.0.lock().expect("one thread").extend(blockers.iter().map(Blocker::to_string));
    }
}

#[tokio::test]
async fn a_reader_that_holds_a_table_is_named() {
    for on in On::ALL {
        let Some(way) = Way::new(on).await else { continue };
        let (mut reader, mut db) = (way.place.connect().await, way.place.connect().await);
        reader.begin().await.expect("a transaction");
        way.rows(&mut reader, "SELECT * FROM {subject}").await;
        let hasty = RunOptions { lock_wait: Duration::from_secs(1), attempts: 2, ..options() };
        let error = way.attempt(&mut db, &way.ledger(), &hasty).await.expect_err("the table is held");
        let MigrateError::Blocked { blockers, attempts: 2, .. } = &error else { panic!("{on:?}: {error:?}") };
        // SQLite does not tell, and MariaDB only where nothing else holds it.
        assert!(on == On::Sqlite || !blockers.is_empty(), "{on:?}: {error}");
        reader.rollback().await.expect("it lets go");
        way.run(&mut db).await;
        way.assert_arrived("released").await;
        way.clean().await;
    }
}

/// Stands between a client and its server, and falls silent when told: neither side hears that the other is gone.
async fn router(listener: tokio::net::TcpListener, server: String, silence: Arc<tokio::sync::Notify>) {
    let mut first = true;
    loop {
        let Ok((mut client, _)) = listener.accept().await else { return };
        let Ok(mut behind) = tokio::net::TcpStream::connect(&server).await else { return };
        let silence = Arc::clone(&silence);
        let forgets = std::mem::take(&mut first);
        tokio::spawn(async move {
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut client, &mut behind) => {}
                () = silence.notified(), if forgets => std::future::pending().await,
            }
        });
    }
}

#[tokio::test]
async fn a_session_that_a_router_forgot_is_given_up() {
    for on in SERVERS {
        let Some(way) = Way::new(on).await else { continue };
        let DatabaseUrl::Server(location) = way.place.url.clone() else { panic!("a server") };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let silence = Arc::new(tokio::sync::Notify::new());
        let proxy = tokio::spawn(router(listener, format!("{}:{}", location.host, location.port()), Arc::clone(&silence)));
        let through = DatabaseUrl::Server(Location { host: "127.0.0.1".into(), port: Some(port), ..location });
        let mut db = Db::connect(&through, &ConnectOptions::default()).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));

        let mark = format!("/* {} */", way.place.prefix);
        let sleep = if on == On::Postgres { format!("SELECT pg_sleep(60) {mark};") } else { format!("DO SLEEP(60) {mark};") };
        let mut plan: Plan = way.plan.clone();
        plan.steps.insert(0, by_hand("a long statement", &sleep, "", Vec::new()));
        let (ledger, options) = (way.ledger(), RunOptions { watch: Duration::from_millis(300), ..options() });
        let job = Job { plan: &plan, ..way.job() };
        let kill = async {
            let mut other = way.place.connect().await;
            let find = match on {
                On::Postgres => format!("SELECT pid AS a FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60) {mark}%'"),
                On::MariaDb | On::MySql | On::Sqlite => {
                    format!("SELECT ID AS a FROM information_schema.PROCESSLIST WHERE INFO LIKE 'DO SLEEP(60) {mark}%'")
                }
            };
            let session = loop {
                if let Some(row) = other.query(&find, &[]).await.expect("the sessions").first() {
                    break row.u64(0).expect("a number");
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            };
            // Long enough to have been seen.
            tokio::time::sleep(Duration::from_secs(1)).await;
            silence.notify_waiters();
            let kill =
                if on == On::Postgres { format!("SELECT pg_terminate_backend({session})::text AS a") } else { format!("KILL {session}") };
            match on {
                On::Postgres => drop(other.query(&kill, &[]).await.expect("it ends")),
                On::MariaDb | On::MySql | On::Sqlite => drop(other.execute(&kill).await.expect("it ends")),
            }
        };
        let began = std::time::Instant::now();
        let mut silent = Silent;
        let (outcome, ()) = tokio::join!(run(&mut db, &ledger, &job, &options, &mut silent), kill);
        let error = outcome.expect_err("its session is gone");
        assert!(matches!(&error, MigrateError::Lost { at, .. } if at.step == 0), "{on:?}: {error:?}");
        assert!(began.elapsed() < Duration::from_secs(30), "{on:?}: {:?}", began.elapsed());
        proxy.abort();
        way.clean().await;
    }
}
