//! The person that a row's related ID number names.

use hashbrown::HashMap;

use super::trust::Trust;
use crate::link::NO_PERSON;
use crate::link::engine::intern::NONE;
use crate::link::identities::population::Population;
use crate::link::zh::normalise;
use crate::schema::resident_id;

/// Finds persons by valid ID number.
pub struct Directory<'a> {
    people: &'a Population,
    trust: &'a Trust,
    person_of_identity: &'a [u32],
    /// By ID number: its owner.
    owner: Vec<u32>,
    /// By person: whether one of the rows is a registration.
    registered: Vec<bool>,
    known: HashMap<u32, u32>,
}

impl<'a> Directory<'a> {
    /// `person_of_identity` gives [`NO_PERSON`] for identities whose rows are not one person.
    pub fn new(people: &'a Population, trust: &'a Trust, person_of_identity: &'a [u32], persons: usize) -> Self {
        let mut owner = vec![NO_PERSON; people.texts.ids.len()];
        let mut registered = vec![false; persons];
        for (i, &person) in person_of_identity.iter().enumerate() {
            if person != NO_PERSON {
                owner[trust.own_id[i] as usize] = person;
                registered[person as usize] |= people.sightings[i].registered;
            }
        }
        owner[NONE as usize] = NO_PERSON;
        Directory { people, trust, person_of_identity, owner, registered, known: HashMap::new() }
    }

    /// The person that a number names; [`NO_PERSON`] when it is no valid number, a placeholder, nobody's
    /// here, or could be two people's.
    ///
    /// A related person is a patient, so among people who carry one number the registered one is
    /// meant, if there is one such; otherwise its owner.
    pub fn person(&mut self, id: u32) -> u32 {
        if id == NONE {
            return NO_PERSON;
        }
        if let Some(&person) = self.known.get(&id) {
            return person;
        }
        let person = self.look_up(id);
        self.known.insert(id, person);
        person
    }

    fn look_up(&self, id: u32) -> u32 {
        let number = self.people.texts.ids.get(id);
        if !resident_id::is_valid_resident_id(number) || normalise::is_placeholder_id(number) {
            return NO_PERSON;
        }
        let owner = self.owner[id as usize];
        if owner != NO_PERSON && self.registered[owner as usize] {
            return owner;
        }
        let carriers = &self.trust.carriers;
        if let Ok(at) = carriers.binary_search_by_key(&id, |c| c.0) {
            let mut patients: Vec<u32> = carriers[at]
                .1
                .iter()
                .map(|&i| self.person_of_identity[i as usize])
                .filter(|p| *p != NO_PERSON && self.registered[*p as usize])
                .collect();
            patients.sort_unstable();
            patients.dedup();
            match patients[..] {
                [] => {}
                [patient] => return patient,
                _ => return NO_PERSON,
            }
        }
        owner
    }
}
