//! Pairs of blocks, in tasks of about the same size.

use rayon::prelude::*;

use super::Blocks;

/// Pairs of a task, about.
const TASK: u64 = 1 << 16;

/// A run of blocks of one rule.
#[derive(Clone, Debug)]
pub struct PairTask {
    pub rule: usize,
    pub blocks: std::ops::Range<u32>,
}

impl Blocks {
    /// All blocks of some rules, in tasks.
    pub fn tasks(&self, rules: impl Iterator<Item = usize>) -> Vec<PairTask> {
        let mut tasks = Vec::new();
        for rule in rules {
            let blocks = &self.rules[rule];
            let mut from = 1;
            let mut pairs = 0;
            for block in 1..=blocks.count() as u32 {
                pairs += blocks.pairs(block);
                if pairs >= TASK {
                    tasks.push(PairTask { rule, blocks: from..block + 1 });
                    (from, pairs) = (block + 1, 0);
                }
            }
            if from <= blocks.count() as u32 {
                tasks.push(PairTask { rule, blocks: from..blocks.count() as u32 + 1 });
            }
        }
        tasks
    }

    /// Runs over the pairs of a task, `a < b`, each in the first rule that yields it alone.
    pub fn first_pairs(&self, task: &PairTask, mut each: impl FnMut(u32, u32)) {
        self.pairs_of(task, |block, a, b| {
            if !self.is_earlier(task.rule, block, a, b) {
                each(a, b);
            }
        });
    }

    /// Runs over all pairs of a task, `a < b`, once for each block that holds them.
    pub fn pairs_of(&self, task: &PairTask, mut each: impl FnMut(u32, u32, u32)) {
        let blocks = &self.rules[task.rule];
        for block in task.blocks.clone() {
            let members = blocks.members(block);
            let reach = blocks.reach(block);
            for (i, &a) in members.iter().enumerate() {
                let to = members.len().min(i.saturating_add(1).saturating_add(reach));
                for &b in &members[i + 1..to] {
                    each(block, a.min(b), a.max(b));
                }
            }
        }
    }

    /// What `each` makes of the pairs of all rules, in parallel, task by task in their order.
    pub fn map_tasks<T: Send>(&self, each: impl Fn(&PairTask) -> T + Sync + Send) -> Vec<T> {
        self.tasks(0..self.rules.len()).par_iter().map(each).collect()
    }
}
