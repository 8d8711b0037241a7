//! Windows of twelve months that things are counted in: of two that are shown, the difference is what came in between,
//! less what fell out a year ago. Where either is of few people, one of the two is not shown.

use super::blocks::{Block, is_of_period, nodes_of};
use super::open_points::OpenPoint;
use super::tree::Tree;
use crate::schema::disclosure::PublicPolicy;
use crate::schema::indicator::{Denominator, WindowKind};
use crate::schema::{Counts, Indicator, day};

/// Numerators and denominators, by node.
pub(super) type CellFlags = [Vec<bool>; 2];

/// The windows of one indicator, oldest first.
pub(super) struct WindowSeries<'a> {
    points: Vec<WindowPoint<'a>>,
    /// The largest change that is small, of numerators and denominators: where what came in is of enough people, a part of
    /// it is small when it is few itself, as in a rollup of the days between.
    few: [i64; 2],
    /// The largest window that is small.
    limit: i64,
    /// Of each point, the last one that ends a year before it or earlier.
    year_before: Vec<Option<usize>>,
    /// The day of the edition before.
    since: Option<i32>,
}

/// A window, and what of it is settled.
struct WindowPoint<'a> {
    day: i32,
    /// The last day that is not in it.
    begins_after: i32,
    /// The block that has it; none of a window that went on when an earlier edition showed it.
    block: Option<usize>,
    n: &'a [i64],
    d: &'a [i64],
    /// What an earlier edition showed.
    told: Option<&'a CellFlags>,
}

/// What a node of a series has in one part (numerator, rest or denominator), by point.
struct PartOfNode {
    /// The largest change that is small.
    few: i64,
    windows: Vec<i64>,
    /// What came in since the first window.
    since: Vec<i64>,
}

/// A part of a numerator and a denominator.
type RatePart = fn(i64, i64) -> i64;

/// Parts of a rate: the denominator alone, or the numerator and what it leaves of it.
const PARTS_OF: [&[RatePart]; 2] = [&[|n, _| n, |n, d| d - n], &[|_, d| d]];

const NUMERATOR: usize = 0;
const DENOMINATOR: usize = 1;

/// Whether the windows of an indicator count things that add up, of persons.
pub(super) fn adds_up(i: &Indicator) -> bool {
    let of_things = |counts| counts == Counts::OfPersons;
    let has = matches!(&i.denominator, Denominator::Part(part) if of_things(part.counts));
    i.window == WindowKind::T12m && of_things(i.numerator.counts) && has && !is_of_period(i)
}

/// The series of all indicators that have windows of things, each with the nodes that it has; `told` is what earlier
/// editions showed of each block, `earlier` what else is known from them.
pub(super) fn window_series<'a>(
    indicators: &[Indicator],
    policy: &PublicPolicy,
    tree: &Tree,
    blocks: &'a [Block],
    (told, open, since): (&'a [Option<CellFlags>], &'a [OpenPoint], Option<i32>),
) -> Vec<(usize, WindowSeries<'a>)> {
    let of = |(at, i): (usize, &Indicator)| {
        let own = blocks.iter().enumerate().filter(move |(_, block)| block.indicator as usize == at);
        let own = own.map(|(at, block)| (at, block, told.get(at).and_then(Option::as_ref)));
        let open = open.iter().filter(move |point| point.indicator as usize == at);
        (nodes_of(i, policy, tree), WindowSeries::of(i, policy, own, (open, since)))
    };
    indicators.iter().enumerate().filter(|(_, i)| adds_up(i)).map(of).collect()
}

