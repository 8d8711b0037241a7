//! The same facts in other files, other orders and other nights give the same bytes.

use std::collections::BTreeMap;
use std::path::Path;

use super::store::{TestStore, assert_same_bytes, bytes_below, expect, xinhui};
use crate::synth::tables::files_below;

const SMALL: [&str; 6] = ["--persons", "250", "--counties", "370832,370811", "--towns", "2"];

fn sample(more: &[&str]) -> TestStore {
    TestStore::synth(&[&SMALL[..], more].concat()).quick()
}

/// What must not depend on files: indicators, scorecard and rollups.
fn numbers(store: &TestStore) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for folder in ["indicators", "scorecard", "rollups"] {
        for (name, bytes) in bytes_below(&store.internal().join(folder)) {
            all.insert(format!("{folder}/{name}"), bytes);
        }
    }
    assert!(all.len() > 10, "{:?}", all.keys());
    all
}

/// Orders that look like nothing, and are the same each time.
struct Shuffle(u64);

impl Shuffle {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as usize
    }

    fn order<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// Files of rows that stand alone on a line, with the number of header lines.
fn line_files(inbox: &Path) -> Vec<(std::path::PathBuf, usize)> {
    files_below(inbox)
        .into_iter()
        .filter_map(|(name, path)| {
            // Broken files stay as they are.
            let dated = name.contains("_2022") || name.contains("_2023");
            match path.extension()?.to_str()? {
                "jsonl" if dated => Some((path, 0)),
                "csv" if dated => Some((path, 1)),
                _ => None,
            }
        })
        .collect()
}

fn shuffle_rows(inbox: &Path, seed: u64) {
    let mut shuffle = Shuffle(seed);
    let files = line_files(inbox);
    assert!(files.len() > 20, "{} files", files.len());
    for (path, headers) in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        shuffle.order(&mut lines[headers..]);
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    }
}

/// Gives files names that stand in another order, with the same date.
fn rename_files(inbox: &Path) {
    for (n, (path, _)) in line_files(inbox).into_iter().enumerate() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let (_, dated) = name.rsplit_once('_').unwrap();
        std::fs::rename(&path, path.with_file_name(format!("{:04}导出_{dated}", 9999 - n))).unwrap();
    }
}

/// Cuts each file in two of the same date.
fn split_files(inbox: &Path) {
    for (path, headers) in line_files(inbox) {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        if lines.len() < headers + 2 {
            continue;
        }
        let (head, rows) = lines.split_at(headers);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        std::fs::remove_file(&path).unwrap();
        // Rows in turn, so that rows that were neighbours come to stand in two files.
        for part in 0..2 {
            let of_part = rows.iter().skip(part).step_by(2);
            let text: Vec<&str> = head.iter().chain(of_part).copied().collect();
            std::fs::write(path.with_file_name(format!("{part}{name}")), text.join("\n") + "\n").unwrap();
        }
    }
}

/// Runs other shapes of one input and compares.
fn hold(sample: &TestStore, code: i32) {
    let changed = |what: &str, change: &dyn Fn(&Path)| {
        let other = sample.copy();
        change(&other.path().join("inbox"));
        other.run(code);
        (what.to_owned(), other)
    };
    let others = [
        changed("rows in another order", &|inbox| shuffle_rows(inbox, 1)),
        changed("files in another order, rows too", &|inbox| {
            shuffle_rows(inbox, 2);
            rename_files(inbox);
        }),
        changed("each file in two", &split_files),
    ];
    sample.run(code);
    let expected = numbers(sample);
    for (what, other) in &others {
        assert_same_bytes(&numbers(other), &expected, what);
    }
}

#[test]
fn the_order_and_the_cut_of_clean_files_change_nothing() {
    hold(&sample(&["--dirt", "none"]), 0);
}

#[test]
fn the_order_and_the_cut_of_dirty_files_change_nothing() {
    hold(&sample(&["--dirt", "normal", "--formats", "jsonl"]), 1);
}

#[test]
fn night_by_night_or_all_at_once_is_the_same() {
    let nightly = sample(&["--dirt", "normal", "--formats", "csv,xlsx,jsonl,parquet", "--nights", "3"]);
    let at_once = nightly.copy();
    let backwards = nightly.copy();
    for night in 1..=3 {
        nightly.arrive(night);
        nightly.run(1);
        at_once.arrive(night);
    }
    at_once.run(1);
    let expected = numbers(&at_once);
    assert_same_bytes(&numbers(&nightly), &expected, "three nights");
    for night in [2, 3, 1] {
        backwards.arrive(night);
        backwards.publish();
    }
    assert_same_bytes(&numbers(&backwards), &expected, "three nights in another order");
    // The same files: the whole snapshot but its times.
    assert_same_bytes(&bytes_below(&nightly.internal()), &bytes_below(&at_once.internal()), "three nights");
}

#[test]
fn one_thread_or_two_is_the_same() {
    let one = sample(&["--dirt", "normal", "--formats", "csv,xlsx,xls,jsonl,parquet,zip"]);
    let two = one.copy();
    for (store, threads) in [(&one, "1"), (&two, "2")] {
        expect(xinhui().args(["run", "--threads", threads, "--config"]).arg(store.config()), 1);
    }
    assert_same_bytes(&bytes_below(&two.internal()), &bytes_below(&one.internal()), "two threads");
}

#[test]
fn a_run_over_a_new_store_is_the_same() {
    let first = sample(&["--dirt", "light"]);
    let second = first.copy();
    first.run(1);
    second.run(1);
    assert_same_bytes(&bytes_below(&second.internal()), &bytes_below(&first.internal()), "another store");
    let people = |s: &TestStore| std::fs::read(s.path().join("store/private/persons.parquet")).unwrap();
    assert!(people(&first) == people(&second), "person keys differ");
}
