//! The audit of a rollup: its small rows are hidden, and moves keep them open.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use arrow::array::{BooleanArray, Int8Array, Int32Array};

use super::batch::{NULL, each, numbers, texts, wholes};
use super::cube::Slot;
use super::faults::Audit;
use super::inputs::Inputs;
use super::rollups::{self, RollupRows};
use super::tree::Divisions;
use crate::catalogue::PublishedTable;
use crate::error::{Error, Result};

/// Rows that change together, as they were kept.
struct KeptMove {
    leading: bool,
    up: i64,
    down: i64,
    cells: Vec<(usize, i64)>,
}

/// Where an edition lies.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub public: &'a Path,
    pub disclosure: &'a Path,
}

/// Audits a rollup: each move keeps every sum, touches only what is hidden, and changes its cells by enough.
pub(super) fn audit_rollup(
    table: &PublishedTable,
    inputs: &Inputs<'_>,
    place: Place<'_>,
    divisions: &Divisions,
    found: &mut Audit,
) -> Result<()> {
    let policy = &inputs.schemas.disclosure.public;
    let Some(rows) = rollups::read(table, &inputs.exact.join(&table.file), divisions, policy)? else { return Ok(()) };
    let Some(hidden) = hidden_rows(table, &rows, place.public, found)? else { return Ok(()) };
    let moves = kept_moves(table, &rows, place.disclosure)?;
    let mut open = vec![[true; 2]; rows.rows.len()];
    for (number, kept) in &moves {
        if let Some(wrong) = move_is_wrong(&rows, &hidden, kept, policy.width()) {
            found.fault(|| format!("{} move {number}: {wrong}", table.name));
            continue;
        }
        for (cell, _) in &kept.cells {
            open[*cell][usize::from(!kept.leading)] = false;
        }
    }
    let t = policy.smallest;
    for row in 0..rows.rows.len() {
        for (which, leading) in [(0, true), (1, false)] {
            let small = rows.measures.iter().zip(&rows.values).any(|((_, m), v)| {
                let rest = m.at_most.map_or(0, |most| rows.values[most][row] - v[row]);
                (m.leading == leading && (1..t).contains(&v[row])) || (leading && (1..t).contains(&rest))
            });
            if !small {
                continue;
            }
            found.small += 1;
            if !hidden[row] {
                found.fault(|| format!("{} {:?}: small and shown", table.name, rollups::key(&rows, divisions, row)));
            } else if open[row][which] {
                found.fault(|| {
                    format!("{} {:?}: not shown to be open", table.name, rollups::key(&rows, divisions, row))
                });
            }
        }
    }
    Ok(())
}

/// Which rows are hidden; `None` where the table has not the rows of the exact one.
fn hidden_rows(
    table: &PublishedTable,
    rows: &RollupRows,
    public: &Path,
    found: &mut Audit,
) -> Result<Option<Vec<bool>>> {
    let mut hidden = vec![false; rows.rows.len()];
    let mut at = 0;
    each(&public.join(&table.file), |_, batch| {
        let shown: Vec<Vec<i64>> = rows.measures.iter().map(|(m, _)| wholes(batch, m)).collect::<Result<_>>()?;
        let status = texts(batch, "status")?;
        for row in 0..batch.num_rows() {
            if at >= rows.rows.len() {
                found.fault(|| format!("{}: more rows than the exact table", table.name));
                return Ok(());
            }
            hidden[at] = status.value(row) == "suppressed";
            let exact = shown.iter().zip(&rows.values).all(|(s, v)| s[row] == if hidden[at] { NULL } else { v[at] });
            if !exact {
                found.fault(|| format!("{} row {at}: shown otherwise than it is", table.name));
            }
            found.hidden += usize::from(hidden[at]) * shown.len();
            at += 1;
        }
        Ok(())
    })?;
    if at != rows.rows.len() {
        found.fault(|| format!("{}: fewer rows than the exact table", table.name));
        return Ok(None);
    }
    Ok(Some(hidden))
}

