//! What the forms of a package say; foreign readers are asked in `.ci/feeds_agree.py`.

use std::collections::BTreeSet;
use std::io::Read as _;

use super::tiny::{RATE, Row, TinyStore, all_bytes, cell, few_rows, manifest, text, warned};
use crate::night::store::{bytes_below, expect};

const ALL: &str = "[feeds.city]\naudience = \"public\"\nkey = \"feed.key\"\n\
                   formats = [\"parquet\", \"csv\", \"sdmx\", \"dhis2\", \"fhir\", \"adx\", \"xlsx\"]\n";

/// A public edition in which one cell is hidden, with the exact numbers beside it.
fn hidden() -> TinyStore {
    let mut store = TinyStore::new(ALL);
    // Numbers that occur nowhere else in the exact edition.
    let exact = [
        (
            "indicators/year",
            vec![cell(RATE, "3708", "2023", Some((43, 57))), cell(RATE, "370832", "2023", Some((918_273, 918_274)))],
        ),
        ("rollups/warnings", vec![warned("370832", "red", Some(645_546)), warned("370832", "_all", Some(7))]),
    ];
    let shown = [
        ("indicators/year", vec![cell(RATE, "3708", "2023", Some((43, 57))), cell(RATE, "370832", "2023", None)]),
        ("rollups/warnings", vec![warned("370832", "red", None), warned("370832", "_all", Some(7))]),
    ];
    store.publish_both(&exact, &shown);
    store
}

fn json(path: std::path::PathBuf) -> serde_json::Value {
    serde_json::from_str(&text(path)).expect("JSON")
}

#[test]
fn a_hidden_cell_has_no_value_in_any_form_and_its_state_in_each() {
    let store = hidden();
    let package = store.build("city", "out");
    store.verify(&[&package], 0);
    let note = manifest(&package);
    assert_eq!(note.tables.iter().map(|t| t.hidden).collect::<Vec<_>>(), [1, 1]);
    assert_eq!((note.policy.as_deref(), note.audience.as_str()), (Some("ee"), "public"));

    let csv = text(package.join("tables/indicators_year.csv"));
    assert!(csv.contains("370832,梁山县,year,2023,2023-01-01,2023-12-31,true,,,,percent,suppressed\n"), "{csv}");
    let sdmx = text(package.join("sdmx/MH_INDICATORS.csv"));
    assert!(sdmx.contains(&format!("R,A,370832,{RATE},2023,,Q,C,suppressed,Y,,,percent\n")), "{sdmx}");
    assert!(sdmx.contains(&format!("R,A,3708,{RATE},2023,75.43859649122807,A,F,ok,Y,43,57,percent\n")), "{sdmx}");
    let rollup = text(package.join("sdmx/MH_WARNINGS.csv"));
    assert!(rollup.contains("R,A,370832,red,persons,2023,,Q,C,suppressed,Y\n"), "{rollup}");
    assert!(rollup.contains("R,A,370832,_T,persons,2023,7,A,F,ok,Y\n"), "{rollup}");

    let values = json(package.join("dhis2/dataValueSets.json"));
    assert_eq!(values["dataValues"].as_array().expect("values").len(), 2, "numerator and denominator of the city");
    let adx = text(package.join("adx/data.xml"));
    assert_eq!(adx.matches("<dataValue ").count(), 2);
    assert!(adx.contains("<group orgUnit=\"3708\" period=\"2023-01-01/P1Y\" dataSet=\"MH_Y\">"), "{adx}");

    let reports: Vec<serde_json::Value> = text(package.join("fhir/MeasureReport.ndjson"))
        .lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect();
    let of = |place: &str| {
        let subject = format!("Location/{place}");
        reports.iter().find(|r| r["subject"]["reference"] == subject).expect("a report")["group"][0].clone()
    };
    let absent = &of("370832")["population"][0]["_count"]["extension"][0];
    assert_eq!(absent["valueCode"], "masked");
    assert!(of("370832")["population"][0].get("count").is_none());
    assert_eq!(of("370832")["measureScore"]["extension"][0]["valueCode"], "masked");
    assert_eq!(of("3708")["population"][1]["count"], 57);
}

