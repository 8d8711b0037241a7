//! Clusters against their definition, bits against their ladder, distances against known values, and
//! every problem of a model at once.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use proptest::prelude::*;
use proptest::sample::select;

use super::reference_cluster::{self, Problem};
use super::rows::shipped;
use super::tables::{model, records};
use xinhui::link::engine::block::Blocks;
use xinhui::link::engine::cluster::{ClusterLimits, Clustering, Edge, Material, cluster};
use xinhui::link::engine::compare::{Comparator, damerau, jaro_winkler};
use xinhui::link::engine::intern::TextNumber;
use xinhui::link::engine::linker::Linker;
use xinhui::link::engine::model::Model;
use xinhui::link::engine::scope::Scope;
use xinhui::link::{BlockNumber, RecordNumber, RecordPair};

fn problem() -> impl Strategy<Value = Problem> {
    (2u32..14).prop_flat_map(|n| {
        let pair = move || (0..n, 0..n);
        // Few strengths, so that ties are common.
        let bits = select(vec![4.0f32, 9.5, 10.0, 12.0, 15.0, 19.5, 20.0, 30.0]);
        (
            proptest::collection::vec((pair(), bits).prop_map(|((a, b), bits)| (a, b, bits)), 0..40),
            proptest::collection::vec(select(vec![0u32, 0, 0, 7, 8]), n as usize),
            proptest::collection::vec(pair(), 0..4),
            proptest::collection::vec(pair(), 0..4),
            select(vec![f32::NEG_INFINITY, 5.0, 15.0, 20.0, 99.0]),
        )
            .prop_map(move |(edges, own_ids, cannot_links, must_links, bridge)| Problem {
                records: n,
                edges,
                own_ids,
                cannot_links,
                must_links,
                join: 10.0,
                bridge,
            })
    })
}

fn record(number: u32) -> RecordNumber {
    RecordNumber::new(number as usize)
}

fn number(record: RecordNumber) -> u32 {
    record.index() as u32
}

fn pairs(of: &[(u32, u32)]) -> Vec<RecordPair> {
    of.iter().map(|&(a, b)| (record(a), record(b))).collect()
}

/// Edges as blocking and scoring hand them over: each pair once, the lower record first.
fn edges(problem: &Problem) -> Vec<Edge> {
    let mut edges: Vec<Edge> = problem
        .edges
        .iter()
        .filter(|e| e.0 != e.1)
        .map(|&(a, b, bits)| Edge { a: record(a.min(b)), b: record(a.max(b)), bits, pattern: 0 })
        .collect();
    edges.sort_by(|x, y| (x.a, x.b).cmp(&(y.a, y.b)).then(y.bits.total_cmp(&x.bits)));
    edges.dedup_by_key(|e| (e.a, e.b));
    edges
}

fn clustered(problem: &Problem, edges: &[Edge], bits: Option<&dyn Fn(u32, u32) -> f32>, mean: f32) -> Clustering {
    let own_ids: Vec<TextNumber> = problem.own_ids.iter().map(|id| TextNumber::of_slot(*id)).collect();
    let (must, cannot) = (pairs(&problem.must_links), pairs(&problem.cannot_links));
    let of_records = bits.map(|bits| move |a: RecordNumber, b: RecordNumber| bits(number(a), number(b)));
    let material = Material {
        own_ids: &own_ids,
        edges,
        must: &must,
        cannot: &cannot,
        bits: of_records.as_ref().map(|bits| bits as &dyn Fn(RecordNumber, RecordNumber) -> f32),
        looked_at: None,
    };
    cluster(
        &material,
        ClusterLimits {
            join: problem.join,
            mean,
            sure: f32::INFINITY,
            against: f32::NEG_INFINITY,
            bridge: problem.bridge,
        },
    )
}

