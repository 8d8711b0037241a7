//! `schemas/` as checked values. Knows no engine.

pub mod arithmetic;
mod check;
pub mod codes;
mod counted;
mod counts;
pub mod credit_code;
pub mod day;
pub mod disclosing;
pub mod disclosure;
pub mod divisions;
pub mod fact;
mod files;
pub mod indicator;
pub mod known_divisions;
pub mod layout;
pub mod mending;
pub mod nearest;
pub mod norms;
pub mod null_words;
pub mod parse_fault;
mod period;
pub mod policy;
mod portable;
pub mod profile;
pub mod resident_id;
pub mod rollup;
pub mod same_numbers;
mod source;
pub mod table;
pub mod union;
pub mod zone;

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result, Words, words};
use counted::CountedThings;
use parse_fault::of_toml;

pub use codes::{CodeLists, Scales};
pub use counts::{AddsUp, Counts};
pub use disclosure::DisclosurePolicy;
pub use fact::{Fact, FactKind, Facts, Grain};
pub use files::SchemaFiles;
pub use indicator::Indicator;
pub use norms::Norms;
pub use period::PeriodKind;
pub use policy::Policy;
pub use profile::Profile;
pub use rollup::{Rollup, RollupMeasure};
pub use source::Source;
pub use table::{Field, FieldType, Load, Role, Table, TableRole};

/// One problem of the declarations, with its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub place: Words,
    pub message: Words,
}

impl Problem {
    pub fn new(place: impl Into<Words>, message: impl Into<Words>) -> Self {
        Problem { place: place.into(), message: message.into() }
    }

    /// The place and what is wrong there, on a line.
    pub fn line(&self) -> Words {
        if self.place.is_empty() {
            return self.message.clone();
        }
        self.place.and(&words!("：", ": ")).and(&self.message)
    }
}

/// Everything declared.
#[derive(Clone, Debug)]
pub struct Schemas {
    pub tables: Vec<Table>,
    pub codes: CodeLists,
    pub scales: Scales,
    pub norms: Norms,
    pub policy: Policy,
    pub facts: Facts,
    /// Sorted by id.
    pub indicators: Vec<Indicator>,
    pub rollups: Vec<Rollup>,
    /// Sorted by name.
    pub profiles: Vec<Profile>,
    /// What leaves, and for whom.
    pub disclosure: DisclosurePolicy,
    pub hashes: SchemaHashes,
}

/// SHA-256, in hexadecimal, of what the manifest names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaHashes {
    /// Tables, codes and scales: what decides how a file is read.
    pub schemas: String,
    /// Facts, indicators, what they count, and rollups.
    pub indicators: String,
    pub profiles: String,
    pub norms: String,
    /// The policy of what leaves.
    pub disclosure: String,
}

impl Schemas {
    /// The declarations compiled into the binary.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Schema`]; the compiled ones are held right by a test.
    pub fn embedded() -> Result<Self> {
        Self::from_files(&SchemaFiles::embedded())
    }

    /// Checks declarations; all problems are in the error's message.
    pub fn from_files(files: &SchemaFiles) -> Result<Self> {
        let (schemas, problems) = Self::parse(files);
        match schemas {
            Some(schemas) if problems.is_empty() => Ok(schemas),
            _ => {
                let lines: Vec<Words> = problems.iter().map(Problem::line).collect();
                Err(Error::schema("", Words::joined(&lines, "\n")))
            }
        }
    }

