//! Identities where none belong: in record keys and in the titles of columns. They are recognised by
//! their form, because what stands beside them in a file is not known to be right.
//!
//! Rather a key too many is hidden than one too few: the sender finds a row by its number.

use unicode_normalization::UnicodeNormalization;

use super::resident_id;

mod title;

pub use title::shown_title;

/// A record key as a finding may show it: `*` throughout where it holds an ID, phone or passport
/// number, and in place of what may be a name.
pub fn shown_key(key: &str) -> String {
    let text = plain(key);
    if holds_number(&text) || is_latin_name(&text) {
        return stars(key.chars().count().clamp(1, 20));
    }
    if key.chars().all(|c| c.is_ascii_graphic()) {
        return key.to_owned();
    }
    without_names(&text)
}

/// Narrow characters, without what is not seen; controls are gone.
fn plain(text: &str) -> String {
    text.nfkc().filter(|c| !is_unseen(*c)).collect()
}

/// Controls and marks of direction or no width.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

fn stars(count: usize) -> String {
    "*".repeat(count)
}

/// Marks that set a number in groups.
fn is_between(c: char) -> bool {
    matches!(c, ' ' | '-' | '_' | '.' | '/' | ':' | ',' | '+' | '*' | '—' | '–' | '−' | '(' | ')')
}

/// Whether a text holds an ID, phone or passport number, with or without marks between its digits.
fn holds_number(text: &str) -> bool {
    let chars: Vec<char> = text.chars().map(|c| c.to_ascii_uppercase()).collect();
    if chars.iter().filter(|c| c.is_ascii_digit()).count() < 7 {
        return false;
    }
    let is_masked = chars.contains(&'*');
    let holds =
        |run: &(String, String)| is_identifying(run) || is_mobile_beside(&run.1) || (is_masked && is_cut_id(&run.1));
    runs(&chars, false).iter().any(holds) || runs(&chars, true).iter().any(is_identifying) || holds_phone(&chars)
}

/// Runs of digits (and the X behind 17 of them), with the letters right before them; `joined`: also
/// over marks between them.
fn runs(chars: &[char], joined: bool) -> Vec<(String, String)> {
    let mut runs: Vec<(String, String)> = Vec::new();
    let mut letters = String::new();
    let mut is_open = false;
    for c in chars {
        match c {
            '0'..='9' => {
                if !is_open {
                    runs.push((std::mem::take(&mut letters), String::new()));
                    is_open = true;
                }
                runs.last_mut().expect("one is open").1.push(*c);
            }
            'X' | '×' if is_open && runs.last().is_some_and(|r| r.1.len() == 17) => {
                runs.last_mut().expect("one is open").1.push('X');
            }
            c if joined && is_between(*c) => {}
            c => {
                is_open = false;
                if c.is_ascii_alphabetic() {
                    letters.push(*c);
                } else {
                    letters.clear();
                }
            }
        }
    }
    runs
}

fn is_identifying((letters, digits): &(String, String)) -> bool {
    let n = digits.len();
    let holds_valid = n > 18 && (0..=n - 18).any(|at| resident_id::is_valid_resident_id(&digits[at..at + 18]));
    let holds_15 = || matches!(n, 15 | 17) && resident_id::upgrade_15(&digits[..15]).is_some();
    // Without its check digit.
    let is_17 = || {
        n == 17
            && resident_id::check_digit(digits)
                .is_some_and(|c| resident_id::is_valid_resident_id(&format!("{digits}{c}")))
    };
    n == 18 || holds_valid || holds_15() || is_17() || is_passport(letters, digits)
}

/// The area and the birth date of an ID number, before marks that hide the rest.
fn is_cut_id(digits: &str) -> bool {
    digits.len() == 14
        && resident_id::check_digit(&format!("{digits}000"))
            .is_some_and(|c| resident_id::is_valid_resident_id(&format!("{digits}000{c}")))
}

