//! Hierarchies of any shape, by one night and by two: villages of every size, a division that is the only one of its
//! parent, divisions without any below them, and branches that go deeper than others.

use proptest::prelude::*;

use super::attacker::{City, Hidden, T, broken_by, cases, protected_knowing, small};

/// A tree breadth first, and how many each lowest division has: numerator and the rest.
#[derive(Clone, Debug)]
struct Shape {
    parent: Vec<u32>,
    people: Vec<(i64, i64)>,
}

impl Shape {
    fn city(&self) -> City {
        City::of_leaves(self.parent.clone(), |leaf| self.people[leaf])
    }

    fn leaves(&self) -> Vec<usize> {
        (0..self.parent.len()).filter(|node| !self.parent[1..].contains(&(*node as u32))).collect()
    }
}

/// Up to eight divisions on up to five levels; each hangs below one that stands before it.
fn shapes() -> impl Strategy<Value = Shape> {
    let size = prop_oneof![4 => Just(0_i64), 8 => 1_i64..5, 4 => 5_i64..7, 1 => Just(15_i64)];
    let people = (size.clone(), size);
    (proptest::collection::vec(0.0..1.0_f64, 2..8), proptest::collection::vec(people, 8)).prop_map(|(picks, people)| {
        let (mut parent, mut depth) = (vec![0_u32], vec![0]);
        // Divisions of one level follow each other: a parent is one of the last level, or of the one that is begun.
        let mut least = 0;
        for pick in picks {
            let open: Vec<usize> = (least..parent.len()).filter(|node| depth[*node] < 4).collect();
            let of = open[((pick * open.len() as f64) as usize).min(open.len() - 1)];
            least = of;
            parent.push(of as u32);
            depth.push(depth[of] + 1);
        }
        Shape { parent, people }
    })
}

/// What is known of a night to the next: shown and the same, or hidden and little changed.
fn known(before: &City, hidden: &Hidden, now: &City) -> [Vec<[bool; 2]>; 2] {
    let same = |a: &[i64], b: &[i64]| -> Vec<bool> { a.iter().zip(b).map(|(a, b)| a == b).collect() };
    let (same_n, same_d) = (same(&before.n, &now.n), same(&before.d, &now.d));
    let of = |hidden: &[bool], same: &[bool], near: &dyn Fn(usize) -> bool| {
        (0..hidden.len()).map(|i| [hidden[i] && near(i), !hidden[i] && same[i]]).collect()
    };
    [
        of(&hidden.0, &same_n, &|i| (before.n[i] - now.n[i]).abs() < T),
        of(&hidden.1, &same_d, &|i| (before.d[i] - now.d[i]).abs() < T),
    ]
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn every_small_number_of_any_hierarchy_stays_open(shape in shapes()) {
        let city = shape.city();
        let hidden = protected_knowing(&city, None);
        prop_assert_eq!(broken_by(&city, &hidden, None), Vec::<usize>::new());
    }

    /// Some people are gone, or some more are there, in one lowest division or in several: what the first night showed
    /// and is the same is known in the second.
    #[test]
    fn some_people_more_or_less_leave_every_small_number_open(
        shape in shapes(), changes in proptest::collection::vec((0.0..1.0_f64, -2..3_i64, -2..3_i64), 1..4),
    ) {
        let leaves = shape.leaves();
        let mut next = shape.clone();
        for (leaf, of_n, of_rest) in changes {
            let leaf = leaves[((leaf * leaves.len() as f64) as usize).min(leaves.len() - 1)];
            let (n, rest) = &mut next.people[leaf];
            (*n, *rest) = ((*n + of_n).max(0), (*rest + of_rest).max(0));
        }
        open_in_both(&shape, &next)?;
    }

    /// The least change that tells of somebody: one person.
    #[test]
    fn one_person_more_or_less_leaves_every_small_number_open(
        shape in shapes(), leaf in 0.0..1.0_f64, of_numerator: bool, gone: bool,
    ) {
        let leaves = shape.leaves();
        let leaf = leaves[((leaf * leaves.len() as f64) as usize).min(leaves.len() - 1)];
        let mut next = shape.clone();
        let (n, rest) = &mut next.people[leaf];
        let of = if of_numerator { n } else { rest };
        *of = if gone { (*of - 1).max(0) } else { *of + 1 };
        open_in_both(&shape, &next)?;
    }
}

/// Of two nights, the second with what is known of the first.
fn open_in_both(first: &Shape, second: &Shape) -> Result<(), TestCaseError> {
    let (first, second) = (first.city(), second.city());
    let hidden_first = protected_knowing(&first, None);
    let known = known(&first, &hidden_first, &second);
    let hidden = protected_knowing(&second, Some(&known));
    prop_assert_eq!(broken_by(&second, &hidden, Some(&known)), Vec::<usize>::new());
    for i in 0..second.n.len() {
        prop_assert!(!small(second.n[i]) || hidden.0[i]);
    }
    Ok(())
}

/// Numerators that are known from before leave what is small beside them behind the denominators alone: here those of
/// the siblings are known too, so that the whole must be hidden.
#[test]
fn what_is_small_beside_a_known_numerator_hides_behind_denominators() {
    for (parent, people, of) in [
        (vec![0, 0, 0, 0, 1, 1, 3], vec![(0, 0), (0, 0), (3, 2), (0, 0), (0, 0), (2, 3), (5, 0)], 6),
        (vec![0, 0, 1, 1, 1, 4], vec![(0, 0), (0, 0), (4, 1), (5, 0), (0, 0), (1, 0)], 3),
    ] {
        let first = Shape { parent, people };
        let mut second = first.clone();
        second.people[of].1 += 1;
        open_in_both(&first, &second).unwrap();
    }
}

/// People who move below a whole that is known from before. Where its numerator is known and hidden with its denominator,
/// it is no shelter for what lies below.
#[test]
fn what_moves_below_a_known_whole_stays_open() {
    for (parent, people, moved) in [
        (
            vec![0, 0, 1, 1, 1, 2, 3, 5],
            vec![(0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (6, 0), (0, 5)],
            [(4, (0, 1)), (6, (5, 0))],
        ),
        (vec![0, 0, 0, 0], vec![(0, 0), (15, 5), (5, 5), (0, 0)], [(1, (14, 6)), (3, (1, 0))]),
    ] {
        let first = Shape { parent, people };
        let mut second = first.clone();
        for (leaf, people) in moved {
            second.people[leaf] = people;
        }
        open_in_both(&first, &second).unwrap();
    }
}

/// A chain of only children of which the end alone is hidden shows it above.
#[test]
fn a_chain_of_only_children_is_hidden_as_one() {
    let city = City::of_leaves(vec![0, 0, 0, 1, 3], |leaf| if leaf == 4 { (3, 20) } else { (30, 30) });
    let mut only_small = (vec![false; 5], vec![false; 5]);
    only_small.0[4] = true;
    assert_eq!(broken_by(&city, &only_small, None), [1, 3]);
    let hidden = protected_knowing(&city, None);
    assert!(hidden.0[1] && hidden.0[3] && hidden.0[4], "{hidden:?}");
    assert!(broken_by(&city, &hidden, None).is_empty());
}
