//! Converts one field of a batch from a column of text to a typed column, and collects the faults of its values.

use std::borrow::Cow;

use arrow::array::{
    Array, BooleanArray, Float64Array, Float64Builder, Int32Array, Int32Builder, Int64Array, Int64Builder, StringArray,
    StringBuilder,
};
use hashbrown::HashMap;

use super::date::{self, DateReading, Precision};
use super::faults::{Faults, RowSet};
use super::plan::FieldPlan;
use super::text::{clean, is_error_cell, person_name, without_spaces};
use super::{identity, lost, number};
use crate::diag::{Code, Detail, ValueType};
use crate::schema::null_words::NullWords;
use crate::schema::table::ValueForm;
use crate::schema::{FieldType, credit_code, divisions};

/// A typed column.
#[derive(Clone, Debug)]
pub enum ColumnValues {
    Text(StringArray),
    /// Whole numbers; also datetimes, in seconds.
    Integer(Int64Array),
    Number(Float64Array),
    Boolean(BooleanArray),
    Day(Int32Array),
}

impl ColumnValues {
    pub fn is_null(&self, row: usize) -> bool {
        match self {
            ColumnValues::Text(a) => a.is_null(row),
            ColumnValues::Integer(a) => a.is_null(row),
            ColumnValues::Number(a) => a.is_null(row),
            ColumnValues::Boolean(a) => a.is_null(row),
            ColumnValues::Day(a) => a.is_null(row),
        }
    }

    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            ColumnValues::Text(a) if a.is_valid(row) => Some(a.value(row)),
            _ => None,
        }
    }

    pub fn day(&self, row: usize) -> Option<i32> {
        match self {
            ColumnValues::Day(a) if a.is_valid(row) => Some(a.value(row)),
            _ => None,
        }
    }

    /// Appends a value as text; appends nothing for a null.
    pub fn write_text(&self, row: usize, out: &mut String) {
        use std::fmt::Write as _;
        let written = match self {
            _ if self.is_null(row) => Ok(()),
            ColumnValues::Text(a) => out.write_str(a.value(row)),
            ColumnValues::Integer(a) => write!(out, "{}", a.value(row)),
            ColumnValues::Number(a) => write!(out, "{}", a.value(row)),
            ColumnValues::Boolean(a) => write!(out, "{}", a.value(row)),
            ColumnValues::Day(a) => out.write_str(&crate::schema::day::to_iso(a.value(row))),
        };
        written.expect("writing to a string");
    }

    /// The value of a column of numbers, integer or float.
    pub fn number(&self, row: usize) -> Option<f64> {
        match self {
            ColumnValues::Integer(a) if a.is_valid(row) => Some(a.value(row) as f64),
            ColumnValues::Number(a) if a.is_valid(row) => Some(a.value(row)),
            _ => None,
        }
    }
}

/// One field of a batch after conversion.
#[derive(Clone, Debug)]
pub struct TypedColumn {
    pub values: ColumnValues,
    /// Rows whose cell could not be read. Their value is null, but it does not count as "not given".
    pub failed: RowSet,
    /// [`super::date::Precision`] of each date as a number, 0 where there is no date; empty for fields that accept only
    /// full dates.
    pub precision: Vec<u8>,
}

impl TypedColumn {
    fn new(values: ColumnValues, failed: RowSet) -> Self {
        TypedColumn { values, failed, precision: Vec::new() }
    }

    /// The column of a field that the file does not contain: all null.
    pub fn absent(ty: FieldType, rows: usize) -> Self {
        let values = match ty {
            FieldType::String | FieldType::Code | FieldType::Codes => ColumnValues::Text(StringArray::new_null(rows)),
            FieldType::Integer | FieldType::Datetime => ColumnValues::Integer(Int64Array::new_null(rows)),
            FieldType::Number => ColumnValues::Number(Float64Array::new_null(rows)),
            FieldType::Boolean => ColumnValues::Boolean(BooleanArray::new_null(rows)),
            FieldType::Date => ColumnValues::Day(Int32Array::new_null(rows)),
        };
        TypedColumn::new(values, RowSet::default())
    }

    /// Whether the value was not given, as opposed to given but unreadable.
    pub fn is_missing(&self, row: usize) -> bool {
        self.values.is_null(row) && !self.failed.contains(row)
    }
}

/// The `id_type` column for a file without one: an empty type means the resident identity card.
pub fn resident_cards(rows: usize) -> TypedColumn {
    let cards = StringArray::from_iter_values(std::iter::repeat_n(identity::RESIDENT_CARD, rows));
    TypedColumn::new(ColumnValues::Text(cards), RowSet::default())
}

/// Most distinct texts of a code column whose lookup is cached.
const REMEMBERED: usize = 4096;

