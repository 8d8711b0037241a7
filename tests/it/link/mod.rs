//! Exact linkage: who is one person, and that keys stay with their people.

mod hanzi;
mod keys;
mod lunar;
mod people;
mod properties;
mod rows;
mod shared;
