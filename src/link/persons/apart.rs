//! Two people whom no pair tells apart, but their rows do.
//!
//! Twins share the birth date, the phone, the address and the guardian; where their names sound alike, a pair of
//! their rows says no more than a name that a clerk misspelt. What shows two people is how the rows stand beside
//! each other:
//!
//! - two student numbers of one school system used at one time, or by two names in one county or school year:
//!   a pupil has one;
//! - two spellings in one list that names everybody once (a county's round of screening, its register);
//! - two spellings that are each written again and again, about as often: a slip is not.
//!
//! A number that both spellings have with each other outweighs all this.

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use super::prepare::Tonight;
use crate::link::engine::cluster::{Edge, components};
use crate::link::engine::decided::Decided;
use crate::link::engine::intern::TextNumber;
use crate::link::engine::model::Thresholds;
use crate::link::engine::records::IdUse;
use crate::link::identities::policy::DatasetLists;
use crate::link::identities::population::Batch;
use crate::link::ids::{CountyNumber, ListNumber, RecordNumber, RecordPair};
use crate::schema::day;

/// Records of a component whose pairs are all looked at; of a larger one those that were compared.
const MOST_MEMBERS: usize = 160;

/// The pairs of records that are two people, those that were decided among them. `edges` are the pairs that
/// were compared.
pub fn pairs(tonight: &Tonight, edges: &[Edge], thresholds: Thresholds, decided: &Decided<'_>) -> Vec<RecordPair> {
    let mut cannot = decided.cannot.to_vec();
    let least = thresholds.least();
    let people = TonightPeople { tonight };
    let suspects: Vec<&Edge> = edges.par_iter().filter(|e| e.bits >= least && people.may_be_two(e.a, e.b)).collect();
    if suspects.is_empty() {
        return cannot;
    }
    let records = tonight.people.identities.len();
    let component = components(edges, least, records);
    let mut is_suspect = vec![false; records];
    suspects.iter().for_each(|e| is_suspect[component[e.a.index()].index()] = true);
    let is_looked_at = |record: RecordNumber| is_suspect[component[record.index()].index()];
    // Each with the least record of its component.
    let mut members: Vec<RecordPair> =
        (0..records).map(RecordNumber::new).filter(|r| is_looked_at(*r)).map(|r| (component[r.index()], r)).collect();
    members.par_sort_unstable();
    let rows = DatedRows::of(tonight, members.iter().map(|m| m.1));
    let mut of_component: HashMap<RecordNumber, Vec<&Edge>> = HashMap::new();
    suspects.iter().for_each(|e| of_component.entry(component[e.a.index()]).or_default().push(e));
    let must: HashSet<RecordPair> = decided.must.iter().map(|&(a, b)| (a.min(b), a.max(b))).collect();
    let groups: Vec<&[RecordPair]> = members.chunk_by(|a, b| a.0 == b.0).collect();
    let found: Vec<Vec<RecordPair>> = groups
        .into_par_iter()
        .map(|group| {
            let component = LinkedComponent {
                people: &people,
                rows: &rows,
                must: &must,
                members: group.iter().map(|m| m.1).collect(),
                suspects: &of_component[&group[0].0],
            };
            component.apart()
        })
        .collect();
    cannot.extend(found.into_iter().flatten());
    cannot.sort_unstable();
    cannot.dedup();
    cannot
}

/// What records state, as far as it tells people apart.
struct TonightPeople<'a> {
    tonight: &'a Tonight,
}

