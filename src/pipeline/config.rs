//! The config of a store: parsed as written, then checked, with all problems reported at once.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::apart::{KeptFolder, feed_folder_fault, overlap};
use super::config_file;
use super::engine_settings::engine_settings;
use super::raw_config::{RawData, RawEngine, RawProfiles, RawPublic, RawScope};
use super::sender_keys::SenderKeys;
use crate::catalogue::Catalogue;
use crate::deliver::raw_feed::RawFeed;
use crate::deliver::settings::FeedSettings;
use crate::engine::EngineSettings;
use crate::error::{Error, Result, Words, words};
use crate::ledger::SnapshotScope;
use crate::numbers::facts::PeriodKind;
use crate::numbers::indicators::{CoverageRules, Overlay};
use crate::schema::nearest::nearest;
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
    /// Whether the config's `as_of` and first period are dates; where one is not, another stands in its place, from which
    /// nothing is to be concluded.
    pub periods_are_told: bool,
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
    /// Whether senders' workbooks of rows to mend are laid into `private/outbox/`.
    pub outbox: bool,
    /// Whom they are encrypted to; `None` where they lie there in the clear.
    pub outbox_encrypt_to: Option<SenderKeys>,
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
    /// What runs the SQL of the numbers.
    pub engine: EngineSettings,
    /// The settings as written to the manifest, but for the engine: the numbers are the same by any.
    pub written: serde_json::Value,
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
        let mut check =
            SettingsCheck { place: path.display().to_string(), schemas, as_of_is_told: true, problems: Vec::new() };
        let (file, faults) = config_file::read(path);
        let is_whole = faults.is_empty();
        faults.into_iter().for_each(|fault| check.wrong(fault));
        let Some((raw, text)) = file else { return (None, check.problems) };
        let written = for_manifest(&text);
        let base = path.parent().unwrap_or(Path::new("")).to_owned();
        let as_of = check.as_of(raw.as_of.as_deref());
        check.as_of_is_told = check.problems.is_empty();
        check.city(&raw.city);
        let policy = &schemas.policy;
        let max_rejected_share = raw.max_rejected_share.unwrap_or(policy.max_rejected_share);
        check.share("max_rejected_share", max_rejected_share);
        check.within("reader_memory_mb", raw.reader_memory_mb, 64..=1 << 20);
        check.within("reader_seconds", raw.reader_seconds, 1..=86_400);
        check.within("quiet_seconds", raw.quiet_seconds, 0..=7 * 86_400);
        let min_snapshot_share = raw.min_snapshot_share.unwrap_or(policy.min_snapshot_share);
        check.share("min_snapshot_share", min_snapshot_share);
        let snapshot_scope = check.snapshot_scope(raw.snapshot_scope.as_deref());
        check.kept_snapshots(raw.keep_snapshots);
        let profiles = check.profiles(raw.profiles);
        let before = check.problems.len();
        let periods_from = check.periods_from(raw.periods.from.as_ref(), as_of);
        let data = check.data(&raw.data, periods_from, as_of);
        check.lang(raw.lang.as_deref());
        let period_kinds = check.period_kinds(&raw.periods.kinds);
        let periods_are_told = check.as_of_is_told && check.problems.len() == before;
        let norms = check.norms(&raw.norms);
        let hash = check.hash(&raw.identity.hash);
        let overlays = check.overlays(raw.profile_scope);
        let (release, release_day) = check.release(&raw.public);
        let (store, inbox, reference) = (base.join(raw.store), base.join(raw.inbox), base.join(raw.reference));
        check.apart(&store, &inbox);
        let query_tables = check.query_tables(raw.query_tables.map(|folder| base.join(folder)), &store, &inbox);
        let kept = kept(&store, &inbox, &reference);
        let feeds = check.feeds(raw.feeds, &base, &kept, &written);
        let engine = check.engine(&raw.engine, &base);
        let outbox_encrypt_to = raw.outbox_encrypt_to.map(|folder| check.sender_keys(&base.join(folder)));
        let config = Config {
            as_of,
            periods_are_told,
            store,
            inbox,
            reference,
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
            outbox: raw.outbox,
            outbox_encrypt_to,
            periods_from,
            period_kinds,
            data,
            norms,
            key_file: base.join(raw.identity.key_file),
            hash,
            overlays,
            release,
            release_day,
            feeds,
            query_tables,
            engine,
            written,
        };
        (is_whole.then_some(config), check.problems)
    }

    /// The folders that no package of a feed goes into, with their settings.
    pub(super) fn kept(&self) -> [KeptFolder; 3] {
        kept(&self.store, &self.inbox, &self.reference)
    }

    /// The profiles that this config selects.
    pub fn profiles<'a>(&self, schemas: &'a Schemas) -> Vec<&'a crate::schema::Profile> {
        schemas.profiles.iter().filter(|p| self.profiles.as_ref().is_none_or(|names| names.contains(&p.name))).collect()
    }
}

