//! Generates households and their people.

use crate::schema::day;

use super::chance::Chance;
use super::identity;
use super::names::{self, Name, Sex};
use super::places::{County, Region};
use super::record::PersonNumber;

/// Household numbers from this one on are households that live in two counties; see [`Household::other_county`].
pub const FIRST_CROSSING: u64 = 700_000;

/// How often events occur in a life; shares of persons unless stated otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LifeRates {
    /// Share of adults on the register of patients with severe mental illness.
    pub patient: f64,
    /// Share of adults on the special-population register.
    pub special: f64,
    /// Share of households that live in two counties.
    pub crossing: f64,
    /// Mean number of service contacts per year, for people who are neither patients nor special population.
    pub services: f64,
    /// Share of planned screenings of pupils that take place.
    pub screening: f64,
    /// Mean number of psychiatric visits per person and year.
    pub visits: f64,
    /// Survey answers per household and year.
    pub surveys: f64,
    /// Share of households with dotted minority names.
    pub dotted: f64,
    /// Share of households with minority names without a surname.
    pub bare: f64,
    /// Share of people with a rare character in their name.
    pub rare: f64,
}

impl LifeRates {
    /// Rates for a population of this size: realistic for a city, but higher for a small sample so that every kind of
    /// event occurs.
    pub fn of(persons: u64) -> Self {
        let at_least = |people: f64, share: f64, most: f64| (people / persons.max(1) as f64).clamp(share, most);
        LifeRates {
            patient: at_least(90.0, 0.0075, 0.14),
            special: at_least(55.0, 0.004, 0.08),
            crossing: at_least(30.0, 0.004, 0.06),
            services: 0.34,
            screening: 0.75,
            visits: 0.03,
            surveys: at_least(180.0, 0.06, 0.6),
            dotted: at_least(6.0, 0.003, 0.02),
            bare: at_least(4.0, 0.002, 0.015),
            rare: at_least(8.0, 0.003, 0.02),
        }
    }
}

/// One human being.
#[derive(Clone, Debug)]
pub struct Person {
    pub number: PersonNumber,
    pub sex: Sex,
    /// Date of birth in days since 1970-01-01.
    pub birth: i32,
    pub name: Name,
    pub id_number: String,
    /// Own mobile number; empty for small children and some old people.
    pub phone: String,
    /// Index of the guardian in the household: for minors a parent, for patients the closest relative.
    pub guardian: Option<usize>,
    pub is_twin: bool,
    /// Number in the national register of pupils; empty for people who were never in it.
    pub student_no: String,
}

impl Person {
    /// Age in full years on a day.
    pub fn age_on(&self, on: i32) -> i32 {
        full_years(self.birth, on)
    }

    /// This person's stream of draws for one purpose.
    pub fn chance(&self, seed: u64, purpose: u64) -> Chance {
        let n = self.number;
        Chance::of(seed, &[purpose, u64::from(n.county), u64::from(n.household), u64::from(n.slot)])
    }
}

fn full_years(birth: i32, on: i32) -> i32 {
    let (b, d) = (day::to_date(birth), day::to_date(on));
    let years = i32::from(d.year()) - i32::from(b.year());
    if (d.month(), d.day()) < (b.month(), b.day()) { years - 1 } else { years }
}

/// The place where people live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    pub county: usize,
    pub village: usize,
    pub house: u32,
}

/// People who live together in a village.
pub struct Household {
    pub county: usize,
    pub village: usize,
    pub house: u32,
    pub people: Vec<Person>,
    /// Another county where this household used to live or which it also visits.
    pub other_county: Option<usize>,
}

/// The composition of a household: ages of adults, children (including twins) and grandparents.
struct HouseholdPlan {
    adults: u8,
    adult_age: (i32, i32),
    children: u8,
    grandparents: u8,
}

