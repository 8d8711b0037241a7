//! Lays out a sheet: the header, values in many spellings, and lines that are not data.

use crate::schema::{CodeLists, Field, FieldType, Role, Table, day};

use super::chance::Chance;
use super::clean;
use super::expected::Expected;
use super::resends::ArrivingRow;
use super::written_sheet::{WrittenCell, WrittenSheet};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Titles {
    Plain,
    Alias,
    Names,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Code,
    Label,
    Mixed,
}

/// The habits of the clerk who made a sheet.
struct Style {
    titles: Titles,
    decorated: bool,
    levels: u64,
    title_lines: u64,
    shuffled: bool,
    extra: usize,
    total: bool,
    footers: u64,
    repeat_header: bool,
    blanks: bool,
    dates: u64,
    spelling: Spelling,
    booleans: (&'static str, &'static str),
    separator: &'static str,
    nulls: f64,
    padding: f64,
}

const EXTRA: [&str; 4] = ["序号", "备注", "填报人", "审核意见"];

fn style(chance: &mut Chance, wild: f64) -> Style {
    let yes = |chance: &mut Chance, p: f64| chance.yes(p * wild);
    Style {
        titles: if yes(chance, 0.5) {
            Titles::Alias
        } else if yes(chance, 0.15) {
            Titles::Names
        } else {
            Titles::Plain
        },
        decorated: yes(chance, 0.5),
        levels: if yes(chance, 0.5) { 2 + chance.below(2) } else { 1 },
        title_lines: if yes(chance, 0.7) { 1 + chance.below(2) } else { 0 },
        shuffled: yes(chance, 0.5),
        extra: if yes(chance, 0.5) { 1 + chance.below(3) as usize } else { 0 },
        total: yes(chance, 0.5),
        footers: if yes(chance, 0.5) { 1 + chance.below(2) } else { 0 },
        repeat_header: yes(chance, 0.35),
        blanks: yes(chance, 0.5),
        dates: if yes(chance, 0.8) { 1 + chance.below(6) } else { 0 },
        spelling: *chance.pick(&[Spelling::Code, Spelling::Label, Spelling::Mixed]),
        booleans: *chance.pick(&[("是", "否"), ("有", "无"), ("1", "0"), ("√", "×"), ("Y", "N"), ("true", "false")]),
        separator: chance.pick::<&'static str>(&["、", ",", ";", "|", "，", "；"]),
        nulls: if yes(chance, 0.7) { 0.15 } else { 0.0 },
        padding: if yes(chance, 0.5) { 0.05 } else { 0.0 },
    }
}

/// What to lay out, apart from the clerk's style.
pub struct SheetPlan<'j, 'a> {
    pub table: &'j Table,
    pub codes: &'j CodeLists,
    pub name: &'j str,
    pub county: &'j str,
    pub entries: &'j [ArrivingRow<'a>],
    pub as_of: i32,
    /// How irregular the layout is, from 0 to 1.
    pub wild: f64,
    /// Cells of a workbook can be typed and merged, those of a text file cannot.
    pub workbook: bool,
}

/// Lays out a sheet; returns it with the findings that it must cause.
pub fn lay_out(job: &SheetPlan<'_, '_>, chance: &mut Chance) -> (WrittenSheet, Vec<Expected>) {
    let style = style(chance, job.wild);
    let mut columns = clean::columns(job.table);
    if job.entries.iter().any(|e| e.void)
        && let Some(void) = job.table.fields.iter().position(|f| f.role == Role::Void)
    {
        columns.push(void);
    }
    if style.shuffled {
        // Only within blocks: nobody separates the columns of an identity.
        let at = chance.below(columns.len() as u64) as usize;
        columns.rotate_left(at);
    }
    let extra = &EXTRA[..style.extra];
    let mut sheet = WrittenSheet { name: job.name.to_owned(), ..WrittenSheet::default() };
    // Numbers of lines and remarks warn nobody.
    let mut expected: Vec<Expected> = extra
        .iter()
        .filter(|title| !["序号", "备注"].contains(title))
        .map(|title| Expected {
            sheet: String::new(),
            row_number: None,
            field: (*title).to_owned(),
            code: "unknown-column",
        })
        .collect();
    title_lines(job, &style, columns.len() + extra.len(), &mut sheet);
    let header = header(job, &style, &columns, extra, &mut sheet, chance);
    for (n, entry) in job.entries.iter().enumerate() {
        if style.repeat_header && n > 0 && n % 40 == 0 {
            sheet.rows.push(header.clone());
        }
        if style.blanks && chance.yes(0.02) {
            sheet.rows.push(Vec::new());
        }
        let mut row: Vec<WrittenCell> = columns.iter().map(|c| cell(job, &style, *c, entry, chance)).collect();
        for title in extra {
            row.push(match *title {
                "序号" => WrittenCell::text((n + 1).to_string()),
                "填报人" => WrittenCell::text("张某"),
                _ => WrittenCell::Empty,
            });
        }
        sheet.rows.push(row);
        let row_number = sheet.rows.len();
        if entry.stands || !entry.record.findings.is_empty() {
            expected.extend(entry.record.findings.iter().map(|(field, code)| Expected {
                sheet: String::new(),
                row_number: Some(row_number),
                field: (*field).to_owned(),
                code,
            }));
        }
    }
    end_lines(job, &style, &columns, &mut sheet);
    if job.workbook {
        expected.iter_mut().for_each(|e| e.sheet = job.name.to_owned());
    }
    (sheet, expected)
}

