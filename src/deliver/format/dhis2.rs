//! DHIS2: data values, and the metadata to import before them. Hidden cells have no data value.

use serde_json::{Value, json};

use super::elements::{KINDS, SIDES, data_set_code, element_code, remark, sides};
use super::form::{Format, PackageContext};
use super::names::{dhis2_period, dhis2_period_type, parent, uid};
use crate::deliver::census::Census;
use crate::deliver::edition::{FeedTable, TableGroup};
use crate::deliver::output::{Folder, OutFile};
use crate::deliver::rows::{Action, DeliveredRows};
use crate::error::Result;
use crate::schema::Indicator;
use crate::schema::indicator::{Denominator, Unit};

/// The category combination that every DHIS2 has: of data that are not broken down.
const DEFAULT_COMBO: &str = "bjDvmb4bfuf";

#[derive(Default)]
pub struct Dhis2 {
    values: Option<DataValues>,
    /// Values that were withdrawn or are hidden now: the receiver is to delete them.
    deleted: Option<DataValues>,
}

/// A file of data values.
struct DataValues {
    file: OutFile,
    rows: u64,
    text: String,
}

impl DataValues {
    fn begin(folder: &Folder, path: &str) -> Result<DataValues> {
        let mut file = folder.create(path, "dhis2")?;
        file.text("{\"dataElementIdScheme\":\"UID\",\"orgUnitIdScheme\":\"UID\",\"dataValues\":[")?;
        Ok(DataValues { file, rows: 0, text: String::new() })
    }

    fn add(&mut self, value: &Value) {
        self.text.push_str(if self.rows == 0 { "\n" } else { ",\n" });
        self.text.push_str(&value.to_string());
        self.rows += 1;
    }

    fn put(&mut self) -> Result<()> {
        self.file.text(&self.text)?;
        self.text.clear();
        Ok(())
    }

    fn finish(mut self, folder: &mut Folder) -> Result<()> {
        self.put()?;
        self.file.text("\n]}\n")?;
        folder.close(self.file, None, self.rows)
    }
}

impl Format for Dhis2 {
    fn takes(&self, table: &FeedTable) -> bool {
        table.group() == Some(TableGroup::Indicators)
    }

