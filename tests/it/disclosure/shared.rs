//! Numbers that a rollup and an indicator have both: one table must not show what the other hides.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use xinhui::schema::Schemas;
use xinhui::schema::same_numbers::same_numbers;
use xinhui::store::table_file::{columns_of, read_table, write_table};

use crate::night::published::{int, table, text};
use crate::night::store::TestStore;

use super::{publishing, verify};

/// A rollup, its dimension and values that are one number together, its measure, the indicators that have the same, and
/// whether as numerator or as denominator.
type Pair = (&'static str, &'static str, &'static [&'static str], &'static str, &'static [&'static str], &'static str);

const PAIRS: [Pair; 8] = [
    (
        "patients",
        "living",
        &["home"],
        "persons",
        &["smi_home_risk_assessment_rate", "smi_rehab_participation_rate", "smi_home_counselling_rate"],
        "denominator",
    ),
    ("patients", "diagnosis_group", &["schizophrenia"], "persons", &["schizophrenia_treatment_rate"], "denominator"),
    ("special_population", "category", &["correction"], "persons", &["correction_plan_coverage"], "denominator"),
    ("special_population", "category", &["correction"], "planned_persons", &["correction_plan_coverage"], "numerator"),
    ("special_population", "category", &["violent_risk"], "persons", &["violent_risk_plan_coverage"], "denominator"),
    (
        "special_population",
        "category",
        &["violent_risk"],
        "planned_persons",
        &["violent_risk_plan_coverage"],
        "numerator",
    ),
    ("warnings", "warning_level", &["red", "yellow"], "persons", &["warning_plan_rate"], "denominator"),
    ("warnings", "warning_level", &["red", "yellow"], "planned_persons", &["warning_plan_rate"], "numerator"),
];

const KINDS: [&str; 2] = ["quarter", "year"];

/// A number by division and period; nothing where it is hidden.
type Numbers = BTreeMap<(String, String), Option<i64>>;

fn city(persons: &str) -> TestStore {
    let args = ["--persons", persons, "--counties", "370832,370811", "--towns", "3", "--dirt", "none"];
    publishing(TestStore::synth(&args).quick(), "release = \"nightly\"")
}

/// Numerators and denominators of the indicators below a folder.
fn of_indicators(folder: &Path) -> BTreeMap<(String, &'static str), Numbers> {
    let mut out: BTreeMap<(String, &'static str), Numbers> = BTreeMap::new();
    for kind in KINDS {
        for batch in table(&folder.join(format!("indicators/{kind}.parquet"))) {
            for row in 0..batch.num_rows() {
                let place = (text(&batch, "division_code", row), text(&batch, "period", row));
                for side in ["numerator", "denominator"] {
                    let of = out.entry((text(&batch, "indicator", row), side)).or_default();
                    of.insert(place.clone(), int(&batch, side, row));
                }
            }
        }
    }
    out
}

/// The numbers of a measure of a rollup below a folder, by the dimension that is given and its value; nothing of
/// crossings.
fn of_rollup(folder: &Path, rollup: &str, dimensions: &[&str], measure: &str) -> BTreeMap<[String; 2], Numbers> {
    let mut out: BTreeMap<[String; 2], Numbers> = BTreeMap::new();
    for batch in table(&folder.join(format!("rollups/{rollup}/{rollup}.parquet"))) {
        for row in 0..batch.num_rows() {
            let given: Vec<[String; 2]> =
                dimensions.iter().map(|d| [(*d).to_owned(), text(&batch, d, row)]).filter(|d| d[1] != "_all").collect();
            let slot = match given.as_slice() {
                [] => [String::new(), "_all".to_owned()],
                [one] => one.clone(),
                _ => continue,
            };
            let place = (text(&batch, "division_code", row), text(&batch, "period", row));
            out.entry(slot).or_default().insert(place, int(&batch, measure, row));
        }
    }
    out
}

fn dimensions_of<'a>(schemas: &'a Schemas, rollup: &str) -> Vec<&'a str> {
    let rollup = schemas.rollups.iter().find(|r| r.name == rollup).expect("a rollup");
    rollup.dimensions.iter().map(|d| d.name.as_str()).collect()
}

