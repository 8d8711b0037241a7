//! No name, number, phone or address of the input stands anywhere but in the vault.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use regex::bytes::{Regex, RegexBuilder};
use sha2::{Digest, Sha256};
use xinhui::schema::{Role, Schemas};
use xinhui::store::hex;

use super::hand::{HandStore, sites};
use super::store::{TestStore, expect, xinhui};
use crate::synth::tables::files_below;

/// Identifying values of an inbox of jsonl files, as written and as they are meant.
fn secrets(inbox: &Path) -> BTreeSet<String> {
    let schemas = Schemas::embedded().unwrap();
    let identifying = |field: &str| {
        schemas.tables.iter().flat_map(|t| &t.fields).any(|f| {
            let telling = !["id_type", "sex", "birth_date", "residence_code"].contains(&f.name.as_str());
            f.name == field && telling && matches!(f.role, Role::Identity(_))
        })
    };
    let mut secrets = BTreeSet::new();
    for (name, path) in files_below(inbox) {
        if !name.ends_with(".jsonl") || name.contains("中断") {
            continue;
        }
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
            for (field, value) in row.iter().filter(|(field, _)| identifying(field)) {
                let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
                let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\'').map(narrow).collect();
                if field.contains("number") || field.contains("phone") || field == "student_no" {
                    secrets.insert(hex(&Sha256::digest(&plain)));
                }
                secrets.extend([text.trim().to_owned(), plain]);
            }
        }
    }
    secrets.retain(|s| s.chars().count() >= 2);
    // A name of two characters may be a word of a village or of our own messages.
    let texts = [
        std::fs::read_to_string(inbox.join("../reference/divisions.csv")).unwrap(),
        xinhui::schema::SchemaFiles::embedded().files.into_values().collect(),
        include_str!("../../../src/diag/message.rs").to_owned(),
    ];
    let before = secrets.len();
    secrets.retain(|s| s.chars().count() > 3 || !texts.iter().any(|t| t.contains(s.as_str())));
    assert!(before - secrets.len() < before / 50, "too many names are words");
    secrets
}

/// A full-width character as its narrow one.
fn narrow(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// Finds any of the secrets.
struct Scanner(Regex);

impl Scanner {
    fn new(secrets: &BTreeSet<String>) -> Self {
        let words: Vec<String> = secrets.iter().map(|s| regex::escape(s)).collect();
        let regex = RegexBuilder::new(&words.join("|")).size_limit(1 << 28).build().expect("a list of words");
        Scanner(regex)
    }

    #[track_caller]
    fn bytes(&self, what: &str, bytes: &[u8]) {
        if let Some(found) = self.0.find(bytes) {
            let from = found.start().saturating_sub(60);
            let near = String::from_utf8_lossy(&bytes[from..(found.end() + 60).min(bytes.len())]);
            panic!("{what} holds `{}`: {near}", String::from_utf8_lossy(found.as_bytes()));
        }
    }

    /// The bytes of a file, and all its text where it is Parquet in clear.
    #[track_caller]
    fn file(&self, path: &Path) {
        let bytes = std::fs::read(path).unwrap();
        let name = path.display().to_string();
        self.bytes(&name, &bytes);
        if bytes.starts_with(b"PAR1") {
            let mut text = String::new();
            for batch in super::published::table(path) {
                for column in batch.columns() {
                    // Dictionary and plain text, numbers and days: as a person would read them.
                    let shown = arrow::util::display::ArrayFormatter::try_new(column.as_ref(), &Default::default());
                    let shown = shown.expect("a column that can be shown");
                    (0..batch.num_rows()).for_each(|row| {
                        text += &shown.value(row).to_string();
                        text.push('\n');
                    });
                }
            }
            self.bytes(&name, text.as_bytes());
        }
    }

    #[track_caller]
    fn output(&self, what: &str, output: &Output) {
        self.bytes(what, &output.stdout);
        self.bytes(what, &output.stderr);
    }
}

#[test]
fn nothing_that_names_a_person_leaves_the_vault() {
    let store = TestStore::synth(&[
        "--persons",
        "500",
        "--counties",
        "370832,370811",
        "--towns",
        "3",
        "--dirt",
        "heavy",
        "--formats",
        "jsonl",
    ])
    .quick();
    let secrets = secrets(&store.path().join("inbox"));
    assert!(secrets.len() > 800, "{} secrets", secrets.len());
    let scanner = Scanner::new(&secrets);
    // The scanner sees: the inbox is full of them.
    assert!(files_below(&store.path().join("inbox")).values().any(|p| scanner.0.is_match(&std::fs::read(p).unwrap())));

    let json = expect(xinhui().args(["run", "--log", "json", "--config"]).arg(store.config()), 1);
    assert!(!json.stderr.is_empty());
    scanner.output("the JSON log", &json);
    for (command, code) in [
        (vec!["run", "--log", "text", "--threads", "1", "--timings"], 1),
        (vec!["run", "--lang", "zh"], 1),
        (vec!["status"], 0),
        (vec!["check"], 0),
    ] {
        let output = expect(xinhui().args(&command).arg("--config").arg(store.config()), code);
        scanner.output(&command.join(" "), &output);
    }
    let root = store.path().join("store");
    let mut scanned = 0;
    for (name, path) in files_below(&root) {
        if name.starts_with("current/") {
            continue;
        }
        // Encrypted files are scanned as bytes, the rest of `private/` as text too.
        scanner.file(&path);
        scanned += 1;
    }
    assert!(scanned > 100, "{scanned} files");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&root.join("private")), 0o700);
    assert_eq!(mode(&root.join("private/identities")), 0o700);
    for (name, path) in files_below(&root.join("private")) {
        assert_eq!(mode(&path), 0o600, "{name}");
        assert_eq!(mode(path.parent().expect("a folder")), 0o700, "the folder of {name}");
    }

    // A sender who tries a file sees no person either.
    for (name, path) in files_below(&store.path().join("inbox")) {
        if name.ends_with(".jsonl") && !name.contains("中断") {
            let output = xinhui().args(["validate", "--as-of", "2023-12-31", "--most", "9999"]).arg(&path).output();
            scanner.output(&format!("validate {name}"), &output.expect("the binary starts"));
        }
    }
}

