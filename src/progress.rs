//! Progress of a run: bars on a terminal, log lines otherwise.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::words::logged;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows how far the run is and records how long each stage took.
pub struct Progress {
    bars: bool,
    bar: Mutex<Option<ProgressBar>>,
    stage: Mutex<Option<(String, Instant)>>,
    took: Mutex<Vec<(String, Duration)>>,
}

impl Progress {
    /// Draws bars on standard error if `bars` is set.
    pub fn new(bars: bool) -> Self {
        Progress { bars, bar: Mutex::new(None), stage: Mutex::new(None), took: Mutex::new(Vec::new()) }
    }

    /// Ends the previous stage and begins one with this many steps.
    pub fn begin(&self, stage: &str, steps: u64) {
        self.end();
        *lock(&self.stage) = Some((stage.to_owned(), Instant::now()));
        tracing::debug!(stage, steps, "begin");
        if self.bars {
            let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{prefix:>10} [{bar:30}] {pos}/{len} {elapsed}") {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_prefix(stage.to_owned());
            *lock(&self.bar) = Some(bar);
        }
    }

    /// Counts one step of the stage as done.
    pub fn step(&self) {
        if let Some(bar) = lock(&self.bar).as_ref() {
            bar.inc(1);
        }
    }

    /// Ends the stage.
    pub fn end(&self) {
        if let Some((stage, since)) = lock(&self.stage).take() {
            let took = since.elapsed();
            tracing::info!(stage, seconds = took.as_secs_f64(), "{}", logged("阶段完成", "stage done"));
            lock(&self.took).push((stage, took));
        }
        if let Some(bar) = lock(&self.bar).take() {
            bar.finish_and_clear();
        }
    }

    /// The finished stages in order, with the time that each took.
    pub fn took(&self) -> Vec<(String, Duration)> {
        lock(&self.took).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
