//! Tables that an outsider must think possible: each agrees with all that is shown, with other cells full and empty.

use super::column::BOUNDLESS;
use super::fill::{Fill, Scratch, Shape};
use super::possible::{Possible, Snapshots, Span, Witness};
use super::tree::{Tree, groups_of};

/// The most tables that are tried before more is hidden.
const MOST_TABLES: usize = 512;

/// What of a cell is not yet open enough.
pub(super) const NUMERATOR: u8 = 1;
pub(super) const COMPLEMENT: u8 = 2;
pub(super) const DENOMINATOR: u8 = 4;

/// What a table tries to show of the cells that are not yet open enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    /// Many numerators.
    Full,
    /// Many others under the denominator.
    FullOthers,
    /// Few numerators and few others.
    Empty,
    /// Few others.
    EmptyOthers,
}

impl Aim {
    const ALL: [Aim; 4] = [Aim::Full, Aim::FullOthers, Aim::Empty, Aim::EmptyOthers];

    /// Which of the children are served first (-1) and last (1), of the denominators.
    fn turn_of_denominator(self, wants: u8) -> i8 {
        match self {
            Aim::Full if wants & (NUMERATOR | DENOMINATOR) != 0 => -1,
            Aim::FullOthers if wants & (COMPLEMENT | DENOMINATOR) != 0 => -1,
            Aim::Empty if wants != 0 => 1,
            Aim::EmptyOthers if wants & COMPLEMENT != 0 => 1,
            _ => 0,
        }
    }

    /// The same of the numerators.
    fn turn_of_numerator(self, wants: u8) -> i8 {
        match self {
            Aim::Full if wants & NUMERATOR != 0 => -1,
            Aim::FullOthers if wants & COMPLEMENT != 0 => 1,
            Aim::Empty if wants & NUMERATOR != 0 => 1,
            Aim::EmptyOthers if wants & COMPLEMENT != 0 => -1,
            _ => 0,
        }
    }
}

/// Makes tables that agree with what is shown, each with other cells full and empty.
pub(super) struct Filling<'a> {
    pub tree: &'a Tree,
    pub numerators: &'a [i64],
    pub hidden_n: &'a [bool],
    pub denominators: Option<&'a [i64]>,
    pub hidden_d: Vec<bool>,
    pub shape_n: Shape,
    pub shape_d: Option<Shape>,
    pub least_n: i64,
    /// Nodes that are hidden and whose numerators are known all the same.
    known: Vec<usize>,
    round: usize,
    /// Nodes that are looked at: breadth first.
    looked_at: Vec<u32>,
    /// What is not yet open enough of each cell, or of the hidden cells below it.
    wants: Vec<u8>,
    needs: Vec<i64>,
    /// What the hidden cells below each need together.
    needs_below: Vec<i64>,
    /// The table that is being made: numerators and denominators.
    numbers: [Vec<i64>; 2],
    scratch: Scratch,
    pub witness: Witness,
}

/// The least that a hidden denominator is: a division without any has no data, which is shown.
pub(super) const LEAST_DENOMINATOR: i64 = 1;

impl<'a> Filling<'a> {
    /// Of one column alone: it stands in the place of the numerators.
    pub fn of_column(tree: &'a Tree, values: &'a [i64], hidden: &'a [bool], least: i64) -> Self {
        let nodes = tree.len();
        let group = groups_of(tree, hidden);
        Filling {
            tree,
            numerators: values,
            hidden_n: hidden,
            denominators: None,
            hidden_d: vec![false; nodes],
            shape_n: Shape::new(tree, values, hidden),
            shape_d: None,
            least_n: least,
            known: Vec::new(),
            round: 0,
            looked_at: (0..nodes as u32).filter(|node| hidden[*node as usize]).collect(),
            wants: vec![0; nodes],
            needs: vec![0; nodes],
            needs_below: vec![0; nodes],
            numbers: [values.to_vec(), Vec::new()],
            scratch: Scratch::of(nodes),
            witness: Witness { group, kept: Possible::default() },
        }
    }

