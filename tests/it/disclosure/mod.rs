//! What leaves tells nothing of few people.

mod attacker;
mod changed_policy;
mod editions;
mod hierarchies;
mod last_resort;
mod late;
mod linked;
mod planted;
mod rounded_night;
mod rounding;
mod shared;
mod whole_cities;
mod windows;
