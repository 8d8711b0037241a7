//! Whole nights: real files in, published tables out.

mod amend;
mod carry;
mod commands;
mod crash;
mod damage;
mod differential;
mod fates;
mod faults;
mod grain;
mod hand;
mod invariance;
mod linkage;
mod privacy;
pub mod published;
pub mod quality;
pub mod store;
