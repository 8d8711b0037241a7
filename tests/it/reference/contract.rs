//! The contract's own tables, copied into `contract/` word for word.

use std::collections::BTreeMap;

const INDICATORS: &str = include_str!("contract/indicators.csv");
const PROFILES: &str = include_str!("contract/profiles.csv");
const FIELDS: &str = include_str!("contract/fields.csv");
const DATASETS: &str = include_str!("contract/datasets.csv");
const CODES: &str = include_str!("contract/codes.csv");

/// Splits comma-separated text with a header line; cells may stand in double quotes (a doubled quote is
/// one quote) and may hold commas and line breaks. Blank lines are skipped.
pub fn split_csv(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut line: Vec<String> = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => line.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            _ => cell.push(c),
        }
    }
    if !cell.is_empty() || !line.is_empty() {
        line.push(cell);
        lines.push(line);
    }
    lines.retain(|l| l.iter().any(|c| !c.is_empty()));
    if lines.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let header = lines.remove(0);
    (header, lines)
}

/// Rows of comma-separated text as header to cell.
fn records(text: &str) -> Vec<BTreeMap<String, String>> {
    let (header, lines) = split_csv(text);
    lines.into_iter().map(|line| header.iter().cloned().zip(line).collect()).collect()
}

/// A line of `indicators.csv`, as far as the reference needs it; numerators and denominators are written
/// out as code in `indicators_*.rs`.
#[derive(Clone, Debug)]
pub struct Indicator {
    pub id: String,
    pub unit: String,
    pub window: String,
    pub levels: Vec<String>,
    pub datasets: Vec<String>,
}

/// The 55 indicators in the order of the contract.
pub fn indicators() -> Vec<Indicator> {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    records(INDICATORS)
        .into_iter()
        .map(|r| Indicator {
            id: r["id"].clone(),
            unit: r["unit"].clone(),
            window: r["window"].clone(),
            levels: words(&r["levels"]),
            datasets: words(&r["datasets"]),
        })
        .collect()
}

/// A line of `profiles.csv`. The division of a profile stands in the note of its first line
/// (`division 370406001`), a list of named villages in the note of its own line (`list: …`).
#[derive(Clone, Debug)]
pub struct Target {
    pub profile: String,
    pub division: String,
    pub indicator: String,
    pub level: String,
    pub op: String,
    pub value: i64,
    pub due: String,
    pub villages: Vec<String>,
}

/// The 70 targets in the order of the contract.
pub fn targets() -> Vec<Target> {
    let rows = records(PROFILES);
    let mut division_of = BTreeMap::new();
    for row in &rows {
        if let Some(code) = row["note"].strip_prefix("division ") {
            division_of.insert(row["profile"].clone(), code.to_owned());
        }
    }
    rows.into_iter()
        .map(|r| Target {
            division: division_of[&r["profile"]].clone(),
            profile: r["profile"].clone(),
            indicator: r["indicator"].clone(),
            level: r["level"].clone(),
            op: r["op"].clone(),
            value: r["target"].parse().expect("targets are whole numbers"),
            due: r["due"].clone(),
            villages: r["note"]
                .strip_prefix("list:")
                .map(|list| list.split_whitespace().map(str::to_owned).collect())
                .unwrap_or_default(),
        })
        .collect()
}

/// A line of `datasets.csv`.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// `snapshot` or `upsert`.
    pub load: String,
    pub person_bearing: bool,
    pub event_date: Option<String>,
}

/// The datasets by name.
pub fn datasets() -> BTreeMap<String, Dataset> {
    let one = |r: &BTreeMap<String, String>| Dataset {
        load: r["load"].clone(),
        person_bearing: r["person_bearing"] == "yes",
        event_date: Some(r["event_date"].clone()).filter(|field| !field.is_empty()),
    };
    records(DATASETS).iter().map(|r| (r["dataset"].clone(), one(r))).collect()
}

/// A field of a dataset.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    /// Title, aliases and field name: all are accepted as a header.
    pub headers: Vec<String>,
    pub kind: String,
    pub required: bool,
    pub code_list: String,
}

/// The fields of every dataset, with `@person` and `@row` put in.
pub fn fields() -> BTreeMap<String, Vec<Field>> {
    let rows = records(FIELDS);
    let of =
        |dataset: &str| -> Vec<&BTreeMap<String, String>> { rows.iter().filter(|r| r["dataset"] == dataset).collect() };
    let one = |r: &BTreeMap<String, String>| Field {
        name: r["field"].clone(),
        headers: [&r["title_zh"], &r["field"]]
            .into_iter()
            .map(String::as_str)
            .chain(r["aliases_zh"].split('|').filter(|a| !a.is_empty()))
            .map(str::to_owned)
            .collect(),
        kind: r["type"].clone(),
        required: r["required"] == "yes",
        code_list: r["codes"].clone(),
    };
    let mut all: BTreeMap<String, Vec<Field>> = BTreeMap::new();
    for row in rows.iter().filter(|r| !r["dataset"].starts_with('@')) {
        let list = all.entry(row["dataset"].clone()).or_default();
        if row["field"] == "@person" {
            list.extend(of("@person").into_iter().map(one));
        } else {
            list.push(one(row));
        }
    }
    for (dataset, list) in &mut all {
        if dataset != "division" && dataset != "population" {
            list.extend(of("@row").into_iter().map(one));
        }
    }
    all
}

/// `code list -> text of a cell -> code`: the code, the Chinese label and every alias are accepted.
pub fn code_lists() -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for row in records(CODES) {
        let list = all.entry(row["list"].clone()).or_default();
        let code = &row["code"];
        let aliases = row["aliases"].split('|').filter(|a| !a.is_empty());
        for text in [code.as_str(), row["zh"].as_str()].into_iter().chain(aliases) {
            list.entry(text.to_owned()).or_insert_with(|| code.clone());
        }
    }
    all
}
