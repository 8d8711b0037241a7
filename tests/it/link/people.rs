//! What makes rows one person under the shipped model and weights; attributes, and how sure it is.
//!
//! Pairs that a clerk would take for one person, or for two, and far from the threshold: weights that
//! are learned anew must not move them.

use super::rows::{Row, ladder, night, number, row};
use xinhui::error::{Error, ErrorKind};
use xinhui::link::persons::{PreviousPersons, link};
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
    assert!(n.confidence("lunar") > 0.999_999);
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
    assert!(n.confidence("b").min(n.confidence("a")) > 0.999);
}

#[test]
fn a_name_with_sex_and_birth_date_is_one_person_as_far_as_the_name_is_rare() {
    let seen = |key: &str, name: &str| row(key, name, "1", "1975-03-09");
    // In a county two of a rare name hardly share the birth date; two rows are one person's.
    let rare = [seen("a", "谭喆堃"), seen("b", "谭喆堃").phone("13563201234")];
    let n = night(&rare);
    assert_eq!(n.count(), 1);
    assert!(n.confidence("a") > 0.99);
    // A common name weighs less, and a birth date that is a year alone joins no two of a common name.
    let bits = |name: &str| ladder(&[seen("a", name), seen("b", name).phone("13563201234")], "a", "b").total;
    assert!(bits("谭喆堃") > bits("刘洋") + 4.0);
    let year = [seen("a", "刘洋").year_only(), seen("b", "刘洋").year_only().phone("13563201234")];
    assert_eq!(night(&year).count(), 2);
}

#[test]
fn a_common_name_with_a_birth_date_is_too_little_in_a_large_city() {
    // 王芳 is one of 1700 in this country: of some millions of people a few share her birth date.
    let mut rows =
        vec![row("a", "王芳", "2", "1975-03-09"), row("b", "王芳", "2", "1975-03-09").at("police_person", "370406")];
    let far = ladder(&rows, "a", "b");
    rows[1].county = "370402";
    let near = ladder(&rows, "a", "b");
    assert!(far.total + 3.0 < near.total, "elsewhere is further away");
    // Each doubling of the people that there are is a bit less for every pair.
    let filler = (0..270_000).map(|i| row(&format!("f{i}"), "", "", "").phone(&format!("136{i:08}")));
    rows.extend(filler);
    rows.sort_by_key(|r| (r.dataset, r.county));
    let large = ladder(&rows, "a", "b");
    assert!((near.total - large.total - 1.0).abs() < 0.01, "{} {}", near.total, large.total);
}

