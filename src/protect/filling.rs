//! Tables that an outsider must think possible: each agrees with all that is shown, with other cells full and empty.

use super::column::{BOUNDLESS, Range};
use super::tree::Tree;

/// Tables that agree with all that is shown; together they keep every small cell open.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// The group of each hidden node: the lowest shown node above it (the number of nodes for none).
    pub group: Vec<u32>,
    /// Numerators and denominators of all nodes; what is shown stands in them as it is.
    pub tables: Vec<Table>,
    /// Of each group, the tables that open one of its cells further, by bit.
    used: Vec<Vec<u64>>,
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

/// Hidden cells of a column below each parent.
struct Shape {
    /// Where the hidden children of each node begin in the list of all.
    starts: Vec<u32>,
    kids: Vec<u32>,
    /// What the shown children of each have together.
    shown: Vec<i64>,
    /// Hidden nodes, and parents of some, that are looked at: breadth first.
    hidden: Vec<u32>,
    parents: Vec<u32>,
}

impl Shape {
    fn new(tree: &Tree, values: &[i64], hidden: &[bool]) -> Self {
        let (mut starts, mut kids, mut shown) = (vec![0], Vec::new(), vec![0; tree.len()]);
        for (parent, together) in shown.iter_mut().enumerate() {
            for child in tree.children(parent) {
                if hidden[child] {
                    kids.push(child as u32);
                } else {
                    *together += values[child];
                }
            }
            starts.push(kids.len() as u32);
        }
        let mut shape = Shape { starts, kids, shown, hidden: Vec::new(), parents: Vec::new() };
        shape.look_at(tree, hidden, |_| true);
        shape
    }

    fn kids(&self, parent: usize) -> &[u32] {
        &self.kids[self.starts[parent] as usize..self.starts[parent + 1] as usize]
    }

    /// Looks at hidden nodes alone that are wanted.
    fn look_at(&mut self, tree: &Tree, hidden: &[bool], wanted: impl Fn(usize) -> bool) {
        self.hidden = (0..tree.len()).filter(|n| hidden[*n] && wanted(*n)).map(|n| n as u32).collect();
        let first = |parent: usize| self.kids(parent).first().is_some_and(|kid| wanted(*kid as usize));
        self.parents = (0..tree.len()).filter(|p| first(*p)).map(|p| p as u32).collect();
    }
}

/// Makes tables that agree with what is shown, each with other cells full and empty.
pub(super) struct Filling<'a> {
    tree: &'a Tree,
    numerators: &'a [i64],
    hidden_n: &'a [bool],
    denominators: Option<&'a [i64]>,
    hidden_d: Vec<bool>,
    shape_n: Shape,
    shape_d: Option<Shape>,
    least_n: i64,
    round: usize,
    /// What is not yet open enough of each cell, or of the hidden cells below it.
    wants: Vec<u8>,
    needs: Vec<i64>,
    pub witness: Witness,
}

/// The least that a hidden denominator is: a division without any has no data, which is shown.
pub(super) const LEAST_DENOMINATOR: i64 = 1;

impl<'a> Filling<'a> {
    /// Of one column alone: it stands in the place of the numerators.
    pub fn of_column(tree: &'a Tree, values: &'a [i64], hidden: &'a [bool], least: i64) -> Self {
        let nodes = tree.len();
        Filling {
            tree,
            numerators: values,
            hidden_n: hidden,
            denominators: None,
            hidden_d: vec![false; nodes],
            shape_n: Shape::new(tree, values, hidden),
            shape_d: None,
            least_n: least,
            round: 0,
            wants: vec![0; nodes],
            needs: vec![0; nodes],
            witness: Witness::new(tree, hidden),
        }
    }

