//! What becomes of each row, sentence by sentence of `docs/definitions.md` (Fates).

use super::hand::{HandStore, incidents, sites};
use super::quality::{self, Fates};

const NO: Fates = Fates { accepted: 0, rejected: 0, duplicate: 0, superseded: 0, void: 0 };

const INCIDENTS: &str = "370832/police/案_20230601.csv";
const LATER_INCIDENTS: &str = "370832/police/案_20230701.csv";
const SITES: &str = "370832/station/站点_20230601.csv";
const LATER_SITES: &str = "370832/station/站点_20230701.csv";

const PATIENT_HEADER: &str = "患者编号,姓名,性别,管理地区划代码,诊断编码,建档日期,居住状况,作废标志\n";
const FOLLOWUP_HEADER: &str = "随访编号,患者编号,随访日期,随访形式\n";

fn patients(rows: &[(&str, &str)]) -> String {
    let rows: String =
        rows.iter().map(|(no, void)| format!("{no},某{no},1,370832101001,F20.0,2020-01-01,home,{void}\n")).collect();
    PATIENT_HEADER.to_owned() + &rows
}

fn followups(rows: &[(&str, &str)]) -> String {
    let rows: String = rows.iter().map(|(id, patient)| format!("{id},{patient},2023-05-01,home\n")).collect();
    FOLLOWUP_HEADER.to_owned() + &rows
}

fn services(rows: &[(&str, &str)]) -> String {
    let mut text = "记录编号,站点编号,姓名,性别,服务类型,服务日期\n".to_owned();
    for (id, site) in rows {
        text += &format!("{id},{site},某{id},2,consult,2023-05-01\n");
    }
    text
}

#[test]
fn a_void_row_is_judged_by_its_key_alone() {
    let hand = HandStore::new();
    let text = "案事件编号,发生地区划代码,发生日期,严重程度,录入时间,作废标志\n\
                A1,370832101,2023-05-01,extreme,2023-05-02 08:00:00,\n\
                A1,,,,2023-05-03 08:00:00,是\n\
                A2,999999,2023年13月,第九级,,是\n\
                ,370832101,2023-05-01,extreme,,是\n\
                A3,370832101,2023-05-01,extreme,2023-05-05 08:00:00,\n\
                A3,370832101,2023-05-01,extreme,2023-05-04 08:00:00,是\n";
    hand.put(INCIDENTS, text).night();
    // A1 is withdrawn; A2 withdraws nothing and is void; A3 came back after its withdrawal.
    assert_eq!(hand.fates(INCIDENTS), Fates { accepted: 1, rejected: 1, superseded: 1, void: 3, ..NO });
    assert_eq!(hand.findings(INCIDENTS), ["5 incident_id missing-value"]);
}

#[test]
fn a_void_counts_nowhere_whatever_night_it_comes() {
    let hand = HandStore::new();
    hand.put(INCIDENTS, incidents(&[("A1", "2023-05-01", "extreme", "2023-05-02 08:00:00", "")])).night();
    assert_eq!(hand.fates(INCIDENTS), Fates { accepted: 1, ..NO });
    hand.put(LATER_INCIDENTS, incidents(&[("A1", "", "", "2023-06-02 08:00:00", "1")])).night();
    assert_eq!(hand.fates(INCIDENTS), Fates { superseded: 1, ..NO });
    assert_eq!(hand.fates(LATER_INCIDENTS), Fates { void: 1, ..NO });
}

#[test]
fn all_errors_of_a_row_reject_it_once() {
    let hand = HandStore::new();
    let text = "案事件编号,发生地区划代码,发生日期,严重程度,诱因\n\
                A1,370811001,2023-02-30,第九级,conflict\n\
                A2,370832101,2023-05-01,extreme,conflict\n";
    hand.put(INCIDENTS, text).night();
    assert_eq!(hand.fates(INCIDENTS), Fates { accepted: 1, rejected: 1, ..NO });
    assert_eq!(
        hand.findings(INCIDENTS),
        ["2 division_code unknown-division", "2 incident_date type-error", "2 severity unknown-code"]
    );
}

