//! Reads a folder of clean exports as the generator writes it (`synth --dirt none --formats csv`).
//!
//! Every row of such a folder is valid and accepted exactly once, so nothing is judged here: what cannot be
//! read stops the test with a panic.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::contract::{Field, code_lists, fields, split_csv};
use super::windows::{Day, parse_day};
use super::world::{ManagedRule, Record, Settings, World, level_of, trim_code};

type CodeLists = BTreeMap<String, BTreeMap<String, String>>;
type Tables = BTreeMap<String, Vec<Field>>;

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("cannot read {}: {e}", path.display()))
}

/// The settings of a `xinhui.toml`.
///
/// # Panics
/// When `city` or `as_of` is missing or unreadable.
pub fn settings(text: &str) -> Settings {
    let table: toml::Table = text.parse().expect("the settings are TOML");
    let string = |t: &toml::Table, key: &str| t.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let strings = |v: &toml::Value| -> Vec<String> {
        v.as_array().into_iter().flatten().filter_map(|x| x.as_str().map(str::to_owned)).collect()
    };
    let section = |key: &str| table.get(key).and_then(toml::Value::as_table);

    let city = string(&table, "city").expect("the settings name a city");
    let as_of = string(&table, "as_of").expect("the settings state as_of");
    let mut settings = Settings::new(&city, &as_of, "1970-01-01");
    if let Some(periods) = section("periods") {
        if let Some(from) = string(periods, "from") {
            settings.from = first_day(&from);
            // docs/definitions.md, Coverage: by default `[periods] from`.
            settings.data_from = settings.from;
        }
        if let Some(kinds) = periods.get("kinds") {
            settings.kinds = strings(kinds);
        }
    }
    if let Some(data) = section("data") {
        if let Some(from) = string(data, "from") {
            settings.data_from = first_day(&from);
        }
        let days = |key: &str| data.get(key).and_then(toml::Value::as_integer);
        settings.stale_days = days("stale_days").unwrap_or(settings.stale_days);
        settings.stale_site_days = days("stale_site_days").unwrap_or(settings.stale_site_days);
    }
    if let Some(rule) = section("norms").and_then(|n| string(n, "managed_rule")) {
        settings.managed_rule = ManagedRule::parse(&rule).expect("a known rule");
    }
    // The reference judges every profile of the contract.
    assert!(string(&table, "profiles").is_none_or(|p| p == "all"), "a clean folder asks for all profiles");
    for scope in table.get("profile_scope").and_then(toml::Value::as_array).into_iter().flatten() {
        let scope = scope.as_table().expect("a profile scope is a table");
        let profile = string(scope, "profile").expect("a profile scope names a profile");
        let divisions = scope.get("divisions").map(&strings).unwrap_or_default();
        settings.profile_scope.entry(profile).or_default().extend(divisions);
    }
    settings
}

/// The first day of `2022`, `2022-01` or `2022-01-01`.
fn first_day(text: &str) -> Day {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    parse_day(&whole).expect("a year, a month or a day")
}

/// One cell as the contract normalises it; empty when it is not given.
fn normalise(field: &Field, cell: &str, lists: &CodeLists) -> String {
    let cell = cell.trim();
    let code = |list: &str, text: &str| -> String {
        lists[list].get(text).cloned().unwrap_or_else(|| panic!("{} holds a cell outside its code list", field.name))
    };
    match field.kind.as_str() {
        _ if cell.is_empty() => String::new(),
        "code" => code(&field.code_list, cell),
        "codes" => {
            let parts = cell.split(['、', ',', ';', '|', '，', '；']).map(str::trim).filter(|p| !p.is_empty());
            parts.map(|p| code(&field.code_list, p)).collect::<Vec<_>>().join("|")
        }
        "boolean" => code("boolean", cell),
        "string" if field.name.ends_with("_code") => trim_code(cell).to_owned(),
        _ => cell.to_owned(),
    }
}

/// The dataset whose headers a file has: every header is one of its fields and no required field is missing.
/// Where several fit, the one with the fewest fields left over.
fn recognise<'t>(header: &[String], tables: &'t Tables, among: &[&str]) -> (&'t str, Vec<&'t Field>) {
    let mut best: Option<(usize, &str, Vec<&Field>)> = None;
    for (dataset, known) in tables.iter().filter(|(d, _)| among.is_empty() || among.contains(&d.as_str())) {
        let found: Option<Vec<&Field>> =
            header.iter().map(|h| known.iter().find(|f| f.headers.iter().any(|x| x == h.trim()))).collect();
        let Some(found) = found else { continue };
        let names: BTreeSet<&str> = found.iter().map(|f| f.name.as_str()).collect();
        if known.iter().any(|f| f.required && !names.contains(f.name.as_str())) {
            continue;
        }
        let left_over = known.len() - names.len();
        if best.as_ref().is_none_or(|(least, _, _)| left_over < *least) {
            best = Some((left_over, dataset, found));
        }
    }
    let (_, dataset, found) = best.unwrap_or_else(|| panic!("no dataset has the headers {header:?}"));
    (dataset, found)
}

