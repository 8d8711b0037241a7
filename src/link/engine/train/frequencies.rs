//! How common values are among the records.

use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::link::engine::intern::TextNumber;
use crate::link::engine::model::{Frequencies, Model};
use crate::link::engine::records::{FieldKind, Records, ValueTable};
use crate::link::ids::RecordNumber;

/// Shares of the values of fields that a comparison takes term frequencies of: among records, or among people where
/// it is known what part of one each record is.
pub fn count(model: &Model, records: &Records<'_>, parts: Option<&[f64]>) -> HashMap<usize, Arc<Frequencies>> {
    let mut fields: Vec<usize> = model.comparisons.iter().filter(|c| c.uses_frequencies).map(|c| c.fields[0]).collect();
    fields.sort_unstable();
    fields.dedup();
    fields.into_iter().map(|field| (field, Arc::new(of_field(field, records, parts)))).collect()
}

/// That of a place among all texts.
fn number(place: usize) -> TextNumber {
    TextNumber::of_slot(place as u32)
}

fn of_field(field: usize, records: &Records<'_>, parts: Option<&[f64]>) -> Frequencies {
    let column = records.column(field);
    let Some(values) = column.values else { return Frequencies::default() };
    let mut count = vec![0u64; values.texts.len()];
    for record in (0..records.len()).map(RecordNumber::new) {
        count[column.text(records.row(record)).index()] += 1;
    }
    count[0] = 0;
    let given: u64 = count.iter().sum();
    let share = |n: u64| n as f64 / given.max(1) as f64;
    let mut of = Frequencies { floor: rounded(share(1)), whole_floor: rounded(share(1)), ..Frequencies::default() };
    if column.kind == FieldKind::NameZh {
        of_names(&mut of, values, &count);
    } else if let Some(parts) = parts {
        let mut people = vec![0.0; values.texts.len()];
        for record in (0..records.len()).map(RecordNumber::new) {
            people[column.text(records.row(record)).index()] += parts[record.index()];
        }
        people[0] = 0.0;
        let given: f64 = people.iter().sum::<f64>().max(1.0);
        let share = |n: f64| rounded(n.max(1.0) / given);
        (of.floor, of.whole_floor) = (share(1.0), share(1.0));
        of.whole = count
            .iter()
            .zip(&people)
            .enumerate()
            .filter(|(_, (n, _))| **n > 1)
            .map(|(value, (_, &n))| (values.text(number(value)).to_owned(), share(n)))
            .collect();
    } else {
        of.whole = count
            .iter()
            .enumerate()
            .filter(|c| *c.1 > 1)
            .map(|(value, &n)| (values.text(number(value)).to_owned(), rounded(share(n))))
            .collect();
    }
    of
}

/// Shares of whole names without a surname, of surnames, and of characters of given names; `count` is by value.
fn of_names(of: &mut Frequencies, values: &ValueTable, count: &[u64]) {
    let given: u64 = count.iter().sum();
    let share = |n: u64| n as f64 / given.max(1) as f64;
    let (mut surnames, mut characters) = (BTreeMap::<String, u64>::new(), BTreeMap::<String, u64>::new());
    let mut given_names = BTreeMap::<String, u64>::new();
    let (mut with_surname, mut with_characters) = (0u64, 0u64);
    for (value, &n) in count.iter().enumerate().filter(|c| *c.1 > 0) {
        let name = values.names.get(number(value));
        if name.lost != 0 {
            continue;
        }
        if name.surname_len == 0 {
            if n >= RARE {
                of.whole.insert(values.text(number(value)).to_owned(), rounded(share(n)));
            }
            continue;
        }
        let (surname, given) = name.chars().split_at(usize::from(name.surname_len));
        *surnames.entry(surname.iter().collect()).or_default() += n;
        with_surname += n;
        if given.len() > 1 {
            *given_names.entry(given.iter().collect()).or_default() += n;
        }
        for c in given {
            *characters.entry(c.to_string()).or_default() += n;
            with_characters += n;
        }
    }
    let shares = |counts: BTreeMap<String, u64>, all: u64| -> BTreeMap<String, f64> {
        // A table of what is common; the rest has the floor, and no name of one person stands in it.
        counts.into_iter().filter(|c| c.1 >= RARE).map(|(k, n)| (k, rounded(n as f64 / all.max(1) as f64))).collect()
    };
    of.surname = shares(surnames, with_surname);
    of.given = shares(characters, with_characters);
    // 建国 is far commoner than 建 and 国 make it.
    let by_chance = |name: &str| -> f64 {
        name.chars().map(|c| of.given.get(c.encode_utf8(&mut [0; 4]) as &str).copied().unwrap_or(0.0)).product()
    };
    of.given_names = given_names
        .into_iter()
        .filter(|(_, n)| *n >= SEVERAL)
        .map(|(name, n)| (name, n as f64 / with_surname.max(1) as f64))
        .filter(|(name, share)| *share >= 2.0 * by_chance(name))
        .map(|(name, share)| (name, rounded(share)))
        .collect();
    of.floor = rounded(RARE as f64 / 2.0 / with_characters.max(1) as f64);
    of.whole_floor = rounded(RARE as f64 / 2.0 / given.max(1) as f64);
}

/// Times that a part of a name must occur to have a share of its own.
const RARE: u64 = 5;

/// Times that a given name must occur to be known as a whole.
const SEVERAL: u64 = 20;

/// Seven significant digits: what people can read, and what reads back to the same number however a
/// reader of decimals rounds.
pub fn rounded(share: f64) -> f64 {
    format!("{share:.6e}").parse().unwrap_or(share)
}
