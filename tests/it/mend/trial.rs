//! `xinhui validate`: files and folders, judged as the night does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::Book;
use crate::contract::inbox::{Inbox, SERVICE, SITE, SITE_S1, service};
use crate::night::quality::rejects;
use crate::night::store::{copy_tree, expect, xinhui};

/// How often each file, row, severity and code is found.
type Findings = BTreeMap<(String, String, String, String), u64>;

/// The file of the inbox of a path that may go on inside an archive.
fn outer(path: &str) -> String {
    path.split_inclusive('/')
        .scan(String::new(), |so_far, part| {
            so_far.push_str(part);
            Some(so_far.clone())
        })
        .find(|path| path.ends_with(".zip/"))
        .map_or_else(|| path.to_owned(), |path| path.trim_end_matches('/').to_owned())
}

/// What `validate` printed in English.
fn printed(text: &str) -> Findings {
    let mut found = Findings::new();
    let mut file = String::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut add = |row: &str, severity: &str, code: &str| {
            let code = code.trim_end_matches(':').to_owned();
            *found.entry((file.clone(), row.to_owned(), severity.to_owned(), code)).or_default() += 1;
        };
        match (line.len() - line.trim_start().len(), &words[..]) {
            (0, _) => line.clone_into(&mut file),
            (4, ["row", row, severity, code, ..]) => add(row, severity, code),
            (4, ["rows", ..]) => {
                let at = words.iter().position(|w| *w == "rows)").expect("a count");
                for run in &words[1..at - 1] {
                    let run = run.trim_end_matches(',');
                    let (from, to) = run.split_once('-').unwrap_or((run, run));
                    let number = |text: &str| text.parse::<u32>().expect("a row");
                    (number(from)..=number(to)).for_each(|row| add(&row.to_string(), words[at + 1], words[at + 2]));
                }
            }
            (2, [severity @ ("error" | "warning"), ..]) => {
                let code = words.iter().find(|w| w.ends_with(':') && !w.contains(']')).expect("a code");
                add("", severity, code);
            }
            _ => {}
        }
    }
    found
}

#[test]
fn validate_finds_in_the_sample_what_the_night_finds() {
    let dir = tempfile::tempdir().expect("a folder");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    for part in ["inbox", "reference"] {
        copy_tree(&sample.join(part), &dir.path().join(part));
    }
    for file in ["xinhui.toml", "xinhui.key"] {
        std::fs::copy(sample.join(file), dir.path().join(file)).expect("a copy");
    }
    let config = dir.path().join("xinhui.toml");
    expect(xinhui().arg("run").arg("--config").arg(&config), 1);
    let mut night = Findings::new();
    for line in rejects(&dir.path().join("store/current/internal")).iter().filter(|line| line["state"] == "open") {
        let place = (outer(&line["file"]), line["row_number"].clone(), line["severity"].clone(), line["code"].clone());
        *night.entry(place).or_default() += 1;
    }
    let mut command = xinhui();
    command.args(["--lang", "en", "validate", "--most", "100000", "--config"]).arg(&config);
    let said = expect(command.arg(dir.path().join("inbox")), 1);
    let tried = printed(&String::from_utf8(said.stdout).expect("text"));
    let only = |a: &Findings, b: &Findings| {
        a.iter().filter(|(k, n)| b.get(*k) != Some(n)).map(|(k, _)| k.clone()).collect::<Vec<_>>()
    };
    assert_eq!((only(&night, &tried), only(&tried, &night)), (Vec::new(), Vec::new()));
    assert!(night.values().sum::<u64>() > 200);
}

#[test]
fn validate_goes_on_after_a_missing_file_and_judges_rows_together() {
    let inbox = Inbox::new();
    inbox.write("a/sites.csv", format!("{SITE}\n{SITE_S1}\n"));
    let rows = [service("R1", &[]), service("R2", &[(1, "S9")])];
    inbox.write("a/b/services.csv", format!("{SERVICE}\n{}\n", rows.join("\n")));
    let mut command = xinhui();
    command.args(["--lang", "en", "validate"]).arg(inbox.path("gone.csv")).arg(inbox.path("a"));
    let done = expect(&mut command, 3);
    let (said, wrong) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(wrong.contains("gone.csv") && wrong.contains("cannot be read"), "{wrong}");
    assert!(said.contains("row 3 error orphan") && !said.contains("row 2 error"), "{said}");
    assert!(said.contains("2 rows, 1 with errors") && said.contains("1 row, 0 with errors"), "{said}");
    // By itself nothing is known of its sites, and nothing said of them.
    let said = expect(xinhui().args(["--lang", "en", "validate"]).arg(inbox.path("a/b/services.csv")), 0);
    assert!(String::from_utf8_lossy(&said.stdout).contains("2 rows, 0 with errors"));
    // With a config the divisions are judged.
    inbox.write("c.csv", format!("{SITE}\nS2,站二,村（居）社会心理服务室,370832999999,已建成,2020-01-01,,\n"));
    let mut command = xinhui();
    command.args(["--lang", "en", "validate", "--config"]).arg(inbox.path("xinhui.toml")).arg(inbox.path("c.csv"));
    let said = expect(&mut command, 1);
    assert!(String::from_utf8_lossy(&said.stdout).contains("row 2 error unknown-division"));
    assert!(!inbox.path("store").exists(), "nothing is stored");
}

