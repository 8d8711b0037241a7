//! What a row states of a person.

use crate::link::engine::intern::TextNumber;
use crate::schema::layout::IdState;

/// A full birth date, in the scale of [`BIRTH_PRECISION`].
pub const FULL_DATE: u8 = 3;

/// Days that systems write where there is no birth date: those from which they count.
const NO_BIRTH_DAYS: [i32; 4] = [
    0,       // 1970-01-01
    -25_567, // 1900-01-01
    -25_568, // 1899-12-31
    -25_569, // 1899-12-30
];

/// State of a valid ID number on a row of somebody of another generation.
pub const BORROWED: u8 = 255;

/// What a row states of a person, as numbers of texts.
///
/// The order of the fields is the order of identities: those of one name, sex and birth date follow
/// each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    pub name: TextNumber,
    pub sex: TextNumber,
    /// Days since 1970-01-01; 0 with precision 0 when not given.
    pub birth_day: i32,
    pub birth_precision: u8,
    /// An [`IdState`] as a number, or [`BORROWED`].
    pub id_state: u8,
    pub id: TextNumber,
    pub student: TextNumber,
    /// Own numbers, then guardian's numbers, each ascending, so that what is not given comes first.
    pub phones: [TextNumber; 4],
    pub guardian_name: TextNumber,
    pub address: TextNumber,
    /// Code of the division where the person lives.
    pub residence: TextNumber,
}

impl Identity {
    /// The full birth date.
    pub fn birth_date(&self) -> Option<i32> {
        (self.birth_precision == FULL_DATE).then_some(self.birth_day)
    }

    /// Whether a birth date is given that is more than what systems write where there is none.
    pub fn states_birth(&self) -> bool {
        self.birth_precision > 0 && !(self.birth_precision == FULL_DATE && NO_BIRTH_DAYS.contains(&self.birth_day))
    }

    pub fn has_valid_id(&self) -> bool {
        self.id_state == IdState::Valid as u8
    }

    /// The number is valid and of somebody of another generation.
    pub fn has_borrowed_id(&self) -> bool {
        self.id_state == BORROWED
    }

    /// The number is of another document than the resident's card.
    pub fn is_other_document(&self) -> bool {
        self.id_state == IdState::OtherDocument as u8
    }
}
