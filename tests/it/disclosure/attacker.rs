//! An attacker of his own: he knows what is shown, that sums add up, and how large a small number is. On small
//! trees he writes down every table that he must think possible.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use xinhui::protect::last_resort::MOST_PROGRAMS;
use xinhui::protect::rate::{Family, Rate, protect};
use xinhui::protect::tree::Tree;

/// A city of counties of towns: numerators and denominators by node.
#[derive(Clone, Debug)]
pub struct City {
    pub parent: Vec<u32>,
    pub n: Vec<i64>,
    pub d: Vec<i64>,
}

/// Which numerators and denominators are hidden.
pub type Hidden = (Vec<bool>, Vec<bool>);

/// Of each numerator and denominator, whether it was hidden in an edition before, and whether it is known from there.
pub type FromBefore = [Vec<[bool; 2]>; 2];

impl City {
    /// A tree breadth first, with numerators of the lowest divisions and what their denominators have beside.
    pub fn of_leaves(parent: Vec<u32>, people: impl Fn(usize) -> (i64, i64)) -> City {
        let nodes = parent.len();
        let (mut n, mut d) = (vec![0; nodes], vec![0; nodes]);
        for node in (0..nodes).rev() {
            if !parent[1..].contains(&(node as u32)) {
                let (of_n, rest) = people(node);
                (n[node], d[node]) = (of_n, of_n + rest);
            }
            if node > 0 {
                n[parent[node] as usize] += n[node];
                d[parent[node] as usize] += d[node];
            }
        }
        City { parent, n, d }
    }

    /// Levels by depth, the root 3; lower than the lowest there is none.
    fn levels(&self) -> Vec<u8> {
        let mut level = vec![3_u8; self.parent.len()];
        for node in 1..self.parent.len() {
            level[node] = level[self.parent[node] as usize].saturating_sub(1);
        }
        level
    }

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

pub const T: i64 = 5;

pub fn small(value: i64) -> bool {
    (1..T).contains(&value)
}

fn protected(city: &City) -> Hidden {
    protected_knowing(city, None)
}

/// What is hidden, in an edition after another or by itself.
pub fn protected_knowing(city: &City, before: Option<&FromBefore>) -> Hidden {
    protected_with(city, before, MOST_PROGRAMS)
}

/// The same where so many linear programs may be asked.
pub fn protected_with(city: &City, before: Option<&FromBefore>, programs: u32) -> Hidden {
    let nodes = city.parent.len();
    let levels = city.levels();
    let tree = Tree::new(city.parent.clone(), levels.clone());
    let cost = |values: &[i64]| -> Vec<u64> {
        (0..nodes).map(|i| 10_u64.pow(u32::from(levels[i])) * (values[i] as u64 + 1)).collect()
    };
    let is_small = |i: usize| small(city.n[i]) || small(city.d[i]) || small(city.d[i] - city.n[i]);
    let was = |side: usize, i: usize, what: usize| before.is_some_and(|b| b[side][i][what]);
    let small_d = |i: usize| small(city.d[i]);
    let family = Family {
        tree: &tree,
        denominators: Some(&city.d),
        small: (0..nodes).map(small_d).collect(),
        behind: (0..nodes).map(|i| is_small(i) && was(0, i, 1) && !was(1, i, 1)).collect(),
        watched: Vec::new(),
        forced: vec![false; nodes],
        fixed: (0..nodes).map(|i| city.d[i] == 0 || (was(1, i, 1) && !small_d(i))).collect(),
        costs: cost(&city.d),
        rates: vec![Rate {
            numerators: &city.n,
            small: (0..nodes).map(is_small).collect(),
            forced: (0..nodes).map(|i| was(0, i, 0)).collect(),
            fixed: (0..nodes).map(|i| city.d[i] == 0 || (was(0, i, 1) && !is_small(i))).collect(),
            known: (0..nodes).map(|i| was(0, i, 1)).collect(),
            costs: cost(&city.n),
            bounded: true,
            watched: Vec::new(),
        }],
        width: T - 2,
        largest_small: T - 1,
        programs,
    };
    let mut hidden = protect(&family);
    (hidden.numerators.remove(0), hidden.denominators)
}

/// The largest number that he tries where nothing bounds it, but for larger ones that stand there.
const MOST: i64 = 10;

/// The numbers that a node can have, by the numbers of its children: each (n, d) of the node with each (n, d) that
/// the watched node has then.
fn possible(city: &City, hidden: &Hidden, node: usize, watched: usize) -> BTreeMap<(i64, i64), Vec<(i64, i64)>> {
    let children: Vec<usize> = (1..city.parent.len()).filter(|c| city.parent[*c] as usize == node).collect();
    let fits =
        |n: i64, d: i64| n <= d && (hidden.0[node] || n == city.n[node]) && (hidden.1[node] || d == city.d[node]);
    let mut all: BTreeMap<(i64, i64), Vec<(i64, i64)>> = BTreeMap::new();
    if children.is_empty() {
        let most = if hidden.1[node] { MOST.max(city.d[node] + T - 2) } else { city.d[node] };
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

fn broken(city: &City, hidden: &Hidden) -> Vec<usize> {
    broken_by(city, hidden, None)
}

/// Small numbers of which he is left with too few values; what he knows from an edition before is shown to him.
pub fn broken_by(city: &City, hidden: &Hidden, before: Option<&FromBefore>) -> Vec<usize> {
    let seen_before = |side: usize, hidden: &[bool]| -> Vec<bool> {
        hidden.iter().enumerate().map(|(i, h)| *h && !before.is_some_and(|b| b[side][i][1])).collect()
    };
    let shown_small: Vec<usize> = (0..city.n.len()).filter(|i| small(city.n[*i]) && !hidden.0[*i]).collect();
    if !shown_small.is_empty() {
        return shown_small;
    }
    let hidden = &(seen_before(0, &hidden.0), seen_before(1, &hidden.1));
    (0..city.parent.len())
        .filter(|node| {
            let (n, d) = (city.n[*node], city.d[*node]);
            if !small(n) && !small(d) && !small(d - n) {
                return false;
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

/// So many random cities, or as many as the variable `PROPTEST_CASES` says.
pub fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(usual), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(40))]

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
