//! The structures of SDMX files: code lists, concepts, data structure definitions, dataflows and what the data hold of
//! them, as an SDMX-ML 3.0 message.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::form::PackageContext;
use super::names::{sdmx_code, sdmx_frequency, xml};
use crate::deliver::census::Census;
use crate::deliver::edition::{FeedTable, TableGroup};

/// The version of the structures; the agency and it name them together with an id.
pub const VERSION: &str = "1.0.0";

/// Codes with their names in Chinese and English.
type Codes = BTreeMap<String, (String, String)>;

/// Names of code lists of the standard's own, with the codes that we use.
const FREQUENCY: [[&str; 3]; 4] =
    [["A", "年", "Annual"], ["M", "月", "Monthly"], ["Q", "季", "Quarterly"], ["S", "半年", "Half-yearly"]];
const OBS_STATUS: [[&str; 3]; 5] = [
    ["A", "正常", "Normal value"],
    ["O", "缺失", "Missing value"],
    ["P", "暂定", "Provisional value: the period had not ended"],
    ["Q", "隐去", "Missing value; suppressed"],
    ["U", "可靠性低", "Low reliability: the data are partial"],
];
const CONF_STATUS: [[&str; 3]; 3] = [
    ["C", "保密", "Confidential statistical information"],
    ["F", "可公开", "Free"],
    ["N", "不公开，仅供内部使用", "Not for publication, restricted for internal use only"],
];
const STATUS: [[&str; 3]; 5] = [
    ["no_data", "无数据", "No data: 0/0, or no population"],
    ["ok", "正常", "In order"],
    ["partial", "不完整", "Partial: not all that it needs was sent"],
    ["rounded", "已取整", "Rounded to protect small numbers"],
    ["suppressed", "已隐去", "Hidden to protect small numbers"],
];
const COMPLETE: [[&str; 3]; 2] = [["N", "否", "No"], ["Y", "是", "Yes"]];
const UNITS: [[&str; 3]; 4] = [
    ["count", "计数", "Count"],
    ["percent", "百分比", "Percent"],
    ["percent_change", "变化百分比", "Change in percent"],
    ["permille", "千分比", "Per thousand"],
];

/// What a component of a structure is.
struct StructureComponent<'a> {
    id: String,
    zh: &'a str,
    en: &'a str,
    /// Its code list, or a type.
    values: Result<String, &'static str>,
}

/// The id of a dataflow and of its structure.
pub fn flow_id(table: &FeedTable) -> String {
    match table.group() {
        Some(TableGroup::Indicators) => "MH_INDICATORS".to_owned(),
        _ => format!("MH_{}", table.file_stem().trim_start_matches("rollups_").to_ascii_uppercase()),
    }
}

/// The id of a dimension.
pub fn dimension_id(name: &str) -> String {
    name.to_ascii_uppercase()
}

/// The whole message.
pub fn message(context: &PackageContext<'_>, census: &Census, with_indicators: bool, rollups: &[FeedTable]) -> String {
    let mut message = Message { context, census, out: String::new() };
    message.head();
    message.dataflows(with_indicators, rollups);
    message.code_lists(with_indicators, rollups);
    message.concepts(with_indicators, rollups);
    message.structures(with_indicators, rollups);
    message.constraints(with_indicators, rollups);
    message.out.push_str("</mes:Structures>\n</mes:Structure>\n");
    message.out
}

struct Message<'a> {
    context: &'a PackageContext<'a>,
    census: &'a Census,
    out: String,
}

