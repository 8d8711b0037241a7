//! What another method would hide and show of the same exact tables.

use std::collections::BTreeMap;

use super::edition::{Protected, protect};
use super::inputs::Inputs;
use crate::error::{ErrorKind, Result};
use crate::schema::Schemas;
use crate::schema::divisions::Level;

/// Of the rows of one indicator or rollup and level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MethodShare {
    pub rows: usize,
    pub hidden: usize,
    /// Half of the width of the interval of each rounded value that has one, smallest first.
    pub half_widths: Vec<f64>,
}

impl MethodShare {
    /// Half of the width of the interval of the middle row.
    pub fn median_half_width(&self) -> Option<f64> {
        self.half_widths.get(self.half_widths.len() / 2).copied()
    }
}

/// By name of the indicator or rollup, and level.
pub type MethodShares = BTreeMap<(String, String), MethodShare>;

/// What rounding to `base` (`None`: hiding) would do to the tables of an edition; `None` where it is not safe.
///
/// # Errors
/// `Output`: a table cannot be read.
pub fn with_method(inputs: &Inputs<'_>, base: Option<i64>) -> Result<Option<MethodShares>> {
    let mut schemas: Schemas = inputs.schemas.clone();
    schemas.disclosure.public.base = base;
    let inputs = Inputs {
        catalogue: inputs.catalogue,
        schemas: &schemas,
        exact: inputs.exact.clone(),
        kinds: inputs.kinds.clone(),
        as_of: inputs.as_of,
        protection: inputs.protection,
        before: None,
    };
    match protect(&inputs) {
        Ok(protected) => Ok(Some(protected.method_shares(&schemas))),
        Err(e) if e.kind == ErrorKind::Unsafe => Ok(None),
        Err(e) => Err(e),
    }
}

impl Protected {
    fn method_shares(&self, schemas: &Schemas) -> MethodShares {
        let mut shares = MethodShares::new();
        let policy = &schemas.disclosure.public;
        let level_of = |node: u32| Level::ALL[self.divisions.tree.level[node as usize] as usize];
        for row in 0..self.rows.n.len() {
            let Some(parts) = self.shown.get(self.rows.indicator[row] as usize) else { continue };
            let (node, level) = (self.rows.node[row], level_of(self.rows.node[row]));
            if level < policy.lowest_level || !(parts.numerator || parts.denominator) {
                continue;
            }
            let share = shares.entry((parts.id.clone(), level.as_str().to_owned())).or_default();
            share.rows += 1;
            let hides = self.hidden.get(self.rows.block[row] as usize).is_some_and(|h| h.n[node as usize]);
            share.hidden += usize::from(hides);
            if let Some([low, high]) = parts.interval([self.rows.n[row], self.rows.d[row]]).filter(|_| !hides) {
                share.half_widths.push((high - low) / 2.0);
            }
        }
        for (table, of) in &self.rollups {
            let Some((rows, hidden, _)) = of else { continue };
            for (row, hides) in rows.rows.iter().zip(&hidden.hidden) {
                let level = level_of(row[0]).as_str().to_owned();
                let share = shares.entry((table.name.clone(), level)).or_default();
                share.rows += 1;
                share.hidden += usize::from(*hides);
            }
        }
        for share in shares.values_mut() {
            share.half_widths.sort_by(f64::total_cmp);
        }
        shares
    }
}
