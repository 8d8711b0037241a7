//! Labels, deliveries and sites: a snapshot says by itself what its values are called and who sent what.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::night::hand::HandStore;
use crate::night::published::{indicators, table};
use crate::night::store::TestStore;

/// Rows of a table, each as texts by column; null is `-`.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let options = FormatOptions::default().with_null("-");
    let of = |batch: &RecordBatch| -> Vec<BTreeMap<String, String>> {
        let schema = batch.schema();
        let columns: Vec<_> = batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options).unwrap()).collect();
        let row = |row: usize| {
            let named = schema.fields().iter().zip(&columns);
            named.map(|(field, column)| (field.name().clone(), column.value(row).to_string())).collect()
        };
        (0..batch.num_rows()).map(row).collect()
    };
    table(path).iter().flat_map(of).collect()
}

fn only<'r>(rows: &'r [BTreeMap<String, String>], wanted: &[(&str, &str)]) -> &'r BTreeMap<String, String> {
    let fits = |row: &&BTreeMap<String, String>| wanted.iter().all(|(name, value)| row[*name] == *value);
    let found: Vec<_> = rows.iter().filter(fits).collect();
    assert_eq!(found.len(), 1, "{wanted:?}");
    found[0]
}

#[test]
fn every_value_of_a_snapshot_has_a_label_in_both_editions() {
    let store =
        TestStore::synth(&["--persons", "300", "--counties", "370832", "--towns", "1", "--dirt", "none"]).quick();
    store.edit_config("[identity]", "[public]\nrelease = \"nightly\"\n\n[identity]");
    store.publish();
    let current = store.path().join("store/current");
    let read = |edition: &str, name: &str| rows(&current.join(edition).join(format!("labels/{name}.parquet")));
    for name in ["indicators", "indicator_datasets", "codes", "divisions"] {
        assert_eq!(read("internal", name), read("public", name), "{name} is public as it is");
    }
    for name in ["public/labels/datasets.parquet", "public/stations", "public/gaps"] {
        assert!(!current.join(name).exists(), "{name} is not for the public");
    }
    let package = std::fs::read_to_string(current.join("public/datapackage.json")).unwrap();
    assert!(package.contains("labels/divisions") && !package.contains("labels/datasets"), "{package}");
    let published = indicators(&store.internal());
    let named: BTreeSet<String> = read("internal", "indicators").into_iter().map(|r| r["indicator"].clone()).collect();
    assert_eq!(named, published.iter().map(|r| r.indicator.clone()).collect());
    let divisions = read("internal", "divisions");
    let codes: BTreeSet<&String> = divisions.iter().map(|r| &r["division_code"]).collect();
    assert_eq!(codes, published.iter().map(|r| &r.division_code).collect());
    for row in &divisions {
        let parent = &row["parent_code"];
        assert!(parent == "-" && row["level"] == "city" || codes.contains(parent), "{row:?}");
        assert!(row["full_name"].ends_with(&row["name"]), "{row:?}");
    }
    // Each value of each dimension is called something.
    let labels = read("internal", "codes");
    let known: BTreeSet<(&str, &str)> = labels.iter().map(|r| (r["list"].as_str(), r["code"].as_str())).collect();
    let schemas = xinhui::schema::Schemas::embedded().unwrap();
    let mut seen = 0;
    for rollup in &schemas.rollups {
        let path = store.internal().join(format!("rollups/{0}/{0}.parquet", rollup.name));
        for row in rows(&path) {
            for dimension in &rollup.dimensions {
                let value = row[&dimension.name].as_str();
                assert!(known.contains(&(dimension.name.as_str(), value)), "{} {value} has no label", dimension.name);
                seen += 1;
            }
        }
    }
    assert!(seen > 1_000, "{seen}");
    for (list, code) in [("status", "partial"), ("verdict", "not_met"), ("level", "town"), ("unit", "permille")] {
        assert!(known.contains(&(list, code)), "{list} {code}");
    }
}

