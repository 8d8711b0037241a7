//! Persons of the nights: trust in numbers, records of the night's model, keys, attributes.

pub mod apart;
mod attributes;
mod carriers;
mod fields;
mod keys;
mod link;
mod linked;
mod numbering;
pub mod prepare;
mod ranges;
mod related;
mod resemblance;
mod shipped;
pub mod trust;

pub use keys::{KeyEvent, NO_KEY, PreviousPersons};
pub use link::{LinkSettings, LinkSummary, Persons, link, link_after, link_with, train_on};
pub use ranges::PersonRange;
pub use shipped::{LinkModel, MODEL, NightModel, WEIGHTS, parse_model};
pub use trust::RefusedValues;
