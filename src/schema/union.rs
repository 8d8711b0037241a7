//! Tables whose rows count as rows of another one: `$all_station_site` in a fact stands for the sites of
//! `station_site` and of every table that says `countsAs` it, with the table of each row (`_dataset`) and its place among
//! them (`_rank`, 0 for the table itself).

use super::layout::{column_name, is_plain};
use super::table::{CountsAs, Field, FieldType, Table, TableRole};
use crate::error::{Words, words};

/// What stands before the name of a table in the SQL of a fact.
const ALL: &str = "$all_";

/// A table and those that count as it, itself first, then by name: where two know one key, the first speaks
/// for it.
pub fn counting_as<'t>(tables: &'t [Table], name: &str) -> Vec<&'t Table> {
    let mut others: Vec<&Table> =
        tables.iter().filter(|t| t.counts_as.as_ref().is_some_and(|c| c.table == name)).collect();
    others.sort_by(|a, b| a.name.cmp(&b.name));
    let mut all: Vec<&Table> = tables.iter().filter(|t| t.name == name).collect();
    all.extend(others);
    all
}

/// The SQL of a fact with its unions written out.
pub(super) fn written_out(sql: &str, tables: &[Table]) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(at) = rest.find(ALL) {
        out.push_str(&rest[..at]);
        let tail = &rest[at + ALL.len()..];
        let (name, behind) = tail.split_at(tail.find(|c| !is_name(c)).unwrap_or(tail.len()));
        out.push_str(&rows_of(tables, name));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The rows of a table and of those that count as it, with all columns that a fact may name.
fn rows_of(tables: &[Table], name: &str) -> String {
    let all = counting_as(tables, name);
    let [table, others @ ..] = all.as_slice() else { return name.to_owned() };
    let fields: Vec<&Field> = table.fields.iter().filter(|f| is_plain(f)).collect();
    let own: Vec<String> = fields.iter().map(|f| column_name(f)).collect();
    let mut sql = format!("(SELECT _county, '{name}' AS _dataset, 0 AS _rank, {} FROM {name}", own.join(", "));
    for (rank, other) in (1..).zip(others) {
        let columns: Vec<String> = fields
            .iter()
            .map(|f| {
                let (here, there) = (source_of(table, other, f), column_name(f));
                if here == there { here } else { format!("{here} AS {there}") }
            })
            .collect();
        let (columns, other) = (columns.join(", "), &other.name);
        sql += &format!(
            "\n      UNION ALL\n      SELECT _county, '{other}' AS _dataset, {rank} AS _rank, {columns} FROM {other}"
        );
    }
    sql + ")"
}

/// Where a table that counts as another has the value of a field of that one.
fn source_of(table: &Table, other: &Table, field: &Field) -> String {
    let Some(counts) = &other.counts_as else { return nothing(field).to_owned() };
    if let Some(value) = counts.values.get(&field.name) {
        return literal(field, value).unwrap_or_else(|| nothing(field).to_owned());
    }
    partner(table, other, counts, field).map_or_else(|| nothing(field).to_owned(), column_name)
}

/// The field that holds the values of a field of the table that is counted as.
fn partner<'t>(table: &Table, other: &'t Table, counts: &CountsAs, field: &Field) -> Option<&'t Field> {
    let is_key = table.primary_key.first() == Some(&field.name);
    let name = match counts.fields.get(&field.name) {
        Some(name) => name,
        None if is_key => other.primary_key.first()?,
        None if table.division_field.as_ref() == Some(&field.name) => other.division_field.as_ref()?,
        None => &field.name,
    };
    other.field(name).filter(|f| is_plain(f))
}

/// NULL of the field's type, as all engines read it.
fn nothing(field: &Field) -> &'static str {
    match field.ty {
        FieldType::String | FieldType::Code | FieldType::Codes => "CASE WHEN 1 = 0 THEN '' END",
        FieldType::Boolean => "CASE WHEN 1 = 0 THEN TRUE END",
        FieldType::Number => "CASE WHEN 1 = 0 THEN 0.0 END",
        FieldType::Integer | FieldType::Date | FieldType::Datetime => "CASE WHEN 1 = 0 THEN 0 END",
    }
}

