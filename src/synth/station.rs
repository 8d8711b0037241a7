//! Contacts at service sites, and survey answers.

use crate::error::Result;

use super::chance::Chance;
use super::emit::entered_at;
use super::hospital::{Illness, at_home, refer};
use super::life::{Life, any_day};
use super::names::Sex;
use super::purpose;
use super::record::Dataset;

/// What happened in a contact, apart from its day and place.
struct Contact<'c> {
    who: usize,
    on: i32,
    population: &'c str,
    kind: &'c str,
    /// Index in the household of the patient whose relative was served.
    related: Option<usize>,
    plan: Option<String>,
    warning: &'c str,
    refers: bool,
}

fn contact(life: &mut Life<'_, '_, '_, '_, '_>, contact: Contact<'_>, chance: &mut Chance) -> Result<()> {
    let Contact { who, on, .. } = contact;
    let mut row = life.row(Dataset::StationService, who, on, chance);
    let home = &life.emitter.counties()[life.home.county];
    // Most people go to the site of their village, some to the county's centre; those with a second county sometimes go
    // there.
    let (county, site) = match life.home.other_county.filter(|_| chance.yes(0.3)) {
        Some(other) => (other, &life.emitter.counties()[other].sites[life.emitter.counties()[other].centre]),
        None if chance.yes(0.12) => (life.home.county, &home.sites[home.centre]),
        None => (life.home.county, home.site_for(life.home.village, on)),
    };
    let site = site.id.clone();
    row.set("record_id", life.key("FW", who));
    row.set("site_id", site);
    row.set("population", contact.population);
    match contact.related {
        Some(patient) => {
            row.set("beneficiary", "family");
            row.set("related_id_number", life.person(patient).id_number.clone());
        }
        None if chance.yes(0.5) => row.set("beneficiary", "self"),
        None => {}
    }
    row.set("service_kind", contact.kind);
    row.set("channel", *chance.weighted(&[("onsite", 52), ("online", 12), ("hotline", 14), ("home", 18), ("", 4)]));
    row.set_day("service_date", on);
    if let Some(plan) = contact.plan {
        row.set("plan_id", plan);
    }
    row.set("warning_level", contact.warning);
    if contact.refers {
        let org = refer(life, who, on, chance)?;
        // The word "referral" alone also counts as a referral.
        if chance.yes(0.85) {
            row.set("referred_to", org);
        } else {
            row.set("service_kind", "referral");
        }
    }
    life.emit(county, row)
}

fn plan_id(life: &Life<'_, '_, '_, '_, '_>, who: usize, chance: &mut Chance, share: f64) -> Option<String> {
    let n = life.person(who).number;
    chance.yes(share).then(|| format!("FA{}{:06}{}", n.county, n.household, n.slot))
}

/// Emits contacts of a patient and of relatives.
pub fn patient(life: &mut Life<'_, '_, '_, '_, '_>, who: usize, illness: &Illness) -> Result<()> {
    let mut chance = life.person(who).chance(life.seed(), purpose::SERVICE);
    let plan = plan_id(life, who, &mut chance, 0.55);
    let mean = *chance.weighted(&[(0.0, 35), (1.2, 35), (3.0, 30)]);
    for _ in 0..chance.count(mean * life.years()) {
        let on = any_day(life, &mut chance);
        if on < illness.registered || illness.exit.is_some_and(|(exit, _)| exit <= on) {
            continue;
        }
        let kind = *chance.weighted(&[
            ("rehab", 36),
            ("counsel", 20),
            ("consult", 12),
            ("assess", 14),
            ("crisis", 6),
            ("other", 4),
            ("referral", 5),
        ]);
        let warning = *chance.weighted(&[("", 45), ("green", 25), ("yellow", 20), ("red", 10)]);
        let plan = plan.clone().filter(|_| chance.yes(0.8));
        let refers = kind == "referral" || chance.yes(0.05);
        let population = *chance.weighted(&[("smi", 8), ("disabled|smi", 2)]);
        contact(life, Contact { who, on, population, kind, related: None, plan, warning, refers }, &mut chance)?;
    }
    let Some(relative) = life.person(who).guardian else { return Ok(()) };
    if !chance.yes(0.45) {
        return Ok(());
    }
    for _ in 0..chance.between(1, 3) {
        let on = any_day(life, &mut chance);
        if !at_home(illness, on) {
            continue;
        }
        let kind = *chance.weighted(&[("family_support", 60), ("consult", 18), ("counsel", 18), ("other", 4)]);
        let facts = Contact {
            who: relative,
            on,
            population: "smi_family",
            kind,
            related: Some(who),
            plan: None,
            warning: "",
            refers: false,
        };
        contact(life, facts, &mut chance)?;
    }
    Ok(())
}

