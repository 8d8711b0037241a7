//! Decisions of people: what they mean, that they hold, and the workbook they are made in.

use std::collections::BTreeSet;
use std::io::Cursor;

use calamine::{Reader, Xlsx};
use proptest::prelude::*;
use rust_xlsxwriter::{Format, Workbook, Worksheet};

use super::rows::{Row, batch, row};
use xinhui::link::decisions::{Conflict, Decision, Decisions, Resolved};
use xinhui::link::engine::decided::Decided;
use xinhui::link::engine::model::{Model, Weights};
use xinhui::link::identities::RowName;
use xinhui::link::inspect::{Inspection, Inspector};
use xinhui::link::persons::LinkModel;
use xinhui::link::review::{
    Answers, Ask, Case, CaseKind, Labels, Obstacle, case_zh, cases, ladder_zh, read_workbook, write_workbook,
};
use xinhui::link::{IdentityNumber, RecordPair};
use xinhui::schema::day;

fn record(key: &str) -> RowName {
    RowName { dataset: "hospital_visit".to_owned(), county: "370402".to_owned(), record_key: key.to_owned() }
}

fn decision(a: &str, b: &str, same: bool) -> Decision {
    Decision {
        a: record(a),
        b: record(b),
        same,
        by: "李主任".to_owned(),
        on: "2026-03-01".to_owned(),
        reason: "电话核实".to_owned(),
        expires: None,
    }
}

fn all(decisions: impl IntoIterator<Item = Decision>) -> Decisions {
    let mut all = Decisions::default();
    decisions.into_iter().for_each(|d| all.add(d).unwrap());
    all
}

fn on(date: &str) -> i32 {
    day::parse_iso(date).unwrap()
}

/// Identity 0 for "a…", 1 for "b…", and so on.
fn by_letter(row: &RowName) -> Option<IdentityNumber> {
    row.record_key.bytes().next().filter(u8::is_ascii_lowercase).map(|b| IdentityNumber::new(usize::from(b - b'a')))
}

/// Pairs of records by their numbers.
fn numbers(pairs: &[RecordPair]) -> Vec<(usize, usize)> {
    pairs.iter().map(|(a, b)| (a.index(), b.index())).collect()
}

fn resolve(decisions: &Decisions) -> Resolved {
    decisions.resolve(on("2026-06-01"), &by_letter)
}

#[test]
fn decisions_come_back_as_they_were_written() {
    let mut decisions = all([decision("a", "b", true), decision("c", "d", false)]);
    decisions.add(Decision { expires: Some("2027-12-31".to_owned()), ..decision("e", "f", true) }).unwrap();
    let text = decisions.to_text();
    assert_eq!(text.lines().count(), 3);
    assert_eq!(Decisions::parse(&text).unwrap(), decisions);
    assert_eq!(Decisions::parse(&format!("\u{feff}{}", text.replace('\n', "\r\n\r\n"))).unwrap(), decisions);
    assert_eq!(Decisions::parse("").unwrap(), Decisions::default());
}

#[test]
fn what_is_no_decision_is_named_by_its_line_alone() {
    let right = decision("a", "b", true).to_line();
    let itself = serde_json::to_string(&decision("秘密", "秘密", true)).unwrap();
    let nobody = right.replace("李主任", " ");
    let text = format!("{right}{{\"a\": \"秘密\"}}\n{itself}\n{nobody}{}", right.replace("2026-03-01", "2026-02-30"));
    let problems = Decisions::parse(&text).unwrap_err();
    let lines: Vec<&str> = problems.en.lines().collect();
    assert_eq!(lines.len(), 4);
    for (line, problem) in [2, 3, 4, 5].iter().zip(&lines) {
        assert!(problem.starts_with(&format!("line {line}: ")), "{problem}");
    }
    assert!(!problems.en.contains("秘密") && !problems.zh.contains("秘密"), "{problems:?}");
}

