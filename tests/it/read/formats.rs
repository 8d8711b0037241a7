//! The same rows out of every format and encoding.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float32Array, Float64Array, Int64Array,
    LargeStringArray, ListBuilder, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
    TimestampNanosecondArray,
};
use arrow::datatypes::Int32Type;
use encoding_rs::GB18030;
use parquet::arrow::ArrowWriter;
use sha2::{Digest, Sha256};
use xinhui::diag::{Code, Detail, Severity};
use xinhui::schema::Source;

use super::{ACTIVITIES, by_field, findings, read, read_one, zip_of};

fn utf32(text: &str, little: bool, mark: bool) -> Vec<u8> {
    let mark = if mark { "\u{feff}" } else { "" };
    let order = |c: char| if little { (c as u32).to_le_bytes() } else { (c as u32).to_be_bytes() };
    format!("{mark}{text}").chars().flat_map(order).collect()
}

fn utf16(text: &str, little: bool, mark: bool) -> Vec<u8> {
    let mark = if mark { "\u{feff}" } else { "" };
    format!("{mark}{text}")
        .encode_utf16()
        .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
        .collect()
}

fn gb18030(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}

#[test]
fn every_encoding_gives_the_same_rows() {
    // A character beyond GBK and one beyond the basic plane.
    let text = ACTIVITIES.replace("A2", "㐀𠮷·A2");
    let expected = read_one("x.csv", Source::STATION, text.as_bytes());
    assert_eq!(expected.column("activity_id"), [Some("A1"), Some("㐀𠮷·A2")]);
    let encoded = [
        [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        gb18030(&text),
        gb18030(&format!("\u{feff}{text}")),
        utf32(&text, true, true),
        utf32(&text, false, true),
        utf32(&text, true, false),
        utf32(&text, false, false),
        utf16(&text, true, true),
        utf16(&text, false, true),
        utf16(&text, true, false),
        utf16(&text, false, false),
    ];
    for (index, bytes) in encoded.iter().enumerate() {
        let table = read_one("x.csv", Source::STATION, bytes);
        assert_eq!(table.rows, expected.rows, "encoding {index}");
    }
}

#[test]
fn a_text_with_few_faults_keeps_its_encoding() {
    // Cut in the middle of a character, one broken byte, and a stray zero byte.
    let text = ACTIVITIES.repeat(3).replace("30", "三十人次");
    let cut = [text.as_bytes(), "A9,3704,01,02,三".as_bytes().split_last().expect("bytes").1].concat();
    assert_eq!(read_one("x.csv", Source::STATION, &cut).column("participants")[0], Some("三十人次"));
    let mut broken = text.clone().into_bytes();
    let at = text.rfind("十").expect("a character") + 1;
    broken[at] = b' ';
    assert_eq!(read_one("x.csv", Source::STATION, &broken).column("participants")[0], Some("三十人次"));
    let zero = ACTIVITIES.replace("A2", "A\0-2");
    assert_eq!(read_one("x.csv", Source::STATION, zero.as_bytes()).column("activity_id")[1], Some("A\0-2"));
}

#[test]
fn every_separator_and_line_ending_gives_the_same_rows() {
    let expected = read_one("x.csv", Source::STATION, ACTIVITIES.as_bytes());
    for separator in [",", "\t", ";", "|"] {
        for ending in ["\n", "\r\n", "\r"] {
            let text = ACTIVITIES.replace(',', separator).replace('\n', ending);
            for text in [text.trim_end(), &text] {
                let table = read_one("名单.xls", Source::STATION, text.as_bytes());
                assert_eq!(table.rows, expected.rows, "{separator:?} {ending:?}");
            }
        }
    }
}

#[test]
fn a_text_with_the_name_of_a_workbook_is_read_as_text() {
    let tsv = utf16(&ACTIVITIES.replace(',', "\t"), true, true);
    assert_eq!(read_one("活动20231231.xls", Source::STATION, &tsv).rows.len(), 2);
}

#[test]
fn quoted_cells_keep_separators_quotes_and_line_breaks_and_count_as_one_row() {
    let text = "活动编号,所在区划代码,活动类型,进入场所,活动日期\r\n\
                \"A,1\",\"37\r\n04\",\"01、\"\"02\"\"\",02,\"\"\r\n\r\nA2,3704,01,02,x\"y\r\n";
    let table = read_one("x.csv", Source::STATION, text.as_bytes());
    assert_eq!(table.row_numbers(), [2, 4]);
    assert_eq!(table.column("activity_id"), [Some("A,1"), Some("A2")]);
    assert_eq!(table.column("division_code"), [Some("37\r\n04"), Some("3704")]);
    assert_eq!(table.column("activity_kind"), [Some("01、\"02\""), Some("01")]);
    assert_eq!(table.column("activity_date"), [Some(""), Some("x\"y")]);
}

#[test]
fn blanks_marks_and_an_equals_sign_beside_a_quote_are_no_part_of_the_cell() {
    let text = "\u{feff}\u{feff}\"活动编号\",\"所在区划代码\",\"活动类型\",\"进入场所\",\"活动日期\"\n\
                \u{200b}\"A1\" , \"3704\",\"01\",\u{a0}\"02\"\u{feff},\"2023-05-01\"\n\
                \u{feff}\"活动编号\",\"所在区划代码\",\"活动类型\",\"进入场所\",\"活动日期\"\n\
                =\"A2\",=\"3704\",\"=\"\"01\"\"\",=\"0,2\",x\"y\"\n";
    let table = read_one("x.csv", Source::STATION, text.as_bytes());
    assert_eq!(table.column("activity_id"), [Some("A1"), Some("A2")]);
    assert_eq!(table.column("division_code"), [Some("3704"), Some("3704")]);
    assert_eq!(table.column("setting"), [Some("02"), Some("0,2")]);
    assert_eq!(table.column("activity_kind"), [Some("01"), Some("=\"01\"")]);
    assert_eq!(table.column("activity_date"), [Some("2023-05-01"), Some("x\"y\"")]);
    assert_eq!(table.not_data, 2);
}

#[test]
fn lines_and_cells_of_another_encoding_are_decoded_as_what_they_are() {
    let line = |n: usize, name: &[u8]| {
        let name = [name, b"\xe4\xb8\x89".as_slice()].concat();
        [format!("A{n},3704,").as_bytes(), &name, b",02,2023-05-01\n"].concat()
    };
    let header = "活动编号,所在区划代码,活动类型,进入场所,活动日期\n";
    let kinds = |bytes: &[u8]| -> Vec<Option<String>> {
        let table = read_one("x.csv", Source::STATION, bytes);
        table.column("activity_kind").into_iter().map(|c| c.map(ToOwned::to_owned)).collect()
    };
    // UTF-8 with lines in GBK, CESU-8, a character cut off, a lone surrogate; and lines of GBK with UTF-8 in it.
    let mut utf8 = header.as_bytes().to_vec();
    (0..30).for_each(|n| utf8.extend(line(n, "讲座".as_bytes())));
    utf8.extend(gb18030("B1,3704,许文强心理讲座,02,2023-05-01\n"));
    utf8.extend(line(1, b"\xed\xa1\x82\xed\xbe\xb7"));
    utf8.extend(line(1, b"\xe5\xbc"));
    utf8.extend(line(1, b"\xed\xa1\x82"));
    let expected = ["许文强心理讲座", "𠮷三", "\u{fffd}三", "\u{fffd}三"].map(|t| Some(t.to_owned()));
    assert_eq!(kinds(&utf8)[30..], expected);
    let mut gbk = gb18030(header);
    (0..30).for_each(|n| gbk.extend(gb18030(&format!("C{n},3704,心理讲座,02,2023-05-01\n"))));
    gbk.extend(line(1, "心理讲座".as_bytes()));
    gbk.extend([b"D1,3704,".as_slice(), &gb18030("吕不"), b"\xce,\xe7\x94\xb7,2023-05-01\n"].concat());
    assert_eq!(kinds(&gbk)[29..], ["心理讲座", "心理讲座三", "吕不\u{fffd}"].map(|t| Some(t.to_owned())));
    let table = read_one("x.csv", Source::STATION, &gbk);
    assert_eq!(table.column("setting").last(), Some(&Some("男")));
    // A character cut off beside cells of UTF-8, by the number of bytes sound GBK; and a row of both.
    let mut cut = header.as_bytes().to_vec();
    (0..30).for_each(|n| cut.extend(line(n, "讲座".as_bytes())));
    cut.extend(b"G1,3704,\xe8\xb4\xbe\xe6,\xe7\x94\xb7,2023-05-01\n");
    cut.extend([b"G2,3704,".as_slice(), &gb18030("许文强心理讲座"), b",\xe7\x94\xb7,2023-05-01\n"].concat());
    assert_eq!(kinds(&cut)[30..], ["贾\u{fffd}", "许文强心理讲座"].map(|t| Some(t.to_owned())));
    let table = read_one("x.csv", Source::STATION, &cut);
    assert_eq!(table.column("setting")[30..], [Some("男"), Some("男")]);
    // Half and half, behind a byte order mark of UTF-8.
    let mut both = format!("\u{feff}{header}").into_bytes();
    for n in 0..400 {
        both.extend(gb18030(&format!("E{n},3704,心理讲座,02,2023-05-01\n")));
        both.extend(format!("F{n},3704,心理讲座,02,2023-05-01\n").as_bytes());
    }
    assert!(kinds(&both).iter().all(|k| k.as_deref() == Some("心理讲座")));
}

#[test]
fn a_stray_quote_does_not_swallow_the_rows_behind_it() {
    let text = "活动编号,所在区划代码,活动类型,进入场所,活动日期\n\
                A1,\"3704,01,02,2023-05-01\nA2,3704,01,02,\"2023-05-02\"\nA3,\"3704,01,02,2023-05-03\n";
    let table = read_one("x.csv", Source::STATION, text.as_bytes());
    assert_eq!(table.column("activity_id"), [Some("A1"), Some("A2"), Some("A3")]);
    assert_eq!(table.column("activity_date"), [Some("2023-05-01"), Some("2023-05-02"), Some("2023-05-03")]);
    assert_eq!(table.column("division_code"), [Some("\"3704"), Some("3704"), Some("\"3704")]);
}

#[test]
fn cells_are_untouched_and_absent_ones_are_null() {
    let text = "活动编号,所在区划代码,活动类型,进入场所,活动日期,参与人数\n A1　,暂无,'01,０２,-\n";
    let table = read_one("x.csv", Source::STATION, text.as_bytes());
    assert_eq!(
        table.rows,
        [(
            2,
            vec![
                Some(" A1　".into()),
                Some("暂无".into()),
                Some("'01".into()),
                Some("０２".into()),
                Some("-".into()),
                None
            ]
        )]
    );
}

#[test]
fn rows_beyond_one_batch_and_one_piece_come_whole_and_in_order() {
    let mut text = String::from("活动编号,所在区划代码,活动类型,进入场所,活动日期\n");
    for n in 0..70_000 {
        text.push_str(&format!("活动{n},3704,01,\"\"\"02\"\"\",2023-05-01\n"));
    }
    for bytes in [text.clone().into_bytes(), gb18030(&text)] {
        let table = read_one("x.csv", Source::STATION, &bytes);
        assert_eq!(table.rows.len(), 70_000);
        for (index, (number, cells)) in table.rows.iter().enumerate() {
            assert_eq!(*number as usize, index + 2);
            assert_eq!(cells[0].as_deref(), Some(format!("活动{index}").as_str()));
            assert_eq!(cells[3].as_deref(), Some("\"02\""));
        }
    }
}

#[test]
fn the_export_date_is_in_the_name_or_else_the_time_of_the_file() {
    for (name, expected) in [
        ("活动20231231.csv", 19_722),
        ("370402_20231231_v2.csv", 19_722),
        ("导出20231231083000.csv", 19_722),
        ("20230101-20231231.csv", 19_722),
        ("20230101/活动20231231.csv", 19_722),
        ("20231231/活动.csv", super::MODIFIED),
        ("370402001001.csv", super::MODIFIED),
        ("99999999.csv", super::MODIFIED),
        ("20231331.csv", super::MODIFIED),
        ("活动.csv", super::MODIFIED),
    ] {
        let table = read_one(name, Source::STATION, ACTIVITIES.as_bytes());
        assert_eq!(table.export_day, expected, "{name}");
        assert_eq!(table.file, name);
    }
}

#[test]
fn json_lines_take_field_names_titles_and_aliases() {
    let text = r#"
{"activity_id":"A1","所在区划代码":"3704","活动类型":"01","setting":["02","03"],"活动时间":"2023-05-01"}

{"活动时间":null,"activity_id":440524188001011234,"所在区划代码":3704.0,"setting":true,"参加人数":12.5,"活动类型":4.4e17}
"#;
    let table = read_one("x.jsonl", Source::STATION, text.as_bytes());
    assert_eq!(table.row_numbers(), [1, 2]);
    assert_eq!(table.not_data, 0);
    assert_eq!(table.column("activity_id"), [Some("A1"), Some("440524188001011234")]);
    assert_eq!(table.column("division_code"), [Some("3704"), Some("3704")]);
    assert_eq!(table.column("setting"), [Some("02|03"), Some("true")]);
    assert_eq!(table.column("activity_date"), [Some("2023-05-01"), None]);
    assert_eq!(table.column("participants"), [None, Some("12.5")]);
    assert_eq!(table.column("activity_kind"), [Some("01"), Some("440000000000000000")]);
}

#[test]
fn a_key_that_only_a_late_record_has_is_not_lost() {
    let record = |n: u32| {
        format!(
            "{{\"活动编号\":\"A{n}\",\"所在区划代码\":\"3704\",\"活动类型\":\"01\",\"进入场所\":\"02\",\"活动日期\":\"x\"}}\n"
        )
    };
    let mut text: String = (0..3000).map(record).collect();
    text.push_str(&record(3000).replace('}', ",\"参与人数\":7,\"别的\":1}"));
    let (tables, report) = read("x.json", Source::STATION, text.as_bytes());
    assert_eq!(tables[0].column("participants")[3000], Some("7"));
    assert_eq!(findings(&report), [(Code::UnknownColumn, Severity::Warning, "", "column:别的")]);
}

#[test]
fn parquet_columns_of_any_type_become_text() {
    let mut settings = ListBuilder::new(StringBuilder::new());
    settings.values().append_value("02");
    settings.values().append_value("03");
    settings.append(true);
    settings.append(false);
    let kind: DictionaryArray<Int32Type> = vec![Some("01"), None].into_iter().collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("activity_id", Arc::new(LargeStringArray::from(vec![Some(" A1 "), None]))),
        ("所在区划代码", Arc::new(Int64Array::from(vec![370_402_001_001, 3704]))),
        ("活动类型", Arc::new(kind)),
        ("进入场所", Arc::new(settings.finish())),
        ("活动日期", Arc::new(Date32Array::from(vec![Some(19_478), None]))),
        ("参与人数", Arc::new(Float64Array::from(vec![30.0, 12.5]))),
        (
            "site_id",
            Arc::new(Decimal128Array::from(vec![1200, 1250]).with_precision_and_scale(10, 2).expect("a decimal")),
        ),
        ("单位编号", Arc::new(Float32Array::from(vec![0.1, 3.0]))),
        ("作废标志", Arc::new(BooleanArray::from(vec![true, false]))),
        (
            "录入时间",
            Arc::new(TimestampMicrosecondArray::from(vec![Some(1_682_899_200_000_000), Some(1_682_929_815_999_999)])),
        ),
        ("未知", Arc::new(TimestampNanosecondArray::from(vec![Some(0), None]))),
    ];
    let table = read_one("x.parquet", Source::STATION, &parquet_of(columns));
    assert_eq!(table.row_numbers(), [1, 2]);
    let expected = [
        ("activity_id", [Some(" A1 "), None]),
        ("division_code", [Some("370402001001"), Some("3704")]),
        ("activity_kind", [Some("01"), None]),
        ("setting", [Some("02|03"), None]),
        ("activity_date", [Some("2023-05-01"), None]),
        ("participants", [Some("30"), Some("12.5")]),
        ("site_id", [Some("12"), Some("12.5")]),
        ("unit_id", [Some("0.1"), Some("3")]),
        ("void", [Some("true"), Some("false")]),
        ("entered_at", [Some("2023-05-01"), Some("2023-05-01 08:30:15")]),
    ];
    assert_eq!(table.fields.len(), expected.len());
    for (field, values) in expected {
        assert_eq!(table.column(field), values, "{field}");
    }
}

