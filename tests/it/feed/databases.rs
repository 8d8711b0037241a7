//! Delivery into real databases: whole, in changes, over wires that break, into tables of the wrong shape.

use std::fs;

use sha2::{Digest, Sha256};

use super::servers::{Database, Kind, PASSWORD, Wire};
use super::tiny::{RATE, Row, TinyStore, cell, few_rows, warned};
use crate::night::store::{bytes_below, copy_tree, expect};

pub(super) type Tables = Vec<(&'static str, Vec<Row>)>;

pub(super) const INDICATORS: &str = "xinhui_indicators_year";
pub(super) const WARNINGS: &str = "xinhui_rollups_warnings";

pub(super) fn feed(database: &Database, name: &str, port: u16, more: &str) -> String {
    format!(
        "[feeds.city]\naudience = \"public\"\nformats = [\"parquet\"]\nkey = \"feed.key\"\nto = \"{}\"\nattempts = 1\n\
         password_file = \"password\"\n{more}",
        database.url(name, port)
    )
}

pub(super) fn store(config: &str) -> TinyStore {
    let mut store = TinyStore::new(config);
    fs::write(store.path("password"), format!("{PASSWORD}\n")).expect("a file");
    store.publish_both(&few_rows(), &first());
    store
}

/// Rows with all that a text may hold.
pub(super) fn first() -> Tables {
    let mut tables = few_rows();
    tables[0].1[0].insert("division_name", "济宁市 \\ it's \"x\",\ty\\N".to_owned());
    tables[0].1.push(cell(RATE, "370832001", "2023", None));
    tables
}

/// One row more, one other, one gone.
pub(super) fn second() -> Tables {
    let mut tables = first();
    tables[0].1[1] = cell(RATE, "370832", "2023", Some((44, 57)));
    tables[0].1.remove(2);
    tables[0].1.push(cell(RATE, "370832001002", "2023", Some((1, 3))));
    tables[1].1.push(warned("370832", "yellow", Some(5)));
    tables
}

/// All that the receiver sees.
pub(super) fn seen(database: &Database, name: &str) -> String {
    let tables = database
        .ask(name, "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'xinhui%' ORDER BY 1");
    let asked: Vec<String> = tables
        .lines()
        .map(|table| match table {
            INDICATORS => format!("SELECT * FROM {table} ORDER BY division_code, period"),
            WARNINGS => format!("SELECT * FROM {table} ORDER BY division_code, warning_level"),
            _ => format!("SELECT * FROM {table} ORDER BY 1, 2"),
        })
        .collect();
    if asked.is_empty() { String::new() } else { database.ask(name, &asked.join("; ")) }
}

pub(super) fn batches(database: &Database, name: &str) -> String {
    database
        .ask(name, "SELECT batch, what, sequence, rows_total, inserted, updated, deleted FROM xinhui_batch ORDER BY 1")
}

#[track_caller]
pub(super) fn fails_with(store: &TinyStore, words: &[&str], said: &[&str]) {
    let mut arguments = vec!["send"];
    arguments.extend(words);
    let output = expect(&mut store.feed(&arguments), 1);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for word in said {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains(PASSWORD), "{text}");
}

#[test]
fn postgresql_takes_packages_as_batches() {
    if let Some(database) = Database::start(Kind::Postgres) {
        takes_packages(&database);
        wants_a_password(&database, "28P01");
        of_another_kind_of_login(&database);
        over_an_encrypted_wire(&database);
    }
}

#[test]
fn mariadb_takes_packages_as_batches() {
    if let Some(database) = Database::start(Kind::MariaDb) {
        takes_packages(&database);
        wants_a_password(&database, "1045");
    }
}

fn takes_packages(database: &Database) {
    whole_and_changes(database);
    a_batch_that_came_before(database);
    what_others_did(database);
    super::receivers::values_that_others_changed(database);
    super::receivers::tables_that_others_hold(database);
    super::receivers::a_sender_whose_machine_died(database);
    wrong_shapes(database);
    a_receiver_of_the_command_line(database);
    cut_off(database, false);
    cut_off(database, true);
}

fn whole_and_changes(database: &Database) {
    database.fresh("front");
    let mut store = store(&feed(database, "front", database.port, "what = \"changes\"\n"));
    expect(&mut store.feed(&["send"]), 0);
    let read =
        |columns: &str| database.ask("front", &format!("SELECT {columns} FROM {INDICATORS} ORDER BY division_code"));
    assert_eq!(
        read("division_code, numerator, denominator, status, batch, batch_action"),
        "3708|43|57|ok|1|I\n370832|43|57|ok|1|I\n370832001|||suppressed|1|I\n370832001001|0|0|no_data|1|I\n"
    );
    let exact = (43.0f64 / 57.0 * 100.0).to_string();
    assert_eq!(read("value").lines().next(), Some(exact.as_str()));
    if database.kind == Kind::Postgres {
        assert_eq!(read("division_name").lines().next(), Some("济宁市 \\ it's \"x\",\ty\\N"));
    } else {
        assert_eq!(read("hex(division_name)").lines().next(), Some(hex("济宁市 \\ it's \"x\",\ty\\N").as_str()));
    }
    assert_eq!(batches(database, "front"), "1|whole|1|6|6|0|0\n");
    digest_is_of_the_rows(database, &first());
    store.publish_both(&few_rows(), &second());
    expect(&mut store.feed(&["send"]), 0);
    assert_eq!(
        read("division_code, numerator, batch, batch_action"),
        "3708|43|1|I\n370832|44|2|U\n370832001||1|I\n370832001002|1|2|I\n"
    );
    assert_eq!(batches(database, "front"), "1|whole|1|6|6|0|0\n2|changes|2|7|2|1|1\n");
    let gone = database.ask("front", "SELECT batch, table_name, row_key FROM xinhui_withdrawn");
    assert_eq!(gone, format!("2|{INDICATORS}|{RATE},village,370832001001,year,2023\n"));
    digest_is_of_the_rows(database, &second());
    // What the platform writes about a batch comes back with the next one.
    database.ask("front", "INSERT INTO xinhui_receipt VALUES (2, '2024-01-02', 'platform', 'taken', 'seven rows')");
    store.publish_both(&few_rows(), &first());
    expect(store.feed(&["send"]).arg("--whole"), 0);
    assert_eq!(batches(database, "front").lines().last(), Some("3|whole|3|6|1|1|2"));
    let output = expect(&mut store.feed(&["receipts", "city"]), 0);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("receipt of batch 2 by platform: taken seven rows"), "{text}");
}

