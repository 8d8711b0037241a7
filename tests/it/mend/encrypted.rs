//! Workbooks that are encrypted to their senders.

use std::fs;

use super::{keys, outbox};
use crate::contract::inbox::{Inbox, SERVICE, SITE, SITE_S1, service};
use crate::night::store::{expect, xinhui};

const RECEIVER: &str = "age1mduslemdyh9x9pn2s69w689fvan0fnxnt6mchh7utfxngnkxmdusn8adt3";

/// Two counties with a row to mend each.
fn inbox() -> Inbox {
    let inbox = Inbox::new();
    let faulty = service("R1", &[(3, "不男不女")]);
    for county in ["370832", "370811"] {
        let site = SITE_S1.replace("370832100001", if county == "370832" { "370832100001" } else { "370811001001" });
        inbox.write(&format!("inbox/{county}/station/sites_20230601.csv"), [SITE, &site].join("\n"));
        inbox.write(&format!("inbox/{county}/station/services_20230601.csv"), [SERVICE, &faulty].join("\n"));
    }
    inbox
}

fn lies_there(inbox: &Inbox) -> Vec<String> {
    let entries = fs::read_dir(inbox.path("store/private/outbox")).expect("a folder").flatten();
    let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

fn run(inbox: &Inbox, lang: &str, code: i32) -> String {
    let mut night = xinhui();
    night.args(["run", "--lang", lang, "--config"]).arg(inbox.path("xinhui.toml"));
    let output = expect(&mut night, code);
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
fn workbooks_are_encrypted_to_their_senders_and_none_is_plain() {
    let inbox = inbox();
    run(&inbox, "zh", 0);
    let plain = outbox(&inbox, "station").expect("a workbook");
    assert_eq!(lies_there(&inbox), ["370811任城区_服务站点_待改正.xlsx", "370832梁山县_服务站点_待改正.xlsx"]);
    assert!(fs::read(&plain).expect("a workbook").starts_with(b"PK"));

    let config = fs::read_to_string(inbox.path("xinhui.toml")).expect("a config");
    let closed = format!("outbox_encrypt_to = \"senders\"\n{config}");
    inbox.write("xinhui.toml", &closed);
    inbox.write("senders/370832_station.txt", format!("# Liangshan\n{RECEIVER}\n"));
    let told = run(&inbox, "zh", 0);
    assert!(told.contains("没有公钥") && told.contains("  任城区（370811）服务站点\n"), "{told}");
    assert_eq!(lies_there(&inbox), ["370832梁山县_服务站点_待改正.xlsx.age"]);
    let path = inbox.path("store/private/outbox/370832梁山县_服务站点_待改正.xlsx.age");
    let bytes = fs::read(&path).expect("a workbook");
    assert!(bytes.starts_with(b"age-encryption.org/v1\n-> X25519 "));
    assert!(!bytes.windows(4).any(|w| w == b"PK\x03\x04"), "a workbook can be read");

    // A key of the whole county, and a night with nothing new that leaves what is there.
    inbox.write("senders/370811.txt", RECEIVER);
    assert!(!run(&inbox, "en", 0).contains("public key is missing"));
    assert_eq!(lies_there(&inbox).len(), 2);
    assert!(fs::read(&path).expect("a workbook") == bytes);
    run(&inbox, "en", 0);
    assert!(fs::read(&path).expect("a workbook") == bytes);
    // Another key: the workbook is encrypted anew.
    inbox.write("senders/370832_station.txt", format!("{RECEIVER}\n{RECEIVER}\n"));
    run(&inbox, "en", 0);
    assert!(fs::read(&path).expect("a workbook") != bytes);

    inbox.write("xinhui.toml", &config);
    run(&inbox, "en", 0);
    assert_eq!(lies_there(&inbox), ["370811任城区_服务站点_待改正.xlsx", "370832梁山县_服务站点_待改正.xlsx"]);
    assert!(keys(&inbox, "station_service", "record_id").is_empty());
}

#[test]
fn keys_of_senders_that_cannot_be_used_are_refused() {
    let inbox = inbox();
    let config = fs::read_to_string(inbox.path("xinhui.toml")).expect("a config");
    inbox.write("xinhui.toml", format!("outbox_encrypt_to = \"senders\"\n{config}"));
    assert!(run(&inbox, "en", 2).contains("senders"));
    for (file, text, told) in [
        ("梁山.txt", RECEIVER, "370811_school.txt"),
        ("370832_shool.txt", RECEIVER, "COUNTY_SOURCE.txt"),
        (
            "370832.txt",
            "AGE-SECRET-KEY-1ATC3XVH7N8RZ02Z794GLXU52JC2Y8HC42J7C54JHW4666URR73HSY6QJ7U",
            "line 1 is a secret key",
        ),
        ("370832.txt", "age1xyz", "line 1 is no public key"),
        ("370832.txt", "", "holds no public key"),
    ] {
        fs::remove_dir_all(inbox.path("senders")).ok();
        inbox.write(&format!("senders/{file}"), text);
        let said = run(&inbox, "en", 2);
        assert!(said.contains(told) && said.contains(file) && !said.contains("ATC3XVH7N8"), "{said}");
    }
    assert!(!inbox.path("store").exists());
}

#[test]
fn a_workbook_that_cannot_be_written_is_named_and_keeps_no_other_from_its_sender() {
    let inbox = inbox();
    let name = "370811任城区_服务站点_待改正.xlsx";
    // A folder stands where it should.
    fs::create_dir_all(inbox.path(&format!("store/private/outbox/{name}/x"))).expect("a folder");
    let told = run(&inbox, "en", 0);
    let on_one_line: String = told.split_whitespace().collect();
    assert!(told.contains("workbooks that could not be written") && on_one_line.contains(name), "{told}");
    assert!(told.contains("1 workbook in private/outbox/") && !told.contains("logs and caches"), "{told}");
    assert!(outbox(&inbox, "station").is_some());
    fs::remove_dir_all(inbox.path(&format!("store/private/outbox/{name}"))).expect("removed");
    let told = run(&inbox, "en", 0);
    assert!(!told.contains("could not be written") && told.contains("2 workbooks in"), "{told}");
    assert_eq!(lies_there(&inbox).len(), 2);
}
