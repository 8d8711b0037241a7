//! Faults of identities as the field makes them: of a number, a name, a birth date, a phone.

use crate::schema::{Source, day};

use super::chance::Chance;
use super::emit::World;
use super::identity;
use super::life::purpose;
use super::lunar;
use super::names;
use super::population::{Household, Person};
use super::record::Record;

/// An identity block as one row of one source holds it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub name: String,
    pub id_type: &'static str,
    pub id_number: String,
    pub sex: &'static str,
    pub birth_date: String,
    pub phone: String,
    pub residence_code: String,
    pub address: String,
    pub student_no: String,
}

impl Seen {
    /// The block as it should be; contact data is for the source to add.
    pub fn of(person: &Person) -> Seen {
        Seen {
            name: person.name.full(),
            id_type: "01",
            id_number: person.id_number.clone(),
            sex: person.sex.code(),
            birth_date: day::to_iso(person.birth),
            phone: String::new(),
            residence_code: String::new(),
            address: String::new(),
            student_no: String::new(),
        }
    }

    /// Writes the block into a row, with the findings that it will cause.
    pub fn write(self, record: &mut Record<'_>) {
        record.findings = findings(&self);
        record.set("name", self.name);
        record.set("id_type", self.id_type);
        record.set("id_number", self.id_number);
        record.set("sex", self.sex);
        record.set("birth_date", self.birth_date);
        record.set("phone", self.phone);
        record.set("residence_code", self.residence_code);
        record.set("address", self.address);
        if !self.student_no.is_empty() {
            record.set("student_no", self.student_no);
        }
    }
}

/// The 18-digit number that a cell means once widths, case, signs and the old form are set right.
fn meant(cell: &str) -> String {
    let mut plain: String = cell
        .chars()
        .filter_map(|c| match c {
            ' ' => None,
            '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32),
            'x' | 'Ｘ' => Some('X'),
            c => Some(c),
        })
        .collect();
    if plain.len() == 15 && plain.bytes().all(|b| b.is_ascii_digit()) {
        plain.insert_str(6, "19");
        plain.push(identity::check_character(&plain));
    }
    plain
}

/// Warnings that an identity block must cause.
fn findings(seen: &Seen) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    if seen.id_type == "01" && !seen.id_number.is_empty() {
        let number = meant(&seen.id_number);
        if number.contains("E+") || number.ends_with("000") && !identity::is_valid(&number) && number.len() == 18 {
            found.push(("id_number", "id-number-damaged"));
        } else if !identity::is_valid(&number) {
            found.push(("id_number", "id-number-checksum"));
        } else {
            let inside = format!("{}-{}-{}", &number[6..10], &number[10..12], &number[12..14]);
            if !seen.birth_date.is_empty() && !inside.starts_with(&seen.birth_date) {
                found.push(("birth_date", "id-number-mismatch"));
            }
            let male = number.as_bytes()[16] % 2 == 1;
            if (seen.sex == "1") != male {
                found.push(("sex", "id-number-mismatch"));
            }
        }
    }
    let digits = seen.phone.chars().filter(char::is_ascii_digit).count();
    if !seen.phone.is_empty() && digits != 11 {
        found.push(("phone", "phone-format"));
    }
    found
}

const PLACEHOLDER_IDS: [&str; 3] = ["111111111111111111", "000000000000000000", "123456789012345678"];

/// Gives an identity block the faults that its source, its person and the day have in store.
pub fn disturb(
    seen: &mut Seen,
    world: &World<'_>,
    home: &Household,
    person: &Person,
    source: Source,
    on: i32,
    chance: &mut Chance,
) {
    let rates = &world.rates;
    // Faults of the person, or of the person in one source, do not change from row to row.
    let mut lasting = person.chance(world.seed, purpose::IDENTITY);
    let document = lasting.yes(rates.other_document);
    let renamed = lasting.yes(rates.name_change);
    let renamed_on = lasting.between(world.region.from, world.region.as_of);
    let lunar_source = *lasting.pick(&Source::EXPORTS);
    let keeps_lunar = lasting.yes(rates.birth_lunar * 4.0);
    let new_given = names::given(&mut lasting, person.sex, i32::from(day::to_date(person.birth).year()));

    let mut name = person.name.clone();
    if renamed && on >= renamed_on && !name.dotted {
        name.given = new_given;
        seen.name = name.full();
    }
    disturb_name(seen, rates, &name, chance);
    disturb_birth(seen, rates, person, keeps_lunar && source == lunar_source, chance);
    let guardian = person.guardian.map(|g| &home.people[g]).filter(|_| person.age_on(on) < 18);
    if document {
        seen.id_type = if person.number.household.is_multiple_of(2) { "06" } else { "03" };
        let letter = if seen.id_type == "06" { 'H' } else { 'E' };
        let n = person.number;
        seen.id_number = format!("{letter}{:02}{:07}", n.county % 100, n.household * 8 + u32::from(n.slot));
    } else {
        let missing = match source {
            Source::Hospital => 0.4,
            Source::School => 1.6,
            Source::Police => 0.5,
            _ => 1.8,
        };
        disturb_number(seen, rates, missing, guardian, chance);
    }
    disturb_phone(seen, rates, home, source, chance);
}

