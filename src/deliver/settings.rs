//! The `[feeds.<name>]` tables of a config: raw as written, then checked, with every problem at once.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::edition::{Audience, Group};
use crate::catalogue::Catalogue;

/// A form that platforms read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FormatName {
    Parquet,
    Csv,
    Sdmx,
    Dhis2,
    Fhir,
    Adx,
    Xlsx,
}

impl FormatName {
    pub const ALL: [FormatName; 7] = [
        FormatName::Parquet,
        FormatName::Csv,
        FormatName::Sdmx,
        FormatName::Dhis2,
        FormatName::Fhir,
        FormatName::Adx,
        FormatName::Xlsx,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            FormatName::Parquet => "parquet",
            FormatName::Csv => "csv",
            FormatName::Sdmx => "sdmx",
            FormatName::Dhis2 => "dhis2",
            FormatName::Fhir => "fhir",
            FormatName::Adx => "adx",
            FormatName::Xlsx => "xlsx",
        }
    }
}

/// How CSV files spell their characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Gb18030,
}

/// Which rows a package holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    Whole,
    /// What is new, corrected and withdrawn since the last package that was accepted; whole where there is none.
    Changes,
}

/// Where packages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A folder that somebody else empties.
    Folder(PathBuf),
    /// A program of the operator's, with its arguments.
    Command(Vec<String>),
    /// An address that takes POST.
    Http(String),
}

impl Target {
    /// As receipts and messages show it: programs without their arguments.
    pub fn shown(&self) -> String {
        match self {
            Target::Folder(path) => path.display().to_string(),
            Target::Command(words) => words.first().cloned().unwrap_or_default(),
            Target::Http(url) => url.clone(),
        }
    }
}

/// Where a secret is read from when it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    File(PathBuf),
    Environment(String),
}

/// The hash of the HMAC that requests are signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HmacName {
    Sha256,
    Sm3,
}

impl HmacName {
    pub fn as_str(self) -> &'static str {
        match self {
            HmacName::Sha256 => "hmac-sha256",
            HmacName::Sm3 => "hmac-sm3",
        }
    }
}

/// A checked feed.
#[derive(Clone, Debug)]
pub struct FeedSettings {
    pub name: String,
    pub audience: Audience,
    pub formats: Vec<FormatName>,
    pub encoding: Encoding,
    pub extent: Extent,
    pub as_zip: bool,
    pub tables: Vec<String>,
    /// The secret key that packages are signed with.
    pub key: PathBuf,
    pub target: Option<Target>,
    pub token: Option<SecretPlace>,
    pub hmac: Option<(HmacName, SecretPlace)>,
    /// Certificates that the receiver's is checked with, instead of those of the web.
    pub ca_file: Option<PathBuf>,
    /// Deliveries tried at one time before the feed waits for the next night.
    pub attempts: u32,
    pub timeout_seconds: u64,
    /// The answer must name the package.
    pub strict_receipt: bool,
    pub nightly: bool,
    /// A night whose package does not arrive ends with exit code 1.
    pub required: bool,
    /// What identifiers of other standards begin with.
    pub uri: String,
    /// The maintenance agency of SDMX structures.
    pub agency: String,
}

/// A feed as a config writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawFeed {
    audience: String,
    formats: Vec<String>,
    encoding: Option<String>,
    what: Option<String>,
    package: Option<String>,
    tables: Option<Vec<String>>,
    key: String,
    to: Option<String>,
    command: Option<Vec<String>>,
    token_file: Option<String>,
    token_env: Option<String>,
    hmac: Option<String>,
    hmac_file: Option<String>,
    hmac_env: Option<String>,
    ca_file: Option<String>,
    #[serde(default = "default_attempts")]
    attempts: u32,
    #[serde(default = "default_timeout")]
    timeout_seconds: u64,
    #[serde(default)]
    plain_http: bool,
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

fn default_timeout() -> u64 {
    60
}

