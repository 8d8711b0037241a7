//! The naive reference reads a folder of clean exports.

use std::fs;
use std::path::Path;

use crate::reference::{World, indicators};

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
    fs::write(path, text).expect("a file is written");
}

fn clean_folder(dir: &Path) {
    write(
        dir,
        "xinhui.toml",
        "city = \"3704\"\nas_of = \"2023-12-31\"\n[periods]\nfrom = \"2023-12\"\n[data]\nfrom = \"2023-01\"\n",
    );
    write(
        dir,
        "reference/divisions.csv",
        "区划代码,区划名称\n3704,某市\n370406000000,某区\n370406001,某街道\n370406001001,某村\n4416,外市\n",
    );
    write(dir, "reference/population.csv", "区划代码,年份,常住人口\n370406001001,2023,1000\n");
    write(
        dir,
        "inbox/370406/hospital/a_20231231.csv",
        "\u{feff}患者编号,姓名,性别,出生日期,管理地区划代码,诊断编码,建档日期,居住状况\n\
         P1,甲,男,1980-01-01,370406001001,F20.0,2020-01-01,居家\n\
         P2,\"乙,丙\",2,,370406001,F31,2020-01-01,托养机构\n",
    );
    write(
        dir,
        "inbox/370406/hospital/b_20231231.csv",
        "随访编号,患者编号,随访日期,随访形式,随访结果,危险性评估,服药依从性,作废标志\n\
         1,P1,2023-06-01,家庭访视,,0,规律服药,否\n",
    );
    write(
        dir,
        "inbox/370406/station/c.csv",
        "站点编号,站点名称,站点类别,所在区划代码,建设状态,建成日期,功能室\n\
         S,室,心理咨询室,370406001001,建成,2021-05-01,接待登记处、沙盘室\n",
    );
    write(
        dir,
        "truth.csv",
        "county,dataset,record_key,person\n370406,hospital_patient,P1,a\n370406,hospital_patient,P2,b\n",
    );
}

#[test]
fn a_clean_folder_becomes_rows_with_persons_codes_and_places() {
    let dir = tempfile::tempdir().expect("a folder");
    clean_folder(dir.path());
    let world = World::from_clean_dir(dir.path());
    let codes: Vec<&str> = world.divisions.keys().map(String::as_str).collect();
    assert_eq!(codes, ["3704", "370406", "370406001", "370406001001"]);
    assert_eq!(world.person_ids, ["a", "b"]);
    let patients = world.rows("hospital_patient");
    assert_eq!((patients[0].string("sex"), patients[0].string("living")), ("1".to_owned(), "home".to_owned()));
    assert_eq!(
        (patients[1].string("name"), patients[1].string("living")),
        ("乙,丙".to_owned(), "institution".to_owned())
    );
    assert_eq!(world.rows("station_site")[0].codes("rooms"), ["reception", "sandplay"]);
    assert!(world.exports.contains_key(&("370406".to_owned(), "hospital_followup".to_owned())));
    assert!(!world.exports.contains_key(&("370406".to_owned(), "hospital_visit".to_owned())));

    let rows = indicators(&world);
    let of = |indicator: &str, division: &str| {
        let found = rows.iter().find(|r| {
            (r.indicator.as_str(), r.division_code.as_str(), r.period.as_str()) == (indicator, division, "2023-12")
        });
        found.map(|r| (r.numerator, r.denominator, r.status.as_str())).expect("a row")
    };
    assert_eq!(of("smi_regular_medication_rate", "3704"), (1, Some(2), "ok"));
    assert_eq!(of("smi_regular_medication_rate", "370406001001"), (1, Some(1), "ok"));
    assert_eq!(of("smi_treatment_rate", "3704"), (1, Some(2), "partial"));
    assert_eq!(of("smi_reported_prevalence", "3704"), (2, Some(1000), "ok"));
    assert_eq!(of("village_room_built_rate", "370406001"), (1, Some(1), "ok"));
}

#[test]
#[should_panic(expected = "truth.csv has no hospital_patient row")]
fn a_row_without_a_person_stops_the_reading() {
    let dir = tempfile::tempdir().expect("a folder");
    clean_folder(dir.path());
    write(dir.path(), "truth.csv", "county,dataset,record_key,person\n");
    World::from_clean_dir(dir.path());
}
