//! Numbers of relations that every kind of comparison has.

/// Number of "not given".
pub const NOT_GIVEN: u8 = 0;
/// Number of a relation that has no name of its own; the last level takes it.
pub const OTHER: u8 = 15;
