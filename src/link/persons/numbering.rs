//! Persons as numbers: the clusters first, then rows that are a person each.

use std::num::NonZeroU32;

use super::trust::Trust;
use crate::link::engine::intern::TextNumber;
use crate::link::identities::identity::Identity;
use crate::link::identities::population::{Population, RowRef};
use crate::link::ids::{IdentityNumber, PersonNumber, RecordNumber};

/// Identities by cluster; identities whose rows are not one person stand in none.
pub struct Clusters {
    /// Identity for identity; none in no cluster.
    pub cluster_of: Vec<Option<PersonNumber>>,
    /// Identities, cluster after cluster.
    members: Vec<IdentityNumber>,
    ends: Vec<u32>,
}

impl Clusters {
    pub fn of(roots: &[RecordNumber], one_person: &[bool]) -> Self {
        let mut number_of_root: Vec<Option<PersonNumber>> = vec![None; roots.len()];
        let mut ends: Vec<u32> = Vec::new();
        let mut cluster_of = vec![None; roots.len()];
        for (i, root) in roots.iter().enumerate() {
            if !one_person[i] {
                continue;
            }
            let number = *number_of_root[root.index()].get_or_insert_with(|| {
                ends.push(0);
                PersonNumber::new(ends.len() - 1)
            });
            ends[number.index()] += 1;
            cluster_of[i] = Some(number);
        }
        drop(number_of_root);
        let mut sum = 0;
        for end in &mut ends {
            sum += std::mem::replace(end, sum);
        }
        // Begins become ends as members come.
        let mut members = vec![IdentityNumber::new(0); sum as usize];
        for (i, cluster) in cluster_of.iter().enumerate().filter_map(|(i, c)| c.map(|c| (i, c))) {
            let at = &mut ends[cluster.index()];
            members[*at as usize] = IdentityNumber::new(i);
            *at += 1;
        }
        Clusters { cluster_of, members, ends }
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn members(&self, cluster: usize) -> &[IdentityNumber] {
        let start = if cluster == 0 { 0 } else { self.ends[cluster - 1] };
        &self.members[start as usize..self.ends[cluster] as usize]
    }
}

/// Rows with their persons' numbers.
pub struct Numbered {
    pub person_of_row: Vec<Vec<PersonNumber>>,
    /// The identity and the row of each person after the clusters.
    pub singles: Vec<(IdentityNumber, RowRef)>,
}

impl Numbered {
    pub fn of(people: &Population, clusters: &Clusters) -> Self {
        let mut singles = Vec::new();
        let mut person_of_row = Vec::with_capacity(people.batches.len());
        for (batch_index, batch) in (0..).zip(&people.batches) {
            let mut persons = Vec::with_capacity(batch.identity_of_row.len());
            for (row, &identity) in (0..).zip(&batch.identity_of_row) {
                if let Some(cluster) = clusters.cluster_of[identity.index()] {
                    persons.push(cluster);
                } else {
                    persons.push(PersonNumber::new(clusters.len() + singles.len()));
                    singles.push((identity, RowRef { batch: batch_index, row }));
                }
            }
            person_of_row.push(persons);
        }
        Numbered { person_of_row, singles }
    }
}

/// What a person is best known by: it makes the key of a new one.
#[derive(Clone, Copy, Debug)]
pub enum Anchor {
    /// The valid ID number that is the person's own.
    Id(TextNumber),
    /// The least student number that is the person's own.
    Student(TextNumber),
    /// The least (dataset, county, record key) of the person's rows.
    Record(RowRef),
}

impl Anchor {
    pub fn message(self, people: &Population) -> Vec<u8> {
        match self {
            Anchor::Id(id) => [b"id\0", people.texts.ids.get(id).as_bytes()].concat(),
            Anchor::Student(student) => [b"student\0", people.texts.students.get(student).as_bytes()].concat(),
            Anchor::Record(row) => {
                let (dataset, county, record_key) = people.row_key(row);
                ["record", dataset, county, record_key].join("\0").into_bytes()
            }
        }
    }
}

/// Persons with what makes their anchors.
pub struct Anchored<'a> {
    pub people: &'a Population,
    pub trust: &'a Trust,
    pub clusters: &'a Clusters,
    pub numbered: &'a Numbered,
}

impl Anchored<'_> {
    pub fn persons(&self) -> usize {
        self.clusters.len() + self.numbered.singles.len()
    }

    /// The anchors of some persons, which ascend.
    pub fn anchors(&self, persons: &[PersonNumber]) -> Vec<Anchor> {
        let mut anchors: Vec<Option<Anchor>> = persons.iter().map(|person| self.by_number(*person)).collect();
        if anchors.iter().all(Option::is_some) {
            return anchors.into_iter().flatten().collect();
        }
        // By cluster: its place in the list, where it is asked for and known by a record alone.
        let mut place_of: Vec<Option<NonZeroU32>> = vec![None; self.clusters.len()];
        for ((next_place, person), _) in (1..).zip(persons).zip(&anchors).filter(|(_, anchor)| anchor.is_none()) {
            place_of[person.index()] = NonZeroU32::new(next_place);
        }
        for (batch, persons) in (0..).zip(&self.numbered.person_of_row) {
            for (row, person) in (0..).zip(persons) {
                let Some(next_place) = place_of.get(person.index()).copied().flatten() else { continue };
                let at = RowRef { batch, row };
                match &mut anchors[next_place.get() as usize - 1] {
                    Some(Anchor::Record(best)) if self.people.row_key(*best) <= self.people.row_key(at) => {}
                    least => *least = Some(Anchor::Record(at)),
                }
            }
        }
        anchors.into_iter().map(|anchor| anchor.expect("a cluster has rows")).collect()
    }

    /// The anchor of a person who has a number or is a row alone.
    fn by_number(&self, person: PersonNumber) -> Option<Anchor> {
        if let Some(single) = person.index().checked_sub(self.clusters.len()) {
            return Some(Anchor::Record(self.numbered.singles[single].1));
        }
        let Population { identities, .. } = self.people;
        let members = self.clusters.members(person.index());
        let least = |number: &dyn Fn(IdentityNumber, &Identity) -> TextNumber| {
            members.iter().filter_map(|&i| number(i, &identities[i.index()]).given()).min()
        };
        least(&|i, _| self.trust.own_id[i.index()])
            .map(Anchor::Id)
            .or_else(|| least(&|i, identity| self.trust.own_student(i, identity)).map(Anchor::Student))
    }
}
