//! Masking of values before they stand in a finding.

/// A value as a finding may show it: its shape, never itself.
///
/// At most the first character stays, the rest is `*`; a value of at most four ASCII digits with
/// signs is shown, since no identifier is that short. Digits of any script are hidden. The sender finds
/// the full value by row number.
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

/// An identifying value: only how many characters it has.
pub fn mask_identity(value: &str) -> String {
    "*".repeat(value.chars().count().clamp(1, 20))
}
