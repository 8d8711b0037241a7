//! Groupings counted in one pass are those of the SQL.

use std::collections::BTreeMap;

use proptest::prelude::*;
use xinhui::engine::{Frame, Session, strings_and_ints};
use xinhui::schema::rollup::Aggregate;
use xinhui::tally::{Groups, NO_TEXT, Tally, TallyMeasure};

type Row = (Option<u8>, Option<u8>, Option<i16>, Option<i16>, bool);

fn table(rows: &[Row], names: &[&str]) -> Frame {
    let text = |value: Option<u8>| value.map(|v| names[v as usize % names.len()].to_owned());
    strings_and_ints(
        vec![("place", rows.iter().map(|r| text(r.0)).collect()), ("kind", rows.iter().map(|r| text(r.1)).collect())],
        vec![
            ("person", rows.iter().map(|r| r.2.map(|p| i64::from(p % 40))).collect()),
            ("amount", rows.iter().map(|r| r.3.map(i64::from)).collect()),
            ("planned", rows.iter().map(|r| r.2.filter(|_| r.4).map(|p| i64::from(p % 40))).collect()),
            ("other", rows.iter().map(|r| r.3.map(|p| i64::from(p % 7))).collect()),
        ],
    )
    .expect("columns of one length")
}

/// Measures of each group, by its texts.
fn by_texts(groups: &Groups) -> BTreeMap<Vec<String>, Vec<i64>> {
    let size = groups.keys[0].codes.len();
    (0..size)
        .map(|at| {
            let text = |code: u32| groups.keys[0].texts.get(code as usize);
            assert!(text(groups.keys[0].codes[at]).is_some(), "a group without a place");
            let key = groups.keys.iter().map(|k| match k.codes[at] {
                NO_TEXT => "null".to_owned(),
                code => k.texts[code as usize].clone(),
            });
            (key.collect(), groups.measures.iter().map(|m| m[at]).collect())
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_tally_counts_what_the_sql_counts(rows in prop::collection::vec(any::<Row>(), 0..300)) {
        // Short and long texts are kept in different ways.
        let names = ["a", "370832001001", "a longer name of a kind", "another name of that length", "unknown"];
        let frame = table(&rows, &names);
        let distinct = |column: &str| TallyMeasure::Distinct(column.to_owned());
        let measures = [
            TallyMeasure::Rows,
            distinct("person"),
            distinct("planned"),
            distinct("other"),
            TallyMeasure::Sum("amount".to_owned()),
        ];
        let tally = Tally::new(&frame, &["place", "kind"], &measures).unwrap().expect("whole numbers");
        let mut session = Session::default();
        session.register("t", &frame).unwrap();
        let counts = "COUNT(*) AS c, COUNT(DISTINCT person) AS d, COUNT(DISTINCT planned) AS e, \
                      COUNT(DISTINCT other) AS f, SUM(amount) AS s FROM t WHERE place IS NOT NULL GROUP BY";
        for keys in [&["place"][..], &["place", "kind"]] {
            let list = keys.join(", ");
            let sql = session.query("t", &format!("SELECT {list}, {counts} {list}"), ["t"]).unwrap();
            let expected = Groups::of_frame(&sql, keys, &["c", "d", "e", "f", "s"]).unwrap();
            prop_assert_eq!(by_texts(&tally.groups(keys)), by_texts(&expected));
        }
    }
}

#[test]
fn only_plain_counts_and_sums_are_counted_without_the_engine() {
    assert_eq!(Aggregate::of("COUNT(*)"), Some(Aggregate::Rows));
    assert_eq!(Aggregate::of("COUNT(DISTINCT person_key)"), Some(Aggregate::Distinct("person_key".to_owned())));
    assert_eq!(Aggregate::of("SUM(COALESCE(n, 0))"), Some(Aggregate::Sum("COALESCE(n, 0)".to_owned())));
    for other in ["COUNT(n)", "SUM(DISTINCT n)", "MAX(n)", "COUNT(*) + 1", "SUM(n) OVER ()", "COUNT(DISTINCT a, b)"] {
        assert_eq!(Aggregate::of(other), None, "{other}");
    }
}
