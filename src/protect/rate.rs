//! Numerators and denominators over the tree: hides what must be hidden, and shows by tables of what an
//! outsider must think possible that it is enough.

use super::column::{BOUNDLESS, Cells, Column, Range};
use super::tree::Tree;

/// One indicator at one end of a window.
pub struct Rate<'a> {
    pub numerators: &'a [i64],
    /// Whether numerator and denominator minus numerator count: small ones are hidden.
    pub small: Vec<bool>,
    /// Rows that are to be hidden whatever they hold.
    pub forced: Vec<bool>,
    /// Numerators that cannot be hidden any more.
    pub fixed: Vec<bool>,
    pub costs: Vec<u64>,
    /// The denominator bounds the numerator (a rate, no change from year to year).
    pub bounded: bool,
}

impl Rate<'_> {
    /// The least that a hidden numerator is: of a count, nothing is shown; of a rate, it may be hidden for another.
    fn least(&self) -> i64 {
        i64::from(!self.bounded)
    }
}

/// A denominator, and the rates that have it.
pub struct Family<'a> {
    pub tree: &'a Tree,
    /// `None` for counts, and where it is known to all (a population).
    pub denominators: Option<&'a [i64]>,
    pub small: Vec<bool>,
    pub forced: Vec<bool>,
    pub fixed: Vec<bool>,
    pub costs: Vec<u64>,
    pub rates: Vec<Rate<'a>>,
    /// t - 2.
    pub width: i64,
    /// The largest number that is small.
    pub largest_small: i64,
}

/// What one family hides.
pub struct Hidden {
    pub denominators: Vec<bool>,
    pub numerators: Vec<Vec<bool>>,
    /// Tables that an outsider must think possible, for each rate (or one without, for the denominator alone).
    pub witnesses: Vec<Witness>,
}

/// Tables that agree with all that is shown; together they keep every small cell open.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// The group of each hidden node: the lowest shown node above it (the number of nodes for none).
    pub group: Vec<u32>,
    /// Numerators and denominators of all nodes; what is shown stands in them as it is.
    pub tables: Vec<Table>,
    /// Of each group, the tables that open one of its cells further, by bit.
    pub used: Vec<u128>,
    /// Parents at which the shown numbers contradict a sum.
    pub open_numerators: Vec<bool>,
    pub open_denominators: Vec<bool>,
}

#[derive(Clone, Debug, Default)]
pub struct Table {
    pub numerators: Vec<i64>,
    pub denominators: Vec<i64>,
    /// Groups in which this table's denominators leave no room for the numerators: there it says nothing.
    pub void: Vec<u32>,
}

/// The most tables that are tried before more is hidden.
const MOST_TABLES: usize = 96;

/// Hides what a family must hide.
pub fn protect(family: &Family<'_>) -> Hidden {
    let tree = family.tree;
    let nodes = tree.len();
    let nothing = vec![0; nodes];
    let small_d: Vec<u8> = family.small.iter().map(|s| if *s { NUMERATOR } else { 0 }).collect();
    let mut hidden_d = vec![false; nodes];
    if let Some(values) = family.denominators {
        let mut hidden: Vec<bool> = (0..nodes).map(|i| family.small[i] || family.forced[i]).collect();
        loop {
            let caps = vec![BOUNDLESS; nodes];
            let cells = Cells {
                values,
                caps: &caps,
                least: LEAST_DENOMINATOR,
                small: &family.small,
                fixed: &family.fixed,
                costs: &family.costs,
                width: family.width,
            };
            let mut column = Column::new(tree, cells, hidden);
            column.settle();
            let hides = column.hidden.clone();
            let mut filling = Filling::of_column(tree, values, &hides, LEAST_DENOMINATOR);
            let unsafe_nodes = filling.prove(&small_d, family.width);
            let mut more = false;
            for node in unsafe_nodes {
                more |= column.hide_more(node);
            }
            hidden = column.hidden;
            if !more {
                break;
            }
        }
        hidden_d = hidden;
    }
    let mut numerators = Vec::with_capacity(family.rates.len());
    let mut witnesses = Vec::with_capacity(family.rates.len());
    let mut at = 0;
    let mut hidden: Vec<Option<Vec<bool>>> = family.rates.iter().map(|_| None).collect();
    while at < family.rates.len() {
        let rate = &family.rates[at];
        let given = hidden[at].take();
        let (hides, witness, more_d) = protect_rate(family, rate, &hidden_d, given);
        if more_d.is_empty() {
            numerators.push(hides);
            witnesses.push(witness);
            at += 1;
            continue;
        }
        // The denominator belongs to all: what is hidden of it is hidden in each, and all are looked at again.
        for node in more_d {
            hidden_d[node] = true;
        }
        for (kept, hides) in hidden.iter_mut().zip(numerators.drain(..).chain(std::iter::once(hides))) {
            *kept = Some(hides);
        }
        witnesses.clear();
        at = 0;
    }
    if family.rates.is_empty() {
        let values = family.denominators.unwrap_or(&nothing);
        let mut filling = Filling::of_column(tree, values, &hidden_d, LEAST_DENOMINATOR);
        filling.prove(&small_d, family.width);
        witnesses.push(filling.witness);
    }
    Hidden { denominators: hidden_d, numerators, witnesses }
}

