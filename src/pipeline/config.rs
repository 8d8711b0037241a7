//! The config of a store: parsed as written, then checked, with all problems reported at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::reader_process::Limits;
use crate::catalogue::Catalogue;
use crate::deliver::raw_feed::RawFeed;
use crate::deliver::settings::FeedSettings;
use crate::error::{Error, Result, Words, words};
use crate::ledger::SnapshotScope;
use crate::numbers::facts::PeriodKind;
use crate::numbers::indicators::{CoverageRules, Overlay};
use crate::schema::parse_fault::of_toml;
use crate::schema::{Norms, Problem, SchemaFiles, Schemas, day};
use crate::store::key::HashName;

/// When the public edition is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    Off,
    /// With each night.
    Nightly,
    /// On the first night on or after a day of the month; it stays as it is in between.
    Monthly,
}

impl Release {
    pub fn as_str(self) -> &'static str {
        match self {
            Release::Off => "off",
            Release::Nightly => "nightly",
            Release::Monthly => "monthly",
        }
    }

    fn parse(name: &str) -> Option<Release> {
        [Release::Off, Release::Nightly, Release::Monthly].into_iter().find(|r| r.as_str() == name)
    }
}

/// A checked config.
#[derive(Clone, Debug)]
pub struct Config {
    /// The day that the numbers are computed for, in days since 1970-01-01.
    pub as_of: i32,
    pub store: PathBuf,
    pub inbox: PathBuf,
    pub reference: PathBuf,
    pub city: String,
    /// Names of the profiles to evaluate; `None` for all.
    pub profiles: Option<Vec<String>>,
    pub max_rejected_share: f64,
    /// A file that changed within this many seconds is left for the next night.
    pub quiet_seconds: u64,
    /// Memory limit for reading one file, in mebibytes.
    pub reader_memory_mb: u64,
    /// Time limit for reading one file, in seconds; time for its size is added.
    pub reader_seconds: u64,
    /// The smallest share of the current keys that a newer export of a register must contain; below it the export is
    /// held back.
    pub min_snapshot_share: f64,
    /// A register of fewer keys is never held back.
    pub least_register_keys: u64,
    pub snapshot_scope: SnapshotScope,
    pub keep_snapshots: usize,
    /// Days after which the content of published files is checked again even if nothing has changed.
    pub verify_days: u32,
    pub periods_from: i32,
    pub period_kinds: Vec<PeriodKind>,
    pub data: CoverageRules,
    pub norms: Norms,
    pub key_file: PathBuf,
    pub hash: HashName,
    pub overlays: Vec<Overlay>,
    pub release: Release,
    /// The day of the month of a monthly edition.
    pub release_day: u8,
    /// What leaves the office, sorted by name.
    pub feeds: Vec<FeedSettings>,
    /// Folder for the tables that the declared SQL begins with.
    pub query_tables: Option<PathBuf>,
    /// The settings as written to the manifest.
    pub written: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    as_of: Option<String>,
    store: String,
    inbox: String,
    reference: String,
    city: String,
    lang: Option<String>,
    #[serde(default)]
    profiles: RawProfiles,
    max_rejected_share: Option<f64>,
    #[serde(default)]
    quiet_seconds: u64,
    #[serde(default = "default_memory")]
    reader_memory_mb: u64,
    #[serde(default = "default_seconds")]
    reader_seconds: u64,
    min_snapshot_share: Option<f64>,
    snapshot_scope: Option<String>,
    #[serde(default = "default_keep")]
    keep_snapshots: usize,
    #[serde(default = "default_verify")]
    verify_days: u32,
    query_tables: Option<String>,
    #[serde(default)]
    periods: RawPeriods,
    #[serde(default)]
    data: RawData,
    #[serde(default)]
    norms: toml::Table,
    identity: RawIdentity,
    #[serde(default)]
    profile_scope: Vec<RawScope>,
    #[serde(default)]
    public: RawPublic,
    #[serde(default)]
    feeds: BTreeMap<String, RawFeed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPublic {
    #[serde(default = "default_release")]
    release: String,
    #[serde(default = "default_day")]
    day: u8,
}

impl Default for RawPublic {
    fn default() -> Self {
        RawPublic { release: default_release(), day: default_day() }
    }
}

fn default_release() -> String {
    Release::Off.as_str().to_owned()
}

fn default_day() -> u8 {
    1
}

fn default_memory() -> u64 {
    Limits::MEMORY_MB
}

fn default_seconds() -> u64 {
    Limits::SECONDS
}

fn default_keep() -> usize {
    7
}

fn default_verify() -> u32 {
    7
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawProfiles {
    Word(String),
    List(Vec<String>),
}

impl Default for RawProfiles {
    fn default() -> Self {
        RawProfiles::Word("all".to_owned())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPeriods {
    from: Option<toml::Value>,
    #[serde(default = "all_kinds")]
    kinds: Vec<String>,
}

impl Default for RawPeriods {
    fn default() -> Self {
        RawPeriods { from: None, kinds: all_kinds() }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawData {
    from: Option<toml::Value>,
    stale_days: Option<u32>,
    stale_site_days: Option<u32>,
}

fn all_kinds() -> Vec<String> {
    PeriodKind::ALL.iter().map(|k| k.as_str().to_owned()).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIdentity {
    key_file: String,
    #[serde(default = "default_hash")]
    hash: String,
}

fn default_hash() -> String {
    "sha256".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScope {
    profile: String,
    divisions: Vec<String>,
}

impl Config {
    /// Reads and checks a config file; paths in it are relative to its folder.
    ///
    /// # Errors
    /// `Usage` with a message that lists every problem.
    pub fn read(path: &Path, schemas: &Schemas) -> Result<Config> {
        let (config, problems) = Config::parse(path, schemas);
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => {
                let lines: Vec<Words> = problems.iter().map(Problem::line).collect();
                Err(Error::usage("", Words::joined(&lines, "\n")))
            }
        }
    }

    /// Parses a config file as far as possible; returns every problem found.
    pub fn parse(path: &Path, schemas: &Schemas) -> (Option<Config>, Vec<Problem>) {
        let place = path.display().to_string();
        let problem = |message: Words| Problem::new(&place, message);
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) => return (None, vec![problem(Error::input(path, e).without_place())]),
        };
        let raw: RawConfig = match toml::from_str(&text) {
            Ok(raw) => raw,
            Err(e) => return (None, vec![problem(of_toml(&e))]),
        };
        let written =
            toml::from_str::<toml::Table>(&text).ok().and_then(|t| serde_json::to_value(t).ok()).unwrap_or_default();
        let base = path.parent().unwrap_or(Path::new("")).to_owned();
        let mut problems = Vec::new();
        let mut wrong = |message: Words| problems.push(problem(message));

        let as_of = match raw.as_of.as_deref() {
            None => today(),
            Some(text) => day::parse_iso(text).unwrap_or_else(|| {
                wrong(words!(
                    "as_of：`{text}` 不是日期；应写作 \"2023-12-31\"",
                    "as_of: `{text}` is not a date such as \"2023-12-31\""
                ));
                today()
            }),
        };
        if !(raw.city.len() == 4 && raw.city.bytes().all(|b| b.is_ascii_digit())) {
            wrong(words!("city：`{0}` 不是 4 位区划代码", "city: `{0}` is not a division code of 4 digits", raw.city));
        }
        let policy = &schemas.policy;
        let max_rejected_share = raw.max_rejected_share.unwrap_or(policy.max_rejected_share);
        if !(0.0..=1.0).contains(&max_rejected_share) {
            wrong(words!(
                "max_rejected_share：{max_rejected_share} 不在 0 到 1 之间",
                "max_rejected_share: {max_rejected_share} is not between 0 and 1"
            ));
        }
        if !(64..=1 << 20).contains(&raw.reader_memory_mb) {
            wrong(words!(
                "reader_memory_mb：{0} 不在 64 到 1048576 之间",
                "reader_memory_mb: {0} is not between 64 and 1048576",
                raw.reader_memory_mb
            ));
        }
        if !(1..=86_400).contains(&raw.reader_seconds) {
            wrong(words!(
                "reader_seconds：{0} 不在 1 到 86400 之间",
                "reader_seconds: {0} is not between 1 and 86400",
                raw.reader_seconds
            ));
        }
        let min_snapshot_share = raw.min_snapshot_share.unwrap_or(policy.min_snapshot_share);
        if !(0.0..=1.0).contains(&min_snapshot_share) {
            wrong(words!(
                "min_snapshot_share：{min_snapshot_share} 不在 0 到 1 之间",
                "min_snapshot_share: {min_snapshot_share} is not between 0 and 1"
            ));
        }
        let snapshot_scope = match raw.snapshot_scope.as_deref() {
            None => SnapshotScope::default(),
            Some(name) => SnapshotScope::parse(name).unwrap_or_else(|| {
                wrong(words!(
                    "snapshot_scope：`{name}` 既不是 \"county\" 也不是 \"folder\"",
                    "snapshot_scope: `{name}` is neither \"county\" nor \"folder\""
                ));
                SnapshotScope::default()
            }),
        };
        if raw.keep_snapshots == 0 {
            wrong(words!("keep_snapshots：至少保留 1 个快照", "keep_snapshots: at least 1 must be kept"));
        }
        let names: Vec<&str> = schemas.profiles.iter().map(|p| p.name.as_str()).collect();
        let profiles = match raw.profiles {
            RawProfiles::Word(word) if word == "all" => None,
            RawProfiles::Word(word) => {
                wrong(words!(
                    "profiles：`{word}` 既不是 \"all\"，也不是由下列方案组成的列表：{0}",
                    "profiles: `{word}` is neither \"all\" nor a list of {0}",
                    names.join(", ")
                ));
                None
            }
            RawProfiles::List(list) => {
                for name in list.iter().filter(|n| !names.contains(&n.as_str())) {
                    wrong(words!(
                        "profiles：没有方案 `{name}`；已有 {0}",
                        "profiles: unknown profile `{name}`; known are {0}",
                        names.join(", ")
                    ));
                }
                Some(list)
            }
        };
        let periods_from = match &raw.periods.from {
            None => day::from_ymd(i32::from(day::to_date(as_of).year()), 1, 1).expect("a date"),
            Some(value) => first_day(value).unwrap_or_else(|text| {
                wrong(words!(
                    "periods.from：`{text}` 不是月份；应写作 \"2022-01\"",
                    "periods.from: `{text}` is not a month such as \"2022-01\""
                ));
                as_of
            }),
        };
        if raw.periods.from.is_some() && periods_from > as_of {
            wrong(words!(
                "periods.from：{0} 晚于 as_of（{1}），没有任何统计周期",
                "periods.from: {0} is after as_of ({1}), so there is no period at all",
                day::to_iso(periods_from),
                day::to_iso(as_of)
            ));
        }
        let data_from = match &raw.data.from {
            None => periods_from,
            Some(value) => first_day(value).unwrap_or_else(|text| {
                wrong(words!(
                    "data.from：`{text}` 既不是月份（\"2022-01\"）也不是日期（\"2022-01-15\"）",
                    "data.from: `{text}` is neither a month such as \"2022-01\" nor a day such as \"2022-01-15\""
                ));
                periods_from
            }),
        };
        if raw.data.from.is_some() && data_from > as_of {
            wrong(words!(
                "data.from：{0} 晚于 as_of（{1}），所有数字都会是 `partial`",
                "data.from: {0} is after as_of ({1}), so every number would be `partial`",
                day::to_iso(data_from),
                day::to_iso(as_of)
            ));
        }
        let stale_days = raw.data.stale_days.unwrap_or(policy.stale_days);
        let stale_site_days = raw.data.stale_site_days.unwrap_or(policy.stale_site_days);
        // The command line has looked at it already: the faults of a config are told in its language.
        if let Some(lang) = raw.lang.filter(|lang| lang != "zh" && lang != "en") {
            wrong(words!("lang：`{lang}` 既不是 \"zh\" 也不是 \"en\"", "lang: `{lang}` is neither \"zh\" nor \"en\""));
        }
        let mut period_kinds = Vec::new();
        for kind in &raw.periods.kinds {
            match PeriodKind::parse(kind) {
                Some(kind) => period_kinds.push(kind),
                None => wrong(words!(
                    "periods.kinds：`{kind}` 不是 month、quarter、half、year 之一",
                    "periods.kinds: `{kind}` is none of month, quarter, half, year"
                )),
            }
        }
        if raw.periods.kinds.is_empty() {
            wrong(words!(
                "periods.kinds：至少列出一种周期：month、quarter、half、year",
                "periods.kinds: at least one of month, quarter, half, year is needed"
            ));
        }
        let norms = schemas.norms.overridden(&raw.norms).unwrap_or_else(|e| {
            wrong(words!("norms：", "norms: ").and(&e));
            schemas.norms.clone()
        });
        for e in norms.problems(&schemas.codes, &schemas.facts) {
            wrong(words!("norms：", "norms: ").and(&e));
        }
        let hash = HashName::parse(&raw.identity.hash).unwrap_or_else(|| {
            wrong(words!(
                "identity.hash：`{0}` 既不是 \"sha256\" 也不是 \"sm3\"",
                "identity.hash: `{0}` is neither \"sha256\" nor \"sm3\"",
                raw.identity.hash
            ));
            HashName::Sha256
        });
        let mut overlays = Vec::new();
        for scope in raw.profile_scope {
            if !names.contains(&scope.profile.as_str()) {
                wrong(words!(
                    "profile_scope：没有方案 `{0}`；已有 {1}",
                    "profile_scope: unknown profile `{0}`; known are {1}",
                    scope.profile,
                    names.join(", ")
                ));
            }
            overlays.push(Overlay { profile: scope.profile, divisions: scope.divisions });
        }
        let release = Release::parse(&raw.public.release).unwrap_or_else(|| {
            wrong(words!(
                "public.release：`{0}` 不是 \"off\"、\"nightly\"、\"monthly\" 之一",
                "public.release: `{0}` is none of \"off\", \"nightly\", \"monthly\"",
                raw.public.release
            ));
            Release::Off
        });
        if !(1..=28).contains(&raw.public.day) {
            wrong(words!(
                "public.day：{0} 不在 1 到 28 之间",
                "public.day: {0} is not between 1 and 28",
                raw.public.day
            ));
        }
        let (store, inbox) = (base.join(raw.store), base.join(raw.inbox));
        let (real_store, real_inbox) = (real(&store), real(&inbox));
        if real_store.starts_with(&real_inbox) || real_inbox.starts_with(&real_store) {
            wrong(words!(
                "store、inbox：{} 与 {} 不得互相包含，否则存储会被当作导出文件读取，或导出文件与仅限本单位查看的内容混放",
                "store, inbox: {} and {} must not lie in one another: the store would be read as exports, or the exports \
                 be kept with what only the office may see",
                store.display(),
                inbox.display()
            ));
        }
        let catalogue = Catalogue::of(schemas);
        let mut feeds = Vec::new();
        for (name, raw) in raw.feeds {
            let (feed, found) = raw.check(&name, &base, &store, &catalogue);
            found.into_iter().map(Words::from).for_each(&mut wrong);
            feeds.push(feed);
        }
        let config = Config {
            as_of,
            store,
            inbox,
            reference: base.join(raw.reference),
            city: raw.city,
            profiles,
            max_rejected_share,
            quiet_seconds: raw.quiet_seconds,
            reader_memory_mb: raw.reader_memory_mb,
            reader_seconds: raw.reader_seconds,
            min_snapshot_share,
            least_register_keys: policy.least_register_keys,
            snapshot_scope,
            keep_snapshots: raw.keep_snapshots,
            verify_days: raw.verify_days,
            periods_from,
            period_kinds,
            data: CoverageRules { from_day: data_from, stale_days, stale_site_days },
            norms,
            key_file: base.join(raw.identity.key_file),
            hash,
            overlays,
            release,
            release_day: raw.public.day,
            feeds,
            query_tables: raw.query_tables.map(|folder| base.join(folder)),
            written,
        };
        (Some(config), problems)
    }

    /// The profiles that this config selects.
    pub fn profiles<'a>(&self, schemas: &'a Schemas) -> Vec<&'a crate::schema::Profile> {
        schemas.profiles.iter().filter(|p| self.profiles.as_ref().is_none_or(|names| names.contains(&p.name))).collect()
    }
}

/// The declarations of a folder, or the built-in ones.
pub fn schema_files(dir: Option<&Path>) -> Result<SchemaFiles> {
    match dir {
        Some(dir) => SchemaFiles::read(dir),
        None => Ok(SchemaFiles::embedded()),
    }
}

/// The current date in China.
pub fn today() -> i32 {
    day::from_date(jiff::Timestamp::now().to_zoned(china()).date())
}

/// The time zone of China, in which all dates of the counties are meant.
pub(crate) fn china() -> jiff::tz::TimeZone {
    crate::schema::zone::china().clone()
}

/// A path without links and `..`, resolved as far as it exists.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut known = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                known.pop();
            }
            part => known.push(part),
        }
        known = known.canonicalize().unwrap_or(known);
    }
    known
}

/// The first day of the period that a setting names; its text as error if it names none.
fn first_day(value: &toml::Value) -> std::result::Result<i32, String> {
    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    period_start(&text).ok_or(text)
}

/// The first day of `2022`, `2022-05` or `2022-05-01`.
fn period_start(text: &str) -> Option<i32> {
    let mut parts = text.split('-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next().map_or(Some(1), |m| m.parse().ok())?;
    let date = parts.next().map_or(Some(1), |d| d.parse().ok())?;
    day::from_ymd(year, month, date)
}