/// Emits contacts of a person of the special population.
pub fn special(life: &mut Life<'_, '_, '_, '_, '_>, who: usize) -> Result<()> {
    let mut chance = life.person(who).chance(life.seed(), purpose::SERVICE + 100);
    let plan = plan_id(life, who, &mut chance, 0.75);
    for _ in 0..chance.count(1.6 * life.years()) {
        let on = any_day(life, &mut chance);
        let kind = *chance.weighted(&[("counsel", 50), ("consult", 20), ("assess", 20), ("crisis", 6), ("other", 4)]);
        let warning = *chance.weighted(&[("", 30), ("green", 30), ("yellow", 28), ("red", 12)]);
        let plan = plan.clone().filter(|_| chance.yes(0.85));
        let refers = warning == "red" && chance.yes(0.4);
        contact(
            life,
            Contact { who, on, population: "special", kind, related: None, plan, warning, refers },
            &mut chance,
        )?;
    }
    Ok(())
}

/// Emits contacts of an adult who is neither.
pub fn resident(life: &mut Life<'_, '_, '_, '_, '_>, who: usize) -> Result<()> {
    let mut chance = life.person(who).chance(life.seed(), purpose::SERVICE + 200);
    for _ in 0..chance.count(life.emitter.world.shares.services * life.years()) {
        let on = any_day(life, &mut chance);
        let person = life.person(who);
        let age = person.age_on(on);
        let population = match age {
            65.. => *chance.weighted(&[("elderly", 85), ("elderly|disabled", 15)]),
            18..46 if person.sex == Sex::Female && chance.yes(0.25) => {
                *chance.weighted(&[("woman", 80), ("woman|worker", 20)])
            }
            _ => *chance.weighted(&[
                ("general", 50),
                ("worker", 26),
                ("petitioner", 8),
                ("disabled", 6),
                ("other", 4),
                ("", 6),
            ]),
        };
        let kind = *chance.weighted(&[
            ("consult", 38),
            ("counsel", 32),
            ("assess", 18),
            ("crisis", 4),
            ("referral", 3),
            ("other", 5),
        ]);
        let warning = *chance.weighted(&[("", 80), ("green", 14), ("yellow", 5), ("red", 1)]);
        let plan = plan_id(life, who, &mut chance, 0.04);
        let refers = kind == "referral" || chance.yes(0.03);
        contact(life, Contact { who, on, population, kind, related: None, plan, warning, refers }, &mut chance)?;
    }
    Ok(())
}

/// Emits anonymous survey answers of a household.
pub fn survey(life: &mut Life<'_, '_, '_, '_, '_>) -> Result<()> {
    let mut chance = life.person(0).chance(life.seed(), purpose::SURVEY);
    for _ in 0..chance.count(life.emitter.world.shares.surveys * life.years()) {
        let who = chance.below(life.home.people.len() as u64) as usize;
        let on = any_day(life, &mut chance);
        let age = life.person(who).age_on(on);
        if age < 15 {
            continue;
        }
        let mut row = life.emitter.world.catalog.record(Dataset::StationSurvey);
        row.day = on;
        row.set("response_id", life.key("WJ", who));
        let county = &life.emitter.counties()[life.home.county];
        let village = &county.villages[life.home.village];
        row.set(
            "division_code",
            if chance.yes(0.9) { village.code.clone() } else { county.towns[village.town].code.clone() },
        );
        row.set_day("survey_date", on);
        if chance.yes(0.95) {
            row.set("sex", life.person(who).sex.code());
        }
        if chance.yes(0.93) {
            row.set("age", age.to_string());
        }
        let total = *chance.weighted(&[(20, 8), (10, 2)]);
        row.set("items_correct", chance.between(total / 4, total).to_string());
        row.set("items_total", total.to_string());
        if chance.yes(0.7) {
            row.set("literacy_judgement", (chance.between(8, 20) * 5).to_string());
            row.set("literacy_self", chance.between(14, 32).to_string());
            if chance.yes(0.95) {
                row.set("literacy_case", format!("{}", f64::from(chance.between(28, 80)) / 2.0));
            }
        }
        row.set("entered_at", entered_at(&mut chance, on, life.as_of()));
        life.emit(life.home.county, row)?;
    }
    Ok(())
}
