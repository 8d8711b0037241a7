//! Rollups: dimensions and measures per division and period, persons counted anew in every cell.

mod text_column;

use std::hash::BuildHasher;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, DictionaryArray, Int64Array, RecordBatch};
use arrow::datatypes::{Field, Schema, UInt32Type};

use crate::engine::{FactQuery, Session, side_by_side};
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::numbers::facts::Period;
use crate::schema::divisions::{Divisions, Level};
use crate::schema::rollup::{Aggregate, Dimension, Rollup};
use crate::tally::{Coded, Groups, Tally, TallyMeasure};
use text_column::{CodedText, RankedCodes};

/// The value of a dimension that a row is not broken down by.
pub const ALL: &str = "_all";

/// The value of a dimension that a row does not state.
const UNKNOWN: &str = "unknown";

/// Counted cells of one rollup in one period, before they are put together.
pub struct RollupCells {
    cells: Vec<(Level, Vec<usize>, Groups)>,
}

impl RollupCells {
    /// Whether others hold the same cells with the same numbers, by a digest of them.
    pub fn same_as(&self, others: &RollupCells) -> bool {
        self.digest() == others.digest()
    }

    /// Equal for equal cells, in whatever order their rows stand.
    fn digest(&self) -> [u64; 3] {
        let state = foldhash::quality::FixedState::default();
        let mut digest = [0_u64; 3];
        for (level, group, groups) in &self.cells {
            let texts: Vec<Vec<u64>> =
                groups.keys.iter().map(|key| key.texts.iter().map(|text| state.hash_one(text)).collect()).collect();
            let place = state.hash_one((level, group));
            for row in 0..groups.keys[0].codes.len() {
                let text = |(key, texts): (&Coded, &Vec<u64>)| texts.get(key.codes[row] as usize).copied().unwrap_or(1);
                let cell = groups.keys.iter().zip(&texts).map(text);
                let numbers = groups.measures.iter().map(|m| m[row] as u64);
                let row = cell.chain(numbers).fold(place, |hash, part| state.hash_one((hash, part)));
                digest[0] = digest[0].wrapping_add(row);
                digest[1] = digest[1].wrapping_add(row.wrapping_mul(row));
                digest[2] += 1;
            }
        }
        digest
    }
}

/// Rows of a rollup as they were published.
pub struct PublishedRows<'p> {
    pub levels: Coded,
    pub codes: Coded,
    /// Index into the periods, by row.
    pub period_of_row: Vec<u32>,
    pub periods: &'p [&'p Period],
    /// In declared order, as the measures.
    pub dimensions: Vec<Coded>,
    pub measures: Vec<Vec<i64>>,
}

/// Collects the rows of one rollup over all periods.
pub struct RollupTable<'a> {
    rollup: &'a Rollup,
    divisions: &'a Divisions,
    levels: CodedText,
    codes: CodedText,
    kinds: CodedText,
    periods: CodedText,
    completes: Vec<bool>,
    dimensions: Vec<CodedText>,
    measures: Vec<Vec<i64>>,
    /// Rows of one cell may stand in several parts, some of them taken away.
    in_parts: bool,
}

