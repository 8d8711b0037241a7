//! The declaration of a source table: Frictionless Table Schema with our extra properties.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::parse_fault;
use super::source::Source;
use crate::error::{Words, words};

/// How a newer export replaces an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// Each key's newest version stands.
    Upsert,
    /// A county's newest export stands, whole.
    Snapshot,
}

/// What the rows of a table are; it decides which rules hold for the table, and what is made of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableRole {
    /// The tree of divisions: reference data.
    Divisions,
    /// Residents of a division and year: reference data.
    Population,
    /// Places: each has a key of its own, by which other rows name it, and lies in a division.
    Site,
    /// People on a list until they leave it. A newer export replaces the whole list.
    Register,
    /// Something done with a person on a day.
    Contact,
    /// Something that happened on a day, in a row that carries no identity of its own.
    Event,
}

impl TableRole {
    pub fn as_str(self) -> &'static str {
        match self {
            TableRole::Divisions => "divisions",
            TableRole::Population => "population",
            TableRole::Site => "site",
            TableRole::Register => "register",
            TableRole::Contact => "contact",
            TableRole::Event => "event",
        }
    }
}

/// A table whose rows count as rows of another one: its sites stand beside the other's in every fact that reads
/// them all, and a foreign key that names the other table may name them too.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountsAs {
    pub table: String,
    /// Field of the other table, and the field of this one that holds its values. A field of one name in both
    /// needs no line here, and neither do the keys.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Field of the other table, and the value that it has for every row of this one.
    #[serde(default)]
    pub values: BTreeMap<String, serde_json::Value>,
}

/// What a cell of a field holds after validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    String,
    /// One code of a list.
    Code,
    /// Several codes of a list.
    Codes,
    Integer,
    Number,
    Boolean,
    Date,
    Datetime,
}

/// What a field is for, beyond its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    None,
    Key,
    Division,
    EventDate,
    /// The void mark of a row.
    Void,
    /// The time that orders versions of a key.
    Version,
    /// Goes to the vault and nowhere else; the part after `identity.`.
    Identity(String),
}

/// A rule of a value's own form that a regular expression does not carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueForm {
    IdNumber,
    BirthDate,
    Sex,
    Phone,
    Icd10,
    CreditCode,
}

/// A field must hold a division code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DivisionRule {
    /// Code lengths that are allowed.
    pub levels: Vec<u8>,
    /// The division must lie in the submitting county (or be it).
    pub inside_county: bool,
    pub severity: RuleSeverity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleSeverity {
    Error,
    Warning,
}

/// A field is required when another one is given, or has a value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredWhen {
    pub field: String,
    /// `None`: whenever the other field is given.
    pub equals: Option<String>,
}

/// A date that must not lie before a date of the row that a foreign key names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NotBeforeParent {
    /// The field of this table that holds the foreign key.
    pub foreign_key: String,
    /// The parent's date field.
    pub field: String,
}

/// One field of a table.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub title: String,
    pub aliases: Vec<String>,
    pub ty: FieldType,
    /// Name of the code list, of code fields.
    pub codes: Option<String>,
    pub required: bool,
    pub required_when: Option<RequiredWhen>,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    /// Earliest day of a date field, since 1970-01-01.
    pub minimum_day: Option<i32>,
    /// The field of the same row that holds the maximum.
    pub maximum_field: Option<String>,
    pub min_length: Option<u32>,
    pub max_length: Option<u32>,
    /// A regular expression that the whole value must match.
    pub pattern: Option<String>,
    pub role: Role,
    /// Names of persons and places, address, grade: null words are kept as they are.
    pub free_text: bool,
    /// The date must not lie after `as_of`.
    pub not_after_as_of: bool,
    /// The date must not lie before this field's date of the same row.
    pub not_before: Option<String>,
    pub not_before_parent: Option<NotBeforeParent>,
    pub division: Option<DivisionRule>,
    /// A year or year-month alone is kept, with its precision.
    pub partial: bool,
    pub kind: Option<ValueForm>,
    /// The scale field whose range (in `scales.toml`) bounds this number.
    pub range_by: Option<String>,
    /// Words of yes and no, of boolean fields: for other Frictionless tools. What counts here is the code
    /// list `boolean`, which must know them.
    pub boolean_words: [Vec<String>; 2],
}

impl Field {
    /// Its title, behind what a file calls it where that is another name; `called` gives these by field.
    pub fn title_beside(&self, called: &BTreeMap<String, String>) -> String {
        match called.get(&self.name) {
            Some(alias) => format!("{alias}（{}）", self.title),
            None => self.title.clone(),
        }
    }