/// Numerators to hide, tables, and denominators that must be hidden besides.
fn protect_rate(
    family: &Family<'_>,
    rate: &Rate<'_>,
    hidden_d: &[bool],
    given: Option<Vec<bool>>,
) -> (Vec<bool>, Witness, Vec<usize>) {
    let tree = family.tree;
    let nodes = tree.len();
    let denominators = family.denominators.filter(|_| rate.bounded);
    let given = given.unwrap_or_else(|| vec![false; nodes]);
    let mut hidden: Vec<bool> =
        (0..nodes).map(|i| given[i] || rate.small[i] || rate.forced[i] || hidden_d[i]).collect();
    let caps = caps(tree, denominators, hidden_d);
    let watched_parts = watched_parts(family, rate, denominators, hidden_d);
    for _ in 0..2 * nodes + 8 {
        let cells = Cells {
            values: rate.numerators,
            caps: &caps,
            least: rate.least(),
            small: &rate.small,
            fixed: &rate.fixed,
            costs: &rate.costs,
            width: family.width,
        };
        let mut column = Column::new(tree, cells, hidden);
        column.settle();
        let hides = column.hidden.clone();
        let mut filling = Filling::of_rate(tree, rate, &hides, denominators, hidden_d);
        let unsafe_nodes = filling.prove(&watched_parts, family.width);
        if unsafe_nodes.is_empty() {
            return (column.hidden, filling.witness, Vec::new());
        }
        let mut more = false;
        for node in &unsafe_nodes {
            more |= column.hide_more(*node);
        }
        hidden = column.hidden;
        if !more {
            // Every sibling up to the root is hidden: the denominators around the cell go too.
            let denominators_too = denominators_around(tree, &unsafe_nodes, &hidden, hidden_d);
            // Without any, nothing is shown of what could be hidden.
            let witness = if denominators_too.is_empty() { filling.witness } else { Witness::default() };
            return (hidden, witness, denominators_too);
        }
    }
    (hidden, Witness::default(), Vec::new())
}

/// The most that the numerators can be: their denominators, as far as an outsider knows them.
fn caps(tree: &Tree, denominators: Option<&[i64]>, hidden_d: &[bool]) -> Vec<i64> {
    let nodes = tree.len();
    match denominators {
        None => vec![BOUNDLESS; nodes],
        Some(d) => {
            let mut pools = vec![0; nodes];
            for node in (1..nodes).filter(|n| hidden_d[*n]) {
                pools[tree.parent(node)] += d[node];
            }
            (0..nodes).map(|i| if hidden_d[i] { pools[tree.parent(i)].max(d[i]) } else { d[i] }).collect()
        }
    }
}

