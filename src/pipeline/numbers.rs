//! Facts, indicators, scorecard and rollups of the night.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::carry::{BaseDigests, KeptKeys, SetKey, unit};
use super::config::Config;
use super::county_facts::{CountyFacts, KeptPart};
use super::fact_tables::FactTables;
use super::persons::NightPersons;
use super::progress::Progress;
use super::standing::{published_cells, published_files, published_rollup};
use crate::catalogue::{indicators_path, rollup_path};
use crate::engine::{Session, side_by_side};
use crate::error::Result;
use crate::facts::{FactBook, Period, Window};
use crate::indicators::{CellGrid, Cells, Coverage, Population, ScoreInputs, ScoreRow, adds_up, scorecard};
use crate::ledger::{Parents, Partition};
use crate::publish::ManifestOutput;
use crate::rollup::{self, RollupCells, RollupTable, count};
use crate::schema::divisions::{Divisions, Level};
use crate::schema::{Fact, FactKind, Indicator, Rollup, Schemas};
use crate::store::Store;

/// Cells of each indicator (by index in the schemas), window and level.
type AllCells = BTreeMap<(usize, Window, Level), Cells>;

/// All that was counted of some sets of numbers.
#[derive(Default)]
struct Counted<'p> {
    cells: AllCells,
    /// Period, and index of the rollup.
    rollups: Vec<(&'p Period, usize, Arc<RollupCells>)>,
}

/// A rollup of the night.
pub enum NightRollup<'a> {
    Counted(Box<RollupTable<'a>>),
    /// Its file in the current snapshot is what would be written again.
    Whole(ManifestOutput),
}

/// What must be counted tonight.
#[derive(Default)]
struct Plan {
    /// Key of each set of numbers, by its name.
    keys: BTreeMap<String, SetKey>,
    /// Names of those that stand in the current snapshot as they would be counted.
    standing: BTreeSet<String>,
    /// Names of those that the current snapshot holds over other rows: persons whose rows changed are
    /// counted as they were and as they are.
    amended: BTreeSet<String>,
    /// Names of all others: counted over all rows.
    whole: BTreeSet<String>,
    /// Files of rollups that stand whole, by the rollup's name.
    files: BTreeMap<String, ManifestOutput>,
}

/// The numbers of a night.
pub struct Numbers<'a> {
    pub periods: Vec<Period>,
    pub cells: AllCells,
    pub scores: Vec<ScoreRow>,
    pub rollups: Vec<NightRollup<'a>>,
    /// Key of each set of numbers, and the facts they were counted over; see [`super::carry`].
    pub keys: BTreeMap<String, SetKey>,
    pub facts: BTreeMap<String, BTreeMap<String, KeptPart>>,
}

/// What numbers are made of.
pub struct NumberInputs<'a> {
    pub config: &'a Config,
    pub schemas: &'a Schemas,
    pub divisions: &'a Divisions,
    pub grid: &'a CellGrid,
    pub population: &'a Population,
    pub coverage: &'a Coverage,
    pub parents: &'a Parents,
    pub partitions: &'a [Partition],
    pub store: &'a Store,
    pub progress: &'a Progress,
}

/// The order of counting: what every window shares.
struct Counting<'n> {
    book: &'n FactBook,
    villages: &'n [String],
    periods: &'n [Period],
    /// Facts that numbers are counted over: those that look at the first day of a period, and the others.
    at_period: Vec<&'n str>,
    at_end: Vec<&'n str>,
}

impl<'a> NumberInputs<'a> {
    /// The facts with the norms of the config.
    pub fn book(&self) -> FactBook {
        FactBook::new(&self.schemas.facts, &self.config.norms, &self.schemas.codes)
    }

