//! Kinds of comparisons, and the relations that they know by name.

use super::text::TextTest;
use super::{date, id_number, name_zh, phones, place};
use crate::error::{Words, words};
use crate::link::engine::records::FieldKind;

/// What a comparison looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparisonKind {
    /// One field of type text or code: `equal`, `jaro-winkler 0.9`, `edits 1`, `initial`, `prefix 4`,
    /// `swapped` (with a second field).
    Text,
    NameZh,
    Date,
    ResidentId,
    Phones,
    /// A place code, perhaps with an address before it.
    Place,
}

/// A relation of a kind: a number from 1, and of texts its test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relation {
    pub number: u8,
    pub test: TextTest,
}

impl ComparisonKind {
    pub const ALL: [ComparisonKind; 6] = [
        ComparisonKind::Text,
        ComparisonKind::NameZh,
        ComparisonKind::Date,
        ComparisonKind::ResidentId,
        ComparisonKind::Phones,
        ComparisonKind::Place,
    ];

    /// The name in a model.
    pub fn as_str(self) -> &'static str {
        match self {
            ComparisonKind::Text => "text",
            ComparisonKind::NameZh => "name-zh",
            ComparisonKind::Date => "date",
            ComparisonKind::ResidentId => "resident-id",
            ComparisonKind::Phones => "phones",
            ComparisonKind::Place => "place",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == name)
    }

    /// Whether the comparison works on fields of these types.
    ///
    /// # Errors
    /// The types of fields that it works on.
    pub fn takes(self, fields: &[FieldKind]) -> Result<(), Words> {
        use FieldKind as F;
        let fits = match self {
            ComparisonKind::Text => matches!(fields, [F::Text | F::Code] | [F::Text | F::Code, F::Text | F::Code]),
            ComparisonKind::NameZh => matches!(fields, [F::NameZh]),
            ComparisonKind::Date => matches!(fields, [F::Date] | [F::Date, F::ResidentId]),
            ComparisonKind::ResidentId => matches!(fields, [F::ResidentId]),
            ComparisonKind::Phones => matches!(fields, [F::Phones]),
            ComparisonKind::Place => matches!(fields, [F::Place] | [F::Text | F::Code, F::Place]),
        };
        let needs = match self {
            ComparisonKind::Text => {
                ("一个 text 或 code，用 `swapped` 时须两个", "one text or code, or two for `swapped`")
            }
            ComparisonKind::NameZh => ("一个 name-zh", "one name-zh"),
            ComparisonKind::Date => ("一个 date，可另加一个 resident-id", "one date, perhaps with a resident-id"),
            ComparisonKind::ResidentId => ("一个 resident-id", "one resident-id"),
            ComparisonKind::Phones => ("一个 phones", "one phones"),
            ComparisonKind::Place => ("一个 place，其前可有一个 text", "one place, perhaps with a text before it"),
        };
        let ((zh, en), kind) = (needs, self.as_str());
        if fits { Ok(()) } else { Err(words!("种类 {kind} 须有{zh}", "the kind {kind} needs {en}")) }
    }

    /// A relation by its name; `order` counts the relations named before it in the comparison.
    pub fn relation(self, text: &str, order: usize) -> Option<Relation> {
        let fixed = |names: &[&str]| {
            let number = names.iter().position(|n| *n == text)? as u8 + 1;
            Some(Relation { number, test: TextTest::Equal })
        };
        match self {
            ComparisonKind::Text => {
                let test = TextTest::parse(text)?;
                (order < 14).then_some(Relation { number: order as u8 + 1, test })
            }
            ComparisonKind::NameZh => fixed(&name_zh::RELATIONS),
            ComparisonKind::Date => fixed(&date::RELATIONS),
            ComparisonKind::ResidentId => fixed(&id_number::RELATIONS),
            ComparisonKind::Phones => fixed(&phones::RELATIONS),
            ComparisonKind::Place => fixed(&place::RELATIONS),
        }
    }
}
