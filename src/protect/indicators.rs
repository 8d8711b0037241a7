//! Indicators of all kinds of periods: one block of cells for each indicator and last day.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use rayon::prelude::*;

use super::batch::{NULL, days, each, flags, texts, wholes};
use super::cube::{self, Cube, CubeHidden, CubeMeasure, Slot};
use super::rate::{Family, Rate, Witness, protect};
use super::tree::{Divisions, Tree};
use crate::error::Result;
use crate::schema::Indicator;
use crate::schema::disclosure::PublicPolicy;
use crate::schema::divisions::Level;
use crate::schema::indicator::{Denominator, Unit};
use crate::schema::{Counts, PeriodKind};

/// The tables of indicators, by kind of period.
pub(super) struct IndicatorFiles {
    pub kinds: Vec<(PeriodKind, PathBuf)>,
    /// The last day that incomplete periods look at.
    pub as_of: i32,
}

/// Rows of all kinds, one after the other.
#[derive(Default)]
pub(super) struct IndicatorRows {
    /// The first row of each kind.
    pub starts: Vec<usize>,
    pub indicator: Vec<u16>,
    pub node: Vec<u32>,
    pub block: Vec<u32>,
    pub n: Vec<i64>,
    pub d: Vec<i64>,
}

/// The cells of an indicator on one last day; the same for every kind of period that ends then.
pub(super) struct Block {
    pub indicator: u16,
    pub e_day: i32,
    /// The period, where the number is of a period.
    pub period: Option<String>,
    pub n: Vec<i64>,
    pub d: Vec<i64>,
}

/// What is known of each cell from earlier editions.
#[derive(Default)]
pub(super) struct Known {
    /// Hidden before, and little changed: must stay hidden.
    pub hidden: bool,
    /// Shown before, with the same number.
    pub shown_n: bool,
    pub shown_d: bool,
}

pub(super) type Earlier = HashMap<(u16, String, u32), Known>;

/// What a block hides, and why that is enough.
pub(super) struct BlockHidden {
    pub n: Vec<bool>,
    pub d: Vec<bool>,
    pub small: Vec<bool>,
    pub earlier: Vec<bool>,
    pub witness: Proof,
}

pub(super) enum Proof {
    /// Nothing counts persons, or nothing is small.
    Nothing,
    Tables(Box<Witness>),
    /// Numbers of periods: rows of a cube that all blocks of the indicator share.
    Moves,
    /// All of it is hidden.
    Everything,
}

