//! Clustering under constraints as its definition says it: slow, and meant to be read.
//!
//! 1. Must-links are unions first, in sorted order.
//! 2. Edges of `join` bits and more are taken by bits, the strongest first, ties by record; two records of one
//!    own id are infinitely strong. A union is refused when one cluster would then hold two different own ids or
//!    a pair that cannot be one.
//! 3. Within each cluster, of all its edges and must-links: the weakest bridge below `bridge` bits with
//!    two records or more on each side is cut, and so again on the parts, until there is none. A
//!    must-link is infinitely strong.

use std::collections::{BTreeMap, BTreeSet};

/// What is to be clustered. A pair is one whichever of its records comes first; of a pair that stands
/// twice among the edges the higher bits count; pairs of a record with itself say nothing.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// Records are `0..records`.
    pub records: u32,
    /// Never NaN.
    pub edges: Vec<(u32, u32, f32)>,
    /// Record for record: 0 for none. Empty: nobody has one.
    pub own_ids: Vec<u32>,
    pub cannot_links: Vec<(u32, u32)>,
    pub must_links: Vec<(u32, u32)>,
    /// An edge joins from these bits on.
    pub join: f32,
    /// A bridge of these bits or more stays.
    pub bridge: f32,
}

/// What came of it. Pairs have their lower record first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Solution {
    /// The least record of each record's cluster.
    pub cluster_of: Vec<u32>,
    /// Sorted.
    pub refused_must_links: Vec<(u32, u32)>,
    /// In the order in which they were taken. An edge within a cluster is not taken.
    pub refused_edges: Vec<(u32, u32, f32)>,
    /// Sorted by record.
    pub cut_bridges: Vec<(u32, u32, f32)>,
}

pub fn cluster(problem: &Problem) -> Solution {
    let mut solution = Solution { cluster_of: (0..problem.records).collect(), ..Solution::default() };
    let must_links: BTreeSet<(u32, u32)> =
        problem.must_links.iter().filter(|m| m.0 != m.1).map(|&(a, b)| (a.min(b), a.max(b))).collect();
    for &(a, b) in &must_links {
        if !unite(problem, &mut solution.cluster_of, a, b) {
            solution.refused_must_links.push((a, b));
        }
    }

    let mut bits_of: BTreeMap<(u32, u32), f32> = BTreeMap::new();
    for &(a, b, bits) in problem.edges.iter().filter(|e| e.0 != e.1 && e.2 >= problem.join) {
        let strongest = bits_of.entry((a.min(b), a.max(b))).or_insert(bits);
        *strongest = strongest.max(bits);
    }
    let mut edges: Vec<(u32, u32, f32)> = bits_of.iter().map(|(&(a, b), &bits)| (a, b, bits)).collect();
    let own_id = |record: u32| problem.own_ids.get(record as usize).copied().filter(|id| *id != 0);
    let is_of_one_id = |a: u32, b: u32| own_id(a).is_some() && own_id(a) == own_id(b);
    let strength = |e: &(u32, u32, f32)| if is_of_one_id(e.0, e.1) { f32::INFINITY } else { e.2 };
    // Stable, so that ties stay in the order of their records.
    edges.sort_by(|x, y| strength(y).total_cmp(&strength(x)));
    for &(a, b, bits) in &edges {
        if !unite(problem, &mut solution.cluster_of, a, b) {
            solution.refused_edges.push((a, b, bits));
        }
    }

    for &pair in &must_links {
        bits_of.insert(pair, f32::INFINITY);
    }
    for (pair, bits) in &mut bits_of {
        *bits = strength(&(pair.0, pair.1, *bits));
    }
    let mut edges: Vec<(u32, u32, f32)> = bits_of
        .iter()
        .filter(|(pair, _)| solution.cluster_of[pair.0 as usize] == solution.cluster_of[pair.1 as usize])
        .map(|(&(a, b), &bits)| (a, b, bits))
        .collect();
    edges.sort_by(|x, y| x.2.total_cmp(&y.2));
    // Clusters have no edges in common, so that the weakest of all is the weakest of its cluster.
    while let Some(weakest) = edges.iter().position(|edge| is_weak_bridge(problem, &edges, *edge)) {
        solution.cut_bridges.push(edges.remove(weakest));
    }
    solution.cut_bridges.sort_by_key(|c| (c.0, c.1));
    for record in 0..problem.records {
        solution.cluster_of[record as usize] = *reached(&edges, record).first().expect("the record itself");
    }
    solution
}

