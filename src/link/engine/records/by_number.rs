//! Something of each text of a table, worked out for all at once or when it is asked for.

use std::fmt;
use std::sync::OnceLock;

use rayon::prelude::*;

use crate::link::engine::intern::TextNumber;

/// Texts that are worked on together when one of them is asked for.
const TOGETHER: usize = 64;

/// Something of each text, by its number.
pub enum ByNumber<T> {
    All(Vec<T>),
    /// Where few are asked for.
    Asked(ComputedByNumber<T>),
}

/// See [`ByNumber::Asked`].
pub struct ComputedByNumber<T> {
    count: usize,
    parts: Vec<OnceLock<Box<[T]>>>,
    of: Box<dyn Fn(TextNumber) -> T + Send + Sync>,
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
    pub fn all(count: usize, of: impl Fn(TextNumber) -> T + Send + Sync) -> Self {
        ByNumber::All((0..count as u32).into_par_iter().map(|number| of(TextNumber::of_slot(number))).collect())
    }

    pub fn asked(count: usize, of: impl Fn(TextNumber) -> T + Send + Sync + 'static) -> Self {
        let parts = (0..count.div_ceil(TOGETHER)).map(|_| OnceLock::new()).collect();
        ByNumber::Asked(ComputedByNumber { count, parts, of: Box::new(of) })
    }

    /// # Panics
    /// When the number is not below the count.
    #[inline]
    pub fn get(&self, number: TextNumber) -> &T {
        match self {
            ByNumber::All(all) => &all[number.index()],
            ByNumber::Asked(asked) => asked.get(number),
        }
    }

    /// One for each text, side by side.
    pub fn map<U: Send>(&self, of: impl Fn(TextNumber, &T) -> U + Send + Sync) -> Vec<U> {
        let of = |number: usize, t: &T| of(TextNumber::of_slot(number as u32), t);
        match self {
            ByNumber::All(all) => all.par_iter().enumerate().map(|(number, t)| of(number, t)).collect(),
            ByNumber::Asked(asked) => {
                let value = |number: usize| (asked.of)(TextNumber::of_slot(number as u32));
                (0..asked.count).into_par_iter().map(|number| of(number, &value(number))).collect()
            }
        }
    }
}

impl<T> ComputedByNumber<T> {
    fn get(&self, number: TextNumber) -> &T {
        let part = number.index() / TOGETHER;
        let work_out = || {
            let from = part * TOGETHER;
            (from..(from + TOGETHER).min(self.count))
                .map(|number| (self.of)(TextNumber::of_slot(number as u32)))
                .collect()
        };
        &self.parts[part].get_or_init(work_out)[number.index() % TOGETHER]
    }
}