/// Converts a column. ID numbers are only cleaned here; they are checked later together with their type.
pub fn read(
    plan: &FieldPlan<'_>,
    cells: &StringArray,
    nulls: &NullWords,
    as_of: i32,
    faults: &mut Faults,
) -> TypedColumn {
    let without = without_error_cells(plan, cells, faults);
    let cells = without.as_ref().unwrap_or(cells);
    match plan.field.ty {
        FieldType::String => strings(plan, cells, nulls, faults),
        FieldType::Code | FieldType::Codes | FieldType::Boolean => choices(plan, cells, nulls, faults),
        FieldType::Integer => integers(plan, cells, nulls, faults),
        FieldType::Number => numbers(plan, cells, nulls, faults),
        FieldType::Date => dates(plan, cells, nulls, as_of, faults),
        FieldType::Datetime => datetimes(plan, cells, nulls, as_of, faults),
    }
}

/// The column with null in place of spreadsheet error values; `None` if there are none.
fn without_error_cells(plan: &FieldPlan<'_>, cells: &StringArray, faults: &mut Faults) -> Option<StringArray> {
    let is_error = |cell: &Option<&str>| cell.is_some_and(is_error_cell);
    let first = cells.iter().position(|cell| is_error(&cell))?;
    for (row, cell) in cells.iter().enumerate().skip(first).filter(|(_, cell)| is_error(cell)) {
        faults.warning(plan, row, Code::ErrorCell, cell.unwrap_or_default(), Detail::None);
    }
    Some(cells.iter().map(|cell| cell.filter(|cell| !is_error_cell(cell))).collect())
}

/// All cells with their row; null cells are passed as `None`.
fn each(cells: &StringArray) -> impl Iterator<Item = (usize, Option<&str>)> {
    cells.iter().enumerate().map(|(row, cell)| (row, cell.filter(|c| !c.is_empty())))
}

fn strings(plan: &FieldPlan<'_>, cells: &StringArray, nulls: &NullWords, faults: &mut Faults) -> TypedColumn {
    let mut out = StringBuilder::with_capacity(cells.len(), cells.value_data().len());
    for (row, cell) in each(cells) {
        let Some(raw) = cell else {
            out.append_null();
            continue;
        };
        let text = clean(raw);
        if text.is_empty() || !plan.free_text && nulls.holds(&text) {
            out.append_null();
            continue;
        }
        if plan.person_name {
            let name = person_name(&text);
            let name = match lost::in_name(raw, &name) {
                Some(shown) => {
                    faults.warning(plan, row, Code::LostCharacters, raw, Detail::None);
                    Cow::Owned(shown)
                }
                None => name,
            };
            if identity::is_like_number(&name) {
                faults.warning(plan, row, Code::NameIsNumber, raw, Detail::None);
            }
            check_text(plan, row, raw, &name, faults);
            out.append_value(name);
            continue;
        }
        if lost::in_text(raw, plan.free_text) {
            // With characters lost, a key could be that of another row.
            if plan.key {
                faults.error(plan, row, Code::Encoding, raw, Detail::None);
            } else {
                faults.warning(plan, row, Code::LostCharacters, raw, Detail::None);
            }
        }
        let text = if plan.compact && text.contains(' ') { Cow::Owned(without_spaces(&text)) } else { text };
        match plan.field.kind {
            Some(ValueForm::Phone) => {
                let (numbers, known) = identity::phones(&text);
                if !known {
                    faults.warning(plan, row, Code::PhoneFormat, raw, Detail::None);
                }
                check_text(plan, row, raw, &numbers, faults);
                out.append_value(numbers);
            }
            Some(ValueForm::Icd10) => {
                let code: String = text.chars().filter(|c| *c != ' ').flat_map(char::to_uppercase).collect();
                check_text(plan, row, raw, &code, faults);
                out.append_value(code);
            }
            Some(ValueForm::CreditCode) => {
                if text.chars().count() == 18 && !credit_code::is_valid(&text) {
                    faults.warning(plan, row, Code::CreditCodeChecksum, raw, Detail::None);
                }
                check_text(plan, row, raw, &text, faults);
                out.append_value(text);
            }
            _ if plan.division => {
                let code = divisions::trim(&text);
                check_text(plan, row, raw, code, faults);
                out.append_value(code);
            }
            _ => {
                check_text(plan, row, raw, &text, faults);
                out.append_value(text);
            }
        }
    }
    TypedColumn::new(ColumnValues::Text(out.finish()), RowSet::default())
}

