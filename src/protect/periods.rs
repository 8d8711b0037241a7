//! Numbers of the days of a period: months add up to quarters, and a change looks at the year before.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::batch::NULL;
use super::blocks::{Block, BlockHidden, Hiding, Proof, nodes_of, shorter};
use super::counted_again::{RowTime, RowsCountedAgain};
use super::cube::{self, Cube, CubeHidden, CubeMeasure, CubeSlot};
use super::cube_program::MOST_PROGRAMS;
use super::growing_rows::GrowingRows;
use super::late_rows;
use super::open_periods::{OpenPeriods, YearBefore};
use super::period_names::{longer, year_before};
use super::rollups::RollupRows;
use super::round_indicators::rounding_of;
use super::rounding::Rounding;
use super::tree::Tree;
use crate::schema::indicator::Unit;

/// Where a cell of a block stands in the cube: its own row and that of the year before, where there are any.
pub(super) struct PeriodPlace {
    /// Which of the blocks of the indicator.
    pub block: usize,
    pub node: usize,
    pub now: Option<usize>,
    pub before: Option<usize>,
    /// The rows that the year before adds up from, where it has none of its own.
    pub before_parts: Vec<usize>,
}

impl PeriodPlace {
    /// Whether the number of the year before is hidden.
    fn hides_before(&self, hidden: &[bool]) -> bool {
        self.before.iter().chain(&self.before_parts).any(|row| hidden[*row])
    }

    /// Whether the number of the year before, which has no row of its own, changes enough with these rows: `width` is
    /// how much is enough, `cells` are the rows with how many times `change` each changes.
    pub fn parts_change(&self, cells: impl Iterator<Item = (usize, i64)>, change: i64, width: i64) -> bool {
        let net: i64 = cells.filter(|(row, _)| self.before_parts.contains(row)).map(|(_, times)| times).sum();
        net.abs() * change >= width
    }
}

/// All periods of an indicator, and those of the years before.
pub(super) struct Periods {
    tree: Tree,
    /// The period of each time; of some the same days of the year before alone.
    pub times: Vec<String>,
    time_parent: Vec<u32>,
    pub rows: Vec<[u32; 3]>,
    values: Vec<i64>,
    pub places: Vec<PeriodPlace>,
    /// Rows of periods that go on, with those of the shortest periods in them.
    pub growing: GrowingRows,
    /// Rows of the year before to which something came late.
    pub counted_again: RowsCountedAgain,
}

/// What the periods of an indicator hide, and the moves that keep them open.
pub(super) struct PeriodsHidden {
    pub indicator: u16,
    pub hidden: CubeHidden,
}

/// Hides the cells of an indicator that its periods must hide: those that are small, and those from whose sums or
/// differences with other periods a small one follows. `None` when nothing is small.
pub(super) fn hide_periods(
    all: &Hiding<'_>,
    indicator: u16,
    of_indicator: &[usize],
) -> Option<(Vec<BlockHidden>, Option<PeriodsHidden>)> {
    let i = &all.indicators[indicator as usize];
    let nodes = nodes_of(i, all.policy, all.tree);
    let limit = all.policy.largest_small(&i.id);
    let small = |value: i64| (1..=limit).contains(&value);
    if !of_indicator.iter().any(|at| has_small(&all.blocks[*at], nodes, limit)) {
        return None;
    }
    let full = all.tree.len();
    if i.unit != Unit::PercentChange {
        // Nothing is declared like this; without a proof of its own, all of it is hidden.
        let everything = || BlockHidden {
            n: vec![true; full],
            d: vec![true; full],
            small: vec![true; full],
            earlier: vec![false; full],
            watched: None,
            witness: Proof::Everything,
        };
        return Some((of_indicator.iter().map(|_| everything()).collect(), None));
    }
    let periods = Periods::of(all.blocks, all.tree, of_indicator, nodes);
    let (hidden, watched) = periods.hide(all, of_indicator, &small);
    let moves = || BlockHidden {
        n: vec![false; full],
        d: vec![false; full],
        small: vec![false; full],
        earlier: vec![false; full],
        watched: None,
        witness: Proof::Moves,
    };
    let mut out: Vec<BlockHidden> = of_indicator.iter().map(|_| moves()).collect();
    for place in &periods.places {
        let of = &mut out[place.block];
        let hides = |row: Option<usize>| row.is_some_and(|r| hidden.hidden[r]);
        let hides_before = place.hides_before(&hidden.hidden);
        let is_small = |row: Option<usize>| row.is_some_and(|r| hidden.small[r] || watched[r]);
        of.d[place.node] = hides_before;
        of.n[place.node] = hides(place.now) || hides_before;
        let small_before = match place.before_parts.is_empty() {
            true => is_small(place.before),
            false => small(all.blocks[of_indicator[place.block]].d[place.node]),
        };
        of.small[place.node] = is_small(place.now) || small_before;
    }
    Some((out, Some(PeriodsHidden { indicator, hidden })))
}

