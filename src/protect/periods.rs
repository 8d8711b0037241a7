//! Numbers of the days of a period: months add up to quarters, and a change looks at the year before.

use std::collections::{BTreeMap, HashMap};

use super::batch::NULL;
use super::blocks::{Block, BlockHidden, Hiding, Proof, nodes_of, shorter};
use super::cube::{self, Cube, CubeHidden, CubeMeasure, CubeSlot};
use super::last_resort::MOST_PROGRAMS;
use super::period_names::longer;
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
}

/// All periods of an indicator, and those of the years before.
pub(super) struct Periods {
    tree: Tree,
    time_parent: Vec<u32>,
    pub rows: Vec<[u32; 3]>,
    values: Vec<i64>,
    pub places: Vec<PeriodPlace>,
}

/// What the periods of an indicator hide, and the moves that keep them open.
pub(super) struct PeriodsHidden {
    pub indicator: u16,
    pub hidden: CubeHidden,
}

/// Hides what the blocks of an indicator must hide, which are of the days of their periods; `None` when nothing of
/// them is small.
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
        witness: Proof::Moves,
    };
    let mut out: Vec<BlockHidden> = of_indicator.iter().map(|_| moves()).collect();
    for place in &periods.places {
        let of = &mut out[place.block];
        let hides = |row: Option<usize>| row.is_some_and(|r| hidden.hidden[r]);
        let is_small = |row: Option<usize>| row.is_some_and(|r| hidden.small[r] || watched[r]);
        of.d[place.node] = hides(place.before);
        of.n[place.node] = hides(place.now) || hides(place.before);
        of.small[place.node] = is_small(place.now) || is_small(place.before);
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
        let name_of = |at: usize| blocks[at].period.clone().unwrap_or_default();
        // Each period of this year and of the year before.
        let mut names: BTreeMap<String, u32> = BTreeMap::new();
        for at in of_indicator {
            for name in [year_before(&name_of(*at)), name_of(*at)] {
                let next = names.len() as u32;
                names.entry(name).or_insert(next);
            }
        }
        let mut time_parent: Vec<u32> = (0..names.len() as u32).collect();
        for (name, at) in &names {
            if let Some(parent) = longer(name).into_iter().find_map(|p| names.get(&p)) {
                time_parent[*at as usize] = *parent;
            }
        }
        let times = |at: usize| (names[&name_of(at)], names[&year_before(&name_of(at))]);
        let mut value: BTreeMap<[u32; 3], i64> = BTreeMap::new();
        for at in of_indicator {
            let b = &blocks[*at];
            let (now, before) = times(*at);
            for node in 0..nodes {
                for (time, number) in [(before, b.d[node]), (now, b.n[node])] {
                    if number > 0 {
                        value.insert([node as u32, 0, time], number);
                    }
                }
            }
        }
        let row_of: HashMap<[u32; 3], usize> = value.keys().enumerate().map(|(at, k)| (*k, at)).collect();
        let mut places = Vec::new();
        for (block, at) in of_indicator.iter().enumerate() {
            let (now, before) = times(*at);
            for node in 0..nodes {
                let row = |time| row_of.get(&[node as u32, 0, time]).copied();
                places.push(PeriodPlace { block, node, now: row(now), before: row(before) });
            }
        }
        Periods {
            tree: shorter(full, nodes),
            time_parent,
            rows: value.keys().copied().collect(),
            values: value.values().copied().collect(),
            places,
        }
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
        let rows = self.rows.len();
        let (mut forced, mut watched, mut fixed) = (vec![false; rows], vec![false; rows], vec![false; rows]);
        let mut exact = vec![false; rows];
        let rounding = rounding_of(all.policy, all.indicator(of_indicator[0]));
        for place in &self.places {
            let b = &all.blocks[of_indicator[place.block]];
            let small_rest = b.d[place.node] != NULL && small(b.d[place.node] - b.n[place.node]);
            if let Some(now) = place.now {
                // Of the difference an outsider may know the one side: the other keeps it open.
                watched[now] |= small_rest;
                if let Some(known) = all.known.of(of_indicator[place.block], place.node) {
                    forced[now] |= known.hidden;
                    fixed[now] |= known.shown_n && !known.hidden && !small(b.n[place.node]);
                    exact[now] |= rounding.is_some() && known.exact_n && !small(b.n[place.node]);
                }
            } else if let Some(before) = place.before.filter(|_| small_rest) {
                watched[before] = true;
            }
        }
        let weight = |row: &[u32; 3]| all.policy.weights[self.tree.level[row[0] as usize] as usize];
        let costs: Vec<u64> =
            self.rows.iter().zip(&self.values).map(|(row, v)| weight(row) * (*v as u64 + 1)).collect();
        loop {
            for row in 0..if rounding.is_none() { rows } else { 0 } {
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
                in_table: rows,
                fixed: fixed.clone(),
                known: exact.clone(),
                forced: forced.clone(),
                watched: watched.clone(),
                costs: costs.clone(),
                width: all.policy.width(),
                programs: MOST_PROGRAMS,
            };
            let hidden = cube::protect_periods(of_periods, &self.values);
            // A row whose year before is hidden shows no number of this year either.
            let mut more = false;
            for place in &self.places {
                if let (Some(now), Some(before)) = (place.now, place.before)
                    && hidden.hidden[before]
                    && !hidden.hidden[now]
                {
                    forced[now] = true;
                    more = true;
                }
            }
            for (forced, hidden) in forced.iter_mut().zip(&hidden.hidden) {
                *forced |= hidden;
            }
            if !more {
                return (hidden, watched);
            }
        }
    }
}

/// The same period of the year before.
fn year_before(period: &str) -> String {
    let (year, rest) = period.split_at(4.min(period.len()));
    format!("{:04}{rest}", year.parse::<i32>().unwrap_or(1) - 1)
}
