//! Every fault is found where it is, and the rest of the night is published.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write};

use xinhui::diag::Code;

use super::hand::HandStore;
use super::quality::{FATES, Line, fates, findings, reconciliation, rejects};
use super::store::TestStore;
use crate::read::faults::compound;
use crate::read::formats::parquet_of;
use crate::read::workbooks::workbook;
use crate::read::zip_of;
use crate::synth::tables::parse_csv;

const ALL_FORMATS: [&str; 2] = ["--formats", "csv,xlsx,xls,jsonl,parquet,zip"];

type Place = (String, String, String, String);

/// File, sheet, row and code; the column of a finding about a header is told in its message.
fn place(file: &str, sheet: &str, row: &str, code: &str) -> Place {
    (file.to_owned(), sheet.to_owned(), row.to_owned(), code.to_owned())
}

/// How often each place has a finding, by field.
fn counted<'a>(lines: impl Iterator<Item = (Place, &'a str)>) -> BTreeMap<(Place, String), usize> {
    let mut counts = BTreeMap::new();
    for (place, field) in lines {
        let of_row = !place.2.is_empty();
        *counts.entry((place, if of_row { field.to_owned() } else { String::new() })).or_default() += 1;
    }
    counts
}

#[test]
fn what_was_spoiled_is_found_and_nothing_else_is_an_error() {
    let store = TestStore::synth(
        &[&["--persons", "700", "--counties", "370832,370811", "--towns", "3", "--dirt", "heavy"], &ALL_FORMATS[..]]
            .concat(),
    )
    .quick();
    store.run(1);
    let expected = parse_csv(&std::fs::read_to_string(store.path().join("expected.csv")).unwrap());
    let expected = counted(expected[1..].iter().map(|e| (place(&e[0], &e[1], &e[2], &e[4]), e[3].as_str())));
    assert!(expected.len() > 300, "{} faults", expected.len());
    let lines = rejects(&store.internal());
    let found = counted(
        lines.iter().map(|l| (place(&l["file"], &l["sheet"], &l["row_number"], &l["code"]), l["field"].as_str())),
    );
    let missing: Vec<_> = expected.iter().filter(|(k, n)| found.get(*k) != Some(n)).collect();
    assert!(missing.is_empty(), "{} not found as often as put in:\n{missing:#?}", missing.len());
    let severities: BTreeMap<Place, &str> = lines
        .iter()
        .map(|l| (place(&l["file"], &l["sheet"], &l["row_number"], &l["code"]), l["severity"].as_str()))
        .collect();
    let surplus: Vec<_> = found.keys().filter(|k| !expected.contains_key(*k)).map(|k| (k, severities[&k.0])).collect();
    assert!(surplus.is_empty(), "{} that nobody put in:\n{surplus:#?}", surplus.len());

    sums_close(&store, &lines);
}

/// read = accepted + rejected + duplicate + superseded + void, and the findings agree with the counts.
#[track_caller]
fn sums_close(store: &TestStore, lines: &[Line]) {
    let books = reconciliation(&store.internal());
    let count = |line: &Line, name: &str| line[name].parse::<usize>().unwrap();
    for line in &books {
        let sum: usize = FATES.iter().map(|f| count(line, f)).sum();
        assert_eq!(count(line, "read"), sum, "{line:?}");
        let same = |l: &&Line| ["county", "source", "file", "sheet"].iter().all(|c| l[*c] == line[*c]);
        let warnings = lines.iter().filter(same).filter(|l| l["severity"] == "warning").count();
        assert_eq!(count(line, "warnings"), warnings, "{line:?}");
        let bad: BTreeSet<&str> = lines
            .iter()
            .filter(same)
            .filter(|l| l["severity"] == "error" && !l["row_number"].is_empty())
            .map(|l| l["row_number"].as_str())
            .collect();
        // A column that is missing is one error for all rows.
        let column = lines.iter().filter(same).any(|l| l["code"] == "missing-column" && l["severity"] == "error");
        let expected = if column { count(line, "read") } else { bad.len() };
        assert_eq!(count(line, "rejected"), expected, "{line:?}");
    }
    // The manifest and the kept rows say the same.
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(store.path().join("store/current/manifest.json")).unwrap()).unwrap();
    let inputs = manifest["inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), books.len());
    for name in ["read", "accepted", "rejected", "duplicate", "superseded", "void", "warnings"] {
        let of_manifest: u64 = inputs.iter().map(|i| i["rows"][name].as_u64().unwrap()).sum();
        let of_books: usize = books.iter().map(|l| count(l, name)).sum();
        assert_eq!(of_manifest as usize, of_books, "{name}");
    }
    let kept: usize = crate::synth::tables::files_below(&store.path().join("store/private/accepted"))
        .values()
        .map(|p| super::published::table(p).iter().map(|b| b.num_rows()).sum::<usize>())
        .sum();
    assert_eq!(kept, books.iter().map(|l| count(l, "accepted")).sum::<usize>());
}

