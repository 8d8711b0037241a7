//! Kinds of comparisons, and the relations that they know by name.

use super::text::TextTest;
use super::{date, id_number, name_zh, phones, place};
use crate::error::{Words, words};
use crate::link::engine::records::FieldKind;

/// What a comparison looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
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

impl Kind {
    pub const ALL: [Kind; 6] = [Kind::Text, Kind::NameZh, Kind::Date, Kind::ResidentId, Kind::Phones, Kind::Place];

    /// The name in a model.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::NameZh => "name-zh",
            Kind::Date => "date",
            Kind::ResidentId => "resident-id",
            Kind::Phones => "phones",
            Kind::Place => "place",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == name)
    }

    /// Whether the comparison works on fields of these types.
    ///
    /// # Errors
    /// What it needs.
    pub fn takes(self, fields: &[FieldKind]) -> Result<(), Words> {
        use FieldKind as F;
        let fits = match self {
            Kind::Text => matches!(fields, [F::Text | F::Code] | [F::Text | F::Code, F::Text | F::Code]),
            Kind::NameZh => matches!(fields, [F::NameZh]),
            Kind::Date => matches!(fields, [F::Date] | [F::Date, F::ResidentId]),
            Kind::ResidentId => matches!(fields, [F::ResidentId]),
            Kind::Phones => matches!(fields, [F::Phones]),
            Kind::Place => matches!(fields, [F::Place] | [F::Text | F::Code, F::Place]),
        };
        let needs = match self {
            Kind::Text => ("一个 text 或 code，用 `swapped` 时须两个", "one text or code, or two for `swapped`"),
            Kind::NameZh => ("一个 name-zh", "one name-zh"),
            Kind::Date => ("一个 date，可另加一个 resident-id", "one date, perhaps with a resident-id"),
            Kind::ResidentId => ("一个 resident-id", "one resident-id"),
            Kind::Phones => ("一个 phones", "one phones"),
            Kind::Place => ("一个 place，其前可有一个 text", "one place, perhaps with a text before it"),
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
            Kind::Text => {
                let test = TextTest::parse(text)?;
                (order < 14).then_some(Relation { number: order as u8 + 1, test })
            }
            Kind::NameZh => fixed(&name_zh::RELATIONS),
            Kind::Date => fixed(&date::RELATIONS),
            Kind::ResidentId => fixed(&id_number::RELATIONS),
            Kind::Phones => fixed(&phones::RELATIONS),
            Kind::Place => fixed(&place::RELATIONS),
        }
    }
}
