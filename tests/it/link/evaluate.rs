//! The evaluation against counts by hand and against the definitions, pair by pair.

use std::collections::BTreeSet;

use proptest::prelude::*;

use xinhui::link::evaluate::{Evaluation, RecordGroup, Subject, as_html, as_text, evaluate};

/// A subject whose every part has a plain default.
struct Case {
    truth: Vec<u32>,
    clusters: Vec<u32>,
    candidates: Vec<(u32, u32, f32)>,
    groups: Vec<RecordGroup>,
    threshold: f32,
}

impl Case {
    fn new(truth: &[u32], clusters: &[u32]) -> Self {
        Case {
            truth: truth.to_vec(),
            clusters: clusters.to_vec(),
            candidates: Vec::new(),
            groups: Vec::new(),
            threshold: 20.0,
        }
    }

    fn group(mut self, kind: &str, value: &str, members: &[u32]) -> Self {
        let members = (0..self.truth.len() as u32).map(|r| members.contains(&r)).collect();
        self.groups.push(RecordGroup { kind: kind.into(), value: value.into(), members });
        self
    }

    fn evaluate(&self) -> Evaluation {
        self.evaluate_with(&|_, _| true, &|_| self.clusters.clone())
    }

    fn evaluate_with(&self, blocked: &dyn Fn(u32, u32) -> bool, clusters_at: &dyn Fn(f32) -> Vec<u32>) -> Evaluation {
        evaluate(&Subject {
            truth: &self.truth,
            clusters: &self.clusters,
            candidates: &self.candidates,
            blocked,
            clusters_at,
            groups: &self.groups,
            threshold: self.threshold,
        })
    }
}

fn near(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|f| (f - expected).abs() < 1e-12)
}

/// Persons 0 {0,1,2}, 1 {3,4}, 2 {5}; clusters {0,1}, {2,3,4}, {5}.
fn six() -> Case {
    Case::new(&[9, 9, 9, 4, 4, 70_000], &[1, 1, 8, 8, 8, 3])
}

#[test]
fn a_small_linkage_counted_by_hand() {
    let e = six().evaluate();
    let p = e.pairwise;
    assert_eq!((p.true_pairs, p.found_pairs, p.correct_pairs), (4, 4, 2));
    assert_eq!((p.precision, p.recall, p.f1), (Some(0.5), Some(0.5), Some(0.5)));
    // Records 0 and 1: 1 of their cluster, 2/3 of their person. 2: 1/3 and 1/3. 3, 4: 2/3 and 1. 5: 1 and 1.
    assert!(near(e.bcubed.precision, (2.0 + 1.0 / 3.0 + 4.0 / 3.0 + 1.0) / 6.0));
    assert!(near(e.bcubed.recall, (4.0 / 3.0 + 1.0 / 3.0 + 2.0 + 1.0) / 6.0));
    let w = e.whole;
    assert_eq!((w.persons, w.clusters, w.exact_persons, w.records_in_exact), (3, 3, 1, 1));
    assert_eq!((w.repeated_persons, w.exact_repeated_persons), (2, 0));
    assert_eq!((w.over_merged_clusters, w.split_persons), (1, 1));
    assert!(near(w.exact_rate, 1.0 / 3.0) && near(w.records_in_exact_rate, 1.0 / 6.0));
    assert_eq!(w.exact_repeated_rate, Some(0.0));
}

#[test]
fn a_perfect_linkage_is_all_ones_and_its_threshold_the_oracle() {
    let e = Case::new(&[5, 5, 6, 7, 7, 7], &[0, 0, 1, 2, 2, 2]).evaluate();
    for rate in [e.pairwise.f1, e.bcubed.f1, e.whole.exact_rate, e.blocking.recall, e.blocking.blocked_and_joined] {
        assert_eq!(rate, Some(1.0));
    }
    assert!(e.sweep.oracle.expect("a best point").chosen, "ties go to the threshold in force");
    assert_eq!(e.sizes.iter().map(|s| (s.persons, s.clusters)).collect::<Vec<_>>(), [(1, 1), (1, 1), (1, 1)]);
}

