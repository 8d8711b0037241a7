//! Tonight's identities as records of the model, and the evidence that ties them together.

use std::sync::Arc;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::apart;
use super::attributes::StatedSexes;
use super::shipped::LinkModel;
use super::trust::{self, Standing};
use crate::error::{Error, Result};
use crate::link::engine::block::Blocks;
use crate::link::engine::cluster::{Clustering, Edge, Joined};
use crate::link::engine::intern::NONE;
use crate::link::engine::linker::{self, Decided, Linker, Scope};
use crate::link::engine::model::Model;
use crate::link::engine::records::{FieldKind, Records, ValueTable};
use crate::link::identities::collect::Collector;
use crate::link::identities::population::{Population, UNKNOWN};
use crate::link::identities::{IdentityRows, RowName};
use crate::link::memory::identity_marks::Made;
use crate::link::memory::pair_memory::{ClusterMemory, MANY_NEW, PairMemory, Recalled, made_with};
use crate::link::memory::people_memory::{KnownPeople, KnownRows};
use crate::schema::resident_id;

/// Fields that a model for nights may have, with their types.
const FIELDS: [(&str, FieldKind); 9] = [
    ("name", FieldKind::NameZh),
    ("sex", FieldKind::Code),
    ("birth", FieldKind::Date),
    ("id_number", FieldKind::ResidentId),
    ("student_no", FieldKind::Code),
    ("phones", FieldKind::Phones),
    ("guardian_name", FieldKind::NameZh),
    ("address", FieldKind::Text),
    ("residence", FieldKind::Place),
];

/// Checks that a model fits the identities of a night.
///
/// # Errors
/// What does not fit.
pub fn check(model: &Model) -> std::result::Result<(), Vec<String>> {
    let wrong: Vec<String> = model
        .fields
        .iter()
        .filter(|f| !FIELDS.contains(&(f.name.as_str(), f.kind)))
        .map(|f| {
            let known: Vec<String> = FIELDS.iter().map(|(n, k)| format!("{n} ({})", k.as_str())).collect();
            format!("the field `{}` ({}) is none of an identity's: {}", f.name, f.kind.as_str(), known.join(", "))
        })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Tonight's identities, with what their numbers are worth.
pub struct Tonight {
    pub people: Population,
    pub standing: Standing,
    values: Values,
}

impl Tonight {
    /// Collects batches for a model, beside the rows that a memory knows; `before` is what an earlier night found of the
    /// identities that it knows.
    ///
    /// # Errors
    /// Those of reading the batches, and bugs.
    pub fn of(
        model: &Model,
        known: Option<(KnownPeople, Vec<KnownRows<'_>>)>,
        batches: &mut dyn Iterator<Item = Result<IdentityRows>>,
        before: &[Made],
    ) -> Result<Self> {
        let mut collector = Collector::default();
        for batch in batches {
            collector.add(&batch?)?;
        }
        let others = collector.finish();
        let people = match known {
            Some((people, rows)) => people.with(rows).with(others),
            None => others,
        }
        .settle();
        let (standing, values) = rayon::join(|| trust::judge(&people, &model.nobody, before), || Values::of(&people));
        Ok(Tonight { people, standing, values })
    }

    /// Identities of rows, of those that are there.
    pub fn identities_of<'r>(&self, rows: impl IntoIterator<Item = &'r RowName>) -> HashMap<RowName, u32> {
        let wanted: HashMap<(&str, &str, &str), &RowName> =
            rows.into_iter().map(|r| ((r.dataset.as_str(), r.county.as_str(), r.record_key.as_str()), r)).collect();
        if wanted.is_empty() {
            return HashMap::new();
        }
        let found = |(key, identity)| wanted.get(&key).map(|row| ((*row).clone(), identity));
        self.people.rows().filter_map(found).collect()
    }

    /// The identities as records of a model, in their order.
    ///
    /// # Errors
    /// `Schema`: the model names a field that identities do not have.
    pub fn records(&self, model: &Model) -> Result<Records<'_>> {
        records(model, &self.people, &self.standing, &self.values)
    }
}

