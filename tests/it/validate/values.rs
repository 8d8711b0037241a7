//! Values of each type, as people and systems write them.

use super::{check, field_table, with, without};

#[test]
fn numbers_are_read_through_units_separators_and_full_width() {
    field_table(
        "station_site",
        "area_m2",
        "area_m2",
        &[
            ("400", "400", ""),
            ("400.50", "400.5", ""),
            ("1,200.5", "1200.5", ""),
            ("１，２００", "1200", ""),
            (" 85㎡", "85", ""),
            ("85 平方米", "85", ""),
            ("85m²", "85", ""),
            ("4.5E+2", "450", ""),
            ("-0", "0", ""),
            (".5", "0.5", ""),
            ("", "-", ""),
            ("/", "-", ""),
            ("不清楚", "-", ""),
            ("——", "-", ""),
            ("暂无", "-", ""),
            ("无", "-", ""),
            ("不详", "-", ""),
            ("未知", "-", ""),
            ("#N/A", "-", ""),
            ("约400", "-", "type-error"),
            ("12,34", "-", "type-error"),
            ("95%", "-", "type-error"),
            ("1.2万", "-", "type-error"),
            ("NaN", "-", ""),
            ("undefined", "-", ""),
            (".", "-", ""),
            ("＊", "-", ""),
            ("inf", "-", "type-error"),
            ("1e999", "-", "type-error"),
            ("1 2", "-", "type-error"),
            ("m2", "-", "type-error"),
            ("100000", "100000", ""),
            ("100000.1", "100000.1", "constraint-error"),
            ("-1", "-1", "constraint-error"),
        ],
    );
}

#[test]
fn a_whole_number_may_end_in_point_zero_and_nothing_else() {
    field_table(
        "station_site",
        "full_time_staff",
        "full_time_staff",
        &[
            ("3", "3", ""),
            ("3.0", "3", ""),
            ("３人", "3", ""),
            ("3名", "3", ""),
            ("+3", "3", ""),
            ("1,000", "1000", ""),
            ("1e3", "1000", ""),
            ("3.5", "-", "type-error"),
            ("三", "-", "type-error"),
            ("-", "-", ""),
            ("99999999999999999999", "-", "type-error"),
            ("10001", "10001", "constraint-error"),
            ("−1", "-1", "constraint-error"),
        ],
    );
    field_table(
        "hospital_followup",
        "risk_level",
        "risk_level",
        &[("3级", "3", ""), ("0", "0", ""), ("5", "5", ""), ("6", "6", "constraint-error")],
    );
    field_table("population", "year", "year", &[("2023年", "2023", ""), ("1989", "1989", "constraint-error")]);
}

#[test]
fn booleans_are_those_of_the_list_and_wu_is_false() {
    field_table(
        "station_site",
        "has_rules",
        "has_rules",
        &[
            ("是", "true", ""),
            ("有", "true", ""),
            ("√", "true", ""),
            ("TRUE", "true", ""),
            ("y", "true", ""),
            ("１", "true", ""),
            ("1.0", "true", ""),
            ("已开通", "true", ""),
            ("否", "false", ""),
            ("无", "false", ""),
            ("×", "false", ""),
            ("0", "false", ""),
            ("N", "false", ""),
            ("不详", "-", ""),
            ("未知", "-", ""),
            ("N/A", "-", ""),
            ("2", "-", "type-error"),
            ("部分", "-", "type-error"),
        ],
    );
}

#[test]
fn a_code_its_label_and_its_aliases_are_all_accepted() {
    field_table(
        "station_site",
        "site_kind",
        "site_kind",
        &[
            ("county_center", "county_center", ""),
            ("COUNTY_CENTER", "county_center", ""),
            ("县（区）心理健康中心", "county_center", ""),
            ("县(区)心理健康中心", "county_center", ""),
            (" 区 心理健康中心\t", "county_center", ""),
            ("心灵驿站", "village_room", ""),
            ("驿站", "-", "unknown-code"),
        ],
    );
    field_table(
        "hospital_followup",
        "medication",
        "medication",
        &[
            ("1", "regular", ""),
            ("1 规律服药", "regular", ""),
            ("1-按医嘱规律用药", "regular", ""),
            ("规律服药(1)", "regular", ""),
            ("１．规律服药", "regular", ""),
            ("2 规律服药", "-", "unknown-code"),
            ("11", "-", "unknown-code"),
            ("规律服药规律服药", "-", "unknown-code"),
            ("无", "-", ""),
            ("--", "-", ""),
        ],
    );
    field_table("hospital_followup", "stability", "stability", &[("3", "stable", ""), ("1", "unstable", "")]);
    field_table("school_screening", "scale", "scale", &[("phq-9", "PHQ9", ""), ("PHQ9", "PHQ9", "")]);
}