const GOOD: &str = "案事件编号,发生地区划代码,发生日期,严重程度\nA1,370832101,2023-05-01,general\n";

/// Forty million bytes on one line, without holding them.
fn huge_line(path: &std::path::Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = BufWriter::new(File::create(path).unwrap());
    file.write_all(GOOD.as_bytes()).unwrap();
    file.write_all(b"A2,370832101,2023-05-01,\"").unwrap();
    let block = vec![b'x'; 1 << 20];
    for _ in 0..40 {
        file.write_all(&block).unwrap();
    }
    file.flush().unwrap();
}

/// Bytes that are text in no encoding.
fn noise() -> Vec<u8> {
    let mut state: u32 = 1;
    (0..4096)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 30 == 0 { 0 } else { (state >> 24) as u8 | 0x80 }
        })
        .collect()
}

#[test]
fn a_file_of_each_kind_of_fault_is_named_and_the_rest_goes_on() {
    let hand = HandStore::new();
    let noise = noise();
    let good_zip = zip_of(&[("站点.csv", GOOD.repeat(200).as_bytes())]);
    let encrypted = compound(&[("EncryptionInfo", &[4, 0, 4, 0]), ("EncryptedPackage", &[0; 600])]);
    let page = "<html><body><table><tr><td>活动编号</td></tr></table></body></html>";
    let book = workbook(|b| {
        b.add_worksheet().write(0, 0, "说明").unwrap();
    });
    let text =
        |values: Vec<&str>| -> arrow::array::ArrayRef { std::sync::Arc::new(arrow::array::StringArray::from(values)) };
    let whole = parquet_of(vec![("incident_id", text(vec!["A7"])), ("severity", text(vec!["general"]))]);
    let files: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("police/空.csv", Vec::new(), "empty-file", ""),
        ("police/无表头.csv", "A1,370832101,2023-05-01\nA2,370832101,2023-05-02\n".into(), "no-header", ""),
        ("station/案事件.csv", GOOD.into(), "wrong-source", ""),
        ("hospital/名册.xlsx", encrypted, "encrypted-workbook", ""),
        ("station/断.zip", good_zip[..good_zip.len() / 2].to_vec(), "damaged-archive", ""),
        ("police/导出.xls", page.into(), "html-not-excel", ""),
        ("police/坏.xlsx", book[..book.len() / 2].to_vec(), "damaged-workbook", ""),
        ("police/说明.xlsx", book, "no-header", "Sheet1"),
        ("police/扫描.csv", noise.clone(), "unknown-format", ""),
        ("police/图.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "unknown-format", ""),
        ("police/坏.parquet", whole[..whole.len() - 9].to_vec(), "damaged-parquet", ""),
    ];
    for (name, bytes, _, _) in &files {
        hand.put(&format!("370832/{name}"), bytes);
    }
    // Findings beside rows that count.
    hand.put("370832/police/好_20230601.csv", GOOD);
    hand.put(
        "370832/police/列_20230602.csv",
        "案事件编号,发生地区划代码,发生日期,严重程度,案件等级,民警\nB1,370832101,2023-05-01,general,general,王\n",
    );
    hand.put("370832/police/缺_20230603.csv", "案事件编号,发生地区划代码,发生日期\nC1,370832101,2023-05-01\n");
    let object = "{\"incident_id\":\"D1\",\"division_code\":\"370832101\",\"incident_date\":\"2023-05-01\",\"severity\":\"general\"}";
    hand.put("370832/police/行_20230604.jsonl", format!("{object}\n{{\"incident_id\": \n"));
    hand.put("370832/police/断_20230604.jsonl", "{\"incident_id\": \n");
    hand.put("370832/其他/x.csv", GOOD).put("379999/police/x.csv", GOOD).put("说明.txt", "x");
    huge_line(&hand.store.path().join("inbox/370832/police/长_20230605.csv"));
    hand.store.run(1);

    let internal = hand.internal();
    for (name, _, code, sheet) in &files {
        let file = format!("370832/{name}");
        let of_file: Vec<_> = rejects(&internal).into_iter().filter(|l| l["file"] == file).collect();
        assert_eq!(of_file.len(), 1, "{name}: {of_file:?}");
        let line = &of_file[0];
        assert_eq!((line["code"].as_str(), line["sheet"].as_str()), (*code, *sheet), "{name}");
        assert_eq!((line["severity"].as_str(), line["row_number"].as_str()), ("error", ""), "{name}");
        assert_eq!((line["county"].as_str(), line["source"].as_str()), ("370832", name.split_once('/').unwrap().0));
        assert!(!line["message_zh"].is_empty() && !line["message_en"].is_empty(), "{name}");
        assert!(reconciliation(&internal).iter().any(|l| l["file"] == file && l["read"] == "0"), "{name}");
    }
    for (name, accepted, rejected, of_file) in [
        ("好_20230601.csv", 1, 0, vec![]),
        ("列_20230602.csv", 1, 0, vec!["repeated-column", "unknown-column"]),
        ("缺_20230603.csv", 0, 1, vec!["missing-column"]),
    ] {
        let file = format!("370832/police/{name}");
        let got = fates(&internal, &file);
        assert_eq!((got.accepted, got.rejected), (accepted, rejected), "{name}");
        assert_eq!(findings(&internal, &file).iter().map(|f| f.trim()).collect::<Vec<_>>(), of_file, "{name}");
    }
    // A broken line is a record without any value, found by its number.
    let broken = findings(&internal, "370832/police/行_20230604.jsonl");
    assert_eq!(
        broken.iter().map(|f| f.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>(),
        ["2 damaged-json", "damaged-json"]
    );
    assert_eq!(findings(&internal, "370832/police/断_20230604.jsonl"), ["damaged-json"]);
    assert_eq!(findings(&internal, "370832/police/长_20230605.csv"), ["line-too-long"]);
    for folder in ["370832/其他", "379999", "说明.txt"] {
        assert_eq!(findings(&internal, folder), ["unknown-folder"], "{folder}");
    }
}

/// One row of each code, as `docs/findings.md` words it.
#[test]
fn each_fault_of_a_row_has_its_code_field_row_and_severity() {
    let hand = HandStore::new();
    hand.put(
        "370832/station/站点_20230601.csv",
        "站点编号,站点名称,站点类别,所在区划代码,建设状态,建成日期,撤销日期,场地面积,有管理制度,依托单位编号\n\
         S1,一号,village_room,370832101001,built,2020-01-01,,30,是,\n\
         S2,二号,village_room,370832101001,built,,,30,是,\n\
         S3,三号,village_room,370832101001,closed,2020-01-01,2019-12-31,30,是,\n\
         S4,四号,village_room,370832101001,built,2020-01-01,,一百,也许,\n\
         S5,五号,哪里,370832101001,built,2020-01-01,,100001,是,\n\
         S6,六号,village_room,370811001001,built,2020-01-01,,30,是,\n\
         S7,七号,village_room,370832101009,built,2020-01-01,,30,是,\n\
         S8,八号,village_room,370832101001,built,1900-01-01,,30,是,\n\
         S9,九号,village_room,370832101001,planned,9999-12-31,,30,是,D9\n",
    );
    let person = "记录编号,站点编号,姓名,性别,证件号码,出生日期,联系电话,现住址区划代码,服务类型,服务日期\n\
                  R1,S1,某甲,1,,,,,consult,2023-05\n\
                  R2,S9x,某乙,1,,,,,consult,2023-05-01\n\
                  R3,S1,某丙,1,11010119900307771X,,,,consult,2023-05-01\n\
                  R4,S1,某丁,1,1.10101E+17,,,,consult,2023-05-01\n\
                  R5,S1,某戊,2,11010519491231002X,1949-12-30,12345,120101001,consult,2023-05-01\n\
                  R6,S1,某己,1,,1949,,37083,consult,2023-05-01\n\
                  R7,S1,,1,,1899-12-31,,,consult,2024-01-01\n";
    hand.put("370832/station/服务_20230601.csv", person);
    hand.put(
        "370832/hospital/名册_20230601.csv",
        "患者编号,姓名,性别,管理地区划代码,诊断编码,建档日期,出册日期,居住状况\n\
         P1,某甲,1,370832101001,F20.0,2022-06-01,,home\n\
         P2,某乙,1,370832101001,精神分裂症,2022-06-01,,home\n\
         P3,某丙,1,370832101001,F20,2022-06-01,2023-01-01,home\n\
         P4,某丁,1,370832,F20,2022-06-01,,home\n",
    );
    hand.put(
        "370832/hospital/随访.csv",
        "随访编号,患者编号,随访日期,随访形式,危险性评估\nF1,P1,2022-05-31,home,1\nF2,P4,2023-05-31,home,6\n",
    );
    hand.put(
        "370832/hospital/机构_20230601.csv",
        "机构代码,机构名称,机构类别,所在区划代码,医务人员数,已接受心理培训人数\n\
         91350100M000100Y44,某医院,general,370832,10,11\n91350100M000100Y43,某院,general,370832,10,10\n",
    );
    hand.put(
        "370832/school/测评_20230601.csv",
        "测评编号,学校标识码,姓名,性别,测评量表,测评日期,总分,评估等级\nT1,X1,某甲,1,MHT,2023-05-01,91,normal\n",
    );
    hand.store.run(0);
    let internal = hand.internal();
    let found = |file: &str| -> Vec<String> {
        let mut all: Vec<String> = rejects(&internal)
            .into_iter()
            .filter(|l| l["file"] == format!("370832/{file}"))
            .map(|l| format!("{} {} {} {} {}", l["row_number"], l["record_key"], l["field"], l["code"], l["severity"]))
            .collect();
        all.sort();
        all
    };
    assert_eq!(
        found("station/站点_20230601.csv"),
        [
            "10 S9 built_date placeholder-date warning",
            "10 S9 host_unit_id orphan warning",
            "3 S2 built_date missing-value error",
            "4 S3 closed_date constraint-error error",
            "5 S4 area_m2 type-error error",
            "5 S4 has_rules type-error error",
            "6 S5 area_m2 constraint-error error",
            "6 S5 site_kind unknown-code error",
            "7 S6 division_code unknown-division error",
            "8 S7 division_code unknown-division error",
            "9 S8 built_date missing-value error",
            "9 S8 built_date placeholder-date warning",
        ]
    );
    assert_eq!(
        found("station/服务_20230601.csv"),
        [
            "2 R1 service_date type-error error",
            "3 R2 site_id orphan error",
            "4 R3 id_number id-number-checksum warning",
            "5 R4 id_number id-number-damaged warning",
            "6 R5 birth_date id-number-mismatch warning",
            "6 R5 phone phone-format warning",
            "6 R5 residence_code unknown-division warning",
            "7 R6 residence_code constraint-error error",
            "8 R7 birth_date constraint-error error",
            "8 R7 name missing-value error",
            "8 R7 service_date constraint-error error",
        ]
    );
    assert_eq!(
        found("hospital/名册_20230601.csv"),
        [
            "3 P2 diagnosis constraint-error error",
            "4 P3 exit_reason missing-value error",
            "5 P4 manage_code unknown-division error",
        ]
    );
    assert_eq!(
        found("hospital/随访.csv"),
        [
            "2 F1 followup_date followup-before-registration warning",
            "3 F2 patient_no orphan error",
            "3 F2 risk_level constraint-error error",
        ]
    );
    assert_eq!(
        found("hospital/机构_20230601.csv"),
        [
            "2 91350100M000100Y44 clinicians_trained constraint-error error",
            "2 91350100M000100Y44 org_id credit-code-checksum warning",
        ]
    );
    assert_eq!(found("school/测评_20230601.csv"), ["2 T1 school_id orphan error", "2 T1 score constraint-error error"]);
    for line in rejects(&internal) {
        assert!(Code::parse(&line["code"]).is_some(), "{line:?}");
        assert_ne!(line["message_zh"], line["message_en"]);
    }
}

#[test]
fn a_rejected_share_above_the_limit_is_told() {
    let hand = HandStore::new();
    hand.store.edit_config("max_rejected_share = 1.0", "max_rejected_share = 0.5");
    let bad = "案事件编号,发生地区划代码,发生日期,严重程度\nA1,370832101,2023-05-01,general\nA2,370832101,,general\n";
    hand.put("370832/police/半_20230601.csv", bad).night();
    hand.put("370832/police/多_20230602.csv", bad.replace("A1,370832101,2023-05-01", "A3,370832101,"));
    let said = String::from_utf8(hand.store.run(1).stdout).unwrap();
    assert!(said.contains("rejected share above the limit:\n  370832/police/多_20230602.csv  100.0 %\n"), "{said}");
    assert!(!said.contains("半_20230601"), "{said}");
}
