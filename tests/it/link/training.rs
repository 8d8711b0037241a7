//! Learning: chances that are known are found again, and the same records give the same bytes.

use proptest::prelude::*;

use super::rows::{Row, batch, row};
use super::tables::{Dice, model, records};
use xinhui::error::Words;
use xinhui::link::RecordNumber;
use xinhui::link::engine::block::Blocks;
use xinhui::link::engine::linker::Linker;
use xinhui::link::engine::model::{Model, Weights};
use xinhui::link::engine::scope::Scope;
use xinhui::link::engine::train::train;
use xinhui::link::persons::{NightModel, parse_model, train_on};

/// Values of each field, and the thousandths of matches whose second value is drawn anew.
const FIELDS: [(u64, u64); 6] = [(60, 50), (90, 100), (40, 20), (200, 200), (25, 80), (120, 10)];
const ZONES: u64 = 40;

/// A model of code fields that are equal or not, in blocks of a zone that no comparison looks at.
fn categorical(random_pairs: u64) -> Model {
    model(&categorical_text(random_pairs))
}

fn categorical_text(random_pairs: u64) -> String {
    let mut text = format!(
        "title = \"known\"\nversion = 1\nthresholds = {{ join = 0, review = 0 }}\nblocks = {{ cap = 4096 }}\n\
         training = {{ random_pairs = {random_pairs} }}\n[[field]]\nname = \"zone\"\ntype = \"code\"\n\
         [[block]]\nname = \"zone\"\nkeys = [\"zone\"]\n"
    );
    for i in 0..FIELDS.len() {
        text.push_str(&format!(
            "[[field]]\nname = \"f{i}\"\ntype = \"code\"\n[[comparison]]\nname = \"f{i}\"\nkind = \"text\"\n\
             fields = [\"f{i}\"]\nlevels = [{{ is = [\"equal\"] }}, {{}}]\n"
        ));
    }
    text
}

/// People of whom every second has a second record.
fn drawn(people: u64) -> Vec<Vec<String>> {
    let mut dice = Dice(1);
    let mut rows = Vec::new();
    for person in 0..people {
        let zone = dice.roll(ZONES).to_string();
        let values: Vec<u64> = FIELDS.iter().map(|f| dice.roll(f.0)).collect();
        for copy in 0..1 + person % 2 {
            let mut cells = vec![zone.clone()];
            for (value, (values, error)) in values.iter().zip(FIELDS) {
                let value = if copy == 1 && dice.happens(error) { dice.roll(values) } else { *value };
                cells.push(value.to_string());
            }
            rows.push(cells);
        }
    }
    rows
}

/// Everything is drawn independently, so that what the model assumes holds; then each chance must come
/// out within what so many draws leave open: 4000 matches give `m` to about three standard errors of
/// 0.006, five million random pairs give `u` to 5 %, and the matches are counted to 2 %.
#[test]
fn known_chances_are_found_again() {
    let model = categorical(5_000_000);
    let rows = drawn(8_000);
    let table = records(&model, &rows);
    let records = table.records();
    let blocks = Blocks::new(&model, &records);
    let weights = train(&model, &records, &blocks, "known chances".into(), Scope::default());
    for (i, (values, error)) in FIELDS.iter().enumerate() {
        let found = &weights.comparisons[&format!("f{i}")];
        let by_chance = 1.0 / *values as f64;
        let error = *error as f64 / 1000.0;
        let m = 1.0 - error + error * by_chance;
        assert!((found.m[0] - m).abs() < 0.02, "f{i}: m {} for {m}", found.m[0]);
        assert!((found.u[0] / by_chance - 1.0).abs() < 0.05, "f{i}: u {} for {by_chance}", found.u[0]);
        for chances in [&found.m, &found.u] {
            assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-6);
        }
    }
    // 4000 pairs of 12,000 records.
    let matches = 2.0 * 4_000.0 / 12_000.0;
    assert!((weights.matches_per_record / matches - 1.0).abs() < 0.02, "{}", weights.matches_per_record);
    assert!(weights.warnings.is_empty(), "{:?}", weights.warnings);
}