fn kept_moves(table: &PublishedTable, rows: &RollupRows, disclosure: &Path) -> Result<BTreeMap<u32, KeptMove>> {
    let of_file: HashMap<u32, usize> = rows.of_file.iter().enumerate().map(|(at, file)| (*file, at)).collect();
    let mut moves: BTreeMap<u32, KeptMove> = BTreeMap::new();
    each(&disclosure.join("moves.parquet"), |_, batch| {
        let (name, number, row) = (texts(batch, "rollup")?, numbers(batch, "move")?, numbers(batch, "row")?);
        let missing = || Error::bug("a column of moves");
        let sign: &Int8Array = batch.column(3).as_any().downcast_ref().ok_or_else(missing)?;
        let leading: &BooleanArray = batch.column(4).as_any().downcast_ref().ok_or_else(missing)?;
        let up: &Int32Array = batch.column(5).as_any().downcast_ref().ok_or_else(missing)?;
        let down: &Int32Array = batch.column(6).as_any().downcast_ref().ok_or_else(missing)?;
        for at in 0..batch.num_rows() {
            if name.value(at) == table.name
                && let Some(cell) = of_file.get(&row.value(at))
            {
                let kept = moves.entry(number.value(at)).or_insert_with(|| KeptMove {
                    leading: leading.value(at),
                    up: i64::from(up.value(at)),
                    down: i64::from(down.value(at)),
                    cells: Vec::new(),
                });
                kept.cells.push((*cell, i64::from(sign.value(at))));
            }
        }
        Ok(())
    })?;
    Ok(moves)
}

fn move_is_wrong(rows: &RollupRows, hidden: &[bool], kept: &KeptMove, width: i64) -> Option<&'static str> {
    let KeptMove { leading, up, down, cells } = kept;
    if *up < 0 || *down < 0 || up + down < width {
        return Some("changes too little");
    }
    if cells.iter().any(|(cell, _)| !hidden[*cell]) {
        return Some("touches what is shown");
    }
    for (cell, sign) in cells {
        for ((_, measure), values) in rows.measures.iter().zip(&rows.values) {
            let least = *if *sign > 0 { down } else { up };
            if measure.leading || !*leading {
                if values[*cell] - least < i64::from(measure.leading) {
                    return Some("takes more than there is");
                }
            } else if let Some(of) = measure.at_most
                && rows.values[of][*cell] - least < values[*cell]
            {
                return Some("makes a part more than its whole");
            }
        }
    }
    left_over(rows, cells).then_some("does not keep a sum")
}

/// Whether some sum gains by its parts other than what it gains itself. A sum is a place, slot, time, and the
/// direction in which its parts lie.
fn left_over(rows: &RollupRows, cells: &[(usize, i64)]) -> bool {
    let mut sums: BTreeMap<(u32, Slot, u32, u16), i64> = BTreeMap::new();
    let dimensions = rows.dimensions as u16;
    for (cell, sign) in cells {
        let [node, slot, time] = rows.rows[*cell];
        let slot = rows.slots[slot as usize];
        // As a part.
        if node != 0 {
            *sums.entry((rows.tree.parent[node as usize], slot, time, 0)).or_default() += sign;
        }
        let above = rows.time_parent[time as usize];
        if above != time {
            *sums.entry((node, slot, above, 1)).or_default() += sign;
        }
        // As a whole.
        if !rows.tree.children(node as usize).is_empty() {
            *sums.entry((node, slot, time, 0)).or_default() -= sign;
        }
        if rows.time_parent.iter().enumerate().any(|(t, p)| *p == time && t as u32 != time) {
            *sums.entry((node, slot, time, 1)).or_default() -= sign;
        }
        match slot {
            Slot::All => {
                for d in (0..dimensions).filter(|d| rows.single[*d as usize]) {
                    *sums.entry((node, Slot::All, time, 2 + d)).or_default() -= sign;
                }
            }
            Slot::One { dimension, value } => {
                if rows.single[dimension as usize] {
                    *sums.entry((node, Slot::All, time, 2 + dimension)).or_default() += sign;
                }
                if rows.crossed.is_some_and(|c| c.contains(&dimension)) {
                    let own = Slot::One { dimension, value };
                    *sums.entry((node, own, time, 2 + dimensions)).or_default() -= sign;
                }
            }
            Slot::Cross { first, second } => {
                let [a, b] = rows.crossed.unwrap_or_default();
                for own in [Slot::One { dimension: a, value: first }, Slot::One { dimension: b, value: second }] {
                    *sums.entry((node, own, time, 2 + dimensions)).or_default() += sign;
                }
            }
        }
    }
    sums.values().any(|v| *v != 0)
}
