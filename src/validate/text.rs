//! Cleaning of cells: one form for each text, whatever the keyboard, the encoding or the spreadsheet.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// Middle dots of minority names as different keyboards and encodings write them, beside `·`.
const DOTS: &[char] = &['•', '‧', '∙', '⋅', '・', '･', '⸱', '⸳', '᛫', '\u{0387}', 'ꞏ', '⦁'];

/// A text in its one form: NFKC, so that full-width characters become half-width; middle dots are `·`;
/// invisible characters are dropped; any run of white space is one space; neither space nor the
/// apostrophe of a spreadsheet's text cell stands at an end.
pub fn clean(raw: &str) -> Cow<'_, str> {
    if is_clean(raw) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let visible = raw.chars().filter(|c| !is_invisible(*c)).map(unify_dot);
    for c in visible.nfkc().map(unify_dot) {
        if c.is_whitespace() || c.is_control() {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    let text = out.trim_start_matches([' ', '\'']).trim_end_matches(' ');
    if text.len() == out.len() { Cow::Owned(out) } else { Cow::Owned(text.to_owned()) }
}

/// Text that [`clean`] would return as it is, of the kinds that most cells hold: ASCII and the
/// unified ideographs.
fn is_clean(raw: &str) -> bool {
    let mut after_space = true;
    for c in raw.chars() {
        match c {
            ' ' if after_space => return false,
            ' ' => after_space = true,
            '\'' if after_space => return false,
            '!'..='~' | '\u{4e00}'..='\u{9fff}' | '·' | '、' | '。' => after_space = false,
            _ => return false,
        }
    }
    !after_space || raw.is_empty()
}

fn unify_dot(c: char) -> char {
    if DOTS.contains(&c) { '·' } else { c }
}

/// Zero-width and formatting characters, and variation selectors: they are not seen, but keep equal
/// texts apart.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether a character is a Chinese ideograph, rare ones included.
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '〇'
        | '\u{20000}'..='\u{323af}')
}

/// A person's name from its cleaned text: a space stays only between letters that are no ideographs
/// (`张 三` is `张三`, `John Smith` stays), and a full stop between ideographs is a middle dot.
pub fn person_name(cleaned: &str) -> Cow<'_, str> {
    if !cleaned.contains([' ', '.']) {
        return Cow::Borrowed(cleaned);
    }
    let joins = |c: Option<char>| c.is_none_or(|c| is_han(c) || c == '·');
    let chars: Vec<char> = cleaned.chars().collect();
    let mut out = String::with_capacity(cleaned.len());
    for (i, c) in chars.iter().enumerate() {
        let before = chars[..i].iter().rev().find(|c| **c != ' ').copied();
        let after = chars[i + 1..].iter().find(|c| **c != ' ').copied();
        match c {
            ' ' if joins(before) || joins(after) => {}
            '.' if before.is_some_and(is_han) && after.is_some_and(is_han) => out.push('·'),
            c => out.push(*c),
        }
    }
    Cow::Owned(out)
}

/// What a spreadsheet shows in a cell whose formula failed. `#N/A` is not among them: it is a null word.
const ERROR_CELLS: [&str; 12] = [
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#CONNECT!",
    "#GETTING_DATA",
];

/// Whether a cell holds the error value of a spreadsheet and nothing else.
pub fn is_error_cell(raw: &str) -> bool {
    raw.contains(['#', '＃']) && ERROR_CELLS.contains(&clean(raw).as_ref())
}

/// Words that mean "not given".
#[derive(Debug)]
pub struct NullWords {
    words: Vec<String>,
    longest: usize,
}

/// Null words of fields that hold no free text, beside those of the table; 无 is false in a boolean,
/// and a code list that holds one of them keeps it.
const TYPED: [&str; 3] = ["无", "不详", "未知"];

impl NullWords {
    pub fn new(table_words: &[String]) -> Self {
        let words: Vec<String> = table_words.iter().map(|w| clean(w).into_owned()).filter(|w| !w.is_empty()).collect();
        // Keyboards type the Chinese dash as two characters.
        let longest = words.iter().map(String::len).max().unwrap_or(0).max("——".len());
        NullWords { words, longest }
    }

    /// A null word of any field that is not free text; the empty text is one.
    pub fn is_null(&self, cleaned: &str) -> bool {
        cleaned.is_empty()
            || cleaned.len() <= self.longest && (cleaned == "——" || self.words.iter().any(|w| w == cleaned))
    }

    /// A null word of a number, date, boolean or code field.
    pub fn is_typed_null(&self, cleaned: &str) -> bool {
        self.is_null(cleaned) || TYPED.contains(&cleaned)
    }
}
