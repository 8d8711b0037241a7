//! A linkage that remembers the night before finds what one without a memory finds.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use arrow::array::{Int32Array, StringArray};
use proptest::prelude::*;
use proptest::sample::select;

use super::rows::{Row, batch, row, secret};
use xinhui::link::decisions::{Decision, Decisions};
use xinhui::link::identities::RowName;
use xinhui::link::memory::pair_memory::PairMemory;
use xinhui::link::memory::people_file::MemoryPart;
use xinhui::link::memory::people_memory::{KnownPeople, KnownRows, PeopleMemory, RowPlace, TableMemory};
use xinhui::link::persons::{LinkModel, LinkSettings, LinkSummary, PersonRange, Persons, PreviousPersons, link_after};
use xinhui::link::{KeyNumber, PersonKey};
use xinhui::store::key::HashName;
use xinhui::store::memory_file::{MemoryWriter, read};
use xinhui::store::vault::Vault;

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

/// The rows of a store: of each key the newest version, and the night in whose file it stands.
type Rows = BTreeMap<u8, (usize, Row)>;

/// Key of a row, the night in whose file it stands, the row.
type RowOf<'r> = (u8, usize, &'r Row);

/// What a night leaves for the next one.
struct Remembered {
    pairs: PairMemory,
    people: PeopleMemory,
    known: KnownPeople,
}

/// What a night finds, by the key of the row.
#[derive(Debug, PartialEq)]
struct Found {
    persons: BTreeMap<u8, PersonKey>,
    related: BTreeMap<u8, Option<PersonKey>>,
    confidence: BTreeMap<u8, f32>,
    sexes: Vec<String>,
    births: Vec<Option<(i32, u8)>>,
    ranges: Vec<PersonRange>,
    summary: LinkSummary,
    /// Every pair from the review threshold up, with its bits, and what became of them.
    pairs: PairMemory,
}

/// A night over rows: those that a memory knows are not stated again.
fn night(model: &LinkModel, rows: &Rows, decisions: &Decisions, before: Option<Remembered>) -> (Found, Remembered) {
    let (pairs, people) = match before {
        Some(before) => (before.pairs, Some((before.people, before.known))),
        None => (PairMemory::default(), None),
    };
    let (memory, people) = people.unzip();
    let nights = rows.values().map(|r| r.0).max().map_or(0, |n| n + 1);
    let tables: Vec<Option<&TableMemory>> =
        (0..nights).map(|n| memory.as_ref().and_then(|m: &PeopleMemory| m.table(&n.to_string()))).collect();
    let mut known: BTreeMap<(&str, &str), Vec<RowOf>> = BTreeMap::new();
    let mut others = known.clone();
    for (key, (night, row)) in rows {
        let is_known = tables[*night].is_some_and(|t| t.knows(u32::from(*key)));
        let batches = if is_known { &mut known } else { &mut others };
        batches.entry((row.dataset, row.county)).or_default().push((*key, *night, row));
    }
    let known_rows = known.values().map(|of| KnownRows {
        dataset: of[0].2.dataset.to_owned(),
        county: of[0].2.county.to_owned(),
        record_keys: of.iter().map(|r| Some(r.2.key.as_str())).collect::<StringArray>(),
        event_days: of.iter().map(|r| r.2.day).collect::<Int32Array>(),
        tables: tables.clone(),
        rows: of.iter().map(|r| (r.1 as u32, u32::from(r.0))).collect(),
    });
    let known_people = people.map(|people| (people, known_rows.collect()));
    let settings = LinkSettings { memory: Some(&pairs), decisions, ..LinkSettings::undecided(model) };
    let mut batches = others.values().map(|of| Ok(batch(&of.iter().map(|r| r.2.clone()).collect::<Vec<_>>())));
    let key = secret(7, HashName::Sha256);
    let mut persons = link_after(&settings, known_people, &mut batches, &key, &PreviousPersons::default()).unwrap();
    let in_order: Vec<&Vec<RowOf>> = known.values().chain(others.values()).collect();
    let found = found(&in_order, &mut persons);

    let names: Vec<(String, usize)> = (0..nights).map(|n| (n.to_string(), 256)).collect();
    let places: Vec<Vec<RowPlace>> =
        in_order.iter().map(|of| of.iter().map(|r| (r.1 as u32, u32::from(r.0))).collect()).collect();
    let collected = persons.collected.take().unwrap();
    let (people, known) = PeopleMemory::of(1, collected, &names, &places, &persons.person_of_row, persons.keys);
    let remembered = through_a_vault(&Remembered { pairs: found.pairs.clone(), people, known });
    (found, remembered)
}

