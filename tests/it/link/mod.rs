//! Exact linkage: who is one person, and that keys stay with their people.

mod evaluate;
mod hanzi;
mod keys;
mod lunar;
mod people;
mod properties;
mod reference_cluster;
mod review;
mod rows;
mod shared;