#[test]
fn identities_in_the_wrong_place_are_not_published() {
    let hand = HandStore::new();
    let (name, id, phone) = ("欧阳翠莲", "110105194912310021", "13912345678");
    let people = "姓名,证件号码,联系电话\n";
    // No header, an unknown column, identities in columns of other things, a key that is an ID number.
    hand.put("370832/station/无表头.csv", format!("{name},{id},{phone}\n{name},{id},{phone}\n"));
    hand.put("370832/station/名单.csv", format!("{people}{name},{id},{phone}\n"));
    hand.put("370832/station/站点_20230601.csv", sites(&[("S1", "370832101001")]));
    hand.put(
        "370832/station/服务_20230601.csv",
        format!(
            "记录编号,站点编号,姓名,性别,服务类型,服务日期,{phone},{id}\n\
             {id},S1,{name},{name},{id},{phone},1,2\n\
             R2,{id},{name},2,{name}{phone},{id},1,2\n\
             {phone},{name},{name},2,consult,2023-05-01,1,2\n"
        ),
    );
    hand.put(
        "370832/hospital/名册_20230601.csv",
        format!(
            "患者编号,姓名,性别,管理地区划代码,诊断编码,建档日期,居住状况\n{id},{name},1,{id},{name},{phone},{name}\n"
        ),
    );
    hand.put("370832/police/行.jsonl", format!("{{\"{phone}\":\"{id}\",\"{id}\":\"{name}\"}}\n"));
    let output = expect(xinhui().args(["run", "--log", "json", "--config"]).arg(hand.store.config()), 1);
    let scanner = Scanner::new(&[name, id, phone].map(ToOwned::to_owned).into());
    scanner.output("the log", &output);
    for (file, path) in files_below(&hand.store.path().join("store")) {
        if !file.starts_with("private/") && !file.starts_with("current/") {
            scanner.file(&path);
        }
    }
}

