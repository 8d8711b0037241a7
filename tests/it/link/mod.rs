//! Exact linkage: who is one person, and that keys stay with their people.

mod keys;
mod people;
mod properties;
mod rows;
mod shared;
