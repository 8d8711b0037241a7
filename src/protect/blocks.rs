//! Indicators of all kinds of periods: one block of cells for each indicator and last day.

use std::collections::HashMap;
use std::path::PathBuf;

use rayon::prelude::*;

use super::batch::NULL;
use super::kind_rows::KindRows;
use super::open_points::OpenPoint;
use super::possible::Witness;
use super::tree::{DivisionTree, Tree};
use crate::error::Result;
use crate::schema::disclosure::PublicPolicy;
use crate::schema::divisions::Level;
use crate::schema::indicator::{Denominator, Unit, WindowKind};
use crate::schema::{Counts, Indicator, PeriodKind};

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
#[derive(Clone, Copy, Default)]
pub(super) struct Known {
    /// Hidden before, and little changed: must stay hidden.
    pub hidden: bool,
    /// The same of the denominator.
    pub hidden_d: bool,
    /// Shown before, with the same number.
    pub shown_n: bool,
    pub shown_d: bool,
    /// The same, as it is and not rounded.
    pub exact_n: bool,
    pub exact_d: bool,
}

/// What earlier editions told.
#[derive(Default)]
pub(super) struct EarlierEditions {
    /// By block and node; nothing of blocks of which nothing is known.
    pub cells: Vec<Vec<Known>>,
    /// Windows that went on then.
    pub open: Vec<OpenPoint>,
    /// The day of the last one.
    pub as_of: Option<i32>,
}

/// What a block hides, and why that is enough.
pub(super) struct BlockHidden {
    pub n: Vec<bool>,
    pub d: Vec<bool>,
    pub small: Vec<bool>,
    pub earlier: Vec<bool>,
    /// Numerators and denominators that must stay open though they are not small; nothing where there are none.
    pub watched: Option<[Vec<bool>; 2]>,
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
    /// Rounded; what is not left open all the same, by node.
    Rounded {
        narrow: Vec<usize>,
    },
}

/// Reads the tables.
pub(super) fn read(
    files: &IndicatorFiles,
    indicators: &[Indicator],
) -> Result<(DivisionTree, IndicatorRows, Vec<Block>)> {
    let ids: HashMap<&str, u16> = indicators.iter().enumerate().map(|(at, i)| (i.id.as_str(), at as u16)).collect();
    let kinds: Vec<KindRows> =
        files.kinds.par_iter().map(|(_, path)| KindRows::read(path, files.as_of, &ids)).collect::<Result<_>>()?;
    let mut divisions = DivisionTree::default();
    let numbers: Vec<Vec<u32>> =
        kinds.iter().map(|k| k.divisions.iter().map(|(level, code)| divisions.number(level, code)).collect()).collect();
    let node_of = divisions.finish();
    let nodes = divisions.tree.len();
    let mut rows = IndicatorRows::default();
    // One block a period first; those of one last day that are the same are one.
    let mut blocks: Vec<Block> = Vec::new();
    for (kind, numbers) in kinds.into_iter().zip(numbers) {
        rows.starts.push(rows.n.len());
        let mut of_key = vec![u32::MAX; indicators.len() * kind.periods.len()];
        for (row, indicator) in kind.indicator.iter().copied().enumerate() {
            let node = node_of[numbers[kind.division[row] as usize] as usize];
            rows.node.push(node);
            if indicator == u16::MAX {
                rows.block.push(u32::MAX);
                continue;
            }
            let period = kind.period[row] as usize;
            let at = &mut of_key[indicator as usize * kind.periods.len() + period];
            if *at == u32::MAX {
                *at = blocks.len() as u32;
                let (name, e_day) = &kind.periods[period];
                let (n, d) = (vec![0; nodes], vec![NULL; nodes]);
                blocks.push(Block { indicator, e_day: *e_day, period: Some(name.clone()), n, d });
            }
            rows.block.push(*at);
            let block = &mut blocks[*at as usize];
            (block.n[node as usize], block.d[node as usize]) = (kind.n[row], kind.d[row]);
        }
        rows.indicator.extend(kind.indicator);
        rows.n.extend(kind.n);
        rows.d.extend(kind.d);
    }
    let kept = one_of_each_day(indicators, &mut rows, blocks);
    Ok((divisions, rows, kept))
}

