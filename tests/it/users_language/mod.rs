//! Users read Chinese, or English, and nothing of the other language.

mod choice;
mod help;