/// Values of tonight's identities, with their facets.
struct Values {
    names: ValueTable,
    sexes: ValueTable,
    ids: ValueTable,
    students: ValueTable,
    phones: ValueTable,
    addresses: ValueTable,
    residences: ValueTable,
}

impl Values {
    fn of(people: &Population) -> Self {
        let t = &people.texts;
        let new = people.known.iter().filter(|number| **number == UNKNOWN).count();
        // Then most pairs were compared before; but blocks of new people ask for the sound of every name.
        let few = !people.known.is_empty() && new * MANY_NEW <= people.known.len();
        let table = |texts: &Arc<_>, kind| {
            let few = few && (new == 0 || kind != FieldKind::NameZh);
            ValueTable::new(Arc::clone(texts), kind, few)
        };
        Values {
            names: table(&t.names, FieldKind::NameZh),
            sexes: table(&t.sexes, FieldKind::Code),
            ids: table(&t.ids, FieldKind::ResidentId),
            students: table(&t.students, FieldKind::Code),
            phones: table(&t.phones, FieldKind::Phones),
            addresses: table(&t.addresses, FieldKind::Text),
            residences: table(&t.residences, FieldKind::Place),
        }
    }
}

/// Lays identities out as records, one a record, in their order.
fn records<'v>(model: &Model, people: &Population, standing: &Standing, values: &'v Values) -> Result<Records<'v>> {
    check(model).map_err(|problems| Error::schema("link.toml", problems.join("\n")))?;
    let tables = model.fields.iter().map(|f| match f.name.as_str() {
        "name" | "guardian_name" => Some(&values.names),
        "sex" => Some(&values.sexes),
        "id_number" => Some(&values.ids),
        "student_no" => Some(&values.students),
        "phones" => Some(&values.phones),
        "address" => Some(&values.addresses),
        "residence" => Some(&values.residences),
        _ => None,
    });
    let kinds: Vec<FieldKind> = model.fields.iter().map(|f| f.kind).collect();
    let sexes = StatedSexes::of(&people.texts.sexes);
    let fill = |index: usize, row: &mut Vec<u32>| {
        let (i, own) = (&standing.mute[index].of(people.identities[index]), standing.own_id[index]);
        for field in &model.fields {
            match field.name.as_str() {
                "name" => row.push(standing.name(i)),
                "sex" => row.push(if sexes.is_stated(i.sex) { i.sex } else { NONE }),
                "birth" => {
                    let stated = i.states_birth();
                    let inside = (!stated && own != NONE)
                        .then(|| resident_id::birth_day_of(people.texts.ids.get(own)))
                        .flatten();
                    match inside {
                        Some(born) => row.extend([born as u32, 3]),
                        None if stated => row.extend([i.birth_day as u32, u32::from(i.birth_precision)]),
                        None => row.extend([0, 0]),
                    }
                }
                "id_number" => row.extend([i.id, standing.id_use(i, own) as u32]),
                "student_no" => row.push(i.student),
                "phones" => row.extend(i.phones),
                "guardian_name" => row.push(i.guardian_name),
                "address" => row.push(i.address),
                _ => row.push(i.residence),
            }
        }
    };
    Ok(Records::of(&kinds, tables.collect(), people.identities.len(), &fill))
}

/// Which identities are one person.
pub struct Linked {
    pub clustering: Clustering,
    /// Roots at the looser and at the stricter threshold.
    pub looser: Vec<u32>,
    pub stricter: Vec<u32>,
    /// Identity for identity: whether its rows are one person by what they state.
    pub holds_together: Vec<bool>,
    /// Identity for identity: the chance that it belongs to its cluster.
    pub confidence: Vec<f32>,
    /// What the next night need not compare again; of a night with a memory.
    pub memory: Option<PairMemory>,
}

/// What is known of pairs from the night before.
pub struct PairsBefore<'a> {
    pub pairs: &'a PairMemory,
    /// Record for record: the number of its identity in the memory; empty where none has one.
    pub known: &'a [u32],
    /// What each record is made of.
    pub made: Vec<Made>,
}

