//! The `[feeds.<name>]` tables of a config as they are written, and their check, with every problem at once.

use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::edition::{Audience, TableGroup};
use super::encrypt::Recipient;
use super::settings::{
    CsvEncoding, DatabaseAddress, Extent, FeedSettings, FeedTarget, FormatName, HmacName, SecretPlace,
};
use super::sql::Dialect;
use crate::catalogue::{Catalogue, Edition};
use crate::error::{Error, Words, words};
use crate::store::hex;
use crate::store::key::HashName;

/// A feed as a config writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawFeed {
    audience: String,
    formats: Vec<String>,
    encoding: Option<String>,
    what: Option<String>,
    package: Option<String>,
    encrypt_to: Option<String>,
    tables: Option<Vec<String>>,
    key: String,
    to: Option<String>,
    command: Option<Vec<String>>,
    token_file: Option<String>,
    token_env: Option<String>,
    hmac: Option<String>,
    hmac_file: Option<String>,
    hmac_env: Option<String>,
    password_file: Option<String>,
    password_env: Option<String>,
    table_prefix: Option<String>,
    digest: Option<String>,
    ca_file: Option<String>,
    #[serde(default = "default_attempts")]
    attempts: u32,
    timeout_seconds: Option<u64>,
    #[serde(default)]
    plain_http: bool,
    encrypted: Option<bool>,
    #[serde(default)]
    strict_receipt: bool,
    #[serde(default)]
    nightly: bool,
    #[serde(default)]
    required: bool,
    uri: Option<String>,
    agency: Option<String>,
}

fn default_attempts() -> u32 {
    4
}

/// Seconds that a receiver may be silent. A database says nothing while it puts millions of rows in place.
const TIMEOUT: u64 = 60;
const TIMEOUT_OF_DATABASE: u64 = 900;

/// Where problems of a feed are gathered.
struct FeedChecker<'a> {
    name: &'a str,
    base: &'a Path,
    problems: Vec<Words>,
}

impl RawFeed {
    /// Checks a feed, but for where its folder lies; paths in it are relative to `base`. Problems name the setting.
    pub fn check(self, name: &str, base: &Path, store: &Path, catalogue: &Catalogue) -> (FeedSettings, Vec<Words>) {
        let mut c = FeedChecker { name, base, problems: Vec::new() };
        c.name();
        let audience = c.audience(&self.audience);
        let formats = c.formats(&self.formats);
        let words = [("utf-8", CsvEncoding::Utf8), ("gb18030", CsvEncoding::Gb18030)];
        let encoding = c.one_of("encoding", self.encoding.as_deref(), &words);
        let extent = c.one_of("what", self.what.as_deref(), &[("whole", Extent::Whole), ("changes", Extent::Changes)]);
        if extent == Extent::Changes && formats.contains(&FormatName::Adx) {
            c.wrong(
                "what",
                words!("ADX 无法表示数值撤回：请整包发送", "ADX cannot say that a value is withdrawn: send it whole"),
            );
        }
        let as_zip = c.one_of("package", self.package.as_deref(), &[("folder", false), ("zip", true)]);
        let recipients = c.recipients(self.encrypt_to.as_deref(), as_zip);
        let tables = c.tables(self.tables.clone(), audience, catalogue);
        let target = c.target(&self, audience);
        let token = c.secret("token_file", self.token_file.clone(), self.token_env.clone());
        let hmac = c.hmac(&self);
        let password = c.secret("password_file", self.password_file.clone(), self.password_env.clone());
        let is_database = matches!(target, Some(FeedTarget::Database(_)));
        if (token.is_some() || hmac.is_some()) && !matches!(target, Some(FeedTarget::Http(_))) {
            c.wrong(
                "to",
                words!(
                    "令牌和 HMAC 只用于以 https:// 开头的地址",
                    "a token or HMAC is only for an address that begins with https://"
                ),
            );
        }
        if is_database && let Err(message) = fits_database(&formats, as_zip) {
            c.wrong("to", message);
        }
        let words = [("sha256", HashName::Sha256), ("sm3", HashName::Sm3)];
        let digest = c.one_of("digest", self.digest.as_deref(), &words);
        let timeout_seconds = self.timeout_seconds.unwrap_or(if is_database { TIMEOUT_OF_DATABASE } else { TIMEOUT });
        c.numbers(self.attempts, timeout_seconds);
        let (uri, agency, table_prefix) = c.names(&self);
        let settings = FeedSettings {
            name: name.to_owned(),
            folder: name.to_owned(),
            audience,
            formats,
            encoding,
            extent,
            as_zip,
            recipients,
            tables,
            key: base.join(self.key),
            target,
            token,
            hmac,
            password,
            table_prefix,
            digest,
            ca_file: self.ca_file.map(|file| base.join(file)),
            attempts: self.attempts,
            timeout_seconds,
            strict_receipt: self.strict_receipt,
            nightly: self.nightly,
            required: self.required,
            uri,
            agency,
            written: String::new(),
        };
        if settings.key.starts_with(store) {
            c.wrong("key", words!("签名私钥必须放在存储之外", "the signing key must lie outside of the store"));
        }
        (settings, c.problems)
    }
}