/// Makes two clusters one, unless that breaks a constraint. `true` when they are one afterwards.
fn unite(problem: &Problem, cluster_of: &mut [u32], a: u32, b: u32) -> bool {
    let (one, other) = (cluster_of[a as usize], cluster_of[b as usize]);
    if one == other {
        return true;
    }
    let together = |record: u32| cluster_of[record as usize] == one || cluster_of[record as usize] == other;
    let own_ids: BTreeSet<u32> = (0..problem.records)
        .filter(|r| together(*r))
        .filter_map(|r| problem.own_ids.get(r as usize).copied())
        .filter(|id| *id != 0)
        .collect();
    if own_ids.len() > 1 || problem.cannot_links.iter().any(|c| c.0 != c.1 && together(c.0) && together(c.1)) {
        return false;
    }
    for cluster in cluster_of.iter_mut().filter(|c| **c == one || **c == other) {
        *cluster = one.min(other);
    }
    true
}

fn is_weak_bridge(problem: &Problem, edges: &[(u32, u32, f32)], edge: (u32, u32, f32)) -> bool {
    if edge.2 >= problem.bridge {
        return false;
    }
    let others: Vec<(u32, u32, f32)> = edges.iter().copied().filter(|e| *e != edge).collect();
    let side = reached(&others, edge.0);
    !side.contains(&edge.1) && side.len() >= 2 && reached(&others, edge.1).len() >= 2
}

