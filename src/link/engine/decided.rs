//! What people decided, as pairs of records.

use crate::link::ids::{RecordNumber, RecordPair};

/// What people decided, as pairs of records.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decided<'a> {
    pub must: &'a [RecordPair],
    pub cannot: &'a [RecordPair],
}

impl Decided<'_> {
    /// The records that decisions name.
    pub fn records(&self) -> impl Iterator<Item = RecordNumber> {
        self.must.iter().chain(self.cannot).flat_map(|(a, b)| [*a, *b])
    }
}
