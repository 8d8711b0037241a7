//! The records that are in an indicator's denominator and not in its numerator, by the facts that the last run kept.

use std::collections::{BTreeMap, BTreeSet};

use super::fact_tables::{FactPersons, FactTables};
use super::facts::{FactBook, Window};
use super::reuse::county_facts::kept;
use super::reuse::keys::NumberRecord;
use crate::engine::{Frame, QueryEngine, Session};
use crate::error::{Error, Result, words};
use crate::ledger::Parents;
use crate::schema::divisions::{Divisions, Level};
use crate::schema::indicator::{Denominator, IndicatorPart, Measure, Unit};
use crate::schema::{Fact, Indicator, Schemas};
use crate::store::{Store, refuse_unreadable};

/// A record that is in a denominator and not, or not wholly, in the numerator.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingRecord {
    /// The county that sent it; empty for a division of the tree.
    pub county: String,
    pub dataset: String,
    pub key: String,
    /// What it lacks: 1, or of what is summed the difference.
    pub missing: i64,
}

/// What a number is made of in one division.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub numerator: i64,
    pub denominator: i64,
    pub records: Vec<MissingRecord>,
}

/// Where a number is asked for.
pub struct NumberPlace<'p> {
    pub window: Window,
    pub level: Level,
    pub division: &'p str,
}

/// What the records of a number are found by.
pub struct RecordInputs<'a> {
    pub schemas: &'a Schemas,
    pub book: &'a FactBook,
    pub divisions: &'a Divisions,
    pub store: &'a Store,
}

impl RecordInputs<'_> {
    /// Names the records that are in the denominator and not in the numerator. Of persons, these are the rows that put
    /// them into the denominator.
    ///
    /// # Errors
    /// `Usage`: the number is not made of records that could be named, or the last run kept none of its facts.
    pub fn missing(&self, indicator: &Indicator, place: &NumberPlace<'_>) -> Result<Missing> {
        let denominator = match (&indicator.denominator, indicator.unit) {
            (Denominator::Part(part), Unit::Percent | Unit::Permille) => part,
            _ => return Err(not_of_records(indicator)),
        };
        let fact = self.book.fact(&indicator.fact).filter(|fact| !fact.rows.is_empty());
        let fact = fact.ok_or_else(|| not_of_records(indicator))?;
        let session = self.facts(fact, place.window)?;
        let rows = self.rows_of(&session, fact, [&indicator.numerator, denominator], place)?;
        Ok(match indicator.numerator.measure {
            Measure::Distinct(_) => by_who(rows),
            _ => by_row(rows),
        })
    }

    /// The facts of a window, over those that the last run kept.
    fn facts(&self, fact: &Fact, window: Window) -> Result<Session> {
        refuse_unreadable(&self.store.facts())?;
        let again = || {
            Error::usage(
                self.store.facts().display(),
                words!(
                    "没有当前快照所依据的事实表，或已损坏",
                    "does not hold, or not whole, what the current snapshot was counted over"
                ),
            )
            .hint(words!(
                "下一次有新数据的 `xinhui run` 会重新生成",
                "the next `xinhui run` that finds something new makes it again"
            ))
        };
        let roots = [fact.name.as_str()];
        let above = self.book.above_counties(&roots);
        let is_known =
            |read: &String| self.book.fact(read).is_some() || ["place", "calendar", "months"].contains(&read.as_str());
        if !above.iter().flat_map(|f| &f.reads).all(is_known) {
            return Err(again());
        }
        let record = NumberRecord::load(self.store);
        let names: BTreeSet<&str> = self.book.of_counties(&roots);
        // Records of one number are few, and named here: they go to no server.
        let engine = QueryEngine::embedded();
        let mut session = kept(self.store, &engine, &record.facts, &names)?.ok_or_else(again)?;
        let (parents, persons) = (Parents::default(), FactPersons::default());
        let tables = FactTables {
            engine,
            schemas: self.schemas,
            divisions: self.divisions,
            parents: &parents,
            persons: &persons,
        };
        session.add(&tables.session(self.book, &above, None)?);
        let villages = self.schemas.named_villages();
        let run = self.book.run_base(&mut session, &roots);
        run.and_then(|()| self.book.run_window(&mut session, &roots, window, &villages))
            .map_err(|e| again().caused_by(e))?;
        Ok(session)
    }

    /// The rows of a division, each with what it gives to both sides.
    fn rows_of(
        &self,
        session: &Session,
        fact: &Fact,
        [numerator, denominator]: [&IndicatorPart; 2],
        place: &NumberPlace<'_>,
    ) -> Result<Vec<FactRow>> {
        let who = match &denominator.measure {
            Measure::Distinct(column) => Some(column.as_str()),
            _ => None,
        };
        let of_dataset = |name: &String| self.schemas.table(name).and_then(|t| t.primary_key.first());
        let key = fact.rows.first().and_then(of_dataset).ok_or_else(|| Error::bug("rows of no dataset"))?;
        let is_place = fact.rows.iter().any(|name| name == "division");
        let mut columns = vec![format!("{key} AS record_key")];
        columns.extend((!is_place).then(|| "_county AS record_county".to_owned()));
        let datasets: usize = fact.rows.iter().map(|name| self.schemas.counting_as(name).len().max(1)).sum();
        columns.extend((datasets > 1).then(|| "dataset".to_owned()));
        columns.extend(who.map(|column| format!("{column} AS who")));
        columns.push(format!("{} AS gives_n", gives(numerator)));
        columns.push(format!("{} AS gives_d", gives(denominator)));
        let level = place.level.as_str();
        let sql = format!("SELECT {}\nFROM {}\nWHERE {level} = '{}'", columns.join(", "), fact.name, place.division);
        let rows = session.query(&fact.name, &sql, [fact.name.as_str()])?;
        let texts = |name: &str, or: &str| -> Result<Vec<String>> {
            if rows.schema().field_with_name(name).is_err() {
                return Ok(vec![or.to_owned(); rows.rows()]);
            }
            Ok(rows.strings(name)?.into_iter().map(Option::unwrap_or_default).collect())
        };
        let (keys, counties) = (texts("record_key", "")?, texts("record_county", "")?);
        let datasets = texts("dataset", fact.rows.first().map_or("", String::as_str))?;
        let whos = who.map_or_else(|| Ok(vec![None; keys.len()]), |_| rows.ints("who"))?;
        let (n, d) = (numbers(&rows, "gives_n")?, numbers(&rows, "gives_d")?);
        let row = |i: usize| FactRow {
            county: counties[i].clone(),
            dataset: datasets[i].clone(),
            key: keys[i].clone(),
            who: whos[i],
            n: n[i],
            d: d[i],
        };
        Ok((0..keys.len()).map(row).collect())
    }
}

