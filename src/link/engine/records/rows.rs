//! Records as columns: what a linkage looks at, as numbers.
//!
//! A record is a row of `u32` slots, one or two cache lines; each field has one to four of them. A text
//! is the number of its value in a [`ValueTable`], where everything that depends on the value alone is
//! worked out once. 0 is "not given".

use super::facets::ValueTable;
use super::field_kind::FieldKind;
use crate::link::engine::intern::TextNumber;
use crate::link::ids::RecordNumber;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// A field among the slots.
#[derive(Clone, Copy, Debug)]
pub struct RecordColumn<'v> {
    pub kind: FieldKind,
    /// First slot.
    pub at: usize,
    /// Of dates: none.
    pub values: Option<&'v ValueTable>,
}

impl RecordColumn<'_> {
    /// The text in a record's first slot of the field; of dates, nothing.
    #[inline]
    pub fn text(&self, record: &[u32]) -> TextNumber {
        TextNumber::of_slot(record[self.at])
    }
}

/// Records with their values.
#[derive(Clone, Debug)]
pub struct Records<'v> {
    slots: Vec<u32>,
    stride: usize,
    columns: Vec<RecordColumn<'v>>,
}

impl<'v> Records<'v> {
    /// Lays fields out one after the other. `values` is field for field.
    pub fn new(kinds: &[FieldKind], values: Vec<Option<&'v ValueTable>>) -> Self {
        let mut at = 0;
        let columns: Vec<RecordColumn> = kinds
            .iter()
            .zip(values)
            .map(|(&kind, values)| {
                let column = RecordColumn { kind, at, values };
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
    pub fn row(&self, record: RecordNumber) -> &[u32] {
        let from = record.index() * self.stride;
        &self.slots[from..from + self.stride]
    }

    /// Loads the slots of records together: loads that do not wait for each other take the time of one.
    pub fn fetch(&self, records: impl Iterator<Item = RecordNumber>) {
        std::hint::black_box(records.fold(0, |sum, record| sum ^ self.row(record)[0]));
    }

    pub fn column(&self, field: usize) -> RecordColumn<'v> {
        self.columns[field]
    }

    pub fn fields(&self) -> usize {
        self.columns.len()
    }
}
