//! The compiled declarations are those of the contract, line by line.

use std::collections::{BTreeMap, BTreeSet};

use xinhui::schema::{FieldType, Role, Schemas, Source, day};

use crate::reference::contract;

/// Lines of a contract file by header.
fn lines(text: &str) -> Vec<BTreeMap<String, String>> {
    let (header, lines) = contract::split_csv(text);
    lines.into_iter().map(|line| header.iter().cloned().zip(line).collect()).collect()
}

fn words(text: &str) -> Vec<&str> {
    text.split('|').filter(|w| !w.is_empty()).collect()
}

fn type_name(ty: FieldType) -> &'static str {
    match ty {
        FieldType::String => "string",
        FieldType::Code => "code",
        FieldType::Codes => "codes",
        FieldType::Integer => "integer",
        FieldType::Number => "number",
        FieldType::Boolean => "boolean",
        FieldType::Date => "date",
        FieldType::Datetime => "datetime",
    }
}

fn role_name(role: &Role) -> String {
    match role {
        Role::None => String::new(),
        Role::Key => "key".to_owned(),
        Role::Division => "division".to_owned(),
        Role::EventDate => "event_date".to_owned(),
        Role::Void => "void".to_owned(),
        Role::Version => "version".to_owned(),
        Role::Identity(part) => format!("identity.{part}"),
    }
}

#[test]
fn every_field_has_the_contracts_title_aliases_type_codes_role_and_duty() {
    let schemas = Schemas::embedded().unwrap();
    let rows = lines(include_str!("reference/contract/fields.csv"));
    let mut checked = 0;
    for table in &schemas.tables {
        let own: Vec<_> = rows.iter().filter(|r| r["dataset"] == table.name).collect();
        assert!(!own.is_empty(), "{} is no dataset of the contract", table.name);
        let blocks = |name: &'static str| rows.iter().filter(move |r| r["dataset"] == name);
        let mut expected: Vec<&BTreeMap<String, String>> = Vec::new();
        for row in own {
            if row["field"] == "@person" { expected.extend(blocks("@person")) } else { expected.push(row) }
        }
        if table.source != Source::REFERENCE {
            expected.extend(blocks("@row"));
        }
        let names: BTreeSet<&str> = table.fields.iter().map(|f| f.name.as_str()).collect();
        let wanted: BTreeSet<&str> = expected.iter().map(|r| r["field"].as_str()).collect();
        assert_eq!(names, wanted, "{}", table.name);
        for row in expected {
            let field = table.field(&row["field"]).expect("compared above");
            let place = format!("{}.{}", table.name, field.name);
            assert_eq!(field.title, row["title_zh"], "{place}");
            assert_eq!(field.aliases, words(&row["aliases_zh"]), "{place}");
            assert_eq!(type_name(field.ty), row["type"], "{place}");
            assert_eq!(field.required, row["required"] == "yes", "{place}");
            assert_eq!(field.codes.as_deref().unwrap_or_default(), row["codes"], "{place}");
            assert_eq!(role_name(&field.role), row["role"], "{place}");
            constraints(field, table, &row["constraint"], &place);
            checked += 1;
        }
    }
    assert_eq!(schemas.tables.len(), 16);
    assert_eq!(checked, 220);
}

