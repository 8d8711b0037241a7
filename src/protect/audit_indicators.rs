//! The audit of indicators: what is shown is exact, no small cell is, and the tables that were kept leave each open.

use std::collections::HashSet;
use std::path::Path;

use arrow::array::{Array, Float64Array, RecordBatch};
use rayon::prelude::*;

use super::batch::{NULL, each, numbers, texts, wholes};
use super::blocks::{self, Block, IndicatorFiles, IndicatorRows, shorter};
use super::faults::Audit;
use super::inputs::Inputs;
use super::linked_parts::PartLinks;
use super::open_cells::parts_of;
use super::open_points::OpenPoint;
use super::possible::Possible;
use super::rules::LATE_NUMBERS;
use super::seen::SeenCells;
use super::shown::ShownParts;
use super::tree::DivisionTree;
use super::windows::{CellFlags, window_series};
use crate::catalogue::{Catalogue, POSSIBLE_TABLES};
use crate::error::{Result, words};
use crate::publish::column;
use crate::schema::indicator::WindowKind;

/// The indicators of an edition: their exact cells, and what of each block is hidden.
pub(super) struct Indicators {
    pub divisions: DivisionTree,
    rows: IndicatorRows,
    pub blocks: Vec<Block>,
    /// Numerators and denominators by block.
    pub hidden: Vec<[Vec<bool>; 2]>,
    /// What of each indicator is rounded.
    shown: Vec<ShownParts>,
}

/// What earlier editions showed of the numbers of today.
#[derive(Default)]
pub(super) struct ToldBefore {
    /// Of cells that are hidden now: block, 0 for the numerator or 1 for the denominator, and node.
    pub cells: HashSet<(usize, u8, usize)>,
    /// Numerators and denominators, hidden now or not, by block; nothing where there is no earlier edition.
    pub numbers: Vec<[Vec<bool>; 2]>,
    /// Rows of rollups that are not of a crossing, of periods that go on, or to which few came late, by table.
    pub rows: HashSet<(String, usize)>,
    /// Windows that went on when they were shown.
    pub open: Vec<OpenPoint>,
}

impl Indicators {
    /// Reads the exact cells and what the public edition shows of them.
    pub fn see(inputs: &Inputs<'_>, public: &Path, found: &mut Audit) -> Result<Self> {
        let kinds = inputs.kinds.iter().map(|k| (*k, inputs.exact.join(Catalogue::indicators_of(*k).file))).collect();
        let files = IndicatorFiles { kinds, as_of: inputs.as_of };
        let (divisions, rows, blocks) = blocks::read(&files, &inputs.schemas.indicators)?;
        let full = divisions.tree.len();
        let hidden = blocks.iter().map(|_| [vec![false; full], vec![false; full]]).collect();
        let policy = &inputs.schemas.disclosure.public;
        let shown = inputs.schemas.indicators.iter().map(|i| ShownParts::of(i, policy)).collect();
        let mut of_indicators = Indicators { divisions, rows, blocks, hidden, shown };
        of_indicators.see_what_is_shown(inputs, public, found)?;
        Ok(of_indicators)
    }

    /// What is shown is exact, and no small number is.
    fn see_what_is_shown(&mut self, inputs: &Inputs<'_>, public: &Path, found: &mut Audit) -> Result<()> {
        let lowest = inputs.schemas.disclosure.public.lowest_level as u8;
        let level = |row: &usize| self.divisions.tree.level[self.rows.node[*row] as usize];
        let kept: Vec<usize> = (0..self.rows.n.len()).filter(|row| level(row) >= lowest).collect();
        let mut at = 0;
        // What any table shows, another hides in vain.
        let mut told: Vec<[Vec<bool>; 2]> = self.hidden.clone();
        for kind in &inputs.kinds {
            let table = Catalogue::indicators_of(*kind);
            each(&public.join(&table.file), |_, batch| {
                let rows = kept.get(at..at + batch.num_rows());
                at += batch.num_rows();
                match rows {
                    Some(rows) => self.see_rows((inputs, &table.name), rows, batch, &mut told, found)?,
                    None => {
                        found.fault(|| words!("{}：行数多于精确表", "{}: more rows than the exact table", table.name))
                    }
                }
                Ok(())
            })?;
        }
        self.take_back(inputs, &told, found);
        if at < kept.len() {
            found.fault(|| words!("指标表：行数少于精确表", "indicators: fewer rows than the exact tables"));
        }
        Ok(())
    }

