//! Rules that need more than the row: divisions, foreign keys, dates of the parent.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, Int32Array, RecordBatch, StringArray};

use super::inputs::{LedgerContext, Parents};
use crate::diag::{Code, Detail, InBoth, ParentKey, RowFinding, Severity};
use crate::schema::disclosing::shown_key;
use crate::schema::layout::column_name;
use crate::schema::table::{DivisionRule, ForeignKey, RuleSeverity};
use crate::schema::{Field, Table};

/// Findings of the rows of one table that depend on the divisions and on other rows. `row_index` counts
/// within the batch; rows that `skip` names (void ones) are not judged.
pub(super) fn judge(
    context: &LedgerContext<'_>,
    table: &Table,
    county: &str,
    parents: &Parents,
    rows: &RecordBatch,
    skip: &dyn Fn(usize) -> bool,
) -> Vec<RowFinding> {
    let mut findings = Vec::new();
    for field in &table.fields {
        if let Some(rule) = field.division.as_ref().filter(|_| !context.unjudged.divisions) {
            findings.extend(divisions(context, (field, rule), county, rows, skip));
        }
    }
    for fk in &table.foreign_keys {
        let Some(values) = text(rows, &fk.field) else { continue };
        let field = table.field(&fk.field).expect("a declared field");
        let parent = parent_detail(context, fk);
        let tables = context.schemas.counting_as(&fk.table);
        if context.unjudged.absent_parents && !parents.knows_any(&tables, county, fk.city_wide) {
            continue;
        }
        let earliest =
            table.fields.iter().find(|f| f.not_before_parent.as_ref().is_some_and(|rule| rule.foreign_key == fk.field));
        let dates = earliest.and_then(|f| days(rows, &column_name(f)).map(|column| (f, column)));
        for row in 0..values.len() {
            if values.is_null(row) || skip(row) {
                continue;
            }
            match parents.find(&tables, county, fk.city_wide, values.value(row)) {
                None => findings.push(RowFinding {
                    row_index: row as u32,
                    field: Some(field.name.clone()),
                    code: Code::Orphan,
                    severity: if fk.required { Severity::Error } else { Severity::Warning },
                    until_day: None,
                    value_masked: shown_key(values.value(row)),
                    detail: parent.clone(),
                }),
                Some(known) => {
                    if let (Some((f, column)), Some(from)) = (&dates, known.event_day)
                        && column.is_valid(row)
                        && column.value(row) < from
                    {
                        findings.push(RowFinding {
                            row_index: row as u32,
                            field: Some(f.name.clone()),
                            code: Code::FollowupBeforeRegistration,
                            severity: Severity::Warning,
                            until_day: None,
                            value_masked: crate::schema::day::to_iso(column.value(row)),
                            detail: Detail::None,
                        });
                    }
                }
            }
        }
    }
    findings
}

/// What an orphan's message says of the parent: table and key, in both languages.
fn parent_detail(context: &LedgerContext<'_>, fk: &ForeignKey) -> Detail {
    let Some(parent) = context.schemas.table(&fk.table) else { return Detail::None };
    let key = parent.primary_key.first().and_then(|k| parent.field(k));
    let (name, title) = key.map_or(("", ""), |k| (k.name.as_str(), k.title.as_str()));
    let dataset = InBoth::new(&parent.title_en, &parent.title);
    Detail::Parent(Arc::new(ParentKey { dataset, key: InBoth::new(name, title) }))
}

fn divisions(
    context: &LedgerContext<'_>,
    (field, rule): (&Field, &DivisionRule),
    county: &str,
    rows: &RecordBatch,
    skip: &dyn Fn(usize) -> bool,
) -> Vec<RowFinding> {
    let mut findings = Vec::new();
    let Some(values) = text(rows, &column_name(field)) else { return findings };
    let mut seen: HashMap<&str, Option<Detail>> = HashMap::new();
    for row in 0..values.len() {
        if values.is_null(row) || skip(row) {
            continue;
        }
        let code = values.value(row);
        let digits = code.bytes().all(|b| b.is_ascii_digit());
        let wrong = seen.entry(code).or_insert_with(|| {
            if !digits {
                let named = named(context, rule, county, code);
                Some(named.unwrap_or_else(|| Detail::NoDivisionCode(rule.levels.as_slice().into())))
            } else if !rule.levels.iter().any(|l| usize::from(*l) == code.len()) {
                Some(Detail::DivisionLevel(rule.levels.as_slice().into()))
            } else if rule.inside_county && !code.starts_with(county) {
                Some(Detail::OutsideCounty(county.into()))
            } else if !context.divisions.is_known(code) {
                Some(Detail::UnknownDivision)
            } else {
                None
            }
        });
        // A residence code that is no code at all has its own error already.
        let malformed = field.pattern.is_some() && (!digits || matches!(wrong, Some(Detail::DivisionLevel(_))));
        if let Some(detail) = wrong.as_ref().filter(|_| !malformed) {
            findings.push(RowFinding {
                row_index: row as u32,
                field: Some(field.name.clone()),
                code: Code::UnknownDivision,
                severity: match rule.severity {
                    RuleSeverity::Error => Severity::Error,
                    RuleSeverity::Warning => Severity::Warning,
                },
                until_day: None,
                value_masked: shown_key(code),
                detail: detail.clone(),
            });
        }
    }
    findings
}

/// The division that bears a name which stands where a code belongs, if one alone does.
fn named(context: &LedgerContext<'_>, rule: &DivisionRule, county: &str, name: &str) -> Option<Detail> {
    let tree = context.divisions;
    let above = tree.name(county).filter(|above| !above.is_empty());
    let own = above.and_then(|above| name.strip_prefix(above)).filter(|own| !own.is_empty()).unwrap_or(name);
    let fits = |code: &str| {
        rule.levels.iter().any(|l| usize::from(*l) == code.len()) && (!rule.inside_county || code.starts_with(county))
    };
    let mut found = tree.iter().filter(|(code, called)| (*called == own || *called == name) && fits(code));
    let (code, _) = found.next()?;
    found.next().is_none().then(|| Detail::DivisionNamed(code.into()))
}

/// A text column by name.
pub(super) fn text<'a>(rows: &'a RecordBatch, name: &str) -> Option<&'a StringArray> {
    rows.column_by_name(name)?.as_any().downcast_ref()
}

/// A column of days by name.
pub(super) fn days<'a>(rows: &'a RecordBatch, name: &str) -> Option<&'a Int32Array> {
    rows.column_by_name(name)?.as_any().downcast_ref()
}
