//! Facts fall apart by county and by person where they say so: on that stands what a night need not work
//! out again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow::array::{Array, StringArray};
use xinhui::engine::{Frame, PartitionFile, PersonIndex, PersonNumbers, Session, calendar, dataset, strings_and_ints};
use xinhui::numbers::facts::{FactBook, Window};
use xinhui::schema::{Fact, FactKind, Grain, Schemas, Source};
use xinhui::store::table_file::read_table;

use super::store::TestStore;

/// Accepted rows of a store, with persons who are named as related here and there.
struct Rows {
    /// Where the files lie.
    _store: TestStore,
    schemas: Schemas,
    /// By dataset.
    partitions: BTreeMap<String, Vec<PartitionFile>>,
    persons: usize,
    /// `(county, key, division, stage)` of parents, by table.
    parents: BTreeMap<&'static str, Vec<[Option<String>; 4]>>,
    divisions: BTreeSet<String>,
}

const PARENTS: [(&str, &str); 3] =
    [("station_site", "site_id"), ("school_site", "school_id"), ("hospital_site", "org_id")];

fn texts(path: &Path, columns: &[&str]) -> Vec<Vec<Option<String>>> {
    let mut rows = Vec::new();
    for batch in read_table(path, Some(columns)).expect("a table") {
        let batch = batch.expect("a batch");
        let of: Vec<&StringArray> = columns
            .iter()
            .map(|c| batch.column_by_name(c).and_then(|c| c.as_any().downcast_ref()).expect("a text column"))
            .collect();
        for row in 0..batch.num_rows() {
            rows.push(of.iter().map(|c| c.is_valid(row).then(|| c.value(row).to_owned())).collect());
        }
    }
    rows
}

impl Rows {
    fn of(store: TestStore) -> Self {
        let schemas = Schemas::embedded().expect("declarations");
        let private = store.path().join("store/private");
        let mut numbers: BTreeMap<String, PersonIndex> = BTreeMap::new();
        let mut of_rows: BTreeMap<(String, String), Vec<Option<PersonIndex>>> = BTreeMap::new();
        for row in texts(&private.join("persons.parquet"), &["dataset", "county", "person_key"]) {
            let [dataset, county, key] = row.try_into().expect("three columns");
            let next = PersonIndex::new(numbers.len());
            let person = *numbers.entry(key.expect("a key")).or_insert(next);
            of_rows.entry((dataset.expect("a dataset"), county.expect("a county"))).or_default().push(Some(person));
        }
        let mut partitions: BTreeMap<String, Vec<PartitionFile>> = BTreeMap::new();
        let (mut parents, mut divisions): (BTreeMap<_, Vec<_>>, BTreeSet<String>) = Default::default();
        for table in schemas.tables.iter().filter(|t| t.source != Source::REFERENCE) {
            let Ok(files) = std::fs::read_dir(private.join("accepted").join(&table.name)) else { continue };
            for path in files.map(|f| f.expect("a file").path()) {
                let county = path.file_stem().expect("a county").to_string_lossy().into_owned();
                let persons = of_rows.remove(&(table.name.clone(), county.clone())).unwrap_or_default();
                // Somebody of another row, in every third one.
                let related = (0..persons.len())
                    .map(|i| if i % 3 == 0 { persons[(i * 7 + 5) % persons.len()] } else { None })
                    .collect();
                if let Some((name, key)) = PARENTS.iter().find(|(name, _)| *name == table.name) {
                    let stage = table.field("stage").map(|_| "stage");
                    let columns: Vec<&str> = [*key, "division_code"].into_iter().chain(stage).collect();
                    for row in texts(&path, &columns) {
                        let at = |i: usize| row.get(i).cloned().flatten();
                        divisions.extend(at(1));
                        parents.entry(*name).or_default().push([Some(county.clone()), at(0), at(1), at(2)]);
                    }
                }
                partitions.entry(table.name.clone()).or_default().push(PartitionFile {
                    county,
                    path,
                    persons,
                    related,
                    renamed: Default::default(),
                });
            }
        }
        let above: Vec<String> =
            divisions.iter().flat_map(|d| [4, 6, 9].map(|n| d.get(..n).unwrap_or_default().to_owned())).collect();
        divisions.extend(above);
        Rows { _store: store, schemas, partitions, persons: numbers.len(), parents, divisions }
    }

    fn counties(&self) -> BTreeSet<&str> {
        self.partitions.values().flatten().map(|p| p.county.as_str()).collect()
    }

