//! Invented values of a dataset that go together: a row that is filled with them is right as it is, and so are the rows
//! that it names.

use super::field_guide::FieldGuide;
use crate::schema::table::ValueForm;
use crate::schema::{Field, FieldType, Load, Role, Source, Table, credit_code, resident_id};

/// What is written of fields whose form alone says too little: name of the field, and value.
const OF_FIELDS: [(&str, &str); 39] = [
    ("site_name", "某村社会心理服务室"),
    ("site_kind", "村（居）社会心理服务室"),
    ("status", "已建成"),
    ("area_m2", "40"),
    ("individual_room_m2", "12"),
    ("vent_device_kinds", "2"),
    ("full_time_staff", "1"),
    ("part_time_staff", "2"),
    ("full_time_counsellors", "1"),
    ("part_time_counsellors", "1"),
    ("social_workers", "1"),
    ("volunteer_teams", "1"),
    ("population", "普通人群"),
    ("plan_id", "FA-2023-0001"),
    ("warning_level", "黄色"),
    ("crisis", "黄色"),
    ("participants", "60"),
    ("age", "37"),
    ("items_correct", "16"),
    ("items_total", "20"),
    ("literacy_judgement", "72"),
    ("literacy_self", "24"),
    ("literacy_case", "30"),
    ("unit_name", "某县某局"),
    ("employees", "80"),
    ("school_name", "某镇中心小学"),
    ("stage", "小学"),
    ("setting", "进农村"),
    ("enrolment", "600"),
    ("full_time_teachers", "1"),
    ("part_time_teachers", "2"),
    ("score", "35"),
    ("org_name", "某县人民医院"),
    ("clinicians", "120"),
    ("clinicians_trained", "30"),
    ("risk_level", "0"),
    ("severity", "一般"),
    ("guardian_name", "张某"),
    ("guardian_phone", "13900000001"),
];

/// The grade of a pupil, and that of a hospital: one name for two things.
const GRADES: [&str; 2] = ["三年级", "二级"];

/// Somebody who is not: the first 17 digits of the ID number, whose division is none, and the day of birth in it.
struct Invented {
    digits: &'static str,
    born: &'static str,
    sex: &'static str,
}

const GROWN_UP: Invented = Invented { digits: "99010119850312127", born: "1985-03-12", sex: "男性" };
const PUPIL: Invented = Invented { digits: "99010120140908127", born: "2014-09-08", sex: "男性" };

impl Invented {
    fn of(table: &Table) -> &'static Invented {
        if table.source == Source::SCHOOL { &PUPIL } else { &GROWN_UP }
    }

    fn number(&self) -> String {
        resident_id::check_digit(self.digits).map_or_else(String::new, |check| format!("{}{check}", self.digits))
    }
}

/// An invented value of a field; empty where the other values of the row ask for none.
pub(super) fn example(guide: &FieldGuide<'_>) -> String {
    let (table, field) = (guide.table, guide.field);
    if is_left_empty(guide) {
        return String::new();
    }
    if let Some(fk) = table.foreign_keys.iter().find(|fk| fk.field == field.name)
        && let Some(parent) = guide.schemas.table(&fk.table)
        && let Some(key) = parent.primary_key.first().and_then(|key| parent.field(key))
    {
        return example(&FieldGuide::new(parent, key, guide.schemas));
    }
    let person = Invented::of(table);
    match field.identity() {
        Some("sex") => return person.sex.to_owned(),
        Some("birth_date") => return person.born.to_owned(),
        Some("student_no") => return format!("G{}", person.number()),
        Some("id_number") => return person.number(),
        _ => {}
    }
    let named = OF_FIELDS.iter().filter(|(name, _)| *name == field.name).map(|(_, value)| *value);
    let graded = GRADES.iter().copied().filter(|_| field.name == "grade");
    named.chain(graded).find(|value| takes(guide, value)).map_or_else(|| by_form(guide), str::to_owned)
}

