//! SDMX-CSV 2.0: one file an indicator table or rollup, with the structures in `structure.xml`.

use super::form::{Format, PackageContext};
use super::names::{sdmx_code, sdmx_frequency, sdmx_period};
use super::sdmx_structure::{self, VERSION, dimension_id, flow_id};
use crate::deliver::census::Census;
use crate::deliver::edition::{Audience, FeedTable, TableGroup};
use crate::deliver::output::{Folder, OutFile};
use crate::deliver::rows::{Action, DeliveredRows, csv_cell};
use crate::error::Result;

/// What follows the measure in every file.
const ATTRIBUTES: [&str; 4] = ["OBS_STATUS", "CONF_STATUS", "STATUS", "COMPLETE"];

#[derive(Default)]
pub struct Sdmx {
    indicators: Option<OutFile>,
    indicator_rows: u64,
    rollup: Option<OutFile>,
    rollup_rows: u64,
    rollups: Vec<FeedTable>,
    text: String,
}

impl Format for Sdmx {
    fn takes(&self, table: &FeedTable) -> bool {
        matches!(table.group(), Some(TableGroup::Indicators | TableGroup::Rollups))
    }

    fn begin(&mut self, _: &PackageContext<'_>, table: &FeedTable, _: bool, folder: &mut Folder) -> Result<()> {
        let of_indicators = table.group() == Some(TableGroup::Indicators);
        if of_indicators && self.indicators.is_some() {
            return Ok(());
        }
        let id = flow_id(table);
        let mut file = folder.create(&format!("sdmx/{id}.csv"), "sdmx-csv")?;
        let mut columns: Vec<String> =
            ["STRUCTURE", "STRUCTURE_ID", "ACTION", "FREQ", "REF_AREA"].map(Into::into).into();
        if of_indicators {
            columns.push("INDICATOR".to_owned());
        } else {
            columns.extend(table.dimensions().iter().map(|d| dimension_id(d)));
            columns.push("MEASURE".to_owned());
        }
        columns.extend(["TIME_PERIOD", "OBS_VALUE"].map(Into::into));
        columns.extend(ATTRIBUTES.map(Into::into));
        if of_indicators {
            columns.extend(["NUMERATOR", "DENOMINATOR", "UNIT_MEASURE"].map(Into::into));
        }
        file.text(&(columns.join(",") + "\n"))?;
        if of_indicators {
            self.indicators = Some(file);
        } else {
            (self.rollup, self.rollup_rows) = (Some(file), 0);
            self.rollups.push(table.clone());
        }
        Ok(())
    }

    fn rows(
        &mut self,
        context: &PackageContext<'_>,
        table: &FeedTable,
        rows: &DeliveredRows,
        _: &mut Folder,
    ) -> Result<()> {
        let start = format!("dataflow,{}:{}({VERSION})", context.feed.agency, flow_id(table));
        let dimensions = table.dimensions();
        let measures = table.measures();
        for row in 0..rows.len() {
            let action = match rows.action(row) {
                Action::Whole | Action::Corrected => "R",
                Action::New => "A",
                Action::Withdrawn => "D",
            };
            let text = |name: &str| rows.text(name, row).unwrap_or_default();
            let (kind, period) = (text("period_kind"), sdmx_period(text("period")));
            let area = format!("{start},{action},{},{}", sdmx_frequency(kind), text("division_code"));
            let withdrawn = rows.action(row) == Action::Withdrawn;
            if table.group() == Some(TableGroup::Indicators) {
                self.text.push_str(&format!("{area},{},{period},", sdmx_code(text("indicator"))));
                match withdrawn {
                    true => self.text.push_str(",,,,,,,"),
                    false => self.observation(context, rows, row),
                }
                self.text.push('\n');
                self.indicator_rows += 1;
                continue;
            }
            let mut key = area;
            for dimension in &dimensions {
                key.push(',');
                key.push_str(&csv_cell(&sdmx_code(text(dimension))));
            }
            for measure in &measures {
                self.text.push_str(&format!("{key},{},{period},", sdmx_code(measure)));
                if withdrawn {
                    self.text.push_str(",,,,");
                } else {
                    let value = rows.whole(measure, row);
                    self.text.push_str(&value.map(|v| v.to_string()).unwrap_or_default());
                    let status = match value {
                        None => "suppressed",
                        Some(_) if text("status") == "rounded" => "rounded",
                        Some(_) => "ok",
                    };
                    self.text.push_str(&attributes(context.feed.audience, status, rows.flag("complete", row)));
                }
                self.text.push('\n');
                self.rollup_rows += 1;
            }
        }
        let file = if table.group() == Some(TableGroup::Indicators) { &mut self.indicators } else { &mut self.rollup };
        if let Some(file) = file {
            file.text(&self.text)?;
        }
        self.text.clear();
        Ok(())
    }

    fn end(&mut self, _: &PackageContext<'_>, _: &FeedTable, _: u64, folder: &mut Folder) -> Result<()> {
        match self.rollup.take() {
            Some(file) => folder.close(file, None, self.rollup_rows),
            None => Ok(()),
        }
    }

    fn finish(&mut self, context: &PackageContext<'_>, census: &Census, folder: &mut Folder) -> Result<()> {
        let with_indicators = self.indicators.is_some();
        if let Some(file) = self.indicators.take() {
            folder.close(file, None, self.indicator_rows)?;
        }
        let text = sdmx_structure::message(context, census, with_indicators, &self.rollups);
        folder.put("sdmx/structure.xml", "sdmx-structure", 0, text.as_bytes())
    }
}

impl Sdmx {
    /// The value of an indicator and what is said of it.
    fn observation(&mut self, context: &PackageContext<'_>, rows: &DeliveredRows, row: usize) {
        let number = |v: Option<String>| v.unwrap_or_default();
        let status = rows.text("status", row).unwrap_or_default();
        self.text.push_str(&number(rows.number("value", row).map(|v| v.to_string())));
        self.text.push_str(&attributes(context.feed.audience, status, rows.flag("complete", row)));
        let whole = |name: &str| number(rows.whole(name, row).map(|v| v.to_string()));
        let unit = sdmx_code(rows.text("unit", row).unwrap_or_default());
        self.text.push_str(&format!(",{},{},{unit}", whole("numerator"), whole("denominator")));
    }
}

/// OBS_STATUS, CONF_STATUS, our own state, and whether the period had ended.
fn attributes(audience: Audience, status: &str, complete: Option<bool>) -> String {
    let complete = complete.unwrap_or(true);
    let observation = match status {
        "suppressed" => "Q",
        "no_data" => "O",
        "partial" => "U",
        _ if !complete => "P",
        _ => "A",
    };
    // One word for all hidden cells: which were small and which protect others is said to nobody.
    let confidentiality = match (status, audience) {
        ("suppressed", _) => "C",
        (_, Audience::Public) => "F",
        (_, Audience::Superior) => "N",
    };
    format!(",{observation},{confidentiality},{status},{}", if complete { "Y" } else { "N" })
}
