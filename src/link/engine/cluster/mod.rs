//! Pairs to clusters.

mod bridges;
mod clusters;
mod edge;
mod joined;
mod union;

pub use bridges::Bridge;
pub use clusters::{ClusterLimits, Clustering, Material, cluster};
pub use edge::Edge;
pub use joined::{Joined, components, components_of};
pub use union::Union;
