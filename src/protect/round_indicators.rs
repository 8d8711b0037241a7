//! What the tables of indicators hide where numbers are rounded.

use super::blocks::{BlockHidden, Hiding, Known, Proof, nodes_of, padded, shares_denominator, shorter};
use super::round_rates::{Narrow, RateColumn, Rounded};
use super::rounding::Rounding;
use super::tree::Tree;
use crate::schema::Indicator;
use crate::schema::disclosure::PublicPolicy;

/// How the numbers of an indicator are rounded: things of which one person gives many, to as many times the base.
pub(super) fn rounding_of(policy: &PublicPolicy, indicator: &Indicator) -> Option<Rounding> {
    policy.base.map(|base| Rounding { base: base * policy.per_person(&indicator.id) })
}

/// Numerators and denominators that are hidden from before.
pub(super) struct GivenIndicators<'a> {
    pub numerators: &'a dyn Fn(usize, usize) -> bool,
    pub denominators: &'a dyn Fn(usize) -> bool,
}

/// The numbers of a family of blocks that share a denominator, or of a block alone; `given` says which are hidden,
/// by number in the family and node.
pub(super) fn rounded<'a>(
    all: &Hiding<'a>,
    family: &[usize],
    tree: &'a Tree,
    rounding: Rounding,
    given: &GivenIndicators<'_>,
) -> Rounded<'a> {
    let Hiding { policy, blocks, .. } = *all;
    let nodes = tree.len();
    let limit = family.iter().map(|at| policy.largest_small(&all.indicator(*at).id)).max();
    let limit = limit.unwrap_or(policy.smallest - 1);
    let cost = |node: usize, value: i64| policy.weights[tree.level[node] as usize] * (value.max(0) as u64 + 1);
    let small = |value: i64| (1..=limit).contains(&value);
    let has_d = shares_denominator(all.indicator(family[0]));
    let of_n = |(number, at): (usize, &usize)| {
        let values = &blocks[*at].n[..nodes];
        let known = |node: usize| all.known.of(*at, node);
        let exact = |node: usize| known(node).is_some_and(|k| k.exact_n) && !small(values[node]);
        RateColumn {
            values,
            hidden: (0..nodes).map(|n| (given.numerators)(number, n) || known(n).is_some_and(|k| k.hidden)).collect(),
            exact: (0..nodes).map(exact).collect(),
            fixed: (0..nodes).map(|node| known(node).is_some_and(|k| k.shown_n && !k.hidden)).collect(),
            costs: (0..nodes).map(|node| cost(node, values[node])).collect(),
        }
    };
    let of_d = || {
        let values = &blocks[family[0]].d[..nodes];
        let known = |node: usize, what: &dyn Fn(&Known) -> bool| {
            family.iter().any(|at| all.known.of(*at, node).is_some_and(what))
        };
        RateColumn {
            values,
            hidden: (0..nodes).map(|node| (given.denominators)(node) || known(node, &|k| k.hidden_d)).collect(),
            exact: (0..nodes).map(|n| known(n, &|k| k.exact_d) && !small(values[n])).collect(),
            fixed: (0..nodes).map(|node| known(node, &|k| k.shown_d)).collect(),
            costs: (0..nodes).map(|node| cost(node, values[node]) * family.len() as u64).collect(),
        }
    };
    Rounded {
        tree,
        denominators: has_d.then(of_d),
        numerators: family.iter().enumerate().map(of_n).collect(),
        rounding,
        width: policy.width(),
        largest_small: limit,
    }
}

/// Hides what rounding alone leaves too narrow.
pub(super) fn hide(all: &Hiding<'_>, family: &[usize], same: Option<&Vec<bool>>) -> Vec<BlockHidden> {
    let first = all.indicator(family[0]);
    let Some(rounding) = rounding_of(all.policy, first) else { return Vec::new() };
    let tree = shorter(all.tree, nodes_of(first, all.policy, all.tree));
    let given = GivenIndicators { numerators: &|_, node| same.is_some_and(|s| s[node]), denominators: &|_| false };
    let mut of_all = rounded(all, family, &tree, rounding, &given);
    let failed = of_all.hide();
    let full = all.tree.len();
    let of_d = of_all.denominators.as_ref().map_or_else(|| vec![false; full], |d| padded(d.hidden.clone(), full));
    let is_small = |values: &[i64]| -> Vec<bool> {
        let d = of_all.denominators.as_ref();
        let small = |v: i64| (1..=of_all.largest_small).contains(&v);
        let of = |node: usize| {
            small(values[node]) || d.is_some_and(|d| small(d.values[node]) || small(d.values[node] - values[node]))
        };
        padded((0..values.len()).map(of).collect(), full)
    };
    let of_rate = |(rate, n): (usize, &RateColumn<'_>)| {
        let of_it = |narrow: &&Narrow| narrow.rate.is_none_or(|r| r == rate);
        BlockHidden {
            n: padded(n.hidden.clone(), full),
            d: of_d.clone(),
            small: is_small(n.values),
            earlier: (0..full).map(|node| all.known.of(family[rate], node).is_some_and(|k| k.hidden)).collect(),
            watched: None,
            witness: Proof::Rounded { narrow: failed.iter().filter(of_it).map(|narrow| narrow.node).collect() },
        }
    };
    of_all.numerators.iter().enumerate().map(of_rate).collect()
}
