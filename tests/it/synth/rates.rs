//! Each rate, set to 1, shows its fault, and nothing shows it at 0.

use std::collections::{BTreeMap, BTreeSet};

use xinhui::schema::{Schemas, day};
use xinhui::synth::{Dirt, Rates, SynthOptions, generate_identities};

use super::identities::{Identity, read_people};
use super::tables::id_is_valid;

/// Rates of what reading sets right, so that no identity shows it; `dirty.rs` looks at the exports.
const READ_AWAY: [&str; 3] = ["id_fifteen", "id_lower_x", "id_full_width"];
/// Rates of rows and files; `nights.rs`, `dirty.rs` and `night.rs` look at those.
const NOT_OF_IDENTITIES: [&str; 5] = ["row_error", "resent", "corrected", "voided", "layout"];

fn people(rates: Rates) -> Vec<Identity> {
    let dir = tempfile::tempdir().unwrap();
    let options = SynthOptions { out: dir.path().to_owned(), rates, ..SynthOptions::default() };
    // So many that what befalls a person does not depend on their number.
    generate_identities(&options, 20_000, &Schemas::embedded().unwrap()).unwrap();
    read_people(dir.path())
}

fn alone(name: &str) -> Rates {
    let mut rates = Rates::NONE;
    rates.set(&format!("{name}=1")).unwrap();
    rates
}

/// Places at which two texts of one length differ; `None` when the lengths differ.
fn differ(a: &str, b: &str) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    (a.len() == b.len()).then(|| a.iter().zip(&b).filter(|(x, y)| x != y).count())
}

fn sorted(text: &str) -> Vec<char> {
    let mut chars: Vec<char> = text.chars().collect();
    chars.sort_unstable();
    chars
}

/// Whether a row shows a fault beside what its source says of the person without dirt; with the share of
/// rows that must show it at 1.
fn shows(rate: &str, row: &Identity, clean: &Identity, guardians: &[&str]) -> bool {
    let (name, was) = (row.get("name"), clean.get("name"));
    let (id, own) = (row.get("id_number"), clean.get("id_number"));
    let (phone, own_phone) = (row.get("phone"), clean.get("phone"));
    let (birth, born) = (row.get("birth_date"), clean.get("birth_date"));
    let surname = |text: &str| text.chars().next();
    let one_other = differ(name, was) == Some(1);
    match rate {
        "id_missing" => id.is_empty(),
        "id_digit_wrong" => !id_is_valid(id) && differ(id, own) == Some(1),
        "id_swapped" => !id_is_valid(id) && differ(id, own) == Some(2) && sorted(id) == sorted(own),
        "id_masked" => id.contains("********"),
        "id_excel" => id.contains("E+17") || !id_is_valid(id) && id.len() == 18 && id.ends_with("000"),
        "id_guardian" => id != own && guardians.contains(&id),
        "id_placeholder" => ["111111111111111111", "000000000000000000", "123456789012345678"].contains(&id),
        "id_changed" => id != own && id_is_valid(id) && id[..14] == own[..14],
        "other_document" => id.starts_with(['H', 'E']),
        "student_no_missing" => row.get("source") == "school" && row.get("student_no").is_empty(),
        "phone_missing" => phone.is_empty() && !own_phone.is_empty(),
        "phone_shared" => phone != own_phone && phone.len() == 11 && phone[..10] == own_phone[..10],
        "phone_guardian" => own_phone.is_empty() && phone.len() == 11,
        "phone_placeholder" => phone.starts_with("1609999999"),
        "phone_bad" => (7..11).contains(&phone.len()),
        "phone_changed" => phone != own_phone && phone.len() == 11,
        "name_homophone" | "name_fuzzy" | "name_lookalike" | "name_change" => {
            one_other && surname(name) == surname(was) || rate == "name_change" && name != was
        }
        "name_traditional" => name != was && differ(name, was).is_some(),
        "name_swapped" => name != was && sorted(name) == sorted(was),
        "name_dropped" => name.chars().count() + 1 == was.chars().count() && surname(name) == surname(was),
        "surname_homophone" => one_other && surname(name) != surname(was),
        "surname_doubled" => surname(was).is_some_and(|s| name == format!("{s}{was}")),
        "name_dot" => was.contains('·') && name == was.replace('·', ""),
        "name_cut" => name != was && was.starts_with(name) && name.chars().count() >= 6,
        "name_lost" => name.contains(['?', '□']),
        "name_placeholder" => ["无名氏", "张三", "测试", "某某"].contains(&name),
        "sex_wrong" => row.get("sex") != clean.get("sex"),
        "birth_lunar" => {
            let days = day::parse_iso(birth).unwrap() - day::parse_iso(born).unwrap();
            (-60..-10).contains(&days)
        }
        "birth_new_year" => birth.ends_with("-01-01") && birth != born,
        "birth_digit" => birth != born && birth[5..7] == born[5..7],
        "birth_swapped" => birth != born && birth[5..7] == born[8..] && birth[8..] == born[5..7],
        "birth_missing" => birth.is_empty(),
        "birth_year_only" => matches!(birth.len(), 4 | 7) && born.starts_with(birth),
        "address_written" => !row.get("address").is_empty() && row.get("address") != clean.get("address"),
        "moved" => !row.get("residence_code").is_empty() && row.get("residence_code") != clean.get("residence_code"),
        other => panic!("`{other}` has no test: say how a row shows it"),
    }
}

