//! Titles that do not stand above their values: the header of a sheet is out of place by one column, or two of its titles
//! stand in each other's place.

use arrow::array::{Array, StringArray};

use super::Validator;
use super::column;
use super::faults::Faults;
use super::plan::FieldPlan;
use crate::diag::Severity;
use crate::schema::layout::RawRows;
use crate::schema::{FieldType, divisions};

/// Titles that do not stand above their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MisplacedTitles {
    /// All from a column on are out of step by one.
    Shifted {
        /// The first column, counted from 0, whose values or title are out of place.
        from: usize,
        /// The values lie to the left of their titles, else to the right.
        left: bool,
    },
    /// Pairs of fields whose titles stand in each other's place.
    Exchanged(Vec<[usize; 2]>),
}

/// Rows that are looked at.
const LOOKED_AT: usize = 1_000;
/// So many columns whose values are wrong must be right one column further.
const LEAST: usize = 3;

/// Where a sheet has titles.
#[derive(Clone, Copy)]
pub struct SheetTitles<'a> {
    /// The columns that have one, counted from 0, in their order, each with its field.
    pub titled: &'a [(usize, Option<usize>)],
    /// The columns that have values and none.
    pub untitled: &'a [usize],
}

impl SheetTitles<'_> {
    /// Whether the values go on for one column beyond the last title: a title before was taken out with its cell.
    fn lacks_last(&self) -> bool {
        self.titled.iter().map(|(at, _)| at + 1).max().is_some_and(|beyond| self.untitled.contains(&beyond))
    }
}

/// How a column reads as a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reads {
    /// Nothing can be said: mostly empty, or of a field that takes any text.
    Anyhow,
    Well,
    Badly,
    /// Neither nearly all of its values are right nor nearly all are wrong.
    Mixed,
}

/// A column of a sheet that has a title.
#[derive(Clone, Copy)]
struct TitledColumn<'a> {
    /// Its place in the sheet, counted from 0.
    at: usize,
    /// Its field and cells; `None` of a title that the dataset does not declare.
    read: Option<(usize, &'a StringArray)>,
}

