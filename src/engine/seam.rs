//! What a query engine does.

use super::frame::Frame;
use crate::error::{Error, Result};

/// What a query engine does for a [`Session`](super::Session).
pub(super) trait Engine {
    /// A table as the engine holds it. A clone names the same rows; it does not copy them.
    type Held: Clone + Send + Sync;

    /// Takes a table in, without copying its rows where the engine can share them.
    fn hold(&self, frame: &Frame) -> Result<Self::Held, EngineFailure>;

    /// Runs one query over the tables that it names; what comes out can be named by the queries after it.
    fn run(&self, sql: &str, tables: &[(&str, &Self::Held)]) -> Result<Self::Held, EngineFailure>;

    /// Gives a table out.
    fn give(&self, held: &Self::Held) -> Result<Frame, EngineFailure>;

    /// Gives many tables out.
    fn give_each(&self, held: &[Self::Held]) -> Result<Vec<Frame>, EngineFailure> {
        held.iter().map(|held| self.give(held)).collect()
    }
}

/// Why an engine did not do what it was asked.
pub(super) enum EngineFailure {
    /// The SQL does not fit the tables, or a table not the engine: in the engine's own words.
    Unfit(String),
    /// The server that the engine asks cannot be reached, or did not answer.
    Away(Error),
}

/// The threads of the program, which those of the engine that is compiled in are.
pub(super) trait Threads {
    /// Holds the program to a number of threads; called before any is started.
    fn limit_threads(threads: usize);

    /// Runs closures on all cores, on threads from which many small queries run best; results in order of the items.
    fn side_by_side<T: Send, R: Send>(
        items: Vec<T>,
        run: impl Fn(T) -> Result<R> + Send + Sync,
    ) -> impl Iterator<Item = Result<R>>;
}