#[test]
fn a_later_decision_about_the_same_two_replaces_the_earlier_one() {
    let decisions = all([decision("a", "b", true), decision("c", "d", true), decision("b", "a", false)]);
    let resolved = resolve(&decisions);
    assert_eq!((numbers(&resolved.must), numbers(&resolved.cannot)), (vec![(2, 3)], vec![(0, 1)]));
    assert!(resolved.contradictions.is_empty());
    assert_eq!(decisions.to_text().lines().count(), 3, "what was decided once stays in the file");
}

#[test]
fn a_decision_holds_through_its_last_day() {
    let decisions = all([Decision { expires: Some("2026-06-01".to_owned()), ..decision("a", "b", true) }]);
    assert_eq!(numbers(&decisions.resolve(on("2026-06-01"), &by_letter).must), [(0, 1)]);
    let after = decisions.resolve(on("2026-06-02"), &by_letter);
    assert_eq!((after.must.len(), after.expired), (0, 1));
    // An expired decision does not bring back the one that it replaced.
    let replaced = all([decision("a", "b", false)].into_iter().chain(decisions.made().iter().cloned()));
    assert!(replaced.resolve(on("2026-06-02"), &by_letter).cannot.is_empty());
}

#[test]
fn a_decision_about_a_record_that_is_gone_waits() {
    let decisions = all([decision("a", "7", true), decision("b", "c", true)]);
    let resolved = resolve(&decisions);
    assert_eq!(resolved.unknown, [decision("a", "7", true)]);
    assert_eq!(numbers(&resolved.must), [(1, 2)]);
}

#[test]
fn a_contradiction_is_set_aside_whole_and_reported() {
    let chain = [decision("a", "b", true), decision("c", "b", true), decision("a", "c", false)];
    // What keeps the chain from others, and what is about others, stays.
    let others = [decision("c", "x", false), decision("x", "y", true)];
    let resolved = resolve(&all(chain.iter().chain(&others).cloned()));
    assert_eq!((numbers(&resolved.must), numbers(&resolved.cannot)), (vec![(23, 24)], vec![(2, 23)]));
    let [found] = &resolved.contradictions[..] else { panic!("{:?}", resolved.contradictions) };
    assert_eq!(found.conflict, Conflict::Chain);
    assert_eq!(found.apart, [(record("a"), record("c"))]);
    assert_eq!(found.rows, [record("a"), record("b"), record("c")]);
    assert_eq!(found.decisions.len(), 3);

    // The same although the middle record is not there tonight.
    let gone = |row: &RowName| by_letter(row).filter(|i| i.index() != 1);
    let resolved = all(chain).resolve(on("2026-06-01"), &gone);
    assert_eq!((resolved.contradictions.len(), resolved.cannot.len(), resolved.unknown.len()), (1, 0, 0));
}

#[test]
fn records_that_state_the_same_are_one_in_a_chain_and_cannot_be_told_apart() {
    // a1 and a2 state the very same.
    let chain = resolve(&all([decision("a1", "b", true), decision("a2", "b", false)]));
    assert_eq!(chain.contradictions[0].conflict, Conflict::Chain);
    assert!(chain.must.is_empty() && chain.cannot.is_empty());

    let twins = resolve(&all([decision("a1", "a2", false), decision("b", "c", true)]));
    assert_eq!(twins.contradictions[0].conflict, Conflict::OneIdentity);
    assert_eq!((numbers(&twins.must), twins.cannot.len()), (vec![(1, 2)], 0));

    let needless = resolve(&all([decision("a1", "a2", true)]));
    assert!(needless.must.is_empty() && needless.contradictions.is_empty());
}

