//! The pitfalls of linking people in this country, one by one.
//!
//! Those of training (floors, warnings, no order) stand in `training.rs`, of cut blocks in `blocks.rs`, of
//! placeholders and shared numbers in `shared.rs`, of person keys in `keys.rs`, from night to night in
//! `nights.rs`.

use std::collections::BTreeSet;

use super::rows::{Night, Row, batch, ladder, night, number, row, secret, shipped};
use xinhui::link::engine::score::Rung;
use xinhui::link::persons::{PreviousPersons, link};
use xinhui::schema::day;
use xinhui::schema::layout::IdState;
use xinhui::store::key::HashName;

/// Born on one day in one county, sequences beside each other; both get their check characters.
const TWIN_A: &str = "37040220120505231";
const TWIN_B: &str = "37040220120505232";
const PARENT: &str = "37040219800101123";
const MOTHER: &str = "37040219830406224";

/// A household's child, with everything that a household shares.
fn child(key: &str, name: &str, sex: &str, born: &str) -> Row {
    row(key, name, sex, born)
        .phone("13563201234")
        .address("文化路12号3-301")
        .residence("370402001201")
        .guardian(Some("王建国"), Some("13563201234"))
}

/// Holds that rows are so many people, with the ladders of all pairs where they are not.
fn holds(rows: &[Row], people: usize, why: &str) -> Night {
    let n = night(rows);
    if n.count() != people {
        let mut all = String::new();
        for (i, a) in rows.iter().enumerate() {
            for b in &rows[i + 1..] {
                all.push_str(&format!("{} {} {}:\n", a.key, b.key, if n.one(&a.key, &b.key) { "one" } else { "two" }));
                let l = ladder(rows, &a.key, &b.key);
                for r in l.rungs.iter().filter(|r| !r.level.is_empty()) {
                    all.push_str(&format!(
                        "    {} = {}: {:.1} ({:.1})\n",
                        r.comparison, r.level, r.bits, r.bounded_bits
                    ));
                }
                all.push_str(&format!("    prior {:.1}, {:?}: {:.1}\n", l.prior, l.adjustments, l.total));
            }
        }
        panic!("{why}: {} people for {people}\n{all}", n.count());
    }
    n
}

// Twins, same-day cousins.

#[test]
fn twins_with_sequential_numbers_are_two() {
    let rows = [
        child("a", "王小明", "1", "2012-05-05").id(TWIN_A),
        child("b", "王小亮", "1", "2012-05-05").id(TWIN_B),
        child("a again", "王小明", "1", "2012-05-05"),
    ];
    let n = holds(&rows, 2, "twins");
    assert!(n.one("a", "a again"), "who has no number is the one of the name");
    // Even if a school writes both with the same name.
    let alike =
        [child("a", "王小明", "1", "2012-05-05").id(TWIN_A), child("b", "王小明", "1", "2012-05-05").id(TWIN_B)];
    holds(&alike, 2, "two valid numbers");
}

#[test]
fn twins_without_numbers_are_two() {
    for (a, b) in
        [("王小明", "王小亮"), ("王子轩", "王子涵"), ("王雨", "王雪"), ("王建军", "王志强"), ("欧阳子轩", "欧阳子涵")]
    {
        for sex in ["1", "2"] {
            let rows = [child("a", a, sex, "2012-05-05"), child("b", b, sex, "2012-05-05")];
            holds(&rows, 2, a);
        }
    }
    let mixed = [child("a", "王小龙", "1", "2012-05-05"), child("b", "王小凤", "2", "2012-05-05")];
    holds(&mixed, 2, "of both sexes");
}

#[test]
fn cousins_of_one_day_and_name_with_sequential_numbers_are_two() {
    let cousin = |key: &str| row(key, "王伟", "1", "1980-01-01").residence("370402001201");
    holds(&[cousin("a").id("37040219800101123"), cousin("b").id("37040219800101125")], 2, "cousins");
}

