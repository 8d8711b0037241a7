//! Faults of identities as they occur in practice: in ID number, name, birth date, phone and address.

use crate::schema::{Source, day};

use super::chance::Chance;
use super::identity;
use super::names::{self, Name, Sex};
use super::population::{Home, Household, Person};
use super::rates::Rates;
use super::record::Record;
use super::world::World;
use super::{SOURCES, lunar, misnames, purpose, whereabouts};

/// The identity fields as one row of one source holds them.
#[derive(Clone, Debug)]
pub struct WrittenIdentity {
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

impl WrittenIdentity {
    /// The correct fields of a person; the source adds contact data.
    pub fn of(person: &Person) -> WrittenIdentity {
        WrittenIdentity {
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

    /// Writes the fields into a row, together with the findings that they will cause.
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

/// A name as it is after reading, with its middle dot in normal form.
pub fn name_as_read(cell: &str) -> std::borrow::Cow<'_, str> {
    if cell.contains(misnames::DOTS) { cell.replace(misnames::DOTS, "·").into() } else { cell.into() }
}

/// The 18-digit number that a cell means once width, case, punctuation and the old 15-digit form are normalised.
pub fn meant(cell: &str) -> String {
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

/// The warnings that these fields must cause.
fn findings(seen: &WrittenIdentity) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    if seen.name.contains('?') {
        found.push(("name", "lost-characters"));
    }
    if seen.id_type == "01" && !seen.id_number.is_empty() {
        let number = meant(&seen.id_number);
        let rounded = number.len() == 18 && number.ends_with("000") && number.bytes().all(|b| b.is_ascii_digit());
        if number.contains("E+") || rounded && !identity::is_valid(&number) {
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

/// A slot in which nobody lives. Its ID number and phone number are used for people who change theirs within the
/// window.
const SPARE_SLOT: u8 = 7;

/// How many times more often than average a source leaves out parts of an identity.
struct MissingShares {
    id: f64,
    birth: f64,
    phone: f64,
}

fn gaps(source: Source) -> MissingShares {
    match source {
        // Hospitals and the police see the ID card; stations and schools have to ask.
        Source::HOSPITAL => MissingShares { id: 0.4, birth: 0.6, phone: 1.0 },
        Source::SCHOOL => MissingShares { id: 1.6, birth: 0.8, phone: 0.9 },
        Source::POLICE => MissingShares { id: 0.5, birth: 0.5, phone: 1.0 },
        _ => MissingShares { id: 1.8, birth: 1.6, phone: 1.1 },
    }
}

/// Number of characters that fit into a source's column for names.
fn name_width(source: Source) -> usize {
    match source {
        Source::HOSPITAL => 6,
        Source::STATION => 8,
        Source::SCHOOL => 10,
        _ => 7,
    }
}

/// A person as recorded by a source on a day.
pub struct ReportedRow<'r, 'a> {
    pub world: &'r World<'a>,
    pub home: &'r Household,
    pub person: &'r Person,
    pub source: Source,
    pub on: i32,
    pub place: Home,
}

/// Faults and changes that stay with a person, or with a person in one source, for all rows.
struct Lasting {
    document: bool,
    /// A new given name and the day from which it is used.
    renamed: Option<(i32, String)>,
    keeps_lunar: Option<Source>,
    /// The day from which a new ID number is used.
    new_id: Option<i32>,
    new_phone: Option<i32>,
}

impl ReportedRow<'_, '_> {
    fn rates(&self) -> &Rates {
        &self.world.rates
    }

    fn lasting(&self) -> Lasting {
        let (rates, person) = (self.rates(), self.person);
        let mut chance = person.chance(self.world.seed, purpose::IDENTITY);
        let chance = &mut chance;
        let (from, as_of) = (self.world.region.from, self.world.region.as_of);
        let some_day = |chance: &mut Chance, rate: f64| {
            let on = chance.between(from, as_of);
            chance.yes(rate).then_some(on)
        };
        let document = chance.yes(rates.other_document);
        let renamed = some_day(chance, rates.name_change);
        let lunar_source = *chance.pick(&SOURCES);
        let keeps_lunar = chance.yes(rates.birth_lunar * 4.0).then_some(lunar_source);
        // A household has one spare number, so at most one of its people can get it.
        let first = self.home.people[0].number;
        let chosen = first.household as usize % self.home.people.len();
        let new_id = some_day(chance, rates.id_changed).filter(|_| self.home.people[chosen].number == person.number);
        let new_phone = some_day(chance, rates.phone_changed).filter(|_| person.number == first);
        // Only a name with a surname and a given name can change its given name.
        let renamed = renamed.filter(|_| !person.name.dotted && !person.name.surname.is_empty()).map(|on| {
            let year = i32::from(day::to_date(person.birth).year());
            (on, names::sibling(chance, person.sex, year, &person.name.given, 0.0))
        });
        Lasting { document, renamed, keeps_lunar, new_id, new_phone }
    }

    /// Puts faults into an identity, depending on its source, person and day.
    pub fn disturb(&self, seen: &mut WrittenIdentity, chance: &mut Chance) {
        let lasting = self.lasting();
        let mut name = self.person.name.clone();
        if let Some((_, given)) = lasting.renamed.filter(|(from, _)| self.on >= *from) {
            name.given = given;
        }
        seen.name = self.name(name, chance);
        if chance.yes(self.rates().sex_wrong) {
            seen.sex = if self.person.sex == Sex::Male { Sex::Female.code() } else { Sex::Male.code() };
        }
        self.disturb_birth(seen, lasting.keeps_lunar == Some(self.source), chance);
        if lasting.document {
            self.give_document(seen);
        } else {
            if lasting.new_id.is_some_and(|from| self.on >= from) {
                let (home, n, person) = (self.home.county, self.person.number, self.person);
                let male = person.sex == Sex::Male;
                seen.id_number = identity::id_number(home, n.household.into(), SPARE_SLOT, person.birth, male);
            }
            self.disturb_number(seen, chance);
        }
        if chance.yes(self.rates().student_no_missing) {
            seen.student_no.clear();
        }
        if !seen.phone.is_empty() && lasting.new_phone.is_some_and(|from| self.on < from) {
            seen.phone = identity::phone(self.home.county, self.person.number.household.into(), SPARE_SLOT);
        }
        self.disturb_phone(seen, chance);
        if !seen.address.is_empty() && chance.yes(self.rates().address_written) {
            seen.address = whereabouts::other_address(chance, &self.world.region, self.place);
        }
    }

    fn name(&self, name: Name, chance: &mut Chance) -> String {
        let rates = self.rates();
        if chance.yes(rates.name_placeholder) {
            return (*chance.pick(&misnames::PLACEHOLDERS)).to_owned();
        }
        let misnamed = if name.dotted {
            None
        } else if chance.yes(rates.name_homophone) {
            misnames::homophone(chance, &name)
        } else if chance.yes(rates.name_fuzzy) {
            misnames::fuzzy(chance, &name)
        } else if chance.yes(rates.name_lookalike) {
            misnames::lookalike(chance, &name)
        } else if chance.yes(rates.name_traditional) {
            misnames::traditional(&name)
        } else if chance.yes(rates.name_swapped) {
            misnames::swapped(chance, &name)
        } else if chance.yes(rates.name_dropped) {
            misnames::dropped(chance, &name)
        } else if chance.yes(rates.surname_homophone) {
            misnames::surname_homophone(chance, &name)
        } else if chance.yes(rates.surname_doubled) {
            misnames::surname_doubled(&name)
        } else {
            None
        };
        let name = misnamed.unwrap_or(name);
        let mut text = if name.dotted && chance.yes(rates.name_dot) {
            misnames::other_dot(chance, &name)
        } else if misnames::has_rare(&name) && chance.yes(rates.name_lost) {
            misnames::lost(chance, &name)
        } else {
            name.full()
        };
        if let Some((end, _)) = text.char_indices().nth(name_width(self.source))
            && chance.yes(rates.name_cut)
        {
            text.truncate(end);
        }
        text
    }

    fn disturb_birth(&self, seen: &mut WrittenIdentity, lunar: bool, chance: &mut Chance) {
        let (rates, birth) = (self.rates(), self.person.birth);
        let date = day::to_date(birth);
        if lunar && let Some(written) = lunar::as_written(birth) {
            seen.birth_date = written;
        } else if chance.yes(rates.birth_missing * gaps(self.source).birth) {
            seen.birth_date.clear();
        } else if chance.yes(rates.birth_year_only) {
            seen.birth_date.truncate(if chance.yes(0.7) { 4 } else { 7 });
        } else if chance.yes(rates.birth_new_year) {
            seen.birth_date = format!("{:04}-01-01", date.year());
        } else if chance.yes(rates.birth_digit) {
            // One digit of the birth date is wrong; the result must still be a valid date.
            let (year, day) = (i32::from(date.year()), date.day() as u32);
            let tries = [(year, (day % 10) + 10), (year - 10, day), (year + 1, day), (year, day % 9 + 1)];
            let (y, d) = *chance.pick(&tries);
            if let Some(wrong) = day::from_ymd(y, date.month() as u32, d).filter(|w| *w <= birth + 400 && *w > -25_000)
            {
                seen.birth_date = day::to_iso(wrong);
            }
        } else if date.day() <= 12 && chance.yes(rates.birth_swapped) {
            seen.birth_date = format!("{:04}-{:02}-{:02}", date.year(), date.day(), date.month());
        }
    }

    fn give_document(&self, seen: &mut WrittenIdentity) {
        let n = self.person.number;
        seen.id_type = if n.household.is_multiple_of(2) { "06" } else { "03" };
        let letter = if seen.id_type == "06" { 'H' } else { 'E' };
        seen.id_number = format!("{letter}{:02}{:07}", n.county % 100, n.household * 8 + u32::from(n.slot));
    }

    fn guardian(&self) -> Option<&Person> {
        self.person.guardian.map(|g| &self.home.people[g]).filter(|_| self.person.age_on(self.on) < 18)
    }

    fn disturb_number(&self, seen: &mut WrittenIdentity, chance: &mut Chance) {
        let rates = self.rates();
        let id = seen.id_number.clone();
        if chance.yes((rates.id_missing * gaps(self.source).id).min(0.95)) {
            seen.id_number.clear();
            if chance.yes(0.5) {
                seen.id_type = "";
            }
        } else if let Some(guardian) = self.guardian().filter(|_| chance.yes(rates.id_guardian)) {
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

    fn disturb_phone(&self, seen: &mut WrittenIdentity, chance: &mut Chance) {
        let rates = self.rates();
        // A school that asks for a phone number writes the guardian's anyway.
        if seen.phone.is_empty()
            && matches!(self.source, Source::STATION | Source::HOSPITAL)
            && self.person.phone.is_empty()
            && let Some(guardian) = self.guardian()
            && chance.yes(rates.phone_guardian)
        {
            seen.phone = guardian.phone.clone();
        }
        if seen.phone.is_empty() {
            return;
        }
        if chance.yes((rates.phone_missing * gaps(self.source).phone).min(0.95)) {
            seen.phone.clear();
        } else if chance.yes(rates.phone_shared) {
            let shared = chance.pick(&self.home.people).phone.as_str();
            if !shared.is_empty() {
                seen.phone = shared.to_owned();
            }
        } else if chance.yes(rates.phone_placeholder) {
            // The same number for everybody who gave none, for example that of the reception; it lies outside the range
            // of people's numbers.
            let source = SOURCES.iter().position(|s| *s == self.source).unwrap_or_default();
            seen.phone = format!("1609999999{source}");
        } else if chance.yes(rates.phone_bad) {
            let at = seen.phone.len() - 1 - chance.below(4) as usize;
            seen.phone.truncate(at);
        }
    }
}

fn full_width(c: char) -> char {
    char::from_u32(c as u32 + 0xfee0).unwrap_or(c)
}
