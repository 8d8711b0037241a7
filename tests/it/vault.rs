//! The key file and the encrypted vault.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray};
use xinhui::error::ErrorKind;
use xinhui::store::key::{HashName, SecretKey};
use xinhui::store::vault::Vault;

fn key(dir: &Path, byte: u8) -> SecretKey {
    let path = dir.join(format!("key-{byte}"));
    write_key(&path, &[byte; 32]);
    SecretKey::read(&path, HashName::Sm3).unwrap()
}

fn people(names: &[&str], days: &[i32]) -> RecordBatch {
    RecordBatch::try_from_iter([
        ("name", Arc::new(StringArray::from(names.to_vec())) as ArrayRef),
        ("birth_day", Arc::new(Int32Array::from(days.to_vec()))),
        ("phone", Arc::new(StringArray::from(vec!["13563201234"; names.len()]))),
    ])
    .unwrap()
}

fn write(vault: &Vault, name: &str, batch: &RecordBatch) {
    let mut writer = vault.create(name, batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn write_key(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    crate::night::hand::set_mode(path, 0o600);
}

/// HMAC by hand, from its definition (RFC 2104), so that the derivation is pinned.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let mut block = [0u8; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::digest([&block.map(|b| b ^ 0x36)[..], message].concat());
    Sha256::digest([&block.map(|b| b ^ 0x5c)[..], &inner[..]].concat()).to_vec()
}

#[test]
fn a_purpose_has_the_key_hmac_of_secret_and_purpose() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    write_key(&path, &[5; 32]);
    let key = SecretKey::read(&path, HashName::Sha256).unwrap();
    assert_eq!(key.derive("vault")[..], hmac_sha256(&[5; 32], b"vault"));
    assert_eq!(key.mac("person", b"x")[..], hmac_sha256(&hmac_sha256(&[5; 32], b"person"), b"x"));
    let sm3 = SecretKey::read(&path, HashName::Sm3).unwrap();
    assert_ne!(sm3.derive("vault"), key.derive("vault"));
    assert_ne!(sm3.mac("person", b"x"), sm3.mac("vault", b"x"));
}

#[test]
fn a_key_is_32_raw_bytes_or_64_hexadecimal_digits() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    let derived = |bytes: &[u8]| {
        write_key(&path, bytes);
        SecretKey::read(&path, HashName::Sha256).map(|k| k.derive("x"))
    };
    let raw = derived(&[0xAB; 32]).unwrap();
    assert_eq!(derived("ab".repeat(32).as_bytes()).unwrap(), raw);
    assert_eq!(derived(format!(" \n{}\r\n", "AB".repeat(32)).as_bytes()).unwrap(), raw);
    for wrong in [&b""[..], &[0; 31], &[0; 33], "ab".repeat(31).as_bytes(), "gg".repeat(32).as_bytes()] {
        assert_eq!(derived(wrong).unwrap_err().kind, ErrorKind::Usage);
    }
}

#[test]
fn a_key_that_others_may_read_or_anybody_can_guess_is_refused_with_its_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    let refused = || {
        let error = SecretKey::read(&path, HashName::Sha256).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage);
        (error.message.en.clone(), error.hint.clone().unwrap().en)
    };
    write_key(&path, &[0x21; 32]);
    for mode in [0o644, 0o604, 0o602, 0o666] {
        crate::night::hand::set_mode(&path, mode);
        let (message, hint) = refused();
        assert!(message.contains("may read or change the key"), "{message}");
        assert!(hint.contains(&format!("chmod 600 {}", path.display())), "{hint}");
    }
    for mode in [0o600, 0o400, 0o640] {
        crate::night::hand::set_mode(&path, mode);
        SecretKey::read(&path, HashName::Sha256).unwrap();
    }
    for zeros in [&[0; 32][..], "0".repeat(64).as_bytes()] {
        write_key(&path, zeros);
        let (message, hint) = refused();
        assert!(message.contains("all zeros") && hint.contains("xinhui key new"), "{message} {hint}");
    }
}

#[test]
fn the_key_of_the_sample_lies_open_and_is_taken_as_a_checkout_leaves_it() {
    let sample = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/sample-data/xinhui.key"));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    fs::write(&path, fs::read(sample).unwrap()).unwrap();
    crate::night::hand::set_mode(&path, 0o644);
    SecretKey::read(&path, HashName::Sha256).unwrap();
}

