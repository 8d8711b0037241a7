//! Reading back what the generator wrote, without the program's own readers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use xinhui::schema::divisions::Level;
use xinhui::schema::table::ValueForm;
use xinhui::schema::{FieldType, Role, Schemas, Table, day};

/// Records of a csv text, quotes taken off.
pub fn parse_csv(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                row.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(vec![String::new()]),
            c => row.last_mut().unwrap().push(c),
        }
    }
    rows.retain(|row| row.len() > 1 || !row[0].is_empty());
    rows
}

/// Every file below a folder, by its path below it with `/`, sorted.
pub fn files_below(dir: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, path);
            }
        }
    }
    found
}

/// Rows of clean csv exports: county, dataset, and values by field name, given ones only.
pub struct Export {
    pub county: String,
    pub dataset: String,
    pub rows: Vec<BTreeMap<String, String>>,
}

pub fn read_exports(inbox: &Path, schemas: &Schemas) -> Vec<Export> {
    let mut exports = Vec::new();
    for (name, path) in files_below(inbox) {
        let parts: Vec<&str> = name.split('/').collect();
        let dataset = parts[2].rsplit_once('_').unwrap().0;
        let table = schemas.table(dataset).unwrap_or_else(|| panic!("{name} names a dataset"));
        assert_eq!(parts[1], table.source.as_str(), "{name} lies in its source's folder");
        let rows = parse_csv(&std::fs::read_to_string(path).unwrap());
        let fields: Vec<String> =
            rows[0].iter().map(|title| table.fields.iter().find(|f| f.title == *title).unwrap().name.clone()).collect();
        let rows = rows[1..]
            .iter()
            .map(|row| {
                assert_eq!(row.len(), fields.len(), "{name}");
                fields.iter().cloned().zip(row.iter().cloned()).filter(|(_, v)| !v.is_empty()).collect()
            })
            .collect();
        exports.push(Export { county: parts[0].to_owned(), dataset: dataset.to_owned(), rows });
    }
    exports
}

/// Divisions of the reference.
pub fn read_divisions(dir: &Path) -> BTreeSet<String> {
    let rows = parse_csv(&std::fs::read_to_string(dir.join("reference/divisions.csv")).unwrap());
    rows[1..].iter().map(|r| r[0].clone()).collect()
}

/// The check digit of GB 11643, computed from its definition.
pub fn id_is_valid(id: &str) -> bool {
    let digits: Vec<u32> = id.chars().filter_map(|c| c.to_digit(10)).collect();
    let last = match id.chars().last() {
        Some('X') => 10,
        Some(c) => c.to_digit(10).unwrap_or(99),
        None => 99,
    };
    if id.len() != 18 || digits.len() < 17 || last == 99 {
        return false;
    }
    // ISO 7064 MOD 11-2: the sum of the digits times 2^(17 - position), the check digit included, is 1.
    let sum = digits[..17].iter().enumerate().map(|(i, d)| d * 2u32.pow(17 - i as u32)).sum::<u32>() + last;
    sum % 11 == 1
}

/// Problems of a row against its declaration, without those that need other rows.
pub fn problems(
    row: &BTreeMap<String, String>,
    table: &Table,
    schemas: &Schemas,
    county: &str,
    divisions: &BTreeSet<String>,
    as_of: i32,
) -> Vec<String> {
    let mut found = Vec::new();
    let number = |field: &str| row.get(field).and_then(|v| v.parse::<f64>().ok());
    for field in &table.fields {
        let Some(value) = row.get(&field.name) else {
            let due = field.required_when.as_ref().is_some_and(|r| match (&r.equals, row.get(&r.field)) {
                (Some(wanted), Some(given)) => wanted == given,
                (None, given) => given.is_some(),
                _ => false,
            });
            if field.required || due {
                found.push(format!("{} missing", field.name));
            }
            continue;
        };
        let mut say = |what: &str| found.push(format!("{} {what}: {value}", field.name));
        match field.ty {
            FieldType::Date => match day::parse_iso(value) {
                None => say("no date"),
                Some(d) => {
                    if field.not_after_as_of && d > as_of {
                        say("after as_of");
                    }
                    if field.minimum_day.is_some_and(|m| d < m) {
                        say("too early");
                    }
                    let other = field.not_before.as_ref().and_then(|f| row.get(f)).and_then(|v| day::parse_iso(v));
                    if other.is_some_and(|o| d < o) {
                        say("before its earlier date");
                    }
                }
            },
            FieldType::Integer if value.parse::<i64>().is_err() => say("no integer"),
            FieldType::Number if value.parse::<f64>().is_err() => say("no number"),
            FieldType::Boolean if !matches!(value.as_str(), "是" | "否") => say("no boolean"),
            FieldType::Code | FieldType::Codes => {
                let list = &schemas.codes.get(field.codes.as_ref().unwrap()).unwrap().values;
                let parts: Vec<&str> =
                    if field.ty == FieldType::Code { vec![value] } else { value.split('|').collect() };
                let places: Vec<_> = parts.iter().map(|p| list.iter().position(|c| c.code == *p)).collect();
                if places.contains(&None) || !places.is_sorted() {
                    say("unknown code or order");
                }
            }
            _ => {}
        }
        if let Some(n) = number(&field.name) {
            let scale = field.range_by.as_ref().and_then(|by| schemas.scales.get(&row[by]));
            let above = field.maximum.is_some_and(|m| n > m)
                || scale.is_some_and(|s| n > s.max || n < s.min)
                || field.maximum_field.as_ref().and_then(|f| number(f)).is_some_and(|m| n > m);
            if above || field.minimum.is_some_and(|m| n < m) {
                say("out of range");
            }
        }
        if field.max_length.is_some_and(|m| value.chars().count() > m as usize) {
            say("too long");
        }
        let icd = value.as_bytes();
        if field.kind == Some(ValueForm::Icd10)
            && !(icd.len() >= 3 && icd[0].is_ascii_uppercase() && icd[1..3].iter().all(u8::is_ascii_digit))
        {
            say("no ICD-10 code");
        }
        if let Some(rule) = &field.division {
            let level = Level::of(value).map(|l| l.digits() as u8);
            if !level.is_some_and(|l| rule.levels.contains(&l)) || !divisions.contains(value) {
                say("unknown division");
            }
            if rule.inside_county && !value.starts_with(county) {
                say("outside the county");
            }
        }
        if matches!(&field.role, Role::Identity(part) if part == "id_number" || part == "related_id_number")
            && !id_is_valid(value)
        {
            say("wrong check digit");
        }
    }
    found
}
