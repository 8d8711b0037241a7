//! The indicators about persons on the SMI register.

use std::collections::BTreeMap;

use super::indicators::{Counts, PeopleAt};
use super::persons::{Flags, PersonRows};
use super::windows::Day;
use super::world::{Person, World};

/// What the registrations of a person that count in a division say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Here {
    /// docs/definitions.md, at_home: living = home on a registration that counts in the division.
    pub at_home: bool,
    /// docs/definitions.md: diagnosis F20 is of a registration that counts in the division.
    pub schizophrenia: bool,
}

/// Registered persons of each division.
pub type Registered<'w> = BTreeMap<&'w str, BTreeMap<Person, Here>>;

/// docs/definitions.md: a patient counts at `manage_code`, once in a division.
pub fn registered<'w>(world: &'w World, people: &'w [PersonRows], e: Day) -> Registered<'w> {
    let mut found = Registered::new();
    for rows in people {
        for registration in rows.registrations.iter().filter(|r| r.counts(e)) {
            for code in world.counts_in(&registration.place) {
                let here = found.entry(code).or_default().entry(registration.person).or_default();
                here.at_home = here.at_home || registration.living == "home";
                here.schizophrenia = here.schizophrenia || registration.is_schizophrenia();
            }
        }
    }
    found
}

/// Whether a registered person stands in the denominator.
type Inside = fn(&Here, &Flags) -> bool;

fn everybody(_: &Here, _: &Flags) -> bool {
    true
}

fn at_home(here: &Here, _: &Flags) -> bool {
    here.at_home
}

/// Counts of an indicator whose denominator is made of registered persons; `None` for the others. The
/// denominator of the prevalence (residents) is put in by the caller.
pub fn patient_counts(id: &str, people: &PeopleAt) -> Option<Counts> {
    let (inside, met): (Inside, fn(&Flags) -> bool) = match id {
        "smi_reported_prevalence" => (everybody, |_| true),
        "smi_standard_management_rate" => (everybody, |f| f.managed),
        "smi_standard_management_excl_risk_rate" => (|_, f| !f.violent_risk, |f| f.managed),
        "violent_risk_management_rate" => (|_, f| f.violent_risk, |f| f.managed),
        "smi_treatment_rate" => (everybody, |f| f.treated),
        "schizophrenia_treatment_rate" => (|here, _| here.schizophrenia, |f| f.treated),
        "smi_risk_assessment_rate" => (everybody, |f| f.assessed),
        "smi_home_risk_assessment_rate" => (at_home, |f| f.assessed),
        "smi_rehab_participation_rate" => (at_home, |f| f.in_rehab),
        "smi_home_counselling_rate" => (at_home, |f| f.counselled),
        "smi_under_management_rate" => (everybody, |f| f.under_management),
        "smi_medication_rate" => (everybody, |f| f.medication == "regular" || f.medication == "intermittent"),
        "smi_regular_medication_rate" => (everybody, |f| f.medication == "regular"),
        "smi_face_to_face_rate" => (everybody, |f| f.met_face_to_face),
        "smi_stable_rate" => (|here, f| here.at_home && f.under_management, |f| f.stable),
        "smi_checkup_rate" => (everybody, |f| f.checked_up),
        _ => return None,
    };
    let mut counts = Counts::new();
    for (code, persons) in &people.registered {
        let cell = counts.entry((*code).to_owned()).or_default();
        for (person, here) in persons {
            let flags = &people.flags[*person];
            if inside(here, flags) {
                cell.1 += 1;
                cell.0 += i64::from(met(flags));
            }
        }
    }
    Some(counts)
}
