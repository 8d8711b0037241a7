//! Backup and restore, by the scripts that `xinhui init` writes.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::night::store::{TestStore, assert_same_bytes, bytes_below, copy_tree, expect, xinhui};

/// A store made by `init`, with the exports of a small county.
fn store(dir: &Path) -> PathBuf {
    let root = dir.join("office");
    expect(xinhui().arg("init").arg(&root).args(["--city", "3708", "--counties", "370832"]), 0);
    let made = TestStore::synth(&["--persons", "100", "--counties", "370832", "--towns", "1", "--dirt", "none"]);
    copy_tree(&made.path().join("inbox"), &root.join("inbox"));
    let path = root.join("xinhui.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, config.replace("quiet_seconds = 60", "quiet_seconds = 0")).unwrap();
    expect(xinhui().current_dir(&root).arg("run"), 0);
    root
}

fn script(root: &Path, name: &str, argument: &Path) -> String {
    let output = Command::new("/bin/sh").arg(root.join("ops").join(name)).arg(argument).output().expect("a shell");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_backup_put_back_is_the_store_again_and_holds_no_key() {
    let dir = tempfile::tempdir().unwrap();
    let root = store(dir.path());
    // What a feed signs and logs in with is no more for a backup than the key of the store.
    expect(xinhui().current_dir(&root).args(["feed", "key"]), 0);
    std::fs::create_dir(root.join("secrets")).unwrap();
    std::fs::write(root.join("secrets/platform"), "token").unwrap();
    let path = root.join("xinhui.toml");
    let feed = "[feeds.platform]\naudience = \"superior\"\nformats = [\"csv\"]\nkey = \"feed.key\"\n\
                to = \"https://localhost:1/\"\ntoken_file = \"./secrets/platform\"\n";
    std::fs::write(&path, std::fs::read_to_string(&path).unwrap() + "\n" + feed).unwrap();
    let before = bytes_below(&root.join("store"));
    let backup = PathBuf::from(script(&root, "backup.sh", &dir.path().join("backups")).trim_end());
    let listed = Command::new("tar").arg("-tzf").arg(&backup).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("./store/private/persons.parquet") && !listed.contains("xinhui.key"), "{listed}");
    assert!(!listed.lines().any(|line| line.ends_with("feed.key") || line.ends_with("platform")), "{listed}");

    // The disk eats a part of the vault.
    std::fs::remove_dir_all(root.join("store/private/identities")).unwrap();
    expect(xinhui().args(["run", "--config"]).arg(root.join("xinhui.toml")), 4);
    let said = script(&root, "restore.sh", &backup);
    assert!(said.contains("office.before-"), "{said}");
    assert_same_bytes(&before, &bytes_below(&root.join("store")), "restored");
    assert!(root.join("feed.key").is_file() && root.join("secrets/platform").is_file(), "keys that are there stay");
    expect(xinhui().args(["verify", "--config"]).arg(root.join("xinhui.toml")), 0);
    let night = expect(xinhui().args(["run", "--config"]).arg(root.join("xinhui.toml")), 0);
    assert!(String::from_utf8(night.stdout).unwrap().starts_with("nothing new"), "the backup is not the store");
}

#[test]
fn what_is_no_backup_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let root = store(dir.path());
    let other = dir.path().join("other.tar.gz");
    let reference = root.join("reference");
    let packed = Command::new("tar").arg("-C").arg(&reference).arg("-czf").arg(&other).arg(".").status();
    assert!(packed.unwrap().success());
    let before = bytes_below(&root);
    let output = Command::new("/bin/sh").arg(root.join("ops/restore.sh")).arg(&other).output().expect("a shell");
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("no backup of xinhui"));
    // Bytes of no archive, and an archive of which a part is missing.
    let whole = std::fs::read(&other).unwrap();
    for bytes in [b"name,sex\n".as_slice(), &whole[..whole.len() / 2]] {
        std::fs::write(&other, bytes).unwrap();
        let output = Command::new("/bin/sh").arg(root.join("ops/restore.sh")).arg(&other).output().expect("a shell");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(1) && said.contains("no whole backup") && said.lines().count() == 1,
            "{said}"
        );
    }
    assert_same_bytes(&bytes_below(&root), &before, "untouched");
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

/// What stands in the lock is of the last run until whoever holds it writes its name, which other programs do not.
#[test]
fn a_script_names_no_run_that_has_ended_as_the_holder_of_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("office");
    expect(xinhui().arg("init").arg(&root).args(["--city", "3708", "--counties", "370832"]), 0);
    expect(xinhui().current_dir(&root).arg("run"), 0);
    let backup = PathBuf::from(script(&root, "backup.sh", &dir.path().join("backups")).trim_end());
    let lock = std::fs::File::open(root.join("store/.lock")).unwrap();
    lock.lock().unwrap();
    let restore = |backup: &[&Path]| {
        let output = Command::new("/bin/sh").arg(root.join("ops/restore.sh")).args(backup).output().expect("a shell");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = restore(&[&backup]);
    assert!(code == Some(1) && said.contains("another program") && !said.contains("run "), "{said}");
    let (code, said) = restore(&[]);
    assert_eq!((code, said.as_str()), (Some(2), "用法 / usage: restore.sh BACKUP\n"));
}

#[test]
fn a_backup_on_an_empty_machine_asks_for_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let root = store(dir.path());
    let backup = PathBuf::from(script(&root, "backup.sh", &dir.path().join("backups")).trim_end());
    let key = std::fs::read(root.join("xinhui.key")).unwrap();
    let ops = dir.path().join("ops");
    copy_tree(&root.join("ops"), &ops);
    std::fs::remove_dir_all(&root).unwrap();
    let said = script(dir.path(), "restore.sh", &backup);
    assert!(said.contains("put the key back"), "{said}");
    expect(xinhui().args(["verify", "--config"]).arg(root.join("xinhui.toml")), 2);
    std::fs::write(root.join("xinhui.key"), key).unwrap();
    crate::night::hand::set_mode(&root.join("xinhui.key"), 0o600);
    expect(xinhui().args(["verify", "--config"]).arg(root.join("xinhui.toml")), 0);
}
