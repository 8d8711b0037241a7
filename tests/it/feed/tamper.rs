//! Packages that are not what was signed.

use std::fs;

use xinhui::deliver::sign::PublicKey;
use xinhui::deliver::verify::{LastReceived, PackageFault, verify};

use super::tiny::{RATE, TinyStore, cell, few_rows, manifest, text, warned};
use crate::night::store::{assert_same_bytes, bytes_below, copy_tree};

const FEED: &str = "[feeds.city]\naudience = \"superior\"\nformats = [\"csv\"]\nkey = \"feed.key\"\n";

fn small() -> TinyStore {
    let mut store = TinyStore::new(FEED);
    store.publish(&few_rows());
    store
}

#[test]
fn the_same_snapshot_gives_the_same_bytes_and_passes() {
    for formats in ["\"csv\", \"parquet\"", "\"sdmx\", \"dhis2\", \"fhir\", \"adx\", \"xlsx\""] {
        let store = small();
        store.configure(&FEED.replace("\"csv\"", formats));
        let (first, second) = (store.build("city", "first"), store.build("city", "second"));
        assert_same_bytes(&bytes_below(&first), &bytes_below(&second), formats);
        assert!(store.verify(&[&first], 0).contains("in order (city, package 1, superior, as of 2023-12-31)"));
    }
    let store = small();
    store.configure(&format!("{FEED}package = \"zip\"\n"));
    let (first, second) = (store.build("city", "first"), store.build("city", "second"));
    assert!(first.extension().is_some_and(|e| e == "zip"));
    assert_eq!(fs::read(&first).expect("a zip"), fs::read(second).expect("a zip"));
    store.verify(&[&first], 0);
}

/// A package of one row, or some thousand bytes.
fn smallest(more: &str) -> (TinyStore, std::path::PathBuf) {
    let mut store = TinyStore::new(&format!("{FEED}{more}"));
    store.publish(&[("rollups/warnings", vec![warned("370832", "_all", Some(7))])]);
    let package = store.build("city", "out");
    (store, package)
}

#[test]
fn each_byte_that_is_flipped_is_noticed() {
    let (store, package) = smallest("");
    let key = PublicKey::read(&store.path("feed.key.pub")).expect("a key");
    let whole = |path| verify(&[path], &key, LastReceived::NotKept).expect("a look")[0].faults.is_empty();
    assert!(whole(&package));
    for (name, bytes) in bytes_below(&package) {
        let path = package.join(&name);
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1 << (at % 8);
            fs::write(&path, &other).expect("a file");
            assert!(!whole(&package), "byte {at} of {name} was flipped and nobody saw it");
        }
        fs::write(&path, &bytes).expect("a file");
    }
    assert!(whole(&package));
}

#[test]
fn each_byte_of_a_zip_that_is_flipped_is_noticed() {
    let (store, package) = smallest("package = \"zip\"\n");
    let key = PublicKey::read(&store.path("feed.key.pub")).expect("a key");
    let bytes = fs::read(&package).expect("a zip");
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1 << (at % 8);
        fs::write(&package, &other).expect("a file");
        let looked = verify(&[&package], &key, LastReceived::NotKept).expect("a look");
        assert!(!looked[0].faults.is_empty(), "byte {at} was flipped and nobody saw it");
    }
    for wrong in [&bytes[..bytes.len() - 1], &[&bytes[..], &[0]].concat(), &bytes[1..]] {
        fs::write(&package, wrong).expect("a file");
        assert!(!verify(&[&package], &key, LastReceived::NotKept).expect("a look")[0].faults.is_empty());
    }
}

#[test]
fn a_foreign_zip_tool_reads_the_zip() {
    let store = small();
    store.configure(&format!("{FEED}package = \"zip\"\n"));
    let package = store.build("city", "out");
    let mut zip = zip::ZipArchive::new(fs::File::open(&package).expect("a zip")).expect("a zip");
    let mut manifest = String::new();
    std::io::Read::read_to_string(&mut zip.by_name("manifest.json").expect("a file"), &mut manifest).expect("text");
    assert!(manifest.contains("\"audience\": \"superior\""));
}