#[test]
fn a_group_has_the_pairs_with_a_member() {
    let e = six().group("source", "station", &[2, 5]).group("source", "none", &[]).evaluate();
    let g = &e.groups[0];
    // True: 0-2, 1-2. Found: 2-3, 2-4. Persons 0 and 2, of whom the second is exact.
    assert_eq!((g.records, g.persons, g.exact_persons), (2, 2, 1));
    assert_eq!((g.pairwise.true_pairs, g.pairwise.found_pairs, g.pairwise.correct_pairs), (2, 2, 0));
    assert_eq!((g.pairwise.precision, g.pairwise.recall, g.pairwise.f1), (Some(0.0), Some(0.0), Some(0.0)));
    assert!(near(g.bcubed.precision, (1.0 / 3.0 + 1.0) / 2.0));
    let none = &e.groups[1];
    assert_eq!((none.records, none.persons, none.pairwise.true_pairs), (0, 0, 0));
    assert_eq!(
        [none.pairwise.precision, none.pairwise.f1, none.bcubed.f1, none.exact_rate, none.blocking_recall],
        [None; 5]
    );
}

#[test]
fn blocking_is_told_apart_from_what_comes_after() {
    // True pairs: 0-1 joined, 0-2 and 1-2 not, 3-4 joined.
    let asked = std::cell::RefCell::new(Vec::new());
    let blocked = |a: u32, b: u32| {
        asked.borrow_mut().push((a, b));
        (a, b) == (0, 1) || (a, b) == (1, 2)
    };
    let case = six().group("sex", "female", &[3]);
    let e = case.evaluate_with(&blocked, &|_| case.clusters.clone());
    let b = e.blocking;
    assert_eq!((b.true_pairs, b.asked_pairs, b.sampled_persons), (4, 4, 0));
    assert_eq!(b.recall, Some(0.5));
    let parts = [b.blocked_and_joined, b.unblocked_but_joined, b.lost_by_blocking, b.lost_after_blocking];
    assert_eq!(parts, [Some(0.25); 4]);
    assert_eq!(e.groups[0].blocking_recall, Some(0.0));
    asked.borrow_mut().sort_unstable();
    assert_eq!(
        *asked.borrow(),
        [(0, 1), (0, 2), (1, 2), (3, 4)],
        "true pairs alone, each once, the lower record first"
    );
}

#[test]
fn blocking_is_asked_with_the_lower_record_first_whatever_the_clusters() {
    let case = Case::new(&[0, 0, 0, 0], &[5, 6, 5, 6]);
    let e = case.evaluate_with(&|a, b| a < b, &|_| case.clusters.clone());
    assert_eq!(e.blocking.recall, Some(1.0));
}

#[test]
fn a_person_of_many_records_is_sampled_and_it_is_said() {
    let mut truth = vec![0; 1000];
    truth.extend([1, 1]);
    let case = Case::new(&truth, &truth);
    let run = || case.evaluate_with(&|a, b| a < 1000 && (a + b) % 2 == 0, &|_| truth.clone());
    let e = run();
    assert_eq!((e.blocking.true_pairs, e.blocking.asked_pairs), (499_501, 19_901));
    assert_eq!((e.blocking.sampled_persons, e.blocking.sample_size), (1, 200));
    let recall = e.blocking.recall.expect("true pairs");
    assert!((recall - 0.5).abs() < 0.02, "{recall}");
    assert_eq!(e, run());
    assert!(as_text(&e, false).contains("Sampled") && as_text(&e, true).contains("抽样"));
    assert!(!as_text(&six().evaluate(), false).contains("Sampled"));
    // Sampled pairs weigh as much as all: the small person's missed pair is one of half a million.
    let e = case.evaluate_with(&|a, _| a < 1000, &|_| truth.clone());
    assert!(near(e.blocking.recall, 499_500.0 / 499_501.0));
}