fn found(batches: &[&Vec<RowOf>], persons: &mut Persons) -> Found {
    let of_rows =
        || batches.iter().enumerate().flat_map(|(b, of)| of.iter().enumerate().map(move |(r, of)| (b, r, of.0)));
    let key = |person: KeyNumber| persons.keys[person.index()];
    Found {
        persons: of_rows().map(|(b, r, k)| (k, key(persons.person_of_row[b][r]))).collect(),
        related: of_rows().map(|(b, r, k)| (k, persons.related_of_row[b][r].map(key))).collect(),
        confidence: of_rows().map(|(b, r, k)| (k, persons.confidence_of_row[b][r])).collect(),
        sexes: (0..persons.keys.len()).map(|p| persons.sex_of(p).to_owned()).collect(),
        births: persons.birth.clone(),
        ranges: persons.ranges.clone(),
        summary: persons.summary,
        pairs: persons.memory.take().unwrap(),
    }
}

/// A memory as the next night reads it.
fn through_a_vault(of: &Remembered) -> Remembered {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(&dir.path().join("vault"), &secret(7, HashName::Sha256)).unwrap();
    let mut writer = MemoryWriter::create(&vault, "pairs", of.people.token()).unwrap();
    of.pairs.write(&mut writer).unwrap();
    writer.finish().unwrap();
    for part in MemoryPart::ALL {
        let mut writer = MemoryWriter::create(&vault, part.name(), of.people.token()).unwrap();
        of.people.write(&of.known, part, &mut writer).unwrap();
        writer.finish().unwrap();
    }
    let (people, known) = PeopleMemory::read(&|part, each| read(&vault, part.name(), each)).unwrap();
    assert_eq!((people.token(), people.night()), (of.people.token(), 1));
    let (pairs, token) = PairMemory::read(|each| read(&vault, "pairs", each)).unwrap();
    assert_eq!(token, people.token());
    Remembered { pairs, people, known }
}

/// What a row may state: few names, dates and places, so that they meet in blocks of all sizes.
fn stated(key: u8) -> impl Strategy<Value = Row> {
    const IDS: [&str; 4] = ["37040219800101123", "37040219800101145", "37040220120505231", "11111111111111111"];
    (
        select(vec!["王建国", "王健国", "王小明", "李娜", "李静", "欧阳修"]),
        select(vec!["1", "2"]),
        select(vec!["1980-01-01", "1980-01-02", "2012-05-05", "2012-03-04", "2012-04-03", ""]),
        proptest::option::of(select(IDS.to_vec())),
        proptest::option::of(select(vec!["13563201234", "13563205678", "13563209999"])),
        select(vec!["370402001001", "370402001002", "370402002001"]),
        select(vec![("hospital_visit", "370402"), ("police_person", "370402"), ("school_screening", "370403")]),
        proptest::option::weighted(0.2, select(IDS.to_vec())),
        0i32..3,
    )
        .prop_map(move |(name, sex, born, id, phone, village, place, related, day)| {
            let mut r = row(&format!("r{key:02}"), name, sex, born).residence(village).at(place.0, place.1);
            r = id.map_or(r.clone(), |id| r.id(id));
            r.phone = phone.map(str::to_owned);
            r.related = related.map(super::rows::number);
            r.day = Some(19_000 + day);
            r
        })
}

