//! What is found out of an identity by looking at all others: what a night keeps of it for the next.

use crate::link::engine::intern::NONE;
use crate::link::engine::records::IdUse;
use crate::link::identities::identity::Identity;
use crate::link::persons::trust::{Mute, Standing};

/// What a record is made of beside its identity, and what else the same look gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made(u16);

impl Made {
    /// What its values say: [`Mute`] in the lowest eight bits.
    const MUTE: u16 = 0xff;
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

    pub fn of(index: usize, identity: &Identity, standing: &Standing) -> Self {
        let own = standing.own_id[index];
        let mut bits = u16::from(standing.mute[index].bits());
        bits |= (standing.id_use(identity, own) as u16) << Self::USE_AT;
        let id = identity.id as usize;
        for (bit, holds) in [
            (Self::OWN, own != NONE),
            (Self::SEVERAL, identity.has_valid_id() && standing.carried_by_several[id]),
            (Self::OVERUSED, !identity.has_valid_id() && standing.overused_documents[id]),
        ] {
            bits |= if holds { bit } else { 0 };
        }
        Made(bits)
    }

    pub fn bits(self) -> u16 {
        self.0
    }

    pub fn from_bits(bits: u16) -> Self {
        Made(bits)
    }

    /// Whether two make the same record of one identity.
    pub fn is_same_record(self, other: Made) -> bool {
        self.0 & Self::RECORD == other.0 & Self::RECORD
    }

    pub fn mute(self) -> Mute {
        Mute::from_bits((self.0 & Self::MUTE) as u8)
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
        Made(self.0 & !Self::ONE_PERSON | if is { Self::ONE_PERSON } else { 0 })
    }
}
