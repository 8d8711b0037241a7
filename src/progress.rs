//! Progress of a run: bars on a terminal, log lines elsewhere.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Tells a person how far the run is, and remembers how long each stage took.
pub struct Progress {
    bars: bool,
    bar: Mutex<Option<ProgressBar>>,
    stage: Mutex<Option<(String, Instant)>>,
    took: Mutex<Vec<(String, Duration)>>,
}

impl Progress {
    /// With bars on standard error, or silent.
    pub fn new(bars: bool) -> Self {
        Progress { bars, bar: Mutex::new(None), stage: Mutex::new(None), took: Mutex::new(Vec::new()) }
    }

    /// A stage of `steps` steps begins; the one before ends.
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

    /// One step of the stage is done.
    pub fn step(&self) {
        if let Some(bar) = lock(&self.bar).as_ref() {
            bar.inc(1);
        }
    }

    /// The stage ends.
    pub fn end(&self) {
        if let Some((stage, since)) = lock(&self.stage).take() {
            let took = since.elapsed();
            tracing::info!(stage, seconds = took.as_secs_f64(), "stage done");
            lock(&self.took).push((stage, took));
        }
        if let Some(bar) = lock(&self.bar).take() {
            bar.finish_and_clear();
        }
    }

    /// Stages done and how long each took, in order.
    pub fn took(&self) -> Vec<(String, Duration)> {
        lock(&self.took).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
