//! Pairs to clusters.

mod bridges;
mod clusters;
mod joined;
mod union;

pub use bridges::Bridge;
pub use clusters::{Clustering, Edge, Limits, Material, cluster};
pub use joined::{Joined, components, components_of};
pub use union::Union;