    /// Reads what can be read, with every problem found.
    pub fn parse(files: &SchemaFiles) -> (Option<Self>, Vec<Problem>) {
        let mut found = ProblemsOf { origin: &files.origin, problems: Vec::new() };
        let mut broken = check::Broken::default();
        let mut tables = found.tables(files, &mut broken);
        let codes: CodeLists = found.toml(files, "codes.toml").unwrap_or_default();
        let scales: Scales = found.toml(files, "scales.toml").unwrap_or_default();
        let norms: Option<Norms> = found.toml_or_compiled(files, "norms.toml");
        let policy: Option<Policy> = found.toml_or_compiled(files, "policy.toml");
        if let Some(policy) = &policy {
            found.all("policy.toml", policy.problems());
        }
        let facts = found.facts(files, &tables, &mut broken);
        let things: CountedThings = found.toml_or_compiled(files, "counted.toml").unwrap_or_default();
        found.all("counted.toml", things.problems());
        let indicators = found.indicators(files, &things, (&facts, &tables), &broken);
        let rollups = found.rollups(files, &facts, &broken);
        let profiles = found.profiles(files, &indicators);
        for table in &tables {
            found.all(&format!("tables/{}.json", table.name), check::table(table, &tables, &codes, &scales, &broken));
        }
        for table in &mut tables {
            // A field declared twice was told; further checks see the first.
            let mut names = BTreeSet::new();
            table.fields.retain(|f| names.insert(f.name.clone()));
        }
        if let Some(norms) = &norms {
            found.all("norms.toml", norms.problems(&codes, &facts));
            let parameters = norms.parameters(&codes);
            for fact in facts.values() {
                let problems = check::fact(fact, &facts, &tables, &parameters, &broken);
                found.all(&format!("{}/{}.sql", fact_folder(fact.kind), fact.name), problems);
            }
        }
        let hashes = SchemaHashes {
            schemas: hash(files, &["tables/", "codes.toml", "scales.toml"]),
            indicators: hash(files, &["counted.toml", "facts/", "indicators/", "rollups/"]),
            profiles: hash(files, &["profiles/"]),
            norms: hash(files, &["norms.toml"]),
            disclosure: hash(files, &["disclosure.toml"]),
        };
        let disclosure = found.disclosure(files, &hashes.disclosure, &indicators);
        let schemas = norms.zip(policy).zip(disclosure).map(|((norms, policy), disclosure)| Schemas {
            tables,
            codes,
            scales,
            norms,
            policy,
            facts,
            indicators,
            rollups,
            profiles,
            disclosure,
            hashes,
        });
        (schemas, found.problems)
    }

    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|t| t.name == name)
    }

    /// Tables that counties export.
    pub fn exported(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter().filter(|t| t.is_exported())
    }

    /// The sources that counties export from, by name.
    pub fn sources(&self) -> BTreeSet<Source> {
        self.exported().map(|t| t.source).collect()
    }

    /// A table and those that count as it; see [`union::counting_as`].
    pub fn counting_as(&self, name: &str) -> Vec<&Table> {
        union::counting_as(&self.tables, name)
    }

    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|i| i.id == id)
    }

    /// The villages that profiles name for an indicator about named villages, each once.
    pub fn named_villages(&self) -> Vec<String> {
        let mut all: Vec<String> =
            self.profiles.iter().flat_map(|p| &p.targets).flat_map(|t| t.villages.iter().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// The folder of the facts of a kind.
fn fact_folder(kind: FactKind) -> &'static str {
    match kind {
        FactKind::Base => "facts/base",
        FactKind::Window => "facts/window",
        FactKind::Period => "facts/period",
    }
}

/// The file's name without folder and ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split_once('.').map_or(name, |(stem, _)| stem)
}

