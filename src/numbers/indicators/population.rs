//! Resident population of a division and year.

use std::collections::BTreeMap;

use crate::schema::divisions::{Divisions, Level, trim};

/// Residents by division and year, completed upwards.
#[derive(Clone, Debug, Default)]
pub struct Residents {
    own: BTreeMap<(String, i32), i64>,
}

impl Residents {
    /// Each division's residents of a year, as they were given.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (&str, i32, i64)> {
        self.own.iter().map(|((code, year), residents)| (code.as_str(), *year, *residents))
    }

    /// Takes `(division code, year, residents)` rows; a later row of the same pair wins.
    pub fn new(rows: impl IntoIterator<Item = (String, i32, i64)>) -> Self {
        Residents { own: rows.into_iter().map(|(code, year, n)| ((trim(&code).to_owned(), year), n)).collect() }
    }

    /// A division's own row for the year; else the sum of its children's if none is missing; else
    /// `None`.
    pub fn of(&self, divisions: &Divisions, code: &str, year: i32) -> Option<i64> {
        if let Some(residents) = self.own.get(&(code.to_owned(), year)) {
            return Some(*residents);
        }
        let below = match Level::of(code)? {
            Level::City => Level::County,
            Level::County => Level::Town,
            Level::Town => Level::Village,
            Level::Village => return None,
        };
        let mut children = divisions.of_level(below).filter(|(child, _)| child.starts_with(code)).peekable();
        children.peek()?;
        children.map(|(child, _)| self.of(divisions, child, year)).sum()
    }
}
