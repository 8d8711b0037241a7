//! Numerators and denominators that are rounded: which of them must be hidden all the same, because what they add
//! up to would leave an outsider too few values of a small one.
//!
//! He knows of each number the multiple that it was rounded to, and that they add up along the tree. What he must
//! think possible is shown by a table near the true one, from which cells go up and down: numerators under
//! denominators that stay, denominators over numerators that stay, or both together.

use std::collections::HashSet;

use super::column::{BOUNDLESS, Range};
use super::rounding::Rounding;
use super::sums::{Room, Sums};
use super::tree::Tree;

/// The tables that are tried before more is hidden: how much more or less the denominators of what is narrow have,
/// whether their numerators have less, and of which part of them: the first of 1, the first and second of 2.
const AROUND: [(i64, bool, [usize; 2]); 8] = [
    (0, false, [0, 0]),
    (1, false, [0, 1]),
    (0, true, [0, 1]),
    (1, true, [0, 1]),
    (-1, true, [0, 1]),
    (1, false, [0, 2]),
    (1, false, [1, 2]),
    (-1, true, [0, 2]),
];

/// Near what a table is to be.
struct WantedRate {
    denominators: Vec<i64>,
    /// Numerators that are to have less than they do.
    less: Vec<bool>,
}

/// A denominator and the rates that have it, or a count alone.
pub struct Rounded<'a> {
    pub tree: &'a Tree,
    /// `None` for counts, and where it is known to all (a population).
    pub denominators: Option<RateColumn<'a>>,
    pub numerators: Vec<RateColumn<'a>>,
    pub rounding: Rounding,
    /// t - 2, and t - 1 times what one person gives.
    pub width: i64,
    pub largest_small: i64,
}

/// Numbers by node.
pub struct RateColumn<'a> {
    pub values: &'a [i64],
    pub hidden: Vec<bool>,
    /// Known from before as they are, or to the same multiple: hiding them is of no use.
    pub exact: Vec<bool>,
    pub fixed: Vec<bool>,
    pub costs: Vec<u64>,
}

impl RateColumn<'_> {
    fn may_hide(&self, node: usize) -> bool {
        !self.hidden[node] && !self.exact[node] && !self.fixed[node]
    }

    fn own(&self, rounding: Rounding, node: usize, least: i64) -> Range {
        let value = self.values[node];
        if self.exact[node] {
            Range::exactly(value)
        } else if self.hidden[node] {
            Range { low: least, high: BOUNDLESS }
        } else {
            rounding.class(value, least)
        }
    }
}

/// A small number that is not left open enough: that of a rate, or of the denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Narrow {
    pub node: usize,
    pub rate: Option<usize>,
}

/// A table of numerators under one of denominators.
struct OfRate<'a> {
    /// By what the denominators can be at most, and by what they are in the table.
    wide: Sums<'a>,
    sums: Sums<'a>,
    table: Vec<i64>,
}

/// What an outsider must think possible.
struct Tables<'a> {
    own_d: Vec<Range>,
    sums_d: Sums<'a>,
    table_d: Vec<i64>,
    rates: Vec<OfRate<'a>>,
    /// How far denominators go over numerators that stay.
    rooms_d: Vec<Room>,
}

impl Tables<'_> {
    /// What a denominator has by itself over the numerators, but for those of one rate.
    fn room_of(&self, node: usize, but: Option<usize>) -> Room {
        let others = self.rates.iter().enumerate().filter(|(at, _)| Some(*at) != but).map(|(_, r)| r.table[node]);
        let low = others.fold(self.own_d[node].low, i64::max);
        Room { up: self.own_d[node].high - self.table_d[node], down: self.table_d[node] - low }
    }
}

/// What was seen to be possible of each number, in all tables so far.
struct SeenRates {
    denominators: Vec<Range>,
    /// Numerators, and what they leave of the denominators, by rate.
    numerators: Vec<Vec<Range>>,
    others: Vec<Vec<Range>>,
}

const UNSEEN: Range = Range { low: i64::MAX, high: i64::MIN };

fn see(range: &mut Range, value: i64, room: Room) {
    range.low = range.low.min(value - room.down);
    range.high = range.high.max(value + room.up);
}

fn is_wide(range: Range, width: i64) -> bool {
    range != UNSEEN && range.width() >= width
}

