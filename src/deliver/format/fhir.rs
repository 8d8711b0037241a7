//! FHIR R4B: a Measure for each indicator, a Location for each division, a MeasureReport for each cell, as files of
//! one resource a line. Hidden cells bear a data-absent-reason.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::form::{Format, PackageContext};
use super::names::parent;
use crate::deliver::census::Census;
use crate::deliver::edition::{FeedTable, TableGroup};
use crate::deliver::output::{Folder, OutFile};
use crate::deliver::rows::{Action, DeliveredRows};
use crate::error::Result;
use crate::schema::Indicator;
use crate::schema::indicator::{Denominator, IndicatorPart, Unit};
use crate::store::hex;

const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const POPULATION: &str = "http://terminology.hl7.org/CodeSystem/measure-population";
const SCORING: &str = "http://terminology.hl7.org/CodeSystem/measure-scoring";
const UNITS: &str = "http://unitsofmeasure.org";

#[derive(Default)]
pub struct Fhir {
    reports: Option<OutFile>,
    rows: u64,
    /// Reports of rows that are gone.
    deleted: Option<OutFile>,
    deleted_rows: u64,
}

impl Format for Fhir {
    fn takes(&self, table: &FeedTable) -> bool {
        table.group() == Some(TableGroup::Indicators)
    }

    fn begin(&mut self, _: &PackageContext<'_>, _: &FeedTable, of_changes: bool, folder: &mut Folder) -> Result<()> {
        if self.reports.is_none() {
            self.reports = Some(folder.create("fhir/MeasureReport.ndjson", "fhir")?);
        }
        if of_changes && self.deleted.is_none() {
            self.deleted = Some(folder.create("fhir/deleted.ndjson", "fhir")?);
        }
        Ok(())
    }

    fn rows(
        &mut self,
        context: &PackageContext<'_>,
        _: &FeedTable,
        rows: &DeliveredRows,
        _: &mut Folder,
    ) -> Result<()> {
        let (mut text, mut deleted) = (String::new(), String::new());
        for row in 0..rows.len() {
            if rows.action(row) == Action::Withdrawn {
                let url = format!("MeasureReport/{}", report_id(rows, row));
                let entry = json!({ "request": { "method": "DELETE", "url": url } });
                let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [entry] });
                deleted.push_str(&(bundle.to_string() + "\n"));
                self.deleted_rows += 1;
            } else {
                text.push_str(&(report(context, rows, row).to_string() + "\n"));
                self.rows += 1;
            }
        }
        for (file, text) in [(&mut self.reports, text), (&mut self.deleted, deleted)] {
            if let Some(file) = file {
                file.text(&text)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, _: &PackageContext<'_>, _: &FeedTable, _: u64, _: &mut Folder) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self, context: &PackageContext<'_>, census: &Census, folder: &mut Folder) -> Result<()> {
        for (file, rows) in [(self.reports.take(), self.rows), (self.deleted.take(), self.deleted_rows)] {
            if let Some(file) = file {
                folder.close(file, None, rows)?;
            }
        }
        let indicators = context.schemas.indicators.iter().filter(|i| census.indicators.contains(&i.id));
        let measures: Vec<Value> = indicators.map(|i| measure(context, i)).collect();
        let places: Vec<Value> = census
            .divisions
            .iter()
            .map(|(code, name)| {
                let mut place = json!({
                    "resourceType": "Location",
                    "id": code,
                    "identifier": [{ "system": under(&context.feed.uri, "division"), "value": code }],
                    "status": "active",
                    "name": if name.is_empty() { code } else { name },
                    "mode": "instance",
                });
                if let Some(above) = parent(code, &census.divisions) {
                    place["partOf"] = json!({ "reference": format!("Location/{above}") });
                }
                place
            })
            .collect();
        for (path, resources) in [("fhir/Measure.ndjson", measures), ("fhir/Location.ndjson", places)] {
            let text: String = resources.iter().map(|r| r.to_string() + "\n").collect();
            folder.put(path, "fhir", resources.len() as u64, text.as_bytes())?;
        }
        Ok(())
    }
}

/// A name below the URI of the feed.
fn under(uri: &str, name: &str) -> String {
    let between = if uri.starts_with("http") { '/' } else { ':' };
    format!("{uri}{between}{name}")
}

