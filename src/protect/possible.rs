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

    /// Further tables, numbered after those that are there.
    pub fn append_after(&mut self, mut other: Possible) {
        let next = self.table.iter().max().map_or(0, |last| last + 1);
        other.table.iter_mut().for_each(|table| *table += next);
        self.append(other);
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

/// Groups as tables had them, of which those are kept at last that keep some cell open.
pub(super) struct Snapshots {
    /// Hidden nodes by group, and where each group begins among them.
    members: Vec<u32>,
    starts: Vec<u32>,
    /// The last snapshot of each group.
    last: Vec<u32>,
    all: Vec<GroupStart>,
    numbers: Vec<[i64; 2]>,
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
        for (node, of) in group.iter().enumerate().filter(|(_, of)| **of != u32::MAX) {
            members[next[*of as usize] as usize] = node as u32;
            next[*of as usize] += 1;
        }
        Snapshots { members, starts, last: vec![u32::MAX; groups], all: Vec::new(), numbers: Vec::new() }
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

    /// Both ends of a span are needed.
    pub fn use_both(&mut self, span: &Span) {
        self.all[span.low as usize].used = true;
        self.all[span.high as usize].used = true;
    }

    /// What is needed.
    pub fn used(&self) -> Possible {
        let mut out = Possible::default();
        for snapshot in self.all.iter().filter(|s| s.used) {
            for (at, numbers) in self.members(snapshot.group).zip(&self.numbers[snapshot.from..]) {
                out.push(snapshot.table as u32, self.members[at], *numbers);
            }
        }
        out
    }
}
