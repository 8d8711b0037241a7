//! One key, two people; registers that shrink; findings that are done with.

use super::hand::{HandStore, incidents, sites};
use super::quality::{self, Fates};
use super::store::{expect, xinhui};

const NO: Fates = Fates { accepted: 0, rejected: 0, duplicate: 0, superseded: 0, void: 0 };
const REGISTER: &str = "370832/hospital/名册_20230601.csv";
const LATER: &str = "370832/hospital/名册_20230701.csv";
const FOLLOWUP: &str = "370832/hospital/随访.csv";

/// Patients: key, name, sex, birth date, ID number.
fn patients(rows: &[(&str, &str, &str, &str, &str)]) -> String {
    let mut text = "患者编号,姓名,性别,出生日期,身份证号,管理地区划代码,诊断编码,建档日期,居住状况\n".to_owned();
    for (key, name, sex, birth, id) in rows {
        text += &format!("{key},{name},{sex},{birth},{id},370832101001,F20.0,2020-01-01,home\n");
    }
    text
}

fn many(from: usize, to: usize) -> String {
    let rows: Vec<(String, String)> = (from..to).map(|n| (format!("P{n}"), format!("赵{n}"))).collect();
    patients(&rows.iter().map(|(k, n)| (k.as_str(), n.as_str(), "1", "1985-03-12", "")).collect::<Vec<_>>())
}

fn states(hand: &HandStore, file: &str) -> Vec<String> {
    let mut found: Vec<String> = quality::rejects(&hand.internal())
        .into_iter()
        .filter(|l| l["file"] == file)
        .map(|l| format!("{} {} {} {} {}", l["row_number"], l["field"], l["code"], l["severity"], l["state"]))
        .collect();
    found.sort();
    found
}

#[test]
fn two_people_under_one_key_in_one_file_are_both_rejected_and_their_children_are_orphans() {
    let hand = HandStore::new();
    hand.put(
        REGISTER,
        patients(&[
            ("P1", "王建国", "1", "1960-01-02", ""),
            ("P1", "李秀英", "2", "1971-05-06", ""),
            ("P2", "王建国", "1", "1960-01-02", ""),
            ("P2", "王健国", "2", "1961-01-02", ""),
            ("P3", "王建国", "1", "1960-01-02", ""),
            ("P3", "李秀英", "1", "1960-01-02", ""),
            ("P4", "王建国", "1", "1960-01-02", ""),
            ("P4", "王建国", "2", "1990-01-02", ""),
            ("P5", "张?", "1", "1960-01-02", ""),
            ("P5", "张伟", "1", "1961-01-02", ""),
            ("P6", "王建国", "1", "1960", ""),
            ("P6", "李秀英", "9", "1960-01-02", ""),
        ]),
    );
    hand.put(FOLLOWUP, "随访编号,患者编号,随访日期,随访形式\nF1,P1,2023-05-01,home\nF2,P2,2023-05-01,home\n").night();
    assert_eq!(hand.fates(REGISTER), Fates { accepted: 5, rejected: 2, superseded: 5, ..NO });
    assert_eq!(
        states(&hand, REGISTER),
        ["2 patient_no key-conflict error open", "3 patient_no key-conflict error open"]
    );
    assert_eq!(hand.fates(FOLLOWUP), Fates { accepted: 1, rejected: 1, ..NO });
    // The register sent whole and right a month later: what was wrong is done with.
    hand.put(LATER, patients(&[("P1", "王建国", "1", "1960-01-02", ""), ("P7", "李秀英", "2", "1971-05-06", "")]));
    hand.night();
    assert_eq!(hand.fates(FOLLOWUP), Fates { accepted: 2, ..NO });
    assert_eq!(
        states(&hand, REGISTER),
        ["2 patient_no key-conflict error mended", "3 patient_no key-conflict error mended"]
    );
}

