//! Two texts, character by character.

use super::relation::{NOT_GIVEN, OTHER};
use crate::link::engine::intern::TextNumber;
use crate::link::engine::records::{RecordColumn, ValueTable};
use crate::schema::day;

/// A relation of texts, with its measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TextTest {
    Equal,
    /// Jaro-Winkler similarity of at least this, as thousandths.
    JaroWinkler(u16),
    /// At most so many insertions, deletions, substitutions and swaps of neighbours (optimal string
    /// alignment).
    Edits(u8),
    /// One is the initial of the other.
    Initial,
    /// The first so many characters are the same.
    Prefix(u8),
    /// Numbers that differ by at most this.
    Within(u32),
    /// The first field holds what the other's second field does, and the other way round.
    Swapped,
    /// The first field of one is the second of the other.
    Crossed,
    /// Dates as eight digits, day and month the wrong way round.
    DateSwapped,
    /// Dates as eight digits: year, month or day differs, the others agree, and one edit mends it.
    DateDigit,
    /// Dates as eight digits: two of year, month and day agree.
    DateParts,
    /// Dates as eight digits, at most so many days from each other.
    DateWithin(u32),
}

impl TextTest {
    /// Reads `equal`, `jaro-winkler 0.92`, `edits 2`, `initial`, `prefix 3`, `within 1`, `swapped`,
    /// `crossed`, `date-swapped`, `date-digit`, `date-parts`, `date-within 31`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, measure) = text.split_once(' ').unwrap_or((text, ""));
        match (name, measure) {
            ("equal", "") => Some(TextTest::Equal),
            ("initial", "") => Some(TextTest::Initial),
            ("swapped", "") => Some(TextTest::Swapped),
            ("crossed", "") => Some(TextTest::Crossed),
            ("date-swapped", "") => Some(TextTest::DateSwapped),
            ("date-digit", "") => Some(TextTest::DateDigit),
            ("date-parts", "") => Some(TextTest::DateParts),
            ("edits", n) => n.parse().ok().filter(|n| *n > 0).map(TextTest::Edits),
            ("date-within", n) => n.parse().ok().filter(|n| *n > 0).map(TextTest::DateWithin),
            ("prefix", n) => n.parse().ok().filter(|n| *n > 0).map(TextTest::Prefix),
            ("within", n) => n.parse().ok().filter(|n| *n > 0).map(TextTest::Within),
            ("jaro-winkler", s) => {
                let s: f64 = s.parse().ok()?;
                (s > 0.0 && s < 1.0).then_some(TextTest::JaroWinkler((s * 1000.0).round() as u16))
            }
            _ => None,
        }
    }
}

/// The relation, if the texts' numbers tell it.
#[inline]
pub fn told(
    column: &RecordColumn<'_>,
    second: Option<&RecordColumn<'_>>,
    tests: &[(u8, TextTest)],
    a: &[u32],
    b: &[u32],
) -> Option<u8> {
    let (x, y) = (column.text(a), column.text(b));
    if x == y && x.is_given() && tests.first().is_some_and(|t| t.1 == TextTest::Equal) {
        return Some(tests[0].0);
    }
    let only_equal = matches!(tests, [(_, TextTest::Equal)]);
    if !x.is_given() || !y.is_given() {
        let crossed = second.is_some_and(|s| s.text(a).is_given() || s.text(b).is_given());
        return (only_equal || !crossed).then_some(NOT_GIVEN);
    }
    only_equal.then_some(OTHER)
}