impl FeedChecker<'_> {
    fn name(&mut self) {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let name = self.name;
        if name.is_empty() || name.len() > 40 || !name.chars().all(is_plain) || name.starts_with('-') {
            let said = words!(
                "推送名称为 a-z、0-9 和 - 组成的至多 40 个字符",
                "a feed is called by up to 40 of a-z, 0-9 and -",
            );
            self.wrong("", said);
        }
    }

    fn audience(&mut self, written: &str) -> Audience {
        Audience::parse(written).unwrap_or_else(|| {
            let said = words!(
                "`{written}` 不是 \"public\" 或 \"superior\"",
                "`{written}` is neither \"public\" nor \"superior\"",
            );
            self.wrong("audience", said);
            Audience::Public
        })
    }

    fn wrong(&mut self, setting: &str, message: Words) {
        let dot = if setting.is_empty() { "" } else { "." };
        self.problems.push(message.at(format!("feeds.{}{dot}{setting}", self.name)));
    }

    /// What a word stands for; the first of them where none is written.
    fn one_of<T: Copy>(&mut self, setting: &str, written: Option<&str>, words: &[(&str, T)]) -> T {
        let Some(word) = written else { return words[0].1 };
        words.iter().find(|(w, _)| *w == word).map_or_else(
            || {
                let known: Vec<String> = words.iter().map(|(w, _)| format!("\"{w}\"")).collect();
                let (zh, en) = (known.join("、"), known.join(" nor "));
                self.wrong(setting, words!("`{word}` 不在可选值中：{zh}", "`{word}` is neither {en}"));
                words[0].1
            },
            |(_, value)| *value,
        )
    }

    fn formats(&mut self, words: &[String]) -> Vec<FormatName> {
        let mut formats = Vec::new();
        for word in words {
            match FormatName::ALL.into_iter().find(|f| f.as_str() == word) {
                Some(format) if formats.contains(&format) => {
                    self.wrong("formats", words!("`{word}` 写了两次", "`{word}` stands there twice"))
                }
                Some(format) => formats.push(format),
                None => {
                    let known: Vec<_> = FormatName::ALL.iter().map(|f| f.as_str()).collect();
                    self.wrong(
                        "formats",
                        words!("`{word}` 不在可选值中：", "`{word}` is none of ").and(&Words::listed(&known)),
                    );
                }
            }
        }
        formats.sort_unstable();
        if words.is_empty() {
            self.wrong("formats", words!("一种也没有写", "names none"));
        }
        formats
    }

    fn tables(&mut self, written: Option<Vec<String>>, audience: Audience, catalogue: &Catalogue) -> Vec<String> {
        let default_tables = || ["indicators", "scorecard", "rollups"].map(ToOwned::to_owned).to_vec();
        let tables = written.unwrap_or_else(default_tables);
        for table in &tables {
            let is_group = !table.contains('/') && TableGroup::of(table).is_some();
            let declared = catalogue.table(table);
            // What shows that an edition is safe holds what it hides: it leaves the office for nobody.
            if !is_group && declared.is_none_or(|t| t.name.starts_with("disclosure/")) {
                self.wrong("tables", words!("没有可推送的表 `{table}`", "`{table}` is no table of a feed"));
            }
            let is_of_office = TableGroup::of(table) == Some(TableGroup::Quality)
                || declared.is_some_and(|t| !t.editions.contains(&Edition::Public));
            if audience == Audience::Public && is_of_office {
                self.wrong(
                    "tables",
                    words!(
                        "`{table}` 供本机关和上级使用，不对外公开",
                        "`{table}` is for the office and the one above it, not for the public"
                    ),
                );
            }
        }
        tables
    }

    fn target(&mut self, raw: &RawFeed, audience: Audience) -> Option<FeedTarget> {
        match (&raw.to, &raw.command) {
            (Some(_), Some(_)) => {
                self.wrong("to", words!("`to` 与 `command` 只能写一个", "`to` and `command` exclude each other"));
                None
            }
            (Some(to), None) => {
                let target = parse_target(to, self.base, audience, raw.plain_http, raw.encrypted);
                target.map_err(|message| self.wrong("to", message)).ok()
            }
            (None, Some(words)) => {
                if !words.iter().any(|w| w.contains("{package}")) {
                    let message = words!(
                        "没有一个参数含有 {{package}}，程序无从得知要发送什么",
                        "no argument holds {{package}}, so that it would not know what to send",
                    );
                    self.wrong("command", message);
                }
                Some(FeedTarget::Command(words.clone()))
            }
            (None, None) => {
                if raw.nightly {
                    self.wrong(
                        "nightly",
                        words!("该推送既没有 `to` 也没有 `command`", "the feed has neither `to` nor `command`"),
                    );
                }
                None
            }
        }
    }

    fn secret(&mut self, what: &str, file: Option<String>, variable: Option<String>) -> Option<SecretPlace> {
        match (file, variable) {
            (Some(_), Some(_)) => {
                self.wrong(
                    what,
                    words!("文件和环境变量都写了，只需一个", "a file and a variable are named; one is enough"),
                );
                None
            }
            (Some(file), None) => Some(SecretPlace::File(self.base.join(file))),
            (None, Some(variable)) => Some(SecretPlace::Environment(variable)),
            (None, None) => None,
        }
    }

    fn hmac(&mut self, raw: &RawFeed) -> Option<(HmacName, SecretPlace)> {
        let key = self.secret("hmac_file", raw.hmac_file.clone(), raw.hmac_env.clone());
        let words = [("", None), ("sha256", Some(HmacName::Sha256)), ("sm3", Some(HmacName::Sm3))];
        let name = self.one_of("hmac", raw.hmac.as_deref(), &words[usize::from(raw.hmac.is_some())..]);
        match (name, key) {
            (Some(name), Some(key)) => Some((name, key)),
            (Some(_), None) => {
                self.wrong("hmac", words!("须有 `hmac_file` 或 `hmac_env`", "needs `hmac_file` or `hmac_env`"));
                None
            }
            (None, Some(_)) => {
                self.wrong(
                    "hmac_file",
                    words!(
                        "须有 `hmac = \"sm3\"` 或 `hmac = \"sha256\"`",
                        "needs `hmac = \"sm3\"` or `hmac = \"sha256\"`"
                    ),
                );
                None
            }
            (None, None) => None,
        }
    }

    /// Whom packages are encrypted to.
    fn recipients(&mut self, file: Option<&str>, as_zip: bool) -> Vec<Recipient> {
        let Some(file) = file else { return Vec::new() };
        if !as_zip {
            let said = words!("只有 `package = \"zip\"` 的数据包可以加密", "only a `package = \"zip\"` is encrypted");
            self.wrong("encrypt_to", said);
        }
        let path = self.base.join(file);
        let text = std::fs::read_to_string(&path).map_err(|e| Error::input(&path, e).in_words());
        match text.and_then(|text| Recipient::list(&text)) {
            Ok(recipients) => recipients,
            Err(said) => {
                self.wrong("encrypt_to", said);
                Vec::new()
            }
        }
    }

    fn numbers(&mut self, attempts: u32, timeout_seconds: u64) {
        if !(1..=20).contains(&attempts) {
            self.wrong("attempts", words!("{attempts} 不在 1 至 20 之间", "{attempts} is not between 1 and 20"));
        }
        if !(1..=86_400).contains(&timeout_seconds) {
            self.wrong(
                "timeout_seconds",
                words!("{timeout_seconds} 不在 1 至 86400 之间", "{timeout_seconds} is not between 1 and 86400"),
            );
        }
    }

    /// What identifiers begin with, the agency of SDMX, and what tables of databases begin with.
    fn names(&mut self, raw: &RawFeed) -> (String, String, String) {
        let uri = raw.uri.clone().unwrap_or_else(|| "urn:xinhui".to_owned());
        if !uri.contains(':') || uri.chars().any(|c| c.is_whitespace() || "<>\"{}|\\^`".contains(c)) {
            self.wrong("uri", words!("`{uri}` 不是 URI", "`{uri}` is no URI"));
        }
        let agency = raw.agency.clone().unwrap_or_else(|| "XINHUI".to_owned());
        if !agency.starts_with(|c: char| c.is_ascii_alphabetic())
            || !agency.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        {
            self.wrong("agency", words!("`{agency}` 不是 SDMX 标识符", "`{agency}` is no identifier of SDMX"));
        }
        let prefix = raw.table_prefix.clone().unwrap_or_else(|| "xinhui_".to_owned());
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if prefix.len() > 16 || !prefix.starts_with(|c: char| c.is_ascii_lowercase()) || !prefix.chars().all(is_plain) {
            self.wrong(
                "table_prefix",
                words!(
                    "`{prefix}` 应为 a-z、0-9 和 _ 组成的至多 16 个字符，以字母开头",
                    "`{prefix}` is not up to 16 of a-z, 0-9 and _, a letter first"
                ),
            );
        }
        (uri.trim_end_matches(['/', ':']).to_owned(), agency, prefix)
    }
}