impl<'a> Rounded<'a> {
    /// Hides until every small number is open; gives those for which there is nothing left to hide.
    pub fn hide(&mut self) -> Vec<Narrow> {
        loop {
            let narrow = self.narrow();
            let mut more = false;
            // One beside each other at a time: what is hidden for the first may do for all.
            let mut mended = HashSet::new();
            for one in &narrow {
                if mended.insert(self.tree.parent(one.node)) {
                    more |= self.hide_beside(*one);
                }
            }
            if !more {
                return narrow;
            }
        }
    }

    /// Small numbers of which an outsider is left with too few values.
    pub fn narrow(&self) -> Vec<Narrow> {
        let Some(d) = &self.denominators else {
            return (0..self.numerators.len()).flat_map(|rate| self.narrow_counts(rate)).collect();
        };
        let nodes = self.tree.len();
        let unseen = || vec![vec![UNSEEN; nodes]; self.numerators.len()];
        let mut seen = SeenRates { denominators: vec![UNSEEN; nodes], numerators: unseen(), others: unseen() };
        let mut wanted = WantedRate { denominators: d.values.to_vec(), less: vec![false; nodes] };
        let mut narrow = Vec::new();
        for (of_d, less, part) in AROUND {
            if part != [0, 0] {
                // Around those that are left: all of them, or every other.
                wanted.denominators.copy_from_slice(d.values);
                wanted.less.fill(false);
                for (_, one) in narrow.iter().enumerate().filter(|(at, _)| at % part[1] == part[0]) {
                    let Narrow { node, .. } = *one;
                    wanted.denominators[node] = d.values[node] + of_d * self.width;
                    wanted.less[node] = less;
                }
            }
            self.look(d, &wanted, &mut seen);
            narrow = self.still_narrow(d, &seen);
            if narrow.is_empty() {
                break;
            }
        }
        narrow
    }

    fn still_narrow(&self, d: &RateColumn<'_>, seen: &SeenRates) -> Vec<Narrow> {
        let small = |value: i64| (1..=self.largest_small).contains(&value);
        let mut out = Vec::new();
        for (rate, n) in self.numerators.iter().enumerate() {
            for node in 0..self.tree.len() {
                let (value, whole) = (n.values[node], d.values[node]);
                let of_value = small(value) && !n.exact[node] && !is_wide(seen.numerators[rate][node], self.width);
                let of_others = small(whole - value)
                    && !(n.exact[node] && d.exact[node])
                    && !is_wide(seen.others[rate][node], self.width);
                if of_value || of_others {
                    out.push(Narrow { node, rate: Some(rate) });
                }
            }
        }
        for (node, range) in seen.denominators.iter().enumerate() {
            if small(d.values[node]) && !d.exact[node] && !is_wide(*range, self.width) {
                out.push(Narrow { node, rate: None });
            }
        }
        out
    }

    /// Makes tables with denominators near those wanted, and sees how far each number goes from there.
    fn look(&self, d: &RateColumn<'_>, wanted: &WantedRate, seen: &mut SeenRates) {
        let own_d: Vec<Range> = (0..self.tree.len()).map(|node| self.own_denominator(d, node)).collect();
        let sums_d = Sums::new(self.tree, own_d.clone());
        let table_d = sums_d.table(&wanted.denominators);
        let rates = self.numerators.iter().map(|n| self.under(n, &own_d, &table_d, &wanted.less)).collect();
        let mut tables = Tables { own_d, sums_d, table_d, rates, rooms_d: Vec::new() };
        let alone: Vec<Room> = (0..self.tree.len()).map(|node| tables.room_of(node, None)).collect();
        tables.rooms_d = tables.sums_d.rooms(&alone, &tables.sums_d.cut);
        for rate in 0..self.numerators.len() {
            self.look_at_rate(rate, &tables, seen);
        }
    }

    fn look_at_rate(&self, rate: usize, tables: &Tables<'_>, seen: &mut SeenRates) {
        let (n, OfRate { wide, sums, table }) = (&self.numerators[rate], &tables.rates[rate]);
        let rooms_n = sums.rooms(&sums.own_rooms(table), &sums.cut);
        // Both together: the numerator is bound by what it was rounded to, not by the denominator.
        let together: Vec<Room> = (0..self.tree.len())
            .map(|node| {
                let own = n.own(self.rounding, node, 0);
                let of_n = Room { up: own.high - table[node], down: table[node] - own.low.min(table[node]) };
                of_n.and(tables.room_of(node, Some(rate)))
            })
            .collect();
        let cut: Vec<bool> = sums.cut.iter().zip(&tables.sums_d.cut).map(|(a, b)| *a && *b).collect();
        let rooms_both = sums.rooms(&together, &cut);
        for node in 0..self.tree.len() {
            let parent = self.tree.parent(node);
            // These denominators leave no room for the numerators around it: the table says nothing of it.
            if node != 0 && sums.cut[parent] && !wide.cut[parent] {
                continue;
            }
            // By one sum alone, whatever lies below its parts.
            if wide.alone(node).min(tables.sums_d.alone(node)) < self.width {
                continue;
            }
            let (value, whole) = (table[node], tables.table_d[node]);
            see(&mut seen.numerators[rate][node], value, rooms_n[node]);
            see(&mut seen.numerators[rate][node], value, rooms_both[node]);
            see(&mut seen.others[rate][node], whole - value, rooms_n[node].turned());
            see(&mut seen.others[rate][node], whole - value, tables.rooms_d[node]);
            see(&mut seen.denominators[node], whole, rooms_both[node]);
            see(&mut seen.denominators[node], whole, tables.rooms_d[node]);
        }
    }

