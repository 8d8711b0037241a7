//! What becomes of versions of a key.

use super::inbox::{Inbox, SERVICE, SITE, SITE_S1, service};

#[test]
fn a_file_sent_again_under_its_name_comes_after_what_it_replaced() {
    for name in ["甲", "乙", "丙", "丁"] {
        let inbox = Inbox::new();
        inbox.station("site.csv", &[SITE, SITE_S1]);
        inbox.station("s_20230901.csv", &[SERVICE, &service("A", &[(2, "先")])]);
        inbox.run(0);
        inbox.station("s_20230901.csv", &[SERVICE, &service("A", &[(2, name)])]);
        let again = inbox.sha256("inbox/370832/station/s_20230901.csv");
        inbox.run(0);
        for ((_, sha256), accepted) in inbox.counts("/s_20230901.csv", "accepted") {
            assert_eq!(accepted, i64::from(sha256 == again), "{name}");
        }
    }
}

#[test]
fn a_file_changed_back_says_again_what_it_said() {
    let inbox = Inbox::new();
    inbox.station("site.csv", &[SITE, SITE_S1]);
    let send = |name: &str| {
        inbox.station("s_20230901.csv", &[SERVICE, &service("A", &[(2, name)])]);
        inbox.run(0);
        let sha256 = inbox.sha256("inbox/370832/station/s_20230901.csv");
        let standing = inbox.counts("/s_20230901.csv", "accepted").into_iter().filter(|(_, n)| *n == 1);
        assert!(standing.map(|((_, of), _)| of).eq([sha256]), "{name}");
    };
    ["甲", "乙", "甲", "乙"].into_iter().for_each(send);
}

#[test]
fn versions_are_ordered_by_entry_then_export() {
    let inbox = Inbox::new();
    inbox.station("site.csv", &[SITE, SITE_S1]);
    let early = [
        service("1", &[]),
        service("2", &[(6, "2023-01-05")]),
        service("3", &[(6, "2023-01-05")]),
        service("5", &[]),
        service("6", &[]),
        service("7", &[(6, "2023-01-05 10:00")]),
        service("8", &[]),
        service("9", &[(2, "甲")]),
    ];
    let late = [
        service("1", &[]),
        service("2", &[(2, "李"), (6, "2023-01-04")]),
        service("3", &[(2, "李"), (6, "2023-01-06")]),
        service("5", &[(1, ""), (3, ""), (7, "是")]),
        service("6", &[(3, "")]),
        service("7", &[(2, "李"), (6, "2023-01-05")]),
        service("8", &[(6, "2023-01-01")]),
        service("9", &[(2, "乙")]),
        service("", &[(7, "是")]),
        service("10", &[(1, "S404"), (7, "是")]),
    ];
    let with_header =
        |rows: &[String]| -> Vec<String> { std::iter::once(SERVICE.to_owned()).chain(rows.iter().cloned()).collect() };
    for (name, rows) in [("a_20230101.csv", with_header(&early)), ("b_20230201.csv", with_header(&late))] {
        inbox.station(name, &rows.iter().map(String::as_str).collect::<Vec<_>>());
    }
    inbox.station("c_20230301.csv", &[SERVICE, &service("9", &[(2, "甲")])]);
    inbox.run(0);
    // Accepted: 1, 2, 6, 7 and the first of the two equal versions of 9.
    assert_eq!(inbox.fates("/a_20230101.csv"), [5, 0, 0, 3, 0]);
    // Rejected: 6 without a sex, and the void row without a key.
    assert_eq!(inbox.fates("/b_20230201.csv"), [2, 2, 1, 3, 2]);
    assert_eq!(inbox.fates("/c_20230301.csv"), [0, 0, 1, 0, 0]);
}

#[test]
fn only_the_newest_snapshot_stands_and_its_parents_stay_known() {
    let inbox = Inbox::new();
    let other = |key: &str, name: &str, row: &str| {
        format!("{key},{name},村（居）社会心理服务室,370832100001,已建成,2020-01-01,{row}")
    };
    inbox.station(
        "x_20230101.csv",
        &[SITE, SITE_S1, &other("S2", "二", "2023-09-09,"), "S3,,,,,,,是", &other("S4", "四", ",")],
    );
    inbox.station("a_20230201.csv", &[SITE, SITE_S1]);
    inbox.station("b_20230201.csv", &[SITE, &other("S2", "贰", "2023-01-01,"), &other("S3", "三", ","), SITE_S1]);
    inbox.station("s.csv", &[SERVICE, &service("1", &[(1, "S4")]), &service("2", &[]), &service("3", &[(1, "S9")])]);
    inbox.run(0);
    assert_eq!(inbox.fates("/x_20230101.csv"), [0, 0, 1, 2, 1]);
    assert_eq!(inbox.fates("/a_20230201.csv"), [1, 0, 0, 0, 0]);
    assert_eq!(inbox.fates("/b_20230201.csv"), [2, 0, 1, 0, 0]);
    assert_eq!(inbox.of_record("/s.csv", "3"), ["site_id orphan e"]);
    assert_eq!(inbox.fates("/s.csv"), [2, 1, 0, 0, 0]);

    // A void in the newest export withdraws the parent: its child is an orphan.
    inbox.station("c_20230301.csv", &[SITE, "S4,,,,,,,是", SITE_S1]);
    inbox.run(0);
    assert_eq!(inbox.fates("/s.csv"), [1, 2, 0, 0, 0]);
    // Once that export is an earlier one, its void has no effect.
    inbox.station("d_20230401.csv", &[SITE, SITE_S1, &other("S9", "九", ",")]);
    inbox.run(0);
    assert_eq!(inbox.fates("/s.csv"), [3, 0, 0, 0, 0]);
}