/// What a database is loaded from.
///
/// # Errors
/// What the feed must say instead.
pub fn fits_database(formats: &[FormatName], as_zip: bool) -> Result<(), Words> {
    match formats.contains(&FormatName::Parquet) && !as_zip {
        true => Ok(()),
        false => Err(words!(
            "写入数据库须用 `formats = [\"parquet\"]` 和 `package = \"folder\"`",
            "a database is loaded from `formats = [\"parquet\"]` in a `package = \"folder\"`"
        )),
    }
}

/// A folder or an address as it is written.
///
/// # Errors
/// What is wrong with it.
pub fn parse_target(
    to: &str,
    base: &Path,
    audience: Audience,
    plain_http: bool,
    encrypted: Option<bool>,
) -> Result<FeedTarget, Words> {
    let scheme = to.split_once("://").map_or("", |(scheme, _)| scheme);
    match scheme {
        "" => Ok(FeedTarget::Folder(base.join(to))),
        "postgres" | "postgresql" => database(to, Dialect::Postgres, audience, encrypted).map(FeedTarget::Database),
        "mysql" | "mariadb" => database(to, Dialect::MySql, audience, encrypted).map(FeedTarget::Database),
        _ => check_url(to, audience, plain_http).map(|()| FeedTarget::Http(to.to_owned())),
    }
}