proptest! {
    #[test]
    fn what_is_in_force_never_contradicts_itself_and_no_order_of_lines_matters(
        pairs in prop::collection::btree_map((0u8..12, 0u8..12), any::<bool>(), 0..14),
        rotate in 0usize..14,
    ) {
        // Two records an identity.
        let key = |n: u8| format!("{}{}", char::from(b'a' + n / 2), n % 2);
        let mut seen = BTreeSet::new();
        let made: Vec<Decision> = pairs
            .iter()
            .filter(|((a, b), _)| a != b && seen.insert((*a.min(b), *a.max(b))))
            .map(|((a, b), same)| decision(&key(*a), &key(*b), *same))
            .collect();
        let resolved = resolve(&all(made.clone()));
        let mut other = made.clone();
        other.rotate_left(rotate.min(made.len()));
        other.reverse();
        prop_assert_eq!(&resolved, &resolve(&all(other)));

        let mut group: Vec<u32> = (0..6).collect();
        for _ in 0..6 {
            for (a, b) in numbers(&resolved.must) {
                let least = group[a].min(group[b]);
                (group[a], group[b]) = (least, least);
            }
        }
        prop_assert!(numbers(&resolved.cannot).into_iter().all(|(a, b)| group[a] != group[b]));
        let frozen: usize = resolved.contradictions.iter().map(|c| c.decisions.len()).sum();
        prop_assert!(resolved.contradictions.iter().all(|c| !c.apart.is_empty()));
        prop_assert!(frozen <= made.len());
    }
}

/// Rows whose pairs are of every kind.
fn town() -> Vec<Row> {
    let village = "370402001201";
    vec![
        // The same name and village, another birthday and phone.
        row("band a", "刘涛", "1", "1975-03-09").phone("13563201233").residence(village).day_of(1),
        row("band a again", "刘涛", "1", "1975-03-09").phone("13563201233").residence(village).day_of(2),
        row("band b", "刘涛", "1", "1975-10-19").phone("13563201234").residence(village),
        // One person, though another phone.
        row("one a", "马建军", "1", "1965-03-09").phone("13563201243").residence("370402001202"),
        row("one b", "马建军", "1", "1965-03-09").phone("13563201244").residence("370402001202"),
        // Two valid numbers, and a record that is like both.
        row("ids a", "赵立新", "1", "1980-01-01").id("37040219800101123").phone("13563201236"),
        row("ids b", "赵立新", "1", "1980-01-01").id("37040219800101131").phone("13563201236"),
        row("ids c", "赵立新", "1", "1980-01-01").phone("13563201236"),
        row("ids d", "赵立新", "1", "1980-01-01").phone("13563201236").address("文化路"),
        // Twins, or one child.
        twin("twin a", "陈晨"),
        twin("twin b", "陈阳"),
        // Nobody else.
        row("alone", "欧阳曦若", "2", "1988-11-23").phone("13563209999"),
    ]
}

fn twin(key: &str, name: &str) -> Row {
    row(key, name, "2", "2012-05-05").phone("13563201262").residence("370402001203").address("文化路19号")
}

impl Row {
    fn day_of(self, day: i32) -> Row {
        self.on(19_000 + day)
    }
}

