//! Features bound to records: the hashes that blocks are made of.

use std::hash::BuildHasher;
use std::sync::OnceLock;

use foldhash::fast::FixedState;
use hashbrown::HashSet;
use rayon::prelude::*;

use super::feature::Feature;
use crate::link::engine::intern::TextNumber;
use crate::link::engine::model::BlockingKey;
use crate::link::engine::records::{FieldKind, IdFacet, IdUse, NameFacet, RecordColumn, Records};
use crate::link::ids::RecordNumber;
use crate::link::zh::{hanzi, lunar};
use crate::schema::day;

/// Features bound to records, each once, when it is first asked for.
pub struct Features<'r, 'v> {
    records: &'r Records<'v>,
    bound: Vec<(BlockingKey, OnceLock<Bound<'v>>)>,
}

impl<'r, 'v> Features<'r, 'v> {
    pub fn new(keys: impl Iterator<Item = BlockingKey>, records: &'r Records<'v>) -> Self {
        let mut features = Features { records, bound: Vec::new() };
        for key in keys {
            if !features.bound.iter().any(|bound| bound.0 == key) {
                features.bound.push((key, OnceLock::new()));
            }
        }
        features
    }

    /// # Panics
    /// When it is none of the keys given.
    pub fn of(&self, key: BlockingKey) -> &Bound<'v> {
        let (_, bound) = self.bound.iter().find(|bound| bound.0 == key).expect("a key of the rules");
        bound.get_or_init(|| Bound::new(key, self.records))
    }

    /// Binds all that are not bound yet.
    pub fn bind_all(&self) {
        self.bound.iter().for_each(|(key, _)| _ = self.of(*key));
    }

    /// # Panics
    /// When one is none of the keys given.
    pub fn all(&self, keys: &[BlockingKey]) -> Vec<&Bound<'v>> {
        keys.iter().map(|key| self.of(*key)).collect()
    }
}

/// By value, or by day from [`FIRST_DAY`] on: whether some records have it.
pub struct Marks(Vec<bool>);

/// A feature bound to records: hashes by value where it depends on the value alone.
pub struct Bound<'r> {
    column: RecordColumn<'r>,
    feature: Feature,
    /// By value number; 0 for nothing.
    by_value: Vec<u64>,
    /// Of a feature of dates, its hashes by day from [`FIRST_DAY`] on; 0 for nothing.
    by_day: Vec<[u64; 2]>,
}

/// Days whose features are worked out beforehand: those on which people at hand are born.
const FIRST_DAY: i32 = -25_567;
const DAYS_AHEAD: i32 = 366 * 150;

impl<'r> Bound<'r> {
    pub fn new(key: BlockingKey, records: &Records<'r>) -> Self {
        let column = records.column(key.field);
        let mut by_value = Vec::new();
        if let Some(values) = column.values {
            by_value = match key.feature {
                Feature::Prefix(n) => values.texts.map(|t| prefix(t, n)),
                Feature::Suffix(n) => values.texts.map(|t| suffix(t, n)),
                Feature::Soundex => values.texts.map(soundex),
                Feature::YearMonth => values.texts.map(|t| date_parts(t, 0..6, 0..0)),
                Feature::YearDay => values.texts.map(|t| date_parts(t, 0..4, 6..8)),
                Feature::MonthDay if key_is_text(column.kind) => values.texts.map(|t| date_parts(t, 4..8, 0..0)),
                Feature::Sound => {
                    let whole = |i: TextNumber, n: &NameFacet| {
                        if n.is_short() { sounds(n.sounds(), n.chars()) } else { hash(&values.text(i)) }
                    };
                    values.names.map(whole)
                }
                Feature::SurnameSound => values.names.map(|_, name| surname_sound(name)),
                Feature::GivenSound => values.names.map(|_, name| given_sound(name)),
                Feature::Head => values.texts.map(|number| half(number, 0)),
                Feature::Tail => values.texts.map(|number| half(number, 9)),
                Feature::Village => {
                    values.places.map(|i, place| if place.is_village { u64::from(i.to_slot()) } else { 0 })
                }
                Feature::Town => values.places.map(|_, place| number(u64::from(place.town))),
                Feature::County => values.places.map(|_, place| number(u64::from(place.county))),
                _ => Vec::new(),
            };
            if let Some(nothing) = by_value.first_mut() {
                *nothing = 0;
            }
        }
        let mut bound = Bound { column, feature: key.feature, by_value, by_day: Vec::new() };
        if column.kind == FieldKind::Date && records.len() > DAYS_AHEAD as usize {
            bound.by_day = (FIRST_DAY..FIRST_DAY + DAYS_AHEAD)
                .map(|day| {
                    let (mut hashes, mut n) = ([0; 2], 0);
                    bound.work_out(day, |h| {
                        hashes[n] = h;
                        n += 1;
                    });
                    hashes
                })
                .collect();
        }
        bound
    }