/// A row of a fact, with what it gives to numerator and denominator.
struct FactRow {
    county: String,
    dataset: String,
    key: String,
    who: Option<i64>,
    n: i64,
    d: i64,
}

impl FactRow {
    fn lacks(self, missing: i64) -> MissingRecord {
        MissingRecord { county: self.county, dataset: self.dataset, key: self.key, missing }
    }
}

fn numbers(rows: &Frame, column: &str) -> Result<Vec<i64>> {
    Ok(rows.ints(column)?.into_iter().map(Option::unwrap_or_default).collect())
}

/// What a row gives to a part, in SQL.
fn gives(part: &IndicatorPart) -> String {
    let one = match &part.measure {
        Measure::Sum(column) => format!("COALESCE({column}, 0)"),
        _ => "1".to_owned(),
    };
    format!("CASE WHEN {} THEN {one} ELSE 0 END", part.condition.as_deref().unwrap_or("TRUE"))
}

/// Persons: one counts once, and is in the numerator where any of the rows puts them there.
fn by_who(rows: Vec<FactRow>) -> Missing {
    let mut sides: BTreeMap<i64, [bool; 2]> = BTreeMap::new();
    for row in &rows {
        let Some(who) = row.who else { continue };
        let [n, d] = sides.entry(who).or_default();
        *n |= row.n > 0;
        *d |= row.d > 0;
    }
    let counted = |side: usize| sides.values().filter(|of| of[side]).count() as i64;
    let (numerator, denominator) = (counted(0), counted(1));
    let is_missing = |row: &FactRow| row.d > 0 && row.who.is_some_and(|who| sides[&who] == [false, true]);
    let mut records: Vec<MissingRecord> = rows.into_iter().filter(is_missing).map(|row| row.lacks(1)).collect();
    records.sort_unstable();
    records.dedup();
    Missing { numerator, denominator, records }
}

/// Things: each row counts for itself; rows of one record are told together.
fn by_row(rows: Vec<FactRow>) -> Missing {
    let sum = |of: fn(&FactRow) -> i64| rows.iter().map(of).sum::<i64>();
    let (numerator, denominator) = (sum(|row| row.n), sum(|row| row.d));
    let mut records: BTreeMap<(String, String, String), i64> = BTreeMap::new();
    for row in rows {
        let missing = row.d - row.n;
        if missing > 0 {
            *records.entry((row.county, row.dataset, row.key)).or_default() += missing;
        }
    }
    let record = |((county, dataset, key), missing): ((String, String, String), i64)| MissingRecord {
        county,
        dataset,
        key,
        missing,
    };
    Missing { numerator, denominator, records: records.into_iter().map(record).collect() }
}

/// Why a number names no records.
fn not_of_records(indicator: &Indicator) -> Error {
    let id = &indicator.id;
    let words = match (&indicator.denominator, indicator.unit) {
        (Denominator::None, _) => words!(
            "指标 {id} 只计数，没有分母，因此没有“在分母中而不在分子中”的记录",
            "`{id}` is a count: it has no denominator whose records the numerator could lack"
        ),
        (Denominator::Population, _) => words!(
            "指标 {id} 的分母是人口表中的常住人口，不是记录",
            "the denominator of `{id}` is the residents of a census table, which are no records"
        ),
        (_, Unit::PercentChange) => words!(
            "指标 {id} 比较的是两个年份，分子和分母不是同一批记录",
            "`{id}` compares two years, whose records are not the same"
        ),
        (Denominator::Part(_), _) => words!(
            "指标 {id} 的事实表没有写明每行是哪个数据集的记录（`-- rows:`）",
            "the fact of `{id}` does not say of which dataset its rows are (`-- rows:`)"
        ),
    };
    Error::usage("--list", words)
}
