//! Unified social credit codes of GB 32100.

/// The characters of a code in the order of their values: no I, O, S, V, Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The check character of the first 17 characters (upper case); `None` when they are of another shape.
pub fn check_character(first_17: &str) -> Option<char> {
    let bytes = first_17.as_bytes();
    if bytes.len() != 17 {
        return None;
    }
    let mut weight = 1;
    let mut sum = 0;
    for byte in bytes {
        sum += ALPHABET.iter().position(|c| c == byte)? * weight;
        weight = weight * 3 % 31;
    }
    Some(char::from(ALPHABET[(31 - sum % 31) % 31]))
}

/// Whether an 18-character code (letters in either case) has the right check character.
pub fn is_valid(code: &str) -> bool {
    let code = code.to_ascii_uppercase();
    code.len() == 18 && code.is_char_boundary(17) && check_character(&code[..17]) == code[17..].chars().next()
}
