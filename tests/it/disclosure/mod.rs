//! What leaves tells nothing of few people.

mod attacker;
mod editions;
mod rounding;
