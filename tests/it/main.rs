//! One integration test binary; each module holds the promises of one part.

mod sql;
mod synth;
