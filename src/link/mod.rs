//! Accepted rows to persons: one key for each human being.
//!
//! ```text
//! batches -> identity (distinct identities) -> shared (what says nothing, what is whose)
//!         -> edges + cluster (who is one) -> keys, attributes, related
//! ```
//!
//! This first linkage is exact. Two rows are one person when they have the same valid ID number, the
//! same student number, or the same name, sex and full birth date with one more agreeing field: a
//! document number, a student number, a phone, an address, the guardian, the village. What is plainly
//! shared says nothing, and no person ever has two valid ID numbers of their own. Rows that nothing
//! tells apart and nothing holds together (a name and a sex) are a person each.
//!
//! Its seam is [`link`]: the probabilistic engine takes its place.

mod attributes;
mod cluster;
mod compare;
mod edges;
pub mod evaluate;
mod identity;
mod intern;
mod keys;
mod normalise;
mod related;
mod shared;

use arrow::array::RecordBatch;

pub use edges::confidence;
pub use keys::PreviousPersons;
pub use shared::RefusedValues;

use crate::error::Result;
use crate::store::key::SecretKey;
use compare::StatedSexes;
use edges::Evidence;
use identity::{Collector, Population, RowRef};
use intern::NONE;
use keys::Anchor;
use related::Directory;
use shared::Standing;

/// Accepted rows of one file and sheet of a person-bearing dataset, as the vault holds them.
#[derive(Clone, Debug)]
pub struct IdentityRows {
    pub dataset: String,
    /// The submitting county.
    pub county: String,
    /// Record keys, row for row with `identities`; unique within a dataset and county.
    pub record_keys: arrow::array::StringArray,
    /// The event's day (registered, visit, service…), row for row; null where not given.
    pub event_days: arrow::array::Int32Array,
    /// Shape of [`crate::schema::layout::identity_schema`], accepted rows only.
    pub identities: RecordBatch,
}

/// The index of no person.
pub const NO_PERSON: u32 = u32::MAX;

/// Who is who tonight.
#[derive(Clone, Debug, Default)]
pub struct Persons {
    /// For each batch given, in the order given, the person's index of each row.
    pub person_of_row: Vec<Vec<u32>>,
    /// For each batch given, the person that each row's `related_id_number` names; [`NO_PERSON`] for
    /// none.
    pub related_of_row: Vec<Vec<u32>>,
    /// For each batch given, the row's [`confidence`], 0 to 1, that it belongs to its person.
    pub confidence_of_row: Vec<Vec<f32>>,
    /// Person keys by person index: 32 hexadecimal digits, ascending.
    pub keys: Vec<String>,
    /// Sex code by person index: what most rows state, ties to the newest; empty when none does.
    pub sex: Vec<String>,
    /// Birth day and precision by person index: what most rows state, ties to the newest.
    pub birth: Vec<Option<(i32, u8)>>,
    pub summary: LinkSummary,
}

/// Counts of a night's linkage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkSummary {
    pub rows: u64,
    /// Distinct identities among the rows.
    pub identities: u64,
    pub persons: u64,
    /// Persons who keep a key of yesterday.
    pub kept_keys: u64,
    pub refused: RefusedValues,
    /// Times that two ID numbers or two student numbers stood against what else agreed.
    pub refused_unions: u64,
}

/// Links rows to persons.
///
/// The partition depends on the rows alone, not on their order or on `previous`; only the keys
/// persist from `previous`, by overlap.
///
/// # Errors
/// Those of reading the batches, and bugs.
pub fn link(
    batches: &mut dyn Iterator<Item = Result<IdentityRows>>,
    key: &SecretKey,
    previous: &PreviousPersons,
) -> Result<Persons> {
    let mut collector = Collector::default();
    for batch in batches {
        collector.add(&batch?)?;
    }
    let mut people = collector.finish();
    let standing = shared::judge(&mut people.identities, &people.texts);
    let evidence = Evidence::new(&people.identities, &standing, &people.texts);
    let linked = evidence.link();
    let one_person: Vec<bool> = (0..people.identities.len() as u32).map(|i| evidence.holds_together(i)).collect();

    let clusters = Clusters::of(&linked.roots, &one_person);
    let numbered = number_rows(&people, &standing, &clusters, &linked.confidence);
    let keys = keys::assign(&people, &numbered.anchors, &numbered.person_of_row, previous, &key.keyed(keys::PURPOSE));
    let summary = LinkSummary {
        rows: people.batches.iter().map(|b| b.identity_of_row.len() as u64).sum(),
        identities: people.identities.len() as u64,
        persons: keys.keys.len() as u64,
        kept_keys: keys.kept,
        refused: standing.refused,
        refused_unions: linked.refused_unions,
    };
    Ok(by_key(&people, &standing, &clusters, numbered, keys.keys, summary))
}

/// Identities by cluster; identities whose rows are not one person stand in none.
struct Clusters {
    /// Identity for identity; [`NO_PERSON`] in no cluster.
    cluster_of: Vec<u32>,
    /// Identities, cluster after cluster.
    members: Vec<u32>,
    ends: Vec<usize>,
}