/// Two editions after each other: patients at home are a row and the denominator of three rates, persons under red and
/// yellow warning two rows and one denominator. Of none of these one alone is hidden.
#[test]
fn a_number_of_a_rollup_and_an_indicator_is_hidden_in_both_or_in_none() {
    let (store, schemas) = (city("2500"), Schemas::embedded().expect("declarations"));
    let (mut hidden, mut shown) = (BTreeSet::new(), BTreeSet::new());
    let mut day = "2023-12-31";
    for next in ["2023-10-31", "2023-12-05"] {
        store.edit_config(&format!("as_of = \"{day}\""), &format!("as_of = \"{next}\""));
        day = next;
        store.publish();
        verify(&store, 0);
        let public = store.path().join("store/current/public");
        let all = of_indicators(&public);
        for (rollup, dimension, values, measure, indicators, side) in PAIRS {
            let rows = of_rollup(&public, rollup, &dimensions_of(&schemas, rollup), measure);
            let rows: Vec<&Numbers> =
                values.iter().filter_map(|v| rows.get(&[dimension.to_owned(), (*v).to_owned()])).collect();
            let places: BTreeSet<_> = rows.iter().flat_map(|of| of.keys()).collect();
            for indicator in indicators {
                let whole = &all[&((*indicator).to_owned(), side)];
                for place in &places {
                    let mut parts: Vec<Option<i64>> = rows.iter().filter_map(|of| of.get(*place).copied()).collect();
                    parts.push(whole[*place]);
                    let hides = parts.iter().filter(|part| part.is_none()).count();
                    assert_ne!(hides, 1, "{rollup} {values:?} {measure} and {indicator} {side} {place:?}: {parts:?}");
                    let of = if hides == 0 { &mut shown } else { &mut hidden };
                    of.insert((rollup, values, measure));
                }
            }
        }
    }
    assert_eq!(hidden.len(), PAIRS.len(), "{hidden:?}");
    assert!(shown.len() > 2, "{shown:?}");
}

