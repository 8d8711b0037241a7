//! Where no table and no move is found, a linear program is asked: it keeps open what would else have to be hidden, or
//! would keep back the whole edition.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use xinhui::protect::cube::{self, Cube, CubeHidden, CubeMeasure, CubeSlot};
use xinhui::protect::last_resort::MOST_PROGRAMS;
use xinhui::protect::tree::Tree;

use super::attacker::{City, Hidden, T, broken_by, protected_with, small};

/// Three counties, by two kinds of people; the third has none of the second kind.
const PEOPLE: [[i64; 2]; 3] = [[1, 11], [2, 6], [4, 0]];

/// Rows of the city and its counties in which there is anybody: place, kind (0 for all) and how many.
fn rows() -> Vec<([u32; 3], i64)> {
    let mut rows = Vec::new();
    for place in 0..4 {
        let of: Vec<[i64; 2]> = if place == 0 { PEOPLE.to_vec() } else { vec![PEOPLE[place - 1]] };
        for kind in 0..3 {
            let value = of.iter().map(|[a, b]| [a + b, *a, *b][kind]).sum();
            if value > 0 {
                rows.push(([place as u32, kind as u32, 0], value));
            }
        }
    }
    rows
}

/// What a night hides of it after one that showed the first kind of the city, and the first two counties.
fn hidden_after_a_night(programs: u32) -> CubeHidden {
    let tree = Tree::new(vec![0; 4], vec![3, 2, 2, 2]);
    let rows = rows();
    let fixed = [[0, 1, 0], [1, 0, 0], [2, 0, 0]];
    let forced = [[1, 1, 0], [1, 2, 0], [2, 1, 0], [2, 2, 0], [3, 1, 0]];
    let rows_in_all = rows.len();
    cube::protect(&Cube {
        tree: &tree,
        time_parent: vec![0],
        slots: vec![CubeSlot::All, CubeSlot::One { dimension: 0, value: 0 }, CubeSlot::One { dimension: 0, value: 1 }],
        crossed: None,
        dimensions: 1,
        single: vec![true],
        measures: vec![CubeMeasure { leading: true, at_most: None, rounding: None }],
        values: vec![rows.iter().map(|(_, value)| *value).collect()],
        fixed: rows.iter().map(|(row, _)| fixed.contains(row)).collect(),
        known: vec![false; rows.len()],
        forced: rows.iter().map(|(row, _)| forced.contains(row)).collect(),
        watched: vec![false; rows.len()],
        watched_lightly: false,
        hasty: false,
        costs: rows.iter().map(|(row, value)| if row[0] == 0 { 1000 } else { 100 } * (*value as u64 + 1)).collect(),
        rows: rows.into_iter().map(|(row, _)| row).collect(),
        in_table: rows_in_all,
        width: T - 2,
        programs,
    })
}

/// Two people left the third county. No single kind of person can change places with another: the county's own number
/// must go with them. Without a program the night would publish nothing.
#[test]
fn a_rollup_that_no_single_move_keeps_open_is_kept_open_by_a_program() {
    assert!(!hidden_after_a_night(0).failed.is_empty());
    let hidden = hidden_after_a_night(MOST_PROGRAMS);
    assert!(hidden.failed.is_empty(), "{:?}", hidden.failed);
    let rows = rows();
    for ((row, value), hides) in rows.iter().zip(&hidden.hidden) {
        assert!(!small(*value) || *hides, "{row:?} is small and shown");
    }
    let at: BTreeMap<[u32; 3], usize> = rows.iter().enumerate().map(|(at, (row, _))| (*row, at)).collect();
    // Every table: people of the first and the second kind in each county, and sums of them.
    let mut possible: Vec<Vec<i64>> = Vec::new();
    for people in 0..30_i64.pow(4) {
        let of = |digit: u32| people / 30_i64.pow(digit) % 30;
        let [a, b, c, d] = [of(0), of(1), of(2), of(3)];
        // The first county shows 12, the second 8, the first kind 7.
        let (e, counties) = (7 - a - c, [a + b, c + d]);
        let numbers = [[a + b + c + d + e, 7, b + d], [counties[0], a, b], [counties[1], c, d], [e, e, 0]];
        let table: Vec<i64> =
            rows.iter().map(|([place, kind, _], _)| numbers[*place as usize][*kind as usize]).collect();
        let agrees = rows.iter().enumerate().all(|(at, (_, value))| hidden.hidden[at] || table[at] == *value);
        // A row stands only where there is somebody.
        if agrees && table.iter().all(|value| *value >= 1) {
            possible.push(table);
        }
    }
    for (row, value) in rows.iter().filter(|(_, value)| small(*value)) {
        let seen = possible.iter().map(|table| table[at[row]]);
        let (least, most) = (seen.clone().min().expect("a table"), seen.max().expect("a table"));
        assert!(most - least >= T - 2, "{row:?} {value}: {least} to {most}");
    }
    // What is kept as a proof are tables of these.
    for moved in &hidden.moves {
        for times in [moved.up, -moved.down] {
            let mut table: Vec<i64> = rows.iter().map(|(_, value)| *value).collect();
            moved.cells.iter().for_each(|(row, sign)| table[*row as usize] += times * i64::from(*sign));
            assert!(possible.contains(&table), "{table:?} is no table that agrees");
        }
    }
}

/// Trees of up to eight divisions at random: asked at the last, programs find tables that the filling does not, so that
/// less is hidden, and an attacker who tries all tables finds nothing.
#[test]
fn less_is_hidden_of_indicators_where_programs_are_asked() {
    let mut random = rand_pcg::Pcg64Mcg::seed_from_u64(7);
    let (mut differ, mut without, mut with) = (0, 0, 0);
    for _ in 0..10_000 {
        let city = random_city(&mut random);
        let of_filling = protected_with(&city, None, 0);
        let of_programs = protected_with(&city, None, MOST_PROGRAMS);
        if of_filling != of_programs {
            differ += 1;
            without += count(&of_filling);
            with += count(&of_programs);
            assert_eq!(broken_by(&city, &of_programs, None), Vec::<usize>::new(), "{city:?}");
            assert_eq!(protected_with(&city, None, MOST_PROGRAMS), of_programs);
        }
    }
    assert!(differ > 0 && with < without, "{differ} differ: {with} hidden instead of {without}");
}

fn count(hidden: &Hidden) -> usize {
    hidden.0.iter().chain(&hidden.1).filter(|hides| **hides).count()
}

/// A tree breadth first, and few people in its lowest divisions.
fn random_city(random: &mut rand_pcg::Pcg64Mcg) -> City {
    let mut parent = vec![0_u32];
    let mut depth = vec![0];
    let mut least = 0;
    for _ in 0..random.random_range(2..8) {
        let open: Vec<usize> = (least..parent.len()).filter(|node| depth[*node] < 3).collect();
        let of = open[random.random_range(0..open.len())];
        least = of;
        parent.push(of as u32);
        depth.push(depth[of] + 1);
    }
    let people: Vec<(i64, i64)> =
        (0..parent.len()).map(|_| (random.random_range(0..8), random.random_range(0..8))).collect();
    City::of_leaves(parent, |leaf| people[leaf])
}
