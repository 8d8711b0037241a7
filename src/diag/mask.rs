//! Masks values before they appear in a finding.

/// Masks a value so that a finding shows its shape and not the value itself.
///
/// At most the first character is kept, the rest becomes `*`. A value of at most four ASCII digits with punctuation is
/// shown as it is, since no identifier is that short. Digits of any script are masked. The sender can find the full
/// value by its row number.
pub fn mask(value: &str) -> String {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    if digits <= 4 && value.chars().all(|c| c.is_ascii_digit() || "+-.,%/: ".contains(c)) {
        return value.to_owned();
    }
    let mut chars = value.chars();
    let first = chars.next().unwrap_or('*');
    let keep = if first.is_numeric() { '*' } else { first };
    let rest = chars.count().min(19);
    format!("{keep}{}", "*".repeat(rest))
}

/// Masks an identifying value completely: only the number of characters is shown.
pub fn mask_identity(value: &str) -> String {
    "*".repeat(value.chars().count().clamp(1, 20))
}