/// The records that edges lead to from one, itself included.
fn reached(edges: &[(u32, u32, f32)], from: u32) -> BTreeSet<u32> {
    let mut reached = BTreeSet::from([from]);
    loop {
        let before = reached.len();
        for &(a, b, _) in edges {
            if reached.contains(&a) || reached.contains(&b) {
                reached.extend([a, b]);
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}

fn problem(records: u32, edges: &[(u32, u32, f32)]) -> Problem {
    Problem { records, edges: edges.to_vec(), join: 10.0, bridge: 20.0, ..Problem::default() }
}

#[test]
fn edges_join_from_the_threshold_on_and_name_the_least_record() {
    let solution = cluster(&problem(5, &[(3, 1, 10.0), (4, 2, 9.9), (0, 0, 99.0)]));
    assert_eq!(solution, Solution { cluster_of: vec![0, 1, 2, 1, 4], ..Solution::default() });
}

#[test]
fn the_stronger_edge_wins_the_record_and_ties_go_to_the_lower_records() {
    let own = |edges: &[(u32, u32, f32)]| cluster(&Problem { own_ids: vec![7, 0, 8], ..problem(3, edges) });
    let stronger = own(&[(0, 1, 11.0), (1, 2, 12.0)]);
    assert_eq!(stronger.cluster_of, [0, 1, 1]);
    assert_eq!(stronger.refused_edges, [(0, 1, 11.0)]);
    let tie = own(&[(2, 1, 11.0), (1, 0, 11.0)]);
    assert_eq!(tie.cluster_of, [0, 0, 2]);
    assert_eq!(tie.refused_edges, [(1, 2, 11.0)]);
}

#[test]
fn the_same_own_id_stands_against_nothing() {
    let solution = cluster(&Problem { own_ids: vec![7, 0, 7], ..problem(3, &[(0, 1, 30.0), (1, 2, 30.0)]) });
    assert_eq!(solution, Solution { cluster_of: vec![0; 3], ..Solution::default() });
}

#[test]
fn a_pair_that_cannot_be_one_is_not_one_through_others_either() {
    let edges = [(0, 1, 30.0), (1, 2, 25.0), (2, 3, 28.0), (0, 3, 15.0)];
    let solution = cluster(&Problem { cannot_links: vec![(3, 0)], ..problem(4, &edges) });
    assert_eq!(solution.cluster_of, [0, 0, 2, 2]);
    assert_eq!(solution.refused_edges, [(1, 2, 25.0), (0, 3, 15.0)]);
    assert!(solution.cut_bridges.is_empty());
}

#[test]
fn must_links_come_first_in_their_order_and_bow_to_constraints_only() {
    let solution = cluster(&Problem {
        must_links: vec![(2, 1), (1, 0), (3, 3)],
        own_ids: vec![7, 0, 8, 0],
        ..problem(4, &[(1, 2, 90.0)])
    });
    assert_eq!(solution.cluster_of, [0, 0, 2, 3]);
    assert_eq!(solution.refused_must_links, [(1, 2)]);
    assert_eq!(solution.refused_edges, [(1, 2, 90.0)]);
}

/// Two triangles, or what is left of them, and what holds them together.
fn triangles(between: &[(u32, u32, f32)]) -> Vec<(u32, u32, f32)> {
    let mut edges = vec![(0, 1, 30.0), (1, 2, 30.0), (0, 2, 30.0), (3, 4, 30.0), (4, 5, 30.0), (3, 5, 30.0)];
    edges.extend(between);
    edges
}

#[test]
fn a_weak_bridge_is_cut_a_strong_one_and_a_double_one_are_not() {
    let weak = cluster(&problem(6, &triangles(&[(2, 3, 19.9)])));
    assert_eq!(weak.cluster_of, [0, 0, 0, 3, 3, 3]);
    assert_eq!(weak.cut_bridges, [(2, 3, 19.9)]);
    for between in [&[(2, 3, 20.0)][..], &[(2, 3, 12.0), (1, 4, 12.0)]] {
        let kept = cluster(&problem(6, &triangles(between)));
        assert_eq!(kept, Solution { cluster_of: vec![0; 6], ..Solution::default() });
    }
}

#[test]
fn a_must_link_beside_a_weak_edge_is_never_cut() {
    let solution = cluster(&Problem { must_links: vec![(3, 2)], ..problem(6, &triangles(&[(2, 3, 12.0)])) });
    assert_eq!(solution, Solution { cluster_of: vec![0; 6], ..Solution::default() });
}

#[test]
fn a_single_record_is_not_cut_off() {
    let solution = cluster(&problem(4, &[(0, 1, 30.0), (1, 2, 30.0), (0, 2, 30.0), (2, 3, 11.0)]));
    assert_eq!(solution.cluster_of, [0; 4]);
}

#[test]
fn the_weakest_goes_first_and_may_save_the_next() {
    // A chain of five: the cut of 1-2 leaves 0-1 and 2-3-4, where 2-3 would cut off 2 alone.
    let solution = cluster(&problem(5, &[(0, 1, 30.0), (1, 2, 12.0), (2, 3, 13.0), (3, 4, 30.0)]));
    assert_eq!(solution.cluster_of, [0, 0, 2, 2, 2]);
    assert_eq!(solution.cut_bridges, [(1, 2, 12.0)]);
    // As strong as one another: the lower records first.
    let solution = cluster(&problem(5, &[(0, 1, 30.0), (1, 2, 12.0), (2, 3, 12.0), (3, 4, 30.0)]));
    assert_eq!(solution.cut_bridges, [(1, 2, 12.0)]);
}

#[test]
fn parts_are_cut_again() {
    let edges = [(0, 1, 30.0), (1, 2, 12.0), (2, 3, 30.0), (3, 4, 13.0), (4, 5, 30.0)];
    let solution = cluster(&problem(6, &edges));
    assert_eq!(solution.cluster_of, [0, 0, 2, 2, 4, 4]);
    assert_eq!(solution.cut_bridges, [(1, 2, 12.0), (3, 4, 13.0)]);
}

#[test]
fn of_an_edge_that_stands_twice_the_higher_bits_count() {
    let solution = cluster(&problem(6, &triangles(&[(2, 3, 12.0), (3, 2, 25.0)])));
    assert_eq!(solution, Solution { cluster_of: vec![0; 6], ..Solution::default() });
}