#[test]
fn a_typed_number_one_digit_off_a_valid_one_is_the_same_persons_and_never_a_neighbours() {
    let valid = number(PARENT);
    let slip = valid.replacen("0101", "0107", 1);
    let owner = row("owner", "王建国", "1", "1980-01-01").id(PARENT);
    let typed = |name: &str, born: &str| row("typed", name, "1", born).number_in_state(&slip, IdState::Invalid);
    holds(&[owner.clone(), typed("王建国", "1980-01-01")], 1, "one wrong digit");
    holds(&[owner, typed("刘志远", "1980-01-09")], 2, "somebody else's slip");
}

// A guardian's number on a child's row.

#[test]
fn a_guardians_number_on_a_childs_row_makes_no_one_of_them() {
    let rows = [
        row("father", "王建国", "1", "1980-01-01").id(PARENT),
        row("son", "王小明", "1", "2012-05-05").id(PARENT).at("school_screening", "370402"),
        row("daughter", "王小红", "2", "2015-07-07").id(PARENT).at("school_screening", "370402"),
    ];
    let n = holds(&rows, 3, "three people under one number");
    // Nothing that the number says of its owner is said of the children.
    let son = n.person("son").index();
    assert_eq!(n.persons.birth[son], Some((day::parse_iso("2012-05-05").unwrap(), 3)));
    let daughter = n.person("daughter").index();
    assert_eq!(n.sexes()[daughter], "2");
}

#[test]
fn a_grown_ups_number_on_a_pupils_row_without_birth_date_is_not_the_pupils() {
    // On a school's row of 2022 a number of somebody born in 1980 is a parent's, even if no other row
    // shows it.
    let pupil = |key: &str, born: &str| row(key, "王小明", "1", born).id(PARENT).at("school_screening", "370402");
    let father = row("father", "王建国", "1", "1980-01-01").id(PARENT).at("hospital_visit", "370402");
    holds(&[father.clone(), pupil("pupil", "")], 2, "no birth date");
    holds(&[father, pupil("pupil", "2012-05-05")], 2, "with birth date");
    // The pupil's own number is not stood against by the borrowed one.
    let own = child("own", "王小明", "1", "2012-05-05").id(TWIN_A);
    let borrowed = child("borrowed", "王小明", "1", "2012-05-05").id(PARENT).at("school_screening", "370402");
    holds(&[own, borrowed], 1, "the same pupil");
}

#[test]
fn a_parents_number_without_birth_date_does_not_join_people_of_other_sex() {
    let mother = row("mother", "李秀英", "2", "1983-04-06").id(MOTHER);
    let son = row("son", "王小明", "1", "").id(MOTHER);
    holds(&[mother, son], 2, "the number is a woman's");
}

#[test]
fn a_number_of_another_generation_is_not_its_only_carriers_own() {
    // No other row shows the number: the years between say whose it is not.
    let rows = [
        row("a", "王小明", "1", "2012-05-05").id(PARENT).phone("13563201234").residence("370402001201"),
        row("b", "王小明", "1", "2012-05-05").id(TWIN_A).phone("13563201234").residence("370402001201"),
    ];
    holds(&rows, 1, "the child with the parent's number and with its own");
}

// Newborns.

#[test]
fn a_newborn_under_its_mothers_number_is_related_to_her_and_not_her() {
    let rows = [
        row("mother", "王芳", "2", "1983-04-06").id(MOTHER).at("hospital_patient", "370402"),
        row("newborn", "王芳之子", "1", "2022-01-05")
            .id(MOTHER)
            .related(&number(MOTHER))
            .phone("13563201234")
            .at("hospital_visit", "370402"),
        row("girl", "王芳之女", "2", "2022-01-05").id(MOTHER).phone("13563201234").at("hospital_visit", "370402"),
    ];
    let n = night(&rows);
    assert!(!n.one("mother", "newborn") && !n.one("mother", "girl"));
    assert!(!n.one("newborn", "girl"), "a son and a daughter");
    assert_eq!(n.related("newborn"), Some(n.person("mother")));
}

