//! Decisions of people about records, one a line; a file of them only grows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Words, words};
use crate::link::identities::RowName;
use crate::schema::day;

/// What a person decided about two records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    pub a: RowName,
    pub b: RowName,
    /// The records are of one person; otherwise of two.
    pub same: bool,
    /// Who decided.
    pub by: String,
    /// The day of the decision, `YYYY-MM-DD`.
    pub on: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The last day on which it holds, `YYYY-MM-DD`; `None`: for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

impl Decision {
    /// The two records in their order.
    pub fn pair(&self) -> (&RowName, &RowName) {
        if self.a <= self.b { (&self.a, &self.b) } else { (&self.b, &self.a) }
    }

    /// Whether it no longer holds on a day.
    pub fn is_expired(&self, today: i32) -> bool {
        self.expires.as_deref().and_then(day::parse_iso).is_some_and(|last| last < today)
    }

    /// # Errors
    /// What is wrong with it; never a value of it.
    pub fn check(&self) -> Result<(), Words> {
        if self.a == self.b {
            return Err(words!("两条记录是同一条", "the two records are one"));
        }
        if self.by.trim().is_empty() {
            return Err(words!("`by` 为空", "`by` is empty"));
        }
        if day::parse_iso(&self.on).is_none() {
            return Err(words!("`on` 不是 YYYY-MM-DD 形式的日期", "`on` is no date YYYY-MM-DD"));
        }
        if self.expires.as_deref().is_some_and(|e| day::parse_iso(e).is_none()) {
            return Err(words!("`expires` 不是 YYYY-MM-DD 形式的日期", "`expires` is no date YYYY-MM-DD"));
        }
        Ok(())
    }

    /// The decision's line, with its end.
    pub fn to_line(&self) -> String {
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }
}

/// All decisions ever made, in the order they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    made: Vec<Decision>,
}

impl Decisions {
    /// Reads lines of JSON; empty lines are passed over.
    ///
    /// # Errors
    /// Every line that is no decision, by number and without its content.
    pub fn parse(text: &str) -> Result<Self, Words> {
        let mut decisions = Decisions::default();
        let mut wrong = Vec::new();
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            if line.trim().is_empty() {
                continue;
            }
            let read: Result<Decision, Words> = serde_json::from_str(line)
                // The message itself may quote the line.
                .map_err(|e| words!("不是一条结论（第 {} 列）", "not a decision (column {})", e.column()));
            if let Err(problem) = read.and_then(|d| decisions.add(d)) {
                wrong.push(problem.at(words!("第 {number} 行", "line {number}")));
            }
        }
        if wrong.is_empty() { Ok(decisions) } else { Err(Words::joined(&wrong, "\n")) }
    }

    /// The file's text: every decision made, the replaced ones too.
    pub fn to_text(&self) -> String {
        self.made.iter().map(Decision::to_line).collect()
    }

    /// Adds a decision; it replaces an earlier one about the same two records.
    ///
    /// # Errors
    /// [`Decision::check`]; nothing is added.
    pub fn add(&mut self, decision: Decision) -> Result<(), Words> {
        decision.check()?;
        self.made.push(decision);
        Ok(())
    }

    /// Every decision made, the replaced ones too.
    pub fn made(&self) -> &[Decision] {
        &self.made
    }

    /// The last decision about each two records, by their names.
    pub fn last(&self) -> Vec<&Decision> {
        let by_pair: BTreeMap<_, _> = self.made.iter().map(|d| (d.pair(), d)).collect();
        by_pair.into_values().collect()
    }

    /// The records of all decisions.
    pub fn rows(&self) -> impl Iterator<Item = &RowName> {
        self.made.iter().flat_map(|d| [&d.a, &d.b])
    }
}
