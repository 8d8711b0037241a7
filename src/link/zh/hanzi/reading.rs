//! Mandarin readings.

use std::sync::LazyLock;

use super::table::{CharTable, grouped};

const READINGS: &str = include_str!("data/readings.txt");

/// One Mandarin reading of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reading {
    /// The syllable's number without its tone, from 1 in alphabetical order; see [`syllable_name`].
    pub syllable: u16,
    /// 1 to 4; 5 is the neutral tone.
    pub tone: u8,
}

struct Readings {
    /// Names by number less 1, ascending by bytes.
    syllables: Vec<&'static str>,
    /// The lists, one after another.
    pool: Vec<Reading>,
    /// Where a character's list starts in the pool, and its length.
    lists: CharTable<(u16, u8)>,
}

static TABLES: LazyLock<Readings> = LazyLock::new(|| {
    let mut syllables: Vec<&str> =
        grouped(READINGS).flat_map(|(key, _)| key.split(' ')).map(|word| split_tone(word).0).collect();
    syllables.sort_unstable();
    syllables.dedup();
    let mut tables = Readings { syllables, pool: Vec::new(), lists: CharTable::new() };
    for (key, chars) in grouped(READINGS) {
        let list: Vec<Reading> = key.split(' ').map(|word| tables.parse(word).expect("a syllable")).collect();
        let at = u16::try_from(tables.pool.len()).expect("fewer than 65,536 readings in all lists");
        for c in chars.chars() {
            tables.lists.set(c, (at, list.len() as u8));
        }
        tables.pool.extend(list);
    }
    tables
});

impl Readings {
    fn parse(&self, word: &str) -> Option<Reading> {
        let (name, tone) = split_tone(word);
        let index = self.syllables.binary_search(&name).ok()?;
        Some(Reading { syllable: index as u16 + 1, tone })
    }
}

fn split_tone(word: &str) -> (&str, u8) {
    let (name, tone) = word.split_at(word.len() - 1);
    (name, tone.as_bytes()[0] - b'0')
}

/// All Mandarin readings of a character, commonest first; none of what is no Chinese character.
///
/// What comes after the second or third is mostly old or rare. A traditional form has the readings of
/// its own entry, which may be fewer than those of [`plain`](crate::link::zh::hanzi::plain).
pub fn readings(c: char) -> &'static [Reading] {
    let (at, len) = TABLES.lists.get(c);
    &TABLES.pool[usize::from(at)..][..usize::from(len)]
}

/// The syllable of a number as it is spelled, `zhang` or `lü`; empty for 0 and for no syllable's number.
pub fn syllable_name(syllable: u16) -> &'static str {
    usize::from(syllable).checked_sub(1).and_then(|i| TABLES.syllables.get(i)).copied().unwrap_or_default()
}

/// Names of all syllables, by number less 1.
pub(super) fn syllables() -> &'static [&'static str] {
    &TABLES.syllables
}

/// The reading spelled `zhang1`.
pub(super) fn parse(word: &str) -> Option<Reading> {
    TABLES.parse(word)
}