    /// Of numerators, of which the least is given, under denominators.
    pub fn of_rate(
        tree: &'a Tree,
        (numerators, least): (&'a [i64], i64),
        hidden: &'a [bool],
        denominators: Option<&'a [i64]>,
        hidden_d: &[bool],
    ) -> Self {
        let mut filling = Self::of_column(tree, numerators, hidden, least);
        filling.denominators = denominators;
        filling.shape_d = denominators.map(|values| Shape::new(tree, values, hidden_d));
        filling.hidden_d = hidden_d.to_vec();
        filling
    }

    /// Makes tables until every small cell is open by `width`, its numerator, its denominator and their
    /// difference, as `small` says of each; gives those that are not.
    pub fn prove(&mut self, small: &[u8], width: i64) -> Vec<usize> {
        let nodes = self.tree.len();
        let mut seen: Vec<[Option<Range>; 3]> = vec![[None; 3]; nodes];
        let mut unmet: Vec<u8> = (0..nodes).map(|i| if self.hidden_n[i] { small[i] } else { 0 }).collect();
        let mut open: Vec<usize> = (0..nodes).filter(|i| unmet[*i] != 0).collect();
        let (mut idle, mut open_at_look) = (0, usize::MAX);
        while !open.is_empty() && idle < 2 * Aim::ALL.len() && self.witness.tables.len() < MOST_TABLES {
            if open.len() * 4 <= open_at_look.saturating_mul(3) {
                self.look_at_groups_of(&open);
                open_at_look = open.len();
            }
            self.want(&unmet, width);
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
                        self.witness.note(self.witness.group[i], self.witness.tables.len());
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

    /// From here on only groups matter in which something is open.
    fn look_at_groups_of(&mut self, open: &[usize]) {
        let mut is_open = vec![false; self.tree.len() + 1];
        for node in open {
            is_open[self.witness.group[*node] as usize] = true;
        }
        let group = &self.witness.group;
        let wanted = |node: usize| is_open[group[node] as usize];
        self.shape_n.look_at(self.tree, self.hidden_n, wanted);
        if let Some(shape) = &mut self.shape_d {
            // A hidden denominator has a hidden numerator.
            shape.look_at(self.tree, &self.hidden_d, |node| self.hidden_n[node] && wanted(node));
        }
    }

    /// What each cell waits for, and how much those above others need.
    fn want(&mut self, unmet: &[u8], width: i64) {
        for node in &self.shape_n.hidden {
            self.wants[*node as usize] = unmet[*node as usize];
        }
        for node in self.shape_n.hidden.iter().rev().map(|n| *n as usize) {
            let parent = self.tree.parent(node);
            if node != 0 && self.hidden_n[parent] {
                self.wants[parent] |= self.wants[node];
            }
            let below: i64 = self.shape_n.kids(node).iter().map(|kid| self.needs[*kid as usize]).sum();
            self.needs[node] = if self.wants[node] == 0 { 0 } else { below.max(width) };
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

    /// The next table.
    fn table(&mut self, width: i64, aim: Aim) -> Table {
        let full = matches!(aim, Aim::Full | Aim::FullOthers);
        let (needs, wants) = (&self.needs, &self.wants);
        let by_d = |node: usize| aim.turn_of_denominator(wants[node]);
        let denominators = match (self.denominators, &self.shape_d) {
            (Some(values), Some(shape)) => {
                let fill = Fill {
                    values,
                    hidden: &self.hidden_d,
                    shape,
                    wide: None,
                    caps: &|_| BOUNDLESS,
                    least: LEAST_DENOMINATOR,
                    width,
                    round: self.round,
                    full,
                    turns: &by_d,
                    needs,
                };
                fill.table(&mut self.witness.open_denominators).0
            }
            _ => Vec::new(),
        };
        let wide = |node: usize| if self.hidden_d[node] { BOUNDLESS } else { denominators[node] };
        let of_d = |node: usize| denominators.get(node).copied().unwrap_or(BOUNDLESS);
        let by_n = |node: usize| aim.turn_of_numerator(wants[node]);
        let fill = Fill {
            values: self.numerators,
            hidden: self.hidden_n,
            shape: &self.shape_n,
            wide: if denominators.is_empty() { None } else { Some(&wide) },
            caps: &of_d,
            least: self.least_n,
            width,
            round: self.round,
            full: matches!(aim, Aim::Full | Aim::EmptyOthers),
            turns: &by_n,
            needs,
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
            used: vec![Vec::new(); nodes + 1],
            open_numerators: vec![false; nodes],
            open_denominators: vec![false; nodes],
        }
    }

    fn note(&mut self, group: u32, table: usize) {
        let bits = &mut self.used[group as usize];
        bits.resize(bits.len().max(table / 64 + 1), 0);
        bits[table / 64] |= 1 << (table % 64);
    }

    /// Whether a table opens a cell of a group further.
    pub fn uses(&self, group: u32, table: usize) -> bool {
        self.used[group as usize].get(table / 64).is_some_and(|bits| bits >> (table % 64) & 1 == 1)
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
    values: &'a [i64],
    hidden: &'a [bool],
    shape: &'a Shape,
    /// The most that each can be in any table, where it is not the same as in this one.
    wide: Option<&'a dyn Fn(usize) -> i64>,
    caps: &'a dyn Fn(usize) -> i64,
    least: i64,
    width: i64,
    round: usize,
    /// Whether a root that nothing bounds has much or little.
    full: bool,
    /// Who is served first (-1) and last (1).
    turns: &'a dyn Fn(usize) -> i8,
    /// How much those who are served first need.
    needs: &'a [i64],
}

impl Fill<'_> {
    /// What each hidden cell that is looked at can be by itself and what lies below it.
    fn ranges(&self, caps: &dyn Fn(usize) -> i64) -> Vec<Range> {
        let mut ranges = vec![Range::default(); self.hidden.len()];
        for node in self.shape.hidden.iter().rev().map(|n| *n as usize) {
            let (kids, shown, cap) = (self.shape.kids(node), self.shape.shown[node], caps(node));
            ranges[node] = if kids.is_empty() && shown == 0 {
                // A lowest one, or one of whose people no child is known: that contradicts the sum.
                Range { low: self.least.min(cap), high: cap }
            } else {
                let sum = kids.iter().fold(Range::exactly(shown), |sum, c| Range {
                    low: sum.low + ranges[*c as usize].low,
                    high: sum.high + ranges[*c as usize].high,
                });
                let high = sum.high.min(cap);
                Range { low: sum.low.max(self.least).min(high), high }
            };
        }
        ranges
    }

    /// Fills from the root down: each parent's rest goes to its hidden children in turn, first `width` to
    /// each, then all that a child can take. Gives parents whose children have no room for the rest too.
    fn table(&self, contradicted: &mut [bool]) -> (Vec<i64>, Vec<usize>) {
        let ranges = self.ranges(self.caps);
        let wide = self.wide.map(|caps| self.ranges(caps));
        let mut out = self.values.to_vec();
        let mut cramped = Vec::new();
        if self.hidden[0] {
            let r = ranges[0];
            // Nothing above it says how much there is: enough for all who wait below.
            let more = self.needs[0].max(self.width * (1 + self.shape.kids(0).len() as i64));
            let middle = r.low.max(r.high.min(self.values[0]));
            out[0] = if self.full { r.high.min(middle + more) } else { r.low.max(middle - more) };
        }
        let mut kids: Vec<usize> = Vec::new();
        for parent in self.shape.parents.iter().map(|p| *p as usize) {
            kids.clear();
            kids.extend(self.shape.kids(parent).iter().map(|kid| *kid as usize));
            let rest = out[parent] - self.shape.shown[parent];
            let (mut lows, mut highs, mut widest) = (0, 0, Range::default());
            for child in &kids {
                lows += ranges[*child].low;
                highs += ranges[*child].high;
                let of_all = wide.as_ref().map_or(ranges[*child], |w| w[*child]);
                widest.low += of_all.low;
                widest.high += of_all.high;
            }
            // Aims come round after four, or after two: each meets every child first.
            let from = (self.round / 4 + self.round % 4) % kids.len();
            kids.rotate_left(from);
            kids.sort_by_key(|child| (self.turns)(*child));
            if rest < lows || rest > highs {
                if self.hidden[parent] || (widest.low <= rest && rest <= widest.high) {
                    cramped.push(parent);
                } else {
                    contradicted[parent] = true;
                }
                self.fill_freely(&kids, &ranges, (rest - lows, out[parent]), &mut out);
                continue;
            }
            let mut left = rest - lows;
            for child in &kids {
                let r = ranges[*child];
                let first = (self.turns)(*child) < 0;
                let take = if first { left.min(self.needs[*child]).min(r.high - r.low) } else { 0 };
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

    /// The sum tells nothing; a child is at most its parent, and all together no less than it.
    fn fill_freely(&self, kids: &[usize], ranges: &[Range], (missing, parent): (i64, i64), out: &mut [i64]) {
        let mut missing = missing;
        for child in kids {
            let r = ranges[*child];
            let room = r.high.min(parent).max(r.low) - r.low;
            let take = if (self.turns)(*child) <= 0 && self.full { room } else { missing.clamp(0, room) };
            out[*child] = r.low + take;
            missing -= take;
        }
    }
}
