//! Resident identity numbers of GB 11643: the check digit, the old 15-digit form, what stands inside.
//!
//! The area in the first six digits is not judged: codes that were abolished long ago still stand on
//! valid cards.

use super::day;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK: &[u8; 11] = b"10X98765432";

/// The check character of the first 17 digits; `None` when they are not 17 ASCII digits.
pub fn check_digit(first_17: &str) -> Option<char> {
    let bytes = first_17.as_bytes();
    if bytes.len() != 17 || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
    Some(char::from(CHECK[(sum % 11) as usize]))
}

/// 18 characters, digits with a last digit or upper-case `X`, the check character right; the birth
/// date inside is not looked at.
pub fn is_check_digit_right(number: &str) -> bool {
    number.len() == 18 && number.is_char_boundary(17) && check_digit(&number[..17]) == number[17..].chars().next()
}

/// A number that identifies somebody: 18 characters, check character right (`X` in upper case), and
/// a date of the calendar inside.
pub fn is_valid_resident_id(number: &str) -> bool {
    is_check_digit_right(number) && birth_day_of(number).is_some()
}

/// The 18-digit form of a 15-digit number: `19` after the sixth digit, and the check character.
///
/// `None` when it is not 15 ASCII digits or the date inside is none.
pub fn upgrade_15(number: &str) -> Option<String> {
    if number.len() != 15 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut long = format!("{}19{}", &number[..6], &number[6..]);
    long.push(check_digit(&long)?);
    birth_day_of(&long).map(|_| long)
}

/// The birth day inside an 18-digit number, in days since 1970-01-01; `None` when there is no such
/// date or the number has another shape. The check character is not looked at.
pub fn birth_day_of(number: &str) -> Option<i32> {
    let digits = number.as_bytes();
    if digits.len() != 18 || !digits[..17].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = |range: std::ops::Range<usize>| digits[range].iter().fold(0, |n, d| n * 10 + u32::from(d - b'0'));
    day::from_ymd(value(6..10) as i32, value(10..12), value(12..14))
}

/// The GB/T 2261.1 sex code inside an 18-digit number: `1` when digit 17 is odd, else `2`.
pub fn sex_of(number: &str) -> Option<&'static str> {
    let digits = number.as_bytes();
    if digits.len() != 18 || !digits[16].is_ascii_digit() {
        return None;
    }
    Some(if digits[16] % 2 == 1 { "1" } else { "2" })
}
