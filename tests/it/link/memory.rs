//! A linkage that remembers the night before finds what one without a memory finds.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::select;

use super::rows::{Row, batch, row, secret};
use xinhui::link::pair_memory::PairMemory;
use xinhui::link::{LinkModel, LinkSettings, Persons, PreviousPersons, link_with};
use xinhui::store::key::HashName;

/// The shipped model with blocks so small that they are cut all the time.
fn small_blocks() -> &'static LinkModel {
    static MODEL: LazyLock<LinkModel> = LazyLock::new(|| {
        let model = include_str!("../../../schemas/link.toml");
        let (cap, window) = (model.replace("cap = 256", "cap = 3"), "window = 20");
        assert!(cap != model && cap.contains(window), "the model says how large a block may be");
        let weights = include_str!("../../../schemas/link-weights.json");
        LinkModel::parse(&cap.replace(window, "window = 1"), weights).unwrap()
    });
    &MODEL
}

/// A night over rows, in batches by dataset and county.
fn night(rows: &BTreeMap<u8, Row>, memory: &PairMemory) -> Persons {
    let mut batches: BTreeMap<(&str, &str), Vec<Row>> = BTreeMap::new();
    for r in rows.values() {
        batches.entry((r.dataset, r.county)).or_default().push(r.clone());
    }
    let settings = LinkSettings { memory: Some(memory), ..LinkSettings::undecided(small_blocks()) };
    let mut batches = batches.values().map(|rows| Ok(batch(rows)));
    link_with(&settings, &mut batches, &secret(7, HashName::Sha256), &PreviousPersons::default()).unwrap()
}

/// What a row may state: few names, dates and places, so that they meet in blocks of all sizes.
fn stated(key: u8) -> impl Strategy<Value = Row> {
    (
        select(vec!["王建国", "王健国", "王小明", "李娜", "李静", "欧阳修"]),
        select(vec!["1", "2"]),
        select(vec!["1980-01-01", "1980-01-02", "2012-05-05", "2012-03-04", "2012-04-03", ""]),
        proptest::option::of(select(vec!["37040219800101123", "37040219800101145", "37040220120505231"])),
        proptest::option::of(select(vec!["13563201234", "13563205678", "13563209999"])),
        select(vec!["370402001001", "370402001002", "370402002001"]),
        select(vec![("hospital_visit", "370402"), ("police_person", "370402"), ("school_screening", "370403")]),
    )
        .prop_map(move |(name, sex, born, id, phone, village, place)| {
            let mut r = row(&format!("r{key:02}"), name, sex, born).residence(village).at(place.0, place.1);
            r = id.map_or(r.clone(), |id| r.id(id));
            r.phone = phone.map(str::to_owned);
            r
        })
}

/// What a night changes: rows that come or state something else, and rows that go.
fn changes(rows: usize) -> impl Strategy<Value = Vec<(u8, Option<Row>)>> {
    let one = (0u8..40).prop_flat_map(|key| (Just(key), proptest::option::weighted(0.8, stated(key))));
    proptest::collection::vec(one, 0..rows)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nights_one_after_the_other_are_what_each_alone_would_be(
        first in changes(60),
        later in proptest::collection::vec(changes(6), 1..4),
    ) {
        let mut rows: BTreeMap<u8, Row> = BTreeMap::new();
        let mut memory = PairMemory::default();
        for changes in std::iter::once(first).chain(later) {
            for (key, row) in changes {
                match row {
                    Some(row) => { rows.insert(key, row); }
                    None => { rows.remove(&key); }
                }
            }
            let (after, alone) = (night(&rows, &memory), night(&rows, &PairMemory::default()));
            prop_assert_eq!(&after.person_of_row, &alone.person_of_row);
            prop_assert_eq!(&after.confidence_of_row, &alone.confidence_of_row);
            prop_assert_eq!(&after.ranges, &alone.ranges);
            prop_assert_eq!(&after.keys, &alone.keys);
            // Every pair from the review threshold up, with its bits.
            prop_assert_eq!(&after.memory, &alone.memory);
            memory = after.memory.unwrap();
            // As the next night reads it.
            memory = PairMemory::from_batches(&[memory.to_batch().unwrap()]).unwrap();
        }
    }
}

#[test]
fn a_memory_of_other_weights_is_none() {
    let rows: BTreeMap<u8, Row> = (0..30)
        .map(|i| (i, row(&format!("r{i:02}"), ["王芳", "李娜", "刘洋"][usize::from(i) % 3], "2", "1980-01-01")))
        .collect();
    let before = night(&rows, &PairMemory::default()).memory.unwrap();
    let other = LinkModel { fingerprint: "other".to_owned(), ..small_blocks().clone() };
    let link = |memory: &PairMemory| {
        let settings = LinkSettings { memory: Some(memory), ..LinkSettings::undecided(&other) };
        let rows: Vec<Row> = rows.values().cloned().collect();
        let mut batches = std::iter::once(Ok(batch(&rows)));
        link_with(&settings, &mut batches, &secret(7, HashName::Sha256), &PreviousPersons::default()).unwrap()
    };
    let (after, alone) = (link(&before), link(&PairMemory::default()));
    assert_eq!(after.memory, alone.memory);
    assert_ne!(after.memory.unwrap(), before);
}

#[test]
fn a_damaged_memory_is_none() {
    let rows: BTreeMap<u8, Row> =
        (0..9).map(|i| (i, row(&format!("r{i:02}"), "王芳", "2", "1980-01-01").phone("13563201234"))).collect();
    let whole = night(&rows, &PairMemory::default()).memory.unwrap().to_batch().unwrap();
    assert!(PairMemory::from_batches(std::slice::from_ref(&whole)).is_some());
    // Without its first row, or without its records, nothing tells that it holds.
    assert!(PairMemory::from_batches(&[whole.slice(1, whole.num_rows() - 1)]).is_none());
    assert!(PairMemory::from_batches(&[]).is_none());
}
