//! What comes late, and what stands in two tables: a night publishes, and tells nothing by the difference.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use xinhui::store::table_file::{columns_of, write_table};

use crate::night::published::{int, table, text};
use crate::night::store::TestStore;

use super::{publishing, verify};

const NIGHTLY: &str = "release = \"nightly\"";

/// A city that publishes each night.
fn nightly(args: &[&str]) -> TestStore {
    publishing(TestStore::synth(args), NIGHTLY)
}

/// Screenings of July become known after July was published: the half and the year have rows that none of their
/// published months has, and no change of months alone keeps those open.
#[test]
fn a_row_that_only_a_longer_period_has_holds_no_night_up() {
    let args = ["--persons", "40", "--city", "3708", "--counties", "370811,370832", "--towns", "3", "--seed", "3"];
    let store = nightly(&[&args[..], &["--as-of", "2023-09-30"]].concat());
    let mut day = "2023-09-30";
    for next in ["2023-07-31", "2023-09-30"] {
        store.edit_config(&format!("as_of = \"{day}\""), &format!("as_of = \"{next}\""));
        day = next;
        store.publish();
        verify(&store, 0);
    }
    let path = store.path().join("store/current/public/rollups/screenings/screenings.parquet");
    let mut rows: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for batch in table(&path) {
        for row in 0..batch.num_rows() {
            let of = ["division_code", "scale", "result", "stage", "sex"].map(|name| text(&batch, name, row));
            rows.entry(text(&batch, "period", row)).or_default().push(of.to_vec());
        }
    }
    let months: Vec<&Vec<String>> = rows.iter().filter(|(p, _)| p.starts_with("2023-0")).flat_map(|r| r.1).collect();
    let only_there = rows["2023"].iter().filter(|row| !months.contains(row)).count();
    assert!(only_there > 0, "the city has nothing that came late");
}

/// The half of October less that of November is November: a period that goes on is shown only where all its months are.
#[test]
fn a_period_that_goes_on_is_shown_only_beside_months_that_are_all_shown() {
    let store = nightly(&["--persons", "300", "--city", "3704", "--counties", "370402,370403,370481", "--seed", "7"]);
    store.edit_config("as_of = \"2023-12-31\"", "as_of = \"2023-10-31\"");
    store.publish();
    verify(&store, 0);
    let mut hidden = 0;
    for (rollup, dimensions) in [
        ("services", &["service_kind", "channel", "population", "sex", "age_group"][..]),
        ("screenings", &["scale", "result", "stage", "sex"][..]),
    ] {
        let path = store.path().join(format!("store/current/public/rollups/{rollup}/{rollup}.parquet"));
        let mut of_row: BTreeMap<Vec<String>, BTreeMap<String, bool>> = BTreeMap::new();
        for batch in table(&path) {
            for row in 0..batch.num_rows() {
                let names = std::iter::once(&"division_code").chain(dimensions);
                let key = names.map(|name| text(&batch, name, row)).collect();
                let is_shown = text(&batch, "status", row) == "ok";
                of_row.entry(key).or_default().insert(text(&batch, "period", row), is_shown);
            }
        }
        for (key, periods) in of_row {
            for (period, months) in
                [("2023-Q4", "2023-10".."2023-13"), ("2023-H2", "2023-07".."2023-13"), ("2023", "2023-01".."2023-13")]
            {
                let is_month = |name: &str| name.len() == 7 && !name.contains(['Q', 'H']) && months.contains(&name);
                let tells = periods.iter().any(|(name, is_shown)| is_month(name) && !is_shown);
                hidden += usize::from(tells);
                if periods.get(period) == Some(&true) {
                    assert!(!tells, "{rollup} {key:?} {period}");
                }
            }
        }
    }
    assert!(hidden > 20, "{hidden}");
}

