//! Delivery into folders and by commands, and what is left when a process dies on the way.

use std::fs;

use super::tiny::{RATE, TinyStore, cell, few_rows, manifest};
use crate::night::store::{bytes_below, copy_tree, expect, xinhui};

const DROP: &str =
    "[feeds.city]\naudience = \"superior\"\nformats = [\"csv\"]\nkey = \"feed.key\"\nto = \"drop\"\nattempts = 1\n";

fn command(words: &str) -> String {
    DROP.replace("to = \"drop\"", &format!("command = {words}"))
}

fn store(feeds: &str) -> TinyStore {
    let mut store = TinyStore::new(feeds);
    store.publish(&few_rows());
    store
}

#[test]
fn a_package_appears_whole_in_the_drop_folder() {
    let store = store(DROP);
    expect(&mut store.feed(&["send"]), 0);
    let names = store.dropped();
    assert_eq!(names.len(), 1);
    store.verify(&[&store.path("drop").join(&names[0])], 0);
    let receipts = store.receipts("city");
    assert_eq!((receipts.len(), receipts[0]["result"].as_str()), (1, Some("accepted")));
    let output = expect(&mut store.feed(&["receipts", "city"]), 0);
    assert!(String::from_utf8_lossy(&output.stdout).contains(&format!("{}  accepted", names[0])));
    assert!(fs::read_dir(store.path("store/feeds/city/outbox")).expect("a folder").next().is_none());
}

#[test]
fn a_receiver_that_is_no_folder_is_tried_once_as_trying_again_makes_none() {
    let store = store(&DROP.replace("attempts = 1", "attempts = 4"));
    fs::rename(store.path("drop"), store.path("away")).expect("a folder");
    let output = expect(&mut store.feed(&["send"]), 1);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("(1 attempt)") && said.contains("is no folder"), "{said}");
    assert_eq!(store.receipts("city").len(), 1);
    // The package waits, and the next sending brings it.
    fs::rename(store.path("away"), store.path("drop")).expect("a folder");
    expect(&mut store.feed(&["send"]), 0);
    assert_eq!(store.dropped().len(), 1);
}

#[test]
fn whatever_step_a_sender_dies_after_the_package_arrives_once() {
    // The states of the disk that a sender passes through, made by stopping it at each of them.
    let store = store(DROP);
    fs::rename(store.path("drop"), store.path("away")).expect("a folder");
    expect(&mut store.feed(&["send"]), 1);
    fs::rename(store.path("away"), store.path("drop")).expect("a folder");
    let before = tempfile::tempdir().expect("a folder");
    copy_tree(store.dir.path(), before.path());
    let state_file = store.path("store/feeds/city/state.json");
    let state = fs::read_to_string(&state_file).expect("a state");
    let name = serde_json::from_str::<serde_json::Value>(&state).expect("JSON")["pending"]["package"]
        .as_str()
        .expect("a name")
        .to_owned();
    let outbox = store.path("store/feeds/city/outbox").join(&name);
    let (part, whole) = (store.path("drop").join(format!(".{name}.part")), store.path("drop").join(&name));
    let moving = state.replace("\"moving\": false", "\"moving\": true");
    type Step<'a> = (&'a str, Box<dyn Fn() + 'a>, usize);
    let steps: Vec<Step<'_>> = vec![
        ("nothing was copied", Box::new(|| {}), 1),
        ("half was copied", Box::new(|| fs::create_dir(&part).expect("a folder")), 1),
        ("all was copied", Box::new(|| copy_tree(&outbox, &part)), 1),
        (
            "the state says that it is on its way",
            Box::new(|| {
                copy_tree(&outbox, &part);
                fs::write(&state_file, &moving).expect("a state");
            }),
            1,
        ),
        (
            "it was put there",
            Box::new(|| {
                copy_tree(&outbox, &whole);
                fs::write(&state_file, &moving).expect("a state");
            }),
            1,
        ),
        // The receiver took it away at once: it must not come a second time.
        ("it was taken away", Box::new(|| fs::write(&state_file, &moving).expect("a state")), 0),
    ];
    for (what, step, found) in steps {
        for folder in ["drop", "store/feeds"] {
            fs::remove_dir_all(store.path(folder)).expect("a folder");
            copy_tree(&before.path().join(folder), &store.path(folder));
        }
        step();
        expect(&mut store.feed(&["send"]), 0);
        assert_eq!(store.dropped().len(), found, "{what}: {:?}", store.dropped());
        if found == 1 {
            store.verify(&[&whole], 0);
        }
        let output = expect(&mut store.feed(&["send"]), 0);
        assert!(String::from_utf8_lossy(&output.stdout).contains("nothing new"), "{what}");
    }
}

