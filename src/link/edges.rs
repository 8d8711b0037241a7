//! Evidence that two identities are one person, rule by rule, and the clusters that it makes.
//!
//! The rules, strongest first: the same valid ID number of their own; the same student number of
//! their own; the same name, sex and full birth date with one more agreeing field; the same person
//! under a shared number. Within a rule, what agrees in more comes first.

use super::cluster::{Clusters, Veto};
use super::compare::StatedSexes;
use super::identity::{Identity, Texts};
use super::intern::NONE;
use super::normalise;
use super::shared::{Groups, Standing};

/// Identities of one value that are compared pair by pair; of more, only neighbours are.
const MOST_PAIRED: usize = 64;

/// Confidence by the weakest evidence that ties an identity to its person.
pub mod confidence {
    /// A valid ID number of the person's own, or all rows state the same.
    pub const CERTAIN: f32 = 1.0;
    pub const STUDENT_NUMBER: f32 = 0.99;
    /// Name, sex, full birth date and one more field.
    pub const DESCRIPTION: f32 = 0.97;
    /// A shared number, with the name or full birth date and sex.
    pub const SHARED_NUMBER: f32 = 0.95;
}

/// Which identities are one person.
pub struct Linked {
    /// Identity for identity: the root of its cluster.
    pub roots: Vec<u32>,
    /// Identity for identity: how sure it is that it belongs to its cluster's first owner of a number,
    /// or first identity.
    pub confidence: Vec<f32>,
    /// Unions that two ID numbers or two student numbers forbade.
    pub refused_unions: u64,
}

/// Two identities that agree; `weight` orders edges within a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edge {
    weight: u32,
    a: u32,
    b: u32,
}

/// What identities say beyond name, sex and birth date.
pub struct Evidence<'a> {
    identities: &'a [Identity],
    standing: &'a Standing,
    sexes: StatedSexes,
    name_says_nothing: Vec<bool>,
    /// Identity for identity: it is a person under a shared number.
    within_shared: Vec<bool>,
}

impl<'a> Evidence<'a> {
    pub fn new(identities: &'a [Identity], standing: &'a Standing, texts: &Texts) -> Self {
        let mut within_shared = vec![false; identities.len()];
        for &i in standing.within_shared.iter().flatten() {
            within_shared[i as usize] = true;
        }
        Evidence {
            within_shared,
            identities,
            standing,
            sexes: StatedSexes::of(&texts.sexes),
            name_says_nothing: texts.names.map(normalise::is_placeholder_name),
        }
    }

    /// The rows of this identity are one person by the rules, and not just people of whom the same is
    /// known.
    pub fn holds_together(&self, identity: u32) -> bool {
        let i = &self.identities[identity as usize];
        self.standing.own_id[identity as usize] != NONE
            || self.standing.own_student[identity as usize] != NONE
            || self.within_shared[identity as usize]
            || (self.is_described(i) && self.agreement(i, i) > 0)
    }

    /// Name, sex and full birth date are given.
    fn is_described(&self, i: &Identity) -> bool {
        !self.name_says_nothing[i.name as usize] && self.sexes.is_stated(i.sex) && i.birth_date().is_some()
    }

    /// What two identities agree in, beyond name, sex and birth date; 0 for nothing.
    fn agreement(&self, a: &Identity, b: &Identity) -> u32 {
        let same = |x: u32, y: u32| x == y && x != NONE;
        let id = same(a.id, b.id) && self.standing.id_agrees[a.id as usize];
        let phone = a.phones.iter().any(|p| *p != NONE && b.phones.contains(p));
        u32::from(id) << 5
            | u32::from(same(a.student, b.student)) << 4
            | u32::from(phone) << 3
            | u32::from(same(a.address, b.address)) << 2
            | u32::from(same(a.guardian_name, b.guardian_name)) << 1
            | u32::from(same(a.village, b.village))
    }

    /// Joins what the rules say is one person.
    pub fn link(&self) -> Linked {
        let mut clusters = Clusters::new(self.standing);
        let own_ids = Groups::by_number(&self.standing.own_id);
        for group in own_ids.iter() {
            for pair in group.windows(2) {
                clusters.join(pair[0], pair[1], Veto::IdNumbers);
            }
        }
        let by_id = clusters.roots();

        for edge in self.student_edges(&by_id) {
            clusters.join(edge.a, edge.b, Veto::IdNumbers);
        }
        let by_student = clusters.roots();

        for edge in self.description_edges(&by_student) {
            clusters.join(edge.a, edge.b, Veto::IdAndStudentNumbers);
        }
        let by_description = clusters.roots();

        for person in &self.standing.within_shared {
            for pair in person.windows(2) {
                clusters.join(pair[0], pair[1], Veto::IdAndStudentNumbers);
            }
        }
        let roots = clusters.roots();
        let confidence = self.confidence(&roots, &[&by_id, &by_student, &by_description]);
        Linked { roots, confidence, refused_unions: clusters.refused() }
    }

