//! What a night lets pass where a config says nothing else: `policy.toml`.

use crate::error::{Words, words};
use serde::Deserialize;

/// The values of `policy.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The largest share of a file's rows that may be rejected without a word in the exit code.
    pub max_rejected_share: f64,
    /// The least share of the keys that stood that a newer export of a register must have.
    pub min_snapshot_share: f64,
    /// A register of fewer keys is never held back.
    pub least_register_keys: u64,
    /// How long before the end of a window a county's newest knowledge of a dataset may lie.
    pub stale_days: u32,
    /// The same for sites.
    pub stale_site_days: u32,
}

/// More days than any register waits for its next export.
const MOST_DAYS: u32 = 3_660;

impl Policy {
    /// Values that cannot be meant.
    pub fn problems(&self) -> Vec<Words> {
        let mut problems = Vec::new();
        for (name, share) in
            [("max_rejected_share", self.max_rejected_share), ("min_snapshot_share", self.min_snapshot_share)]
        {
            if !(0.0..=1.0).contains(&share) {
                problems.push(words!(
                    "`{name}` 为 {share}，不在 0 至 1 之间",
                    "`{name}` is {share}, which is not between 0 and 1"
                ));
            }
        }
        for (name, days) in [("stale_days", self.stale_days), ("stale_site_days", self.stale_site_days)] {
            if days > MOST_DAYS {
                problems.push(words!(
                    "`{name}` 为 {days}，超过 {MOST_DAYS} 天",
                    "`{name}` is {days}, which is more than {MOST_DAYS} days"
                ));
            }
        }
        if self.least_register_keys == 0 {
            problems.push(words!(
                "`least_register_keys` 至少为 1：空名册谈不上缺失的比例",
                "`least_register_keys` must be at least 1: of nothing no share is missing"
            ));
        }
        problems
    }
}
