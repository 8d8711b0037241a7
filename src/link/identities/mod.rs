//! The distinct identities of a night's rows.

pub mod collect;
pub mod identity;
pub mod population;
mod rows;

pub use rows::{IdentityRows, RowName};
