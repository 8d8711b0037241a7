//! The audit of indicators that are rounded: a table near the true one shows how far each small number can go, while
//! all that is shown stays as it is.

use super::blocks::{Block, EarlierEditions, Hiding, Lookup, key_of, nodes_of, shorter};
use super::faults::Audit;
use super::indicators::IndicatorGroups;
use super::inputs::Inputs;
use super::round_indicators::{GivenIndicators, rounded, rounding_of};
use super::tree::DivisionTree;
use crate::error::words;

/// Audits all indicators but those of periods; `hidden` says which numerators and denominators each block hides.
pub(super) fn audit_rounded(
    inputs: &Inputs<'_>,
    divisions: &DivisionTree,
    blocks: &[Block],
    hidden: &[[Vec<bool>; 2]],
    found: &mut Audit,
) {
    let (all, policy) = (&inputs.schemas.indicators, &inputs.schemas.disclosure.public);
    let IndicatorGroups { families, alone, .. } = IndicatorGroups::of(all, policy, &divisions.tree, blocks);
    let earlier = EarlierEditions::default();
    let (tree, known) = (&divisions.tree, Lookup(&earlier));
    let of = Hiding { indicators: all, policy, tree, blocks, known, forced: &[], windows: &[] };
    for family in families.into_iter().map(|f| f.1).chain(alone.into_iter().map(|at| vec![at])) {
        let first = of.indicator(family[0]);
        let Some(rounding) = rounding_of(policy, first) else { continue };
        let tree = shorter(&divisions.tree, nodes_of(first, policy, &divisions.tree));
        let given = GivenIndicators {
            numerators: &|number, node| hidden[family[number]][0][node],
            denominators: &|node| hidden[family[0]][1][node],
        };
        for narrow in rounded(&of, &family, &tree, rounding, &given).narrow() {
            let block = &blocks[family[narrow.rate.unwrap_or(0)]];
            found.fault(|| {
                let (id, code) = (&of.indicator(family[narrow.rate.unwrap_or(0)]).id, &divisions.codes[narrow.node]);
                words!("{id} {} {code}：不能证明无法推出", "{id} {} {code}: not shown to be open", key_of(block))
            });
        }
    }
}
