//! Whole nights: real files in, published tables out.

mod amend;
mod carry;
mod commands;
mod coverage;
mod crash;
mod differential;
mod fates;
mod faults;
mod grain;
pub mod hand;
mod invariance;
mod linkage;
mod machine;
mod privacy;
pub mod published;
pub mod quality;
pub mod store;