fn title_lines(job: &SheetPlan<'_, '_>, style: &Style, width: usize, sheet: &mut WrittenSheet) {
    let date = day::to_iso(job.as_of);
    let lines = [
        format!("{}{}年{}", job.county, &date[..4], job.table.title),
        format!("填报单位：{}卫生健康局　填报日期：{}年{}月{}日", job.county, &date[..4], &date[5..7], &date[8..]),
    ];
    for line in lines.into_iter().take(style.title_lines as usize) {
        if job.workbook && width > 1 {
            let row = sheet.rows.len() as u32;
            sheet.merges.push((row, 0, row, width as u16 - 1));
        }
        sheet.rows.push(vec![WrittenCell::text(line)]);
    }
}

fn title(style: &Style, field: &Field, chance: &mut Chance) -> String {
    let plain = match style.titles {
        Titles::Alias if !field.aliases.is_empty() && chance.yes(0.5) => chance.pick(&field.aliases).clone(),
        Titles::Names => return field.name.clone(),
        _ => field.title.clone(),
    };
    if !style.decorated {
        return plain;
    }
    let unit = match field.name.as_str() {
        name if name.ends_with("_m2") && !plain.contains('(') => "（㎡）",
        name if name.ends_with("_staff") || name.ends_with("_counsellors") || name == "participants" => "（人）",
        _ => "",
    };
    let star = if field.required { "*" } else { "" };
    let chars: Vec<char> = plain.chars().collect();
    let plain = match chance.below(5) {
        0 if chars.len() >= 4 && unit.is_empty() => {
            let (a, b) = chars.split_at(chars.len() / 2);
            format!("{}\n{}", a.iter().collect::<String>(), b.iter().collect::<String>())
        }
        1 if chars.len() == 2 => format!("{} {}", chars[0], chars[1]),
        2 => format!(" {plain} "),
        3 => format!("{plain}："),
        _ => plain,
    };
    format!("{star}{plain}{unit}")
}

/// The group under which a column is placed in a header of several rows.
fn group(field: &Field) -> (&'static str, &'static str) {
    match field.identity() {
        Some("phone" | "residence_code" | "address" | "guardian_name" | "guardian_phone") => ("基本信息", "联系方式"),
        Some(_) => ("基本信息", "身份"),
        None if field.role == Role::Key || field.role == Role::Division => ("", ""),
        None => ("业务信息", "内容"),
    }
}

/// Writes the header rows; returns the row that is repeated on later pages.
fn header(
    job: &SheetPlan<'_, '_>,
    style: &Style,
    columns: &[usize],
    extra: &[&str],
    sheet: &mut WrittenSheet,
    chance: &mut Chance,
) -> Vec<WrittenCell> {
    let leaves: Vec<WrittenCell> = columns
        .iter()
        .map(|c| WrittenCell::text(title(style, &job.table.fields[*c], chance)))
        .chain(extra.iter().map(|t| WrittenCell::text(*t)))
        .collect();
    let levels = if job.table.person_bearing { style.levels as usize } else { style.levels.min(2) as usize };
    let groups: Vec<(&str, &str)> =
        columns.iter().map(|c| group(&job.table.fields[*c])).chain(extra.iter().map(|_| ("", ""))).collect();
    let top = sheet.rows.len();
    if levels > 1 {
        // A column without a group has its title in the top row, merged down to the last.
        for level in 0..levels {
            let last = level + 1 == levels;
            let name = |at: usize| if level == 0 { groups[at].0 } else { groups[at].1 };
            let line = (0..leaves.len())
                .map(|at| {
                    if groups[at].0.is_empty() {
                        if level == 0 { leaves[at].clone() } else { WrittenCell::Empty }
                    } else if last {
                        leaves[at].clone()
                    } else if at == 0 || name(at - 1) != name(at) {
                        WrittenCell::text(name(at))
                    } else {
                        WrittenCell::Empty
                    }
                })
                .collect();
            sheet.rows.push(line);
        }
        if job.workbook {
            merge_header(&groups, top, levels, sheet);
        }
    } else {
        sheet.rows.push(leaves.clone());
    }
    if levels > 1 {
        sheet
            .rows
            .last()
            .cloned()
            .filter(|line| line.iter().filter(|c| **c != WrittenCell::Empty).count() > 3)
            .unwrap_or(leaves)
    } else {
        leaves
    }
}