#[test]
fn newborns_of_one_day_are_not_one_by_their_placeholder_names() {
    for (a, b) in [("王芳之子", "李娜之子"), ("新生儿", "新生儿"), ("王芳之子", "新生儿")] {
        let newborn = |key: &str, name: &str| row(key, name, "1", "2022-01-05").residence("370402001201");
        holds(&[newborn("a", a), newborn("b", b).address("光明路5号")], 2, a);
    }
}

// Families and institutions.

#[test]
fn a_family_of_one_phone_and_address_is_as_many_people_as_it_has() {
    let at_home = |key: &str, name: &str, sex: &str, born: &str| {
        row(key, name, sex, born).phone("13563201234").address("文化路12号3-301").residence("370402001201")
    };
    let rows = [
        at_home("grandfather", "王德胜", "1", "1952-03-04"),
        at_home("father", "王建国", "1", "1980-01-01"),
        at_home("uncle", "王建军", "1", "1981-09-12"),
        at_home("mother", "李秀英", "2", "1983-04-06"),
        at_home("son", "王小明", "1", "2012-05-05"),
        at_home("daughter", "王小红", "2", "2015-07-07"),
    ];
    holds(&rows, 6, "with birth dates");
    let years: Vec<Row> = rows.iter().map(|r| r.clone().year_only()).collect();
    holds(&years, 6, "with years of birth");
    let bare: Vec<Row> = rows.iter().map(|r| Row { birth: None, precision: 0, ..r.clone() }).collect();
    holds(&bare, 6, "without birth dates");
}

#[test]
fn neighbours_of_one_name_a_generation_apart_are_two() {
    let named = |key: &str, born: &str| row(key, "刘洋", "1", born).residence("370402001201");
    holds(&[named("elder", "1952-01-02"), named("younger", "1985-06-07")], 2, "a generation apart");
}

#[test]
fn an_institutions_phone_says_nothing() {
    // Of a ward: all men, one surname, one phone.
    let rows: Vec<Row> = ["伟", "强", "磊", "勇", "军", "杰", "涛", "超", "辉", "刚", "平", "飞"]
        .iter()
        .enumerate()
        .map(|(i, given)| row(&format!("r{i}"), &format!("王{given}"), "1", "").phone("06323051234"))
        .collect();
    let n = holds(&rows, 12, "a ward");
    assert_eq!(n.persons.summary.refused.overused_values, 1);
}

// Placeholders.

#[test]
fn default_birth_dates_and_names_join_nobody() {
    let of = |key: &str, place: &str| row(key, "李秀英", "2", "1900-01-01").residence(place);
    let rows = [of("a", "370402001201"), of("b", "370403002202")];
    holds(&rows, 2, "1900-01-01");
    assert_eq!(rung(&ladder(&rows, "a", "b").rungs, "birth date").level, "", "no birth date");
    for name in ["张三", "测试", "无名氏", "不详"] {
        let of = |key: &str| row(key, name, "1", "1980-01-01").phone("13563201234").residence("370402001201");
        holds(&[of("a"), of("b").address("光明路5号")], 2, name);
    }
}

// Transitive over-merging.

#[test]
fn a_chain_of_likeness_does_not_join_its_ends() {
    // A and C are plainly two; B, of whom little is known, is like both.
    let a = row("a", "王建国", "1", "1980-01-01").phone("13563201234").residence("370402001201");
    let b = row("b", "王建国", "1", "").phone("13563201234|13563205678");
    let c = row("c", "王建国", "1", "1952-06-09").phone("13563205678").residence("370402001305");
    let n = night(&[a.clone(), b.clone(), c.clone()]);
    assert!(!n.one("a", "c"), "B belongs to one of them at most");
    let n = night(&[a.id(PARENT), b, c.id("37040219520609117")]);
    assert!(!n.one("a", "c"));
}

#[test]
fn somebody_between_two_numbers_belongs_to_one_of_them() {
    let of = |key: &str| row(key, "王建国", "1", "1980-01-01").phone("13563201234");
    let n = night(&[of("a").id(PARENT), of("b").id("37040219800101145"), of("c"), of("d").address("光明路5号")]);
    assert_eq!(n.count(), 2);
    assert!(!n.one("a", "b"));
}