fn plan(chance: &mut Chance) -> HouseholdPlan {
    match chance.below(100) {
        0..=17 => HouseholdPlan { adults: 2, adult_age: (60, 86), children: 0, grandparents: 0 },
        18..=26 => HouseholdPlan { adults: 1, adult_age: (58, 90), children: 0, grandparents: 0 },
        27..=33 => HouseholdPlan { adults: 1, adult_age: (22, 57), children: 0, grandparents: 0 },
        34..=46 => HouseholdPlan { adults: 2, adult_age: (23, 58), children: 0, grandparents: 0 },
        47..=64 => HouseholdPlan { adults: 2, adult_age: (25, 48), children: 1, grandparents: 0 },
        65..=80 => HouseholdPlan { adults: 2, adult_age: (28, 48), children: 2, grandparents: 0 },
        81..=84 => HouseholdPlan { adults: 2, adult_age: (30, 46), children: 3, grandparents: 0 },
        85..=87 => HouseholdPlan { adults: 1, adult_age: (27, 46), children: 1, grandparents: 0 },
        88..=93 => HouseholdPlan { adults: 2, adult_age: (26, 46), children: 2, grandparents: 2 },
        _ => HouseholdPlan { adults: 2, adult_age: (26, 46), children: 1, grandparents: 1 },
    }
}

impl Household {
    /// Generates the household with this number; the result depends only on the arguments.
    pub fn new(seed: u64, region: &Region, shares: &LifeRates, county_index: usize, number: u64) -> Household {
        let county = &region.counties[county_index];
        let code: u64 = county.code.parse().unwrap_or(0);
        let mut chance = Chance::of(seed, &[0x4005e, code, number]);
        let other_county = (number >= FIRST_CROSSING && region.counties.len() > 1).then(|| {
            let step = 1 + chance.below(region.counties.len() as u64 - 1) as usize;
            (county_index + step) % region.counties.len()
        });
        let village = chance.below(county.villages.len() as u64) as usize;
        let house = 1 + chance.below(400) as u32;
        let mut home = Household { county: county_index, village, house, people: Vec::with_capacity(6), other_county };
        let plan = plan(&mut chance);
        let naming = if chance.yes(shares.dotted) {
            NameForm::Dotted
        } else if chance.yes(shares.bare) {
            NameForm::Bare
        } else {
            NameForm::Han
        };
        let mut maker = Maker { region, county, number, chance: &mut chance, naming, rare: shares.rare };

        let age = maker.chance.between(plan.adult_age.0, plan.adult_age.1);
        let first_sex = if plan.adults == 2 || maker.chance.yes(0.5) { Sex::Male } else { Sex::Female };
        let surname = names::surname(maker.chance).to_owned();
        home.people.push(maker.person(0, first_sex, age, &surname, Elder::None));
        if plan.adults == 2 {
            let wife = names::surname(maker.chance).to_owned();
            let wife_age = (age + maker.chance.between(-6, 3)).max(21);
            home.people.push(maker.person(1, Sex::Female, wife_age, &wife, Elder::None));
        }
        let mother_age = home.people.last().map_or(age, |p| p.age_on(region.as_of));
        let mut child_age = (mother_age - maker.chance.between(21, 31)).max(0);
        let twins = plan.children >= 2 && maker.chance.yes(0.06);
        let carer = usize::from(maker.chance.yes(0.6));
        for k in 0..plan.children {
            let sex = if maker.chance.yes(0.525) { Sex::Male } else { Sex::Female };
            let elder = match home.people.last() {
                Some(twin) if k == 1 && twins => Elder::Twin(twin),
                Some(child) if k > 0 => Elder::Sibling(child),
                _ => Elder::None,
            };
            let is_twin = matches!(elder, Elder::Twin(_));
            let child_surname = if plan.adults == 2 && maker.chance.yes(0.05) {
                home.people[1].name.surname.clone()
            } else {
                surname.clone()
            };
            let mut child = maker.person(2 + k, sex, child_age, &child_surname, elder);
            // The parent who signs for one child usually signs for all.
            let signs = if maker.chance.yes(0.85) { carer } else { maker.chance.below(2) as usize };
            child.guardian = Some(if plan.adults == 2 { signs } else { 0 });
            child.is_twin = is_twin;
            if child.is_twin {
                home.people.last_mut().expect("the first child").is_twin = true;
            }
            home.people.push(child);
            child_age = (child_age - maker.chance.between(2, 6)).max(0);
        }
        for k in 0..plan.grandparents {
            let sex = if k == 0 { Sex::Female } else { Sex::Male };
            let own = if sex == Sex::Male { surname.clone() } else { names::surname(maker.chance).to_owned() };
            let older = (age + maker.chance.between(21, 30)).min(95);
            home.people.push(maker.person(5 + k, sex, older, &own, Elder::None));
        }
        home.appoint_guardians();
        home
    }

