//! What everything in a generated city is made from.

use super::places::Region;
use super::population::LifeRates;
use super::rates::Rates;
use super::record::Catalog;

/// Everything that rows are made from.
pub struct World<'a> {
    pub seed: u64,
    pub region: Region,
    pub catalog: Catalog<'a>,
    pub shares: LifeRates,
    pub rates: Rates,
    /// Number of households of each county that live only there; `crossings` are those that live in two counties.
    pub households: Vec<u64>,
    pub crossings: Vec<u64>,
}