// Evidence that hangs together.

fn rung<'l>(rungs: &'l [Rung], name: &str) -> &'l Rung {
    rungs.iter().find(|r| r.comparison == name).unwrap()
}

#[test]
fn what_an_id_number_holds_is_not_counted_beside_it() {
    let of = |key: &str, day: i32| {
        row(key, "王建国", "1", "1980-01-01").id(PARENT).on(day).phone(&format!("1356320{day:04}"))
    };
    let l = ladder(&[of("a", 1), of("b", 2)], "a", "b");
    assert_eq!(rung(&l.rungs, "ID number").level, "equal");
    for inside in ["birth date", "sex"] {
        let r = rung(&l.rungs, inside);
        assert_eq!(r.level, "equal");
        assert!(r.bits == 0.0 && r.bounded_bits < 0.0, "{r:?}");
    }
}

#[test]
fn a_household_is_evidence_of_a_household() {
    let l = ladder(
        &[child("a", "王小明", "1", "2012-05-05"), child("b", "李建国", "2", "1950-01-01").phone("13563201234|0632")],
        "a",
        "b",
    );
    let household: f32 = ["phones", "guardian", "residence"].iter().map(|n| rung(&l.rungs, n).bits).sum();
    let most = shipped().model.groups[0].at_most_with_prior;
    assert!(l.prior + household <= most + 1e-3, "{household} bits of a household: {l:?}");
    assert!(l.total < shipped().model.thresholds.review);
}

// Values that are not given.

