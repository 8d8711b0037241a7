//! A linkage laid open: to evaluate it, to explain a pair, to find what a person should look at.

use crate::link::driver::{Linkage, LinkageJob, run};
use hashbrown::HashMap;
use rayon::prelude::*;

use crate::error::Result;
use crate::link::engine::cluster::Edge;
use crate::link::engine::decided::Decided;
use crate::link::engine::intern::TextNumber;
use crate::link::engine::records::IdUse;
use crate::link::engine::scope::Scope;
use crate::link::engine::score::Ladder;
use crate::link::evaluate::{Evaluation, RecordGroup, Subject, evaluate};
use crate::link::identities::IdentityRows;
use crate::link::identities::RowName;
use crate::link::ids::{IdentityNumber, RecordNumber};
use crate::link::persons::prepare::Tonight;
use crate::link::persons::{LinkModel, apart};
use crate::schema::day;

/// What an identity states, as people read it; empty where nothing is given. It has no `Debug`: it
/// identifies somebody.
#[derive(Clone, PartialEq, Eq)]
pub struct StatedIdentity {
    pub name: String,
    /// Its code.
    pub sex: String,
    /// `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.
    pub birth: String,
    pub id_number: String,
    pub id_use: IdUse,
    pub student_no: String,
    pub phones: Vec<String>,
    pub guardian_phones: Vec<String>,
    pub guardian_name: String,
    pub address: String,
    /// Code of the division.
    pub residence: String,
}

/// Rows that are linked, with their model.
pub struct Inspector<'m> {
    model: &'m LinkModel,
    tonight: Tonight,
}

/// A linkage with everything that made it.
pub struct Inspection<'a> {
    pub linkage: Linkage<'a>,
    tonight: &'a Tonight,
}

impl<'m> Inspector<'m> {
    /// Collects rows.
    ///
    /// # Errors
    /// Those of reading the batches, and bugs.
    pub fn of(model: &'m LinkModel, batches: &mut dyn Iterator<Item = Result<IdentityRows>>) -> Result<Self> {
        Ok(Inspector { model, tonight: Tonight::of((&model.model, &model.policy), None, batches, &[])? })
    }

    /// Identities of rows, of those that are there.
    pub fn identities_of<'r>(&self, rows: impl IntoIterator<Item = &'r RowName>) -> HashMap<RowName, IdentityNumber> {
        self.tonight.identities_of(rows)
    }

    /// Links them and hands the linkage over.
    ///
    /// # Errors
    /// `Schema`: the model does not fit.
    pub fn with<T>(&self, decided: &Decided<'_>, then: impl FnOnce(&Inspection<'_>) -> T) -> Result<T> {
        let LinkModel { model, trained, .. } = self.model;
        let records = self.tonight.records(model)?;
        let thresholds = model.thresholds;
        let apart = |edges: &[Edge]| apart::pairs(&self.tonight, edges, thresholds, decided);
        let linkage = run(LinkageJob {
            model,
            trained,
            records: &records,
            blocks: None,
            scope: Scope::default(),
            own_ids: &self.tonight.trust.own_id,
            decided,
            apart: &apart,
            with_ranges: false,
            before: None,
        });
        Ok(then(&Inspection { linkage, tonight: &self.tonight }))
    }
}

