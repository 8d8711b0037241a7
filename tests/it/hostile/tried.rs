//! Files that are read by hand or lie in the reference folder are read under the limits of a night's.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use crate::contract::inbox::{Inbox, SERVICE, SITE, SITE_S1, service};
use crate::hostile::limits::{book, null_sites, site_rows, with};
use crate::night::store::{expect, xinhui};

/// `xinhui validate` of a file, which must end in time.
#[track_caller]
fn validate(path: &Path, code: i32) -> String {
    let since = Instant::now();
    let output = expect(xinhui().args(["--lang", "en", "validate", "--source", "station"]).arg(path), code);
    assert!(since.elapsed() < Duration::from_secs(120), "{:?}", since.elapsed());
    said(&output)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_hostile_file_that_is_tried_is_a_finding() {
    let inbox = Inbox::new();
    let lie = book(r#"count="900000000000" uniqueCount="900000000000">"#, &site_rows("S2"));
    inbox.write("lie.xlsx", lie);
    let text = validate(&inbox.path("lie.xlsx"), 1);
    assert!(text.contains("reader-stopped") || text.contains("damaged-workbook"), "{text}");
    inbox.write("nulls.parquet", null_sites());
    let text = validate(&inbox.path("nulls.parquet"), 1);
    assert!(text.contains("reader-stopped") && text.contains("5000000 rows"), "{text}");
    assert!(!text.contains("with errors"), "no row of it counts: {text}");
    // The very next file is tried as ever.
    inbox.write("good.csv", format!("{SITE}\n{SITE_S1}\n"));
    assert!(validate(&inbox.path("good.csv"), 0).contains("1 row, 0 with errors"));
    assert!(expect(std::process::Command::new("mkfifo").arg(inbox.path("pipe.csv")), 0).status.success());
    let text = validate(&inbox.path("pipe.csv"), 3);
    assert!(text.contains("pipe.csv") && text.contains("no regular file"), "{text}");
}

#[test]
fn findings_of_a_file_that_is_tried_are_counted_after_the_first_thousand() {
    let inbox = Inbox::new();
    let mut text = format!("{SERVICE}\n");
    (0..2_500).for_each(|n| text += &(service(&format!("R{n}"), &[(4, "不知")]) + "\n"));
    inbox.write("services.csv", text);
    let said = validate(&inbox.path("services.csv"), 1);
    // What is said of many rows alike is said once.
    assert!(said.contains("2,500 rows, 2,500 with errors"), "{said}");
    assert!(said.contains("rows 2-1001 (1,000 rows) error unknown-code"), "{said}");
    let path = inbox.path("services.csv");
    let all = expect(xinhui().args(["--lang", "en", "validate", "--most", "5000"]).arg(path), 1);
    let all = String::from_utf8(all.stdout).unwrap();
    assert_eq!(all.matches("unknown-code").count(), 2);
    assert!(all.contains("row 1002 error unknown-code: 1500 more of this kind"), "{all}");
}

#[test]
fn a_hostile_file_among_the_reference_data_is_an_error_that_names_it() {
    let inbox = with("reader_memory_mb = 100");
    let many = format!(r#"count="1" uniqueCount="1">{}"#, "<si><t>a</t></si>".repeat(4_000_000));
    inbox.write("reference/many.xlsx", book(&many, &site_rows("S2")));
    let since = Instant::now();
    let output = expect(xinhui().arg("run").arg("--config").arg(inbox.path("xinhui.toml")), 3);
    assert!(since.elapsed() < Duration::from_secs(120), "{:?}", since.elapsed());
    let text = said(&output);
    assert!(text.contains("many.xlsx") && text.contains("100 MiB") && text.contains("cannot be read"), "{text}");
    assert!(!inbox.path("store/current").exists());
    std::fs::remove_file(inbox.path("reference/many.xlsx")).unwrap();
    inbox.run(0);
    assert_eq!(inbox.fates("station/sites.csv"), [1, 0, 0, 0, 0]);
}
