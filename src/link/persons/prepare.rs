//! Tonight's identities as records of the model, and the evidence that ties them together.

use std::sync::Arc;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::attributes::StatedSexes;
use super::fields;
use super::trust::{self, Trust};
use crate::error::{Error, Result, Words};
use crate::link::engine::intern::TextNumber;
use crate::link::engine::model::Model;
use crate::link::engine::records::{FieldKind, Records, ValueTable};
use crate::link::identities::collect::Collector;
use crate::link::identities::policy::{DatasetLists, NightPolicy};
use crate::link::identities::population::Population;
use crate::link::identities::{IdentityRows, RowName};
use crate::link::ids::IdentityNumber;
use crate::link::memory::identity_marks::IdentityMarks;
use crate::link::memory::pair_memory::MANY_NEW;
use crate::link::memory::people_memory::{KnownPeople, KnownRows};
use crate::schema::resident_id;

/// Tonight's identities, with what their numbers are worth.
pub struct Tonight {
    pub people: Population,
    pub trust: Trust,
    /// What some datasets are lists of.
    pub lists: DatasetLists,
    values: IdentityValues,
}

impl Tonight {
    /// Collects batches for a model, in addition to the rows that are kept from earlier nights (`known`); `before` is what
    /// an earlier night found out about the identities of those rows.
    ///
    /// # Errors
    /// Those of reading the batches, and bugs.
    pub fn of(
        (model, policy): (&Model, &NightPolicy),
        known: Option<(KnownPeople, Vec<KnownRows<'_>>)>,
        batches: &mut dyn Iterator<Item = Result<IdentityRows>>,
        before: &[IdentityMarks],
    ) -> Result<Self> {
        let mut collector = Collector::new(policy.lists.clone());
        for batch in batches {
            collector.add(&batch?)?;
        }
        let others = collector.finish();
        let people = match known {
            Some((people, rows)) => people.with(rows).with(others),
            None => others,
        }
        .settle(&policy.lists.register);
        let (trust, values) = rayon::join(
            || trust::judge(&people, &model.nobody, &policy.sharing, before),
            || IdentityValues::of(&people),
        );
        Ok(Tonight { people, trust, values, lists: policy.lists.clone() })
    }

    /// Identities of rows, of those that are there.
    pub fn identities_of<'r>(&self, rows: impl IntoIterator<Item = &'r RowName>) -> HashMap<RowName, IdentityNumber> {
        let wanted: HashMap<(&str, &str, &str), &RowName> =
            rows.into_iter().map(|r| ((r.dataset.as_str(), r.county.as_str(), r.record_key.as_str()), r)).collect();
        if wanted.is_empty() {
            return HashMap::new();
        }
        let found = |(key, identity)| wanted.get(&key).map(|row| ((*row).clone(), identity));
        self.people.rows().filter_map(found).collect()
    }

    /// What was found of each identity, for the next night.
    pub fn marks(&self) -> Vec<IdentityMarks> {
        let of = |index: usize| self.trust.marks(index, &self.people.identities[index]);
        (0..self.people.identities.len()).into_par_iter().map(of).collect()
    }

    /// The identities as records of a model, in their order.
    ///
    /// # Errors
    /// `Schema`: the model names a field that identities do not have.
    pub fn records(&self, model: &Model) -> Result<Records<'_>> {
        records(model, &self.people, &self.trust, &self.values)
    }
}

/// Values of tonight's identities, with their facets.
struct IdentityValues {
    names: ValueTable,
    sexes: ValueTable,
    ids: ValueTable,
    students: ValueTable,
    phones: ValueTable,
    addresses: ValueTable,
    residences: ValueTable,
}

impl IdentityValues {
    fn of(people: &Population) -> Self {
        let t = &people.texts;
        let new = people.known.iter().filter(|number| number.is_none()).count();
        // Then most pairs were compared before; but blocks of new people ask for the sound of every name.
        let few = !people.known.is_empty() && new * MANY_NEW <= people.known.len();
        let table = |texts: &Arc<_>, kind| {
            let few = few && (new == 0 || kind != FieldKind::NameZh);
            ValueTable::new(Arc::clone(texts), kind, few)
        };
        IdentityValues {
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
fn records<'v>(model: &Model, people: &Population, trust: &Trust, values: &'v IdentityValues) -> Result<Records<'v>> {
    fields::check(model).map_err(|problems| Error::schema("link.toml", Words::joined(&problems, "\n")))?;
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
        let (i, own) = (&trust.silenced[index].of(people.identities[index]), trust.own_id[index]);
        for field in &model.fields {
            match field.name.as_str() {
                "name" => row.push(trust.name(i).to_slot()),
                "sex" => row.push(Some(i.sex).filter(|sex| sexes.is_stated(*sex)).unwrap_or_default().to_slot()),
                "birth" => {
                    let stated = i.states_birth();
                    let inside = (!stated && own.is_given())
                        .then(|| resident_id::birth_day_of(people.texts.ids.get(own)))
                        .flatten();
                    match inside {
                        Some(born) => row.extend([born as u32, 3]),
                        None if stated => row.extend([i.birth_day as u32, u32::from(i.birth_precision)]),
                        None => row.extend([0, 0]),
                    }
                }
                "id_number" => row.extend([i.id.to_slot(), trust.id_use(i, own) as u32]),
                "student_no" => row.push(i.student.to_slot()),
                "phones" => row.extend(i.phones.map(TextNumber::to_slot)),
                "guardian_name" => row.push(i.guardian_name.to_slot()),
                "address" => row.push(i.address.to_slot()),
                _ => row.push(i.residence.to_slot()),
            }
        }
    };
    Ok(Records::of(&kinds, tables.collect(), people.identities.len(), &fill))
}