/// Rows and parts of indicators that have the same number everywhere are either declared to be the same, or known to be
/// no number of one day.
#[test]
fn no_rollup_has_the_number_of_an_indicator_that_is_not_declared() {
    let (store, schemas) = (city("2500"), Schemas::embedded().expect("declarations"));
    store.publish();
    let internal = store.internal();
    let indicators = of_indicators(&internal);
    let mut declared = BTreeSet::new();
    for same in same_numbers(&schemas) {
        let (dimension, values) = same.rows.unwrap_or((String::new(), vec!["_all".to_owned()]));
        let side = ["numerator", "denominator"][same.side];
        let id = schemas.indicators[same.indicator].id.clone();
        let values: BTreeSet<String> = values.into_iter().collect();
        declared.insert((same.rollup, dimension, values, same.measure, id, side));
    }
    let mut found = BTreeSet::new();
    for rollup in &schemas.rollups {
        let dimensions = dimensions_of(&schemas, &rollup.name);
        let of_people = rollup.measures.iter().filter(|m| m.counts != xinhui::schema::Counts::Nobody);
        for measure in of_people.map(|m| m.name.as_str()) {
            let rows = of_rollup(&internal, &rollup.name, &dimensions, measure);
            let places: BTreeSet<_> = rows.values().flat_map(|of| of.keys()).collect();
            let slots: Vec<&[String; 2]> = rows.keys().collect();
            let ones = slots.iter().map(|one| vec![*one]);
            let pairs = slots.iter().flat_map(|a| slots.iter().map(move |b| vec![*a, *b]));
            let pairs = pairs.filter(|pair| pair[0][0] == pair[1][0] && pair[0][1] < pair[1][1]);
            for together in ones.chain(pairs) {
                let number = |place: &(String, String)| -> i64 {
                    together.iter().map(|slot| rows[*slot].get(place).copied().flatten().unwrap_or(0)).sum()
                };
                // One that is nothing adds nothing, and what all values of a dimension are is the row over everybody.
                let nothing = |slot: &&[String; 2]| rows[*slot].values().all(|n| n.unwrap_or(0) == 0);
                let all = &rows[&[String::new(), "_all".to_owned()]];
                let is_all =
                    || places.iter().all(|place| number(place) == all.get(*place).copied().flatten().unwrap_or(0));
                if together.len() > 1 && (together.iter().any(nothing) || is_all()) {
                    continue;
                }
                for ((id, side), of) in &indicators {
                    let both: Vec<(i64, i64)> = places
                        .iter()
                        .filter_map(|place| Some((number(place), of.get(*place).copied().flatten()?)))
                        .collect();
                    let large: BTreeSet<i64> = both.iter().map(|(a, _)| *a).filter(|a| *a > 4).collect();
                    if large.len() > 3 && both.iter().all(|(a, b)| a == b) {
                        let values: BTreeSet<String> = together.iter().map(|slot| slot[1].clone()).collect();
                        let dimension = together[0][0].clone();
                        found.insert((rollup.name.clone(), dimension, values, measure.to_owned(), id.clone(), *side));
                    }
                }
            }
        }
    }
    let missing: Vec<_> = found.difference(&declared).collect();
    assert!(missing.is_empty(), "not declared in rollups.toml: {missing:#?}");
    let seen = found.intersection(&declared).count();
    assert!(seen > 12, "{seen} of {}", declared.len());
}

/// The first row of a value that is hidden and stands among indicators as well, shown as it is.
fn with_one_shown(public: &Path, exact: &Path, is_one: impl Fn(&RecordBatch, usize) -> bool) -> RecordBatch {
    let whole = |path: &Path| {
        let batches: Vec<_> = read_table(path, None).expect("a table").collect::<Result<_, _>>().expect("rows");
        concat_batches(&columns_of(path).expect("columns"), &batches).expect("a table")
    };
    let (shown, right) = (whole(public), whole(exact));
    let row = (0..shown.num_rows()).find(|row| text(&shown, "status", *row) == "suppressed" && is_one(&right, *row));
    let hidden = row.expect("a row that is hidden");
    let schema = shown.schema();
    let columns = schema.fields().iter().zip(shown.columns()).map(|(field, column)| -> ArrayRef {
        let rows = 0..shown.num_rows();
        match field.name().as_str() {
            "persons" => {
                let number = |row| int(if row == hidden { &right } else { &shown }, "persons", row);
                Arc::new(rows.map(number).collect::<Int64Array>())
            }
            "status" => {
                let state = |row| Some(if row == hidden { "ok".to_owned() } else { text(&shown, "status", row) });
                Arc::new(rows.map(state).collect::<StringArray>())
            }
            _ => column.clone(),
        }
    });
    RecordBatch::try_new(schema.clone(), columns.collect()).expect("a table")
}

#[test]
fn an_audit_sees_a_row_that_tells_the_number_of_an_indicator() {
    if xinhui::epoch::PROTECTION < 10 {
        return;
    }
    let store = city("2500");
    store.publish();
    let current = store.path().join("store/current");
    let file = "rollups/patients/patients.parquet";
    let public = current.join("public").join(file);
    let is_one = |rows: &RecordBatch, row: usize| {
        text(rows, "living", row) == "home" && int(rows, "persons", row).is_some_and(|n| n > 4)
    };
    let shown = with_one_shown(&public, &current.join("internal/disclosure/exact").join(file), is_one);
    write_table(&public, &shown, &BTreeMap::new()).expect("a table");
    let said = verify(&store, 6);
    assert!(said.contains("一处隐去") || said.contains("one number with"), "{said}");
}