impl FeedSettings {
    /// The same feed for a receiver that the command line names. What that receiver has is recorded separately.
    ///
    /// # Errors
    /// `Usage`: it is no address, or the feed has no form for it.
    pub fn sent_to(&self, to: &str) -> Result<FeedSettings, Error> {
        let wrong = |message: Words| Error::usage("--to", message);
        let target = parse_target(to, Path::new(""), self.audience, false, None).map_err(wrong)?;
        let mut feed = self.clone();
        if let FeedTarget::Database(_) = &target {
            fits_database(&feed.formats, feed.as_zip).map_err(wrong)?;
            feed.timeout_seconds = feed.timeout_seconds.max(TIMEOUT_OF_DATABASE);
        }
        let mark = hex(&Sha256::digest(target.shown().as_bytes()));
        feed.folder = format!("{}@{}", self.name, &mark[..8]);
        feed.target = Some(target);
        Ok(feed)
    }
}

/// The parts of `postgres://user@host:port/database`.
fn database(
    url: &str,
    dialect: Dialect,
    audience: Audience,
    encrypted: Option<bool>,
) -> Result<DatabaseAddress, Words> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let Some((place, database)) = rest.split_once('/') else {
        return Err(words!(
            "没有写数据库：应为 postgres://user@host:port/database",
            "names no database: postgres://user@host:port/database"
        ));
    };
    let (user, place) = match place.rsplit_once('@') {
        Some((user, _)) if user.contains(':') => {
            return Err(words!(
                "含有密码，而设置中不得写密码：请用 `password_file` 或 `password_env`",
                "holds a password, which settings may not: use `password_file` or `password_env`"
            ));
        }
        Some((user, place)) => (Some(user.to_owned()), place),
        None => (None, place),
    };
    let default_port = if dialect == Dialect::MySql { 3306 } else { 5432 };
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            (host, port.parse().map_err(|_| words!("`{port}` 不是端口号", "`{port}` is no port"))?)
        }
        _ => (place, default_port),
    };
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$');
    if host.is_empty() || database.is_empty() || !database.chars().all(is_name) {
        return Err(words!(
            "没有写主机和数据库：应为 postgres://user@host:port/database",
            "names no host and database: postgres://user@host:port/database"
        ));
    }
    let host = host.trim_matches(['[', ']']).to_owned();
    let mut address = DatabaseAddress { dialect, user, host, port, database: database.to_owned(), encrypted: false };
    address.encrypted = encrypted.unwrap_or(audience == Audience::Superior && !address.is_here());
    Ok(address)
}

