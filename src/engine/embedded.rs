//! The engine that is compiled in.

pub(super) use super::polars::Polars as Embedded;