#[test]
fn who_sent_what_is_told_with_its_age_and_who_never_sent() {
    let hand = HandStore::new();
    let incidents = crate::night::hand::incidents(&[("A1", "2023-05-01", "extreme", "", "")]);
    hand.put("370832/police/案件_20230601.csv", &incidents);
    let sites = crate::night::hand::sites(&[("S1", "370832101001")]);
    hand.put("370832/station/站点_20231201.csv", &sites);
    hand.night();
    let all = rows(&hand.internal().join("labels/datasets.parquet"));
    let schemas = xinhui::schema::Schemas::embedded().unwrap();
    assert_eq!(all.len(), 2 * schemas.exported().count(), "each county and dataset has a row");
    let told = |county: &str, dataset: &str| {
        let row = only(&all, &[("county", county), ("dataset", dataset)]);
        let columns = ["state", "last_export", "last_event", "newest", "age_days", "late_days", "accepted"];
        columns.map(|name| row[name].clone()).join(" ")
    };
    let stale: i64 = i64::from(schemas.policy.stale_days);
    let age = 213;
    assert_eq!(
        told("370832", "police_incident"),
        format!("late 2023-06-01 2023-05-01 2023-06-01 {age} {} 1", age - stale)
    );
    assert_eq!(told("370832", "station_site"), "current 2023-12-01 - 2023-12-01 30 0 1");
    assert_eq!(told("370811", "police_incident"), "never - - - - - 0");
    let row = only(&all, &[("county", "370832"), ("dataset", "police_incident")]);
    assert_eq!(row["last_file"], "370832/police/案件_20230601.csv");
    // What is late or was never sent is what makes a number partial.
    let late: BTreeSet<&str> = all
        .iter()
        .filter(|r| r["county"] == "370832" && r["state"] != "current")
        .map(|r| r["dataset"].as_str())
        .collect();
    let asked = crate::night::store::xinhui()
        .args(["explain", "outreach_activities", "--division", "梁山县", "--config"])
        .arg(hand.store.config())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&asked.stdout).into_owned();
    assert!(told.contains("370832 梁山县 never sent: Outreach and education activities"), "{told}");
    let needs = rows(&hand.internal().join("labels/indicator_datasets.parquet"));
    for row in indicators(&hand.internal()).iter().filter(|r| r.division_code == "370832" && r.status != "no_data") {
        let waits = needs.iter().any(|n| n["indicator"] == row.indicator && late.contains(n["dataset"].as_str()));
        assert_eq!(row.status == "partial", waits, "{}", row.indicator);
    }
}

#[test]
fn what_cannot_be_used_is_no_delivery_and_no_age_is_negative() {
    let hand = HandStore::new();
    // Its only row names no day.
    let activity = "活动编号,站点编号,活动日期,活动类型,活动名称\nH1,S1,,school,讲座\n";
    hand.put("370832/station/活动_20231220.csv", activity);
    hand.put("370811/station/活动_20231220.csv", activity.lines().next().unwrap());
    // The newest list of sites replaces the older one, and none of its rows can be used.
    hand.put("370832/station/站点_20231101.csv", crate::night::hand::sites(&[("S1", "370832101001")]));
    hand.put("370832/station/站点_20231201.csv", crate::night::hand::sites(&[("S1", "370832999999")]));
    // Its date lies after the day that the numbers look back from.
    hand.put("370811/station/站点_20240601.csv", crate::night::hand::sites(&[("S1", "370811001001")]));
    hand.night();
    let all = rows(&hand.internal().join("labels/datasets.parquet"));
    let told = |county: &str, dataset: &str| {
        let row = only(&all, &[("county", county), ("dataset", dataset)]);
        ["state", "last_export", "newest", "age_days", "late_days"].map(|name| row[name].clone()).join(" ")
    };
    assert_eq!(told("370832", "station_activity"), "unusable - - - -");
    // An empty file says that there was nothing.
    assert_eq!(told("370811", "station_activity"), "current 2023-12-20 2023-12-20 11 0");
    assert_eq!(told("370832", "station_site"), "unusable - - - -");
    // The dates of its files count all the same, so that the number is none that lacks anything; it is told with it.
    let mut explain = crate::night::store::xinhui();
    explain.args(["explain", "outreach_activities", "--division", "370832", "--period", "2023", "--config"]);
    let asked = crate::night::store::expect(explain.arg(hand.store.config()), 0);
    let said = String::from_utf8_lossy(&asked.stdout).into_owned();
    assert!(
        said.contains("370832 梁山县 sent nothing that could be used: Outreach and education activities"),
        "{said}"
    );
    assert_eq!(told("370811", "station_site"), "current 2024-06-01 2024-06-01 0 0");
}