/// The rules that a constraint states in words of its own: ranges, days, other fields, other tables.
fn constraints(field: &xinhui::schema::Field, table: &xinhui::schema::Table, text: &str, place: &str) {
    for rule in text.split([';', ',']).map(str::trim) {
        let rule = rule.strip_suffix(" (warning)").or(rule.strip_suffix(" (error)")).unwrap_or(rule);
        if let Some((low, high)) = rule.split_once("..").filter(|(low, _)| low.parse::<f64>().is_ok()) {
            assert_eq!(field.minimum, low.parse().ok(), "{place}: {rule}");
            match high.parse::<f64>() {
                Ok(high) => assert_eq!(field.maximum, Some(high), "{place}: {rule}"),
                Err(_) => assert_eq!(field.maximum_field.as_deref(), Some(high), "{place}: {rule}"),
            }
        }
        if rule == "not after as_of" || rule == "1900-01-01..as_of" {
            assert!(field.not_after_as_of, "{place}: {rule}");
        }
        if rule == "1900-01-01..as_of" {
            assert_eq!(field.minimum_day, day::from_ymd(1900, 1, 1), "{place}");
        }
        if let Some(bounds) = rule.strip_prefix("length ") {
            let bounds = bounds.split_once("..").expect("two lengths");
            assert_eq!(field.min_length.map(|n| n.to_string()).as_deref(), Some(bounds.0), "{place}");
            assert_eq!(field.max_length.map(|n| n.to_string()).as_deref(), Some(bounds.1), "{place}");
        }
        if let Some(other) = rule.strip_prefix("not before ") {
            match &field.not_before_parent {
                Some(parent) => assert_eq!(other, format!("the patient's {}", parent.field), "{place}"),
                None => assert_eq!(field.not_before.as_deref(), Some(other), "{place}"),
            }
        }
        if let Some(when) = rule.strip_prefix("required when ") {
            let told = field.required_when.as_ref().expect(place);
            let told = match &told.equals {
                Some(value) => format!("{} is {value}", told.field),
                None => format!("{} is given", told.field),
            };
            assert_eq!(told, when, "{place}");
        }
        if let Some((parent, key)) = rule.split_once('.').filter(|(p, _)| p.contains('_') && !p.contains(' ')) {
            if key == "csv" {
                continue;
            }
            let fk = table.foreign_keys.iter().find(|fk| fk.field == field.name).expect(place);
            assert_eq!(fk.table, parent, "{place}");
            assert_eq!(fk.required, field.required, "{place}");
            assert_eq!(fk.city_wide, field.name == "referred_to", "{place}");
        }
    }
}

#[test]
fn every_code_has_the_contracts_labels_and_aliases() {
    let schemas = Schemas::embedded().unwrap();
    let rows = lines(include_str!("reference/contract/codes.csv"));
    let declared: usize = schemas.codes.0.values().map(|l| l.values.len()).sum();
    assert_eq!(declared, rows.len());
    for row in &rows {
        let list = schemas.codes.get(&row["list"]).unwrap_or_else(|| panic!("{}", row["list"]));
        let value = list.values.iter().find(|v| v.code == row["code"]).unwrap_or_else(|| panic!("{row:?}"));
        assert_eq!((&value.zh, &value.en), (&row["zh"], &row["en"]));
        assert_eq!(value.aliases, words(&row["aliases"]), "{row:?}");
    }
}

#[test]
fn every_indicator_has_the_contracts_unit_window_levels_and_datasets() {
    let schemas = Schemas::embedded().unwrap();
    let rows = lines(include_str!("reference/contract/indicators.csv"));
    assert_eq!((schemas.indicators.len(), rows.len()), (55, 55));
    for row in &rows {
        let id = &row["id"];
        let i = schemas.indicator(id).unwrap_or_else(|| panic!("{id}"));
        assert_eq!((&i.zh, &i.en), (&row["zh"], &row["en"]), "{id}");
        assert_eq!((i.unit.as_str(), i.window.as_str()), (row["unit"].as_str(), row["window"].as_str()), "{id}");
        assert_eq!(i.count_of, row["count_of"], "{id}");
        let levels: BTreeSet<&str> = i.levels.iter().map(|l| l.as_str()).collect();
        assert_eq!(levels, row["levels"].split_whitespace().collect(), "{id}");
        assert_eq!(i.datasets, row["datasets"].split_whitespace().collect::<Vec<_>>(), "{id}");
    }
}

#[test]
fn every_target_is_the_contracts_with_its_sentence() {
    let schemas = Schemas::embedded().unwrap();
    let quotes = lines(include_str!("reference/contract/profiles.csv"));
    let rows = contract::targets();
    assert_eq!(rows.len(), 70);
    assert_eq!(schemas.profiles.iter().map(|p| p.targets.len()).sum::<usize>(), 70);
    assert_eq!(schemas.profiles.len(), 5);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (row, quote) in rows.iter().zip(&quotes) {
        let profile = schemas.profiles.iter().find(|p| p.name == row.profile).expect("a profile");
        let at = seen.entry(&row.profile).or_default();
        let target = &profile.targets[*at];
        *at += 1;
        let place = format!("{} target {at}", row.profile);
        assert_eq!(profile.division, row.division, "{place}");
        assert_eq!(profile.document, quote["document"], "{place}");
        assert_eq!(target.indicator, row.indicator, "{place}");
        assert_eq!((target.level.as_str(), target.op.as_str()), (row.level.as_str(), row.op.as_str()), "{place}");
        assert_eq!((target.target, day::to_iso(target.due_day)), (row.value as f64, row.due.clone()), "{place}");
        assert_eq!(target.quote_zh, quote["quote_zh"], "{place}");
        assert_eq!(target.villages, row.villages, "{place}");
    }
}