/// Counts the cells of a rollup; the session holds its facts of the period.
///
/// # Errors
/// `Schema`: the rollup's SQL does not fit its fact.
pub fn count(rollup: &Rollup, session: &Session) -> Result<RollupCells> {
    let groups = group_indexes(rollup);
    let mut facts: Vec<&str> = facts_of(rollup).collect();
    facts.sort_unstable();
    facts.dedup();
    let of_group = |group: &[usize]| -> Vec<&Dimension> { group.iter().map(|d| &rollup.dimensions[*d]).collect() };
    let at = |group: &[usize]| {
        let fact = fact_of(rollup, &of_group(group));
        facts.iter().position(|f| *f == fact).expect("a fact of the rollup")
    };
    let mut tallies = Vec::with_capacity(facts.len());
    for fact in &facts {
        tallies.push(tally(rollup, fact, session)?);
    }
    let places = Level::ALL.into_iter().flat_map(|level| groups.iter().map(move |group| (level, group)));
    let (counted, asked): (Vec<_>, Vec<_>) = places.partition(|(_, group)| tallies[at(group)].is_some());
    let mut cells = side_by_side(counted, |(level, group)| {
        let tally = tallies[at(group)].as_ref().ok_or_else(|| Error::bug("no tally"))?;
        let names = of_group(group).into_iter().map(|d| d.name.as_str());
        let counted = tally.groups(&std::iter::once(level.as_str()).chain(names).collect::<Vec<_>>());
        Ok((level, group.clone(), counted))
    })?;
    let queries = asked.iter().map(|(level, group)| {
        let (of, fact): (Vec<&Dimension>, &str) = (of_group(group), facts[at(group)]);
        FactQuery { what: &rollup.name, sql: sql(rollup, fact, *level, &of), fact }
    });
    let frames = session.query_each(&queries.collect::<Vec<_>>())?;
    let measures: Vec<&str> = rollup.measures.iter().map(|m| m.name.as_str()).collect();
    for (frame, (level, group)) in frames.iter().zip(asked) {
        let keys = std::iter::once("division_code").chain(of_group(group).into_iter().map(|d| d.name.as_str()));
        let counted = Groups::of_frame(frame, &keys.collect::<Vec<_>>(), &measures)?;
        cells.push((level, group.clone(), counted));
    }
    Ok(RollupCells { cells })
}

/// A fact's rows made ready for all groupings; `None` when only the engine can count them: a measure is neither a plain
/// count nor a sum, or the rows are on a server.
fn tally(rollup: &Rollup, fact: &str, session: &Session) -> Result<Option<Tally>> {
    if !session.is_here() {
        return Ok(None);
    }
    let Some(aggregates) = rollup.measures.iter().map(|m| Aggregate::of(&m.sql)).collect::<Option<Vec<Aggregate>>>()
    else {
        return Ok(None);
    };
    let mut columns: Vec<String> = Level::ALL.iter().map(|level| level.as_str().to_owned()).collect();
    let mut keys = columns.clone();
    for dimension in rollup.dimensions.iter().filter(|d| d.fact == fact) {
        columns.push(format!("COALESCE({0}, '{UNKNOWN}') AS {0}", dimension.name));
        keys.push(dimension.name.clone());
    }
    let mut measures = Vec::new();
    for (index, aggregate) in aggregates.into_iter().enumerate() {
        let name = format!("measure_{index}");
        measures.push(match aggregate {
            Aggregate::Rows => TallyMeasure::Rows,
            Aggregate::Distinct(sql) => {
                columns.push(format!("{sql} AS {name}"));
                TallyMeasure::Distinct(name)
            }
            Aggregate::Sum(sql) => {
                columns.push(format!("{sql} AS {name}"));
                TallyMeasure::Sum(name)
            }
        });
    }
    let frame = session.query(&rollup.name, &format!("SELECT {}\nFROM {fact}", columns.join(", ")), [fact])?;
    Tally::new(&frame, &keys.iter().map(String::as_str).collect::<Vec<_>>(), &measures)
}

impl<'a> RollupTable<'a> {
    pub fn new(rollup: &'a Rollup, divisions: &'a Divisions) -> Self {
        RollupTable {
            rollup,
            divisions,
            levels: CodedText::default(),
            codes: CodedText::default(),
            kinds: CodedText::default(),
            periods: CodedText::default(),
            completes: Vec::new(),
            dimensions: rollup.dimensions.iter().map(|_| CodedText::default()).collect(),
            measures: rollup.measures.iter().map(|_| Vec::new()).collect(),
            in_parts: false,
        }
    }

    /// Adds the cells of a period.
    pub fn add(&mut self, counted: &RollupCells, period: &Period) {
        self.put(counted, period, 1);
    }

    /// Takes the cells of a period away from what is, or will be, added of it. The measure that [`adds_up`]
    /// names says which cells are left.
    pub fn take_away(&mut self, counted: &RollupCells, period: &Period) {
        self.in_parts = true;
        self.put(counted, period, -1);
    }

