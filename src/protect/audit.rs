//! Checks an edition by its witnesses, in linear time and without a solver: every small cell is hidden, what is
//! shown is exact, and the tables and moves that were kept leave each small cell open.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use arrow::array::{Array, BooleanArray, Int8Array, Int32Array, RecordBatch, UInt32Array};

use super::batch::{NULL, each, texts, wholes};
use super::edition::{Inputs, is_public};
use super::indicators::{self, Block, BlockHidden, IndicatorFiles, Proof};
use super::rollups;
use super::tree::{Divisions, Tree};
use crate::catalogue::{Catalogue, PublishedTable};
use crate::error::{Error, Result};
use crate::schema::disclosure::PublicPolicy;
use crate::schema::indicator::{Denominator, Unit, WindowKind};
use crate::schema::{Counts, Indicator};

const BOUNDLESS: i64 = 1 << 40;

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Small cells that were looked at.
    pub small: usize,
    /// Hidden cells of both kinds.
    pub hidden: usize,
    /// What is wrong, a line each; the first hundred.
    pub wrong: Vec<String>,
    pub wrong_in_all: usize,
}

impl Audit {
    fn fault(&mut self, line: impl FnOnce() -> String) {
        self.wrong_in_all += 1;
        if self.wrong.len() < 100 {
            self.wrong.push(line());
        }
    }
}

/// One block as an outsider sees it, and the tables that he must think possible.
struct Seen<'a> {
    tree: &'a Tree,
    n: &'a [i64],
    /// Denominators that the numerators are parts of.
    d: Option<&'a [i64]>,
    hidden_n: &'a [bool],
    hidden_d: &'a [bool],
    /// Numerator and denominator of hidden nodes, by table.
    tables: Vec<HashMap<u32, (i64, i64)>>,
    largest_small: i64,
    width: i64,
}

impl Seen<'_> {
    /// Nodes whose small numbers are not shown to be open.
    fn open(&self) -> Vec<usize> {
        let nodes = self.tree.len();
        let ranges: Vec<(i64, i64)> = self.ranges(|node| {
            if self.hidden_n[node] {
                (0, self.d.filter(|_| !self.hidden_d[node]).map_or(BOUNDLESS, |d| d[node]))
            } else {
                (self.n[node], self.n[node])
            }
        });
        let ranges_d: Vec<(i64, i64)> = self.d.map_or_else(Vec::new, |d| {
            self.ranges(|node| if self.hidden_d[node] { (1, BOUNDLESS) } else { (d[node], d[node]) })
        });
        let mut seen: Vec<[Option<(i64, i64)>; 3]> = vec![[None; 3]; nodes];
        for table in &self.tables {
            let n_of = |node: usize| {
                if self.hidden_n[node] { table.get(&(node as u32)).map(|v| v.0) } else { Some(self.n[node]) }
            };
            let d_of = |node: usize| match self.d {
                Some(_) if self.hidden_d[node] => table.get(&(node as u32)).map(|v| v.1),
                Some(d) => Some(d[node]),
                None => Some(BOUNDLESS),
            };
            // A group holds where each of its sums does, from the shown parent down.
            let mut holds = vec![true; nodes];
            for parent in 0..nodes {
                let children = self.tree.children(parent);
                if children.is_empty() {
                    continue;
                }
                let hidden = self.hidden_n[parent];
                if hidden && table.contains_key(&(parent as u32)) == false {
                    holds[parent] = false;
                }
                let sum = |of: &dyn Fn(usize) -> Option<i64>| children.clone().map(of).sum::<Option<i64>>();
                let fits = |sum: Option<i64>, whole: Option<i64>, ranges: &[(i64, i64)], open: bool| {
                    let (Some(sum), Some(whole)) = (sum, whole) else { return false };
                    let (low, high) = children.clone().fold((0, 0), |r, c| (r.0 + ranges[c].0, r.1 + ranges[c].1));
                    // A shown parent that its children contradict tells nothing of them.
                    sum == whole || (open && high == 0) || (!open && (whole < low || whole > high))
                };
                let mut right = fits(sum(&n_of), n_of(parent), &ranges, hidden);
                if self.d.is_some() {
                    right &= fits(sum(&d_of), d_of(parent), &ranges_d, self.hidden_d[parent]);
                }
                let above = !hidden || holds[parent];
                for child in children.filter(|c| self.hidden_n[*c]) {
                    holds[child] = right && above && table.contains_key(&(child as u32));
                }
                if hidden && !right {
                    holds[parent] = false;
                }
            }
            // What does not hold below does not hold above it, up to the shown parent.
            for node in (1..nodes).rev() {
                let parent = self.tree.parent(node);
                if self.hidden_n[node] && self.hidden_n[parent] && !holds[node] {
                    holds[parent] = false;
                }
            }
            for node in 0..nodes {
                if !self.hidden_n[node] || !holds[node] {
                    continue;
                }
                let (Some(n), Some(d)) = (n_of(node), d_of(node)) else { continue };
                if n < 0 || (self.d.is_some() && (n > d || d < 0)) {
                    continue;
                }
                for (seen, value) in seen[node].iter_mut().zip([n, d - n, d]) {
                    let range = seen.get_or_insert((value, value));
                    *range = (range.0.min(value), range.1.max(value));
                }
            }
        }
        let small = |value: i64| (1..=self.largest_small).contains(&value);
        let wide = |seen: Option<(i64, i64)>| seen.is_some_and(|(low, high)| high - low >= self.width);
        (0..nodes)
            .filter(|node| {
                let [n, c, d] = seen[*node];
                let i = *node;
                let of_d = self.d.is_some_and(|values| {
                    (small(values[i] - self.n[i]) && !wide(c)) || (small(values[i]) && self.hidden_d[i] && !wide(d))
                });
                self.hidden_n[i] && ((small(self.n[i]) && !wide(n)) || of_d)
            })
            .collect()
    }

    fn ranges(&self, own: impl Fn(usize) -> (i64, i64)) -> Vec<(i64, i64)> {
        let mut ranges = vec![(0, 0); self.tree.len()];
        for node in (0..self.tree.len()).rev() {
            let (low, high) = own(node);
            let children = self.tree.children(node);
            // Nobody below a hidden cell contradicts its sum: somebody of whom no child is known stands there.
            let nobody = children.clone().all(|c| ranges[c] == (0, 0));
            ranges[node] = if low == high || nobody {
                (low, high)
            } else {
                let sum = children.fold((0, 0), |r: (i64, i64), c| (r.0 + ranges[c].0, r.1 + ranges[c].1));
                (low.max(sum.0).min(high), high.min(sum.1))
            };
        }
        ranges
    }
}