fn disturb_name(seen: &mut Seen, rates: &super::rates::Rates, name: &names::Name, chance: &mut Chance) {
    let changed = if name.dotted {
        chance.yes(rates.name_dot).then(|| names::other_dot(chance, name))
    } else if names::has_rare(name) && chance.yes(rates.name_lost) {
        Some(names::lost(chance, name))
    } else if chance.yes(rates.name_homophone) {
        names::homophone(chance, name).map(|n| n.full())
    } else if chance.yes(rates.name_lookalike) {
        names::lookalike(chance, name).map(|n| n.full())
    } else if chance.yes(rates.name_traditional) {
        names::traditional(name).map(|n| n.full())
    } else {
        None
    };
    if let Some(changed) = changed {
        seen.name = changed;
    }
}

fn disturb_birth(seen: &mut Seen, rates: &super::rates::Rates, person: &Person, lunar: bool, chance: &mut Chance) {
    let date = day::to_date(person.birth);
    if lunar && let Some(written) = lunar::as_written(person.birth) {
        seen.birth_date = written;
    } else if chance.yes(rates.birth_missing) {
        seen.birth_date.clear();
    } else if chance.yes(rates.birth_year_only) {
        seen.birth_date.truncate(if chance.yes(0.7) { 4 } else { 7 });
    } else if chance.yes(rates.birth_new_year) {
        seen.birth_date = format!("{:04}-01-01", date.year());
    } else if chance.yes(rates.birth_digit) {
        // A digit of the day or the year is off; what comes out must be a day of the calendar.
        let (year, day) = (i32::from(date.year()), date.day() as u32);
        let tries = [(year, (day % 10) + 10), (year - 10, day), (year + 1, day), (year, day % 9 + 1)];
        let (y, d) = *chance.pick(&tries);
        if let Some(wrong) =
            day::from_ymd(y, date.month() as u32, d).filter(|w| *w <= person.birth + 400 && *w > -25_000)
        {
            seen.birth_date = day::to_iso(wrong);
        }
    }
}

fn disturb_number(
    seen: &mut Seen,
    rates: &super::rates::Rates,
    missing: f64,
    guardian: Option<&Person>,
    chance: &mut Chance,
) {
    let id = seen.id_number.clone();
    if chance.yes((rates.id_missing * missing).min(0.95)) {
        seen.id_number.clear();
        if chance.yes(0.5) {
            seen.id_type = "";
        }
    } else if let Some(guardian) = guardian.filter(|_| chance.yes(rates.id_guardian)) {
        seen.id_number = guardian.id_number.clone();
    } else if chance.yes(rates.id_placeholder) {
        seen.id_number = (*chance.pick(&PLACEHOLDER_IDS)).to_owned();
    } else if chance.yes(rates.id_digit_wrong) {
        let at = chance.below(17) as usize;
        let old = id.as_bytes()[at] - b'0';
        let new = (u64::from(old) + 1 + chance.below(9)) % 10;
        seen.id_number.replace_range(at..=at, &new.to_string());
    } else if chance.yes(rates.id_swapped) {
        let pairs: Vec<usize> = (6..16).filter(|i| id.as_bytes()[*i] != id.as_bytes()[*i + 1]).collect();
        if !pairs.is_empty() {
            let at = *chance.pick(&pairs);
            let swapped: String = [&id[at + 1..at + 2], &id[at..=at]].concat();
            seen.id_number.replace_range(at..at + 2, &swapped);
        }
    } else if chance.yes(rates.id_fifteen) && &id[6..8] == "19" {
        seen.id_number = format!("{}{}", &id[..6], &id[8..17]);
    } else if chance.yes(rates.id_masked) {
        seen.id_number = format!("{}********{}", &id[..6], &id[14..]);
    } else if chance.yes(rates.id_excel) {
        let rounded = format!("{}000", &id[..15]);
        seen.id_number = if chance.yes(0.5) || identity::is_valid(&rounded) {
            format!("{}.{}E+17", &id[..1], &id[1..6])
        } else {
            rounded
        };
    } else if chance.yes(rates.id_full_width) {
        seen.id_number = id.chars().map(full_width).collect();
    } else if id.ends_with('X') && chance.yes(rates.id_lower_x) {
        seen.id_number = id.replace('X', "x");
    } else if chance.yes(rates.id_full_width) {
        seen.id_number = format!(" {id} ");
    }
}

fn full_width(c: char) -> char {
    char::from_u32(c as u32 + 0xfee0).unwrap_or(c)
}

fn disturb_phone(seen: &mut Seen, rates: &super::rates::Rates, home: &Household, source: Source, chance: &mut Chance) {
    if seen.phone.is_empty() {
        return;
    }
    if chance.yes(rates.phone_missing) {
        seen.phone.clear();
    } else if chance.yes(rates.phone_shared) {
        let shared = &home.people[chance.below(home.people.len() as u64) as usize].phone;
        if !shared.is_empty() {
            seen.phone = shared.clone();
        }
    } else if chance.yes(rates.phone_placeholder) {
        // One number for everybody who gave none: the reception's.
        seen.phone = format!("1600000000{}", source as u8);
    } else if chance.yes(rates.phone_bad) {
        let at = seen.phone.len() - 1 - chance.below(4) as usize;
        seen.phone.truncate(at);
    }
}