    fn put(&mut self, counted: &RollupCells, period: &Period, sign: i64) {
        for (level, group, groups) in &counted.cells {
            let rows = groups.keys[0].codes.len();
            self.codes.push_coded(&groups.keys[0], "");
            self.levels.push_many(level.as_str(), rows);
            self.kinds.push_many(period.kind.as_str(), rows);
            self.periods.push_many(&period.id, rows);
            self.completes.extend(std::iter::repeat_n(period.complete, rows));
            for (index, column) in self.dimensions.iter_mut().enumerate() {
                match group.iter().position(|d| *d == index) {
                    Some(at) => column.push_coded(&groups.keys[at + 1], UNKNOWN),
                    None => column.push_many(ALL, rows),
                }
            }
            for (counted, column) in groups.measures.iter().zip(&mut self.measures) {
                column.extend(counted.iter().map(|n| sign * n));
            }
        }
    }

    /// Adds rows that were published the night before.
    pub fn add_published(&mut self, rows: PublishedRows<'_>) {
        let PublishedRows { levels, codes, period_of_row, periods, dimensions, measures } = rows;
        self.completes.extend(period_of_row.iter().map(|p| periods[*p as usize].complete));
        let texts = |of: &dyn Fn(&Period) -> String| Arc::new(periods.iter().map(|p| of(p)).collect::<Vec<String>>());
        let kinds = Coded { codes: period_of_row.clone(), texts: texts(&|p| p.kind.as_str().to_owned()) };
        let ids = Coded { codes: period_of_row, texts: texts(&|p| p.id.clone()) };
        self.levels.push_coded(&levels, "");
        self.codes.push_coded(&codes, "");
        self.kinds.push_coded(&kinds, "");
        self.periods.push_coded(&ids, "");
        for (column, values) in self.dimensions.iter_mut().zip(&dimensions) {
            column.push_coded(values, UNKNOWN);
        }
        for (column, values) in self.measures.iter_mut().zip(measures) {
            column.extend(values);
        }
    }

    /// The table of the columns given, sorted by them in order; texts stand as dictionaries.
    pub fn finish(mut self, schema: &Schema) -> Result<RecordBatch> {
        let leading = [&self.levels, &self.codes, &self.kinds, &self.periods];
        let columns: Vec<_> = leading.into_iter().chain(&self.dimensions).map(CodedText::ranked).collect();
        let mut order = text_column::order(&columns, self.completes.len());
        if self.in_parts {
            order = self.put_together(&columns, &order);
        }
        let taken: Vec<DictionaryArray<UInt32Type>> = columns.iter().map(|c| c.taken(&order)).collect();
        let name = |code: &str| self.divisions.name(code).unwrap_or_default();
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(taken[0].clone()),
            Arc::new(taken[1].clone()),
            Arc::new(columns[1].taken_as(&taken[1], name)),
            Arc::new(taken[2].clone()),
            Arc::new(taken[3].clone()),
            Arc::new(order.iter().map(|row| Some(self.completes[*row as usize])).collect::<BooleanArray>()),
        ];
        arrays.extend(taken[4..].iter().map(|d| Arc::new(d.clone()) as ArrayRef));
        arrays.extend(
            self.measures
                .iter()
                .map(|m| Arc::new(Int64Array::from_iter_values(order.iter().map(|row| m[*row as usize]))) as ArrayRef),
        );
        let fields: Vec<Field> = schema
            .fields()
            .iter()
            .zip(&arrays)
            .map(|(f, array)| f.as_ref().clone().with_data_type(array.data_type().clone()))
            .collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|e| Error::bug("rollup rows").caused_by(e))
    }
}

impl RollupTable<'_> {
    /// Sums the parts of each cell up in the first of its rows; gives those rows of the cells that are left.
    fn put_together(&mut self, columns: &[RankedCodes], order: &[u32]) -> Vec<u32> {
        let counts_rows = adds_up(self.rollup);
        let mut left = Vec::with_capacity(order.len());
        for parts in order.chunk_by(|a, b| columns.iter().rev().all(|c| c.same(*a, *b))) {
            let first = parts[0] as usize;
            for measure in &mut self.measures {
                measure[first] = parts.iter().map(|row| measure[*row as usize]).sum();
            }
            if counts_rows.is_none_or(|index| self.measures[index][first] != 0) {
                left.push(parts[0]);
            }
        }
        left
    }
}

