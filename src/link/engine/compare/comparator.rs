//! Two records, field by field: which relation their values stand in.
//!
//! Each kind of comparison knows its relations by name; a model groups them into levels. The cheap
//! test, equal numbers, always comes first.

use super::kind::ComparisonKind;
use super::text::{self, TextTest};
use super::{date, id_number, name_zh, phones, place};
use crate::link::engine::model::{Comparison, Model};
use crate::link::engine::records::{RecordColumn, Records};
use crate::link::ids::RecordNumber;

/// A comparison bound to records.
enum BoundComparison<'r> {
    Text { column: RecordColumn<'r>, second: Option<RecordColumn<'r>>, tests: Vec<(u8, TextTest)> },
    NameZh(RecordColumn<'r>),
    Date { column: RecordColumn<'r>, id: Option<RecordColumn<'r>> },
    ResidentId(RecordColumn<'r>),
    Phones(RecordColumn<'r>),
    Place { address: Option<RecordColumn<'r>>, column: RecordColumn<'r> },
}

/// All comparisons of a model over records.
pub struct Comparator<'r> {
    records: &'r Records<'r>,
    bound: Vec<(BoundComparison<'r>, [u8; 16])>,
}

impl<'r> Comparator<'r> {
    pub fn new(model: &Model, records: &'r Records<'r>) -> Self {
        let bound = model.comparisons.iter().map(|c| (bind(c, records), c.level_of)).collect();
        Comparator { records, bound }
    }

    /// Levels of all comparisons, four bits each, the first comparison lowest; 0 is "not given".
    #[inline]
    pub fn pattern(&self, a: RecordNumber, b: RecordNumber) -> u64 {
        let (a, b) = (self.records.row(a), self.records.row(b));
        (0..self.bound.len()).fold(0, |pattern, i| pattern | u64::from(self.level(i, a, b)) << (4 * i))
    }

    /// Level of one comparison; `a` and `b` are the records' slots.
    #[inline]
    pub fn level(&self, comparison: usize, a: &[u32], b: &[u32]) -> u8 {
        let (bound, level_of) = &self.bound[comparison];
        level_of[usize::from(bound.relation(a, b))]
    }

    /// The level, if the records' numbers tell it and no characters need be compared.
    #[inline]
    pub fn told(&self, comparison: usize, a: &[u32], b: &[u32]) -> Option<u8> {
        let (bound, level_of) = &self.bound[comparison];
        bound.told(a, b).map(|relation| level_of[usize::from(relation)])
    }

    /// Levels that may hold where [`Comparator::told`] tells none, as a bit set.
    pub fn open_levels(&self, comparison: usize) -> u16 {
        let (bound, level_of) = &self.bound[comparison];
        let open = (0u8..16).filter(|relation| Some(*relation) != bound.equal());
        open.fold(0, |levels, relation| levels | 1 << level_of[usize::from(relation)])
    }
}

/// Level of a comparison in a pattern.
#[inline]
pub fn level(pattern: u64, comparison: usize) -> usize {
    (pattern >> (4 * comparison) & 15) as usize
}

fn bind<'r>(comparison: &Comparison, records: &'r Records<'r>) -> BoundComparison<'r> {
    let column = |i: usize| records.column(comparison.fields[i]);
    let last = column(comparison.fields.len() - 1);
    match comparison.kind {
        ComparisonKind::Text => BoundComparison::Text {
            column: column(0),
            second: (comparison.fields.len() > 1).then_some(last),
            tests: comparison.levels.iter().flat_map(|l| &l.relations).map(|r| (r.number, r.test)).collect(),
        },
        ComparisonKind::NameZh => BoundComparison::NameZh(last),
        ComparisonKind::Date => {
            BoundComparison::Date { column: column(0), id: (comparison.fields.len() > 1).then_some(last) }
        }
        ComparisonKind::ResidentId => BoundComparison::ResidentId(last),
        ComparisonKind::Phones => BoundComparison::Phones(last),
        ComparisonKind::Place => {
            BoundComparison::Place { address: (comparison.fields.len() > 1).then(|| column(0)), column: last }
        }
    }
}

impl BoundComparison<'_> {
    #[inline]
    fn relation(&self, a: &[u32], b: &[u32]) -> u8 {
        match self {
            BoundComparison::Text { column, second, tests } => text::relation(column, second.as_ref(), tests, a, b),
            BoundComparison::NameZh(column) => name_zh::relation(column, a, b),
            BoundComparison::Date { column, id } => date::relation(column, id.as_ref(), a, b),
            BoundComparison::ResidentId(column) => id_number::relation(column, a, b),
            BoundComparison::Phones(column) => phones::relation(column, a, b),
            BoundComparison::Place { address, column } => place::relation(address.as_ref(), column, a, b),
        }
    }

    #[inline]
    fn told(&self, a: &[u32], b: &[u32]) -> Option<u8> {
        match self {
            BoundComparison::Text { column, second, tests } => text::told(column, second.as_ref(), tests, a, b),
            BoundComparison::NameZh(column) => name_zh::told(column, a, b),
            BoundComparison::Date { column, .. } => date::told(column, a, b),
            BoundComparison::ResidentId(column) => id_number::told(column, a, b),
            BoundComparison::Phones(column) => Some(phones::relation(column, a, b)),
            BoundComparison::Place { address, column } => Some(place::relation(address.as_ref(), column, a, b)),
        }
    }

    /// The relation of values with one number, if such pairs are always told.
    fn equal(&self) -> Option<u8> {
        match self {
            BoundComparison::Text { tests, .. } => tests.first().filter(|t| t.1 == TextTest::Equal).map(|t| t.0),
            BoundComparison::NameZh(_) => Some(name_zh::EQUAL),
            // A date inside an ID number may be equal where those that are written are not.
            _ => None,
        }
    }
}