/// A mobile number with a number, a year, a day or a division before or behind it, without a mark.
fn is_mobile_beside(digits: &str) -> bool {
    const MOBILE: usize = 11;
    let n = digits.len();
    let is_own = |at: usize| {
        let number = &digits[at..at + MOBILE];
        is_mobile(number) && matches!(number.as_bytes()[1], b'3'..=b'9')
    };
    let is_year = |text: &str| text.starts_with("19") || text.starts_with("20");
    let is_division = |text: &str| matches!(text.as_bytes()[0], b'1'..=b'6');
    match n {
        12 | 13 => is_own(0) || is_own(n - MOBILE),
        15 => is_own(4) && is_year(digits) || is_own(0) && is_year(&digits[MOBILE..]),
        17 => is_own(6) && (is_year(digits) || is_division(digits)) || is_own(0) && is_year(&digits[MOBILE..]),
        19 => is_own(8) && is_year(digits) || is_own(0) && is_year(&digits[MOBILE..]),
        _ => false,
    }
}

/// Passports and permits: E or G and eight digits, E, a letter and seven; H or M (the permits of Hong
/// Kong and Macau) alone before eight or ten, unless these begin like a year.
fn is_passport(letters: &str, digits: &str) -> bool {
    let is_year = digits.starts_with("19") || digits.starts_with("20");
    match digits.len() {
        8 if letters.ends_with(['E', 'G']) => true,
        8 | 10 => matches!(letters, "H" | "M") && !is_year,
        7 => letters.len() == 2 && letters.starts_with('E'),
        _ => false,
    }
}

/// A mobile number, with or without the country's code and marks in it, or an area code and a number.
fn holds_phone(chars: &[char]) -> bool {
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    (0..chars.len()).filter(|at| digit(*at)).any(|start| {
        let behind_code = start >= 2 && chars[start - 2..start] == ['8', '6'] && {
            let before = chars[..start - 2].iter().rev().take_while(|c| c.is_ascii_digit()).count();
            before == 0 || before == 2 && chars[start - 4..start - 2] == ['0', '0']
        };
        if start > 0 && digit(start - 1) && !behind_code {
            return false;
        }
        let mut number = String::new();
        let mut at = start;
        let mut marks = 0;
        while at < chars.len() {
            match chars[at] {
                c if c.is_ascii_digit() => {
                    number.push(c);
                    marks = 0;
                }
                c if is_between(c) && marks < 2 => marks += 1,
                _ => break,
            }
            at += 1;
            // The end of a run of digits may be the end of the number.
            let ends = !digit(at);
            if ends && (is_mobile(&number) || is_landline(&number, &chars[start..at])) {
                return true;
            }
        }
        false
    })
}

fn is_mobile(number: &str) -> bool {
    number.len() == 11 && number.starts_with('1')
}

/// An area code, a mark, and 7 to 8 digits; without the mark 11 to 12 digits that begin like an area code.
fn is_landline(number: &str, written: &[char]) -> bool {
    let marked = written.iter().any(|c| is_between(*c));
    number.starts_with('0')
        && !number.starts_with("00")
        && if marked {
            let area = written.iter().take_while(|c| c.is_ascii_digit()).count();
            matches!(area, 3 | 4) && matches!(number.len() - area, 7 | 8)
        } else {
            matches!(number.len(), 11 | 12)
        }
}

/// Two to four words of Latin letters and nothing else, as a name is written in them.
fn is_latin_name(text: &str) -> bool {
    let words: Vec<&str> = text.split([' ', ',', '·', '.', '/']).filter(|w| !w.is_empty()).collect();
    (2..=4).contains(&words.len())
        && words.iter().all(|w| w.chars().all(|c| c.is_alphabetic() && !is_han(c)))
        && words.iter().filter(|w| w.chars().count() >= 2).count() >= 2
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '〇'
        | '\u{20000}'..='\u{323af}')
}

/// The text with `*` for ideographs of which two or more follow each other.
fn without_names(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let beside = |c: Option<&char>| c.is_some_and(|c| is_han(*c) || matches!(c, '·' | '•' | ' '));
    let hidden = |i: usize| {
        is_han(chars[i]) && (beside(i.checked_sub(1).and_then(|b| chars.get(b))) || beside(chars.get(i + 1)))
    };
    (0..chars.len()).map(|i| if hidden(i) { '*' } else { chars[i] }).collect()
}