impl FeedSettings {
    /// Checks a feed; paths in it are relative to `base`. Problems name the setting.
    pub fn check(
        name: &str,
        raw: RawFeed,
        base: &Path,
        store: &Path,
        catalogue: &Catalogue,
    ) -> (FeedSettings, Vec<String>) {
        let mut problems = Vec::new();
        let mut wrong = |setting: &str, message: String| {
            problems.push(format!("feeds.{name}{}{setting}: {message}", if setting.is_empty() { "" } else { "." }));
        };
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 40 || !name.chars().all(is_plain) || name.starts_with('-') {
            wrong("", "a feed is called by up to 40 of a-z, 0-9 and -".to_owned());
        }
        let audience = Audience::parse(&raw.audience).unwrap_or_else(|| {
            wrong("audience", format!("`{}` is neither \"public\" nor \"superior\"", raw.audience));
            Audience::Public
        });
        let mut formats = Vec::new();
        for word in &raw.formats {
            match FormatName::ALL.into_iter().find(|f| f.as_str() == word) {
                Some(format) if formats.contains(&format) => wrong("formats", format!("`{word}` stands there twice")),
                Some(format) => formats.push(format),
                None => {
                    let known: Vec<_> = FormatName::ALL.iter().map(|f| f.as_str()).collect();
                    wrong("formats", format!("`{word}` is none of {}", known.join(", ")));
                }
            }
        }
        formats.sort_unstable();
        if raw.formats.is_empty() {
            wrong("formats", "names none".to_owned());
        }
        let encoding = match raw.encoding.as_deref() {
            None | Some("utf-8") => Encoding::Utf8,
            Some("gb18030") => Encoding::Gb18030,
            Some(other) => {
                wrong("encoding", format!("`{other}` is neither \"utf-8\" nor \"gb18030\""));
                Encoding::Utf8
            }
        };
        let extent = match raw.what.as_deref() {
            None | Some("whole") => Extent::Whole,
            Some("changes") => Extent::Changes,
            Some(other) => {
                wrong("what", format!("`{other}` is neither \"whole\" nor \"changes\""));
                Extent::Whole
            }
        };
        if extent == Extent::Changes && formats.contains(&FormatName::Adx) {
            wrong("what", "ADX cannot say that a value is withdrawn: send it whole".to_owned());
        }
        let as_zip = match raw.package.as_deref() {
            None | Some("folder") => false,
            Some("zip") => true,
            Some(other) => {
                wrong("package", format!("`{other}` is neither \"folder\" nor \"zip\""));
                false
            }
        };
        let default_tables = || ["indicators", "scorecard", "rollups"].map(ToOwned::to_owned).to_vec();
        let tables = raw.tables.unwrap_or_else(default_tables);
        for table in &tables {
            let is_group = !table.contains('/') && Group::of(table).is_some();
            if !is_group && catalogue.table(table).is_none() {
                wrong("tables", format!("`{table}` is no published table"));
            }
            if audience == Audience::Public && Group::of(table) == Some(Group::Quality) {
                wrong("tables", format!("`{table}` is for the office and the one above it, not for the public"));
            }
        }
        let target = match (raw.to, raw.command) {
            (Some(_), Some(_)) => {
                wrong("to", "`to` and `command` exclude each other".to_owned());
                None
            }
            (Some(to), None) if to.contains("://") => {
                if let Err(message) = check_url(&to, audience, raw.plain_http) {
                    wrong("to", message);
                }
                Some(Target::Http(to))
            }
            (Some(to), None) => {
                let folder = base.join(to);
                if folder.starts_with(store) {
                    wrong("to", format!("{} lies in the store", folder.display()));
                }
                Some(Target::Folder(folder))
            }
            (None, Some(words)) => {
                if !words.iter().any(|w| w.contains("{package}")) {
                    wrong("command", "no argument holds {package}, so that it would not know what to send".to_owned());
                }
                Some(Target::Command(words))
            }
            (None, None) => {
                if raw.nightly {
                    wrong("nightly", "the feed has neither `to` nor `command`".to_owned());
                }
                None
            }
        };
        let mut secret = |what: &str, file: Option<String>, variable: Option<String>| match (file, variable) {
            (Some(_), Some(_)) => {
                wrong(what, "a file and a variable are named; one is enough".to_owned());
                None
            }
            (Some(file), None) => Some(SecretPlace::File(base.join(file))),
            (None, Some(variable)) => Some(SecretPlace::Environment(variable)),
            (None, None) => None,
        };
        let token = secret("token_file", raw.token_file, raw.token_env);
        let hmac_key = secret("hmac_file", raw.hmac_file, raw.hmac_env);
        let hmac_name = match raw.hmac.as_deref() {
            None => None,
            Some("sha256") => Some(HmacName::Sha256),
            Some("sm3") => Some(HmacName::Sm3),
            Some(other) => {
                wrong("hmac", format!("`{other}` is neither \"sha256\" nor \"sm3\""));
                None
            }
        };
        let hmac = match (hmac_name, hmac_key) {
            (Some(name), Some(key)) => Some((name, key)),
            (Some(_), None) => {
                wrong("hmac", "needs `hmac_file` or `hmac_env`".to_owned());
                None
            }
            (None, Some(_)) => {
                wrong("hmac_file", "needs `hmac = \"sm3\"` or `hmac = \"sha256\"`".to_owned());
                None
            }
            (None, None) => None,
        };
        if (token.is_some() || hmac.is_some()) && !matches!(target, Some(Target::Http(_))) {
            wrong("to", "a token or HMAC is only for an address that begins with https://".to_owned());
        }
        if !(1..=20).contains(&raw.attempts) {
            wrong("attempts", format!("{} is not between 1 and 20", raw.attempts));
        }
        if !(1..=86_400).contains(&raw.timeout_seconds) {
            wrong("timeout_seconds", format!("{} is not between 1 and 86400", raw.timeout_seconds));
        }
        let uri = raw.uri.unwrap_or_else(|| "urn:xinhui".to_owned());
        if !uri.contains(':') || uri.chars().any(|c| c.is_whitespace() || "<>\"{}|\\^`".contains(c)) {
            wrong("uri", format!("`{uri}` is no URI"));
        }
        let agency = raw.agency.unwrap_or_else(|| "XINHUI".to_owned());
        if !agency.starts_with(|c: char| c.is_ascii_alphabetic())
            || !agency.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        {
            wrong("agency", format!("`{agency}` is no identifier of SDMX"));
        }
        let settings = FeedSettings {
            name: name.to_owned(),
            audience,
            formats,
            encoding,
            extent,
            as_zip,
            tables,
            key: base.join(raw.key),
            target,
            token,
            hmac,
            ca_file: raw.ca_file.map(|file| base.join(file)),
            attempts: raw.attempts,
            timeout_seconds: raw.timeout_seconds,
            strict_receipt: raw.strict_receipt,
            nightly: raw.nightly,
            required: raw.required,
            uri: uri.trim_end_matches(['/', ':']).to_owned(),
            agency,
        };
        if settings.key.starts_with(store) {
            problems.push(format!("feeds.{name}.key: the signing key must lie outside of the store"));
        }
        (settings, problems)
    }
}

/// Settings are shown in manifests and logs, so that no secret may stand in an address.
fn check_url(url: &str, audience: Audience, plain_http: bool) -> Result<(), String> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match scheme {
        "https" => {}
        "http" if plain_http => {}
        "http" => {
            let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
            let is_here = matches!(name, "127.0.0.1" | "localhost" | "[::1]");
            if !is_here && audience == Audience::Superior {
                return Err("exact numbers would go unencrypted: use https://, or set `plain_http = true` where the \
                            network itself is closed"
                    .to_owned());
            }
        }
        other => return Err(format!("`{other}://` is neither https:// nor http://")),
    }
    if host.is_empty() {
        return Err("names no host".to_owned());
    }
    if host.contains('@') {
        return Err("holds a name or password, which manifests and logs would show: use `token_file`".to_owned());
    }
    if rest.contains(['?', '#']) {
        return Err("holds a query, which manifests and logs would show: use `token_file`".to_owned());
    }
    Ok(())
}
