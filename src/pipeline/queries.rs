//! Tries every query of the declarations without data.

use std::collections::BTreeSet;

use crate::engine::Session;
use crate::engine::{calendar, empty_dataset, strings_and_ints};
use crate::error::{Error, Result};
use crate::numbers::fact_tables::place_columns;
use crate::numbers::facts::{FactBook, Window};
use crate::numbers::indicators::IndicatorCells;
use crate::numbers::rollups::count;
use crate::schema::fact::PROVIDED;
use crate::schema::layout::column_name;
use crate::schema::{FieldType, Schemas};

/// Runs every query on empty tables and returns the errors: one for the first failing query of each fact, indicator and
/// rollup.
pub fn try_queries(schemas: &Schemas, norms: &crate::schema::Norms) -> Result<Vec<Error>> {
    let book = FactBook::new(&schemas.facts, norms, &schemas.codes);
    let mut session = Session::default();
    for table in schemas.exported() {
        session.register(&table.name, &empty_dataset(table, &|_| true))?;
        for f in table.fields.iter().filter(|f| f.ty == FieldType::Codes) {
            let mut columns = vec![("_county", vec![])];
            columns.extend(table.primary_key.iter().map(|k| (k.as_str(), vec![])));
            let name = column_name(f);
            columns.push((name.as_str(), vec![]));
            session.register(&format!("{}_{}", table.name, f.name), &strings_and_ints(columns, vec![])?)?;
        }
    }
    let places = ["code", "village", "town", "county", "city"].map(|c| (c, vec![])).to_vec();
    session.register("place", &strings_and_ints(places, vec![])?)?;
    let person = ["birth_year", "birth_mmdd"].map(|c| (c, vec![])).to_vec();
    let person = strings_and_ints(vec![("sex", vec![])], person)?.with_ids("person_key", &[])?;
    session.register("person", &person)?;
    session.register("calendar", &calendar(0, 0)?)?;
    for (table, name) in schemas.tables.iter().filter_map(|t| Some((t, t.place_table()?))) {
        let columns = place_columns(table).into_iter().map(|name| (name, vec![])).collect();
        session.register(&name, &strings_and_ints(columns, vec![])?)?;
    }
    let window = Window { e_day: 19_000, s_day: 18_900 };
    let mut errors = Vec::new();
    let mut broken: BTreeSet<&str> = BTreeSet::new();
    let names: Vec<&str> = schemas.facts.keys().map(String::as_str).collect();
    for name in closure_order(&book, &names) {
        // A table that is not declared was reported with the declarations already.
        let unknown = |r: &str| !session.contains(r) && book.fact(r).is_none() && !PROVIDED.contains(&r);
        if book.fact(name).is_some_and(|f| f.reads.iter().any(|r| broken.contains(r.as_str()) || unknown(r))) {
            broken.insert(name);
            continue;
        }
        let run =
            book.run_base(&mut session, &[name]).and_then(|()| book.run_window(&mut session, &[name], window, &[]));
        if let Err(e) = run {
            errors.push(e);
            broken.insert(name);
        }
    }
    for i in schemas.indicators.iter().filter(|i| session.contains(&i.fact)) {
        for level in &i.levels {
            let sql = IndicatorCells::sql(&i.fact, *level, &[i]);
            if let Err(e) = session.query(&format!("indicator `{}`", i.id), &sql, [i.fact.as_str()]) {
                errors.push(e);
                break;
            }
        }
    }
    for r in schemas.rollups.iter().filter(|r| session.contains(&r.fact)) {
        if let Err(e) = count(r, &session) {
            errors.push(e);
        }
    }
    Ok(errors)
}

fn closure_order<'b>(book: &'b FactBook, names: &[&str]) -> Vec<&'b str> {
    book.closure(names).iter().map(|f| f.name.as_str()).collect()
}
