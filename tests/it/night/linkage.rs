//! The linkage on the command line, by the real binary: any people table, a store, and the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::published::{int, table, text};
use super::store::{TestStore, expect, reused, xinhui};

/// Clusters of a table as sets of record names.
fn clusters(path: &Path) -> BTreeSet<BTreeSet<String>> {
    let mut by_number: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    for batch in table(path) {
        for row in 0..batch.num_rows() {
            let number = int(&batch, "cluster", row).expect("a cluster");
            let name = format!("{}/{}", text(&batch, "source", row), text(&batch, "id", row));
            assert!(by_number.entry(number).or_default().insert(name), "a record stands once");
        }
    }
    by_number.into_values().collect()
}

fn link_table(model: &str, tables: &[&Path], out: &Path, more: &[&str]) {
    expect(xinhui().args(["link", "table", "--model", model, "--out"]).arg(out).args(tables).args(more), 0);
}

const GIVEN: [&str; 12] = [
    "sarah", "joshua", "emiily", "thomas", "hannah", "lachlan", "georgia", "benjamin", "chloe", "william", "mia",
    "oscar",
];
const FAMILY: [&str; 10] =
    ["alves", "snell", "campbell", "clarke", "nguyen", "ryan", "webb", "white", "matthews", "rudd"];

/// The words of small Latin letters in a text, but for some.
fn english_words(text: &str, but: &[&str]) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let is_word = |w: &&str| w.len() > 2 && w.chars().all(|c| c.is_ascii_lowercase()) && !but.contains(w);
    words.filter(is_word).map(str::to_owned).collect()
}

/// 240 people with an address and a number, and a second record of the even ones with a slip in two fields.
fn people() -> Vec<String> {
    let mut lines = Vec::new();
    for n in 0..240usize {
        let (given, family) = (GIVEN[n * 7 % 12], FAMILY[(n * 3 + n / 12) % 10]);
        let born = format!("{}{:02}{:02}", 1920 + n * 13 % 80, 1 + n * 5 % 12, 1 + n * 11 % 28);
        let street = format!("{} place", FAMILY[(n * 7 + 3) % 10]);
        let number = 1_000_000 + n * 7919 % 900_000;
        let line = |id: String, given: &str, family: &str, street: &str| {
            format!("{id},{given},{family},{},{street},,town{},{},nsw,{born},{number}", n % 90, n % 23, 2000 + n % 97)
        };
        lines.push(line(format!("a{n}"), given, family, &street));
        if n % 2 == 0 {
            let slip = format!("{}{}", &given[1..2], &given[..1]) + &given[2..];
            lines.push(line(format!("b{n}"), &slip, family, &street[1..]));
        }
    }
    lines
}

const HEADER: &str =
    "rec_id,given_name,surname,street_number,address_1,address_2,suburb,postcode,state,date_of_birth,soc_sec_id\n";

fn truth() -> BTreeSet<BTreeSet<String>> {
    let one = |n: usize| {
        if n.is_multiple_of(2) { vec![format!("t/a{n}"), format!("t/b{n}")] } else { vec![format!("t/a{n}")] }
    };
    (0..240).map(|n| one(n).into_iter().collect()).collect()
}

#[test]
fn a_people_table_is_linked_without_labels_whatever_the_order_of_its_lines() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (dir.path().join("t.csv"), dir.path().join("c.parquet"));
    let mut lines = people();
    std::fs::write(&file, format!("{HEADER}{}\n", lines.join("\n"))).unwrap();
    link_table("febrl", &[&file], &out, &["--id", "rec_id"]);
    let found = clusters(&out);
    assert_eq!(found, truth());

    lines.reverse();
    lines.rotate_left(77);
    std::fs::write(&file, format!("{HEADER}{}\n", lines.join("\n"))).unwrap();
    link_table("febrl", &[&file], &out, &["--id", "rec_id"]);
    assert_eq!(clusters(&out), found);
}

