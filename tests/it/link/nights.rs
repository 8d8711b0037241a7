//! The pitfalls of linking people from night to night: weights that are learned anew, names that become
//! commoner, another order of rows, thresholds chosen after the fact.

use super::rows::{Night, Row, batch, ladder, night, row, secret, shipped};
use super::tables::model;
use super::training::town;
use xinhui::link::evaluate;
use xinhui::link::inspect::Inspector;
use xinhui::link::persons::{LinkModel, LinkSettings, link_with};
use xinhui::store::key::HashName;

/// The shipped model with other weights, as a later training gives them.
fn retrained() -> LinkModel {
    let mut weights = shipped().weights.clone();
    weights.trained_on = "a later year".into();
    for of in weights.comparisons.values_mut() {
        // All but the closest level a little likelier among matches.
        let last = of.m.len() - 1;
        of.m[last] = (of.m[last] * 1.3).min(1.0);
        let sum: f64 = of.m.iter().sum();
        of.m.iter_mut().for_each(|m| *m /= sum);
    }
    LinkModel::parse(include_str!("../../../schemas/link.toml"), &weights.to_text()).unwrap()
}

#[test]
fn people_keep_their_keys_when_weights_are_learned_anew() {
    let rows = town(150, 11);
    let first = night(&rows);
    let batches: Vec<&[Row]> = rows.chunk_by(|a, b| (a.dataset, a.county) == (b.dataset, b.county)).collect();
    let mut again = batches.iter().map(|b| Ok(batch(b)));
    let before = first.as_previous().beside(&batches);
    let second =
        link_with(&LinkSettings::undecided(&retrained()), &mut again, &secret(7, HashName::Sm3), &before).unwrap();
    let moved = batches
        .iter()
        .zip(&second.person_of_row)
        .flat_map(|(rows, persons)| rows.iter().zip(persons))
        .filter(|(r, person)| first.key(&r.key) != second.keys[person.index()])
        .count();
    assert!(moved * 200 <= rows.len(), "{moved} of {} rows have another key", rows.len());
}

#[test]
fn more_rows_of_a_name_do_not_move_yesterdays_links() {
    // How common a name is stands in the weights, which have a version: a pair weighs tonight what it
    // weighed yesterday.
    let pair = [row("a", "王芳", "2", "1980-01-01").phone("13563201234"), row("b", "王芳", "2", "1980-01-01")];
    let mut more = pair.to_vec();
    more.extend(
        (0..300).map(|i| row(&format!("m{i}"), "王芳", "2", &format!("19{:02}-02-{:02}", 40 + i % 50, 1 + i % 28))),
    );
    assert_eq!(ladder(&pair, "a", "b"), ladder(&more, "a", "b"));
}

#[test]
fn weights_of_another_model_are_refused() {
    let other = include_str!("../../../schemas/link.toml").replace("tf = 0.5", "tf = 0.6");
    let error = LinkModel::parse(&other, &shipped().weights.to_text()).unwrap_err();
    assert!(error.to_string().contains("another version"), "{error}");
    assert!(model(&other).digest != shipped().model.digest);
}

#[test]
fn the_order_of_rows_and_threads_moves_nobody() {
    let mut rows = town(120, 21);
    let sorted = |n: &Night| (n.partition(), n.keys());
    let first = sorted(&night(&rows));
    rows.reverse();
    assert_eq!(first, sorted(&night(&rows)));
    rows.sort_by_key(|r| (r.name.clone(), r.key.clone()));
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(first, pool.install(|| sorted(&night(&rows))));
    }
}

#[test]
fn a_report_states_the_declared_threshold_beside_the_best_one() {
    let rows = town(200, 31);
    let batches: Vec<&[Row]> = rows.chunk_by(|a, b| (a.dataset, a.county) == (b.dataset, b.county)).collect();
    let opened = Inspector::of(shipped(), &mut batches.iter().map(|b| Ok(batch(b)))).unwrap();
    let truth = |_: &str, _: &str, key: &str| key[1..6].parse().ok();
    let found = opened.with(&Default::default(), |view| view.evaluate(&truth)).unwrap();
    let text = evaluate::as_text(&found, false);
    // The headline is of the declared threshold; the best one is marked as what it is.
    let join = shipped().model.thresholds.join;
    assert!(text.contains(&format!("at a threshold of {join} bits")), "{text}");
    assert!(text.contains("chosen") && text.contains("oracle"), "{text}");
}

#[test]
fn persons_are_counted_at_each_level_where_their_rows_say_that_they_live() {
    const ID: &str = "37040219800101123";
    let fang = |key: &str, home: &str| row(key, "王芳", "2", "1980-01-01").id(ID).residence(home);
    let n = night(&[
        fang("a", "370402001001"),
        fang("b", "370402001002"),
        fang("c", "370402002001"),
        row("d", "李娜", "2", "1981-01-01").residence("370402001001"),
        // Lives in a town, nobody knows in which village; of the last nobody knows more than the county.
        row("e", "刘洋", "1", "1990-03-03").residence("370402001000"),
        row("f", "赵敏", "2", "1991-04-04"),
        fang("g", "370402001001").at("police_person", "370403"),
    ]);
    assert_eq!(n.count(), 4);
    let chosen: Vec<(&str, &str, u64)> =
        n.persons.ranges.iter().map(|r| (r.level.as_str(), r.division.as_str(), r.chosen)).collect();
    let county = |code| ("county", code, if code == "370402" { 4 } else { 1 });
    assert_eq!(chosen, [("city", "", 4), county("370402"), county("370403"), ("town", "", 4), ("village", "", 4)]);
    assert!(n.persons.ranges.iter().all(|r| r.low <= r.chosen && r.chosen <= r.high));
}
