//! A model for any people table, from its columns and their values.
//!
//! What a column holds is told by its header where that says something that the values do not contradict, else by
//! the values ([`roles`], [`values`]). From that follow types, normalisers and levels ([`fields`], [`levels`]), and blocking
//! rules to be tried ([`rules`]); who has the records counts their pairs, and what is left is a file for `link table`
//! ([`text`]). No value of a person stands in it.

mod fields;
mod levels;
mod roles;
mod rules;
mod text;
mod values;

pub use fields::{LeftOut, LeftOutReason, ProposedField, Sheet};
pub use roles::ProposedRole;
pub use rules::ProposedRule;
pub use text::reason;

/// Pairs that a rule may put together, at most: some for each row. Of far more nearly all are no matches, and learning
/// may take those of one name for them.
const FEW_PAIRS: u64 = 5_000;
const PAIRS_OF_ROW: u64 = 5;

/// A model before the pairs of its rules are counted.
pub struct Draft {
    tables: Vec<String>,
    rows: usize,
    zh: bool,
    pub fields: Vec<ProposedField>,
    pub left_out: Vec<LeftOut>,
    candidates: Vec<ProposedRule>,
}

/// What is proposed.
pub struct Proposal {
    /// The model's file.
    pub text: String,
    pub fields: Vec<ProposedField>,
    pub left_out: Vec<LeftOut>,
    pub rules: Vec<ProposedRule>,
}

impl Draft {
    /// Looks at tables, which have these names; `None` where no column tells people apart.
    pub fn of(tables: Vec<String>, sheets: &[Sheet<'_>], zh: bool) -> Option<Draft> {
        let (mut fields, mut left_out) = fields::of(sheets);
        for field in fields.split_off(fields.len().min(levels::MOST)) {
            left_out.extend(field.columns.into_iter().map(|column| LeftOut { column, reason: LeftOutReason::NoRoom }));
        }
        let candidates = rules::candidates(&fields);
        let rows = sheets.iter().filter_map(|s| s.columns.first()).map(arrow::array::Array::len).sum();
        (!candidates.is_empty()).then_some(Draft { tables, rows, zh, fields, left_out, candidates })
    }

    /// The model with all rules that may be of use.
    pub fn text(&self) -> String {
        self.written(&self.candidates, &[], 0)
    }

    /// The model with those rules that do not put too many pairs together; `pairs` is candidate for candidate.
    pub fn propose(self, pairs: &[u64]) -> Proposal {
        let most = FEW_PAIRS.max(PAIRS_OF_ROW * self.rows as u64);
        let counted =
            self.candidates.iter().zip(pairs).map(|(rule, &pairs)| ProposedRule { pairs, ..rule.clone() }).collect();
        let (rules, too_many) = rules::choose(counted, most);
        let text = self.written(&rules, &too_many, most);
        Proposal { text, fields: self.fields, left_out: self.left_out, rules }
    }

    fn written(&self, rules: &[ProposedRule], too_many: &[ProposedRule], most_pairs: u64) -> String {
        text::write(&text::ProposedModel {
            zh: self.zh,
            tables: &self.tables,
            rows: self.rows,
            fields: &self.fields,
            left_out: &self.left_out,
            rules,
            too_many,
            most_pairs,
        })
    }
}