/// Checks length and pattern.
fn check_text(plan: &FieldPlan<'_>, row: usize, raw: &str, text: &str, faults: &mut Faults) {
    let field = plan.field;
    if field.min_length.is_some() || field.max_length.is_some() {
        let length = text.chars().count();
        if let Some(least) = field.min_length.filter(|m| length < *m as usize) {
            faults.error(plan, row, Code::ConstraintError, raw, Detail::MinLength(least));
        }
        if let Some(most) = field.max_length.filter(|m| length > *m as usize) {
            faults.error(plan, row, Code::ConstraintError, raw, Detail::MaxLength(most));
        }
    }
    if let Some(pattern) = plan.pattern.as_ref().filter(|p| !p.matches(text)) {
        faults.error(plan, row, Code::ConstraintError, raw, pattern.detail.clone());
    }
}

/// Reports a value that cannot be read: as an encoding fault if characters were lost, otherwise with `code`.
fn unread(plan: &FieldPlan<'_>, row: usize, code: Code, raw: &str, detail: Detail, faults: &mut Faults) {
    if raw.contains(char::REPLACEMENT_CHARACTER) {
        faults.error(plan, row, Code::Encoding, raw, Detail::None);
    } else {
        faults.error(plan, row, code, raw, detail);
    }
}

/// What the text of a field with a code list says.
#[derive(Clone, Copy)]
enum CodeChoice {
    Null,
    Unknown,
    /// The values that it names, as bits.
    Values(u64),
}

fn choices(plan: &FieldPlan<'_>, cells: &StringArray, nulls: &NullWords, faults: &mut Faults) -> TypedColumn {
    let list = plan.choices.as_ref().expect("a field with a list");
    let many = plan.field.ty == FieldType::Codes;
    let judge = |raw: &str| {
        let text = clean(raw);
        // The list is tried first, so that a list may contain a word that otherwise stands for an empty cell.
        let found = if many { list.find_all(&text) } else { list.find(&text).map(|i| 1 << i) };
        match found {
            Some(bits) => CodeChoice::Values(bits),
            None if nulls.holds(&text) => CodeChoice::Null,
            None => CodeChoice::Unknown,
        }
    };
    let mut known: HashMap<&str, CodeChoice> = HashMap::new();
    let mut failed = RowSet::default();
    let mut read = |row: usize, raw| {
        let choice = match known.get(raw) {
            Some(choice) => *choice,
            None => {
                let choice = judge(raw);
                if known.len() < REMEMBERED {
                    known.insert(raw, choice);
                }
                choice
            }
        };
        match choice {
            CodeChoice::Values(bits) => return Some(bits),
            CodeChoice::Null => {}
            CodeChoice::Unknown => {
                failed.insert(row);
                if plan.field.ty == FieldType::Boolean {
                    unread(plan, row, Code::TypeError, raw, Detail::NotOfType(ValueType::Boolean), faults);
                } else {
                    unread(plan, row, Code::UnknownCode, raw, Detail::NoneOf(list.listing()), faults);
                }
            }
        }
        None
    };
    let named: Vec<Option<u64>> = each(cells).map(|(row, cell)| cell.and_then(|raw| read(row, raw))).collect();
    let one = |bits: u64| list.code(bits.trailing_zeros() as u8);
    let values = if plan.field.ty == FieldType::Boolean {
        ColumnValues::Boolean(named.iter().map(|bits| bits.map(|b| one(b) == "true")).collect())
    } else {
        let default = (plan.field.identity() == Some("id_type")).then_some(identity::RESIDENT_CARD);
        let mut out = StringBuilder::with_capacity(cells.len(), cells.len() * 8);
        for (row, bits) in named.iter().enumerate() {
            match bits {
                Some(bits) if bits.is_power_of_two() => out.append_value(one(*bits)),
                Some(bits) => out.append_value(list.joined(*bits)),
                None => out.append_option(default.filter(|_| !failed.contains(row))),
            }
        }
        ColumnValues::Text(out.finish())
    };
    TypedColumn::new(values, failed)
}

fn integers(plan: &FieldPlan<'_>, cells: &StringArray, nulls: &NullWords, faults: &mut Faults) -> TypedColumn {
    let mut out = Int64Builder::with_capacity(cells.len());
    let mut failed = RowSet::default();
    for (row, cell) in each(cells) {
        let value = cell.and_then(|raw| {
            let value = number::short_digits(raw).or_else(|| {
                let text = clean(raw);
                if nulls.holds(&text) {
                    return None;
                }
                let value = number::integer(&text);
                if value.is_none() {
                    failed.insert(row);
                    unread(plan, row, Code::TypeError, raw, Detail::NotOfType(ValueType::Integer), faults);
                }
                value
            })?;
            check_range(plan, row, raw, value as f64, faults);
            Some(value)
        });
        out.append_option(value);
    }
    TypedColumn::new(ColumnValues::Integer(out.finish()), failed)
}

