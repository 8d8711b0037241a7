//! Distinct identities for linkage, and the truth about them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use xinhui::schema::Schemas;
use xinhui::synth::{Dirt, Rates, SynthOptions, generate, generate_identities};

use super::tables::{id_is_valid, parse_csv, read_exports};

fn options(out: &Path, dirt: Dirt) -> SynthOptions {
    SynthOptions { out: out.to_owned(), rates: Rates::preset(dirt), ..SynthOptions::default() }
}

const HEADER: [&str; 13] = [
    "id",
    "source",
    "county",
    "name",
    "sex",
    "birth_date",
    "id_number",
    "phone",
    "residence_code",
    "address",
    "student_no",
    "guardian_name",
    "guardian_phone",
];

/// A line of `people.csv` with its person.
pub struct Identity {
    pub person: String,
    pub values: Vec<String>,
}

impl Identity {
    pub fn get(&self, field: &str) -> &str {
        &self.values[HEADER.iter().position(|h| *h == field).unwrap()]
    }
}

/// The lines of `people.csv`, each with its person.
pub fn read_people(dir: &Path) -> Vec<Identity> {
    let read = |name: &str| parse_csv(&std::fs::read_to_string(dir.join(name)).unwrap());
    let (people, truth) = (read("people.csv"), read("truth.csv"));
    assert_eq!(truth[0], ["id", "person"]);
    assert_eq!(people[0], HEADER);
    let mut of_id: BTreeMap<String, String> = truth.into_iter().skip(1).map(|t| (t[0].clone(), t[1].clone())).collect();
    assert_eq!(of_id.len(), people.len() - 1, "the truth names each row, once, and no other");
    people
        .into_iter()
        .skip(1)
        .map(|values| {
            assert_eq!(values.len(), HEADER.len());
            Identity { person: of_id.remove(&values[0]).expect("the person of each row"), values }
        })
        .collect()
}

#[test]
fn about_as_many_distinct_identities_as_asked_for() {
    let schemas = Schemas::embedded().unwrap();
    for (wanted, dirt) in [(3_000u64, Dirt::None), (20_000, Dirt::Normal), (20_000, Dirt::Heavy)] {
        let dir = tempfile::tempdir().unwrap();
        let report = generate_identities(&options(dir.path(), dirt), wanted, &schemas).unwrap();
        assert!(report.identities.abs_diff(wanted) * 20 <= wanted, "{} instead of {wanted}", report.identities);
        let people = read_people(dir.path());
        assert_eq!(people.len() as u64, report.identities);
        let persons: BTreeSet<&str> = people.iter().map(|p| p.person.as_str()).collect();
        assert_eq!(persons.len() as u64, report.persons);
        let distinct: BTreeSet<Vec<&str>> = people
            .iter()
            .map(|p| std::iter::once(p.person.as_str()).chain(p.values[1..].iter().map(String::as_str)).collect())
            .collect();
        assert_eq!(distinct.len(), people.len(), "a person has an identity twice");
    }
}

#[test]
fn the_lines_are_those_of_the_exports_each_once() {
    let schemas = Schemas::embedded().unwrap();
    // So many people that what befalls them does not depend on their number.
    let base = SynthOptions { persons: 16_000, ..options(Path::new(""), Dirt::None) };
    let (inbox, list) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    generate(&SynthOptions { out: inbox.path().to_owned(), ..base.clone() }, &schemas).unwrap();
    generate_identities(&SynthOptions { out: list.path().to_owned(), ..base }, 22_000, &schemas).unwrap();
    let fields = ["name", "sex", "birth_date", "id_number", "phone", "residence_code", "address", "student_no"];
    let listed: BTreeSet<Vec<String>> = read_people(list.path())
        .iter()
        .map(|p| ["county", "source"].iter().chain(&fields).map(|f| p.get(f).to_owned()).collect())
        .collect();
    let mut seen = 0;
    for export in read_exports(&inbox.path().join("inbox"), &schemas) {
        let table = schemas.table(&export.dataset).unwrap();
        for row in export.rows.iter().filter(|_| table.person_bearing) {
            let mut line = vec![export.county.clone(), table.source.as_str().to_owned()];
            line.extend(fields.iter().map(|f| row.get(*f).cloned().unwrap_or_default()));
            assert!(listed.contains(&line), "{line:?} is not listed");
            seen += 1;
        }
    }
    assert!(seen > 10_000);
}

#[test]
fn without_dirt_a_person_is_the_same_everywhere_but_for_what_a_source_does_not_ask() {
    let schemas = Schemas::embedded().unwrap();
    let dir = tempfile::tempdir().unwrap();
    generate_identities(&options(dir.path(), Dirt::None), 8_000, &schemas).unwrap();
    let mut of_person = BTreeMap::<String, [String; 4]>::new();
    let mut of_number = BTreeMap::<String, String>::new();
    for row in read_people(dir.path()) {
        let own = ["name", "sex", "birth_date", "id_number"].map(|f| row.get(f).to_owned());
        assert!(own[3].starts_with("99") && id_is_valid(&own[3]));
        assert_eq!(own[2].replace('-', ""), own[3][6..14]);
        assert!(row.get("phone").is_empty() || row.get("phone").starts_with("160"));
        assert_eq!(row.get("student_no").is_empty(), row.get("source") != "school");
        assert!(row.get("guardian_name").is_empty() || row.get("source") == "hospital");
        assert_eq!(*of_number.entry(own[3].clone()).or_insert(row.person.clone()), row.person);
        assert_eq!(*of_person.entry(row.person).or_insert(own.clone()), own);
    }
}