fn hex(text: &str) -> String {
    text.bytes().map(|b| format!("{b:02X}")).collect()
}

/// The digest that the batch bears, made anew from what was published.
#[track_caller]
fn digest_is_of_the_rows(database: &Database, tables: &Tables) {
    for (name, rows) in tables {
        let mut store = TinyStore::new(
            "[feeds.city]\naudience = \"public\"\nformats = [\"csv\"]\nkey = \"feed.key\"\nto = \"drop\"\n",
        );
        store.publish_both(&few_rows(), &[(name, rows.clone())]);
        let stem = name.replace('/', "_");
        let csv = super::tiny::text(store.build("city", "built").join(format!("tables/{stem}.csv")));
        let (table, lines) = (format!("xinhui_{stem}"), csv.lines().skip(1).collect::<Vec<_>>());
        let sha256 = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect::<String>();
        let mut hashes: Vec<String> = lines.iter().map(|l| sha256(l.as_bytes()) + "\n").collect();
        hashes.sort();
        let said = database.ask(
            "front",
            &format!(
                "SELECT digest_name, digest FROM xinhui_batch_table WHERE table_name = '{table}' ORDER BY batch DESC LIMIT 1"
            ),
        );
        assert_eq!(said, format!("sha256|{}\n", sha256(hashes.concat().as_bytes())));
    }
}

fn a_batch_that_came_before(database: &Database) {
    database.fresh("front");
    let wire = Wire::to(database);
    let store = store(&feed(database, "front", wire.port, ""));
    // Nobody listens at first: the package waits.
    store.configure(&feed(database, "front", 1, ""));
    fails_with(&store, &[], &["no connection"]);
    let kept = tempfile::tempdir().expect("a folder");
    copy_tree(&store.path("store/feeds"), kept.path());
    store.configure(&feed(database, "front", wire.port, ""));
    expect(&mut store.feed(&["send"]), 0);
    let before = seen(database, "front");
    // The sender forgets that it was done.
    fs::remove_dir_all(store.path("store/feeds")).expect("a folder");
    copy_tree(kept.path(), &store.path("store/feeds"));
    expect(&mut store.feed(&["send"]), 0);
    assert_eq!(seen(database, "front"), before);
    let receipts = store.receipts("city");
    let last = receipts.last().expect("a receipt");
    assert_eq!(last["lines"][0]["en"], "batch 1 was there already");
}