#[test]
fn between_exports_the_newer_stands_with_a_warning() {
    let hand = HandStore::new();
    hand.put(REGISTER, patients(&[("P1", "王建国", "1", "1960-01-02", ""), ("P2", "赵敏", "2", "1980-01-01", "")]));
    hand.put(LATER, patients(&[("P1", "李秀英", "2", "1971-05-06", ""), ("P2", "趙敏", "2", "1980-01-02", "")]))
        .night();
    assert_eq!(hand.fates(REGISTER), Fates { superseded: 2, ..NO });
    assert_eq!(hand.fates(LATER), Fates { accepted: 2, ..NO });
    assert_eq!(states(&hand, LATER), ["2 patient_no key-conflict warning open"]);
    let line = quality::reconciliation(&hand.internal()).into_iter().find(|l| l["file"] == LATER).unwrap();
    assert_eq!(line["warnings"], "1");
}

#[test]
fn rows_without_a_person_are_ordered_by_entry_or_warned_of() {
    let hand = HandStore::new();
    let file = "370832/police/案_20230601.csv";
    hand.put(
        file,
        incidents(&[
            ("A1", "2023-05-01", "extreme", "", ""),
            ("A1", "2023-05-02", "extreme", "", ""),
            ("A2", "2023-05-01", "extreme", "2023-05-02 08:00:00", ""),
            ("A2", "2023-05-02", "extreme", "2023-05-03 08:00:00", ""),
        ]),
    );
    hand.night();
    assert_eq!(hand.fates(file), Fates { accepted: 2, superseded: 2, ..NO });
    assert_eq!(states(&hand, file), ["3 incident_id key-conflict warning open"]);
}

#[test]
fn a_register_that_shrinks_is_held_back_until_it_is_accepted() {
    let hand = HandStore::new();
    hand.put(REGISTER, many(0, 30)).night();
    hand.put(LATER, many(0, 20));
    hand.store.run(1);
    assert_eq!(hand.fates(REGISTER), Fates { accepted: 30, ..NO });
    assert_eq!(hand.fates(LATER), Fates { superseded: 20, ..NO });
    let found = quality::rejects(&hand.internal());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&*found[0]["code"], &*found[0]["row_number"]), ("register-shrunk", ""));
    assert!(found[0]["message_en"].contains("20") && found[0]["message_zh"].contains("30"), "{found:?}");
    // A night without anything new says the same.
    let said = String::from_utf8(hand.store.run(1).stdout).unwrap();
    assert!(said.contains("nothing new") && said.contains(LATER), "{said}");
    let accept = |file: &str| {
        let said = expect(xinhui().arg("accept").arg(file).arg("--config").arg(hand.store.config()), 0);
        String::from_utf8(said.stdout).unwrap()
    };
    let said = accept(LATER);
    assert!(said.contains("accepted") && !said.contains("did not hold"), "{said}");
    let said = accept(REGISTER);
    assert!(said.contains("did not hold this content back"), "{said}");
    hand.night();
    assert_eq!(hand.fates(REGISTER), Fates { duplicate: 20, superseded: 10, ..NO });
    assert_eq!(hand.fates(LATER), Fates { accepted: 20, ..NO });
    assert!(quality::rejects(&hand.internal()).is_empty());
    expect(xinhui().args(["accept", "nothing.csv", "--config"]).arg(hand.store.config()), 2);
}

#[test]
fn a_newer_export_of_enough_rows_ends_the_waiting_and_an_empty_one_waits_too() {
    let hand = HandStore::new();
    let newest = "370832/hospital/名册_20230801.csv";
    hand.put(REGISTER, many(0, 30));
    hand.put(LATER, patients(&[]));
    hand.store.run(1);
    assert_eq!(hand.fates(REGISTER), Fates { accepted: 30, ..NO });
    hand.put(newest, many(9, 30)).night();
    assert_eq!(hand.fates(REGISTER), Fates { duplicate: 21, superseded: 9, ..NO });
    assert_eq!(hand.fates(newest), Fates { accepted: 21, ..NO });
    assert!(quality::rejects(&hand.internal()).is_empty());
}

