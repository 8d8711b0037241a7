//! Checks an edition by its witnesses, in linear time and without a solver: every small cell is hidden, what is
//! shown is exact, and the tables and moves that were kept leave each small cell open.

use std::path::Path;

use rayon::prelude::*;

use super::audit_indicators::Indicators;
use super::audit_periods::audit_periods;
use super::audit_rollup::{RollupPlace, audit_rollup};
use super::audit_rounded::audit_rounded;
use super::audit_scores::audit_scores;
use super::faults::Audit;
use super::history::{EarlierEdition, audit_history};
use super::inputs::{Inputs, is_public};
use super::shared_numbers::SharedNumbers;
use crate::catalogue::PublishedTable;
use crate::error::Result;

/// Audits the edition of a snapshot, by itself and against `earlier` ones: `public` holds it, `disclosure` what was kept
/// of it.
///
/// # Errors
/// `Output`: a table cannot be read.
pub fn audit(inputs: &Inputs<'_>, public: &Path, disclosure: &Path, earlier: &[EarlierEdition]) -> Result<Audit> {
    let mut found = Audit::default();
    let of_indicators = Indicators::see(inputs, public, &mut found)?;
    let told = audit_history(inputs, public, &of_indicators, earlier, &mut found)?;
    if inputs.schemas.disclosure.public.base.is_some() {
        audit_rounded(inputs, &of_indicators.divisions, &of_indicators.blocks, &of_indicators.hidden, &mut found);
    } else {
        of_indicators.try_tables(inputs, disclosure, &told, &mut found)?;
        of_indicators.try_parts(inputs, &mut found);
    }
    let Indicators { divisions, blocks, hidden, .. } = &of_indicators;
    let shared = SharedNumbers::of(inputs.schemas, divisions, blocks).of_epoch(inputs.protection);
    audit_periods(inputs, disclosure, &of_indicators, &told, &mut found)?;
    audit_scores(inputs, public, divisions, blocks, hidden, &mut found)?;
    let policy = &inputs.schemas.disclosure.public;
    let is_rollup = |t: &&PublishedTable| t.rollup().is_some() && is_public(t, policy);
    let rollups: Vec<&PublishedTable> = inputs.catalogue.tables.iter().filter(is_rollup).collect();
    let audited = |table: &&PublishedTable| {
        let mut found = Audit::default();
        audit_rollup(table, inputs, RollupPlace { public, disclosure }, (&of_indicators, &shared, &told), &mut found)?;
        Ok(found)
    };
    for of_rollup in rollups.par_iter().map(audited).collect::<Result<Vec<_>>>()? {
        found.add(of_rollup);
    }
    Ok(found)
}