/// Blocks of one last day that are the same are one.
fn one_of_each_day(indicators: &[Indicator], rows: &mut IndicatorRows, blocks: Vec<Block>) -> Vec<Block> {
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
    kept
}

/// Whether a number is of the days of its period, not of a window that ends with it.
pub(super) fn is_of_period(i: &Indicator) -> bool {
    i.window == WindowKind::Period
}

/// Whether a period begins with its year: a scorecard has the year up to its day.
pub(super) fn begins_year(period: &str) -> bool {
    period.len() == 4 || ["-H1", "-Q1", "-01"].iter().any(|end| period.ends_with(end))
}

/// Whether a cell of an indicator is small: its numerator, its denominator or their difference.
pub(super) fn is_small(i: &Indicator, policy: &PublicPolicy, n: i64, d: i64) -> bool {
    let small = |value: i64| (1..=policy.largest_small(&i.id)).contains(&value);
    let n_counts = i.numerator.counts != Counts::Nobody;
    let d_counts = matches!(&i.denominator, Denominator::Part(part) if part.counts != Counts::Nobody);
    (n_counts && small(n)) || (d_counts && d != NULL && (small(d) || (n_counts && small(d - n))))
}

/// Whether numerator or denominator count persons or their things.
pub(super) fn counts_people(i: &Indicator) -> bool {
    let d = match &i.denominator {
        Denominator::Part(part) => part.counts,
        _ => Counts::Nobody,
    };
    i.numerator.counts != Counts::Nobody || d != Counts::Nobody
}

/// Whether a denominator bounds the numerator, and is hidden or shown with those of others that are the same.
pub(super) fn shares_denominator(i: &Indicator) -> bool {
    matches!(&i.denominator, Denominator::Part(part) if i.unit == Unit::Percent && part.counts != Counts::Nobody)
        && !is_of_period(i)
}

/// Nodes that an indicator has: its levels reach from the city down.
pub(super) fn nodes_of(i: &Indicator, policy: &PublicPolicy, tree: &Tree) -> usize {
    let lowest = i.levels.iter().min().copied().unwrap_or(Level::City).max(policy.lowest_level);
    tree.level.iter().take_while(|l| **l >= lowest as u8).count()
}

/// What earlier editions told of the cells of blocks.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'a>(pub &'a EarlierEditions);

impl Lookup<'_> {
    pub fn of(&self, block: usize, node: usize) -> Option<&Known> {
        self.0.cells.get(block)?.get(node)
    }
}

/// What a block is called from edition to edition.
pub(super) fn key_of(block: &Block) -> String {
    block.period.clone().unwrap_or_else(|| block.e_day.to_string())
}

/// The first nodes of a tree.
pub(super) fn shorter(tree: &Tree, nodes: usize) -> Tree {
    Tree::new(tree.parent[..nodes].to_vec(), tree.level[..nodes].to_vec())
}

/// Flags of the first nodes as flags of all.
pub(super) fn padded(mut flags: Vec<bool>, nodes: usize) -> Vec<bool> {
    flags.resize(nodes, false);
    flags
}

/// What all indicators are hidden by.
#[derive(Clone, Copy)]
pub(super) struct Hiding<'a> {
    pub indicators: &'a [Indicator],
    pub policy: &'a PublicPolicy,
    /// All divisions.
    pub tree: &'a Tree,
    pub blocks: &'a [Block],
    pub known: Lookup<'a>,
    /// What each block must hide whatever it holds: numerators and denominators.
    pub forced: &'a [Option<[Vec<bool>; 2]>],
    /// The same of what must besides stay open, because it would tell what came in since another window.
    pub windows: &'a [Option<[Vec<bool>; 2]>],
}

impl Hiding<'_> {
    /// Whether a block must hide its numerator (0) or denominator (1) at a node.
    pub fn forces(&self, block: usize, side: usize, node: usize) -> bool {
        self.forced.get(block).and_then(Option::as_ref).is_some_and(|cells| cells[side][node])
    }

    /// Whether the numerator (0) or denominator (1) of a block would tell what came in since another window.
    pub fn watches(&self, block: usize, side: usize, node: usize) -> bool {
        self.windows.get(block).and_then(Option::as_ref).is_some_and(|cells| cells[side][node])
    }

    /// The declaration of a block.
    pub fn indicator(&self, block: usize) -> &Indicator {
        &self.indicators[self.blocks[block].indicator as usize]
    }
}