#[test]
fn registers_of_two_folders_stand_side_by_side() {
    let hand = HandStore::new();
    hand.store.edit_config("max_rejected", "snapshot_scope = \"folder\"\nmax_rejected");
    let (one, other) = ("370832/hospital/甲院/名册_20230601.csv", "370832/hospital/乙院/名册_20230701.csv");
    hand.put(one, many(0, 30));
    hand.put(other, patients(&[("P1", "李秀英", "2", "1971-05-06", ""), ("Q1", "王建国", "1", "1960-01-02", "")]))
        .night();
    assert_eq!(hand.fates(one), Fates { accepted: 30, ..NO });
    assert_eq!(hand.fates(other), Fates { accepted: 2, ..NO });
    let conflict = ["2 patient_no key-conflict warning open"];
    assert_eq!(states(&hand, other), conflict);
    assert_eq!(states(&hand, one), ["3 patient_no key-conflict warning open"]);
    for line in quality::rejects(&hand.internal()) {
        assert!(line["message_en"].contains("both stand") && !line["message_en"].contains("newer"), "{line:?}");
        assert!(line["message_zh"].contains("两条都有效") && !line["message_zh"].contains("较新"), "{line:?}");
    }
    // In the county's scope the later one would empty the register, and waits.
    hand.store.edit_config("\"folder\"", "\"county\"");
    hand.store.run(1);
    assert_eq!(hand.fates(other), Fates { superseded: 2, ..NO });
}

#[test]
fn places_of_two_folders_with_one_key_both_stand_and_their_contacts_are_no_orphans() {
    let hand = HandStore::new();
    hand.store.edit_config("max_rejected", "snapshot_scope = \"folder\"\nmax_rejected");
    let (one, other) = ("370832/station/甲/站点_20230601.csv", "370832/station/乙/站点_20230701.csv");
    hand.put(one, sites(&[("S1", "370832101001")])).put(other, sites(&[("S1", "370832101002")]));
    hand.put(
        "370832/station/服务.csv",
        "记录编号,站点编号,姓名,性别,服务类型,服务日期\nR1,S1,张三丰,男,心理咨询,2023-08-01\nR2,S2,张三丰,男,心理咨询,2023-08-01\n",
    )
    .night();
    assert_eq!((hand.fates(one), hand.fates(other)), (Fates { accepted: 1, ..NO }, Fates { accepted: 1, ..NO }));
    for file in [one, other] {
        assert_eq!(states(&hand, file), ["2 site_id key-conflict warning open"]);
    }
    let found = quality::rejects(&hand.internal());
    assert!(found.iter().filter(|l| l["code"] == "key-conflict").all(|l| l["message_en"].contains("both stand")));
    assert_eq!(states(&hand, "370832/station/服务.csv"), ["3 site_id orphan error open"]);
    assert_eq!(hand.fates("370832/station/服务.csv"), Fates { accepted: 1, rejected: 1, ..NO });
    // The contact is one contact, at the place of the later folder.
    let contacts = |division: &str| hand.measure("services", division, "contacts");
    assert_eq!((contacts("370832"), contacts("370832101001"), contacts("370832101002")), (1, 0, 1));
}