/// Whether a number, its year before or their difference is small anywhere.
pub(super) fn has_small(block: &Block, nodes: usize, limit: i64) -> bool {
    let small = |value: i64| (1..=limit).contains(&value);
    let (n, d) = (&block.n, &block.d);
    (0..nodes).any(|node| small(n[node]) || small(d[node]) || (d[node] != NULL && small(d[node] - n[node])))
}

impl Periods {
    /// The rows of the blocks of an indicator, in an order that their numbers alone decide.
    pub fn of(blocks: &[Block], full: &Tree, of_indicator: &[usize], nodes: usize) -> Self {
        let open = OpenPeriods::of(blocks, of_indicator);
        // Each period of this year and of the year before.
        let mut names: BTreeMap<(String, Option<i32>), u32> = BTreeMap::new();
        let mut times: Vec<String> = Vec::new();
        let mut time_of = |name: &str, until: Option<i32>| {
            *names.entry((name.to_owned(), until)).or_insert_with(|| {
                times.push(name.to_owned());
                times.len() as u32 - 1
            })
        };
        let counted: Vec<&[i64]> = of_indicator.iter().map(|at| &blocks[*at].n[..nodes]).collect();
        let before: Vec<&[i64]> = of_indicator.iter().map(|at| &blocks[*at].d[..nodes]).collect();
        let mut times_of: Vec<(u32, Option<u32>)> = Vec::new();
        let mut again = Vec::new();
        for (at, name) in open.names.iter().enumerate() {
            let earlier = year_before(name);
            let before = match open.year_before(at, (&counted, &before)) {
                YearBefore::Whole => Some(time_of(&earlier, None)),
                YearBefore::Until(day) => Some(time_of(&earlier, Some(day))),
                YearBefore::Parts => None,
                YearBefore::Again(day) => {
                    again.push((at, time_of(&earlier, Some(day))));
                    again.last().map(|(_, time)| *time)
                }
            };
            times_of.push((time_of(name, None), before));
        }
        let mut time_parent: Vec<u32> = (0..times.len() as u32).collect();
        for ((name, until), at) in &names {
            let above = longer(name).into_iter().find_map(|p| names.get(&(p, None)));
            if let Some(parent) = above.filter(|_| until.is_none()) {
                time_parent[*at as usize] = *parent;
            }
        }
        let mut value: BTreeMap<[u32; 3], i64> = BTreeMap::new();
        for (at, (now, before)) in of_indicator.iter().zip(&times_of) {
            let b = &blocks[*at];
            for node in 0..nodes {
                for (time, number) in before.iter().map(|t| (*t, b.d[node])).chain([(*now, b.n[node])]) {
                    if number > 0 {
                        value.insert([node as u32, 0, time], number);
                    }
                }
            }
        }
        let row_of: HashMap<[u32; 3], usize> = value.keys().enumerate().map(|(at, k)| (*k, at)).collect();
        let row = |node: usize, time: Option<u32>| row_of.get(&[node as u32, 0, time?]).copied();
        let mut places = Vec::new();
        let mut growing = Vec::new();
        for (block, (now, before)) in times_of.iter().enumerate() {
            let parts = open.parts(block);
            for node in 0..nodes {
                let (now, own) = (row(node, Some(*now)), row(node, *before));
                let nows = || parts.iter().filter_map(|part| row(node, Some(times_of[*part].0))).collect();
                let befores = || parts.iter().filter_map(|part| row(node, times_of[*part].1)).collect();
                if !parts.is_empty() {
                    growing.extend(now.map(|now| (now, nows())));
                    growing.extend(own.map(|own| (own, befores())));
                }
                let before_parts = if before.is_none() { befores() } else { Vec::new() };
                places.push(PeriodPlace { block, node, now, before: own, before_parts });
            }
        }
        let counted_again = RowsCountedAgain::of(&open, &again, (&counted, &before), |node, time| match time {
            RowTime::Of(time) => row(node, Some(time)),
            RowTime::OfBlock(block) => row(node, Some(times_of[block].0)),
        });
        Periods {
            tree: shorter(full, nodes),
            times,
            time_parent,
            rows: value.keys().copied().collect(),
            values: value.values().copied().collect(),
            places,
            growing: GrowingRows(growing),
            counted_again,
        }
    }