#[test]
fn two_tables_without_duplicates_are_compared_across_them_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b, out) = (dir.path().join("a.csv"), dir.path().join("b.csv"), dir.path().join("c.parquet"));
    let lines = people();
    for (path, letter) in [(&a, 'a'), (&b, 'b')] {
        let own: Vec<&str> = lines.iter().map(String::as_str).filter(|l| l.starts_with(letter)).collect();
        std::fs::write(path, format!("{HEADER}{}\n", own.join("\n"))).unwrap();
    }
    let expected: BTreeSet<BTreeSet<String>> = truth()
        .into_iter()
        .map(|c| c.into_iter().map(|r| r.replace("t/a", "a/a").replace("t/b", "b/b")).collect())
        .collect();
    for more in [&[][..], &["--no-duplicates"]] {
        link_table("febrl", &[&a, &b], &out, more);
        assert_eq!(clusters(&out), expected, "{more:?}");
    }
}

#[test]
fn kept_weights_give_the_same_clusters_without_learning() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out, weights) = (dir.path().join("t.csv"), dir.path().join("c.parquet"), dir.path().join("w.json"));
    std::fs::write(&file, format!("{HEADER}{}\n", people().join("\n"))).unwrap();
    let kept = weights.to_str().unwrap();
    link_table("febrl", &[&file], &out, &["--save-weights", kept]);
    let (learned, bytes) = (clusters(&out), std::fs::read(&weights).unwrap());
    link_table("febrl", &[&file], &out, &["--weights", kept]);
    assert_eq!(clusters(&out), learned);
    link_table("febrl", &[&file], &out, &["--save-weights", kept]);
    assert_eq!(std::fs::read(&weights).unwrap(), bytes, "learning twice gives the same bytes");
}

#[test]
fn a_table_that_cannot_be_linked_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("t.csv");
    let run = |content: &str, model: &str| {
        std::fs::write(&file, content).unwrap();
        let out = dir.path().join("c.parquet");
        let output = expect(xinhui().args(["link", "table", "--model", model, "--out"]).arg(&out).arg(&file), 2);
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(run("who,surname\n1,ryan\n", "febrl").contains("has no column that names records"));
    assert!(run("id,surname\n1,ryan\n1,webb\n", "febrl").contains("row 3 names a record that was named before"));
    assert!(run("id,colour\n1,red\n", "febrl").contains("none of the model's columns"));
    // A model that there is not is told before what the table lacks.
    assert!(run("who,surname\n1,ryan\n", "fbrl").contains("neither a file nor one of febrl, name-birth, persons"));
    let hints = |words: &[&str]| {
        std::fs::write(&file, "who,surname\n1,ryan\n").unwrap();
        let output = expect(xinhui().args(words).arg(&file).args(["--lang", "zh"]), 2);
        String::from_utf8(output.stderr).unwrap()
    };
    let truth = hints(&["link", "evaluate", "--truth"]);
    assert!(truth.contains("county、dataset、record_key、person") && !truth.contains("--id"), "{truth}");
    let out = dir.path().join("w.json").display().to_string();
    let people = hints(&["link", "train", "--out", &out, "--people"]);
    assert!(people.contains("编号列的列名须为 id、") && !people.contains("--id"), "{people}");
    assert!(run("id,surname\n1,ryan\n", "fbrl").contains("neither a file nor one of febrl, name-birth, persons"));
}

/// The figure of a path in the JSON that `link evaluate` writes.
fn figure(json: &serde_json::Value, path: &str) -> f64 {
    json.pointer(path).and_then(serde_json::Value::as_f64).unwrap_or_else(|| panic!("no {path} in {json}"))
}

