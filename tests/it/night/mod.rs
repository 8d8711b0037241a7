//! Whole nights: real files in, published tables out.

mod commands;
mod coverage;
mod crash;
mod damage;
mod declared;
mod declared_datasets;
mod differential;
mod fates;
mod faults;
mod grain;
pub mod hand;
mod invariance;
mod key_conflict;
mod linkage;
mod machine;
mod patched_numbers;
mod people;
mod privacy;
pub mod published;
pub mod quality;
mod random_nights;
mod rollup_queries;
mod same_numbers;
pub mod store;
mod upgrade;
mod versions;
