//! Counts sets of numbers, window by window.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::facts::{FactBook, Period, Window};
use super::indicators::IndicatorCells;
use super::inputs::NumberInputs;
use super::reuse::keys::set_name;
use super::rollups::{self, RollupCells, facts_of};
use crate::engine::{FactQuery, Session, side_by_side};
use crate::error::Result;
use crate::schema::divisions::Level;
use crate::schema::{FactKind, Indicator, Rollup};

/// Cells of each indicator (by index in the schemas), window and level.
pub type AllCells = BTreeMap<(usize, Window, Level), IndicatorCells>;

/// All that was counted of some sets of numbers.
#[derive(Default)]
pub struct CountedNumbers<'p> {
    pub cells: AllCells,
    /// Period, and index of the rollup.
    pub rollups: Vec<(&'p Period, usize, Arc<RollupCells>)>,
}

impl CountedNumbers<'_> {
    fn extend(&mut self, more: Self) {
        self.cells.extend(more.cells);
        self.rollups.extend(more.rollups);
    }
}

/// What counting is the same for in every window.
pub struct Counting<'n> {
    pub inputs: &'n NumberInputs<'n>,
    pub book: &'n FactBook,
    pub villages: &'n [String],
    pub periods: &'n [Period],
    /// Facts that numbers are counted over: those that look at the first day of a period, and the others.
    at_period: Vec<&'n str>,
    at_end: Vec<&'n str>,
}

impl<'n> Counting<'n> {
    pub fn new(
        inputs: &'n NumberInputs<'n>,
        book: &'n FactBook,
        villages: &'n [String],
        periods: &'n [Period],
        facts: &[&'n str],
    ) -> Self {
        let looks_at_first_day = |fact: &&str| book.closure(&[*fact]).iter().any(|f| f.kind == FactKind::Period);
        let (at_period, at_end) = facts.iter().partition(|fact| looks_at_first_day(fact));
        Counting { inputs, book, villages, periods, at_period, at_end }
    }

    /// The window that an indicator's cells of a period are counted for: periods that end on one day share the
    /// cells of what does not look at their first day.
    pub fn window_of(&self, indicator: &Indicator, period: &Period) -> Window {
        let looks_at_first_day = self.at_period.contains(&indicator.fact.as_str());
        Window { e_day: period.e_day, s_day: if looks_at_first_day { period.start_day } else { period.e_day } }
    }

    /// Counts sets of numbers over a session that holds the base facts they need.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn count(&self, base: &Session, sets: &BTreeSet<String>) -> Result<CountedNumbers<'n>> {
        let mut by_end: BTreeMap<i32, Vec<&'n Period>> = BTreeMap::new();
        for period in self.periods {
            by_end.entry(period.e_day).or_default().push(period);
        }
        // Most queries are too small to keep all cores busy, so windows are counted side by side.
        let ends: Vec<(i32, Vec<&'n Period>)> = by_end.into_iter().collect();
        let ends = side_by_side(ends, |(e_day, of)| self.count_end(base, e_day, of, sets))?;
        let mut counted = CountedNumbers::default();
        ends.into_iter().for_each(|end| counted.extend(end));
        Ok(counted)
    }

    /// All that shares the last day of a window.
    fn count_end(
        &self,
        base: &Session,
        e_day: i32,
        periods: Vec<&'n Period>,
        sets: &BTreeSet<String>,
    ) -> Result<CountedNumbers<'n>> {
        let mut counted = CountedNumbers::default();
        let mut at_e = base.clone();
        let window = Window { e_day, s_day: e_day };
        let wanted = |i: &Indicator| periods.iter().any(|p| sets.contains(&set_name(&i.id, p)));
        let facts = self.facts_counted(&self.at_end, &wanted);
        self.book.run_window(&mut at_e, &facts, window, self.villages)?;
        self.cells(&at_e, &facts, window, &wanted, &mut counted.cells)?;
        let rollups = self.inputs.schemas.rollups.iter().enumerate();
        let (by_period, by_end): (Vec<_>, Vec<_>) =
            rollups.partition(|(_, r)| facts_of(r).any(|f| self.at_period.contains(&f)));
        // What looks at the last day alone is the same in each period that ends with it.
        for (index, rollup) in by_end {
            let is_wanted = |p: &&'n Period| sets.contains(&set_name(&rollup.name, p));
            let of: Vec<&'n Period> = periods.iter().copied().filter(is_wanted).collect();
            if of.is_empty() {
                continue;
            }
            let facts: Vec<&str> = facts_of(rollup).collect();
            self.book.run_window(&mut at_e, &facts, window, self.villages)?;
            let cells = Arc::new(rollups::count(rollup, &at_e)?);
            counted.rollups.extend(of.into_iter().map(|period| (period, index, cells.clone())));
        }
        let of_periods = side_by_side(periods, |period| self.count_period(&at_e, period, &by_period, sets))?;
        of_periods.into_iter().for_each(|of_period| counted.extend(of_period));
        Ok(counted)
    }