/// What of each cell must stay open. A cell whose denominator is shown leaves its complement as open as itself.
fn watched_parts(family: &Family<'_>, rate: &Rate<'_>, denominators: Option<&[i64]>, hidden_d: &[bool]) -> Vec<u8> {
    let counts = |value: i64| value >= 1 && value <= family.largest_small;
    (0..family.tree.len())
        .map(|i| {
            let n = rate.numerators[i];
            let Some(d) = denominators else { return if rate.small[i] { NUMERATOR } else { 0 } };
            let mut parts = 0;
            parts |= if counts(n) { NUMERATOR } else { 0 };
            parts |= if counts(d[i] - n) { COMPLEMENT } else { 0 };
            parts |= if counts(d[i]) && hidden_d[i] { DENOMINATOR } else { 0 };
            if rate.small[i] { parts } else { 0 }
        })
        .collect()
}

/// Of cells that are not safe, the nearest denominators above and beside them that can still be hidden.
fn denominators_around(tree: &Tree, unsafe_nodes: &[usize], hidden: &[bool], hidden_d: &[bool]) -> Vec<usize> {
    let mut denominators_too = Vec::new();
    for node in unsafe_nodes {
        let mut at = *node;
        loop {
            let parent = tree.parent(at);
            let around = tree.children(parent).chain(std::iter::once(parent));
            let open: Vec<usize> = around.filter(|n| !hidden_d[*n] && hidden[*n]).collect();
            if !open.is_empty() {
                denominators_too.extend(open);
                break;
            }
            if at == 0 {
                break;
            }
            at = parent;
        }
    }
    denominators_too
}

/// What of a cell is not yet open enough.
const NUMERATOR: u8 = 1;
const COMPLEMENT: u8 = 2;
const DENOMINATOR: u8 = 4;

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
struct Filling<'a> {
    tree: &'a Tree,
    numerators: &'a [i64],
    hidden_n: &'a [bool],
    denominators: Option<&'a [i64]>,
    hidden_d: Vec<bool>,
    least_n: i64,
    round: usize,
    /// What is not yet open enough of each cell, or of the hidden cells below it.
    wants: Vec<u8>,
    witness: Witness,
}

/// The least that a hidden denominator is: a division without any has no data, which is shown.
const LEAST_DENOMINATOR: i64 = 1;

impl<'a> Filling<'a> {
    /// Of one column alone: it stands in the place of the numerators.
    fn of_column(tree: &'a Tree, values: &'a [i64], hidden: &'a [bool], least: i64) -> Self {
        let nodes = tree.len();
        Filling {
            tree,
            numerators: values,
            hidden_n: hidden,
            denominators: None,
            hidden_d: vec![false; nodes],
            least_n: least,
            round: 0,
            wants: vec![0; nodes],
            witness: Witness::new(tree, hidden),
        }
    }

    fn of_rate(
        tree: &'a Tree,
        rate: &Rate<'a>,
        hidden: &'a [bool],
        denominators: Option<&'a [i64]>,
        hidden_d: &[bool],
    ) -> Self {
        let mut filling = Self::of_column(tree, rate.numerators, hidden, rate.least());
        filling.denominators = denominators;
        filling.hidden_d = hidden_d.to_vec();
        filling
    }