/// The share of all rows that show a fault at 1, where not a tenth of them do.
fn at_least(rate: &str) -> f64 {
    match rate {
        // Of those few who have such a name.
        "name_dot" => 0.0002,
        "name_cut" => 0.0002,
        "name_lost" => 0.001,
        // Where twins and lookalikes and the like allow it.
        "phone_guardian" => 0.0005,
        "birth_lunar" => 0.05,
        "phone_placeholder" | "phone_bad" => 0.1,
        "id_changed" | "phone_changed" | "phone_shared" | "surname_homophone" | "id_guardian" => 0.05,
        _ => 0.1,
    }
}

#[test]
fn every_rate_at_one_shows_its_fault_and_at_none_nothing_does() {
    let clean = people(Rates::NONE);
    let mut of_person: BTreeMap<(&str, &str, &str), &Identity> = BTreeMap::new();
    let mut ids = BTreeMap::<&str, Vec<&str>>::new();
    for row in &clean {
        // Of rows with and without a phone the one with it is the reference.
        let key = (row.person.as_str(), row.get("source"), row.get("county"));
        let known = of_person.entry(key).or_insert(row);
        if known.get("phone").is_empty() {
            *known = row;
        }
        ids.entry(&row.person[..13]).or_default().push(row.get("id_number"));
    }
    // Who moved between counties stands in one of them with two addresses, without any dirt.
    let mut counties = BTreeMap::<&str, BTreeSet<&str>>::new();
    for row in &clean {
        counties.entry(&row.person).or_default().insert(row.get("county"));
    }
    let mut tested = 0;
    for rate in Rates::names().filter(|n| !NOT_OF_IDENTITIES.contains(n) && !READ_AWAY.contains(n)) {
        let faulty = people(alone(rate));
        let share = |rows: &[Identity]| {
            let (mut all, mut hit) = (0.0, 0.0);
            for row in rows {
                let key = (row.person.as_str(), row.get("source"), row.get("county"));
                let Some(clean) = of_person.get(&key) else { continue };
                all += 1.0;
                let family = ids.get(&row.person[..13]).map(Vec::as_slice).unwrap_or_default();
                // A screening asks for no phone, a visit for no village: those rows are no witnesses.
                let comparable = match rate {
                    "moved" | "address_written" => {
                        row.get("residence_code").len() == clean.get("residence_code").len()
                            && counties[row.person.as_str()].len() == 1
                    }
                    "phone_missing" | "phone_changed" | "phone_shared" => {
                        row.get("source") != "school" && (rate == "phone_missing" || !row.get("phone").is_empty())
                    }
                    "phone_guardian" => row.get("source") != "school",
                    _ => true,
                };
                if comparable && shows(rate, row, clean, family) {
                    hit += 1.0;
                }
            }
            hit / all
        };
        let (none, one) = (share(&clean), share(&faulty));
        assert!(none == 0.0, "{rate}: {none} of clean rows show it");
        assert!(one >= at_least(rate), "{rate}: only {one} of the rows show it");
        tested += 1;
    }
    assert_eq!(tested + READ_AWAY.len() + NOT_OF_IDENTITIES.len(), Rates::names().count());
}

#[test]
fn what_reading_sets_right_is_no_other_identity() {
    let lines = |rates: Rates| -> Vec<String> { people(rates).iter().map(|p| format!("{:?}", p.values)).collect() };
    let clean = lines(Rates::NONE);
    for rate in READ_AWAY {
        assert!(lines(alone(rate)) == clean, "{rate}");
    }
}

#[test]
fn rates_are_set_by_name_and_a_wrong_name_is_answered_with_all_of_them() {
    let mut rates = Rates::preset(Dirt::Light);
    rates.set("name_homophone=0.5").unwrap();
    rates.set("layout = 0").unwrap();
    assert_eq!((rates.name_homophone, rates.layout), (0.5, 0.0));
    assert_eq!(rates.get("name_homophone"), Some(0.5));
    assert_eq!(rates.get("none_such"), None);
    let wrong = rates.set("homophone=0.5").unwrap_err();
    let hint = wrong.hint.clone().unwrap().en;
    assert!(wrong.message.en.contains("`homophone`") && Rates::names().all(|name| hint.contains(name)));
    for assignment in
        ["name_homophone", "name_homophone=", "name_homophone=x", "sex_wrong=1.5", "sex_wrong=-1", "moved=NaN"]
    {
        assert!(rates.set(assignment).is_err(), "{assignment}");
    }
}

#[test]
fn presets_grow_from_none_to_heavy() {
    let [none, light, normal, heavy] = [Dirt::None, Dirt::Light, Dirt::Normal, Dirt::Heavy].map(Rates::preset);
    assert!(!none.touches_identities() && light.touches_identities());
    assert!(!Rates { row_error: 0.5, layout: 1.0, ..Rates::NONE }.touches_identities());
    for name in Rates::names() {
        let [n, l, m, h] = [none, light, normal, heavy].map(|r| r.get(name).unwrap());
        assert!(n == 0.0 && 0.0 < l && l < m && m < h && h <= 1.0, "{name}: {n} {l} {m} {h}");
    }
}