fn parts_of<'b>(i: &Indicator, block: &'b Block, nodes: usize) -> Option<&'b [i64]> {
    let bounded =
        matches!(&i.denominator, Denominator::Part(p) if p.counts != Counts::Nobody) && i.unit == Unit::Percent;
    bounded.then(|| &block.d[..nodes])
}

/// Small cells of indicators that their witnesses do not keep open.
pub(super) fn open_cells(
    blocks: &[Block],
    hidden: &[BlockHidden],
    divisions: &Divisions,
    all: &[Indicator],
    policy: &PublicPolicy,
) -> Vec<String> {
    use rayon::prelude::*;
    let of = |(block, hidden): (&Block, &BlockHidden)| {
        let Proof::Tables(witness) = &hidden.witness else { return Vec::new() };
        let i = &all[block.indicator as usize];
        let named = |node: usize| format!("{} {} {}", i.id, indicators::key_of(block), divisions.codes[node]);
        let nodes = witness.group.len();
        if nodes == 0 {
            return (0..hidden.small.len()).filter(|n| hidden.small[*n]).map(named).collect();
        }
        let tree = Tree::new(divisions.tree.parent[..nodes].to_vec(), divisions.tree.level[..nodes].to_vec());
        let tables = (0..witness.tables.len())
            .map(|at| {
                let used = |node: &usize| {
                    let group = witness.group[*node];
                    group != u32::MAX && witness.used[group as usize] >> at & 1 == 1
                };
                let table = &witness.tables[at];
                let value = |node: usize| {
                    (node as u32, (table.numerators[node], table.denominators.get(node).copied().unwrap_or(0)))
                };
                (0..nodes).filter(used).map(value).collect()
            })
            .collect();
        let seen = Seen {
            tree: &tree,
            n: &block.n[..nodes],
            d: parts_of(i, block, nodes),
            hidden_n: &hidden.n[..nodes],
            hidden_d: &hidden.d[..nodes],
            tables,
            largest_small: policy.largest_small(&i.id),
            width: policy.width(),
        };
        seen.open().into_iter().map(named).collect::<Vec<String>>()
    };
    blocks.par_iter().zip(hidden).flat_map_iter(of).collect()
}

