//! Rows of marked workbooks: which rows they mend, and where among the versions they stand.
//!
//! A row that came back takes the place of the row that it mends, and of every other row that says the very same of the
//! same key: in the export in which that stands, right after it. So a workbook of a few rows is never a new export of a
//! register, a newer export stands over what was mended in an older one, and an export that repeats the old fault does
//! not bring it back. A row that is sent back as it was is not even read.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use arrow::array::{Array, RecordBatch, UInt32Array};

use super::exports::Exports;
use super::fates::RowState;
use super::register::TableEntry;
use crate::schema::Load;
use crate::schema::layout::ROW_NUMBER;
use crate::schema::mending::RowMark;

/// What marked workbooks do to the rows of a partition.
#[derive(Default)]
pub(super) struct Mended {
    /// Rows of which a mended version came: what was found about them is done with.
    done: HashSet<u32>,
    /// Those among them whose mended version says something else.
    changed: HashSet<u32>,
    /// Rows that somebody found right as they are, and all that say the same.
    right: HashSet<u32>,
    /// Of each table, its rows that take no part because what they mend is unknown.
    pub unknown: Vec<u64>,
}

/// What a row says, and of which key, as far as rows that say the same can be told.
type SaidRows<'a> = (&'a str, [u8; 16], bool, u32);

/// Rows that say the same, ascending, and the rows that mend them, in the order in which they came.
#[derive(Default)]
struct MendedGroup {
    targets: BTreeSet<u32>,
    mends: Vec<u32>,
}

impl MendedGroup {
    /// Puts a row that came back as a workbook had shown it right after the row that it repeats: it says nothing new,
    /// and takes nothing back that was said in between.
    fn put_beside(&mut self, states: &mut [RowState<'_>], is_unchanged: &dyn Fn(u32, usize) -> bool) {
        for at in 0..self.mends.len() {
            let row = self.mends[at];
            if !is_unchanged(row, states[row as usize].table as usize) {
                continue;
            }
            let content = states[row as usize].content;
            let repeated = self.mends[..at].iter().rposition(|of| states[*of as usize].content == content);
            if let Some(before) = repeated {
                states[row as usize].order = states[self.mends[before] as usize].order;
                self.mends[before + 1..=at].rotate_right(1);
            }
        }
    }

    /// The last valid row that mends.
    fn stands(&self, states: &[RowState<'_>]) -> Option<u32> {
        let is_valid = |row: &&u32| !states[**row as usize].rejected && states[**row as usize].key.is_some();
        self.mends.iter().rev().find(is_valid).copied()
    }
}

/// Rows that bear the mark of another row and a key of their own: a row was copied, mark and all, and made a new one. The
/// row that it is a copy of is the one with the key of the row that both name, or else the first.
fn copies(of_table: &[(u32, Vec<u32>)], states: &[RowState<'_>]) -> BTreeSet<u32> {
    let mut by_target: HashMap<u32, Vec<u32>> = HashMap::new();
    for (row, of) in of_table.iter().filter(|(row, _)| states[*row as usize].key.is_some()) {
        of.first().into_iter().for_each(|target| by_target.entry(*target).or_default().push(*row));
    }
    let key_of = |row: u32| states[row as usize].key;
    let mut copies = BTreeSet::new();
    for (target, rows) in by_target.into_iter().filter(|(_, rows)| rows.len() > 1) {
        let own = rows.iter().find(|row| key_of(**row) == key_of(target)).unwrap_or(&rows[0]);
        copies.extend(rows.iter().filter(|row| key_of(**row) != key_of(*own)));
    }
    copies
}

/// Keys that rows which mend different ones were given: a spreadsheet program that writes `3.70832E+14` does it to all.
fn keys_of_several<'a>(groups: &BTreeMap<u32, MendedGroup>, states: &[RowState<'a>]) -> HashSet<&'a str> {
    let (mut once, mut twice) = (HashSet::new(), HashSet::new());
    for key in groups.values().filter_map(|g| g.stands(states)).filter_map(|row| states[row as usize].key) {
        if !once.insert(key) {
            twice.insert(key);
        }
    }
    twice
}

impl Mended {
    /// Whether a mended version of a row came.
    pub fn is_done(&self, row: u32) -> bool {
        self.done.contains(&row)
    }

    /// Whether a mended version of a row came that says something else.
    pub fn is_changed(&self, row: u32) -> bool {
        self.changed.contains(&row)
    }

