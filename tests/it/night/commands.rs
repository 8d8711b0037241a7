//! Commands and their exit codes, by the real binary.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use xinhui::store::table_file::read_table;

use super::hand::{HandStore, incidents};
use super::store::{TestStore, copy_tree, expect, xinhui};

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// Runs in a folder, so that places in messages are the same everywhere.
#[track_caller]
fn at(dir: &Path, args: &[&str], code: i32) -> Output {
    expect(xinhui().current_dir(dir).args(args), code)
}

fn with_config(command: &mut Command, store: &TestStore) -> Output {
    command.arg("--config").arg(store.config()).output().expect("the binary starts")
}

#[test]
fn declarations_and_config_of_a_new_store_are_in_order() {
    let hand = HandStore::new();
    let dir = hand.store.path();
    let population = "区划代码,年份,常住人口\n370811,2023,1000\n370832,2023,1000\n";
    std::fs::write(dir.join("reference/population.csv"), population).expect("a file");
    assert_eq!(out(&at(dir, &["check"], 0)), "declarations and config are in order\n");
    assert_eq!(out(&at(dir, &["check", "--config", "xinhui.toml", "--lang", "zh"], 0)), "声明与配置没有问题\n");
}

/// A copy of the declarations with these edits: file, first text that goes, what comes in its place.
fn broken_copy(dir: &Path, edits: &[(&str, &str, &str)]) {
    let schemas = dir.join("schemas");
    copy_tree(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas")), &schemas);
    for (file, from, to) in edits {
        let path = schemas.join(file);
        let text = std::fs::read_to_string(&path).expect("a declaration");
        assert!(text.contains(from), "{file} does not hold `{from}`");
        std::fs::write(path, text.replacen(from, to, 1)).expect("written");
    }
}

#[test]
fn every_fault_of_the_declarations_is_found_at_once_with_file_and_place() {
    let dir = tempfile::tempdir().unwrap();
    broken_copy(
        dir.path(),
        &[
            ("tables/school_site.json", "\"school_stage\"", "\"school_stag\""),
            ("tables/station_survey.json", "\"integer\"", "\"intger\""),
            ("tables/hospital_visit.json", "\"discharge_date\"", "\"visit_date\""),
            ("indicators/patients.toml", "fact = \"patient\"", "fact = \"pateint\""),
            ("indicators/patients.toml", "where = \"managed\"", "where = \"managed AND (\""),
            ("indicators/patients.toml", "\"hospital_followup\"", "\"hospital_folowup\""),
            ("indicators/sites.toml", "unit = \"percent\"", "unit = \"count\""),
            ("profiles/guzhai-2020.toml", "\"town_station_built_rate\"", "\"town_station_build_rate\""),
            ("profiles/liangshan-2023.toml", "op = \">=\"", "op = \"=>\""),
            ("facts/window/last_seen.sql", "FROM seen", "FROM unseen"),
            ("facts/base/unit.sql", "FROM ", "FORM "),
            ("facts/window/standing.sql", "$e_day", "$e_dya"),
            ("facts/window/town.sql", "-- Every town", "-- by: county\n-- Every town"),
            ("facts/window/village.sql", "-- Every village", "-- by: person\n-- Every village"),
            ("facts/base/survey.sql", "by: county", "by: town"),
            ("rollups/rollups.toml", "fact = \"service_period\"", "fact = \"services\""),
            ("norms.toml", "prorata_days = 90", "prorata_days = 0"),
        ],
    );
    let said = out(&at(dir.path(), &["check", "--schemas", "schemas"], 2));
    for problem in [
        "schemas/tables/school_site.json: field `stage`: unknown code list `school_stag`; did you mean `school_stage`?",
        "schemas/tables/station_survey.json: field `age`: type `intger` is not supported here",
        "schemas/tables/hospital_visit.json: field `visit_date` is declared twice",
        "schemas/indicators/patients.toml: indicator `smi_reported_prevalence`: unknown fact `pateint`; did you mean `patient`?",
        "schemas/indicators/patients.toml: indicator `smi_standard_management_rate`: the numerator does not parse: ",
        "schemas/indicators/patients.toml: indicator `smi_standard_management_rate`: unknown dataset `hospital_folowup`; did you mean `hospital_followup`?",
        "schemas/indicators/sites.toml: indicator `",
        "schemas/profiles/guzhai-2020.toml: target 1: unknown indicator `town_station_build_rate`; did you mean `town_station_built_rate`?",
        "schemas/profiles/liangshan-2023.toml: target 1 (`county_centre_standard`): op `=>` is none of >= <= > <",
        "schemas/facts/window/last_seen.sql: unknown table `unseen`",
        "schemas/facts/base/unit.sql: does not parse: ",
        "schemas/facts/window/standing.sql: unknown parameter `e_dya`; did you mean `e_day`?",
        "schemas/facts/window/town.sql: is `by: county`, which only a base fact can be",
        "schemas/facts/window/village.sql: falls apart, but reads `standing`, which does not",
        "schemas/facts/base/survey.sql: falls apart by `town`, which is neither county nor person",
        "schemas/rollups/rollups.toml: rollup `services`: unknown fact `services`",
        "schemas/norms.toml: `prorata_days` must be at least 1",
    ] {
        assert!(said.contains(problem), "not found: {problem}\nin:\n{said}");
    }
    // A table that cannot be read is one problem, not one for each that names it.
    assert!(!said.contains("`station_survey`"), "{said}");
}

#[test]
fn sql_that_some_engine_cannot_run_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    broken_copy(
        dir.path(),
        &[
            ("facts/window/patient.sql", "VARCHAR(2)", "VARCHAR"),
            ("facts/base/followup.sql", "PARTITION BY followup_day ", ""),
            ("facts/window/managed_month_gap.sql", "OVER (PARTITION BY person_key ORDER BY followup_month)", "OVER w"),
            ("indicators/patients.toml", "where = \"managed\"", "where = \"CAST(managed AS VARCHAR) = 'true'\""),
            ("rollups/rollups.toml", "\"COUNT(*)\"", "\"MAX(COUNT(*)) OVER ()\""),
            ("facts/base/warning.sql", "SELECT ", "SELECT STRPOS('a', 'b') AS at, "),
            ("facts/window/warned.sql", "SELECT ", "SELECT LAG(1) OVER (PARTITION BY person_key) AS last, "),
            ("facts/window/in_hospital.sql", "WHERE ", "WHERE 1 = (SELECT 1 FROM visit LIMIT 1) AND "),
        ],
    );
    let said = out(&at(dir.path(), &["check", "--schemas", "schemas"], 2));
    for problem in [
        "schemas/facts/window/patient.sql: holds `CAST(k.risk_level AS VARCHAR)`, which names no length",
        "schemas/facts/base/followup.sql: holds `ROW_NUMBER() OVER (ORDER BY record_id, _county)`, which \
         orders all rows at once",
        "schemas/facts/window/managed_month_gap.sql: holds `LAG(followup_month) OVER w`, whose window stands elsewhere",
        "the numerator holds `CAST(managed AS VARCHAR)`, which names no length",
        "rollup `services`: `contacts` holds `MAX(COUNT(*)) OVER ()`, which orders all rows at once",
        "schemas/facts/base/warning.sql: holds `STRPOS('a', 'b')`, a function that not every engine has",
        "schemas/facts/window/warned.sql: holds `LAG(1) OVER (PARTITION BY person_key)`, which states no order",
        "schemas/facts/window/in_hospital.sql: holds a LIMIT (or FETCH), and which rows",
    ] {
        assert!(said.contains(problem), "not found: {problem}\nin:\n{said}");
    }
}

