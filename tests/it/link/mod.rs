//! Linkage: who is one person, and that keys stay with their people.

mod blocks;
mod engine;
mod evaluate;
mod hanzi;
mod keys;
mod lunar;
mod memory;
mod model;
mod nights;
mod people;
mod pitfalls;
mod policy;
mod properties;
mod reference_cluster;
mod review;
mod rows;
mod shared;
mod slips;
mod tables;
mod training;
