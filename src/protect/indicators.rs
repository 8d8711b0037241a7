//! What the tables of indicators hide, block by block.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::blocks::{
    Block, BlockHidden, EarlierEditions, Hiding, Lookup, Proof, counts_people, is_of_period, nodes_of, padded,
    shares_denominator, shorter,
};
use super::last_resort::MOST_PROGRAMS;
use super::linked_parts::{ForcedCells, PartLinks};
use super::periods::{PeriodsHidden, hide_periods};
use super::rate::{Family, Rate, protect};
use super::round_indicators;
use super::tree::{DivisionTree, Tree};
use super::windows::{CellFlags, WindowFaults, adds_up, window_series};
use crate::schema::Indicator;
use crate::schema::disclosure::PublicPolicy;
use crate::schema::fact::quantity;
use crate::schema::indicator::Denominator;

/// Hides what must be hidden of every block, and what is forced besides.
pub(super) fn hide(
    indicators: &[Indicator],
    policy: &PublicPolicy,
    divisions: &DivisionTree,
    blocks: &[Block],
    (earlier, forced): (&EarlierEditions, &ForcedCells),
) -> (Vec<BlockHidden>, Vec<PeriodsHidden>) {
    let full = &divisions.tree;
    let mut out: Vec<Option<BlockHidden>> = blocks.iter().map(|_| None).collect();
    let IndicatorGroups { families, alone, of_periods } = IndicatorGroups::of(indicators, policy, full, blocks);
    let known = Lookup(earlier);
    let all = Hiding { indicators, policy, tree: full, blocks, known, forced, windows: &[] };
    let rounds = policy.base.is_some();
    if rounds {
        hide_each(&families, &mut out, |family| round_indicators::hide(&all, family, None));
    } else {
        hide_beside_windows(&all, &families, &mut out);
    }
    let mut hidden_of: HashMap<(String, i32), Vec<bool>> = HashMap::new();
    for (key, family) in &families {
        let of_first = out[family[0]].as_ref().map(|h| h.d.clone());
        hidden_of.entry(key.clone()).or_insert_with(|| of_first.unwrap_or_default());
    }
    let of_alone: Vec<BlockHidden> = alone
        .par_iter()
        .map(|at| {
            let i = &indicators[blocks[*at].indicator as usize];
            // The same number stands elsewhere as a denominator.
            let same = hidden_of.get(&(quantity(&i.fact, &i.numerator.sql()), blocks[*at].e_day));
            match rounds {
                true => round_indicators::hide(&all, &[*at], same).remove(0),
                false => hide_alone(&all, *at, same),
            }
        })
        .collect();
    for (at, h) in alone.into_iter().zip(of_alone) {
        out[at] = Some(h);
    }
    let mut periods = Vec::new();
    for (indicator, of_indicator) in of_periods {
        if let Some((hidden, cube)) = hide_periods(&all, indicator, &of_indicator) {
            periods.extend(cube);
            for (at, h) in of_indicator.into_iter().zip(hidden) {
                out[at] = Some(h);
            }
        }
    }
    let nodes = full.len();
    let nothing = || BlockHidden {
        n: vec![false; nodes],
        d: vec![false; nodes],
        small: vec![false; nodes],
        earlier: vec![false; nodes],
        watched: None,
        witness: Proof::Nothing,
    };
    (out.into_iter().map(|h| h.unwrap_or_else(nothing)).collect(), periods)
}

