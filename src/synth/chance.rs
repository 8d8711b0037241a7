//! Random draws as a pure function of a seed and a place in the generated world.
//!
//! Every household, person and file has its own stream of draws, so that its values do not depend on how many others
//! there are, on their order or on the number of threads.

use rand::Rng as _;
use rand_pcg::Pcg64;

/// A stream of draws.
pub struct Chance(Pcg64);

fn mix(state: u64) -> u64 {
    // SplitMix64, which spreads well even for neighbouring inputs.
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A hash of `parts` with `seed`.
pub fn hash(seed: u64, parts: &[u64]) -> u64 {
    parts.iter().fold(mix(seed), |h, part| mix(h ^ mix(*part)))
}

impl Chance {
    /// The stream that belongs to `parts` with `seed`.
    pub fn of(seed: u64, parts: &[u64]) -> Self {
        let h = hash(seed, parts);
        let state = u128::from(h) << 64 | u128::from(mix(h));
        Chance(Pcg64::new(state, u128::from(mix(h ^ 0x5eed))))
    }

    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `0..n`; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// A number in `lo..=hi`; `lo` when the range is empty.
    pub fn between(&mut self, lo: i32, hi: i32) -> i32 {
        if hi <= lo {
            return lo;
        }
        let span = (i64::from(hi) - i64::from(lo) + 1) as u64;
        lo + self.below(span) as i32
    }

    /// True with probability `p`.
    pub fn yes(&mut self, p: f64) -> bool {
        // 53 bits are all that an f64 can hold.
        ((self.bits() >> 11) as f64) < p * 9_007_199_254_740_992.0
    }

    /// Picks an element of a non-empty list.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u64) as usize]
    }

    /// Picks an element of a list with probability proportional to its weight.
    pub fn weighted<'a, T>(&mut self, list: &'a [(T, u32)]) -> &'a T {
        let total: u64 = list.iter().map(|(_, w)| u64::from(*w)).sum();
        let mut at = self.below(total);
        for (item, weight) in list {
            if at < u64::from(*weight) {
                return item;
            }
            at -= u64::from(*weight);
        }
        &list[list.len() - 1].0
    }

    /// A Poisson-distributed count with this mean; meant for means below 20.
    pub fn count(&mut self, mean: f64) -> u32 {
        let limit = (-mean).exp();
        let mut product = 1.0;
        let mut n = 0;
        loop {
            product *= (self.bits() >> 11) as f64 / 9_007_199_254_740_992.0;
            if product <= limit || n > 200 {
                return n;
            }
            n += 1;
        }
    }
}