    /// Whether some number of the year before is of some days of a period that stands as a whole as well.
    pub fn has_parts_of_years(&self) -> bool {
        let mut seen = HashSet::new();
        let stands_twice = !self.times.iter().all(|time| seen.insert(time));
        stands_twice || self.places.iter().any(|place| !place.before_parts.is_empty())
    }

    /// Its places, and its rows as those of a rollup that has one measure and no dimensions.
    pub fn into_rollup(self, rounding: Option<Rounding>) -> (Vec<PeriodPlace>, RollupRows) {
        let rows = RollupRows {
            of_file: (0..self.rows.len() as u32).collect(),
            same_as: (0..self.rows.len() as u32).collect(),
            file_rows: self.rows.len(),
            rows: self.rows,
            slots: vec![CubeSlot::All],
            slot_names: vec![Vec::new()],
            times: Vec::new(),
            time_parent: self.time_parent,
            goes_on: Vec::new(),
            crossed: None,
            dimensions: 0,
            single: Vec::new(),
            measures: vec![("numerator".to_owned(), CubeMeasure { leading: true, at_most: None, rounding })],
            values: vec![self.values],
            summed: Some(0),
            tree: self.tree,
        };
        (self.places, rows)
    }

    /// Also gives rows that are watched: what is left between them and another is small.
    fn hide(&self, all: &Hiding<'_>, of_indicator: &[usize], small: &dyn Fn(i64) -> bool) -> (CubeHidden, Vec<bool>) {
        let rounding = rounding_of(all.policy, all.indicator(of_indicator[0]));
        let SettledPeriods { mut forced, watched, fixed, known } = self.settled(all, of_indicator, small);
        let weight = |row: &[u32; 3]| all.policy.weights[self.tree.level[row[0] as usize] as usize];
        let costs: Vec<u64> =
            self.rows.iter().zip(&self.values).map(|(row, v)| weight(row) * (*v as u64 + 1)).collect();
        let growing = self.growing.clone().without(|row| fixed[row]);
        loop {
            for row in 0..if rounding.is_none() { self.rows.len() } else { 0 } {
                forced[row] |= watched[row];
            }
            let of_periods = Cube {
                tree: &self.tree,
                time_parent: self.time_parent.clone(),
                slots: vec![CubeSlot::All],
                crossed: None,
                dimensions: 0,
                single: Vec::new(),
                measures: vec![CubeMeasure { leading: true, at_most: None, rounding }],
                rows: self.rows.clone(),
                values: vec![self.values.clone()],
                in_table: self.rows.len(),
                fixed: fixed.clone(),
                known: known.clone(),
                forced: forced.clone(),
                watched: watched.clone(),
                watched_lightly: false,
                hasty: false,
                costs: costs.clone(),
                width: all.policy.width(),
                programs: MOST_PROGRAMS,
            };
            let mut hidden = cube::protect_periods(of_periods, &self.values);
            // A row whose year before is hidden shows no number of this year either.
            let without_before = self.places.iter().filter(|place| place.hides_before(&hidden.hidden));
            let mut more: Vec<usize> =
                without_before.filter_map(|place| place.now).filter(|now| !hidden.hidden[*now]).collect();
            more.extend(growing.telling(&hidden.hidden));
            more.extend(self.counted_again.telling(&hidden.hidden).into_iter().filter(|row| !fixed[*row]));
            let given_away = match rounding {
                None => self.given_away(&hidden, all.policy.width(), |place| {
                    small(all.blocks[of_indicator[place.block]].d[place.node])
                }),
                Some(_) => Vec::new(),
            };
            let years =
                |place: &&PeriodPlace| self.whole_year_before(place).filter(|y| !hidden.hidden[*y] && !fixed[*y]);
            more.extend(given_away.iter().filter_map(years));
            if more.iter().all(|row| forced[*row]) {
                hidden.failed.extend(given_away.iter().map(|place| place.before_parts[0] as u32));
                return (hidden, watched);
            }
            for (forced, hidden) in forced.iter_mut().zip(&hidden.hidden) {
                *forced |= hidden;
            }
            more.into_iter().for_each(|row| forced[row] = true);
        }
    }