#[test]
fn the_sweep_asks_the_engine_and_names_the_best_point_oracle() {
    let asked = std::cell::RefCell::new(Vec::new());
    let mut case = six();
    case.threshold = 13.5;
    let truth = case.truth.clone();
    let clusters_at = |t: f32| {
        asked.borrow_mut().push(t);
        if t < 4.0 {
            vec![0; 6]
        } else if t < 13.0 {
            truth.clone()
        } else {
            (0..6).collect()
        }
    };
    let e = case.evaluate_with(&|_, _| true, &clusters_at);
    let points = &e.sweep.points;
    assert_eq!(asked.borrow().len(), 26);
    assert_eq!((asked.borrow()[0], asked.borrow()[25]), (-10.0, 40.0));
    assert!(points.is_sorted_by(|a, b| a.threshold < b.threshold) && points.len() == 27);
    let oracle = e.sweep.oracle.expect("a best point");
    // Of all the perfect points the nearest to the threshold in force.
    assert_eq!((oracle.threshold, oracle.chosen, oracle.f1), (12.0, false, Some(1.0)));
    let chosen: Vec<_> = points.iter().filter(|p| p.chosen).collect();
    assert_eq!(chosen.len(), 1);
    assert_eq!((chosen[0].threshold, chosen[0].f1), (13.5, Some(0.5)));
    assert_eq!((points[0].clusters, points[0].recall), (1, Some(1.0)));
    // Nothing found: no precision, and F1 is 0.
    let last = points.last().expect("points");
    assert_eq!((last.clusters, last.precision, last.recall, last.f1), (6, None, Some(0.0), Some(0.0)));
}

#[test]
fn candidates_are_counted_by_bits() {
    let mut case = six();
    let infinite = f32::INFINITY;
    case.candidates =
        vec![(0, 1, 21.0), (0, 2, 24.9), (2, 3, 20.0), (3, 4, 25.0), (4, 5, -3.5), (1, 2, infinite), (1, 5, f32::NAN)];
    let e = case.evaluate();
    assert_eq!((e.candidates.pairs, e.candidates.true_pairs, e.candidates.false_pairs), (6, 4, 2));
    assert_eq!((e.candidates.recall, e.candidates.lowest_bits), (Some(1.0), Some(-3.5)));

    let band = e.bands.iter().find(|b| b.from == Some(20.0)).expect("a band");
    assert_eq!((band.true_pairs, band.false_pairs, band.to), (2, 1, Some(25.0)));
    assert!(near(band.precision, 2.0 / 3.0) && near(band.precision_from_here, 4.0 / 5.0));
    // Wilson's interval of 2 of 3, from its formula.
    assert!((band.low.unwrap() - 0.2077).abs() < 1e-4 && (band.high.unwrap() - 0.9385).abs() < 1e-4);
    let (first, last) = (e.bands[0], e.bands[e.bands.len() - 1]);
    assert_eq!((first.from, first.to, first.false_pairs, first.low), (None, Some(0.0), 1, Some(0.0)));
    assert_eq!((last.from, last.to, last.true_pairs, last.high), (Some(40.0), None, 1, Some(1.0)));
    assert_eq!(e.bands[1].precision, None);

    assert_eq!((e.histogram[0].from, e.histogram[0].false_pairs), (-4.0, 1));
    let last = e.histogram.last().expect("bins");
    assert_eq!((last.from, last.to, last.true_pairs), (25.0, 26.0, 2));
    assert_eq!(e.histogram.iter().map(|b| b.true_pairs + b.false_pairs).sum::<u64>(), 6);
    assert!(e.histogram.windows(2).all(|w| w[0].to == w[1].from));
}