#[test]
fn columns_that_no_fact_has_are_found_by_running_the_queries_on_nothing() {
    let dir = tempfile::tempdir().unwrap();
    broken_copy(
        dir.path(),
        &[
            ("indicators/patients.toml", "where = \"treated\"", "where = \"treeted\""),
            ("facts/window/warned.sql", "warning_level", "warning_levle"),
            ("norms.toml", "month_gap = 3", "month_gap : 3"),
        ],
    );
    let said = out(&at(dir.path(), &["check", "--schemas", "schemas"], 2));
    for problem in ["indicator `smi_treatment_rate`", "treeted", "schemas/facts/window/warned.sql: ", "warning_levle"] {
        assert!(said.contains(problem), "not found: {problem}\nin:\n{said}");
    }
    assert!(said.contains("schemas/norms.toml: TOML parse error at line "), "{said}");
    let refused = at(dir.path(), &["explain", "--schemas", "schemas"], 2);
    assert!(err(&refused).contains("month_gap : 3"));
    // A misspelt norm is a norm that nobody asked for, and misses where it is read.
    let dir = tempfile::tempdir().unwrap();
    broken_copy(dir.path(), &[("norms.toml", "month_gap = 3", "month_gapp = 3")]);
    let said = out(&at(dir.path(), &["check", "--schemas", "schemas"], 2));
    let problems = ["[about] names `month_gap`, which is no norm", "`month_gap`; did you mean `month_gapp`?"];
    assert!(problems.iter().all(|problem| said.contains(problem)), "{said}");
    let nothing = tempfile::tempdir().unwrap();
    let empty = err(&at(nothing.path(), &["check", "--schemas", "."], 2));
    assert!(empty.contains("holds no declaration"), "{empty}");
}

