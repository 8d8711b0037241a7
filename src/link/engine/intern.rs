//! Texts as numbers: each distinct text is kept once.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use rayon::prelude::*;

/// The number of a text among distinct ones. The empty text is always the first; it stands for "not given".
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct TextNumber(u32);

impl TextNumber {
    /// That of the empty text.
    pub const EMPTY: TextNumber = TextNumber(0);

    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    #[inline]
    pub fn is_given(self) -> bool {
        self != TextNumber::EMPTY
    }

    /// This number, unless it is that of the empty text.
    pub fn given(self) -> Option<TextNumber> {
        self.is_given().then_some(self)
    }

    /// The number as records and files hold it.
    pub fn to_slot(self) -> u32 {
        self.0
    }

    /// The number that a record or a file holds.
    #[inline]
    pub fn of_slot(slot: u32) -> Self {
        TextNumber(slot)
    }
}

impl std::fmt::Debug for TextNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Distinct texts in one arena, numbered in the order they came, the empty one first.
#[derive(Clone)]
pub struct Interner {
    arena: Arena,
    table: HashTable<InternSlot>,
    hasher: FixedState,
}

/// Part of the hash is kept so that growing the table touches no text.
#[derive(Clone, Copy)]
struct InternSlot {
    hash: u32,
    id: u32,
}

#[derive(Clone, Default)]
struct Arena {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Arena {
    fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
    }

    fn get(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.bytes[start..self.ends[id]]
    }
}

fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Default for Interner {
    fn default() -> Self {
        let mut interner =
            Interner { arena: Arena::default(), table: HashTable::new(), hasher: FixedState::with_seed(0) };
        interner.intern("");
        interner
    }
}

impl Interner {
    /// The number of a text, new or known.
    ///
    /// # Panics
    /// After 2^32 distinct texts.
    pub fn intern(&mut self, text: &str) -> TextNumber {
        let bytes = text.as_bytes();
        let hash = self.hash(bytes);
        let arena = &self.arena;
        if let Some(slot) = self.table.find(spread(hash), |s| s.hash == hash && arena.get(s.id) == bytes) {
            return TextNumber(slot.id);
        }
        let id = u32::try_from(self.arena.ends.len()).expect("fewer than 2^32 distinct texts");
        self.arena.push(bytes);
        self.table.insert_unique(spread(hash), InternSlot { hash, id }, |s| spread(s.hash));
        TextNumber(id)
    }

    /// The text of a number.
    ///
    /// # Panics
    /// When the number is none of this interner's.
    pub fn get(&self, number: TextNumber) -> &str {
        text(self.arena.get(number.0))
    }

    /// Numbers the texts anew by their byte order, so that nothing depends on the order they came in.
    /// The second part is the new number of each old one.
    pub fn rank(self) -> (Ranked, Vec<TextNumber>) {
        let Interner { arena, table, .. } = self;
        drop(table);
        // Most texts differ in their first bytes, which are compared without going to the arena.
        let mut keyed: Vec<(u128, u32)> =
            (0..arena.ends.len() as u32).map(|id| (first_bytes(arena.get(id)), id)).collect();
        keyed.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| arena.get(a.1).cmp(arena.get(b.1))));
        let order: Vec<u32> = keyed.into_iter().map(|k| k.1).collect();
        let mut rank_of = vec![TextNumber::EMPTY; order.len()];
        for (rank, &id) in order.iter().enumerate() {
            rank_of[id as usize] = TextNumber(rank as u32);
        }
        (Ranked { arena, order }, rank_of)
    }

    fn hash(&self, bytes: &[u8]) -> u32 {
        // The upper half: foldhash mixes it best.
        (self.hasher.hash_one(bytes) >> 32) as u32
    }
}

/// The first place from `from` on in an order whose text is not less than `bytes`. Near ones are found fast.
fn first_from(arena: &Arena, order: &[u32], from: usize, bytes: &[u8]) -> usize {
    let is_less = |id: u32| arena.get(id) < bytes;
    let (mut low, mut step) = (from, 1);
    while low + step <= order.len() && is_less(order[low + step - 1]) {
        low += step;
        step *= 2;
    }
    let high = (low + step).min(order.len());
    low + order[low..high].partition_point(|&id| is_less(id))
}

/// The first 16 bytes, in their order; shorter texts are filled up with 0.
fn first_bytes(text: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    let n = text.len().min(16);
    bytes[..n].copy_from_slice(&text[..n]);
    u128::from_be_bytes(bytes)
}