    /// Of numerators, of which the least is given, under denominators. Numerators may be known that are not shown:
    /// `unknown` ones are those that are neither.
    pub fn of_rate(
        tree: &'a Tree,
        (numerators, least): (&'a [i64], i64),
        (hidden, unknown): (&[bool], &'a [bool]),
        denominators: Option<&'a [i64]>,
        hidden_d: &[bool],
    ) -> Self {
        let mut filling = Self::of_column(tree, numerators, unknown, least);
        filling.known = (0..tree.len()).filter(|node| hidden[*node] && !unknown[*node]).collect();
        if !filling.known.is_empty() {
            filling.witness.group = groups_of(tree, hidden);
            filling.looked_at = (0..tree.len() as u32).filter(|node| hidden[*node as usize]).collect();
        }
        filling.denominators = denominators;
        filling.shape_d = denominators.map(|values| Shape::new(tree, values, hidden_d));
        filling.hidden_d = hidden_d.to_vec();
        filling.numbers[1] = denominators.map(<[i64]>::to_vec).unwrap_or_default();
        filling
    }

    /// Makes tables until every small cell is open by `width`, its numerator, its denominator and their
    /// difference, as `small` says of each; gives those that are not.
    pub fn prove(&mut self, small: &[u8], width: i64) -> Vec<usize> {
        let nodes = self.tree.len();
        let is_hidden = |i: usize| self.hidden_n[i] || self.hidden_d[i];
        let mut unmet: Vec<u8> = (0..nodes).map(|i| if is_hidden(i) { small[i] } else { 0 }).collect();
        let mut open: Vec<(usize, [Option<Span>; 3])> =
            (0..nodes).filter(|i| unmet[*i] != 0).map(|i| (i, [None; 3])).collect();
        let mut kept = Snapshots::of(&self.witness.group);
        let (mut idle, mut open_at_look, mut at) = (0, usize::MAX, 0);
        while !open.is_empty() && idle < 2 * Aim::ALL.len() && at < MOST_TABLES {
            if open.len() * 4 <= open_at_look.saturating_mul(3) {
                self.look_at_groups_of(&open);
                open_at_look = open.len();
            }
            self.want(&unmet, width);
            let all = open.iter().fold(0, |all, (node, _)| all | unmet[*node]);
            let aim = self.next_aim(all);
            let void = self.table(width, aim);
            let [n, d] = &self.numbers;
            let mut gained = false;
            for (node, seen) in &mut open {
                let (i, group) = (*node, self.witness.group[*node]);
                if !void.is_empty() && void.binary_search(&group).is_ok() {
                    continue;
                }
                let whole = d.get(i).copied();
                let values = [(NUMERATOR, Some(n[i])), (COMPLEMENT, whole.map(|d| d - n[i])), (DENOMINATOR, whole)];
                for (seen, (bit, value)) in seen.iter_mut().zip(values) {
                    let Some(value) = value.filter(|_| unmet[i] & bit != 0) else { continue };
                    if seen.is_none_or(|seen| seen.gains(value)) {
                        gained = true;
                        let snapshot = kept.take(at, group, &self.numbers);
                        let seen = seen.get_or_insert(Span::at(value, snapshot));
                        seen.widen(value, snapshot);
                        if seen.range.width() >= width {
                            unmet[i] &= !bit;
                            kept.use_both(seen);
                        }
                    }
                }
            }
            open.retain(|(node, _)| unmet[*node] != 0);
            idle = if gained { 0 } else { idle + 1 };
            at += 1;
        }
        self.witness.kept = kept.used();
        open.into_iter().map(|(node, _)| node).collect()
    }

    /// From here on only groups matter in which something is open.
    fn look_at_groups_of(&mut self, open: &[(usize, [Option<Span>; 3])]) {
        let mut is_open = vec![false; self.tree.len() + 1];
        for (node, _) in open {
            is_open[self.witness.group[*node] as usize] = true;
        }
        let group = &self.witness.group;
        let wanted = |node: usize| group[node] != u32::MAX && is_open[group[node] as usize];
        self.looked_at.retain(|node| wanted(*node as usize));
        self.shape_n.look_at(self.tree, self.hidden_n, wanted);
        if let Some(shape) = &mut self.shape_d {
            shape.look_at(self.tree, &self.hidden_d, wanted);
        }
    }

    /// What each cell waits for, and how much those above others need.
    fn want(&mut self, unmet: &[u8], width: i64) {
        for node in self.looked_at.iter().map(|n| *n as usize) {
            (self.wants[node], self.needs_below[node]) = (unmet[node], 0);
        }
        for node in self.looked_at.iter().rev().map(|n| *n as usize) {
            self.needs[node] = if self.wants[node] == 0 { 0 } else { self.needs_below[node].max(width) };
            let parent = self.tree.parent(node);
            if node != 0 && self.witness.group[parent] != u32::MAX {
                self.wants[parent] |= self.wants[node];
                self.needs_below[parent] += self.needs[node];
            }
        }
    }

    /// The aims take turns, but for those that nobody waits for.
    fn next_aim(&mut self, unmet: u8) -> Aim {
        loop {
            let aim = Aim::ALL[self.round % Aim::ALL.len()];
            self.round += 1;
            let of_others = matches!(aim, Aim::FullOthers | Aim::EmptyOthers);
            if !of_others || unmet & (COMPLEMENT | DENOMINATOR) != 0 {
                return aim;
            }
        }
    }

    /// Makes the next table. Gives the groups in which its denominators leave no room for the numerators: of these it
    /// says nothing.
    fn table(&mut self, width: i64, aim: Aim) -> Vec<u32> {
        let full = matches!(aim, Aim::Full | Aim::FullOthers);
        let (needs, wants) = (&self.needs, &self.wants);
        let [numerators, denominators] = &mut self.numbers;
        let mut least_d: &dyn Fn(usize) -> i64 = &|_| LEAST_DENOMINATOR;
        let of_known = |node: usize| if self.hidden_n[node] { LEAST_DENOMINATOR } else { self.numerators[node].max(1) };
        if !self.known.is_empty() {
            least_d = &of_known;
        }
        let by_d = |node: usize| aim.turn_of_denominator(wants[node]);
        if let (Some(values), Some(shape)) = (self.denominators, &self.shape_d) {
            let fill = Fill {
                values,
                hidden: &self.hidden_d,
                shape,
                wide: None,
                caps: &|_| BOUNDLESS,
                least: least_d,
                width,
                round: self.round,
                full,
                turns: &by_d,
                needs,
            };
            fill.table(denominators, &mut self.scratch);
        }
        let denominators = &*denominators;
        let wide = |node: usize| if self.hidden_d[node] { BOUNDLESS } else { denominators[node] };
        let of_d = |node: usize| denominators.get(node).copied().unwrap_or(BOUNDLESS);
        let by_n = |node: usize| aim.turn_of_numerator(wants[node]);
        let fill = Fill {
            values: self.numerators,
            hidden: self.hidden_n,
            shape: &self.shape_n,
            wide: if denominators.is_empty() { None } else { Some(&wide) },
            caps: &of_d,
            least: &|_| self.least_n,
            width,
            round: self.round,
            full: matches!(aim, Aim::Full | Aim::EmptyOthers),
            turns: &by_n,
            needs,
        };
        let cramped = fill.table(numerators, &mut self.scratch);
        let group = &self.witness.group;
        let of_parent = |parent: usize| if group[parent] == u32::MAX { parent as u32 } else { group[parent] };
        let mut void: Vec<u32> = cramped.into_iter().map(of_parent).collect();
        // What is known does not fit below every denominator.
        let too_many =
            self.known.iter().filter(|node| denominators.get(**node).is_some_and(|d| *d < numerators[**node]));
        void.extend(too_many.map(|node| group[*node]));
        void.sort_unstable();
        void.dedup();
        void
    }
}
