//! Rules between the fields of a row. Values that could not be read are ignored by them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, StringArray, StringBuilder};

use super::column::{ColumnValues, TypedColumn};
use super::date::Precision;
use super::faults::Faults;
use super::identity::{self, RESIDENT_CARD};
use super::plan::FieldPlan;
use crate::diag::{Code, Detail, InBoth, Requirement, ValueBounds};
use crate::error::{Error, Result, words};
use crate::schema::layout::IdState;
use crate::schema::{Schemas, Table, resident_id};

/// A batch after conversion: a column for each field of the table, and the cells that it was read from.
pub struct ReadColumns<'r> {
    pub rows: usize,
    pub columns: Vec<TypedColumn>,
    pub cells: Vec<Option<&'r StringArray>>,
}

impl ReadColumns<'_> {
    /// Whether the export has no column for a field.
    pub fn lacks(&self, field: u16) -> bool {
        self.cells.get(usize::from(field)).is_some_and(Option::is_none)
    }

    fn raw(&self, field: usize, row: usize) -> &str {
        match self.cells[field] {
            Some(cells) if cells.is_valid(row) => cells.value(row),
            _ => "",
        }
    }
}

/// A rule of one field; `other` is the index of the field that it is compared with.
#[derive(Debug)]
enum FieldRule {
    Required,
    RequiredWhen {
        other: usize,
        equals: Option<String>,
        detail: Detail,
    },
    NotBefore {
        other: usize,
        detail: Detail,
    },
    AtMost {
        other: usize,
        detail: Detail,
    },
    /// Bounds of a score, which depend on the code of the scale.
    Within {
        other: usize,
        bounds: BTreeMap<String, (f64, f64)>,
    },
}

/// The rules of a table, prepared once.
#[derive(Debug)]
pub struct Rules {
    rules: Vec<(usize, FieldRule)>,
    id_number: Option<IdFields>,
    related_ids: Vec<usize>,
}

/// Indexes of the fields that an ID number is checked against; a table need not have them.
#[derive(Clone, Copy, Debug)]
struct IdFields {
    number: usize,
    id_type: Option<usize>,
    sex: Option<usize>,
    birth: Option<usize>,
}

impl Rules {
    /// Prepares the rules of a table.
    ///
    /// # Errors
    /// `Schema` if a rule names a field or list that does not exist.
    pub fn new(table: &Table, schemas: &Schemas) -> Result<Self> {
        let mut rules = Vec::new();
        let place = || format!("tables/{}.json", table.name);
        for (index, field) in table.fields.iter().enumerate() {
            let other = |name: &str| {
                table.field_index(name).ok_or_else(|| {
                    Error::schema(
                        place(),
                        words!("字段 `{}`：没有字段 `{name}`", "field `{}`: there is no field `{name}`", field.name),
                    )
                })
            };
            let named = |i: usize| InBoth::new(&table.fields[i].name, &table.fields[i].title);
            if field.required || table.primary_key.contains(&field.name) {
                rules.push((index, FieldRule::Required));
            }
            if let Some(when) = &field.required_when {
                let other = other(&when.field)?;
                let value = when.equals.as_ref().map(|value| {
                    let list = table.fields[other].codes.as_deref().and_then(|c| schemas.codes.get(c));
                    let label = list.and_then(|l| l.values.iter().find(|v| v.code == *value)).map(|v| &v.zh);
                    InBoth::new(value, label.unwrap_or(value))
                });
                let detail = Detail::RequiredWhen(Arc::new(Requirement { field: named(other), value }));
                rules.push((index, FieldRule::RequiredWhen { other, equals: when.equals.clone(), detail }));
            }
            if let Some(earlier) = &field.not_before {
                let other = other(earlier)?;
                let detail = Detail::Before(Arc::new(named(other)));
                rules.push((index, FieldRule::NotBefore { other, detail }));
            }
            if let Some(most) = &field.maximum_field {
                let other = other(most)?;
                let detail = Detail::LargerThan(Arc::new(named(other)));
                rules.push((index, FieldRule::AtMost { other, detail }));
            }
            if let Some(scale) = &field.range_by {
                let bounds = schemas.scales.iter().map(|(code, r)| (code.clone(), (r.min, r.max))).collect();
                rules.push((index, FieldRule::Within { other: other(scale)?, bounds }));
            }
        }
        let identity = |part: &str| table.fields.iter().position(|f| f.identity() == Some(part));
        Ok(Rules {
            rules,
            id_number: identity("id_number").map(|number| IdFields {
                number,
                id_type: identity("id_type"),
                sex: identity("sex"),
                birth: identity("birth_date"),
            }),
            related_ids: identity("related_id_number").into_iter().collect(),
        })
    }