#[test]
fn invented_identities_are_linked_as_well_by_the_table_as_by_the_evaluation() {
    let dir = tempfile::tempdir().unwrap();
    let made = dir.path().join("made");
    expect(xinhui().args(["synth", "--identities", "6000", "--dirt", "normal", "--seed", "7", "--out"]).arg(&made), 0);
    let (people, truth) = (made.join("people.csv"), made.join("truth.csv"));
    let (json, html, out) = (dir.path().join("e.json"), dir.path().join("e.html"), dir.path().join("c.parquet"));
    let evaluate = |c: &mut std::process::Command| {
        c.args(["link", "evaluate", "--truth"]).arg(&truth).arg("--people").arg(&people);
        c.arg("--json").arg(&json).arg("--html").arg(&html);
    };
    let mut command = xinhui();
    evaluate(&mut command);
    expect(&mut command, 0);
    let found: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert!(figure(&found, "/pairwise/f1") >= 0.99, "{}", figure(&found, "/pairwise/f1"));
    assert!(figure(&found, "/pairwise/precision") >= 0.998);
    assert!(figure(&found, "/blocking/recall") >= 0.99);
    assert!(std::fs::read_to_string(&html).unwrap().contains("<svg"));

    link_table("persons", &[&people], &out, &[]);
    assert_eq!(clusters(&out).len() as f64, figure(&found, "/whole/clusters"));
    // The report names rules and stages in the user's language, and every rule of the model.
    for (lang, rule, speed) in [("zh", "证件号：", "百万对"), ("en", "ID number: ", "million a second")] {
        let mut command = xinhui();
        command.current_dir(&made).args(["link", "table", "--model", "persons", "people.csv", "--out", "c.parquet"]);
        let output = expect(command.args(["--report", "--lang", lang]), 0);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.starts_with(rule) && said.contains(speed), "{said}");
        assert!(lang == "en" || english_words(&said, &["parquet"]).is_empty(), "{said}");
    }

    // Rows that name nobody, many of them with the very same words, are each a person of its own.
    let (mut rows, mut persons) = (std::fs::read_to_string(&people).unwrap(), std::fs::read_to_string(&truth).unwrap());
    for n in 0..300 {
        let name = ["群众", "李女士", "王某", "家长", "张**"][n % 5];
        rows += &format!("n{n},station,370832,{name},{},,,,,,,,\n", 1 + n % 2);
        persons += &format!("n{n},NOBODY{n}\n");
    }
    std::fs::write(&people, rows).unwrap();
    std::fs::write(&truth, persons).unwrap();
    let mut command = xinhui();
    evaluate(&mut command);
    expect(&mut command, 0);
    let with: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    for path in ["/pairwise/found_pairs", "/pairwise/correct_pairs", "/pairwise/true_pairs", "/whole/split_persons"] {
        assert_eq!(figure(&with, path), figure(&found, path), "{path}");
    }
    for path in ["/whole/clusters", "/whole/persons", "/whole/exact_persons"] {
        assert_eq!(figure(&with, path), figure(&found, path) + 300.0, "{path}");
    }
    link_table("persons", &[&people], &out, &[]);
    assert_eq!(clusters(&out).len() as f64, figure(&with, "/whole/clusters"));
}

