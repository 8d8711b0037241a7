//! What leaves tells nothing of few people.

mod attacker;
mod editions;
mod hierarchies;
mod planted;
mod rounded_night;
mod rounding;