#[test]
fn bits_far_apart_still_make_few_bins() {
    let mut case = six();
    case.candidates = vec![(0, 1, -1.0e30), (0, 2, 3.0e30), (1, 2, 0.0)];
    let e = case.evaluate();
    assert!((2..=40).contains(&e.histogram.len()));
    assert_eq!(e.histogram.iter().map(|b| b.true_pairs).sum::<u64>(), 3);
    well_formed(&as_html(&e, false));
}

#[test]
fn nothing_is_undefined_and_not_zero() {
    let e = Case::new(&[], &[]).group("sex", "female", &[]).evaluate();
    assert_eq!([e.pairwise.precision, e.pairwise.recall, e.pairwise.f1], [None; 3]);
    assert_eq!([e.bcubed.f1, e.whole.exact_rate, e.whole.records_in_exact_rate], [None; 3]);
    assert_eq!([e.blocking.recall, e.blocking.lost_by_blocking, e.candidates.recall], [None; 3]);
    assert_eq!((e.sweep.oracle, e.histogram.len(), e.sizes.len()), (None, 0, 0));
    for zh in [false, true] {
        let (text, page) = (as_text(&e, zh), as_html(&e, zh));
        assert!(text.contains('—') && !text.contains("NaN") && !page.contains("NaN") && !page.contains("inf"));
        well_formed(&page);
    }
}

#[test]
fn single_records_have_no_pairs_and_are_exact() {
    let e = Case::new(&[3, 1, 2], &[0, 1, 2]).evaluate();
    assert_eq!([e.pairwise.precision, e.pairwise.recall, e.pairwise.f1, e.blocking.recall], [None; 4]);
    assert_eq!((e.whole.exact_rate, e.whole.exact_repeated_rate, e.bcubed.f1), (Some(1.0), None, Some(1.0)));
    // All in one: every pair is false, and there was none to find.
    let e = Case::new(&[3, 1, 2], &[7, 7, 7]).evaluate();
    assert_eq!((e.pairwise.precision, e.pairwise.recall, e.pairwise.f1), (Some(0.0), None, Some(0.0)));
    well_formed(&as_html(&e, true));
}

#[test]
fn json_has_the_fields_of_the_report_and_null_for_undefined() {
    let json = serde_json::to_value(Case::new(&[1, 2], &[1, 2]).group("age", "0-17", &[0]).evaluate()).expect("JSON");
    let keys = |value: &serde_json::Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys(&json),
        [
            "records",
            "threshold",
            "pairwise",
            "bcubed",
            "whole",
            "blocking",
            "candidates",
            "groups",
            "sweep",
            "histogram",
            "bands",
            "sizes"
        ]
    );
    assert_eq!(keys(&json["pairwise"]), ["true_pairs", "found_pairs", "correct_pairs", "precision", "recall", "f1"]);
    assert_eq!(keys(&json["sweep"]), ["points", "oracle"]);
    assert!(json["pairwise"]["precision"].is_null() && json["sweep"]["oracle"].is_null());
    assert_eq!(json["groups"][0]["kind"], "age");
    assert_eq!(json["groups"][0]["exact_rate"], 1.0);
}

#[test]
fn the_page_escapes_what_it_is_given_and_needs_nothing_else() {
    let mut case = six().group("source", "<script>alert('&\"')</script>", &[0, 3]);
    case.candidates = vec![(0, 1, 30.0), (2, 3, 12.0), (4, 5, -2.0)];
    let e = case.evaluate();
    for zh in [false, true] {
        let page = as_html(&e, zh);
        well_formed(&page);
        assert!(page.contains("&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;"));
        for foreign in ["<script", "http:", "https:", "url(", "@import", " src=", "<link"] {
            assert!(!page.contains(foreign), "{foreign}");
        }
        assert_eq!(page.matches("<svg").count(), 5);
        assert_eq!(page.contains("lang=\"zh-CN\""), zh);
        assert_eq!(page, as_html(&e, zh));
    }
}