#[test]
fn a_pipe_or_a_large_file_is_no_key_and_nobody_waits_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let error = SecretKey::read(&pipe, HashName::Sha256).unwrap_err();
    assert_eq!((error.kind, error.message.en.as_ref()), (ErrorKind::Usage, "is no regular file, so it is no key"));
    let large = dir.path().join("large");
    write_key(&large, &[b'a'; 1 << 20]);
    let error = SecretKey::read(&large, HashName::Sha256).unwrap_err();
    assert!(error.message.en.starts_with("holds no key"), "{error}");
}

#[test]
fn a_missing_key_says_how_to_make_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret.key");
    let error = SecretKey::read(&path, HashName::Sm3).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
    let hint = error.hint.clone().unwrap().en;
    assert!(hint.contains(&format!("xinhui key new --out {}", path.display())), "{hint}");
}

#[test]
fn a_new_key_is_random_private_and_never_replaces_one() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    SecretKey::create(&a).unwrap();
    SecretKey::create(&b).unwrap();
    let read = |p: &Path| SecretKey::read(p, HashName::Sm3).unwrap().derive("x");
    assert_ne!(read(&a), read(&b));
    assert_eq!(fs::read_to_string(&a).unwrap().trim().len(), 64);
    #[cfg(unix)]
    assert_eq!(mode(&a), 0o600);

    let before = fs::read(&a).unwrap();
    assert_eq!(SecretKey::create(&a).unwrap_err().kind, ErrorKind::Usage);
    assert_eq!(fs::read(&a).unwrap(), before);
    assert_eq!(SecretKey::create(&dir.path().join("no/such/folder")).unwrap_err().kind, ErrorKind::Output);
}

#[test]
fn a_key_prints_nothing_of_itself() {
    let dir = tempfile::tempdir().unwrap();
    let key = key(dir.path(), 0xA7);
    let printed = format!("{key:?} {key:#?} {:?}", key.keyed("x"));
    for secret in ["167", "a7", "A7"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_written_is_read_back_by_column_name() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(&dir.path().join("private/identities"), &key(dir.path(), 1)).unwrap();
    let batch = people(&["王芳", "李娜"], &[1, 2]);
    assert!(!vault.contains("a/b.parquet"));
    write(&vault, "a/b.parquet", &batch);
    assert!(vault.contains("a/b.parquet"));

    let read: Vec<RecordBatch> =
        vault.read("a/b.parquet", &["birth_day", "name"]).unwrap().map(Result::unwrap).collect();
    assert_eq!(read, [batch.project(&[1, 0]).unwrap()]);
    let none: usize = vault.read("a/b.parquet", &[]).unwrap().map(|b| b.unwrap().num_rows()).sum();
    assert_eq!(none, 2);
}

#[test]
fn rows_keep_their_order_over_many_batches() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(&dir.path().join("v"), &key(dir.path(), 1)).unwrap();
    let part = |from: i32| people(&vec!["王芳"; 50_000], &(from..from + 50_000).collect::<Vec<_>>());
    let mut writer = vault.create("x.parquet", part(0).schema()).unwrap();
    for n in 0..6 {
        writer.write(&part(n * 50_000)).unwrap();
    }
    writer.finish().unwrap();
    let mut days = Vec::new();
    let mut batches = 0;
    for batch in vault.read("x.parquet", &["birth_day"]).unwrap() {
        let batch = batch.unwrap();
        let column = batch.column(0).as_any().downcast_ref::<Int32Array>().unwrap();
        assert_eq!(column.null_count(), 0);
        days.extend_from_slice(column.values());
        batches += 1;
    }
    assert!(batches > 1);
    assert_eq!(days, (0..300_000).collect::<Vec<i32>>());
}

#[test]
fn nothing_identifying_stands_in_clear_on_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("v");
    let vault = Vault::open(&folder, &key(dir.path(), 1)).unwrap();
    write(&vault, "x.parquet", &people(&["欧阳娜娜"], &[1]));
    for file in files(&folder) {
        let bytes = fs::read(&file).unwrap();
        for clear in ["欧阳娜娜", "13563201234", "birth_day", "phone"] {
            assert!(!bytes.windows(clear.len()).any(|w| w == clear.as_bytes()), "{clear} in {}", file.display());
        }
    }
    let bytes = fs::read(folder.join("x.parquet")).unwrap();
    assert_eq!(&bytes[..4], b"PARE", "Parquet with an encrypted footer");
}

