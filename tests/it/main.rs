mod golden_vectors;
mod reference;
mod reference_places;
mod reference_rules;
mod reference_tables;
