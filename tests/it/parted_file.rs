//! A file of parts: any reader sees one table, and a part is read alone.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use rayon::prelude::*;
use xinhui::error::Result;
use xinhui::store::parted_file::{NewPart, PartedFile, write_parts};
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

fn write(path: &Path, note: &str) -> Result<()> {
    let parts: Vec<NewPart<'_>> = PARTS
        .iter()
        .map(|&(name, count)| NewPart { name: name.to_owned(), rows: Box::new(move || Ok(rows(name, count))) })
        .collect();
    write_parts(path, &rows("a", 0).schema(), &[("night", note.to_owned())], &["key"], &parts)
}

#[test]
fn a_file_takes_the_place_of_another_and_nothing_is_left_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("parts.parquet");
    for note in ["1", "2"] {
        write(&path, note).unwrap();
        assert_eq!(PartedFile::open(&path).unwrap().unwrap().note("night"), Some(note));
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn any_reader_sees_one_table_and_a_part_is_read_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("parts.parquet");
    write(&path, "").unwrap();
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
    write(&path, "").unwrap();
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
