//! Blocking against brute force: what shares a key in a block that was not cut is compared, once; what
//! was cut under one rule is still compared under the next; no block costs the square of its size.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::select;

use super::tables::{model, records};
use xinhui::link::RecordNumber;
use xinhui::link::engine::block::{Blocks, PairTask};

const RULES: [&str; 5] = ["zone and street", "swapped date and zone", "phone", "phone and date", "street"];

/// Rules with one key and several, with keys of several values, and their products.
fn text(cap: usize, window: usize) -> String {
    format!(
        r#"
title = "blocks"
version = 1
thresholds = {{ join = 0, review = 0 }}
blocks = {{ cap = {cap}, window = {window}, split = ["street"], order = ["zone", "birth.day"] }}
[[field]]
name = "zone"
type = "code"
[[field]]
name = "street"
type = "text"
[[field]]
name = "birth"
type = "date"
[[field]]
name = "phones"
type = "phones"
[[block]]
name = "zone and street"
keys = ["zone", "street"]
[[block]]
name = "swapped date and zone"
keys = ["birth.day-or-swapped", "zone"]
[[block]]
name = "phone"
keys = ["phones.each"]
[[block]]
name = "phone and date"
keys = ["phones.each", "birth.day-or-swapped"]
[[block]]
name = "street"
keys = ["street.prefix-1"]
[[comparison]]
name = "zone"
kind = "text"
fields = ["zone"]
levels = [{{ is = ["equal"] }}, {{}}]
"#
    )
}

type Cellular = Vec<String>;
type Pairs = BTreeSet<(u32, u32)>;

fn rows() -> impl Strategy<Value = Vec<Cellular>> {
    let phone = || select(vec!["", "13563201234", "13563205678", "13563209999"]);
    let one = (
        select(vec!["", "a", "a", "b"]),
        select(vec!["", "xa", "xb", "y"]),
        select(vec!["", "1980-03-04", "1980-04-03", "1980-05-05", "1981-03-30", "1980"]),
        phone(),
        phone(),
    );
    proptest::collection::vec(one, 2..100).prop_map(|rows| {
        rows.into_iter()
            .map(|(zone, street, born, p, q)| {
                vec![zone.to_owned(), street.to_owned(), born.to_owned(), format!("{p}|{q}")]
            })
            .collect()
    })
}

/// A date and, where it is one, the date with day and month swapped.
fn dates(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split('-').collect();
    let [y, m, d] = parts[..] else { return Vec::new() };
    let mut all = vec![text.to_owned()];
    if d.parse::<u32>().unwrap() <= 12 && m != d {
        all.push(format!("{y}-{d}-{m}"));
    }
    all
}