impl TonightPeople<'_> {
    fn student(&self, record: RecordNumber) -> TextNumber {
        let identity = record.identity();
        self.tonight.trust.own_student(identity, &self.tonight.people.identities[identity.index()])
    }

    fn own_id(&self, record: RecordNumber) -> TextNumber {
        self.tonight.trust.own_id[record.index()]
    }

    /// Not given where the name names nobody.
    fn name(&self, record: RecordNumber) -> TextNumber {
        let index = record.index();
        let trust = &self.tonight.trust;
        trust.name(&trust.silenced[index].of(self.tonight.people.identities[index]))
    }

    fn born(&self, record: RecordNumber) -> Option<i32> {
        let index = record.index();
        let i = self.tonight.trust.silenced[index].of(self.tonight.people.identities[index]);
        i.birth_date().filter(|_| i.states_birth())
    }

    /// A pair that says one person, and may be two.
    fn may_be_two(&self, a: RecordNumber, b: RecordNumber) -> bool {
        if self.own_id(a).is_given() && self.own_id(b).is_given() {
            // One number or two: that says all, but where one was copied to twins.
            return self.own_id(a) == self.own_id(b) && self.have_two_students(a, b) && self.have_two_names(a, b);
        }
        self.have_two_students(a, b) || (self.have_two_names(a, b) && !self.are_tied(a, b))
    }

    fn have_two_students(&self, a: RecordNumber, b: RecordNumber) -> bool {
        let (x, y) = (self.student(a), self.student(b));
        x.is_given() && y.is_given() && x != y
    }

    /// Two spellings, of people whose birth dates are known: of one, or of two.
    fn have_two_names(&self, a: RecordNumber, b: RecordNumber) -> bool {
        let (x, y) = (self.name(a), self.name(b));
        x.is_given() && y.is_given() && x != y && self.born(a).is_some() && self.born(b).is_some()
    }

    /// Two student numbers that two systems gave: of one a pupil has one at a time.
    fn are_of_two_systems(&self, a: RecordNumber, b: RecordNumber) -> bool {
        let texts = &self.tonight.people.texts.students;
        let system = |record: RecordNumber| {
            let number = texts.get(self.student(record));
            (number.chars().next().filter(|c| c.is_alphabetic()), number.chars().count())
        };
        system(a) != system(b)
    }

    /// Both have a number that may be the same.
    fn are_tied(&self, a: RecordNumber, b: RecordNumber) -> bool {
        let student = self.student(a);
        if student.is_given() && student == self.student(b) {
            return true;
        }
        let number = |record: RecordNumber| {
            let (identity, own) = (&self.tonight.people.identities[record.index()], self.own_id(record));
            let says = !matches!(self.tonight.trust.id_use(identity, own), IdUse::Nothing | IdUse::Shared);
            says.then_some((identity.id, own.is_given()))
        };
        // Two of which one is mistyped or masked may be one.
        number(a).zip(number(b)).is_some_and(|((x, x_is_own), (y, y_is_own))| x == y || !(x_is_own && y_is_own))
    }
}

/// Rows of the records that are looked at.
struct DatedRows {
    /// Record, list and day, ascending.
    seen: Vec<(RecordNumber, ListNumber, Option<i32>)>,
    lists: Vec<List>,
}

/// Rows of one dataset and county.
struct List {
    county: CountyNumber,
    repeats: Repeats,
}

/// Within which time a list names nobody twice.
#[derive(Clone, Copy)]
enum Repeats {
    Never,
    AfterDays(u32),
    /// Contacts of one day may be of one person.
    Always,
}

impl DatedRows {
    fn of(tonight: &Tonight, wanted: impl Iterator<Item = RecordNumber>) -> Self {
        let (batches, lists_of, records) = (&tonight.people.batches, &tonight.lists, tonight.people.identities.len());
        let mut is_wanted = vec![false; records];
        wanted.for_each(|record| is_wanted[record.index()] = true);
        let mut numbers: HashMap<(&str, &str), ListNumber> = HashMap::new();
        let mut counties: HashMap<&str, CountyNumber> = HashMap::new();
        let mut lists = Vec::new();
        let number_of_batch: Vec<ListNumber> = batches
            .iter()
            .map(|batch| {
                *numbers.entry((&batch.dataset[..], &batch.county[..])).or_insert_with(|| {
                    let next = CountyNumber::new(counties.len());
                    let county = *counties.entry(&batch.county[..]).or_insert(next);
                    let repeats = if batch.dataset == lists_of.register {
                        Repeats::Never
                    } else if batch.dataset == lists_of.screening {
                        Repeats::AfterDays(lists_of.round_days)
                    } else {
                        Repeats::Always
                    };
                    lists.push(List { county, repeats });
                    ListNumber::new(lists.len() - 1)
                })
            })
            .collect();
        let rows_of = |(batch, list): (&Batch, &ListNumber)| -> Vec<(RecordNumber, ListNumber, Option<i32>)> {
            let rows = batch.identity_of_row.iter().zip(&batch.event_days);
            let rows = rows.map(|(identity, day)| (identity.record(), *list, day));
            rows.filter(|row| is_wanted[row.0.index()]).collect()
        };
        let mut seen: Vec<_> = batches.par_iter().zip(&number_of_batch).flat_map_iter(rows_of).collect();
        seen.par_sort_unstable();
        DatedRows { seen, lists }
    }

