//! What is known of cells from the edition before.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::batch::NULL;
use super::blocks::{Block, EarlierEditions, Known, is_of_period, key_of};
use super::inputs::Inputs;
use super::kind_rows::KindRows;
use super::open_points::OpenPoint;
use super::tree::DivisionTree;
use super::windows::adds_up;
use crate::catalogue::Catalogue;
use crate::error::Result;

/// Cells of the edition in `public`, made of the tables in `exact` for a night that looked at `as_of`, compared with
/// the blocks of today.
///
/// # Errors
/// `Output`: a table cannot be read.
pub(super) fn known(
    exact: &Path,
    public: &Path,
    as_of: i32,
    inputs: &Inputs<'_>,
    (divisions, blocks): (&DivisionTree, &[Block]),
) -> Result<EarlierEditions> {
    let all = &inputs.schemas.indicators;
    let t = inputs.schemas.disclosure.public.smallest;
    let ids: HashMap<&str, u16> = all.iter().enumerate().map(|(at, i)| (i.id.as_str(), at as u16)).collect();
    let mut of_key: HashMap<(u16, String), Vec<usize>> = HashMap::new();
    for (at, block) in blocks.iter().enumerate() {
        of_key.entry((block.indicator, key_of(block))).or_default().push(at);
    }
    let mut earlier: Vec<Vec<Known>> = vec![Vec::new(); blocks.len()];
    let mut open: BTreeMap<u16, OpenPoint> = BTreeMap::new();
    for kind in &inputs.kinds {
        let file = Catalogue::indicators_of(*kind).file;
        let (a, b) = (exact.join(&file), public.join(&file));
        if !a.is_file() || !b.is_file() {
            continue;
        }
        let (exact, shown) = rayon::join(|| KindRows::read(&a, as_of, &ids), || KindRows::read(&b, as_of, &ids));
        let (exact, shown) = (exact?, shown?);
        // Blocks of today by indicator and period of then.
        let blocks_of = |indicator: usize, period: usize| -> &[usize] {
            let (name, e_day) = &exact.periods[period];
            let key = if is_of_period(&all[indicator]) { name.clone() } else { e_day.to_string() };
            of_key.get(&(indicator as u16, key)).map_or(&[], Vec::as_slice)
        };
        let of_then: Vec<Vec<&[usize]>> =
            (0..all.len()).map(|i| (0..exact.periods.len()).map(|p| blocks_of(i, p)).collect()).collect();
        let nodes: Vec<Option<u32>> = exact.divisions.iter().map(|(_, code)| divisions.node(code)).collect();
        for (row, at) in shown_rows(&exact, &shown) {
            let indicator = exact.indicator[row] as usize;
            let (Some(of_then), Some(node)) = (of_then.get(indicator), nodes[exact.division[row] as usize]) else {
                continue;
            };
            if exact.periods[exact.period[row] as usize].1 == as_of
                && adds_up(&all[indicator])
                && of_then[exact.period[row] as usize].is_empty()
            {
                let nodes = divisions.tree.len();
                let of =
                    open.entry(indicator as u16).or_insert_with(|| OpenPoint::empty(indicator as u16, as_of, nodes));
                (of.n[node as usize], of.d[node as usize]) = (exact.n[row], exact.d[row]);
                of.shown[0][node as usize] |= shown.n[at] != NULL && !shown.rounded[at];
                of.shown[1][node as usize] |= shown.d[at] != NULL && !shown.rounded[at];
            }
            for block in of_then[exact.period[row] as usize] {
                let known = &mut earlier[*block];
                known.resize(divisions.tree.len(), Known::default());
                let known = &mut known[node as usize];
                let (now_n, now_d) = (blocks[*block].n[node as usize], blocks[*block].d[node as usize]);
                let (n, d) = (exact.n[row], exact.d[row]);
                let (shows_n, shows_d, is_exact) = (shown.n[at] != NULL, shown.d[at] != NULL, !shown.rounded[at]);
                known.hidden |= !shows_n && (now_n - n).abs() < t;
                known.hidden_d |= !shows_d && d != NULL && (now_d - d).abs() < t;
                // What a period that goes on had on another day is another number.
                if exact.periods[exact.period[row] as usize].1 == blocks[*block].e_day {
                    known.shown_n |= shows_n && now_n == n;
                    known.shown_d |= shows_d && now_d == d && d != NULL;
                    known.exact_n |= is_exact && shows_n && now_n == n;
                    known.exact_d |= is_exact && shows_d && now_d == d;
                }
            }
        }
    }
    Ok(EarlierEditions { cells: earlier, open: open.into_values().collect(), as_of: Some(as_of) })
}

/// Rows of the exact table with those of the public one, which has the same in the same order but for those that it
/// leaves out.
fn shown_rows(exact: &KindRows, shown: &KindRows) -> Vec<(usize, usize)> {
    let divisions = numbers_in(exact.divisions.iter().map(|d| &d.1), shown.divisions.iter().map(|d| &d.1));
    let periods = numbers_in(exact.periods.iter().map(|p| &p.0), shown.periods.iter().map(|p| &p.0));
    let mut at = 0;
    let mut both = Vec::with_capacity(shown.n.len());
    for row in 0..exact.n.len() {
        if at < shown.n.len()
            && shown.indicator[at] == exact.indicator[row]
            && divisions[shown.division[at] as usize] == exact.division[row]
            && periods[shown.period[at] as usize] == exact.period[row]
        {
            both.push((row, at));
            at += 1;
        }
    }
    both
}

/// The number that each text has among others.
fn numbers_in<'a>(all: impl Iterator<Item = &'a String>, texts: impl Iterator<Item = &'a String>) -> Vec<u32> {
    let numbers: HashMap<&String, u32> = all.zip(0..).collect();
    texts.map(|text| numbers.get(text).copied().unwrap_or(u32::MAX)).collect()
}