    /// Whether somebody found a row right as it is.
    pub fn is_right(&self, row: u32) -> bool {
        self.right.contains(&row)
    }

    /// Puts the rows of marked workbooks where they belong, and sets aside those for which they stand.
    pub fn lay(
        (load, exports): (Load, &Exports),
        tables: &[&TableEntry],
        batches: &[RecordBatch],
        starts: &[u32],
        states: &mut [RowState<'_>],
    ) -> Self {
        let mut mended = Mended { unknown: vec![0; tables.len()], ..Mended::default() };
        if tables.iter().all(|t| t.mends.is_none()) {
            return mended;
        }
        let lines = MendedLines { tables, batches, starts };
        let meant = lines.meant(states);
        mended.right = lines.right(states);
        let same = same_rows(&meant, tables, states);
        let mut groups: BTreeMap<u32, MendedGroup> = BTreeMap::new();
        for (row, of) in meant {
            // What was wrong in a workbook that was sent again under its name was never said.
            if exports.gone[states[row as usize].table as usize] && states[row as usize].rejected {
                mended.done.insert(row);
                continue;
            }
            let mut targets: BTreeSet<u32> = of.iter().copied().collect();
            for i in &of {
                targets.extend(said(&states[*i as usize]).and_then(|said| same.get(&said)).into_iter().flatten());
            }
            let Some(last) = targets.last().copied() else {
                let state = &mut states[row as usize];
                let elsewhere = exports.elsewhere[state.table as usize];
                if load == Load::Snapshot || elsewhere {
                    state.aside = true;
                    mended.unknown[state.table as usize] += u64::from(!state.rejected || elsewhere);
                }
                // Where the row lies is wrong, and all that is said of it because it lies there.
                if elsewhere {
                    mended.done.insert(row);
                }
                continue;
            };
            let anchor = states[last as usize];
            let state = &mut states[row as usize];
            (state.place, state.export_day, state.scope) = (anchor.place, anchor.export_day, anchor.scope);
            state.order = (anchor.order >> 32 << 32) | (u64::from(row) + 1);
            state.aside = anchor.aside;
            let group = groups.entry(last).or_default();
            group.targets.extend(targets);
            group.mends.push(row);
        }
        let is_unchanged =
            |row: u32, t: usize| tables[t].mends.as_ref().is_some_and(|mends| mends.is_unchanged(row - starts[t]));
        groups.values_mut().for_each(|group| group.put_beside(states, &is_unchanged));
        let twice = keys_of_several(&groups, states);
        // Rows that are given one key contradict each other, and none of them stands for anything.
        let contradicts = |group: &MendedGroup| {
            group.stands(states).and_then(|row| states[row as usize].key).is_some_and(|key| twice.contains(key))
        };
        let groups: Vec<MendedGroup> = groups.into_values().filter(|group| !contradicts(group)).collect();
        groups.into_iter().for_each(|group| mended.stand_for(group, states));
        mended
    }

    /// The last valid row that mends a row stands for it.
    fn stand_for(&mut self, group: MendedGroup, states: &mut [RowState<'_>]) {
        let before = || group.targets.iter().chain(group.mends.iter().rev().skip(1)).copied();
        let last = group.mends.last().map(|row| states[*row as usize].content);
        self.done.extend(before());
        self.changed.extend(before().filter(|row| Some(states[*row as usize].content) != last));
        let Some(stands) = group.stands(states) else { return };
        let (content, void) = (states[stands as usize].content, states[stands as usize].void);
        // A withdrawal is the newest version of its key and needs nobody's place.
        if void {
            return;
        }
        let earlier = group.mends.into_iter().take_while(|row| *row != stands);
        for row in group.targets.into_iter().chain(earlier) {
            let state = &mut states[row as usize];
            state.aside |= state.content != content;
        }
    }
}

/// The lines of all files of a partition.
struct MendedLines<'a> {
    tables: &'a [&'a TableEntry],
    batches: &'a [RecordBatch],
    starts: &'a [u32],
}