#[test]
fn null_words_stay_values_where_a_list_holds_them() {
    field_table("hospital_patient", "living", "living", &[("不详", "unknown", ""), ("home", "home", "")]);
    let checked = check("hospital_patient", &[with("hospital_patient", &[("living", "未知")])]);
    assert_eq!(checked.findings(0), ["living missing-value"]);
    let checked = check("hospital_patient", &[with("hospital_patient", &[("sex", "未知")])]);
    assert_eq!(checked.value(0, "sex").as_deref(), Some("0"));
    let checked = check("hospital_patient", &[with("hospital_patient", &[("sex", "不详")])]);
    assert_eq!(checked.findings(0), ["sex missing-value"]);
}

#[test]
fn several_codes_come_out_in_list_order_and_once() {
    field_table(
        "station_site",
        "rooms",
        "rooms",
        &[
            ("宣泄室、沙盘室", "sandplay|venting", ""),
            ("沙盘室,沙盘室；宣泄室", "sandplay|venting", ""),
            ("沙盘室|venting/其他", "sandplay|venting|other", ""),
            ("沙盘室 宣泄室", "sandplay|venting", ""),
            ("沙盘室\n宣泄室、接待登记处", "reception|sandplay|venting", ""),
            ("1 沙盘室", "-", "unknown-code"),
            ("沙盘室，", "sandplay", ""),
            ("沙盘室、天台", "-", "unknown-code"),
            ("无", "-", ""),
            ("、", "-", "unknown-code"),
            ("", "-", ""),
        ],
    );
    field_table(
        "police_person",
        "category",
        "category",
        &[("社区戒毒；社区康复", "community_detox|community_rehab", "")],
    );
}

#[test]
fn every_shape_of_a_date_is_read() {
    field_table(
        "station_site",
        "built_date",
        "built_day",
        &[
            ("2023-03-05", "2023-03-05", ""),
            ("2023.3.5", "2023-03-05", ""),
            ("2023年3月5日", "2023-03-05", ""),
            ("2023年03月05", "2023-03-05", ""),
            ("2023 年 3 月 5 日", "2023-03-05", ""),
            ("2023/3/5", "2023-03-05", ""),
            ("20230305", "2023-03-05", ""),
            ("２０２３－０３－０５", "2023-03-05", ""),
            ("2023-03-05 14:30:00", "2023-03-05", ""),
            ("2023-03-05T00:00:00", "2023-03-05", ""),
            ("2023-03-05T00:00:00.000", "2023-03-05", ""),
            ("2023-03-04T16:00:00.000Z", "2023-03-05", ""),
            ("2023-03-05T08:00:00+08:00", "2023-03-05", ""),
            ("2023年3月5日14时30分", "2023-03-05", ""),
            ("2023/3/5 下午 2:30", "2023-03-05", ""),
            ("19.3.5", "2019-03-05", ""),
            ("99-3-5", "1999-03-05", ""),
            ("[2023,3,5]", "2023-03-05", ""),
            ("2023—03—05", "2023-03-05", ""),
            ("2023 03 05", "2023-03-05", ""),
            ("2023、3、5", "2023-03-05", ""),
            ("2023\\3\\5", "2023-03-05", ""),
            ("2023年3月5日 星期日", "2023-03-05", ""),
            ("2023-03-05 (日) 14:30", "2023-03-05", ""),
            ("5-Mar-23", "2023-03-05", ""),
            ("05-MAR-2023 14:30:05", "2023-03-05", ""),
            ("March 5, 2023", "2023-03-05", ""),
            ("Sun Mar 05 14:30:00 CST 2023", "2023-03-05", ""),
            ("Sun Mar 05 2023 14:30:00 GMT+0800 (中国标准时间)", "2023-03-05", ""),
            ("Sat, 04 Mar 2023 16:30:00 GMT", "2023-03-05", ""),
            ("二〇二三年三月五日", "2023-03-05", ""),
            ("一九九九年十二月三十一日", "1999-12-31", ""),
            ("2023-03-05+08:00", "2023-03-05", ""),
            // The summer times of 1986 to 1991, an hour ahead.
            ("1988-06-30T15:00:00Z", "1988-07-01", ""),
            ("1988-06-30T14:59:59Z", "1988-06-30", ""),
            ("1987-01-31T15:00:00Z", "1987-01-31", ""),
            ("1991-07-01T00:00:00+09:00", "1991-07-01", ""),
            ("2023-12-30T23:59:59.999+08:00", "2023-12-30", ""),
            ("2023-12-30 23:59:59.997", "2023-12-30", ""),
            ("[2023, 3, 5, 14, 30]", "2023-03-05", ""),
            ("43831", "2020-01-01", ""),
            ("43831.75", "2020-01-01", ""),
            ("'2023-03-05", "2023-03-05", ""),
            ("\u{feff}2023-03-05\t", "2023-03-05", ""),
            ("2020-02-29", "2020-02-29", ""),
            ("不详", "-", ""),
            ("-", "-", ""),
        ],
    );
}

