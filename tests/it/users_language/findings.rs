//! Findings of files that are sent: what is said of them, in both languages.

use crate::night::hand::HandStore;
use crate::night::store::xinhui;

/// Findings of a file: row, code, severity, Chinese message, English message, value.
fn found(hand: &HandStore, file: &str) -> Vec<[String; 6]> {
    use crate::night::published::{table, text};
    let mut rows = Vec::new();
    for b in table(&hand.internal().join("quality/rejects.parquet")) {
        for row in 0..b.num_rows() {
            if text(&b, "file", row) == file {
                let number = crate::night::published::int(&b, "row_number", row);
                rows.push([
                    number.map_or(String::new(), |n| n.to_string()),
                    text(&b, "code", row).to_owned(),
                    text(&b, "severity", row).to_owned(),
                    text(&b, "message_zh", row).to_owned(),
                    text(&b, "message_en", row).to_owned(),
                    text(&b, "value_masked", row).to_owned(),
                ]);
            }
        }
    }
    rows
}

fn run(hand: &HandStore) {
    let output = xinhui().current_dir(hand.store.path()).arg("run").output().expect("the binary starts");
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_header_that_is_none_is_told_the_nearest_dataset_and_what_it_lacks() {
    let hand = HandStore::new();
    hand.put("370832/hospital/p.csv", "姓名,性别,出生日期,居住状态,建档日期\n严一一,1,1980-01-02,1,2022-03-04\n");
    run(&hand);
    let rows = found(&hand, "370832/hospital/p.csv");
    assert_eq!(rows.len(), 1, "{rows:?}");
    let [_, code, _, zh, en, _] = &rows[0];
    assert_eq!(code, "no-header");
    let title = "严重精神障碍患者";
    assert!(zh.contains("最接近：") && zh.contains(title), "{zh}");
    assert!(zh.contains("缺少列：") && zh.contains("患者编号") && zh.contains("诊断编码"), "{zh}");
    assert!(zh.contains("“居住状态”是否应为“居住状况”？"), "{zh}");
    assert!(en.contains("the closest is “") && en.contains("“居住状态” may mean “居住状况”"), "{en}");
    hand.put(
        "370832/hospital/q.csv",
        "患者编号,姓名,性别,出生日期,建档日其,居住状态,诊断\nH1,严一一,1,1980-01-02,2022-03-04,1,F20.9\n",
    );
    run(&hand);
    let [_, code, _, zh, ..] = &found(&hand, "370832/hospital/q.csv")[0];
    assert_eq!(code, "no-header");
    let both = "；“居住状态”是否应为“居住状况”？“建档日其”是否应为“建档日期”？请改正标题";
    assert!(zh.contains(both), "a question has its own mark at the end: {zh}");
}

#[test]
fn a_header_that_is_none_is_told_the_nearest_dataset_of_all_sources_where_the_file_lies_in_no_folder() {
    let hand = HandStore::new();
    let folder = tempfile::tempdir().expect("a folder");
    for (header, row, nearest) in [
        (
            HEADER.trim_start_matches("患者编号,"),
            "严一一,1,1980-01-02,370832101001,F20.9,2022-03-04,1",
            "严重精神障碍患者",
        ),
        ("学校标识码,学生姓名,性别,辅导日期,问题类别", "3137000001,严一一,1,2023-01-02,学习压力", "辅导记录"),
    ] {
        let path = folder.path().join("名单.csv");
        std::fs::write(&path, format!("{header}\n{row}\n")).expect("a file");
        let output = xinhui().current_dir(hand.store.path()).args(["validate", "--lang", "zh"]).arg(&path).output();
        let said = String::from_utf8_lossy(&output.expect("the binary starts").stdout).into_owned();
        let said = said.split_whitespace().collect::<String>();
        assert!(said.contains("最接近：") && said.contains(nearest), "{nearest}: {said}");
    }
}

/// The header of the register of patients.
const HEADER: &str = "患者编号,姓名,性别,出生日期,管理地区划代码,诊断编码,建档日期,居住状况";

#[test]
fn titles_in_traditional_characters_are_read() {
    let hand = HandStore::new();
    let header = "患者編號,姓名,性別,出生日期,管理地區劃代碼,診斷編碼,建檔日期,居住狀況";
    hand.put(
        "370832/hospital/p.csv",
        format!("{header}\nHZ1,严一一,1,1980-01-02,370832101001,F20.9,2022-03-04,居家\n"),
    );
    run(&hand);
    let rows = found(&hand, "370832/hospital/p.csv");
    assert!(
        !rows.iter().any(|r| matches!(r[1].as_str(), "no-header" | "missing-column" | "unknown-column")),
        "{rows:?}"
    );
    assert_eq!(hand.fates("370832/hospital/p.csv").accepted, 1, "{rows:?}");
}

#[test]
fn a_missing_column_is_one_error_for_all_its_rows() {
    let hand = HandStore::new();
    let header = HEADER.replace("诊断编码", "诊断码") + ",序 号,备注,No.,身高";
    let row = |n: u32| format!("HZ{n},严一一,1,1980-01-02,370832101001,F20.9,2022-03-04,1,{n},无,{n},170\n");
    hand.put("370832/hospital/p.csv", format!("{header}\n{}{}{}", row(1), row(2), row(3)));
    run(&hand);
    let rows = found(&hand, "370832/hospital/p.csv");
    let missing: Vec<_> = rows.iter().filter(|r| r[1] == "missing-column").collect();
    assert_eq!(missing.len(), 1, "{rows:?}");
    assert_eq!((missing[0][0].as_str(), missing[0][2].as_str()), ("", "error"));
    assert!(missing[0][3].contains("“诊断码”是否应为“诊断编码”？"), "{}", missing[0][3]);
    assert!(!rows.iter().any(|r| r[1] == "missing-value" && r[3].contains("诊断编码")), "{rows:?}");
    assert_eq!(hand.fates("370832/hospital/p.csv").rejected, 3);
    let unknown: Vec<&str> = rows.iter().filter(|r| r[1] == "unknown-column").map(|r| r[3].as_str()).collect();
    assert_eq!(unknown.len(), 2, "numbers of lines and remarks warn nobody: {unknown:?}");
    assert!(unknown.iter().any(|m| m.contains("身高")), "{unknown:?}");
}

#[test]
fn a_file_of_json_is_told_its_keys_and_their_titles() {
    let hand = HandStore::new();
    let row = r#"{"patient_no":"HZ1","name":"严一一","sex":"1","manage_code":"370832101001","diagnosys":"F20.9","registered_date":"2022-03-04","living":"1"}"#;
    hand.put("370832/hospital/p.jsonl", row);
    hand.put("370832/hospital/q.jsonl", row.replace("manage_code", "code").replace("living", "where"));
    // The same of a CSV file that a program wrote.
    hand.put(
        "370832/hospital/r.csv",
        "patient_no,name,sex,manage_code,registered_date,living\nHZ3,严三三,1,370832101001,2022-03-04,1\n",
    );
    run(&hand);
    let told = |file: &str, code: &str| {
        let rows = found(&hand, file);
        let row = rows.iter().find(|r| r[1] == code).unwrap_or_else(|| panic!("no {code}: {rows:?}"));
        (row[3].clone(), row[4].clone())
    };
    let (zh, en) = told("370832/hospital/p.jsonl", "missing-column");
    assert!(zh.contains("缺少必需的列“diagnosis”（诊断编码）；“diagnosys”是否应为“diagnosis”（诊断编码）？"), "{zh}");
    assert!(en.contains("“diagnosis” (诊断编码) is missing; did “diagnosys” mean “diagnosis” (诊断编码)?"), "{en}");
    let (zh, en) = told("370832/hospital/q.jsonl", "no-header");
    assert!(
        zh.contains("缺少列：“manage_code”（管理地区划代码）、“diagnosis”（诊断编码）、“living”（居住状况）"),
        "{zh}"
    );
    assert!(en.contains("missing: “manage_code” (管理地区划代码), “diagnosis” (诊断编码)"), "{en}");
    let (zh, _) = told("370832/hospital/r.csv", "missing-column");
    assert!(zh.contains("“diagnosis”（诊断编码）"), "{zh}");
}

#[test]
fn the_words_that_a_title_was_replaced_by_are_shown() {
    let hand = HandStore::new();
    let header = HEADER.replace("诊断编码", "诊断代号").replace("居住状况", "居住状态") + ",高危等级,谈话内容";
    hand.put(
        "370832/hospital/p.csv",
        format!("{header}\nHZ1,严一一,1,1980-01-02,370832101001,F20.9,2022-03-04,1,1,1\n"),
    );
    run(&hand);
    let all: String = found(&hand, "370832/hospital/p.csv").into_iter().map(|r| r[3].clone() + "\n").collect();
    for title in ["“诊断代号”是否应为“诊断编码”？", "“居住状态”是否应为“居住状况”？", "“高危等级”", "“谈话内容”"]
    {
        assert!(all.contains(title), "{title}: {all}");
    }
}

#[test]
fn a_division_that_is_no_code_is_told_the_code() {
    let hand = HandStore::new();
    let row = |n: u32, division: &str| format!("HZ{n},严一一,1,1980-01-02,{division},F20.9,2022-03-04,1\n");
    let given = ["韩岗一村", "梁山县韩岗二村", "三合村", "3.70832E+11", "37083210100", "370832101001.5"];
    let rows: String = (1..).zip(given).map(|(n, division)| row(n, division)).collect();
    hand.put("370832/hospital/p.csv", format!("{HEADER}\n{rows}"));
    run(&hand);
    let rows = found(&hand, "370832/hospital/p.csv");
    let told: Vec<&str> = rows.iter().filter(|r| r[1] == "unknown-division").map(|r| r[3].as_str()).collect();
    assert_eq!(told.len(), 6, "{rows:?}");
    assert!(told[0].contains("填的是名称") && told[0].contains("是否应为 370832101001？"), "{}", told[0]);
    assert!(told[1].contains("是否应为 370832101002？"), "{}", told[1]);
    for at in [2, 3, 5] {
        assert!(told[at].contains("填的不是区划代码") && told[at].contains("村居（12 位）"), "{}", told[at]);
    }
    assert!(told[4].contains("区划级别不对"), "{}", told[4]);
}

#[test]
fn a_wrong_source_and_a_wrong_folder_are_told_the_right_one() {
    let hand = HandStore::new();
    let rows = format!("{HEADER}\nHZ1,严一一,1,1980-01-02,370832101001,F20.9,2022-03-04,1\n");
    hand.put("370832/police/p.csv", &rows);
    hand.put("梁山县/hospital/p.csv", &rows);
    hand.put("370811任城/hospital/p.csv", &rows);
    hand.put("任成区/hospital/p.csv", &rows);
    hand.put("370899/hospital/p.csv", &rows);
    hand.put("370832/医院/p.csv", &rows);
    hand.put("370832/Hospitals/p.csv", &rows);
    hand.put("370832/else/p.csv", &rows);
    for folder in ["３７０８３２", "hospital", "ｈｏｓｐｉｔａｌｓ", "公安局"] {
        hand.put(&format!("{folder}/q.csv"), &rows);
    }
    hand.put("370832/ｓｃｈｏｏｌ/p.csv", &rows);
    hand.put("改好.csv", &rows);
    hand.put("370832/改好.csv", &rows);
    run(&hand);
    let one = |file: &str| found(&hand, file).into_iter().next().unwrap_or_else(|| panic!("{file}"));
    let wrong = one("370832/police/p.csv");
    assert_eq!(wrong[1], "wrong-source");
    assert!(wrong[3].contains("严重精神障碍患者") && wrong[3].contains("文件夹 hospital（医疗机构）"), "{}", wrong[3]);
    assert!(!wrong[3].contains("hospital_patient") && !wrong[4].contains("hospital_patient"), "{wrong:?}");
    for (folder, meant) in [
        ("梁山县", "370832"),
        ("370811任城", "370811"),
        ("任成区", "370811"),
        ("370832/医院", "hospital"),
        ("370832/Hospitals", "hospital"),
        ("３７０８３２", "370832"),
        ("370832/ｓｃｈｏｏｌ", "school"),
    ] {
        let told = one(folder);
        assert_eq!(told[1], "unknown-folder");
        assert!(told[3].contains(&format!("请改名为“{meant}”")), "{}", told[3]);
        assert!(told[4].contains(&format!("rename it to “{meant}”")), "{}", told[4]);
    }
    for file in ["改好.csv", "370832/改好.csv"] {
        let told = one(file);
        assert!(told[3].starts_with("文件“") && told[3].contains("hospital（医疗机构）"), "{}", told[3]);
    }
    for (folder, source) in [("hospital", "hospital"), ("ｈｏｓｐｉｔａｌｓ", "hospital"), ("公安局", "police")]
    {
        let told = one(folder);
        assert_eq!(told[1], "unknown-folder");
        assert!(
            told[3].contains("上面缺少区县的文件夹") && told[3].contains(&format!("名为 {source}（")),
            "{}",
            told[3]
        );
        assert!(told[4].contains("the county's folder above it is missing"), "{}", told[4]);
    }
    assert!(one("370899")[3].contains("不在本市的区划表中"), "{}", one("370899")[3]);
    assert!(one("370832/else")[3].contains("station"), "{}", one("370832/else")[3]);
}

#[test]
fn dates_codes_and_divisions_are_shown_and_identities_are_not() {
    let hand = HandStore::new();
    let rows = "HZ1,严一一,1,1980-13-45,370832101999,F20.9,2022-13-04,独居中
HZ2,严二二,9号,1980-01-02,370832101001,F20.9,13812345678,严三三
HZ3,严三三,1,1980-01-02,13812345678,严四四,2022-03-04,1\n";
    hand.put("370832/hospital/p.csv", format!("{HEADER}\n{rows}"));
    let follow_ups = [("F1", "HZ77"), ("F2", "990101198503121275"), ("F3", "HZ13812345678"), ("F4", "严五五")]
        .map(|(key, of)| format!("{key},{of},2023-01-02,门诊\n"));
    hand.put("370832/hospital/f.csv", format!("随访编号,患者编号,随访日期,随访形式\n{}", follow_ups.concat()));
    run(&hand);
    let orphans = found(&hand, "370832/hospital/f.csv");
    let shown: Vec<&str> = orphans.iter().filter(|r| r[1] == "orphan").map(|r| r[5].as_str()).collect();
    assert!(shown.len() == 4 && shown[0] == "HZ77", "the number of a record is no identity: {orphans:?}");
    assert!(
        shown[1..].iter().all(|value| !value.chars().any(|c| c.is_numeric() || c == '严' || c == '五')),
        "{orphans:?}"
    );
    let rows = found(&hand, "370832/hospital/p.csv");
    let shown: Vec<&str> = rows.iter().map(|r| r[5].as_str()).collect();
    for value in ["2022-13-04", "370832101999", "独居中"] {
        assert!(shown.contains(&value), "{value} is not shown: {rows:?}");
    }
    for value in ["1980-13-45", "9号", "13812345678", "严三三", "严四四"] {
        assert!(!shown.iter().any(|s| s.contains(value)), "{value} is shown: {rows:?}");
    }
}