fn what_others_did(database: &Database) {
    database.fresh("front");
    let mut store = store(&feed(database, "front", database.port, "what = \"changes\"\n"));
    expect(&mut store.feed(&["send"]), 0);
    database.ask("front", &format!("DELETE FROM {INDICATORS} WHERE division_code = '3708'"));
    let before = seen(database, "front");
    store.publish_both(&few_rows(), &second());
    fails_with(&store, &[], &[INDICATORS, "somebody else writes to it", "--whole"]);
    assert_eq!(seen(database, "front"), before);
    expect(store.feed(&["send"]).arg("--whole"), 0);
    assert_eq!(batches(database, "front").lines().last(), Some("2|whole|2|7|3|1|1"));
    // The database was put back to an older state.
    database.fresh("front");
    store.publish_both(&few_rows(), &first());
    fails_with(&store, &[], &["do not follow on the last batch there"]);
    expect(store.feed(&["send"]).arg("--whole"), 0);
    // Another feed does not write into the same tables.
    let other = feed(database, "front", database.port, "").replace("feeds.city", "feeds.other");
    store.configure(&other);
    fails_with(&store, &["other"], &["hold the feed \"city\"", "table_prefix"]);
    store.configure(&(other + "table_prefix = \"other_\"\ndigest = \"sm3\"\n"));
    expect(&mut store.feed(&["send", "other"]), 0);
    assert_eq!(database.ask("front", "SELECT digest_name FROM other_batch"), "sm3\n");
}

fn wrong_shapes(database: &Database) {
    database.fresh("front");
    let store = store(&feed(database, "front", database.port, ""));
    let is_postgres = database.kind == Kind::Postgres;
    database.ask("front", "CREATE TABLE xinhui_rollups_warnings (level varchar(64) NOT NULL)");
    if is_postgres {
        database.ask("front", "GRANT ALL ON xinhui_rollups_warnings TO feed");
    }
    fails_with(&store, &[], &["table xinhui_rollups_warnings, column division_code: is missing"]);
    database.ask("front", "DROP TABLE xinhui_rollups_warnings");
    // The tables that the first attempt has made stand as they should.
    let (change, back) = match is_postgres {
        true => (
            format!("ALTER TABLE {INDICATORS} ALTER COLUMN numerator TYPE text"),
            format!("ALTER TABLE {INDICATORS} ALTER COLUMN numerator TYPE bigint USING numerator::bigint"),
        ),
        false => (
            format!("ALTER TABLE {INDICATORS} MODIFY numerator text"),
            format!("ALTER TABLE {INDICATORS} MODIFY numerator bigint"),
        ),
    };
    database.ask("front", &change);
    fails_with(&store, &[], &[&format!("table {INDICATORS}, column numerator: is text and should be bigint")]);
    database.ask("front", &back);
    database.ask("front", &format!("ALTER TABLE {INDICATORS} ADD COLUMN owner varchar(9) NOT NULL"));
    fails_with(&store, &[], &[&format!("table {INDICATORS}, column owner: is none of this feed's")]);
    database.ask("front", &format!("ALTER TABLE {INDICATORS} DROP COLUMN owner"));
    database.ask("front", &format!("ALTER TABLE {INDICATORS} ADD COLUMN taken date"));
    let drop_key =
        if is_postgres { format!("DROP CONSTRAINT {INDICATORS}_pkey") } else { "DROP PRIMARY KEY".to_owned() };
    database.ask("front", &format!("ALTER TABLE {INDICATORS} {drop_key}"));
    fails_with(&store, &[], &[&format!("table {INDICATORS}, column division_code: the primary key is ()")]);
    let key = "PRIMARY KEY (indicator, level, division_code, period_kind, period)";
    database.ask("front", &format!("ALTER TABLE {INDICATORS} ADD {key}"));
    expect(&mut store.feed(&["send"]), 0);
    assert_eq!(batches(database, "front"), "1|whole|1|6|6|0|0\n");
    assert_eq!(store.receipts("city").len(), 5, "each failure is one attempt");
}

fn a_receiver_of_the_command_line(database: &Database) {
    database.fresh("front");
    let config = feed(database, "front", database.port, "").replace("to = ", "# ");
    let store = store(&config.replace("password_file", "# "));
    let url = database.url("front", database.port);
    let with = url.replace("feed@", &format!("feed:{PASSWORD}@"));
    let output = expect(&mut store.feed(&["send", "city", "--to", &with]), 2);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("password_file") && !text.contains(PASSWORD), "{text}");
    expect(store.feed(&["send", "city", "--to", &url]).env("XINHUI_FEED_PASSWORD", PASSWORD), 0);
    assert_eq!(batches(database, "front"), "1|whole|1|6|6|0|0\n");
    let output = expect(&mut store.feed(&["receipts", "city", "--to", &url]), 0);
    assert!(String::from_utf8_lossy(&output.stdout).contains("accepted"));
    // What it has is kept apart from what the config's receiver has.
    let output = expect(&mut store.feed(&["receipts", "city"]), 0);
    assert!(String::from_utf8_lossy(&output.stdout).contains("no receipts yet"));
}

