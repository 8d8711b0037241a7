//! The tree of the divisions that a table has, in breadth-first order.

use std::collections::HashMap;

use crate::schema::divisions::Level;

/// Nodes are numbered breadth first: the root is 0.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The parent of each node; the root is its own.
    pub parent: Vec<u32>,
    /// Level of each node as a number, the lowest (village) 0.
    pub level: Vec<u8>,
    /// Where the children of each node begin in the list of all.
    starts: Vec<u32>,
    children: Vec<u32>,
}

/// The children of a node.
#[derive(Clone, Debug)]
pub struct Children<'t>(std::slice::Iter<'t, u32>);

impl Children<'_> {
    pub fn is_empty(&self) -> bool {
        self.0.as_slice().is_empty()
    }
}

impl Iterator for Children<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.0.next().map(|child| *child as usize)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Children<'_> {}

impl Tree {
    /// A tree from the parents of nodes that stand breadth first.
    pub fn new(parent: Vec<u32>, level: Vec<u8>) -> Self {
        let mut starts = vec![0; parent.len() + 1];
        for node in 1..parent.len() {
            starts[parent[node] as usize + 1] += 1;
        }
        for node in 0..parent.len() {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut children = vec![0; parent.len().saturating_sub(1)];
        for node in 1..parent.len() {
            let at = &mut next[parent[node] as usize];
            children[*at as usize] = node as u32;
            *at += 1;
        }
        Tree { parent, level, starts, children }
    }

    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// The children of a node; none at the lowest level.
    pub fn children(&self, node: usize) -> Children<'_> {
        Children(self.children[self.starts[node] as usize..self.starts[node + 1] as usize].iter())
    }

    pub fn parent(&self, node: usize) -> usize {
        self.parent[node] as usize
    }
}

/// The group of each hidden node: the lowest shown node above it (the number of nodes for none). Of nodes that are
/// shown [`u32::MAX`].
pub(super) fn groups_of(tree: &Tree, hidden: &[bool]) -> Vec<u32> {
    let nodes = tree.len();
    let mut group = vec![u32::MAX; nodes];
    for node in 0..nodes {
        if hidden[node] {
            let parent = tree.parent(node);
            group[node] = match (node, hidden[parent]) {
                (0, _) => nodes as u32,
                (_, true) => group[parent],
                (_, false) => parent as u32,
            };
        }
    }
    group
}

/// Codes of divisions, put into a tree.
#[derive(Clone, Debug, Default)]
pub struct DivisionTree {
    pub tree: Tree,
    /// Codes by node.
    pub codes: Vec<String>,
    numbers: HashMap<String, u32>,
    levels: Vec<u8>,
}

impl DivisionTree {
    /// The number under which a division is known until the tree stands.
    pub fn number(&mut self, level: &str, code: &str) -> u32 {
        if let Some(number) = self.numbers.get(code) {
            return *number;
        }
        let number = self.codes.len() as u32;
        self.numbers.insert(code.to_owned(), number);
        self.codes.push(code.to_owned());
        self.levels.push(Level::parse(level).map_or(0, |l| l as u8));
        number
    }

    /// Makes the tree; gives the node of each number. The parent of a division is the nearest that stands.
    pub fn finish(&mut self) -> Vec<u32> {
        let above = |code: &str| {
            [9, 6, 4].into_iter().filter(|d| *d < code.len()).find_map(|d| self.numbers.get(&code[..d]).copied())
        };
        let parents: Vec<Option<u32>> = self.codes.iter().map(|code| above(code)).collect();
        let mut order: Vec<usize> = (0..self.codes.len()).collect();
        // Levels from the top.
        order.sort_by(|a, b| {
            let key = |i: usize| (std::cmp::Reverse(self.levels[i]), &self.codes[i]);
            key(*a).cmp(&key(*b))
        });
        let mut node_of = vec![0; order.len()];
        for (node, number) in order.iter().enumerate() {
            node_of[*number] = node as u32;
        }
        let parent: Vec<u32> = order.iter().map(|number| parents[*number].map_or(0, |p| node_of[p as usize])).collect();
        let level = order.iter().map(|number| self.levels[*number]).collect();
        self.codes = order.iter().map(|number| self.codes[*number].clone()).collect();
        self.numbers = self.codes.iter().enumerate().map(|(node, code)| (code.clone(), node as u32)).collect();
        self.tree = Tree::new(parent, level);
        node_of
    }

    /// The node of a code.
    pub fn node(&self, code: &str) -> Option<u32> {
        self.numbers.get(code).copied()
    }
}