#[test]
fn the_latest_entered_at_wins_over_any_export_date_and_a_missing_one_is_lowest() {
    let hand = HandStore::new();
    hand.put(
        INCIDENTS,
        incidents(&[
            ("A1", "2023-05-01", "extreme", "2023-05-09 08:00:00", ""),
            ("A2", "2023-05-01", "extreme", "1999-01-01 08:00:00", ""),
            ("A3", "2023-05-01", "extreme", "2023-05-09 08:00:00", ""),
        ]),
    );
    hand.put(
        LATER_INCIDENTS,
        incidents(&[
            // Entered before: an old export sent late.
            ("A1", "2023-05-02", "serious", "2023-05-08 08:00:00", ""),
            ("A2", "2023-05-02", "serious", "", ""),
            // Entered in the same second: the later export.
            ("A3", "2023-05-02", "serious", "2023-05-09 08:00:00", ""),
        ]),
    );
    hand.night();
    assert_eq!(hand.fates(INCIDENTS), Fates { accepted: 2, superseded: 1, ..NO });
    assert_eq!(hand.fates(LATER_INCIDENTS), Fates { accepted: 1, superseded: 2, ..NO });
}

#[test]
fn of_one_export_date_the_later_path_wins_and_in_a_file_the_later_row() {
    let hand = HandStore::new();
    let (first, second) = ("370832/police/a_20230601.csv", "370832/police/b_20230601.csv");
    hand.put(first, incidents(&[("A1", "2023-05-01", "extreme", "", ""), ("A2", "2023-05-01", "extreme", "", "")]));
    hand.put(
        second,
        incidents(&[
            ("A1", "2023-05-02", "extreme", "", ""),
            ("A3", "2023-05-03", "general", "", ""),
            ("A3", "2023-05-03", "extreme", "", ""),
        ]),
    );
    hand.night();
    assert_eq!(hand.fates(first), Fates { accepted: 1, superseded: 1, ..NO });
    assert_eq!(hand.fates(second), Fates { accepted: 2, superseded: 1, ..NO });
}

#[test]
fn a_repeat_is_a_duplicate_when_it_says_the_same_in_any_writing() {
    let hand = HandStore::new();
    let text = "案事件编号,发生地区划代码,发生日期,严重程度,录入时间\n\
                A1,370832101,2023-05-01,extreme,2023-05-02 08:00:00\n\
                A1,370832101000,2023年5月1日,极端案事件,2023/5/2 8:00:00\n\
                A1,370832101,2023-05-01,extreme,2023-05-02 08:00:01\n\
                A1,３７０８３２１０１,20230501,极端,2023-05-02 08:00:01\n";
    hand.put(INCIDENTS, text);
    hand.put(LATER_INCIDENTS, incidents(&[("A1", "2023.5.1", "极端", "2023-05-02 08:00:01", "")])).night();
    // Content holds entered_at: rows 2 and 3 are an older version and its repeat, both superseded.
    assert_eq!(hand.fates(INCIDENTS), Fates { accepted: 1, duplicate: 1, superseded: 2, ..NO });
    assert_eq!(hand.fates(LATER_INCIDENTS), Fates { duplicate: 1, ..NO });
}

#[test]
fn an_older_version_that_says_the_same_as_the_newest_is_a_duplicate() {
    let hand = HandStore::new();
    // There and back again, without entered_at: the first says what the last says.
    hand.put(
        INCIDENTS,
        incidents(&[
            ("A1", "2023-05-01", "extreme", "", ""),
            ("A1", "2023-05-01", "general", "", ""),
            ("A1", "2023-05-01", "extreme", "", ""),
        ]),
    );
    hand.night();
    assert_eq!(hand.fates(INCIDENTS), Fates { accepted: 1, duplicate: 1, superseded: 1, ..NO });
}

