//! What a night need not count again, because it is unchanged since the last run.

pub mod county_facts;
pub mod keys;
pub mod patch;
pub mod plan;
pub mod published;
