//! Damage inside files: every row is right, or something is said.

use std::io::{Cursor, Read};

use xinhui::schema::Source;

use super::workbooks::{fill, workbook};
use super::{findings, read, zip_of};

/// Members of a workbook of some hundred rows.
fn members() -> Vec<(String, Vec<u8>)> {
    let bytes = workbook(|book| fill(book.add_worksheet(), 0, 0, 300));
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).expect("a member");
        let name = member.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).expect("read");
        members.push((name, bytes));
    }
    members
}

#[test]
fn single_bit_flips_in_a_workbook_give_the_right_rows_or_a_finding() {
    let bytes = workbook(|book| fill(book.add_worksheet(), 0, 0, 300));
    let (right, _) = read("x.xlsx", Source::STATION, &bytes);
    assert_eq!(right[0].rows.len(), 300);
    let mut found = 0;
    let flips = std::env::var("XINHUI_FLIPS").ok().and_then(|n| n.parse().ok()).unwrap_or(400_usize).max(400);
    for flip in 0..flips {
        let mut flipped = bytes.clone();
        // Spread over the whole file, all bits in turn.
        let at = (flip * 7_919 + 13) % flipped.len();
        flipped[at] ^= 1 << (flip % 8);
        let (tables, report) = read("x.xlsx", Source::STATION, &flipped);
        let same = tables.len() == 1 && tables[0].rows == right[0].rows;
        assert!(same || !report.findings.is_empty(), "bit {} of byte {at}", flip % 8);
        found += usize::from(!report.findings.is_empty());
    }
    assert!(found > 250, "{found} flips found");
}

#[test]
fn flips_in_the_stored_parts_are_found_by_their_checksum() {
    let members = members();
    let stored = {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for (name, bytes) in &members {
            writer.start_file(name.as_str(), options).expect("a member");
            std::io::Write::write_all(&mut writer, bytes).expect("written");
        }
        writer.finish().expect("an archive").into_inner()
    };
    let place = |needle: &[u8]| stored.windows(needle.len()).position(|w| w == needle).expect("in the sheet");
    for at in [place(b"<sheetData>"), place(b"</sheetData>"), place(b"</worksheet>"), place(b"<sst"), place(b"</sst>")]
    {
        for bit in 0..8 {
            let mut flipped = stored.clone();
            flipped[at + 2] ^= 1 << bit;
            let (tables, report) = read("x.xlsx", Source::STATION, &flipped);
            assert!(tables.is_empty() && !report.findings.is_empty(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn malformed_xml_behind_a_good_checksum_is_found() {
    for (from, to) in [
        ("</sheetData>", "</sheetDate>"),
        ("</worksheet>", ""),
        ("<row r=\"7\"", "<rox r=\"7\""),
        ("<c r=\"A9\"", "<b r=\"A9\""),
        ("<c r=\"A9\"", "<c r=\"A\""),
        ("</row>", "</row></row>"),
        ("</row>", "</row>x"),
    ] {
        let mut members = members();
        let sheet = members.iter_mut().find(|(name, _)| name.ends_with("sheet1.xml")).expect("a sheet");
        let text = String::from_utf8(sheet.1.clone()).expect("text");
        assert!(text.contains(from), "{from}");
        sheet.1 = text.replacen(from, to, 1).into_bytes();
        let members: Vec<(&str, &[u8])> = members.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        let (tables, report) = read("x.xlsx", Source::STATION, &zip_of(&members));
        assert_eq!(tables.len(), 0, "{from} {to}");
        assert_eq!(findings(&report)[0].0.as_str(), "damaged-workbook", "{from} {to}");
    }
}
