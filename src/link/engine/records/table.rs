//! Records of any people table: columns of text, as a model's fields take them.

use std::borrow::Cow;
use std::sync::Arc;

use super::{FieldKind, IdUse, Records, ValueTable};
use crate::link::engine::intern::Interner;
use crate::link::engine::model::{Model, ModelField};
use crate::link::zh::nobody::Nobody;
use crate::link::zh::normalise;
use crate::schema::{day, resident_id};

/// Rows of one or more tables as slots, with their values. Rows are numbered in the order given.
pub struct TableRecords {
    kinds: Vec<FieldKind>,
    values: Vec<Option<ValueTable>>,
    /// By field: its slots, record after record.
    slots: Vec<Vec<u32>>,
    rows: usize,
}

/// The cells of a field: of a phones field first the person's own, then the guardian's.
pub struct FieldCells<'t> {
    pub own: Box<dyn Fn(usize) -> &'t str + 't>,
    pub guardian: Option<Box<dyn Fn(usize) -> &'t str + 't>>,
}

impl TableRecords {
    /// Takes `rows` rows; `cells` is field for field, `None` where the tables have no such column.
    pub fn new(model: &Model, rows: usize, cells: &[Option<FieldCells<'_>>]) -> Self {
        let mut records = TableRecords {
            kinds: model.fields.iter().map(|f| f.kind).collect(),
            values: Vec::new(),
            slots: Vec::new(),
            rows,
        };
        for (field, cells) in model.fields.iter().zip(cells) {
            let (values, slots) = match cells {
                Some(cells) => fill(field, &model.nobody, rows, cells),
                None => {
                    let texts = Arc::new(Interner::default().rank().0);
                    (Some(ValueTable::new(texts, field.kind, false)), vec![0; rows * field.kind.slots()])
                }
            };
            records.values.push(values);
            records.slots.push(slots);
        }
        records
    }

    /// The rows.
    pub fn records(&self) -> Records<'_> {
        let mut records = Records::new(&self.kinds, self.values.iter().map(Option::as_ref).collect());
        records.reserve(self.rows);
        let mut row = Vec::new();
        for r in 0..self.rows {
            row.clear();
            for (kind, slots) in self.kinds.iter().zip(&self.slots) {
                let n = kind.slots();
                row.extend_from_slice(&slots[r * n..(r + 1) * n]);
            }
            records.push(&row);
        }
        records
    }
}

/// A value in the form in which it is compared; empty for one that states nothing.
fn form<'t>(field: &ModelField, nobody: &Nobody, text: &'t str) -> Cow<'t, str> {
    let mut form = Cow::Borrowed(text);
    for normaliser in &field.normalisers {
        form = Cow::Owned(normaliser.apply(&form).into_owned());
    }
    let says_nothing =
        field.nothing.iter().any(|n| *n == form) || (field.kind == FieldKind::NameZh && nobody.is_meant_by(&form));
    if says_nothing { Cow::Borrowed("") } else { form }
}

fn fill(field: &ModelField, nobody: &Nobody, rows: usize, cells: &FieldCells<'_>) -> (Option<ValueTable>, Vec<u32>) {
    let mut slots = Vec::with_capacity(rows * field.kind.slots());
    if field.kind == FieldKind::Date {
        for row in 0..rows {
            let (days, precision) = date((cells.own)(row)).unwrap_or_default();
            slots.extend([days as u32, precision]);
        }
        return (None, slots);
    }
    let mut interner = Interner::default();
    let mut number = |text: &str| interner.intern(&form(field, nobody, text));
    for row in 0..rows {
        let text = (cells.own)(row).trim();
        match field.kind {
            FieldKind::ResidentId => {
                let text = form(field, nobody, text);
                let value = number(&text);
                let state = if !value.is_given() || normalise::is_placeholder_id(&text) {
                    IdUse::Nothing
                } else if resident_id::is_valid_resident_id(&text) {
                    IdUse::Own
                } else {
                    IdUse::Unsure
                };
                slots.extend([value.to_slot(), state as u32]);
            }
            FieldKind::Phones => {
                let guardian = cells.guardian.as_ref().map_or("", |g| g(row));
                for of in [text, guardian] {
                    let mut two = normalise::phones(of).map(|p| number(&p));
                    slots.extend([two.next(), two.next()].map(|p| p.unwrap_or_default().to_slot()));
                }
            }
            _ => slots.push(number(text).to_slot()),
        }
    }
    let (texts, rank) = interner.rank();
    let width = field.kind.slots();
    for (i, slot) in slots.iter_mut().enumerate() {
        // The second slot of an ID number is its use.
        if field.kind != FieldKind::ResidentId || i % width == 0 {
            *slot = rank[*slot as usize].to_slot();
        }
    }
    (Some(ValueTable::new(Arc::new(texts), field.kind, false)), slots)
}

/// A day and its precision, of `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-MM`, `YYYY`, with `/` or `.` too.
pub fn date(text: &str) -> Option<(i32, u32)> {
    let text = text.trim();
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let number = |t: &str| t.parse::<u32>().ok();
    let (year, month, of_month) = match parts[..] {
        [whole] if whole.len() == 8 && whole.is_ascii() => {
            (number(&whole[..4])?, number(&whole[4..6]), number(&whole[6..]))
        }
        [whole] if whole.len() == 4 => (number(whole)?, None, None),
        [y, m] if y.len() == 4 => (number(y)?, number(m), None),
        [y, m, d] if y.len() == 4 => (number(y)?, number(m), number(d)),
        _ => return None,
    };
    let precision = 1 + u32::from(month.is_some()) + u32::from(of_month.is_some());
    let days = day::from_ymd(year as i32, month.unwrap_or(1), of_month.unwrap_or(1))?;
    Some((days, precision))
}