/// Distinct texts, numbered in byte order, so that the empty one is the first.
#[derive(Clone)]
pub struct Ranked {
    arena: Arena,
    order: Vec<u32>,
}

impl std::fmt::Debug for Ranked {
    /// How many there are; never a text, which may identify somebody.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ranked").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl Ranked {
    /// The text of a number.
    ///
    /// # Panics
    /// When the number is none of these.
    pub fn get(&self, number: TextNumber) -> &str {
        text(self.bytes(number.index()))
    }

    /// The number of a text, if it is known.
    pub fn find(&self, text: &str) -> Option<TextNumber> {
        let found = self.order.binary_search_by(|&id| self.arena.get(id).cmp(text.as_bytes()));
        found.ok().map(|rank| TextNumber(rank as u32))
    }

    /// Texts that lie one after the other, by their lengths. `None` when they are not distinct texts in byte
    /// order, the empty one first.
    pub fn of_lengths(bytes: Vec<u8>, lengths: impl Iterator<Item = u32>) -> Option<Self> {
        let all = std::str::from_utf8(&bytes).ok()?;
        let mut ends = Vec::with_capacity(lengths.size_hint().0);
        let mut end = 0;
        let mut before: Option<&[u8]> = None;
        for length in lengths {
            let from = end;
            end += length as usize;
            let text = all.get(from..end)?.as_bytes();
            let is_next = before.map_or(text.is_empty(), |before| before < text);
            if !is_next {
                return None;
            }
            before = Some(text);
            ends.push(end);
        }
        let order: Vec<u32> = (0..ends.len() as u32).collect();
        (end == bytes.len() && !order.is_empty()).then_some(Ranked { arena: Arena { bytes, ends }, order })
    }

    /// The texts' bytes in their order.
    pub fn iter_bytes(&self) -> impl Iterator<Item = &[u8]> {
        self.order.iter().map(|&id| self.arena.get(id))
    }

    /// The texts in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.iter_bytes().map(text)
    }

    /// The texts of both, with the new number of each of these, unless they keep theirs, and of each of the
    /// others.
    pub fn merge(mut self, other: &Ranked) -> (Ranked, Option<Vec<TextNumber>>, Vec<TextNumber>) {
        let mut known = 0;
        let found: Option<Vec<TextNumber>> = other
            .iter_bytes()
            .map(|text| {
                known = self.first_from(known, text);
                (known < self.len() && self.bytes(known) == text).then_some(TextNumber(known as u32))
            })
            .collect();
        if let Some(found) = found {
            return (self, None, found);
        }
        let mut arena = std::mem::take(&mut self.arena);
        let mut order = Vec::with_capacity(self.len() + other.len());
        let (mut of_these, mut of_others) = (Vec::with_capacity(self.len()), Vec::with_capacity(other.len()));
        let mut take_these = |until: usize, order: &mut Vec<u32>| {
            let from = of_these.len();
            of_these.extend((order.len() as u32..).take(until - from).map(TextNumber));
            order.extend_from_slice(&self.order[from..until]);
        };
        let mut next = 0;
        for text in other.iter_bytes() {
            next = first_from(&arena, &self.order, next, text);
            take_these(next, &mut order);
            of_others.push(TextNumber(order.len() as u32));
            if next == self.order.len() || arena.get(self.order[next]) != text {
                order.push(arena.ends.len() as u32);
                arena.push(text);
            }
        }
        take_these(self.order.len(), &mut order);
        (Ranked { arena, order }, Some(of_these), of_others)
    }

    fn bytes(&self, rank: usize) -> &[u8] {
        self.arena.get(self.order[rank])
    }

    fn first_from(&self, from: usize, bytes: &[u8]) -> usize {
        first_from(&self.arena, &self.order, from, bytes)
    }

    /// The texts whose number is marked.
    pub fn those(&self, marked: &[bool]) -> Arc<Ranked> {
        let mut kept = Ranked { arena: Arena::default(), order: Vec::new() };
        for (text, _) in self.iter().zip(marked).filter(|(_, m)| **m) {
            kept.order.push(kept.arena.ends.len() as u32);
            kept.arena.push(text.as_bytes());
        }
        Arc::new(kept)
    }

    /// Never: the empty text is always there.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// How many texts there are, the empty one included.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// What holds of each text, by number.
    pub fn map<T: Send>(&self, of: impl Fn(&str) -> T + Send + Sync) -> Vec<T> {
        (0..self.len()).into_par_iter().map(|rank| of(text(self.bytes(rank)))).collect()
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("interned from a text")
}
