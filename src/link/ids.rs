//! Numbers that stand for something.

/// The index of no person.
pub const NO_PERSON: u32 = u32::MAX;
