//! Fates, held-back registers and states of findings on generated exports, held against the naive reference.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::hand::HandStore;
use super::quality::{self, FATES};
use super::store::{expect, xinhui};
use crate::reference::fates::{Person, Row, Rules, judge};

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len() as u64) as usize]
    }
}

/// Spellings, with the number of the name.
const NAMES: [(&str, u32); 6] =
    [("陈建国", 1), ("陈健国", 1), ("陳建國", 1), ("李秀英", 2), ("李秀瑛", 2), ("艾力买买提", 3)];

struct Kind {
    source: &'static str,
    rules: Rules,
    header: &'static str,
}

const KINDS: [Kind; 4] = [
    Kind {
        source: "hospital",
        rules: Rules { snapshot: true, bears_person: true, by_folder: false, min_share: 0.7 },
        header: "患者编号,姓名,性别,出生日期,居住状况,管理地区划代码,诊断编码,建档日期,录入时间,作废标志",
    },
    Kind {
        source: "station",
        rules: Rules { snapshot: true, bears_person: false, by_folder: false, min_share: 0.7 },
        header: "站点编号,站点名称,站点类别,所在区划代码,建设状态,建成日期,录入时间,作废标志",
    },
    Kind {
        source: "police",
        rules: Rules { snapshot: false, bears_person: false, by_folder: false, min_share: 0.7 },
        header: "案事件编号,发生地区划代码,发生日期,严重程度,录入时间,作废标志",
    },
    Kind {
        source: "hospital",
        rules: Rules { snapshot: false, bears_person: true, by_folder: false, min_share: 0.7 },
        header: "就诊编号,姓名,性别,出生日期,就诊类型,就诊日期,机构代码,诊断编码,录入时间,作废标志",
    },
];

impl Kind {
    /// A row of the file and what the reference is told of it.
    fn row(&self, dice: &mut Dice, key: u64, number: u32) -> (String, Row) {
        let void = dice.below(12) == 0;
        let error = !void && dice.below(8) == 0;
        let entered_at = dice.pick(&["", "", "2023-05-01 08:00:00", "2023-05-02 08:00:00"]).to_owned();
        let (name, name_of) = NAMES[dice.below(6) as usize];
        // Most rows of a key say the same, so that keys are not all contested.
        let (name, name_of) = if dice.below(5) > 0 { NAMES[(key % 6) as usize] } else { (name, name_of) };
        let sex =
            if dice.below(6) > 0 { if key.is_multiple_of(2) { "1" } else { "2" } } else { dice.pick(&["1", "2", "9"]) };
        let birth = dice.pick(&["1985-03-12", "1985-03-12", "1985-03-12", "1990-07-01", ""]);
        let mark = if void { "是" } else { "" };
        let key = format!("K{key}");
        let said = match self.header.chars().next() {
            Some('患') => {
                let living = if error { "火星" } else { dice.pick(&["home", "home", "home", "hospital"]) };
                format!("{key},{name},{sex},{birth},{living},370832101001,F20.0,2020-01-01,{entered_at}")
            }
            Some('就') => {
                let kind = if error { "火星" } else { dice.pick(&["inpatient", "outpatient"]) };
                format!("{key},{name},{sex},{birth},{kind},2023-04-01,H1,F20.0,{entered_at}")
            }
            Some('站') => {
                let status = if error { "火星" } else { "built" };
                let label = dice.pick(&["一站", "一站", "一站", "二站"]);
                format!("{key},{label},village_room,370832101001,{status},2020-01-01,{entered_at}")
            }
            _ => {
                let severity = if error { "火星" } else { dice.pick(&["extreme", "extreme", "serious"]) };
                format!("{key},370832101,2023-05-01,{severity},{entered_at}")
            }
        };
        let person = if self.rules.bears_person {
            let sex = if sex == "9" { "" } else { sex };
            Person { name: name_of, birth: birth.to_owned(), sex: sex.to_owned() }
        } else {
            Person::default()
        };
        let row = Row {
            file: String::new(),
            sha256: String::new(),
            replaced: false,
            revision: 0,
            folder: String::new(),
            export: String::new(),
            number,
            key,
            content: said.clone(),
            entered_at,
            void,
            error,
            person,
        };
        (format!("{said},{mark}\n"), row)
    }
}