/// Whether the field is empty in most rows: the end of what still goes on, and what another value would ask for.
fn is_left_empty(guide: &FieldGuide<'_>) -> bool {
    let (table, field) = (guide.table, guide.field);
    if guide.is_required() {
        return false;
    }
    if field.not_before.is_some() {
        return true;
    }
    let Some(when) = &field.required_when else { return false };
    let Some(other) = table.field(&when.field) else { return false };
    let given = FieldGuide::new(table, other, guide.schemas);
    let value = example(&given);
    match &when.equals {
        None => value.is_empty(),
        Some(wanted) => {
            let code = given.codes().into_iter().find(|(_, zh)| *zh == value).map_or(value.as_str(), |(code, _)| code);
            code != wanted
        }
    }
}

/// Whether a field takes a value: a word of its list, or a number in its range.
fn takes(guide: &FieldGuide<'_>, value: &str) -> bool {
    let field = guide.field;
    match field.ty {
        FieldType::Code | FieldType::Codes => guide.codes().iter().any(|(_, zh)| *zh == value),
        FieldType::Integer | FieldType::Number => value.parse::<f64>().is_ok_and(|number| {
            field.minimum.is_none_or(|least| number >= least) && field.maximum.is_none_or(|most| number <= most)
        }),
        FieldType::String => field.pattern.is_none() && field.codes.is_none(),
        FieldType::Boolean | FieldType::Date | FieldType::Datetime => false,
    }
}

fn by_form(guide: &FieldGuide<'_>) -> String {
    let (table, field) = (guide.table, guide.field);
    let codes = guide.codes();
    match (field.kind, field.ty) {
        (Some(ValueForm::IdNumber), _) => Invented::of(table).number(),
        (Some(ValueForm::Phone), _) => "13900000000".to_owned(),
        (Some(ValueForm::Icd10), _) => "F20.9".to_owned(),
        (Some(ValueForm::CreditCode), _) => {
            let first = "12990101MB0000001";
            let check = credit_code::check_character(first);
            check.map_or_else(String::new, |check| format!("{first}{check}"))
        }
        (_, FieldType::Code) => codes.first().map_or_else(String::new, |(_, zh)| (*zh).to_owned()),
        (_, FieldType::Codes) => codes.iter().take(2).map(|(_, zh)| *zh).collect::<Vec<_>>().join("、"),
        // Whoever copies the example withdraws nothing.
        (_, FieldType::Boolean) if field.role == Role::Void => "否".to_owned(),
        (_, FieldType::Boolean) => "是".to_owned(),
        (_, FieldType::Integer | FieldType::Number) => number(field),
        (_, FieldType::Date) => "2023-03-05".to_owned(),
        (_, FieldType::Datetime) => "2023-03-05 14:30:00".to_owned(),
        (_, FieldType::String) => text(table, field),
    }
}

/// A small number, or the middle of a narrow range.
fn number(field: &Field) -> String {
    match (field.minimum, field.maximum) {
        (Some(least), Some(most)) if most - least <= 100.0 => format!("{}", ((least + most) / 2.0).floor()),
        (Some(least), _) => format!("{}", least + 2.0),
        _ => "2".to_owned(),
    }
}

fn text(table: &Table, field: &Field) -> String {
    match (&field.division, field.identity()) {
        (Some(rule), _) => {
            let digits = rule.levels.iter().copied().max().unwrap_or(12);
            "990101001001".chars().take(usize::from(digits)).collect()
        }
        (None, Some("name")) => "张某某".to_owned(),
        (None, Some("address")) => "某镇某村 1 号".to_owned(),
        (None, _) if field.role == Role::Key || table.primary_key.contains(&field.name) => match table.load {
            Load::Snapshot => "BH-0001".to_owned(),
            Load::Upsert => "JL-2023-0001".to_owned(),
        },
        (None, _) if field.free_text => format!("某{}", field.title),
        (None, _) => "2023-01".to_owned(),
    }
}