impl Message<'_> {
    fn agency(&self) -> &str {
        &self.context.feed.agency
    }

    fn head(&mut self) {
        let note = &self.context.edition.note;
        let space = "http://www.sdmx.org/resources/sdmxml/schemas/v3_0";
        let _ = write!(
            self.out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <mes:Structure xmlns:mes=\"{space}/message\" xmlns:str=\"{space}/structure\" xmlns:com=\"{space}/common\">\n\
             <mes:Header>\n<mes:ID>S{}</mes:ID>\n<mes:Test>false</mes:Test>\n<mes:Prepared>{}</mes:Prepared>\n\
             <mes:Sender id=\"{}\"/>\n</mes:Header>\n<mes:Structures>\n",
            note.content.get(..16).unwrap_or_default(),
            xml(&note.published),
            xml(self.agency()),
        );
    }

    /// The start of something that is maintained, with its names.
    fn open(&mut self, element: &str, id: &str, more: &str, zh: &str, en: &str) {
        let agency = self.agency().to_owned();
        let _ = writeln!(
            self.out,
            "<str:{element} id=\"{id}\" version=\"{VERSION}\" isExternalReference=\"false\" agencyID=\"{agency}\"{more}>"
        );
        self.names(zh, en);
    }

    fn names(&mut self, zh: &str, en: &str) {
        let (zh, en) = (xml(zh), xml(en));
        let _ =
            writeln!(self.out, "<com:Name xml:lang=\"zh\">{zh}</com:Name>\n<com:Name xml:lang=\"en\">{en}</com:Name>");
    }

    fn flows<'t>(&self, with_indicators: bool, rollups: &'t [FeedTable]) -> Vec<(String, Option<&'t FeedTable>)> {
        let first = with_indicators.then(|| ("MH_INDICATORS".to_owned(), None));
        first.into_iter().chain(rollups.iter().map(|t| (flow_id(t), Some(t)))).collect()
    }

    fn dataflows(&mut self, with_indicators: bool, rollups: &[FeedTable]) {
        self.out.push_str("<str:Dataflows>\n");
        for (id, table) in self.flows(with_indicators, rollups) {
            let (zh, en) = titles(table);
            self.open("Dataflow", &id, "", &zh, &en);
            let agency = self.agency().to_owned();
            let _ = writeln!(
                self.out,
                "<str:Structure>urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure={agency}:{id}({VERSION})\
                 </str:Structure>\n</str:Dataflow>"
            );
        }
        self.out.push_str("</str:Dataflows>\n");
    }

    fn code_lists(&mut self, with_indicators: bool, rollups: &[FeedTable]) {
        self.out.push_str("<str:Codelists>\n");
        let fixed = |list: &[[&str; 3]]| -> Codes {
            list.iter().map(|[id, zh, en]| ((*id).to_owned(), ((*zh).to_owned(), (*en).to_owned()))).collect()
        };
        self.code_list("CL_FREQ", "频率", "Frequency", &fixed(&FREQUENCY));
        self.code_list("CL_OBS_STATUS", "观测状态", "Observation status", &fixed(&OBS_STATUS));
        self.code_list("CL_CONF_STATUS", "保密状态", "Confidentiality status", &fixed(&CONF_STATUS));
        self.code_list("CL_STATUS", "状态", "Status", &fixed(&STATUS));
        self.code_list("CL_COMPLETE", "周期是否结束", "Whether the period had ended", &fixed(&COMPLETE));
        // A parent would have to begin with a letter in SDMX-ML 3.0: the code of a division begins with those above it.
        let areas: Codes = divisions(self.census);
        self.code_list("CL_AREA", "区划", "Divisions", &areas);
        if with_indicators {
            self.code_list("CL_UNIT", "单位", "Units", &fixed(&UNITS));
            let indicators = self.context.schemas.indicators.iter();
            let indicators = indicators.filter(|i| self.census.indicators.contains(&i.id));
            let codes = indicators.map(|i| (sdmx_code(&i.id), (i.zh.clone(), i.en.clone()))).collect();
            self.code_list("CL_INDICATOR", "指标", "Indicators", &codes);
        }
        for (name, values) in dimensions(self.census, rollups) {
            let list = self.context.schemas.codes.get(&name);
            let code = |value: &String| {
                let known = list.and_then(|l| l.values.iter().find(|v| v.code == *value));
                let (zh, en) = match (value.as_str(), known) {
                    ("_all", _) => ("合计", "Total"),
                    ("unknown", _) => ("未提供", "Not given"),
                    (_, Some(known)) => (known.zh.as_str(), known.en.as_str()),
                    (value, None) => (value, value),
                };
                (sdmx_code(value), (zh.to_owned(), en.to_owned()))
            };
            let codes: Codes = values.iter().map(code).collect();
            let (zh, en) = column_words(rollups, &name);
            self.code_list(&format!("CL_{}", dimension_id(&name)), &zh, &en, &codes);
        }
        let measures: Codes = rollups
            .iter()
            .flat_map(|t| &t.columns)
            .filter(|c| matches!(c.role, crate::catalogue::ColumnRole::Measure(_)))
            .map(|c| (sdmx_code(&c.name), (c.words.zh.clone(), c.words.en.clone())))
            .collect();
        if !measures.is_empty() {
            self.code_list("CL_MEASURE", "计量", "Measures", &measures);
        }
        self.out.push_str("</str:Codelists>\n");
    }

    fn code_list(&mut self, id: &str, zh: &str, en: &str, codes: &Codes) {
        self.open("Codelist", id, " isPartial=\"false\"", zh, en);
        for (code, (zh, en)) in codes {
            let _ = writeln!(self.out, "<str:Code id=\"{code}\">");
            let (zh, en) = (if zh.is_empty() { code } else { zh }, if en.is_empty() { code } else { en });
            self.names(zh, en);
            self.out.push_str("</str:Code>\n");
        }
        self.out.push_str("</str:Codelist>\n");
    }

    fn concepts(&mut self, with_indicators: bool, rollups: &[FeedTable]) {
        let mut all: BTreeMap<String, (String, String)> = BTreeMap::new();
        for (_, table) in self.flows(with_indicators, rollups) {
            let (dimensions, attributes) = components(table);
            for c in dimensions.iter().chain(&attributes).chain([&time(), &value()]) {
                let (mut zh, mut en) = (c.zh.to_owned(), c.en.to_owned());
                if zh.is_empty() {
                    (zh, en) = column_words(rollups, &c.id.to_ascii_lowercase());
                }
                all.insert(c.id.clone(), (zh, en));
            }
        }
        self.out.push_str("<str:ConceptSchemes>\n");
        self.open("ConceptScheme", "CS_MH", " isPartial=\"false\"", "概念", "Concepts");
        for (id, (zh, en)) in all {
            let _ = writeln!(self.out, "<str:Concept id=\"{id}\">");
            self.names(&zh, &en);
            self.out.push_str("</str:Concept>\n");
        }
        self.out.push_str("</str:ConceptScheme>\n</str:ConceptSchemes>\n");
    }

    fn structures(&mut self, with_indicators: bool, rollups: &[FeedTable]) {
        self.out.push_str("<str:DataStructures>\n");
        for (id, table) in self.flows(with_indicators, rollups) {
            let (zh, en) = titles(table);
            self.open("DataStructure", &id, "", &zh, &en);
            let (dimensions, attributes) = components(table);
            self.out.push_str("<str:DataStructureComponents>\n<str:DimensionList>\n");
            for (position, dimension) in dimensions.iter().enumerate() {
                let _ = writeln!(self.out, "<str:Dimension id=\"{}\" position=\"{}\">", dimension.id, position + 1);
                self.component(dimension);
                self.out.push_str("</str:Dimension>\n");
            }
            self.out.push_str("<str:TimeDimension id=\"TIME_PERIOD\">\n");
            self.component(&time());
            self.out.push_str("</str:TimeDimension>\n</str:DimensionList>\n<str:AttributeList>\n");
            for attribute in &attributes {
                let usage =
                    if matches!(attribute.id.as_str(), "NUMERATOR" | "DENOMINATOR") { "optional" } else { "mandatory" };
                let _ = writeln!(self.out, "<str:Attribute usage=\"{usage}\" id=\"{}\">", attribute.id);
                self.component(attribute);
                self.out.push_str(
                    "<str:AttributeRelationship>\n<str:Observation/>\n</str:AttributeRelationship>\n\
                     <str:MeasureRelationship>\n<str:Measure>OBS_VALUE</str:Measure>\n</str:MeasureRelationship>\n\
                     </str:Attribute>\n",
                );
            }
            self.out.push_str("</str:AttributeList>\n<str:MeasureList>\n<str:Measure id=\"OBS_VALUE\">\n");
            self.component(&value());
            self.out
                .push_str("</str:Measure>\n</str:MeasureList>\n</str:DataStructureComponents>\n</str:DataStructure>\n");
        }
        self.out.push_str("</str:DataStructures>\n");
    }

    fn component(&mut self, component: &StructureComponent<'_>) {
        let (agency, id) = (self.agency().to_owned(), &component.id);
        let _ = writeln!(
            self.out,
            "<str:ConceptIdentity>urn:sdmx:org.sdmx.infomodel.conceptscheme.Concept={agency}:CS_MH({VERSION}).{id}\
             </str:ConceptIdentity>\n<str:LocalRepresentation>"
        );
        let _ = match &component.values {
            Ok(list) => writeln!(
                self.out,
                "<str:Enumeration>urn:sdmx:org.sdmx.infomodel.codelist.Codelist={agency}:{list}({VERSION})\
                 </str:Enumeration>"
            ),
            Err(ty) => writeln!(self.out, "<str:TextFormat textType=\"{ty}\"/>"),
        };
        self.out.push_str("</str:LocalRepresentation>\n");
    }

    /// What of the code lists the data hold.
    fn constraints(&mut self, with_indicators: bool, rollups: &[FeedTable]) {
        self.out.push_str("<str:DataConstraints>\n");
        for (id, table) in self.flows(with_indicators, rollups) {
            let (zh, en) = titles(table);
            self.open("DataConstraint", &format!("CR_{id}"), " role=\"Allowed\"", &zh, &en);
            let agency = self.agency().to_owned();
            let _ = writeln!(
                self.out,
                "<str:ConstraintAttachment>\n<str:Dataflow>urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=\
                 {agency}:{id}({VERSION})</str:Dataflow>\n</str:ConstraintAttachment>\n<str:CubeRegion include=\"true\">"
            );
            let kinds: BTreeSet<&str> = self.census.periods.iter().map(|(kind, _)| sdmx_frequency(kind)).collect();
            self.key_values("FREQ", kinds.into_iter().map(ToOwned::to_owned));
            match table {
                None => {
                    let ids: Vec<String> = self.census.indicators.iter().map(|i| sdmx_code(i)).collect();
                    self.key_values("INDICATOR", ids.into_iter());
                }
                Some(table) => {
                    for name in table.dimensions() {
                        let values: Vec<String> =
                            self.census.values.get(&name).into_iter().flatten().map(|v| sdmx_code(v)).collect();
                        self.key_values(&dimension_id(&name), values.into_iter());
                    }
                    self.key_values("MEASURE", table.measures().into_iter().map(|m| sdmx_code(&m)));
                }
            }
            self.out.push_str("</str:CubeRegion>\n</str:DataConstraint>\n");
        }
        self.out.push_str("</str:DataConstraints>\n");
    }

    fn key_values(&mut self, id: &str, values: impl ExactSizeIterator<Item = String>) {
        if values.len() == 0 {
            return;
        }
        let _ = writeln!(self.out, "<str:KeyValue id=\"{id}\">");
        for value in values {
            let _ = writeln!(self.out, "<str:Value>{value}</str:Value>");
        }
        self.out.push_str("</str:KeyValue>\n");
    }
}

