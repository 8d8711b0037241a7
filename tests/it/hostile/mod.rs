//! What others leave in the inbox must neither stop a night nor damage it.

mod changing;
mod entries;
mod limits;
mod tried;