impl<'a> WindowSeries<'a> {
    /// The blocks of an indicator, which are given with what earlier editions showed of them, and windows that went on
    /// when such an edition showed them; `since` is the day of the edition before.
    pub fn of(
        i: &Indicator,
        policy: &PublicPolicy,
        blocks: impl Iterator<Item = (usize, &'a Block, Option<&'a CellFlags>)>,
        (open, since): (impl Iterator<Item = &'a OpenPoint>, Option<i32>),
    ) -> Self {
        let of_block = |(at, b, told): (usize, &'a Block, _)| WindowPoint {
            day: b.e_day,
            begins_after: day::one_year_before(b.e_day),
            block: Some(at),
            n: &b.n,
            d: &b.d,
            told,
        };
        let of_open = |p: &'a OpenPoint| WindowPoint {
            day: p.day,
            begins_after: day::one_year_before(p.day),
            block: None,
            n: &p.n,
            d: &p.d,
            told: Some(&p.shown),
        };
        let mut points: Vec<WindowPoint> = blocks.map(of_block).chain(open.map(of_open)).collect();
        points.sort_by_key(|p| (p.day, p.block.is_some(), p.block));
        let before = |p: &WindowPoint| {
            let until = p.begins_after;
            let whole = is_last_of_month(p.day);
            points.iter().rposition(|other| other.day <= until || (whole && same_month(other.day, until)))
        };
        let year_before = points.iter().map(before).collect();
        let limit = policy.largest_small(&i.id);
        WindowSeries { points, few: [policy.smallest - 1, limit], limit, year_before, since }
    }

    /// What must be hidden and kept open of each point, by block: cells that are not small themselves, and that beside
    /// others that are shown would tell of few people. `is_hidden` says what is hidden whatever else is.
    pub fn choose(&self, nodes: usize, is_hidden: &dyn Fn(usize, usize, usize) -> bool) -> Vec<(usize, CellFlags)> {
        let mut chosen: Vec<CellFlags> = self.points.iter().map(|_| [vec![false; nodes], vec![false; nodes]]).collect();
        let order = self.order();
        for node in 0..nodes {
            let mut shown_d = Vec::new();
            for side in [DENOMINATOR, NUMERATOR] {
                let parts = self.parts_of(node, side);
                let told = |p: &WindowPoint| p.told.is_some_and(|told| told[side][node]);
                let mut shown: Vec<bool> = self.points.iter().map(|p| told(p) || p.d[node] <= 0).collect();
                for at in &order {
                    let p = &self.points[*at];
                    let hidden = p.block.is_none_or(|block| is_hidden(block, side, node));
                    if shown[*at] || hidden || self.is_small(*at, &parts) {
                        continue;
                    }
                    shown[*at] = (side == DENOMINATOR || shown_d[*at])
                        && self.may_show(*at, &shown, &parts)
                        && self.adds_to_last(*at, &shown, &parts);
                    chosen[*at][side][node] = !shown[*at];
                }
                if side == DENOMINATOR {
                    shown_d = shown;
                }
            }
        }
        self.points.iter().zip(chosen).filter_map(|(p, chosen)| Some((p.block?, chosen))).collect()
    }

    /// Pairs of windows that are shown and tell of few, newer one first, and hidden cells that would, all by block,
    /// side and node. What was told before is not to be mended.
    pub fn audit(&self, nodes: usize, is_hidden: &dyn Fn(usize, usize, usize) -> bool) -> WindowFaults {
        let mut faults = WindowFaults::default();
        for node in 0..nodes {
            for side in [DENOMINATOR, NUMERATOR] {
                let parts = self.parts_of(node, side);
                let told: Vec<bool> = self.points.iter().map(|p| p.told.is_some_and(|told| told[side][node])).collect();
                let shows = |(at, p): (usize, &WindowPoint)| match p.block {
                    Some(block) => told[at] || !is_hidden(block, side, node),
                    None => told[at],
                };
                let shown: Vec<bool> = self.points.iter().enumerate().map(shows).collect();
                let mut last: Option<usize> = None;
                for at in 0..self.points.len() {
                    if shown[at] {
                        let beside = last.filter(|last| !(told[*last] && told[at]) && self.tells(*last, at, &parts));
                        // What was told before is not to be mended: the other one tells.
                        let telling = beside.map(|beside| if told[at] { beside } else { at });
                        let block = telling.and_then(|telling| self.points[telling].block);
                        faults.shown.extend(block.map(|block| (block, side, node)));
                        last = Some(at);
                    } else if let Some(block) = self.points[at].block
                        && !self.is_small(at, &parts)
                        && !self.may_show(at, &shown, &parts)
                    {
                        faults.watched.push((block, side, node));
                    }
                }
            }
        }
        faults
    }

