//! Puts one fault into one row, for each finding code of validation.

use crate::schema::{FieldType, day};

use super::chance::Chance;
use super::record::{Dataset, Record};
use super::world::World;

/// The kinds of errors that make a row rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectedRow {
    MissingValue,
    TypeError,
    ConstraintError,
    UnknownCode,
    UnknownDivision,
    Orphan,
}

impl RejectedRow {
    pub const ALL: [RejectedRow; 6] = [
        RejectedRow::MissingValue,
        RejectedRow::TypeError,
        RejectedRow::ConstraintError,
        RejectedRow::UnknownCode,
        RejectedRow::UnknownDivision,
        RejectedRow::Orphan,
    ];

    fn code(self) -> &'static str {
        match self {
            RejectedRow::MissingValue => "missing-value",
            RejectedRow::TypeError => "type-error",
            RejectedRow::ConstraintError => "constraint-error",
            RejectedRow::UnknownCode => "unknown-code",
            RejectedRow::UnknownDivision => "unknown-division",
            RejectedRow::Orphan => "orphan",
        }
    }
}

/// Puts an error into a row; `turn` selects one of the possible ways. Returns false if the dataset cannot have this
/// error.
pub fn spoil(
    world: &World<'_>,
    county: usize,
    record: &mut Record<'_>,
    kind: RejectedRow,
    turn: usize,
    chance: &mut Chance,
) -> bool {
    let ways: Vec<(&'static str, String)> = match kind {
        RejectedRow::MissingValue => missing(record),
        RejectedRow::TypeError => wrong_types(record.dataset),
        RejectedRow::ConstraintError => out_of_bounds(world, record),
        RejectedRow::UnknownCode => coded(record).into_iter().map(|f| (f, "第九类".to_owned())).collect(),
        RejectedRow::UnknownDivision => elsewhere(world, county, record),
        RejectedRow::Orphan => record
            .table
            .foreign_keys
            .iter()
            .filter(|fk| fk.required)
            .filter_map(|fk| static_name(record, &fk.field))
            .map(|f| (f, format!("QX{:06}", chance.below(1_000_000))))
            .collect(),
    };
    if ways.is_empty() {
        return false;
    }
    let (field, value) = ways[turn % ways.len()].clone();
    prepare(record, field);
    record.set(field, value);
    record.findings.push((field, kind.code()));
    true
}

/// Sets the fields that a rule between fields depends on, so that exactly this rule is broken.
fn prepare(record: &mut Record<'_>, field: &str) {
    match (record.dataset, field) {
        (Dataset::StationService, "related_id_number") => record.set("beneficiary", "family"),
        (Dataset::HospitalPatient, "exit_reason") => {
            let registered = record.get("registered_date").to_owned();
            record.set("exit_date", registered);
        }
        (Dataset::HospitalPatient, "exit_date") => record.set("exit_reason", "other"),
        (Dataset::StationSite, "built_date") => {
            record.set("status", "built");
            record.set("closed_date", "");
        }
        _ => {}
    }
}