#[test]
fn what_a_dead_process_left_half_made_is_made_anew() {
    let store = store(DROP);
    let outbox = store.path("store/feeds/city/outbox");
    fs::create_dir_all(outbox.join(".building-city-000001-00000000")).expect("a folder");
    fs::create_dir_all(outbox.join("city-000001-ffffffff")).expect("a folder");
    fs::create_dir_all(store.path("store/feeds/city/.building-tables-x")).expect("a folder");
    expect(&mut store.feed(&["send"]), 0);
    assert_eq!(store.dropped().len(), 1);
    let left: Vec<String> = bytes_below(&store.path("store/feeds/city")).into_keys().collect();
    assert_eq!(left, [".lock", "receipts.jsonl", "state.json"]);
}

#[test]
fn another_package_of_the_same_name_is_not_overwritten() {
    let store = store(DROP);
    let package = store.build("city", "built");
    let name = package.file_name().expect("a name");
    fs::create_dir(store.path("drop").join(name)).expect("a folder");
    fs::write(store.path("drop").join(name).join("manifest.json"), "{}").expect("a file");
    let output = expect(&mut store.feed(&["send"]), 1);
    assert!(String::from_utf8_lossy(&output.stdout).contains("is another package"));
    assert_eq!(fs::read(store.path("drop").join(name).join("manifest.json")).expect("a file"), b"{}");
}

#[test]
fn a_command_gets_the_package_and_its_words_become_the_receipt() {
    let store = store(&command(
        "[\"sh\", \"-c\", \"cp -r \\\"$0\\\" drop/; echo $1 $2; echo beside >&2; exit 7\", \"{package}\", \"{sequence}\", \"{manifest}\"]",
    ));
    let mut send = store.feed(&["send"]);
    send.current_dir(store.dir.path());
    let output = expect(&mut send, 1);
    assert!(String::from_utf8_lossy(&output.stdout).contains("sh ended with exit status: 7"));
    let receipt = &store.receipts("city")[0];
    let sent = receipt["manifest_sha256"].as_str().expect("a hash");
    assert_eq!(receipt["status"], 7);
    let words = serde_json::json!({ "zh": "sh 以退出码 7 结束", "en": "sh ended with exit status: 7" });
    assert_eq!(receipt["lines"], serde_json::json!([words, format!("1 {sent}"), "beside"]));
    store.verify(&[&store.path("drop").join(&store.dropped()[0])], 0);
    store.configure(&command("[\"true\", \"{package}\"]"));
    expect(&mut store.feed(&["send"]), 0);
    assert_eq!(store.receipts("city")[1]["status"], 0);
}

#[test]
fn a_command_that_does_not_end_is_ended_with_all_that_it_started() {
    let feed = command("[\"sh\", \"-c\", \"sleep 600 & sleep 600; true\", \"{package}\"]") + "timeout_seconds = 1\n";
    let store = store(&feed);
    let begun = std::time::Instant::now();
    let output = expect(&mut store.feed(&["send"]), 1);
    assert!(begun.elapsed() < std::time::Duration::from_secs(60));
    assert!(String::from_utf8_lossy(&output.stdout).contains("did not end within 1 seconds"));
}