    /// The record's hashes, not 0, at most [`Feature::lanes`] of them.
    #[inline]
    pub fn of(&self, record: &[u32], mut each: impl FnMut(u64)) {
        let at = self.column.at;
        let mut push = |h: u64| {
            if h != 0 {
                each(h);
            }
        };
        match self.feature {
            Feature::Value => {
                let usable = self.column.kind != FieldKind::ResidentId || record[at + 1] != IdUse::Nothing as u32;
                push(if usable { number(u64::from(record[at])) } else { 0 });
            }
            Feature::Head | Feature::Tail => {
                let usable = matches!(record[at + 1], u if u == IdUse::Own as u32 || u == IdUse::Unsure as u32);
                push(if usable { self.by_value[self.column.text(record).index()] } else { 0 });
            }
            Feature::Each => {
                for i in 0..4 {
                    push(number(u64::from(record[at + i])));
                }
            }
            Feature::MonthDay if key_is_text(self.column.kind) => push(self.by_value[self.column.text(record).index()]),
            Feature::Day | Feature::DayOrSwapped | Feature::DayOrLunar | Feature::Month | Feature::MonthDay => {
                let (days, precision) = (record[at] as i32, record[at + 1]);
                if precision == 3 || (precision == 2 && self.feature == Feature::Month) {
                    self.dates(days, push);
                }
            }
            Feature::Year => {
                if record[at + 1] > 0 {
                    self.dates(record[at] as i32, push);
                }
            }
            _ => push(self.by_value[self.column.text(record).index()]),
        }
    }

    /// Which values some records have.
    pub fn marks(&self, records: &Records<'_>, of: &[RecordNumber]) -> Marks {
        let mut hashes: HashSet<u64> = HashSet::new();
        of.iter().for_each(|&record| self.of(records.row(record), |h| _ = hashes.insert(h)));
        if !self.by_value.is_empty() {
            return Marks(self.by_value.par_iter().map(|h| hashes.contains(h)).collect());
        }
        if !self.by_day.is_empty() {
            return Marks(self.by_day.iter().map(|day| day.iter().any(|h| hashes.contains(h))).collect());
        }
        // Other hashes are numbers of values; of days in a small table nothing is known.
        let values = self.column.values.map_or(0, |values| values.texts.len());
        let mut marks = vec![false; values];
        hashes.iter().for_each(|h| marks.get_mut(*h as usize).into_iter().for_each(|mark| *mark = true));
        Marks(marks)
    }

    /// Whether a record may have a value that is marked.
    #[inline]
    pub fn may_be_marked(&self, marks: &Marks, record: &[u32]) -> bool {
        let at = self.column.at;
        let is_marked = |number: u32| marks.0.get(number as usize).is_none_or(|marked| *marked);
        match (self.feature, self.column.kind) {
            (Feature::Each, _) => record[at..at + 4].iter().any(|phone| is_marked(*phone)),
            (_, FieldKind::Date) => is_marked((record[at] as i32).wrapping_sub(FIRST_DAY) as u32),
            _ => is_marked(record[at]),
        }
    }

    #[inline]
    fn dates(&self, days: i32, mut push: impl FnMut(u64)) {
        match self.by_day.get(days.wrapping_sub(FIRST_DAY) as usize) {
            Some(hashes) => hashes.iter().copied().for_each(push),
            None => self.work_out(days, &mut push),
        }
    }

