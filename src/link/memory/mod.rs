//! What a night leaves for the next, so that it compares only what is new. It saves time and changes nothing.

pub mod identity_marks;
pub mod pair_memory;
pub mod people_file;
pub mod people_memory;