    fn of_record(&self, record: RecordNumber) -> &[(RecordNumber, ListNumber, Option<i32>)] {
        let from = self.seen.partition_point(|row| row.0 < record);
        let count = self.seen[from..].partition_point(|row| row.0 == record);
        &self.seen[from..from + count]
    }

    /// Counties and days of a record.
    fn days(&self, record: RecordNumber) -> Vec<(CountyNumber, Option<i32>)> {
        self.of_record(record).iter().map(|&(_, list, day)| (self.lists[list.index()].county, day)).collect()
    }
}

/// Whether two days are known and lie so near.
fn are_within(day: Option<i32>, other: Option<i32>, days: u32) -> bool {
    day.zip(other).is_some_and(|(day, other)| day.abs_diff(other) <= days)
}

/// Records that pairs hold together.
struct LinkedComponent<'a> {
    people: &'a TonightPeople<'a>,
    rows: &'a DatedRows,
    must: &'a HashSet<RecordPair>,
    members: Vec<RecordNumber>,
    suspects: &'a [&'a Edge],
}

impl LinkedComponent<'_> {
    fn lists(&self) -> &DatasetLists {
        &self.people.tonight.lists
    }

    /// The year in which the school year of a day began.
    fn school_year(&self, day: Option<i32>) -> Option<i32> {
        let (year, month, _) = day::civil(day?);
        Some(year - i32::from(month < self.lists().school_year_begins))
    }

    fn apart(&self) -> Vec<RecordPair> {
        let mut apart = self.by_student_number();
        apart.extend(self.by_spelling());
        apart
    }

    /// Pairs of members, ascending; of a large component those that were compared.
    fn pairs(&self) -> Vec<RecordPair> {
        if self.members.len() > MOST_MEMBERS {
            return self.suspects.iter().map(|e| (e.a, e.b)).collect();
        }
        let after = |i: usize| self.members[i + 1..].iter().map(move |b| (self.members[i], *b));
        (0..self.members.len()).flat_map(after).collect()
    }

    fn by_student_number(&self) -> Vec<RecordPair> {
        let people = self.people;
        let ordered = |x: TextNumber, y: TextNumber| (x.min(y), x.max(y));
        let two: Vec<RecordPair> = self.pairs().into_iter().filter(|&(a, b)| people.have_two_students(a, b)).collect();
        let numbers = |(a, b): RecordPair| ordered(people.student(a), people.student(b));
        // One ID number with both, or a decision; but not where two names stand beside each other with it.
        let one_person = |&(a, b): &RecordPair| {
            self.must.contains(&(a, b))
                || (people.own_id(a).is_given() && people.own_id(a) == people.own_id(b) && !self.are_beside((a, b)))
        };
        let of_one: HashSet<(TextNumber, TextNumber)> =
            two.iter().filter(|pair| one_person(pair)).map(|pair| numbers(*pair)).collect();
        two.into_iter().filter(|pair| !of_one.contains(&numbers(*pair)) && self.are_two_pupils(*pair)).collect()
    }

    fn have_one_name(&self, (a, b): RecordPair) -> bool {
        let (name, other) = (self.people.name(a), self.people.name(b));
        name == other || !name.is_given() || !other.is_given()
    }

    /// Two names with two numbers of one school system, in one county within the days of a round.
    fn are_beside(&self, pair: RecordPair) -> bool {
        let (x, y) = (self.rows.days(pair.0), self.rows.days(pair.1));
        !self.have_one_name(pair)
            && !self.people.are_of_two_systems(pair.0, pair.1)
            && x.iter().any(|(county, day)| {
                y.iter().any(|(of, on)| county == of && are_within(*day, *on, self.lists().round_days))
            })
    }

    /// Two records with two student numbers. One name with two is one pupil whose number changed, or was once
    /// mistyped, unless both are used at one time; two names are two wherever one county or one school year
    /// holds both.
    fn are_two_pupils(&self, pair: RecordPair) -> bool {
        let (x, y) = (self.rows.days(pair.0), self.rows.days(pair.1));
        if !self.have_one_name(pair) {
            return x.iter().any(|(county, day)| {
                y.iter().any(|(of, on)| county == of || self.school_year(*day) == self.school_year(*on))
            });
        }
        !self.people.are_of_two_systems(pair.0, pair.1)
            && x.iter().any(|(county, _)| self.are_used_at_one_time(*county, &x, &y))
    }

    /// Whether two numbers are used in a county on days of one round, or each between uses of the other.
    fn are_used_at_one_time(
        &self,
        county: CountyNumber,
        x: &[(CountyNumber, Option<i32>)],
        y: &[(CountyNumber, Option<i32>)],
    ) -> bool {
        let days = |rows: &[(CountyNumber, Option<i32>)]| {
            rows.iter().filter(|row| row.0 == county).map(|row| row.1).collect::<Vec<_>>()
        };
        let (x, y) = (days(x), days(y));
        let span = |days: &[Option<i32>]| days.iter().min().copied().zip(days.iter().max().copied());
        let (Some((x_first, x_last)), Some((y_first, y_last))) = (span(&x), span(&y)) else { return false };
        let in_one_year = self.school_year(x_first) == self.school_year(y_last)
            || self.school_year(y_first) == self.school_year(x_last);
        (in_one_year && x_first <= y_last && y_first <= x_last)
            || x.iter().any(|day| y.iter().any(|on| day == on || are_within(*day, *on, self.lists().round_days)))
    }

    fn by_spelling(&self) -> Vec<RecordPair> {
        let people = self.people;
        // A name with its birth date, and another.
        let spelt = |record: RecordNumber| Some((people.name(record), people.born(record)?));
        let mut spellings: Vec<_> = self
            .suspects
            .iter()
            .filter(|e| people.have_two_names(e.a, e.b))
            .filter_map(|e| spelt(e.a).zip(spelt(e.b)))
            .map(|(x, y)| (x.min(y), x.max(y)))
            .collect();
        spellings.sort_unstable();
        spellings.dedup();
        let mut apart = Vec::new();
        for (x, y) in spellings {
            let of = |(name, born): (TextNumber, i32)| -> Vec<RecordNumber> {
                let is_of = |r: &RecordNumber| people.name(*r) == name && people.born(*r).is_none_or(|on| on == born);
                self.members.iter().copied().filter(is_of).take(MOST_MEMBERS).collect()
            };
            let (of_x, of_y) = (of(x), of(y));
            let across: Vec<RecordPair> =
                of_x.iter().flat_map(|&a| of_y.iter().map(move |&b| (a.min(b), a.max(b)))).collect();
            let is_one = |&(a, b): &RecordPair| self.must.contains(&(a, b)) || people.are_one_by_number(a, b);
            if !across.iter().any(is_one) && self.are_two_spelt(&of_x, &of_y) {
                apart.extend(across);
            }
        }
        apart
    }

    /// Two spellings of two people, by when and where they are written.
    fn are_two_spelt(&self, x: &[RecordNumber], y: &[RecordNumber]) -> bool {
        let seen = |records: &[RecordNumber]| -> Vec<(ListNumber, Option<i32>)> {
            let mut seen: Vec<(ListNumber, Option<i32>)> =
                records.iter().flat_map(|r| self.rows.of_record(*r)).map(|row| (row.1, row.2)).collect();
            seen.sort_unstable();
            seen
        };
        let (x, y) = (seen(x), seen(y));
        let of_one_list = |&(list, day): &(ListNumber, Option<i32>)| {
            y.iter().filter(|other| other.0 == list).any(|&(_, other)| match self.rows.lists[list.index()].repeats {
                Repeats::Never => true,
                Repeats::Always => false,
                Repeats::AfterDays(days) => are_within(day, other, days),
            })
        };
        if x.iter().any(of_one_list) {
            return true;
        }
        let days = |seen: &[(ListNumber, Option<i32>)]| {
            seen.iter().map(|(_, day)| *day).collect::<HashSet<Option<i32>>>().len()
        };
        let (few, many) = (days(&x).min(days(&y)), days(&x).max(days(&y)));
        few >= 2 && many <= few * self.lists().slip
    }
}

impl TonightPeople<'_> {
    /// Both have one number, or such that may be one.
    fn are_one_by_number(&self, a: RecordNumber, b: RecordNumber) -> bool {
        let (x, y) = (self.own_id(a), self.own_id(b));
        if x.is_given() && y.is_given() { x == y } else { self.are_tied(a, b) }
    }
}
