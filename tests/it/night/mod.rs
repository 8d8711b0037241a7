//! Whole nights: real files in, published tables out.

mod amend;
mod carry;
mod commands;
mod coverage;
mod crash;
mod damage;
mod declared;
mod differential;
mod fates;
mod faults;
mod grain;
pub mod hand;
mod invariance;
mod key_conflict;
mod linkage;
mod machine;
mod people;
mod privacy;
pub mod published;
pub mod quality;
pub mod store;
mod upgrade;
mod versions;
