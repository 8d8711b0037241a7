//! The three rules, attributes and confidence.

use super::rows::{Row, night, number, row};
use xinhui::error::{Error, ErrorKind};
use xinhui::link::{NO_PERSON, PreviousPersons, confidence, link};
use xinhui::schema::day;
use xinhui::schema::layout::IdState;
use xinhui::store::key::HashName;

const ADULT: &str = "37040219800101123";
const OTHER_ADULT: &str = "37040219800101145";
const CHILD: &str = "37040220120505231";

#[test]
fn a_valid_id_number_joins_whatever_slip_is_in_the_rest() {
    let n = night(&[
        row("same", "王建国", "1", "1980-01-01").id(ADULT),
        row("homophone", "王健国", "1", "1980-01-01").id(ADULT).at("police_person", "370403"),
        row("lunar", "王建国", "1", "1979-11-14").id(ADULT).at("station_service", "370402"),
        row("no birth date", "王建国", "1", "").id(ADULT).at("station_service", "370404"),
        row("renamed", "王立", "1", "1980-01-01").id(ADULT).at("hospital_patient", "370402"),
        row("lost character", "王?国", "1", "1980-01-01").id(ADULT).at("hospital_patient", "370404"),
    ]);
    assert_eq!(n.count(), 1);
    assert_eq!(n.confidence("lunar"), confidence::CERTAIN);
}

#[test]
fn a_student_number_joins_school_rows() {
    let n = night(&[
        row("a", "陈晨", "2", "2012-05-05").student("G370402201205052310").at("school_screening", "370402"),
        row("b", "陈辰", "2", "2012-05-05").student("g370402201205052310 ").at("school_counselling", "370403"),
        row("c", "陈晨", "2", "").student("G370402201205052399").at("school_counselling", "370402"),
    ]);
    assert!(n.one("a", "b"));
    assert!(!n.one("a", "c"));
    assert_eq!(n.confidence("b").min(n.confidence("a")), confidence::STUDENT_NUMBER);
}