/// A digest of all that is declared of a rollup and stands in its file, words included.
pub fn declared(rollup: &Rollup) -> String {
    let mut declared = Fingerprint::new("rollup");
    declared.text(&rollup.name).text(&rollup.zh).text(&rollup.en).text(&rollup.fact);
    declared.list(&rollup.dimensions, |f, dimension| {
        f.text(&dimension.name).text(&dimension.fact).text(&dimension.zh).text(&dimension.en);
        f.optional_text(dimension.in_files.as_deref());
    });
    declared.list(&rollup.cross, |f, [a, b]| {
        f.text(a).text(b);
    });
    declared.list(&rollup.measures, |f, measure| {
        f.text(&measure.name).text(&measure.sql).text(&measure.zh).text(&measure.en);
    });
    declared.hex()
}

/// The measure of a rollup that is 0 in cells without rows alone, where each measure is the sum of what each
/// person gives to it; `None` for any other rollup.
pub fn adds_up(rollup: &Rollup) -> Option<usize> {
    let of_person =
        |sql: &str| sql == "person_key" || sql.starts_with("CASE WHEN ") && sql.ends_with(" THEN person_key END");
    let measures: Vec<Aggregate> = rollup.measures.iter().map(|m| Aggregate::of(&m.sql)).collect::<Option<_>>()?;
    let each = measures.iter().all(|m| match m {
        Aggregate::Rows => true,
        Aggregate::Distinct(sql) => of_person(sql),
        // A sum of numbers with a fraction would be rounded in each part.
        Aggregate::Sum(_) => false,
    });
    let of_rows = |m: &Aggregate| *m == Aggregate::Rows || *m == Aggregate::Distinct("person_key".to_owned());
    measures.iter().position(of_rows).filter(|_| each)
}

/// The groups of dimensions that rows are broken down by: none, each alone, and the declared pairs.
fn group_indexes(rollup: &Rollup) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = vec![Vec::new()];
    groups.extend((0..rollup.dimensions.len()).map(|d| vec![d]));
    for pair in &rollup.cross {
        groups.push((0..rollup.dimensions.len()).filter(|d| pair.contains(&rollup.dimensions[*d].name)).collect());
    }
    groups
}

/// The same groups, as dimensions.
pub fn groups(rollup: &Rollup) -> Vec<Vec<&Dimension>> {
    let of = |group: Vec<usize>| group.into_iter().map(|d| &rollup.dimensions[d]).collect();
    group_indexes(rollup).into_iter().map(of).collect()
}

/// The facts that a rollup is counted over, some of them more than once.
pub fn facts_of(rollup: &Rollup) -> impl Iterator<Item = &str> {
    std::iter::once(rollup.fact.as_str()).chain(rollup.dimensions.iter().map(|d| d.fact.as_str()))
}

/// The fact that a group of dimensions is counted over.
pub fn fact_of<'r>(rollup: &'r Rollup, group: &[&'r Dimension]) -> &'r str {
    group.first().map_or(&rollup.fact, |d| &d.fact)
}

/// The query of one level and group of dimensions.
pub fn sql(rollup: &Rollup, fact: &str, level: Level, group: &[&Dimension]) -> String {
    let level = level.as_str();
    let mut columns = vec![format!("{level} AS division_code")];
    let mut keys = vec![level.to_owned()];
    for dimension in group {
        columns.push(format!("COALESCE({0}, '{UNKNOWN}') AS {0}", dimension.name));
        keys.push(format!("COALESCE({}, '{UNKNOWN}')", dimension.name));
    }
    columns.extend(rollup.measures.iter().map(|m| format!("{} AS {}", m.sql, m.name)));
    format!("SELECT {}\nFROM {fact}\nWHERE {level} IS NOT NULL\nGROUP BY {}", columns.join(", "), keys.join(", "))
}