#[test]
fn nothing_alone_makes_one_of_two() {
    // Two rows that say little and the same: more than one person says that.
    let says = |key: &str, day: i32| Row { name: String::new(), ..row(key, "", "", "").on(day) };
    type Field = (&'static str, fn(Row) -> Row);
    let alone: [Field; 8] = [
        ("nothing", |r| r),
        ("name", |r| Row { name: "王芳".into(), ..r }),
        ("name and sex", |r| Row { name: "王芳".into(), sex: "2".into(), ..r }),
        ("name, sex and town", |r| Row { name: "王芳".into(), sex: "2".into(), ..r }.residence("370402001")),
        ("phone", |r| r.phone("13563201234")),
        ("address", |r| r.address("文化路12号3-301")),
        ("phone, address and village", |r| r.phone("13563201234").address("文化路12号3-301").residence("370402001201")),
        ("birth date and sex", |r| Row { sex: "2".into(), ..r.clone() }.born("1980-01-01")),
    ];
    for (what, field) in alone {
        let rows = [field(says("a", 1)), field(says("b", 2))];
        assert_eq!(night(&rows).count(), 2, "{what}");
    }
}

#[test]
fn what_one_row_leaves_out_says_nothing_against_it() {
    let full = child("full", "王小明", "1", "2012-05-05").id(TWIN_A).student("G0000012345");
    for less in [
        Row { sex: String::new(), ..full.clone() },
        Row { birth: None, precision: 0, ..full.clone() },
        Row { id: None, id_state: IdState::Absent, ..full.clone() },
        Row { student: None, ..full.clone() },
        Row { phone: None, address: None, guardian_phone: None, ..full.clone() },
    ] {
        let rows = [full.clone(), Row { key: "less".into(), ..less }];
        assert_eq!(night(&rows).count(), 1, "{rows:?}");
        for r in ladder(&rows, "full", "less").rungs.iter().filter(|r| r.level.is_empty()) {
            assert_eq!(r.bits, 0.0);
        }
    }
}

// Damaged numbers, in the form that validation leaves them.

#[test]
fn a_number_that_a_spreadsheet_cut_is_its_owners_and_not_a_neighbours() {
    let whole = number(PARENT);
    let cut = format!("{}000", &whole[..15]);
    let owner = row("owner", "王建国", "1", "1980-01-01").id(PARENT);
    let damaged = |name: &str, born: &str| row("cut", name, "1", born).number_in_state(&cut, IdState::Damaged);
    holds(&[owner.clone(), damaged("王建国", "1980-01-01")], 1, "the first fifteen digits agree");
    holds(&[owner.clone(), damaged("王建国", "")], 1, "no birth date beside them");
    // Everybody of that day and county has these fifteen digits.
    holds(&[owner, damaged("刘志远", "1980-01-01")], 2, "born on one day");
    let text = |key: &str, name: &str| row(key, name, "1", "").number_in_state("3.70402E+17", IdState::Damaged);
    holds(&[text("a", "王伟"), text("b", "王强")], 2, "what is the same for a county");
}

#[test]
fn a_masked_number_agrees_with_what_it_shows() {
    let whole = number(PARENT);
    let masked = format!("{}********{}", &whole[..6], &whole[14..]);
    let owner = row("owner", "王建国", "1", "1980-01-01").id(PARENT);
    let of = |name: &str, born: &str| row("masked", name, "1", born).number_in_state(&masked, IdState::Invalid);
    holds(&[owner.clone(), of("王建国", "1980-01-01")], 1, "same digits shown");
    holds(&[owner, of("刘志远", "1976-11-30")], 2, "another person");
}

#[test]
fn fifteen_digits_small_x_and_full_width_are_the_number() {
    // Validation upgrades and folds the person's own number; what a related number holds is read here.
    let x = "370402198001011";
    let sequence = (120..=199).find(|n| number(&format!("37040219800101{n}")).ends_with('X')).expect("one in eleven");
    let owner = number(&format!("37040219800101{sequence}"));
    assert!(owner.starts_with(x));
    let rows = [
        row("patient", "王建国", "1", "1980-01-01")
            .number_in_state(&owner, IdState::Valid)
            .at("hospital_patient", "370402"),
        row("wife", "李娜", "2", "1981-02-02").related(&owner.to_lowercase()).at("station_service", "370402"),
    ];
    let n = night(&rows);
    assert_eq!(n.related("wife"), Some(n.person("patient")));
    let wide: String = owner.chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap()).collect();
    let n = night(&[
        rows[0].clone(),
        row("wife", "李娜", "2", "1981-02-02").related(&wide).at("station_service", "370402"),
    ]);
    assert_eq!(n.related("wife"), Some(n.person("patient")));
}

// Changes.

#[test]
fn who_changed_the_name_is_the_same_person_by_number() {
    let rows = [
        row("then", "王建国", "1", "1980-01-01").id(PARENT),
        row("now", "王立", "1", "1980-01-01").id(PARENT).at("police_person", "370402"),
        row("moved", "王立", "1", "1980-01-01").id(PARENT).residence("370403001201").at("station_service", "370403"),
    ];
    holds(&rows, 1, "a new name");
}

#[test]
fn two_valid_numbers_are_never_one_person_by_themselves() {
    // A changed number, two registrations of one person: for a person to decide, whatever agrees.
    let of = |key: &str| child(key, "王建国", "1", "1980-01-01").student("G0000012345");
    let rows = [of("a").id(PARENT), of("b").id("37030319800101127")];
    let n = holds(&rows, 2, "two registrations");
    // Somebody looks at it: the pair stands among what was kept apart.
    assert_eq!(n.persons.summary.refused_unions, 1);
    assert!(rung(&ladder(&rows, "a", "b").rungs, "ID number").bits <= -40.0);
}

// Names.