/// A file that was read, and how often other content had lain at its path.
#[derive(Clone)]
struct Sent {
    file: String,
    folder: String,
    export: String,
    sha256: String,
    revision: u32,
    rows: Vec<Row>,
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|b| format!("{b:02x}")).collect()
}

fn send(kind: &Kind, dice: &mut Dice, hand: &HandStore, sent: &mut Vec<Sent>, by_folder: bool) {
    let folder = if by_folder { dice.pick(&["甲院", "乙院"]) } else { "" };
    let export = dice.pick(&["20230601", "20230701", "20230801", "20230901"]).to_owned();
    let below = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let file = format!("370832/{}/{below}{}_{export}.csv", kind.source, dice.pick(&["a", "b", "c"]));
    let size = dice.pick(&["0", "4", "24", "30", "30", "34"]).parse::<u64>().expect("a size");
    let mut text = format!("{}\n", kind.header);
    let mut rows = Vec::new();
    for at in 0..size {
        // Some keys come twice.
        let key = if dice.below(10) == 0 { dice.below(6) } else { at };
        let (line, row) = kind.row(dice, key, at as u32 + 2);
        text += &line;
        rows.push(row);
    }
    hand.put(&file, &text);
    let sha256 = sha256(&text);
    let revision = sent.iter().filter(|s| s.file == file).map(|s| s.revision + 1).max().unwrap_or(0);
    if let Some(again) = sent.iter_mut().find(|s| s.file == file && s.sha256 == sha256) {
        // What lies at a path comes after all that ever lay there.
        if again.revision + 1 < revision {
            again.revision = revision;
        }
        return;
    }
    sent.push(Sent { file, folder: folder.to_owned(), export, sha256, revision, rows });
}

/// The tables of the night are those that the reference gives for what was read so far.
fn hold(hand: &HandStore, kind: &Kind, rules: Rules, sent: &[Sent], accepted: &BTreeSet<String>, what: &str) {
    let is_replaced = |s: &Sent| sent.iter().any(|o| o.file == s.file && o.revision > s.revision);
    let mut rows = Vec::new();
    let mut exports = Vec::new();
    for s in sent {
        let replaced = is_replaced(s);
        exports.push((s.folder.clone(), s.export.clone(), s.file.clone(), s.sha256.clone()));
        rows.extend(s.rows.iter().cloned().map(|r| Row {
            file: s.file.clone(),
            sha256: s.sha256.clone(),
            replaced,
            revision: s.revision,
            folder: s.folder.clone(),
            export: s.export.clone(),
            ..r
        }));
    }
    let judged = judge(&rows, &exports, accepted, rules);

    let mut fates: BTreeMap<(String, String), BTreeMap<&str, i64>> = BTreeMap::new();
    for (_, _, file, sha256) in &exports {
        let all = FATES.iter().map(|f| (*f, 0)).chain([("warnings", 0)]).collect();
        fates.insert((file.clone(), sha256.clone()), all);
    }
    for (row, fate) in rows.iter().zip(&judged.fates) {
        *fates.get_mut(&(row.file.clone(), row.sha256.clone())).unwrap().get_mut(fate).unwrap() += 1;
    }
    let mut findings = BTreeSet::new();
    for (i, code, severity, state) in &judged.findings {
        let r = &rows[*i];
        if *severity == "warning" {
            *fates.get_mut(&(r.file.clone(), r.sha256.clone())).unwrap().get_mut("warnings").unwrap() += 1;
        }
        findings.insert(format!("{} {} {} {} {code} {severity} {state}", r.file, r.sha256, r.number, r.key));
    }
    for (file, sha256, has, stood) in &judged.held_back {
        let replaced = sent.iter().any(|s| s.file == *file && s.sha256 == *sha256 && is_replaced(s));
        let state = if replaced { "mended" } else { "open" };
        findings.insert(format!("{file} {sha256}   register-shrunk error {state} {has} {stood}"));
    }

    let mut got_fates = BTreeMap::new();
    for line in quality::reconciliation(&hand.internal()).iter().filter(|l| !l["file"].contains("机构")) {
        let of = FATES.iter().chain(&["warnings"]).map(|f| (*f, line[*f].parse::<i64>().unwrap())).collect();
        got_fates.insert((line["file"].clone(), line["sha256"].clone()), of);
    }
    let mut got = BTreeSet::new();
    for l in quality::rejects(&hand.internal()) {
        let mut told = format!(
            "{} {} {} {} {} {} {}",
            l["file"], l["sha256"], l["row_number"], l["record_key"], l["code"], l["severity"], l["state"]
        );
        if l["code"] == "register-shrunk" {
            let numbers: Vec<&str> =
                l["message_en"].split(|c: char| !c.is_ascii_digit()).filter(|w| !w.is_empty()).collect();
            told += &format!(" {}", numbers.join(" "));
        }
        assert!(got.insert(told.clone()), "{what}: twice: {told}");
    }
    let header = kind.header;
    assert_eq!(got.difference(&findings).collect::<Vec<_>>(), Vec::<&String>::new(), "{what}: too many, {header}");
    assert_eq!(findings.difference(&got).collect::<Vec<_>>(), Vec::<&String>::new(), "{what}: missing, {header}");
    assert_eq!(got_fates, fates, "{what}: {header}");
}

