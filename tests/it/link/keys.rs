//! Person keys stay with their people.

use std::collections::BTreeSet;

use super::rows::{Row, Yesterday, batch, night, night_after, row, secret};
use xinhui::link::persons::{PreviousPersons, link};
use xinhui::store::key::{HashName, SecretKey};

const ID: &str = "37040219800101123";
const GREAT: &str = "ff000000000000000000000000000000";
const SMALL: &str = "11000000000000000000000000000000";

fn keys_under(rows: &[Row], key: &SecretKey) -> Vec<String> {
    link(&mut std::iter::once(Ok(batch(rows))), key, &PreviousPersons::default())
        .unwrap()
        .keys
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn keys_are_keyed_hashes_of_32_hexadecimal_digits() {
    let rows = [row("a", "王芳", "2", "1980-01-01").id(ID), row("b", "李娜", "2", "1981-01-01")];
    let mut seen = BTreeSet::new();
    for hash in [HashName::Sha256, HashName::Sm3] {
        for byte in [1, 2] {
            let keys = keys_under(&rows, &secret(byte, hash));
            assert_eq!(keys, keys_under(&rows, &secret(byte, hash)));
            for key in keys {
                assert_eq!(key.len(), 32);
                assert!(key.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
                assert!(seen.insert(key));
            }
        }
    }
}

#[test]
fn a_key_made_anew_is_that_of_the_id_number_and_not_of_the_rows() {
    let first = night(&[row("a", "王芳", "2", "1980-01-01").id(ID)]);
    let other_rows = night(&[row("z", "王方", "2", "").id(ID).at("police_person", "370406")]);
    assert_eq!(first.key("a"), other_rows.key("z"));
}

#[test]
fn keys_are_in_ascending_order() {
    // A name and a sex are nobody's identity: each row is a person.
    let rows: Vec<Row> = (0..40).map(|i| row(&format!("r{i}"), "王芳", "2", "")).collect();
    let n = night(&rows);
    assert_eq!(n.count(), 40);
    assert!(n.persons.keys.is_sorted());
}

#[test]
fn a_person_whose_id_number_arrives_later_keeps_the_key() {
    let before = row("a", "王芳", "2", "1980-01-01").phone("13563201234");
    let first = night(std::slice::from_ref(&before));
    let rows = [before.clone(), row("b", "王芳", "2", "1980-01-01").id(ID).phone("13563201234")];
    let second = night_after(&rows, &first.as_previous());
    assert_eq!(second.key("a"), first.key("a"));
    assert_eq!(second.key("b"), first.key("a"));
    assert_ne!(night(&rows).key("a"), first.key("a"), "made anew it would be the number's");
    assert_eq!(second.persons.summary.kept_keys, 1);
}

#[test]
fn of_two_persons_who_turn_out_one_the_larger_keeps_its_key() {
    let small = row("s", "王芳", "2", "").student("L370402000012345");
    let large = |key: &str| row(key, "王芳", "2", "").id(ID);
    let first = night(&[small.clone(), large("l1"), large("l2")]);
    assert!(!first.one("s", "l1"));
    let bridge = row("x", "王芳", "2", "").id(ID).student("L370402000012345");
    let second = night_after(&[small, large("l1"), large("l2"), bridge], &first.as_previous());
    assert_eq!(second.count(), 1);
    assert_eq!(second.key("s"), first.key("l1"));
}

#[test]
fn of_a_person_who_turns_out_two_the_larger_part_keeps_the_key() {
    let first = night(&[
        row("a", "王芳", "2", "1980-01-01").phone("13563201234"),
        row("b", "王芳", "2", "1980-01-01").phone("13563201234"),
        row("c", "王芳", "2", "1980-01-01").phone("13563201234"),
    ]);
    assert_eq!(first.count(), 1);
    let second = night_after(
        &[
            row("a", "王芳", "2", "1980-01-01").phone("13563201234"),
            row("b", "李方芳", "2", "1990-01-01").phone("13563201234"),
            row("c", "王芳", "2", "1980-01-01").phone("13563201234"),
        ],
        &first.as_previous(),
    );
    assert_eq!(second.key("a"), first.key("a"));
    assert_eq!(second.key("c"), first.key("a"));
    assert_ne!(second.key("b"), first.key("a"));
}

#[test]
fn a_new_person_never_takes_a_key_that_stays_with_others() {
    // The key was made from this very number, then its rows were corrected to another one.
    let first = night(&[row("a", "王芳", "2", "1980-01-01").id(ID)]);
    let rows =
        [row("a", "王芳", "2", "1980-01-01").id("37040219800101345"), row("b", "李娜", "1", "1980-01-01").id(ID)];
    let second = night_after(&rows, &first.as_previous());
    assert_eq!(second.key("a"), first.key("a"));
    assert_ne!(second.key("b"), first.key("a"));
    let third = night_after(&rows, &second.as_previous());
    assert_eq!(third.keys(), second.keys());
}

#[test]
fn a_new_person_never_takes_a_key_whose_people_became_others() {
    // Yesterday two persons; tonight their rows are one, so one key rests. Nobody may take it up.
    let phone = |key: &str| row(key, "李静", "2", "1990-06-06").phone("13563201234");
    let first =
        night(&[row("a", "王芳", "2", "1980-01-01").id(ID), phone("b1").address("文化路12号3-301"), phone("b2")]);
    assert_eq!(first.count(), 2);
    let second = night_after(
        &[phone("a"), phone("b1"), phone("b2"), row("c", "李娜", "1", "1980-01-01").id(ID)],
        &first.as_previous(),
    );
    assert_eq!(second.key("a"), first.key("b1"));
    assert_ne!(second.key("c"), first.key("a"));
}

#[test]
fn the_same_id_number_under_new_record_keys_keeps_the_key() {
    let first = night(&[row("2022-1", "王芳", "2", "1980-01-01").id(ID)]);
    let second = night_after(&[row("2023-1", "王芳", "2", "1980-01-01").id(ID)], &first.as_previous());
    assert_eq!(second.key("2023-1"), first.key("2022-1"));
}

#[test]
fn record_keys_of_other_counties_and_datasets_are_other_rows() {
    let first = night(&[row("1", "王芳", "2", "1980-01-01")]);
    for elsewhere in [("hospital_visit", "370403"), ("police_person", "370402")] {
        let rows = [row("1", "李娜", "2", "1981-01-01").at(elsewhere.0, elsewhere.1)];
        assert_ne!(night_after(&rows, &first.as_previous()).key("1"), first.key("1"));
    }
}

#[test]
fn yesterday_moves_keys_and_never_people() {
    let rows = [
        row("a", "王芳", "2", "1980-01-01").id(ID),
        row("b", "王芳", "2", "1980-01-01").id(ID).phone("13563201234"),
        row("c", "李娜", "2", "1981-01-01"),
    ];
    let wrong: Yesterday =
        ["a", "c"].map(|r| ("hospital_visit", "370402", r, "0123456789abcdef0123456789abcdef")).into_iter().collect();
    assert_eq!(night_after(&rows, &wrong).partition(), night(&rows).partition());
}

#[test]
fn a_tie_of_overlaps_goes_to_the_smaller_key() {
    let both = |key: &str| row(key, "王芳", "2", "1980-01-01").id(ID);
    let previous: Yesterday =
        [("hospital_visit", "370402", "a", GREAT), ("hospital_visit", "370402", "b", SMALL)].into_iter().collect();
    assert_eq!(night_after(&[both("a"), both("b")], &previous).key("a").to_string(), SMALL);
}
