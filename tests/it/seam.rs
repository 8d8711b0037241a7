//! Tables go into the engine and come out of it as Arrow record batches, unchanged and without a copy.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringViewArray,
};
use arrow::compute::concat_batches;
use arrow::datatypes::Int64Type;
use proptest::prelude::*;
use xinhui::engine::{Frame, Session};

type Row = (Option<i64>, Option<i32>, Option<bool>, Option<u8>, Option<i16>);

/// Texts that stand within their view, and texts that do not.
const TEXTS: [&str; 5] = ["", "a", "370832001001", "a longer name of a kind", "名称较长的第二个机构名称"];

fn batch(rows: &[Row]) -> RecordBatch {
    let column = |name: &str, array: ArrayRef| (name.to_owned(), array, true);
    RecordBatch::try_from_iter_with_nullable([
        column("id", Arc::new(rows.iter().map(|r| r.0).collect::<Int64Array>())),
        column("day", Arc::new(rows.iter().map(|r| r.1).collect::<Int32Array>())),
        column("own", Arc::new(rows.iter().map(|r| r.2).collect::<BooleanArray>())),
        column(
            "text",
            Arc::new(rows.iter().map(|r| r.3.map(|t| TEXTS[t as usize % TEXTS.len()])).collect::<StringViewArray>()),
        ),
        column("area", Arc::new(rows.iter().map(|r| r.4.map(|n| f64::from(n) / 8.0)).collect::<Float64Array>())),
    ])
    .expect("columns of one length")
}

/// Batches of the rows between the cuts: slices, so that nothing begins where its buffer begins.
fn cut(rows: &[Row], cuts: &[usize]) -> Frame {
    let whole = batch(rows);
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (rows.len() + 1)).chain([0, rows.len()]).collect();
    at.sort_unstable();
    let batches = at.windows(2).map(|ends| whole.slice(ends[0], ends[1] - ends[0])).collect();
    Frame::new(whole.schema(), batches)
}

fn one(frame: &Frame) -> RecordBatch {
    concat_batches(frame.schema(), frame.batches()).expect("one batch")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_the_engine_gives_is_what_it_was_given(
        rows in prop::collection::vec(any::<Row>(), 0..200),
        cuts in prop::collection::vec(any::<usize>(), 0..4),
    ) {
        let given = cut(&rows, &cuts);
        let mut session = Session::default();
        session.register("t", &given).unwrap();
        prop_assert_eq!(one(&session.table("t").unwrap()), one(&given));
        let all = session.query("t", "SELECT id, day, own, text, area FROM t", ["t"]).unwrap();
        prop_assert_eq!(one(&all), one(&given));
        // A table that a query made is one like any other.
        session.create("some", "SELECT text, id FROM t WHERE id IS NOT NULL", ["t"]).unwrap();
        let kept: Vec<Row> = rows.iter().copied().filter(|r| r.0.is_some()).collect();
        let expected = batch(&kept).project(&[3, 0]).unwrap();
        prop_assert_eq!(one(&session.table("some").unwrap()), expected);
    }
}

#[test]
fn the_engine_shares_the_memory_of_a_table() {
    let rows: Vec<Row> = (0..100).map(|i| (Some(i), Some(1), Some(true), Some(3), None)).collect();
    let given = cut(&rows, &[40]);
    let mut session = Session::default();
    session.register("t", &given).unwrap();
    let back = session.table("t").unwrap();
    for (a, b) in given.batches().iter().zip(back.batches()) {
        let numbers = |batch: &RecordBatch| batch.column(0).as_primitive::<Int64Type>().values().as_ptr();
        let texts = |batch: &RecordBatch| batch.column(3).as_string_view().views().as_ptr();
        assert_eq!((numbers(a), texts(a)), (numbers(b), texts(b)));
    }
}

#[test]
fn a_type_that_tables_do_not_have_is_named() {
    let bytes: ArrayRef = Arc::new(arrow::array::BinaryArray::from_iter_values([b"x"]));
    let frame = Frame::of_columns(vec![("raw".to_owned(), bytes)]).unwrap();
    let e = Session::default().register("t", &frame).unwrap_err();
    assert!(e.to_string().contains("Binary"), "{e}");
}
