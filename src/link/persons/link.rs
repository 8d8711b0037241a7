//! Who is who tonight, from accepted rows to persons.

use std::sync::LazyLock;

use rayon::prelude::*;

use super::attributes::StatedSexes;
use super::attributes::{self};
use super::keys::{self, KeyEvent, PreviousPersons};
use super::linked;
use super::numbering::{Anchored, Clusters, Numbered};
use super::prepare::Tonight;
use super::ranges::{self, PersonRange};
use super::related::Directory;
use super::shipped::{LinkModel, NightModel};
use super::trust::{RefusedValues, Trust};
use crate::error::Result;
use crate::link::decisions::Decisions;
use crate::link::engine::intern::TextNumber;
use crate::link::engine::scope::Scope;
use crate::link::engine::{block, model, train};
use crate::link::identities::IdentityRows;
use crate::link::identities::population::{Batch, Population};
use crate::link::ids::PersonNumber;
use crate::link::memory::pair_memory::PairMemory;
use crate::link::memory::people_memory::{Collected, KnownPeople, KnownRows};
use crate::link::{KeyNumber, PersonKey};
use crate::store::key::SecretKey;

/// Who is who tonight.
#[derive(Clone, Debug, Default)]
pub struct Persons {
    /// For each batch given, in the order given, the number of the key of each row's person.
    pub person_of_row: Vec<Vec<KeyNumber>>,
    /// For each batch given, that of the person whom each row's `related_id_number` names.
    pub related_of_row: Vec<Vec<Option<KeyNumber>>>,
    /// For each batch given, the chance, 0 to 1, that the row belongs to its person.
    pub confidence_of_row: Vec<Vec<f32>>,
    /// Person keys by person index, ascending.
    pub keys: Vec<PersonKey>,
    /// Sex by person index: what most rows state, ties to the newest; an index into `sex_codes`.
    pub sex: Vec<u32>,
    /// Codes that rows give, the empty one for none first.
    pub sex_codes: Vec<String>,
    /// Birth day and precision by person index: what most rows state, ties to the newest.
    pub birth: Vec<Option<(i32, u8)>>,
    /// Merges and splits since yesterday.
    pub events: Vec<KeyEvent>,
    /// How sure the numbers of persons are.
    pub ranges: Vec<PersonRange>,
    /// What the next night need not compare again; of a night that was given a memory.
    pub memory: Option<PairMemory>,
    /// The identities of the rows given, first those that were known; of a night that was given a memory.
    pub collected: Option<Collected>,
    pub summary: LinkSummary,
}

impl Persons {
    /// The sex code of a person; empty when no row gives one.
    pub fn sex_of(&self, person: usize) -> &str {
        &self.sex_codes[self.sex[person] as usize]
    }
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
    /// Pairs that reached the join threshold and were kept apart: two ID numbers, a decision, or the
    /// other pairs of their clusters stood against them.
    pub refused_unions: u64,
    /// Weak bridges that were cut.
    pub cut_bridges: u64,
    /// Decisions in force, and those set aside because they contradict each other or the rows.
    pub decisions: u64,
    pub contradictory_decisions: u64,
}

/// Links rows to persons with the shipped model.
pub fn link(
    batches: &mut dyn Iterator<Item = Result<IdentityRows>>,
    key: &SecretKey,
    previous: &PreviousPersons,
) -> Result<Persons> {
    link_with(&LinkSettings::undecided(&LinkModel::embedded()?), batches, key, previous)
}

/// What a linkage goes by.
#[derive(Clone, Copy, Debug)]
pub struct LinkSettings<'a> {
    pub model: &'a LinkModel,
    pub decisions: &'a Decisions,
    /// The day on which decisions may have expired, since 1970-01-01.
    pub today: i32,
    /// Pairs that were compared before; the empty one where there is no before. It saves time and
    /// changes nothing. Without one, none is made for the next night either.
    pub memory: Option<&'a PairMemory>,
}

impl<'a> LinkSettings<'a> {
    /// A model, and nothing decided.
    pub fn undecided(model: &'a LinkModel) -> Self {
        static NONE_MADE: LazyLock<Decisions> = LazyLock::new(Decisions::default);
        LinkSettings { model, decisions: &NONE_MADE, today: 0, memory: None }
    }
}

/// Links rows to persons.
///
/// The partition depends on the rows, the model and the decisions alone, not on the rows' order or on `previous`; only
/// the keys persist from `previous`, by overlap.
///
/// # Errors
/// Those of reading the batches, a model that does not fit, and bugs.
pub fn link_with(
    settings: &LinkSettings<'_>,
    batches: &mut dyn Iterator<Item = Result<IdentityRows>>,
    key: &SecretKey,
    previous: &PreviousPersons,
) -> Result<Persons> {
    link_after(settings, None, batches, key, previous)
}

