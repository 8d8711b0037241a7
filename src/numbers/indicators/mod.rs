//! Indicators and the scorecard: numerators and denominators of every division, exact.

mod arithmetic;
mod cells;
mod coverage;
mod population;
mod scorecard;
mod table;

pub use arithmetic::{Status, gap, meets, status, value};
pub use cells::{CellGrid, IndicatorCells, adds_up};
pub use coverage::{Coverage, CoverageRules, Gaps, first_day};
pub use population::Residents;
pub use scorecard::{Overlay, ScoreInputs, ScoreRow, Verdict, gaps_batch, scorecard, scorecard_batch};
pub use table::{Places, indicator_batch};
