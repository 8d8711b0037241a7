//! Facts, indicators, scorecard and rollups of the night.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::carry::{BaseDigests, KeptKeys, unit};
use super::config::Config;
use super::persons::NightPersons;
use super::progress::Progress;
use super::standing::{published_cells, published_file, published_rollup, rollup_path};
use crate::engine::{Session, calendar, dataset, empty_dataset, side_by_side, strings_and_ints};
use crate::error::{Error, Result};
use crate::facts::{FactBook, Period, Window};
use crate::indicators::{CellGrid, Cells, Population, ScoreInputs, ScoreRow, scorecard};
use crate::ledger::Parents;
use crate::publish::ManifestOutput;
use crate::rollup::{RollupCells, RollupTable, count};
use crate::schema::divisions::{Divisions, Level};
use crate::schema::fact::PROVIDED;
use crate::schema::layout::column_name;
use crate::schema::{FactKind, FieldType, Indicator, Rollup, Schemas, Source, day};
use crate::store::Store;

/// Cells of each indicator (by index in the schemas), window and level.
type AllCells = BTreeMap<(usize, Window, Level), Cells>;

/// All that shares the last day of a window.
struct CountedEnd<'p> {
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
    keys: BTreeMap<String, String>,
    /// Names of those that stand in the current snapshot as they would be counted.
    standing: BTreeSet<String>,
    /// Files of rollups that stand whole, by the rollup's name.
    whole: BTreeMap<String, ManifestOutput>,
}

/// The numbers of a night.
pub struct Numbers<'a> {
    pub periods: Vec<Period>,
    pub cells: AllCells,
    pub scores: Vec<ScoreRow>,
    pub rollups: Vec<NightRollup<'a>>,
    /// Key of each set of numbers; see [`super::carry`].
    pub keys: BTreeMap<String, String>,
}

/// What numbers are made of.
pub struct NumberInputs<'a> {
    pub config: &'a Config,
    pub schemas: &'a Schemas,
    pub divisions: &'a Divisions,
    pub grid: &'a CellGrid,
    pub population: &'a Population,
    pub parents: &'a Parents,
    pub store: &'a Store,
    pub progress: &'a Progress,
}

impl<'a> NumberInputs<'a> {
    /// The facts with the norms of the config.
    pub fn book(&self) -> FactBook {
        FactBook::new(&self.schemas.facts, &self.config.norms, &self.schemas.codes)
    }