#[test]
fn every_fault_of_a_config_is_found_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let config = "as_of = \"2023-13-31\"\nstore = \"store\"\ninbox = \"nowhere\"\nreference = \"none\"\ncity = \"37\"\n\
                  profiles = [\"nobody\"]\nmax_rejected_share = 2.0\nkeep_snapshots = 0\n\
                  [periods]\nfrom = \"soon\"\nkinds = [\"week\"]\n[norms]\nmanaged_rule = \"often\"\n\
                  [identity]\nkey_file = \"none.key\"\nhash = \"md5\"\n\
                  [[profile_scope]]\nprofile = \"nobody\"\ndivisions = [\"370811\"]\n";
    std::fs::write(dir.path().join("xinhui.toml"), config).unwrap();
    let said = out(&at(dir.path(), &["check", "--config", "xinhui.toml"], 2));
    insta::assert_snapshot!(said, @r#"
    xinhui.toml: as_of: `2023-13-31` is not a date such as "2023-12-31"
    xinhui.toml: city: `37` is not a division code of 4 digits
    xinhui.toml: max_rejected_share: 2 is not between 0 and 1
    xinhui.toml: keep_snapshots: at least 1 must be kept
    xinhui.toml: profiles: unknown profile `nobody`; known are changning-2019, guzhai-2020, liangshan-2023, shancheng-2020, zhoujiadu-2023
    xinhui.toml: periods.from: `soon` is not a month such as "2022-01"
    xinhui.toml: periods.kinds: `week` is none of month, quarter, half, year
    xinhui.toml: norms: `managed_rule` is `often`, which no fact is for: interval, month_gap, prorata, visits_and_checkup
    xinhui.toml: identity.hash: `md5` is neither "sha256" nor "sm3"
    xinhui.toml: profile_scope: unknown profile `nobody`; known are changning-2019, guzhai-2020, liangshan-2023, shancheng-2020, zhoujiadu-2023
    nowhere: is no folder; `inbox` must name one
    none: is no folder; `reference` must name one
    none.key: there is no key file (make a key with `xinhui key new --out none.key`)
    13 problems found
    "#);
    let run = err(&at(dir.path(), &["run"], 2));
    assert!(run.contains("identity.hash") && run.contains("periods.from"), "{run}");
    std::fs::write(dir.path().join("xinhui.toml"), "as_off = 1\n").unwrap();
    assert!(err(&at(dir.path(), &["run"], 2)).contains("unknown field `as_off`"));
    assert!(err(&at(dir.path(), &["run", "--config", "gone.toml"], 2)).contains("gone.toml: cannot be read"));
}

