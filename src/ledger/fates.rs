//! The fate of each row: versions of a key, voids, snapshots.

use crate::schema::Load;

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
    pub export_day: i32,
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

/// Decides all fates. Rows are given in the order of their tables and, in a table, of its rows.
///
/// Versions of a key are ordered by `entered_at` (missing is lowest), then as given. The newest stands;
/// the first of those equal to it is the accepted one. Of a snapshot dataset only the newest export
/// stands (`newest` is its date), and a void in an earlier one has no effect.
pub fn decide(rows: &[RowState<'_>], load: Load, newest: i32) -> Fates {
    let mut fates = vec![Fate::Superseded; rows.len()];
    let mut order: Vec<u32> = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        if row.rejected || row.key.is_none() {
            fates[index] = Fate::Rejected;
        } else {
            if row.void {
                fates[index] = Fate::Void;
            }
            order.push(index as u32);
        }
    }
    // Rows given in table order already, so the row index breaks ties by table, then row.
    order.sort_unstable_by(|a, b| {
        let (x, y) = (&rows[*a as usize], &rows[*b as usize]);
        x.key.cmp(&y.key).then(x.entered_at.cmp(&y.entered_at)).then(a.cmp(b))
    });
    let mut accepted = Vec::new();
    let mut known = Vec::new();
    let in_force = |r: &RowState<'_>| load == Load::Upsert || r.export_day == newest;
    let mut group = 0;
    while group < order.len() {
        let key = rows[order[group] as usize].key;
        let end = group + order[group..].iter().take_while(|i| rows[**i as usize].key == key).count();
        let versions = &order[group..end];
        group = end;
        let standing = versions.iter().rev().find(|i| in_force(&rows[**i as usize]));
        match standing {
            Some(top) if rows[*top as usize].void => {}
            Some(top) => {
                let content = rows[*top as usize].content;
                let equal = |i: &&u32| !rows[**i as usize].void && rows[**i as usize].content == content;
                let first = *versions
                    .iter()
                    .filter(|i| in_force(&rows[**i as usize]))
                    .find(equal)
                    .expect("the standing row equals itself");
                for i in versions.iter().filter(equal) {
                    fates[*i as usize] = Fate::Duplicate;
                }
                fates[first as usize] = Fate::Accepted;
                accepted.push(first);
                known.push(first);
            }
            // A key that only earlier exports of a snapshot dataset hold: the last of them, by export.
            None => {
                let last = versions
                    .iter()
                    .filter(|i| !rows[**i as usize].void)
                    .max_by_key(|i| (rows[**i as usize].export_day, rows[**i as usize].entered_at, **i));
                known.extend(last);
            }
        }
    }
    Fates { of_row: fates, accepted, known }
}