#[test]
fn no_exact_number_and_no_exact_file_stands_in_a_public_package() {
    let store = hidden();
    let package = store.build("city", "out");
    let mut bytes = all_bytes(&package);
    // What is packed in a spreadsheet is looked at unpacked.
    let mut book =
        zip::ZipArchive::new(std::fs::File::open(package.join("city.xlsx")).expect("a file")).expect("a zip");
    for at in 0..book.len() {
        book.by_index(at).expect("a part").read_to_end(&mut bytes).expect("bytes");
    }
    for parquet in ["indicators_year", "rollups_warnings"] {
        let path = package.join(format!("tables/{parquet}.parquet"));
        for batch in xinhui::store::table_file::read_table(&path, None).expect("a table") {
            bytes.extend(format!("{:?}", batch.expect("rows")).into_bytes());
        }
    }
    for planted in ["918273", "918274", "645546"] {
        for form in [planted.as_bytes().to_vec(), planted.parse::<i64>().expect("a number").to_le_bytes().to_vec()] {
            assert!(!bytes.windows(form.len()).any(|w| w == form), "{planted} stands in the package");
        }
    }
    let exact: serde_json::Value = json(store.path("store/current/manifest.json"));
    for output in exact["outputs"].as_array().expect("outputs") {
        if output["path"].as_str().is_some_and(|p| p.starts_with("internal/")) {
            let hash = output["sha256"].as_str().expect("a hash").as_bytes();
            assert!(!bytes.windows(hash.len()).any(|w| w == hash), "the hash of an exact table stands in the package");
        }
    }
}

#[test]
fn the_superior_gets_the_exact_tables_byte_for_byte_and_no_others() {
    let mut store = TinyStore::new(&ALL.replace("public", "superior"));
    store.publish(&few_rows());
    let package = store.build("city", "out");
    let (internal, sent) = (store.path("store/current/internal"), package.join("tables"));
    for (published, there) in [
        ("indicators/year.parquet", "indicators_year.parquet"),
        ("rollups/warnings/warnings.parquet", "rollups_warnings.parquet"),
    ] {
        assert_eq!(
            std::fs::read(internal.join(published)).expect("a table"),
            std::fs::read(sent.join(there)).expect("a table")
        );
    }
    let files: BTreeSet<String> = bytes_below(&sent).into_keys().collect();
    assert_eq!(files.len(), 4, "two tables, twice: {files:?}");
    assert!(text(package.join("sdmx/MH_INDICATORS.csv")).contains(",A,N,ok,Y,43,57,"));
}

#[test]
fn chinese_text_may_be_gb18030() {
    let mut store = TinyStore::new(&format!("{ALL}encoding = \"gb18030\"\n").replace("public", "superior"));
    store.publish(&few_rows());
    let package = store.build("city", "out");
    store.verify(&[&package], 0);
    let bytes = std::fs::read(package.join("tables/indicators_year.csv")).expect("a file");
    assert!(std::str::from_utf8(&bytes).is_err());
    let (decoded, _, lost) = encoding_rs::GB18030.decode(&bytes);
    assert!(!lost && decoded.contains("济宁市") && decoded.contains("\"一村, \"\"甲\"\"\""), "{decoded}");
    assert_eq!(json(package.join("datapackage.json"))["resources"][0]["encoding"], "gb18030");
}