fn opened<T>(
    model: &LinkModel,
    rows: &[Row],
    decisions: &Decisions,
    then: impl FnOnce(&Inspection<'_>, &Resolved) -> T,
) -> T {
    let batches: Vec<&[Row]> = rows.chunk_by(|a, b| (a.dataset, a.county) == (b.dataset, b.county)).collect();
    let opened = Inspector::of(model, &mut batches.iter().map(|b| Ok(batch(b)))).unwrap();
    let identities = opened.identities_of(decisions.rows());
    let resolved = decisions.resolve(on("2026-06-01"), &|row| identities.get(row).copied());
    opened.with(&resolved.decided(), |view| then(view, &resolved)).unwrap()
}

fn one(view: &Inspection<'_>, a: &str, b: &str) -> bool {
    let root = |key: &str| view.linkage.clustering.roots[view.identity(&record(key)).unwrap().index()];
    root(a) == root(b)
}

fn cases_of(rows: &[Row], decisions: &Decisions, ask: Ask) -> Vec<Case> {
    let model = LinkModel::embedded().unwrap();
    opened(&model, rows, decisions, |view, resolved| cases(view, &resolved.decided(), ask))
}

fn keys(cases: &[Case]) -> Vec<(&str, &str)> {
    cases.iter().map(|c| (c.a.row.record_key.as_str(), c.b.row.record_key.as_str())).collect()
}

#[test]
fn decisions_join_and_keep_apart_what_the_evidence_would_not() {
    let model = LinkModel::embedded().unwrap();
    opened(&model, &town(), &Decisions::default(), |view, _| {
        assert!(one(view, "one a", "one b"));
        assert!(!one(view, "band a", "band b"));
    });
    let decisions = all([decision("one a", "one b", false), decision("band a again", "band b", true)]);
    opened(&model, &town(), &decisions, |view, resolved| {
        assert_eq!((resolved.must.len(), resolved.cannot.len()), (1, 1));
        assert!(!one(view, "one a", "one b"));
        assert!(one(view, "band a", "band b"));
        assert!(cases(view, &resolved.decided(), Ask::default()).iter().all(|c| {
            let keys = [c.a.row.record_key.as_str(), c.b.row.record_key.as_str()];
            !keys.iter().any(|k| k.starts_with("one") || k.starts_with("band"))
        }));
    });
}

#[test]
fn cases_are_pairs_of_clusters_the_most_open_and_largest_first() {
    let found = cases_of(&town(), &Decisions::default(), Ask::default());
    let kinds: Vec<CaseKind> = found.iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [CaseKind::Refused(Obstacle::TwoIds), CaseKind::Band, CaseKind::Twins], "{:?}", keys(&found));
    assert!(found.is_sorted_by(|x, y| x.priority >= y.priority));
    assert_eq!(found[0].priority, 1.0);
    // The newest of two rows that state the same stands for them.
    let band = &found[1];
    let sides = BTreeSet::from([&band.a, &band.b].map(|s| (s.row.record_key.as_str(), s.rows, s.identities)));
    assert_eq!(sides, BTreeSet::from([("band a again", 2, 1), ("band b", 1, 1)]));
    assert!(band.priority > 0.0 && band.priority < 1.0);

    let mut turned = town();
    turned.reverse();
    assert!(found == cases_of(&turned, &Decisions::default(), Ask::default()));
    let two = cases_of(&town(), &Decisions::default(), Ask { most: 2, ..Ask::default() });
    assert!(two[..] == found[..2]);
}

#[test]
fn a_decision_that_two_numbers_forbid_comes_back_as_a_case() {
    let found = cases_of(&town(), &all([decision("ids a", "ids b", true)]), Ask::default());
    let refused: Vec<&Case> = found.iter().filter(|c| c.kind == CaseKind::Refused(Obstacle::Decision)).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(
        BTreeSet::from([&refused[0].a, &refused[0].b].map(|s| s.row.record_key.as_str())),
        BTreeSet::from(["ids a", "ids b"])
    );
}

#[test]
fn a_cluster_of_too_many_or_of_three_generations_is_a_case() {
    let of = |key: &str, born: &str| row(key, "孙德海", "1", born).id("37040219800101123");
    let rows = [of("a", "1980-01-01"), of("b", "1980-01-01").phone("13563201236"), of("c", "1981-01-01")];
    assert!(cases_of(&rows, &Decisions::default(), Ask::default()).is_empty());
    let found = cases_of(&rows, &Decisions::default(), Ask { large: 2, ..Ask::default() });
    assert_eq!((found.len(), found[0].kind, found[0].a.identities), (1, CaseKind::Large, 3));

    let far = [of("a", "1980-01-01"), of("b", "1990-01-01"), of("c", "2008-01-01")];
    let found = cases_of(&far, &Decisions::default(), Ask::default());
    assert_eq!((found.len(), found[0].kind), (1, CaseKind::Large));
    assert_eq!(found[0].priority, 3.0);
}

