//! What the operator does beside the nights: begin a store, change its key, put a backup back, be told what is wrong.

mod check;
mod engine;
mod init;
mod key_change;
mod recipes;
mod slips;
mod snapshots;
