//! Components that a single weak pair holds together.
//!
//! Bridges are found by the depth-first search of Tarjan (Inf. Process. Lett. 2, 1974).

use hashbrown::HashMap;

use super::edge::Edge;
use crate::link::ids::{RecordNumber, RecordPair};

/// A pair that was cut although it reached the join threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bridge<N = RecordNumber> {
    pub a: N,
    pub b: N,
    pub bits: f32,
}

/// Two records of one cluster, and the bits that hold them together.
type HeldPair = (RecordNumber, RecordNumber, f32);

/// Cuts clusters of three and more at bridges below `weak` that have two records on either side, the
/// weakest first. `strong` are the edges that may join, `firm` pairs that no bits measure; `roots` changes to the
/// parts' least records.
pub fn cut(roots: &mut [RecordNumber], edges: &[Edge], strong: &[u32], firm: &[RecordPair], weak: f32) -> Vec<Bridge> {
    // Only clusters with a weak edge inside can have a weak bridge.
    let inside = |a: RecordNumber, b: RecordNumber| roots[a.index()] == roots[b.index()];
    let mut suspects: HashMap<RecordNumber, Vec<HeldPair>> = HashMap::new();
    for &i in strong {
        let e = &edges[i as usize];
        if e.bits < weak && inside(e.a, e.b) {
            suspects.entry(roots[e.a.index()]).or_default();
        }
    }
    if suspects.is_empty() {
        return Vec::new();
    }
    for &i in strong {
        let e = &edges[i as usize];
        if inside(e.a, e.b)
            && let Some(list) = suspects.get_mut(&roots[e.a.index()])
        {
            list.push((e.a, e.b, e.bits));
        }
    }
    for &(a, b) in firm.iter().filter(|(a, b)| inside(*a, *b)) {
        if let Some(list) = suspects.get_mut(&roots[a.index()]) {
            list.push((a.min(b), a.max(b), f32::INFINITY));
        }
    }
    let mut suspects: Vec<_> = suspects.into_iter().collect();
    suspects.sort_unstable_by_key(|s| s.0);
    let mut all = Vec::new();
    for (_, list) in suspects {
        let mut graph = Graph::new(list);
        let mut cut = Vec::new();
        while let Some(edge) = graph.weakest_bridge(weak) {
            let (a, b, bits) = graph.edges.remove(edge);
            cut.push(Bridge { a, b, bits });
        }
        if !cut.is_empty() {
            for part in graph.components() {
                let Some(&least) = part.iter().min() else { continue };
                part.iter().for_each(|r| roots[r.index()] = least);
            }
            all.extend(cut);
        }
    }
    all
}

/// Edges of one cluster, each pair once.
struct Graph {
    edges: Vec<HeldPair>,
    nodes: Vec<RecordNumber>,
}

impl Graph {
    fn new(mut edges: Vec<HeldPair>) -> Self {
        // Of a decided and a scored edge between the same two the stronger counts.
        edges.sort_unstable_by(|x, y| (x.0, x.1).cmp(&(y.0, y.1)).then(y.2.total_cmp(&x.2)));
        edges.dedup_by_key(|e| (e.0, e.1));
        let mut nodes: Vec<RecordNumber> = edges.iter().flat_map(|e| [e.0, e.1]).collect();
        nodes.sort_unstable();
        nodes.dedup();
        Graph { edges, nodes }
    }

    fn number(&self, record: RecordNumber) -> usize {
        self.nodes.binary_search(&record).expect("a node")
    }

    fn neighbours(&self) -> Vec<Vec<(usize, usize)>> {
        let mut lists = vec![Vec::new(); self.nodes.len()];
        for (i, e) in self.edges.iter().enumerate() {
            let (a, b) = (self.number(e.0), self.number(e.1));
            lists[a].push((b, i));
            lists[b].push((a, i));
        }
        lists
    }

    /// The weakest bridge below `weak` with two records on either side.
    fn weakest_bridge(&self, weak: f32) -> Option<usize> {
        let neighbours = self.neighbours();
        let n = self.nodes.len();
        let (mut entered, mut low, mut size) = (vec![0usize; n], vec![0usize; n], vec![1usize; n]);
        let mut clock = 0;
        let mut bridges: Vec<(usize, usize, usize)> = Vec::new();
        for start in 0..n {
            if entered[start] != 0 {
                continue;
            }
            let from = bridges.len();
            // (node, edge it was reached by, next neighbour)
            let mut stack = vec![(start, usize::MAX, 0)];
            clock += 1;
            (entered[start], low[start]) = (clock, clock);
            let before = clock;
            while let Some(&mut (node, by, ref mut next)) = stack.last_mut() {
                if let Some(&(other, edge)) = neighbours[node].get(*next) {
                    *next += 1;
                    if edge == by {
                        continue;
                    }
                    if entered[other] == 0 {
                        clock += 1;
                        (entered[other], low[other]) = (clock, clock);
                        stack.push((other, edge, 0));
                    } else {
                        low[node] = low[node].min(entered[other]);
                    }
                    continue;
                }
                stack.pop();
                if let Some(&(parent, ..)) = stack.last() {
                    low[parent] = low[parent].min(low[node]);
                    size[parent] += size[node];
                    if low[node] > entered[parent] {
                        bridges.push((by, size[node], 0));
                    }
                }
            }
            let whole = clock - before + 1;
            bridges[from..].iter_mut().for_each(|b| b.2 = whole);
        }
        bridges
            .into_iter()
            .filter(|&(edge, side, whole)| self.edges[edge].2 < weak && side >= 2 && whole - side >= 2)
            .map(|b| b.0)
            .min_by(|&x, &y| {
                let (x, y) = (&self.edges[x], &self.edges[y]);
                x.2.total_cmp(&y.2).then((x.0, x.1).cmp(&(y.0, y.1)))
            })
    }

    fn components(&self) -> Vec<Vec<RecordNumber>> {
        let neighbours = self.neighbours();
        let mut seen = vec![false; self.nodes.len()];
        let mut parts = Vec::new();
        for start in 0..self.nodes.len() {
            if seen[start] {
                continue;
            }
            seen[start] = true;
            let mut part = vec![start];
            let mut at = 0;
            while at < part.len() {
                for &(other, _) in &neighbours[part[at]] {
                    if !seen[other] {
                        seen[other] = true;
                        part.push(other);
                    }
                }
                at += 1;
            }
            parts.push(part.into_iter().map(|i| self.nodes[i]).collect());
        }
        parts
    }
}
