//! What leaves the office: packages, their signatures, and their way to a receiver that may fail or lie.

mod changes;
mod commands;
mod formats;
mod http;
mod sending;
mod server;
mod tamper;
mod tiny;