/// Reads the tables.
pub(super) fn read(files: &IndicatorFiles, indicators: &[Indicator]) -> Result<(Divisions, IndicatorRows, Vec<Block>)> {
    let ids: HashMap<&str, u16> = indicators.iter().enumerate().map(|(at, i)| (i.id.as_str(), at as u16)).collect();
    let mut divisions = Divisions::default();
    let mut rows = IndicatorRows::default();
    let mut periods: Vec<(String, i32)> = Vec::new();
    let mut of_period: HashMap<(usize, String), u32> = HashMap::new();
    let mut period: Vec<u32> = Vec::new();
    for (kind, (_, path)) in files.kinds.iter().enumerate() {
        rows.starts.push(rows.n.len());
        each(path, |_, batch| {
            let (id, level, code) =
                (texts(batch, "indicator")?, texts(batch, "level")?, texts(batch, "division_code")?);
            let (name, end, complete) =
                (texts(batch, "period")?, days(batch, "period_end")?, flags(batch, "complete")?);
            for row in 0..batch.num_rows() {
                rows.indicator.push(ids.get(id.value(row)).copied().unwrap_or(u16::MAX));
                rows.node.push(divisions.number(level.value(row), code.value(row)));
                let e_day = if complete.value(row) { end.value(row) } else { files.as_of };
                let key = (kind, name.value(row).to_owned());
                let at = *of_period.entry(key).or_insert_with(|| {
                    periods.push((name.value(row).to_owned(), e_day));
                    periods.len() as u32 - 1
                });
                period.push(at);
            }
            rows.n.extend(wholes(batch, "numerator")?);
            rows.d.extend(wholes(batch, "denominator")?);
            Ok(())
        })?;
    }
    let order = divisions.finish();
    for node in &mut rows.node {
        *node = order[*node as usize];
    }
    let nodes = divisions.tree.len();
    // One block a period first; those of one last day that are the same are one.
    let mut blocks: Vec<Block> = Vec::new();
    let mut of_key: BTreeMap<(u16, u32), u32> = BTreeMap::new();
    rows.block = vec![u32::MAX; rows.n.len()];
    for row in 0..rows.n.len() {
        let indicator = rows.indicator[row];
        if indicator == u16::MAX {
            continue;
        }
        let at = *of_key.entry((indicator, period[row])).or_insert_with(|| {
            let (name, e_day) = &periods[period[row] as usize];
            blocks.push(Block {
                indicator,
                e_day: *e_day,
                period: Some(name.clone()),
                n: vec![0; nodes],
                d: vec![NULL; nodes],
            });
            blocks.len() as u32 - 1
        });
        rows.block[row] = at;
        blocks[at as usize].n[rows.node[row] as usize] = rows.n[row];
        blocks[at as usize].d[rows.node[row] as usize] = rows.d[row];
    }
    let mut kept: Vec<Block> = Vec::new();
    let mut of_day: HashMap<(u16, i32), Vec<u32>> = HashMap::new();
    let mut number: Vec<u32> = Vec::with_capacity(blocks.len());
    for mut block in blocks {
        let of_window = !is_of_period(&indicators[block.indicator as usize]);
        let same = of_day.entry((block.indicator, block.e_day)).or_default();
        let standing = same.iter().copied().find(|at: &u32| {
            let b: &Block = &kept[*at as usize];
            of_window && b.n == block.n && b.d == block.d
        });
        number.push(standing.unwrap_or_else(|| {
            if of_window {
                block.period = None;
            }
            kept.push(block);
            same.push(kept.len() as u32 - 1);
            kept.len() as u32 - 1
        }));
    }
    for block in &mut rows.block {
        if *block != u32::MAX {
            *block = number[*block as usize];
        }
    }
    Ok((divisions, rows, kept))
}

/// Whether a number is of the days of its period, not of a window that ends with it.
fn is_of_period(i: &Indicator) -> bool {
    i.window == crate::schema::indicator::WindowKind::Period
}

fn counts_people(i: &Indicator) -> bool {
    let d = match &i.denominator {
        Denominator::Part(part) => part.counts,
        _ => Counts::Nobody,
    };
    i.numerator.counts != Counts::Nobody || d != Counts::Nobody
}

/// Nodes that an indicator has: its levels reach from the city down.
pub(super) fn nodes_of(i: &Indicator, policy: &PublicPolicy, tree: &Tree) -> usize {
    let lowest = i.levels.iter().min().copied().unwrap_or(Level::City).max(policy.lowest_level);
    tree.level.iter().take_while(|l| **l >= lowest as u8).count()
}

