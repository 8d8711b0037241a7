//! One integration test binary; each module holds the promises of one part.

mod catalogue;
mod contract;
mod declarations;
mod diag;
mod documents;
mod epochs;
mod feed;
mod golden_vectors;
mod hostile;
mod link;
mod night;
mod parted_file;
mod read;
mod reference;
mod reference_invariants;
mod reference_load;
mod reference_places;
mod reference_rules;
mod reference_tables;
mod sql;
mod sql_portable;
mod synth;
mod tally;
mod tidy;
mod validate;
mod vault;