#[test]
fn identifiers_of_dhis2_are_well_formed_unique_and_lasting() {
    let mut store = TinyStore::new(&ALL.replace("public", "superior"));
    store.publish(&few_rows());
    let package = store.build("city", "out");
    let metadata = json(package.join("dhis2/metadata.json"));
    let mut ids = BTreeSet::new();
    for kind in ["organisationUnits", "dataElements", "indicators", "indicatorTypes", "dataSets"] {
        for object in metadata[kind].as_array().expect("a list") {
            let id = object["id"].as_str().expect("an id");
            assert!(
                id.len() == 11 && id.bytes().all(|b| b.is_ascii_alphanumeric()) && !id.as_bytes()[0].is_ascii_digit()
            );
            assert!(ids.insert(id.to_owned()), "{id} twice");
        }
    }
    let unit = |code: &str| {
        let units = metadata["organisationUnits"].as_array().expect("a list");
        units.iter().find(|u| u["code"] == code).expect("a unit").clone()
    };
    assert_eq!(unit("370832")["parent"]["id"], unit("3708")["id"]);
    // The town between is not in the package: the village hangs from the county.
    assert_eq!(unit("370832001001")["parent"]["id"], unit("370832")["id"]);
    // What a platform has imported once must be found again for ever.
    assert_eq!(unit("3708")["id"], "QVqFbRD24Cz");
    let values = json(package.join("dhis2/dataValueSets.json"));
    for value in values["dataValues"].as_array().expect("values") {
        assert!(ids.contains(value["dataElement"].as_str().expect("an id")));
        assert!(ids.contains(value["orgUnit"].as_str().expect("an id")));
    }
}

#[test]
fn where_there_are_no_data_the_counts_go_as_they_are() {
    let mut store = TinyStore::new(&ALL.replace("public", "superior"));
    let mut no_population = cell(RATE, "370832001", "2023", Some((6, 0)));
    no_population.remove("denominator");
    let none = cell(RATE, "3708", "2023", Some((0, 0)));
    store.publish(&[("indicators/year", vec![none, cell(RATE, "370832", "2023", Some((5, 0))), no_population])]);
    let package = store.build("city", "out");
    let adx = text(package.join("adx/data.xml"));
    let values = |division: &str| {
        let group = adx.split("</group>").find(|g| g.contains(&format!("orgUnit=\"{division}\""))).expect("a group");
        group.split("value=\"").skip(1).map(|v| v.split('"').next().expect("a value").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values("3708"), ["0", "0"]);
    assert_eq!(values("370832"), ["5", "0"]);
    assert_eq!(values("370832001"), ["6"]);
    let dhis2 = json(package.join("dhis2/dataValueSets.json"));
    let sent: Vec<&str> =
        dhis2["dataValues"].as_array().expect("values").iter().map(|v| v["value"].as_str().expect("a text")).collect();
    assert_eq!(sent, ["0", "0", "5", "0", "6"]);
}

#[test]
fn quality_tables_go_to_the_superior_where_the_feed_names_them() {
    let mut store = TinyStore::new(&ALL.replace("public", "superior"));
    let line = Row::from([
        ("county", "370832".to_owned()),
        ("source", "station".to_owned()),
        ("dataset", "station_site".to_owned()),
        ("file", "a.csv".to_owned()),
        ("sheet", String::new()),
        ("sha256", "00".to_owned()),
        ("read", "1".to_owned()),
        ("accepted", "1".to_owned()),
        ("rejected", "0".to_owned()),
        ("duplicate", "0".to_owned()),
        ("superseded", "0".to_owned()),
        ("void", "0".to_owned()),
        ("not_data", "1".to_owned()),
        ("warnings", "0".to_owned()),
    ]);
    store.publish(&[
        ("indicators/year", vec![cell(RATE, "3708", "2023", Some((4, 9)))]),
        ("quality/reconciliation", vec![line]),
    ]);
    let names = |package: &std::path::Path| manifest(package).tables.iter().map(|t| t.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&store.build("city", "without")), ["indicators/year"]);
    store.configure(&format!("{ALL}tables = [\"indicators\", \"quality\"]\n").replace("public", "superior"));
    assert_eq!(names(&store.build("city", "with")), ["indicators/year", "quality/reconciliation"]);
    store.configure(&format!("{ALL}tables = [\"quality\"]\n"));
    let output = expect(store.feed(&["build", "city"]).arg("--out").arg(store.path("out")), 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("not for the public"));
}