    /// All that base facts read, of one county or of all.
    fn session(&self, county: Option<&str>) -> Session {
        let of_county = |c: &str| county.is_none_or(|county| county == c);
        let mut session = Session::default();
        let ids: Vec<i64> = (0..self.persons as i64).map(|p| p * 1000 + 17).collect();
        let mut here = BTreeSet::new();
        for table in self.schemas.tables.iter().filter(|t| t.source != Source::REFERENCE) {
            let files: Vec<&PartitionFile> =
                self.partitions.get(&table.name).into_iter().flatten().filter(|p| of_county(&p.county)).collect();
            here.extend(files.iter().flat_map(|p| p.persons.iter().chain(&p.related)).flatten());
            let (frame, children) = dataset(table, &|_| true, &files, &ids).expect("rows");
            session.register(&table.name, &frame).expect("rows");
            children.iter().for_each(|child| session.register(&child.name, &child.frame).expect("values"));
        }
        let sex = |p: &PersonIndex| [None, Some("1".to_owned()), Some("2".to_owned())][p.index() % 3].clone();
        let year = |p: &PersonIndex| (!p.index().is_multiple_of(5)).then(|| 1930 + (p.index() % 85) as i64);
        let person = strings_and_ints(
            vec![("sex", here.iter().map(sex).collect())],
            vec![
                ("birth_year", here.iter().map(&year).collect()),
                ("birth_mmdd", here.iter().map(|p| year(p).map(|y| 101 + y % 12 * 100)).collect()),
            ],
        )
        .expect("persons");
        let keys: Vec<i64> = here.iter().map(|p| ids[p.index()]).collect();
        session.register("person", &person.with_ids("person_key", &keys).expect("keys")).expect("persons");
        let at = |n: usize| self.divisions.iter().map(|d| d.get(..n).map(ToOwned::to_owned)).collect::<Vec<_>>();
        let code = self.divisions.iter().map(|d| Some(d.clone())).collect();
        let places = vec![("code", code), ("village", at(12)), ("town", at(9)), ("county", at(6)), ("city", at(4))];
        session.register("place", &strings_and_ints(places, vec![]).expect("places")).expect("places");
        session.register("calendar", &calendar(0, 30_000).expect("days")).expect("days");
        for (table, key) in PARENTS {
            let rows = self.parents.get(table).into_iter().flatten();
            let rows: Vec<_> = rows.filter(|row| of_county(row[0].as_deref().unwrap_or_default())).collect();
            let column = |i: usize| rows.iter().map(|row| row[i].clone()).collect::<Vec<_>>();
            let columns =
                vec![("_county", column(0)), (key, column(1)), ("division_code", column(2)), ("stage", column(3))];
            session
                .register(&format!("{table}_place"), &strings_and_ints(columns, vec![]).expect("parents"))
                .expect("parents");
        }
        session
    }
}

fn sample() -> Rows {
    let args = ["--persons", "900", "--counties", "370832,370811,370881", "--towns", "2"];
    let store = TestStore::synth(&args);
    store.publish();
    Rows::of(store)
}

/// A digest of rows that is the sum of those of its parts.
fn digest(frame: &Frame) -> [u64; 3] {
    // A place in an order is another one among other rows; only what comes before what matters.
    let rows = frame.selected(|column| column != "seq").expect("columns");
    rows.digest(None).expect("a digest").remove(&0).unwrap_or_default()
}

fn less(a: [u64; 3], b: [u64; 3]) -> [u64; 3] {
    [0, 1, 2].map(|i| a[i].wrapping_sub(b[i]))
}

#[test]
fn facts_by_county_are_the_union_of_what_each_county_gives() {
    let rows = sample();
    let book = FactBook::new(&rows.schemas.facts, &rows.schemas.norms, &rows.schemas.codes);
    let by_county: Vec<&Fact> = rows.schemas.facts.values().filter(|f| f.by == Some(Grain::County)).collect();
    let names: Vec<&str> = by_county.iter().map(|f| f.name.as_str()).collect();
    assert!(names.len() > 10, "{names:?}");
    let run = |county: Option<&str>| {
        let mut session = rows.session(county);
        book.run_base(&mut session, &names).expect("facts");
        session
    };
    let whole = run(None);
    let parts: Vec<Session> = rows.counties().into_iter().map(|county| run(Some(county))).collect();
    assert_eq!(parts.len(), 3);
    for name in names {
        let mut sums = [0_u64; 3];
        for part in &parts {
            let of_part = digest(&part.table(name).expect("a fact"));
            sums.iter_mut().zip(of_part).for_each(|(sum, of)| *sum = sum.wrapping_add(of));
        }
        let all = whole.table(name).expect("a fact");
        assert!(all.rows() > 0, "{name} has no rows: this shows nothing");
        assert_eq!(sums, digest(&all), "{name}");
    }
}

