//! Everything that a night's numbers are made of, as plain lists of rows.

use std::collections::BTreeMap;

use super::windows::{Day, parse_day};

/// A person, as an index into [`World::person_ids`].
pub type Person = usize;

/// The rule that the norms name for `managed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ManagedRule {
    #[default]
    MonthGap,
    Prorata,
    Interval,
    VisitsAndCheckup,
}

impl ManagedRule {
    /// The rule of a name as the contract writes it.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "month_gap" => Some(Self::MonthGap),
            "prorata" => Some(Self::Prorata),
            "interval" => Some(Self::Interval),
            "visits_and_checkup" => Some(Self::VisitsAndCheckup),
            _ => None,
        }
    }
}

/// The settings that change a number.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Four digits.
    pub city: String,
    pub as_of: Day,
    /// `[periods] from`: periods begin in or after it.
    pub from: Day,
    /// `[data] from`: the day from which the counties have sent events.
    pub data_from: Day,
    /// `[data] stale_days` and `stale_site_days`.
    pub stale_days: i64,
    pub stale_site_days: i64,
    /// Kinds of period wanted: month, quarter, half, year.
    pub kinds: Vec<String>,
    pub managed_rule: ManagedRule,
    /// Other divisions that a profile is laid over, by profile.
    pub profile_scope: BTreeMap<String, Vec<String>>,
}

impl Settings {
    /// All kinds of period, the default rule and no overlay.
    pub fn new(city: &str, as_of: &str, from: &str) -> Self {
        Settings {
            city: city.to_owned(),
            as_of: parse_day(as_of).expect("as_of is a date"),
            from: parse_day(from).expect("from is a date"),
            data_from: parse_day(from).expect("from is a date"),
            stale_days: 45,
            stale_site_days: 370,
            kinds: ["month", "quarter", "half", "year"].map(str::to_owned).to_vec(),
            managed_rule: ManagedRule::MonthGap,
            profile_scope: BTreeMap::new(),
        }
    }
}

/// An accepted row: who sent it, whose it is, and its cells that are not empty, normalised (dates as
/// `2023-05-31`, codes as codes, booleans `true` and `false`, several codes joined by `|`).
#[derive(Clone, Debug, Default)]
pub struct Record {
    pub county: String,
    /// Empty for datasets that bear no person.
    pub person: String,
    pub cells: BTreeMap<String, String>,
}

impl Record {
    pub fn text(&self, field: &str) -> Option<&str> {
        self.cells.get(field).map(String::as_str).filter(|t| !t.is_empty())
    }

    /// The text of a field, empty where it is not given.
    pub fn string(&self, field: &str) -> String {
        self.text(field).unwrap_or_default().to_owned()
    }

    pub fn day(&self, field: &str) -> Option<Day> {
        self.text(field).map(|t| parse_day(t).unwrap_or_else(|| panic!("{field} holds no date of the form 2023-05-31")))
    }

    pub fn number(&self, field: &str) -> Option<f64> {
        self.text(field).map(|t| t.parse().unwrap_or_else(|_| panic!("{field} holds no number")))
    }

    pub fn integer(&self, field: &str) -> Option<i64> {
        self.text(field).map(|t| t.parse().unwrap_or_else(|_| panic!("{field} holds no whole number")))
    }

    pub fn codes(&self, field: &str) -> Vec<String> {
        self.text(field).map(|t| t.split('|').map(str::to_owned).collect()).unwrap_or_default()
    }

    /// docs/definitions.md: a boolean that is not given does not meet a condition.
    pub fn is_true(&self, field: &str) -> bool {
        self.text(field) == Some("true")
    }
}

/// All that is known on a night.
#[derive(Clone, Debug)]
pub struct World {
    pub settings: Settings,
    /// Code to name of the divisions of the reference folder under the city, levels city to village.
    pub divisions: BTreeMap<String, String>,
    /// `(division, year)` to residents.
    pub population: BTreeMap<(String, i64), i64>,
    /// `(county, dataset)` of which a file was ever sent, with or without rows, to the date of the newest export.
    pub exports: BTreeMap<(String, String), Day>,
    /// Accepted rows by dataset.
    pub rows: BTreeMap<String, Vec<Record>>,
    /// Name of each person, in the order of [`Person`].
    pub person_ids: Vec<String>,
    person_of_id: BTreeMap<String, Person>,
}

/// The level of a code, by its number of digits.
pub fn level_of(code: &str) -> Option<&'static str> {
    match code.len() {
        4 => Some("city"),
        6 => Some("county"),
        9 => Some("town"),
        12 => Some("village"),
        _ => None,
    }
}

