//! Numerators and denominators per division, by the indicators' SQL.

use std::collections::{BTreeMap, HashMap};

use crate::engine::{Frame, Session};
use crate::error::Result;
use crate::schema::Indicator;
use crate::schema::divisions::{Divisions, Level};
use crate::schema::indicator::{Denominator, Measure};

/// The codes of each level in order, and the index of each.
#[derive(Clone, Debug)]
pub struct CellGrid {
    codes: BTreeMap<Level, Vec<String>>,
    index: HashMap<String, usize>,
}

impl CellGrid {
    pub fn new(divisions: &Divisions) -> Self {
        let mut codes = BTreeMap::new();
        let mut index = HashMap::new();
        for level in Level::ALL {
            let of_level: Vec<String> = divisions.of_level(level).map(|(code, _)| code.to_owned()).collect();
            index.extend(of_level.iter().enumerate().map(|(i, code)| (code.clone(), i)));
            codes.insert(level, of_level);
        }
        CellGrid { codes, index }
    }

    /// Codes of a level, sorted.
    pub fn codes(&self, level: Level) -> &[String] {
        &self.codes[&level]
    }

    /// Index of a code among those of its level.
    pub fn index(&self, code: &str) -> Option<usize> {
        self.index.get(code).copied()
    }
}

/// Whether an indicator is the sum of what each person gives to it.
pub fn adds_up(indicator: &Indicator) -> bool {
    let of = |measure: &Measure| match measure {
        Measure::Rows => true,
        Measure::Distinct(column) => column == "person_key",
        // A sum of numbers with a fraction would be rounded in each part.
        Measure::Sum(_) => false,
    };
    let denominator = match &indicator.denominator {
        Denominator::None | Denominator::Population => true,
        Denominator::Part(part) => of(&part.measure),
    };
    of(&indicator.numerator.measure) && denominator
}

/// Numerator and denominator of each division of a level, in the grid's order; 0 where nothing counts.
/// The denominators are empty for a count and for an indicator over the population.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndicatorCells {
    pub numerators: Vec<i64>,
    pub denominators: Vec<i64>,
}

impl IndicatorCells {
    /// All divisions of a level, for indicators that share a fact which stands in the session.
    ///
    /// # Errors
    /// `Schema`: an indicator's SQL does not fit its fact.
    pub fn compute(
        session: &Session,
        grid: &CellGrid,
        fact: &str,
        level: Level,
        indicators: &[&Indicator],
    ) -> Result<Vec<IndicatorCells>> {
        let frame = session.query(fact, &Self::sql(fact, level, indicators), [fact])?;
        Self::of_rows(&frame, grid, level, indicators)
    }

    /// The same of what [`IndicatorCells::sql`] gave.
    ///
    /// # Errors
    /// `Bug` when a column is missing.
    pub fn of_rows(
        frame: &Frame,
        grid: &CellGrid,
        level: Level,
        indicators: &[&Indicator],
    ) -> Result<Vec<IndicatorCells>> {
        let size = grid.codes(level).len();
        let places: Vec<Option<usize>> =
            frame.strings("division_code")?.iter().map(|c| c.as_deref().and_then(|c| grid.index(c))).collect();
        let scatter = |column: String| -> Result<Vec<i64>> {
            let mut values = vec![0; size];
            for (value, place) in frame.ints(&column)?.into_iter().zip(&places) {
                if let (Some(value), Some(place)) = (value, place) {
                    values[*place] = value;
                }
            }
            Ok(values)
        };
        let mut out = Vec::with_capacity(indicators.len());
        for (index, indicator) in indicators.iter().enumerate() {
            out.push(IndicatorCells {
                numerators: scatter(format!("n{index}"))?,
                denominators: match indicator.denominator {
                    Denominator::Part(_) => scatter(format!("d{index}"))?,
                    _ => Vec::new(),
                },
            });
        }
        Ok(out)
    }

    /// Takes away what some persons gave by their rows of the last run, and adds what they give tonight.
    pub fn patch(&mut self, last: &IndicatorCells, tonight: &IndicatorCells) {
        let patch = |all: &mut [i64], last: &[i64], tonight: &[i64]| {
            for (all, (last, tonight)) in all.iter_mut().zip(last.iter().zip(tonight)) {
                *all += tonight - last;
            }
        };
        patch(&mut self.numerators, &last.numerators, &tonight.numerators);
        patch(&mut self.denominators, &last.denominators, &tonight.denominators);
    }

    /// The query of [`IndicatorCells::compute`].
    pub fn sql(fact: &str, level: Level, indicators: &[&Indicator]) -> String {
        let level = level.as_str();
        let mut columns = vec![format!("{level} AS division_code")];
        for (index, indicator) in indicators.iter().enumerate() {
            columns.push(format!("{} AS n{index}", indicator.numerator.sql()));
            if let Denominator::Part(part) = &indicator.denominator {
                columns.push(format!("{} AS d{index}", part.sql()));
            }
        }
        format!("SELECT {}\nFROM {fact}\nWHERE {level} IS NOT NULL\nGROUP BY {level}", columns.join(",\n       "))
    }
}