/// What manifests name since the first: another way to hash would have every store read its inbox again.
fn hash(files: &SchemaFiles, prefixes: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for (path, text) in &files.files {
        if prefixes.iter().any(|p| path.starts_with(p)) {
            hasher.update((path.len() as u64).to_le_bytes());
            hasher.update(path.as_bytes());
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
    }
    hasher.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// Problems found so far.
struct ProblemsOf<'a> {
    origin: &'a str,
    problems: Vec<Problem>,
}

impl ProblemsOf<'_> {
    fn one(&mut self, path: &str, message: Words) {
        self.problems.push(Problem::new(format!("{}/{path}", self.origin), message));
    }

    fn all(&mut self, path: &str, messages: Vec<Words>) {
        for message in messages {
            self.one(path, message);
        }
    }

    fn toml<T: serde::de::DeserializeOwned>(&mut self, files: &SchemaFiles, path: &str) -> Option<T> {
        match files.files.get(path) {
            None => {
                self.one(path, words!("缺少此文件", "is missing"));
                None
            }
            Some(text) => match toml::from_str(text) {
                Ok(value) => Some(value),
                Err(e) => {
                    self.one(path, of_toml(&e));
                    None
                }
            },
        }
    }

    /// As [`ProblemsOf::toml`]; the compiled file stands in for one that cannot be read, so that the rest is checked all
    /// the same.
    fn toml_or_compiled<T: serde::de::DeserializeOwned>(&mut self, files: &SchemaFiles, path: &str) -> Option<T> {
        self.toml(files, path)
            .or_else(|| SchemaFiles::embedded().files.get(path).and_then(|text| toml::from_str(text).ok()))
    }

    fn tables(&mut self, files: &SchemaFiles, broken: &mut check::Broken) -> Vec<Table> {
        let mut tables = Vec::new();
        for (path, text) in files.inside("tables") {
            match table::parse(text) {
                Ok(table) => tables.push(table),
                Err(messages) => {
                    broken.tables.push(stem(path).to_owned());
                    self.all(path, messages);
                }
            }
        }
        tables
    }

    fn facts(&mut self, files: &SchemaFiles, tables: &[Table], broken: &mut check::Broken) -> Facts {
        let mut facts = Facts::new();
        for kind in [FactKind::Base, FactKind::Window, FactKind::Period] {
            for (path, text) in files.inside(fact_folder(kind)) {
                let Some(name) = path.rsplit('/').next().and_then(|n| n.strip_suffix(".sql")) else { continue };
                match fact::parse(name, kind, text, tables) {
                    Ok(fact) => {
                        if facts.insert(name.to_owned(), fact).is_some() {
                            self.one(path, words!("事实表 `{name}` 定义了两次", "the fact `{name}` is declared twice"));
                        }
                    }
                    Err(message) => {
                        broken.facts.push(name.to_owned());
                        self.one(path, message);
                    }
                }
            }
        }
        facts
    }

    fn indicators(
        &mut self,
        files: &SchemaFiles,
        things: &CountedThings,
        (facts, tables): (&Facts, &[Table]),
        broken: &check::Broken,
    ) -> Vec<Indicator> {
        let mut indicators: Vec<Indicator> = Vec::new();
        for (path, text) in files.inside("indicators") {
            let (parsed, problems) = indicator::parse(text, things);
            self.all(path, problems);
            for i in parsed {
                self.all(path, check::indicator(&i, facts, tables, broken));
                if indicators.iter().any(|j| j.id == i.id) {
                    self.one(path, words!("指标 `{}` 定义了两次", "the indicator `{}` is declared twice", i.id));
                }
                indicators.push(i);
            }
        }
        indicators.sort_by(|a, b| a.id.cmp(&b.id));
        indicators
    }

    fn rollups(&mut self, files: &SchemaFiles, facts: &Facts, broken: &check::Broken) -> Vec<Rollup> {
        let mut rollups: Vec<Rollup> = Vec::new();
        for (path, text) in files.inside("rollups") {
            let (parsed, problems) = rollup::parse(text);
            self.all(path, problems);
            for r in parsed {
                self.all(path, check::rollup(&r, facts, broken));
                if rollups.iter().any(|s| s.name == r.name) {
                    self.one(path, words!("汇总表 `{}` 定义了两次", "the rollup `{}` is declared twice", r.name));
                }
                rollups.push(r);
            }
        }
        rollups
    }

    fn profiles(&mut self, files: &SchemaFiles, indicators: &[Indicator]) -> Vec<Profile> {
        let mut profiles = Vec::new();
        for (path, text) in files.inside("profiles") {
            match profile::parse(text) {
                Ok(p) => {
                    self.all(path, check::profile(&p, indicators));
                    profiles.push(p);
                }
                Err(messages) => self.all(path, messages),
            }
        }
        profiles.sort_by(|a, b| a.name.cmp(&b.name));
        profiles
    }

    /// The compiled policy stands in for one that cannot be read, so that the rest is checked all the same.
    fn disclosure(&mut self, files: &SchemaFiles, hash: &str, indicators: &[Indicator]) -> Option<DisclosurePolicy> {
        let read = match files.files.get("disclosure.toml") {
            None => {
                self.one("disclosure.toml", words!("缺失", "is missing"));
                None
            }
            Some(text) => {
                let (disclosure, problems) = disclosure::parse(text, hash.to_owned(), indicators);
                self.all("disclosure.toml", problems);
                disclosure
            }
        };
        read.or_else(|| {
            let files = SchemaFiles::embedded();
            let text = files.files.get("disclosure.toml")?;
            disclosure::parse(text, String::new(), &[]).0
        })
    }
}