/// Hides what must be hidden of families, so that no window that is shown tells beside another of few people.
fn hide_beside_windows(all: &Hiding<'_>, families: &[IndicatorFamily], out: &mut [Option<BlockHidden>]) {
    let told = told_windows(all);
    let EarlierEditions { open, as_of, .. } = all.known.0;
    let series = window_series(all.indicators, all.policy, all.tree, all.blocks, (&told, open, *as_of));
    let mut windows: Vec<Option<CellFlags>> = all.blocks.iter().map(|_| None).collect();
    for (nodes, series) in &series {
        let is_hidden = |block: usize, side: usize, node: usize| {
            let before = all.known.of(block, node);
            let was_hidden = before.is_some_and(|k| if side == 0 { k.hidden } else { k.hidden_d && !k.shown_d });
            was_hidden || all.forces(block, side, node)
        };
        for (block, flags) in series.choose(*nodes, &is_hidden) {
            windows[block] = Some(flags);
        }
    }
    loop {
        hide_families(&Hiding { windows: &windows, ..*all }, families, out);
        let hides = |block: usize, side: usize, node: usize| {
            out[block].as_ref().is_some_and(|of| if side == 0 { of.n[node] } else { of.d[node] })
        };
        // What is hidden for others may be what would tell as well, and what is left stands beside others than before.
        let found = series.iter().flat_map(|(nodes, series)| {
            let WindowFaults { shown, watched } = series.audit(*nodes, &hides);
            shown.into_iter().chain(watched)
        });
        let more: Vec<_> = found
            .filter(|(block, side, node)| windows[*block].as_ref().is_none_or(|flags| !flags[*side][*node]))
            .collect();
        if more.is_empty() {
            return;
        }
        for (block, side, node) in more {
            let full = all.tree.len();
            windows[block].get_or_insert_with(|| [vec![false; full], vec![false; full]])[side][node] = true;
        }
    }
}

/// What earlier editions showed of the blocks of windows.
fn told_windows(all: &Hiding<'_>) -> Vec<Option<CellFlags>> {
    let of_block = |(at, block): (usize, &Block)| {
        let cells = all.known.0.cells.get(at).filter(|cells| !cells.is_empty());
        let cells = cells.filter(|_| adds_up(&all.indicators[block.indicator as usize]))?;
        Some([cells.iter().map(|k| k.shown_n).collect(), cells.iter().map(|k| k.shown_d).collect()])
    };
    all.blocks.iter().enumerate().map(of_block).collect()
}

/// Hides what must be hidden of families, and of those that are linked with others until no cell is the difference of
/// two that are shown.
fn hide_families(all: &Hiding<'_>, families: &[IndicatorFamily], out: &mut [Option<BlockHidden>]) {
    let links = PartLinks::of(all.policy, all.indicators, all.blocks);
    let mut forced: ForcedCells = all.forced.to_vec();
    let mut open: Vec<IndicatorFamily> = families.to_vec();
    while !open.is_empty() {
        let knowing = Hiding { forced: &forced, ..*all };
        hide_each(&open, out, |family| hide_family(&knowing, family));
        let more = links.close((all.blocks, all.known), out, &mut forced);
        open = families.iter().filter(|(_, f)| f.iter().any(|at| more.contains(at))).cloned().collect();
    }
}

fn hide_each(
    families: &[IndicatorFamily],
    out: &mut [Option<BlockHidden>],
    hide: impl Fn(&[usize]) -> Vec<BlockHidden> + Sync,
) {
    let hidden: Vec<Vec<BlockHidden>> = families.par_iter().map(|(_, family)| hide(family)).collect();
    for ((_, family), hidden) in families.iter().zip(hidden) {
        for (at, h) in family.iter().zip(hidden) {
            out[*at] = Some(h);
        }
    }
}

/// What a denominator counts and its day, and the rates that share it.
type IndicatorFamily = ((String, i32), Vec<usize>);

/// Blocks that are looked at together.
pub(super) struct IndicatorGroups {
    /// Rates that share a denominator, with what it counts and its day: they hide the same of it.
    pub families: Vec<IndicatorFamily>,
    pub alone: Vec<usize>,
    /// Numbers of periods, by indicator.
    pub of_periods: BTreeMap<u16, Vec<usize>>,
}