    /// All numbers of the night.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn run(&self, persons: &NightPersons) -> Result<Numbers<'a>> {
        let book = self.book();
        let roots: BTreeSet<&str> = self
            .schemas
            .indicators
            .iter()
            .map(|i| i.fact.as_str())
            .chain(self.schemas.rollups.iter().flat_map(facts_of))
            .collect();
        let roots: Vec<&str> = roots.into_iter().collect();
        self.progress.begin("facts", 1);
        let kept = KeptKeys::load(self.store);
        let tables = FactTables { schemas: self.schemas, divisions: self.divisions, parents: self.parents, persons };
        let facts = CountyFacts::of(&tables, &book, self.store, self.partitions, &roots, &kept.facts)?;
        let periods = Period::all(&self.config.period_kinds, self.config.periods_from, self.config.as_of);
        let (at_period, at_end): (Vec<&str>, Vec<&str>) = roots.iter().partition(|r| depends_on_period(&book, r));
        let villages = self.schemas.named_villages();
        let counting = Counting { book: &book, villages: &villages, periods: &periods, at_period, at_end };
        let published = published_files(self.store);
        let mut plan = self.plan(&counting, &facts, &roots, &kept, &published)?;
        let base = |roots: &[&str]| base(&tables, &book, roots, || facts.session(&book.of_counties(roots)));
        let amended = match self.roots_of(&plan.amended) {
            none if none.is_empty() => None,
            roots => match facts.changed(&book.of_counties(&roots))? {
                Some(changed) => Some((
                    base_of(&tables, &book, &roots, changed.before)?,
                    base_of(&tables, &book, &roots, changed.tonight)?,
                )),
                None => {
                    plan.whole.append(&mut plan.amended);
                    None
                }
            },
        };
        tracing::info!(
            sets = plan.keys.len(),
            standing = plan.standing.len(),
            amended = plan.amended.len(),
            "numbers planned"
        );
        let whole = base(&self.roots_of(&plan.whole))?;
        self.progress.begin("numbers", periods.len() as u64);
        let counted = self.count(&counting, &whole, &plan.whole)?;
        drop(whole);
        let differences = match &amended {
            Some((before, tonight)) => {
                Some((self.count(&counting, before, &plan.amended)?, self.count(&counting, tonight, &plan.amended)?))
            }
            None => None,
        };
        drop(amended);
        if let Some((before, tonight)) = &differences {
            self.keep_whole(&mut plan, &kept, &published, before, tonight);
        }
        let mut cells = counted.cells;
        let mut rollups: Vec<RollupTable<'a>> =
            self.schemas.rollups.iter().map(|r| RollupTable::new(r, self.divisions)).collect();
        for (period, index, of) in counted.rollups {
            rollups[index].add(&of, period);
        }
        if let Some((before, tonight)) = &differences {
            for (period, index, of) in &tonight.rollups {
                rollups[*index].add(of, period);
            }
            for (period, index, of) in &before.rollups {
                rollups[*index].take_away(of, period);
            }
        }
        self.take_over(&counting, &plan, differences.as_ref(), &mut cells, &mut rollups)?;
        self.progress.begin("scorecard", 1);
        let mut numbers = Numbers {
            cells,
            scores: Vec::new(),
            rollups: Vec::new(),
            keys: plan.keys,
            facts: facts.kept(),
            periods: periods.clone(),
        };
        let inputs = ScoreInputs {
            schemas: self.schemas,
            book: &book,
            counted: &|indicator, window, level| numbers.at(indicator, window, level),
            base: &|fact| base(&[fact]),
            divisions: self.divisions,
            grid: self.grid,
            population: self.population,
            coverage: self.coverage,
            as_of: self.config.as_of,
        };
        numbers.scores = scorecard(&inputs, &self.config.profiles(self.schemas), &self.config.overlays)?;
        self.progress.end();
        let mut files = plan.files;
        let rollups = rollups.into_iter().zip(&self.schemas.rollups).map(|(table, rollup)| {
            files.remove(&rollup.name).map_or_else(|| NightRollup::Counted(Box::new(table)), NightRollup::Whole)
        });
        numbers.rollups = rollups.collect();
        Ok(numbers)
    }

    /// Tonight's key of every set of numbers, and which of them stand as they are published.
    fn plan(
        &self,
        counting: &Counting<'_>,
        county_facts: &CountyFacts<'_>,
        roots: &[&str],
        kept: &KeptKeys,
        published: &BTreeMap<String, ManifestOutput>,
    ) -> Result<Plan> {
        let book = counting.book;
        let digests = BaseDigests::of(county_facts, book, roots, self.divisions, self.config.norms.referral_days);
        let by_person = |facts: &[&str]| {
            book.is_by_person(facts) && book.of_counties(facts).iter().all(|f| county_facts.carries_persons(f))
        };
        let mut sets = Vec::new();
        for period in counting.periods {
            let window = Window { e_day: period.e_day, s_day: period.start_day };
            for i in &self.schemas.indicators {
                let what: Vec<String> = i.levels.iter().map(|l| Cells::sql(&i.fact, *l, &[i])).collect();
                let file = published.contains_key(&indicators_path(period.kind));
                sets.push((unit(&i.id, period), vec![i.fact.as_str()], what.join(";"), window, file, adds_up(i)));
            }
            for r in &self.schemas.rollups {
                let facts: Vec<&str> = facts_of(r).collect();
                let file = published.contains_key(&rollup_path(r));
                let adds_up = rollup::adds_up(r).is_some();
                sets.push((unit(&r.name, period), facts, format!("{r:?}"), window, file, adds_up));
            }
        }
        let sets = side_by_side(sets, |(name, facts, what, window, file, adds_up)| {
            let key = digests.key(book, &facts, window, counting.villages, &what)?;
            Ok((name, key, file, adds_up && by_person(&facts)))
        })?;
        let mut plan = Plan::default();
        for (name, key, file, adds_up) in sets {
            let standing = file && key.as_ref().is_some_and(|key| kept.holds(&name, key));
            let amended = file && adds_up && key.as_ref().is_some_and(|key| kept.holds_over_other_rows(&name, key));
            let of = match (standing, amended) {
                (true, _) => &mut plan.standing,
                (_, true) => &mut plan.amended,
                _ => &mut plan.whole,
            };
            of.insert(name.clone());
            if let Some(key) = key {
                plan.keys.insert(name, key);
            }
        }
        for rollup in self.schemas.rollups.iter().filter(|r| kept.holds_all(&r.name, &plan.keys)) {
            if let Some(file) = published.get(&rollup_path(rollup)) {
                plan.files.insert(rollup.name.clone(), file.clone());
            }
        }
        Ok(plan)
    }

    /// Rollups of which other rows gave the same numbers: their files stand as those of which no row changed.
    fn keep_whole(
        &self,
        plan: &mut Plan,
        kept: &KeptKeys,
        published: &BTreeMap<String, ManifestOutput>,
        before: &Counted<'_>,
        tonight: &Counted<'_>,
    ) {
        let mut differ: BTreeSet<usize> = BTreeSet::new();
        for ((_, index, before), (_, _, tonight)) in before.rollups.iter().zip(&tonight.rollups) {
            if !before.same_as(tonight) {
                differ.insert(*index);
            }
        }
        for (index, rollup) in self.schemas.rollups.iter().enumerate() {
            let first = format!("{}/", rollup.name);
            let any_whole = plan.whole.range(first.clone()..).next().is_some_and(|set| set.starts_with(&first));
            if differ.contains(&index) || any_whole || plan.files.contains_key(&rollup.name) {
                continue;
            }
            if kept.holds_sets(&rollup.name, &plan.keys)
                && let Some(file) = published.get(&rollup_path(rollup))
            {
                plan.files.insert(rollup.name.clone(), file.clone());
            }
        }
    }

    /// The facts that sets of numbers are counted over.
    fn roots_of(&self, sets: &BTreeSet<String>) -> Vec<&'a str> {
        let named = |of: &str| sets.range(format!("{of}/")..).next().is_some_and(|s| s.starts_with(&format!("{of}/")));
        let indicators = self.schemas.indicators.iter().filter(|i| named(&i.id)).map(|i| i.fact.as_str());
        let rollups = self.schemas.rollups.iter().filter(|r| named(&r.name)).flat_map(facts_of);
        indicators.chain(rollups).collect::<BTreeSet<&str>>().into_iter().collect()
    }

    /// Puts the numbers that stand, and those that are put right by a difference, beside those that were
    /// counted.
    fn take_over(
        &self,
        counting: &Counting<'_>,
        plan: &Plan,
        differences: Option<&(Counted<'_>, Counted<'_>)>,
        cells: &mut AllCells,
        rollups: &mut [RollupTable<'a>],
    ) -> Result<()> {
        let wanted: BTreeSet<String> = plan.standing.union(&plan.amended).cloned().collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let mut published =
            published_cells(self.store, &self.schemas.indicators, counting.periods, self.grid, &wanted)?;
        for period in counting.periods {
            for (index, i) in self.schemas.indicators.iter().enumerate() {
                let s_day = if counting.at_period.contains(&i.fact.as_str()) { period.start_day } else { period.e_day };
                let name = unit(&i.id, period);
                for level in &i.levels {
                    let place = (index, Window { e_day: period.e_day, s_day }, *level);
                    let Some(mut of) = published.remove(&(name.clone(), *level)) else { continue };
                    if let Some((before, tonight)) = differences
                        && plan.amended.contains(&name)
                        && let (Some(before), Some(tonight)) = (before.cells.get(&place), tonight.cells.get(&place))
                    {
                        of.amend(before, tonight);
                    }
                    cells.entry(place).or_insert(of);
                }
            }
        }
        let left: Vec<_> =
            self.schemas.rollups.iter().zip(rollups).filter(|(r, _)| !plan.files.contains_key(&r.name)).collect();
        side_by_side(left, |(rollup, table)| {
            let of: Vec<&Period> =
                counting.periods.iter().filter(|p| wanted.contains(&unit(&rollup.name, p))).collect();
            published_rollup(self.store, rollup, &of, table)
        })?;
        Ok(())
    }

    /// Counts sets of numbers over a session that holds the base facts they need.
    fn count<'p>(&self, counting: &Counting<'p>, base: &Session, sets: &BTreeSet<String>) -> Result<Counted<'p>> {
        let mut by_end: BTreeMap<i32, Vec<&Period>> = BTreeMap::new();
        for period in counting.periods {
            by_end.entry(period.e_day).or_default().push(period);
        }
        // Most queries are too small to keep all cores busy, so windows are counted side by side.
        let ends: Vec<(i32, Vec<&Period>)> = by_end.into_iter().collect();
        let ends = side_by_side(ends, |(e_day, of)| self.count_end(counting, base, e_day, of, sets))?;
        let mut counted = Counted::default();
        for end in ends {
            counted.cells.extend(end.cells);
            counted.rollups.extend(end.rollups);
        }
        Ok(counted)
    }

    /// All that shares the last day of a window.
    fn count_end<'p>(
        &self,
        counting: &Counting<'p>,
        base: &Session,
        e_day: i32,
        periods: Vec<&'p Period>,
        sets: &BTreeSet<String>,
    ) -> Result<Counted<'p>> {
        let Counting { book, villages, at_period, at_end, .. } = counting;
        let mut counted = Counted::default();
        let wanted = |of: &[&Period], i: &Indicator| of.iter().any(|p| sets.contains(&unit(&i.id, p)));
        let of_facts = |facts: &[&'p str], of: &[&Period]| -> Vec<&'p str> {
            let any = |f: &str| self.schemas.indicators.iter().any(|i| i.fact == f && wanted(of, i));
            facts.iter().copied().filter(|f| any(f)).collect()
        };
        let mut at_e = base.clone();
        let window = Window { e_day, s_day: e_day };
        let facts = of_facts(at_end, &periods);
        book.run_window(&mut at_e, &facts, window, villages)?;
        self.cells(&at_e, &facts, window, |i| wanted(&periods, i), &mut counted.cells)?;
        let rollups: Vec<(usize, &Rollup)> = self.schemas.rollups.iter().enumerate().collect();
        let left = |r: &Rollup, p: &Period| sets.contains(&unit(&r.name, p));
        let (by_period, by_end): (Vec<_>, Vec<_>) =
            rollups.into_iter().partition(|(_, r)| facts_of(r).any(|f| at_period.contains(&f)));
        // What looks at the last day alone is the same in each period that ends with it.
        for (index, rollup) in by_end {
            let of: Vec<&Period> = periods.iter().copied().filter(|p| left(rollup, p)).collect();
            if of.is_empty() {
                continue;
            }
            let facts: Vec<&str> = facts_of(rollup).collect();
            book.run_window(&mut at_e, &facts, window, villages)?;
            let cells = Arc::new(count(rollup, &at_e)?);
            counted.rollups.extend(of.into_iter().map(|period| (period, index, cells.clone())));
        }
        let of_periods = side_by_side(periods, |period| {
            let rollups: Vec<_> = by_period.iter().filter(|(_, r)| left(r, period)).collect();
            let mut session = at_e.clone();
            let window = Window { e_day, s_day: period.start_day };
            let indicators = of_facts(at_period, &[period]);
            let facts = indicators.iter().copied().chain(rollups.iter().flat_map(|(_, r)| facts_of(r)));
            book.run_window(&mut session, &facts.collect::<Vec<_>>(), window, villages)?;
            let mut of_period = Counted::default();
            self.cells(&session, &indicators, window, |i| wanted(&[period], i), &mut of_period.cells)?;
            for (index, rollup) in rollups {
                of_period.rollups.push((period, *index, Arc::new(count(rollup, &session)?)));
            }
            self.progress.step();
            Ok(of_period)
        })?;
        for of_period in of_periods {
            counted.cells.extend(of_period.cells);
            counted.rollups.extend(of_period.rollups);
        }
        Ok(counted)
    }

    fn cells(
        &self,
        session: &Session,
        facts: &[&str],
        window: Window,
        wanted: impl Fn(&Indicator) -> bool,
        cells: &mut AllCells,
    ) -> Result<()> {
        for fact in facts {
            for level in Level::ALL {
                let of: Vec<(usize, &Indicator)> = self
                    .schemas
                    .indicators
                    .iter()
                    .enumerate()
                    .filter(|(_, i)| i.fact == *fact && i.levels.contains(&level) && wanted(i))
                    .collect();
                if of.is_empty() {
                    continue;
                }
                let indicators: Vec<&Indicator> = of.iter().map(|(_, i)| *i).collect();
                let computed = Cells::compute(session, self.grid, fact, level, &indicators)?;
                for ((index, _), c) in of.into_iter().zip(computed) {
                    cells.insert((index, window, level), c);
                }
            }
        }
        Ok(())
    }
}