#[test]
fn neither_the_order_nor_the_number_of_a_row_says_whose_it_is() {
    let schemas = Schemas::embedded().unwrap();
    let dir = tempfile::tempdir().unwrap();
    generate_identities(&options(dir.path(), Dirt::Normal), 20_000, &schemas).unwrap();
    let people = read_people(dir.path());
    let count = people.len() as f64;
    let mut last = BTreeMap::<&str, usize>::new();
    let (mut gaps, mut pairs) = (0.0, 0.0);
    for (n, row) in people.iter().enumerate() {
        assert_eq!(row.get("id"), (n + 1).to_string());
        if let Some(before) = last.insert(&row.person, n) {
            gaps += (n - before) as f64;
            pairs += 1.0;
        }
    }
    // Two places taken blindly are a third of the list apart; further rows of one person lie between.
    assert!(pairs > 1_000.0 && gaps / pairs > count / 6.0, "{}", gaps / pairs);
    let rising = people.windows(2).filter(|w| w[0].person < w[1].person).count() as f64;
    assert!((rising / count - 0.5).abs() < 0.02, "{}", rising / count);
}

#[test]
fn the_same_seed_gives_the_same_identities_on_any_number_of_threads() {
    let schemas = Schemas::embedded().unwrap();
    let read = |seed: u64| {
        let dir = tempfile::tempdir().unwrap();
        let options = SynthOptions { seed, ..options(dir.path(), Dirt::Normal) };
        generate_identities(&options, 5_000, &schemas).unwrap();
        ["people.csv", "truth.csv"].map(|name| std::fs::read(dir.path().join(name)).unwrap())
    };
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let (one, again, other) = (read(7), single.install(|| read(7)), read(8));
    assert!(one == again);
    assert!(one != other);
}

#[test]
fn a_population_holds_what_makes_linkage_hard() {
    let schemas = Schemas::embedded().unwrap();
    let dir = tempfile::tempdir().unwrap();
    generate_identities(&options(dir.path(), Dirt::Normal), 30_000, &schemas).unwrap();
    let people = read_people(dir.path());
    let mut of_person = BTreeMap::<&str, Vec<&Identity>>::new();
    for row in &people {
        of_person.entry(&row.person).or_default().push(row);
    }
    let share = |field: &str, source: &str| {
        let rows: Vec<_> = people.iter().filter(|p| p.get("source") == source).collect();
        rows.iter().filter(|p| !p.get(field).is_empty()).count() as f64 / rows.len() as f64
    };
    assert!(share("id_number", "hospital") > share("id_number", "station") + 0.1);
    assert!(share("birth_date", "police") > share("birth_date", "station"));
    assert!(share("address", "hospital") > 0.9 && share("address", "station") == 0.0);
    assert!(of_person.values().any(|rows| rows.iter().any(|r| r.get("county") != rows[0].get("county"))));
    // Brothers and sisters who share the phone of one parent, and twins whose numbers are neighbours.
    let mut households = BTreeMap::<&str, Vec<&Identity>>::new();
    for row in &people {
        households.entry(&row.person[..13]).or_default().push(row);
    }
    let any_two = |of: &dyn Fn(&Identity, &Identity) -> bool| {
        households.values().filter(|h| h.iter().any(|a| h.iter().any(|b| a.person < b.person && of(a, b)))).count()
    };
    let pupils = |a: &Identity, b: &Identity| a.get("source") == "school" && b.get("source") == "school";
    assert!(any_two(&|a, b| pupils(a, b) && !a.get("phone").is_empty() && a.get("phone") == b.get("phone")) > 20);
    let twins = |a: &Identity, b: &Identity| {
        let (a, b) = (a.get("id_number"), b.get("id_number"));
        id_is_valid(a) && id_is_valid(b) && a != b && a[..14] == b[..14]
    };
    assert!(any_two(&twins) > 5);
    let first_two = |p: &Identity| p.get("name").chars().take(2).collect::<String>();
    assert!(any_two(&|a, b| twins(a, b) && first_two(a) == first_two(b)) > 1, "some twins share a character");
    // Names are as common as they are: a hundred surnames for 86 people in 100, and namesakes.
    let mut surnames = BTreeMap::<char, usize>::new();
    let mut names = BTreeMap::<&str, usize>::new();
    for rows in of_person.values() {
        *surnames.entry(rows[0].get("name").chars().next().unwrap()).or_default() += 1;
        *names.entry(rows[0].get("name")).or_default() += 1;
    }
    let mut counts: Vec<usize> = surnames.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let covered = counts[..100].iter().sum::<usize>() as f64 / of_person.len() as f64;
    assert!((covered - 0.86).abs() < 0.02, "{covered}");
    let pairs = names.values().map(|n| (n * (n - 1)) as f64).sum::<f64>();
    let namesakes = pairs / (of_person.len() as f64).powi(2);
    assert!(namesakes > 4e-6 && namesakes < 2.5e-5, "{namesakes}");
}

#[test]
fn no_identities_and_too_many_are_refused() {
    let schemas = Schemas::embedded().unwrap();
    let dir = tempfile::tempdir().unwrap();
    assert!(generate_identities(&options(dir.path(), Dirt::None), 0, &schemas).is_err());
    let wrong = generate_identities(&options(dir.path(), Dirt::None), 90_000_000, &schemas).unwrap_err();
    assert_eq!(wrong.place.en, "--identities");
}