#[test]
fn a_cut_bridge_is_a_case() {
    // Without the test of means, which would refuse the pair before.
    let declared = include_str!("../../../schemas/link.toml").replace("\nmean = 0", "\n# mean = 0");
    let mut weights = Weights::parse(include_str!("../../../schemas/link-weights.json")).unwrap();
    weights.model = Model::parse(&declared).unwrap().digest;
    let model = LinkModel::parse(&declared, &weights.to_text()).unwrap();
    let rows = [
        row("a1", "李伟", "1", "1990-08-16").id("37040219900816123"),
        row("a2", "李伟", "1", "1950-02-03").id("37040219900816123"),
        row("b1", "李卫", "1", "1990-08-16").at("hospital_visit", "370403").student("20120505011"),
        row("b2", "李卫", "1", "1990-11-04").at("hospital_visit", "370403").student("20120505011"),
    ];
    opened(&model, &rows, &Decisions::default(), |view, resolved| {
        assert_eq!(view.linkage.clustering.cut.len(), 1);
        let found = cases(view, &resolved.decided(), Ask::default());
        assert_eq!((found.len(), found[0].kind, found[0].priority), (1, CaseKind::Bridge, 2.0));
    });
}

#[test]
fn where_two_valid_numbers_decide_no_likelihood_stands_beside_them() {
    let found = cases_of(&town(), &Decisions::default(), Ask::default());
    let words: Vec<String> = found.iter().map(case_zh).collect();
    assert_eq!(found[0].kind, CaseKind::Refused(Obstacle::TwoIds));
    assert!(words[0].contains("双方名下各有一个有效证件号") && !words[0].contains("同一人的可能"), "{}", words[0]);
    assert!(words[1..].iter().all(|w| w.contains("同一人的可能")), "{words:?}");
}

#[test]
fn a_ladder_is_told_in_words() {
    let found = cases_of(&town(), &Decisions::default(), Ask::default());
    let words = ladder_zh(&found[2].ladder);
    for part in ["支持：", "出生日期相同 +", "反对：", "疑似双胞胎 −", "未比：", "同一人的可能约 "]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
}

/// The sheet of cases as texts, header first.
fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    assert_eq!(book.sheet_names(), ["待核", "说明"]);
    let range = book.worksheet_range("待核").unwrap();
    range.rows().map(|r| r.iter().map(ToString::to_string).collect()).collect()
}

fn column(cells: &[Vec<String>], title: &str) -> usize {
    cells[0].iter().position(|c| c == title).unwrap_or_else(|| panic!("no column {title}"))
}

fn set(cells: &mut [Vec<String>], row: usize, values: &[(&str, &str)]) {
    for (title, value) in values {
        let at = column(cells, title);
        cells[row][at] = (*value).to_owned();
    }
}

/// Writes cells as somebody's program would save them, and reads the answers on 2026-06-01.
fn read(cells: &[Vec<String>]) -> Answers {
    read_with(cells, |_| {})
}

fn read_with(cells: &[Vec<String>], also: impl Fn(&mut Worksheet)) -> Answers {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.set_name("Sheet1").unwrap();
    for (r, row) in (0..).zip(cells) {
        for (c, text) in (0..).zip(row).filter(|c| !c.1.is_empty()) {
            page.write_string(r, c, text).unwrap();
        }
    }
    also(page);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("answers.xlsx");
    book.save(&path).unwrap();
    read_workbook(&path, on("2026-06-01")).unwrap()
}

/// A sheet with rows about these records.
fn about(pairs: &[(&str, &str)]) -> Vec<Vec<String>> {
    let mut sheet = cells(&write_workbook(&[], Labels::default(), on("2026-06-01")).unwrap());
    for (i, (a, b)) in pairs.iter().enumerate() {
        sheet.push(vec![String::new(); sheet[0].len()]);
        for (side, key) in [("a", a), ("b", b)] {
            let parts = [("dataset", "hospital_visit"), ("county", "370402"), ("record_key", *key)];
            for (part, value) in parts {
                set(&mut sheet, i + 1, &[(&format!("{side}.{part}"), value)]);
            }
        }
    }
    sheet
}

