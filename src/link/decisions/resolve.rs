//! Decisions about records to pairs of tonight's identities; what contradicts itself is set aside.

use std::collections::{BTreeMap, BTreeSet};

use super::decision::{Decision, Decisions};
use crate::link::engine::decided::Decided;
use crate::link::identities::RowName;
use crate::link::ids::{IdentityNumber, RecordPair};

/// Tonight's meaning of all decisions; records are identities of tonight, one a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Records that are one person, ascending, each pair once.
    pub must: Vec<RecordPair>,
    /// Records of different people, ascending, each pair once.
    pub cannot: Vec<RecordPair>,
    /// Decisions that no longer hold.
    pub expired: usize,
    /// Decisions about a record that is not there tonight.
    pub unknown: Vec<Decision>,
    pub contradictions: Vec<Contradiction>,
}

/// Decisions that cannot all be right. None of them is in force: choosing is for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    pub conflict: Conflict,
    /// All decisions set aside for it, by their records.
    pub decisions: Vec<Decision>,
    /// The records decided different although they are one.
    pub apart: Vec<(RowName, RowName)>,
    /// All records concerned, ascending.
    pub rows: Vec<RowName>,
}

/// Why decisions cannot all be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conflict {
    /// Records decided to be one person, one by one, end at two decided to be different people.
    Chain,
    /// Records decided to be of different people state the very same; nothing can tell them apart.
    OneIdentity,
}

impl Resolved {
    /// For clustering.
    pub fn decided(&self) -> Decided<'_> {
        Decided { must: &self.must, cannot: &self.cannot }
    }
}

impl Decisions {
    /// What the decisions mean on a day; `identity_of` gives tonight's identity of a record.
    ///
    /// Contradictions are found among records, whether or not they are there tonight, and records of one
    /// identity are one. A component with one is left out as a whole; what keeps it from records
    /// outside it stays.
    pub fn resolve(&self, today: i32, identity_of: &dyn Fn(&RowName) -> Option<IdentityNumber>) -> Resolved {
        let (expired, live): (Vec<&Decision>, Vec<&Decision>) =
            self.last().into_iter().partition(|d| d.is_expired(today));
        let rows: Vec<&RowName> = live.iter().flat_map(|d| [&d.a, &d.b]).collect::<BTreeSet<_>>().into_iter().collect();
        let identities: Vec<Option<IdentityNumber>> = rows.iter().map(|r| identity_of(r)).collect();
        let number = |row: &RowName| rows.binary_search(&row).expect("a row of a decision");
        let ends: Vec<(usize, usize)> = live.iter().map(|d| (number(&d.a), number(&d.b))).collect();

        let mut decided = Components::new(rows.len());
        for (_, &(a, b)) in live.iter().zip(&ends).filter(|(d, _)| d.same) {
            decided.join(a, b);
        }
        let mut whole = decided.clone();
        let mut first: BTreeMap<IdentityNumber, usize> = BTreeMap::new();
        for (row, identity) in identities.iter().enumerate() {
            if let Some(identity) = identity {
                whole.join(*first.entry(*identity).or_insert(row), row);
            }
        }

        // Component -> the decisions, as indices, that split what it holds together.
        let mut broken: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, &(a, b)) in ends.iter().enumerate() {
            if !live[i].same && whole.root(a) == whole.root(b) {
                broken.entry(whole.root(a)).or_default().push(i);
            }
        }
        let mut resolved = Resolved { expired: expired.len(), ..Resolved::default() };
        let mut frozen: BTreeMap<usize, Vec<Decision>> = BTreeMap::new();
        for (decision, &(a, b)) in live.iter().zip(&ends) {
            let component = whole.root(a);
            if component == whole.root(b) && broken.contains_key(&component) {
                frozen.entry(component).or_default().push((*decision).clone());
                continue;
            }
            let (Some(x), Some(y)) = (identities[a], identities[b]) else {
                resolved.unknown.push((*decision).clone());
                continue;
            };
            let pair = (x.min(y).record(), x.max(y).record());
            match decision.same {
                true if x == y => {}
                true => resolved.must.push(pair),
                false => resolved.cannot.push(pair),
            }
        }
        for pairs in [&mut resolved.must, &mut resolved.cannot] {
            pairs.sort_unstable();
            pairs.dedup();
        }
        for (component, splits) in broken {
            let chained = splits.iter().any(|&i| {
                let (a, b) = ends[i];
                decided.root(a) == decided.root(b) || identities[a].is_none() || identities[a] != identities[b]
            });
            let decisions = frozen.remove(&component).unwrap_or_default();
            let concerned: BTreeSet<&RowName> = decisions.iter().flat_map(|d| [&d.a, &d.b]).collect();
            resolved.contradictions.push(Contradiction {
                conflict: if chained { Conflict::Chain } else { Conflict::OneIdentity },
                apart: splits.iter().map(|&i| live[i].pair()).map(|(a, b)| (a.clone(), b.clone())).collect(),
                rows: concerned.into_iter().cloned().collect(),
                decisions,
            });
        }
        resolved
    }
}

/// Connected components; a root is the least member, whatever the order of joins.
#[derive(Clone)]
pub struct Components(Vec<usize>);

impl Components {
    pub fn new(members: usize) -> Self {
        Components((0..members).collect())
    }

    pub fn root(&mut self, member: usize) -> usize {
        let mut i = member;
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    pub fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