    fn student_edges(&self, roots: &[u32]) -> Vec<Edge> {
        let mut edges = Vec::new();
        let students = Groups::by_number(&self.standing.own_student);
        for group in students.iter() {
            pair_up(group, roots, &mut edges, |a, b| {
                let (x, y) = (&self.identities[a as usize], &self.identities[b as usize]);
                let name = u32::from(x.name == y.name) << 7;
                let birth = u32::from(x.birth_date().is_some() && x.birth_date() == y.birth_date()) << 6;
                Some(1 << 8 | name | birth | self.agreement(x, y))
            });
        }
        strongest_first(edges)
    }

    fn description_edges(&self, roots: &[u32]) -> Vec<Edge> {
        let mut edges = Vec::new();
        let mut start = 0;
        let described = |i: &Identity| (i.name, i.sex, i.birth_day, i.birth_precision);
        for group in self.identities.chunk_by(|a, b| described(a) == described(b)) {
            let members: Vec<u32> = (start..).take(group.len()).collect();
            start += group.len() as u32;
            if group.len() == 1 || !self.is_described(&group[0]) {
                continue;
            }
            if group.len() <= MOST_PAIRED {
                self.pair_agreeing(&members, roots, &mut edges);
            } else {
                self.pair_by_value(&members, roots, &mut edges);
            }
        }
        strongest_first(edges)
    }

    fn pair_agreeing(&self, members: &[u32], roots: &[u32], edges: &mut Vec<Edge>) {
        pair_up(members, roots, edges, |a, b| {
            let weight = self.agreement(&self.identities[a as usize], &self.identities[b as usize]);
            (weight > 0).then_some(weight)
        });
    }

    /// Of very many with one name, sex and birth date, those that have a value in common.
    fn pair_by_value(&self, members: &[u32], roots: &[u32], edges: &mut Vec<Edge>) {
        let mut values: Vec<(u8, u32, u32)> = Vec::new();
        for &m in members {
            let i = &self.identities[m as usize];
            if self.standing.id_agrees[i.id as usize] {
                values.push((0, i.id, m));
            }
            let others = [(1, i.student), (3, i.address), (4, i.guardian_name), (5, i.village)];
            let phones = i.phones.map(|p| (2, p));
            values
                .extend(others.into_iter().chain(phones).filter(|v| v.1 != NONE).map(|(kind, value)| (kind, value, m)));
        }
        values.sort_unstable();
        values.dedup();
        for bucket in values.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let members: Vec<u32> = bucket.iter().map(|v| v.2).collect();
            self.pair_agreeing(&members, roots, edges);
        }
    }

    /// How an identity came to its cluster: by the first rule after which it stood together with the
    /// identity that the cluster is known by.
    fn confidence(&self, roots: &[u32], stages: &[&[u32]; 3]) -> Vec<f32> {
        const STAGES: [f32; 3] = [confidence::CERTAIN, confidence::STUDENT_NUMBER, confidence::DESCRIPTION];
        let rank = |i: u32| {
            let owns_id = self.standing.own_id[i as usize] != NONE;
            let owns_student = self.standing.own_student[i as usize] != NONE;
            (!owns_id, !owns_student, i)
        };
        let mut known_by: Vec<u32> = (0..roots.len() as u32).collect();
        for (i, &root) in (0..).zip(roots) {
            let best = &mut known_by[root as usize];
            // A root is a member of its own cluster, so it is a fair first candidate.
            if rank(i) < rank(*best) {
                *best = i;
            }
        }
        (0..roots.len())
            .map(|i| {
                let known = known_by[roots[i] as usize] as usize;
                let stage = stages.iter().position(|stage| stage[i] == stage[known]);
                stage.map_or(confidence::SHARED_NUMBER, |s| STAGES[s])
            })
            .collect()
    }
}

/// Edges between the members that stand in different clusters: all pairs of few, neighbours of many.
fn pair_up(members: &[u32], roots: &[u32], edges: &mut Vec<Edge>, weight: impl Fn(u32, u32) -> Option<u32>) {
    let reach = if members.len() <= MOST_PAIRED { members.len() } else { 1 };
    for (n, &a) in members.iter().enumerate() {
        for &b in members[n + 1..].iter().take(reach) {
            if roots[a as usize] != roots[b as usize]
                && let Some(weight) = weight(a, b)
            {
                edges.push(Edge { weight, a, b });
            }
        }
    }
}

fn strongest_first(mut edges: Vec<Edge>) -> Vec<Edge> {
    edges.sort_unstable_by_key(|e| (std::cmp::Reverse(e.weight), e.a, e.b));
    edges
}