#[test]
fn name_sex_and_birth_date_need_one_more_agreeing_field() {
    let base = |key: &str| row(key, "刘洋", "1", "1975-03-09");
    assert_eq!(night(&[base("a"), base("b")]).count(), 2, "nothing more agrees");

    type Field = (&'static str, fn(Row) -> Row);
    let fields: [Field; 7] = [
        ("phone", |r| r.phone("13563201234")),
        ("guardian's phone", |r| r.guardian(None, Some("13563201234"))),
        ("guardian's name", |r| r.guardian(Some("刘大山"), None)),
        ("village", |r| r.residence("370402001201")),
        ("address", |r| r.address("市中区文化路12号3-301")),
        ("a wrong number", |r| r.number_in_state("370402197503091234", IdState::Invalid)),
        ("a passport", |r| r.number_in_state("E12345689", IdState::OtherDocument)),
    ];
    for (what, field) in &fields {
        let n = night(&[field(base("a")), field(base("b")).address("另一处5号")]);
        let same_address = night(&[field(base("a")), field(base("b"))]);
        assert_eq!(same_address.count(), 1, "{what}: rows that say the same");
        if *what != "address" {
            assert_eq!(n.count(), 1, "{what}");
            assert_eq!(n.confidence("a").min(n.confidence("b")), confidence::DESCRIPTION);
        }
    }
}

#[test]
fn one_phone_in_another_column_or_form_is_the_same_phone() {
    let base = |key: &str| row(key, "刘洋", "1", "1975-03-09");
    let n = night(&[
        base("a").phone("13563201234"),
        base("b").guardian(None, Some("+86 135-6320-1234")),
        base("c").phone("0632-3456789|13563201234"),
    ]);
    assert_eq!(n.count(), 1);
}

#[test]
fn addresses_agree_over_punctuation() {
    let base = |key: &str| row(key, "刘洋", "1", "1975-03-09");
    let n = night(&[base("a").address("文化路 12 号、3-301"), base("b").address("文化路12号3301")]);
    assert_eq!(n.count(), 1);
}

#[test]
fn names_agree_over_the_dot_of_minority_names() {
    let named = |key: &str, name: &str| row(key, name, "1", "1975-03-09").phone("13563201234");
    let n = night(&[
        named("a", "阿卜杜拉·买买提"),
        named("b", "阿卜杜拉•买买提"),
        named("c", "阿卜杜拉买买提"),
        named("d", "阿卜杜拉 . 买买提"),
    ]);
    assert_eq!(n.count(), 1);
}

#[test]
fn a_year_of_birth_is_no_full_birth_date() {
    let year = |key: &str| row(key, "刘洋", "1", "1975-01-01").year_only().phone("13563201234");
    assert_eq!(night(&[year("a"), year("b")]).count(), 2);
}

#[test]
fn an_unknown_sex_is_no_sex() {
    for sex in ["0", "9", ""] {
        let unknown = |key: &str| row(key, "刘洋", sex, "1975-03-09").phone("13563201234");
        assert_eq!(night(&[unknown("a"), unknown("b")]).count(), 2, "{sex:?}");
    }
}

#[test]
fn two_valid_id_numbers_are_two_people_whatever_agrees() {
    let alike = |key: &str| {
        row(key, "刘洋", "1", "1980-01-01")
            .phone("13563201234")
            .address("文化路12号3-301")
            .residence("370402001201")
            .student("G370402198001011230")
    };
    let n = night(&[alike("a").id(ADULT), alike("b").id(OTHER_ADULT), alike("c")]);
    assert!(!n.one("a", "b"));
    assert_eq!(n.count(), 2, "who has none is one of the two");
    assert!(n.persons.summary.refused_unions > 0);
}

#[test]
fn other_student_numbers_stand_against_a_description_but_not_against_an_id_number() {
    let pupil = |key: &str, student: &str| row(key, "陈晨", "2", "2012-05-05").phone("13563201234").student(student);
    let n = night(&[pupil("a", "G100000001"), pupil("b", "G100000002")]);
    assert_eq!(n.count(), 2);
    let n = night(&[pupil("a", "G100000001").id(CHILD), pupil("b", "G100000002").id(CHILD)]);
    assert_eq!(n.count(), 1);
}

#[test]
fn a_chain_of_rules_is_followed() {
    let n = night(&[
        row("id", "刘洋", "1", "1980-01-01").id(ADULT),
        row("id and phone", "刘洋", "1", "1980-01-01").id(ADULT).phone("13563201234"),
        row("phone and village", "刘洋", "1", "1980-01-01").phone("13563201234").residence("370402001201"),
        row("village", "刘洋", "1", "1980-01-01").residence("370402001201"),
    ]);
    assert_eq!(n.count(), 1);
    assert_eq!(n.confidence("id"), confidence::CERTAIN);
    assert_eq!(n.confidence("id and phone"), confidence::CERTAIN);
    assert_eq!(n.confidence("village"), confidence::DESCRIPTION);
}

#[test]
fn a_row_alone_is_sure_of_itself() {
    let n = night(&[row("a", "刘洋", "1", "1980-01-01")]);
    assert_eq!(n.confidence("a"), confidence::CERTAIN);
}

#[test]
fn sex_and_birth_date_are_what_most_rows_state() {
    let n = night(&[
        row("a", "刘洋", "1", "1980-01-01").id(ADULT).on(1),
        row("b", "刘洋", "1", "1980-01-01").id(ADULT).on(2),
        row("c", "刘洋", "2", "1980-01-02").id(ADULT).on(3),
        row("d", "刘洋", "9", "").id(ADULT).on(4),
        row("e", "刘洋", "9", "").id(ADULT).on(5),
        row("f", "刘洋", "9", "").id(ADULT).on(6),
    ]);
    assert_eq!(n.count(), 1);
    assert_eq!(n.persons.sex, ["1"]);
    assert_eq!(n.persons.birth, [Some((day::parse_iso("1980-01-01").unwrap(), 3))]);
}

#[test]
fn rows_count_for_sex_and_birth_date_and_not_distinct_identities() {
    let n = night(&[
        row("a", "刘洋", "2", "1980-01-02").id(ADULT).phone("13563201234").on(8),
        row("b", "刘洋", "2", "1980-01-02").id(ADULT).phone("13563205678").on(9),
        row("c", "刘洋", "1", "1980-01-01").id(ADULT).on(1),
        row("d", "刘洋", "1", "1980-01-01").id(ADULT).on(1),
        row("e", "刘洋", "1", "1980-01-01").id(ADULT).on(1),
    ]);
    assert_eq!(n.persons.sex, ["1"]);
    assert_eq!(n.persons.birth, [Some((day::parse_iso("1980-01-01").unwrap(), 3))]);
}

#[test]
fn ties_of_sex_and_birth_date_go_to_the_newest_row() {
    let pair = |a: i32, b: i32| {
        night(&[
            row("a", "刘洋", "1", "1980-01-01").id(ADULT).on(a),
            row("b", "刘洋", "2", "1979-11-14").id(ADULT).on(b),
        ])
    };
    assert_eq!(pair(2, 1).persons.sex, ["1"]);
    assert_eq!(pair(1, 2).persons.sex, ["2"]);
    assert_eq!(pair(1, 2).persons.birth, [Some((day::parse_iso("1979-11-14").unwrap(), 3))]);
    // Of one day, the greatest record key is the newest.
    assert_eq!(pair(2, 2).persons.sex, ["2"]);
}

#[test]
fn an_unstated_sex_counts_when_no_row_states_one() {
    let n = night(&[row("a", "刘洋", "9", "").id(ADULT).on(1), row("b", "刘洋", "0", "").id(ADULT).on(2)]);
    assert_eq!(n.persons.sex, ["0"]);
    assert_eq!(n.persons.birth, [None]);
}

#[test]
fn a_related_number_names_its_owner() {
    let n = night(&[
        row("patient", "王建国", "1", "1980-01-01").id(ADULT).at("hospital_patient", "370402"),
        row("wife", "李娜", "2", "1981-02-02")
            .phone("13563201234")
            .related(&number(ADULT))
            .at("station_service", "370402"),
        row("nobody", "李敏", "2", "1983-02-02").related(&number(CHILD)).at("station_service", "370402"),
        row("wrong", "李静", "2", "1984-02-02").related("370402198001011230").at("station_service", "370402"),
        row("none", "李静", "2", "1984-02-02").at("station_service", "370402"),
    ]);
    assert_eq!(n.related("wife"), n.person("patient"));
    assert_ne!(n.person("wife"), n.person("patient"));
    for none in ["nobody", "wrong", "none", "patient"] {
        assert_eq!(n.related(none), NO_PERSON, "{none}");
    }
}

#[test]
fn a_column_of_another_type_is_our_own_fault() {
    let mut batch = super::rows::batch(&[row("a", "刘洋", "1", "1980-01-01")]);
    batch.identities = batch.identities.project(&[0, 1, 2]).unwrap();
    let key = super::rows::secret(1, HashName::Sha256);
    let error = link(&mut std::iter::once(Ok(batch)), &key, &PreviousPersons::default()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Bug);
}

#[test]
fn an_error_of_reading_stops_the_linkage() {
    let key = super::rows::secret(1, HashName::Sha256);
    let mut batches = std::iter::once(Err(Error::new(ErrorKind::Input, "vault", "cannot be read")));
    let error = link(&mut batches, &key, &PreviousPersons::default()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Input);
}

#[test]
fn no_rows_are_no_persons() {
    assert_eq!(night(&[]).count(), 0);
}