#[test]
fn a_parquet_stamp_with_a_zone_is_written_in_chinas_time() {
    let mut columns = text_columns();
    let stamps =
        TimestampMicrosecondArray::from(vec![1_682_899_200_000_000, 1_682_870_400_000_000]).with_timezone("UTC");
    columns.push(("录入时间", Arc::new(stamps)));
    let table = read_one("x.parquet", Source::STATION, &parquet_of(columns));
    assert_eq!(table.column("entered_at"), [Some("2023-05-01 08:00:00"), Some("2023-05-01")]);
}

pub fn text_columns() -> Vec<(&'static str, ArrayRef)> {
    let text = |values: [&str; 2]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    vec![
        ("活动编号", text(["A1", "A2"])),
        ("所在区划代码", text(["370402001001", "370402001002"])),
        ("活动类型", text(["01", "02"])),
        ("进入场所", text(["02", "03"])),
        ("活动日期", text(["2023-05-01", "2023-06-01"])),
        ("参与人数", text(["30", "12"])),
    ]
}

pub fn parquet_of(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    bytes
}

#[test]
fn members_of_an_archive_are_read_each_with_its_own_hash_and_date() {
    let gb_name = "活动.csv";
    let inner = zip_of(&[("深处/b.csv", ACTIVITIES.as_bytes())]);
    let parquet = parquet_of(text_columns());
    let archive = zip_of(&[
        ("folder/", b""),
        ("folder\\活动20231231.csv", ACTIVITIES.as_bytes()),
        ("20230601/活动.csv", &gb18030(ACTIVITIES)),
        ("内.zip", &inner),
        ("p.parquet", &parquet),
        ("__MACOSX/x.csv", b"x"),
        (".hidden", b"x"),
        ("folder/Thumbs.db", b"x"),
        ("desktop.ini", b"x"),
        ("folder/~$lock.csv", b"x"),
    ]);
    let (tables, report) = read("甲/报送.zip", Source::STATION, &archive);
    assert_eq!(report, Default::default());
    let seen: Vec<(&str, i32)> = tables.iter().map(|t| (t.file.as_str(), t.export_day)).collect();
    assert_eq!(
        seen,
        [
            ("甲/报送.zip/folder/活动20231231.csv", 19_722),
            ("甲/报送.zip/20230601/活动.csv", 19_509),
            // The member's own time: 4 March 2022.
            ("甲/报送.zip/内.zip/深处/b.csv", 19_055),
            ("甲/报送.zip/p.parquet", 19_055),
        ]
    );
    for table in &tables {
        assert_eq!(by_field(table), by_field(&tables[0]));
    }
    assert_eq!(tables[0].sha256, <[u8; 32]>::from(Sha256::digest(ACTIVITIES.as_bytes())));
    assert_eq!(tables[3].sha256, <[u8; 32]>::from(Sha256::digest(&parquet)));

    let (tables, _) = read("报送20230102.zip", Source::STATION, &zip_of(&[(gb_name, ACTIVITIES.as_bytes())]));
    assert_eq!(tables[0].export_day, 19_359, "the archive's name comes before the member's time");
}

