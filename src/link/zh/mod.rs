//! What names, dates and addresses of China need.

pub mod hanzi;
pub mod labels;
pub mod lunar;
pub mod nobody;
pub mod normalise;