/// Audits the edition of a snapshot: `public` holds it, `disclosure` what was kept of it.
///
/// # Errors
/// `Output`: a table cannot be read.
pub fn audit(inputs: &Inputs<'_>, public: &Path, disclosure: &Path) -> Result<Audit> {
    let policy = &inputs.schemas.disclosure.public;
    let all = &inputs.schemas.indicators;
    let mut found = Audit::default();
    let kinds = inputs.kinds.iter().map(|k| (*k, inputs.exact.join(Catalogue::indicators_of(*k).file))).collect();
    let (divisions, rows, blocks) = indicators::read(&IndicatorFiles { kinds, as_of: inputs.as_of }, all)?;
    let full = divisions.tree.len();
    let mut hidden: Vec<[Vec<bool>; 2]> = blocks.iter().map(|_| [vec![false; full], vec![false; full]]).collect();
    let kept: Vec<usize> = (0..rows.n.len())
        .filter(|r| divisions.tree.level[rows.node[*r] as usize] >= policy.lowest_level as u8)
        .collect();
    // 1. What is shown is exact, and no small number is.
    let mut at = 0;
    for kind in &inputs.kinds {
        let table = Catalogue::indicators_of(*kind);
        each(&public.join(&table.file), |_, batch| {
            let (n, d) = (wholes(batch, "numerator")?, wholes(batch, "denominator")?);
            let (code, status) = (texts(batch, "division_code")?, texts(batch, "status")?);
            for row in 0..batch.num_rows() {
                let Some(global) = kept.get(at).copied() else {
                    found.fault(|| format!("{}: more rows than the exact table", table.name));
                    return Ok(());
                };
                at += 1;
                let node = rows.node[global] as usize;
                let place = || {
                    format!(
                        "{} {} {}",
                        table.name,
                        texts(batch, "indicator").map_or("", |t| t.value(row)),
                        code.value(row)
                    )
                };
                if divisions.codes[node] != code.value(row) {
                    found.fault(|| format!("{}: not the row of the exact table", place()));
                    continue;
                }
                let suppressed = status.value(row) == "suppressed";
                let block = rows.block[global];
                if suppressed != (n[row] == NULL)
                    || (!suppressed && (n[row] != rows.n[global] || d[row] != rows.d[global]))
                {
                    found.fault(|| format!("{}: shown otherwise than it is", place()));
                }
                if d[row] != NULL && d[row] != rows.d[global] {
                    found.fault(|| format!("{}: another denominator", place()));
                }
                let Some(of) = hidden.get_mut(block as usize) else { continue };
                let hides_d = suppressed && d[row] == NULL && rows.d[global] != NULL;
                found.hidden += usize::from(suppressed) + usize::from(hides_d);
                of[0][node] |= suppressed;
                of[1][node] |= hides_d;
                let i = &all[blocks[block as usize].indicator as usize];
                if is_small(i, policy, rows.n[global], rows.d[global]) {
                    found.small += 1;
                    if !suppressed {
                        found.fault(|| format!("{}: small and shown", place()));
                    }
                }
            }
            Ok(())
        })?;
    }
    if at != kept.len() {
        found.fault(|| "indicators: fewer rows than the exact tables".to_owned());
    }
    // 2. The tables that were kept leave each small cell open.
    let mut tables: BTreeMap<u32, BTreeMap<u32, HashMap<u32, (i64, i64)>>> = BTreeMap::new();
    each(&disclosure.join("tables.parquet"), |_, batch| {
        let (block, table) = (numbers(batch, "block")?, numbers(batch, "table")?);
        let code = texts(batch, "division_code")?;
        let (n, d) = (wholes(batch, "numerator")?, wholes(batch, "denominator")?);
        for row in 0..batch.num_rows() {
            if let Some(node) = divisions.node(code.value(row)) {
                let of = tables.entry(block.value(row)).or_default().entry(table.value(row)).or_default();
                of.insert(node, (n[row], d[row].max(0)));
            }
        }
        Ok(())
    })?;
    for (number, block) in blocks.iter().enumerate() {
        let i = &all[block.indicator as usize];
        if i.window == WindowKind::Period || !hidden[number][0].contains(&true) {
            continue;
        }
        let nodes = indicators::nodes_of(i, policy, &divisions.tree);
        let tree = Tree::new(divisions.tree.parent[..nodes].to_vec(), divisions.tree.level[..nodes].to_vec());
        let seen = Seen {
            tree: &tree,
            n: &block.n[..nodes],
            d: parts_of(i, block, nodes),
            hidden_n: &hidden[number][0][..nodes],
            hidden_d: &hidden[number][1][..nodes],
            tables: tables.remove(&(number as u32)).unwrap_or_default().into_values().collect(),
            largest_small: policy.largest_small(&i.id),
            width: policy.width(),
        };
        for node in seen.open() {
            found.fault(|| {
                format!("{} {} {}: not shown to be open", i.id, indicators::key_of(block), divisions.codes[node])
            });
        }
    }
    for table in inputs.catalogue.tables.iter().filter(|t| t.name.starts_with("rollups/") && is_public(t)) {
        audit_rollup(table, inputs, public, disclosure, &divisions, &mut found)?;
    }
    Ok(found)
}

