//! Whether two names, as they were written, can be one and the same: by sound, by shape, in another form, or
//! with a character lost.

use super::name_zh::share_a_dialect_reading;
use crate::link::zh::{hanzi, normalise};

/// Whether a text names somebody: a name of which every character is lost does not.
pub fn is_stated(name: &str) -> bool {
    characters(name).iter().any(|c| !hanzi::is_lost(*c))
}

/// Whether two names differ by more than sound, shape, traditional form, dot or one lost character.
pub fn differ_clearly(a: &str, b: &str) -> bool {
    let (mut short, mut long) = (characters(a), characters(b));
    if short.len() > long.len() {
        std::mem::swap(&mut short, &mut long);
    }
    match long.len() - short.len() {
        0 => {
            let lost = |c: char, d: char| c != d && (hanzi::is_lost(c) || hanzi::is_lost(d));
            let lost_ones = short.iter().zip(&long).filter(|(c, d)| lost(**c, **d)).count();
            lost_ones > 1 || short.iter().zip(&long).any(|(c, d)| !lost(*c, *d) && !is_slip(*c, *d))
        }
        1 if !short.is_empty() => !(0..long.len()).any(|gap| {
            let rest = long[..gap].iter().chain(&long[gap + 1..]);
            short.iter().zip(rest).all(|(c, d)| is_slip(*c, *d))
        }),
        _ => true,
    }
}

/// One character for another by sound, by shape or in another form.
fn is_slip(c: char, d: char) -> bool {
    c == d || share_a_dialect_reading(c, d) || hanzi::is_hanzi(c) && hanzi::is_hanzi(d) && hanzi::looks_alike(c, d)
}

/// The characters of a name in its plain form. Stand-ins side by side are the bytes of one character.
fn characters(name: &str) -> Vec<char> {
    let mut chars: Vec<char> = normalise::name(name).chars().collect();
    chars.dedup_by(|c, d| c == d && matches!(c, '?' | '\u{FFFD}'));
    chars
}
