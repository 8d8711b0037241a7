//! Lookup of values in code lists: by code, Chinese label, alias, or code and label together.

use std::sync::Arc;

use hashbrown::HashMap;

use super::text::clean;
use crate::diag::InBoth;
use crate::schema::codes::CodeList;

/// A code list, prepared for lookups.
#[derive(Debug)]
pub struct Choices {
    codes: Vec<String>,
    by_text: HashMap<String, u8>,
    /// All values as messages show them.
    listing: Arc<InBoth>,
}

/// Most values that a list may have: sets of values are stored as the bits of a 64-bit number.
pub const MOST_VALUES: usize = 64;

/// Characters that may separate several values in a cell, after NFKC.
const BETWEEN_VALUES: [char; 5] = ['、', ',', ';', '|', '/'];

impl Choices {
    /// `None` when the list has more than [`MOST_VALUES`] values.
    pub fn new(list: &CodeList) -> Option<Self> {
        if list.values.len() > MOST_VALUES {
            return None;
        }
        let mut by_text = HashMap::new();
        // A code takes precedence over another value's label, and a label over an alias.
        for (i, value) in list.values.iter().enumerate() {
            by_text.entry(fold(&value.code)).or_insert(i as u8);
        }
        for (i, value) in list.values.iter().enumerate() {
            by_text.entry(fold(&value.zh)).or_insert(i as u8);
        }
        for (i, value) in list.values.iter().enumerate() {
            for alias in &value.aliases {
                by_text.entry(fold(alias)).or_insert(i as u8);
            }
        }
        let zh: Vec<&str> = list.values.iter().map(|v| v.zh.as_str()).collect();
        let codes: Vec<String> = list.values.iter().map(|v| v.code.clone()).collect();
        let listing = Arc::new(InBoth::new(codes.join(", "), zh.join("、")));
        Some(Choices { codes, by_text, listing })
    }

    pub fn code(&self, index: u8) -> &str {
        &self.codes[usize::from(index)]
    }

    /// Whether two characters stand together in a word of the list.
    pub fn knows_word(&self, pair: &str) -> bool {
        self.by_text.keys().any(|word| word.contains(pair))
    }

    /// All values as messages show them.
    pub fn listing(&self) -> Arc<InBoth> {
        self.listing.clone()
    }

    /// The index of the value that a cleaned text names.
    pub fn find(&self, cleaned: &str) -> Option<u8> {
        self.find_folded(&fold(cleaned))
    }

    fn find_folded(&self, folded: &str) -> Option<u8> {
        if let Some(i) = self.by_text.get(folded) {
            return Some(*i);
        }
        if let Some((whole, zeros)) = folded.split_once('.')
            && !zeros.is_empty()
            && zeros.bytes().all(|b| b == b'0')
            && whole.bytes().all(|b| b.is_ascii_digit())
            && let Some(i) = self.by_text.get(whole)
        {
            return Some(*i);
        }
        self.find_code_with_label(folded)
    }

    /// Reads `12 无`, `1-男`, `(1)男` or `男(1)`: both halves must name the same value, and in different words (`11` does
    /// not mean `1` twice).
    fn find_code_with_label(&self, folded: &str) -> Option<u8> {
        let between = |c: char| "-_.:,;、/|()[]{}~=".contains(c);
        folded.char_indices().skip(1).take(MOST_VALUES).find_map(|(at, _)| {
            let (first, second) = (folded[..at].trim_matches(between), folded[at..].trim_matches(between));
            let (one, other) = (self.by_text.get(first)?, self.by_text.get(second)?);
            (one == other && first != second).then_some(*one)
        })
    }

    /// The set of values that a cleaned text names, as bits; `None` if one of its parts is not a value of the list.
    pub fn find_all(&self, cleaned: &str) -> Option<u64> {
        if let Some(i) = self.find(cleaned) {
            return Some(1 << i);
        }
        let mut bits = 0;
        for part in cleaned.split(BETWEEN_VALUES).map(str::trim).filter(|p| !p.is_empty()) {
            match self.find(part) {
                Some(i) => bits |= 1 << i,
                None => {
                    for word in part.split(' ') {
                        bits |= 1 << self.find(word)?;
                    }
                }
            }
        }
        (bits != 0).then_some(bits)
    }

    /// The codes of a set in the order of the list, joined by `|`.
    pub fn joined(&self, bits: u64) -> String {
        let mut out = String::new();
        for (i, code) in self.codes.iter().enumerate() {
            if bits & (1 << i) != 0 {
                if !out.is_empty() {
                    out.push('|');
                }
                out.push_str(code);
            }
        }
        out
    }
}

/// The form in which texts are compared with the list: cleaned, lower case, without spaces.
fn fold(text: &str) -> String {
    clean(text).chars().filter(|c| *c != ' ').flat_map(char::to_lowercase).collect()
}