fn kept(store: &Path, inbox: &Path, reference: &Path) -> [KeptFolder; 3] {
    [("store", store), ("inbox", inbox), ("reference", reference)].map(|(key, folder)| (key, folder.to_owned()))
}

/// The settings as a manifest shows them.
fn for_manifest(text: &str) -> serde_json::Value {
    let mut written: toml::Table = toml::from_str(text).unwrap_or_default();
    written.remove("engine");
    serde_json::to_value(written).unwrap_or_default()
}

/// The settings of a config, one by one; each takes the place of one that is wrong, so that all problems are found.
struct SettingsCheck<'a> {
    place: String,
    schemas: &'a Schemas,
    /// Whether `as_of` is known, so that it may be compared with.
    as_of_is_told: bool,
    problems: Vec<Problem>,
}

impl SettingsCheck<'_> {
    fn wrong(&mut self, message: Words) {
        self.problems.push(Problem::new(&self.place, message));
    }

    fn as_of(&mut self, written: Option<&str>) -> i32 {
        let Some(text) = written else { return today() };
        day::parse_iso(text).unwrap_or_else(|| {
            self.wrong(words!(
                "as_of：`{text}` 不是日期；应写作 \"2023-12-31\"",
                "as_of: `{text}` is not a date such as \"2023-12-31\""
            ));
            today()
        })
    }

    fn city(&mut self, city: &str) {
        if !(city.len() == 4 && city.bytes().all(|b| b.is_ascii_digit())) {
            self.wrong(words!("city：`{city}` 不是 4 位区划代码", "city: `{city}` is not a division code of 4 digits"));
        }
    }

    fn share(&mut self, key: &str, share: f64) {
        if !(0.0..=1.0).contains(&share) {
            self.wrong(words!("{key}：{share} 不在 0 到 1 之间", "{key}: {share} is not between 0 and 1"));
        }
    }

    fn within(&mut self, key: &str, value: u64, range: RangeInclusive<u64>) {
        if !range.contains(&value) {
            let (least, most) = range.into_inner();
            self.wrong(words!(
                "{key}：{value} 不在 {least} 到 {most} 之间",
                "{key}: {value} is not between {least} and {most}"
            ));
        }
    }

    fn kept_snapshots(&mut self, written: usize) {
        if written == 0 {
            self.wrong(words!("keep_snapshots：至少保留 1 个快照", "keep_snapshots: at least 1 must be kept"));
        }
    }

    fn snapshot_scope(&mut self, written: Option<&str>) -> SnapshotScope {
        let Some(name) = written else { return SnapshotScope::default() };
        SnapshotScope::parse(name).unwrap_or_else(|| {
            self.wrong(words!(
                "snapshot_scope：`{name}` 既不是 \"county\" 也不是 \"folder\"",
                "snapshot_scope: `{name}` is neither \"county\" nor \"folder\""
            ));
            SnapshotScope::default()
        })
    }

    /// The names of all plans.
    fn profile_names(&self) -> Vec<&str> {
        self.schemas.profiles.iter().map(|p| p.name.as_str()).collect()
    }

    /// The plan that a name may mean, and all there are.
    fn plans_near(&self, name: &str) -> Words {
        let of_names = |p: &crate::schema::Profile| p.words.zh == name || p.words.en.eq_ignore_ascii_case(name);
        let by_title = self.schemas.profiles.iter().find(|p| of_names(p)).map(|p| p.name.as_str());
        let near = by_title.or_else(|| nearest(name, self.profile_names().into_iter(), 1).first().copied());
        let (zh, en) = (self.profile_names().join("、"), self.profile_names().join(", "));
        match near {
            Some(n) => words!("；是否应为 `{n}`？已有 {zh}", "; did you mean `{n}`? Known are {en}"),
            None => words!("；已有 {zh}", "; known are {en}"),
        }
    }

    fn profiles(&mut self, written: RawProfiles) -> Option<Vec<String>> {
        let known = Words::listed(&self.profile_names());
        match written {
            RawProfiles::Word(word) if word == "all" => None,
            RawProfiles::Word(word) => {
                let wrong = words!(
                    "profiles：`{word}` 既不是 \"all\"，也不是由下列方案组成的列表：",
                    "profiles: `{word}` is neither \"all\" nor a list of "
                );
                self.wrong(wrong.and(&known));
                None
            }
            RawProfiles::List(list) => {
                for name in &list {
                    if !self.profile_names().contains(&name.as_str()) {
                        let wrong = words!("profiles：没有方案 `{name}`", "profiles: unknown profile `{name}`");
                        self.wrong(wrong.and(&self.plans_near(name)));
                    }
                }
                Some(list)
            }
        }
    }

    fn periods_from(&mut self, written: Option<&toml::Value>, as_of: i32) -> i32 {
        let Some(value) = written else {
            return day::from_ymd(i32::from(day::to_date(as_of).year()), 1, 1).expect("a date");
        };
        let from = first_day(value).unwrap_or_else(|text| {
            self.wrong(words!(
                "periods.from：`{text}` 不是月份；应写作 \"2022-01\"",
                "periods.from: `{text}` is not a month such as \"2022-01\""
            ));
            as_of
        });
        if from > as_of && self.as_of_is_told {
            self.wrong(words!(
                "periods.from：{0} 晚于 as_of（{1}），没有任何统计周期",
                "periods.from: {0} is after as_of ({1}), so there is no period at all",
                day::to_iso(from),
                day::to_iso(as_of)
            ));
        }
        from
    }

    fn data(&mut self, written: &RawData, periods_from: i32, as_of: i32) -> CoverageRules {
        let from_day = match &written.from {
            None => periods_from,
            Some(value) => first_day(value).unwrap_or_else(|text| {
                self.wrong(words!(
                    "data.from：`{text}` 既不是月份（\"2022-01\"）也不是日期（\"2022-01-15\"）",
                    "data.from: `{text}` is neither a month such as \"2022-01\" nor a day such as \"2022-01-15\""
                ));
                periods_from
            }),
        };
        if written.from.is_some() && from_day > as_of && self.as_of_is_told {
            self.wrong(words!(
                "data.from：{0} 晚于 as_of（{1}），所有数字都会是 `partial`",
                "data.from: {0} is after as_of ({1}), so every number would be `partial`",
                day::to_iso(from_day),
                day::to_iso(as_of)
            ));
        }
        let policy = &self.schemas.policy;
        CoverageRules {
            from_day,
            stale_days: written.stale_days.unwrap_or(policy.stale_days),
            stale_site_days: written.stale_site_days.unwrap_or(policy.stale_site_days),
        }
    }

    /// The command line has looked at it already: the faults of a config are told in its language.
    fn lang(&mut self, written: Option<&str>) {
        if let Some(lang) = written.filter(|lang| *lang != "zh" && *lang != "en") {
            self.wrong(words!(
                "lang：`{lang}` 既不是 \"zh\" 也不是 \"en\"",
                "lang: `{lang}` is neither \"zh\" nor \"en\""
            ));
        }
    }

    fn period_kinds(&mut self, written: &[String]) -> Vec<PeriodKind> {
        let mut kinds = Vec::new();
        for kind in written {
            match PeriodKind::parse(kind) {
                Some(kind) => kinds.push(kind),
                None => self.wrong(words!(
                    "periods.kinds：`{kind}` 不是 month、quarter、half、year 之一",
                    "periods.kinds: `{kind}` is none of month, quarter, half, year"
                )),
            }
        }
        if written.is_empty() {
            self.wrong(words!(
                "periods.kinds：至少列出一种周期：month、quarter、half、year",
                "periods.kinds: at least one of month, quarter, half, year is needed"
            ));
        }
        kinds
    }

    fn norms(&mut self, written: &toml::Table) -> Norms {
        let mut written = written.clone();
        for key in config_file::top_level_keys() {
            if !self.schemas.norms.knows(&key) && written.remove(&key).is_some() {
                self.wrong(config_file::misplaced(&key, "[norms]"));
            }
        }
        let (norms, wrong) = self.schemas.norms.overridden(&written);
        for e in wrong {
            self.wrong(words!("norms：", "norms: ").and(&e));
        }
        for e in norms.problems(&self.schemas.codes, &self.schemas.facts) {
            self.wrong(words!("norms：", "norms: ").and(&e));
        }
        norms
    }

    fn hash(&mut self, written: &str) -> HashName {
        HashName::parse(written).unwrap_or_else(|| {
            self.wrong(words!(
                "identity.hash：`{written}` 既不是 \"sha256\" 也不是 \"sm3\"",
                "identity.hash: `{written}` is neither \"sha256\" nor \"sm3\""
            ));
            HashName::Sha256
        })
    }

    fn overlays(&mut self, written: Vec<RawScope>) -> Vec<Overlay> {
        for scope in &written {
            if !self.profile_names().contains(&scope.profile.as_str()) {
                let name = &scope.profile;
                let wrong = words!("profile_scope：没有方案 `{name}`", "profile_scope: unknown profile `{name}`");
                self.wrong(wrong.and(&self.plans_near(name)));
            }
        }
        written.into_iter().map(|scope| Overlay { profile: scope.profile, divisions: scope.divisions }).collect()
    }

    /// When the public edition is published, and the day of the month of a monthly one.
    fn release(&mut self, written: &RawPublic) -> (Release, u8) {
        let name = written.release.as_deref().unwrap_or(Release::Off.as_str());
        let release = Release::parse(name).unwrap_or_else(|| {
            self.wrong(words!(
                "public.release：`{name}` 不是 \"off\"、\"nightly\"、\"monthly\" 之一",
                "public.release: `{name}` is none of \"off\", \"nightly\", \"monthly\""
            ));
            Release::Off
        });
        let day = written.day.unwrap_or(1);
        if !(1..=28).contains(&day) {
            self.wrong(words!("public.day：{day} 不在 1 到 28 之间", "public.day: {day} is not between 1 and 28"));
        }
        (release, day)
    }

    fn apart(&mut self, store: &Path, inbox: &Path) {
        if overlap(store, inbox) {
            self.wrong(words!(
                "store、inbox：{} 与 {} 不得互相包含，否则存储会被当作导出文件读取，或导出文件与仅限本单位查看的内容混放",
                "store, inbox: {} and {} must not lie in one another: the store would be read as exports, or the exports \
                 be kept with what only the office may see",
                store.display(),
                inbox.display()
            ));
        }
    }

    /// The tables that queries begin with, in a folder of their own.
    fn query_tables(&mut self, folder: Option<PathBuf>, store: &Path, inbox: &Path) -> Option<PathBuf> {
        let folder = folder?;
        for (key, other) in [("store", store), ("inbox", inbox)] {
            if overlap(&folder, other) {
                self.wrong(words!(
                    "query_tables：{} 与 {key} 的 {} 不得互相包含",
                    "query_tables: {} and the {key} {} must not lie in one another",
                    folder.display(),
                    other.display()
                ));
            }
        }
        Some(folder)
    }

    fn sender_keys(&mut self, folder: &Path) -> SenderKeys {
        let (keys, found) = SenderKeys::read(folder, &self.schemas.sources());
        for Words { zh, en } in found {
            self.wrong(Words::new(format!("outbox_encrypt_to：{zh}"), format!("outbox_encrypt_to: {en}")));
        }
        keys
    }

    fn engine(&mut self, written: &RawEngine, base: &Path) -> EngineSettings {
        let (settings, found) = engine_settings(written, base);
        found.into_iter().for_each(|message| self.wrong(message));
        settings
    }

    fn feeds(
        &mut self,
        raw: BTreeMap<String, RawFeed>,
        base: &Path,
        kept: &[KeptFolder],
        written: &serde_json::Value,
    ) -> Vec<FeedSettings> {
        let catalogue = Catalogue::of(self.schemas);
        let store = kept.iter().find(|(key, _)| *key == "store").map_or(base, |(_, folder)| folder.as_path());
        let mut feeds = Vec::new();
        for (name, raw) in raw {
            let (feed, found) = raw.check(&name, base, store, &catalogue);
            found.into_iter().for_each(|message| self.wrong(message));
            let written = written["feeds"][name.as_str()].to_string();
            feeds.push(FeedSettings { written, ..feed });
        }
        for feed in &feeds {
            if let Some(said) = feed_folder_fault(feed, &feeds, kept) {
                self.wrong(said.at(format!("feeds.{}.to", feed.name)));
            }
        }
        feeds
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