fn is_small(i: &Indicator, policy: &PublicPolicy, n: i64, d: i64) -> bool {
    let small = |value: i64| (1..=policy.largest_small(&i.id)).contains(&value);
    let n_counts = i.numerator.counts != Counts::Nobody;
    let d_counts = matches!(&i.denominator, Denominator::Part(part) if part.counts != Counts::Nobody);
    (n_counts && small(n)) || (d_counts && d != NULL && (small(d) || (n_counts && small(d - n))))
}

fn numbers<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b UInt32Array> {
    let column = batch.column_by_name(name).and_then(|c| c.as_any().downcast_ref());
    column.ok_or_else(|| Error::bug(format!("no column `{name}`")))
}

/// Moves of a rollup: each keeps every sum, touches only what is hidden, and changes its cells by enough.
fn audit_rollup(
    table: &PublishedTable,
    inputs: &Inputs<'_>,
    public: &Path,
    disclosure: &Path,
    divisions: &Divisions,
    found: &mut Audit,
) -> Result<()> {
    let policy = &inputs.schemas.disclosure.public;
    let Some(rows) = rollups::read(table, &inputs.exact.join(&table.file), divisions, policy)? else { return Ok(()) };
    let mut hidden = vec![false; rows.rows.len()];
    let mut at = 0;
    each(&public.join(&table.file), |_, batch| {
        let shown: Vec<Vec<i64>> = rows.measures.iter().map(|(m, _)| wholes(batch, m)).collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            if at >= rows.rows.len() {
                found.fault(|| format!("{}: more rows than the exact table", table.name));
                return Ok(());
            }
            hidden[at] = shown[0][row] == NULL;
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
        return Ok(());
    }
    let of_file: HashMap<u32, usize> = rows.of_file.iter().enumerate().map(|(at, file)| (*file, at)).collect();
    let mut moves: BTreeMap<u32, (bool, i64, i64, Vec<(usize, i64)>)> = BTreeMap::new();
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
                let given = (leading.value(at), i64::from(up.value(at)), i64::from(down.value(at)), Vec::new());
                moves.entry(number.value(at)).or_insert(given).3.push((*cell, i64::from(sign.value(at))));
            }
        }
        Ok(())
    })?;
    let mut open = vec![[true; 2]; rows.rows.len()];
    for (number, (leading, up, down, cells)) in &moves {
        if let Some(wrong) = move_is_wrong(&rows, &hidden, *leading, *up, *down, cells, policy.width()) {
            found.fault(|| format!("{} move {number}: {wrong}", table.name));
            continue;
        }
        for (cell, _) in cells {
            open[*cell][usize::from(!leading)] = false;
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

fn move_is_wrong(
    rows: &rollups::RollupRows,
    hidden: &[bool],
    leading: bool,
    up: i64,
    down: i64,
    cells: &[(usize, i64)],
    width: i64,
) -> Option<&'static str> {
    if up < 0 || down < 0 || up + down < width {
        return Some("changes too little");
    }
    // What each sum gains by its parts, less what it gains itself: nothing is left over. A sum is a place, slot,
    // time, and the direction in which its parts lie.
    let mut sums: BTreeMap<(u32, super::cube::Slot, u32, u16), i64> = BTreeMap::new();
    let dimensions = rows.dimensions as u16;
    for (cell, sign) in cells {
        if !hidden[*cell] {
            return Some("touches what is shown");
        }
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
        use super::cube::Slot;
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
        for ((_, measure), values) in rows.measures.iter().zip(&rows.values) {
            let least = if *sign > 0 { down } else { up };
            if measure.leading || !leading {
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
    sums.values().any(|v| *v != 0).then_some("does not keep a sum")
}
