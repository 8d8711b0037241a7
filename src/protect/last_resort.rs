//! The last resort where the filling of tables leaves a small cell of an indicator too narrow: a linear program over
//! all cells of its group says how little and how much it can be. Its tables are taken where the check that reads them
//! later takes them, and nothing else of it is believed.

use std::collections::BTreeMap;

use super::column::BOUNDLESS;
use super::filling::{COMPLEMENT, DENOMINATOR, LEAST_DENOMINATOR, NUMERATOR};
use super::possible::Possible;
use super::program::{Program, ProgramRelation};
use super::seen::{OfParent, SeenCells, Spans};

/// The most programs that are asked for one indicator on one day.
pub const MOST_PROGRAMS: u32 = 200;

/// The largest group that is asked for.
const MOST_CELLS: usize = 400;

/// What is still to be shown of cells, and how.
pub(super) struct LastResort<'a> {
    /// The cells as one sees them who knows all that was shown before.
    pub seen: &'a SeenCells<'a>,
    /// The same of one who knows this edition alone, where that is another view: a table must serve both.
    pub alone: Option<&'a SeenCells<'a>>,
    /// The group of each hidden cell.
    pub group: &'a [u32],
    /// What of each cell must be open.
    pub parts: &'a [u8],
}

/// The numbers of a group in a program.
struct GroupProgram {
    program: Program,
    members: Vec<u32>,
    /// Numerator and denominator of each node of the group, where they are unknown.
    of_node: BTreeMap<u32, [Option<u32>; 2]>,
}

impl LastResort<'_> {
    /// Tables for cells that the tables which are kept leave too narrow; gives those that stay so.
    pub fn prove(&self, narrow: &[usize], kept: &mut Possible, left: &mut u32) -> Vec<usize> {
        let mut spans = self.spans(kept);
        let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for node in narrow {
            groups.entry(self.group[*node]).or_default().push(*node);
        }
        let mut next = kept.table.iter().max().map_or(0, |last| last + 1);
        for (group, nodes) in groups {
            let members: Vec<u32> =
                (0..self.group.len() as u32).filter(|node| self.group[*node as usize] == group).collect();
            if members.len() > MOST_CELLS || *left == 0 {
                continue;
            }
            let of_group = self.program(members);
            for node in nodes {
                for (at, bit) in [NUMERATOR, COMPLEMENT, DENOMINATOR].into_iter().enumerate() {
                    for up in [true, false] {
                        if self.parts[node] & bit == 0 || self.is_wide(spans[node][at]) || *left == 0 {
                            continue;
                        }
                        *left -= 1;
                        let Some(table) = of_group.table(node as u32, bit, up) else { continue };
                        let alone = of_group.possible(self.seen, next, &table);
                        let mut gained = false;
                        for (span, new) in spans.iter_mut().zip(self.spans(&alone)) {
                            gained |= widen(span, &new);
                        }
                        if gained {
                            kept.append(alone);
                            next += 1;
                        }
                    }
                }
            }
        }
        let is_narrow = |node: &usize| {
            let bits = [NUMERATOR, COMPLEMENT, DENOMINATOR].into_iter().zip(spans[*node]);
            bits.into_iter().any(|(bit, span)| self.parts[*node] & bit != 0 && !self.is_wide(span))
        };
        narrow.iter().copied().filter(is_narrow).collect()
    }

    fn is_wide(&self, span: Option<(i64, i64)>) -> bool {
        span.is_some_and(|(low, high)| high - low >= self.seen.width)
    }

    /// How far apart tables see each cell, to both who look.
    fn spans(&self, tables: &Possible) -> Vec<Spans> {
        let of = |seen: &SeenCells<'_>| SeenCells { tables, ..*seen }.spans();
        let mut spans = of(self.seen);
        if let Some(alone) = self.alone {
            for (span, other) in spans.iter_mut().zip(of(alone)) {
                for (span, other) in span.iter_mut().zip(other) {
                    *span = span.zip(other).map(|(a, b)| (a.0.max(b.0), a.1.min(b.1)));
                }
            }
        }
        spans
    }

    /// What is known of a group: each number by itself, and what adds up.
    fn program(&self, members: Vec<u32>) -> GroupProgram {
        let SeenCells { tree, n, d, hidden_n, hidden_d, width, .. } = *self.seen;
        let least = i64::from(d.is_none());
        // Enough for every cell to go up.
        let largest = |values: &[i64]| {
            let of = |node: &u32| values[*node as usize].max(values[tree.parent(*node as usize)]);
            members.iter().map(of).max().unwrap_or(0)
        };
        let most = 2 * d.map_or(0, largest).max(largest(n)) + 16 * width;
        let mut program = Program::default();
        let mut of_node: BTreeMap<u32, [Option<u32>; 2]> = BTreeMap::new();
        for node in &members {
            let at = *node as usize;
            let cap = d.filter(|_| !hidden_d[at]).map_or(most, |d| d[at]);
            let own_n = hidden_n[at].then(|| program.number(least, cap.min(BOUNDLESS)));
            let floor = if hidden_n[at] { LEAST_DENOMINATOR } else { n[at].max(LEAST_DENOMINATOR) };
            let own_d = d.filter(|_| hidden_d[at]).map(|_| program.number(floor, most));
            if let (Some(own_n), Some(own_d)) = (own_n, own_d) {
                program.relate(vec![(own_n, 1), (own_d, -1)], ProgramRelation::AtMost, 0);
            }
            of_node.insert(*node, [own_n, own_d]);
        }
        let (of_n, of_d) = self.seen.parents(least);
        let mut parents: Vec<u32> = members.iter().map(|node| tree.parent[*node as usize]).collect();
        parents.extend(&members);
        parents.sort_unstable();
        parents.dedup();
        for parent in parents.into_iter().map(|p| p as usize) {
            let mut link = |side: usize, values: &[i64], sums: &OfParent, is_hidden: bool| {
                let number = |node: usize| of_node.get(&(node as u32)).and_then(|own| own[side]);
                let kids: Vec<usize> = tree.children(parent).filter(|c| self.seen.is_hidden(*c)).collect();
                if kids.is_empty() {
                    return;
                }
                let known: i64 = kids.iter().filter(|c| number(**c).is_none()).map(|c| values[*c]).sum();
                let mut terms: Vec<(u32, i32)> = kids.iter().filter_map(|c| number(*c)).map(|at| (at, 1)).collect();
                let own = number(parent).filter(|_| is_hidden);
                terms.extend(own.map(|at| (at, -1)));
                let whole = if own.is_some() { 0 } else { values[parent] };
                if sums.binds(values[parent], is_hidden) {
                    return program.relate(terms, ProgramRelation::Equal, whole - sums.shown - known);
                }
                // The sum tells nothing: a child is at most its parent all the same.
                for kid in kids.into_iter().filter_map(number) {
                    let terms = std::iter::once((kid, 1)).chain(own.map(|at| (at, -1))).collect();
                    program.relate(terms, ProgramRelation::AtMost, whole);
                }
            };
            link(0, n, &of_n[parent], hidden_n[parent]);
            if let Some(d) = d {
                link(1, d, &of_d[parent], hidden_d[parent]);
            }
        }
        GroupProgram { program, members, of_node }
    }
}