#[test]
fn what_was_changed_left_out_and_put_in_is_named() {
    let store = small();
    let package = store.build("city", "out");
    let csv = package.join("tables/indicators_year.csv");
    let whole = text(csv.clone());
    fs::write(&csv, whole.replace("43", "44")).expect("a file");
    let said = store.verify(&[&package], 4);
    assert!(said.contains("changed: tables/indicators_year.csv"), "{said}");
    assert!(said.contains("indicators/year: changed within rows 1 to 3"), "{said}");
    let lines: Vec<&str> = whole.lines().collect();
    fs::write(&csv, lines[..3].join("\n") + "\n").expect("a file");
    assert!(store.verify(&[&package], 4).contains("indicators/year: 1 row left out"));
    fs::write(&csv, whole.clone() + lines[3] + "\n").expect("a file");
    assert!(store.verify(&[&package], 4).contains("indicators/year: 1 row put in"));
    fs::remove_file(&csv).expect("a file");
    assert!(store.verify(&[&package], 4).contains("left out: tables/indicators_year.csv"));
    fs::write(&csv, whole).expect("a file");
    fs::write(package.join("tables/more.csv"), "a\n").expect("a file");
    assert!(store.verify(&[&package], 4).contains("put in: tables/more.csv"));
    fs::remove_file(package.join("tables/more.csv")).expect("a file");
    std::os::unix::fs::symlink("/etc", package.join("link")).expect("a link");
    assert!(store.verify(&[&package], 4).contains("put in: link"));
    fs::remove_file(package.join("link")).expect("a link");
    fs::create_dir_all(package.join("tables/more/deep")).expect("a folder");
    let said = store.verify(&[&package], 4);
    assert!(said.contains("put in, an empty folder: tables/more/deep"), "{said}");
    fs::remove_dir_all(package.join("tables/more")).expect("a folder");
    // The right bytes, but somewhere else: they may be others tomorrow.
    for file in ["tables/indicators_year.csv", "manifest.json", "manifest.json.minisig"] {
        let (path, away) = (package.join(file), store.path("away"));
        fs::rename(&path, &away).expect("a file");
        std::os::unix::fs::symlink(&away, &path).expect("a link");
        let said = store.verify(&[&package], 4);
        assert!(said.contains(&format!("no plain file but a link or the like: {file}")), "{said}");
        fs::remove_file(&path).expect("a link");
        fs::rename(&away, &path).expect("a file");
    }
    store.verify(&[&package], 0);
    fs::remove_file(package.join("manifest.json.minisig")).expect("a file");
    assert!(store.verify(&[&package], 4).contains("the signature is missing"));
}

#[test]
fn another_key_does_not_pass_and_a_manifest_made_to_fit_does_not_either() {
    let (store, other) = (small(), small());
    let (package, theirs) = (store.build("city", "out"), other.build("city", "out"));
    assert!(store.verify(&[&theirs], 4).contains("the signature is missing, or not one of this key"));
    // Whoever changes a number and mends the hashes has no signature for it.
    let csv = package.join("tables/indicators_year.csv");
    fs::write(&csv, text(csv.clone()).replace("43", "44")).expect("a file");
    let mut mended = manifest(&package);
    let sha = |bytes: &[u8]| -> String {
        use sha2::Digest as _;
        sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
    };
    for file in &mut mended.files {
        file.sha256 = sha(&fs::read(package.join(&file.path)).expect("a file"));
    }
    mended.merkle_root = mended.root();
    fs::write(package.join("manifest.json"), serde_json::to_string_pretty(&mended).expect("JSON") + "\n")
        .expect("a file");
    let said = store.verify(&[&package], 4);
    assert!(said.contains("the signature") && said.contains("changed within rows"), "{said}");
}

#[test]
fn the_signing_key_is_closed_and_never_replaced() {
    use std::os::unix::fs::PermissionsExt as _;
    let store = small();
    let key = store.path("feed.key");
    assert_eq!(fs::metadata(&key).expect("a key").permissions().mode() & 0o777, 0o600);
    crate::night::store::expect(crate::night::store::xinhui().args(["feed", "key", "--out"]).arg(&key), 2);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("a mode");
    crate::night::store::expect(store.feed(&["build", "city"]).arg("--out").arg(store.path("out")), 2);
}

#[test]
fn packages_that_were_put_back_or_are_missing_are_told() {
    let mut store = TinyStore::new(&format!("{FEED}to = \"drop\"\nwhat = \"changes\"\n"));
    let mut kept = Vec::new();
    for night in 1..=3 {
        store.publish(&[("indicators/year", vec![cell(RATE, "3708", "2023", Some((night, 9)))])]);
        crate::night::store::expect(&mut store.feed(&["send", "city"]), 0);
        let name = store.dropped().pop().expect("a package");
        let to = store.path(&format!("kept/{night}"));
        copy_tree(&store.path("drop").join(name), &to);
        kept.push(to);
    }
    store.verify(&[&kept[0], &kept[1], &kept[2]], 0);
    // The same once more is no harm.
    store.verify(&[&kept[0], &kept[0], &kept[1]], 0);
    assert!(store.verify(&[&kept[0], &kept[2]], 4).contains("package 2 is missing before package 3"));
    let said = store.verify(&[&kept[1], &kept[0]], 4);
    assert!(said.contains("put back: package 1 is older than package 2"), "{said}");
    // A receiver that remembers tells it from one day to the next.
    let seen = store.path("seen.json");
    let look = |package: &std::path::Path, code| {
        let mut command = crate::night::store::xinhui();
        command.args(["feed", "verify", "--lang", "en", "--key"]).arg(store.path("feed.key.pub"));
        let output = crate::night::store::expect(command.arg("--seen").arg(&seen).arg(package), code);
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    // What changed since a package says nothing to one who has none.
    let said = look(&kept[1], 4).replace("\n    ", " ");
    assert!(said.contains("package 2 holds only what changed since package 1"), "{said}");
    look(&kept[0], 0);
    look(&kept[1], 0);
    assert!(look(&kept[0], 4).contains("put back"));
    look(&kept[2], 0);
    // Another package of the same number, well signed: made from a state that was put back.
    let key = PublicKey::read(&store.path("feed.key.pub")).expect("a key");
    fs::remove_dir_all(store.path("store/feeds")).expect("a state");
    store.publish(&[("indicators/year", vec![cell(RATE, "3708", "2023", Some((8, 9)))])]);
    let other = store.build("city", "other");
    let faults = &verify(&[&kept[0], &other], &key, LastReceived::NotKept).expect("a look")[1].faults;
    assert_eq!(faults, &[PackageFault::PutBack { sequence: 1, seen: 1 }]);
}
