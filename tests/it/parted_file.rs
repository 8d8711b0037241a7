//! A file of parts: any reader sees one table, a part is read alone, and it is the same whether it was written or copied.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use rayon::prelude::*;
use xinhui::error::Result;
use xinhui::store::parted_file::{NewPart, PartSource, PartedFile, write_parts};
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

/// Writes all parts; those that are named are copied from `before` if it has them whole.
fn write(path: &Path, before: Option<&PartedFile>, copied: &[&str], note: &str) -> Result<usize> {
    let part = |&(name, count): &(&'static str, usize)| {
        let digest = format!("of {name}");
        let same = before.filter(|_| copied.contains(&name)).and_then(|before| before.same(name, &digest));
        let rows = match same {
            Some(part) => PartSource::Same(part),
            None => PartSource::Fresh(Box::new(move || Ok(rows(name, count)))),
        };
        NewPart { name: name.to_owned(), digest, rows }
    };
    let parts: Vec<NewPart<'_>> = PARTS.iter().map(part).collect();
    let taken = parts.iter().filter(|part| matches!(part.rows, PartSource::Same(_))).count();
    let notes = [("night", note.to_owned())];
    write_parts(path, &rows("a", 0).schema(), &notes, &["key"], before, &parts).map(|()| taken)
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
    assert_eq!(write(&first, Some(&before), &["a", "b", "c", "e"], "2").unwrap(), 4);
    assert!(std::fs::read(&first).unwrap() == expected);
    let again = PartedFile::open(&first).unwrap().unwrap();
    assert_eq!(write(&first, Some(&again), &["b", "d"], "2").unwrap(), 2);
    assert!(std::fs::read(&first).unwrap() == expected);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left beside it");
    assert!(again.same("a", "of b").is_none(), "a part of other rows");
}

/// Whatever bit of a part is wrong: it is made anew, and the next file is whole.
#[test]
fn a_damaged_part_is_not_copied() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("parts.parquet");
    write(&path, None, &[], "1").unwrap();
    let whole = std::fs::read(&path).unwrap();
    let all = PARTS.map(|(name, _)| name);
    let footer = u32::from_le_bytes(whole[whole.len() - 8..whole.len() - 4].try_into().unwrap()) as usize;
    let of_parts = whole.len() - 8 - footer;
    for at in (4..of_parts).step_by(of_parts / 12) {
        let mut damaged = whole.clone();
        damaged[at] ^= 4;
        std::fs::write(&path, damaged).unwrap();
        let before = PartedFile::open(&path).unwrap().unwrap();
        assert_eq!(write(&path, Some(&before), &all, "1").unwrap(), PARTS.len() - 1, "byte {at}");
        assert!(std::fs::read(&path).unwrap() == whole, "byte {at}");
    }
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
