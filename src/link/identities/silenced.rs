//! Values of an identity that say nothing, because of who else has them.

use super::identity::Identity;
use crate::link::engine::intern::TextNumber;

/// Values of an identity that say nothing: bit by bit its four phones, the address, the guardian's name, the
/// student number, the birth date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silenced(u8);

impl Silenced {
    pub const PHONES: u8 = 0b1111;
    pub const ADDRESS: u8 = 1 << 4;
    pub const GUARDIAN: u8 = 1 << 5;
    pub const STUDENT: u8 = 1 << 6;
    pub const BIRTH: u8 = 1 << 7;

    pub fn bits(self) -> u8 {
        self.0
    }

    pub fn from_bits(bits: u8) -> Self {
        Silenced(bits)
    }

    /// The identity without these values.
    pub fn of(self, mut identity: Identity) -> Identity {
        for (_, phone) in identity.phones.iter_mut().enumerate().filter(|(at, _)| self.0 & 1 << at != 0) {
            *phone = TextNumber::EMPTY;
        }
        if self.0 & Self::ADDRESS != 0 {
            identity.address = TextNumber::EMPTY;
        }
        if self.0 & Self::GUARDIAN != 0 {
            identity.guardian_name = TextNumber::EMPTY;
        }
        if self.0 & Self::STUDENT != 0 {
            identity.student = TextNumber::EMPTY;
        }
        if self.0 & Self::BIRTH != 0 {
            (identity.birth_day, identity.birth_precision) = (0, 0);
        }
        identity
    }

    /// Whether one of these bits is set.
    pub fn holds(self, bits: u8) -> bool {
        self.0 & bits != 0
    }
}