#[test]
fn what_is_no_date_of_the_calendar_is_a_type_error() {
    for cell in [
        "2023-02-29",
        "2023-13-01",
        "20230230",
        "2023-00-10",
        "2023-03-05 25:00",
        "2023",
        "2023年",
        "2023-03",
        "2023.3",
        "202303",
        "2023年3月",
        "3/5/2023",
        "12/03/1985",
        "194803200000",
        "二〇二三年正月初五",
        "二月三十日",
        "2023,3",
        "Mar 2023",
        "Mar 5 Apr 2023",
        "5 6 Mar 2023",
        "3/5/19",
        "明年",
        "60001",
        "999999999999999999999",
        "2023-3/5",
        "[2023,3]",
        "1985",
        "0000-00-00",
        "[]",
        "2023-03-05x",
        "2023-03-0514:30",
        "年月日",
        "-3-5",
    ] {
        let checked = check("station_site", &[with("station_site", &[("built_date", cell)])]);
        assert_eq!(checked.value(0, "built_day"), None, "{cell}");
        assert_eq!(checked.findings(0), ["built_date type-error"], "{cell}");
        assert!(checked.rejected(0));
    }
}

#[test]
fn placeholder_dates_are_null_with_a_warning() {
    for cell in [
        "0001-01-01",
        "1900-01-00",
        "1900/1/0",
        "1900-01-01",
        "2099-12-31",
        "9999-12-31",
        "99991231",
        "0",
        "2958465",
        "1900-01-01 00:00:00",
        "2099年12月31日",
    ] {
        let checked = check("station_site", &[with("station_site", &[("built_date", cell)])]);
        assert_eq!(checked.value(0, "built_day"), None, "{cell}");
        assert_eq!(checked.findings(0), ["built_date placeholder-date"], "{cell}");
        assert!(!checked.rejected(0));
    }
    let checked = check("station_service", &[with("station_service", &[("service_date", "1900-01-01")])]);
    assert_eq!(checked.findings(0), ["service_date placeholder-date", "service_date missing-value"]);
    // 2012-01-01 is a day like any other.
    let checked = check("station_site", &[with("station_site", &[("built_date", "2012-01-01")])]);
    assert_eq!(checked.value(0, "built_day").as_deref(), Some("2012-01-01"));
}

#[test]
fn a_birth_date_keeps_its_precision() {
    let cases = [
        ("1985", "1985-01-01", "1"),
        ("1985年", "1985-01-01", "1"),
        ("1985-06", "1985-06-01", "2"),
        ("1985.6", "1985-06-01", "2"),
        ("1985年6月", "1985-06-01", "2"),
        ("198506", "1985-06-01", "2"),
        ("1985-06-07", "1985-06-07", "3"),
        ("85.6.7", "1985-06-07", "3"),
        ("24.6.7", "1924-06-07", "3"),
        ("31205", "1985-06-07", "3"),
        ("3000", "1908-03-18", "3"),
    ];
    for (cell, day, precision) in cases {
        let mut row = with("hospital_patient", &[("birth_date", cell)]);
        row.retain(|(f, _)| *f != "id_number");
        let checked = check("hospital_patient", &[row]);
        assert_eq!(checked.findings(0), [""; 0], "{cell}");
        assert_eq!(checked.value(0, "birth_day").as_deref(), Some(day), "{cell}");
        assert_eq!(checked.value(0, "_birth_precision").as_deref(), Some(precision), "{cell}");
    }
    for cell in ["1019", "1899-12-31", "2024-01-01", "2024"] {
        let mut row = with("hospital_patient", &[("birth_date", cell)]);
        row.retain(|(f, _)| *f != "id_number");
        assert_eq!(check("hospital_patient", &[row]).findings(0), ["birth_date constraint-error"], "{cell}");
    }
    let absent = check("hospital_patient", &[without("hospital_patient", &["birth_date"])]);
    assert_eq!(absent.value(0, "birth_day"), None);
    assert_eq!(absent.value(0, "_birth_precision").as_deref(), Some("0"));
}