    /// What looks at the first day of a period, too.
    fn count_period(
        &self,
        at_e: &Session,
        period: &'n Period,
        rollups: &[(usize, &Rollup)],
        sets: &BTreeSet<String>,
    ) -> Result<CountedNumbers<'n>> {
        let rollups: Vec<_> =
            rollups.iter().copied().filter(|(_, r)| sets.contains(&set_name(&r.name, period))).collect();
        let mut session = at_e.clone();
        let window = Window { e_day: period.e_day, s_day: period.start_day };
        let wanted = |i: &Indicator| sets.contains(&set_name(&i.id, period));
        let indicators = self.facts_counted(&self.at_period, &wanted);
        let facts = indicators.iter().copied().chain(rollups.iter().flat_map(|(_, r)| facts_of(r)));
        self.book.run_window(&mut session, &facts.collect::<Vec<_>>(), window, self.villages)?;
        let mut counted = CountedNumbers::default();
        self.cells(&session, &indicators, window, &wanted, &mut counted.cells)?;
        for (index, rollup) in rollups {
            counted.rollups.push((period, index, Arc::new(rollups::count(rollup, &session)?)));
        }
        self.inputs.progress.step();
        Ok(counted)
    }

    /// Those of some facts over which an indicator is counted that is wanted.
    fn facts_counted(&self, facts: &[&'n str], wanted: &dyn Fn(&Indicator) -> bool) -> Vec<&'n str> {
        let indicators = &self.inputs.schemas.indicators;
        facts.iter().copied().filter(|f| indicators.iter().any(|i| i.fact == *f && wanted(i))).collect()
    }

    fn cells(
        &self,
        session: &Session,
        facts: &[&str],
        window: Window,
        wanted: &dyn Fn(&Indicator) -> bool,
        cells: &mut AllCells,
    ) -> Result<()> {
        let (mut queries, mut asked) = (Vec::new(), Vec::new());
        for fact in facts {
            for level in Level::ALL {
                let all = self.inputs.schemas.indicators.iter().enumerate();
                let of = all.filter(|(_, i)| i.fact == *fact && i.levels.contains(&level) && wanted(i));
                let (at, indicators): (Vec<usize>, Vec<&Indicator>) = of.unzip();
                if at.is_empty() {
                    continue;
                }
                queries.push(FactQuery { what: fact, sql: IndicatorCells::sql(fact, level, &indicators), fact });
                asked.push((level, at, indicators));
            }
        }
        for (frame, (level, at, indicators)) in session.query_each(&queries)?.iter().zip(asked) {
            let computed = IndicatorCells::of_rows(frame, self.inputs.grid, level, &indicators)?;
            cells.extend(at.into_iter().zip(computed).map(|(index, c)| ((index, window, level), c)));
        }
        Ok(())
    }
}
