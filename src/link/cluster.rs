//! Identities to clusters: a union-find that keeps what one person cannot have twice.

use super::intern::NONE;
use super::shared::Standing;

/// Clusters of identities under constraints.
///
/// A cluster has at most one ID number of its own. What is refused stays refused whatever comes
/// later, so the strongest evidence must come first.
pub struct Clusters<'a> {
    parent: Vec<u32>,
    size: Vec<u32>,
    /// Of roots: the ID number that the cluster owns.
    own_id: Vec<u32>,
    /// Of roots: whether a member owns a student number.
    student: Vec<bool>,
    /// The members of a cluster in a ring.
    next: Vec<u32>,
    standing: &'a Standing,
    refused: u64,
}

/// What else stands against a union, beside two ID numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Veto {
    IdNumbers,
    /// Also two clusters with student numbers, none of them in common.
    IdAndStudentNumbers,
}

impl<'a> Clusters<'a> {
    /// Each identity alone.
    pub fn new(standing: &'a Standing) -> Self {
        let n = standing.own_id.len();
        Clusters {
            parent: (0..n as u32).collect(),
            size: vec![1; n],
            own_id: standing.own_id.clone(),
            student: standing.own_student.iter().map(|s| *s != NONE).collect(),
            next: (0..n as u32).collect(),
            standing,
            refused: 0,
        }
    }

    /// The root of an identity's cluster.
    pub fn find(&mut self, identity: u32) -> u32 {
        let mut i = identity;
        while self.parent[i as usize] != i {
            let above = self.parent[self.parent[i as usize] as usize];
            self.parent[i as usize] = above;
            i = above;
        }
        i
    }

    /// Joins two clusters, unless something stands against it. `true` when they are one afterwards.
    pub fn join(&mut self, a: u32, b: u32, veto: Veto) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return true;
        }
        let (id_a, id_b) = (self.own_id[a as usize], self.own_id[b as usize]);
        let two_ids = id_a != NONE && id_b != NONE && id_a != id_b;
        if two_ids || (veto == Veto::IdAndStudentNumbers && self.have_other_students(a, b)) {
            self.refused += 1;
            return false;
        }
        let (low, high) = if self.size[a as usize] < self.size[b as usize] { (a, b) } else { (b, a) };
        self.parent[low as usize] = high;
        self.size[high as usize] += self.size[low as usize];
        self.own_id[high as usize] = id_a.max(id_b);
        self.student[high as usize] |= self.student[low as usize];
        self.next.swap(low as usize, high as usize);
        true
    }

    fn have_other_students(&self, a: u32, b: u32) -> bool {
        if !self.student[a as usize] || !self.student[b as usize] {
            return false;
        }
        let mut of_a: Vec<u32> = self.students(a).collect();
        of_a.sort_unstable();
        !self.students(b).any(|s| of_a.binary_search(&s).is_ok())
    }

    fn students(&self, root: u32) -> impl Iterator<Item = u32> {
        let ring = std::iter::successors(Some(root), move |&i| {
            let next = self.next[i as usize];
            (next != root).then_some(next)
        });
        ring.map(|i| self.standing.own_student[i as usize]).filter(|s| *s != NONE)
    }

    /// The root of every identity's cluster, as things stand.
    pub fn roots(&mut self) -> Vec<u32> {
        (0..self.parent.len() as u32).map(|i| self.find(i)).collect()
    }

    /// How many unions were refused.
    pub fn refused(&self) -> u64 {
        self.refused
    }
}
