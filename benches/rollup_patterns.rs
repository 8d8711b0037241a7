//! What the public edition hides of small rollups of two crossed dimensions: a line of JSON for each, for
//! `benches/suppression_cost.py`, which looks for the cheapest pattern by an exact solver.
//!
//! ```text
//! cargo bench --bench rollup_patterns | python benches/suppression_cost.py
//! ```

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::json;
use xinhui::protect::cube::{Cube, CubeMeasure, CubeSlot, protect};
use xinhui::protect::tree::Tree;

/// t - 2 and the weights of `schemas/disclosure.toml`.
const WIDTH: i64 = 3;
const WEIGHTS: [u64; 4] = [1, 10, 100, 1000];

fn main() {
    let mut chance = Pcg64Mcg::seed_from_u64(1);
    for number in 0..40 {
        let counties = 2 + number % 3;
        let (first, second) = (2_u16, 3 + number as u16 % 4);
        let mut cells = vec![vec![0_i64; usize::from(first * second)]; counties];
        for cell in cells.iter_mut().flatten() {
            // Villages of every size make counties in which some kinds of people are few.
            *cell = match chance.random_range(0..10) {
                0 => 0,
                1 | 2 => chance.random_range(1..5),
                3..=6 => chance.random_range(5..20),
                _ => chance.random_range(20..200),
            };
        }
        println!("{}", pattern(&cells, [first, second]));
    }
}

/// A rollup of counties below one city, and what is hidden of it.
fn pattern(cells: &[Vec<i64>], [first, second]: [u16; 2]) -> serde_json::Value {
    let tree = Tree::new(vec![0; cells.len() + 1], (0..=cells.len()).map(|n| if n == 0 { 3 } else { 2 }).collect());
    let mut slots = vec![CubeSlot::All];
    slots.extend((0..first).map(|value| CubeSlot::One { dimension: 0, value }));
    slots.extend((0..second).map(|value| CubeSlot::One { dimension: 1, value }));
    slots.extend((0..first).flat_map(|a| (0..second).map(move |b| CubeSlot::Cross { first: a, second: b })));
    let number_of = |county: usize, slot: CubeSlot| -> i64 {
        let of = |a: u16, b: u16| cells[county][usize::from(a * second + b)];
        let all = (0..first).flat_map(|a| (0..second).map(move |b| (a, b)));
        let fits = |(a, b): &(u16, u16)| match slot {
            CubeSlot::All => true,
            CubeSlot::One { dimension: 0, value } => *a == value,
            CubeSlot::One { value, .. } => *b == value,
            CubeSlot::Cross { first, second } => (*a, *b) == (first, second),
        };
        all.filter(fits).map(|(a, b)| of(a, b)).sum()
    };
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for node in 0..=cells.len() {
        for (at, slot) in slots.iter().enumerate() {
            let counties = if node == 0 { 0..cells.len() } else { node - 1..node };
            let value: i64 = counties.map(|county| number_of(county, *slot)).sum();
            // A row stands only where there is something to count.
            if value > 0 {
                rows.push([node as u32, at as u32, 0]);
                values.push(value);
            }
        }
    }
    let cost = |(row, value): (&[u32; 3], &i64)| WEIGHTS[tree.level[row[0] as usize] as usize] * (*value as u64 + 1);
    let costs: Vec<u64> = rows.iter().zip(&values).map(cost).collect();
    let nothing = vec![false; rows.len()];
    let hidden = protect(&Cube {
        tree: &tree,
        time_parent: vec![0],
        slots: slots.clone(),
        crossed: Some([0, 1]),
        dimensions: 2,
        single: vec![true; 2],
        measures: vec![CubeMeasure { leading: true, at_most: None, rounding: None }],
        rows: rows.clone(),
        values: vec![values.clone()],
        in_table: rows.len(),
        fixed: nothing.clone(),
        known: nothing.clone(),
        forced: nothing.clone(),
        watched: nothing,
        watched_lightly: false,
        hasty: false,
        costs: costs.clone(),
        programs: 0,
        width: WIDTH,
    });
    let slot_of = |slot: CubeSlot| match slot {
        CubeSlot::All => [-1, -1],
        CubeSlot::One { dimension: 0, value } => [i32::from(value), -1],
        CubeSlot::One { value, .. } => [-1, i32::from(value)],
        CubeSlot::Cross { first, second } => [i32::from(first), i32::from(second)],
    };
    let places: Vec<_> = rows.iter().map(|[node, slot, _]| (*node, slot_of(slots[*slot as usize]))).collect();
    json!({
        "width": WIDTH, "failed": hidden.failed.len(), "places": places, "values": values, "costs": costs,
        "small": hidden.small, "hidden": hidden.hidden,
    })
}