#[test]
fn identities_inside_keys_and_titles_are_not_published() {
    let hand = HandStore::new();
    let (name, latin, id, old, phone, passport) =
        ("欧阳翠莲", "OUYANG CUILIAN", "990101198503121013", "990101850312101", "13912345678", "EA7654321");
    let wide: String = id.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap()).collect();
    let grouped = |cuts: [usize; 2], text: &str, mark: &str| {
        [&text[..cuts[0]], &text[cuts[0]..cuts[1]], &text[cuts[1]..]].join(mark)
    };
    let keys = [
        format!("HZ{id}"),
        format!("G{id}-2"),
        format!("{id}2023"),
        wide.clone(),
        grouped([6, 14], id, " "),
        grouped([6, 14], id, "-"),
        format!("HZ{old}"),
        grouped([3, 7], phone, "-"),
        format!("F{}-1", grouped([3, 7], phone, "-")),
        format!("+86{phone}"),
        format!("0086 {}", grouped([3, 7], phone, " ")),
        format!("86{phone}"),
        "0537-7321234".to_owned(),
        passport.to_owned(),
        format!("HZ-{passport}"),
        "E87654321".to_owned(),
        name.to_owned(),
        format!("R-{name}-1"),
        "欧 阳 翠 莲".to_owned(),
        "阿依古丽·买买提".to_owned(),
        latin.to_owned(),
        // Beside other digits, with other marks, without its check digit, half hidden.
        format!("{phone}01"),
        format!("01{phone}"),
        format!("2023{phone}"),
        format!("20230601{phone}"),
        format!("{phone}20230601"),
        format!("370832{phone}"),
        grouped([3, 7], phone, ":"),
        grouped([3, 7], phone, "+"),
        id[..17].to_owned(),
        format!("{old}01"),
        format!("{}****", &id[..14]),
    ];
    let titles = [
        name.to_owned(),
        format!("{name}电话"),
        latin.to_owned(),
        grouped([3, 7], phone, "-"),
        grouped([6, 14], id, " "),
        "梁山县水泊街道甲村12号".to_owned(),
        "阿依古丽·买买提".to_owned(),
        "王小明".to_owned(),
    ];
    let mut secrets: BTreeSet<String> =
        [name, latin, id, old, phone, passport, "E87654321", "7321234", "王小明", "水泊街道甲村"]
            .map(ToOwned::to_owned)
            .into();
    secrets.extend([
        wide,
        grouped([6, 14], id, "-"),
        grouped([3, 7], phone, "-"),
        "买买提".to_owned(),
        "OUYANGCUILIAN".to_owned(),
    ]);
    secrets.extend([grouped([3, 7], phone, ":"), grouped([3, 7], phone, "+"), id[..14].to_owned()]);
    secrets.extend([grouped([6, 14], id, " "), grouped([3, 7], phone, " "), "翠 莲".to_owned()]);

    let header = format!("随访编号,患者编号,随访日期,随访形式,危险性评估,备注,民族,{}\n", titles.join(","));
    let rows: String = keys.iter().map(|key| format!("{key},{key},{key},{key},{key}\n")).collect();
    hand.put("370832/hospital/随访_20230601.csv", header + &rows + "F9,P9,2023-05-01,门诊,9\n");
    let output = xinhui().args(["run", "--log", "json", "--config"]).arg(hand.store.config()).output().unwrap();
    let scanner = Scanner::new(&secrets);
    scanner.output("the log", &output);
    for (file, path) in files_below(&hand.store.path().join("store")) {
        if !file.starts_with("private/") && !file.starts_with("current/") {
            scanner.file(&path);
        }
    }
    let file = hand.store.path().join("inbox/370832/hospital/随访_20230601.csv");
    let tried = xinhui().args(["validate", "--as-of", "2023-12-31", "--most", "9999"]).arg(&file).output().unwrap();
    scanner.output("validate", &tried);
    // What is no identity is shown, so that the sender finds it.
    let rejects = super::quality::rejects(&hand.internal());
    assert!(rejects.iter().any(|l| l["record_key"] == "F9" && l["code"] == "constraint-error"));
    assert!(rejects.iter().any(|l| l["code"] == "unknown-column" && l["message_zh"].contains("民族")));
}

#[test]
fn control_characters_in_names_never_reach_a_terminal() {
    let hand = HandStore::new();
    let name = "站点\u{1b}[31m\u{202e}\u{7}\n_20230601.csv";
    hand.put(&format!("370832/station/{name}"), sites(&[("S1", "370832101001")]));
    hand.put(&format!("370832/station/坏{name}"), "a,b\n1,2\n");
    let unseen = Regex::new("[\u{0}-\u{9}\u{b}-\u{1f}\u{7f}]|(?:\u{202e})").unwrap();
    for args in [vec!["run"], vec!["run", "--log", "json"], vec!["run", "--log", "text"], vec!["status"]] {
        let output = xinhui().args(&args).arg("--config").arg(hand.store.config()).output().unwrap();
        for bytes in [&output.stdout, &output.stderr] {
            assert!(!unseen.is_match(bytes), "{args:?}: {}", String::from_utf8_lossy(bytes).escape_debug());
        }
    }
    for (_, path) in files_below(&hand.store.path().join("inbox")) {
        let output = xinhui().args(["validate", "--as-of", "2023-12-31"]).arg(&path).output().unwrap();
        assert!(!unseen.is_match(&output.stdout) && !unseen.is_match(&output.stderr));
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.contains("\\u001b[31m\\u202e\\u0007\\u000a_20230601.csv"), "{shown}");
    }
    // The tables hold the name as it is: a path that can be looked up.
    let files: Vec<String> =
        super::quality::reconciliation(&hand.internal()).into_iter().map(|l| l["file"].clone()).collect();
    assert!(files.contains(&format!("370832/station/{name}")), "{files:?}");
}