impl GroupProgram {
    /// The numbers of a table in which a part of a node is as great or as little as may be.
    fn table(&self, node: u32, bit: u8, up: bool) -> Option<Vec<i64>> {
        let [n, d] = self.of_node.get(&node).copied()?;
        let (n, d) = (n.map(|at| (at, 1)), d.map(|at| (at, 1)));
        let aim: Vec<(u32, i32)> = match bit {
            NUMERATOR => n.into_iter().collect(),
            DENOMINATOR => d.into_iter().collect(),
            _ => d.into_iter().chain(n.map(|(at, _)| (at, -1))).collect(),
        };
        if aim.is_empty() {
            return None;
        }
        if up { self.program.greatest(&aim) } else { self.program.least(&aim) }
    }

    /// A table as it is kept.
    fn possible(&self, seen: &SeenCells<'_>, table: u32, numbers: &[i64]) -> Possible {
        let mut out = Possible::default();
        for node in &self.members {
            let at = *node as usize;
            let [n, d] = self.of_node[node].map(|own| own.map(|at| numbers[at as usize]));
            out.push(table, *node, [n.unwrap_or(seen.n[at]), d.unwrap_or_else(|| seen.d.map_or(0, |d| d[at]))]);
        }
        out
    }
}

/// Takes in what a further table shows; whether that is more.
fn widen(span: &mut Spans, new: &Spans) -> bool {
    let mut gained = false;
    for (span, new) in span.iter_mut().zip(new) {
        let Some(new) = new else { continue };
        let wider = span.map_or(*new, |old| (old.0.min(new.0), old.1.max(new.1)));
        gained |= *span != Some(wider);
        *span = Some(wider);
    }
    gained
}