/// Hides what must be hidden of every block.
pub(super) fn hide(
    indicators: &[Indicator],
    policy: &PublicPolicy,
    divisions: &Divisions,
    blocks: &[Block],
    earlier: &Earlier,
) -> (Vec<BlockHidden>, Vec<CubeHidden>) {
    let full = &divisions.tree;
    let mut out: Vec<Option<BlockHidden>> = blocks.iter().map(|_| None).collect();
    // Rates that share a denominator hide the same of it.
    let mut families: BTreeMap<(String, usize, i32), Vec<Vec<usize>>> = BTreeMap::new();
    let mut alone: Vec<usize> = Vec::new();
    let mut of_periods: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for (at, block) in blocks.iter().enumerate() {
        let i = &indicators[block.indicator as usize];
        if !counts_people(i) {
            continue;
        }
        match &i.denominator {
            _ if is_of_period(i) => of_periods.entry(block.indicator).or_default().push(at),
            Denominator::Part(part) if i.unit == Unit::Percent && part.counts != Counts::Nobody => {
                let key = (format!("{} {}", i.fact, part.sql()), nodes_of(i, policy, full), block.e_day);
                let same = families.entry(key).or_default();
                match same.iter_mut().find(|f| blocks[f[0]].d == block.d) {
                    Some(family) => family.push(at),
                    None => same.push(vec![at]),
                }
            }
            _ => alone.push(at),
        }
    }
    let families: Vec<((String, i32), Vec<usize>)> = families
        .into_iter()
        .flat_map(|((quantity, _, e_day), all)| all.into_iter().map(move |f| ((quantity.clone(), e_day), f)))
        .collect();
    let known = &Lookup { earlier, blocks };
    let hidden: Vec<Vec<BlockHidden>> =
        families.par_iter().map(|(_, family)| hide_family(indicators, policy, full, blocks, family, known)).collect();
    let mut hidden_of: HashMap<(String, i32), Vec<bool>> = HashMap::new();
    for ((key, family), hidden) in families.iter().zip(hidden) {
        hidden_of.entry(key.clone()).or_insert_with(|| hidden[0].d.clone());
        for (at, h) in family.iter().zip(hidden) {
            out[*at] = Some(h);
        }
    }
    let of_alone: Vec<BlockHidden> = alone
        .par_iter()
        .map(|at| {
            let i = &indicators[blocks[*at].indicator as usize];
            // The same number stands elsewhere as a denominator.
            let same = hidden_of.get(&(format!("{} {}", i.fact, i.numerator.sql()), blocks[*at].e_day));
            hide_alone(i, policy, full, &blocks[*at], same, known, *at)
        })
        .collect();
    for (at, h) in alone.into_iter().zip(of_alone) {
        out[at] = Some(h);
    }
    let mut cubes = Vec::new();
    for (indicator, of_indicator) in of_periods {
        let i = &indicators[indicator as usize];
        hide_periods(i, policy, full, blocks, &of_indicator, known, &mut out, &mut cubes);
    }
    let nodes = full.len();
    let nothing = || BlockHidden {
        n: vec![false; nodes],
        d: vec![false; nodes],
        small: vec![false; nodes],
        earlier: vec![false; nodes],
        witness: Proof::Nothing,
    };
    (out.into_iter().map(|h| h.unwrap_or_else(nothing)).collect(), cubes)
}

/// What earlier editions told of the cells of blocks.
struct Lookup<'a> {
    earlier: &'a Earlier,
    blocks: &'a [Block],
}

impl Lookup<'_> {
    fn of(&self, block: usize, node: usize) -> Option<&Known> {
        if self.earlier.is_empty() {
            return None;
        }
        let block = &self.blocks[block];
        self.earlier.get(&(block.indicator, key_of(block), node as u32))
    }
}

/// What a block is called from edition to edition.
pub(super) fn key_of(block: &Block) -> String {
    block.period.clone().unwrap_or_else(|| block.e_day.to_string())
}

fn shorter(tree: &Tree, nodes: usize) -> Tree {
    Tree::new(tree.parent[..nodes].to_vec(), tree.level[..nodes].to_vec())
}

fn padded(mut flags: Vec<bool>, nodes: usize) -> Vec<bool> {
    flags.resize(nodes, false);
    flags
}

