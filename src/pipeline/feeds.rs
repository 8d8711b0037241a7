//! Feeds of a store: what the commands and a night do with them.

use std::path::{Path, PathBuf};

use super::config::{Config, schema_files};
use crate::catalogue::Catalogue;
use crate::deliver::build::{Base, Building, Built};
use crate::deliver::edition::FeedEdition;
use crate::deliver::send::state::{FeedFolder, FeedState, Receipt};
use crate::deliver::send::{SendOutcome, Sending};
use crate::deliver::settings::{Extent, FeedSettings, FeedTarget, SecretPlace};
use crate::deliver::sign::SigningKey;
use crate::error::{Error, Result, Words, words};
use crate::schema::{Problem, Schemas};
use crate::store::Store;

/// The feeds of a config.
pub struct Feeds {
    schemas: Schemas,
    catalogue: Catalogue,
    store: Store,
    feeds: Vec<FeedSettings>,
}

/// What a feed came to.
pub struct FeedResult {
    pub name: String,
    pub outcome: Result<SendOutcome>,
    /// The night's exit code depends on it.
    pub required: bool,
}

impl FeedResult {
    /// Whether the receiver has the newest numbers.
    pub fn is_delivered(&self) -> bool {
        matches!(self.outcome, Ok(SendOutcome::Accepted { .. } | SendOutcome::NothingNew))
    }
}

impl Feeds {
    /// The feeds of a config.
    ///
    /// # Errors
    /// `Usage` and `Schema`.
    pub fn open(config_path: &Path, schemas_dir: Option<&Path>) -> Result<Feeds> {
        let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
        let config = Config::read(config_path, &schemas)?;
        let catalogue = Catalogue::of(&schemas);
        Ok(Feeds { schemas, catalogue, store: Store::at(&config.store), feeds: config.feeds })
    }

    /// The settings of a feed.
    fn feed(&self, name: &str) -> Result<&FeedSettings> {
        self.feeds.iter().find(|f| f.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.feeds.iter().map(|f| f.name.as_str()).collect();
            Error::usage(name, words!("配置中没有此推送", "the config has no such feed")).hint(if known.is_empty() {
                words!(
                    "请用 `[feeds.名称]` 表写明推送；参见 docs/feeds.zh-CN.md",
                    "name one in a table `[feeds.NAME]`; see docs/feeds.md"
                )
            } else {
                words!("已有 ", "it has ").and(&Words::listed(&known))
            })
        })
    }

    /// The feeds with these names; all of them where none is named.
    ///
    /// # Errors
    /// `Usage`: there is none.
    pub fn names(&self, wanted: &[String]) -> Result<Vec<String>> {
        if wanted.is_empty() && self.feeds.is_empty() {
            self.feed("feeds")?;
        }
        if wanted.is_empty() {
            return Ok(self.feeds.iter().map(|f| f.name.clone()).collect());
        }
        wanted.iter().map(|name| self.feed(name).map(|f| f.name.clone())).collect()
    }

    /// The folder of the current snapshot, not through the link: the next night may move it in the middle.
    fn snapshot(&self) -> PathBuf {
        let link = self.store.current();
        link.canonicalize().unwrap_or(link)
    }

    /// Makes the next package of a feed in a folder, and leaves the state of the feed as it is.
    ///
    /// # Errors
    /// Whatever keeps it from being made.
    pub fn build(&self, name: &str, into: &Path, whole: bool) -> Result<Built> {
        let feed = self.feed(name)?;
        let edition = FeedEdition::open(&self.snapshot(), feed.audience, &feed.tables, &self.catalogue)?;
        let folder = FeedFolder::of(self.store.root(), name);
        let base = folder.state_for(feed.audience)?.accepted.map(|a| Base {
            predecessor: a.as_predecessor(),
            tables: a.tables.filter(|_| feed.extent == Extent::Changes && !whole).map(|t| folder.path().join(t)),
        });
        let key = SigningKey::read(&feed.key)?;
        std::fs::create_dir_all(into).map_err(|e| Error::output(into, e))?;
        Building { feed, edition: &edition, schemas: &self.schemas, base, key: &key }.build(into)
    }

    /// The settings of a feed, for the receiver that they name or for another one.
    fn feed_to(&self, name: &str, to: Option<&str>) -> Result<FeedSettings> {
        let feed = self.feed(name)?;
        to.map_or_else(|| Ok(feed.clone()), |to| feed.sent_to(to))
    }

    /// Sends a feed to its receiver, or to another one.
    pub fn send(&self, name: &str, whole: bool, to: Option<&str>) -> FeedResult {
        let snapshot = self.snapshot();
        let sent = self.feed_to(name, to).and_then(|feed| {
            let (schemas, catalogue, store) = (&self.schemas, &self.catalogue, self.store.root());
            Sending { feed: &feed, schemas, catalogue, store, snapshot: &snapshot, whole }.send()
        });
        let required = self.feed(name).is_ok_and(|f| f.required);
        FeedResult { name: name.to_owned(), outcome: sent, required }
    }

    /// The receipts of a feed, oldest first.
    pub fn receipts(&self, name: &str, to: Option<&str>) -> Result<Vec<Receipt>> {
        FeedFolder::of(self.store.root(), &self.feed_to(name, to)?.folder).receipts()
    }
}

/// Sends the feeds that go with each night.
///
/// # Errors
/// `Usage` and `Schema` of a config that was changed during the night; what keeps a feed back is in its result.
pub fn after_night(config_path: &Path, schemas_dir: Option<&Path>) -> Result<Vec<FeedResult>> {
    let feeds = Feeds::open(config_path, schemas_dir)?;
    let nightly = feeds.feeds.iter().filter(|f| f.nightly);
    Ok(nightly.map(|f| feeds.send(&f.name, false, None)).collect())
}

/// Each feed of a config with what is known of it.
///
/// # Errors
/// `Output`: its state cannot be read.
pub fn states(config: &Config) -> Result<Vec<(String, FeedState)>> {
    let state = |f: &FeedSettings| Ok((f.name.clone(), FeedFolder::of(&config.store, &f.name).state()?));
    config.feeds.iter().map(state).collect()
}

/// What on this machine keeps feeds from being sent.
pub(super) fn problems(config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    for feed in &config.feeds {
        let mut wrong = |setting: &str, message: Words| {
            problems.push(Problem { place: format!("feeds.{}.{setting}", feed.name).into(), message });
        };
        if let Err(e) = SigningKey::read(&feed.key) {
            let hint = e.hint.as_ref().map(Words::in_brackets).unwrap_or_default();
            wrong("key", e.in_words().and(&hint));
        }
        if let Some(FeedTarget::Folder(folder)) = &feed.target
            && !folder.is_dir()
        {
            wrong("to", words!("{} 不是文件夹", "{} is no folder", folder.display()));
        }
        let secrets = [
            ("token_file", feed.token.as_ref()),
            ("hmac_file", feed.hmac.as_ref().map(|(_, place)| place)),
            ("password_file", feed.password.as_ref()),
        ];
        for (setting, place) in secrets {
            if let Some(SecretPlace::File(path)) = place
                && !path.is_file()
            {
                wrong(setting, words!("没有文件 {}", "{} is no file", path.display()));
            }
        }
        if let Some(path) = feed.ca_file.as_ref().filter(|p: &&PathBuf| !p.is_file()) {
            wrong("ca_file", words!("没有文件 {}", "{} is no file", path.display()));
        }
    }
    problems
}
