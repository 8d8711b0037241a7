//! What names, dates and addresses of China need.

pub mod hanzi;
pub mod lunar;
pub mod nobody;
pub mod normalise;
