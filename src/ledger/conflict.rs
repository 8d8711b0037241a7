//! One key, two people: rows whose key cannot be trusted.

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;

use super::fates::{Fates, Force, RowState, Versions, by_scope};
use super::register::TableEntry;
use crate::diag::{Code, Detail, RowFinding, Severity};
use crate::error::Result;
use crate::schema::disclosing::shown_key;
use crate::schema::layout::identity_schema;
use crate::schema::{Table, day};

/// What a row states of its person, as far as it tells two people apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatedPerson {
    pub name: Option<String>,
    /// The day, and its precision: 1 year, 2 year and month, 3 full date.
    pub birth: Option<(i32, u8)>,
    /// `1` or `2`; other codes state none.
    pub sex: Option<u8>,
    /// A valid ID number.
    pub id_number: Option<String>,
}

/// The people behind rows. Identities live in the vault, which the ledger does not open itself.
pub trait StatedPeople: Sync {
    /// What rows of a table (0-based, ascending) state of their persons, in this order.
    ///
    /// # Errors
    /// `Input`: the vault cannot be read.
    fn stated(&self, table: &Table, of: &TableEntry, rows: &[u32]) -> Result<Vec<StatedPerson>>;

    /// Whether two names differ by more than sound, shape, traditional form, dot or one lost character.
    fn names_differ(&self, a: &str, b: &str) -> bool;
}

/// Rows that are clearly of different people: their names differ, and something beside them.
pub(super) fn clearly_different(people: &dyn StatedPeople, a: &StatedPerson, b: &StatedPerson) -> bool {
    let differ = |x: &Option<String>, y: &Option<String>| matches!((x, y), (Some(x), Some(y)) if x != y);
    let beside = matches!((a.sex, b.sex), (Some(x), Some(y)) if x != y)
        || differ(&a.id_number, &b.id_number)
        || matches!((a.birth, b.birth), (Some(x), Some(y)) if births_differ(x, y));
    match (&a.name, &b.name) {
        (Some(x), Some(y)) => beside && x != y && people.names_differ(x, y),
        _ => false,
    }
}

/// Births differ as far as both are given.
fn births_differ(a: (i32, u8), b: (i32, u8)) -> bool {
    let (x, y) = (day::to_date(a.0), day::to_date(b.0));
    x.year() != y.year() || a.1.min(b.1) >= 2 && x.month() != y.month() || a.1.min(b.1) >= 3 && x.day() != y.day()
}

/// What the rows of these keys state of their people, by row; of rows of a key with one content the first speaks for all.
/// Nothing for datasets without a person.
pub(super) fn stated(
    people: &dyn StatedPeople,
    table: &Table,
    (tables, starts): (&[&TableEntry], &[u32]),
    rows: &[RowState<'_>],
    keys: &[Vec<u32>],
) -> Result<HashMap<u32, StatedPerson>> {
    let mut stated = HashMap::new();
    if identity_schema(table).is_none() {
        return Ok(stated);
    }
    let mut wanted: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut same: Vec<(u32, u32)> = Vec::new();
    for of_key in keys {
        let mut first: HashMap<[u8; 16], u32> = HashMap::new();
        for &i in of_key {
            let speaker = *first.entry(rows[i as usize].content).or_insert(i);
            if speaker == i {
                wanted.entry(rows[i as usize].table).or_default().push(i);
            } else {
                same.push((i, speaker));
            }
        }
    }
    let read = |(t, of_table): (u32, Vec<u32>)| {
        let mut of_table = of_table;
        of_table.sort_unstable();
        let indexes: Vec<u32> = of_table.iter().map(|i| i - starts[t as usize]).collect();
        Ok(of_table.into_iter().zip(people.stated(table, tables[t as usize], &indexes)?).collect::<Vec<_>>())
    };
    let read: Vec<Vec<(u32, StatedPerson)>> = wanted.into_par_iter().map(read).collect::<Result<_>>()?;
    stated.extend(read.into_iter().flatten());
    for (i, speaker) in same {
        let of_speaker = stated[&speaker].clone();
        stated.insert(i, of_speaker);
    }
    Ok(stated)
}

/// Keys of which rows say different things, with what they state of their people.
pub(super) struct Contested<'p> {
    people: &'p dyn StatedPeople,
    /// Versions of each such key, without voids, as they stood before a conflict rejected any.
    keys: Vec<Vec<u32>>,
    /// By row; of rows with one content the first speaks for all. Empty for datasets without a person.
    stated: HashMap<u32, StatedPerson>,
}

