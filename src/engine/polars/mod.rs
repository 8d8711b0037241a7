//! Polars as the engine.

mod convert;

use polars::prelude::{DataFrame, IntoLazy};
use polars::sql::SQLContext;
use polars_core::runtime::THREAD_POOL;
use rayon::prelude::*;

use crate::engine::frame::Frame;
use crate::engine::seam::{Engine, EngineFailure, Threads};
use crate::error::Result;

pub(in crate::engine) struct Polars;

impl Engine for Polars {
    type Held = DataFrame;

    fn hold(&self, frame: &Frame) -> Result<DataFrame, EngineFailure> {
        convert::to_polars(frame).map_err(|e| EngineFailure::Unfit(e.to_string()))
    }

    fn run(&self, sql: &str, tables: &[(&str, &DataFrame)]) -> Result<DataFrame, EngineFailure> {
        let mut context = SQLContext::new();
        for (name, held) in tables {
            context.register(name, (*held).clone().lazy());
        }
        context.execute(sql).and_then(|lazy| lazy.collect()).map_err(|e| EngineFailure::Unfit(e.to_string()))
    }

    fn give(&self, held: &DataFrame) -> Result<Frame, EngineFailure> {
        convert::to_arrow(held).map_err(EngineFailure::Unfit)
    }
}

impl Threads for Polars {
    fn limit_threads(threads: usize) {
        // SAFETY: Polars reads it at its first use, and no other thread has been started yet.
        unsafe { std::env::set_var("POLARS_MAX_THREADS", threads.to_string()) };
    }

    fn side_by_side<T: Send, R: Send>(
        items: Vec<T>,
        run: impl Fn(T) -> Result<R> + Send + Sync,
    ) -> impl Iterator<Item = Result<R>> {
        // In the pool of Polars a query stays on its thread; from another one each of its steps would cross over
        // and back.
        let results: Vec<Result<R>> = THREAD_POOL.install(|| items.into_par_iter().map(run).collect());
        results.into_iter()
    }
}
