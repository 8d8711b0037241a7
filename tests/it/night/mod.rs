//! Whole nights: real files in, published tables out.

mod differential;
pub mod published;
pub mod store;