/// Settings are shown in manifests and logs, so that no secret may stand in an address.
fn check_url(url: &str, audience: Audience, plain_http: bool) -> Result<(), Words> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match scheme {
        "https" => {}
        "http" if plain_http => {}
        "http" => {
            let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
            let is_here = matches!(name, "127.0.0.1" | "localhost" | "[::1]");
            if !is_here && audience == Audience::Superior {
                return Err(words!(
                    "精确数字将以明文传送：请用 https://；网络本身封闭的，可设 `plain_http = true`",
                    "exact numbers would go unencrypted: use https://, or set `plain_http = true` where the \
                            network itself is closed"
                ));
            }
        }
        other => {
            return Err(words!(
                "`{other}://` 不是 https:// 或 http://",
                "`{other}://` is neither https:// nor http://"
            ));
        }
    }
    if host.is_empty() {
        return Err(words!("没有写主机", "names no host"));
    }
    if host.contains('@') {
        return Err(words!(
            "含有用户名或密码，会显示在清单和日志中：请用 `token_file`",
            "holds a name or password, which manifests and logs would show: use `token_file`"
        ));
    }
    if rest.contains(['?', '#']) {
        return Err(words!(
            "含有查询参数，会显示在清单和日志中：请用 `token_file`",
            "holds a query, which manifests and logs would show: use `token_file`"
        ));
    }
    Ok(())
}
