//! What is kept of tables that an outsider must think possible.

use super::column::Range;

/// Tables that agree with all that is shown; together they keep every small cell open.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// The group of each hidden node: the lowest shown node above it (the number of nodes for none).
    pub group: Vec<u32>,
    pub kept: Possible,
}

/// Numerators and denominators of hidden nodes that an outsider must think possible, table by table; of each, whole
/// groups.
#[derive(Clone, Debug, Default)]
pub struct Possible {
    pub table: Vec<u32>,
    pub node: Vec<u32>,
    pub n: Vec<i64>,
    /// Nothing counts where there is no denominator.
    pub d: Vec<i64>,
}

static NO_TABLES: Possible = Possible { table: Vec::new(), node: Vec::new(), n: Vec::new(), d: Vec::new() };

impl Possible {
    /// No tables.
    pub fn none() -> &'static Possible {
        &NO_TABLES
    }

    pub fn push(&mut self, table: u32, node: u32, [n, d]: [i64; 2]) {
        self.table.push(table);
        self.node.push(node);
        self.n.push(n);
        self.d.push(d);
    }

    /// Further tables.
    pub fn append(&mut self, mut other: Possible) {
        self.table.append(&mut other.table);
        self.node.append(&mut other.node);
        self.n.append(&mut other.n);
        self.d.append(&mut other.d);
    }
}

/// How far apart a number was seen, and in which snapshots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub range: Range,
    low: u32,
    high: u32,
}

impl Span {
    pub fn at(value: i64, snapshot: u32) -> Self {
        Span { range: Range::exactly(value), low: snapshot, high: snapshot }
    }

    pub fn gains(self, value: i64) -> bool {
        value < self.range.low || value > self.range.high
    }

    pub fn widen(&mut self, value: i64, snapshot: u32) {
        if value < self.range.low {
            (self.range.low, self.low) = (value, snapshot);
        }
        if value > self.range.high {
            (self.range.high, self.high) = (value, snapshot);
        }
    }
}

/// A group of a table.
struct GroupStart {
    table: usize,
    /// Where it begins among all numbers.
    from: usize,
    group: u32,
    used: bool,
}

/// Numbers that are looked at, at most, to leave out tables of one group.
const MOST_LOOKED_AT: usize = 1 << 18;

/// Groups as tables had them, of which those are kept at last that keep some cell open.
pub(super) struct Snapshots {
    /// Hidden nodes by group, and where each group begins among them.
    members: Vec<u32>,
    starts: Vec<u32>,
    /// Where each hidden node stands in its group.
    position: Vec<u32>,
    /// The last snapshot of each group.
    last: Vec<u32>,
    all: Vec<GroupStart>,
    numbers: Vec<[i64; 2]>,
    /// Ends that keep a number of a node open, in the order in which they were found.
    ends: Vec<SpanEnds>,
}

/// Two snapshots that keep a number of a node open.
#[derive(Clone, Copy)]
struct SpanEnds {
    node: u32,
    of: fn([i64; 2]) -> i64,
    low: u32,
    high: u32,
}

impl Snapshots {
    pub fn of(group: &[u32]) -> Self {
        let groups = group.len() + 1;
        let mut starts = vec![0_u32; groups + 1];
        for of in group.iter().filter(|of| **of != u32::MAX) {
            starts[*of as usize + 1] += 1;
        }
        for at in 0..groups {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut members = vec![0; starts[groups] as usize];
        let mut position = vec![0; group.len()];
        for (node, of) in group.iter().enumerate().filter(|(_, of)| **of != u32::MAX) {
            members[next[*of as usize] as usize] = node as u32;
            position[node] = next[*of as usize] - starts[*of as usize];
            next[*of as usize] += 1;
        }
        let last = vec![u32::MAX; groups];
        Snapshots { members, starts, position, last, all: Vec::new(), numbers: Vec::new(), ends: Vec::new() }
    }

    fn members(&self, group: u32) -> std::ops::Range<usize> {
        self.starts[group as usize] as usize..self.starts[group as usize + 1] as usize
    }

    /// The snapshot of a group in a table, whose numerators and denominators are given.
    pub fn take(&mut self, table: usize, group: u32, [n, d]: &[Vec<i64>; 2]) -> u32 {
        let last = self.last[group as usize];
        if self.all.get(last as usize).is_some_and(|s| s.table == table) {
            return last;
        }
        self.all.push(GroupStart { table, from: self.numbers.len(), group, used: false });
        for at in self.members(group) {
            let node = self.members[at] as usize;
            self.numbers.push([n[node], d.get(node).copied().unwrap_or(0)]);
        }
        self.last[group as usize] = self.all.len() as u32 - 1;
        self.last[group as usize]
    }

    /// Both ends of a span keep a number of a node open.
    pub fn use_both(&mut self, node: usize, of: fn([i64; 2]) -> i64, span: &Span) {
        self.ends.push(SpanEnds { node: node as u32, of, low: span.low, high: span.high });
    }

    /// Few snapshots that keep every number open by `width` for which two were found.
    pub fn used(&mut self, width: i64) -> Possible {
        let mut chosen: Vec<Vec<u32>> = vec![Vec::new(); self.last.len()];
        let mut of_group: Vec<Vec<SpanEnds>> = vec![Vec::new(); self.last.len()];
        // What was found last needs the tables that little else does, and most of the others find theirs among them.
        for ends in self.ends.iter().rev() {
            let group = self.all[ends.low as usize].group as usize;
            of_group[group].push(*ends);
            if !self.is_wide(ends, &chosen[group], width) {
                for end in [ends.low, ends.high] {
                    if !chosen[group].contains(&end) {
                        chosen[group].push(end);
                    }
                }
            }
        }
        // Then those go without which the rest does.
        for (chosen, ends) in chosen.iter_mut().zip(&of_group) {
            if chosen.len() * chosen.len() * ends.len() > MOST_LOOKED_AT {
                continue;
            }
            for at in (0..chosen.len()).rev() {
                let taken = chosen.remove(at);
                if !ends.iter().all(|ends| self.is_wide(ends, chosen, width)) {
                    chosen.insert(at, taken);
                }
            }
        }
        chosen.iter().flatten().for_each(|snapshot| self.all[*snapshot as usize].used = true);
        let mut out = Possible::default();
        for snapshot in self.all.iter().filter(|s| s.used) {
            for (at, numbers) in self.members(snapshot.group).zip(&self.numbers[snapshot.from..]) {
                out.push(snapshot.table as u32, self.members[at], *numbers);
            }
        }
        out
    }

    /// Whether snapshots of its group keep a number open.
    fn is_wide(&self, ends: &SpanEnds, snapshots: &[u32], width: i64) -> bool {
        let at = self.position[ends.node as usize] as usize;
        let value = |snapshot: &u32| (ends.of)(self.numbers[self.all[*snapshot as usize].from + at]);
        let seen = snapshots.iter().map(value);
        seen.clone().max().zip(seen.min()).is_some_and(|(most, least)| most - least >= width)
    }
}
