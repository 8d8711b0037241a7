//! Numerators and denominators that are rounded: which of them must be hidden all the same, because what they add
//! up to would leave an outsider too few values of a small one.
//!
//! He knows of each number the multiple that it was rounded to, and that they add up along the tree. What he must
//! think possible is shown by a table near the true one, from which cells go up and down: numerators under
//! denominators that stay, denominators over numerators that stay, or both together.

use super::column::{BOUNDLESS, Range};
use super::rounding::Rounding;
use super::sums::{Room, Sums};
use super::tree::Tree;

/// A denominator and the rates that have it, or a count alone.
pub(super) struct Rounded<'a> {
    pub tree: &'a Tree,
    /// `None` for counts, and where it is known to all (a population).
    pub denominators: Option<Column<'a>>,
    pub numerators: Vec<Column<'a>>,
    pub rounding: Rounding,
    /// t - 2, and t - 1 times what one person gives.
    pub width: i64,
    pub largest_small: i64,
}

/// Numbers by node.
pub(super) struct Column<'a> {
    pub values: &'a [i64],
    pub hidden: Vec<bool>,
    /// Known from before as they are, or to the same multiple: hiding them is of no use.
    pub exact: Vec<bool>,
    pub fixed: Vec<bool>,
    pub costs: Vec<u64>,
}

impl Column<'_> {
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
pub(super) struct Narrow {
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

impl Rounded<'_> {
    /// Hides until every small number is open; gives those for which there is nothing left to hide.
    pub fn hide(&mut self) -> Vec<Narrow> {
        loop {
            let narrow = self.narrow();
            let mut more = false;
            for one in &narrow {
                more |= self.hide_beside(*one);
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
        let own_d: Vec<Range> = (0..self.tree.len()).map(|node| self.own_denominator(d, node)).collect();
        let sums_d = Sums::new(self.tree, own_d.clone(), d.values);
        let table_d = sums_d.table(d.values);
        let rates = self.numerators.iter().map(|n| self.under(n, &own_d, &table_d)).collect();
        let mut tables = Tables { own_d, sums_d, table_d, rates, rooms_d: Vec::new() };
        let alone: Vec<Room> = (0..self.tree.len()).map(|node| tables.room_of(node, None)).collect();
        tables.rooms_d = tables.sums_d.rooms(&alone, &tables.sums_d.cut);
        let mut open_d = tables.rooms_d.clone();
        let mut out = Vec::new();
        for rate in 0..self.numerators.len() {
            out.extend(self.narrow_of_rate(rate, &tables, &mut open_d));
        }
        let small = |value: i64| (1..=self.largest_small).contains(&value);
        for (node, room) in open_d.iter().enumerate() {
            if small(d.values[node]) && !d.exact[node] && room.width().min(tables.sums_d.alone(node)) < self.width {
                out.push(Narrow { node, rate: None });
            }
        }
        out
    }

    /// A division without any has no data, which is shown; else it has no less than any of its numerators.
    fn own_denominator(&self, d: &Column<'_>, node: usize) -> Range {
        if d.values[node] == 0 {
            return Range::default();
        }
        let own = d.own(self.rounding, node, 1);
        let numerators = self.numerators.iter().map(|n| n.own(self.rounding, node, 0).low);
        Range { low: numerators.fold(own.low, i64::max).min(own.high), high: own.high }
    }

    /// A table of numerators under one of denominators.
    fn under(&self, n: &Column<'_>, own_d: &[Range], table_d: &[i64]) -> OfRate<'_> {
        let under = |most: &dyn Fn(usize) -> i64| -> Vec<Range> {
            let of = |node: usize| {
                let own = n.own(self.rounding, node, 0);
                let high = own.high.min(most(node));
                Range { low: own.low.min(high), high }
            };
            (0..self.tree.len()).map(of).collect()
        };
        let wide = Sums::new(self.tree, under(&|node| own_d[node].high), n.values);
        let sums = Sums::new(self.tree, under(&|node| table_d[node]), n.values);
        let table = sums.table(n.values);
        OfRate { wide, sums, table }
    }

    /// What of a rate is narrow; also widens what is known to be open of the denominators.
    fn narrow_of_rate(&self, rate: usize, tables: &Tables<'_>, open_d: &mut [Room]) -> Vec<Narrow> {
        let (n, OfRate { wide, sums, table }) = (&self.numerators[rate], &tables.rates[rate]);
        let Some(d) = &self.denominators else { return Vec::new() };
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
        let small = |value: i64| (1..=self.largest_small).contains(&value);
        let mut out = Vec::new();
        for node in 0..self.tree.len() {
            let parent = self.tree.parent(node);
            let cramped = node != 0 && sums.cut[parent] && !wide.cut[parent];
            let of_n = rooms_n[node].or(rooms_both[node]);
            let of_rest = rooms_n[node].turned().or(tables.rooms_d[node]);
            open_d[node] = open_d[node].or(rooms_both[node]);
            let is_narrow = |room: Room| cramped || room.width().min(wide.alone(node)) < self.width;
            let (value, whole) = (n.values[node], d.values[node]);
            let of_value = small(value) && !n.exact[node] && is_narrow(of_n);
            let of_others = small(whole - value) && !(n.exact[node] && d.exact[node]) && is_narrow(of_rest);
            if of_value || of_others {
                out.push(Narrow { node, rate: Some(rate) });
            }
        }
        out
    }

    fn narrow_counts(&self, rate: usize) -> Vec<Narrow> {
        let n = &self.numerators[rate];
        let own = (0..self.tree.len()).map(|node| n.own(self.rounding, node, 0)).collect();
        let sums = Sums::new(self.tree, own, n.values);
        let rooms = sums.rooms(&sums.own_rooms(&sums.table(n.values)), &sums.cut);
        let small = |value: i64| (1..=self.largest_small).contains(&value);
        (0..self.tree.len())
            .filter(|node| small(n.values[*node]) && !n.exact[*node])
            .filter(|node| rooms[*node].width().min(sums.alone(*node)) < self.width)
            .map(|node| Narrow { node, rate: Some(rate) })
            .collect()
    }

    /// Hides the cheapest number that a narrow one leans on: beside it or above it, of the numerators first.
    fn hide_beside(&mut self, narrow: Narrow) -> bool {
        let mut at = narrow.node;
        loop {
            let parent = self.tree.parent(at);
            let around = || self.tree.children(parent).chain([parent]).filter(|n| *n != at);
            if let Some(rate) = narrow.rate {
                let n = &self.numerators[rate];
                // One that holds nothing, under a denominator that has no room, would not loosen anything.
                let gives = |node: &usize| {
                    n.values[*node] >= self.width
                        || self.denominators.as_ref().is_none_or(|d| d.values[*node] - n.values[*node] >= self.width)
                };
                let open = around().filter(|node| n.may_hide(*node));
                if let Some(node) = open.min_by_key(|node| (!gives(node), n.costs[*node], *node)) {
                    self.numerators[rate].hidden[node] = true;
                    return true;
                }
            }
            if let Some(d) = &mut self.denominators {
                let open = self.tree.children(parent).chain([parent]).filter(|n| d.may_hide(*n) && d.values[*n] > 0);
                if let Some(node) = open.min_by_key(|node| (d.costs[*node], *node)) {
                    d.hidden[node] = true;
                    for n in &mut self.numerators {
                        n.hidden[node] = true;
                    }
                    return true;
                }
            }
            if at == 0 {
                return false;
            }
            at = parent;
        }
    }
}