    fn begin(&mut self, _: &PackageContext<'_>, _: &FeedTable, of_changes: bool, folder: &mut Folder) -> Result<()> {
        if self.values.is_none() {
            self.values = Some(DataValues::begin(folder, "dhis2/dataValueSets.json")?);
        }
        if of_changes && self.deleted.is_none() {
            self.deleted = Some(DataValues::begin(folder, "dhis2/delete.json")?);
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
        for row in 0..rows.len() {
            let text = |name: &str| rows.text(name, row).unwrap_or_default();
            let (indicator, kind) = (text("indicator"), text("period_kind"));
            let declared = context.schemas.indicator(indicator);
            for (column, side) in declared.map_or(&SIDES[..], sides) {
                let mut value = json!({
                    "dataElement": uid("dataElement", &element_code(indicator, kind, side)),
                    "period": dhis2_period(text("period")),
                    "orgUnit": uid("organisationUnit", text("division_code")),
                });
                match (rows.action(row), rows.whole(column, row)) {
                    (Action::Whole | Action::New | Action::Corrected, Some(number)) => {
                        value["value"] = json!(number.to_string());
                        if let Some(remark) = remark(rows, row) {
                            value["comment"] = json!(remark);
                        }
                        if let Some(values) = &mut self.values {
                            values.add(&value);
                        }
                    }
                    // What stood there before must not stay.
                    (Action::Withdrawn | Action::Corrected, None) => {
                        value["deleted"] = json!(true);
                        if let Some(deleted) = &mut self.deleted {
                            deleted.add(&value);
                        }
                    }
                    _ => {}
                }
            }
        }
        for values in [&mut self.values, &mut self.deleted].into_iter().flatten() {
            values.put()?;
        }
        Ok(())
    }

    fn end(&mut self, _: &PackageContext<'_>, _: &FeedTable, _: u64, _: &mut Folder) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self, context: &PackageContext<'_>, census: &Census, folder: &mut Folder) -> Result<()> {
        for values in [self.values.take(), self.deleted.take()].into_iter().flatten() {
            values.finish(folder)?;
        }
        folder.json("dhis2/metadata.json", "dhis2-metadata", &metadata(context, census))
    }
}

/// A number that is sent.
fn element(code: &str, name: &str, description: &str) -> Value {
    json!({
        "id": uid("dataElement", code),
        "code": code,
        "name": name,
        "shortName": code,
        "description": description,
        "domainType": "AGGREGATE",
        "valueType": "INTEGER",
        // Distinct persons of parts are not those of the whole: nothing may be added up.
        "aggregationType": "NONE",
        "zeroIsSignificant": true,
        "categoryCombo": { "id": DEFAULT_COMBO },
    })
}

/// An indicator of a kind of period, which DHIS2 makes of its numerator and denominator.
fn rate(indicator: &Indicator, kind: &str) -> Value {
    let of = |side: &str| format!("#{{{}}}", uid("dataElement", &element_code(&indicator.id, kind, side)));
    let (numerator, denominator) = match (indicator.unit, &indicator.denominator) {
        (_, Denominator::None) => (of("N"), "1".to_owned()),
        (Unit::PercentChange, _) => (format!("{}-{}", of("N"), of("D")), of("D")),
        _ => (of("N"), of("D")),
    };
    let code = format!("{}_{}", indicator.id, super::names::kind_code(kind));
    json!({
        "id": uid("indicator", &code),
        "code": code,
        "name": format!("{} {}", indicator.zh, kind_zh(kind)),
        "shortName": code,
        "description": indicator.definition,
        "annualized": false,
        "indicatorType": { "id": uid("indicatorType", type_name(indicator.unit)) },
        "numerator": numerator,
        "numeratorDescription": "分子 numerator",
        "denominator": denominator,
        "denominatorDescription": "分母 denominator",
    })
}

/// What must be imported before the data values.
fn metadata(context: &PackageContext<'_>, census: &Census) -> Value {
    let kinds: Vec<&str> = KINDS.into_iter().filter(|k| census.periods.iter().any(|(kind, _)| kind == k)).collect();
    let (mut elements, mut indicators) = (Vec::new(), Vec::new());
    let mut sets: Vec<Vec<Value>> = vec![Vec::new(); kinds.len()];
    for indicator in context.schemas.indicators.iter().filter(|i| census.indicators.contains(&i.id)) {
        for (nth, kind) in kinds.iter().enumerate() {
            for (column, side) in sides(indicator) {
                let code = element_code(&indicator.id, kind, side);
                let id = uid("dataElement", &code);
                let side_zh = if *side == "N" { "分子" } else { "分母" };
                let name = format!("{} {side_zh} {}", indicator.zh, kind_zh(kind));
                elements.push(element(&code, &name, &format!("{}: {column}, {kind}", indicator.en)));
                let set = uid("dataSet", &data_set_code(kind));
                sets[nth].push(json!({ "dataSet": { "id": set }, "dataElement": { "id": id } }));
            }
            indicators.push(rate(indicator, kind));
        }
    }
    let types = [Unit::Count, Unit::Percent, Unit::Permille].map(|unit| {
        json!({
            "id": uid("indicatorType", type_name(unit)),
            "name": type_name(unit),
            "factor": match unit { Unit::Count => 1, Unit::Permille => 1000, _ => 100 },
            "number": unit == Unit::Count,
        })
    });
    let unit = |code: &str| json!({ "id": uid("organisationUnit", code) });
    let units: Vec<Value> = census
        .divisions
        .iter()
        .map(|(code, name)| {
            let name = if name.is_empty() { code } else { name };
            let mut value = json!({
                "id": uid("organisationUnit", code),
                "code": code,
                "name": name,
                "shortName": name.chars().take(50).collect::<String>(),
                "openingDate": "1970-01-01",
            });
            if let Some(above) = parent(code, &census.divisions) {
                value["parent"] = unit(above);
            }
            value
        })
        .collect();
    let data_sets: Vec<Value> = kinds
        .iter()
        .zip(sets)
        .map(|(kind, elements)| {
            let code = data_set_code(kind);
            json!({
                "id": uid("dataSet", &code),
                "code": code,
                "name": format!("心理健康服务统计 {}", kind_zh(kind)),
                "shortName": code,
                "periodType": dhis2_period_type(kind),
                "categoryCombo": { "id": DEFAULT_COMBO },
                "dataSetElements": elements,
                "organisationUnits": census.divisions.keys().map(|c| unit(c)).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "organisationUnits": units,
        "dataElements": elements,
        "indicatorTypes": types,
        "indicators": indicators,
        "dataSets": data_sets,
    })
}

fn type_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "xinhui count",
        Unit::Percent | Unit::PercentChange => "xinhui percent",
        Unit::Permille => "xinhui permille",
    }
}

fn kind_zh(kind: &str) -> &'static str {
    match kind {
        "month" => "月",
        "quarter" => "季",
        "half" => "半年",
        _ => "年",
    }
}