/// The field name as a constant, because findings outlive the declarations that they refer to.
fn static_name(record: &Record<'_>, field: &str) -> Option<&'static str> {
    const NAMES: [&str; 27] = [
        "site_id",
        "school_id",
        "org_id",
        "patient_no",
        "name",
        "sex",
        "site_kind",
        "status",
        "service_kind",
        "activity_kind",
        "setting",
        "unit_kind",
        "unit_name",
        "stage",
        "scale",
        "result",
        "issue",
        "org_kind",
        "living",
        "mode",
        "visit_kind",
        "category",
        "severity",
        "items_total",
        "diagnosis",
        "channel",
        "medication",
    ];
    record.table.field(field)?;
    NAMES.into_iter().find(|n| *n == field)
}

fn missing(record: &Record<'_>) -> Vec<(&'static str, String)> {
    let mut fields: Vec<&'static str> = record
        .table
        .fields
        .iter()
        .filter(|f| f.required && !record.table.primary_key.contains(&f.name))
        .filter_map(|f| static_name(record, &f.name))
        .collect();
    match record.dataset {
        Dataset::StationService => fields.push("related_id_number"),
        Dataset::HospitalPatient => fields.push("exit_reason"),
        Dataset::StationSite => fields.push("built_date"),
        _ => {}
    }
    fields.into_iter().map(|f| (f, String::new())).collect()
}

fn coded(record: &Record<'_>) -> Vec<&'static str> {
    record
        .table
        .fields
        .iter()
        .filter(|f| matches!(f.ty, FieldType::Code | FieldType::Codes))
        .filter_map(|f| static_name(record, &f.name))
        .filter(|f| *f != "scale" && *f != "status")
        .collect()
}

fn wrong_types(dataset: Dataset) -> Vec<(&'static str, String)> {
    let ways: &[(&'static str, &str)] = match dataset {
        Dataset::StationUnit => &[("employees", "若干人"), ("dispatch", "大概"), ("partner_date", "2023-02-30")],
        Dataset::StationSite => &[("part_time_staff", "两三个"), ("has_plaque", "大概"), ("area_m2", "约五十")],
        Dataset::StationService => &[("service_date", "2023-02-30"), ("service_date", "2023-05")],
        Dataset::StationActivity => &[("activity_date", "2023年13月1日"), ("participants", "几十人")],
        Dataset::StationSurvey => &[("survey_date", "2023"), ("items_correct", "多数")],
        Dataset::SchoolSite => &[("enrolment", "约八百"), ("course", "大概")],
        Dataset::SchoolScreening => &[("score", "偏高"), ("screening_date", "2023-04-31")],
        Dataset::SchoolCounselling => &[("service_date", "第三周")],
        Dataset::HospitalSite => &[("clinicians", "百余人"), ("psych_clinic_date", "2023-02-29")],
        Dataset::HospitalPatient => &[("registered_date", "2021-06"), ("consent", "大概")],
        Dataset::HospitalFollowup => &[("followup_date", "2023-06-31"), ("risk_level", "低危"), ("rehab", "大概")],
        Dataset::HospitalVisit => &[("visit_date", "2023-02-30")],
        Dataset::PolicePerson => &[("start_date", "2022"), ("end_date", "2023-11-31")],
        Dataset::PoliceIncident => &[("incident_date", "2023-00-12")],
    };
    ways.iter().map(|(f, v)| (*f, (*v).to_owned())).collect()
}

fn out_of_bounds(world: &World<'_>, record: &Record<'_>) -> Vec<(&'static str, String)> {
    let future = day::to_iso(world.region.as_of + 400);
    let before = |field: &str| day::parse_iso(record.get(field)).map(|d| day::to_iso(d - 9)).unwrap_or_default();
    let beyond = |field: &str| record.get(field).parse::<i64>().map(|n| (n + 1).to_string()).unwrap_or_default();
    let mut ways: Vec<(&'static str, String)> = match record.dataset {
        Dataset::StationUnit => vec![("employees", "-5".to_owned()), ("partner_date", future)],
        Dataset::StationSite => vec![("area_m2", "100001".to_owned()), ("part_time_staff", "-1".to_owned())],
        Dataset::StationService => vec![("service_date", future), ("name", "某".repeat(51))],
        Dataset::StationActivity => vec![("participants", "-3".to_owned()), ("activity_date", future)],
        Dataset::StationSurvey => vec![("items_correct", beyond("items_total")), ("literacy_self", "40".to_owned())],
        Dataset::SchoolSite => vec![("enrolment", "-1".to_owned()), ("room_date", future)],
        Dataset::SchoolScreening => vec![("score", "451".to_owned()), ("screening_date", future)],
        Dataset::SchoolCounselling => vec![("service_date", future)],
        Dataset::HospitalSite => vec![("clinicians_trained", beyond("clinicians"))],
        Dataset::HospitalPatient => {
            vec![("diagnosis", "精神分裂症".to_owned()), ("exit_date", before("registered_date"))]
        }
        Dataset::HospitalFollowup => vec![("risk_level", "7".to_owned()), ("followup_date", future)],
        Dataset::HospitalVisit => {
            vec![("discharge_date", before("visit_date")), ("diagnosis", "20F".to_owned()), ("visit_date", future)]
        }
        Dataset::PolicePerson => vec![("end_date", before("start_date"))],
        Dataset::PoliceIncident => vec![("incident_date", future)],
    };
    // A visit in the future would also break the order of its dates.
    if record.dataset == Dataset::HospitalVisit && !record.get("discharge_date").is_empty() {
        ways.truncate(2);
    }
    ways.retain(|(_, value)| !value.is_empty());
    ways
}

fn elsewhere(world: &World<'_>, county: usize, record: &Record<'_>) -> Vec<(&'static str, String)> {
    let field = match record.dataset {
        Dataset::HospitalPatient => "manage_code",
        Dataset::StationService
        | Dataset::SchoolScreening
        | Dataset::SchoolCounselling
        | Dataset::HospitalFollowup
        | Dataset::HospitalVisit => return Vec::new(),
        _ => "division_code",
    };
    let counties = &world.region.counties;
    let mut ways = vec![(field, format!("{}999", counties[county].code))];
    if counties.len() > 1 {
        let other = &counties[(county + 1) % counties.len()];
        ways.push((field, other.villages[0].code.clone()));
    }
    if matches!(field, "manage_code") {
        ways.push((field, counties[county].code.clone()));
    }
    ways
}

/// Gives some rows warnings that do not change what they count for.
pub fn warn(world: &World<'_>, dataset: Dataset, records: &mut [Record<'_>], chance: &mut Chance) {
    let wanted = ((records.len() as f64 * world.rates.row_error) as usize).max(2);
    let empty_dates: &[&'static str] = match dataset {
        Dataset::StationUnit => &["partner_date"],
        Dataset::StationSite => &["closed_date"],
        Dataset::SchoolSite => &["feature_date", "growth_centre_date"],
        Dataset::HospitalSite => &["child_clinic_date"],
        Dataset::HospitalPatient => &["exit_date"],
        Dataset::HospitalVisit => &["discharge_date"],
        Dataset::PolicePerson => &["end_date"],
        _ => &[],
    };
    let placeholders = ["1900-01-01", "0001-01-01", "2099-12-31", "9999-12-31"];
    let mut put =
        |field: &'static str, code: &'static str, value: &str, records: &mut [Record<'_>], only_empty: bool| {
            for _ in 0..60 {
                let at = chance.below(records.len() as u64) as usize;
                let record = &mut records[at];
                if record.findings.is_empty() && (!only_empty || record.get(field).is_empty()) {
                    record.set(field, value);
                    record.findings.push((field, code));
                    return;
                }
            }
        };
    for n in 0..wanted {
        for field in empty_dates {
            put(field, "placeholder-date", placeholders[n % placeholders.len()], records, true);
        }
        match dataset {
            Dataset::StationActivity => put("site_id", "orphan", "ZD00000000", records, true),
            Dataset::StationSite => put("host_unit_id", "orphan", "DW00000000", records, true),
            Dataset::StationService | Dataset::HospitalPatient | Dataset::PolicePerson => {
                put("residence_code", "unknown-division", "120101001", records, false);
            }
            _ => {}
        }
    }
    if world.rates.touches_identities() {
        forced_identity_warnings(records);
    }
}

/// Even a small sample must contain each warning that an identity can cause.
fn forced_identity_warnings(records: &mut [Record<'_>]) {
    if records.first().is_none_or(|r| r.dataset != Dataset::HospitalVisit) {
        return;
    }
    let seen: Vec<&str> = records.iter().flat_map(|r| r.findings.iter().map(|f| f.1)).collect();
    let lacking: Vec<&str> = ["id-number-checksum", "id-number-damaged", "id-number-mismatch", "phone-format"]
        .into_iter()
        .filter(|c| !seen.contains(c))
        .collect();
    let sound = |r: &&mut Record<'_>| {
        r.findings.is_empty()
            && r.get("id_type") == "01"
            && super::identity::is_valid(r.get("id_number"))
            && r.get("birth_date").len() == 10
    };
    for (code, record) in lacking.into_iter().zip(records.iter_mut().filter(sound)) {
        let id = record.get("id_number").to_owned();
        match code {
            "id-number-checksum" => {
                let digit = if id.as_bytes()[15] == b'0' { "1" } else { "0" };
                record.set("id_number", format!("{}{digit}{}", &id[..15], &id[16..]));
                record.findings.push(("id_number", code_of(code)));
            }
            "id-number-damaged" => {
                record.set("id_number", format!("{}.{}E+17", &id[..1], &id[1..6]));
                record.findings.push(("id_number", code_of(code)));
            }
            "id-number-mismatch" => {
                let birth = day::parse_iso(record.get("birth_date")).unwrap_or_default();
                record.set("birth_date", day::to_iso(birth - 31));
                record.findings.push(("birth_date", code_of(code)));
            }
            _ => {
                record.set("phone", "16000");
                record.findings.push(("phone", code_of(code)));
            }
        }
    }
}

fn code_of(code: &str) -> &'static str {
    crate::diag::Code::parse(code).map_or("", crate::diag::Code::as_str)
}

/// Additional rows that are accepted with a warning that no row of a clean export can have.
pub fn accepted_with_warning<'a>(
    world: &World<'a>,
    county: usize,
    dataset: Dataset,
    records: &[Record<'a>],
) -> Vec<Record<'a>> {
    let code = &world.region.counties[county].code;
    match dataset {
        Dataset::HospitalFollowup => {
            // A follow-up that met nobody and is dated before the registration changes no number.
            let Some(like) = records.iter().find(|r| r.get("record_id").ends_with('1')) else { return Vec::new() };
            let mut row = world.catalog.record(dataset);
            row.set("record_id", format!("T{code}EARLY"));
            row.set("patient_no", like.get("patient_no"));
            row.set("followup_date", "1999-03-01");
            row.set("mode", "phone");
            row.set("outcome", "away");
            row.set("entered_at", "1999-03-02 09:00:00");
            row.day = world.region.from;
            row.findings.push(("followup_date", "followup-before-registration"));
            vec![row]
        }
        Dataset::HospitalSite => {
            let Some(like) = records.first() else { return Vec::new() };
            let mut row = world.catalog.record(dataset);
            let org = like.get("org_id");
            let wrong = if org.ends_with('0') { '1' } else { '0' };
            row.set("org_id", format!("{}{wrong}", &org[..17]));
            row.set("org_name", format!("{}卫生监督所", world.region.counties[county].name));
            row.set("org_kind", "other");
            row.set("division_code", code.clone());
            row.findings.push(("org_id", "credit-code-checksum"));
            vec![row]
        }
        _ => Vec::new(),
    }
}