#[test]
fn columns_of_the_text_stand_below_each_other_in_chinese_too() {
    let text = as_text(&six().group("sex", "female", &[0]).group("name", "minority", &[1]).evaluate(), true);
    let width =
        |line: &str| line.chars().map(|c| if ('\u{2E80}'..='\u{FF60}').contains(&c) { 2 } else { 1 }).sum::<usize>();
    let rows: Vec<usize> =
        text.lines().filter(|l| l.contains("性别：女") || l.contains("姓名：少数民族")).map(width).collect();
    // The table is wider than a terminal, so that it goes on below itself.
    assert!(rows.len() == 4 && rows[0] == rows[1] && rows[2] == rows[3], "{text}");
}

/// Each tag is closed by its own, in order; no stray `<` or `&`.
fn well_formed(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let body = page.strip_prefix("<!DOCTYPE html>").expect("a doctype");
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a tag ends");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().expect("a name");
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()), "<{tag}>");
        assert!(tag.matches('"').count().is_multiple_of(2), "<{tag}>");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') && name != "meta" {
            open.push(name);
        }
        for entity in text.split('&').skip(1) {
            assert!(["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|e| entity.starts_with(e)), "&{entity}");
        }
    }
    assert_eq!(open, Vec::<&str>::new());
}

/// Counts pair by pair: true, found, both, with at least one record that `counts`.
fn pairs(truth: &[u32], clusters: &[u32], counts: impl Fn(usize) -> bool) -> (u64, u64, u64) {
    let (mut t, mut f, mut both) = (0, 0, 0);
    for a in 0..truth.len() {
        for b in (a + 1..truth.len()).filter(|b| counts(a) || counts(*b)) {
            let (one, joined) = (truth[a] == truth[b], clusters[a] == clusters[b]);
            t += u64::from(one);
            f += u64::from(joined);
            both += u64::from(one && joined);
        }
    }
    (t, f, both)
}

/// The means, record by record; `None` of no records.
fn bcubed(truth: &[u32], clusters: &[u32], counts: impl Fn(usize) -> bool) -> Option<(f64, f64)> {
    let records: Vec<usize> = (0..truth.len()).filter(|r| counts(*r)).collect();
    let share = |r: usize, of: &[u32], and: &[u32]| {
        let group: Vec<usize> = (0..truth.len()).filter(|o| of[*o] == of[r]).collect();
        group.iter().filter(|o| and[**o] == and[r]).count() as f64 / group.len() as f64
    };
    let mean = |of: &[u32], and: &[u32]| records.iter().map(|r| share(*r, of, and)).sum::<f64>() / records.len() as f64;
    (!records.is_empty()).then(|| (mean(clusters, truth), mean(truth, clusters)))
}

fn members(labels: &[u32], label: u32) -> BTreeSet<usize> {
    (0..labels.len()).filter(|r| labels[*r] == label).collect()
}

