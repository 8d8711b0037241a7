//! Users read Chinese, or English, and nothing of the other language.

mod choice;
mod commands;
pub mod detect;
mod findings;
mod help;
mod messages;
mod source;
mod width;