    /// A session with the base facts that `roots` need.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn base(&self, book: &FactBook, persons: &NightPersons, roots: &[&str]) -> Result<Session> {
        let mut session = Session::default();
        let reads: BTreeSet<&str> =
            book.closure(roots).iter().flat_map(|f| f.reads.iter().map(String::as_str)).collect();
        let words = words(book, roots);
        let wanted = |column: &str| words.contains(column);
        for table in self.schemas.tables.iter().filter(|t| t.source != Source::Reference) {
            let children = table.fields.iter().filter(|f| f.ty == FieldType::Codes);
            let named = reads.contains(table.name.as_str())
                || children.clone().any(|f| reads.contains(format!("{}_{}", table.name, f.name).as_str()));
            if !named {
                continue;
            }
            let keep = |column: &str| wanted(column) || table.primary_key.iter().any(|k| k == column);
            match persons.datasets.get(&table.name) {
                Some(files) => {
                    let (frame, children) = dataset(table, &keep, files, &persons.ids)?;
                    session.register(&table.name, frame);
                    for child in children {
                        session.register(&child.name, child.frame);
                    }
                }
                None => session.register(&table.name, empty_dataset(table, &keep)),
            }
            for f in children {
                let name = format!("{}_{}", table.name, f.name);
                if !session.contains(&name) {
                    let mut columns = vec![("_county", vec![])];
                    columns.extend(table.primary_key.iter().map(|k| (k.as_str(), vec![])));
                    columns.push((f.name.as_str(), vec![]));
                    session.register(&name, strings_and_ints(columns, vec![])?);
                }
            }
        }
        self.provided(&mut session, persons)?;
        book.run_base(&mut session, roots)?;
        // What no window looks at again would only take memory.
        let later: BTreeSet<&str> = book
            .closure(roots)
            .into_iter()
            .filter(|f| f.kind != FactKind::Base)
            .flat_map(|f| f.reads.iter().map(String::as_str))
            .collect();
        session.retain(|name| later.contains(name));
        Ok(session)
    }

    /// Divisions, places of parents, persons and the calendar.
    fn provided(&self, session: &mut Session, persons: &NightPersons) -> Result<()> {
        let codes: Vec<&str> = self.divisions.iter().map(|(code, _)| code).collect();
        let at = |level: Level| -> Vec<Option<String>> {
            codes.iter().map(|c| c.get(..level.digits()).map(ToOwned::to_owned)).collect()
        };
        let place = strings_and_ints(
            vec![
                ("code", codes.iter().map(|c| Some((*c).to_owned())).collect()),
                ("village", at(Level::Village)),
                ("town", at(Level::Town)),
                ("county", at(Level::County)),
                ("city", at(Level::City)),
            ],
            vec![],
        )?;
        session.register("place", place);
        for (table, key) in [("station_site", "site_id"), ("school_site", "school_id"), ("hospital_site", "org_id")] {
            let (mut counties, mut keys, mut divisions, mut stages) = (vec![], vec![], vec![], vec![]);
            for (county, known) in self.parents.of(table).into_iter().flatten() {
                let mut rows: Vec<_> = known.rows.iter().collect();
                rows.sort_by_key(|(key, _)| *key);
                for (value, row) in rows {
                    counties.push(Some(county.clone()));
                    keys.push(Some(value.clone()));
                    divisions.push(row.division_code.clone());
                    stages.push(row.stage.clone());
                }
            }
            let columns = vec![("_county", counties), (key, keys), ("division_code", divisions), ("stage", stages)];
            session.register(&format!("{table}_place"), strings_and_ints(columns, vec![])?);
        }
        let births = persons.birth.iter().map(|b| b.map(|(d, _)| day::to_date(d)));
        let person = strings_and_ints(
            vec![(
                "sex",
                persons
                    .sex
                    .iter()
                    .map(|s| Some(persons.sex_codes[*s as usize].clone()).filter(|s| !s.is_empty()))
                    .collect(),
            )],
            vec![
                ("birth_year", births.clone().map(|d| d.map(|d| i64::from(d.year()))).collect()),
                ("birth_mmdd", births.map(|d| d.map(|d| i64::from(d.month()) * 100 + i64::from(d.day()))).collect()),
            ],
        )?;
        session.register("person", person.with_ids("person_key", &persons.ids)?);
        let first = day::from_ymd(1900, 1, 1).expect("a date");
        session.register("calendar", calendar(first, self.config.as_of.max(first))?);
        Ok(())
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
            .chain(self.schemas.rollups.iter().flat_map(|r| r.dimensions.iter().map(|d| d.fact.as_str())))
            .chain(self.schemas.rollups.iter().map(|r| r.fact.as_str()))
            .collect();
        let roots: Vec<&str> = roots.into_iter().collect();
        self.progress.begin("facts", 1);
        let base = self.base(&book, persons, &roots)?;
        let periods = Period::all(&self.config.period_kinds, self.config.periods_from, self.config.as_of);
        let (at_period, at_end): (Vec<&str>, Vec<&str>) = roots.iter().partition(|r| depends_on_period(&book, r));
        let villages = self.schemas.named_villages();
        let mut by_end: BTreeMap<i32, Vec<&Period>> = BTreeMap::new();
        for period in &periods {
            by_end.entry(period.e_day).or_default().push(period);
        }
        self.progress.begin("numbers", periods.len() as u64);
        let plan = self.plan(&book, &base, &roots, &periods, &villages)?;
        tracing::info!(sets = plan.keys.len(), standing = plan.standing.len(), "numbers planned");
        // Most queries are too small to keep all cores busy, so windows are counted side by side.
        let ends: Vec<(i32, Vec<&Period>)> = by_end.into_iter().collect();
        let counted: Vec<CountedEnd<'_>> = side_by_side(ends, |(e_day, of)| {
            self.count_end(&book, &base, e_day, of, &at_end, &at_period, &villages, &plan)
        })?;
        let mut cells = AllCells::new();
        let mut rollups: Vec<RollupTable<'a>> =
            self.schemas.rollups.iter().map(|r| RollupTable::new(r, self.divisions)).collect();
        for end in counted {
            cells.extend(end.cells);
            for (period, index, counted) in end.rollups {
                rollups[index].add(&counted, period);
            }
        }
        self.take_over(&plan, &periods, &at_period, &mut cells, &mut rollups)?;
        self.progress.begin("scorecard", 1);
        let inputs = ScoreInputs {
            schemas: self.schemas,
            book: &book,
            base: &base,
            divisions: self.divisions,
            grid: self.grid,
            population: self.population,
            as_of: self.config.as_of,
        };
        let scores = scorecard(&inputs, &self.config.profiles(self.schemas), &self.config.overlays)?;
        self.progress.end();
        let mut whole = plan.whole;
        let rollups = rollups.into_iter().zip(&self.schemas.rollups).map(|(table, rollup)| {
            whole.remove(&rollup.name).map_or_else(|| NightRollup::Counted(Box::new(table)), NightRollup::Whole)
        });
        Ok(Numbers { periods, cells, scores, rollups: rollups.collect(), keys: plan.keys })
    }

    /// Tonight's key of every set of numbers, and which of them stand as they are published.
    fn plan(
        &self,
        book: &FactBook,
        base: &Session,
        roots: &[&str],
        periods: &[Period],
        villages: &[String],
    ) -> Result<Plan> {
        let kept = KeptKeys::load(self.store);
        let digests = BaseDigests::of(base, book, roots, self.divisions, self.config.norms.referral_days)?;
        let mut plan = Plan::default();
        for period in periods {
            let window = Window { e_day: period.e_day, s_day: period.start_day };
            let indicators = self.schemas.indicators.iter().map(|i| {
                let what: Vec<String> = i.levels.iter().map(|l| Cells::sql(&i.fact, *l, &[i])).collect();
                (unit(&i.id, period), vec![i.fact.as_str()], what.join(";"))
            });
            let rollups = self.schemas.rollups.iter().map(|r| {
                let mut facts: Vec<&str> = r.dimensions.iter().map(|d| d.fact.as_str()).collect();
                facts.push(&r.fact);
                (unit(&r.name, period), facts, format!("{r:?}"))
            });
            for (name, facts, what) in indicators.chain(rollups) {
                let key = digests.key(book, &facts, window, villages, &what)?;
                if kept.holds(&name, &key) {
                    plan.standing.insert(name.clone());
                }
                plan.keys.insert(name, key);
            }
        }
        for rollup in self.schemas.rollups.iter().filter(|r| kept.holds_all(&r.name, &plan.keys)) {
            if let Some(file) = published_file(self.store, &rollup_path(rollup)) {
                plan.whole.insert(rollup.name.clone(), file);
            }
        }
        Ok(plan)
    }

    /// Puts the numbers that stand beside those that were counted.
    fn take_over(
        &self,
        plan: &Plan,
        periods: &[Period],
        at_period: &[&str],
        cells: &mut AllCells,
        rollups: &mut [RollupTable<'a>],
    ) -> Result<()> {
        if plan.standing.is_empty() {
            return Ok(());
        }
        let mut published = published_cells(self.store, &self.schemas.indicators, periods, self.grid, &plan.standing)?;
        for period in periods {
            for (index, i) in self.schemas.indicators.iter().enumerate() {
                let s_day = if at_period.contains(&i.fact.as_str()) { period.start_day } else { period.e_day };
                for level in &i.levels {
                    if let Some(of) = published.remove(&(unit(&i.id, period), *level)) {
                        cells.entry((index, Window { e_day: period.e_day, s_day }, *level)).or_insert(of);
                    }
                }
            }
        }
        let left: Vec<_> =
            self.schemas.rollups.iter().zip(rollups).filter(|(r, _)| !plan.whole.contains_key(&r.name)).collect();
        side_by_side(left, |(rollup, table)| {
            let of: Vec<&Period> = periods.iter().filter(|p| plan.standing.contains(&unit(&rollup.name, p))).collect();
            published_rollup(self.store, rollup, &of, table)
        })?;
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    fn count_end<'p>(
        &self,
        book: &FactBook,
        base: &Session,
        e_day: i32,
        periods: Vec<&'p Period>,
        at_end: &[&str],
        at_period: &[&str],
        villages: &[String],
        plan: &Plan,
    ) -> Result<CountedEnd<'p>> {
        let mut counted = CountedEnd { cells: AllCells::new(), rollups: Vec::new() };
        // What is left to count of a fact: indicators that stand in no period of this end.
        let wanted = |of: &[&Period], fact: &str| {
            self.schemas
                .indicators
                .iter()
                .any(|i| i.fact == fact && of.iter().any(|p| !plan.standing.contains(&unit(&i.id, p))))
        };
        let mut at_e = base.clone();
        let window = Window { e_day, s_day: e_day };
        let facts: Vec<&str> = at_end.iter().copied().filter(|f| wanted(&periods, f)).collect();
        book.run_window(&mut at_e, &facts, window, villages)?;
        self.cells(&at_e, &facts, window, &mut counted.cells)?;
        let rollups: Vec<(usize, &Rollup)> = self.schemas.rollups.iter().enumerate().collect();
        let of_rollup = |r: &Rollup, f: &str| r.fact == f || r.dimensions.iter().any(|d| d.fact == f);
        let left = |r: &Rollup, p: &Period| !plan.standing.contains(&unit(&r.name, p));
        let (by_period, by_end): (Vec<_>, Vec<_>) =
            rollups.into_iter().partition(|(_, r)| at_period.iter().any(|f| of_rollup(r, f)));
        // What looks at the last day alone is the same in each period that ends with it.
        for (index, rollup) in by_end {
            let of: Vec<&Period> = periods.iter().copied().filter(|p| left(rollup, p)).collect();
            if of.is_empty() {
                continue;
            }
            let facts: Vec<&str> = at_end.iter().copied().filter(|f| of_rollup(rollup, f)).collect();
            book.run_window(&mut at_e, &facts, window, villages)?;
            let cells = Arc::new(count(rollup, &at_e)?);
            counted.rollups.extend(of.into_iter().map(|period| (period, index, cells.clone())));
        }
        let of_periods = side_by_side(periods, |period| {
            let rollups: Vec<_> = by_period.iter().filter(|(_, r)| left(r, period)).collect();
            let of_rollups = |f: &str| rollups.iter().any(|(_, r)| of_rollup(r, f));
            let mut session = at_e.clone();
            let window = Window { e_day, s_day: period.start_day };
            let indicators: Vec<&str> = at_period.iter().copied().filter(|f| wanted(&[period], f)).collect();
            let facts = at_period.iter().chain(at_end).copied().filter(|f| indicators.contains(f) || of_rollups(f));
            book.run_window(&mut session, &facts.collect::<Vec<_>>(), window, villages)?;
            let mut cells = AllCells::new();
            self.cells(&session, &indicators, window, &mut cells)?;
            let mut of_period = Vec::new();
            for (index, rollup) in rollups {
                of_period.push((period, *index, Arc::new(count(rollup, &session)?)));
            }
            self.progress.step();
            Ok((cells, of_period))
        })?;
        for (cells, rollups) in of_periods {
            counted.cells.extend(cells);
            counted.rollups.extend(rollups);
        }
        Ok(counted)
    }

    fn cells(&self, session: &Session, facts: &[&str], window: Window, cells: &mut AllCells) -> Result<()> {
        for fact in facts {
            for level in Level::ALL {
                let of: Vec<(usize, &Indicator)> = self
                    .schemas
                    .indicators
                    .iter()
                    .enumerate()
                    .filter(|(_, i)| i.fact == *fact && i.levels.contains(&level))
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

impl Numbers<'_> {
    /// The cells of an indicator in a period.
    ///
    /// # Panics
    /// When the indicator was not computed for the period.
    pub fn of(&self, indicator: usize, period: &Period, level: Level) -> &Cells {
        let at_end = Window { e_day: period.e_day, s_day: period.e_day };
        let at_period = Window { e_day: period.e_day, s_day: period.start_day };
        self.cells
            .get(&(indicator, at_period, level))
            .or_else(|| self.cells.get(&(indicator, at_end, level)))
            .expect("every indicator is computed for every period")
    }
}

/// Whether a fact looks at the first day of a period.
fn depends_on_period(book: &FactBook, fact: &str) -> bool {
    book.closure(&[fact]).iter().any(|f| f.kind == FactKind::Period)
}

/// Every word of the facts' SQL: the columns that they may name.
fn words(book: &FactBook, roots: &[&str]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for fact in book.closure(roots) {
        let sql = book.sql(fact, Some((Window { e_day: 0, s_day: 0 }, &[]))).unwrap_or_default();
        let split = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        words.extend(sql.split(split).filter(|w| !w.is_empty()).map(ToOwned::to_owned));
    }
    words
}

/// Tries every query on tables without rows.
///
/// # Errors
/// `Schema`: the first query of each fact, indicator and rollup that cannot be run, all in one message.
pub fn try_queries(schemas: &Schemas, norms: &crate::schema::Norms) -> Result<Vec<Error>> {
    let book = FactBook::new(&schemas.facts, norms, &schemas.codes);
    let mut session = Session::default();
    for table in schemas.tables.iter().filter(|t| t.source != Source::Reference) {
        session.register(&table.name, empty_dataset(table, &|_| true));
        for f in table.fields.iter().filter(|f| f.ty == FieldType::Codes) {
            let mut columns = vec![("_county", vec![])];
            columns.extend(table.primary_key.iter().map(|k| (k.as_str(), vec![])));
            let name = column_name(f);
            columns.push((name.as_str(), vec![]));
            session.register(&format!("{}_{}", table.name, f.name), strings_and_ints(columns, vec![])?);
        }
    }
    let places = ["code", "village", "town", "county", "city"].map(|c| (c, vec![])).to_vec();
    session.register("place", strings_and_ints(places, vec![])?);
    let person = ["birth_year", "birth_mmdd"].map(|c| (c, vec![])).to_vec();
    let person = strings_and_ints(vec![("sex", vec![])], person)?.with_ids("person_key", &[])?;
    session.register("person", person);
    session.register("calendar", calendar(0, 0)?);
    for (table, key) in [("station_site", "site_id"), ("school_site", "school_id"), ("hospital_site", "org_id")] {
        let columns = vec![("_county", vec![]), (key, vec![]), ("division_code", vec![]), ("stage", vec![])];
        session.register(&format!("{table}_place"), strings_and_ints(columns, vec![])?);
    }
    let window = Window { e_day: 19_000, s_day: 18_900 };
    let mut errors = Vec::new();
    let mut broken: BTreeSet<&str> = BTreeSet::new();
    let names: Vec<&str> = schemas.facts.keys().map(String::as_str).collect();
    for name in closure_order(&book, &names) {
        // A table that is not declared is a problem of the declarations, found before.
        let unknown = |r: &str| !session.contains(r) && book.fact(r).is_none() && !PROVIDED.contains(&r);
        if book.fact(name).is_some_and(|f| f.reads.iter().any(|r| broken.contains(r.as_str()) || unknown(r))) {
            broken.insert(name);
            continue;
        }
        let run =
            book.run_base(&mut session, &[name]).and_then(|()| book.run_window(&mut session, &[name], window, &[]));
        if let Err(e) = run {
            errors.push(e);
            broken.insert(name);
        }
    }
    for i in schemas.indicators.iter().filter(|i| session.contains(&i.fact)) {
        for level in &i.levels {
            let sql = Cells::sql(&i.fact, *level, &[i]);
            if let Err(e) = session.query(&format!("indicator `{}`", i.id), &sql, [i.fact.as_str()]) {
                errors.push(e);
                break;
            }
        }
    }
    for r in schemas.rollups.iter().filter(|r| session.contains(&r.fact)) {
        if let Err(e) = count(r, &session) {
            errors.push(e);
        }
    }
    Ok(errors)
}

fn closure_order<'b>(book: &'b FactBook, names: &[&str]) -> Vec<&'b str> {
    book.closure(names).iter().map(|f| f.name.as_str()).collect()
}
