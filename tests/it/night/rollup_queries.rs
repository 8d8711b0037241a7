//! Rollups are counted over coded columns; what `xinhui explain` shows for them is SQL. On the embedded engine too
//! that SQL gives every published row. (DuckDB and DataFusion are asked by `.ci/engines_agree.py`.)

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use xinhui::engine::{Frame, Session};
use xinhui::schema::Schemas;
use xinhui::store::table_file::read_table;

use super::store::{TestStore, expect, xinhui};
use crate::synth::tables::files_below;

/// The rows of a table by their key: level, division and dimensions.
type Rows = BTreeMap<(String, String, Vec<String>), Vec<i64>>;

/// What an explanation makes, in order, and what it asks of each level: dimensions and SQL.
struct Explained {
    made: Vec<(String, String)>,
    asked: Vec<(String, Vec<String>, String)>,
}

fn explained(config: &Path, name: &str, period: &str) -> Explained {
    let mut command = xinhui();
    command.args(["explain", name, "--sql", "--period", period, "--lang", "en", "--config"]).arg(config);
    let text = String::from_utf8(expect(&mut command, 0).stdout).expect("text");
    let (mut made, mut asked) = (Vec::new(), Vec::new());
    for statement in text[text.find("-- SQL").expect("SQL")..].split(";\n") {
        let (comments, sql): (Vec<&str>, Vec<&str>) =
            statement.lines().filter(|line| !line.is_empty()).partition(|line| line.starts_with("--"));
        let sql = sql.join("\n");
        if let Some((table, query)) = sql.strip_prefix("CREATE TEMP TABLE ").and_then(|s| s.split_once(" AS\n")) {
            made.push((table.to_owned(), query.to_owned()));
        } else if !sql.is_empty() {
            let of = comments.last().expect("a level").trim_start_matches("-- ");
            let (level, dimensions) = of.split_once(": ").unwrap_or((of, ""));
            let dimensions = dimensions.split(", ").filter(|d| !d.is_empty()).map(str::to_owned).collect();
            asked.push((level.to_owned(), dimensions, sql));
        }
    }
    Explained { made, asked }
}

/// Every name that the SQL holds and the session has a table of.
fn reads<'s>(session: &Session, sql: &'s str) -> Vec<&'s str> {
    let words = sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| session.contains(word)).collect::<BTreeSet<_>>().into_iter().collect()
}

fn asked(session: &mut Session, explained: &Explained, dimensions: &[String]) -> Rows {
    for (table, sql) in &explained.made {
        if !session.contains(table) {
            let reads = reads(session, sql);
            session.create(table, sql, reads).expect("SQL of a fact");
        }
    }
    let mut rows = Rows::new();
    for (level, by, sql) in &explained.asked {
        let found = session.query("a rollup", sql, reads(session, sql)).expect("SQL of a rollup");
        let names = found.column_names();
        let codes = found.strings("division_code").expect("codes");
        let of: Vec<Vec<Option<String>>> = by.iter().map(|d| found.strings(d).expect("a dimension")).collect();
        let measures: Vec<Vec<Option<i64>>> =
            names[1 + by.len()..].iter().map(|m| found.ints(m).expect("a measure")).collect();
        for (row, code) in codes.into_iter().enumerate() {
            let value = |d: &String| {
                let at = by.iter().position(|b| b == d);
                at.map_or("_all".to_owned(), |at| of[at][row].clone().expect("a value"))
            };
            let key = (level.clone(), code.expect("a code"), dimensions.iter().map(value).collect());
            rows.insert(key, measures.iter().map(|m| m[row].unwrap_or(0)).collect());
        }
    }
    rows
}

/// The dimensions of a published rollup, and its rows by period.
fn published(path: &Path) -> (Vec<String>, BTreeMap<String, Rows>) {
    const HEAD: [&str; 6] = ["level", "division_code", "division_name", "period_kind", "period", "complete"];
    let (mut dimensions, mut periods) = (Vec::new(), BTreeMap::<String, Rows>::new());
    for batch in read_table(path, None).expect("a rollup") {
        let batch = batch.expect("rows");
        let schema = batch.schema();
        let others = schema.fields().iter().filter(|f| !HEAD.contains(&f.name().as_str()));
        let (numbers, texts): (Vec<_>, Vec<_>) = others.partition(|f| *f.data_type() == DataType::Int64);
        dimensions = texts.iter().map(|f| f.name().clone()).collect();
        let text = |name: &str, row: usize| {
            let column = cast(batch.column_by_name(name).expect("a column"), &DataType::Utf8).expect("text");
            column.as_string::<i32>().value(row).to_owned()
        };
        let number = |name: &str, row: usize| {
            batch.column_by_name(name).expect("a column").as_primitive::<Int64Type>().value(row)
        };
        for row in 0..batch.num_rows() {
            let values = dimensions.iter().map(|d| text(d, row)).collect();
            let key = (text("level", row), text("division_code", row), values);
            let measures = numbers.iter().map(|f| number(f.name(), row)).collect();
            periods.entry(text("period", row)).or_default().insert(key, measures);
        }
    }
    (dimensions, periods)
}

#[test]
fn the_sql_of_every_rollup_gives_the_published_rows_on_the_embedded_engine() {
    let store = TestStore::synth(&[
        "--city",
        "3708",
        "--counties",
        "370832,370811",
        "--towns",
        "1",
        "--persons",
        "120",
        "--seed",
        "11",
        "--dirt",
        "light",
        "--formats",
        "csv",
    ]);
    let config = std::fs::read_to_string(store.config()).expect("a config");
    std::fs::write(store.config(), format!("query_tables = \"tables\"\n{config}")).expect("a config");
    store.publish();
    let tables = files_below(&store.path().join("tables"));
    let rollups = Schemas::embedded().expect("declarations").rollups;
    let mut compared = 0;
    for period in ["2023-05", "2023-Q2", "2023"] {
        let mut session = Session::default();
        for (name, path) in &tables {
            let rows = Frame::of_file(path, None).expect("rows");
            session.register(name.trim_end_matches(".parquet"), &rows).expect("a table");
        }
        for rollup in rollups.iter().map(|r| r.name.as_str()) {
            let path = store.internal().join(format!("rollups/{rollup}/{rollup}.parquet"));
            let (dimensions, mut periods) = published(&path);
            let published = periods.remove(period).unwrap_or_default();
            let found = asked(&mut session, &explained(&store.config(), rollup, period), &dimensions);
            assert_eq!(found, published, "{rollup}, {period}");
            compared += published.len();
        }
    }
    assert!(compared > 500, "{compared} rows");
}