/// A declared value as SQL; `None` when it does not fit the field.
fn literal(field: &Field, value: &serde_json::Value) -> Option<String> {
    use serde_json::Value;
    match (field.ty, value) {
        (FieldType::String | FieldType::Code | FieldType::Codes, Value::String(text)) => {
            // A `$` would be taken for a parameter.
            (!text.contains('$')).then(|| format!("'{}'", text.replace('\'', "''")))
        }
        (FieldType::Integer, Value::Number(n)) => n.as_i64().map(|n| n.to_string()),
        (FieldType::Number, Value::Number(n)) => n.as_f64().map(|n| format!("{n:?}")),
        (FieldType::Boolean, Value::Bool(is)) => Some(if *is { "TRUE" } else { "FALSE" }.to_owned()),
        (FieldType::Date, Value::String(text)) => super::day::parse_iso(text).map(|day| day.to_string()),
        _ => None,
    }
}

/// What is wrong with what a table says that it counts as; `known` tells whether a code list has a code.
pub(super) fn problems(table: &Table, tables: &[Table], known: &dyn Fn(&str, &str) -> bool) -> Vec<Words> {
    let Some(counts) = &table.counts_as else { return Vec::new() };
    let of = &counts.table;
    let Some(target) = tables.iter().find(|t| t.name == *of) else {
        return vec![words!("countsAs：没有表 `{of}`", "countsAs: unknown table `{of}`")];
    };
    let mut problems = Vec::new();
    if table.role != TableRole::Site || target.role != TableRole::Site {
        problems.push(words!(
            "countsAs：只有场所可以计为场所，而 `{of}` 与本表并非都是场所",
            "countsAs: only a site counts as one, and `{of}` and this table are not both sites"
        ));
    }
    if target.counts_as.is_some() || target.name == table.name {
        problems.push(words!("countsAs：`{of}` 不是独立的表", "countsAs: `{of}` is no table that stands for itself"));
    }
    for name in counts.fields.keys().chain(counts.values.keys()).filter(|name| target.field(name).is_none()) {
        problems.push(words!("countsAs：`{of}` 没有字段 `{name}`", "countsAs: `{of}` has no field `{name}`"));
    }
    for name in counts.fields.values().filter(|name| table.field(name).is_none()) {
        problems.push(words!("countsAs：没有字段 `{name}`", "countsAs: there is no field `{name}`"));
    }
    for name in counts.fields.keys().filter(|name| counts.values.contains_key(*name)) {
        problems
            .push(words!("countsAs：`{name}` 既写了字段又写了值", "countsAs: `{name}` has both a field and a value"));
    }
    for field in target.fields.iter().filter(|f| is_plain(f)) {
        match (counts.values.get(&field.name), partner(target, table, counts, field)) {
            (Some(value), _) => {
                let is_unknown = |code: &str| field.codes.as_deref().is_some_and(|list| !known(list, code));
                if literal(field, value).is_none() || value.as_str().is_some_and(is_unknown) {
                    problems.push(words!(
                        "countsAs：{value} 不是 `{}` 的值",
                        "countsAs: {value} is no value of `{}`",
                        field.name
                    ));
                }
            }
            (None, Some(partner)) if partner.ty != field.ty || partner.codes != field.codes => problems.push(words!(
                "countsAs：`{}` 与 `{of}.{}` 的类型或代码表不同",
                "countsAs: `{}` is of another type or code list than `{of}.{}`",
                partner.name,
                field.name
            )),
            (None, None) if field.required => {
                problems.push(words!(
                    "countsAs：`{of}.{}` 必填，却既无字段也无值",
                    "countsAs: `{of}.{}` is required, and has neither field nor value",
                    field.name
                ));
            }
            (None, _) => {}
        }
    }
    problems
}