    /// What one table hides of a block and another shows is not hidden.
    fn take_back(&mut self, inputs: &Inputs<'_>, told: &[[Vec<bool>; 2]], found: &mut Audit) {
        for ((block, hidden), told) in self.blocks.iter().zip(&mut self.hidden).zip(told) {
            for (hidden, told) in hidden.iter_mut().zip(told) {
                for node in (0..told.len()).filter(|node| told[*node]) {
                    if !std::mem::take(&mut hidden[node]) {
                        continue;
                    }
                    found.fault(|| {
                        let id = &inputs.schemas.indicators[block.indicator as usize].id;
                        let (key, code) = (blocks::key_of(block), &self.divisions.codes[node]);
                        words!(
                            "{id} {key} {code}：在一张表中隐去，在另一张表中却显示了出来",
                            "{id} {key} {code}: hidden in one table and shown in another"
                        )
                    });
                }
            }
        }
    }

    /// The rows of a batch are those rows of the exact tables; `told` notes the numerators and denominators that it
    /// shows, by block.
    fn see_rows(
        &mut self,
        (inputs, table): (&Inputs<'_>, &str),
        exact: &[usize],
        batch: &RecordBatch,
        told: &mut [[Vec<bool>; 2]],
        found: &mut Audit,
    ) -> Result<()> {
        let (n, d) = (wholes(batch, "numerator")?, wholes(batch, "denominator")?);
        let (id, code, status) = (texts(batch, "indicator")?, texts(batch, "division_code")?, texts(batch, "status")?);
        let value: &Float64Array = column(batch, "value")?;
        let rows = &self.rows;
        for (row, global) in exact.iter().copied().enumerate() {
            let node = rows.node[global] as usize;
            let place = || format!("{table} {} {}", id.value(row), code.value(row));
            if self.divisions.codes[node] != code.value(row) {
                found.fault(|| words!("{}：与精确表的行不对应", "{}: not the row of the exact table", place()));
                continue;
            }
            let suppressed = status.value(row) == "suppressed";
            let block = rows.block[global];
            let hides = [suppressed, suppressed && d[row] == NULL];
            let parts = self.shown.get(rows.indicator[global] as usize);
            let shown = parts.and_then(|p| p.row(status.value(row), [rows.n[global], rows.d[global]], hides));
            let rounds = shown.is_some();
            let shows = |value: i64| (value != NULL).then_some(value);
            let right = match shown {
                Some(shown) => {
                    let of_value = value.is_valid(row).then(|| value.value(row));
                    let is_state = shown.status == status.value(row);
                    is_state
                        && shown.numerator == shows(n[row])
                        && shown.denominator == shows(d[row])
                        && shown.value == of_value
                }
                None => {
                    (suppressed == (n[row] == NULL) && !(suppressed && value.is_valid(row)))
                        && (suppressed || (n[row] == rows.n[global] && d[row] == rows.d[global]))
                        && (d[row] == NULL || d[row] == rows.d[global])
                }
            };
            if !right {
                found.fault(|| words!("{}：显示的值与实际不符", "{}: shown otherwise than it is", place()));
            }
            let Some(of) = self.hidden.get_mut(block as usize) else { continue };
            let hides_d = suppressed && d[row] == NULL && rows.d[global] != NULL;
            found.hidden += usize::from(suppressed) + usize::from(hides_d);
            of[0][node] |= suppressed;
            of[1][node] |= hides_d;
            if let Some(told) = told.get_mut(block as usize) {
                told[0][node] |= !suppressed;
                told[1][node] |= d[row] != NULL;
            }
            let i = &inputs.schemas.indicators[self.blocks[block as usize].indicator as usize];
            if blocks::is_small(i, &inputs.schemas.disclosure.public, rows.n[global], rows.d[global]) {
                found.small += 1;
                if !suppressed && !rounds {
                    found.fault(|| words!("{}：数值小，却显示了出来", "{}: small and shown", place()));
                }
            }
        }
        Ok(())
    }

    /// No hidden cell is the difference of two others that are shown.
    pub fn try_parts(&self, inputs: &Inputs<'_>, found: &mut Audit) {
        let (policy, indicators) = (&inputs.schemas.disclosure.public, &inputs.schemas.indicators);
        for (at, node) in PartLinks::of(policy, indicators, &self.blocks).given_away(&self.hidden) {
            let (block, code) = (&self.blocks[at], &self.divisions.codes[node]);
            let (id, key) = (&indicators[block.indicator as usize].id, blocks::key_of(block));
            found.fault(|| {
                words!("{id} {key} {code}：由另外两个数可以推出", "{id} {key} {code}: two others give it away")
            });
        }
    }

    /// The tables that were kept leave each small cell open, to one who knows besides what `told` says: of each block,
    /// numerators and denominators that an earlier edition showed.
    pub fn try_tables(
        &self,
        inputs: &Inputs<'_>,
        disclosure: &Path,
        told: &ToldBefore,
        found: &mut Audit,
    ) -> Result<()> {
        let tables = self.kept_tables(disclosure)?;
        let watched = self.try_windows(inputs, told, found);
        let policy = &inputs.schemas.disclosure.public;
        let full = &self.divisions.tree;
        let open_of = |(number, block): (usize, &Block)| {
            let i = &inputs.schemas.indicators[block.indicator as usize];
            let [hidden_n, hidden_d] = &self.hidden[number];
            if i.window == WindowKind::Period || !hidden_n.contains(&true) {
                return Vec::new();
            }
            let nodes = blocks::nodes_of(i, policy, full);
            let tree = shorter(full, nodes);
            let without = |hidden: &[bool], side: u8| -> Vec<bool> {
                (0..nodes).map(|node| hidden[node] && !told.cells.contains(&(number, side, node))).collect()
            };
            let seen = SeenCells {
                tree: &tree,
                n: &block.n[..nodes],
                d: parts_of(i, block, nodes),
                hidden_n: &without(hidden_n, 0),
                hidden_d: &without(hidden_d, 1),
                watched: watched[number].as_ref().map_or([&[]; 2], |[n, d]| [&n[..nodes], &d[..nodes]]),
                tables: &tables[number],
                largest_small: policy.largest_small(&i.id),
                width: policy.width(),
            };
            seen.open()
        };
        let open: Vec<Vec<usize>> = self.blocks.par_iter().enumerate().map(open_of).collect();
        for (block, open) in self.blocks.iter().zip(open) {
            let id = &inputs.schemas.indicators[block.indicator as usize].id;
            for node in open {
                let (block, code) = (blocks::key_of(block), &self.divisions.codes[node]);
                found.fault(|| {
                    words!("{id} {block} {code}：不能证明无法推出", "{id} {block} {code}: not shown to be open")
                });
            }
        }
        Ok(())
    }

    /// No two windows that are shown tell of few; gives what is hidden because it would, by block.
    fn try_windows(&self, inputs: &Inputs<'_>, told: &ToldBefore, found: &mut Audit) -> Vec<Option<CellFlags>> {
        let full = self.divisions.tree.len();
        let mut watched: Vec<Option<CellFlags>> = self.blocks.iter().map(|_| None).collect();
        if inputs.protection < LATE_NUMBERS {
            return watched;
        }
        let (policy, indicators) = (&inputs.schemas.disclosure.public, &inputs.schemas.indicators);
        let numbers: Vec<Option<CellFlags>> = told.numbers.iter().cloned().map(Some).collect();
        let before = (&numbers[..], &told.open[..], None);
        let hides = |block: usize, side: usize, node: usize| self.hidden[block][side][node];
        for (nodes, series) in window_series(indicators, policy, &self.divisions.tree, &self.blocks, before) {
            let faults = series.audit(nodes, &hides);
            for (block, _, node) in faults.shown {
                let (block, code) = (&self.blocks[block], &self.divisions.codes[node]);
                let (id, key) = (&indicators[block.indicator as usize].id, blocks::key_of(block));
                found.fault(|| {
                    words!(
                        "{id} {key} {code}：与另一个十二个月的数相减，可推出其间少数人的数",
                        "{id} {key} {code}: less another window of twelve months it tells of few people in between"
                    )
                });
            }
            for (block, side, node) in faults.watched {
                watched[block].get_or_insert_with(|| [vec![false; full], vec![false; full]])[side][node] = true;
            }
        }
        watched
    }

    /// By block.
    fn kept_tables(&self, disclosure: &Path) -> Result<Vec<Possible>> {
        let mut tables: Vec<Possible> = vec![Possible::default(); self.blocks.len()];
        each(&disclosure.join(POSSIBLE_TABLES), |_, batch| {
            let (block, table) = (numbers(batch, "block")?, numbers(batch, "table")?);
            let code = texts(batch, "division_code")?;
            let (n, d) = (wholes(batch, "numerator")?, wholes(batch, "denominator")?);
            for row in 0..batch.num_rows() {
                if let (Some(of), Some(node)) =
                    (tables.get_mut(block.value(row) as usize), self.divisions.node(code.value(row)))
                {
                    of.push(table.value(row) as u32, node, [n[row], d[row].max(0)]);
                }
            }
            Ok(())
        })?;
        Ok(tables)
    }
}
