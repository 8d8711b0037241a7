//! What others do in the database of a receiver: they change values, hold tables, and break wires.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::databases::{INDICATORS, WARNINGS, batches, fails_with, feed, first, second, seen, store};
use super::servers::{Database, Kind, Wire};
use super::tiny::{RATE, few_rows};
use crate::night::store::expect;

pub(super) fn values_that_others_changed(database: &Database) {
    database.fresh("front");
    let mut store = store(&feed(database, "front", database.port, "what = \"changes\"\n"));
    expect(&mut store.feed(&["send"]), 0);
    let changes = [
        format!("UPDATE {INDICATORS} SET value = value + 0.5 WHERE division_code = '3708'"),
        format!("UPDATE {INDICATORS} SET numerator = NULL WHERE division_code = '3708'"),
        format!("UPDATE {INDICATORS} SET complete = NOT complete WHERE division_code = '3708'"),
        format!("UPDATE {INDICATORS} SET period_end = '2023-12-30' WHERE division_code = '3708'"),
        format!("UPDATE {INDICATORS} SET division_name = CONCAT(division_name, ' ') WHERE division_code = '3708'"),
    ];
    let key = format!("{RATE},city,3708,year,2023");
    for (nth, change) in changes.iter().enumerate() {
        database.ask("front", change);
        let before = seen(database, "front");
        store.publish_both(&few_rows(), &if nth % 2 == 0 { second() } else { first() });
        let said = [INDICATORS, "somebody else has changed values", "1 row,", &key, "`--whole`"];
        fails_with(&store, &[], &said);
        assert_eq!(seen(database, "front"), before, "{change}");
        let output = expect(store.feed(&["send"]).arg("--whole"), 0);
        let told = format!("table {INDICATORS} was not as batch {} left it", nth + 1);
        assert!(String::from_utf8_lossy(&output.stdout).contains(&told), "{change}");
        let receipts = store.receipts("city");
        let lines = receipts.last().expect("a receipt")["lines"].to_string();
        assert!(lines.contains(&told) && !lines.contains(WARNINGS), "{change}: {lines}");
        let values = database.ask("front", &format!("SELECT numerator FROM {INDICATORS} WHERE division_code = '3708'"));
        assert_eq!(values, "43\n", "{change}");
    }
    // Nobody was there in between: nothing is told, and changes go as changes again.
    store.publish_both(&few_rows(), &second());
    expect(store.feed(&["send"]).arg("--whole"), 0);
    let receipts = store.receipts("city");
    let lines = receipts.last().expect("a receipt")["lines"].to_string();
    assert!(!lines.contains("left it"), "{lines}");
    store.publish_both(&few_rows(), &first());
    expect(&mut store.feed(&["send"]), 0);
    assert!(batches(database, "front").lines().last().is_some_and(|l| l.contains("|changes|")));
    // Whoever changes a value and the digest beside it is found out too.
    database.ask("front", &changes[0]);
    let digest = "UPDATE xinhui_batch_table SET digest = 'x'";
    database.ask("front", digest);
    store.publish_both(&few_rows(), &second());
    fails_with(&store, &[], &[INDICATORS, "somebody else has changed values"]);
}

/// A session that holds a table until it is dropped.
struct Holder<'a>(&'a Database, std::process::Child);

impl Holder<'_> {
    fn of<'a>(database: &'a Database, table: &str) -> Holder<'a> {
        let (hold, waits) = match database.kind {
            Kind::Postgres => {
                (format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(99)"), "pg_sleep")
            }
            Kind::MariaDb => (format!("BEGIN; SELECT * FROM {table} FOR UPDATE; SELECT SLEEP(99)"), "SLEEP(99)"),
        };
        let child = database.session("front", &hold).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let sleeping = match database.kind {
            Kind::Postgres => "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'".to_owned(),
            Kind::MariaDb => format!(
                "SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%{waits}%' AND state = 'User sleep'"
            ),
        };
        let begun = Instant::now();
        while database.admin(&sleeping).trim() != "1" {
            assert!(begun.elapsed() < Duration::from_secs(30), "nobody holds {table}");
            std::thread::sleep(Duration::from_millis(50));
        }
        Holder(database, child.expect("a session"))
    }
}

impl Drop for Holder<'_> {
    fn drop(&mut self) {
        let _ = self.1.kill();
        let _ = self.1.wait();
        self.0.end_sleepers();
    }
}

pub(super) fn tables_that_others_hold(database: &Database) {
    database.fresh("front");
    let mut store = store(&feed(database, "front", database.port, ""));
    expect(&mut store.feed(&["send"]), 0);
    store.publish_both(&few_rows(), &second());
    let before = seen(database, "front");
    let look = if database.kind == Kind::Postgres { "pg_stat_activity" } else { "PROCESSLIST" };
    for table in ["xinhui_batch", INDICATORS] {
        let holder = Holder::of(database, table);
        let begun = Instant::now();
        fails_with(&store, &[], &["another session holds", look, "the next night"]);
        assert!(begun.elapsed() < Duration::from_secs(30), "{table}: {:?}", begun.elapsed());
        drop(holder);
        assert_eq!(seen(database, "front"), before, "{table}");
    }
    expect(&mut store.feed(&["send"]), 0);
}

/// The server of a wire that is silent does not learn that its client is gone.
pub(super) fn a_sender_whose_machine_died(database: &Database) {
    database.fresh("front");
    let wire = Wire::to(database);
    let mut store = store(&feed(database, "front", wire.port, ""));
    expect(&mut store.feed(&["send"]), 0);
    store.publish_both(&few_rows(), &second());
    let begins = if database.kind == Kind::Postgres { "LOCK TABLE" } else { "START TRANSACTION" };
    // Of a sender that would wait for long, the lock stays: the next one says so.
    wire.freeze_after(begins);
    let mut child = store.feed(&["send"]).stdout(Stdio::null()).spawn().expect("a process");
    wire.frozen();
    child.kill().expect("killed");
    child.wait().expect("dead");
    wire.freeze_after("");
    fails_with(&store, &[], &["another session holds", "the next night"]);
    database.end_senders();
    // Of one that waits for seconds, the server itself lets go when these are over.
    store.configure(&feed(database, "front", wire.port, "timeout_seconds = 3\n"));
    wire.freeze_after(begins);
    fails_with(&store, &[], &["the connection broke"]);
    wire.freeze_after("");
    expect(&mut store.feed(&["send"]), 0);
    assert!(batches(database, "front").starts_with("1|whole|1|6|6|0|0\n2|whole|2|7|"));
}