/// What a night changes: rows that come or state something else, and rows that go.
fn changes(rows: usize) -> impl Strategy<Value = Vec<(u8, Option<Row>)>> {
    let one = (0u8..40).prop_flat_map(|key| (Just(key), proptest::option::weighted(0.8, stated(key))));
    proptest::collection::vec(one, 0..rows)
}

/// What people decide after a night: two rows, and whether they are one person.
fn decided() -> impl Strategy<Value = Vec<(u8, u8, bool)>> {
    proptest::collection::vec((0u8..40, 0u8..40, any::<bool>()), 0..2)
}

fn decision(rows: &Rows, (a, b, same): (u8, u8, bool)) -> Option<Decision> {
    let name = |key: u8| {
        let (_, row) = rows.get(&key)?;
        let (dataset, county) = (row.dataset.to_owned(), row.county.to_owned());
        Some(RowName { dataset, county, record_key: row.key.clone() })
    };
    let (a, b) = (name(a)?, name(b)?);
    let on = "2026-01-01".to_owned();
    (a != b).then(|| Decision { a, b, same, by: "x".to_owned(), on, reason: String::new(), expires: None })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nights_one_after_the_other_are_what_each_alone_would_be(
        first in changes(60),
        later in proptest::collection::vec((decided(), changes(6)), 1..4),
    ) {
        let mut rows = Rows::new();
        let mut before = None;
        let mut decisions = Decisions::default();
        for (number, (decided, changes)) in std::iter::once((Vec::new(), first)).chain(later).enumerate() {
            for decision in decided.into_iter().filter_map(|d| decision(&rows, d)) {
                decisions.add(decision).unwrap();
            }
            for (key, row) in changes {
                match row {
                    Some(row) => { rows.insert(key, (number, row)); }
                    None => { rows.remove(&key); }
                }
            }
            let (after, remembered) = night(small_blocks(), &rows, &decisions, before);
            let (alone, _) = night(small_blocks(), &rows, &decisions, None);
            prop_assert_eq!(after, alone);
            before = Some(remembered);
        }
    }
}

fn some_rows(names: &[&str], of: u8) -> Rows {
    let name = |i: u8| names[usize::from(i) % names.len()];
    (0..of).map(|i| (i, (0, row(&format!("r{i:02}"), name(i), "2", "1980-01-01").phone("13563201234")))).collect()
}

#[test]
fn a_memory_of_other_weights_is_none() {
    let rows = some_rows(&["王芳", "李娜", "刘洋"], 30);
    let nothing = Decisions::default();
    let (before, remembered) = night(small_blocks(), &rows, &nothing, None);
    let other = LinkModel { fingerprint: "other".to_owned(), ..small_blocks().clone() };
    let (after, _) = night(&other, &rows, &nothing, Some(remembered));
    let (alone, _) = night(&other, &rows, &nothing, None);
    assert_eq!(after, alone);
    assert_ne!(after.pairs, before.pairs);
}

#[test]
fn a_memory_that_is_not_whole_is_none() {
    let rows = some_rows(&["王芳"], 9);
    let (_, remembered) = night(small_blocks(), &rows, &Decisions::default(), None);
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(&dir.path().join("vault"), &secret(7, HashName::Sha256)).unwrap();
    let put = |part: MemoryPart, token: u64| {
        let mut writer = MemoryWriter::create(&vault, part.name(), token).unwrap();
        remembered.people.write(&remembered.known, part, &mut writer).unwrap();
        writer.finish().unwrap();
    };
    let found = || PeopleMemory::read(&|part, each| read(&vault, part.name(), each)).is_some();
    assert!(!found(), "no file is there");
    MemoryPart::ALL.into_iter().for_each(|part| put(part, 5));
    assert!(found());
    for part in MemoryPart::ALL {
        put(part, 6);
        assert!(!found(), "{} is of another night", part.name());
        put(part, 5);
        // Without what it holds, nothing tells that it holds.
        MemoryWriter::create(&vault, part.name(), 5).unwrap().finish().unwrap();
        assert!(!found(), "{} is empty", part.name());
        put(part, 5);
        assert!(found());
    }
    assert!(PairMemory::read(|_| Ok(5)).is_none());
}