#[test]
fn a_rejected_version_replaces_nothing() {
    let hand = HandStore::new();
    hand.put(INCIDENTS, incidents(&[("A1", "2023-05-01", "extreme", "2023-05-02 08:00:00", "")])).night();
    hand.put(LATER_INCIDENTS, incidents(&[("A1", "2023-05-01", "第九级", "2023-06-02 08:00:00", "")])).night();
    assert_eq!(hand.fates(INCIDENTS), Fates { accepted: 1, ..NO });
    assert_eq!(hand.fates(LATER_INCIDENTS), Fates { rejected: 1, ..NO });
}

#[test]
fn keys_are_unique_within_a_county_and_no_further() {
    let hand = HandStore::new();
    let other = "370811/police/案_20230601.csv";
    hand.put(INCIDENTS, incidents(&[("A1", "2023-05-01", "extreme", "", "")]));
    hand.put(other, incidents(&[("A1", "2023-05-02", "extreme", "", "")]).replace("370832101", "370811001"));
    hand.night();
    assert_eq!(hand.fates(INCIDENTS), Fates { accepted: 1, ..NO });
    assert_eq!(hand.fates(other), Fates { accepted: 1, ..NO });
}

#[test]
fn of_a_snapshot_dataset_the_newest_export_stands_alone() {
    let hand = HandStore::new();
    // The newest arrives first; the folder's order and the night say nothing.
    hand.put(LATER_SITES, sites(&[("S1", "370832101001"), ("S2", "370832101002"), ("S4", "370832101001")])).night();
    assert_eq!(hand.fates(LATER_SITES), Fates { accepted: 3, ..NO });
    hand.put(SITES, sites(&[("S1", "370832101001"), ("S2", "370832101001"), ("S3", "370832101001")])).night();
    assert_eq!(hand.fates(LATER_SITES), Fates { accepted: 3, ..NO });
    assert_eq!(hand.fates(SITES), Fates { duplicate: 1, superseded: 2, ..NO });
    assert_eq!(hand.numerator("village_room_built_rate", "370832"), 2);
}

#[test]
fn files_of_one_date_are_one_export() {
    let hand = HandStore::new();
    let (first, second) = ("370832/station/上册_20230601.csv", "370832/station/下册_20230601.csv");
    hand.put(first, sites(&[("S1", "370832101001"), ("S2", "370832101001")]));
    hand.put(second, sites(&[("S2", "370832101002"), ("S3", "370832101001")])).night();
    assert_eq!(hand.fates(first), Fates { accepted: 1, superseded: 1, ..NO });
    assert_eq!(hand.fates(second), Fates { accepted: 2, ..NO });
}

#[test]
fn a_newer_export_without_a_row_withdraws_it_and_its_children_stay() {
    let hand = HandStore::new();
    let service = "370832/station/服务.csv";
    hand.put(SITES, sites(&[("S1", "370832101001"), ("S2", "370832101002")]));
    hand.put(service, services(&[("R1", "S1"), ("R2", "S2")])).night();
    hand.put(LATER_SITES, sites(&[("S2", "370832101002")])).night();
    assert_eq!(hand.fates(SITES), Fates { duplicate: 1, superseded: 1, ..NO });
    assert_eq!(hand.fates(service), Fates { accepted: 2, ..NO });
    // The place of the row is the last known one of its parent.
    let services = super::published::rollups(&hand.internal()).remove("services").expect("services");
    let contacts = |division: &str| {
        services
            .iter()
            .find(|r| r.division_code == division && r.dims.values().all(|v| v == "_all"))
            .map(|r| r.measures["contacts"])
    };
    assert_eq!(contacts("370832101001"), Some(1));
    assert_eq!(contacts("370832101"), Some(2));
    assert_eq!(hand.numerator("village_room_built_rate", "370832"), 1);
}