/// Blocks that hold a quarter of the table, and three fields that are one name written three ways: pairs of one name are
/// five hundred times as many as matches, and must not be taken for them.
#[test]
fn pairs_that_share_one_name_are_not_taken_for_matches() {
    let model = categorical(2_000_000);
    let mut dice = Dice(5);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for person in 0..7_600u64 {
        let name = dice.roll(40);
        let mut cells = vec![dice.roll(4).to_string()];
        cells.extend(["given", "whole", "mail"].map(|form| format!("{form} {name}")));
        cells.extend([200, 25, 120].map(|values| dice.roll(values).to_string()));
        if person < 400 {
            let mut copy = cells.clone();
            if dice.happens(200) {
                copy[4] = dice.roll(200).to_string();
            }
            rows.push(copy);
        }
        rows.push(cells);
    }
    let table = records(&model, &rows);
    let records = table.records();
    let blocks = Blocks::new(&model, &records);
    let weights = train(&model, &records, &blocks, "one name".into(), Scope::default());
    let told = |warning: &Words| warning.en.contains("cannot be matches") && warning.en.contains("f0, f1, f2");
    assert!(weights.warnings.iter().any(told), "{:?}", weights.warnings);
    assert!(weights.matches_per_record < 0.5, "{}", weights.matches_per_record);
    for field in ["f3", "f4", "f5"] {
        assert!(weights.comparisons[field].m[0] > 0.5, "{field}: {:?}", weights.comparisons[field]);
    }
}

/// Half the people share twenty values, everybody else has one that nobody else has. Two who agree in a
/// value are one person by m to its share, however few of the random pairs have it, and although many of those
/// that have a rare one are matches.
#[test]
fn an_equal_value_weighs_by_its_share_alone() {
    let text = categorical_text(5_000_000).replacen("is = [\"equal\"]", "is = [\"equal\"], tf = 1", 1);
    let model = model(&text);
    let mut rows = drawn(8_000);
    let mut dice = Dice(3);
    let mut person = 0;
    for i in 0..rows.len() {
        // A copy follows its first record and has its zone; in every seventh the value is another one.
        let is_copy = i % 3 == 2;
        person += usize::from(!is_copy);
        let value = if dice.happens(500) { format!("common {}", dice.roll(20)) } else { format!("rare {person}") };
        rows[i][1] = if is_copy && i % 7 != 0 { rows[i - 1][1].clone() } else { value };
    }
    let table = records(&model, &rows);
    let records = table.records();
    let blocks = Blocks::new(&model, &records);
    let weights = train(&model, &records, &blocks, "values".into(), Scope::default());
    let trained = weights.of(&model).unwrap();
    let m = weights.comparisons["f0"].m[0];
    let linker = Linker::new(&model, &trained, &records, blocks, Scope::default());
    let of_all = rows.len() as f64;
    let (mut common, mut rare) = (0, 0);
    for i in (2..rows.len()).step_by(3).filter(|i| rows[*i][1] == rows[*i - 1][1]) {
        let share = rows.iter().filter(|row| row[1] == rows[i][1]).count() as f64 / of_all;
        let ladder = linker.ladder(RecordNumber::new(i - 1), RecordNumber::new(i));
        let expected = (m / share).log2() as f32;
        assert!((ladder.rungs[0].bits - expected).abs() < 0.1, "{}: {:?} for {expected}", rows[i][1], ladder.rungs[0]);
        *if share > 0.01 { &mut common } else { &mut rare } += 1;
    }
    assert!(common > 1_000 && rare > 1_000, "{common} {rare}");
}