/// Keys of a row under a rule, by the rule's words; a part that is not given gives none.
fn keys(rule: usize, row: &Cellular) -> BTreeSet<String> {
    let given = |text: &str| if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
    let phones = || row[3].split('|').filter(|p| !p.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let parts = match rule {
        0 => vec![given(&row[0]), given(&row[1])],
        1 => vec![dates(&row[2]), given(&row[0])],
        2 => vec![phones()],
        3 => vec![phones(), dates(&row[2])],
        _ => vec![given(row[1].get(..1).unwrap_or(""))],
    };
    parts.into_iter().fold(BTreeSet::from([String::new()]), |all, part| {
        all.iter().flat_map(|key| part.iter().map(move |p| format!("{key}/{p}"))).collect()
    })
}

/// Blocks of a rule by key.
fn by_key(rule: usize, rows: &[Cellular]) -> BTreeMap<String, Vec<u32>> {
    let mut blocks: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (i, row) in (0..).zip(rows) {
        for key in keys(rule, row) {
            blocks.entry(key).or_default().push(i);
        }
    }
    blocks
}

fn pairs(of: &[u32]) -> impl Iterator<Item = (u32, u32)> {
    of.iter().enumerate().flat_map(|(i, &a)| of[i + 1..].iter().map(move |&b| (a.min(b), a.max(b))))
}

/// Pairs that a rule must yield (small blocks, small parts of cut ones) and those it may (its blocks).
fn expected(rule: usize, rows: &[Cellular], cap: usize) -> (Pairs, Pairs) {
    let (mut must, mut may) = (Pairs::new(), Pairs::new());
    for block in by_key(rule, rows).values() {
        may.extend(pairs(block));
        if block.len() <= cap {
            must.extend(pairs(block));
            continue;
        }
        let mut parts: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for &i in block {
            parts.entry(&rows[i as usize][1]).or_default().push(i);
        }
        parts.values().filter(|part| part.len() <= cap).for_each(|part| must.extend(pairs(part)));
    }
    (must, may)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_pair_is_compared_once_under_the_first_rule_that_yields_it(
        rows in rows(), cap in prop_oneof![2usize..12, 12usize..80], window in 1usize..4
    ) {
        let model = model(&text(cap, window));
        let table = records(&model, &rows);
        let records = table.records();
        let blocks = Blocks::new(&model, &records);
        let mut found: BTreeMap<(u32, u32), usize> = BTreeMap::new();
        for task in blocks.tasks(0..RULES.len()) {
            let mut twice = None;
            blocks.first_pairs(&task, |a, b| {
                let (a, b) = (a.index() as u32, b.index() as u32);
                if found.insert((a, b), task.rule).is_some() {
                    twice = Some((a, b));
                }
            });
            prop_assert_eq!(twice, None, "a pair twice");
        }
        let all: Vec<_> = (0..RULES.len()).map(|rule| expected(rule, &rows, cap)).collect();
        for (&pair, &rule) in &found {
            prop_assert!(pair.0 < pair.1);
            prop_assert!(all[rule].1.contains(&pair), "{pair:?} shares no key of {}", RULES[rule]);
        }
        for (rule, (must, _)) in all.iter().enumerate() {
            for pair in must {
                let first = found.get(pair);
                prop_assert!(first.is_some_and(|f| *f <= rule), "{pair:?} of {}: {first:?}", RULES[rule]);
            }
        }
        // What explains a pair says the same as what runs over the pairs.
        for pair in pairs(&(0..rows.len() as u32).collect::<Vec<_>>()) {
            let (a, b) = (RecordNumber::new(pair.0 as usize), RecordNumber::new(pair.1 as usize));
            prop_assert_eq!(blocks.first_rule(a, b), found.get(&pair).copied());
            prop_assert_eq!(blocks.first_rule(b, a), found.get(&pair).copied());
        }
    }

    #[test]
    fn blocks_are_counted_as_they_are_and_cost_no_square(
        rows in rows(), cap in 2usize..12, window in 1usize..4
    ) {
        let model = model(&text(cap, window));
        let table = records(&model, &rows);
        let records = table.records();
        let blocks = Blocks::new(&model, &records);
        for (rule, built) in blocks.rules.iter().enumerate() {
            let by_key = by_key(rule, &rows);
            let sizes: Vec<u64> = by_key.values().map(|b| b.len() as u64).filter(|n| *n > 1).collect();
            prop_assert_eq!(&built.report.rule, RULES[rule]);
            prop_assert_eq!(built.report.blocks, sizes.len() as u64);
            prop_assert_eq!(built.report.largest, sizes.iter().copied().max().unwrap_or(0));
            prop_assert_eq!(built.report.pairs, sizes.iter().map(|n| n * (n - 1) / 2).sum::<u64>());
            prop_assert_eq!(built.report.cut_blocks, sizes.iter().filter(|n| **n > cap as u64).count() as u64);
            let mut kept = 0;
            for block in built.numbers() {
                let n = built.members(block).len();
                let mut ran = 0u64;
                blocks.pairs_of(&PairTask::of_block(rule, block), |_, _, _| ran += 1);
                prop_assert_eq!(ran, built.pairs(block));
                kept += ran;
                if built.is_windowed(block) {
                    prop_assert!(n > cap && ran <= (n * window) as u64);
                } else {
                    prop_assert!(n <= cap);
                }
            }
            prop_assert_eq!(built.report.cut_pairs, built.report.pairs - kept);
        }
    }
}

#[test]
fn a_cut_block_does_not_keep_its_pairs_from_later_rules() {
    // All 40 stand in one zone, street and year; the cut leaves neighbours alone. Two far from each
    // other in the order share a phone.
    let model = model(&text(8, 1));
    let rows: Vec<Cellular> = (0..40)
        .map(|i| {
            let phone = if i == 3 || i == 33 { "13563201234" } else { "" };
            vec!["a".into(), "xa".into(), format!("19{:02}-05-05", 40 + i), phone.into()]
        })
        .collect();
    let table = records(&model, &rows);
    let records = table.records();
    let blocks = Blocks::new(&model, &records);
    assert_eq!(blocks.rules[0].report.cut_blocks, 1);
    assert_eq!(blocks.rules[0].report.cut_pairs, 40 * 39 / 2 - 39);
    let first_rule = |a, b| blocks.first_rule(RecordNumber::new(a), RecordNumber::new(b));
    assert_eq!(first_rule(3, 33), Some(2), "by phone");
    assert_eq!(first_rule(3, 32), None);
}

#[test]
fn very_many_of_one_description_cost_a_window_each() {
    let model = model(&text(256, 20));
    let rows: Vec<Cellular> =
        (0..20_000).map(|_| vec!["a".into(), "xa".into(), "1980-05-05".into(), String::new()]).collect();
    let table = records(&model, &rows);
    let records = table.records();
    let blocks = Blocks::new(&model, &records);
    let mut compared = 0;
    for task in blocks.tasks(0..RULES.len()) {
        blocks.first_pairs(&task, |_, _| compared += 1);
    }
    assert_eq!(compared, 20_000 * 20 - 20 * 21 / 2, "neighbours of the first rule; later rules have the same order");
}
