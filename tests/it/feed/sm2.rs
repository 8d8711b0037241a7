//! Signatures by SM2, and load files for databases that are not delivered into.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::tiny::{RATE, TinyStore, cell, few_rows, manifest, text};
use crate::night::store::{expect, xinhui};

const FEED: &str = "[feeds.city]\naudience = \"superior\"\nformats = [\"csv\"]\nkey = \"sm2.key\"\nto = \"drop\"\n";

fn store() -> TinyStore {
    let mut store = TinyStore::new(FEED);
    expect(xinhui().args(["feed", "key", "--sm2", "--out"]).arg(store.path("sm2.key")), 0);
    store.publish(&few_rows());
    store
}

fn verify(store: &TinyStore, package: &Path, code: i32) -> String {
    let mut command = xinhui();
    command.args(["feed", "verify", "--lang", "en", "--key"]).arg(store.path("sm2.key.pub")).arg(package);
    String::from_utf8(expect(&mut command, code).stdout).expect("UTF-8")
}

#[test]
fn packages_are_signed_by_sm2_and_openssl_believes_them() {
    let store = store();
    let package = store.build("city", "built");
    verify(&store, &package, 0);
    let signature = package.join("manifest.json.sm2");
    assert!(!package.join("manifest.json.minisig").exists());
    // The same manifest and key give the same signature.
    let again = store.build("city", "again");
    assert_eq!(fs::read(&signature).expect("a file"), fs::read(again.join("manifest.json.sm2")).expect("a file"));
    let openssl = |key: &Path| {
        let mut command = Command::new("openssl");
        command.args([
            "pkeyutl",
            "-verify",
            "-rawin",
            "-digest",
            "sm3",
            "-pkeyopt",
            "distid:1234567812345678",
            "-pubin",
        ]);
        command.arg("-inkey").arg(key).arg("-in").arg(package.join("manifest.json")).arg("-sigfile").arg(&signature);
        command.output().expect("openssl").status.success()
    };
    assert!(openssl(&store.path("sm2.key.pub")));
    let whole = fs::read(&signature).expect("a file");
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&signature, bytes).expect("a file");
        assert!(verify(&store, &package, 4).contains("the signature is missing"), "byte {at}");
    }
    fs::write(&signature, &whole[..whole.len() - 1]).expect("a file");
    verify(&store, &package, 4);
    fs::write(&signature, &whole).expect("a file");
    verify(&store, &package, 0);
    // A key of the other kind does not fit.
    assert!(store.verify(&[&package], 4).contains("the signature is missing"));
}

#[test]
fn a_key_that_openssl_has_made_signs_too() {
    let store = store();
    let _ = fs::remove_file(store.path("sm2.key"));
    let mut make = Command::new("openssl");
    make.args(["genpkey", "-algorithm", "SM2", "-out"]).arg(store.path("sm2.key"));
    assert!(make.output().expect("openssl").status.success());
    let mut public = Command::new("openssl");
    public.args(["pkey", "-pubout", "-in"]).arg(store.path("sm2.key")).arg("-out").arg(store.path("sm2.key.pub"));
    assert!(public.output().expect("openssl").status.success());
    let closed = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600);
    fs::set_permissions(store.path("sm2.key"), closed).expect("a mode");
    verify(&store, &store.build("city", "built"), 0);
}

#[test]
fn load_files_make_tables_and_put_rows_in_place_in_one_transaction() {
    let mut store = TinyStore::new(
        "[feeds.city]\naudience = \"superior\"\nformats = [\"oracle\", \"dameng\"]\nkey = \"feed.key\"\nto = \"drop\"\n\
         what = \"changes\"\n",
    );
    store.publish(&few_rows());
    let package = store.build("city", "built");
    store.verify(&[&package], 0);
    for (name, number, word) in [("oracle", "NUMBER(19)", "BINARY_DOUBLE"), ("dameng", "bigint", "DOUBLE")] {
        let read = |file: &str| text(package.join(name).join(file));
        let create = read("create.sql");
        for said in ["\"XINHUI_INDICATORS_YEAR\" (", "\"XINHUI_INDICATORS_YEAR_STAGING\" (", "\"XINHUI_BATCH\" ("] {
            assert!(create.contains(said), "{create}");
        }
        assert!(create.contains(&format!("\"NUMERATOR\" {number}")) && create.contains(&format!("\"VALUE\" {word}")));
        let apply = read("apply.sql");
        let order = ["EXIT ROLLBACK", "INSERT INTO \"XINHUI_BATCH\"", "DELETE FROM", "MERGE INTO", "COMMIT;"];
        let places: Vec<usize> = order.iter().map(|w| apply.find(w).expect(w)).collect();
        assert!(places.is_sorted(), "{apply}");
        assert!(read("indicators_year.ctl").contains("\"XINHUI_INDICATORS_YEAR_STAGING\""));
        let rows = read("indicators_year.csv");
        let first = "smi_standard_management_rate,city,3708,济宁市,year,2023,2023-01-01,2023-12-31,1,43,57,75.4";
        assert!(rows.starts_with(first), "{rows}");
    }
    expect(&mut store.feed(&["send"]), 0);
    store.publish(&[("indicators/year", vec![cell(RATE, "3708", "2023", Some((44, 57)))])]);
    let package = store.build("city", "next");
    assert_eq!(manifest(&package).what, "changes");
    let apply = text(package.join("oracle/apply.sql"));
    assert!(apply.contains("package 1 was not loaded") && apply.contains("\"ACTION\" = 'withdrawn'"), "{apply}");
    assert!(text(package.join("oracle/indicators_year.ctl")).contains("(\n  \"ACTION\" CHAR(4000)"));
}
