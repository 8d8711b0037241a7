//! A closer level weighs no less than one that is less close.
//!
//! Levels of a comparison are declared from the closest to "else". Where few pairs have a level, what was
//! learned may turn two of them round; neighbours in the wrong order then weigh what they weigh together: the
//! isotonic regression of the ratios m/u, by pooling adjacent violators (Ayer et al., Ann. Math. Stat. 26,
//! 1955). A level that is declared `aside` has no place in the order and keeps its own.

use super::declared::Comparison;

/// Neighbours that weigh the same from now on.
struct Pool {
    levels: Vec<usize>,
    m: f64,
    u: f64,
}

impl Pool {
    fn ratio(&self) -> f64 {
        self.m / self.u
    }
}

/// Puts the weights of a comparison in order; `m` and `u` are level for level, and `m` changes. Gives the
/// levels that were in the wrong order, those together that weigh the same now.
pub fn in_order(comparison: &Comparison, m: &mut [f64], u: &[f64]) -> Vec<Vec<usize>> {
    let mut pools: Vec<Pool> = Vec::new();
    for level in (0..m.len()).filter(|l| !comparison.levels[*l].aside) {
        let mut pool = Pool { levels: vec![level], m: m[level], u: u[level] };
        while let Some(before) = pools.pop_if(|before| before.ratio() < pool.ratio()) {
            pool = Pool { levels: [before.levels, pool.levels].concat(), m: before.m + pool.m, u: before.u + pool.u };
        }
        pools.push(pool);
    }
    pools.retain(|pool| pool.levels.len() > 1);
    for pool in &pools {
        pool.levels.iter().for_each(|l| m[*l] = u[*l] * pool.ratio());
    }
    pools.into_iter().map(|pool| pool.levels).collect()
}