/// The facts that a rollup is counted over.
fn facts_of(rollup: &Rollup) -> impl Iterator<Item = &str> {
    std::iter::once(rollup.fact.as_str()).chain(rollup.dimensions.iter().map(|d| d.fact.as_str()))
}

/// A session with all that `roots` read below their windows, over the facts by county that `given` gives.
fn base(
    tables: &FactTables<'_>,
    book: &FactBook,
    roots: &[&str],
    given: impl FnOnce() -> Result<Session>,
) -> Result<Session> {
    base_of(tables, book, roots, given()?)
}

fn base_of(tables: &FactTables<'_>, book: &FactBook, roots: &[&str], mut session: Session) -> Result<Session> {
    let above: Vec<&Fact> = book.above_counties(roots);
    session.add(&tables.session(book, &above, None)?);
    book.run_base(&mut session, roots)?;
    // What no window looks at again would only take memory.
    let later: BTreeSet<&str> = above
        .into_iter()
        .filter(|f| f.kind != FactKind::Base)
        .flat_map(|f| f.reads.iter().map(String::as_str))
        .chain(roots.iter().copied())
        .collect();
    session.retain(|name| later.contains(name));
    Ok(session)
}

impl Numbers<'_> {
    /// The cells of an indicator in a period.
    ///
    /// # Panics
    /// When the indicator was not computed for the period.
    pub fn of(&self, indicator: usize, period: &Period, level: Level) -> &Cells {
        let window = Window { e_day: period.e_day, s_day: period.start_day };
        self.at(indicator, window, level).expect("every indicator is computed for every period")
    }

    /// The cells of an indicator in a window, where there is a period of this window, or its first day does
    /// not matter.
    fn at(&self, indicator: usize, window: Window, level: Level) -> Option<&Cells> {
        let at_end = Window { s_day: window.e_day, ..window };
        self.cells.get(&(indicator, window, level)).or_else(|| self.cells.get(&(indicator, at_end, level)))
    }
}

/// Whether a fact looks at the first day of a period.
fn depends_on_period(book: &FactBook, fact: &str) -> bool {
    book.closure(&[fact]).iter().any(|f| f.kind == FactKind::Period)
}