    /// Checks all rows and brings ID numbers into their normal form. Returns the state of the ID number of each row if
    /// the table has ID numbers, otherwise nothing.
    pub fn judge(&self, plans: &[FieldPlan<'_>], batch: &mut ReadColumns<'_>, faults: &mut Faults) -> Vec<u8> {
        for (field, rule) in &self.rules {
            judge_rule(&plans[*field], rule, batch, *field, faults);
        }
        for number in &self.related_ids {
            let fields = IdFields { number: *number, id_type: None, sex: None, birth: None };
            judge_ids(plans, fields, batch, faults);
        }
        self.id_number.map(|fields| judge_ids(plans, fields, batch, faults)).unwrap_or_default()
    }
}

fn judge_rule(plan: &FieldPlan<'_>, rule: &FieldRule, batch: &ReadColumns<'_>, field: usize, faults: &mut Faults) {
    let own = &batch.columns[field];
    for row in 0..batch.rows {
        match rule {
            FieldRule::Required => {
                if own.is_missing(row) {
                    faults.error(plan, row, Code::MissingValue, "", Detail::None);
                }
            }
            FieldRule::RequiredWhen { other, equals, detail } => {
                let values = &batch.columns[*other].values;
                let applies = match equals {
                    None => !values.is_null(row),
                    Some(wanted) => match values {
                        ColumnValues::Boolean(a) => a.is_valid(row) && a.value(row).to_string() == *wanted,
                        values => values.text(row) == Some(wanted),
                    },
                };
                if applies && own.is_missing(row) {
                    faults.error(plan, row, Code::MissingValue, "", detail.clone());
                }
            }
            FieldRule::NotBefore { other, detail } => {
                if let (Some(day), Some(earliest)) = (own.values.day(row), batch.columns[*other].values.day(row))
                    && day < earliest
                {
                    faults.error(plan, row, Code::ConstraintError, batch.raw(field, row), detail.clone());
                }
            }
            FieldRule::AtMost { other, detail } => {
                if let (Some(n), Some(most)) = (own.values.number(row), batch.columns[*other].values.number(row))
                    && n > most
                {
                    faults.error(plan, row, Code::ConstraintError, batch.raw(field, row), detail.clone());
                }
            }
            FieldRule::Within { other, bounds } => {
                if let (Some(n), Some(scale)) = (own.values.number(row), batch.columns[*other].values.text(row))
                    && let Some((min, max)) = bounds.get(scale)
                    && !(*min..=*max).contains(&n)
                {
                    let bounds = ValueBounds { least: Some(*min), most: Some(*max) };
                    let detail = Detail::Scale(Arc::new((scale.to_owned(), bounds)));
                    faults.error(plan, row, Code::ConstraintError, batch.raw(field, row), detail);
                }
            }
        }
    }
}

/// Brings a column of ID numbers into normal form; returns each row's [`IdState`].
fn judge_ids(plans: &[FieldPlan<'_>], fields: IdFields, batch: &mut ReadColumns<'_>, faults: &mut Faults) -> Vec<u8> {
    let plan = &plans[fields.number];
    let mut states = vec![IdState::Absent as u8; batch.rows];
    let mut out = StringBuilder::with_capacity(batch.rows, batch.rows * 18);
    for (row, state) in states.iter_mut().enumerate() {
        let Some(text) = batch.columns[fields.number].values.text(row) else {
            out.append_null();
            continue;
        };
        // Without a field for the type, the number is a resident's; if the type is there but cannot be read, it may be
        // any document's.
        let resident = fields.id_type.is_none_or(|f| batch.columns[f].values.text(row) == Some(RESIDENT_CARD));
        let number = if resident { identity::resident_number(text) } else { identity::other_document(text) };
        *state = number.state as u8;
        let raw = batch.raw(fields.number, row);
        match number.state {
            IdState::Invalid => faults.warning(plan, row, Code::IdNumberChecksum, raw, number.reason),
            IdState::Damaged => faults.warning(plan, row, Code::IdNumberDamaged, raw, Detail::None),
            _ => {}
        }
        // Only a number with a correct check digit is used to check other fields.
        if resident && resident_id::is_check_digit_right(&number.text) {
            judge_agreement(plans, fields, batch, row, &number.text, faults);
        }
        out.append_value(&number.text);
    }
    batch.columns[fields.number].values = ColumnValues::Text(out.finish());
    states
}

/// Compares birth date (as far as it is given) and sex with an ID number whose check digit is correct.
fn judge_agreement(
    plans: &[FieldPlan<'_>],
    fields: IdFields,
    batch: &ReadColumns<'_>,
    row: usize,
    number: &str,
    faults: &mut Faults,
) {
    if let Some(field) = fields.birth
        && let Some(day) = batch.columns[field].values.day(row)
        && let Some(inside) = resident_id::birth_day_of(number)
    {
        let precision = batch.columns[field].precision.get(row).copied().unwrap_or(Precision::Day as u8);
        let (given, inside) = (crate::schema::day::to_date(day), crate::schema::day::to_date(inside));
        let agrees = given.year() == inside.year()
            && (precision < Precision::Month as u8 || given.month() == inside.month())
            && (precision < Precision::Day as u8 || given.day() == inside.day());
        if !agrees {
            faults.warning(&plans[field], row, Code::IdNumberMismatch, batch.raw(field, row), Detail::BirthDate);
        }
    }
    if let Some(field) = fields.sex
        && let Some(given @ ("1" | "2")) = batch.columns[field].values.text(row)
        && resident_id::sex_of(number).is_some_and(|inside| inside != given)
    {
        faults.warning(&plans[field], row, Code::IdNumberMismatch, batch.raw(field, row), Detail::Sex);
    }
}