#[test]
fn a_time_is_seconds_of_the_local_day() {
    let midnight = 19_421 * 86_400;
    let cases = [
        ("2023-03-05 14:30:05", 52_205),
        ("2023-03-05T14:30:05.9", 52_205),
        ("2023-03-05T06:30:05Z", 52_205),
        ("2023-03-05T14:30:05+0800", 52_205),
        ("2023/3/5 14:30", 52_200),
        ("2023/3/5 下午2:30:05", 52_205),
        ("2023-03-05 02:30 PM", 52_200),
        ("2023-03-05 上午12:00:01", 1),
        ("20230305143005", 52_205),
        ("2023年3月5日14时30分5秒", 52_205),
        ("[2023,3,5,14,30,5]", 52_205),
        ("2023-03-05", 0),
        ("44990.5", 43_200),
    ];
    for (cell, seconds) in cases {
        let checked = check("station_unit", &[with("station_unit", &[("entered_at", cell)])]);
        assert_eq!(checked.findings(0), [""; 0], "{cell}");
        assert_eq!(checked.value(0, "entered_at"), Some((midnight + seconds).to_string()), "{cell}");
    }
    for cell in [
        "202303051430",
        "1678026605000",
        "2023-03",
        "昨天",
        "2023-03-05 24:00",
        "2023-03-05 14:60",
        "2023-03-05 14:30:05+99:00",
    ] {
        let checked = check("station_unit", &[with("station_unit", &[("entered_at", cell)])]);
        assert_eq!(checked.findings(0), ["entered_at type-error"], "{cell}");
    }
}

#[test]
fn strings_have_one_form() {
    field_table(
        "station_service",
        "plan_id",
        "plan_id",
        &[
            ("ＡＢ－１２", "AB-12", ""),
            ("'00123", "00123", ""),
            (" \t 方案\u{200b}一\u{3000}号 ", "方案一 号", ""),
            ("\u{feff}", "-", ""),
            ("'", "-", ""),
            ("暂无", "-", ""),
            ("／", "-", ""),
            ("N/A", "-", ""),
            ("无", "-", ""),
            ("Null", "-", ""),
            ("（ＮＵＬＬ）", "-", ""),
            ("\\N", "-", ""),
            ("无。", "无。", ""),
            ("none of them", "none of them", ""),
            ("0", "0", ""),
            ("=\"P1110\"", "P1110", ""),
            ("‘P1110", "P1110", ""),
            ("`P1110", "P1110", ""),
            ("'P1110'", "P1110", ""),
            ("\u{202d}P1110\u{202c}", "P1110", ""),
            ("‘幸福’计划", "‘幸福’计划", ""),
        ],
    );
}

