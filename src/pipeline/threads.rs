//! How many threads a run may use.

use crate::engine;
use crate::error::{Error, Result, words};

/// Holds the program to a number of threads; called before it starts any.
///
/// # Errors
/// `Usage` when threads have been started already.
pub fn limit(threads: usize) -> Result<()> {
    engine::limit_threads(threads);
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|e| Error::usage("--threads", words!("无法设置", "cannot be set")).caused_by(e))
}