#[test]
fn a_wrong_key_is_told_and_no_empty_result() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("v");
    write(&Vault::open(&folder, &key(dir.path(), 1)).unwrap(), "x.parquet", &people(&["王芳"], &[1]));
    let error = Vault::open(&folder, &key(dir.path(), 2)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
    let said = error.to_string();
    assert!(said.contains("is not the one this store was made with"), "{said}");
    assert!(said.contains("key-2"), "{said}");
    let again = Vault::open(&folder, &key(dir.path(), 1)).unwrap();
    assert_eq!(again.read("x.parquet", &["name"]).unwrap().count(), 1);
}

#[test]
fn another_hash_is_told_as_such() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("v");
    Vault::open(&folder, &key(dir.path(), 1)).unwrap();
    let other = SecretKey::read(&dir.path().join("key-1"), HashName::Sha256).unwrap();
    let error = Vault::open(&folder, &other).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
    assert!(error.hint.clone().unwrap().en.contains("sm3"));
}

#[test]
fn a_file_of_another_vault_cannot_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let a = Vault::open(&dir.path().join("a"), &key(dir.path(), 1)).unwrap();
    let b = Vault::open(&dir.path().join("b"), &key(dir.path(), 2)).unwrap();
    write(&a, "x.parquet", &people(&["王芳"], &[1]));
    fs::copy(dir.path().join("a/x.parquet"), dir.path().join("b/x.parquet")).unwrap();
    assert_eq!(b.read("x.parquet", &["name"]).err().unwrap().kind, ErrorKind::Damaged);
}

#[test]
fn a_vault_without_its_check_value_is_not_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("v");
    let key = key(dir.path(), 1);
    write(&Vault::open(&folder, &key).unwrap(), "x.parquet", &people(&["王芳"], &[1]));
    fs::remove_file(folder.join("vault.json")).unwrap();
    assert_eq!(Vault::open(&folder, &key).unwrap_err().kind, ErrorKind::Output);
    fs::write(folder.join("vault.json"), "{").unwrap();
    assert_eq!(Vault::open(&folder, &key).unwrap_err().kind, ErrorKind::Damaged);
}

#[test]
fn missing_files_and_damage_are_damage_and_missing_columns_are_errors_of_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("v");
    let vault = Vault::open(&folder, &key(dir.path(), 1)).unwrap();
    assert_eq!(vault.read("x.parquet", &["name"]).err().unwrap().kind, ErrorKind::Damaged);
    write(&vault, "x.parquet", &people(&["王芳"], &[1]));
    assert_eq!(vault.read("x.parquet", &["sex"]).err().unwrap().kind, ErrorKind::Output);
    let path = folder.join("x.parquet");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() - 60;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert_eq!(vault.read("x.parquet", &["name"]).err().unwrap().kind, ErrorKind::Damaged);
}

#[test]
fn a_name_that_leaves_the_vault_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(&dir.path().join("v"), &key(dir.path(), 1)).unwrap();
    let schema = people(&["王芳"], &[1]).schema();
    for name in ["../x.parquet", "/x.parquet", "a/../../x", ""] {
        assert_eq!(vault.create(name, schema.clone()).unwrap_err().kind, ErrorKind::Bug, "{name}");
        assert!(!vault.contains(name));
    }
}

#[test]
fn an_unfinished_file_leaves_nothing_and_spares_what_stands() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("v");
    let vault = Vault::open(&folder, &key(dir.path(), 1)).unwrap();
    let old = people(&["王芳"], &[1]);
    write(&vault, "x.parquet", &old);
    let before = files(&folder);

    let mut writer = vault.create("x.parquet", old.schema()).unwrap();
    writer.write(&people(&["李娜"], &[2])).unwrap();
    let mut fresh = vault.create("new.parquet", old.schema()).unwrap();
    fresh.write(&old).unwrap();
    assert!(!vault.contains("new.parquet"), "not before it is whole");
    drop((writer, fresh));

    assert_eq!(files(&folder), before);
    let read: Vec<RecordBatch> =
        vault.read("x.parquet", &["name", "birth_day", "phone"]).unwrap().map(Result::unwrap).collect();
    assert_eq!(read, [old]);
}

#[cfg(unix)]
#[test]
fn folders_are_0700_and_files_0600() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("store/private/identities");
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let vault = Vault::open(&folder, &key(dir.path(), 1)).unwrap();
    write(&vault, "a/b/x.parquet", &people(&["王芳"], &[1]));
    for private in [folder.clone(), folder.join("a"), folder.join("a/b")] {
        assert_eq!(mode(&private), 0o700, "{}", private.display());
    }
    for file in files(&folder) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}
