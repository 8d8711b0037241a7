//! What characters look like: four corners, strokes, and who may be taken for whom.

use std::sync::LazyLock;

use super::plain::plain;
use super::table::{CharTable, grouped};

/// The first character of the stroke table.
const FIRST: usize = 0x4E00;
/// Codes plus 1; 0 is no code.
static CORNERS: LazyLock<CharTable<u16>> = LazyLock::new(|| {
    let mut codes = CharTable::new();
    for (code, chars) in grouped(include_str!("data/four_corner.txt")) {
        let code: u16 = code.parse().expect("a code of four digits");
        for c in chars.chars() {
            codes.set(c, code + 1);
        }
    }
    codes
});

struct Strokes {
    /// Stroke orders, one character's after another's; 0 to 4 are 横 竖 撇 点 折.
    orders: Vec<u8>,
    /// Where each character's order starts, and the end.
    starts: Vec<u32>,
}

static STROKES: LazyLock<Strokes> = LazyLock::new(|| {
    let mut orders = Vec::new();
    let mut starts = vec![0];
    for line in include_str!("data/strokes.txt").lines().filter(|l| !l.starts_with('#')) {
        for b in line.bytes() {
            match b {
                b'1'..=b'5' => orders.push(b - b'1'),
                _ => orders.extend([(b - b'a') / 5, (b - b'a') % 5]),
            }
        }
        starts.push(orders.len() as u32);
    }
    Strokes { orders, starts }
});

/// The first four digits of a character's four-corner code, as a number: 伟 is 2522.
pub fn four_corner(c: char) -> Option<u16> {
    CORNERS.get(c).checked_sub(1)
}

/// A character's number of strokes; 0 where it is not known, as outside U+4E00 to U+9FA5.
pub fn strokes(c: char) -> u8 {
    stroke_order(c).len() as u8
}

fn stroke_order(c: char) -> &'static [u8] {
    let Some(i) = (c as usize).checked_sub(FIRST).filter(|i| i + 1 < STROKES.starts.len()) else { return &[] };
    &STROKES.orders[STROKES.starts[i] as usize..STROKES.starts[i + 1] as usize]
}

/// Whether a reader may take one character for the other, or a writer of one make the other.
///
/// True of equal characters and of forms of one ([`plain`]). Otherwise of n strokes, the more of the
/// two, at most a quarter differ in the order of writing, or a single one of three and more; or one
/// character is the other without a part that has no more strokes than it (晗 含); or two of the four
/// corners agree, and three tenths of the strokes differ or the first or the last half is the same.
///
/// Measured: 102 of the 106 confusable pairs that the rule was chosen on, 62 of 79 others, and 0.7 % of
/// all pairs of 729 characters of given names, many of which do look alike (昊 景, 琳 瑛).
pub fn looks_alike(a: char, b: char) -> bool {
    let (plain_a, plain_b) = (plain(a), plain(b));
    if plain_a == plain_b {
        return true;
    }
    if is_numeral(plain_a) && is_numeral(plain_b) {
        return false;
    }
    alike(a, b) || ((a, b) != (plain_a, plain_b) && alike(plain_a, plain_b))
}

/// Ranks of birth: brothers are named by them, and one is not a slip of the pen for the other.
fn is_numeral(c: char) -> bool {
    matches!(c, '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十')
}

fn alike(a: char, b: char) -> bool {
    let (order_a, order_b) = (stroke_order(a), stroke_order(b));
    let most = order_a.len().max(order_b.len());
    let fewest = order_a.len().min(order_b.len());
    if fewest == 0 || fewest * 2 < most {
        return false;
    }
    let differing = distance(order_a, order_b);
    let first = order_a.iter().zip(order_b).take_while(|(x, y)| x == y).count();
    let last = order_a.iter().rev().zip(order_b.iter().rev()).take_while(|(x, y)| x == y).count();
    if 4 * differing <= most || (differing <= 1 && most >= 3) || first.max(last) == fewest {
        return true;
    }
    (10 * differing <= 3 * most || 2 * first.max(last) >= most) && corners_agreeing(a, b) >= 2
}

fn corners_agreeing(a: char, b: char) -> usize {
    let (Some(a), Some(b)) = (four_corner(a), four_corner(b)) else { return 0 };
    [1, 10, 100, 1000].iter().filter(|&&unit| a / unit % 10 == b / unit % 10).count()
}

/// Levenshtein distance of two stroke orders, by Myers' bit vectors as Hyyrö states them: a character
/// has fewer than 64 strokes.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut places = [0_u64; 5];
    for (i, &stroke) in a.iter().enumerate() {
        places[usize::from(stroke)] |= 1 << i;
    }
    let last = 1_u64 << (a.len() - 1);
    let (mut up, mut down, mut score) = (u64::MAX, 0_u64, a.len());
    for &stroke in b {
        let equal = places[usize::from(stroke)];
        let diagonal = (((equal & up).wrapping_add(up)) ^ up) | equal | down;
        let right_up = down | !(diagonal | up);
        let right_down = up & diagonal;
        score = score + usize::from(right_up & last != 0) - usize::from(right_down & last != 0);
        let right_up = right_up << 1 | 1;
        up = right_down << 1 | !(diagonal | right_up);
        down = right_up & diagonal;
    }
    score
}