impl Inspection<'_> {
    /// Rows in the order given, with the identity of each.
    pub fn rows(&self) -> impl Iterator<Item = ((&str, &str, &str), IdentityNumber)> {
        self.tonight.people.rows()
    }

    /// How many rows state an identity.
    pub fn row_count(&self, identity: IdentityNumber) -> u32 {
        self.tonight.people.sightings[identity.index()].rows
    }

    /// The newest row of an identity.
    pub fn newest_row(&self, identity: IdentityNumber) -> (&str, &str, &str) {
        self.tonight.people.row_key(self.tonight.people.sightings[identity.index()].newest)
    }

    /// The ID number that is an identity's own, as a number of this night.
    pub fn own_id(&self, identity: IdentityNumber) -> Option<TextNumber> {
        self.tonight.trust.own_id[identity.index()].given()
    }

    /// The text of a number that [`Inspection::own_id`] gives.
    pub fn id_text(&self, own_id: TextNumber) -> &str {
        self.tonight.people.texts.ids.get(own_id)
    }

    /// The birth year that an identity states.
    pub fn birth_year(&self, identity: IdentityNumber) -> Option<i16> {
        let i = &self.tonight.people.identities[identity.index()];
        (i.birth_precision > 0).then(|| day::to_date(i.birth_day).year())
    }

    /// What an identity states.
    pub fn stated(&self, identity: IdentityNumber) -> StatedIdentity {
        let Tonight { people, trust, .. } = self.tonight;
        let (i, t) = (&trust.silenced[identity.index()].of(people.identities[identity.index()]), &people.texts);
        let own = trust.own_id[identity.index()];
        let phones = |numbers: &[TextNumber]| {
            numbers.iter().filter_map(|n| Some(t.phones.get(n.given()?).to_owned())).collect::<Vec<_>>()
        };
        // "YYYY-MM-DD" as far as it is known.
        let known = [0, 4, 7, 10][usize::from(i.birth_precision.min(3))];
        StatedIdentity {
            name: t.names.get(i.name).to_owned(),
            sex: t.sexes.get(i.sex).to_owned(),
            birth: day::to_iso(i.birth_day).chars().take(known).collect(),
            id_number: t.ids.get(i.id).to_owned(),
            id_use: trust.id_use(i, own),
            student_no: t.students.get(i.student).to_owned(),
            phones: phones(&i.phones[..2]),
            guardian_phones: phones(&i.phones[2..]),
            guardian_name: t.names.get(i.guardian_name).to_owned(),
            address: t.addresses.get(i.address).to_owned(),
            residence: t.residences.get(i.residence).to_owned(),
        }
    }

    /// The identity of a row.
    pub fn identity(&self, row: &RowName) -> Option<IdentityNumber> {
        self.rows()
            .find(|((dataset, county, key), _)| {
                *dataset == row.dataset && *county == row.county && *key == row.record_key
            })
            .map(|r| r.1)
    }

    /// Whether an identity says too little to be anybody's: each row that states it is a person of its own.
    pub fn is_nobodys(&self, identity: IdentityNumber) -> bool {
        !self.linkage.holds(identity.record())
    }

    /// How the bits of two identities come about.
    pub fn ladder(&self, a: IdentityNumber, b: IdentityNumber) -> Ladder {
        self.linkage.linker.ladder(a.min(b).record(), a.max(b).record())
    }

    /// What the linkage is worth against the truth: `truth` gives the person of a row, where it is
    /// known. Each identity counts once for each dataset and person that it stands for, however often it
    /// was seen; one that says too little to be anybody's counts row by row, as each is a person of its own.
    pub fn evaluate(&self, truth: &dyn Fn(&str, &str, &str) -> Option<u32>) -> Evaluation {
        let identities = (0..self.linkage.clustering.roots.len()).into_par_iter().map(IdentityNumber::new);
        let is_nobodys: Vec<bool> = identities.map(|identity| self.is_nobodys(identity)).collect();
        // (identity, person, dataset) once, with the row where each stands for itself
        let mut subjects: Vec<(IdentityNumber, u32, &str, usize)> = self
            .rows()
            .enumerate()
            .filter_map(|(row, ((dataset, county, key), identity))| {
                let row = if is_nobodys[identity.index()] { row } else { 0 };
                Some((identity, truth(dataset, county, key)?, dataset, row))
            })
            .collect();
        subjects.sort_unstable();
        subjects.dedup();
        let truth: Vec<u32> = subjects.iter().map(|s| s.1).collect();
        let spread = |roots: &[RecordNumber]| -> Vec<u32> {
            let own = (roots.len()..).zip(&subjects);
            let label = |(own, s): (usize, &(IdentityNumber, u32, &str, usize))| {
                if is_nobodys[s.0.index()] { own } else { roots[s.0.index()].index() }
            };
            own.map(|of| label(of) as u32).collect()
        };
        let clusters = spread(&self.linkage.clustering.roots);
        // Candidates between subjects stand for those between their first identities.
        let mut first: HashMap<IdentityNumber, u32> = HashMap::new();
        for (index, s) in (0..).zip(&subjects) {
            first.entry(s.0).or_insert(index);
        }
        let candidates: Vec<(u32, u32, f32)> = self
            .linkage
            .edges
            .iter()
            .filter_map(|e| {
                let (a, b) = (*first.get(&e.a.identity())?, *first.get(&e.b.identity())?);
                Some((a.min(b), a.max(b), e.bits))
            })
            .collect();
        let record = |subject: u32| subjects[subject as usize].0.record();
        let blocked = |a: u32, b: u32| {
            let (a, b) = (record(a), record(b));
            a == b || self.linkage.linker.blocks.first_rule(a.min(b), a.max(b)).is_some()
        };
        let clusters_at = |join: f32| spread(&self.linkage.roots_at(join));
        let groups = self.groups(&subjects);
        evaluate(&Subject {
            truth: &truth,
            clusters: &clusters,
            candidates: &candidates,
            blocked: &blocked,
            clusters_at: &clusters_at,
            groups: &groups,
            threshold: self.linkage.linker.model.thresholds.join,
        })
    }

    fn groups(&self, subjects: &[(IdentityNumber, u32, &str, usize)]) -> Vec<RecordGroup> {
        let people = &self.tonight.people;
        let newest = people.identities.iter().filter_map(|i| i.birth_date()).max().unwrap_or_default();
        let of = |kind: &str, value: &dyn Fn(usize) -> &'static str, values: &[&'static str]| -> Vec<RecordGroup> {
            let found: Vec<&str> = subjects.iter().map(|s| value(s.0.index())).collect();
            values
                .iter()
                .map(|v| RecordGroup {
                    kind: kind.to_owned(),
                    value: (*v).to_owned(),
                    members: found.iter().map(|f| f == v).collect(),
                })
                .collect()
        };
        let sex = |i: usize| match people.texts.sexes.get(people.identities[i].sex) {
            "1" => "male",
            "2" => "female",
            _ => "unknown",
        };
        let age = |i: usize| {
            let Some(born) = people.identities[i].birth_date() else { return "unknown" };
            match day::to_date(newest).year() - day::to_date(born).year() {
                ..18 => "0-17",
                18..35 => "18-34",
                35..60 => "35-59",
                _ => "60+",
            }
        };
        let name = |i: usize| {
            let text = people.texts.names.get(people.identities[i].name);
            match text.chars().count() {
                0 => "unknown",
                2..=3 => "han",
                4 if crate::link::zh::hanzi::surname_len(&text.chars().collect::<Vec<_>>()) == 2 => "han",
                _ => "minority",
            }
        };
        let mut datasets: Vec<&str> = subjects.iter().map(|s| s.2).collect();
        datasets.sort_unstable();
        datasets.dedup();
        let mut groups: Vec<RecordGroup> = datasets
            .into_iter()
            .map(|d| RecordGroup {
                kind: "source".to_owned(),
                value: d.to_owned(),
                members: subjects.iter().map(|s| s.2 == d).collect(),
            })
            .collect();
        groups.extend(of("sex", &sex, &["male", "female", "unknown"]));
        groups.extend(of("age", &age, &["0-17", "18-34", "35-59", "60+", "unknown"]));
        groups.extend(of("name", &name, &["han", "minority", "unknown"]));
        groups.retain(|g| g.members.contains(&true));
        groups
    }
}

impl Inspection<'_> {
    /// Bits of the weakest pair that a cluster hangs on: the least edge of its strongest spanning tree,
    /// below which it would fall apart. `None` for one identity, or one that decisions hold together.
    pub fn weakest_cut(&self, root: RecordNumber) -> Option<f32> {
        let mut inside: Vec<&Edge> = self
            .linkage
            .edges
            .iter()
            .filter(|e| {
                self.linkage.clustering.roots[e.a.index()] == root && self.linkage.clustering.roots[e.b.index()] == root
            })
            .collect();
        inside.sort_by(|x, y| y.bits.total_cmp(&x.bits));
        let mut part: HashMap<RecordNumber, RecordNumber> = HashMap::new();
        let mut weakest = None;
        for e in inside {
            let (a, b) = (find(&mut part, e.a), find(&mut part, e.b));
            if a != b {
                part.insert(a.max(b), a.min(b));
                weakest = Some(e.bits);
            }
        }
        weakest
    }
}

fn find(part: &mut HashMap<RecordNumber, RecordNumber>, record: RecordNumber) -> RecordNumber {
    let mut at = record;
    while let Some(&above) = part.get(&at).filter(|above| **above != at) {
        at = above;
    }
    part.insert(record, at);
    at
}
