//! What leaves the office: packages, their signatures, and their way to a receiver that may fail or lie.

mod changes;
mod commands;
mod databases;
mod formats;
mod http;
mod receivers;
mod sending;
mod server;
mod servers;
mod sm2;
mod tamper;
mod tiny;