    /// Makes tables until every small cell is open by `width`, its numerator, its denominator and their
    /// difference, as `small` says of each; gives those that are not.
    fn prove(&mut self, small: &[u8], width: i64) -> Vec<usize> {
        let nodes = self.tree.len();
        let mut seen: Vec<[Option<Range>; 3]> = vec![[None; 3]; nodes];
        let mut unmet: Vec<u8> = (0..nodes).map(|i| if self.hidden_n[i] { small[i] } else { 0 }).collect();
        let mut open: Vec<usize> = (0..nodes).filter(|i| unmet[*i] != 0).collect();
        let mut idle = 0;
        while !open.is_empty() && idle < 2 * Aim::ALL.len() && self.witness.tables.len() < MOST_TABLES {
            self.wants.copy_from_slice(&unmet);
            for node in (1..nodes).rev() {
                let parent = self.tree.parent(node);
                if self.hidden_n[parent] {
                    self.wants[parent] |= self.wants[node];
                }
            }
            let all = open.iter().fold(0, |all, node| all | unmet[*node]);
            let aim = self.next_aim(all);
            let table = self.table(width, aim);
            let mut gained = false;
            for node in &open {
                let i = *node;
                if !table.void.is_empty() && table.void.binary_search(&self.witness.group[i]).is_ok() {
                    continue;
                }
                let n = table.numerators[i];
                let d = table.denominators.get(i).copied();
                let values = [(NUMERATOR, Some(n)), (COMPLEMENT, d.map(|d| d - n)), (DENOMINATOR, d)];
                for (seen, (bit, value)) in seen[i].iter_mut().zip(values) {
                    let Some(value) = value.filter(|_| unmet[i] & bit != 0) else { continue };
                    let before = seen.map(Range::width);
                    let now = widen(seen, value);
                    if before.is_none_or(|before| now > before) {
                        gained = true;
                        self.witness.used[self.witness.group[i] as usize] |= 1 << self.witness.tables.len();
                    }
                    if now >= width {
                        unmet[i] &= !bit;
                    }
                }
            }
            open.retain(|node| unmet[*node] != 0);
            idle = if gained { 0 } else { idle + 1 };
            self.witness.tables.push(table);
        }
        open
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

    /// The next table.
    fn table(&mut self, width: i64, aim: Aim) -> Table {
        let nodes = self.tree.len();
        let boundless = vec![BOUNDLESS; nodes];
        let turns = |of: fn(Aim, u8) -> i8| self.wants.iter().map(|w| of(aim, *w)).collect::<Vec<i8>>();
        let (by_d, by_n) = (turns(Aim::turn_of_denominator), turns(Aim::turn_of_numerator));
        let mut needs: Vec<i64> = self.wants.iter().map(|w| if *w == 0 { 0 } else { width }).collect();
        for node in (1..nodes).rev() {
            let children = self.tree.children(node);
            if self.hidden_n[node] && !children.is_empty() {
                needs[node] = children.map(|c| needs[c]).sum::<i64>().max(needs[node]);
            }
        }
        let full = matches!(aim, Aim::Full | Aim::FullOthers);
        let denominators = self.denominators.map_or_else(Vec::new, |values| {
            let fill = Fill {
                tree: self.tree,
                values,
                hidden: &self.hidden_d,
                wide: None,
                caps: &boundless,
                least: LEAST_DENOMINATOR,
                width,
                round: self.round,
                full,
                turns: &by_d,
                needs: &needs,
            };
            fill.table(&mut self.witness.open_denominators).0
        });
        let wide: Option<Vec<i64>> = (!denominators.is_empty())
            .then(|| (0..nodes).map(|i| if self.hidden_d[i] { BOUNDLESS } else { denominators[i] }).collect());
        let fill = Fill {
            tree: self.tree,
            values: self.numerators,
            hidden: self.hidden_n,
            wide: wide.as_deref(),
            caps: if denominators.is_empty() { &boundless } else { &denominators },
            least: self.least_n,
            width,
            round: self.round,
            full: matches!(aim, Aim::Full | Aim::EmptyOthers),
            turns: &by_n,
            needs: &needs,
        };
        let (numerators, cramped) = fill.table(&mut self.witness.open_numerators);
        let mut void: Vec<u32> = cramped
            .into_iter()
            .map(|parent| if self.hidden_n[parent] { self.witness.group[parent] } else { parent as u32 })
            .collect();
        void.sort_unstable();
        void.dedup();
        Table { numerators, denominators, void }
    }
}

impl Witness {
    fn new(tree: &Tree, hidden: &[bool]) -> Self {
        let nodes = tree.len();
        let mut group = vec![u32::MAX; nodes];
        for node in 0..nodes {
            if hidden[node] {
                let parent = tree.parent(node);
                group[node] = match (node, hidden[parent]) {
                    (0, _) => nodes as u32,
                    (_, true) => group[parent],
                    (_, false) => parent as u32,
                };
            }
        }
        Witness {
            group,
            tables: Vec::new(),
            used: vec![0; nodes + 1],
            open_numerators: vec![false; nodes],
            open_denominators: vec![false; nodes],
        }
    }
}

fn widen(seen: &mut Option<Range>, value: i64) -> i64 {
    let range = seen.get_or_insert(Range::exactly(value));
    range.low = range.low.min(value);
    range.high = range.high.max(value);
    range.width()
}

/// How hidden cells are filled.
struct Fill<'a> {
    tree: &'a Tree,
    values: &'a [i64],
    hidden: &'a [bool],
    /// The most that each can be in any table, where it is not the same as in this one.
    wide: Option<&'a [i64]>,
    caps: &'a [i64],
    least: i64,
    width: i64,
    round: usize,
    /// Whether a root that nothing bounds has much or little.
    full: bool,
    /// Who is served first (-1) and last (1).
    turns: &'a [i8],
    /// How much those who are served first need.
    needs: &'a [i64],
}

