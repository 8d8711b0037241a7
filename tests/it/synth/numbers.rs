//! Numbers of invented people and institutions.

use std::collections::BTreeSet;

use xinhui::synth::identity::{MAX_HOUSEHOLDS, birth_day, check_character, credit_check, id_number, is_valid, phone};

use super::tables::id_is_valid;

#[test]
fn check_characters_are_those_of_the_standards() {
    assert!(is_valid("11010519491231002X"));
    assert!(is_valid("440524188001010014"));
    assert!(!is_valid("110105194912310021"));
    assert_eq!(check_character("34052419800101001"), 'X');
    assert_eq!(credit_check("91512081MA62K0260"), 'E');
    assert_eq!(credit_check("91350100M000100Y4"), '3');
}

#[test]
fn no_two_people_of_a_county_can_share_a_number_however_many_there_are() {
    // Households that share prefix and sequence are those of one remainder: each has a day class of its own.
    for household in [0, 17, 6_199] {
        let step = MAX_HOUSEHOLDS / 128;
        let numbers: BTreeSet<String> =
            (0..128).map(|q| household + q * step).map(|h| id_number(0, h, 3, birth_day(h, 12_000), true)).collect();
        assert_eq!(numbers.len(), 128);
        assert!(numbers.iter().all(|n| id_is_valid(n) && is_valid(n)));
    }
}

#[test]
fn twins_have_neighbouring_numbers() {
    let birth = birth_day(40, 14_000);
    let (one, other) = (id_number(2, 40, 2, birth, true), id_number(2, 40, 3, birth, true));
    assert_eq!(one[..14], other[..14]);
    let sequence = |n: &str| n[14..17].parse::<i32>().unwrap();
    assert_eq!(sequence(&other) - sequence(&one), 2, "two apart: the digit between is a girl's");
}

#[test]
fn no_two_counties_of_a_city_share_a_phone() {
    // Shanghai has 16 counties; households that cross are numbered from 700,000.
    let numbers: BTreeSet<String> = (0..16)
        .flat_map(|county| [0, 699_999, 700_000, 780_000].map(|household| phone(county, household, 7)))
        .collect();
    assert_eq!(numbers.len(), 64);
    assert!(numbers.iter().all(|n| n.len() == 11 && n.starts_with("160")));
}
