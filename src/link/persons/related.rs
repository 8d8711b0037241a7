//! The person that a row's related ID number names.

use hashbrown::HashMap;

use super::trust::Trust;
use crate::link::engine::intern::TextNumber;
use crate::link::identities::population::Population;
use crate::link::ids::PersonNumber;
use crate::link::zh::normalise;
use crate::schema::resident_id;

/// Finds persons by valid ID number.
pub struct Directory<'a> {
    people: &'a Population,
    trust: &'a Trust,
    person_of_identity: &'a [Option<PersonNumber>],
    /// By ID number: its owner.
    owner: Vec<Option<PersonNumber>>,
    /// By person: whether one of the rows is a registration.
    registered: Vec<bool>,
    known: HashMap<TextNumber, Option<PersonNumber>>,
}

impl<'a> Directory<'a> {
    /// `person_of_identity` gives none for identities whose rows are not one person.
    pub fn new(
        people: &'a Population,
        trust: &'a Trust,
        person_of_identity: &'a [Option<PersonNumber>],
        persons: usize,
    ) -> Self {
        let mut owner = vec![None; people.texts.ids.len()];
        let mut registered = vec![false; persons];
        for (i, &person) in person_of_identity.iter().enumerate() {
            if let Some(number) = person {
                owner[trust.own_id[i].index()] = person;
                registered[number.index()] |= people.sightings[i].registered;
            }
        }
        owner[TextNumber::EMPTY.index()] = None;
        Directory { people, trust, person_of_identity, owner, registered, known: HashMap::new() }
    }

    /// The person that a number names; none when it is no valid number, a placeholder, nobody's
    /// here, or could be two people's.
    ///
    /// A related person is a patient, so among people who carry one number the registered one is
    /// meant, if there is one such; otherwise its owner.
    pub fn person(&mut self, id: TextNumber) -> Option<PersonNumber> {
        if !id.is_given() {
            return None;
        }
        if let Some(&person) = self.known.get(&id) {
            return person;
        }
        let person = self.look_up(id);
        self.known.insert(id, person);
        person
    }

    fn look_up(&self, id: TextNumber) -> Option<PersonNumber> {
        let number = self.people.texts.ids.get(id);
        if !resident_id::is_valid_resident_id(number) || normalise::is_placeholder_id(number) {
            return None;
        }
        let owner = self.owner[id.index()];
        if owner.is_some_and(|owner| self.registered[owner.index()]) {
            return owner;
        }
        let carriers = &self.trust.carriers;
        if let Ok(at) = carriers.binary_search_by_key(&id, |c| c.0) {
            let mut patients: Vec<PersonNumber> = carriers[at]
                .1
                .iter()
                .filter_map(|i| self.person_of_identity[i.index()])
                .filter(|p| self.registered[p.index()])
                .collect();
            patients.sort_unstable();
            patients.dedup();
            match patients[..] {
                [] => {}
                [patient] => return Some(patient),
                _ => return None,
            }
        }
        owner
    }
}
