//! An attacker of rounded numbers: he knows the multiple that each was rounded to, that sums add up, and that a part
//! is no more than its whole. On small trees he writes down every table that he must think possible.

use std::collections::BTreeMap;

use proptest::prelude::*;
use xinhui::protect::round_rates::{RateColumn, Rounded};
use xinhui::protect::rounding::Rounding;
use xinhui::protect::tree::Tree;

const T: i64 = 4;
const ROUNDING: Rounding = Rounding { base: 7 };

/// Numerators and denominators by node, breadth first: a city of counties of towns.
#[derive(Clone, Debug)]
struct City {
    parent: Vec<u32>,
    n: Vec<i64>,
    d: Vec<i64>,
}

/// Which numerators and denominators are hidden.
type Hidden = [Vec<bool>; 2];

impl City {
    /// `extra` of each county is known of no town, or of two: then nothing adds up. A county has at least as many as
    /// its largest town.
    fn of(counties: &[(i64, Vec<(i64, i64)>)]) -> City {
        let mut parent = vec![0];
        parent.extend(counties.iter().map(|_| 0));
        let first_town = parent.len();
        for (county, (_, towns)) in counties.iter().enumerate() {
            parent.extend(towns.iter().map(|_| county as u32 + 1));
        }
        let (mut n, mut d) = (vec![0; parent.len()], vec![0; parent.len()]);
        for (at, (of_n, of_d)) in counties.iter().flat_map(|c| &c.1).enumerate() {
            (n[first_town + at], d[first_town + at]) = (*of_n, *of_d);
        }
        for node in (1..parent.len()).rev() {
            let extra = if node < first_town { counties[node - 1].0 } else { 0 };
            let children = (first_town..parent.len()).filter(|child| parent[*child] as usize == node);
            let largest = children.map(|child| d[child]).max().unwrap_or(0);
            d[node] = (d[node] + extra).max(n[node]).max(largest);
            n[parent[node] as usize] += n[node];
            d[parent[node] as usize] += d[node];
        }
        City { parent, n, d }
    }

    fn tree(&self) -> Tree {
        let level = |node: usize| match node {
            0 => 3,
            _ if self.parent[node] == 0 => 2,
            _ => 1,
        };
        Tree::new(self.parent.clone(), (0..self.parent.len()).map(level).collect())
    }

    fn hidden(&self) -> Hidden {
        let tree = self.tree();
        let nodes = tree.len();
        let nothing = vec![false; nodes];
        let column = |values| RateColumn {
            values,
            hidden: nothing.clone(),
            exact: nothing.clone(),
            fixed: nothing.clone(),
            costs: (0..nodes).map(|node| 10_u64.pow(u32::from(tree.level[node]))).collect(),
        };
        let mut rounded = Rounded {
            tree: &tree,
            denominators: Some(column(&self.d)),
            numerators: vec![column(&self.n)],
            rounding: ROUNDING,
            width: T - 2,
            largest_small: T - 1,
        };
        assert_eq!(rounded.hide(), []);
        [rounded.numerators.remove(0).hidden, rounded.denominators.take().expect("denominators").hidden]
    }
}

fn small(value: i64) -> bool {
    (1..T).contains(&value)
}

/// Pairs of a numerator and a denominator, each with those that the watched node has then.
type Possible = BTreeMap<(i64, i64), Vec<(i64, i64)>>;

fn possible(city: &City, hidden: &Hidden, node: usize, watched: usize) -> Possible {
    let alike = |value: i64, hidden: bool, is: i64| hidden || ROUNDING.shown(value) == ROUNDING.shown(is);
    let fits =
        |n: i64, d: i64| n <= d && alike(n, hidden[0][node], city.n[node]) && alike(d, hidden[1][node], city.d[node]);
    let mut all = Possible::new();
    let children: Vec<usize> = (1..city.parent.len()).filter(|c| city.parent[*c] as usize == node).collect();
    if children.is_empty() {
        for d in 0..=city.d[node] + 7 {
            for n in (0..=d).filter(|n| fits(*n, d)) {
                all.insert((n, d), if node == watched { vec![(n, d)] } else { Vec::new() });
            }
        }
        return all;
    }
    let mut sums = Possible::from([((0, 0), Vec::new())]);
    for child in children {
        let of_child = possible(city, hidden, child, watched);
        let mut next = Possible::new();
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
    for ((n, d), seen) in sums.into_iter().filter(|((n, d), _)| fits(*n, *d)) {
        all.insert((n, d), if node == watched { vec![(n, d)] } else { seen });
    }
    all
}

/// Small numbers of which he is left with too few values. Where the sums contradict what is shown, he learns nothing.
fn broken(city: &City, hidden: &Hidden) -> Vec<usize> {
    let is_broken = |node: &usize| {
        let (n, d) = (city.n[*node], city.d[*node]);
        let seen: Vec<(i64, i64)> = possible(city, hidden, 0, *node).into_values().flatten().collect();
        let narrow = |value: i64, of: &dyn Fn(&(i64, i64)) -> i64| {
            let (least, most) = (seen.iter().map(of).min(), seen.iter().map(of).max());
            small(value) && most.zip(least).is_some_and(|(most, least)| most - least < T - 2)
        };
        narrow(n, &|v| v.0) || narrow(d - n, &|v| v.1 - v.0) || narrow(d, &|v| v.1)
    };
    (0..city.parent.len()).filter(is_broken).collect()
}

fn cities() -> impl Strategy<Value = City> {
    let town = (0_i64..6).prop_flat_map(|d| (0..=d, Just(d)));
    let county = (prop_oneof![4 => Just(0_i64), 1 => -1_i64..=1], proptest::collection::vec(town, 1..4));
    proptest::collection::vec(county, 1..3).prop_map(|counties| City::of(&counties))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_small_number_of_a_rounded_city_stays_open(city in cities()) {
        let hidden = city.hidden();
        prop_assert_eq!(broken(&city, &hidden), Vec::<usize>::new());
        prop_assert_eq!(&city.hidden(), &hidden);
    }
}

/// Rounding each number by itself is what others do: 3 + 3 + 3 + 3 is shown as 14, so none of the four is less than 2.
#[test]
fn rounding_alone_is_broken_where_margins_are_rounded_alike() {
    let city = City::of(&[(0, vec![(3, 9); 4]), (0, vec![(4, 9)])]);
    let nothing = vec![false; city.parent.len()];
    assert_eq!(broken(&city, &[nothing.clone(), nothing]), [3, 4, 5, 6]);
    let hidden = city.hidden();
    assert!(broken(&city, &hidden).is_empty());
    let count = hidden.iter().flatten().filter(|h| **h).count();
    assert!((1..=2).contains(&count), "{hidden:?}");
}
