//! Pairs of blocks, in tasks of about the same size.

use std::ops::Range;

use rayon::prelude::*;

use super::earlier::EarlierPairs;
use crate::link::engine::block::Blocks;
use crate::link::ids::{BlockNumber, RecordNumber};

/// Pairs of a task, about.
const TASK: u64 = 1 << 15;
/// Records of a block from which on its earlier pairs are found at once.
const MANY: usize = 8;
/// Records whose lanes are loaded together, about.
const FETCHED: usize = 128;

/// A run of blocks of one rule.
#[derive(Clone, Debug)]
pub struct PairTask {
    pub rule: usize,
    /// Places of the blocks among the rule's.
    blocks: Range<usize>,
}

impl PairTask {
    /// One block.
    pub fn of_block(rule: usize, block: BlockNumber) -> Self {
        PairTask { rule, blocks: block.index()..block.index() + 1 }
    }

    /// The blocks.
    pub fn blocks(&self) -> impl Iterator<Item = BlockNumber> {
        self.blocks.clone().map(BlockNumber::new)
    }
}

impl Blocks {
    /// All blocks of some rules, in tasks.
    pub fn tasks(&self, rules: impl Iterator<Item = usize>) -> Vec<PairTask> {
        let mut tasks = Vec::new();
        for rule in rules {
            let blocks = &self.rules[rule];
            let mut from = 0;
            let mut pairs = 0;
            for block in blocks.numbers() {
                pairs += blocks.pairs(block);
                if pairs >= TASK {
                    let to = block.index() + 1;
                    tasks.push(PairTask { rule, blocks: from..to });
                    (from, pairs) = (to, 0);
                }
            }
            if from < blocks.count() {
                tasks.push(PairTask { rule, blocks: from..blocks.count() });
            }
        }
        tasks
    }

    /// Runs over the pairs of a task, `a < b`, each in the first rule that yields it alone.
    pub fn first_pairs(&self, task: &PairTask, mut each: impl FnMut(RecordNumber, RecordNumber)) {
        let blocks = &self.rules[task.rule];
        let mut earlier = EarlierPairs::default();
        // Nothing is earlier than the first rule.
        let mut fetched = if blocks.first_lane == 0 { task.blocks.end } else { task.blocks.start };
        for block in task.blocks() {
            let members = blocks.members(block);
            if block.index() >= fetched {
                fetched = self.fetch(task, block.index());
            }
            if members.len() >= MANY && !blocks.is_windowed(block) {
                earlier.find(self, task.rule, block);
                earlier.others(|i, j| each(members[i].min(members[j]), members[i].max(members[j])));
                continue;
            }
            self.pairs_of_block(task.rule, block, |a, b| {
                if !self.is_earlier(task.rule, block, a, b) {
                    each(a, b);
                }
            });
        }
    }

    /// Runs over all pairs of a task, `a < b`, once for each block that holds them.
    pub fn pairs_of(&self, task: &PairTask, mut each: impl FnMut(BlockNumber, RecordNumber, RecordNumber)) {
        for block in task.blocks() {
            self.pairs_of_block(task.rule, block, |a, b| each(block, a, b));
        }
    }

    /// Loads the lanes of a few blocks together, from one of a task on, and gives the block after them.
    /// Most blocks are small and their records lie far from each other, so that memory is waited for
    /// longer than pairs are looked at; loads that do not wait for each other take the time of one.
    fn fetch(&self, task: &PairTask, from: usize) -> usize {
        let blocks = &self.rules[task.rule];
        let last = blocks.first_lane + blocks.lanes - 1;
        let (mut block, mut records, mut sum) = (from, 0, 0);
        while block < task.blocks.end && records < FETCHED {
            let members = blocks.members(BlockNumber::new(block));
            sum = members.iter().map(|m| self.row(*m)).fold(sum, |sum, row| sum ^ row[0] ^ row[last]);
            records += members.len();
            block += 1;
        }
        std::hint::black_box(sum);
        block
    }

    #[inline]
    fn pairs_of_block(&self, rule: usize, block: BlockNumber, mut each: impl FnMut(RecordNumber, RecordNumber)) {
        let members = self.rules[rule].members(block);
        let reach = self.rules[rule].reach(block);
        for (i, &a) in members.iter().enumerate() {
            let to = members.len().min(i.saturating_add(1).saturating_add(reach));
            for &b in &members[i + 1..to] {
                each(a.min(b), a.max(b));
            }
        }
    }

    /// What `each` makes of the pairs of all rules, in parallel, task by task in their order.
    pub fn map_tasks<T: Send>(&self, each: impl Fn(&PairTask) -> T + Sync + Send) -> Vec<T> {
        self.tasks(0..self.rules.len()).par_iter().map(each).collect()
    }
}