/// Dataset and records (field to normalised cell, empty ones left out) of a file.
fn read_table(
    path: &Path,
    tables: &Tables,
    lists: &CodeLists,
    among: &[&str],
) -> (String, Vec<BTreeMap<String, String>>) {
    let (header, lines) = split_csv(&read(path));
    let (dataset, found) = recognise(&header, tables, among);
    let records = lines
        .into_iter()
        .map(|line| {
            let cells = found.iter().zip(line);
            cells
                .map(|(field, cell)| (field.name.clone(), normalise(field, &cell, lists)))
                .filter(|(_, cell)| !cell.is_empty())
                .collect()
        })
        .collect();
    (dataset.to_owned(), records)
}

/// Files with the ending `.csv` in a folder, by name.
fn csv_files(dir: &Path) -> Vec<std::path::PathBuf> {
    entries(dir).into_iter().filter(|p| p.extension().is_some_and(|x| x == "csv")).collect()
}

fn entries(dir: &Path) -> Vec<std::path::PathBuf> {
    let listing = fs::read_dir(dir).unwrap_or_else(|e| panic!("cannot list {}: {e}", dir.display()));
    let mut paths: Vec<_> = listing.map(|entry| entry.expect("a readable entry").path()).collect();
    paths.sort();
    paths
}

fn folder_name(path: &Path) -> String {
    path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned()
}

/// docs/definitions.md, Fates: the export's date stands in the file name (8 digits), else it is the file's time.
fn export_date(path: &Path) -> Day {
    let name = folder_name(path);
    let digits = name.split(|c: char| !c.is_ascii_digit()).rfind(|run| run.len() == 8);
    if let Some(d) = digits.and_then(|d| parse_day(&format!("{}-{}-{}", &d[..4], &d[4..6], &d[6..]))) {
        return d;
    }
    let time = fs::metadata(path).and_then(|m| m.modified()).expect("a file has a time");
    let seconds = time.duration_since(std::time::UNIX_EPOCH).expect("a time after 1970").as_secs() as i64;
    // The civil day of China, eight hours ahead.
    (seconds + 8 * 3600).div_euclid(86_400)
}

/// `(county, dataset, key)` to person.
fn truth(path: &Path) -> BTreeMap<(String, String, String), String> {
    let (header, lines) = split_csv(&read(path));
    let at = |name: &str| header.iter().position(|h| h == name).unwrap_or_else(|| panic!("truth.csv has no {name}"));
    let (county, dataset, key, person) = (at("county"), at("dataset"), at("record_key"), at("person"));
    lines.into_iter().map(|l| ((l[county].clone(), l[dataset].clone(), l[key].clone()), l[person].clone())).collect()
}

/// The field that is the key of a dataset, where it bears persons.
fn key_field(dataset: &str) -> Option<&'static str> {
    super::persons::PERSON_BEARING.iter().find(|(d, _, _)| *d == dataset).map(|(_, key, _)| *key)
}

impl World {
    /// Reads `xinhui.toml`, `reference/*.csv`, `inbox/<county>/<source>/*.csv` and `truth.csv` of a folder.
    ///
    /// # Panics
    /// On anything that is not as a clean folder has it.
    pub fn from_clean_dir(dir: &Path) -> World {
        let (tables, lists) = (fields(), code_lists());
        let settings = settings(&read(&dir.join("xinhui.toml")));
        let mut world = World::new(settings, &[]);

        for path in csv_files(&dir.join("reference")) {
            let (dataset, records) = read_table(&path, &tables, &lists, &["division", "population"]);
            for r in records {
                if dataset == "division" {
                    let code = trim_code(&r["code"]).to_owned();
                    if code.starts_with(&world.settings.city) && level_of(&code).is_some() {
                        world.divisions.insert(code, r["name"].clone());
                    }
                } else {
                    let year = r["year"].parse().expect("a year");
                    let residents = r["residents"].parse().expect("a number of residents");
                    world.population.insert((r["division_code"].clone(), year), residents);
                }
            }
        }

        let truth = truth(&dir.join("truth.csv"));
        let is_county = |path: &Path| folder_name(path).len() == 6;
        for county_dir in entries(&dir.join("inbox")).into_iter().filter(|p| p.is_dir() && is_county(p)) {
            let county = folder_name(&county_dir);
            let sources: Vec<_> = entries(&county_dir).into_iter().filter(|p| p.is_dir()).collect();
            for path in sources.iter().flat_map(|s| csv_files(s)) {
                let (dataset, records) = read_table(&path, &tables, &lists, &[]);
                let export = world.exports.entry((county.clone(), dataset.clone())).or_insert(Day::MIN);
                *export = export_date(&path).max(*export);
                for mut cells in records {
                    assert!(cells.remove("void").is_none_or(|v| v == "false"), "a clean folder holds no void row");
                    let person = key_field(&dataset).map(|field| {
                        let key = (county.clone(), dataset.clone(), cells[field].clone());
                        truth.get(&key).cloned().unwrap_or_else(|| panic!("truth.csv has no {dataset} row of a key"))
                    });
                    let record = Record { county: county.clone(), person: person.unwrap_or_default(), cells };
                    world.push(&dataset, record);
                }
            }
        }
        world
    }
}