#[test]
fn links_between_two_tables_are_counted_between_them() {
    // The same people, the second records in a table of their own: each match is a pair across.
    let model = categorical(2_000_000);
    let mut rows = drawn(4_000);
    let mut first = Vec::new();
    let mut second = Vec::new();
    let mut dice = Dice(9);
    for cells in rows.drain(..) {
        let mut copy = cells.clone();
        for (cell, (values, error)) in copy[1..].iter_mut().zip(FIELDS) {
            if dice.happens(error) {
                *cell = dice.roll(values).to_string();
            }
        }
        first.push(cells);
        second.push(copy);
    }
    let n = first.len();
    first.truncate(n / 2);
    let scope = Scope { first_table: Some(first.len() as u32) };
    let all: Vec<Vec<String>> = first.into_iter().chain(second).collect();
    let table = records(&model, &all);
    let records = table.records();
    let blocks = Blocks::new(&model, &records);
    let weights = train(&model, &records, &blocks, "two tables".into(), scope);
    // In `drawn` a third of the records are copies: a record of the first table has 1 + 2/3 matches in
    // the second on average.
    let matches: f64 = weights.matches_per_record * all.len() as f64 / 2.0;
    let expected = (n / 2) as f64 * (1.0 + 2.0 / 3.0);
    assert!((matches / expected - 1.0).abs() < 0.03, "{matches} for {expected}");
}

#[test]
fn an_empty_table_and_a_table_of_one_teach_nothing_and_break_nothing() {
    let model = categorical(1_000);
    for (n, first_table) in [(0, None), (1, None), (1, Some(0)), (3, Some(0)), (3, Some(3)), (2, Some(1))] {
        let rows: Vec<Vec<String>> = drawn(9).into_iter().take(n).collect();
        let table = records(&model, &rows);
        let records = table.records();
        let blocks = Blocks::new(&model, &records);
        let weights = train(&model, &records, &blocks, "nothing".into(), Scope { first_table });
        let trained = weights.of(&model).expect("chances, none of them 0");
        assert!(trained.matches_per_record.is_finite());
    }
}

#[test]
fn no_chance_is_zero_and_what_was_never_seen_is_said() {
    // A field that all agree in, and one that nobody agrees in but by being the same person.
    let model = categorical(1_000_000);
    let mut rows = drawn(400);
    let people = rows.len();
    for (i, cells) in rows.iter_mut().enumerate() {
        cells[1] = "1".into();
        cells[2] = format!("{i}");
    }
    let table = records(&model, &rows);
    let records = table.records();
    let blocks = Blocks::new(&model, &records);
    let weights = train(&model, &records, &blocks, format!("{people}"), Scope::default());
    for (name, found) in &weights.comparisons {
        for chance in found.m.iter().chain(&found.u) {
            assert!(*chance > 0.0 && *chance <= 1.0, "{name}: {found:?}");
        }
    }
    assert!(
        weights.warnings.iter().any(|w| w.en == "f0: no random pair has the level `else`"),
        "{:?}",
        weights.warnings
    );
    assert!(weights.warnings.iter().any(|w| w.en == "f1: no random pair has the level `equal`"));
    assert!(weights.of(&model).is_ok());
}

/// A model whose number of matches two rules check: each of these fields must be equal.
fn checked(first: &[&str], second: &[&str]) -> Model {
    let rule = |fields: &[&str]| fields.iter().map(|f| format!("\"{f}: equal\"")).collect::<Vec<_>>().join(", ");
    let sure = format!("sure = [[{}], [{}]]", rule(first), rule(second));
    model(&categorical_text(1_000_000).replace("random_pairs = 1000000", &format!("random_pairs = 1000000, {sure}")))
}

