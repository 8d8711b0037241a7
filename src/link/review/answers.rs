//! What people filled in.

use std::path::Path;

use calamine::{Data, Range, Reader, Xlsx, XlsxError, open_workbook};
use hashbrown::HashMap;

use super::sheet;
use crate::error::{Error, ErrorKind, Result, Words, words};
use crate::link::decisions::Decision;
use crate::link::identities::RowName;
use crate::schema::day;

/// Rows above the header that somebody may have added.
const HEADER_WITHIN: usize = 20;
/// Days from 1899-12-30, a spreadsheet's first, to 1970-01-01.
const SERIAL_EPOCH: i32 = 25_569;

/// Answers of a workbook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// In the order of the rows.
    pub decisions: Vec<Decision>,
    /// Rows that were not taken, by row.
    pub problems: Vec<AnswerProblem>,
    /// Rows left for later in so many words.
    pub undecided: usize,
    /// Rows without a verdict.
    pub blank: usize,
}

/// Why a row was not taken; never with a value of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerProblem {
    /// As the spreadsheet numbers it.
    pub row: u32,
    pub message_zh: String,
    pub message_en: String,
}

impl AnswerProblem {
    fn new(row: u32, zh: impl Into<String>, en: impl Into<String>) -> Self {
        AnswerProblem { row, message_zh: zh.into(), message_en: en.into() }
    }
}

/// Reads a workbook that [`super::write_workbook`] wrote and people filled in; its rows and columns may
/// have been moved and its sheets renamed. The decisions are of `today`.
///
/// # Errors
/// `Input`: it cannot be read, or it is no such workbook.
pub fn read_workbook(path: &Path, today: i32) -> Result<Answers> {
    let mut book: Xlsx<_> = open_workbook(path).map_err(|e| unopened(path, e))?;
    let mut names = book.sheet_names();
    // Somebody may have kept a copy of the sheet beside it.
    names.sort_by_key(|n| n != sheet::CASES);
    for name in names {
        let Ok(range) = book.worksheet_range(&name) else { continue };
        if let Some(columns) = AnswerColumns::find(&range) {
            return Ok(answers(&range, &columns, today));
        }
    }
    Err(Error::new(
        ErrorKind::Input,
        path.display(),
        words!("没有一个工作表具有复核工作簿的列", "no sheet has the columns of a review workbook"),
    )
    .hint(
        words!(
            "请保留表头行，包括“{}”列和隐藏列 ",
            "keep the header row, with {} and the hidden columns ",
            sheet::VERDICT
        )
        .and(&Words::listed(&sheet::RECORDS)),
    ))
}

/// Why a file cannot be opened as a workbook.
fn unopened(path: &Path, e: XlsxError) -> Error {
    let said = |message: Words| Error::new(ErrorKind::Input, path.display(), message);
    if path.is_dir() {
        return said(words!("是文件夹，不是工作簿", "is a folder and no workbook"));
    }
    match e {
        XlsxError::Io(e) => Error::input(path, e),
        XlsxError::Password => said(words!("工作簿设有密码，无法打开", "the workbook is under a password"))
            .hint(words!("请在 Excel 中去掉密码，另存后再试", "take the password off in Excel, and save it")),
        _ => said(words!("不是 Excel 工作簿（.xlsx），或文件已损坏", "is no Excel workbook (.xlsx), or is damaged"))
            .hint(words!(
                "请给出 `xinhui link review` 写出、填好结论的工作簿",
                "give the workbook that `xinhui link review` wrote, with the verdicts filled in"
            )),
    }
}

struct AnswerColumns {
    /// Line of the header in the range.
    header: usize,
    verdict: usize,
    reason: Option<usize>,
    by: Option<usize>,
    expires: Option<usize>,
    records: [usize; 6],
}

impl AnswerColumns {
    fn find(range: &Range<Data>) -> Option<Self> {
        range.rows().take(HEADER_WITHIN).enumerate().find_map(|(header, cells)| {
            let at: HashMap<String, usize> = cells.iter().map(text).zip(0..).collect();
            let mut records = [0; 6];
            for (slot, name) in records.iter_mut().zip(sheet::RECORDS) {
                *slot = *at.get(name)?;
            }
            let of = |name: &str| at.get(name).copied();
            Some(AnswerColumns {
                header,
                verdict: of(sheet::VERDICT)?,
                reason: of(sheet::REASON),
                by: of(sheet::BY),
                expires: of(sheet::EXPIRES),
                records,
            })
        })
    }
}

enum AnswerVerdict {
    Blank,
    Same,
    Different,
    Undecided,
}

fn verdict(cell: &Data) -> Option<AnswerVerdict> {
    let word: String = text(cell).chars().filter(|c| !c.is_whitespace()).collect();
    Some(match word.to_lowercase().as_str() {
        "" => AnswerVerdict::Blank,
        sheet::SAME | "same" => AnswerVerdict::Same,
        sheet::DIFFERENT | "different" => AnswerVerdict::Different,
        sheet::UNDECIDED | "undecided" => AnswerVerdict::Undecided,
        _ => return None,
    })
}

