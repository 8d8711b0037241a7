//! What our own workbooks say to those who read them back: the labels of columns that are ours, the first words of
//! sheets, the mark of a row that says which row of which file it mends, and that it was found right as it is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::disclosing::is_unseen;

/// The first cell of a sheet that holds no data: an overview, explanations, code lists.
pub const NO_DATA: &str = "心汇说明页";
/// How the first cell of the overview of a workbook of rows to mend ends.
pub const OVERVIEW: &str = "待改正的数据";
/// The first cell of a sheet of rows to mend; its header stands below.
pub const TO_MEND: &str = "心汇待改正";
/// How the labels of columns that are ours begin.
const OURS: &str = "心汇：";
/// The column that tells how to mend a row.
pub const REMEDY: &str = "心汇：怎么改";
/// The column that names the file and the row that a row comes from.
pub const ORIGIN: &str = "心汇：原文件";
/// The column in which a row that is only warned is found right.
pub const RIGHT: &str = "心汇：核对";
/// What it says of such a row.
pub const IS_RIGHT: &str = "核对无误";
/// The hidden column with the mark of each row.
pub const MARK: &str = "心汇：行标识";

/// Whether a column with this label was added by us.
pub fn is_ours(label: &str) -> bool {
    label.trim().replace(':', "：").starts_with(OURS)
}

/// Whether a column with this label holds the marks of rows.
pub fn is_mark(label: &str) -> bool {
    label.trim().replace(':', "：") == MARK
}

/// Whether a column with this label says which rows were found right.
pub fn says_right(label: &str) -> bool {
    label.trim().replace(':', "：") == RIGHT
}

/// Whether a cell of that column says that its row was found right.
pub fn is_right(cell: &str) -> bool {
    // As people type it: with a full stop, or in traditional characters.
    let said = cell.trim().trim_end_matches(['。', '.', '！', '!', '，', ',']);
    let said = said.replace('對', "对").replace('無', "无").replace('誤', "误").replace('確', "确");
    matches!(said.as_str(), IS_RIGHT | "无误" | "正确" | "已核对" | "是" | "对" | "√" | "✓" | "✔")
}

/// Digits of a file's SHA-256 that a mark bears.
pub const FILE_DIGITS: usize = 16;

/// The row that a row of a marked workbook mends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowMark {
    /// The first 16 digits of the SHA-256 of the file, or of the member of an archive.
    pub file: String,
    /// The position of its sheet, from 0.
    pub sheet: u32,
    /// The line that a spreadsheet shows.
    pub row: u32,
    /// [`check`] of the row as the workbook showed it.
    pub check: u32,
    /// [`field_digits`] of the fields that the row had columns for; empty in marks of programs that did not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<u16>,
    /// [`cell_digits`] of what the workbook showed of these fields, in the same order; empty in marks of programs that did
    /// not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<u16>,
    /// What the workbook showed is no row of an export, but one that a workbook had mended before.
    #[serde(default)]
    pub of_workbook: bool,
    /// The row came back as the workbook showed it: said of the row, not in the mark.
    #[serde(default)]
    pub unchanged: bool,
    /// Somebody looked at the row and found it right: said beside the mark, not in it.
    #[serde(default)]
    pub right: bool,
}

impl RowMark {
    /// The mark of a row of a file with this SHA-256, in hexadecimal digits; what it showed is not said yet.
    pub fn new(sha256: &str, sheet: u32, row: u32) -> Self {
        let file = sha256.chars().take(FILE_DIGITS).collect();
        let (fields, cells) = (Vec::new(), Vec::new());
        RowMark { file, sheet, row, check: 0, fields, cells, of_workbook: false, unchanged: false, right: false }
    }

    /// Whether it is a row of the file with this SHA-256.
    pub fn is_of(&self, sha256: &str, sheet: u32) -> bool {
        self.sheet == sheet && self.file.len() == FILE_DIGITS && sha256.starts_with(&self.file)
    }
}

impl fmt::Display for RowMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}-{:08x}-", self.file, self.sheet, self.row, self.check)?;
        self.fields.iter().try_for_each(|digits| write!(f, "{digits:04x}"))?;
        if !self.cells.is_empty() {
            write!(f, "-{OF_CELLS}")?;
            self.cells.iter().try_for_each(|digits| write!(f, "{digits:04x}"))?;
        }
        if self.of_workbook { write!(f, "-{OF_WORKBOOK}") } else { Ok(()) }
    }
}

impl FromStr for RowMark {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let (parts, of_workbook) = match &parts[..] {
            [parts @ .., OF_WORKBOOK] => (parts, true),
            parts => (parts, false),
        };
        let (parts, cells) = match parts {
            [parts @ .., cells] if cells.starts_with(OF_CELLS) => (parts, &cells[OF_CELLS.len()..]),
            parts => (parts, ""),
        };
        let (file, sheet, row, check, fields) = match *parts {
            [file, sheet, row, check] => (file, sheet, row, check, ""),
            [file, sheet, row, check, fields] => (file, sheet, row, check, fields),
            _ => return Err(()),
        };
        if file.len() != FILE_DIGITS || !file.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(());
        }
        Ok(RowMark {
            file: file.to_ascii_lowercase(),
            sheet: sheet.parse().map_err(|_| ())?,
            row: row.parse().map_err(|_| ())?,
            check: u32::from_str_radix(check, 16).map_err(|_| ())?,
            fields: digits_of(fields)?,
            cells: digits_of(cells)?,
            of_workbook,
            unchanged: false,
            right: false,
        })
    }
}

fn digits_of(text: &str) -> Result<Vec<u16>, ()> {
    let digits = text.as_bytes().chunks(4).map(|digits| std::str::from_utf8(digits).map_err(|_| ()));
    digits.map(|digits| u16::from_str_radix(digits?, 16).map_err(|_| ())).collect()
}

/// Stands before the digits of cells in a mark.
const OF_CELLS: &str = "v";
/// Stands at the end of the mark of a row that a workbook had mended before.
const OF_WORKBOOK: &str = "w";

/// What names a field in a mark: the beginning of the SHA-256 of its name.
pub fn field_digits(name: &str) -> u16 {
    let digest = Sha256::digest(name.as_bytes());
    u16::from_be_bytes([digest[0], digest[1]])
}

/// What tells the text of a cell from others in a mark, whatever a spreadsheet does to its blanks; 0 of an empty one.
pub fn cell_digits(cell: &str) -> u16 {
    let plain = plain(cell);
    if plain.is_empty() {
        return 0;
    }
    let digest = Sha256::digest(plain.as_bytes());
    u16::from_be_bytes([digest[0], digest[1]]).max(1)
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !is_unseen(*c)).collect()
}

/// A number that changes when anything in a row does. It sees neither the order of the columns nor empty ones, neither
/// blanks nor line breaks: what a spreadsheet does to a row that nobody touched. Workbooks that clerks hold bear it.
pub fn check<'c>(cells: impl IntoIterator<Item = (&'c str, &'c str)>) -> u32 {
    let mut parts: Vec<String> = cells
        .into_iter()
        .map(|(label, cell)| (plain(label), plain(cell)))
        .filter(|(_, cell)| !cell.is_empty())
        .map(|(label, cell)| format!("{label}\u{1f}{cell}\u{1e}"))
        .collect();
    parts.sort_unstable();
    let digest = Sha256::digest(parts.concat().as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}