fn merge_header(groups: &[(&str, &str)], top: usize, levels: usize, sheet: &mut WrittenSheet) {
    for level in 0..levels - 1 {
        let name = |at: usize| if level == 0 { groups[at].0 } else { groups[at].1 };
        let mut from = 0;
        for at in 1..=groups.len() {
            if at == groups.len() || name(at) != name(from) {
                if !groups[from].0.is_empty() && at - from > 1 {
                    let row = (top + level) as u32;
                    sheet.merges.push((row, from as u16, row, at as u16 - 1));
                }
                from = at;
            }
        }
    }
    for (at, group) in groups.iter().enumerate() {
        if group.0.is_empty() {
            sheet.merges.push((top as u32, at as u16, (top + levels - 1) as u32, at as u16));
        }
    }
}

/// A day in one of the forms that people type; all of them mean the same day.
fn date_text(on: i32, shape: u64) -> String {
    let d = day::to_date(on);
    match shape {
        1 => format!("{}/{}/{}", d.year(), d.month(), d.day()),
        2 => format!("{:04}{:02}{:02}", d.year(), d.month(), d.day()),
        3 => format!("{}年{}月{}日", d.year(), d.month(), d.day()),
        4 => format!("{}.{}.{}", d.year(), d.month(), d.day()),
        5 => format!("{:04}/{:02}/{:02}", d.year(), d.month(), d.day()),
        6 => (on + 25_569).to_string(),
        _ => day::to_iso(on),
    }
}

fn cell(
    job: &SheetPlan<'_, '_>,
    style: &Style,
    column: usize,
    entry: &ArrivingRow<'_>,
    chance: &mut Chance,
) -> WrittenCell {
    let field = &job.table.fields[column];
    if field.role == Role::Void {
        return if entry.void { WrittenCell::text(style.booleans.0) } else { WrittenCell::Empty };
    }
    let value = entry.record.values[column].as_str();
    if value.is_empty() {
        let free = field.free_text || field.ty == FieldType::Boolean;
        let due = field.required || entry.record.findings.iter().any(|(f, _)| *f == field.name);
        if free || due || !chance.yes(style.nulls) {
            return WrittenCell::Empty;
        }
        return WrittenCell::text(*chance.pick(&["-", "/", "—", "--", "NULL", "#N/A", "N/A", "暂无"]));
    }
    match field.ty {
        FieldType::Date => match day::parse_iso(value) {
            // A value that must be rejected is written exactly as it is.
            _ if entry.record.findings.iter().any(|(f, code)| *f == field.name && *code != "id-number-mismatch") => {
                WrittenCell::text(value)
            }
            Some(on) if job.workbook && style.dates < 2 => WrittenCell::Day(on),
            // A plain serial number before 1910 could be taken for a year.
            Some(on) if style.dates == 6 && on < -21_000 => WrittenCell::text(value),
            Some(on) => WrittenCell::text(date_text(on, style.dates)),
            None => WrittenCell::text(value),
        },
        FieldType::Integer | FieldType::Number if job.workbook => {
            value.parse().map_or_else(|_| WrittenCell::text(value), WrittenCell::Number)
        }
        FieldType::Boolean => WrittenCell::text(match value {
            "true" => style.booleans.0,
            "false" => style.booleans.1,
            other => other,
        }),
        FieldType::Code => WrittenCell::text(spelled(job, style, field, value, chance)),
        FieldType::Codes => {
            let parts: Vec<String> = value.split('|').map(|p| spelled(job, style, field, p, chance)).collect();
            WrittenCell::text(parts.join(style.separator))
        }
        FieldType::String if chance.yes(style.padding) && !value.contains("E+") => {
            WrittenCell::text(if chance.yes(0.5) { format!(" {value}") } else { format!("{value}　") })
        }
        _ => WrittenCell::text(value),
    }
}

fn spelled(job: &SheetPlan<'_, '_>, style: &Style, field: &Field, code: &str, chance: &mut Chance) -> String {
    let known = field
        .codes
        .as_deref()
        .and_then(|list| job.codes.get(list))
        .and_then(|list| list.values.iter().find(|v| v.code == code));
    let Some(known) = known else { return code.to_owned() };
    match style.spelling {
        Spelling::Code => code.to_owned(),
        Spelling::Label => known.zh.clone(),
        Spelling::Mixed => match chance.below(3) {
            0 => code.to_owned(),
            1 if !known.aliases.is_empty() => chance.pick(&known.aliases).clone(),
            _ => known.zh.clone(),
        },
    }
}

fn end_lines(job: &SheetPlan<'_, '_>, style: &Style, columns: &[usize], sheet: &mut WrittenSheet) {
    if style.total {
        let sums = columns.iter().enumerate().map(|(at, c)| {
            let field = &job.table.fields[*c];
            let counts = matches!(field.ty, FieldType::Integer) && at > 0;
            let values = || job.entries.iter().filter_map(|e| e.record.values[*c].parse::<i64>().ok());
            match at {
                0 => WrittenCell::text("合计"),
                _ if counts => WrittenCell::text(values().sum::<i64>().to_string()),
                _ => WrittenCell::Empty,
            }
        });
        sheet.rows.push(sums.collect());
    }
    let lines = ["填表人：张某　　审核人：李某", "注：本表由各单位据实填报，单位（盖章）"];
    for line in lines.into_iter().take(style.footers as usize) {
        sheet.rows.push(vec![WrittenCell::text(line)]);
    }
}