fn hide_family(
    indicators: &[Indicator],
    policy: &PublicPolicy,
    full: &Tree,
    blocks: &[Block],
    family: &[usize],
    known: &Lookup<'_>,
) -> Vec<BlockHidden> {
    let first = &indicators[blocks[family[0]].indicator as usize];
    let nodes = nodes_of(first, policy, full);
    let tree = shorter(full, nodes);
    let d: Vec<i64> = blocks[family[0]].d[..nodes].iter().map(|d| (*d).max(0)).collect();
    let limit = family.iter().map(|b| policy.largest_small(&indicators[blocks[*b].indicator as usize].id)).max();
    let limit = limit.unwrap_or(policy.smallest - 1);
    let small = |value: i64| (1..=limit).contains(&value);
    let cost = |node: usize, value: i64| policy.weights[tree.level[node] as usize] * (value as u64 + 1);
    let small_d: Vec<bool> = d.iter().map(|d| small(*d)).collect();
    let mut forced_d = vec![false; nodes];
    let mut fixed_d: Vec<bool> = d.iter().map(|d| *d == 0).collect();
    let mut rates = Vec::new();
    let mut smalls = Vec::new();
    let mut earlier = Vec::new();
    for at in family {
        let n = &blocks[*at].n[..nodes];
        let small_n: Vec<bool> = (0..nodes).map(|i| small(n[i]) || small_d[i] || small(d[i] - n[i])).collect();
        let mut forced = vec![false; nodes];
        let mut fixed: Vec<bool> = d.iter().map(|d| *d == 0).collect();
        for node in 0..nodes {
            if let Some(known) = known.of(*at, node) {
                forced[node] |= known.hidden;
                fixed[node] |= known.shown_n && !small_n[node] && !known.hidden;
                fixed_d[node] |= known.shown_d && !small_d[node];
                // The numerator is known from before: what is small beside it hides behind the denominator.
                forced_d[node] |= small_n[node] && known.shown_n && !known.shown_d;
            }
        }
        let costs = (0..nodes).map(|i| cost(i, n[i])).collect();
        earlier.push(forced.clone());
        smalls.push(small_n.clone());
        rates.push(Rate { numerators: n, small: small_n, forced, fixed, costs, bounded: true });
    }
    let costs = (0..nodes).map(|i| cost(i, d[i]) * family.len() as u64).collect();
    let all = Family {
        tree: &tree,
        denominators: Some(&d),
        small: small_d,
        forced: forced_d,
        fixed: fixed_d,
        costs,
        rates,
        width: policy.width(),
        largest_small: limit,
    };
    let hidden = protect(&all);
    let of_d = padded(hidden.denominators, full.len());
    hidden
        .numerators
        .into_iter()
        .zip(hidden.witnesses)
        .zip(smalls.into_iter().zip(earlier))
        .map(|((n, witness), (small, earlier))| BlockHidden {
            n: padded(n, full.len()),
            d: of_d.clone(),
            small: padded(small, full.len()),
            earlier: padded(earlier, full.len()),
            witness: Proof::Tables(Box::new(witness)),
        })
        .collect()
}

/// A count, or a rate over something that is nobody's.
fn hide_alone(
    i: &Indicator,
    policy: &PublicPolicy,
    full: &Tree,
    block: &Block,
    same: Option<&Vec<bool>>,
    known: &Lookup<'_>,
    at: usize,
) -> BlockHidden {
    let nodes = nodes_of(i, policy, full);
    let tree = shorter(full, nodes);
    let n = &block.n[..nodes];
    let limit = policy.largest_small(&i.id);
    let small: Vec<bool> = n.iter().map(|n| (1..=limit).contains(n)).collect();
    let mut forced: Vec<bool> = (0..nodes).map(|node| same.is_some_and(|s| s[node])).collect();
    let mut fixed: Vec<bool> = n.iter().map(|n| *n == 0).collect();
    for node in 0..nodes {
        if let Some(known) = known.of(at, node) {
            forced[node] |= known.hidden;
            fixed[node] |= known.shown_n && !small[node] && !known.hidden;
        }
    }
    let costs: Vec<u64> =
        (0..nodes).map(|node| policy.weights[tree.level[node] as usize] * (n[node] as u64 + 1)).collect();
    let earlier = forced.clone();
    let rate = Rate { numerators: n, small: small.clone(), forced, fixed, costs: costs.clone(), bounded: false };
    let family = Family {
        tree: &tree,
        denominators: None,
        small: vec![false; nodes],
        forced: vec![false; nodes],
        fixed: vec![false; nodes],
        costs,
        rates: vec![rate],
        width: policy.width(),
        largest_small: limit,
    };
    let mut hidden = protect(&family);
    BlockHidden {
        n: padded(hidden.numerators.remove(0), full.len()),
        d: vec![false; full.len()],
        small: padded(small, full.len()),
        earlier: padded(earlier, full.len()),
        witness: Proof::Tables(Box::new(hidden.witnesses.remove(0))),
    }
}

