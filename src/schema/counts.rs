//! Whom a number is about, and of which parts it is the sum: what decides whether a small one may be shown.

use serde::Deserialize;

/// Whom a numerator, a denominator or a measure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counts {
    /// Distinct persons.
    Persons,
    /// Things that persons have or do: contacts, tests, visits, responses, incidents.
    OfPersons,
    /// Things that are nobody's: sites, staff, schools, activities, participants in sum, employers; and the
    /// residents of a division, who stand in a public census table.
    Nobody,
}

impl Counts {
    pub fn as_str(self) -> &'static str {
        match self {
            Counts::Persons => "persons",
            Counts::OfPersons => "of-persons",
            Counts::Nobody => "nobody",
        }
    }
}

/// Of which parts a number is the sum.
///
/// Nobody declares this: it follows from what is counted. `COUNT(*)` and `SUM(x)` give each row of a fact to
/// one division of each level, and distinct persons do not add up, because one of them may stand in several
/// parts. Over periods a number adds up only where its fact takes the rows between the period's first and last
/// day: what looks back over twelve months, or at a register as it stands on the last day, is no sum of months.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddsUp {
    /// A division has what its children have, and what is known of no child.
    pub over_divisions: bool,
    /// A quarter has what its months have.
    pub over_periods: bool,
}