impl Validator<'_> {
    /// Tells where titles and values are out of step by one column: several columns are wrong in nearly all of these
    /// rows, each would be right with the values of the column beside it, always on the same side, and none of them
    /// would still be wrong. Else which titles are exchanged: each column that is wrong would be right with the values of
    /// just one other, which are not right where they are, and that one would not be wrong with its. `fields` gives the
    /// field of each column of `rows`.
    pub fn misplaced_titles(
        &self,
        fields: &[usize],
        titles: SheetTitles<'_>,
        rows: &RawRows,
    ) -> Option<MisplacedTitles> {
        let some = rows.row_numbers.len().min(LOOKED_AT);
        let cells: Vec<StringArray> = rows.columns.iter().map(|column| column.slice(0, some)).collect();
        let columns: Vec<TitledColumn<'_>> = titles
            .titled
            .iter()
            .map(|(at, field)| {
                let index = field.and_then(|field| fields.iter().position(|f| *f == field));
                TitledColumn { at: *at, read: index.map(|index| (fields[index], &cells[index])) }
            })
            .collect();
        let as_titled: Vec<Reads> =
            columns.iter().map(|c| c.read.map_or(Reads::Anyhow, |(field, cells)| self.reads(field, cells))).collect();
        let shifted = [true, false].into_iter().find_map(|left| {
            // A last title that is missing says as much as columns that are wrong.
            let least = if !left && titles.lacks_last() { 1 } else { LEAST };
            self.out_of_step(&columns, &as_titled, (left, least))
        });
        shifted.or_else(|| self.exchanged(&columns, &as_titled))
    }

    fn exchanged(&self, columns: &[TitledColumn<'_>], as_titled: &[Reads]) -> Option<MisplacedTitles> {
        let mut pairs: Vec<[usize; 2]> = Vec::new();
        for c in (0..columns.len()).filter(|c| as_titled[*c] == Reads::Badly) {
            let (field, cells) = columns[c].read?;
            if pairs.iter().flatten().any(|paired| *paired == field) {
                continue;
            }
            let fits = |d: &usize| {
                let Some((other, others)) = columns[*d].read.filter(|_| *d != c && as_titled[*d] != Reads::Well) else {
                    return false;
                };
                self.reads(field, others) == Reads::Well
                    && matches!(self.reads(other, cells), Reads::Well | Reads::Anyhow)
            };
            let fitting: Vec<usize> = (0..columns.len()).filter(fits).collect();
            let wrong: Vec<usize> = fitting.iter().copied().filter(|d| as_titled[*d] == Reads::Badly).collect();
            // Texts of any kind may look like values of this field, as record numbers do like diagnoses.
            let of = self.plans[field].field;
            let is_told_apart = of.codes.is_some() || matches!(of.ty, FieldType::Date | FieldType::Datetime);
            let fitting: Vec<usize> = match (wrong.is_empty(), is_told_apart) {
                (false, _) => wrong,
                (true, true) => fitting.into_iter().filter(|d| !self.is_key(columns[*d].read)).collect(),
                (true, false) => Vec::new(),
            };
            let [d] = fitting[..] else { return None };
            let other = columns[d].read?.0;
            // One title cannot be exchanged with two.
            if pairs.iter().flatten().any(|paired| *paired == other) {
                return None;
            }
            pairs.push([field, other]);
        }
        (!pairs.is_empty()).then_some(MisplacedTitles::Exchanged(pairs))
    }

    fn is_key(&self, read: Option<(usize, &StringArray)>) -> bool {
        read.is_some_and(|(field, _)| self.key.contains(&field))
    }

    fn out_of_step(
        &self,
        columns: &[TitledColumn<'_>],
        as_titled: &[Reads],
        (left, least): (bool, usize),
    ) -> Option<MisplacedTitles> {
        let bad = || (0..columns.len()).filter(|c| as_titled[*c] == Reads::Badly);
        let beside = |c: usize| {
            let column = columns[c];
            let place = if left { column.at.checked_sub(1)? } else { column.at + 1 };
            let (_, cells) = columns.iter().find(|other| other.at == place)?.read?;
            Some(self.reads(column.read?.0, cells))
        };
        let healed = bad().filter(|c| beside(*c) == Some(Reads::Well)).count();
        let is_wrong_still = |c: usize| matches!(beside(c), Some(Reads::Badly | Reads::Mixed));
        if healed < least || bad().any(is_wrong_still) {
            return None;
        }
        let first = bad().next()?;
        let mut at = columns[first].at;
        if !left {
            // What pushed values to the right is a column without any: it lies before the first column that is wrong.
            let before = (0..first).rev().take_while(|c| as_titled[*c] == Reads::Anyhow);
            let empty = before.into_iter().find(|c| columns[*c].read.is_some_and(|(_, cells)| is_empty(cells)));
            return Some(MisplacedTitles::Shifted { from: empty.map_or(at, |c| columns[c].at), left });
        }
        // What pushed titles to the right is a cell without one: it lies before the first column that is wrong.
        while let Some(before) = at.checked_sub(1) {
            match columns.iter().position(|column| column.at == before) {
                None => return Some(MisplacedTitles::Shifted { from: before, left }),
                Some(c) if as_titled[c] == Reads::Well => break,
                Some(_) => at = before,
            }
        }
        Some(MisplacedTitles::Shifted { from: columns[first].at, left })
    }

    fn reads(&self, field: usize, cells: &StringArray) -> Reads {
        let plan = &self.plans[field];
        if plan.field.ty == FieldType::String && plan.pattern.is_none() && !plan.division {
            return Reads::Anyhow;
        }
        let mut faults = Faults::default();
        let typed = column::read(plan, cells, &self.nulls, self.as_of, &mut faults);
        // An empty type of document is read as one.
        let is_filled = |row: usize| cells.is_valid(row) && !cells.value(row).trim().is_empty();
        let given = (0..cells.len()).filter(|row| is_filled(*row) && !typed.is_missing(*row)).count();
        let is_error = |f: &&super::faults::RowFault| f.severity == Severity::Error && f.until_day.is_none();
        let mut wrong: Vec<usize> = faults.0.iter().filter(is_error).map(|f| f.row as usize).collect();
        if plan.division {
            let no_code = |row: &usize| typed.values.text(*row).is_some_and(|text| !is_like_division(plan, text));
            wrong.extend((0..cells.len()).filter(no_code));
        }
        wrong.sort_unstable();
        wrong.dedup();
        match () {
            () if given == 0 || given * 2 < cells.len() => Reads::Anyhow,
            () if wrong.len() * 20 <= given => Reads::Well,
            () if wrong.len() * 10 >= given * 9 => Reads::Badly,
            () => Reads::Mixed,
        }
    }
}

fn is_empty(cells: &StringArray) -> bool {
    cells.iter().flatten().all(|cell| cell.trim().is_empty())
}

/// Whether a text has the form of a code of a level that the field takes.
fn is_like_division(plan: &FieldPlan<'_>, text: &str) -> bool {
    let code = divisions::trim(text);
    let levels = plan.field.division.as_ref().map(|rule| rule.levels.as_slice()).unwrap_or_default();
    code.bytes().all(|b| b.is_ascii_digit())
        && (levels.is_empty() || levels.iter().any(|digits| usize::from(*digits) == code.len()))
}