#[test]
fn a_late_parent_takes_its_children_in_on_the_next_night() {
    let hand = HandStore::new();
    let service = "370832/station/服务.csv";
    hand.put(SITES, sites(&[("S1", "370832101001")]));
    hand.put(service, services(&[("R1", "S1"), ("R2", "S2")])).night();
    assert_eq!(hand.fates(service), Fates { accepted: 1, rejected: 1, ..NO });
    assert_eq!(hand.findings(service), ["3 site_id orphan"]);
    hand.put("370832/station/补_20230601.csv", sites(&[("S2", "370832101002")])).night();
    assert_eq!(hand.fates(service), Fates { accepted: 2, ..NO });
    assert_eq!(hand.findings(service), Vec::<String>::new());
}

#[test]
fn a_rejected_parent_is_unknown() {
    let hand = HandStore::new();
    let service = "370832/station/服务.csv";
    hand.put(SITES, sites(&[("S1", "370811001001"), ("S2", "370832101001")]));
    hand.put(service, services(&[("R1", "S1"), ("R2", "S2")])).night();
    assert_eq!(hand.fates(SITES), Fates { accepted: 1, rejected: 1, ..NO });
    assert_eq!(hand.fates(service), Fates { accepted: 1, rejected: 1, ..NO });
}

#[test]
fn a_parent_of_another_county_is_unknown() {
    let hand = HandStore::new();
    let service = "370811/station/服务.csv";
    hand.put(SITES, sites(&[("S1", "370832101001")]));
    hand.put(service, services(&[("R1", "S1")])).night();
    assert_eq!(hand.fates(service), Fates { rejected: 1, ..NO });
}

#[test]
fn a_hospital_of_any_county_may_be_referred_to_and_an_unknown_one_only_warns() {
    let hand = HandStore::new();
    let hospital = "机构代码,机构名称,机构类别,所在区划代码\nH1,某医院,general,370811001\n";
    let text = "记录编号,站点编号,姓名,性别,服务类型,服务日期,转介机构代码\n\
                R1,S1,某甲,2,consult,2023-05-01,H1\nR2,S1,某乙,2,consult,2023-05-01,H9\n";
    let service = "370832/station/服务.csv";
    hand.put("370811/hospital/机构_20230601.csv", hospital).put(SITES, sites(&[("S1", "370832101001")]));
    hand.put(service, text).night();
    assert_eq!(hand.fates(service), Fates { accepted: 2, ..NO });
    assert_eq!(hand.findings(service), ["3 referred_to orphan"]);
    let warning = &quality::rejects(&hand.internal())[0];
    assert_eq!(warning["severity"], "warning");
}

#[test]
fn a_void_of_a_parent_makes_its_children_orphans() {
    let hand = HandStore::new();
    let (register, followup) = ("370832/hospital/名册_20230601.csv", "370832/hospital/随访.csv");
    hand.put(register, patients(&[("P1", ""), ("P2", "")]));
    hand.put(followup, followups(&[("F1", "P1"), ("F2", "P2")])).night();
    assert_eq!(hand.fates(followup), Fates { accepted: 2, ..NO });
    let later = "370832/hospital/名册_20230701.csv";
    hand.put(later, patients(&[("P1", "是"), ("P2", "")])).night();
    assert_eq!(hand.fates(later), Fates { accepted: 1, void: 1, ..NO });
    assert_eq!(hand.fates(register), Fates { duplicate: 1, superseded: 1, ..NO });
    assert_eq!(hand.fates(followup), Fates { accepted: 1, rejected: 1, ..NO });
    assert_eq!(hand.findings(followup), ["2 patient_no orphan"]);
}

