//! A run may die at any moment.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use xinhui::store::Store;
use xinhui::store::lock::{Holder, StoreLock};

use super::store::{TestStore, assert_same_bytes, bytes_below, expect, xinhui};

fn start(store: &TestStore) -> Child {
    xinhui()
        .args(["run", "--log", "text", "--config"])
        .arg(store.config())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts")
}

/// The published snapshot is whole: every output that its manifest names exists with that hash.
#[track_caller]
fn current_is_whole(store: &TestStore) -> String {
    let current = store.path().join("store/current");
    let manifest: Value = serde_json::from_slice(&std::fs::read(current.join("manifest.json")).unwrap()).unwrap();
    let outputs = manifest["outputs"].as_array().unwrap();
    assert!(outputs.len() > 10);
    for output in outputs {
        let path = current.join(output["path"].as_str().unwrap());
        let hash = xinhui::store::hex(&xinhui::store::hash_file(&path).unwrap());
        assert_eq!(hash, output["sha256"].as_str().unwrap(), "{}", path.display());
        let rows: usize = super::published::table(&path).iter().map(|b| b.num_rows()).sum();
        assert_eq!(rows as u64, output["rows"].as_u64().unwrap(), "{}", path.display());
    }
    manifest["snapshot"].as_str().unwrap().to_owned()
}

/// All that a night leaves and that is the same in each run: the tables and the persons.
fn left(store: &TestStore) -> BTreeMap<String, Vec<u8>> {
    let mut all = bytes_below(&store.internal());
    all.insert("persons".to_owned(), std::fs::read(store.path().join("store/private/persons.parquet")).unwrap());
    all
}

fn leftovers(dir: &Path) -> Vec<String> {
    std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|n| n.starts_with(".building") || n.ends_with(".tmp"))
        .collect()
}

/// When to kill a run.
enum Moment {
    /// So long after its start.
    After(Duration),
    /// So long after the log says that this stage is done.
    Stage(&'static str, Duration),
}

/// Starts a run and kills it; whether it died of that.
fn kill_at(store: &TestStore, moment: &Moment) -> bool {
    let mut run = start(store);
    match moment {
        Moment::After(time) => std::thread::sleep(*time),
        Moment::Stage(stage, time) => {
            let mut log = BufReader::new(run.stderr.take().expect("a pipe")).lines();
            let done = log.any(|line| line.is_ok_and(|l| l.contains("stage done") && l.contains(stage)));
            assert!(done, "the log names the stage {stage}");
            std::thread::sleep(*time);
            run.kill().expect("killed");
            return run.wait().expect("ended").code().is_none();
        }
    }
    run.kill().expect("killed");
    run.wait().expect("ended").code().is_none()
}

#[test]
fn a_killed_run_leaves_the_last_snapshot_and_the_next_run_completes_the_work() {
    let template = TestStore::synth(&[
        "--persons",
        "120",
        "--counties",
        "370832",
        "--towns",
        "1",
        "--dirt",
        "normal",
        "--nights",
        "2",
    ])
    .quick();
    template.edit_config("[\"quarter\", \"year\"]", "[\"year\"]");
    template.arrive(1);
    template.run(1);
    let first = current_is_whole(&template);
    template.arrive(2);

    let undisturbed = template.copy();
    let since = Instant::now();
    undisturbed.run(1);
    let took = since.elapsed();
    let expected = left(&undisturbed);

    let mut moments: Vec<Moment> = Vec::new();
    let mut random: u64 = 20_231_231;
    let mut jitter = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 40) as f64 / (1_u64 << 24) as f64
    };
    for n in 0..12 {
        moments.push(Moment::After(took.mul_f64((f64::from(n) + jitter()) / 12.0)));
    }
    for stage in ["reference", "read", "ledger", "link", "facts", "numbers", "scorecard", "scorecard"] {
        moments.push(Moment::Stage(stage, Duration::from_millis((jitter() * 40.0) as u64)));
    }
    let killed: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = moments
            .chunks(moments.len().div_ceil(2))
            .map(|moments| {
                let (template, expected, first) = (&template, &expected, &first);
                scope.spawn(move || {
                    let mut killed = 0;
                    for moment in moments {
                        let store = template.copy();
                        let died = kill_at(&store, moment);
                        let now = current_is_whole(&store);
                        assert!(died || now != *first, "a run that ended has published");
                        killed += usize::from(died);
                        store.run(1);
                        current_is_whole(&store);
                        assert_same_bytes(&left(&store), expected, "after a kill");
                        let root = store.path().join("store");
                        assert_eq!(leftovers(&root), Vec::<String>::new());
                        assert_eq!(leftovers(&root.join("snapshots")), Vec::<String>::new());
                    }
                    killed
                })
            })
            .collect();
        workers.into_iter().map(|w| w.join().expect("no fault")).sum()
    });
    assert!(killed >= 14, "only {killed} of 20 runs were still at work when killed");
}

