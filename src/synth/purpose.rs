//! Numbers that separate a person's streams of draws by purpose.

pub const ILLNESS: u64 = 1;
pub const SPECIAL: u64 = 2;
pub const SERVICE: u64 = 3;
pub const PUPIL: u64 = 4;
pub const VISIT: u64 = 5;
pub const SURVEY: u64 = 6;
pub const IDENTITY: u64 = 7;
pub const MOVE: u64 = 8;