/// Clusters under the mean rule as its words say it, without decisions and bridges: pairs of one own ID first,
/// then by bits; two clusters are one when such a pair holds them together, when their pairs' mean is high enough,
/// or when each is a single record.
fn by_mean(problem: &Problem, edges: &[Edge], bits: &dyn Fn(u32, u32) -> f32, mean: f32) -> Vec<u32> {
    let mut parts: Vec<BTreeSet<u32>> = (0..problem.records).map(|r| BTreeSet::from([r])).collect();
    let mut strong: Vec<&Edge> = edges.iter().filter(|e| e.bits >= problem.join).collect();
    let own_id = |r: RecordNumber| problem.own_ids[r.index()];
    let is_of_one_id = |e: &Edge| own_id(e.a) != 0 && own_id(e.a) == own_id(e.b);
    let strength = |e: &Edge| if is_of_one_id(e) { f32::INFINITY } else { e.bits };
    strong.sort_by(|x, y| strength(y).total_cmp(&strength(x)).then((x.a, x.b).cmp(&(y.a, y.b))));
    for e in strong {
        let of = |record: u32| parts.iter().position(|p| p.contains(&record)).unwrap();
        let (p, q) = (of(number(e.a)), of(number(e.b)));
        if p == q {
            continue;
        }
        let ids: BTreeSet<u32> =
            parts[p].iter().chain(&parts[q]).map(|&r| problem.own_ids[r as usize]).filter(|id| *id != 0).collect();
        let pairs: Vec<f64> =
            parts[p].iter().flat_map(|&a| parts[q].iter().map(move |&b| f64::from(bits(a, b)))).collect();
        let firm = pairs.len() == 1 || is_of_one_id(e);
        if ids.len() < 2 && (firm || pairs.iter().sum::<f64>() / pairs.len() as f64 >= f64::from(mean)) {
            let joined = parts.remove(p.max(q));
            parts[p.min(q)].extend(joined);
        }
    }
    (0..problem.records).map(|r| *parts.iter().find(|p| p.contains(&r)).and_then(|p| p.first()).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn clusters_are_what_their_definition_says(problem in problem()) {
        let edges = edges(&problem);
        let expected = reference_cluster::cluster(&problem);
        let found = clustered(&problem, &edges, None, 0.0);
        prop_assert_eq!(found.roots.iter().map(|root| number(*root)).collect::<Vec<_>>(), expected.cluster_of);
        let refused: Vec<(u32, u32, f32)> =
            found.refused.iter().map(|&i| &edges[i as usize]).map(|e| (number(e.a), number(e.b), e.bits)).collect();
        prop_assert_eq!(refused, expected.refused_edges);
        let decisions: BTreeSet<(u32, u32)> = found
            .refused_decisions
            .iter()
            .map(|&i| problem.must_links[i as usize])
            .map(|(a, b)| (a.min(b), a.max(b)))
            .collect();
        prop_assert_eq!(decisions.into_iter().collect::<Vec<_>>(), expected.refused_must_links);
        let mut cut: Vec<(u32, u32, f32)> = found.cut.iter().map(|c| (number(c.a), number(c.b), c.bits)).collect();
        cut.sort_by_key(|c| (c.0, c.1));
        prop_assert_eq!(cut, expected.cut_bridges);
    }

    #[test]
    fn the_mean_of_all_pairs_decides_where_a_model_asks_for_it(problem in problem(), salt in any::<u32>(), mean in -6i8..12) {
        // Whole numbers: sums are exact in any order.
        let bits = move |a: u32, b: u32| {
            let mixed = (a * 31 + b).wrapping_mul(0x9E37_79B9).wrapping_add(salt).wrapping_mul(0x85EB_CA6B) >> 16;
            (mixed % 50) as f32 - 20.0
        };
        let edges: Vec<Edge> =
            edges(&problem).into_iter().map(|e| Edge { bits: bits(number(e.a), number(e.b)), ..e }).collect();
        let plain = Problem {
            cannot_links: Vec::new(),
            must_links: Vec::new(),
            bridge: f32::NEG_INFINITY,
            ..problem
        };
        let symmetric = |a: u32, b: u32| bits(a.min(b), a.max(b));
        let found = clustered(&plain, &edges, Some(&symmetric), f32::from(mean));
        let roots: Vec<u32> = found.roots.into_iter().map(number).collect();
        prop_assert_eq!(roots, by_mean(&plain, &edges, &symmetric, f32::from(mean)));
    }
}

/// Cells that collide, with all kinds of damage; field for field of the shipped model.
fn person() -> impl Strategy<Value = Vec<&'static str>> {
    let of = |values: &[&'static str]| select(values.to_vec());
    (
        of(&[
            "",
            "王小明",
            "王晓明",
            "王小红",
            "王明小",
            "王小",
            "王?明",
            "李娜",
            "欧阳娜娜",
            "欧阳娜",
            "单晓丽",
            "善晓丽",
            "刘宁",
            "牛宁",
            "阿卜杜热西提买买提",
            "阿卜杜热西提买",
            "阿卜杜热",
            "ABDUREXIT MEMET",
            "张三",
            "王",
            "𬱖",
            "王𬱖",
            "??",
        ]),
        of(&["", "1", "2"]),
        of(&[
            "",
            "1980",
            "1980-01",
            "1980-01-01",
            "1980-10-03",
            "1980-03-10",
            "1979-11-14",
            "1980-01-11",
            "2012-05-05",
        ]),
        of(&[
            "",
            "37040219800101123X",
            "370402198001011239",
            "370402198001011238",
            "37040219800101000",
            "370402198001010000",
            "370402********1238",
            "E12345678",
            "4.40524E+17",
            "370402198010031211",
            "111111111111111111",
        ]),
        of(&["", "G1234567890", "G1234567891"]),
        of(&["", "13563201234", "13563205678|13563201234"]),
        of(&["", "王建国", "王健国"]),
        of(&["", "文化路12号", "光明路5号"]),
        of(&["", "370402", "370402001", "370402001201", "370402001202", "370403001201"]),
    )
        .prop_map(|(name, sex, born, id, student, phone, guardian, address, place)| {
            vec![name, sex, born, id, student, phone, guardian, address, place]
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bits_are_the_sum_of_their_ladder_and_the_same_both_ways(rows in proptest::collection::vec(person(), 2..12)) {
        let shipped = shipped();
        let table = records(&shipped.model, &rows);
        let records = table.records();
        let comparator = Comparator::new(&shipped.model, &records);
        let blocks = Blocks::new(&shipped.model, &records);
        let linker = Linker::new(&shipped.model, &shipped.trained, &records, blocks, Scope::default());
        for a in (0..rows.len()).map(RecordNumber::new) {
            for b in (0..rows.len()).map(RecordNumber::new) {
                let of = || format!("{:?} {:?}", rows[a.index()], rows[b.index()]);
                prop_assert_eq!(comparator.pattern(a, b), comparator.pattern(b, a), "{}", of());
                let bits = linker.bits(a, b);
                prop_assert!(bits.is_finite());
                prop_assert_eq!(bits, linker.bits(b, a), "{}", of());
                let ladder = linker.ladder(a, b);
                prop_assert_eq!(ladder.total, bits);
                let sum = ladder.prior
                    + ladder.rungs.iter().map(|r| r.bits).sum::<f32>()
                    + ladder.adjustments.iter().map(|x| x.1).sum::<f32>();
                prop_assert!((sum - bits).abs() < 1e-3, "{sum} {bits}: {ladder:?}");
                for rung in ladder.rungs.iter().filter(|r| r.level.is_empty()) {
                    prop_assert_eq!(rung.bits, 0.0, "not given is no evidence");
                }
            }
        }
    }

    #[test]
    fn what_is_decided_early_is_what_a_whole_comparison_says(
        rows in proptest::collection::vec(person(), 2..40), review in -30f32..30.0, weights in any::<u64>()
    ) {
        let shipped = shipped();
        let mut model = shipped.model.clone();
        model.thresholds.review = review;
        // Other weights, so that no bound holds only because of those that are shipped.
        let mut trained = shipped.trained.clone();
        let mut draw = weights;
        let mut drawn = || {
            draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            10f64.powf((draw >> 40) as f64 / f64::from(1 << 24) * -7.0)
        };
        if weights % 4 != 0 {
            trained.m.iter_mut().chain(&mut trained.u).flatten().for_each(|share| *share = drawn());
        }
        let table = records(&model, &rows);
        let records = table.records();
        let blocks = Blocks::new(&model, &records);
        let mut linker = Linker::new(&model, &trained, &records, blocks, Scope::default());
        let found: Vec<(RecordNumber, RecordNumber, f32)> = linker.edges().iter().map(|e| (e.a, e.b, e.bits)).collect();
        let of = rows.len();
        let all: Vec<(RecordNumber, RecordNumber, f32)> = (0..of)
            .flat_map(|a| (a + 1..of).map(move |b| (RecordNumber::new(a), RecordNumber::new(b))))
            .filter(|(a, b)| linker.blocks.first_rule(*a, *b).is_some())
            .map(|(a, b)| (a, b, linker.bits(a, b)))
            .filter(|pair| pair.2 >= review)
            .collect();
        prop_assert_eq!(found, all);
    }

    #[test]
    fn distances_of_texts_are_the_same_both_ways(a in "[ab王小]{0,9}", b in "[ab王小]{0,9}") {
        prop_assert_eq!(damerau(&a, &b), damerau(&b, &a));
        prop_assert_eq!(damerau(&a, &b), osa(&a, &b));
        let similar = jaro_winkler(&a, &b);
        prop_assert!((0.0..=1.0).contains(&similar));
        prop_assert_eq!(similar == 1.0, a == b, "{}", similar);
        prop_assert_eq!(similar, jaro_winkler(&b, &a));
    }
}

/// Optimal string alignment as its definition says it.
fn osa(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut cost = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            cost[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let differ = usize::from(a[i - 1] != b[j - 1]);
                let mut least = (cost[i - 1][j] + 1).min(cost[i][j - 1] + 1).min(cost[i - 1][j - 1] + differ);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(cost[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    cost[a.len()][b.len()]
}

/// Winkler's own table (1990) and Christen, Data Matching (2012), with the prefix at 0.1.
#[test]
fn similarities_have_their_published_values() {
    let known = [
        ("MARTHA", "MARHTA", 0.9611),
        ("DWAYNE", "DUANE", 0.84),
        ("DIXON", "DICKSONX", 0.8133),
        ("JONES", "JOHNSON", 0.8324),
        ("SHACKLEFORD", "SHACKELFORD", 0.9818),
        ("DUNNINGHAM", "CUNNIGHAM", 0.8963),
        ("MASSEY", "MASSIE", 0.9333),
        ("ABROMS", "ABRAMS", 0.9222),
        ("JON", "JAN", 0.8),
        ("", "A", 0.0),
        ("", "", 1.0),
    ];
    for (a, b, expected) in known {
        assert!((jaro_winkler(a, b) - expected).abs() < 1e-4, "{a} {b}: {}", jaro_winkler(a, b));
    }
    // By characters, not by bytes: one of three differs, whichever it is.
    assert_eq!(jaro_winkler("王小明", "王晓明"), jaro_winkler("JON", "JAN"));
    assert_eq!(damerau("张伟", "张玮"), 1);
    assert_eq!(damerau("CA", "ABC"), 3, "optimal string alignment, not the unrestricted distance");
    assert_eq!(damerau("王小明", "王明小"), 1);
}

#[test]
fn a_model_is_told_every_problem_at_once() {
    let text = r#"
title = "wrong"
version = 1
thresholds = { join = 0, review = 3 }
blocks = { split = ["nobody"], order = ["name.nothing"] }
[[field]]
name = "name"
type = "name-zh"
normalise = ["nonsense"]
[[field]]
name = "name"
type = "letters"
[[field]]
name = "born"
type = "date"
[[block]]
name = "born"
keys = ["born.sound", "absent"]
[[group]]
name = "household"
at_most_with_prior = 0
[[comparison]]
name = "name"
kind = "text-zh"
fields = ["unknown"]
group = "nobody's"
levels = [{ is = ["equal"] }, {}]
[[comparison]]
name = "born"
kind = "date"
fields = ["born"]
levels = [{ is = ["equal", "older"] }, {}, {}]
[[comparison]]
name = "place"
kind = "place"
fields = ["born"]
levels = [{}]
[[absorb]]
when = ["name"]
comparisons = ["none"]
[[adjust]]
name = "twins"
when = ["born: different", "ghost: equal"]
bits = 1
"#;
    let problems = Model::parse(text).unwrap_err();
    let expected = [
        "there is no normaliser `nonsense`",
        "the type `letters` is none of text, code, name-zh, date, resident-id, phones, place",
        "the field `name` is declared twice",
        "the kind `text-zh` is none of text, name-zh, date, resident-id, phones, place",
        "there is no field `unknown`",
        "there is no group `nobody's`",
        "`older` is no relation of date",
        "only the last level may leave `is` out",
        "the kind place needs one place",
        "a comparison has 2 to 15 levels",
        "a field of type date has no feature `sound`",
        "rule `born`: there is no field `absent`",
        "blocks.split: there is no field `nobody`",
        "blocks.order: a field of type",
        "`name` is not of the form `comparison: relation | relation`",
        "absorb: there is no comparison `none`",
        "`born` has no level with `different`",
        "adjust `twins`: there is no comparison `ghost`",
        "thresholds: review is above join",
    ];
    for problem in expected {
        assert!(problems.iter().any(|p| p.en.contains(problem)), "{problem}\nin\n{problems:#?}");
    }
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
}

#[test]
fn an_id_number_of_any_table_is_judged_in_its_normal_form() {
    let text = r#"
title = "numbers"
version = 1
thresholds = { join = 0, review = 0, bridge = 3 }
[[field]]
name = "id"
type = "resident-id"
normalise = ["number"]
nothing = ["NONE"]
[[block]]
name = "id"
keys = ["id"]
[[comparison]]
name = "id"
kind = "resident-id"
fields = ["id"]
levels = [{ is = ["equal"] }, { is = ["same-text"] }, {}]
"#;
    let model = model(text);
    let rows: Vec<Vec<&str>> =
        ["11010519491231010x", "11010519491231010X", "１１０１０５１９４９１２３１０１０Ｘ", "none", "none"]
            .map(|id| vec![id])
            .to_vec();
    assert!(xinhui::schema::resident_id::is_valid_resident_id(rows[1][0]), "{}", rows[1][0]);
    let table = records(&model, &rows);
    let records = table.records();
    let comparator = Comparator::new(&model, &records);
    for (a, b, level) in [(0, 1, 1), (0, 2, 1), (1, 2, 1), (3, 4, 0), (0, 3, 0)] {
        let pattern = comparator.pattern(record(a), record(b));
        assert_eq!(pattern, level, "{} {}", rows[a as usize][0], rows[b as usize][0]);
    }
    let nowhere = Model::parse(&text.replace("join = 0", "join = nan")).unwrap_err();
    assert_eq!(nowhere[0].en, "thresholds: a threshold is no number");
    assert_eq!(nowhere.len(), 1);
}

#[test]
fn fields_that_stand_in_each_others_place_are_seen_though_each_numbers_its_own_texts() {
    let model = model(
        r#"
title = "people"
version = 1
thresholds = { join = 0, review = -3 }
blocks = { split = [], order = ["given"] }
[[field]]
name = "given"
type = "text"
[[field]]
name = "family"
type = "text"
[[block]]
name = "given"
keys = ["given"]
[[comparison]]
name = "names"
kind = "text"
fields = ["given", "family"]
levels = [{ is = ["equal"] }, { is = ["swapped"] }, { is = ["crossed"] }, { is = ["edits 1"] }, {}]
"#,
    );
    let rows = [["zoe", "adams"], ["adams", "zoe"], ["mia", "zoe"], ["zoe", "brown"], ["", "zoe"], ["zoa", "adams"]];
    let table = records(&model, &rows.map(|row| row.to_vec()));
    let records = table.records();
    let comparator = Comparator::new(&model, &records);
    let level = |a: u32, b: u32| comparator.pattern(record(a), record(b));
    // The place of a level in the list, from 1.
    assert_eq!([level(0, 1), level(1, 0)], [2, 2], "exchanged");
    assert_eq!([level(0, 2), level(2, 0), level(0, 4)], [3, 3, 3], "one of the two in the other's place");
    assert_eq!([level(0, 3), level(0, 5), level(1, 2)], [1, 4, 5], "the same, nearly the same, another");
}

#[test]
fn a_name_that_stands_for_two_things_is_a_problem() {
    let shipped = include_str!("../../../schemas/link.toml");
    let one = |from: &str, to: &str| {
        assert!(shipped.contains(from), "{from}");
        Model::parse(&shipped.replacen(from, to, 1))
            .err()
            .map(|p| xinhui::error::Words::joined(&p, "\n").en.into_owned())
            .unwrap_or_default()
    };
    assert!(Model::parse(shipped).is_ok());
    // Weights are by the comparison's name; a relation can have one level alone.
    let twice = one("name = \"student number\"\nkind", "name = \"name\"\nkind");
    assert!(twice.contains("the comparison `name` is declared twice"), "{twice}");
    let twice = one("{ is = [\"surname\"], at_most = -3 }", "{ is = [\"surname\", \"equal\"] }");
    assert!(twice.contains("`equal` stands in two levels"), "{twice}");
    let unknown = one("title =", "titel =");
    assert!(unknown.contains("titel"), "{unknown}");
}

#[test]
fn numbers_of_things_take_four_bytes_as_none_does_and_digests_of_them_stay() {
    assert_eq!([size_of::<Option<RecordNumber>>(), size_of::<Option<BlockNumber>>()], [4, 4]);
    for number in [0, 7, u32::MAX - 2] {
        let digest = |of: &dyn Fn(&mut DefaultHasher)| {
            let mut hasher = DefaultHasher::new();
            of(&mut hasher);
            hasher.finish()
        };
        // A memory of the last program tells a cut by the digest of its records.
        assert_eq!(digest(&|hasher| record(number).hash(hasher)), digest(&|hasher| number.hash(hasher)));
    }
    let first = BlockNumber::new(0);
    assert_eq!((first.to_lane(), BlockNumber::of_lane(1), BlockNumber::of_lane(0)), (1, Some(first), None));
}