#[test]
fn member_names_in_gb18030_are_read() {
    // The writer marks its names as UTF-8: here the name's bytes are replaced and the mark removed.
    let name = "活动.csv";
    let raw = gb18030(name);
    let placeholder = "x".repeat(raw.len());
    let mut archive = zip_of(&[(&placeholder, ACTIVITIES.as_bytes())]);
    let places: Vec<usize> = memchr::memmem::find_iter(&archive, placeholder.as_bytes()).collect();
    assert_eq!(places.len(), 2, "local and central header");
    for at in places {
        archive[at..at + raw.len()].copy_from_slice(&raw);
    }
    let (tables, report) = read("a.zip", Source::STATION, &archive);
    assert_eq!(report, Default::default());
    assert_eq!(tables[0].file, "a.zip/活动.csv");
}

/// A file of a format that says it is read.
fn file_of(format: &str) -> Vec<u8> {
    let record = r#"{"活动编号":"A1","所在区划代码":"3704","活动类型":"01","进入场所":"02","活动日期":"2023-05-01"}"#;
    let table = |bytes: &[u8]| read("x", Source::STATION, bytes).0.iter().map(|t| t.rows.len()).sum::<usize>();
    let bytes = match format {
        "xlsx" => super::workbooks::workbook(|book| super::workbooks::fill(book.add_worksheet(), 0, 0, 2)),
        "xls" => include_bytes!("../../data/activities_1900.xls").to_vec(),
        "csv" => ACTIVITIES.as_bytes().to_vec(),
        "jsonl" => record.as_bytes().to_vec(),
        "json" => format!("[{record}]").into_bytes(),
        "parquet" => {
            let column = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
            let titles = ["活动编号", "所在区划代码", "活动类型", "进入场所", "活动日期"];
            let cells = ["A1", "3704", "01", "02", "2023-05-01"];
            let rows = RecordBatch::try_from_iter(titles.into_iter().zip(cells.map(column))).expect("rows");
            let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), None).expect("a writer");
            writer.write(&rows).expect("written");
            writer.into_inner().expect("a file")
        }
        "zip" => zip_of(&[("a.csv", ACTIVITIES.as_bytes())]),
        other => panic!("say here what a file of {other} is"),
    };
    assert!(table(&bytes) > 0, "{format}");
    bytes
}