impl<'p> Contested<'p> {
    /// Looks for them; only their rows are looked up in the vault.
    pub fn of(
        people: &'p dyn StatedPeople,
        table: &Table,
        tables: &[&TableEntry],
        starts: &[u32],
        rows: &[RowState<'_>],
        versions: &Versions,
    ) -> Result<Self> {
        let row = |i: u32| &rows[i as usize];
        let keys: Vec<Vec<u32>> = versions
            .by_key(rows)
            .filter(|of_key| of_key.len() > 1)
            .map(|of_key| of_key.iter().copied().filter(|i| row(*i).is_valid()).collect::<Vec<u32>>())
            .filter(|of_key| of_key.iter().any(|i| row(*i).content != row(of_key[0]).content))
            .collect();
        let stated = stated(people, table, (tables, starts), rows, &keys)?;
        Ok(Contested { people, keys, stated })
    }

    fn differ(&self, a: u32, b: u32) -> bool {
        match (self.stated.get(&a), self.stated.get(&b)) {
            (Some(a), Some(b)) => clearly_different(self.people, a, b),
            _ => false,
        }
    }

    /// Rows of keys that bear two people in one export; `exports` names the export of each table.
    pub fn in_one_export(&self, rows: &[RowState<'_>], exports: &[u32]) -> Vec<u32> {
        if self.stated.is_empty() {
            return Vec::new();
        }
        let rejected = |of_key: &Vec<u32>| {
            let mut of_export: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for &i in of_key {
                of_export.entry(exports[rows[i as usize].place as usize]).or_default().push(i);
            }
            of_export.retain(|_, of| self.holds_two(of));
            of_export.into_values().flatten().collect::<Vec<u32>>()
        };
        self.keys.par_iter().flat_map_iter(rejected).collect()
    }

    fn holds_two(&self, rows: &[u32]) -> bool {
        // Many rows may say the same of their person, or name nobody.
        let mut distinct: Vec<u32> = Vec::new();
        for &i in rows.iter().filter(|i| self.stated.get(i).is_some_and(|s| s.name.is_some())) {
            if distinct.iter().any(|d| self.stated[d] == self.stated[&i]) {
                continue;
            }
            if distinct.iter().any(|d| self.differ(*d, i)) {
                return true;
            }
            distinct.push(i);
        }
        false
    }

    /// Accepted rows whose key another export gives to somebody else. In datasets without persons: accepted rows that
    /// replaced a different row of their own export only because they come later in it. Each has the detail of
    /// its finding; where two folders give one key to different rows, both rows are accepted. `line_of` gives the line of
    /// a row.
    pub fn between_exports(
        &self,
        rows: &[RowState<'_>],
        (fates, force): (&Fates, &[Force]),
        exports: &[u32],
        line_of: &dyn Fn(u32) -> u32,
    ) -> BTreeMap<u32, Detail> {
        let row = |i: u32| &rows[i as usize];
        let export = |i: u32| exports[row(i).place as usize];
        let bears_person = !self.stated.is_empty();
        let mut warned = BTreeMap::new();
        for of_key in &self.keys {
            let standing: Vec<u32> =
                of_key.iter().copied().filter(|i| fates.of_row[*i as usize] == super::Fate::Accepted).collect();
            for &stands in &standing {
                let is_another = |i: u32| {
                    if bears_person { self.differ(i, stands) } else { row(i).content != row(stands).content }
                };
                // Of one folder one row stands.
                let detail = if standing.iter().any(|i| is_another(*i)) {
                    Some(Detail::Folders)
                } else if bears_person {
                    let conflict = of_key.iter().any(|i| export(*i) != export(stands) && is_another(*i));
                    conflict.then_some(Detail::BetweenExports)
                } else {
                    let over = by_scope(of_key, rows)
                        .filter(|of| row(of[0]).scope == row(stands).scope)
                        .find_map(|of| stands_by_place(rows, of, stands, force, exports));
                    over.map(|over| match over.iter().all(|over| row(*over).table == row(stands).table) {
                        true => {
                            let named = over.iter().take(MOST_NAMED).map(|over| line_of(*over)).collect();
                            Detail::OverLines { lines: named, more: over.len().saturating_sub(MOST_NAMED) as u64 }
                        }
                        false => Detail::OrderOnly,
                    })
                };
                warned.extend(detail.map(|detail| (stands, detail)));
            }
        }
        warned
    }
}

/// Lines that a finding names, at most.
const MOST_NAMED: usize = 10;

/// What the rows of an export say of a key at one time.
struct SaidOnce {
    content: [u8; 16],
    row: u32,
    /// A further row, which says something else.
    other: Option<u32>,
}

/// The rows of the same export that the accepted row (or one with the same content) replaced only because it comes later
/// in the export, of those that say the same the first. `versions` are those of its key.
fn stands_by_place(
    rows: &[RowState<'_>],
    versions: &[u32],
    stands: u32,
    force: &[Force],
    exports: &[u32],
) -> Option<Vec<u32>> {
    let row = |i: &u32| &rows[*i as usize];
    let mut seen: HashMap<u32, SaidOnce> = HashMap::new();
    for of_time in versions.chunk_by(|a, b| row(a).entered_at == row(b).entered_at) {
        seen.clear();
        for i in of_time.iter().filter(|i| !row(i).rejected) {
            let content = row(i).content;
            let table = row(i).place as usize;
            let said = seen.entry(exports[table]).or_insert(SaidOnce { content, row: *i, other: None });
            let over = if said.content == content { said.other } else { Some(said.row) };
            if over.is_some() && content == row(&stands).content && force[table] == Force::Full {
                let mut distinct = HashSet::from([content]);
                let before = of_time
                    .iter()
                    .take_while(|before| *before != i)
                    .filter(|before| !row(before).rejected && exports[row(before).place as usize] == exports[table]);
                return Some(before.copied().filter(|before| distinct.insert(row(before).content)).collect());
            }
            said.other = over.map(|_| if said.content == content { said.other.unwrap_or(*i) } else { *i });
        }
    }
    None
}

/// The finding about a row.
pub(super) fn finding(table: &Table, row_index: u32, key: &str, severity: Severity, detail: Detail) -> RowFinding {
    RowFinding {
        row_index,
        field: table.primary_key.first().cloned(),
        code: Code::KeyConflict,
        severity,
        until_day: None,
        value_masked: shown_key(key),
        detail,
    }
}
