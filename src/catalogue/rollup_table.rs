//! The table of a rollup.

use super::table::{Column, ColumnRole, ColumnType, Edition, Key, PublishedTable, ROLLUPS, Sensitivity};
use super::words::CatalogueWords;
use crate::schema::rollup::Dimension;
use crate::schema::{Facts, Rollup, RollupMeasure};

/// What files say of every rollup.
const TITLE: &str = "汇总 Rollup: counts by division, period and dimensions; `_all` is counted anew, never summed";

pub(super) fn rollup(rollup: &Rollup, facts: &Facts) -> PublishedTable {
    let mut columns = vec![
        Column::key("level", Key::Level),
        Column::key("division_code", Key::Division),
        Column::new("division_name", ColumnType::Text, ColumnRole::Label),
        Column::key("period_kind", Key::PeriodKind),
        Column::key("period", Key::Period),
        Column::new("complete", ColumnType::Flag, ColumnRole::Label),
    ];
    columns.extend(rollup.dimensions.iter().map(|d| dimension(d, rollup)));
    let sorted_by = columns.len();
    columns.extend(rollup.measures.iter().map(|m| measure(m, rollup, facts)));
    let name = &rollup.name;
    PublishedTable {
        name: format!("{ROLLUPS}{name}"),
        file: file(name),
        editions: Edition::ALL.to_vec(),
        title: CatalogueWords { zh: rollup.zh.clone(), en: rollup.en.clone(), in_files: TITLE.to_owned() },
        columns,
        crossed: rollup.cross.clone(),
        sorted_by,
    }
}

/// Path of a rollup's table below the folder of an edition.
pub(super) fn file(name: &str) -> String {
    format!("{ROLLUPS}{name}/{name}.parquet")
}

fn dimension(d: &Dimension, rollup: &Rollup) -> Column {
    let words = format!("{} {}: a code, `unknown` where not given, `_all` where not broken down", d.zh, d.en);
    let in_files = d.in_files.clone().unwrap_or(words);
    let key = Key::Dimension { single_valued: d.fact == rollup.fact };
    let words = CatalogueWords { zh: d.zh.clone(), en: d.en.clone(), in_files };
    Column::described(&d.name, ColumnType::Text, ColumnRole::Key(key), words)
}

fn measure(m: &RollupMeasure, rollup: &Rollup, facts: &Facts) -> Column {
    let sensitivity = Sensitivity {
        counts: m.counts,
        of: m.of.clone(),
        part_of: m.part_of.clone(),
        adds_up: rollup.adds_up(m, facts),
    };
    Column::described(&m.name, ColumnType::Whole, ColumnRole::Measure(sensitivity), CatalogueWords::new(&m.zh, &m.en))
}