#[test]
fn what_rows_of_some_persons_change_in_facts_by_person_is_seen_in_the_rows_that_name_them() {
    let rows = sample();
    let book = FactBook::new(&rows.schemas.facts, &rows.schemas.norms, &rows.schemas.codes);
    let by_person: Vec<&Fact> = rows.schemas.facts.values().filter(|f| f.by == Some(Grain::Person)).collect();
    let names: Vec<&str> = by_person.iter().map(|f| f.name.as_str()).collect();
    assert!(names.len() > 20, "{names:?}");
    let given = book.of_counties(&names);
    let mut whole = rows.session(None);
    book.run_base(&mut whole, &given.iter().copied().collect::<Vec<_>>()).expect("facts");
    whole.retain(|name| given.contains(name) || ["place", "calendar"].contains(&name));
    let people = |part: i64| -> PersonNumbers {
        (0..rows.persons as i64).filter(|p| p % 7 == part).map(|p| p * 1000 + 17).collect()
    };
    // Tonight, rows that name some persons are no more.
    let (gone, others) = (people(3), (0..7).filter(|p| *p != 3).flat_map(people).collect::<PersonNumbers>());
    let map = |session: &Session, each: &dyn Fn(&Frame) -> Frame| {
        let mut mapped = session.clone();
        for name in &given {
            mapped.register(name, &each(&session.table(name).expect("a fact"))).expect("a fact");
        }
        mapped
    };
    let tonight = map(&whole, &|frame| {
        let named = frame.column_names().iter().any(|c| c == "related_key");
        // Of rows that name two persons, those of whom both stay.
        let rows = frame.naming(&others).expect("rows");
        if !named {
            return rows;
        }
        let of = |column: &str| rows.ints(column).expect("persons");
        let both = of("person_key").into_iter().zip(of("related_key"));
        let stay: Vec<bool> = both.map(|(a, b)| ![a, b].into_iter().flatten().any(|p| gone.contains(&p))).collect();
        rows.filtered(&stay).expect("rows")
    });
    // Whoever a row names that is gone has other rows than before.
    let mut changed = gone.clone();
    for name in &given {
        let frame = whole.table(name).expect("a fact");
        if frame.column_names().iter().any(|c| c == "related_key") {
            let of = |column: &str| frame.ints(column).expect("persons");
            for (a, b) in of("person_key").into_iter().zip(of("related_key")) {
                if let (Some(a), Some(b)) = (a, b)
                    && (gone.contains(&a) || gone.contains(&b))
                {
                    changed.extend([a, b]);
                }
            }
        }
    }
    assert!(changed.len() * 2 < rows.persons && changed.len() > gone.len());
    let narrow = |session: &Session| map(session, &|frame| frame.naming(&changed).expect("rows"));
    let sessions = [&whole, &tonight, &narrow(&whole), &narrow(&tonight)].map(Clone::clone);
    let villages = rows.schemas.named_villages();
    for (e_day, s_day) in [(19_722, 19_692), (19_600, 19_358)] {
        let [whole, tonight, before, now] = sessions.clone().map(|mut session| {
            let (base, above): (Vec<&Fact>, Vec<&Fact>) = by_person.iter().partition(|f| f.kind == FactKind::Base);
            let names = |facts: Vec<&Fact>| facts.into_iter().map(|f| f.name.clone()).collect::<Vec<_>>();
            let (base, above) = (names(base), names(above));
            book.run_base(&mut session, &base.iter().map(String::as_str).collect::<Vec<_>>()).expect("facts");
            let above: Vec<&str> = above.iter().map(String::as_str).collect();
            book.run_window(&mut session, &above, Window { e_day, s_day }, &villages).expect("facts");
            session
        });
        let mut differ = 0;
        for name in &names {
            let of = |session: &Session| digest(&session.table(name).expect("a fact"));
            assert_eq!(less(of(&whole), of(&before)), less(of(&tonight), of(&now)), "{name} at {e_day}");
            differ += usize::from(of(&whole) != of(&tonight));
        }
        assert!(differ > names.len() / 2, "{differ} of {} facts change: this shows little", names.len());
    }
}