impl Fill<'_> {
    /// What each cell can be by itself and what lies below it.
    fn ranges(&self, caps: &[i64]) -> Vec<Range> {
        let tree = self.tree;
        let mut ranges = vec![Range::default(); tree.len()];
        for node in (0..tree.len()).rev() {
            ranges[node] = if !self.hidden[node] {
                Range::exactly(self.values[node])
            } else if tree.children(node).all(|c| !self.hidden[c] && self.values[c] == 0) {
                // A lowest one, or one of whose people no child is known: that contradicts the sum.
                Range { low: self.least.min(caps[node]), high: caps[node] }
            } else {
                let sum = tree.children(node).fold(Range::default(), |sum, c| Range {
                    low: sum.low + ranges[c].low,
                    high: sum.high + ranges[c].high,
                });
                let high = sum.high.min(caps[node]);
                Range { low: sum.low.max(self.least).min(high), high }
            };
        }
        ranges
    }

    /// Fills from the root down: each parent's rest goes to its hidden children in turn, first `width` to
    /// each, then all that a child can take. Gives parents whose children have no room for the rest too.
    fn table(&self, contradicted: &mut [bool]) -> (Vec<i64>, Vec<usize>) {
        let tree = self.tree;
        let ranges = self.ranges(self.caps);
        let wide = self.wide.map(|caps| self.ranges(caps));
        let mut out = self.values.to_vec();
        let mut cramped = Vec::new();
        if self.hidden[0] {
            let r = ranges[0];
            // Nothing above it says how much there is.
            let more = self.width * (1 + tree.children(0).len() as i64);
            let middle = r.low.max(r.high.min(self.values[0]));
            out[0] = if self.full { r.high.min(middle + more) } else { r.low.max(middle - more) };
        }
        let mut kids: Vec<usize> = Vec::new();
        for parent in 0..tree.len() {
            kids.clear();
            let mut rest = out[parent];
            let (mut lows, mut highs, mut widest) = (0, 0, Range::default());
            for child in tree.children(parent) {
                if self.hidden[child] {
                    kids.push(child);
                    lows += ranges[child].low;
                    highs += ranges[child].high;
                    let of_all = wide.as_ref().map_or(ranges[child], |w| w[child]);
                    widest.low += of_all.low;
                    widest.high += of_all.high;
                } else {
                    rest -= self.values[child];
                }
            }
            if kids.is_empty() {
                continue;
            }
            // Aims come round after four, or after two: each meets every child first.
            let from = (self.round / 4 + self.round % 4) % kids.len();
            kids.rotate_left(from);
            kids.sort_by_key(|child| self.turns[*child]);
            if rest < lows || rest > highs {
                if self.hidden[parent] || (widest.low <= rest && rest <= widest.high) {
                    cramped.push(parent);
                } else {
                    contradicted[parent] = true;
                }
                // The sum tells nothing; a child is at most its parent, and all together no less than it.
                let mut missing = rest - lows;
                for child in &kids {
                    let r = ranges[*child];
                    let room = r.high.min(out[parent]).max(r.low) - r.low;
                    let take = if self.turns[*child] <= 0 && self.full { room } else { missing.clamp(0, room) };
                    out[*child] = r.low + take;
                    missing -= take;
                }
                continue;
            }
            let mut left = rest - lows;
            for child in &kids {
                let r = ranges[*child];
                let take = if self.turns[*child] < 0 { left.min(self.needs[*child]).min(r.high - r.low) } else { 0 };
                out[*child] = r.low + take;
                left -= take;
            }
            for child in &kids {
                let take = left.min(ranges[*child].high - out[*child]);
                out[*child] += take;
                left -= take;
            }
        }
        (out, cramped)
    }
}