fn numbers(plan: &FieldPlan<'_>, cells: &StringArray, nulls: &NullWords, faults: &mut Faults) -> TypedColumn {
    let mut out = Float64Builder::with_capacity(cells.len());
    let mut failed = RowSet::default();
    for (row, cell) in each(cells) {
        let value = cell.and_then(|raw| {
            let value = number::short_digits(raw).map(|n| n as f64).or_else(|| {
                let text = clean(raw);
                if nulls.holds(&text) {
                    return None;
                }
                let value = number::float(&text);
                if value.is_none() {
                    failed.insert(row);
                    unread(plan, row, Code::TypeError, raw, Detail::NotOfType(ValueType::Number), faults);
                }
                value
            })?;
            check_range(plan, row, raw, value, faults);
            Some(value)
        });
        out.append_option(value);
    }
    TypedColumn::new(ColumnValues::Number(out.finish()), failed)
}

fn check_range(plan: &FieldPlan<'_>, row: usize, raw: &str, value: f64, faults: &mut Faults) {
    let field = plan.field;
    if field.minimum.is_some_and(|m| value < m) || field.maximum.is_some_and(|m| value > m) {
        faults.error(plan, row, Code::ConstraintError, raw, plan.range_detail());
    }
}

/// Reads a cell of a date or datetime field. `None` if it is empty or stands for no date, an error if it cannot be read;
/// findings are made here.
fn moment(
    plan: &FieldPlan<'_>,
    row: usize,
    raw: &str,
    (nulls, as_of): (&NullWords, i32),
    faults: &mut Faults,
) -> Result<Option<(i32, Precision, i32)>, Unread> {
    let text = clean(raw);
    if nulls.holds(&text) {
        return Ok(None);
    }
    let birth = plan.field.kind == Some(ValueForm::BirthDate);
    let detail = match date::read(&text, date::Context { as_of, birth }) {
        DateReading::UnclearMonth { day } if plan.field.partial => {
            faults.warning(plan, row, Code::UnclearMonth, raw, Detail::None);
            return Ok(Some((day, Precision::Year, 0)));
        }
        DateReading::Moment { day, precision, seconds } if precision == Precision::Day || plan.field.partial => {
            return Ok(Some((day, precision, seconds)));
        }
        DateReading::Placeholder => {
            faults.warning(plan, row, Code::PlaceholderDate, raw, Detail::None);
            return Ok(None);
        }
        DateReading::Moment { .. } | DateReading::UnclearMonth { .. } => Detail::PartialDate,
        DateReading::Impossible => Detail::ImpossibleDate,
        DateReading::Unreadable if plan.field.ty == FieldType::Date => Detail::NotOfType(ValueType::Date),
        DateReading::Unreadable => Detail::NotOfType(ValueType::Datetime),
    };
    unread(plan, row, Code::TypeError, raw, detail, faults);
    Err(Unread)
}

/// A cell that cannot be read.
struct Unread;

impl RowSet {
    /// What was read of a row's cell; a row whose cell cannot be read is added.
    fn note<T>(&mut self, row: usize, read: Result<Option<T>, Unread>) -> Option<T> {
        read.unwrap_or_else(|Unread| {
            self.insert(row);
            None
        })
    }
}

fn dates(plan: &FieldPlan<'_>, cells: &StringArray, nulls: &NullWords, as_of: i32, faults: &mut Faults) -> TypedColumn {
    let field = plan.field;
    let mut out = Int32Builder::with_capacity(cells.len());
    let mut failed = RowSet::default();
    let mut precisions = if field.partial { vec![0; cells.len()] } else { Vec::new() };
    for (row, cell) in each(cells) {
        let read = cell.and_then(|raw| {
            let read = failed.note(row, moment(plan, row, raw, (nulls, as_of), faults))?;
            if field.minimum_day.is_some_and(|m| read.0 < m) {
                let least = field.minimum_day.map(crate::schema::day::to_iso).unwrap_or_default();
                faults.error(plan, row, Code::ConstraintError, raw, Detail::BeforeDay(least.into()));
            }
            if field.not_after_as_of && read.0 > as_of {
                faults.future(plan, row, raw, read.0);
            }
            Some(read)
        });
        out.append_option(read.map(|(day, _, _)| day));
        if let (Some((_, precision, _)), true) = (read, field.partial) {
            precisions[row] = precision as u8;
        }
    }
    TypedColumn { values: ColumnValues::Day(out.finish()), failed, precision: precisions }
}

fn datetimes(
    plan: &FieldPlan<'_>,
    cells: &StringArray,
    nulls: &NullWords,
    as_of: i32,
    faults: &mut Faults,
) -> TypedColumn {
    let mut out = Int64Builder::with_capacity(cells.len());
    let mut failed = RowSet::default();
    for (row, cell) in each(cells) {
        let read = cell.and_then(|raw| failed.note(row, moment(plan, row, raw, (nulls, as_of), faults)));
        out.append_option(read.map(|(day, _, seconds)| i64::from(day) * 86_400 + i64::from(seconds)));
    }
    TypedColumn::new(ColumnValues::Integer(out.finish()), failed)
}