    /// The order in which windows are chosen: years first, then halves, quarters, months and open ones, newest first.
    fn order(&self) -> Vec<usize> {
        let rank = |at: &usize| {
            let date = day::to_date(self.points[*at].day);
            match (is_last_of_month(self.points[*at].day), date.month()) {
                (false, _) => 4,
                (_, 12) => 0,
                (_, 6) => 1,
                (_, 3 | 9) => 2,
                _ => 3,
            }
        };
        let mut order: Vec<usize> = (0..self.points.len()).collect();
        order.sort_by_key(|at| (rank(at), std::cmp::Reverse(*at)));
        order
    }

    fn parts_of(&self, node: usize, side: usize) -> Vec<PartOfNode> {
        let of_part = |part: &RatePart| {
            let number = |p: &WindowPoint| part(p.n[node].max(0), p.d[node].max(0));
            let windows: Vec<i64> = self.points.iter().map(number).collect();
            let mut since: Vec<i64> = Vec::with_capacity(windows.len());
            for (window, before) in windows.iter().zip(&self.year_before) {
                since.push(window + before.map_or(0, |before| since[before]));
            }
            PartOfNode { few: self.few[side], windows, since }
        };
        PARTS_OF[side].iter().map(of_part).collect()
    }

    fn is_small(&self, at: usize, parts: &[PartOfNode]) -> bool {
        parts.iter().any(|part| (1..=self.limit).contains(&part.windows[at]))
    }

    /// Whether two windows tell of few: their difference is what came in between them less what fell out, and tells either
    /// where the other is known, because nothing fell out or a rollup shows it. Windows that have no day in common tell
    /// nothing of each other.
    fn tells(&self, a: usize, b: usize, parts: &[PartOfNode]) -> bool {
        let overlap = self.points[b].begins_after < self.points[a].day;
        overlap && parts.iter().any(|part| self.changes(a, b, part).into_iter().any(|c| (1..=part.few).contains(&c)))
    }

    /// What came in between two windows, and what fell out.
    fn changes(&self, a: usize, b: usize, part: &PartOfNode) -> [i64; 2] {
        let (change, came_in) = (part.windows[b] - part.windows[a], part.since[b] - part.since[a]);
        match (part.windows[a], part.windows[b]) {
            // Of a window that nothing is in, nothing can fall out, and nothing came into one.
            (0, _) => [change.abs(), 0],
            (_, 0) => [0, change.abs()],
            _ => [came_in.abs(), (came_in - change).abs()],
        }
    }

    /// Whether a window may be shown beside its neighbours that are.
    fn may_show(&self, at: usize, shown: &[bool], parts: &[PartOfNode]) -> bool {
        let before = (0..at).rev().find(|other| shown[*other]);
        let after = (at + 1..shown.len()).find(|other| shown[*other]);
        !before.is_some_and(|b| self.tells(b, at, parts)) && !after.is_some_and(|a| self.tells(at, a, parts))
    }

    /// Whether a window that comes after an edition is more than the one before it by enough. What editions before the
    /// last showed of windows that went on then is not kept: enough since the last window is enough since any of them.
    fn adds_to_last(&self, at: usize, shown: &[bool], parts: &[PartOfNode]) -> bool {
        let follows_edition = self.since.is_some_and(|day| day < self.points[at].day);
        match at.checked_sub(1).filter(|_| follows_edition) {
            None => true,
            Some(last) => match parts.iter().all(|part| self.changes(last, at, part) == [0; 2]) {
                true => shown[last],
                false => !self.tells(last, at, parts),
            },
        }
    }
}

/// What an audit of a series finds: block, side (0 for the numerator) and node.
#[derive(Default)]
pub(super) struct WindowFaults {
    /// Shown, and beside another that is shown telling of few.
    pub shown: Vec<(usize, usize, usize)>,
    /// Hidden because they would tell of few.
    pub watched: Vec<(usize, usize, usize)>,
}

fn same_month(a: i32, b: i32) -> bool {
    day::month_index(a) == day::month_index(b)
}

fn is_last_of_month(of: i32) -> bool {
    day::to_date(of + 1).day() == 1
}