#[test]
fn names_keep_the_middle_dot_and_lose_spaces_between_ideographs() {
    field_table(
        "hospital_patient",
        "name",
        "name",
        &[
            ("阿依古丽·买买提", "阿依古丽·买买提", ""),
            ("阿依古丽•买买提", "阿依古丽·买买提", ""),
            ("阿依古丽・买买提", "阿依古丽·买买提", ""),
            ("阿依古丽･买买提", "阿依古丽·买买提", ""),
            ("阿依古丽‧买买提", "阿依古丽·买买提", ""),
            ("阿依古丽．买买提", "阿依古丽·买买提", ""),
            ("阿依古丽 · 买买提", "阿依古丽·买买提", ""),
            ("张　伟", "张伟", ""),
            ("John   Smith", "John Smith", ""),
            ("Ｊｏｈｎ", "John", ""),
            ("𠮷野", "𠮷野", ""),
            ("王?", "王\u{fffd}", "lost-characters"),
            ("???", "\u{fffd}\u{fffd}\u{fffd}", "lost-characters"),
            ("？？", "\u{fffd}\u{fffd}", "lost-characters"),
            ("锟斤拷锟斤拷", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}", "lost-characters"),
            ("寮犱笁", "\u{fffd}\u{fffd}\u{fffd}", "lost-characters"),
            ("ÕÅÈý", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}", "lost-characters"),
            ("王锟", "王锟", ""),
            ("990101198503121275", "990101198503121275", "name-is-number"),
            ("99010119850312127X", "99010119850312127X", "name-is-number"),
            ("990101850312127", "990101850312127", "name-is-number"),
            ("一九八五", "一九八五", ""),
            ("12", "12", ""),
            // A family name that mistaken bytes begin with, too.
            ("濮峰波", "濮峰波", ""),
            ("濮存华", "濮存华", ""),
            ("Zoë·Smith", "Zoë·Smith", ""),
            ("闫闵", "闫闵", ""),
            // Free text keeps null words.
            ("无", "无", ""),
            ("-", "-", ""),
            ("暂无", "暂无", ""),
        ],
    );
    let long = check(
        "hospital_patient",
        &[with(
            "hospital_patient",
            &[(
                "name",
                "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一",
            )],
        )],
    );
    assert_eq!(long.findings(0), ["name constraint-error"]);
    let blank = check("hospital_patient", &[with("hospital_patient", &[("name", "　")])]);
    assert_eq!(blank.findings(0), ["name missing-value"]);
}

#[test]
fn a_code_field_is_no_free_text_whatever_its_name() {
    let checked = check("hospital_site", &[with("hospital_site", &[("grade", "暂无")])]);
    assert_eq!(checked.value(0, "grade"), None);
    assert_eq!(checked.findings(0), [""; 0]);
}

#[test]
fn division_codes_lose_their_padding() {
    field_table(
        "station_site",
        "division_code",
        "division_code",
        &[
            ("370402000000", "370402", ""),
            ("370402001000", "370402001", ""),
            ("３７０４０２００１", "370402001", ""),
            ("370402001001", "370402001001", ""),
            ("37040200100", "37040200100", ""),
            ("某镇", "某镇", ""),
        ],
    );
    field_table(
        "hospital_patient",
        "residence_code",
        "residence_code",
        &[
            ("370000000000", "37", ""),
            ("370402", "370402", ""),
            ("3704021", "3704021", "constraint-error"),
            ("٣٧", "٣٧", "constraint-error"),
            ("枣庄", "枣庄", "constraint-error"),
            ("-", "-", ""),
        ],
    );
}

#[test]
fn diagnoses_are_icd_10_codes_in_upper_case() {
    field_table(
        "hospital_patient",
        "diagnosis",
        "diagnosis",
        &[
            ("f20.9", "F20.9", ""),
            ("Ｆ２０．９", "F20.9", ""),
            ("F20.900x003", "F20.900X003", ""),
            ("F209", "F209", ""),
            ("F20", "F20", ""),
            ("F2", "F2", "constraint-error"),
            ("F20.", "F20.", "constraint-error"),
            ("F20.9;F32", "F20.9;F32", "constraint-error"),
            ("精神分裂症", "精神分裂症", "constraint-error"),
        ],
    );
    let checked = check("hospital_patient", &[with("hospital_patient", &[("diagnosis", "暂无")])]);
    assert_eq!(checked.findings(0), ["diagnosis missing-value"]);
}

#[test]
fn numbers_and_keys_are_bare() {
    let number = "110105194912310011";
    for cell in [
        "110105 19491231 0011",
        "110105-19491231-0011",
        "ID:110105194912310011",
        "身份证号：１１０１０５１９４９１２３１００１１",
        "=\"110105194912310011\"",
        "`110105194912310011",
        "’110105194912310011",
        "\u{202d}110105194912310011\u{202c}",
        "110105194912310011(本人)",
        "110105194912310011\u{a0}\t",
    ] {
        let checked = check("hospital_patient", &[with("hospital_patient", &[("id_number", cell)])]);
        assert_eq!(checked.value(0, "id_number").as_deref(), Some(number), "{cell}");
        assert_eq!(checked.findings(0), [""; 0], "{cell}");
    }
    field_table(
        "hospital_followup",
        "patient_no",
        "patient_no",
        &[("P 1109", "P1109", ""), ("P1109\t", "P1109", ""), ("=\"P1110\"", "P1110", ""), ("张 三", "张三", "")],
    );
}
