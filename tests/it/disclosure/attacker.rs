//! An attacker of his own: he knows what is shown, that sums add up, and how large a small number is. On small
//! trees he writes down every table that he must think possible.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use xinhui::protect::rate::{Family, Rate, protect};
use xinhui::protect::tree::Tree;

/// A city of counties of towns: numerators and denominators by node.
#[derive(Clone, Debug)]
struct City {
    parent: Vec<u32>,
    n: Vec<i64>,
    d: Vec<i64>,
}

impl City {
    /// Of numerator and denominator of each town, by county.
    fn of(counties: &[Vec<(i64, i64)>]) -> City {
        let mut parent = vec![0];
        parent.extend(counties.iter().map(|_| 0));
        let first_town = parent.len();
        for (county, towns) in counties.iter().enumerate() {
            parent.extend(towns.iter().map(|_| county as u32 + 1));
        }
        let (mut n, mut d) = (vec![0; parent.len()], vec![0; parent.len()]);
        for (at, (of_n, of_d)) in counties.iter().flatten().enumerate() {
            (n[first_town + at], d[first_town + at]) = (*of_n, *of_d);
        }
        for node in (1..parent.len()).rev() {
            n[parent[node] as usize] += n[node];
            d[parent[node] as usize] += d[node];
        }
        City { parent, n, d }
    }
}

fn cities() -> impl Strategy<Value = City> {
    let town = (0_i64..9).prop_flat_map(|d| (0..=d, Just(d)));
    proptest::collection::vec(proptest::collection::vec(town, 1..4), 1..4).prop_map(|counties| City::of(&counties))
}

const T: i64 = 5;

fn small(value: i64) -> bool {
    (1..T).contains(&value)
}

/// Which numerators and denominators are hidden.
fn protected(city: &City) -> (Vec<bool>, Vec<bool>) {
    let nodes = city.parent.len();
    let level = (0..nodes)
        .map(|i| {
            if i == 0 {
                3
            } else if city.parent[i] == 0 {
                2
            } else {
                1
            }
        })
        .collect();
    let tree = Tree::new(city.parent.clone(), level);
    let weight = |i: usize| {
        if i == 0 {
            1000
        } else if city.parent[i] == 0 {
            100
        } else {
            10
        }
    };
    let cost = |values: &[i64]| (0..nodes).map(|i| weight(i) * (values[i] as u64 + 1)).collect::<Vec<u64>>();
    let is_small = |i: usize| small(city.n[i]) || small(city.d[i]) || small(city.d[i] - city.n[i]);
    let family = Family {
        tree: &tree,
        denominators: Some(&city.d),
        small: city.d.iter().map(|d| small(*d)).collect(),
        forced: vec![false; nodes],
        fixed: city.d.iter().map(|d| *d == 0).collect(),
        costs: cost(&city.d),
        rates: vec![Rate {
            numerators: &city.n,
            small: (0..nodes).map(is_small).collect(),
            forced: vec![false; nodes],
            fixed: city.d.iter().map(|d| *d == 0).collect(),
            costs: cost(&city.n),
            bounded: true,
        }],
        width: T - 2,
        largest_small: T - 1,
    };
    let mut hidden = protect(&family);
    (hidden.numerators.remove(0), hidden.denominators)
}

/// The largest number that he tries where nothing bounds it.
const MOST: i64 = 10;

/// The numbers that a node can have, by the numbers of its children: each (n, d) of the node with each (n, d) that
/// the watched node has then.
fn possible(
    city: &City,
    hidden: &(Vec<bool>, Vec<bool>),
    node: usize,
    watched: usize,
) -> BTreeMap<(i64, i64), Vec<(i64, i64)>> {
    let children: Vec<usize> = (1..city.parent.len()).filter(|c| city.parent[*c] as usize == node).collect();
    let fits =
        |n: i64, d: i64| n <= d && (hidden.0[node] || n == city.n[node]) && (hidden.1[node] || d == city.d[node]);
    let mut all: BTreeMap<(i64, i64), Vec<(i64, i64)>> = BTreeMap::new();
    if children.is_empty() {
        let most = if hidden.1[node] { MOST } else { city.d[node] };
        for d in 0..=most {
            for n in 0..=d {
                if fits(n, d) {
                    let seen = if node == watched { vec![(n, d)] } else { Vec::new() };
                    all.insert((n, d), seen);
                }
            }
        }
        return all;
    }
    let mut sums: BTreeMap<(i64, i64), Vec<(i64, i64)>> = BTreeMap::from([((0, 0), Vec::new())]);
    for child in children {
        let of_child = possible(city, hidden, child, watched);
        let mut next: BTreeMap<(i64, i64), Vec<(i64, i64)>> = BTreeMap::new();
        for ((n, d), seen) in &sums {
            for ((m, e), of) in &of_child {
                let entry = next.entry((n + m, d + e)).or_default();
                entry.extend(seen.iter().chain(of).copied());
                entry.sort_unstable();
                entry.dedup();
            }
        }
        sums = next;
    }
    for ((n, d), seen) in sums {
        if fits(n, d) {
            let seen = if node == watched { vec![(n, d)] } else { seen };
            all.insert((n, d), seen);
        }
    }
    all
}