#[inline]
pub fn relation(
    column: &RecordColumn<'_>,
    second: Option<&RecordColumn<'_>>,
    tests: &[(u8, TextTest)],
    a: &[u32],
    b: &[u32],
) -> u8 {
    if let Some(told) = told(column, second, tests, a, b) {
        return told;
    }
    let (x, y) = (column.text(a), column.text(b));
    let crossed = second.and_then(|s| Some((s.values?, s.text(a), s.text(b))));
    let Some(values) = column.values else { return OTHER };
    // Each field numbers its own texts, so that a number of one says nothing of the other.
    let is = |of: TextNumber, others: &ValueTable, other: TextNumber| {
        of.is_given() && other.is_given() && values.text(of) == others.text(other)
    };
    let mut texts = None;
    for &(number, test) in tests {
        let holds = match test {
            TextTest::Equal => x == y && x.is_given(),
            TextTest::Swapped => {
                crossed.is_some_and(|(others, x2, y2)| x != y && is(x, others, y2) && is(y, others, x2))
            }
            TextTest::Crossed => crossed.is_some_and(|(others, x2, y2)| is(x, others, y2) || is(y, others, x2)),
            _ if !x.is_given() || !y.is_given() => false,
            _ => {
                let (s, t) = *texts.get_or_insert_with(|| (values.text(x), values.text(y)));
                match test {
                    TextTest::JaroWinkler(least) => jaro_winkler(s, t) * 1000.0 >= f32::from(least) - 0.000_5,
                    TextTest::Edits(most) => within_edits(s, t, usize::from(most)),
                    TextTest::Initial => is_initial(s, t) || is_initial(t, s),
                    TextTest::Prefix(n) => {
                        let (s, t) = (s.chars().take(n.into()), t.chars().take(n.into()));
                        s.clone().count() == usize::from(n) && s.eq(t)
                    }
                    TextTest::Within(most) => match (s.parse::<i64>(), t.parse::<i64>()) {
                        (Ok(s), Ok(t)) => s.abs_diff(t) <= u64::from(most),
                        _ => false,
                    },
                    TextTest::DateSwapped => {
                        date_parts(s, t).is_some_and(|[x, y]| x[0] == y[0] && x[1] == y[2] && x[2] == y[1])
                    }
                    TextTest::DateDigit => date_parts(s, t).is_some_and(|[x, y]| {
                        let mut differ = x.iter().zip(&y).filter(|(p, q)| p != q);
                        let first = differ.next();
                        first.is_some_and(|(p, q)| within_edits(p, q, 1)) && differ.next().is_none()
                    }),
                    TextTest::DateParts => {
                        date_parts(s, t).is_some_and(|[x, y]| x.iter().zip(&y).filter(|(p, q)| p == q).count() >= 2)
                    }
                    TextTest::DateWithin(most) => date_parts(s, t)
                        .and_then(|of| Some(day_of(of[0])?.abs_diff(day_of(of[1])?)))
                        .is_some_and(|d| d <= most),
                    _ => false,
                }
            }
        };
        if holds {
            return number;
        }
    }
    if !x.is_given() || !y.is_given() { NOT_GIVEN } else { OTHER }
}

/// Year, month and day of two texts of eight digits.
fn date_parts<'t>(a: &'t str, b: &'t str) -> Option<[[&'t str; 3]; 2]> {
    let parts = |t: &'t str| (t.len() == 8 && t.is_ascii()).then(|| [&t[..4], &t[4..6], &t[6..]]);
    Some([parts(a)?, parts(b)?])
}

fn day_of([year, month, of_month]: [&str; 3]) -> Option<i32> {
    day::from_ymd(year.parse().ok()?, month.parse().ok()?, of_month.parse().ok()?)
}

fn is_initial(short: &str, long: &str) -> bool {
    let mut chars = short.chars();
    matches!((chars.next(), chars.next()), (Some(c), None) if long.starts_with(c))
}

/// Jaro similarity above which a common prefix counts (Winkler 1990).
const BOOSTED: f32 = 0.7;
/// Longest text that similarities look at, in characters.
const MOST: usize = 64;