#[test]
fn a_followup_of_a_key_in_two_folders_is_of_one_patient() {
    let hand = HandStore::new();
    hand.store.edit_config("max_rejected", "snapshot_scope = \"folder\"\nmax_rejected");
    let (one, other) = ("370832/hospital/甲院/名册_20230601.csv", "370832/hospital/乙院/名册_20230701.csv");
    hand.put(one, patients(&[("P1", "张桂兰", "2", "1955-03-09", "")]));
    let there = patients(&[("P1", "李建国", "1", "1971-05-06", "")]).replace("370832101001", "370832101002");
    hand.put(other, there);
    let text = "随访编号,患者编号,随访日期,随访方式,危险性评估\nF1,P1,2023-11-01,home,0\n";
    // Of the hospital in whose folder it lies; of the later register where it lies in neither.
    for (file, woman) in [("甲院/随访.csv", 1), ("乙院/随访.csv", 0), ("随访.csv", 0)] {
        let copy = HandStore { store: hand.store.copy() };
        let file = format!("370832/hospital/{file}");
        copy.put(&file, text).night();
        assert_eq!(copy.fates(&file), Fates { accepted: 1, ..NO });
        assert_eq!(copy.numerator("smi_reported_prevalence", "370832"), 2);
        assert_eq!(copy.numerator("smi_under_management_rate", "370832"), 1, "{file}");
        let of = |division| copy.numerator("smi_under_management_rate", division);
        assert_eq!((of("370832101001"), of("370832101002")), (woman, 1 - woman), "{file}");
    }
}

#[test]
fn a_file_sent_anew_under_its_name_is_done_with_and_fails_no_night() {
    let hand = HandStore::new();
    hand.store.edit_config("max_rejected_share = 1.0", "max_rejected_share = 0.4");
    let file = "370832/station/站点_20230601.csv";
    let wrong = sites(&[("S1", "370811001001"), ("S2", "370832101001")]);
    hand.put(file, &wrong);
    hand.store.run(1);
    hand.put(file, sites(&[("S1", "370832101001"), ("S2", "370832101001")])).night();
    assert_eq!(states(&hand, file), ["2 division_code unknown-division error mended"]);
    // And back again: what is wrong stands open, the right rows of the other content stand.
    hand.put(file, &wrong);
    hand.store.publish();
    assert_eq!(states(&hand, file), ["2 division_code unknown-division error open"]);
}

#[test]
fn a_rejected_row_whose_key_stands_in_a_later_file_fails_no_night() {
    let hand = HandStore::new();
    hand.store.edit_config("max_rejected_share = 1.0", "max_rejected_share = 0.4");
    let (file, later) = ("370832/police/案_20230601.csv", "370832/police/案_20230701.csv");
    hand.put(file, incidents(&[("A1", "2023-05-01", "第九级", "", "")]));
    hand.store.run(1);
    hand.put(later, incidents(&[("A1", "2023-05-01", "extreme", "", "")])).night();
    assert_eq!(states(&hand, file), ["2 severity unknown-code error mended"]);
    let line = &quality::rejects(&hand.internal())[0];
    let sha = quality::reconciliation(&hand.internal()).into_iter().find(|l| l["file"] == file).unwrap();
    assert_eq!(line["sha256"], sha["sha256"]);
}

/// What `xinhui validate` prints of a file.
fn tried(hand: &HandStore, file: &str, code: i32) -> String {
    let path = hand.store.path().join("inbox").join(file);
    let output = expect(xinhui().args(["validate", "--lang", "en"]).arg(path), code);
    String::from_utf8(output.stdout).expect("text")
}

/// Rows that a line of what is wrong names: `row 2`, `rows 2-3 (2 rows)`.
fn rows_of(line: &str) -> Vec<u32> {
    let text = line.trim_start().trim_start_matches("rows").trim_start_matches("row").trim_start();
    let numbers = &text[..text.find(|c: char| c.is_alphabetic() || c == '(').unwrap_or(text.len())];
    let number = |text: &str| text.trim().parse::<u32>().expect("a row");
    let of = |part: &str| match part.split_once('-') {
        Some((first, last)) => number(first)..=number(last),
        None => number(part)..=number(part),
    };
    numbers.split(',').flat_map(of).collect()
}

