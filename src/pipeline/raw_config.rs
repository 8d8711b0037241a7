//! A config as written, before it is checked.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::reader_limits::ReaderLimits;
use crate::deliver::raw_feed::RawFeed;
use crate::numbers::facts::PeriodKind;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawConfig {
    pub as_of: Option<String>,
    pub store: String,
    pub inbox: String,
    pub reference: String,
    pub city: String,
    pub lang: Option<String>,
    #[serde(default)]
    pub profiles: RawProfiles,
    pub max_rejected_share: Option<f64>,
    #[serde(default)]
    pub quiet_seconds: u64,
    #[serde(default = "default_memory")]
    pub reader_memory_mb: u64,
    #[serde(default = "default_seconds")]
    pub reader_seconds: u64,
    pub min_snapshot_share: Option<f64>,
    pub snapshot_scope: Option<String>,
    #[serde(default = "default_keep")]
    pub keep_snapshots: usize,
    #[serde(default = "default_verify")]
    pub verify_days: u32,
    #[serde(default = "default_outbox")]
    pub outbox: bool,
    pub outbox_encrypt_to: Option<String>,
    pub query_tables: Option<String>,
    #[serde(default)]
    pub periods: RawPeriods,
    #[serde(default)]
    pub data: RawData,
    #[serde(default)]
    pub norms: toml::Table,
    pub identity: RawIdentity,
    #[serde(default)]
    pub profile_scope: Vec<RawScope>,
    #[serde(default)]
    pub public: RawPublic,
    #[serde(default)]
    pub feeds: BTreeMap<String, RawFeed>,
    #[serde(default)]
    pub engine: RawEngine,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawEngine {
    pub kind: Option<String>,
    pub url: Option<String>,
    pub token_file: Option<String>,
    pub shared: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawPublic {
    pub release: Option<String>,
    pub day: Option<u8>,
}

fn default_outbox() -> bool {
    true
}

fn default_memory() -> u64 {
    ReaderLimits::MEMORY_MB
}

fn default_seconds() -> u64 {
    ReaderLimits::SECONDS
}

fn default_keep() -> usize {
    7
}

fn default_verify() -> u32 {
    7
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "invalid type: another kind of value, expected \"all\" or a list of names")]
pub enum RawProfiles {
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
pub struct RawPeriods {
    pub from: Option<toml::Value>,
    #[serde(default = "all_kinds")]
    pub kinds: Vec<String>,
}

impl Default for RawPeriods {
    fn default() -> Self {
        RawPeriods { from: None, kinds: all_kinds() }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawData {
    pub from: Option<toml::Value>,
    pub stale_days: Option<u32>,
    pub stale_site_days: Option<u32>,
}

fn all_kinds() -> Vec<String> {
    PeriodKind::ALL.iter().map(|k| k.as_str().to_owned()).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawIdentity {
    pub key_file: String,
    #[serde(default = "default_hash")]
    pub hash: String,
}

fn default_hash() -> String {
    "sha256".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawScope {
    pub profile: String,
    pub divisions: Vec<String>,
}