    /// The part after `identity.` for a field of the identity block.
    pub fn identity(&self) -> Option<&str> {
        match &self.role {
            Role::Identity(part) => Some(part),
            _ => None,
        }
    }
}

/// A reference to the key of another table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    pub field: String,
    pub table: String,
    /// Looks in the whole city, not just in the submitting county.
    pub city_wide: bool,
    /// An unknown parent rejects the row; otherwise it warns and the value joins nothing.
    pub required: bool,
}

/// A declared source table.
#[derive(Clone, Debug)]
pub struct Table {
    pub name: String,
    pub title: String,
    pub title_en: String,
    pub source: Source,
    pub role: TableRole,
    pub load: Load,
    pub primary_key: Vec<String>,
    pub person_bearing: bool,
    pub event_date: Option<String>,
    pub division_field: Option<String>,
    /// Of a site: fields that facts may read of the place that a row names.
    pub place_fields: Vec<String>,
    pub counts_as: Option<CountsAs>,
    pub fields: Vec<Field>,
    pub foreign_keys: Vec<ForeignKey>,
    /// Null words beside the empty cell.
    pub missing_values: Vec<String>,
}

impl Table {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    pub fn field_index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|f| f.name == name)
    }

    /// Whether counties export it; else it is reference data.
    pub fn is_exported(&self) -> bool {
        !matches!(self.role, TableRole::Divisions | TableRole::Population)
    }

    /// Of a site: the table of the engine with the place of each of its keys.
    pub fn place_table(&self) -> Option<String> {
        (self.role == TableRole::Site).then(|| format!("{}_place", self.name))
    }

    /// The field that orders versions of a key.
    pub fn version_field(&self) -> Option<&Field> {
        self.fields.iter().find(|f| f.role == Role::Version)
    }
}

