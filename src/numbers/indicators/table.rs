//! The published indicator table.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Builder, Int64Builder, RecordBatch, StringArray,
};
use arrow::datatypes::{Field, Schema, UInt32Type};

use super::arithmetic::{Status, status, value};
use super::cells::{CellGrid, IndicatorCells};
use super::coverage::{Coverage, Gaps};
use super::population::Residents;
use crate::catalogue::Catalogue;
use crate::error::{Error, Result};
use crate::numbers::facts::{Period, Window};
use crate::schema::divisions::{Divisions, Level};
use crate::schema::indicator::{Denominator, Unit};
use crate::schema::{Indicator, day};

/// What is known of the divisions that numbers are published for.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    pub divisions: &'a Divisions,
    pub grid: &'a CellGrid,
    pub population: &'a Residents,
    pub coverage: &'a Coverage,
}

/// Rows of one indicator: level by level (city first), division by division, period by period; texts stand
/// as dictionaries.
///
/// `cells_of(period index, level)` gives the counted cells.
pub fn indicator_batch<'a>(
    indicator: &Indicator,
    periods: &[&Period],
    places: &Places<'_>,
    cells_of: impl Fn(usize, Level) -> &'a IndicatorCells,
) -> Result<RecordBatch> {
    let Places { divisions, grid, population, coverage } = *places;
    let mut levels = indicator.levels.clone();
    levels.sort_by_key(|l| l.digits());
    let rows: usize = levels.iter().map(|l| grid.codes(*l).len()).sum::<usize>() * periods.len();
    // Texts that rows share stand once, and rows name them by number.
    let numbers = || Vec::<u32>::with_capacity(rows);
    let (mut of_level, mut of_code, mut of_status) = (numbers(), numbers(), numbers());
    let mut codes: Vec<&str> = Vec::new();
    let (mut numerators, mut denominators) = (Int64Builder::with_capacity(rows), Int64Builder::with_capacity(rows));
    let mut values = Float64Builder::with_capacity(rows);
    let window = |p: &&Period| Window { e_day: p.e_day, s_day: p.start_day };
    let gaps: Vec<Gaps> = periods.iter().map(|p| coverage.gaps(grid, indicator, window(p))).collect();
    let years: Vec<i32> = periods.iter().map(|p| i32::from(day::to_date(p.e_day).year())).collect();
    for (level_index, level) in levels.iter().enumerate() {
        let per_period: Vec<&IndicatorCells> = (0..periods.len()).map(|index| cells_of(index, *level)).collect();
        for (place, code) in grid.codes(*level).iter().enumerate() {
            let mut residents: Option<(i32, Option<i64>)> = None;
            for ((year, cells), gaps) in years.iter().zip(&per_period).zip(&gaps) {
                let n = cells.numerators[place];
                let d = match indicator.denominator {
                    Denominator::None => None,
                    Denominator::Part(_) => Some(cells.denominators[place]),
                    Denominator::Population => match residents {
                        Some((of, residents)) if of == *year => residents,
                        _ => residents.insert((*year, population.of(divisions, code, *year))).1,
                    },
                };
                let s = status(indicator.unit, d, gaps.touch(grid, code));
                of_level.push(level_index as u32);
                of_code.push(codes.len() as u32);
                of_status.push(s as u32);
                numerators.append_value(n);
                denominators.append_option(if indicator.unit == Unit::Count { None } else { d });
                values.append_option(if s == Status::NoData { None } else { value(indicator.unit, n, d) });
            }
            codes.push(code);
        }
    }
    // Every division has a row for each period, in turn.
    let of_period: Vec<u32> = (0..codes.len()).flat_map(|_| 0..periods.len() as u32).collect();
    let text = |numbers: Vec<u32>, texts: Vec<&str>| -> ArrayRef {
        Arc::new(DictionaryArray::<UInt32Type>::new(numbers.into(), Arc::new(StringArray::from(texts))))
    };
    let same = |of: &str| text(vec![0; rows], vec![of]);
    let each = |of: &dyn Fn(&Period) -> i32| -> ArrayRef {
        Arc::new(Date32Array::from_iter_values(of_period.iter().map(|p| of(periods[*p as usize]))))
    };
    let names: Vec<&str> = codes.iter().map(|code| divisions.name(code).unwrap_or_default()).collect();
    let kinds: Vec<&str> = periods.iter().map(|p| p.kind.as_str()).collect();
    let ids: Vec<&str> = periods.iter().map(|p| p.id.as_str()).collect();
    let columns: Vec<ArrayRef> = vec![
        same(&indicator.id),
        text(of_level, levels.iter().map(|l| l.as_str()).collect()),
        text(of_code.clone(), codes),
        text(of_code, names),
        text(of_period.clone(), kinds),
        text(of_period.clone(), ids),
        each(&|p| p.start_day),
        each(&|p| p.end_day),
        Arc::new(of_period.iter().map(|p| Some(periods[*p as usize].complete)).collect::<BooleanArray>()),
        Arc::new(numerators.finish()),
        Arc::new(denominators.finish()),
        Arc::new(values.finish()),
        same(indicator.unit.as_str()),
        text(of_status, Status::ALL.iter().map(|s| s.as_str()).collect()),
    ];
    to_batch(columns)
}

/// Columns in the order of the schema, texts as the dictionaries that they are.
fn to_batch(columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    let schema = Catalogue::indicator_schema();
    let fields = schema.fields().iter().zip(&columns);
    let fields: Vec<Field> = fields.map(|(f, c)| f.as_ref().clone().with_data_type(c.data_type().clone())).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|e| Error::bug("indicator rows").caused_by(e))
}
