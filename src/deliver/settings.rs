//! What a feed is set to, once it is checked.

use std::path::PathBuf;

use super::edition::Audience;
use super::encrypt::Recipient;
use super::sql::Dialect;
use crate::epoch;
use crate::fingerprint::Fingerprint;
use crate::store::key::HashName;

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
    /// Load files for databases that are not delivered into.
    Oracle,
    Dameng,
}

impl FormatName {
    pub const ALL: [FormatName; 9] = [
        FormatName::Parquet,
        FormatName::Csv,
        FormatName::Sdmx,
        FormatName::Dhis2,
        FormatName::Fhir,
        FormatName::Adx,
        FormatName::Xlsx,
        FormatName::Oracle,
        FormatName::Dameng,
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
            FormatName::Oracle => "oracle",
            FormatName::Dameng => "dameng",
        }
    }
}

/// How CSV files spell their characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsvEncoding {
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
pub enum FeedTarget {
    /// A folder that somebody else empties.
    Folder(PathBuf),
    /// A program of the operator's, with its arguments.
    Command(Vec<String>),
    /// An address that takes POST.
    Http(String),
    /// Tables of a database.
    Database(DatabaseAddress),
}

/// The address of a database, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseAddress {
    pub dialect: Dialect,
    pub user: Option<String>,
    pub host: String,
    pub port: u16,
    pub database: String,
    /// The connection is encrypted, and the server's certificate checked.
    pub encrypted: bool,
}

impl DatabaseAddress {
    /// Whether it is on this machine.
    pub fn is_here(&self) -> bool {
        matches!(self.host.as_str(), "127.0.0.1" | "localhost" | "::1")
    }
}

impl FeedTarget {
    /// As receipts and messages show it: programs without their arguments, databases without the user.
    pub fn shown(&self) -> String {
        match self {
            FeedTarget::Folder(path) => path.display().to_string(),
            FeedTarget::Command(words) => words.first().cloned().unwrap_or_default(),
            FeedTarget::Http(url) => url.clone(),
            FeedTarget::Database(d) => {
                let scheme = if d.dialect == Dialect::MySql { "mysql" } else { "postgres" };
                format!("{scheme}://{}:{}/{}", d.host, d.port, d.database)
            }
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
    /// Folder in the store of what its receiver has. A receiver that only the command line names has one of its own.
    pub folder: String,
    pub audience: Audience,
    pub formats: Vec<FormatName>,
    pub encoding: CsvEncoding,
    pub extent: Extent,
    pub as_zip: bool,
    /// Whom the zip is encrypted to; nobody: it goes as it is.
    pub recipients: Vec<Recipient>,
    pub tables: Vec<String>,
    /// The secret key that packages are signed with.
    pub key: PathBuf,
    pub target: Option<FeedTarget>,
    pub token: Option<SecretPlace>,
    pub hmac: Option<(HmacName, SecretPlace)>,
    /// The password of a database.
    pub password: Option<SecretPlace>,
    /// What the names of tables in a database begin with.
    pub table_prefix: String,
    /// The digest that batches of a database bear.
    pub digest: HashName,
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
    /// The settings as the config writes them, in JSON.
    pub written: String,
}

impl FeedSettings {
    /// The name of a package of this feed, with its number and the numbers that it is of.
    pub fn package_name(&self, sequence: u64, content: &str) -> String {
        format!("{}-{sequence:06}-{}", self.name, &content[..8])
    }

    /// The fingerprint of the receiver: another one has got none of the packages that this one has. Neither secrets
    /// nor the user of a database tell receivers apart. `None` where nothing is sent.
    pub fn address(&self) -> Option<String> {
        let mut address = Fingerprint::new("receiver of a feed");
        match self.target.as_ref()? {
            FeedTarget::Folder(folder) => {
                // The same folder, wherever the command is run.
                let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
                address.text("folder").text(&folder.to_string_lossy())
            }
            FeedTarget::Command(words) => address.text("command").list(words, |f, word| {
                f.text(word);
            }),
            FeedTarget::Http(url) => address.text("http").text(url.trim_end_matches('/')),
            target @ FeedTarget::Database(_) => address.text("database").text(&target.shown()).text(&self.table_prefix),
        };
        Some(address.hex())
    }

    /// The fingerprint of all that makes a package other than the numbers, and of how it is sent: one that was refused
    /// is worth another try once this has changed.
    pub fn mark(&self) -> String {
        let mut mark = Fingerprint::new("settings of a feed");
        mark.number(epoch::FEEDS).text(&self.written).list(&self.recipients, |f, recipient| {
            f.bytes(recipient.bytes());
        });
        mark.hex()
    }
}