#[test]
fn validate_says_which_wrong_rows_stand_right_in_another_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let header = "活动编号,站点编号,所在区划代码,活动类型,进入场所,活动日期";
    let write = |name: &str, rows: [&str; 2]| {
        fs::write(dir.path().join(name), format!("{header}\n{}\n", rows.join("\n"))).expect("a file");
    };
    write(
        "活动_20230630.csv",
        ["A1,S1,370832100001,讲座,school,八月八日", "A2,S1,370832100001,什么,school,2023-05-02"],
    );
    write(
        "活动_20231231.csv",
        ["A1,S1,370832100001,讲座,school,2023-05-01", "A2,S1,370832100001,讲座,school,2023-05-02"],
    );
    let mut validate = xinhui();
    validate.env("COLUMNS", "0").args(["validate", "--lang", "zh", "--source", "station"]);
    let said = expect(validate.arg(dir.path()), 0).stdout;
    let said = String::from_utf8(said).expect("UTF-8");
    assert!(said.contains("2 行数据，2 行有错误（其中 2 行另有正确的版本，不必再改）"), "{said}");
}

#[test]
fn validate_says_what_many_rows_have_in_common_once_so_that_nothing_else_is_hidden() {
    let inbox = Inbox::new();
    let mut rows: Vec<String> = (1..=200).map(|n| service(&format!("R{n}"), &[(4, "第九类")])).collect();
    rows[9] = service("R10", &[]);
    rows[150] = service("R151", &[(4, "第九类"), (5, "昨天")]);
    inbox.write("a.csv", format!("{SERVICE}\n{}\n", rows.join("\n")));
    let said = expect(xinhui().args(["--lang", "en", "validate"]).arg(inbox.path("a.csv")), 1);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("rows 2-10, 12-201 (199 rows) error unknown-code"), "{said}");
    assert!(said.contains("row 152 error type-error") && !said.contains("see --most"), "{said}");
}

#[test]
fn validate_tells_of_a_folder_without_files_and_is_silent_about_what_it_did_not_read() {
    let inbox = Inbox::new();
    std::fs::create_dir(inbox.path("empty")).expect("a folder");
    inbox.write("empty/Thumbs.db", "x");
    inbox.write("nothing.csv", "");
    for (path, code, told) in
        [("empty", 3, "holds no file to check"), ("gone.csv", 3, "gone.csv"), ("nothing.csv", 1, "empty-file")]
    {
        let done = expect(xinhui().args(["--lang", "en", "validate"]).arg(inbox.path(path)), code);
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        assert!(said.contains(told) && !said.contains("not judged") && !said.contains("looked for"), "{path}: {said}");
    }
    // A workbook under another ending could not be opened.
    inbox.write("a.csv", format!("{SERVICE}\n{}\n", service("R1", &[(4, "第九类")])));
    for words in [&["validate", "a.csv", "--workbook", "w.csv"][..], &["template", "station_site", "--out", "w.xls"]] {
        let done = expect(xinhui().current_dir(inbox.path("")).args(["--lang", "en"]).args(words), 2);
        assert!(String::from_utf8_lossy(&done.stderr).contains(".xlsx"), "{words:?}");
    }
    assert!(!inbox.path("w.csv").exists() && !inbox.path("w.xls").exists());
    let done = expect(xinhui().current_dir(inbox.path("")).args(["validate", "a.csv", "--source", "医院"]), 1);
    assert!(String::from_utf8_lossy(&done.stdout).contains("wrong-source"), "what people call a source names it");
}

#[test]
fn the_workbook_of_a_file_goes_round_before_it_is_sent() {
    let inbox = Inbox::new();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    inbox.station("services_20230601.csv", &[SERVICE, &service("R1", &[]), &service("R2", &[(3, "第九类")])]);
    let out = inbox.path("待改.xlsx");
    let mut command = xinhui();
    command.args(["validate", "--workbook"]).arg(&out).arg(inbox.path("inbox/370832/station/services_20230601.csv"));
    expect(&mut command, 1);
    let mut book = Book::read(&out);
    assert_eq!(book.column("心理服务记录", "记录编号"), ["R2"]);
    assert!(book.0[0].1.concat().concat().contains("1 行"), "{:?}", book.0[0]);
    book.set("心理服务记录", "R2", "性别", "女");
    super::put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.run(0);
    assert_eq!(super::keys(&inbox, "station_service", "record_id"), ["R1", "R2"]);
    assert!(super::open(&inbox).is_empty());
}