#[test]
fn a_void_in_an_earlier_snapshot_has_no_effect() {
    let hand = HandStore::new();
    let (first, second, third) =
        ("370832/hospital/名册_20230501.csv", "370832/hospital/名册_20230601.csv", "370832/hospital/名册_20230701.csv");
    let followup = "370832/hospital/随访.csv";
    hand.put(first, patients(&[("P1", ""), ("P2", "")]));
    hand.put(second, patients(&[("P1", "是"), ("P2", "是")]));
    // P1 is back; P2 is in no later export, and its void is in an earlier one: it is still known.
    hand.put(third, patients(&[("P1", ""), ("P3", "")]));
    hand.put(followup, followups(&[("F1", "P1"), ("F2", "P2")])).night();
    assert_eq!(hand.fates(first), Fates { duplicate: 1, superseded: 1, ..NO });
    assert_eq!(hand.fates(second), Fates { void: 2, ..NO });
    assert_eq!(hand.fates(third), Fates { accepted: 2, ..NO });
    assert_eq!(hand.fates(followup), Fates { accepted: 2, ..NO });
}

#[test]
fn a_date_in_the_future_is_rejected_until_as_of_reaches_it() {
    let hand = HandStore::new();
    hand.store.edit_config("2023-12-31", "2023-06-30");
    hand.put(INCIDENTS, incidents(&[("A1", "2023-06-30", "extreme", "", ""), ("A2", "2023-07-02", "extreme", "", "")]));
    hand.night();
    assert_eq!(hand.fates(INCIDENTS), Fates { accepted: 1, rejected: 1, ..NO });
    assert_eq!(hand.findings(INCIDENTS), ["3 incident_date constraint-error"]);
    hand.store.edit_config("2023-06-30", "2023-07-01");
    hand.night();
    assert_eq!(hand.fates(INCIDENTS), Fates { accepted: 1, rejected: 1, ..NO });
    hand.store.edit_config("2023-07-01", "2023-07-02");
    hand.night();
    assert_eq!(hand.fates(INCIDENTS), Fates { accepted: 2, ..NO });
    // And back again: a night may be run again as of an earlier day.
    hand.store.edit_config("2023-07-02", "2023-06-30");
    hand.night();
    assert_eq!(hand.fates(INCIDENTS), Fates { accepted: 1, rejected: 1, ..NO });
}

#[test]
fn every_file_ever_read_stays_in_the_reconciliation() {
    let hand = HandStore::new();
    hand.put(INCIDENTS, incidents(&[("A1", "2023-05-01", "extreme", "2023-05-02 08:00:00", "")])).night();
    let moved = "370832/police/新_20230801.csv";
    std::fs::remove_file(hand.store.path().join("inbox").join(INCIDENTS)).unwrap();
    hand.put(moved, incidents(&[("A2", "2023-05-01", "extreme", "", "")])).night();
    // The same name with other content is another file.
    hand.put(moved, incidents(&[("A1", "2023-05-01", "general", "2023-05-03 08:00:00", "")])).night();
    assert_eq!(hand.fates(INCIDENTS), Fates { superseded: 1, ..NO });
    let lines = quality::reconciliation(&hand.internal());
    let of_moved: Vec<_> = lines.iter().filter(|l| l["file"] == moved).collect();
    assert_eq!(of_moved.len(), 2);
    assert!(of_moved.iter().all(|l| l["accepted"] == "1"), "{of_moved:?}");
    assert_eq!(lines.len(), 3);
}

#[test]
fn a_file_with_nothing_new_is_not_read_again() {
    let hand = HandStore::new();
    hand.put(INCIDENTS, incidents(&[("A1", "2023-05-01", "extreme", "", "")])).night();
    let before = std::fs::read_link(hand.store.path().join("store/current")).unwrap();
    let said = String::from_utf8(hand.night().stdout).unwrap();
    assert!(said.contains("(0 new)"), "{said}");
    assert_eq!(std::fs::read_link(hand.store.path().join("store/current")).unwrap(), before);
}