fn on_chars<T>(a: &str, b: &str, of: impl Fn(&[u32], &[u32]) -> T) -> T {
    let mut x = [0u32; MOST];
    let mut y = [0u32; MOST];
    let fill = |buffer: &mut [u32; MOST], text: &str| {
        if text.is_ascii() {
            let n = text.len().min(MOST);
            for (slot, b) in buffer.iter_mut().zip(text.bytes()) {
                *slot = u32::from(b);
            }
            n
        } else {
            let mut n = 0;
            for (slot, c) in buffer.iter_mut().zip(text.chars()) {
                *slot = c as u32;
                n += 1;
            }
            n
        }
    };
    let n = fill(&mut x, a);
    let m = fill(&mut y, b);
    of(&x[..n], &y[..m])
}

/// Jaro-Winkler similarity of characters, 0 to 1, with a prefix of up to four counted at 0.1
/// (Winkler 1990).
pub fn jaro_winkler(a: &str, b: &str) -> f32 {
    on_chars(a, b, |x, y| {
        let jaro = jaro(x, y);
        if jaro <= BOOSTED {
            return jaro;
        }
        let prefix = x.iter().zip(y).take(4).take_while(|(c, d)| c == d).count();
        jaro + prefix as f32 * 0.1 * (1.0 - jaro)
    })
}

fn jaro(a: &[u32], b: &[u32]) -> f32 {
    if a.is_empty() || b.is_empty() {
        return if a.is_empty() && b.is_empty() { 1.0 } else { 0.0 };
    }
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut taken_a, mut taken_b) = (0u64, 0u64);
    let mut matches = 0u32;
    for (i, c) in a.iter().enumerate() {
        let from = i.saturating_sub(reach);
        let to = (i + reach + 1).min(b.len());
        for (j, d) in b.iter().enumerate().take(to).skip(from) {
            if taken_b >> j & 1 == 0 && c == d {
                taken_a |= 1 << i;
                taken_b |= 1 << j;
                matches += 1;
                break;
            }
        }
    }
    if matches == 0 {
        return 0.0;
    }
    let mut transposed = 0;
    let mut rest = taken_b;
    for (i, c) in a.iter().enumerate() {
        if taken_a >> i & 1 == 1 {
            let j = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            transposed += u32::from(*c != b[j]);
        }
    }
    let m = matches as f32;
    (m / a.len() as f32 + m / b.len() as f32 + (m - transposed as f32 / 2.0) / m) / 3.0
}

fn within_edits(a: &str, b: &str, most: usize) -> bool {
    if a.len().abs_diff(b.len()) > most * 4 {
        return false;
    }
    on_chars(a, b, |x, y| x.len().abs_diff(y.len()) <= most && osa(x, y) <= most)
}

/// Optimal string alignment distance of characters.
pub fn damerau(a: &str, b: &str) -> usize {
    on_chars(a, b, osa)
}

fn osa(a: &[u32], b: &[u32]) -> usize {
    // What begins and ends alike changes nothing.
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    if a.is_empty() || b.is_empty() {
        return a.len().max(b.len());
    }
    let mut rows = [[0u8; MOST + 1]; 3];
    for (j, cell) in rows[1].iter_mut().enumerate().take(b.len() + 1) {
        *cell = j as u8;
    }
    for (i, x) in a.iter().enumerate() {
        let (before, last, now) = {
            let [r0, r1, r2] = &mut rows;
            match i % 3 {
                0 => (&*r0, &*r1, r2),
                1 => (&*r1, &*r2, r0),
                _ => (&*r2, &*r0, r1),
            }
        };
        now[0] = i as u8 + 1;
        for (j, y) in b.iter().enumerate() {
            let mut cost = (last[j] + u8::from(x != y)).min(last[j + 1] + 1).min(now[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                cost = cost.min(before[j - 1] + 1);
            }
            now[j + 1] = cost;
        }
    }
    let last = match (a.len() - 1) % 3 {
        0 => 2,
        1 => 0,
        _ => 1,
    };
    usize::from(rows[last][b.len()])
}