    /// What is known of each row, and what must be hidden whatever else is.
    fn settled(&self, all: &Hiding<'_>, of_indicator: &[usize], small: &dyn Fn(i64) -> bool) -> SettledPeriods {
        let [mut forced, mut watched, mut fixed, mut known] = [(); 4].map(|()| vec![false; self.rows.len()]);
        let rounds = all.policy.base.is_some();
        for place in &self.places {
            let b = &all.blocks[of_indicator[place.block]];
            let Some(before) = all.known.of(of_indicator[place.block], place.node) else { continue };
            let own = (place.now, b.n[place.node], [before.hidden, before.shown_n, before.exact_n]);
            let d = (place.before, b.d[place.node], [before.hidden_d, before.shown_d, before.exact_d]);
            for (row, number, [was_hidden, was_shown, was_exact]) in [own, d] {
                let Some(row) = row else { continue };
                let is_told = was_shown && !was_hidden && !small(number);
                forced[row] |= was_hidden;
                fixed[row] |= is_told;
                known[row] |= if rounds { was_exact && !small(number) } else { is_told };
            }
        }
        for [again, published] in self.counted_again.unchanged() {
            for of in [&mut forced, &mut fixed, &mut known] {
                of[again] |= of[published];
            }
        }
        self.counted_again
            .of_few(small)
            .chain(self.with_few_late(small))
            .filter(|row| !fixed[*row])
            .for_each(|row| watched[row] = true);
        // A number may stand in two places: what one of them showed is known.
        for (forced, fixed) in forced.iter_mut().zip(&fixed) {
            *forced &= !fixed;
        }
        for place in &self.places {
            let b = &all.blocks[of_indicator[place.block]];
            let (n, d) = (b.n[place.node], b.d[place.node]);
            // Of the difference an outsider may know the one side: the other keeps it open.
            let is_open = |row: &usize| !known[*row];
            if let Some(row) = place.now.filter(is_open).or(place.before).filter(|_| d != NULL && small(d - n)) {
                watched[row] = true;
            }
        }
        SettledPeriods { forced, watched, fixed, known }
    }

    /// Small numbers of the year before that have no row of their own, and that no move keeps open.
    fn given_away(
        &self,
        hidden: &CubeHidden,
        width: i64,
        is_small: impl Fn(&PeriodPlace) -> bool,
    ) -> Vec<&PeriodPlace> {
        let is_open = |place: &PeriodPlace| {
            hidden.moves.iter().any(|m| {
                let cells = m.cells.iter().map(|(row, times)| (*row as usize, i64::from(*times)));
                place.parts_change(cells, m.up + m.down, width)
            })
        };
        let alone = self.places.iter().filter(|place| !place.before_parts.is_empty());
        alone.filter(|place| is_small(place) && !is_open(place)).collect()
    }

    /// Rows of longer periods to which few came late that are in none of its closed parts.
    pub fn with_few_late(&self, small: &dyn Fn(i64) -> bool) -> Vec<usize> {
        late_rows::with_few_late(&self.rows, &self.values, &self.time_parent, small)
    }

    /// The row of the whole period of which a place has part of the days alone.
    fn whole_year_before(&self, place: &PeriodPlace) -> Option<usize> {
        let part = self.rows[*place.before_parts.first()?];
        let mut time = part[2];
        while self.time_parent[time as usize] != time {
            time = self.time_parent[time as usize];
        }
        self.rows.binary_search(&[part[0], part[1], time]).ok()
    }
}

/// What is known of rows of periods before any is hidden.
struct SettledPeriods {
    forced: Vec<bool>,
    watched: Vec<bool>,
    /// Told before, so that hiding them is in vain.
    fixed: Vec<bool>,
    /// The same, and no guess at them can be another.
    known: Vec<bool>,
}