#[test]
fn what_is_said_to_be_read_is_read() {
    use xinhui::diag::{ENCODINGS, FORMATS, Lang, explain, render};
    let mut told = Vec::new();
    for lang in [Lang::Zh, Lang::En] {
        told.push(render(Code::UnknownFormat, "", "", &Detail::None, lang));
        told.push(explain(Code::UnknownFormat, lang).remedy.to_owned());
    }
    for text in &told {
        let named: Vec<&str> = text
            .split('.')
            .skip(1)
            .map(|part| part.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default())
            .filter(|name| !name.is_empty())
            .collect();
        assert_eq!(named, FORMATS, "{text}");
        assert!(ENCODINGS.iter().all(|encoding| text.contains(encoding)), "{text}");
    }
    for format in FORMATS {
        file_of(format);
    }
    for (encoding, bytes) in
        ENCODINGS.iter().zip([ACTIVITIES.as_bytes().to_vec(), gb18030(ACTIVITIES), utf16(ACTIVITIES, true, true)])
    {
        assert_eq!(read_one("x.csv", Source::STATION, &bytes).rows.len(), 2, "{encoding}");
    }
}

#[test]
fn percentages_of_an_old_workbook_are_what_the_same_sheet_as_text_has() {
    // Written by xlwt: areas as `0%`, `0%`, `0.0%`, `0.00%`, General and `0.0%;[Red]-0.0%`; dates that are
    // 1985.1, shown with two decimals in every other row.
    let table = read_one("x.xls", Source::STATION, include_bytes!("../../data/percentages.xls"));
    let areas = ["50%", "100%", "1225.0%", "1225.00%", "12.25", "85.3%"].map(Some);
    assert_eq!(table.column("area_m2"), areas);
    assert_eq!(table.column("built_date")[..2], [Some("1985.10"), Some("1985年?月")]);
}