#[test]
fn names_are_compared_by_characters_and_sounds() {
    let rows = |a: &str, b: &str| {
        [
            row("a", a, "1", "1980-01-01").residence("370402001201"),
            row("b", b, "1", "1980-01-01").residence("370402001201").phone("13563201234"),
        ]
    };
    let same = [
        ("王小明", "王晓明"), // by sound
        ("单晓丽", "善晓丽"), // a surname read otherwise
        ("仇志远", "求志远"),
        ("刘宁宁", "刘玲玲"), // where n is l, and back and front nasals are one
        ("王?国", "王建国"),  // lost on the way
        ("黄建国", "黃建國"), // traditional
        ("阿卜杜热西提·买买提", "阿卜杜热西提买买"), // cut
        ("欧阳建国", "欧阳健国"),
    ];
    for (a, b) in same {
        holds(&rows(a, b), 1, &format!("{a} {b}"));
    }
    for (a, b) in [("王小明", "李小明"), ("王小明", "刘志远"), ("王小明", "王志远")] {
        holds(&rows(a, b), 2, &format!("{a} {b}"));
    }
}

#[test]
fn brothers_and_sisters_who_share_a_character_are_not_one() {
    // By bytes these are closer than 王小明 and 王晓明.
    let of = |key: &str, name: &str, born: &str| child(key, name, "1", born);
    holds(&[of("a", "王小明", "2012-05-05"), of("b", "王小红", "2014-07-07")], 2, "two births");
    holds(&[of("a", "王小明", ""), of("b", "王小红", "")], 2, "no births");
    holds(&[of("a", "王小明", ""), of("b", "王小红", "2014-07-07")], 2, "one birth");
}

// Birthdays of the old calendar.

#[test]
fn a_lunar_birthday_is_the_solar_one_of_the_same_person() {
    let of = |key: &str, name: &str, born: &str| row(key, name, "1", born).residence("370402001201");
    holds(&[of("solar", "谭喆堃", "1980-01-01"), of("lunar", "谭喆堃", "1979-11-14")], 1, "a rare name");
    let phone = |r: Row| r.phone("13563201234");
    holds(&[phone(of("solar", "王建国", "1980-01-01")), phone(of("lunar", "王建国", "1979-11-14"))], 1, "with a phone");
    // As far apart, and no date of the old calendar.
    let l = |born: &str| ladder(&[of("a", "谭喆堃", "1980-01-01"), of("b", "谭喆堃", born)], "a", "b").total;
    assert!(l("1979-11-14") > l("1979-11-26") + 4.0);
}

// What of keyed codes concerns person keys: the frequency of common names, and keys at two recipients.

#[test]
fn person_keys_count_nobody_by_name_and_two_holders_of_secrets_share_none() {
    // As many of one name as an attacker would count, known by number or by phone.
    let rows: Vec<Row> = (0..120)
        .map(|i| {
            let name = if i < 100 { "王芳" } else { "李娜" };
            let born = day::to_iso(1_000 + 37 * i);
            let of = row(&format!("r{i:03}"), name, "2", &born);
            match i % 2 {
                0 => of.id(&format!("370402{}{:03}", born.replace('-', ""), 2 * i)),
                _ => of.phone(&format!("1356320{i:04}")),
            }
        })
        .collect();
    let keys_of = |byte: u8, hash: HashName| -> Vec<String> {
        let batches = &mut std::iter::once(Ok(batch(&rows)));
        let of = link(batches, &secret(byte, hash), &PreviousPersons::default()).unwrap();
        of.keys.iter().map(ToString::to_string).collect()
    };
    let mut parts = BTreeSet::new();
    let holders = [(1, HashName::Sha256), (2, HashName::Sha256), (1, HashName::Sm3)];
    for (byte, hash) in holders {
        let keys = keys_of(byte, hash);
        assert_eq!(keys.len(), rows.len());
        // No part of a key is a code of the name, or of anything that two people or two holders have in common.
        parts.extend(keys.iter().flat_map(|key| [0, 8, 16, 24].map(|at| key[at..at + 8].to_owned())));
    }
    assert_eq!(parts.len(), holders.len() * rows.len() * 4);
}

#[test]
fn nobody_is_related_to_a_number_that_says_nothing() {
    for text in ["111111111111111111", "3.70402E+17", "无", ""] {
        let n =
            night(&[row("a", "王芳", "2", "1980-01-01").id(MOTHER), row("b", "李娜", "2", "1981-02-02").related(text)]);
        assert_eq!(n.related("b"), None, "{text}");
    }
}
