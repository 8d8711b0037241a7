//! The declared SQL runs as it is meant to.

use xinhui::engine::{Session, calendar, empty_dataset, strings_and_ints};
use xinhui::numbers::facts::{FactBook, Window};
use xinhui::schema::{FieldType, Schemas, Source};

#[test]
fn every_fact_runs_on_empty_tables() {
    let schemas = Schemas::embedded().unwrap();
    let mut session = Session::default();
    for t in schemas.tables.iter().filter(|t| t.source != Source::REFERENCE) {
        session.register(&t.name, &empty_dataset(t, &|_| true)).unwrap();
        for f in t.fields.iter().filter(|f| f.ty == FieldType::Codes) {
            session
                .register(
                    &format!("{}_{}", t.name, f.name),
                    &strings_and_ints(
                        vec![("_county", vec![]), (t.primary_key[0].as_str(), vec![]), (f.name.as_str(), vec![])],
                        vec![],
                    )
                    .unwrap(),
                )
                .unwrap();
        }
    }
    session.register("calendar", &calendar(19000, 19400).unwrap()).unwrap();
    session
        .register(
            "place",
            &strings_and_ints(
                vec![("code", vec![]), ("village", vec![]), ("town", vec![]), ("county", vec![]), ("city", vec![])],
                vec![],
            )
            .unwrap(),
        )
        .unwrap();
    session
        .register(
            "person",
            &strings_and_ints(
                vec![("sex", vec![])],
                vec![("person_key", vec![]), ("birth_year", vec![]), ("birth_mmdd", vec![])],
            )
            .unwrap(),
        )
        .unwrap();
    for (t, k) in
        [("station_site_place", "site_id"), ("school_site_place", "school_id"), ("hospital_site_place", "org_id")]
    {
        session
            .register(
                t,
                &strings_and_ints(
                    vec![("_county", vec![]), (k, vec![]), ("division_code", vec![]), ("stage", vec![])],
                    vec![],
                )
                .unwrap(),
            )
            .unwrap();
    }
    let book = FactBook::new(&schemas.facts, &schemas.norms, &schemas.codes);
    let names: Vec<&str> = schemas.facts.keys().map(String::as_str).collect();
    let mut failures = Vec::new();
    for n in &names {
        if let Err(e) = book.run_base(&mut session, &[n]) {
            failures.push(format!("{n} {e}"));
        }
    }
    for n in &names {
        let mut s = session.clone();
        if let Err(e) = book.run_window(&mut s, &[n], Window { e_day: 19300, s_day: 19200 }, &[]) {
            failures.push(format!("{n} {e}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