impl Tonight {
    /// Tonight's records beside those of a memory.
    pub fn beside<'a>(&'a self, pairs: &'a PairMemory) -> PairsBefore<'a> {
        let made = |index: usize| Made::of(index, &self.people.identities[index], &self.standing);
        let made = (0..self.people.identities.len()).into_par_iter().map(made).collect();
        PairsBefore { pairs, known: &self.people.known, made }
    }
}

/// Blocks, scores and clusters records.
pub fn link_records(
    link: &LinkModel,
    tonight: &Tonight,
    records: &Records<'_>,
    decided: &Decided<'_>,
    before: Option<&PairsBefore<'_>>,
) -> Linked {
    let model = &link.model;
    let own_ids = &tonight.standing.own_id;
    let linker = |blocks| Linker::new(model, &link.trained, records, blocks, Scope::default());
    let (linker, edges, recalled) = match before {
        Some(before) => {
            let prior = linker::prior(model, &link.trained, records.len(), Scope::default());
            let with = made_with(&link.fingerprint, prior);
            let mut recalled = Recalled::new(before.pairs, with, before.known, &before.made);
            let linker = linker(recalled.blocks(model, records));
            let edges = linker.edges_after(&recalled);
            tracing::info!(
                records = records.len(),
                new = recalled.new_records(),
                edges = edges.len(),
                "pairs compared"
            );
            (linker, edges, Some((recalled, with, &before.made)))
        }
        None => {
            let mut linker = linker(Blocks::new(model, records));
            let edges = linker.edges();
            (linker, edges, None)
        }
    };
    let recalled = recalled.as_ref();
    let thresholds = model.thresholds;
    let (join, least) = (thresholds.join, thresholds.least());
    // What rows show to be two people stands beside what was decided, so that it is remembered like that.
    let apart = apart::pairs(tonight, &edges, thresholds, decided);
    let decided = &Decided { must: decided.must, cannot: &apart };
    let touched = recalled.map(|(recalled, ..)| recalled.touched(&edges, decided, least));
    let before = recalled.map(|(recalled, ..)| recalled.clusters());
    let clusters = |threshold: f32, which: fn(&ClusterMemory) -> &Joined| {
        let mut clustering = linker.cluster_of(&edges, own_ids, decided, threshold, touched.as_deref());
        if let Some((before, touched)) = before.zip(touched.as_ref()) {
            which(before).complete(&mut clustering, &edges, touched);
        }
        clustering
    };
    let (clustering, (looser, stricter)) = rayon::join(
        || clusters(join, |before| &before.chosen),
        || {
            rayon::join(
                || clusters(thresholds.looser, |before| &before.looser).roots,
                || clusters(thresholds.stricter, |before| &before.stricter).roots,
            )
        },
    );
    let holds_together: Vec<bool> = (0..records.len() as u32)
        .into_par_iter()
        .map(|i| {
            let known = recalled.and_then(|(recalled, ..)| recalled.is_one_person(i));
            known.unwrap_or_else(|| linker.bits(i, i) >= join)
        })
        .collect();
    let confidence = confidence(&clustering.roots, &edges);
    let memory = recalled.map(|(_, with, made)| {
        let clusters = ClusterMemory::of(&clustering, &looser, &stricter, &edges, decided);
        let made = made.iter().zip(&holds_together).map(|(made, one)| made.with_one_person(*one)).collect();
        PairMemory::of(*with, made, &linker.blocks, edges, clusters)
    });
    Linked { clustering, looser, stricter, holds_together, confidence, memory }
}

/// The chance that the strongest pair of each record with its cluster is one person; 1 for a record
/// alone.
fn confidence(roots: &[u32], edges: &[Edge]) -> Vec<f32> {
    let mut best = vec![f32::NEG_INFINITY; roots.len()];
    for e in edges.iter().filter(|e| roots[e.a as usize] == roots[e.b as usize]) {
        for i in [e.a, e.b] {
            best[i as usize] = best[i as usize].max(e.bits);
        }
    }
    best.into_iter().map(|bits| if bits == f32::NEG_INFINITY { 1.0 } else { 1.0 / (1.0 + (-bits).exp2()) }).collect()
}