#[test]
fn each_agreeing_field_makes_one_person_likelier() {
    let base = |key: &str| row(key, "刘洋", "1", "1975-03-09");
    let differ = |r: Row| r.address("另一处5号").residence("370402001305");
    let plain = ladder(&[base("a"), differ(base("b"))], "a", "b").total;
    type Field = (&'static str, fn(Row) -> Row);
    let fields: [Field; 6] = [
        ("phone", |r| r.phone("13563201234")),
        ("guardian's phone", |r| r.guardian(None, Some("13563201234"))),
        ("guardian's name", |r| r.guardian(Some("刘大山"), None)),
        ("a wrong number", |r| r.number_in_state("370402197503091234", IdState::Invalid)),
        ("a passport", |r| r.number_in_state("E12345689", IdState::OtherDocument)),
        ("student number", |r| r.student("G3704021975")),
    ];
    for (what, field) in &fields {
        let rows = [field(base("a")), differ(field(base("b")))];
        assert!(ladder(&rows, "a", "b").total > plain + 1.0, "{what}");
        assert_eq!(night(&rows).count(), 1, "{what}");
        assert_eq!(night(&[field(base("a")), field(base("b"))]).count(), 1, "{what}: rows that say the same");
    }
    for (what, field) in [("village", "370402001201"), ("village of no other", "370402001202")] {
        let rows = [base("a").residence(field), base("b").residence(field).phone("13563201234")];
        assert_eq!(night(&rows).count(), 1, "{what}");
    }
}

#[test]
fn a_name_and_sex_are_nobodys_identity() {
    for name in ["刘洋", "王芳", "李建国"] {
        let said = |key: &str| row(key, name, "1", "");
        assert_eq!(night(&[said("a"), said("b")]).count(), 2, "{name}: rows that say the same");
        let rows = [said("a").on(1), said("b").on(2), said("c").residence("370402001201")];
        assert_eq!(night(&rows).count(), 3, "{name}");
        // With a phone of theirs they are one.
        let with = |key: &str| said(key).phone("13563201234");
        assert!(night(&[with("a"), with("b").address("光明路5号")]).one("a", "b"), "{name}");
    }
}

#[test]
fn a_name_is_never_enough_however_rare_it_is() {
    let said = |key: &str| row(key, "谭喆堃", "1", "");
    assert_eq!(night(&[said("a"), said("b")]).count(), 2, "rows that say the same");
    for home in ["370402", "370402001"] {
        let rows = [said("a").residence(home), said("b").residence(home), said("c").residence(home).on(5)];
        assert_eq!(night(&rows).count(), 3, "{home}");
    }
    // Days from which systems count are no birth dates.
    for day in ["1970-01-01", "1900-01-01", "1899-12-30"] {
        assert_eq!(night(&[said("a").born(day), said("b").born(day).on(5)]).count(), 2, "{day}");
    }
    // An office's phone is nobody's own.
    let mut rows = vec![said("a").phone("06323051234"), said("b").phone("06323051234").on(5)];
    rows.extend(["李娜", "张伟", "刘洋", "陈静", "杨军", "赵敏"].map(|n| row(n, n, "1", "").phone("06323051234")));
    assert_eq!(night(&rows).count(), 8);
    // What identifies beside it makes one of them.
    let one: [fn(Row) -> Row; 5] = [
        |r| r.residence("370402001201"),
        |r| r.born("1975-03-09"),
        |r| r.phone("13563201234"),
        |r| r.address("文化路12号3-301"),
        |r| r.student("L370402000012345"),
    ];
    for with in one {
        assert_eq!(night(&[with(said("a")), with(said("b")), with(said("c")).on(5)]).count(), 1);
    }
}

#[test]
fn a_default_birth_date_of_many_is_no_birth_date() {
    let named = |name: &str, n: usize, born: &str| row(&format!("{name}{n}"), name, "1", born);
    let others =
        ["李娜", "张伟", "刘洋", "陈静", "杨军", "赵敏", "周杰", "吴倩", "孙丽", "马超", "朱琳", "胡军", "郭涛"];
    let rows = |born: &str| -> Vec<Row> {
        let mut rows: Vec<Row> = others.iter().map(|name| named(name, 0, born)).collect();
        rows.extend([named("谭喆堃", 0, born), named("谭喆堃", 1, born).on(5).phone("13563201234")]);
        rows
    };
    assert_eq!(night(&rows("1980-01-01")).count(), 15);
    assert_eq!(night(&rows("1980-03-07")).count(), 14, "a day like any other");
}

#[test]
fn another_sex_or_birth_date_stands_against_a_name() {
    let base = |key: &str| row(key, "刘洋", "1", "1975-03-09");
    let two = [
        ("sex and birth date", row("b", "刘洋", "2", "1981-11-20")),
        ("birth date", row("b", "刘洋", "1", "1981-11-20")),
    ];
    for (what, other) in two {
        assert_eq!(night(&[base("a"), other]).count(), 2, "{what}");
    }
    // However rare the name is.
    let rare = |key: &str, born: &str| row(key, "谭喆堃", "1", born);
    assert_eq!(night(&[rare("a", "1952-01-02"), rare("b", "1985-06-07")]).count(), 2);
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
fn an_unknown_sex_says_nothing_for_or_against() {
    for sex in ["0", "9", ""] {
        let rows = [
            row("a", "刘洋", sex, "1975-03-09").phone("13563201234"),
            row("b", "刘洋", "1", "1975-03-09").phone("13563201234"),
        ];
        assert_eq!(night(&rows).count(), 1, "{sex:?}");
        let sex_rung = ladder(&rows, "a", "b").rungs.into_iter().find(|r| r.comparison == "sex").unwrap();
        assert_eq!((sex_rung.level.as_str(), sex_rung.bits), ("", 0.0));
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
fn two_student_numbers_at_one_time_are_two_pupils_unless_one_id_number_is_with_both() {
    let pupil = |key: &str, student: &str| row(key, "陈晨", "2", "2012-05-05").student(student);
    assert_eq!(night(&[pupil("a", "G100000001"), pupil("b", "G100000002")]).count(), 2);
    let at_home = |key: &str, student: &str| pupil(key, student).phone("13563201234").residence("370402001201");
    assert_eq!(night(&[at_home("a", "G100000001"), at_home("b", "G100000002")]).count(), 2);
    // A pupil who changed schools has another number later, or elsewhere.
    assert_eq!(night(&[at_home("a", "G100000001"), at_home("b", "G100000002").on(19_400)]).count(), 1);
    let moved = at_home("b", "G100000002").at("hospital_visit", "370403");
    assert_eq!(night(&[at_home("a", "G100000001"), moved]).count(), 1);
    // Twins have two names.
    for name in ["陈辰", "陈琛"] {
        let twin = Row { name: name.to_owned(), ..at_home("b", "G100000002").on(19_400) };
        assert_eq!(night(&[at_home("a", "G100000001"), twin]).count(), 2, "{name}");
    }
    let n = night(&[pupil("a", "G100000001").id(CHILD), pupil("b", "G100000002").id(CHILD)]);
    assert_eq!(n.count(), 1);
}

#[test]
fn two_spellings_that_are_written_again_and_again_are_two_people() {
    let seen = |key: &str, name: &str, day: i32| {
        row(key, name, "2", "2012-05-05").phone("13563201234").address("文化路12号3-301").on(day)
    };
    let slip = [seen("a1", "王佳怡", 18_000), seen("a2", "王佳怡", 18_400), seen("b1", "王佳仪", 18_200)];
    assert_eq!(night(&slip).count(), 1, "a slip");
    let mut twins = slip.to_vec();
    twins.push(seen("b2", "王佳仪", 18_600));
    let n = night(&twins);
    assert_eq!(n.count(), 2, "two spellings");
    assert!(n.one("a1", "a2") && n.one("b1", "b2"));
    // Somebody's number under both spellings says that it is a slip after all.
    let mut one = twins.clone();
    one[1] = one[1].clone().id(CHILD);
    one[3] = one[3].clone().id(CHILD);
    assert_eq!(night(&one).count(), 1, "one number");
    // A round of screening and a register name everybody once; contacts of a day may be of one person.
    for (dataset, people) in [("school_screening", 2), ("hospital_patient", 2), ("station_service", 1)] {
        let list = [seen("a", "王佳怡", 18_000), seen("b", "王佳仪", 18_000)].map(|r| r.at(dataset, "370402"));
        assert_eq!(night(&list).count(), people, "{dataset}");
    }
    let other_sex = [seen("a", "王佳怡", 18_000), Row { sex: "1".to_owned(), ..seen("b", "王佳仪", 18_200) }];
    assert_eq!(night(&other_sex).count(), 2, "another sex");
}

#[test]
fn what_ties_rows_together_need_not_be_the_same_field() {
    let n = night(&[
        row("id", "刘洋", "1", "1980-01-01").id(ADULT),
        row("id and phone", "刘洋", "1", "1980-01-01").id(ADULT).phone("13563201234"),
        row("phone and village", "刘洋", "1", "1980-01-01").phone("13563201234").residence("370402001201"),
        row("village", "刘洋", "1", "1980-01-01").residence("370402001201"),
    ]);
    assert_eq!(n.count(), 1);
    for (surer, than) in [("id", "village"), ("id and phone", "village")] {
        assert!(n.confidence(surer) >= n.confidence(than), "{surer} {than}");
    }
    assert!(n.confidence("village") > 0.5);
}

#[test]
fn a_row_alone_is_sure_of_itself() {
    let n = night(&[row("a", "刘洋", "1", "1980-01-01")]);
    assert_eq!(n.confidence("a"), 1.0);
}

#[test]
fn a_confidence_is_a_chance_and_higher_for_an_id_number_than_for_a_description() {
    let n = night(&[
        row("id", "刘洋", "1", "1980-01-01").id(ADULT).phone("13563201234"),
        row("id again", "刘洋", "1", "1980-01-01").id(ADULT),
        row("described", "陈静", "2", "1962-04-05"),
        row("described again", "陈静", "2", "1962-04-05").phone("13563209999"),
        row("slip", "陈婧", "2", "1962-04-06").phone("13563209999"),
    ]);
    for key in ["id", "id again", "described", "described again", "slip"] {
        assert!((0.5..=1.0).contains(&n.confidence(key)), "{key}: {}", n.confidence(key));
    }
    assert!(n.confidence("id") > n.confidence("described"));
    assert!(n.one("id", "id again") && n.one("described", "described again"));
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
    assert_eq!(n.sexes(), ["1"]);
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
    assert_eq!(n.sexes(), ["1"]);
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
    assert_eq!(pair(2, 1).sexes(), ["1"]);
    assert_eq!(pair(1, 2).sexes(), ["2"]);
    assert_eq!(pair(1, 2).persons.birth, [Some((day::parse_iso("1979-11-14").unwrap(), 3))]);
    // Of one day, the greatest record key is the newest.
    assert_eq!(pair(2, 2).sexes(), ["2"]);
}

#[test]
fn an_unstated_sex_counts_when_no_row_states_one() {
    let n = night(&[row("a", "刘洋", "9", "").id(ADULT).on(1), row("b", "刘洋", "0", "").id(ADULT).on(2)]);
    assert_eq!(n.sexes(), ["0"]);
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
    assert_eq!(n.related("wife"), Some(n.person("patient")));
    assert_ne!(n.person("wife"), n.person("patient"));
    for none in ["nobody", "wrong", "none", "patient"] {
        assert_eq!(n.related(none), None, "{none}");
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
