//! What people decided, as pairs of records.

/// What people decided, as pairs of records.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decided<'a> {
    pub must: &'a [(u32, u32)],
    pub cannot: &'a [(u32, u32)],
}

impl Decided<'_> {
    /// The records that decisions name.
    pub fn records(&self) -> impl Iterator<Item = u32> {
        self.must.iter().chain(self.cannot).flat_map(|(a, b)| [*a, *b])
    }
}