#[test]
fn a_site_is_told_with_its_last_contact_and_without_a_name() {
    let store =
        TestStore::synth(&["--persons", "300", "--counties", "370832", "--towns", "1", "--dirt", "none"]).quick();
    store.publish();
    let told = rows(&store.internal().join("stations/stations.parquet"));
    let of = |dataset: &str| told.iter().filter(|s| s["dataset"] == dataset).cloned().collect::<Vec<_>>();
    let stations = of("station_site");
    let sites: i64 = stations.iter().filter(|s| s["stands"] == "true").count() as i64;
    let of_rollup = rows(&store.internal().join("rollups/sites/sites.parquet"));
    let total = only(&of_rollup, &[("level", "city"), ("period", "2023-Q4"), ("site_kind", "_all")]);
    assert_eq!(total["sites"], sites.to_string());
    let contacts: i64 = stations.iter().map(|s| s["contacts"].parse::<i64>().unwrap()).sum();
    let services = rows(&store.internal().join("rollups/services/services.parquet"));
    let quarters = services.iter().filter(|r| r["level"] == "city" && r["period_kind"] == "quarter");
    let all = ["service_kind", "channel", "population", "sex", "age_group"];
    let in_quarters: i64 =
        quarters.filter(|r| all.iter().all(|d| r[*d] == "_all")).map(|r| r["contacts"].parse::<i64>().unwrap()).sum();
    assert!(
        contacts > in_quarters && in_quarters > 0,
        "{contacts} of all time, {in_quarters} in the half-year published"
    );
    for site in &told {
        assert_eq!(site["last_contact"] == "-", site["contacts"] == "0", "{site:?}");
        assert!(site["last_contact"] == "-" || site["last_contact"] <= site["as_of"], "{site:?}");
    }
    // Whatever has contacts is told of: schools of their pupils, institutions of their patients.
    for (dataset, kinds) in [("school_site", "school_stage"), ("hospital_site", "org_kind")] {
        let sites = of(dataset);
        assert!(sites.iter().any(|s| s["contacts"] != "0"), "{dataset}");
        assert!(sites.iter().all(|s| (s["stands"] == "true") == (s["built"] != "-" && s["built"] <= s["as_of"])));
        let labels = rows(&store.internal().join("labels/codes.parquet"));
        let known = |kind: &str| labels.iter().any(|l| l["list"] == kinds && l["code"] == kind);
        assert!(sites.iter().all(|s| known(&s["site_kind"])), "{dataset} has kinds without a label");
    }
    let names = std::fs::read_dir(store.path().join("inbox/370832/station")).unwrap().count();
    assert!(names > 0 && !stations[0].contains_key("site_name"), "no names of sites, which may hold those of people");
}

/// What an analyst joins: the words of findings, of sites of every dataset, and of plans are among the codes.
#[test]
fn words_of_findings_sites_and_plans_have_labels() {
    let store =
        TestStore::synth(&["--persons", "300", "--counties", "370832", "--towns", "1", "--dirt", "normal"]).quick();
    store.publish();
    let codes = rows(&store.internal().join("labels/codes.parquet"));
    let labelled: BTreeSet<(&str, &str)> = codes.iter().map(|r| (r["list"].as_str(), r["code"].as_str())).collect();
    for (file, columns) in [
        ("quality/rejects", &["severity", "code", "source"][..]),
        ("quality/reconciliation", &["source"]),
        ("stations/stations", &["site_kind"]),
        ("scorecard/scorecard", &["profile"]),
    ] {
        let all = rows(&store.internal().join(format!("{file}.parquet")));
        for column in columns {
            let values: BTreeSet<&str> = all.iter().map(|r| r[*column].as_str()).filter(|v| !v.is_empty()).collect();
            assert!(!values.is_empty(), "{file} {column}");
            for value in values {
                assert!(labelled.contains(&(*column, value)), "{file}: `{value}` of {column} has no label");
            }
        }
    }
    for row in rows(&store.internal().join("quality/rejects.parquet")).iter().filter(|row| row["field"] != "-") {
        let field = format!("{}.{}", row["dataset"], row["field"]);
        assert!(row["field"].is_empty() || labelled.contains(&("field", &field)), "`{field}` has no label");
    }
    for row in rows(&store.internal().join("labels/indicators.parquet")) {
        assert!(labelled.contains(&("indicator_source", &row["source"])), "`{}` has no label", row["source"]);
    }
    let label = |list: &str, code: &str| only(&codes, &[("list", list), ("code", code)])["label_zh"].clone();
    assert_eq!(label("profile", "liangshan-2023"), "梁山县2023年方案");
    assert_eq!(label("severity", "error"), "错误");
    assert_eq!(label("source", "police"), "政法公安");
}