#[test]
fn a_sender_that_is_killed_in_the_middle_goes_on_with_the_same_package() {
    let kill = command(
        "[\"sh\", \"-c\", \"basename $0 >> log; [ -e once ] || { touch once; kill -9 $PPID; }\", \"{package}\"]",
    );
    let store = store(&kill);
    let mut first = store.feed(&["send"]);
    let died = first.current_dir(store.dir.path()).output().expect("it starts");
    assert_eq!(died.status.code(), None, "killed by a signal");
    let mut second = store.feed(&["send"]);
    expect(second.current_dir(store.dir.path()), 0);
    let log = fs::read_to_string(store.path("log")).expect("a log");
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], lines[1]);
}

#[test]
fn two_senders_of_one_feed_do_not_run_at_once() {
    let store =
        store(&command("[\"sh\", \"-c\", \"touch begun; while [ ! -e go ]; do sleep 0.05; done\", \"{package}\"]"));
    let mut first = store.feed(&["send"]);
    let mut child = first.current_dir(store.dir.path()).spawn().expect("it starts");
    while !store.path("begun").exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let output = expect(&mut store.feed(&["send"]), 4);
    assert!(String::from_utf8_lossy(&output.stderr).contains("another process is sending this feed"));
    fs::write(store.path("go"), "").expect("a file");
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_public_feed_sends_the_public_edition_or_nothing() {
    let mut store = store(&DROP.replace("superior", "public"));
    let output = expect(&mut store.feed(&["send"]), 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("has no public edition"));
    expect(store.feed(&["build", "city"]).arg("--out").arg(store.path("out")), 2);
    assert!(store.dropped().is_empty() && !store.path("store/feeds").exists() && !store.path("out").exists());
    store.publish_both(&few_rows(), &[("indicators/year", vec![cell(RATE, "3708", "2023", None)])]);
    expect(&mut store.feed(&["send"]), 0);
}

#[test]
fn what_waits_for_the_superior_never_goes_to_the_public() {
    let mut store = store(&DROP.replace("\"drop\"", "\"gone\""));
    expect(&mut store.feed(&["send"]), 1);
    store.publish_both(&few_rows(), &few_rows());
    store.configure(&DROP.replace("superior", "public"));
    let output = expect(&mut store.feed(&["send"]), 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("was for the audience \"superior\""));
    assert!(store.dropped().is_empty());
}

/// What sending must say and end with.
#[track_caller]
fn sent(store: &TinyStore, words: &[&str], code: i32) -> String {
    let output = expect(&mut store.feed(words), code);
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn in_folder(store: &TinyStore, folder: &str) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(store.path(folder)).expect("a folder");
    let mut paths: Vec<_> = entries.map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    paths
}

#[test]
fn another_receiver_begins_with_a_whole_package() {
    let changes = format!("{DROP}what = \"changes\"\n");
    let mut store = store(&changes);
    let year = |n: i64| vec![("indicators/year", vec![cell(RATE, "3708", "2023", Some((n, 57)))])];
    expect(&mut store.feed(&["send"]), 0);
    fs::create_dir(store.path("other")).expect("a folder");
    store.configure(&changes.replace("\"drop\"", "\"other\""));
    // Nothing is new, but this receiver has nothing.
    let said = sent(&store, &["send"], 0);
    assert!(said.contains("the receiver is another one than before and begins with a whole package"), "{said}");
    let there = in_folder(&store, "other");
    assert_eq!((there.len(), manifest(&there[0]).what.as_str()), (1, "whole"));
    // Numbers go on, so that a receiver that has only moved sees no package twice.
    let first = store.path("drop").join(&store.dropped()[0]);
    store.verify(&[&first, &there[0]], 0);
    // From there on it gets changes, and nothing more is said.
    assert!(sent(&store, &["send"], 0).contains("nothing new"));
    store.publish(&year(44));
    assert!(!sent(&store, &["send"], 0).contains("another one"));
    let there = in_folder(&store, "other");
    assert_eq!((there.len(), manifest(&there[1]).what.as_str()), (2, "changes"));
    // Another kind of receiver is another one too, and so is the first one by now.
    store.configure(&changes.replace("to = \"drop\"", "command = [\"cp\", \"-r\", \"{package}\", \"taken\"]"));
    fs::create_dir(store.path("taken")).expect("a folder");
    let output = expect(store.feed(&["send"]).current_dir(store.dir.path()), 0);
    assert!(String::from_utf8_lossy(&output.stdout).contains("another one than before"));
    assert_eq!(manifest(&in_folder(&store, "taken")[0]).what, "whole");
    store.configure(&changes);
    assert!(sent(&store, &["send"], 0).contains("another one than before"));
    let last = store.path("drop").join(store.dropped().pop().expect("a package"));
    assert_eq!((manifest(&last).what.as_str(), manifest(&last).sequence), ("whole", 5));
}

#[test]
fn changes_that_wait_for_one_receiver_never_go_to_another() {
    let changes = format!("{DROP}what = \"changes\"\n");
    let mut store = store(&changes);
    expect(&mut store.feed(&["send"]), 0);
    store.publish(&[("indicators/year", vec![cell(RATE, "3708", "2023", Some((44, 57)))])]);
    fs::rename(store.path("drop"), store.path("away")).expect("a folder");
    expect(&mut store.feed(&["send"]), 1);
    fs::create_dir(store.path("other")).expect("a folder");
    store.configure(&changes.replace("\"drop\"", "\"other\""));
    expect(&mut store.feed(&["send"]), 0);
    let there = in_folder(&store, "other");
    assert_eq!(there.len(), 1);
    let note = manifest(&there[0]);
    assert_eq!((note.what.as_str(), note.sequence, note.tables[0].rows), ("whole", 2, 1));
}

#[test]
fn a_receiver_is_the_same_from_wherever_it_is_sent_and_by_whatever_secret() {
    let store = store(DROP);
    expect(&mut store.feed(&["send"]), 0);
    let mut command = xinhui();
    command.args(["feed", "send", "--lang", "en", "--config", "xinhui.toml"]).current_dir(store.dir.path());
    assert!(String::from_utf8_lossy(&expect(&mut command, 0).stdout).contains("nothing new"));
    // Addresses of databases and of the web: who logs in, and how, makes no other receiver of it.
    let schemas = xinhui::schema::Schemas::embedded().expect("declarations");
    let address = |to: &str, more: &str| {
        let feed = DROP.replace("\"drop\"", &format!("\"{to}\"")).replace("[\"csv\"]", "[\"parquet\"]");
        store.configure(&format!("{feed}{more}"));
        let (config, problems) = xinhui::pipeline::config::Config::parse(&store.path("xinhui.toml"), &schemas);
        assert!(problems.is_empty(), "{to} {more}");
        config.expect("a config").feeds[0].address().expect("an address")
    };
    let database = address("postgres://feed@front.example/city", "");
    assert_eq!(address("postgres://other@front.example:5432/city", "password_env = \"X\"\n"), database);
    let web = address("https://front.example/in", "");
    assert_eq!(address("https://front.example/in/", "token_env = \"X\"\ntimeout_seconds = 7\n"), web);
    let others = [
        address("postgres://feed@front.example/town", ""),
        address("postgres://feed@back.example/city", ""),
        address("postgres://feed@front.example:5433/city", ""),
        address("mysql://feed@front.example:5432/city", ""),
        address("postgres://feed@front.example/city", "table_prefix = \"other_\"\n"),
        address("https://front.example/out", ""),
        address("front.example/in", ""),
        database,
        web,
    ];
    let apart: std::collections::BTreeSet<&String> = others.iter().collect();
    assert_eq!(apart.len(), others.len());
}

#[test]
fn what_a_command_says_of_a_secret_is_not_kept() {
    let store = store(
        &(command("[\"sh\", \"-c\", \"echo with $(cat word); exit 3\", \"{package}\"]") + "password_file = \"word\"\n"),
    );
    fs::write(store.path("word"), "open-sesame-3\n").expect("a file");
    let mut send = store.feed(&["send"]);
    let output = expect(send.current_dir(store.dir.path()), 1);
    assert!(!String::from_utf8_lossy(&output.stdout).contains("sesame"));
    assert_eq!(store.receipts("city")[0]["lines"][1], "with ***");
}

#[test]
fn an_encrypted_package_is_no_plain_one() {
    let closed = DROP.replace("to = ", "package = \"zip\"\nencrypt_to = \"receivers.txt\"\nto = ");
    let receiver = "age1mduslemdyh9x9pn2s69w689fvan0fnxnt6mchh7utfxngnkxmdusn8adt3";
    let store = store(DROP);
    fs::write(store.path("receivers.txt"), format!("# the city\n{receiver}\n")).expect("a file");
    store.configure(&closed);
    expect(&mut store.feed(&["send"]), 0);
    let names = store.dropped();
    assert!(names.len() == 1 && names[0].ends_with(".zip.age"), "{names:?}");
    let path = store.path("drop").join(&names[0]);
    let bytes = fs::read(&path).expect("a package");
    assert!(bytes.starts_with(b"age-encryption.org/v1\n-> X25519 "));
    for word in ["manifest.json", "indicators", RATE] {
        assert!(!bytes.windows(word.len()).any(|w| w == word.as_bytes()), "{word} can be read");
    }
    let mut verify = xinhui();
    verify.args(["feed", "verify", "--lang", "en", "--key"]).arg(store.path("feed.key.pub")).arg(&path);
    let told = String::from_utf8(expect(&mut verify, 3).stderr).expect("UTF-8");
    assert!(told.contains("age -d -i"), "{told}");
    // The package that is pending is sent as it is: it is not made, and not encrypted, a second time.
    store.configure(&closed.replace("\"drop\"", "\"away\""));
    expect(&mut store.feed(&["send", "--whole"]), 1);
    let outbox = store.path("store/feeds/city/outbox");
    let pending = || fs::read_dir(&outbox).expect("a folder").map(|e| e.expect("an entry").path()).collect::<Vec<_>>();
    let before: Vec<(std::path::PathBuf, Vec<u8>)> =
        pending().into_iter().map(|p| (p.clone(), fs::read(&p).expect("a package"))).collect();
    assert_eq!(before.len(), 1);
    fs::create_dir(store.path("away")).expect("a folder");
    fs::copy(&before[0].0, store.path("away").join(before[0].0.file_name().expect("a name"))).expect("a copy");
    expect(&mut store.feed(&["send"]), 0);
    let arrived = store.path("away").join(before[0].0.file_name().expect("a name"));
    assert!(fs::read(arrived).expect("a package") == before[0].1);
}

#[test]
fn receivers_that_nothing_can_be_encrypted_to_are_refused() {
    let closed = DROP.replace("to = ", "package = \"zip\"\nencrypt_to = \"receivers.txt\"\nto = ");
    let store = store(DROP);
    let secret = "AGE-SECRET-KEY-1ATC3XVH7N8RZ02Z794GLXU52JC2Y8HC42J7C54JHW4666URR73HSY6QJ7U";
    let damaged = "age1mduslemdyh9x9pn2s69w689fvan0fnxnt6mchh7utfxngnkxmdusn8adt4";
    let told = |text: Option<&str>, feeds: &str| {
        fs::remove_file(store.path("receivers.txt")).ok();
        if let Some(text) = text {
            fs::write(store.path("receivers.txt"), text).expect("a file");
        }
        store.configure(feeds);
        let output = expect(&mut store.feed(&["send"]), 2);
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(told(None, &closed).contains("receivers.txt"));
    assert!(told(Some("# nobody yet\n"), &closed).contains("no public key"));
    assert!(told(Some(damaged), &closed).contains("line 1 is no public key"));
    let said = told(Some(&format!("\n{secret}\n")), &closed);
    assert!(said.contains("line 2 is a secret key") && !said.contains("ATC3XVH7N8"), "{said}");
    let as_folder = closed.replace("\"zip\"", "\"folder\"");
    assert!(told(Some(damaged), &as_folder).contains("only a `package = \"zip\"`"));
    assert!(store.dropped().is_empty());
}