#[test]
fn two_rules_count_the_matches_that_are_learned() {
    // No mistake breaks both rules, so that what both find tells what neither does.
    let model = checked(&["f0", "f1", "f3"], &["f2", "f4", "f5"]);
    let rows = drawn(8_000);
    let table = records(&model, &rows);
    let records = table.records();
    let weights = train(&model, &records, &Blocks::new(&model, &records), "people".into(), Scope::default());
    let check = weights.prior_check.expect("the model says how");
    assert!((check.by_rules / 4_000.0 - 1.0).abs() < 0.05, "{check:?}");
    assert!((check.learned / 4_000.0 - 1.0).abs() < 0.02, "{check:?}");
    assert!(check.is_near() && weights.warnings.is_empty(), "{:?}", weights.warnings);
    assert_eq!(Weights::parse(&weights.to_text()).unwrap(), weights);
}

#[test]
fn matches_that_no_rule_knows_of_are_said() {
    // Groups of eight have three fields in common, as a family has a home, a surname and a phone: there are far
    // more such pairs than pairs of one person, and learning takes them for what it looks for.
    let model = checked(&["f2", "f4"], &["f5", "f2"]);
    let mut rows = drawn(3_000);
    for (i, cells) in rows.iter_mut().enumerate() {
        let group = i / 8;
        cells[0] = (group as u64 % ZONES).to_string();
        for (cell, of) in [(1, 7), (2, 11), (4, 13)] {
            cells[cell] = (group * of % 997).to_string();
        }
    }
    let table = records(&model, &rows);
    let records = table.records();
    let weights = train(&model, &records, &Blocks::new(&model, &records), "families".into(), Scope::default());
    let check = weights.prior_check.expect("the model says how");
    assert!(!check.is_near(), "{check:?}");
    let told = weights.warnings.iter().any(|w| w.en.starts_with("prior: rules tell of "));
    assert!(told, "{:?}", weights.warnings);
}

/// Least greatest mean from and to each level: what the closest falling line to the ratios is by definition.
fn falling(m: &[f64], u: &[f64]) -> Vec<f64> {
    let ratio = |from: usize, to: usize| m[from..=to].iter().sum::<f64>() / u[from..=to].iter().sum::<f64>();
    let most = |from: usize, level: usize| (level..m.len()).map(|to| ratio(from, to)).fold(f64::MIN, f64::max);
    (0..m.len()).map(|level| (0..=level).map(|from| most(from, level)).fold(f64::MAX, f64::min)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_closer_level_never_weighs_less(
        chances in proptest::collection::vec((1u32..1000, 1u32..1000), 7),
    ) {
        let shipped = include_str!("../../../schemas/link-weights.json");
        let model = model(include_str!("../../../schemas/link.toml"));
        let mut weights = Weights::parse(shipped).unwrap();
        let shares = |of: Vec<u32>| {
            let sum = f64::from(of.iter().sum::<u32>());
            of.into_iter().map(|n| f64::from(n) / sum).collect::<Vec<f64>>()
        };
        let (m, u) = chances.into_iter().unzip();
        let (m, u) = (shares(m), shares(u));
        // Of the ID number's seven levels the sixth is aside: two valid numbers that differ.
        let name = "ID number";
        let id = weights.comparisons.get_mut(name).unwrap();
        (id.m, id.u) = (m.clone(), u.clone());
        let trained = weights.of(&model).unwrap();
        let index = model.comparison(name).unwrap();
        let found = &trained.m[index];
        prop_assert_eq!(&trained.u[index], &u);
        prop_assert_eq!(found[5], m[5]);
        prop_assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let ordered = |of: &[f64]| of[..5].iter().chain(&of[6..]).copied().collect::<Vec<f64>>();
        let (found, u) = (ordered(found), ordered(&u));
        for ((found, u), expected) in found.iter().zip(&u).zip(falling(&ordered(&m), &u)) {
            prop_assert!((found / u / expected - 1.0).abs() < 1e-9);
        }
    }
}

/// The shipped model, with so few random pairs that they are drawn and not all looked at.
fn people_model() -> NightModel {
    let shipped = include_str!("../../../schemas/link.toml");
    let text = shipped.replace("random_pairs = 8000000", "random_pairs = 150000");
    assert_ne!(text, shipped, "the declaration of random pairs");
    parse_model(&text).expect("a model of nights")
}

/// A town with families, slips and second records.
pub fn town(people: u64, seed: u64) -> Vec<Row> {
    const SURNAMES: [&str; 12] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "谭", "欧阳"];
    const GIVEN: [&str; 24] = [
        "伟", "芳", "娜", "静", "敏", "丽", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "明", "超", "秀英",
        "建国", "桂英", "子轩", "雨桐", "浩然", "思远",
    ];
    let mut dice = Dice(seed);
    let mut rows = Vec::new();
    for person in 0..people {
        let name = format!("{}{}", SURNAMES[dice.roll(12) as usize], GIVEN[dice.roll(24) as usize]);
        let born = format!("{}-{:02}-{:02}", 1940 + dice.roll(70), 1 + dice.roll(12), 1 + dice.roll(28));
        let sex = if dice.happens(500) { "1" } else { "2" };
        let id = format!("370402{}{:03}", born.replace('-', ""), 1 + dice.roll(998));
        let phone = format!("135{:08}", dice.roll(100_000_000));
        let village = format!("3704020012{:02}", 1 + dice.roll(20));
        for copy in 0..1 + dice.roll(3) {
            let (dataset, county) =
                [("hospital_visit", "370402"), ("police_person", "370402"), ("school_screening", "370403")]
                    [copy as usize];
            let mut r = row(&format!("p{person:05}c{copy}"), &name, sex, &born).at(dataset, county);
            if dice.happens(700) {
                r = r.id(&id);
            }
            if dice.happens(600) {
                r = r.phone(&phone);
            }
            if dice.happens(500) {
                r = r.residence(&village);
            }
            if dice.happens(60) {
                r.name = r.name.replace('伟', "玮").replace('静', "婧");
            }
            if dice.happens(40) {
                r = r.year_only();
            }
            rows.push(r);
        }
    }
    rows
}

