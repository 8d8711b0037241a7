//! Which pairs of a block an earlier block yields, found for the whole block at once.
//!
//! To look at each pair costs the square of the block, times the lanes. Here each record's lanes are put
//! into a small table, rule by rule, and only those that come twice cost something: in most blocks they
//! are few.

use std::ops::RangeBounds;

use crate::link::engine::block::Blocks;
use crate::link::ids::{BlockNumber, RecordNumber};

/// Pairs of one block that are another block's.
#[derive(Default)]
pub(super) struct EarlierPairs {
    /// Place for place in the block `words` words: bit `j` of row `i`, `i < j`, is the pair of the two.
    bits: Vec<u64>,
    words: usize,
    members: usize,
    table: Vec<LaneSlot>,
    /// Slots with another stamp are free.
    stamp: u32,
    /// Entry by entry: a place in the block, and the entry before it with the same lane, from 1.
    entries: Vec<(u32, u32)>,
}

#[derive(Clone, Copy, Default)]
struct LaneSlot {
    stamp: u32,
    lane: u32,
    /// The last entry, from 1.
    entry: u32,
}

impl EarlierPairs {
    /// Finds the pairs of a block, which is not windowed.
    pub fn find(&mut self, blocks: &Blocks, rule: usize, block: BlockNumber) {
        let members = blocks.rules[rule].members(block);
        self.members = members.len();
        self.words = members.len().div_ceil(64);
        self.bits.clear();
        self.bits.resize(members.len() * self.words, 0);
        for earlier in 0..rule {
            self.find_of(blocks, members, earlier, ..);
        }
        if blocks.rules[rule].lanes > 1 {
            self.find_of(blocks, members, rule, ..block);
        }
    }

    /// Finds the pairs that some blocks of a rule yield.
    fn find_of(
        &mut self,
        blocks: &Blocks,
        members: &[RecordNumber],
        rule: usize,
        looked_at: impl RangeBounds<BlockNumber>,
    ) {
        let of = &blocks.rules[rule];
        let lanes = of.first_lane..of.first_lane + of.lanes;
        let slots = (2 * members.len() * of.lanes).next_power_of_two();
        if self.table.len() < slots {
            (self.table, self.stamp) = (vec![LaneSlot::default(); slots], 0);
        }
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.table.fill(LaneSlot::default());
            self.stamp = 1;
        }
        self.entries.clear();
        let mask = slots - 1;
        for (place, &member) in (0u32..).zip(members) {
            let of_member = blocks.row(member)[lanes.clone()].iter().filter_map(|lane| BlockNumber::of_lane(*lane));
            for block in of_member.filter(|block| looked_at.contains(block)) {
                let lane = block.to_lane();
                let mut at = (lane.wrapping_mul(0x9e37_79b1) >> 7) as usize & mask;
                while self.table[at].stamp == self.stamp && self.table[at].lane != lane {
                    at = (at + 1) & mask;
                }
                let slot = &mut self.table[at];
                let last = if slot.stamp == self.stamp { slot.entry } else { 0 };
                self.entries.push((place, last));
                *slot = LaneSlot { stamp: self.stamp, lane, entry: self.entries.len() as u32 };
                let mut entry = last;
                while entry != 0 {
                    let (other, before) = self.entries[entry as usize - 1];
                    if of.holds(block, members[other as usize], member) {
                        self.bits[other as usize * self.words + place as usize / 64] |= 1 << (place % 64);
                    }
                    entry = before;
                }
            }
        }
    }

    /// Runs over the pairs that no earlier block yields, as places in the block.
    pub fn others(&self, mut each: impl FnMut(usize, usize)) {
        for i in 0..self.members {
            let row = &self.bits[i * self.words..(i + 1) * self.words];
            for (word, bits) in row.iter().enumerate().skip((i + 1) / 64) {
                let mut free = !bits;
                if word == (i + 1) / 64 {
                    free &= !0 << ((i + 1) % 64);
                }
                if word + 1 == self.words && !self.members.is_multiple_of(64) {
                    free &= (1 << (self.members % 64)) - 1;
                }
                while free != 0 {
                    each(i, word * 64 + free.trailing_zeros() as usize);
                    free &= free - 1;
                }
            }
        }
    }
}