#[test]
fn a_second_run_is_refused_while_one_works_and_a_dead_holder_blocks_nobody() {
    let store =
        TestStore::synth(&["--persons", "60", "--counties", "370832", "--towns", "1", "--dirt", "none"]).quick();
    let take = |holder| StoreLock::take(&Store::open(&store.path().join("store")).unwrap(), holder).unwrap();
    let lock = take(Holder::Run);
    let refused = store.run(4);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains(&format!("locked by another run (process {})", std::process::id())), "{said}");
    assert!(!store.path().join("store/current").exists());
    drop(lock);

    // The dead one's number still stands in the lock file.
    let lock_file = store.path().join("store/.lock");
    let nights = store.path().join("store/private/nights.jsonl");
    let number = loop {
        let mut dead = start(&store);
        while std::fs::read_to_string(&nights).unwrap_or_default().is_empty() {
            assert!(dead.try_wait().unwrap().is_none(), "it ended before it began its night");
            std::thread::sleep(Duration::from_millis(2));
        }
        dead.kill().unwrap();
        if dead.wait().unwrap().code().is_none() {
            break format!("run {}", dead.id());
        }
        // On a busy machine it can end its night before it is killed: once more, in a new store.
        std::fs::remove_dir_all(store.path().join("store")).unwrap();
    };
    let held = std::fs::read_to_string(&lock_file).unwrap();
    let lines: Vec<&str> = held.lines().collect();
    assert_eq!(lines[..2], [number.as_str(), "run"], "who held it, with which command");
    assert!(lines[2].ends_with('Z') && lines[2].contains('T'), "since when: {held}");
    store.run(0);
    current_is_whole(&store);

    // A night waits for a command that only looks.
    let lock = take(Holder::Command);
    let mut night = start(&store);
    std::thread::sleep(Duration::from_millis(700));
    assert!(night.try_wait().unwrap().is_none(), "it did not wait");
    drop(lock);
    assert_eq!(night.wait().unwrap().code(), Some(0));

    let status = expect(xinhui().args(["status", "--config"]).arg(store.config()), 0);
    let status = String::from_utf8(status.stdout).unwrap();
    assert!(status.contains("not ended: it died"), "{status}");
    assert!(status.contains("exit 0"), "{status}");
}

#[test]
fn old_snapshots_are_pruned_and_the_current_one_stays() {
    let store =
        TestStore::synth(&["--persons", "60", "--counties", "370832", "--towns", "1", "--dirt", "none"]).quick();
    store.edit_config("keep_snapshots = 7", "keep_snapshots = 2");
    for as_of in ["2023-12-31", "2023-12-30", "2023-12-29", "2023-12-28"] {
        let text = std::fs::read_to_string(store.config()).unwrap();
        let (_, rest) = text.split_once('\n').unwrap();
        std::fs::write(store.config(), format!("as_of = \"{as_of}\"\n{rest}")).unwrap();
        store.run(0);
    }
    let snapshots: Vec<_> = std::fs::read_dir(store.path().join("store/snapshots")).unwrap().collect();
    assert_eq!(snapshots.len(), 2);
    current_is_whole(&store);
}

#[test]
fn logs_and_memories_that_cannot_be_written_stop_no_night() {
    use super::hand::{HandStore, sites};
    let hand = HandStore::new();
    hand.put("370832/station/站点_20230601.csv", sites(&[("S1", "370832101001")])).night();
    let private = hand.store.path().join("store/private");
    let nights = private.join("nights.jsonl");
    std::fs::remove_file(&nights).unwrap();
    // A disk without room for a log; and folders where files are to be.
    std::os::unix::fs::symlink("/dev/full", &nights).unwrap();
    let block = |name: &str| {
        let path = private.join(name);
        let _ = std::fs::remove_file(&path);
        std::fs::create_dir_all(path.join("in the way")).unwrap();
    };
    block("numbers.json");
    block("identities/linkage/pairs.parquet");
    let before = std::fs::read_link(hand.store.path().join("store/current")).unwrap();
    hand.put("370832/station/站点_20230701.csv", sites(&[("S1", "370832101001"), ("S2", "370832101001")]));
    let output = hand.store.run(0);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("logs and caches that could not be written"), "{said}");
    assert!(said.contains("nights.jsonl") && said.contains("cannot be written"), "{said}");
    assert_ne!(std::fs::read_link(hand.store.path().join("store/current")).unwrap(), before);
    assert_eq!(hand.measure("sites", "370832", "sites"), 2);
    // A night that fails says why it failed, and not that it could not be noted.
    std::fs::remove_dir_all(hand.store.path().join("reference")).unwrap();
    let failed = hand.store.run(3);
    assert!(String::from_utf8(failed.stderr).unwrap().contains("reference"));
}

#[test]
fn a_copy_that_fails_names_what_could_not_be_read_or_written() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    let error = xinhui::store::copy_file(&from, &to).unwrap_err();
    assert_eq!(error.to_string(), format!("{}: cannot be read", from.display()));
    std::fs::write(&from, "x").unwrap();
    let error = xinhui::store::copy_file(&from, &to.join("deep")).unwrap_err();
    assert_eq!(error.to_string(), format!("{}: cannot be written", to.join("deep").display()));
    xinhui::store::copy_file(&from, &to).unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), b"x");
}
