//! What a query engine does.

use super::frame::Frame;
use crate::error::Result;

/// What a query engine does for a [`Session`](super::Session). Failures are told in the engine's own words.
pub(super) trait Engine {
    /// A table as the engine holds it. A clone names the same rows; it does not copy them.
    type Held: Clone + Send + Sync;

    /// Takes a table in, without copying its rows where the engine can share them.
    fn hold(frame: &Frame) -> std::result::Result<Self::Held, String>;

    /// Runs one query over the tables that it names; what comes out can be named by the queries after it.
    fn run(sql: &str, tables: &[(&str, &Self::Held)]) -> std::result::Result<Self::Held, String>;

    /// Gives a table out.
    fn give(held: &Self::Held) -> std::result::Result<Frame, String>;

    /// Holds the engine to a number of threads; called before any is started.
    fn limit_threads(threads: usize);

    /// Runs closures on all cores, on threads from which many small queries run best; results in order of the items.
    fn side_by_side<T: Send, R: Send>(
        items: Vec<T>,
        run: impl Fn(T) -> Result<R> + Send + Sync,
    ) -> impl Iterator<Item = Result<R>>;
}
