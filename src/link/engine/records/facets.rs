//! What depends on a value alone, worked out once for each distinct value.

use std::sync::Arc;

use super::{ByNumber, FieldKind};
use crate::link::engine::intern::{Ranked, TextNumber};
use crate::link::zh::hanzi;
use crate::schema::resident_id;

/// Distinct values of one or more fields, with their facets.
#[derive(Debug)]
pub struct ValueTable {
    pub texts: Arc<Ranked>,
    /// What depends on values is worked out when it is asked for.
    pub few: bool,
    pub names: ByNumber<NameFacet>,
    pub ids: ByNumber<IdFacet>,
    pub places: ByNumber<PlaceFacet>,
}

impl ValueTable {
    /// Works out the facets that a kind of field needs; of a few values, as they are asked for.
    pub fn new(texts: Arc<Ranked>, kind: FieldKind, few: bool) -> Self {
        fn by_number<T: Send + Sync + 'static>(texts: &Arc<Ranked>, few: bool, of: fn(&str) -> T) -> ByNumber<T> {
            if !few {
                return ByNumber::All(texts.map(of));
            }
            let (count, texts) = (texts.len(), Arc::clone(texts));
            ByNumber::asked(count, move |number| of(texts.get(number)))
        }
        let (mut names, mut ids, mut places) = Default::default();
        match kind {
            FieldKind::NameZh => names = by_number(&texts, few, NameFacet::of),
            FieldKind::ResidentId => ids = by_number(&texts, few, IdFacet::of),
            FieldKind::Place => places = by_number(&texts, few, PlaceFacet::of),
            _ => {}
        }
        ValueTable { texts, few, names, ids, places }
    }

    /// The text of a number.
    pub fn text(&self, number: TextNumber) -> &str {
        self.texts.get(number)
    }
}

/// Characters of a name that a facet holds; longer names are compared by their text.
pub const SHORT_NAME: usize = 6;

/// A Chinese name, character by character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NameFacet {
    /// Characters in all.
    pub len: u8,
    /// Characters of the surname; 0 for names too long to have one in front.
    pub surname_len: u8,
    /// Bit `i`: character `i` was lost on the way.
    pub lost: u8,
    pub chars: [char; SHORT_NAME],
    /// Toneless syllable of each character, in a surname that of surnames; 0 for none.
    pub sounds: [u16; SHORT_NAME],
}

impl NameFacet {
    pub fn of(name: &str) -> Self {
        let chars: Vec<char> = name.chars().collect();
        let mut facet = NameFacet { len: chars.len().min(255) as u8, ..NameFacet::default() };
        if chars.len() > SHORT_NAME {
            return facet;
        }
        let hanzi_only = chars.iter().all(|&c| hanzi::is_hanzi(c) || hanzi::is_lost(c));
        facet.surname_len = match chars.len() {
            2..=3 if hanzi_only => hanzi::surname_len(&chars) as u8,
            // Four characters are a surname of two, or a name that has none, as of Mongols.
            4 if hanzi_only && hanzi::surname_len(&chars) == 2 => 2,
            _ => 0,
        };
        let surname: String = chars[..usize::from(facet.surname_len)].iter().collect();
        let of_surname = hanzi::surname_readings(&surname);
        for (i, &c) in chars.iter().enumerate() {
            facet.chars[i] = c;
            if hanzi::is_lost(c) {
                facet.lost |= 1 << i;
            }
            let readings = match of_surname.get(i) {
                Some(readings) => &readings[..],
                None => hanzi::readings(c),
            };
            facet.sounds[i] = readings.first().map_or(0, |r| r.syllable);
        }
        facet
    }

    /// The name is short enough to be compared by its facet.
    pub fn is_short(&self) -> bool {
        usize::from(self.len) <= SHORT_NAME
    }

    /// Its characters, if it is short.
    pub fn chars(&self) -> &[char] {
        &self.chars[..usize::from(self.len).min(SHORT_NAME)]
    }

    pub fn sounds(&self) -> &[u16] {
        &self.sounds[..usize::from(self.len).min(SHORT_NAME)]
    }
}

/// An ID number of 18 characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IdFacet {
    /// The characters; all 0 when there are not 18.
    pub chars: [u8; 18],
    /// Bit `i`: character `i` is hidden by a mask, or lost with the last digits in a spreadsheet.
    pub hidden: u32,
    /// Check character right and a date inside.
    pub valid: bool,
    /// Day inside a valid number.
    pub birth_day: i32,
}

/// Characters that a spreadsheet's 15 significant digits leave of a number.
const SIGNIFICANT: usize = 15;

impl IdFacet {
    pub fn of(number: &str) -> Self {
        let mut facet = IdFacet::default();
        let mut count = 0;
        for c in number.chars() {
            let Some(slot) = facet.chars.get_mut(count) else { return IdFacet::default() };
            if c.is_ascii_digit() || (count == 17 && c == 'X') {
                *slot = c as u8;
            } else if matches!(c, '*' | 'x' | 'X' | '#' | '?' | '＊' | '×') {
                facet.hidden |= 1 << count;
            } else {
                return IdFacet::default();
            }
            count += 1;
        }
        if count != 18 {
            return IdFacet::default();
        }
        facet.valid = facet.hidden == 0 && resident_id::is_valid_resident_id(number);
        if facet.valid {
            facet.birth_day = resident_id::birth_day_of(number).unwrap_or_default();
        } else if facet.hidden == 0 && number.ends_with("000") {
            facet.hidden = 0b111 << SIGNIFICANT;
        }
        facet
    }

    /// There are 18 characters to compare.
    pub fn is_whole(&self) -> bool {
        self.chars[0] != 0 || self.hidden != 0
    }
}

/// A division code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlaceFacet {
    /// First 6 digits; 0 when there are fewer.
    pub county: u32,
    /// First 9 digits.
    pub town: u32,
    /// All 12 digits are given and name a village.
    pub is_village: bool,
}

impl PlaceFacet {
    pub fn of(code: &str) -> Self {
        if !code.bytes().all(|b| b.is_ascii_digit()) {
            return PlaceFacet::default();
        }
        let first = |n: usize| code.get(..n).and_then(|c| c.parse().ok()).unwrap_or(0);
        let town: u32 = first(9);
        PlaceFacet {
            county: first(6),
            town: if town.is_multiple_of(1000) { 0 } else { town },
            is_village: code.len() == 12 && !code.ends_with("000"),
        }
    }
}
