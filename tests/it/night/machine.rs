//! A night on a machine that is not as it should be: full log disks, open files, folders in one another.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use super::hand::{HandStore, incidents, set_mode};
use super::store::{TestStore, xinhui};

fn with_a_row() -> HandStore {
    let hand = HandStore::new();
    hand.put("370832/police/案_20230601.csv", incidents(&[("A1", "2023-05-01", "extreme", "", "")]));
    hand
}

/// Standard output or error of a device that is always full.
fn full() -> Stdio {
    File::options().write(true).open("/dev/full").expect("a full device").into()
}

#[test]
fn a_full_log_disk_does_not_stop_a_night() {
    for log in [&["--log", "json"][..], &["--log", "text"], &[]] {
        let hand = with_a_row();
        let mut command = xinhui();
        command.arg("run").args(log).arg("--config").arg(hand.store.config());
        let status = command.stdout(full()).stderr(full()).status().expect("the binary starts");
        assert_eq!(status.code(), Some(0), "{log:?}");
        assert!(hand.internal().join("scorecard/scorecard.parquet").is_file());
    }
}

#[test]
fn what_others_may_open_below_private_is_closed_by_the_next_night() {
    let hand = with_a_row();
    hand.night();
    let private = hand.store.path().join("store/private");
    let (register, folder) = (private.join("register.json"), private.join("link"));
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("decisions.jsonl"), "").expect("a file put there by hand");
    set_mode(&register, 0o644);
    set_mode(&folder, 0o755);
    hand.night();
    let mode = |path: &std::path::Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!((mode(&register), mode(&folder), mode(&folder.join("decisions.jsonl"))), (0o600, 0o700, 0o600));
    let published = hand.internal().join("scorecard/scorecard.parquet");
    assert_eq!(mode(&published) & 0o444, mode(published.parent().expect("a folder")) & 0o444);
}

#[test]
fn core_dumps_are_off_while_a_night_runs() {
    let store = TestStore::synth(&["--dirt", "none", "--persons", "2000", "--counties", "370832", "--towns", "2"]);
    let mut command = xinhui();
    command.arg("run").arg("--config").arg(store.config()).stdout(Stdio::null());
    let mut night = command.spawn().expect("the binary starts");
    let limits = format!("/proc/{}/limits", night.id());
    let mut off = false;
    while !off && night.try_wait().expect("a child").is_none() {
        let text = fs::read_to_string(&limits).unwrap_or_default();
        let of = |line: &str| line.split_whitespace().skip(4).take(2).eq(["0", "0"]);
        off = text.lines().find(|l| l.starts_with("Max core file size")).is_some_and(of);
    }
    let _ = night.kill();
    night.wait().expect("an end");
    assert!(off, "the limit of core dumps was never seen at 0");
}

#[test]
fn a_store_and_an_inbox_in_one_another_are_refused() {
    for (store, inbox) in [
        ("inbox/store", "inbox"),
        ("store", "store/inbox"),
        ("inbox", "inbox"),
        ("./reference/../inbox/deep/er", "inbox/."),
        ("link/store", "inbox"),
    ] {
        let hand = with_a_row();
        std::os::unix::fs::symlink("inbox", hand.store.path().join("link")).expect("a link");
        hand.store.edit_config("store = \"store\"", &format!("store = \"{store}\""));
        hand.store.edit_config("inbox = \"inbox\"", &format!("inbox = \"{inbox}\""));
        for command in ["check", "run"] {
            let output = xinhui().arg(command).arg("--config").arg(hand.store.config()).output().expect("it starts");
            let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{command} {store} {inbox}: {said}");
            assert!(said.contains("must not lie in one another"), "{said}");
        }
    }
    // Names that only begin alike, and a reference inside the inbox, are in order.
    let hand = with_a_row();
    hand.store.edit_config("store = \"store\"", "store = \"inbox-store\"");
    fs::rename(hand.store.path().join("reference"), hand.store.path().join("inbox/reference")).expect("moved");
    hand.store.edit_config("reference = \"reference\"", "reference = \"inbox/reference\"");
    hand.night();
}

#[test]
fn a_register_that_cannot_be_read_is_not_called_unwritable() {
    let hand = with_a_row();
    hand.night();
    let register = hand.store.path().join("store/private/register.json");
    fs::remove_file(&register).expect("gone");
    fs::create_dir(&register).expect("a folder in its place");
    let output = xinhui().arg("run").arg("--config").arg(hand.store.config()).output().expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("register.json: cannot be read"), "{said}");
}
