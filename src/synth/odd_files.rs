//! Files that are not exports, or are broken ones: one of each kind.

use crate::schema::{Source, day};

use super::chance::Chance;
use super::clean::archive;
use super::expected::Expected;
use super::places::County;
use super::world::World;
use super::write_xls::ole;

/// A file with the finding that it must cause.
pub struct OddFile {
    pub source: Source,
    /// A folder of the inbox to use instead of that of the county and source.
    pub folder: Option<&'static str>,
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub code: &'static str,
    /// Rows of activities in it that are read, and rejected.
    pub rows: u64,
}

impl OddFile {
    /// All findings that the file must cause.
    pub fn expected(&self, code: &'static str) -> Vec<Expected> {
        vec![Expected { sheet: String::new(), row_number: None, field: String::new(), code }]
    }
}

/// One file of each kind, for one county.
pub fn odd_files(world: &World<'_>, county: &County) -> Vec<OddFile> {
    let mut chance = Chance::of(world.seed, &[0x0dd]);
    // Bytes that are valid text in no encoding, with control characters throughout.
    let noise: Vec<u8> = (0..4096).map(|_| if chance.yes(0.4) { 0 } else { chance.below(256) as u8 | 0x80 }).collect();
    let code = &county.code;
    let town = &county.towns[0].code;
    let site = &county.sites[county.centre].id;
    let first = day::to_iso(world.region.from + 20);
    let whole = archive(&[("心理服务站点台账_20230101.csv".to_owned(), noise.clone())]).unwrap_or_default();
    let odd = |source, name, bytes: Vec<u8>, code| OddFile { source, folder: None, name, bytes, code, rows: 0 };
    let encrypted = ole(&[("EncryptionInfo", &noise[..256]), ("EncryptedPackage", &noise)]).unwrap_or_default();
    let page =
        "<html><head><meta charset=\"utf-8\"></head><body><p>登录已超时，请重新登录系统后再导出。</p></body></html>";
    let headless = format!("SF1,{code}999,2023-03-01,phone,seen\r\nSF2,{code}998,2023-03-02,home,seen\r\n");
    let lacking = format!(
        "活动编号,站点编号,所在区划代码,进入场所,活动日期,参与人数\r\nHDQ{code}1,{site},{town},village,{first},30\r\nHDQ{code}2,{site},{town},village,{first},31\r\n"
    );
    let stray = format!(
        "案事件编号,发生地区划代码,发生日期,严重程度,诱因\r\nAJQ{code}1,{town},2023-13-01,general,conflict\r\n"
    );
    let broken_json = "{\"record_id\": \"JZQ1\", \"org_id\": \r\n".to_owned();
    let parquet = [b"PAR1".as_slice(), &noise[..600], b"\x10\x27\0\0PAR1"].concat();
    let book = ole(&[("Workbook", &noise)]).unwrap_or_default();
    vec![
        odd(Source::STATION, "空表.csv", Vec::new(), "empty-file"),
        odd(Source::HOSPITAL, "随访表_无表头.csv", headless.into_bytes(), "no-header"),
        odd(Source::STATION, "站点台账_传输中断.zip", whole[..whole.len() * 2 / 3].to_vec(), "damaged-archive"),
        odd(Source::HOSPITAL, "患者名册_加密.xlsx", encrypted, "encrypted-workbook"),
        odd(Source::SCHOOL, "测评导出.xls", page.as_bytes().to_vec(), "html-not-excel"),
        odd(Source::SCHOOL, "辅导记录_损坏.xls", book, "damaged-workbook"),
        odd(Source::POLICE, "扫描件.csv", noise, "unknown-format"),
        odd(Source::HOSPITAL, "就诊_损坏.parquet", parquet, "damaged-parquet"),
        odd(Source::HOSPITAL, "就诊_中断.jsonl", broken_json.into_bytes(), "damaged-json"),
        odd(Source::STATION, "案事件.csv", stray.into_bytes(), "wrong-source"),
        OddFile { rows: 2, ..odd(Source::STATION, "宣传活动_缺列.csv", lacking.into_bytes(), "missing-column") },
        odd(
            Source::STATION,
            "调查_重列.csv",
            "答卷编号,所在区划代码,调查日期,答对题数,总题数,核心知识总题数\r\n".as_bytes().to_vec(),
            "repeated-column",
        ),
        OddFile {
            folder: Some("379999"),
            ..odd(
                Source::STATION,
                "心理服务记录.csv",
                "记录编号,站点编号\r\n1,2\r\n".as_bytes().to_vec(),
                "unknown-folder",
            )
        },
    ]
}
