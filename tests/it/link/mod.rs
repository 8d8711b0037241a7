//! Exact linkage: who is one person, and that keys stay with their people.

<<<<<<< HEAD
mod hanzi;
=======
mod evaluate;
>>>>>>> evaluate
mod keys;
mod lunar;
mod people;
mod properties;
mod reference_cluster;
mod rows;
mod shared;