/// Cuts the connection at each message that the sender sends, and looks at what the receiver sees.
fn cut_off(database: &Database, after: bool) {
    database.fresh("front");
    let wire = Wire::to(database);
    let mut store = store(&feed(database, "front", wire.port, "what = \"changes\"\n"));
    if after {
        expect(&mut store.feed(&["send"]), 0);
        store.publish_both(&few_rows(), &second());
    }
    let old = seen(database, "front");
    let batches_of = |text: &str| text.lines().filter(|l| l.contains("|whole|") || l.contains("|changes|")).count();
    let (mut cuts, mut is_there) = (0, false);
    loop {
        wire.cut_at(cuts + 1, after);
        let output = store.feed(&["send"]).output().expect("it starts");
        if output.status.success() {
            break;
        }
        cuts += 1;
        database.settle();
        let now = seen(database, "front");
        if now != old {
            // Only where the answer to COMMIT was lost may the new state stand there, and then all of it.
            assert!(after && !is_there, "cut {cuts}: {now}");
            assert_eq!(batches_of(&now), batches_of(&old) + 1, "cut {cuts}: {now}");
            is_there = true;
            wire.cut_at(usize::MAX, after);
            expect(&mut store.feed(&["send"]), 0);
            assert_eq!(seen(database, "front"), now);
            break;
        }
        assert!(cuts < 200, "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert!(cuts > 20, "only {cuts} cuts");
    assert_eq!(is_there, after);
    assert_eq!(batches_of(&seen(database, "front")), batches_of(&old) + 1);
    wire.cut_at(usize::MAX, after);
    let output = expect(&mut store.feed(&["send"]), 0);
    assert!(String::from_utf8_lossy(&output.stdout).contains("nothing new"));
}

fn wants_a_password(database: &Database, code: &str) {
    database.fresh("front");
    let store = store(&feed(database, "front", database.port, ""));
    fs::write(store.path("password"), "wrong-secret-7\n").expect("a file");
    fails_with(&store, &[], &[code]);
    fs::write(store.path("password"), format!("{PASSWORD}\n")).expect("a file");
    expect(&mut store.feed(&["send"]), 0);
    for (file, bytes) in bytes_below(&store.path("store")) {
        for secret in ["wrong-secret-7", PASSWORD, "feed@", "user \\\"feed", "'feed'"] {
            let holds = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
            assert!(!holds, "{file} holds {secret}");
        }
    }
}

fn of_another_kind_of_login(database: &Database) {
    database.fresh("front");
    let config = feed(database, "front", database.port, "").replace("feed@", "old@");
    expect(&mut store(&config).feed(&["send"]), 0);
}

fn over_an_encrypted_wire(database: &Database) {
    database.fresh("front");
    let store = store(&feed(database, "front", database.port, "encrypted = true\nca_file = \"server.crt\"\n"));
    let (key, certificate) = (store.path("server.key"), store.path("server.crt"));
    let mut openssl = std::process::Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=front", "-days", "2"]);
    openssl.args(["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]);
    let made = openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate).output().expect("openssl");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    fails_with(&store, &[], &["the server offers no encrypted connection"]);
    for file in [&key, &certificate] {
        let to = database.folder().join(file.file_name().expect("a name"));
        fs::copy(file, &to).expect("a copy");
        let closed = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600);
        fs::set_permissions(&to, closed).expect("a mode");
        database.own(&to);
    }
    for setting in ["ssl = on", "ssl_cert_file = 'server.crt'", "ssl_key_file = 'server.key'"] {
        database.admin(&format!("ALTER SYSTEM SET {setting}"));
    }
    database.admin("SELECT pg_reload_conf()");
    std::thread::sleep(std::time::Duration::from_millis(500));
    expect(&mut store.feed(&["send"]), 0);
    // A certificate of somebody else is not believed.
    let other = store.path("other.crt");
    let mut openssl = std::process::Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other", "-days", "2", "-keyout"]);
    let made = openssl.arg(store.path("other.key")).arg("-out").arg(&other).output().expect("openssl");
    assert!(made.status.success());
    fs::copy(&other, &certificate).expect("a copy");
    let output = expect(store.feed(&["send"]).arg("--whole"), 1);
    assert!(String::from_utf8_lossy(&output.stdout).contains("no encrypted connection"));
}
