//! What is new comes in by declarations alone: an indicator, a plan, a measure and a dimension, with their words.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::hand::{HandStore, incidents};
use super::published::{int, table, text};
use super::store::{copy_tree, expect, xinhui};

/// Adds a text to the end of a declaration, or writes a new one.
fn add(schemas: &Path, file: &str, text: &str) {
    let path = schemas.join(file);
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    std::fs::write(path, before + text).expect("written");
}

fn edit(schemas: &Path, file: &str, from: &str, to: &str) {
    let path = schemas.join(file);
    let text = std::fs::read_to_string(&path).expect("a declaration");
    assert!(text.contains(from), "{file} does not hold `{from}`");
    std::fs::write(path, text.replacen(from, to, 1)).expect("written");
}

const INDICATOR: &str = "
[[indicator]]
id = \"severe_incidents\"
zh = \"较重以上案（事）件数\"
en = \"Incidents that are serious or worse\"
unit = \"count\"
window = \"period\"
count_of = \"incident\"
levels = [\"county\", \"city\"]
datasets = [\"police_incident\"]
definition = \"incidents of the period that are not general\"
fact = \"incident_period\"
numerator = { rows = true, where = \"severity <> 'general'\", counts = \"of-persons\" }
";

const PLAN: &str = "profile = \"liangshan-2024\"
division = \"370832\"
document = \"梁山县2024年计划\"

[[target]]
indicator = \"severe_incidents\"
level = \"county\"
op = \"<=\"
target = 1
due = \"2023-12-31\"
quote_zh = \"较重以上案（事）件不超过1起\"
";

/// The incidents of a county, and declarations that have more to say of them.
fn hand() -> HandStore {
    let hand = HandStore::new();
    hand.put(
        "370832/police/案事件.csv",
        incidents(&[
            ("I1", "2023-03-01", "extreme", "2023-03-02 08:00:00", ""),
            ("I2", "2023-04-01", "serious", "2023-04-02 08:00:00", ""),
            ("I3", "2023-05-01", "general", "2023-05-02 08:00:00", ""),
        ]),
    );
    copy_tree(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas")), &schemas(&hand));
    hand
}

fn schemas(hand: &HandStore) -> std::path::PathBuf {
    hand.store.path().join("schemas")
}

/// A command with the store's own declarations.
fn with_schemas(hand: &HandStore, words: &[&str], code: i32) -> String {
    let mut command = xinhui();
    command.current_dir(hand.store.path()).args(words).args(["--schemas", "schemas"]);
    let output = expect(&mut command, code);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a file says of itself.
fn said(path: &Path) -> BTreeMap<String, String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).expect("a table")).expect("Parquet");
    let pairs = reader.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    pairs.into_iter().filter_map(|pair| Some((pair.key, pair.value?))).collect()
}

#[test]
fn a_new_indicator_plan_measure_and_dimension_are_published_with_their_words() {
    let hand = hand();
    let at = schemas(&hand);
    with_schemas(&hand, &["run", "--config", "xinhui.toml"], 0);
    let rollup = hand.internal().join("rollups/incidents/incidents.parquet");
    assert!(!said(&rollup).contains_key("column:severe"));

    add(&at, "indicators/special.toml", INDICATOR);
    add(&at, "profiles/liangshan-2024.toml", PLAN);
    edit(
        &at,
        "rollups/rollups.toml",
        "incidents = { sql",
        "severe = { sql = \"SUM(CASE WHEN severity <> 'general' THEN 1 ELSE 0 END)\", zh = \"较重以上案事件数\", \
         en = \"Incidents that are serious or worse\", counts = \"of-persons\", part_of = \"incidents\" }\nincidents = { sql",
    );
    edit(
        &at,
        "rollups/rollups.toml",
        "dimensions = [\"severity\", \"factor\"]",
        "dimensions = [\"severity\", \"factor\", \"month\"]",
    );
    edit(
        &at,
        "rollups/rollups.toml",
        "[dimensions]\n",
        "[dimensions]\nmonth = { zh = \"月份\", en = \"Month of the year\" }\n",
    );
    edit(
        &at,
        "facts/period/incident_period.sql",
        "severity, factor\nFROM",
        "severity, factor,\n       CASE WHEN incident_day >= 19448 THEN 'from April' ELSE 'before April' END AS month\nFROM",
    );
    let checked = with_schemas(&hand, &["check"], 0);
    assert!(checked.ends_with("declarations and config are in order\n"), "{checked}");
    with_schemas(&hand, &["run", "--config", "xinhui.toml"], 0);

    assert_eq!(hand.numerator("severe_incidents", "370832"), 2);
    let explained = with_schemas(&hand, &["explain", "severe_incidents", "--lang", "zh"], 0);
    assert!(explained.contains("较重以上案（事）件数") && explained.contains("liangshan-2024"), "{explained}");
    let scores = table(&hand.internal().join("scorecard"));
    let verdicts: Vec<String> = scores
        .iter()
        .flat_map(|b| (0..b.num_rows()).map(move |row| (b, row)))
        .filter(|(b, row)| text(b, "profile", *row) == "liangshan-2024")
        .map(|(b, row)| {
            format!("{} {:?} {}", text(b, "indicator", row), int(b, "numerator", row), text(b, "verdict", row))
        })
        .collect();
    assert_eq!(verdicts, ["severe_incidents Some(2) not_met"]);
    assert_eq!(hand.measure("incidents", "370832", "severe"), 2);
    assert_eq!(hand.measure("incidents", "370832", "incidents"), 3);
    let words = said(&rollup);
    assert_eq!(words["column:severe"], "较重以上案事件数 Incidents that are serious or worse");
    assert_eq!(
        words["column:month"],
        "月份 Month of the year: a code, `unknown` where not given, `_all` where not broken down"
    );
    // What was there before says what it said.
    assert_eq!(
        words["column:factor"],
        "维度 Dimension: a code, `unknown` where not given, `_all` where not broken down"
    );
    assert_eq!(words["column:incidents"], "案事件数 Incidents");

    // Words alone make the file anew, though no number changed.
    edit(&at, "rollups/rollups.toml", "zh = \"月份\"", "zh = \"发生月份\"");
    with_schemas(&hand, &["run", "--config", "xinhui.toml"], 0);
    assert!(said(&rollup)["column:month"].starts_with("发生月份 Month of the year"));
}

#[test]
fn a_measure_dimension_or_indicator_that_does_not_say_what_it_is_is_refused() {
    for (file, from, to, problem) in [
        (
            "indicators/special.toml",
            "where = \"closed\", counts = \"of-persons\"",
            "where = \"closed\"",
            "special.toml: indicator `referral_closed_rate`: the numerator does not say whom it counts: write `counts = \"persons\"`",
        ),
        (
            "indicators/patients.toml",
            "{ population = true, counts = \"nobody\" }",
            "{ population = true }",
            "indicator `smi_reported_prevalence`: the denominator is the population of a public census table: write `counts = \"nobody\"`",
        ),
        (
            "indicators/patients.toml",
            "where = \"managed\", counts = \"persons\"",
            "where = \"managed\", counts = \"nobody\"",
            "indicator `smi_standard_management_rate`: the numerator counts distinct persons: write `counts = \"persons\"`",
        ),
        (
            "rollups/rollups.toml",
            "incidents = { sql = \"COUNT(*)\", zh = \"案事件数\", en = \"Incidents\", counts = \"of-persons\" }",
            "incidents = \"COUNT(*)\"",
            "rollups.toml: rollup `incidents`: measure `incidents`: ",
        ),
        (
            "rollups/rollups.toml",
            "zh = \"案事件数\", en = \"Incidents\", counts = \"of-persons\"",
            "en = \"Incidents\"",
            "rollup `incidents`: measure `incidents` has no words: write `zh = \"…\"`",
        ),
        (
            "rollups/rollups.toml",
            "zh = \"案事件数\", en = \"Incidents\", counts = \"of-persons\"",
            "zh = \"案事件数\", en = \"Incidents\"",
            "rollup `incidents`: measure `incidents` does not say whom it counts: write `counts = \"persons\"`",
        ),
        (
            "rollups/rollups.toml",
            "factor = { zh = \"诱因\", en = \"What set the incident off\" }",
            "",
            "rollup `incidents`: the dimension `factor` has no words: write `zh = \"…\"`",
        ),
        (
            "rollups/rollups.toml",
            "en = \"Survey answers\", counts = \"of-persons\"",
            "en = \"Survey answers\", counts = \"nobody\"",
            "rollup `surveys`: `items_total`: `of` leads from things of persons to persons",
        ),
        (
            "rollups/rollups.toml",
            "en = \"Screenings\", counts = \"of-persons\", of = \"persons\"",
            "en = \"Screenings\", counts = \"of-persons\", of = \"person\"",
            "rollup `screenings`: `tests`: `of` names no other measure: `person`",
        ),
        (
            "rollups/rollups.toml",
            "tests = { sql",
            "stage = { sql",
            "rollup `screenings`: `stage` is the name of another of its columns",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let schemas = dir.path().join("schemas");
        copy_tree(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas")), &schemas);
        edit(&schemas, file, from, to);
        let mut command = xinhui();
        command.current_dir(dir.path()).args(["check", "--schemas", "schemas", "--lang", "en"]);
        let output = expect(&mut command, 2);
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(told.contains(problem), "not found: {problem}\nin:\n{told}");
    }
}
