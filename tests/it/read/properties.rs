//! No bytes stop the run, and text tables come back as they were written.

use encoding_rs::GB18030;
use proptest::collection::vec;
use proptest::prelude::*;
use xinhui::schema::Source;

use super::formats::{parquet_of, text_columns};
use super::workbooks::{fill, workbook};
use super::{ACTIVITIES, read, read_one, zip_of};

/// Valid files of every format.
fn valid() -> Vec<Vec<u8>> {
    vec![
        ACTIVITIES.as_bytes().to_vec(),
        GB18030.encode(ACTIVITIES).0.into_owned(),
        br#"{"activity_id":"A1","division_code":"3704","activity_kind":"01","setting":"02","activity_date":"x"}"#
            .to_vec(),
        parquet_of(text_columns()),
        zip_of(&[("a.csv", ACTIVITIES.as_bytes()), ("b.csv", ACTIVITIES.as_bytes())]),
        workbook(|book| fill(book.add_worksheet(), 0, 0, 3)),
        include_bytes!("../../data/activities_1900.xls").to_vec(),
    ]
}

/// A cell that neither blank handling nor noise can mistake.
fn cell() -> impl Strategy<Value = String> {
    "[A-Za-z0-9甲乙丙㐀𠮷,;\t\"\r\n .、-]{0,12}"
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_do_not_stop_the_run(bytes in vec(any::<u8>(), 0..600)) {
        read("x", Source::STATION, &bytes);
    }

    #[test]
    fn random_bytes_behind_a_magic_number_do_not_stop_the_run(magic in 0usize..5, bytes in vec(any::<u8>(), 0..900)) {
        let magics: [&[u8]; 5] =
            [b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"PAR1", b"\xFF\xFE", b"{\""];
        read("x", Source::STATION, &[magics[magic], &bytes].concat());
    }

    #[test]
    fn a_file_cut_short_does_not_stop_the_run(which in 0usize..7, share in 0.0..1.0f64) {
        let whole = &valid()[which];
        let (tables, report) = read("x", Source::STATION, &whole[..(whole.len() as f64 * share) as usize]);
        prop_assert!(!tables.is_empty() || !report.refused.is_empty());
    }

    #[test]
    fn a_scratched_file_does_not_stop_the_run(which in 0usize..7, scratches in vec((0.0..1.0f64, any::<u8>()), 1..8)) {
        let mut bytes = valid()[which].clone();
        let length = bytes.len();
        for (place, byte) in scratches {
            bytes[(length as f64 * place) as usize] = byte;
        }
        read("x", Source::STATION, &bytes);
    }

    #[test]
    fn text_tables_come_back_as_they_were_written(
        rows in vec((vec(cell(), 5), any::<u8>()), 1..12),
        separator in prop_oneof![Just(','), Just('\t'), Just(';')],
        ending in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
        encoding in 0u8..5,
    ) {
        let joined = |cells: &[String]| cells.join(&separator.to_string());
        let mut text = joined(&["活动编号", "所在区划代码", "活动类型", "进入场所", "活动日期", "参与人数"].map(String::from));
        let mut expected = Vec::new();
        for (index, (cells, quotes)) in rows.iter().enumerate() {
            let mut written = vec![format!("K{index}")];
            for (bit, cell) in cells.iter().enumerate() {
                let must = cell.contains([separator, '"', '\r', '\n']);
                written.push(if must || quotes >> bit & 1 == 1 { quoted(cell) } else { cell.clone() });
            }
            text.push_str(ending);
            text.push_str(&joined(&written));
            let key = Some(format!("K{index}"));
            expected.push((index as u32 + 2, [key].into_iter().chain(cells.iter().cloned().map(Some)).collect::<Vec<_>>()));
        }
        let bytes = match encoding {
            0 => text.into_bytes(),
            1 => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            2 => GB18030.encode(&text).0.into_owned(),
            3 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            _ => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect(),
        };
        let table = read_one("x.csv", Source::STATION, &bytes);
        prop_assert_eq!(table.rows, expected);
    }
}