#[test]
fn a_sender_sees_the_keys_of_one_file_as_the_night_does() {
    let hand = HandStore::new();
    hand.put(
        REGISTER,
        patients(&[
            ("P1", "王建国", "1", "1960-01-02", ""),
            ("P1", "李秀英", "2", "1971-05-06", ""),
            ("P2", "王建国", "1", "1960-01-02", ""),
            ("P2", "王健国", "2", "1961-01-02", ""),
            ("P3", "王建国", "1", "1960-01-02", ""),
            ("P3", "王建国", "1", "1960-01-02", ""),
        ]),
    );
    let cases = "370832/police/案_20230601.csv";
    hand.put(
        cases,
        incidents(&[
            ("A1", "2023-05-01", "extreme", "", ""),
            ("A1", "2023-05-02", "extreme", "", ""),
            ("A2", "2023-05-01", "extreme", "2023-05-02 08:00:00", ""),
            ("A2", "2023-05-02", "extreme", "2023-05-03 08:00:00", ""),
            ("A3", "2023-05-01", "extreme", "", ""),
            ("A3", "2023-05-01", "extreme", "", ""),
        ]),
    );
    let (register, book) = (tried(&hand, REGISTER, 1), tried(&hand, cases, 0));
    assert!(register.contains("6 rows, 2 with errors"), "{register}");
    hand.night();
    // Each finding of the night stands in what the sender saw: its row, code and words.
    for (file, said, count) in [(REGISTER, register, 2), (cases, book, 1)] {
        let found: Vec<_> = quality::rejects(&hand.internal()).into_iter().filter(|l| l["file"] == file).collect();
        assert_eq!(found.len(), count, "{found:?}");
        let shown: Vec<&str> = said.lines().filter(|line| line.contains("key-conflict")).collect();
        assert_eq!(shown.iter().flat_map(|line| rows_of(line)).count(), count, "{said}");
        for line in found {
            let row: u32 = line["row_number"].parse().expect("a number");
            let words = format!("{} key-conflict: {}", line["severity"], line["message_en"]);
            let is_shown = |said: &&str| said.contains(&words) && rows_of(said).contains(&row);
            assert!(shown.iter().any(is_shown), "not found: row {row} {words}\nin:\n{said}");
        }
    }
}

#[test]
fn a_key_typed_twice_in_one_file_is_told_with_both_rows() {
    let hand = HandStore::new();
    hand.put("370832/station/站点.csv", sites(&[("S1", "370832101001")]));
    let file = "370832/station/活动_20230601.csv";
    let row = |key: &str, people: u32| format!("{key},S1,370832101001,讲座,社区,2023-05-01,{people}\n");
    let mut text = "活动编号,站点编号,所在区划代码,活动类型,进入场所,活动日期,参与人数\n".to_owned();
    text += &[row("A1", 30), row("A2", 30), row("A1", 40)].concat();
    // What is said twice contradicts nothing.
    text += &[row("A3", 30), row("A3", 30)].concat();
    hand.put(file, text).night();
    assert_eq!(hand.fates(file), Fates { accepted: 3, superseded: 1, duplicate: 1, ..NO });
    assert_eq!(states(&hand, file), ["4 activity_id key-conflict warning open"]);
    let found = quality::rejects(&hand.internal());
    assert!(found[0]["message_zh"].contains("与同一文件第 2 行重复"), "{found:?}");
    assert!(found[0]["message_en"].contains("row 2 of the same file"), "{found:?}");
    // Of many, all that the last one replaced are named, each content once.
    let file = "370832/station/活动_20230602.csv";
    let mut text = "活动编号,站点编号,所在区划代码,活动类型,进入场所,活动日期,参与人数\n".to_owned();
    text += &[row("A5", 1), row("A5", 2), row("A5", 2), row("A5", 3)].concat();
    text += &(1..=13).map(|people| row("A6", people)).collect::<String>();
    hand.put(file, text).night();
    assert_eq!(hand.fates(file), Fates { accepted: 2, superseded: 15, ..NO });
    let found = quality::rejects(&hand.internal());
    let said: Vec<&str> = found.iter().filter(|l| l["file"] == file).map(|l| l["message_zh"].as_str()).collect();
    assert!(said[0].contains("与同一文件第 2、3 行重复"), "{said:?}");
    assert!(said[1].contains("与同一文件第 6、7、8、9、10、11、12、13、14、15 行等 12 行重复"), "{said:?}");
}
