//! Merkle trees as RFC 6962 has them: one root stands for a list, and parts of the list can be proved alone.

use sha2::{Digest, Sha256};

use crate::store::hex;

type Hash = [u8; 32];

/// Rows under one of the hashes that a manifest lists: a power of two, so that each is a node of the tree.
pub const CHUNK: usize = 4096;

/// The hash of an entry of a list.
pub fn leaf(bytes: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(bytes).finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root over leaves, or over nodes that each stand for the same power of two of them.
pub fn root(nodes: &[Hash]) -> Hash {
    match nodes {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        _ => {
            // The largest power of two that is smaller than their number.
            let left = nodes.len().next_power_of_two() / 2;
            node(&root(&nodes[..left]), &root(&nodes[left..]))
        }
    }
}

/// The tree over the rows of a table, made row by row.
#[derive(Default)]
pub struct RowTree {
    open: Vec<Hash>,
    chunks: Vec<Hash>,
    rows: u64,
}

impl RowTree {
    /// Adds a row as its line in UTF-8, without the end of the line.
    pub fn add(&mut self, line: &[u8]) {
        self.open.push(leaf(line));
        self.rows += 1;
        if self.open.len() == CHUNK {
            self.chunks.push(root(&self.open));
            self.open.clear();
        }
    }

    /// The number of rows, the root over all of them, and the roots over each [`CHUNK`] of them, in hexadecimal.
    pub fn finish(mut self) -> (u64, String, Vec<String>) {
        if !self.open.is_empty() {
            self.chunks.push(root(&self.open));
        }
        (self.rows, hex(&root(&self.chunks)), self.chunks.iter().map(|c| hex(c)).collect())
    }
}
