//! The general engine: links the records of any people tables under a declared [`model`].
//!
//! A model says which fields there are, what is compared with what ([`block`]), how ([`compare`]), and how much each
//! level weighs ([`score`], with weights that [`train`] learns; what cannot weigh enough is decided early: `ceiling`).
//! [`cluster`] makes clusters of pairs.

pub mod block;
mod ceiling;
pub mod cluster;
pub mod compare;
pub mod decided;
pub mod intern;
pub mod linker;
pub mod mix;
pub mod model;
pub mod records;
pub mod scope;
pub mod score;
mod shares;
pub mod train;