impl MendedLines<'_> {
    /// The rows that each row of a marked workbook mends: none where it does not say, or what it says is unknown.
    fn meant(&self, states: &[RowState<'_>]) -> Vec<(u32, Vec<u32>)> {
        let mut meant = Vec::new();
        for (t, mends) in self.tables.iter().enumerate().filter_map(|(t, entry)| Some((t, entry.mends.as_ref()?))) {
            let of_table: Vec<(u32, Vec<u32>)> = (0..self.batches[t].num_rows())
                .map(|r| (self.starts[t] + r as u32, mends.mark(r).map_or_else(Vec::new, |mark| self.find(&mark, t))))
                .collect();
            // Where only some columns were sorted, marks stand beside other rows: then the key says which row is meant.
            let mut by_key: HashMap<&str, &Vec<u32>> = HashMap::new();
            for of in of_table.iter().map(|(_, of)| of) {
                if let Some(key) = of.first().and_then(|i| states[*i as usize].key) {
                    by_key.insert(key, of);
                }
            }
            let exchanged = |row: u32, of: &Vec<u32>| {
                let (key, of_key) = (states[row as usize].key?, states[*of.first()? as usize].key?);
                (key != of_key).then_some(key)
            };
            let copies = copies(&of_table, states);
            for (row, of) in of_table.iter().filter(|(row, _)| !copies.contains(row)) {
                let of = match exchanged(*row, of) {
                    None => of.clone(),
                    Some(key) => match by_key.get(key) {
                        Some(of) => (*of).clone(),
                        // A new key may be given to a row; that of another row makes it a version of that one.
                        None if self.is_known(key, states) => Vec::new(),
                        None => of.clone(),
                    },
                };
                meant.push((*row, of));
            }
            meant.extend(copies.into_iter().map(|row| (row, Vec::new())));
        }
        meant.sort_unstable_by_key(|(row, _)| *row);
        meant
    }

    /// Rows that were found right, and all that say the very same of the same key.
    fn right(&self, states: &[RowState<'_>]) -> HashSet<u32> {
        let mut found: HashSet<SaidRows<'_>> = HashSet::new();
        for (t, mends) in self.tables.iter().enumerate().filter_map(|(t, entry)| Some((t, entry.mends.as_ref()?))) {
            let here = mends.right().iter().map(|row| self.starts[t] + row);
            let sent = mends.right_as_sent().flat_map(|mark| self.find(&mark, t));
            found.extend(here.chain(sent).filter_map(|row| said(&states[row as usize])));
        }
        if found.is_empty() {
            return HashSet::new();
        }
        let says_it = |row: &u32| said(&states[*row as usize]).is_some_and(|said| found.contains(&said));
        (0..states.len() as u32).filter(says_it).collect()
    }

    /// Whether a row that mends no other has this key.
    fn is_known(&self, key: &str, states: &[RowState<'_>]) -> bool {
        states.iter().any(|s| s.key == Some(key) && self.tables[s.table as usize].mends.is_none())
    }

    /// The rows that a mark names: the file may have come under several names.
    fn find(&self, mark: &RowMark, but: usize) -> Vec<u32> {
        let mut found = Vec::new();
        let others = self.tables.iter().enumerate().filter(|(t, _)| *t != but);
        for (t, _) in others.filter(|(_, entry)| mark.is_of(&entry.sha256, entry.sheet_index)) {
            let numbers: &UInt32Array = self.batches[t]
                .column_by_name(ROW_NUMBER)
                .and_then(|c| c.as_any().downcast_ref())
                .expect("the column of row numbers");
            found.extend(numbers.values().binary_search(&mark.row).ok().map(|r| self.starts[t] + r as u32));
        }
        found
    }
}

fn said<'a>(state: &RowState<'a>) -> Option<SaidRows<'a>> {
    Some((state.key?, state.content, state.rejected, state.scope))
}

/// Rows, ascending, that say the same as those which are mended; without rows that mend.
fn same_rows<'a>(
    meant: &[(u32, Vec<u32>)],
    tables: &[&TableEntry],
    states: &[RowState<'a>],
) -> HashMap<SaidRows<'a>, Vec<u32>> {
    let origins = meant.iter().flat_map(|(_, of)| of);
    let mut same: HashMap<SaidRows<'a>, Vec<u32>> =
        origins.filter_map(|i| said(&states[*i as usize])).map(|said| (said, Vec::new())).collect();
    for (i, state) in states.iter().enumerate().filter(|(_, s)| tables[s.table as usize].mends.is_none()) {
        if let Some(rows) = said(state).and_then(|said| same.get_mut(&said)) {
            rows.push(i as u32);
        }
    }
    same
}
