//! What `docs/definitions.md`, `docs/decisions.md` and `docs/findings.md` say of dirty input, sentence by sentence, each
//! on a hand-made inbox through the binary.

mod fates;
mod formats;
pub(crate) mod headers;
pub mod inbox;
mod lines;
mod texts;
mod values;