/// The same of an indicator of periods and of its year before, of which the same days are counted: incidents of the year
/// so far less those of the edition before are those of the month between.
#[test]
fn an_indicator_of_a_period_that_goes_on_is_shown_only_beside_months_that_are_all_shown() {
    let args = ["--persons", "1500", "--towns", "2", "--city", "3704", "--counties", "370402,370403,370481"];
    let store = nightly(&[&args[..], &["--seed", "7"]].concat());
    let mut day = "2023-12-31";
    let mut seen = [0; 2];
    // In the middle of a month, too, the year before has days that no month of it has.
    for next in ["2023-10-31", "2023-11-15", "2023-11-30"] {
        store.edit_config(&format!("as_of = \"{day}\""), &format!("as_of = \"{next}\""));
        day = next;
        store.publish();
        verify(&store, 0);
        let mut of_place: BTreeMap<String, BTreeMap<String, [bool; 2]>> = BTreeMap::new();
        for kind in ["month", "quarter", "half", "year"] {
            for batch in table(&store.path().join(format!("store/current/public/indicators/{kind}.parquet"))) {
                let is_it = |row: &usize| text(&batch, "indicator", *row) == "extreme_incident_change";
                for row in (0..batch.num_rows()).filter(is_it) {
                    let shown = ["numerator", "denominator"].map(|side| int(&batch, side, row).is_some());
                    let of = of_place.entry(text(&batch, "division_code", row)).or_default();
                    of.insert(text(&batch, "period", row), shown);
                }
            }
        }
        for (code, periods) in of_place {
            for (period, months) in
                [("2023-Q4", "2023-10".."2023-13"), ("2023-H2", "2023-07".."2023-13"), ("2023", "2023-01".."2023-13")]
            {
                let is_month = |name: &str| name.len() == 7 && !name.contains(['Q', 'H']) && months.contains(&name);
                for side in 0..2 {
                    let tells = periods.iter().any(|(name, shown)| is_month(name) && !shown[side]);
                    assert!(!(periods[period][side] && tells), "{code} {period} on {next}: {side}");
                    seen[usize::from(tells)] += 1;
                }
            }
        }
    }
    assert!(seen.into_iter().min() > Some(5), "{seen:?}");
}

/// A town with two incidents in October and in November each, and eight in every other month. Each month hides behind
/// another: October behind September, and November behind October. The half so far of November less that of October
/// would tell November all the same.
#[test]
fn what_a_year_so_far_has_grown_by_tells_no_small_month() {
    let args = ["--persons", "60", "--towns", "2", "--city", "3704", "--counties", "370402,370403", "--dirt", "none"];
    let store = nightly(&[&args[..], &["--seed", "1", "--formats", "csv"]].concat());
    let towns = [["370402001", "370402002"], ["370403001", "370403002"]];
    for of_county in towns {
        let folder = store.path().join(format!("inbox/{}/police", &of_county[0][..6]));
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            if entry.file_name().to_string_lossy().contains("极端") {
                fs::remove_file(entry.path()).expect("a file");
            }
        }
        let mut lines = vec!["案事件编号,发生地区划代码,发生日期,严重程度,诱因".to_owned()];
        for (town, year) in of_county.into_iter().flat_map(|town| [(town, 2022), (town, 2023)]) {
            for month in 1..=11 {
                let many = match (town, year, month) {
                    ("370402001", 2023, 10 | 11) => 2,
                    (_, 2022, _) => 20,
                    _ => 8,
                };
                let line = |n| format!("{town}-{year}-{month}-{n},{town},{year}-{month:02}-{:02},极端,矛盾突出", n + 1);
                lines.extend((0..many).map(line));
            }
        }
        fs::write(folder.join("极端案事件_20231231.csv"), lines.join("\n")).expect("a file");
    }
    let mut day = "2023-12-31";
    let mut years = BTreeMap::new();
    for next in ["2023-10-31", "2023-11-30"] {
        store.edit_config(&format!("as_of = \"{day}\""), &format!("as_of = \"{next}\""));
        day = next;
        store.publish();
        verify(&store, 0);
        for (kind, period) in [("month", "2023-11"), ("half", "2023-H2"), ("year", "2023")] {
            for batch in table(&store.path().join(format!("store/current/public/indicators/{kind}.parquet"))) {
                for row in 0..batch.num_rows() {
                    let is = |name: &str, value: &str| text(&batch, name, row) == value;
                    let is_town = is("division_code", "370402001") && is("period", period);
                    if is_town && is("indicator", "extreme_incident_change") {
                        years.insert((next, period), int(&batch, "numerator", row));
                    }
                }
            }
        }
    }
    let seen = |day, period| years[&(day, period)];
    assert_eq!(seen("2023-11-30", "2023-11"), None);
    for period in ["2023-H2", "2023"] {
        let [before, after] = ["2023-10-31", "2023-11-30"].map(|day| seen(day, period));
        assert!(before.is_none() || after.is_none(), "{period}: {after:?} less {before:?}");
    }
}