    /// Hashes of a date, at most two.
    fn work_out(&self, days: i32, mut push: impl FnMut(u64)) {
        let of_day = |d: i32| number(1 + u64::from((d + 1_000_000) as u32));
        match self.feature {
            Feature::Year => push(number(1 + day::to_date(days).year() as u64)),
            Feature::Month | Feature::MonthDay => {
                let d = day::to_date(days);
                let month = d.month() as u64;
                let number_of = if self.feature == Feature::Month {
                    d.year() as u64 * 12 + month
                } else {
                    month * 32 + d.day() as u64
                };
                push(number(1 + number_of));
            }
            Feature::DayOrSwapped => {
                push(of_day(days));
                let d = day::to_date(days);
                if d.month() != d.day()
                    && let Some(swapped) = day::from_ymd(d.year().into(), d.day() as u32, d.month() as u32)
                {
                    push(of_day(swapped));
                }
            }
            Feature::DayOrLunar => {
                push(of_day(days));
                if let Some(written) = lunar::read_as_solar(days) {
                    push(of_day(written));
                }
            }
            _ => push(of_day(days)),
        }
    }
}

fn hash<T: std::hash::Hash + ?Sized>(of: &T) -> u64 {
    FixedState::with_seed(7).hash_one(of) | 1
}

/// A number as a hash; 0 stays 0. One to one, so that different values never meet.
fn number(n: u64) -> u64 {
    n
}

fn prefix(text: &str, n: u8) -> u64 {
    let end = text.char_indices().nth(n.into()).map_or(text.len(), |(i, _)| i);
    if text.is_empty() { 0 } else { hash(&text[..end]) }
}

fn suffix(text: &str, n: u8) -> u64 {
    let chars = text.chars().count();
    let start = text.char_indices().nth(chars.saturating_sub(n.into())).map_or(0, |(i, _)| i);
    if text.is_empty() { 0 } else { hash(&text[start..]) }
}

fn key_is_text(kind: FieldKind) -> bool {
    matches!(kind, FieldKind::Text | FieldKind::Code)
}

/// Parts of a date as eight digits.
fn date_parts(text: &str, first: std::ops::Range<usize>, second: std::ops::Range<usize>) -> u64 {
    if text.len() == 8 && text.is_ascii() { hash(&(&text[first], &text[second])) } else { 0 }
}

fn soundex(text: &str) -> u64 {
    let class = |c: char| match c {
        'b' | 'f' | 'p' | 'v' => 1u8,
        'c' | 'g' | 'j' | 'k' | 'q' | 's' | 'x' | 'z' => 2,
        'd' | 't' => 3,
        'l' => 4,
        'm' | 'n' => 5,
        'r' => 6,
        'h' | 'w' => 7,
        _ => 0,
    };
    let mut letters = text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase);
    let Some(first) = letters.next() else { return 0 };
    let mut code = [0u8; 3];
    let mut filled = 0;
    let mut last = class(first);
    for c in letters {
        let of = class(c);
        // h and w do not part two letters of one class; vowels do.
        if of == 7 {
            continue;
        }
        if of != 0 && of != last && filled < 3 {
            code[filled] = of;
            filled += 1;
        }
        last = of;
    }
    hash(&(first, code))
}

fn sounds(syllables: &[u16], chars: &[char]) -> u64 {
    if syllables.is_empty() {
        return 0;
    }
    let mut of = [0u32; 8];
    for (slot, (&s, &c)) in of.iter_mut().zip(syllables.iter().zip(chars)) {
        *slot = if s == 0 { c as u32 + 0x1_0000 } else { u32::from(hanzi::dialect_class(s)) };
    }
    hash(&(syllables.len(), of))
}

fn surname_sound(name: &NameFacet) -> u64 {
    let n = usize::from(name.surname_len);
    if !name.is_short() {
        return 0;
    }
    if n == 0 {
        sounds(&name.sounds()[..name.sounds().len().min(1)], name.chars())
    } else {
        sounds(&name.sounds()[..n], name.chars())
    }
}

fn given_sound(name: &NameFacet) -> u64 {
    let n = usize::from(name.surname_len);
    if !name.is_short() || n == 0 || name.lost >> n != 0 {
        return 0;
    }
    sounds(&name.sounds()[n..], &name.chars()[n..])
}

/// Nine characters of a number; 0 when one of them is hidden.
fn half(number: &str, from: usize) -> u64 {
    let bytes = number.as_bytes();
    // A number that ends so may have lost its last digits.
    let is_plain = bytes.len() == 18 && bytes[..17].iter().all(u8::is_ascii_digit) && !number.ends_with("000");
    if is_plain && (bytes[17].is_ascii_digit() || bytes[17] == b'X') {
        return hash(&bytes[from..from + 9]);
    }
    let id = IdFacet::of(number);
    if !id.is_whole() || id.hidden >> from & 0x1ff != 0 {
        return 0;
    }
    hash(&id.chars[from..from + 9])
}