#[test]
fn a_store_is_evaluated_explained_and_learned_from() {
    let args = ["--persons", "900", "--towns", "2", "--seed", "5", "--dirt", "normal", "--from", "2023-01-01"];
    let store = TestStore::synth(&args);
    store.edit_config("[\"month\", \"quarter\", \"half\", \"year\"]", "[\"year\"]");
    store.publish();
    let json = store.path().join("e.json");
    let evaluate = || {
        let mut command = xinhui();
        command.args(["link", "evaluate", "--truth"]).arg(store.path().join("truth.csv"));
        command.arg("--config").arg(store.config()).arg("--json").arg(&json);
        expect(&mut command, 0);
        serde_json::from_slice::<serde_json::Value>(&std::fs::read(&json).unwrap()).unwrap()
    };
    let shipped = evaluate();
    assert!(figure(&shipped, "/pairwise/f1") >= 0.98, "{}", figure(&shipped, "/pairwise/f1"));

    // Two rows of one person, and two of different ones.
    let truth = std::fs::read_to_string(store.path().join("truth.csv")).unwrap();
    let rows: Vec<Vec<&str>> = truth.lines().skip(1).map(|l| l.split(',').collect()).collect();
    let mut by_person: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in &rows {
        by_person.entry(row[3]).or_default().push(format!("{}/{}/{}", row[0], row[1], row[2]));
    }
    let of_one = by_person.values().find(|r| r.len() > 2).expect("somebody with several rows");
    let other = by_person.values().find(|r| r != &of_one).expect("somebody else");
    let why = |a: &str, b: &str, code: i32| {
        let output = expect(xinhui().args(["link", "why", a, b, "--config"]).arg(store.config()), code);
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (same, _) = why(&of_one[0], &of_one[1], 0);
    assert!(same.contains("prior") && same.contains("total") && same.contains("conclusion: one person"), "{same}");
    let (different, _) = why(&of_one[0], &other[0], 0);
    assert!(different.contains("conclusion: two persons"), "{different}");
    let (_, missing) = why(&of_one[0], "370832/hospital_patient/NOBODY", 2);
    assert!(missing.contains("is no accepted row about a person"), "{missing}");
    let (_, nonsense) = why(&of_one[0], "NOBODY", 2);
    assert!(nonsense.contains("COUNTY/DATASET/RECORD_KEY"), "{nonsense}");
    for (row, told) in [
        ("370832/hospital_patiant/X", "did you mean `hospital_patient`?"),
        ("370832/严重精神障碍患者登记/X", "did you mean `hospital_patient`?"),
        ("370832/zzz/X", "COUNTY/DATASET/RECORD_KEY"),
    ] {
        let (_, misspelt) = why(&of_one[0], row, 2);
        assert!(misspelt.contains("there is no dataset") && misspelt.contains(told), "{misspelt}");
    }
    // Who reads Chinese reads what is compared, how it agrees and which rule found it in Chinese.
    for (a, b) in [(&of_one[0], &of_one[1]), (&of_one[0], &other[0])] {
        let output = expect(xinhui().args(["link", "why", a, b, "--lang", "zh", "--config"]).arg(store.config()), 0);
        assert_eq!(english_words(&String::from_utf8(output.stdout).unwrap(), &[]), [""; 0]);
    }
    let trained = expect(xinhui().args(["link", "train", "--lang", "zh", "--config"]).arg(store.config()), 0);
    let trained = String::from_utf8(trained.stdout).unwrap();
    let (weights_of, _) = trained.rsplit_once("权重版本").expect("where the weights are");
    assert!(weights_of.contains("证件号（证据分）"), "{trained}");
    assert_eq!(english_words(weights_of, &[]), [""; 0], "{trained}");

    let train = || expect(xinhui().args(["link", "train", "--config"]).arg(store.config()), 0);
    train();
    let weights = store.path().join("store/private/link/weights.json");
    let first = std::fs::read_to_string(&weights).unwrap();
    let before = std::fs::read_link(store.path().join("store/current")).unwrap();
    train();
    let second = std::fs::read_to_string(&weights).unwrap();
    let without_version = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with("  \"version\": "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(without_version(&first), without_version(&second), "learning twice gives the same bytes");
    let version = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["version"].as_u64();
    assert_eq!(version(&first).map(|v| v + 1), version(&second));
    store.publish();
    assert_ne!(std::fs::read_link(store.path().join("store/current")).unwrap(), before, "a night with other weights");
    let learned = evaluate();
    assert!(figure(&learned, "/pairwise/f1") >= 0.97, "{}", figure(&learned, "/pairwise/f1"));
}

#[test]
fn linking_a_store_without_a_night_is_an_error_that_says_what_to_do() {
    let store = TestStore::synth(&["--persons", "50", "--towns", "1", "--dirt", "none"]);
    let output = expect(xinhui().args(["link", "train", "--config"]).arg(store.config()), 2);
    assert!(String::from_utf8(output.stderr).unwrap().contains("xinhui run"));
}

#[test]
fn decisions_hold_on_later_nights_and_contradictions_are_told() {
    let args = ["--persons", "900", "--towns", "2", "--seed", "5", "--dirt", "normal", "--from", "2023-01-01"];
    let store = TestStore::synth(&args);
    store.edit_config("[\"month\", \"quarter\", \"half\", \"year\"]", "[\"year\"]");
    store.publish();
    let persons = || -> u64 {
        let manifest = std::fs::read(store.path().join("store/current/manifest.json")).unwrap();
        serde_json::from_slice::<serde_json::Value>(&manifest).unwrap()["persons"].as_u64().unwrap()
    };
    let before = persons();

    let output = expect(xinhui().args(["link", "review", "--config"]).arg(store.config()), 0);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("cases to look at"), "{said}");
    let workbook = store.path().join("store/private/link/review-2023-12-31.xlsx");
    let decide = |file: &Path, code: i32| {
        let output = expect(xinhui().args(["link", "decide"]).arg(file).arg("--config").arg(store.config()), code);
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(decide(&workbook, 0).starts_with("0 decisions taken, 0 left undecided"));
    decide(&store.config(), 3);

    // Two people who are nothing to each other are decided to be one, and then one of them to be another.
    let truth = std::fs::read_to_string(store.path().join("truth.csv")).unwrap();
    let of = |prefix: &str, nth: usize| -> (String, String, String) {
        let mut people = BTreeSet::new();
        let row = truth
            .lines()
            .skip(1)
            .map(|l| l.split(',').collect::<Vec<_>>())
            .filter(|r| r[1] == "station_service" && r[0].starts_with(prefix) && people.insert(r[3].to_owned()));
        let row = row.into_iter().nth(nth).expect("a row");
        (row[1].to_owned(), row[0].to_owned(), row[2].to_owned())
    };
    let name = |(dataset, county, key): &(String, String, String)| serde_json::json!({ "dataset": dataset, "county": county, "record_key": key });
    let line = |a: &(String, String, String), b: &(String, String, String), same: bool| {
        serde_json::json!({ "a": name(a), "b": name(b), "same": same, "by": "核对人", "on": "2023-12-30" }).to_string()
            + "\n"
    };
    let (a, b) = (of("3708", 3), of("3708", 30));
    let decisions = store.path().join("store/private/link/decisions.jsonl");
    std::fs::write(&decisions, line(&a, &b, false)).unwrap();
    store.publish();
    assert_eq!(persons(), before, "they were two before");
    let why = || {
        let row = |r: &(String, String, String)| format!("{}/{}/{}", r.1, r.0, r.2);
        let output = expect(xinhui().args(["link", "why", &row(&a), &row(&b), "--config"]).arg(store.config()), 0);
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(why().contains("conclusion: two persons"));

    // A chain that ends where it was decided to part: none of it is in force, and the night says so.
    let c = of("3708", 60);
    let chain = line(&a, &b, false) + &line(&a, &c, true) + &line(&c, &b, true);
    std::fs::write(&decisions, chain).unwrap();
    let output = xinhui().arg("run").arg("--config").arg(store.config()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("contradict each other and are not applied"), "{said}");
    assert_eq!(persons(), before);

    std::fs::write(&decisions, "nonsense\n").unwrap();
    let output = expect(xinhui().arg("run").arg("--config").arg(store.config()), 3);
    assert!(String::from_utf8(output.stderr).unwrap().contains("decisions.jsonl"));
    // A bit that flips on the disk leaves the file's time as it was.
    std::fs::write(&decisions, line(&a, &b, false)).unwrap();
    store.publish();
    let changed = std::fs::metadata(&decisions).unwrap().modified().unwrap();
    std::fs::write(&decisions, line(&a, &b, true)).unwrap();
    std::fs::File::options().write(true).open(&decisions).and_then(|f| f.set_modified(changed)).unwrap();
    let output = expect(xinhui().arg("run").arg("--config").arg(store.config()), 4);
    assert!(String::from_utf8(output.stderr).unwrap().contains("decisions.jsonl"));
}

/// What the log of a night says of its linkage.
struct Told {
    /// Rows that the night before knew, and those whose identities were read.
    known: u64,
    read: u64,
    /// Records, and those of which no pair was compared before.
    records: u64,
    new: u64,
}

fn told(store: &TestStore) -> Told {
    let output = xinhui().args(["run", "--log", "json", "--config"]).arg(store.config()).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let number = |line: &str, name: &str| {
        let line = log.lines().find(|l| l.contains(line)).expect("the log says what was new");
        serde_json::from_str::<serde_json::Value>(line).unwrap()[name].as_u64().unwrap()
    };
    let [known, _, read] = reused(&log, "people");
    Told { known, read, records: number("pairs compared", "records"), new: number("pairs compared", "new") }
}

/// Persons and confidences of all rows, and the ranges of the manifest. Keys aside: those persist.
fn partition(store: &TestStore) -> (BTreeSet<BTreeSet<String>>, Vec<String>, serde_json::Value) {
    let mut persons: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut confidences = Vec::new();
    for batch in table(&store.path().join("store/private/persons.parquet")) {
        for row in 0..batch.num_rows() {
            let of = |name: &str| text(&batch, name, row);
            let name = format!("{}/{}/{}", of("county"), of("dataset"), of("record_key"));
            let confidence = batch.column_by_name("cluster_confidence").unwrap();
            let confidence: &arrow::array::Float64Array = confidence.as_any().downcast_ref().unwrap();
            confidences.push(format!("{name} {}", confidence.value(row)));
            persons.entry(of("person_key").to_owned()).or_default().insert(name);
        }
    }
    let manifest = std::fs::read(store.path().join("store/current/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    (persons.into_values().collect(), confidences, manifest["person_ranges"].clone())
}

#[test]
fn a_night_that_remembers_finds_what_one_without_a_memory_finds() {
    let args = ["--dirt", "heavy", "--persons", "800", "--counties", "370832,370811", "--towns", "2", "--nights", "3"];
    let store = TestStore::synth(&args).quick();
    store.arrive(1);
    let first = told(&store);
    assert_eq!((first.known, first.new), (0, first.records), "a first night knows nobody");
    let mut rows = first.read;
    let linkage = store.path().join("store/private/identities/linkage");
    let (mut of_before, mut pairs_of_before) = (Vec::new(), Vec::new());
    for night in [2, 3] {
        of_before = std::fs::read(linkage.join("people-rows.parquet")).unwrap();
        pairs_of_before = std::fs::read(linkage.join("pairs.parquet")).unwrap();
        store.arrive(night);
        let tonight = told(&store);
        // The files of a night hold about a third of all rows.
        assert!(tonight.new * 3 < tonight.records * 2, "{} of {} in the night {night}", tonight.new, tonight.records);
        // Other rows of before were sent again, withdrawn or replaced.
        let known = tonight.known;
        assert!(known <= rows && known * 3 > rows * 2, "{known} of {rows} rows are known in the night {night}");
        rows = tonight.known + tonight.read;
        let alone = store.copy();
        std::fs::remove_dir_all(alone.path().join("store")).unwrap();
        assert_eq!(told(&alone).records, tonight.records);
        assert_eq!(partition(&store), partition(&alone));
    }
    // What cannot be read, or is of another night, is not there: the night says so and goes on.
    let persons = store.path().join("store/private/persons.parquet");
    let (before, keys) = (partition(&store), std::fs::read(&persons).unwrap());
    let mut rules = ["prorata", "month_gap"].into_iter().cycle();
    let mut rule_now = "month_gap";
    let mut again = |what: &str| {
        // Another rule makes the night count again.
        let other = rules.next().unwrap();
        store.edit_config(&format!("managed_rule = \"{rule_now}\""), &format!("managed_rule = \"{other}\""));
        rule_now = other;
        let tonight = told(&store);
        assert_eq!(partition(&store), before, "{what}");
        assert!(std::fs::read(&persons).unwrap() == keys, "{what}: persons keep their keys");
        tonight
    };
    let tonight = again("nothing");
    assert_eq!((tonight.known, tonight.read, tonight.new), (rows, 0, 0));
    std::fs::write(linkage.join("pairs.parquet"), b"PAR1 no more").unwrap();
    let tonight = again("pairs");
    assert_eq!((tonight.known, tonight.read, tonight.new), (rows, 0, tonight.records));
    for part in ["texts", "identities", "rows", "keys"] {
        let file = linkage.join(format!("people-{part}.parquet"));
        std::fs::write(&file, &std::fs::read(&file).unwrap()[..100]).unwrap();
        let tonight = again(part);
        assert_eq!((tonight.known, tonight.read, tonight.new), (0, rows, tonight.records), "{part}");
    }
    std::fs::write(linkage.join("pairs.parquet"), pairs_of_before).unwrap();
    let tonight = again("pairs of another night");
    assert_eq!((tonight.known, tonight.read, tonight.new), (rows, 0, tonight.records));
    // A file of the night before beside those of this one, as a power cut may leave them.
    std::fs::write(linkage.join("people-rows.parquet"), of_before).unwrap();
    let tonight = again("a file of another night");
    assert_eq!((tonight.known, tonight.read), (0, rows));
}