#[test]
fn versions_end_as_the_naive_reference_says() {
    for seed in 0..8_u64 {
        let kind = &KINDS[(seed % 4) as usize];
        let by_folder = seed / 4 % 2 == 1;
        let rules = Rules { by_folder, ..kind.rules };
        let mut dice = Dice(seed * 77 + 5);
        let hand = HandStore::new();
        if by_folder {
            hand.store.edit_config("max_rejected", "snapshot_scope = \"folder\"\nmax_rejected");
        }
        hand.put(
            "370832/hospital/机构_20230101.csv",
            "机构代码,机构名称,机构类别,所在区划代码\nH1,某医院,general,370832101\n",
        );
        let mut sent: Vec<Sent> = Vec::new();
        let mut accepted = BTreeSet::new();
        for night in 0..3 {
            for _ in 0..2 {
                send(kind, &mut dice, &hand, &mut sent, by_folder);
                hand.store.publish();
            }
            hold(&hand, kind, rules, &sent, &accepted, &format!("seed {seed} night {night}"));
            if night == 1 {
                let held: Vec<_> =
                    quality::rejects(&hand.internal()).into_iter().filter(|l| l["code"] == "register-shrunk").collect();
                if let Some(line) = held.first() {
                    let config = hand.store.config();
                    expect(xinhui().arg("accept").arg(&line["file"]).arg("--config").arg(config), 0);
                    // A path names what lies there now.
                    let here = sent.iter().filter(|s| s.file == line["file"]).max_by_key(|s| s.revision).unwrap();
                    accepted.insert(here.sha256.clone());
                    hand.store.publish();
                    hold(&hand, kind, rules, &sent, &accepted, &format!("seed {seed} accepted"));
                }
            }
        }
        // A store made anew of the same files says the same, where none took another's place.
        if sent.iter().all(|s| s.revision == 0) {
            let kept = hand.store.path().join("store/private/accepted_exports.json");
            let text = std::fs::read(&kept);
            std::fs::remove_dir_all(hand.store.path().join("store")).expect("a store");
            hand.store.publish();
            if let Ok(text) = text {
                std::fs::write(&kept, text).expect("a file");
                hand.store.publish();
            }
            hold(&hand, kind, rules, &sent, &accepted, &format!("seed {seed} anew"));
        }
    }
}