    pub fn place(&self) -> Home {
        Home { county: self.county, village: self.village, house: self.house }
    }

    /// Adults have a guardian only as patients: a spouse, a parent or an adult child.
    fn appoint_guardians(&mut self) {
        let count = self.people.len();
        if count < 2 {
            return;
        }
        for i in 0..count {
            if self.people[i].guardian.is_none() {
                self.people[i].guardian = Some(if i == 0 { 1 } else { 0 });
            }
        }
        // A child cannot be a guardian.
        for i in 0..count {
            if let Some(g) = self.people[i].guardian
                && matches!(self.people[g].number.slot, 2..=4)
            {
                self.people[i].guardian = None;
            }
        }
    }
}

/// How the names of a household are formed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NameForm {
    Han,
    Dotted,
    Bare,
}

/// The sibling born before a person.
#[derive(Clone, Copy)]
enum Elder<'p> {
    None,
    Sibling(&'p Person),
    Twin(&'p Person),
}

struct Maker<'a> {
    region: &'a Region,
    county: &'a County,
    number: u64,
    chance: &'a mut Chance,
    naming: NameForm,
    rare: f64,
}

impl Maker<'_> {
    fn person(&mut self, slot: u8, sex: Sex, age: i32, surname: &str, elder: Elder<'_>) -> Person {
        let birth = if let Elder::Twin(twin) = elder {
            twin.birth
        } else {
            let wanted = self.region.as_of - age * 365 - age / 4 - self.chance.between(0, 364);
            identity::birth_day(self.number, wanted)
        };
        let year = i32::from(day::to_date(birth).year());
        let name = match self.naming {
            NameForm::Dotted | NameForm::Bare => loop {
                let name = if self.naming == NameForm::Bare {
                    names::bare(self.chance, sex)
                } else {
                    names::dotted(self.chance, sex)
                };
                // Siblings never have the same name.
                if !matches!(elder, Elder::Sibling(e) | Elder::Twin(e) if e.name.given == name.given) {
                    break name;
                }
            },
            NameForm::Han => {
                let given = match elder {
                    _ if self.chance.yes(self.rare) => names::rare_given(self.chance, sex, year),
                    Elder::Twin(twin) => names::sibling(self.chance, sex, year, &twin.name.given, 0.6),
                    Elder::Sibling(child) => names::sibling(self.chance, sex, year, &child.name.given, 0.35),
                    Elder::None => names::given(self.chance, sex, year),
                };
                Name { surname: surname.to_owned(), given, dotted: false }
            }
        };
        let id_number = identity::id_number(self.county.index, self.number, slot, birth, sex == Sex::Male);
        // The birth day may be up to a year before the requested age, or further away for a twin.
        let age = full_years(birth, self.region.as_of);
        let has_phone = match age {
            ..14 => false,
            14..18 => self.chance.yes(0.4),
            18..70 => self.chance.yes(0.98),
            _ => self.chance.yes(0.6),
        };
        let phone = if has_phone { identity::phone(self.county.index, self.number, slot) } else { String::new() };
        let student_no = match age {
            3..24 if self.chance.yes(0.8) => format!("G{id_number}"),
            3..24 => format!("L{}{:07}{slot}", self.county.code, self.number),
            _ => String::new(),
        };
        Person {
            number: PersonNumber { county: self.county.code.parse().unwrap_or(0), household: self.number as u32, slot },
            sex,
            birth,
            name,
            id_number,
            phone,
            guardian: None,
            is_twin: false,
            student_no,
        }
    }
}
