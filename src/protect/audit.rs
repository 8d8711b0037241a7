//! Checks an edition by its witnesses, in linear time and without a solver: every small cell is hidden, what is
//! shown is exact, and the tables and moves that were kept leave each small cell open.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use arrow::array::{Array, Float64Array, RecordBatch};

use super::audit_periods::audit_periods;
use super::audit_rollup::{Place, audit_rollup};
use super::audit_rounded::audit_rounded;
use super::audit_scores::audit_scores;
use super::batch::{NULL, each, numbers, texts, wholes};
use super::blocks::{self, Block, IndicatorFiles, IndicatorRows};
use super::faults::Audit;
use super::inputs::{Inputs, is_public};
use super::seen::{Possible, Seen, parts_of};
use super::shown::ShownParts;
use super::tree::{Divisions, Tree};
use crate::catalogue::Catalogue;
use crate::error::{Result, words};
use crate::publish::column;
use crate::schema::indicator::WindowKind;

/// The indicators of an edition: their exact cells, and what of each block is hidden.
pub(super) struct Indicators {
    pub divisions: Divisions,
    rows: IndicatorRows,
    pub blocks: Vec<Block>,
    /// Numerators and denominators by block.
    pub hidden: Vec<[Vec<bool>; 2]>,
    /// What of each indicator is rounded.
    shown: Vec<ShownParts>,
}

/// Audits the edition of a snapshot: `public` holds it, `disclosure` what was kept of it.
///
/// # Errors
/// `Output`: a table cannot be read.
pub fn audit(inputs: &Inputs<'_>, public: &Path, disclosure: &Path) -> Result<Audit> {
    let mut found = Audit::default();
    let of_indicators = Indicators::see(inputs, public, &mut found)?;
    if inputs.schemas.disclosure.public.base.is_some() {
        audit_rounded(inputs, &of_indicators.divisions, &of_indicators.blocks, &of_indicators.hidden, &mut found);
    } else {
        of_indicators.try_tables(inputs, disclosure, &mut found)?;
    }
    let Indicators { divisions, blocks, hidden, .. } = &of_indicators;
    audit_periods(inputs, disclosure, divisions, blocks, hidden, &mut found)?;
    audit_scores(inputs, public, divisions, blocks, hidden, &mut found)?;
    let policy = &inputs.schemas.disclosure.public;
    for table in inputs.catalogue.tables.iter().filter(|t| t.name.starts_with("rollups/") && is_public(t, policy)) {
        audit_rollup(table, inputs, Place { public, disclosure }, divisions, &mut found)?;
    }
    Ok(found)
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
        for kind in &inputs.kinds {
            let table = Catalogue::indicators_of(*kind);
            each(&public.join(&table.file), |_, batch| {
                let rows = kept.get(at..at + batch.num_rows());
                at += batch.num_rows();
                match rows {
                    Some(rows) => self.see_rows(inputs, &table.name, rows, batch, found)?,
                    None => {
                        found.fault(|| words!("{}：行数多于精确表", "{}: more rows than the exact table", table.name))
                    }
                }
                Ok(())
            })?;
        }
        if at < kept.len() {
            found.fault(|| words!("指标表：行数少于精确表", "indicators: fewer rows than the exact tables"));
        }
        Ok(())
    }

    /// The rows of a batch are those rows of the exact tables.
    fn see_rows(
        &mut self,
        inputs: &Inputs<'_>,
        table: &str,
        exact: &[usize],
        batch: &RecordBatch,
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

    /// The tables that were kept leave each small cell open.
    fn try_tables(&self, inputs: &Inputs<'_>, disclosure: &Path, found: &mut Audit) -> Result<()> {
        let mut tables = self.kept_tables(disclosure)?;
        let policy = &inputs.schemas.disclosure.public;
        let full = &self.divisions.tree;
        for (number, block) in self.blocks.iter().enumerate() {
            let i = &inputs.schemas.indicators[block.indicator as usize];
            let [hidden_n, hidden_d] = &self.hidden[number];
            if i.window == WindowKind::Period || !hidden_n.contains(&true) {
                continue;
            }
            let nodes = blocks::nodes_of(i, policy, full);
            let tree = Tree::new(full.parent[..nodes].to_vec(), full.level[..nodes].to_vec());
            let seen = Seen {
                tree: &tree,
                n: &block.n[..nodes],
                d: parts_of(i, block, nodes),
                hidden_n: &hidden_n[..nodes],
                hidden_d: &hidden_d[..nodes],
                tables: tables.remove(&(number as u32)).unwrap_or_default().into_values().collect(),
                largest_small: policy.largest_small(&i.id),
                width: policy.width(),
            };
            for node in seen.open() {
                let (block, code) = (blocks::key_of(block), &self.divisions.codes[node]);
                found.fault(|| {
                    words!("{} {block} {code}：不能证明无法推出", "{} {block} {code}: not shown to be open", i.id)
                });
            }
        }
        Ok(())
    }

    /// By block and number of the table.
    fn kept_tables(&self, disclosure: &Path) -> Result<HashMap<u32, BTreeMap<u32, Possible>>> {
        let mut tables: HashMap<u32, BTreeMap<u32, Possible>> = HashMap::new();
        each(&disclosure.join("tables.parquet"), |_, batch| {
            let (block, table) = (numbers(batch, "block")?, numbers(batch, "table")?);
            let code = texts(batch, "division_code")?;
            let (n, d) = (wholes(batch, "numerator")?, wholes(batch, "denominator")?);
            for row in 0..batch.num_rows() {
                if let Some(node) = self.divisions.node(code.value(row)) {
                    let of = tables.entry(block.value(row)).or_default().entry(table.value(row)).or_default();
                    of.insert(node, (n[row], d[row].max(0)));
                }
            }
            Ok(())
        })?;
        Ok(tables)
    }
}
