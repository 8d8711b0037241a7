//! The fate of each row: versions of a key, voids, snapshots.

use std::collections::HashMap;

/// What became of a data row; each row has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Fate {
    Accepted,
    Rejected,
    Duplicate,
    Superseded,
    Void,
}

/// What decides a row's fate.
#[derive(Clone, Copy, Debug)]
pub struct RowState<'a> {
    /// `None` only for rejected rows.
    pub key: Option<&'a str>,
    pub content: [u8; 16],
    pub rejected: bool,
    pub void: bool,
    pub entered_at: Option<i64>,
    /// Order of the row's table by export date, path and sheet.
    pub table: u32,
    /// The table in whose export it stands: its own; of a row that mends another, that one's.
    pub place: u32,
    /// Its place among all rows; a row that mends another comes right after it.
    pub order: u64,
    /// It takes no part: a row that mends it stands for it, or what it mends is unknown.
    pub aside: bool,
    pub export_day: i32,
    /// Keys are unique within a scope: the whole county, or one folder of it.
    pub scope: u32,
}

impl RowState<'_> {
    /// Whether the row says something of its key that may stand.
    pub fn is_valid(&self) -> bool {
        self.key.is_some() && !self.rejected && !self.void && !self.aside
    }
}

/// Rows with a key and without an error, by key, then scope, then in the order of versions: by
/// `entered_at` (missing is lowest), then as given.
#[derive(Clone, Debug, Default)]
pub struct Versions(Vec<u32>);

impl Versions {
    /// Rows are given in the order of their tables and, in a table, of its rows.
    pub fn of(rows: &[RowState<'_>]) -> Self {
        let takes_part = |r: &RowState<'_>| !r.rejected && !r.aside && r.key.is_some();
        let mut order: Vec<u32> = (0..rows.len() as u32).filter(|i| takes_part(&rows[*i as usize])).collect();
        // Rows are given in table order already, and so are their places.
        order.sort_unstable_by(|a, b| {
            let (x, y) = (&rows[*a as usize], &rows[*b as usize]);
            (x.key, x.scope, x.entered_at, x.order, a).cmp(&(y.key, y.scope, y.entered_at, y.order, b))
        });
        Versions(order)
    }

    /// All versions of each key, of one scope after the other.
    pub fn by_key<'v>(&'v self, rows: &'v [RowState<'_>]) -> impl Iterator<Item = &'v [u32]> {
        self.0.chunk_by(|a, b| rows[*a as usize].key == rows[*b as usize].key)
    }

    /// The versions of a key in a scope.
    pub fn of_key(&self, rows: &[RowState<'_>], key: &str, scope: u32) -> &[u32] {
        let place = |i: &u32| (rows[*i as usize].key, rows[*i as usize].scope);
        let start = self.0.partition_point(|i| place(i) < (Some(key), scope));
        let end = start + self.0[start..].partition_point(|i| place(i) == (Some(key), scope));
        &self.0[start..end]
    }
}

/// Versions of one key, apart by scope.
pub fn by_scope<'v>(versions: &'v [u32], rows: &'v [RowState<'_>]) -> impl Iterator<Item = &'v [u32]> {
    versions.chunk_by(|a, b| rows[*a as usize].scope == rows[*b as usize].scope)
}

/// What is in force of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    /// It counts.
    Full,
    /// A newer export of a snapshot dataset stands.
    Earlier,
    /// A newer export of a snapshot dataset that is held back.
    HeldBack,
}

/// Fates of all rows of a county's dataset, and of the keys that stand or stood.
#[derive(Clone, Debug, Default)]
pub struct Fates {
    /// In the order of the rows given.
    pub of_row: Vec<Fate>,
    /// Accepted rows, sorted by key.
    pub accepted: Vec<u32>,
    /// For each known key its row: the standing one, or the last known where none stands. Keys that a
    /// void withdrew are not known. Sorted by key.
    pub known: Vec<u32>,
}