fn is(found: Option<f64>, expected: Option<f64>) -> bool {
    match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() < 1e-9,
        (found, expected) => found == expected,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn figures_are_those_of_the_definitions(
        records in proptest::collection::vec((0u32..9, 0u32..9, any::<bool>(), any::<bool>()), 0..40),
        spread in proptest::sample::select(vec![1u32, 400_000_000]),
    ) {
        let truth: Vec<u32> = records.iter().map(|r| r.0 * spread).collect();
        let clusters: Vec<u32> = records.iter().map(|r| r.1 * spread).collect();
        let in_group = |r: usize| records[r].2;
        let yielded = |a: u32, b: u32| records[a as usize].3 || records[b as usize].3;
        let chosen: Vec<u32> = (0..truth.len() as u32).filter(|r| in_group(*r as usize)).collect();
        let case = Case::new(&truth, &clusters).group("sex", "male", &chosen);
        let e = case.evaluate_with(&yielded, &|_| clusters.clone());

        let ratio = |part: u64, all: u64| (all > 0).then(|| part as f64 / all as f64);
        for (found, (t, f, both)) in [
            (e.pairwise, pairs(&truth, &clusters, |_| true)),
            (e.groups[0].pairwise, pairs(&truth, &clusters, in_group)),
        ] {
            prop_assert_eq!((found.true_pairs, found.found_pairs, found.correct_pairs), (t, f, both));
            prop_assert!(is(found.precision, ratio(both, f)) && is(found.recall, ratio(both, t)));
            prop_assert!(is(found.f1, ratio(2 * both, t + f)));
        }
        for (found, expected) in [
            (e.bcubed, bcubed(&truth, &clusters, |_| true)),
            (e.groups[0].bcubed, bcubed(&truth, &clusters, in_group)),
        ] {
            prop_assert!(is(found.precision, expected.map(|b| b.0)) && is(found.recall, expected.map(|b| b.1)));
            prop_assert!(is(found.f1, expected.map(|(p, r)| 2.0 * p * r / (p + r))));
        }

        let (persons, found): (BTreeSet<u32>, BTreeSet<u32>) =
            (truth.iter().copied().collect(), clusters.iter().copied().collect());
        let exact = |p: &&u32| found.iter().any(|c| members(&truth, **p) == members(&clusters, *c));
        let exact: Vec<&u32> = persons.iter().filter(exact).collect();
        let labels = |of: &[u32], records: BTreeSet<usize>| records.iter().map(|r| of[*r]).collect::<BTreeSet<u32>>().len();
        let w = e.whole;
        prop_assert_eq!((w.persons, w.clusters), (persons.len() as u64, found.len() as u64));
        prop_assert_eq!(w.exact_persons, exact.len() as u64);
        prop_assert_eq!(w.records_in_exact, exact.iter().map(|p| members(&truth, **p).len() as u64).sum::<u64>());
        prop_assert_eq!(w.split_persons, persons.iter().filter(|p| labels(&clusters, members(&truth, **p)) > 1).count() as u64);
        prop_assert_eq!(w.over_merged_clusters, found.iter().filter(|c| labels(&truth, members(&clusters, **c)) > 1).count() as u64);
        let of_group = |p: &&&u32| members(&truth, ***p).into_iter().any(in_group);
        prop_assert_eq!(e.groups[0].exact_persons, exact.iter().filter(|p| of_group(p)).count() as u64);

        let n = truth.len() as u32;
        let true_pairs = || (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).filter(|p| truth[p.0 as usize] == truth[p.1 as usize]);
        let met = true_pairs().filter(|p| yielded(p.0, p.1)).count() as u64;
        prop_assert!(is(e.blocking.recall, ratio(met, true_pairs().count() as u64)));
        let near = || true_pairs().filter(|p| in_group(p.0 as usize) || in_group(p.1 as usize));
        prop_assert!(is(e.groups[0].blocking_recall, ratio(near().filter(|p| yielded(p.0, p.1)).count() as u64, near().count() as u64)));
        prop_assert_eq!(e.sizes.iter().map(|s| s.persons).sum::<u64>(), w.persons);
        prop_assert_eq!(e.sizes.iter().map(|s| s.clusters).sum::<u64>(), w.clusters);
    }

    #[test]
    fn labels_and_the_order_of_records_do_not_matter(
        (records, shuffled) in proptest::collection::vec((0u32..6, 0u32..6), 1..30)
            .prop_flat_map(|r| (Just(r.clone()), Just(r).prop_shuffle()))
    ) {
        let of = |records: &[(u32, u32)], label: &dyn Fn(u32) -> u32| {
            let (truth, clusters): (Vec<u32>, Vec<u32>) = records.iter().map(|r| (label(r.0), label(r.1))).unzip();
            Case::new(&truth, &clusters).evaluate()
        };
        let (a, b) = (of(&records, &|l| l), of(&shuffled, &|l| u32::MAX - l * 7));
        prop_assert_eq!((a.pairwise, a.whole, &a.sizes, &a.sweep), (b.pairwise, b.whole, &b.sizes, &b.sweep));
        prop_assert!(is(a.bcubed.f1, b.bcubed.f1));
    }
}