    /// It has no less than any of its numerators.
    fn own_denominator(&self, d: &RateColumn<'_>, node: usize) -> Range {
        let own = d.own(self.rounding, node, 0);
        let numerators = self.numerators.iter().map(|n| n.own(self.rounding, node, 0).low);
        Range { low: numerators.fold(own.low, i64::max).min(own.high), high: own.high }
    }

    /// A table of numerators under one of denominators.
    fn under(&self, n: &RateColumn<'_>, own_d: &[Range], table_d: &[i64], less: &[bool]) -> OfRate<'a> {
        let under = |most: &dyn Fn(usize) -> i64| -> Vec<Range> {
            let of = |node: usize| {
                let own = n.own(self.rounding, node, 0);
                let high = own.high.min(most(node));
                Range { low: own.low.min(high), high }
            };
            (0..self.tree.len()).map(of).collect()
        };
        let wide = Sums::new(self.tree, under(&|node| own_d[node].high));
        let sums = Sums::new(self.tree, under(&|node| table_d[node]));
        let wanted = |(value, less): (&i64, &bool)| if *less { value - self.width } else { *value };
        let table = sums.table(&n.values.iter().zip(less).map(wanted).collect::<Vec<_>>());
        OfRate { wide, sums, table }
    }

    fn narrow_counts(&self, rate: usize) -> Vec<Narrow> {
        let n = &self.numerators[rate];
        let own = (0..self.tree.len()).map(|node| n.own(self.rounding, node, 0)).collect();
        let sums = Sums::new(self.tree, own);
        let rooms = sums.rooms(&sums.own_rooms(&sums.table(n.values)), &sums.cut);
        let small = |value: i64| (1..=self.largest_small).contains(&value);
        (0..self.tree.len())
            .filter(|node| small(n.values[*node]) && !n.exact[*node])
            .filter(|node| rooms[*node].width().min(sums.alone(*node)) < self.width)
            .map(|node| Narrow { node, rate: Some(rate) })
            .collect()
    }

    /// Hides the cheapest number that gives a narrow one room: one beside it that is large enough to go down when it
    /// goes up, or what is above it. Gives `false` when all up to the root is hidden.
    fn hide_beside(&mut self, narrow: Narrow) -> bool {
        let mut at = narrow.node;
        while at != 0 {
            let parent = self.tree.parent(at);
            let beside: Vec<usize> = self.tree.children(parent).filter(|n| *n != at).collect();
            if let Some(rate) = narrow.rate {
                let (n, width) = (&self.numerators[rate], self.width);
                // Under its denominator it must have room to go up.
                let d = self.denominators.as_ref().filter(|d| !d.hidden[parent]);
                let has_room = d.is_none_or(|d| d.values[parent] - n.values[parent] >= width);
                let siblings = beside.iter().copied().filter(|s| n.values[*s] >= width);
                let open = siblings.chain(has_room.then_some(parent)).filter(|node| n.may_hide(*node));
                if let Some(node) = open.min_by_key(|node| (n.costs[*node], *node)) {
                    self.numerators[rate].hidden[node] = true;
                    return true;
                }
            }
            if let Some(d) = &mut self.denominators {
                let most = |node: usize| self.numerators.iter().map(|n| n.values[node]).max().unwrap_or(0);
                let siblings = beside.into_iter().filter(|s| d.values[*s] - most(*s) >= self.width);
                let open = siblings.chain([parent]).filter(|node| d.may_hide(*node));
                if let Some(node) = open.min_by_key(|node| (d.costs[*node], *node)) {
                    d.hidden[node] = true;
                    for n in &mut self.numerators {
                        n.hidden[node] = true;
                    }
                    return true;
                }
            }
            at = parent;
        }
        false
    }
}