/// Numbers of the days of a period: months add up to quarters, and a change looks at the year before.
#[allow(clippy::too_many_arguments)]
fn hide_periods(
    i: &Indicator,
    policy: &PublicPolicy,
    full: &Tree,
    blocks: &[Block],
    of_indicator: &[usize],
    known: &Lookup<'_>,
    out: &mut [Option<BlockHidden>],
    cubes: &mut Vec<CubeHidden>,
) {
    let nodes = nodes_of(i, policy, full);
    let tree = shorter(full, nodes);
    let limit = policy.largest_small(&i.id);
    let small = |value: i64| (1..=limit).contains(&value);
    let any_small = of_indicator.iter().any(|at| {
        let b = &blocks[*at];
        (0..nodes)
            .any(|node| small(b.n[node]) || small(b.d[node]) || (b.d[node] != NULL && small(b.d[node] - b.n[node])))
    });
    let change = i.unit == Unit::PercentChange;
    if !any_small || !change {
        if any_small {
            // Nothing is declared like this; without a proof of its own, all of it is hidden.
            for at in of_indicator {
                let shown = vec![true; full.len()];
                out[*at] = Some(BlockHidden {
                    n: shown.clone(),
                    d: shown.clone(),
                    small: shown,
                    earlier: vec![false; full.len()],
                    witness: Proof::Everything,
                });
            }
        }
        return;
    }
    // Each period of this year and of the year before.
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    for at in of_indicator {
        let name = blocks[*at].period.clone().unwrap_or_default();
        let next = names.len() as u32;
        names.entry(year_before(&name)).or_insert(next);
        let next = names.len() as u32;
        names.entry(name).or_insert(next);
    }
    let mut time_parent: Vec<u32> = (0..names.len() as u32).collect();
    for (name, at) in &names {
        if let Some(parent) = longer(name).into_iter().find_map(|p| names.get(&p)) {
            time_parent[*at as usize] = *parent;
        }
    }
    let mut value: BTreeMap<[u32; 3], i64> = BTreeMap::new();
    for at in of_indicator {
        let b = &blocks[*at];
        let name = b.period.clone().unwrap_or_default();
        let (now, before) = (names[&name], names[&year_before(&name)]);
        for node in 0..nodes {
            for (time, number) in [(before, b.d[node]), (now, b.n[node])] {
                if number > 0 {
                    value.insert([node as u32, 0, time], number);
                }
            }
        }
    }
    let keys: Vec<[u32; 3]> = value.keys().copied().collect();
    let values: Vec<i64> = value.values().copied().collect();
    let row_of: HashMap<[u32; 3], usize> = keys.iter().enumerate().map(|(at, k)| (*k, at)).collect();
    let mut forced = vec![false; keys.len()];
    let mut watched = vec![false; keys.len()];
    let mut fixed = vec![false; keys.len()];
    let cells: Vec<(usize, usize, Option<usize>, Option<usize>)> = of_indicator
        .iter()
        .flat_map(|at| {
            let name = blocks[*at].period.clone().unwrap_or_default();
            let (now, before) = (names[&name], names[&year_before(&name)]);
            let row_of = &row_of;
            (0..nodes).map(move |node| {
                let row = |time| row_of.get(&[node as u32, 0, time]).copied();
                (*at, node, row(now), row(before))
            })
        })
        .collect();
    for (at, node, now, before) in &cells {
        let b = &blocks[*at];
        if let Some(now) = now {
            // Of the difference an outsider may know the one side: the other keeps it open.
            watched[*now] |= b.d[*node] != NULL && small(b.d[*node] - b.n[*node]);
            if let Some(known) = known.of(*at, *node) {
                forced[*now] |= known.hidden;
                fixed[*now] |= known.shown_n && !known.hidden && !small(b.n[*node]);
            }
        } else if let Some(before) = before.filter(|_| b.d[*node] != NULL && small(b.d[*node] - b.n[*node])) {
            watched[before] = true;
        }
    }
    let costs: Vec<u64> = keys
        .iter()
        .zip(&values)
        .map(|(k, v)| policy.weights[tree.level[k[0] as usize] as usize] * (*v as u64 + 1))
        .collect();
    let hidden = loop {
        for row in 0..forced.len() {
            forced[row] |= watched[row];
        }
        let cube = Cube {
            tree: &tree,
            time_parent: time_parent.clone(),
            slots: vec![Slot::All],
            crossed: None,
            dimensions: 0,
            single: Vec::new(),
            measures: vec![CubeMeasure { leading: true, at_most: None }],
            rows: keys.clone(),
            values: vec![values.clone()],
            fixed: fixed.clone(),
            forced: forced.clone(),
            watched: watched.clone(),
            costs: costs.clone(),
            width: policy.width(),
        };
        let hidden = cube::protect(&cube);
        // A row whose year before is hidden shows no number of this year either.
        let mut more = false;
        for (_, _, now, before) in &cells {
            if let (Some(now), Some(before)) = (now, before)
                && hidden.hidden[*before]
                && !hidden.hidden[*now]
            {
                forced[*now] = true;
                more = true;
            }
        }
        for (row, f) in forced.iter_mut().enumerate() {
            *f |= hidden.hidden[row];
        }
        if !more {
            break hidden;
        }
    };
    for at in of_indicator {
        out[*at] = Some(BlockHidden {
            n: vec![false; full.len()],
            d: vec![false; full.len()],
            small: vec![false; full.len()],
            earlier: vec![false; full.len()],
            witness: Proof::Moves,
        });
    }
    for (at, node, now, before) in cells {
        let of = out[at].as_mut().expect("just made");
        let hides = |row: Option<usize>| row.is_some_and(|r| hidden.hidden[r]);
        let is_small = |row: Option<usize>| row.is_some_and(|r| hidden.small[r] || watched[r]);
        of.d[node] = hides(before);
        of.n[node] = hides(now) || hides(before);
        of.small[node] = is_small(now) || is_small(before);
    }
    cubes.push(hidden);
}

/// The same period of the year before.
fn year_before(period: &str) -> String {
    let (year, rest) = period.split_at(4.min(period.len()));
    format!("{:04}{rest}", year.parse::<i32>().unwrap_or(1) - 1)
}

/// The periods that a period adds up to, the shortest first.
pub(super) fn longer(period: &str) -> Vec<String> {
    let (year, rest) = period.split_at(4.min(period.len()));
    let half = |quarter: u32| format!("{year}-H{}", quarter.div_ceil(2));
    if let Some(q) = rest.strip_prefix("-Q").and_then(|q| q.parse::<u32>().ok()) {
        vec![half(q), year.to_owned()]
    } else if rest.starts_with("-H") {
        vec![year.to_owned()]
    } else if let Some(month) = rest.strip_prefix('-').and_then(|m| m.parse::<u32>().ok()) {
        let q = month.div_ceil(3);
        vec![format!("{year}-Q{q}"), half(q), year.to_owned()]
    } else {
        Vec::new()
    }
}