impl Clusters {
    fn of(roots: &[u32], one_person: &[bool]) -> Self {
        let mut number_of_root = vec![NO_PERSON; roots.len()];
        let mut sizes: Vec<usize> = Vec::new();
        let mut cluster_of = vec![NO_PERSON; roots.len()];
        for (i, &root) in roots.iter().enumerate() {
            if !one_person[i] {
                continue;
            }
            let number = &mut number_of_root[root as usize];
            if *number == NO_PERSON {
                *number = sizes.len() as u32;
                sizes.push(0);
            }
            sizes[*number as usize] += 1;
            cluster_of[i] = *number;
        }
        let ends: Vec<usize> = sizes
            .iter()
            .scan(0, |end, size| {
                *end += size;
                Some(*end)
            })
            .collect();
        let mut at: Vec<usize> = ends.iter().zip(&sizes).map(|(end, size)| end - size).collect();
        let mut members = vec![0; ends.last().copied().unwrap_or(0)];
        for (i, &cluster) in cluster_of.iter().enumerate().filter(|c| *c.1 != NO_PERSON) {
            members[at[cluster as usize]] = i as u32;
            at[cluster as usize] += 1;
        }
        Clusters { cluster_of, members, ends }
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn members(&self, cluster: usize) -> &[u32] {
        let start = if cluster == 0 { 0 } else { self.ends[cluster - 1] };
        &self.members[start..self.ends[cluster]]
    }
}

/// Rows with their persons' numbers: the clusters first, then rows that are a person each.
struct Numbered {
    person_of_row: Vec<Vec<u32>>,
    confidence_of_row: Vec<Vec<f32>>,
    anchors: Vec<Anchor>,
    /// The identity of each person after the clusters.
    single_identities: Vec<u32>,
}

fn number_rows(people: &Population, standing: &Standing, clusters: &Clusters, confidence: &[f32]) -> Numbered {
    let mut anchors: Vec<Option<Anchor>> =
        (0..clusters.len()).map(|c| anchor_by_number(clusters.members(c), standing)).collect();
    let by_record: Vec<bool> = anchors.iter().map(Option::is_none).collect();
    let mut single_identities = Vec::new();
    let mut person_of_row = Vec::with_capacity(people.batches.len());
    let mut confidence_of_row = Vec::with_capacity(people.batches.len());
    for (batch_index, batch) in (0..).zip(&people.batches) {
        let mut persons = Vec::with_capacity(batch.identity_of_row.len());
        for (row, &identity) in (0..).zip(&batch.identity_of_row) {
            let at = RowRef { batch: batch_index, row };
            let cluster = clusters.cluster_of[identity as usize];
            if cluster == NO_PERSON {
                persons.push(anchors.len() as u32);
                anchors.push(Some(Anchor::Record(at)));
                single_identities.push(identity);
                continue;
            }
            persons.push(cluster);
            if by_record[cluster as usize] {
                let least = &mut anchors[cluster as usize];
                match least {
                    Some(Anchor::Record(best)) if people.row_key(*best) <= people.row_key(at) => {}
                    _ => *least = Some(Anchor::Record(at)),
                }
            }
        }
        person_of_row.push(persons);
        confidence_of_row.push(batch.identity_of_row.iter().map(|&i| confidence[i as usize]).collect());
    }
    let anchors = anchors.into_iter().map(|a| a.expect("a cluster has rows")).collect();
    Numbered { person_of_row, confidence_of_row, anchors, single_identities }
}

fn anchor_by_number(members: &[u32], standing: &Standing) -> Option<Anchor> {
    let least = |numbers: &[u32]| members.iter().map(|&i| numbers[i as usize]).filter(|n| *n != NONE).min();
    least(&standing.own_id).map(Anchor::Id).or_else(|| least(&standing.own_student).map(Anchor::Student))
}

/// Puts persons in the order of their keys, which no order of rows can change.
fn by_key(
    people: &Population,
    standing: &Standing,
    clusters: &Clusters,
    numbered: Numbered,
    mut keys: Vec<String>,
    summary: LinkSummary,
) -> Persons {
    let Numbered { mut person_of_row, confidence_of_row, single_identities, .. } = numbered;
    let mut directory = Directory::new(people, standing, &clusters.cluster_of, clusters.len());
    let mut related_of_row: Vec<Vec<u32>> = people
        .batches
        .iter()
        .map(|batch| match &batch.related_of_row {
            Some(related) => related.iter().map(|&id| directory.person(id)).collect(),
            None => vec![NO_PERSON; batch.identity_of_row.len()],
        })
        .collect();

    let mut order: Vec<u32> = (0..keys.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| keys[a as usize].cmp(&keys[b as usize]));
    let mut index_of = vec![0; order.len()];
    for (index, &person) in order.iter().enumerate() {
        index_of[person as usize] = index as u32;
    }
    for person in person_of_row.iter_mut().chain(&mut related_of_row).flatten().filter(|p| **p != NO_PERSON) {
        *person = index_of[*person as usize];
    }

    let sexes = StatedSexes::of(&people.texts.sexes);
    let members = |person: u32| match (person as usize).checked_sub(clusters.len()) {
        Some(single) => &single_identities[single..=single],
        None => clusters.members(person as usize),
    };
    Persons {
        person_of_row,
        related_of_row,
        confidence_of_row,
        sex: order
            .iter()
            .map(|&p| people.texts.sexes.get(attributes::sex(members(p), people, &sexes)).to_owned())
            .collect(),
        birth: order.iter().map(|&p| attributes::birth(members(p), people)).collect(),
        keys: order.iter().map(|&p| std::mem::take(&mut keys[p as usize])).collect(),
        summary,
    }
}