impl IndicatorGroups {
    pub fn of(indicators: &[Indicator], policy: &PublicPolicy, full: &Tree, blocks: &[Block]) -> Self {
        let mut families: BTreeMap<(String, usize, i64, i32), Vec<Vec<usize>>> = BTreeMap::new();
        let mut alone: Vec<usize> = Vec::new();
        let mut of_periods: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
        for (at, block) in blocks.iter().enumerate() {
            let i = &indicators[block.indicator as usize];
            if !counts_people(i) {
                continue;
            }
            match &i.denominator {
                _ if is_of_period(i) => of_periods.entry(block.indicator).or_default().push(at),
                Denominator::Part(part) if shares_denominator(i) => {
                    let key = (
                        quantity(&i.fact, &part.sql()),
                        nodes_of(i, policy, full),
                        policy.per_person(&i.id),
                        block.e_day,
                    );
                    let same = families.entry(key).or_default();
                    match same.iter_mut().find(|f| blocks[f[0]].d == block.d) {
                        Some(family) => family.push(at),
                        None => same.push(vec![at]),
                    }
                }
                _ => alone.push(at),
            }
        }
        let families = families
            .into_iter()
            .flat_map(|((quantity, _, _, e_day), all)| all.into_iter().map(move |f| ((quantity.clone(), e_day), f)))
            .collect();
        IndicatorGroups { families, alone, of_periods }
    }
}

fn hide_family(all: &Hiding<'_>, family: &[usize]) -> Vec<BlockHidden> {
    let Hiding { indicators, policy, tree: full, blocks, known, .. } = all;
    let first = &indicators[blocks[family[0]].indicator as usize];
    let nodes = nodes_of(first, policy, full);
    let tree = shorter(full, nodes);
    let d: Vec<i64> = blocks[family[0]].d[..nodes].iter().map(|d| (*d).max(0)).collect();
    let limit = family.iter().map(|b| policy.largest_small(&indicators[blocks[*b].indicator as usize].id)).max();
    let limit = limit.unwrap_or(policy.smallest - 1);
    let small = |value: i64| (1..=limit).contains(&value);
    let cost = |node: usize, value: i64| policy.weights[tree.level[node] as usize] * (value as u64 + 1);
    let small_d: Vec<bool> = d.iter().map(|d| small(*d)).collect();
    let [watched_d, mut forced_d] = [Hiding::watches, Hiding::forces]
        .map(|says| -> Vec<bool> { (0..nodes).map(|node| family.iter().any(|at| says(all, *at, 1, node))).collect() });
    let mut behind_d = vec![false; nodes];
    let mut fixed_d: Vec<bool> = d.iter().map(|d| *d == 0).collect();
    let mut rates = Vec::new();
    let mut smalls = Vec::new();
    let mut earlier = Vec::new();
    for at in family {
        let n = &blocks[*at].n[..nodes];
        let is_small = |i: usize| small(n[i]) || small_d[i] || small(d[i] - n[i]);
        let watched: Vec<bool> = (0..nodes).map(|i| all.watches(*at, 0, i)).collect();
        let small_n: Vec<bool> = (0..nodes).map(|i| is_small(i) || watched[i] || watched_d[i]).collect();
        let mut forced = vec![false; nodes];
        let mut fixed: Vec<bool> = d.iter().map(|d| *d == 0).collect();
        let mut known_n = vec![false; nodes];
        for node in 0..nodes {
            if let Some(known) = known.of(*at, node) {
                forced[node] |= known.hidden;
                fixed[node] |= known.shown_n && !small_n[node] && !known.hidden;
                fixed_d[node] |= known.shown_d && !small_d[node];
                forced_d[node] |= known.hidden_d && !known.shown_d;
                // The numerator is known from before: what is small beside it hides behind the denominator.
                behind_d[node] |= small_n[node] && known.shown_n && !known.shown_d;
                known_n[node] |= known.shown_n;
            }
        }
        let costs = (0..nodes).map(|i| cost(i, n[i])).collect();
        earlier.push(forced.clone());
        for (node, forced) in forced.iter_mut().enumerate() {
            *forced |= all.forces(*at, 0, node);
        }
        smalls.push((0..nodes).map(is_small).collect::<Vec<bool>>());
        let known = known_n;
        rates.push(Rate { numerators: n, small: small_n, watched, forced, fixed, known, costs, bounded: true });
    }
    let costs = (0..nodes).map(|i| cost(i, d[i]) * family.len() as u64).collect();
    let of_all = Family {
        tree: &tree,
        denominators: Some(&d),
        small: small_d,
        behind: behind_d,
        watched: watched_d.clone(),
        forced: forced_d,
        fixed: fixed_d,
        costs,
        rates,
        width: policy.width(),
        largest_small: limit,
        programs: MOST_PROGRAMS,
    };
    let of_rates: Vec<Vec<bool>> = of_all.rates.iter().map(|rate| rate.watched.clone()).collect();
    let hidden = protect(&of_all);
    let of_d = padded(hidden.denominators, full.len());
    hidden
        .numerators
        .into_iter()
        .zip(hidden.witnesses)
        .zip(smalls.into_iter().zip(earlier).zip(of_rates))
        .map(|((n, witness), ((small, earlier), watched))| BlockHidden {
            n: padded(n, full.len()),
            d: of_d.clone(),
            small: padded(small, full.len()),
            earlier: padded(earlier, full.len()),
            watched: watched_of(watched, &watched_d, full.len()),
            witness: Proof::Tables(Box::new(witness)),
        })
        .collect()
}

