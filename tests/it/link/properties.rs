//! What holds of any population.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::select;

use super::rows::{Row, batch, night, night_after, number, row, secret};
use xinhui::link::KeyNumber;
use xinhui::link::PersonKey;
use xinhui::link::persons::{PreviousPersons, link};
use xinhui::schema::day;
use xinhui::store::key::HashName;

const IDS: [&str; 5] =
    ["37040219800101123", "37040219800101145", "37040220120505231", "37040220120505233", "37040219750309112"];

/// Rows that collide in everything: few names, dates, numbers and places.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let one = (
        select(vec!["王建国", "王健国", "王小明", "李娜", "测试", "王小红"]),
        select(vec!["1", "1", "2", "9"]),
        select(vec!["1980-01-01", "1980-01-01", "2012-05-05", "2012-05-05", "1979-11-20", ""]),
        proptest::option::of(select(IDS.to_vec())),
        proptest::option::of(select(vec!["G370402201205052310", "G370402201205052333", "00000000"])),
        proptest::option::of(select(vec!["13563201234", "13563205678", "13800138000"])),
        proptest::option::of(select(vec!["文化路12号3-301", "光明路5号"])),
        select(vec![("hospital_visit", "370402"), ("hospital_patient", "370402"), ("school_screening", "370403")]),
    );
    proptest::collection::vec(one, 1..24).prop_map(|rows| {
        rows.into_iter()
            .enumerate()
            .map(|(i, (name, sex, born, id, student, phone, address, place))| {
                let mut r = row(&format!("r{i:02}"), name, sex, born).at(place.0, place.1).on(i as i32 % 5);
                r = id.map_or(r.clone(), |id| r.id(id));
                r.student = student.map(str::to_owned);
                r.phone = phone.map(str::to_owned);
                r.address = address.map(str::to_owned);
                r
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn neither_people_nor_keys_depend_on_the_order_of_rows(
        (rows, shuffled) in rows().prop_flat_map(|r| (Just(r.clone()), Just(r).prop_shuffle()))
    ) {
        let (a, b) = (night(&rows), night(&shuffled));
        prop_assert_eq!(a.partition(), b.partition());
        prop_assert_eq!(a.keys(), b.keys());
        prop_assert_eq!(&a.persons.keys, &b.persons.keys);
        prop_assert_eq!(&a.persons.sex, &b.persons.sex);
        prop_assert_eq!(&a.persons.birth, &b.persons.birth);
        prop_assert_eq!(a.persons.summary, b.persons.summary);
        for r in &rows {
            prop_assert_eq!(a.confidence(&r.key), b.confidence(&r.key));
        }
    }

    #[test]
    fn nobody_has_two_valid_id_numbers_of_their_own(rows in rows()) {
        let n = night(&rows);
        // A number with one name is surely not shared; one that a row of another generation carries, or
        // a grown-up's on a school's row, need not be its carrier's.
        let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for r in &rows {
            // A student number may hold the number, too.
            if let Some(inside) = r.student.as_deref().and_then(|s| s.strip_prefix('G')) {
                names.entry(inside).or_default().insert(&r.name);
            }
            if let Some(id) = &r.id {
                let year: i32 = id[6..10].parse().unwrap();
                let born = r.birth.map(|d| i32::from(day::to_date(d).year()));
                let borrowed = born.is_some_and(|y| (y - year).abs() >= 12)
                    || (r.dataset.starts_with("school_") && year < 1998);
                names.entry(id).or_default().insert(if borrowed { "somebody else" } else { &r.name });
                names.entry(id).or_default().insert(&r.name);
            }
        }
        let mut owned: BTreeMap<KeyNumber, BTreeSet<&str>> = BTreeMap::new();
        let mut owner: BTreeMap<&str, KeyNumber> = BTreeMap::new();
        for r in &rows {
            let Some(id) = r.id.as_deref().filter(|id| names[id].len() == 1) else { continue };
            let person = n.person(&r.key);
            owned.entry(person).or_default().insert(id);
            prop_assert_eq!(*owner.entry(id).or_insert(person), person, "a number of one name has one person");
        }
        for ids in owned.values() {
            prop_assert_eq!(ids.len(), 1);
        }
    }

    #[test]
    fn keys_stay_when_rows_are_added(all in rows(), cut in 0.0..1.0f64) {
        let some = &all[..((all.len() as f64 * cut) as usize).max(1)];
        let first = night(some);
        let second = night_after(&all, &first.as_previous());
        prop_assert_eq!(second.partition(), night(&all).partition());

        let yesterday = first.keys();
        let mut rows_of: BTreeMap<PersonKey, BTreeSet<_>> = BTreeMap::new();
        for (r, key) in second.keys() {
            rows_of.entry(key).or_default().insert(r);
        }
        let mut before: BTreeMap<&PersonKey, BTreeSet<_>> = BTreeMap::new();
        for (r, key) in &yesterday {
            before.entry(key).or_default().insert(r.clone());
        }
        for (key, tonight) in &rows_of {
            let known: BTreeSet<&PersonKey> = tonight.iter().filter_map(|r| yesterday.get(r)).collect();
            if before.contains_key(key) {
                prop_assert!(known.contains(key), "a key of yesterday is with some of its people");
            }
            // Whoever was one person and is still, with nobody of yesterday come in or gone, keeps the key.
            if let [only] = known.iter().collect::<Vec<_>>()[..]
                && before[*only].is_subset(tonight)
            {
                prop_assert_eq!(key, *only);
            }
        }
        prop_assert_eq!(rows_of.len(), second.count(), "each key has one person");
    }

    #[test]
    fn a_key_whose_rows_still_stand_is_given_to_nobody_else(all in rows(), gone in any::<u32>()) {
        let first = night(&all);
        let left: Vec<Row> =
            all.iter().enumerate().filter(|(i, _)| gone >> (i % 32) & 1 == 0).map(|(_, r)| r.clone()).collect();
        let second = night_after(&left, &first.as_previous());
        let yesterday = first.keys();
        let standing: BTreeSet<&PersonKey> =
            second.keys().into_keys().filter_map(|r| yesterday.get(&r)).collect();
        let mut people: BTreeMap<PersonKey, BTreeSet<&PersonKey>> = BTreeMap::new();
        for (r, key) in second.keys() {
            people.entry(key).or_default().extend(yesterday.get(&r));
        }
        for (key, known) in &people {
            prop_assert!(!standing.contains(key) || known.contains(key));
        }
    }

    #[test]
    fn an_unchanged_population_keeps_every_key(rows in rows()) {
        let first = night(&rows);
        let second = night_after(&rows, &first.as_previous());
        prop_assert_eq!(first.keys(), second.keys());
        prop_assert_eq!(second.persons.summary.kept_keys, first.count() as u64);
    }
}

#[test]
fn neither_batches_nor_threads_change_anything() {
    let rows: Vec<Row> = (0..600)
        .map(|i| {
            let name = ["王建国", "王健国", "李娜", "张伟", "刘洋"][i % 5];
            let born = ["1980-01-01", "1975-03-09", "1990-06-06"][i % 3];
            let mut r = row(&format!("r{i:03}"), name, ["1", "2"][i % 2], born).on(i as i32 % 7);
            if i % 4 == 0 {
                r = r.id(IDS[i % 7 % 5]);
            }
            if i % 3 == 0 {
                r = r.phone(&format!("135632{:05}", 10_700 + i % 11 * 97));
            }
            if i % 7 == 0 {
                r = r.address(&format!("文化路{}号", i % 13));
            }
            r
        })
        .collect();
    let key = secret(9, HashName::Sm3);
    let with = |size: usize, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let persons = pool
            .install(|| link(&mut rows.chunks(size).map(|c| Ok(batch(c))), &key, &PreviousPersons::default()).unwrap());
        (persons.person_of_row.concat(), persons.confidence_of_row.concat(), persons.keys, persons.sex, persons.birth)
    };
    let whole = with(600, 1);
    assert_eq!(whole, with(1, 2));
    assert_eq!(whole, with(37, 4));
    assert_eq!(number(IDS[0]).len(), 18);
}

#[test]
fn very_many_rows_of_one_description_are_one_person_over_cut_blocks() {
    // More than are compared pair by pair: of each a window of neighbours is, and the next of those.
    let rows: Vec<Row> = (0..300)
        .map(|i| row(&format!("r{i:03}"), "谭喆堃", "2", "1980-01-01").phone(&format!("1356{:07}", i * 7919 % 100_003)))
        .collect();
    let n = night(&rows);
    assert_eq!(n.persons.summary.identities, 300);
    assert_eq!(n.count(), 1);
}