/// Small numbers of which he is left with too few values.
fn broken(city: &City, hidden: &(Vec<bool>, Vec<bool>)) -> Vec<usize> {
    (0..city.parent.len())
        .filter(|node| {
            let (n, d) = (city.n[*node], city.d[*node]);
            if !small(n) && !small(d) && !small(d - n) {
                return false;
            }
            if !hidden.0[*node] {
                return true;
            }
            let tables = possible(city, hidden, 0, *node);
            let seen: Vec<(i64, i64)> = tables.into_values().flatten().collect();
            let width = |of: &dyn Fn(&(i64, i64)) -> i64| {
                seen.iter().map(of).max().unwrap_or(0) - seen.iter().map(of).min().unwrap_or(0)
            };
            let too_few = |width: i64| width < T - 2;
            (small(n) && too_few(width(&|v| v.0)))
                || (small(d - n) && too_few(width(&|v| v.1 - v.0)))
                || (small(d) && (!hidden.1[*node] || too_few(width(&|v| v.1))))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_small_number_of_a_random_city_stays_open(city in cities()) {
        let hidden = protected(&city);
        prop_assert_eq!(broken(&city, &hidden), Vec::<usize>::new());
        prop_assert_eq!(&protected(&city), &hidden);
    }
}

/// Hiding small numbers alone is what others do: the attacker must see through it.
#[test]
fn a_weakened_protection_is_broken() {
    // Towns of 12 and 3 of 20 each: the parent less the one is the other.
    let city = City { parent: vec![0, 0, 1, 1], n: vec![15, 15, 12, 3], d: vec![40, 40, 20, 20] };
    let only_small = (vec![false, false, false, true], vec![false; 4]);
    assert_eq!(broken(&city, &only_small), [3]);
    assert!(broken(&city, &protected(&city)).is_empty());
}

/// The cheapest set of numerators that is safe to show without, found by trying all of them.
fn least_cost(city: &City, cost: &dyn Fn(usize) -> u64) -> u64 {
    let nodes = city.parent.len();
    let must: Vec<bool> = (0..nodes).map(|i| small(city.n[i])).collect();
    let free: Vec<usize> = (0..nodes).filter(|i| !must[*i] && city.d[*i] > 0).collect();
    let mut sets: Vec<(u64, u32)> = (0..1_u32 << free.len())
        .map(|set| ((0..free.len()).filter(|at| set >> at & 1 == 1).map(|at| cost(free[at])).sum(), set))
        .collect();
    sets.sort_unstable();
    for (cost, set) in sets {
        let mut hidden = must.clone();
        for (at, node) in free.iter().enumerate() {
            hidden[*node] |= set >> at & 1 == 1;
        }
        if broken(city, &(hidden, vec![false; nodes])).is_empty() {
            return cost;
        }
    }
    panic!("nothing is safe: {city:?}")
}

/// What is hidden beside the small numbers costs at most half as much again as the least that would do.
#[test]
fn complementary_hiding_is_nearly_the_cheapest() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let towns = proptest::collection::vec(proptest::collection::vec(0_i64..12, 2..4), 1..3);
    let (mut ours, mut least) = (0, 0);
    for _ in 0..24 {
        let counties = towns.new_tree(&mut runner).expect("a city").current();
        // Denominators are large enough to be shown.
        let with_denominator = |towns: &Vec<i64>| towns.iter().map(|n| (*n, n + 7)).collect();
        let city = City::of(&counties.iter().map(with_denominator).collect::<Vec<_>>());
        let hidden = protected(&city);
        assert_eq!(broken(&city, &hidden), Vec::<usize>::new());
        let weight = |i: usize| {
            if i == 0 {
                1000
            } else if city.parent[i] == 0 {
                100
            } else {
                10
            }
        };
        let cost = |i: usize| weight(i) * (city.n[i] as u64 + 1);
        ours += (0..city.n.len()).filter(|i| hidden.0[*i] && !small(city.n[*i])).map(cost).sum::<u64>();
        least += least_cost(&city, &cost);
    }
    assert!(least > 0);
    assert!(2 * ours <= 3 * least, "{ours} instead of {least}");
}