/// What is watched of a block, of all nodes; nothing where nothing is.
fn watched_of(n: Vec<bool>, d: &[bool], nodes: usize) -> Option<CellFlags> {
    (n.contains(&true) || d.contains(&true)).then(|| [padded(n, nodes), padded(d.to_vec(), nodes)])
}

/// A count, or a rate over something that is nobody's.
fn hide_alone(all: &Hiding<'_>, at: usize, same: Option<&Vec<bool>>) -> BlockHidden {
    let Hiding { policy, tree: full, known, .. } = all;
    let (i, block) = (all.indicator(at), &all.blocks[at]);
    let nodes = nodes_of(i, policy, full);
    let tree = shorter(full, nodes);
    let n = &block.n[..nodes];
    let limit = policy.largest_small(&i.id);
    let small: Vec<bool> = n.iter().map(|n| (1..=limit).contains(n)).collect();
    let mut forced: Vec<bool> =
        (0..nodes).map(|node| same.is_some_and(|s| s[node]) || all.forces(at, 0, node)).collect();
    let mut earlier = vec![false; nodes];
    let mut fixed: Vec<bool> = n.iter().map(|n| *n == 0).collect();
    for node in 0..nodes {
        if let Some(known) = known.of(at, node) {
            forced[node] |= known.hidden;
            earlier[node] = known.hidden;
            fixed[node] |= known.shown_n && !small[node] && !known.hidden;
        }
    }
    let costs: Vec<u64> =
        (0..nodes).map(|node| policy.weights[tree.level[node] as usize] * (n[node] as u64 + 1)).collect();
    let known = vec![false; nodes];
    let (watched, costs_n) = (Vec::new(), costs.clone());
    let rate =
        Rate { numerators: n, small: small.clone(), watched, forced, fixed, known, costs: costs_n, bounded: false };
    let family = Family {
        tree: &tree,
        denominators: None,
        small: vec![false; nodes],
        behind: vec![false; nodes],
        watched: Vec::new(),
        forced: vec![false; nodes],
        fixed: vec![false; nodes],
        costs,
        rates: vec![rate],
        width: policy.width(),
        largest_small: limit,
        programs: MOST_PROGRAMS,
    };
    let mut hidden = protect(&family);
    BlockHidden {
        n: padded(hidden.numerators.remove(0), full.len()),
        d: vec![false; full.len()],
        small: padded(small, full.len()),
        earlier: padded(earlier, full.len()),
        watched: None,
        witness: Proof::Tables(Box::new(hidden.witnesses.remove(0))),
    }
}
