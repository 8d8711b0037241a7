//! Progress of a run: bars on a terminal, log lines otherwise.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::words::{Lang, Words, logged, words};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows how far the run is and records how long each stage took.
pub struct Progress {
    /// The language in which bars are named, where any are drawn.
    bars: Option<Lang>,
    bar: Mutex<Option<ProgressBar>>,
    stage: Mutex<Option<(String, Instant)>>,
    took: Mutex<Vec<(String, Duration)>>,
}

impl Progress {
    /// Draws bars on standard error, in this language, if there is one.
    pub fn new(bars: Option<Lang>) -> Self {
        Progress { bars, bar: Mutex::new(None), stage: Mutex::new(None), took: Mutex::new(Vec::new()) }
    }

    /// Ends the previous stage and begins one with this many steps.
    pub fn begin(&self, stage: &str, steps: u64) {
        self.end();
        *lock(&self.stage) = Some((stage.to_owned(), Instant::now()));
        tracing::debug!(stage, steps, "begin");
        if let Some(lang) = self.bars {
            let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{prefix:>10} [{bar:30}] {pos}/{len} {elapsed}") {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_prefix(stage_words(stage).say(lang).to_owned());
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
            let (said, seconds) = (stage_words(&stage), took.as_secs_f64());
            tracing::info!(stage = logged(&said.zh, &stage), seconds, "{}", logged("阶段完成", "stage done"));
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

/// What people call a stage; in records and in a log for programs it keeps its name.
pub fn stage_words(stage: &str) -> Words {
    match stage {
        "reference" => words!("基础数据", "reference"),
        "read" => words!("读取", "read"),
        "ledger" => words!("核对", "ledger"),
        "link" => words!("人员关联", "link"),
        "facts" => words!("汇集", "facts"),
        "numbers" => words!("计算指标", "numbers"),
        "scorecard" => words!("评估目标", "scorecard"),
        "publish" => words!("发布", "publish"),
        "finish" => words!("收尾", "finish"),
        "outbox" => words!("待改正", "outbox"),
        "exact" => words!("公开版取数", "exact"),
        "protect" => words!("公开版保护", "protect"),
        "edition" => words!("公开版写出", "edition"),
        "audit" => words!("公开版核对", "audit"),
        "collect" => words!("归集", "collect"),
        "block" => words!("分块", "block"),
        "learn" => words!("学习", "learn"),
        "score" => words!("比对", "score"),
        "cluster" => words!("归并", "cluster"),
        "write" => words!("写出", "write"),
        other => Words::plain(other),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