#[test]
fn the_workbook_shows_both_records_and_holds_their_names() {
    let found = cases_of(&town(), &Decisions::default(), Ask::default());
    let place = |code: &str| format!("地{code}");
    let labels = Labels { place: &place, ..Labels::default() };
    let bytes = write_workbook(&found, labels, on("2026-06-01")).unwrap();
    assert!(bytes == write_workbook(&found, labels, on("2026-06-01")).unwrap());
    let sheet = cells(&bytes);
    assert_eq!(sheet.len(), 1 + found.len());
    let of = |row: usize, title: &str| sheet[row][column(&sheet, title)].as_str();
    assert_eq!(of(1, "类型"), "两个有效证件号");
    assert_eq!((of(3, "甲·姓名"), of(3, "乙·姓名"), of(3, "甲·性别")), ("陈晨", "陈阳", "女"));
    assert_eq!(of(3, "甲·出生日期"), "2012-05-05");
    assert_eq!(of(3, "乙·居住地"), "地370402001203");
    assert_eq!(of(3, "a.record_key"), found[2].a.row.record_key);
    assert_eq!(of(3, "结论"), "");
    assert!(read(&sheet) == Answers { blank: 3, ..Answers::default() });
}

#[test]
fn a_workbook_that_was_filled_in_sorted_and_turned_is_read_back() {
    let found = cases_of(&town(), &Decisions::default(), Ask::default());
    let mut sheet = cells(&write_workbook(&found, Labels::default(), on("2026-06-01")).unwrap());
    set(&mut sheet, 1, &[("结论", "暂不决定")]);
    set(&mut sheet, 2, &[("结论", "Different "), ("核对人", "王芳"), ("有效期至", "2027年3月1日")]);
    set(&mut sheet, 3, &[("结论", " 同一人"), ("核对人", "李主任"), ("依据", "户籍")]);
    sheet[1..].reverse();
    sheet.iter_mut().for_each(|r| r.reverse());
    let title = vec!["六月待核".to_owned(); 1];
    sheet.insert(0, title);
    let answers = read(&sheet);
    assert_eq!((answers.undecided, answers.blank, answers.problems.len()), (1, 0, 0));
    let [same, different] = &answers.decisions[..] else { panic!("{:?}", answers.decisions) };
    assert!(same.same && (same.a == found[2].a.row) && (same.b == found[2].b.row));
    assert_eq!((same.by.as_str(), same.reason.as_str(), same.on.as_str()), ("李主任", "户籍", "2026-06-01"));
    assert!(!different.same && different.a == found[1].a.row);
    assert_eq!(different.expires.as_deref(), Some("2027-03-01"));

    // Answered, the cases are gone.
    let left = cases_of(&town(), &all(answers.decisions), Ask::default());
    assert_eq!(left.iter().map(|c| c.kind).collect::<Vec<_>>(), [CaseKind::Refused(Obstacle::TwoIds)]);
}

