//! Records as columns: what a linkage looks at, as numbers.
//!
//! A record is a row of `u32` slots, one or two cache lines; each field has one to four of them. A text
//! is the number of its value in a [`ValueTable`], where everything that depends on the value alone is
//! worked out once. 0 is "not given".

use super::facets::ValueTable;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Any text, compared by its characters. One slot.
    Text,
    /// A code or number that is equal or not. One slot.
    Code,
    /// A Chinese name. One slot.
    NameZh,
    /// A date, perhaps only its year or month. Two slots: the day, and its precision (0 none, 1 year,
    /// 2 month, 3 full).
    Date,
    /// A resident identity number or another document's. Two slots: the value and an [`IdUse`].
    ResidentId,
    /// Phones: two of the person's own, two of the guardian's. Four slots.
    Phones,
    /// A division code, 6 to 12 digits. One slot.
    Place,
}

impl FieldKind {
    pub const ALL: [FieldKind; 7] = [
        FieldKind::Text,
        FieldKind::Code,
        FieldKind::NameZh,
        FieldKind::Date,
        FieldKind::ResidentId,
        FieldKind::Phones,
        FieldKind::Place,
    ];

    /// The name in a model.
    pub fn as_str(self) -> &'static str {
        match self {
            FieldKind::Text => "text",
            FieldKind::Code => "code",
            FieldKind::NameZh => "name-zh",
            FieldKind::Date => "date",
            FieldKind::ResidentId => "resident-id",
            FieldKind::Phones => "phones",
            FieldKind::Place => "place",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == name)
    }

    /// Slots of a record that the field takes.
    pub fn slots(self) -> usize {
        match self {
            FieldKind::Phones => 4,
            FieldKind::Date | FieldKind::ResidentId => 2,
            _ => 1,
        }
    }
}

/// What a record's ID number may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum IdUse {
    /// None, a placeholder, or somebody else's.
    Nothing = 0,
    /// Valid and the record's own.
    Own = 1,
    /// Mistyped, masked or damaged.
    Unsure = 2,
    /// Of another kind of document.
    Other = 3,
    /// Valid, but somebody else's, or of several people.
    Shared = 4,
}

/// A field among the slots.
#[derive(Clone, Copy, Debug)]
pub struct Column<'v> {
    pub kind: FieldKind,
    /// First slot.
    pub at: usize,
    /// Of dates: none.
    pub values: Option<&'v ValueTable>,
}

/// Records with their values.
#[derive(Clone, Debug)]
pub struct Records<'v> {
    slots: Vec<u32>,
    stride: usize,
    columns: Vec<Column<'v>>,
}

impl<'v> Records<'v> {
    /// Lays fields out one after the other. `values` is field for field.
    pub fn new(kinds: &[FieldKind], values: Vec<Option<&'v ValueTable>>) -> Self {
        let mut at = 0;
        let columns: Vec<Column> = kinds
            .iter()
            .zip(values)
            .map(|(&kind, values)| {
                let column = Column { kind, at, values };
                at += kind.slots();
                column
            })
            .collect();
        // A power of two below a cache line, so that no record lies across more lines than it must.
        let stride = if at <= 16 { at.next_power_of_two() } else { at.div_ceil(8) * 8 };
        Records { slots: Vec::new(), stride, columns }
    }

    /// So many records at once; `fill` appends the slots of each, in the order of the fields.
    pub fn of(
        kinds: &[FieldKind],
        values: Vec<Option<&'v ValueTable>>,
        count: usize,
        fill: &(dyn Fn(usize, &mut Vec<u32>) + Sync),
    ) -> Self {
        const CHUNK: usize = 1 << 12;
        let mut records = Self::new(kinds, values);
        let stride = records.stride;
        records.slots = vec![0; count * stride];
        records.slots.par_chunks_mut(stride * CHUNK).enumerate().for_each(|(chunk, slots)| {
            let mut row = Vec::with_capacity(stride);
            for (index, slots) in (chunk * CHUNK..).zip(slots.chunks_exact_mut(stride)) {
                row.clear();
                fill(index, &mut row);
                slots[..row.len()].copy_from_slice(&row);
            }
        });
        records
    }

    /// Appends a record; `slots` are the fields' in their order.
    pub fn push(&mut self, slots: &[u32]) {
        let from = self.slots.len();
        self.slots.extend_from_slice(slots);
        self.slots.resize(from + self.stride, 0);
    }

    pub fn reserve(&mut self, records: usize) {
        self.slots.reserve(records * self.stride);
    }

    pub fn len(&self) -> usize {
        self.slots.len() / self.stride
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The slots of a record.
    #[inline]
    pub fn row(&self, record: u32) -> &[u32] {
        let from = record as usize * self.stride;
        &self.slots[from..from + self.stride]
    }

    /// Loads the slots of records together: loads that do not wait for each other take the time of one.
    pub fn fetch(&self, records: impl Iterator<Item = u32>) {
        std::hint::black_box(records.fold(0, |sum, record| sum ^ self.row(record)[0]));
    }

    pub fn column(&self, field: usize) -> Column<'v> {
        self.columns[field]
    }

    pub fn fields(&self) -> usize {
        self.columns.len()
    }
}