/// docs/definitions.md: codes padded with zeros to 12 digits are trimmed.
pub fn trim_code(code: &str) -> &str {
    if code.len() != 12 {
        return code;
    }
    for digits in [2, 4, 6, 9] {
        if code[digits..].chars().all(|c| c == '0') {
            return &code[..digits];
        }
    }
    code
}

impl World {
    /// A world without rows. Divisions outside the city and its province stay out of the tree.
    pub fn new(settings: Settings, divisions: &[(&str, &str)]) -> Self {
        let divisions = divisions
            .iter()
            .map(|(code, name)| (trim_code(code).to_owned(), (*name).to_owned()))
            .filter(|(code, _)| code.starts_with(&settings.city) && level_of(code).is_some())
            .collect();
        World {
            settings,
            divisions,
            population: BTreeMap::new(),
            exports: BTreeMap::new(),
            rows: BTreeMap::new(),
            person_ids: Vec::new(),
            person_of_id: BTreeMap::new(),
        }
    }

    /// Adds an accepted row of a county. Where nothing is said of the export, it was made on `as_of`.
    pub fn add(&mut self, dataset: &str, county: &str, person: &str, cells: &[(&str, &str)]) {
        let cells = cells.iter().map(|(f, v)| ((*f).to_owned(), (*v).to_owned())).collect();
        self.push(dataset, Record { county: county.to_owned(), person: person.to_owned(), cells });
    }

    /// As [`World::add`].
    pub fn push(&mut self, dataset: &str, record: Record) {
        let export = (record.county.clone(), dataset.to_owned());
        self.exports.entry(export).or_insert(self.settings.as_of);
        if !record.person.is_empty() && !self.person_of_id.contains_key(&record.person) {
            self.person_of_id.insert(record.person.clone(), self.person_ids.len());
            self.person_ids.push(record.person.clone());
        }
        self.rows.entry(dataset.to_owned()).or_default().push(record);
    }

    /// Records that every county of the tree sent every dataset on `as_of`.
    pub fn all_sent(&mut self) {
        let counties: Vec<String> = self.divisions.keys().filter(|c| c.len() == 6).cloned().collect();
        for dataset in super::contract::fields().keys() {
            for county in &counties {
                self.exports.insert((county.clone(), dataset.clone()), self.settings.as_of);
            }
        }
    }

    /// The person of a row of a person-bearing dataset.
    pub fn person(&self, record: &Record) -> Person {
        self.person_of_id[&record.person]
    }

    pub fn rows(&self, dataset: &str) -> &[Record] {
        self.rows.get(dataset).map_or(&[], Vec::as_slice)
    }

    /// The row of a county with a key, for foreign keys: they look in the same county.
    pub fn parent(&self, dataset: &str, key_field: &str) -> BTreeMap<(&str, &str), &Record> {
        self.rows(dataset).iter().filter_map(|r| r.text(key_field).map(|key| ((r.county.as_str(), key), r))).collect()
    }

    /// docs/definitions.md, Levels: a row whose code ends at a higher level counts from that level upwards and in no
    /// lower one. These are the divisions of the tree in which a row at `place` counts.
    pub fn counts_in<'a>(&self, place: &'a str) -> Vec<&'a str> {
        [4, 6, 9, 12]
            .into_iter()
            .filter(|digits| *digits <= place.len())
            .map(|digits| &place[..digits])
            .filter(|code| self.divisions.contains_key(*code))
            .collect()
    }

    /// Codes of a level of the tree.
    pub fn of_level<'a>(&'a self, level: &'a str) -> impl Iterator<Item = &'a str> {
        self.divisions.keys().map(String::as_str).filter(move |code| level_of(code) == Some(level))
    }

    /// Counties that stand under a division, or above it, or are it.
    pub fn counties_around(&self, division: &str) -> Vec<&str> {
        self.of_level("county").filter(|c| c.starts_with(division) || division.starts_with(c)).collect()
    }

    /// docs/definitions.md, Definitions: population of a division is its own row for the year; else the sum of its
    /// children's if none is missing; else no data. A division without children has no sum.
    pub fn residents(&self, division: &str, year: i64) -> Option<i64> {
        if let Some(n) = self.population.get(&(division.to_owned(), year)) {
            return Some(*n);
        }
        let below = match level_of(division)? {
            "city" => "county",
            "county" => "town",
            "town" => "village",
            _ => return None,
        };
        let mut sum = None;
        for child in self.of_level(below).filter(|c| c.starts_with(division)) {
            sum = Some(sum.unwrap_or(0) + self.residents(child, year)?);
        }
        sum
    }
}
