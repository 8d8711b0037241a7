//! What is found out about an identity by looking at all others: a night keeps it for the next.

use crate::link::engine::records::IdUse;
use crate::link::identities::silenced::Silenced;

/// What a record is made of beside its identity, and what else the same look gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IdentityMarks(u16);

impl IdentityMarks {
    /// What its values say: [`Silenced`] in the lowest eight bits.
    const SILENCED: u16 = 0xff;
    /// Its valid ID number is its own.
    const OWN: u16 = 1 << 8;
    /// An [`IdUse`].
    const USE_AT: u32 = 9;
    /// What makes the record; what follows does not change how it compares.
    const RECORD: u16 = (1 << 12) - 1;
    /// Several people carry the ID number.
    const SEVERAL: u16 = 1 << 12;
    /// Too many carry the number of a document that no check digit guards.
    const OVERUSED: u16 = 1 << 13;
    /// Its rows are one person by what they state.
    const ONE_PERSON: u16 = 1 << 14;

    /// The marks of an identity whose values `silenced` say nothing; what its ID number may be used for, and whether it
    /// is its own.
    pub fn new(silenced: Silenced, id_use: IdUse, is_own: bool) -> Self {
        let own = if is_own { Self::OWN } else { 0 };
        IdentityMarks(u16::from(silenced.bits()) | (id_use as u16) << Self::USE_AT | own)
    }

    /// Whether several people carry the ID number, and whether too many carry a document number.
    pub fn with_carriers(self, several: bool, overused: bool) -> Self {
        let bit = |holds: bool, bit: u16| if holds { bit } else { 0 };
        IdentityMarks(self.0 | bit(several, Self::SEVERAL) | bit(overused, Self::OVERUSED))
    }

    pub fn bits(self) -> u16 {
        self.0
    }

    pub fn from_bits(bits: u16) -> Self {
        IdentityMarks(bits)
    }

    /// Whether two make the same record of one identity.
    pub fn is_same_record(self, other: IdentityMarks) -> bool {
        self.0 & Self::RECORD == other.0 & Self::RECORD
    }

    pub fn silenced(self) -> Silenced {
        Silenced::from_bits((self.0 & Self::SILENCED) as u8)
    }

    pub fn is_own(self) -> bool {
        self.0 & Self::OWN != 0
    }

    /// The ID number is a placeholder, or says nothing for another reason.
    pub fn says_no_id(self) -> bool {
        self.0 >> Self::USE_AT & 0b111 == IdUse::Nothing as u16
    }

    pub fn is_of_several(self) -> bool {
        self.0 & Self::SEVERAL != 0
    }

    pub fn is_overused(self) -> bool {
        self.0 & Self::OVERUSED != 0
    }

    pub fn is_one_person(self) -> bool {
        self.0 & Self::ONE_PERSON != 0
    }

    pub fn with_one_person(self, is: bool) -> Self {
        IdentityMarks(self.0 & !Self::ONE_PERSON | if is { Self::ONE_PERSON } else { 0 })
    }
}