/// Links rows to persons, some of which are known from an earlier night: those come first in what is
/// returned.
pub fn link_after(
    settings: &LinkSettings<'_>,
    known: Option<(KnownPeople, Vec<KnownRows<'_>>)>,
    batches: &mut dyn Iterator<Item = Result<IdentityRows>>,
    key: &SecretKey,
    previous: &PreviousPersons,
) -> Result<Persons> {
    let LinkSettings { model, decisions, today, memory } = *settings;
    let judged = memory.map_or(&[][..], PairMemory::made);
    let tonight = Tonight::of((&model.model, &model.policy), known, batches, judged)?;
    let named = tonight.identities_of(decisions.rows());
    let resolved = decisions.resolve(today, &|row| named.get(row).copied());
    let mut linked = {
        let records = tonight.records(&model.model)?;
        linked::link_records(model, &tonight, &records, &resolved.decided(), memory)
    };
    let Tonight { people, trust, .. } = tonight;
    let memory = linked.memory.take();

    let (ranges, (clusters, numbered, keys)) = rayon::join(
        || ranges::ranges(&people, &linked),
        || {
            let clusters = Clusters::of(&linked.clustering.roots, &linked.holds_together);
            let numbered = Numbered::of(&people, &clusters);
            let mac = key.keyed(keys::PURPOSE);
            let persons = Anchored { people: &people, trust: &trust, clusters: &clusters, numbered: &numbered };
            let keys = keys::assign(&persons, previous, &mac);
            (clusters, numbered, keys)
        },
    );
    let summary = LinkSummary {
        rows: people.batches.iter().map(|b| b.identity_of_row.len() as u64).sum(),
        identities: people.identities.len() as u64,
        persons: keys.keys.len() as u64,
        kept_keys: keys.kept,
        refused: trust.refused,
        refused_unions: linked.clustering.refused.len() as u64,
        cut_bridges: linked.clustering.cut.len() as u64,
        decisions: (resolved.must.len() + resolved.cannot.len()) as u64,
        contradictory_decisions: resolved.contradictions.iter().map(|c| c.decisions.len() as u64).sum::<u64>()
            + linked.clustering.refused_decisions.len() as u64,
    };
    let mut persons = by_key(&people, &trust, &clusters, numbered, (keys.keys, keys.order));
    persons.summary = summary;
    let of_rows = |batch: &Batch| batch.identity_of_row.iter().map(|&i| linked.confidence[i.index()]).collect();
    persons.confidence_of_row = people.batches.par_iter().map(of_rows).collect();
    (persons.events, persons.ranges, persons.memory) = (keys.events, ranges, memory);
    persons.collected = persons.memory.is_some().then(|| Collected::new(people, model.policy.digest()));
    Ok(persons)
}

/// Learns the weights of a model from rows, without labels; `trained_on` says in words what they are.
pub fn train_on(
    night: &NightModel,
    batches: &mut dyn Iterator<Item = Result<IdentityRows>>,
    trained_on: &str,
) -> Result<model::Weights> {
    let model = &night.model;
    let tonight = Tonight::of((model, &night.policy), None, batches, &[])?;
    let records = tonight.records(model)?;
    let blocks = block::Blocks::new(model, &records);
    let on = format!("{trained_on}; {} identities", records.len());
    Ok(train::train(model, &records, &blocks, on, Scope::default()))
}

/// Puts persons in the order of their keys, which no order of rows can change.
fn by_key(
    people: &Population,
    trust: &Trust,
    clusters: &Clusters,
    numbered: Numbered,
    (keys, order): (Vec<PersonKey>, Vec<PersonNumber>),
) -> Persons {
    let Numbered { person_of_row, singles } = numbered;
    let mut key_of = vec![KeyNumber::new(0); order.len()];
    for (key, person) in order.iter().enumerate() {
        key_of[person.index()] = KeyNumber::new(key);
    }
    let mut directory = Directory::new(people, trust, &clusters.cluster_of, clusters.len());
    let mut related = |id: TextNumber| directory.person(id).map(|person| key_of[person.index()]);
    let related_of_row: Vec<Vec<Option<KeyNumber>>> = people
        .batches
        .iter()
        .map(|batch| match &batch.related_of_row {
            Some(of_row) => of_row.iter().map(|&id| related(id)).collect(),
            None => vec![None; batch.identity_of_row.len()],
        })
        .collect();
    let keys_of = |rows: Vec<PersonNumber>| rows.into_iter().map(|person| key_of[person.index()]).collect();
    let person_of_row = person_of_row.into_par_iter().map(keys_of).collect();

    let sexes = StatedSexes::of(&people.texts.sexes);
    let members = |person: usize| match person.checked_sub(clusters.len()) {
        Some(single) => std::slice::from_ref(&singles[single].0),
        None => clusters.members(person),
    };
    // Persons stand in the order of their identities here, which lie in memory so.
    let stated: Vec<(u32, Option<(i32, u8)>)> = (0..order.len())
        .into_par_iter()
        .map(|p| (attributes::sex(members(p), people, &sexes).to_slot(), attributes::birth(members(p), people)))
        .collect();
    let (sex, birth) = order.par_iter().map(|p| stated[p.index()]).unzip();
    let keys = order.par_iter().map(|p| keys[p.index()]).collect();
    Persons {
        person_of_row,
        related_of_row,
        sex,
        sex_codes: people.texts.sexes.map(str::to_owned),
        birth,
        keys,
        ..Persons::default()
    }
}