/// All patients of a county, and all people of special groups, are a row of a rollup and a part of indicators: hidden in
/// the one and shown in the other they would be no secret.
#[test]
fn a_number_that_stands_in_two_tables_is_hidden_in_both_or_in_none() {
    let args = ["--persons", "250", "--city", "3704", "--counties", "370402,370403,370406", "--towns", "2"];
    let store = nightly(&[&args[..], &["--seed", "2", "--as-of", "2023-10-31"]].concat());
    store.publish();
    verify(&store, 0);
    let public = store.path().join("store/current/public");
    let mut compared = [0; 2];
    for (rollup, indicator, side) in [
        ("patients", "smi_reported_prevalence", "numerator"),
        ("patients", "smi_standard_management_rate", "denominator"),
        ("special_population", "special_plan_coverage", "denominator"),
    ] {
        let mut hidden: BTreeMap<[String; 2], bool> = BTreeMap::new();
        for kind in ["month", "quarter", "half", "year"] {
            for batch in table(&public.join(format!("indicators/{kind}.parquet"))) {
                for row in (0..batch.num_rows()).filter(|row| text(&batch, "indicator", *row) == indicator) {
                    let key = ["division_code", "period"].map(|name| text(&batch, name, row));
                    hidden.insert(key, int(&batch, side, row).is_none());
                }
            }
        }
        for batch in table(&public.join(format!("rollups/{rollup}/{rollup}.parquet"))) {
            let all = |row: usize, name: &str| text(&batch, name, row) == "_all";
            let schema = batch.schema();
            let about = ["level", "division_code", "division_name", "period_kind", "period", "status"];
            let is_text = |name: &str| {
                *schema.field_with_name(name).expect("a column").data_type() == arrow::datatypes::DataType::Utf8
            };
            let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
            let dimensions: Vec<&str> =
                names.into_iter().filter(|name| !about.contains(name) && is_text(name)).collect();
            for row in (0..batch.num_rows()).filter(|row| dimensions.iter().all(|name| all(*row, name))) {
                let key = ["division_code", "period"].map(|name| text(&batch, name, row));
                let hides = text(&batch, "status", row) == "suppressed";
                assert_eq!(hidden.get(&key), Some(&hides), "{rollup} and {indicator}, {key:?}");
                compared[usize::from(hides)] += 1;
            }
        }
    }
    assert!(compared[1] > 50, "{compared:?}");
    // An audit sees where one of the two shows what the other hides.
    let file = "rollups/patients/patients.parquet";
    let (path, exact) = (public.join(file), store.path().join("store/current/internal/disclosure/exact").join(file));
    let shown =
        with_the_whole_city_shown(&path, &exact).expect("a month in which the number of all patients is hidden");
    write_table(&path, &shown, &BTreeMap::new()).expect("a table");
    let said = verify(&store, 6).replace("\n  ", " ");
    assert!(said.contains("one number with the indicator smi_"), "{said}");
}

/// The public table with one row over all people of the city shown, that is hidden and not small.
fn with_the_whole_city_shown(public: &Path, exact: &Path) -> Option<RecordBatch> {
    let [public, exact] = [public, exact].map(|path| concat_batches(&columns_of(path).expect("columns"), &table(path)));
    let (public, exact) = (public.expect("a table"), exact.expect("a table"));
    let dimensions = ["diagnosis_group", "living", "risk_level", "stability", "sex", "age_group"];
    let is_all = |b: &RecordBatch, row: usize| {
        text(b, "level", row) == "city" && dimensions.iter().all(|d| text(b, d, row) == "_all")
    };
    let value_of = |period: &str| {
        let row = (0..exact.num_rows()).find(|row| is_all(&exact, *row) && text(&exact, "period", *row) == period)?;
        int(&exact, "persons", row).filter(|persons| *persons >= 5)
    };
    let is_hidden = |row: &usize| is_all(&public, *row) && text(&public, "status", *row) == "suppressed";
    let mut hidden = (0..public.num_rows()).filter(is_hidden);
    let (row, value) = hidden.find_map(|row| value_of(&text(&public, "period", row)).map(|value| (row, value)))?;
    let persons = (0..public.num_rows()).map(|at| if at == row { Some(value) } else { int(&public, "persons", at) });
    let status = (0..public.num_rows()).map(|at| if at == row { "ok".to_owned() } else { text(&public, "status", at) });
    let mut columns = public.columns().to_vec();
    let place = |name: &str| public.schema().index_of(name).expect("a column");
    columns[place("persons")] = Arc::new(persons.collect::<Int64Array>());
    columns[place("status")] = Arc::new(StringArray::from_iter_values(status));
    Some(RecordBatch::try_new(public.schema(), columns).expect("a table"))
}
