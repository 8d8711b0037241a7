//! Numbers that look drawn at random and are the same every time.

/// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): no two numbers give the same.
#[inline]
pub fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The step between two numbers of SplitMix64: 2^64 over the golden ratio.
pub const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Mixes a part into a key; the order of parts matters.
#[inline]
pub fn combine(key: u64, part: u64) -> u64 {
    mixed(key.rotate_left(23) ^ part.wrapping_mul(STEP))
}
