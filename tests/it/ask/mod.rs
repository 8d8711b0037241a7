//! What a person asks of a store: what a number means, which records it lacks, how far a target is, what changed.

mod changes;
mod explained;
mod gaps;
mod labels;