#[test]
fn a_missing_key_says_how_to_make_one_and_a_wrong_key_is_told() {
    let hand = HandStore::new();
    let dir = hand.store.path();
    hand.put("370832/police/案_20230601.csv", incidents(&[("A1", "2023-05-01", "extreme", "", "")])).night();
    std::fs::rename(dir.join("xinhui.key"), dir.join("kept")).unwrap();
    insta::assert_snapshot!(err(&at(dir, &["run"], 2)), @r"
    error: xinhui.key: there is no key file
    hint: put the key file back from its backup: a new key does not open this store
    ");
    // The record of nights has it, and shows it first.
    let status = out(&at(dir, &["status"], 0));
    let nights: Vec<&str> = status.lines().skip_while(|line| !line.starts_with("last nights")).skip(1).collect();
    assert!(nights.len() == 2 && nights[0].contains("exit 2 · xinhui.key: there is no key file"), "{status}");
    // So does every other command that needs the key.
    for command in [&["verify"][..], &["rebuild"], &["key", "change"], &["link", "review"], &["check"]] {
        let output =
            xinhui().current_dir(dir).args(command).args(["--lang", "zh"]).output().expect("the binary starts");
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        let said = out(&output) + &err(&output);
        assert!(said.contains("请从备份恢复密钥文件：新密钥打不开此存储"), "{command:?}: {said}");
        assert!(!said.contains("key new"), "{command:?}: {said}");
    }
    let made = out(&at(dir, &["key", "new"], 0));
    assert!(made.starts_with("wrote a new key to xinhui.key; keep a copy elsewhere"), "{made}");
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(dir.join("xinhui.key")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert!(err(&at(dir, &["key", "new"], 2)).contains("a key is never replaced"));
    // Another key opens nothing, publishes nothing and changes nothing.
    let before = std::fs::read_link(dir.join("store/current")).unwrap();
    let wrong = err(&at(dir, &["run"], 2));
    assert!(wrong.contains("key"), "{wrong}");
    assert_eq!(std::fs::read_link(dir.join("store/current")).unwrap(), before);
    std::fs::write(dir.join("xinhui.key"), "short").unwrap();
    assert!(err(&at(dir, &["run"], 2)).contains("holds no key"));
    std::fs::rename(dir.join("kept"), dir.join("xinhui.key")).unwrap();
    hand.night();
    hand.store.edit_config("key_file = \"xinhui.key\"", "key_file = \"xinhui.key\"\nhash = \"sm3\"");
    assert!(err(&at(dir, &["run"], 2)).contains("sha256"));
}

#[test]
fn what_cannot_be_read_or_written_has_its_own_exit_code() {
    let hand = HandStore::new();
    let dir = hand.store.path();
    hand.store.edit_config("inbox = \"inbox\"", "inbox = \"away\"");
    assert!(err(&at(dir, &["run"], 3)).contains("away"));
    hand.store.edit_config("inbox = \"away\"", "inbox = \"inbox\"");
    at(dir, &["validate", "gone.csv"], 3);
    std::fs::write(dir.join("a file"), "").unwrap();
    hand.store.edit_config("store = \"store\"", "store = \"a file/store\"");
    assert!(err(&at(dir, &["run"], 4)).contains("cannot be written"));
    hand.store.edit_config("store = \"a file/store\"", "store = \"store\"");
    std::fs::write(dir.join("reference/divisions.csv"), "code,name\n44,x\n").unwrap();
    assert!(err(&at(dir, &["run"], 2)).contains("holds no division of the city 3708"));
    at(dir, &["run", "--bogus"], 2);
    at(dir, &["explain", "no_such_indicator"], 2);
    assert!(!dir.join("store/current").exists());
}

#[test]
fn an_indicator_is_laid_open_and_its_value_is_the_published_one() {
    let store = TestStore::synth(&["--persons", "200", "--counties", "370832", "--towns", "2", "--dirt", "none"]);
    store.edit_config("[\"month\", \"quarter\", \"half\", \"year\"]", "[\"year\"]");
    store.run(0);
    let list = out(&expect(xinhui().arg("explain"), 0));
    assert_eq!(list.lines().count(), 55 + 11);
    assert!(list.contains("smi_treatment_rate"), "{list}");
    let zh = out(&expect(xinhui().args(["explain", "--lang", "zh"]), 0));
    assert!(zh.contains("在册患者治疗率"), "{zh}");

    let published = super::published::indicators(&store.internal());
    let mut compared = 0;
    for id in ["smi_treatment_rate", "smi_reported_prevalence", "outreach_activities", "extreme_incident_change"] {
        for division in ["3708", "370832"] {
            let args = ["explain", id, "--division", division, "--period", "2023", "--sql"];
            let output = with_config(xinhui().args(args), &store);
            assert_eq!(output.status.code(), Some(0), "{}", err(&output));
            let said = out(&output);
            let row = published
                .iter()
                .find(|r| r.indicator == id && r.division_code == division && r.period == "2023")
                .expect("a published row");
            let grouped = |n: i64| xinhui::diag::grouped(n.unsigned_abs());
            let number = |n: Option<i64>| n.map_or_else(|| "-".to_owned(), grouped);
            let exactly = row.value.filter(|v| v.fract() != 0.0);
            let exactly = exactly.map_or_else(String::new, |v| format!(" (exactly {v})"));
            let sign = [("permille", " ‰"), ("count", "")].into_iter().find(|(unit, _)| *unit == row.unit);
            let sign = sign.map_or(" %", |(_, sign)| sign);
            let value = row.value.map_or_else(
                || "-".to_owned(),
                |v| match row.unit.as_str() {
                    "count" => v.to_string(),
                    "percent_change" => format!("{v:+.2}{sign}{exactly}"),
                    _ => format!("{v:.2}{sign}{exactly}"),
                },
            );
            for line in [
                format!("  numerator: {}\n", grouped(row.numerator)),
                format!("  denominator: {}\n", number(row.denominator)),
                format!("  value: {value}\n"),
                format!("  status: {}\n", row.status.replace("no_data", "no data")),
            ] {
                assert!(said.contains(&line), "{id}: no `{line}` in\n{said}");
            }
            // The SQL is whole: no parameter is left open.
            let sql = said[said.find("-- SQL").expect("the SQL")..].lines().filter(|l| !l.starts_with("--"));
            let sql: Vec<&str> = sql.collect();
            assert!(sql.iter().any(|l| l.contains("SELECT")) && !sql.iter().any(|l| l.contains('$')), "{sql:#?}");
            compared += 1;
        }
    }
    assert_eq!(compared, 8);
    // A period alone lays all levels open.
    let output = with_config(xinhui().args(["explain", "outreach_activities", "--period", "2023", "--sql"]), &store);
    let said = out(&output);
    let levels = ["-- village\n", "-- town\n", "-- county\n", "-- city\n"];
    assert!(levels.iter().all(|level| said.contains(level)) && !said.contains("numerator"), "{said}");
}

#[test]
fn a_rollup_is_laid_open_and_its_totals_are_the_published_ones() {
    let store = TestStore::synth(&["--persons", "200", "--counties", "370832", "--towns", "2", "--dirt", "none"]);
    store.edit_config("[\"month\", \"quarter\", \"half\", \"year\"]", "[\"year\"]");
    store.edit_config("store = ", "query_tables = \"tables\"\nstore = ");
    store.run(0);
    let table = store.internal().join("rollups/services/services.parquet");
    let (mut rows, mut totals) = (0, None);
    for batch in read_table(&table, None).unwrap() {
        let batch = batch.unwrap();
        let text = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().clone();
        let ints = |name: &str| batch.column_by_name(name).unwrap().as_primitive::<Int64Type>().clone();
        let dimensions = ["service_kind", "channel", "population", "sex", "age_group"].map(text);
        let (codes, periods) = (text("division_code"), text("period"));
        let asked = |row: &usize| codes.value(*row) == "370832" && periods.value(*row) == "2023";
        for row in (0..batch.num_rows()).filter(asked) {
            rows += 1;
            if dimensions.iter().all(|d| d.value(row) == "_all") {
                totals = Some((ints("contacts").value(row), ints("persons").value(row)));
            }
        }
    }
    let (contacts, persons) = totals.expect("a row that is not broken down");
    let args = ["explain", "services", "--division", "370832", "--period", "2023", "--sql"];
    let said = out(&with_config(xinhui().args(args), &store));
    for part in [
        "dimensions: service_kind; channel; population; sex; age_group; sex × age_group\n".to_owned(),
        "measures: contacts = COUNT(*); persons = COUNT(DISTINCT person_key)\n".to_owned(),
        format!("梁山县 (370832) 2023\n  contacts: {contacts}\n  persons: {persons}\n  rows: {rows}\n"),
        "CREATE TEMP TABLE service_period AS\nSELECT person_key, ".to_owned(),
        "\n-- county\nSELECT county AS division_code, COUNT(*) AS contacts".to_owned(),
        "\n-- county: population\nSELECT county AS division_code, COALESCE(population, 'unknown')".to_owned(),
        "\n-- county: sex, age_group\n".to_owned(),
    ] {
        assert!(said.contains(&part), "no `{part}` in\n{said}");
    }
    assert!(!said.contains('$') && !said.contains("-- town"), "{said}");
    for (lang, measures) in [
        ("en", "measures: contacts (Contacts); persons (Distinct persons)\n"),
        ("zh", "度量：人次（contacts）；人数（persons）\n"),
    ] {
        let plain = out(&with_config(xinhui().args(["explain", "services", "--lang", lang]), &store));
        assert!(plain.contains(measures) && !plain.contains("COUNT"), "SQL where none is asked for: {plain}");
    }
    // The tables that those queries begin with were written, and nobody else can read them.
    let tables = store.path().join("tables");
    for name in ["station_service", "station_service_population", "person", "place", "calendar", "station_site_place"] {
        let rows = read_table(&tables.join(format!("{name}.parquet")), None).unwrap();
        assert!(rows.map(|batch| batch.unwrap().num_rows()).sum::<usize>() > 0, "{name}");
    }
    let mode = std::fs::metadata(tables.join("person.parquet")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
}

#[test]
fn a_sender_tries_a_file_and_nothing_is_stored() {
    let dir = tempfile::tempdir().unwrap();
    let text = incidents(&[("A1", "2023-05-01", "extreme", "", ""), ("A2", "2023-02-30", "第九级", "", "")]);
    std::fs::write(dir.path().join("案.csv"), text).unwrap();
    std::fs::write(dir.path().join("空.csv"), "").unwrap();
    let said = out(&at(dir.path(), &["validate", "案.csv", "--as-of", "2023-12-31"], 1));
    insta::assert_snapshot!(said, @r"
    案.csv
      Extreme incidents: 2 rows, 1 with errors, 1 no data (titles, headers, totals)
        row 3 error type-error: `incident_date` is no day or time of the calendar: check it and write it like 2023-03-05
        row 3 error unknown-code: `severity` is not in its code list: give one of extreme, serious, general
    Division codes were not judged: name the store's config with --config.
    ");
    let zh = out(&at(dir.path(), &["validate", "案.csv", "空.csv", "--lang", "zh", "--as-of", "2023-12-31"], 1));
    assert!(zh.contains("第 3 行 错误 unknown-code"), "{zh}");
    assert!(zh.contains("错误 empty-file："), "{zh}");
    let good = incidents(&[("A1", "2023-05-01", "extreme", "", "")]);
    std::fs::write(dir.path().join("案.csv"), good).unwrap();
    at(dir.path(), &["validate", "案.csv", "--source", "police"], 0);
    let elsewhere = out(&at(dir.path(), &["validate", "案.csv", "--source", "school"], 1));
    assert!(elsewhere.contains("wrong-source"), "{elsewhere}");
    at(dir.path(), &["validate", "案.csv", "--source", "库房"], 2);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
}

#[test]
fn what_a_sender_is_told_is_as_long_as_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let titles: String = (0..40).map(|n| format!(",附加列{n}")).collect();
    let text = incidents(&[("A1", "2023-05-01", "extreme", "", "")]);
    let (header, rows) = text.split_once('\n').unwrap();
    std::fs::write(dir.path().join("案.csv"), format!("{header}{titles}\n{rows}")).unwrap();
    let said = out(&at(dir.path(), &["validate", "案.csv", "--source", "police", "--most", "3"], 0));
    assert_eq!(said.matches("unknown-column").count(), 3, "{said}");
    assert!(said.contains("… 37 more (see --most)"), "{said}");
}

#[test]
fn status_tells_the_last_nights_and_how_they_ended() {
    let hand = HandStore::new();
    let dir = hand.store.path();
    assert_eq!(out(&at(dir, &["status"], 0)), "no snapshot is published yet\n");
    hand.put("370832/police/案_20230601.csv", incidents(&[("A1", "2023-05-01", "extreme", "", "")])).night();
    hand.put("370832/police/空_20230602.csv", "");
    hand.store.run(1);
    std::fs::write(dir.join("reference/divisions.csv"), "code,name\n44,x\n").unwrap();
    hand.store.run(2);
    let said = out(&expect(xinhui().current_dir(dir).env("TZ", "Asia/Shanghai").arg("status"), 0));
    let json: serde_json::Value = serde_json::from_str(&out(&at(dir, &["status", "--json"], 0))).expect("JSON");
    assert_eq!(json["nights"].as_array().map(Vec::len), Some(3));
    assert_eq!(json["nights"][1]["summary"]["exit_code"], 1);
    let started = json["nights"][0]["started"].as_str().expect("a stamp");
    let zoned = started.parse::<jiff::Timestamp>().unwrap().in_tz("Asia/Shanghai").unwrap();
    assert!(said.contains(&zoned.strftime("%Y-%m-%d %H:%M").to_string()), "{said}");
    let mut settings = insta::Settings::clone_current();
    // Of two nights of one second the later bears its place.
    settings.add_filter(r"\d{8}T\d{6}Z(\.\d{3})?-[0-9a-f]{8}", "[snapshot]");
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d", "[time]");
    settings.add_filter(r"/[^ ]*/reference", "[reference]");
    settings.bind(|| {
        insta::assert_snapshot!(said, @r"
        current snapshot: [snapshot]
        last nights (times in Asia/Shanghai, UTC+08:00):
          [time]  exit 2 · [reference]: holds no division of the city 3708
          [time]  exit 1 · 1 new file · 1 / 1 rows · 0 persons
          [time]  exit 0 · 1 new file · 1 / 1 rows · 0 persons
        ");
    });
    assert_eq!(out(&at(dir, &["status", "--nights", "1"], 0)).lines().count(), 3);
    assert!(out(&at(dir, &["status", "--lang", "zh"], 0)).contains("当前快照"));
}

#[test]
fn the_language_is_the_systems_unless_one_is_asked_for() {
    let said = |locale: &str, args: &[&str]| out(&expect(xinhui().env("LC_ALL", locale).arg("check").args(args), 0));
    let is_chinese = |said: String| said.starts_with("声明没有问题");
    let is_english = |said: String| said.starts_with("declarations are in order");
    assert!(is_chinese(said("zh_CN.UTF-8", &[])));
    assert!(is_english(said("de_DE.UTF-8", &[])));
    assert!(is_english(said("zh_CN.UTF-8", &["--lang", "en"])));
    assert!(is_chinese(said("C", &["--lang", "zh"])));
}

#[test]
fn the_log_is_json_lines_and_the_summary_is_among_them() {
    let hand = HandStore::new();
    hand.put("370832/police/案_20230601.csv", incidents(&[("A1", "2023-05-01", "extreme", "", "")]));
    let output = expect(xinhui().args(["run", "--log", "json", "--config"]).arg(hand.store.config()), 0);
    assert_eq!(out(&output), "");
    let lines: Vec<serde_json::Value> =
        err(&output).lines().map(|l| serde_json::from_str(l).expect("a line of JSON")).collect();
    let last = lines.last().expect("a line");
    assert_eq!(last["message"], "night done");
    assert_eq!((&last["rows"]["accepted"], &last["exit_code"], &last["met"]), (&1.into(), &0.into(), &0.into()));
    assert!(last["timestamp"].as_str().is_some_and(|stamp| stamp.ends_with('Z')), "{last}");
    std::fs::remove_file(hand.store.path().join("xinhui.key")).unwrap();
    let failed = expect(xinhui().args(["run", "--log", "json", "--config"]).arg(hand.store.config()), 2);
    let line: serde_json::Value = serde_json::from_str(err(&failed).lines().last().expect("a line")).unwrap();
    assert_eq!(line["level"], "ERROR");
    assert!(line["hint"].as_str().expect("a hint").contains("from its backup"), "{line}");
}

#[test]
fn shells_get_their_completions_and_help_ends_with_the_exit_codes() {
    for (shell, word) in [("bash", "complete -F _xinhui"), ("zsh", "#compdef xinhui"), ("fish", "complete -c xinhui")] {
        let script = out(&expect(xinhui().args(["completions", shell]), 0));
        assert!(script.contains(word), "{shell}");
        assert!(!script.contains("read-files"), "{shell}: only what people run is offered");
        // A colon ends a part of what zsh is told of an option.
        assert!(shell != "zsh" || script.contains(":HH\\:MM:") && !script.contains("HH:MM"), "{shell}");
    }
    expect(xinhui().args(["completions", "cmd"]), 2);
    let help = out(&expect(xinhui().arg("--help"), 0));
    for code in ["  0  done", "  1  ", "  2  ", "  3  ", "  4  ", "  5  ", "101  a bug"] {
        assert!(help.contains(code), "{help}");
    }
    assert!(out(&expect(xinhui().arg("--version"), 0)).starts_with("xinhui "));
}