/// The divisions by code; each has one name for both languages.
fn divisions(census: &Census) -> Codes {
    census.divisions.iter().map(|(code, name)| (code.clone(), (name.clone(), name.clone()))).collect()
}

fn time() -> StructureComponent<'static> {
    StructureComponent {
        id: "TIME_PERIOD".to_owned(),
        zh: "周期",
        en: "Time period",
        values: Err("ObservationalTimePeriod"),
    }
}

fn value() -> StructureComponent<'static> {
    StructureComponent { id: "OBS_VALUE".to_owned(), zh: "值", en: "Value", values: Err("Double") }
}

/// The dimensions but time, and the attributes, of the indicators or of a rollup.
fn components(table: Option<&FeedTable>) -> (Vec<StructureComponent<'static>>, Vec<StructureComponent<'static>>) {
    let listed =
        |id: &str, zh, en, list: &str| StructureComponent { id: id.to_owned(), zh, en, values: Ok(list.to_owned()) };
    let mut dimensions =
        vec![listed("FREQ", "频率", "Frequency", "CL_FREQ"), listed("REF_AREA", "区划", "Division", "CL_AREA")];
    let mut attributes = vec![
        listed("OBS_STATUS", "观测状态", "Observation status", "CL_OBS_STATUS"),
        listed("CONF_STATUS", "保密状态", "Confidentiality status", "CL_CONF_STATUS"),
        listed("STATUS", "状态", "Status", "CL_STATUS"),
        listed("COMPLETE", "周期是否结束", "Whether the period had ended", "CL_COMPLETE"),
    ];
    match table {
        None => {
            dimensions.push(listed("INDICATOR", "指标", "Indicator", "CL_INDICATOR"));
            for (id, zh, en) in [("NUMERATOR", "分子", "Numerator"), ("DENOMINATOR", "分母", "Denominator")] {
                attributes.push(StructureComponent { id: id.to_owned(), zh, en, values: Err("Long") });
            }
            attributes.push(listed("UNIT_MEASURE", "单位", "Unit", "CL_UNIT"));
        }
        Some(table) => {
            for name in table.dimensions() {
                let id = dimension_id(&name);
                let list = format!("CL_{id}");
                dimensions.push(StructureComponent { id, zh: "", en: "", values: Ok(list) });
            }
            dimensions.push(listed("MEASURE", "计量", "Measure", "CL_MEASURE"));
        }
    }
    (dimensions, attributes)
}

fn titles(table: Option<&FeedTable>) -> (String, String) {
    match table {
        None => ("心理健康服务指标".to_owned(), "Indicators of mental-health services".to_owned()),
        Some(table) => (table.table.title.zh.clone(), table.table.title.en.clone()),
    }
}

/// The values of each dimension of some rollups.
fn dimensions(census: &Census, rollups: &[FeedTable]) -> BTreeMap<String, BTreeSet<String>> {
    let names: BTreeSet<String> = rollups.iter().flat_map(FeedTable::dimensions).collect();
    names.into_iter().map(|n| (n.clone(), census.values.get(&n).cloned().unwrap_or_default())).collect()
}

fn column_words(rollups: &[FeedTable], name: &str) -> (String, String) {
    let column = rollups.iter().flat_map(|t| &t.columns).find(|c| c.name == name);
    column.map_or_else(|| (name.to_owned(), name.to_owned()), |c| (c.words.zh.clone(), c.words.en.clone()))
}