/// What the key of a row always gives: sent again, the report takes the place of the one before.
fn report_id(rows: &DeliveredRows, row: usize) -> String {
    let text = |name: &str| rows.text(name, row).unwrap_or_default();
    let key = [text("indicator"), text("division_code"), text("period_kind"), text("period")].join("\n");
    hex(&Sha256::digest(key)[..16])
}

fn resource_id(indicator: &str) -> String {
    indicator.replace('_', "-")
}

fn measure_url(context: &PackageContext<'_>, indicator: &str) -> String {
    under(&context.feed.uri, &format!("Measure{}{}", separator(&context.feed.uri), resource_id(indicator)))
}

fn separator(uri: &str) -> char {
    if uri.starts_with("http") { '/' } else { ':' }
}

fn population(code: &str) -> Value {
    json!({ "coding": [{ "system": POPULATION, "code": code }] })
}

fn measure(context: &PackageContext<'_>, indicator: &Indicator) -> Value {
    let criteria = |part: &IndicatorPart| json!({ "description": indicator.definition, "language": "text/x-sql", "expression": part.sql() });
    let is_count = indicator.denominator == Denominator::None;
    let first = if is_count { "initial-population" } else { "numerator" };
    let mut populations = vec![json!({ "code": population(first), "criteria": criteria(&indicator.numerator) })];
    match &indicator.denominator {
        Denominator::None => {}
        Denominator::Part(part) => {
            populations.push(json!({ "code": population("denominator"), "criteria": criteria(part) }));
        }
        Denominator::Population => populations.push(json!({
            "code": population("denominator"),
            "criteria": { "description": "常住人口 resident population", "language": "text/x-sql", "expression": "population" },
        })),
    }
    let scoring = match indicator.unit {
        Unit::Count => "cohort",
        Unit::Percent => "proportion",
        Unit::Permille | Unit::PercentChange => "ratio",
    };
    json!({
        "resourceType": "Measure",
        "id": resource_id(&indicator.id),
        "url": measure_url(context, &indicator.id),
        "identifier": [{ "system": under(&context.feed.uri, "indicator"), "value": indicator.id }],
        "name": indicator.id,
        "title": format!("{} {}", indicator.zh, indicator.en),
        "status": "active",
        "description": indicator.definition,
        "scoring": { "coding": [{ "system": SCORING, "code": scoring }] },
        "group": [{ "population": populations }],
    })
}

fn absent(reason: &str) -> Value {
    json!({ "extension": [{ "url": ABSENT, "valueCode": reason }] })
}

fn report(context: &PackageContext<'_>, rows: &DeliveredRows, row: usize) -> Value {
    let text = |name: &str| rows.text(name, row).unwrap_or_default();
    let status = text("status");
    let indicator = text("indicator");
    let is_count = text("unit") == "count";
    let hidden = status == "suppressed";
    let count = |column: &str, code: &str| {
        let mut value = json!({ "code": population(code) });
        match rows.whole(column, row) {
            Some(number) => value["count"] = json!(number),
            None => value["_count"] = absent(if hidden { "masked" } else { "unknown" }),
        }
        value
    };
    let mut populations = vec![count("numerator", if is_count { "initial-population" } else { "numerator" })];
    if !is_count {
        populations.push(count("denominator", "denominator"));
    }
    let (unit, code) = match text("unit") {
        "count" => ("1", "1"),
        "permille" => ("‰", "[ppth]"),
        _ => ("%", "%"),
    };
    let score = match rows.number("value", row) {
        Some(value) => json!({ "value": value, "unit": unit, "system": UNITS, "code": code }),
        None if hidden => absent("masked"),
        None if rows.whole("denominator", row) == Some(0) => absent("not-a-number"),
        None => absent("unknown"),
    };
    let said = |name: &str| under(&context.feed.uri, name);
    json!({
        "resourceType": "MeasureReport",
        "id": report_id(rows, row),
        "extension": [
            { "url": said("status"), "valueCode": status },
            { "url": said("complete"), "valueBoolean": rows.flag("complete", row).unwrap_or(true) },
            { "url": said("period"), "valueString": text("period") },
        ],
        "status": "complete",
        "type": "summary",
        "measure": measure_url(context, indicator),
        "subject": { "reference": format!("Location/{}", text("division_code")) },
        "date": context.edition.note.published,
        "period": { "start": rows.day("period_start", row), "end": rows.day("period_end", row) },
        "group": [{ "population": populations, "measureScore": score }],
    })
}
