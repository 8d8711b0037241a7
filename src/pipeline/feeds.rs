//! Feeds of a store: what the commands and a night do with them.

use std::path::{Path, PathBuf};

use super::apart::{KeptFolder, feed_folder_fault, kept_around};
use super::config::{Config, Release, schema_files};
use crate::catalogue::Catalogue;
use crate::deliver::build::{Building, Built};
use crate::deliver::edition::{Audience, FeedEdition};
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
    /// Folders that no package goes into.
    kept: [KeptFolder; 3],
    feeds: Vec<FeedSettings>,
}

/// What a feed came to.
pub struct FeedResult {
    pub name: String,
    pub outcome: Result<SendOutcome>,
    /// The receiver is another than before, and has got no package yet: it gets all rows.
    pub new_receiver: bool,
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
        Ok(Feeds { schemas, catalogue, store: Store::at(&config.store), kept: config.kept(), feeds: config.feeds })
    }

    /// The settings of a feed.
    fn feed(&self, name: &str) -> Result<&FeedSettings> {
        self.feeds.iter().find(|f| f.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.feeds.iter().map(|f| f.name.as_str()).collect();
            Error::usage(name, words!("配置中没有此推送", "the config has no such feed")).hint(if known.is_empty() {
                words!(
                    "请用 `[feeds.platform]` 这样的表写明推送；参见 docs/feeds.zh-CN.md",
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
    /// Whatever keeps it from being made; `Usage`: the folder is one of the store's own.
    pub fn build(&self, name: &str, into: &Path, whole: bool) -> Result<Built> {
        let feed = self.feed(name)?;
        if let Some((key, folder)) = kept_around(into, &self.kept) {
            return Err(Error::usage(
                "--out",
                words!("{} 位于 {key} 的 {} 之中", "{} lies within the {key} {}", into.display(), folder.display()),
            )
            .hint(words!("请写到别处", "write the package elsewhere")));
        }
        let edition = FeedEdition::open(&self.snapshot(), feed.audience, &feed.tables, &self.catalogue)?;
        let folder = FeedFolder::of(self.store.root(), name);
        let of_changes = feed.extent == Extent::Changes && !whole;
        let base = folder.base(&folder.state_for(feed)?, of_changes);
        let key = SigningKey::read(&feed.key)?;
        std::fs::create_dir_all(into).map_err(|e| Error::output(into, e))?;
        Building { feed, edition: &edition, schemas: &self.schemas, base, key: &key }.build(into)
    }

    /// The settings of a feed, for the receiver that they name or for another one.
    fn feed_to(&self, name: &str, to: Option<&str>) -> Result<FeedSettings> {
        let feed = self.feed(name)?;
        let Some(to) = to else { return Ok(feed.clone()) };
        let feed = feed.sent_to(to)?;
        match feed_folder_fault(&feed, &self.feeds, &self.kept) {
            Some(said) => Err(Error::usage("--to", said)),
            None => Ok(feed),
        }
    }

    /// Sends a feed to its receiver, or to another one.
    pub fn send(&self, name: &str, whole: bool, to: Option<&str>) -> FeedResult {
        let required = self.feed(name).is_ok_and(|f| f.required);
        let (new_receiver, outcome) = match self.feed_to(name, to) {
            Ok(feed) => (self.has_new_receiver(&feed), self.send_to_receiver(&feed, whole)),
            Err(e) => (false, Err(e)),
        };
        FeedResult { name: name.to_owned(), outcome, new_receiver, required }
    }

    /// Whether the receiver of a feed has got nothing yet, but another one before it had.
    fn has_new_receiver(&self, feed: &FeedSettings) -> bool {
        let state = FeedFolder::of(self.store.root(), &feed.folder).state_for(feed);
        state.is_ok_and(|state| state.is_of_new_receiver())
    }

    fn send_to_receiver(&self, feed: &FeedSettings, whole: bool) -> Result<SendOutcome> {
        let (schemas, catalogue, store) = (&self.schemas, &self.catalogue, self.store.root());
        Sending { feed, schemas, catalogue, store, snapshot: &self.snapshot(), whole }.send()
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

/// Whether a feed waits for a public edition that no night publishes.
fn lacks_edition(feed: &FeedSettings, config: &Config) -> bool {
    feed.audience == Audience::Public && config.release == Release::Off
}

/// What is to be noticed of feeds: what may be so, and keeps them from being sent while it is.
pub(super) fn notices(config: &Config) -> Vec<Problem> {
    let mut notices = Vec::new();
    for feed in &config.feeds {
        let mut notice = |setting: &str, message: Words| {
            notices.push(Problem { place: format!("feeds.{}.{setting}", feed.name).into(), message });
        };
        let secrets = [
            ("token_env", feed.token.as_ref()),
            ("hmac_env", feed.hmac.as_ref().map(|(_, place)| place)),
            ("password_env", feed.password.as_ref()),
        ];
        for (setting, place) in secrets {
            if let Some(SecretPlace::Environment(name)) = place
                && std::env::var_os(name).is_none()
            {
                notice(
                    setting,
                    words!(
                        "此处没有设置环境变量 {name}。发送时仍未设置，则该推送不发送，`feed send` 的退出码为 2",
                        "the variable {name} is not set here. Where it is not set for a sending either, the feed is not \
                         sent, and `feed send` ends with exit code 2"
                    ),
                );
            }
        }
        if lacks_edition(feed, config) && feed.target.is_some() && !feed.required {
            notice(
                "audience",
                words!(
                    "`[public]` 的 `release` 为 \"off\"，run 不发布公开版，该推送没有可发送的内容",
                    "`release` of `[public]` is \"off\": run publishes no public edition, and the feed has nothing to send"
                ),
            );
        }
    }
    notices
}

/// What on this machine keeps feeds from being sent.
pub(super) fn problems(config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    for feed in &config.feeds {
        let mut wrong = |setting: &str, message: Words| {
            problems.push(Problem { place: format!("feeds.{}.{setting}", feed.name).into(), message });
        };
        if feed.required && lacks_edition(feed, config) {
            wrong(
                "required",
                words!(
                    "`[public]` 的 `release` 为 \"off\"，从不发布公开版，该推送每晚都会失败：请设为 \"nightly\" 或 \"monthly\"，或去掉 `required`",
                    "`release` of `[public]` is \"off\", so that no public edition is ever published and the feed fails each \
                     night: set it to \"nightly\" or \"monthly\", or leave `required` out"
                ),
            );
        }
        if let Err(e) = SigningKey::read(&feed.key) {
            let hint = e.hint.as_ref().map(Words::in_brackets).unwrap_or_default();
            wrong("key", e.in_words().and(&hint));
        }
        if let Some(FeedTarget::Folder(folder)) = &feed.target
            && !folder.is_dir()
        {
            let said = match folder.exists() {
                true => words!("{} 不是文件夹", "{} is no folder", folder.display()),
                false => words!(
                    "文件夹 {} 不存在：请先建好，或改正路径",
                    "there is no folder {}: make it, or correct the path",
                    folder.display()
                ),
            };
            wrong("to", said);
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
