//! A reader who takes persons to add up, though somebody may be in two rows: which small rows he is left too few values of
//! is what writing down every table that he must think possible says.

use std::collections::BTreeSet;

use rand::{RngExt, SeedableRng};
use xinhui::protect::cube::{self, Cube, CubeMeasure, CubeSlot};
use xinhui::protect::last_resort::MOST_PROGRAMS;
use xinhui::protect::taken_for_sums::{narrow, wider};
use xinhui::protect::tree::Tree;

use super::attacker::{T, small};

/// Of a city and its two counties: all persons, and those of two kinds; somebody may be of both, and in both counties.
type Persons = [[i64; 3]; 3];

fn persons(random: &mut impl RngExt) -> Persons {
    let mut county = || {
        let kinds = [random.random_range(1..9), random.random_range(1..9)];
        let both = random.random_range(0..7).min(kinds[0]).min(kinds[1]);
        [kinds[0] + kinds[1] - both, kinds[0], kinds[1]]
    };
    let counties = [county(), county()];
    let mut city = [0, 1, 2].map(|kind| {
        let [a, b] = counties.map(|of| of[kind]);
        a + b - random.random_range(0..3).min(a).min(b)
    });
    city[0] = city[0].max(city[1]).max(city[2]);
    [city, counties[0], counties[1]]
}

fn cube<'a>(tree: &'a Tree, persons: &Persons, forced: Vec<bool>) -> Cube<'a> {
    let rows: Vec<[u32; 3]> = (0..3).flat_map(|place| (0..3).map(move |kind| [place, kind, 0])).collect();
    let values: Vec<i64> = persons.iter().flatten().copied().collect();
    Cube {
        tree,
        time_parent: vec![0],
        slots: vec![CubeSlot::All, CubeSlot::One { dimension: 0, value: 0 }, CubeSlot::One { dimension: 0, value: 1 }],
        crossed: None,
        dimensions: 1,
        single: vec![true],
        measures: vec![CubeMeasure { leading: true, at_most: None, rounding: None }],
        fixed: vec![false; 9],
        known: vec![false; 9],
        forced,
        watched: vec![false; 9],
        watched_lightly: false,
        hasty: false,
        costs: rows
            .iter()
            .zip(&values)
            .map(|(row, n)| if row[0] == 0 { 1000 } else { 100 } * (*n as u64 + 1))
            .collect(),
        values: vec![values],
        rows,
        in_table: 9,
        width: T - 2,
        programs: MOST_PROGRAMS,
    }
}

/// Small rows that are hidden and have too few values in all tables that add up and agree with what is shown, the true one
/// among these values; nothing where no table does.
fn too_narrow(persons: &Persons, hidden: &[bool]) -> Option<BTreeSet<u32>> {
    let truth: Vec<i64> = persons.iter().flatten().copied().collect();
    let mut seen: Option<Vec<(i64, i64)>> = None;
    for code in 0..16_i64.pow(4) {
        let of = |digit: u32| code / 16_i64.pow(digit) % 16 + 1;
        let [a, b, c, d] = [of(0), of(1), of(2), of(3)];
        let table = [a + b + c + d, a + c, b + d, a + b, a, b, c + d, c, d];
        if table.iter().zip(&truth).zip(hidden).all(|((is, true_one), hides)| *hides || is == true_one) {
            let seen = seen.get_or_insert_with(|| table.iter().map(|value| (*value, *value)).collect());
            seen.iter_mut().zip(table).for_each(|(s, value)| *s = (s.0.min(value), s.1.max(value)));
        }
    }
    let is_few = |row: &usize| {
        let (least, most) = seen.as_ref()?[*row];
        Some(hidden[*row] && small(truth[*row]) && most - least < T - 2 && (least..=most).contains(&truth[*row]))
    };
    seen.as_ref()?;
    Some((0..9).filter(|row| is_few(row) == Some(true)).map(|row| row as u32).collect())
}

#[test]
fn rows_that_a_reader_of_sums_finds_too_narrow_are_found_and_get_room() {
    let tree = Tree::new(vec![0; 3], vec![3, 2, 2]);
    let mut random = rand::rngs::SmallRng::seed_from_u64(5);
    let (mut feasible, mut found_narrow, mut widened) = (0, 0, 0);
    for _ in 0..1_500 {
        let persons = persons(&mut random);
        let mut forced = vec![false; 9];
        for round in 0..4 {
            let cube = cube(&tree, &persons, forced.clone());
            let found = cube::protect(&cube);
            let narrow = narrow(&cube, &found, None);
            let Some(wanted) = too_narrow(&persons, &found.hidden) else { break };
            feasible += 1;
            assert_eq!(narrow.iter().copied().collect::<BTreeSet<u32>>(), wanted, "{persons:?}: {:?}", found.hidden);
            found_narrow += usize::from(round == 0 && !narrow.is_empty());
            widened += usize::from(round > 0 && narrow.is_empty());
            let more: Vec<u32> = narrow.iter().flat_map(|row| wider(&cube, &found.hidden, *row)).collect();
            if more.is_empty() {
                break;
            }
            more.into_iter().for_each(|row| forced[row as usize] = true);
        }
    }
    assert!(feasible > 100 && found_narrow > 5 && widened > 5, "{feasible} {found_narrow} {widened}");
}