// The raw form: what a JSON file may say. Unknown keys of ours are refused; Frictionless allows more
// than we use, so its own keys are limited to those that we honour.

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawTable {
    #[serde(rename = "$schema")]
    _schema: Option<String>,
    name: String,
    title: String,
    #[serde(rename = "description")]
    _description: Option<String>,
    fields: Vec<RawField>,
    primary_key: Vec<String>,
    #[serde(default)]
    foreign_keys: Vec<RawForeignKey>,
    #[serde(default)]
    missing_values: Vec<String>,
    xinhui: RawTableExtra,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawTableExtra {
    title_en: String,
    source: Source,
    role: TableRole,
    load: Load,
    person_bearing: bool,
    event_date: Option<String>,
    division_field: Option<String>,
    #[serde(default)]
    place_fields: Vec<String>,
    counts_as: Option<CountsAs>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawField {
    name: String,
    title: String,
    #[serde(rename = "type")]
    ty: String,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    true_values: Vec<String>,
    #[serde(default)]
    false_values: Vec<String>,
    #[serde(default)]
    constraints: RawConstraints,
    #[serde(default)]
    xinhui: RawFieldExtra,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawConstraints {
    #[serde(default)]
    required: bool,
    minimum: Option<serde_json::Value>,
    maximum: Option<f64>,
    min_length: Option<u32>,
    max_length: Option<u32>,
    pattern: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawFieldExtra {
    #[serde(default)]
    aliases: Vec<String>,
    codes: Option<String>,
    #[serde(default)]
    many: bool,
    role: Option<String>,
    #[serde(default)]
    free_text: bool,
    not_after: Option<String>,
    not_before: Option<String>,
    not_before_parent: Option<NotBeforeParent>,
    required_when: Option<RequiredWhen>,
    maximum_field: Option<String>,
    division: Option<DivisionRule>,
    #[serde(default)]
    partial: bool,
    kind: Option<ValueForm>,
    range_by: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawForeignKey {
    fields: Vec<String>,
    reference: RawReference,
    xinhui: RawForeignKeyExtra,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReference {
    resource: String,
    fields: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawForeignKeyExtra {
    scope: String,
    severity: RuleSeverity,
}

/// Reads one table declaration. Rules between tables are checked elsewhere.
///
/// # Errors
/// Every problem of the file, each as a sentence that names its field.
pub(super) fn parse(text: &str) -> Result<Table, Vec<Words>> {
    let raw: RawTable = serde_json::from_str(text).map_err(|e| vec![parse_fault::of_json(&e)])?;
    let mut problems = Vec::new();
    let mut fields = Vec::with_capacity(raw.fields.len());
    for f in raw.fields {
        match checked_field(f) {
            Ok(field) => fields.push(field),
            Err(problem) => problems.push(problem),
        }
    }
    let mut foreign_keys = Vec::new();
    for fk in raw.foreign_keys {
        if fk.fields.len() != 1 || fk.reference.fields.len() != 1 {
            problems.push(words!(
                "外键 {:?}：只支持一个字段",
                "foreign key {:?}: exactly one field is supported",
                fk.fields
            ));
            continue;
        }
        let city_wide = match fk.xinhui.scope.as_str() {
            "city" => true,
            "county" => false,
            other => {
                problems.push(words!(
                    "外键 `{}`：范围 `{other}` 不是 `county` 或 `city`",
                    "foreign key `{}`: scope `{other}` is neither `county` nor `city`",
                    fk.fields[0]
                ));
                continue;
            }
        };
        foreign_keys.push(ForeignKey {
            field: fk.fields[0].clone(),
            table: fk.reference.resource,
            city_wide,
            required: fk.xinhui.severity == RuleSeverity::Error,
        });
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Table {
        name: raw.name,
        title: raw.title,
        title_en: raw.xinhui.title_en,
        source: raw.xinhui.source,
        role: raw.xinhui.role,
        load: raw.xinhui.load,
        primary_key: raw.primary_key,
        person_bearing: raw.xinhui.person_bearing,
        event_date: raw.xinhui.event_date,
        division_field: raw.xinhui.division_field,
        place_fields: raw.xinhui.place_fields,
        counts_as: raw.xinhui.counts_as,
        fields,
        foreign_keys,
        missing_values: raw.missing_values.into_iter().filter(|w| !w.is_empty()).collect(),
    })
}

fn checked_field(f: RawField) -> Result<Field, Words> {
    let x = f.xinhui;
    let wrong = |said: Words| said.at(words!("字段 `{}`", "field `{}`", f.name));
    let ty = match (f.ty.as_str(), &x.codes, x.many) {
        ("string", Some(_), false) => FieldType::Code,
        ("string", Some(_), true) => FieldType::Codes,
        ("string", None, _) => FieldType::String,
        ("integer", None, _) => FieldType::Integer,
        ("number", None, _) => FieldType::Number,
        ("boolean", None, _) => FieldType::Boolean,
        ("date", None, _) => FieldType::Date,
        ("datetime", None, _) => FieldType::Datetime,
        (other, _, _) => return Err(wrong(words!("此处不支持类型 `{other}`", "type `{other}` is not supported here"))),
    };
    let role = match x.role.as_deref() {
        None => Role::None,
        Some("key") => Role::Key,
        Some("division") => Role::Division,
        Some("event_date") => Role::EventDate,
        Some("void") => Role::Void,
        Some("version") => Role::Version,
        Some(r) => match r.strip_prefix("identity.") {
            Some(part) => Role::Identity(part.to_owned()),
            None => return Err(wrong(words!("没有角色 `{r}`", "unknown role `{r}`"))),
        },
    };
    let (minimum, minimum_day) = match &f.constraints.minimum {
        None => (None, None),
        Some(serde_json::Value::Number(n)) => (n.as_f64(), None),
        Some(serde_json::Value::String(s)) if ty == FieldType::Date => match super::day::parse_iso(s) {
            Some(day) => (None, Some(day)),
            None => return Err(wrong(words!("最小值 `{s}` 不是日期", "minimum `{s}` is not a date"))),
        },
        Some(other) => {
            return Err(wrong(words!("最小值 `{other}` 与其类型不符", "minimum `{other}` does not fit its type")));
        }
    };
    let not_after_as_of = match x.not_after.as_deref() {
        None => false,
        Some("as_of") => true,
        Some(other) => {
            return Err(wrong(words!(
                "notAfter 只能写 `as_of`，不能写 `{other}`",
                "notAfter knows only `as_of`, not `{other}`"
            )));
        }
    };
    Ok(Field {
        name: f.name,
        title: f.title,
        aliases: x.aliases,
        ty,
        codes: x.codes,
        required: f.constraints.required,
        required_when: x.required_when,
        minimum,
        maximum: f.constraints.maximum,
        minimum_day,
        maximum_field: x.maximum_field,
        min_length: f.constraints.min_length,
        max_length: f.constraints.max_length,
        pattern: f.constraints.pattern,
        role,
        free_text: x.free_text,
        not_after_as_of,
        not_before: x.not_before,
        not_before_parent: x.not_before_parent,
        division: x.division,
        partial: x.partial,
        kind: x.kind,
        range_by: x.range_by,
        boolean_words: [f.true_values, f.false_values],
    })
}
