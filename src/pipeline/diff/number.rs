//! A published number, as it stood in two snapshots.

use serde::Serialize;

use crate::schema::divisions::Level;

/// What a row of a table says.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StatedNumber {
    pub numerator: Option<i64>,
    pub denominator: Option<i64>,
    pub value: Option<f64>,
    pub status: String,
}

/// What a target's row says beside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JudgedNumber {
    /// Empty where the public edition hides it.
    pub verdict: String,
    /// How many more, or fewer, meet the target; null where that cannot be told.
    pub gap: Option<i64>,
}

/// What a number is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NumberOf {
    pub indicator: String,
    pub level: String,
    pub division_code: String,
    pub division_name: String,
    pub period: String,
}

/// A number that is not what it was. `None` on a side says that the snapshot has no such row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    #[serde(flatten)]
    pub of: NumberOf,
    pub old: Option<StatedNumber>,
    pub new: Option<StatedNumber>,
    /// By how many things it changed: the larger change of numerator and denominator.
    pub weight: u64,
}

impl Change {
    /// A change, if there is one.
    pub fn between(
        of: impl FnOnce() -> NumberOf,
        old: Option<StatedNumber>,
        new: Option<StatedNumber>,
    ) -> Option<Change> {
        (old != new).then(|| Change { of: of(), weight: weight(old.as_ref(), new.as_ref()), old, new })
    }
}

/// By how many things two numbers differ: the larger difference of their numerators and denominators.
pub fn weight(old: Option<&StatedNumber>, new: Option<&StatedNumber>) -> u64 {
    let side = |of: fn(&StatedNumber) -> Option<i64>| {
        let of = |stated: Option<&StatedNumber>| stated.and_then(of).unwrap_or(0);
        of(old).abs_diff(of(new))
    };
    side(|s| s.numerator).max(side(|s| s.denominator))
}

/// A target whose row is not what it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreChange {
    pub profile: String,
    pub op: String,
    pub target: f64,
    pub due: String,
    #[serde(flatten)]
    pub change: Change,
    pub old_judged: Option<JudgedNumber>,
    pub new_judged: Option<JudgedNumber>,
}

impl ScoreChange {
    /// Whether the verdict is another one.
    pub fn is_of_verdict(&self) -> bool {
        let verdict = |judged: &Option<JudgedNumber>| judged.as_ref().map(|j| j.verdict.clone());
        verdict(&self.old_judged) != verdict(&self.new_judged)
    }
}

/// Which numbers are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Ids; all where none is named.
    pub indicators: Vec<String>,
    /// Codes: each stands for all that lies in it.
    pub divisions: Vec<String>,
    pub levels: Vec<Level>,
}

impl Filter {
    pub fn takes_indicator(&self, id: &str) -> bool {
        self.indicators.is_empty() || self.indicators.iter().any(|asked| asked == id)
    }

    pub fn takes_division(&self, code: &str) -> bool {
        let is_level = self.levels.is_empty() || Level::of(code).is_some_and(|level| self.levels.contains(&level));
        is_level && (self.divisions.is_empty() || self.divisions.iter().any(|asked| code.starts_with(asked.as_str())))
    }
}
