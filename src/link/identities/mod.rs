//! The distinct identities of a night's rows.

pub mod collect;
pub mod identity;
pub mod policy;
pub mod population;
mod rows;
pub mod silenced;

pub use rows::{IdentityRows, RowName};
