//! Epochs of the code that makes what is kept from night to night.
//!
//! What a night keeps (validated rows, verdicts of the ledger, pairs of persons, counted numbers) is reused as
//! long as what it was made of is the same. Code is among what it was made of: when a change of the code changes
//! what it makes of the same input, its epoch here goes up by one, and nothing of an earlier epoch is served as
//! if today's code had made it. The test `epochs` holds a digest of what each epoch makes of a fixed input, and
//! fails when that changes and the epoch does not.
//!
//! Each epoch stands for what it names and what comes before it: a change that only reading notices (another
//! date is understood) needs a new [`READING`] alone, since all others start from what was read.

use serde::{Deserialize, Serialize};

/// Reading and validating: from the bytes of a file to validated rows and findings.
pub const READING: u32 = 2;
/// The ledger: fates of rows, accepted rows, findings about keys, orphans and registers.
pub const LEDGER: u32 = 2;
/// The linkage: from identities to persons.
pub const LINKAGE: u32 = 3;
/// The numbers: facts, indicators, rollups, scorecard, and how they are written.
pub const NUMBERS: u32 = 2;

/// The epochs of the code that wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epochs {
    pub reading: u32,
    pub ledger: u32,
    pub linkage: u32,
    pub numbers: u32,
}

impl Epochs {
    /// Those of this program.
    pub const NOW: Epochs = Epochs { reading: READING, ledger: LEDGER, linkage: LINKAGE, numbers: NUMBERS };
}

/// Stores of the programs before epochs say none.
impl Default for Epochs {
    fn default() -> Self {
        Epochs { reading: first(), ledger: first(), linkage: first(), numbers: first() }
    }
}

/// The epoch of what bears none.
pub fn first() -> u32 {
    1
}
