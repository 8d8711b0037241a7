//! Words that mean "not given".

use unicode_normalization::UnicodeNormalization;

/// Null words beside those of the declarations, which hold for text fields of other tools too: 无 is
/// false in a boolean, which only its code list can say.
const UNSAID: [&str; 4] = ["无", "不详", "未知", "不清楚"];

/// The null words of a table, for every field that is not free text. A code list that holds one of
/// them keeps it: ask the list first.
#[derive(Clone, Debug)]
pub struct NullWords {
    /// In their comparable form.
    words: Vec<String>,
    /// First characters of the words.
    firsts: Vec<char>,
}

impl NullWords {
    /// `declared` are the table's own words.
    pub fn new(declared: &[String]) -> Self {
        let all = declared.iter().map(String::as_str).chain(UNSAID);
        let mut words: Vec<String> = all.map(comparable).filter(|w| !w.is_empty()).collect();
        words.sort();
        words.dedup();
        let mut firsts: Vec<char> = words.iter().filter_map(|w| w.chars().next()).collect();
        firsts.dedup();
        NullWords { words, firsts }
    }

    /// Whether a text is empty or one of the words, whatever its case, width and surrounding spaces.
    pub fn holds(&self, text: &str) -> bool {
        let text = text.trim();
        let Some(first) = text.chars().next() else { return true };
        // Most cells of a sheet begin like no null word.
        let first = match first {
            '！'..='～' => char::from_u32(first as u32 - 0xfee0).unwrap_or(first),
            first => first,
        };
        if !self.firsts.contains(&first.to_ascii_lowercase()) || text.len() > 40 {
            return false;
        }
        if text.is_ascii() {
            return self.words.iter().any(|w| w.eq_ignore_ascii_case(text));
        }
        let text = comparable(text);
        self.words.contains(&text)
    }
}

fn comparable(text: &str) -> String {
    let text: String = text.nfkc().flat_map(char::to_lowercase).collect();
    text.trim().to_owned()
}