fn weights_of(rows: &[Row], threads: usize) -> Weights {
    let model = people_model();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let batches: Vec<&[Row]> = rows.chunk_by(|a, b| (a.dataset, a.county) == (b.dataset, b.county)).collect();
    pool.install(|| train_on(&model, &mut batches.iter().map(|r| Ok(batch(r))), "a town").unwrap())
}

#[test]
fn the_same_rows_give_the_same_bytes_whatever_their_order_and_the_threads() {
    let mut rows = town(900, 3);
    rows.sort_by(|a, b| (a.dataset, a.county, &a.key).cmp(&(b.dataset, b.county, &b.key)));
    let text = |rows: &[Row], threads: usize| weights_of(rows, threads).to_text();
    let once = text(&rows, 1);
    assert_eq!(once, text(&rows, 1));
    assert_eq!(once, text(&rows, 2));
    assert_eq!(once, text(&rows, 5));
    rows.reverse();
    assert_eq!(once, text(&rows, 2));
    assert_eq!(Weights::parse(&once).unwrap().to_text(), once, "a file that is read and written is the same file");
}

#[test]
fn weights_are_of_one_model_and_say_where_they_are_from() {
    let mut rows = town(300, 5);
    rows.push(row("rare", "卞喆堃", "1", "1980-01-01"));
    let weights = weights_of(&rows, 2);
    assert!(weights.of(&people_model().model).is_ok());
    let other = model(&include_str!("../../../schemas/link.toml").replace("tf = 0.5", "tf = 0.6"));
    assert!(weights.of(&other).unwrap_err().en.contains("train anew"));
    assert!(weights.trained_on.starts_with("a town; "), "{}", weights.trained_on);
    // Nobody can be found in the tables: they hold parts of names, and only those of several people.
    let text = weights.to_text();
    assert!(!text.contains('卞') && !text.contains('堃'));
    assert!(weights.frequencies["name"].surname.contains_key("王"));
}
