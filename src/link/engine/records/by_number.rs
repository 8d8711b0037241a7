//! Something of each value of a table, worked out for all at once or when it is asked for.

use std::fmt;
use std::sync::OnceLock;

use rayon::prelude::*;

/// Values that are worked out together when one of them is asked for.
const TOGETHER: usize = 64;

/// Something of each number below a count.
pub enum ByNumber<T> {
    All(Vec<T>),
    /// Where few are asked for.
    Asked(Asked<T>),
}

/// See [`ByNumber::Asked`].
pub struct Asked<T> {
    count: usize,
    parts: Vec<OnceLock<Box<[T]>>>,
    of: Box<dyn Fn(u32) -> T + Send + Sync>,
}

impl<T> Default for ByNumber<T> {
    fn default() -> Self {
        ByNumber::All(Vec::new())
    }
}

impl<T> fmt::Debug for ByNumber<T> {
    /// How many there are; never one of them, which may identify somebody.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = match self {
            ByNumber::All(all) => all.len(),
            ByNumber::Asked(asked) => asked.count,
        };
        f.debug_struct("ByNumber").field("count", &count).finish()
    }
}

impl<T: Send + Sync> ByNumber<T> {
    pub fn all(count: usize, of: impl Fn(u32) -> T + Send + Sync) -> Self {
        ByNumber::All((0..count as u32).into_par_iter().map(of).collect())
    }

    pub fn asked(count: usize, of: impl Fn(u32) -> T + Send + Sync + 'static) -> Self {
        let parts = (0..count.div_ceil(TOGETHER)).map(|_| OnceLock::new()).collect();
        ByNumber::Asked(Asked { count, parts, of: Box::new(of) })
    }

    /// # Panics
    /// When the number is not below the count.
    #[inline]
    pub fn get(&self, number: u32) -> &T {
        match self {
            ByNumber::All(all) => &all[number as usize],
            ByNumber::Asked(asked) => asked.get(number),
        }
    }

    /// One for each number, side by side.
    pub fn map<U: Send>(&self, of: impl Fn(u32, &T) -> U + Send + Sync) -> Vec<U> {
        match self {
            ByNumber::All(all) => all.par_iter().enumerate().map(|(number, t)| of(number as u32, t)).collect(),
            ByNumber::Asked(asked) => {
                (0..asked.count as u32).into_par_iter().map(|number| of(number, &(asked.of)(number))).collect()
            }
        }
    }
}

impl<T> Asked<T> {
    fn get(&self, number: u32) -> &T {
        let part = number as usize / TOGETHER;
        let work_out = || {
            let from = part * TOGETHER;
            (from..(from + TOGETHER).min(self.count)).map(|number| (self.of)(number as u32)).collect()
        };
        &self.parts[part].get_or_init(work_out)[number as usize % TOGETHER]
    }
}