/// Decides all fates; `force` says of each table whether it counts.
///
/// The newest version of a key stands; the first of those equal to it is the accepted one. Of a snapshot
/// dataset only one export stands, and a void in another one has no effect. Rows that were rejected
/// after `versions` was made replace nothing either.
pub fn decide(rows: &[RowState<'_>], versions: &Versions, force: &[Force]) -> Fates {
    let row = |i: u32| &rows[i as usize];
    let force = |i: u32| force[row(i).place as usize];
    let mut fates = Fates {
        of_row: rows
            .iter()
            .map(|r| match (r.rejected || r.key.is_none(), r.void) {
                (true, _) => Fate::Rejected,
                (false, true) => Fate::Void,
                (false, false) => Fate::Superseded,
            })
            .collect(),
        ..Fates::default()
    };
    for of_key in versions.by_key(rows) {
        // Where two folders know a key, the standing row of the later one speaks for it.
        let mut known = None;
        for of_scope in by_scope(of_key, rows) {
            let live = || of_scope.iter().copied().filter(|i| !row(*i).rejected);
            match live().rev().find(|i| force(*i) == Force::Full) {
                Some(top) if row(top).void => {}
                Some(top) => {
                    let equal = |i: &u32| !row(*i).void && row(*i).content == row(top).content;
                    let first = live()
                        .filter(|i| force(*i) == Force::Full)
                        .find(equal)
                        .expect("the standing row equals itself");
                    // What is held back is not compared with what stands.
                    for i in live().filter(equal).filter(|i| force(*i) != Force::HeldBack) {
                        fates.of_row[i as usize] = Fate::Duplicate;
                    }
                    fates.of_row[first as usize] = Fate::Accepted;
                    fates.accepted.push(first);
                    let rank = (true, true, row(first).export_day, row(first).entered_at, first);
                    known = known.max(Some(rank));
                }
                // A key that only other exports of a snapshot dataset hold: the last of them, by export.
                None => {
                    let rank = |i: u32| (false, force(i) != Force::HeldBack, row(i).export_day, row(i).entered_at, i);
                    known = known.max(live().filter(|i| !row(*i).void).map(rank).max());
                }
            }
        }
        fates.known.extend(known.map(|(.., i)| i));
    }
    fates
}

/// Whether findings are done with, because a later version of the row's key stands.
pub struct Mending<'a> {
    rows: &'a [RowState<'a>],
    versions: &'a Versions,
    fates: &'a [Fate],
    /// By key and scope.
    last: HashMap<(&'a str, u32), Option<VersionPlace>>,
}

/// The place of a version in their order: `entered_at`, then its place among all rows.
type VersionPlace = (Option<i64>, u64);

impl<'a> Mending<'a> {
    pub fn new(rows: &'a [RowState<'a>], versions: &'a Versions, fates: &'a Fates) -> Self {
        Mending { rows, versions, fates: &fates.of_row, last: HashMap::new() }
    }

    /// Whether a version after this row, in the order of versions, stands or says what stands.
    pub fn is_done(&mut self, row: u32) -> bool {
        let of = &self.rows[row as usize];
        let Some(key) = of.key else { return false };
        let (rows, versions, fates) = (self.rows, self.versions, self.fates);
        let last = self.last.entry((key, of.scope)).or_insert_with(|| last_of(rows, versions, fates, key, of.scope));
        last.is_some_and(|last| last > (of.entered_at, of.order))
    }
}

/// The place, in the order of versions, of the last row with the same content as the accepted row of its key.
fn last_of(rows: &[RowState<'_>], versions: &Versions, fates: &[Fate], key: &str, scope: u32) -> Option<VersionPlace> {
    let valid = || versions.of_key(rows, key, scope).iter().filter(|i| rows[**i as usize].is_valid());
    let standing = valid().find(|i| fates[**i as usize] == Fate::Accepted)?;
    let content = rows[*standing as usize].content;
    let last = valid().rev().find(|i| rows[**i as usize].content == content)?;
    Some((rows[*last as usize].entered_at, rows[*last as usize].order))
}
