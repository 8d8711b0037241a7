//! Where a Spark Connect server is: `sc://host:port/;option=value`.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use crate::error::{Words, words};

/// The port of Spark Connect, where an address names none.
const PORT: u16 = 15002;

/// A server's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SparkAddress {
    pub host: String,
    pub port: u16,
    /// `use_ssl=true`: the connection is encrypted, and the server shows a certificate that this machine trusts.
    pub encrypted: bool,
}

/// How a Spark Connect server is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SparkSettings {
    pub address: SparkAddress,
    /// Holds the token that the server asks for.
    pub token_file: Option<PathBuf>,
    /// A folder that this machine and the server both see under this name.
    pub shared: Option<PathBuf>,
}

impl fmt::Display for SparkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(f, "sc://{host}:{}{}", self.port, if self.encrypted { "/;use_ssl=true" } else { "" })
    }
}

impl SparkAddress {
    /// Whether nobody else hears what is said on the way there.
    pub fn is_closed(&self) -> bool {
        let here = self.host.parse::<IpAddr>().map_or(self.host == "localhost", |address| address.is_loopback());
        self.encrypted || here
    }

    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, for the setting that it stands in.
    pub fn parse(url: &str) -> Result<Self, Words> {
        let no_address = || {
            words!(
                "`{url}` 不是 Spark Connect 服务器的地址；应写作 \"sc://主机:15002\"",
                "`{url}` is no address of a Spark Connect server such as \"sc://host:15002\""
            )
        };
        let rest = url.strip_prefix("sc://").ok_or_else(no_address)?;
        let (place, options) = rest.split_once('/').unwrap_or((rest, ""));
        let mut encrypted = false;
        for option in options.split(';').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("use_ssl", "true")) => encrypted = true,
                Some(("use_ssl", "false")) => encrypted = false,
                // The value may be a secret.
                Some(("token", _)) => {
                    return Err(words!(
                        "令牌不写在地址中：请写入文件，并由 engine.token_file 指明",
                        "a token does not stand in an address: write it into a file that engine.token_file names"
                    ));
                }
                other => {
                    let option = other.map_or(option, |(name, _)| name);
                    return Err(words!(
                        "不支持地址中的选项 `{option}`；可用的只有 use_ssl=true",
                        "the option `{option}` of an address is not supported; use_ssl=true alone is"
                    ));
                }
            }
        }
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']').ok_or_else(no_address)?;
                (host, after.strip_prefix(':').filter(|port| !port.is_empty()))
            }
            None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        let port = port.map_or(Ok(PORT), |port| port.parse().map_err(|_| no_address()))?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
        if host.is_empty() || !host.chars().all(is_plain) {
            return Err(no_address());
        }
        Ok(SparkAddress { host: host.to_owned(), port, encrypted })
    }
}
