//! Version numbers ("epochs") of the code whose results are reused in later nights.
//!
//! A night keeps its results (validated rows, verdicts of the ledger, pairs of persons, counted numbers), and later
//! nights reuse them while their inputs are unchanged. The code is one of these inputs: when a change of the code
//! changes what it makes of the same input, its epoch here is raised by one, so that results of an earlier epoch are
//! computed again and not reused. The test `epochs` stores a digest of what each epoch makes of a fixed input, and
//! fails when the digest changes and the epoch does not.
//!
//! Later stages start from the results of earlier ones. A change that affects only reading (for example, another form
//! of date is understood) therefore needs only a new [`READING`]: whatever depends on the rows is computed again
//! anyway.

use serde::{Deserialize, Serialize};

/// Reading and validating: from the bytes of a file to validated rows and findings.
pub const READING: u32 = 10;
/// The ledger: fates of rows, accepted rows, findings about keys, orphans and registers.
pub const LEDGER: u32 = 8;
/// The linkage: from identities to persons.
pub const LINKAGE: u32 = 4;
/// The numbers: facts, indicators, rollups, scorecard, and how they are written.
pub const NUMBERS: u32 = 6;
/// The descriptions beside published tables: data dictionaries and data packages.
pub const DESCRIPTIONS: u32 = 6;
/// The protection of the public edition: what of it is hidden, and what proves that to be enough.
pub const PROTECTION: u32 = 11;
/// The workbooks of rows to mend. Their keys are kept beside them, not in a manifest.
pub const OUTBOX: u32 = 5;
/// The packages of feeds: a package that was refused is tried again once another program makes it.
pub const FEEDS: u32 = 3;

/// The epochs of the program that wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epochs {
    pub reading: u32,
    pub ledger: u32,
    pub linkage: u32,
    pub numbers: u32,
    /// Manifests of before it was counted do not state it.
    #[serde(default = "first")]
    pub descriptions: u32,
    #[serde(default = "first")]
    pub protection: u32,
}

impl Epochs {
    /// The epochs of this program.
    pub const NOW: Epochs = Epochs {
        reading: READING,
        ledger: LEDGER,
        linkage: LINKAGE,
        numbers: NUMBERS,
        descriptions: DESCRIPTIONS,
        protection: PROTECTION,
    };
}

/// Stores written before epochs were introduced do not state any; they count as the first epoch.
impl Default for Epochs {
    fn default() -> Self {
        let first = first();
        Epochs { reading: first, ledger: first, linkage: first, numbers: first, descriptions: first, protection: first }
    }
}

/// The epoch of results that do not state one.
pub fn first() -> u32 {
    1
}
