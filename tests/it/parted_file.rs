//! A file of parts is the same whether a part was written or copied, and any reader sees one table.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use rayon::prelude::*;
use xinhui::error::Result;
use xinhui::store::parted_file::{Content, PartedFile, write_parts};
use xinhui::store::table_file::read_table;

fn rows(of: &str, count: usize) -> RecordBatch {
    RecordBatch::try_from_iter([
        ("part", Arc::new(StringArray::from(vec![of; count])) as ArrayRef),
        ("key", Arc::new(StringArray::from_iter_values((0..count).map(|i| format!("{of}-{i:06}"))))),
        ("share", Arc::new(Float64Array::from_iter_values((0..count).map(|i| i as f64 / 7.0)))),
    ])
    .unwrap()
}

/// A large part of several row groups, an empty one, small ones.
const PARTS: [(&str, usize); 5] = [("a", 3), ("b", 600_000), ("c", 0), ("d", 1), ("e", 70_000)];

fn write(path: &Path, before: Option<&PartedFile>, kept: &[&str], note: &str) -> Result<()> {
    let parts: Vec<(String, Content<'_>)> = PARTS
        .iter()
        .map(|&(name, count)| {
            let content = match before.and_then(|b| b.part(name)).filter(|_| kept.contains(&name)) {
                Some(part) => Content::Kept(part.clone()),
                None => Content::New(Box::new(move || Ok(rows(name, count)))),
            };
            (name.to_owned(), content)
        })
        .collect();
    write_parts(path, &rows("a", 0).schema(), &[("night", note.to_owned())], &["key"], before, &parts)
}

#[test]
fn a_part_that_is_copied_is_the_same_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("first.parquet"), dir.path().join("second.parquet"));
    write(&first, None, &[], "1").unwrap();
    write(&second, None, &[], "2").unwrap();
    let expected = std::fs::read(&second).unwrap();
    let before = PartedFile::open(&first).unwrap().unwrap();
    assert_eq!(before.note("night"), Some("1"));
    // The file that parts are copied from is the one that is replaced.
    write(&first, Some(&before), &["a", "b", "c", "e"], "2").unwrap();
    assert!(std::fs::read(&first).unwrap() == expected);
    let again = PartedFile::open(&first).unwrap().unwrap();
    write(&first, Some(&again), &["b", "d"], "2").unwrap();
    assert!(std::fs::read(&first).unwrap() == expected);
    assert!(std::fs::read_dir(dir.path()).unwrap().count() == 2, "nothing is left beside it");
}

#[test]
fn any_reader_sees_one_table_and_a_part_is_read_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("parts.parquet");
    write(&path, None, &[], "").unwrap();
    let all: Vec<RecordBatch> = read_table(&path, None).unwrap().collect::<Result<_>>().unwrap();
    let all = arrow::compute::concat_batches(&all[0].schema(), &all).unwrap();
    let expected: Vec<RecordBatch> = PARTS.iter().map(|(name, count)| rows(name, *count)).collect();
    assert_eq!(all, arrow::compute::concat_batches(&all.schema(), &expected).unwrap());

    let opened = PartedFile::open(&path).unwrap().unwrap();
    for (name, count) in PARTS {
        let part = opened.part(name).unwrap();
        assert_eq!(part.rows, count as u64);
        let read = opened.read(part, &["key"]).unwrap();
        assert_eq!(read.iter().map(RecordBatch::num_rows).sum::<usize>(), count);
        let keys = rows(name, count).project(&[1]).unwrap();
        assert_eq!(arrow::compute::concat_batches(&keys.schema(), &read).unwrap(), keys);
    }
    assert!(opened.part("f").is_none());
}

#[test]
fn parts_are_read_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("parts.parquet");
    write(&path, None, &[], "").unwrap();
    let opened = PartedFile::open(&path).unwrap().unwrap();
    (0..200usize).into_par_iter().for_each(|i| {
        let (name, count) = PARTS[[0, 3, 4][i % 3]];
        let read = opened.read(opened.part(name).unwrap(), &["part", "key", "share"]).unwrap();
        assert_eq!(arrow::compute::concat_batches(&read[0].schema(), &read).unwrap(), rows(name, count));
    });
}

#[test]
fn a_table_of_no_parts_is_no_parted_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plain.parquet");
    xinhui::store::table_file::write_table(&path, &rows("a", 3), &std::collections::BTreeMap::new()).unwrap();
    assert!(PartedFile::open(&path).unwrap().is_none());
    assert!(PartedFile::open(&dir.path().join("none.parquet")).is_err());
}