#[test]
fn rows_that_cannot_be_taken_are_named() {
    let mut sheet =
        about(&[("a", "b"), ("a", "c"), ("a", "d"), ("a", "e"), ("a", ""), ("a", "a"), ("f", "g"), ("g", "f")]);
    let rows: [&[(&str, &str)]; 8] = [
        &[("结论", "可能是"), ("核对人", "王芳")],
        &[("结论", "同一人")],
        &[("结论", "同一人"), ("核对人", "王芳"), ("有效期至", "明年")],
        &[("结论", "同一人"), ("核对人", "王芳"), ("有效期至", "2026-05-31")],
        &[("结论", "同一人"), ("核对人", "王芳")],
        &[("结论", "不同人"), ("核对人", "王芳")],
        &[("结论", "不同人"), ("核对人", "王芳")],
        &[("结论", "same"), ("核对人", "李主任")],
    ];
    for (i, values) in rows.iter().enumerate() {
        set(&mut sheet, i + 1, values);
    }
    let answers = read(&sheet);
    assert!(answers.decisions.is_empty());
    assert_eq!(answers.problems.iter().map(|p| p.row).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7, 8, 9]);
    let says = |row: usize, part: &str| answers.problems[row - 2].message_zh.contains(part);
    assert!(says(2, "同一人、不同人 或 暂不决定") && says(3, "核对人") && says(4, "不是日期") && says(5, "已经过去"));
    assert!(says(6, "隐藏列") && says(8, "第 9 行") && says(9, "第 8 行"));
    assert!(answers.problems.iter().all(|p| !p.message_en.is_empty() && !p.message_zh.contains("可能是")));
}

#[test]
fn dates_are_read_in_the_forms_that_people_and_programs_write() {
    let mut sheet = about(&[("a", "b")]);
    set(&mut sheet, 1, &[("结论", "同一人"), ("核对人", "王芳")]);
    let column = column(&sheet, "有效期至") as u16;
    let expires = |form: &str, write: &dyn Fn(&mut Worksheet)| {
        let answers = read_with(&sheet, write);
        assert_eq!(answers.decisions.len(), 1, "{form}");
        assert_eq!(answers.decisions[0].expires.as_deref(), Some("2027-12-31"), "{form}");
    };
    let texts = ["2027-12-31", "2027/12/31", "2027.12.31", "2027年12月31日", "20271231", "2027-12-31 00:00:00"];
    for text in texts {
        expires(text, &|page| drop(page.write_string(1, column, text)));
    }
    let serial = f64::from(on("2027-12-31") + 25_569);
    let date = Format::new().set_num_format("yyyy-mm-dd");
    expires("a date", &|page| drop(page.write_number_with_format(1, column, serial, &date)));
    expires("its number", &|page| drop(page.write_number(1, column, serial)));
    expires("its digits as a number", &|page| drop(page.write_number(1, column, 20_271_231)));
}

#[test]
fn a_contradiction_comes_through_a_workbook_and_is_set_aside() {
    let mut sheet = about(&[("a", "b"), ("b", "c"), ("c", "a"), ("x", "y")]);
    for (i, verdict) in ["同一人", "same", "不同人", "不同人"].iter().enumerate() {
        set(&mut sheet, i + 1, &[("结论", verdict), ("核对人", "王芳")]);
    }
    let answers = read(&sheet);
    assert_eq!((answers.decisions.len(), answers.problems.len()), (4, 0));
    let resolved = resolve(&all(answers.decisions));
    assert_eq!((resolved.must.len(), numbers(&resolved.cannot)), (0, vec![(23, 24)]));
    assert_eq!(resolved.contradictions[0].rows, [record("a"), record("b"), record("c")]);
}

#[test]
fn another_workbook_is_refused() {
    let mut book = Workbook::new();
    book.add_worksheet().write_string(0, 0, "结论").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("other.xlsx");
    book.save(&path).unwrap();
    let error = read_workbook(&path, 20_000).unwrap_err();
    assert!(error.hint.clone().unwrap().en.contains("a.record_key"));
    std::fs::write(&path, "no workbook").unwrap();
    assert!(read_workbook(&path, 20_000).is_err());
}

/// `Decided` of nothing finds the same as no decisions at all.
#[test]
fn nothing_decided_changes_nothing() {
    let model = LinkModel::embedded().unwrap();
    opened(&model, &town(), &Decisions::default(), |view, resolved| {
        assert!(cases(view, &resolved.decided(), Ask::default()) == cases(view, &Decided::default(), Ask::default()));
    });
}