fn answers(range: &Range<Data>, columns: &AnswerColumns, today: i32) -> Answers {
    let first = range.start().unwrap_or_default().0 + 1;
    let mut answers = Answers::default();
    let mut taken: Vec<(u32, Decision)> = Vec::new();
    for (line, cells) in range.rows().enumerate().skip(columns.header + 1) {
        let row = first + line as u32;
        let same = match verdict(&cells[columns.verdict]) {
            Some(AnswerVerdict::Blank) => {
                answers.blank += usize::from(columns.records.iter().any(|&c| !text(&cells[c]).is_empty()));
                continue;
            }
            Some(AnswerVerdict::Undecided) => {
                answers.undecided += 1;
                continue;
            }
            Some(AnswerVerdict::Same) => true,
            Some(AnswerVerdict::Different) => false,
            None => {
                let zh =
                    format!("“{}”只能填 {}、{} 或 {}", sheet::VERDICT, sheet::SAME, sheet::DIFFERENT, sheet::UNDECIDED);
                answers.problems.push(AnswerProblem::new(
                    row,
                    zh,
                    "the verdict is none of: same, different, undecided",
                ));
                continue;
            }
        };
        match decision(cells, columns, same, today) {
            Ok(decision) => taken.push((row, decision)),
            Err((zh, en)) => answers.problems.push(AnswerProblem::new(row, zh, en)),
        }
    }
    keep_agreeing(taken, &mut answers);
    answers.problems.sort_by_key(|p| p.row);
    answers
}

/// Of rows about the same two records: the first when they agree, none when they do not.
fn keep_agreeing(taken: Vec<(u32, Decision)>, answers: &mut Answers) {
    let mut rows: HashMap<(RowName, RowName), Vec<usize>> = HashMap::new();
    for (i, (_, decision)) in taken.iter().enumerate() {
        let (a, b) = decision.pair();
        rows.entry((a.clone(), b.clone())).or_default().push(i);
    }
    for (i, (row, decision)) in taken.iter().enumerate() {
        let (a, b) = decision.pair();
        let about = &rows[&(a.clone(), b.clone())];
        if let Some(&other) = about.iter().find(|&&o| taken[o].1.same != decision.same) {
            let other = taken[other].0;
            let zh = format!("与第 {other} 行是同两条记录，结论相反，两行均未采用");
            answers.problems.push(AnswerProblem::new(
                *row,
                zh,
                format!("row {other} says the opposite of the same two records; neither was taken"),
            ));
        } else if about[0] == i {
            answers.decisions.push(decision.clone());
        }
    }
}

fn decision(
    cells: &[Data],
    columns: &AnswerColumns,
    same: bool,
    today: i32,
) -> std::result::Result<Decision, (&'static str, &'static str)> {
    let of = |column: Option<usize>| column.map(|c| text(&cells[c])).unwrap_or_default();
    let [a, b] = [0, 3].map(|from| {
        let part = |i: usize| text(&cells[columns.records[from + i]]);
        RowName { dataset: part(0), county: part(1), record_key: part(2) }
    });
    if [&a, &b].iter().any(|r| r.dataset.is_empty() || r.county.is_empty() || r.record_key.is_empty()) {
        return Err(("隐藏列中的记录标识缺失，请勿改动隐藏列", "the hidden columns do not name both records"));
    }
    if a == b {
        return Err((
            "两条记录标识相同，隐藏列已被改动",
            "both records are the same one; the hidden columns were changed",
        ));
    }
    let by = of(columns.by);
    if by.is_empty() {
        return Err(("请填写“核对人”", "who decided is missing"));
    }
    let expires = match columns.expires.map(|c| &cells[c]).filter(|c| !text(c).is_empty()) {
        None => None,
        Some(cell) => {
            let last = date(cell).ok_or((
                "“有效期至”不是日期，请按 2027-12-31 的样子填写，或留空",
                "the expiry is no date such as 2027-12-31",
            ))?;
            if last < today {
                return Err(("“有效期至”已经过去", "the expiry is in the past"));
            }
            Some(day::to_iso(last))
        }
    };
    Ok(Decision { a, b, same, by, on: day::to_iso(today), reason: of(columns.reason), expires })
}

/// A cell as text; whole numbers without a point.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) => text.trim().to_owned(),
        Data::DateTime(serial) => serial.as_f64().to_string(),
        other => other.to_string().trim().to_owned(),
    }
}

/// A day: a date cell, or text with its parts in the order year, month, day.
fn date(cell: &Data) -> Option<i32> {
    let serial = |days: f64| (20_000.0..=100_000.0).contains(&days).then(|| days as i32 - SERIAL_EPOCH);
    match cell {
        Data::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            day::from_ymd(i32::from(year), u32::from(month), u32::from(day))
        }
        // A date whose format was lost, unless it is eight digits.
        Data::Float(days) if *days < 1e6 => serial(*days),
        Data::Int(days) if *days < 1_000_000 => serial(*days as f64),
        _ => {
            let text = text(cell);
            let text = text.split(['T', ' ']).next().unwrap_or_default();
            let eight = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
            let parts: Vec<&str> = if eight {
                vec![&text[..4], &text[4..6], &text[6..]]
            } else {
                text.trim_end_matches('日').split(['-', '/', '.', '年', '月']).collect()
            };
            let [year, month, day] = parts[..] else { return None };
            if year.len() != 4 {
                return None;
            }
            day::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        }
    }
}
